//! Elementary functions of blocks of numbers, in straight-line arithmetic that the compiler turns into vector instructions.
//!
//! The same bits on every instruction set: no fused products, no tables. Functions that are rarely in an inner loop go to `libm` one
//! by one (single precision by way of double). Polynomials were fitted here, through the Chebyshev nodes of their intervals, in 300 bits.

mod double;
mod rare;
mod single;
#[cfg(test)]
mod tests;

use super::super::graph::{Binary, Unary};
use super::super::real::Real;
use super::simd::dispatch;

/// What the two precisions do differently. All but [`Arithmetic::sin`] and its like is straight-line code.
pub trait Arithmetic: Sized {
    /// Of the exponential: arguments beyond give 0 and infinity.
    const LOWEST: Self;
    const HIGHEST: Self;
    /// From here on tanh is 1.
    const FLAT: Self;
    /// Larger angles are not reduced here.
    const LARGEST_ANGLE: Self;
    const NAN: Self;
    fn abs(self) -> Self;
    /// The size of this with another's sign.
    fn copysign(self, sign: Self) -> Self;
    fn sqrt(self) -> Self;
    fn floor(self) -> Self;
    fn ceil(self) -> Self;
    fn round(self) -> Self;
    /// Half of a whole number, rounded to a whole one.
    fn half(self) -> Self;
    /// 2^n of a whole number, within the normal range.
    fn power(n: Self) -> Self;
    /// (n, p) with exp x = 2^n (1 + p), n whole.
    fn exponent(self) -> (Self, Self);
    fn ln(self) -> Self;
    /// ln(1 + z) for z of [0, 1].
    fn log1p_unit(self) -> Self;
    fn sin(self) -> Self;
    fn cos(self) -> Self;
    /// The error function where it is straight-line code, else nothing sensible: see [`Arithmetic::ERF`].
    fn erf(self) -> Self;
    /// Whether [`Arithmetic::erf`] serves.
    const ERF: bool;
}

/// x within bounds; no number stays none.
#[inline(always)]
fn within<T: Real>(x: T, low: T, high: T) -> T {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

#[inline(always)]
pub(super) fn exp<T: Real>(x: T) -> T {
    let (n, p) = within(x, T::LOWEST, T::HIGHEST).exponent();
    // In two steps, so that neither overflows before the result does.
    let first = n.half();
    (T::ONE + p) * T::power(first) * T::power(n - first)
}

#[inline(always)]
fn expm1<T: Real>(x: T) -> T {
    let (n, p) = within(x, T::LOWEST, T::HIGHEST).exponent();
    let first = n.half();
    let (a, b, back) = (T::power(first), T::power(n - first), T::power(first - n));
    // 2^n p + (2^n - 1), over b; the difference in brackets is rounded only where it does not matter.
    (a * p + (a - back)) * b
}

#[inline(always)]
fn tanh<T: Real>(x: T) -> T {
    let a = x.abs();
    let a = if a > T::FLAT { T::FLAT } else { a };
    let (n, p) = (a + a).exponent();
    let scale = T::power(n);
    let e = scale * p + (scale - T::ONE);
    (e / (e + T::from_f64(2.0))).copysign(x)
}

#[inline(always)]
fn sigmoid<T: Real>(x: T) -> T {
    let z = exp(-x.abs());
    let r = T::ONE / (T::ONE + z);
    if x < T::ZERO { z * r } else { r }
}

#[inline(always)]
fn softplus<T: Real>(x: T) -> T {
    let top = if x > T::ZERO { x } else { T::ZERO };
    top + exp(-x.abs()).log1p_unit()
}

/// ln(1 + x): the logarithm of the rounded sum, and what the rounding lost to first order.
#[inline(always)]
fn log1p<T: Real>(x: T) -> T {
    let u = T::ONE + x;
    let lost = (x - (u - T::ONE)) / u;
    u.ln() + if u > T::ZERO && u < T::INFINITY { lost } else { T::ZERO }
}

#[inline(always)]
fn truth<T: Real>(x: bool) -> T {
    if x { T::ONE } else { T::ZERO }
}

#[inline(always)]
fn sign<T: Real>(x: T) -> T {
    // 0 and what is no number are their own signs.
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        x
    }
}

#[inline(always)]
fn map<T: Real>(x: &[T], y: &mut [T], f: impl Fn(T) -> T) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = f(*x);
    }
}

/// An angle's function; those too large for it, one by one.
#[inline(always)]
fn angle<T: Real>(x: &[T], y: &mut [T], f: impl Fn(T) -> T, large: fn(f64) -> f64) {
    map(x, y, f);
    let within = |x: T| x.abs() <= T::LARGEST_ANGLE;
    if !x.iter().fold(true, |all, x| all & within(*x)) {
        for (y, x) in y.iter_mut().zip(x).filter(|(_, x)| !within(**x)) {
            *y = T::from_f64(large(x.to_f64()));
        }
    }
}

#[inline(always)]
fn unary_in<T: Real>(f: Unary, x: &[T], y: &mut [T]) {
    match f {
        Unary::Neg => map(x, y, |x| -x),
        Unary::Not => map(x, y, |x| truth(x == T::ZERO)),
        Unary::Abs => map(x, y, |x| x.abs()),
        Unary::Sign => map(x, y, sign),
        Unary::Recip => map(x, y, |x| T::ONE / x),
        Unary::Square => map(x, y, |x| x * x),
        Unary::Sqrt => map(x, y, |x| x.sqrt()),
        Unary::Exp => map(x, y, exp),
        Unary::Expm1 => map(x, y, expm1),
        Unary::Ln => map(x, y, |x| x.ln()),
        Unary::Log1p => map(x, y, log1p),
        Unary::Sin => angle(x, y, |x| x.sin(), libm::sin),
        Unary::Cos => angle(x, y, |x| x.cos(), libm::cos),
        Unary::Tanh => map(x, y, tanh),
        Unary::Floor => map(x, y, |x| x.floor()),
        Unary::Ceil => map(x, y, |x| x.ceil()),
        Unary::Round => map(x, y, |x| x.round()),
        // Written so that what is no number stays none.
        Unary::Relu => map(x, y, |x| if x <= T::ZERO { T::ZERO } else { x }),
        Unary::Step => map(x, y, |x| truth(x > T::ZERO)),
        Unary::Sigmoid => map(x, y, sigmoid),
        Unary::Softplus => map(x, y, softplus),
        Unary::Erf if T::ERF => map(x, y, |x| x.erf()),
        _ => map(x, y, |x| T::from_f64(rare::unary(f, x.to_f64()))),
    }
}

#[inline(always)]
fn zip<T: Real>(a: &[T], b: &[T], y: &mut [T], f: impl Fn(T, T) -> T) {
    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
        *y = f(*a, *b);
    }
}

/// Small whole exponents by products, so that squares and cubes are cheap; which way an element goes depends on its own exponent.
#[inline(always)]
fn pow<T: Real>(a: &[T], b: &[T], y: &mut [T]) {
    let Some(first) = b.first().copied() else { return };
    if rare::whole(first.to_f64()) && b.iter().fold(true, |all, b| all & (*b == first)) {
        let n = first.to_f64() as i32;
        map(a, y, |a| rare::power(a, n));
    } else {
        zip(a, b, y, |a, b| {
            let exponent = b.to_f64();
            if rare::whole(exponent) { rare::power(a, exponent as i32) } else { T::from_f64(libm::pow(a.to_f64(), exponent)) }
        });
    }
}

#[inline(always)]
fn binary_in<T: Real>(f: Binary, a: &[T], b: &[T], y: &mut [T]) {
    let no = T::ZERO;
    match f {
        Binary::Add => zip(a, b, y, |a, b| a + b),
        Binary::Sub => zip(a, b, y, |a, b| a - b),
        Binary::Mul => zip(a, b, y, |a, b| a * b),
        Binary::Div => zip(a, b, y, |a, b| a / b),
        Binary::Pow => pow(a, b, y),
        Binary::Mod => zip(a, b, y, |a, b| a - b * (a / b).floor()),
        Binary::Atan2 => zip(a, b, y, |a, b| T::from_f64(libm::atan2(a.to_f64(), b.to_f64()))),
        // What is no number wins on either side.
        #[allow(clippy::eq_op)]
        Binary::Min => zip(a, b, y, |a, b| if (a < b) | (a != a) { a } else { b }),
        #[allow(clippy::eq_op)]
        Binary::Max => zip(a, b, y, |a, b| if (a > b) | (a != a) { a } else { b }),
        Binary::Equal => zip(a, b, y, |a, b| truth(a == b)),
        Binary::NotEqual => zip(a, b, y, |a, b| truth(a != b)),
        Binary::Less => zip(a, b, y, |a, b| truth(a < b)),
        Binary::LessEqual => zip(a, b, y, |a, b| truth(a <= b)),
        Binary::Greater => zip(a, b, y, |a, b| truth(a > b)),
        Binary::GreaterEqual => zip(a, b, y, |a, b| truth(a >= b)),
        Binary::And => zip(a, b, y, |a, b| truth((a != no) & (b != no))),
        Binary::Or => zip(a, b, y, |a, b| truth((a != no) | (b != no))),
    }
}

/// What has a form with one number on a side.
pub(super) fn takes_number(f: Binary) -> bool {
    matches!(f, Binary::Add | Binary::Sub | Binary::Mul)
}

/// f(a, x) of the number x, or f(x, a) if `first`.
#[inline(always)]
fn number_in<T: Real>(f: Binary, a: &[T], x: T, first: bool, y: &mut [T]) {
    match (f, first) {
        (Binary::Add, _) => map(a, y, |a| a + x),
        (Binary::Sub, false) => map(a, y, |a| a - x),
        (Binary::Sub, true) => map(a, y, |a| x - a),
        (Binary::Mul, _) => map(a, y, |a| a * x),
        _ => debug_assert!(false, "{f:?} has no such form"),
    }
}

#[inline(always)]
fn select_in<T: Real>(c: &[T], a: &[T], b: &[T], y: &mut [T]) {
    for (((y, c), a), b) in y.iter_mut().zip(c).zip(a).zip(b) {
        *y = if *c != T::ZERO { *a } else { *b };
    }
}

dispatch!(
    /// y = f(x)
    unary => unary_in [T: Real] <T> (f: Unary, x: &[T], y: &mut [T])
);
dispatch!(
    /// y = f(a, b)
    binary => binary_in [T: Real] <T> (f: Binary, a: &[T], b: &[T], y: &mut [T])
);
dispatch!(
    /// y = f(a, x) or f(x, a), with one number x: only where [`takes_number`] says so.
    number => number_in [T: Real] <T> (f: Binary, a: &[T], x: T, first: bool, y: &mut [T])
);
dispatch!(
    /// y = a where c is not 0, else b
    select => select_in [T: Real] <T> (c: &[T], a: &[T], b: &[T], y: &mut [T])
);
