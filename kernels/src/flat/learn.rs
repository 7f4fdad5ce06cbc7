//! Learning ln g: the schedule of Wang and Landau, and the common course of both methods.
//!
//! F. Wang and D. P. Landau, Phys. Rev. Lett. 86, 2050 (2001); R. E. Belardinelli and V. D. Pereyra, Phys. Rev. E 75, 046701
//! (2007) for ln f = 1/t; B. J. Schulz, K. Binder, M. Müller and D. P. Landau, Phys. Rev. E 67, 067102 (2003) for the edges of a
//! range: a move out of it is refused and the present level counted again. Walkers are independent but for one thing: a level
//! that one has found is asked of all.

use serde::{Deserialize, Serialize};

use super::density::DensityOfStates;
use super::levels::{Beyond, Window};
use super::recursion::Recursion;
use super::walk::{FIXED, LATE, LEARN, Walk};
use super::{FlatSampler, Phase};

/// How ln g is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Learning {
    /// Wang and Landau: ln f is halved whenever the histogram is flat.
    WangLandau,
    /// ln f is halved whenever all levels have been visited, until it meets 1/t; t = attempted changes / levels.
    InverseTime,
    /// Multicanonical iterations (B. A. Berg, J. Stat. Phys. 82, 323 (1996); W. Janke, Physica A 254, 164 (1998)).
    Multicanonical,
}

/// The terms of learning.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnSettings {
    pub method: Learning,
    /// The least over the mean number of visits that counts as flat, between 0 and 1.
    pub flatness: f64,
    /// The first and the last ln f; learning is over below the last. Not used by multicanonical iterations.
    pub first_ln_f: f64,
    pub last_ln_f: f64,
    /// Sweeps of a walker after which learning ends unfinished.
    pub most_sweeps: u64,
    /// Multicanonical iterations after which learning ends unfinished.
    pub most_rounds: u32,
    /// Sweeps between looks at the histogram; `None` for some 2^18 attempted changes.
    pub every: Option<u64>,
}

impl Default for LearnSettings {
    /// Flatness 0.8, ln f from 1 to 10^-8, at most 10^9 sweeps, any number of iterations.
    fn default() -> LearnSettings {
        LearnSettings {
            method: Learning::WangLandau,
            flatness: 0.8,
            first_ln_f: 1.0,
            last_ln_f: 1e-8,
            most_sweeps: 1_000_000_000,
            most_rounds: u32::MAX,
            every: None,
        }
    }
}

impl LearnSettings {
    fn check(&self) -> Result<(), String> {
        if !(self.flatness > 0.0 && self.flatness < 1.0) {
            return Err(format!("a flatness of {}: it must lie between 0 and 1", self.flatness));
        }
        if !(self.first_ln_f > 0.0 && self.first_ln_f <= 100.0 && self.last_ln_f > 0.0) || self.last_ln_f > self.first_ln_f {
            return Err(format!("ln f cannot go from {} to {}", self.first_ln_f, self.last_ln_f));
        }
        match self.every {
            Some(0) => Err("0 sweeps between looks at the histogram".into()),
            _ => Ok(()),
        }
    }

    fn slice(&self, sites: usize) -> u64 {
        self.every.unwrap_or_else(|| ((1 << 18) / sites.max(1) as u64).max(16))
    }
}

/// How far one walker has come.
#[derive(Clone, Debug, PartialEq)]
pub struct WalkerProgress {
    pub ln_f: f64,
    /// The least over the mean number of visits since ln f changed, or in the present iteration.
    pub flatness: f64,
    pub levels: usize,
    pub done: bool,
}

/// The outcome of [`FlatSampler::learn`].
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt {
    pub density: DensityOfStates,
    /// Whether every walker met the criterion; if not, learning was stopped or ran out of sweeps.
    pub finished: bool,
    /// Sweeps of each walker so far.
    pub sweeps: u64,
    pub walkers: Vec<WalkerProgress>,
}

impl FlatSampler {
    /// Learns ln g until it is finished, has used `most_sweeps`, or `should_stop` says so (asked between slices of work).
    /// Called again with the same settings, also after a checkpoint, it goes on where it was; what the slices are does not
    /// depend on where it was stopped. When finished, all walkers have the merged ln g as their weights and production begins.
    ///
    /// # Errors
    /// For settings that make no sense, a range that no walker finds, and more levels than can be kept.
    pub fn learn(&mut self, settings: &LearnSettings, should_stop: &mut dyn FnMut() -> bool) -> Result<Learnt, String> {
        settings.check()?;
        let slice = settings.slice(self.sizes.len());
        while !self.phase.is_production() {
            if should_stop() || self.is_exhausted(settings) {
                return Ok(self.learnt(false));
            }
            let now = slice.min(settings.most_sweeps - self.sweeps);
            self.step(settings, now)?;
        }
        Ok(self.learnt(true))
    }

    /// Whether learning may not go on, finished or not.
    pub fn is_exhausted(&self, settings: &LearnSettings) -> bool {
        let rounds = matches!(&self.phase, Phase::Multicanonical(r) if r.rounds >= settings.most_rounds);
        self.sweeps >= settings.most_sweeps || rounds
    }

    fn step(&mut self, settings: &LearnSettings, sweeps: u64) -> Result<(), String> {
        match &self.phase {
            Phase::Fresh => {
                let range = self.range;
                let arrived = self.each(|mover, walk| mover.enter(walk, range, sweeps));
                if arrived.iter().all(|a| *a) {
                    self.begin(settings);
                } else {
                    self.sweeps += sweeps;
                    self.check_walks()?;
                }
            }
            Phase::WangLandau => {
                self.each(|mover, walk| {
                    if !walk.schedule.done {
                        mover.advance(walk, LEARN, sweeps)
                    }
                });
                self.sweeps += sweeps;
                self.check_walks()?;
                let known = self.known();
                let inverse = settings.method == Learning::InverseTime;
                self.walks.iter_mut().for_each(|walk| look(walk, &known, settings, inverse));
                if self.walks.iter().all(|walk| walk.schedule.done) {
                    self.produce();
                }
            }
            Phase::Multicanonical(_) => {
                self.each(|mover, walk| mover.advance(walk, FIXED, sweeps));
                self.sweeps += sweeps;
                self.check_walks()?;
                self.iterate(settings, sweeps);
            }
            Phase::Production(_) => {}
        }
        Ok(())
    }

    /// All walkers are in the range: learning starts afresh.
    fn begin(&mut self, settings: &LearnSettings) {
        let multicanonical = settings.method == Learning::Multicanonical;
        for walk in &mut self.walks {
            (walk.low, walk.high) = self.range;
            walk.window = Window::new(walk.index(), if multicanonical { Beyond::Slope } else { Beyond::Enter });
            walk.schedule.ln_f = settings.first_ln_f;
            walk.schedule.found = false;
            walk.schedule.updates = 0;
            walk.half_trips = 0;
        }
        self.phase = if multicanonical {
            Phase::Multicanonical(Recursion::new(self.walks.len(), settings.slice(self.sizes.len())))
        } else {
            Phase::WangLandau
        };
    }

    fn iterate(&mut self, settings: &LearnSettings, sweeps: u64) {
        let Phase::Multicanonical(mut recursion) = std::mem::replace(&mut self.phase, Phase::Fresh) else { return };
        recursion.left = recursion.left.saturating_sub(sweeps);
        let done = recursion.left == 0 && recursion.turn(&mut self.walks, settings.flatness);
        self.phase = Phase::Multicanonical(recursion);
        if done {
            self.produce();
        }
    }

    fn check_walks(&self) -> Result<(), String> {
        if self.walks.iter().any(|walk| walk.too_wide) {
            let most = super::levels::MOST_LEVELS;
            return Err(format!("the energies span more than {most} levels: use wider bins"));
        }
        if self.walks.iter().any(|walk| walk.not_whole) {
            return Err(format!("the energies are not multiples of the unit {}: use bins", self.mover.scale().unit));
        }
        Ok(())
    }

    /// Levels that any walker has visited.
    fn known(&self) -> Vec<i64> {
        union(&self.walks)
    }

    /// The estimate as it stands.
    fn learnt(&self, finished: bool) -> Learnt {
        let known = self.known();
        let progress = |walk: &Walk| WalkerProgress {
            ln_f: walk.schedule.ln_f,
            flatness: walk.window.flatness(&known),
            levels: walk.window.known().count(),
            done: finished || walk.schedule.done,
        };
        let density = match &self.phase {
            Phase::Production(density) => density.clone(),
            _ => self.merged(),
        };
        Learnt { density, finished, sweeps: self.sweeps, walkers: self.walks.iter().map(progress).collect() }
    }
}

/// Levels that any walker has visited, ascending.
pub(crate) fn union(walks: &[Walk]) -> Vec<i64> {
    let first = walks.iter().map(|walk| walk.window.first).min().unwrap_or(0);
    let end = walks.iter().map(|walk| walk.window.end()).max().unwrap_or(first);
    let mut seen = vec![false; (end - first) as usize];
    for walk in walks {
        let offset = (walk.window.first - first) as usize;
        for (all, own) in seen[offset..].iter_mut().zip(&walk.window.seen) {
            *all |= own;
        }
    }
    (first..end).zip(seen).filter(|(_, seen)| *seen).map(|(index, _)| index).collect()
}

/// A look at a walker's histogram: halves ln f where it is time.
fn look(walk: &mut Walk, known: &[i64], settings: &LearnSettings, inverse: bool) {
    let complete = known.iter().all(|&index| walk.window.at(index).is_some_and(|k| walk.window.seen[k]));
    if walk.schedule.done {
        // Another walker has found a level that this one has not: it has to look for it.
        if !complete {
            walk.schedule = super::walk::Schedule { ln_f: LATE.min(settings.first_ln_f), done: false, ..walk.schedule.clone() };
            walk.schedule.inverse = None;
            walk.window.clear_visits();
        }
        return;
    }
    if std::mem::take(&mut walk.schedule.found) {
        walk.window.clear_visits();
        return;
    }
    if walk.schedule.inverse.is_some() {
        walk.schedule.done = complete && walk.schedule.ln_f < settings.last_ln_f;
        return;
    }
    let visited = || walk.window.flatness(known);
    if if inverse { visited() > 0.0 } else { visited() >= settings.flatness } {
        walk.schedule.ln_f *= 0.5;
        walk.window.clear_visits();
        let levels = known.len() as f64;
        if inverse && walk.schedule.ln_f <= levels / walk.schedule.updates.max(1) as f64 {
            walk.schedule.inverse = Some(levels);
        } else {
            walk.schedule.done = walk.schedule.ln_f < settings.last_ln_f;
        }
    }
}
