//! A lane of any finite-spin energy whose spins exchange their values: two changes one after the other.

use std::sync::Arc;

use super::super::generic::{Landscape, tame};
use super::super::random_order::lane::Mover;
use super::super::random_order::terrain::{Terrain, Walker};
use super::super::random_order::words::{each_block, fine_metropolis_level, further, trials};
use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::lanes::finite_beta;
use super::super::sparse::wide::LaneKey;
use super::exchange::Plan;

pub(super) struct OnTerrain<L> {
    pub terrain: Arc<Terrain<L>>,
    pub plan: Arc<Plan>,
    pub key: LaneKey,
    pub walker: Walker,
    pub beta: f64,
}

/// Changes one site; the rise of the energy if it can be told.
#[inline(always)]
fn change<L: Landscape>(terrain: &Terrain<L>, walker: &mut Walker, site: usize, new: u8) -> Option<f64> {
    let (before, after) = terrain.landscape.two(&mut walker.running, &walker.state, site, new);
    terrain.change(walker, site, new);
    (before.is_finite() && after.is_finite()).then_some(after - before)
}

/// Exchanges the values of two sites and gives the rise of the energy. The state between the two changes may be forbidden
/// although both ends are allowed: then the other order is tried, and in the end the whole energy evaluated.
#[inline(always)]
fn exchange<L: Landscape>(terrain: &Terrain<L>, walker: &mut Walker, i: usize, j: usize) -> f64 {
    let (a, b) = (walker.state[i], walker.state[j]);
    if let Some(first) = change(terrain, walker, i, b) {
        if let Some(second) = change(terrain, walker, j, a) {
            return first + second;
        }
    } else {
        change(terrain, walker, i, a);
        let first = change(terrain, walker, j, a);
        let second = change(terrain, walker, i, b);
        if let (Some(first), Some(second)) = (first, second) {
            return first + second;
        }
    }
    let after = terrain.energy(walker);
    walker.state.swap(i, j);
    let before = terrain.energy(walker);
    walker.state.swap(i, j);
    tame(after) - tame(before)
}

#[inline(always)]
fn sweeps<L: Landscape>(lane: &mut OnTerrain<L>, first: u64, count: u64) {
    let OnTerrain { terrain, plan, key, walker, beta } = lane;
    let beta = finite_beta(*beta);
    for sweep in first..first + count {
        each_block(key, sweep, trials(key, sweep, terrain.sites()), |trial, [one, word, other, _]| {
            let Some(choice) = plan.choose([one, other], key, sweep, trial) else { return };
            let (i, j) = (choice.i, choice.j);
            let (a, b) = (walker.state[i], walker.state[j]);
            if a == b {
                return;
            }
            let y = exchange(terrain, walker, i, j) * beta;
            if y > 0.0 && y > fine_metropolis_level(word, || further(key, sweep, trial)) {
                change(terrain, walker, j, b);
                change(terrain, walker, i, a);
            }
            terrain.settle_drift(walker);
        });
    }
}
dispatch!(run => sweeps [L: Landscape] <L> (lane: &mut OnTerrain<L>, first: u64, count: u64));

impl<L: Landscape> Mover for OnTerrain<L> {
    fn advance(&mut self, first: u64, count: u64) {
        run(Simd::detect(), self, first, count);
    }

    fn energy(&self) -> f64 {
        self.terrain.energy(&self.walker)
    }

    fn total(&self) -> f64 {
        self.terrain.total(&self.walker)
    }

    fn read(&self, state: &mut [u8]) {
        state.iter_mut().zip(&self.walker.state).for_each(|(to, from)| *to = *from);
    }

    fn write(&mut self, state: &[u8]) {
        self.walker = self.terrain.start(state);
    }

    fn beta(&self) -> f64 {
        self.beta
    }

    fn set_beta(&mut self, beta: f64) {
        self.beta = beta;
    }

    fn rest(&self) -> Vec<f64> {
        self.terrain.save(&self.walker)
    }

    fn running(&self) -> usize {
        self.terrain.running()
    }

    fn resume(&mut self, state: &[u8], running: &[f64]) {
        self.walker = self.terrain.restore(state, running);
    }
}
