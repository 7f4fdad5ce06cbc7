//! Elements by number: fixed numbers, numbers that are values themselves, rows of tables.
//!
//! A number outside of its range, which only data can bring, reads as no number, and writes nothing.

use std::ops::Range;

use super::super::real::Real;
use super::Arg;

pub(super) fn gather<T: Real>(x: &Arg<T>, index: &[u32], n: usize, out: &mut [T]) {
    if index.is_empty() {
        return;
    }
    for (e, out) in out.chunks_exact_mut(index.len()).take(n).enumerate() {
        let x = x.example(e);
        for (o, i) in out.iter_mut().zip(index) {
            *o = x[*i as usize];
        }
    }
}

pub(super) fn scatter<T: Real>(x: &Arg<T>, index: &[u32], n: usize, out: &mut [T]) {
    out.fill(T::ZERO);
    let size = out.len() / n.max(1);
    if size == 0 {
        return;
    }
    for (e, out) in out.chunks_exact_mut(size).take(n).enumerate() {
        for (x, i) in x.example(e).iter().zip(index) {
            out[*i as usize] += *x;
        }
    }
}

/// A whole number within a range, or none.
#[inline(always)]
fn number<T: Real>(x: T, range: Range<usize>) -> Option<usize> {
    let x = x.to_f64();
    (x >= range.start as f64 && x < range.end as f64).then_some(x as usize)
}

pub(super) fn take<T: Real>(x: &Arg<T>, places: &Arg<T>, n: usize, out: &mut [T]) {
    let size = places.size();
    if size == 0 {
        return;
    }
    for (e, out) in out.chunks_exact_mut(size).take(n).enumerate() {
        let x = x.example(e);
        for (o, i) in out.iter_mut().zip(places.example(e)) {
            *o = number(*i, 0..x.len()).map_or(T::NAN, |i| x[i]);
        }
    }
}

pub(super) fn put<T: Real>(g: &Arg<T>, places: &Arg<T>, n: usize, out: &mut [T]) {
    out.fill(T::ZERO);
    let n = if g.batched || places.batched { n } else { 1 };
    let size = out.len() / n.max(1);
    if size == 0 {
        return;
    }
    for (e, out) in out.chunks_exact_mut(size).take(n).enumerate() {
        for (g, i) in g.example(e).iter().zip(places.example(e)) {
            if let Some(i) = number(*i, 0..size) {
                out[i] += *g;
            }
        }
    }
}

pub(super) fn lookup<T: Real>(table: &Arg<T>, index: &Arg<T>, out: &mut [T]) {
    let (v, d) = (table.shape[0], table.shape[1]);
    if d == 0 {
        return;
    }
    for (o, i) in out.chunks_exact_mut(d).zip(index.values) {
        match number(*i, 0..v) {
            Some(i) => o.copy_from_slice(&table.values[i * d..][..d]),
            None => o.fill(T::NAN),
        }
    }
}

pub(super) fn accumulate<T: Real>(index: &Arg<T>, g: &Arg<T>, n: usize, out: &mut [T], accumulate: bool) {
    if !accumulate {
        out.fill(T::ZERO);
    }
    let d = g.shape.last().copied().unwrap_or(1);
    if d == 0 {
        return;
    }
    let n = if index.batched || g.batched { n } else { 1 };
    for e in 0..n {
        for (i, g) in index.example(e).iter().zip(g.example(e).chunks_exact(d)) {
            if let Some(i) = number(*i, 0..out.len() / d) {
                for (o, g) in out[i * d..][..d].iter_mut().zip(g) {
                    *o += *g;
                }
            }
        }
    }
}

pub(super) fn one_hot<T: Real>(index: &Arg<T>, shape: &[usize], out: &mut [T]) {
    out.fill(T::ZERO);
    let classes = shape.last().copied().unwrap_or(0);
    if classes == 0 {
        return;
    }
    for (o, i) in out.chunks_exact_mut(classes).zip(index.values) {
        if let Some(i) = number(*i, 0..classes) {
            o[i] = T::ONE;
        }
    }
}
