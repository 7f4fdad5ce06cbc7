//! One chain with its local fields: the levels of a run of sites, the question which of them flip, and the flips.
//!
//! The fields of a panel are brought up to date when its turn comes, from all that has flipped since its last turn: they pass through
//! the registers once a sweep, and only the couplings go through the caches. Knows panels of couplings and random words; not how either
//! is made.

use std::sync::{Arc, Mutex};

use super::super::sampler::Rule;
use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::functions::{heat_bath_level, metropolis_level};
use super::super::sparse::wide::LaneKey;
use super::super::thinning::kept;
use super::matrix::Whole;
use super::rows::{Missed, RUN, Rest, Rows, Run, gather};
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
    /// As [`Rows`] says, without h, and without the flips that the panel has not seen.
    local: Vec<R::Field>,
    flips: Flips,
    /// How many of them each panel's fields know of.
    seen: Vec<Seen>,
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

/// Sites that have flipped, in the order of time.
#[derive(Default)]
struct Flips {
    up: Vec<u32>,
    down: Vec<u32>,
}

/// Numbers of flips up and down.
#[derive(Clone, Copy, Default)]
struct Seen {
    up: usize,
    down: usize,
}

impl Flips {
    #[inline(always)]
    fn all(&self) -> Seen {
        Seen { up: self.up.len(), down: self.down.len() }
    }

    #[inline(always)]
    fn since(&self, seen: Seen) -> Missed<'_> {
        Missed { up: &self.up[seen.up..], down: &self.down[seen.down..] }
    }

    /// Drops what every panel has seen, the first of them having seen the least.
    fn forget(&mut self, seen: &mut [Seen]) {
        let Some(&Seen { up, down }) = seen.first() else { return };
        self.up.drain(..up);
        self.down.drain(..down);
        for seen in seen {
            *seen = Seen { up: seen.up - up, down: seen.down - down };
        }
    }
}

impl<R: Rows> Chain<R> {
    pub fn new(model: Arc<Model<R>>, key: LaneKey) -> Chain<R> {
        let zeros = vec![R::Field::default(); model.rows.stride()];
        let seen = vec![Seen::default(); zeros.len() / R::PANEL];
        Chain {
            model,
            key,
            beta: 0.0,
            scale: 0.0,
            reluctance: 0.0,
            masks: zeros.clone(),
            local: zeros,
            flips: Flips::default(),
            seen,
            rest: Mutex::new(Rest::default()),
        }
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

    /// Adds to a panel's fields what it has missed.
    #[inline(always)]
    fn catch_up(&mut self, panel: usize) {
        let fields = &mut self.local[panel * R::PANEL..(panel + 1) * R::PANEL];
        self.model.rows.add(self.flips.since(self.seen[panel]), panel, fields);
        self.seen[panel] = self.flips.all();
    }

    #[inline(always)]
    fn sweep<const HEAT_BATH: bool>(&mut self, sweep: u64) {
        let model = self.model.clone();
        let rows = &model.rows;
        self.flips.forget(&mut self.seen);
        for first in (0..rows.sites()).step_by(RUN) {
            rows.prefetch_own(first);
            let (down, mut flipped) = self.turn::<HEAT_BATH>(rows, sweep, first);
            while flipped != 0 {
                let k = flipped.trailing_zeros() as usize;
                flipped &= flipped - 1;
                let up = down >> k & 1 != 0;
                self.masks[first + k] = R::Field::narrow(i64::from(up) - 1);
                let sites = if up { &mut self.flips.up } else { &mut self.flips.down };
                sites.push((first + k) as u32);
            }
        }
    }

    /// The sites of a run that are down, and those that flip now.
    #[inline(always)]
    fn turn<const HEAT_BATH: bool>(&mut self, rows: &R, sweep: u64, first: usize) -> (u32, u32) {
        let bounds = self.bounds::<HEAT_BATH>(sweep, first);
        if R::EAGER || first.is_multiple_of(R::PANEL) {
            self.catch_up(first / R::PANEL);
        }
        let zero = R::Field::default();
        let inverted = if self.beta < 0.0 { R::Field::narrow(-1) } else { zero };
        let own = if self.beta < 0.0 { -R::OWN } else { R::OWN } as f64;
        let mut run = Run { first, fields: [zero; RUN], down: 0, inverted, surely: [zero; RUN], perhaps: [zero; RUN] };
        run.fields.copy_from_slice(&self.local[first..first + RUN]);
        if !R::EAGER {
            rows.add_to_run(self.flips.since(self.seen[first / R::PANEL]), first, &mut run.fields);
        }
        let mut flags = [0u8; RUN];
        for (flag, mask) in flags.iter_mut().zip(&self.masks[first..first + RUN]) {
            *flag = u8::from(*mask != zero);
        }
        run.down = gather(flags);
        if R::EXACT {
            for (perhaps, bound) in run.perhaps.iter_mut().zip(&bounds) {
                *perhaps = R::Field::from_f64(bound - own);
            }
            run.surely = run.perhaps;
        } else {
            let slack = rows.slack(first);
            // The index is that of a site, of which several arrays speak.
            #[allow(clippy::needless_range_loop)]
            for k in 0..RUN {
                let (bound, slack) = (bounds[k] * (1.0 / R::SCALE), slack[k]);
                run.surely[k] = R::Field::from_f64((bound - slack).floor());
                run.perhaps[k] = R::Field::from_f64((bound + slack).floor());
            }
        }
        let masks = &mut self.masks;
        let flipped = rows.decide(&run, |k, stored, mut before| {
            while before != 0 {
                let k = before.trailing_zeros() as usize;
                before &= before - 1;
                masks[first + k] = R::Field::narrow(i64::from(run.down >> k & 1) - 1);
            }
            let sign = (masks[first + k].wide() | 1) * (inverted.wide() | 1);
            (rows.exact(first + k, stored, masks) * sign) as f64 <= bounds[k]
        });
        (run.down, flipped)
    }
}

#[inline(always)]
fn sweeps<R: Rows>(chain: &mut Chain<R>, first: u64, count: u64) {
    for sweep in first..first + count {
        match chain.model.rule {
            Rule::Metropolis => chain.sweep::<false>(sweep),
            Rule::HeatBath => chain.sweep::<true>(sweep),
        }
    }
    for panel in 0..chain.seen.len() {
        chain.catch_up(panel);
    }
    let all = chain.flips.all();
    chain.seen.fill(all);
    chain.flips.forget(&mut chain.seen);
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
