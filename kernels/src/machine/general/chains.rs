//! Gibbs sampling of sixteen chains at a time, unit after unit in the order of colours.

use super::super::logistic::{choose, draw};
use super::super::words::{HIDDEN, START, VISIBLE, Words};
use super::super::{Chains, Sweeps};
use super::General;
use crate::random::Key;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use rayon::prelude::*;

/// Chains side by side.
pub(super) const LANES: usize = 16;

/// Sixteen chains: labels of all units and values of all atoms.
pub(super) struct Block {
    /// The first chain.
    pub first: usize,
    pub labels: Vec<[f32; LANES]>,
    pub values: Vec<[f32; LANES]>,
}

/// How a sweep draws: at β, and for annealing with (1 - β) times fields of each unit's labels.
pub(super) struct How<'a> {
    pub key: Key,
    pub sweep: u64,
    pub betas: [f32; LANES],
    pub base: Option<&'a [Vec<f64>]>,
    pub clamped: Option<&'a [bool]>,
}

#[inline(always)]
fn sweep_in(machine: &General, block: &mut Block, how: &How) {
    let words = [Words::new(how.key, HIDDEN, how.sweep), Words::new(how.key, VISIBLE, how.sweep)];
    let mut logits: Vec<[f32; LANES]> = vec![];
    for &unit in &machine.order {
        if how.clamped.is_some_and(|c| c[unit]) {
            continue;
        }
        let q = machine.sizes[unit];
        logits.resize(q, [0.0; LANES]);
        machine.logits(unit, &machine.single_tables, &machine.single_coefficients, &block.values, &mut logits);
        for x in &mut logits {
            x.iter_mut().zip(&how.betas).for_each(|(x, beta)| *x *= beta);
        }
        if let Some(base) = how.base {
            for (x, b) in logits.iter_mut().zip(&base[unit]) {
                x.iter_mut().zip(&how.betas).for_each(|(x, beta)| *x += (1.0 - beta) * *b as f32);
            }
        }
        let words = &words[usize::from(unit < machine.visible)];
        let mut labels = [0.0f32; LANES];
        let drawn: [u32; LANES] = std::array::from_fn(|l| words.one(block.first + l, unit));
        match &logits[..q] {
            [_] => {}
            [zero, one] => {
                for l in 0..LANES {
                    labels[l] = if draw(one[l] - zero[l], drawn[l]) { 1.0 } else { 0.0 };
                }
            }
            all => {
                for l in 0..LANES {
                    labels[l] = choose(all.iter().map(|x| f64::from(x[l])), drawn[l]) as f32;
                }
            }
        }
        block.labels[unit] = labels;
        machine.place(unit, &labels, &machine.single_tables, &mut block.values);
    }
}
dispatch!(sweep => sweep_in [] <> (machine: &General, block: &mut Block, how: &How));

impl Block {
    pub fn new(machine: &General, first: usize, visible: &[f32], hidden: &[f32]) -> Block {
        let (nv, nh) = (machine.visible, machine.units() - machine.visible);
        let rows = visible.len() / nv;
        let labels: Vec<[f32; LANES]> = (0..nv + nh)
            .map(|u| {
                std::array::from_fn(|l| {
                    let l = if l < rows { l } else { 0 };
                    if u < nv { visible[l * nv + u] } else { hidden[l * nh + u - nv] }
                })
            })
            .collect();
        let mut block = Block { first, values: vec![[0.0; LANES]; machine.atoms.len()], labels };
        for u in 0..nv + nh {
            machine.place(u, &block.labels[u], &machine.single_tables, &mut block.values);
        }
        block
    }

    pub fn sweep(&mut self, machine: &General, how: &How) {
        sweep(Simd::detect(), machine, self, how);
    }

    pub fn read(&self, machine: &General, visible: &mut [f32], hidden: &mut [f32]) {
        let (nv, nh) = (machine.visible, machine.units() - machine.visible);
        for (l, out) in visible.chunks_exact_mut(nv).enumerate() {
            out.iter_mut().zip(&self.labels).for_each(|(o, x)| *o = x[l]);
        }
        for (l, out) in hidden.chunks_exact_mut(nh.max(1)).enumerate() {
            out.iter_mut().zip(&self.labels[nv..]).for_each(|(o, x)| *o = x[l]);
        }
    }
}

impl General {
    pub(super) fn begin(&self, count: usize, key: Key) -> Chains {
        let words = Words::new(key, START, 0);
        let nv = self.visible;
        let label = |r: usize, u: usize| ((u64::from(words.one(r, u)) * self.sizes[u] as u64) >> 32) as f32;
        let visible = (0..count * nv).map(|k| label(k / nv, k % nv)).collect();
        let nh = self.units() - nv;
        let hidden = (0..count * nh).map(|k| label(k / nh, nv + k % nh)).collect();
        Chains { count, visible, hidden, key, sweeps: 0 }
    }

    pub(super) fn gibbs(&self, chains: &mut Chains, how: &Sweeps) {
        let (nv, nh) = (self.visible, self.units() - self.visible);
        let (key, first_sweep) = (chains.key, chains.sweeps);
        // Without hidden units there are still as many blocks.
        let mut none = vec![0.0; if nh == 0 { chains.count } else { 0 }];
        let hidden = if nh == 0 { &mut none } else { &mut chains.hidden };
        let pairs = chains.visible.par_chunks_mut(LANES * nv).zip(hidden.par_chunks_mut(LANES * nh.max(1)));
        pairs.enumerate().for_each(|(b, (visible, hidden))| {
            let mut block = Block::new(self, b * LANES, visible, hidden);
            let rows = visible.len() / nv;
            let betas = std::array::from_fn(|l| how.beta(b * LANES + if l < rows { l } else { 0 }) as f32);
            for s in 0..how.count {
                block.sweep(self, &How { key, sweep: first_sweep + s, betas, base: None, clamped: how.clamped });
            }
            let mut nothing = [];
            block.read(self, visible, if nh == 0 { &mut nothing } else { hidden });
        });
        chains.sweeps += how.count;
    }
}
