//! Couplings without a lattice's help, copies side by side: the ±J glass, random regular graphs, and the time to a best known cut.

use crate::Bench;
use crate::clock::{Effort, Times, processor};
use crate::floors::{lattice, scalar};
use crate::models::{GLASS, lanes, maximum_cut, regular, signs, torus};
use crate::table::{Row, Unit};
use ann_lang::kernels::random::Key;
use ann_lang::kernels::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use ann_lang::kernels::sliced::Sliced;
use std::time::Instant;

const REGULAR_NOTE: &str = "measured: the floor of the ±J glass (six neighbours in place of three)";
const CUT_NOTE: &str =
    "derived: the attempts of all copies at the rate of the floor of the ±J glass (six neighbours in place of some 32)";

pub fn benches() -> Vec<Bench> {
    let glass = || torus::<6>(16, signs(Key(4, 4)));
    vec![
        Bench::new("sliced ±J 16³, 1 lane", move |effort| {
            let floor = (scalar::glass(effort), scalar::GLASS_NOTE);
            row(effort, &glass(), &lanes(1, GLASS, Start::Random), floor, (0.088, "openjij"))
        }),
        Bench::new("sliced ±J 16³, 512 lanes", move |effort| {
            let floor = (lattice::glass(effort), lattice::GLASS_NOTE);
            row(effort, &glass(), &lanes(512, GLASS, Start::Random), floor, (0.088, "openjij"))
        }),
        Bench::new("sliced ±J 16³, 512 lanes, 16 temperatures", move |effort| {
            let mut all = lanes(512, GLASS, Start::Random);
            all.iter_mut().enumerate().for_each(|(l, lane)| lane.beta = 0.3 + 0.05 * (l % 16) as f64);
            let floor = (lattice::glass(effort), lattice::GLASS_NOTE);
            row(effort, &glass(), &all, floor, (0.064, "peapods"))
        }),
        Bench::new("sliced ±J 16³, 16 temperatures exchanged every sweep", exchanged),
        Bench::new("sliced 3-regular 100,000, 1 lane", |effort| {
            let floor = (scalar::regular(effort), scalar::REGULAR_NOTE);
            row(effort, &regular(100_000), &lanes(1, GLASS, Start::Random), floor, (0.072, "openjij"))
        }),
        Bench::new("sliced 3-regular 100,000, 512 lanes", |effort| {
            let floor = (lattice::glass(effort), REGULAR_NOTE);
            row(effort, &regular(100_000), &lanes(512, GLASS, Start::Random), floor, (0.072, "openjij"))
        }),
        Bench::new("sliced best cut of 800, 4 %, per success", cut),
    ]
}

fn row(effort: &Effort, energy: &PairEnergy, all: &[Lane], floor: (f64, &'static str), other: (f64, &'static str)) -> Row {
    let mut kernel = Sliced::new(energy, Rule::Metropolis, all).expect("small whole couplings");
    let times = effort.time(|n| kernel.advance(n));
    let attempts = (all.len() * energy.sites) as f64;
    Row { unit: Unit::Rate(attempts), threads: 1, times, floor, reference: Some(other) }
}

/// Temperatures change places among the lanes of 32 sets after every sweep, as replica exchange has them do.
fn exchanged(effort: &Effort) -> Row {
    let energy = torus::<6>(16, signs(Key(4, 4)));
    let all = lanes(512, GLASS, Start::Random);
    let mut kernel = Sliced::new(&energy, Rule::Metropolis, &all).expect("small whole couplings");
    let mut turn = 0;
    let times = effort.time(|n| {
        for _ in 0..n {
            kernel.advance(1);
            let energies: f64 = (0..512).map(|l| kernel.energy(l)).sum();
            std::hint::black_box(energies);
            turn += 1;
            for l in 0..512 {
                // Neighbours of one parity swap: what a β is given to depends on the sweep.
                kernel.set_beta(l, 0.3 + 0.05 * ((l % 16) ^ (turn & 1)) as f64);
            }
        }
    });
    let floor = (lattice::glass(effort), lattice::GLASS_NOTE);
    let attempts = (512 * energy.sites) as f64;
    Row { unit: Unit::Rate(attempts), threads: 1, times, floor, reference: Some((0.064, "peapods")) }
}

/// The lowest energies that any run has found, of the instances 0, 1 and 2 of [`maximum_cut`].
const BEST: [f64; 3] = [-3371.0, -3391.0, -3352.0];

/// Annealing of 512 copies, 700 sweeps from β = 0.1 to 1.5: seconds of all over the copies that end at the best known cut.
/// All repetitions of the three instances count together, since a success is rare enough to fluctuate.
fn cut(effort: &Effort) -> Row {
    const SWEEPS: u32 = 700;
    let (start, own) = (Instant::now(), processor());
    let mut successes = 0;
    for (instance, &best) in BEST.iter().enumerate() {
        let energy = maximum_cut(800, 0.04, instance as u64);
        for repetition in 0..effort.repetitions as u64 {
            let lanes: Vec<Lane> = (0..512)
                .map(|l| Lane { beta: 0.1, key: Key(6, instance as u64).derive(repetition << 16 | l), start: Start::Random })
                .collect();
            let mut kernel = Sliced::new(&energy, Rule::Metropolis, &lanes).expect("small whole couplings");
            for sweep in 0..SWEEPS {
                let beta = 0.1 + 1.4 * f64::from(sweep) / f64::from(SWEEPS - 1);
                (0..512).for_each(|l| kernel.set_beta(l, beta));
                kernel.advance(1);
            }
            successes += (0..512).filter(|&l| kernel.energy(l) <= best).count();
        }
    }
    let each = |seconds: f64| vec![seconds / successes.max(1) as f64];
    let times = Times { processor: each(processor() - own), wall: each(start.elapsed().as_secs_f64()) };
    let attempts = 3.0 * effort.repetitions as f64 * f64::from(SWEEPS) * 512.0 * 800.0;
    let floor = attempts / (lattice::glass(effort) * 1e9) / f64::from(successes.max(1) as u32) * 1e3;
    Row { unit: Unit::Milliseconds, threads: 1, times, floor: (floor, CUT_NOTE), reference: Some((730.0, "openjij")) }
}
