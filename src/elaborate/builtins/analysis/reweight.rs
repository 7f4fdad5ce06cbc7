//! `reweight` and what goes with it: averages at other temperatures, from kept series.

use super::super::{Builtin, Group, Type, need, row};
use super::{numbers, plain};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::symbolic::settle;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::plan::analysis::{ReweightMember, ReweightPlan, SeriesCase};
use crate::plan::scalar::plain as readable;
use crate::plan::{Analysis, Expr, Function, Keep, Looks, Method, Op, SamplePoint, Task, Temperature, Work};
use crate::results::Coordinates;

macro_rules! example {
    ($rest:literal) => {
        concat!(
            "use std.spin\nuse std.lattice\nsample a over T in [2.2, 2.4] {\n    model: ising(square(8))\n    temperature: T\n    warmup: 200\n    sweeps: 4000\n    observe { e = energy, m = abs(mean(s)) }\n    keep { series: [e, m] }\n}\n",
            $rest
        )
    };
}

pub const ROWS: &[Builtin] = &[
    row(
        Group::Analysis,
        "reweight",
        &[need("quantity", Type::Result), need("along", Type::Axis), need("to", Type::Any)],
        "the quantity at `to`; a list makes a new axis",
        "A quantity of `observe` or `estimate` at other temperatures, from all runs along the axis of temperature (or of `beta`) together: the multiple-histogram method of Ferrenberg and Swendsen in its form without bins (Shirts and Chodera 2008). It needs the series of the energy and of what is averaged: `keep { series: [e, m] }`. A temperature that an estimate holds becomes the new one. Errors are a jackknife over the blocks of all runs. Runs whose energies do not overlap with those near `to` are left out, and a temperature that leaves fewer than 10 independent samples is an error.",
        example!(
            "show reweight(a.m, along: T, to: 2.3)\nlet curve = reweight(a.m, along: T, to: linspace(2.2, 2.4, 5))\nplot m { x: T, y: curve }"
        ),
        |e, _, a| reweighted(e, a, ReweightMember::Quantity, 2),
    ),
    row(
        Group::Analysis,
        "effective_samples",
        &[need("quantity", Type::Result), need("along", Type::Axis), need("to", Type::Any)],
        "a number",
        "The effective number of samples that `reweight` has at a temperature: (Σw)² / Σw² of their weights (Kish), as if samples were independent.",
        example!("show effective_samples(a.m, along: T, to: 2.3)"),
        |e, _, a| reweighted(e, a, ReweightMember::Effective, 2),
    ),
    row(
        Group::Analysis,
        "free_energy_difference",
        &[need("quantity", Type::Result), need("along", Type::Axis), need("from", Type::Real), need("to", Type::Any)],
        "a number with its error",
        "βF at `to` less βF at `from`, that is -ln(Z(to) / Z(from)), of the whole system, from the energies of all runs along the axis as in `reweight`. `quantity` names the task: any quantity of it whose series is kept.",
        example!("show free_energy_difference(a.e, along: T, from: 2.2, to: 2.4)"),
        |e, _, a| {
            let from = a.number(2);
            reweighted(e, a, ReweightMember::FreeEnergy { from }, 3)
        },
    ),
];

fn reweighted(e: &mut Elaborator, a: &Arguments, gives: ReweightMember, to_at: usize) -> Eval {
    plain(e, a.span)?;
    let s = e.lift(&a.get(0), a.place(0))?;
    let along = e.axis_name(&a.get(1), a.place(1))?;
    let Expr::Result { task, quantity, .. } = &s.expr else {
        let d = Diagnostic::error(codes::TYPE, a.place(0), "only a quantity of a task can be reweighted")
            .label("this is computed from results")
            .expected("a quantity of a task, such as `scan.m`")
            .help("reweight each quantity, and compute with what that gives");
        return Err(e.fail(d));
    };
    e.has_axis(&s, &along, a.place(1))?;
    super::scalar(e, &s, a.place(0))?;
    let Some(task) = e.elaborated.plan.tasks.iter().find(|t| t.name == *task).cloned() else {
        return e.error(codes::TYPE, a.place(0), "this task has no plan");
    };
    let Work::Sample { points, .. } = &task.work else {
        let d = Diagnostic::error(codes::NOT_HERE, a.place(0), "an annealing has no equilibrium to reweight")
            .expected("a quantity of a `sample` task");
        return Err(e.fail(d));
    };
    let inverse = temperatures(e, &task, points, &along, a.place(1))?;
    let value = a.get(to_at);
    let listed = !matches!(value, Value::Int(_) | Value::Real(_)) && value.number().is_none();
    let to = numbers(e, &value, a.place(to_at))?;
    let valid = |x: f64| if inverse { x.is_finite() } else { x > 0.0 && x.is_finite() };
    if to.is_empty() || to.iter().any(|x| !valid(*x)) {
        return e.error(codes::DOMAIN, a.place(to_at), "a temperature must be positive");
    }
    let mut sorted = to.clone();
    sorted.sort_by(f64::total_cmp);
    if sorted.windows(2).any(|p| p[0] == p[1]) {
        let d = Diagnostic::error(codes::BAD_AXIS, a.place(to_at), "a temperature is there twice")
            .help("an axis has each value once");
        return Err(e.fail(d));
    }
    if let ReweightMember::FreeEnergy { from } = gives
        && !valid(from)
    {
        return e.error(codes::DOMAIN, a.place(2), "a temperature must be positive");
    }
    let mut cases: Vec<SeriesCase> = Vec::new();
    let mut case_of = Vec::with_capacity(points.len());
    let mut last: Option<(*const Looks, u32)> = None;
    for p in points {
        let own = std::sync::Arc::as_ptr(&p.looks);
        if let Some((same, k)) = last
            && same == own
        {
            case_of.push(k);
            continue;
        }
        let case = case(e, &task, p, quantity, gives, a.place(0))?;
        let k = cases.iter().position(|c| *c == case).unwrap_or_else(|| {
            cases.push(case);
            cases.len() - 1
        }) as u32;
        last = Some((own, k));
        case_of.push(k);
    }
    let plan = ReweightPlan { along: along.clone(), inverse, to, listed, gives, cases, case_of };
    let analysis = Analysis::Reweight(Box::new(plan));
    let mut axes: Vec<_> = s.axes.iter().filter(|x| x.name != along).cloned().collect();
    axes.extend(analysis.made());
    let expr = Expr::Analyse(analysis, vec![s.expr.clone()]);
    Ok(settle(Symbolic { expr, kind: Kind::Real, shape: vec![], axes, index: None }))
}

/// Whether the axis holds inverse temperatures; a diagnostic if it holds neither, or if the model changes along it.
fn temperatures(e: &mut Elaborator, task: &Task, points: &[SamplePoint], along: &str, place: Span) -> Eval<bool> {
    let Some(k) = task.axes.iter().position(|x| x.name == along) else {
        return e.error(codes::NO_AXIS, place, format!("there is no axis `{along}`"));
    };
    let stride: usize = task.axes[k + 1..].iter().map(|x| x.coordinates.len()).product();
    let length = task.axes[k].coordinates.len();
    let mut inverse = None;
    for (i, p) in points.iter().enumerate() {
        let position = i / stride % length;
        let x = task.axes[k].coordinates.number(position);
        let (value, own) = match &p.temperature {
            Temperature::Temperature(t) => (crate::elaborate::value::closed(t), false),
            Temperature::Beta(b) => (crate::elaborate::value::closed(b), true),
        };
        let same = matches!((x, value), (Some(x), Some(v)) if (x - v).abs() <= 1e-12 * x.abs().max(v.abs()));
        if !same || inverse.is_some_and(|i| i != own) || matches!(task.axes[k].coordinates, Coordinates::Text(_)) {
            let d = Diagnostic::error(codes::NO_AXIS, place, format!("the axis `{along}` is not the temperature of `{}`", task.name))
                .label("runs are reweighted from one temperature to another")
                .help("let the task run over its temperature: `over T in [...]` and `temperature: T` (or `over beta in [...]` and `beta: beta`)");
            return Err(e.fail(d));
        }
        inverse = Some(own);
        let first = i - position * stride;
        if points[first].model != p.model {
            let d = Diagnostic::error(codes::CONFLICT, place, format!("the model changes along `{along}`"))
                .label("its energy is not one function of the state")
                .help("the model must not depend on the temperature");
            return Err(e.fail(d));
        }
        if p.method == Method::Exact {
            let d = Diagnostic::error(codes::CONFLICT, place, "the method `exact` has no series to reweight")
                .help("it gives every temperature exactly: run it there");
            return Err(e.fail(d));
        }
        if p.replicas > 1 {
            let d = Diagnostic::error(codes::CONFLICT, place, "a task with replicas cannot be reweighted")
                .label(format!("`{}` has {} replicas", task.name, p.replicas))
                .help("the weight is that of one system: observe single systems in a task of their own");
            return Err(e.fail(d));
        }
    }
    Ok(inverse == Some(true))
}

/// How the quantity follows from the series that a point keeps.
fn case(
    e: &mut Elaborator,
    task: &Task,
    p: &SamplePoint,
    quantity: &str,
    gives: ReweightMember,
    place: Span,
) -> Eval<SeriesCase> {
    let looks = &p.looks;
    if looks.at_end {
        let d = Diagnostic::error(codes::NOT_HERE, place, "`observe at end` has no series")
            .help("reweighting needs measurements along the run: `observe { ... }`");
        return Err(e.fail(d));
    }
    let kept: Vec<&String> =
        looks.keep.iter().filter_map(|k| if let Keep::Series { names } = k { Some(names) } else { None }).flatten().collect();
    let energies: Vec<(&str, f64)> =
        looks.observe.iter().filter_map(|c| Some((c.name.as_str(), scale(&c.expr)?))).filter(|(_, f)| f.is_finite()).collect();
    let kept_energy = energies.iter().find(|(n, _)| kept.iter().any(|k| k == n));
    let observed = looks.observe.iter().position(|c| c.name == quantity);
    let form = match (observed, looks.estimate.iter().find(|c| c.name == quantity)) {
        _ if matches!(gives, ReweightMember::FreeEnergy { .. }) => Expr::Number(0.0),
        (Some(k), _) => Expr::Average(Expr::Observable(k as u16).boxed()),
        (None, Some(column)) => column.expr.clone(),
        _ => return e.error(codes::NO_MEMBER, place, format!("the task has no quantity `{quantity}`")),
    };
    let mut needed: Vec<usize> = Vec::new();
    observables(&form, &mut needed);
    let arrays = needed.iter().any(|&k| looks.observe.get(k).is_none_or(|c| !c.shape.is_empty()));
    if arrays || !readable(&form) {
        let d = Diagnostic::error(codes::SHAPE, place, "only quantities made of single numbers can be reweighted")
            .label("a list of values goes into this")
            .help("observe the element or the sum that is wanted under a name of its own");
        return Err(e.fail(d));
    }
    let mut lacking: Vec<String> = Vec::new();
    let energy_name = energies.first().map(|x| x.0.to_string());
    if kept_energy.is_none() {
        lacking.push(energy_name.clone().unwrap_or_else(|| "e".into()));
    }
    for &k in &needed {
        let name = &looks.observe[k].name;
        if !kept.contains(&name) && !lacking.contains(name) {
            lacking.push(name.clone());
        }
    }
    let Some((energy, factor)) = kept_energy.filter(|_| lacking.is_empty()) else {
        let mut all: Vec<String> = kept.iter().map(|n| n.to_string()).collect();
        all.extend(lacking.iter().cloned());
        let observe = if energy_name.is_none() { "`observe { e = energy }` and " } else { "" };
        let d = Diagnostic::error(
            codes::MISSING_SETTING,
            place,
            format!("`{}` does not keep the series that reweighting needs", task.name),
        )
        .label(format!("lacks {}", crate::elaborate::expression::quoted(&lacking)))
        .help(format!("add {observe}`keep {{ series: [{}] }}` to the task `{}`", all.join(", "), task.name));
        return Err(e.fail(d));
    };
    Ok(SeriesCase {
        form,
        observables: looks.observe.iter().map(|c| c.name.clone()).collect(),
        energy: (energy.to_string(), 1.0 / factor),
    })
}

fn observables(e: &Expr, out: &mut Vec<usize>) {
    if let Expr::Observable(k) = e
        && !out.contains(&(*k as usize))
    {
        out.push(*k as usize);
    }
    e.for_each_part(&mut |part| observables(part, out));
}

/// The factor, where an expression is a multiple of the energy.
fn scale(e: &Expr) -> Option<f64> {
    let number = |e: &Expr| e.number();
    match e {
        Expr::Energy { .. } => Some(1.0),
        Expr::Unary(Function::Negate, x) => scale(x).map(|f| -f),
        Expr::Binary(Op::Multiply, a, b) => match (scale(a), scale(b)) {
            (Some(f), None) => number(b).map(|x| f * x),
            (None, Some(f)) => number(a).map(|x| f * x),
            _ => None,
        },
        Expr::Binary(Op::Divide, a, b) => scale(a).and_then(|f| number(b).map(|x| f / x)),
        _ => None,
    }
    .filter(|f| *f != 0.0)
}
