//! Means of the hidden units given the visible ones, and sums of statistics over rows: states are read once and never kept.

use super::super::Rows;
use super::super::bits::{Bits, PANEL};
use super::super::logistic;
use super::super::product::{Right, product, rows_of};
use super::super::words::{HIDDEN, VISIBLE};
use super::Bipartite;
use super::layer::{Side, Source};
use super::state::State;
use crate::random::Key;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use crate::tensor::ops::{Scratch, outer_rows};
use rayon::prelude::*;

#[inline(always)]
fn means_in(x: &mut [f32], bias: &[f32; PANEL]) {
    for x in x.as_chunks_mut::<PANEL>().0 {
        for (x, b) in x.iter_mut().zip(bias) {
            *x = logistic::mean(*x + b);
        }
    }
}
dispatch!(means_panel => means_in [] <> (x: &mut [f32], bias: &[f32; PANEL]));

/// One part of a sum over rows: visible states, means of the hidden columns as panels [m, 32], and a factor.
pub(super) struct Part<'a> {
    pub state: &'a State,
    pub means: &'a [f32],
    pub scale: f64,
}

/// Σ scale s t, Σ scale s, Σ scale t over columns of 0 and 1, and Σ scale.
pub(super) struct Sums {
    /// [visible columns, hidden columns]
    pub pairs: Vec<f64>,
    pub visible: Vec<f64>,
    pub hidden: Vec<f64>,
    pub weight: f64,
}

impl Bipartite {
    /// The means of a layer's columns given the other, as panels.
    pub(super) fn conditional(&self, from: &State, hidden: bool) -> Vec<f32> {
        let side = self.side(hidden);
        let m = from.rows();
        if side.two {
            return self.project(from, hidden, |p, x| {
                means_panel(Simd::detect(), x, &self.biases[usize::from(hidden)].as_chunks::<PANEL>().0[p]);
            });
        }
        let mut x = self.project(from, hidden, |_, _| {});
        self.means_of(side, &self.fields[usize::from(hidden)], m, &mut x);
        x
    }

    fn means_of(&self, side: &Side, fields: &[f64], m: usize, x: &mut [f32]) {
        let mut own = vec![];
        for r in 0..m {
            for (unit, _, c) in side.each() {
                own.clear();
                own.resize(unit.wide(), 0.0);
                let at = |k: usize| ((c + k) / PANEL * m + r) * PANEL + (c + k) % PANEL;
                unit.means(1.0, |k| f64::from(x[at(k)]) + fields[c + k], |k, mean| own[k] = mean);
                own.iter().enumerate().for_each(|(k, mean)| x[at(k)] = *mean as f32);
            }
        }
    }

    /// The sums over several parts.
    pub(super) fn sums(&self, parts: &[Part]) -> Sums {
        let (v, h) = (self.visible.columns, self.hidden.columns);
        // Room for what is appended to them.
        let mut pairs = Vec::with_capacity(v * h + v + h);
        pairs.resize(v * h, 0.0);
        let sums = self.sums_into(parts, &mut pairs);
        Sums { pairs, ..sums }
    }

    /// The sums over several parts; those of pairs are added to an array.
    fn sums_into(&self, parts: &[Part], pairs: &mut [f64]) -> Sums {
        let (v, h) = (&self.visible, &self.hidden);
        let mut sums = Sums {
            pairs: Vec::new(),
            visible: vec![0.0; v.columns],
            hidden: vec![0.0; h.columns],
            weight: parts.iter().map(|p| p.scale * p.state.rows() as f64).sum(),
        };
        for part in parts {
            let m = part.state.rows();
            for (p, x) in part.means.chunks_exact((m * PANEL).max(1)).enumerate() {
                let mut total = [0.0f64; PANEL];
                for x in x.as_chunks::<PANEL>().0 {
                    total.iter_mut().zip(x).for_each(|(t, x)| *t += f64::from(*x));
                }
                let all = &mut sums.hidden[p * PANEL..h.columns.min((p + 1) * PANEL)];
                all.iter_mut().zip(&total).for_each(|(s, t)| *s += part.scale * t);
            }
            match part.state {
                State::Bits(bits) => bits.sums(|c, n| sums.visible[c] += part.scale * f64::from(n)),
                State::Dense { values, .. } => {
                    let mut total = vec![0.0f64; v.columns];
                    for line in values.chunks_exact(v.columns) {
                        total.iter_mut().zip(line).for_each(|(t, x)| *t += f64::from(*x));
                    }
                    sums.visible.iter_mut().zip(&total).for_each(|(s, t)| *s += part.scale * t);
                }
            }
        }
        // All parts of bits go through one product, so that differences are taken where they are small; others one by one.
        let (bits, dense): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|p| matches!(p.state, State::Bits(_)));
        let factors: Vec<&Bits> = bits.iter().filter_map(|p| if let State::Bits(b) = p.state { Some(b) } else { None }).collect();
        if !factors.is_empty() {
            self.pairs_of_bits(&Bits::stack(&factors), &bits, pairs);
        }
        for part in dense {
            if let State::Dense { rows, values } = part.state {
                self.pairs_of_numbers(*rows, values, part, pairs);
            }
        }
        sums
    }

    fn pairs_of_bits(&self, bits: &Bits, parts: &[&Part], out: &mut [f64]) {
        let (v, h) = (&self.visible, &self.hidden);
        let turned = bits.transpose();
        let m = bits.rows;
        let mut right = Vec::with_capacity(m * h.padded());
        for p in 0..h.panels() {
            for part in parts {
                let (rows, scale) = (part.state.rows(), part.scale as f32);
                right.extend(part.means[p * rows * PANEL..(p + 1) * rows * PANEL].iter().map(|x| scale * x));
            }
        }
        let panels = product(&turned, Right { values: &right, panel: m * PANEL, row: PANEL }, h.panels(), |_, _| {});
        let line = |(i, out): (usize, &mut [f64])| {
            for (p, out) in out.chunks_mut(PANEL).enumerate() {
                let from = &panels[(p * v.columns + i) * PANEL..][..out.len()];
                out.iter_mut().zip(from).for_each(|(o, x)| *o += f64::from(*x));
            }
        };
        if out.len() < super::LARGE {
            out.chunks_exact_mut(h.columns).enumerate().for_each(line);
        } else {
            out.par_chunks_exact_mut(h.columns).with_min_len(32).enumerate().for_each(line);
        }
    }

    fn pairs_of_numbers(&self, m: usize, values: &[f32], part: &Part, out: &mut [f64]) {
        let (v, h) = (self.visible.columns, self.hidden.columns);
        let mut right = vec![0.0; m * h];
        rows_of(part.means, m, h, &mut right);
        out.par_chunks_mut(64 * h).enumerate().for_each(|(b, out)| {
            let mut sums = vec![0.0f32; out.len()];
            let first = b * 64;
            outer_rows((values, v), (&right, h), first..first + out.len() / h, &mut sums, &mut Scratch::new(), false);
            out.iter_mut().zip(&sums).for_each(|(o, x)| *o += part.scale * f64::from(*x));
        });
    }

    /// Sums over columns of 0 and 1, turned into the statistics of values in place of `sums.pairs` and returned as dη.
    pub(super) fn to_values(&self, sums: Sums) -> Vec<f64> {
        let (v, h) = (&self.visible, &self.hidden);
        let Sums { mut pairs, mut visible, mut hidden, weight } = sums;
        if !(v.plain && h.plain) {
            for (i, line) in pairs.chunks_exact_mut(h.columns).enumerate() {
                for (j, x) in line.iter_mut().enumerate() {
                    *x = v.step[i] * (h.step[j] * *x + h.low[j] * visible[i])
                        + v.low[i] * (h.step[j] * hidden[j] + h.low[j] * weight);
                }
            }
            visible.iter_mut().enumerate().for_each(|(i, x)| *x = v.step[i] * *x + v.low[i] * weight);
            hidden.iter_mut().enumerate().for_each(|(j, x)| *x = h.step[j] * *x + h.low[j] * weight);
        }
        pairs.append(&mut visible);
        pairs.append(&mut hidden);
        pairs
    }

    /// Adds the gradient of parts.
    pub(super) fn collect(&self, parts: &[Part], out: &mut [f64]) {
        if !(self.coordinates.is_same() && self.visible.plain && self.hidden.plain) {
            return self.coordinates.pull(&self.to_values(self.sums(parts)), out);
        }
        // The sums are the gradient: they go where it is wanted, without an array of pairs between.
        let (pairs, rest) = out.split_at_mut(self.visible.columns * self.hidden.columns);
        let Sums { visible, hidden, .. } = self.sums_into(parts, pairs);
        rest.iter_mut().zip(visible.iter().chain(&hidden)).for_each(|(o, x)| *o += x);
    }

    pub(super) fn state_of(&self, rows: &Rows) -> State {
        State::new(&self.visible, rows.count, rows.visible)
    }

    /// Contrastive divergence, in which the fields of the data serve twice.
    pub(super) fn contrastive(&self, data: &Rows, steps: u64, key: Key, out: &mut [f64]) {
        let start = self.state_of(data);
        let n = data.count;
        let (mut means, mut h) = (vec![], None);
        let source = Source::new(key, HIDDEN, 0);
        if self.hidden.two && steps > 0 {
            // Means and draws of one product.
            let mut bits = Bits::new(n, self.hidden.columns);
            let last = self.hidden.columns % PANEL;
            {
                let panels: Vec<_> = bits.words.chunks_mut(n.max(1)).map(std::sync::Mutex::new).collect();
                means = self.project(&start, true, |p, x| {
                    let Ok(mut words) = panels[p].lock() else { return };
                    let bias = &self.biases[1].as_chunks::<PANEL>().0[p];
                    super::draw::draw_fields(x, bias, &source, p * PANEL, &mut words);
                    if p + 1 == panels.len() && last != 0 {
                        words.iter_mut().for_each(|w| *w &= (1 << last) - 1);
                    }
                    means_panel(Simd::detect(), x, bias);
                });
            }
            h = Some(State::Bits(bits));
        }
        if h.is_none() {
            means = self.conditional(&start, true);
        }
        let mut v = start.clone();
        for step in 0..steps {
            let hidden = match h.take() {
                Some(h) => h,
                None => self.draw(&v, true, &[1.0], &Source::new(key, HIDDEN, step), None),
            };
            v = self.draw(&hidden, false, &[1.0], &Source::new(key, VISIBLE, step), None);
        }
        let model = self.conditional(&v, true);
        let scale = 1.0 / n as f64;
        let parts = [Part { state: &v, means: &model, scale }, Part { state: &start, means: &means, scale: -scale }];
        out.fill(0.0);
        self.collect(&parts, out);
    }
}
