//! Single-spin dynamics of energies that depend on the spins through a few overlaps with patterns.
//!
//! E = constant - Σ_i h_i s_i + Σ_g G_g(m_μ), with m_μ = offset_μ + Σ_i x_i^μ s_i, where each group g of patterns gives Σ_μ c_μ m_μ²
//! (Hopfield, PNAS 79, 2554 (1982)), Σ_μ F(m_μ) with any function F (dense associative memories: Krotov and Hopfield, NIPS 2016;
//! Demircigil et al., J. Stat. Phys. 168, 288 (2017)), or a function of such a sum or of ln Σ_μ exp F(m_μ).
//! The overlaps are kept: P patterns cost O(P) an attempt and O(P) a flip, whatever the number of spins.
//!
//! A sweep tries each site once, in the order of the index, or N sites drawn at random on average. In the fixed order Metropolis accepts
//! with probability (1 - ε) min(1, exp(-β ΔE)) (see `kernels::thinning`); in random order nothing is left out.
//! Patterns whose numbers are whole multiples of one unit have exact overlaps. Others are summed anew every [`REFRESH`] sweeps, and
//! whenever an energy is asked for. An energy that is not a number counts as plus infinity, as in `kernels::generic`.
//!
//! Knows arrays, numbers and keys.

mod chain;
mod drive;
mod energy;
mod function;
mod layer;
mod model;
mod program;
mod quadratic;
mod rows;
#[cfg(test)]
mod tests;
mod whole;
mod whole_chain;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::Arc;

use super::random_order::lane::{Lanes, Mover, sampler_by_lanes};
use super::sampler::{Lane, Rule};
use super::sparse::lanes::start_state;
use super::sparse::wide::LaneKey;

pub use energy::{Form, OfSum, OverlapEnergy, Patterns};
pub use model::OverlapModel;
pub use program::{One, Program, Step, Two};

const KERNEL: &[u8; 4] = b"ovl1";

/// Sweeps between two sums of overlaps that drift.
pub(crate) const REFRESH: u64 = 64;

/// In which order the sites of a sweep are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Site after site.
    Sequential,
    /// Sites drawn at random, with replacement.
    Random,
}

/// The kernel.
pub struct Overlap {
    lanes: Lanes,
}

impl Overlap {
    /// A kernel with its lanes at their starts. `Err` says what is wrong with a start.
    pub fn new(model: &Arc<OverlapModel>, rule: Rule, visit: Visit, lanes: &[Lane]) -> Result<Overlap, String> {
        let sites = model.sites();
        let mut movers: Vec<Box<dyn Mover>> = Vec::new();
        for lane in lanes {
            let state = start_state(lane, sites, |_| 2)?;
            let (key, beta) = (LaneKey::new(lane.key), lane.beta);
            movers.push(match &model.whole {
                Some(whole) => {
                    Box::new(whole_chain::WholeChain::new(whole.clone(), (rule, visit), key, beta, &state, model.simd))
                }
                None => Box::new(chain::Chain::new(model.clone(), (rule, visit), key, beta, &state)),
            });
        }
        Ok(Overlap { lanes: Lanes { kernel: KERNEL, sizes: vec![2; sites], sweeps: 0, movers } })
    }
}

sampler_by_lanes!(Overlap);
