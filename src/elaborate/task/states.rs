//! `truth.states`: the states that a task keeps, as a data set.

use super::super::Elaborator;
use super::super::builtins::analysis::coordinate_index;
use super::super::call::Slot;
use super::super::scope::Scope;
use super::super::value::{Eval, Failed, TaskHandle, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::data::{DataSet, Source, States};
use crate::plan::{Keep, Model, SamplePoint, Work};
use crate::results::Coordinates;
use crate::syntax::ast::Argument;
use std::rc::Rc;
use std::sync::Arc;

/// What comes with each state.
struct Targets {
    labels: Option<(Arc<Vec<u32>>, usize)>,
    values: Option<(Vec<usize>, Arc<Vec<f64>>)>,
}

impl Elaborator<'_> {
    /// `truth.states`, or with what each state is to be answered with: `truth.states(label: T -> T > 2.27)`,
    /// `truth.states(target: T -> T)`. Axes of the same name as those of the point in hand are taken at the point.
    pub(crate) fn states_of(
        &mut self,
        task: &Rc<TaskHandle>,
        fixed: &[(String, usize)],
        arguments: &[Argument],
        span: Span,
        scope: Option<&Rc<Scope>>,
    ) -> Eval {
        let chosen = self.chosen_points(task, fixed);
        let plan = &self.elaborated.plan;
        let Some(found) = plan.tasks.iter().find(|t| t.name == task.name) else { return Err(Failed) };
        let Work::Sample { points, .. } = &found.work else {
            let message = format!("`{}` is a `{}`, which keeps no states", task.name, found.kind());
            let d = Diagnostic::error(codes::TYPE, span, message).expected("a `sample` that keeps its states");
            return Err(self.fail(d));
        };
        let counts: Vec<(u32, u32)> = chosen.iter().map(|&k| (k as u32, kept(&points[k]))).collect();
        let models: Vec<&Model> = chosen.iter().map(|&k| &plan.models[points[k].model as usize]).collect();
        let Some(first) = models.first() else { return Err(Failed) };
        let shape = shape(first);
        if counts.iter().any(|c| c.1 == 0) {
            let d = Diagnostic::error(codes::NO_MEMBER, span, format!("`{}` does not keep its states", task.name))
                .help("write `keep { states: all }`, or `states: every 100 sweeps`, in the task");
            return Err(self.fail(d));
        }
        if models.iter().any(|m| self::shape(m) != shape) {
            let d = Diagnostic::error(codes::SHAPE, span, format!("the states of `{}` have different sizes", task.name))
                .help(format!("take those of one model: `{}.at(...).states`", task.name));
            return Err(self.fail(d));
        }
        let Targets { labels, values } = self.targets(task, &chosen, arguments, span, scope)?;
        let states = States { task: task.name.clone(), points: counts, shape, labels, values };
        self.data_set(DataSet::new(Source::States(states)), span, "")
    }

    /// The points that are meant, in their order.
    fn chosen_points(&self, task: &TaskHandle, fixed: &[(String, usize)]) -> Vec<usize> {
        let count: usize = task.axes.iter().map(|a| a.coordinates.len()).product();
        let at: Vec<Option<usize>> = task
            .axes
            .iter()
            .map(|axis| {
                let here = self.point.iter().find(|p| p.0 == axis.name).and_then(|p| coordinate_index(&axis.coordinates, &p.1));
                fixed.iter().find(|f| f.0 == axis.name).map(|f| f.1).or(here)
            })
            .collect();
        (0..count).filter(|&k| position(task, k).iter().zip(&at).all(|(i, at)| at.is_none_or(|at| at == *i))).collect()
    }

    fn targets(
        &mut self,
        task: &TaskHandle,
        chosen: &[usize],
        arguments: &[Argument],
        span: Span,
        scope: Option<&Rc<Scope>>,
    ) -> Eval<Targets> {
        let mut targets = Targets { labels: None, values: None };
        let Some(scope) = scope else { return Ok(targets) };
        let slot = |name: &'static str| Slot { name, optional: true };
        let order = self.assign("states", "states(label, target)", &[slot("label"), slot("target")], arguments, span)?;
        if let [Some(_), Some(k)] = order[..] {
            let d = Diagnostic::error(codes::CONFLICT, arguments[k].value.span, "a state has a class or values, not both");
            return Err(self.fail(d.help("leave out `label` or `target`")));
        }
        for (k, at) in order.iter().enumerate() {
            let Some(at) = at else { continue };
            let place = arguments[*at].value.span;
            let f = self.eval(&arguments[*at].value, scope)?;
            let rows = self.targets_of(task, chosen, &f, place)?;
            let size = rows.first().map_or(1, Vec::len);
            if rows.iter().any(|r| r.len() != size) || size == 0 {
                return self.error(codes::SHAPE, place, "the function must give the same number of values everywhere");
            }
            if k == 1 {
                targets.values = Some((vec![size], Arc::new(rows.concat())));
                continue;
            }
            let whole = |x: f64| (0.0..1e6).contains(&x) && x == libm::trunc(x);
            if size != 1 || rows.iter().any(|r| !whole(r[0])) {
                let d = Diagnostic::error(codes::DOMAIN, place, "a class is one whole number from 0, or a truth value");
                return Err(self.fail(d));
            }
            let labels: Vec<u32> = rows.iter().map(|r| r[0] as u32).collect();
            let classes = labels.iter().max().map_or(0, |m| *m as usize + 1);
            targets.labels = Some((Arc::new(labels), classes.max(2)));
        }
        Ok(targets)
    }

    /// The values of a function of coordinates at each point.
    fn targets_of(&mut self, task: &TaskHandle, chosen: &[usize], f: &Value, place: Span) -> Eval<Vec<Vec<f64>>> {
        let Value::Function(closure) = f else {
            return self.wrong_type(f, place, "a function of the task's axes, such as `T -> T > 2.27`");
        };
        let closure = closure.clone();
        let mut axes = Vec::new();
        for p in &closure.params {
            let Some(k) = task.axes.iter().position(|a| a.name == p.name.text) else {
                let names: Vec<String> = task.axes.iter().map(|a| a.name.clone()).collect();
                let message = format!("`{}` has no axis `{}`", task.name, p.name.text);
                let d = Diagnostic::error(codes::NO_AXIS, place, message)
                    .expected(format!("arguments named as axes: {}", super::super::expression::quoted(&names)));
                return Err(self.fail(d));
            };
            axes.push(k);
        }
        let mut rows = Vec::new();
        for &point in chosen {
            let at = position(task, point);
            let values = axes.iter().map(|&k| coordinate(&task.axes[k].coordinates, at[k])).collect();
            let given = self.call_value(f, values, place)?;
            let row: Option<Vec<f64>> = match &given {
                Value::List(items) => items.iter().map(Value::number).collect(),
                Value::Bool(b) => Some(vec![f64::from(u8::from(*b))]),
                v => v.number().map(|x| vec![x]),
            };
            match row {
                Some(row) if row.iter().all(|x| x.is_finite()) => rows.push(row),
                _ => return self.wrong_type(&given, place, "a function that gives finite numbers"),
            }
        }
        Ok(rows)
    }
}

fn coordinate(of: &Coordinates, k: usize) -> Value {
    match of {
        Coordinates::Int(v) => Value::Int(v[k]),
        Coordinates::Real(v) => Value::Real(v[k]),
        Coordinates::Text(v) => Value::text(&v[k]),
    }
}

/// The place of a point on each axis.
fn position(task: &TaskHandle, mut point: usize) -> Vec<usize> {
    let mut at = vec![0; task.axes.len()];
    for (k, axis) in task.axes.iter().enumerate().rev() {
        let n = axis.coordinates.len();
        at[k] = point % n;
        point /= n;
    }
    at
}

/// The states that a point keeps, of all its chains.
fn kept(p: &SamplePoint) -> u32 {
    let measurements = if p.looks.at_end || p.method.population() > 1 { 1 } else { p.sweeps / p.every };
    let each = p.looks.keep.iter().find_map(|k| match k {
        Keep::States { last: true, .. } => Some(1),
        Keep::States { every, .. } => Some(measurements.div_ceil(every.div_ceil(p.every).max(1))),
        _ => None,
    });
    (each.unwrap_or(0) * u64::from(p.chains) * u64::from(p.replicas)).min(u64::from(u32::MAX)) as u32
}

/// Of one state: that of its variable where there is one.
fn shape(model: &Model) -> Vec<usize> {
    match &model.variables[..] {
        [only] => only.shape(),
        _ => vec![model.components()],
    }
}
