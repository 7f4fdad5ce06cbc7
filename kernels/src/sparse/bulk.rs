//! Sixteen random bits an update, laid out as the loops over lanes read them.
//!
//! Update (sweep, site) of a lane compares its 16 bits r, read as the number r / 2^16, with an
//! acceptance probability; where r equals the leading 16 bits of the probability (once in 65,536
//! updates), 32 further bits decide. The decision is that of a 48-bit uniform number.

use super::wide::{self, Eight, LaneKey, philox8};

/// Sites that one Philox block of a lane serves.
pub(crate) const GROUP: usize = 8;

/// The keys of the lanes of a block, spread for the vector loops.
#[derive(Clone, Debug)]
pub(crate) struct Keys<const W: usize> {
    k0: [u64; W],
    k1: [u64; W],
    tail: [u64; W],
    pub single: Vec<LaneKey>,
}

impl<const W: usize> Keys<W> {
    /// The last key is repeated in the slots that no lane uses.
    pub fn new(keys: &[LaneKey]) -> Keys<W> {
        let single: Vec<LaneKey> = (0..W).map(|l| keys[l.min(keys.len() - 1)]).collect();
        let spread = |f: fn(&LaneKey) -> u32| std::array::from_fn(|l| u64::from(f(&single[l])));
        Keys { k0: spread(|k| k.k0), k1: spread(|k| k.k1), tail: spread(|k| k.tail), single }
    }

    /// Block `block` of a sweep of the eight lanes from `first`: entry `[w][l]` is word `w` of lane `first + l`.
    #[inline(always)]
    pub fn eight(&self, sweep: u64, block: u32, first: usize) -> [Eight; 4] {
        let c2 = u64::from(wide::high(wide::BULK, sweep));
        let mut tail = [0; 8];
        let mut k = [[0; 8]; 2];
        for l in 0..8 {
            tail[l] = self.tail[first + l];
            k[0][l] = self.k0[first + l];
            k[1][l] = self.k1[first + l];
        }
        philox8([[u64::from(block); 8], [sweep & 0xFFFF_FFFF; 8], [c2; 8], tail], k)
    }

    /// The bits of the sites `8 group..8 group + 8` of all lanes, read as signed: r = bits xor 2^15.
    #[inline(always)]
    pub fn fill(&self, sweep: u64, group: u32, out: &mut [[i16; W]; GROUP]) {
        for first in (0..W).step_by(8) {
            let words = self.eight(sweep, group, first);
            for w in 0..4 {
                for l in 0..8 {
                    out[2 * w][first + l] = words[w][l] as i16;
                    out[2 * w + 1][first + l] = (words[w][l] >> 16) as i16;
                }
            }
        }
    }
}

/// Sites that one call of [`fill_one`] serves.
pub(crate) const RUN: usize = 64;

/// The bits of the sites `64 run..64 run + 64` of a lone lane, the same as [`Keys::fill`] gives.
#[inline(always)]
pub(crate) fn fill_one(key: &LaneKey, sweep: u64, run: u32, out: &mut [i16; RUN]) {
    let words = key.eight(sweep, run.wrapping_mul(8));
    for b in 0..8 {
        for w in 0..4 {
            out[8 * b + 2 * w] = words[w][b] as i16;
            out[8 * b + 2 * w + 1] = (words[w][b] >> 16) as i16;
        }
    }
}

/// The 32 bits that decide where the first 16 did not.
#[cold]
#[inline(never)]
pub(crate) fn further(key: &LaneKey, sweep: u64, site: usize) -> u32 {
    key.block(wide::REFINE, sweep, site as u32)[0]
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Key;
    use super::*;

    #[test]
    fn a_lane_has_the_same_bits_in_every_layout() {
        let keys: Vec<LaneKey> = (0..16).map(|i| LaneKey::new(Key(i, 3))).collect();
        let wide = Keys::<16>::new(&keys);
        let mut one = [0; RUN];
        fill_one(&keys[5], 77, 2, &mut one);
        for g in 0..8 {
            let mut out = [[0; 16]; GROUP];
            wide.fill(77, 16 + g as u32, &mut out);
            for s in 0..8 {
                assert_eq!(out[s][5], one[8 * g + s]);
            }
        }
    }
}
