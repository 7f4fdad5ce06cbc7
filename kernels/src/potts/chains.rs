//! The lanes of the cluster samplers: states, temperatures, random positions, checkpoints.

use super::model::Model;
use crate::cluster::bits::{Bernoulli, Bits};
use crate::cluster::saved::{Reader, Writer};
use crate::random::Key;
use crate::sampler::Lane;
use crate::sparse::lanes::start_state;

/// The tag of the sub-stream of a lane's key that its clusters read.
const MOVES: u64 = 0x504f_5454_5343;

pub(super) struct Chain {
    pub beta: f64,
    moves: Key,
    pub bits: Bits,
    pub draws: Vec<Bernoulli>,
    /// Wolff: clusters in a sweep.
    pub clusters: u64,
    pub state: Vec<u8>,
}

/// Some lanes of one model.
pub(super) struct Chains {
    pub model: Model,
    pub lanes: Vec<Chain>,
}

impl Chains {
    pub fn new(model: Model, lanes: &[Lane]) -> Result<Chains, String> {
        let mut chains = Vec::with_capacity(lanes.len());
        for lane in lanes {
            if lane.beta.is_nan() {
                return Err("the inverse temperature is not a number".into());
            }
            let state = start_state(lane, model.sites(), |_| model.q)?;
            let moves = lane.key.derive(MOVES);
            let draws = model.activations(lane.beta);
            chains.push(Chain { beta: lane.beta, moves, bits: Bits::new(moves), draws, clusters: 1, state });
        }
        Ok(Chains { model, lanes: chains })
    }

    pub fn energy(&self, lane: usize) -> f64 {
        self.model.energy.energy(&self.lanes[lane].state)
    }

    pub fn total(&self, lane: usize) -> f64 {
        self.lanes[lane].state.iter().map(|&s| u64::from(s)).sum::<u64>() as f64
    }

    /// Positions beyond the values are read as the last value.
    pub fn write(&mut self, lane: usize, state: &[u8]) {
        let last = (self.model.q - 1) as u8;
        for (own, &s) in self.lanes[lane].state.iter_mut().zip(state) {
            *own = s.min(last);
        }
    }

    pub fn set_beta(&mut self, lane: usize, beta: f64) {
        self.lanes[lane].beta = beta;
        self.lanes[lane].draws = self.model.activations(beta);
    }

    pub fn save(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(self.lanes.len() as u64);
        writer.number(self.model.sites() as u64);
        writer.number(self.model.q as u64);
        for chain in &self.lanes {
            for x in [chain.moves.0, chain.moves.1, chain.bits.position(), chain.clusters, chain.beta.to_bits()] {
                writer.number(x);
            }
            writer.0.extend_from_slice(&chain.state);
        }
        writer.0
    }

    pub fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let mut reader = Reader(saved);
        reader.expect(self.lanes.len() as u64, "number of lanes")?;
        reader.expect(self.model.sites() as u64, "number of spins")?;
        reader.expect(self.model.q as u64, "number of values")?;
        let mut lanes = Vec::with_capacity(self.lanes.len());
        for chain in &self.lanes {
            reader.expect(chain.moves.0, "key")?;
            reader.expect(chain.moves.1, "key")?;
            let position = reader.number()?;
            let clusters = reader.number()?.max(1);
            let beta = f64::from_bits(reader.number()?);
            let state = reader.bytes(self.model.sites())?.to_vec();
            if state.iter().any(|&s| usize::from(s) >= self.model.q) {
                return Err("the saved kernel has a spin outside its values".into());
            }
            let (moves, draws) = (chain.moves, self.model.activations(beta));
            lanes.push(Chain { beta, moves, bits: Bits::at(moves, position), draws, clusters, state });
        }
        reader.end()?;
        self.lanes = lanes;
        Ok(())
    }
}

/// The methods of a sampler that only concern its lanes.
macro_rules! of_chains {
    () => {
        fn lanes(&self) -> usize {
            self.chains.lanes.len()
        }

        fn sites(&self) -> usize {
            self.chains.model.sites()
        }

        fn energy(&self, lane: usize) -> f64 {
            self.chains.energy(lane)
        }

        fn total(&self, lane: usize) -> Option<f64> {
            Some(self.chains.total(lane))
        }

        fn read(&self, lane: usize, state: &mut [u8]) {
            state.copy_from_slice(&self.chains.lanes[lane].state);
        }

        fn write(&mut self, lane: usize, state: &[u8]) {
            self.chains.write(lane, state);
        }

        fn set_beta(&mut self, lane: usize, beta: f64) {
            self.chains.set_beta(lane, beta);
        }

        fn save(&self) -> Vec<u8> {
            self.chains.save()
        }

        fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
            self.chains.restore(saved)
        }
    };
}
pub(super) use of_chains;
