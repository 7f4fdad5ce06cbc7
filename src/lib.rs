//! Ann: a declarative language for experiments in the statistical mechanics of spin systems.
//!
//! Data flows one way: text → [`syntax`] → [`elaborate`] → [`plan`] → `lower` → [`kernels`] → `execute`
//! → [`results`] → `store`.

pub mod bundle;
pub mod cite;
pub mod cli;
pub mod diagnostic;
pub mod elaborate;
pub mod execute;
pub mod jupyter;
pub mod lower;
pub mod lsp;
pub mod plan;
pub mod plot;
pub mod reference;
pub mod repl;
pub mod report;
pub mod results;
pub mod session;
pub mod statistics;
pub mod store;
pub mod syntax;

/// The numerics, a crate of their own: it can know nothing of scripts, and what changes here does not build it again.
pub use ann_kernels as kernels;
