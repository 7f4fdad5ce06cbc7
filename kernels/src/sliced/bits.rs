//! Words of 512 spins of one copy, a bit each, put together from wherever these stand.
//!
//! Knows bytes, masks and signs; no meaning of either.
//!
//! A spin is found by the number of its byte and a mask of its bit, kept apart and as narrow as they can be: three bytes a neighbour for
//! up to half a million spins, read in the order in which they stand. Cost on AVX2: two loads a neighbour (number and byte), three a cycle.

use super::super::bitpacked::wide::{Wide, Word};

/// Bits of a word.
const SLOTS: usize = Word::BITS;

/// Where the spins of some words stand, and with which sign they count.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    near: Near,
    masks: Vec<u8>,
    signs: Vec<Word>,
}

/// Numbers of bytes.
#[derive(Clone, Debug)]
enum Near {
    Narrow(Vec<u16>),
    Broad(Vec<u32>),
}

impl Default for Near {
    fn default() -> Near {
        Near::Narrow(Vec::new())
    }
}

/// The byte of a bit in memory: the state is made of machine integers of 64 bits.
fn byte(bit: u32) -> u32 {
    if cfg!(target_endian = "big") { (bit / 8) ^ 7 } else { bit / 8 }
}

impl Bits {
    /// From entries, bit times two plus a sign, a multiple of 512 of them, of a state of `bits` bits.
    pub fn new(entries: &[u32], bits: usize) -> Bits {
        let bytes = entries.iter().map(|e| byte(e >> 1));
        Bits {
            near: if bits <= 8 << 16 { Near::Narrow(bytes.map(|b| b as u16).collect()) } else { Near::Broad(bytes.collect()) },
            masks: entries.iter().map(|e| 1 << (e >> 1 & 7)).collect(),
            signs: entries.as_chunks::<SLOTS>().0.iter().map(signs).collect(),
        }
    }

    /// Puts the words of the entries from `first` on, a multiple of 512, one after the other.
    ///
    /// # Safety
    /// As for every method of [`Wide`]. There are entries for `n` words, all of bits of `state`, and `to` has room for them.
    #[inline(always)]
    pub unsafe fn fetch<W: Wide>(&self, state: *const u8, first: usize, n: usize, to: *mut W) {
        // SAFETY: the caller's promise.
        unsafe {
            let masks = self.masks.as_ptr().add(first);
            let signs = self.signs.as_ptr().add(first / SLOTS);
            match &self.near {
                Near::Narrow(near) => words(state, near.as_ptr().add(first), masks, signs, n, to),
                Near::Broad(near) => words(state, near.as_ptr().add(first), masks, signs, n, to),
            }
        }
    }
}

fn signs(entries: &[u32; SLOTS]) -> Word {
    let mut word = Word::ZERO;
    for (bit, e) in entries.iter().enumerate() {
        word.set(bit, e & 1 == 1);
    }
    word
}

#[inline(always)]
unsafe fn words<W: Wide, I: Copy + Into<u32>>(
    state: *const u8,
    near: *const I,
    masks: *const u8,
    signs: *const Word,
    n: usize,
    to: *mut W,
) {
    // SAFETY: the caller's promise.
    unsafe {
        for i in 0..n {
            let mut word = [0u64; 8];
            for (k, w) in word.iter_mut().enumerate() {
                let at = i * SLOTS + 64 * k;
                let low = W::set32(state, near.add(at), masks.add(at));
                let high = W::set32(state, near.add(at + 32), masks.add(at + 32));
                *w = u64::from(low) | u64::from(high) << 32;
            }
            to.add(i).write(W::of(word).xor(W::load((*signs.add(i)).0.as_ptr())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::bitpacked::Instructions;
    use super::super::super::random::{Key, Stream};
    use super::*;

    /// Against bit by bit, with numbers of both widths and on every instruction set.
    #[test]
    fn words_hold_what_the_entries_say() {
        let mut stream = Stream::new(Key(3, 4));
        let state: Vec<Word> = (0..40).map(|_| Word(std::array::from_fn(|_| stream.next_u64()))).collect();
        let bits = 40 * SLOTS;
        let entries: Vec<u32> = (0..5 * SLOTS).map(|_| stream.below(2 * bits as u32)).collect();
        let expected: Vec<Word> = entries
            .as_chunks::<SLOTS>()
            .0
            .iter()
            .map(|chunk| {
                let mut word = Word::ZERO;
                for (k, e) in chunk.iter().enumerate() {
                    let bit = (e >> 1) as usize;
                    word.set(k, state[bit / SLOTS].get(bit % SLOTS) != (e & 1 == 1));
                }
                word
            })
            .collect();
        for all in [bits, 1 << 30] {
            let places = Bits::new(&entries, all);
            assert_eq!(matches!(places.near, Near::Narrow(_)), all == bits);
            for instructions in Instructions::available() {
                let mut found = [Word::ZERO; 4];
                // SAFETY: the processor has the instructions; four words from the second on are there.
                unsafe {
                    match instructions {
                        #[cfg(target_arch = "x86_64")]
                        Instructions::Avx2 => fetch_avx2(&places, &state, &mut found),
                        #[cfg(target_arch = "x86_64")]
                        Instructions::Avx512 => fetch_avx512(&places, &state, &mut found),
                        _ => fetch::<[u64; 8]>(&places, &state, &mut found),
                    }
                }
                assert_eq!(found[..], expected[1..]);
            }
        }
    }

    #[inline(always)]
    unsafe fn fetch<W: Wide>(places: &Bits, state: &[Word], to: &mut [Word; 4]) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut words = [W::zero(); 4];
            places.fetch(state.as_ptr().cast(), SLOTS, 4, words.as_mut_ptr());
            for (word, to) in words.into_iter().zip(to) {
                word.store(to.0.as_mut_ptr());
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn fetch_avx2(places: &Bits, state: &[Word], to: &mut [Word; 4]) {
        // SAFETY: the caller's promise; the instructions are enabled for this function.
        unsafe { fetch::<super::super::super::bitpacked::wide::Avx2>(places, state, to) }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx2")]
    unsafe fn fetch_avx512(places: &Bits, state: &[Word], to: &mut [Word; 4]) {
        // SAFETY: the caller's promise; the instructions are enabled for this function.
        unsafe { fetch::<super::super::super::bitpacked::wide::Avx512>(places, state, to) }
    }
}
