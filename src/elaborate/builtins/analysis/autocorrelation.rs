//! Autocorrelations of kept series.

use super::super::{Builtin, Group, Type, need, row};
use super::{count, plain};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic};
use crate::plan::{Analysis, Expr, Keep, Method, SamplePoint, Work};

macro_rules! example {
    ($rest:literal) => {
        concat!(
            "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 2.5\n    warmup: 200\n    sweeps: 4000\n    observe { m = abs(mean(s)) }\n    keep { series: [m] }\n}\n",
            $rest
        )
    };
}

pub const ROWS: &[Builtin] = &[
    row(
        Group::Analysis,
        "autocorrelation",
        &[need("quantity", Type::Result), need("lags", Type::Int)],
        "a curve over the new axis `lag`",
        "The normalised autocorrelation function of a quantity at 0 to `lags` measurements apart, from its series: `keep { series: [m] }`. Errors are a jackknife over the blocks of the run.",
        example!("let rho = autocorrelation(a.m, lags: 20)\nplot decay { x: lag, y: rho }"),
        |e, _, a| {
            let lags = count(e, a, 1, 0, 1..=1_000_000)?;
            autocorrelated(e, a, lags, false)
        },
    ),
    row(
        Group::Analysis,
        "integrated_time",
        &[need("quantity", Type::Result)],
        "a number of measurements with its error",
        "The integrated autocorrelation time of a quantity, 1/2 plus the sum of its autocorrelation function up to Sokal's automatic window (0.5 for independent measurements), from its series: `keep { series: [m] }`. Its error is a jackknife over the blocks of the run.",
        example!("show integrated_time(a.m)"),
        |e, _, a| autocorrelated(e, a, 1, true),
    ),
];

fn autocorrelated(e: &mut Elaborator, a: &Arguments, lags: usize, integrated: bool) -> Eval {
    plain(e, a.span)?;
    let (s, quantity, _) = kept_series(e, a)?;
    if s.axes.iter().any(|x| x.name == "lag") && !integrated {
        let d = Diagnostic::error(codes::BAD_AXIS, a.place(0), "the result already runs over an axis `lag`")
            .help("give that axis of the task another name");
        return Err(e.fail(d));
    }
    let analysis = Analysis::Autocorrelation { quantity, lags, integrated };
    let mut axes = s.axes.clone();
    axes.extend(analysis.made());
    let expr = Expr::Analyse(analysis, vec![s.expr]);
    Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes, index: None }))
}

/// The first argument as an observed quantity whose series is kept, its name, and the points of its task.
pub(super) fn kept_series(e: &mut Elaborator, a: &Arguments) -> Eval<(Symbolic, String, Vec<SamplePoint>)> {
    let s = e.lift(&a.get(0), a.place(0))?;
    let Expr::Result { task, quantity, .. } = &s.expr else {
        let d = Diagnostic::error(codes::TYPE, a.place(0), "only a quantity that a task observes has a series")
            .expected("an observed quantity, such as `scan.m`");
        return Err(e.fail(d));
    };
    super::scalar(e, &s, a.place(0))?;
    let points = e.elaborated.plan.tasks.iter().find(|t| t.name == *task).map(|t| match &t.work {
        Work::Sample { points, .. } => points.clone(),
        _ => vec![],
    });
    let points = points.unwrap_or_default();
    let keeps = |k: &Keep| matches!(k, Keep::Series { names } if names.contains(quantity));
    let observed = points.iter().all(|p| p.looks.observe.iter().any(|c| c.name == *quantity)) && !points.is_empty();
    if !observed || points.iter().any(|p| p.looks.at_end || p.method == Method::Exact) {
        let d = Diagnostic::error(codes::NOT_HERE, a.place(0), format!("`{quantity}` has no series"))
            .label("not observed along a run")
            .expected("a quantity of `observe` of a `sample` task that is not `exact`");
        return Err(e.fail(d));
    }
    if !points.iter().all(|p| p.looks.keep.iter().any(keeps)) {
        let d = Diagnostic::error(codes::MISSING_SETTING, a.place(0), format!("the series of `{quantity}` is not kept"))
            .help(format!("add `keep {{ series: [{quantity}] }}` to the task `{task}`"));
        return Err(e.fail(d));
    }
    let quantity = quantity.clone();
    Ok((s, quantity, points))
}
