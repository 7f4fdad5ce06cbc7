//! One point of a task: its settings checked and put into the plan's form.

use super::super::Elaborator;
use super::super::scope::Scope;
use super::super::value::{Eval, Failed, Instance, Value, describe};
use super::Settings;
use super::ladder::{RUNG, Rungs};
use super::until::has_setting;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::graph::Graph;
use crate::plan::{AnnealPoint, Expr, Looks, Method, SamplePoint, Temperature};
use crate::results::AxisValues;
use crate::syntax::ast;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) enum Point {
    Sample(SamplePoint),
    Anneal(AnnealPoint),
}

impl Elaborator<'_> {
    pub(super) fn point(
        &mut self,
        t: &ast::Task,
        axes: &[AxisValues],
        scope: &Rc<Scope>,
        shared: &mut Option<Arc<Looks>>,
        rungs: Option<&Rungs>,
    ) -> Eval<Point> {
        // What names an axis is looked at for all points together.
        let others = ["exchange", "temperatures", "until"];
        let (settings, failed) = self.point_settings(t, scope, &others, Self::setting_value);
        let model = match settings.get("model") {
            Some((Value::Model(m), span)) => {
                let (m, span) = (m.clone(), *span);
                self.double_bonds(&m, span);
                Some(m)
            }
            Some((other, span)) => {
                let (other, span) = (other.clone(), *span);
                let _: Eval<()> = self.wrong_type(&other, span, "a model");
                None
            }
            None => None,
        };
        let sample = t.kind.text == "sample";
        let method = self.method_setting(&settings, sample);
        let start = match &model {
            Some(m) => self.start(&settings, m),
            None => Err(Failed),
        };
        let rung = rungs.and_then(|r| Some(r.temperatures[scope.own(RUNG)?.integer()? as usize]));
        let temperature = match rung {
            Some(t) => Ok(Some(Temperature::Temperature(Expr::Number(t)))),
            None if sample => self.temperature(&settings).map(Some),
            None => Ok(None),
        };
        let schedule = if sample { Ok(None) } else { self.schedule_setting(&settings).map(Some) };
        let sweeps = self.count_setting(&settings, "sweeps", 10_000, 1, 1 << 50);
        let chains = self.count_setting(&settings, "chains", 1, 1, 1 << 20);
        // Chains that run until they come to an end have no warm-up.
        let first = if has_setting(t, "until") { 0 } else { 1_000 };
        let warmup = self.count_setting(&settings, "warmup", first, 0, 1 << 50);
        let every = self.count_setting(&settings, "every", 1, 1, 1 << 50);
        let replicas = self.count_setting(&settings, "replicas", 1, 1, 64);
        let until = self.until(t);
        let looks = match &model {
            Some(m) => self.looks(t, axes, m, scope, shared, replicas.unwrap_or(1), rung.is_some()),
            None => Err(Failed),
        };
        if failed {
            return Err(Failed);
        }
        let (method, start, sweeps, chains) = (method?, start?, sweeps?, chains?);
        let (warmup, every, replicas, looks) = (warmup?, every?, replicas?, looks?);
        let (until, model) = (until?, model.ok_or(Failed)?);
        self.without_energy(t, &model, method, &settings)?;
        let (mut model, weights) = (model.index, model.weights.clone());
        let clamped = self.clamped_sites(&settings, model, &start)?;
        let looks = if clamped.is_empty() {
            looks
        } else {
            let (held, looks) = self.held(model, &clamped, &looks, &settings)?;
            model = held;
            looks
        };
        if let Some(temperature) = temperature? {
            if let Some(until) = until {
                self.comes_to_an_end(t, until, &temperature, method, replicas, &looks)?;
            }
            if every > sweeps {
                let span = settings.get("every").map_or(t.name.span, |s| s.1);
                let d = Diagnostic::error(
                    codes::CONFLICT,
                    span,
                    format!("`every: {every}` leaves no measurement in {sweeps} sweeps"),
                )
                .expected(format!("at most {sweeps}"));
                return Err(self.fail(d));
            }
            if warmup == 0
                && method != Method::Exact
                && !looks.at_end
                && let Some((_, span)) = settings.get("warmup")
            {
                let d = Diagnostic::warning(codes::NO_WARMUP, *span, "without a warm-up the averages remember the start")
                    .help("write `warmup: 1_000`");
                self.warn(d);
            }
            if method == Method::Exact && !looks.keep.is_empty() {
                let span = settings.get("method").map_or(t.name.span, |s| s.1);
                let d = Diagnostic::error(codes::CONFLICT, span, "`exact` has no states to keep")
                    .help("leave out `keep`, or sample with `metropolis`");
                return Err(self.fail(d));
            }
            return Ok(Point::Sample(SamplePoint {
                model,
                temperature,
                method,
                start,
                warmup: warmup as u64,
                sweeps: sweeps as u64,
                every: every as u64,
                chains: chains as u32,
                replicas: replicas as u32,
                until,
                looks,
                weights,
                clamped,
            }));
        }
        let schedule = schedule?.ok_or(Failed)?;
        Ok(Point::Anneal(AnnealPoint {
            model,
            schedule,
            method,
            start,
            sweeps: sweeps as u64,
            chains: chains as u32,
            looks,
            weights,
        }))
    }

    /// A setting's value; a user's own `random`, `up` or `down` does not get in the way of a start.
    fn setting_value(&mut self, s: &ast::Setting, scope: &Rc<Scope>) -> Eval {
        if let ("start", ast::ExprKind::Name(word)) = (s.name.text.as_str(), &*s.value.kind)
            && matches!(word.as_str(), "random" | "up" | "down")
        {
            return Ok(Value::text(word));
        }
        self.eval(&s.value, scope)
    }

    fn method_setting(&mut self, settings: &Settings, sample: bool) -> Eval<Method> {
        let Some((value, span)) = settings.get("method") else { return Ok(Method::METROPOLIS) };
        let (value, span) = (value.clone(), *span);
        match value {
            Value::Method(m) if sample || !(m == Method::Exact || m.is_ladder()) => Ok(m),
            Value::Method(m) => {
                let d = Diagnostic::error(codes::METHOD_MODEL, span, format!("`{}` cannot anneal", m.name()))
                    .label("does not move at one temperature")
                    .expected("`metropolis`, `heat_bath`, or another method that does");
                Err(self.fail(d))
            }
            Value::Failed => Err(Failed),
            other => self.wrong_type(&other, span, "a method, such as `metropolis`,"),
        }
    }

    fn temperature(&mut self, settings: &Settings) -> Eval<Temperature> {
        let t = settings.get("temperature").cloned();
        let b = settings.get("beta").cloned();
        if let (Some((_, first)), Some((_, second))) = (&t, &b) {
            let d = Diagnostic::error(codes::CONFLICT, *second, "`temperature` and `beta` say the same thing twice")
                .related(*first, "the temperature is given here")
                .help("keep one of them");
            return Err(self.fail(d));
        }
        let (name, value, span) = match (t, b) {
            (Some((v, s)), _) => ("temperature", v, s),
            (None, Some((v, s))) => ("beta", v, s),
            (None, None) => return Ok(Temperature::Temperature(Expr::Number(1.0))),
        };
        if let Value::Schedule(_) = value {
            let d = Diagnostic::error(codes::TYPE, span, "`sample` runs at one temperature, but this is a schedule")
                .expected("a number")
                .help("use `anneal` for a schedule, or an axis for several temperatures: `over T in linspace(...)`");
            return Err(self.fail(d));
        }
        let s = self.lift(&value, span)?;
        if !s.shape.is_empty() || !s.axes.is_empty() {
            let d = Diagnostic::error(codes::SHAPE, span, format!("`{name}` must be one number"))
                .label(format!("this is {}", value.kind_name()))
                .help("make it an axis: `over T in ...`");
            return Err(self.fail(d));
        }
        if let Some(x) = value.number()
            && (x < 0.0 || x.is_nan() || (name == "temperature" && x.is_infinite()))
        {
            let d = Diagnostic::error(codes::DOMAIN, span, format!("`{name}` must not be {}", describe(&value)))
                .label(format!("this is {}", describe(&value)))
                .expected("a finite number that is not negative");
            return Err(self.fail(d));
        }
        Ok(if name == "beta" { Temperature::Beta(s.expr) } else { Temperature::Temperature(s.expr) })
    }

    fn schedule_setting(&mut self, settings: &Settings) -> Eval<crate::plan::Schedule> {
        let Some((value, span)) = settings.get("temperature").cloned() else {
            return Ok(crate::plan::Schedule::Automatic);
        };
        match value {
            Value::Schedule(s) => Ok((*s).clone()),
            Value::Int(_) | Value::Real(_) => {
                let d = Diagnostic::error(codes::TYPE, span, "`anneal` needs a schedule, but this is a number")
                    .expected("a schedule, such as `geometric(3.0, 0.1)`")
                    .help(format!("for a fixed temperature write `constant({})`", describe(&value)));
                Err(self.fail(d))
            }
            other => self.wrong_type(&other, span, "a schedule"),
        }
    }

    pub(super) fn count_setting(&mut self, settings: &Settings, name: &str, default: i64, least: i64, most: i64) -> Eval<i64> {
        let Some((value, span)) = settings.get(name).cloned() else { return Ok(default) };
        let n = self.whole(&value, span, &format!("`{name}`"))?;
        if n < least || n > most {
            let d = Diagnostic::error(
                codes::DOMAIN,
                span,
                format!(
                    "`{name}` must be at least {least}{}",
                    if n > most { format!(" and at most {most}") } else { String::new() }
                ),
            )
            .label(format!("this is {n}"))
            .expected(format!("a whole number from {least}"));
            return Err(self.fail(d));
        }
        Ok(n)
    }

    fn double_bonds(&mut self, model: &Rc<Instance>, span: Span) {
        let variables = &self.elaborated.plan.models[model.index as usize].variables;
        let double = variables
            .iter()
            .filter_map(|v| v.graph)
            .find(|g| matches!(self.graph(*g), Graph::Lattice(b) if b.has_double_bonds()));
        if let Some(Graph::Lattice(b)) = double.map(|g| self.graph(g)) {
            let name = b.describe();
            let open: Vec<&str> = b.sizes.iter().map(|&n| if n == 2 { "open" } else { "periodic" }).collect();
            let two = b.sizes.contains(&2);
            let open = if open.contains(&"periodic") { format!("[{}]", open.join(", ")) } else { "open".to_string() };
            let (why, help) = if two {
                let help = format!("if that is not meant, open that direction: `boundary: {open}`");
                ("a periodic direction of two sites joins each pair twice", help)
            } else {
                ("both ways around the boundary are bonds", "if that is not meant, make the lattice larger".to_string())
            };
            let d = Diagnostic::warning(codes::DOUBLE_BONDS, span, format!("{name} has double bonds: {why}")).help(help);
            self.warn(d);
        }
    }
}
