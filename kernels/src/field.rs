//! The contract between the executor and the kernels of continuous and of mixed variables.
//!
//! As in `sampler`, a kernel owns the states of a few independent chains ("lanes") of one model, each at its own temperature, and
//! moves them. The state of a lane is its components, all f64: block by block, within a block site by site, within a site
//! component by component. Boltzmann weight exp(-β E); β = +∞ is allowed (only moves that do not raise the energy).

use super::random::Key;

/// The values that a site can take.
#[derive(Clone, Debug, PartialEq)]
pub enum Space {
    /// One of some numbers (ascending).
    Finite(Vec<f64>),
    /// An angle in radians, kept in (-π, π]. One component.
    Circle,
    /// A unit vector in so many dimensions (at least 2). That many components.
    Sphere(u32),
    /// A real number from `low` to `high`, both possible; they may be infinite. One component.
    Line { low: f64, high: f64 },
}

impl Space {
    /// Components of a site.
    pub fn components(&self) -> usize {
        match self {
            Space::Sphere(n) => *n as usize,
            _ => 1,
        }
    }
}

/// Sites of one kind: a variable of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub sites: usize,
    pub space: Space,
}

impl Block {
    /// Components of the whole block.
    pub fn components(&self) -> usize {
        self.sites * self.space.components()
    }
}

/// How a lane is started.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldStart {
    /// Uniform over the space; for an unbounded line a standard normal, for a half-bounded one an exponential from its bound.
    Random,
    /// Given components.
    Given(Vec<f64>),
}

/// What one lane is asked to be.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldLane {
    pub beta: f64,
    pub key: Key,
    pub start: FieldStart,
}

/// A Monte Carlo kernel of continuous variables at work on some lanes.
pub trait Field: Send {
    /// The number of lanes.
    fn lanes(&self) -> usize;

    /// The number of components of a lane.
    fn components(&self) -> usize;

    /// Moves every lane by `sweeps` sweeps: as many attempted updates as there are sites, or what the kernel says.
    fn advance(&mut self, sweeps: u64);

    /// The same before anything is measured: here alone a kernel may adapt its proposals.
    fn warm_up(&mut self, sweeps: u64) {
        self.advance(sweeps);
    }

    /// The energy of a lane, constants included.
    fn energy(&self, lane: usize) -> f64;

    /// Writes the components of a lane.
    fn read(&self, lane: usize, state: &mut [f64]);

    /// Replaces the state of a lane.
    fn write(&mut self, lane: usize, state: &[f64]);

    /// Changes the inverse temperature of a lane (annealing, replica exchange).
    fn set_beta(&mut self, lane: usize, beta: f64);

    /// The share of proposals that were accepted since the warm-up, where there are proposals.
    fn acceptance(&self) -> Option<f64> {
        None
    }

    /// Everything that is needed to go on bit for bit.
    fn save(&self) -> Vec<u8>;

    /// Puts back what [`Field::save`] gave, into a kernel built from the same description.
    fn restore(&mut self, saved: &[u8]) -> Result<(), String>;
}
