//! Accuracy over the whole range of each function, and the same bits from both instruction sets.

use super::super::super::graph::Unary;
use super::super::super::real::Real;
use super::super::Simd;
use super::{rare, unary};

/// Arguments of all sizes with both signs, and an even grid where most happens.
fn arguments(low: f64, high: f64) -> Vec<f64> {
    let mut all = vec![];
    let mut x = 1e-40;
    while x < 1e30 {
        all.extend([x, -x]);
        x *= 1.003_7;
    }
    all.extend((0..40_000).map(|k| -20.0 + 40.0 * f64::from(k) / 40_000.0));
    // Multiples of π/2 and of ln 2, where the reductions cancel.
    all.extend((0..2_000).map(|k| std::f64::consts::FRAC_PI_2 * f64::from(k)));
    all.extend((-1_100..1_030).map(|k| std::f64::consts::LN_2 * f64::from(k) * 0.5));
    all.retain(|x| *x >= low && *x <= high);
    all
}

/// The largest error in units of the last place of the result, against libm in double precision.
fn worst<T: Real>(f: Unary, low: f64, high: f64, right: impl Fn(f64) -> f64, digits: i32, smallest: f64) -> (f64, f64) {
    let x: Vec<T> = arguments(low, high).iter().map(|x| T::from_f64(*x)).collect();
    let (mut y, mut z) = (vec![T::ZERO; x.len()], vec![T::ZERO; x.len()]);
    unary(Simd::detect(), f, &x, &mut y);
    unary(Simd::Portable, f, &x, &mut z);
    let mut worst = (0.0, 0.0);
    for ((x, y), z) in x.iter().zip(&y).zip(&z) {
        assert!(y == z, "{f:?} {x:?}: {y:?} and {z:?}");
        let (right, y) = (right(x.to_f64()), y.to_f64());
        if T::from_f64(right).to_f64() == y {
            continue;
        }
        let (_, exponent) = libm::frexp(right.abs().max(smallest));
        let error = (y - right).abs() / libm::ldexp(1.0, exponent - digits);
        if error > worst.0 || error.is_nan() {
            worst = (error, x.to_f64());
        }
    }
    worst
}

/// (function, range, what it should be, units of the last place in double and in single precision)
type Row = (Unary, f64, f64, fn(f64) -> f64, f64, f64);

const INF: f64 = f64::INFINITY;

fn sigmoid(x: f64) -> f64 {
    if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

#[test]
fn errors_are_a_few_units_of_the_last_place() {
    let rows: [Row; 11] = [
        (Unary::Exp, -INF, INF, libm::exp, 2.0, 1.5),
        (Unary::Expm1, -INF, INF, libm::expm1, 3.0, 2.5),
        (Unary::Ln, 0.0, INF, libm::log, 2.0, 2.0),
        (Unary::Log1p, -1.0, INF, libm::log1p, 3.0, 2.5),
        (Unary::Sin, -1e6, 1e6, libm::sin, 2.0, 1.0),
        (Unary::Cos, -1e6, 1e6, libm::cos, 2.0, 1.0),
        (Unary::Sin, 1e6, 1e9, libm::sin, 1.0, 1.0),
        (Unary::Tanh, -INF, INF, libm::tanh, 4.0, 3.0),
        (Unary::Sigmoid, -INF, INF, sigmoid, 4.0, 3.0),
        (Unary::Softplus, -INF, INF, softplus, 3.0, 2.5),
        (Unary::Erf, -INF, INF, libm::erf, 1.0, 2.0),
    ];
    let mut bad = vec![];
    for (f, low, high, right, double, single) in rows {
        // Below the smallest normal number the last place no longer shrinks.
        let (error, x) = worst::<f64>(f, low, high, right, 53, f64::MIN_POSITIVE);
        if error.is_nan() || error > double {
            bad.push(format!("{f:?} in double precision: {error} at {x}"));
        }
        let (error, x) = worst::<f32>(f, low, high, right, 24, f64::from(f32::MIN_POSITIVE));
        if error.is_nan() || error > single {
            bad.push(format!("{f:?} in single precision: {error} at {x}"));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn derivatives_of_the_gamma_function() {
    let near = |a: f64, b: f64| (a - b).abs() <= 2e-14 * b.abs().max(1.0);
    let euler = 0.577_215_664_901_532_9;
    let pi = std::f64::consts::PI;
    assert!(near(rare::digamma(1.0), -euler));
    assert!(near(rare::digamma(0.5), -euler - 2.0 * std::f64::consts::LN_2));
    assert!(near(rare::trigamma(1.0), pi * pi / 6.0));
    assert!(near(rare::trigamma(0.5), pi * pi / 2.0));
    for k in 1..400 {
        let x = f64::from(k) * 0.137 - 20.05;
        let size = 1.0 + rare::digamma(x).abs() + 1.0 / x.abs();
        assert!((rare::digamma(x + 1.0) - rare::digamma(x) - 1.0 / x).abs() <= 2e-14 * size, "{x}");
        assert!((rare::trigamma(x + 1.0) - rare::trigamma(x) + 1.0 / (x * x)).abs() <= 1e-12 * rare::trigamma(x).abs(), "{x}");
        let h = 1e-5;
        let slope = (libm::lgamma(x + h) - libm::lgamma(x - h)) / (2.0 * h);
        assert!((slope - rare::digamma(x)).abs() <= 1e-5 * (1.0 + rare::trigamma(x).abs()), "{x}");
    }
}
