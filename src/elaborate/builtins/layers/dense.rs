//! Layers that multiply by a matrix of weights.

use super::super::{Builtin, Group, Type, may, need, row};
use super::units;
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::network::Initialiser;
use crate::elaborate::value::{Eval, Kind};
use crate::plan::Layer;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Layers,
        "dense",
        &[need("x", Type::Numeric), need("units", Type::Int), may("bias", Type::Any, "true"), may("init", Type::Any, "standard")],
        "an array of `units` numbers an example",
        "x W + b along the last dimension, with its own weights W [inputs, units] and bias b [units]: `h = dense(x, 64)` has `h.weight` and `h.bias`.",
        "network line() {\n    input x: [3], y: [1]\n    out = dense(x, 1)\n    loss = mse(out, y)\n}",
        dense,
    ),
    row(
        Group::Layers,
        "embedding",
        &[need("x", Type::Numeric), need("count", Type::Int), need("size", Type::Int), may("init", Type::Any, "normal(0, 1)")],
        "an array of `size` numbers for each index",
        "A row of a table of weights [count, size] for each whole number below `count`.",
        "network words() {\n    input word: class(50), label: class(2)\n    h = embedding(word, 50, 8)\n    y = dense(h, 2)\n    loss = cross_entropy(y, label)\n}",
        embedding,
    ),
];

fn dense(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.tensor(b, a, 0)?;
    let m = units(e, a, 1, "the number of units")?;
    let Some((&n, leading)) = x.shape.split_last() else {
        return e.bad_shape(b, a, 0, &x.shape, "an array, such as an input `x: [64]`");
    };
    let init = e.initial(a.values.get(3).cloned().flatten(), a.place(3), n, m)?;
    let mut arguments = vec![x.node, e.weights("weight", vec![n, m], init, Some(1))?];
    if e.truth(a, 2, true)? {
        let bound = Initialiser::Standard.of(n, m);
        arguments.push(e.weights("bias", vec![m], bound, None)?);
    }
    let shape = leading.iter().copied().chain([m]).collect();
    e.layer(Layer::Dense, arguments, shape, Kind::Real)
}

fn embedding(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let x = e.tensor(b, a, 0)?;
    let (rows, size) = (units(e, a, 1, "the number of rows")?, units(e, a, 2, "the size of a row")?);
    let init = match a.values.get(3).cloned().flatten() {
        None => crate::plan::network::Initial::Draw(crate::plan::draw::Distribution::Normal { mean: 0.0, sd: 1.0 }),
        given => e.initial(given, a.place(3), rows, size)?,
    };
    let table = e.weights("weight", vec![rows, size], init, Some(0))?;
    let shape = x.shape.iter().copied().chain([size]).collect();
    e.layer(Layer::Embedding, vec![x.node, table], shape, Kind::Real)
}
