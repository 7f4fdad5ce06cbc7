//! Layers that change shapes, and functions along the last dimension.

use super::super::{Builtin, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::network::bracketed;
use crate::elaborate::value::{Eval, Kind, Value};
use crate::plan::Layer;

const EXAMPLE: &str = "network small() {\n    input x: [1, 4, 4], label: class(3)\n    a = dense(flatten(x), 4)\n    b = reshape(a, [2, 2])\n    y = dense(flatten(concat([b, b])), 3)\n    loss = cross_entropy(y, label)\n    metric accuracy = mean(argmax(y) == label)\n}";

pub const ROWS: &[Builtin] = &[
    row(
        Group::Layers,
        "flatten",
        &[need("x", Type::Numeric)],
        "an array of one dimension an example",
        "The elements of an example in a row.",
        EXAMPLE,
        |e, b, a| {
            let x = e.tensor(b, a, 0)?;
            let size = x.shape.iter().product();
            e.layer(Layer::Reshape, vec![x.node], vec![size], Kind::Real)
        },
    ),
    row(
        Group::Layers,
        "reshape",
        &[need("x", Type::Numeric), need("shape", Type::Any)],
        "an array of that shape an example",
        "The same elements in another shape.",
        EXAMPLE,
        |e, b, a| {
            let x = e.tensor(b, a, 0)?;
            let shape = e.sizes(&a.get(1), a.place(1), "the shape")?;
            if shape.iter().product::<usize>() != x.shape.iter().product::<usize>() {
                let expected = format!("{} elements, as `{}` has", shape.iter().product::<usize>(), bracketed(&shape));
                return e.bad_shape(b, a, 0, &x.shape, &expected);
            }
            e.layer(Layer::Reshape, vec![x.node], shape, Kind::Real)
        },
    ),
    row(
        Group::Layers,
        "concat",
        &[need("parts", Type::List), may("dim", Type::Int, "0")],
        "an array",
        "Arrays one after the other along a dimension (of an example, from 0).",
        EXAMPLE,
        concat,
    ),
    row(
        Group::Layers,
        "orthogonal",
        &[may("gain", Type::Real, "1")],
        "an initialiser",
        "Weights with orthonormal rows or columns, times a gain (Saxe, McClelland and Ganguli 2014).",
        "network line() {\n    input x: [3], y: [2]\n    out = dense(x, 2, init: orthogonal(1.4))\n    loss = mse(out, y)\n}",
        |e, _, a| {
            let gain = e.known_number(a, 0, 1.0, "the gain")?;
            Ok(Value::Initialiser(crate::elaborate::network::Initialiser::Orthogonal { gain }))
        },
    ),
    row(
        Group::Layers,
        "softmax",
        &[need("x", Type::Numeric)],
        "an array of the same shape",
        "exp(x) / Σ exp(x) along the last dimension.",
        "network soft() {\n    input x: [3], y: [3]\n    p = softmax(dense(x, 3))\n    loss = mse(p, y)\n}",
        |e, b, a| last(e, b, a, Layer::Softmax),
    ),
    row(
        Group::Layers,
        "log_softmax",
        &[need("x", Type::Numeric)],
        "an array of the same shape",
        "x - ln Σ exp(x) along the last dimension.",
        "network soft() {\n    input x: [3], y: [3]\n    p = log_softmax(dense(x, 3))\n    loss = -mean(y * p)\n}",
        |e, b, a| last(e, b, a, Layer::LogSoftmax),
    ),
    row(
        Group::Layers,
        "argmax",
        &[need("x", Type::Numeric)],
        "a whole number an example",
        "The place of the largest element along the last dimension, the first of equal ones.",
        EXAMPLE,
        |e, b, a| {
            let x = e.tensor(b, a, 0)?;
            let Some((_, leading)) = x.shape.split_last() else {
                return e.bad_shape(b, a, 0, &x.shape, "an array");
            };
            e.layer(Layer::ArgMax, vec![x.node], leading.to_vec(), Kind::Int)
        },
    ),
];

fn last(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, layer: Layer) -> Eval {
    let x = e.tensor(b, a, 0)?;
    if x.shape.is_empty() {
        return e.bad_shape(b, a, 0, &x.shape, "an array");
    }
    e.layer(layer, vec![x.node], x.shape, Kind::Real)
}

fn concat(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    e.in_network(b, a)?;
    let items = match a.get(0) {
        Value::List(items) if !items.is_empty() => (*items).clone(),
        other => return e.wrong_type(&other, a.place(0), "a list of arrays"),
    };
    let mut nodes = Vec::new();
    let mut shapes: Vec<Vec<usize>> = Vec::new();
    for item in &items {
        let s = e.lift(item, a.place(0))?;
        nodes.push(e.node_of(&s)?);
        shapes.push(s.shape);
    }
    let dim = if a.has(1) { e.whole(&a.get(1), a.place(1), "the dimension")? } else { 0 };
    let first = shapes[0].clone();
    if dim < 0 || dim as usize >= first.len() {
        return e.bad_shape(b, a, 0, &first, &format!("an array that has a dimension {dim}"));
    }
    let dim = dim as usize;
    let rest = |s: &[usize]| s.iter().enumerate().filter(|(k, _)| *k != dim).map(|(_, n)| *n).collect::<Vec<_>>();
    if let Some(odd) = shapes.iter().find(|s| s.len() != first.len() || rest(s) != rest(&first)) {
        let message = format!("arrays that are joined along dimension {dim} must agree in the others");
        let d = Diagnostic::error(codes::SHAPE, a.place(0), message).label(format!(
            "one has {}, another {}",
            bracketed(&first),
            bracketed(odd)
        ));
        return Err(e.fail(d));
    }
    let mut shape = first;
    shape[dim] = shapes.iter().map(|s| s[dim]).sum();
    e.layer(Layer::Concat { dim }, nodes, shape, Kind::Real)
}
