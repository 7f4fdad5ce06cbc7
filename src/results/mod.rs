//! What a run gives: quantities with their errors, on labelled axes. The executor makes them, the
//! store writes and reads them, pictures and tables show them. Plain data; no computing here.

use serde::{Deserialize, Serialize};

/// The values of one named axis of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisValues {
    pub name: String,
    pub coordinates: Coordinates,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Coordinates {
    Int(Vec<i64>),
    Real(Vec<f64>),
    /// Names of methods, models and the like.
    Text(Vec<String>),
}

impl Coordinates {
    pub fn len(&self) -> usize {
        match self {
            Coordinates::Int(v) => v.len(),
            Coordinates::Real(v) => v.len(),
            Coordinates::Text(v) => v.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A coordinate as a number, where it is one.
    pub fn number(&self, i: usize) -> Option<f64> {
        match self {
            Coordinates::Int(v) => v.get(i).map(|&x| x as f64),
            Coordinates::Real(v) => v.get(i).copied(),
            Coordinates::Text(_) => None,
        }
    }

    /// A coordinate as a person reads it.
    pub fn label(&self, i: usize) -> String {
        match self {
            Coordinates::Int(v) => v[i].to_string(),
            Coordinates::Real(v) => format!("{}", v[i]),
            Coordinates::Text(v) => v[i].clone(),
        }
    }
}

/// One quantity at one point. `value` and its companions are row-major over `shape` (empty: a number).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Quantity {
    pub shape: Vec<usize>,
    pub value: Vec<f64>,
    /// Standard errors; zero for exact results.
    pub error: Vec<f64>,
    /// Integrated autocorrelation time in measurements, effective sample size, R-hat. Empty for
    /// quantities that are not plain averages (`estimate`, `best_energy`, exact results).
    pub tau: Vec<f64>,
    pub ess: Vec<f64>,
    pub rhat: Vec<f64>,
    /// Jackknife replicates: `[bin][element]`, joint for all quantities of a point. Empty: no error.
    pub replicates: Vec<Vec<f64>>,
}

impl Quantity {
    /// A number without error.
    pub fn exact(value: f64) -> Quantity {
        Quantity { value: vec![value], error: vec![0.0], ..Quantity::default() }
    }

    /// The part at a place on its leading dimensions: its shape, values and errors. `None` outside of what it has.
    pub fn part(&self, at: &[usize]) -> Option<(&[usize], &[f64], &[f64])> {
        let (leading, rest) = self.shape.split_at_checked(at.len())?;
        if at.iter().zip(leading).any(|(i, n)| i >= n) {
            return None;
        }
        let size: usize = rest.iter().product();
        let start = at.iter().zip(leading).fold(0, |place, (i, n)| place * n + i) * size;
        let value = self.value.get(start..start + size)?;
        Some((rest, value, self.error.get(start..start + size).unwrap_or_default()))
    }
}

/// Data that `keep` asked for, at one point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kept {
    /// Row-major over `[chains, samples]`; stored under /TASK/series/NAME.
    Series { chains: usize, samples: usize, data: Vec<f64> },
    /// Row-major over `[chains, samples, sites]`, spin values; stored as /TASK/states (i8 where all
    /// values are whole numbers that fit, else f32).
    States { chains: usize, samples: usize, sites: usize, data: Vec<f32> },
    /// Densities over equal bins of `[low, high]`, with errors; stored as /TASK/NAME_histogram.
    Histogram { low: f64, high: f64, density: Vec<f64>, error: Vec<f64>, outside: f64 },
    /// Any other array, stored as /TASK/NAME with its own dimension names.
    Array { dimensions: Vec<String>, shape: Vec<usize>, data: Vec<f64> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A code of the table of diagnostics, `W0101`.
    pub code: String,
    pub message: String,
}

/// Everything that one point of a task gave. Serialised whole as a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointResult {
    /// The content hash of the point: what it computes and its random streams.
    pub hash: String,
    pub kernel: String,
    pub wall_seconds: f64,
    pub quantities: Vec<(String, Quantity)>,
    pub kept: Vec<(String, Kept)>,
    pub warnings: Vec<Warning>,
    /// Why the point failed, if it did.
    pub failed: Option<String>,
}

impl PointResult {
    /// How many replicates its quantities have.
    pub fn replicates(&self) -> usize {
        self.quantities.iter().map(|(_, q)| q.replicates.len()).max().unwrap_or(0)
    }

    /// A quantity by its name.
    pub fn quantity(&self, name: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|(n, _)| n == name).map(|(_, q)| q)
    }
}

impl Description {
    /// Of a quantity that the language gives.
    pub fn new(name: &str, expression: &str) -> Description {
        Description { name: name.into(), expression: expression.into(), ..Description::default() }
    }
}

/// What a column of a task is, apart from its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Description {
    pub name: String,
    /// The source text it was computed from.
    pub expression: String,
    pub units: Option<String>,
    pub doc: Option<String>,
    /// Its own named dimensions, besides the axes of the task: the leading ones of its shape.
    pub axes: Vec<AxisValues>,
}

/// A task with the results of its points, row-major over the axes; `None` where a point is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskResult {
    pub name: String,
    /// `sample`, `anneal`, ...
    pub kind: String,
    pub doc: Option<String>,
    pub plan_hash: String,
    /// The order in which the kernels update the sites.
    pub updates: String,
    pub axes: Vec<AxisValues>,
    pub descriptions: Vec<Description>,
    pub points: Vec<Option<PointResult>>,
}

impl TaskResult {
    /// The named dimensions of a quantity, besides the axes of the task.
    pub fn own_axes(&self, quantity: &str) -> &[AxisValues] {
        self.descriptions.iter().find(|d| d.name == quantity).map_or(&[], |d| &d.axes)
    }
}

/// A top-level quantity computed from results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Derived {
    pub name: String,
    pub expression: String,
    pub doc: Option<String>,
    pub axes: Vec<AxisValues>,
    /// Row-major over the axes, then over `shape`.
    pub shape: Vec<usize>,
    pub value: Vec<f64>,
    pub error: Vec<f64>,
    /// Text instead of numbers (`show "..."`).
    pub text: Option<String>,
}

/// A claim and its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub expression: String,
    pub holds: bool,
    /// The numbers behind the verdict, for a person: `2.2689(4) vs 2.26919, 0.7 sigma`.
    pub detail: String,
}

/// Everything that a file holds.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RunResult {
    pub header: Header,
    pub tasks: Vec<TaskResult>,
    pub derived: Vec<Derived>,
    pub claims: Vec<Claim>,
}

/// Where the numbers come from.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Header {
    pub ann_version: String,
    /// RFC 3339, UTC.
    pub created: String,
    pub seed: u64,
    /// The command line, the program's name first.
    pub command: Vec<String>,
    pub host: String,
    pub title: Option<String>,
    /// Further attributes of `experiment`: authors, doi, ...
    pub attributes: Vec<(String, String)>,
    pub doc: Option<String>,
    /// (name, text): the script first, then the modules it used.
    pub sources: Vec<(String, String)>,
    /// (name, documentation, JSON value) of each `param`, as used.
    pub params: Vec<(String, Option<String>, String)>,
    /// `NAME=VALUE` of each `--set`.
    pub overrides: Vec<String>,
    /// The plan, JSON text.
    pub plan: String,
    /// True when every point of every task is there and none failed.
    pub complete: bool,
}
