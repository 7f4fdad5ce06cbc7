//! Machines against enumeration, finite differences and each other.

mod anneal;
mod chains;
mod general;
mod gradients;
mod natural;
mod second;
mod threads;
mod training;

use super::{Bipartite, Coordinates, Layer, Machine, Rows, Unit};
use crate::random::{Key, Stream};

/// Parameters from a normal law.
fn normal(n: usize, width: f64, key: Key) -> Vec<f64> {
    let mut stream = Stream::new(key);
    (0..n).map(|_| width * stream.normal()).collect()
}

fn two(low: f64, high: f64, n: usize) -> (Unit, usize) {
    (Unit::Two { low, high }, n)
}

fn with<M: Machine>(mut machine: M, width: f64, key: Key) -> (M, Vec<f64>) {
    let theta = normal(machine.dimension(), width, key);
    machine.set(&theta).expect("finite parameters");
    (machine, theta)
}

/// Machines of all kinds of units with finitely many states, with parameters from a normal law.
fn bipartites() -> Vec<(Bipartite, Vec<f64>)> {
    let layers = [
        (vec![two(0.0, 1.0, 5)], vec![two(0.0, 1.0, 3)]),
        (vec![two(-1.0, 1.0, 4)], vec![two(-1.0, 1.0, 5)]),
        (vec![two(0.0, 1.0, 3)], vec![two(-1.0, 1.0, 4)]),
        (vec![two(0.5, -2.0, 2), (Unit::Labels(3), 2)], vec![two(-1.0, 1.0, 3)]),
        (vec![(Unit::Labels(4), 2), two(0.0, 1.0, 1)], vec![(Unit::Labels(3), 1), two(0.0, 1.0, 2)]),
        (vec![two(-1.0, 1.0, 4)], vec![(Unit::Real { sigma: 0.7 }, 2)]),
    ];
    layers
        .into_iter()
        .enumerate()
        .map(|(k, (v, h))| with(Bipartite::plain(&Layer(v), &Layer(h)).expect("two layers"), 0.6, Key(77, k as u64)))
        .collect()
}

/// A machine whose couplings share parameters, some of them fixed.
fn shared() -> (Bipartite, Vec<f64>) {
    let (nv, nh) = (4, 3);
    let len = nv * nh + nv + nh;
    let terms: Vec<(usize, usize, f64)> =
        (0..len).filter(|m| m % 5 != 4).map(|m| (m, m % 4, if m % 2 == 0 { 1.0 } else { -0.5 })).collect();
    let base = (0..len).map(|m| if m % 5 == 4 { 0.3 } else { 0.0 }).collect();
    let coordinates = Coordinates::new(4, base, &terms).expect("a map");
    with(Bipartite::new(&Layer::spins(nv), &Layer::binary(nh), coordinates).expect("two layers"), 0.5, Key(5, 5))
}

/// Random rows of visible labels.
fn rows<M: Machine>(machine: &M, count: usize, key: Key) -> Vec<f32> {
    let mut stream = Stream::new(key);
    let n = machine.visible();
    (0..count * n)
        .map(|k| match machine.values(k % n) {
            Some(q) => stream.below(q as u32) as f32,
            None => stream.normal() as f32,
        })
        .collect()
}

/// All joint states (visible, hidden) of a machine of finite units.
fn joint<M: Machine>(machine: &M) -> Vec<(Vec<f32>, Vec<f32>)> {
    let sizes: Vec<usize> = (0..machine.visible() + machine.hidden()).map(|u| machine.values(u).expect("finite")).collect();
    let total: usize = sizes.iter().product();
    (0..total)
        .map(|k| {
            let mut rest = k;
            let mut all: Vec<f32> = sizes
                .iter()
                .map(|q| {
                    let x = rest % q;
                    rest /= q;
                    x as f32
                })
                .collect();
            let hidden = all.split_off(machine.visible());
            (all, hidden)
        })
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The exact mean negative log-likelihood of rows at θ.
fn loss<M: Machine>(machine: &mut M, theta: &[f64], data: &Rows) -> f64 {
    machine.set(theta).expect("finite parameters");
    let mut f = vec![0.0; data.count];
    machine.free_energies(data, 1.0, &mut f).expect("free energies");
    f.iter().sum::<f64>() / data.count as f64 + machine.log_z(1.0).expect("few states")
}

/// Central differences of a function of θ.
fn differences(theta: &[f64], mut f: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    let step = 1e-5;
    (0..theta.len())
        .map(|k| {
            let mut at = |d: f64| {
                let mut t = theta.to_vec();
                t[k] += d;
                f(&t)
            };
            (at(step) - at(-step)) / (2.0 * step)
        })
        .collect()
}

fn near(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    assert_eq!(a.len(), b.len());
    for (k, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= tolerance * (1.0 + y.abs()), "{what}, place {k}: {x} for {y}");
    }
}
