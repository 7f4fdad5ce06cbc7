//! Annealed importance sampling against exact ln Z.

use super::super::measure::{self, annealed, annealed_back, log_mean};
use super::super::{Bipartite, Layer, Machine, Rows, Unit};
use super::{bipartites, rows, two, with};
use crate::random::{Key, Stream};

/// Rows drawn from the exact law of the visible units.
pub(super) fn samples<M: Machine>(machine: &M, count: usize, key: Key) -> Vec<f32> {
    let logs = measure::log_probabilities(machine).expect("few states");
    let (_, states) = measure::visible_states(machine).expect("few states");
    let mut stream = Stream::new(key);
    let n = machine.visible();
    let mut out = Vec::with_capacity(count * n);
    for _ in 0..count {
        let mut left = stream.uniform();
        let k = logs
            .iter()
            .position(|l| {
                left -= libm::exp(*l);
                left < 0.0
            })
            .unwrap_or(logs.len() - 1);
        out.extend_from_slice(&states[k * n..(k + 1) * n]);
    }
    out
}

/// Forward and backward, with and without fields of the data: within six standard errors (weights are averages of many small
/// factors, so nearly normal: 2e-9 each; for the some 100 estimates here below 1e-6), and the errors are small.
pub(super) fn agrees<M: Machine>(machine: &M, key: Key) {
    let exact = machine.log_z(1.0).expect("few states");
    let data = rows(machine, 20, key.derive(5));
    let data = Rows::visible(20, &data);
    let drawn = samples(machine, 400, key.derive(6));
    for base in [None, Some(data)] {
        let forth = annealed(machine, 400, 200, base, key.derive(7)).expect("a path");
        let back = annealed_back(machine, &Rows::visible(400, &drawn), 200, base, key.derive(8)).expect("a path");
        for found in [forth, back] {
            assert!((found.value - exact).abs() < 6.0 * found.error + 1e-5, "{found:?} for {exact}");
            assert!(found.error < 0.1 && found.effective > 100.0 && found.effective <= 400.0 + 1e-9, "{found:?}");
        }
    }
}

#[test]
fn annealing_finds_the_exact_sum() {
    for (k, (machine, _)) in bipartites().iter().enumerate() {
        agrees(machine, Key(21, k as u64));
    }
    for k in 0..12 {
        let (nv, nh) = (3 + k % 7, 2 + k % 5);
        let layers = if k % 2 == 0 { (Layer::binary(nv), Layer::binary(nh)) } else { (Layer::spins(nv), Layer::spins(nh)) };
        let (machine, _) = with(Bipartite::plain(&layers.0, &layers.1).expect("two layers"), 0.7, Key(22, k as u64));
        agrees(&machine, Key(23, k as u64));
    }
}

/// Real visible units: forward only (there is no list of states).
#[test]
fn annealing_of_real_units() {
    let layer = Layer(vec![(Unit::Real { sigma: 0.9 }, 3), two(0.0, 1.0, 2)]);
    let (machine, _) = with(Bipartite::plain(&layer, &Layer::spins(4)).expect("two layers"), 0.4, Key(24, 1));
    let data = rows(&machine, 30, Key(24, 2));
    for base in [None, Some(Rows::visible(30, &data))] {
        let found = annealed(&machine, 500, 300, base, Key(24, 3)).expect("a path");
        let exact = machine.log_z(1.0).expect("few hidden states");
        assert!((found.value - exact).abs() < 6.0 * found.error + 1e-5, "{found:?} for {exact}");
    }
}

#[test]
fn the_error_of_a_logarithm_of_a_mean() {
    let found = log_mean(&[0.0; 9]);
    assert!(found.value == 0.0 && found.error == 0.0 && (found.effective - 9.0).abs() < 1e-12);
    // One chain that has all the weight.
    let found = log_mean(&[900.0, 0.0, 0.0, 1.0]);
    assert!((found.value - (900.0 - libm::log(4.0))).abs() < 1e-9 && found.error > 100.0 && (found.effective - 1.0).abs() < 1e-9);
    // Small spread: the error of the mean.
    let w: Vec<f64> = (0..100).map(|k| f64::from(k % 10) * 1e-3).collect();
    let spread = (w.iter().map(|w| (w - 4.5e-3) * (w - 4.5e-3)).sum::<f64>() / 99.0 / 100.0).sqrt();
    assert!((log_mean(&w).error / spread - 1.0).abs() < 0.01);
}
