//! The geometry of a function of many variables around a point: curvature, spectra, slices, paths. Knows functions only by what
//! [`Objective`] says of them.
//!
//! Random vectors are drawn by key, sums have a fixed shape, and nothing here runs in parallel but the products themselves and what
//! is done with many long vectors at once.

mod basis;
pub mod critical;
pub mod curvature;
pub mod dense;
pub mod density;
pub mod directions;
pub mod draws;
pub mod eigen;
pub mod estimate;
mod lanczos;
pub mod looks;
pub mod maps;
pub mod minres;
pub mod objective;
pub mod operator;
pub mod path;
pub mod sharpness;
pub mod slice;
pub mod special;
pub mod stationary;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod trajectory;
mod tridiagonal;
pub mod vectors;

pub use estimate::{Estimate, Histogram};
pub use objective::{Block, Objective};
pub use operator::{EmpiricalFisher, Fisher, GaussNewton, Hessian, Operator};
