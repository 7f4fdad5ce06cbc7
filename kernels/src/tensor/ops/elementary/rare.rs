//! Elementary functions one by one, in double precision.

use super::super::super::graph::Unary;
use super::super::super::real::Real;

/// Exponents that are taken by products.
pub(super) fn whole(x: f64) -> bool {
    x.abs() <= 8.0 && x == x.trunc()
}

/// a^n by squaring.
#[inline(always)]
pub(super) fn power<T: Real>(a: T, n: i32) -> T {
    let (mut result, mut square, mut left) = (T::ONE, a, n.unsigned_abs());
    while left > 0 {
        if left & 1 == 1 {
            result = result * square;
        }
        square = square * square;
        left >>= 1;
    }
    if n < 0 { T::ONE / result } else { result }
}

/// The functions that have no straight-line code; others are taken from `libm` as well.
pub(super) fn unary(f: Unary, x: f64) -> f64 {
    match f {
        Unary::Cbrt => libm::cbrt(x),
        Unary::Log2 => libm::log2(x),
        Unary::Log10 => libm::log10(x),
        Unary::Tan => libm::tan(x),
        Unary::Asin => libm::asin(x),
        Unary::Acos => libm::acos(x),
        Unary::Atan => libm::atan(x),
        Unary::Sinh => libm::sinh(x),
        Unary::Cosh => libm::cosh(x),
        Unary::Asinh => libm::asinh(x),
        Unary::Acosh => libm::acosh(x),
        Unary::Atanh => libm::atanh(x),
        Unary::Erf => libm::erf(x),
        Unary::Erfc => libm::erfc(x),
        Unary::Gamma => libm::tgamma(x),
        Unary::LnGamma => libm::lgamma(x),
        Unary::Digamma => digamma(x),
        Unary::Trigamma => trigamma(x),
        _ => f64::NAN,
    }
}

/// Where the asymptotic series begin: their first omitted term is then below 1e-17.
const FAR: f64 = 12.0;

/// The derivative of ln Γ, by reflection, recurrence and Stirling's series (Abramowitz, Stegun, 6.3.7, 6.3.5, 6.3.18); poles give no number.
pub(super) fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        // The cotangent has period 1 in x, and what is beside a whole number is exact.
        return digamma(1.0 - x) - std::f64::consts::PI / libm::tan(std::f64::consts::PI * (x - libm::rint(x)));
    }
    let (mut x, mut less) = (x, 0.0);
    while x < FAR {
        less += 1.0 / x;
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    // B_2k / 2k
    const C: [f64; 7] = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    let series = C.iter().rev().fold(0.0, |p, c| p * z + c) * z;
    if x.is_infinite() { x } else { libm::log(x) - 0.5 / x - series - less }
}

/// The second derivative of ln Γ (Abramowitz, Stegun, 6.4.7, 6.4.6, 6.4.12); poles give infinity.
pub(super) fn trigamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::INFINITY;
        }
        let s = std::f64::consts::PI / libm::sin(std::f64::consts::PI * (x - libm::rint(x)));
        return s * s - trigamma(1.0 - x);
    }
    let (mut x, mut more) = (x, 0.0);
    while x < FAR {
        more += 1.0 / (x * x);
        x += 1.0;
    }
    let (y, z) = (1.0 / x, 1.0 / (x * x));
    // B_2k
    const C: [f64; 7] = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2_730.0, 7.0 / 6.0];
    let series = C.iter().rev().fold(0.0, |p, c| p * z + c) * z * y;
    y + 0.5 * z + series + more
}
