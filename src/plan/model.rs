//! Models in the plan: variables on sites, couplings on graphs, one scalar energy.

use super::draw::Draw;
use super::expr::{Array, Expr};
use super::network::Parameter;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A model with its arguments filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// As it was written, with values: `ising(square(16, 16))`.
    pub name: String,
    pub variables: Vec<Variable>,
    /// Arrays that are trained and not sampled, in the order of their declaration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<Parameter>,
    /// 0 where the units are moved by fields that no energy gives.
    pub energy: Expr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
}

/// The local fields of the spins of a model's only variable, instead of an energy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The bound index that stands for the site.
    pub local: u32,
    /// The field of that site.
    pub body: Expr,
}

/// A variable on sites.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    pub name: String,
    pub sites: usize,
    /// The graph it was declared on, an index into the plan's graphs.
    pub graph: Option<u32>,
    pub space: Space,
}

/// The values that a site can take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Space {
    /// Spins: some numbers, in the order of their positions (ascending, each once).
    Finite(Vec<f64>),
    /// An angle in radians, in (-π, π].
    Circle,
    /// A unit vector in so many dimensions.
    Sphere(u32),
    /// A real number from `low` to `high`; both may be infinite.
    Line { low: f64, high: f64 },
}

impl Space {
    /// The numbers that describe a site.
    pub fn components(&self) -> usize {
        match self {
            Space::Sphere(n) => *n as usize,
            _ => 1,
        }
    }
}

impl Variable {
    /// The values of a spin; none where they are not finite in number.
    pub fn values(&self) -> &[f64] {
        match &self.space {
            Space::Finite(values) => values,
            _ => &[],
        }
    }

    /// The numbers that describe all its sites.
    pub fn components(&self) -> usize {
        self.sites * self.space.components()
    }

    /// `[sites]`, or `[sites, n]` for vectors.
    pub fn shape(&self) -> Vec<usize> {
        match self.space {
            Space::Sphere(n) => vec![self.sites, n as usize],
            _ => vec![self.sites],
        }
    }

    /// As it is declared: `spins`, `angles`, `vectors`, `reals`.
    pub fn kind(&self) -> &'static str {
        match self.space {
            Space::Finite(_) => "spins",
            Space::Circle => "angles",
            Space::Sphere(_) => "vectors",
            Space::Line { .. } => "reals",
        }
    }
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
    /// Made of patterns, p × sites numbers: scale × Σ_μ ξ_i^μ ξ_j^μ for a bond of i and j (Hebb).
    LowRank {
        patterns: Arc<Array>,
        scale: f64,
    },
}

impl CouplingValues {
    /// scale × Σ_μ ξ_i^μ ξ_j^μ of some bonds.
    pub fn of_patterns(patterns: &Array, scale: f64, bonds: impl Iterator<Item = (u32, u32)>) -> Vec<f64> {
        let (p, n) = (patterns.shape[0], patterns.shape.get(1).copied().unwrap_or(0));
        // Site after site, so that a bond reads two rows.
        let mut by_site = vec![0.0; p * n];
        for (mu, pattern) in patterns.data.chunks_exact(n.max(1)).enumerate() {
            pattern.iter().enumerate().for_each(|(i, x)| by_site[i * p + mu] = *x);
        }
        let row = |i: u32| &by_site[i as usize * p..(i as usize + 1) * p];
        let value = |(i, j)| scale * row(i).iter().zip(row(j)).map(|(x, y)| x * y).sum::<f64>();
        bonds.map(value).collect()
    }
}

impl Model {
    /// The number of sites of all variables.
    pub fn sites(&self) -> usize {
        self.variables.iter().map(|v| v.sites).sum()
    }

    /// The numbers of a whole state: one a site, for vectors one a component. They are numbered through, variable by variable.
    pub fn components(&self) -> usize {
        self.variables.iter().map(Variable::components).sum()
    }

    /// The place of a variable's first component in a state.
    pub fn offset(&self, variable: usize) -> usize {
        self.variables[..variable].iter().map(Variable::components).sum()
    }

    /// The number of weights.
    pub fn dimension(&self) -> usize {
        self.weights.iter().map(Parameter::size).sum()
    }

    /// The place of an array of weights among all of them.
    pub fn weight_offset(&self, weight: usize) -> usize {
        self.weights[..weight].iter().map(Parameter::size).sum()
    }

    /// Whether its energy or its fields wait for the results of tasks.
    pub fn is_deferred(&self) -> bool {
        self.energy.is_deferred() || self.field.as_ref().is_some_and(|f| f.body.is_deferred())
    }

    /// Whether all variables are spins.
    pub fn is_finite(&self) -> bool {
        self.variables.iter().all(|v| matches!(v.space, Space::Finite(_)))
    }
}
