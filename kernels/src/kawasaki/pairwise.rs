//! A lane of a pairwise Ising energy whose spins exchange their values.

use std::sync::Arc;

use super::super::random_order::couplings::{Acceptance, Cells, Couplings, LARGEST, Number};
use super::super::random_order::lane::Mover;
use super::super::random_order::words::{each_block, further, trials};
use super::super::sampler::Rule;
use super::super::sparse::Simd;
use super::super::sparse::block::dispatch;
use super::super::sparse::wide::LaneKey;
use super::exchange::Plan;

/// What the lanes share.
pub(super) struct Model<T> {
    pub couplings: Arc<Couplings<T>>,
    pub plan: Arc<Plan>,
    /// The coupling of each pair of the list.
    between: Vec<T>,
}

impl<T: Number> Model<T> {
    pub fn new(couplings: Arc<Couplings<T>>, plan: Arc<Plan>) -> Model<T> {
        let coupling = |&(i, j): &(u32, u32)| couplings.between(i as usize, j as usize);
        Model { between: plan.pairs.iter().flatten().map(coupling).collect(), couplings, plan }
    }
}

pub(super) struct Pairwise<T> {
    model: Arc<Model<T>>,
    key: LaneKey,
    chain: Cells<T>,
    acceptance: Acceptance,
    beta: f64,
}

/// With s_i = -s_j the energy rises by 2 (s_i f_i + s_j f_j) + 4 J_ij, for the bond between the two stays as it is.
/// Two sums of at most [`LARGEST`] and twice a coupling of at most that.
const REACH: i32 = 4 * LARGEST;

impl<T: Number> Pairwise<T> {
    pub fn new(model: Arc<Model<T>>, key: LaneKey, beta: f64, state: &[u8]) -> Pairwise<T> {
        let acceptance = Acceptance::new::<T>(Rule::Metropolis, beta, model.couplings.unit, REACH);
        Pairwise { chain: model.couplings.start(state), model, key, acceptance, beta }
    }
}

#[inline(always)]
fn sweeps<T: Number>(lane: &mut Pairwise<T>, first: u64, count: u64) {
    let Pairwise { model, key, chain, acceptance, .. } = lane;
    let couplings = &*model.couplings;
    for sweep in first..first + count {
        each_block(key, sweep, trials(key, sweep, couplings.sites()), |trial, [one, word, other, _]| {
            let Some(choice) = model.plan.choose([one, other], key, sweep, trial) else { return };
            let (i, j) = (choice.i, choice.j);
            if chain.cells[i].spin == chain.cells[j].spin {
                return;
            }
            let bond = choice.pair.map_or_else(|| couplings.between(i, j), |k| model.between[k]);
            let half_rise = couplings.half_rise(chain, i) + couplings.half_rise(chain, j) + (bond + bond);
            if acceptance.accepts(half_rise, word, || further(key, sweep, trial)) {
                couplings.flip(chain, i);
                couplings.flip(chain, j);
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
        self.model.couplings.energy(&self.chain)
    }

    fn total(&self) -> f64 {
        self.chain.total as f64
    }

    fn read(&self, state: &mut [u8]) {
        self.chain.read(state);
    }

    fn write(&mut self, state: &[u8]) {
        self.chain = self.model.couplings.start(state);
    }

    fn beta(&self) -> f64 {
        self.beta
    }

    fn set_beta(&mut self, beta: f64) {
        self.beta = beta;
        self.acceptance = Acceptance::new::<T>(Rule::Metropolis, beta, self.model.couplings.unit, REACH);
    }

    fn rest(&self) -> Vec<f64> {
        self.model.couplings.save(&self.chain)
    }

    fn running(&self) -> usize {
        self.model.couplings.running()
    }

    fn resume(&mut self, state: &[u8], running: &[f64]) {
        self.chain = self.model.couplings.restore(state, running);
    }
}
