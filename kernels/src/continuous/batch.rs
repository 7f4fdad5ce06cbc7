//! Many uses of one program, evaluated side by side: energies, and gradients by the reverse sweep.
//!
//! Owns the arrangement of leaves and constants in columns and the loops over chunks of uses. Where the components that a chunk
//! reads stand one after another they are loaded as they stand. Knows no moves.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::derivative::{power, reverse};
use super::elementary::{cos, exp, sin};
use super::program::{Instruction, Program, Use};
use crate::generic::{Fold, Function, Operation};
use crate::sparse::Simd;
use crate::sparse::block::dispatch;

/// Uses of a full chunk; the components of a state are followed by as many numbers that nothing depends on.
pub(super) const WIDE: usize = 32;
/// The same for batches of a few uses.
const NARROW: usize = 4;
/// Consecutive uses that are worth a chunk of their own.
const RUN: usize = 8;
/// The bit of a chunk that says so of the slots.
const SLOTS: u32 = 63;

/// The constants of one place in a program.
#[derive(Debug)]
enum Column {
    Same(f64),
    Each(Vec<f64>),
}

#[derive(Clone, Copy, Debug)]
struct Chunk {
    first: usize,
    active: usize,
    /// Bit l: the components of leaf l stand one after another. Bit [`SLOTS`]: the slots do.
    consecutive: u64,
}

/// The uses of one program.
#[derive(Debug)]
pub(super) struct Batch {
    program: Arc<Program>,
    count: usize,
    /// By leaf, by use.
    leaves: Vec<Vec<u32>>,
    constants: Vec<Column>,
    /// By use: where its value is added.
    slots: Vec<u32>,
    chunks: Vec<Chunk>,
}

/// Registers, and adjoints of the same number.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    wide: Vec<[f64; WIDE]>,
    narrow: Vec<[f64; NARROW]>,
}

impl Scratch {
    /// Room for these batches.
    pub fn fit<'a>(&mut self, batches: impl Iterator<Item = &'a Batch>) {
        for batch in batches {
            let size = 2 * batch.program.instructions.len();
            if batch.is_narrow() {
                self.narrow.resize(self.narrow.len().max(size), [0.0; NARROW]);
            } else {
                self.wide.resize(self.wide.len().max(size), [0.0; WIDE]);
            }
        }
    }
}

/// All uses of all programs of a model, side by side.
#[derive(Debug, Default)]
pub(super) struct Uses {
    known: HashMap<Arc<Program>, u32>,
    kinds: Vec<Kind>,
    /// By use: its program, and its number among the uses of that.
    places: Vec<(u32, u32)>,
}

#[derive(Debug)]
struct Kind {
    program: Arc<Program>,
    leaves: Vec<u32>,
    constants: Vec<f64>,
}

impl Uses {
    pub fn add(&mut self, one: Use) {
        let kind = match self.known.get(&one.program) {
            Some(kind) => *kind,
            None => {
                let program = Arc::new(one.program);
                self.kinds.push(Kind { program: Arc::clone(&program), leaves: Vec::new(), constants: Vec::new() });
                self.known.insert(program, self.kinds.len() as u32 - 1);
                self.kinds.len() as u32 - 1
            }
        };
        let own = &mut self.kinds[kind as usize];
        self.places.push((kind, (own.leaves.len() / own.program.leaves.max(1)) as u32));
        own.leaves.extend(one.leaves);
        own.constants.extend(one.constants);
    }

    /// Batches of some uses, each with the slot its value is added to; one batch a program. A use without leaves is a constant,
    /// which a cut energy has none of.
    pub fn batches(&self, some: impl Iterator<Item = (u32, u32)>) -> Vec<Batch> {
        let mut by_kind: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        for (one, slot) in some {
            let (kind, number) = self.places[one as usize];
            by_kind.entry(kind).or_default().push((number, slot));
        }
        by_kind.into_iter().map(|(kind, own)| Batch::new(&self.kinds[kind as usize], own)).collect()
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }
}

impl Batch {
    fn new(kind: &Kind, mut uses: Vec<(u32, u32)>) -> Batch {
        let (l, c) = (kind.program.leaves, kind.program.constants);
        let leaves = |one: u32| &kind.leaves[one as usize * l..(one as usize + 1) * l];
        let constant = |one: u32, k: usize| kind.constants[one as usize * c + k];
        // By displacement first, so that the bonds of a lattice in one direction follow each other.
        uses.sort_by(|&(a, slot_a), &(b, slot_b)| {
            let (x, y) = (leaves(a), leaves(b));
            let displaced = |x: &[u32], k: usize| x[k].wrapping_sub(x[0]);
            let by_displacement = (1..l).map(|k| displaced(x, k).cmp(&displaced(y, k))).find(|o| o.is_ne());
            by_displacement.unwrap_or(Ordering::Equal).then_with(|| x.first().cmp(&y.first())).then(slot_a.cmp(&slot_b))
        });
        let column = |k: usize| {
            let first = constant(uses[0].0, k);
            match uses.iter().all(|one| constant(one.0, k).to_bits() == first.to_bits()) {
                true => Column::Same(first),
                false => Column::Each(uses.iter().map(|one| constant(one.0, k)).collect()),
            }
        };
        let constants = (0..c).map(column).collect();
        let columns = (0..l).map(|k| uses.iter().map(|one| leaves(one.0)[k]).collect()).collect();
        let slots = uses.iter().map(|one| one.1).collect();
        let program = Arc::clone(&kind.program);
        let mut batch = Batch { program, count: uses.len(), leaves: columns, constants, slots, chunks: Vec::new() };
        batch.cut();
        batch
    }

    fn is_narrow(&self) -> bool {
        self.count <= NARROW
    }

    fn cut(&mut self) {
        let width = if self.is_narrow() { NARROW } else { WIDE };
        let follows = |column: &[u32], i: usize| column[i].wrapping_sub(column[i - 1]) == 1;
        let run = |from: usize| {
            let most = width.min(self.count - from);
            (1..most).find(|k| !self.leaves.iter().all(|c| follows(c, from + k))).unwrap_or(most)
        };
        let mut chunks = Vec::new();
        let mut first = 0;
        while first < self.count {
            let mut active = run(first);
            if active < RUN {
                let most = width.min(self.count - first);
                active = (active..most).find(|k| run(first + k) >= RUN).unwrap_or(most);
            }
            let within = |column: &[u32]| (1..active).all(|k| follows(column, first + k));
            let mut consecutive = u64::from(within(&self.slots)) << SLOTS;
            for (l, column) in self.leaves.iter().enumerate().take(SLOTS as usize) {
                consecutive |= u64::from(within(column)) << l;
            }
            chunks.push(Chunk { first, active, consecutive });
            first += active;
        }
        self.chunks = chunks;
    }

    /// Adds each use's value to its slot of `sums`. The state holds [`WIDE`] numbers beyond the last component.
    pub fn add_values(&self, simd: Simd, state: &[f64], sums: &mut [f64], scratch: &mut Scratch) {
        if self.is_narrow() {
            values(simd, self, state, sums, &mut scratch.narrow);
        } else {
            values(simd, self, state, sums, &mut scratch.wide);
        }
    }

    /// Adds the sum of all values to `total` and its derivatives by the components to `gradient`.
    pub fn add_gradient(&self, simd: Simd, state: &[f64], total: &mut f64, gradient: &mut [f64], scratch: &mut Scratch) {
        if self.is_narrow() {
            gradients(simd, self, state, total, gradient, &mut scratch.narrow);
        } else {
            gradients(simd, self, state, total, gradient, &mut scratch.wide);
        }
    }

    /// Adds the sum of all values to `total`.
    pub fn add_total(&self, simd: Simd, state: &[f64], total: &mut f64, scratch: &mut Scratch) {
        if self.is_narrow() {
            totals(simd, self, state, total, &mut scratch.narrow);
        } else {
            totals(simd, self, state, total, &mut scratch.wide);
        }
    }

    /// Sets the registers that are the same in every chunk.
    #[inline(always)]
    fn prepare<const W: usize>(&self, registers: &mut [[f64; W]]) {
        for (register, instruction) in registers.iter_mut().zip(&self.program.instructions) {
            if let Instruction::Constant(c) = instruction
                && let Column::Same(x) = self.constants[*c as usize]
            {
                *register = [x; W];
            }
        }
    }

    /// The other registers of a chunk.
    #[inline(always)]
    fn forward<const W: usize>(&self, chunk: &Chunk, state: &[f64], registers: &mut [[f64; W]]) {
        let active = chunk.active;
        for (i, instruction) in self.program.instructions.iter().enumerate() {
            let (done, rest) = registers.split_at_mut(i);
            let y = &mut rest[0];
            match *instruction {
                Instruction::Leaf(l) => {
                    let column = &self.leaves[l as usize][chunk.first..chunk.first + active];
                    if l < SLOTS && chunk.consecutive >> l & 1 == 1 {
                        let from = column[0] as usize;
                        y.copy_from_slice(&state[from..from + W]);
                    } else {
                        for (y, &component) in y.iter_mut().zip(column) {
                            *y = state[component as usize];
                        }
                    }
                }
                Instruction::Constant(c) => {
                    if let Column::Each(column) = &self.constants[c as usize] {
                        y[..active].copy_from_slice(&column[chunk.first..chunk.first + active]);
                    }
                }
                Instruction::Unary(f, a) => unary(f, &done[a as usize], y, active),
                Instruction::Power(a, n) => {
                    let a = &done[a as usize];
                    match n {
                        2 => (0..W).for_each(|k| y[k] = a[k] * a[k]),
                        4 => (0..W).for_each(|k| y[k] = (a[k] * a[k]) * (a[k] * a[k])),
                        _ => (0..W).for_each(|k| y[k] = power(a[k], n)),
                    }
                }
                Instruction::Binary(f, a, b) => binary(f, &done[a as usize], &done[b as usize], y, active),
                Instruction::Choose(c, a, b) => {
                    let (c, a, b) = (&done[c as usize], &done[a as usize], &done[b as usize]);
                    (0..W).for_each(|k| y[k] = if c[k] != 0.0 { a[k] } else { b[k] });
                }
                Instruction::Fold(fold, a, b) => {
                    let (a, b) = (&done[a as usize], &done[b as usize]);
                    match fold {
                        Fold::Sum => (0..W).for_each(|k| y[k] = a[k] + b[k]),
                        Fold::Product => (0..W).for_each(|k| y[k] = a[k] * b[k]),
                        Fold::Min => (0..W).for_each(|k| y[k] = Fold::Min.apply(a[k], b[k])),
                        Fold::Max => (0..W).for_each(|k| y[k] = Fold::Max.apply(a[k], b[k])),
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn unary<const W: usize>(f: Function, a: &[f64; W], y: &mut [f64; W], active: usize) {
    match f {
        Function::Neg => (0..W).for_each(|k| y[k] = -a[k]),
        Function::Abs => (0..W).for_each(|k| y[k] = a[k].abs()),
        // The square root is rounded correctly everywhere.
        Function::Sqrt => (0..W).for_each(|k| y[k] = a[k].sqrt()),
        Function::Exp => exp(a, y, active),
        Function::Sin => sin(a, y, active),
        Function::Cos => cos(a, y, active),
        _ => (0..active).for_each(|k| y[k] = f.apply(a[k])),
    }
}

#[inline(always)]
fn binary<const W: usize>(f: Operation, a: &[f64; W], b: &[f64; W], y: &mut [f64; W], active: usize) {
    match f {
        Operation::Add => (0..W).for_each(|k| y[k] = a[k] + b[k]),
        Operation::Sub => (0..W).for_each(|k| y[k] = a[k] - b[k]),
        Operation::Mul => (0..W).for_each(|k| y[k] = a[k] * b[k]),
        Operation::Div => (0..W).for_each(|k| y[k] = a[k] / b[k]),
        _ => (0..active).for_each(|k| y[k] = f.apply(a[k], b[k])),
    }
}

#[inline(always)]
fn values_in<const W: usize>(batch: &Batch, state: &[f64], sums: &mut [f64], registers: &mut [[f64; W]]) {
    let last = batch.program.instructions.len() - 1;
    batch.prepare(registers);
    for chunk in &batch.chunks {
        batch.forward(chunk, state, registers);
        let slots = &batch.slots[chunk.first..chunk.first + chunk.active];
        if chunk.consecutive >> SLOTS & 1 == 1 {
            let from = slots[0] as usize;
            for (sum, value) in sums[from..from + chunk.active].iter_mut().zip(&registers[last]) {
                *sum += value;
            }
        } else {
            for (&slot, value) in slots.iter().zip(&registers[last]) {
                sums[slot as usize] += value;
            }
        }
    }
}
dispatch!(values => values_in [const W: usize] <W> (batch: &Batch, state: &[f64], sums: &mut [f64], registers: &mut [[f64; W]]));

#[inline(always)]
fn totals_in<const W: usize>(batch: &Batch, state: &[f64], total: &mut f64, registers: &mut [[f64; W]]) {
    let last = batch.program.instructions.len() - 1;
    let mut sums = [0.0; W];
    batch.prepare(registers);
    for chunk in &batch.chunks {
        batch.forward(chunk, state, registers);
        for (sum, value) in sums.iter_mut().zip(&registers[last]).take(chunk.active) {
            *sum += value;
        }
    }
    *total += sums.iter().sum::<f64>();
}
dispatch!(totals => totals_in [const W: usize] <W> (batch: &Batch, state: &[f64], total: &mut f64, registers: &mut [[f64; W]]));

#[inline(always)]
fn gradients_in<const W: usize>(batch: &Batch, state: &[f64], total: &mut f64, gradient: &mut [f64], registers: &mut [[f64; W]]) {
    let count = batch.program.instructions.len();
    let mut sums = [0.0; W];
    batch.prepare(registers);
    for chunk in &batch.chunks {
        batch.forward(chunk, state, registers);
        let (values, adjoints) = registers.split_at_mut(count);
        for (sum, value) in sums.iter_mut().zip(&values[count - 1]).take(chunk.active) {
            *sum += value;
        }
        adjoints[count - 1] = [1.0; W];
        reverse(&batch.program, values, adjoints, chunk.active);
        for (i, instruction) in batch.program.instructions.iter().enumerate() {
            let Instruction::Leaf(l) = *instruction else { continue };
            let column = &batch.leaves[l as usize][chunk.first..chunk.first + chunk.active];
            if l < SLOTS && chunk.consecutive >> l & 1 == 1 {
                let from = column[0] as usize;
                for (g, d) in gradient[from..from + chunk.active].iter_mut().zip(&adjoints[i]) {
                    *g += d;
                }
            } else {
                for (&component, d) in column.iter().zip(&adjoints[i]) {
                    gradient[component as usize] += d;
                }
            }
        }
    }
    *total += sums.iter().sum::<f64>();
}
dispatch!(gradients => gradients_in [const W: usize] <W>
    (batch: &Batch, state: &[f64], total: &mut f64, gradient: &mut [f64], registers: &mut [[f64; W]]));
