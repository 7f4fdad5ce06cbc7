//! Optimisers: how parameters follow from gradients. Knows no networks and no data.

pub mod lbfgs;
pub mod order;
pub mod rules;

pub use lbfgs::Lbfgs;
pub use order::shuffled;
pub use rules::{Rule, Stepper};
