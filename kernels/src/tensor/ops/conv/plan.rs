//! What a convolution, or its transpose by the image, reads and writes; worked out once.

use super::super::super::graph::Conv;
use super::super::super::real::Real;
use super::ROWS;
use super::part;
use super::planes::Planes;

/// Outputs that meet the same places of the kernel.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// From a group's first channel and output (0, 0), the numbers that are weighted, in the order of packed weights.
    pub reads: Vec<u32>,
    /// Which weight that is, from the group's first, for its first output channel.
    pub weights: Vec<u32>,
    /// Of the copied image: where output (0, 0) begins, and how far down the next row is.
    pub first: usize,
    pub down: usize,
    pub rows: usize,
    pub columns: usize,
    /// Of an output channel: where output (0, 0) is, and the steps to the next row and column.
    pub to: usize,
    pub to_row: usize,
    pub to_column: usize,
    /// Where the weights of this pass begin among those of a group.
    pub packed: usize,
}

/// A convolution, or its transpose by the image, ready to run with any weights.
#[derive(Clone, Debug)]
pub struct Correlation {
    pub(super) planes: Planes,
    pub(super) passes: Vec<Pass>,
    pub(super) groups: usize,
    /// Output channels of a group.
    pub(super) out: usize,
    /// Numbers of an output channel.
    pub(super) out_plane: usize,
    /// From an output channel's weights to the next one's, and from a group's to the next.
    next_out: usize,
    next_group: usize,
    /// Packed weights of a group.
    pub(super) packed: usize,
}

impl Correlation {
    pub fn forward(c: &Conv, lanes: usize) -> Correlation {
        let planes = Planes::of_image(c, lanes);
        let [o, oh, ow] = c.out();
        let [_, per, kh, kw] = c.weights();
        let (mut reads, mut weights) = (vec![], vec![]);
        for channel in 0..per {
            for y in 0..kh {
                for x in 0..kw {
                    reads.push(planes.under(channel, y, x) as u32);
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
            step: 1,
            used: 1,
            cut: 1,
            segments: 1,
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
                            reads.push(planes.under(channel, ny - 1 - j, nx - 1 - i) as u32);
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
            self.packed += self.out * pass.reads.len();
        }
        self
    }

    /// How many packed weights there are.
    pub fn packed_len(&self) -> usize {
        self.groups * self.packed
    }
}

/// Weights as tiles read them: for each group, pass and tile of output channels, the weights of a place side by side.
pub(in super::super) fn pack<T: Real>(c: &Correlation, weights: &[T], to: &mut [T]) {
    for (group, to) in to.chunks_exact_mut(c.packed.max(1)).take(c.groups).enumerate() {
        let weights = &weights[group * c.next_group..];
        for pass in &c.passes {
            let depth = pass.weights.len();
            if depth == 0 {
                continue;
            }
            for t in 0..c.out.div_ceil(ROWS) {
                let (first, rows) = part(c.out, t);
                let to = &mut to[pass.packed + first * depth..][..rows * depth];
                for r in 0..rows {
                    let weights = &weights[(first + r) * c.next_out..];
                    for (x, w) in to[r..].iter_mut().step_by(rows).zip(&pass.weights) {
                        *x = weights[*w as usize];
                    }
                }
            }
        }
    }
}
