//! Networks in the plan: layers on inputs, one loss. A network is a model whose variables are its weights.
//!
//! Nodes stand in the order of evaluation. Shapes leave the batch out; a node that is `batched` has a value for each example.

use super::draw::Distribution;
use super::expr::Expr;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A network with its arguments filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Network {
    /// As it was written, with values: `classifier(16)`.
    pub name: String,
    pub inputs: Vec<Input>,
    pub parameters: Vec<Parameter>,
    /// Running averages of batch normalisation: not trained, kept with the weights.
    pub buffers: Vec<Buffer>,
    pub nodes: Vec<Node>,
    /// The node of the loss: one number for a batch.
    pub loss: u32,
    /// Named numbers for a batch.
    pub metrics: Vec<(String, u32)>,
}

/// What an example brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    pub name: String,
    /// Empty for a class or a number.
    pub shape: Vec<usize>,
    /// `class(10)`: a whole number below.
    pub classes: Option<usize>,
}

/// An array of weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Of its layer: `h1.weight`.
    pub name: String,
    pub shape: Vec<usize>,
    pub initial: Initial,
    /// The dimension that numbers the units (filters) of the layer; none for biases, scales and the like.
    pub unit: Option<usize>,
}

/// Weights before training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Initial {
    Draw(Distribution),
    /// Orthogonal rows or columns (Saxe et al. 2014), times a gain.
    Orthogonal {
        gain: f64,
    },
    Constant(f64),
    Given(Arc<Vec<f64>>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buffer {
    pub name: String,
    pub size: usize,
    /// What every element is before training.
    pub initial: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The binding that it is the value of.
    pub name: Option<String>,
    pub value: Compute,
    pub shape: Vec<usize>,
    pub batched: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Compute {
    /// By number.
    Input(u32),
    Parameter(u32),
    /// Elementwise operations on [`Expr::Node`], numbers and arrays of the node's shape, and folds: a fold of something batched runs
    /// over the batch too.
    Expr(Expr),
    /// Of earlier nodes.
    Layer(Layer, Vec<u32>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Layer {
    /// (x [.., n], weight [n, m], bias [m]?) -> [.., m]
    Dense,
    /// (x [c, h, w], weight [o, c / groups, kh, kw], bias [o]?)
    Conv2d {
        stride: [usize; 2],
        padding: [usize; 2],
        groups: usize,
    },
    /// (x, scale, shift) with the buffers `mean` and `mean + 1` (variance): over the batch (and the places of each channel).
    BatchNorm {
        mean: u32,
        momentum: f64,
        epsilon: f64,
    },
    /// (x, scale, shift): over the elements of each example.
    LayerNorm {
        epsilon: f64,
    },
    MaxPool {
        window: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
    },
    AvgPool {
        window: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
    },
    /// The mean over the places of each channel.
    GlobalPool,
    Reshape,
    /// In training, each element is 0 with this probability, and the others are larger for it.
    Dropout {
        rate: f64,
    },
    /// (index [..], table [v, d]) -> [.., d]
    Embedding,
    /// Along this dimension.
    Concat {
        dim: usize,
    },
    /// An element or a part along the first dimension.
    Part {
        start: usize,
    },
    Softmax,
    LogSoftmax,
    ArgMax,
    /// (y, target) -> the mean over the batch: one number.
    Loss(Loss),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loss {
    /// (logits [.., c], class [..])
    CrossEntropy,
    /// Mean over elements of (y - target)².
    MeanSquares,
    /// (scores [c], class), the multi-class hinge of Crammer and Singer; or (score, ±1 or class of 2).
    Hinge,
    /// (logits, 0 or 1), mean over elements.
    BinaryCrossEntropy,
}

impl Parameter {
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Network {
    /// The buffers that hold variances, by number.
    pub fn variances(&self) -> Vec<usize> {
        let variance = |node: &Node| match node.value {
            Compute::Layer(Layer::BatchNorm { mean, .. }, _) => Some(mean as usize + 1),
            _ => None,
        };
        self.nodes.iter().filter_map(variance).collect()
    }

    /// The number of weights.
    pub fn dimension(&self) -> usize {
        self.parameters.iter().map(Parameter::size).sum()
    }
}
