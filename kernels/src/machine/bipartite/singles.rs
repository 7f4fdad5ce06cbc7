//! Objectives that change one visible unit at a time, hidden units summed out.
//!
//! With ln p̃ = Σ s b + Σ_j L_j(x_j + c_j), another value of unit i moves x by the difference of two rows of W. For layers of two
//! values each, L_j changes by ln(1 + σ_j (e^{±W_ij} - 1)), so that a row costs one multiplication and one division a weight, and
//! logarithms only of products of many factors.

use super::super::logistic::mean64;
use super::super::{Rows, Single};
use super::Bipartite;
use super::moments::Sums;
use rayon::prelude::*;

/// Rows of a part of the sum, and the parts that are kept at once.
const ROWS: usize = 8;
const PARTS: usize = 16;
/// Weights up to here go through exponentials without overflow of a product of eight.
const LARGEST: f64 = 80.0;

/// e^w - 1 and e^-w - 1 of every weight.
struct Steps {
    up: Vec<f64>,
    down: Vec<f64>,
}

impl Bipartite {
    pub(super) fn one_by_one(&self, rows: &Rows, what: Single, out: Option<&mut [f64]>) -> Result<f64, String> {
        let (v, h) = (&self.visible, &self.hidden);
        super::super::serves_single(self, what)?;
        let w: Vec<f64> = (0..v.columns * h.columns).map(|k| self.weight(k / h.columns, k % h.columns)).collect();
        let steps = (v.two && h.two && w.iter().all(|w| w.abs() < LARGEST)).then(|| Steps {
            up: w.iter().map(|w| libm::expm1(*w)).collect(),
            down: w.iter().map(|w| libm::expm1(-*w)).collect(),
        });
        let wanted = out.is_some();
        let mut total = 0.0;
        let empty = || Sums {
            pairs: vec![0.0; if wanted { v.columns * h.columns } else { 0 }],
            visible: vec![0.0; v.columns],
            hidden: vec![0.0; h.columns],
            weight: 0.0,
        };
        let mut all = empty();
        // A wave of parts at a time, each a sum of its own.
        for wave in rows.visible.chunks(ROWS * PARTS * v.units) {
            let each = (wave.len() / v.units).div_ceil(PARTS).max(1);
            let parts: Vec<(f64, Sums)> = wave
                .par_chunks(each * v.units)
                .map(|labels| {
                    let mut sums = empty();
                    let mut sum = 0.0;
                    for labels in labels.chunks_exact(v.units) {
                        sum += self.row(labels, what, &w, steps.as_ref(), wanted, &mut sums);
                    }
                    (sum, sums)
                })
                .collect();
            for (sum, part) in &parts {
                total += sum;
                for (all, part) in
                    [(&mut all.pairs, &part.pairs), (&mut all.visible, &part.visible), (&mut all.hidden, &part.hidden)]
                {
                    all.iter_mut().zip(part).for_each(|(a, p)| *a += p);
                }
            }
        }
        let scale = 1.0 / rows.count as f64;
        if let Some(out) = out {
            for list in [&mut all.pairs, &mut all.visible, &mut all.hidden] {
                list.iter_mut().for_each(|x| *x *= scale);
            }
            out.fill(0.0);
            self.coordinates.pull(&self.to_values(all), out);
        }
        Ok(total * scale)
    }

    fn row(&self, labels: &[f32], what: Single, w: &[f64], steps: Option<&Steps>, wanted: bool, sums: &mut Sums) -> f64 {
        let (v, h) = (&self.visible, &self.hidden);
        let n = h.columns;
        let mut s = vec![0.0f64; v.columns];
        v.expand(labels, &mut s);
        let mut x = self.fields[1].clone();
        for (s, w) in s.iter().zip(w.chunks_exact(n)).filter(|(s, _)| **s != 0.0) {
            x.iter_mut().zip(w).for_each(|(x, w)| *x += s * w);
        }
        // The field on the hidden units of Σ slope × mean, over all units changed.
        let mut pull = vec![0.0; n];
        let value = match steps {
            Some(steps) => self.pairs_of_values(&s, &x, what, steps, wanted, sums, &mut pull),
            None => self.any_values(labels, &s, &x, what, w, wanted, sums, &mut pull),
        };
        if wanted {
            for (s, line) in s.iter().zip(sums.pairs.chunks_exact_mut(n)).filter(|(s, _)| **s != 0.0) {
                line.iter_mut().zip(&pull).for_each(|(l, p)| *l += s * p);
            }
            sums.hidden.iter_mut().zip(&pull).for_each(|(a, p)| *a += p);
        }
        value
    }

    #[allow(clippy::too_many_arguments)]
    fn pairs_of_values(
        &self,
        s: &[f64],
        x: &[f64],
        what: Single,
        steps: &Steps,
        wanted: bool,
        sums: &mut Sums,
        pull: &mut [f64],
    ) -> f64 {
        let n = x.len();
        let sigma: Vec<f64> = x.iter().map(|x| mean64(*x)).collect();
        let mut slopes = [0.0; 2];
        let mut value = 0.0;
        let mut total = 0.0;
        for (i, s) in s.iter().enumerate() {
            let up = *s == 0.0;
            let d = &(if up { &steps.up } else { &steps.down })[i * n..(i + 1) * n];
            let step = if up { 1.0 } else { -1.0 };
            let gain = step * self.fields[0][i] + log_of_products(&sigma, d);
            value += what.of(&[0.0, gain], 0, &mut slopes);
            let g = slopes[1];
            if !wanted {
                continue;
            }
            total += g;
            sums.visible[i] += step * g;
            let line = &mut sums.pairs[i * n..(i + 1) * n];
            for j in 0..n {
                // The mean after the change: σ e / (1 + σ (e - 1)).
                let mean = sigma[j] * (1.0 + d[j]) / (1.0 + sigma[j] * d[j]);
                pull[j] += g * mean;
                line[j] += step * g * mean;
            }
        }
        // The state as it is has the opposite slope.
        pull.iter_mut().zip(&sigma).for_each(|(p, s)| *p -= total * s);
        value
    }

    #[allow(clippy::too_many_arguments)]
    fn any_values(
        &self,
        labels: &[f32],
        s: &[f64],
        x: &[f64],
        what: Single,
        w: &[f64],
        wanted: bool,
        sums: &mut Sums,
        pull: &mut [f64],
    ) -> f64 {
        let (v, h) = (&self.visible, &self.hidden);
        let n = h.columns;
        let mut value = 0.0;
        let mut moved = vec![0.0; n];
        for (unit, i, c) in v.each() {
            let (q, wide) = (unit.values().unwrap_or(0), unit.wide());
            let now = labels[i] as usize;
            let column = |a: usize, k: usize| if wide == 1 { a as f64 } else { f64::from(u8::from(a == k)) };
            let shift = |a: usize, moved: &mut [f64]| {
                moved.copy_from_slice(x);
                for k in 0..wide {
                    let d = column(a, k) - s[c + k];
                    if d != 0.0 {
                        moved.iter_mut().zip(&w[(c + k) * n..(c + k + 1) * n]).for_each(|(m, w)| *m += d * w);
                    }
                }
            };
            let logs: Vec<f64> = (0..q)
                .map(|a| {
                    shift(a, &mut moved);
                    let own: f64 = (0..wide).map(|k| column(a, k) * self.fields[0][c + k]).sum();
                    own + h.log_z(1.0, |j| moved[j])
                })
                .collect();
            let mut slopes = vec![0.0; q];
            value += what.of(&logs, now, &mut slopes);
            if !wanted {
                continue;
            }
            for (a, g) in slopes.iter().enumerate() {
                shift(a, &mut moved);
                for (unit, _, j) in h.each() {
                    let field: Vec<f64> = moved[j..j + unit.wide()].to_vec();
                    unit.means(1.0, |k| field[k], |k, mean| moved[j + k] = mean);
                }
                for k in 0..wide {
                    let d = g * (column(a, k) - s[c + k]);
                    sums.visible[c + k] += d;
                    sums.pairs[(c + k) * n..(c + k + 1) * n].iter_mut().zip(&moved).for_each(|(l, m)| *l += d * m);
                }
                pull.iter_mut().zip(&moved).for_each(|(p, m)| *p += g * m);
            }
        }
        value
    }
}

/// Σ_j ln(1 + σ_j d_j), by logarithms of products of eight.
fn log_of_products(sigma: &[f64], d: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (sigma, d) in sigma.chunks(4 * 8).zip(d.chunks(4 * 8)) {
        let mut p = [1.0f64; 4];
        for (s, d) in sigma.chunks(4).zip(d.chunks(4)) {
            for (p, (s, d)) in p.iter_mut().zip(s.iter().zip(d)) {
                *p *= 1.0 + s * d;
            }
        }
        sum += p.iter().map(|p| libm::log(*p)).sum::<f64>();
    }
    sum
}
