//! Convolutions and their transposes by the image: tiles of output channels by registers of neighbouring outputs.

use super::super::super::real::Real;
use super::super::lanes::Lanes;
use super::super::simd::dispatch_lanes;
use super::super::{Simd, aligned};
use super::plan::{Correlation, Pass};
use super::{ROWS, part};

/// Numbers of the widest register.
const LANES: usize = 8;

/// Where a register of outputs is: in the copied image, in an output channel, and how many of its numbers are kept.
#[derive(Clone, Copy)]
struct Spot {
    from: usize,
    to: usize,
    columns: usize,
}

/// `R` output channels of a pass by `N` registers.
///
/// # Safety
/// `weights` holds R for each of the pass's reads; the reads at each spot lie within the copy at `x`, and spots within channels at `to`.
#[inline(always)]
unsafe fn tile<V: Lanes, const R: usize, const N: usize>(
    pass: &Pass,
    weights: *const V::T,
    x: *const V::T,
    to: *mut V::T,
    next: usize,
    spots: [Spot; N],
) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut sums = [[V::splat(V::T::ZERO); N]; R];
        let from = spots.map(|s| x.wrapping_add(s.from));
        let mut x = [V::splat(V::T::ZERO); N];
        let mut w = weights;
        for &read in &pass.reads {
            for (x, from) in x.iter_mut().zip(from) {
                *x = V::load(from.wrapping_add(read as usize));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let left = V::splat(*w.wrapping_add(r));
                for n in 0..N {
                    sums[n] = sums[n].fma(left, x[n]);
                }
            }
            w = w.wrapping_add(R);
        }
        let whole = spots.iter().fold(true, |all, s| all & (s.columns == V::WIDTH));
        if pass.to_column == 1 && whole {
            for (r, sums) in sums.iter().enumerate() {
                for n in 0..N {
                    sums[n].store(to.wrapping_add(r * next + spots[n].to));
                }
            }
        } else {
            // By way of memory: sums that a loop looks up one by one would lie there all the time.
            let mut held = [[[V::T::ZERO; LANES]; N]; R];
            for r in 0..R {
                for n in 0..N {
                    sums[r][n].store(held[r][n].as_mut_ptr());
                }
            }
            for (r, held) in held.iter().enumerate() {
                for (held, spot) in held.iter().zip(&spots) {
                    let to = to.wrapping_add(r * next + spot.to);
                    if spot.columns == V::WIDTH {
                        scatter(&held[..V::WIDTH], to, pass.to_column);
                    } else {
                        scatter(&held[..spot.columns], to, pass.to_column);
                    }
                }
            }
        }
    }
}

/// # Safety
/// `to` is valid for all numbers, `step` apart.
#[inline(always)]
unsafe fn scatter<T: Real>(numbers: &[T], to: *mut T, step: usize) {
    for (j, x) in numbers.iter().enumerate() {
        // SAFETY: as the caller promises.
        unsafe { *to.wrapping_add(j * step) = *x };
    }
}

/// A block of registers, from number `block` of the pass on, for all output channels of a group. Where `count` is less than a tile
/// has, the last one is done again.
///
/// # Safety
/// As for [`tile`], for all of the pass.
#[inline(always)]
unsafe fn channels<V: Lanes>(
    c: &Correlation,
    pass: &Pass,
    weights: &[V::T],
    x: *const V::T,
    to: *mut V::T,
    block: usize,
    count: usize,
) {
    let across = pass.columns.div_ceil(V::WIDTH);
    let spot = |k: usize| {
        let k = block + k.min(count - 1);
        let (row, first) = (k / across, k % across * V::WIDTH);
        Spot {
            from: pass.first + row * pass.down + first,
            to: pass.to + row * pass.to_row + first * pass.to_column,
            columns: V::WIDTH.min(pass.columns - first),
        }
    };
    let spots: [Spot; 4] = std::array::from_fn(spot);
    for t in 0..c.out.div_ceil(ROWS) {
        let (first, rows) = part(c.out, t);
        let w = weights[first * pass.reads.len()..].as_ptr();
        let to = to.wrapping_add(first * c.out_plane);
        macro_rules! run {
            ($r:literal, $n:literal) => {
                // SAFETY: as the caller promises.
                unsafe { tile::<V, $r, $n>(pass, w, x, to, c.out_plane, std::array::from_fn(|n| spots[n])) }
            };
        }
        match (rows, V::REGISTERS) {
            (6, 32) => run!(6, 4),
            (5, 32) => run!(5, 4),
            (4, 32) => run!(4, 4),
            (3, 32) => run!(3, 4),
            (6, _) => run!(6, 2),
            (5, _) => run!(5, 2),
            (4, _) => run!(4, 2),
            (3, _) => run!(3, 2),
            (2, _) => run!(2, 4),
            _ => run!(1, 4),
        }
    }
}

#[inline(always)]
fn correlate_in<V: Lanes>(c: &Correlation, x: &[V::T], packed: &[V::T], n: usize, memory: &mut Vec<V::T>, out: &mut [V::T]) {
    let image = c.planes.channels * c.planes.height * c.planes.width;
    let size = c.groups * c.out * c.out_plane;
    assert!(x.len() >= n * image && out.len() >= n * size && packed.len() >= c.packed_len());
    let copy = aligned(memory, c.planes.len());
    copy.fill(V::T::ZERO);
    let per_group = c.planes.len() / c.groups;
    // With few channels to a tile, or many registers, there is room for more outputs.
    let together = if c.out <= 2 || V::REGISTERS == 32 { 4 } else { 2 };
    if c.passes.iter().any(|p| p.reads.is_empty()) {
        out[..n * size].fill(V::T::ZERO);
    }
    for e in 0..n {
        c.planes.fill::<V>(&x[e * image..][..image], copy, c.planes.plane());
        let out = &mut out[e * size..][..size];
        for pass in c.passes.iter().filter(|p| !p.reads.is_empty()) {
            let all = pass.rows * pass.columns.div_ceil(V::WIDTH);
            for group in 0..c.groups {
                let x = copy[group * per_group..].as_ptr();
                let to = out[group * c.out * c.out_plane..].as_mut_ptr();
                let weights = &packed[group * c.packed + pass.packed..];
                for block in (0..all).step_by(together) {
                    // SAFETY: the plan's reads lie within a group's planes for all outputs, whose places lie within their channels.
                    unsafe { channels::<V>(c, pass, weights, x, to, block, together.min(all - block)) };
                }
            }
        }
    }
}

dispatch_lanes!(
    correlate_all => correlate_in(c: &Correlation, x: &[T], packed: &[T], n: usize, memory: &mut Vec<T>, out: &mut [T])
);

/// `n` images, one after the other.
pub(in super::super) fn correlate<T: Real>(
    simd: Simd,
    c: &Correlation,
    x: &[T],
    packed: &[T],
    n: usize,
    memory: &mut Vec<T>,
    out: &mut [T],
) {
    correlate_all::<T>(simd, c, x, packed, n, memory, out);
}
