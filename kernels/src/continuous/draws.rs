//! Random numbers of a sweep, eight blocks at a time: uniform and normal.
//!
//! A number is addressed by (lane key, purpose, sweep, block), never by the order in which it is asked for.

use super::elementary::{cos, sin};
use crate::sparse::functions::ln;
use crate::sparse::wide::{Eight, LaneKey, high, philox8};

/// Window and acceptance of single-site proposals.
pub(super) const BULK: u32 = 1;
/// Draws from conditional distributions.
pub(super) const HEAT_BATH: u32 = 2;
/// Velocities of a trajectory.
pub(super) const VELOCITY: u32 = 16;
/// Step and acceptance of a trajectory.
pub(super) const TRAJECTORY: u32 = 17;
/// Directions on spheres: this and the following purposes, two components each.
pub(super) const DIRECTION: u32 = 1024;

const LOW: u64 = 0xFFFF_FFFF;

/// Eight consecutive blocks of a purpose: entry `[w][b]` holds word `w` of block `first + b` in its low 32 bits.
#[inline(always)]
pub(super) fn eight(key: &LaneKey, purpose: u32, sweep: u64, first: u32) -> [Eight; 4] {
    let c0: Eight = std::array::from_fn(|b| u64::from(first.wrapping_add(b as u32)));
    let c2 = u64::from(high(purpose, sweep));
    philox8([c0, [sweep & LOW; 8], [c2; 8], [u64::from(key.tail); 8]], [[u64::from(key.k0); 8], [u64::from(key.k1); 8]])
}

/// Sixty-four bits of two words.
#[inline(always)]
pub(super) fn bits(low: u64, high: u64) -> u64 {
    low & LOW | high << 32
}

/// Uniform in [0, 1), a multiple of 2^-52.
#[inline(always)]
pub(super) fn uniform(bits: u64) -> f64 {
    f64::from_bits(0x3FF0_0000_0000_0000 | bits >> 12) - 1.0
}

/// Two independent standard normal numbers a block (Box and Muller), absolute error below 1e-13, none beyond 8.5.
#[inline(always)]
pub(super) fn normals(words: &[Eight; 4]) -> [[f64; 8]; 2] {
    let (mut radius, mut turn, mut c, mut s) = ([0.0; 8], [0.0; 8], [0.0; 8], [0.0; 8]);
    for b in 0..8 {
        radius[b] = (-2.0 * ln(1.0 - uniform(bits(words[0][b], words[1][b])))).max(0.0).sqrt();
        turn[b] = std::f64::consts::TAU * uniform(bits(words[2][b], words[3][b]));
    }
    cos(&turn, &mut c, 8);
    sin(&turn, &mut s, 8);
    for b in 0..8 {
        c[b] *= radius[b];
        s[b] *= radius[b];
    }
    [c, s]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    /// Moments of 16 * 8192 normal numbers, each within five standard errors (false alarms below 1e-6 a moment).
    #[test]
    fn normal_moments() {
        let key = LaneKey::new(Key(8, 5));
        let mut sums = [0.0; 5];
        let blocks = 8192u32;
        for first in 0..blocks {
            let [a, b] = normals(&eight(&key, VELOCITY, 3, 8 * first));
            for k in 0..8 {
                for x in [a[k], b[k]] {
                    let p = [x, x * x, x * x * x, x * x * x * x];
                    (0..4).for_each(|m| sums[m] += p[m]);
                }
                sums[4] += a[k] * b[k];
            }
        }
        let n = f64::from(blocks) * 16.0;
        for (m, (mean, variance)) in [(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0)].into_iter().enumerate() {
            assert!((sums[m] / n - mean).abs() < 5.0 * f64::sqrt(variance / n), "moment {}: {}", m + 1, sums[m] / n);
        }
        assert!((sums[4] / (n / 2.0)).abs() < 5.0 / f64::sqrt(n / 2.0));
    }
}
