//! Derivatives against finite differences, against each other, and against what is worked out otherwise.

pub mod bench;
mod functions;
pub mod networks;
mod operations;
mod products;
mod random_graphs;
mod traces;
