//! The uniform Ising model on lattices: one bit a spin.

use crate::Bench;
use crate::clock::Effort;
use crate::floors::{lattice, memory};
use crate::models::{CUBIC_CRITICAL, SQUARE_CRITICAL, lanes};
use crate::table::{Row, Unit, threads};
use ann_lang::kernels::bitpacked::{BitPacked, Boundary, Geometry, Lattice, Uniform};
use ann_lang::kernels::sampler::{Rule, Sampler, Start};

/// What a row runs.
#[derive(Clone)]
struct Case {
    lattice: Lattice,
    extents: Vec<usize>,
    beta: f64,
    chains: usize,
    threads: usize,
    rule: Rule,
    reference: Option<(f64, &'static str)>,
}

pub fn benches() -> Vec<Bench> {
    let mut all = Vec::new();
    let mcising = |x| Some((x, "mcising"));
    for (l, reference) in [(64, mcising(0.193)), (1024, mcising(0.184)), (4096, mcising(0.184))] {
        let case = Case {
            lattice: Lattice::Square,
            extents: vec![l, l],
            beta: SQUARE_CRITICAL,
            chains: 1,
            threads: 1,
            rule: Rule::Metropolis,
            reference,
        };
        if l == 1024 {
            all.push(bench(format!("square {l}, heat bath"), Case { rule: Rule::HeatBath, ..case.clone() }));
        }
        all.push(bench(format!("square {l}"), case.clone()));
        // A small lattice is moved by one thread; there several chains keep all of them busy.
        let chains = if l == 64 { 64 } else { 1 };
        let name = format!("square {l}, {chains} chain{}, all threads", if chains == 1 { "" } else { "s" });
        all.push(bench(name, Case { chains, threads: threads(), ..case }));
    }
    for (l, chains) in [(64, 1), (16, 1), (16, 64)] {
        let case = Case {
            lattice: Lattice::Cubic,
            extents: vec![l; 3],
            beta: CUBIC_CRITICAL,
            chains,
            threads: 1,
            rule: Rule::Metropolis,
            reference: None,
        };
        all.push(bench(format!("cubic {l}{}", if chains == 1 { "" } else { ", 64 chains" }), case));
    }
    all
}

fn bench(name: String, case: Case) -> Bench {
    Bench::new(name, move |effort| row(effort, &case))
}

fn row(effort: &Effort, case: &Case) -> Row {
    let geometry = Geometry::new(case.lattice, &case.extents, Boundary::Periodic);
    let model = Uniform { geometry, coupling: 1.0, field: 0.0, constant: 0.0 };
    let start = lanes(case.chains, case.beta, Start::Uniform(1));
    let mut kernel = BitPacked::new(&model, case.rule, &start).expect("the lattice fits");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(case.threads).build().expect("threads can be had");
    let times = pool.install(|| effort.time(|n| kernel.advance(n)));
    let attempts = kernel.sites() * kernel.lanes();
    // The registers' floor, or the memory's where that is lower: a spin is read and written, and the four or six neighbours of
    // 512 spins are named by as many numbers of four bytes.
    let registers = match case.lattice {
        Lattice::Square => lattice::square(effort),
        _ => lattice::cubic(effort),
    };
    let bytes = 2.0 / 8.0 + 4.0 * case.lattice.coordination() as f64 / 512.0;
    let through = memory::read(effort, (attempts / 8).max(1 << 12)) / bytes * 1e-9;
    let floor = registers.min(through) * case.threads as f64;
    let note = match case.lattice {
        Lattice::Square => lattice::SQUARE_NOTE,
        _ => lattice::CUBIC_NOTE,
    };
    Row { unit: Unit::Rate(attempts as f64), threads: case.threads, times, floor: (floor, note), reference: case.reference }
}
