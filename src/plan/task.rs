//! Tasks in the plan: what is done at every point of the product of some axes.

use super::expr::Expr;
use crate::results::{AxisValues, Description};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub name: String,
    pub doc: Option<String>,
    pub axes: Vec<AxisValues>,
    /// Columns of the result, in the order of the script: `observe`, then `estimate`.
    pub descriptions: Vec<Description>,
    pub work: Work,
}

/// The points of a task, row-major over its axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Work {
    Sample {
        points: Vec<SamplePoint>,
        /// Replicas are exchanged along this axis.
        exchange: Option<String>,
    },
    Anneal {
        points: Vec<AnnealPoint>,
    },
}

/// What a point's columns are computed from; shared by the points that agree on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Looks {
    pub observe: Vec<Column>,
    /// Observed once, on the last state of each chain.
    pub at_end: bool,
    pub estimate: Vec<Column>,
    pub keep: Vec<Keep>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub expr: Expr,
    pub shape: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Keep {
    /// The time series of observed quantities (by name).
    Series {
        names: Vec<String>,
    },
    /// States: one of every `every` measurements, or only the last.
    States {
        every: u64,
        last: bool,
    },
    Histogram {
        name: String,
        bins: usize,
        low: f64,
        high: f64,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplePoint {
    /// An index into the plan's models.
    pub model: u32,
    pub temperature: Temperature,
    pub method: Method,
    pub start: Start,
    pub warmup: u64,
    pub sweeps: u64,
    pub every: u64,
    pub chains: u32,
    pub replicas: u32,
    pub looks: Arc<Looks>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnealPoint {
    pub model: u32,
    pub schedule: Schedule,
    pub method: Method,
    pub start: Start,
    pub sweeps: u64,
    pub chains: u32,
    pub looks: Arc<Looks>,
}

/// Numbers once the results that they depend on are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Temperature {
    Temperature(Expr),
    Beta(Expr),
}

/// How a model moves, or that it is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    Metropolis,
    HeatBath,
    Wolff,
    SwendsenWang,
    Exact,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Start {
    Random,
    /// Every spin at this position of its set.
    Uniform(u8),
    /// Every spin at its lowest / highest value where variables have different sets.
    Lowest,
    Highest,
    /// A given state: positions of all spins.
    Given(Arc<Vec<u8>>),
}

/// A temperature as a function of progress x in [0, 1].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Schedule {
    Constant(Expr),
    /// T = a + (b - a) x
    Linear(Expr, Expr),
    /// T = a (b / a)^x
    Geometric(Expr, Expr),
    /// T = b + (a - b) (1 + cos πx) / 2
    Cosine(Expr, Expr),
    /// T = 1 / (1/a + (1/b - 1/a) x): linear in the inverse temperature
    Inverse(Expr, Expr),
    /// Values at equal distances of x, joined by straight lines.
    Table(Vec<Expr>),
    /// Parts one after the other, each with its share of the whole.
    Sequence(Vec<(f64, Schedule)>),
}

impl Method {
    /// As it is written in a script.
    pub fn name(self) -> &'static str {
        match self {
            Method::Metropolis => "metropolis",
            Method::HeatBath => "heat_bath",
            Method::Wolff => "wolff",
            Method::SwendsenWang => "swendsen_wang",
            Method::Exact => "exact",
        }
    }
}
