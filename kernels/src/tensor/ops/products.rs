//! Products with a matrix without batch, and sums of outer products.

use std::ops::Range;

use super::super::real::Real;
use super::kernel::{ACROSS, DEPTH, ROWS, Tile, panel, tile, together};
use super::lanes::Lanes;
use super::simd::dispatch_lanes;
use super::turn::turn_in;
use super::{Arg, Scratch, Simd, room, sparse};
use crate::cache::fetch_line;
use rayon::prelude::*;

/// Rows of the left factor that stay in the second cache while panels pass.
const BLOCK: usize = 240;

/// The elements of a matrix, packed in panels.
pub(super) fn packed_len<T: Real>(k: usize, n: usize) -> usize {
    let across = panel::<T::Plain>();
    n.div_ceil(across) * across * k
}

/// A matrix [k, n], element (k, j) at `values[k * row + j * column]` where one of the steps is 1, as panels of columns: panel after panel,
/// in each the rows.
#[inline(always)]
fn pack_in<V: Lanes>(values: &[V::T], k: usize, n: usize, row: usize, column: usize, to: &mut [V::T]) {
    let across = panel::<V>();
    debug_assert!(row == 1 || column == 1);
    if k == 0 {
        return;
    }
    for (p, part) in to.chunks_exact_mut(across * k).take(n.div_ceil(across)).enumerate() {
        let first = p * across;
        let width = across.min(n - first);
        if width < across {
            part.fill(V::T::ZERO);
        }
        if column == 1 {
            for (i, line) in part.chunks_exact_mut(across).enumerate() {
                let from = &values[i * row + first..i * row + first + width];
                if width == across {
                    // Registers: a call to copy so few numbers would cost more than the copy.
                    for k in 0..ACROSS {
                        // SAFETY: both have `across` numbers, which are as many registers.
                        unsafe { V::load(from.as_ptr().add(k * V::WIDTH)).store(line.as_mut_ptr().add(k * V::WIDTH)) };
                    }
                } else {
                    line[..width].copy_from_slice(from);
                }
            }
        } else {
            turn_in::<V>(&values[first * column..], [width, k], column, part, across, false);
        }
    }
}

dispatch_lanes!(
    /// A matrix [k, n], given by its strides, as panels of columns.
    pack => pack_in(values: &[T], k: usize, n: usize, row: usize, column: usize, to: &mut [T])
);

/// rows [m, k] times packed [k, n].
#[inline(always)]
fn rows_in<V: Lanes>(x: &[V::T], m: usize, k: usize, n: usize, packed: &[V::T], out: &mut [V::T]) {
    let across = panel::<V>();
    let tiled = together::<V>() * across;
    assert!(x.len() >= m * k && out.len() >= m * n && packed.len() >= n.div_ceil(across) * across * k);
    if k == 0 {
        out[..m * n].fill(V::T::ZERO);
        return;
    }
    for block in (0..m).step_by(BLOCK) {
        let end = m.min(block + BLOCK);
        for first in (0..k).step_by(DEPTH) {
            let depth = DEPTH.min(k - first);
            for j in (0..n).step_by(tiled) {
                for i in (block..end).step_by(ROWS) {
                    let t = Tile {
                        depth,
                        a: x[i * k + first..].as_ptr(),
                        row: k,
                        step: 1,
                        b: packed[j * k + first * across..].as_ptr(),
                        across,
                        beside: across * k,
                        c: out[i * n + j..].as_mut_ptr(),
                        pitch: n,
                        columns: tiled.min(n - j),
                        add: first > 0,
                    };
                    // SAFETY: rows i.. of x and out, columns first.. of x, columns j.. of out lie within by the lengths asserted.
                    unsafe { tile::<V>(ROWS.min(end - i), &t) };
                }
            }
        }
    }
}

dispatch_lanes!(
    /// Rows [m, k] times a packed matrix [k, n].
    rows => rows_in(x: &[T], m: usize, k: usize, n: usize, packed: &[T], out: &mut [T])
);

/// Elements of a matrix that is worth packing on several threads.
const LARGE: usize = 1 << 15;

/// The matrix of a linear operation, packed; a large one by several threads, if `shared`.
pub(super) fn pack_linear<T: Real>(simd: Simd, w: &[T], shape: &[usize], transposed: bool, to: &mut [T], shared: bool) {
    let (a, b) = (shape[0], shape[1]);
    // Depth and columns, and the steps from a row to the next and from a column to the next.
    let (k, n, row, column) = if transposed { (b, a, 1, b) } else { (a, b, b, 1) };
    let across = panel::<T::Plain>();
    if !shared || a * b < LARGE || rayon::current_num_threads() == 1 {
        pack::<T>(simd, w, k, n, row, column, to);
        return;
    }
    let columns = n.div_ceil(8).next_multiple_of(across);
    to.par_chunks_mut(columns * k).enumerate().for_each(|(part, to)| {
        let first = part * columns;
        if first < n {
            pack::<T>(simd, &w[first * column..], k, columns.min(n - first), row, column, to);
        }
    });
}

/// Some rows of the sum of x_r g_r^T over `depth` rows of [m] and [n], both packed here.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn outer_in<V: Lanes>(
    x: &[V::T],
    g: &[V::T],
    [m, depth, n]: [usize; 3],
    result: Range<usize>,
    left: &mut Vec<V::T>,
    right: &mut Vec<V::T>,
    out: &mut [V::T],
    accumulate: bool,
) {
    let across = panel::<V>();
    let tiled = together::<V>() * across;
    assert!(x.len() >= m * depth && g.len() >= n * depth && result.end <= m && out.len() >= result.len() * n);
    if depth == 0 && !accumulate {
        out[..result.len() * n].fill(V::T::ZERO);
    }
    for first in (0..depth).step_by(DEPTH) {
        let here = DEPTH.min(depth - first);
        let right = room(right, n.div_ceil(across) * across * here);
        pack_in::<V>(&g[first * n..], here, n, n, 1, right);
        for block in result.clone().step_by(BLOCK) {
            let end = result.end.min(block + BLOCK);
            let left = room(left, BLOCK * here);
            pack_rows::<V>(&x[first * m..], m, here, block, end, left);
            for j in (0..n).step_by(tiled) {
                for i in (block..end).step_by(ROWS) {
                    let t = Tile {
                        depth: here,
                        a: left[(i - block) * here..].as_ptr(),
                        row: 1,
                        step: ROWS,
                        b: right[j * here..].as_ptr(),
                        across,
                        beside: across * here,
                        c: out[(i - result.start) * n + j..].as_mut_ptr(),
                        pitch: n,
                        columns: tiled.min(n - j),
                        add: accumulate || first > 0,
                    };
                    // SAFETY: both factors are packed in full tiles, and the tile of out lies within by the length asserted.
                    unsafe { tile::<V>(ROWS.min(end - i), &t) };
                }
            }
        }
    }
}

/// Columns `block..end` of `depth` rows of m numbers, in tiles of [`ROWS`]: element (r, k) of a tile at [k * ROWS + r]. A few rows at
/// a time, so that each tile is written line after line, and what is read of a line serves the next tile.
#[inline(always)]
fn pack_rows<V: Lanes>(x: &[V::T], m: usize, depth: usize, block: usize, end: usize, to: &mut [V::T]) {
    const NEAR: usize = 32;
    const AHEAD: usize = 32;
    for k0 in (0..depth).step_by(NEAR) {
        let rows = NEAR.min(depth - k0);
        for (t, first) in (block..end).step_by(ROWS).enumerate() {
            let to = &mut to[(t * depth + k0) * ROWS..][..rows * ROWS];
            let from = x[k0 * m..].chunks(m);
            if first + ROWS <= end {
                for (line, to) in from.zip(to.as_chunks_mut::<ROWS>().0) {
                    fetch_line(line.as_ptr().wrapping_add(first + AHEAD));
                    to.copy_from_slice(&line[first..first + ROWS]);
                }
            } else {
                for (line, to) in from.zip(to.as_chunks_mut::<ROWS>().0) {
                    to[..end - first].copy_from_slice(&line[first..end]);
                }
            }
        }
    }
}

dispatch_lanes!(
    outer_sum => outer_in(
        x: &[T],
        g: &[T],
        sizes: [usize; 3],
        result: Range<usize>,
        left: &mut Vec<T>,
        right: &mut Vec<T>,
        out: &mut [T],
        accumulate: bool,
    )
);

/// Some rows of the sum, without the zeros where there are many.
#[allow(clippy::too_many_arguments)]
fn sum_of_products<T: Real>(
    simd: Simd,
    x: &[T],
    g: &[T],
    sizes: [usize; 3],
    result: Range<usize>,
    out: &mut [T],
    s: &mut Scratch<T>,
    accumulate: bool,
) {
    if !sparse::outer(simd, x, g, sizes, result.clone(), out, s, accumulate) {
        outer_sum::<T>(simd, x, g, sizes, result, &mut s.first, &mut s.second, out, accumulate);
    }
}

/// The sum over all rows of a chunk of the outer products.
pub(super) fn outer<T: Real>(simd: Simd, x: &Arg<T>, g: &Arg<T>, n: usize, out: &mut [T], s: &mut Scratch<T>, accumulate: bool) {
    let (m, across) = (x.shape.last().copied().unwrap_or(1), g.shape.last().copied().unwrap_or(1));
    let mut accumulate = accumulate;
    if x.batched == g.batched {
        let rows = x.values.len().checked_div(m).unwrap_or(0);
        sum_of_products(simd, x.values, g.values, [m, rows, across], 0..m, out, s, accumulate);
    } else {
        for e in 0..n {
            let (x, g) = (x.example(e), g.example(e));
            let rows = x.len().checked_div(m).unwrap_or(0);
            sum_of_products(simd, x, g, [m, rows, across], 0..m, out, s, accumulate);
            accumulate = true;
        }
    }
}

/// Rows `result` of the sum of the outer products of rows [m] of x and rows [n] of g.
pub fn outer_rows<T: Real>(
    (x, m): (&[T], usize),
    (g, n): (&[T], usize),
    result: Range<usize>,
    out: &mut [T],
    s: &mut Scratch<T>,
    accumulate: bool,
) {
    let depth = x.len().checked_div(m).unwrap_or(0);
    sum_of_products(Simd::detect(), x, g, [m, depth, n], result, out, s, accumulate);
}
