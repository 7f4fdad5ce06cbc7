//! Intervals of index expressions, so that an index outside its set is found before the run.

use super::Elaborator;
use crate::plan::{Expr, Function, Op};

impl Elaborator<'_> {
    /// The least and the greatest value that a whole-number expression can take, if that can be told.
    pub(crate) fn interval(&self, e: &Expr) -> Option<(f64, f64)> {
        Some(match e {
            Expr::Number(x) => (*x, *x),
            Expr::Coordinate { value, .. } => (*value, *value),
            Expr::Local(k) => {
                let (start, end) = self.ranges.get(k)?;
                (*start as f64, (*end - 1) as f64)
            }
            Expr::Unary(Function::Negate, x) => {
                let (a, b) = self.interval(x)?;
                (-b, -a)
            }
            Expr::Unary(f @ (Function::Floor | Function::Ceil | Function::Round), x) => {
                let (a, b) = self.interval(x)?;
                (f.apply(a), f.apply(b))
            }
            Expr::Binary(op, x, y) => {
                let (a, b) = self.interval(x)?;
                let (c, d) = self.interval(y)?;
                match op {
                    Op::Add => (a + c, b + d),
                    Op::Subtract => (a - d, b - c),
                    Op::Multiply => {
                        let corners = [a * c, a * d, b * c, b * d];
                        (
                            corners.iter().copied().fold(f64::INFINITY, f64::min),
                            corners.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                        )
                    }
                    Op::Divide if c == d && c > 0.0 => (a / c, b / c),
                    Op::Modulo if c == d && c > 0.0 => (0.0, c - 1.0),
                    Op::Minimum => (a.min(c), b.min(d)),
                    Op::Maximum => (a.max(c), b.max(d)),
                    _ => return None,
                }
            }
            Expr::If(_, x, y) => {
                let (a, b) = self.interval(x)?;
                let (c, d) = self.interval(y)?;
                (a.min(c), b.max(d))
            }
            Expr::Shift { graph, .. } => (0.0, self.graph(*graph).sites() as f64 - 1.0),
            _ => return None,
        })
    }
}
