//! `probe`: looks at the landscape of a model, a network, or what a training led to.

use super::super::Elaborator;
use super::super::scope::Scope;
use super::super::value::{Eval, Failed, Instance, Quantity, TaskHandle, Value};
use super::Settings;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::landscape::{At, Look, LookColumn, Precision, ProbePoint, SMALL, Subject};
use crate::plan::{Task, Work};
use crate::results::{AxisValues, Coordinates};
use crate::syntax::ast::{self, TaskEntry};
use std::rc::Rc;
use std::sync::Arc;

/// A training that is probed.
type Trained = (Rc<TaskHandle>, Rc<Vec<(String, usize)>>);

impl Elaborator<'_> {
    pub(super) fn probe(&mut self, t: &ast::Task, doc: Option<String>, scope: &Rc<Scope>) -> Eval {
        let before = self.errors();
        self.check_entries(t, super::super::settings::PROBE);
        let Some(of) = &t.of else {
            let d =
                Diagnostic::error(codes::MISSING_SETTING, t.name.span, format!("`{}` does not say what it probes", t.name.text))
                    .expected(format!("`probe {} of MODEL`, or of a `train`", t.name.text));
            return Err(self.fail(d));
        };
        let declared = self.axes(&t.axes, scope)?;
        let own = self.axis_values.take().unwrap_or_default();
        // What names no axis of this task is the same at every point, and may be a training, whose axes are inherited.
        let mut mentions = false;
        super::super::names::visit(of, &mut |e| {
            if let ast::ExprKind::Name(n) = &*e.kind {
                mentions |= declared.iter().any(|a| a.name == *n);
            }
        });
        let target = if mentions { None } else { Some(self.eval(of, scope)?) };
        let trained: Option<Trained> = match &target {
            Some(Value::Task(task)) => Some((task.clone(), Rc::new(vec![]))),
            Some(Value::TaskAt(task, fixed)) => Some((task.clone(), fixed.clone())),
            _ => None,
        };
        let (mut axes, mut values) = (Vec::new(), Vec::new());
        if let Some((task, fixed)) = &trained {
            for axis in task.axes.iter().filter(|a| !fixed.iter().any(|f| f.0 == a.name)) {
                if declared.iter().any(|a| a.name == axis.name) {
                    continue;
                }
                values.push(coordinates(axis));
                axes.push(axis.clone());
            }
        }
        axes.extend(declared);
        values.extend(own);
        let mut task = Task { name: t.name.text.clone(), doc, axes, descriptions: vec![], work: Work::Probe { points: vec![] } };
        let mut times = None;
        let points = self.each_point(t, (&task, &values), scope, before, |e, inner, last: Option<&ProbePoint>| {
            let mut point = e.probe_point(t, of, target.clone(), trained.as_ref(), &task.axes, inner, &mut times)?;
            if let Some(last) = last {
                share(&mut point.columns, &last.columns);
                share(&mut point.looks, &last.looks);
            }
            Ok(point)
        })?;
        let first = points[0].columns.clone();
        if let Some(odd) =
            points.iter().find(|p| p.columns.iter().zip(first.iter()).any(|(a, b)| a.shape != b.shape || a.axes != b.axes))
        {
            let name = odd
                .columns
                .iter()
                .zip(first.iter())
                .find(|(a, b)| a.shape != b.shape || a.axes != b.axes)
                .map(|c| c.0.name.clone());
            let message = format!("`{}` has different shapes at different points", name.unwrap_or_default());
            return self.error(codes::SHAPE, t.name.span, message);
        }
        let quantities = self.look_quantities(t, &first, &[], &mut task);
        task.work = Work::Probe { points };
        Ok(self.finished_task(t, task, quantities))
    }

    #[allow(clippy::too_many_arguments)]
    fn probe_point(
        &mut self,
        t: &ast::Task,
        of: &ast::Expr,
        target: Option<Value>,
        trained: Option<&Trained>,
        axes: &[AxisValues],
        scope: &Rc<Scope>,
        times: &mut Option<AxisValues>,
    ) -> Eval<ProbePoint> {
        let settings = self.plain_settings(t, scope, &["at"])?;
        let mut value = match target {
            Some(value) => value,
            None => self.eval(of, scope)?,
        };
        let mut source = None;
        if let Some((task, fixed)) = trained {
            let place = self.task_point(task, fixed, of.span)?;
            let Work::Train { points } = &self.elaborated.plan.tasks[place.0 as usize].work else {
                let message = format!("`{}` is not a `train`", task.name);
                let d = Diagnostic::error(codes::TYPE, of.span, message)
                    .expected("a model, a network, or a `train`")
                    .help("to look at the result of an `anneal` write `probe NAME of MODEL { at: TASK ... }`");
                return Err(self.fail(d));
            };
            let p = points[place.1 as usize].clone();
            *times = p.looks.parameters.as_ref().map(|t| t.axis());
            source = Some((place, p.subject, p.data));
            value = self.trained_value(task, p.subject);
        }
        let subject = match &source {
            Some((_, subject, _)) => *subject,
            None => self.subject(&value, of.span)?,
        };
        let dimension = self.dimension(subject);
        let data = match (settings.get("data"), subject) {
            (Some((Value::Data(d), span)), Subject::Network(n)) => {
                let (d, span) = (d.clone(), *span);
                Some(self.data_for(n, &d, span)?)
            }
            (Some((Value::Data(d), span)), Subject::Machine(m)) => {
                let (d, span) = (d.clone(), *span);
                Some(self.data_for_machine(m, &d, span)?)
            }
            (Some((_, span)), Subject::Model(_)) => {
                let d = Diagnostic::error(codes::CONFLICT, *span, "the energy of a model does not depend on data")
                    .help("leave `data` out");
                return Err(self.fail(d));
            }
            (Some((other, span)), _) => {
                let (other, span) = (other.clone(), *span);
                return self.wrong_type(&other, span, "a data set");
            }
            (None, _) => source.as_ref().and_then(|s| s.2),
        };
        let at = t.body.iter().find_map(|e| match e {
            TaskEntry::Setting(s) if s.name.text == "at" => Some(&s.value),
            _ => None,
        });
        let at = match (at, &source) {
            (Some(e), _) => self.point_setting(e, dimension, scope)?,
            (None, Some((place, ..))) => match trained {
                Some((task, fixed)) => self.result_at(task, fixed, *place),
                None => At::Task { task: place.0, point: place.1 },
            },
            (None, None) if matches!(subject, Subject::Network(_)) => At::Initial,
            (None, None) if matches!(subject, Subject::Machine(_)) => self.weights_of_value(&value),
            (None, None) => {
                let d = Diagnostic::error(codes::MISSING_SETTING, t.name.span, "at which point?")
                    .expected("a setting such as `at: zeros`, a list of numbers, or the name of a task");
                return Err(self.fail(d));
            }
        };
        let precision = self.precision(&settings, subject, dimension <= SMALL)?;
        let seed = self.count_setting(&settings, "seed", 0, i64::MIN, i64::MAX)?;
        self.begin_looking(subject, data, times.clone(), false);
        let names = self.looking_scope(scope, &value);
        let mut taken = Vec::new();
        let mut columns: Vec<LookColumn> = Vec::new();
        let mut failed = false;
        for entry in &t.body {
            if let TaskEntry::Block(b) = entry {
                match self.look_columns(&b.entries, &names, axes, &mut taken) {
                    Ok(more) => columns.extend(more),
                    Err(_) => failed = true,
                }
            }
        }
        let looks: Vec<Look> = self.looking.take().map(|l| l.looks).unwrap_or_default();
        if failed {
            return Err(Failed);
        }
        distinct_axes(&mut columns);
        Ok(ProbePoint {
            subject,
            at,
            data,
            of: source.map(|s| s.0),
            precision,
            seed,
            columns: Arc::new(columns),
            looks: Arc::new(looks),
        })
    }

    /// `machine.model`: the model with the weights that a training ended at.
    pub(crate) fn trained_model(
        &mut self,
        task: &Rc<TaskHandle>,
        fixed: &[(String, usize)],
        span: crate::diagnostic::Span,
    ) -> Eval {
        let (number, point) = self.task_point(task, fixed, span)?;
        let Work::Train { points } = &self.elaborated.plan.tasks[number as usize].work else { return Err(Failed) };
        let Some(subject) = points.get(point as usize).map(|p| p.subject) else { return Err(Failed) };
        match (self.trained_value(task, subject), subject) {
            (Value::Model(m), Subject::Machine(_)) => {
                let weights = At::Task { task: number, point };
                let (index, name, scope, definition) = (m.index, m.name.clone(), m.scope.clone(), m.definition.clone());
                Ok(Value::Model(Rc::new(Instance { index, name, scope, definition, weights })))
            }
            _ => {
                let d = Diagnostic::error(codes::TYPE, span, format!("`{}` trains no weights of a model", task.name))
                    .help("probe what it trained by its name: `probe NAME of TASK`");
                Err(self.fail(d))
            }
        }
    }

    /// The network or model that a training moved, as a value with its names.
    fn trained_value(&self, task: &TaskHandle, subject: Subject) -> Value {
        let of = |v: &Value| match (v, subject) {
            (Value::Network(n), Subject::Network(k)) => n.index == k,
            (Value::Model(m), Subject::Model(k) | Subject::Machine(k)) => m.index == k,
            _ => false,
        };
        task.subjects.iter().find(|v| of(v)).cloned().unwrap_or(Value::Failed)
    }

    pub(super) fn precision(&mut self, settings: &Settings, subject: Subject, double: bool) -> Eval<Precision> {
        let Some((value, span)) = settings.get("precision").cloned() else {
            let double = double || matches!(subject, Subject::Model(_) | Subject::Machine(_));
            return Ok(if double { Precision::F64 } else { Precision::F32 });
        };
        match &value {
            Value::Text(t) | Value::Axis(t) if &**t == "f32" => Ok(Precision::F32),
            Value::Text(t) | Value::Axis(t) if &**t == "f64" => Ok(Precision::F64),
            other => self.wrong_type(other, span, "`f32` or `f64`"),
        }
    }

    /// The quantities of look columns, with their descriptions. `outer`: axes that come before a column's own.
    pub(super) fn look_quantities(
        &mut self,
        t: &ast::Task,
        columns: &[LookColumn],
        outer: &[AxisValues],
        task: &mut Task,
    ) -> Vec<Quantity> {
        let entries: Vec<&ast::BlockEntry> =
            t.body.iter().filter_map(|e| if let TaskEntry::Block(b) = e { Some(&b.entries) } else { None }).flatten().collect();
        columns
            .iter()
            .map(|c| {
                let axes: Vec<AxisValues> = outer.iter().chain(&c.axes).cloned().collect();
                let entry = entries.iter().filter(|e| c.name.starts_with(&e.name.text)).max_by_key(|e| e.name.text.len());
                task.descriptions.push(crate::results::Description {
                    name: c.name.clone(),
                    expression: entry.map(|e| self.source_text(e.value.span)).unwrap_or_default(),
                    units: None,
                    doc: entry.and_then(|e| e.doc.clone()),
                    axes: axes.clone(),
                });
                Quantity { name: c.name.clone(), shape: c.shape.clone(), axes }
            })
            .collect()
    }
}

/// Takes what is equal to what came before.
fn share<T: PartialEq>(new: &mut Arc<T>, old: &Arc<T>) {
    if **new == **old {
        *new = old.clone();
    }
}

/// The coordinates of an axis as values.
fn coordinates(axis: &AxisValues) -> Vec<Value> {
    match &axis.coordinates {
        Coordinates::Int(v) => v.iter().map(|&i| Value::Int(i)).collect(),
        Coordinates::Real(v) => v.iter().map(|&x| Value::Real(x)).collect(),
        Coordinates::Text(v) => v.iter().map(|t| Value::text(t)).collect(),
    }
}

/// Axes of one name and different coordinates are told apart by the quantity that has them.
pub(super) fn distinct_axes(columns: &mut [LookColumn]) {
    let mut known: Vec<AxisValues> = Vec::new();
    for c in columns {
        for axis in &mut c.axes {
            if known.iter().any(|k| k.name == axis.name && k.coordinates != axis.coordinates) {
                axis.name = format!("{}_{}", axis.name, c.name);
            }
            if !known.iter().any(|k| k.name == axis.name) {
                known.push(axis.clone());
            }
        }
    }
}
