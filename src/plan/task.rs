//! Tasks in the plan: what is done at every point of the product of some axes.

use super::expr::Expr;
use super::landscape::{At, ProbePoint};
use super::method::Method;
use super::training::TrainPoint;
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
        /// The points along an axis that run together.
        ladder: Option<Ladder>,
    },
    Anneal {
        points: Vec<AnnealPoint>,
    },
    Train {
        points: Vec<TrainPoint>,
    },
    Probe {
        points: Vec<ProbePoint>,
    },
}

/// Points that run as one: they exchange their states, or all come from one run (see [`Method::is_ladder`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// The axis along which they lie; `None`: each point is alone.
    pub axis: Option<String>,
    /// Replica exchange along the axis.
    pub exchange: bool,
    /// The temperatures between the ends are moved in the warm-up, for equal rates of exchange.
    pub adaptive: bool,
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
    /// States at least `every` sweeps apart, or only the last.
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
    /// What ends a chain before its sweeps are used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    pub looks: Arc<Looks>,
    /// The weights of the model, where it has some.
    #[serde(default, skip_serializing_if = "At::is_initial")]
    pub weights: At,
    /// Components that stand for numbers in the model, with these numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clamped: Vec<(u32, f64)>,
}

/// What ends a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// No single unit would move.
    FixedPoint,
    /// A state comes back, of a dynamics without chance.
    Cycle,
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
    #[serde(default, skip_serializing_if = "At::is_initial")]
    pub weights: At,
}

/// Numbers once the results that they depend on are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Temperature {
    Temperature(Expr),
    Beta(Expr),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Start {
    Random,
    /// Every spin at its lowest / highest value; vectors against / along their first axis, angles at π / 0, reals at their bound, or
    /// at -1 / 1 where they have none.
    Lowest,
    Highest,
    /// A given state: the values of all variables.
    Given(Arc<Vec<f64>>),
    /// A state that comes from results.
    Computed(Arc<Expr>),
    /// A state with a share of its spins, drawn for each chain, at another of their values.
    Flip {
        of: Box<Start>,
        fraction: f64,
    },
    /// One start a chain, from the first again where there are more chains.
    Each(Vec<Start>),
}

impl Start {
    /// The start of a chain.
    pub fn of(&self, chain: u32) -> &Start {
        match self {
            Start::Each(all) => all.get(chain as usize % all.len().max(1)).unwrap_or(self),
            one => one,
        }
    }

    /// The same with states from results filled in.
    pub fn resolved(&self, value: &mut dyn FnMut(&Expr) -> Result<Vec<f64>, String>) -> Result<Start, String> {
        Ok(match self {
            Start::Computed(e) => Start::Given(Arc::new(value(e)?)),
            Start::Flip { of, fraction } => Start::Flip { of: Box::new(of.resolved(value)?), fraction: *fraction },
            Start::Each(all) => Start::Each(all.iter().map(|s| s.resolved(value)).collect::<Result<_, _>>()?),
            other => other.clone(),
        })
    }
}

/// A temperature as a function of progress x in [0, 1].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Schedule {
    /// Geometric, from where most moves are taken to where the model is frozen, by its couplings.
    Automatic,
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
    /// `first`, and after every so many epochs (of an anneal: sweeps) `factor` times what it was.
    Steps {
        first: f64,
        factor: f64,
        every: u64,
    },
    /// From 0 in a straight line over so many epochs (sweeps), then another schedule over what is left.
    WarmUp {
        over: u64,
        then: Box<Schedule>,
    },
    /// A function of the epoch (sweep): the coordinate `epoch`.
    Function(Expr),
    /// Parts one after the other, each with its share of the whole.
    Sequence(Vec<(f64, Schedule)>),
}

/// The points along an axis, for each choice of the other coordinates; each point alone where there is no such axis.
pub fn lines(axes: &[AxisValues], axis: &str, points: usize) -> Vec<Vec<usize>> {
    let Some(at) = axes.iter().position(|a| a.name == axis) else { return (0..points).map(|k| vec![k]).collect() };
    let n = axes[at].coordinates.len();
    let stride: usize = axes[at + 1..].iter().map(|a| a.coordinates.len()).product();
    (0..points).filter(|k| (k / stride).is_multiple_of(n)).map(|first| (0..n).map(|i| first + i * stride).collect()).collect()
}
