//! Lowering: from the plan's descriptions to what the kernels take.
//!
//! Owns the normal form of energies, the choice of kernels with its reasons, compiled observables and exact solutions. It knows
//! the plan and the kernels, and nothing of syntax, of files, of statistics, or of the order in which work is done.
//!
//! [`choose`] gives a [`Choice`], which builds samplers; [`Compiled`] measures them; [`choose_exact`] is the `exact` method;
//! [`explain`] says all of it for people; [`resolve`] first replaces results of earlier tasks by their numbers.

mod choose;
mod circle;
mod cooling;
pub mod data;
pub mod drift;
pub mod energy;
mod exact_choice;
pub mod explain;
mod flat;
pub mod function;
mod gather;
mod graph_sink;
pub mod instantiate;
mod interpolate;
mod kernel;
mod known;
pub mod landscape;
mod linear;
pub mod machine;
pub mod materials;
pub mod measure;
pub mod memory;
pub mod network;
mod normal_form;
pub mod number;
mod observe;
pub mod operands;
mod overlaps;
mod pairs;
pub mod parts;
mod potts;
mod prepared;
mod print;
pub mod programs;
mod reduce;
pub mod resolve;
mod rewrite;
mod rows;
mod size;
mod source;
mod stable;
pub mod state;
mod tables;
mod tape;
#[cfg(test)]
mod tests;
mod uniform;
mod vectors;
pub mod work;

pub use choose::{Choice, Refusal, choose, order};
#[cfg(test)]
pub use choose::{choose_named, kernels};
pub use exact_choice::{ExactChoice, ExactValues, choose_exact};
pub use flat::Flat;
pub use graph_sink::scalar_graph;
pub use kernel::{Chain, Kernel};
pub use materials::Materials;
pub use normal_form::{NormalForm, Spin, Term};
pub use number::{inverse_temperature, schedule_at};
pub use observe::{Compiled, Place};
pub use pairs::pair_energy;
pub use prepared::Prepared;
pub use stable::Stability;
pub use state::{States, View};
