//! Rules for elementwise operations.

use super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::build::Build;
use super::local::{constant, negated};

/// The arguments, where a node is this operation.
fn parts(g: &Graph, x: Id, f: Binary) -> Option<(Id, Id)> {
    let node = g.node(x);
    (node.op == Op::Binary(f)).then(|| (node.args[0], node.args[1]))
}

fn inner(g: &Graph, x: Id, f: Unary) -> Option<Id> {
    (g.node(x).op == Op::Unary(f)).then(|| g.node(x).args[0])
}

/// x and c, of x times a constant c.
fn multiple(g: &Graph, x: Id) -> Option<(Id, f64)> {
    parts(g, x, Binary::Mul).and_then(|(a, b)| constant(g, b).map(|c| (a, c)))
}

/// The argument and dimensions of a broadcast that repeats elements of an example.
fn repeated(g: &Graph, x: Id) -> Option<(Id, Vec<usize>)> {
    match &g.node(x).op {
        Op::Broadcast { dims } if g.size(g.node(x).args[0]) < g.size(x) => Some((g.node(x).args[0], dims.clone())),
        _ => None,
    }
}

pub fn unary(g: &mut Graph, f: Unary, x: Id) -> Option<Id> {
    match f {
        Unary::Neg => {
            if let Some(x) = negated(g, x) {
                return Some(x);
            }
            if let Some((a, b)) = parts(g, x, Binary::Sub) {
                return Some(g.minus(b, a));
            }
            if let Some((a, c)) = multiple(g, x) {
                return Some(g.scaled(a, -c));
            }
        }
        Unary::Square | Unary::Abs | Unary::Cos | Unary::Cosh => {
            if let Some(x) = negated(g, x).or_else(|| inner(g, x, Unary::Abs)) {
                return Some(g.of(f, x));
            }
        }
        Unary::Relu if inner(g, x, Unary::Relu).is_some() => return Some(x),
        Unary::Step => {
            if let Some(x) = inner(g, x, Unary::Relu) {
                return Some(g.of(Unary::Step, x));
            }
        }
        _ => {}
    }
    // The function of each element once.
    let (a, dims) = repeated(g, x)?;
    let y = g.of(f, a);
    let (shape, batched) = (g.shape(x).to_vec(), g.batched(x));
    Some(g.widen(y, &dims, &shape, batched))
}

pub fn binary(g: &mut Graph, f: Binary, a: Id, b: Id) -> Option<Id> {
    let neutral = match f {
        Binary::Add => add(g, a, b),
        Binary::Sub => subtract(g, a, b),
        Binary::Mul => multiply(g, a, b),
        Binary::Div => divide(g, a, b),
        Binary::Pow => power(g, a, b),
        Binary::Min | Binary::Max if a == b => Some(a),
        _ => None,
    };
    neutral.or_else(|| narrow(g, f, a, b))
}

fn add(g: &mut Graph, a: Id, b: Id) -> Option<Id> {
    if constant(g, a) == Some(0.0) {
        return Some(b);
    }
    if constant(g, b) == Some(0.0) {
        return Some(a);
    }
    if a == b {
        return Some(g.scaled(a, 2.0));
    }
    if let Some(b) = negated(g, b) {
        return Some(g.minus(a, b));
    }
    negated(g, a).map(|a| g.minus(b, a))
}

fn subtract(g: &mut Graph, a: Id, b: Id) -> Option<Id> {
    if constant(g, b) == Some(0.0) {
        return Some(a);
    }
    if constant(g, a) == Some(0.0) {
        return Some(g.of(Unary::Neg, b));
    }
    if a == b {
        let (shape, batched) = (g.shape(a).to_vec(), g.batched(a));
        return Some(g.filled(0.0, &shape, batched));
    }
    if let Some(b) = negated(g, b) {
        return Some(g.plus(a, b));
    }
    let a = negated(g, a)?;
    let sum = g.plus(a, b);
    Some(g.of(Unary::Neg, sum))
}

fn multiply(g: &mut Graph, a: Id, b: Id) -> Option<Id> {
    if a == b {
        return Some(g.of(Unary::Square, a));
    }
    for (x, other) in [(a, b), (b, a)] {
        match constant(g, x) {
            Some(1.0) => return Some(other),
            Some(-1.0) => return Some(g.of(Unary::Neg, other)),
            Some(c) => {
                if let Some((inner, by)) = multiple(g, other) {
                    return Some(g.scaled(inner, by * c));
                }
                if let Some(inner) = negated(g, other) {
                    return Some(g.scaled(inner, -c));
                }
            }
            None => {
                if let Some(x) = negated(g, x) {
                    let y = g.times(x, other);
                    return Some(g.of(Unary::Neg, y));
                }
            }
        }
    }
    None
}

fn divide(g: &mut Graph, a: Id, b: Id) -> Option<Id> {
    if let Some(c) = constant(g, b) {
        return if (1.0 / c).is_normal() { Some(g.scaled(a, 1.0 / c)) } else { None };
    }
    if constant(g, a) == Some(1.0) {
        return Some(g.of(Unary::Recip, b));
    }
    let a = negated(g, a)?;
    let y = g.pair(Binary::Div, a, b);
    Some(g.of(Unary::Neg, y))
}

fn power(g: &mut Graph, a: Id, b: Id) -> Option<Id> {
    let exponent = constant(g, b)?;
    let (shape, batched) = (g.shape(a).to_vec(), g.batched(a));
    Some(match exponent {
        0.0 => g.filled(1.0, &shape, batched),
        1.0 => a,
        2.0 => g.of(Unary::Square, a),
        3.0 => {
            let square = g.of(Unary::Square, a);
            g.times(square, a)
        }
        4.0 => {
            let square = g.of(Unary::Square, a);
            g.of(Unary::Square, square)
        }
        0.5 => g.of(Unary::Sqrt, a),
        -1.0 => g.of(Unary::Recip, a),
        -2.0 => {
            let square = g.of(Unary::Square, a);
            g.of(Unary::Recip, square)
        }
        _ => return None,
    })
}

/// The operation on what two broadcasts repeat, once for each element.
fn narrow(g: &mut Graph, f: Binary, a: Id, b: Id) -> Option<Id> {
    let (shape, batched) = (g.shape(a).to_vec(), g.batched(a) || g.batched(b));
    let (y, dims) = match (repeated(g, a), repeated(g, b)) {
        (Some((x, dims)), Some((y, other))) if dims == other => (g.pair(f, x, y), dims),
        (Some((x, dims)), None) => {
            let c = constant(g, b)?;
            let inner = g.shape(x).to_vec();
            let c = g.constant(c, &inner);
            (g.pair(f, x, c), dims)
        }
        (None, Some((x, dims))) => {
            let c = constant(g, a)?;
            let inner = g.shape(x).to_vec();
            let c = g.constant(c, &inner);
            (g.pair(f, c, x), dims)
        }
        _ => return None,
    };
    Some(g.widen(y, &dims, &shape, batched))
}

pub fn select(g: &mut Graph, condition: Id, a: Id, b: Id) -> Option<Id> {
    if let Some(c) = constant(g, condition) {
        return Some(if c != 0.0 { a } else { b });
    }
    if a == b {
        return Some(a);
    }
    if let Some(c) = inner(g, condition, Unary::Not) {
        return Some(g.choose(c, b, a));
    }
    // A branch that asks the same again.
    let again = |x: Id, taken: usize| {
        let node = g.node(x);
        (node.op == Op::Select && node.args[0] == condition).then(|| node.args[taken])
    };
    let (first, second) = (again(a, 1), again(b, 2));
    if first.is_none() && second.is_none() {
        return None;
    }
    Some(g.choose(condition, first.unwrap_or(a), second.unwrap_or(b)))
}
