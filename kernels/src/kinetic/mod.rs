//! Rejection-free kinetic Monte Carlo of single spins.
//!
//! The n-fold way (Bortz, Kalos, Lebowitz, J. Comput. Phys. 17, 10 (1975)) with exponential waiting times (Gillespie, J.
//! Comput. Phys. 22, 403 (1976)). The process: each site is tried at the times of a Poisson process of rate 1 and moves
//! with the textbook probability, min(1, exp(-β ΔE)) for a proposal that is uniform over the other values (Metropolis) or
//! the conditional distribution (heat bath). So one unit of time is one sweep of N trials at random sites
//! (`kernels::random_order`): that chain observed after a Poisson number of trials of mean N t is this process at time
//! t, exactly. Only the moves themselves are carried out.
//!
//! `advance(sweeps)` stops at a fixed time, so averages over its calls are averages over time and need no weights. At β = ∞ a
//! state may be absorbing: time passes and nothing moves. Rates are exact to their rounding; waiting times have 53 random bits,
//! and rates below 2^-1022 are proposed as if they were 2^-1022 and refused accordingly. An energy that is
//! not a number counts as plus infinity, as in `kernels::generic`.
//!
//! Knows arrays, numbers and keys.

mod chain;
mod classes;
mod clock;
mod exponents;
pub(crate) mod graph;
mod pairwise;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::generic::{Landscape, ScalarGraph};
use super::random_order::couplings::{Either, couplings};
use super::random_order::terrain::{self, Terrain, terrain};
use super::sampler::{Lane, PairEnergy, Rule, Sampler};
use super::sparse::lanes::{check_pairs, start_state};
use chain::{Chain, Mover, SavedLane};
use graph::{OnTerrain, dependents};
use pairwise::Pairwise;

const KERNEL: &[u8; 4] = b"kin1";

/// What the sum of the spins of a lane is waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Passage {
    /// The sum is this or less.
    AtMost(f64),
    /// The sum is this or more.
    AtLeast(f64),
}

impl Passage {
    fn reached(self, total: f64) -> bool {
        match self {
            Passage::AtMost(x) => total <= x,
            Passage::AtLeast(x) => total >= x,
        }
    }
}

/// The kernel.
pub struct Kinetic {
    sizes: Vec<u16>,
    movers: Vec<Box<dyn Mover>>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    lanes: Vec<SavedLane>,
}

impl Kinetic {
    /// Whether the kernel can run an energy; `Err` says why not. Every checked pairwise energy fits, and so does every graph
    /// that [`Kinetic::of_graph`] can address.
    pub fn fits(energy: &PairEnergy) -> Result<(), String> {
        check_pairs(energy)
    }

    /// A kernel for a pairwise energy with its lanes at their starts. `Err` says what is wrong with the energy or a start.
    pub fn new(energy: &PairEnergy, rule: Rule, lanes: &[Lane]) -> Result<Kinetic, String> {
        let couplings = couplings(energy)?;
        Kinetic::build(vec![2; energy.sites], lanes, |lane, state| match &couplings {
            Either::Whole(c) => {
                Box::new(Chain::new(Arc::new(Pairwise { couplings: c.clone(), rule }), lane.key, lane.beta, state))
            }
            Either::Real(c) => {
                Box::new(Chain::new(Arc::new(Pairwise { couplings: c.clone(), rule }), lane.key, lane.beta, state))
            }
        })
    }

    /// A kernel for any energy of finite-valued spins. `Err` says what is wrong with a start or too large.
    pub fn of_graph(energy: &ScalarGraph, rule: Rule, lanes: &[Lane]) -> Result<Kinetic, String> {
        Kinetic::on_terrain(energy, rule, lanes, false)
    }

    /// As [`Kinetic::of_graph`]; `by_graph` forbids tables (for tests).
    pub(crate) fn on_terrain(energy: &ScalarGraph, rule: Rule, lanes: &[Lane], by_graph: bool) -> Result<Kinetic, String> {
        match terrain(energy, by_graph)? {
            terrain::Either::Tables(t) => Kinetic::on(t, energy, rule, lanes),
            terrain::Either::Graph(t) => Kinetic::on(t, energy, rule, lanes),
        }
    }

    fn on<L: Landscape + 'static>(
        terrain: Arc<Terrain<L>>,
        energy: &ScalarGraph,
        rule: Rule,
        lanes: &[Lane],
    ) -> Result<Kinetic, String> {
        let sizes = (0..energy.sites()).map(|i| energy.values(i).len() as u16).collect();
        let model = Arc::new(OnTerrain { terrain, rule, dependents: dependents(energy) });
        Kinetic::build(sizes, lanes, |lane, state| Box::new(Chain::new(model.clone(), lane.key, lane.beta, state)))
    }

    fn build(sizes: Vec<u16>, lanes: &[Lane], make: impl Fn(&Lane, &[u8]) -> Box<dyn Mover>) -> Result<Kinetic, String> {
        let mut movers = Vec::new();
        for lane in lanes {
            movers.push(make(lane, &start_state(lane, sizes.len(), |i| usize::from(sizes[i]))?));
        }
        Ok(Kinetic { sizes, movers })
    }

    /// Moves one lane until the sum of its spins is as asked, at most for `horizon` sweeps. Gives the time that it took, in
    /// sweeps, to the exact event; the lane then stands just after that event. `None` where the horizon came
    /// first; the lane then stands there.
    pub fn first_passage(&mut self, lane: usize, passage: Passage, horizon: f64) -> Option<f64> {
        self.movers[lane].first_passage(passage, horizon)
    }

    /// The number of moves of a lane since its construction.
    pub fn events(&self, lane: usize) -> u64 {
        self.movers[lane].events()
    }

    #[cfg(test)]
    fn rates(&mut self, lane: usize) -> Vec<f64> {
        self.movers[lane].rates()
    }
}

impl Sampler for Kinetic {
    fn lanes(&self) -> usize {
        self.movers.len()
    }

    fn sites(&self) -> usize {
        self.sizes.len()
    }

    fn advance(&mut self, sweeps: u64) {
        for mover in &mut self.movers {
            mover.advance(sweeps);
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        self.movers[lane].energy()
    }

    fn total(&self, lane: usize) -> Option<f64> {
        Some(self.movers[lane].total())
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        self.movers[lane].read(state);
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        self.movers[lane].write(state);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.movers[lane].set_beta(beta);
    }

    fn save(&self) -> Vec<u8> {
        let saved = Saved { lanes: self.movers.iter().map(|m| m.save()).collect() };
        // Writing numbers into a vector cannot fail.
        postcard::to_extend(&saved, KERNEL.to_vec()).unwrap_or_default()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let bytes = saved.strip_prefix(KERNEL.as_slice()).ok_or("the saved state is of another kernel")?;
        let (saved, rest) = postcard::take_from_bytes::<Saved>(bytes).map_err(|_| "the saved state is cut short or damaged")?;
        if !rest.is_empty() {
            return Err("the saved state is too long".into());
        }
        if saved.lanes.len() != self.movers.len() {
            return Err(format!("the saved state has {} lanes, the kernel has {}", saved.lanes.len(), self.movers.len()));
        }
        for (mover, lane) in self.movers.iter_mut().zip(saved.lanes) {
            mover.restore(lane, &|i| usize::from(self.sizes[i]))?;
        }
        Ok(())
    }
}
