//! Matrix products and convolutions: multiply-adds at the most that a core can do.

use crate::clock::processor;
use std::sync::OnceLock;

/// Floating-point operations a second of one core in f32: independent chains of multiply-adds in registers, without any memory.
pub fn peak() -> f64 {
    static PEAK: OnceLock<f64> = OnceLock::new();
    *PEAK.get_or_init(|| {
        const ROUNDS: u64 = 4_000_000;
        let run = || {
            let start = processor();
            let operations = chains(ROUNDS);
            operations / (processor() - start)
        };
        (0..10).map(|_| run()).fold(0.0, f64::max)
    })
}

/// Runs the chains, and says how many operations they were.
fn chains(rounds: u64) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: just asked for.
            return unsafe { wide::x512(rounds) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: just asked for.
            return unsafe { wide::x256(rounds) };
        }
    }
    plain(rounds)
}

/// Chains side by side: four cycles of waiting for each of two units, and some more.
const CHAINS: usize = 12;

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::CHAINS;
    use std::arch::x86_64::*;
    use std::hint::black_box;

    macro_rules! chains {
        ($name:ident, $features:literal, $numbers:literal, $set:ident, $fma:ident) => {
            #[target_feature(enable = $features)]
            pub fn $name(rounds: u64) -> f64 {
                let (a, b) = ($set(black_box(0.5)), $set(black_box(1.0)));
                let mut x = [b; CHAINS];
                for _ in 0..rounds {
                    for x in &mut x {
                        *x = $fma(*x, a, b);
                    }
                }
                black_box(x);
                2.0 * $numbers * (CHAINS as u64 * rounds) as f64
            }
        };
    }
    chains!(x256, "avx2,fma", 8.0, _mm256_set1_ps, _mm256_fmadd_ps);
    chains!(x512, "avx512f", 16.0, _mm512_set1_ps, _mm512_fmadd_ps);
}

/// Registers of 128 bits, fused where the target has it.
fn plain(rounds: u64) -> f64 {
    use std::hint::black_box;
    let (a, b) = (black_box(0.5f32), black_box(1.0f32));
    let mut x = [[b; 4]; CHAINS];
    for _ in 0..rounds {
        for x in x.iter_mut().flatten() {
            *x = if cfg!(target_arch = "aarch64") { x.mul_add(a, b) } else { *x * a + b };
        }
    }
    black_box(x);
    8.0 * (CHAINS as u64 * rounds) as f64
}
