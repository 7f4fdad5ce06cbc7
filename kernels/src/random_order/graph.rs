//! A lane of any finite-spin energy whose spins are tried in random order.

use std::sync::Arc;

use super::super::generic::{Landscape, tame};
use super::super::sampler::Rule;
use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::functions::ln;
use super::super::sparse::lanes::finite_beta;
use super::super::sparse::wide::LaneKey;
use super::lane::Mover;
use super::rates::moves;
use super::terrain::{Terrain, Walker};
use super::words::{below, each_block, fraction, second, trials};

pub(super) struct OnTerrain<L> {
    pub terrain: Arc<Terrain<L>>,
    pub rule: Rule,
    pub key: LaneKey,
    pub walker: Walker,
    pub beta: f64,
}

#[inline(always)]
fn sweeps<L: Landscape>(lane: &mut OnTerrain<L>, first: u64, count: u64) {
    let OnTerrain { terrain, rule, key, walker, beta } = lane;
    let (n, beta) = (terrain.sites(), finite_beta(*beta));
    let mut room = [0.0; 256];
    for sweep in first..first + count {
        each_block(key, sweep, trials(key, sweep, n), |trial, [choice, other, low, high]| {
            let site = below(choice, n as u32, key, sweep, trial) as usize;
            let (q, old) = (terrain.size(site), walker.state[site]);
            if q < 2 {
                return;
            }
            let u = fraction(low, high);
            let new = match rule {
                Rule::Metropolis => {
                    let other = if q == 2 { 0 } else { second(other, q as u32 - 1, key, sweep, trial) } as u8;
                    let new = other + u8::from(other >= old);
                    let (before, after) = terrain.landscape.two(&mut walker.running, &walker.state, site, new);
                    let y = (tame(after) - tame(before)) * beta;
                    (y <= 0.0 || y <= -ln(u)).then_some(new)
                }
                Rule::HeatBath => {
                    let chances = &mut room[..q];
                    terrain.landscape.all(&mut walker.running, &walker.state, site, chances);
                    moves(Rule::HeatBath, beta, usize::from(old), chances);
                    let new = pick(chances, u);
                    if let Some(new) = new {
                        terrain.landscape.two(&mut walker.running, &walker.state, site, new);
                    }
                    new
                }
            };
            match new {
                Some(new) => {
                    terrain.change(walker, site, new);
                    terrain.settle_drift(walker);
                }
                None => terrain.landscape.settle(&mut walker.running, site, false),
            }
        });
    }
}
dispatch!(run => sweeps [L: Landscape] <L> (lane: &mut OnTerrain<L>, first: u64, count: u64));

/// The value on whose share of the line `u` falls, if on any.
pub(crate) fn pick(chances: &[f64], u: f64) -> Option<u8> {
    let mut sum = 0.0;
    let found = chances.iter().position(|c| {
        sum += c;
        u < sum
    });
    found.map(|v| v as u8)
}

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
