//! Quantities derived from results: values and errors of expressions over tasks.
//!
//! An expression is evaluated at one position of its axes at a time. Its error comes from the joint
//! jackknife replicates of every point that it uses: points are independent sources.

mod evaluate;
mod lookup;
mod source;

pub(super) use evaluate::Evaluation;
pub(super) use lookup::{labels, place};
pub(super) use source::Source;

use super::analyses::{Memory, Windows};
use crate::plan::Expr;
use crate::results::{AxisValues, PointResult, TaskResult};
use crate::statistics::{Group, propagate};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A value with its shape, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

impl Tensor {
    pub(super) fn number(x: f64) -> Tensor {
        Tensor { shape: vec![], data: vec![x] }
    }
}

/// A derived quantity with its errors, row-major over its axes, then over its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    pub axes: Vec<AxisValues>,
    pub shape: Vec<usize>,
    pub value: Vec<f64>,
    pub error: Vec<f64>,
}

/// The results that expressions may use.
pub struct Results<'r> {
    pub(super) tasks: BTreeMap<&'r str, &'r TaskResult>,
    /// A point that is missing beside others that are there is no number, rather than an error.
    partial: bool,
    /// What many positions and replicates share.
    pub(super) memory: Memory,
}

pub(super) type Position = Vec<(String, usize)>;

impl<'r> Results<'r> {
    pub fn new(tasks: &'r [TaskResult]) -> Results<'r> {
        Results { tasks: tasks.iter().map(|t| (t.name.as_str(), t)).collect(), partial: false, memory: Default::default() }
    }

    /// Results of which points may be missing.
    pub fn partial(tasks: &'r [TaskResult]) -> Results<'r> {
        Results { partial: true, ..Results::new(tasks) }
    }

    /// Whether points may be missing.
    pub(super) fn is_partial(&self) -> bool {
        self.partial
    }

    /// The axes that an expression runs over.
    pub fn axes(&self, e: &Expr) -> Vec<AxisValues> {
        let mut axes: Vec<AxisValues> = Vec::new();
        match e {
            Expr::Result { task, quantity, at } => {
                if let Some(t) = self.tasks.get(task.as_str()) {
                    let all = t.axes.iter().chain(t.own_axes(quantity));
                    axes.extend(all.filter(|a| !at.iter().any(|(n, _)| *n == a.name)).cloned());
                }
            }
            other => {
                other.for_each_part(&mut |part| {
                    for axis in self.axes(part) {
                        if !axes.iter().any(|a| a.name == axis.name) {
                            axes.push(axis);
                        }
                    }
                });
                if let Expr::Analyse(analysis, _) = other {
                    axes.retain(|a| !analysis.bound().contains(&a.name.as_str()));
                    axes.extend(analysis.made());
                }
            }
        }
        axes
    }

    /// The value and the errors of an expression at all positions of its axes.
    pub fn derive(&self, e: &Expr) -> Result<Labelled, String> {
        let axes = self.axes(e);
        let mut out = Labelled { axes: axes.clone(), shape: vec![], value: vec![], error: vec![] };
        for position in Self::positions(&axes) {
            let (tensor, error) = self.derive_at(e, &position)?;
            out.shape = tensor.shape;
            out.value.extend(tensor.data);
            out.error.extend(error);
        }
        Ok(out)
    }

    /// All positions of an expression's axes, row by row.
    fn positions(axes: &[AxisValues]) -> impl Iterator<Item = Position> + '_ {
        let count: usize = axes.iter().map(|a| a.coordinates.len()).product();
        (0..count).map(move |k| {
            let mut rest = k;
            let mut position = Vec::new();
            for axis in axes.iter().rev() {
                position.push((axis.name.clone(), rest % axis.coordinates.len()));
                rest /= axis.coordinates.len();
            }
            position
        })
    }

    /// The replicates of an expression that the first point of a task stands for alone: `[bin][element]`.
    pub fn replicates(&self, e: &Expr, task: &str) -> Result<Vec<Vec<f64>>, String> {
        let point = self.tasks.get(task).and_then(|t| t.points.first()).and_then(|p| p.as_ref());
        let bins = point.map_or(0, PointResult::replicates);
        let source = Source::Point { task: task.to_string(), point: 0, bins };
        let axes = self.axes(e);
        let mut out = vec![Vec::new(); bins];
        for position in Self::positions(&axes) {
            let windows = RefCell::new(Windows::default());
            // What the replicates share is chosen on the central values.
            Evaluation::new(self, &windows, None).eval(e, &mut position.clone())?;
            for (bin, all) in out.iter_mut().enumerate() {
                all.extend(Evaluation::new(self, &windows, Some((&source, bin))).eval(e, &mut position.clone())?.data);
            }
        }
        Ok(out)
    }

    /// The value and the error at one position.
    pub(super) fn derive_at(&self, e: &Expr, position: &Position) -> Result<(Tensor, Vec<f64>), String> {
        let windows = RefCell::new(Windows::default());
        let central = Evaluation::new(self, &windows, None);
        let value = central.eval(e, &mut position.clone())?;
        let sources: Vec<Source> = central.used.into_inner().into_iter().filter(|s| s.replicates() > 1).collect();
        // Each source's replicates enter as one input: the number of the replicate. Zero is the
        // central value, so that all that comes from a source moves together.
        let inputs = vec![0.0; sources.len()];
        let groups: Vec<Group> = sources
            .iter()
            .enumerate()
            .map(|(k, s)| Group { inputs: vec![k], replicates: (1..=s.replicates()).map(|b| vec![b as f64]).collect() })
            .collect();
        let size = value.data.len();
        let derived = propagate(&inputs, &groups, &mut |x: &[f64]| {
            let replaced = x.iter().position(|&b| b != 0.0).map(|k| (&sources[k], x[k] as usize - 1));
            match Evaluation::new(self, &windows, replaced).eval(e, &mut position.clone()) {
                Ok(t) => t.data,
                Err(_) => vec![f64::NAN; size],
            }
        })?;
        let error = derived
            .iter()
            .map(|d| {
                if d.error.is_nan() {
                    return d.error;
                }
                // Resamples scatter as the estimate itself does: Σ(..)² / (B - 1), where a jackknife has (B - 1)/B Σ(..)².
                let part = |(p, s): (&f64, &Source)| match s {
                    Source::Resamples { count, .. } => p * (*count as f64).sqrt() / (*count as f64 - 1.0),
                    _ => *p,
                };
                d.parts.iter().zip(&sources).map(part).map(|p| p * p).sum::<f64>().sqrt()
            })
            .collect();
        Ok((value, error))
    }
}
