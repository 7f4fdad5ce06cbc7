//! Sums, lengths and multiples of long vectors. Every sum has one shape, whatever the machine and the instruction set.

use crate::sparse::Simd;
use crate::sparse::block::dispatch;

/// Elements that are summed by themselves; the sums of blocks are then added in order.
pub(super) const BLOCK: usize = 2048;
const LANES: usize = 8;

#[inline(always)]
fn block_dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in left.by_ref().zip(right.by_ref()) {
        for l in 0..LANES {
            lanes[l] += a[l] * b[l];
        }
    }
    for (l, (a, b)) in left.remainder().iter().zip(right.remainder()).enumerate() {
        lanes[l] += a * b;
    }
    fold(lanes)
}

/// The sum of eight lanes, by halves.
#[inline(always)]
pub(super) fn fold(lanes: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[inline(always)]
fn dot_body(a: &[f64], b: &[f64], out: &mut f64) {
    let mut sum = 0.0;
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        sum += block_dot(a, b);
    }
    *out = sum;
}
dispatch!(dot_simd => dot_body [] <> (a: &[f64], b: &[f64], out: &mut f64));

#[inline(always)]
fn add_body(c: f64, x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += c * x);
}
dispatch!(add_simd => add_body [] <> (c: f64, x: &[f64], y: &mut [f64]));

/// The inner product.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut out = 0.0;
    dot_simd(Simd::detect(), a, b, &mut out);
    out
}

/// The Euclidean length; vectors whose squares leave the range of numbers are scaled first.
pub fn norm(a: &[f64]) -> f64 {
    let square = dot(a, a);
    if (1e-280..1e280).contains(&square) || square.is_nan() {
        return square.sqrt();
    }
    let largest = a.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    a.iter().map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt() * largest
}

/// y += c x.
pub fn add(c: f64, x: &[f64], y: &mut [f64]) {
    add_simd(Simd::detect(), c, x, y);
}

/// x *= c.
pub fn scale(c: f64, x: &mut [f64]) {
    x.iter_mut().for_each(|x| *x *= c);
}

/// Makes the length one; returns the length before. A vector of zeros stays as it is.
pub fn unit(x: &mut [f64]) -> f64 {
    let length = norm(x);
    if length > 0.0 {
        x.iter_mut().for_each(|x| *x /= length);
    }
    length
}

/// a - b.
pub fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// origin + Σ_k c_k directions[k].
pub fn shifted(origin: &[f64], directions: &[Vec<f64>], c: &[f64]) -> Vec<f64> {
    let mut x = origin.to_vec();
    directions.iter().zip(c).for_each(|(d, c)| add(*c, d, &mut x));
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_right_at_every_length() {
        for n in [0, 1, 7, 8, 9, 2047, 2048, 5001] {
            let a: Vec<f64> = (0..n).map(|i| (i % 13) as f64 - 6.0).collect();
            let b: Vec<f64> = (0..n).map(|i| (i % 7) as f64).collect();
            assert_eq!(dot(&a, &b), a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>());
            let mut portable = 0.0;
            dot_body(&a, &b, &mut portable);
            assert_eq!(portable, dot(&a, &b));
        }
    }

    #[test]
    fn lengths_of_tiny_and_huge_vectors() {
        assert!((norm(&[3e-200, 4e-200]) / 5e-200 - 1.0).abs() < 1e-15);
        assert!((norm(&[3e200, 4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert_eq!(norm(&[0.0, 0.0]), 0.0);
        assert!(norm(&[f64::NAN, 1.0]).is_nan());
        assert_eq!(norm(&[f64::NEG_INFINITY, 1.0]), f64::INFINITY);
    }
}
