//! Kernels of classical n-component unit vectors (n = 2 XY, 3 Heisenberg, up to 16) with pairwise energies.
//!
//! Two kernels behind one [`Vector`]: single-spin updates on sixteen sites at a time, and reflection clusters. The graph is given by
//! its bonds alone; colours and runs of neighbours are found here. A lane's path depends on its own [`FieldLane`] alone, and is
//! the same to the last bit on every instruction set.
//!
//! Single-spin states are single precision: components are exact to 6e-8, lengths to 1e-6, β and the couplings (relative to
//! the largest) to 6e-8, and β ΔE to about 2e-7 of β times the sum of the couplings of a site. Energies are sums in double
//! precision over the states as they are.
//!
//! Knows arrays, numbers and keys; nothing of lattices or angles.

// A component's number runs over several arrays at once.
#![allow(clippy::needless_range_loop)]

mod cluster;
mod draws;
mod energy;
mod heat_bath;
mod lane;
mod layout;
mod local;
mod math;
mod metropolis;
mod model;
mod simd;
#[cfg(test)]
mod tests;
mod turn;
mod update;
mod von_mises;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use energy::VectorEnergy;
pub use update::Instructions;

use super::field::{Field, FieldLane};
use cluster::Cluster;
use local::Local;

/// How the spins are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorRule {
    /// A turn of random size, accepted with min(1, exp(-β ΔE)). The size starts as large as possible and adapts in the warm-up
    /// alone, to an acceptance of 45 %.
    Metropolis,
    /// A draw from the conditional distribution. With on-site anisotropy the draw leaves that out and is accepted with
    /// min(1, exp(β Δ(S^T D S))).
    HeatBath,
    /// After each sweep of heat bath or Metropolis, `per` sweeps that turn every spin by π about its local field, at constant
    /// energy. With on-site anisotropy the turn is accepted with min(1, exp(β Δ(S^T D S))).
    OverRelaxation { per: u32, heat_bath: bool },
    /// Single reflection clusters. A sweep is one cluster, or after a warm-up about as many as reflect N spins.
    Wolff,
    /// All reflection clusters, each reflected with probability 1/2.
    SwendsenWang,
}

/// A kernel of vector spins at work on some lanes.
///
/// The state of a lane is n components a site. Given and written spins must be unit vectors.
pub struct Vector(Inner);

enum Inner {
    Local(Box<Local>),
    Cluster(Box<Cluster>),
}

impl Vector {
    /// Whether a rule serves a model; Err says why not.
    pub fn fits(energy: &VectorEnergy, rule: VectorRule) -> Result<(), String> {
        energy.check()?;
        match rule {
            VectorRule::Wolff | VectorRule::SwendsenWang => cluster::check(energy),
            _ => Ok(()),
        }
    }

    /// A kernel with its lanes at their starts. Err says what is wrong with the energy, the rule or a lane.
    pub fn new(energy: &VectorEnergy, rule: VectorRule, lanes: &[FieldLane]) -> Result<Vector, String> {
        Vector::with_instructions(energy, rule, lanes, Instructions::best())
    }

    /// As [`Vector::new`] with given instructions, for tests and benches. Err also where the processor lacks them.
    pub fn with_instructions(
        energy: &VectorEnergy,
        rule: VectorRule,
        lanes: &[FieldLane],
        instructions: Instructions,
    ) -> Result<Vector, String> {
        Vector::fits(energy, rule)?;
        if !Instructions::available().contains(&instructions) {
            return Err(format!("this processor has no {instructions:?}"));
        }
        Ok(Vector(match rule {
            VectorRule::Wolff => Inner::Cluster(Box::new(Cluster::new(energy, true, lanes)?)),
            VectorRule::SwendsenWang => Inner::Cluster(Box::new(Cluster::new(energy, false, lanes)?)),
            _ => Inner::Local(Box::new(Local::new(energy, rule, lanes, instructions)?)),
        }))
    }

    fn inner(&self) -> &dyn Field {
        match &self.0 {
            Inner::Local(kernel) => kernel.as_ref(),
            Inner::Cluster(kernel) => kernel.as_ref(),
        }
    }

    fn inner_mut(&mut self) -> &mut dyn Field {
        match &mut self.0 {
            Inner::Local(kernel) => kernel.as_mut(),
            Inner::Cluster(kernel) => kernel.as_mut(),
        }
    }
}

impl Field for Vector {
    fn lanes(&self) -> usize {
        self.inner().lanes()
    }

    fn components(&self) -> usize {
        self.inner().components()
    }

    fn advance(&mut self, sweeps: u64) {
        self.inner_mut().advance(sweeps);
    }

    fn warm_up(&mut self, sweeps: u64) {
        self.inner_mut().warm_up(sweeps);
    }

    fn energy(&self, lane: usize) -> f64 {
        self.inner().energy(lane)
    }

    fn read(&self, lane: usize, state: &mut [f64]) {
        self.inner().read(lane, state);
    }

    fn write(&mut self, lane: usize, state: &[f64]) {
        self.inner_mut().write(lane, state);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.inner_mut().set_beta(lane, beta);
    }

    fn acceptance(&self) -> Option<f64> {
        self.inner().acceptance()
    }

    fn save(&self) -> Vec<u8> {
        self.inner().save()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.inner_mut().restore(saved)
    }
}
