//! Lanes that are moved one by one, and the part of a [`Sampler`] that needs no more than them.
//!
//! Knows sweeps and saved bytes; no energy.

use super::super::sampler::Sampler;
use super::super::sparse::lanes::Saved;

/// One lane at work.
pub(crate) trait Mover: Send {
    /// Moves by the sweeps `first..first + count`.
    fn advance(&mut self, first: u64, count: u64);
    fn energy(&self) -> f64;
    /// The sum of the values.
    fn total(&self) -> f64;
    fn read(&self, state: &mut [u8]);
    fn write(&mut self, state: &[u8]);
    fn beta(&self) -> f64;
    fn set_beta(&mut self, beta: f64);
    /// The running numbers that the state does not determine to the last bit.
    fn rest(&self) -> Vec<f64>;
    /// How many.
    fn running(&self) -> usize;
    /// Goes on from a state and what [`Mover::rest`] gave.
    fn resume(&mut self, state: &[u8], running: &[f64]);
    /// Whether no unit would move at zero temperature, where the mover can tell.
    fn settled(&mut self) -> Option<bool> {
        None
    }
}

/// Lanes of one model, of which [`Sampler`] is made.
pub(crate) struct Lanes {
    pub kernel: &'static [u8; 4],
    /// The number of values of each site.
    pub sizes: Vec<u16>,
    pub sweeps: u64,
    pub movers: Vec<Box<dyn Mover>>,
}

impl Sampler for Lanes {
    fn lanes(&self) -> usize {
        self.movers.len()
    }

    fn sites(&self) -> usize {
        self.sizes.len()
    }

    fn advance(&mut self, sweeps: u64) {
        for mover in &mut self.movers {
            mover.advance(self.sweeps, sweeps);
        }
        self.sweeps += sweeps;
    }

    fn energy(&self, lane: usize) -> f64 {
        self.movers[lane].energy()
    }

    fn total(&self, lane: usize) -> Option<f64> {
        Some(self.movers[lane].total())
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        self.movers[lane].read(state);
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        self.movers[lane].write(state);
    }

    fn settled(&mut self, lane: usize) -> Option<bool> {
        self.movers[lane].settled()
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.movers[lane].set_beta(beta);
    }

    fn save(&self) -> Vec<u8> {
        let state = |mover: &dyn Mover| {
            let mut state = vec![0; self.sites()];
            mover.read(&mut state);
            state
        };
        Saved {
            sweeps: self.sweeps,
            betas: self.movers.iter().map(|m| m.beta()).collect(),
            states: self.movers.iter().map(|m| state(&**m)).collect(),
            running: self.movers.iter().map(|m| m.rest()).collect(),
        }
        .encode(self.kernel)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let running = self.movers.first().map_or(0, |m| m.running());
        let saved = Saved::decode(saved, self.kernel, (self.lanes(), self.sites(), running), |i| usize::from(self.sizes[i]))?;
        self.sweeps = saved.sweeps;
        for (l, mover) in self.movers.iter_mut().enumerate() {
            mover.set_beta(saved.betas[l]);
            mover.resume(&saved.states[l], &saved.running[l]);
        }
        Ok(())
    }
}

/// Implements [`Sampler`] for a struct by its field `lanes`, a [`Lanes`].
macro_rules! sampler_by_lanes {
    ($kernel:ty) => {
        impl $crate::sampler::Sampler for $kernel {
            fn lanes(&self) -> usize {
                self.lanes.lanes()
            }
            fn sites(&self) -> usize {
                self.lanes.sites()
            }
            fn advance(&mut self, sweeps: u64) {
                self.lanes.advance(sweeps);
            }
            fn energy(&self, lane: usize) -> f64 {
                self.lanes.energy(lane)
            }
            fn total(&self, lane: usize) -> Option<f64> {
                self.lanes.total(lane)
            }
            fn read(&self, lane: usize, state: &mut [u8]) {
                self.lanes.read(lane, state);
            }
            fn write(&mut self, lane: usize, state: &[u8]) {
                self.lanes.write(lane, state);
            }
            fn settled(&mut self, lane: usize) -> Option<bool> {
                self.lanes.settled(lane)
            }
            fn set_beta(&mut self, lane: usize, beta: f64) {
                self.lanes.set_beta(lane, beta);
            }
            fn save(&self) -> Vec<u8> {
                self.lanes.save()
            }
            fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
                self.lanes.restore(saved)
            }
        }
    };
}
pub(crate) use sampler_by_lanes;
