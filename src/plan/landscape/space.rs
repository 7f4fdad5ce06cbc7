//! Points of the space of the variables, and directions from them.

use super::Matrix;
use serde::{Deserialize, Serialize};

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
