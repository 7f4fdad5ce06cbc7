//! Steps without batch, one after the other; large ones are cut into fixed parts that run side by side.

use super::super::graph::Op;
use super::super::ops::{Arg, evaluate, outer_rows};
use super::super::real::Real;
use super::memory::Frame;
use super::run::{Run, parallel, with_args, with_slices, with_worker};
use super::session::Worker;
use super::split::{PART, Split};
use super::steps::{Operand, Step, Work};
use std::ops::Range;

/// Evaluates one step.
pub fn step<T: Real>(run: &Run<T>, frame: &Frame<T>, step: &Step, worker: &mut Worker<T>) {
    let out = &step.outs[0];
    match (&step.work, &step.split) {
        (Work::Fused(fused), Split::Elements(part)) if rayon::current_num_threads() > 1 => {
            parallel(out.size.div_ceil(*part), |k| {
                let range = k * part..out.size.min((k + 1) * part);
                with_worker(run.workers, |worker| {
                    // SAFETY: parts write their own stretches of the results.
                    let outs = step.outs.iter().map(|o| unsafe { stretch(frame, o, range.clone()) });
                    let inputs = step.operands.iter().map(|o| unsafe { frame.read(o) });
                    fused.run(&inputs.collect::<Vec<_>>(), 1, range.clone(), &mut outs.collect::<Vec<_>>(), &mut worker.scratch);
                });
            });
        }
        (Work::Fused(fused), _) => {
            with_slices(frame, step, |inputs, outs| fused.run(inputs, 1, 0..out.size, outs, &mut worker.scratch));
        }
        (Work::Op(op), split) => operation(run, frame, step, op, split, worker),
        _ => {}
    }
}

/// A part of a result without batch.
///
/// # Safety
/// Nobody else reads or writes it meanwhile.
unsafe fn stretch<'a, T>(frame: &Frame<'a, T>, o: &Operand, range: Range<usize>) -> &'a mut [T] {
    let super::layout::Place::Fixed(at) = o.place else { return &mut [] };
    // SAFETY: the caller's.
    unsafe { frame.write_fixed(at + range.start, range.len()) }
}

fn operation<T: Real>(run: &Run<T>, frame: &Frame<T>, step: &Step, op: &Op, split: &Split, worker: &mut Worker<T>) {
    let out = &step.outs[0];
    // SAFETY, here and below: the step alone writes its result, and parts of it their own stretches; nobody writes its operands.
    let mine = |range: Range<usize>| unsafe { stretch(frame, out, range) };
    let read = |k: usize| unsafe { frame.read(&step.operands[k]) };
    match split {
        Split::Whole | Split::Elements(_) => with_args(frame, step, |args| {
            evaluate(op, args, &out.shape, 1, mine(0..out.size), &mut worker.scratch, false);
        }),
        Split::Rows { op, rows, part, args, shape } => parallel(rows.div_ceil(*part), |k| {
            let range = k * part..*rows.min(&((k + 1) * part));
            let width: usize = args[0].1.iter().product();
            let wide: usize = shape.iter().product();
            let values = |k: usize| if k == 0 { &read(0)[range.start * width..range.end * width] } else { read(k) };
            let arg = |k: usize| Arg { values: values(k), batched: args[k].0, shape: &args[k].1 };
            let to = mine(range.start * wide..range.end * wide);
            with_worker(run.workers, |w| match args.len() {
                1 => evaluate(op, &[arg(0)], shape, range.len(), to, &mut w.scratch, false),
                _ => evaluate(op, &[arg(0), arg(1)], shape, range.len(), to, &mut w.scratch, false),
            });
        }),
        Split::Gather(ops) => parallel(ops.len(), |k| {
            let range = k * PART..out.size.min((k + 1) * PART);
            let shape = [range.len()];
            let arg = Arg { values: read(0), batched: false, shape: &step.operands[0].shape };
            with_worker(run.workers, |w| evaluate(&ops[k], &[arg], &shape, 1, mine(range), &mut w.scratch, false));
        }),
        Split::Scatter { start, order } => {
            let x = read(0);
            parallel(out.size.div_ceil(PART), |k| {
                let range = k * PART..out.size.min((k + 1) * PART);
                for (i, to) in range.clone().zip(mine(range)) {
                    let from = &order[start[i] as usize..start[i + 1] as usize];
                    *to = from.iter().fold(T::default(), |sum, j| sum + x[*j as usize]);
                }
            });
        }
        Split::Sum => sum(run, read(0), &mut mine(0..1)[0]),
        Split::Outer => {
            let (m, n) = (out.shape[0], out.shape[1]);
            let (x, g) = (read(0), read(1));
            let pieces = m.div_ceil(64);
            parallel(pieces, |k| {
                let rows = m * k / pieces..m * (k + 1) / pieces;
                let to = mine(rows.start * n..rows.end * n);
                with_worker(run.workers, |w| outer_rows((x, m), (g, n), rows, to, &mut w.scratch, false));
            });
        }
    }
}

/// The sum of all: of 64 stretches at most side by side, each in parts, then a fixed tree.
fn sum<T: Real>(run: &Run<T>, x: &[T], out: &mut T) {
    const MOST: usize = 64;
    let pieces = x.len().div_ceil(PART).min(MOST);
    let mut sums = [T::default(); MOST];
    let to = Sums(sums.as_mut_ptr());
    parallel(pieces, |k| {
        let part = &x[x.len() * k / pieces..x.len() * (k + 1) / pieces];
        let arg = Arg { values: part, batched: false, shape: &[part.len()] };
        // SAFETY: each part has a place of its own among the sums.
        let mine = unsafe { std::slice::from_raw_parts_mut(to.at(k), 1) };
        with_worker(run.workers, |w| evaluate(&Op::Sum { dims: vec![0] }, &[arg], &[], 1, mine, &mut w.scratch, false));
    });
    let mut step = 1;
    while step < pieces {
        for k in (0..pieces - step).step_by(2 * step) {
            let other = sums[k + step];
            sums[k] += other;
        }
        step *= 2;
    }
    *out = sums[0];
}

/// Places for sums, one for each part.
struct Sums<T>(*mut T);

// SAFETY: threads use different places.
unsafe impl<T: Send> Sync for Sums<T> {}

impl<T> Sums<T> {
    /// The place of part k.
    unsafe fn at(&self, k: usize) -> *mut T {
        // SAFETY: the caller stays below the number of parts.
        unsafe { self.0.add(k) }
    }
}
