//! Points in the space of the variables: where a training begins, where a landscape is looked at.

use super::super::Elaborator;
use super::super::builtins::analysis::coordinate_index;
use super::super::value::{Eval, Failed, TaskHandle, Value, describe};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::landscape::{At, Directions, Subject};
use crate::plan::{Expr, Work};
use crate::results::AxisValues;
use crate::syntax::ast::{self, Argument, ExprKind};
use std::rc::Rc;
use std::sync::Arc;

impl Elaborator<'_> {
    /// `fit.at(width: 64)`: a task at some of its coordinates.
    pub(crate) fn task_at(
        &mut self,
        task: &Rc<TaskHandle>,
        fixed: &[(String, usize)],
        arguments: &[Argument],
        span: Span,
        scope: &Rc<super::super::scope::Scope>,
    ) -> Eval {
        let mut fixed = fixed.to_vec();
        for a in arguments {
            let Some(name) = &a.name else {
                return self.error(codes::ARGUMENTS, a.value.span, "`.at` selects by the name of an axis: `.at(width: 64)`");
            };
            let value = self.eval(&a.value, scope)?;
            let Some(axis) = task.axes.iter().find(|x| x.name == name.text) else {
                if let Some(times) = self.kept_times(task).filter(|t| t.name == name.text) {
                    let Some(k) = coordinate_index(&times.coordinates, &value) else {
                        let message = format!("`{}` keeps no parameters at {} {}", task.name, name.text, describe(&value));
                        let shown: Vec<String> =
                            (0..times.coordinates.len().min(8)).map(|k| times.coordinates.label(k)).collect();
                        let dots = if times.coordinates.len() > 8 { ", ..." } else { "" };
                        let d = Diagnostic::error(codes::NO_COORDINATE, a.value.span, message)
                            .expected(format!("one of {}{dots}", shown.join(", ")));
                        return Err(self.fail(d));
                    };
                    fixed.retain(|f| f.0 != name.text);
                    fixed.push((name.text.clone(), k));
                    continue;
                }
                let d = Diagnostic::error(codes::NO_AXIS, name.span, format!("`{}` has no axis `{}`", task.name, name.text));
                let trained = self.elaborated.plan.tasks.iter().any(|t| t.name == task.name && t.kind() == "train");
                let d = match (trained, name.text.as_str()) {
                    (true, "epoch" | "step") => {
                        d.help("the parameters on the way are kept by `keep { parameters: every 1 epoch }` in the training")
                    }
                    _ => d,
                };
                return Err(self.fail(d));
            };
            let wanted = self.coordinate(&axis.coordinates, &value, &a.value);
            let Some(k) = coordinate_index(&axis.coordinates, &wanted) else {
                let message = format!("the axis `{}` has no point {}", name.text, describe(&value));
                return self.error(codes::NO_COORDINATE, a.value.span, message);
            };
            fixed.retain(|f| f.0 != name.text);
            fixed.push((name.text.clone(), k));
        }
        let _ = span;
        Ok(Value::TaskAt(task.clone(), Rc::new(fixed)))
    }

    /// The end of a training, or a moment on its way where one is named.
    pub(super) fn result_at(&self, task: &TaskHandle, fixed: &[(String, usize)], (number, point): (u32, u32)) -> At {
        let moment = self.kept_times(task).and_then(|times| fixed.iter().find(|f| f.0 == times.name));
        match moment {
            Some((_, moment)) => At::Kept { task: number, point, moment: *moment as u32 },
            None => At::Task { task: number, point },
        }
    }

    /// The moments at which every point of a training keeps its parameters.
    fn kept_times(&self, task: &TaskHandle) -> Option<AxisValues> {
        match &self.elaborated.plan.tasks.iter().find(|t| t.name == task.name)?.work {
            Work::Train { points } => {
                let times = points.first()?.looks.parameters.as_ref()?;
                let same = points.iter().all(|p| p.looks.parameters.as_ref() == Some(times));
                same.then(|| times.axis())
            }
            _ => None,
        }
    }

    /// The plan's numbers of a task and of its point: axes that are not fixed are aligned with the point in hand by name.
    pub(crate) fn task_point(&mut self, task: &TaskHandle, fixed: &[(String, usize)], span: Span) -> Eval<(u32, u32)> {
        let mut point = 0;
        for axis in &task.axes {
            let chosen = fixed.iter().find(|f| f.0 == axis.name).map(|f| f.1);
            let here = self.point.iter().find(|p| p.0 == axis.name).and_then(|p| coordinate_index(&axis.coordinates, &p.1));
            let Some(k) = chosen.or(here) else {
                let message = format!("which point of `{}` along `{}`?", task.name, axis.name);
                let d = Diagnostic::error(codes::MISALIGNED, span, message)
                    .expected(format!("`{}.at({}: {})`", task.name, axis.name, axis.coordinates.label(0)))
                    .help("or give this task the same axis");
                return Err(self.fail(d));
            };
            point = point * axis.coordinates.len() + k;
        }
        let number = self.elaborated.plan.tasks.iter().position(|t| t.name == task.name).ok_or(Failed)?;
        Ok((number as u32, point as u32))
    }

    /// A point that can be probed, or that a training can begin at.
    pub(crate) fn point_in_space(&mut self, value: &Value, span: Span) -> Eval<At> {
        let dimension = self.looking.as_ref().map(|l| l.dimension);
        self.point_of(value, dimension, span)
    }

    pub(crate) fn point_of(&mut self, value: &Value, dimension: Option<usize>, span: Span) -> Eval<At> {
        match value {
            Value::Task(_) | Value::TaskAt(..) => {
                let (task, fixed) = match value {
                    Value::Task(t) => (t.clone(), Rc::new(vec![])),
                    Value::TaskAt(t, fixed) => (t.clone(), fixed.clone()),
                    _ => return Err(Failed),
                };
                let (number, point) = self.task_point(&task, &fixed, span)?;
                let found = self.dimension_of_result(number, point);
                match (found, dimension) {
                    (None, _) => {
                        let kind = self.elaborated.plan.tasks[number as usize].kind();
                        let message = format!("`{}` is a `{kind}`, which ends at no one point", task.name);
                        let d = Diagnostic::error(codes::TYPE, span, message)
                            .expected("a `train`, or an `anneal` of reals or angles");
                        Err(self.fail(d))
                    }
                    (Some(found), Some(n)) if found != n => {
                        let message = format!("the result of `{}` has {found} variables, but {n} are needed here", task.name);
                        self.error(codes::SHAPE, span, message)
                    }
                    _ => Ok(self.result_at(&task, &fixed, (number, point))),
                }
            }
            Value::List(_) | Value::Symbolic(_) | Value::Range(..) => {
                let s = self.lift(value, span)?;
                let data = match &s.expr {
                    Expr::Array(a) => a.data.clone(),
                    Expr::Random(d) => d.materialise(),
                    _ => return self.not_known_yet(span, "a point"),
                };
                if let Some(n) = dimension
                    && n != data.len()
                {
                    let d = Diagnostic::error(codes::SHAPE, span, format!("the point has {} values, the model {n}", data.len()))
                        .expected(format!("{n} values"));
                    return Err(self.fail(d));
                }
                if data.iter().any(|x| !x.is_finite()) {
                    return self.error(codes::DOMAIN, span, "a point has finite values");
                }
                Ok(At::Given(Arc::new(data)))
            }
            Value::Failed => Err(Failed),
            Value::Axis(word) if **word == *"zeros" => Ok(At::Zeros),
            Value::Builtin(b) if b.name == "zeros" => Ok(At::Zeros),
            Value::Axis(word) if **word == *"initial" => Ok(At::Initial),
            other => self.wrong_type(other, span, "a point (`zeros`, `initial`, a task's result, a list of numbers)"),
        }
    }

    /// The argument that names a point, or a list of points: `zeros` and `initial` are words, unless a script defines them.
    pub(crate) fn point_argument(&mut self, e: &ast::Expr, scope: &Rc<super::super::scope::Scope>) -> Eval {
        let is_word = |e: &ast::Expr| match &*e.kind {
            ExprKind::Name(word) if word == "initial" => scope.look_up(word).is_none(),
            ExprKind::Name(word) => word == "zeros" && matches!(scope.look_up(word), Some(Value::Builtin(_))),
            _ => false,
        };
        match &*e.kind {
            ExprKind::Name(word) if is_word(e) => Ok(Value::Axis(Rc::from(word.as_str()))),
            ExprKind::List(items) if items.iter().any(is_word) => {
                let points = items.iter().map(|p| self.point_argument(p, scope)).collect::<Eval<Vec<Value>>>()?;
                Ok(Value::List(Rc::new(points)))
            }
            ExprKind::If { condition, then, otherwise } if is_word(then) || is_word(otherwise) => {
                match self.eval(condition, scope)? {
                    Value::Bool(true) => self.point_argument(then, scope),
                    Value::Bool(false) => self.point_argument(otherwise, scope),
                    other => self.wrong_type(&other, condition.span, "a condition that is known here"),
                }
            }
            _ => self.eval(e, scope),
        }
    }

    /// A setting that names a point: `zeros` and `initial` are words.
    pub(crate) fn point_setting(&mut self, e: &ast::Expr, dimension: usize, scope: &Rc<super::super::scope::Scope>) -> Eval<At> {
        if let ExprKind::Name(word) = &*e.kind {
            match word.as_str() {
                "zeros" => return Ok(At::Zeros),
                "initial" | "random" => return Ok(At::Initial),
                _ => {}
            }
        }
        let value = self.point_argument(e, scope)?;
        self.point_of(&value, Some(dimension), e.span)
    }

    /// Directions that are given as lists of numbers.
    pub(crate) fn given_directions(&mut self, value: &Value, span: Span) -> Eval<Directions> {
        let dimension = self.looking.as_ref().map_or(0, |l| l.dimension);
        let s = self.lift(value, span)?;
        let Expr::Array(a) = &s.expr else { return self.not_known_yet(span, "directions") };
        let (count, size) = match s.shape[..] {
            [n] => (1, n),
            [m, n] => (m, n),
            _ => (0, 0),
        };
        if size != dimension || count == 0 || a.data.iter().any(|x| !x.is_finite()) {
            let d = Diagnostic::error(codes::SHAPE, span, "these numbers are not directions here")
                .label(super::super::symbolic::shape_text(&s.shape))
                .expected(format!("a list of {dimension} numbers, or a list of such lists"));
            return Err(self.fail(d));
        }
        Ok(Directions::Given(Arc::new(a.data.chunks(size).map(<[f64]>::to_vec).collect())))
    }

    /// The number of variables of what a task ends at.
    fn dimension_of_result(&self, task: u32, point: u32) -> Option<usize> {
        let plan = &self.elaborated.plan;
        match &plan.tasks.get(task as usize)?.work {
            Work::Train { points } => Some(self.dimension(points.get(point as usize)?.subject)),
            Work::Anneal { points } => {
                let m = &plan.models[points.get(point as usize)?.model as usize];
                (!m.is_finite()).then(|| m.components())
            }
            _ => None,
        }
    }

    /// The number of variables of a model, or of weights of a network.
    pub(crate) fn dimension(&self, subject: Subject) -> usize {
        match subject {
            Subject::Model(m) => self.elaborated.plan.models[m as usize].components(),
            Subject::Machine(m) => self.elaborated.plan.models[m as usize].dimension(),
            Subject::Network(n) => self.elaborated.plan.networks[n as usize].dimension(),
        }
    }

    /// What a value is that can be differentiated.
    pub(crate) fn subject(&mut self, value: &Value, span: Span) -> Eval<Subject> {
        match value {
            Value::Network(n) => Ok(Subject::Network(n.index)),
            Value::Model(m) => {
                let model = &self.elaborated.plan.models[m.index as usize];
                if !model.weights.is_empty() && !model.energy.is_deferred() {
                    return Ok(Subject::Machine(m.index));
                }
                if let Some(v) = model.variables.iter().find(|v| !matches!(v.kind(), "reals" | "angles")) {
                    let message =
                        format!("the energy of `{}` cannot be differentiated by its {} `{}`", model.name, v.kind(), v.name);
                    let d = Diagnostic::error(codes::METHOD_MODEL, span, message)
                        .expected("a network, or a model of reals and angles")
                        .help("models of spins are moved by `anneal` and `sample`");
                    return Err(self.fail(d));
                }
                if model.is_deferred() {
                    return self.error(codes::NOT_KNOWN_YET, span, "the energy depends on results that are not there yet");
                }
                Ok(Subject::Model(m.index))
            }
            Value::NetworkKind(n) => {
                let d = Diagnostic::error(codes::TYPE, span, "this is a network without its arguments")
                    .help(format!("call it with its arguments: `{}(...)`", n.name));
                Err(self.fail(d))
            }
            Value::ModelKind(m) => {
                let d = Diagnostic::error(codes::TYPE, span, "this is a model without its arguments")
                    .help(format!("call it with its arguments: `{}(...)`", m.name));
                Err(self.fail(d))
            }
            other => self.wrong_type(other, span, "a network or a model"),
        }
    }
}
