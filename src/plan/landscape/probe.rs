//! The probes: one variant each, with its name and the points and directions that it goes to.

use super::{At, Directions, Matrix, Sharpness, TraceMethod};
use serde::{Deserialize, Serialize};

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
