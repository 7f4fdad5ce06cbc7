//! Single-spin dynamics of a pairwise Ising energy on any sparse graph.
//!
//! A sweep tries each site once, in the order of the index. Metropolis accepts with probability
//! (1 - ε) min(1, exp(-β ΔE)), ε = 1/2 where no site has more than two neighbours and 1/16 otherwise: without an ε a fixed
//! order is not ergodic (see `kernels::thinning`). At β = 0 both rules draw the spins anew. The couplings are read
//! as small integers where they are multiples of one unit and every local field is at most 126
//! units (exact tables), and as real numbers otherwise; see [`Sparse::representation`]. Lanes are
//! moved in blocks of 64, 16 or 1 with the spins of one site side by side; a lane's path depends on
//! its own [`Lane`] alone, not on the block that it is in. Acceptance probabilities are exact to 2^-48
//! (integers) or to 2^-33 and the rounding of the local field (reals).
//!
//! Knows arrays, numbers and keys; nothing of lattices.

pub(crate) mod adjacency;
pub(crate) mod block;
pub(crate) mod bulk;
pub(crate) mod functions;
pub(crate) mod integer;
pub(crate) mod lanes;
pub(crate) mod real;
pub(crate) mod wide;

#[cfg(test)]
pub(crate) mod enumerate;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::sync::Arc;

pub use block::Simd;

use super::sampler::{Lane, PairEnergy, Rule, Sampler};
use adjacency::Adjacency;
use block::Block;
use integer::IntegerModel;
use lanes::{Saved, check_pairs, start_state};
use real::RealModel;
use wide::LaneKey;

const KERNEL: &[u8; 4] = b"spr1";

/// How a [`Sparse`] reads the couplings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Representation {
    /// Integer multiples of this unit.
    Integer { unit: f64 },
    /// Real numbers.
    Real,
}

/// The kernel for sparse pairwise energies.
pub struct Sparse {
    sites: usize,
    sweeps: u64,
    betas: Vec<f64>,
    blocks: Vec<Box<dyn Block>>,
    /// Block and slot of each lane.
    places: Vec<(usize, usize)>,
    representation: Representation,
    /// Energy and total of each lane in its present state, once asked for.
    measured: RefCell<Option<Vec<(f64, f64)>>>,
}

impl Sparse {
    /// A kernel with its lanes at their starts. `Err` says what is wrong with the energy or a start state.
    pub fn new(energy: &PairEnergy, rule: Rule, lanes: &[Lane]) -> Result<Sparse, String> {
        Sparse::with_simd(energy, rule, lanes, Simd::detect())
    }

    /// As [`Sparse::new`], with the loops of a given instruction set (for tests and benches).
    pub fn with_simd(energy: &PairEnergy, rule: Rule, lanes: &[Lane], simd: Simd) -> Result<Sparse, String> {
        check_pairs(energy)?;
        let adjacency = Adjacency::new(energy)?;
        let keys: Vec<LaneKey> = lanes.iter().map(|lane| LaneKey::new(lane.key)).collect();
        let mut widths = Vec::new();
        let representation;
        let blocks: Vec<Box<dyn Block>> = match adjacency.integers(integer::LARGEST) {
            Some((whole, unit)) => {
                representation = Representation::Integer { unit };
                let model = Arc::new(IntegerModel::new(whole, unit, energy.constant, rule));
                split(&keys, &[64, 16], &mut widths, |keys, width| match width {
                    64 => Box::new(integer::Wide::<64>::new(model.clone(), simd, keys)),
                    16 => Box::new(integer::Wide::<16>::new(model.clone(), simd, keys)),
                    _ => Box::new(integer::One::new(model.clone(), simd, keys[0])),
                })
            }
            None => {
                representation = Representation::Real;
                let model = Arc::new(RealModel { adjacency, constant: energy.constant, rule });
                split(&keys, &[16], &mut widths, |keys, width| match width {
                    16 => Box::new(real::Wide::<16>::new(model.clone(), simd, keys)),
                    _ => Box::new(real::One::new(model.clone(), simd, keys[0])),
                })
            }
        };
        let places = widths.iter().enumerate().flat_map(|(b, &used)| (0..used).map(move |slot| (b, slot))).collect();
        let mut kernel = Sparse {
            sites: energy.sites,
            sweeps: 0,
            betas: vec![0.0; lanes.len()],
            blocks,
            places,
            representation,
            measured: RefCell::new(None),
        };
        for (l, lane) in lanes.iter().enumerate() {
            kernel.write(l, &start_state(lane, energy.sites, |_| 2)?);
            kernel.set_beta(l, lane.beta);
        }
        Ok(kernel)
    }

    /// How the couplings are read.
    pub fn representation(&self) -> Representation {
        self.representation
    }

    fn measured(&self, lane: usize) -> (f64, f64) {
        let mut measured = self.measured.borrow_mut();
        let all = measured.get_or_insert_with(|| {
            let blocks: Vec<_> = self.blocks.iter().map(|b| b.measure()).collect();
            self.places.iter().map(|&(b, slot)| blocks[b][slot]).collect()
        });
        all[lane]
    }
}

/// Cuts the lanes into blocks of the given widths, widest first; fewer than four lanes go one by one,
/// and a remainder above half a width fills a padded block. `used` gets the lanes in each block.
fn split(
    keys: &[LaneKey],
    widths: &[usize],
    used: &mut Vec<usize>,
    mut make: impl FnMut(&[LaneKey], usize) -> Box<dyn Block>,
) -> Vec<Box<dyn Block>> {
    let mut blocks = Vec::new();
    let mut rest = keys;
    while !rest.is_empty() {
        let least = |width: usize| if width == 16 { 4 } else { width / 2 + 1 };
        let width = widths.iter().copied().find(|&w| rest.len() >= least(w)).unwrap_or(1);
        let (now, later) = rest.split_at(width.min(rest.len()));
        blocks.push(make(now, width));
        used.push(now.len());
        rest = later;
    }
    blocks
}

impl Sampler for Sparse {
    fn lanes(&self) -> usize {
        self.places.len()
    }

    fn sites(&self) -> usize {
        self.sites
    }

    fn advance(&mut self, sweeps: u64) {
        for block in &mut self.blocks {
            block.advance(self.sweeps, sweeps);
        }
        self.sweeps += sweeps;
        self.measured.replace(None);
    }

    fn energy(&self, lane: usize) -> f64 {
        self.measured(lane).0
    }

    fn total(&self, lane: usize) -> Option<f64> {
        Some(self.measured(lane).1)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        let (block, slot) = self.places[lane];
        for (site, position) in state.iter_mut().enumerate() {
            *position = (self.blocks[block].mask(site, slot) + 1) as u8;
        }
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        let (block, slot) = self.places[lane];
        for (site, &position) in state.iter().enumerate() {
            self.blocks[block].set_mask(site, slot, if position == 0 { -1 } else { 0 });
        }
        self.measured.replace(None);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        let (block, slot) = self.places[lane];
        self.betas[lane] = beta;
        self.blocks[block].set_beta(slot, beta);
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
