//! Tasks: axes, the body at every point of their product, and the plan's task.

mod clamp;
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

use super::scope::Scope;
use super::settings::{ANNEAL, BLOCKS, SAMPLE, SettingRow};
use super::value::{Eval, Failed, Quantity, TaskHandle, Value, describe};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::plan::{Looks, Task, Work};
use crate::results::{AxisValues, Coordinates, Description};
use crate::syntax::ast::{self, TaskEntry};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// The settings of one point, evaluated.
pub(crate) type Settings = BTreeMap<String, (Value, Span)>;

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
        let count = self.point_count(&axes, t)?;
        // What the body defines is checked even where a setting is wrong: all is said in one go.
        let mut task = Task {
            name: t.name.text.clone(),
            doc,
            axes,
            descriptions: vec![],
            work: Work::Sample { points: vec![], ladder: None },
        };
        let mut sample = Vec::new();
        let mut anneal = Vec::new();
        let mut shared: Option<Arc<Looks>> = None;
        let values = self.axis_values.take().unwrap_or_default();
        for k in 0..count {
            let inner = self.enter_point(&task, k, &values, scope);
            let point = self.point(t, &task.axes, &inner, &mut shared, rungs.as_ref());
            self.leave_point();
            match point {
                Ok(points::Point::Sample(p)) => sample.push(p),
                Ok(points::Point::Anneal(p)) => anneal.push(p),
                Err(_) => break,
            }
            if self.errors() > before {
                break;
            }
            if k == 0 {
                self.unused(&inner);
            }
        }
        if self.errors() > before {
            return Err(Failed);
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

    /// The scope of a point, with its coordinates; results are taken at it until [`Elaborator::leave_point`].
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

    fn leave_point(&mut self) {
        self.point.clear();
        self.stage = Stage::Plain;
    }

    /// The settings of a point, evaluated, but for those that are read in another way; what the body defines is defined.
    fn plain_settings(&mut self, t: &ast::Task, scope: &Rc<Scope>, others: &[&str]) -> Eval<Settings> {
        self.stage = Stage::Plain;
        self.next_local = 0;
        let mut settings = Settings::new();
        let mut failed = false;
        for entry in &t.body {
            match entry {
                TaskEntry::Let(l) => failed |= matches!(self.let_in(l, scope), Value::Failed),
                TaskEntry::Couplings(c) => {
                    let value = self.couplings(c, &t.name.text, scope);
                    failed |= value.is_err();
                    self.define(&c.name, value.unwrap_or(Value::Failed), scope);
                }
                TaskEntry::Setting(s) if others.contains(&s.name.text.as_str()) => {}
                TaskEntry::Setting(s) => {
                    // Words that stand bare: `batch: all`, `precision: f64`.
                    let word = match &*s.value.kind {
                        ast::ExprKind::Name(n) if matches!(n.as_str(), "all" | "f32" | "f64") => Some(n),
                        _ => None,
                    };
                    match word.map_or_else(|| self.eval(&s.value, scope), |w| Ok(Value::text(w))) {
                        Ok(value) => {
                            settings.insert(s.name.text.clone(), (value, s.value.span));
                        }
                        Err(_) => failed = true,
                    }
                }
                TaskEntry::Block(_) => {}
            }
        }
        if failed { Err(Failed) } else { Ok(settings) }
    }

    /// Names of settings and blocks, and what is there twice.
    fn check_entries(&mut self, t: &ast::Task, rows: &[SettingRow]) {
        let kind = t.kind.text.as_str();
        let mut seen: Vec<&ast::Name> = Vec::new();
        let mut looks = false;
        for entry in &t.body {
            match entry {
                TaskEntry::Setting(s) => {
                    if !rows.iter().any(|r| r.name == s.name.text) {
                        self.unknown_setting(kind, &s.name, rows);
                    }
                    if let Some(first) = seen.iter().find(|n| n.text == s.name.text) {
                        let d = Diagnostic::error(
                            codes::DUPLICATE,
                            s.name.span,
                            format!("the setting `{}` is given twice", s.name.text),
                        )
                        .related(first.span, "first given here");
                        self.fail(d);
                    }
                    seen.push(&s.name);
                }
                TaskEntry::Block(b) => {
                    looks = true;
                    if !serves(&b.kind.text, kind) {
                        let names: Vec<&str> = BLOCKS
                            .iter()
                            .filter(|(_, tasks, _)| tasks.split(", ").any(|x| x == kind))
                            .map(|(n, _, _)| *n)
                            .collect();
                        let mut d = Diagnostic::error(
                            codes::UNKNOWN_SETTING,
                            b.kind.span,
                            format!("`{kind}` has no block `{}`", b.kind.text),
                        )
                        .expected(format!(
                            "one of {}",
                            super::expression::quoted(&names.iter().map(|n| n.to_string()).collect::<Vec<_>>())
                        ));
                        if let Some(near) = nearest(&b.kind.text, names) {
                            d = d.help(format!("did you mean `{near}`?"));
                        }
                        self.fail(d);
                    }
                }
                TaskEntry::Let(_) | TaskEntry::Couplings(_) => {}
            }
        }
        let needed: &[&str] = if kind == "probe" { &[] } else { &["model"] };
        for name in needed {
            if !seen.iter().any(|n| n.text == *name) {
                let d = Diagnostic::error(codes::MISSING_SETTING, t.name.span, format!("`{}` has no `{name}`", t.name.text))
                    .label("this task")
                    .expected("a setting such as `model: ising(square(16))`");
                self.fail(d);
            }
        }
        if matches!(kind, "sample" | "probe") && !looks {
            let d = Diagnostic::error(codes::EMPTY_TASK, t.name.span, format!("`{}` looks at nothing", t.name.text))
                .label("no `observe`, no `keep`")
                .help(match kind {
                    "probe" => "add a block such as `observe { trace = hessian_trace() }`",
                    _ => "add a block such as `observe { m = mean(s) }`",
                });
            self.fail(d);
        }
    }

    /// The axes with their coordinates; the values themselves go to `axis_values`.
    fn axes(&mut self, declared: &[ast::Axis], scope: &Rc<Scope>) -> Eval<Vec<AxisValues>> {
        let mut axes: Vec<AxisValues> = Vec::new();
        let mut all = Vec::new();
        let mut failed = false;
        for a in declared {
            match self.axis(a, scope) {
                Ok((axis, values)) => {
                    if axes.iter().any(|x| x.name == axis.name) {
                        let d =
                            Diagnostic::error(codes::DUPLICATE, a.name.span, format!("the axis `{}` is there twice", axis.name));
                        self.fail(d);
                        failed = true;
                    }
                    axes.push(axis);
                    all.push(values);
                }
                Err(_) => failed = true,
            }
        }
        if failed {
            return Err(Failed);
        }
        self.axis_values = Some(all);
        Ok(axes)
    }

    fn axis(&mut self, a: &ast::Axis, scope: &Rc<Scope>) -> Eval<(AxisValues, Vec<Value>)> {
        let value = self.axis_list(&a.values, scope)?;
        let span = a.values.span;
        let values: Vec<Value> = match &value {
            Value::List(items) => (**items).clone(),
            Value::Range(x, y) if y.saturating_sub(*x) <= 1_000_000 => (*x..*y).map(Value::Int).collect(),
            Value::Range(x, y) => {
                let d = Diagnostic::error(
                    codes::MEMORY,
                    span,
                    format!("an axis of {} points", super::limits::grouped(y.saturating_sub(*x))),
                )
                .expected("at most 1,000,000 points");
                return Err(self.fail(d));
            }
            Value::Symbolic(s) if s.expr.is_deferred() => return self.not_known_yet(span, "the values of an axis"),
            other => {
                let d = Diagnostic::error(codes::BAD_AXIS, span, format!("{} cannot be an axis", other.kind_name()))
                    .label(format!("this is {}", other.kind_name()))
                    .expected("a list or a range: `[1, 2]`, `0..8`, `linspace(2.0, 2.6, 25)`");
                return Err(self.fail(d));
            }
        };
        if values.is_empty() {
            let d = Diagnostic::error(codes::BAD_AXIS, span, format!("the axis `{}` has no values", a.name.text))
                .expected("at least one value");
            return Err(self.fail(d));
        }
        if values.iter().any(|v| matches!(v, Value::Symbolic(s) if s.expr.is_deferred())) {
            return self.not_known_yet(span, "the values of an axis");
        }
        let coordinates = if values.iter().all(|v| matches!(v, Value::Int(_))) {
            Coordinates::Int(values.iter().filter_map(Value::integer).collect())
        } else if values.iter().all(|v| matches!(v, Value::Int(_) | Value::Real(_))) {
            Coordinates::Real(values.iter().filter_map(Value::number).collect())
        } else {
            Coordinates::Text(self.coordinate_texts(&values, &a.values))
        };
        let mut labels: Vec<String> = (0..coordinates.len()).map(|i| coordinates.label(i)).collect();
        labels.sort();
        if let Some(pair) = labels.windows(2).find(|w| w[0] == w[1]) {
            let d =
                Diagnostic::error(codes::BAD_AXIS, span, format!("the axis `{}` has the value {} twice", a.name.text, pair[0]))
                    .expected("values that are all different");
            return Err(self.fail(d));
        }
        if let Coordinates::Real(x) = &coordinates
            && x.iter().any(|x| x.is_nan())
        {
            return self.error(codes::BAD_AXIS, span, "a value of the axis is not a number");
        }
        Ok((AxisValues { name: a.name.text.clone(), coordinates }, values))
    }

    /// The values of an axis; `f32` and `f64` are words in a list.
    fn axis_list(&mut self, e: &ast::Expr, scope: &Rc<Scope>) -> Eval {
        let word = |e: &ast::Expr| match &*e.kind {
            ast::ExprKind::Name(n) if matches!(n.as_str(), "f32" | "f64") && scope.look_up(n).is_none() => Some(Value::text(n)),
            _ => None,
        };
        match &*e.kind {
            ast::ExprKind::List(items) if items.iter().any(|i| word(i).is_some()) => {
                let values =
                    items.iter().map(|i| word(i).map_or_else(|| self.eval(i, scope), Ok)).collect::<Eval<Vec<Value>>>()?;
                Ok(Value::list(values))
            }
            _ => self.eval(e, scope),
        }
    }

    /// The texts of the values of an axis. Values of one name are told apart by how they are written, or else by their order.
    fn coordinate_texts(&self, values: &[Value], list: &ast::Expr) -> Vec<String> {
        let mut texts: Vec<String> = values.iter().enumerate().map(|(k, v)| self.coordinate_text(v, written(list, k))).collect();
        let different = |texts: &[String]| {
            let mut sorted: Vec<&String> = texts.iter().collect();
            sorted.sort();
            sorted.windows(2).all(|w| w[0] != w[1])
        };
        let named = |v: &Value| {
            matches!(v, Value::Optimiser(_) | Value::Initialiser(_) | Value::Data(_) | Value::Directions(_) | Value::Network(_))
        };
        if different(&texts) || !values.iter().all(named) {
            return texts;
        }
        let source: Vec<String> = (0..values.len()).filter_map(|k| written(list, k)).map(|e| self.source_text(e.span)).collect();
        if source.len() == values.len() && different(&source) {
            return source;
        }
        // The same twice stays the same, and is said.
        let prints: Vec<String> = values.iter().map(print).collect();
        if different(&prints) {
            texts.iter_mut().enumerate().for_each(|(k, t)| *t = format!("{t} {}", k + 1));
        }
        texts
    }

    /// What stands for a value on an axis: what describes it, or as it is written in the script.
    pub(super) fn coordinate_text(&self, value: &Value, written: Option<&ast::Expr>) -> String {
        match value {
            Value::Text(t) => t.to_string(),
            Value::Graph(g) => self.graph(*g).describe(),
            Value::Couplings(_)
            | Value::Schedule(_)
            | Value::Learning(_)
            | Value::Distribution(_)
            | Value::Function(_)
            | Value::List(_)
                if written.is_some() =>
            {
                written.map(|e| self.source_text(e.span)).unwrap_or_default()
            }
            Value::Couplings(c) => self.elaborated.plan.couplings[*c as usize].name.clone(),
            other => describe(other),
        }
    }

    /// A value as a coordinate: on an axis of texts what describes it, or where that is not enough, as it was written.
    pub(super) fn coordinate(&self, coordinates: &Coordinates, value: &Value, written: &ast::Expr) -> Value {
        let Coordinates::Text(names) = coordinates else { return value.clone() };
        let (text, source) = (self.coordinate_text(value, Some(written)), self.source_text(written.span));
        Value::text(if names.contains(&text) || !names.contains(&source) { &text } else { &source })
    }

    /// Names of the body that nothing uses.
    fn unused(&mut self, scope: &Rc<Scope>) {
        for (name, span) in scope.unused() {
            let d = Diagnostic::warning(codes::UNUSED, span, format!("`{name}` is never used"))
                .label("defined here")
                .help("remove it");
            self.warn(d);
        }
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
            let d = |name: &str, expression: &str| Description {
                name: name.into(),
                expression: expression.into(),
                units: None,
                doc: None,
                axes: vec![],
            };
            out.push(d("best_energy", "the lowest energy that any chain has seen"));
            out.push(d("final_energy", "the mean over chains of the energy at the end"));
        }
        out
    }
}

/// Whether a kind of task has a block.
fn serves(block: &str, task: &str) -> bool {
    BLOCKS.iter().any(|(name, tasks, _)| *name == block && tasks.split(", ").any(|t| t == task))
}

fn print(value: &Value) -> String {
    let mut out = String::new();
    super::value::fingerprint(value, &mut out);
    out
}

/// The k-th element of a list as it is written.
fn written(values: &ast::Expr, k: usize) -> Option<&ast::Expr> {
    match &*values.kind {
        ast::ExprKind::List(items) => items.get(k),
        _ => None,
    }
}
