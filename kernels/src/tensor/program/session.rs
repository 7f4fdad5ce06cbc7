//! A program with its buffers and inputs.

use super::super::ops::{Prepared, Scratch};
use super::super::real::Real;
use super::analysis::Change;
use super::chunks::{Cut, cut};
use super::layout::Place;
use super::mask::Seed;
use super::memory::Memory;
use super::{Program, run};
use std::sync::{Arc, Mutex};

/// Which examples a run is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// The first n, in their order.
    All(usize),
    /// These, by number: a minibatch.
    Some(Vec<u32>),
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Rows::All(n) => *n,
            Rows::Some(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What one thread works in.
#[derive(Debug, Default)]
pub struct Worker<T> {
    pub arena: Vec<T>,
    pub scratch: Scratch<T>,
}

/// The idle ones.
pub type Workers<T> = Mutex<Vec<Worker<T>>>;

/// A program with its buffers and inputs.
#[derive(Debug)]
pub struct Session<T: Real> {
    program: Arc<Program>,
    rows: Rows,
    cut: Cut,
    data: Vec<Option<Arc<Vec<T>>>>,
    fixed: Vec<T>,
    kept: Vec<T>,
    block: Vec<T>,
    partials: Vec<T>,
    prepared: Vec<Option<Prepared<T>>>,
    workers: Workers<T>,
    seed: Seed,
    change: Change,
}

impl<T: Real> Session<T> {
    /// No data, no examples, all inputs 0.
    pub fn new(program: Arc<Program>) -> Session<T> {
        let mut fixed = vec![T::default(); program.fixed];
        for (at, size, values) in &program.constants {
            let x = fixed[*at..at + size].iter_mut();
            if let [one] = values[..] {
                x.for_each(|x| *x = T::from_f64(one))
            } else {
                x.zip(&**values).for_each(|(x, v)| *x = T::from_f64(*v))
            }
        }
        let mut prepared = vec![];
        prepared.resize_with(program.prepared.len(), || None);
        Session {
            rows: Rows::All(0),
            cut: cut(&program, 0),
            data: vec![None; program.data.len()],
            fixed,
            kept: vec![],
            block: vec![],
            partials: vec![],
            prepared,
            workers: Mutex::default(),
            seed: Seed::default(),
            change: Change::ALL,
            program,
        }
    }

    /// The program that this runs.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// All examples of a data slot: [n, size of the slot]. Nothing happens if the program does not use the slot.
    pub fn bind(&mut self, slot: u32, values: Arc<Vec<T>>) {
        if let Some(k) = self.program.data.iter().position(|(s, _)| *s == slot) {
            self.data[k] = Some(values);
            self.change.examples = true;
        }
    }

    /// Which examples the next runs are over.
    pub fn examples(&mut self, rows: Rows) {
        if rows == self.rows {
            return;
        }
        self.rows = rows;
        self.change.examples = true;
        let n = self.rows.len();
        if n != self.cut.examples {
            self.cut = cut(&self.program, n);
            let p = &self.program;
            grow(&mut self.kept, p.kept[p.kept.len() - 1] * n);
            grow(&mut self.block, p.block * self.cut.longest_block());
            grow(&mut self.partials, if self.cut.chunks > 1 { p.partials * self.cut.chunks } else { 0 });
        }
    }

    /// The values of an input. Nothing happens if the program does not use the slot, or if they are the same bits as before.
    ///
    /// Panics where their number is not that of the input.
    pub fn set(&mut self, slot: u32, values: &[T]) {
        let Some(Some((at, size, level))) = self.program.inputs.get(slot as usize).copied() else { return };
        assert_eq!(values.len(), size, "input slot {slot}");
        let own = &mut self.fixed[at..at + size];
        let bits = |x: T| x.to_f64().to_bits();
        if own.iter().zip(values).any(|(a, b)| bits(*a) != bits(*b)) {
            own.copy_from_slice(values);
            self.change.level = self.change.level.min(level);
        }
    }

    /// The same from double precision, without an array between.
    pub fn set_rounded(&mut self, slot: u32, values: &[f64]) {
        let Some(Some((at, size, level))) = self.program.inputs.get(slot as usize).copied() else { return };
        assert_eq!(values.len(), size, "input slot {slot}");
        let mut changed = false;
        for (own, x) in self.fixed[at..at + size].iter_mut().zip(values) {
            let x = T::from_f64(*x);
            changed |= own.to_f64().to_bits() != x.to_f64().to_bits();
            *own = x;
        }
        if changed {
            self.change.level = self.change.level.min(level);
        }
    }

    /// The key of the run and the number of the step, for masks.
    pub fn seed(&mut self, key: u64, step: u64) {
        let seed = Seed { key, step };
        self.change.seed |= seed != self.seed;
        self.seed = seed;
    }

    /// Evaluates what is out of date, on the current pool of threads.
    ///
    /// Panics where a data slot is not bound, or has too few examples.
    pub fn run(&mut self) {
        let change = std::mem::replace(&mut self.change, Change::NONE);
        if change.level == Change::NONE.level && !change.examples && !change.seed {
            return;
        }
        let rows = if let Rows::Some(rows) = &self.rows { Some(&rows[..]) } else { None };
        let needed = rows.map_or(self.rows.len(), |r| r.iter().max().map_or(0, |m| *m as usize + 1));
        for ((slot, size), values) in self.program.data.iter().zip(&self.data) {
            let have = values.as_deref().map_or(0, Vec::len);
            assert!(have >= needed * size, "data slot {slot} has {have} values; {needed} examples of {size} are asked for");
        }
        let memory = Memory {
            fixed: self.fixed.as_mut_ptr(),
            kept: self.kept.as_mut_ptr(),
            at: &self.program.kept,
            examples: self.rows.len(),
            block: self.block.as_mut_ptr(),
            longest_block: self.cut.longest_block(),
            partials: self.partials.as_mut_ptr(),
            data: &self.data,
            rows,
        };
        run::run(&self.program, &memory, self.cut, &mut self.prepared, &self.workers, self.seed, change);
    }

    /// An output of the last run: without batch, or [examples, size].
    pub fn output(&self, k: usize) -> &[T] {
        let o = self.program.outputs[k];
        let n = self.rows.len();
        match (o.place, o.data) {
            (_, Some(slot)) if matches!(self.rows, Rows::All(_)) => self.data[slot].as_deref().map_or(&[], |v| &v[..n * o.size]),
            (Place::Kept(k), _) => &self.kept[self.program.kept[k] * n..][..n * o.size],
            (Place::Fixed(at), _) => &self.fixed[at..at + o.size],
            _ => &[],
        }
    }
}

/// At least this long. Memory that has never been touched costs nothing.
fn grow<T: Real>(buffer: &mut Vec<T>, len: usize) {
    if buffer.len() < len {
        *buffer = vec![];
        *buffer = vec![T::default(); len];
    }
}
