//! Losses: one number for a batch.

use super::super::{Builtin, Group, Type, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::network::bracketed;
use crate::elaborate::value::{Eval, Kind};
use crate::plan::network::{Compute, Loss};
use crate::plan::{Expr, Function, Layer};

const CLASSIFIER: &str = "network classifier() {\n    input x: [4], label: class(3)\n    y = dense(x, 3)\n    loss = cross_entropy(y, label)\n    metric accuracy = mean(argmax(y) == label)\n}";

pub const ROWS: &[Builtin] = &[
    row(
        Group::Layers,
        "cross_entropy",
        &[need("y", Type::Numeric), need("label", Type::Numeric)],
        "the mean over the batch: a number",
        "-ln of the softmax of y at the class `label`, or at probabilities of y's shape. y are logits: no softmax before it.",
        CLASSIFIER,
        |e, b, a| classes(e, b, a, Loss::CrossEntropy),
    ),
    row(
        Group::Layers,
        "mse",
        &[need("y", Type::Numeric), need("target", Type::Numeric)],
        "the mean over the batch and the elements: a number",
        "The mean of (y - target)².",
        "network line() {\n    input x: [3], y: [1]\n    out = dense(x, 1)\n    loss = mse(out, y)\n}",
        |e, b, a| elements(e, b, a, Loss::MeanSquares),
    ),
    row(
        Group::Layers,
        "hinge",
        &[need("y", Type::Numeric), need("label", Type::Numeric)],
        "the mean over the batch: a number",
        "max(0, 1 + max over the other classes of y - y at the label) (Crammer and Singer 2001); of one score, max(0, 1 - t y) with t = ±1 for the two classes.",
        "network perceptron() {\n    input x: [4], label: class(2)\n    y = dense(x, 1)\n    loss = hinge(y, label)\n}",
        |e, b, a| classes(e, b, a, Loss::Hinge),
    ),
    row(
        Group::Layers,
        "binary_cross_entropy",
        &[need("y", Type::Numeric), need("target", Type::Numeric)],
        "the mean over the batch and the elements: a number",
        "-t ln σ(y) - (1 - t) ln(1 - σ(y)) for targets t from 0 to 1. y are logits: no sigmoid before it.",
        "network gate() {\n    input x: [4], t: [1]\n    y = dense(x, 1)\n    loss = binary_cross_entropy(y, t)\n}",
        |e, b, a| elements(e, b, a, Loss::BinaryCrossEntropy),
    ),
];

/// Scores against a class.
fn classes(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, loss: Loss) -> Eval {
    let (y, label) = (e.tensor(b, a, 0)?, e.tensor(b, a, 1)?);
    let Some((&scores, leading)) = y.shape.split_last() else {
        return e.bad_shape(b, a, 0, &y.shape, "scores, one a class: `dense(h, 10)`");
    };
    let soft = loss == Loss::CrossEntropy && label.shape == y.shape;
    let input = match e.building()?.nodes[label.node as usize].value {
        Compute::Input(k) => Some(k as usize),
        _ => None,
    };
    let wanted = match input {
        Some(k) => e.building()?.inputs[k].classes,
        None => None,
    };
    if !soft && label.shape != leading {
        let expected = if leading.is_empty() {
            "a class: an input `label: class(...)`".to_string()
        } else {
            format!("classes of the shape {}", bracketed(leading))
        };
        if !leading.is_empty() && label.shape.is_empty() {
            // An image went through `dense`, which works along the last direction.
            let d = Diagnostic::error(codes::SHAPE, a.place(0), format!("`{}` takes one row of scores an example here", b.name))
                .label(format!("this has {} an example", bracketed(&y.shape)))
                .expected("one score a class, such as [10]")
                .help("an image becomes a row by `flatten(...)`, before the last `dense`");
            return Err(e.fail(d));
        }
        return e.bad_shape(b, a, 1, &label.shape, &expected);
    }
    if let Some(classes) = wanted
        && scores != classes
        && !(loss == Loss::Hinge && scores == 1 && classes == 2)
    {
        let d = Diagnostic::error(codes::SHAPE, a.place(0), format!("`{}` has {scores} scores for {classes} classes", b.name))
            .label(format!("this has {} an example", bracketed(&y.shape)))
            .expected(format!("one score a class, such as `dense(h, {classes})`"));
        return Err(e.fail(d));
    }
    if loss == Loss::CrossEntropy {
        let again = matches!(e.building()?.nodes[y.node as usize].value, Compute::Layer(Layer::Softmax, _));
        twice(e, b, a, again, "softmax");
    }
    e.layer(Layer::Loss(loss), vec![y.node, label.node], vec![], Kind::Real)
}

/// A warning of a function that the loss has in it.
fn twice(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, again: bool, inner: &str) {
    if again {
        let d = Diagnostic::warning(codes::TWICE, a.place(0), format!("`{}` takes the `{inner}` itself", b.name))
            .label(format!("this has gone through `{inner}` already"))
            .help(format!("give it the scores as they come from the last layer, without `{inner}`"));
        e.warn(d);
    }
}

/// Element against element.
fn elements(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, loss: Loss) -> Eval {
    let (y, target) = (e.tensor(b, a, 0)?, e.tensor(b, a, 1)?);
    let same = y.shape == target.shape;
    let number = |s: &[usize]| s.iter().product::<usize>() == 1;
    let numbers = number(&y.shape) && number(&target.shape);
    if !(same || numbers) {
        let message = format!("`{}` compares arrays of different shapes", b.name);
        let d = Diagnostic::error(codes::SHAPE, a.span, message)
            .label(format!("{} against {}", bracketed(&y.shape), bracketed(&target.shape)))
            .expected("equal shapes");
        let classes = match e.building()?.nodes[target.node as usize].value {
            Compute::Input(k) => e.building()?.inputs[k as usize].classes,
            _ => None,
        };
        let d = match classes {
            Some(n) if target.shape.is_empty() => {
                d.help(format!("for classes take `cross_entropy`, or the input as values, `[{n}]`, and `data.one_hot()`"))
            }
            _ => d,
        };
        return Err(e.fail(d));
    }
    if loss == Loss::BinaryCrossEntropy {
        let again = matches!(&e.building()?.nodes[y.node as usize].value, Compute::Expr(Expr::Unary(Function::Sigmoid, _)));
        twice(e, b, a, again, "sigmoid");
    }
    e.layer(Layer::Loss(loss), vec![y.node, target.node], vec![], Kind::Real)
}
