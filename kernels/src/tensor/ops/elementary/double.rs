//! Double precision.

use super::Arithmetic;

/// 1.5 * 2^52: adding it leaves the nearest whole number in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts: 33 bits and the rest, the second with what the nearest double lacks.
const LN2_HIGH: f64 = f64::from_bits(std::f64::consts::LN_2.to_bits() & !0xF_FFFF);
const LN2_LOW: f64 = (std::f64::consts::LN_2 - LN2_HIGH) + 2.319_046_813_846_299_6e-17;
/// π/2 in four parts: 33 bits, the other 20 bits of the nearest double, 33 bits of what that double lacks, and the rest: whole numbers
/// below 2^20 times the first three are exact, so that an angle near a multiple of π keeps its digits.
const HALF_PI_1: f64 = f64::from_bits(std::f64::consts::FRAC_PI_2.to_bits() & !0xF_FFFF);
const HALF_PI_2: f64 = std::f64::consts::FRAC_PI_2 - HALF_PI_1;
const HALF_PI_3: f64 = 6.123_233_995_384_61e-17;
const HALF_PI_4: f64 = 3.521_559_865_183_2e-27;
/// (exp r - 1 - r) / r² for |r| <= ln 2 / 2
const EXP: [f64; 11] = [
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.008333333333326124,
    0.0013888888888883742,
    0.00019841269874858612,
    2.4801587325574868e-05,
    2.7557255352032673e-06,
    2.7557273608709007e-07,
    2.51052370507603e-08,
    2.0914701283103285e-09,
];
/// (2 artanh s / s - 2) / s², in s², for |s| <= (√2 - 1) / (√2 + 1)
const LN: [f64; 7] = [
    0.666666666666667,
    0.39999999999899505,
    0.28571428625975487,
    0.2222221113479508,
    0.18182889125261723,
    0.15331721600556042,
    0.14616449685043406,
];
/// The same for |s| <= 1/3
const ARTANH: [f64; 11] = [
    0.6666666666666666,
    0.39999999999999525,
    0.285714285716001,
    0.2222222219823677,
    0.18181819897962714,
    0.1538454396486055,
    0.13335178631449257,
    0.11734279061303197,
    0.10845178394880015,
    0.07492143795550767,
    0.1563057780092285,
];
/// (sin r / r - 1) / r², in r², for |r| <= π/4; and (cos r - 1 + r²/2) / r⁴.
const SIN: [f64; 7] = [
    -0.16666666666666666,
    0.008333333333333331,
    -0.00019841269841265003,
    2.7557319219291695e-06,
    -2.5052106215978872e-08,
    1.6058529011960858e-10,
    -7.586543634101903e-13,
];
const COS: [f64; 7] = [
    0.041666666666666664,
    -0.0013888888888888887,
    2.480158730158461e-05,
    -2.7557319221376434e-07,
    2.08767557819242e-09,
    -1.1470459438155826e-11,
    4.7457865678652127e-14,
];

#[inline(always)]
fn horner<const N: usize>(c: &[f64; N], x: f64) -> f64 {
    let mut p = c[N - 1];
    for k in (0..N - 1).rev() {
        p = p * x + c[k];
    }
    p
}

#[inline(always)]
fn angle(x: f64, ahead: u64) -> f64 {
    let t = x * std::f64::consts::FRAC_2_PI + ROUND;
    let n = t - ROUND;
    let r = (((x - n * HALF_PI_1) - n * HALF_PI_2) - n * HALF_PI_3) - n * HALF_PI_4;
    let z = r * r;
    let s = r + r * z * horner(&SIN, z);
    let c = (1.0 - 0.5 * z) + z * z * horner(&COS, z);
    let quadrant = t.to_bits().wrapping_add(ahead);
    let size = if quadrant & 1 == 0 { s } else { c };
    f64::from_bits(size.to_bits() ^ (quadrant & 2) << 62)
}

impl Arithmetic for f64 {
    const LOWEST: f64 = -746.0;
    const HIGHEST: f64 = 710.0;
    const FLAT: f64 = 20.0;
    const LARGEST_ANGLE: f64 = 1e6;
    const NAN: f64 = f64::NAN;
    const ERF: bool = false;
    #[inline(always)]
    fn abs(self) -> f64 {
        f64::abs(self)
    }
    #[inline(always)]
    fn copysign(self, sign: f64) -> f64 {
        f64::copysign(self, sign)
    }
    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn floor(self) -> f64 {
        f64::floor(self)
    }
    #[inline(always)]
    fn ceil(self) -> f64 {
        f64::ceil(self)
    }
    #[inline(always)]
    fn round(self) -> f64 {
        f64::round(self)
    }
    #[inline(always)]
    fn half(self) -> f64 {
        (self * 0.5 + ROUND) - ROUND
    }
    #[inline(always)]
    fn power(n: f64) -> f64 {
        f64::from_bits((n + ROUND).to_bits().wrapping_add(1023) << 52)
    }
    #[inline(always)]
    fn exponent(self) -> (f64, f64) {
        let n = (self * std::f64::consts::LOG2_E + ROUND) - ROUND;
        let r = (self - n * LN2_HIGH) - n * LN2_LOW;
        (n, r + r * r * horner(&EXP, r))
    }
    /// As in fdlibm's e_log: s (f²/2 + R) keeps the error of the division out of the leading terms.
    #[inline(always)]
    fn ln(self) -> f64 {
        const ROOT: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
        // 2^52 with a whole number in its low bits, less this, is the number without the exponent's bias.
        const MAGIC: u64 = 4_503_599_627_370_496.0f64.to_bits();
        const UNBIAS: f64 = 4_503_599_627_370_496.0 + 1023.0;
        let small = self < f64::MIN_POSITIVE;
        let x = if small { self * 18_014_398_509_481_984.0 } else { self };
        let shifted = x.to_bits().wrapping_sub(ROOT);
        let f = f64::from_bits(x.to_bits().wrapping_sub(shifted & 0xFFF0_0000_0000_0000)) - 1.0;
        let biased = shifted.wrapping_add(1023 << 52) >> 52;
        let k = (f64::from_bits(biased | MAGIC) - UNBIAS) - if small { 54.0 } else { 0.0 };
        let s = f / (2.0 + f);
        let z = s * s;
        let half = 0.5 * f * f;
        let rest = s * (half + z * horner(&LN, z)) + k * LN2_LOW;
        let result = k * LN2_HIGH - ((half - rest) - f);
        let result = if self == 0.0 { f64::NEG_INFINITY } else { result };
        let result = if self == f64::INFINITY { self } else { result };
        if self >= 0.0 { result } else { f64::NAN }
    }
    #[inline(always)]
    fn log1p_unit(self) -> f64 {
        let s = self / (2.0 + self);
        let z = s * s;
        // self - s self is 2 s without the error of the division.
        (self - s * self) + s * z * horner(&ARTANH, z)
    }
    #[inline(always)]
    fn sin(self) -> f64 {
        angle(self, 0)
    }
    #[inline(always)]
    fn cos(self) -> f64 {
        angle(self, 1)
    }
    #[inline(always)]
    fn erf(self) -> f64 {
        libm::erf(self)
    }
}
