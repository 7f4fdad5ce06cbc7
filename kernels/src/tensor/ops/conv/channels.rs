//! The gradient of a convolution's weights where a group has many output channels: registers hold neighbouring channels of the factor,
//! which is turned for that, and meet one number of the image at a time. Nothing is summed across a register.

use super::super::super::graph::Conv;
use super::super::super::real::Real;
use super::super::lanes::Lanes;
use super::super::simd::dispatch_lanes;
use super::super::turn::turn_in;
use super::super::{aligned, room};
use super::planes::Planes;

/// Weights of an output channel that a tile sums together.
const ROWS: usize = 6;
/// Places whose products are summed one after the other; such sums are added in order.
const STEPS: usize = 1024;

/// The products of `N` registers of channels with what [`ROWS`] weights meet, summed over places.
///
/// # Safety
/// Of each of the `steps`, in their order, `g` holds a line of `line` numbers, of which the first registers are read; what `reads` meet
/// there is valid at `x`; and `to` for N registers at each of the first `rows` of lines that begin a `line` apart.
// Loops over numbers: sums that are looked up one by one would lie in memory.
#[inline(always)]
#[allow(clippy::too_many_arguments, clippy::needless_range_loop)]
unsafe fn tile<V: Lanes, const N: usize>(
    g: *const V::T,
    line: usize,
    x: *const V::T,
    steps: &[u32],
    reads: [usize; ROWS],
    to: *mut V::T,
    rows: usize,
    add: bool,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut sums = [[V::splat(V::T::ZERO); N]; ROWS];
        let mut near = [x; ROWS];
        for (near, read) in near.iter_mut().zip(reads) {
            *near = near.wrapping_add(read);
        }
        let mut g = g;
        let mut right = [V::splat(V::T::ZERO); N];
        for &step in steps {
            for (n, right) in right.iter_mut().enumerate() {
                *right = V::load(g.wrapping_add(n * V::WIDTH));
            }
            for r in 0..ROWS {
                let left = V::splat(*near[r].wrapping_add(step as usize));
                for n in 0..N {
                    sums[r][n] = sums[r][n].fma(left, right[n]);
                }
            }
            g = g.wrapping_add(line);
        }
        for r in 0..ROWS {
            if r < rows {
                for n in 0..N {
                    let to = to.wrapping_add(r * line + n * V::WIDTH);
                    (if add { V::load(to).add(sums[r][n]) } else { sums[r][n] }).store(to);
                }
            }
        }
    }
}

#[inline(always)]
fn sum_in<V: Lanes>(c: &Conv, x: &[V::T], g: &[V::T], n: usize, memory: [&mut Vec<V::T>; 3], out: &mut [V::T]) {
    let planes = Planes::of_image(c, 1);
    let [o, oh, ow] = c.out();
    let [_, per, kh, kw] = c.weights();
    let (image, places, taps) = (c.image.iter().product::<usize>(), oh * ow, per * kh * kw);
    assert!(x.len() >= n * image && g.len() >= n * o * places && out.len() >= o * taps);
    let of_group = o / c.groups;
    let line = of_group.next_multiple_of(V::WIDTH);
    let [copy, turned, sums] = memory;
    let copy = room(copy, planes.len());
    copy.fill(V::T::ZERO);
    let turned = aligned(turned, places * line);
    let sums = aligned(sums, c.groups * taps * line);
    // Of a group, what each weight meets at output (0, 0); where that is for the other outputs.
    let reads: Vec<usize> = (0..taps).map(|k| planes.under(k / (kh * kw), k / kw % kh, k % kw)).collect();
    let steps: Vec<u32> = (0..places).map(|k| (k / ow * c.stride[0] * planes.pitch() + k % ow) as u32).collect();
    // So that its length is not worked out anew at every step.
    let steps = std::hint::black_box(&steps[..]);
    for e in 0..n {
        planes.fill::<V>(&x[e * image..][..image], copy, planes.plane());
        for group in 0..c.groups {
            let g = &g[(e * o + group * of_group) * places..][..of_group * places];
            turn_in::<V>(g, [of_group, places], places, turned, line, false);
            let x = copy[group * per * planes.plane()..].as_ptr();
            let sums = &mut sums[group * taps * line..][..taps * line];
            for (b, steps) in steps.chunks(STEPS).enumerate() {
                let g = &turned[b * STEPS * line..];
                // SAFETY: the copy holds what all weights of the group meet at all outputs, and g a line for each output.
                unsafe { group_in::<V>(&reads, g, line, x, steps, sums, e > 0 || b > 0) };
            }
        }
    }
    for group in 0..if n > 0 { c.groups } else { 0 } {
        let (sums, out) = (&sums[group * taps * line..], &mut out[group * of_group * taps..]);
        turn_in::<V>(sums, [taps, of_group], line, out, taps, true);
    }
}

/// The weights of a group, over some places.
///
/// # Safety
/// As for [`tile`], for all channels and weights of the group; a line is whole registers.
#[inline(always)]
unsafe fn group_in<V: Lanes>(
    reads: &[usize],
    g: &[V::T],
    line: usize,
    x: *const V::T,
    steps: &[u32],
    sums: &mut [V::T],
    add: bool,
) {
    let (registers, most) = (line / V::WIDTH, V::REGISTERS / 8);
    let strips = registers.div_ceil(most);
    for s in 0..strips {
        let (first, end) = (registers * s / strips, registers * (s + 1) / strips);
        let (g, to) = (g[first * V::WIDTH..].as_ptr(), sums[first * V::WIDTH..].as_mut_ptr());
        for k in (0..reads.len()).step_by(ROWS) {
            let rows = ROWS.min(reads.len() - k);
            // Where fewer are left, the last one is done again, and not kept.
            let mut near = [reads[k]; ROWS];
            for (r, near) in near.iter_mut().enumerate() {
                *near = reads[k + r.min(rows - 1)];
            }
            let to = to.wrapping_add(k * line);
            // SAFETY: as the caller promises.
            unsafe {
                match (end - first, V::REGISTERS) {
                    (4, 32) => tile::<V, 4>(g, line, x, steps, near, to, rows, add),
                    (3, 32) => tile::<V, 3>(g, line, x, steps, near, to, rows, add),
                    (2, _) => tile::<V, 2>(g, line, x, steps, near, to, rows, add),
                    _ => tile::<V, 1>(g, line, x, steps, near, to, rows, add),
                }
            }
        }
    }
}

dispatch_lanes!(
    /// The sum over `n` images, added to `out`.
    sum => sum_in(c: &Conv, x: &[T], g: &[T], n: usize, memory: [&mut Vec<T>; 3], out: &mut [T])
);
