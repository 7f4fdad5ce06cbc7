//! What is looked at in the landscape of a differentiable function: native measurements, as data. See `kernels::landscape`.

use super::expr::Expr;
use crate::results::{AxisValues, Coordinates};
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Probe {
    /// The loss, or the energy.
    Loss,
    /// A metric, by number.
    Metric(u32),
    /// The rate of the optimiser now.
    Rate,
    GradientNorm,
    /// The Euclidean norm of the weights (of one block, by name).
    WeightNorm {
        block: Option<String>,
    },
    /// The distance from the first weights.
    Distance,
    /// A part of the variables, as they are: from here on, in a shape.
    Variables {
        start: usize,
        shape: Vec<usize>,
    },
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
    /// Their principal and mean curvatures, each.
    Curvatures {
        projections: usize,
    },
    CriticalPoint {
        directions: Directions,
        draws: usize,
        flat: f64,
    },
    /// The number of negative eigenvalues: where the dimension is small.
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
    /// Of a machine, on data: the mean of what a conditional law of each visible unit gives (Besag 1975).
    PseudoLikelihood,
    /// The mean square by which visible units differ from their means given those of the hidden units.
    Reconstruction,
    /// The mean of -ln Σ_h exp(-E(v, h)).
    FreeEnergy,
    /// The mean of ln p(v), by the sum over all states.
    LogLikelihood,
    /// ln Z by the sum over all states.
    LogZ,
    /// ln Z by annealed importance sampling (Neal 2001), with its error; `data`: the law at the beginning follows the means of the data.
    AnnealedImportance {
        chains: usize,
        temperatures: usize,
        fitted: bool,
        back: bool,
    },
    /// Σ p ln(p / p_machine) of a law of the visible states.
    Divergence {
        target: std::sync::Arc<Vec<f64>>,
    },
    /// The autocorrelation time of the energy along chains, and split R-hat: of copies of the training's own chains, or of so many.
    Mixing {
        chains: usize,
        sweeps: usize,
    },
    /// The singular values of an array of weights, downwards.
    SingularValues {
        block: String,
        count: usize,
    },
    /// The weights of each hidden unit of a matrix, as images of rows and columns.
    ReceptiveFields {
        block: String,
        units: usize,
        image: [usize; 2],
    },
    /// States of the visible units from chains with a random start, as images.
    Gallery {
        count: usize,
        sweeps: usize,
        image: [usize; 2],
    },
    /// Means of the visible units of the first `count` examples where only the sites `given` are known, as images, and the mean square
    /// by which the others miss the examples.
    Completion {
        given: std::sync::Arc<Vec<u32>>,
        count: usize,
        sweeps: usize,
        image: [usize; 2],
    },
}

/// An array that a look gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What is added to the quantity's name; empty for the first part.
    pub suffix: &'static str,
    /// Its named dimensions, then those without names.
    pub axes: Vec<AxisValues>,
    pub shape: Vec<usize>,
}

impl Part {
    fn of(suffix: &'static str, axes: &[AxisValues], shape: &[usize]) -> Part {
        Part { suffix, axes: axes.to_vec(), shape: shape.to_vec() }
    }

    /// All sizes, those of the axes first.
    pub fn sizes(&self) -> Vec<usize> {
        self.axes.iter().map(|a| a.coordinates.len()).chain(self.shape.iter().copied()).collect()
    }
}

/// What a projection can look like, in the order of [`Probe::CriticalPoint`]'s values.
pub const KINDS: [&str; 4] = ["minimum", "maximum", "saddle", "flat"];

fn numbered(name: &str, count: usize) -> AxisValues {
    AxisValues { name: name.into(), coordinates: Coordinates::Int((0..count as i64).collect()) }
}

/// Equal steps from the first to the last.
pub fn steps(range: (f64, f64), points: usize) -> Vec<f64> {
    let last = points.max(2) - 1;
    (0..points).map(|k| if k == last { range.1 } else { range.0 + (range.1 - range.0) * k as f64 / last as f64 }).collect()
}

fn stepped(name: &str, range: (f64, f64), points: usize) -> AxisValues {
    AxisValues { name: name.into(), coordinates: Coordinates::Real(steps(range, points)) }
}

/// So many images.
fn images(name: &str, count: usize, [rows, columns]: [usize; 2]) -> Vec<AxisValues> {
    vec![numbered(name, count), numbered("row", rows), numbered("column", columns)]
}

/// The axes of a slice along some directions.
fn plane(directions: &Directions, range: (f64, f64), points: usize) -> Vec<AxisValues> {
    ["α", "β"].iter().take(directions.count()).map(|name| stepped(name, range, points)).collect()
}

impl Probe {
    /// The arrays that it gives. `dimension`: the number of variables; `times`: the axis of the trajectory that it looks at.
    pub fn parts(&self, dimension: usize, times: Option<&AxisValues>) -> Vec<Part> {
        let number = || vec![Part::of("", &[], &[])];
        match self {
            Probe::Eigenvalues { largest, smallest, .. } => {
                let n = largest + smallest;
                vec![Part::of("", &[], &[n]), Part::of("residual", &[], &[n])]
            }
            Probe::Spectrum { .. } => vec![Part::of("", &[], &[dimension])],
            Probe::Density { points, range, .. } => {
                let grid = [match range {
                    Some(range) => stepped("grid", *range, *points),
                    None => numbered("grid", *points),
                }];
                vec![Part::of("", &grid, &[]), Part::of("eigenvalue", &grid, &[])]
            }
            Probe::Curvatures { projections } => {
                let axis = [numbered("projection", *projections)];
                ["", "first", "second"].iter().map(|suffix| Part::of(suffix, &axis, &[])).collect()
            }
            Probe::CriticalPoint { .. } => {
                let kinds = Coordinates::Text(KINDS.iter().map(|k| k.to_string()).collect());
                vec![Part::of("", &[AxisValues { name: "kind".into(), coordinates: kinds }], &[])]
            }
            Probe::Slice { directions, range, points } | Probe::EigenvalueMap { directions, range, points, .. } => {
                vec![Part::of("", &plane(directions, *range, *points), &[])]
            }
            Probe::Trajectory { directions } => {
                let times: Vec<AxisValues> = times.cloned().into_iter().collect();
                vec![Part::of("", &times, &[directions.count()]), Part::of("explained", &[], &[directions.count()])]
            }
            Probe::Interpolation { points, range, .. } => {
                vec![Part::of("", &[stepped("t", *range, *points)], &[]), Part::of("barrier", &[], &[])]
            }
            Probe::Stationary { .. } => {
                let mut parts: Vec<Part> =
                    ["", "gradient_norm", "index", "distance"].iter().map(|suffix| Part::of(suffix, &[], &[])).collect();
                parts.push(Part::of("point", &[], &[dimension]));
                parts
            }
            Probe::Variables { shape, .. } => vec![Part::of("", &[], shape)],
            Probe::AnnealedImportance { .. } => vec![Part::of("", &[], &[]), Part::of("effective", &[], &[])],
            Probe::Mixing { .. } => vec![Part::of("", &[], &[]), Part::of("r_hat", &[], &[])],
            Probe::SingularValues { count, .. } => vec![Part::of("", &[], &[*count])],
            Probe::ReceptiveFields { units, image, .. } => vec![Part::of("", &images("unit", *units, *image), &[])],
            Probe::Gallery { count, image, .. } => vec![Part::of("", &images("example", *count, *image), &[])],
            Probe::Completion { count, image, .. } => {
                vec![Part::of("", &images("example", *count, *image), &[]), Part::of("error", &[], &[])]
            }
            Probe::Loss
            | Probe::PseudoLikelihood
            | Probe::Reconstruction
            | Probe::FreeEnergy
            | Probe::LogLikelihood
            | Probe::LogZ
            | Probe::Divergence { .. }
            | Probe::Metric(_)
            | Probe::Rate
            | Probe::GradientNorm
            | Probe::WeightNorm { .. }
            | Probe::Distance
            | Probe::Trace { .. }
            | Probe::MeanCurvature { .. }
            | Probe::Index { .. }
            | Probe::Condition
            | Probe::Sharpness { .. } => number(),
        }
    }
}

impl Probe {
    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Probe::Loss => "loss",
            Probe::Metric(_) => "metric",
            Probe::Rate => "learning_rate",
            Probe::GradientNorm => "gradient_norm",
            Probe::WeightNorm { .. } => "weight_norm",
            Probe::Distance => "distance",
            Probe::Variables { .. } => "variables",
            Probe::Eigenvalues { .. } => "hessian_eigenvalues",
            Probe::Spectrum { .. } => "hessian_spectrum",
            Probe::Trace { .. } => "hessian_trace",
            Probe::Density { .. } => "hessian_density",
            Probe::MeanCurvature { .. } => "mean_curvature",
            Probe::Curvatures { .. } => "projected_curvatures",
            Probe::CriticalPoint { .. } => "critical_point",
            Probe::Index { .. } => "hessian_index",
            Probe::Condition => "condition_number",
            Probe::Slice { .. } => "slice",
            Probe::Trajectory { .. } => "trajectory",
            Probe::Interpolation { .. } => "interpolation",
            Probe::Sharpness { .. } => "sharpness",
            Probe::EigenvalueMap { .. } => "eigenvalue_map",
            Probe::Stationary { .. } => "stationary_point",
            Probe::PseudoLikelihood => "pseudo_likelihood",
            Probe::Reconstruction => "reconstruction_error",
            Probe::FreeEnergy => "free_energy",
            Probe::LogLikelihood => "log_likelihood",
            Probe::LogZ => "exact_log_z",
            Probe::AnnealedImportance { .. } => "annealed_importance",
            Probe::Divergence { .. } => "kl_divergence",
            Probe::Mixing { .. } => "chain_mixing",
            Probe::SingularValues { .. } => "singular_values",
            Probe::ReceptiveFields { .. } => "receptive_fields",
            Probe::Gallery { .. } => "gallery",
            Probe::Completion { .. } => "completion",
        }
    }

    /// Whether it is of the weights of a model with a law, and of nothing else.
    pub fn of_machine(&self) -> bool {
        matches!(
            self,
            Probe::PseudoLikelihood
                | Probe::Reconstruction
                | Probe::FreeEnergy
                | Probe::LogLikelihood
                | Probe::LogZ
                | Probe::AnnealedImportance { .. }
                | Probe::Divergence { .. }
                | Probe::Mixing { .. }
                | Probe::SingularValues { .. }
                | Probe::ReceptiveFields { .. }
                | Probe::Gallery { .. }
                | Probe::Completion { .. }
        )
    }

    /// Other points that it goes to.
    pub fn points(&self) -> Vec<&At> {
        match (self, self.directions()) {
            (Probe::Interpolation { to, .. }, _) => vec![to],
            (_, Some(Directions::To(points))) => points.iter().collect(),
            _ => vec![],
        }
    }

    /// The directions that it goes along.
    pub fn directions(&self) -> Option<&Directions> {
        match self {
            Probe::Slice { directions, .. }
            | Probe::EigenvalueMap { directions, .. }
            | Probe::CriticalPoint { directions, .. }
            | Probe::Trajectory { directions } => Some(directions),
            _ => None,
        }
    }
}

impl Directions {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Directions::Random { count, .. } | Directions::Trajectory { count } => *count,
            Directions::Hessian { largest, smallest, .. } => largest + smallest,
            Directions::To(points) => points.len(),
            Directions::Gradient => 1,
            Directions::Given(vectors) => vectors.len(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matrix {
    Hessian,
    GaussNewton,
    /// Of the distribution that the outputs predict.
    Fisher,
    /// Of the gradients at the targets of the data.
    EmpiricalFisher,
}

impl Matrix {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Matrix::Hessian => "hessian",
            Matrix::GaussNewton => "gauss_newton",
            Matrix::Fisher => "fisher",
            Matrix::EmpiricalFisher => "empirical_fisher",
        }
    }
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum At {
    #[default]
    /// As networks (and the weights of models) begin; for a model, drawn: reals from a standard normal or within their bounds, angles uniformly.
    Initial,
    Zeros,
    Given(std::sync::Arc<Vec<f64>>),
    /// The weights at the end of a training, or the state of lowest energy of an anneal: by the plan's number of the task, and its point.
    Task {
        task: u32,
        point: u32,
    },
    /// The weights that a training kept on its way: the number of the moment among those that it kept.
    Kept {
        task: u32,
        point: u32,
        moment: u32,
    },
}

impl At {
    /// Whether it is where everything begins.
    pub fn is_initial(&self) -> bool {
        *self == At::Initial
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
