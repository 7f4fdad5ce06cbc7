//! Units against plain loops, enumeration and closed forms.

use super::super::random::Key;
use super::super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::*;

fn lane(beta: f64, tag: u64, start: Start) -> Lane {
    Lane { beta, key: Key(11, tag), start }
}

/// A matrix with a given share of elements, symmetric or not.
fn matrix(n: usize, share: f64, whole: bool, tag: u64) -> Vec<(u32, u32, f64)> {
    let mut stream = crate::random::Stream::new(Key(5, tag));
    let mut all = Vec::new();
    for i in 0..n as u32 {
        for j in 0..n as u32 {
            let x = if whole { f64::from(stream.below(5)) - 2.0 } else { stream.uniform() - 0.5 };
            if i != j && stream.uniform() < share {
                all.push((i, j, x));
            }
        }
    }
    all
}

/// Local fields by plain loops.
fn fields(weights: &[(u32, u32, f64)], bias: &[f64], v: &[f64]) -> Vec<f64> {
    let mut h = bias.to_vec();
    weights.iter().for_each(|&(i, j, w)| h[i as usize] += w * v[j as usize]);
    h
}

fn values(linear: &Linear, state: &[u8]) -> Vec<f64> {
    state.iter().map(|p| if *p == 0 { linear.low } else { linear.high }).collect()
}

#[test]
fn a_synchronous_step_takes_the_signs_of_the_fields() {
    for (k, (share, whole, set)) in
        [(0.9, true, (-1.0, 1.0)), (0.05, true, (0.0, 1.0)), (0.9, false, (0.0, 1.0)), (0.05, false, (-1.0, 1.0))]
            .into_iter()
            .enumerate()
    {
        let n = 70;
        let weights = matrix(n, share, whole, k as u64);
        let bias: Vec<f64> = (0..n).map(|i| if whole { f64::from(i as u32 % 3) - 1.0 } else { 0.1 * i as f64 - 2.0 }).collect();
        let linear = Linear::new(set, weights.clone(), bias.clone()).expect("finite");
        for ties in [Ties::Keep, Ties::Up] {
            let dynamics = Dynamics { order: Order::Synchronous, rule: Rule::HeatBath, ties };
            let mut units = Units::linear(&linear, dynamics, &[lane(f64::INFINITY, k as u64, Start::Random)]).expect("built");
            let mut state = vec![0; n];
            units.read(0, &mut state);
            for _ in 0..100 {
                let h = fields(&weights, &bias, &values(&linear, &state));
                let next: Vec<u8> = h
                    .iter()
                    .zip(&state)
                    .map(|(h, old)| match (*h, ties) {
                        (h, _) if h > 1e-9 => 1,
                        (h, _) if h < -1e-9 => 0,
                        (_, Ties::Up) => 1,
                        _ => *old,
                    })
                    .collect();
                let rests = next == state;
                assert_eq!(units.settled(0), Some(rests));
                units.advance(1);
                units.read(0, &mut state);
                assert_eq!(state, next, "case {k}");
            }
        }
    }
}

/// Goles and Olivos (1980): symmetric couplings end in a fixed point or a cycle of period 2.
#[test]
fn symmetric_synchronous_dynamics_ends_in_period_one_or_two() {
    let n = 60;
    let mut weights: Vec<(u32, u32, f64)> = matrix(n, 1.0, false, 77).into_iter().filter(|w| w.0 < w.1).collect();
    weights.extend(weights.clone().iter().map(|&(i, j, w)| (j, i, w)));
    let linear = Linear::new((-1.0, 1.0), weights, vec![0.0; n]).expect("finite");
    assert!(linear.is_symmetric());
    let dynamics = Dynamics { order: Order::Synchronous, rule: Rule::HeatBath, ties: Ties::Keep };
    let lanes: Vec<Lane> = (0..20).map(|k| lane(f64::INFINITY, k, Start::Random)).collect();
    let mut units = Units::linear(&linear, dynamics, &lanes).expect("built");
    units.advance(500);
    let read = |u: &Units, l: usize| {
        let mut s = vec![0; n];
        u.read(l, &mut s);
        s
    };
    let before: Vec<Vec<u8>> = (0..20).map(|l| read(&units, l)).collect();
    units.advance(2);
    assert!((0..20).all(|l| read(&units, l) == before[l]));
}

#[test]
fn the_energy_never_rises_one_unit_at_a_time_at_zero_temperature() {
    let n = 50;
    let bonds: Vec<(u32, u32, f64)> = matrix(n, 0.7, true, 3).into_iter().filter(|w| w.0 < w.1).collect();
    let pairs = PairEnergy { sites: n, bonds, fields: (0..n).map(|i| f64::from(i as u32 % 2)).collect(), constant: 2.5 };
    let linear = Linear::of_pairs(&pairs);
    for (rule, order, ties) in [
        (Rule::HeatBath, Order::Sequential, Ties::Keep),
        (Rule::HeatBath, Order::Random, Ties::Up),
        (Rule::Metropolis, Order::Random, Ties::Random),
        (Rule::Metropolis, Order::Sequential, Ties::Keep),
    ] {
        let mut units =
            Units::linear(&linear, Dynamics { order, rule, ties }, &[lane(f64::INFINITY, 9, Start::Random)]).expect("built");
        let (mut state, mut last) = (vec![0; n], f64::INFINITY);
        for _ in 0..60 {
            units.read(0, &mut state);
            assert!((units.energy(0) - pairs.energy(&state)).abs() < 1e-9);
            assert!(units.energy(0) <= last + 1e-9);
            last = units.energy(0);
            units.advance(1);
        }
        assert_eq!(units.settled(0), Some(true));
    }
}

/// Heat bath and Metropolis in random order sample the Boltzmann law: mean energies of 400 chains of 6 spins within 6 standard
/// errors of enumeration (a false alarm below 1e-8), by the matrix and by the graph.
#[test]
fn units_of_an_energy_sample_its_law() {
    let n = 6;
    let bonds: Vec<(u32, u32, f64)> = matrix(n, 1.0, false, 21).into_iter().filter(|w| w.0 < w.1).collect();
    let pairs = PairEnergy { sites: n, bonds, fields: vec![0.3; n], constant: 0.0 };
    let beta = 1.3;
    let (mut z, mut mean) = (0.0, 0.0);
    for code in 0..1u32 << n {
        let state: Vec<u8> = (0..n).map(|i| (code >> i & 1) as u8).collect();
        let e = pairs.energy(&state);
        z += libm::exp(-beta * e);
        mean += e * libm::exp(-beta * e);
    }
    mean /= z;
    let graph = {
        let mut b = ScalarGraph::builder(vec![vec![-1.0, 1.0]], vec![0; n]).expect("small");
        let s: Vec<_> = (0..n).map(|i| b.value(i)).collect();
        let mut terms = Vec::new();
        for &(i, j, w) in &pairs.bonds {
            let (c, product) = (b.constant(-w), b.mul(s[i as usize], s[j as usize]));
            terms.push(b.mul(c, product));
        }
        for x in &s {
            let c = b.constant(-0.3);
            terms.push(b.mul(c, *x));
        }
        let root = b.sum(terms);
        b.finish(root)
    };
    let lanes: Vec<Lane> = (0..400).map(|k| lane(beta, k, Start::Random)).collect();
    for (rule, order) in [(Rule::HeatBath, Order::Sequential), (Rule::HeatBath, Order::Random), (Rule::Metropolis, Order::Random)]
    {
        let dynamics = Dynamics { order, rule, ties: Ties::Keep };
        for mut units in [
            Units::linear(&Linear::of_pairs(&pairs), dynamics, &lanes).expect("built"),
            Units::of_graph(&graph, dynamics, &lanes).expect("built"),
        ] {
            units.advance(50);
            let mut sums = vec![0.0; 400];
            for _ in 0..50 {
                units.advance(2);
                sums.iter_mut().enumerate().for_each(|(l, s)| *s += units.energy(l) / 50.0);
            }
            let m = sums.iter().sum::<f64>() / 400.0;
            let variance = sums.iter().map(|s| (s - m) * (s - m)).sum::<f64>() / 399.0;
            assert!((m - mean).abs() < 6.0 * (variance / 400.0).sqrt(), "{m} {mean}");
        }
    }
}

/// The Little model samples exp(β Σ_i s_i b_i) Π_i 2 cosh(β h_i(s)) (Peretto 1984), not the Boltzmann law: the mean of s_0 s_1 over
/// 400 chains of 4 units within 6 standard errors.
#[test]
fn synchronous_dynamics_has_perettos_law() {
    let n = 4;
    let bonds = vec![(0, 1, 0.7), (1, 2, -0.4), (2, 3, 0.9), (0, 3, 0.2)];
    let pairs = PairEnergy { sites: n, bonds, fields: vec![0.2, -0.1, 0.0, 0.3], constant: 0.0 };
    let linear = Linear::of_pairs(&pairs);
    let beta = 0.8;
    let (mut z, mut mean) = (0.0, 0.0);
    for code in 0..1u32 << n {
        let s: Vec<f64> = (0..n).map(|i| f64::from(2 * (code >> i & 1)) - 1.0).collect();
        let h = fields(&linear.weights, &linear.bias, &s);
        let own: f64 = s.iter().zip(&linear.bias).map(|(s, b)| s * b).sum();
        let weight = libm::exp(beta * own) * h.iter().map(|h| 2.0 * libm::cosh(beta * h)).product::<f64>();
        z += weight;
        mean += weight * s[0] * s[1];
    }
    mean /= z;
    let lanes: Vec<Lane> = (0..400).map(|k| lane(beta, k, Start::Random)).collect();
    let dynamics = Dynamics { order: Order::Synchronous, rule: Rule::HeatBath, ties: Ties::Keep };
    let mut units = Units::linear(&linear, dynamics, &lanes).expect("built");
    units.advance(60);
    let (mut sums, mut state) = (vec![0.0; 400], vec![0; n]);
    for _ in 0..100 {
        units.advance(1);
        for (l, sum) in sums.iter_mut().enumerate() {
            units.read(l, &mut state);
            *sum += f64::from((2 * i32::from(state[0]) - 1) * (2 * i32::from(state[1]) - 1)) / 100.0;
        }
    }
    let m = sums.iter().sum::<f64>() / 400.0;
    let variance = sums.iter().map(|s| (s - m) * (s - m)).sum::<f64>() / 399.0;
    assert!((m - mean).abs() < 6.0 * (variance / 400.0).sqrt(), "{m} {mean}");
}

#[test]
fn a_saved_kernel_goes_on_as_it_was() {
    let n = 40;
    let linear = Linear::new((-1.0, 1.0), matrix(n, 0.8, false, 8), vec![0.1; n]).expect("finite");
    let lanes: Vec<Lane> = (0..3).map(|k| lane(0.7, k, Start::Random)).collect();
    let dynamics = Dynamics { order: Order::Random, rule: Rule::HeatBath, ties: Ties::Keep };
    let make = || Units::linear(&linear, dynamics, &lanes).expect("built");
    let (mut whole, mut parts) = (make(), make());
    whole.advance(130);
    parts.advance(50);
    let saved = parts.save();
    let mut again = make();
    again.restore(&saved).expect("fits");
    again.advance(80);
    let (mut a, mut b) = (vec![0; n], vec![0; n]);
    for l in 0..3 {
        whole.read(l, &mut a);
        again.read(l, &mut b);
        assert_eq!(a, b);
    }
    // A lane does not depend on those beside it.
    let mut alone = Units::linear(&linear, dynamics, &lanes[2..]).expect("built");
    alone.advance(130);
    alone.read(0, &mut b);
    assert_eq!(a, b);
}
