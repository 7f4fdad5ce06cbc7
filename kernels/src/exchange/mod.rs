//! Replica exchange along any axis: who swaps with whom, and what came of it.
//!
//! Owns the permutation of replicas over the points of an axis (temperatures, fields, ...), the draws that decide swaps, and their statistics. It
//! knows numbers only; replicas are moved by a kernel, and the caller moves their parameters.
//!
//! K. Hukushima and K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996). Pairs of neighbours are tried alternately, even ones in one step
//! and odd ones in the next (deterministic even-odd: T. Okabe, M. Kawata, Y. Okamoto and M. Mikami, Chem. Phys. Lett. 335, 435
//! (2001)); each step leaves the product distribution as it is, and round trips are of ballistic rather than diffusive kind
//! (S. Syed, A. Bouchard-Côté, G. Deligiannidis and A. Doucet, J. R. Stat. Soc. B 84, 321 (2022)).

mod placement;
#[cfg(test)]
mod tests;

pub use placement::{first_points, place};

use serde::{Deserialize, Serialize};

use super::random::{Key, Stream};

/// ln of the ratio of probabilities after and before a swap of two states, from their energies: the state at point a has the
/// energy `own.0` there and `cross.0` at point b; the state at b has `own.1` there and `cross.1` at point a. `betas` are those of a and b.
///
/// Where a point has an infinite β, or an energy is infinite, the limit is taken; ties that leave it open (∞ - ∞) count as 0.
pub fn log_ratio(betas: (f64, f64), own: (f64, f64), cross: (f64, f64)) -> f64 {
    let product = |beta: f64, e: f64| if e == 0.0 || beta == 0.0 { 0.0 } else { beta * e };
    let delta = if own.0 == cross.0 && own.1 == cross.1 {
        // One energy for both points: the product of differences is the exact form for temperatures.
        product(betas.0 - betas.1, own.0 - own.1)
    } else {
        let now = product(betas.0, own.0) + product(betas.1, own.1);
        let then = product(betas.1, cross.0) + product(betas.0, cross.1);
        now - then
    };
    if delta.is_nan() { 0.0 } else { delta }
}

/// The probability of a swap, min(1, exp(Δ)).
pub fn swap_probability(delta: f64) -> f64 {
    if delta >= 0.0 { 1.0 } else { libm::exp(delta) }
}

/// Which end a replica has been at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum From {
    Neither,
    First,
    Last,
}

/// A swap that was accepted: the replicas that stand at `point` and `point + 1` of a set now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swap {
    pub set: usize,
    pub point: usize,
    /// The replicas now at `point` and at `point + 1`.
    pub replicas: (usize, usize),
}

/// The statistics of one axis, sums over the sets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Swaps tried and accepted between points k and k + 1.
    pub tried: Vec<u64>,
    pub accepted: Vec<u64>,
    /// Sums of the swap probabilities: of less variance than the counts.
    pub probability: Vec<f64>,
    /// Visits, after each step, of replicas that were last at the first point, and of those that were last at the last.
    pub from_first: Vec<u64>,
    pub from_last: Vec<u64>,
    /// Completed trips from the first point to the last and back.
    pub round_trips: u64,
    /// Sums over replicas and steps of the squared displacement along the axis in one step.
    pub squared_steps: u64,
    pub steps: u64,
}

impl Statistics {
    fn new(points: usize) -> Statistics {
        let pairs = points.saturating_sub(1);
        Statistics {
            tried: vec![0; pairs],
            accepted: vec![0; pairs],
            probability: vec![0.0; pairs],
            from_first: vec![0; points],
            from_last: vec![0; points],
            ..Statistics::default()
        }
    }

    /// The mean swap probability of each pair of neighbours; NaN where none was tried.
    pub fn rates(&self) -> Vec<f64> {
        self.probability.iter().zip(&self.tried).map(|(p, &n)| if n == 0 { f64::NAN } else { p / n as f64 }).collect()
    }

    /// The fraction of replicas at each point that come from the first one, among those that come from either end
    /// (H. G. Katzgraber, S. Trebst, D. A. Huse and M. Troyer, J. Stat. Mech. P03018 (2006)); NaN where none came by. It is 1 at the
    /// first point and 0 at the last; it falls where replicas diffuse slowly.
    pub fn fraction(&self) -> Vec<f64> {
        let part = |(&up, &down): (&u64, &u64)| if up + down == 0 { f64::NAN } else { up as f64 / (up + down) as f64 };
        self.from_first.iter().zip(&self.from_last).map(part).collect()
    }

    /// The mean squared displacement, in points, of a replica in one step; NaN before the first.
    pub fn mobility(&self, replicas: usize) -> f64 {
        if self.steps == 0 { f64::NAN } else { self.squared_steps as f64 / (self.steps as f64 * replicas as f64) }
    }

    /// The communication barrier Λ = Σ (1 - rate) between the first point and each point (Syed et al. 2022); pairs not tried count as 0.
    pub fn barrier(&self) -> Vec<f64> {
        let mut sum = 0.0;
        let steps = self.rates().into_iter().map(|r| {
            sum += if r.is_nan() { 0.0 } else { 1.0 - r };
            sum
        });
        std::iter::once(0.0).chain(steps).collect()
    }
}

/// Replica exchange over `points` points in independent sets of as many replicas. Replica r of a set stands at point r at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    key: (u64, u64),
    points: usize,
    /// Of each set, the replica at each point, and the other way round.
    replica_at: Vec<Vec<u32>>,
    point_of: Vec<Vec<u32>>,
    from: Vec<Vec<From>>,
    /// Whether a replica that is from the last point had been at the first before.
    returning: Vec<Vec<bool>>,
    steps: u64,
    statistics: Statistics,
}

impl Exchange {
    /// # Errors
    /// Without a point or a set, or for more than 2^32 points.
    pub fn new(key: Key, points: usize, sets: usize) -> Result<Exchange, String> {
        if points == 0 || sets == 0 || points > u32::MAX as usize {
            return Err(format!("an exchange of {sets} sets over {points} points"));
        }
        let order: Vec<u32> = (0..points as u32).collect();
        let mut exchange = Exchange {
            key: (key.0, key.1),
            points,
            replica_at: vec![order.clone(); sets],
            point_of: vec![order; sets],
            from: vec![vec![From::Neither; points]; sets],
            returning: vec![vec![false; points]; sets],
            steps: 0,
            statistics: Statistics::new(points),
        };
        (0..sets).for_each(|set| exchange.mark_ends(set));
        Ok(exchange)
    }

    pub fn points(&self) -> usize {
        self.points
    }

    pub fn sets(&self) -> usize {
        self.replica_at.len()
    }

    /// The replica that stands at a point of a set.
    pub fn replica_at(&self, set: usize, point: usize) -> usize {
        self.replica_at[set][point] as usize
    }

    /// The point that a replica of a set stands at.
    pub fn point_of(&self, set: usize, replica: usize) -> usize {
        self.point_of[set][replica] as usize
    }

    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// Forgets the statistics and where replicas come from (after the warm-up); replicas stay where they are.
    pub fn reset(&mut self) {
        self.statistics = Statistics::new(self.points);
        for set in 0..self.sets() {
            self.from[set].fill(From::Neither);
            self.returning[set].fill(false);
            self.mark_ends(set);
        }
    }

    /// One step: pairs (0, 1), (2, 3), ... or (1, 2), (3, 4), ... in turn. `delta(set, point, replicas)` gives ln of the
    /// ratio of probabilities for swapping `replicas` = (at `point`, at `point + 1`), see [`log_ratio`]; NaN is refused. The
    /// swaps that took place are returned.
    pub fn step(&mut self, delta: &mut dyn FnMut(usize, usize, (usize, usize)) -> f64) -> Vec<Swap> {
        let mut stream = Stream::new(Key(self.key.0, self.key.1).derive(self.steps));
        let first = (self.steps % 2) as usize;
        let mut swaps = Vec::new();
        for set in 0..self.sets() {
            for point in (first..self.points.saturating_sub(1)).step_by(2) {
                let (a, b) = (self.replica_at[set][point], self.replica_at[set][point + 1]);
                let delta = delta(set, point, (a as usize, b as usize));
                let probability = if delta.is_nan() { 0.0 } else { swap_probability(delta) };
                // A draw for each pair, needed or not: what one pair does leaves the others' draws alone.
                let accepted = stream.uniform() < probability;
                self.statistics.tried[point] += 1;
                self.statistics.probability[point] += probability;
                if accepted {
                    self.statistics.accepted[point] += 1;
                    self.statistics.squared_steps += 2;
                    self.replica_at[set].swap(point, point + 1);
                    self.point_of[set].swap(a as usize, b as usize);
                    swaps.push(Swap { set, point, replicas: (b as usize, a as usize) });
                }
            }
            self.mark_ends(set);
            for (point, &replica) in self.replica_at[set].iter().enumerate() {
                match self.from[set][replica as usize] {
                    From::First => self.statistics.from_first[point] += 1,
                    From::Last => self.statistics.from_last[point] += 1,
                    From::Neither => {}
                }
            }
        }
        self.steps += 1;
        self.statistics.steps += 1;
        swaps
    }

    /// A step along temperatures: `betas` by point, `energy(set, replica)` of each state.
    pub fn step_temperatures(&mut self, betas: &[f64], energy: &dyn Fn(usize, usize) -> f64) -> Vec<Swap> {
        self.step(&mut |set, point, (a, b)| {
            let own = (energy(set, a), energy(set, b));
            log_ratio((betas[point], betas[point + 1]), own, own)
        })
    }

    /// Notes which replicas are at the ends.
    fn mark_ends(&mut self, set: usize) {
        if self.points < 2 {
            return;
        }
        let (first, last) = (self.replica_at[set][0] as usize, self.replica_at[set][self.points - 1] as usize);
        if self.from[set][first] == From::Last && self.returning[set][first] {
            self.statistics.round_trips += 1;
        }
        self.from[set][first] = From::First;
        self.returning[set][first] = false;
        self.returning[set][last] |= self.from[set][last] == From::First;
        self.from[set][last] = From::Last;
    }

    /// Whether what came from a checkpoint is sound and of this shape.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, points: usize, sets: usize) -> Result<(), String> {
        if self.points != points || self.sets() != sets {
            return Err(format!("the saved exchange is of {} sets over {} points", self.sets(), self.points));
        }
        let inverse = |at: &[u32], of: &[u32]| {
            at.len() == points
                && of.len() == points
                && at.iter().enumerate().all(|(k, &r)| of.get(r as usize) == Some(&(k as u32)))
        };
        let lengths = [&self.statistics.from_first, &self.statistics.from_last].iter().all(|v| v.len() == points)
            && [&self.statistics.tried, &self.statistics.accepted].iter().all(|v| v.len() + 1 == points)
            && self.statistics.probability.len() + 1 == points;
        let histories = self.from.len() == sets
            && self.returning.len() == sets
            && self.point_of.len() == sets
            && self.from.iter().all(|f| f.len() == points)
            && self.returning.iter().all(|r| r.len() == points);
        if histories && lengths && self.replica_at.iter().zip(&self.point_of).all(|(at, of)| inverse(at, of)) {
            Ok(())
        } else {
            Err("the saved exchange is damaged".into())
        }
    }
}
