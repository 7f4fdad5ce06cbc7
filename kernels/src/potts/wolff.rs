//! The Wolff sampler of Potts models.

use super::chains::{Chains, of_chains};
use super::clusters::{Scratch, wolff};
use super::model::{Model, PottsEnergy};
use crate::sampler::{Lane, Sampler};

/// Wolff's single-cluster updates of a Potts model, in a field or not.
///
/// One sweep is a fixed number of clusters, one unless [`PottsWolff::set_clusters_per_sweep`] or [`PottsWolff::calibrate`] says
/// otherwise (why it is fixed: see [`Wolff`](crate::cluster::Wolff)). A lane's numbers depend on its own [`Lane`] only.
pub struct PottsWolff {
    chains: Chains,
    scratch: Scratch,
}

impl PottsWolff {
    /// A sampler of a model. Err says why the model or a lane cannot be served.
    pub fn new(energy: &PottsEnergy, lanes: &[Lane]) -> Result<PottsWolff, String> {
        let model = Model::new(energy)?;
        let scratch = Scratch::new(&model);
        Ok(PottsWolff { chains: Chains::new(model, lanes)?, scratch })
    }

    /// Makes one sweep of every lane so many clusters (at least one).
    pub fn set_clusters_per_sweep(&mut self, clusters: u64) {
        for chain in &mut self.chains.lanes {
            chain.clusters = clusters.max(1);
        }
    }

    /// The number of clusters in a sweep of a lane.
    pub fn clusters_per_sweep(&self, lane: usize) -> u64 {
        self.chains.lanes[lane].clusters
    }

    /// Warms every lane up until its clusters have grown to `sweeps` N spins, and fixes its number of clusters a sweep at ceil(N /
    /// mean size in the second half). To be called before anything is measured; the number is kept by `save`, and stays when β
    /// changes.
    pub fn calibrate(&mut self, sweeps: u64) {
        let n = self.chains.model.sites() as u64;
        let half = sweeps.max(1).saturating_mul(n).div_ceil(2);
        for lane in 0..self.chains.lanes.len() {
            let mut counted = (0u64, 0u64);
            for _ in 0..2 {
                counted = (0, 0);
                while counted.0 < half {
                    counted.0 += self.cluster(lane);
                    counted.1 += 1;
                }
            }
            let clusters = (u128::from(n) * u128::from(counted.1)).div_ceil(u128::from(counted.0)).max(1);
            self.chains.lanes[lane].clusters = clusters as u64;
        }
    }

    fn cluster(&mut self, lane: usize) -> u64 {
        let chain = &mut self.chains.lanes[lane];
        wolff(&self.chains.model, &mut self.scratch, &mut chain.state, &chain.draws, chain.beta, &mut chain.bits)
    }
}

impl Sampler for PottsWolff {
    fn advance(&mut self, sweeps: u64) {
        for lane in 0..self.chains.lanes.len() {
            for _ in 0..sweeps.saturating_mul(self.chains.lanes[lane].clusters) {
                self.cluster(lane);
            }
        }
    }

    of_chains!();
}
