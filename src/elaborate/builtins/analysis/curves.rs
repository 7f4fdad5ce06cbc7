//! Slopes, areas and coordinates of curves.

use super::super::{Builtin, Group, Type, may, need, row};
use super::{count, curve_along};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::plan::{Analysis, Expr};

/// The example's text, from what comes after the task.
macro_rules! example {
    ($rest:literal) => {
        concat!(
            "use std.spin\nuse std.lattice\nsample a over beta in linspace(0, 1, 9) {\n    model: ising(chain(8))\n    beta: beta\n    method: exact\n    observe { e = energy / count(s) }\n}\n",
            $rest
        )
    };
}

pub const ROWS: &[Builtin] = &[
    row(
        Group::Analysis,
        "derivative",
        &[need("curve", Type::Result), need("along", Type::Axis), may("points", Type::Int, "5"), may("degree", Type::Int, "2")],
        "the slope at each point of the axis",
        "The derivative of a curve along an axis: the slope at each point of the polynomial of a degree through the nearest points (Savitzky and Golay, for any spacing). More points smooth more; the error follows from those of the points.",
        example!("show -derivative(a.e, along: beta, points: 3)"),
        derivative,
    ),
    row(
        Group::Analysis,
        "integrate",
        &[
            need("curve", Type::Result),
            need("along", Type::Axis),
            may("from", Type::Real, "the lowest point"),
            may("to", Type::Real, "the highest point"),
            may("rule", Type::Text, "\"cubic\""),
        ],
        "a number with its error",
        "The integral of a curve along an axis, through the four points around each interval (`rule: \"cubic\"`, exact for cubics) or through its ends (`\"trapezoid\"`). Thermodynamic integration: `integrate(a.e, along: beta)` is βF at the last point less βF at the first.",
        example!("show -integrate(a.e, along: beta) + ln(2)"),
        integrate,
    ),
    row(
        Group::Analysis,
        "coordinate",
        &[need("curve", Type::Result), need("along", Type::Axis)],
        "the coordinate at each point of the axis",
        "The coordinates of an axis as a result that runs over it, so that known functions can stand beside a curve: `a.e - f(coordinate(a.e, along: T))`. (`a.T` is their plain list.)",
        example!("let known = -tanh(coordinate(a.e, along: beta))\nshow a.e - known"),
        coordinate,
    ),
];

fn derivative(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let (curve, along) = curve_along(e, a, 0, 1)?;
    let there = curve.axes.iter().find(|x| x.name == along).map_or(0, |x| x.coordinates.len());
    let degree = count(e, a, 3, 2.min(there as i64 - 1).max(1), 1..=3)?;
    let default = 5.min(there as i64).max(degree as i64 + 1);
    let points = count(e, a, 2, default, degree as i64 + 1..=i64::MAX)?;
    if points > there {
        let d = Diagnostic::error(codes::DOMAIN, a.place(2), format!("the curve has {there} points along `{along}`"))
            .label(format!("{points} are needed"))
            .help("run at more points, or take fewer with `points` and `degree`");
        return Err(e.fail(d));
    }
    let expr = Expr::Analyse(Analysis::Derivative { along, points, degree }, vec![curve.expr]);
    Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes: curve.axes, index: None }))
}

fn integrate(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let (curve, along) = curve_along(e, a, 0, 1)?;
    let coordinates = curve.axes.iter().find(|x| x.name == along).map(|x| x.coordinates.clone());
    let x: Vec<f64> = coordinates.iter().flat_map(|c| (0..c.len()).filter_map(|k| c.number(k))).collect();
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |r, x| (r.0.min(*x), r.1.max(*x)));
    let limit = |e: &mut Elaborator, k: usize| -> Eval<Option<f64>> {
        if !a.has(k) {
            return Ok(None);
        }
        let at = a.number(k);
        if at.is_nan() {
            return e.not_known_yet(a.place(k), "a limit of an integral");
        }
        let slack = 1e-9 * (high - low);
        if !(at >= low - slack && at <= high + slack) {
            let d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("{at} is outside the curve"))
                .expected(format!("a number from {low} to {high}, where `{along}` runs"))
                .help("there is no extrapolation: run at points that reach further");
            return Err(e.fail(d));
        }
        Ok(Some(at))
    };
    let (from, to) = (limit(e, 2)?, limit(e, 3)?);
    let trapezoid = match a.get(4) {
        Value::Text(t) if &*t == "trapezoid" => true,
        Value::Text(t) if &*t != "cubic" => {
            let d = Diagnostic::error(codes::ARGUMENTS, a.place(4), format!("there is no rule {t:?}"))
                .expected("\"cubic\" or \"trapezoid\"");
            return Err(e.fail(d));
        }
        _ => false,
    };
    if x.len() < 2 {
        return e.error(codes::DOMAIN, a.place(1), "an integral needs two points at least");
    }
    let axes = curve.axes.iter().filter(|x| x.name != along).cloned().collect();
    let expr = Expr::Analyse(Analysis::Integral { along, low: from, high: to, trapezoid }, vec![curve.expr]);
    Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes, index: None }))
}

fn coordinate(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    super::plain(e, a.span)?;
    let of = e.lift(&a.get(0), a.place(0))?;
    let axis = e.axis_name(&a.get(1), a.place(1))?;
    e.has_axis(&of, &axis, a.place(1))?;
    super::numeric(e, &of, &axis, a.place(1))?;
    let axes = of.axes.iter().filter(|x| x.name == axis).cloned().collect();
    // Only the axis counts: all others are taken at their first coordinate.
    let mut one = of.clone();
    for other in of.axes.iter().filter(|x| x.name != axis) {
        one = crate::elaborate::indexing::select(&one, &other.name, 0);
    }
    let expr = Expr::Analyse(Analysis::Coordinate { axis }, vec![one.expr]);
    Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes, index: None }))
}
