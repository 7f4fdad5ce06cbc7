//! Convolutions and their transposes by the image: tiles of output channels by registers of neighbouring outputs.

use super::super::super::graph::Conv;
use super::super::super::real::Real;
use super::super::kernel::keep;
use super::super::lanes::Lanes;
use super::super::room;
use super::super::simd::dispatch_lanes;
use super::{Planes, image_planes, under};

/// Output channels of a tile.
const ROWS: usize = 4;
/// Registers of a tile.
const ACROSS: usize = 3;

/// Outputs that meet the same places of the kernel.
#[derive(Clone, Debug)]
struct Pass {
    /// From a group's first channel and output (0, 0), the numbers that are weighted, in the order of packed weights.
    reads: Vec<u32>,
    /// Which weight that is, from the group's first, for its first output channel.
    weights: Vec<u32>,
    /// Of the copied image: where output (0, 0) begins, and how far down the next row is.
    first: usize,
    down: usize,
    rows: usize,
    columns: usize,
    /// Of an output channel: where output (0, 0) is, and the steps to the next row and column.
    to: usize,
    to_row: usize,
    to_column: usize,
    /// Where the weights of this pass begin among those of a group.
    packed: usize,
}

/// A convolution, or its transpose by the image, ready to run with any weights.
#[derive(Clone, Debug)]
pub struct Correlation {
    planes: Planes,
    passes: Vec<Pass>,
    groups: usize,
    /// Output channels of a group.
    out: usize,
    /// Numbers of an output channel.
    out_plane: usize,
    /// From an output channel's weights to the next one's, and from a group's to the next.
    next_out: usize,
    next_group: usize,
    /// Packed weights of a group.
    packed: usize,
}

impl Correlation {
    pub fn forward(c: &Conv, lanes: usize) -> Correlation {
        let planes = image_planes(c, lanes);
        let [o, oh, ow] = c.out();
        let [_, per, kh, kw] = c.weights();
        let (mut reads, mut weights) = (vec![], vec![]);
        for channel in 0..per {
            for y in 0..kh {
                for x in 0..kw {
                    reads.push(under(&planes, channel, y, x) as u32);
                    weights.push(((channel * kh + y) * kw + x) as u32);
                }
            }
        }
        let pass = Pass {
            reads,
            weights,
            first: 0,
            down: c.stride[0] * planes.pitch(),
            rows: oh,
            columns: ow,
            to: 0,
            to_row: ow,
            to_column: 1,
            packed: 0,
        };
        let out = o / c.groups;
        let (next_out, next_group) = (per * kh * kw, out * per * kh * kw);
        Correlation { planes, passes: vec![pass], groups: c.groups, out, out_plane: oh * ow, next_out, next_group, packed: 0 }
            .sized()
    }

    pub fn back(c: &Conv, lanes: usize) -> Correlation {
        let ([_, h, w], [o, oh, ow]) = (c.image, c.out());
        let [_, per, kh, kw] = c.weights();
        // By side, the remainders of padded places by the stride: (remainder, kernel places, first and last quotient of places in the
        // image). An image place u s + r - padding meets kernel place r + j s at output u - j.
        let side = |i: usize, size: usize, k: usize| -> Vec<(usize, usize, usize, usize)> {
            let (s, p) = (c.stride[i], c.padding[i]);
            let all = (0..s)
                .map(|r| (r, k.saturating_sub(r).div_ceil(s), p.saturating_sub(r).div_ceil(s), (size + p).saturating_sub(r)));
            all.filter(|(_, _, low, reach)| *reach > low * s).map(|(r, n, low, reach)| (r, n, low, (reach - 1) / s)).collect()
        };
        let (ys, xs) = (side(0, h, kh), side(1, w, kw));
        let before = |all: &[(usize, usize, usize, usize)]| {
            all.iter().map(|(_, n, low, _)| *low as isize - (*n as isize - 1).max(0)).min().unwrap_or(0)
        };
        let end = |all: &[(usize, usize, usize, usize)], lanes: usize| {
            all.iter().map(|(_, _, low, high)| low + (high + 1 - low).next_multiple_of(lanes)).max().unwrap_or(0) as isize
        };
        let (top, left) = (before(&ys), before(&xs));
        let planes = Planes {
            channels: o,
            height: oh,
            width: ow,
            top,
            left,
            rows: (end(&ys, 1) - top) as usize,
            cut: 1,
            segment: (end(&xs, lanes) - left) as usize,
        };
        let out_per = o / c.groups;
        let mut passes = vec![];
        for &(ry, ny, y0, y1) in &ys {
            for &(rx, nx, x0, x1) in &xs {
                let (mut reads, mut weights) = (vec![], vec![]);
                // Relative to the largest places of the kernel, which read the first numbers.
                for channel in 0..out_per {
                    for j in (0..ny).rev() {
                        for i in (0..nx).rev() {
                            reads.push(under(&planes, channel, ny - 1 - j, nx - 1 - i) as u32);
                            weights.push(((channel * per * kh + ry + j * c.stride[0]) * kw + rx + i * c.stride[1]) as u32);
                        }
                    }
                }
                let row = (y0 as isize - (ny as isize - 1) - top) as usize;
                let column = (x0 as isize - (nx as isize - 1) - left) as usize;
                passes.push(Pass {
                    first: if reads.is_empty() { 0 } else { row * planes.pitch() + column },
                    reads,
                    weights,
                    down: planes.pitch(),
                    rows: y1 + 1 - y0,
                    columns: x1 + 1 - x0,
                    to: (y0 * c.stride[0] + ry - c.padding[0]) * w + x0 * c.stride[1] + rx - c.padding[1],
                    to_row: c.stride[0] * w,
                    to_column: c.stride[1],
                    packed: 0,
                });
            }
        }
        let (next_out, next_group) = (kh * kw, out_per * per * kh * kw);
        Correlation { planes, passes, groups: c.groups, out: per, out_plane: h * w, next_out, next_group, packed: 0 }.sized()
    }

    fn sized(mut self) -> Correlation {
        for pass in &mut self.passes {
            pass.packed = self.packed;
            self.packed += self.out.next_multiple_of(ROWS) * pass.reads.len();
        }
        self
    }

    /// How many packed weights there are.
    pub fn packed_len(&self) -> usize {
        self.groups * self.packed
    }
}

/// Weights as tiles read them: for each group, pass and tile of output channels, the [`ROWS`] weights of a place side by side.
pub(in super::super) fn pack<T: Real>(c: &Correlation, weights: &[T], to: &mut [T]) {
    for (group, to) in to.chunks_exact_mut(c.packed.max(1)).take(c.groups).enumerate() {
        let weights = &weights[group * c.next_group..];
        for pass in &c.passes {
            let depth = pass.weights.len();
            for tile in 0..c.out.div_ceil(ROWS) {
                let to = &mut to[pass.packed + tile * ROWS * depth..][..ROWS * depth];
                for (four, w) in to.as_chunks_mut::<ROWS>().0.iter_mut().zip(&pass.weights) {
                    for (r, x) in four.iter_mut().enumerate() {
                        let o = tile * ROWS + r;
                        *x = if o < c.out { weights[o * c.next_out + *w as usize] } else { T::ZERO };
                    }
                }
            }
        }
    }
}

/// One tile: `R` output channels of a pass by `N` registers that begin at `from`, stored at `to` (0 columns where there is none).
#[inline(always)]
unsafe fn tile<V: Lanes, const R: usize, const N: usize>(
    reads: &[u32],
    weights: *const V::T,
    from: [*const V::T; N],
    to: [(*mut V::T, usize); N],
    out_plane: usize,
    to_column: usize,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut sums = [[V::splat(V::T::ZERO); N]; R];
        let mut w = weights;
        for &read in reads {
            let x: [V; N] = std::array::from_fn(|n| V::load(from[n].wrapping_add(read as usize)));
            for r in 0..R {
                let left = V::splat(*w.wrapping_add(r));
                for n in 0..N {
                    sums[r][n] = sums[r][n].fma(left, x[n]);
                }
            }
            w = w.wrapping_add(ROWS);
        }
        for (r, sums) in sums.iter().enumerate() {
            for (sum, (to, columns)) in sums.iter().zip(to) {
                let to = to.wrapping_add(r * out_plane);
                if to_column == 1 {
                    keep(*sum, to, columns, false);
                } else {
                    let mut part = [V::T::ZERO; 8];
                    sum.store(part.as_mut_ptr());
                    for (j, x) in part.iter().enumerate().take(columns) {
                        *to.wrapping_add(j * to_column) = *x;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn correlate_in<V: Lanes>(c: &Correlation, x: &[V::T], packed: &[V::T], n: usize, memory: &mut Vec<V::T>, out: &mut [V::T]) {
    let image = c.planes.channels * c.planes.height * c.planes.width;
    let size = c.groups * c.out * c.out_plane;
    assert!(x.len() >= n * image && out.len() >= n * size && packed.len() >= c.packed_len());
    let copy = room(memory, c.planes.len());
    let per_group = c.planes.len() / c.groups;
    for e in 0..n {
        c.planes.fill(&x[e * image..][..image], copy);
        let out = &mut out[e * size..][..size];
        for pass in &c.passes {
            let across = pass.columns.div_ceil(V::WIDTH);
            let all = pass.rows * across;
            for group in 0..c.groups {
                let from = &copy[group * per_group..][..per_group];
                let to = &mut out[group * c.out * c.out_plane..][..c.out * c.out_plane];
                let weights = &packed[group * c.packed + pass.packed..];
                for block in (0..all).step_by(ACROSS) {
                    // The start in the copy, the place in the output, the columns that are kept.
                    let at = |k: usize| {
                        let k = (block + k).min(all - 1);
                        let (row, first) = (k / across, k % across * V::WIDTH);
                        let to = pass.to + row * pass.to_row + first * pass.to_column;
                        (pass.first + row * pass.down + first, to, V::WIDTH.min(pass.columns - first))
                    };
                    for first in (0..c.out).step_by(ROWS) {
                        let rows = ROWS.min(c.out - first);
                        let w = weights[first * pass.reads.len()..].as_ptr();
                        let base = to[first * c.out_plane..].as_mut_ptr();
                        macro_rules! run {
                            ($r:literal, $n:literal) => {{
                                let places: [(usize, usize, usize); $n] = std::array::from_fn(at);
                                // SAFETY: reads of the copy stay within a group's planes (see the layout), outputs within their channels.
                                unsafe {
                                    tile::<V, $r, $n>(
                                        &pass.reads,
                                        w,
                                        places.map(|p| from.as_ptr().wrapping_add(p.0)),
                                        places.map(|p| (base.wrapping_add(p.1), p.2)),
                                        c.out_plane,
                                        pass.to_column,
                                    )
                                }
                            }};
                        }
                        match (rows, all - block) {
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
}

dispatch_lanes!(
    /// `n` images.
    correlate_all => correlate_in(c: &Correlation, x: &[T], packed: &[T], n: usize, memory: &mut Vec<T>, out: &mut [T])
);

/// `n` images, one after the other.
pub(in super::super) fn correlate<T: Real>(
    simd: super::super::Simd,
    c: &Correlation,
    x: &[T],
    packed: &[T],
    n: usize,
    memory: &mut Vec<T>,
    out: &mut [T],
) {
    correlate_all::<T>(simd, c, x, packed, n, memory, out);
}
