//! A lane of a pairwise Ising energy whose spins are tried in random order.

use std::sync::Arc;

use super::super::sampler::Rule;
use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::wide::LaneKey;
use super::couplings::{Acceptance, Cells, Couplings, LARGEST, Number};
use super::lane::Mover;
use super::words::{below, each_pair, further, trials};

pub(super) struct Pairwise<T> {
    pub couplings: Arc<Couplings<T>>,
    pub rule: Rule,
    pub key: LaneKey,
    pub chain: Cells<T>,
    pub acceptance: Acceptance,
    pub beta: f64,
}

impl<T: Number> Pairwise<T> {
    pub fn new(couplings: Arc<Couplings<T>>, rule: Rule, key: LaneKey, beta: f64, state: &[u8]) -> Pairwise<T> {
        let acceptance = Acceptance::new::<T>(rule, beta, couplings.unit, LARGEST);
        Pairwise { chain: couplings.start(state), acceptance, couplings, rule, key, beta }
    }
}

#[inline(always)]
fn sweeps<T: Number>(lane: &mut Pairwise<T>, first: u64, count: u64) {
    let Pairwise { couplings, key, chain, acceptance, .. } = lane;
    let n = couplings.sites();
    for sweep in first..first + count {
        each_pair(key, sweep, trials(key, sweep, n), |trial, [choice, word]| {
            let i = below(choice, n as u32, key, sweep, trial) as usize;
            if acceptance.accepts(couplings.half_rise(chain, i), word, || further(key, sweep, trial)) {
                couplings.flip(chain, i);
            }
        });
    }
}
dispatch!(run => sweeps [T: Number] <T> (lane: &mut Pairwise<T>, first: u64, count: u64));

impl<T: Number> Mover for Pairwise<T> {
    fn advance(&mut self, first: u64, count: u64) {
        run(Simd::detect(), self, first, count);
    }

    fn energy(&self) -> f64 {
        self.couplings.energy(&self.chain)
    }

    fn total(&self) -> f64 {
        self.chain.total as f64
    }

    fn read(&self, state: &mut [u8]) {
        self.chain.read(state);
    }

    fn write(&mut self, state: &[u8]) {
        self.chain = self.couplings.start(state);
    }

    fn beta(&self) -> f64 {
        self.beta
    }

    fn set_beta(&mut self, beta: f64) {
        self.beta = beta;
        self.acceptance = Acceptance::new::<T>(self.rule, beta, self.couplings.unit, LARGEST);
    }

    fn rest(&self) -> Vec<f64> {
        self.couplings.save(&self.chain)
    }

    fn running(&self) -> usize {
        self.couplings.running()
    }

    fn resume(&mut self, state: &[u8], running: &[f64]) {
        self.chain = self.couplings.restore(state, running);
    }
}
