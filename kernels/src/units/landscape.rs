//! Any energy of finite-valued units: the energies of one unit's values from `kernels::generic`.

use super::super::generic::Landscape;
use super::super::random_order::terrain::Terrain;
use super::Drive;
use std::sync::Arc;

pub(super) struct OfEnergy<L>(pub Arc<Terrain<L>>);

impl<L: Landscape> Drive for OfEnergy<L> {
    type Work = Vec<f64>;

    fn sites(&self) -> usize {
        self.0.sites()
    }

    fn size(&self, site: usize) -> usize {
        self.0.size(site)
    }

    fn start(&self, state: &[u8]) -> Vec<f64> {
        let mut running = Vec::new();
        self.0.landscape.start(state, &mut running);
        running
    }

    fn save(&self, running: &Vec<f64>) -> Vec<f64> {
        running.clone()
    }

    fn saved(&self) -> usize {
        self.0.landscape.running()
    }

    fn load(&self, _: &[u8], saved: &[f64]) -> Vec<f64> {
        saved.to_vec()
    }

    fn drifts(&self) -> bool {
        true
    }

    fn energies(&self, running: &mut Vec<f64>, state: &[u8], site: usize, out: &mut [f64]) -> f64 {
        self.0.landscape.all(running, state, site, out);
        self.0.landscape.settle(running, site, false);
        let mut largest = 0.0f64;
        for e in out.iter_mut() {
            // What is no number is never taken.
            *e = if e.is_nan() { f64::MAX / 4.0 } else { e.clamp(-f64::MAX / 4.0, f64::MAX / 4.0) };
            largest = if e.abs() < 1e300 { largest.max(e.abs()) } else { largest };
        }
        1e-12 * largest
    }

    fn change(&self, running: &mut Vec<f64>, state: &[u8], site: usize, new: u8) {
        self.0.landscape.two(running, state, site, new);
        self.0.landscape.settle(running, site, true);
    }

    fn energy(&self, _: &Vec<f64>, state: &[u8]) -> f64 {
        self.0.landscape.energy(state)
    }

    fn total(&self, state: &[u8]) -> f64 {
        let value = |(site, &p): (usize, &u8)| self.0.values[self.0.set_of_site[site] as usize][usize::from(p)];
        state.iter().enumerate().map(value).sum()
    }
}
