//! Philox4x32-10, eight blocks at a time: the random words of the single-spin kernels.
//!
//! Owns how a lane's words are addressed: (lane key, purpose, sweep, block of the sweep). A word
//! never depends on the number of lanes, on their layout or on the instruction set. Knows no model.

use super::super::random::{Key, philox};

/// The words of a sweep that every update consumes.
pub(crate) const BULK: u32 = 1;
/// The further bits of a number whose first bits did not decide.
pub(crate) const REFINE: u32 = 2;

const M0: u64 = 0xD251_1F53;
const M1: u64 = 0xCD9E_8D57;
const W0: u64 = 0x9E37_79B9;
const W1: u64 = 0xBB67_AE85;
const LOW: u64 = 0xFFFF_FFFF;

/// Eight blocks side by side; only the low 32 bits of each entry count.
pub(crate) type Eight = [u64; 8];

/// [`philox`] on eight counters with eight keys. Written on 64-bit entries so that the compiler
/// can use the 32 x 32 -> 64 bit vector product as it is.
#[inline(always)]
pub(crate) fn philox8(c: [Eight; 4], k: [Eight; 2]) -> [Eight; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = c;
    let [mut k0, mut k1] = k;
    for _ in 0..10 {
        for l in 0..8 {
            let p0 = M0 * (c0[l] & LOW);
            let p1 = M1 * (c2[l] & LOW);
            c0[l] = (p1 >> 32) ^ c1[l] ^ k0[l];
            c1[l] = p1;
            c2[l] = (p0 >> 32) ^ c3[l] ^ k1[l];
            c3[l] = p0;
            k0[l] = k0[l].wrapping_add(W0);
            k1[l] = k1[l].wrapping_add(W1);
        }
    }
    [c0, c1, c2, c3]
}

/// The key of one lane's words: 96 bits derived from the lane's own key.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LaneKey {
    pub k0: u32,
    pub k1: u32,
    pub tail: u32,
}

impl LaneKey {
    pub fn new(key: Key) -> LaneKey {
        let k = key.derive(0x7370_696e_735f_7377);
        LaneKey { k0: k.0 as u32, k1: (k.0 >> 32) as u32, tail: k.1 as u32 }
    }

    /// One block of this lane.
    pub fn block(&self, purpose: u32, sweep: u64, block: u32) -> [u32; 4] {
        philox([block, sweep as u32, high(purpose, sweep), self.tail], [self.k0, self.k1])
    }

    /// Eight consecutive bulk blocks: entry `[w][b]` is word `w` of block `first + b`.
    #[inline(always)]
    pub fn eight(&self, sweep: u64, first: u32) -> [Eight; 4] {
        let mut c0 = [0; 8];
        for (b, c) in c0.iter_mut().enumerate() {
            *c = u64::from(first.wrapping_add(b as u32));
        }
        let c2 = u64::from(high(BULK, sweep));
        philox8([c0, [sweep & LOW; 8], [c2; 8], [u64::from(self.tail); 8]], [[u64::from(self.k0); 8], [u64::from(self.k1); 8]])
    }
}

/// The third counter word: a purpose beside the high bits of the sweep (48 bits of sweeps in all).
#[inline(always)]
pub(crate) fn high(purpose: u32, sweep: u64) -> u32 {
    (sweep >> 32) as u32 & 0xFFFF | purpose << 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_blocks_are_eight_single_blocks() {
        let key = LaneKey::new(Key(5, 17));
        let sweep = 0x1_2345_6789;
        let words = key.eight(sweep, 40);
        for b in 0..8 {
            let single = key.block(BULK, sweep, 40 + b as u32);
            assert_eq!(words.map(|w| w[b] as u32), single);
        }
        assert_ne!(key.block(REFINE, sweep, 40), key.block(BULK, sweep, 40));
    }
}
