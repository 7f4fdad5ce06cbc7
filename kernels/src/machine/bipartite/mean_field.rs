//! Means of all units in mean field and with the terms of second and third order in the weights (Thouless, Anderson, Palmer 1977;
//! for machines of two layers Gabrié, Tramel, Krzakala, NIPS 28 (2015)).
//!
//! For columns of 0 and 1 with means m, q = m - m² and r = q (1/2 - m), the free energy is
//! -Σ b m - Σ c m - Σ W m m' - ½ Σ W² q q' - ⅔ Σ W³ r r' - entropies. Units of labels and real ones have the first order only.

use super::super::logistic::mean64;
use super::Bipartite;
use super::moments::Sums;
use crate::tensor::Op;
use crate::tensor::ops::{Prepared, Scratch, outer_rows};
use rayon::prelude::*;

/// Rows of a part.
const ROWS: usize = 16;

/// Powers of the weights, packed to the hidden layer and back.
struct Powers(Vec<[Prepared<f64>; 2]>);

/// Functions of the means of rows of columns: m, q and r.
fn functions(m: &[f64], order: usize) -> Vec<f64> {
    m.iter()
        .map(|m| match order {
            0 => *m,
            1 => m - m * m,
            _ => (m - m * m) * (0.5 - m),
        })
        .collect()
}

fn entropy(m: f64) -> f64 {
    let part = |p: f64| if p > 0.0 { -p * libm::log(p) } else { 0.0 };
    part(m) + part(1.0 - m)
}

impl Bipartite {
    /// From rows of means of columns (visible, then hidden) to the fixed point: see [`super::super::Machine::fields`].
    pub(super) fn mean_fields(&self, means: &mut [f64], order: u8, steps: u32, out: &mut [f64]) -> Result<f64, String> {
        let (v, h) = (&self.visible, &self.hidden);
        super::super::Machine::reacts(self, order)?;
        let w: Vec<f64> = (0..v.columns * h.columns).map(|k| self.weight(k / h.columns, k % h.columns)).collect();
        let powers = Powers(
            (0..i32::from(order))
                .map(|k| {
                    let w: Vec<f64> = w.iter().map(|w| w.powi(k + 1)).collect();
                    [false, true].map(|transposed| {
                        Prepared::new(&Op::Linear { transposed }, &w, &[v.columns, h.columns]).expect("a linear operation")
                    })
                })
                .collect(),
        );
        let wide = v.columns + h.columns;
        let rows = means.len() / wide;
        let free: Vec<f64> = means
            .par_chunks_mut(ROWS * wide)
            .map(|means| {
                let n = means.len() / wide;
                let mut mv: Vec<f64> = means.chunks_exact(wide).flat_map(|m| m[..v.columns].to_vec()).collect();
                let mut mh: Vec<f64> = means.chunks_exact(wide).flat_map(|m| m[v.columns..].to_vec()).collect();
                for _ in 0..steps {
                    self.relax(&powers, n, &mv, &mut mh, true);
                    self.relax(&powers, n, &mh, &mut mv, false);
                }
                for (k, m) in means.chunks_exact_mut(wide).enumerate() {
                    m[..v.columns].copy_from_slice(&mv[k * v.columns..(k + 1) * v.columns]);
                    m[v.columns..].copy_from_slice(&mh[k * h.columns..(k + 1) * h.columns]);
                }
                self.energy_of(&powers, n, &mv, &mh)
            })
            .collect();
        let scale = 1.0 / rows as f64;
        let mut sums =
            Sums { pairs: vec![0.0; w.len()], visible: vec![0.0; v.columns], hidden: vec![0.0; h.columns], weight: 1.0 };
        for m in means.chunks_exact(wide) {
            sums.visible.iter_mut().zip(m).for_each(|(s, m)| *s += scale * m);
            sums.hidden.iter_mut().zip(&m[v.columns..]).for_each(|(s, m)| *s += scale * m);
        }
        for k in 0..usize::from(order) {
            let part = |first: usize, len: usize| -> Vec<f64> {
                means.chunks_exact(wide).flat_map(|m| functions(&m[first..first + len], k)).collect()
            };
            let (a, b) = (part(0, v.columns), part(v.columns, h.columns));
            let mut products = vec![0.0; w.len()];
            products.par_chunks_mut(64 * h.columns).enumerate().for_each(|(block, out)| {
                let first = 64 * block;
                outer_rows(
                    (&a, v.columns),
                    (&b, h.columns),
                    first..first + out.len() / h.columns,
                    out,
                    &mut Scratch::new(),
                    false,
                );
            });
            // d/dW of W, W²/2 and 2 W³/3.
            for ((s, p), w) in sums.pairs.iter_mut().zip(&products).zip(&w) {
                *s += scale * p * [1.0, *w, 2.0 * w * w][k];
            }
        }
        out.fill(0.0);
        self.coordinates.pull(&self.to_values(sums), out);
        Ok(free.iter().sum::<f64>() * scale)
    }

    /// Half a step of one layer towards the means that the other gives.
    fn relax(&self, powers: &Powers, n: usize, from: &[f64], to: &mut [f64], hidden: bool) {
        let side = self.side(hidden);
        let k = side.columns;
        let sent: Vec<Vec<f64>> = powers
            .0
            .iter()
            .enumerate()
            .map(|(order, packed)| {
                let mut out = vec![0.0; n * k];
                packed[usize::from(!hidden)].run(&functions(from, order), n, &mut out, &mut Scratch::new());
                out
            })
            .collect();
        let fields = &self.fields[usize::from(hidden)];
        if side.two {
            for (e, m) in to.iter_mut().enumerate() {
                let mut x = fields[e % k] + sent[0][e];
                if let Some(second) = sent.get(1) {
                    x -= (*m - 0.5) * second[e];
                }
                if let Some(third) = sent.get(2) {
                    x += 2.0 * (1.0 / 6.0 - *m + *m * *m) * third[e];
                }
                *m += 0.5 * (mean64(x) - *m);
            }
            return;
        }
        for (m, x) in to.chunks_exact_mut(k).zip(sent[0].chunks_exact(k)) {
            for (unit, _, c) in side.each() {
                unit.means(1.0, |i| x[c + i] + fields[c + i], |i, mean| m[c + i] += 0.5 * (mean - m[c + i]));
            }
        }
    }

    /// The sum over rows of the free energies of means.
    fn energy_of(&self, powers: &Powers, n: usize, mv: &[f64], mh: &[f64]) -> f64 {
        let (v, h) = (&self.visible, &self.hidden);
        let mut sum = self.constant * n as f64;
        for (order, packed) in powers.0.iter().enumerate() {
            let mut x = vec![0.0; n * h.columns];
            packed[0].run(&functions(mv, order), n, &mut x, &mut Scratch::new());
            let pairs: f64 = x.iter().zip(functions(mh, order)).map(|(x, m)| x * m).sum();
            sum += pairs * [1.0, 0.5, 2.0 / 3.0][order];
        }
        for (side, means, fields) in [(v, mv, &self.fields[0]), (h, mh, &self.fields[1])] {
            for m in means.chunks_exact(side.columns) {
                sum += m.iter().zip(fields).map(|(m, f)| m * f).sum::<f64>();
                for (unit, _, c) in side.each() {
                    sum += match unit {
                        super::Unit::Two { .. } => entropy(m[c]),
                        super::Unit::Labels(q) => m[c..c + q].iter().filter(|p| **p > 0.0).map(|p| -p * libm::log(*p)).sum(),
                        super::Unit::Real { sigma } => {
                            let s = sigma * sigma;
                            0.5 * (libm::log(std::f64::consts::TAU * s) - m[c] * m[c] / s)
                        }
                    };
                }
            }
        }
        -sum
    }
}
