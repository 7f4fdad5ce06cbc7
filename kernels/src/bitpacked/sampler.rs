//! The kernel's face: chains, temperatures, threads, checkpoints.

use super::generator::Generator;
use super::geometry::{Geometry, Uniform};
use super::instructions::Instructions;
use super::layout::{self, Layout};
use super::measure::{Measured, measure};
use super::thresholds::Table;
use super::update::{Job, Thinning, sweep};
use super::wide::Word;
use crate::random::{Key, Stream};
use crate::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Tags of the sub-streams of a lane's key.
const TAG_START: u64 = 0x7374_6172_7400;
const TAG_SWEEPS: u64 = 0x7377_6565_7000;

/// Below this number of attempts a call is not worth sharing among threads.
const PARALLEL_FROM: u64 = 1 << 19;

/// The bit-packed kernel at work on some lanes of one model.
pub struct BitPacked {
    model: Uniform,
    rule: Rule,
    instructions: Instructions,
    layout: Layout,
    betas: Vec<f64>,
    groups: Vec<Group>,
    /// The number of sweeps made.
    sweeps: u64,
}

/// The chains that share words.
struct Group {
    /// The words of the layout between one word before and one behind, which crossings may touch.
    state: Vec<Word>,
    /// One generator a strip.
    generators: Vec<Generator>,
    bulk: Table,
    edge: Table,
    /// The first lane and the number of lanes.
    first: usize,
    chains: usize,
    /// Whether the tables are older than the temperatures.
    stale: Vec<bool>,
    measured: OnceLock<Vec<Measured>>,
}

/// The start of a group's words, to be shared among the threads that move its strips.
#[derive(Clone, Copy)]
struct Shared(*mut u64);

// SAFETY: the threads that hold copies at the same time move strips of the same parity, which neither overlap nor
// touch (see `Group::advance`), and the words outlive them.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    fn get(self) -> *mut u64 {
        self.0
    }
}

impl BitPacked {
    /// Whether the kernel can run a lattice; `Err` says why not, for the user.
    pub fn fits(geometry: &Geometry) -> Result<(), String> {
        layout::fits(geometry)
    }

    /// The kernel for a model and some lanes.
    ///
    /// A lane's trajectory depends on its own description alone where a lattice fills its words
    /// ([`BitPacked::lanes_in_a_word`] is 1); else the lanes of a word share its random numbers, each its own bits.
    pub fn new(model: &Uniform, rule: Rule, lanes: &[Lane]) -> Result<BitPacked, String> {
        let layout = Layout::new(&model.geometry, lanes.len().max(1))?;
        if ![model.coupling, model.field, model.constant].iter().all(|x| x.is_finite()) {
            return Err("the coupling, the field and the constant must be finite".into());
        }
        if lanes.iter().any(|l| l.beta.is_nan()) {
            return Err("an inverse temperature is not a number".into());
        }
        let z = layout.coordination;
        let open = layout.crossings.iter().any(|c| c.missing != Word::ZERO);
        let groups = lanes.chunks(layout.chains).enumerate().map(|(g, lanes)| Group {
            state: vec![Word::ZERO; layout.words + 2],
            generators: generators(lanes, layout.strips.len()),
            bulk: if model.field == 0.0 { Table::folded(z) } else { Table::every_sum(z) },
            edge: if open { Table::every_half(z) } else { Table::new(Vec::new()) },
            first: g * layout.chains,
            chains: lanes.len(),
            stale: vec![true; lanes.len()],
            measured: OnceLock::new(),
        });
        let mut kernel = BitPacked {
            model: model.clone(),
            rule,
            instructions: Instructions::best(),
            groups: groups.collect(),
            betas: lanes.iter().map(|l| l.beta).collect(),
            sweeps: 0,
            layout,
        };
        for (i, lane) in lanes.iter().enumerate() {
            kernel.start(i, lane)?;
        }
        for group in &mut kernel.groups {
            group.refresh(&kernel.layout, &kernel.model, rule, &kernel.betas);
        }
        Ok(kernel)
    }

    /// How many lanes share a word: 1 for all but small or awkwardly divisible lattices.
    pub fn lanes_in_a_word(&self) -> usize {
        self.layout.chains
    }

    /// The fraction of the bits of a word that hold spins: the speed is in proportion.
    pub fn filling(&self) -> f64 {
        (self.layout.bits * self.betas.len()) as f64 / (Word::BITS * self.groups.len().max(1)) as f64
    }

    /// The bytes of the states, tables and neighbours.
    pub fn memory(&self) -> usize {
        let group =
            |g: &Group| (g.state.len() + g.bulk.planes.len() + g.edge.planes.len() + 3 * g.generators.len()) * size_of::<Word>();
        self.groups.iter().map(group).sum::<usize>() + self.layout.neighbours.len() * size_of::<u32>()
    }

    /// Uses other instructions than the best ones. They give the same bits; this is for tests and benches.
    /// Ignored where the processor lacks them.
    pub fn use_instructions(&mut self, instructions: Instructions) {
        if Instructions::available().contains(&instructions) {
            self.instructions = instructions;
        }
    }

    /// The model's energy as a list of bonds.
    pub fn pair_energy(&self) -> PairEnergy {
        self.model.pair_energy()
    }

    #[cfg(test)]
    pub(super) fn generators_for_tests(&self) -> Vec<Vec<Generator>> {
        self.groups.iter().map(|g| g.generators.clone()).collect()
    }

    fn start(&mut self, lane: usize, description: &Lane) -> Result<(), String> {
        let n = self.sites();
        let state: Vec<u8> = match &description.start {
            Start::Random => {
                let mut stream = Stream::new(description.key.derive(TAG_START));
                let mut bits = 0;
                let draw = |i: usize| {
                    if i.is_multiple_of(64) {
                        bits = stream.next_u64();
                    }
                    (bits >> (i % 64) & 1) as u8
                };
                (0..n).map(draw).collect()
            }
            Start::Uniform(s) => vec![*s; n],
            Start::Given(state) => state.clone(),
        };
        if state.len() != n {
            return Err(format!("a start has {} spins, the lattice {n}", state.len()));
        }
        if state.iter().any(|s| *s > 1) {
            return Err("a start holds a position that is neither 0 nor 1".into());
        }
        self.write(lane, &state);
        Ok(())
    }

    fn measured(&self, lane: usize) -> Measured {
        let group = &self.groups[lane / self.layout.chains];
        let all = group.measured.get_or_init(|| {
            // SAFETY: the state has the layout's words and one more at each end; it is borrowed, so nobody writes it.
            unsafe { measure(self.instructions, &self.layout, group.state.as_ptr().cast::<u64>().add(8)) }
        });
        all[lane % self.layout.chains]
    }

    /// What a saved state must agree on.
    fn fingerprint(&self) -> Vec<u64> {
        let g = &self.model.geometry;
        let mut f = vec![g.lattice as u64, (self.rule == Rule::HeatBath) as u64, self.betas.len() as u64];
        f.extend(g.extents.iter().map(|&l| l as u64));
        f.extend(g.boundary.iter().map(|&b| b as u64));
        f.extend([self.layout.words, self.layout.bits, self.layout.strips.len()].map(|x| x as u64));
        f
    }
}

/// The generators of a group: from the key of its lane, or from all keys where lanes share words.
fn generators(lanes: &[Lane], strips: usize) -> Vec<Generator> {
    let mut key = lanes[0].key.derive(TAG_SWEEPS);
    for (i, lane) in lanes.iter().enumerate().skip(1) {
        key = Key(key.0 ^ lane.key.0, key.1 ^ lane.key.1).derive(i as u64);
    }
    (0..strips).map(|s| Generator::new(key.derive(s as u64))).collect()
}

impl Group {
    /// Brings the tables up to date with the temperatures.
    fn refresh(&mut self, layout: &Layout, model: &Uniform, rule: Rule, betas: &[f64]) {
        if !self.stale.contains(&true) {
            return;
        }
        let beta = |chain: usize| betas[self.first + chain];
        let mut chain = 0;
        while chain < self.chains {
            // Neighbours of one temperature, as in annealing, share a table.
            let like = |c: &usize| self.stale[*c] && beta(*c).to_bits() == beta(chain).to_bits();
            let end = (chain..self.chains).take_while(like).last().map_or(chain, |c| c + 1);
            if end > chain {
                let mask = Word::range(layout.chain_bits(chain).start..layout.chain_bits(end - 1).end);
                for table in [&mut self.bulk, &mut self.edge] {
                    table.set(&mask, rule, beta(chain), model.coupling, model.field);
                }
            }
            chain = end.max(chain + 1);
        }
        self.bulk.finish();
        self.edge.finish();
        self.stale.fill(false);
    }

    fn advance(&mut self, instructions: Instructions, layout: &Layout, model: &Uniform, rule: Rule, first: u64, sweeps: u64) {
        let shared = Shared(self.state.as_mut_ptr().cast::<u64>());
        let live = Word::range(0..self.chains * layout.bits);
        let (bulk, edge) = (&self.bulk, &self.edge);
        let thinning = Thinning::of(rule, bulk.any_sure, &model.geometry);
        let run = |strip: usize, generator: &mut Generator, first: u64, sweeps: u64| {
            let job = Job {
                layout,
                bulk,
                edge,
                field: model.field != 0.0,
                heat_bath: rule == Rule::HeatBath,
                thinning,
                live,
                runs: &layout.strips[strip],
                first,
                sweeps,
            };
            // SAFETY: the state has one word more at each end. The threads that run at the same time hold strips of the same
            // parity of an even number of strips of at least two rows: a strip's neighbours, and the words beside
            // those in memory, lie in the strip itself and in the two next to it, on the ring that the strips form.
            unsafe { sweep(instructions, &job, shared.get().add(8), generator) }
        };
        if layout.strips.len() == 1 {
            run(0, &mut self.generators[0], first, sweeps);
            return;
        }
        let threads = rayon::current_num_threads() > 1;
        for now in first..first + sweeps {
            for parity in 0..2 {
                if threads {
                    let strips = self.generators.par_iter_mut().enumerate().skip(parity).step_by(2);
                    strips.for_each(|(s, generator)| run(s, generator, now, 1));
                } else {
                    let strips = self.generators.iter_mut().enumerate().skip(parity).step_by(2);
                    strips.for_each(|(s, generator)| run(s, generator, now, 1));
                }
            }
        }
    }
}

impl Sampler for BitPacked {
    fn lanes(&self) -> usize {
        self.betas.len()
    }

    fn sites(&self) -> usize {
        self.model.geometry.sites()
    }

    fn advance(&mut self, sweeps: u64) {
        let (layout, model, rule, betas, instructions) = (&self.layout, &self.model, self.rule, &self.betas, self.instructions);
        let first = self.sweeps;
        self.sweeps += sweeps;
        let work = |g: &mut Group| {
            g.measured = OnceLock::new();
            g.refresh(layout, model, rule, betas);
            g.advance(instructions, layout, model, rule, first, sweeps);
        };
        let attempts = (model.geometry.sites() as u64).saturating_mul(betas.len() as u64).saturating_mul(sweeps);
        if self.groups.len() > 1 && attempts >= PARALLEL_FROM && rayon::current_num_threads() > 1 {
            self.groups.par_iter_mut().for_each(work);
        } else {
            self.groups.iter_mut().for_each(work);
        }
    }

    fn energy(&self, lane: usize) -> f64 {
        let m = self.measured(lane);
        let bonds = m.agreeing as i64 - self.layout.bonds as i64;
        let spins = 2 * m.up as i64 - self.sites() as i64;
        self.model.constant - self.model.coupling * bonds as f64 - self.model.field * spins as f64
    }

    fn total(&self, lane: usize) -> Option<f64> {
        Some((2 * self.measured(lane).up as i64 - self.sites() as i64) as f64)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        let group = &self.groups[lane / self.layout.chains];
        let shift = self.layout.chain_bits(lane % self.layout.chains).start;
        let mut state = state.iter_mut();
        // From within, which nested iterators do without asking each other at every step.
        self.layout.places().for_each(|(word, bit)| {
            if let Some(s) = state.next() {
                *s = u8::from(group.state[word + 1].get(bit + shift));
            }
        });
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        let group = &mut self.groups[lane / self.layout.chains];
        let shift = self.layout.chain_bits(lane % self.layout.chains).start;
        group.measured = OnceLock::new();
        for ((word, bit), s) in self.layout.places().zip(state) {
            group.state[word + 1].set(bit + shift, *s != 0);
        }
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.betas[lane] = beta;
        self.groups[lane / self.layout.chains].stale[lane % self.layout.chains] = true;
    }

    fn save(&self) -> Vec<u8> {
        let mut words = vec![MAGIC];
        words.extend(self.fingerprint());
        words.push(self.sweeps);
        words.extend(self.betas.iter().map(|b| b.to_bits()));
        for g in &self.groups {
            words.extend(g.generators.iter().flat_map(|g| g.words).flat_map(|w| w.0));
            words.extend(g.generators.iter().map(|g| g.counter));
            words.extend(g.state.iter().flat_map(|w| w.0));
        }
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let words: Vec<u64> = saved.as_chunks::<8>().0.iter().map(|c| u64::from_le_bytes(*c)).collect();
        if !saved.len().is_multiple_of(8) || words.first() != Some(&MAGIC) {
            return Err("the saved state is not one of the bit-packed kernel".into());
        }
        let head = self.fingerprint();
        if words.get(1..1 + head.len()) != Some(&head) {
            return Err("the saved state belongs to another lattice, rule or number of lanes".into());
        }
        let cut = "the saved state is cut short";
        let (&sweeps, rest) = words[1 + head.len()..].split_first().ok_or(cut)?;
        let (betas, rest) = rest.split_at_checked(self.betas.len()).ok_or(cut)?;
        let strips = self.layout.strips.len();
        let each = 25 * strips + 8 * (self.layout.words + 2);
        if rest.len() != each * self.groups.len() {
            return Err("the saved state has the wrong length".into());
        }
        let betas: Vec<f64> = betas.iter().map(|&b| f64::from_bits(b)).collect();
        if betas.iter().any(|b| b.is_nan()) {
            return Err("the saved state holds an inverse temperature that is not a number".into());
        }
        self.betas = betas;
        self.sweeps = sweeps;
        for (g, part) in self.groups.iter_mut().zip(rest.chunks_exact(each)) {
            let (generators, rest) = part.split_at(24 * strips);
            let (counters, state) = rest.split_at(strips);
            let words = |part: &[u64]| part.as_chunks::<8>().0.iter().map(|c| Word(*c)).collect::<Vec<Word>>();
            g.generators.iter_mut().flat_map(|g| &mut g.words).zip(words(generators)).for_each(|(to, from)| *to = from);
            g.generators.iter_mut().zip(counters).for_each(|(g, counter)| g.counter = *counter);
            g.state = words(state);
            g.stale.fill(true);
            g.measured = OnceLock::new();
        }
        Ok(())
    }
}

/// The first word of a saved state: what it is and its version.
const MAGIC: u64 = u64::from_le_bytes(*b"annbits2");
