//! Copies of images, padded, in the order in which products read them.

use super::super::super::graph::Conv;
use super::super::lanes::Lanes;

/// Where the copy of an image keeps its numbers: channel by channel, row by row, and in a row one segment for each remainder of the
/// column by the stride. What is beside the image is zero; rows and remainders that the kernel never meets are left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planes {
    /// Of the image.
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    /// Row and column of the copy's first place, in the image.
    pub top: isize,
    pub left: isize,
    /// Rows of the copy; of each `step` of them, the first `used` are read.
    pub rows: usize,
    pub step: usize,
    pub used: usize,
    /// The stride of columns, and how many remainders are kept.
    pub cut: usize,
    pub segments: usize,
    /// Length of a segment.
    pub segment: usize,
}

impl Planes {
    /// That which a forward convolution and the gradient of its weights read; `lanes` is the width of a register.
    pub fn of_image(c: &Conv, lanes: usize) -> Planes {
        let [_, oh, ow] = c.out();
        Planes {
            channels: c.image[0],
            height: c.image[1],
            width: c.image[2],
            top: -(c.padding[0] as isize),
            left: -(c.padding[1] as isize),
            rows: (oh - 1) * c.stride[0] + c.kernel[1],
            step: c.stride[0],
            used: c.stride[0].min(c.kernel[1]),
            cut: c.stride[1],
            segments: c.stride[1].min(c.kernel[2]),
            segment: ow.next_multiple_of(lanes) + (c.kernel[2] - 1) / c.stride[1],
        }
    }

    pub fn pitch(&self) -> usize {
        self.segments * self.segment
    }

    pub fn plane(&self) -> usize {
        self.rows * self.pitch()
    }

    pub fn len(&self) -> usize {
        self.channels * self.plane()
    }

    /// From the copy's beginning, for output (0, 0): where a channel's number under place (y, x) of the kernel is.
    pub fn under(&self, channel: usize, y: usize, x: usize) -> usize {
        channel * self.plane() + y * self.pitch() + (x % self.cut) * self.segment + x / self.cut
    }

    /// Copies one image into memory that is zero beside it, with `plane` from one channel to the next.
    #[inline(always)]
    pub fn fill<V: Lanes>(&self, image: &[V::T], to: &mut [V::T], plane: usize) {
        // Each row of the image that is read, with its row of the copy. A closure may be compiled for fewer instructions.
        let (pitch, first) = (self.pitch(), self.top.max(0));
        let last = (self.top + self.rows as isize).min(self.height as isize);
        macro_rules! each {
            (|$line:ident, $row:ident| $work:expr) => {
                for c in 0..self.channels {
                    for y in first..last {
                        let r = (y - self.top) as usize;
                        if self.step == self.used || r % self.step < self.used {
                            let $line = &image[(c * self.height + y as usize) * self.width..][..self.width];
                            let $row = &mut to[c * plane + r * pitch..][..pitch];
                            $work;
                        }
                    }
                }
            };
        }
        // Of a remainder of image columns: its segment, and its first place there; left of the copy nothing is read.
        let place = |column: usize| {
            let k = column as isize - self.left;
            (k >= 0).then(|| (k as usize % self.cut, k as usize / self.cut))
        };
        if self.cut == 2 && self.segments == 2 && self.left <= 0 {
            let (Some((a, i)), Some((b, j))) = (place(0), place(1)) else { return };
            debug_assert!(a != b);
            each!(|line, row| {
                let (one, two) = row.split_at_mut(self.segment);
                let (even, odd) = if a == 0 { (&mut one[i..], &mut two[j..]) } else { (&mut two[i..], &mut one[j..]) };
                unzip::<V>(line, even, odd);
            });
            return;
        }
        for s in 0..self.segments {
            // Place k of the segment is image column left + s + k cut.
            let first_column = self.left + s as isize;
            let before = if first_column < 0 { ((-first_column) as usize).div_ceil(self.cut) } else { 0 };
            let from = (first_column + (before * self.cut) as isize) as usize;
            if before >= self.segment || from >= self.width {
                continue;
            }
            let count = (self.width - from).div_ceil(self.cut).min(self.segment - before);
            let at = s * self.segment + before;
            if self.cut == 1 {
                each!(|line, row| copy::<V>(&line[from..from + count], &mut row[at..at + count]));
            } else {
                each!(|line, row| {
                    for (k, to) in row[at..at + count].iter_mut().enumerate() {
                        *to = line[from + k * self.cut];
                    }
                });
            }
        }
    }
}

/// Short runs: a call to copy memory would cost as much as the copy.
#[inline(always)]
fn copy<V: Lanes>(from: &[V::T], to: &mut [V::T]) {
    let n = from.len().min(to.len());
    if n < V::WIDTH {
        for (o, x) in to.iter_mut().zip(from) {
            *o = *x;
        }
        return;
    }
    let mut i = 0;
    // SAFETY: whole registers within both; the last one ends where they end.
    unsafe {
        while i + V::WIDTH <= n {
            V::load(from.as_ptr().add(i)).store(to.as_mut_ptr().add(i));
            i += V::WIDTH;
        }
        V::load(from.as_ptr().add(n - V::WIDTH)).store(to.as_mut_ptr().add(n - V::WIDTH));
    }
}

/// Numbers at even places and at odd ones, as far as there is room for them.
#[inline(always)]
fn unzip<V: Lanes>(line: &[V::T], even: &mut [V::T], odd: &mut [V::T]) {
    let pairs = (line.len() / 2).min(even.len()).min(odd.len());
    let mut i = 0;
    // SAFETY: whole registers within all three.
    unsafe {
        while i + V::WIDTH <= pairs {
            let p = line.as_ptr().add(2 * i);
            let (a, b) = V::load(p).unzip(V::load(p.add(V::WIDTH)));
            a.store(even.as_mut_ptr().add(i));
            b.store(odd.as_mut_ptr().add(i));
            i += V::WIDTH;
        }
    }
    for (o, x) in even[i..].iter_mut().zip(line[2 * i..].iter().step_by(2)) {
        *o = *x;
    }
    for (o, x) in odd[i..].iter_mut().zip(line.get(2 * i + 1..).unwrap_or(&[]).iter().step_by(2)) {
        *o = *x;
    }
}
