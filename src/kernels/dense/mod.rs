//! Single-spin dynamics of a pairwise Ising energy with dense couplings: local fields are kept and
//! changed on each flip.
//!
//! A sweep tries each site once, in the order of the index. Metropolis accepts with probability
//! (1 - ε) min(1, exp(-β ΔE)), ε = 1/2 where no site has more than two neighbours and 1/16 otherwise: without an ε a fixed
//! order is not ergodic (see `kernels::thinning`). Couplings are rounded to integers in one unit (see
//! [`Dense::unit`] and [`Width`]); fields h are not rounded. Where every coupling is a multiple of
//! the unit nothing is lost; otherwise the unit is at most 2^-29 (32 bits) or 2^-59 (64 bits) of the
//! largest sum of |J| over a row, the kernel samples the energy of the rounded couplings exactly, and
//! [`Sampler::energy`] differs from that of the given couplings by at most the number of bonds times
//! half the unit (typically the root of that number times a third of it). The rounding noise of a
//! local field is at most 2^-17 of its typical size, and for some thousand spins rather 2^-22.
//! Acceptance probabilities are exact to 2^-33. At β = 0 both rules draw the spins anew.
//!
//! Knows arrays, numbers and keys.

mod matrix;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use matrix::Width;

use super::sampler::{Lane, PairEnergy, Rule, Sampler};
use super::sparse::Simd;
use super::sparse::block::dispatch;
use super::sparse::functions::{heat_bath_level, metropolis_level};
use super::sparse::lanes::{Saved, check_pairs, start_state};
use super::sparse::wide::LaneKey;
use super::thinning::kept;
use matrix::{Matrix, Whole, choose};

const KERNEL: &[u8; 4] = b"dns1";

/// Sites whose levels are drawn together.
const RUN: usize = 32;

/// More spins than this are refused: the matrix alone would take more than 64 GiB.
const MOST: usize = 1 << 17;

/// What all lanes share.
struct Model<C> {
    matrix: Matrix<C>,
    most_neighbours: usize,
    fields: Vec<f64>,
    constant: f64,
    rule: Rule,
    simd: Simd,
}

/// One chain with its local fields.
struct Chain<C, F> {
    model: Arc<Model<C>>,
    key: LaneKey,
    beta: f64,
    /// What is taken from the level of Metropolis, -ln u, for the proposals that are left out.
    reluctance: f64,
    /// 0 for +1 and -1 for -1.
    masks: Vec<F>,
    /// Σ_j J_ij s_j in units, without h.
    local: Vec<F>,
}

trait AnyChain: Send {
    fn advance(&mut self, first: u64, count: u64);
    fn measure(&self) -> (f64, f64);
    fn set_beta(&mut self, beta: f64);
    fn read(&self, state: &mut [u8]);
    fn write(&mut self, state: &[u8]);
}

/// Coupling integers that can be widened to the integers of the fields.
trait Widen<F>: Whole {
    fn widen(self) -> F;
}
impl Widen<i16> for i8 {
    #[inline(always)]
    fn widen(self) -> i16 {
        i16::from(self)
    }
}
impl Widen<i32> for i32 {
    #[inline(always)]
    fn widen(self) -> i32 {
        self
    }
}
impl Widen<i64> for i64 {
    #[inline(always)]
    fn widen(self) -> i64 {
        self
    }
}

impl<C: Widen<F>, F: Whole> Chain<C, F> {
    fn new(model: Arc<Model<C>>, key: LaneKey) -> Chain<C, F> {
        let stride = model.matrix.stride;
        let zeros = vec![F::default(); stride];
        Chain { model, key, beta: 0.0, reluctance: 0.0, masks: zeros.clone(), local: zeros }
    }

    /// For the sites of a run: site i flips where t x <= bound, with x its local field in units and t its
    /// spin (times -1 at negative temperature).
    #[inline(always)]
    fn bounds(&self, sweep: u64, run: usize, bounds: &mut [F; RUN]) {
        let model = &*self.model;
        let words = self.key.eight(sweep, 8 * run as u32);
        let first = run * RUN;
        let sign = if self.beta < 0.0 { -1.0 } else { 1.0 };
        let twice = 2.0 * self.beta.abs();
        let mut levels = [[0.0; 8]; 4];
        for w in 0..4 {
            for b in 0..8 {
                levels[w][b] = match model.rule {
                    Rule::Metropolis => {
                        let level = metropolis_level(words[w][b]) - self.reluctance;
                        // Below every local field, so that no flip is accepted, downhill or not.
                        if level < 0.0 { f64::NEG_INFINITY } else { level / twice }
                    }
                    Rule::HeatBath => heat_bath_level(words[w][b]) / twice,
                };
            }
        }
        let zero = F::default();
        for k in 0..RUN.min(model.matrix.sites - first) {
            let level = levels[k % 4][k / 4];
            let h = sign * model.fields[first + k];
            let up = self.masks[first + k] == zero;
            // Rounded towards "no flip", which is exact since x is an integer.
            let bound = match (model.rule, up) {
                (Rule::Metropolis, true) => ((level - h) / model.matrix.unit).floor(),
                (Rule::Metropolis, false) => ((level + h) / model.matrix.unit).floor(),
                (Rule::HeatBath, true) => ((level - h) / model.matrix.unit).floor(),
                (Rule::HeatBath, false) => ((h - level) / model.matrix.unit).ceil() - 1.0,
            };
            bounds[k] = F::from_f64(bound);
        }
    }

    #[inline(always)]
    fn sweep(&mut self, sweep: u64) {
        let model = self.model.clone();
        let n = model.matrix.sites;
        let zero = F::default();
        let inverted = if self.beta < 0.0 { F::narrow(-1) } else { zero };
        let mut bounds = [zero; RUN];
        for run in 0..n.div_ceil(RUN) {
            self.bounds(sweep, run, &mut bounds);
            let first = run * RUN;
            for (k, &bound) in bounds.iter().enumerate().take(n - first) {
                let i = first + k;
                let mask = self.masks[i];
                if self.local[i].signed(mask).signed(inverted) > bound {
                    continue;
                }
                let row = model.matrix.row(i);
                if mask == zero {
                    self.masks[i] = F::narrow(-1);
                    for (x, &c) in self.local.iter_mut().zip(row) {
                        *x = x.minus(c.widen());
                    }
                } else {
                    self.masks[i] = zero;
                    for (x, &c) in self.local.iter_mut().zip(row) {
                        *x = x.plus(c.widen());
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn sweeps<C: Widen<F>, F: Whole>(chain: &mut Chain<C, F>, first: u64, count: u64) {
    for sweep in first..first + count {
        chain.sweep(sweep);
    }
}
dispatch!(run => sweeps [C: Widen<F>, F: Whole] <C, F> (chain: &mut Chain<C, F>, first: u64, count: u64));

impl<C: Widen<F>, F: Whole> AnyChain for Chain<C, F> {
    fn advance(&mut self, first: u64, count: u64) {
        run(self.model.simd, self, first, count);
    }

    fn measure(&self) -> (f64, f64) {
        let model = &*self.model;
        let (mut twice, mut field, mut total) = (0i128, 0.0, 0i64);
        for i in 0..model.matrix.sites {
            let s = self.masks[i].wide() | 1;
            twice += i128::from(s * self.local[i].wide());
            field += s as f64 * model.fields[i];
            total += s;
        }
        (model.constant - model.matrix.unit * (0.5 * twice as f64) - field, total as f64)
    }

    fn set_beta(&mut self, beta: f64) {
        // Short of the largest number, so that a level divided by it keeps its sign.
        self.beta = beta.clamp(-1e300, 1e300);
        self.reluctance = -libm::log(kept(self.model.most_neighbours, beta));
    }

    fn read(&self, state: &mut [u8]) {
        for (position, mask) in state.iter_mut().zip(&self.masks) {
            *position = u8::from(*mask == F::default());
        }
    }

    fn write(&mut self, state: &[u8]) {
        let model = self.model.clone();
        let zero = F::default();
        for (mask, &position) in self.masks.iter_mut().zip(state) {
            *mask = if position == 0 { F::narrow(-1) } else { zero };
        }
        let mut sums = vec![0i64; model.matrix.stride];
        for i in 0..model.matrix.sites {
            let s = self.masks[i].wide() | 1;
            for (sum, &twice) in sums.iter_mut().zip(model.matrix.row(i)) {
                *sum += s * (twice.wide() / 2);
            }
        }
        for (x, &sum) in self.local.iter_mut().zip(&sums) {
            *x = F::narrow(sum);
        }
    }
}

/// The kernel for dense pairwise energies.
pub struct Dense {
    sites: usize,
    sweeps: u64,
    unit: f64,
    width: Width,
    betas: Vec<f64>,
    chains: Vec<Box<dyn AnyChain>>,
}

impl Dense {
    /// A kernel with its lanes at their starts. `Err` says what is wrong with the energy or a start state.
    pub fn new(energy: &PairEnergy, rule: Rule, lanes: &[Lane]) -> Result<Dense, String> {
        Dense::with_simd(energy, rule, lanes, Simd::detect())
    }

    /// As [`Dense::new`], with the loops of a given instruction set (for tests and benches).
    pub fn with_simd(energy: &PairEnergy, rule: Rule, lanes: &[Lane], simd: Simd) -> Result<Dense, String> {
        check_pairs(energy)?;
        if energy.sites > MOST {
            return Err(format!("{} spins are too many for a dense matrix of couplings (at most {MOST})", energy.sites));
        }
        let (unit, width) = choose(energy);
        let chains = match width {
            Width::Small => chains::<i8, i16>(energy, rule, lanes, simd, unit),
            Width::Medium => chains::<i32, i32>(energy, rule, lanes, simd, unit),
            Width::Large => chains::<i64, i64>(energy, rule, lanes, simd, unit),
        };
        let mut kernel = Dense { sites: energy.sites, sweeps: 0, unit, width, betas: vec![0.0; lanes.len()], chains };
        for (l, lane) in lanes.iter().enumerate() {
            kernel.write(l, &start_state(lane, energy.sites, |_| 2)?);
            kernel.set_beta(l, lane.beta);
        }
        Ok(kernel)
    }

    /// The unit that couplings are rounded to.
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// The integers in use.
    pub fn width(&self) -> Width {
        self.width
    }
}

fn chains<C: Widen<F>, F: Whole>(
    energy: &PairEnergy,
    rule: Rule,
    lanes: &[Lane],
    simd: Simd,
    unit: f64,
) -> Vec<Box<dyn AnyChain>> {
    let fields = if energy.fields.is_empty() { vec![0.0; energy.sites] } else { energy.fields.clone() };
    let matrix = Matrix::<C>::new(energy, unit);
    let most_neighbours = matrix.most_neighbours();
    let model = Arc::new(Model { matrix, most_neighbours, fields, constant: energy.constant, rule, simd });
    let chain = |lane: &Lane| Box::new(Chain::<C, F>::new(model.clone(), LaneKey::new(lane.key))) as Box<dyn AnyChain>;
    lanes.iter().map(chain).collect()
}

impl Sampler for Dense {
    fn lanes(&self) -> usize {
        self.chains.len()
    }

    fn sites(&self) -> usize {
        self.sites
    }

    fn advance(&mut self, sweeps: u64) {
        for chain in &mut self.chains {
            chain.advance(self.sweeps, sweeps);
        }
        self.sweeps += sweeps;
    }

    fn energy(&self, lane: usize) -> f64 {
        self.chains[lane].measure().0
    }

    fn total(&self, lane: usize) -> Option<f64> {
        Some(self.chains[lane].measure().1)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        self.chains[lane].read(state);
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        self.chains[lane].write(state);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.betas[lane] = beta;
        self.chains[lane].set_beta(beta);
    }

    fn save(&self) -> Vec<u8> {
        let states = (0..self.lanes())
            .map(|lane| {
                let mut state = vec![0; self.sites];
                self.read(lane, &mut state);
                state
            })
            .collect();
        Saved { sweeps: self.sweeps, betas: self.betas.clone(), states, running: Vec::new() }.encode(KERNEL)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let saved = Saved::decode(saved, KERNEL, (self.lanes(), self.sites, 0), |_| 2)?;
        self.sweeps = saved.sweeps;
        for lane in 0..self.lanes() {
            self.write(lane, &saved.states[lane]);
            self.set_beta(lane, saved.betas[lane]);
        }
        Ok(())
    }
}
