//! Textbook single-spin dynamics: sites are picked uniformly at random, with replacement.
//!
//! A sweep is N trials on average: N, or N - 1 or N + 1 with probability 1/4 each, so that no parity survives where every
//! trial is accepted (see [`words::trials`]). Metropolis accepts with probability min(1, exp(-β ΔE)) and proposes each of the
//! other values alike; nothing is left out, for a random choice of sites is ergodic. Heat bath draws from the conditional
//! distribution. Acceptance probabilities are exact to 2^-64 (whole-number couplings), to a relative 2^-23 and the rounding
//! of the local field (real ones) or to 2^-53 (graphs). An energy that is not a number counts as plus infinity, as in
//! `kernels::generic`.
//!
//! Knows arrays, numbers and keys. The local fields, rates and words are shared with `kernels::kinetic` and `kernels::kawasaki`.

pub(crate) mod couplings;
mod graph;
pub(crate) mod lane;
mod pairwise;
pub(crate) mod rates;
pub(crate) mod terrain;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod words;

use super::generic::{Landscape, ScalarGraph};
use super::sampler::{Lane, PairEnergy, Rule};
use super::sparse::lanes::start_state;
use super::sparse::wide::LaneKey;
use graph::OnTerrain;
pub(crate) use graph::pick;
use lane::{Lanes, Mover, sampler_by_lanes};
use pairwise::Pairwise;
use terrain::Terrain;

const KERNEL: &[u8; 4] = b"rnd1";

/// The kernel.
pub struct RandomOrder {
    lanes: Lanes,
}

impl RandomOrder {
    /// A kernel for a pairwise energy with its lanes at their starts. `Err` says what is wrong with the energy or a start.
    pub fn new(energy: &PairEnergy, rule: Rule, lanes: &[Lane]) -> Result<RandomOrder, String> {
        let couplings = couplings::couplings(energy)?;
        let sizes = vec![2; energy.sites];
        RandomOrder::build(sizes, lanes, |lane, state| {
            let key = LaneKey::new(lane.key);
            match &couplings {
                couplings::Either::Whole(c) => Box::new(Pairwise::new(c.clone(), rule, key, lane.beta, state)),
                couplings::Either::Real(c) => Box::new(Pairwise::new(c.clone(), rule, key, lane.beta, state)),
            }
        })
    }

    /// A kernel for any energy of finite-valued spins. `Err` says what is wrong with a start or too large.
    pub fn of_graph(energy: &ScalarGraph, rule: Rule, lanes: &[Lane]) -> Result<RandomOrder, String> {
        RandomOrder::on_terrain(energy, rule, lanes, false)
    }

    /// As [`RandomOrder::of_graph`]; `by_graph` forbids tables (for tests).
    pub(crate) fn on_terrain(energy: &ScalarGraph, rule: Rule, lanes: &[Lane], by_graph: bool) -> Result<RandomOrder, String> {
        fn mover<L: Landscape + 'static>(
            t: &std::sync::Arc<Terrain<L>>,
            rule: Rule,
            lane: &Lane,
            state: &[u8],
        ) -> Box<dyn Mover> {
            let (key, walker) = (LaneKey::new(lane.key), t.start(state));
            Box::new(OnTerrain { terrain: t.clone(), rule, key, walker, beta: lane.beta })
        }
        let terrain = terrain::terrain(energy, by_graph)?;
        let sizes = (0..energy.sites()).map(|i| energy.values(i).len() as u16).collect();
        RandomOrder::build(sizes, lanes, |lane, state| match &terrain {
            terrain::Either::Tables(t) => mover(t, rule, lane, state),
            terrain::Either::Graph(t) => mover(t, rule, lane, state),
        })
    }

    fn build(sizes: Vec<u16>, lanes: &[Lane], make: impl Fn(&Lane, &[u8]) -> Box<dyn Mover>) -> Result<RandomOrder, String> {
        let mut movers = Vec::new();
        for lane in lanes {
            movers.push(make(lane, &start_state(lane, sizes.len(), |i| usize::from(sizes[i]))?));
        }
        Ok(RandomOrder { lanes: Lanes { kernel: KERNEL, sizes, sweeps: 0, movers } })
    }
}

sampler_by_lanes!(RandomOrder);
