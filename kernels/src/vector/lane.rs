//! A lane of the local updates: its state, its temperature, its generator, its proposals.

use super::draws::Generator;
use super::energy::VectorEnergy;
use super::model::Model;
use super::simd::{Row, WIDTH};
use super::update::{LARGEST_ANGLE, UNIFORM_STEP};
use crate::field::{FieldLane, FieldStart};
use crate::random::{Key, Stream};

/// Purposes of the sub-streams of a lane's key.
pub(super) const MOVES: u64 = 0x5645_4354;
const START: u64 = 0x5354_5254;

pub(super) struct Lane {
    pub beta: f64,
    /// β in the model's unit, kept finite.
    pub scaled_beta: f32,
    pub generator: Generator,
    /// Component by component, in the layout's order.
    pub state: Vec<Row<f32>>,
    /// The size of Metropolis proposals.
    pub step: f32,
    pub accepted: u64,
    pub attempted: u64,
}

impl Lane {
    pub fn new(model: &Model, lane: &FieldLane) -> Result<Lane, String> {
        let start = start(&model.energy, lane)?;
        let step = if model.energy.n == 2 { LARGEST_ANGLE } else { UNIFORM_STEP };
        let mut new = Lane {
            beta: 0.0,
            scaled_beta: 0.0,
            generator: Generator::new(lane.key.derive(MOVES)),
            state: vec![Row([0.0; WIDTH]); model.length()],
            step,
            accepted: 0,
            attempted: 0,
        };
        new.set_beta(model, lane.beta);
        model.write(&mut new.state, &start);
        Ok(new)
    }

    pub fn set_beta(&mut self, model: &Model, beta: f64) {
        self.beta = beta;
        // Beyond 10^30 units nothing changes in single precision.
        self.scaled_beta = (beta * model.unit).clamp(-1e30, 1e30) as f32;
    }

    /// After a sweep of the warm-up: a larger step where more than 45 % of the proposals were accepted, a smaller one where fewer.
    pub fn adapt(&mut self, n: usize) {
        if self.attempted > 0 {
            let rate = self.accepted as f32 / self.attempted as f32;
            let largest = if n == 2 { LARGEST_ANGLE } else { UNIFORM_STEP };
            self.step = (self.step * (1.0 + 0.25 * (rate - 0.45))).clamp(1e-4, largest);
        }
        self.accepted = 0;
        self.attempted = 0;
    }
}

/// The first state of a lane, site by site.
pub(super) fn start(energy: &VectorEnergy, lane: &FieldLane) -> Result<Vec<f64>, String> {
    if lane.beta.is_nan() {
        return Err("the inverse temperature is not a number".into());
    }
    let (n, length) = (energy.n, energy.n * energy.sites);
    match &lane.start {
        FieldStart::Random => {
            let mut stream = Stream::new(Key::derive(lane.key, START));
            let mut state = vec![0.0; length];
            for spin in state.chunks_exact_mut(n) {
                let mut square = 0.0f64;
                while square < 1e-12 {
                    spin.iter_mut().for_each(|x| *x = stream.normal());
                    square = spin.iter().map(|x| x * x).sum();
                }
                spin.iter_mut().for_each(|x| *x /= square.sqrt());
            }
            Ok(state)
        }
        FieldStart::Given(state) => {
            if state.len() != length {
                return Err(format!("the given state has {} components, the model has {length}", state.len()));
            }
            for (site, spin) in state.chunks_exact(n).enumerate() {
                let square: f64 = spin.iter().map(|x| x * x).sum();
                if square.is_nan() || (square - 1.0).abs() > 1e-6 {
                    return Err(format!("the given spin {site} is no unit vector: its length is {}", square.sqrt()));
                }
            }
            Ok(state.clone())
        }
    }
}
