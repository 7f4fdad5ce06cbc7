//! Time series that `keep` stored, cut as the replicates of their point are.

use super::super::derive::{Evaluation, Position, Tensor, labels, place};
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

/// The kept series of a quantity at a point.
pub struct Series<'r> {
    pub task: &'r TaskResult,
    pub point: usize,
    pub chains: usize,
    /// Chain after chain.
    pub data: &'r [f64],
    /// How many replicates the point has, and the one that stands in, if one does.
    pub bins: usize,
    pub left_out: Option<usize>,
}

impl Evaluation<'_> {
    /// The series of a quantity of a task, at a position.
    pub(super) fn series_of(&self, quantity: &str, of: &Expr, at: &Position) -> Result<Series<'_>, String> {
        let Expr::Result { task: name, at: fixed, .. } = of else {
            return Err("only a quantity of a task has a series".into());
        };
        let task = *self.results.tasks.get(name.as_str()).ok_or_else(|| format!("the task `{name}` has not run"))?;
        let point = place(&task.axes, fixed, at)?;
        let result = self.finished(name, point)?;
        let (chains, data) = series(task, point, result, quantity)?;
        Ok(Series { task, point, chains, data, bins: result.replicates(), left_out: self.replicate(name, point, result) })
    }

    pub(super) fn autocorrelation(
        &self,
        quantity: &str,
        lags: usize,
        integrated: bool,
        of: &Expr,
        at: &mut Position,
    ) -> Result<Tensor, String> {
        let Series { task, point, chains, data, bins, left_out } = self.series_of(quantity, of, at)?;
        let length = data.len() / chains.max(1);
        if length <= lags {
            return Err(format!(
                "the series of `{quantity}` at {} has {length} measurements, too few for {lags} lags",
                labels(task, point)
            ));
        }
        // Without a bin a chain is two pieces: no pair of samples reaches across the gap.
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
                    labels(task, point)
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
