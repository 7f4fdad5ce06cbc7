//! The law of chains against enumeration, and clamped units.

use super::super::{Bipartite, Layer, Machine, Sweeps, Unit};
use super::{bipartites, dot, joint, two, with};
use crate::random::Key;

/// Whether χ² of `degrees` degrees of freedom is below the value that it exceeds with probability 1e-7 (Wilson and Hilferty
/// 1931).
fn plausible(chi: f64, degrees: f64) -> bool {
    let spread = 2.0 / (9.0 * degrees);
    chi < degrees * (1.0 - spread + 5.2 * spread.sqrt()).powi(3)
}

/// Joint states of independent chains after `sweeps` sweeps from states far from the law's, against the law at β. States with
/// fewer than 10 expected go together. A false alarm with probability 1e-7 a call.
pub(super) fn law<M: Machine>(machine: &M, theta: &[f64], beta: f64, sweeps: u64, key: Key) {
    let states = joint(machine);
    let mut phi = vec![0.0; theta.len()];
    let weights: Vec<f64> = states
        .iter()
        .map(|(v, h)| {
            machine.features(v, h, &mut phi);
            libm::exp(beta * dot(&phi, theta))
        })
        .collect();
    let z: f64 = weights.iter().sum();
    let n = 15_000;
    let mut chains = machine.start(n, key);
    machine.sweep(&mut chains, &Sweeps { count: sweeps, betas: &[beta], clamped: None });
    let sizes: Vec<usize> = (0..machine.visible() + machine.hidden()).map(|u| machine.values(u).expect("finite")).collect();
    let mut counts = vec![0u32; states.len()];
    let (nv, nh) = (machine.visible(), machine.hidden());
    for r in 0..n {
        let labels = chains.visible[r * nv..(r + 1) * nv].iter().chain(&chains.hidden[r * nh..(r + 1) * nh]);
        let place = labels.zip(&sizes).fold((0, 1), |(p, step), (x, q)| (p + *x as usize * step, step * q)).0;
        counts[place] += 1;
    }
    let (mut chi, mut cells, mut rest) = (0.0, 0.0, (0.0, 0.0));
    for (c, w) in counts.iter().zip(&weights) {
        let (c, e) = (f64::from(*c), n as f64 * w / z);
        if e < 10.0 {
            rest = (rest.0 + c, rest.1 + e);
        } else {
            chi += (c - e) * (c - e) / e;
            cells += 1.0;
        }
    }
    if rest.1 > 10.0 {
        chi += (rest.0 - rest.1) * (rest.0 - rest.1) / rest.1;
        cells += 1.0;
    }
    assert!(plausible(chi, cells - 1.0), "χ² {chi} of {cells} cells");
}

#[test]
fn chains_have_the_law_of_the_machine() {
    for (k, (machine, theta)) in bipartites().iter().enumerate() {
        if (0..machine.visible() + machine.hidden()).all(|u| machine.values(u).is_some()) {
            law(machine, theta, 1.0, 60, Key(1, k as u64));
            law(machine, theta, 0.5, 40, Key(2, k as u64));
        }
    }
}

/// Visible states whose hidden units are real, and real visible ones: means and variances of free energies' own terms, each
/// within 5.5 standard errors (4e-8 each).
#[test]
fn real_units_have_their_law() {
    let sigma = 0.7;
    let (machine, theta) =
        with(Bipartite::plain(&Layer(vec![(Unit::Real { sigma }, 2)]), &Layer::binary(2)).expect("two layers"), 0.8, Key(12, 1));
    let n = 40_000;
    for beta in [1.0, 2.0] {
        let mut chains = machine.start(n, Key(12, 2));
        machine.sweep(&mut chains, &Sweeps { count: 60, betas: &[beta], clamped: None });
        // The law of h by sums of Gauss; given it, v is normal.
        let mut cases = vec![];
        for h in 0..4 {
            let h = [f64::from(h & 1), f64::from(h >> 1)];
            let field = |i: usize| theta[4 + i] + theta[2 * i] * h[0] + theta[2 * i + 1] * h[1];
            let exponent =
                beta * (theta[6] * h[0] + theta[7] * h[1] + 0.5 * sigma * sigma * (field(0).powi(2) + field(1).powi(2)));
            cases.push((libm::exp(exponent), [sigma * sigma * field(0), sigma * sigma * field(1)]));
        }
        let z: f64 = cases.iter().map(|c| c.0).sum();
        for i in 0..2 {
            let mean: f64 = cases.iter().map(|c| c.0 / z * c.1[i]).sum();
            let square: f64 = cases.iter().map(|c| c.0 / z * (c.1[i].powi(2) + sigma * sigma / beta)).sum();
            for (power, right) in [(1, mean), (2, square)] {
                let x: Vec<f64> = chains.visible.iter().skip(i).step_by(2).map(|x| f64::from(*x).powi(power)).collect();
                let found = x.iter().sum::<f64>() / n as f64;
                let error = (x.iter().map(|x| (x - found).powi(2)).sum::<f64>() / n as f64 / n as f64).sqrt();
                assert!((found - right).abs() < 5.5 * error, "β {beta} unit {i}: {found} ± {error} for {right}");
            }
        }
    }
    // Real hidden units: the law of the visible spins.
    let (machine, _) = bipartites().pop().expect("the last one");
    let mut chains = machine.start(n, Key(12, 3));
    machine.sweep(&mut chains, &Sweeps::free(60));
    let logs = super::super::measure::log_probabilities(&machine).expect("few states");
    let mut counts = vec![0.0; logs.len()];
    for v in chains.visible.chunks_exact(machine.visible()) {
        counts[v.iter().enumerate().map(|(i, x)| (*x as usize) << i).sum::<usize>()] += 1.0;
    }
    let chi: f64 =
        counts.iter().zip(&logs).map(|(c, l)| (c - n as f64 * libm::exp(*l)).powi(2) / (n as f64 * libm::exp(*l))).sum();
    assert!(plausible(chi, 15.0), "χ² {chi}");
}

/// Clamped units stay, the others have the conditional law; few and many chains, of either form of product.
#[test]
fn clamped_units_stay() {
    for count in [3usize, 20_000] {
        let (machine, theta) =
            with(Bipartite::plain(&Layer(vec![two(-1.0, 1.0, 3)]), &Layer::binary(2)).expect("two layers"), 0.8, Key(13, 1));
        let mut chains = machine.start(count, Key(13, 2));
        for v in chains.visible.chunks_exact_mut(3) {
            v[1] = 1.0;
        }
        chains.hidden.chunks_exact_mut(2).for_each(|h| h[0] = 1.0);
        machine.sweep(&mut chains, &Sweeps { count: 50, betas: &[1.0], clamped: Some(&[false, true, false, true, false]) });
        assert!(chains.visible.chunks_exact(3).all(|v| v[1] == 1.0) && chains.hidden.chunks_exact(2).all(|h| h[0] == 1.0));
        let mut phi = vec![0.0; theta.len()];
        let (mut z, mut first) = (0.0, 0.0);
        for (v, h) in joint(&machine).iter().filter(|(v, h)| v[1] == 1.0 && h[0] == 1.0) {
            machine.features(v, h, &mut phi);
            let w = libm::exp(dot(&phi, &theta));
            z += w;
            first += w * f64::from(v[0]);
        }
        let (p, n) = (first / z, count as f64);
        let found = chains.visible.iter().step_by(3).map(|x| f64::from(*x)).sum::<f64>() / n;
        // 5.5 standard errors: 4e-8.
        assert!(count < 100 || (found - p).abs() < 5.5 * (p * (1.0 - p) / n).sqrt(), "{found} {p}");
    }
    // Labels.
    let (machine, _) =
        with(Bipartite::plain(&Layer(vec![(Unit::Labels(4), 3)]), &Layer::binary(2)).expect("two layers"), 0.8, Key(13, 3));
    let mut chains = machine.start(50, Key(13, 4));
    let before = chains.clone();
    machine.sweep(&mut chains, &Sweeps { count: 20, betas: &[1.0], clamped: Some(&[false, true, false, false, false]) });
    let column = |c: &super::super::Chains, i: usize| c.visible.iter().skip(i).step_by(3).copied().collect::<Vec<f32>>();
    assert_eq!(column(&chains, 1), column(&before, 1));
    assert_ne!(column(&chains, 0), column(&before, 0));
}

/// Sweeps in two goes are sweeps in one; chains at several temperatures are those at each.
#[test]
fn chains_go_on_from_where_they_stand() {
    let (machine, _) = with(Bipartite::plain(&Layer::spins(40), &Layer::binary(35)).expect("two layers"), 0.3, Key(14, 1));
    let start = machine.start(30, Key(14, 2));
    let (mut once, mut twice) = (start.clone(), start.clone());
    machine.sweep(&mut once, &Sweeps::free(7));
    machine.sweep(&mut twice, &Sweeps::free(3));
    machine.sweep(&mut twice, &Sweeps::free(4));
    assert_eq!(once, twice);
    let betas: Vec<f64> = (0..30).map(|r| if r % 2 == 0 { 1.0 } else { 0.3 }).collect();
    let (mut mixed, mut cool) = (start.clone(), start);
    machine.sweep(&mut mixed, &Sweeps { count: 7, betas: &betas, clamped: None });
    machine.sweep(&mut cool, &Sweeps { count: 7, betas: &[0.3], clamped: None });
    for r in 0..30 {
        let right = if r % 2 == 0 { &once } else { &cool };
        assert_eq!(mixed.visible[r * 40..(r + 1) * 40], right.visible[r * 40..(r + 1) * 40]);
    }
}
