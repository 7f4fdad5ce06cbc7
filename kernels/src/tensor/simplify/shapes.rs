//! Rules for what moves, repeats and sums elements.

use super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::build::Build;
use super::local::{constant, negated};

/// The first dimension of each that a broadcast made.
fn source(dims: &[usize], dim: usize) -> Option<usize> {
    dims.iter().position(|d| *d == dim)
}

pub fn broadcast(g: &mut Graph, dims: &[usize], x: Id, shape: &[usize], batched: bool) -> Option<Id> {
    if g.batched(x) == batched && g.shape(x) == shape && dims.iter().enumerate().all(|(i, d)| i == *d) {
        return Some(x);
    }
    let node = g.node(x).clone();
    match &node.op {
        Op::Broadcast { dims: first } => {
            let both: Vec<usize> = first.iter().map(|d| dims[*d]).collect();
            Some(g.widen(node.args[0], &both, shape, batched))
        }
        Op::Permute { order } => {
            // Dimension i of the result before is dimension order[i] of the argument.
            let mut both = vec![0; order.len()];
            order.iter().enumerate().for_each(|(i, o)| both[*o] = dims[i]);
            Some(g.widen(node.args[0], &both, shape, batched))
        }
        Op::Reshape if g.size(x) == 1 && !node.shape.is_empty() => {
            let number = g.shaped(node.args[0], &[]);
            Some(g.widen(number, &[], shape, batched))
        }
        _ => None,
    }
}

pub fn sum(g: &mut Graph, dims: &[usize], x: Id, shape: &[usize]) -> Option<Id> {
    if dims.is_empty() {
        return Some(x);
    }
    if dims.iter().all(|d| g.shape(x)[*d] == 1) {
        return Some(g.shaped(x, shape));
    }
    let node = g.node(x).clone();
    match &node.op {
        Op::Unary(Unary::Neg) => {
            let y = g.total(node.args[0], dims);
            Some(g.of(Unary::Neg, y))
        }
        Op::Sum { dims: first } => {
            let kept: Vec<usize> = (0..g.shape(node.args[0]).len()).filter(|d| !first.contains(d)).collect();
            let mut all: Vec<usize> = first.iter().copied().chain(dims.iter().map(|d| kept[*d])).collect();
            all.sort_unstable();
            Some(g.total(node.args[0], &all))
        }
        Op::Reshape if dims.len() == node.shape.len() => {
            let all: Vec<usize> = (0..g.shape(node.args[0]).len()).collect();
            Some(g.total(node.args[0], &all))
        }
        // Each example by itself first: what is summed over the batch is then small.
        Op::SumBatch => {
            let y = g.total(node.args[0], dims);
            Some(g.over_batch(y))
        }
        Op::Broadcast { dims: made } => sum_of_broadcast(g, dims, &node.shape, node.args[0], made, node.batched, shape),
        Op::Binary(Binary::Mul) => {
            for (factor, other) in [(node.args[0], node.args[1]), (node.args[1], node.args[0])] {
                if let Some(factor) = alike_along(g, factor, dims, shape) {
                    let y = g.total(other, dims);
                    return Some(g.times(y, factor));
                }
            }
            None
        }
        _ => None,
    }
}

/// What repeats along the summed dimensions counts as often as it is repeated.
fn sum_of_broadcast(
    g: &mut Graph,
    dims: &[usize],
    wide: &[usize],
    x: Id,
    made: &[usize],
    batched: bool,
    shape: &[usize],
) -> Option<Id> {
    let repeats: usize = dims.iter().filter(|d| !made.contains(d)).map(|d| wide[*d]).product();
    let own: Vec<usize> = (0..made.len()).filter(|i| dims.contains(&made[*i])).collect();
    let y = if own.is_empty() { x } else { g.total(x, &own) };
    // The dimensions that are left, by their places in the result.
    let place = |d: &usize| (0..*d).filter(|e| !dims.contains(e)).count();
    let left: Vec<usize> = made.iter().filter(|d| !dims.contains(d)).map(place).collect();
    let y = g.scaled(y, repeats as f64);
    Some(g.widen(y, &left, shape, batched))
}

/// The factor that all elements along these dimensions have in common, in the shape without them.
fn alike_along(g: &mut Graph, x: Id, dims: &[usize], shape: &[usize]) -> Option<Id> {
    if let Some(c) = constant(g, x) {
        return Some(g.constant(c, shape));
    }
    let node = g.node(x).clone();
    match &node.op {
        Op::Broadcast { dims: made } if dims.iter().all(|d| !made.contains(d)) => {
            let place = |d: &usize| (0..*d).filter(|e| !dims.contains(e)).count();
            let left: Vec<usize> = made.iter().map(place).collect();
            Some(g.widen(node.args[0], &left, shape, node.batched))
        }
        _ => None,
    }
}

pub fn sum_batch(g: &mut Graph, x: Id) -> Option<Id> {
    let node = g.node(x).clone();
    match &node.op {
        Op::Unary(Unary::Neg) => {
            let y = g.over_batch(node.args[0]);
            Some(g.of(Unary::Neg, y))
        }
        // A factor that all examples have in common.
        Op::Binary(f @ (Binary::Mul | Binary::Div)) => {
            let (a, b) = (node.args[0], node.args[1]);
            if !g.batched(b) {
                let y = g.over_batch(a);
                return Some(g.pair(*f, y, b));
            }
            (*f == Binary::Mul && !g.batched(a)).then(|| {
                let y = g.over_batch(b);
                g.times(y, a)
            })
        }
        // Repeated once, after the sum.
        Op::Broadcast { dims } if g.batched(node.args[0]) => {
            let y = g.over_batch(node.args[0]);
            Some(g.widen(y, dims, &node.shape, false))
        }
        _ => None,
    }
}

pub fn reshape(g: &mut Graph, x: Id, shape: &[usize]) -> Option<Id> {
    if g.shape(x) == shape {
        return Some(x);
    }
    let node = g.node(x).clone();
    match &node.op {
        Op::Reshape => Some(g.shaped(node.args[0], shape)),
        Op::Broadcast { .. } if g.size(node.args[0]) == 1 => {
            let number = g.shaped(node.args[0], &[]);
            Some(g.widen(number, &[], shape, node.batched))
        }
        Op::Gather { .. } => Some(g.make(node.op.clone(), node.args, shape.to_vec(), node.batched)),
        Op::Unary(Unary::Neg) => {
            let y = g.shaped(node.args[0], shape);
            Some(g.of(Unary::Neg, y))
        }
        _ => None,
    }
}

pub fn permute(g: &mut Graph, order: &[usize], x: Id, shape: &[usize]) -> Option<Id> {
    if order.iter().enumerate().all(|(i, o)| i == *o) {
        return Some(x);
    }
    let node = g.node(x).clone();
    match &node.op {
        Op::Permute { order: first } => {
            let both = order.iter().map(|o| first[*o]).collect();
            Some(g.make(Op::Permute { order: both }, node.args, shape.to_vec(), node.batched))
        }
        Op::Broadcast { dims } => {
            let moved: Vec<usize> = dims.iter().filter_map(|d| source(order, *d)).collect();
            Some(g.widen(node.args[0], &moved, shape, node.batched))
        }
        Op::Unary(Unary::Neg) => {
            let y = g.make(Op::Permute { order: order.to_vec() }, node.args, shape.to_vec(), node.batched);
            Some(g.of(Unary::Neg, y))
        }
        _ => None,
    }
}

pub fn slice(g: &mut Graph, dim: usize, start: usize, x: Id, shape: &[usize]) -> Option<Id> {
    if g.shape(x) == shape {
        return Some(x);
    }
    let node = g.node(x).clone();
    let len = shape[dim];
    let cut = |g: &mut Graph, x: Id, dim: usize, start: usize| {
        let mut shape = g.shape(x).to_vec();
        shape[dim] = len;
        let batched = g.batched(x);
        g.make(Op::Slice { dim, start }, vec![x], shape, batched)
    };
    match &node.op {
        Op::Slice { dim: d, start: first } if *d == dim => Some(cut(g, node.args[0], dim, start + first)),
        Op::Pad { dim: d, before } => {
            let x = node.args[0];
            if *d != dim {
                let y = cut(g, x, dim, start);
                return Some(g.make(node.op.clone(), vec![y], shape.to_vec(), node.batched));
            }
            let after = before + g.shape(x)[dim];
            if start >= *before && start + len <= after {
                return Some(cut(g, x, dim, start - before));
            }
            (start + len <= *before || start >= after).then(|| g.filled(0.0, shape, node.batched))
        }
        Op::Concat { dim: d } if *d == dim => {
            let mut before = 0;
            for part in node.args {
                let after = before + g.shape(part)[dim];
                if start >= before && start + len <= after {
                    let y = cut(g, part, dim, start - before);
                    return Some(g.lifted(y, node.batched));
                }
                before = after;
            }
            None
        }
        Op::Broadcast { dims } => {
            let y = match source(dims, dim) {
                Some(own) => cut(g, node.args[0], own, start),
                None => node.args[0],
            };
            Some(g.widen(y, dims, shape, node.batched))
        }
        Op::Unary(Unary::Neg) => {
            let y = cut(g, node.args[0], dim, start);
            Some(g.of(Unary::Neg, y))
        }
        _ => None,
    }
}

pub fn pad(g: &mut Graph, dim: usize, before: usize, x: Id, shape: &[usize]) -> Option<Id> {
    if g.shape(x) == shape {
        return Some(x);
    }
    let node = g.node(x).clone();
    if let Op::Pad { dim: d, before: first } = node.op
        && d == dim
    {
        return Some(g.make(Op::Pad { dim, before: before + first }, node.args, shape.to_vec(), node.batched));
    }
    let x = negated(g, x)?;
    let y = g.make(Op::Pad { dim, before }, vec![x], shape.to_vec(), node.batched);
    Some(g.of(Unary::Neg, y))
}
