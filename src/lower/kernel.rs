//! Kernels as the executor holds them: chains of a model's own states, whatever moves them.

use super::state::{States, View};
use crate::kernels::cluster::Wolff;
use crate::kernels::field::Field;
use crate::kernels::potts::PottsWolff;
use crate::kernels::random::Key;
use crate::kernels::sampler::Sampler;
use crate::plan::Start;

/// What one chain is asked to be.
#[derive(Clone, Debug)]
pub struct Chain {
    pub beta: f64,
    pub key: Key,
    pub start: Start,
}

/// Some chains of one model at work.
pub trait Kernel: Send {
    /// The number of chains.
    fn lanes(&self) -> usize;

    /// Moves every chain by `sweeps` sweeps.
    fn advance(&mut self, sweeps: u64);

    /// The sweeps before anything is measured. For kernels that choose their pace here: call it once, with the whole warm-up, or in
    /// parts that the plan alone fixes.
    fn warm_up(&mut self, sweeps: u64) {
        self.advance(sweeps);
    }

    /// The energy of a chain, constants included.
    fn energy(&self, lane: usize) -> f64;

    /// The sum of the values of a chain where the kernel has it cheaply.
    fn total(&self, lane: usize) -> Option<f64> {
        let _ = lane;
        None
    }

    /// Writes the state of a chain to the `at`-th place of some states.
    fn read(&self, lane: usize, states: &mut States, at: usize);

    /// Replaces the state of a chain by the `at`-th of some states.
    fn write(&mut self, lane: usize, states: &States, at: usize);

    /// Whether no single move would lower the energy of a chain, where the kernel can tell; at temperature 0.
    fn settled(&mut self, lane: usize) -> Option<bool> {
        let _ = lane;
        None
    }

    /// Changes the inverse temperature of a chain (annealing, replica exchange).
    fn set_beta(&mut self, lane: usize, beta: f64);

    /// Whether it finds its pace in the warm-up, for the temperature of each lane.
    fn calibrates(&self) -> bool {
        false
    }

    /// Everything that is needed to go on bit for bit.
    fn save(&self) -> Vec<u8>;

    /// Puts back what [`Kernel::save`] gave.
    fn restore(&mut self, saved: &[u8]) -> Result<(), String>;
}

/// What is peculiar to the warm-up of a kernel of finite spins.
pub(super) trait WarmUp: Sampler {
    fn prepare(&mut self, sweeps: u64) {
        self.advance(sweeps);
    }

    fn calibrates(&self) -> bool {
        false
    }
}

impl WarmUp for Wolff {
    fn calibrates(&self) -> bool {
        true
    }

    fn prepare(&mut self, sweeps: u64) {
        if sweeps > 0 {
            self.calibrate(sweeps);
        }
    }
}

impl WarmUp for PottsWolff {
    fn calibrates(&self) -> bool {
        true
    }

    fn prepare(&mut self, sweeps: u64) {
        if sweeps > 0 {
            self.calibrate(sweeps);
        }
    }
}

impl WarmUp for crate::kernels::potts::PottsLocal {}
impl WarmUp for crate::kernels::potts::PottsSwendsenWang {}
impl WarmUp for crate::kernels::bitpacked::BitPacked {}
impl WarmUp for crate::kernels::cluster::SwendsenWang {}
impl WarmUp for crate::kernels::sparse::Sparse {}
impl WarmUp for crate::kernels::dense::Dense {}
impl WarmUp for crate::kernels::generic::Generic {}
impl WarmUp for crate::kernels::sliced::Sliced {}
impl WarmUp for crate::kernels::overlap::Overlap {}
impl WarmUp for crate::kernels::random_order::RandomOrder {}
impl WarmUp for crate::kernels::checkerboard::Checkerboard {}
impl WarmUp for crate::kernels::units::Units {}
impl WarmUp for crate::kernels::kinetic::Kinetic {}
impl WarmUp for crate::kernels::kawasaki::Kawasaki {}
impl WarmUp for crate::kernels::flat::FlatSampler {}

/// Pairs of lanes stay at one temperature: states are exchanged, not temperatures.
impl<S: Sampler> WarmUp for crate::kernels::replica_clusters::WithReplicaClusters<S> {
    fn calibrates(&self) -> bool {
        true
    }
}

/// A kernel of ±1 spins or of positions, seen as one of the model's values.
pub(super) struct OfSpins<S> {
    pub inner: S,
    /// (values at zero, value of one unit) of the kernel's totals; `None` where there is no common map.
    pub total: Option<(f64, f64)>,
}

impl<S: WarmUp> Kernel for OfSpins<S> {
    fn lanes(&self) -> usize {
        self.inner.lanes()
    }

    fn advance(&mut self, sweeps: u64) {
        self.inner.advance(sweeps);
    }

    fn warm_up(&mut self, sweeps: u64) {
        self.inner.prepare(sweeps);
    }

    fn calibrates(&self) -> bool {
        self.inner.calibrates()
    }

    fn energy(&self, lane: usize) -> f64 {
        self.inner.energy(lane)
    }

    fn total(&self, lane: usize) -> Option<f64> {
        let (zero, unit) = self.total?;
        self.inner.total(lane).map(|t| zero + unit * t)
    }

    fn read(&self, lane: usize, states: &mut States, at: usize) {
        let n = self.inner.sites();
        if let States::Positions(all) = states {
            self.inner.read(lane, &mut all[at * n..(at + 1) * n]);
        }
    }

    fn write(&mut self, lane: usize, states: &States, at: usize) {
        let n = self.inner.sites();
        if let View::Positions(all) = states.view() {
            self.inner.write(lane, &all[at * n..(at + 1) * n]);
        }
    }

    fn settled(&mut self, lane: usize) -> Option<bool> {
        self.inner.settled(lane)
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.inner.set_beta(lane, beta);
    }

    fn save(&self) -> Vec<u8> {
        self.inner.save()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.inner.restore(saved)
    }
}

/// How the components of a kernel follow from those of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coordinates {
    Same,
    /// The kernel has unit vectors in the plane where the model has angles.
    VectorsForAngles,
}

/// A kernel of continuous variables.
pub(super) struct OfFields<F> {
    pub inner: F,
    pub coordinates: Coordinates,
}

/// Unit vectors in the plane from angles.
pub(super) fn vectors_from_angles(angles: &[f64]) -> Vec<f64> {
    angles.iter().flat_map(|&x| [libm::cos(x), libm::sin(x)]).collect()
}

impl<F: Field> Kernel for OfFields<F> {
    fn lanes(&self) -> usize {
        self.inner.lanes()
    }

    fn advance(&mut self, sweeps: u64) {
        self.inner.advance(sweeps);
    }

    fn warm_up(&mut self, sweeps: u64) {
        self.inner.warm_up(sweeps);
    }

    fn energy(&self, lane: usize) -> f64 {
        self.inner.energy(lane)
    }

    fn read(&self, lane: usize, states: &mut States, at: usize) {
        let States::Components(all) = states else { return };
        let n = self.inner.components();
        match self.coordinates {
            Coordinates::Same => self.inner.read(lane, &mut all[at * n..(at + 1) * n]),
            Coordinates::VectorsForAngles => {
                let mut vectors = vec![0.0; n];
                self.inner.read(lane, &mut vectors);
                let angles = &mut all[at * (n / 2)..(at + 1) * (n / 2)];
                angles.iter_mut().zip(vectors.chunks_exact(2)).for_each(|(a, v)| *a = libm::atan2(v[1], v[0]));
            }
        }
    }

    fn write(&mut self, lane: usize, states: &States, at: usize) {
        let States::Components(all) = states else { return };
        let n = self.inner.components();
        match self.coordinates {
            Coordinates::Same => self.inner.write(lane, &all[at * n..(at + 1) * n]),
            Coordinates::VectorsForAngles => self.inner.write(lane, &vectors_from_angles(&all[at * (n / 2)..(at + 1) * (n / 2)])),
        }
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.inner.set_beta(lane, beta);
    }

    fn calibrates(&self) -> bool {
        true
    }

    fn save(&self) -> Vec<u8> {
        self.inner.save()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.inner.restore(saved)
    }
}
