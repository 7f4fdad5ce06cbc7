//! What a task looks at: `observe`, `estimate`, `keep`.

use super::super::limits::grouped;
use super::super::scope::Scope;
use super::super::symbolic::shape_text;
use super::super::value::{Eval, Failed, Instance, KeepSpec, Kind, Symbolic, Value};
use super::super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::plan::{Column, Expr, Keep, Looks};
use crate::results::AxisValues;
use crate::syntax::ast::{self, ExprKind, TaskEntry};
use std::rc::Rc;
use std::sync::Arc;

impl Elaborator<'_> {
    /// The looks at a point; the same as those of the point before where they are equal.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn looks(
        &mut self,
        t: &ast::Task,
        axes: &[AxisValues],
        model: &Rc<Instance>,
        scope: &Rc<Scope>,
        shared: &mut Option<Arc<Looks>>,
        replicas: i64,
        rung: bool,
    ) -> Eval<Arc<Looks>> {
        let saved = std::mem::replace(&mut self.variables, self.elaborated.plan.models[model.index as usize].variables.clone());
        self.blamed.clear();
        let result = self.all_looks(t, axes, model, scope, replicas, rung);
        self.variables = saved;
        self.stage = Stage::Plain;
        self.inside_average = false;
        let mut looks = result?;
        for column in looks.observe.iter_mut().chain(&mut looks.estimate) {
            column.expr = without_coordinates(&column.expr);
        }
        match shared {
            Some(same) if **same == looks => Ok(same.clone()),
            _ => {
                let looks = Arc::new(looks);
                *shared = Some(looks.clone());
                Ok(looks)
            }
        }
    }

    fn all_looks(
        &mut self,
        t: &ast::Task,
        axes: &[AxisValues],
        model: &Rc<Instance>,
        scope: &Rc<Scope>,
        replicas: i64,
        rung: bool,
    ) -> Eval<Looks> {
        let mut looks = Looks::default();
        // Coordinates stay symbolic, so that the points of an axis share one expression.
        let named = Scope::inside_with(scope, model.scope.clone());
        for axis in axes {
            let value = scope.own(&axis.name);
            if let Some(x @ (Value::Int(_) | Value::Real(_))) = value {
                let kind = if matches!(x, Value::Int(_)) { Kind::Int } else { Kind::Real };
                let number = x.number().unwrap_or(f64::NAN);
                named.define(
                    &axis.name,
                    Value::symbolic(Expr::Coordinate { axis: axis.name.clone(), value: number }, kind),
                    None,
                );
            }
        }
        if rung {
            // Where it was placed is known when it runs.
            let placed = Expr::Coordinate { axis: "temperature".into(), value: 1.0 };
            named.define("temperature", Value::symbolic(placed, Kind::Real), None);
        }
        let state = Scope::inside(&named);
        for v in &self.variables.clone() {
            if let Some(value) = model.scope.own(&v.name) {
                state.define(&v.name, value, None);
            }
        }
        if let Some(energy) = model.scope.own("energy") {
            state.define("energy", energy, None);
        }
        let mut failed = false;
        let blocks = |kind: &'static str| {
            t.body.iter().filter_map(move |e| match e {
                TaskEntry::Block(b) if b.kind.text == kind && super::entries::serves(kind, &t.kind.text) => Some(b),
                _ => None,
            })
        };
        let observed = Scope::inside(&state);
        let measured = Scope::inside(&state);
        for block in blocks("observe") {
            looks.at_end |= block.at_end.is_some();
            if let Some(first) = blocks("observe").next()
                && first.at_end.is_some() != block.at_end.is_some()
            {
                let d =
                    Diagnostic::error(codes::CONFLICT, block.kind.span, "a task looks at every measurement, or once at its end")
                        .related(first.kind.span, "the other block")
                        .help("make a second task for `observe at end`, or `keep { states: last }` and use the task's `states`");
                self.fail(d);
                failed = true;
            }
            if let Some(every) = &block.every {
                let d = Diagnostic::error(codes::NOT_HERE, every.span, "the distance of measurements is a setting of the task")
                    .help("write `every: 10` beside `sweeps`");
                self.fail(d);
                failed = true;
            }
            if let Some(at) = &block.at {
                let d = Diagnostic::error(codes::NOT_HERE, at.span, "`observe` measures every so many sweeps, or `at end`")
                    .help("leave it out, and write `every: 10` beside `sweeps`");
                self.fail(d);
                failed = true;
            }
            for entry in &block.entries {
                self.stage = Stage::Observe;
                match self.observed(entry, axes, &observed, &looks, replicas) {
                    Ok(s) => {
                        observed.define(&entry.name.text, Value::Symbolic(Rc::new(s.clone())), Some(entry.name.span));
                        let index = looks.observe.len() as u16;
                        let stand_in = Symbolic {
                            expr: Expr::Observable(index),
                            kind: s.kind,
                            shape: s.shape.clone(),
                            axes: vec![],
                            index: None,
                        };
                        measured.define(&entry.name.text, Value::Symbolic(Rc::new(stand_in)), Some(entry.name.span));
                        looks.observe.push(Column { name: entry.name.text.clone(), expr: s.expr, shape: s.shape });
                    }
                    Err(_) => {
                        measured.define(&entry.name.text, Value::Failed, Some(entry.name.span));
                        observed.define(&entry.name.text, Value::Failed, Some(entry.name.span));
                        failed = true;
                    }
                }
            }
        }
        for block in blocks("estimate") {
            for entry in &block.entries {
                self.stage = Stage::Estimate;
                match self.estimated(entry, axes, &measured, &looks) {
                    Ok(s) => {
                        measured.define(&entry.name.text, Value::Symbolic(Rc::new(s.clone())), Some(entry.name.span));
                        looks.estimate.push(Column { name: entry.name.text.clone(), expr: s.expr, shape: s.shape });
                    }
                    Err(_) => failed = true,
                }
            }
        }
        self.stage = Stage::Plain;
        for block in blocks("keep") {
            for entry in &block.entries {
                match self.keep(entry, &looks, scope) {
                    Ok(keep) => looks.keep.push(keep),
                    Err(_) => failed = true,
                }
            }
        }
        if failed { Err(Failed) } else { Ok(looks) }
    }

    fn fresh_name(&mut self, entry: &ast::BlockEntry, axes: &[AxisValues], looks: &Looks) -> Eval<()> {
        let name = &entry.name;
        if axes.iter().any(|a| a.name == name.text) {
            let d = Diagnostic::error(codes::DUPLICATE, name.span, format!("`{}` is an axis of this task", name.text))
                .help("choose another name for the quantity");
            return Err(self.fail(d));
        }
        if looks.observe.iter().chain(&looks.estimate).any(|c| c.name == name.text) {
            let d = Diagnostic::error(codes::DUPLICATE, name.span, format!("the quantity `{}` is there twice", name.text))
                .help("choose another name");
            return Err(self.fail(d));
        }
        Ok(())
    }

    fn quantity_shape(&mut self, entry: &ast::BlockEntry, s: &Symbolic) -> Eval<()> {
        const LIMIT: usize = 1 << 16;
        if let Some(axis) = s.axes.first() {
            let d = Diagnostic::error(
                codes::MISALIGNED,
                entry.value.span,
                format!("this runs over the axis `{}`, which the task does not have", axis.name),
            )
            .help(format!("select a coordinate with `.at({}: ...)`, or give the task this axis", axis.name));
            return Err(self.fail(d));
        }
        let elements: usize = s.shape.iter().product();
        if elements > LIMIT {
            let d = Diagnostic::error(
                codes::MEMORY,
                entry.value.span,
                format!("the quantity `{}` has {}", entry.name.text, shape_text(&s.shape)),
            )
            .expected(format!("at most {} values", grouped(LIMIT as i64)))
            .help("states are kept with `keep { states: all }`");
            return Err(self.fail(d));
        }
        Ok(())
    }

    fn observed(
        &mut self,
        entry: &ast::BlockEntry,
        axes: &[AxisValues],
        scope: &Rc<Scope>,
        looks: &Looks,
        replicas: i64,
    ) -> Eval<Symbolic> {
        self.fresh_name(entry, axes, looks)?;
        let value = self.eval(&entry.value, scope)?;
        let s = self.lifted(value, entry.value.span)?;
        self.quantity_shape(entry, &s)?;
        let beyond = |e: &Expr| match e {
            Expr::Variable { replica, .. } | Expr::Element { replica, .. } | Expr::Energy { replica } => {
                i64::from(*replica) >= replicas
            }
            _ => false,
        };
        if s.expr.contains(&beyond) {
            let d = Diagnostic::error(
                codes::INDEX,
                entry.value.span,
                format!("the task has {replicas} {}", if replicas == 1 { "replica" } else { "replicas" }),
            )
            .label("a replica of a higher number is used here")
            .help("write `replicas: 2` beside `chains`; replicas are counted from 0");
            return Err(self.fail(d));
        }
        Ok(s)
    }

    fn estimated(&mut self, entry: &ast::BlockEntry, axes: &[AxisValues], scope: &Rc<Scope>, looks: &Looks) -> Eval<Symbolic> {
        self.fresh_name(entry, axes, looks)?;
        let value = self.eval(&entry.value, scope)?;
        let s = self.lifted(value, entry.value.span)?;
        self.quantity_shape(entry, &s)?;
        let state =
            |e: &Expr| matches!(e, Expr::Variable { .. } | Expr::Element { .. } | Expr::Energy { .. } | Expr::BondValue { .. });
        if s.expr.contains(&state) {
            let d = Diagnostic::error(
                codes::NOT_HERE,
                entry.value.span,
                "`estimate` averages observed quantities, not the state itself",
            )
            .label("this looks at the state")
            .help("define the quantity in `observe`, and use its name here");
            return Err(self.fail(d));
        }
        if bare_observable(&s.expr) {
            let d = Diagnostic::error(codes::NOT_HERE, entry.value.span, "an observed quantity stands outside of an average")
                .label("which of its values is meant?")
                .help("write `avg(...)` around it");
            return Err(self.fail(d));
        }
        Ok(s)
    }

    fn keep(&mut self, entry: &ast::BlockEntry, looks: &Looks, scope: &Rc<Scope>) -> Eval<Keep> {
        let names: Vec<String> = looks.observe.iter().map(|c| c.name.clone()).collect();
        let word = match &*entry.value.kind {
            ExprKind::Name(w) => Some(w.as_str()),
            _ => None,
        };
        match (entry.name.text.as_str(), word) {
            ("states", Some("all")) if !entry.every => return Ok(Keep::States { every: 1, last: false }),
            ("states", Some("last")) => return Ok(Keep::States { every: 1, last: true }),
            ("states", _) => return self.kept_states(entry, scope),
            ("series", Some("all")) => return Ok(Keep::Series { names }),
            ("series", _) => {
                let ExprKind::List(items) = &*entry.value.kind else {
                    let d = Diagnostic::error(codes::TYPE, entry.value.span, "which series should be kept?")
                        .expected("`series: all`, or a list such as `series: [m, e]`");
                    return Err(self.fail(d));
                };
                let mut wanted = Vec::new();
                for item in items {
                    match &*item.kind {
                        ExprKind::Name(n) if names.contains(n) => wanted.push(n.clone()),
                        _ => return self.not_observed(item, &names),
                    }
                }
                return Ok(Keep::Series { names: wanted });
            }
            _ => {}
        }
        if !names.contains(&entry.name.text) {
            let mut d = Diagnostic::error(codes::UNDEFINED, entry.name.span, format!("`{}` is not observed", entry.name.text))
                .expected(format!("`states`, `series`, or one of {}", super::super::expression::quoted(&names)));
            if let Some(near) = nearest(&entry.name.text, names.iter().map(String::as_str)) {
                d = d.help(format!("did you mean `{near}`?"));
            }
            return Err(self.fail(d));
        }
        if looks.observe.iter().any(|c| c.name == entry.name.text && !c.shape.is_empty()) {
            let d = Diagnostic::error(codes::SHAPE, entry.name.span, "a histogram is of one number, but this is a list")
                .help("observe the element that is wanted under a name of its own");
            return Err(self.fail(d));
        }
        match self.eval(&entry.value, scope)? {
            Value::Keep(k) => {
                let KeepSpec::Histogram { bins, low, high } = *k;
                Ok(Keep::Histogram { name: entry.name.text.clone(), bins, low, high })
            }
            other => self.wrong_type(&other, entry.value.span, "`histogram(bins: 64, range: [-1, 1])`"),
        }
    }

    /// `states: every 100 sweeps`
    fn kept_states(&mut self, entry: &ast::BlockEntry, scope: &Rc<Scope>) -> Eval<Keep> {
        if entry.every
            && let Ok(value) = self.eval(&entry.value, scope)
        {
            let n = self.whole(&value, entry.value.span, "the distance of kept states")?;
            if n < 1 {
                return self.error(codes::DOMAIN, entry.value.span, "kept states are at least one sweep apart");
            }
            return Ok(Keep::States { every: n as u64, last: false });
        }
        let d = Diagnostic::error(codes::TYPE, entry.value.span, "which states should be kept?")
            .expected("`states: all`, `states: every 100 sweeps` or `states: last`");
        Err(self.fail(d))
    }

    fn not_observed<T>(&mut self, item: &ast::Expr, names: &[String]) -> Eval<T> {
        let text = self.source_text(item.span);
        let mut d = Diagnostic::error(codes::UNDEFINED, item.span, format!("`{text}` is not observed"))
            .expected(format!("one of {}", super::super::expression::quoted(names)));
        if let Some(near) = nearest(&text, names.iter().map(String::as_str)) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        Err(self.fail(d))
    }
}

/// Whether an observed quantity stands outside of every average.
fn bare_observable(e: &Expr) -> bool {
    match e {
        Expr::Observable(_) => true,
        Expr::Average(_) => false,
        other => {
            let mut found = false;
            other.for_each_part(&mut |part| found = found || bare_observable(part));
            found
        }
    }
}

/// The same for every point: the coordinates' values come from the point when it runs.
fn without_coordinates(e: &Expr) -> Expr {
    match e {
        Expr::Coordinate { axis, .. } => Expr::Coordinate { axis: axis.clone(), value: 0.0 },
        other => other.map_parts(&mut |part| without_coordinates(part)),
    }
}
