//! Eigenvalues: dense against Jacobi's method, the ends against dense, the density against all.

use super::super::dense::{of_two, symmetric};
use super::super::density::{Settings as Quadrature, density};
use super::super::eigen::{Ends, Settings, ends};
use super::super::operator::{GaussNewton, Hessian, Operator, matrix};
use super::super::vectors::{add, dot, norm};
use super::super::{Block, Objective};
use super::functions::{Dense, Diagonal, deviation, diagonal, jacobi, rosenbrock};
use crate::random::Key;

/// |A y - λ y| of every pair, and how far the vectors are from orthonormal.
fn worst(operator: &mut dyn Operator, pairs: &[(f64, &[f64])]) -> (f64, f64) {
    let mut w = vec![0.0; operator.dimension()];
    let (mut residual, mut overlap) = (0.0f64, 0.0f64);
    for (i, (value, v)) in pairs.iter().enumerate() {
        operator.apply(v, &mut w).unwrap();
        add(-value, v, &mut w);
        residual = residual.max(norm(&w));
        for (j, (_, u)) in pairs.iter().enumerate().take(i + 1) {
            overlap = overlap.max((dot(u, v) - if i == j { 1.0 } else { 0.0 }).abs());
        }
    }
    (residual, overlap)
}

#[test]
fn dense_agrees_with_jacobi() {
    for n in [1, 2, 3, 4, 7, 20, 33, 60] {
        let mut a = Dense::random(n, Key(n as u64, 3));
        let slow = jacobi(a.a.clone(), n);
        let found = symmetric(&mut a.a.clone(), n, true).unwrap();
        let alone = symmetric(&mut a.a.clone(), n, false).unwrap();
        for (slow, (found, alone)) in slow.iter().zip(found.values.iter().zip(&alone.values)) {
            assert!((found - slow).abs() < 1e-12 * n as f64 && (alone - slow).abs() < 1e-12 * n as f64, "{n}: {found} {slow}");
        }
        let pairs: Vec<(f64, &[f64])> = found.values.iter().zip(&found.vectors).map(|(x, v)| (*x, v.as_slice())).collect();
        let (residual, overlap) = worst(&mut a, &pairs);
        assert!(residual < 2e-13 * n as f64 && overlap < 1e-13 * n as f64, "{n}: {residual} {overlap}");
    }
}

#[test]
fn dense_at_the_edges() {
    assert!(symmetric(&mut [], 0, true).unwrap().values.is_empty());
    // Zeros, multiples of one, blocks that do not touch, and sizes far apart.
    assert_eq!(symmetric(&mut [0.0; 25], 5, true).unwrap().values, [0.0; 5]);
    let mut a = [0.0; 36];
    [3.0, 3.0, 1e-200, 1e-200, 7e150, -7e150].iter().enumerate().for_each(|(i, x)| a[7 * i] = *x);
    a[6 * 3 + 2] = 1e-200;
    let values = symmetric(&mut a, 6, true).unwrap().values;
    assert_eq!((values[0], values[3], values[5]), (-7e150, 3.0, 7e150));
    assert!(symmetric(&mut [f64::NAN, 1.0, 1.0, 2.0], 2, false).is_err());
    assert!(symmetric(&mut [0.0, 0.0, f64::INFINITY, 2.0], 2, false).is_err());
    let [high, low] = of_two(1.0, 2.0, -2.0);
    assert!((high - 2.0).abs() < 1e-15 && (low + 3.0).abs() < 1e-15);
}

#[test]
fn a_large_dense_matrix_of_known_spectrum() {
    let n = 300;
    let values: Vec<f64> = (0..n).map(|i| libm::exp(-0.05 * i as f64) - 0.3).collect();
    let mut a = Dense::with_spectrum(&values, 3, Key(4, 4));
    let found = symmetric(&mut a.a.clone(), n, true).unwrap();
    for (found, right) in found.values.iter().rev().zip(&values) {
        assert!((found - right).abs() < 1e-13);
    }
    let pairs: Vec<(f64, &[f64])> = found.values.iter().zip(&found.vectors).map(|(x, v)| (*x, v.as_slice())).collect();
    let (residual, overlap) = worst(&mut a, &pairs);
    assert!(residual < 1e-12 && overlap < 1e-12, "{residual} {overlap}");
}

/// Values, true residuals below those reported, orthogonal vectors.
fn check(operator: &mut dyn Operator, found: &Ends, right: &[f64], tolerance: f64) {
    let size = right.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    assert!(found.converged, "{} products", found.products);
    for (pairs, right) in [(&found.largest, right.iter().rev().copied().collect::<Vec<f64>>()), (&found.smallest, right.to_vec())]
    {
        for (pair, right) in pairs.iter().zip(right) {
            assert!((pair.value - right).abs() <= tolerance * size, "{} for {right}, {} products", pair.value, found.products);
            let (residual, _) = worst(operator, &[(pair.value, &pair.vector)]);
            assert!(residual <= pair.residual + 1e-13 * size, "{residual} > {}", pair.residual);
        }
        let all: Vec<(f64, &[f64])> = pairs.iter().map(|p| (p.value, p.vector.as_slice())).collect();
        assert!(worst(operator, &all).1 < 1e-6);
    }
}

#[test]
fn ends_of_a_random_matrix() {
    for (n, largest, smallest, tolerance) in
        [(50, 3, 2, 1e-10), (300, 5, 0, 1e-9), (300, 0, 4, 1e-6), (300, 6, 3, 1e-9), (400, 1, 1, 1e-3)]
    {
        let mut a = Dense::random(n, Key(7, n as u64));
        let right = symmetric(&mut a.a.clone(), n, false).unwrap().values;
        let settings = Settings { tolerance, products: 3000, ..Settings::new(largest, smallest, Key(1, 1)) };
        let found = ends(&mut a, &settings).unwrap();
        check(&mut a, &found, &right, 2.0 * tolerance);
        assert_eq!((found.largest.len(), found.smallest.len()), (largest, smallest));
    }
}

/// Copies of eigenvalues at both ends, in a spectrum that one Krylov space does not exhaust.
#[test]
fn copies_are_found() {
    let n = 500;
    let mut values: Vec<f64> = (0..n).map(|i| i as f64 / n as f64).collect();
    values[..3].fill(-1.0);
    values[n - 4..].copy_from_slice(&[2.0, 3.0, 3.0, 3.0]);
    let mut a = Dense::with_spectrum(&values, 2, Key(5, 6));
    for key in 0..5 {
        let settings = Settings { tolerance: 1e-8, ..Settings::new(5, 4, Key(2, key)) };
        let found = ends(&mut a, &settings).unwrap();
        check(&mut a, &found, &values, 1e-8);
    }
}

/// Two values only: each step closes the Krylov space.
#[test]
fn a_saddle_of_equal_curvatures() {
    let values = [vec![-1.0; 130], vec![1.0; 70]].concat();
    let mut f = diagonal(&values);
    let found = ends(&mut Hessian(&mut f), &Settings::new(5, 3, Key(3, 3))).unwrap();
    check(&mut Hessian(&mut f), &found, &values, 1e-12);
    assert!(found.products < 100, "{}", found.products);
    let mut zero = Diagonal { values: vec![0.0; 200], single: false };
    let found = ends(&mut zero, &Settings::new(2, 2, Key(3, 3))).unwrap();
    check(&mut zero, &found, &[0.0; 200], 1e-12);
}

/// Products in single precision and vectors stored in single precision, as a network of this size has them: outliers over a bulk.
#[test]
fn outliers_of_a_long_matrix_in_single_precision() {
    let n = 60_000;
    let mut values: Vec<f64> = (0..n).map(|i| 0.2 * (i as f64 / n as f64 - 0.1)).collect();
    (0..10).for_each(|k| values[n - 10 + k] = 1.0 + 2.0 * k as f64);
    values[0] = -2.0;
    let mut a = Diagonal { values: values.clone(), single: true };
    let found = ends(&mut a, &Settings::new(10, 1, Key(8, 8))).unwrap();
    check(&mut a, &found, &values, 1e-5);
    assert!(found.products < 120, "{}", found.products);
    // More than single precision can give is not claimed.
    let settings = Settings { tolerance: 1e-12, products: 400, ..Settings::new(2, 0, Key(8, 8)) };
    let found = ends(&mut a, &settings).unwrap();
    assert!(!found.converged && (found.largest[0].value - 19.0).abs() < 1e-4);
}

#[test]
fn too_few_products_are_owned_up_to() {
    let mut a = Dense::random(400, Key(1, 9));
    let settings = Settings { tolerance: 1e-9, products: 12, ..Settings::new(4, 0, Key(1, 1)) };
    let found = ends(&mut a, &settings).unwrap();
    assert!(!found.converged && found.products == 12 && found.largest.iter().all(|p| !p.converged && p.residual > 0.0));
    assert!(ends(&mut a, &Settings { tolerance: 0.0, ..settings }).is_err());
}

struct Broken;

impl Operator for Broken {
    fn dimension(&self) -> usize {
        100
    }
    fn apply(&mut self, _: &[f64], _: &mut [f64]) -> Result<(), String> {
        Err("no such matrix".into())
    }
}

#[test]
fn errors_come_through() {
    assert_eq!(ends(&mut Broken, &Settings::new(1, 0, Key(0, 0))).unwrap_err(), "no such matrix");
    let mut f = diagonal(&[1.0; 100]);
    let error = ends(&mut GaussNewton(&mut f), &Settings::new(1, 0, Key(0, 0))).unwrap_err();
    assert!(error.contains("outputs"));
    let mut f = diagonal(&[f64::NAN; 100]);
    assert!(ends(&mut Hessian(&mut f), &Settings::new(1, 0, Key(0, 0))).unwrap_err().contains("not finite"));
}

/// At the minimum all residuals vanish, and the Gauss-Newton matrix is the Hessian.
#[test]
fn gauss_newton_at_a_minimum() {
    let mut f = rosenbrock(80);
    f.move_to(&[1.0; 80]);
    let hessian = matrix(&mut Hessian(&mut f)).unwrap();
    let other = matrix(&mut GaussNewton(&mut f)).unwrap();
    assert!(hessian.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-11));
    let right = symmetric(&mut hessian.clone(), 80, false).unwrap().values;
    let settings = Settings { tolerance: 1e-8, products: 3000, ..Settings::new(3, 0, Key(1, 1)) };
    let found = ends(&mut GaussNewton(&mut f), &settings).unwrap();
    check(&mut GaussNewton(&mut f), &found, &right, 1e-8);
    assert_eq!(f.blocks(), [Block { name: "x".into(), start: 0, shape: vec![80], unit: None }]);
}

/// A third of the values at -1, two thirds around +2, smoothed: against the same Gaussians on the true values.
#[test]
fn density_of_a_known_spectrum() {
    let n = 900;
    let values: Vec<f64> = (0..n).map(|i| if i < n / 3 { -1.0 } else { 2.0 + 0.5 * (i as f64 / n as f64 - 0.5) }).collect();
    let mut a = Diagonal { values: values.clone(), single: false };
    for reorthogonalise in [false, true] {
        let settings = Quadrature { probes: 40, steps: 40, width: Some(0.1), reorthogonalise, ..Quadrature::new(Key(2, 8)) };
        let found = density(&mut a, &settings).unwrap();
        let step = found.grid[1] - found.grid[0];
        let integral: f64 = found.density.iter().map(|d| d.value * step).sum();
        assert!((integral - 1.0).abs() < 1e-5, "{integral}");
        assert!(found.nodes.iter().all(|p| (p.iter().map(|n| n.1).sum::<f64>() - 1.0).abs() < 1e-12));
        for (x, d) in found.grid.iter().zip(&found.density) {
            let right =
                values.iter().map(|l| libm::exp(-50.0 * (x - l) * (x - l))).sum::<f64>() / (0.1 * 2.506_628_274_631 * n as f64);
            assert!((d.value - right).abs() < 5.5 * d.error + 1e-4, "{x}: {} ± {} for {right}", d.value, d.error);
        }
        let (mean, square) = (values.iter().sum::<f64>() / n as f64, values.iter().map(|x| x * x).sum::<f64>() / n as f64);
        assert!(deviation(found.negative, 1.0 / 3.0) < 5.5);
        assert!(deviation(found.moments[0], mean) < 5.5 && deviation(found.moments[1], square) < 5.5);
        let last = found.cumulative.last().unwrap();
        assert!((last.value - 1.0).abs() < 1e-6 && found.cumulative[0].value < 1e-6);
    }
}

/// An outlier that converges at once and appears again and again keeps its weight without reorthogonalisation.
#[test]
fn ghosts_share_the_right_weight() {
    let n = 400;
    let mut values: Vec<f64> = (0..n).map(|i| i as f64 / n as f64).collect();
    values[n - 1] = 50.0;
    let mut a = Diagonal { values, single: false };
    let plain = Quadrature { probes: 1, steps: 150, width: Some(0.05), range: Some((-1.0, 52.0)), ..Quadrature::new(Key(9, 1)) };
    let exact = density(&mut a, &Quadrature { reorthogonalise: true, ..plain.clone() }).unwrap();
    let found = density(&mut a, &plain).unwrap();
    let near = |nodes: &[(f64, f64)]| nodes.iter().filter(|n| n.0 > 40.0).map(|n| n.1).sum::<f64>();
    assert!(found.nodes[0].iter().filter(|n| n.0 > 40.0).count() > 1);
    assert!((near(&found.nodes[0]) / near(&exact.nodes[0]) - 1.0).abs() < 1e-8);
    for (a, b) in found.cumulative.iter().zip(&exact.cumulative) {
        assert!((a.value - b.value).abs() < 1e-3);
    }
    assert!(density(&mut a, &Quadrature { points: 1, ..plain }).is_err());
}
