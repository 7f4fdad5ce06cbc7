//! First passages, reversals and steps in kept series.

use super::super::derive::{Evaluation, Position, Tensor, labels};
use super::series::Series;
use crate::plan::Expr;
use crate::plan::analysis::Passage;
use crate::statistics::binning::bins_of;

impl Evaluation<'_> {
    pub(super) fn passage(
        &self,
        quantity: &str,
        every: u64,
        passage: Passage,
        of: &Expr,
        at: &mut Position,
    ) -> Result<Tensor, String> {
        let Series { task, point, chains, data, bins, left_out } = self.series_of(quantity, of, at)?;
        let length = (data.len() / chains.max(1)).max(1);
        let every = every as f64;
        if passage == Passage::Rise {
            let steps = data.chunks(length).flat_map(|chain| chain.windows(2)).map(|w| w[1] - w[0]);
            // An extreme of all that was measured: it is no mean, and has no error.
            let largest = steps.reduce(f64::max).ok_or_else(|| format!("the series of `{quantity}` is one measurement long"))?;
            return Ok(Tensor::number(largest));
        }
        if passage == Passage::Reversal {
            let bin = bins_of(chains, data.len(), bins.max(1));
            let kept = |i: usize| left_out != Some(bin[i]);
            let (mut steps, mut changes) = (0u64, 0u64);
            for chain in 0..chains {
                let mut sign = 0.0;
                for (i, x) in data.iter().enumerate().skip(chain * length).take(length) {
                    if !kept(i) {
                        // Nothing is known of what lies between the pieces.
                        sign = 0.0;
                        continue;
                    }
                    let new = if *x == 0.0 { sign } else { x.signum() };
                    steps += 1;
                    changes += u64::from(sign != 0.0 && new != sign);
                    sign = new;
                }
            }
            if changes == 0 {
                return Err(format!("`{quantity}` never changes its sign at {}", labels(task, point)));
            }
            return Ok(Tensor::number(every * steps as f64 / changes as f64));
        }
        let reached = |x: f64| match passage {
            Passage::Below(level) => x <= level,
            Passage::Above(level) => x >= level,
            Passage::Reversal | Passage::Rise => false,
        };
        let times: Vec<Option<f64>> =
            data.chunks(length).map(|chain| chain.iter().position(|x| reached(*x)).map(|k| every * (k + 1) as f64)).collect();
        let missing = times.iter().filter(|t| t.is_none()).count();
        if missing > 0 {
            let n = times.len();
            return Err(format!(
                "in {missing} of {n} chains `{quantity}` does not get there at {}: run longer",
                labels(task, point)
            ));
        }
        let times: Vec<f64> = times.into_iter().flatten().collect();
        let n = times.len() as f64;
        let mean = times.iter().sum::<f64>() / n;
        let Some(bin) = left_out else { return Ok(Tensor::number(mean)) };
        if times.len() < 2 {
            return Ok(Tensor::number(f64::NAN));
        }
        // The chains are the samples: each stands for as many of the replicates, whose deviations are those of leaving it out.
        let chain = (bin * times.len() / bins.max(1)).min(times.len() - 1);
        let without = (mean * n - times[chain]) / (n - 1.0);
        let b = bins as f64;
        let share = ((n - 1.0) / n) / ((b - 1.0) / b) * n / b;
        Ok(Tensor::number(mean + (without - mean) * libm::sqrt(share)))
    }
}
