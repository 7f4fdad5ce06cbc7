//! Functions of numbers, by their definitions.

use super::super::graph::{Binary, Unary};
use crate::random::philox;

fn truth(x: bool) -> f64 {
    f64::from(u8::from(x))
}

/// f(x)
pub fn unary(f: Unary, x: f64) -> f64 {
    match f {
        Unary::Neg => -x,
        Unary::Not => truth(x == 0.0),
        Unary::Abs => x.abs(),
        Unary::Sign if x > 0.0 => 1.0,
        Unary::Sign if x < 0.0 => -1.0,
        // 0 and what is no number stay.
        Unary::Sign => x,
        Unary::Recip => 1.0 / x,
        Unary::Square => x * x,
        Unary::Sqrt => libm::sqrt(x),
        Unary::Cbrt => libm::cbrt(x),
        Unary::Exp => libm::exp(x),
        Unary::Expm1 => libm::expm1(x),
        Unary::Ln => libm::log(x),
        Unary::Log2 => libm::log2(x),
        Unary::Log10 => libm::log10(x),
        Unary::Log1p => libm::log1p(x),
        Unary::Sin => libm::sin(x),
        Unary::Cos => libm::cos(x),
        Unary::Tan => libm::tan(x),
        Unary::Asin => libm::asin(x),
        Unary::Acos => libm::acos(x),
        Unary::Atan => libm::atan(x),
        Unary::Sinh => libm::sinh(x),
        Unary::Cosh => libm::cosh(x),
        Unary::Tanh => libm::tanh(x),
        Unary::Asinh => libm::asinh(x),
        Unary::Acosh => libm::acosh(x),
        Unary::Atanh => libm::atanh(x),
        Unary::Erf => libm::erf(x),
        Unary::Erfc => libm::erfc(x),
        Unary::Gamma => libm::tgamma(x),
        Unary::LnGamma => libm::lgamma(x),
        Unary::Digamma => digamma(x),
        Unary::Trigamma => trigamma(x),
        Unary::Floor => libm::floor(x),
        Unary::Ceil => libm::ceil(x),
        Unary::Round => libm::round(x),
        Unary::Relu if x <= 0.0 => 0.0,
        Unary::Relu => x,
        Unary::Step => truth(x > 0.0),
        Unary::Sigmoid if x < 0.0 => libm::exp(x) / (1.0 + libm::exp(x)),
        Unary::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
        Unary::Softplus => libm::log1p(libm::exp(-x.abs())) + unary(Unary::Relu, x),
    }
}

/// f(a, b)
pub fn binary(f: Binary, a: f64, b: f64) -> f64 {
    match f {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Pow => libm::pow(a, b),
        Binary::Mod => a - b * libm::floor(a / b),
        Binary::Atan2 => libm::atan2(a, b),
        // What is no number stays, in either place.
        Binary::Min if a < b || a.is_nan() => a,
        Binary::Max if a > b || a.is_nan() => a,
        Binary::Min | Binary::Max => b,
        Binary::Equal => truth(a == b),
        Binary::NotEqual => truth(a != b),
        Binary::Less => truth(a < b),
        Binary::LessEqual => truth(a <= b),
        Binary::Greater => truth(a > b),
        Binary::GreaterEqual => truth(a >= b),
        Binary::And => truth(a != 0.0 && b != 0.0),
        Binary::Or => truth(a != 0.0 || b != 0.0),
    }
}

/// ln Σ exp, also where single terms would overflow.
pub fn log_sum_exp(row: &[f64]) -> f64 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + libm::log(row.iter().map(|x| libm::exp(x - largest)).sum())
}

/// ψ = (ln Γ)': the recurrence up to x > 12, then the asymptotic series; below 1/2 by reflection.
pub fn digamma(x: f64) -> f64 {
    if x < 0.5 {
        // π cot πx repeats; the nearest whole number taken off keeps its digits.
        let angle = std::f64::consts::PI * (x - libm::round(x));
        return digamma(1.0 - x) - std::f64::consts::PI * libm::cos(angle) / libm::sin(angle);
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    // B_2k / (2k)
    let series = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    sum + libm::log(x) - 0.5 / x - z * series.iter().rev().fold(0.0, |p, c| p * z + c)
}

/// ψ': as [`digamma`].
pub fn trigamma(x: f64) -> f64 {
    if x < 0.5 {
        let sine = libm::sin(std::f64::consts::PI * (x - libm::round(x)));
        return std::f64::consts::PI * std::f64::consts::PI / (sine * sine) - trigamma(1.0 - x);
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 12.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    // B_2k
    let series = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];
    sum + 1.0 / x + 0.5 * z + z / x * series.iter().rev().fold(0.0, |p, c| p * z + c)
}

/// Whether a mask keeps an element: Philox at (element / 4, example, stream, step) under the run's key, 32 bits an element.
pub fn kept(key: u64, step: u64, stream: u32, example: u32, element: u32, keep: f64) -> bool {
    let block = philox([element / 4, example, stream, step as u32], [key as u32, (key >> 32) as u32 ^ (step >> 32) as u32]);
    f64::from(block[(element % 4) as usize]) < keep * 4_294_967_296.0
}
