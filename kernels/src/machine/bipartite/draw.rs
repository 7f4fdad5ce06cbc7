//! Fields of a layer given the other, and block Gibbs.

use super::super::bits::{Bits, PANEL};
use super::super::logistic;
use super::super::product::{Right, panels_of, product};
use super::super::words::{HIDDEN, VISIBLE, Words};
use super::super::{Chains, Sweeps};
use super::Bipartite;
use super::layer::{Side, Source, Unit};
use super::state::State;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use crate::tensor::ops::Scratch;
use rayon::prelude::*;

/// Rows of numbers that go through a packed product together.
const CHUNK: usize = 48;
/// Elements from which layers are drawn by several threads.
const PARALLEL_FROM: usize = 1 << 15;

/// Draws [m, 32] of a panel: fields β (x + bias).
#[inline(always)]
fn draw_panel_in(x: &[f32], bias: &[f32; PANEL], betas: &[f32], words: &Words, first: usize, out: &mut [u32]) {
    let x = x.as_chunks::<PANEL>().0;
    for (four, out) in out.chunks_mut(4).enumerate() {
        let mut w = [[[0; 8]; 4]; 4];
        for (k, w) in w.iter_mut().enumerate() {
            *w = words.eight(four, first + 8 * k);
        }
        for (r, out) in out.iter_mut().enumerate() {
            let row = 4 * four + r;
            let beta = betas[if betas.len() == 1 { 0 } else { row }];
            *out = logistic::draw_bits(&x[row], bias, beta, [&w[0][r], &w[1][r], &w[2][r], &w[3][r]]);
        }
    }
}
dispatch!(draw_panel => draw_panel_in [] <> (x: &[f32], bias: &[f32; PANEL], betas: &[f32], words: &Words, first: usize, out: &mut [u32]));

/// Draws of a panel at β = 1.
pub(super) fn draw_fields(x: &[f32], bias: &[f32; PANEL], source: &Source, first: usize, out: &mut [u32]) {
    draw_fields_at(x, bias, 1.0, source, first, out);
}

/// Draws of a panel at fields β (x + bias).
pub(super) fn draw_fields_at(x: &[f32], bias: &[f32; PANEL], beta: f32, source: &Source, first: usize, out: &mut [u32]) {
    draw_panel(Simd::detect(), x, bias, &[beta], &source.first, first, out);
}

/// A label of unit `i` with first column `c` in row `r` of m, at fields β (x + bias) and precision κ.
pub(super) fn label(
    unit: Unit,
    x: &[f32],
    bias: &[f64],
    (m, r, i, c): (usize, usize, usize, usize),
    (beta, kappa): (f64, f64),
    source: &Source,
) -> f32 {
    let field = |k: usize| {
        let c = c + k;
        beta * (f64::from(x[(c / PANEL * m + r) * PANEL + c % PANEL]) + bias[c])
    };
    unit.draw(kappa, field, source, r, i)
}

/// A mask of the columns that may be drawn, a word for each panel.
pub(super) struct Free(Vec<u32>);

impl Free {
    pub fn new(side: &Side, clamped: &[bool]) -> Free {
        let mut free = vec![0; side.panels()];
        for (unit, i, c) in side.each() {
            (c..c + unit.wide()).filter(|_| !clamped[i]).for_each(|c| free[c / PANEL] |= 1 << (c % PANEL));
        }
        Free(free)
    }
}

impl Bipartite {
    pub(super) fn side(&self, hidden: bool) -> &Side {
        if hidden { &self.hidden } else { &self.visible }
    }

    /// The fields that a layer sends to the other (to the hidden one, or back), without biases, as panels [m, 32]; `finish` sees
    /// each panel when it is there.
    pub(super) fn project(&self, from: &State, hidden: bool, finish: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
        let to = self.side(hidden);
        let m = from.rows();
        match from {
            State::Bits(bits) => {
                let values = if hidden { &self.forth } else { &self.back };
                product(bits, Right { values, panel: PANEL, row: to.padded() }, to.panels(), finish)
            }
            State::Dense { values, .. } => {
                let mut out = vec![0.0; m * to.padded()];
                let k = self.side(!hidden).columns;
                let packed = self.prepared(hidden);
                let mut rows = vec![0.0; m * to.padded()];
                rows.par_chunks_mut(CHUNK * to.padded()).zip(values.par_chunks(CHUNK * k)).for_each(|(out, x)| {
                    packed.run(x, x.len() / k, out, &mut Scratch::new());
                });
                panels_of(&rows, m, to.padded(), &mut out);
                out.par_chunks_exact_mut((m * PANEL).max(1)).enumerate().for_each(|(p, out)| finish(p, out));
                out
            }
        }
    }

    fn bias(&self, hidden: bool, panel: usize) -> &[f32; PANEL] {
        &self.biases[usize::from(hidden)].as_chunks::<PANEL>().0[panel]
    }

    /// Draws a layer given the other. `keep`: a mask of what is drawn, and the state of the rest.
    pub(super) fn draw(
        &self,
        from: &State,
        hidden: bool,
        betas: &[f64],
        source: &Source,
        keep: Option<(&Free, &State)>,
    ) -> State {
        let side = self.side(hidden);
        let m = from.rows();
        if side.two && !matches!(keep, Some((_, State::Dense { .. }))) {
            let single: Vec<f32> = betas.iter().map(|b| *b as f32).collect();
            let mut bits = Bits::new(m, side.columns);
            let last = side.columns % PANEL;
            let panels: Vec<_> = bits.words.chunks_mut(m.max(1)).map(std::sync::Mutex::new).collect();
            self.project(from, hidden, |p, x| {
                // One thread has the panel: nobody waits.
                let Ok(mut out) = panels[p].lock() else { return };
                draw_panel(Simd::detect(), x, self.bias(hidden, p), &single, &source.first, p * PANEL, &mut out);
                if p + 1 == panels.len() && last != 0 {
                    out.iter_mut().for_each(|w| *w &= (1 << last) - 1);
                }
                if let Some((free, State::Bits(old))) = keep {
                    let (free, old) = (free.0[p], &old.words[p * m..(p + 1) * m]);
                    out.iter_mut().zip(old).for_each(|(w, old)| *w = *w & free | *old & !free);
                }
            });
            drop(panels);
            return State::Bits(bits);
        }
        let x = self.project(from, hidden, |_, _| {});
        let fields = &self.fields[usize::from(hidden)];
        let mut labels = vec![0.0f32; m * side.units];
        let old = keep.map(|(free, state)| {
            let mut old = vec![0.0; m * side.units];
            state.labels(side, &mut old);
            (free, old)
        });
        let row = |(r, out): (usize, &mut [f32])| {
            let beta = betas[if betas.len() == 1 { 0 } else { r }];
            for (unit, i, c) in side.each() {
                out[i] = match &old {
                    Some((free, old)) if free.0[c / PANEL] >> (c % PANEL) & 1 == 0 => old[r * side.units + i],
                    _ => label(unit, &x, fields, (m, r, i, c), (beta, beta), source),
                };
            }
        };
        if m * side.columns < PARALLEL_FROM {
            labels.chunks_exact_mut(side.units).enumerate().for_each(row);
        } else {
            labels.par_chunks_exact_mut(side.units).enumerate().for_each(row);
        }
        State::new(side, m, &labels)
    }

    /// Sweeps from visible states; gives the last states of both layers.
    pub(super) fn gibbs(&self, chains: &mut Chains, how: &Sweeps) {
        let m = chains.count;
        if how.count == 0 || m == 0 {
            return;
        }
        let mut v = State::new(&self.visible, m, &chains.visible);
        let mut h = how.clamped.map(|_| State::new(&self.hidden, m, &chains.hidden));
        let free = how
            .clamped
            .map(|c| [Free::new(&self.visible, &c[..self.visible.units]), Free::new(&self.hidden, &c[self.visible.units..])]);
        for _ in 0..how.count {
            let (now, next) = (Source::new(chains.key, HIDDEN, chains.sweeps), Source::new(chains.key, VISIBLE, chains.sweeps));
            let keep = free.as_ref().and_then(|f| Some((&f[1], h.as_ref()?)));
            let drawn = self.draw(&v, true, how.betas, &now, keep);
            v = self.draw(&drawn, false, how.betas, &next, free.as_ref().map(|f| (&f[0], &v)));
            h = Some(drawn);
            chains.sweeps += 1;
        }
        v.labels(&self.visible, &mut chains.visible);
        if let Some(h) = h {
            h.labels(&self.hidden, &mut chains.hidden);
        }
    }
}
