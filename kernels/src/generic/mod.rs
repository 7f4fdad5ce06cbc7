//! Single-spin dynamics of any energy of finite-valued sites.
//!
//! The energy is a [`ScalarGraph`]. A sweep tries each site once, in the order of the index. Metropolis
//! proposes each of the other values alike and accepts with probability (1 - ε) min(1, exp(-β ΔE)); ε is 1/2 where
//! no site shares terms with more than two others, as far as tables show, and 1/16 otherwise: without an ε a fixed order is
//! not ergodic (see `kernels::thinning`). Where the graph is a
//! sum of terms of a few sites, energies of single changes come from tables; otherwise the part
//! of the graph that depends on the site is evaluated again (see [`Generic::method`]). Acceptance
//! probabilities are exact to 2^-33 (Metropolis) or 2^-53 (heat bath) and to the rounding of the energy.
//!
//! An energy that is not a number counts as plus infinity; between two states of infinite energy a
//! move is free (but for ε), so that a chain finds its way out of a forbidden start. At β = 0 Metropolis draws
//! every spin anew, as heat bath does.

mod graph;
pub(crate) mod incremental;
pub(crate) mod local;
mod pairs;
mod part;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

pub(crate) use graph::Expression;
pub use graph::{Builder, Fold, Function, Node, Operation, ScalarGraph};

pub(crate) use local::cut;

use super::sampler::{Lane, Rule, Sampler};
use super::sparse::Simd;
use super::sparse::block::dispatch;
use super::sparse::functions::metropolis_level;
use super::sparse::lanes::{Saved, finite_beta, start_state};
use super::sparse::wide::{LaneKey, REFINE};
use super::thinning::kept;
pub(crate) use incremental::Incremental;
pub(crate) use local::Local;

const KERNEL: &[u8; 4] = b"gen1";

/// Sweeps between evaluations afresh of what a chain keeps running.
pub(crate) const REFRESH: u64 = 64;

/// Sites that eight Philox blocks serve, with two words each.
const RUN: usize = 16;

/// Energies of states that differ in one site, with whatever is kept running for them.
pub(crate) trait Landscape: Send + Sync {
    /// The largest number of other sites that the energies of one site's values depend on, or any number above 2.
    fn most_neighbours(&self) -> usize;
    /// How many numbers a chain keeps.
    fn running(&self) -> usize;
    /// Those numbers for a state.
    fn start(&self, state: &[u8], running: &mut Vec<f64>);
    fn energy(&self, state: &[u8]) -> f64;
    /// The energy, up to what does not depend on the site, as it is and with the site at `new`; must be settled.
    fn two(&self, running: &mut [f64], state: &[u8], site: usize, new: u8) -> (f64, f64);
    /// Keeps or undoes the last proposal.
    fn settle(&self, running: &mut [f64], site: usize, accepted: bool);
    /// The energy, up to what does not depend on the site, for each value of the site. To be followed by `two` and `settle`
    /// with the value chosen, or by `settle` alone to stay.
    fn all(&self, running: &mut [f64], state: &[u8], site: usize, energies: &mut [f64]);
}

/// How single-spin changes are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// From tables of the terms at the site.
    Tables,
    /// By evaluating the dependent part of the graph.
    Graph,
}

/// An energy that compares: no NaN, no infinity, and room for differences.
#[inline(always)]
pub(crate) fn tame(e: f64) -> f64 {
    const MOST: f64 = f64::MAX / 4.0;
    if e.is_nan() { MOST } else { e.clamp(-MOST, MOST) }
}

struct Chain {
    key: LaneKey,
    beta: f64,
    state: Vec<u8>,
    running: Vec<f64>,
    /// An energy that is not a number has been met: no law is sampled.
    senseless: bool,
}

/// What the lanes share.
struct Model<L> {
    landscape: L,
    sizes: Vec<u16>,
    rule: Rule,
    most_neighbours: usize,
}

impl<L: Landscape> Model<L> {
    fn new(landscape: L, sizes: Vec<u16>, rule: Rule) -> Model<L> {
        Model { most_neighbours: landscape.most_neighbours(), landscape, sizes, rule }
    }
}

impl<L: Landscape> Model<L> {
    #[inline(always)]
    fn advance(&self, chain: &mut Chain, first: u64, count: u64) {
        for sweep in first..first + count {
            match self.rule {
                Rule::Metropolis if chain.beta != 0.0 => self.metropolis(chain, sweep),
                _ => self.heat_bath(chain, sweep),
            }
            if (sweep + 1).is_multiple_of(REFRESH) {
                self.landscape.start(&chain.state, &mut chain.running);
            }
        }
    }

    #[inline(always)]
    fn metropolis(&self, chain: &mut Chain, sweep: u64) {
        let n = self.sizes.len();
        let reluctance = -libm::log(kept(self.most_neighbours, chain.beta));
        for run in 0..n.div_ceil(RUN) {
            let words = chain.key.eight(sweep, 8 * run as u32);
            let mut levels = [0.0; RUN];
            for k in 0..8 {
                levels[2 * k] = metropolis_level(words[1][k]) - reluctance;
                levels[2 * k + 1] = metropolis_level(words[3][k]) - reluctance;
            }
            let first = run * RUN;
            for site in first..n.min(first + RUN) {
                let q = u32::from(self.sizes[site]);
                if q < 2 {
                    continue;
                }
                let old = chain.state[site];
                let word = words[2 * (site % 2)][(site - first) / 2] as u32;
                let other = if q == 2 { 0 } else { below(word, q - 1, &chain.key, sweep, site) } as u8;
                let new = other + u8::from(other >= old);
                let (before, after) = self.landscape.two(&mut chain.running, &chain.state, site, new);
                chain.senseless |= before.is_nan() || after.is_nan();
                // A level below 0 leaves the proposal out, however far downhill it goes.
                let accepted = ((tame(after) - tame(before)) * chain.beta).max(0.0) <= levels[site - first];
                if accepted {
                    chain.state[site] = new;
                }
                self.landscape.settle(&mut chain.running, site, accepted);
            }
        }
    }

    #[inline(always)]
    fn heat_bath(&self, chain: &mut Chain, sweep: u64) {
        let n = self.sizes.len();
        let mut room = [0.0; 256];
        for run in 0..n.div_ceil(RUN) {
            let words = chain.key.eight(sweep, 8 * run as u32);
            let first = run * RUN;
            for site in first..n.min(first + RUN) {
                let energies = &mut room[..usize::from(self.sizes[site])];
                self.landscape.all(&mut chain.running, &chain.state, site, energies);
                let mut best = f64::INFINITY;
                for e in energies.iter_mut() {
                    chain.senseless |= e.is_nan();
                    *e = tame(*e);
                    if *e * chain.beta.signum() < best {
                        best = *e * chain.beta.signum();
                    }
                }
                let mut z = 0.0;
                for e in energies.iter_mut() {
                    let exponent = (*e - best * chain.beta.signum()) * chain.beta;
                    z += if exponent == 0.0 { 1.0 } else { libm::exp(-exponent) };
                    *e = z;
                }
                let (w, k) = (2 * (site % 2), (site - first) / 2);
                let bits = words[w][k] & 0xFFFF_FFFF | words[w + 1][k] << 32;
                let u = (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0) * z;
                let new = energies.iter().position(|&sum| u < sum).unwrap_or(energies.len() - 1) as u8;
                let moved = new != chain.state[site];
                if moved {
                    self.landscape.two(&mut chain.running, &chain.state, site, new);
                    chain.state[site] = new;
                }
                self.landscape.settle(&mut chain.running, site, moved);
            }
        }
    }
}

/// Uniform in 0..n from a word, without bias: the few words that would bring one are replaced (Lemire, ACM TOMACS 29, 3 (2019)).
#[inline(always)]
fn below(word: u32, n: u32, key: &LaneKey, sweep: u64, site: usize) -> u32 {
    let m = u64::from(word) * u64::from(n);
    if (m as u32) < n && (m as u32) < n.wrapping_neg() % n {
        let more = key.block(REFINE, sweep, site as u32);
        // Four refusals in a row, below 2^-96, are let pass.
        let fits = |w: &u32| (u64::from(*w) * u64::from(n)) as u32 >= n.wrapping_neg() % n;
        let word = more.iter().copied().find(|w| fits(w)).unwrap_or(more[0]);
        return ((u64::from(word) * u64::from(n)) >> 32) as u32;
    }
    (m >> 32) as u32
}

/// The landscapes, behind one face; a call serves whole sweeps.
trait Mover: Send + Sync {
    fn advance(&self, chain: &mut Chain, first: u64, count: u64);
    fn landscape(&self) -> &dyn Landscape;
}

#[inline(always)]
fn sweeps<L: Landscape>(model: &Model<L>, chain: &mut Chain, first: u64, count: u64) {
    model.advance(chain, first, count);
}
dispatch!(run => sweeps [L: Landscape] <L> (model: &Model<L>, chain: &mut Chain, first: u64, count: u64));

impl<L: Landscape> Mover for Model<L> {
    fn advance(&self, chain: &mut Chain, first: u64, count: u64) {
        run(Simd::detect(), self, chain, first, count);
    }

    fn landscape(&self) -> &dyn Landscape {
        &self.landscape
    }
}

/// The kernel for any energy.
pub struct Generic {
    sizes: Vec<u16>,
    values: Vec<Vec<f64>>,
    set_of_site: Vec<u32>,
    method: Method,
    mover: Arc<dyn Mover>,
    sweeps: u64,
    betas: Vec<f64>,
    chains: Vec<Chain>,
}

impl Generic {
    /// A kernel with its lanes at their starts. `Err` says what is wrong with a start state or too large.
    pub fn new(energy: &ScalarGraph, rule: Rule, lanes: &[Lane]) -> Result<Generic, String> {
        let local = if energy.has_components() { None } else { Local::new(energy) };
        Generic::build(energy, rule, lanes, local)
    }

    /// As [`Generic::new`], by the graph even where tables would do (for tests).
    pub fn with_graph(energy: &ScalarGraph, rule: Rule, lanes: &[Lane]) -> Result<Generic, String> {
        Generic::build(energy, rule, lanes, None)
    }

    fn build(energy: &ScalarGraph, rule: Rule, lanes: &[Lane], local: Option<Local>) -> Result<Generic, String> {
        if energy.has_components() {
            return Err("this kernel moves spins of finite sets, and the energy has real components".into());
        }
        let sizes: Vec<u16> = (0..energy.sites()).map(|i| energy.values(i).len() as u16).collect();
        if sizes.len() >= u32::MAX as usize {
            return Err(format!("{} spins are more than this kernel can address", sizes.len()));
        }
        let method = if local.is_some() { Method::Tables } else { Method::Graph };
        let mover: Arc<dyn Mover> = match local {
            Some(landscape) => Arc::new(Model::new(landscape, sizes.clone(), rule)),
            None => Arc::new(Model::new(Incremental::new(energy)?, sizes.clone(), rule)),
        };
        let mut chains = Vec::new();
        for lane in lanes {
            let state = start_state(lane, sizes.len(), |i| usize::from(sizes[i]))?;
            let mut running = Vec::new();
            mover.landscape().start(&state, &mut running);
            chains.push(Chain { key: LaneKey::new(lane.key), beta: finite_beta(lane.beta), state, running, senseless: false });
        }
        let betas = lanes.iter().map(|lane| lane.beta).collect();
        let (values, set_of_site) = (energy.sets.clone(), energy.set_of_site.clone());
        Ok(Generic { sizes, values, set_of_site, method, mover, sweeps: 0, betas, chains })
    }

    /// How changes are evaluated.
    pub fn method(&self) -> Method {
        self.method
    }
}

impl Sampler for Generic {
    fn lanes(&self) -> usize {
        self.chains.len()
    }

    fn sites(&self) -> usize {
        self.sizes.len()
    }

    fn advance(&mut self, sweeps: u64) {
        for chain in &mut self.chains {
            self.mover.advance(chain, self.sweeps, sweeps);
        }
        self.sweeps += sweeps;
    }

    fn energy(&self, lane: usize) -> f64 {
        let chain = &self.chains[lane];
        if chain.senseless { f64::NAN } else { self.mover.landscape().energy(&chain.state) }
    }

    fn total(&self, lane: usize) -> Option<f64> {
        let state = &self.chains[lane].state;
        Some(state.iter().zip(&self.set_of_site).map(|(&p, &set)| self.values[set as usize][usize::from(p)]).sum())
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        for (position, own) in state.iter_mut().zip(&self.chains[lane].state) {
            *position = *own;
        }
    }

    /// Positions beyond a site's set are read as its last value.
    fn write(&mut self, lane: usize, state: &[u8]) {
        let chain = &mut self.chains[lane];
        for ((own, &position), &q) in chain.state.iter_mut().zip(state).zip(&self.sizes) {
            *own = position.min((q - 1) as u8);
        }
        self.mover.landscape().start(&chain.state, &mut chain.running);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.betas[lane] = beta;
        self.chains[lane].beta = finite_beta(beta);
    }

    fn save(&self) -> Vec<u8> {
        let states = self.chains.iter().map(|c| c.state.clone()).collect();
        let running = self.chains.iter().map(|c| c.running.clone()).collect();
        Saved { sweeps: self.sweeps, betas: self.betas.clone(), states, running }.encode(KERNEL)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let shape = (self.lanes(), self.sites(), self.mover.landscape().running());
        let saved = Saved::decode(saved, KERNEL, shape, |i| usize::from(self.sizes[i]))?;
        self.sweeps = saved.sweeps;
        for (lane, (state, running)) in saved.states.into_iter().zip(saved.running).enumerate() {
            self.chains[lane].state = state;
            self.chains[lane].running = running;
            self.set_beta(lane, saved.betas[lane]);
        }
        Ok(())
    }
}
