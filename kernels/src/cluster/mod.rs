//! Cluster updates of Ising models: Swendsen-Wang and Wolff.
//!
//! Owns the random decomposition of a graph into clusters of spins joined by satisfied bonds. It must not know
//! lattices by name: what is regular in a graph is found in its list of bonds.
//!
//! A satisfied bond is made active with probability 1 - exp(-2 |β J|) (Swendsen and Wang, Phys. Rev. Lett. 58, 86
//! (1987); Wolff, Phys. Rev. Lett. 62, 361 (1989)). The rule leaves the Boltzmann distribution invariant for couplings of
//! any sign. With frustration the clusters percolate before they help, so that it is exact but slow; [`frustration`] tells
//! whether a model has any. Fields are served on the path for general graphs, see `in_field`.

pub(crate) mod bits;
pub(crate) mod coin;
pub(crate) mod general;
mod graph;
mod in_field;
mod rows;
mod runs;
pub(crate) mod saved;
mod swendsen_wang;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod tree;
mod wolff;
mod wolff_regular;

pub use graph::{Frustration, check, frustration, gauge};
pub use swendsen_wang::SwendsenWang;
pub use wolff::Wolff;
