//! The random words of a machine: a word belongs to (key, purpose, sweep, row, unit), whatever is drawn beside it.

use crate::random::{Key, philox};
use crate::sparse::wide::philox8;

/// The draws of the hidden and of the visible units, and what else a sweep needs.
pub(super) const HIDDEN: u32 = 1;
pub(super) const VISIBLE: u32 = 2;
pub(super) const START: u32 = 3;
/// Second words of normal numbers: this beside the purpose.
pub(super) const SECOND: u32 = 64;

/// The words of one sweep for one purpose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    key: [u32; 2],
    sweep: u32,
    high: u32,
}

impl Words {
    /// Sweeps below 2^48.
    pub fn new(key: Key, purpose: u32, sweep: u64) -> Words {
        let key = key.derive(0x6d61_6368_696e_6500 ^ u64::from(purpose));
        Words {
            key: [key.0 as u32 ^ key.1 as u32, (key.0 >> 32) as u32 ^ (key.1 >> 32) as u32],
            sweep: sweep as u32,
            high: (sweep >> 32) as u32,
        }
    }

    /// The word of a row and a unit.
    #[inline]
    pub fn one(&self, row: usize, unit: usize) -> u32 {
        philox([unit as u32, (row / 4) as u32, self.sweep, self.high], self.key)[row % 4]
    }

    /// The words of rows 4 `four`.. and units `first..first + 8`.
    #[inline(always)]
    pub fn eight(&self, four: usize, first: usize) -> [[u32; 8]; 4] {
        let all = |x: u32| [u64::from(x); 8];
        // Loops, for closures may be compiled for fewer instructions than the function that they are in.
        let mut c0 = [0u64; 8];
        for (l, c) in c0.iter_mut().enumerate() {
            *c = (first + l) as u64;
        }
        let words = philox8([c0, all(four as u32), all(self.sweep), all(self.high)], [all(self.key[0]), all(self.key[1])]);
        let mut out = [[0; 8]; 4];
        for (out, words) in out.iter_mut().zip(&words) {
            for l in 0..8 {
                out[l] = words[l] as u32;
            }
        }
        out
    }
}

/// A uniform number of (0, 1] in double precision.
pub(super) fn uniform(word: u32) -> f64 {
    (f64::from(word) + 0.5) * (1.0 / 4_294_967_296.0)
}

/// A normal number of two words (Box and Muller).
pub(super) fn normal(a: u32, b: u32) -> f64 {
    libm::sqrt(-2.0 * libm::log(uniform(a))) * libm::cos(std::f64::consts::TAU * uniform(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_are_eight_single_words() {
        let words = Words::new(Key(3, 5), HIDDEN, 0x1_0000_0007);
        let all = words.eight(6, 40);
        for (w, all) in all.iter().enumerate() {
            for (l, x) in all.iter().enumerate() {
                assert_eq!(*x, words.one(24 + w, 40 + l));
            }
        }
        assert_ne!(words.one(0, 0), Words::new(Key(3, 5), VISIBLE, 0x1_0000_0007).one(0, 0));
    }
}
