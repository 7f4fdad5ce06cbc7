//! One chain of a quadratic energy in integers: a run of sites at a time, or sites drawn at random.
//!
//! In order, uniform numbers become integer bounds of the fields, so that decisions are those of the exact energy. Knows random words.

use std::sync::Arc;

use super::super::dense::words::eight;
use super::super::generic::tame;
use super::super::random_order::lane::Mover;
use super::super::random_order::words::{below, each_pair, fine_glauber_level, fine_metropolis_level, further, trials};
use super::super::sampler::Rule;
use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::functions::{heat_bath_level, metropolis_level};
use super::super::sparse::lanes::finite_beta;
use super::super::sparse::wide::LaneKey;
use super::super::thinning::kept;
use super::Visit;
use super::whole::{Cells, RUN, Whole};

/// Short of the largest number, so that no product or difference of what is clamped to it is undefined.
const HUGE: f64 = 1e300;

pub(super) struct WholeChain {
    model: Arc<Whole>,
    rule: Rule,
    visit: Visit,
    key: LaneKey,
    beta: f64,
    /// What a level is multiplied by to become a field.
    scale: f64,
    /// Whether fields count with the other sign.
    inverted: bool,
    /// What is taken from the level of Metropolis for the proposals that are left out.
    reluctance: f64,
    cells: Cells,
    simd: Simd,
}

/// Of a whole number or an infinity, saturating.
#[inline(always)]
fn saturating(x: f64) -> i32 {
    const MOST: f64 = 2_147_483_647.0;
    let x = if x > MOST { MOST } else { x };
    let x = if x > -MOST - 1.0 { x } else { -MOST - 1.0 };
    // SAFETY: it lies within the numbers of 32 bits, and is no NaN: that would not be larger than the least of them.
    unsafe { x.to_int_unchecked() }
}

/// Bit k is set where site k of a run flips: its field times its spin (and times -1 where `inverted`) is at most `highest`.
#[inline(always)]
fn accepted(fields: &[i32; RUN], masks: &[i32; RUN], inverted: i32, highest: &[i32; RUN]) -> u32 {
    let mut flags = [0u8; RUN];
    for k in 0..RUN {
        let mask = masks[k] ^ inverted;
        flags[k] = u8::from((fields[k] ^ mask) - mask <= highest[k]);
    }
    let mut bits = 0;
    for (g, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        // Byte k is moved to bit 56 + k.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= (gathered as u32) << (8 * g);
    }
    bits
}

impl WholeChain {
    pub fn new(model: Arc<Whole>, (rule, visit): (Rule, Visit), key: LaneKey, beta: f64, state: &[u8], simd: Simd) -> WholeChain {
        let cells = model.start(state);
        let mut chain =
            WholeChain { model, rule, visit, key, beta: 0.0, scale: 0.0, inverted: false, reluctance: 0.0, cells, simd };
        chain.set_beta(beta);
        chain
    }

    /// The highest field, times the spin, at which each site of a run flips.
    #[inline(always)]
    fn bounds<const HEAT_BATH: bool>(&self, sweep: u64, first: usize) -> [i32; RUN] {
        let words = eight(&self.key, self.simd, sweep, (first / 4) as u32);
        let mut levels = [[0.0; 8]; 4];
        for w in 0..4 {
            for b in 0..8 {
                levels[w][b] = if HEAT_BATH {
                    heat_bath_level(words[w][b]) * self.scale
                } else {
                    let level = metropolis_level(words[w][b]) - self.reluctance;
                    // Below every field, so that no flip is accepted, downhill or not.
                    if level < 0.0 { f64::NEG_INFINITY } else { level * self.scale }
                };
            }
        }
        let mut bounds = [0.0; RUN];
        for (k, bound) in bounds.iter_mut().enumerate() {
            *bound = levels[k % 4][k / 4];
        }
        let sign = if self.inverted { -1.0 } else { 1.0 };
        let (own, tilt) = (&self.model.own[first..first + RUN], &self.model.tilt[first..first + RUN]);
        let masks = &self.cells.masks[first..first + RUN];
        for k in 0..RUN {
            // Turned over where the spin is down.
            let turned = |x: f64| f64::from_bits(x.to_bits() ^ masks[k] as i64 as u64 & 1 << 63);
            let tilted = sign * tilt[k];
            // Rounded towards "no flip", which is exact since fields are integers.
            let y = if HEAT_BATH { turned(bounds[k] - tilted) } else { bounds[k] - turned(tilted) };
            let down = HEAT_BATH && masks[k] != 0;
            bounds[k] = sign * own[k] + if down { y.ceil() - 1.0 } else { y.floor() };
        }
        bounds.map(saturating)
    }

    #[inline(always)]
    fn at_random(&mut self, sweep: u64) {
        let (model, key, simd, beta) = (self.model.clone(), self.key, self.simd, finite_beta(self.beta));
        let n = model.sites;
        each_pair(&key, sweep, trials(&key, sweep, n), |trial, [choice, word]| {
            let site = below(choice, n as u32, &key, sweep, trial) as usize;
            let more = || further(&key, sweep, trial);
            let level = match self.rule {
                Rule::Metropolis => fine_metropolis_level(word, more),
                Rule::HeatBath => fine_glauber_level(word, more),
            };
            if beta * tame(model.rise(&self.cells, site, simd)) <= level {
                model.flip(&mut self.cells, site);
            }
        });
    }

    #[inline(always)]
    fn sweep<const HEAT_BATH: bool>(&mut self, sweep: u64) {
        let model = self.model.clone();
        let inverted = -i32::from(self.inverted);
        for first in (0..model.sites).step_by(RUN) {
            let highest = self.bounds::<HEAT_BATH>(sweep, first);
            let mut fields = model.run(&self.cells, first, self.simd);
            let mut masks = [0; RUN];
            masks.copy_from_slice(&self.cells.masks[first..first + RUN]);
            let here = if model.sites - first >= RUN { u32::MAX } else { (1 << (model.sites - first)) - 1 };
            let mut bits = accepted(&fields, &masks, inverted, &highest) & here;
            while bits != 0 {
                let k = bits.trailing_zeros() as usize;
                model.flip_in_run(&mut self.cells, first + k, &mut fields);
                masks[k] = !masks[k];
                // What lies behind stays as it is.
                bits = accepted(&fields, &masks, inverted, &highest) & (!1 << k) & here;
            }
        }
    }
}

#[inline(always)]
fn sweeps(chain: &mut WholeChain, first: u64, count: u64) {
    for sweep in first..first + count {
        match (chain.visit, chain.rule) {
            (Visit::Random, _) => chain.at_random(sweep),
            (Visit::Sequential, Rule::Metropolis) => chain.sweep::<false>(sweep),
            (Visit::Sequential, Rule::HeatBath) => chain.sweep::<true>(sweep),
        }
    }
}
dispatch!(run => sweeps [] <> (chain: &mut WholeChain, first: u64, count: u64));

impl Mover for WholeChain {
    fn advance(&mut self, first: u64, count: u64) {
        run(self.simd, self, first, count);
    }

    fn energy(&self) -> f64 {
        self.model.energy(&self.cells)
    }

    fn total(&self) -> f64 {
        self.cells.masks[..self.model.sites].iter().map(|&m| i64::from(m | 1)).sum::<i64>() as f64
    }

    fn read(&self, state: &mut [u8]) {
        state.iter_mut().zip(&self.cells.masks).for_each(|(p, &m)| *p = u8::from(m == 0));
    }

    fn write(&mut self, state: &[u8]) {
        self.cells = self.model.start(state);
    }

    fn beta(&self) -> f64 {
        self.beta
    }

    fn set_beta(&mut self, beta: f64) {
        self.beta = beta;
        let signed = beta.clamp(-HUGE, HUGE) * self.model.kappa;
        self.scale = (1.0 / signed.abs()).clamp(1.0 / HUGE, HUGE);
        self.inverted = if beta == 0.0 { self.model.kappa < 0.0 } else { signed < 0.0 };
        self.reluctance = -libm::log(kept(self.model.most_neighbours, beta));
    }

    fn rest(&self) -> Vec<f64> {
        Vec::new()
    }

    fn running(&self) -> usize {
        0
    }

    fn resume(&mut self, state: &[u8], _: &[f64]) {
        self.write(state);
    }
}
