//! Covariances of the statistics of any finite units, exactly: by the sum over the states of all units, and of the hidden units for each
//! row.

use super::super::Rows;
use super::super::logistic::log_sum;
use super::General;
use super::sums::{PARTS, W};
use rayon::prelude::*;

/// The most states for covariances.
const MOST: u64 = 1 << 20;

impl General {
    pub(super) fn enumerated(&self, order: u8) -> Result<(), String> {
        self.space()?;
        if order > 1 {
            self.all_states()?;
            self.count(self.visible..self.units(), 1 << 16)
                .ok_or("the hidden units have too many states to be summed for each row (more than 2^16)")?;
        }
        Ok(())
    }

    fn all_states(&self) -> Result<u64, String> {
        self.count(0..self.units(), MOST)
            .ok_or_else(|| "there are too many states of all units for sums of second derivatives (more than 2^20)".to_string())
    }

    pub(super) fn covariance_of(&self, log_z: f64, means: &[f64], x: &[f64], out: &mut [f64]) -> Result<(), String> {
        let n = self.all_states()?;
        let along = self.coordinates.along(x);
        let mean: f64 = means.iter().zip(x).map(|(m, x)| m * x).sum();
        let each = n.div_ceil(PARTS as u64).next_multiple_of(W as u64);
        let parts: Vec<Vec<f64>> = (0..n.div_ceil(each))
            .into_par_iter()
            .map(|part| {
                let mut sums = vec![0.0; self.terms.len()];
                let mut values = vec![[0.0; W]; self.atoms.len()];
                for first in (part * each..n.min((part + 1) * each)).step_by(W) {
                    self.enumerate(0..self.units(), first, &mut values);
                    let (logs, along) = (self.weight(&values, |_| true), self.combine(&along, &values, |_| true));
                    let here = (n - first).min(W as u64) as usize;
                    let factors: [f64; W] =
                        std::array::from_fn(|l| if l < here { libm::exp(logs[l] - log_z) * (along[l] - mean) } else { 0.0 });
                    self.gather(&values, &factors, &mut sums, |_| true);
                }
                sums
            })
            .collect();
        self.pulled(&parts, out);
        Ok(())
    }

    /// The mean over rows of E[φ | v], or of Cov[φ | v] x.
    pub(super) fn given(&self, rows: &Rows, x: Option<&[f64]>, out: &mut [f64]) -> Result<(), String> {
        let (nv, hidden) = (self.visible, self.visible..self.units());
        let n = self
            .count(hidden.clone(), 1 << 16)
            .ok_or("the hidden units have too many states to be summed for each row (more than 2^16)")?;
        let along = x.map(|x| self.coordinates.along(x));
        let scale = 1.0 / rows.count as f64;
        let each = rows.count.div_ceil(PARTS).max(1);
        let parts: Vec<Vec<f64>> = rows
            .visible
            .par_chunks(each * nv)
            .map(|part| {
                let mut sums = vec![0.0; self.terms.len()];
                for row in part.chunks_exact(nv) {
                    let mut values = self.values_of::<W>(row, None);
                    // Of every state of the hidden units: ln of its weight, and φ·ξ.
                    let (mut logs, mut shifts) = (Vec::with_capacity(n as usize + W), Vec::with_capacity(n as usize + W));
                    for first in (0..n).step_by(W) {
                        self.enumerate(hidden.clone(), first, &mut values);
                        logs.extend(self.weight(&values, |_| true));
                        shifts.extend(along.as_ref().map_or([1.0; W], |c| self.combine(c, &values, |_| true)));
                    }
                    logs.truncate(n as usize);
                    let all = log_sum(logs.iter().copied());
                    let p: Vec<f64> = logs.iter().map(|l| libm::exp(l - all)).collect();
                    let mean = if along.is_some() { p.iter().zip(&shifts).map(|(p, s)| p * s).sum() } else { 0.0 };
                    for first in (0..n).step_by(W) {
                        self.enumerate(hidden.clone(), first, &mut values);
                        let factors: [f64; W] = std::array::from_fn(|l| {
                            let k = first as usize + l;
                            p.get(k).map_or(0.0, |p| scale * p * (shifts[k] - mean))
                        });
                        self.gather(&values, &factors, &mut sums, |_| true);
                    }
                }
                sums
            })
            .collect();
        if parts.is_empty() {
            return Err("there are no data".into());
        }
        self.pulled(&parts, out);
        Ok(())
    }

    /// Sums of parts as derivatives by the parameters.
    fn pulled(&self, parts: &[Vec<f64>], out: &mut [f64]) {
        let mut all = vec![0.0; self.terms.len()];
        for part in parts {
            all.iter_mut().zip(part).for_each(|(a, p)| *a += p);
        }
        out.fill(0.0);
        self.coordinates.pull(&all, out);
    }
}
