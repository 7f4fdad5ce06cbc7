//! Additions of rows that the compiler does not turn into vectors of 256 bits by itself. The same integers as the portable loops give.

use std::arch::x86_64::*;

use super::rows::RUN;

/// Adds twice the signed sum of N <= 4 rows of high parts, which fits into 16 bits. The fields are a multiple of sixteen, and no row is shorter.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn add_high<const N: usize>(rows: [&[i16]; N], masks: [i16; N], fields: &mut [i32]) {
    let turned = _mm256_set1_epi16(-masks.iter().sum::<i16>());
    let signs: [__m256i; N] = std::array::from_fn(|f| _mm256_set1_epi16(masks[f]));
    assert!(rows.iter().all(|row| row.len() >= fields.len()));
    for (c, part) in fields.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let mut sum = turned;
        let to = part.as_mut_ptr().cast::<__m256i>();
        // SAFETY: chunk c of sixteen lies within the fields, hence within each row; all loads and stores are unaligned ones.
        unsafe {
            for f in 0..N {
                let row = _mm256_loadu_si256(rows[f].as_ptr().add(16 * c).cast());
                sum = _mm256_add_epi16(sum, _mm256_xor_si256(row, signs[f]));
            }
            let low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(sum));
            let high = _mm256_cvtepi16_epi32(_mm256_extracti128_si256::<1>(sum));
            for (h, x) in [low, high].into_iter().enumerate() {
                _mm256_storeu_si256(to.add(h), _mm256_add_epi32(_mm256_loadu_si256(to.add(h)), _mm256_add_epi32(x, x)));
            }
        }
    }
}

/// Adds twice a signed part of a row.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn add_high_to_run(row: &[i16; RUN], mask: i16, run: &mut [i32; RUN]) {
    let sign = _mm256_set1_epi32(i32::from(mask));
    let to = run.as_mut_ptr().cast::<__m256i>();
    for part in 0..RUN / 8 {
        // SAFETY: part < RUN / 8 of eight numbers each.
        unsafe {
            let x = _mm256_cvtepi16_epi32(_mm_loadu_si128(row.as_ptr().add(8 * part).cast()));
            let x = _mm256_sub_epi32(_mm256_xor_si256(x, sign), sign);
            _mm256_storeu_si256(to.add(part), _mm256_add_epi32(_mm256_loadu_si256(to.add(part)), _mm256_add_epi32(x, x)));
        }
    }
}

/// Adds twice the signed sum of four rows of low parts.
#[target_feature(enable = "avx2")]
pub(super) fn add_low(rows: [&[i16]; 4], masks: [i32; 4], fields: &mut [i32]) {
    let turned = _mm256_set1_epi32(-masks.iter().sum::<i32>());
    let signs = masks.map(|m| _mm256_set1_epi32(m));
    assert!(rows.iter().all(|row| row.len() >= fields.len()));
    for (c, part) in fields.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let mut sum = turned;
        let to = part.as_mut_ptr().cast::<__m256i>();
        // SAFETY: chunk c of eight lies within the fields, hence within each row.
        unsafe {
            for f in 0..4 {
                let x = _mm256_cvtepi16_epi32(_mm_loadu_si128(rows[f].as_ptr().add(8 * c).cast()));
                sum = _mm256_add_epi32(sum, _mm256_xor_si256(x, signs[f]));
            }
            _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), _mm256_add_epi32(sum, sum)));
        }
    }
}

/// Σ d s, with s = 1 for mask 0 and -1 for mask -1.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn low_sum(row: &[i16], masks: &[i32]) -> i32 {
    let mut sum = _mm256_setzero_si256();
    for (d, m) in row.as_chunks::<8>().0.iter().zip(masks.as_chunks::<8>().0) {
        // SAFETY: eight numbers each.
        let (d, m) = unsafe { (_mm_loadu_si128(d.as_ptr().cast()), _mm256_loadu_si256(m.as_ptr().cast())) };
        sum = _mm256_add_epi32(sum, _mm256_sub_epi32(_mm256_xor_si256(_mm256_cvtepi16_epi32(d), m), m));
    }
    let mut parts = [0i32; 8];
    // SAFETY: room for eight numbers.
    unsafe { _mm256_storeu_si256(parts.as_mut_ptr().cast(), sum) };
    parts.iter().sum()
}

/// Adds 4 times the counts whose binary places are given, less `lost`.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn add_counts<const PLACES: usize>(places: [u32; PLACES], lost: i16, run: &mut [i16; RUN]) {
    let bits = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, i16::MIN);
    let to = run.as_mut_ptr().cast::<__m256i>();
    for half in 0..2 {
        // Counts below zero, doubled place by place.
        let mut count = _mm256_setzero_si256();
        for place in places.iter().rev() {
            let word = _mm256_set1_epi16((place >> (16 * half)) as i16);
            let set = _mm256_cmpeq_epi16(_mm256_and_si256(word, bits), bits);
            count = _mm256_add_epi16(_mm256_add_epi16(count, count), set);
        }
        // SAFETY: two halves of sixteen numbers.
        unsafe {
            let x = _mm256_sub_epi16(_mm256_loadu_si256(to.add(half)), _mm256_set1_epi16(lost));
            _mm256_storeu_si256(to.add(half), _mm256_sub_epi16(x, _mm256_slli_epi16::<2>(count)));
        }
    }
}
