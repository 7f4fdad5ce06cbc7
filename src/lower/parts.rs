//! What is evaluated of a differentiable function: its value, its gradient, products with its matrices, each as a program.

use super::landscape::Source;
use crate::kernels::tensor::derivative::{
    empirical_fisher, exact_trace, forms, gauss_newton, gauss_newton_trace, gradient, hessian,
};
use crate::kernels::tensor::simplify::{cone, is_zero, simplify, substitute};
use crate::kernels::tensor::{Binary, Graph, Id, Program};

/// What is compiled of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Value,
    Metrics,
    /// The value, its gradient, and in training the moments of the batch.
    Gradient,
    Hessian,
    /// The Hessian between so many directions.
    Forms(usize),
    GaussNewton,
    Fisher,
    EmpiricalFisher,
    /// The trace of the Hessian, of the Gauss-Newton matrix, and of the Fisher matrix.
    Trace,
    GaussNewtonTrace,
    FisherTrace,
    /// Along so many directions.
    Slice(usize),
}

impl Source {
    /// The first slot that nothing uses.
    pub(super) fn free(&self) -> u32 {
        let fixed = self.fixed.iter().map(|f| f.0 + 1).max().unwrap_or(0);
        fixed.max(self.share.map_or(0, |s| s + 1)).max(self.parameters.len() as u32)
    }

    /// Inputs of the shapes of the parameters, from a slot on.
    fn like_parameters(&self, graph: &mut Graph, first: u32) -> Vec<Id> {
        let shapes: Vec<Vec<usize>> = self.parameters.iter().map(|p| graph.shape(*p).to_vec()).collect();
        shapes.iter().enumerate().map(|(k, shape)| graph.input(first + k as u32, shape)).collect()
    }

    /// What the loss is taken of, where the parameters matter through it alone.
    fn outputs_alone(&self) -> Result<Id, String> {
        let Some(outputs) = self.outputs else {
            return Err("its value is not one loss of the outputs of one layer".into());
        };
        if cone(&self.graph, &[self.value], &[outputs]).iter().any(|id| self.parameters.contains(id)) {
            return Err("its value depends on the weights beside the loss of the outputs".into());
        }
        Ok(outputs)
    }

    /// The outputs, and the mean over the examples of -ln p(target | outputs) with the distribution that the loss stands for. Its
    /// Gauss-Newton matrix is the Fisher matrix, for in the three losses that have one the Hessian by the outputs does not depend on the
    /// target (Martens, J. Mach. Learn. Res. 21, 146 (2020), section 9.2).
    fn likelihood(&self, graph: &mut Graph) -> Result<(Id, Id), String> {
        let (Some(outputs), Some(losses), Some(share)) = (self.outputs, self.losses, self.share) else {
            return Err("its value is not one loss of the outputs of one layer".into());
        };
        if !self.predicts {
            return Err(
                "its loss stands for no distribution of the target, as `cross_entropy`, `binary_cross_entropy` and `mse` do"
                    .into(),
            );
        }
        let share = graph.input(share, &[]);
        let sum = graph.sum_batch(losses);
        Ok((outputs, graph.binary(Binary::Mul, sum, share)))
    }

    /// A part as a graph: its outputs, and how often each slot of the inputs changes.
    fn part(&self, part: Part) -> Result<(Graph, Vec<Id>, Vec<u8>), String> {
        let mut graph = self.graph.clone();
        let (wrt, value, free) = (&self.parameters, self.value, self.free());
        let mut rates = vec![0u8; free as usize];
        let outputs = match part {
            Part::Value => vec![value],
            Part::Metrics => self.metrics.clone(),
            Part::Gradient => {
                let mut all = vec![value];
                all.extend(gradient(&mut graph, value, wrt));
                all.extend(self.moments.iter().map(|m| m.1));
                all
            }
            Part::Hessian | Part::GaussNewton | Part::Fisher | Part::EmpiricalFisher => {
                let directions = self.like_parameters(&mut graph, free);
                rates.resize(free as usize + wrt.len(), 1);
                match part {
                    Part::Hessian => {
                        let g = gradient(&mut graph, value, wrt);
                        hessian(&mut graph, &g, wrt, &directions)
                    }
                    Part::GaussNewton => gauss_newton(&mut graph, value, self.outputs_alone()?, wrt, &directions),
                    Part::Fisher => {
                        let (outputs, mean) = self.likelihood(&mut graph)?;
                        gauss_newton(&mut graph, mean, outputs, wrt, &directions)
                    }
                    _ => {
                        self.outputs_alone()?;
                        let losses = self.losses.ok_or("its value has no part for each example")?;
                        empirical_fisher(&mut graph, value, losses, wrt, &directions)
                    }
                }
            }
            Part::Forms(count) => {
                let directions: Vec<Vec<Id>> =
                    (0..count).map(|k| self.like_parameters(&mut graph, free + (k * wrt.len()) as u32)).collect();
                rates.resize(free as usize + count * wrt.len(), 1);
                forms(&mut graph, value, wrt, &directions)
            }
            Part::Trace => {
                let outputs = self.outputs.ok_or("its value is not one loss of the outputs of one layer")?;
                vec![exact_trace(&mut graph, value, outputs, wrt)?]
            }
            Part::GaussNewtonTrace => vec![gauss_newton_trace(&mut graph, value, self.outputs_alone()?, wrt)?],
            Part::FisherTrace => {
                let (outputs, mean) = self.likelihood(&mut graph)?;
                vec![gauss_newton_trace(&mut graph, mean, outputs, wrt)?]
            }
            Part::Slice(count) => {
                let mut moved = wrt.clone();
                for k in 0..count {
                    let coordinate = graph.input(free + k as u32, &[]);
                    let first = free + (count + k * wrt.len()) as u32;
                    let direction = self.like_parameters(&mut graph, first);
                    for (x, d) in moved.iter_mut().zip(direction) {
                        let shape = graph.shape(d).to_vec();
                        let wide = graph.spread(coordinate, &shape);
                        let step = graph.binary(Binary::Mul, wide, d);
                        *x = graph.binary(Binary::Add, *x, step);
                    }
                }
                rates.resize(free as usize + count, 1);
                rates.resize(free as usize + count + count * wrt.len(), 0);
                let changes: Vec<(Id, Id)> = wrt.iter().copied().zip(moved).collect();
                substitute(&mut graph, &[value], &changes)
            }
        };
        let outputs = simplify(&mut graph, &outputs);
        Ok((graph, outputs, rates))
    }

    /// The program of a part.
    pub fn program(&self, part: Part) -> Result<Program, String> {
        let (graph, outputs, rates) = self.part(part)?;
        Program::new(&graph, &outputs, &rates)
    }

    /// By parameter: whether the derivative is zero everywhere.
    pub fn flat(&self) -> Result<Vec<bool>, String> {
        let (graph, outputs, _) = self.part(Part::Gradient)?;
        Ok(outputs[1..=self.parameters.len()].iter().map(|id| is_zero(&graph, *id)).collect())
    }
}
