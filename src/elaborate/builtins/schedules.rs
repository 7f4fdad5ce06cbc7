//! Schedules: a temperature as a function of progress.

use super::{Builtin, Group, Type, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::value::{Eval, Value};
use crate::plan::{Expr, Schedule};
use std::rc::Rc;

const ENDS: &[super::Param] = &[need("first", Type::Real), need("last", Type::Real)];

pub const ROWS: &[Builtin] = &[
    row(
        Group::Schedules,
        "adaptive",
        &[need("low", Type::Real), need("high", Type::Real), need("count", Type::Int)],
        "a placement of temperatures",
        "So many temperatures from `low` to `high` for replica exchange, in the setting `temperatures` of `sample`: they begin at equal factors, and are moved in the warm-up until neighbours exchange at equal rates (Syed et al. 2022). The task gets the axis `rung` and the quantity `temperature`.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperatures: adaptive(1.5, 3.5, 6)\n    warmup: 1000\n    sweeps: 2000\n    observe { e = energy }\n}",
        |e, _, a| {
            let (low, high) = (a.number(0), a.number(1));
            if !(low > 0.0 && low < high && high.is_finite()) {
                return e.error(codes::DOMAIN, a.span, "`adaptive` needs two positive temperatures, the first below the second");
            }
            let n = super::lists::count(e, a, 2, 2)?;
            if n > 4096 {
                return e.error(codes::DOMAIN, a.place(2), "at most 4096 temperatures can be placed");
            }
            let at = |k: i64| low * libm::pow(high / low, k as f64 / (n - 1) as f64);
            Ok(Value::Adaptive(Rc::new((0..n).map(at).collect())))
        },
    ),
    row(
        Group::Schedules,
        "linear",
        ENDS,
        "a schedule",
        "From `first` to `last` in a straight line.",
        "schedule cool = linear(3.0, 0.1)",
        |e, _, a| two(e, a, false, Schedule::Linear),
    ),
    row(
        Group::Schedules,
        "geometric",
        ENDS,
        "a schedule",
        "From `first` to `last` by equal factors; both positive.",
        "schedule cool = geometric(3.0, 0.1)",
        |e, _, a| two(e, a, true, Schedule::Geometric),
    ),
    row(
        Group::Schedules,
        "cosine",
        ENDS,
        "a schedule",
        "From `first` to `last` along half a cosine wave.",
        "schedule cool = cosine(3.0, 0.1)",
        |e, _, a| two(e, a, false, Schedule::Cosine),
    ),
    row(
        Group::Schedules,
        "inverse",
        ENDS,
        "a schedule",
        "From `first` to `last`, linear in the inverse temperature; both positive.",
        "schedule cool = inverse(3.0, 0.1)",
        |e, _, a| two(e, a, true, Schedule::Inverse),
    ),
    row(
        Group::Schedules,
        "constant",
        &[need("value", Type::Real)],
        "a schedule",
        "The same all the time.",
        "schedule hold = constant(1.0)",
        |e, _, a| {
            let s = e.lift(&a.get(0), a.place(0))?;
            Ok(Value::Schedule(Rc::new(Schedule::Constant(s.expr))))
        },
    ),
    row(
        Group::Schedules,
        "table",
        &[need("values", Type::List)],
        "a schedule",
        "Values at equal distances, joined by straight lines.",
        "schedule cool = table([3.0, 1.0, 0.5, 0.1])",
        table,
    ),
    row(
        Group::Schedules,
        "step_decay",
        &[need("first", Type::Real), need("factor", Type::Real), need("every", Type::Int)],
        "a schedule",
        "`first`, and `factor` times what it was after every so many epochs (in `anneal`: sweeps).",
        "schedule rate = step_decay(0.1, 0.5, every: 10)",
        |e, _, a| {
            let (first, factor) = (a.number(0), a.number(1));
            if !(first >= 0.0 && first.is_finite() && factor > 0.0 && factor.is_finite()) {
                return e.error(
                    codes::DOMAIN,
                    a.span,
                    "`step_decay` needs a first value that is not negative and a positive factor",
                );
            }
            let every = super::lists::count(e, a, 2, 1)? as u64;
            Ok(Value::Schedule(Rc::new(Schedule::Steps { first, factor, every })))
        },
    ),
    row(
        Group::Schedules,
        "warm_up",
        &[need("over", Type::Int), need("then", Type::Any)],
        "a schedule",
        "From 0 in a straight line over so many epochs (in `anneal`: sweeps), then another schedule, or a number, over what is left.",
        "schedule rate = warm_up(5, then: cosine(0.1, 0.001))",
        |e, _, a| {
            let over = super::lists::count(e, a, 0, 1)? as u64;
            let then = match a.get(1) {
                Value::Schedule(s) => (*s).clone(),
                other if other.number().is_some() => Schedule::Constant(check(e, a, 1, false)?),
                other => return e.wrong_type(&other, a.place(1), "a schedule or a number"),
            };
            Ok(Value::Schedule(Rc::new(Schedule::WarmUp { over, then: Box::new(then) })))
        },
    ),
    Builtin {
        variadic: true,
        ..row(
            Group::Schedules,
            "sequence",
            &[],
            "a schedule",
            "Schedules one after the other, each for the same share of the run.",
            "schedule cool = sequence(linear(3.0, 1.0), geometric(1.0, 0.1))",
            sequence,
        )
    },
];

fn check(e: &mut Elaborator, a: &Arguments, k: usize, positive: bool) -> Eval<Expr> {
    let s = e.lift(&a.get(k), a.place(k))?;
    if let Some(x) = s.expr.number()
        && (x < 0.0 || (positive && x == 0.0) || x.is_nan())
    {
        let expected = if positive { "a positive number" } else { "a number that is not negative" };
        let d = Diagnostic::error(codes::DOMAIN, a.place(k), "a schedule cannot have this value")
            .label(format!("this is {}", crate::elaborate::value::format_real(x)))
            .expected(expected);
        return Err(e.fail(d));
    }
    Ok(s.expr)
}

fn two(e: &mut Elaborator, a: &Arguments, positive: bool, make: fn(Expr, Expr) -> Schedule) -> Eval {
    let first = check(e, a, 0, positive);
    let last = check(e, a, 1, positive);
    Ok(Value::Schedule(Rc::new(make(first?, last?))))
}

fn table(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let Value::List(items) = a.get(0) else { return e.wrong_type(&a.get(0), a.place(0), "a list of numbers") };
    if items.is_empty() {
        return e.error(codes::DOMAIN, a.place(0), "a schedule needs at least one value");
    }
    let mut values = Vec::new();
    for item in items.iter() {
        let s = e.lift(item, a.place(0))?;
        if s.expr.number().is_some_and(|x| x < 0.0 || x.is_nan()) {
            let d = Diagnostic::error(codes::DOMAIN, a.place(0), "a schedule cannot have a negative value")
                .expected("numbers that are not negative");
            return Err(e.fail(d));
        }
        values.push(s.expr);
    }
    Ok(Value::Schedule(Rc::new(Schedule::Table(values))))
}

fn sequence(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let mut parts = Vec::new();
    for k in 0..a.values.len() {
        match a.get(k) {
            Value::Schedule(s) => parts.push((1.0, (*s).clone())),
            other => return e.wrong_type(&other, a.place(k), "a schedule"),
        }
    }
    if parts.is_empty() {
        return e.error(codes::ARGUMENTS, a.span, "`sequence` needs at least one schedule");
    }
    Ok(Value::Schedule(Rc::new(Schedule::Sequence(parts))))
}
