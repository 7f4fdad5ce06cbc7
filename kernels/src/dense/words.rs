//! The random words of a run of sites, and their levels as numbers, in vectors of 256 bits where there are any.
//!
//! The compiler takes the portable loop of the generator apart into scalar products; written out, it is a third of the instructions.
//! The same bits either way. Knows no site.

use super::super::sparse::Simd;
use super::super::sparse::wide::{Eight, LaneKey};

/// The words of eight blocks, as [`LaneKey::eight`] gives them.
#[inline(always)]
pub(crate) fn eight(key: &LaneKey, simd: Simd, sweep: u64, first: u32) -> [Eight; 4] {
    match simd {
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2 if std::arch::is_x86_feature_detected!("avx2") => {
            // SAFETY: the processor has AVX2, as the guard has just found.
            unsafe { x86::eight(key, sweep, first) }
        }
        _ => key.eight(sweep, first),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::super::super::sparse::wide::{BULK, Eight, LaneKey, high};
    use std::arch::x86_64::*;

    /// [`LaneKey::eight`] in vectors of four.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn eight(key: &LaneKey, sweep: u64, first: u32) -> [Eight; 4] {
        let all = |x: u32| _mm256_set1_epi64x(i64::from(x));
        let block = |k: u32| i64::from(first.wrapping_add(k));
        let mut c0 = [
            _mm256_setr_epi64x(block(0), block(1), block(2), block(3)),
            _mm256_setr_epi64x(block(4), block(5), block(6), block(7)),
        ];
        let (mut c1, mut c2, mut c3) = ([all(sweep as u32); 2], [all(high(BULK, sweep)); 2], [all(key.tail); 2]);
        let (m0, m1) = (all(0xD251_1F53), all(0xCD9E_8D57));
        let (mut k0, mut k1) = (key.k0, key.k1);
        for _ in 0..10 {
            for h in 0..2 {
                let (p0, p1) = (_mm256_mul_epu32(m0, c0[h]), _mm256_mul_epu32(m1, c2[h]));
                c0[h] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64::<32>(p1), c1[h]), all(k0));
                c1[h] = p1;
                c2[h] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64::<32>(p0), c3[h]), all(k1));
                c3[h] = p0;
            }
            k0 = k0.wrapping_add(0x9E37_79B9);
            k1 = k1.wrapping_add(0xBB67_AE85);
        }
        let mut words = [[0u64; 8]; 4];
        for (word, c) in words.iter_mut().zip([c0, c1, c2, c3]) {
            // The index is that of a site, of which several arrays speak.
            #[allow(clippy::needless_range_loop)]
            for h in 0..2 {
                // SAFETY: a half of eight numbers has room for four.
                unsafe { _mm256_storeu_si256(word.as_mut_ptr().add(4 * h).cast(), c[h]) };
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Key;
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same_words() {
        let key = LaneKey::new(Key(5, 17));
        for (sweep, first) in [(0, 0), (0x1_2345_6789, 40), (7, u32::MAX - 3)] {
            let low = |words: [Eight; 4]| words.map(|w| w.map(|x| x as u32));
            assert_eq!(low(eight(&key, Simd::detect(), sweep, first)), low(key.eight(sweep, first)));
        }
    }
}
