//! Every method of the language in whole scripts, for every kind of variable that it serves: against exact results, against each
//! other, with honest errors, the same numbers however they are run, and refusals with advice where a method does not serve.
//!
//! Seeds are fixed. Each file states how often its statistical comparisons would fail by chance with other seeds.

use crate::common;

mod conserved;
mod errors;
mod fields;
mod lattices;
mod overlaps;
mod pairs;
mod quadrature;
mod refusals;
mod same;
mod spins;
mod states;
mod support;
