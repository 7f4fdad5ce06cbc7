//! The uniform Ising model on the chain, square, triangular, honeycomb and cubic lattice, one bit a spin.
//!
//! Owns the state, the random numbers and the updates of some lanes; knows nothing of scripts, files and
//! statistics. Entry: [`BitPacked::fits`], [`BitPacked::new`], then the `Sampler` trait.
//!
//! **Placement** (`layout`). The lattice is cut into up to 512 equal blocks, and bit k of word i is site i of block k. The
//! neighbour of a word is a word; only across the sides of the blocks are bits moved. Any extents
//! fit; those without suitable divisors use fewer bits of a word for a lane, and fill it with other lanes.
//!
//! **Order of updates.** Words are coloured so that neighbours differ (even blocks: the checkerboard). A lattice of fewer than
//! 2^20 spins goes through colour after colour. A larger one is cut along its first direction into an even number of strips, fixed by
//! the lattice: first all even strips, each colour after colour and with a random stream of its own, then all odd ones. Strips
//! of one parity do not touch, so that any number of threads gives the same bits. Each spin is attempted
//! once a sweep, or on average once in the sweeps without which Metropolis in a fixed order would not be ergodic
//! (`update::Thinning`): one sweep in 32; every sweep in one dimension, on at most 32 spins, at β = 0, and where J S + h = 0
//! for some S with a field h.
//!
//! **Random numbers.** A probability is compared to 2^-64 with a uniform number of the spin's own, place after
//! place and only as far as needed (`draws`, `thresholds`). The generator is SFC64 in eight lanes of 64 bits on every machine (`generator`).
//!
//! **Floor** for the square lattice at its transition, AVX2, per 512 spins (two registers, every instruction twice), at four vector
//! instructions a cycle, which Zen 3 and Golden Cove sustain for logic:
//!
//! | | instructions |
//! | --- | --- |
//! | a draw: 8 for SFC64 in each half, 1 for the counter | 17 to 18 |
//! | a place of the comparison: 7 each half with two classes; 1 where all places are 0 (two of the first eight) | 2 or 14 |
//! | 8 places of each word, and 4.3 more for four words together: 9.1 draws | 9.1 × (18 + 11) = 264 |
//! | loads of 4 neighbours, adder, classes, gate, store | 56 |
//!
//! 320 instructions are 80 cycles: 6.4 spins a cycle, 20 spins/ns at 3.2 GHz. Measured on a busy Zen 3 at 3.2 GHz, best of eight runs: 126 to 155 cycles for
//! L = 1024, that is 10 to 12.8 spins/ns a core, 1.6 to 1.9 times the floor.
mod draws;
pub(crate) mod generator;
mod geometry;
mod instructions;
mod layout;
mod measure;
mod sampler;
mod thresholds;
mod update;
pub(crate) mod wide;

#[cfg(test)]
mod tests;

pub use geometry::{Boundary, Geometry, Lattice, Uniform};
pub use instructions::Instructions;
pub use sampler::BitPacked;
