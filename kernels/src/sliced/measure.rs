//! Energies and totals of all copies of a block: bit-sliced counts of unequal neighbours and of +1 spins.
//!
//! Knows words and entries; no temperature and no unit of energy.
//!
//! Eight words at a time are added by seven full adders into counters of 1, 2 and 4 and one word of eights (Harley and Seal; Warren,
//! Hacker's Delight, 2nd ed., 5-1), so that the long counters are touched once in eight words.

// Loops over eight words index several arrays at once.
#![allow(clippy::needless_range_loop)]

use super::super::bitpacked::Instructions;
#[cfg(target_arch = "x86_64")]
use super::super::bitpacked::wide::Avx2;
use super::super::bitpacked::wide::{Wide, Word};
use super::gather::{direct, gather};
use super::layout::{Layout, Plane};
use super::table::transpose;
use super::update::full;

/// Binary places of a count: fewer than 2^31 sites of at most 127 units of coupling.
const LEVELS: usize = 40;

/// Words that are added together.
const EIGHT: usize = 8;

/// Σ k s s' over the bonds, fields included, in units of coupling, of the first `copies` copies of a block.
///
/// # Safety
/// `state` points to the units of the layout, aligned to 64 bytes, and nobody writes them. `instructions` are ones that the
/// processor has.
pub(super) unsafe fn bonds(instructions: Instructions, layout: &Layout, state: *const u8, copies: usize) -> Vec<i64> {
    // SAFETY: the caller's promise.
    let [positive, negative] = unsafe {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 | Instructions::Avx512 => unequal_avx2(layout, state),
            _ => unequal::<[u64; 8]>(layout, state),
        }
    };
    let (positive, negative) = (positive.sums(layout.unit), negative.sums(layout.unit));
    // What is not satisfied counts against: unequal ends of a positive coupling, equal ones of a negative.
    (0..copies).map(|c| layout.weight - 2 * (positive[c] + layout.negative_weight - negative[c])).collect()
}

/// Σ s of the first `copies` copies of a block.
///
/// # Safety
/// As for [`bonds`].
pub(super) unsafe fn totals(instructions: Instructions, layout: &Layout, state: *const u8, copies: usize) -> Vec<i64> {
    // SAFETY: the caller's promise.
    let ups = unsafe {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 | Instructions::Avx512 => ups_avx2(layout, state),
            _ => ups::<[u64; 8]>(layout, state),
        }
    };
    let ups = ups.sums(layout.unit);
    (0..copies).map(|c| 2 * ups[c] - layout.sites as i64).collect()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn unequal_avx2(layout: &Layout, state: *const u8) -> [Counts; 2] {
    // SAFETY: the caller's promise; the instructions are enabled for this function.
    unsafe { unequal::<Avx2>(layout, state) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn ups_avx2(layout: &Layout, state: *const u8) -> Counts {
    // SAFETY: the caller's promise; the instructions are enabled for this function.
    unsafe { ups::<Avx2>(layout, state) }
}

/// The units of coupling between unequal ends: of the positive couplings, and of the negative ones.
#[inline(always)]
unsafe fn unequal<W: Wide>(layout: &Layout, state: *const u8) -> [Counts; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        match layout.unit {
            1 => planes::<W, 0>(layout, state),
            8 => planes::<W, 1>(layout, state),
            16 => planes::<W, 2>(layout, state),
            32 => planes::<W, 4>(layout, state),
            64 => planes::<W, 8>(layout, state),
            128 => planes::<W, 16>(layout, state),
            256 => planes::<W, 32>(layout, state),
            _ => planes::<W, 64>(layout, state),
        }
    }
}

/// The same for units of so many bytes, or of one bit for 0.
#[inline(always)]
unsafe fn planes<W: Wide, const BYTES: usize>(layout: &Layout, state: *const u8) -> [Counts; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut counts = [Counts::NONE; 2];
        for (sign, counts) in counts.iter_mut().enumerate() {
            let mut counter = Counter::<W>::new();
            for (p, planes) in layout.planes.iter().enumerate() {
                count(&Ends::<BYTES> { plane: &planes[sign], state }, planes[sign].groups, p, &mut counter);
            }
            *counts = counter.finish();
        }
        counts
    }
}

/// Words to be counted.
trait Words<W: Wide> {
    /// The words `first..first + n`, and zeros.
    ///
    /// # Safety
    /// As for every method of [`Wide`]; there are so many words.
    unsafe fn eight(&self, first: usize, n: usize) -> [W; EIGHT];
}

/// Where the ends of a group of bonds differ.
struct Ends<'a, const BYTES: usize> {
    plane: &'a Plane,
    state: *const u8,
}

impl<W: Wide, const BYTES: usize> Words<W> for Ends<'_, BYTES> {
    #[inline(always)]
    unsafe fn eight(&self, first: usize, n: usize) -> [W; EIGHT] {
        // SAFETY: the caller's promise: all entries name units of the layout.
        unsafe {
            let mut eight = [W::zero(); EIGHT];
            if BYTES == 0 {
                let mut both = [W::zero(); 2 * EIGHT];
                self.plane.bits.fetch(self.state, 2 * first * Word::BITS, 2 * n, both.as_mut_ptr());
                for k in 0..EIGHT {
                    eight[k] = both[2 * k].xor(both[2 * k + 1]);
                }
                return eight;
            }
            let slots = 64 / BYTES;
            for k in 0..n {
                let at = self.plane.ends.as_ptr().add(2 * (first + k) * slots);
                eight[k] = if BYTES == 64 {
                    direct::<W>(self.state, *at).xor(direct::<W>(self.state, *at.add(1)))
                } else {
                    gather::<W, BYTES>(self.state, at).xor(gather::<W, BYTES>(self.state, at.add(slots)))
                };
            }
            eight
        }
    }
}

/// The words of the state, without what is not a site in them.
struct Spins<'a> {
    layout: &'a Layout,
    state: *const u8,
}

impl Spins<'_> {
    fn bits(&self) -> usize {
        self.layout.sites * self.layout.unit
    }
}

impl<W: Wide> Words<W> for Spins<'_> {
    #[inline(always)]
    unsafe fn eight(&self, first: usize, n: usize) -> [W; EIGHT] {
        // SAFETY: the caller's promise. The words of the sites come first in the state.
        unsafe {
            let mut eight = [W::zero(); EIGHT];
            for k in 0..n {
                let w = first + k;
                eight[k] = W::load(self.state.cast::<u64>().add(8 * w));
                let filled = if self.layout.unit == 1 {
                    usize::from(*self.layout.filled.get_unchecked(w))
                } else {
                    (self.bits() - w * Word::BITS).min(Word::BITS)
                };
                if filled < Word::BITS {
                    eight[k] = eight[k].and(W::load(Word::range(0..filled).0.as_ptr()));
                }
            }
            eight
        }
    }
}

/// The spins that are +1.
#[inline(always)]
unsafe fn ups<W: Wide>(layout: &Layout, state: *const u8) -> Counts {
    // SAFETY: the caller's promise.
    unsafe {
        let spins = Spins { layout, state };
        let words = if layout.unit == 1 { layout.filled.len() } else { spins.bits().div_ceil(Word::BITS) };
        let mut counter = Counter::<W>::new();
        count(&spins, words, 0, &mut counter);
        counter.finish()
    }
}

/// Counts all words at a level.
#[inline(always)]
unsafe fn count<W: Wide>(from: &impl Words<W>, words: usize, level: usize, counter: &mut Counter<W>) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut low = [W::zero(); 3];
        let mut first = 0;
        while first + EIGHT <= words {
            counter.add(adders(&mut low, from.eight(first, EIGHT)), level + 3);
            first += EIGHT;
        }
        if first < words {
            counter.add(adders(&mut low, from.eight(first, words - first)), level + 3);
        }
        for k in 0..low.len() {
            counter.add(low[k], level + k);
        }
    }
}

/// Adds eight words to the counters of 1, 2 and 4; what is carried out are eights.
#[inline(always)]
unsafe fn adders<W: Wide>(low: &mut [W; 3], x: [W; EIGHT]) -> W {
    // SAFETY: the caller's promise.
    unsafe {
        let (mut twos, mut fours) = ([W::zero(); 4], [W::zero(); 2]);
        for k in 0..4 {
            (low[0], twos[k]) = full(low[0], x[2 * k], x[2 * k + 1]);
        }
        for k in 0..2 {
            (low[1], fours[k]) = full(low[1], twos[2 * k], twos[2 * k + 1]);
        }
        let eights;
        (low[2], eights) = full(low[2], fours[0], fours[1]);
        eights
    }
}

/// A counter for each of 512 bits. Each level holds one word, and one more that waits for a third: three words of a level
/// become one of it and one of the next.
struct Counter<W: Wide> {
    held: [W; LEVELS],
    waiting: [W; LEVELS],
    /// Bit l: a word waits at level l.
    occupied: u64,
}

impl<W: Wide> Counter<W> {
    #[inline(always)]
    unsafe fn new() -> Counter<W> {
        // SAFETY: the caller's promise.
        unsafe { Counter { held: [W::zero(); LEVELS], waiting: [W::zero(); LEVELS], occupied: 0 } }
    }

    /// Adds 2^level to the counters whose bit is set.
    #[inline(always)]
    unsafe fn add(&mut self, mut word: W, mut level: usize) {
        // SAFETY: the caller's promise; counts stay below 2^LEVELS.
        unsafe {
            while self.occupied >> level & 1 == 1 {
                self.occupied ^= 1 << level;
                let (held, waiting) = (self.held[level], self.waiting[level]);
                let half = held.xor(waiting);
                self.held[level] = half.xor(word);
                word = held.and(waiting).or(half.and(word));
                level += 1;
            }
            self.waiting[level] = word;
            self.occupied |= 1 << level;
        }
    }

    #[inline(always)]
    unsafe fn finish(mut self) -> Counts {
        // SAFETY: the caller's promise.
        unsafe {
            for level in 0..LEVELS - 1 {
                if self.occupied >> level & 1 == 1 {
                    // The third word is 0; what is carried may make another wait.
                    self.add(W::zero(), level);
                }
            }
            let mut counts = Counts::NONE;
            for (to, from) in counts.levels.iter_mut().zip(self.held) {
                from.store(to.0.as_mut_ptr());
            }
            counts
        }
    }
}

/// 512 counts in binary, place by place.
struct Counts {
    levels: [Word; LEVELS],
}

impl Counts {
    const NONE: Counts = Counts { levels: [Word::ZERO; LEVELS] };

    /// The count of each copy, added over the sites of a word.
    fn sums(&self, unit_bits: usize) -> Vec<i64> {
        let mut sums = vec![0; unit_bits];
        let mut matrix = [Word::ZERO; 64];
        matrix[..LEVELS].copy_from_slice(&self.levels);
        transpose(&mut matrix);
        for (bit, word) in matrix.iter().enumerate() {
            for (group, &count) in word.0.iter().enumerate() {
                sums[(64 * group + bit) % unit_bits] += count as i64;
            }
        }
        sums
    }
}
