//! Potts models on any graph: clusters (Swendsen-Wang, Wolff) and single spins (Metropolis, heat bath).
//!
//! Owns energies E = constant - Σ_bonds J δ(s_i, s_j) - Σ_i h_i[s_i] of spins with q values. It knows arrays, numbers and
//! keys; nothing of lattices. States are positions 0..q; the sum of a lane ([`Sampler::total`](super::sampler::Sampler::total)) is the
//! sum of its positions.
//!
//! Couplings, fields and temperatures may have any sign. Where β J is positive on every bond, clusters are those of
//! Fortuin and Kasteleyn; otherwise they are those of Wang, Swendsen and Kotecký between pairs of colours.

mod chains;
mod clusters;
mod local;
mod model;
mod one;
mod swendsen_wang;
#[cfg(test)]
mod tests;
mod wide;
mod wolff;

pub use local::PottsLocal;
pub use model::PottsEnergy;
pub use swendsen_wang::PottsSwendsenWang;
pub use wolff::PottsWolff;
