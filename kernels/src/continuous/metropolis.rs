//! One sweep of single-site moves, colour by colour: proposals, energy differences, decisions.
//!
//! All sites of a colour are proposed at once. They share no term, so each decides by its own terms as if it moved alone.

use super::batch::Scratch;
use super::draws::{BULK, DIRECTION, HEAT_BATH, bits, eight, normals, uniform};
use super::large::Running;
use super::plan::{Colour, Plan, RUN, Segment};
use super::space::{reflect, wrap};
use crate::field::Space;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use crate::sparse::functions::{metropolis_level, uniform as word_uniform};
use crate::sparse::wide::LaneKey;
use crate::thinning::kept;

/// An energy that compares: no infinity, and room for differences.
#[inline(always)]
fn tame(e: f64) -> f64 {
    const MOST: f64 = f64::MAX / 4.0;
    e.clamp(-MOST, MOST)
}

/// Room that lanes share.
#[derive(Default)]
pub(super) struct Room {
    pub scratch: Scratch,
    /// A state with proposals in place; agrees with the lane's state between colours.
    pub trial: Vec<f64>,
    before: Vec<f64>,
    after: Vec<f64>,
    levels: Vec<f64>,
    running: Running,
}

/// Proposals and acceptances of a block in a sweep.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub proposed: u64,
    pub accepted: u64,
}

/// What a sweep is of.
pub(super) struct Sweep<'a> {
    pub plan: &'a Plan,
    pub simd: Simd,
    pub key: &'a LaneKey,
    pub sweep: u64,
    pub beta: f64,
    /// By block.
    pub windows: &'a [f64],
}

/// The first window of a space, and the widest that makes sense.
pub(super) fn windows(space: &Space) -> (f64, f64) {
    match space {
        Space::Finite(_) => (1.0, 1.0),
        Space::Circle => (std::f64::consts::FRAC_PI_2, std::f64::consts::PI),
        Space::Sphere(_) => (0.5, 100.0),
        Space::Line { low, high } if (high - low).is_finite() => (0.5 * (high - low), high - low),
        Space::Line { .. } => (1.0, 1e100),
    }
}

impl Sweep<'_> {
    /// A Metropolis sweep; `counts` is by block.
    pub fn metropolis(&self, state: &mut [f64], room: &mut Room, counts: &mut [Count]) {
        self.begin(state, room);
        for (number, colour) in self.plan.colours.iter().enumerate() {
            for segment in &colour.segments {
                let levels = &mut room.levels[segment.slot..segment.slot + segment.sites];
                propose(self.simd, self, segment, state, &mut room.trial, levels);
            }
            self.energies(colour, state, room, true);
            if let Some(large) = &self.plan.large {
                let (before, after) = large.propose(&mut room.running, number, &room.trial);
                room.before[0] += before;
                room.after[0] += after;
            }
            for segment in &colour.segments {
                let count = &mut counts[segment.block];
                let range = segment.slot..segment.slot + segment.sites;
                // A level below 0 leaves the proposal out, however far downhill it goes.
                count.proposed += room.levels[range.clone()].iter().filter(|l| **l >= 0.0).count() as u64;
                let energies = (&room.before[range.clone()], &room.after[range.clone()]);
                let moved = &mut room.levels[range];
                decide(self.simd, self, segment, energies, moved, state, &mut room.trial);
                count.accepted += moved.iter().sum::<f64>() as u64;
            }
            if let Some(large) = &self.plan.large {
                large.settle(&mut room.running, number, room.levels[0] == 1.0);
            }
        }
    }

    /// A sweep of draws from the conditional distributions of sites with finite sets.
    pub fn heat_bath(&self, state: &mut [f64], room: &mut Room) {
        self.begin(state, room);
        let mut energies: Vec<f64> = Vec::new();
        for (number, colour) in self.plan.colours.iter().enumerate() {
            let values = |segment: &Segment| match &self.plan.blocks[segment.block].space {
                Space::Finite(values) => values.as_slice(),
                _ => &[],
            };
            let most = colour.segments.iter().map(|s| values(s).len()).max().unwrap_or(0);
            energies.clear();
            for v in 0..most {
                for segment in &colour.segments {
                    if let Some(&value) = values(segment).get(v) {
                        room.trial[segment.first..segment.first + segment.sites].fill(value);
                    }
                }
                self.energies(colour, state, room, false);
                if let Some(large) = &self.plan.large {
                    room.after[0] += large.propose(&mut room.running, number, &room.trial).1;
                }
                energies.extend_from_slice(&room.after[..colour.sites]);
            }
            for segment in &colour.segments {
                let values = values(segment);
                for k in 0..segment.sites {
                    let words = self.key.block(HEAT_BATH, self.sweep, (segment.position + k) as u32);
                    let u = uniform(bits(u64::from(words[0]), u64::from(words[1])));
                    let own = |v: usize| energies[v * colour.sites + segment.slot + k];
                    let chosen = values[choose(values.len(), own, self.beta, u)];
                    state[segment.first + k] = chosen;
                    room.trial[segment.first + k] = chosen;
                }
            }
            if let Some(large) = &self.plan.large {
                large.propose(&mut room.running, number, &room.trial);
                large.settle(&mut room.running, number, true);
            }
        }
    }

    fn begin(&self, state: &[f64], room: &mut Room) {
        room.trial.clear();
        room.trial.extend_from_slice(state);
        let most = self.plan.colours.iter().map(|c| c.sites).max().unwrap_or(0);
        for list in [&mut room.before, &mut room.after, &mut room.levels] {
            list.resize(most, 0.0);
        }
        if let Some(large) = &self.plan.large {
            large.begin(&mut room.running, state);
        }
    }

    /// The energies of the sites' own terms, in the state if asked for, and in the trial.
    fn energies(&self, colour: &Colour, state: &[f64], room: &mut Room, both: bool) {
        room.before[..colour.sites].fill(0.0);
        room.after[..colour.sites].fill(0.0);
        for batch in &colour.batches {
            if both {
                batch.add_values(self.simd, state, &mut room.before, &mut room.scratch);
            }
            batch.add_values(self.simd, &room.trial, &mut room.after, &mut room.scratch);
        }
    }
}

/// A value drawn with probability ∝ exp(-β E); a NaN counts as plus infinity.
fn choose(values: usize, energy: impl Fn(usize) -> f64, beta: f64, u: f64) -> usize {
    let tamed = |v: usize| {
        let e = energy(v);
        tame(if e.is_nan() { f64::INFINITY } else { e })
    };
    let best = (0..values).map(tamed).fold(f64::INFINITY, f64::min);
    let weight = |v: usize| {
        let exponent = (tamed(v) - best) * beta;
        if exponent == 0.0 { 1.0 } else { libm::exp(-exponent) }
    };
    let mut rest = u * (0..values).map(weight).sum::<f64>();
    for v in 0..values {
        let w = weight(v);
        if rest < w {
            return v;
        }
        rest -= w;
    }
    // Rounding may leave a little beyond the last value that has any weight.
    (0..values).rev().find(|&v| weight(v) > 0.0).unwrap_or(0)
}

#[inline(always)]
fn propose_in(run: &Sweep, segment: &Segment, state: &[f64], trial: &mut [f64], levels: &mut [f64]) {
    let window = run.windows[segment.block];
    let space = &run.plan.blocks[segment.block].space;
    let reluctance = match space {
        Space::Finite(_) => -libm::log(kept(run.plan.most_neighbours, run.beta)),
        _ => 0.0,
    };
    for first in (0..segment.sites).step_by(RUN) {
        let active = RUN.min(segment.sites - first);
        // A block serves two sites: its first two words the even one, the others the odd one.
        let words = eight(run.key, BULK, run.sweep, ((segment.position + first) / 2) as u32);
        let (mut level, mut draw) = ([0.0; RUN], [0.0; RUN]);
        for k in 0..8 {
            for odd in 0..2 {
                draw[2 * k + odd] = 2.0 * word_uniform(words[2 * odd][k]) - 1.0;
                level[2 * k + odd] = metropolis_level(words[2 * odd + 1][k]) - reluctance;
            }
        }
        let at = segment.first + first;
        let old = &state[at..at + RUN];
        let mut new = [0.0; RUN];
        for k in 0..RUN {
            new[k] = old[k] + window * draw[k];
        }
        match space {
            Space::Circle => new = new.map(wrap),
            Space::Line { low, high } => {
                if low == high {
                    level = [-1.0; RUN];
                }
                if low.is_finite() || high.is_finite() {
                    new = new.map(|x| reflect(x, *low, *high).0);
                }
            }
            Space::Finite(values) => {
                for k in 0..active {
                    let others = values.len() - 1;
                    if others == 0 {
                        level[k] = -1.0;
                        new[k] = old[k];
                        continue;
                    }
                    // A word times a small number: alike to others / 2^32.
                    let word = words[2 * (k % 2)][k / 2] & 0xFFFF_FFFF;
                    let other = ((u128::from(word) * others as u128) >> 32) as usize;
                    let own = values.partition_point(|v| *v < old[k]);
                    new[k] = values[other + usize::from(other >= own)];
                }
            }
            Space::Sphere(n) => {
                for half in (first..first + active).step_by(8) {
                    sphere(run, segment, half, *n as usize, window, state, trial);
                }
                levels[first..first + active].copy_from_slice(&level[..active]);
                continue;
            }
        }
        trial[at..at + active].copy_from_slice(&new[..active]);
        levels[first..first + active].copy_from_slice(&level[..active]);
    }
}
dispatch!(propose => propose_in [] <> (run: &Sweep, segment: &Segment, state: &[f64], trial: &mut [f64], levels: &mut [f64]));

/// A normal step in the space around the sphere, brought back to length 1. Its density depends on the angle between old and new
/// alone, so it is symmetric.
#[inline(always)]
fn sphere(run: &Sweep, segment: &Segment, first: usize, n: usize, window: f64, state: &[f64], trial: &mut [f64]) {
    let active = 8.min(segment.sites - first);
    let block = (segment.position + first) as u32;
    let mut square = [0.0; 8];
    for pair in 0..n.div_ceil(2) {
        let two = normals(&eight(run.key, DIRECTION + pair as u32, run.sweep, block));
        for (c, normal) in two.iter().enumerate().take(n - 2 * pair) {
            let at = segment.first + (2 * pair + c) * segment.sites + first;
            let (old, mut new) = (&state[at..at + 8], [0.0; 8]);
            for k in 0..8 {
                new[k] = old[k] + window * normal[k];
                square[k] += new[k] * new[k];
            }
            trial[at..at + active].copy_from_slice(&new[..active]);
        }
    }
    // A sum of no length has probability 0; the site then stays.
    let scale = square.map(|square| if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 });
    for c in 0..n {
        let at = segment.first + c * segment.sites + first;
        let old = &state[at..at + active];
        for ((y, x), scale) in trial[at..at + active].iter_mut().zip(old).zip(&scale) {
            *y = if *scale > 0.0 { *y * scale } else { *x };
        }
    }
}

/// Decides each site of a segment, brings state and trial together, and turns each level into 1 (moved) or 0.
#[inline(always)]
fn decide_in(
    run: &Sweep,
    segment: &Segment,
    energies: (&[f64], &[f64]),
    levels: &mut [f64],
    state: &mut [f64],
    trial: &mut [f64],
) {
    for ((level, &before), &after) in levels.iter_mut().zip(energies.0).zip(energies.1) {
        // What is no number is rejected, unless there is nothing better to stay at.
        let difference = if before.is_nan() { 0.0 } else { tame(after) - tame(before) };
        let within = (difference * run.beta).max(0.0) <= *level;
        *level = if within & (!after.is_nan() | before.is_nan()) { 1.0 } else { 0.0 };
    }
    let components = run.plan.blocks[segment.block].space.components();
    for c in 0..components {
        let at = segment.first + c * segment.sites;
        let (state, trial) = (&mut state[at..at + segment.sites], &mut trial[at..at + segment.sites]);
        for ((x, y), moved) in state.iter_mut().zip(trial).zip(&*levels) {
            let chosen = if *moved == 1.0 { *y } else { *x };
            *x = chosen;
            *y = chosen;
        }
    }
}
dispatch!(decide => decide_in [] <> (
    run: &Sweep, segment: &Segment, energies: (&[f64], &[f64]), levels: &mut [f64], state: &mut [f64], trial: &mut [f64]));
