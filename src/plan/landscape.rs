//! What is looked at in the landscape of a differentiable function: native measurements, as data. See `kernels::landscape`.

use super::expr::Expr;
use serde::{Deserialize, Serialize};

/// A look at a function at a point. Its parts (values of one shape each) are named by [`Look::parts`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub what: Probe,
    /// The data set, an index into the plan's; none for a model, or for the task's own.
    pub data: Option<u32>,
    /// Which of equal looks that draw random numbers: its place among the quantities.
    pub stream: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Probe {
    /// The loss, or the energy.
    Loss,
    /// A metric, by number.
    Metric(u32),
    /// The value of a node for a batch without parameters' change: the rate of learning now.
    Rate,
    GradientNorm,
    /// The Euclidean norm of the weights (of one block, by name).
    WeightNorm {
        block: Option<String>,
    },
    /// The distance from the first weights.
    Distance,
    Eigenvalues {
        largest: usize,
        smallest: usize,
        matrix: Matrix,
        tolerance: f64,
    },
    /// All of them: where the dimension is small.
    Spectrum {
        matrix: Matrix,
    },
    Trace {
        method: TraceMethod,
        probes: usize,
        matrix: Matrix,
    },
    Density {
        points: usize,
        probes: usize,
        steps: usize,
        range: Option<(f64, f64)>,
        width: Option<f64>,
        matrix: Matrix,
    },
    /// In random planes.
    MeanCurvature {
        projections: usize,
        products: bool,
    },
    Curvatures {
        projections: usize,
        bins: usize,
    },
    CriticalPoint {
        directions: Directions,
        draws: usize,
        flat: f64,
    },
    Index {
        flat: f64,
    },
    Condition,
    Slice {
        directions: Directions,
        range: (f64, f64),
        points: usize,
    },
    /// The trajectory of the training that is probed, in the plane of a slice.
    Trajectory {
        directions: Directions,
    },
    Interpolation {
        to: At,
        points: usize,
        range: (f64, f64),
        bend: Option<usize>,
    },
    Sharpness {
        radius: f64,
        kind: Sharpness,
        probes: usize,
    },
    EigenvalueMap {
        directions: Directions,
        range: (f64, f64),
        points: usize,
        largest: bool,
    },
    /// The critical point that is nearest downhill of |∇f|².
    Stationary {
        steps: usize,
        tolerance: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matrix {
    Hessian,
    GaussNewton,
    Fisher,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceMethod {
    /// Exact where the layers allow it, else Hutchinson with signs.
    Automatic,
    Exact,
    Rademacher,
    Gaussian,
    HutchPlusPlus,
    /// From values along random lines: no products with the Hessian.
    Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sharpness {
    Worst,
    Average,
    /// One step up the gradient (Foret et al. 2021).
    Sam,
}

/// Directions in the space of the variables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Directions {
    Random {
        count: usize,
        normalise: Normalise,
    },
    /// Eigenvectors, from the largest eigenvalue down and from the smallest up.
    Hessian {
        largest: usize,
        smallest: usize,
        matrix: Matrix,
    },
    /// Principal components of the training's trajectory.
    Trajectory {
        count: usize,
    },
    /// Towards the results of other tasks (two of them span the plane of three minima).
    To(Vec<At>),
    Gradient,
    /// The given vectors.
    Given(std::sync::Arc<Vec<Vec<f64>>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Normalise {
    No,
    /// Length 1.
    Unit,
    /// Each filter as long as that of the weights (Li et al. 2018).
    Filter,
    Layer,
    Weight,
}

/// A point in the space of the variables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum At {
    /// As networks begin; for a model, drawn: reals from a standard normal or within their bounds, angles uniformly.
    Initial,
    Zeros,
    Given(std::sync::Arc<Vec<f64>>),
    /// The weights at the end of a training, or the state of lowest energy of an anneal: by the plan's number of the task, and its point.
    Task {
        task: u32,
        point: u32,
    },
}

/// What a task differentiates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// Indices into the plan's tables.
    Model(u32),
    Network(u32),
}

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
