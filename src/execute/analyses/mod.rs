//! Analyses of whole results: what needs more than the values at a position.
//!
//! Each is a function of the central values or of one replicate, as [`Evaluation`] says; errors are made there.

pub mod collapse;
pub mod curves;
pub mod disorder;
mod errors;
pub mod fit;
pub mod passage;
pub mod reweight;
pub mod series;

use super::derive::{Evaluation, Position, Tensor};
use crate::plan::{Analysis, Expr};
use crate::statistics::collapse::Collapse;
use crate::statistics::{CrossingWindow, PeakWindow, local};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What is worked out once for all positions and replicates that need it, by what it is worked out from.
#[derive(Default)]
pub struct Memory {
    collapses: RefCell<HashMap<String, Result<Rc<Collapse>, String>>>,
    /// The points whose runs overlap up to a temperature.
    reach: RefCell<HashMap<String, Result<Vec<usize>, String>>>,
    runs: RefCell<HashMap<String, Result<Rc<reweight::Prepared>, String>>>,
}

/// What is chosen on the central values and kept for the replicates: windows of fits, and errors,
/// which have no errors of their own.
#[derive(Default)]
pub struct Windows {
    pub fixed: HashMap<String, Tensor>,
    crossings: HashMap<String, CrossingWindow>,
    peaks: HashMap<String, PeakWindow>,
    pub fits: HashMap<String, fit::Central>,
}

impl Evaluation<'_> {
    /// The value of an analysis of some expressions.
    pub(super) fn analyse(&self, analysis: &Analysis, parts: &[Expr], whole: &Expr, at: &mut Position) -> Result<Tensor, String> {
        // The windows of one node and position are shared by all replicates.
        let key = format!("{whole:p} {at:?}");
        match analysis {
            Analysis::Crossing { along } => self.crossing(along, parts, key, at),
            Analysis::Peak { along, at: abscissa } => self.peak(along, *abscissa, parts, key, at),
            Analysis::Interpolate { along } => self.interpolated(along, parts, at),
            Analysis::Along { axis, op } => self.along(axis, *op, parts, at),
            Analysis::Agrees { .. } | Analysis::ZScore | Analysis::ErrorOf => self.of_errors(analysis, parts, key, at),
            Analysis::At { axis, index } => {
                at.push((axis.clone(), *index));
                let value = self.eval(&parts[0], at);
                at.pop();
                value
            }
            Analysis::Coordinate { axis } => {
                let (x, i) = self.coordinate(&parts[0], axis, at)?;
                Ok(Tensor::number(x.get(i).copied().unwrap_or(f64::NAN)))
            }
            Analysis::Fit { along, first, start, linear, range, gives } => {
                self.fit(&fit::Task { along, first: *first, start, linear: *linear, range: *range }, *gives, parts, key, at)
            }
            Analysis::Collapse(plan) => self.collapse(plan, &parts[0], at),
            Analysis::Reweight(plan) => self.reweight(plan, &parts[0], at),
            Analysis::Derivative { along, points, degree } => {
                let (x, i) = self.coordinate(&parts[0], along, at)?;
                let (_, y) = self.scalars(&parts[0], along, at)?;
                local::derivative(&x, &y, i, *points, *degree).map(Tensor::number)
            }
            Analysis::Integral { along, low, high, trapezoid } => {
                let (x, y) = self.scalars(&parts[0], along, at)?;
                let ends = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |e, x| (e.0.min(*x), e.1.max(*x)));
                let value = local::integral(&x, &y, low.unwrap_or(ends.0), high.unwrap_or(ends.1), *trapezoid)?;
                Ok(Tensor::number(value))
            }
            Analysis::Disorder { axis, local, resamples } => self.disorder(axis, *local, *resamples, parts, at),
            Analysis::Autocorrelation { quantity, lags, integrated } => {
                self.autocorrelation(quantity, *lags, *integrated, &parts[0], at)
            }
            Analysis::Passage { quantity, every, passage } => self.passage(quantity, *every, *passage, &parts[0], at),
            Analysis::Known(known) => {
                let mut arguments = Vec::with_capacity(parts.len());
                for part in parts {
                    arguments.push(self.eval(part, at)?.data.first().copied().unwrap_or(f64::NAN));
                }
                known.of(&arguments).map(Tensor::number)
            }
        }
    }

    /// The coordinates of an axis of an expression, and the position on it.
    fn coordinate(&self, e: &Expr, axis: &str, at: &Position) -> Result<(Vec<f64>, usize), String> {
        let axes = self.results.axes(e);
        let found = axes.iter().find(|a| a.name == axis).ok_or_else(|| format!("there is no axis `{axis}`"))?;
        let i = at
            .iter()
            .rev()
            .find(|(n, _)| n == axis)
            .map(|p| p.1)
            .ok_or_else(|| format!("the axis `{axis}` is not fixed here"))?;
        let n = found.coordinates.len();
        Ok(((0..n).map(|k| found.coordinates.number(k).unwrap_or(k as f64)).collect(), i))
    }
}
