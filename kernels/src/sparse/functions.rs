//! Acceptance turned around: a uniform number becomes a level that the energy is compared with, so
//! that the expensive function does not wait for the spins. Straight-line arithmetic: the same bits in every vector width and
//! on every machine (no fused products, no table, no call into the platform).

// ln 2 in two parts: the first has its low bits clear, so that k * HIGH is exact for |k| < 2^11.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

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

/// The uniform number (w + 1/2) / 2^32 of a random word.
#[inline(always)]
pub(crate) fn uniform(word: u64) -> f64 {
    let w = f64::from_bits(0x4330_0000_0000_0000 | word & 0xFFFF_FFFF) - 4_503_599_627_370_496.0;
    (w + 0.5) * (1.0 / 4_294_967_296.0)
}

/// Metropolis accepts where β ΔE <= this: -ln u.
#[inline(always)]
pub(crate) fn metropolis_level(word: u64) -> f64 {
    -ln(uniform(word))
}

/// Heat bath takes the value +1 where β (E(-1) - E(+1)) > this: ln(u / (1 - u)).
#[inline(always)]
pub(crate) fn heat_bath_level(word: u64) -> f64 {
    let u = uniform(word);
    ln(u / (1.0 - u))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_agrees_with_libm() {
        let mut x = 1e-15;
        while x < 1e15 {
            assert!((ln(x) - libm::log(x)).abs() <= 1e-14, "{x}: {} {}", ln(x), libm::log(x));
            x *= 1.000_7;
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn levels_at_the_ends() {
        assert!((metropolis_level(0) - 33.0 * std::f64::consts::LN_2).abs() < 1e-12);
        assert!(metropolis_level(u64::MAX) > 0.0);
        assert_eq!(heat_bath_level(0), -heat_bath_level(0xFFFF_FFFF));
        assert!(heat_bath_level(0x7FFF_FFFF) < 0.0 && heat_bath_level(0x8000_0000) > 0.0);
    }
}
