//! Annealed importance sampling between a product law and the machine, hidden units summed out: one product with the visible
//! states for each temperature, of which weights and draws both come.
//!
//! At β the visible fields are (1 - β) a + β b, the hidden ones β c and the weights β W, with a the fields of the product law.

use super::super::bits::{Bits, PANEL};
use super::super::logistic::softplus;
use super::super::words::{HIDDEN, START, VISIBLE};
use super::super::{Annealed, Path, Rows};
use super::Bipartite;
use super::draw::{draw_fields_at, label};
use super::layer::{Side, Source, Unit};
use super::state::State;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use std::sync::Mutex;

/// Σ_j ln(1 + e^{β' y}) - ln(1 + e^{β y}) of each row of a panel.
#[inline(always)]
fn gain_in(x: &[f32], bias: &[f32; PANEL], from: f32, to: f32, out: &mut [f32]) {
    for (x, out) in x.as_chunks::<PANEL>().0.iter().zip(out) {
        let mut sums = [0.0f32; 8];
        for (x, b) in x.as_chunks::<8>().0.iter().zip(bias.as_chunks::<8>().0) {
            for l in 0..8 {
                let y = x[l] + b[l];
                sums[l] += softplus(to * y) - softplus(from * y);
            }
        }
        *out = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    }
}
dispatch!(gain => gain_in [] <> (x: &[f32], bias: &[f32; PANEL], from: f32, to: f32, out: &mut [f32]));

impl Bipartite {
    /// The visible fields of the product law: those that give the means of the data, half a count added to each value.
    fn base(&self, rows: Option<Rows>) -> Vec<f64> {
        let v = &self.visible;
        let mut fields = vec![0.0; v.columns];
        let Some(rows) = rows else { return fields };
        let mut sums = vec![0.0; v.columns];
        let mut line = vec![0.0f64; v.columns];
        for labels in rows.visible.chunks_exact(v.units) {
            v.expand(labels, &mut line);
            sums.iter_mut().zip(&line).for_each(|(s, x)| *s += x);
        }
        let n = rows.count as f64;
        for (unit, _, c) in v.each() {
            match unit {
                Unit::Two { .. } => fields[c] = libm::log((sums[c] + 0.5) / (n - sums[c] + 0.5)),
                Unit::Labels(q) => (c..c + q).for_each(|c| fields[c] = libm::log(sums[c] + 0.5)),
                Unit::Real { sigma } => fields[c] = sums[c] / n / (sigma * sigma),
            }
        }
        fields
    }

    /// Chains along a path of annealing in either direction.
    fn along(&self, mut v: State, betas: &[f64], path: &Path, fields: &[f64]) -> (Vec<f64>, State) {
        let m = v.rows();
        let mut weights = vec![0.0; m];
        let slope: Vec<f64> = self.fields[0].iter().zip(fields).map(|(b, a)| b - a).collect();
        for (k, pair) in betas.windows(2).enumerate() {
            let (from, to) = (pair[0], pair[1]);
            let source = Source::new(path.key, HIDDEN, k as u64);
            let last = k + 2 == betas.len();
            let h = self.weigh(&v, (from, to), (!last).then_some(&source), &mut weights);
            for (r, w) in weights.iter_mut().enumerate() {
                *w += (to - from) * (self.constant + v.dot(&self.visible, r, |c| slope[c]));
            }
            let Some(h) = h else { break };
            let bias: Vec<f64> = self.fields[0].iter().zip(fields).map(|(b, a)| b + (1.0 - to) / to * a).collect();
            v = self.draw_at(&h, false, to, &bias, &Source::new(path.key, VISIBLE, k as u64));
        }
        (weights, v)
    }

    /// Adds what the hidden units give to the weights of a change of β, and draws them at the new one where asked.
    fn weigh(&self, v: &State, (from, to): (f64, f64), source: Option<&Source>, weights: &mut [f64]) -> Option<State> {
        let h = &self.hidden;
        let m = v.rows();
        if !h.two {
            let x = self.project(v, true, |_, _| {});
            for (r, w) in weights.iter_mut().enumerate() {
                let field = |c: usize| f64::from(x[(c / PANEL * m + r) * PANEL + c % PANEL]) + self.fields[1][c];
                *w += h.log_z(1.0, |c| to * field(c)) - h.log_z(1.0, |c| from * field(c));
            }
            return source.map(|s| self.labels_at(&x, m, true, to, &self.fields[1], s));
        }
        let mut bits = Bits::new(m, h.columns);
        let mut gains = vec![0.0f32; m * h.panels()];
        {
            let places: Vec<_> = bits.words.chunks_mut(m).zip(gains.chunks_mut(m)).map(Mutex::new).collect();
            let tail = h.columns % PANEL;
            self.project(v, true, |p, x| {
                // One thread has the panel: nobody waits.
                let Ok(mut place) = places[p].lock() else { return };
                let (words, gains) = &mut *place;
                let bias = &self.biases[1].as_chunks::<PANEL>().0[p];
                gain(Simd::detect(), x, bias, from as f32, to as f32, gains);
                if let Some(source) = source {
                    draw_fields_at(x, bias, to as f32, source, p * PANEL, words);
                    if p + 1 == places.len() && tail != 0 {
                        words.iter_mut().for_each(|w| *w &= (1 << tail) - 1);
                    }
                }
            });
        }
        for gains in gains.chunks_exact(m) {
            weights.iter_mut().zip(gains).for_each(|(w, g)| *w += f64::from(*g));
        }
        source.map(|_| State::Bits(bits))
    }

    /// Draws a layer at fields β (x + bias), real units with their own variance.
    fn draw_at(&self, from: &State, hidden: bool, beta: f64, bias: &[f64], source: &Source) -> State {
        let side = self.side(hidden);
        let m = from.rows();
        if !side.two {
            let x = self.project(from, hidden, |_, _| {});
            return self.labels_at(&x, m, hidden, beta, bias, source);
        }
        let mut single = vec![0.0f32; side.padded()];
        single.iter_mut().zip(bias).for_each(|(s, b)| *s = *b as f32);
        let mut bits = Bits::new(m, side.columns);
        let tail = side.columns % PANEL;
        {
            let places: Vec<_> = bits.words.chunks_mut(m).map(Mutex::new).collect();
            self.project(from, hidden, |p, x| {
                let Ok(mut words) = places[p].lock() else { return };
                draw_fields_at(x, &single.as_chunks::<PANEL>().0[p], beta as f32, source, p * PANEL, &mut words);
                if p + 1 == places.len() && tail != 0 {
                    words.iter_mut().for_each(|w| *w &= (1 << tail) - 1);
                }
            });
        }
        State::Bits(bits)
    }

    fn labels_at(&self, x: &[f32], m: usize, hidden: bool, beta: f64, bias: &[f64], source: &Source) -> State {
        let side = self.side(hidden);
        let mut labels = vec![0.0f32; m * side.units];
        for (r, out) in labels.chunks_exact_mut(side.units).enumerate() {
            for (unit, i, c) in side.each() {
                out[i] = label(unit, x, bias, (m, r, i, c), (beta, 1.0), source);
            }
        }
        State::new(side, m, &labels)
    }

    fn product_law(side: &Side, fields: &[f64], count: usize, path: &Path) -> State {
        let source = Source::new(path.key, START, 0);
        let mut labels = vec![0.0f32; count * side.units];
        for (r, out) in labels.chunks_exact_mut(side.units).enumerate() {
            for (unit, i, c) in side.each() {
                out[i] = unit.draw(1.0, |k| fields[c + k], &source, r, i);
            }
        }
        State::new(side, count, &labels)
    }

    pub(super) fn annealing(&self, start: Result<usize, &Rows>, path: &Path) -> Result<Annealed, String> {
        let ascends = path.betas.windows(2).all(|b| b[0] < b[1]);
        if path.betas.len() < 2 || !ascends || path.betas[0] != 0.0 || path.betas[path.betas.len() - 1] != 1.0 {
            return Err("the temperatures of annealing go from β = 0 to β = 1".into());
        }
        let fields = self.base(path.base);
        let base = self.visible.log_z(1.0, |c| fields[c]) + self.hidden.log_z(1.0, |_| 0.0);
        let (weights, end) = match start {
            Ok(0) => return Err("annealing needs chains".into()),
            Ok(count) => self.along(Self::product_law(&self.visible, &fields, count, path), path.betas, path, &fields),
            Err(rows) => {
                let back: Vec<f64> = path.betas.iter().rev().copied().collect();
                self.along(self.state_of(rows), &back, path, &fields)
            }
        };
        let mut visible = vec![0.0; end.rows() * self.visible.units];
        end.labels(&self.visible, &mut visible);
        Ok(Annealed { base, weights, visible })
    }
}
