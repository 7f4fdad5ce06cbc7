//! Exponential and logarithm as straight-line arithmetic: the same bits in every vector width and
//! on every machine (no fused products, no table, no call into the platform).

const LOG2_E: f64 = std::f64::consts::LOG2_E;
// ln 2 in two parts: the first has its low bits clear, so that k * HIGH is exact for |k| < 2^11.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
// 1.5 * 2^52: adding it rounds to an integer and leaves that integer in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// e^x for |x| <= 700, relative error below 2e-15: x = k ln 2 + r, then Taylor to degree 12 on |r| <= ln 2 / 2.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    let mut p = 1.0 / 479_001_600.0;
    p = p * r + 1.0 / 39_916_800.0;
    p = p * r + 1.0 / 3_628_800.0;
    p = p * r + 1.0 / 362_880.0;
    p = p * r + 1.0 / 40_320.0;
    p = p * r + 1.0 / 5_040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    p * scale
}

/// ln x for normal positive x, absolute error below 1e-14 for the x of [2^-64, 2^64]:
/// x = 2^k m with m in [1/sqrt 2, sqrt 2), and ln m = 2 artanh((m - 1) / (m + 1)) as a series.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    // Subtracting the bits of 1/sqrt 2 puts the exponent's carry where m crosses sqrt 2.
    let shifted = x.to_bits().wrapping_sub(0x3FE6_A09E_667F_3BCD);
    // The exponent k, biased by 2^12 so that it is positive, turned into a number by its place in a mantissa.
    let biased = (shifted.wrapping_add(4096 << 52) >> 52) & 0xFFF;
    let k_raw = f64::from_bits(0x4330_0000_0000_0000 | biased) - 4_503_599_627_370_496.0;
    let k = if k_raw > 2048.0 { k_raw - 4096.0 } else { k_raw };
    let m = f64::from_bits(x.to_bits().wrapping_sub(shifted & 0xFFF0_0000_0000_0000));
    let z = (m - 1.0) / (m + 1.0);
    let q = z * z;
    let mut p = 2.0 / 19.0;
    p = p * q + 2.0 / 17.0;
    p = p * q + 2.0 / 15.0;
    p = p * q + 2.0 / 13.0;
    p = p * q + 2.0 / 11.0;
    p = p * q + 2.0 / 9.0;
    p = p * q + 2.0 / 7.0;
    p = p * q + 2.0 / 5.0;
    p = p * q + 2.0 / 3.0;
    p = p * q + 2.0;
    k * LN2_HIGH + (k * LN2_LOW + p * z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_libm() {
        let mut x = -60.0;
        while x < 60.0 {
            let exact = libm::exp(x);
            assert!((exp(x) - exact).abs() <= 2e-15 * exact, "{x}");
            x += 0.003_71;
        }
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn ln_agrees_with_libm() {
        let mut x = 1e-15;
        while x < 1e15 {
            assert!((ln(x) - libm::log(x)).abs() <= 1e-14, "{x}: {} {}", ln(x), libm::log(x));
            x *= 1.000_7;
        }
        assert_eq!(ln(1.0), 0.0);
    }
}
