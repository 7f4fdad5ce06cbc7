//! Conditional laws of single units in single precision: draws, means and logarithms of sums, many at a time.
//!
//! A unit of two values with field x is 1 with probability 1 / (1 + e^-x). With z = e^-|x|, the less likely value has probability
//! z / (1 + z), and is drawn where u (1 + z) < z, u uniform of 2^31 levels with 24 significant digits: the probability of the
//! less likely value is right to about 2e-7 of itself (rounding of z, 1 + z and u) and 2^-31 in absolute terms, at either end.

use crate::tensor::ops::Arithmetic;

/// e^-|x|, at least 1e-38.
#[inline(always)]
fn decay(x: f32) -> f32 {
    let a = f32::abs(x);
    let a = if a > 87.0 { 87.0 } else { a };
    let (n, p) = (-a).exponent();
    (1.0 + p) * f32::power(n)
}

/// A uniform number of (0, 1).
#[inline(always)]
fn uniform(word: u32) -> f32 {
    ((word >> 1) as i32 as f32 + 0.5) * (1.0 / 2_147_483_648.0)
}

/// Whether a unit with field `x` is 1.
#[inline(always)]
pub(super) fn draw(x: f32, word: u32) -> bool {
    let z = decay(x);
    (x >= 0.0) ^ (uniform(word) * (1.0 + z) < z)
}

/// Draws of 32 units as bits: fields β (x + bias), words of a row.
#[inline(always)]
pub(super) fn draw_bits(x: &[f32; 32], bias: &[f32; 32], beta: f32, words: [&[u32; 8]; 4]) -> u32 {
    let mut ones = [0u32; 32];
    for (k, ones) in ones.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        for l in 0..8 {
            let field = beta * (x[8 * k + l] + bias[8 * k + l]);
            ones[l] = u32::from(draw(field, words[k][l]));
        }
    }
    let mut bits = 0;
    for (l, one) in ones.iter().enumerate() {
        bits |= one << l;
    }
    bits
}

/// 1 / (1 + e^-x)
#[inline(always)]
pub(super) fn mean(x: f32) -> f32 {
    let z = decay(x);
    let r = 1.0 / (1.0 + z);
    if x < 0.0 { z * r } else { r }
}

/// ln(1 + e^x)
#[inline(always)]
pub(super) fn softplus(x: f32) -> f32 {
    let top = if x > 0.0 { x } else { 0.0 };
    top + decay(x).log1p_unit()
}

/// ln(1 + e^x) in double precision.
pub(super) fn softplus64(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// 1 / (1 + e^-x) in double precision.
pub(super) fn mean64(x: f64) -> f64 {
    let z = libm::exp(-x.abs());
    if x < 0.0 { z / (1.0 + z) } else { 1.0 / (1.0 + z) }
}

/// ln Σ e^x
pub(super) fn log_sum(x: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = x.clone().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + libm::log(x.map(|x| libm::exp(x - top)).sum())
}

/// Which of the labels with logarithms of weights `x` a word chooses (the inverse of the distribution function, in double
/// precision).
pub(super) fn choose(x: impl Iterator<Item = f64> + Clone, word: u32) -> usize {
    let top = x.clone().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = x.clone().map(|x| libm::exp(x - top)).sum();
    let mut left = super::words::uniform(word) * total;
    let mut last = 0;
    for (k, x) in x.enumerate() {
        let w = libm::exp(x - top);
        if w > 0.0 {
            last = k;
            if left < w {
                return k;
            }
        }
        left -= w;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The threshold, found by bisection over words, against the logistic function in double precision.
    #[test]
    fn probabilities_are_the_logistic_to_single_precision() {
        for k in -2000..=2000 {
            let x = k as f32 * 0.011;
            // Words of the less likely value come first.
            let (mut low, mut high) = (0u64, 1u64 << 32);
            while low < high {
                let mid = (low + high) / 2;
                if draw(x, mid as u32) != (x >= 0.0) { low = mid + 1 } else { high = mid }
            }
            let (found, right) = (low as f64 / 4_294_967_296.0, mean64(-f64::from(x).abs()));
            assert!((found - right).abs() < 3e-7 * right + 5e-10, "{x}: {found} for {right}");
            assert!((f64::from(mean(x)) - mean64(f64::from(x))).abs() < 2e-7);
            assert!((f64::from(softplus(x)) - softplus64(f64::from(x))).abs() < 2e-7 * (1.0 + softplus64(f64::from(x))));
        }
        assert!(draw(200.0, 0) && !draw(-200.0, 0) && !draw(f32::NEG_INFINITY, 7) && draw(f32::INFINITY, 7));
    }

    #[test]
    fn labels_are_chosen_by_weight() {
        let x = [0.0, f64::NEG_INFINITY, 1.0, 2.0];
        let total: f64 = x.iter().map(|x| libm::exp(*x)).sum();
        let mut count = [0; 4];
        for k in 0..1u32 << 12 {
            count[choose(x.iter().copied(), k << 20)] += 1;
        }
        for (c, x) in count.iter().zip(&x) {
            assert!((f64::from(*c) / 4096.0 - libm::exp(*x) / total).abs() < 1.0 / 2048.0);
        }
    }
}
