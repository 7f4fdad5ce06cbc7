//! Single-spin dynamics of a pairwise Ising energy with dense couplings: local fields are kept and
//! changed on each flip.
//!
//! A sweep tries each site once, in the order of the index. Metropolis accepts with probability
//! (1 - ε) min(1, exp(-β ΔE)), ε = 1/2 where no site has more than two neighbours and 1/16 otherwise: without an ε a fixed
//! order is not ergodic (see `kernels::thinning`). Couplings are rounded to integers in one unit (see
//! [`Dense::unit`] and [`Width`]); fields h are not rounded. Where every coupling is a multiple of
//! the unit nothing is lost; otherwise the unit is about 2^-27 of the largest |J| (29 bits) or less, 2^-29 (32 bits) or 2^-59 (64 bits) of the
//! largest sum of |J| over a row, the kernel samples the energy of the rounded couplings exactly, and
//! [`Sampler::energy`] differs from that of the given couplings by at most the number of bonds times
//! half the unit (typically the root of that number times a third of it). The rounding noise of a
//! local field is at most 2^-17 of its typical size, and for some thousand spins rather 2^-26.
//! Acceptance probabilities are exact to 2^-32. At β = 0 both rules draw the spins anew.
//!
//! Knows arrays, numbers and keys.

mod chain;
mod halves;
mod matrix;
mod rows;
mod signs;
#[cfg(test)]
mod tests;
pub(crate) mod words;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::Arc;

pub use matrix::Width;

use super::sampler::{Lane, PairEnergy, Rule, Sampler};
use super::sparse::Simd;
use super::sparse::lanes::{Saved, check_pairs, start_state};
use super::sparse::wide::LaneKey;
use chain::{AnyChain, Chain, Model};
use halves::Halves;
use matrix::choose;
use rows::{Plain, Rows};
use signs::Signs;

const KERNEL: &[u8; 4] = b"dns2";

/// More spins than this are refused: the matrix alone would take more than 64 GiB.
const MOST: usize = 1 << 17;

/// The kernel for dense pairwise energies.
pub struct Dense {
    sites: usize,
    sweeps: u64,
    unit: f64,
    width: Width,
    /// External fields, or none.
    fields: Vec<f64>,
    betas: Vec<f64>,
    chains: Vec<Box<dyn AnyChain>>,
}

impl Dense {
    /// A kernel with its lanes at their starts. `Err` says what is wrong with the energy or a start state.
    pub fn new(energy: &PairEnergy, rule: Rule, lanes: &[Lane]) -> Result<Dense, String> {
        Dense::with_simd(energy, rule, lanes, Simd::detect())
    }

    /// As [`Dense::new`], with the loops of a given instruction set (for tests and benches).
    pub fn with_simd(energy: &PairEnergy, rule: Rule, lanes: &[Lane], simd: Simd) -> Result<Dense, String> {
        check_pairs(energy)?;
        if energy.sites > MOST {
            return Err(format!("{} spins are too many for a dense matrix of couplings (at most {MOST})", energy.sites));
        }
        Dense::with_width(energy, rule, lanes, simd, choose(energy))
    }

    /// With a unit and integers that the energy fits.
    fn with_width(
        energy: &PairEnergy,
        rule: Rule,
        lanes: &[Lane],
        simd: Simd,
        (unit, width): (f64, Width),
    ) -> Result<Dense, String> {
        let how = (energy, rule, lanes, simd);
        let chains = match width {
            Width::Signs => chains(Signs::new(energy, unit, simd), how),
            Width::Small => chains(Plain::<i8, i16>::new(energy, unit), how),
            Width::Halves => chains(Halves::new(energy, unit, simd), how),
            Width::Medium => chains(Plain::<i32, i32>::new(energy, unit), how),
            Width::Large => chains(Plain::<i64, i64>::new(energy, unit), how),
        };
        let (fields, betas) = (energy.fields.clone(), vec![0.0; lanes.len()]);
        let mut kernel = Dense { sites: energy.sites, sweeps: 0, unit, width, fields, betas, chains };
        for (l, lane) in lanes.iter().enumerate() {
            kernel.write(l, &start_state(lane, energy.sites, |_| 2)?);
            kernel.set_beta(l, lane.beta);
        }
        Ok(kernel)
    }

    /// The unit that couplings are rounded to.
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// The integers in use.
    pub fn width(&self) -> Width {
        self.width
    }
}

fn chains<R: Rows>(rows: R, how: (&PairEnergy, Rule, &[Lane], Simd)) -> Vec<Box<dyn AnyChain>> {
    let (energy, rule, lanes, simd) = how;
    let model = Arc::new(Model::new(rows, &energy.fields, energy.constant, rule, simd));
    lanes.iter().map(|lane| Box::new(Chain::new(model.clone(), LaneKey::new(lane.key))) as Box<dyn AnyChain>).collect()
}

impl Sampler for Dense {
    fn lanes(&self) -> usize {
        self.chains.len()
    }

    fn sites(&self) -> usize {
        self.sites
    }

    fn advance(&mut self, sweeps: u64) {
        for chain in &mut self.chains {
            chain.advance(self.sweeps, sweeps);
        }
        self.sweeps += sweeps;
    }

    fn energy(&self, lane: usize) -> f64 {
        self.chains[lane].measure(&self.fields).0
    }

    fn total(&self, lane: usize) -> Option<f64> {
        Some(self.chains[lane].measure(&self.fields).1)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        self.chains[lane].read(state);
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        self.chains[lane].write(state);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.betas[lane] = beta;
        self.chains[lane].set_beta(beta);
    }

    fn save(&self) -> Vec<u8> {
        let states = (0..self.lanes())
            .map(|lane| {
                let mut state = vec![0; self.sites];
                self.read(lane, &mut state);
                state
            })
            .collect();
        Saved { sweeps: self.sweeps, betas: self.betas.clone(), states, running: Vec::new() }.encode(KERNEL)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let saved = Saved::decode(saved, KERNEL, (self.lanes(), self.sites, 0), |_| 2)?;
        self.sweeps = saved.sweeps;
        for lane in 0..self.lanes() {
            self.write(lane, &saved.states[lane]);
            self.set_beta(lane, saved.betas[lane]);
        }
        Ok(())
    }
}
