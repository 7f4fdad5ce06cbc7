//! ln Z of two layers of units of two values, by enumeration of the smaller one without exponentials in the inner loop.
//!
//! The factors 1 + e^{x_j} of a state come from e^{x_j} = e^{high_j} e^{low_j}: `high` of the units that turn slowly, `low` of
//! the sixty-four states of the first six units, which are tabulated. Factors are multiplied in groups that cannot overflow, with
//! one logarithm each.

use super::super::logistic::{log_sum, softplus64};
use super::Bipartite;
use super::layer::Side;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use rayon::prelude::*;
use std::ops::Range;

/// Units whose states are tabulated.
const LOW: usize = 6;
/// Columns side by side.
const W: usize = 16;
/// The most that the logarithm of a product may be.
const MOST: f64 = 600.0;
/// States of the slow units that go together.
const BLOCK: u64 = 64;

/// The tables of one enumeration.
pub(super) struct Tables {
    /// Units enumerated, and how many of them are tabulated.
    units: usize,
    low: usize,
    beta: f64,
    /// Columns of the other layer, rounded up.
    columns: usize,
    groups: Vec<Range<usize>>,
    /// e^{low} of each tabulated state, and the sum of own fields there.
    factors: Vec<f64>,
    own: Vec<f64>,
    /// The weights of each unit, and the fields, of the other layer's columns.
    weights: Vec<f64>,
    fields: Vec<f64>,
    slopes: Vec<f64>,
}

#[inline(always)]
fn products_in(tables: &Tables, high: &[f64], start: f64, out: &mut Vec<f64>) {
    for (factors, own) in tables.factors.chunks_exact(tables.columns).zip(&tables.own) {
        let mut log = start + own;
        for group in &tables.groups {
            let mut p = [1.0f64; W];
            let pairs = factors[group.clone()].as_chunks::<W>().0.iter().zip(high[group.clone()].as_chunks::<W>().0);
            for (f, h) in pairs {
                for l in 0..W {
                    p[l] *= 1.0 + f[l] * h[l];
                }
            }
            let mut width = W / 2;
            while width > 0 {
                for l in 0..width {
                    p[l] *= p[l + width];
                }
                width /= 2;
            }
            log += libm::log(p[0]);
        }
        out.push(log);
    }
}
dispatch!(products => products_in [] <> (tables: &Tables, high: &[f64], start: f64, out: &mut Vec<f64>));

impl Bipartite {
    /// The tables for the states of a layer, if both layers have units of two values and no factor overflows.
    pub(super) fn tables(&self, hidden: bool, beta: f64) -> Option<Tables> {
        let (side, other): (&Side, &Side) = (self.side(hidden), self.side(!hidden));
        if !(side.two && other.two) {
            return None;
        }
        let (n, m) = (side.columns, other.columns);
        let columns = m.next_multiple_of(W);
        let mut weights = vec![0.0; n * columns];
        for i in 0..n {
            for j in 0..m {
                weights[i * columns + j] = beta * if hidden { self.weight(j, i) } else { self.weight(i, j) };
            }
        }
        // Columns beyond the last one have factors 1 + e^-700.
        let mut fields = vec![-700.0; columns];
        fields.iter_mut().zip(&self.fields[usize::from(!hidden)]).for_each(|(f, x)| *f = beta * x);
        let mut groups = vec![];
        let (mut first, mut sum) = (0, 0.0);
        for chunk in (0..columns).step_by(W) {
            let mut here = 0.0;
            for j in chunk..chunk + W {
                let size: f64 = (0..n).map(|i| weights[i * columns + j].abs()).sum();
                let top: f64 = (0..n).map(|i| weights[i * columns + j].max(0.0)).sum::<f64>() + fields[j];
                if j < m && size + fields[j].abs() > MOST {
                    return None;
                }
                here += softplus64(top);
            }
            if here > MOST {
                return None;
            }
            if sum + here > MOST {
                groups.push(first..chunk);
                (first, sum) = (chunk, 0.0);
            }
            sum += here;
        }
        groups.push(first..columns);
        let low = LOW.min(n);
        let slopes: Vec<f64> = self.fields[usize::from(hidden)].iter().map(|b| beta * b).collect();
        let mut factors = Vec::with_capacity(columns << low);
        let mut own = Vec::with_capacity(1 << low);
        for s in 0..1usize << low {
            let bits = (0..low).filter(|i| s >> i & 1 == 1);
            own.push(bits.clone().map(|i| slopes[i]).sum());
            factors.extend((0..columns).map(|j| libm::exp(bits.clone().map(|i| weights[i * columns + j]).sum::<f64>())));
        }
        Some(Tables { units: n, low, beta, columns, groups, factors, own, weights, fields, slopes })
    }

    /// ln Z from the tables.
    pub(super) fn partition_of(&self, tables: &Tables) -> f64 {
        let slow = 1u64 << (tables.units - tables.low);
        let blocks: Vec<f64> = (0..slow.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let mut logs = Vec::with_capacity((BLOCK as usize) << tables.low);
                for state in block * BLOCK..slow.min((block + 1) * BLOCK) {
                    let mut high = tables.fields.clone();
                    let mut start = tables.beta * self.constant;
                    for i in (tables.low..tables.units).filter(|i| state >> (i - tables.low) & 1 == 1) {
                        start += tables.slopes[i];
                        high.iter_mut().zip(&tables.weights[i * tables.columns..]).for_each(|(h, w)| *h += w);
                    }
                    high.iter_mut().for_each(|h| *h = libm::exp(*h));
                    products(Simd::detect(), tables, &high, start, &mut logs);
                }
                log_sum(logs.iter().copied())
            })
            .collect();
        log_sum(blocks.iter().copied())
    }
}
