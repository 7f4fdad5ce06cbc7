//! Time series that `keep` stored, cut as the replicates of their point are.

use super::super::derive::{Evaluation, Position, Tensor, labels};
use crate::plan::Expr;
use crate::results::{Kept, PointResult, TaskResult};
use crate::statistics::binning::bins_of;
use crate::statistics::{autocorrelation, integrated_time};

/// A kept series of a point.
pub fn series<'r>(task: &TaskResult, point: usize, result: &'r PointResult, name: &str) -> Result<(usize, &'r [f64]), String> {
    let found = result.kept.iter().find_map(|(n, kept)| match kept {
        Kept::Series { chains, data, .. } if n == name => Some((*chains, data.as_slice())),
        _ => None,
    });
    found.ok_or_else(|| format!("`{}` kept no series of `{name}` at {}", task.name, labels(task, point)))
}

/// The number of a point of a task: coordinates that a result was taken at, then the position.
pub fn point_at(t: &TaskResult, fixed: &[(String, usize)], at: &Position) -> Result<usize, String> {
    let mut point = 0;
    for axis in &t.axes {
        let i = fixed.iter().chain(at.iter().rev()).find(|(n, _)| *n == axis.name).map(|(_, i)| *i);
        let i = i.ok_or_else(|| format!("the axis `{}` is not fixed here", axis.name))?;
        point = point * axis.coordinates.len() + i;
    }
    Ok(point)
}

impl Evaluation<'_> {
    /// A point that has a result.
    pub(super) fn finished(&self, task: &str, point: usize) -> Result<&PointResult, String> {
        let t = self.results.tasks.get(task).ok_or_else(|| format!("the task `{task}` has not run"))?;
        let found = t.points.get(point).and_then(Option::as_ref).filter(|p| p.failed.is_none());
        found.ok_or_else(|| format!("`{task}` has no result at {}", labels(t, point)))
    }

    pub(super) fn autocorrelation(
        &self,
        quantity: &str,
        lags: usize,
        integrated: bool,
        of: &Expr,
        at: &mut Position,
    ) -> Result<Tensor, String> {
        let Expr::Result { task, at: fixed, .. } = of else { return Err("only a quantity of a task has a series".into()) };
        let t = *self.results.tasks.get(task.as_str()).ok_or_else(|| format!("the task `{task}` has not run"))?;
        let point = point_at(t, fixed, at)?;
        let result = self.finished(task, point)?;
        let (chains, data) = series(t, point, result, quantity)?;
        let length = data.len() / chains.max(1);
        if length <= lags {
            return Err(format!(
                "the series of `{quantity}` at {} has {length} measurements, too few for {lags} lags",
                labels(t, point)
            ));
        }
        let bins = result.quantities.iter().map(|(_, q)| q.replicates.len()).max().unwrap_or(0);
        // Without a bin a chain is two pieces: no pair of samples reaches across the gap.
        let left_out = self.replicate(task, point, result);
        let mut pieces: Vec<&[f64]> = Vec::new();
        let bin = bins_of(chains, data.len(), bins.max(1));
        for c in 0..chains {
            let range = c * length..(c + 1) * length;
            let mut start = range.start;
            for i in range.clone() {
                if left_out == Some(bin[i]) {
                    if start < i {
                        pieces.push(&data[start..i]);
                    }
                    start = i + 1;
                }
            }
            pieces.push(&data[start..range.end]);
        }
        let whole: Vec<&[f64]> = data.chunks(length.max(1)).collect();
        if integrated {
            // The window of all samples, so that replicates differ by what they hold only.
            let time = integrated_time(&whole);
            if !time.resolved || time.tau.is_nan() {
                return Err(format!(
                    "the series of `{quantity}` at {} is too short to tell its autocorrelation time",
                    labels(t, point)
                ));
            }
            let rho = autocorrelation(&pieces, time.window);
            let (w, n) = ((2 * time.window + 1) as f64, pieces.iter().map(|p| p.len()).sum::<usize>() as f64);
            let sum = 0.5 + rho[1..].iter().sum::<f64>();
            // The bias of the estimated mean, as in the times that tables show.
            return Ok(Tensor::number(sum * (1.0 + w / n) / (1.0 + 2.0 * sum.max(0.0) / n)));
        }
        let lag = at.iter().rev().find(|(n, _)| n == "lag").map(|p| p.1).ok_or("the axis `lag` is not fixed here")?;
        let rho = autocorrelation(&pieces, lag);
        rho.get(lag).copied().map(Tensor::number).ok_or_else(|| format!("the series of `{quantity}` has no lag {lag}"))
    }
}
