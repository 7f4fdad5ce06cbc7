//! Flat-histogram sampling of finite spins: Wang-Landau, its 1/t form, and multicanonical iterations.
//!
//! Several walkers learn ln g(E), the logarithm of the number of states at an energy; then they go on with the fixed weights
//! 1 / g(E) (production), so that any observable A measured as a time series gives
//! <A>(β) = Σ_t A_t w_t / Σ_t w_t with w_t = exp(ln g(E_t) - β E_t) at every β. That is unbiased whatever the error of ln g.
//!
//! Knows arrays, numbers and keys. A temperature plays no part: [`Sampler::set_beta`] is ignored.

mod build;
mod density;
mod learn;
mod levels;
mod recursion;
mod terrain;
#[cfg(test)]
mod tests;
mod walk;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use density::{DensityOfStates, Thermodynamics};
pub use learn::{LearnSettings, Learning, Learnt, WalkerProgress};
pub use terrain::Scale;

use super::generic::ScalarGraph;
use super::sampler::{Lane, PairEnergy, Sampler};
use super::sparse::lanes::start_state;
use super::sparse::wide::LaneKey;
use levels::{Beyond, Level, Window};
use recursion::Recursion;
use terrain::Terrain;
use walk::{ENTER, FIXED, LEARN, Walk};

const KERNEL: &[u8; 4] = b"flt2";

/// Attempted changes below which walkers are not worth a thread each.
const WORTH_THREADS: u64 = 1 << 15;

/// What the levels of energy are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Levels {
    /// Exact levels where the energies are multiples of a unit that the couplings show; bins of a quarter of a typical single
    /// change otherwise.
    Automatic,
    /// Exact levels that are multiples of this unit apart.
    Unit(f64),
    /// Bins of this width.
    Width(f64),
    /// About this many bins over the range; where the range is open, over what quenches find.
    Count(usize),
}

/// What is walked on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub levels: Levels,
    /// Energies outside [low, high] are not entered; infinite ends leave it open.
    pub low: f64,
    pub high: f64,
}

impl Default for Settings {
    /// Levels as the couplings have them, over all energies.
    fn default() -> Settings {
        Settings { levels: Levels::Automatic, low: f64::NEG_INFINITY, high: f64::INFINITY }
    }
}

/// A terrain behind one face; a call serves whole sweeps.
pub(crate) trait Mover: Send + Sync {
    fn advance(&self, walk: &mut Walk, mode: u8, sweeps: u64);
    fn enter(&self, walk: &mut Walk, range: (f64, f64), sweeps: u64) -> bool;
    fn settle_in(&self, walk: &mut Walk);
    fn walk(&self, key: LaneKey, state: Vec<u8>) -> Result<Walk, String>;
    fn sizes(&self) -> Vec<u16>;
    fn scale(&self) -> Scale;
    fn energy(&self, state: &[u8]) -> f64;
    fn running(&self) -> usize;

    /// The scale to the bit, to tell whether a checkpoint is of the same axis.
    fn scale_bits(&self) -> [u64; 2] {
        let scale = self.scale();
        [scale.origin.to_bits(), scale.unit.to_bits()]
    }
}

impl<T: Terrain> Mover for T {
    fn advance(&self, walk: &mut Walk, mode: u8, sweeps: u64) {
        match mode {
            ENTER => walk.advance::<T, ENTER>(self, sweeps),
            LEARN => walk.advance::<T, LEARN>(self, sweeps),
            _ => walk.advance::<T, FIXED>(self, sweeps),
        }
    }

    fn enter(&self, walk: &mut Walk, range: (f64, f64), sweeps: u64) -> bool {
        walk.enter(self, range, sweeps)
    }

    fn settle_in(&self, walk: &mut Walk) {
        walk.settle_in(self);
    }

    fn walk(&self, key: LaneKey, state: Vec<u8>) -> Result<Walk, String> {
        Walk::new(self, key, state)
    }

    fn sizes(&self) -> Vec<u16> {
        (0..self.sites()).map(|site| self.size(site) as u16).collect()
    }

    fn scale(&self) -> Scale {
        Terrain::scale(self)
    }

    fn energy(&self, state: &[u8]) -> f64 {
        Terrain::energy(self, state)
    }

    fn running(&self) -> usize {
        Terrain::running(self)
    }
}

/// What the walkers are at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Phase {
    /// On the way into the range.
    Fresh,
    WangLandau,
    Multicanonical(Recursion),
    /// With the weights of this ln g.
    Production(DensityOfStates),
}

impl Phase {
    fn is_production(&self) -> bool {
        matches!(self, Phase::Production(_))
    }
}

/// Walkers on the energy axis; a lane is a walker. The β of a lane is not used.
pub struct FlatSampler {
    mover: Box<dyn Mover>,
    sizes: Vec<u16>,
    /// The places that may be entered.
    range: (f64, f64),
    /// Whether the range is all energies.
    open: bool,
    walks: Vec<Walk>,
    /// Sweeps of each walker so far.
    sweeps: u64,
    phase: Phase,
}

impl FlatSampler {
    /// Walkers on a pairwise Ising energy.
    ///
    /// # Errors
    /// What is wrong with the energy, the settings or a start state.
    pub fn pairs(energy: &PairEnergy, settings: &Settings, lanes: &[Lane]) -> Result<FlatSampler, String> {
        build::check(settings)?;
        FlatSampler::new(build::pairs(energy, settings)?, settings, lanes)
    }

    /// Walkers on any energy of finite spins.
    ///
    /// # Errors
    /// As [`FlatSampler::pairs`].
    pub fn graph(energy: &ScalarGraph, settings: &Settings, lanes: &[Lane]) -> Result<FlatSampler, String> {
        build::check(settings)?;
        FlatSampler::new(build::graph(energy, settings)?, settings, lanes)
    }

    fn new(mover: Box<dyn Mover>, settings: &Settings, lanes: &[Lane]) -> Result<FlatSampler, String> {
        let sizes = mover.sizes();
        if lanes.is_empty() || sizes.is_empty() {
            return Err(format!("{} walkers on {} spins: there is nothing to walk", lanes.len(), sizes.len()));
        }
        let mut walks = Vec::new();
        for lane in lanes {
            let state = start_state(lane, sizes.len(), |i| usize::from(sizes[i]))?;
            walks.push(mover.walk(LaneKey::new(lane.key), state)?);
        }
        let scale = mover.scale();
        let (mut low, mut high) = ((settings.low - scale.origin) / scale.unit, (settings.high - scale.origin) / scale.unit);
        if scale.exact {
            // A level that is an end of the range belongs to it, in spite of rounding.
            (low, high) = ((low - 1e-6).ceil(), (high + 1e-6).floor());
        }
        if low > high {
            return Err(format!("no energy level lies between {} and {}", settings.low, settings.high));
        }
        let range = (low.max(f64::MIN), high.min(f64::MAX));
        let open = settings.low == f64::NEG_INFINITY && settings.high == f64::INFINITY;
        Ok(FlatSampler { mover, sizes, range, open, walks, sweeps: 0, phase: Phase::Fresh })
    }

    /// How energies become levels.
    pub fn scale(&self) -> Scale {
        self.mover.scale()
    }

    /// ln g that the walkers have as weights; `None` before production.
    pub fn density(&self) -> Option<&DensityOfStates> {
        match &self.phase {
            Phase::Production(density) => Some(density),
            _ => None,
        }
    }

    /// ln g of the level that a walker is on: with it a sample of energy E has the weight exp(ln g - β E). It is infinite
    /// where the walker is on a level without weight, which a state that was written can bring about; such samples are to be left out.
    pub fn ln_g(&self, lane: usize) -> f64 {
        self.walks[lane].ln_g()
    }

    /// Begins production with a ln g from elsewhere (its `indices` must be of the same [`Scale`]).
    ///
    /// # Errors
    /// Where it has no levels, is not ascending, or a value is not finite.
    pub fn set_density(&mut self, density: &DensityOfStates) -> Result<(), String> {
        let sound = !density.indices.is_empty()
            && density.indices.is_sorted_by(|a, b| a < b)
            && [&density.ln_g, &density.energies, &density.errors].iter().all(|v| v.len() == density.indices.len())
            && density.ln_g.iter().all(|s| s.is_finite());
        let width = |d: &DensityOfStates| d.indices[d.indices.len() - 1].checked_sub(d.indices[0]);
        if !sound || width(density).is_none_or(|w| w >= levels::MOST_LEVELS as i64) {
            return Err("a density of states needs ascending levels with a finite ln g each".into());
        }
        self.install(density.clone());
        Ok(())
    }

    /// Round trips of each walker in production: from the lowest level to that of the greatest g (to the highest, where that is the
    /// same) and back.
    pub fn round_trips(&self) -> Vec<u64> {
        self.walks.iter().map(|walk| walk.half_trips / 2).collect()
    }

    /// Proposals in production that were refused because learning had not met their level. Where this is not 0, levels are missing.
    pub fn unknown(&self) -> u64 {
        self.walks.iter().map(|walk| walk.unknown).sum()
    }

    /// A better ln g from the histograms of production, ln g + ln H, with errors between the walkers.
    ///
    /// # Errors
    /// Before production, and before anything was visited in it.
    pub fn refined(&self) -> Result<DensityOfStates, String> {
        if !self.phase.is_production() || self.walks.iter().any(|w| w.window.levels.iter().all(|l| l.visits == 0)) {
            return Err("ln g is refined by production, which has not begun".into());
        }
        let lists = self.walks.iter().map(|walk| {
            let visited = walk.window.levels.iter().enumerate().filter(|(_, l)| l.visits > 0 && l.ln_g.is_finite());
            visited.map(|(k, l)| (walk.window.first + k as i64, l.ln_g + libm::log(l.visits as f64))).collect()
        });
        Ok(self.merge(&lists.collect::<Vec<_>>()))
    }

    fn merge(&self, lists: &[Vec<(i64, f64)>]) -> DensityOfStates {
        let total = if self.open { self.sizes.iter().map(|&q| libm::log(f64::from(q))).sum() } else { 0.0 };
        let scale = self.mover.scale();
        DensityOfStates::merge(lists, total, self.open, |index| scale.energy(index))
    }

    /// The estimates of all walkers, merged.
    fn merged(&self) -> DensityOfStates {
        let lists = self.walks.iter().map(|walk| {
            let level = |index: i64| (index, walk.window.levels[(index - walk.window.first) as usize].ln_g);
            walk.window.known().map(level).collect()
        });
        self.merge(&lists.collect::<Vec<_>>())
    }

    fn produce(&mut self) {
        let density = self.merged();
        self.install(density);
    }

    /// The weights 1 / g for every walker, and counting from 0.
    fn install(&mut self, density: DensityOfStates) {
        let (first, last) = (density.indices[0], density.indices[density.indices.len() - 1]);
        let mut levels = vec![Level { ln_g: f64::INFINITY, visits: 0 }; (last - first + 1) as usize];
        let mut seen = vec![false; levels.len()];
        let mut peak = 0;
        for (k, (&index, &ln_g)) in density.indices.iter().zip(&density.ln_g).enumerate() {
            levels[(index - first) as usize].ln_g = ln_g;
            seen[(index - first) as usize] = true;
            peak = if ln_g > density.ln_g[peak] { k } else { peak };
        }
        let top = if peak == 0 { last } else { density.indices[peak] };
        for walk in &mut self.walks {
            walk.window =
                Window { first, levels: levels.clone(), seen: seen.clone(), beyond: Beyond::Refuse, slopes: (0.0, 0.0) };
            let index = walk.index();
            if walk.window.at(index).is_none() {
                walk.too_wide |= !walk.window.reach(index);
            }
            (walk.low, walk.high) = self.range;
            walk.ends = (first, top);
            walk.down = true;
            walk.half_trips = 0;
            walk.unknown = 0;
        }
        self.phase = Phase::Production(density);
    }

    fn each<R: Send>(&mut self, f: impl Fn(&dyn Mover, &mut Walk) -> R + Sync) -> Vec<R> {
        let mover = &*self.mover;
        self.walks.par_iter_mut().map(|walk| f(mover, walk)).collect()
    }
}

impl Sampler for FlatSampler {
    fn lanes(&self) -> usize {
        self.walks.len()
    }

    fn sites(&self) -> usize {
        self.sizes.len()
    }

    /// Production, with fixed weights. Before anything is learnt all states weigh the same.
    fn advance(&mut self, sweeps: u64) {
        if sweeps.saturating_mul(self.sizes.len() as u64) < WORTH_THREADS || self.walks.len() == 1 {
            self.walks.iter_mut().for_each(|walk| self.mover.advance(walk, FIXED, sweeps));
        } else {
            self.each(|mover, walk| mover.advance(walk, FIXED, sweeps));
        }
        self.sweeps += sweeps;
    }

    fn energy(&self, lane: usize) -> f64 {
        let scale = self.mover.scale();
        let walk = &self.walks[lane];
        if scale.exact { scale.origin + scale.unit * walk.place } else { self.mover.energy(&walk.state) }
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        state.copy_from_slice(&self.walks[lane].state);
    }

    /// Replaces the state. Where its level has no weight, the walker moves freely until it is back on one that has.
    fn write(&mut self, lane: usize, state: &[u8]) {
        let walk = &mut self.walks[lane];
        for ((own, &position), &q) in walk.state.iter_mut().zip(state).zip(&self.sizes) {
            *own = position.min((q - 1) as u8);
        }
        self.mover.settle_in(walk);
        let index = walk.index();
        if walk.window.at(index).is_none() {
            walk.too_wide |= !walk.window.reach(index);
        }
    }

    /// Nothing: a flat walk has no temperature.
    fn set_beta(&mut self, _lane: usize, _beta: f64) {}

    fn save(&self) -> Vec<u8> {
        let saved = (self.mover.scale_bits(), self.sweeps, &self.phase, &self.walks);
        let mut out = KERNEL.to_vec();
        // Plain data of a known shape: encoding into memory does not fail.
        out.extend(postcard::to_allocvec(&saved).unwrap_or_default());
        out
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let rest = saved.strip_prefix(KERNEL.as_slice()).ok_or("the saved state is of another kernel")?;
        type Saved = ([u64; 2], u64, Phase, Vec<Walk>);
        let (saved, rest): (Saved, &[u8]) =
            postcard::take_from_bytes(rest).map_err(|e| format!("the saved state cannot be read: {e}"))?;
        let (scale, sweeps, phase, mut walks) = saved;
        if !rest.is_empty() || scale != self.mover.scale_bits() {
            return Err("the saved state is of another energy axis".into());
        }
        if walks.len() != self.walks.len() {
            return Err(format!("the saved state has {} walkers, the kernel has {}", walks.len(), self.walks.len()));
        }
        for walk in &walks {
            let fits =
                walk.state.len() == self.sizes.len() && walk.state.iter().zip(&self.sizes).all(|(&s, &q)| u16::from(s) < q);
            let sound = walk.running.len() == self.mover.running() && walk.window.is_sound() && walk.place.is_finite();
            if !fits || !sound {
                return Err("the saved state does not fit the model".into());
            }
        }
        if let Phase::Multicanonical(recursion) = &phase
            && recursion.walkers() != walks.len()
        {
            return Err("the saved state is damaged".into());
        }
        for (walk, own) in walks.iter_mut().zip(&self.walks) {
            walk.key = own.key;
        }
        (self.sweeps, self.phase, self.walks) = (sweeps, phase, walks);
        Ok(())
    }
}
