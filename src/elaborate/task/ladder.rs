//! Points that run together: replica exchange along an axis, and methods that give all temperatures from one run.

use super::super::Elaborator;
use super::super::scope::Scope;
use super::super::value::{Eval, Value};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::plan::{Ladder, Method, SamplePoint, lines};
use crate::results::{AxisValues, Coordinates, Description};
use crate::syntax::ast::{self, ExprKind, TaskEntry};
use std::rc::Rc;

/// The axis of temperatures that have no coordinates of their own.
pub(crate) const RUNG: &str = "rung";

/// Temperatures of `temperatures: ...`, one a rung.
pub(crate) struct Rungs {
    pub temperatures: Vec<f64>,
    pub adaptive: bool,
}

impl Elaborator<'_> {
    /// The setting `temperatures`; it adds the axis `rung`.
    pub(super) fn rungs(&mut self, t: &ast::Task, axes: &mut Vec<AxisValues>, scope: &Rc<Scope>) -> Eval<Option<Rungs>> {
        let Some(s) = setting(t, "temperatures") else { return Ok(None) };
        let span = s.value.span;
        for other in ["temperature", "beta"] {
            if let Some(o) = setting(t, other) {
                let d = Diagnostic::error(codes::CONFLICT, span, format!("`temperatures` and `{other}` say two things"))
                    .related(o.name.span, "given here")
                    .help("keep one of them");
                return Err(self.fail(d));
            }
        }
        if let Some(axis) = axes.iter().find(|a| a.name == RUNG) {
            let d =
                Diagnostic::error(codes::DUPLICATE, t.name.span, format!("the axis `{}` is made by `temperatures`", axis.name))
                    .help("choose another name for the axis");
            return Err(self.fail(d));
        }
        let rungs = match self.eval(&s.value, scope)? {
            Value::Adaptive(temperatures) => Rungs { temperatures: (*temperatures).clone(), adaptive: true },
            Value::List(items)
                if items.len() > 1 && items.iter().all(|v| v.number().is_some_and(|x| x > 0.0 && x.is_finite())) =>
            {
                // Exchanges are between neighbours.
                let mut temperatures: Vec<f64> = items.iter().filter_map(Value::number).collect();
                temperatures.sort_by(f64::total_cmp);
                Rungs { temperatures, adaptive: false }
            }
            Value::List(_) => {
                return self.error(codes::DOMAIN, span, "`temperatures` are at least two positive numbers");
            }
            other => return self.wrong_type(&other, span, "`adaptive(0.4, 2.0, 24)` or a list of temperatures"),
        };
        let count = rungs.temperatures.len();
        axes.push(AxisValues { name: RUNG.into(), coordinates: Coordinates::Int((0..count as i64).collect()) });
        if let Some(values) = &mut self.axis_values {
            values.push((0..count as i64).map(Value::Int).collect());
        }
        Ok(Some(rungs))
    }

    /// How the points of a task hang together.
    pub(super) fn ladder(
        &mut self,
        t: &ast::Task,
        axes: &[AxisValues],
        points: &[SamplePoint],
        rungs: Option<&Rungs>,
    ) -> Eval<Option<Ladder>> {
        let together = points.iter().any(|p| p.method.is_ladder());
        if together {
            self.runs_alone(t, points)?;
        }
        let exchange = setting(t, "exchange");
        let method_span = setting(t, "method").map_or(t.name.span, |s| s.value.span);
        if exchange.is_some() || rungs.is_some() {
            let refused = |m: Method| m == Method::Exact || m.is_ladder();
            if let Some(p) = points.iter().find(|p| refused(p.method)) {
                let d =
                    Diagnostic::error(codes::CONFLICT, method_span, format!("`{}` has no replicas to exchange", p.method.name()))
                        .help("leave out `exchange`, or sample with `metropolis`");
                return Err(self.fail(d));
            }
            if points.iter().any(|p| p.looks.at_end) {
                let d = Diagnostic::error(
                    codes::CONFLICT,
                    t.name.span,
                    "replicas that are exchanged are measured in the course of the run",
                )
                .help("write `observe { ... }` without `at end`");
                return Err(self.fail(d));
            }
        }
        let axis = match (exchange, rungs) {
            (Some(s), _) => Some(self.exchange_axis(s, axes, rungs)?),
            (None, Some(_)) => Some(RUNG.to_string()),
            (None, None) if together => temperature_axis(axes, points),
            (None, None) => return Ok(None),
        };
        let exchange = exchange.is_some() || rungs.is_some();
        if exchange && let Some(name) = &axis {
            self.exchangeable(t, axes, points, name)?;
        }
        Ok(Some(Ladder { axis, exchange, adaptive: rungs.is_some_and(|r| r.adaptive) }))
    }

    /// What has no meaning for methods that give all temperatures from one run.
    fn runs_alone(&mut self, t: &ast::Task, points: &[SamplePoint]) -> Eval<()> {
        let Some(p) = points.iter().find(|p| p.method.is_ladder()) else { return Ok(()) };
        let name = p.method.name();
        let place = |name: &str| setting(t, name).map_or(t.name.span, |s| s.value.span);
        let block = |kind: &str| {
            let mut blocks = t.body.iter().filter_map(|e| if let TaskEntry::Block(b) = e { Some(b) } else { None });
            blocks.find(|b| b.kind.text == kind).map_or(t.name.span, |b| b.kind.span)
        };
        let population = matches!(p.method, Method::Population { .. });
        // A setting that other methods of the task may use is not held against this one.
        let all = points.iter().all(|p| p.method.is_ladder() && matches!(p.method, Method::Population { .. }) == population);
        let given = |name: &str| all && setting(t, name).is_some();
        let (span, message, help) = if p.replicas > 1 {
            let message = format!("`{name}` has no pairs of replicas at one temperature");
            (
                place("replicas"),
                message,
                "leave out `replicas`, or sample with `metropolis`, and `exchange` along the axis of temperatures",
            )
        } else if p.looks.at_end {
            let message = if population {
                format!("`{name}` measures all copies at each temperature, not the last states of chains")
            } else {
                format!("the last state of `{name}` is not one of the temperature")
            };
            (block("observe"), message, "write `observe { ... }` without `at end`")
        } else if !p.looks.keep.is_empty() {
            let message = if population {
                format!("`{name}` has no series in time to keep")
            } else {
                format!("the states and series of `{name}` are not those of a temperature: they have weights")
            };
            (block("keep"), message, "leave out `keep`, or sample with `metropolis`")
        } else if p.method.is_flat() && p.warmup == 0 {
            (place("warmup"), format!("`{name}` learns its weights in the warm-up"), "write `warmup: 1_000_000`")
        } else if population && given("start") {
            (place("start"), format!("`{name}` begins with random states"), "leave out `start`")
        } else if population && given("warmup") {
            (
                place("warmup"),
                format!("`{name}` has no warm-up: it begins in equilibrium, at infinite temperature"),
                "leave out `warmup`",
            )
        } else if population && given("every") {
            (place("every"), format!("`{name}` measures once at each temperature"), "leave out `every`")
        } else {
            return Ok(());
        };
        Err(self.fail(Diagnostic::error(codes::CONFLICT, span, message).help(help)))
    }

    /// `exchange: T`
    fn exchange_axis(&mut self, s: &ast::Setting, axes: &[AxisValues], rungs: Option<&Rungs>) -> Eval<String> {
        let names: Vec<String> = axes.iter().map(|a| a.name.clone()).collect();
        let span = s.value.span;
        let word = match &*s.value.kind {
            ExprKind::Name(name) => name.clone(),
            _ => self.source_text(span),
        };
        if rungs.is_some() && matches!(word.as_str(), "temperature" | "temperatures") {
            return Ok(RUNG.to_string());
        }
        if rungs.is_some() && word != RUNG {
            let d = Diagnostic::error(
                codes::CONFLICT,
                span,
                "`temperatures` is a ladder of its own: its replicas are exchanged along the axis `rung`",
            )
            .help("leave out `exchange`, or leave out `temperatures` and run over an axis of temperatures");
            return Err(self.fail(d));
        }
        if let Some(axis) = axes.iter().find(|a| a.name == word) {
            if axis.coordinates.len() < 2 {
                return self.error(
                    codes::BAD_AXIS,
                    span,
                    format!("the axis `{word}` has one value: there is nothing to exchange"),
                );
            }
            return Ok(word);
        }
        let mut d = Diagnostic::error(codes::BAD_AXIS, span, format!("`{word}` is not an axis of this task")).expected(
            if names.is_empty() {
                "an axis, such as `over T in geomspace(0.5, 2.0, 20)` with `exchange: T`".to_string()
            } else {
                format!("one of {}", super::super::expression::quoted(&names))
            },
        );
        if let Some(near) = nearest(&word, names.iter().map(String::as_str)) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        Err(self.fail(d))
    }

    /// Points that exchange their states have states of the same kind and run alike.
    fn exchangeable(&mut self, t: &ast::Task, axes: &[AxisValues], points: &[SamplePoint], axis: &str) -> Eval<()> {
        let span = setting(t, "exchange").map_or(t.name.span, |s| s.value.span);
        for line in lines(axes, axis, points.len()) {
            let first = &points[line[0]];
            for &k in &line[1..] {
                let p = &points[k];
                let models = &self.elaborated.plan.models;
                let same_states = p.model == first.model || {
                    let (a, b) = (&models[p.model as usize].variables, &models[first.model as usize].variables);
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.sites == b.sites && a.space == b.space)
                };
                let why = if !same_states {
                    "the models along it have different variables"
                } else if p.method != first.method {
                    "the methods along it are different"
                } else if (p.sweeps, p.warmup, p.every, p.chains, p.replicas)
                    != (first.sweeps, first.warmup, first.every, first.chains, first.replicas)
                {
                    "the runs along it have different lengths"
                } else {
                    continue;
                };
                return self.not_exchangeable(span, axis, why);
            }
        }
        Ok(())
    }

    fn not_exchangeable<T>(&mut self, span: Span, axis: &str, why: &str) -> Eval<T> {
        let d = Diagnostic::error(codes::CONFLICT, span, format!("replicas cannot be exchanged along `{axis}`"))
            .label(why)
            .help("exchange along an axis on which the temperature or a parameter of the energy depends, and nothing else");
        Err(self.fail(d))
    }
}

/// A setting of a task.
pub(super) fn setting<'t>(t: &'t ast::Task, name: &str) -> Option<&'t ast::Setting> {
    t.body.iter().find_map(|e| match e {
        TaskEntry::Setting(s) if s.name.text == name => Some(s),
        _ => None,
    })
}

/// The axis along which nothing but the temperature varies.
fn temperature_axis(axes: &[AxisValues], points: &[SamplePoint]) -> Option<String> {
    let alike = |a: &SamplePoint, b: &SamplePoint| {
        a.model == b.model
            && a.weights == b.weights
            && a.method == b.method
            && (std::sync::Arc::ptr_eq(&a.looks, &b.looks) || a.looks == b.looks)
            && (a.sweeps, a.warmup, a.every, a.chains, a.replicas) == (b.sweeps, b.warmup, b.every, b.chains, b.replicas)
            && a.start == b.start
    };
    let varies = |line: &[usize]| line.iter().any(|&k| points[k].temperature != points[line[0]].temperature);
    axes.iter()
        .find(|axis| {
            let lines = lines(axes, &axis.name, points.len());
            lines.iter().any(|l| varies(l)) && lines.iter().all(|l| l.iter().all(|&k| alike(&points[k], &points[l[0]])))
        })
        .map(|a| a.name.clone())
}

/// Quantities that a ladder gives beside those of the script.
pub(super) fn further(ladder: Option<&Ladder>, points: &[SamplePoint]) -> Vec<Description> {
    let Some(ladder) = ladder else { return vec![] };
    let mut all = Vec::new();
    if ladder.axis.as_deref() == Some(RUNG) {
        all.push(Description::new("temperature", "the temperature of the rung"));
    }
    if ladder.exchange {
        all.push(Description::new(
            "swap_rate",
            "the share of accepted exchanges with the next point of the axis; at its end, with the one before",
        ));
        all.push(Description::new("round_trips", "journeys of a replica from one end of the axis to the other and back"));
    }
    if points.iter().any(|p| p.method.is_ladder()) {
        all.push(Description::new("free_energy", "F = -T ln Z"));
    }
    if !ladder.exchange && points.iter().any(|p| p.method.is_flat()) {
        all.push(Description::new("round_trips", "journeys of the walkers from the lowest energy to the most frequent and back"));
    }
    if points.iter().any(|p| matches!(p.method, Method::Population { .. })) {
        all.push(Description::new("families", "the effective number of initial copies that the copies descend from"));
    }
    all
}
