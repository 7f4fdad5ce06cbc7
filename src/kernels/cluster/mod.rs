//! Cluster updates of Ising models without a field: Swendsen-Wang and Wolff.
//!
//! Owns the random decomposition of a graph into clusters of spins joined by satisfied bonds. It must not know
//! lattices by name: what is regular in a graph is found in its list of bonds.
//!
//! A satisfied bond is made active with probability 1 - exp(-2 |β J|) (Swendsen and Wang, Phys. Rev. Lett. 58, 86
//! (1987); Wolff, Phys. Rev. Lett. 62, 361 (1989)). The rule leaves the Boltzmann distribution invariant for couplings of
//! any sign. With frustration the clusters percolate before they help, so that it is exact but slow; [`gauge`] tells
//! whether a model has any.

mod bits;
mod general;
mod graph;
mod rows;
mod runs;
mod saved;
mod swendsen_wang;
#[cfg(test)]
mod tests;
mod wolff;
mod wolff_regular;

pub use graph::{check, gauge};
pub use swendsen_wang::SwendsenWang;
pub use wolff::Wolff;
