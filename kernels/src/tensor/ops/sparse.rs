//! Products of which one factor is zero in many places, as a rectifier leaves it: multiplied is only what is not.
//!
//! A tile of [`super::kernel`] takes a step of the inner dimension for six rows at once, so that a zero saves nothing. Here a row goes
//! by itself, over its places that are not zero, and meets as many columns as registers hold sums; the columns of a stretch of the
//! inner dimension stay in the first cache while all rows pass. That takes three quarters of the time for half of the work. Sums are
//! made in the order of the tiles, and adding nothing changes no bit, so that both ways agree, but for one thing: what zero makes of
//! an infinity is not seen.

use super::super::real::Real;
use super::kernel::{ACROSS, DEPTH, keep, panel};
use super::lanes::Lanes;
use super::simd::dispatch_lanes;
use super::turn::turn;
use super::{Scratch, Simd, aligned, room};
use crate::cache::fetch_line;
use std::ops::Range;

/// Steps of the inner dimension at a time: a word says which count.
const STRETCH: usize = 64;
/// Panels side by side, at most and at least: the sums of fewer would wait for each other.
const MOST: usize = 6;
const LEAST: usize = 4;
/// Rows that pass at a time: what is kept of them stays in the second cache.
const BLOCK: usize = 80;

/// A left factor in part: rows of up to [`DEPTH`] numbers, `pitch` apart, and the words of each stretch for all rows.
pub(super) struct Left<'a, T> {
    x: &'a [T],
    rows: usize,
    depth: usize,
    pitch: usize,
    words: &'a [u64],
}

/// Panels of the right factor side by side: element (k, j) of panel p is `values[p * panel + k * across + j]`.
pub(super) struct Right<'a, T> {
    values: &'a [T],
    panels: usize,
    panel: usize,
    across: usize,
}

/// Element (r, j) of a result is `values[r * pitch + j]`.
pub(super) struct To<'a, T> {
    values: &'a mut [T],
    pitch: usize,
    columns: usize,
    add: bool,
}

/// The product of a part; `held` has room for the sums between stretches.
#[inline(always)]
fn strip_in<V: Lanes>(left: &Left<V::T>, right: &Right<V::T>, to: To<V::T>, held: &mut [V::T]) {
    let wide = right.panels * panel::<V>();
    let stretches = left.depth.div_ceil(STRETCH);
    assert!(left.rows > 0 && left.depth > 0 && right.panels > 0 && to.columns <= wide && right.across >= panel::<V>());
    assert!(left.x.len() >= (left.rows - 1) * left.pitch + left.depth && left.words.len() >= left.rows * stretches);
    assert!(right.values.len() >= (right.panels - 1) * right.panel + (left.depth - 1) * right.across + panel::<V>());
    assert!(to.values.len() >= (left.rows - 1) * to.pitch + to.columns && held.len() >= left.rows * wide);
    // SAFETY: all that the loops reach lies within, by the lengths asserted; words have no bits beyond the depth.
    unsafe {
        match right.panels {
            1 => passes::<V, 1>(left, right, to, held),
            2 => passes::<V, 2>(left, right, to, held),
            3 => passes::<V, 3>(left, right, to, held),
            4 => passes::<V, 4>(left, right, to, held),
            5 => passes::<V, 5>(left, right, to, held),
            6 => passes::<V, 6>(left, right, to, held),
            _ => unreachable!("groups have up to {MOST} panels"),
        }
    }
}

/// # Safety
/// The lengths are those that [`strip_in`] asserts, with P panels.
#[inline(always)]
unsafe fn passes<V: Lanes, const P: usize>(left: &Left<V::T>, right: &Right<V::T>, to: To<V::T>, held: &mut [V::T]) {
    let (held, c) = (held.as_mut_ptr(), to.values.as_mut_ptr());
    for (s, first) in (0..left.depth).step_by(STRETCH).enumerate() {
        let last = first + STRETCH >= left.depth;
        let b = right.values.as_ptr().wrapping_add(first * right.across);
        for r in 0..left.rows {
            // SAFETY: as the caller promises.
            unsafe {
                let held = held.add(r * P * panel::<V>());
                let c = c.wrapping_add(r * to.pitch);
                let x = left.x.as_ptr().add(r * left.pitch + first);
                let word = *left.words.get_unchecked(s * left.rows + r);
                for l in 0..STRETCH * size_of::<V::T>() / 64 {
                    fetch_line(x.wrapping_add(left.pitch + l * (64 / size_of::<V::T>())));
                }
                if last {
                    for p in 0..P {
                        fetch_line(c.wrapping_add(p * panel::<V>()));
                    }
                }
                if first == 0 {
                    row::<V, P, true>(x, word, b, right, held);
                } else {
                    row::<V, P, false>(x, word, b, right, held);
                }
                if last {
                    for at in (0..to.columns).step_by(V::WIDTH) {
                        keep(V::load(held.add(at)), c.wrapping_add(at), to.columns - at, to.add);
                    }
                }
            }
        }
    }
}

/// A stretch of a row: added to what is held, or `FIRST` of all.
///
/// # Safety
/// As for [`passes`]: `x` and `b` are valid where the word has bits, and `held` for P panels.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
unsafe fn row<V: Lanes, const P: usize, const FIRST: bool>(
    x: *const V::T,
    mut word: u64,
    b: *const V::T,
    right: &Right<V::T>,
    held: *mut V::T,
) {
    // SAFETY: as the caller promises. Loops that add and not such as copy, which would become calls.
    unsafe {
        let mut sums = [[V::splat(Default::default()); ACROSS]; P];
        if !FIRST {
            for p in 0..P {
                for n in 0..ACROSS {
                    sums[p][n] = sums[p][n].add(V::load(held.add(p * panel::<V>() + n * V::WIDTH)));
                }
            }
        }
        while word != 0 {
            let k = word.trailing_zeros() as usize;
            word &= word - 1;
            let factor = V::splat(*x.add(k));
            let b = b.wrapping_add(k * right.across);
            for p in 0..P {
                for n in 0..ACROSS {
                    sums[p][n] = sums[p][n].fma(factor, V::load(b.wrapping_add(p * right.panel + n * V::WIDTH)));
                }
            }
        }
        for p in 0..P {
            for n in 0..ACROSS {
                sums[p][n].store(held.add(p * panel::<V>() + n * V::WIDTH));
            }
        }
    }
}

/// Which numbers of each row are not zero, stretch by stretch.
#[inline(always)]
fn words_in<V: Lanes>(x: &[V::T], rows: usize, depth: usize, pitch: usize, words: &mut [u64]) {
    for (s, words) in words.chunks_exact_mut(rows).enumerate().take(depth.div_ceil(STRETCH)) {
        let first = s * STRETCH;
        for (r, word) in words.iter_mut().enumerate() {
            let x = &x[r * pitch + first..r * pitch + depth.min(first + STRETCH)];
            *word = 0;
            let whole = x.len() / V::WIDTH * V::WIDTH;
            for k in (0..whole).step_by(V::WIDTH) {
                // SAFETY: `whole` numbers are there.
                *word |= unsafe { V::load(x.as_ptr().add(k)).nonzero() } << k;
            }
            for (k, x) in x.iter().enumerate().skip(whole) {
                *word |= u64::from(*x != V::T::ZERO) << k;
            }
        }
    }
}

/// Rows of [rows, columns], `pitch` apart, nearer to each other, with zeros after each: what a step reads lies together, which is some
/// 6 % faster than panels one after the other.
#[inline(always)]
fn cut_in<V: Lanes>(from: &[V::T], [rows, columns]: [usize; 2], pitch: usize, to: &mut [V::T], to_pitch: usize) {
    assert!(from.len() >= (rows - 1) * pitch + columns && to.len() >= rows * to_pitch && columns <= to_pitch);
    let whole = columns / V::WIDTH * V::WIDTH;
    for r in 0..rows {
        let (from, to) = (&from[r * pitch..r * pitch + columns], &mut to[r * to_pitch..(r + 1) * to_pitch]);
        // Registers: a call to copy so few numbers would cost more than the copy.
        for j in (0..whole).step_by(V::WIDTH) {
            // SAFETY: `whole` numbers are on either side.
            unsafe { V::load(from.as_ptr().add(j)).store(to.as_mut_ptr().add(j)) };
        }
        for j in whole..to_pitch {
            to[j] = if j < columns { from[j] } else { V::T::ZERO };
        }
    }
}

dispatch_lanes!(cut => cut_in(from: &[T], sizes: [usize; 2], pitch: usize, to: &mut [T], to_pitch: usize));
dispatch_lanes!(strip => strip_in(left: &Left<T>, right: &Right<T>, to: To<T>, held: &mut [T]));
dispatch_lanes!(words_of => words_in(x: &[T], rows: usize, depth: usize, pitch: usize, words: &mut [u64]));

/// The share of a matrix that is not zero, by some of its rows.
fn share<T: Real>(x: &[T], width: usize) -> f64 {
    const EVERY: usize = 13;
    let (mut count, mut all) = (0, 0);
    for row in x.chunks_exact(width.max(1)).step_by(EVERY) {
        for part in row.chunks(1 << 16) {
            count += u64::from(part.iter().map(|x| u32::from(*x != T::ZERO)).sum::<u32>());
        }
        all += row.len();
    }
    count as f64 / all.max(1) as f64
}

/// Up to this share of numbers that are not zero, the others are worth being left out.
const PAYS: f64 = 0.6;

/// Panels in groups of nearly equal width: where each begins.
fn groups(panels: usize) -> impl Iterator<Item = Range<usize>> {
    let n = panels.div_ceil(MOST);
    (0..n).map(move |g| panels * g / n..panels * (g + 1) / n)
}

/// Whether a right factor is wide enough.
fn wide<T: Real>(columns: usize) -> bool {
    columns >= LEAST * panel::<T::Plain>()
}

/// Rows [m, k] times a packed matrix [k, n], if many of the numbers are zero; says whether.
pub(super) fn rows<T: Real>(simd: Simd, x: &[T], [m, k, n]: [usize; 3], packed: &[T], out: &mut [T], s: &mut Scratch<T>) -> bool {
    if m == 0 || k == 0 || !wide::<T>(n) || share(&x[..m * k], k) > PAYS {
        return false;
    }
    let across = panel::<T::Plain>();
    let each = m.div_ceil(m.div_ceil(BLOCK));
    for block in (0..m).step_by(each) {
        let rows = each.min(m - block);
        for first in (0..k).step_by(DEPTH) {
            let depth = DEPTH.min(k - first);
            let x = &x[block * k + first..];
            s.words.resize(rows * DEPTH.div_ceil(STRETCH), 0);
            words_of(simd, x, rows, depth, k, &mut s.words);
            let left = Left { x, rows, depth, pitch: k, words: &s.words };
            for group in groups(n.div_ceil(across)) {
                let right = Right {
                    values: &packed[(group.start * k + first) * across..],
                    panels: group.len(),
                    panel: across * k,
                    across,
                };
                let columns = group.len() * across;
                let to = To {
                    values: &mut out[block * n + group.start * across..],
                    pitch: n,
                    columns: columns.min(n - group.start * across),
                    add: first > 0,
                };
                strip(simd, &left, &right, to, aligned(&mut s.first, rows * columns));
            }
        }
    }
    true
}

/// Rows `result` of the sum of outer products of the rows of x [depth, m] and g [depth, n], if many numbers of x or of g are zero; says
/// whether.
#[allow(clippy::too_many_arguments)]
pub(super) fn outer<T: Real>(
    simd: Simd,
    x: &[T],
    g: &[T],
    [m, depth, n]: [usize; 3],
    result: Range<usize>,
    out: &mut [T],
    s: &mut Scratch<T>,
    accumulate: bool,
) -> bool {
    if depth == 0 || result.is_empty() {
        return false;
    }
    let of =
        |values: &[T], width: usize, beside: usize| if wide::<T>(beside) { share(&values[..width * depth], width) } else { 1.0 };
    let (of_x, of_g) = (of(x, m, n), of(g, n, result.len()));
    if of_x.min(of_g) > PAYS {
        return false;
    }
    // The result of a sparse second factor comes out transposed, and is turned: each group's, or all of it where it is visited more than
    // once.
    let by_x = of_x < of_g * 1.1;
    let (sparse, width, rows) = if by_x { (x, m, result.clone()) } else { (g, n, 0..n) };
    let (full, pitch, columns) = if by_x { (g, n, 0..n) } else { (x, m, result.clone()) };
    let across = panel::<T::Plain>();
    let Scratch { first: memory, second, third, words, .. } = s;
    let widest = MOST * across;
    let (each, all) = (rows.len() * widest, if by_x || depth <= DEPTH { 0 } else { rows.len() * columns.len() });
    let (held, rest) = aligned(third, 2 * each + all).split_at_mut(each);
    let (whole, sums) = rest.split_at_mut(each);
    if all > 0 && accumulate {
        turn(simd, out, [columns.len(), rows.len()], n, sums, columns.len(), false);
    }
    for first in (0..depth).step_by(DEPTH) {
        let here = DEPTH.min(depth - first);
        let add = accumulate || first > 0;
        let count = rows.len();
        let turned = room(memory, count * here);
        turn(simd, &sparse[first * width + rows.start..], [here, count], width, turned, here, false);
        words.resize(count * DEPTH.div_ceil(STRETCH), 0);
        words_of(simd, turned, count, here, here, words);
        let left = Left { x: turned, rows: count, depth: here, pitch: here, words };
        for group in groups(columns.len().div_ceil(across)) {
            let at = group.start * across;
            let width = (group.len() * across).min(columns.len() - at);
            let pitch_here = group.len() * across;
            let right = aligned(second, here * pitch_here);
            cut(simd, &full[first * pitch + columns.start + at..], [here, width], pitch, right, pitch_here);
            let right = Right { values: right, panels: group.len(), panel: across, across: pitch_here };
            if by_x {
                strip(simd, &left, &right, To { values: &mut out[at..], pitch: n, columns: width, add }, held);
            } else if all > 0 {
                strip(simd, &left, &right, To { values: &mut sums[at..], pitch: columns.len(), columns: width, add }, held);
            } else {
                strip(simd, &left, &right, To { values: whole, pitch: pitch_here, columns: pitch_here, add: false }, held);
                turn(simd, whole, [count, width], pitch_here, &mut out[at * n..], n, add);
            }
        }
    }
    if all > 0 {
        turn(simd, sums, [rows.len(), columns.len()], columns.len(), out, n, false);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::super::real::Real;
    use super::super::Scratch;
    use super::*;
    use crate::random::{Key, Stream};

    /// Numbers of which a share is not zero.
    fn matrix<T: Real>(rows: usize, columns: usize, share: f64, seed: u64) -> Vec<T> {
        let mut stream = Stream::new(Key(5, seed));
        let mut number = || {
            let x = stream.below(2001) as f64 / 1000.0 - 1.0;
            if (stream.below(1000) as f64) < 1000.0 * share { T::from_f64(x) } else { T::ZERO }
        };
        (0..rows * columns).map(|_| number()).collect()
    }

    /// The same bits as the tiles give, within stretches, across them, across blocks of rows and of the inner dimension.
    fn agrees<T: Real>() {
        let mut count = 0;
        for [m, k, n] in [[1, 1, 64], [3, 64, 64], [7, 65, 70], [130, 256, 100], [5, 300, 256], [121, 784, 97], [40, 513, 33]] {
            for density in [0.0, 0.1, 0.5] {
                let x: Vec<T> = matrix(m, k, density, 1);
                let w: Vec<T> = matrix(k, n, 1.0, 2);
                let (mut here, mut tiles) = (vec![T::ONE; m * n], vec![T::ONE; m * n]);
                let mut s = Scratch::new();
                for &simd in Simd::all() {
                    let mut packed = vec![T::ZERO; super::super::products::packed_len::<T>(k, n)];
                    super::super::products::pack_linear(simd, &w, &[k, n], false, &mut packed, false);
                    let done = rows(simd, &x, [m, k, n], &packed, &mut here, &mut s);
                    assert_eq!(done, wide::<T>(n) && share(&x, k) <= PAYS, "{m} {k} {n}");
                    count += u32::from(done);
                    if done {
                        super::super::products::rows(simd, &x, m, k, n, &packed, &mut tiles);
                        assert!(here == tiles, "{m} {k} {n} {density} {simd:?}");
                    }
                }
            }
        }
        for [m, depth, n] in [[64, 1, 64], [70, 65, 97], [256, 300, 64], [30, 520, 200], [200, 128, 10]] {
            for (of_x, of_g) in [(0.4, 1.0), (1.0, 0.4), (0.5, 0.5), (0.5, 0.1)] {
                let (x, g): (Vec<T>, Vec<T>) = (matrix(depth, m, of_x, 3), matrix(depth, n, of_g, 4));
                for range in [0..m, 7..m - 5] {
                    for accumulate in [false, true] {
                        let mut here = matrix(range.len(), n, 1.0, 5);
                        let mut tiles = here.clone();
                        let mut s = Scratch::new();
                        let simd = Simd::detect();
                        let done = outer(simd, &x, &g, [m, depth, n], range.clone(), &mut here, &mut s, accumulate);
                        let few = |all: &[T], width: usize, beside: usize| wide::<T>(beside) && share(all, width) <= PAYS;
                        assert_eq!(done, few(&x, m, n) || few(&g, n, range.len()));
                        count += u32::from(done);
                        if done {
                            let Scratch { first, second, .. } = &mut s;
                            let sizes = [m, depth, n];
                            super::super::products::outer_sum(
                                simd,
                                &x,
                                &g,
                                sizes,
                                range.clone(),
                                first,
                                second,
                                &mut tiles,
                                accumulate,
                            );
                            assert!(here == tiles, "{m} {depth} {n} {of_x} {of_g} {range:?}");
                        }
                    }
                }
            }
        }
        // Most of them: 21 cases of rows on two instruction sets, and 80 sums of outer products.
        assert!(count > 80, "{count}");
    }

    #[test]
    fn the_bits_of_the_tiles() {
        agrees::<f32>();
        agrees::<f64>();
    }
}
