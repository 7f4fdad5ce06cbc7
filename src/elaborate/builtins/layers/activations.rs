//! Activations: elementwise functions of arrays in networks, and of numbers anywhere.

use super::super::{Builtin, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::plan::{Expr, Function, Op};

const NUMERIC: &[super::super::Param] = &[need("x", Type::Numeric)];

const fn plain(name: &'static str, function: Function, doc: &'static str, example: &'static str) -> Builtin {
    Builtin { function: Some(function), ..row(Group::Layers, name, NUMERIC, "of the shape of x", doc, example, elementary) }
}

pub const ROWS: &[Builtin] = &[
    plain("relu", Function::Relu, "max(x, 0); the derivative at 0 is 0.", "show relu(-2)"),
    plain("sigmoid", Function::Sigmoid, "1 / (1 + exp(-x)).", "show sigmoid(0)"),
    plain("softplus", Function::Softplus, "ln(1 + exp(x)), exact for large |x|.", "show softplus(1)"),
    row(
        Group::Layers,
        "leaky_relu",
        &[need("x", Type::Numeric), may("slope", Type::Real, "0.01")],
        "of the shape of x",
        "x where it is positive, else `slope` x.",
        "show leaky_relu(-2)",
        |e, _, a| {
            let slope = e.known_number(a, 1, 0.01, "the slope")?;
            composed(e, a, &|x| {
                let negative = product(Expr::Number(slope), x.clone());
                let above = Expr::Binary(Op::Greater, x.clone().boxed(), Expr::Number(0.0).boxed());
                Expr::If(above.boxed(), x.boxed(), negative.boxed())
            })
        },
    ),
    row(
        Group::Layers,
        "silu",
        NUMERIC,
        "of the shape of x",
        "x / (1 + exp(-x)), also called swish.",
        "show silu(1)",
        |e, _, a| composed(e, a, &|x| product(x.clone(), Expr::Unary(Function::Sigmoid, x.boxed()))),
    ),
    row(
        Group::Layers,
        "gelu",
        NUMERIC,
        "of the shape of x",
        "x Φ(x) with the normal distribution function, exact (Hendrycks and Gimpel 2016).",
        "show gelu(1)",
        |e, _, a| {
            composed(e, a, &|x| {
                let scaled = product(x.clone(), Expr::Number(std::f64::consts::FRAC_1_SQRT_2));
                let erf = Expr::Unary(Function::Erf, scaled.boxed());
                let whole = Expr::Binary(Op::Add, Expr::Number(1.0).boxed(), erf.boxed());
                product(product(Expr::Number(0.5), x), whole)
            })
        },
    ),
    row(
        Group::Layers,
        "square",
        NUMERIC,
        "of the shape of x",
        "In a network x², for every element; elsewhere write `x^2`. The lattice of this name, which comes from `std.lattice`, does not get in the way.",
        "network n() {\n    input x: [3], y: [1]\n    h = square(dense(x, 4))\n    loss = mse(dense(h, 1), y)\n}",
        squared,
    ),
];

/// x² in a network. Elsewhere the lattice is meant, whose module is missing.
fn squared(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    if e.network.is_none() {
        let d = Diagnostic::error(codes::UNDEFINED, a.span, "`square` is not defined")
            .label("not known here")
            .help("it is in the standard library: write `use std.lattice` above; for a power write `x^2`");
        return Err(e.fail(d));
    }
    composed(e, a, &|x| Expr::Binary(Op::Power, x.boxed(), Expr::Number(2.0).boxed()))
}

fn product(a: Expr, b: Expr) -> Expr {
    Expr::Binary(Op::Multiply, a.boxed(), b.boxed())
}

fn elementary(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    match b.function {
        Some(function) => e.elementwise(function, b.name, &a.get(0), a.place(0)),
        None => Err(crate::elaborate::value::Failed),
    }
}

/// A function that is made of elementary ones.
fn composed(e: &mut Elaborator, a: &Arguments, f: &dyn Fn(Expr) -> Expr) -> Eval {
    let value = a.get(0);
    if let Value::List(items) = &value {
        let each = items.iter().map(|v| {
            let one = Arguments { values: vec![Some(v.clone())], spans: vec![a.place(0)], span: a.span };
            composed(e, &one, f)
        });
        return Ok(Value::list(each.collect::<Eval<Vec<_>>>()?));
    }
    let mut s = e.lift(&value, a.place(0))?;
    // What is used more than once is evaluated once.
    if e.network.is_some() && s.expr.contains(&|e| matches!(e, Expr::Node(_))) {
        s.expr = Expr::Node(e.node_of(&s)?);
    }
    let expr = f(s.expr.clone());
    let known = crate::elaborate::value::closed(&expr).filter(|_| s.expr.number().is_some());
    let expr = known.map_or(expr, Expr::Number);
    Ok(settle(Symbolic { expr, kind: Kind::Real, index: None, ..s }))
}
