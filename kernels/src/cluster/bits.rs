//! Random words in bulk, and words of independent Bernoulli bits.
//!
//! Owns the reading of one keyed stream by a cluster kernel. The words are those of
//! [`Stream`](crate::random::Stream) with the same key, made 128 blocks at a time so that the processor's vector unit can
//! be used; which instructions it has changes no number.

use crate::random::{Key, philox};

// Philox's multipliers and key increments, for the vector form.
#[cfg(target_arch = "x86_64")]
const M0: u32 = 0xD251_1F53;
#[cfg(target_arch = "x86_64")]
const M1: u32 = 0xCD9E_8D57;
#[cfg(target_arch = "x86_64")]
const W0: u32 = 0x9E37_79B9;
#[cfg(target_arch = "x86_64")]
const W1: u32 = 0xBB67_AE85;

const BUFFER: usize = 256;

/// A sequential reader of the 64-bit words of a keyed stream.
#[derive(Clone, Debug)]
pub(crate) struct Bits {
    key: Key,
    /// The first Philox block after the buffer.
    block: u64,
    used: usize,
    buffer: Box<[u64; BUFFER]>,
}

impl Bits {
    pub fn new(key: Key) -> Bits {
        Bits { key, block: 0, used: BUFFER, buffer: Box::new([0; BUFFER]) }
    }

    /// A reader that has consumed `position` words.
    pub fn at(key: Key, position: u64) -> Bits {
        let mut bits = Bits::new(key);
        let rest = (position % BUFFER as u64) as usize;
        bits.block = (position / BUFFER as u64).wrapping_mul(BUFFER as u64 / 2);
        if rest > 0 {
            bits.refill();
            bits.used = rest;
        }
        bits
    }

    /// The number of 64-bit words consumed.
    pub fn position(&self) -> u64 {
        self.block.wrapping_mul(2).wrapping_sub((BUFFER - self.used) as u64)
    }

    #[inline(always)]
    pub fn word(&mut self) -> u64 {
        if self.used == BUFFER {
            self.refill();
        }
        let word = self.buffer[self.used & (BUFFER - 1)];
        self.used += 1;
        word
    }

    /// Uniform in 0..n without bias (Lemire, ACM TOMACS 29, 3 (2019)). `n` must be positive.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        let mut product = u128::from(self.word()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = u128::from(self.word()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    #[inline(never)]
    fn refill(&mut self) {
        fill(self.key, self.block, &mut self.buffer);
        self.block = self.block.wrapping_add(BUFFER as u64 / 2);
        self.used = 0;
    }
}

fn fill(key: Key, block: u64, out: &mut [u64; BUFFER]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which was asked just now.
        unsafe { fill_avx2(key, block, out) };
        return;
    }
    fill_portable(key, block, out);
}

fn fill_portable(key: Key, first: u64, out: &mut [u64; BUFFER]) {
    for (k, out) in out.chunks_exact_mut(2).enumerate() {
        let block = first.wrapping_add(k as u64);
        let counter = [block as u32, (block >> 32) as u32, key.1 as u32, (key.1 >> 32) as u32];
        let x = philox(counter, [key.0 as u32, (key.0 >> 32) as u32]);
        out[0] = u64::from(x[0]) | u64::from(x[1]) << 32;
        out[1] = u64::from(x[2]) | u64::from(x[3]) << 32;
    }
}

/// Philox4x32-10, eight blocks side by side in two vectors; each 32-bit word has a 64-bit place, as the multiplication
/// wants it.
///
/// # Safety
/// The processor must have AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn fill_avx2(key: Key, first: u64, out: &mut [u64; BUFFER]) {
    use std::arch::x86_64::*;
    let low = _mm256_set1_epi64x(0xffff_ffff);
    let (m0, m1) = (_mm256_set1_epi64x(M0 as i64), _mm256_set1_epi64x(M1 as i64));
    for (group, out) in out.chunks_exact_mut(16).enumerate() {
        let block = first.wrapping_add(8 * group as u64) as i64;
        let start = _mm256_add_epi64(_mm256_set1_epi64x(block), _mm256_setr_epi64x(0, 1, 2, 3));
        let both = [start, _mm256_add_epi64(start, _mm256_set1_epi64x(4))];
        let mut c0 = both.map(|b| _mm256_and_si256(b, low));
        let mut c1 = both.map(|b| _mm256_srli_epi64::<32>(b));
        let mut c2 = [_mm256_set1_epi64x((key.1 & 0xffff_ffff) as i64); 2];
        let mut c3 = [_mm256_set1_epi64x((key.1 >> 32) as i64); 2];
        let (mut k0, mut k1) = (key.0 as u32, (key.0 >> 32) as u32);
        for _ in 0..10 {
            let (x0, x1) = (_mm256_set1_epi64x(i64::from(k0)), _mm256_set1_epi64x(i64::from(k1)));
            for v in 0..2 {
                let p0 = _mm256_mul_epu32(c0[v], m0);
                let p1 = _mm256_mul_epu32(c2[v], m1);
                c0[v] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64::<32>(p1), c1[v]), x0);
                c2[v] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64::<32>(p0), c3[v]), x1);
                c1[v] = _mm256_and_si256(p1, low);
                c3[v] = _mm256_and_si256(p0, low);
            }
            k0 = k0.wrapping_add(W0);
            k1 = k1.wrapping_add(W1);
        }
        for v in 0..2 {
            let a = _mm256_or_si256(c0[v], _mm256_slli_epi64::<32>(c1[v]));
            let b = _mm256_or_si256(c2[v], _mm256_slli_epi64::<32>(c3[v]));
            // Blocks 0 and 2 lie in the low halves, 1 and 3 in the high halves.
            let (even, odd) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
            let to = out[8 * v..8 * v + 8].as_mut_ptr().cast::<__m256i>();
            // SAFETY: the slice has eight words, two vectors; the stores ask for no alignment.
            unsafe {
                _mm256_storeu_si256(to, _mm256_permute2x128_si256::<0x20>(even, odd));
                _mm256_storeu_si256(to.add(1), _mm256_permute2x128_si256::<0x31>(even, odd));
            }
        }
    }
}

/// A probability to a multiple of 2^-64, and one exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bernoulli {
    /// The probability times 2^64, rounded down.
    threshold: u64,
    always: bool,
}

impl Bernoulli {
    /// The activation probability 1 - exp(-2 |β J|) of a satisfied bond; one at infinite β, zero at J = 0.
    pub fn activation(beta: f64, coupling: f64) -> Bernoulli {
        let k = if coupling == 0.0 { 0.0 } else { 2.0 * (beta * coupling).abs() };
        Bernoulli::of(-libm::expm1(-k))
    }

    /// A probability, rounded down to a multiple of 2^-64; one where it is at least one.
    pub fn of(p: f64) -> Bernoulli {
        Bernoulli { threshold: (p * 18_446_744_073_709_551_616.0) as u64, always: p >= 1.0 }
    }

    /// One draw.
    #[inline(always)]
    pub fn draw(self, bits: &mut Bits) -> bool {
        self.accepts(bits.word())
    }

    /// Whether a random word is below the probability.
    #[inline(always)]
    pub fn accepts(self, word: u64) -> bool {
        self.always | (word < self.threshold)
    }

    /// The probability itself.
    #[cfg(test)]
    pub fn probability(self) -> f64 {
        if self.always { 1.0 } else { self.threshold as f64 / 18_446_744_073_709_551_616.0 }
    }

    /// Independent draws at the bits of `wanted`; the others are zero.
    ///
    /// Each position compares its own random binary fraction with the probability, from the most significant digit on,
    /// and stops at the first difference; the loop ends when no position is undecided.
    #[inline(always)]
    pub fn draws(self, bits: &mut Bits, wanted: u64) -> u64 {
        if self.always {
            return wanted;
        }
        let mut undecided = wanted;
        let mut accepted = 0;
        let mut digits = self.threshold;
        // The remaining digits of the probability are all zero: nothing can be accepted any more.
        while undecided != 0 && digits != 0 {
            let random = bits.word();
            let digit = ((digits as i64) >> 63) as u64;
            accepted |= undecided & digit & !random;
            undecided &= !(random ^ digit);
            digits <<= 1;
        }
        accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn the_words_are_those_of_the_stream() {
        let key = Key(0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321);
        let mut stream = Stream::new(key);
        let mut bits = Bits::new(key);
        for n in 0..1000 {
            assert_eq!(bits.position(), n);
            assert_eq!(bits.word(), stream.next_u64());
        }
        for position in [0, 1, 255, 256, 257, 700] {
            let mut a = Bits::at(key, position);
            let mut b = Stream::at(key, 2 * position);
            assert_eq!(a.position(), position);
            for _ in 0..600 {
                assert_eq!(a.word(), b.next_u64());
            }
        }
        let (mut a, mut b) = ([0; BUFFER], [0; BUFFER]);
        fill(key, u64::MAX - 3, &mut a);
        fill_portable(key, u64::MAX - 3, &mut b);
        assert_eq!(a, b);
    }

    /// Frequencies within five standard errors: false alarm below 6e-7 each, fixed seed.
    #[test]
    fn draws_have_the_probability() {
        let mut bits = Bits::new(Key(1, 2));
        for k in [1e-3, 0.2, 0.440_686_793_509_772, 0.5 * std::f64::consts::LN_2, 3.0] {
            let p = -libm::expm1(-2.0 * k);
            let bernoulli = Bernoulli::activation(k, -1.0);
            let n = 20_000;
            let words: u32 = (0..n).map(|_| bernoulli.draws(&mut bits, !0).count_ones()).sum();
            let singles = (0..n).filter(|_| bernoulli.draw(&mut bits)).count();
            let sigma = |n: f64| 5.0 * libm::sqrt(n * p * (1.0 - p));
            assert!((f64::from(words) - 64.0 * f64::from(n) * p).abs() < sigma(64.0 * f64::from(n)));
            assert!((singles as f64 - f64::from(n) * p).abs() < sigma(f64::from(n)));
            assert_eq!(bernoulli.draws(&mut bits, 0xff0) & !0xff0, 0);
        }
        assert_eq!(Bernoulli::activation(f64::INFINITY, 1.0).draws(&mut bits, !0), !0);
        assert_eq!(Bernoulli::activation(f64::INFINITY, 0.0).draws(&mut bits, !0), 0);
        assert_eq!(Bernoulli::activation(0.0, 1.0).draws(&mut bits, !0), 0);
    }
}
