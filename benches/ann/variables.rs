//! Variables that are no Ising spins, and dynamics that are no sweeps.

use crate::Bench;
use crate::clock::Effort;
use crate::floors::{self, scalar, trajectories};
use crate::models::{lanes, neighbours, phi_four, torus};
use crate::table::{Row, Unit};
use ann_lang::kernels::continuous::{Continuous, FieldRule};
use ann_lang::kernels::field::{Field, FieldLane, FieldStart};
use ann_lang::kernels::flat::{FlatSampler, LearnSettings, Settings};
use ann_lang::kernels::kinetic::Kinetic;
use ann_lang::kernels::potts::{PottsEnergy, PottsLocal};
use ann_lang::kernels::random::Key;
use ann_lang::kernels::sampler::{Rule, Sampler, Start};
use ann_lang::kernels::sparse::Sparse;
use ann_lang::kernels::vector::{Vector, VectorEnergy, VectorRule};

const VECTOR_NOTE: &str = "derived: 8 spins in vectors of 256 bits by 4 instructions a cycle: neighbours added (one a component each), a turn of \
random size (30), an energy difference (3 a component), a logarithm (20), random bits (10)";
const EVERY_NOTE: &str =
    "no floor: the sparse kernel, which makes every attempt, at the same temperature in the same run (below 1: faster than it)";

pub fn benches() -> Vec<Bench> {
    vec![
        Bench::new("vector XY 64²", |effort| {
            let bonds = torus::<4>(64, || 1.0).bonds;
            vector(effort, VectorEnergy { n: 2, sites: 64 * 64, bonds, ..VectorEnergy::default() }, 4, 1.0 / 0.9, (0.009, "ALPS"))
        }),
        Bench::new("vector Heisenberg 16³", |effort| {
            let bonds = torus::<6>(16, || 1.0).bonds;
            let energy = VectorEnergy { n: 3, sites: 16 * 16 * 16, bonds, ..VectorEnergy::default() };
            vector(effort, energy, 6, 0.693, (0.017, "vegas"))
        }),
        Bench::new("continuous φ⁴ 64², HMC of 16 steps", hmc),
        Bench::new("Potts q = 3, 64², 1 lane", |effort| potts(effort, 1)),
        Bench::new("Potts q = 3, 64², 64 lanes", |effort| potts(effort, 64)),
        Bench::new("Wang-Landau, square 32", wang_landau),
        Bench::new("kinetic square 64, T = 1", kinetic),
    ]
}

fn field_lane(beta: f64) -> [FieldLane; 1] {
    [FieldLane { beta, key: Key(1, 2), start: FieldStart::Random }]
}

fn vector(effort: &Effort, energy: VectorEnergy, z: usize, beta: f64, other: (f64, &'static str)) -> Row {
    let mut kernel = Vector::new(&energy, VectorRule::Metropolis, &field_lane(beta)).expect("a lattice of vectors");
    kernel.warm_up(500);
    let times = effort.time(|n| kernel.advance(n));
    let instructions = (energy.n * (z + 3) + 60) as f64;
    let floor = 8.0 * floors::PER_CYCLE / instructions * floors::clock() * 1e-9;
    Row { unit: Unit::Rate(energy.sites as f64), threads: 1, times, floor: (floor, VECTOR_NOTE), reference: Some(other) }
}

/// Site and leapfrog step: one force each.
fn hmc(effort: &Effort) -> Row {
    const STEPS: u32 = 16;
    let model = phi_four(64, 1.0, -1.0);
    let rule = FieldRule::Hmc { steps: Some(STEPS), step: None };
    let mut kernel = Continuous::new(&model, rule, &field_lane(1.0)).expect("an energy of real numbers");
    kernel.warm_up(200);
    let times = effort.time(|n| kernel.advance(n));
    let forces = f64::from(STEPS) * 64.0 * 64.0;
    let floor = (trajectories::phi_four(effort), trajectories::PHI_FOUR_NOTE);
    Row { unit: Unit::Rate(forces), threads: 1, times, floor, reference: None }
}

fn potts(effort: &Effort, copies: usize) -> Row {
    let bonds = torus::<4>(64, || 1.0).bonds;
    let energy = PottsEnergy { states: 3, sites: 64 * 64, bonds, ..PottsEnergy::default() };
    let mut kernel = PottsLocal::new(&energy, Rule::Metropolis, &lanes(copies, 1.0, Start::Random)).expect("a Potts model");
    let times = effort.time(|n| kernel.advance(n));
    let attempts = (copies * energy.sites) as f64;
    let floor = (scalar::potts(effort), scalar::POTTS_NOTE);
    Row { unit: Unit::Rate(attempts), threads: 1, times, floor, reference: None }
}

/// The first 2,000 sweeps of learning, in which every level of the lattice is met.
fn wang_landau(effort: &Effort) -> Row {
    const SWEEPS: u64 = 2000;
    let energy = torus::<4>(32, || 1.0);
    let settings = LearnSettings { most_sweeps: SWEEPS, ..LearnSettings::default() };
    let times = effort.time(|n| {
        for _ in 0..n {
            let mut kernel =
                FlatSampler::pairs(&energy, &Settings::default(), &lanes(1, 0.0, Start::Random)).expect("exact levels");
            kernel.learn(&settings, &mut || false).expect("levels that can be learnt");
        }
    });
    let floor = (trajectories::wang_landau(effort, &neighbours::<4>(32)), trajectories::WANG_LANDAU_NOTE);
    Row { unit: Unit::Rate(SWEEPS as f64 * energy.sites as f64), threads: 1, times, floor, reference: None }
}

/// Attempts that the process stands for: sites and units of time.
fn kinetic(effort: &Effort) -> Row {
    let energy = torus::<4>(64, || 1.0);
    let start = lanes(1, 1.0, Start::Uniform(1));
    let mut every = Sparse::new(&energy, Rule::Metropolis, &start).expect("a lattice");
    every.advance(1000);
    let attempts = energy.sites as f64;
    let floor = attempts / effort.least(|n| every.advance(n)) * 1e-9;
    let mut kernel = Kinetic::new(&energy, Rule::Metropolis, &start).expect("a lattice");
    kernel.advance(1000);
    let times = effort.time(|n| kernel.advance(n));
    Row { unit: Unit::Rate(attempts), threads: 1, times, floor: (floor, EVERY_NOTE), reference: None }
}
