//! The inner loop of matrix products: a tile of the result in registers, as long as the inner dimension lasts.
//!
//! An element of the result is a chain of multiply-adds in the order of the inner dimension, cut into blocks of [`DEPTH`] whose sums
//! are added in order: the same bits wherever the element lies in its tile, and whatever else is computed with it. (The division of
//! the work: Goto, van de Geijn, ACM TOMS 34, 12 (2008).)

use super::lanes::Lanes;
use crate::cache::fetch_line;

/// Rows of a tile.
pub(super) const ROWS: usize = 6;
/// Registers side by side in a tile.
pub(super) const ACROSS: usize = 2;
/// Steps of the inner dimension between two visits to the result.
pub(super) const DEPTH: usize = 256;

/// Panels side by side in a tile: as many as registers hold.
pub(super) const fn together<V: Lanes>() -> usize {
    V::REGISTERS / 16
}

/// Columns of a full panel.
pub(super) const fn panel<V: Lanes>() -> usize {
    ACROSS * V::WIDTH
}

/// Where a tile reads and writes.
#[derive(Clone, Copy)]
pub(super) struct Tile<T> {
    pub depth: usize,
    /// Element (r, k) of the left factor is `a[r * row + k * step]`.
    pub a: *const T,
    pub row: usize,
    pub step: usize,
    /// Element (k, j) of panel p of the right factor is `b[p * beside + k * across + j]`.
    pub b: *const T,
    pub across: usize,
    pub beside: usize,
    /// Element (r, j) of the result is `c[r * pitch + j]`.
    pub c: *mut T,
    pub pitch: usize,
    /// How many columns are kept.
    pub columns: usize,
    /// Adds to the result instead of overwriting it.
    pub add: bool,
}

/// A tile of up to [`ROWS`] rows and [`together`] panels.
///
/// # Safety
/// The addresses that `tile` describes are valid for `rows` rows: those of `b` for whole registers.
#[inline(always)]
pub(super) unsafe fn tile<V: Lanes>(rows: usize, t: &Tile<V::T>) {
    // SAFETY: as the caller promises.
    unsafe {
        if together::<V>() == 2 && t.columns > panel::<V>() {
            by_rows::<V, { 2 * ACROSS }>(rows, t);
        } else if t.columns > V::WIDTH {
            by_rows::<V, ACROSS>(rows, t);
        } else {
            by_rows::<V, 1>(rows, t);
        }
    }
}

#[inline(always)]
unsafe fn by_rows<V: Lanes, const N: usize>(rows: usize, t: &Tile<V::T>) {
    // SAFETY: as the caller promises.
    unsafe {
        match (rows, t.step) {
            (6, 1) => fixed::<V, 6, N, 1>(t),
            (6, ROWS) => fixed::<V, 6, N, ROWS>(t),
            (6, _) => fixed::<V, 6, N, 0>(t),
            (5, _) => fixed::<V, 5, N, 0>(t),
            (4, _) => fixed::<V, 4, N, 0>(t),
            (3, _) => fixed::<V, 3, N, 0>(t),
            (2, _) => fixed::<V, 2, N, 0>(t),
            _ => fixed::<V, 1, N, 0>(t),
        }
    }
}

/// `STEP` is that of the tile where the compiler is to know it (and a step of [`ROWS`] goes with adjacent rows), else 0.
#[inline(always)]
unsafe fn fixed<V: Lanes, const R: usize, const N: usize, const STEP: usize>(t: &Tile<V::T>) {
    // SAFETY: as the caller promises.
    unsafe {
        let step = if STEP == 0 { t.step } else { STEP };
        let row = if STEP == ROWS { 1 } else { t.row };
        let mut sums = [[V::splat(Default::default()); N]; R];
        let mut b = t.b;
        // Loops, for closures may be compiled for fewer instructions than the function that they are in.
        let mut a = [t.a; R];
        for (r, a) in a.iter_mut().enumerate() {
            *a = a.wrapping_add(r * row);
        }
        let mut right = [V::splat(Default::default()); N];
        // The result is far away; it comes while the sums are made.
        for r in 0..R {
            fetch_line(t.c.wrapping_add(r * t.pitch));
            if N > ACROSS {
                fetch_line(t.c.wrapping_add(r * t.pitch + panel::<V>()));
            }
            fetch_line(t.c.wrapping_add(r * t.pitch + t.columns - 1));
        }
        for _ in 0..t.depth {
            for (n, right) in right.iter_mut().enumerate() {
                *right = V::load(b.wrapping_add(n / ACROSS * t.beside + n % ACROSS * V::WIDTH));
            }
            for r in 0..R {
                let left = V::splat(*a[r]);
                for n in 0..N {
                    sums[r][n] = sums[r][n].fma(left, right[n]);
                }
                a[r] = a[r].wrapping_add(step);
            }
            b = b.wrapping_add(t.across);
        }
        for (r, sums) in sums.iter().enumerate() {
            let c = t.c.wrapping_add(r * t.pitch);
            for (n, sum) in sums.iter().enumerate() {
                keep(*sum, c.wrapping_add(n * V::WIDTH), t.columns.saturating_sub(n * V::WIDTH), t.add);
            }
        }
    }
}

/// Writes the first `columns` numbers of a register.
///
/// # Safety
/// `c` is valid for them.
#[inline(always)]
pub(super) unsafe fn keep<V: Lanes>(sum: V, c: *mut V::T, columns: usize, add: bool) {
    // SAFETY: as the caller promises; the part is as long as the widest register.
    unsafe {
        if columns >= V::WIDTH {
            (if add { V::load(c).add(sum) } else { sum }).store(c);
        } else {
            let mut part = [V::T::default(); 8];
            sum.store(part.as_mut_ptr());
            for (j, x) in part.iter().enumerate().take(columns) {
                let c = c.wrapping_add(j);
                *c = if add { *c + *x } else { *x };
            }
        }
    }
}
