//! Sums over rows and over all states, in double precision.

use super::super::Rows;
use super::super::logistic::log_sum;
use super::General;
use rayon::prelude::*;

/// States side by side.
pub(super) const W: usize = 8;
/// Parts that are summed apart and then in order.
pub(super) const PARTS: usize = 16;
/// The most states that are enumerated, for a sum and for each row.
const MOST: u64 = 1 << 25;
const MOST_EACH: u64 = 1 << 16;

impl General {
    /// The number of states of units, if it is at most `most`.
    pub(super) fn count(&self, units: std::ops::Range<usize>, most: u64) -> Option<u64> {
        units.map(|u| self.sizes[u] as u64).try_fold(1u64, |n, q| n.checked_mul(q).filter(|n| *n <= most))
    }

    /// Values of atoms in states `first..first + W` of the units from `from` to `to`, the first turning fastest.
    pub(super) fn enumerate(&self, units: std::ops::Range<usize>, first: u64, values: &mut [[f64; W]]) {
        let mut rest: [u64; W] = std::array::from_fn(|l| first + l as u64);
        for u in units {
            let q = self.sizes[u] as u64;
            let labels = rest.map(|r| (r % q) as f32);
            self.place(u, &labels, &self.tables, values);
            rest = rest.map(|r| r / q);
        }
    }

    /// Sums hidden units out of values whose visible atoms are set: their means take the place of their values, and ln of the sum
    /// of weights is given. For independent hidden units.
    fn sum_out<const L: usize>(&self, beta: f64, values: &mut [[f64; L]]) -> [f64; L] {
        let mut logs = self.weight(values, |m| !self.has_hidden(m)).map(|w| beta * w);
        for u in self.visible..self.units() {
            let (p, sum) = self.law(u, beta, values);
            self.place_means(u, &p, values);
            logs.iter_mut().zip(&sum).for_each(|(l, s)| *l += s);
        }
        logs
    }

    /// Adds scale Σ_lanes factor φ_m to dη.
    pub(super) fn gather<const L: usize>(
        &self,
        values: &[[f64; L]],
        factors: &[f64; L],
        out: &mut [f64],
        counts: impl Fn(usize) -> bool,
    ) {
        for (m, out) in out.iter_mut().enumerate().filter(|(m, _)| counts(*m)) {
            let phi = self.term(m, values);
            let mut sum = 0.0;
            for l in 0..L {
                sum += factors[l] * phi[l];
            }
            *out += sum;
        }
    }

    /// Σ over rows of functions of a block of rows, in parts of fixed size: `f(first row, rows, visible, hidden, out)`.
    pub(super) fn over_rows(&self, rows: &Rows, f: impl Fn(usize, usize, &[f32], Option<&[f32]>, &mut [f64]) + Sync) -> Vec<f64> {
        let (nv, nh) = (self.visible, self.units() - self.visible);
        let each = rows.count.div_ceil(PARTS).next_multiple_of(W).max(W);
        let parts: Vec<Vec<f64>> = (0..rows.count.div_ceil(each))
            .into_par_iter()
            .map(|part| {
                let mut out = vec![0.0; self.terms.len()];
                for first in (part * each..rows.count.min((part + 1) * each)).step_by(W) {
                    let n = W.min(rows.count - first).min((part + 1) * each - first);
                    let hidden = rows.hidden.map(|h| &h[first * nh..(first + n) * nh]);
                    f(first, n, &rows.visible[first * nv..(first + n) * nv], hidden, &mut out);
                }
                out
            })
            .collect();
        let mut all = vec![0.0; self.terms.len()];
        for part in &parts {
            all.iter_mut().zip(part).for_each(|(a, p)| *a += p);
        }
        all
    }

    pub(super) fn add_statistics(&self, rows: &Rows, scale: f64, out: &mut [f64]) {
        let sums = self.over_rows(rows, |_, n, visible, hidden, out| {
            let hidden = if self.independent { None } else { hidden };
            let mut values = self.values_of::<W>(visible, hidden);
            if self.independent {
                self.sum_out(1.0, &mut values);
            }
            let factors = std::array::from_fn(|l| if l < n { scale } else { 0.0 });
            self.gather(&values, &factors, out, |_| true);
        });
        self.coordinates.pull(&sums, out);
    }

    pub(super) fn add_sparsity(&self, rows: &Rows, target: f64, strength: f64, out: &mut [f64]) -> Result<f64, String> {
        if !self.independent {
            return Err("sparsity is of hidden units that do not couple".into());
        }
        let nv = self.visible;
        let n = rows.count as f64;
        let mut q = vec![0.0; self.units() - nv];
        for row in rows.visible.chunks_exact(nv) {
            let values = self.values_of::<1>(row, None);
            for (j, q) in q.iter_mut().enumerate() {
                let (p, _) = self.law(nv + j, 1.0, &values);
                *q += p[p.len() - 1][0] / n;
            }
        }
        let sums = self.over_rows(rows, |_, rows, visible, _, out| {
            let mut values = self.values_of::<W>(visible, None);
            for u in nv..self.units() {
                let (mut p, _) = self.law(u, 1.0, &values);
                let last = p.len() - 1;
                let slope = p[last].map(|p| 2.0 * strength * (q[u - nv] - target) * p / n);
                for (k, p) in p.iter_mut().enumerate() {
                    for l in 0..W {
                        p[l] = slope[l] * (f64::from(u8::from(k == last)) - p[l]);
                    }
                }
                self.place_means(u, &p, &mut values);
            }
            let factors = std::array::from_fn(|l| f64::from(u8::from(l < rows)));
            self.gather(&values, &factors, out, |m| self.has_hidden(m));
        });
        self.coordinates.pull(&sums, out);
        Ok(q.iter().map(|q| strength * (q - target) * (q - target)).sum())
    }

    pub(super) fn add_energies(&self, rows: &Rows, out: &mut [f64]) {
        let (nv, nh) = (self.visible, self.units() - self.visible);
        out.par_chunks_mut(W).enumerate().for_each(|(b, out)| {
            let of = b * W..b * W + out.len();
            let hidden = rows.hidden.map(|h| &h[of.start * nh..of.end * nh]);
            let values = self.values_of::<W>(&rows.visible[of.start * nv..of.end * nv], hidden);
            out.iter_mut().zip(self.weight(&values, |_| true)).for_each(|(o, w)| *o = -w);
        });
    }

    pub(super) fn free(&self, rows: &Rows, beta: f64, out: &mut [f64]) -> Result<(), String> {
        let nv = self.visible;
        if self.independent {
            out.par_chunks_mut(W).zip(rows.visible.par_chunks(W * nv)).for_each(|(out, visible)| {
                let mut values = self.values_of::<W>(visible, None);
                out.iter_mut().zip(self.sum_out(beta, &mut values)).for_each(|(o, l)| *o = -l);
            });
            return Ok(());
        }
        let states = self.hidden_states()?;
        out.par_iter_mut().zip(rows.visible.par_chunks(nv)).for_each(|(out, row)| {
            let mut values = self.values_of::<W>(row, None);
            let mut logs = Vec::with_capacity(states as usize);
            for first in (0..states).step_by(W) {
                self.enumerate(nv..self.units(), first, &mut values);
                let here = (states - first).min(W as u64) as usize;
                logs.extend(self.weight(&values, |_| true)[..here].iter().map(|w| beta * w));
            }
            *out = -log_sum(logs.iter().copied());
        });
        Ok(())
    }

    /// How many states hidden units have that are summed for each row.
    pub(super) fn hidden_states(&self) -> Result<u64, String> {
        self.count(self.visible..self.units(), MOST_EACH)
            .ok_or_else(|| "hidden units couple, and have too many states to be summed for each row (more than 2^16)".to_string())
    }

    /// What is enumerated for sums over all states, and the number of states.
    pub(super) fn space(&self) -> Result<(usize, u64), String> {
        let end = if self.independent { self.visible } else { self.units() };
        let n = self.count(0..end, MOST).ok_or("there are too many states to be enumerated (more than 2^25)")?;
        Ok((end, n))
    }

    /// ln of the weights of W states, the values set to them (and to means of what is summed out); states beyond the last weigh
    /// nothing.
    fn states(&self, (end, n): (usize, u64), first: u64, beta: f64, values: &mut [[f64; W]]) -> [f64; W] {
        self.enumerate(0..end, first, values);
        let mut logs =
            if self.independent { self.sum_out(beta, values) } else { self.weight(values, |_| true).map(|w| beta * w) };
        for (l, log) in logs.iter_mut().enumerate().filter(|(l, _)| first + *l as u64 >= n) {
            *log = if l == 0 { *log } else { f64::NEG_INFINITY };
        }
        logs
    }

    pub(super) fn partition(&self, beta: f64) -> Result<f64, String> {
        const BLOCK: u64 = 1024;
        let space = self.space()?;
        let blocks: Vec<f64> = (0..space.1.div_ceil(BLOCK))
            .into_par_iter()
            .map(|b| {
                let mut values = vec![[0.0; W]; self.atoms.len()];
                let mut logs = Vec::with_capacity(BLOCK as usize);
                for first in (b * BLOCK..space.1.min((b + 1) * BLOCK)).step_by(W) {
                    logs.extend(self.states(space, first, beta, &mut values));
                }
                log_sum(logs.iter().copied())
            })
            .collect();
        Ok(log_sum(blocks.iter().copied()))
    }

    pub(super) fn averages(&self, out: &mut [f64]) -> Result<f64, String> {
        let log_z = self.partition(1.0)?;
        let space = self.space()?;
        let each = space.1.div_ceil(PARTS as u64).next_multiple_of(W as u64);
        let parts: Vec<Vec<f64>> = (0..space.1.div_ceil(each))
            .into_par_iter()
            .map(|part| {
                let mut sums = vec![0.0; self.terms.len()];
                let mut values = vec![[0.0; W]; self.atoms.len()];
                for first in (part * each..space.1.min((part + 1) * each)).step_by(W) {
                    let p = self.states(space, first, 1.0, &mut values).map(|l| libm::exp(l - log_z));
                    self.gather(&values, &p, &mut sums, |_| true);
                }
                sums
            })
            .collect();
        out.fill(0.0);
        let mut all = vec![0.0; self.terms.len()];
        for part in &parts {
            all.iter_mut().zip(part).for_each(|(a, p)| *a += p);
        }
        self.coordinates.pull(&all, out);
        Ok(log_z)
    }
}
