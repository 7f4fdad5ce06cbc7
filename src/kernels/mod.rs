//! The numerics: sampling, exact results, random streams. Arrays and numbers in and out.
//!
//! Nothing here knows a name of a script, a span, a file or a plan.

pub mod bitpacked;
pub mod cluster;
pub mod dense;
pub mod exact;
pub mod field;
pub mod generic;
pub mod observables;
pub mod random;
pub mod sampler;
pub mod sparse;
mod thinning;
