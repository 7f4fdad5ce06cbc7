//! Real couplings and fields: local fields in f64, the acceptance probability of each update from
//! the exponential of [`super::functions`].

use std::sync::Arc;

use super::super::sampler::Rule;
use super::adjacency::Adjacency;
use super::block::{Block, Row, Simd, dispatch};
use super::bulk::{GROUP, Keys, RUN, fill_one, further};
use super::functions::exp;
use super::lanes::finite_beta;
use super::wide::LaneKey;

pub(crate) struct RealModel {
    pub adjacency: Adjacency<f64>,
    pub constant: f64,
    pub rule: Rule,
}

/// 2^16 times the acceptance probability at argument x = s f (Metropolis) or f (heat bath).
/// Infinite temperature takes 1/2 for both (see the module above). Exponents beyond ±50 are cut: the probability is then within 2^-70 of 0 or 1.
#[inline(always)]
fn scaled<const HEAT: bool>(x: f64, beta: f64) -> f64 {
    let y = -(2.0 * x) * beta;
    let y = if y > -50.0 { y } else { -50.0 };
    let top = if HEAT { 50.0 } else { 0.0 };
    let e = exp(if y < top { y } else { top });
    if HEAT {
        65_536.0 / (1.0 + e)
    } else if beta == 0.0 {
        32_768.0
    } else {
        65_536.0 * e
    }
}

/// Whether the uniform number of 16 bits `r` and the further ones lies below.
#[cold]
fn decide(r: f64, key: &LaneKey, sweep: u64, site: usize, scaled: f64) -> bool {
    r + (f64::from(further(key, sweep, site)) + 0.5) * (1.0 / 4_294_967_296.0) < scaled
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
}

impl<const W: usize> Wide<W> {
    pub fn new(model: Arc<RealModel>, simd: Simd, keys: &[LaneKey]) -> Wide<W> {
        let n = model.adjacency.sites();
        Wide { model, simd, keys: Keys::new(keys), spins: vec![Row([0; W]); n], betas: [0.0; W] }
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
        let mut random = [[0i16; W]; GROUP];
        for group in 0..n.div_ceil(GROUP) {
            self.keys.fill(sweep, group as u32, &mut random);
            for (k, r) in random.iter().enumerate().take(n - group * GROUP) {
                let i = group * GROUP + k;
                let f = self.fields(i);
                let own = &mut self.spins[i].0;
                let mut accept = [0i8; W];
                let mut tie = [0i8; W];
                let mut p = [0.0; W];
                for l in 0..W {
                    let x = if HEAT { f[l] } else { signed(f[l], own[l]) };
                    p[l] = scaled::<HEAT>(x, self.betas[l]);
                    let u = f64::from(r[l]) + 32_768.0;
                    accept[l] = -i8::from(u + 1.0 <= p[l]);
                    tie[l] = i8::from((u < p[l]) & (u + 1.0 > p[l]));
                }
                if tie.iter().fold(0, |a, t| a | t) != 0 {
                    for l in (0..W).filter(|&l| tie[l] != 0) {
                        accept[l] = -i8::from(decide(f64::from(r[l]) + 32_768.0, &self.keys.single[l], sweep, i, p[l]));
                    }
                }
                for l in 0..W {
                    own[l] = if HEAT { !accept[l] } else { own[l] ^ accept[l] };
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
}

impl One {
    pub fn new(model: Arc<RealModel>, simd: Simd, key: LaneKey) -> One {
        let n = model.adjacency.sites();
        One { model, simd, key, spins: vec![0; n], beta: 0.0 }
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
        let mut random = [0i16; RUN];
        for run in 0..n.div_ceil(RUN) {
            fill_one(&self.key, sweep, run as u32, &mut random);
            for (k, &r) in random.iter().enumerate().take(n - run * RUN) {
                let i = run * RUN + k;
                let f = self.field(i);
                let own = self.spins[i];
                let p = scaled::<HEAT>(if HEAT { f } else { signed(f, own) }, self.beta);
                let u = f64::from(r) + 32_768.0;
                let mut accept = u + 1.0 <= p;
                if (u < p) & !accept {
                    accept = decide(u, &self.key, sweep, i, p);
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
        let (mut twice, mut total) = (0.0, 0.0);
        for i in 0..self.spins.len() {
            twice += signed(self.field(i) + self.model.adjacency.fields[i], self.spins[i]);
            total += signed(1.0, self.spins[i]);
        }
        vec![(self.model.constant - 0.5 * twice, total)]
    }

    fn set_beta(&mut self, _slot: usize, beta: f64) {
        self.beta = finite_beta(beta);
    }

    fn mask(&self, site: usize, _slot: usize) -> i8 {
        self.spins[site]
    }

    fn set_mask(&mut self, site: usize, _slot: usize, mask: i8) {
        self.spins[site] = mask;
    }
}
