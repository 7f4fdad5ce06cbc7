//! The replicas of a population in their kernels, as one sampler.

use crate::kernels::sampler::Sampler;
use crate::lower::{Chain, Choice, Kernel, States};
use crate::plan::Model;
use rayon::prelude::*;

/// The most replicas that one kernel moves, so that several threads have something to do.
const TOGETHER: usize = 512;

/// Replicas in several kernels that move side by side.
pub struct Replicas<'m> {
    kernels: Vec<Box<dyn Kernel>>,
    /// For each replica the kernel and the lane in it.
    places: Vec<(usize, usize)>,
    model: &'m Model,
}

impl<'m> Replicas<'m> {
    pub fn new(choice: &Choice, chains: &[Chain], model: &'m Model) -> Result<Replicas<'m>, String> {
        let mut replicas = Replicas { kernels: vec![], places: vec![], model };
        for part in chains.chunks(choice.lanes_hint(chains.len()).min(TOGETHER)) {
            replicas.places.extend((0..part.len()).map(|lane| (replicas.kernels.len(), lane)));
            replicas.kernels.push(choice.build(part)?);
        }
        Ok(replicas)
    }

    /// The kernel and the lane of a replica.
    pub fn place(&self, replica: usize) -> (&dyn Kernel, usize) {
        let (kernel, lane) = self.places[replica];
        (&*self.kernels[kernel], lane)
    }
}

impl Sampler for Replicas<'_> {
    fn lanes(&self) -> usize {
        self.places.len()
    }

    fn sites(&self) -> usize {
        self.model.sites()
    }

    fn advance(&mut self, sweeps: u64) {
        if sweeps > 0 {
            self.kernels.par_iter_mut().for_each(|kernel| kernel.advance(sweeps));
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        let (kernel, lane) = self.place(lane);
        kernel.energy(lane)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        let mut room = States::new(self.model, 1);
        let (kernel, lane) = self.place(lane);
        kernel.read(lane, &mut room, 0);
        if let States::Positions(positions) = room {
            state.copy_from_slice(&positions);
        }
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        let (kernel, lane) = self.places[lane];
        self.kernels[kernel].write(lane, &States::Positions(state.to_vec()), 0);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        let (kernel, lane) = self.places[lane];
        self.kernels[kernel].set_beta(lane, beta);
    }

    fn save(&self) -> Vec<u8> {
        let saved: Vec<Vec<u8>> = self.kernels.iter().map(|k| k.save()).collect();
        // Plain data of a known shape: encoding into memory does not fail.
        postcard::to_stdvec(&saved).unwrap_or_default()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let saved: Vec<Vec<u8>> = postcard::from_bytes(saved).map_err(|e| format!("the saved replicas cannot be read: {e}"))?;
        if saved.len() != self.kernels.len() {
            return Err("the saved replicas are of another population".into());
        }
        self.kernels.iter_mut().zip(&saved).try_for_each(|(k, bytes)| k.restore(bytes))
    }
}
