//! The steps from a source to the examples that are used.

use super::split::{Part, Split};
use super::{DataSet, Target, shown};
use crate::kernels::random::Key;
use crate::plan::draw::key_pair;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// The first examples.
    Take(usize),
    /// The same examples in a random order.
    Shuffle {
        #[serde(with = "key_pair")]
        key: Key,
    },
    /// One part of a split.
    Split { part: Part, split: Split },
    /// Inputs shifted and scaled by the statistics of a set, or of these examples.
    Normalise { scale: Scale, over: Over, by: Option<Arc<DataSet>> },
    /// A fraction of the examples gets classes drawn uniformly (Zhang et al., ICLR 2017, arXiv:1611.03530).
    Relabel {
        fraction: f64,
        #[serde(with = "key_pair")]
        key: Key,
    },
    /// Inputs above `at` become `high`, the others `low`.
    Threshold { at: f64, low: f64, high: f64 },
    /// Classes as values: 1 for the class, 0 for the others.
    OneHot,
    /// The inputs of an example in one row.
    Flatten,
    /// The inputs of an example in another shape.
    Reshape(Vec<usize>),
    /// The examples of these classes, which are numbered anew in this order.
    Classes(Vec<usize>),
}

/// What normalised inputs have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// Mean 0, variance 1.
    Standard,
    /// Least value 0, largest value 1.
    Unit,
}

/// What statistics are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Over {
    /// Each number of an example by itself, over all examples.
    Features,
    /// Each position of the first direction of the shape: the channels of an image.
    Channels,
    /// Everything together.
    All,
}

impl Step {
    /// As the language calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Take(_) => "take",
            Step::Shuffle { .. } => "shuffle",
            Step::Split { part: Part::Train, .. } => "train",
            Step::Split { part: Part::Validation, .. } => "validation",
            Step::Split { part: Part::Test, .. } => "test",
            Step::Normalise { .. } => "normalise",
            Step::Relabel { .. } => "relabel",
            Step::Threshold { .. } => "threshold",
            Step::OneHot => "one_hot",
            Step::Flatten => "flatten",
            Step::Reshape(_) => "reshape",
            Step::Classes(_) => "classes",
        }
    }
}

/// The number of classes, for a step that needs them.
pub(super) fn classes_of(target: &Target, what: &str) -> Result<usize, String> {
    match target {
        Target::Classes(n) => Ok(*n),
        Target::Values(shape) => Err(format!("{what} needs examples with classes; these have values of shape {}", shown(shape))),
        Target::None => Err(format!("{what} needs examples with classes; these have none")),
    }
}
