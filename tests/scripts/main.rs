//! Whole scripts, the command, the prompt, editors and notebooks, from outside.
//!
//! One crate, so that it is linked once: a file a concern, chosen by name: `cargo test --release --test scripts machines`.

mod common;

mod analysis;
mod cli;
mod diagnostics;
mod editors;
mod figures;
mod file;
mod gradients;
mod guide;
mod honest_errors;
mod jupyter;
mod ladders;
mod lsp;
mod machines;
mod memory;
mod methods;
mod networks;
mod observables;
mod physics;
mod potts;
mod repl;
mod report;
mod same_numbers;
