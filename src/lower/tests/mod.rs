//! Tests of lowering: small models, written down as the elaborator would.

mod agreement;
mod choice;
mod exact;
mod forms;
mod looks;
mod machines;
mod models;
mod overlaps;
mod potts;
