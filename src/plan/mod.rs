//! The plan (IR): what a script asks for, checked and complete, as plain serialisable data.
//!
//! Nothing in here knows how it was written (no syntax) or how it will be computed (no kernel).

pub mod analysis;
pub mod data;
pub mod draw;
pub mod expr;
pub mod files;
pub mod graph;
pub mod landscape;
pub mod measure;
pub mod method;
pub mod model;
pub mod network;
pub mod operations;
pub mod output;
pub mod scalar;
pub mod task;
pub mod training;

pub use expr::{Analysis, Domain, Expr, Function, Op, Reduction};
pub use landscape::{At, Look, LookColumn, Precision, Probe, ProbePoint, Subject};
pub use measure::Measure;
pub use method::{Method, Order, Rates, Ties, UnitRule};
pub use model::{CouplingValues, Couplings, Model, Space, Variable};
pub use network::{Layer, Network};
pub use output::{Output, PlotPlan};
pub use task::{AnnealPoint, Column, Keep, Ladder, Looks, SamplePoint, Schedule, Start, Task, Temperature, Until, Work, lines};
pub use training::{Learning, LearningRule, Optimiser, TrainPoint};

use serde::{Deserialize, Serialize};

/// A whole checked script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Plan {
    pub title: Option<String>,
    pub seed: u64,
    /// Graphs and couplings that expressions name by index, each once.
    pub graphs: Vec<graph::Graph>,
    pub couplings: Vec<Couplings>,
    /// Instances of models, each once.
    pub models: Vec<Model>,
    pub networks: Vec<Network>,
    /// Data sets, each once.
    pub data: Vec<data::DataSet>,
    /// In the order of the script; a task uses only results of tasks before it.
    pub tasks: Vec<Task>,
    /// What is shown, claimed and drawn, in the order of the script.
    pub outputs: Vec<Output>,
}

impl Task {
    /// The number of points.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|a| a.coordinates.len()).product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The coordinates' positions of a point, one an axis.
    pub fn position(&self, point: usize) -> Vec<usize> {
        let mut rest = point;
        let mut position = vec![0; self.axes.len()];
        for (k, axis) in self.axes.iter().enumerate().rev() {
            position[k] = rest % axis.coordinates.len();
            rest /= axis.coordinates.len();
        }
        position
    }

    /// The coordinates of a point as text, one an axis: `L=16`.
    pub fn labels(&self, point: usize) -> Vec<String> {
        self.position(point).iter().zip(&self.axes).map(|(&i, a)| format!("{}={}", a.name, a.coordinates.label(i))).collect()
    }

    /// `sample`, `anneal`, `train` or `probe`.
    pub fn kind(&self) -> &'static str {
        match self.work {
            Work::Sample { .. } => "sample",
            Work::Anneal { .. } => "anneal",
            Work::Train { .. } => "train",
            Work::Probe { .. } => "probe",
        }
    }
}
