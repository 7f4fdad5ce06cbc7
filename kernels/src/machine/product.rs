//! Products of a matrix of bits with a matrix of numbers in single precision: additions only.
//!
//! Four rows of the right factor have sixteen sums; a table of them turns four multiply-adds into one addition (the method of
//! Arlazarov, Dinic, Kronrod and Faradzev 1970, with numbers). Thirty-two columns of eight tables stay in the first cache while
//! the rows of bits pass. With few rows the tables do not pay, and the rows of the right factor are added one by one.
//!
//! An element of the result is a sum of fixed order; panels of columns go to the threads of the current pool.

use super::bits::{Bits, PANEL};
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// The right factor, [depth, columns]: the 32 numbers of row k and panel p begin at `values[p * panel + k * row]`.
#[derive(Clone, Copy)]
pub(super) struct Right<'a> {
    pub values: &'a [f32],
    pub panel: usize,
    pub row: usize,
}

/// Rows of bits from which tables pay.
const TABLES_FROM: usize = 24;
/// Multiply-adds from which it pays to wake another thread.
const PARALLEL_FROM: usize = 1 << 18;

#[derive(Clone)]
#[repr(C, align(64))]
struct Tables([[[f32; PANEL]; 16]; 8]);

/// left [m, k] times right [k, 32 panels], as panels [m, 32]; `finish` gets each panel of the result when it is there.
pub(super) fn product(left: &Bits, right: Right, panels: usize, finish: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    let m = left.rows;
    let len = m * panels * PANEL;
    let mut out = Vec::with_capacity(len);
    if len == 0 {
        return out;
    }
    assert!(left.columns == 0 || (panels - 1) * right.panel + (left.columns - 1) * right.row + PANEL <= right.values.len());
    let each = |(p, out): (usize, &mut [MaybeUninit<f32>])| {
        // A factor without columns has nothing beside it.
        let beside = right.values.get(p * right.panel..).unwrap_or_default();
        finish(p, panel(left, beside, right.row, out));
    };
    let room = &mut out.spare_capacity_mut()[..len];
    if m * left.columns * panels * PANEL < PARALLEL_FROM {
        room.chunks_exact_mut(m * PANEL).enumerate().for_each(each);
    } else {
        room.par_chunks_exact_mut(m * PANEL).enumerate().for_each(each);
    }
    // SAFETY: `panel` has written every element of every panel.
    unsafe { out.set_len(len) };
    out
}

/// One panel of the result, in memory that holds nothing yet: clearing it first would take as long as some of the sums.
fn panel<'a>(left: &Bits, right: &[f32], row: usize, out: &'a mut [MaybeUninit<f32>]) -> &'a mut [f32] {
    assert!(out.len() == left.rows * PANEL);
    #[cfg(target_arch = "x86_64")]
    if left.columns > 0 && std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as has just been found; with columns, every element is written.
        return unsafe {
            x86::panel(left, right, row, out);
            written(out)
        };
    }
    portable(left, right, row, out)
}

/// # Safety
/// All elements have been written.
unsafe fn written(out: &mut [MaybeUninit<f32>]) -> &mut [f32] {
    // SAFETY: as the caller promises; the layouts are the same.
    unsafe { &mut *(std::ptr::from_mut(out) as *mut [f32]) }
}

fn portable<'a>(left: &Bits, right: &[f32], row: usize, out: &'a mut [MaybeUninit<f32>]) -> &'a mut [f32] {
    let m = left.rows;
    let mut tables = Box::new(Tables([[[0.0; PANEL]; 16]; 8]));
    out.fill(MaybeUninit::new(0.0));
    // SAFETY: just filled.
    let out = unsafe { written(out) };
    for (block, words) in left.words.chunks_exact(m).enumerate() {
        let first = block * PANEL;
        let here = PANEL.min(left.columns - first);
        if m < TABLES_FROM {
            for (word, out) in words.iter().zip(out.as_chunks_mut::<PANEL>().0) {
                let mut word = *word;
                while word != 0 {
                    let from = &right[(first + word.trailing_zeros() as usize) * row..][..PANEL];
                    out.iter_mut().zip(from).for_each(|(o, x)| *o += x);
                    word &= word - 1;
                }
            }
            continue;
        }
        for (g, table) in tables.0.iter_mut().enumerate() {
            for bit in 0..4 {
                let k = 4 * g + bit;
                let add: &[f32] = if k < here { &right[(first + k) * row..][..PANEL] } else { &[0.0; PANEL] };
                for low in 0..1 << bit {
                    let (a, b) = table.split_at_mut(1 << bit);
                    for j in 0..PANEL {
                        b[low][j] = a[low][j] + add[j];
                    }
                }
            }
        }
        for (word, out) in words.iter().zip(out.as_chunks_mut::<PANEL>().0) {
            for (g, table) in tables.0.iter().enumerate() {
                let line = &table[(word >> (4 * g) & 15) as usize];
                out.iter_mut().zip(line).for_each(|(o, x)| *o += x);
            }
        }
    }
    out
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::super::bits::{Bits, PANEL};
    use super::{TABLES_FROM, Tables};
    use std::arch::x86_64::*;
    use std::mem::MaybeUninit;

    type Four = [__m256; 4];

    /// # Safety
    /// The processor has AVX2, and `p` is valid for 32 numbers.
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Four {
        // SAFETY: as the caller promises.
        unsafe { [_mm256_loadu_ps(p), _mm256_loadu_ps(p.add(8)), _mm256_loadu_ps(p.add(16)), _mm256_loadu_ps(p.add(24))] }
    }

    /// # Safety
    /// As for [`load`].
    #[inline(always)]
    unsafe fn store(x: Four, p: *mut f32) {
        // SAFETY: as the caller promises.
        unsafe {
            for (k, x) in x.into_iter().enumerate() {
                _mm256_storeu_ps(p.add(8 * k), x);
            }
        }
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn add(a: Four, b: Four) -> Four {
        // SAFETY: as the caller promises.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1]), _mm256_add_ps(a[2], b[2]), _mm256_add_ps(a[3], b[3])] }
    }

    /// The portable loop in registers: the same sums. Writes all of `out` if there are columns.
    ///
    /// # Safety
    /// The processor has AVX2.
    #[target_feature(enable = "avx2")]
    pub unsafe fn panel(left: &Bits, right: &[f32], row: usize, out: &mut [MaybeUninit<f32>]) {
        let m = left.rows;
        assert!(out.len() == m * PANEL);
        let out: *mut f32 = out.as_mut_ptr().cast();
        let mut tables = MaybeUninit::<Tables>::uninit();
        let base: *mut f32 = tables.as_mut_ptr().cast();
        for (block, words) in left.words.chunks_exact(m).enumerate() {
            let first = block * PANEL;
            let here = PANEL.min(left.columns - first);
            // Rows first..first + here of the right factor, 32 numbers each, are there.
            assert!((first + here - 1) * row + PANEL <= right.len());
            let right = right[first * row..].as_ptr();
            // SAFETY: rows below `here` of the right factor lie within, by the assertion; tables are written whole before they
            // are read; bits beyond the columns are 0, so that words choose rows below `here`; out has 32 numbers for each word.
            unsafe {
                let zero = [_mm256_setzero_ps(); 4];
                if m < TABLES_FROM {
                    for (r, word) in words.iter().enumerate() {
                        let to = out.add(r * PANEL);
                        let mut sum = if block == 0 { zero } else { load(to) };
                        let mut word = *word;
                        while word != 0 {
                            sum = add(sum, load(right.add(word.trailing_zeros() as usize * row)));
                            word &= word - 1;
                        }
                        store(sum, to);
                    }
                    continue;
                }
                for g in 0..8 {
                    let table = base.add(g * 16 * PANEL);
                    store(zero, table);
                    for bit in 0..4 {
                        let k = 4 * g + bit;
                        let line = if k < here { load(right.add(k * row)) } else { zero };
                        for low in 0..1usize << bit {
                            store(add(load(table.add(low * PANEL)), line), table.add((low + (1 << bit)) * PANEL));
                        }
                    }
                }
                for (r, word) in words.iter().enumerate() {
                    let to = out.add(r * PANEL);
                    let mut sum = if block == 0 { zero } else { load(to) };
                    let word = *word as usize;
                    for g in 0..8 {
                        // The place of the line, in numbers: (word >> 4 g & 15) * 32.
                        let line = word.rotate_left(64 + 5 - 4 * g as u32) & 0x1E0;
                        sum = add(sum, load(base.add(g * 16 * PANEL + line)));
                    }
                    store(sum, to);
                }
            }
        }
    }
}

/// Panels [n][m][32] as rows of `columns` numbers.
pub(super) fn rows_of(panels: &[f32], m: usize, columns: usize, out: &mut [f32]) {
    for (r, line) in out.chunks_exact_mut(columns.max(1)).take(m).enumerate() {
        for (p, part) in line.chunks_mut(PANEL).enumerate() {
            part.copy_from_slice(&panels[(p * m + r) * PANEL..][..part.len()]);
        }
    }
}

/// Rows of `columns` numbers as panels, 0 beyond the columns.
pub(super) fn panels_of(rows: &[f32], m: usize, columns: usize, out: &mut [f32]) {
    for (r, line) in rows.chunks_exact(columns.max(1)).take(m).enumerate() {
        for (p, part) in line.chunks(PANEL).enumerate() {
            let to = &mut out[(p * m + r) * PANEL..][..PANEL];
            to[..part.len()].copy_from_slice(part);
            to[part.len()..].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Stream};

    /// Whole numbers are added exactly: both forms and both branches against plain loops.
    #[test]
    fn sums_of_chosen_rows() {
        let mut stream = Stream::new(Key(3, 4));
        for (m, k, n) in
            [(1usize, 1usize, 1usize), (3, 0, 40), (5, 33, 40), (23, 64, 32), (24, 64, 32), (50, 97, 70), (100, 784, 500)]
        {
            let panels = n.div_ceil(PANEL);
            let mut left = Bits::new(m, k);
            (0..m).for_each(|r| (0..k).filter(|_| stream.below(2) == 1).for_each(|c| left.set(r, c)));
            let mut right = vec![0.0f32; k * panels * PANEL];
            right.iter_mut().for_each(|x| *x = stream.below(200) as f32 - 100.0);
            let view = Right { values: &right, panel: PANEL, row: panels * PANEL };
            let out = product(&left, view, panels, |_, _| {});
            let mut slow = vec![MaybeUninit::new(9.0); m * PANEL];
            for (p, out) in out.chunks_exact(m * PANEL).enumerate() {
                assert_eq!(out, portable(&left, right.get(p * PANEL..).unwrap_or_default(), view.row, &mut slow));
            }
            let mut rows = vec![0.0; m * n];
            rows_of(&out, m, n, &mut rows);
            for r in 0..m {
                for j in 0..n {
                    let sum: f32 = (0..k).filter(|c| left.get(r, *c)).map(|c| right[c * view.row + j]).sum();
                    assert_eq!(rows[r * n + j], sum);
                }
            }
            let mut again = vec![7.0; out.len()];
            panels_of(&rows, m, n, &mut again);
            let mut back = vec![0.0; m * n];
            rows_of(&again, m, n, &mut back);
            assert_eq!(back, rows);
        }
    }
}
