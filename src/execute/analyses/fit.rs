//! Least-squares fits of curves by formulas.
//!
//! Points are weighted by their errors. A parameter's error comes from the replicates of all runs that the curve rests on (the fit
//! repeated with each, weights kept), so correlations between points count. A curve without any error is fitted with
//! equal weights, and its parameters' errors come from leaving out each point in turn: from the scatter about the fit.

use super::super::derive::{Evaluation, Position, Source, Tensor};
use crate::plan::Expr;
use crate::plan::analysis::FitMember;
use crate::plan::scalar::{Leaves, number};
use crate::statistics::distribution::chi2_survival;
use crate::statistics::least_squares::{Affine, Differences, Fit, least_squares};

/// What is fitted, apart from the data.
pub struct Task<'t> {
    pub along: &'t str,
    pub first: u32,
    pub start: &'t [f64],
    pub linear: bool,
    pub range: (f64, f64),
}

/// The fit of the central values: where the fits of replicates start.
#[derive(Clone, Debug)]
pub struct Central {
    /// The points that count.
    used: Vec<usize>,
    weights: Vec<f64>,
    /// The points have errors.
    judged: bool,
    fit: Fit,
}

struct Bound<'b> {
    first: u32,
    x: f64,
    parameters: &'b [f64],
}

impl Leaves for Bound<'_> {
    fn local(&self, k: u32) -> f64 {
        match k.checked_sub(self.first) {
            Some(0) => self.x,
            Some(i) => self.parameters.get(i as usize - 1).copied().unwrap_or(f64::NAN),
            None => f64::NAN,
        }
    }
}

impl Evaluation<'_> {
    pub(super) fn fit(
        &self,
        task: &Task,
        gives: FitMember,
        parts: &[Expr],
        key: String,
        at: &mut Position,
    ) -> Result<Tensor, String> {
        let (x, y) = self.scalars(&parts[0], task.along, at)?;
        let formula = self.bind(&parts[1], at)?;
        let known = self.windows.borrow().fits.get(&key).cloned();
        let central = match known {
            Some(known) => known,
            None => {
                let central = self.first_fit(task, &parts[0], &formula, &x, &y, at)?;
                self.windows.borrow_mut().fits.insert(key.clone(), central.clone());
                central
            }
        };
        let scatter = Source::Scatter { fit: key, count: central.used.len() };
        let mut used = central.used.clone();
        let mut weights = central.weights.clone();
        if !central.judged && central.fit.freedom > 0 {
            self.uses(scatter.clone());
            if let Some((source, k)) = self.replaced
                && *source == scatter
            {
                used.remove(k);
                weights.remove(k);
            }
        }
        Ok(match gives {
            FitMember::Parameter(k) => {
                let start = &central.fit.parameters;
                let fit = solve(task, &formula, &pick(&x, &used), &pick(&y, &used), &weights, start)?;
                Tensor::number(fit.parameters[k])
            }
            // What judges a fit has no error of its own.
            FitMember::Chi2 => Tensor::number(if central.judged { central.fit.chi2 } else { f64::NAN }),
            FitMember::Freedom => Tensor::number(central.fit.freedom as f64),
            FitMember::PValue => {
                Tensor::number(if central.judged { chi2_survival(central.fit.chi2, central.fit.freedom) } else { f64::NAN })
            }
            FitMember::Covariance => {
                let n = task.start.len();
                // Without errors the scatter sets the scale.
                let scale = if central.judged { 1.0 } else { central.fit.chi2 / central.fit.freedom as f64 };
                Tensor { shape: vec![n, n], data: central.fit.covariance.iter().map(|c| c * scale).collect() }
            }
        })
    }

    fn first_fit(
        &self,
        task: &Task,
        curve: &Expr,
        formula: &Expr,
        x: &[f64],
        y: &[f64],
        at: &Position,
    ) -> Result<Central, String> {
        let errors = self.errors(curve, task.along, at, x.len());
        let used: Vec<usize> = (0..x.len())
            .filter(|&i| x[i] >= task.range.0 && x[i] <= task.range.1 && y[i].is_finite() && errors[i].is_finite())
            .collect();
        if used.is_empty() {
            return Err(format!("no point lies between {} and {}, with a finite value and error", task.range.0, task.range.1));
        }
        let largest = used.iter().map(|&i| errors[i]).fold(0.0, f64::max);
        // A point that happens to have no error must not outweigh all others.
        let weights: Vec<f64> = used.iter().map(|&i| if largest > 0.0 { errors[i].max(0.01 * largest) } else { 1.0 }).collect();
        let fit = solve(task, formula, &pick(x, &used), &pick(y, &used), &weights, task.start)?;
        Ok(Central { used, weights, judged: largest > 0.0, fit })
    }

    /// A formula with everything in it that is not bound worked out.
    fn bind(&self, e: &Expr, at: &mut Position) -> Result<Expr, String> {
        if !e.contains(&|e| matches!(e, Expr::Local(_))) {
            let t = self.eval(e, at)?;
            return match t.data[..] {
                [x] if t.shape.is_empty() => Ok(Expr::Number(x)),
                _ => Ok(Expr::List(t.data.into_iter().map(Expr::Number).collect())),
            };
        }
        let mut trouble = None;
        let bound = e.map_parts(&mut |part| {
            self.bind(part, at).unwrap_or_else(|reason| {
                trouble = Some(reason);
                Expr::Number(f64::NAN)
            })
        });
        trouble.map_or(Ok(bound), Err)
    }
}

fn pick(values: &[f64], used: &[usize]) -> Vec<f64> {
    used.iter().map(|&i| values[i]).collect()
}

fn solve(task: &Task, formula: &Expr, x: &[f64], y: &[f64], errors: &[f64], start: &[f64]) -> Result<Fit, String> {
    let function = |i: usize, p: &[f64]| number(formula, &Bound { first: task.first, x: x[i], parameters: p }, &mut 0);
    if task.linear {
        least_squares(&Affine { points: x.len(), function }, y, errors, start, true)
    } else {
        least_squares(&Differences { points: x.len(), function }, y, errors, start, false)
    }
}
