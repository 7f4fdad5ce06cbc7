//! `fit`: least squares by any formula.

use super::super::{Builtin, Group, Type, may, need, row};
use super::{curve_along, numbers, range};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Record, Symbolic, Value};
use crate::plan::analysis::FitMember;
use crate::plan::scalar::{degree, plain};
use crate::plan::{Analysis, Expr};
use std::rc::Rc;

pub const ROWS: &[Builtin] = &[row(
    Group::Analysis,
    "fit",
    &[
        need("curve", Type::Result),
        need("model", Type::Function),
        need("along", Type::Axis),
        may("start", Type::List, "1 for each parameter"),
        may("range", Type::List, "all points"),
    ],
    "a record: the parameters by their names, `chi2`, `dof`, `p_value`, `covariance`",
    "The least-squares fit of a curve by a formula: `(x, a, b) -> a * x^b` has the abscissa first, then the parameters. Points are weighted by their errors. A model that is linear in its parameters is solved exactly; any other is searched from `start` by the method of Levenberg and Marquardt. The error of a parameter comes from the replicates of all runs, the fit being repeated with each, so that correlated points count as such; `covariance` is the usual one of weighted, independent points. A curve without errors is fitted with equal weights, and its parameters' errors come from leaving out one point at a time; `chi2` and `p_value` are then not defined.",
    "use std.spin\nuse std.lattice\nsample a over T in linspace(3.0, 5.0, 6) {\n    model: ising(square(6))\n    temperature: T\n    warmup: 100\n    sweeps: 1000\n    observe { m2 = mean(s)^2 }\n}\nlet law = fit(a.m2, (T, c, g) -> c * (T - 2)^(-g), along: T, start: [0.1, 1], range: [3, 5])\nshow law\nshow law.g",
    fit,
)];

const MEMBERS: &[&str] = &["chi2", "dof", "p_value", "covariance"];

fn fit(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let (curve, along) = curve_along(e, a, 0, 2)?;
    let Value::Function(closure) = a.get(1) else {
        return e.wrong_type(&a.get(1), a.place(1), "a formula, such as `(x, a, b) -> a + b * x`,");
    };
    let names: Vec<String> = closure.params.iter().skip(1).map(|p| p.name.text.clone()).collect();
    if names.is_empty() {
        let d = Diagnostic::error(codes::ARGUMENTS, a.place(1), "the formula has no parameter to fit")
            .label("only the abscissa")
            .expected(format!("the abscissa, then the parameters: `({along}, a, b) -> a + b * {along}`"));
        return Err(e.fail(d));
    }
    if let Some(taken) = names.iter().find(|n| MEMBERS.contains(&n.as_str())) {
        let d = Diagnostic::error(codes::DUPLICATE, a.place(1), format!("a parameter cannot be called `{taken}`"))
            .label("a member of every fit has this name")
            .help("choose another name");
        return Err(e.fail(d));
    }
    let start = if a.has(3) { numbers(e, &a.get(3), a.place(3))? } else { vec![1.0; names.len()] };
    if start.len() != names.len() {
        let d = Diagnostic::error(codes::SHAPE, a.place(3), "the starting values do not fit the parameters")
            .label(format!("{} here", crate::elaborate::symbolic::shape_text(&[start.len()])))
            .expected(format!("one for each of {}", crate::elaborate::expression::quoted(&names)));
        return Err(e.fail(d));
    }
    let range = range(e, a, 4)?;
    // Numbers that no other bound index has.
    let first = e.next_local;
    e.next_local += closure.params.len() as u32;
    let bound = (0..closure.params.len() as u32).map(|k| Value::symbolic(Expr::Local(first + k), Kind::Real)).collect();
    let value = e.call_value(&Value::Function(closure.clone()), bound, a.place(1))?;
    let formula = e.lift(&value, closure.body.span)?;
    super::scalar(e, &formula, closure.body.span)?;
    let readable = |x: &Expr| !x.contains(&|p| matches!(p, Expr::Local(_))) || plain(x) || deferred_parts(x);
    if formula.expr.has_state() || !readable(&formula.expr) {
        let d = Diagnostic::error(codes::TYPE, closure.body.span, "this is no formula of a fit")
            .expected("arithmetic and elementary functions of the abscissa and the parameters");
        return Err(e.fail(d));
    }
    if let Some(k) = (0..names.len()).find(|&k| {
        let own = first + 1 + k as u32;
        !formula.expr.contains(&|p| matches!(p, Expr::Local(n) if *n == own))
    }) {
        let d = Diagnostic::error(codes::ARGUMENTS, a.place(1), format!("the formula does not use its parameter `{}`", names[k]))
            .help("leave it out, or use it");
        return Err(e.fail(d));
    }
    let axis = curve.axes.iter().find(|x| x.name == along);
    let points = axis.map_or(0, |x| {
        let inside = |k: &usize| x.coordinates.number(*k).is_some_and(|c| c >= range.0 && c <= range.1);
        (0..x.coordinates.len()).filter(inside).count()
    });
    if points < names.len() {
        let d = Diagnostic::error(
            codes::DOMAIN,
            a.place(1),
            format!("{} parameters cannot be told from {points} points", names.len()),
        )
        .label(format!("the parameters {}", crate::elaborate::expression::quoted(&names)))
        .help("fit fewer parameters, widen `range`, or run at more points");
        return Err(e.fail(d));
    }
    let linear = degree(&formula.expr, &|k| k > first && k <= first + names.len() as u32) <= 1;
    let axes: Vec<_> = curve.axes.iter().filter(|x| x.name != along).cloned().collect();
    let axes = e.align(&axes, &formula.axes, a.span)?;
    let give = |gives: FitMember, shape: Vec<usize>| {
        let analysis = Analysis::Fit { along: along.clone(), first, start: start.clone(), linear, range, gives };
        let expr = Expr::Analyse(analysis, vec![curve.expr.clone(), formula.expr.clone()]);
        settle(Symbolic { expr, kind: Kind::Real, shape, axes: axes.clone(), index: None })
    };
    let n = names.len();
    let mut members: Vec<(String, Value)> =
        names.into_iter().enumerate().map(|(k, name)| (name, give(FitMember::Parameter(k), vec![]))).collect();
    members.push(("chi2".into(), give(FitMember::Chi2, vec![])));
    members.push(("dof".into(), give(FitMember::Freedom, vec![])));
    members.push(("p_value".into(), give(FitMember::PValue, vec![])));
    members.push(("covariance".into(), give(FitMember::Covariance, vec![n, n])));
    Ok(Value::Record(Rc::new(Record { what: "a fit", members })))
}

/// Whether it is plain once what depends on results alone has become a number.
fn deferred_parts(x: &Expr) -> bool {
    if !x.contains(&|p| matches!(p, Expr::Local(_))) {
        return true;
    }
    let own = matches!(x, Expr::Local(_) | Expr::Unary(..) | Expr::Binary(..) | Expr::If(..));
    let mut good = own;
    x.for_each_part(&mut |p| good = good && deferred_parts(p));
    good
}
