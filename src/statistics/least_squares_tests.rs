//! Fits of data whose answer is known.

use super::super::distribution::chi2_survival;
use super::super::test_series::{moments, stream};
use super::*;

fn power_law(x: f64, p: &[f64]) -> f64 {
    p[0] + p[1] * libm::pow(x, -p[2])
}

#[test]
fn exact_data_are_recovered() {
    let x: [f64; 7] = [4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0];
    let truth = [0.5, 1.25, 0.75];
    let y: Vec<f64> = x.iter().map(|&x| power_law(x, &truth)).collect();
    let model = Differences { points: 7, function: |i: usize, p: &[f64]| power_law(x[i], p) };
    let fit = least_squares(&model, &y, &[0.01; 7], &[0.0, 1.0, 1.0], false).unwrap();
    for (a, b) in fit.parameters.iter().zip(truth) {
        assert!((a - b).abs() < 1e-7, "{fit:?}");
    }
    assert!(fit.chi2 < 1e-10 && fit.freedom == 4);
    let line = Affine { points: 7, function: |i: usize, p: &[f64]| p[0] + p[1] * x[i] };
    let y: Vec<f64> = x.iter().map(|x| 3.0 - 2.0 * x).collect();
    let fit = least_squares(&line, &y, &[0.5; 7], &[1.0, 1.0], true).unwrap();
    assert!((fit.parameters[0] - 3.0).abs() < 1e-13 && (fit.parameters[1] + 2.0).abs() < 1e-14, "{fit:?}");
    // The textbook covariance of a line: σ² / (n Σx² - (Σx)²) times [Σx², -Σx; -Σx, n].
    let (s, q) = (x.iter().sum::<f64>(), x.iter().map(|x| x * x).sum::<f64>());
    let scale = 0.25 / (7.0 * q - s * s);
    for (c, e) in fit.covariance.iter().zip([q * scale, -s * scale, -s * scale, 7.0 * scale]) {
        assert!((c - e).abs() < 1e-9, "{fit:?}");
    }
}

/// Over 400 seeds: χ² has mean ν and variance 2ν (ν = 9: the mean has a standard deviation of 0.21), its p-values are
/// uniform, and the mean squares of the standardised deviations are 1 with a standard deviation of 0.07. Within 5 of
/// these; seeds are fixed.
#[test]
fn chi2_and_errors_are_honest() {
    let x: Vec<f64> = (0..12).map(|i| 4.0 + 3.0 * i as f64).collect();
    let truth = [0.5, 1.25, 0.75];
    let sigma: Vec<f64> = (0..12).map(|i| 0.001 + 0.0002 * i as f64).collect();
    let mut chi2 = Vec::new();
    let mut p_values = Vec::new();
    let mut z = [const { Vec::new() }; 3];
    for seed in 0..400 {
        let mut s = stream(60, seed);
        let y: Vec<f64> = x.iter().zip(&sigma).map(|(&x, e)| power_law(x, &truth) + e * s.normal()).collect();
        let model = Differences { points: 12, function: |i: usize, p: &[f64]| power_law(x[i], p) };
        let fit = least_squares(&model, &y, &sigma, &[0.3, 1.0, 1.0], false).unwrap();
        chi2.push(fit.chi2);
        p_values.push(chi2_survival(fit.chi2, fit.freedom));
        for k in 0..3 {
            z[k].push((fit.parameters[k] - truth[k]) / fit.covariance[4 * k].sqrt());
        }
    }
    let (mean, square) = moments(&chi2);
    assert!((mean - 9.0).abs() < 1.1, "{mean}");
    assert!((square - mean * mean - 18.0).abs() < 9.0, "{}", square - mean * mean);
    let (mean, square) = moments(&p_values);
    assert!((mean - 0.5).abs() < 0.075 && (square - 1.0 / 3.0).abs() < 0.075, "{mean} {square}");
    for z in &z {
        let (mean, square) = moments(z);
        assert!(mean.abs() < 0.25 && (square - 1.0).abs() < 0.35, "{mean} {square}");
    }
}

#[test]
fn what_cannot_be_fitted_is_said() {
    let x: [f64; 4] = [1.0, 2.0, 3.0, 4.0];
    let fit = |f: fn(f64, &[f64]) -> f64, y: &[f64], start: &[f64], linear| {
        let model = Differences { points: 4, function: |i: usize, p: &[f64]| f(x[i], p) };
        least_squares(&model, y, &[1.0; 4], start, linear).unwrap_err()
    };
    assert!(fit(|x, p| p[0] + p[1] * x + p[2] + p[3] + p[4], &[1.0; 4], &[1.0; 5], true).contains("4 points cannot"));
    assert!(fit(|x, p| p[0] * x, &[1.0; 4], &[1.0, 1.0], true).contains("parameter 2 of 2"));
    assert!(fit(|x, p| (p[0] + p[1]) * x, &[1.0; 4], &[1.0, 1.0], true).contains("some combination"));
    assert!(fit(|x, p| libm::log(p[0]) * x, &[1.0; 4], &[-1.0], false).contains("starting parameters -1.0"));
    assert!(fit(|x, p| p[0] * x, &[1.0, f64::NAN, 1.0, 1.0], &[1.0], true).contains("not finite"));
    assert!(fit(|x, _| x, &[1.0; 4], &[], true).contains("no parameter"));
}
