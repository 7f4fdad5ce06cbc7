//! What is read off a curve: where two cross, the highest place, a value between points, reductions along an axis.

use super::super::derive::{Evaluation, Position, Tensor};
use crate::plan::{Expr, Reduction};
use crate::statistics::{CrossingWindow, PeakWindow, interpolate};

impl Evaluation<'_> {
    pub(super) fn crossing(&self, along: &str, parts: &[Expr], key: String, at: &mut Position) -> Result<Tensor, String> {
        let (x, one) = self.scalars(&parts[0], along, at)?;
        let (_, two) = self.scalars(&parts[1], along, at)?;
        let d: Vec<f64> = one.iter().zip(&two).map(|(a, b)| a - b).collect();
        let known = self.windows.borrow().crossings.get(&key).cloned();
        let window = match known {
            Some(window) => window,
            None => {
                let a = self.errors(&parts[0], along, at, x.len());
                let b = self.errors(&parts[1], along, at, x.len());
                let errors: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a * a + b * b).sqrt()).collect();
                let usable = errors.iter().all(|e| e.is_finite() && *e > 0.0);
                let window = CrossingWindow::find(&x, &d, usable.then_some(errors.as_slice()))?;
                self.windows.borrow_mut().crossings.insert(key, window.clone());
                window
            }
        };
        Ok(Tensor::number(window.solve(&d)?))
    }

    pub(super) fn peak(
        &self,
        along: &str,
        abscissa: bool,
        parts: &[Expr],
        key: String,
        at: &mut Position,
    ) -> Result<Tensor, String> {
        let (x, y) = self.scalars(&parts[0], along, at)?;
        let known = self.windows.borrow().peaks.get(&key).cloned();
        let window = match known {
            Some(window) => window,
            None => {
                let errors = self.errors(&parts[0], along, at, x.len());
                let usable = errors.iter().all(|e| e.is_finite() && *e > 0.0);
                let window = PeakWindow::find(&x, &y, usable.then_some(errors.as_slice()))?;
                self.windows.borrow_mut().peaks.insert(key, window.clone());
                window
            }
        };
        let (place, height) = window.solve(&y)?;
        Ok(Tensor::number(if abscissa { place } else { height }))
    }

    pub(super) fn interpolated(&self, along: &str, parts: &[Expr], at: &mut Position) -> Result<Tensor, String> {
        let (x, y) = self.scalars(&parts[0], along, at)?;
        let place = self.eval(&parts[1], at)?.data[0];
        Ok(Tensor::number(interpolate(&x, &y, place)?))
    }

    /// The reduction of each element along an axis.
    pub(super) fn along(&self, axis: &str, op: Reduction, parts: &[Expr], at: &mut Position) -> Result<Tensor, String> {
        let (_, y) = self.curve(&parts[0], axis, at)?;
        let shape = y.first().map(|t| t.shape.clone()).unwrap_or_default();
        let size = y.first().map_or(0, |t| t.data.len());
        let data = (0..size)
            .map(|k| {
                let column: Vec<f64> = y.iter().filter_map(|t| t.data.get(k).copied()).collect();
                if op == Reduction::Mean { crate::statistics::sum::mean(&column) } else { op.of(&column) }
            })
            .collect();
        Ok(Tensor { shape, data })
    }

    /// The values of a scalar expression along an axis, with the coordinates.
    fn curve(&self, e: &Expr, along: &str, at: &mut Position) -> Result<(Vec<f64>, Vec<Tensor>), String> {
        let axes = self.results.axes(e);
        let axis = axes.iter().find(|a| a.name == along).ok_or_else(|| format!("there is no axis `{along}`"))?;
        let mut x = Vec::new();
        let mut y = Vec::new();
        for i in 0..axis.coordinates.len() {
            at.push((along.to_string(), i));
            let value = self.eval(e, at);
            at.pop();
            x.push(axis.coordinates.number(i).unwrap_or(i as f64));
            y.push(value?);
        }
        Ok((x, y))
    }

    /// The same of numbers.
    pub(super) fn scalars(&self, e: &Expr, along: &str, at: &mut Position) -> Result<(Vec<f64>, Vec<f64>), String> {
        let (x, y) = self.curve(e, along, at)?;
        Ok((x, y.into_iter().map(|t| t.data.first().copied().unwrap_or(f64::NAN)).collect()))
    }

    /// The standard errors of a curve where it is a result as it stands.
    pub(super) fn errors(&self, e: &Expr, along: &str, at: &Position, n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let mut position = at.clone();
                position.push((along.to_string(), i));
                self.results.derive_at(e, &position).ok().and_then(|(_, e)| e.first().copied()).unwrap_or(f64::NAN)
            })
            .collect()
    }
}
