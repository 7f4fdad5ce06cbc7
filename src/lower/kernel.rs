//! Kernels as the executor holds them: samplers of a model's own spin values, with their warm-up.

use crate::kernels::cluster::Wolff;
use crate::kernels::sampler::Sampler;

/// A sampler with a warm-up of its own.
pub trait Kernel: Sampler {
    /// The sweeps before anything is measured. For Wolff this also fixes the number of clusters in a sweep, and moves as many
    /// spins as `sweeps` sweeps hold; call it once, with the whole warm-up, or in parts that the plan alone fixes.
    fn warm_up(&mut self, sweeps: u64) {
        self.advance(sweeps);
    }
}

/// What is peculiar to the warm-up of a kernel.
pub(super) trait WarmUp: Sampler {
    fn prepare(&mut self, sweeps: u64) {
        self.advance(sweeps);
    }
}

impl WarmUp for Wolff {
    fn prepare(&mut self, sweeps: u64) {
        if sweeps > 0 {
            self.calibrate(sweeps);
        }
    }
}

impl WarmUp for crate::kernels::bitpacked::BitPacked {}
impl WarmUp for crate::kernels::cluster::SwendsenWang {}
impl WarmUp for crate::kernels::sparse::Sparse {}
impl WarmUp for crate::kernels::dense::Dense {}
impl WarmUp for crate::kernels::generic::Generic {}

/// A kernel of ±1 spins or of values, seen as one of the model's values.
pub(super) struct OfValues<S> {
    pub inner: S,
    /// (values at zero, value of one unit) of the kernel's totals; `None` where there is no common map.
    pub total: Option<(f64, f64)>,
}

impl<S: Sampler> Sampler for OfValues<S> {
    fn lanes(&self) -> usize {
        self.inner.lanes()
    }

    fn sites(&self) -> usize {
        self.inner.sites()
    }

    fn advance(&mut self, sweeps: u64) {
        self.inner.advance(sweeps);
    }

    fn energy(&self, lane: usize) -> f64 {
        self.inner.energy(lane)
    }

    fn total(&self, lane: usize) -> Option<f64> {
        let (zero, unit) = self.total?;
        self.inner.total(lane).map(|t| zero + unit * t)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        self.inner.read(lane, state);
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        self.inner.write(lane, state);
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

impl<S: WarmUp> Kernel for OfValues<S> {
    fn warm_up(&mut self, sweeps: u64) {
        self.inner.prepare(sweeps);
    }
}
