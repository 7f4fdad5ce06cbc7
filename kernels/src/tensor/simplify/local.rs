//! Rewriting of one node by what its arguments are: constants, neutral elements, signs, and what every example has alike.
//!
//! A rule gives a node of the same shape and batch. 0 times anything counts as 0.

use super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::super::reference;
use super::build::Build;
use super::{elementwise, shapes};

/// Larger constants are not computed beforehand.
const LARGEST_CONSTANT: usize = 4096;

/// The node, or a simpler one of the same value.
pub fn make(g: &mut Graph, op: Op, args: Vec<Id>, shape: Vec<usize>, batched: bool) -> Id {
    let mut args = args;
    if batched && !matches!(op, Op::Broadcast { .. }) && !args.is_empty() {
        let alike: Vec<Option<Id>> = args.iter().map(|a| without_batch(g, *a)).collect();
        if alike.iter().all(Option::is_some) {
            let x = make(g, op, alike.into_iter().flatten().collect(), shape, false);
            return g.lifted(x, true);
        }
        if matches!(op, Op::Binary(_) | Op::Select) {
            args = args.iter().zip(alike).map(|(a, alike)| alike.unwrap_or(*a)).collect();
        }
    }
    if vanishes(g, &op, &args) {
        return g.filled(0.0, &shape, batched);
    }
    if let Some(x) = folded(g, &op, &args, &shape, batched) {
        return x;
    }
    let simpler = match &op {
        Op::Unary(f) => elementwise::unary(g, *f, args[0]),
        Op::Binary(f) => elementwise::binary(g, *f, args[0], args[1]),
        Op::Select => elementwise::select(g, args[0], args[1], args[2]),
        Op::Broadcast { dims } => shapes::broadcast(g, dims, args[0], &shape, batched),
        Op::Sum { dims } => shapes::sum(g, dims, args[0], &shape),
        Op::SumBatch => shapes::sum_batch(g, args[0]),
        Op::Reshape => shapes::reshape(g, args[0], &shape),
        Op::Permute { order } => shapes::permute(g, order, args[0], &shape),
        Op::Slice { dim, start } => shapes::slice(g, *dim, *start, args[0], &shape),
        Op::Pad { dim, before } => shapes::pad(g, *dim, *before, args[0], &shape),
        Op::Gather { .. } | Op::Scatter { .. } => {
            // Places are flat, whatever the shape.
            reshaped(g, args[0]).map(|x| make(g, op.clone(), vec![x], shape.clone(), batched))
        }
        Op::Linear { .. } | Op::Conv(_) | Op::ConvBack(_) | Op::Outer | Op::ConvWeights(_) => {
            signs(g, &op, &args, &shape, batched)
        }
        Op::Concat { .. } if args.len() == 1 => Some(args[0]),
        _ => None,
    };
    match simpler {
        Some(x) => {
            debug_assert_eq!(g.shape(x), shape, "{op:?}");
            g.lifted(x, batched)
        }
        None => {
            // One order for what may be exchanged, so that equal nodes are found; constants last.
            if matches!(op, Op::Binary(Binary::Add | Binary::Mul)) {
                args.sort_by_key(|a| (constant(g, *a).is_some(), a.0));
            }
            g.add(op, args, shape, batched)
        }
    }
}

/// The value, where it is a constant of equal elements.
pub fn constant(g: &Graph, x: Id) -> Option<f64> {
    match &g.node(x).op {
        Op::Constant(values) => {
            let first = *values.first()?;
            values.iter().all(|v| v.to_bits() == first.to_bits()).then_some(first)
        }
        Op::Broadcast { .. } => constant(g, g.node(x).args[0]),
        _ => None,
    }
}

/// Whether all elements are the constant 0.
pub fn is_zero(g: &Graph, x: Id) -> bool {
    match &g.node(x).op {
        Op::Constant(values) => values.iter().all(|v| *v == 0.0),
        Op::Broadcast { .. } => is_zero(g, g.node(x).args[0]),
        _ => false,
    }
}

/// What every example has alike; a node without batch itself.
fn without_batch(g: &mut Graph, x: Id) -> Option<Id> {
    let node = g.node(x).clone();
    match node.op {
        _ if !node.batched => Some(x),
        Op::Broadcast { dims } if !g.batched(node.args[0]) => Some(g.widen(node.args[0], &dims, &node.shape, false)),
        _ => None,
    }
}

fn reshaped(g: &Graph, x: Id) -> Option<Id> {
    matches!(g.node(x).op, Op::Reshape).then(|| g.node(x).args[0])
}

/// Whether a zero among the arguments makes the result 0.
fn vanishes(g: &Graph, op: &Op, args: &[Id]) -> bool {
    let zero = |k: usize| is_zero(g, args[k]);
    match op {
        Op::Binary(Binary::Mul) | Op::Linear { .. } | Op::Outer | Op::Conv(_) | Op::ConvBack(_) | Op::ConvWeights(_) => {
            zero(0) || zero(1)
        }
        Op::Binary(Binary::Div) | Op::Take | Op::Put | Op::Lookup => zero(0),
        Op::Accumulate => zero(1),
        Op::SumBatch
        | Op::Sum { .. }
        | Op::Pad { .. }
        | Op::Scatter { .. }
        | Op::SumPool(_)
        | Op::SumPoolBack(_)
        | Op::Reshape
        | Op::Permute { .. }
        | Op::Slice { .. }
        | Op::Gather { .. } => zero(0),
        _ => false,
    }
}

/// The value as a constant, where all arguments are.
fn folded(g: &mut Graph, op: &Op, args: &[Id], shape: &[usize], batched: bool) -> Option<Id> {
    if batched || args.is_empty() || args.iter().any(|a| g.batched(*a)) {
        return None;
    }
    let alike: Option<Vec<f64>> = args.iter().map(|a| constant(g, *a)).collect();
    if let Some(x) = &alike {
        let value = match op {
            Op::Unary(f) => Some(reference::unary(*f, x[0])),
            Op::Binary(f) => Some(reference::binary(*f, x[0], x[1])),
            Op::Select => Some(if x[0] != 0.0 { x[1] } else { x[2] }),
            Op::Broadcast { .. } | Op::Reshape | Op::Permute { .. } | Op::Slice { .. } | Op::Gather { .. } => Some(x[0]),
            Op::Sum { dims } => Some(x[0] * dims.iter().map(|d| g.shape(args[0])[*d]).product::<usize>() as f64),
            _ => None,
        };
        if let Some(value) = value {
            return Some(g.constant(value, shape));
        }
    }
    let small = |n: usize| n <= LARGEST_CONSTANT;
    if !small(shape.iter().product()) || !args.iter().all(|a| small(g.size(*a)) && matches!(g.node(*a).op, Op::Constant(_))) {
        return None;
    }
    let values: Vec<Vec<f64>> = args.iter().map(|a| elements(g, *a)).collect();
    let given: Vec<(&[f64], &[usize])> = values.iter().zip(args).map(|(v, a)| (&v[..], g.shape(*a))).collect();
    let result = reference::apply(op, shape, &given)?;
    match result.first() {
        Some(first) if result.iter().all(|v| v.to_bits() == first.to_bits()) => Some(g.constant(*first, shape)),
        _ => Some(g.array(result, shape)),
    }
}

fn elements(g: &Graph, x: Id) -> Vec<f64> {
    match &g.node(x).op {
        Op::Constant(values) if values.len() == g.size(x) => values.to_vec(),
        Op::Constant(values) => vec![values[0]; g.size(x)],
        _ => vec![],
    }
}

/// The signs of a product's arguments come before it.
fn signs(g: &mut Graph, op: &Op, args: &[Id], shape: &[usize], batched: bool) -> Option<Id> {
    let inner = |k: usize| negated(g, args[k]);
    match (inner(0), inner(1)) {
        (None, None) => None,
        (Some(a), Some(b)) => Some(make(g, op.clone(), vec![a, b], shape.to_vec(), batched)),
        (a, b) => {
            let y = make(g, op.clone(), vec![a.unwrap_or(args[0]), b.unwrap_or(args[1])], shape.to_vec(), batched);
            Some(g.of(Unary::Neg, y))
        }
    }
}

/// x, of -x.
pub fn negated(g: &Graph, x: Id) -> Option<Id> {
    matches!(g.node(x).op, Op::Unary(Unary::Neg)).then(|| g.node(x).args[0])
}
