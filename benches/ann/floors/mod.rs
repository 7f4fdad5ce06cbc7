//! What this machine could do at most: hand-written loops that do only what cannot be left out.
//!
//! They give no usable simulation: random numbers come from a list where their making is not the point, and nothing is checked.

pub mod clusters;
pub mod dense;
pub mod lattice;
pub mod memory;
pub mod products;
mod register;
pub mod scalar;
pub mod trajectories;

use std::sync::OnceLock;

/// Cycles a second, from a chain of 64-bit multiplications of three cycles each (every x86-64 since 2010, and most ARM).
pub fn clock() -> f64 {
    static CLOCK: OnceLock<f64> = OnceLock::new();
    *CLOCK.get_or_init(|| {
        const CHAIN: u64 = 4_000_000;
        let run = || {
            let start = crate::clock::processor();
            let mut x = std::hint::black_box(3u64);
            for _ in 0..CHAIN {
                x = x.wrapping_mul(x);
            }
            std::hint::black_box(x);
            3.0 * CHAIN as f64 / (crate::clock::processor() - start)
        };
        (0..10).map(|_| run()).fold(0.0, f64::max)
    })
}

/// Instructions that a core completes in a cycle: vector logic on Zen 3 and Golden Cove, and scalar code that does not wait.
pub const PER_CYCLE: f64 = 4.0;
