//! One walker on the energy axis: single changes at random sites, accepted with min(1, g(E) / g(E')).
//!
//! Owns the inner loop. A sweep is N attempted changes of sites drawn at random, so detailed balance holds for every energy and no
//! proposal needs to be left out. Acceptance probabilities are exact to 2^-33 and to the rounding of ln g.

use serde::{Deserialize, Serialize};

use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::functions::metropolis_level;
use super::super::sparse::wide::LaneKey;
use super::levels::{Beyond, Window};
use super::terrain::Terrain;

/// Sweeps between evaluations afresh of the energy.
const REFRESH: u64 = 64;
/// Where a level is found late, ln f goes back to this, so that its ln g can still move by its size.
pub(crate) const LATE: f64 = 1.0 / 256.0;

/// Random walk that learns, until it comes into the range.
pub(crate) const ENTER: u8 = 0;
/// Wang and Landau: ln g of the level grows by ln f at each step.
pub(crate) const LEARN: u8 = 1;
/// Fixed weights; visits and round trips are counted.
pub(crate) const FIXED: u8 = 2;

/// The schedule of ln f as one walker has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub ln_f: f64,
    /// Set when ln f follows 1/t (Belardinelli and Pereyra), with the number of levels.
    pub inverse: Option<f64>,
    pub done: bool,
    /// A level was met for the first time since the last look.
    pub found: bool,
    /// Attempted changes since learning began.
    pub updates: u64,
}

/// A walker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Walk {
    #[serde(skip)]
    pub key: LaneKey,
    pub state: Vec<u8>,
    pub running: Vec<f64>,
    pub place: f64,
    pub low: f64,
    pub high: f64,
    /// The places that a walker in [`ENTER`] looks for.
    pub sought: (f64, f64),
    pub sweeps: u64,
    pub window: Window,
    pub schedule: Schedule,
    /// Indices between which round trips are counted.
    pub ends: (i64, i64),
    /// Whether the walker is on its way down; then the completed trips down and up again, in halves.
    pub down: bool,
    pub half_trips: u64,
    /// Proposals refused because their level has no weight.
    pub unknown: u64,
    /// The window would have become too wide.
    pub too_wide: bool,
    /// The energy was not the whole number of units that it should be.
    pub not_whole: bool,
}

/// Changes whose random numbers eight Philox blocks hold.
const fn run_length(binary: bool) -> usize {
    if binary { 16 } else { 8 }
}

#[inline(always)]
fn sweep<T: Terrain, const MODE: u8>(terrain: &T, walk: &mut Walk, sweeps: u64) {
    let n = terrain.sites();
    let per = run_length(T::BINARY);
    let (low, high) = (T::load(walk.low), T::load(walk.high));
    let (least, most) = (T::load(f64::MIN), T::load(f64::MAX));
    let mut place = T::load(walk.place);
    let Some(mut at) = walk.window.at(T::index(place)) else { return };
    for _ in 0..sweeps {
        if let (LEARN, Some(levels)) = (MODE, walk.schedule.inverse) {
            walk.schedule.ln_f = levels / walk.schedule.updates.max(1) as f64;
        }
        let mut ln_f = walk.schedule.ln_f;
        for run in 0..n.div_ceil(per) {
            let words = walk.key.eight(walk.sweeps, 8 * run as u32);
            let mut barriers = [0.0; 16];
            for k in 0..8 {
                if T::BINARY {
                    barriers[2 * k] = metropolis_level(words[1][k]);
                    barriers[2 * k + 1] = metropolis_level(words[3][k]);
                } else {
                    barriers[k] = metropolis_level(words[2][k]);
                }
            }
            for (u, &barrier) in barriers[..per.min(n - run * per)].iter().enumerate() {
                let (site, new);
                if T::BINARY {
                    // A site is chosen to 2^-32; detailed balance needs only that it does not depend on the state.
                    site = (((words[2 * (u % 2)][u / 2] & 0xFFFF_FFFF) * n as u64) >> 32) as usize;
                    new = walk.state[site] ^ 1;
                } else {
                    let word = words[0][u] & 0xFFFF_FFFF | words[1][u] << 32;
                    let product = u128::from(word) * n as u128;
                    site = (product >> 64) as usize;
                    let others = terrain.size(site) as u64 - 1;
                    let other = ((u128::from(product as u64) * u128::from(others)) >> 64) as u8;
                    let old = walk.state[site];
                    new = if others == 0 { old } else { other + u8::from(other >= old) };
                }
                let proposed = terrain.changed(&mut walk.running, &walk.state, site, new, place);
                let mut accepted = false;
                let mut there = at;
                // From a level without weight (a state that was written) every change is free, so that the walker finds its way.
                let lost = MODE == FIXED && walk.window.levels[at].ln_g == f64::INFINITY && proposed >= least && proposed <= most;
                if proposed >= low && proposed <= high || lost {
                    let index = T::index(proposed);
                    there = index.wrapping_sub(walk.window.first) as usize;
                    let known = there < walk.window.levels.len() || outside(&mut walk.window, index, &mut at, &mut there);
                    if known {
                        let difference = walk.window.levels[there].ln_g - walk.window.levels[at].ln_g;
                        // Not a number: between two levels without weight.
                        accepted = difference <= barrier || difference.is_nan();
                    } else if walk.window.beyond != Beyond::Refuse {
                        walk.too_wide = true;
                    }
                    if MODE == FIXED && !accepted && (!known || walk.window.levels[there].ln_g == f64::INFINITY) {
                        walk.unknown += 1;
                    }
                }
                if accepted {
                    walk.state[site] = new;
                    place = proposed;
                }
                terrain.settle(&mut walk.running, site, accepted);
                let before = at;
                at = if accepted { there } else { at };
                if MODE != FIXED && walk.window.levels[at].ln_g == f64::NEG_INFINITY {
                    discover(walk, before, at);
                    ln_f = walk.schedule.ln_f;
                }
                let here = &mut walk.window.levels[at];
                here.visits += 1;
                if MODE != FIXED {
                    here.ln_g += ln_f;
                }
                if MODE == FIXED {
                    let index = walk.window.first + at as i64;
                    if if walk.down { index <= walk.ends.0 } else { index >= walk.ends.1 } {
                        walk.down = !walk.down;
                        walk.half_trips += 1;
                    }
                }
                if MODE == ENTER && place >= T::load(walk.sought.0) && place <= T::load(walk.sought.1) {
                    walk.place = T::store(place);
                    walk.sweeps += 1;
                    return;
                }
            }
        }
        walk.sweeps += 1;
        walk.schedule.updates += n as u64;
        if walk.sweeps.is_multiple_of(REFRESH) {
            walk.place = T::store(place);
            refresh(terrain, walk);
            place = T::load(walk.place);
        }
    }
    walk.place = T::store(place);
}
dispatch!(run => sweep [T: Terrain, const MODE: u8] <T, MODE> (terrain: &T, walk: &mut Walk, sweeps: u64));

/// Makes room for an index outside the window, where it may be entered, and brings both places up to date.
#[cold]
fn outside(window: &mut Window, index: i64, at: &mut usize, there: &mut usize) -> bool {
    // Between levels without weight a walker moves freely, so the window has to follow it.
    if window.beyond == Beyond::Refuse && window.levels[*at].ln_g != f64::INFINITY {
        *there = *at;
        return false;
    }
    let first = window.first;
    let grown = window.reach(index);
    *at += (first - window.first) as usize;
    *there = if grown { (index - window.first) as usize } else { *at };
    grown
}

/// The first visit to a level: its ln g starts as that of the level that the walker came from.
#[cold]
fn discover(walk: &mut Walk, before: usize, at: usize) {
    let from = walk.window.levels[before].ln_g;
    walk.window.levels[at].ln_g = if from.is_finite() { from } else { 0.0 };
    walk.window.seen[at] = true;
    let schedule = &mut walk.schedule;
    schedule.found = true;
    if schedule.ln_f < LATE {
        schedule.ln_f = LATE;
        schedule.inverse = None;
    }
}

/// Evaluates the energy afresh. A place moves by the rounding only, and never out of its level.
#[cold]
fn refresh<T: Terrain>(terrain: &T, walk: &mut Walk) {
    terrain.start(&walk.state, &mut walk.running);
    let scale = terrain.scale();
    let exact = (terrain.energy(&walk.state) - scale.origin) / scale.unit;
    if scale.exact {
        walk.not_whole |= (exact - walk.place).abs() > 1e-3;
    } else if exact.floor() == walk.place.floor() {
        walk.place = exact;
    }
}

impl Walk {
    /// A walker at a state; `Err` where its energy is not finite.
    pub fn new<T: Terrain>(terrain: &T, key: LaneKey, state: Vec<u8>) -> Result<Walk, String> {
        let mut walk = Walk {
            key,
            state,
            running: Vec::new(),
            place: 0.0,
            low: f64::MIN,
            high: f64::MAX,
            sought: (f64::MIN, f64::MAX),
            sweeps: 0,
            window: Window::new(0, Beyond::Slope),
            schedule: Schedule { ln_f: 1.0, inverse: None, done: false, found: false, updates: 0 },
            ends: (i64::MIN, i64::MAX),
            down: true,
            half_trips: 0,
            unknown: 0,
            too_wide: false,
            not_whole: false,
        };
        if !terrain.energy(&walk.state).is_finite() {
            return Err("a walk starts at a state without a finite energy: give it a start state that is allowed".into());
        }
        walk.settle_in(terrain);
        walk.window = Window::new(walk.index(), Beyond::Slope);
        Ok(walk)
    }

    /// Recomputes place and running numbers of the state.
    pub fn settle_in<T: Terrain>(&mut self, terrain: &T) {
        terrain.start(&self.state, &mut self.running);
        self.place = terrain.scale().place(terrain.energy(&self.state));
    }

    /// The index of the level that the walker is on.
    pub fn index(&self) -> i64 {
        self.place.floor() as i64
    }

    /// ln g of the level that the walker is on.
    pub fn ln_g(&self) -> f64 {
        self.window.at(self.index()).map_or(f64::INFINITY, |k| self.window.levels[k].ln_g)
    }

    /// Walks freely, learning as it goes, until it is in a range of places, or for some sweeps. True where it has arrived.
    pub fn enter<T: Terrain>(&mut self, terrain: &T, range: (f64, f64), sweeps: u64) -> bool {
        if self.place >= range.0 && self.place <= range.1 {
            return true;
        }
        if self.window.beyond != Beyond::Enter {
            self.window = Window::new(self.index(), Beyond::Enter);
            self.window.levels[0].ln_g = 0.0;
        }
        self.sought = range;
        self.schedule.ln_f = 1.0;
        self.advance::<T, ENTER>(terrain, sweeps);
        self.place >= range.0 && self.place <= range.1
    }

    pub fn advance<T: Terrain, const MODE: u8>(&mut self, terrain: &T, sweeps: u64) {
        run::<T, MODE>(Simd::detect(), terrain, self, sweeps);
    }
}
