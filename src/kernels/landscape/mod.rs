//! The geometry of a function of many variables around a point: curvature, spectra, slices, paths. Knows functions only by what
//! [`Objective`] says of them.

pub mod objective;

pub use objective::{Block, Objective};
