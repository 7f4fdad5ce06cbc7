//! The gradient of a convolution's weights where a group has few output channels: registers hold neighbouring places, and a sum over
//! them is made at the end of each tile.

use super::super::super::graph::Conv;
use super::super::super::real::Real;
use super::super::lanes::Lanes;
use super::super::simd::dispatch_lanes;
use super::super::{aligned, room};
use super::planes::Planes;
use super::{ROWS, part};

/// Weights of an output channel that a tile sums together.
const ACROSS: usize = 2;
/// Numbers of copied images that are kept together, so that they stay in the second cache.
const TOGETHER: usize = 96 * 1024;

/// The products of `R` channels of g with what two weights meet, summed over all registers of g.
///
/// # Safety
/// `g` holds as many registers as `steps` for each channel, `channel` apart; what `reads` meet at each step is valid at `x`.
#[inline(always)]
unsafe fn tile<V: Lanes, const R: usize>(
    g: *const V::T,
    channel: usize,
    x: *const V::T,
    steps: &[u32],
    reads: [usize; ACROSS],
) -> [[V::T; ACROSS]; R] {
    // SAFETY: as the caller promises.
    unsafe {
        let mut sums = [[V::splat(V::T::ZERO); ACROSS]; R];
        let x: [*const V::T; ACROSS] = reads.map(|read| x.wrapping_add(read));
        let mut g = [g; R];
        for (r, g) in g.iter_mut().enumerate() {
            *g = g.wrapping_add(r * channel);
        }
        let mut right = [V::splat(V::T::ZERO); ACROSS];
        for &step in steps {
            for (right, x) in right.iter_mut().zip(x) {
                *right = V::load(x.wrapping_add(step as usize));
            }
            for r in 0..R {
                let left = V::load(g[r]);
                for n in 0..ACROSS {
                    sums[r][n] = sums[r][n].fma(left, right[n]);
                }
                g[r] = g[r].wrapping_add(V::WIDTH);
            }
        }
        // A loop and not a map, which would be a call.
        let mut totals = [[V::T::ZERO; ACROSS]; R];
        for (totals, sums) in totals.iter_mut().zip(&sums) {
            for n in 0..ACROSS {
                totals[n] = sums[n].sum();
            }
        }
        totals
    }
}

/// Registers of g that a tile walks over, at most: so many of each of its channels stay in the first cache while it meets all weights.
const STEPS: usize = 96;
/// Numbers between channels of g, so that a tile's channels do not fall on the same lines of the cache.
const STAGGER: usize = 16;

#[inline(always)]
fn sum_in<V: Lanes>(c: &Conv, x: &[V::T], g: &[V::T], n: usize, memory: [&mut Vec<V::T>; 2], out: &mut [V::T]) {
    let planes = Planes::of_image(c, V::WIDTH);
    let [o, oh, ow] = c.out();
    let [_, per, kh, kw] = c.weights();
    let (image, output, taps) = (c.image.iter().product::<usize>(), o * oh * ow, per * kh * kw);
    assert!(x.len() >= n * image && g.len() >= n * output && out.len() >= o * taps);
    // g in whole registers, with zeros after each row; channel by channel, in each image after image.
    let across = ow.next_multiple_of(V::WIDTH);
    let lines = Planes {
        channels: o,
        height: oh,
        width: ow,
        top: 0,
        left: 0,
        rows: oh,
        step: 1,
        used: 1,
        cut: 1,
        segments: 1,
        segment: across,
    };
    let together = (TOGETHER / (planes.len() + lines.len()).max(1)).clamp(1, n.max(1));
    let [x_copies, g_copies] = memory;
    let x_copies = room(x_copies, together * planes.len());
    let channel = together * lines.plane() + STAGGER;
    let g_copies = aligned(g_copies, channel * o);
    x_copies.fill(V::T::ZERO);
    g_copies.fill(V::T::ZERO);
    // Of a group, what each weight meets at output (0, 0).
    let reads: Vec<usize> = (0..taps).map(|k| planes.under(k / (kh * kw), k / kw % kh, k % kw)).collect();
    // Where the image's numbers for each register of g are.
    let steps: Vec<u32> = (0..together * oh * (across / V::WIDTH))
        .map(|k| {
            let (line, first) = (k / (across / V::WIDTH), k % (across / V::WIDTH) * V::WIDTH);
            (line / oh * planes.len() + line % oh * c.stride[0] * planes.pitch() + first) as u32
        })
        .collect();
    for first in (0..n).step_by(together) {
        let images = together.min(n - first);
        for e in 0..images {
            planes.fill::<V>(&x[(first + e) * image..][..image], &mut x_copies[e * planes.len()..], planes.plane());
            lines.fill::<V>(&g[(first + e) * output..][..output], &mut g_copies[e * lines.plane()..], channel);
        }
        let steps = &steps[..images * oh * (across / V::WIDTH)];
        let each = steps.len().div_ceil(steps.len().div_ceil(STEPS).max(1)).max(1);
        for (b, steps) in steps.chunks(each).enumerate() {
            let g = &g_copies[b * each * V::WIDTH..];
            for group in 0..c.groups {
                // SAFETY: the copies hold what all weights of the group meet at all outputs, in whole registers.
                unsafe { group_in::<V>(c, group, &reads, g, channel, &x_copies[group * per * planes.plane()..], steps, out) };
            }
        }
    }
}

/// The weights of a group, over some registers of g.
///
/// # Safety
/// As for [`tile`], for all channels and weights of the group.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn group_in<V: Lanes>(
    c: &Conv,
    group: usize,
    reads: &[usize],
    g: &[V::T],
    channel: usize,
    x: &[V::T],
    steps: &[u32],
    out: &mut [V::T],
) {
    let (of_group, taps) = (c.kernel[0] / c.groups, reads.len());
    // So that its length is not worked out anew at every step.
    let steps = std::hint::black_box(steps);
    for t in 0..of_group.div_ceil(ROWS) {
        let (o, rows) = part(of_group, t);
        let o = group * of_group + o;
        for k in (0..taps).step_by(ACROSS) {
            // Where one weight is left, it is done twice.
            let near = [reads[k], reads[(k + 1).min(taps - 1)]];
            macro_rules! run {
                ($r:literal) => {{
                    // SAFETY: as the caller promises.
                    let sums = unsafe { tile::<V, $r>(g[o * channel..].as_ptr(), channel, x.as_ptr(), steps, near) };
                    for r in 0..$r {
                        let to = &mut out[(o + r) * taps + k..(o + r + 1) * taps];
                        to[0] += sums[r][0];
                        if to.len() > 1 {
                            to[1] += sums[r][1];
                        }
                    }
                }};
            }
            match rows {
                6 => run!(6),
                5 => run!(5),
                4 => run!(4),
                3 => run!(3),
                2 => run!(2),
                _ => run!(1),
            }
        }
    }
}

dispatch_lanes!(
    /// The sum over `n` images, added to `out`.
    sum => sum_in(c: &Conv, x: &[T], g: &[T], n: usize, memory: [&mut Vec<T>; 2], out: &mut [T])
);
