//! Clusters of the square lattice at its transition.
//!
//! Wolff: with the bonds drawn beforehand, growing a cluster is a walk: every spin goes through the queue once, and each
//! of its four neighbours is looked at. The loop has no branch but its end.
//!
//! Swendsen-Wang, derived, a spin: a bond is satisfied with probability (1 + 1/√2)/2 = 0.854 and then active with 2 - √2 = 0.586, so half
//! of the bonds are active. In rows of bits there are 0.5 runs a spin, and at most 0.5 contacts of a run with one in the row
//! above. Random bits for two bonds: 2 × 9.1 draws and comparisons of some 22 instructions for 256 bits, 2 instructions. A run:
//! 4 to find it and to give it a label, 5 to look its label up and to flip it. A contact: 6 for the numbers of the two runs,
//! 6 for two roots at hand, 1 to join them. Altogether 2 + 0.5 (4 + 5 + 13) = 13 instructions, at four a cycle and
//! without a branch guessed wrong: 3.2 cycles. Whether a contact joins or not cannot be guessed, so real code takes more.

use super::{PER_CYCLE, clock};
use crate::clock::Effort;
use crate::models::{SQUARE_CRITICAL, neighbours};
use ann_lang::kernels::random::{Key, Stream};
use std::hint::black_box;

pub const WOLFF_NOTE: &str = "measured: clusters of bonds drawn beforehand, each spin through the queue once with a look at its four neighbours, no branch";
pub const SWENDSEN_WANG_NOTE: &str = "derived: 13 instructions a spin at four a cycle (random bits 2, half a run 4.5, half a contact 6.5), no branch guessed wrong";

/// Spins per nanosecond of decompositions of the square lattice.
pub fn swendsen_wang() -> f64 {
    clock() * PER_CYCLE / 13.0 * 1e-9
}

/// Flipped spins per nanosecond for a state of L² spins; L a power of two.
pub fn flood(effort: &Effort, l: usize, state: &[u8]) -> f64 {
    let near = neighbours::<4>(l);
    let mut stream = Stream::new(Key(6, 6));
    let active = 1.0 - libm::exp(-2.0 * SQUARE_CRITICAL);
    // Bit d: the bond to neighbour d.
    let mut bonds = vec![0u8; l * l];
    for (i, n) in near.iter().enumerate() {
        for (d, &j) in n[..2].iter().enumerate() {
            let j = j as usize;
            if state[i] == state[j] && stream.uniform() < active {
                bonds[i] |= 1 << d;
                bonds[j] |= 4 << d;
            }
        }
    }
    let mut side = vec![0u8; l * l];
    // One place more, as a push is written before it is known to count.
    let mut queue = vec![0u32; l * l + 1];
    let (mut spins, mut seconds) = (0u64, 0.0);
    let start = crate::clock::processor();
    while seconds < effort.repetition * effort.repetitions as f64 {
        for _ in 0..100 {
            spins += walk(l, black_box(&bonds), &mut side, &mut queue, stream.below((l * l) as u32)) as u64;
        }
        seconds = crate::clock::processor() - start;
    }
    spins as f64 / seconds * 1e-9
}

/// Moves the cluster of a spin to the other side, and gives its size.
fn walk(l: usize, bonds: &[u8], side: &mut [u8], queue: &mut [u32], seed: u32) -> usize {
    let column = l - 1;
    let all = l * l - 1;
    let old = side[seed as usize];
    side[seed as usize] = old ^ 1;
    queue[0] = seed;
    let (mut head, mut tail) = (0, 1);
    while head < tail {
        let i = queue[head] as usize;
        head += 1;
        let row = i & !column;
        let near = [row | (i + 1) & column, (i + l) & all, row | (i + column) & column, (i + all + 1 - l) & all];
        for (d, j) in near.into_iter().enumerate() {
            let open = bonds[i] >> d & 1 & !(side[j] ^ old);
            queue[tail] = j as u32;
            side[j] ^= open;
            tail += usize::from(open);
        }
    }
    tail
}
