//! Real couplings and fields: local fields in f64, compared with a level drawn for each update.
//!
//! The level is a function of 32 random bits alone (see [`super::functions`]), so acceptance
//! probabilities are exact to 2^-33 and to the rounding of the local field.

use std::sync::Arc;

use super::super::sampler::Rule;
use super::super::thinning::kept;
use super::adjacency::Adjacency;
use super::block::{Block, Row, Simd, dispatch};
use super::bulk::Keys;
use super::functions::{heat_bath_level, metropolis_level};
use super::lanes::finite_beta;
use super::wide::LaneKey;

pub(crate) struct RealModel {
    pub adjacency: Adjacency<f64>,
    pub constant: f64,
    pub rule: Rule,
}

/// Sites that one Philox block of a lane serves, with a word each.
const GROUP: usize = 4;

impl RealModel {
    /// What is taken from the level of Metropolis, -ln u, for the proposals that are left out.
    fn reluctance(&self, beta: f64) -> f64 {
        -libm::log(kept(self.adjacency.most_neighbours(), beta))
    }
}

/// The level that an update's 2 β x is compared with, x = s f (Metropolis) or f (heat bath).
#[inline(always)]
fn level<const HEAT: bool>(word: u64) -> f64 {
    if HEAT { heat_bath_level(word) } else { metropolis_level(word) }
}

/// β ΔE, or 0 where it is negative: then every level of at least 0 accepts and none below.
#[inline(always)]
fn uphill(y: f64) -> f64 {
    if y > 0.0 { y } else { 0.0 }
}

/// Exactly +1.0 or -1.0 times `c`, for masks 0 and -1.
#[inline(always)]
fn signed(c: f64, mask: i8) -> f64 {
    f64::from_bits(c.to_bits() ^ (i64::from(mask) as u64 & 1 << 63))
}

/// Sixteen lanes side by side.
pub(crate) struct Wide<const W: usize> {
    model: Arc<RealModel>,
    simd: Simd,
    keys: Keys<W>,
    spins: Vec<Row<i8, W>>,
    betas: [f64; W],
    reluctance: [f64; W],
}

impl<const W: usize> Wide<W> {
    pub fn new(model: Arc<RealModel>, simd: Simd, keys: &[LaneKey]) -> Wide<W> {
        let n = model.adjacency.sites();
        Wide { model, simd, keys: Keys::new(keys), spins: vec![Row([0; W]); n], betas: [0.0; W], reluctance: [0.0; W] }
    }

    #[inline(always)]
    fn fields(&self, i: usize) -> [f64; W] {
        let adjacency = &self.model.adjacency;
        let mut f = [adjacency.fields[i]; W];
        for &(j, c) in adjacency.row(i) {
            let other = &self.spins[j as usize].0;
            for l in 0..W {
                f[l] += signed(c, other[l]);
            }
        }
        f
    }

    #[inline(always)]
    fn sweep<const HEAT: bool>(&mut self, sweep: u64) {
        let n = self.spins.len();
        let mut levels = [[0.0; W]; GROUP];
        for group in 0..n.div_ceil(GROUP) {
            for first in (0..W).step_by(8) {
                let words = self.keys.eight(sweep, group as u32, first);
                for w in 0..GROUP {
                    for l in 0..8 {
                        levels[w][first + l] = level::<HEAT>(words[w][l]);
                    }
                }
            }
            for (k, level) in levels.iter().enumerate().take(n - group * GROUP) {
                let i = group * GROUP + k;
                let f = self.fields(i);
                let own = &mut self.spins[i].0;
                for l in 0..W {
                    if HEAT {
                        own[l] = !-i8::from((2.0 * f[l]) * self.betas[l] > level[l]);
                    } else {
                        let x = signed(f[l], own[l]);
                        own[l] ^= -i8::from(uphill((2.0 * x) * self.betas[l]) <= level[l] - self.reluctance[l]);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn wide_sweeps<const W: usize>(block: &mut Wide<W>, first: u64, count: u64) {
    for sweep in first..first + count {
        match block.model.rule {
            Rule::HeatBath => block.sweep::<true>(sweep),
            Rule::Metropolis => block.sweep::<false>(sweep),
        }
    }
}
dispatch!(run_wide => wide_sweeps [const W: usize] <W> (block: &mut Wide<W>, first: u64, count: u64));

/// Minus twice the energy without the constant, and the sum of the spins, of each lane.
#[inline(always)]
fn wide_measure<const W: usize>(block: &Wide<W>, out: &mut [(f64, f64); W]) {
    for i in 0..block.spins.len() {
        let f = block.fields(i);
        let h = block.model.adjacency.fields[i];
        let own = &block.spins[i].0;
        for l in 0..W {
            out[l].0 += signed(f[l] + h, own[l]);
            out[l].1 += signed(1.0, own[l]);
        }
    }
}
dispatch!(run_measure => wide_measure [const W: usize] <W> (block: &Wide<W>, out: &mut [(f64, f64); W]));

impl<const W: usize> Block for Wide<W> {
    fn advance(&mut self, first: u64, count: u64) {
        run_wide(self.simd, self, first, count);
    }

    fn measure(&self) -> Vec<(f64, f64)> {
        let mut sums = [(0.0, 0.0); W];
        run_measure(self.simd, self, &mut sums);
        sums.iter().map(|&(twice, total)| (self.model.constant - 0.5 * twice, total)).collect()
    }

    fn set_beta(&mut self, slot: usize, beta: f64) {
        self.betas[slot] = finite_beta(beta);
        self.reluctance[slot] = self.model.reluctance(beta);
    }

    fn mask(&self, site: usize, slot: usize) -> i8 {
        self.spins[site].0[slot]
    }

    fn set_mask(&mut self, site: usize, slot: usize, mask: i8) {
        self.spins[site].0[slot] = mask;
    }
}

/// A lone lane.
pub(crate) struct One {
    model: Arc<RealModel>,
    simd: Simd,
    key: LaneKey,
    spins: Vec<i8>,
    beta: f64,
    reluctance: f64,
}

impl One {
    pub fn new(model: Arc<RealModel>, simd: Simd, key: LaneKey) -> One {
        let n = model.adjacency.sites();
        One { model, simd, key, spins: vec![0; n], beta: 0.0, reluctance: 0.0 }
    }

    #[inline(always)]
    fn field(&self, i: usize) -> f64 {
        let mut f = self.model.adjacency.fields[i];
        for &(j, c) in self.model.adjacency.row(i) {
            f += signed(c, self.spins[j as usize]);
        }
        f
    }

    #[inline(always)]
    fn sweep<const HEAT: bool>(&mut self, sweep: u64) {
        let n = self.spins.len();
        let reluctance = self.reluctance;
        for run in 0..n.div_ceil(8 * GROUP) {
            let words = self.key.eight(sweep, 8 * run as u32);
            let mut levels = [[0.0; 8]; GROUP];
            for w in 0..GROUP {
                for b in 0..8 {
                    levels[w][b] = level::<HEAT>(words[w][b]);
                }
            }
            let first = run * 8 * GROUP;
            for i in first..n.min(first + 8 * GROUP) {
                let level = levels[i % GROUP][(i - first) / GROUP];
                let f = self.field(i);
                let own = self.spins[i];
                self.spins[i] = if HEAT {
                    !-i8::from((2.0 * f) * self.beta > level)
                } else {
                    own ^ -i8::from(uphill((2.0 * signed(f, own)) * self.beta) <= level - reluctance)
                };
            }
        }
    }
}

#[inline(always)]
fn one_sweeps<const HEAT: bool>(block: &mut One, first: u64, count: u64) {
    for sweep in first..first + count {
        block.sweep::<HEAT>(sweep);
    }
}
dispatch!(run_one => one_sweeps [const HEAT: bool] <HEAT> (block: &mut One, first: u64, count: u64));

impl Block for One {
    fn advance(&mut self, first: u64, count: u64) {
        match self.model.rule {
            Rule::HeatBath => run_one::<true>(self.simd, self, first, count),
            Rule::Metropolis => run_one::<false>(self.simd, self, first, count),
        }
    }

    fn measure(&self) -> Vec<(f64, f64)> {
        let (mut twice, mut total) = (0.0, 0.0);
        for i in 0..self.spins.len() {
            twice += signed(self.field(i) + self.model.adjacency.fields[i], self.spins[i]);
            total += signed(1.0, self.spins[i]);
        }
        vec![(self.model.constant - 0.5 * twice, total)]
    }

    fn set_beta(&mut self, _slot: usize, beta: f64) {
        self.beta = finite_beta(beta);
        self.reluctance = self.model.reluctance(beta);
    }

    fn mask(&self, site: usize, _slot: usize) -> i8 {
        self.spins[site]
    }

    fn set_mask(&mut self, site: usize, _slot: usize, mask: i8) {
        self.spins[site] = mask;
    }
}
