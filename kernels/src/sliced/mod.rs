//! Many copies of one sparse Ising model whose couplings are small integers in one unit: a bit a spin, the copies side by side.
//!
//! Multi-spin coding over replicas (Bhanot, Duke, Salvador, Phys. Rev. B 33, 7841 (1986)), with independent random
//! numbers for every spin of every copy. Entry: [`Sliced::fits`], [`Sliced::new`], then the `Sampler` trait. Knows arrays, numbers and
//! keys; nothing of lattices.
//!
//! **Copies.** Lanes stand in blocks of up to 512. A site's copies fill a unit of 8, 16, 32, 64, 128, 256 or 512 bits, the
//! narrowest that holds the lanes of the block, and a word of 512 bits holds the units of one to 64 sites (`layout`). Each lane has its own β; lanes of one β take
//! a shorter way. Up to three lanes stand in blocks of their own, a bit a site, 512 sites a word (`bits`).
//!
//! **Updates.** The graph is coloured; sites of one colour go in batches of four words. Neighbours are counted in bit-sliced
//! adders (`update`), and each class of local fields has a Bernoulli word, exact to 2^-64 (`draws`, `table`). A sweep attempts every site once in a fixed order.
//! Metropolis accepts with probability (1 - ε) min(1, exp(-β ΔE)), the same ε as in the sparse kernel (`kernels::thinning`), which
//! keeps detailed balance at every single update.
//!
//! **Random numbers.** A block has one generator (SFC64, eight side by side), keyed by the keys of all its lanes. A lane's path depends on
//! these keys, on its place in the block, and on its own start and β, but not on the states or temperatures of others.

mod bits;
mod draws;
mod gather;
mod layout;
mod measure;
mod table;
mod update;

#[cfg(test)]
mod tests;

use super::bitpacked::Instructions;
use super::bitpacked::generator::Generator;
use super::bitpacked::wide::Word;
use super::random::Key;
use super::sampler::{Lane, PairEnergy, Rule, Sampler};
use super::sparse::adjacency::Adjacency;
use super::sparse::lanes::{check_pairs, start_state};
use super::thinning::kept;
use layout::Layout;
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};
use table::Table;

/// Tag of the sub-stream of a lane's key that moves spins.
const TAG_SWEEPS: u64 = 0x736c_6963_6564_0000;

/// Below this number of attempts a call is not worth sharing among threads.
const PARALLEL_FROM: u64 = 1 << 19;

/// Up to so many lanes are faster one by one than side by side in a unit of eight bits.
const ONE_BY_ONE: usize = 3;

/// The kernel at work on some lanes.
pub struct Sliced {
    sites: usize,
    rule: Rule,
    unit: f64,
    constant: f64,
    /// The most lanes of a block.
    block: usize,
    most_neighbours: usize,
    instructions: Instructions,
    betas: Vec<f64>,
    blocks: Vec<Block>,
}

/// Lanes that share words.
struct Block {
    layout: Arc<Layout>,
    /// The units, from the first on; whole words for their alignment.
    state: Vec<Word>,
    generator: Generator,
    table: Table,
    /// Whether the table is older than the temperatures.
    stale: bool,
    /// The first lane and the number of lanes.
    first: usize,
    lanes: usize,
    /// In units of coupling, of each copy, where they are known.
    bonds: OnceLock<Vec<i64>>,
    totals: OnceLock<Vec<i64>>,
}

/// The bits of the narrowest unit for some lanes of a block.
fn unit_bits(lanes: usize) -> usize {
    if lanes == 1 { 1 } else { lanes.next_multiple_of(8).next_power_of_two() }
}

/// The energy as rows of integers, and their unit.
fn integers(energy: &PairEnergy) -> Result<(Adjacency<i8>, f64), String> {
    check_pairs(energy)?;
    if energy.sites >= (1 << 31) - 2 {
        return Err(format!("{} spins are more than the bit-sliced kernel can address", energy.sites));
    }
    if !energy.constant.is_finite() {
        return Err("the constant of the energy is not finite".into());
    }
    Adjacency::new(energy)?.integers(layout::LARGEST).ok_or_else(|| {
        let largest = layout::LARGEST;
        format!("the couplings and fields are not multiples of one unit with at most {largest} units in all at every spin")
    })
}

impl Sliced {
    /// Whether the kernel can run an energy; `Err` says why not, for the user.
    pub fn fits(energy: &PairEnergy) -> Result<(), String> {
        integers(energy).map(|_| ())
    }

    /// The kernel with its lanes at their starts. `Err` says what is wrong with the energy, a start or a β.
    pub fn new(energy: &PairEnergy, rule: Rule, lanes: &[Lane]) -> Result<Sliced, String> {
        let (graph, unit) = integers(energy)?;
        if lanes.iter().any(|l| l.beta.is_nan()) {
            return Err("an inverse temperature is not a number".into());
        }
        let mut layouts: Vec<Arc<Layout>> = Vec::new();
        let mut blocks = Vec::new();
        let block = if lanes.len() <= ONE_BY_ONE { 1 } else { Word::BITS };
        for (b, part) in lanes.chunks(block).enumerate() {
            let bits = unit_bits(part.len());
            let known = layouts.iter().find(|l| l.unit == bits).cloned();
            let layout = known.unwrap_or_else(|| {
                layouts.push(Arc::new(Layout::new(&graph, bits)));
                layouts[layouts.len() - 1].clone()
            });
            let mut state = vec![Word::ZERO; (layout.units() * bits).div_ceil(Word::BITS)];
            fill_ghost(&mut state, &layout);
            blocks.push(Block {
                state,
                generator: Generator::new(block_key(part)),
                table: Table::new(rule, unit, layout.classes),
                stale: true,
                first: b * block,
                lanes: part.len(),
                bonds: OnceLock::new(),
                totals: OnceLock::new(),
                layout,
            });
        }
        let mut kernel = Sliced {
            sites: energy.sites,
            rule,
            unit,
            constant: energy.constant,
            block,
            most_neighbours: graph.most_neighbours(),
            instructions: Instructions::best(),
            betas: lanes.iter().map(|l| l.beta).collect(),
            blocks,
        };
        for (l, lane) in lanes.iter().enumerate() {
            kernel.write(l, &start_state(lane, energy.sites, |_| 2)?);
        }
        Ok(kernel)
    }

    /// The fraction of the bits of a word that hold copies: with it the speed goes.
    pub fn filling(&self) -> f64 {
        let bits: usize = self.blocks.iter().map(|b| b.layout.unit).sum();
        self.betas.len() as f64 / bits.max(1) as f64
    }

    /// Uses other instructions than the best ones. They give the same bits; this is for tests and benches.
    /// Ignored where the processor lacks them.
    pub fn use_instructions(&mut self, instructions: Instructions) {
        if Instructions::available().contains(&instructions) {
            self.instructions = instructions;
        }
    }

    /// What a saved state must agree on.
    fn fingerprint(&self) -> Vec<u64> {
        vec![MAGIC, u64::from(self.rule == Rule::HeatBath), self.sites as u64, self.betas.len() as u64, self.unit.to_bits()]
    }
}

/// The key of a block's generator.
fn block_key(lanes: &[Lane]) -> Key {
    let mut key = lanes[0].key.derive(TAG_SWEEPS);
    for (i, lane) in lanes.iter().enumerate().skip(1) {
        key = Key(key.0 ^ lane.key.0, key.1 ^ lane.key.1).derive(i as u64);
    }
    key
}

/// The word of 64 bits and the bit of it where a copy stands in a unit of `bits` bits.
fn place(bits: usize, unit: usize, copy: usize) -> (usize, usize) {
    let bit = unit * bits;
    if bits == 1 || bits >= 64 {
        return ((bit + copy) / 64, (bit + copy) % 64);
    }
    // A narrow unit is a machine integer of its own: on a big-endian machine the first in memory is the highest.
    let inside = if cfg!(target_endian = "big") { 64 - bits - bit % 64 } else { bit % 64 };
    (bit / 64, inside + copy)
}

/// Whatever a state says, the ghost is +1.
fn fill_ghost(state: &mut [Word], layout: &Layout) {
    for copy in 0..layout.unit {
        let (word, bit) = place(layout.unit, layout.place(layout.ghost() as usize), copy);
        state[word / 8].0[word % 8] |= 1 << bit;
    }
}

impl Block {
    fn bonds(&self, copy: usize, instructions: Instructions) -> i64 {
        // SAFETY: the state has the layout's units in words aligned to 64 bytes; it is borrowed, so nobody writes it.
        let all = || unsafe { measure::bonds(instructions, &self.layout, self.state.as_ptr().cast(), self.lanes) };
        self.bonds.get_or_init(all)[copy]
    }

    fn total(&self, copy: usize, instructions: Instructions) -> i64 {
        // SAFETY: as in `bonds`.
        let all = || unsafe { measure::totals(instructions, &self.layout, self.state.as_ptr().cast(), self.lanes) };
        self.totals.get_or_init(all)[copy]
    }

    /// To be called when the state changes.
    fn forget(&mut self) {
        self.bonds = OnceLock::new();
        self.totals = OnceLock::new();
    }

    fn advance(&mut self, sweeps: u64, kernel: (Instructions, Rule, usize), betas: &[f64]) {
        let (instructions, rule, most_neighbours) = kernel;
        if self.stale {
            let betas = &betas[self.first..self.first + self.lanes];
            self.table.set(betas, self.layout.unit, |beta| kept(most_neighbours, beta));
            self.stale = false;
        }
        self.forget();
        let job = update::Job { layout: &self.layout, table: &self.table, heat_bath: rule == Rule::HeatBath, sweeps };
        // SAFETY: the state has the layout's units in words aligned to 64 bytes, and is borrowed for this call alone.
        unsafe { update::sweep(instructions, &job, self.state.as_mut_ptr().cast(), &mut self.generator) }
    }
}

impl Sampler for Sliced {
    fn lanes(&self) -> usize {
        self.betas.len()
    }

    fn sites(&self) -> usize {
        self.sites
    }

    fn advance(&mut self, sweeps: u64) {
        let kernel = (self.instructions, self.rule, self.most_neighbours);
        let betas = &self.betas;
        let attempts = (self.sites as u64).saturating_mul(betas.len() as u64).saturating_mul(sweeps);
        if self.blocks.len() > 1 && attempts >= PARALLEL_FROM && rayon::current_num_threads() > 1 {
            self.blocks.par_iter_mut().for_each(|b| b.advance(sweeps, kernel, betas));
        } else {
            self.blocks.iter_mut().for_each(|b| b.advance(sweeps, kernel, betas));
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        let bonds = self.blocks[lane / self.block].bonds(lane % self.block, self.instructions);
        self.constant - self.unit * bonds as f64
    }

    fn total(&self, lane: usize) -> Option<f64> {
        Some(self.blocks[lane / self.block].total(lane % self.block, self.instructions) as f64)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        let block = &self.blocks[lane / self.block];
        for (site, s) in state.iter_mut().enumerate() {
            let (word, bit) = place(block.layout.unit, block.layout.place(site), lane % self.block);
            *s = (block.state[word / 8].0[word % 8] >> bit & 1) as u8;
        }
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        let block = &mut self.blocks[lane / self.block];
        block.forget();
        for (site, &s) in state.iter().enumerate() {
            let (word, bit) = place(block.layout.unit, block.layout.place(site), lane % self.block);
            let x = &mut block.state[word / 8].0[word % 8];
            *x = *x & !(1 << bit) | u64::from(s != 0) << bit;
        }
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        if self.betas[lane].to_bits() != beta.to_bits() {
            self.betas[lane] = beta;
            self.blocks[lane / self.block].stale = true;
        }
    }

    fn save(&self) -> Vec<u8> {
        let mut words = self.fingerprint();
        words.extend(self.betas.iter().map(|b| b.to_bits()));
        for b in &self.blocks {
            words.extend(b.generator.words.iter().flat_map(|w| w.0));
            words.push(b.generator.counter);
            words.extend(b.state.iter().flat_map(|w| w.0));
        }
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let words: Vec<u64> = saved.as_chunks::<8>().0.iter().map(|c| u64::from_le_bytes(*c)).collect();
        let head = self.fingerprint();
        if !saved.len().is_multiple_of(8) || words.first() != head.first() {
            return Err("the saved state is not one of the bit-sliced kernel".into());
        }
        if words.get(..head.len()) != Some(&head) {
            return Err("the saved state belongs to another model, rule or number of lanes".into());
        }
        let lengths = self.blocks.iter().map(|b| 25 + 8 * b.state.len());
        let (betas, mut rest) = words[head.len()..].split_at_checked(self.betas.len()).ok_or("the saved state is cut short")?;
        if rest.len() != lengths.sum::<usize>() {
            return Err("the saved state has the wrong length".into());
        }
        let betas: Vec<f64> = betas.iter().map(|&b| f64::from_bits(b)).collect();
        if betas.iter().any(|b| b.is_nan()) {
            return Err("the saved state holds an inverse temperature that is not a number".into());
        }
        self.betas = betas;
        for b in &mut self.blocks {
            let (generator, after) = rest.split_at(25);
            let (state, after) = after.split_at(8 * b.state.len());
            rest = after;
            for (to, from) in b.generator.words.iter_mut().zip(generator.as_chunks::<8>().0) {
                to.0 = *from;
            }
            b.generator.counter = generator[24];
            for (to, from) in b.state.iter_mut().zip(state.as_chunks::<8>().0) {
                to.0 = *from;
            }
            fill_ghost(&mut b.state, &b.layout);
            b.stale = true;
            b.forget();
        }
        Ok(())
    }
}

/// The first word of a saved state: what it is and its version.
const MAGIC: u64 = u64::from_le_bytes(*b"annslic1");
