//! Along the last dimension: the logarithm of the sum of exponentials, softmax, the place of the largest.

use super::super::real::Real;
use super::elementary::exp;
use super::pool::beats;
use super::simd::dispatch;
use super::{Arg, Scratch, Simd, room};

/// Numbers whose exponentials are taken together.
const BLOCK: usize = 2048;

/// The largest of a row where it is finite, else 0: then nothing is shifted, and infinities and what is no number go their way.
#[inline(always)]
fn shift<T: Real>(row: &[T]) -> T {
    let mut most = -T::INFINITY;
    for x in row {
        most = if *x > most { *x } else { most };
    }
    if most < T::INFINITY && most > -T::INFINITY { most } else { T::ZERO }
}

#[inline(always)]
fn total<T: Real>(row: &[T]) -> T {
    let mut sum = T::ZERO;
    for x in row {
        sum += *x;
    }
    sum
}

/// Rows of `width` to exp(x - shift) in `out`, with what they were shifted by.
#[inline(always)]
fn exponentials<T: Real>(x: &[T], width: usize, out: &mut [T], shifts: &mut [T]) {
    for ((x, out), s) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).zip(shifts) {
        *s = shift(x);
        for (o, x) in out.iter_mut().zip(x) {
            *o = *x - *s;
        }
    }
    for o in out.iter_mut() {
        *o = exp(*o);
    }
}

#[inline(always)]
fn log_sum_exp_in<T: Real>(x: &[T], width: usize, memory: &mut [T], out: &mut [T]) {
    let rows = (BLOCK / width).max(1);
    let (all, rest) = memory.split_at_mut(rows * width);
    let (shifts, sums) = rest.split_at_mut(rows);
    for (x, out) in x.chunks(rows * width).zip(out.chunks_mut(rows)) {
        exponentials(x, width, &mut all[..x.len()], shifts);
        for (s, x) in sums.iter_mut().zip(all[..x.len()].chunks_exact(width)) {
            *s = total(x);
        }
        for ((o, sum), s) in out.iter_mut().zip(sums.iter()).zip(shifts.iter()) {
            *o = *s + sum.ln();
        }
    }
}

#[inline(always)]
fn softmax_in<T: Real>(x: &[T], width: usize, out: &mut [T]) {
    let rows = (BLOCK / width).max(1);
    let mut shifts = [T::ZERO; BLOCK];
    for (x, out) in x.chunks(rows * width).zip(out.chunks_mut(rows * width)) {
        exponentials(x, width, out, &mut shifts);
        for row in out.chunks_exact_mut(width) {
            let sum = total(row);
            for o in row {
                *o = *o / sum;
            }
        }
    }
}

dispatch!(log_sum_exp_of => log_sum_exp_in [T: Real] <T> (x: &[T], width: usize, memory: &mut [T], out: &mut [T]));
dispatch!(softmax_of => softmax_in [T: Real] <T> (x: &[T], width: usize, out: &mut [T]));

fn width<T>(x: &Arg<T>) -> usize {
    x.shape.last().copied().unwrap_or(1)
}

pub(super) fn log_sum_exp<T: Real>(simd: Simd, x: &Arg<T>, out: &mut [T], scratch: &mut Scratch<T>) {
    let width = width(x);
    if width == 0 {
        out.fill(-T::INFINITY);
        return;
    }
    let rows = (BLOCK / width).max(1);
    log_sum_exp_of(simd, x.values, width, room(&mut scratch.first, rows * (width + 2)), out);
}

pub(super) fn softmax<T: Real>(simd: Simd, x: &Arg<T>, out: &mut [T]) {
    if width(x) > 0 {
        softmax_of(simd, x.values, width(x), out);
    }
}

/// The first of equal ones; what is no number counts as the largest.
pub(super) fn argmax<T: Real>(x: &Arg<T>, out: &mut [T]) {
    let width = width(x);
    if width == 0 {
        out.fill(T::ZERO);
        return;
    }
    for (o, row) in out.iter_mut().zip(x.values.chunks_exact(width)) {
        let mut best = 0;
        for (k, x) in row.iter().enumerate().skip(1) {
            if beats(*x, row[best]) {
                best = k;
            }
        }
        *o = T::from_f64(best as f64);
    }
}
