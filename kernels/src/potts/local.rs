//! Single-spin Metropolis and heat bath of Potts models: the sampler, and the choice of a layout.

use std::cell::RefCell;
use std::sync::Arc;

use super::model::{Model, PottsEnergy};
use super::one::{One, Real};
use super::wide::Wide;
use crate::sampler::{Lane, Rule, Sampler};
use crate::sparse::Simd;
use crate::sparse::adjacency::Adjacency;
use crate::sparse::integer::LARGEST;
use crate::sparse::lanes::{Saved, start_state};
use crate::sparse::wide::LaneKey;
use crate::thinning::kept;

const KERNEL: &[u8; 4] = b"pts1";

/// The most different positive ΔE, in units, that the vector loops look for one after another.
const MOST_LEVELS: usize = 24;

/// Lanes side by side. With more of them the compiler no longer finds the vector form of the loops.
const WIDTH: usize = 16;

/// Couplings that are small integers of one unit, without a field.
pub(super) struct IntegerModel {
    pub q: usize,
    pub rule: Rule,
    pub adjacency: Adjacency<i8>,
    pub unit: f64,
    pub constant: f64,
    most_neighbours: usize,
    /// The positive ΔE that single spins can meet, ascending.
    pub levels: Vec<i8>,
    /// How many of them site i can meet.
    pub meets: Vec<u8>,
}

impl IntegerModel {
    fn new(model: &Model, rule: Rule) -> Option<IntegerModel> {
        if model.in_field {
            return None;
        }
        let (adjacency, unit) = model.adjacency.integers(LARGEST)?;
        let reach = |i: usize| adjacency.row(i).iter().map(|&(_, c)| i32::from(c).abs()).sum::<i32>();
        // Bit d: some site can meet a difference of d or -d units, where each neighbour adds c, takes c, or does neither.
        let mut occurs = 0u128;
        for i in 0..adjacency.sites() {
            let mut sums = 1u128;
            for &(_, c) in adjacency.row(i) {
                // What lies below c is reflected by taking c.
                let c = u32::from(c.unsigned_abs());
                let folded = (0..c).fold(0, |bits, d| bits | (sums >> d & 1) << (c - d));
                sums |= sums << c | sums >> c | folded;
            }
            occurs |= sums;
        }
        let levels: Vec<i8> = (1..=LARGEST as i8).filter(|&d| occurs >> d & 1 == 1).collect();
        let meets = (0..adjacency.sites()).map(|i| levels.partition_point(|&d| i32::from(d) <= reach(i)) as u8).collect();
        Some(IntegerModel {
            q: model.q,
            rule,
            unit,
            constant: model.energy.constant,
            most_neighbours: adjacency.most_neighbours(),
            adjacency,
            levels,
            meets,
        })
    }

    /// The Metropolis acceptance of a proposal that raises the energy by `x` units, in units of 2^-48.
    pub fn threshold(&self, x: i8, beta: f64) -> u64 {
        // The product with β comes last: β may be the largest number, and x zero.
        let p = kept_of(self.q, self.most_neighbours, beta) * libm::exp(-(self.unit * f64::from(x)) * beta).min(1.0);
        libm::round(p * 281_474_976_710_656.0) as u64
    }

    /// The heat-bath weight of a value whose energy lies `d` units above the best one.
    pub fn weight(&self, d: u8, beta: f64) -> f64 {
        libm::exp(-(self.unit * f64::from(d)) * beta.abs())
    }

    /// 2^16 modulo the number of proposals. A draw whose low half is below it makes no proposal, so that the others are
    /// exactly alike (the rule of Lemire, ACM TOMACS 29, 3 (2019), without a second draw).
    pub fn left_out(&self) -> u16 {
        (65_536 % (self.q as u32 - 1)) as u16
    }
}

/// The part of the proposals that is not left out at random. At β = 0 it is what draws spins anew.
pub(super) fn kept_of(q: usize, most_neighbours: usize, beta: f64) -> f64 {
    if beta == 0.0 { (q - 1) as f64 / q as f64 } else { kept(most_neighbours, beta) }
}

/// Lanes that one inner loop moves.
pub(super) trait Block: Send {
    fn advance(&mut self, first: u64, count: u64);
    fn set_beta(&mut self, slot: usize, beta: f64);
    fn get(&self, site: usize, slot: usize) -> u8;
    fn set(&mut self, site: usize, slot: usize, position: u8);
    /// Energy and sum of positions of each slot.
    fn measure(&self) -> Vec<(f64, f64)>;
}

/// Single-spin dynamics of a Potts model.
///
/// A sweep tries each site once, in the order of the index. Metropolis proposes each of the other values alike and accepts
/// with probability (1 - ε) min(1, exp(-β ΔE)); for ε see `kernels::thinning`; at β = 0 both rules draw the spins anew (but for at
/// most 1 proposal in 256, which is left out). Where couplings are multiples of one unit, at most 126 of them at a site, and
/// there is no field, acceptance comes from tables, exact to 2^-48 (Metropolis) or 2^-33 (heat bath); otherwise from
/// energies as real numbers, exact to 2^-33 and their rounding. A lane's path depends on its own [`Lane`] alone, not on
/// the other lanes, the processor or how the sweeps are split over calls.
pub struct PottsLocal {
    model: Arc<Model>,
    sweeps: u64,
    betas: Vec<f64>,
    blocks: Vec<Box<dyn Block>>,
    /// Block and slot of each lane.
    places: Vec<(usize, usize)>,
    integer: bool,
    /// Energy and total of each lane in its present state, once asked for.
    measured: RefCell<Option<Vec<(f64, f64)>>>,
}

impl PottsLocal {
    /// A kernel with its lanes at their starts. Err says what is wrong with the energy, a start state or a temperature.
    pub fn new(energy: &PottsEnergy, rule: Rule, lanes: &[Lane]) -> Result<PottsLocal, String> {
        PottsLocal::with_simd(energy, rule, lanes, Simd::detect())
    }

    /// As [`PottsLocal::new`], with the loops of a given instruction set (for tests and benches).
    pub fn with_simd(energy: &PottsEnergy, rule: Rule, lanes: &[Lane], simd: Simd) -> Result<PottsLocal, String> {
        let model = Arc::new(Model::new(energy)?);
        let mut starts = Vec::with_capacity(lanes.len());
        for lane in lanes {
            if lane.beta.is_nan() {
                return Err("the inverse temperature is not a number".into());
            }
            starts.push(start_state(lane, energy.sites, |_| model.q)?);
        }
        let keys: Vec<LaneKey> = lanes.iter().map(|lane| LaneKey::new(lane.key)).collect();
        let integer = IntegerModel::new(&model, rule).map(Arc::new);
        let mut blocks: Vec<Box<dyn Block>> = Vec::new();
        let mut places = Vec::with_capacity(lanes.len());
        let mut rest = &keys[..];
        // From so many lanes on a wide block is faster, even padded.
        let least = if rule == Rule::Metropolis { 4 } else { 6 };
        while !rest.is_empty() {
            let used = match &integer {
                Some(integer) if rest.len() >= least && integer.levels.len() <= MOST_LEVELS => {
                    let used = rest.len().min(WIDTH);
                    blocks.push(Box::new(Wide::<WIDTH>::new(integer.clone(), simd, &rest[..used])));
                    used
                }
                Some(integer) => {
                    blocks.push(Box::new(One::new(integer.clone(), simd, rest[0])));
                    1
                }
                None => {
                    blocks.push(Box::new(Real::new(model.clone(), rule, simd, rest[0])));
                    1
                }
            };
            places.extend((0..used).map(|slot| (blocks.len() - 1, slot)));
            rest = &rest[used..];
        }
        let betas = vec![0.0; lanes.len()];
        let integer = integer.is_some();
        let mut kernel = PottsLocal { model, sweeps: 0, betas, blocks, places, integer, measured: RefCell::new(None) };
        for (l, (lane, start)) in lanes.iter().zip(&starts).enumerate() {
            kernel.write(l, start);
            kernel.set_beta(l, lane.beta);
        }
        Ok(kernel)
    }

    /// Whether acceptance comes from tables of integers.
    pub fn is_integer(&self) -> bool {
        self.integer
    }

    fn measured(&self, lane: usize) -> (f64, f64) {
        let mut measured = self.measured.borrow_mut();
        let all = measured.get_or_insert_with(|| {
            let blocks: Vec<_> = self.blocks.iter().map(|b| b.measure()).collect();
            self.places.iter().map(|&(b, slot)| blocks[b][slot]).collect()
        });
        all[lane]
    }
}

impl Sampler for PottsLocal {
    fn lanes(&self) -> usize {
        self.places.len()
    }

    fn sites(&self) -> usize {
        self.model.sites()
    }

    fn advance(&mut self, sweeps: u64) {
        for block in &mut self.blocks {
            block.advance(self.sweeps, sweeps);
        }
        self.sweeps += sweeps;
        self.measured.replace(None);
    }

    fn energy(&self, lane: usize) -> f64 {
        self.measured(lane).0
    }

    fn total(&self, lane: usize) -> Option<f64> {
        Some(self.measured(lane).1)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        let (block, slot) = self.places[lane];
        for (site, position) in state.iter_mut().enumerate() {
            *position = self.blocks[block].get(site, slot);
        }
    }

    /// Positions beyond the values are read as the last value.
    fn write(&mut self, lane: usize, state: &[u8]) {
        let (block, slot) = self.places[lane];
        let last = (self.model.q - 1) as u8;
        for (site, &position) in state.iter().enumerate() {
            self.blocks[block].set(site, slot, position.min(last));
        }
        self.measured.replace(None);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        let (block, slot) = self.places[lane];
        self.betas[lane] = beta;
        self.blocks[block].set_beta(slot, beta);
    }

    fn save(&self) -> Vec<u8> {
        let state = |lane| {
            let mut state = vec![0; self.sites()];
            self.read(lane, &mut state);
            state
        };
        let states = (0..self.lanes()).map(state).collect();
        Saved { sweeps: self.sweeps, betas: self.betas.clone(), states, running: Vec::new() }.encode(KERNEL)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let saved = Saved::decode(saved, KERNEL, (self.lanes(), self.sites(), 0), |_| self.model.q)?;
        self.sweeps = saved.sweeps;
        for lane in 0..self.lanes() {
            self.write(lane, &saved.states[lane]);
            self.set_beta(lane, saved.betas[lane]);
        }
        Ok(())
    }
}
