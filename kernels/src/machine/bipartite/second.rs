//! Covariances of the statistics of two layers, exactly: under the law by the sum over the states of the smaller layer, the other summed
//! out, and given rows of visible states.
//!
//! With the state s of one layer known, the units t of the other are independent. A direction ξ in the space of the coefficients gives
//! φ·ξ = a(s) + Σ_j g_j(s) t_j, so that E[t_j φ·ξ | s] = m_j (a + g·m) + (Cov[t | s] g)_j with the means m.

use super::super::Rows;
use super::Bipartite;
use super::exact::{BLOCK, PARTS};
use super::layer::{Side, Unit};
use super::moments::Sums;
use crate::tensor::ops::{Scratch, outer_rows};
use rayon::prelude::*;

/// The most states for covariances.
const MOST: u64 = 1 << 20;

/// Replaces the fields y of independent units by their means, and g by their covariance times g.
fn means_and_turns(side: &Side, y: &mut [f64], g: &mut [f64]) {
    for (unit, _, c) in side.each() {
        let wide = unit.wide();
        let field: Vec<f64> = y[c..c + wide].to_vec();
        unit.means(1.0, |k| field[k], |k, mean| y[c + k] = mean);
        match unit {
            Unit::Two { .. } => g[c] *= y[c] * (1.0 - y[c]),
            Unit::Labels(_) => {
                let (m, g) = (&y[c..c + wide], &mut g[c..c + wide]);
                let mean: f64 = m.iter().zip(&*g).map(|(m, g)| m * g).sum();
                g.iter_mut().zip(m).for_each(|(g, m)| *g = m * (*g - mean));
            }
            Unit::Real { sigma } => g[c] *= sigma * sigma,
        }
    }
}

/// Sums of parts, in order.
fn added(parts: &[[Vec<f64>; 3]]) -> [Vec<f64>; 3] {
    let mut all = parts[0].clone();
    for part in &parts[1..] {
        all.iter_mut().zip(part).for_each(|(a, p)| a.iter_mut().zip(p).for_each(|(a, p)| *a += p));
    }
    all
}

impl Bipartite {
    pub(super) fn enumerated(&self, order: u8) -> Result<(), String> {
        let (_, n) = self.smaller()?;
        if order > 1 && n > MOST {
            return Err("both layers have too many states for sums of second derivatives (more than 2^20)".into());
        }
        Ok(())
    }

    /// A machine whose coefficients are the direction that x gives.
    fn towards(&self, x: &[f64]) -> Result<Bipartite, String> {
        if x.len() != self.coordinates.dimension() {
            return Err(format!("{} numbers are no direction of {} parameters", x.len(), self.coordinates.dimension()));
        }
        let coordinates = super::Coordinates::same(self.coordinates.len());
        let mut d = Bipartite { coordinates, ..self.clone() };
        d.renew(&self.coordinates.along(x))?;
        Ok(d)
    }

    pub(super) fn covariance_of(&self, log_z: f64, means: &[f64], x: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.enumerated(2)?;
        let (hidden, n) = self.smaller()?;
        let d = self.towards(x)?;
        let mean: f64 = means.iter().zip(x).map(|(m, x)| m * x).sum();
        let (w, dw) = (self.double(!hidden), d.double(!hidden));
        let (side, other) = (self.side(hidden), self.side(!hidden));
        let own = &d.fields[usize::from(hidden)];
        let (k, l) = (side.columns, other.columns);
        let blocks = n.div_ceil(BLOCK);
        let each = blocks.div_ceil(PARTS);
        let parts: Vec<([Vec<f64>; 3], f64)> = (0..blocks.div_ceil(each))
            .into_par_iter()
            .map(|part| {
                let mut sums = [vec![0.0; k * l], vec![0.0; k], vec![0.0; l]];
                let mut weight = 0.0;
                for b in part * each..blocks.min((part + 1) * each) {
                    let count = BLOCK.min(n - b * BLOCK) as usize;
                    let x = Self::columns_of(side, b * BLOCK, count);
                    let (logs, mut y) = self.weights_of(&w, count, &x, 1.0);
                    let mut g = d.fields_of(&dw, count, &x);
                    let lines = y.chunks_exact_mut(l).zip(g.chunks_exact_mut(l));
                    for ((log, (y, g)), x) in logs.iter().zip(lines).zip(x.chunks_exact(k)) {
                        let p = libm::exp(log - log_z);
                        let slope = g.to_vec();
                        means_and_turns(other, y, g);
                        let along: f64 = x.iter().zip(own).map(|(x, f)| x * f).sum::<f64>()
                            + y.iter().zip(&slope).map(|(m, g)| m * g).sum::<f64>();
                        let away = p * (d.constant + along - mean);
                        y.iter_mut().zip(&*g).for_each(|(y, g)| *y = *y * away + p * g);
                        sums[1].iter_mut().zip(x).for_each(|(s, x)| *s += away * x);
                        sums[2].iter_mut().zip(&*y).for_each(|(s, y)| *s += y);
                        weight += away;
                    }
                    outer_rows((&x, k), (&y, l), 0..k, &mut sums[0], &mut Scratch::new(), true);
                }
                (sums, weight)
            })
            .collect();
        let (parts, weights): (Vec<[Vec<f64>; 3]>, Vec<f64>) = parts.into_iter().unzip();
        let [pairs, small, large] = added(&parts);
        let weight = weights.iter().sum();
        let sums = if hidden {
            let (v, h) = (l, k);
            let pairs = (0..v * h).map(|e| pairs[(e % h) * v + e / h]).collect();
            Sums { pairs, visible: large, hidden: small, weight }
        } else {
            Sums { pairs, visible: small, hidden: large, weight }
        };
        out.fill(0.0);
        self.coordinates.pull(&self.to_values(sums), out);
        Ok(())
    }

    /// The mean over rows of E[φ | v], or of Cov[φ | v] x.
    pub(super) fn given(&self, rows: &Rows, x: Option<&[f64]>, out: &mut [f64]) -> Result<(), String> {
        let direction = x.map(|x| self.towards(x)).transpose()?;
        let (v, h) = (&self.visible, &self.hidden);
        let (k, l) = (v.columns, h.columns);
        let w = self.double(true);
        let dw = direction.as_ref().map(|d| d.double(true));
        let scale = 1.0 / rows.count as f64;
        let each = rows.count.div_ceil(PARTS as usize).max(1);
        let parts: Vec<[Vec<f64>; 3]> = rows
            .visible
            .par_chunks(each * v.units)
            .map(|labels| {
                let count = labels.len() / v.units;
                let mut x = vec![0.0; count * k];
                labels.chunks_exact(v.units).zip(x.chunks_exact_mut(k)).for_each(|(l, x)| v.expand(l, x));
                let mut y = self.fields_of(&w, count, &x);
                let mut g = match (&direction, &dw) {
                    (Some(d), Some(dw)) => d.fields_of(dw, count, &x),
                    _ => vec![0.0; count * l],
                };
                y.chunks_exact_mut(l).zip(g.chunks_exact_mut(l)).for_each(|(y, g)| means_and_turns(h, y, g));
                let right = if direction.is_some() { &mut g } else { &mut y };
                right.iter_mut().for_each(|r| *r *= scale);
                let mut sums = [vec![0.0; k * l], vec![0.0; k], vec![0.0; l]];
                outer_rows((&x, k), (&*right, l), 0..k, &mut sums[0], &mut Scratch::new(), true);
                right.chunks_exact(l).for_each(|r| sums[2].iter_mut().zip(r).for_each(|(s, r)| *s += r));
                // What is known does not vary.
                if direction.is_none() {
                    x.chunks_exact(k).for_each(|x| sums[1].iter_mut().zip(x).for_each(|(s, x)| *s += scale * x));
                }
                sums
            })
            .collect();
        if parts.is_empty() {
            return Err("there are no data".into());
        }
        let [pairs, visible, hidden] = added(&parts);
        let weight = if direction.is_some() { 0.0 } else { 1.0 };
        out.fill(0.0);
        self.coordinates.pull(&self.to_values(Sums { pairs, visible, hidden, weight }), out);
        Ok(())
    }
}
