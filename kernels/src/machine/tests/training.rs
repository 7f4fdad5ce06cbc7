//! Every method of training on machines whose likelihood is known.

use super::super::train::Options;
use super::super::{Bipartite, Layer, Machine, Method, Rows, Trainer};
use super::anneal::samples;
use super::{loss, with};
use crate::random::Key;

pub(super) fn methods() -> Vec<Method> {
    vec![
        Method::Contrastive { steps: 1 },
        Method::Contrastive { steps: 5 },
        Method::Persistent { chains: 100, steps: 1 },
        Method::FastPersistent { chains: 100, steps: 1, rate: 0.02, decay: 0.95 },
        Method::Tempered { chains: 40, steps: 1, betas: vec![1.0, 0.7, 0.4, 0.0] },
        Method::Exact,
        Method::MeanField { order: 1, steps: 20, persistent: None },
        Method::MeanField { order: 2, steps: 20, persistent: Some(20) },
        Method::MeanField { order: 3, steps: 20, persistent: None },
        Method::PseudoLikelihood,
        Method::RatioMatching,
    ]
}

/// Steps along the gradient from small weights raise the exact likelihood of data that has couplings, past what fields alone
/// reach for all methods but mean field from the data (which has no couplings of its own here).
pub(super) fn improves<M: Machine>(truth: &M, student: &M, method: Method, options: Options, least: f64) {
    let data = samples(truth, 400, Key(31, 1));
    let mut machine = student.clone();
    let mut theta = super::normal(machine.dimension(), 0.05, Key(31, 2));
    let all = Rows::visible(400, &data);
    let before = loss(&mut machine, &theta, &all);
    let mut trainer = Trainer::new(&machine, method.clone(), options, Key(31, 3)).expect("a method");
    let mut g = vec![0.0; theta.len()];
    let n = machine.visible();
    for step in 0..400 {
        let first = step % 4 * 100;
        let batch = Rows::visible(100, &data[first * n..(first + 100) * n]);
        trainer.gradient(&mut machine, &theta, &batch, &mut g).expect("a gradient");
        theta.iter_mut().zip(&g).for_each(|(t, g)| *t -= 0.1 * g);
    }
    let after = loss(&mut machine, &theta, &all);
    assert!(after < before - least, "{method:?} {options:?}: {before} to {after}");
}

#[test]
fn every_method_raises_the_likelihood() {
    let (truth, _) = with(Bipartite::plain(&Layer::binary(6), &Layer::binary(3)).expect("two layers"), 1.5, Key(30, 1));
    let student = Bipartite::plain(&Layer::binary(6), &Layer::binary(4)).expect("two layers");
    for method in methods() {
        improves(&truth, &student, method, Options::default(), 0.3);
    }
    let centred = Options { centring: Some(0.1), ..Options::default() };
    let sparse = Options { sparsity: Some((0.3, 0.1)), ..Options::default() };
    for options in [centred, sparse] {
        improves(&truth, &student, Method::Persistent { chains: 100, steps: 1 }, options, 0.3);
        improves(&truth, &student, Method::Contrastive { steps: 1 }, options, 0.3);
    }
    let (truth, _) = with(Bipartite::plain(&Layer::spins(6), &Layer::spins(3)).expect("two layers"), 0.8, Key(30, 2));
    let student = Bipartite::plain(&Layer::spins(6), &Layer::spins(4)).expect("two layers");
    for method in methods() {
        improves(&truth, &student, method, Options::default(), 0.1);
    }
}

/// The distance of the mean contrastive gradient from the exact one, over many copies of the data, shrinks with the sweeps.
#[test]
fn the_bias_of_contrastive_divergence_shrinks() {
    let (mut machine, theta) = with(Bipartite::plain(&Layer::binary(6), &Layer::binary(4)).expect("two layers"), 1.0, Key(32, 1));
    let few = super::rows(&machine, 4, Key(32, 2));
    let data: Vec<f32> = few.iter().copied().cycle().take(few.len() * 10_000).collect();
    let data = Rows::visible(40_000, &data);
    let mut exact = vec![0.0; theta.len()];
    let mut gradient = |method: Method, g: &mut [f64]| {
        let mut trainer = Trainer::new(&machine, method, Options::default(), Key(32, 3)).expect("a method");
        trainer.gradient(&mut machine, &theta, &data, g).expect("a gradient");
    };
    gradient(Method::Exact, &mut exact);
    let distance = |g: &[f64]| g.iter().zip(&exact).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    let mut last = f64::INFINITY;
    for steps in [1, 2, 3, 5] {
        let mut g = vec![0.0; theta.len()];
        gradient(Method::Contrastive { steps }, &mut g);
        let bias = distance(&g);
        assert!(bias < 0.7 * last, "{steps} sweeps: {bias} after {last}");
        last = bias;
    }
    // After many sweeps what is left is noise: 34 means of 40,000 chains, each with a standard deviation below 1/2.
    let mut g = vec![0.0; theta.len()];
    gradient(Method::Contrastive { steps: 30 }, &mut g);
    let last = distance(&g);
    assert!(last < 0.03, "{last}");
}

/// Contrastive divergence in one go is that of its parts.
#[test]
fn one_go_is_its_parts() {
    let (machine, theta) = with(Bipartite::plain(&Layer::spins(50), &Layer::binary(40)).expect("two layers"), 0.2, Key(33, 1));
    let data = super::rows(&machine, 30, Key(33, 2));
    let data = Rows::visible(30, &data);
    let mut fast = vec![0.0; theta.len()];
    machine.divergence(&data, 3, Key(33, 3), &mut fast);
    let mut chains = machine.start(30, Key(33, 3));
    chains.visible.copy_from_slice(data.visible);
    machine.sweep(&mut chains, &super::super::Sweeps::free(3));
    let mut slow = vec![0.0; theta.len()];
    machine.contrast(&data, &chains.rows(), &mut slow);
    assert_eq!(fast, slow);
    let mut parts = vec![0.0; theta.len()];
    machine.statistics(&chains.rows(), 1.0 / 30.0, &mut parts);
    machine.statistics(&data, -1.0 / 30.0, &mut parts);
    super::near(&fast, &parts, 1e-6, "contrast");
}
