//! A lone lane: with tables of integers, the same numbers as in a wide block; and with real energies.

use std::sync::Arc;

use super::local::{Block, IntegerModel, kept_of};
use super::model::Model;
use crate::sampler::Rule;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use crate::sparse::bulk::further;
use crate::sparse::functions::{metropolis_level, uniform};
use crate::sparse::lanes::finite_beta;
use crate::sparse::wide::{LaneKey, REFINE};

/// Sites that eight Philox blocks serve with one word each.
const RUN: usize = 32;

pub(super) struct One {
    model: Arc<IntegerModel>,
    simd: Simd,
    key: LaneKey,
    spins: Vec<u8>,
    /// -1 at negative temperature.
    inverted: i8,
    /// Metropolis: thresholds by the byte of the rise, in units of 2^-48.
    thresholds: [u64; 256],
    /// Heat bath: weights by difference from the best value.
    weights: [f64; 256],
    /// Scratch: for each value its coupling to the neighbours.
    satisfied: [i8; 256],
}

/// One where two values are equal, else zero.
#[inline(always)]
fn equal(a: u8, b: u8) -> i32 {
    (u32::from(a ^ b).wrapping_sub(1) >> 31) as i32
}

impl One {
    pub fn new(model: Arc<IntegerModel>, simd: Simd, key: LaneKey) -> One {
        let spins = vec![0; model.adjacency.sites()];
        One { model, simd, key, spins, inverted: 0, thresholds: [0; 256], weights: [0.0; 256], satisfied: [0; 256] }
    }

    #[inline(always)]
    fn words(&self, sweep: u64, run: usize) -> [u32; RUN] {
        let eight = self.key.eight(sweep, 8 * run as u32);
        let mut words = [0; RUN];
        for b in 0..8 {
            for w in 0..4 {
                words[4 * b + w] = eight[w][b] as u32;
            }
        }
        words
    }

    #[inline(always)]
    fn metropolis(&mut self, sweep: u64) {
        let n = self.spins.len();
        let others = self.model.q as u32 - 1;
        let left_out = self.model.left_out();
        for run in 0..n.div_ceil(RUN) {
            let words = self.words(sweep, run);
            for (k, &word) in words.iter().enumerate().take(n - run * RUN) {
                let i = run * RUN + k;
                let own = self.spins[i];
                let product = (word & 0xFFFF) * others;
                let other = (product >> 16) as u8;
                let new = other + u8::from(other >= own);
                let mut x = 0i32;
                for &(j, c) in self.model.adjacency.row(i) {
                    let s = self.spins[j as usize];
                    // A product, not a mask: that would become a branch, and which it is cannot be foreseen.
                    x += i32::from(c) * (equal(s, own) - equal(s, new));
                }
                let threshold = self.thresholds[usize::from(x as u8)];
                let r = u64::from(word >> 16);
                let mut accept = r < threshold >> 32;
                if r == threshold >> 32 {
                    accept = u64::from(further(&self.key, sweep, i)) < threshold & 0xFFFF_FFFF;
                }
                accept &= product as u16 >= left_out;
                // No branch: whether a proposal is accepted cannot be foreseen.
                self.spins[i] = own ^ (own ^ new) & (-i8::from(accept)) as u8;
            }
        }
    }

    #[inline(always)]
    fn heat_bath(&mut self, sweep: u64) {
        let n = self.spins.len();
        let q = self.model.q;
        let m = self.inverted;
        for run in 0..n.div_ceil(RUN) {
            let words = self.words(sweep, run);
            for (k, &word) in words.iter().enumerate().take(n - run * RUN) {
                let i = run * RUN + k;
                let satisfied = &mut self.satisfied[..q];
                satisfied.fill(0);
                for &(j, c) in self.model.adjacency.row(i) {
                    let x = &mut satisfied[usize::from(self.spins[j as usize])];
                    *x = x.wrapping_add((c ^ m).wrapping_sub(m));
                }
                let best = satisfied.iter().fold(i8::MIN, |best, &x| best.max(x));
                let weight = |x: i8| self.weights[usize::from(best.wrapping_sub(x) as u8)];
                let z = satisfied.iter().fold(0.0, |z, &x| z + weight(x));
                let level = uniform(u64::from(word)) * z;
                let (mut sum, mut new) = (0.0, 0u8);
                for &x in &satisfied[..q - 1] {
                    sum += weight(x);
                    new += u8::from(sum <= level);
                }
                self.spins[i] = new;
            }
        }
    }
}

#[inline(always)]
fn sweeps<const HEAT: bool>(block: &mut One, first: u64, count: u64) {
    for sweep in first..first + count {
        if HEAT { block.heat_bath(sweep) } else { block.metropolis(sweep) }
    }
}
dispatch!(run => sweeps [const HEAT: bool] <HEAT> (block: &mut One, first: u64, count: u64));

impl Block for One {
    fn advance(&mut self, first: u64, count: u64) {
        match self.model.rule {
            Rule::HeatBath => run::<true>(self.simd, self, first, count),
            Rule::Metropolis => run::<false>(self.simd, self, first, count),
        }
    }

    fn set_beta(&mut self, _slot: usize, beta: f64) {
        let beta = finite_beta(beta);
        self.inverted = -i8::from(beta < 0.0);
        for d in 0..=255u8 {
            let x = d as i8;
            self.weights[usize::from(d)] = self.model.weight(d, beta);
            // A rise of at most 126 units either way; the byte of -128 does not occur.
            self.thresholds[usize::from(d)] = self.model.threshold(if beta < 0.0 { x.wrapping_neg() } else { x }, beta.abs());
        }
    }

    fn get(&self, site: usize, _slot: usize) -> u8 {
        self.spins[site]
    }

    fn set(&mut self, site: usize, _slot: usize, position: u8) {
        self.spins[site] = position;
    }

    fn measure(&self) -> Vec<(f64, f64)> {
        let adjacency = &self.model.adjacency;
        let mut satisfied = 0i64;
        for (i, s) in self.spins.iter().enumerate() {
            for &(j, c) in adjacency.row(i).iter().take_while(|entry| entry.0 as usize > i) {
                satisfied += i64::from(c & -i8::from(self.spins[j as usize] == *s));
            }
        }
        let total = self.spins.iter().map(|&s| u64::from(s)).sum::<u64>();
        vec![(self.model.constant - self.model.unit * satisfied as f64, total as f64)]
    }
}

/// A lane of any couplings and fields. Sixteen sites share eight Philox blocks, two words each.
pub(super) struct Real {
    model: Arc<Model>,
    rule: Rule,
    simd: Simd,
    key: LaneKey,
    beta: f64,
    spins: Vec<u8>,
    /// Scratch: for each value what it takes from the energy, then running sums of weights.
    satisfied: Vec<f64>,
}

impl Real {
    pub fn new(model: Arc<Model>, rule: Rule, simd: Simd, key: LaneKey) -> Real {
        let (spins, satisfied) = (vec![0; model.sites()], vec![0.0; model.q]);
        Real { model, rule, simd, key, beta: 0.0, spins, satisfied }
    }

    #[inline(always)]
    fn metropolis(&mut self, sweep: u64) {
        let n = self.spins.len();
        let others = self.model.q as u32 - 1;
        let reluctance = -libm::log(kept_of(self.model.q, self.model.adjacency.most_neighbours(), self.beta));
        for run in 0..n.div_ceil(16) {
            let words = self.key.eight(sweep, 8 * run as u32);
            let mut levels = [0.0; 16];
            for k in 0..8 {
                levels[2 * k] = metropolis_level(words[1][k]) - reluctance;
                levels[2 * k + 1] = metropolis_level(words[3][k]) - reluctance;
            }
            for i in 16 * run..n.min(16 * run + 16) {
                let own = self.spins[i];
                let word = words[2 * (i % 2)][(i % 16) / 2] as u32;
                let other = if others == 1 { 0 } else { below(word, others, &self.key, sweep, i) } as u8;
                let new = other + u8::from(other >= own);
                let mut rise = 0.0;
                for &(j, c) in self.model.adjacency.row(i) {
                    let s = self.spins[j as usize];
                    rise += if s == own { c } else { 0.0 } - if s == new { c } else { 0.0 };
                }
                if self.model.in_field {
                    rise += self.model.field(i, own) - self.model.field(i, new);
                }
                // A level below 0 leaves the proposal out, however far downhill it goes.
                let accept = (rise * self.beta).max(0.0) <= levels[i % 16];
                self.spins[i] = own ^ (own ^ new) & (-i8::from(accept)) as u8;
            }
        }
    }

    #[inline(always)]
    fn heat_bath(&mut self, sweep: u64) {
        let n = self.spins.len();
        let q = self.model.q;
        let sign = self.beta.signum();
        for run in 0..n.div_ceil(16) {
            let words = self.key.eight(sweep, 8 * run as u32);
            for i in 16 * run..n.min(16 * run + 16) {
                let satisfied = &mut self.satisfied[..];
                if self.model.in_field {
                    satisfied.copy_from_slice(&self.model.energy.fields[i * q..(i + 1) * q]);
                } else {
                    satisfied.fill(0.0);
                }
                for &(j, c) in self.model.adjacency.row(i) {
                    satisfied[usize::from(self.spins[j as usize])] += c;
                }
                let best = satisfied.iter().fold(f64::NEG_INFINITY, |best, &x| best.max(x * sign)) * sign;
                let mut z = 0.0;
                for x in satisfied.iter_mut() {
                    z += if *x == best { 1.0 } else { libm::exp((*x - best) * self.beta) };
                    *x = z;
                }
                let (w, k) = (2 * (i % 2), (i % 16) / 2);
                let bits = words[w][k] & 0xFFFF_FFFF | words[w + 1][k] << 32;
                let level = (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0) * z;
                self.spins[i] = satisfied[..q - 1].iter().map(|&sum| u8::from(sum <= level)).sum();
            }
        }
    }
}

/// Uniform in 0..n from a word, without bias: the few words that would bring one are replaced (Lemire, ACM TOMACS 29, 3 (2019)).
#[inline(always)]
fn below(word: u32, n: u32, key: &LaneKey, sweep: u64, site: usize) -> u32 {
    let product = u64::from(word) * u64::from(n);
    let left_out = n.wrapping_neg() % n;
    if (product as u32) < n && (product as u32) < left_out {
        let more = key.block(REFINE, sweep, site as u32).map(|w| u64::from(w) * u64::from(n));
        // Four refusals in a row, below 2^-96, are let pass.
        let fitting = more.iter().find(|m| **m as u32 >= left_out).unwrap_or(&more[0]);
        return (fitting >> 32) as u32;
    }
    (product >> 32) as u32
}

#[inline(always)]
fn real_sweeps<const HEAT: bool>(block: &mut Real, first: u64, count: u64) {
    for sweep in first..first + count {
        if HEAT { block.heat_bath(sweep) } else { block.metropolis(sweep) }
    }
}
dispatch!(run_real => real_sweeps [const HEAT: bool] <HEAT> (block: &mut Real, first: u64, count: u64));

impl Block for Real {
    fn advance(&mut self, first: u64, count: u64) {
        match self.rule {
            Rule::HeatBath => run_real::<true>(self.simd, self, first, count),
            Rule::Metropolis => run_real::<false>(self.simd, self, first, count),
        }
    }

    fn set_beta(&mut self, _slot: usize, beta: f64) {
        self.beta = finite_beta(beta);
    }

    fn get(&self, site: usize, _slot: usize) -> u8 {
        self.spins[site]
    }

    fn set(&mut self, site: usize, _slot: usize, position: u8) {
        self.spins[site] = position;
    }

    fn measure(&self) -> Vec<(f64, f64)> {
        let total = self.spins.iter().map(|&s| u64::from(s)).sum::<u64>();
        vec![(self.model.energy.energy(&self.spins), total as f64)]
    }
}
