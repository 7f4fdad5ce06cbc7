//! Energies of overlaps for the dynamics that move units by their local fields.

use super::super::generic::tame;
use super::super::units::Drive;
use super::layer::{Cells, Kind, spin};
use super::model::OverlapModel;

/// What a lane keeps of all groups.
pub(crate) struct Running(Vec<Cells>);

impl Drive for OverlapModel {
    type Work = Running;

    fn sites(&self) -> usize {
        self.fields.len()
    }

    fn size(&self, _: usize) -> usize {
        2
    }

    fn start(&self, state: &[u8]) -> Running {
        Running(self.layers.iter().map(|layer| layer.start(state)).collect())
    }

    fn save(&self, running: &Running) -> Vec<f64> {
        running.0.iter().flat_map(|cells| cells.sums.iter().copied()).collect()
    }

    fn saved(&self) -> usize {
        self.layers.iter().map(|layer| layer.scaled.stride).sum()
    }

    fn load(&self, state: &[u8], saved: &[f64]) -> Running {
        let mut running = self.start(state);
        let mut rest = saved;
        for (layer, cells) in self.layers.iter().zip(&mut running.0) {
            let (own, others) = rest.split_at(cells.sums.len().min(rest.len()));
            cells.sums.copy_from_slice(own);
            layer.follow(cells);
            rest = others;
        }
        running
    }

    fn drifts(&self) -> bool {
        self.layers.iter().any(|layer| !layer.scaled.whole)
    }

    fn energies(&self, running: &mut Running, state: &[u8], site: usize, out: &mut [f64]) -> f64 {
        let t = spin(state[site]);
        let (mut rise, mut slack) = (2.0 * self.fields[site] * t, 0.0);
        for (layer, cells) in self.layers.iter().zip(&mut running.0) {
            rise += layer.rise(cells, site, t);
            // Sums of so many products of this size; functions are compared as they come.
            if let Kind::Quadratic(q) = &layer.kind {
                slack += q.slack;
            }
        }
        let old = usize::from(state[site].min(1));
        (out[old], out[1 - old]) = (0.0, tame(rise));
        slack
    }

    fn change(&self, running: &mut Running, state: &[u8], site: usize, _: u8) {
        let t = spin(state[site]);
        for (layer, cells) in self.layers.iter().zip(&mut running.0) {
            layer.flip(cells, site, t);
        }
    }

    fn energy(&self, running: &Running, state: &[u8]) -> f64 {
        let field: f64 = self.fields.iter().zip(state).map(|(h, &p)| h * spin(p)).sum();
        let layers = self.layers.iter().zip(&running.0).map(|(l, c)| l.energy(c, state));
        self.constant - field + layers.sum::<f64>()
    }

    fn total(&self, state: &[u8]) -> f64 {
        let up: u64 = state.iter().map(|&p| u64::from(p)).sum();
        2.0 * up as f64 - state.len() as f64
    }
}
