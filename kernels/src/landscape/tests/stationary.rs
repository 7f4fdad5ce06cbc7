//! Critical points of every index, and the solver underneath.

use super::super::Objective;
use super::super::critical::Look;
use super::super::minres::{solve, within};
use super::super::operator::{Hessian, Operator};
use super::super::stationary::{Kind, Outcome, Settings, classify, search, spectrum};
use super::super::vectors::{dot, norm};
use super::functions::{Dense, Diagonal, diagonal, monkey, ramp, rosenbrock, wells};
use crate::random::Key;

#[test]
fn least_residuals_of_indefinite_and_singular_systems() {
    let n = 60;
    let values: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { 1.0 + i as f64 } else { -0.5 - i as f64 }).collect();
    let mut a = Dense::with_spectrum(&values, 2, Key(1, 1));
    let mut b = vec![0.0; n];
    super::super::draws::normals(Key(3, 3), &mut b);
    let found = solve(&mut a, &b, 1e-10, f64::INFINITY, 1000).unwrap();
    let mut r = vec![0.0; n];
    a.apply(&found.x, &mut r).unwrap();
    r.iter_mut().zip(&b).for_each(|(r, b)| *r = b - *r);
    assert!(norm(&r) <= 2e-10 * norm(&b) && (norm(&r) / norm(&b) - found.residual).abs() < 1e-10);
    // Within a radius: on it, with the residual that is said.
    let short = solve(&mut a, &b, 1e-10, 0.5 * norm(&found.x), 1000).unwrap();
    a.apply(&short.x, &mut r).unwrap();
    r.iter_mut().zip(&b).for_each(|(r, b)| *r = b - *r);
    let other = within(&mut a, &b, 1e-10, 0.5 * norm(&found.x), 1000).unwrap();
    assert!((norm(&other.x) / norm(&found.x) - 0.5).abs() < 1e-12 && other.residual < 1.0);
    let free = within(&mut a, &b, 1e-10, f64::INFINITY, 1000).unwrap();
    assert!(free.residual <= 1e-10 && free.x.iter().zip(&found.x).all(|(a, b)| (a - b).abs() < 1e-8));
    assert!((norm(&short.x) / norm(&found.x) - 0.5).abs() < 1e-12 && (norm(&r) / norm(&b) - short.residual).abs() < 1e-9);
    // The part of b along the kernel is what remains.
    let mut a = Diagonal { values: vec![2.0, 0.0, -1.0, 0.0], single: false };
    let found = solve(&mut a, &[2.0, 3.0, 4.0, 4.0], 1e-12, f64::INFINITY, 100).unwrap();
    assert!((found.residual - 5.0 / 45f64.sqrt()).abs() < 1e-12 && found.products <= 4);
    assert!((found.x[0] - 1.0).abs() < 1e-9 && (found.x[2] + 4.0).abs() < 1e-9);
    assert_eq!(solve(&mut a, &[0.0; 4], 1e-12, f64::INFINITY, 100).unwrap().x, [0.0; 4]);
    assert_eq!(solve(&mut a, &[0.0, 1.0, 0.0, 0.0], 1e-12, f64::INFINITY, 100).unwrap().residual, 1.0);
}

/// From each start the nearest kind of critical point: the index is the number of variables near zero.
#[test]
fn saddles_of_every_index() {
    for index in 0..=6 {
        let start: Vec<f64> = (0..6).map(|i| if i < index { 0.1 } else { 0.95 }).collect();
        let mut f = wells(6);
        let found = search(&mut f, &start, &Settings::new(1e-10)).unwrap();
        assert_eq!(found.outcome, Outcome::Critical, "{found:?}");
        assert!(found.point.iter().enumerate().all(|(i, x)| (x - if i < index { 0.0 } else { 1.0 }).abs() < 1e-9));
        let Kind::Whole { signature, values } = classify(&mut Hessian(&mut f), 1e-9, Key(1, 1)).unwrap() else { panic!() };
        assert_eq!((signature.negative, signature.positive, values.len()), (index, 6 - index, 6));
        let look = if index == 0 {
            Look::Minimum
        } else if index == 6 {
            Look::Maximum
        } else {
            Look::Saddle
        };
        assert_eq!(signature.look, look);
    }
}

#[test]
fn the_minimum_of_rosenbrock() {
    let mut f = rosenbrock(30);
    let start: Vec<f64> = (0..30).map(|i| if i % 3 == 0 { 0.9 } else { 1.05 }).collect();
    let found = search(&mut f, &start, &Settings::new(1e-9)).unwrap();
    let mut g = vec![0.0; 30];
    f.move_to(&found.point);
    f.gradient(&mut g);
    assert!(found.outcome == Outcome::Critical && norm(&g) == found.slope && found.slope <= 1e-9, "{found:?}");
    assert!(found.history.windows(2).all(|w| w[1] < w[0]));
}

/// From further away |∇f|² has a minimum that is no critical point of f: that is said.
#[test]
fn a_valley_of_the_gradient_is_told_apart() {
    let mut f = rosenbrock(30);
    let start: Vec<f64> = (0..30).map(|i| 0.5 + 0.02 * f64::from(i)).collect();
    let found = search(&mut f, &start, &Settings { steps: 600, ..Settings::new(1e-9) }).unwrap();
    assert!(found.outcome == Outcome::GradientFlat && found.slope > 0.5, "{found:?}");
}

/// The monkey saddle is degenerate: Newton's steps halve the distance, and its Hessian says flat.
#[test]
fn a_monkey_saddle() {
    let mut f = monkey();
    let found = search(&mut f, &[0.7, 0.4], &Settings::new(1e-10)).unwrap();
    assert!(found.outcome == Outcome::Critical && norm(&found.point) < 1e-4, "{found:?}");
    f.move_to(&[0.0, 0.0]);
    let Kind::Whole { signature, .. } = classify(&mut Hessian(&mut f), 1e-9, Key(1, 1)).unwrap() else { panic!() };
    assert_eq!((signature.zero, signature.look), (2, Look::Flat));
}

#[test]
fn a_flat_gradient_is_not_a_critical_point() {
    let mut f = ramp();
    let found = search(&mut f, &[0.3, 2.0], &Settings::new(1e-8)).unwrap();
    assert_eq!(found.outcome, Outcome::GradientFlat, "{found:?}");
    assert!((found.slope - 1.0).abs() < 1e-9 && found.point[1].abs() < 1e-7);
}

#[test]
fn budgets_are_kept() {
    let mut f = rosenbrock(20);
    let start = vec![-1.0; 20];
    let found = search(&mut f, &start, &Settings { products: 30, ..Settings::new(1e-12) }).unwrap();
    assert!(found.outcome == Outcome::Unfinished && found.products <= 30);
    let found = search(&mut f, &start, &Settings { steps: 2, ..Settings::new(1e-12) }).unwrap();
    assert!(found.history.len() == 2 && found.outcome == Outcome::Unfinished);
    let mut f = diagonal(&[f64::NAN]);
    assert!(search(&mut f, &[1.0], &Settings::new(1e-8)).is_err());
}

#[test]
fn large_matrices_are_classified_by_their_ends() {
    let n = 2500;
    let mut f = diagonal(&(0..n).map(|i| if i == 7 { -1.0 } else { 1.0 + i as f64 / n as f64 }).collect::<Vec<f64>>());
    let Kind::Ends { found, signature } = classify(&mut Hessian(&mut f), 1e-6, Key(1, 1)).unwrap() else { panic!() };
    assert!(found.converged && signature.look == Look::Saddle && (found.smallest[0].value + 1.0).abs() < 1e-3);
    assert!(spectrum(&mut Hessian(&mut diagonal(&vec![1.0; 5001])), false).is_err());
    let mut f = diagonal(&[2.0, -1.0]);
    let all = spectrum(&mut Hessian(&mut f), true).unwrap();
    assert!(all.values == [-1.0, 2.0] && (dot(&all.vectors[0], &all.vectors[1])).abs() < 1e-15);
}
