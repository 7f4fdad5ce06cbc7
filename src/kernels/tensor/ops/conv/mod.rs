//! Convolutions without the matrix of windows: images are copied once with their padding, and products read them where they are.
//!
//! A row of a copied image is cut by the stride: columns that one place of the kernel meets lie side by side, so that any stride reads
//! whole registers. Transposition by the image is, for each remainder of places by the stride, a convolution with some of the kernel's
//! places. Knows one layout for all three products.

mod correlate;
mod weights;

pub(super) use correlate::{Correlation, correlate, pack};
pub(super) use weights::weights;

use super::super::graph::Conv;
use super::super::real::Real;

/// Where the copy of an image keeps its numbers: channel by channel, row by row, and in a row one segment for each remainder of the
/// column by the stride.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planes {
    /// Of the image.
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    /// Row and column of the copy's first place, in the image: zeros where that is outside.
    pub top: isize,
    pub left: isize,
    /// Rows of the copy.
    pub rows: usize,
    /// Columns that go into different segments.
    pub cut: usize,
    /// Length of a segment.
    pub segment: usize,
}

impl Planes {
    pub fn pitch(&self) -> usize {
        self.cut * self.segment
    }
    pub fn plane(&self) -> usize {
        self.rows * self.pitch()
    }
    pub fn len(&self) -> usize {
        self.channels * self.plane()
    }

    /// Copies one image.
    pub fn fill<T: Real>(&self, image: &[T], to: &mut [T]) {
        let (plane, pitch) = (self.plane(), self.pitch());
        if plane == 0 {
            return;
        }
        for (c, plane) in to.chunks_exact_mut(plane).take(self.channels).enumerate() {
            for (r, row) in plane.chunks_exact_mut(pitch).enumerate() {
                let y = r as isize + self.top;
                if y < 0 || y >= self.height as isize {
                    row.fill(T::ZERO);
                    continue;
                }
                let line = &image[(c * self.height + y as usize) * self.width..][..self.width];
                for (s, segment) in row.chunks_exact_mut(self.segment).enumerate() {
                    // Place k of the segment is column left + s + k cut of the image.
                    let first = self.left + s as isize;
                    let before = if first < 0 { (-first) as usize } else { 0 }.div_ceil(self.cut).min(self.segment);
                    let from = (first + (before * self.cut) as isize) as usize;
                    let count = self.width.saturating_sub(from).div_ceil(self.cut).min(self.segment - before);
                    segment[..before].fill(T::ZERO);
                    segment[before + count..].fill(T::ZERO);
                    if count == 0 {
                        continue;
                    }
                    let to = &mut segment[before..before + count];
                    if self.cut == 1 {
                        to.copy_from_slice(&line[from..from + count]);
                    } else {
                        to.iter_mut().zip(line[from..].iter().step_by(self.cut)).for_each(|(o, x)| *o = *x);
                    }
                }
            }
        }
    }
}

/// The copy of the image that a forward convolution and the gradient of the weights read; `lanes` is the width of a register.
pub(super) fn image_planes(c: &Conv, lanes: usize) -> Planes {
    let [_, oh, ow] = c.out();
    let cut = c.stride[1];
    Planes {
        channels: c.image[0],
        height: c.image[1],
        width: c.image[2],
        top: -(c.padding[0] as isize),
        left: -(c.padding[1] as isize),
        rows: (oh - 1) * c.stride[0] + c.kernel[1],
        cut,
        segment: ow.next_multiple_of(lanes) + (c.kernel[2] - 1) / cut,
    }
}

/// From the copy's beginning, for output (0, 0): where a channel's number under place (y, x) of the kernel is.
pub(super) fn under(p: &Planes, channel: usize, y: usize, x: usize) -> usize {
    channel * p.plane() + y * p.pitch() + (x % p.cut) * p.segment + x / p.cut
}
