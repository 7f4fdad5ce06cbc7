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

/// The word of a unit of 64 bytes that an entry names, whatever its sign.
///
/// # Safety
/// As for [`gather`].
#[inline(always)]
pub(super) unsafe fn direct<W: Wide>(state: *const u8, entry: u32) -> W {
    // SAFETY: the caller's promise.
    unsafe { W::load(state.add((entry >> 1) as usize * 64).cast()) }
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

/// Gathers `n` words of units of `bytes` bytes, less than 64, one after the other.
///
/// # Safety
/// As for [`gather`]; `to` has room for them.
#[inline(always)]
pub(super) unsafe fn fetch<W: Wide>(bytes: usize, state: *const u8, entries: *const u32, n: usize, to: *mut W) {
    /// # Safety
    /// As for [`gather`].
    #[inline(always)]
    unsafe fn all<W: Wide, const BYTES: usize>(state: *const u8, entries: *const u32, n: usize, to: *mut W) {
        for i in 0..n {
            // SAFETY: the caller's promise.
            unsafe { to.add(i).write(gather::<W, BYTES>(state, entries.add(i * (64 / BYTES)))) }
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match bytes {
            1 => all::<W, 1>(state, entries, n, to),
            2 => all::<W, 2>(state, entries, n, to),
            4 => all::<W, 4>(state, entries, n, to),
            8 => all::<W, 8>(state, entries, n, to),
            16 => all::<W, 16>(state, entries, n, to),
            _ => all::<W, 32>(state, entries, n, to),
        }
    }
}

/// Scatters `n` words into units of `bytes` bytes, less than 64.
///
/// # Safety
/// As for [`scatter`].
#[inline(always)]
pub(super) unsafe fn put<W: Wide>(bytes: usize, state: *mut u8, entries: *const u32, n: usize, from: *const W) {
    // SAFETY: the caller's promise.
    unsafe {
        for i in 0..n {
            let (at, word) = (entries.add(i * (64 / bytes)), from.add(i).read());
            match bytes {
                1 => scatter::<W, 1>(state, at, word),
                2 => scatter::<W, 2>(state, at, word),
                4 => scatter::<W, 4>(state, at, word),
                8 => scatter::<W, 8>(state, at, word),
                16 => scatter::<W, 16>(state, at, word),
                _ => scatter::<W, 32>(state, at, word),
            }
        }
    }
}

/// Starts bringing the unit of an entry into the cache.
#[inline(always)]
pub(super) fn prefetch(state: *const u8, bytes: usize, entry: u32) {
    crate::cache::fetch_line(state.wrapping_add((entry >> 1) as usize * bytes));
}
