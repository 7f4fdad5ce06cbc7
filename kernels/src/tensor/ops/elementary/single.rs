//! Single precision.

use super::Arithmetic;

/// 1.5 * 2^23: adding it leaves the nearest whole number in the low bits.
const ROUND: f32 = 12_582_912.0;
// ln 2 in two parts; the first has few digits, so that its product with a small whole number is exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
const LN2_LOW: f32 = (std::f64::consts::LN_2 - 355.0 / 512.0) as f32;
/// (exp r - 1 - r) / r² for |r| <= ln 2 / 2
const EXP: [f32; 5] = [0.5, 0.16666576, 0.041666556, 0.00836319, 0.0013926198];
/// (ln(1 + f) - f + f²/2) / f³ for f of [√½ - 1, √2 - 1]
const LN: [f32; 9] =
    [0.3333333, -0.24999997, 0.20000716, -0.16667803, 0.14249058, -0.12425687, 0.1168542, -0.11479734, 0.06971612];
/// (ln(1 + z)/z - 1) / z for z of [0, 1]
const LOG1P: [f32; 10] =
    [-0.5, 0.33333236, -0.2499676, 0.19956708, -0.16365153, 0.13033365, -0.09139414, 0.049309973, -0.017184267, 0.002801642];
/// (erf x / x - 2/√π) / x², in x², for |x| <= 1
const ERF_SMALL: [f32; 6] = [-0.37612638, 0.11283754, -0.0268617, 0.005204579, -0.00081619865, 8.379755e-05];
/// -ln erfc x for x of [1, 4]
const ERF_LARGE: [f32; 9] =
    [-0.00032013806, 1.1302334, 0.63182604, 0.110080086, -0.026421135, 0.004759596, -0.00059680565, 4.605804e-05, -1.6371514e-06];
/// (sin r / r - 1) / r², in r², for |r| <= π/4; and (cos r - 1 + r²/2) / r⁴.
const SIN: [f64; 4] = [-0.16666666663826582, 0.008333331863560767, -0.00019840080719912243, 2.724914679681317e-06];
const COS: [f64; 3] = [0.04166666464415581, -0.0013888300056586712, 2.45472991724818e-05];

#[inline(always)]
fn horner<const N: usize>(c: &[f32; N], x: f32) -> f32 {
    let mut p = c[N - 1];
    for k in (0..N - 1).rev() {
        p = p * x + c[k];
    }
    p
}

/// By way of double precision: the reduction leaves the argument exact enough near every multiple of π.
#[inline(always)]
fn angle(x: f32, ahead: u64) -> f32 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const HIGH: f64 = f64::from_bits(std::f64::consts::FRAC_PI_2.to_bits() & !0xF_FFFF);
    const LOW: f64 = std::f64::consts::FRAC_PI_2 - HIGH;
    // What the nearest double lacks.
    const REST: f64 = 6.123_233_995_736_766e-17;
    let x = f64::from(x);
    let t = x * std::f64::consts::FRAC_2_PI + ROUND;
    let n = t - ROUND;
    let r = ((x - n * HIGH) - n * LOW) - n * REST;
    let z = r * r;
    let s = r + r * z * (SIN[0] + z * (SIN[1] + z * (SIN[2] + z * SIN[3])));
    let c = (1.0 - 0.5 * z) + z * z * (COS[0] + z * (COS[1] + z * COS[2]));
    let quadrant = t.to_bits().wrapping_add(ahead);
    let size = if quadrant & 1 == 0 { s } else { c };
    f64::from_bits(size.to_bits() ^ (quadrant & 2) << 62) as f32
}

impl Arithmetic for f32 {
    const LOWEST: f32 = -104.0;
    const HIGHEST: f32 = 89.0;
    const FLAT: f32 = 10.0;
    const LARGEST_ANGLE: f32 = 1e6;
    const NAN: f32 = f32::NAN;
    const ERF: bool = true;
    #[inline(always)]
    fn abs(self) -> f32 {
        f32::abs(self)
    }
    #[inline(always)]
    fn copysign(self, sign: f32) -> f32 {
        f32::copysign(self, sign)
    }
    #[inline(always)]
    fn sqrt(self) -> f32 {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn floor(self) -> f32 {
        f32::floor(self)
    }
    #[inline(always)]
    fn ceil(self) -> f32 {
        f32::ceil(self)
    }
    #[inline(always)]
    fn round(self) -> f32 {
        f32::round(self)
    }
    #[inline(always)]
    fn half(self) -> f32 {
        (self * 0.5 + ROUND) - ROUND
    }
    #[inline(always)]
    fn power(n: f32) -> f32 {
        f32::from_bits((n + ROUND).to_bits().wrapping_add(127) << 23)
    }
    #[inline(always)]
    fn exponent(self) -> (f32, f32) {
        let n = (self * std::f32::consts::LOG2_E + ROUND) - ROUND;
        let r = (self - n * LN2_HIGH) - n * LN2_LOW;
        (n, r + r * r * horner(&EXP, r))
    }
    #[inline(always)]
    fn ln(self) -> f32 {
        let small = self < f32::MIN_POSITIVE;
        let x = if small { self * 8_388_608.0 } else { self };
        // Subtracting the bits of √½ puts the exponent's carry where the mantissa crosses √2.
        let shifted = x.to_bits().wrapping_sub(0x3F35_04F3);
        let f = f32::from_bits(x.to_bits().wrapping_sub(shifted & 0xFF80_0000)) - 1.0;
        let k = ((shifted as i32) >> 23) as f32 - if small { 23.0 } else { 0.0 };
        let square = f * f;
        let rest = (f * square * horner(&LN, f) - 0.5 * square) + k * LN2_LOW;
        let result = (f + rest) + k * LN2_HIGH;
        let result = if self == 0.0 { f32::NEG_INFINITY } else { result };
        let result = if self == f32::INFINITY { self } else { result };
        if self >= 0.0 { result } else { f32::NAN }
    }
    #[inline(always)]
    fn log1p_unit(self) -> f32 {
        self + self * self * horner(&LOG1P, self)
    }
    #[inline(always)]
    fn sin(self) -> f32 {
        angle(self, 0)
    }
    #[inline(always)]
    fn cos(self) -> f32 {
        angle(self, 1)
    }
    #[inline(always)]
    fn erf(self) -> f32 {
        let a = self.abs();
        let z = a * a;
        // 2/√π less 1, so that the leading term is exact.
        const MORE: f32 = (std::f64::consts::FRAC_2_SQRT_PI - 1.0) as f32;
        let small = a + a * (MORE + z * horner(&ERF_SMALL, z));
        let b = if a > 4.0 { 4.0 } else { a };
        let (n, p) = (-horner(&ERF_LARGE, b)).exponent();
        let large = 1.0 - (1.0 + p) * f32::power(n);
        (if a < 1.0 { small } else { large }).copysign(self)
    }
}
