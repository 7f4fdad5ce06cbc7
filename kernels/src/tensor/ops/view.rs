//! The same numbers in another place: broadcasts, permutations, slices, padding, concatenation.

use super::super::real::Real;
use super::Arg;

/// The distances between neighbours along each dimension of a row-major array.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i];
    }
    strides
}

/// Sides of what a transposition moves at once, so that lines that are read are used while they are near. Few lines: those at a
/// distance of a power of two fall on the same places of the cache.
const DOWN: usize = 16;
const ALONG: usize = 8;

/// `out`, row-major of `shape`, from elements `strides` apart; 0 repeats.
fn strided<T: Real>(values: &[T], shape: &[usize], strides: &[usize], out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    // Dimensions of one go; a dimension whose step continues the next one's joins it.
    let mut dims: Vec<(usize, usize)> = vec![];
    for (&n, &s) in shape.iter().zip(strides).filter(|(n, _)| **n != 1) {
        match dims.last_mut() {
            Some((m, t)) if *t == s * n => (*m, *t) = (*m * n, s),
            _ => dims.push((n, s)),
        }
    }
    let (len, step) = dims.pop().unwrap_or((1, 1));
    // Where lines are scattered but the dimension before them is contiguous, both go together.
    let (rows, down) = match dims.last() {
        Some(&(rows, 1)) if step > 1 => {
            dims.pop();
            (rows, 1)
        }
        _ => (1, 0),
    };
    let mut index = vec![0; dims.len()];
    let mut from = 0;
    for part in out.chunks_exact_mut(rows * len) {
        match step {
            _ if rows > 1 => transpose(&values[from..], rows, down, len, step, part),
            0 => part.fill(values[from]),
            1 => part.copy_from_slice(&values[from..from + len]),
            _ => part.iter_mut().zip(values[from..].iter().step_by(step)).for_each(|(o, x)| *o = *x),
        }
        for (i, (n, s)) in index.iter_mut().zip(&dims).rev() {
            *i += 1;
            from += s;
            if *i < *n {
                break;
            }
            from -= s * n;
            *i = 0;
        }
    }
}

fn transpose<T: Real>(values: &[T], rows: usize, down: usize, len: usize, step: usize, out: &mut [T]) {
    for r0 in (0..rows).step_by(DOWN) {
        for c0 in (0..len).step_by(ALONG) {
            for r in r0..rows.min(r0 + DOWN) {
                let line = &mut out[r * len + c0..(r * len + c0 + ALONG).min((r + 1) * len)];
                for (o, x) in line.iter_mut().zip(values[r * down + c0 * step..].iter().step_by(step)) {
                    *o = *x;
                }
            }
        }
    }
}

/// The same with the batch as a dimension in front.
fn for_all<T: Real>(x: &Arg<T>, first: usize, shape: &[usize], inner: &[usize], n: usize, out: &mut [T]) {
    let each: usize = shape.iter().product();
    let n = out.len().checked_div(each).map_or(0, |all| n.min(all));
    let all: Vec<usize> = std::iter::once(n).chain(shape.iter().copied()).collect();
    let steps: Vec<usize> = std::iter::once(if x.batched { x.size() } else { 0 }).chain(inner.iter().copied()).collect();
    if n > 0 {
        strided(&x.values[first..], &all, &steps, &mut out[..n * each]);
    }
}

pub(super) fn broadcast<T: Real>(x: &Arg<T>, dims: &[usize], shape: &[usize], n: usize, out: &mut [T]) {
    let mut inner = vec![0; shape.len()];
    for (d, s) in dims.iter().zip(strides(x.shape)) {
        inner[*d] = s;
    }
    for_all(x, 0, shape, &inner, n, out);
}

pub(super) fn permute<T: Real>(x: &Arg<T>, order: &[usize], n: usize, out: &mut [T]) {
    let from = strides(x.shape);
    let shape: Vec<usize> = order.iter().map(|d| x.shape[*d]).collect();
    let inner: Vec<usize> = order.iter().map(|d| from[*d]).collect();
    for_all(x, 0, &shape, &inner, n, out);
}

pub(super) fn slice<T: Real>(x: &Arg<T>, dim: usize, start: usize, shape: &[usize], n: usize, out: &mut [T]) {
    let inner = strides(x.shape);
    for_all(x, start * inner[dim], shape, &inner, n, out);
}

pub(super) fn pad<T: Real>(x: &Arg<T>, dim: usize, before: usize, shape: &[usize], n: usize, out: &mut [T]) {
    out.fill(T::ZERO);
    put_along(x, dim, before, shape, n, out);
}

pub(super) fn concat<T: Real>(parts: &[Arg<T>], dim: usize, shape: &[usize], n: usize, out: &mut [T]) {
    let mut before = 0;
    for part in parts {
        put_along(part, dim, before, shape, n, out);
        before += part.shape[dim];
    }
}

/// An array into a part of a larger one, from `before` on along a dimension.
fn put_along<T: Real>(x: &Arg<T>, dim: usize, before: usize, shape: &[usize], n: usize, out: &mut [T]) {
    let tail: usize = shape[dim + 1..].iter().product();
    let (len, total) = (x.shape[dim] * tail, shape[dim] * tail);
    let each: usize = shape.iter().product();
    if len == 0 || each == 0 {
        return;
    }
    for (e, out) in out.chunks_exact_mut(each).take(n).enumerate() {
        for (to, from) in out.chunks_exact_mut(total).zip(x.example(e).chunks_exact(len)) {
            to[before * tail..][..len].copy_from_slice(from);
        }
    }
}
