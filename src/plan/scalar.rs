//! Numbers from expressions that hold bound values, observables and averages: formulas of fits, forms of estimates.

use super::expr::Expr;
use super::operations::{Function, Op, Reduction};

/// Where an expression takes its leaves from; NaN where there is no such leaf.
pub trait Leaves {
    fn local(&self, _: u32) -> f64 {
        f64::NAN
    }
    fn coordinate(&self, _: &str) -> f64 {
        f64::NAN
    }
    fn observable(&self, _: u16) -> f64 {
        f64::NAN
    }
    /// By its number in the order of the text.
    fn average(&self, _: usize) -> f64 {
        f64::NAN
    }
}

/// Whether [`number`] can evaluate it.
pub fn plain(e: &Expr) -> bool {
    let own = matches!(
        e,
        Expr::Number(_)
            | Expr::Local(_)
            | Expr::Coordinate { .. }
            | Expr::Observable(_)
            | Expr::Average(_)
            | Expr::Unary(..)
            | Expr::Binary(..)
            | Expr::If(..)
    );
    let list = |e: &Expr| matches!(e, Expr::List(_) | Expr::Array(_));
    match e {
        Expr::Fold(_, x) if matches!(&**x, Expr::List(_)) => {
            let mut good = true;
            x.for_each_part(&mut |part| good = good && plain(part));
            good
        }
        Expr::Fold(_, x) => list(x),
        _ => {
            let mut good = own;
            e.for_each_part(&mut |part| good = good && plain(part));
            good
        }
    }
}

/// The value of a plain expression. `averages` counts the averages that were met.
pub fn number(e: &Expr, leaves: &dyn Leaves, averages: &mut usize) -> f64 {
    match e {
        Expr::Number(x) => *x,
        Expr::Local(k) => leaves.local(*k),
        Expr::Coordinate { axis, .. } => leaves.coordinate(axis),
        Expr::Observable(k) => leaves.observable(*k),
        Expr::Average(_) => {
            *averages += 1;
            leaves.average(*averages - 1)
        }
        Expr::Unary(f, x) => f.apply(number(x, leaves, averages)),
        Expr::Binary(op, a, b) => {
            let a = number(a, leaves, averages);
            op.apply(a, number(b, leaves, averages))
        }
        Expr::If(c, a, b) => {
            // All parts, so that averages are counted alike.
            let c = number(c, leaves, averages);
            let (a, b) = (number(a, leaves, averages), number(b, leaves, averages));
            if c != 0.0 { a } else { b }
        }
        Expr::Fold(op, x) => match &**x {
            Expr::List(parts) => fold(*op, &parts.iter().map(|p| number(p, leaves, averages)).collect::<Vec<_>>()),
            Expr::Array(a) => fold(*op, &a.data),
            _ => f64::NAN,
        },
        _ => f64::NAN,
    }
}

fn fold(op: Reduction, values: &[f64]) -> f64 {
    op.of(values)
}

/// The averages of a form, in the order in which [`number`] meets them.
pub fn averages(e: &Expr) -> Vec<&Expr> {
    fn go<'e>(e: &'e Expr, out: &mut Vec<&'e Expr>) {
        match e {
            Expr::Average(x) => out.push(x),
            other => other.for_each_part(&mut |part| go(part, out)),
        }
    }
    let mut out = Vec::new();
    go(e, &mut out);
    out
}

/// The degree of an expression in some bound values: 0, 1, or 2 for all that is not affine in them.
pub fn degree(e: &Expr, of: &dyn Fn(u32) -> bool) -> u32 {
    let both = |a: &Expr, b: &Expr| (degree(a, of), degree(b, of));
    match e {
        Expr::Local(k) => u32::from(of(*k)),
        Expr::Unary(Function::Negate, x) => degree(x, of),
        Expr::Binary(Op::Add | Op::Subtract, a, b) => {
            let (a, b) = both(a, b);
            a.max(b)
        }
        Expr::Binary(Op::Multiply, a, b) => {
            let (a, b) = both(a, b);
            (a + b).min(2)
        }
        Expr::Binary(Op::Divide, a, b) => match both(a, b) {
            (a, 0) => a,
            _ => 2,
        },
        Expr::If(c, a, b) if degree(c, of) == 0 => {
            let (a, b) = both(a, b);
            a.max(b)
        }
        other => {
            let mut free = true;
            other.for_each_part(&mut |part| free = free && degree(part, of) == 0);
            if free { 0 } else { 2 }
        }
    }
}
