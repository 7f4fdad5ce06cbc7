//! Exact results: enumeration, transfer matrices, and the closed forms of the square lattice.
//!
//! Owns numbers without a statistical error, for their own sake and to judge the samplers by. It must not know how anything is sampled.
//! Boltzmann weights are exp(-β E); logarithms are natural; energies are those of the whole system, constants included.

pub mod critical;
pub mod curie_weiss;
mod enumerate;
mod finite;
mod finite_transfer;
mod kaufman;
mod known;
mod onsager;
mod stream;
mod taylor;
#[cfg(test)]
mod tests;
mod transfer;
mod transfer_order;

pub use enumerate::{EnumState, MOST_SPINS, enumerate};
pub use finite::{FiniteEnergy, MOST_STATES, enumerate_finite};
pub use finite_transfer::{FiniteTransfer, MOST_FRONTIER_STATES, TableEnergy};
pub use kaufman::{Torus, kaufman};
pub use known::Known;
pub use onsager::{Onsager, critical_beta, onsager, spontaneous_magnetisation};
pub use stream::Averages;
pub use transfer::{MOST_FRONTIER, Strip, transfer};
pub use transfer_order::frontier_width;
