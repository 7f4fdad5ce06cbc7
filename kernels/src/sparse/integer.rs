//! Couplings and fields that are small integers: local fields in bytes, acceptance from tables.
//!
//! Owns the loops and the tables; knows nothing of how lanes are numbered outside.

use std::sync::Arc;

use super::super::sampler::Rule;
use super::super::thinning::kept;
use super::adjacency::Adjacency;
use super::block::{Block, Row, Simd, dispatch};
use super::bulk::{GROUP, Keys, RUN, fill_one, further};
use super::lanes::finite_beta;
use super::wide::LaneKey;
use crate::cache::fetch_line;

/// The largest local field, in units, that fits the bytes with room for a negation.
pub(crate) const LARGEST: i32 = 126;

/// Sites ahead of the present one whose neighbours are called for.
const AHEAD: usize = 6;

/// A model in integer units and what its local fields can be.
pub(crate) struct IntegerModel {
    pub adjacency: Adjacency<i8>,
    pub unit: f64,
    pub constant: f64,
    pub rule: Rule,
    most_neighbours: usize,
    /// Ascending arguments of the acceptance table that occur: the local field f for heat bath,
    /// the positive s f for Metropolis.
    levels: Vec<i8>,
    /// The levels that site i can meet: `from[i]..to[i]`.
    from: Vec<u8>,
    to: Vec<u8>,
}

impl IntegerModel {
    pub fn new(adjacency: Adjacency<i8>, unit: f64, constant: f64, rule: Rule) -> IntegerModel {
        let mut occurs = [false; 256];
        let mut range = Vec::with_capacity(adjacency.sites());
        for i in 0..adjacency.sites() {
            let h = i32::from(adjacency.fields[i]);
            let sum: i32 = adjacency.row(i).iter().map(|&(_, c)| i32::from(c).abs()).sum();
            for f in (h - sum..=h + sum).step_by(2) {
                match rule {
                    Rule::HeatBath => occurs[(f + 128) as usize] = true,
                    Rule::Metropolis if f != 0 => occurs[(f.abs() + 128) as usize] = true,
                    Rule::Metropolis => {}
                }
            }
            range.push(match rule {
                Rule::HeatBath => (h - sum, h + sum),
                Rule::Metropolis => (1, h.abs() + sum),
            });
        }
        let levels: Vec<i8> = (-128..128).filter(|v| occurs[(v + 128) as usize]).map(|v| v as i8).collect();
        let below = |x: i32| levels.partition_point(|&v| i32::from(v) < x) as u8;
        let from = range.iter().map(|r| below(r.0)).collect();
        let to = range.iter().map(|r| below(r.1 + 1)).collect();
        IntegerModel { most_neighbours: adjacency.most_neighbours(), adjacency, unit, constant, rule, levels, from, to }
    }

    /// The acceptance probability at argument x, in units of 2^-48.
    fn threshold(&self, x: i8, beta: f64) -> u64 {
        // The product with β comes last: β may be the largest number, and x zero.
        let e = libm::exp(-(2.0 * (self.unit * f64::from(x))) * beta);
        let p = match self.rule {
            Rule::Metropolis => kept(self.most_neighbours, beta) * e.min(1.0),
            Rule::HeatBath => 1.0 / (1.0 + e),
        };
        libm::round(p * 281_474_976_710_656.0) as u64
    }

    fn in_energy(&self, twice: i64) -> f64 {
        self.constant - self.unit * (twice as f64 * 0.5)
    }
}

/// Sixteen or sixty-four lanes, the spins of one site side by side.
pub(crate) struct Wide<const W: usize> {
    model: Arc<IntegerModel>,
    simd: Simd,
    keys: Keys<W>,
    spins: Vec<Row<i8, W>>,
    /// By level: the leading 16 bits of the threshold, xor 2^15, and the other 32 (up to 2^32 inclusive).
    leading: Vec<Row<i16, W>>,
    trailing: Vec<[u64; W]>,
    /// The leading bits for s f <= 0 in Metropolis, where the others are 0.
    resting: Row<i16, W>,
    /// -1 in lanes of negative temperature: Metropolis there is that of -β in the energy -E.
    inverted: Row<i8, W>,
}

impl<const W: usize> Wide<W> {
    pub fn new(model: Arc<IntegerModel>, simd: Simd, keys: &[LaneKey]) -> Wide<W> {
        let (n, levels) = (model.adjacency.sites(), model.levels.len());
        Wide {
            model,
            simd,
            keys: Keys::new(keys),
            spins: vec![Row([0; W]); n],
            leading: vec![Row([0; W]); levels],
            trailing: vec![[0; W]; levels],
            resting: Row([0; W]),
            inverted: Row([0; W]),
        }
    }

    /// Decides lane `l` at argument `x` by the further bits.
    fn decide(&self, sweep: u64, site: usize, l: usize, x: i8) -> bool {
        match self.model.levels.binary_search(&x) {
            Ok(level) => u64::from(further(&self.keys.single[l], sweep, site)) < self.trailing[level][l],
            // A tie with a threshold of no further bits is not below it.
            Err(_) => false,
        }
    }

    #[inline(always)]
    fn sweep<const HEAT: bool>(&mut self, sweep: u64) {
        let n = self.spins.len();
        let mut random = [[0i16; W]; GROUP];
        for group in 0..n.div_ceil(GROUP) {
            self.keys.fill(sweep, group as u32, &mut random);
            for (k, r) in random.iter().enumerate().take(n - group * GROUP) {
                let i = group * GROUP + k;
                let adjacency = &self.model.adjacency;
                // On a random graph the neighbours' rows are anywhere in a few megabytes.
                for &(j, _) in adjacency.row((i + AHEAD).min(n - 1)) {
                    fetch_line(&raw const self.spins[j as usize]);
                }
                let mut x = [adjacency.fields[i]; W];
                for &(j, c) in adjacency.row(i) {
                    let other = &self.spins[j as usize].0;
                    for l in 0..W {
                        // (c ^ m) - m is c times the spin of mask m.
                        x[l] = x[l].wrapping_add((c ^ other[l]).wrapping_sub(other[l]));
                    }
                }
                let mut threshold = [0i16; W];
                if !HEAT {
                    let own = &self.spins[i].0;
                    for l in 0..W {
                        let m = own[l] ^ self.inverted.0[l];
                        x[l] = (x[l] ^ m).wrapping_sub(m);
                        threshold[l] = if x[l] <= 0 { self.resting.0[l] } else { 0 };
                    }
                }
                for level in usize::from(self.model.from[i])..usize::from(self.model.to[i]) {
                    let v = i16::from(self.model.levels[level]);
                    let leading = &self.leading[level].0;
                    for l in 0..W {
                        // A mask, not a branch: loads under a condition are not vectorised.
                        threshold[l] |= leading[l] & -i16::from(i16::from(x[l]) == v);
                    }
                }
                // In 16 bits as long as possible: the change of width in mid loop costs more than the rest.
                let mut accept = [0i16; W];
                let mut tie = [0i16; W];
                for l in 0..W {
                    accept[l] = -i16::from(r[l] < threshold[l]);
                    tie[l] = -i16::from(r[l] == threshold[l]);
                }
                if tie.iter().fold(0, |any, t| any | t) != 0 {
                    for l in (0..W).filter(|&l| tie[l] != 0) {
                        accept[l] = -i16::from(self.decide(sweep, i, l, x[l]));
                    }
                }
                let own = &mut self.spins[i].0;
                for l in 0..W {
                    own[l] = if HEAT { !(accept[l] as i8) } else { own[l] ^ accept[l] as i8 };
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

/// Minus twice the energy of each lane in units, without the constant, and the sum of its spins.
#[inline(always)]
fn wide_measure<const W: usize>(block: &Wide<W>, out: &mut [(i64, i64); W]) {
    let adjacency = &block.model.adjacency;
    // Sums of at most 2^14 sites stay within 32 bits: a site adds at most 2 * 126.
    for chunk in 0..adjacency.sites().div_ceil(1 << 14) {
        let mut sums = [[0i32; W]; 2];
        for i in chunk << 14..adjacency.sites().min((chunk + 1) << 14) {
            let h = adjacency.fields[i];
            let mut f = [h; W];
            for &(j, c) in adjacency.row(i) {
                let other = &block.spins[j as usize].0;
                for l in 0..W {
                    f[l] = f[l].wrapping_add((c ^ other[l]).wrapping_sub(other[l]));
                }
            }
            let own = &block.spins[i].0;
            for l in 0..W {
                let s = i32::from(own[l]) | 1;
                sums[0][l] += s * (i32::from(f[l]) + i32::from(h));
                sums[1][l] += s;
            }
        }
        for l in 0..W {
            out[l].0 += i64::from(sums[0][l]);
            out[l].1 += i64::from(sums[1][l]);
        }
    }
}
dispatch!(run_measure => wide_measure [const W: usize] <W> (block: &Wide<W>, out: &mut [(i64, i64); W]));

impl<const W: usize> Block for Wide<W> {
    fn advance(&mut self, first: u64, count: u64) {
        run_wide(self.simd, self, first, count);
    }

    fn measure(&self) -> Vec<(f64, f64)> {
        let mut sums = [(0, 0); W];
        run_measure(self.simd, self, &mut sums);
        sums.iter().map(|&(twice, total)| (self.model.in_energy(twice), total as f64)).collect()
    }

    fn set_beta(&mut self, slot: usize, beta: f64) {
        let mut beta = finite_beta(beta);
        if self.model.rule == Rule::Metropolis {
            self.inverted.0[slot] = -i8::from(beta < 0.0);
            beta = beta.abs();
            self.resting.0[slot] = ((self.model.threshold(0, beta) >> 32) as u16 ^ 0x8000) as i16;
        }
        for (level, &x) in self.model.levels.iter().enumerate() {
            let p = self.model.threshold(x, beta);
            let leading = (p >> 32).min(0xFFFF);
            self.leading[level].0[slot] = (leading as u16 ^ 0x8000) as i16;
            self.trailing[level][slot] = p - (leading << 32);
        }
    }

    fn mask(&self, site: usize, slot: usize) -> i8 {
        self.spins[site].0[slot]
    }

    fn set_mask(&mut self, site: usize, slot: usize, mask: i8) {
        self.spins[site].0[slot] = mask;
    }
}

/// A lone lane: the same numbers, with the table indexed by the local field.
pub(crate) struct One {
    model: Arc<IntegerModel>,
    simd: Simd,
    key: LaneKey,
    spins: Vec<i8>,
    /// Thresholds by the byte of the argument, in units of 2^-48.
    thresholds: [u64; 256],
}

impl One {
    pub fn new(model: Arc<IntegerModel>, simd: Simd, key: LaneKey) -> One {
        let n = model.adjacency.sites();
        One { model, simd, key, spins: vec![0; n], thresholds: [0; 256] }
    }

    #[inline(always)]
    fn field(&self, i: usize) -> i8 {
        let mut f = self.model.adjacency.fields[i];
        for &(j, c) in self.model.adjacency.row(i) {
            let m = self.spins[j as usize];
            f = f.wrapping_add((c ^ m).wrapping_sub(m));
        }
        f
    }

    #[inline(always)]
    fn sweep<const HEAT: bool>(&mut self, sweep: u64) {
        let n = self.spins.len();
        let mut random = [0i16; RUN];
        for run in 0..n.div_ceil(RUN) {
            fill_one(&self.key, sweep, run as u32, &mut random);
            for (k, &r) in random.iter().enumerate().take(n - run * RUN) {
                let i = run * RUN + k;
                let f = self.field(i);
                let own = self.spins[i];
                let x = if HEAT { f } else { (f ^ own).wrapping_sub(own) };
                let threshold = self.thresholds[usize::from(x as u8)];
                let r = u64::from(r as u16 ^ 0x8000);
                let mut accept = r < threshold >> 32;
                if r == threshold >> 32 {
                    accept = u64::from(further(&self.key, sweep, i)) < threshold & 0xFFFF_FFFF;
                }
                let accept = -i8::from(accept);
                self.spins[i] = if HEAT { !accept } else { own ^ accept };
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
        let (mut twice, mut total) = (0, 0);
        for i in 0..self.spins.len() {
            let s = i64::from(self.spins[i] | 1);
            twice += s * (i64::from(self.field(i)) + i64::from(self.model.adjacency.fields[i]));
            total += s;
        }
        vec![(self.model.in_energy(twice), total as f64)]
    }

    fn set_beta(&mut self, _slot: usize, beta: f64) {
        let beta = finite_beta(beta);
        for x in -128..=127i8 {
            self.thresholds[usize::from(x as u8)] = self.model.threshold(x, beta);
        }
    }

    fn mask(&self, site: usize, _slot: usize) -> i8 {
        self.spins[site]
    }

    fn set_mask(&mut self, site: usize, _slot: usize, mask: i8) {
        self.spins[site] = mask;
    }
}
