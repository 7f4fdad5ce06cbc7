//! Products of patterns and overlaps that the compiler does not turn into vectors by itself. The same integers as the portable loop gives.

use std::arch::x86_64::*;

use super::whole::RUN;

/// Σ_μ x_k^μ m_μ of 32 sites, of which `block` has two numbers each for two patterns after two patterns.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn products(block: &[i8], m: &[i16]) -> [i32; RUN] {
    let mut sums = [_mm256_setzero_si256(); 4];
    for (two, m) in block.as_chunks::<{ 2 * RUN }>().0.iter().zip(m.as_chunks::<2>().0) {
        let m = _mm256_set1_epi32(i32::from(m[0]) & 0xFFFF | i32::from(m[1]) << 16);
        for (q, sum) in sums.iter_mut().enumerate() {
            // SAFETY: a quarter of 64 numbers.
            let x = _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(two.as_ptr().add(16 * q).cast()) });
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(x, m));
        }
    }
    let mut all = [0i32; RUN];
    for (q, sum) in sums.into_iter().enumerate() {
        // SAFETY: room for 32 numbers.
        unsafe { _mm256_storeu_si256(all.as_mut_ptr().add(8 * q).cast(), sum) };
    }
    all
}

/// Σ_μ x_μ m_μ of one site; both are a multiple of sixteen long.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn product(row: &[i8], m: &[i16]) -> i32 {
    let mut sum = _mm256_setzero_si256();
    for (x, m) in row.as_chunks::<16>().0.iter().zip(m.as_chunks::<16>().0) {
        // SAFETY: sixteen numbers each.
        let (x, m) = unsafe { (_mm_loadu_si128(x.as_ptr().cast()), _mm256_loadu_si256(m.as_ptr().cast())) };
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_cvtepi8_epi16(x), m));
    }
    let mut all = [0i32; 8];
    // SAFETY: room for eight numbers.
    unsafe { _mm256_storeu_si256(all.as_mut_ptr().cast(), sum) };
    all.iter().sum()
}
