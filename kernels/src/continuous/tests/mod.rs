//! Against quadrature, closed forms and finite differences.

mod contract;
mod differences;
mod exact;
mod steps;

use super::super::field::{Block, Field, FieldLane, FieldStart, Space};
use super::super::generic::{Builder, Node, ScalarGraph};
use super::super::random::Key;
use super::{Continuous, FieldModel, FieldRule};

pub(super) const HMC: FieldRule = FieldRule::Hmc { steps: None, step: None };
pub(super) const MALA: FieldRule = FieldRule::Langevin { step: None, adjusted: true };

pub(super) fn line(sites: usize) -> Block {
    Block { sites, space: Space::Line { low: f64::NEG_INFINITY, high: f64::INFINITY } }
}

pub(super) fn between(low: f64, high: f64) -> Block {
    Block { sites: 1, space: Space::Line { low, high } }
}

pub(super) fn block(sites: usize, space: Space) -> Block {
    Block { sites, space }
}

/// A model whose energy is the sum of the terms that `write` gives for the leaves.
pub(super) fn model(blocks: Vec<Block>, write: impl Fn(&mut Builder, &[Node]) -> Vec<Node>) -> FieldModel {
    let components = blocks.iter().map(Block::components).sum();
    let mut b = ScalarGraph::over_components(components);
    let leaves: Vec<Node> = (0..components).map(|i| b.value(i)).collect();
    let terms = write(&mut b, &leaves);
    let root = b.sum(terms);
    FieldModel { blocks, graph: b.finish(root) }
}

/// c times the product.
pub(super) fn times(b: &mut Builder, c: f64, factors: &[Node]) -> Node {
    let c = b.constant(c);
    let mut all = vec![c];
    all.extend_from_slice(factors);
    b.product(all)
}

/// c x^n.
pub(super) fn power(b: &mut Builder, c: f64, x: Node, n: f64) -> Node {
    let n = b.constant(n);
    let p = b.pow(x, n);
    times(b, c, &[p])
}

pub(super) fn lanes(count: u64, beta: f64) -> Vec<FieldLane> {
    (0..count).map(|k| FieldLane { beta, key: Key(2024, 11).derive(k), start: FieldStart::Random }).collect()
}

pub(super) fn state(kernel: &Continuous, lane: usize) -> Vec<f64> {
    let mut state = vec![0.0; kernel.components()];
    kernel.read(lane, &mut state);
    state
}

pub(super) type Observable<'a> = &'a dyn Fn(&[f64]) -> f64;

const LANES: u64 = 48;

/// Runs 48 independent lanes and compares the means of observables with the exact ones: within 6.5 standard errors as the spread
/// between lanes gives them, which by Student's distribution with 47 degrees of freedom fails by chance once in 2e7 times an
/// observable.
pub(super) fn agrees(model: &FieldModel, rule: FieldRule, beta: f64, sweeps: u64, observables: &[(Observable, f64)]) {
    let mut kernel = Continuous::new(model, rule, &lanes(LANES, beta)).unwrap();
    kernel.warm_up(400);
    let mut sums = vec![vec![0.0; observables.len()]; LANES as usize];
    for _ in 0..sweeps {
        kernel.advance(1);
        for (lane, sums) in sums.iter_mut().enumerate() {
            let state = state(&kernel, lane);
            observables.iter().zip(sums).for_each(|((f, _), sum)| *sum += f(&state));
        }
    }
    for lane in 0..LANES as usize {
        let direct = model.graph.evaluate_at(&state(&kernel, lane));
        assert!((kernel.energy(lane) - direct).abs() <= 1e-11 * direct.abs().max(1.0), "{} {direct}", kernel.energy(lane));
    }
    for (o, (_, exact)) in observables.iter().enumerate() {
        let means: Vec<f64> = sums.iter().map(|s| s[o] / sweeps as f64).collect();
        let mean = means.iter().sum::<f64>() / LANES as f64;
        let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (LANES - 1) as f64;
        let error = (variance / LANES as f64).sqrt();
        let acceptance = kernel.acceptance();
        assert!(
            (mean - exact).abs() <= 6.5 * error + 1e-12,
            "{rule:?}, observable {o}: {mean} ± {error}, exactly {exact}; acceptance {acceptance:?}"
        );
        assert!(error < 0.1 * exact.abs().max(1.0), "{rule:?}, observable {o}: {mean} ± {error} says nothing");
    }
}

/// Points and weights of an axis.
pub(super) type Axis = Vec<(f64, f64)>;

/// Equal weights over a period or over where a density is not negligible: the error falls faster than any power.
pub(super) fn even(from: f64, to: f64, points: usize) -> Axis {
    (0..points).map(|k| (from + (to - from) * (k as f64 + 0.5) / points as f64, 1.0)).collect()
}

/// Simpson's rule; the number of intervals must be even.
pub(super) fn simpson(from: f64, to: f64, intervals: usize) -> Axis {
    let weight = |k: usize| match k {
        k if k == 0 || k == intervals => 1.0,
        k if k % 2 == 1 => 4.0,
        _ => 2.0,
    };
    (0..=intervals).map(|k| (from + (to - from) * k as f64 / intervals as f64, weight(k))).collect()
}

/// Mean values by quadrature over the product of the axes.
pub(super) fn quadrature(model: &FieldModel, beta: f64, axes: &[Axis], observables: &[Observable]) -> Vec<f64> {
    let mut sums = vec![0.0; observables.len() + 1];
    let points: usize = axes.iter().map(Vec::len).product();
    let mut x = vec![0.0; axes.len()];
    for point in 0..points {
        let (mut rest, mut weight) = (point, 1.0);
        for (x, axis) in x.iter_mut().zip(axes) {
            let (value, own) = axis[rest % axis.len()];
            *x = value;
            weight *= own;
            rest /= axis.len();
        }
        weight *= libm::exp(-beta * model.graph.evaluate_at(&x));
        sums[observables.len()] += weight;
        observables.iter().enumerate().for_each(|(o, f)| sums[o] += weight * f(&x));
    }
    let z = sums.pop().unwrap();
    sums.into_iter().map(|s| s / z).collect()
}

/// [`agrees`] with [`quadrature`], the energy among the observables.
pub(super) fn agrees_with_quadrature(
    model: &FieldModel,
    rules: &[FieldRule],
    beta: f64,
    axes: &[Axis],
    sweeps: u64,
    observables: &[Observable],
) {
    let energy = |x: &[f64]| model.graph.evaluate_at(x);
    let mut all: Vec<Observable> = vec![&energy];
    all.extend_from_slice(observables);
    let exact = quadrature(model, beta, axes, &all);
    let both: Vec<(Observable, f64)> = all.into_iter().zip(exact).collect();
    rules.iter().for_each(|&rule| agrees(model, rule, beta, sweeps, &both));
}
