//! 512 bits at a time, on whatever the processor has.
//!
//! Knows no lattice. The three implementations give the same bits; only the time differs.

/// 512 bits in memory: eight 64-bit words, least significant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Word(pub [u64; 8]);

impl Word {
    pub const ZERO: Word = Word([0; 8]);
    pub const ONES: Word = Word([!0; 8]);
    /// The number of bits.
    pub const BITS: usize = 512;

    pub fn set(&mut self, bit: usize, value: bool) {
        let m = 1 << (bit % 64);
        if value {
            self.0[bit / 64] |= m;
        } else {
            self.0[bit / 64] &= !m;
        }
    }

    pub fn get(&self, bit: usize) -> bool {
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// The bits of a range.
    pub fn range(range: std::ops::Range<usize>) -> Word {
        let mut w = Word::ZERO;
        for bit in range {
            w.set(bit, true);
        }
        w
    }

    pub fn count(&self) -> u32 {
        self.0.iter().map(|w| w.count_ones()).sum()
    }
}

/// What the kernel asks of a 512-bit register.
///
/// Every method is safe to call only inside a function compiled for the instructions of the
/// implementing type; that is why they are `unsafe`. `load` and `store` also want eight valid words.
pub trait Wide: Copy {
    /// A number that is the same in all eight lanes, in the narrowest form that can be added to them.
    type Number: Copy;
    unsafe fn number(x: u64) -> Self::Number;
    unsafe fn value(x: Self::Number) -> u64;
    unsafe fn next_number(x: Self::Number) -> Self::Number;
    unsafe fn add_number(self, x: Self::Number) -> Self;
    unsafe fn load(p: *const u64) -> Self;
    unsafe fn store(self, p: *mut u64);
    unsafe fn zero() -> Self;
    /// From eight words, wherever they come from.
    unsafe fn of(words: [u64; 8]) -> Self;
    unsafe fn and(self, o: Self) -> Self;
    unsafe fn or(self, o: Self) -> Self;
    unsafe fn xor(self, o: Self) -> Self;
    /// self & !o.
    unsafe fn without(self, o: Self) -> Self;
    /// Of each 64-bit lane, as the next four.
    unsafe fn add(self, o: Self) -> Self;
    unsafe fn left(self, by: u32) -> Self;
    unsafe fn right(self, by: u32) -> Self;
    /// Rotation by 24, the only one that the generator needs.
    unsafe fn rotate24(self) -> Self;
    unsafe fn is_zero(self) -> bool;
    /// 32 bits: whether byte `near[k]` of `bytes` has the one bit that is set in `masks[k]`.
    #[inline(always)]
    unsafe fn set32<I: Copy + Into<u32>>(bytes: *const u8, near: *const I, masks: *const u8) -> u32 {
        // SAFETY: the caller promises 32 numbers of bytes that are there, and 32 masks.
        (0..32).fold(0, |all, k| unsafe {
            let byte = *bytes.add((*near.add(k)).into() as usize);
            all | u32::from(byte & *masks.add(k) != 0) << k
        })
    }
}

impl Wide for [u64; 8] {
    type Number = u64;
    #[inline(always)]
    unsafe fn number(x: u64) -> u64 {
        x
    }
    #[inline(always)]
    unsafe fn value(x: u64) -> u64 {
        x
    }
    #[inline(always)]
    unsafe fn next_number(x: u64) -> u64 {
        x.wrapping_add(1)
    }
    #[inline(always)]
    unsafe fn add_number(self, x: u64) -> Self {
        std::array::from_fn(|i| self[i].wrapping_add(x))
    }
    #[inline(always)]
    unsafe fn load(p: *const u64) -> Self {
        // SAFETY: the caller promises eight words; the pointer need not be aligned.
        unsafe { p.cast::<[u64; 8]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut u64) {
        // SAFETY: as for `load`.
        unsafe { p.cast::<[u64; 8]>().write_unaligned(self) }
    }
    #[inline(always)]
    unsafe fn zero() -> Self {
        [0; 8]
    }
    #[inline(always)]
    unsafe fn of(words: [u64; 8]) -> Self {
        words
    }
    #[inline(always)]
    unsafe fn and(self, o: Self) -> Self {
        std::array::from_fn(|i| self[i] & o[i])
    }
    #[inline(always)]
    unsafe fn or(self, o: Self) -> Self {
        std::array::from_fn(|i| self[i] | o[i])
    }
    #[inline(always)]
    unsafe fn xor(self, o: Self) -> Self {
        std::array::from_fn(|i| self[i] ^ o[i])
    }
    #[inline(always)]
    unsafe fn without(self, o: Self) -> Self {
        std::array::from_fn(|i| self[i] & !o[i])
    }
    #[inline(always)]
    unsafe fn add(self, o: Self) -> Self {
        std::array::from_fn(|i| self[i].wrapping_add(o[i]))
    }
    #[inline(always)]
    unsafe fn left(self, by: u32) -> Self {
        std::array::from_fn(|i| self[i].wrapping_shl(by))
    }
    #[inline(always)]
    unsafe fn right(self, by: u32) -> Self {
        std::array::from_fn(|i| self[i].wrapping_shr(by))
    }
    #[inline(always)]
    unsafe fn rotate24(self) -> Self {
        std::array::from_fn(|i| self[i].rotate_left(24))
    }
    #[inline(always)]
    unsafe fn is_zero(self) -> bool {
        self.iter().fold(0, |a, b| a | b) == 0
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Wide;
    use std::arch::x86_64::*;

    /// Two AVX2 registers.
    #[derive(Clone, Copy)]
    pub struct Avx2(__m256i, __m256i);

    /// One AVX-512 register (AVX-512F).
    #[derive(Clone, Copy)]
    pub struct Avx512(__m512i);

    /// [`Wide::set32`]: bytes put into a register one after the other, two loads each; a gather of AVX2 takes 1.5 times as long.
    #[inline(always)]
    unsafe fn set32<I: Copy + Into<u32>>(bytes: *const u8, near: *const I, masks: *const u8) -> u32 {
        // SAFETY: the caller's promise.
        unsafe {
            macro_rules! half {
                ($first:literal: $($k:literal)*) => {{
                    let mut half = _mm_setzero_si128();
                    $(half = _mm_insert_epi8::<$k>(half, i32::from(*bytes.add((*near.add($first + $k)).into() as usize)));)*
                    half
                }};
            }
            let low = half!(0: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
            let high = half!(16: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
            let all = _mm256_setr_m128i(low, high);
            let masks = _mm256_loadu_si256(masks.cast());
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(all, masks), masks)) as u32
        }
    }

    // SAFETY of both blocks: the trait's contract is that the caller runs where the instructions exist
    // and passes pointers to eight words; all loads and stores are unaligned ones.
    impl Wide for Avx2 {
        type Number = __m256i;
        #[inline(always)]
        unsafe fn number(x: u64) -> __m256i {
            unsafe { _mm256_set1_epi64x(x as i64) }
        }
        #[inline(always)]
        unsafe fn value(x: __m256i) -> u64 {
            unsafe { _mm256_extract_epi64::<0>(x) as u64 }
        }
        #[inline(always)]
        unsafe fn next_number(x: __m256i) -> __m256i {
            unsafe { _mm256_add_epi64(x, _mm256_set1_epi64x(1)) }
        }
        #[inline(always)]
        unsafe fn add_number(self, x: __m256i) -> Self {
            unsafe { Avx2(_mm256_add_epi64(self.0, x), _mm256_add_epi64(self.1, x)) }
        }
        #[inline(always)]
        unsafe fn load(p: *const u64) -> Self {
            unsafe { Avx2(_mm256_loadu_si256(p.cast()), _mm256_loadu_si256(p.add(4).cast())) }
        }
        #[inline(always)]
        unsafe fn store(self, p: *mut u64) {
            unsafe {
                _mm256_storeu_si256(p.cast(), self.0);
                _mm256_storeu_si256(p.add(4).cast(), self.1);
            }
        }
        #[inline(always)]
        unsafe fn zero() -> Self {
            unsafe { Avx2(_mm256_setzero_si256(), _mm256_setzero_si256()) }
        }
        #[inline(always)]
        unsafe fn of(words: [u64; 8]) -> Self {
            let w = words.map(|x| x as i64);
            unsafe { Avx2(_mm256_setr_epi64x(w[0], w[1], w[2], w[3]), _mm256_setr_epi64x(w[4], w[5], w[6], w[7])) }
        }
        #[inline(always)]
        unsafe fn and(self, o: Self) -> Self {
            unsafe { Avx2(_mm256_and_si256(self.0, o.0), _mm256_and_si256(self.1, o.1)) }
        }
        #[inline(always)]
        unsafe fn or(self, o: Self) -> Self {
            unsafe { Avx2(_mm256_or_si256(self.0, o.0), _mm256_or_si256(self.1, o.1)) }
        }
        #[inline(always)]
        unsafe fn xor(self, o: Self) -> Self {
            unsafe { Avx2(_mm256_xor_si256(self.0, o.0), _mm256_xor_si256(self.1, o.1)) }
        }
        #[inline(always)]
        unsafe fn without(self, o: Self) -> Self {
            unsafe { Avx2(_mm256_andnot_si256(o.0, self.0), _mm256_andnot_si256(o.1, self.1)) }
        }
        #[inline(always)]
        unsafe fn add(self, o: Self) -> Self {
            unsafe { Avx2(_mm256_add_epi64(self.0, o.0), _mm256_add_epi64(self.1, o.1)) }
        }
        #[inline(always)]
        unsafe fn left(self, by: u32) -> Self {
            unsafe {
                let n = _mm_cvtsi32_si128(by as i32);
                Avx2(_mm256_sll_epi64(self.0, n), _mm256_sll_epi64(self.1, n))
            }
        }
        #[inline(always)]
        unsafe fn right(self, by: u32) -> Self {
            unsafe {
                let n = _mm_cvtsi32_si128(by as i32);
                Avx2(_mm256_srl_epi64(self.0, n), _mm256_srl_epi64(self.1, n))
            }
        }
        #[inline(always)]
        unsafe fn rotate24(self) -> Self {
            // A rotation by whole bytes is one shuffle where a general one is two shifts and an or.
            unsafe {
                let bytes = _mm256_setr_epi8(
                    5, 6, 7, 0, 1, 2, 3, 4, 13, 14, 15, 8, 9, 10, 11, 12, 5, 6, 7, 0, 1, 2, 3, 4, 13, 14, 15, 8, 9, 10, 11, 12,
                );
                Avx2(_mm256_shuffle_epi8(self.0, bytes), _mm256_shuffle_epi8(self.1, bytes))
            }
        }
        #[inline(always)]
        unsafe fn is_zero(self) -> bool {
            unsafe {
                let any = _mm256_or_si256(self.0, self.1);
                _mm256_testz_si256(any, any) == 1
            }
        }
        #[inline(always)]
        unsafe fn set32<I: Copy + Into<u32>>(bytes: *const u8, near: *const I, masks: *const u8) -> u32 {
            unsafe { set32(bytes, near, masks) }
        }
    }

    impl Wide for Avx512 {
        type Number = __m512i;
        #[inline(always)]
        unsafe fn number(x: u64) -> __m512i {
            unsafe { _mm512_set1_epi64(x as i64) }
        }
        #[inline(always)]
        unsafe fn value(x: __m512i) -> u64 {
            unsafe { _mm_cvtsi128_si64(_mm512_castsi512_si128(x)) as u64 }
        }
        #[inline(always)]
        unsafe fn next_number(x: __m512i) -> __m512i {
            unsafe { _mm512_add_epi64(x, _mm512_set1_epi64(1)) }
        }
        #[inline(always)]
        unsafe fn add_number(self, x: __m512i) -> Self {
            unsafe { Avx512(_mm512_add_epi64(self.0, x)) }
        }
        #[inline(always)]
        unsafe fn load(p: *const u64) -> Self {
            unsafe { Avx512(_mm512_loadu_si512(p.cast())) }
        }
        #[inline(always)]
        unsafe fn store(self, p: *mut u64) {
            unsafe { _mm512_storeu_si512(p.cast(), self.0) }
        }
        #[inline(always)]
        unsafe fn zero() -> Self {
            unsafe { Avx512(_mm512_setzero_si512()) }
        }
        #[inline(always)]
        unsafe fn of(words: [u64; 8]) -> Self {
            let w = words.map(|x| x as i64);
            unsafe { Avx512(_mm512_setr_epi64(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7])) }
        }
        #[inline(always)]
        unsafe fn and(self, o: Self) -> Self {
            unsafe { Avx512(_mm512_and_si512(self.0, o.0)) }
        }
        #[inline(always)]
        unsafe fn or(self, o: Self) -> Self {
            unsafe { Avx512(_mm512_or_si512(self.0, o.0)) }
        }
        #[inline(always)]
        unsafe fn xor(self, o: Self) -> Self {
            unsafe { Avx512(_mm512_xor_si512(self.0, o.0)) }
        }
        #[inline(always)]
        unsafe fn without(self, o: Self) -> Self {
            unsafe { Avx512(_mm512_andnot_si512(o.0, self.0)) }
        }
        #[inline(always)]
        unsafe fn add(self, o: Self) -> Self {
            unsafe { Avx512(_mm512_add_epi64(self.0, o.0)) }
        }
        #[inline(always)]
        unsafe fn left(self, by: u32) -> Self {
            unsafe { Avx512(_mm512_sll_epi64(self.0, _mm_cvtsi32_si128(by as i32))) }
        }
        #[inline(always)]
        unsafe fn right(self, by: u32) -> Self {
            unsafe { Avx512(_mm512_srl_epi64(self.0, _mm_cvtsi32_si128(by as i32))) }
        }
        #[inline(always)]
        unsafe fn rotate24(self) -> Self {
            unsafe { Avx512(_mm512_rol_epi64::<24>(self.0)) }
        }
        #[inline(always)]
        unsafe fn is_zero(self) -> bool {
            unsafe { _mm512_test_epi64_mask(self.0, self.0) == 0 }
        }
        #[inline(always)]
        unsafe fn set32<I: Copy + Into<u32>>(bytes: *const u8, near: *const I, masks: *const u8) -> u32 {
            unsafe { set32(bytes, near, masks) }
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};
