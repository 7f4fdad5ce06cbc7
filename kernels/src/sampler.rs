//! The contract between the executor and every Monte Carlo kernel.
//!
//! A kernel owns the states of a few independent chains ("lanes") of one model at one temperature a
//! lane, and moves them. It knows arrays, numbers and random keys: no names, no files, no spans.
//!
//! Conventions. Boltzmann weight exp(-β E). One sweep is N attempted single-spin updates (cluster
//! kernels: see each). β = +∞ is allowed (zero temperature: only moves with ΔE <= 0 are accepted by
//! Metropolis, and heat bath takes the lower energy, at random when they are equal).

use super::random::Key;

/// How a lane is started.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// Every spin drawn uniformly from its set, from the lane's key.
    Random,
    /// Every spin at the given position of its set (for Ising: 0 is -1, 1 is +1).
    Uniform(u8),
    /// A given state: the position in its set of each spin.
    Given(Vec<u8>),
}

/// Which rule moves single spins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Accept with probability min(1, exp(-β ΔE)); a proposal is uniform over the other values. Kernels that try sites in a
    /// fixed order leave some out at random (see `thinning`), or the chain would not be ergodic on every graph.
    Metropolis,
    /// Draw from the conditional distribution (Glauber, Gibbs).
    HeatBath,
}

/// What one lane is asked to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    pub beta: f64,
    pub key: Key,
    pub start: Start,
}

/// A Monte Carlo kernel at work on some lanes.
pub trait Sampler: Send {
    /// The number of lanes.
    fn lanes(&self) -> usize;

    /// The number of spins in a lane.
    fn sites(&self) -> usize;

    /// Moves every lane by `sweeps` sweeps.
    fn advance(&mut self, sweeps: u64);

    /// The energy of a lane, constants included.
    fn energy(&self, lane: usize) -> f64;

    /// The sum of the spin values of a lane where the kernel has it cheaply.
    fn total(&self, lane: usize) -> Option<f64> {
        let _ = lane;
        None
    }

    /// Writes the state of a lane: for each spin its position in its set.
    fn read(&self, lane: usize, state: &mut [u8]);

    /// Replaces the state of a lane.
    fn write(&mut self, lane: usize, state: &[u8]);

    /// Whether no single move would lower the energy of a lane, where the kernel can tell; at zero temperature.
    fn settled(&mut self, lane: usize) -> Option<bool> {
        let _ = lane;
        None
    }

    /// Changes the inverse temperature of a lane (annealing, replica exchange).
    fn set_beta(&mut self, lane: usize, beta: f64);

    /// Everything that is needed to go on bit for bit: random positions and states of all lanes.
    fn save(&self) -> Vec<u8>;

    /// Puts back what [`Sampler::save`] gave, into a kernel built from the same description.
    /// `Err` says what does not fit.
    fn restore(&mut self, saved: &[u8]) -> Result<(), String>;
}

/// A pairwise Ising energy over N spins s = ±1:
/// E = constant - Σ_bonds J s_i s_j - Σ_i h_i s_i.
///
/// A pair may stand several times (double bonds of a torus of width two); no bond joins a site to itself.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PairEnergy {
    pub sites: usize,
    pub bonds: Vec<(u32, u32, f64)>,
    /// Empty, or one field a site.
    pub fields: Vec<f64>,
    pub constant: f64,
}

impl PairEnergy {
    /// The energy of a state of positions (0 is -1, 1 is +1).
    pub fn energy(&self, state: &[u8]) -> f64 {
        let spin = |i: usize| f64::from(2 * i32::from(state[i]) - 1);
        let mut e = self.constant;
        for &(i, j, coupling) in &self.bonds {
            e -= coupling * spin(i as usize) * spin(j as usize);
        }
        for (i, h) in self.fields.iter().enumerate() {
            e -= h * spin(i);
        }
        e
    }
}
