//! Sine, cosine and the exponential of arrays, in straight-line arithmetic that compilers turn into vector instructions.
//!
//! The same bits in every vector width and on every machine: no fused products, no table. Arguments beyond the stated range go to
//! `libm` one by one. Knows arrays of numbers only.

/// Adding and subtracting this rounds to the nearest integer, which then stands in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Angles up to this size are reduced here: their quadrants times the first part of π/2 are exact.
const LARGEST_ANGLE: f64 = 1e6;
/// Exponents up to this size keep away from overflow and from subnormal results.
const LARGEST_EXPONENT: f64 = 700.0;

/// π/2 in three parts: 33 bits, the other 20 bits of the nearest double, and what that double lacks.
const HALF_PI_1: f64 = f64::from_bits(std::f64::consts::FRAC_PI_2.to_bits() & !0xF_FFFF);
const HALF_PI_2: f64 = std::f64::consts::FRAC_PI_2 - HALF_PI_1;
const HALF_PI_3: f64 = 6.123_233_995_736_766e-17;

/// ln 2 in two parts: 33 bits and the rest, the second with what the nearest double lacks.
const LN2_1: f64 = f64::from_bits(std::f64::consts::LN_2.to_bits() & !0xF_FFFF);
const LN2_2: f64 = (std::f64::consts::LN_2 - LN2_1) + 2.319_046_813_846_299_6e-17;

/// The Taylor series of sin r / r and of cos r in r², to the last term above 2^-54 at r = π/4.
const SIN: [f64; 8] = [
    1.0,
    -1.0 / 6.0,
    1.0 / 120.0,
    -1.0 / 5_040.0,
    1.0 / 362_880.0,
    -1.0 / 39_916_800.0,
    1.0 / 6_227_020_800.0,
    -1.0 / 1_307_674_368_000.0,
];
const COS: [f64; 9] = [
    1.0,
    -1.0 / 2.0,
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40_320.0,
    -1.0 / 3_628_800.0,
    1.0 / 479_001_600.0,
    -1.0 / 87_178_291_200.0,
    1.0 / 20_922_789_888_000.0,
];

#[inline(always)]
fn horner<const N: usize>(c: &[f64; N], x: f64) -> f64 {
    c.iter().rev().fold(0.0, |p, c| p * x + c)
}

#[inline(always)]
fn angle(x: f64, ahead: u64) -> f64 {
    let t = x * std::f64::consts::FRAC_2_PI + ROUND;
    let n = t - ROUND;
    let r = ((x - n * HALF_PI_1) - n * HALF_PI_2) - n * HALF_PI_3;
    let z = r * r;
    let (s, c) = (r * horner(&SIN, z), horner(&COS, z));
    let quadrant = t.to_bits().wrapping_add(ahead);
    let size = if quadrant & 1 == 0 { s } else { c };
    f64::from_bits(size.to_bits() ^ (quadrant & 2) << 62)
}

/// sin x, absolute error below 3e-16. Only the first `active` results count where an argument is large.
#[inline(always)]
pub(crate) fn sin<const W: usize>(x: &[f64; W], y: &mut [f64; W], active: usize) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = angle(*x, 0);
    }
    beyond(x, y, active, LARGEST_ANGLE, libm::sin);
}

/// cos x, absolute error below 3e-16. Only the first `active` results count where an argument is large.
#[inline(always)]
pub(crate) fn cos<const W: usize>(x: &[f64; W], y: &mut [f64; W], active: usize) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = angle(*x, 1);
    }
    beyond(x, y, active, LARGEST_ANGLE, libm::cos);
}

/// exp x, relative error below 6e-16. Only the first `active` results count where an argument is large.
#[inline(always)]
pub(crate) fn exp<const W: usize>(x: &[f64; W], y: &mut [f64; W], active: usize) {
    /// 1 / k!
    const EXP: [f64; 14] = {
        let mut c = [1.0; 14];
        let mut k = 1;
        while k < 14 {
            c[k] = c[k - 1] / k as f64;
            k += 1;
        }
        c
    };
    for (y, x) in y.iter_mut().zip(x) {
        let t = x * std::f64::consts::LOG2_E + ROUND;
        let n = t - ROUND;
        let r = (x - n * LN2_1) - n * LN2_2;
        *y = horner(&EXP, r) * f64::from_bits(t.to_bits().wrapping_add(1023) << 52);
    }
    beyond(x, y, active, LARGEST_EXPONENT, libm::exp);
}

/// Takes the arguments that are too large, or no numbers, one by one.
#[inline(always)]
fn beyond<const W: usize>(x: &[f64; W], y: &mut [f64; W], active: usize, largest: f64, f: fn(f64) -> f64) {
    // NaN is not within.
    let within = |x: f64| x.abs() <= largest;
    if !x.iter().fold(true, |all, x| all & within(*x)) {
        for (y, x) in y.iter_mut().zip(x).take(active).filter(|(_, x)| !within(**x)) {
            *y = f(*x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_as_stated() {
        let (mut s, mut c, mut e) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        let mut x = 1e-9;
        while x < 9e5 {
            let all = [x, -x, x + 0.3, std::f64::consts::FRAC_PI_2 * libm::round(x)];
            sin(&all, &mut s, 4);
            cos(&all, &mut c, 4);
            let small = all.map(|x| x % 690.0);
            exp(&small, &mut e, 4);
            for k in 0..4 {
                assert!((s[k] - libm::sin(all[k])).abs() <= 3e-16, "sin {}", all[k]);
                assert!((c[k] - libm::cos(all[k])).abs() <= 3e-16, "cos {}", all[k]);
                assert!((e[k] / libm::exp(small[k]) - 1.0).abs() <= 6e-16, "exp {}", small[k]);
            }
            x *= 1.000_7;
        }
    }

    #[test]
    fn large_arguments_and_no_numbers_go_to_libm() {
        let x = [1e9, -3e200, f64::NAN, f64::INFINITY];
        let mut y = [0.0; 4];
        sin(&x, &mut y, 2);
        assert_eq!((y[0], y[1]), (libm::sin(1e9), libm::sin(-3e200)));
        exp(&[1e9, -1e9, f64::NEG_INFINITY, f64::NAN], &mut y, 4);
        assert_eq!(y[..3], [f64::INFINITY, 0.0, 0.0]);
        assert!(y[3].is_nan());
    }
}
