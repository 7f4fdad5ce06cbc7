//! Pools over the channels of images.

use super::super::graph::Pool;
use super::super::real::Real;
use super::simd::dispatch;
use super::{Arg, Scratch, Simd, room};

/// The places of an output along one side whose window has image place `place * stride + k - padding`, and the first of these.
fn reach(k: usize, stride: usize, padding: usize, out: usize, image: usize) -> (std::ops::Range<usize>, usize) {
    let low = padding.saturating_sub(k).div_ceil(stride);
    let high = if image + padding > k { ((image + padding - k - 1) / stride + 1).min(out) } else { 0 };
    let low = low.min(high);
    (low..high, (low * stride + k).saturating_sub(padding))
}

/// Calls `f` with lines of the output and of the image (start, stretch between neighbours) that meet under one place of the window.
#[inline(always)]
fn lines(p: &Pool, mut f: impl FnMut(std::ops::Range<usize>, usize)) {
    let ([c, h, w], [_, oh, ow]) = (p.image, p.out());
    for channel in 0..c {
        for ky in 0..p.window[0] {
            let (ys, first) = reach(ky, p.stride[0], p.padding[0], oh, h);
            for kx in 0..p.window[1] {
                let (xs, left) = reach(kx, p.stride[1], p.padding[1], ow, w);
                for (j, y) in ys.clone().enumerate() {
                    let to = (channel * oh + y) * ow;
                    f(to + xs.start..to + xs.end, (channel * h + first + j * p.stride[0]) * w + left);
                }
            }
        }
    }
}

pub(super) fn sum<T: Real>(p: &Pool, x: &Arg<T>, n: usize, out: &mut [T]) {
    out.fill(T::ZERO);
    let size = p.out().iter().product::<usize>();
    if size == 0 {
        return;
    }
    for (e, out) in out.chunks_exact_mut(size).take(n).enumerate() {
        let x = x.example(e);
        lines(p, |to, from| {
            let to = &mut out[to];
            if p.stride[1] == 1 {
                to.iter_mut().zip(&x[from..]).for_each(|(o, x)| *o += *x);
            } else if !to.is_empty() {
                to.iter_mut().zip(x[from..].iter().step_by(p.stride[1])).for_each(|(o, x)| *o += *x);
            }
        });
    }
}

pub(super) fn sum_back<T: Real>(p: &Pool, g: &Arg<T>, n: usize, out: &mut [T]) {
    out.fill(T::ZERO);
    let size = p.image.iter().product::<usize>();
    if size == 0 {
        return;
    }
    for (e, out) in out.chunks_exact_mut(size).take(n).enumerate() {
        let g = g.example(e);
        lines(p, |to, from| {
            let g = &g[to];
            if !g.is_empty() {
                out[from..].iter_mut().step_by(p.stride[1]).zip(g).for_each(|(o, g)| *o += *g);
            }
        });
    }
}

/// What is no number counts as the largest, so that it is not lost.
#[inline(always)]
pub(super) fn beats<T: Real>(x: T, best: T) -> bool {
    #[allow(clippy::eq_op)]
    let (x_none, best_none) = (x != x, best != best);
    (x > best) | (x_none & !best_none)
}

/// Window place by window place, so that the outputs of a row go together.
pub(super) fn max_places<T: Real>(simd: Simd, p: &Pool, x: &Arg<T>, n: usize, out: &mut [T], scratch: &mut Scratch<T>) {
    let size = p.out().iter().product::<usize>();
    if size == 0 {
        return;
    }
    let best = room(&mut scratch.first, size);
    for (e, out) in out.chunks_exact_mut(size).take(n).enumerate() {
        places_of(simd, p, x.example(e), best, out);
    }
}

#[inline(always)]
fn places_in<T: Real>(p: &Pool, x: &[T], best: &mut [T], out: &mut [T]) {
    // Nothing seen yet.
    out.fill(-T::ONE);
    best.fill(T::ZERO);
    let step = p.stride[1];
    lines(p, |to, from| {
        let places = (from..).step_by(step);
        let line = out[to.clone()].iter_mut().zip(&mut best[to]).zip(places);
        for ((place, best), at) in line {
            let x = x[at];
            let better = beats(x, *best) | (*place < T::ZERO);
            *best = if better { x } else { *best };
            *place = if better { T::from_f64(at as f64) } else { *place };
        }
    });
    // A window that lies beside the image altogether.
    for place in out {
        *place = if *place < T::ZERO { T::ZERO } else { *place };
    }
}

dispatch!(places_of => places_in [T: Real] <T> (p: &Pool, x: &[T], best: &mut [T], out: &mut [T]));
