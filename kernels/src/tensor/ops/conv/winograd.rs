//! Convolutions of 3 × 3 with a stride of one, and their transposes by the image, with 16 products for four outputs instead of 36.
//!
//! Patches of 4 × 4 that overlap by two, the kernels, and tiles of 2 × 2 outputs go through small linear maps, between which a product
//! of matrices stands for each of 16 places (Winograd, Arithmetic Complexity of Computations (1980); Lavin and Gray,
//! arXiv:1509.09308, F(2 × 2, 3 × 3)). Rounding is a few times that of plain sums, whose terms stay the same size.

use super::super::super::graph::Conv;
use super::super::super::real::Real;
use super::super::kernel::keep;
use super::super::lanes::Lanes;
use super::super::simd::dispatch_lanes;
use super::super::{Simd, aligned};
use super::planes::Planes;
use super::{ROWS, part};

/// Places of a patch.
const PLACES: usize = 16;
/// Fewer channels are not worth the maps.
const CHANNELS: usize = 8;

/// A convolution, or its transpose by the image, ready to run with any weights.
#[derive(Clone, Debug)]
pub struct Winograd {
    /// The image padded, even and odd columns apart.
    planes: Planes,
    /// Of the result: channels, height, width.
    out: [usize; 3],
    /// From a kernel to that of the next channel of the result, and of the image.
    next: [usize; 2],
    /// Kernels are turned by half a circle.
    turned: bool,
    /// Rows of tiles, and tiles of a row in halves of a register.
    rows: usize,
    halves: usize,
}

impl Winograd {
    /// For convolutions that gain by it.
    pub fn forward(c: &Conv, lanes: usize) -> Option<Winograd> {
        let [_, per, kh, kw] = c.weights();
        Winograd::new(c, c.image, c.out(), c.padding, [per * kh * kw, kh * kw], false, lanes)
    }

    /// The transpose: a convolution of the other image with turned kernels.
    pub fn back(c: &Conv, lanes: usize) -> Option<Winograd> {
        let [_, per, kh, kw] = c.weights();
        let padding = [2usize.checked_sub(c.padding[0])?, 2usize.checked_sub(c.padding[1])?];
        Winograd::new(c, c.out(), c.image, padding, [kh * kw, per * kh * kw], true, lanes)
    }

    fn new(
        c: &Conv,
        image: [usize; 3],
        out: [usize; 3],
        padding: [usize; 2],
        next: [usize; 2],
        turned: bool,
        lanes: usize,
    ) -> Option<Winograd> {
        if c.kernel[1..] != [3, 3] || c.stride != [1, 1] || c.groups != 1 || image[0].min(out[0]) < CHANNELS {
            return None;
        }
        let (rows, halves) = (out[1].div_ceil(2), out[2].div_ceil(2).div_ceil(lanes / 2));
        // The products, against those of the plain sum: what is beyond the edges counts in both.
        let (ours, plain) = (PLACES * rows * halves * (lanes / 2), 9 * out[1] * out[2].next_multiple_of(lanes));
        if 10 * ours > 7 * plain {
            return None;
        }
        let planes = Planes {
            channels: image[0],
            height: image[1],
            width: image[2],
            top: -(padding[0] as isize),
            left: -(padding[1] as isize),
            rows: 2 * rows + 2,
            step: 1,
            used: 1,
            cut: 2,
            segments: 2,
            segment: halves * (lanes / 2) + 1,
        };
        Some(Winograd { planes, out, next, turned, rows, halves })
    }

    /// How many packed weights there are.
    pub fn packed_len(&self) -> usize {
        PLACES * self.out[0] * self.planes.channels
    }

    /// Kernels at the places of patches: for each place and tile of channels, the weights of a channel of the image side by side.
    pub fn pack<T: Real>(&self, weights: &[T], to: &mut [T]) {
        let (out, channels) = (self.out[0], self.planes.channels);
        let half = T::from_f64(0.5);
        let spread = |[a, b, c]: [T; 3]| [a, half * (a + b + c), half * (a - b + c), c];
        for t in 0..out.div_ceil(ROWS) {
            let (first, rows) = part(out, t);
            for r in 0..rows {
                for channel in 0..channels {
                    let kernel = &weights[(first + r) * self.next[0] + channel * self.next[1]..][..9];
                    let mut lines = [[T::ZERO; 4]; 3];
                    for (y, line) in lines.iter_mut().enumerate() {
                        *line = spread([0, 1, 2].map(|x| kernel[if self.turned { 8 - 3 * y - x } else { 3 * y + x }]));
                    }
                    for x in 0..4 {
                        for (y, value) in spread(lines.map(|line| line[x])).into_iter().enumerate() {
                            to[(4 * y + x) * out * channels + first * channels + channel * rows + r] = value;
                        }
                    }
                }
            }
        }
    }
}

// Loops here are over numbers: registers that are looked up one by one would lie in memory.

/// A register of patches, whose halves begin at `at`, at their places.
///
/// # Safety
/// Four rows `pitch` apart of even and odd columns, `segment` apart, are valid from there on, and `to` for a register at each place,
/// `step` apart.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
unsafe fn patches<V: Lanes>(x: *const V::T, at: [usize; 2], pitch: usize, segment: usize, to: *mut V::T, step: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        let zero = V::splat(V::T::ZERO);
        let mut lines = [[zero; 4]; 4];
        for (y, line) in lines.iter_mut().enumerate() {
            let (p, q) = (x.wrapping_add(at[0] + y * pitch), x.wrapping_add(at[1] + y * pitch));
            let a = V::halves(p, q);
            let b = V::halves(p.wrapping_add(segment), q.wrapping_add(segment));
            let c = V::halves(p.wrapping_add(1), q.wrapping_add(1));
            let d = V::halves(p.wrapping_add(segment + 1), q.wrapping_add(segment + 1));
            *line = [a.sub(c), b.add(c), c.sub(b), b.sub(d)];
        }
        for i in 0..4 {
            let to = to.wrapping_add(i * step);
            lines[0][i].sub(lines[2][i]).store(to);
            lines[1][i].add(lines[2][i]).store(to.wrapping_add(4 * step));
            lines[2][i].sub(lines[1][i]).store(to.wrapping_add(8 * step));
            lines[1][i].sub(lines[3][i]).store(to.wrapping_add(12 * step));
        }
    }
}

/// `R` channels of the result by `N` registers of patches, at one place.
///
/// # Safety
/// `u` holds R weights for each of `channels`, `v` and `to` N registers for each channel.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
unsafe fn tile<V: Lanes, const R: usize, const N: usize>(channels: usize, u: *const V::T, v: *const V::T, to: *mut V::T) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut sums = [[V::splat(V::T::ZERO); N]; R];
        let mut right = [V::splat(V::T::ZERO); N];
        let (mut u, mut v) = (u, v);
        for _ in 0..channels {
            for (n, right) in right.iter_mut().enumerate() {
                *right = V::load(v.wrapping_add(n * V::WIDTH));
            }
            for r in 0..R {
                let left = V::splat(*u.wrapping_add(r));
                for n in 0..N {
                    sums[r][n] = sums[r][n].fma(left, right[n]);
                }
            }
            (u, v) = (u.wrapping_add(R), v.wrapping_add(N * V::WIDTH));
        }
        for r in 0..R {
            for n in 0..N {
                sums[r][n].store(to.wrapping_add((r * N + n) * V::WIDTH));
            }
        }
    }
}

/// The outputs of a register of tiles from what is at their places: of each row the halves of a register.
///
/// # Safety
/// `m` is valid for a register at each place, `step` apart.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
unsafe fn outputs<V: Lanes>(m: *const V::T, step: usize) -> [[V; 2]; 2] {
    // SAFETY: as the caller promises.
    unsafe {
        let zero = V::splat(V::T::ZERO);
        let mut columns = [[zero; 4]; 2];
        for i in 0..4 {
            let m = m.wrapping_add(i * step);
            let (a, b) = (V::load(m), V::load(m.wrapping_add(4 * step)));
            let (c, d) = (V::load(m.wrapping_add(8 * step)), V::load(m.wrapping_add(12 * step)));
            columns[0][i] = a.add(b).add(c);
            columns[1][i] = b.sub(c).sub(d);
        }
        let mut rows = [[zero; 2]; 2];
        for (row, [a, b, c, d]) in rows.iter_mut().zip(columns) {
            let (first, second) = a.add(b).add(c).zip(b.sub(c).sub(d));
            *row = [first, second];
        }
        rows
    }
}

/// Registers of patches that go together, at most.
const MOST: usize = 4;
/// Numbers between what belongs to one place and to the next, so that a register's places do not fall on the same lines of the cache.
const STAGGER: usize = 16;

#[inline(always)]
#[allow(clippy::needless_range_loop)]
fn run_in<V: Lanes>(w: &Winograd, x: &[V::T], packed: &[V::T], n: usize, memory: &mut Vec<V::T>, out: &mut [V::T]) {
    let ([o, oh, ow], channels) = (w.out, w.planes.channels);
    let (image, size) = (channels * w.planes.height * w.planes.width, o * oh * ow);
    assert!(x.len() >= n * image && out.len() >= n * size && packed.len() >= w.packed_len());
    let halves = w.rows * w.halves;
    let together = if V::REGISTERS == 32 && halves > MOST { MOST } else { MOST / 2 };
    let strip = together * V::WIDTH;
    let copied = w.planes.len().next_multiple_of(64);
    // From one place to the next.
    let (apart, summed_apart) = (channels * strip + STAGGER, o * strip + STAGGER);
    let (copy, rest) = aligned(memory, copied + PLACES * (apart + summed_apart)).split_at_mut(copied);
    let (patched, summed) = rest.split_at_mut(PLACES * apart);
    copy.fill(V::T::ZERO);
    let (pitch, segment, plane) = (w.planes.pitch(), w.planes.segment, w.planes.plane());
    for e in 0..n {
        w.planes.fill::<V>(&x[e * image..][..image], copy, plane);
        let out = &mut out[e * size..][..size];
        for first in (0..halves).step_by(2 * together) {
            // Rows and columns of tiles. Where fewer are left, the last one is done again.
            let mut spots = [(0, 0); 2 * MOST];
            for (k, spot) in spots.iter_mut().enumerate() {
                let k = (first + k).min(halves - 1);
                *spot = (k / w.halves, k % w.halves * (V::WIDTH / 2));
            }
            for c in 0..channels {
                let copy = copy[c * plane..][..plane].as_ptr();
                for r in 0..together {
                    let at = [spots[2 * r], spots[2 * r + 1]].map(|(row, column)| 2 * row * pitch + column);
                    let to = patched[c * strip + r * V::WIDTH..].as_mut_ptr();
                    // SAFETY: the copy has two rows and a column more than there are tiles, and each place its part of `patched`.
                    unsafe { patches::<V>(copy, at, pitch, segment, to, apart) };
                }
            }
            for place in 0..PLACES {
                let v = patched[place * apart..][..channels * strip].as_ptr();
                for t in 0..o.div_ceil(ROWS) {
                    let (from, rows) = part(o, t);
                    let u = packed[(place * o + from) * channels..][..rows * channels].as_ptr();
                    let to = summed[place * summed_apart + from * strip..][..rows * strip].as_mut_ptr();
                    macro_rules! run {
                        ($r:literal) => {
                            // SAFETY: the parts are as long as the sizes say.
                            unsafe {
                                if V::REGISTERS == 32 && together == MOST {
                                    tile::<V, $r, MOST>(channels, u, v, to)
                                } else {
                                    tile::<V, $r, { MOST / 2 }>(channels, u, v, to)
                                }
                            }
                        };
                    }
                    match rows {
                        6 => run!(6),
                        5 => run!(5),
                        _ => run!(4),
                    }
                }
            }
            for c in 0..o {
                for r in 0..together {
                    let m = summed[c * strip + r * V::WIDTH..].as_ptr();
                    // SAFETY: each place has its part of `summed`.
                    let rows = unsafe { outputs::<V>(m, summed_apart) };
                    for h in 0..2 {
                        let (row, column) = spots[2 * r + h];
                        for y in 0..2 {
                            if 2 * row + y < oh {
                                let line = &mut out[(c * oh + 2 * row + y) * ow..][..ow][2 * column..];
                                let count = line.len().min(V::WIDTH);
                                // SAFETY: so many numbers are there.
                                unsafe { keep(rows[y][h], line.as_mut_ptr(), count, false) };
                            }
                        }
                    }
                }
            }
        }
    }
}

dispatch_lanes!(
    run_all => run_in(w: &Winograd, x: &[T], packed: &[T], n: usize, memory: &mut Vec<T>, out: &mut [T])
);

/// `n` images, one after the other.
pub(in super::super) fn run<T: Real>(
    simd: Simd,
    w: &Winograd,
    x: &[T],
    packed: &[T],
    n: usize,
    memory: &mut Vec<T>,
    out: &mut [T],
) {
    run_all::<T>(simd, w, x, packed, n, memory, out);
}
