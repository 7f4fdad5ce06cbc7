//! What is looked at in the landscape of a differentiable function: native measurements, as data. See `kernels::landscape`.

mod parts;
mod probe;
mod space;
mod ways;

pub use parts::{KINDS, Part, steps};
pub use probe::Probe;
pub use space::{At, Directions, Normalise};
pub use ways::{Matrix, Sharpness, TraceMethod};

use super::expr::Expr;
use crate::results::AxisValues;
use serde::{Deserialize, Serialize};

/// A look at a function at a point. Its parts (values of one shape each) are given by [`Probe::parts`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub what: Probe,
    /// The data set, an index into the plan's; none for a model, or for the task's own.
    pub data: Option<u32>,
    /// Which of equal looks that draw random numbers: its place among the quantities.
    pub stream: String,
}

impl Look {
    /// The name of the quantity that it belongs to.
    pub fn quantity(&self) -> &str {
        self.stream.rsplit_once(' ').map_or(self.stream.as_str(), |s| s.0)
    }
}

/// What a task differentiates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// Indices into the plan's tables.
    Model(u32),
    Network(u32),
    /// The weights of a model, by what its law says of data.
    Machine(u32),
}

/// Networks of at most so many weights are probed in double precision unless a script says otherwise.
pub const SMALL: usize = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Precision {
    F32,
    F64,
}

/// A named quantity of a `probe` or a `record`: an expression of [`Expr::Look`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookColumn {
    pub name: String,
    pub expr: Expr,
    /// Its own named dimensions, besides the axes of the task (and the times of the record).
    pub axes: Vec<AxisValues>,
    pub shape: Vec<usize>,
}

/// A point of a `probe`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbePoint {
    pub subject: Subject,
    pub at: At,
    /// The data set of looks that name none.
    pub data: Option<u32>,
    /// The training whose weights are probed, for what speaks of its trajectory: (task, point).
    pub of: Option<(u32, u32)>,
    pub precision: Precision,
    pub seed: i64,
    pub columns: std::sync::Arc<Vec<LookColumn>>,
    pub looks: std::sync::Arc<Vec<Look>>,
}
