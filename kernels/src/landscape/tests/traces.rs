//! Traces and curvatures against known matrices. Deviations of five and a half errors are allowed: by chance below 1e-6 for normal
//! ones, and the fixed seeds make it certain.

use super::super::curvature::{Scale, Stencil, by_forms, by_values};
use super::super::operator::{Hessian, Operator};
use super::super::trace::{Method, trace};
use super::super::{Estimate, Objective};
use super::functions::{Dense, Diagonal, deviation, diagonal, quartic, rosenbrock};
use crate::random::Key;

#[test]
fn traces_of_a_dense_matrix() {
    let n = 120;
    let mut a = Dense::random(n, Key(6, 6));
    let right: f64 = (0..n).map(|i| a.a[i * n + i]).sum();
    for method in [Method::Rademacher, Method::Gaussian, Method::HutchPlusPlus] {
        // A hundred directions of 120 at most, and the rest sampled.
        let found = trace(&mut a, method, 300, Key(3, 1)).unwrap();
        assert!(found.error > 0.0 && deviation(found, right) < 5.5, "{method:?}: {found:?} for {right}");
    }
    let all = trace(&mut a, Method::HutchPlusPlus, 400, Key(3, 1)).unwrap();
    assert!(all.error == 0.0 && (all.value - right).abs() < 1e-9);
    assert!(trace(&mut a, Method::Gaussian, 0, Key(0, 0)).is_err());
}

/// Where eigenvalues decay, Hutch++ is far better for the same number of vectors.
#[test]
fn hutch_plus_plus_on_a_decaying_spectrum() {
    let n = 400;
    let values: Vec<f64> = (1..=n).map(|i| 1.0 / (i * i) as f64).collect();
    let right: f64 = values.iter().sum();
    let mut a = Dense::with_spectrum(&values, 2, Key(2, 2));
    let plain = trace(&mut a, Method::Rademacher, 60, Key(1, 1)).unwrap();
    let better = trace(&mut a, Method::HutchPlusPlus, 60, Key(1, 1)).unwrap();
    assert!(deviation(better, right) < 5.5 && deviation(plain, right) < 5.5);
    assert!(better.error < 0.2 * plain.error, "{better:?} {plain:?}");
    // Rank below the range: nothing is left to sample.
    let mut low = Diagonal { values: [vec![3.0, -1.0], vec![0.0; 98]].concat(), single: false };
    let found = trace(&mut low, Method::HutchPlusPlus, 30, Key(1, 1)).unwrap();
    assert!((found.value - 2.0).abs() < 1e-12 && found.error < 1e-12);
    // Signs square to one: no error on a diagonal.
    let mut f = diagonal(&[1.0, 2.0, -4.0]);
    assert_eq!(trace(&mut Hessian(&mut f), Method::Rademacher, 5, Key(1, 1)), Ok(Estimate::exact(-1.0)));
}

#[test]
fn mean_curvature_is_the_trace() {
    let values: Vec<f64> = (0..200).map(|i| if i < 80 { -1.0 } else { 1.5 }).collect();
    let right = values.iter().sum::<f64>();
    let mut f = diagonal(&values);
    for (scale, expected) in [(Scale::Gaussian, right), (Scale::Unit, right / 200.0)] {
        let found = by_forms(&mut Hessian(&mut f), 2000, scale, Key(4, 2)).unwrap();
        assert!(deviation(found.mean, expected) < 5.5, "{:?} {expected}", found.mean);
        assert!(deviation(found.trace, right) < 5.5);
        assert!(found.samples.iter().all(|k| k[0] >= k[1]) && found.upper.value > found.lower.value);
        assert_eq!(found.histogram(20).counts.iter().sum::<u64>(), 2000);
        assert_eq!(found.principal(10)[1].counts.iter().sum::<u64>(), 2000);
        // A quadratic function has the same curvature at every distance.
        for points in [1, 3] {
            let stencil = Stencil { reach: 0.7, points };
            let values = by_values(&mut f, &[0.3; 200], 2000, scale, stencil, Key(4, 2)).unwrap();
            for (a, b) in values.samples.iter().zip(&found.samples) {
                assert!((0..2).all(|e| (a[e] - b[e]).abs() < 1e-9 * (1.0 + b[e].abs()) * 200.0), "{a:?} {b:?}");
            }
        }
    }
    assert!(by_forms(&mut Hessian(&mut f), 0, Scale::Unit, Key(0, 0)).is_err());
}

/// E κ± of the sum of n equal squares: M is a Wishart matrix of n degrees of freedom, and κ₊ κ₋ its determinant, n (n - 1).
#[test]
fn gaussian_curvature_of_a_bowl() {
    let mut f = diagonal(&[1.0; 50]);
    let found = by_forms(&mut Hessian(&mut f), 4000, Scale::Gaussian, Key(1, 5)).unwrap();
    assert!(deviation(found.gaussian, 50.0 * 49.0) < 5.5);
}

/// Second differences are wrong by the fourth derivative; the fit of a quartic is not.
#[test]
fn curvature_from_values_of_a_quartic() {
    let n = 30;
    let origin: Vec<f64> = (0..n).map(|i| 0.2 + 0.01 * i as f64).collect();
    let mut f = quartic(n);
    f.move_to(&origin);
    let exact = by_forms(&mut Hessian(&mut f), 50, Scale::Unit, Key(7, 7)).unwrap();
    let at = |f: &mut dyn Objective, points| {
        by_values(f, &origin, 50, Scale::Unit, Stencil { reach: 0.4, points }, Key(7, 7)).unwrap()
    };
    let (one, two) = (at(&mut f, 1), at(&mut f, 2));
    let worst = |c: &super::super::curvature::Curvature| {
        c.samples.iter().zip(&exact.samples).map(|(a, b)| (a[0] - b[0]).abs()).fold(0.0, f64::max)
    };
    assert!(worst(&one) > 1e-3 && worst(&two) < 1e-11, "{} {}", worst(&one), worst(&two));
    assert!(by_values(&mut f, &origin, 5, Scale::Unit, Stencil { reach: 0.0, points: 1 }, Key(0, 0)).is_err());
}

/// Away from critical points too: Rosenbrock's Hessian from its values.
#[test]
fn curvature_from_values_of_rosenbrock() {
    let mut f = rosenbrock(10);
    let origin: Vec<f64> = (0..10).map(|i| 0.1 * i as f64 - 0.3).collect();
    f.move_to(&origin);
    let exact = by_forms(&mut Hessian(&mut f), 20, Scale::Unit, Key(7, 7)).unwrap();
    let found = by_values(&mut f, &origin, 20, Scale::Unit, Stencil { reach: 0.1, points: 4 }, Key(7, 7)).unwrap();
    for (a, b) in found.samples.iter().zip(&exact.samples) {
        assert!(
            (a[0] - b[0]).abs() < 1e-7 * b[0].abs().max(1.0) && (a[1] - b[1]).abs() < 1e-7 * b[0].abs().max(1.0),
            "{a:?} {b:?}"
        );
    }
    assert_eq!(Hessian(&mut f).dimension(), 10);
}
