//! Ann: a declarative language for experiments in the statistical mechanics of spin systems.
//!
//! Data flows one way: text → [`syntax`] → [`elaborate`] → [`plan`] → `lower` → [`kernels`] → `execute`
//! → [`results`] → `store`.

pub mod cli;
pub mod diagnostic;
pub mod elaborate;
pub mod execute;
pub mod kernels;
pub mod lower;
pub mod plan;
pub mod plot;
pub mod reference;
pub mod repl;
pub mod results;
pub mod session;
pub mod statistics;
pub mod store;
pub mod syntax;
