//! Energies and magnetisations of whole words: the numbers of agreeing neighbours and of +1 spins of each chain.

use super::instructions::Instructions;
use super::layout::{CROSSING, Layout};
use super::update::neighbour;
use super::wide::Word;

/// Integers that determine the energy of a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// Ordered pairs of neighbours that agree (an antiperiodic bond: that differ). Each bond counts twice.
    pub agreeing: u64,
    /// Spins that are +1.
    pub up: u64,
}

/// Measures every chain of a state.
///
/// # Safety
/// `state` points to the words of the layout, with one more word before and behind, and nobody writes them.
/// `instructions` are ones that the processor has.
pub(super) unsafe fn measure(instructions: Instructions, layout: &Layout, state: *const u64) -> Vec<Measured> {
    // SAFETY: the caller's promise.
    unsafe {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 | Instructions::Avx512 => measure_popcnt(layout, state),
            _ => measure_any(layout, state),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
unsafe fn measure_popcnt(layout: &Layout, state: *const u64) -> Vec<Measured> {
    // SAFETY: the caller's promise.
    unsafe { measure_any(layout, state) }
}

#[inline(always)]
unsafe fn measure_any(layout: &Layout, state: *const u64) -> Vec<Measured> {
    // SAFETY: the caller's promise.
    unsafe {
        if layout.chains == 1 {
            let mut m = Measured::default();
            let live = Word::range(layout.chain_bits(0)).0;
            each_word(layout, state, &live, |w| m.agreeing += ones(w), |w| m.up += ones(w));
            vec![m]
        } else {
            let (mut agreeing, mut up) = (Vertical::new(), Vertical::new());
            each_word(layout, state, &[!0; 8], |w| agreeing.add(w), |w| up.add(w));
            (0..layout.chains).map(|c| Measured { agreeing: agreeing.sum(layout, c), up: up.sum(layout, c) }).collect()
        }
    }
}

#[inline(always)]
fn ones(w: [u64; 8]) -> u64 {
    w.iter().map(|x| u64::from(x.count_ones())).sum()
}

#[inline(always)]
unsafe fn each_word(
    layout: &Layout,
    state: *const u64,
    live: &[u64; 8],
    mut agreeing: impl FnMut([u64; 8]),
    mut up: impl FnMut([u64; 8]),
) {
    let z = layout.coordination;
    for (w, entries) in layout.neighbours.chunks_exact(z).enumerate() {
        // SAFETY: w is a word of the layout, and so are the entries.
        let own = unsafe { state.add(8 * w).cast::<[u64; 8]>().read_unaligned() };
        up(std::array::from_fn(|i| own[i] & live[i]));
        for &entry in entries {
            let near: [u64; 8] = unsafe { neighbour(state, &layout.crossings, entry) };
            let missing = &layout.crossings[(entry & CROSSING) as usize].missing.0;
            agreeing(std::array::from_fn(|i| !(own[i] ^ near[i]) & live[i] & !missing[i]));
        }
    }
}

/// A counter for each of the 512 bits, in binary, place by place.
struct Vertical {
    places: Vec<[u64; 8]>,
}

impl Vertical {
    fn new() -> Vertical {
        Vertical { places: Vec::new() }
    }

    fn add(&mut self, word: [u64; 8]) {
        let mut carry = word;
        for place in &mut self.places {
            let next: [u64; 8] = std::array::from_fn(|i| place[i] & carry[i]);
            *place = std::array::from_fn(|i| place[i] ^ carry[i]);
            carry = next;
            if carry == [0; 8] {
                return;
            }
        }
        if carry != [0; 8] {
            self.places.push(carry);
        }
    }

    /// The counters of a chain's bits, added.
    fn sum(&self, layout: &Layout, chain: usize) -> u64 {
        let mask = Word::range(layout.chain_bits(chain)).0;
        let place = |p: &[u64; 8]| ones(std::array::from_fn(|i| p[i] & mask[i]));
        self.places.iter().enumerate().map(|(k, p)| place(p) << k).sum()
    }
}
