//! Conserved dynamics (Kawasaki, Phys. Rev. 145, 224 (1966)): two sites exchange their values.
//!
//! The pairs are those of a list (the bonds: nearest-neighbour exchange) or any two sites of a variable. An exchange is accepted with
//! probability min(1, exp(-β ΔE)), so the chain samples the Boltzmann distribution among the states of its composition.
//! A sweep is N trials on average, at random (N, or N - 1 or N + 1 with probability 1/4 each, see
//! `random_order::words::trials`); two sites with the same value are a trial that changes nothing. Acceptance
//! probabilities are exact to 2^-64 (whole-number couplings) or to a relative 2^-23 and the rounding of energies.
//! [`Sampler::write`](super::sampler::Sampler::write) takes any state and its composition with it.
//!
//! Knows arrays, numbers and keys.

mod exchange;
mod graph;
mod pairwise;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use exchange::{Exchange, Group, Moves};

use super::generic::{Landscape, ScalarGraph};
use super::random_order::couplings::{self, couplings};
use super::random_order::lane::{Lanes, Mover, sampler_by_lanes};
use super::random_order::terrain::{self, Terrain, terrain};
use super::sampler::{Lane, PairEnergy};
use super::sparse::wide::LaneKey;
use exchange::Plan;
use graph::OnTerrain;
use pairwise::{Model, Pairwise};

const KERNEL: &[u8; 4] = b"kaw1";

/// The kernel.
pub struct Kawasaki {
    lanes: Lanes,
}

impl Kawasaki {
    /// A kernel for a pairwise energy with its lanes at their starts. `Err` says what is wrong with the energy, the exchange
    /// or a start.
    pub fn new(energy: &PairEnergy, exchange: &Exchange, lanes: &[Lane]) -> Result<Kawasaki, String> {
        let sizes = vec![2; energy.sites];
        let couplings = couplings(energy)?;
        let plan = Arc::new(exchange.check(&sizes, |_, _| true)?);
        match couplings {
            couplings::Either::Whole(c) => {
                let model = Arc::new(Model::new(c, plan.clone()));
                Kawasaki::build(sizes, &plan, lanes, |lane, state| {
                    Box::new(Pairwise::new(model.clone(), LaneKey::new(lane.key), lane.beta, state))
                })
            }
            couplings::Either::Real(c) => {
                let model = Arc::new(Model::new(c, plan.clone()));
                Kawasaki::build(sizes, &plan, lanes, |lane, state| {
                    Box::new(Pairwise::new(model.clone(), LaneKey::new(lane.key), lane.beta, state))
                })
            }
        }
    }

    /// A kernel for any energy of finite-valued spins. `Err` says what is wrong with the exchange or a start, or too large.
    pub fn of_graph(energy: &ScalarGraph, exchange: &Exchange, lanes: &[Lane]) -> Result<Kawasaki, String> {
        Kawasaki::on_terrain(energy, exchange, lanes, false)
    }

    /// As [`Kawasaki::of_graph`]; `by_graph` forbids tables (for tests).
    pub(crate) fn on_terrain(
        energy: &ScalarGraph,
        exchange: &Exchange,
        lanes: &[Lane],
        by_graph: bool,
    ) -> Result<Kawasaki, String> {
        let sizes = (0..energy.sites()).map(|i| energy.values(i).len() as u16).collect::<Vec<u16>>();
        let plan = Arc::new(exchange.check(&sizes, |i, j| energy.values(i) == energy.values(j))?);
        match terrain(energy, by_graph)? {
            terrain::Either::Tables(t) => Kawasaki::on(t, sizes, plan, lanes),
            terrain::Either::Graph(t) => Kawasaki::on(t, sizes, plan, lanes),
        }
    }

    fn on<L: Landscape + 'static>(
        terrain: Arc<Terrain<L>>,
        sizes: Vec<u16>,
        plan: Arc<Plan>,
        lanes: &[Lane],
    ) -> Result<Kawasaki, String> {
        Kawasaki::build(sizes, &plan, lanes, |lane, state| {
            let (key, walker) = (LaneKey::new(lane.key), terrain.start(state));
            Box::new(OnTerrain { terrain: terrain.clone(), plan: plan.clone(), key, walker, beta: lane.beta })
        })
    }

    fn build(
        sizes: Vec<u16>,
        plan: &Plan,
        lanes: &[Lane],
        make: impl Fn(&Lane, &[u8]) -> Box<dyn Mover>,
    ) -> Result<Kawasaki, String> {
        let mut movers = Vec::new();
        for lane in lanes {
            movers.push(make(lane, &plan.start(lane, &sizes)?));
        }
        Ok(Kawasaki { lanes: Lanes { kernel: KERNEL, sizes, sweeps: 0, movers } })
    }
}

sampler_by_lanes!(Kawasaki);
