//! What is evaluated of a differentiable function: its value, its gradient, products with its matrices, each as a program.

use super::source::Source;
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
    /// At a point along so many directions.
    Slice(usize),
    /// At [`ROW`] points that differ in the last coordinate: what all have in common is read once.
    Row(usize),
}

/// Points of a row. Lines and planes mostly have an odd number, with the origin in the middle: 21, 41, 51, 101.
pub const ROW: usize = 3;

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
            Part::Slice(count) | Part::Row(count) => {
                let last = count.checked_sub(1).ok_or("a slice has at least one direction")?;
                let points = if let Part::Row(_) = part { ROW } else { 1 };
                let coordinates = last + points;
                let mut along = wrt.clone();
                let step = |graph: &mut Graph, along: &mut [Id], k: usize, coordinate: usize| {
                    let coordinate = graph.input(free + coordinate as u32, &[]);
                    let direction = self.like_parameters(graph, free + (coordinates + k * wrt.len()) as u32);
                    for (x, d) in along.iter_mut().zip(direction) {
                        let shape = graph.shape(d).to_vec();
                        let wide = graph.spread(coordinate, &shape);
                        let step = graph.binary(Binary::Mul, wide, d);
                        *x = graph.binary(Binary::Add, *x, step);
                    }
                };
                (0..last).for_each(|k| step(&mut graph, &mut along, k, k));
                let mut values = vec![];
                for point in 0..points {
                    let mut moved = along.clone();
                    step(&mut graph, &mut moved, last, last + point);
                    let changes: Vec<(Id, Id)> = wrt.iter().copied().zip(moved).collect();
                    values.extend(substitute(&mut graph, &[value], &changes));
                }
                // The last coordinate moves fastest: what depends on those before it alone is kept along a line.
                rates.extend((1..=coordinates).map(|k| k.min(count).min(usize::from(u8::MAX - 2)) as u8));
                rates.resize(free as usize + coordinates + count * wrt.len(), 0);
                values
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
