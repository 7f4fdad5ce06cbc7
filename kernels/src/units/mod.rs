//! Units that are moved by their local fields: all at once or one after the other, with the choice of what a tie means.
//!
//! A unit that is tried takes a value by the energies of its values, the others as they are: by heat bath (P ∝ exp(-β E), Glauber
//! 1963), or by Metropolis et al. (1953). `Synchronous` tries all units at once, each given the others as they were before (Little,
//! Math. Biosci. 19, 101 (1974)). At β = ∞ only the best values count; [`Ties`] says what happens where several are best.
//!
//! The energies of a unit's values come from a [`Drive`]: a matrix of couplings, which need not be symmetric, so that there need be
//! no energy of the whole; or any energy. Words are keyed by (lane, sweep, unit), so that a lane does not depend on those beside it.
//! Couplings whose values are whole multiples of a unit are added as integers: ties are then exact. Otherwise energies that differ by
//! less than 1e-12 of what they are sums of count as equal.

mod columns;
mod landscape;
mod matrix;
#[cfg(test)]
mod tests;

use super::generic::ScalarGraph;
use super::overlap::OverlapModel;
use super::random_order::lane::{Lanes, Mover, sampler_by_lanes};
use super::random_order::terrain;
use super::sampler::{Lane, Rule};
use super::sparse::lanes::{finite_beta, start_state};
use super::sparse::wide::LaneKey;
pub use matrix::Linear;
use std::sync::Arc;

/// The purpose of the words of this kernel (see `sparse::wide`).
const WORDS: u32 = 11;
const KERNEL: &[u8; 4] = b"unt1";
/// Sweeps between evaluations afresh of what drifts.
const REFRESH: u64 = 64;

/// What a unit does when several of its values are best at zero temperature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// It stays if its value is one of them.
    Keep,
    Random,
    /// The highest of them.
    Up,
    /// Another one than its own, for Metropolis.
    Move,
}

/// Which units are tried in a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Synchronous,
    Sequential,
    /// As many as there are, each drawn at random.
    Random,
}

/// How units move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dynamics {
    pub order: Order,
    pub rule: Rule,
    pub ties: Ties,
}

/// The energies of the values of single units.
pub(crate) trait Drive: Send + Sync {
    /// What a lane keeps running.
    type Work: Send;

    fn sites(&self) -> usize;
    /// The number of values of a unit.
    fn size(&self, site: usize) -> usize;
    fn start(&self, state: &[u8]) -> Self::Work;
    /// What of it the state does not determine to the last bit, and how many numbers that are.
    fn save(&self, running: &Self::Work) -> Vec<f64>;
    fn saved(&self) -> usize;
    fn load(&self, state: &[u8], saved: &[f64]) -> Self::Work;
    /// Whether what is kept running drifts by rounding.
    fn drifts(&self) -> bool;
    /// The energies of a unit's values up to a constant, and how much of a difference is rounding.
    fn energies(&self, running: &mut Self::Work, state: &[u8], site: usize, out: &mut [f64]) -> f64;
    /// To be called before the unit's value changes in the state.
    fn change(&self, running: &mut Self::Work, state: &[u8], site: usize, new: u8);
    /// Of the whole; 0 where there is none.
    fn energy(&self, running: &Self::Work, state: &[u8]) -> f64;
    fn total(&self, state: &[u8]) -> f64;
}

/// One lane at work.
struct Walker<D: Drive> {
    drive: Arc<D>,
    dynamics: Dynamics,
    key: LaneKey,
    beta: f64,
    state: Vec<u8>,
    next: Vec<u8>,
    running: D::Work,
}

/// 53 random bits as a number of [0, 1).
fn uniform(high: u32, low: u32) -> f64 {
    ((u64::from(high) << 32 | u64::from(low)) >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

impl<D: Drive> Walker<D> {
    fn sweep(&mut self, sweep: u64) {
        if self.drive.drifts() && sweep.is_multiple_of(REFRESH) {
            self.running = self.drive.start(&self.state);
        }
        let n = self.drive.sites();
        match self.dynamics.order {
            Order::Synchronous => {
                for site in 0..n {
                    self.next[site] = self.value(site, self.key.block(WORDS, sweep, site as u32));
                }
                for site in 0..n {
                    if self.next[site] != self.state[site] {
                        self.drive.change(&mut self.running, &self.state, site, self.next[site]);
                        self.state[site] = self.next[site];
                    }
                }
            }
            order => {
                for k in 0..n {
                    let words = self.key.block(WORDS, sweep, k as u32);
                    let site = match order {
                        Order::Random => ((u64::from(words[3]) * n as u64) >> 32) as usize,
                        _ => k,
                    };
                    let new = self.value(site, words);
                    if new != self.state[site] {
                        self.drive.change(&mut self.running, &self.state, site, new);
                        self.state[site] = new;
                    }
                }
            }
        }
    }

    /// The value that a unit takes when it is tried.
    #[inline]
    fn value(&mut self, site: usize, words: [u32; 4]) -> u8 {
        let q = self.drive.size(site);
        let old = self.state[site];
        if q < 2 {
            return old;
        }
        let mut room = [0.0; 256];
        let energies = &mut room[..q];
        let slack = self.drive.energies(&mut self.running, &self.state, site, energies);
        let u = uniform(words[0], words[1]);
        match self.dynamics.rule {
            Rule::HeatBath => heat_bath(energies, self.beta, u, old, slack, self.dynamics.ties),
            Rule::Metropolis => {
                let other = if q == 2 { 0 } else { ((u64::from(words[2]) * (q as u64 - 1)) >> 32) as u8 };
                let new = other + u8::from(other >= old);
                let rise = energies[usize::from(new)] - energies[usize::from(old)];
                if metropolis(rise, self.beta, u, slack, new > old, self.dynamics.ties) { new } else { old }
            }
        }
    }

    /// Whether no unit would move at zero temperature, but for what ties leave to chance.
    fn rests(&mut self) -> bool {
        let (n, mut room) = (self.drive.sites(), [0.0; 256]);
        (0..n).all(|site| {
            let q = self.drive.size(site);
            let energies = &mut room[..q];
            let slack = self.drive.energies(&mut self.running, &self.state, site, energies);
            let own = usize::from(self.state[site]);
            let best = energies.iter().copied().fold(f64::INFINITY, f64::min);
            let tied = |e: f64| e <= best + slack;
            tied(energies[own]) && (self.dynamics.ties != Ties::Up || energies[own + 1..].iter().all(|e| !tied(*e)))
        })
    }
}

/// The value that heat bath gives, `energies` being those of the values.
fn heat_bath(energies: &mut [f64], beta: f64, u: f64, old: u8, slack: f64, ties: Ties) -> u8 {
    let best = energies.iter().copied().fold(f64::INFINITY, f64::min);
    if beta >= f64::MAX {
        let tied = |e: f64| e <= best + slack;
        return match ties {
            Ties::Keep if tied(energies[usize::from(old)]) => old,
            Ties::Up => energies.iter().rposition(|e| tied(*e)).unwrap_or(0) as u8,
            _ => {
                let all = energies.iter().filter(|e| tied(**e)).count();
                let wanted = ((u * all as f64) as usize).min(all.saturating_sub(1));
                energies.iter().enumerate().filter(|e| tied(*e.1)).nth(wanted).map_or(old, |e| e.0 as u8)
            }
        };
    }
    let mut z = 0.0;
    for e in energies.iter_mut() {
        z += libm::exp(-(*e - best) * beta);
        *e = z;
    }
    energies.iter().position(|sum| u * z < *sum).unwrap_or(energies.len() - 1) as u8
}

/// Whether Metropolis takes a proposal that raises the energy by so much.
fn metropolis(rise: f64, beta: f64, u: f64, slack: f64, upward: bool, ties: Ties) -> bool {
    if beta >= f64::MAX {
        return match ties {
            _ if rise.abs() > slack => rise < 0.0,
            Ties::Keep => false,
            Ties::Random => u < 0.5,
            Ties::Up => upward,
            Ties::Move => true,
        };
    }
    rise <= 0.0 || u < libm::exp(-rise * beta)
}

impl<D: Drive> Mover for Walker<D> {
    fn advance(&mut self, first: u64, count: u64) {
        (first..first + count).for_each(|sweep| self.sweep(sweep));
    }

    fn energy(&self) -> f64 {
        self.drive.energy(&self.running, &self.state)
    }

    fn total(&self) -> f64 {
        self.drive.total(&self.state)
    }

    fn read(&self, state: &mut [u8]) {
        state.copy_from_slice(&self.state);
    }

    fn write(&mut self, state: &[u8]) {
        for (site, (own, &position)) in self.state.iter_mut().zip(state).enumerate() {
            *own = position.min((self.drive.size(site) - 1) as u8);
        }
        self.running = self.drive.start(&self.state);
    }

    fn beta(&self) -> f64 {
        self.beta
    }

    fn set_beta(&mut self, beta: f64) {
        self.beta = finite_beta(beta);
    }

    fn rest(&self) -> Vec<f64> {
        self.drive.save(&self.running)
    }

    fn running(&self) -> usize {
        self.drive.saved()
    }

    fn resume(&mut self, state: &[u8], running: &[f64]) {
        self.state.copy_from_slice(state);
        self.running = self.drive.load(state, running);
    }

    fn settled(&mut self) -> Option<bool> {
        Some(self.rests())
    }
}

/// The kernel.
pub struct Units {
    lanes: Lanes,
}

impl Units {
    /// Units in the fields of a matrix. Errors: what is wrong with a start.
    pub fn linear(linear: &Linear, dynamics: Dynamics, lanes: &[Lane]) -> Result<Units, String> {
        match columns::columns(linear)? {
            columns::Either::Dense(d) => Units::build(Arc::new(d), dynamics, lanes),
            columns::Either::DenseReal(d) => Units::build(Arc::new(d), dynamics, lanes),
            columns::Either::Sparse(d) => Units::build(Arc::new(d), dynamics, lanes),
        }
    }

    /// Units with any energy of finite-valued spins. Errors: what is wrong with a start or too large.
    pub fn of_graph(energy: &ScalarGraph, dynamics: Dynamics, lanes: &[Lane]) -> Result<Units, String> {
        match terrain::terrain(energy, false)? {
            terrain::Either::Tables(t) => Units::build(Arc::new(landscape::OfEnergy(t)), dynamics, lanes),
            terrain::Either::Graph(t) => Units::build(Arc::new(landscape::OfEnergy(t)), dynamics, lanes),
        }
    }

    /// Units with an energy of overlaps with patterns. Errors: what is wrong with a start.
    pub fn of_overlaps(model: &Arc<OverlapModel>, dynamics: Dynamics, lanes: &[Lane]) -> Result<Units, String> {
        Units::build(model.clone(), dynamics, lanes)
    }

    fn build<D: Drive + 'static>(drive: Arc<D>, dynamics: Dynamics, lanes: &[Lane]) -> Result<Units, String> {
        let sizes: Vec<u16> = (0..drive.sites()).map(|i| drive.size(i) as u16).collect();
        let mut movers: Vec<Box<dyn Mover>> = Vec::new();
        for lane in lanes {
            let state = start_state(lane, sizes.len(), |i| usize::from(sizes[i]))?;
            let running = drive.start(&state);
            movers.push(Box::new(Walker {
                drive: drive.clone(),
                dynamics,
                key: LaneKey::new(lane.key),
                beta: finite_beta(lane.beta),
                next: state.clone(),
                state,
                running,
            }));
        }
        Ok(Units { lanes: Lanes { kernel: KERNEL, sizes, sweeps: 0, movers } })
    }
}

sampler_by_lanes!(Units);
