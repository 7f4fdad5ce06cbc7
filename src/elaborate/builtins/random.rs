//! Distributions, for what follows `~`.

use super::{Builtin, Group, Type, may, need, row};
use crate::diagnostic::codes;
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::value::{DrawKind, Eval, Value};
use crate::plan::draw::Distribution;
use std::rc::Rc;

const SHAPE: super::Param = may("shape", Type::List, "a single number");

pub const ROWS: &[Builtin] = &[
    row(
        Group::Random,
        "normal",
        &[may("mean", Type::Real, "0"), may("sd", Type::Real, "1"), SHAPE],
        "a distribution",
        "The normal distribution with a mean and a standard deviation.",
        "let x ~ normal(0, 1, shape: [3])\nshow x",
        |e, _, a| make(e, a, 2, Distribution::Normal { mean: or(a, 0, 0.0), sd: or(a, 1, 1.0) }),
    ),
    row(
        Group::Random,
        "uniform",
        &[may("low", Type::Real, "0"), may("high", Type::Real, "1"), SHAPE],
        "a distribution",
        "The uniform distribution between two numbers.",
        "let x ~ uniform(-1, 1)\nshow x",
        |e, _, a| make(e, a, 2, Distribution::Uniform { low: or(a, 0, 0.0), high: or(a, 1, 1.0) }),
    ),
    Builtin {
        variadic: true,
        ..row(
            Group::Random,
            "choice",
            &[],
            "a distribution",
            "One of the listed values, each with the same probability: `choice(-1, +1)`.",
            "let x ~ choice(-1, 1)\nshow x",
            choice,
        )
    },
    row(
        Group::Random,
        "bimodal",
        &[may("p", Type::Real, "0.5"), SHAPE],
        "a distribution",
        "+1 with probability p, else -1.",
        "let x ~ bimodal(0.3)\nshow x",
        |e, _, a| make(e, a, 1, Distribution::Bimodal { p: or(a, 0, 0.5) }),
    ),
    row(
        Group::Random,
        "bernoulli",
        &[may("p", Type::Real, "0.5"), SHAPE],
        "a distribution",
        "1 with probability p, else 0.",
        "let x ~ bernoulli(0.3)\nshow x",
        |e, _, a| make(e, a, 1, Distribution::Bernoulli { p: or(a, 0, 0.5) }),
    ),
    row(
        Group::Random,
        "exponential",
        &[may("mean", Type::Real, "1"), SHAPE],
        "a distribution",
        "The exponential distribution with a mean.",
        "let x ~ exponential(2)\nshow x",
        |e, _, a| make(e, a, 1, Distribution::Exponential { mean: or(a, 0, 1.0) }),
    ),
    row(
        Group::Random,
        "lognormal",
        &[need("mean", Type::Real), need("cv", Type::Real), SHAPE],
        "a distribution",
        "The lognormal distribution with a mean and a coefficient of variation.",
        "let x ~ lognormal(20, 0.5)\nshow x",
        |e, _, a| make(e, a, 2, Distribution::Lognormal { mean: a.number(0), cv: a.number(1) }),
    ),
    row(
        Group::Random,
        "integers",
        &[need("low", Type::Int), need("high", Type::Int), SHAPE],
        "a distribution",
        "Whole numbers from `low` up to, but without, `high`, each with the same probability (as `low..high` runs).",
        "let x ~ integers(1, 7)\nshow x",
        |e, _, a| {
            let low = e.whole(&a.get(0), a.place(0), "`low`")?;
            let high = e.whole(&a.get(1), a.place(1), "`high`")?;
            make(e, a, 2, Distribution::Integers { low, high })
        },
    ),
    row(
        Group::Random,
        "poisson",
        &[need("mean", Type::Real), SHAPE],
        "a distribution",
        "The Poisson distribution with a mean.",
        "let x ~ poisson(3)\nshow x",
        |e, _, a| make(e, a, 1, Distribution::Poisson { mean: a.number(0) }),
    ),
    row(
        Group::Random,
        "laplace",
        &[may("mean", Type::Real, "0"), may("scale", Type::Real, "1"), SHAPE],
        "a distribution",
        "The Laplace (double exponential) distribution.",
        "let x ~ laplace(0, 1)\nshow x",
        |e, _, a| make(e, a, 2, Distribution::Laplace { mean: or(a, 0, 0.0), scale: or(a, 1, 1.0) }),
    ),
    row(
        Group::Random,
        "cauchy",
        &[may("median", Type::Real, "0"), may("scale", Type::Real, "1"), SHAPE],
        "a distribution",
        "The Cauchy (Lorentz) distribution.",
        "let x ~ cauchy(0, 1)\nshow x",
        |e, _, a| make(e, a, 2, Distribution::Cauchy { median: or(a, 0, 0.0), scale: or(a, 1, 1.0) }),
    ),
];

fn or(a: &Arguments, k: usize, default: f64) -> f64 {
    if a.has(k) { a.number(k) } else { default }
}

fn choice(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let mut values = Vec::new();
    for k in 0..a.values.len() {
        match a.get(k) {
            Value::List(items) => {
                for item in items.iter() {
                    match item.number() {
                        Some(x) => values.push(x),
                        None => return e.wrong_type(item, a.place(k), "a number"),
                    }
                }
            }
            v => match v.number() {
                Some(x) => values.push(x),
                None => return e.wrong_type(&v, a.place(k), "a number"),
            },
        }
    }
    let weights = vec![1.0; values.len()];
    make(e, a, usize::MAX, Distribution::Choice { values, weights })
}

fn make(e: &mut Elaborator, a: &Arguments, shape_slot: usize, distribution: Distribution) -> Eval {
    for (k, value) in a.values.iter().enumerate() {
        if let (true, Some(value)) = (k != shape_slot, value)
            && value.number().is_none()
            && !matches!(value, Value::List(_))
        {
            return e.not_known_yet(a.place(k), "a parameter of a distribution");
        }
    }
    if let Err(reason) = distribution.check() {
        return e.error(codes::DOMAIN, a.span, reason);
    }
    let mut shape = None;
    if a.has(shape_slot) {
        let Value::List(items) = a.get(shape_slot) else {
            return e.wrong_type(&a.get(shape_slot), a.place(shape_slot), "a list of sizes");
        };
        let mut sizes = Vec::new();
        for item in items.iter() {
            let n = e.whole(item, a.place(shape_slot), "a size")?;
            if n < 0 {
                return e.error(codes::DOMAIN, a.place(shape_slot), format!("a size of {n}"));
            }
            sizes.push(n as usize);
        }
        shape = Some(sizes);
    }
    Ok(Value::Distribution(Rc::new(DrawKind { distribution, shape })))
}
