//! `collapse`: finite-size scaling.

use super::super::{Builtin, Group, Type, may, need, row};
use super::{curve_along, numeric, range};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Record, Symbolic, Value};
use crate::plan::analysis::{CollapseMember, CollapsePlan};
use crate::plan::{Analysis, Expr};
use std::rc::Rc;

pub const ROWS: &[Builtin] = &[row(
    Group::Analysis,
    "collapse",
    &[
        need("curve", Type::Result),
        need("along", Type::Axis),
        need("over", Type::Axis),
        need("critical", Type::Real),
        may("nu", Type::Real, "1"),
        may("exponent", Type::Real, "0, and fixed"),
        may("fixed", Type::List, "[]"),
        may("range", Type::List, "all points"),
        may("window", Type::Real, "all points"),
    ],
    "a record: `critical`, `nu`, `exponent`, `quality`, `p_value`, `dof`, `degree`, and at each point `x` and `y`",
    "A finite-size-scaling collapse: curves of several sizes L (the axis `over`) on one master curve, y = L^exponent f((T - critical) L^(1/nu)). The given values are where the search starts; those named in `fixed` stay (`fixed: [\"nu\"]`), and `exponent` does if it is not given. f is a polynomial, fitted along with them, whose degree is chosen by Akaike's criterion. `quality` is the reduced χ² of all points against the master curve: about 1 where the curves collapse within their errors, well above it where they do not (corrections to scaling, too wide a window). Errors come from the replicates of all runs, and do not include corrections to scaling. `range` keeps points between two abscissae, `window` those with |T - critical| L^(1/nu) no greater, at the start. `x` and `y` are the scaled data: `plot p { x: c.x, y: c.y, by: L }`.",
    "use std.spin\nuse std.lattice\nsample a over L in [4, 8], T in linspace(2.1, 2.5, 6) {\n    model: ising(square(L))\n    temperature: T\n    method: wolff\n    warmup: 100\n    sweeps: 2000\n    observe { m = mean(s) }\n    estimate { binder = 1 - avg(m^4) / (3 * avg(m^2)^2) }\n}\nlet c = collapse(a.binder, along: T, over: L, critical: 2.3, nu: 1)\nshow c.nu\nshow c.quality\nplot collapsed { x: c.x, y: c.y, by: L }",
    collapse,
)];

const EXPONENTS: [&str; 3] = ["critical", "nu", "exponent"];

fn collapse(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let (curve, along) = curve_along(e, a, 0, 1)?;
    let over = e.axis_name(&a.get(2), a.place(2))?;
    e.has_axis(&curve, &over, a.place(2))?;
    numeric(e, &curve, &over, a.place(2))?;
    if along == over {
        return e.error(codes::ARGUMENTS, a.place(2), "the sizes and the abscissae are two axes");
    }
    let sizes = curve.axes.iter().find(|x| x.name == over).cloned();
    let sizes: Vec<f64> = sizes.iter().flat_map(|s| (0..s.coordinates.len()).filter_map(|k| s.coordinates.number(k))).collect();
    if sizes.len() < 2 || sizes.iter().any(|s| *s <= 0.0) {
        let d = Diagnostic::error(codes::DOMAIN, a.place(2), "a collapse needs two sizes at least, all positive")
            .label(format!("`{over}` has {}", crate::elaborate::symbolic::shape_text(&[sizes.len()])))
            .help("`along` is the axis of the abscissae, `over` that of the sizes");
        return Err(e.fail(d));
    }
    let value = |k: usize, default: f64| if a.has(k) { a.number(k) } else { default };
    let start = [value(3, f64::NAN), value(4, 1.0), value(5, 0.0)];
    for (k, x) in start.iter().enumerate() {
        if !x.is_finite() || (k == 1 && *x == 0.0) {
            let d = Diagnostic::error(codes::DOMAIN, a.place(3 + k), format!("`{}` must be known before the run", EXPONENTS[k]))
                .expected(if k == 1 { "a number that is not zero" } else { "a number" });
            return Err(e.fail(d));
        }
    }
    let mut free = [true, true, a.has(5)];
    if a.has(6) {
        let items = match a.get(6) {
            Value::List(items) => items,
            other => return e.wrong_type(&other, a.place(6), "a list of names"),
        };
        for item in items.iter() {
            let known = match item {
                Value::Text(t) => EXPONENTS.iter().position(|n| **n == **t),
                _ => None,
            };
            let Some(k) = known else {
                let d = Diagnostic::error(codes::ARGUMENTS, a.place(6), "only what a collapse fits can be fixed")
                    .label(format!("{} is not", crate::elaborate::value::describe(item)))
                    .expected("some of \"critical\", \"nu\", \"exponent\"");
                return Err(e.fail(d));
            };
            free[k] = false;
        }
    }
    let range = range(e, a, 7)?;
    let window = value(8, f64::INFINITY);
    if window.is_nan() || window <= 0.0 {
        return e.error(codes::DOMAIN, a.place(8), "`window` must be a positive number");
    }
    let give = |gives: CollapseMember| {
        let plan = CollapsePlan { along: along.clone(), over: over.clone(), start, free, range, window, gives };
        let axes = if plan.pointwise() {
            curve.axes.clone()
        } else {
            curve.axes.iter().filter(|x| x.name != along && x.name != over).cloned().collect()
        };
        let expr = Expr::Analyse(Analysis::Collapse(Box::new(plan)), vec![curve.expr.clone()]);
        settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes, index: None })
    };
    let mut members: Vec<(String, Value)> =
        EXPONENTS.iter().enumerate().map(|(k, n)| (n.to_string(), give(CollapseMember::Exponent(k)))).collect();
    for (name, gives) in [
        ("quality", CollapseMember::Quality),
        ("p_value", CollapseMember::PValue),
        ("dof", CollapseMember::Freedom),
        ("degree", CollapseMember::Degree),
        ("x", CollapseMember::X),
        ("y", CollapseMember::Y),
    ] {
        members.push((name.into(), give(gives)));
    }
    Ok(Value::Record(Rc::new(Record { what: "a collapse", members })))
}
