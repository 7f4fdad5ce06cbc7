//! Sums whose order of additions is a function of their sizes alone: lanes within blocks, blocks in pairs.

use super::super::real::Real;
use super::simd::dispatch;
use super::{Arg, Scratch, Simd, room};

/// Sums side by side.
const LANES: usize = 32;
/// Numbers, or rows, that are added one after the other (in each lane).
const RUN: usize = 32;
/// Columns that go together, so that partial sums stay in registers and the first cache.
const COLUMNS: usize = 256;

/// The sum of numbers that lie side by side.
#[inline(always)]
fn line<T: Real>(x: &[T]) -> T {
    if x.len() < LANES {
        let mut sum = T::ZERO;
        for x in x {
            sum += *x;
        }
        return sum;
    }
    if x.len() <= LANES * RUN {
        return run(x);
    }
    halves(x)
}

#[inline(always)]
fn run<T: Real>(x: &[T]) -> T {
    let mut sums = [T::ZERO; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        for l in 0..LANES {
            sums[l] += block[l];
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += *x;
    }
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            let other = sums[l + width];
            sums[l] += other;
        }
        width /= 2;
    }
    sums[0]
}

/// Whole runs in pairs: a binary counter of partial sums, so that no call goes deep.
#[inline(always)]
fn halves<T: Real>(x: &[T]) -> T {
    let mut levels = [T::ZERO; usize::BITS as usize];
    let mut count = 0usize;
    for part in x.chunks(LANES * RUN) {
        let mut sum = run(part);
        let full = count.trailing_ones() as usize;
        for level in &levels[..full] {
            sum = *level + sum;
        }
        levels[full] = sum;
        count += 1;
    }
    let mut sum: Option<T> = None;
    for (k, level) in levels.iter().enumerate() {
        if count >> k & 1 == 1 {
            sum = Some(sum.map_or(*level, |s| *level + s));
        }
    }
    sum.unwrap_or(T::ZERO)
}

#[inline(always)]
fn lines_in<T: Real>(x: &[T], width: usize, out: &mut [T]) {
    if width == 0 {
        out.fill(T::ZERO);
        return;
    }
    for (o, x) in out.iter_mut().zip(x.chunks_exact(width)) {
        *o = line(x);
    }
}

/// At most [`RUN`] rows.
#[inline(always)]
fn few_in<T: Real>(x: &[T], width: usize, out: &mut [T], accumulate: bool) {
    for first in (0..width).step_by(COLUMNS) {
        let len = COLUMNS.min(width - first);
        let mut sum = [T::ZERO; COLUMNS];
        for row in x.chunks_exact(width) {
            for (s, x) in sum[..len].iter_mut().zip(&row[first..first + len]) {
                *s += *x;
            }
        }
        for (o, s) in out[first..first + len].iter_mut().zip(&sum) {
            *o = if accumulate { *o + *s } else { *s };
        }
    }
}

/// The sum of `rows` rows of `width` numbers.
#[inline(always)]
fn rows_in<T: Real>(x: &[T], rows: usize, width: usize, out: &mut [T], accumulate: bool) {
    if rows <= RUN {
        return few_in(&x[..rows * width], width, out, accumulate);
    }
    let mut levels = [[T::ZERO; COLUMNS]; 28];
    for first in (0..width).step_by(COLUMNS) {
        let len = COLUMNS.min(width - first);
        let mut count = 0usize;
        for block in (0..rows).step_by(RUN) {
            let mut sum = [T::ZERO; COLUMNS];
            for r in block..rows.min(block + RUN) {
                for (s, x) in sum[..len].iter_mut().zip(&x[r * width + first..][..len]) {
                    *s += *x;
                }
            }
            let full = count.trailing_ones() as usize;
            for level in &levels[..full] {
                for (s, l) in sum[..len].iter_mut().zip(level) {
                    *s = *l + *s;
                }
            }
            levels[full][..len].copy_from_slice(&sum[..len]);
            count += 1;
        }
        let mut sum = [T::ZERO; COLUMNS];
        for (k, level) in levels.iter().enumerate().filter(|(k, _)| count >> k & 1 == 1) {
            let lowest = count & ((1 << k) - 1) == 0;
            for (s, l) in sum[..len].iter_mut().zip(level) {
                *s = if lowest { *l } else { *l + *s };
            }
        }
        for (o, s) in out[first..first + len].iter_mut().zip(&sum) {
            *o = if accumulate { *o + *s } else { *s };
        }
    }
}

dispatch!(
    /// The sum of each line of `width` numbers.
    lines => lines_in [T: Real] <T> (x: &[T], width: usize, out: &mut [T])
);
dispatch!(
    /// The sum of `rows` rows of `width` numbers, column by column.
    rows => rows_in [T: Real] <T> (x: &[T], rows: usize, width: usize, out: &mut [T], accumulate: bool)
);

/// One dimension away: [outer, len, inner] to [outer, inner].
fn reduce<T: Real>(simd: Simd, x: &[T], len: usize, inner: usize, out: &mut [T]) {
    if inner == 1 {
        lines(simd, x, len, out);
    } else if inner > 0 {
        for (o, out) in out.chunks_exact_mut(inner).enumerate() {
            rows(simd, &x[o * len * inner..][..len * inner], len, inner, out, false);
        }
    }
}

/// The sum over dimensions of each example.
pub(super) fn sum<T: Real>(simd: Simd, x: &Arg<T>, dims: &[usize], n: usize, out: &mut [T], scratch: &mut Scratch<T>) {
    // Neighbouring dimensions that stay, or that go, as one.
    let mut groups: Vec<(usize, bool)> = vec![(if x.batched { n } else { 1 }, false)];
    for (d, &size) in x.shape.iter().enumerate().filter(|(_, size)| **size != 1) {
        let goes = dims.contains(&d);
        match groups.last_mut() {
            Some((all, same)) if *same == goes => *all *= size,
            _ => groups.push((size, goes)),
        }
    }
    let mut left = groups.iter().filter(|g| g.1).count();
    if left == 0 {
        out.copy_from_slice(&x.values[..out.len()]);
    }
    // The last that goes first; what remains between is in `first`.
    let mut begun = false;
    while let Some(at) = groups.iter().rposition(|g| g.1) {
        let len = groups.remove(at).0;
        let inner: usize = groups[at..].iter().map(|g| g.0).product();
        let size: usize = groups.iter().map(|g| g.0).product();
        let from = if begun { &scratch.first[..size * len] } else { &x.values[..size * len] };
        left -= 1;
        if left == 0 {
            reduce(simd, from, len, inner, out);
        } else {
            reduce(simd, from, len, inner, room(&mut scratch.second, size));
            std::mem::swap(&mut scratch.first, &mut scratch.second);
            begun = true;
        }
    }
}

/// The sum over the batch.
pub(super) fn sum_batch<T: Real>(simd: Simd, x: &Arg<T>, n: usize, out: &mut [T], accumulate: bool) {
    let n = if x.batched { n } else { 1 };
    rows(simd, x.values, n, x.size(), out, accumulate);
}
