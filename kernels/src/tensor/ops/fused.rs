//! Elementwise operations, one alone or a run of them, block by block in the first cache.
//!
//! A run is a list of instructions in static single assignment. Values live in registers, blocks of [`BLOCK`] numbers that are used
//! again as soon as nobody reads what they hold; inputs are read where they lie.

use std::ops::Range;

use super::super::graph::{Binary, Op, Unary};
use super::super::real::Real;
use super::elementary::{binary, number, select, takes_number, unary};
use super::simd::dispatch;
use super::{Arg, Scratch, Simd, room};
use crate::cache::fetch;

/// Numbers in a register.
pub const BLOCK: usize = 512;

/// Instruction k makes value k; operands are earlier values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instruction {
    Constant(f64),
    /// An input, by number.
    Load(usize),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    /// (condition, a, b)
    Select(usize, usize, usize),
    /// A value, to an output by number.
    Store(usize, usize),
}

/// How an input is read: element i of an example is value (i / inner) % mid of the input, or of the example's own part of `mid` values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    pub batched: bool,
    pub mid: usize,
    pub inner: usize,
}

/// Where an instruction finds or leaves a block.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Register(usize),
    /// The same number in all of a register, filled once.
    Fixed(usize),
    /// An input's own memory, element by element.
    Input(usize),
    /// An input that serves every example, by its number among these.
    Cycle(usize),
    /// An output's own memory, once written.
    Out(usize),
    /// An input that is the same number all along a block.
    Even(usize),
}

#[derive(Clone, Copy, Debug)]
enum Work {
    Unary(Unary, Place),
    Binary(Binary, Place, Place),
    /// With an input that is the same number all along a block, by number; first or second.
    Number(Binary, Place, usize, bool),
    Select(Place, Place, Place),
    /// An input whose elements do not lie side by side.
    Load(usize),
    Copy(Place),
}

/// A run of elementwise operations.
#[derive(Clone, Debug)]
pub struct Fused {
    work: Vec<(Work, Place)>,
    views: Vec<View>,
    /// Registers that hold one number: a constant, or an input of one number.
    fixed: Vec<Fill>,
    /// Inputs whose elements come round again: input and period.
    cycles: Vec<(usize, usize)>,
    /// Inputs that are read where they lie, element by element.
    streams: Vec<usize>,
    registers: usize,
    size: usize,
    /// Numbers that are taken together, at most [`BLOCK`].
    block: usize,
}

#[derive(Clone, Copy, Debug)]
enum Fill {
    Number(f64),
    Input(usize),
}

impl Fused {
    /// `views[i]` is that of input i; `size` the number of elements of an example.
    pub fn new(instructions: &[Instruction], views: &[View], size: usize) -> Fused {
        // Where each value is read for the last time.
        let mut last = vec![0; instructions.len()];
        for (k, instruction) in instructions.iter().enumerate() {
            for value in operands(instruction) {
                last[value] = k;
            }
        }
        let (even, block) = even(instructions, views, size);
        let views = views.to_vec();
        let mut fused = Fused { work: vec![], views, fixed: vec![], cycles: vec![], streams: vec![], registers: 0, size, block };
        let mut places = vec![Place::Register(0); instructions.len()];
        let mut free: Vec<usize> = vec![];
        for (k, instruction) in instructions.iter().enumerate() {
            let at = |value: usize| places[value];
            let work = match *instruction {
                Instruction::Constant(x) => {
                    places[k] = fused.fill(Fill::Number(x));
                    continue;
                }
                Instruction::Load(i) if even[k] => {
                    places[k] = Place::Even(i);
                    continue;
                }
                Instruction::Load(i) => match fused.views[i] {
                    View { batched: false, mid: 1, .. } => {
                        places[k] = fused.fill(Fill::Input(i));
                        continue;
                    }
                    View { batched: true, mid, inner: 1 } if mid == size => {
                        places[k] = Place::Input(i);
                        fused.streams.push(i);
                        continue;
                    }
                    View { batched: false, mid, inner: 1 } if mid > 0 => {
                        fused.cycles.push((i, mid));
                        places[k] = Place::Cycle(fused.cycles.len() - 1);
                        continue;
                    }
                    _ => Work::Load(i),
                },
                Instruction::Unary(f, x) => Work::Unary(f, at(x)),
                Instruction::Binary(f, a, b) => match (at(a), at(b)) {
                    (a, Place::Even(i)) => Work::Number(f, a, i, false),
                    (Place::Even(i), b) => Work::Number(f, b, i, true),
                    (a, b) => Work::Binary(f, a, b),
                },
                Instruction::Select(c, a, b) => Work::Select(at(c), at(a), at(b)),
                Instruction::Store(value, out) => {
                    fused.work.push((Work::Copy(at(value)), Place::Out(out)));
                    fused.release(instruction, k, &last, &places, &mut free);
                    continue;
                }
            };
            // Straight to an output where the next instruction stores it.
            let to = match instructions.get(k + 1) {
                Some(Instruction::Store(value, out)) if *value == k => Place::Out(*out),
                _ => Place::Register(free.pop().unwrap_or_else(|| {
                    fused.registers += 1;
                    fused.registers - 1
                })),
            };
            places[k] = to;
            fused.work.push((work, to));
            fused.release(instruction, k, &last, &places, &mut free);
        }
        fused.work.retain(|(work, to)| !matches!(work, Work::Copy(from) if from == to));
        fused
    }

    fn fill(&mut self, fill: Fill) -> Place {
        self.fixed.push(fill);
        Place::Fixed(self.fixed.len() - 1)
    }

    /// The registers that nobody reads after instruction k; its own result only from the next one on.
    fn release(&self, instruction: &Instruction, k: usize, last: &[usize], places: &[Place], free: &mut Vec<usize>) {
        for value in operands(instruction) {
            if let Place::Register(r) = places[value]
                && last[value] == k
                && !free.contains(&r)
            {
                free.push(r);
            }
        }
    }

    /// The elements `range` of each of `n` examples (all of them unless n is 1), to outputs that hold just these.
    pub fn run<T: Real>(&self, inputs: &[&[T]], n: usize, range: Range<usize>, outs: &mut [&mut [T]], scratch: &mut Scratch<T>) {
        let simd = Simd::detect();
        let total = if n == 1 { range.len() } else { n * self.size };
        let last = range.start + total;
        let held: usize = self.cycles.iter().map(|c| held(c.1, last)).sum();
        let memory = room(&mut scratch.first, (self.registers + self.fixed.len()) * BLOCK + held);
        let (registers, rest) = memory.split_at_mut(self.registers * BLOCK);
        let (fixed, turning) = rest.split_at_mut(self.fixed.len() * BLOCK);
        for (fill, register) in self.fixed.iter().zip(fixed.chunks_exact_mut(BLOCK)) {
            register[..total.min(BLOCK)].fill(match fill {
                Fill::Number(x) => T::from_f64(*x),
                Fill::Input(i) => inputs[*i].first().copied().unwrap_or_default(),
            });
        }
        self.turn(inputs, None, last, turning);
        let (mut start, mut len) = (0, 0);
        while start + len < total {
            start += len;
            // Counted from the first example's first element.
            let at = range.start + start;
            len = (self.block - at % self.block).min(total - start);
            self.turn(inputs, Some((at, len)), last, turning);
            let place = (at / self.size, at % self.size);
            let block = Block { fused: self, inputs, fixed, turning, start, at, place, len, last };
            for (k, (work, to)) in self.work.iter().enumerate() {
                self.ahead(k, inputs, at + len..last.min(at + 2 * len));
                // What is written is taken out for the while: no instruction reads what it writes.
                let mut own: &mut [T] = &mut [];
                let (before, after, result) = match *to {
                    Place::Register(r) => {
                        let (before, rest) = registers.split_at_mut(r * BLOCK);
                        let (result, after) = rest.split_at_mut(BLOCK);
                        (&*before, &*after, &mut result[..len])
                    }
                    Place::Out(o) => {
                        own = std::mem::take(&mut outs[o]);
                        (&*registers, &[][..], &mut own[start..start + len])
                    }
                    _ => continue,
                };
                block.step(simd, work, before, after, outs, result);
                if let Place::Out(o) = *to {
                    outs[o] = own;
                }
            }
        }
    }

    /// With instruction k of a block, its share of what the next block reads.
    #[inline(always)]
    fn ahead<T>(&self, k: usize, inputs: &[&[T]], next: Range<usize>) {
        let (share, all) = (next.len().div_ceil(self.work.len()), next);
        let from = all.end.min(all.start + k * share);
        for i in &self.streams {
            fetch(&inputs[*i][from..all.end.min(from + share)]);
        }
    }

    /// Before the first block: short cycles, long enough that a block may begin anywhere. Before a block: the parts of long cycles that
    /// lie across their ends.
    fn turn<T: Real>(&self, inputs: &[&[T]], block: Option<(usize, usize)>, last: usize, turning: &mut [T]) {
        let mut rest = turning;
        for &(i, period) in &self.cycles {
            let (own, others) = rest.split_at_mut(held(period, last));
            rest = others;
            let values = &inputs[i][..period];
            match block {
                _ if own.is_empty() => {}
                None if period <= SHORT => {
                    for part in own.chunks_mut(period) {
                        part.copy_from_slice(&values[..part.len()]);
                    }
                }
                Some((at, len)) if period > SHORT && at % period + len > period => {
                    let first = period - at % period;
                    own[..first].copy_from_slice(&values[at % period..]);
                    own[first..len].copy_from_slice(&values[..len - first]);
                }
                _ => {}
            }
        }
    }
}

/// Cycles up to this length are laid out again and again before the first block.
const SHORT: usize = 4 * BLOCK;

/// The memory that a cycle needs beside its own, if its end is passed at all.
fn held(period: usize, last: usize) -> usize {
    match period {
        _ if last <= period => 0,
        _ if period <= SHORT => period + BLOCK,
        _ => BLOCK,
    }
}

/// Where a block's operands are.
struct Block<'a, T> {
    fused: &'a Fused,
    inputs: &'a [&'a [T]],
    fixed: &'a [T],
    turning: &'a [T],
    start: usize,
    at: usize,
    /// The example and the element in it.
    place: (usize, usize),
    len: usize,
    last: usize,
}

impl<T: Real> Block<'_, T> {
    // Its arguments would go through memory.
    #[inline(always)]
    fn step(&self, simd: Simd, work: &Work, before: &[T], after: &[T], outs: &[&mut [T]], result: &mut [T]) {
        let source = |place: Place| -> &[T] {
            let (part, first) = match place {
                Place::Register(r) if r * BLOCK < before.len() => (before, r * BLOCK),
                Place::Register(r) => (after, r * BLOCK - before.len() - BLOCK),
                Place::Fixed(f) => (self.fixed, f * BLOCK),
                Place::Input(i) => (self.inputs[i], self.at),
                Place::Cycle(c) => self.cycle(c),
                Place::Out(o) => (&*outs[o], self.start),
                // Only ever a number beside another operand.
                Place::Even(_) => (&[][..], 0),
            };
            &part[first..first + self.len]
        };
        match *work {
            Work::Unary(f, x) => unary(simd, f, source(x), result),
            Work::Binary(f, a, b) => binary(simd, f, source(a), source(b), result),
            Work::Number(f, x, i, first) => number(simd, f, source(x), self.even(i), first, result),
            Work::Select(c, a, b) => select(simd, source(c), source(a), source(b), result),
            Work::Load(i) => load(simd, &self.fused.views[i], self.fused.size, self.at, self.inputs[i], result),
            Work::Copy(from) => result.copy_from_slice(source(from)),
        }
    }

    /// The number that an input is all along the block.
    fn even(&self, i: usize) -> T {
        let view = &self.fused.views[i];
        let (example, element) = self.place;
        // Most often the first turn, and a division less.
        let k = element / view.inner;
        self.inputs[i][if view.batched { example * view.mid } else { 0 } + if k < view.mid { k } else { k % view.mid }]
    }

    fn cycle(&self, c: usize) -> (&[T], usize) {
        let (i, period) = self.fused.cycles[c];
        let at = self.at % period;
        let own: usize = self.fused.cycles[..c].iter().map(|c| held(c.1, self.last)).sum();
        match held(period, self.last) {
            0 => (self.inputs[i], at),
            _ if period <= SHORT => (self.turning, own + at),
            _ if at + self.len > period => (self.turning, own),
            _ => (self.inputs[i], at),
        }
    }
}

fn operands(instruction: &Instruction) -> impl Iterator<Item = usize> + use<> {
    let list = match *instruction {
        Instruction::Constant(_) | Instruction::Load(_) => [None; 3],
        Instruction::Unary(_, x) | Instruction::Store(x, _) => [Some(x), None, None],
        Instruction::Binary(_, a, b) => [Some(a), Some(b), None],
        Instruction::Select(c, a, b) => [Some(c), Some(a), Some(b)],
    };
    list.into_iter().flatten()
}

/// Which loads give inputs that are the same number all along a block, and only ever meet another operand in a function that has a form
/// for it; and the length of blocks that makes it so.
fn even(instructions: &[Instruction], views: &[View], size: usize) -> (Vec<bool>, usize) {
    const SHORTEST: usize = 256;
    let wide = |v: &View| (v.mid > 1 || v.batched) && v.inner.is_multiple_of(SHORTEST) && size.is_multiple_of(v.inner);
    let mut even: Vec<bool> = instructions.iter().map(|i| matches!(i, Instruction::Load(i) if wide(&views[*i]))).collect();
    for instruction in instructions {
        match *instruction {
            Instruction::Binary(f, a, b) if takes_number(f) => {
                // One of them is to be an array.
                let both = even[a] && even[b];
                even[b] &= !both;
            }
            _ => operands(instruction).for_each(|x| even[x] = false),
        }
    }
    let all = || instructions.iter().zip(&even).filter(|(_, even)| **even);
    let long = all().all(|(i, _)| matches!(i, Instruction::Load(i) if views[*i].inner.is_multiple_of(BLOCK)));
    (even, if long { BLOCK } else { SHORTEST })
}

/// Elements from `at` on, counted through all examples.
#[inline(always)]
fn load_in<T: Real>(view: &View, size: usize, at: usize, values: &[T], to: &mut [T]) {
    let period = view.mid * view.inner;
    let mut done = 0;
    while done < to.len() {
        let (example, i) = ((at + done) / size, (at + done) % size);
        let first = if view.batched { example * view.mid } else { 0 };
        // Up to the end of the example or of the period, whichever is first.
        let j = i % period;
        let len = (to.len() - done).min(size - i).min(period - j);
        let part = &mut to[done..done + len];
        if view.inner == 1 {
            part.copy_from_slice(&values[first + j..first + j + len]);
        } else {
            let (mut k, mut filled, mut left) = (j / view.inner, 0, view.inner - j % view.inner);
            while filled < len {
                let end = len.min(filled + left);
                part[filled..end].fill(values[first + k]);
                (k, filled, left) = (k + 1, end, view.inner);
            }
        }
        done += len;
    }
}

dispatch!(load => load_in [T: Real] <T> (view: &View, size: usize, at: usize, values: &[T], to: &mut [T]));

/// One elementwise operation.
pub(super) fn single<T: Real>(op: &Op, args: &[Arg<T>], shape: &[usize], n: usize, out: &mut [T], scratch: &mut Scratch<T>) {
    let simd = Simd::detect();
    let whole = |x: &Arg<T>| x.values.len() == out.len();
    match (op, args) {
        (Op::Unary(f), [x]) => unary(simd, *f, x.values, out),
        (Op::Binary(f), [a, b]) if whole(a) && whole(b) => binary(simd, *f, a.values, b.values, out),
        (Op::Select, [c, a, b]) if whole(c) && whole(a) && whole(b) => select(simd, c.values, a.values, b.values, out),
        _ => {
            let size = shape.iter().product();
            let views: Vec<View> = args.iter().map(|x| View { batched: x.batched, mid: x.size(), inner: 1 }).collect();
            let mut list: Vec<Instruction> = (0..args.len()).map(Instruction::Load).collect();
            list.push(match op {
                Op::Binary(f) => Instruction::Binary(*f, 0, 1),
                _ => Instruction::Select(0, 1, 2),
            });
            list.push(Instruction::Store(args.len(), 0));
            let inputs: Vec<&[T]> = args.iter().map(|x| x.values).collect();
            Fused::new(&list, &views, size).run(&inputs, n, 0..size, &mut [out], scratch);
        }
    }
}
