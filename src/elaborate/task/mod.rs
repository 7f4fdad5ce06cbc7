//! Tasks: axes, the body at every point of their product, and the plan's task.

mod axes;
mod clamp;
mod entries;
mod ladder;
mod learning;
mod looks;
mod points;
mod probe;
mod records;
mod results;
mod space;
pub(crate) mod start;
mod states;
mod train;
pub(crate) mod until;

pub(crate) use entries::Settings;

use super::scope::Scope;
use super::settings::{ANNEAL, SAMPLE, SettingRow};
use super::value::{Eval, Failed, Quantity, TaskHandle, Value};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::{Looks, Task, Work};
use crate::results::{AxisValues, Coordinates, Description};
use crate::syntax::ast::{self, TaskEntry};
use std::rc::Rc;
use std::sync::Arc;

/// Where the parts of a task stand in the script, for problems that show later.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub task: String,
    pub name: Span,
    /// (setting, its value's place); `of` stands for what a probe looks at.
    pub settings: Vec<(String, Span)>,
    /// (quantity of a block, its value's place)
    pub quantities: Vec<(String, Span)>,
}

impl Places {
    /// The place of a setting's value, or of the task's name.
    pub fn of(&self, setting: &str) -> Span {
        self.settings.iter().find(|(n, _)| n == setting).map_or(self.name, |(_, s)| *s)
    }

    /// The place of a quantity's value, or of the task's name.
    pub fn quantity(&self, name: &str) -> Span {
        self.quantities.iter().find(|(n, _)| n == name).map_or(self.name, |(_, s)| *s)
    }
}

impl Elaborator<'_> {
    pub(crate) fn task(&mut self, t: &ast::Task, doc: Option<String>, scope: &Rc<Scope>) -> Eval {
        let rows: &[SettingRow] = match t.kind.text.as_str() {
            "sample" => SAMPLE,
            "anneal" => ANNEAL,
            "train" => return self.train(t, doc, scope),
            "probe" => return self.probe(t, doc, scope),
            other => {
                let message = format!("this version of Ann has no task `{other}`");
                let d =
                    Diagnostic::error(codes::RESERVED, t.kind.span, message).expected("`sample`, `anneal`, `train` or `probe`");
                return Err(self.fail(d));
            }
        };
        let before = self.errors();
        if let Some(of) = &t.of {
            let message = format!("`{}` does not run `of` something", t.kind.text);
            let d = Diagnostic::error(codes::NOT_HERE, of.span, message).help("name the model in the setting `model`");
            self.fail(d);
        }
        self.check_entries(t, rows);
        let axes = self.axes(&t.axes, scope);
        let Ok(mut axes) = axes else { return Err(Failed) };
        let rungs = self.rungs(t, &mut axes, scope)?;
        // What the body defines is checked even where a setting is wrong: all is said in one go.
        let mut task = Task {
            name: t.name.text.clone(),
            doc,
            axes,
            descriptions: vec![],
            work: Work::Sample { points: vec![], ladder: None },
        };
        let mut shared: Option<Arc<Looks>> = None;
        let values = self.axis_values.take().unwrap_or_default();
        let points = self.each_point(t, (&task, &values), scope, before, |e, inner, _| {
            e.point(t, &task.axes, inner, &mut shared, rungs.as_ref())
        })?;
        let (mut sample, mut anneal) = (Vec::new(), Vec::new());
        for point in points {
            match point {
                points::Point::Sample(p) => sample.push(p),
                points::Point::Anneal(p) => anneal.push(p),
            }
        }
        let looks = shared.unwrap_or_default();
        task.descriptions = self.descriptions(t, &looks);
        let quantity = |name: &str, shape: &[usize]| Quantity { name: name.to_string(), shape: shape.to_vec(), axes: vec![] };
        let mut quantities: Vec<Quantity> =
            looks.observe.iter().chain(&looks.estimate).map(|c| quantity(&c.name, &c.shape)).collect();
        task.work = if t.kind.text == "sample" {
            let ladder = self.ladder(t, &task.axes, &sample, rungs.as_ref())?;
            for d in ladder::further(ladder.as_ref(), &sample).into_iter().chain(until::further(&sample)) {
                if !quantities.iter().any(|q| q.name == d.name) {
                    quantities.push(quantity(&d.name, &[]));
                    task.descriptions.push(d);
                }
            }
            Work::Sample { points: sample, ladder }
        } else {
            quantities.extend(["best_energy", "final_energy"].map(|n| quantity(n, &[])));
            Work::Anneal { points: anneal }
        };
        Ok(self.finished_task(t, task, quantities))
    }

    /// The task goes into the plan; what later expressions see of it.
    fn finished_task(&mut self, t: &ast::Task, task: Task, quantities: Vec<Quantity>) -> Value {
        self.finished_training(t, task, quantities, vec![])
    }

    /// The same, with the networks and models that it moved.
    fn finished_training(&mut self, t: &ast::Task, task: Task, quantities: Vec<Quantity>, subjects: Vec<Value>) -> Value {
        let handle = TaskHandle { name: task.name.clone(), axes: task.axes.clone(), quantities, subjects };
        let mut places = Places { task: task.name.clone(), name: t.name.span, ..Places::default() };
        places.settings.extend(t.of.iter().map(|of| ("of".to_string(), of.span)));
        for entry in &t.body {
            match entry {
                TaskEntry::Setting(s) => places.settings.push((s.name.text.clone(), s.value.span)),
                TaskEntry::Block(b) => {
                    places.quantities.extend(b.entries.iter().map(|e| (e.name.text.clone(), e.value.span)));
                }
                TaskEntry::Let(_) | TaskEntry::Couplings(_) => {}
            }
        }
        self.elaborated.places.push(places);
        self.elaborated.plan.tasks.push(task);
        Value::Task(Rc::new(handle))
    }

    /// The number of errors so far.
    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|d| d.is_error()).count()
    }

    /// The number of points of a task.
    fn point_count(&mut self, axes: &[AxisValues], t: &ast::Task) -> Eval<usize> {
        let count = axes.iter().try_fold(1usize, |n, a| n.checked_mul(a.coordinates.len()));
        if let Some(count) = count.filter(|n| *n <= 1_000_000) {
            return Ok(count);
        }
        let d = Diagnostic::error(codes::MEMORY, t.name.span, "the product of the axes has too many points")
            .expected("at most 1,000,000 points");
        Err(self.fail(d))
    }

    /// The points of a task, each made in its own scope (`make` sees the one before); or none, where errors have come since `before`.
    fn each_point<P>(
        &mut self,
        t: &ast::Task,
        (task, values): (&Task, &[Vec<Value>]),
        scope: &Rc<Scope>,
        before: usize,
        mut make: impl FnMut(&mut Self, &Rc<Scope>, Option<&P>) -> Eval<P>,
    ) -> Eval<Vec<P>> {
        let count = self.point_count(&task.axes, t)?;
        let mut points: Vec<P> = Vec::new();
        for k in 0..count {
            let inner = self.enter_point(task, k, values, scope);
            let made = make(self, &inner, points.last());
            // Results are no longer taken at this point.
            self.point.clear();
            self.stage = Stage::Plain;
            self.looking = None;
            points.push(made?);
            if self.errors() > before {
                return Err(Failed);
            }
            if k == 0 {
                self.unused(&inner);
            }
        }
        Ok(points)
    }

    /// The scope of a point, with its coordinates; results are taken at it.
    fn enter_point(&mut self, task: &Task, k: usize, values: &[Vec<Value>], scope: &Rc<Scope>) -> Rc<Scope> {
        let inner = Scope::inside(scope);
        self.point.clear();
        for ((axis, &i), list) in task.axes.iter().zip(&task.position(k)).zip(values) {
            inner.define(&axis.name, list[i].clone(), None);
            let coordinate = match &axis.coordinates {
                Coordinates::Text(labels) => Value::text(&labels[i]),
                _ => list[i].clone(),
            };
            self.point.push((axis.name.clone(), coordinate));
        }
        inner
    }

    fn descriptions(&self, t: &ast::Task, looks: &Looks) -> Vec<Description> {
        let mut out = Vec::new();
        for entry in &t.body {
            let TaskEntry::Block(b) = entry else { continue };
            if !matches!(b.kind.text.as_str(), "observe" | "estimate") {
                continue;
            }
            for e in &b.entries {
                if looks.observe.iter().chain(&looks.estimate).any(|c| c.name == e.name.text) {
                    out.push(Description {
                        name: e.name.text.clone(),
                        expression: self.source_text(e.value.span),
                        units: None,
                        doc: e.doc.clone(),
                        axes: vec![],
                    });
                }
            }
        }
        if t.kind.text == "anneal" {
            out.push(Description::new("best_energy", "the lowest energy that any chain has seen"));
            out.push(Description::new("final_energy", "the mean over chains of the energy at the end"));
        }
        out
    }
}
