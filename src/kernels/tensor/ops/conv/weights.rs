//! The gradient of a convolution's weights: for every weight the product of two images, summed over places and examples.

use super::super::super::graph::Conv;
use super::super::super::real::Real;
use super::super::lanes::Lanes;
use super::super::simd::dispatch_lanes;
use super::super::{Arg, Scratch, Simd, room};
use super::{Planes, image_planes, under};

/// Output channels, and weights of each, that a tile sums together.
const ROWS: usize = 4;
const ACROSS: usize = 3;
/// Numbers of copied images that are kept together, so that they stay in the second cache.
const TOGETHER: usize = 96 * 1024;

/// One tile: the products of `R` channels of g with what `N` weights meet, over `n` images of `rows` rows of `steps` registers.
struct Walk<T> {
    g: *const T,
    x: *const T,
    /// To the next channel of g.
    channel: usize,
    /// To the next image.
    g_image: usize,
    x_image: usize,
    images: usize,
    rows: usize,
    steps: usize,
    /// To the next row of the copied image.
    down: usize,
}

/// # Safety
/// All that the walk meets is valid.
#[inline(always)]
unsafe fn tile<V: Lanes, const R: usize, const N: usize>(walk: &Walk<V::T>, reads: [usize; N]) -> [[V::T; N]; R] {
    unsafe {
        let mut sums = [[V::splat(V::T::ZERO); N]; R];
        for image in 0..walk.images {
            let mut g = walk.g.wrapping_add(image * walk.g_image);
            let mut line = walk.x.wrapping_add(image * walk.x_image);
            for _ in 0..walk.rows {
                let mut x = line;
                for _ in 0..walk.steps {
                    let right: [V; N] = std::array::from_fn(|n| V::load(x.wrapping_add(reads[n])));
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let left = V::load(g.wrapping_add(r * walk.channel));
                        for n in 0..N {
                            sums[n] = sums[n].fma(left, right[n]);
                        }
                    }
                    g = g.wrapping_add(V::WIDTH);
                    x = x.wrapping_add(V::WIDTH);
                }
                line = line.wrapping_add(walk.down);
            }
        }
        sums.map(|sums| sums.map(|sum| sum.sum()))
    }
}

#[inline(always)]
fn weights_in<V: Lanes>(
    c: &Conv,
    x: &[V::T],
    g: &[V::T],
    n: usize,
    copies: &mut Vec<V::T>,
    lines: &mut Vec<V::T>,
    out: &mut [V::T],
) {
    let planes = image_planes(c, V::WIDTH);
    let [o, oh, ow] = c.out();
    let [_, per, kh, kw] = c.weights();
    let (image, output) = (c.image.iter().product::<usize>(), o * oh * ow);
    assert!(x.len() >= n * image && g.len() >= n * output && out.len() >= o * per * kh * kw);
    // g in whole registers, with zeros after each row.
    let across = ow.next_multiple_of(V::WIDTH);
    let padded = Planes { channels: o, height: oh, width: ow, top: 0, left: 0, rows: oh, cut: 1, segment: across };
    let together = (TOGETHER / (planes.len() + padded.len()).max(1)).clamp(1, n.max(1));
    let copies = room(copies, together * planes.len());
    let lines = room(lines, together * padded.len());
    let (out_per, taps) = (o / c.groups, per * kh * kw);
    for first in (0..n).step_by(together) {
        let images = together.min(n - first);
        for e in 0..images {
            planes.fill(&x[(first + e) * image..][..image], &mut copies[e * planes.len()..][..planes.len()]);
            padded.fill(&g[(first + e) * output..][..output], &mut lines[e * padded.len()..][..padded.len()]);
        }
        for group in 0..c.groups {
            let read = |k: usize| under(&planes, group * per + k / (kh * kw), k / kw % kh, k % kw);
            for o in (group * out_per..(group + 1) * out_per).step_by(ROWS) {
                let rows = ROWS.min((group + 1) * out_per - o);
                let walk = Walk {
                    g: lines[o * padded.plane()..].as_ptr(),
                    x: copies.as_ptr(),
                    channel: padded.plane(),
                    g_image: padded.len(),
                    x_image: planes.len(),
                    images,
                    rows: oh,
                    steps: across / V::WIDTH,
                    down: c.stride[0] * planes.pitch(),
                };
                for k in (0..taps).step_by(ACROSS) {
                    macro_rules! run {
                        ($r:literal, $n:literal) => {{
                            // SAFETY: the copies hold all places that weights k.. meet at all outputs, in whole registers.
                            let sums = unsafe { tile::<V, $r, $n>(&walk, std::array::from_fn(|j| read(k + j))) };
                            for (r, sums) in sums.iter().enumerate() {
                                for (to, sum) in out[(o + r) * taps + k..].iter_mut().zip(sums) {
                                    *to += *sum;
                                }
                            }
                        }};
                    }
                    match (rows, taps - k) {
                        (4, 1) => run!(4, 1),
                        (4, 2) => run!(4, 2),
                        (4, _) => run!(4, 3),
                        (3, 1) => run!(3, 1),
                        (3, 2) => run!(3, 2),
                        (3, _) => run!(3, 3),
                        (2, 1) => run!(2, 1),
                        (2, 2) => run!(2, 2),
                        (2, _) => run!(2, 3),
                        (_, 1) => run!(1, 1),
                        (_, 2) => run!(1, 2),
                        _ => run!(1, 3),
                    }
                }
            }
        }
    }
}

dispatch_lanes!(
    weights_of => weights_in(c: &Conv, x: &[T], g: &[T], n: usize, copies: &mut Vec<T>, lines: &mut Vec<T>, out: &mut [T])
);

/// The sum over a chunk, added to `out` where `accumulate` is set.
#[allow(clippy::too_many_arguments)]
pub(in super::super) fn weights<T: Real>(
    simd: Simd,
    c: &Conv,
    x: &Arg<T>,
    g: &Arg<T>,
    n: usize,
    out: &mut [T],
    scratch: &mut Scratch<T>,
    accumulate: bool,
) {
    if !accumulate {
        out.fill(T::ZERO);
    }
    let Scratch { first, second, .. } = scratch;
    if x.batched == g.batched {
        let n = if x.batched { n } else { 1 };
        weights_of::<T>(simd, c, x.values, g.values, n, first, second, out);
    } else {
        for e in 0..n {
            weights_of::<T>(simd, c, x.example(e), g.example(e), 1, first, second, out);
        }
    }
}
