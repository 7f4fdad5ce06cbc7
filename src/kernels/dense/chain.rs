//! One chain with its local fields: the levels of a run of sites, the question which of them flip, and the flips.
//!
//! A run's fields are brought up to date on their own; the fields of all sites only when some flips have gathered, so that each passes
//! through the registers once for all of them. Knows rows of couplings and random words; not how either is made.

use std::sync::{Arc, Mutex};

use super::super::sampler::Rule;
use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::functions::{heat_bath_level, metropolis_level};
use super::super::sparse::wide::LaneKey;
use super::super::thinning::kept;
use super::matrix::Whole;
use super::rows::{Flip, RUN, Rest, Rows};
use super::words::eight;

/// What all lanes share.
pub(crate) struct Model<R> {
    pub rows: R,
    /// In units of the couplings, padded.
    pub fields: Vec<f64>,
    pub constant: f64,
    pub rule: Rule,
    pub simd: Simd,
}

impl<R: Rows> Model<R> {
    /// `fields` in units of energy, or none.
    pub fn new(rows: R, fields: &[f64], constant: f64, rule: Rule, simd: Simd) -> Model<R> {
        let unit = rows.unit();
        let mut scaled: Vec<f64> = fields.iter().map(|h| (h / unit).clamp(-HUGE, HUGE)).collect();
        scaled.resize(rows.stride(), 0.0);
        Model { rows, fields: scaled, constant, rule, simd }
    }
}

/// Short of the largest number, so that no product or difference of what is clamped to it is undefined.
const HUGE: f64 = 1e300;

pub(crate) struct Chain<R: Rows> {
    model: Arc<Model<R>>,
    key: LaneKey,
    beta: f64,
    /// What a level is multiplied by to become a field in units.
    scale: f64,
    /// What is taken from the level of Metropolis, -ln u, for the proposals that are left out.
    reluctance: f64,
    /// 0 for +1 and -1 for -1.
    masks: Vec<R::Field>,
    /// As [`Rows`] says, without h.
    local: Vec<R::Field>,
    rest: Mutex<Rest>,
}

/// A chain of any integers.
pub(crate) trait AnyChain: Send {
    fn advance(&mut self, first: u64, count: u64);
    /// Energy and sum of spins.
    fn measure(&self, fields: &[f64]) -> (f64, f64);
    fn set_beta(&mut self, beta: f64);
    fn read(&self, state: &mut [u8]);
    fn write(&mut self, state: &[u8]);
}

/// Bit k is set where site k of a run flips: its field times its spin (and times -1 where `inverted`) is at most `highest`.
#[inline(always)]
fn accepted<F: Whole>(fields: &[F; RUN], masks: &[F; RUN], inverted: F, highest: &[F; RUN]) -> u32 {
    let mut flags = [0u8; RUN];
    for k in 0..RUN {
        flags[k] = u8::from(fields[k].signed(masks[k]).signed(inverted) <= highest[k]);
    }
    let mut bits = 0;
    for (g, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        // Byte k is moved to bit 56 + k.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= (gathered as u32) << (8 * g);
    }
    bits
}

impl<R: Rows> Chain<R> {
    pub fn new(model: Arc<Model<R>>, key: LaneKey) -> Chain<R> {
        let zeros = vec![R::Field::default(); model.rows.stride()];
        let rest = Mutex::new(Rest::default());
        Chain { model, key, beta: 0.0, scale: 0.0, reluctance: 0.0, masks: zeros.clone(), local: zeros, rest }
    }

    /// For the sites of a run: site i flips where t x <= bound, with x its local field in units and t its
    /// spin (times -1 at negative temperature).
    #[inline(always)]
    fn bounds<const HEAT_BATH: bool>(&self, sweep: u64, first: usize) -> [f64; RUN] {
        let words = eight(&self.key, self.model.simd, sweep, (first / 4) as u32);
        let mut levels = [[0.0; 8]; 4];
        for w in 0..4 {
            for b in 0..8 {
                levels[w][b] = if HEAT_BATH {
                    heat_bath_level(words[w][b]) * self.scale
                } else {
                    let level = metropolis_level(words[w][b]) - self.reluctance;
                    // Below every local field, so that no flip is accepted, downhill or not.
                    if level < 0.0 { f64::NEG_INFINITY } else { level * self.scale }
                };
            }
        }
        let mut bounds = [0.0; RUN];
        for (k, bound) in bounds.iter_mut().enumerate() {
            *bound = levels[k % 4][k / 4];
        }
        let zero = R::Field::default();
        let sign = if self.beta < 0.0 { -1.0 } else { 1.0 };
        let (fields, masks) = (&self.model.fields[first..first + RUN], &self.masks[first..first + RUN]);
        for k in 0..RUN {
            // Turned over where the spin is down.
            let turned = |x: f64| f64::from_bits(x.to_bits() ^ masks[k].wide() as u64 & 1 << 63);
            let h = sign * fields[k];
            // Rounded towards "no flip", which is exact since x is an integer.
            bounds[k] = if HEAT_BATH {
                let y = turned(bounds[k] - h);
                if masks[k] == zero { y.floor() } else { y.ceil() - 1.0 }
            } else {
                (bounds[k] - turned(h)).floor()
            };
        }
        let n = self.model.rows.sites();
        if first + RUN > n {
            bounds[n - first..].fill(f64::NEG_INFINITY);
        }
        bounds
    }

    #[inline(always)]
    fn sweep<const HEAT_BATH: bool>(&mut self, sweep: u64, pending: &mut Vec<Flip>) {
        let model = self.model.clone();
        let rows = &model.rows;
        let zero = R::Field::default();
        let inverted = if self.beta < 0.0 { R::Field::narrow(-1) } else { zero };
        let own = if self.beta < 0.0 { -R::OWN } else { R::OWN } as f64;
        for first in (0..rows.sites()).step_by(RUN) {
            let bounds = self.bounds::<HEAT_BATH>(sweep, first);
            let mut run = [zero; RUN];
            run.copy_from_slice(&self.local[first..first + RUN]);
            for &flip in pending.iter() {
                rows.add_to_run(flip, first, &mut run);
            }
            // Where a stored field decides and where it may.
            let (mut surely, mut perhaps) = ([zero; RUN], [zero; RUN]);
            if R::EXACT {
                for k in 0..RUN {
                    perhaps[k] = R::Field::from_f64(bounds[k] - own);
                }
            } else {
                for k in 0..RUN.min(rows.sites() - first) {
                    let (bound, slack) = (bounds[k] * (1.0 / R::SCALE), rows.slack(first + k));
                    surely[k] = R::Field::from_f64((bound - slack).floor());
                    perhaps[k] = R::Field::from_f64((bound + slack).floor());
                }
                // The index is that of a site, of which several arrays speak.
                #[allow(clippy::needless_range_loop)]
                for k in rows.sites().saturating_sub(first)..RUN {
                    perhaps[k] = R::Field::from_f64(f64::NEG_INFINITY);
                }
            }
            let mut masks = [zero; RUN];
            masks.copy_from_slice(&self.masks[first..first + RUN]);
            let mut bits = accepted(&run, &masks, inverted, &perhaps);
            while bits != 0 {
                let k = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let site = first + k;
                let turned = |x: R::Field| x.signed(masks[k]).signed(inverted);
                if !R::EXACT && turned(run[k]) > surely[k] {
                    let x = rows.exact(site, run[k], &self.masks);
                    let sign = (masks[k].wide() | 1) * (inverted.wide() | 1);
                    if (x * sign) as f64 > bounds[k] {
                        continue;
                    }
                }
                rows.prefetch(site);
                let flip = Flip { site: site as u32, mask: if masks[k] == zero { -1 } else { 0 } };
                masks[k] = R::Field::narrow(i64::from(flip.mask));
                self.masks[site] = masks[k];
                rows.add_to_own_run(flip, first, &mut run);
                pending.push(flip);
                if pending.len() == R::TOGETHER {
                    rows.add(pending, &mut self.local);
                    pending.clear();
                }
                // What lies behind stays as it is.
                bits = accepted(&run, &masks, inverted, &perhaps) & (!1 << k);
            }
        }
    }
}

#[inline(always)]
fn sweeps<R: Rows>(chain: &mut Chain<R>, first: u64, count: u64) {
    let mut pending = Vec::with_capacity(R::TOGETHER);
    for sweep in first..first + count {
        match chain.model.rule {
            Rule::Metropolis => chain.sweep::<false>(sweep, &mut pending),
            Rule::HeatBath => chain.sweep::<true>(sweep, &mut pending),
        }
    }
    let model = chain.model.clone();
    model.rows.add(&pending, &mut chain.local);
}
dispatch!(run => sweeps [R: Rows] <R> (chain: &mut Chain<R>, first: u64, count: u64));

impl<R: Rows> AnyChain for Chain<R> {
    fn advance(&mut self, first: u64, count: u64) {
        run(self.model.simd, self, first, count);
    }

    fn measure(&self, fields: &[f64]) -> (f64, f64) {
        let model = &*self.model;
        // A panic elsewhere cannot leave the numbers half changed in a way that matters: they are brought up to date from their own state.
        let mut rest = self.rest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let twice = model.rows.bonds(&self.local, &self.masks, &mut rest);
        let spin = |i: usize| self.masks[i].wide() | 1;
        let field: f64 = fields.iter().enumerate().map(|(i, h)| spin(i) as f64 * h).sum();
        let total: i64 = (0..model.rows.sites()).map(spin).sum();
        (model.constant - model.rows.unit() * (0.5 * twice as f64) - field, total as f64)
    }

    fn set_beta(&mut self, beta: f64) {
        // Short of the largest number, so that a level divided by it keeps its sign.
        self.beta = beta.clamp(-HUGE, HUGE);
        self.scale = (1.0 / (2.0 * self.beta.abs() * self.model.rows.unit())).clamp(1.0 / HUGE, HUGE);
        self.reluctance = -libm::log(kept(self.model.rows.most_neighbours(), beta));
    }

    fn read(&self, state: &mut [u8]) {
        for (position, mask) in state.iter_mut().zip(&self.masks) {
            *position = u8::from(*mask == R::Field::default());
        }
    }

    fn write(&mut self, state: &[u8]) {
        let (down, up) = (R::Field::narrow(-1), R::Field::default());
        for (mask, &position) in self.masks.iter_mut().zip(state) {
            *mask = if position == 0 { down } else { up };
        }
        self.local = self.model.rows.fields(&self.masks);
    }
}
