//! Lanes side by side, the spins of one site side by side: differences of energy in bytes.
//!
//! Each update reads 32 random bits: word w of block b of a sweep serves site 4 b + w. Metropolis takes the low half for the proposal
//! and the high half for the acceptance, with 32 further bits where these do not decide; heat bath takes them as one number.

use std::sync::Arc;

use super::local::{Block, IntegerModel};
use crate::sampler::Rule;
use crate::sparse::Simd;
use crate::sparse::block::{Row, dispatch};
use crate::sparse::bulk::{Keys, further};
use crate::sparse::functions::uniform;
use crate::sparse::integer::LARGEST;
use crate::sparse::lanes::finite_beta;
use crate::sparse::wide::LaneKey;

/// Sites that one Philox block of a lane serves.
const GROUP: usize = 4;

/// The largest number of units between two values of one spin, plus one.
const DIFFERENCES: usize = LARGEST as usize + 1;

pub(super) struct Wide<const W: usize> {
    model: Arc<IntegerModel>,
    simd: Simd,
    keys: Keys<W>,
    spins: Vec<Row<u8, W>>,
    /// Metropolis, by level: the leading 16 bits of the threshold, xor 2^15, and the other 32 (up to 2^32 inclusive).
    leading: Vec<Row<i16, W>>,
    trailing: Vec<[u64; W]>,
    /// The leading and the other bits where the energy does not rise.
    resting: (Row<i16, W>, [u64; W]),
    /// -1 in lanes of negative temperature, where energies count the other way round.
    inverted: Row<i8, W>,
    /// Heat bath: weights by difference from the best value.
    weights: Vec<[f64; W]>,
    /// Scratch of heat bath: for each value its coupling to the neighbours.
    satisfied: Vec<Row<i8, W>>,
}

impl<const W: usize> Wide<W> {
    pub fn new(model: Arc<IntegerModel>, simd: Simd, keys: &[LaneKey]) -> Wide<W> {
        let (n, levels) = (model.adjacency.sites(), model.levels.len());
        let heat = model.rule == Rule::HeatBath;
        Wide {
            simd,
            keys: Keys::new(keys),
            spins: vec![Row([0; W]); n],
            leading: vec![Row([0; W]); levels],
            trailing: vec![[0; W]; levels],
            resting: (Row([0; W]), [0; W]),
            inverted: Row([0; W]),
            weights: vec![[0.0; W]; if heat { DIFFERENCES } else { 0 }],
            satisfied: vec![Row([0; W]); if heat { model.q } else { 0 }],
            model,
        }
    }

    /// Decides lane `l`, which ties at the rise `x`, by the further bits.
    #[cold]
    fn decide(&self, sweep: u64, site: usize, l: usize, x: i8) -> bool {
        let trailing = if x <= 0 {
            self.resting.1[l]
        } else {
            match self.model.levels.binary_search(&x) {
                Ok(level) => self.trailing[level][l],
                Err(_) => return false,
            }
        };
        u64::from(further(&self.keys.single[l], sweep, site)) < trailing
    }

    #[inline(always)]
    fn words(&self, sweep: u64, block: u32) -> [[u32; W]; GROUP] {
        let mut words = [[0u32; W]; GROUP];
        for first in (0..W).step_by(8) {
            let eight = self.keys.eight(sweep, block, first);
            for w in 0..GROUP {
                for l in 0..8 {
                    words[w][first + l] = eight[w][l] as u32;
                }
            }
        }
        words
    }

    #[inline(always)]
    fn metropolis(&mut self, sweep: u64) {
        let n = self.spins.len();
        let others = self.model.q as u16 - 1;
        let left_out = self.model.left_out();
        for group in 0..n.div_ceil(GROUP) {
            let words = self.words(sweep, group as u32);
            for (k, words) in words.iter().enumerate().take(n - group * GROUP) {
                let i = group * GROUP + k;
                let own = self.spins[i].0;
                let mut new = [0u8; W];
                let mut valid = [0i16; W];
                for l in 0..W {
                    let product = u32::from(words[l] as u16) * u32::from(others);
                    valid[l] = -i16::from(product as u16 >= left_out);
                    let other = (product >> 16) as u8;
                    new[l] = other + u8::from(other >= own[l]);
                }
                let mut x = [0i8; W];
                for &(j, c) in self.model.adjacency.row(i) {
                    let s = &self.spins[j as usize].0;
                    for l in 0..W {
                        let (lost, won) = (-i8::from(s[l] == own[l]), -i8::from(s[l] == new[l]));
                        x[l] = x[l].wrapping_add(c & lost).wrapping_sub(c & won);
                    }
                }
                let mut rise = [0i16; W];
                let mut threshold = [0i16; W];
                for l in 0..W {
                    let m = self.inverted.0[l];
                    x[l] = (x[l] ^ m).wrapping_sub(m);
                    rise[l] = i16::from(x[l]);
                    // All bits where the energy does not rise.
                    threshold[l] = self.resting.0.0[l] & ((rise[l] - 1) >> 15);
                }
                for level in 0..usize::from(self.model.meets[i]) {
                    let v = i16::from(self.model.levels[level]);
                    let leading = &self.leading[level].0;
                    for l in 0..W {
                        // All bits where rise is v, by arithmetic: of a comparison the compiler makes a branch for each lane.
                        let d = rise[l] ^ v;
                        threshold[l] |= leading[l] & (((d - 1) & !d) >> 15);
                    }
                }
                let mut accept = [0i16; W];
                let mut tie = [0i16; W];
                for l in 0..W {
                    let r = ((words[l] >> 16) as u16 ^ 0x8000) as i16;
                    accept[l] = -i16::from(r < threshold[l]) & valid[l];
                    tie[l] = -i16::from(r == threshold[l]) & valid[l];
                }
                if tie.iter().fold(0, |any, t| any | t) != 0 {
                    for l in (0..W).filter(|&l| tie[l] != 0) {
                        accept[l] = -i16::from(self.decide(sweep, i, l, x[l]));
                    }
                }
                let spins = &mut self.spins[i].0;
                for l in 0..W {
                    let mask = accept[l] as u8;
                    spins[l] = own[l] ^ (own[l] ^ new[l]) & mask;
                }
            }
        }
    }

    #[inline(always)]
    fn heat_bath(&mut self, sweep: u64) {
        let n = self.spins.len();
        let q = self.model.q;
        for group in 0..n.div_ceil(GROUP) {
            let words = self.words(sweep, group as u32);
            for (k, words) in words.iter().enumerate().take(n - group * GROUP) {
                let i = group * GROUP + k;
                let mut best = [i8::MIN; W];
                for (colour, satisfied) in self.satisfied.iter_mut().enumerate() {
                    let mut x = [0i8; W];
                    for &(j, c) in self.model.adjacency.row(i) {
                        let s = &self.spins[j as usize].0;
                        for l in 0..W {
                            x[l] = x[l].wrapping_add(c & -i8::from(s[l] == colour as u8));
                        }
                    }
                    for l in 0..W {
                        let m = self.inverted.0[l];
                        x[l] = (x[l] ^ m).wrapping_sub(m);
                        best[l] = best[l].max(x[l]);
                    }
                    satisfied.0 = x;
                }
                let mut z = [0.0; W];
                for satisfied in &self.satisfied {
                    for l in 0..W {
                        let d = best[l].wrapping_sub(satisfied.0[l]) as u8;
                        z[l] += self.weights[usize::from(d)][l];
                    }
                }
                let mut level = [0.0; W];
                for l in 0..W {
                    level[l] = uniform(u64::from(words[l])) * z[l];
                }
                let mut sum = [0.0; W];
                let mut new = [0u8; W];
                for satisfied in &self.satisfied[..q - 1] {
                    for l in 0..W {
                        let d = best[l].wrapping_sub(satisfied.0[l]) as u8;
                        sum[l] += self.weights[usize::from(d)][l];
                        new[l] += u8::from(sum[l] <= level[l]);
                    }
                }
                self.spins[i].0 = new;
            }
        }
    }
}

#[inline(always)]
fn sweeps<const W: usize>(block: &mut Wide<W>, first: u64, count: u64) {
    for sweep in first..first + count {
        match block.model.rule {
            Rule::HeatBath => block.heat_bath(sweep),
            Rule::Metropolis => block.metropolis(sweep),
        }
    }
}
dispatch!(run => sweeps [const W: usize] <W> (block: &mut Wide<W>, first: u64, count: u64));

/// Satisfied couplings of each lane in units, each bond once, and the sum of its positions.
#[inline(always)]
fn sums<const W: usize>(block: &Wide<W>, out: &mut [(i64, u64); W]) {
    let adjacency = &block.model.adjacency;
    // Sums of 2^14 sites stay within 32 bits.
    for chunk in 0..adjacency.sites().div_ceil(1 << 14) {
        let mut satisfied = [0i32; W];
        let mut total = [0u32; W];
        for i in chunk << 14..adjacency.sites().min((chunk + 1) << 14) {
            let own = &block.spins[i].0;
            let mut x = [0i8; W];
            for &(j, c) in adjacency.row(i).iter().take_while(|entry| entry.0 as usize > i) {
                let s = &block.spins[j as usize].0;
                for l in 0..W {
                    x[l] = x[l].wrapping_add(c & -i8::from(s[l] == own[l]));
                }
            }
            for l in 0..W {
                satisfied[l] += i32::from(x[l]);
                total[l] += u32::from(own[l]);
            }
        }
        for l in 0..W {
            out[l].0 += i64::from(satisfied[l]);
            out[l].1 += u64::from(total[l]);
        }
    }
}
dispatch!(run_sums => sums [const W: usize] <W> (block: &Wide<W>, out: &mut [(i64, u64); W]));

impl<const W: usize> Block for Wide<W> {
    fn advance(&mut self, first: u64, count: u64) {
        run(self.simd, self, first, count);
    }

    fn set_beta(&mut self, slot: usize, beta: f64) {
        let beta = finite_beta(beta);
        self.inverted.0[slot] = -i8::from(beta < 0.0);
        let beta = beta.abs();
        let split = |p: u64| {
            let leading = (p >> 32).min(0xFFFF);
            ((leading as u16 ^ 0x8000) as i16, p - (leading << 32))
        };
        if self.model.rule == Rule::HeatBath {
            for (d, row) in self.weights.iter_mut().enumerate() {
                row[slot] = self.model.weight(d as u8, beta);
            }
            return;
        }
        (self.resting.0.0[slot], self.resting.1[slot]) = split(self.model.threshold(0, beta));
        for (level, &x) in self.model.levels.iter().enumerate() {
            (self.leading[level].0[slot], self.trailing[level][slot]) = split(self.model.threshold(x, beta));
        }
    }

    fn get(&self, site: usize, slot: usize) -> u8 {
        self.spins[site].0[slot]
    }

    fn set(&mut self, site: usize, slot: usize, position: u8) {
        self.spins[site].0[slot] = position;
    }

    fn measure(&self) -> Vec<(f64, f64)> {
        let mut out = [(0, 0); W];
        run_sums(self.simd, self, &mut out);
        let energy = |&(satisfied, total): &(i64, u64)| (self.model.constant - self.model.unit * satisfied as f64, total as f64);
        out.iter().map(energy).collect()
    }
}
