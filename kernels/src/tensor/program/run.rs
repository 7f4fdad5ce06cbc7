//! One run: phases, and in each the loop over chunks, the products over blocks and the sums of lanes.

use super::super::ops::{Arg, Prepared, evaluate, outer_rows};
use super::super::real::Real;
use super::Program;
use super::analysis::Change;
use super::chunks::Cut;
use super::layout::Place;
use super::mask::{Seed, mask};
use super::memory::{Frame, Memory};
use super::once;
use super::session::{Worker, Workers};
use super::steps::{Operand, Phase, Product, Step, Total, Work};
use rayon::prelude::*;
use std::ops::Range;

/// What all parts of a run share.
pub struct Run<'a, T: Real> {
    pub program: &'a Program,
    pub memory: &'a Memory<'a, T>,
    pub cut: Cut,
    pub workers: &'a Workers<T>,
    pub seed: Seed,
    pub change: Change,
}

/// The precisions, each compiled once and here: who uses a session compiles none of its loops again, and however that is compiled,
/// the loops are not.
pub trait Compiled: Sized {
    /// Does all of a run.
    fn run(run: &Run<Self>, prepared: &mut [Option<Prepared<Self>>])
    where
        Self: Real;
}

impl Compiled for f32 {
    fn run(run: &Run<f32>, prepared: &mut [Option<Prepared<f32>>]) {
        phases(run, prepared);
    }
}

impl Compiled for f64 {
    fn run(run: &Run<f64>, prepared: &mut [Option<Prepared<f64>>]) {
        phases(run, prepared);
    }
}

fn phases<T: Real>(run: &Run<T>, prepared: &mut [Option<Prepared<T>>]) {
    for phase in &run.program.phases {
        let touched = || phase.once.iter().filter(|s| run.change.touches(s.class));
        if touched().next().is_some() {
            with_worker(run.workers, |worker| {
                let frame = run.frame(worker, 0..0, 0);
                for step in touched() {
                    once::step(run, &frame, step, worker);
                }
            });
        }
        run.prepare(phase, prepared);
        run.examples(phase, prepared);
        run.totals(phase);
    }
}

/// Calls a function for 0..n, on the threads of the current pool.
pub fn parallel(n: usize, f: impl Fn(usize) + Sync + Send) {
    if n <= 1 || rayon::current_num_threads() == 1 {
        (0..n).for_each(f);
    } else {
        (0..n).into_par_iter().with_max_len(1).for_each(f);
    }
}

/// Lends a worker; there are as many as have been needed at a time.
pub fn with_worker<T: Real>(workers: &Workers<T>, f: impl FnOnce(&mut Worker<T>)) {
    let idle = || workers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let taken = idle().pop();
    let mut worker = taken.unwrap_or_default();
    f(&mut worker);
    idle().push(worker);
}

impl<'a, T: Real> Run<'a, T> {
    /// The view of a chunk that begins at `in_block` of its block, with the arena of a worker.
    pub fn frame(&self, worker: &mut Worker<T>, chunk: Range<usize>, in_block: usize) -> Frame<'a, T> {
        let (memory, longest_chunk) = (self.memory, self.cut.longest_chunk());
        let arena = if chunk.is_empty() { 0 } else { self.program.arena * longest_chunk };
        if worker.arena.len() < arena {
            worker.arena = vec![];
            worker.arena = vec![T::default(); arena];
        }
        Frame { memory, arena: worker.arena.as_mut_ptr(), longest_chunk, first: chunk.start, in_block, count: chunk.len() }
    }

    fn prepare(&self, phase: &Phase, prepared: &mut [Option<Prepared<T>>]) {
        for &k in &phase.prepare {
            let weights = &self.program.prepared[k];
            if prepared[k].is_none() || self.change.touches(weights.class) {
                with_worker(self.workers, |worker| {
                    // SAFETY: no step runs.
                    let values = unsafe { self.frame(worker, 0..0, 0).read(&weights.operand) };
                    match &mut prepared[k] {
                        Some(p) => p.renew(values),
                        none => *none = Prepared::new(&weights.op, values, &weights.operand.shape),
                    }
                });
            }
        }
    }

    /// What a phase does for each example: lane by lane, with a barrier after each block if there are products of whole blocks.
    fn examples(&self, phase: &Phase, prepared: &[Option<Prepared<T>>]) {
        let each = phase.each.iter().any(|s| self.change.touches(s.class));
        let late = phase.late.iter().any(|s| self.change.touches(s.class));
        if !each && !late {
            return;
        }
        if self.memory.examples == 0 {
            self.nothing(phase);
            return;
        }
        let lane = |lane: usize, blocks: Range<usize>| {
            with_worker(self.workers, |worker| {
                for b in blocks {
                    let block = self.cut.block(b);
                    let chunk = self.cut.chunk(&block, lane);
                    let frame = self.frame(worker, chunk.clone(), chunk.start - block.start);
                    for step in phase.each.iter().filter(|s| self.change.touches(s.class)) {
                        self.step(&frame, step, worker, prepared, lane, b > 0);
                    }
                }
            });
        };
        let (chunks, blocks) = (self.cut.chunks, self.cut.blocks);
        if !late {
            parallel(chunks, |l| lane(l, 0..blocks));
            return;
        }
        for b in 0..blocks {
            if each {
                parallel(chunks, |l| lane(l, b..b + 1));
            }
            self.late(phase, b);
        }
    }

    fn step(
        &self,
        frame: &Frame<T>,
        step: &Step,
        worker: &mut Worker<T>,
        prepared: &[Option<Prepared<T>>],
        lane: usize,
        later: bool,
    ) {
        let n = frame.count;
        let out = &step.outs[0];
        // SAFETY, here and below: the layout keeps what a step writes apart from what it reads and from all that other threads use.
        let mine = || unsafe { frame.write(out) };
        match &step.work {
            Work::Rows(slot) => {
                let Some(rows) = frame.memory.rows else { return };
                let all = frame.memory.data[*slot].as_deref().map_or(&[][..], |v| v);
                let size = out.size.max(1);
                for (to, row) in mine().chunks_exact_mut(size).zip(&rows[frame.first..]) {
                    to.copy_from_slice(&all[*row as usize * size..][..size]);
                }
            }
            Work::Mask { keep, stream } => {
                for (k, to) in mine().chunks_exact_mut(out.size.max(1)).enumerate() {
                    let example = frame.memory.rows.map_or((frame.first + k) as u32, |rows| rows[frame.first + k]);
                    mask(self.seed, *stream, example, *keep, to);
                }
            }
            Work::Fused(fused) => with_slices(frame, step, |inputs, outs| {
                fused.run(inputs, n, 0..out.size, outs, &mut worker.scratch);
            }),
            Work::Op(op) => with_args(frame, step, |args| evaluate(op, args, &out.shape, n, mine(), &mut worker.scratch, false)),
            Work::Prepared(k) => {
                let x = unsafe { frame.read(&step.operands[0]) };
                if let Some(p) = &prepared[*k] {
                    p.run(x, n, mine(), &mut worker.scratch);
                }
            }
            Work::Partial(op, at) => {
                let to = if let (1, Place::Fixed(to)) = (self.cut.chunks, out.place) {
                    unsafe { frame.write_fixed(to, out.size) }
                } else {
                    unsafe { frame.write_partial(lane * self.program.partials + at, out.size) }
                };
                with_args(frame, step, |args| evaluate(op, args, &out.shape, n, to, &mut worker.scratch, later));
            }
        }
    }

    /// The outer products of a block, cut over their results.
    fn late(&self, phase: &Phase, b: usize) {
        let block = self.cut.block(b);
        let touched = || phase.late.iter().filter(|p| self.change.touches(p.class));
        let count = touched().map(|p| pieces(p, block.len())).sum();
        parallel(count, |mut k| {
            for product in touched() {
                let n = pieces(product, block.len());
                if k < n {
                    let rows = piece(product.m, n, k)..piece(product.m, n, k + 1);
                    return with_worker(self.workers, |worker| {
                        let frame = self.frame(worker, 0..0, 0);
                        let frame = Frame { first: block.start, count: block.len(), ..frame };
                        let [x, g] = &product.factors;
                        // SAFETY: the factors were written before the barrier; each part writes its own rows of the result.
                        let (x, g) = unsafe { (frame.read(x), frame.read(g)) };
                        let out = unsafe { frame.write_fixed(product.to + rows.start * product.n, rows.len() * product.n) };
                        outer_rows((x, product.m), (g, product.n), rows, out, &mut worker.scratch, b > 0);
                    });
                }
                k -= n;
            }
        });
    }

    /// The sums of lanes: over stretches of elements side by side, each in a fixed tree.
    fn totals(&self, phase: &Phase) {
        const STRETCH: usize = 4096;
        let lanes = self.cut.chunks;
        if lanes == 1 || self.memory.examples == 0 {
            return;
        }
        let touched = || phase.totals.iter().filter(|t| self.change.touches(t.class));
        let stretches = |t: &Total| t.size.div_ceil(STRETCH);
        let size: usize = touched().map(|t| t.size).sum();
        let one = |mut k: usize| {
            for total in touched() {
                if k < stretches(total) {
                    let range = k * STRETCH..total.size.min((k + 1) * STRETCH);
                    self.total(total, range);
                    return;
                }
                k -= stretches(total);
            }
        };
        let count = touched().map(stretches).sum();
        if size * lanes < 1 << 16 { (0..count).for_each(one) } else { parallel(count, one) }
    }

    fn total(&self, total: &Total, range: Range<usize>) {
        let lanes = self.cut.chunks;
        let frame = Frame { memory: self.memory, arena: std::ptr::null_mut(), longest_chunk: 0, first: 0, in_block: 0, count: 0 };
        // SAFETY: lanes do not overlap, and stretches neither.
        let lane =
            |k: usize| unsafe { frame.write_partial(k * self.program.partials + total.partial + range.start, range.len()) };
        let mut step = 1;
        while step < lanes {
            for k in (0..lanes - step).step_by(2 * step) {
                lane(k).iter_mut().zip(lane(k + step)).for_each(|(a, b)| *a += *b);
            }
            step *= 2;
        }
        unsafe { frame.write_fixed(total.to + range.start, range.len()) }.copy_from_slice(lane(0));
    }

    /// Sums over no examples.
    fn nothing(&self, phase: &Phase) {
        let frame = Frame { memory: self.memory, arena: std::ptr::null_mut(), longest_chunk: 0, first: 0, in_block: 0, count: 0 };
        // SAFETY: no step runs.
        phase.totals.iter().for_each(|t| unsafe { frame.write_fixed(t.to, t.size) }.fill(T::default()));
        phase.late.iter().for_each(|p| unsafe { frame.write_fixed(p.to, p.m * p.n) }.fill(T::default()));
    }
}

/// Parts of an outer product for each thread, if there are several: more than a few only pack the second factor again. The bits do
/// not depend on it.
const FOR_A_THREAD: usize = 2;

/// Parts of an outer product over a block.
fn pieces(product: &Product, depth: usize) -> usize {
    // Each part packs all of the second factor.
    let threads = rayon::current_num_threads();
    if threads == 1 {
        return 1;
    }
    (product.m * product.n)
        .div_ceil(if depth < 512 { 1 << 16 } else { 1 << 15 })
        .next_multiple_of(2)
        .min(FOR_A_THREAD * threads)
        .min(product.m.div_ceil(16))
        .max(1)
}

/// Where part k of n begins: at a multiple of the rows of the product's tiles, whatever their number.
fn piece(m: usize, n: usize, k: usize) -> usize {
    const TILES: usize = 24;
    if k == n { m } else { m * k / n / TILES * TILES }
}

/// Calls a function with a step's operands as arguments of an operation.
pub fn with_args<T: Real>(frame: &Frame<T>, step: &Step, f: impl FnOnce(&[Arg<T>])) {
    // SAFETY: the layout keeps what a step reads apart from all that is written meanwhile.
    let arg = |o: &Operand| unsafe { frame.read(o) };
    match &step.operands[..] {
        [x] => f(&[Arg { values: arg(x), batched: x.batched, shape: &x.shape }]),
        [x, y] => f(&[
            Arg { values: arg(x), batched: x.batched, shape: &x.shape },
            Arg { values: arg(y), batched: y.batched, shape: &y.shape },
        ]),
        all => f(&all.iter().map(|o| Arg { values: arg(o), batched: o.batched, shape: &o.shape }).collect::<Vec<_>>()),
    }
}

/// Calls a function with a step's operands and results as slices.
pub fn with_slices<T: Real>(frame: &Frame<T>, step: &Step, f: impl FnOnce(&[&[T]], &mut [&mut [T]])) {
    const FEW: usize = 12;
    // SAFETY: the layout keeps results apart from operands and from each other.
    let (read, write) = (|o: &Operand| unsafe { frame.read(o) }, |o: &Operand| unsafe { frame.write(o) });
    if step.operands.len() <= FEW && step.outs.len() <= FEW {
        let mut inputs: [&[T]; FEW] = [&[]; FEW];
        let mut outs: [&mut [T]; FEW] = std::array::from_fn(|_| &mut [][..]);
        inputs.iter_mut().zip(&step.operands).for_each(|(to, o)| *to = read(o));
        outs.iter_mut().zip(&step.outs).for_each(|(to, o)| *to = write(o));
        f(&inputs[..step.operands.len()], &mut outs[..step.outs.len()]);
    } else {
        let inputs: Vec<&[T]> = step.operands.iter().map(read).collect();
        let mut outs: Vec<&mut [T]> = step.outs.iter().map(write).collect();
        f(&inputs, &mut outs);
    }
}
