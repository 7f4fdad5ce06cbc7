//! Elementary functions of sixteen numbers at a time.
//!
//! Straight-line single-precision arithmetic: the same bits on every machine. Errors are stated as relative ones, in units of
//! 2^-24 = 6e-8 (half the spacing of single precision); the tests hold them.

use super::simd::{F, I, Simd};

// ln 2 in two parts; the first has few digits, so that its product with a small integer is exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// 1.5 * 2^23: adding it leaves the nearest integer in the low bits.
const ROUND: f32 = 12_582_912.0;

/// 2^k and r q(r) with exp x = 2^k (1 + r q(r)), |r| <= ln 2 / 2, for x of [-87, 0].
#[inline(always)]
fn exponent<S: Simd>(x: F<S>) -> (F<S>, F<S>) {
    let shifted = x.times_plus(std::f32::consts::LOG2_E, ROUND);
    let k = shifted - F::splat(ROUND);
    let r = k.fma(F::splat(-LN2_LOW), k.fma(F::splat(-LN2_HIGH), x));
    let mut q = r.times_plus(1.0 / 5040.0, 1.0 / 720.0);
    for c in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5] {
        q = q.fma(r, F::splat(c));
    }
    let power = (shifted.bits().left::<23>() + I::splat(127 << 23)).as_float();
    (power, (r * r).fma(q, r))
}

/// exp x for x <= 0, to 3 units; below x = -87 it stays at exp(-87) = 1.6e-38.
#[inline(always)]
pub(super) fn exp<S: Simd>(x: F<S>) -> F<S> {
    let (power, p) = exponent(x.max(-87.0));
    power.fma(p, power)
}

/// 1 - exp(-x) for x >= 0, to 4 units.
#[inline(always)]
pub(super) fn one_less_exp<S: Simd>(x: F<S>) -> F<S> {
    let (power, p) = exponent((-x).max(-87.0));
    (F::splat(1.0) - power) - power * p
}

/// The exponent k of x = 2^k m with m of [1/sqrt 2, sqrt 2), and m.
#[inline(always)]
fn split<S: Simd>(x: F<S>) -> (F<S>, F<S>) {
    // Subtracting the bits of 1/sqrt 2 puts the exponent's carry where m crosses sqrt 2.
    let shifted = x.bits() - I::splat(0x3F35_04F3);
    let k = (shifted + I::splat(128 << 23)).right::<23>();
    let m = (x.bits() - (shifted & I::splat(0xFF80_0000))).as_float();
    ((k - I::splat(128)).number(), m)
}

/// k ln 2 + 2 artanh z.
#[inline(always)]
fn sum_log<S: Simd>(k: F<S>, z: F<S>) -> F<S> {
    let q = z * z;
    let p = q.times_plus(2.0 / 9.0, 2.0 / 7.0).fma(q, F::splat(2.0 / 5.0)).fma(q, F::splat(2.0 / 3.0));
    k.fma(F::splat(LN2_HIGH), k.fma(F::splat(LN2_LOW), (z * q).fma(p, z + z)))
}

/// ln x for normal positive x, to 4 units.
#[inline(always)]
pub(super) fn ln<S: Simd>(x: F<S>) -> F<S> {
    let (k, m) = split(x);
    sum_log(k, (m + -1.0) / (m + 1.0))
}

/// -ln(1 - y) for y of [0, 1), to 4 units where y is small, and to the rounding of 1 - y elsewhere.
#[inline(always)]
pub(super) fn minus_ln_one_less<S: Simd>(y: F<S>) -> F<S> {
    let (k, m) = split(F::splat(1.0) - y);
    // Where 1 - y was not scaled, m - 1 is -y before it was rounded.
    let near = k.abs().lt(F::splat(0.5));
    let top = near.select(-y, m + -1.0);
    -sum_log(k, top / (m + 1.0))
}

/// Sine and cosine of π r for |r| <= 1/4, to 3 units.
#[inline(always)]
pub(super) fn sin_cos_quarter<S: Simd>(r: F<S>) -> (F<S>, F<S>) {
    let x = r * std::f32::consts::PI;
    let q = x * x;
    let s = q.times_plus(1.0 / 362_880.0, -1.0 / 5040.0).fma(q, F::splat(1.0 / 120.0)).fma(q, F::splat(-1.0 / 6.0));
    let mut c = q.times_plus(-1.0 / 3_628_800.0, 1.0 / 40_320.0);
    for a in [-1.0 / 720.0, 1.0 / 24.0, -0.5, 1.0] {
        c = c.fma(q, F::splat(a));
    }
    ((x * q).fma(s, x), c)
}

/// The scalar product.
#[inline(always)]
pub(super) fn dot<S: Simd, const N: usize>(n: usize, a: &[F<S>; N], b: &[F<S>; N]) -> F<S> {
    let mut sum = a[0] * b[0];
    for c in 1..n {
        sum = a[c].fma(b[c], sum);
    }
    sum
}

/// Brings vectors whose length is 1 to first order to length 1: one Newton step, which squares the error.
#[inline(always)]
pub(super) fn polish<S: Simd, const N: usize>(n: usize, a: &mut [F<S>; N]) {
    let scale = dot(n, a, a).times_plus(-0.5, 1.5);
    for x in a.iter_mut().take(n) {
        *x = *x * scale;
    }
}
