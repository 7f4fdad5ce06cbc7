//! Words of 512 bits from and to the units of sites, wherever these stand.
//!
//! Knows units and entries; no meaning of either.

use super::super::bitpacked::wide::{Wide, Word};

/// What an entry's sign does to a whole word.
static SIGNS: [Word; 2] = [Word::ZERO, Word::ONES];

/// The word of the units that the entries name, those with a sign turned over.
///
/// # Safety
/// As for every method of [`Wide`]. `entries` points to 64 / BYTES entries, of units of `state`, which is aligned to BYTES.
#[inline(always)]
pub(super) unsafe fn gather<W: Wide, const BYTES: usize>(state: *const u8, entries: *const u32) -> W {
    // SAFETY: the caller's promise.
    unsafe {
        let unit = |e: u32| state.add((e >> 1) as usize * BYTES);
        if BYTES == 64 {
            let e = *entries;
            let sign = W::load(SIGNS.get_unchecked((e & 1) as usize).0.as_ptr());
            return W::load(unit(e).cast()).xor(sign);
        }
        let turned = |e: u32| 0u64.wrapping_sub(u64::from(e & 1));
        let mut words = [0u64; 8];
        for (j, word) in words.iter_mut().enumerate() {
            if BYTES >= 8 {
                let e = *entries.add(8 * j / BYTES);
                *word = unit(e).add(8 * j % BYTES).cast::<u64>().read() ^ turned(e);
            } else {
                for s in 0..8 / BYTES {
                    let e = *entries.add(8 / BYTES * j + s);
                    let bits = match BYTES {
                        1 => u64::from(*unit(e)),
                        2 => u64::from(unit(e).cast::<u16>().read()),
                        _ => u64::from(unit(e).cast::<u32>().read()),
                    };
                    *word |= (bits ^ turned(e) >> (64 - 8 * BYTES)) << (8 * BYTES * s);
                }
            }
        }
        W::of(words)
    }
}

/// Puts the units of a word where the entries say.
///
/// # Safety
/// As for [`gather`]; nobody else reads or writes these units.
#[inline(always)]
pub(super) unsafe fn scatter<W: Wide, const BYTES: usize>(state: *mut u8, entries: *const u32, word: W) {
    // SAFETY: the caller's promise.
    unsafe {
        let unit = |e: u32| state.add((e >> 1) as usize * BYTES);
        if BYTES == 64 {
            word.store(unit(*entries).cast());
            return;
        }
        let mut words = [0u64; 8];
        word.store(words.as_mut_ptr());
        for (j, word) in words.iter().enumerate() {
            if BYTES >= 8 {
                unit(*entries.add(8 * j / BYTES)).add(8 * j % BYTES).cast::<u64>().write(*word);
            } else {
                for s in 0..8 / BYTES {
                    let to = unit(*entries.add(8 / BYTES * j + s));
                    let bits = word >> (8 * BYTES * s);
                    match BYTES {
                        1 => *to = bits as u8,
                        2 => to.cast::<u16>().write(bits as u16),
                        _ => to.cast::<u32>().write(bits as u32),
                    }
                }
            }
        }
    }
}

/// Starts bringing the unit of an entry into the cache.
#[inline(always)]
pub(super) fn prefetch<const BYTES: usize>(state: *const u8, entry: u32) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch has no effect on memory, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(state.wrapping_add((entry >> 1) as usize * BYTES).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (state, entry);
}
