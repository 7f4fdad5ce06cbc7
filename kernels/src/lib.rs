//! The numerics: sampling, exact results, random streams. Arrays and numbers in and out.
//!
//! Nothing here knows a name of a script, a span, a file or a plan.

pub mod bitpacked;
mod cache;
pub mod checkerboard;
pub mod cluster;
pub mod colouring;
pub mod continuous;
pub mod dense;
pub mod exact;
pub mod exchange;
pub mod field;
pub mod flat;
pub mod generic;
pub mod kawasaki;
pub mod kinetic;
pub mod landscape;
pub mod machine;
pub mod observables;
pub mod optimise;
pub mod overlap;
pub mod patterns;
pub mod population;
pub mod potts;
pub mod random;
pub mod random_order;
pub mod replica_clusters;
pub mod sampler;
pub mod sliced;
pub mod sparse;
pub mod tensor;
mod thinning;
pub mod units;
pub mod vector;
