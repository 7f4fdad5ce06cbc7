//! Masks for dropout: random bits by key, step, stream, example and element.

use super::super::real::Real;

const M: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const W: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
/// Philox blocks side by side, so that the compiler can use vectors.
const LANES: usize = 8;

/// Which masks a run has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed {
    pub key: u64,
    pub step: u64,
}

/// The mask of one example: 1 / keep or 0.
///
/// Element k has word k % 4 of Philox4x32-10 at (k / 4, example, stream, step) under the key.
pub fn mask<T: Real>(seed: Seed, stream: u32, example: u32, keep: f64, out: &mut [T]) {
    let key = [seed.key as u32, (seed.key >> 32) as u32 ^ (seed.step >> 32) as u32];
    let below = (keep * 4_294_967_296.0).ceil() as u64;
    let (yes, no) = (T::from_f64(1.0 / keep), T::default());
    for (n, part) in out.chunks_mut(4 * LANES).enumerate() {
        let words = blocks((n * LANES) as u32, [example, stream, seed.step as u32], key);
        for (k, x) in part.iter_mut().enumerate() {
            *x = if u64::from(words[k % 4][k / 4]) < below { yes } else { no };
        }
    }
}

/// Philox (see [`crate::random`], and the test) at [`LANES`] counters: word w of block `first` + l is `[w][l]`.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
fn blocks(first: u32, [c1, c2, c3]: [u32; 3], mut key: [u32; 2]) -> [[u32; LANES]; 4] {
    let mut c = [std::array::from_fn(|l| first.wrapping_add(l as u32)), [c1; LANES], [c2; LANES], [c3; LANES]];
    for _ in 0..10 {
        for l in 0..LANES {
            let p = [u64::from(M[0]) * u64::from(c[0][l]), u64::from(M[1]) * u64::from(c[2][l])];
            let high = [(p[0] >> 32) as u32, (p[1] >> 32) as u32];
            (c[0][l], c[2][l]) = (high[1] ^ c[1][l] ^ key[0], high[0] ^ c[3][l] ^ key[1]);
            (c[1][l], c[3][l]) = (p[1] as u32, p[0] as u32);
        }
        key = [key[0].wrapping_add(W[0]), key[1].wrapping_add(W[1])];
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::philox;

    #[test]
    fn a_mask_is_philox_by_element() {
        let seed = Seed { key: 0x1234_5678_9abc_def0, step: 0x7_0000_0005 };
        let key = [seed.key as u32, (seed.key >> 32) as u32 ^ 7];
        for size in [1, 3, 4, 31, 32, 33, 100] {
            let mut out = vec![0f64; size];
            mask(seed, 3, 17, 0.3, &mut out);
            for (k, x) in out.iter().enumerate() {
                let word = philox([k as u32 / 4, 17, 3, 5], key)[k % 4];
                assert_eq!(*x, if f64::from(word) < 0.3 * 4_294_967_296.0 { 1.0 / 0.3 } else { 0.0 });
            }
        }
    }
}
