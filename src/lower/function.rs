//! What is looked at in a landscape: a loss or an energy as a graph, or the log-likelihood of a machine by sums over its states.

use super::drift::Drift;
use super::landscape::Landscape;
use super::parts::Part;
use crate::kernels::landscape::{Block, Objective};
use crate::kernels::tensor::Real;

/// A differentiable function at a point.
pub enum Function<T: Real> {
    Graph(Box<Landscape<T>>),
    /// The mean over data of -ln p.
    Law(Box<dyn Objective>),
}

impl<T: Real> Function<T> {
    /// What batch normalisation keeps, for all that follows.
    pub fn fix(&mut self, buffers: &[Vec<f64>]) {
        if let Function::Graph(f) = self {
            f.fix(buffers);
        }
    }

    /// What batch normalisation keeps goes with the point from now on.
    pub fn follow(&mut self, drift: Option<Drift>) {
        if let Function::Graph(f) = self {
            f.follow(drift);
        }
    }

    /// The values of the metrics at the point.
    pub fn metrics(&mut self) -> Result<Vec<f64>, String> {
        match self {
            Function::Graph(f) => f.metrics(),
            Function::Law(_) => Err("a law has no metrics".into()),
        }
    }

    /// The number that a part is; `None` where the function is no graph.
    pub fn trace_of(&mut self, part: Part) -> Option<Result<f64, String>> {
        match self {
            Function::Graph(f) => Some(f.trace_of(part)),
            Function::Law(_) => None,
        }
    }

    fn inner(&self) -> &dyn Objective {
        match self {
            Function::Graph(f) => &**f,
            Function::Law(f) => &**f,
        }
    }

    fn inner_mut(&mut self) -> &mut dyn Objective {
        match self {
            Function::Graph(f) => &mut **f,
            Function::Law(f) => &mut **f,
        }
    }
}

impl<T: Real> Objective for Function<T> {
    fn dimension(&self) -> usize {
        self.inner().dimension()
    }

    fn blocks(&self) -> &[Block] {
        self.inner().blocks()
    }

    fn move_to(&mut self, x: &[f64]) {
        self.inner_mut().move_to(x);
    }

    fn value(&mut self) -> f64 {
        self.inner_mut().value()
    }

    fn gradient(&mut self, out: &mut [f64]) -> f64 {
        self.inner_mut().gradient(out)
    }

    fn hessian(&mut self, v: &[f64], out: &mut [f64]) {
        self.inner_mut().hessian(v, out);
    }

    fn forms(&mut self, directions: &[Vec<f64>]) -> Vec<f64> {
        self.inner_mut().forms(directions)
    }

    fn gauss_newton(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.inner_mut().gauss_newton(v, out)
    }

    fn fisher(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.inner_mut().fisher(v, out)
    }

    fn empirical_fisher(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.inner_mut().empirical_fisher(v, out)
    }

    fn slice(&mut self, origin: &[f64], directions: &[Vec<f64>], points: &[Vec<f64>], out: &mut [f64]) {
        self.inner_mut().slice(origin, directions, points, out);
    }
}
