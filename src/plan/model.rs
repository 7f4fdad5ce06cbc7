//! Models in the plan: variables on sites, couplings on graphs, one scalar energy.

use super::draw::Draw;
use super::expr::{Array, Expr};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A model with its arguments filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// As it was written, with values: `ising(square(16, 16))`.
    pub name: String,
    pub variables: Vec<Variable>,
    pub energy: Expr,
}

/// Finite spins on sites.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    pub name: String,
    pub sites: usize,
    /// The graph it was declared on, an index into the plan's graphs.
    pub graph: Option<u32>,
    /// The values that a spin can take, in the order of their positions (ascending, each once).
    pub values: Vec<f64>,
}

/// A number a bond.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Couplings {
    pub name: String,
    /// An index into the plan's graphs.
    pub graph: u32,
    pub values: CouplingValues,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CouplingValues {
    Uniform(Expr),
    /// One draw a bond, in the order of the graph's bonds.
    Random(Arc<Draw>),
    /// One value a bond, in the order of the graph's bonds.
    PerBond(Arc<Array>),
}

impl Model {
    /// The number of spins of all variables. Sites are numbered through: variable by variable.
    pub fn sites(&self) -> usize {
        self.variables.iter().map(|v| v.sites).sum()
    }

    /// The number of the first site of a variable.
    pub fn offset(&self, variable: usize) -> usize {
        self.variables[..variable].iter().map(|v| v.sites).sum()
    }
}
