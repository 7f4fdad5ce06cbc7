//! Energies and totals of all copies of a block: bit-sliced counts of satisfied bonds and of +1 spins.
//!
//! Knows words and entries; no temperature and no unit of energy.

use super::super::bitpacked::Instructions;
use super::super::bitpacked::wide::{Wide, Word};
use super::gather::gather;
use super::layout::Layout;
use super::table::transpose;

/// Binary places of a count: fewer than 2^31 sites of at most 127 units of coupling.
const LEVELS: usize = 40;

/// The integers that determine energy and total of a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// Σ k s s' over the bonds, fields included, in units of coupling.
    pub bonds: i64,
    /// Σ s.
    pub total: i64,
}

/// Measures the first `copies` copies of a block.
///
/// # Safety
/// `state` points to the units of the layout, aligned to 64 bytes, and nobody writes them. `instructions` are ones that the
/// processor has.
pub(super) unsafe fn measure(instructions: Instructions, layout: &Layout, state: *const u8, copies: usize) -> Vec<Measured> {
    // SAFETY: the caller's promise.
    let [bonds, spins] = unsafe {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 | Instructions::Avx512 => count_avx2(layout, state),
            _ => count_as::<[u64; 8]>(layout, state),
        }
    };
    let padding: i64 = layout.planes.iter().enumerate().map(|(p, plane)| plane.padding << p).sum();
    let (bonds, spins) = (bonds.sums(layout.bytes * 8), spins.sums(layout.bytes * 8));
    let one = |c: usize| Measured {
        bonds: 2 * (bonds[c] - padding) - layout.weight,
        // The ghost filled the last word of sites.
        total: 2 * (spins[c] - spin_padding(layout)) - layout.sites as i64,
    };
    (0..copies).map(one).collect()
}

fn spin_padding(layout: &Layout) -> i64 {
    (layout.sites.next_multiple_of(layout.sites_a_word()) - layout.sites) as i64
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn count_avx2(layout: &Layout, state: *const u8) -> [Counts; 2] {
    // SAFETY: the caller's promise; the instructions are enabled for this function.
    unsafe { count_as::<super::super::bitpacked::wide::Avx2>(layout, state) }
}

#[inline(always)]
unsafe fn count_as<W: Wide>(layout: &Layout, state: *const u8) -> [Counts; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        match layout.bytes {
            1 => count::<W, 1>(layout, state),
            2 => count::<W, 2>(layout, state),
            4 => count::<W, 4>(layout, state),
            8 => count::<W, 8>(layout, state),
            16 => count::<W, 16>(layout, state),
            32 => count::<W, 32>(layout, state),
            _ => count::<W, 64>(layout, state),
        }
    }
}

#[inline(always)]
unsafe fn count<W: Wide, const BYTES: usize>(layout: &Layout, state: *const u8) -> [Counts; 2] {
    // SAFETY: the caller's promise: all entries name units of the layout.
    unsafe {
        let slots = 64 / BYTES;
        let ones = W::load(Word::ONES.0.as_ptr());
        let mut bonds = Counter::<W>::new();
        for (p, plane) in layout.planes.iter().enumerate() {
            for pair in plane.ends.chunks_exact(2 * slots) {
                let (a, b) = (gather::<W, BYTES>(state, pair.as_ptr()), gather::<W, BYTES>(state, pair.as_ptr().add(slots)));
                bonds.add(ones.without(a.xor(b)), p);
            }
        }
        let mut spins = Counter::<W>::new();
        let mut entries = [0u32; 64];
        for first in (0..layout.sites).step_by(slots) {
            for (s, e) in entries[..slots].iter_mut().enumerate() {
                *e = (first + s).min(layout.sites) as u32 * 2;
            }
            spins.add(gather::<W, BYTES>(state, entries.as_ptr()), 0);
        }
        [bonds.finish(), spins.finish()]
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

    unsafe fn finish(mut self) -> Counts {
        // SAFETY: the caller's promise.
        unsafe {
            for level in 0..LEVELS - 1 {
                if self.occupied >> level & 1 == 1 {
                    // The third word is 0; what is carried may make another wait.
                    self.add(W::zero(), level);
                }
            }
            let mut counts = Counts { levels: [Word::ZERO; LEVELS] };
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
    /// The count of each copy, added over the sites of a word.
    fn sums(&self, unit_bits: usize) -> Vec<i64> {
        let mut sums = vec![0; unit_bits];
        for group in 0..8 {
            let mut matrix: [u64; 64] = std::array::from_fn(|l| self.levels.get(l).map_or(0, |w| w.0[group]));
            transpose(&mut matrix);
            for (bit, &count) in matrix.iter().enumerate() {
                sums[(64 * group + bit) % unit_bits] += count as i64;
            }
        }
        sums
    }
}
