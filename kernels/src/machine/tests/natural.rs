//! The natural gradient against a dense solution.

use super::super::natural::{Fisher, direction};
use super::super::train::Options;
use super::super::{Bipartite, Layer, Machine, Method, Rows, Trainer};
use super::{dot, joint, loss, near, normal, with};
use crate::random::Key;

#[test]
fn the_covariance_of_the_statistics_is_inverted() {
    let (mut machine, theta) = with(Bipartite::plain(&Layer::binary(3), &Layer::binary(2)).expect("two layers"), 0.6, Key(61, 1));
    let states = joint(&machine);
    let n = theta.len();
    let mut phi = vec![0.0; n];
    let mut weights = vec![];
    for (v, h) in &states {
        machine.features(v, h, &mut phi);
        weights.push(libm::exp(dot(&phi, &theta)));
    }
    let z: f64 = weights.iter().sum();
    let fisher = Fisher::new(&machine, states.iter().zip(&weights).map(|((v, h), w)| (&v[..], &h[..], w / z)));
    // F is the matrix of second derivatives of ln Z.
    let x = normal(n, 1.0, Key(61, 2));
    let mut product = vec![0.0; n];
    fisher.apply(&x, 0.0, &mut product);
    let means = |machine: &mut Bipartite, t: f64| {
        let at: Vec<f64> = theta.iter().zip(&x).map(|(a, b)| a + t * b).collect();
        machine.set(&at).expect("finite");
        let mut g = vec![0.0; n];
        machine.exact(&mut g).expect("few states");
        g
    };
    let (a, b) = (means(&mut machine, 1e-5), means(&mut machine, -1e-5));
    let right: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a - b) / 2e-5).collect();
    near(&product, &right, 1e-7, "covariance");
    let mut g = product.clone();
    fisher.apply(&x, 0.01, &mut g);
    let left = fisher.solve(&mut g, 0.01, 100);
    assert!(left < 1e-10);
    near(&g, &x, 1e-6, "solution");
}

/// Fewer steps than along the plain gradient.
#[test]
fn natural_steps_raise_the_likelihood() {
    let (truth, _) = with(Bipartite::plain(&Layer::binary(5), &Layer::binary(2)).expect("two layers"), 1.5, Key(62, 1));
    let data = super::anneal::samples(&truth, 300, Key(62, 2));
    let data = Rows::visible(300, &data);
    let end = |natural: bool| {
        let mut machine = Bipartite::plain(&Layer::binary(5), &Layer::binary(3)).expect("two layers");
        let mut theta = normal(machine.dimension(), 0.1, Key(62, 3));
        let mut trainer = Trainer::new(&machine, Method::Persistent { chains: 300, steps: 2 }, Options::default(), Key(62, 4))
            .expect("a method");
        let mut g = vec![0.0; theta.len()];
        for _ in 0..40 {
            trainer.gradient(&mut machine, &theta, &data, &mut g).expect("a gradient");
            if natural {
                let chains = trainer.chains().expect("chains");
                direction(&machine, &chains.rows(), &mut g, 0.05, 50).expect("a direction");
            }
            theta.iter_mut().zip(&g).for_each(|(t, g)| *t -= 0.1 * g);
        }
        loss(&mut machine, &theta, &data)
    };
    let (plain, natural) = (end(false), end(true));
    assert!(natural < plain - 0.01, "{natural} {plain}");
}
