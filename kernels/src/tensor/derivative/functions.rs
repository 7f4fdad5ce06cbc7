//! Derivatives of elementary functions, as nodes.
//!
//! A slope that is infinite where the function has a kink or a vertical tangent (√x at 0) counts as 0 there, and stays finite when
//! it is differentiated again: the reciprocal of a zero is written as the reciprocal of infinity, see [`tame`].

use super::super::graph::{Binary, Graph, Id, Unary};
use super::super::simplify::Build;
use std::f64::consts::{LN_2, LN_10, PI};

/// 1 / x, and 0 where x is 0.
fn tame(g: &mut Graph, x: Id) -> Id {
    let shape = g.shape(x).to_vec();
    let infinite = g.constant(f64::INFINITY, &shape);
    let x = g.choose(x, x, infinite);
    g.of(Unary::Recip, x)
}

/// (1 - x) (1 + x), which keeps its digits at ±1.
fn one_less_square(g: &mut Graph, x: Id) -> Id {
    let (a, b) = (g.taken_from(1.0, x), g.shifted(x, 1.0));
    g.times(a, b)
}

/// f'(x), where y = f(x); `None` where it is 0 everywhere.
pub fn slope(g: &mut Graph, f: Unary, x: Id, y: Id) -> Option<Id> {
    Some(match f {
        Unary::Not | Unary::Sign | Unary::Floor | Unary::Ceil | Unary::Round | Unary::Step => return None,
        Unary::Neg => {
            let shape = g.shape(x).to_vec();
            g.constant(-1.0, &shape)
        }
        Unary::Abs => g.of(Unary::Sign, x),
        Unary::Recip => {
            let z = g.of(Unary::Square, y);
            g.of(Unary::Neg, z)
        }
        Unary::Square => g.scaled(x, 2.0),
        Unary::Sqrt => {
            let z = g.scaled(y, 2.0);
            tame(g, z)
        }
        Unary::Cbrt => {
            let z = g.of(Unary::Square, y);
            let z = g.scaled(z, 3.0);
            tame(g, z)
        }
        Unary::Exp => y,
        Unary::Expm1 => g.shifted(y, 1.0),
        Unary::Ln => g.of(Unary::Recip, x),
        Unary::Log2 | Unary::Log10 => {
            let z = g.of(Unary::Recip, x);
            g.scaled(z, 1.0 / if f == Unary::Log2 { LN_2 } else { LN_10 })
        }
        Unary::Log1p => {
            let z = g.shifted(x, 1.0);
            g.of(Unary::Recip, z)
        }
        Unary::Sin => g.of(Unary::Cos, x),
        Unary::Cos => {
            let z = g.of(Unary::Sin, x);
            g.of(Unary::Neg, z)
        }
        Unary::Tan => {
            let z = g.of(Unary::Square, y);
            g.shifted(z, 1.0)
        }
        Unary::Asin | Unary::Acos => {
            let z = one_less_square(g, x);
            let z = g.of(Unary::Sqrt, z);
            let z = tame(g, z);
            if f == Unary::Asin { z } else { g.of(Unary::Neg, z) }
        }
        Unary::Atan | Unary::Asinh => {
            let z = g.of(Unary::Square, x);
            let z = g.shifted(z, 1.0);
            let z = if f == Unary::Atan { z } else { g.of(Unary::Sqrt, z) };
            g.of(Unary::Recip, z)
        }
        Unary::Sinh => g.of(Unary::Cosh, x),
        Unary::Cosh => g.of(Unary::Sinh, x),
        Unary::Tanh => {
            let z = g.of(Unary::Square, y);
            g.taken_from(1.0, z)
        }
        Unary::Acosh => {
            let (a, b) = (g.shifted(x, -1.0), g.shifted(x, 1.0));
            let (a, b) = (g.of(Unary::Sqrt, a), g.of(Unary::Sqrt, b));
            let z = g.times(a, b);
            tame(g, z)
        }
        Unary::Atanh => {
            let z = one_less_square(g, x);
            g.of(Unary::Recip, z)
        }
        Unary::Erf | Unary::Erfc => {
            let z = g.of(Unary::Square, x);
            let z = g.of(Unary::Neg, z);
            let z = g.of(Unary::Exp, z);
            let c = std::f64::consts::FRAC_2_SQRT_PI;
            g.scaled(z, if f == Unary::Erf { c } else { -c })
        }
        Unary::Gamma => {
            let z = g.of(Unary::Digamma, x);
            g.times(y, z)
        }
        Unary::LnGamma => g.of(Unary::Digamma, x),
        Unary::Digamma => g.of(Unary::Trigamma, x),
        Unary::Trigamma => tetragamma(g, x),
        Unary::Relu => g.of(Unary::Step, x),
        Unary::Sigmoid => {
            let z = g.taken_from(1.0, y);
            g.times(y, z)
        }
        Unary::Softplus => g.of(Unary::Sigmoid, x),
    })
}

/// ψ'', written out: the recurrence to x + 10, the asymptotic series there, and reflection below 1/2 (Abramowitz and Stegun, 6.4).
fn tetragamma(g: &mut Graph, x: Id) -> Id {
    const STEPS: usize = 10;
    let shape = g.shape(x).to_vec();
    let (half, zero) = (g.constant(0.5, &shape), g.constant(0.0, &shape));
    let low = g.pair(Binary::Less, x, half);
    let mirrored = g.taken_from(1.0, x);
    let from = g.choose(low, mirrored, x);
    let mut sum = zero;
    for k in 0..STEPS {
        let z = g.shifted(from, k as f64);
        let square = g.of(Unary::Square, z);
        let cube = g.times(square, z);
        let z = g.of(Unary::Recip, cube);
        let z = g.scaled(z, -2.0);
        sum = g.plus(sum, z);
    }
    // -1/x² - 1/x³ - Σ (2k + 1) B_2k / x^(2k + 2)
    let far = g.shifted(from, STEPS as f64);
    let r = g.of(Unary::Recip, far);
    let z = g.of(Unary::Square, r);
    let mut series = zero;
    for c in [35.0 / 2.0, -691.0 / 210.0, 5.0 / 6.0, -3.0 / 10.0, 1.0 / 6.0, -1.0 / 6.0, 1.0 / 2.0] {
        let scaled = g.times(series, z);
        series = g.shifted(scaled, c);
    }
    let series = g.times(series, z);
    let series = g.plus(series, r);
    let series = g.shifted(series, 1.0);
    let series = g.times(series, z);
    let upper = g.minus(sum, series);
    // ψ''(x) = ψ''(1 - x) - 2 π³ cot πx / sin² πx; a harmless angle where this is not asked for.
    let angle = g.scaled(x, PI);
    let right = g.constant(PI / 2.0, &shape);
    let angle = g.choose(low, angle, right);
    let (sine, cosine) = (g.of(Unary::Sin, angle), g.of(Unary::Cos, angle));
    let square = g.of(Unary::Square, sine);
    let cube = g.times(square, sine);
    let mirror = g.pair(Binary::Div, cosine, cube);
    let mirror = g.scaled(mirror, 2.0 * PI * PI * PI);
    let mirror = g.choose(low, mirror, zero);
    g.minus(upper, mirror)
}

/// c x^(c - 1) of x^c, in whole powers where c is whole; `None` if c is 0.
pub fn slope_of_power(g: &mut Graph, x: Id, c: f64) -> Option<Id> {
    if c == 0.0 {
        return None;
    }
    let shape = g.shape(x).to_vec();
    let exponent = g.constant(c - 1.0, &shape);
    // x^c is finite at 0 and its slope is not.
    let base = if c > 0.0 && c < 1.0 {
        let infinite = g.constant(f64::INFINITY, &shape);
        g.choose(x, x, infinite)
    } else {
        x
    };
    let y = g.pair(Binary::Pow, base, exponent);
    Some(g.scaled(y, c))
}

/// The slopes of y = a^b by a and by b.
pub fn slopes_of_power(g: &mut Graph, a: Id, b: Id, y: Id) -> (Id, Id) {
    let shape = g.shape(a).to_vec();
    let (one, zero, infinite) = (g.constant(1.0, &shape), g.constant(0.0, &shape), g.constant(f64::INFINITY, &shape));
    // 0 to a negative power is taken as 0, as in `tame`.
    let exponent = g.minus(b, one);
    let whole = g.pair(Binary::GreaterEqual, exponent, zero);
    let fine = g.pair(Binary::Or, a, whole);
    let base = g.choose(fine, a, infinite);
    let power = g.pair(Binary::Pow, base, exponent);
    let by_a = g.times(b, power);
    // 0^b is 0 for all b > 0.
    let base = g.choose(a, a, one);
    let ln = g.of(Unary::Ln, base);
    (by_a, g.times(y, ln))
}
