//! The other kernels: sparse, dense, generic, clusters.

use crate::Bench;
use crate::clock::Effort;
use crate::floors::{self, clusters, dense, lattice, scalar};
use crate::models::hopfield as hopfield_model;
use crate::models::{GLASS, SQUARE_CRITICAL, lanes, potts, sherrington_kirkpatrick, sherrington_kirkpatrick_signs, signs, torus};
use crate::table::{Row, Unit};
use ann_lang::kernels::cluster::{SwendsenWang, Wolff};
use ann_lang::kernels::dense::Dense;
use ann_lang::kernels::generic::Generic;
use ann_lang::kernels::overlap::{Overlap, OverlapModel, Visit};
use ann_lang::kernels::random::Key;
use ann_lang::kernels::sampler::{PairEnergy, Rule, Sampler, Start};
use ann_lang::kernels::sparse::Sparse;

pub fn benches() -> Vec<Bench> {
    let mut all = Vec::new();
    for n in [1, 64] {
        all.push(Bench::new(format!("sparse ±J 16³, {n} lane{}", if n == 1 { "" } else { "s" }), move |effort| {
            sparse(effort, n)
        }));
    }
    for (n, t, other) in [(1000, 1.0, 0.0184), (1000, 0.5, 0.0184), (4000, 1.0, 0.00135), (4000, 0.5, 0.00135)] {
        all.push(Bench::new(format!("dense SK {n}, T = {t}"), move |effort| {
            glass(effort, &sherrington_kirkpatrick(n), t, false, other)
        }));
        all.push(Bench::new(format!("dense SK ±J {n}, T = {t}"), move |effort| {
            glass(effort, &sherrington_kirkpatrick_signs(n), t, true, other)
        }));
    }
    for p in [10, 50, 200] {
        all.push(Bench::new(format!("overlap Hopfield 1000, {p} patterns"), move |effort| hopfield(effort, p)));
    }
    all.push(Bench::new("generic Potts q = 3, 64²", |effort| {
        let mut kernel = Generic::new(&potts(64), Rule::Metropolis, &lanes(1, 1.0, Start::Random)).expect("a small graph");
        row(&mut kernel, effort, (scalar::potts(effort), scalar::POTTS_NOTE), None)
    }));
    all.push(Bench::new("Wolff 512", wolff));
    all.push(Bench::new("Swendsen-Wang 512", |effort| {
        let mut kernel =
            SwendsenWang::new(&torus::<4>(512, || 1.0), &lanes(1, SQUARE_CRITICAL, Start::Uniform(1))).expect("no field");
        kernel.advance(100);
        row(&mut kernel, effort, (clusters::swendsen_wang(), clusters::SWENDSEN_WANG_NOTE), Some((0.038, "mcising")))
    }));
    all
}

fn row(kernel: &mut dyn Sampler, effort: &Effort, floor: (f64, &'static str), reference: Option<(f64, &'static str)>) -> Row {
    let attempts = (kernel.lanes() * kernel.sites()) as f64;
    let times = effort.time(|n| kernel.advance(n));
    Row { unit: Unit::Rate(attempts), threads: 1, times, floor, reference }
}

/// The ±J glass on the cubic lattice, by the kernel for any graph.
fn sparse(effort: &Effort, copies: usize) -> Row {
    let mut kernel = Sparse::new(&torus::<6>(16, signs(Key(4, 4))), Rule::Metropolis, &lanes(copies, GLASS, Start::Random))
        .expect("a sparse graph");
    let floor =
        if copies == 1 { (scalar::glass(effort), scalar::GLASS_NOTE) } else { (lattice::glass(effort), lattice::GLASS_NOTE) };
    row(&mut kernel, effort, floor, Some((0.088, "openjij")))
}

/// The glass of Sherrington and Kirkpatrick, in equilibrium at T = 1, and as cold as a quench leaves it at T = 0.5.
fn glass(effort: &Effort, energy: &PairEnergy, temperature: f64, of_signs: bool, other: f64) -> Row {
    let n = energy.sites;
    let mut kernel = Dense::new(energy, Rule::Metropolis, &lanes(1, 1.0 / temperature, Start::Random)).expect("a glass");
    kernel.advance(2_000_000 / n as u64);
    // A sweep attempts each spin once, so that the flips are what differs after it.
    let (mut before, mut after) = (vec![0; n], vec![0; n]);
    let mut flips = 0;
    for _ in 0..100 {
        kernel.read(0, &mut before);
        kernel.advance(1);
        kernel.read(0, &mut after);
        flips += before.iter().zip(&after).filter(|(x, y)| x != y).count();
    }
    let accepted = flips as f64 / (100 * n) as f64;
    let (flip, note) =
        if of_signs { (dense::flip_of_signs(n), dense::SIGNS_NOTE) } else { (dense::flip(effort, n), dense::NOTE) };
    let floor = 1e-9 / (accepted * flip + dense::ATTEMPT_CYCLES / floors::clock());
    row(&mut kernel, effort, (floor, note), Some((other, "openjij")))
}

/// Hopfield's model of 1000 spins near one of its patterns, at T = 0.1.
fn hopfield(effort: &Effort, patterns: usize) -> Row {
    let (energy, first) = hopfield_model(1000, patterns);
    let model = OverlapModel::new(&energy).expect("patterns of ±1");
    let mut kernel =
        Overlap::new(&model, Rule::Metropolis, Visit::Sequential, &lanes(1, 10.0, Start::Given(first))).expect("a state");
    let floor = (1e-9 / dense::field_of_overlaps(patterns), dense::OVERLAPS_NOTE);
    row(&mut kernel, effort, floor, if patterns == 50 { Some((0.030, "openjij")) } else { None })
}

fn wolff(effort: &Effort) -> Row {
    const L: usize = 512;
    let mut kernel = Wolff::new(&torus::<4>(L, || 1.0), &lanes(1, SQUARE_CRITICAL, Start::Uniform(1))).expect("no field");
    kernel.calibrate(100);
    let mut state = vec![0; L * L];
    kernel.read(0, &mut state);
    // A warm-up that stops at N flipped spins: it counts the flips, which a fixed number of clusters does not. It overshoots by a
    // fraction of a cluster in 40 N spins, at most 2 %, which is not counted.
    const SWEEPS: u64 = 40;
    let times = effort.time(|n| (0..n).for_each(|_| kernel.calibrate(SWEEPS)));
    let flips = (SWEEPS as usize * L * L) as f64;
    let floor = (clusters::flood(effort, L, &state), clusters::WOLFF_NOTE);
    Row { unit: Unit::Rate(flips), threads: 1, times, floor, reference: Some((0.070, "crate ising")) }
}
