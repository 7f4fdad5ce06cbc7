//! One chain of any energy of overlaps, site after site or in random order.
//!
//! Knows layers and random words.

use std::sync::Arc;

use super::super::dense::words::eight;
use super::super::generic::tame;
use super::super::random_order::lane::Mover;
use super::super::random_order::words::{below, each_pair, fine_glauber_level, fine_metropolis_level, further, trials};
use super::super::sampler::Rule;
use super::super::sparse::block::dispatch;
use super::super::sparse::functions::{heat_bath_level, metropolis_level};
use super::super::sparse::lanes::finite_beta;
use super::super::sparse::wide::LaneKey;
use super::super::thinning::kept;
use super::layer::{Cells, spin};
use super::model::OverlapModel;
use super::{REFRESH, Visit};

/// Sites that one call of the generator serves.
const RUN: usize = 32;

pub(super) struct Chain {
    model: Arc<OverlapModel>,
    rule: Rule,
    visit: Visit,
    key: LaneKey,
    /// As it was set.
    beta: f64,
    state: Vec<u8>,
    cells: Vec<Cells>,
}

impl Chain {
    pub fn new(model: Arc<OverlapModel>, (rule, visit): (Rule, Visit), key: LaneKey, beta: f64, state: &[u8]) -> Chain {
        let mut chain = Chain { model, rule, visit, key, beta, state: Vec::new(), cells: Vec::new() };
        chain.write(state);
        chain
    }

    fn start(&mut self) {
        self.cells = self.model.layers.iter().map(|layer| layer.start(&self.state)).collect();
    }

    #[inline(always)]
    fn rise(&mut self, site: usize) -> f64 {
        let t = spin(self.state[site]);
        let mut rise = 2.0 * self.model.fields[site] * t;
        for (layer, cells) in self.model.layers.iter().zip(&mut self.cells) {
            rise += layer.rise(cells, site, t);
        }
        tame(rise)
    }

    #[inline(always)]
    fn flip(&mut self, site: usize) {
        let t = spin(self.state[site]);
        for (layer, cells) in self.model.layers.iter().zip(&mut self.cells) {
            layer.flip(cells, site, t);
        }
        self.state[site] ^= 1;
    }

    #[inline(always)]
    fn in_order(&mut self, sweep: u64, beta: f64, reluctance: f64) {
        let n = self.state.len();
        for first in (0..n).step_by(RUN) {
            let words = eight(&self.key, self.model.simd, sweep, (first / 4) as u32);
            let mut levels = [0.0; RUN];
            for w in 0..4 {
                for b in 0..8 {
                    levels[4 * b + w] = match self.rule {
                        Rule::HeatBath => heat_bath_level(words[w][b]),
                        Rule::Metropolis => metropolis_level(words[w][b]) - reluctance,
                    };
                }
            }
            for site in first..n.min(first + RUN) {
                let (y, level) = (beta * self.rise(site), levels[site - first]);
                let turns = match self.rule {
                    // A level below 0 leaves the proposal out, however far downhill it goes.
                    Rule::Metropolis => y.max(0.0) <= level,
                    Rule::HeatBath if self.state[site] == 1 => y <= level,
                    Rule::HeatBath => -y > level,
                };
                if turns {
                    self.flip(site);
                }
            }
        }
    }

    #[inline(always)]
    fn at_random(&mut self, sweep: u64, beta: f64) {
        let (key, n) = (self.key, self.state.len());
        each_pair(&key, sweep, trials(&key, sweep, n), |trial, [choice, word]| {
            let site = below(choice, n as u32, &key, sweep, trial) as usize;
            let more = || further(&key, sweep, trial);
            let y = beta * self.rise(site);
            let turns = match self.rule {
                Rule::Metropolis => y <= fine_metropolis_level(word, more),
                Rule::HeatBath => y <= fine_glauber_level(word, more),
            };
            if turns {
                self.flip(site);
            }
        });
    }
}

#[inline(always)]
fn sweeps(chain: &mut Chain, first: u64, count: u64) {
    let beta = finite_beta(chain.beta);
    let reluctance = -libm::log(kept(chain.model.most_neighbours, beta));
    let drifts = chain.model.layers.iter().any(|l| !l.scaled.whole);
    for sweep in first..first + count {
        match chain.visit {
            Visit::Sequential => chain.in_order(sweep, beta, reluctance),
            Visit::Random => chain.at_random(sweep, beta),
        }
        if drifts && (sweep + 1).is_multiple_of(REFRESH) {
            chain.start();
        }
    }
}
dispatch!(run => sweeps [] <> (chain: &mut Chain, first: u64, count: u64));

impl Mover for Chain {
    fn advance(&mut self, first: u64, count: u64) {
        run(self.model.simd, self, first, count);
    }

    fn energy(&self) -> f64 {
        let model = &self.model;
        let field: f64 = model.fields.iter().zip(&self.state).map(|(h, &p)| h * spin(p)).sum();
        let layers = model.layers.iter().zip(&self.cells).map(|(l, c)| l.energy(c, &self.state));
        model.constant - field + layers.sum::<f64>()
    }

    fn total(&self) -> f64 {
        let up: u64 = self.state.iter().map(|&p| u64::from(p)).sum();
        2.0 * up as f64 - self.state.len() as f64
    }

    fn read(&self, state: &mut [u8]) {
        state.copy_from_slice(&self.state);
    }

    /// Positions above 1 are read as 1.
    fn write(&mut self, state: &[u8]) {
        self.state = state.iter().map(|&p| p.min(1)).collect();
        self.start();
    }

    fn beta(&self) -> f64 {
        self.beta
    }

    fn set_beta(&mut self, beta: f64) {
        self.beta = beta;
    }

    fn rest(&self) -> Vec<f64> {
        self.cells.iter().flat_map(|c| c.sums.iter().copied()).collect()
    }

    fn running(&self) -> usize {
        self.model.layers.iter().map(|l| l.scaled.stride).sum()
    }

    fn resume(&mut self, state: &[u8], running: &[f64]) {
        self.write(state);
        let mut rest = running;
        for (layer, cells) in self.model.layers.iter().zip(&mut self.cells) {
            let (own, others) = rest.split_at(cells.sums.len().min(rest.len()));
            cells.sums.copy_from_slice(own);
            layer.follow(cells);
            rest = others;
        }
    }
}
