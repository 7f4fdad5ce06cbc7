//! Whether a state of spins is a fixed point at temperature 0: no single spin can lower the energy by taking another value.

use super::prepared::Prepared;
use super::rows::of_energy;
use super::state::View;
use crate::kernels::random::Key;
use crate::kernels::sampler::{Lane, Rule, Sampler, Start};
use crate::kernels::units::{Dynamics, Order, Ties, Units};

/// Tells of states of one model whether they are fixed points.
pub struct Stability {
    units: Units,
}

impl Stability {
    /// Errors: the model is not one of spins alone, or too large.
    pub fn new(p: &Prepared) -> Result<Stability, String> {
        // Every start but the first is written over; that of a lane is not used.
        let lane = [Lane { beta: f64::INFINITY, key: Key(0, 0), start: Start::Uniform(0) }];
        let dynamics = Dynamics { order: Order::Sequential, rule: Rule::HeatBath, ties: Ties::Keep };
        let (units, _) = of_energy(p, dynamics, &lane)?;
        Ok(Stability { units })
    }

    /// Whether a state is a fixed point.
    pub fn holds(&mut self, state: View) -> bool {
        let View::Positions(state) = state else { return false };
        self.units.write(0, state);
        self.units.settled(0).unwrap_or(false)
    }
}
