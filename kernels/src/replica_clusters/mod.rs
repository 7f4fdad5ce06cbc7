//! Cluster moves between two replicas of one pairwise Ising model.
//!
//! Owns the moves in the representation of spins and overlaps: replicas a and b with spins s and t become σ = s and τ = s t.
//! Knows states of positions, couplings and fields; no lattice, no temperature but those it is given.
//!
//! Houdayer's move swaps a and b on a connected set of sites with τ = -1 whose neighbours outside have τ = +1. What is added
//! to one energy is taken from the other, so that at equal temperatures the move needs no rejection (Houdayer, Eur. Phys.
//! J. B 22, 479 (2001); beyond two dimensions: Zhu, Ochoa, Katzgraber, Phys. Rev. Lett. 115, 077201 (2015)).
//!
//! Jörg's move is a Swendsen-Wang update of σ at fixed τ (Jörg, Prog. Theor. Phys. Suppl. 157, 349 (2005)). With β₁, β₂ the
//! joint weight of a bond is exp(J σ_i σ_j (β₁ + β₂ τ_i τ_j)), at equal β that of an Ising model of couplings 2 J
//! from which the bonds with τ_i τ_j = -1 are missing: a satisfied bond is active with probability 1 - exp(-4 β |J|), and each
//! cluster is flipped in both replicas at once. A field acts on σ_i as h σ_i (β₁ + β₂ τ_i); a cluster is turned by heat bath in
//! the sum.
//!
//! Both moves leave τ as it is at every site, so that neither is ergodic: they are made to go with single-spin updates, see
//! [`WithReplicaClusters`].

mod houdayer;
mod jorg;
#[cfg(test)]
mod tests;
mod with;

pub use with::{ReplicaMove, WithReplicaClusters};

use super::cluster::general::Forest;
use super::random::Stream;
use super::sampler::PairEnergy;
use super::sparse::adjacency::Adjacency;
use super::sparse::lanes::check_pairs;
pub(crate) use jorg::Activations;

/// A model, prepared for cluster moves between two replicas, with their scratch.
#[derive(Clone, Debug)]
pub struct ReplicaClusters {
    adjacency: Adjacency<f64>,
    /// Each pair of neighbours once, with the index of |J| among the strengths, times two, plus one for a negative coupling.
    edges: Vec<(u32, u32, u32)>,
    /// The distinct |J|, ascending.
    strengths: Vec<f64>,
    in_field: bool,
    forest: Forest,
    queue: Vec<u32>,
    marked: Vec<bool>,
    sums: Vec<[f64; 2]>,
    last: Option<Activations>,
}

impl ReplicaClusters {
    /// Err says what is wrong with the model: a bond that leaves its spins, a coupling or field that is not finite.
    pub fn new(energy: &PairEnergy) -> Result<ReplicaClusters, String> {
        check_pairs(energy)?;
        let adjacency = Adjacency::new(energy)?;
        let n = energy.sites;
        let mut strengths: Vec<f64> = adjacency.rows.iter().map(|entry| entry.1.abs()).collect();
        strengths.sort_unstable_by(f64::total_cmp);
        strengths.dedup();
        let mut edges = Vec::with_capacity(adjacency.rows.len() / 2);
        for i in 0..n {
            for &(j, coupling) in adjacency.row(i).iter().filter(|entry| entry.0 as usize > i) {
                let class = strengths.partition_point(|&s| s < coupling.abs()) as u32;
                edges.push((i as u32, j, 2 * class + u32::from(coupling < 0.0)));
            }
        }
        Ok(ReplicaClusters {
            edges,
            strengths,
            in_field: adjacency.fields.iter().any(|&h| h != 0.0),
            adjacency,
            forest: Forest::new(n),
            queue: Vec::with_capacity(n),
            marked: vec![false; n],
            sums: Vec::new(),
            last: None,
        })
    }

    /// The number of spins of a replica.
    pub fn sites(&self) -> usize {
        self.marked.len()
    }

    /// Houdayer's move of two replicas at one temperature; gives the number of sites swapped, 0 only where the replicas are equal.
    ///
    /// States are one position (0 or 1) a site. The sum of the two energies stays as it is.
    pub fn houdayer(&mut self, a: &mut [u8], b: &mut [u8], stream: &mut Stream) -> usize {
        self.houdayer_with(a, b, [0.0; 2], stream)
    }

    /// The same for replicas at two inverse temperatures: a swap that moves the energy d from b to a is accepted with probability
    /// min(1, exp(-(β₁ - β₂) d)).
    pub fn houdayer_between(&mut self, a: &mut [u8], b: &mut [u8], betas: [f64; 2], stream: &mut Stream) -> usize {
        self.houdayer_with(a, b, betas, stream)
    }

    /// Jörg's move of two replicas at one temperature: all clusters, each flipped in both replicas with probability 1/2 (in a
    /// field: by heat bath). Gives the number of sites flipped.
    pub fn jorg(&mut self, a: &mut [u8], b: &mut [u8], beta: f64, stream: &mut Stream) -> usize {
        self.jorg_between(a, b, [beta; 2], stream)
    }

    /// The same for replicas at two inverse temperatures.
    pub fn jorg_between(&mut self, a: &mut [u8], b: &mut [u8], betas: [f64; 2], stream: &mut Stream) -> usize {
        let activations = match self.last.take() {
            Some(last) if last.serves(betas) => last,
            _ => self.activations(betas),
        };
        let flipped = self.jorg_with(a, b, &activations, stream);
        self.last = Some(activations);
        flipped
    }
}
