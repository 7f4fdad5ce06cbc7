//! Covariances of statistics and the exact likelihood as an objective, against joint states and finite differences.

use super::super::{Bipartite, Layer, Unit, train::Options};
use super::super::{Likelihood, Machine, Method, Rows, Trainer, natural, serves};
use super::{bipartites, differences, dot, joint, loss, near, normal, rows, shared, two, with};
use crate::landscape::Objective;
use crate::random::Key;
use std::sync::Arc;

/// Value, gradient, Hessian and slices of the mean of -ln p.
pub(super) fn an_objective<M: Machine>(machine: &mut M, theta: &[f64]) {
    let n = theta.len();
    let data = rows(machine, 7, Key(71, 1));
    let mut f = Likelihood::new(machine.clone(), Arc::new(data.clone()), vec![]).expect("few states");
    let data = Rows::visible(7, &data);
    f.move_to(theta);
    let mut g = vec![0.0; n];
    let value = f.gradient(&mut g);
    assert!((value - loss(machine, theta, &data)).abs() < 1e-10 && (value - f.value()).abs() < 1e-12);
    near(&g, &differences(theta, |t| loss(machine, t, &data)), 1e-8, "gradient");
    let x = normal(n, 1.0, Key(71, 2));
    let mut product = vec![0.0; n];
    f.hessian(&x, &mut product);
    let mut at = |step: f64| {
        let place: Vec<f64> = theta.iter().zip(&x).map(|(t, x)| t + step * x).collect();
        f.move_to(&place);
        let mut g = vec![0.0; n];
        f.gradient(&mut g);
        g
    };
    let (up, down) = (at(1e-5), at(-1e-5));
    let right: Vec<f64> = up.iter().zip(&down).map(|(a, b)| (a - b) / 2e-5).collect();
    near(&product, &right, 1e-7, "product");
    // The Hessian is symmetric.
    f.move_to(theta);
    let y = normal(n, 1.0, Key(71, 3));
    let mut other = vec![0.0; n];
    f.hessian(&y, &mut other);
    assert!((dot(&product, &y) - dot(&other, &x)).abs() < 1e-9 * (1.0 + dot(&other, &x).abs()));
    let mut values = [0.0; 2];
    f.slice(theta, std::slice::from_ref(&x), &[vec![0.0], vec![0.3]], &mut values);
    let there: Vec<f64> = theta.iter().zip(&x).map(|(t, x)| t + 0.3 * x).collect();
    assert!((values[0] - value).abs() < 1e-12 && (values[1] - loss(machine, &there, &data)).abs() < 1e-10);
    assert!((f.value() - value).abs() < 1e-12);
    f.move_to(&vec![f64::NAN; n]);
    assert!(f.value().is_nan());
}

#[test]
fn the_likelihood_of_two_layers() {
    for (mut machine, theta) in bipartites().into_iter().chain([shared()]) {
        an_objective(&mut machine, &theta);
    }
    let layers = (Layer(vec![(Unit::Real { sigma: 0.8 }, 3), two(-1.0, 1.0, 2)]), Layer::binary(4));
    let (mut machine, theta) = with(Bipartite::plain(&layers.0, &layers.1).expect("two layers"), 0.5, Key(3, 8));
    an_objective(&mut machine, &theta);
}

/// Cov[φ] x from every joint state.
pub(super) fn covariances<M: Machine>(machine: &M, theta: &[f64]) {
    let n = theta.len();
    let x = normal(n, 1.0, Key(72, 1));
    let states = joint(machine);
    let mut phi = vec![0.0; n];
    let mut all = vec![];
    for (v, h) in &states {
        machine.features(v, h, &mut phi);
        all.push((phi.clone(), libm::exp(dot(&phi, theta))));
    }
    let z: f64 = all.iter().map(|a| a.1).sum();
    let mean: f64 = all.iter().map(|(phi, w)| w / z * dot(phi, &x)).sum();
    let mut right = vec![0.0; n];
    for (phi, w) in &all {
        let away = w / z * (dot(phi, &x) - mean);
        right.iter_mut().zip(phi).for_each(|(r, p)| *r += away * p);
    }
    let mut means = vec![0.0; n];
    let log_z = machine.exact(&mut means).expect("few states");
    let mut found = vec![0.0; n];
    machine.covariance(log_z, &means, &x, &mut found).expect("few states");
    near(&found, &right, 1e-10, "covariance");
}

#[test]
fn covariances_of_two_layers() {
    for (machine, theta) in bipartites().iter().filter(|(m, _)| (0..m.visible() + m.hidden()).all(|u| m.values(u).is_some())) {
        covariances(machine, theta);
    }
}

#[test]
fn the_likelihood_of_any_finite_units() {
    for (mut machine, theta) in super::general::all() {
        an_objective(&mut machine, &theta);
    }
    for (machine, theta) in super::general::all().iter().filter(|(_, t)| t.len() > 5) {
        covariances(machine, theta);
    }
}

/// The exact natural gradient solves its system, to the last digits.
#[test]
fn the_exact_direction_solves_the_fisher_system() {
    let (machine, _) = with(Bipartite::plain(&Layer::spins(4), &Layer::binary(3)).expect("two layers"), 0.6, Key(73, 1));
    let n = machine.dimension();
    let g = normal(n, 1.0, Key(73, 2));
    let mut direction = g.clone();
    let left = natural::exact_direction(&machine, &mut direction, 0.01, 500).expect("few states");
    assert!(left < 1e-10, "{left}");
    let mut means = vec![0.0; n];
    let log_z = machine.exact(&mut means).expect("few states");
    let mut back = vec![0.0; n];
    machine.covariance(log_z, &means, &direction, &mut back).expect("few states");
    back.iter_mut().zip(&direction).for_each(|(b, d)| *b += 0.01 * d);
    near(&back, &g, 1e-9, "system");
}

/// What does not serve is refused when the method is made, with the words that a step would end with.
#[test]
fn methods_are_refused_at_their_beginning() {
    let large = Bipartite::plain(&Layer::binary(40), &Layer::binary(30)).expect("two layers");
    let plain = Options::default();
    assert!(serves(&large, &Method::Exact, &plain).expect_err("too many").contains("2^25"));
    assert!(Trainer::new(&large, Method::Exact, plain, Key(1, 1)).is_err());
    assert!(large.enumerable(1).is_err() && large.enumerable(2).is_err());
    let between = Bipartite::plain(&Layer::binary(40), &Layer::binary(22)).expect("two layers");
    assert!(between.enumerable(1).is_ok() && between.enumerable(2).expect_err("too many").contains("2^20"));
    let labels = Bipartite::plain(&Layer(vec![(Unit::Labels(3), 2)]), &Layer::binary(2)).expect("two layers");
    assert!(
        serves(&labels, &Method::RatioMatching, &plain).is_err() && serves(&labels, &Method::PseudoLikelihood, &plain).is_ok()
    );
    let tap = |order| Method::MeanField { order, steps: 1, persistent: None };
    assert!(serves(&labels, &tap(2), &plain).is_err() && serves(&labels, &tap(1), &plain).is_ok());
    let (shared, _) = shared();
    let centred = Options { centring: Some(0.1), ..plain };
    assert!(serves(&shared, &tap(1), &centred).is_err() && serves(&large, &tap(3), &centred).is_ok());
    let real = Bipartite::plain(&Layer::binary(3), &Layer(vec![(Unit::Real { sigma: 1.0 }, 2)])).expect("two layers");
    let sparse = Options { sparsity: Some((0.1, 0.1)), ..plain };
    assert!(serves(&real, &tap(1), &sparse).is_err() && serves(&labels, &tap(1), &sparse).is_ok());
}
