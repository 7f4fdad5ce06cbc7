//! Functions of whole results. Each gives a value with an error.

mod autocorrelation;
mod curves;
mod disorder;
mod fit;
mod passages;
mod reweight;
mod scaling;

use super::lists::pair;
use super::{Builtin, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::elaborate::arguments::Arguments;
use crate::elaborate::indexing::select;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value, describe};
use crate::elaborate::{Elaborator, Stage};
use crate::plan::{Analysis, Expr};
use crate::results::Coordinates;

/// The rows of the themes that have files of their own.
pub const THEMES: &[&[Builtin]] =
    &[curves::ROWS, fit::ROWS, scaling::ROWS, reweight::ROWS, disorder::ROWS, autocorrelation::ROWS, passages::ROWS];

pub const ROWS: &[Builtin] = &[
    Builtin {
        name: "avg",
        aliases: &[],
        group: Group::Analysis,
        params: &[need("x", Type::Any)],
        variadic: false,
        gives: "a number",
        doc: "The ensemble average, inside `estimate`; also written ⟨x⟩.",
        example: "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 3\n    warmup: 100\n    sweeps: 1000\n    observe { m = mean(s) }\n    estimate { abs_m = avg(abs(m)) }\n}",
        function: None,
        run: |e, _, a| {
            let d = Diagnostic::error(codes::NOT_HERE, a.span, "an ensemble average has no meaning here")
                .label("only inside `estimate`")
                .help("average an observed quantity in `estimate { ... }`; `mean(...)` is the mean of a list or over sites");
            Err(e.fail(d))
        },
    },
    row(
        Group::Analysis,
        "crossing",
        &[need("curve", Type::Result), need("along", Type::Axis), need("between", Type::List)],
        "a number with its error",
        "Where the curves of two coordinates of another axis cross: `crossing(scan.binder, along: T, between: [32, 64])`. The difference is fitted by a polynomial around its most significant change of sign; the error is a jackknife over all points.",
        "use std.spin\nuse std.lattice\nsample a over L in [4, 8], T in linspace(2.0, 2.5, 6) {\n    model: ising(square(L))\n    temperature: T\n    method: wolff\n    warmup: 100\n    sweeps: 2000\n    observe { m = mean(s) }\n    estimate { binder = 1 - avg(m^4) / (3 * avg(m^2)^2) }\n}\nshow crossing(a.binder, along: T, between: [4, 8])",
        crossing,
    ),
    row(
        Group::Analysis,
        "peak",
        &[need("curve", Type::Result), need("along", Type::Axis)],
        "a number with its error",
        "The abscissa of the maximum of a curve, by a local parabola.",
        "use std.spin\nuse std.lattice\nsample a over T in linspace(1.8, 3.2, 8) {\n    model: ising(square(8))\n    temperature: T\n    method: wolff\n    warmup: 100\n    sweeps: 2000\n    observe { e = energy }\n    estimate { heat = (avg(e^2) - avg(e)^2) / (T^2 * count(s)) }\n}\nshow peak(a.heat, along: T)",
        |e, _, a| peak(e, a, true),
    ),
    row(
        Group::Analysis,
        "peak_height",
        &[need("curve", Type::Result), need("along", Type::Axis)],
        "a number with its error",
        "The height of the maximum of a curve, by a local parabola.",
        "# show peak_height(scan.chi, along: T)",
        |e, _, a| peak(e, a, false),
    ),
    row(
        Group::Analysis,
        "interpolate",
        &[need("curve", Type::Result), need("along", Type::Axis), need("at", Type::Real)],
        "a number with its error",
        "The value of a curve between its points, on the straight line that joins the two next to it.",
        "# show interpolate(scan.m, along: T, at: 2.27)",
        interpolate,
    ),
    row(
        Group::Analysis,
        "agrees",
        &[need("a", Type::Result), need("b", Type::Result), may("sigmas", Type::Real, "4")],
        "a truth value",
        "Whether two values differ by no more than so many of their common standard errors.",
        "expect agrees(1.0, 1.0)",
        agrees,
    ),
    row(
        Group::Analysis,
        "error",
        &[need("x", Type::Result)],
        "a number",
        "The standard error of a result.",
        "# show error(scan.m)",
        |e, _, a| {
            let s = e.lift(&a.get(0), a.place(0))?;
            Ok(settle(Symbolic { expr: Expr::Analyse(Analysis::ErrorOf, vec![s.expr]), kind: Kind::Real, index: None, ..s }))
        },
    ),
    row(
        Group::Analysis,
        "z_score",
        &[need("a", Type::Result), need("b", Type::Result)],
        "a number",
        "The difference of two values in units of their common standard error.",
        "# show z_score(scan.e, reference.e)",
        |e, _, a| binary_analysis(e, a, Analysis::ZScore, Kind::Real),
    ),
];

/// The curve and the axis that an analysis is about: a number at each point of an axis of numbers.
fn curve_along(e: &mut Elaborator, a: &Arguments, curve: usize, along: usize) -> Eval<(Symbolic, String)> {
    plain(e, a.span)?;
    let of = e.lift(&a.get(curve), a.place(curve))?;
    let axis = e.axis_name(&a.get(along), a.place(along))?;
    e.has_axis(&of, &axis, a.place(along))?;
    numeric(e, &of, &axis, a.place(along))?;
    scalar(e, &of, a.place(curve))?;
    Ok((of, axis))
}

fn numeric(e: &mut Elaborator, of: &Symbolic, axis: &str, place: Span) -> Eval<()> {
    let words = of.axes.iter().any(|x| x.name == axis && matches!(x.coordinates, Coordinates::Text(_)));
    if words {
        let d = Diagnostic::error(codes::TYPE, place, format!("the axis `{axis}` has no numbers along it"))
            .label("its coordinates are names")
            .expected("an axis whose coordinates are numbers");
        return Err(e.fail(d));
    }
    Ok(())
}

fn scalar(e: &mut Elaborator, of: &Symbolic, place: Span) -> Eval<()> {
    if of.shape.is_empty() {
        return Ok(());
    }
    let d = Diagnostic::error(codes::SHAPE, place, "one number at each point is needed here")
        .label(format!("this has {} at each", crate::elaborate::symbolic::shape_text(&of.shape)))
        .help("choose an element: `curve[0]`");
    Err(e.fail(d))
}

/// `[low, high]`, or everything.
fn range(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<(f64, f64)> {
    if !a.has(k) {
        return Ok((f64::NEG_INFINITY, f64::INFINITY));
    }
    match numbers(e, &a.get(k), a.place(k))?[..] {
        [low, high] if low < high => Ok((low, high)),
        _ => {
            let d = Diagnostic::error(codes::DOMAIN, a.place(k), "a range has a lower and a higher end")
                .expected("two numbers, the lower first: `range: [2.1, 2.4]`");
            Err(e.fail(d))
        }
    }
}

/// A list of numbers that are known now.
fn numbers(e: &mut Elaborator, value: &Value, place: Span) -> Eval<Vec<f64>> {
    let s = e.lift(value, place)?;
    match &s.expr {
        Expr::Number(x) if x.is_finite() => Ok(vec![*x]),
        Expr::Array(a) if a.data.iter().all(|x| x.is_finite()) => Ok(a.data.clone()),
        x if x.is_deferred() => e.not_known_yet(place, "this"),
        _ => e.wrong_type(value, place, "a list of numbers"),
    }
}

/// A positive whole number in a range.
fn count(e: &mut Elaborator, a: &Arguments, k: usize, default: i64, range: std::ops::RangeInclusive<i64>) -> Eval<usize> {
    let n = if a.has(k) { e.whole(&a.get(k), a.place(k), "this")? } else { default };
    if range.contains(&n) {
        return Ok(n as usize);
    }
    let d =
        Diagnostic::error(codes::DOMAIN, a.place(k), format!("{n} is too {}", if n < *range.start() { "few" } else { "many" }))
            .expected(format!("a whole number from {} to {}", range.start(), range.end()));
    Err(e.fail(d))
}

fn plain(e: &mut Elaborator, span: Span) -> Eval<()> {
    if e.stage == Stage::Plain {
        return Ok(());
    }
    let d = Diagnostic::error(codes::NOT_HERE, span, "an analysis of results has no meaning here")
        .help("write it after the task, at top level");
    Err(e.fail(d))
}

fn crossing(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    plain(e, a.span)?;
    let curve = e.lift(&a.get(0), a.place(0))?;
    let along = e.axis_name(&a.get(1), a.place(1))?;
    e.has_axis(&curve, &along, a.place(1))?;
    let Value::List(between) = a.get(2) else { return e.wrong_type(&a.get(2), a.place(2), "a list of two coordinates") };
    let others: Vec<_> = curve.axes.iter().filter(|x| x.name != along).cloned().collect();
    let wanted = format!(
        "two coordinates of {}",
        crate::elaborate::expression::quoted(&others.iter().map(|o| o.name.clone()).collect::<Vec<_>>())
    );
    if between.len() != 2 || others.is_empty() {
        let d = Diagnostic::error(codes::ARGUMENTS, a.place(2), "`crossing` needs two curves")
            .label(format!("{} here", crate::elaborate::symbolic::shape_text(&[between.len()])))
            .expected(if others.is_empty() { "a result that runs over a second axis".into() } else { wanted });
        return Err(e.fail(d));
    }
    for axis in &others {
        let found: Vec<Option<usize>> = between.iter().map(|v| coordinate_index(&axis.coordinates, v)).collect();
        if let [Some(i), Some(j)] = found[..] {
            if i == j {
                return e.error(codes::ARGUMENTS, a.place(2), "a curve does not cross itself");
            }
            let (one, two) = (select(&curve, &axis.name, i), select(&curve, &axis.name, j));
            let axes = one.axes.iter().filter(|x| x.name != along).cloned().collect();
            let expr = Expr::Analyse(Analysis::Crossing { along }, vec![one.expr, two.expr]);
            return Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes, index: None }));
        }
    }
    let shown: Vec<String> = between.iter().map(describe).collect();
    let d = Diagnostic::error(codes::NO_COORDINATE, a.place(2), format!("no axis has the coordinates {}", shown.join(" and ")))
        .expected(wanted);
    Err(e.fail(d))
}

fn peak(e: &mut Elaborator, a: &Arguments, at: bool) -> Eval {
    plain(e, a.span)?;
    let curve = e.lift(&a.get(0), a.place(0))?;
    let along = e.axis_name(&a.get(1), a.place(1))?;
    e.has_axis(&curve, &along, a.place(1))?;
    let axes = curve.axes.iter().filter(|x| x.name != along).cloned().collect();
    Ok(settle(Symbolic {
        expr: Expr::Analyse(Analysis::Peak { along, at }, vec![curve.expr]),
        kind: Kind::Real,
        shape: vec![],
        axes,
        index: None,
    }))
}

fn interpolate(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    plain(e, a.span)?;
    let curve = e.lift(&a.get(0), a.place(0))?;
    let along = e.axis_name(&a.get(1), a.place(1))?;
    e.has_axis(&curve, &along, a.place(1))?;
    let at = e.lift(&a.get(2), a.place(2))?;
    let axes: Vec<_> = curve.axes.iter().filter(|x| x.name != along).cloned().collect();
    let axes = e.align(&axes, &at.axes, a.span)?;
    let expr = Expr::Analyse(Analysis::Interpolate { along }, vec![curve.expr, at.expr]);
    Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes, index: None }))
}

fn agrees(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let sigmas = if a.has(2) { a.number(2) } else { 4.0 };
    if sigmas.is_nan() || sigmas <= 0.0 {
        return e.error(codes::DOMAIN, a.place(2), "`sigmas` must be a positive number");
    }
    binary_analysis(e, a, Analysis::Agrees { sigmas }, Kind::Bool)
}

fn binary_analysis(e: &mut Elaborator, a: &Arguments, analysis: Analysis, kind: Kind) -> Eval {
    plain(e, a.span)?;
    let at = pair(a);
    let x = e.lift(&a.get(0), at.left)?;
    let y = e.lift(&a.get(1), at.right)?;
    let shape = e.broadcast(&x.shape, &y.shape, at.whole)?;
    let axes = e.align(&x.axes, &y.axes, at.whole)?;
    Ok(settle(Symbolic { expr: Expr::Analyse(analysis, vec![x.expr, y.expr]), kind, shape, axes, index: None }))
}

/// The position of a coordinate on an axis. Numbers match to a relative 1e-9.
pub(crate) fn coordinate_index(coordinates: &Coordinates, value: &Value) -> Option<usize> {
    match coordinates {
        Coordinates::Text(names) => {
            let text = match value {
                Value::Text(t) => t.to_string(),
                other => describe(other),
            };
            names.iter().position(|n| *n == text)
        }
        _ => {
            let x = value.number()?;
            (0..coordinates.len()).find(|&i| coordinates.number(i).is_some_and(|c| (c - x).abs() <= 1e-9 * c.abs().max(x.abs())))
        }
    }
}
