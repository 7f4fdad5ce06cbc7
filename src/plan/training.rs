//! Training in the plan: how weights (or reals) move downhill.

use super::landscape::{At, Look, LookColumn, Precision, Subject};
use super::task::Schedule;
use crate::results::{AxisValues, Coordinates};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An optimiser with the course of its rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimising {
    pub rule: Optimiser,
    pub rate: Schedule,
    /// Every step takes all of the data.
    pub full: bool,
}

/// A point of a `train`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainPoint {
    pub subject: Subject,
    /// An index into the plan's data sets; none for a model.
    pub data: Option<u32>,
    pub optimiser: Optimising,
    /// Examples of a step; none: all of them.
    pub batch: Option<u64>,
    /// Passes over the data; steps where there are no data.
    pub epochs: u64,
    pub seed: i64,
    pub start: At,
    pub precision: Precision,
    pub stop: Option<EarlyStop>,
    pub looks: Arc<Records>,
    /// Of the weights of a model: where the gradient comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning: Option<Learning>,
}

/// How the weights of a model follow data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learning {
    pub rule: LearningRule,
    /// Offsets of centred units follow the means at this rate.
    pub centring: Option<f64>,
    /// Of the probability of the last value of each hidden unit: its target, and the strength of the penalty.
    pub sparsity: Option<(f64, f64)>,
    /// Sweeps of hidden units under clamped data, where they are coupled.
    pub clamped: u64,
}

/// Where the gradient of a log-likelihood, or of what stands for it, comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LearningRule {
    /// Chains from the data (Hinton 2002).
    Contrastive {
        steps: u64,
    },
    /// Chains that go on from step to step (Tieleman 2008); `chains`: as many as a batch has examples unless given.
    Persistent {
        steps: u64,
        chains: Option<u64>,
    },
    /// With weights of their own for the chains, that forget (Tieleman and Hinton 2009).
    Fast {
        steps: u64,
        chains: Option<u64>,
    },
    /// At several temperatures, with exchanges (Desjardins et al. 2010).
    Tempered {
        steps: u64,
        chains: Option<u64>,
        temperatures: u64,
    },
    /// Sums over all states.
    Exact,
    /// Mean field (order 1), or with the reaction of the fields (2, 3).
    MeanField {
        order: u8,
        steps: u64,
    },
    PseudoLikelihood,
    RatioMatching,
}

impl LearningRule {
    /// Whether its gradient comes with states of the law: a sum over all of them, or chains that go on.
    pub fn has_states(&self) -> bool {
        matches!(
            self,
            LearningRule::Exact | LearningRule::Persistent { .. } | LearningRule::Fast { .. } | LearningRule::Tempered { .. }
        )
    }

    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            LearningRule::Contrastive { .. }
            | LearningRule::Persistent { .. }
            | LearningRule::Fast { .. }
            | LearningRule::Tempered { .. } => "contrastive_divergence",
            LearningRule::Exact => "exact_gradient",
            LearningRule::MeanField { order: 1, .. } => "mean_field_gradient",
            LearningRule::MeanField { .. } => "tap",
            LearningRule::PseudoLikelihood => "pseudo_likelihood",
            LearningRule::RatioMatching => "ratio_matching",
        }
    }
}

/// What is written down on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Records {
    /// Blocks of `record`, each with its times.
    pub blocks: Vec<Record>,
    pub looks: Vec<Look>,
    /// The parameters at these times; the last are always kept.
    pub parameters: Option<Times>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub times: Times,
    pub columns: Vec<LookColumn>,
}

/// Moments of a training: 0 is before the first step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// In steps, or in epochs.
    pub steps: bool,
    /// Ascending.
    pub at: Arc<Vec<u64>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyStop {
    /// A recorded quantity: its block and its place there.
    pub block: u32,
    pub column: u32,
    /// Records without a new minimum (or maximum) before the training stops.
    pub patience: u64,
    pub maximum: bool,
    /// The weights at the best record are the result.
    pub restore: bool,
}

/// How a step follows from a gradient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Optimiser {
    /// Stochastic gradient descent, with momentum as in PyTorch: v ← m v + g, θ ← θ - rate v.
    Sgd {
        momentum: f64,
        nesterov: bool,
        decay: f64,
        clip: Option<f64>,
    },
    /// Kingma and Ba 2015; `decoupled`: the decay of Loshchilov and Hutter 2019.
    Adam {
        beta1: f64,
        beta2: f64,
        epsilon: f64,
        decay: f64,
        decoupled: bool,
        clip: Option<f64>,
    },
    RmsProp {
        memory: f64,
        epsilon: f64,
        momentum: f64,
        decay: f64,
        clip: Option<f64>,
    },
    /// Full batches with a line search (Nocedal and Wright, ch. 7).
    Lbfgs {
        memory: usize,
        tolerance: f64,
    },
    /// Sampling exp(-loss / T) by stochastic gradient Langevin dynamics (Welling and Teh 2011).
    Langevin {
        temperature: Schedule,
        decay: f64,
    },
    /// Along F⁻¹ of the gradient, F the covariance of the statistics of a machine's law (Amari 1998), by so many conjugate-gradient steps.
    NaturalGradient {
        damping: f64,
        steps: u64,
        momentum: f64,
        decay: f64,
        clip: Option<f64>,
    },
    /// Downhill along the most negative curvature where the gradient is small, else along the gradient.
    Escape {
        momentum: f64,
        every: u64,
        step: f64,
    },
}

impl Optimiser {
    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Optimiser::Sgd { .. } => "sgd",
            Optimiser::Adam { decoupled: false, .. } => "adam",
            Optimiser::Adam { decoupled: true, .. } => "adamw",
            Optimiser::RmsProp { .. } => "rmsprop",
            Optimiser::Lbfgs { .. } => "lbfgs",
            Optimiser::Langevin { .. } => "sgld",
            Optimiser::NaturalGradient { .. } => "natural_gradient",
            Optimiser::Escape { .. } => "escape",
        }
    }
}

impl Times {
    /// The axis of the moments.
    pub fn axis(&self) -> AxisValues {
        let name = if self.steps { "step" } else { "epoch" };
        AxisValues { name: name.into(), coordinates: Coordinates::Int(self.at.iter().map(|&t| t as i64).collect()) }
    }
}
