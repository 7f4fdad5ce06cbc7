//! Plain loops over a lattice field and over a histogram.

use crate::clock::Effort;
use ann_lang::kernels::random::{Key, Stream};
use std::hint::black_box;

pub const PHI_FOUR_NOTE: &str =
    "measured: leapfrog steps of the φ⁴ lattice in a plain loop, four neighbours by their distance, no random number";
pub const WANG_LANDAU_NOTE: &str = "measured: single flips at sites from a list, four neighbours from a table, ln g and histogram by the level, \
random numbers from a list";

const L: usize = 64;

/// Forces per nanosecond on 64² sites, the lattice wound into one line so that no site is special.
pub fn phi_four(effort: &Effort) -> f64 {
    let mut stream = Stream::new(Key(2, 7));
    // A row before and a row behind stand for the neighbours across the ends.
    let mut x: Vec<f64> = (0..L * L + 2 * L).map(|_| stream.normal()).collect();
    let mut p: Vec<f64> = (0..L * L).map(|_| stream.normal()).collect();
    let seconds = effort.least(|n| {
        for _ in 0..n {
            leapfrog(black_box(&mut x), black_box(&mut p));
        }
    });
    (L * L) as f64 / seconds * 1e-9
}

fn leapfrog(x: &mut [f64], p: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the instructions are there.
        return unsafe { leapfrog_avx2(x, p) };
    }
    step(x, p);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn leapfrog_avx2(x: &mut [f64], p: &mut [f64]) {
    step(x, p);
}

#[inline(always)]
fn step(x: &mut [f64], p: &mut [f64]) {
    const H: f64 = 1e-3;
    let n = p.len();
    for i in 0..n {
        let own = x[L + i];
        let near = x[L + i - 1] + x[L + i + 1] + x[i] + x[2 * L + i];
        p[i] -= H * (own * (3.0 + own * own) - near);
    }
    for i in 0..n {
        x[L + i] += H * p[i];
    }
    x.copy_within(n..n + L, 0);
    x.copy_within(L..2 * L, L + n);
}

/// Attempts per nanosecond of a walk over the levels of the Ising model on a square lattice.
pub fn wang_landau(effort: &Effort, near: &[[u32; 4]]) -> f64 {
    let sites = near.len();
    let mut stream = Stream::new(Key(2, 8));
    let list: Vec<(u32, f64)> = (0..4096).map(|_| (stream.below(sites as u32), libm::log(1.0 - stream.uniform()))).collect();
    // Levels are 2 Σ s s' / 4 apart; the walk is held within them by weights that rise at the ends.
    let mut state = vec![1i32; sites];
    let mut ln_g = vec![0.0f64; sites + 1];
    let mut histogram = vec![0u64; sites + 1];
    let mut level = sites;
    let seconds = effort.least(|calls| {
        for _ in 0..calls {
            for &(site, ln_u) in black_box(&list) {
                let own = state[site as usize];
                let sum: i32 = near[site as usize].iter().map(|&j| state[j as usize]).sum();
                // Σ s s' over the bonds changes by -2 own sum, and levels are 4 of it apart.
                let to = (level as i32 - own * sum / 2).clamp(0, sites as i32) as usize;
                if ln_u <= ln_g[level] - ln_g[to] {
                    state[site as usize] = -own;
                    level = to;
                }
                ln_g[level] += 1.0;
                histogram[level] += 1;
            }
        }
    });
    black_box(&histogram);
    list.len() as f64 / seconds * 1e-9
}
