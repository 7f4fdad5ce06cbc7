//! Every operation of a graph, on slices, for one chunk of examples and on one thread.
//!
//! Values of an example follow one another, example after example. Results do not depend on what a chunk holds besides the
//! examples themselves, but for the order of the sums over examples. Knows operations and arrays; not graphs, buffers or threads.

mod along;
mod conv;
mod elementary;
mod fused;
mod index;
mod kernel;
mod lanes;

mod pool;
mod prepared;
mod products;
mod simd;
mod sparse;
mod sum;
#[cfg(test)]
mod tests;
mod turn;
mod view;

use super::graph::Op;
use super::real::Real;

pub use elementary::Arithmetic;
pub use fused::{Fused, Instruction, View};
pub use lanes::Wide;
pub use prepared::Prepared;
pub use products::outer_rows;
pub use simd::Simd;
pub use turn::transpose;

/// An argument: one array, or one for each example.
#[derive(Clone, Copy, Debug)]
pub struct Arg<'a, T> {
    pub values: &'a [T],
    pub batched: bool,
    /// Without the batch.
    pub shape: &'a [usize],
}

impl<'a, T: Real> Arg<'a, T> {
    /// The number of elements of an example.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// The array of one example.
    pub fn example(&self, e: usize) -> &'a [T] {
        let size = self.size();
        let first = if self.batched { e * size } else { 0 };
        &self.values[first..first + size]
    }
}

/// Memory that operations use while they run, kept between them.
#[derive(Debug, Default)]
pub struct Scratch<T> {
    pub(super) first: Vec<T>,
    pub(super) second: Vec<T>,
    pub(super) third: Vec<T>,
    pub(super) words: Vec<u64>,
    pub(super) packed: prepared::Lines<T>,
}

impl<T> Scratch<T> {
    /// Nothing held yet.
    pub fn new() -> Scratch<T> {
        Scratch { first: Vec::new(), second: Vec::new(), third: Vec::new(), words: Vec::new(), packed: prepared::Lines::new() }
    }
}

/// A part of kept memory, at least as long as asked for; what it holds is left from earlier.
pub(super) fn room<T: Real>(memory: &mut Vec<T>, len: usize) -> &mut [T] {
    if memory.len() < len {
        memory.resize(len, T::ZERO);
    }
    &mut memory[..len]
}

/// The same, from the beginning of a line of the cache on.
pub(super) fn aligned<T: Real>(memory: &mut Vec<T>, len: usize) -> &mut [T] {
    const LINE: usize = 64;
    let size = std::mem::size_of::<T>();
    let all = room(memory, len + LINE / size);
    let first = (LINE - all.as_ptr().addr() % LINE) % LINE / size;
    &mut all[first..first + len]
}

/// One operation for the `n` examples of a chunk (1 where no argument has a batch).
///
/// `out` holds n arrays of `shape` where the node is batched, else one. It is overwritten; operations that cross examples give the sum
/// over the chunk, and add it to `out` where `accumulate` is set. [`Op::Data`], [`Op::Input`] and [`Op::Mask`] belong to the caller,
/// and leave `out` as it is.
pub fn evaluate<T: Real>(
    op: &Op,
    args: &[Arg<T>],
    shape: &[usize],
    n: usize,
    out: &mut [T],
    scratch: &mut Scratch<T>,
    accumulate: bool,
) {
    evaluate_with(Simd::detect(), op, args, shape, n, out, scratch, accumulate);
}

/// The same with given instructions; but elementwise operations, which take the best.
#[allow(clippy::too_many_arguments)]
fn evaluate_with<T: Real>(
    simd: Simd,
    op: &Op,
    args: &[Arg<T>],
    shape: &[usize],
    n: usize,
    out: &mut [T],
    scratch: &mut Scratch<T>,
    accumulate: bool,
) {
    match op {
        Op::Data(_) | Op::Input(_) | Op::Mask { .. } => {}
        Op::Constant(values) => match values.as_slice() {
            [x] => out.fill(T::from_f64(*x)),
            all => out.iter_mut().zip(all).for_each(|(o, x)| *o = T::from_f64(*x)),
        },
        Op::Unary(_) | Op::Binary(_) | Op::Select => fused::single(op, args, shape, n, out, scratch),
        Op::Broadcast { dims } => view::broadcast(&args[0], dims, shape, n, out),
        Op::Sum { dims } => sum::sum(simd, &args[0], dims, n, out, scratch),
        Op::SumBatch => sum::sum_batch(simd, &args[0], n, out, accumulate),
        Op::Reshape => out.copy_from_slice(args[0].values),
        Op::Permute { order } => view::permute(&args[0], order, n, out),
        Op::Slice { dim, start } => view::slice(&args[0], *dim, *start, shape, n, out),
        Op::Pad { dim, before } => view::pad(&args[0], *dim, *before, shape, n, out),
        Op::Concat { dim } => view::concat(args, *dim, shape, n, out),
        Op::Gather { index } => index::gather(&args[0], index, n, out),
        Op::Scatter { index } => index::scatter(&args[0], index, n, out),
        Op::Linear { .. } | Op::Conv(_) | Op::ConvBack(_) => prepared::once(simd, op, &args[0], &args[1], n, out, scratch),
        Op::Outer => products::outer(simd, &args[0], &args[1], n, out, scratch, accumulate),
        Op::ConvWeights(c) => conv::weights(simd, c, &args[0], &args[1], n, out, scratch, accumulate),
        Op::SumPool(p) => pool::sum(p, &args[0], n, out),
        Op::SumPoolBack(p) => pool::sum_back(p, &args[0], n, out),
        Op::MaxPlaces(p) => pool::max_places(simd, p, &args[0], n, out, scratch),
        Op::Take => index::take(&args[0], &args[1], n, out),
        Op::Put => index::put(&args[0], &args[1], n, out),
        Op::Lookup => index::lookup(&args[0], &args[1], out),
        Op::Accumulate => index::accumulate(&args[0], &args[1], n, out, accumulate),
        Op::LogSumExp => along::log_sum_exp(simd, &args[0], out, scratch),
        Op::Softmax => along::softmax(simd, &args[0], out),
        Op::ArgMax => along::argmax(&args[0], out),
        Op::OneHot => index::one_hot(&args[0], shape, out),
    }
}
