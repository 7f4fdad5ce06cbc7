//! Where a training is: everything that a checkpoint holds.

use crate::kernels::tensor::Real;
use crate::plan::training::TrainPoint;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State<T> {
    pub x: Vec<T>,
    pub buffers: Vec<Vec<f64>>,
    /// Whole epochs done, steps of the next, steps in all.
    pub epoch: u64,
    pub step: u64,
    pub total: u64,
    /// The records of the first moment are made.
    pub started: bool,
    pub rate: f64,
    /// The optimiser's memory.
    pub first: Vec<T>,
    pub second: Vec<T>,
    pub steps: u64,
    /// Of early stopping: the best value, the records since, the weights there.
    pub record: f64,
    pub patience: u64,
    pub best: Option<(Vec<T>, Vec<Vec<f64>>)>,
}

impl<T: Real> State<T> {
    pub fn new(point: &[f64], buffers: &[Vec<f64>], p: &TrainPoint) -> State<T> {
        let best = if p.stop.as_ref().is_some_and(|s| s.maximum) { f64::NEG_INFINITY } else { f64::INFINITY };
        State {
            x: point.iter().map(|x| T::from_f64(*x)).collect(),
            buffers: buffers.to_vec(),
            epoch: 0,
            step: 0,
            total: 0,
            started: false,
            rate: f64::NAN,
            first: vec![],
            second: vec![],
            steps: 0,
            record: best,
            patience: 0,
            best: None,
        }
    }

    /// The parameters as numbers.
    pub fn point(&self) -> Vec<f64> {
        self.x.iter().map(|x| x.to_f64()).collect()
    }

    /// Goes on from a checkpoint of the same size.
    pub fn restore(&mut self, saved: State<T>) -> bool {
        let fits = saved.x.len() == self.x.len() && saved.buffers.len() == self.buffers.len();
        if fits {
            *self = saved;
        }
        fits
    }
}
