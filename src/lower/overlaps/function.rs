//! Functions of one overlap as expressions: their degree, their size, their steps for the kernel.
//!
//! Knows no sum.

use super::super::instantiate::{Instantiate, Value};
use super::super::known::Known;
use super::super::number;
use super::ARGUMENT;
use crate::kernels::overlap::{One, Program, Step, Two};
use crate::plan::{Expr, Function, Op};
use std::sync::Arc;

/// The argument itself.
pub(super) fn argument() -> Expr {
    Expr::Local(ARGUMENT)
}

/// Whether it uses the argument.
pub(super) fn uses_argument(e: &Expr) -> bool {
    e.contains(&|e| *e == Expr::Local(ARGUMENT))
}

/// The degree of a polynomial of the argument of at most the second degree; `None` for all others.
pub(super) fn degree(e: &Expr) -> Option<u32> {
    if !uses_argument(e) {
        return Some(0);
    }
    let d = match e {
        Expr::Local(_) => 1,
        Expr::Unary(Function::Negate, x) => degree(x)?,
        Expr::Binary(Op::Add | Op::Subtract, a, b) => degree(a)?.max(degree(b)?),
        Expr::Binary(Op::Multiply, a, b) => degree(a)? + degree(b)?,
        Expr::Binary(Op::Divide, a, b) if !uses_argument(b) => degree(a)?,
        Expr::Binary(Op::Power, a, n) => match number::constant(n) {
            Some(n) if n == 1.0 || n == 2.0 => degree(a)? * n as u32,
            _ => return None,
        },
        _ => return None,
    };
    (d <= 2).then_some(d)
}

pub(super) type Walk<'w, 'a, 'p> = &'w mut Instantiate<'a, 'p, Known>;

/// The value of what does not depend on the state.
pub(super) fn value(walk: Walk, e: &Expr) -> Result<f64, String> {
    match walk.scalar(e)? {
        Value::Number(x) => Ok(x),
        Value::Node(()) => Err("a number of a pattern depends on the state".into()),
    }
}

/// The coefficients of a polynomial of at most the second degree, lowest first, at the present indices.
pub(super) fn coefficients(walk: Walk, e: &Expr) -> Result<[f64; 3], String> {
    if !uses_argument(e) {
        return Ok([value(walk, e)?, 0.0, 0.0]);
    }
    let times = |a: [f64; 3], b: [f64; 3]| [a[0] * b[0], a[0] * b[1] + a[1] * b[0], a[0] * b[2] + a[1] * b[1] + a[2] * b[0]];
    Ok(match e {
        Expr::Unary(_, x) => coefficients(walk, x)?.map(|c| -c),
        Expr::Binary(op, a, b) => {
            let (a, b) = (coefficients(walk, a)?, coefficients(walk, b)?);
            match op {
                Op::Add => std::array::from_fn(|k| a[k] + b[k]),
                Op::Subtract => std::array::from_fn(|k| a[k] - b[k]),
                Op::Multiply => times(a, b),
                Op::Divide => a.map(|c| c / b[0]),
                _ if b[0] == 2.0 => times(a, a),
                _ => a,
            }
        }
        _ => [0.0, 1.0, 0.0],
    })
}

/// The steps of a function on their way: numbers of the pattern are columns, filled pattern by pattern.
#[derive(Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
    /// Which step stands for which expression, and its numbers so far.
    columns: Vec<(usize, Expr, Vec<f64>)>,
}

impl Steps {
    /// The steps of an expression; the number of the last.
    pub fn add(&mut self, walk: Walk, e: &Expr) -> Result<usize, String> {
        let step = if *e == Expr::Local(ARGUMENT) {
            Step::Argument
        } else if !uses_argument(e) {
            if e.contains(&|e| matches!(e, Expr::Local(_) | Expr::BondValue { .. })) {
                self.columns.push((self.steps.len(), e.clone(), Vec::new()));
            }
            match self.columns.last() {
                Some(column) if column.0 == self.steps.len() => Step::Number(0.0),
                _ => Step::Number(value(walk, e)?),
            }
        } else {
            match e {
                Expr::Unary(f, x) => {
                    let x = self.add(walk, x)?;
                    let f = *f;
                    let one = match f {
                        Function::Negate => One::Negate,
                        Function::Exp => One::Exp,
                        _ => One::Other(Arc::new(move |x| f.apply(x))),
                    };
                    Step::One(one, x)
                }
                Expr::Binary(Op::Power, a, n) if whole_power(n).is_some() => {
                    let a = self.add(walk, a)?;
                    Step::One(One::Power(whole_power(n).unwrap_or(1)), a)
                }
                Expr::Binary(op, a, b) => {
                    let (a, b) = (self.add(walk, a)?, self.add(walk, b)?);
                    let op = *op;
                    let two = match op {
                        Op::Add => Two::Add,
                        Op::Subtract => Two::Subtract,
                        Op::Multiply => Two::Multiply,
                        Op::Divide => Two::Divide,
                        _ => Two::Other(Arc::new(move |a, b| op.apply(a, b))),
                    };
                    Step::Two(two, a, b)
                }
                Expr::If(c, a, b) => {
                    let (c, a, b) = (self.add(walk, c)?, self.add(walk, a)?, self.add(walk, b)?);
                    Step::Choose(c, a, b)
                }
                _ => return Err("it is no function of an overlap that is evaluated by steps".into()),
            }
        };
        self.steps.push(step);
        Ok(self.steps.len() - 1)
    }

    /// The numbers of one more pattern.
    pub fn pattern(&mut self, walk: Walk) -> Result<(), String> {
        for (_, e, numbers) in &mut self.columns {
            numbers.push(value(walk, e)?);
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<Program, String> {
        for (k, _, numbers) in self.columns {
            self.steps[k] = Step::Column(Arc::new(numbers));
        }
        Program::new(self.steps)
    }
}

fn whole_power(n: &Expr) -> Option<u32> {
    let n = number::constant(n)?;
    (n == libm::floor(n) && (1.0..=64.0).contains(&n)).then_some(n as u32)
}
