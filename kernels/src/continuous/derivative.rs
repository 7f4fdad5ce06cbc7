//! The differentiator: partial derivatives of every operation, and the reverse sweep over a program.
//!
//! The rules give d result / d argument from the arguments and the result; the reverse mode here uses them, and a forward mode
//! or a product with the Hessian would use the same. Knows no energies.
//!
//! Where a function has a kink the derivative is that of the branch that was evaluated: `if` differentiates the branch taken and
//! never the condition; `min` and `max` the argument taken, the first of equal ones; |x| has the derivative 0 at 0. Piecewise
//! constant functions (sign, floor, ceil, round, comparisons, and, or, not) have the derivative 0 everywhere, at their steps too;
//! a mod b has 1 by a and -floor(a / b) by b. What a result does not depend on contributes 0 even where its own derivative
//! is infinite or no number, so that a branch not taken does no harm. At the end of a domain (sqrt at 0, asin at 1) the
//! derivative is the one-sided limit, infinite.

use super::elementary::{cos, sin};
use super::program::{Instruction, Program};
use crate::generic::{Fold, Function, Operation};

/// f'(x), where y = f(x).
pub(super) fn slope(f: Function, x: f64, y: f64) -> f64 {
    const LN_10: f64 = std::f64::consts::LN_10;
    const LN_2: f64 = std::f64::consts::LN_2;
    match f {
        Function::Neg => -1.0,
        Function::Abs => Function::Sign.apply(x),
        Function::Not | Function::Sign | Function::Floor | Function::Ceil | Function::Round => 0.0,
        Function::Sqrt => 0.5 / y,
        Function::Exp => y,
        Function::Ln => 1.0 / x,
        Function::Log10 => 1.0 / (x * LN_10),
        Function::Log2 => 1.0 / (x * LN_2),
        Function::Sin => libm::cos(x),
        Function::Cos => -libm::sin(x),
        Function::Tan => 1.0 + y * y,
        Function::Asin => 1.0 / ((1.0 - x) * (1.0 + x)).sqrt(),
        Function::Acos => -1.0 / ((1.0 - x) * (1.0 + x)).sqrt(),
        Function::Atan => 1.0 / (1.0 + x * x),
        Function::Sinh => libm::cosh(x),
        Function::Cosh => libm::sinh(x),
        // Not 1 - y², which loses everything in the tails.
        Function::Tanh => {
            let c = libm::cosh(x);
            1.0 / (c * c)
        }
        Function::Asinh => 1.0 / libm::hypot(1.0, x),
        Function::Acosh => 1.0 / ((x - 1.0).sqrt() * (x + 1.0).sqrt()),
        Function::Atanh => 1.0 / ((1.0 - x) * (1.0 + x)),
    }
}

/// The derivatives by a and by b of y = f(a, b).
pub(super) fn slopes(f: Operation, a: f64, b: f64, y: f64) -> (f64, f64) {
    match f {
        Operation::Add => (1.0, 1.0),
        Operation::Sub => (1.0, -1.0),
        Operation::Mul => (b, a),
        Operation::Div => (1.0 / b, -y / b),
        Operation::Pow => {
            let by_a = if b == 0.0 { 0.0 } else { b * libm::pow(a, b - 1.0) };
            // a^b is 0 for every b > 0 where a is 0.
            let by_b = if a == 0.0 && b > 0.0 { 0.0 } else { y * libm::log(a) };
            (by_a, by_b)
        }
        Operation::Mod => (1.0, -libm::floor(a / b)),
        Operation::Less
        | Operation::LessEqual
        | Operation::Greater
        | Operation::GreaterEqual
        | Operation::Equal
        | Operation::NotEqual
        | Operation::And
        | Operation::Or => (0.0, 0.0),
    }
}

/// x^n by squaring, the same products for every x.
#[inline(always)]
pub(super) fn power(x: f64, n: i32) -> f64 {
    let (mut left, mut square, mut product) = (n.unsigned_abs(), x, 1.0);
    while left > 0 {
        if left & 1 == 1 {
            product *= square;
        }
        left >>= 1;
        if left > 0 {
            square *= square;
        }
    }
    if n < 0 { 1.0 / product } else { product }
}

/// Whether the second argument of a minimum or maximum is the one taken.
#[inline(always)]
fn second(fold: Fold, a: f64, b: f64) -> bool {
    match fold {
        Fold::Min => b < a || b.is_nan(),
        _ => b > a || b.is_nan(),
    }
}

/// Adds `d` times `slope` where there is anything to pass on.
#[inline(always)]
fn pass(to: &mut f64, d: f64, slope: f64) {
    *to += if d == 0.0 { 0.0 } else { d * slope };
}

/// From the registers of a forward sweep and the adjoint of the last one (1, say), the adjoints of all: derivatives of the
/// result by each register. Registers that depend on no leaf get none.
#[inline(always)]
pub(super) fn reverse<const W: usize>(program: &Program, values: &[[f64; W]], adjoints: &mut [[f64; W]], active: usize) {
    let count = program.instructions.len();
    for adjoint in &mut adjoints[..count - 1] {
        *adjoint = [0.0; W];
    }
    for (i, instruction) in program.instructions.iter().enumerate().rev() {
        if !program.varies[i] {
            continue;
        }
        let (below, own) = adjoints.split_at_mut(i);
        let d = &own[0];
        let value = |r: u32| &values[r as usize];
        let varies = |r: u32| program.varies[r as usize];
        match *instruction {
            Instruction::Leaf(_) | Instruction::Constant(_) => {}
            Instruction::Unary(f, a) => unary(f, value(a), &values[i], d, &mut below[a as usize], active),
            Instruction::Power(a, n) => {
                let x = value(a);
                let to = &mut below[a as usize];
                match n {
                    2 => (0..W).for_each(|k| pass(&mut to[k], d[k], 2.0 * x[k])),
                    4 => (0..W).for_each(|k| pass(&mut to[k], d[k], 4.0 * (x[k] * x[k] * x[k]))),
                    _ => (0..W).for_each(|k| pass(&mut to[k], d[k], slope_of_power(x[k], n))),
                }
            }
            Instruction::Binary(f, a, b) => {
                if varies(a) {
                    first_argument(f, value(a), value(b), d, &mut below[a as usize], active);
                }
                if varies(b) {
                    second_argument(f, value(a), value(b), &values[i], d, &mut below[b as usize], active);
                }
            }
            Instruction::Choose(c, a, b) => {
                let c = value(c);
                if varies(a) {
                    let to = &mut below[a as usize];
                    (0..W).for_each(|k| to[k] += if c[k] != 0.0 { d[k] } else { 0.0 });
                }
                if varies(b) {
                    let to = &mut below[b as usize];
                    (0..W).for_each(|k| to[k] += if c[k] != 0.0 { 0.0 } else { d[k] });
                }
            }
            Instruction::Fold(fold, a, b) => {
                let (x, y) = (value(a), value(b));
                for (own, other, is_second) in [(a, y, false), (b, x, true)] {
                    if !varies(own) {
                        continue;
                    }
                    let to = &mut below[own as usize];
                    match fold {
                        Fold::Sum => (0..W).for_each(|k| to[k] += d[k]),
                        Fold::Product => (0..W).for_each(|k| pass(&mut to[k], d[k], other[k])),
                        Fold::Min | Fold::Max => {
                            (0..W).for_each(|k| to[k] += if second(fold, x[k], y[k]) == is_second { d[k] } else { 0.0 });
                        }
                    }
                }
            }
        }
    }
}

/// d x^n / dx.
#[inline(always)]
fn slope_of_power(x: f64, n: i32) -> f64 {
    if n == 0 { 0.0 } else { f64::from(n) * power(x, n - 1) }
}

#[inline(always)]
fn unary<const W: usize>(f: Function, x: &[f64; W], y: &[f64; W], d: &[f64; W], to: &mut [f64; W], active: usize) {
    let mut s = [0.0; W];
    match f {
        Function::Neg => return (0..W).for_each(|k| to[k] -= d[k]),
        Function::Exp => s = *y,
        Function::Sqrt => (0..W).for_each(|k| s[k] = 0.5 / y[k]),
        Function::Sin => cos(x, &mut s, active),
        Function::Cos => {
            sin(x, &mut s, active);
            s = s.map(|s| -s);
        }
        _ => (0..active).for_each(|k| s[k] = slope(f, x[k], y[k])),
    }
    (0..W).for_each(|k| pass(&mut to[k], d[k], s[k]));
}

#[inline(always)]
fn first_argument<const W: usize>(f: Operation, a: &[f64; W], b: &[f64; W], d: &[f64; W], to: &mut [f64; W], active: usize) {
    match f {
        Operation::Add | Operation::Sub => (0..W).for_each(|k| to[k] += d[k]),
        Operation::Mul => (0..W).for_each(|k| pass(&mut to[k], d[k], b[k])),
        Operation::Div => (0..W).for_each(|k| pass(&mut to[k], d[k], 1.0 / b[k])),
        _ => (0..active).for_each(|k| pass(&mut to[k], d[k], slopes(f, a[k], b[k], f.apply(a[k], b[k])).0)),
    }
}

#[inline(always)]
fn second_argument<const W: usize>(
    f: Operation,
    a: &[f64; W],
    b: &[f64; W],
    y: &[f64; W],
    d: &[f64; W],
    to: &mut [f64; W],
    active: usize,
) {
    match f {
        Operation::Add => (0..W).for_each(|k| to[k] += d[k]),
        Operation::Sub => (0..W).for_each(|k| to[k] -= d[k]),
        Operation::Mul => (0..W).for_each(|k| pass(&mut to[k], d[k], a[k])),
        Operation::Div => (0..W).for_each(|k| pass(&mut to[k], d[k], -y[k] / b[k])),
        _ => (0..active).for_each(|k| pass(&mut to[k], d[k], slopes(f, a[k], b[k], y[k]).1)),
    }
}
