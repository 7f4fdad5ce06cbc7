//! The kernel of single-spin updates: Metropolis, heat bath, over-relaxation.

use super::VectorRule;
use super::draws::Generator;
use super::energy::VectorEnergy;
use super::lane::Lane;
use super::model::Model;
use super::update::{Instructions, Move, sweep};
use crate::field::{Field, FieldLane};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

pub(super) struct Local {
    model: Model,
    /// The moves of one sweep.
    moves: Vec<(Move, u32)>,
    lanes: Vec<Lane>,
    /// The energies of the present states, once asked for.
    measured: RefCell<Vec<Option<f64>>>,
    instructions: Instructions,
}

/// What `save` keeps of a lane.
#[derive(Serialize, Deserialize)]
struct Saved {
    beta: f64,
    generator: Generator,
    step: f32,
    accepted: u64,
    attempted: u64,
    state: Vec<f32>,
}

/// The first bytes of a saved kernel.
const NAME: &[u8; 4] = b"vec1";

impl Local {
    /// `energy` must have passed its check, and `rule` must be a local one.
    pub fn new(
        energy: &VectorEnergy,
        rule: VectorRule,
        lanes: &[FieldLane],
        instructions: Instructions,
    ) -> Result<Local, String> {
        let model = Model::new(energy);
        let moves = match rule {
            VectorRule::Metropolis => vec![(Move::Metropolis, 1)],
            VectorRule::HeatBath => vec![(Move::HeatBath, 1)],
            VectorRule::OverRelaxation { per, heat_bath } => {
                vec![(if heat_bath { Move::HeatBath } else { Move::Metropolis }, 1), (Move::Reflect, per)]
            }
            VectorRule::Wolff | VectorRule::SwendsenWang => return Err("not a single-spin rule".into()),
        };
        let lanes = lanes.iter().map(|lane| Lane::new(&model, lane)).collect::<Result<Vec<_>, _>>()?;
        let measured = RefCell::new(vec![None; lanes.len()]);
        Ok(Local { model, moves, lanes, measured, instructions })
    }

    /// Runs only the given move, for the tests.
    #[cfg(test)]
    pub fn only(&mut self, kind: Move) {
        self.moves = vec![(kind, 1)];
    }

    fn sweep(&mut self, lane: usize) {
        for &(kind, times) in &self.moves {
            for _ in 0..times {
                sweep(self.instructions, kind, &self.model, &mut self.lanes[lane]);
            }
        }
    }

    fn forget(&self, lane: usize) {
        self.measured.borrow_mut()[lane] = None;
    }
}

impl Field for Local {
    fn lanes(&self) -> usize {
        self.lanes.len()
    }

    fn components(&self) -> usize {
        self.model.energy.sites * self.model.energy.n
    }

    fn advance(&mut self, sweeps: u64) {
        for lane in 0..self.lanes.len() {
            for _ in 0..sweeps {
                self.sweep(lane);
            }
            self.forget(lane);
        }
    }

    fn warm_up(&mut self, sweeps: u64) {
        let adapts = self.moves[0].0 == Move::Metropolis;
        for lane in 0..self.lanes.len() {
            for _ in 0..sweeps {
                // The counts of the base move alone tell whether its step fits.
                let (kind, _) = self.moves[0];
                sweep(self.instructions, kind, &self.model, &mut self.lanes[lane]);
                if adapts {
                    self.lanes[lane].adapt(self.model.energy.n);
                }
                for &(kind, times) in &self.moves[1..] {
                    for _ in 0..times {
                        sweep(self.instructions, kind, &self.model, &mut self.lanes[lane]);
                    }
                }
                self.lanes[lane].accepted = 0;
                self.lanes[lane].attempted = 0;
            }
            self.forget(lane);
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        *self.measured.borrow_mut()[lane].get_or_insert_with(|| self.model.measure(&self.lanes[lane].state))
    }

    fn read(&self, lane: usize, state: &mut [f64]) {
        self.model.read(&self.lanes[lane].state, state);
    }

    fn write(&mut self, lane: usize, state: &[f64]) {
        self.model.write(&mut self.lanes[lane].state, state);
        self.forget(lane);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.lanes[lane].set_beta(&self.model, beta);
    }

    fn acceptance(&self) -> Option<f64> {
        let attempted: u64 = self.lanes.iter().map(|lane| lane.attempted).sum();
        let accepted: u64 = self.lanes.iter().map(|lane| lane.accepted).sum();
        (attempted > 0).then(|| accepted as f64 / attempted as f64)
    }

    fn save(&self) -> Vec<u8> {
        let saved: Vec<Saved> = self
            .lanes
            .iter()
            .map(|lane| Saved {
                beta: lane.beta,
                generator: lane.generator.clone(),
                step: lane.step,
                accepted: lane.accepted,
                attempted: lane.attempted,
                state: lane.state.iter().flat_map(|row| row.0).collect(),
            })
            .collect();
        // Plain numbers in vectors cannot fail to be written.
        [NAME.to_vec(), postcard::to_stdvec(&saved).unwrap_or_default()].concat()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let rest = saved.strip_prefix(NAME.as_slice()).ok_or("the saved state is of another kernel")?;
        let saved: Vec<Saved> = postcard::from_bytes(rest).map_err(|_| "the saved state of the vector kernel is damaged")?;
        if saved.len() != self.lanes.len() {
            return Err(format!("the saved state has {} lanes, the kernel has {}", saved.len(), self.lanes.len()));
        }
        for (lane, from) in self.lanes.iter().zip(&saved) {
            if from.state.len() != lane.state.as_slice().len() * super::simd::WIDTH {
                return Err("the saved state is of another model".into());
            }
            if from.beta.is_nan() || !from.step.is_finite() || from.state.iter().any(|x| x.is_nan() || x.abs() > 2.0) {
                return Err("the saved state of the vector kernel is damaged".into());
            }
        }
        for (lane, from) in self.lanes.iter_mut().zip(saved) {
            for (row, numbers) in lane.state.iter_mut().zip(from.state.chunks_exact(super::simd::WIDTH)) {
                row.0.copy_from_slice(numbers);
            }
            lane.set_beta(&self.model, from.beta);
            lane.generator = from.generator;
            (lane.step, lane.accepted, lane.attempted) = (from.step, from.accepted, from.attempted);
        }
        self.measured.borrow_mut().fill(None);
        Ok(())
    }
}
