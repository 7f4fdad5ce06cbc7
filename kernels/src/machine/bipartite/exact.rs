//! Sums over all states of the smaller layer, the other summed out, in double precision; and free energies.

use super::super::logistic::log_sum;
use super::super::{Rows, Single};
use super::Bipartite;
use super::layer::Side;
use super::moments::Sums;
use crate::tensor::ops::{Prepared, Scratch, outer_rows};
use crate::tensor::{Op, Unary, ops};
use rayon::prelude::*;

/// The most states that are enumerated.
const MOST: u64 = 1 << 25;
/// States that go together.
pub(super) const BLOCK: u64 = 256;
/// Parts that are summed apart and then in order.
pub(super) const PARTS: u64 = 16;

/// The weights between columns of 0 and 1 in double precision, packed: from one layer to the other.
pub(super) struct Double {
    packed: Prepared<f64>,
    /// To the hidden layer.
    hidden: bool,
}

impl Bipartite {
    pub(super) fn double(&self, hidden: bool) -> Double {
        let (v, h) = (self.visible.columns, self.hidden.columns);
        let w: Vec<f64> = (0..v * h).map(|k| self.weight(k / h, k % h)).collect();
        let packed = Prepared::new(&Op::Linear { transposed: !hidden }, &w, &[v, h]).expect("a linear operation");
        Double { packed, hidden }
    }

    /// x W + fields of rows of columns.
    pub(super) fn fields_of(&self, w: &Double, rows: usize, x: &[f64]) -> Vec<f64> {
        let to = self.side(w.hidden);
        let mut out = vec![0.0; rows * to.columns];
        w.packed.run(x, rows, &mut out, &mut Scratch::new());
        for line in out.chunks_exact_mut(to.columns) {
            line.iter_mut().zip(&self.fields[usize::from(w.hidden)]).for_each(|(x, f)| *x += f);
        }
        out
    }

    /// ln of the weight of each row of columns of one layer at β, the other summed out; and the fields of the other.
    pub(super) fn weights_of(&self, w: &Double, rows: usize, x: &[f64], beta: f64) -> (Vec<f64>, Vec<f64>) {
        let (from, to) = (self.side(!w.hidden), self.side(w.hidden));
        let fields = self.fields_of(w, rows, x);
        let mut logs = vec![0.0; rows];
        if to.two {
            let scaled: Vec<f64> = fields.iter().map(|y| beta * y).collect();
            let mut out = vec![0.0; scaled.len()];
            let arg = ops::Arg { values: &scaled, batched: true, shape: &[to.columns] };
            ops::evaluate(&Op::Unary(Unary::Softplus), &[arg], &[to.columns], rows, &mut out, &mut Scratch::new(), false);
            logs.iter_mut().zip(out.chunks_exact(to.columns)).for_each(|(l, y)| *l = y.iter().sum());
        } else {
            logs.iter_mut().zip(fields.chunks_exact(to.columns)).for_each(|(l, y)| *l = to.log_z(beta, |c| beta * y[c]));
        }
        let own = &self.fields[usize::from(!w.hidden)];
        for (l, x) in logs.iter_mut().zip(x.chunks_exact(from.columns)) {
            let sum: f64 = x.iter().zip(own).map(|(x, f)| x * f).sum();
            *l += beta * (self.constant + sum);
        }
        (logs, fields)
    }

    /// The layer with fewer states, and their number. True: the hidden one.
    pub(super) fn smaller(&self) -> Result<(bool, u64), String> {
        let (v, h) = (self.visible.states(), self.hidden.states());
        let (hidden, n) = match (v, h) {
            (Some(v), Some(h)) if v < h => (false, v),
            (_, Some(h)) => (true, h),
            (Some(v), None) => (false, v),
            _ => (false, u64::MAX),
        };
        if n > MOST {
            return Err("both layers have too many states to be enumerated (more than 2^25)".into());
        }
        Ok((hidden, n))
    }

    pub(super) fn columns_of(side: &Side, first: u64, count: usize) -> Vec<f64> {
        let mut x = vec![0.0; count * side.columns];
        let mut labels = vec![0.0; side.units];
        for (k, x) in x.chunks_exact_mut(side.columns).enumerate() {
            side.state(first + k as u64, &mut labels);
            side.expand(&labels, x);
        }
        x
    }

    pub(super) fn partition(&self, beta: f64) -> Result<f64, String> {
        let (hidden, n) = self.smaller()?;
        if let Some(tables) = self.tables(hidden, beta) {
            return Ok(self.partition_of(&tables));
        }
        let w = self.double(!hidden);
        let side = self.side(hidden);
        let blocks: Vec<f64> = (0..n.div_ceil(BLOCK))
            .into_par_iter()
            .map(|b| {
                let count = BLOCK.min(n - b * BLOCK) as usize;
                let x = Self::columns_of(side, b * BLOCK, count);
                log_sum(self.weights_of(&w, count, &x, beta).0.iter().copied())
            })
            .collect();
        Ok(log_sum(blocks.iter().copied()))
    }

    /// ln Z and the exact means of the statistics.
    pub(super) fn averages(&self, out: &mut [f64]) -> Result<f64, String> {
        let log_z = self.partition(1.0)?;
        let (hidden, n) = self.smaller()?;
        let w = self.double(!hidden);
        let (side, other) = (self.side(hidden), self.side(!hidden));
        let (k, l) = (side.columns, other.columns);
        let blocks = n.div_ceil(BLOCK);
        let each = blocks.div_ceil(PARTS);
        let parts: Vec<[Vec<f64>; 3]> = (0..blocks.div_ceil(each))
            .into_par_iter()
            .map(|part| {
                let mut sums = [vec![0.0; k * l], vec![0.0; k], vec![0.0; l]];
                for b in part * each..blocks.min((part + 1) * each) {
                    let count = BLOCK.min(n - b * BLOCK) as usize;
                    let x = Self::columns_of(side, b * BLOCK, count);
                    let (logs, mut y) = self.weights_of(&w, count, &x, 1.0);
                    for ((log, y), x) in logs.iter().zip(y.chunks_exact_mut(l)).zip(x.chunks_exact(k)) {
                        let p = libm::exp(log - log_z);
                        for (unit, _, c) in other.each() {
                            let field: Vec<f64> = y[c..c + unit.wide()].to_vec();
                            unit.means(1.0, |k| field[k], |k, mean| y[c + k] = p * mean);
                        }
                        sums[1].iter_mut().zip(x).for_each(|(s, x)| *s += p * x);
                        sums[2].iter_mut().zip(&*y).for_each(|(s, y)| *s += y);
                    }
                    outer_rows((&x, k), (&y, l), 0..k, &mut sums[0], &mut Scratch::new(), true);
                }
                sums
            })
            .collect();
        let mut all = [vec![0.0; k * l], vec![0.0; k], vec![0.0; l]];
        for part in &parts {
            all.iter_mut().zip(part).for_each(|(a, p)| a.iter_mut().zip(p).for_each(|(a, p)| *a += p));
        }
        let [pairs, small, large] = all;
        let sums = if hidden {
            let (v, h) = (l, k);
            let pairs = (0..v * h).map(|e| pairs[(e % h) * v + e / h]).collect();
            Sums { pairs, visible: large, hidden: small, weight: 1.0 }
        } else {
            Sums { pairs, visible: small, hidden: large, weight: 1.0 }
        };
        out.fill(0.0);
        self.coordinates.pull(&self.to_values(sums), out);
        Ok(log_z)
    }

    /// -ln Σ_h exp(-β E) of each row.
    pub(super) fn free(&self, rows: &Rows, beta: f64, out: &mut [f64]) {
        let w = self.double(true);
        let v = &self.visible;
        out.par_chunks_mut(64).zip(rows.visible.par_chunks(64 * v.units)).for_each(|(out, labels)| {
            let mut x = vec![0.0; out.len() * v.columns];
            labels.chunks_exact(v.units).zip(x.chunks_exact_mut(v.columns)).for_each(|(l, x)| v.expand(l, x));
            let (logs, _) = self.weights_of(&w, out.len(), &x, beta);
            for ((out, log), labels) in out.iter_mut().zip(logs).zip(labels.chunks_exact(v.units)) {
                *out = beta * v.own(labels) - log;
            }
        });
    }
}

impl Single {
    /// The objective of a unit from ln p̃ of its values (up to a constant), of which `now` is the state's, and its derivatives.
    pub(in super::super) fn of(self, logs: &[f64], now: usize, slopes: &mut [f64]) -> f64 {
        let all = log_sum(logs.iter().copied());
        let p = libm::exp(logs[now] - all);
        // d ln p / d ln p̃(a) = [a = now] - p(a)
        let (value, factor) = match self {
            Single::PseudoLikelihood => (all - logs[now], -1.0),
            Single::RatioMatching => ((1.0 - p) * (1.0 - p), -2.0 * (1.0 - p) * p),
        };
        for (a, s) in slopes.iter_mut().enumerate() {
            *s = factor * (f64::from(u8::from(a == now)) - libm::exp(logs[a] - all));
        }
        value
    }
}
