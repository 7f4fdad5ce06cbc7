//! Tests of the vector kernels: helpers here, one idea a file below.
//!
//! Statistical comparisons allow six standard errors from 64 batches: by Student's t with 63 degrees of freedom a correct
//! kernel fails one comparison in some 10^7 seeds.

mod agreement;
mod chains;
mod few;
mod invariants;
mod parts;
mod single;

use super::{Instructions, Vector, VectorEnergy, VectorRule};
use crate::field::{Field, FieldLane, FieldStart};
use crate::random::Key;

/// All rules, and the local ones before the clusters.
const RULES: [VectorRule; 6] = [
    VectorRule::Metropolis,
    VectorRule::HeatBath,
    VectorRule::OverRelaxation { per: 2, heat_bath: true },
    VectorRule::OverRelaxation { per: 1, heat_bath: false },
    VectorRule::Wolff,
    VectorRule::SwendsenWang,
];
const LOCAL: usize = 4;

fn lane(beta: f64, seed: u64) -> FieldLane {
    FieldLane { beta, key: Key(seed, 0x7e57), start: FieldStart::Random }
}

/// A periodic hypercubic lattice.
fn lattice(dims: &[usize], n: usize, coupling: f64) -> VectorEnergy {
    let sites = dims.iter().product();
    let mut bonds = Vec::new();
    for i in 0..sites {
        let mut stride = 1;
        for &l in dims {
            let x = i / stride % l;
            bonds.push((i as u32, (i - x * stride + (x + 1) % l * stride) as u32, coupling));
            stride *= l;
        }
    }
    VectorEnergy { n, sites, bonds, ..VectorEnergy::default() }
}

/// An open chain.
fn chain(sites: usize, n: usize, coupling: f64) -> VectorEnergy {
    let bonds = (1..sites as u32).map(|i| (i - 1, i, coupling)).collect();
    VectorEnergy { n, sites, bonds, ..VectorEnergy::default() }
}

/// Means and standard errors of some functions of energy and state, from 64 batches.
fn measure(kernel: &mut Vector, sweeps: usize, count: usize, observe: impl Fn(f64, &[f64], &mut [f64])) -> Vec<(f64, f64)> {
    let lanes = kernel.lanes();
    kernel.warm_up(200);
    let mut state = vec![0.0; kernel.components()];
    let mut means = vec![vec![0.0; 64]; count];
    let mut values = vec![0.0; count];
    let each = sweeps.div_ceil(64);
    for batch in 0..64 {
        for _ in 0..each {
            kernel.advance(1);
            for lane in 0..lanes {
                kernel.read(lane, &mut state);
                observe(kernel.energy(lane), &state, &mut values);
                for (mean, v) in means.iter_mut().zip(&values) {
                    mean[batch] += v / (each * lanes) as f64;
                }
            }
        }
    }
    means
        .iter()
        .map(|batches| {
            let mean = batches.iter().sum::<f64>() / 64.0;
            let variance = batches.iter().map(|b| (b - mean) * (b - mean)).sum::<f64>() / 63.0;
            (mean, (variance / 64.0).sqrt())
        })
        .collect()
}

/// Asserts that a mean agrees with an exact value; `floor` is the error that single precision may leave.
fn agrees(found: (f64, f64), exact: f64, floor: f64, what: &str) {
    assert!((found.0 - exact).abs() <= 6.0 * found.1 + floor, "{what}: {} ± {} instead of {exact}", found.0, found.1);
}

/// <(S·a)^p> of one spin in n dimensions with weight exp(K S·a), by the trapezoidal rule in the angle.
fn moment(n: usize, strength: f64, power: i32) -> f64 {
    let steps = 200_000;
    let (mut top, mut bottom) = (0.0, 0.0);
    for s in 0..steps {
        let angle = (s as f64 + 0.5) / steps as f64 * std::f64::consts::PI;
        let cos = libm::cos(angle);
        let weight = libm::exp(strength * (cos - strength.signum())) * libm::pow(libm::sin(angle), n as f64 - 2.0);
        top += weight * cos.powi(power);
        bottom += weight;
    }
    top / bottom
}
