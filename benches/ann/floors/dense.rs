//! Dense couplings: a flip adds a row of the matrix to the local fields.

use crate::clock::Effort;
use ann_lang::kernels::random::{Key, Stream};
use std::hint::black_box;

pub const NOTE: &str = "measured: the flips that the kernel makes, each adding a row of 32-bit numbers at random to the local fields, and 2.5 \
cycles an attempt for the random number and the question (derived)";

/// Cycles of an attempt: ten vector instructions at four a cycle. Philox4x32-10 makes 16 words in four registers of 256 bits by ten rounds of
/// two products, two shifts, four exclusive ors and one change of the key, 5.6 a word; a logarithm, or a look into a
/// table, and the comparison take four or five more.
pub const ATTEMPT_CYCLES: f64 = 2.5;

pub const SIGNS_NOTE: &str = "derived: the flips that the kernel makes, three vector instructions for sixteen couplings (bits picked out, compared, \
added) at four a cycle, and 2.5 cycles an attempt for the random number and the question";

pub const OVERLAPS_NOTE: &str = "derived: three vector instructions for sixteen patterns (widened, multiplied, added) at four a cycle, and 2.5 \
cycles an attempt for the random number and the question; next to nothing flips";

/// Seconds of an attempt that makes a local field from the overlaps with some patterns of ±1.
pub fn field_of_overlaps(patterns: usize) -> f64 {
    (patterns as f64 / 16.0 * 3.0 / super::PER_CYCLE + ATTEMPT_CYCLES) / super::clock()
}

/// Seconds of a flip among n spins whose couplings are bits.
pub fn flip_of_signs(n: usize) -> f64 {
    n as f64 / 16.0 * 3.0 / super::PER_CYCLE / super::clock()
}

/// Seconds of a flip among n spins.
pub fn flip(effort: &Effort, n: usize) -> f64 {
    let stride = n.next_multiple_of(8);
    let mut stream = Stream::new(Key(3, 1));
    let matrix: Vec<i32> = (0..n * stride).map(|_| stream.next_u32() as i32 >> 16).collect();
    let rows: Vec<u32> = (0..4096).map(|_| stream.below(n as u32)).collect();
    let mut fields = vec![0i32; stride];
    let seconds = effort.least(|calls| {
        for _ in 0..calls {
            add_rows(black_box(&matrix), stride, &rows, black_box(&mut fields));
        }
    });
    seconds / rows.len() as f64
}

fn add_rows(matrix: &[i32], stride: usize, rows: &[u32], fields: &mut [i32]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the instructions are there.
        return unsafe { add_rows_avx2(matrix, stride, rows, fields) };
    }
    add_each(matrix, stride, rows, fields);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_rows_avx2(matrix: &[i32], stride: usize, rows: &[u32], fields: &mut [i32]) {
    add_each(matrix, stride, rows, fields);
}

#[inline(always)]
fn add_each(matrix: &[i32], stride: usize, rows: &[u32], fields: &mut [i32]) {
    for &r in rows {
        for (f, j) in fields.iter_mut().zip(&matrix[r as usize * stride..][..stride]) {
            *f = f.wrapping_add(*j);
        }
    }
}
