//! `train`: weights (or reals) move downhill.

use super::super::Elaborator;
use super::super::scope::Scope;
use super::super::value::{Eval, Failed, Quantity, Value};
use super::Settings;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::landscape::{LookColumn, Subject};
use crate::plan::training::{EarlyStop, LearningRule, Optimiser, Optimising, Record, Records, Times, TrainPoint};
use crate::plan::{Expr, Schedule, Task, Work};
use crate::results::{AxisValues, Description};
use crate::syntax::ast::{self, ExprKind, TaskEntry};
use std::rc::Rc;
use std::sync::Arc;

/// Moments of one record.
const MOST_RECORDS: u64 = 1_000_000;

impl Elaborator<'_> {
    pub(super) fn train(&mut self, t: &ast::Task, doc: Option<String>, scope: &Rc<Scope>) -> Eval {
        let before = self.errors();
        if let Some(of) = &t.of {
            let d = Diagnostic::error(codes::NOT_HERE, of.span, "`train` does not run `of` something")
                .help("name the network in the setting `model`");
            self.fail(d);
        }
        self.check_entries(t, super::super::settings::TRAIN);
        let axes = self.axes(&t.axes, scope)?;
        let values = self.axis_values.take().unwrap_or_default();
        let mut task = Task { name: t.name.text.clone(), doc, axes, descriptions: vec![], work: Work::Train { points: vec![] } };
        let mut subjects: Vec<Value> = Vec::new();
        let points: Vec<TrainPoint> =
            self.each_point(t, (&task, &values), scope, before, |e, inner, last: Option<&TrainPoint>| {
                let (mut point, subject) = e.train_point(t, &task.axes, inner)?;
                if let Some(last) = last
                    && *last.looks == *point.looks
                {
                    point.looks = last.looks.clone();
                }
                let same = |v: &Value| match (v, &subject) {
                    (Value::Network(a), Value::Network(b)) => a.index == b.index,
                    (Value::Model(a), Value::Model(b)) => a.index == b.index,
                    _ => false,
                };
                if !subjects.iter().any(same) {
                    subjects.push(subject);
                }
                Ok(point)
            })?;
        let quantities = self.history(t, &points, &mut task)?;
        task.work = Work::Train { points };
        Ok(self.finished_training(t, task, quantities, subjects))
    }

    fn train_point(&mut self, t: &ast::Task, axes: &[AxisValues], scope: &Rc<Scope>) -> Eval<(TrainPoint, Value)> {
        let settings = self.plain_settings(t, scope, &["start", "stop_on", "goal"])?;
        let Some((model, span)) = settings.get("model").cloned() else { return Err(Failed) };
        let subject = self.subject(&model, span)?;
        let data = match (settings.get("data").cloned(), subject) {
            (Some((Value::Data(d), span)), Subject::Network(n)) => Some(self.data_for(n, &d, span)?),
            (Some((Value::Data(d), span)), Subject::Machine(m)) => Some(self.data_for_machine(m, &d, span)?),
            (Some((other, span)), Subject::Network(_) | Subject::Machine(_)) => {
                return self.wrong_type(&other, span, "a data set");
            }
            (None, Subject::Network(_) | Subject::Machine(_)) => {
                let what = if matches!(subject, Subject::Network(_)) { "a network is" } else { "weights are" };
                let d = Diagnostic::error(codes::MISSING_SETTING, t.name.span, format!("{what} trained on data"))
                    .expected("a setting such as `data: split.train`");
                return Err(self.fail(d));
            }
            (Some((_, span)), Subject::Model(_)) => {
                let d = Diagnostic::error(codes::CONFLICT, span, "the energy of a model does not depend on data")
                    .help("leave `data` out");
                return Err(self.fail(d));
            }
            (None, Subject::Model(_)) => None,
        };
        let learning = match subject {
            Subject::Machine(_) => Some(self.learning(&settings)?),
            _ => {
                self.not_a_machine(&settings)?;
                None
            }
        };
        let optimiser = match settings.get("optimiser").cloned() {
            None if learning.is_some() => self.plain_steps(&settings)?,
            Some((_, span)) if learning.is_some() && settings.contains_key("rate") => {
                let d = Diagnostic::error(codes::CONFLICT, span, "the optimiser has a rate of its own")
                    .help("write the rate in its parentheses, and leave `rate` out");
                return Err(self.fail(d));
            }
            None => Optimising {
                rule: Optimiser::Sgd { momentum: 0.0, nesterov: false, decay: 0.0, clip: None },
                rate: Schedule::Constant(Expr::Number(0.01)),
                full: false,
            },
            Some((Value::Optimiser(o), _)) => (*o).clone(),
            Some((Value::Builtin(b), span)) if b.group == super::super::builtins::Group::Optimisers => {
                let d = Diagnostic::error(codes::TYPE, span, format!("`{}` stands without its arguments", b.name))
                    .help(format!("write `{}(rate: 0.01)`", b.name));
                return Err(self.fail(d));
            }
            Some((other, span)) => return self.wrong_type(&other, span, "an optimiser, such as `sgd(rate: 0.1)`,"),
        };
        let examples = match data {
            Some(k) => self.examples_of(k, span)?,
            None => 1,
        };
        let batch = match settings.get("batch") {
            Some((_, span)) if optimiser.full || data.is_none() => {
                let message = match data {
                    None => "there are no data that could be cut into batches",
                    Some(_) => "this optimiser takes all of the data at every step",
                };
                let d = Diagnostic::error(codes::CONFLICT, *span, message).help("leave `batch` out");
                return Err(self.fail(d));
            }
            None if optimiser.full || data.is_none() => None,
            None if learning.as_ref().is_some_and(|l| l.rule == LearningRule::Exact) => None,
            None => Some((examples as u64).min(if learning.is_some() { 100 } else { 32 })),
            Some((Value::Text(word) | Value::Axis(word), _)) if &**word == "all" => None,
            Some(_) => Some((self.count_setting(&settings, "batch", 32, 1, 1 << 40)? as u64).min(examples as u64)),
        };
        if let (Subject::Network(n), Some(batch)) = (subject, batch) {
            let span = settings.get("batch").map_or(span, |b| b.1);
            self.batches_have_a_spread(n, examples, batch, span)?;
        }
        let per_epoch = batch.map_or(1, |b| (examples as u64).div_ceil(b));
        let (epochs, steps) = (settings.get("epochs"), settings.get("steps"));
        if let (Some(_), Some((_, span))) = (epochs, steps) {
            let d = Diagnostic::error(codes::CONFLICT, *span, "`epochs` and `steps` say the same thing twice")
                .help("keep one of them");
            return Err(self.fail(d));
        }
        if let (Some((_, span)), true) = (steps, per_epoch > 1) {
            let d = Diagnostic::error(codes::CONFLICT, *span, "the length of a training in batches is given in epochs")
                .expected(format!("`epochs: ...`; an epoch is {per_epoch} steps here"));
            return Err(self.fail(d));
        }
        let epochs = match steps {
            Some(_) => self.count_setting(&settings, "steps", 10, 0, 1 << 40)?,
            None => self.count_setting(&settings, "epochs", 10, 0, 1 << 40)?,
        } as u64;
        let dimension = self.dimension(subject);
        let start = t.body.iter().find_map(|e| match e {
            TaskEntry::Setting(s) if s.name.text == "start" => Some(&s.value),
            _ => None,
        });
        let start = match start {
            Some(e) => self.point_setting(e, dimension, scope)?,
            None => self.weights_of_value(&model),
        };
        let seed = self.count_setting(&settings, "seed", 0, i64::MIN, i64::MAX)?;
        let precision = self.precision(&settings, subject, false)?;
        self.begin_looking(subject, data, None, true);
        let names = self.looking_scope(scope, &model);
        let mut records = Records::default();
        let mut taken: Vec<String> = vec!["final_loss".into(), "final_pseudo_likelihood".into(), "epochs_run".into()];
        let mut failed = false;
        for entry in &t.body {
            let TaskEntry::Block(b) = entry else { continue };
            match b.kind.text.as_str() {
                "record" => {
                    let times = self.times(b, epochs, per_epoch, data.is_none(), scope);
                    let columns = self.look_columns(&b.entries, &names, axes, &mut taken);
                    match (times, columns) {
                        (Ok(times), Ok(columns)) => records.blocks.push(Record { times, columns }),
                        _ => failed = true,
                    }
                }
                "keep" => {
                    for entry in &b.entries {
                        match self.kept_parameters(entry, epochs, per_epoch, data.is_none(), scope) {
                            Ok(times) => records.parameters = times,
                            Err(_) => failed = true,
                        }
                    }
                }
                // What a training does not have has been said.
                _ => failed = true,
            }
        }
        records.looks = self.looking.take().map(|l| l.looks).unwrap_or_default();
        if failed {
            return Err(Failed);
        }
        let stop = self.early_stop(t, &settings, &records)?;
        let point = TrainPoint {
            subject,
            data,
            optimiser,
            batch,
            epochs,
            seed,
            start,
            precision,
            stop,
            looks: Arc::new(records),
            learning,
        };
        Ok((point, model))
    }

    /// `every 5 epochs`, `every 100 steps`, `at [0, 1, 10]`; without either, every epoch.
    fn times(&mut self, b: &ast::Block, epochs: u64, per_epoch: u64, bare: bool, scope: &Rc<Scope>) -> Eval<Times> {
        if b.at_end.is_some() {
            return Ok(Times { steps: bare, at: Arc::new(vec![epochs]) });
        }
        match (&b.every, &b.at) {
            (Some(every), _) => self.every(every, epochs, per_epoch, bare, scope),
            (None, Some(at)) => {
                let value = self.eval(at, scope)?;
                let items = match &value {
                    Value::List(items) => (**items).clone(),
                    Value::Range(a, b) => (*a..*b).map(Value::Int).collect(),
                    other => return self.wrong_type(other, at.span, "a list of epochs"),
                };
                let mut moments = Vec::new();
                for item in &items {
                    let Some(x) = item.number() else { return self.not_known_yet(at.span, "the moments of a record") };
                    if x >= 0.0 && x.round() <= epochs as f64 {
                        moments.push(x.round() as u64);
                    }
                }
                moments.sort_unstable();
                moments.dedup();
                if moments.is_empty() {
                    let d = Diagnostic::error(codes::DOMAIN, at.span, "none of these epochs is in the training")
                        .expected(format!("numbers from 0 to {epochs}"));
                    return Err(self.fail(d));
                }
                Ok(Times { steps: bare, at: Arc::new(moments) })
            }
            (None, None) => Ok(Times { steps: bare, at: Arc::new((0..=epochs).collect()) }),
        }
    }

    /// `bare`: there are no data, and epochs are steps.
    fn every(&mut self, every: &ast::Expr, epochs: u64, per_epoch: u64, bare: bool, scope: &Rc<Scope>) -> Eval<Times> {
        let steps = matches!(&*every.kind, ExprKind::Quantity(_, unit) if unit.text.starts_with("step"));
        let value = self.eval(every, scope)?;
        let n = self.whole(&value, every.span, "the distance of records")?;
        if n < 1 {
            return self.error(codes::DOMAIN, every.span, "records are at least one step apart");
        }
        let total = if steps { epochs.saturating_mul(per_epoch) } else { epochs };
        if total / n as u64 > MOST_RECORDS {
            let d = Diagnostic::error(codes::MEMORY, every.span, format!("{} records", total / n as u64))
                .expected(format!("at most {MOST_RECORDS}"));
            return Err(self.fail(d));
        }
        Ok(Times { steps: bare || (steps && per_epoch > 1), at: Arc::new((0..=total).step_by(n as usize).collect()) })
    }

    /// `keep { parameters: every 5 epochs }`
    fn kept_parameters(
        &mut self,
        entry: &ast::BlockEntry,
        epochs: u64,
        per_epoch: u64,
        bare: bool,
        scope: &Rc<Scope>,
    ) -> Eval<Option<Times>> {
        if !matches!(entry.name.text.as_str(), "parameters" | "weights") {
            let d =
                Diagnostic::error(codes::UNDEFINED, entry.name.span, format!("a training does not keep `{}`", entry.name.text))
                    .expected("`parameters: every 5 epochs` or `parameters: last`");
            return Err(self.fail(d));
        }
        if entry.every {
            return self.every(&entry.value, epochs, per_epoch, bare, scope).map(Some);
        }
        match &*entry.value.kind {
            ExprKind::Name(word) if word == "last" => Ok(None),
            ExprKind::Name(word) if word == "all" => Ok(Some(Times { steps: bare, at: Arc::new((0..=epochs).collect()) })),
            _ => {
                let d = Diagnostic::error(codes::TYPE, entry.value.span, "which parameters should be kept?")
                    .expected("`parameters: every 5 epochs`, `parameters: all` (every epoch) or `parameters: last`");
                Err(self.fail(d))
            }
        }
    }

    fn early_stop(&mut self, t: &ast::Task, settings: &Settings, records: &Records) -> Eval<Option<EarlyStop>> {
        let setting = |name: &str| {
            t.body.iter().find_map(|e| match e {
                TaskEntry::Setting(s) if s.name.text == name => Some(s.value.clone()),
                _ => None,
            })
        };
        let word = |e: &ast::Expr| match &*e.kind {
            ExprKind::Name(n) | ExprKind::Text(n) => Some(n.clone()),
            _ => None,
        };
        let Some(on) = setting("stop_on") else {
            if let Some((_, span)) = ["patience", "goal", "restore"].iter().find_map(|n| settings.get(*n)) {
                let d = Diagnostic::error(codes::MISSING_SETTING, *span, "this belongs to early stopping")
                    .expected("`stop_on: QUANTITY`, a recorded quantity, beside it");
                return Err(self.fail(d));
            }
            return Ok(None);
        };
        let name = word(&on).unwrap_or_default();
        let found = records.blocks.iter().enumerate().find_map(|(b, r)| {
            r.columns.iter().position(|c| c.name == name && c.shape.is_empty() && c.axes.is_empty()).map(|c| (b as u32, c as u32))
        });
        let Some((block, column)) = found else {
            let names: Vec<String> = records.blocks.iter().flat_map(|r| r.columns.iter().map(|c| c.name.clone())).collect();
            let d = Diagnostic::error(codes::UNDEFINED, on.span, format!("`{name}` is not a recorded number"))
                .expected(format!("one of {}", super::super::expression::quoted(&names)));
            return Err(self.fail(d));
        };
        let maximum = match setting("goal").map(|g| (word(&g), g.span)) {
            None => false,
            Some((Some(w), _)) if w == "minimum" => false,
            Some((Some(w), _)) if w == "maximum" => true,
            Some((_, span)) => return self.error(codes::DOMAIN, span, "`goal` is `minimum` or `maximum`"),
        };
        let patience = self.count_setting(settings, "patience", 5, 1, 1 << 40)? as u64;
        let restore = match settings.get("restore") {
            None => true,
            Some((Value::Bool(b), _)) => *b,
            Some((other, span)) => {
                let (other, span) = (other.clone(), *span);
                return self.wrong_type(&other, span, "`true` or `false`");
            }
        };
        Ok(Some(EarlyStop { block, column, patience, maximum, restore }))
    }

    /// What a training gives, with the axes of its records.
    fn history(&mut self, t: &ast::Task, points: &[TrainPoint], task: &mut Task) -> Eval<Vec<Quantity>> {
        let first = points[0].looks.clone();
        let shapes = |r: &Records| -> Vec<(String, Vec<usize>, Vec<AxisValues>, Times)> {
            let of = |b: &Record, c: &LookColumn| (c.name.clone(), c.shape.clone(), c.axes.clone(), b.times.clone());
            r.blocks.iter().flat_map(|b| b.columns.iter().map(move |c| of(b, c))).collect()
        };
        let wanted = shapes(&first);
        if points.iter().any(|p| !Arc::ptr_eq(&p.looks, &first) && shapes(&p.looks) != wanted) {
            let d = Diagnostic::error(
                codes::SHAPE,
                t.name.span,
                "the points of this task record at different moments or in different shapes",
            )
            .help("let `epochs` and the batches be the same at all points, or write a task for each");
            return Err(self.fail(d));
        }
        let mut quantities = Vec::new();
        let mut known: Vec<AxisValues> = Vec::new();
        for block in &first.blocks {
            let mut time = block.times.axis();
            let name = time.name.clone();
            let mut copy = 2;
            while known.iter().any(|k| k.name == time.name && k.coordinates != time.coordinates) {
                time.name = format!("{name}_{copy}");
                copy += 1;
            }
            known.push(time.clone());
            let mut columns = block.columns.clone();
            super::probe::distinct_axes(&mut columns);
            quantities.extend(self.look_quantities(t, &columns, &[time], task));
        }
        let of_machine = points.iter().all(|p| p.learning.is_some());
        for (name, expression) in [
            match of_machine {
                true => ("final_pseudo_likelihood", "the pseudo-likelihood of the data at the end"),
                false => ("final_loss", "the loss (or energy) at the end, over all of the data"),
            },
            ("epochs_run", "the epochs until the training ended"),
        ] {
            task.descriptions.push(Description { name: name.into(), expression: expression.into(), ..Description::default() });
            quantities.push(Quantity { name: name.into(), shape: vec![], axes: vec![] });
        }
        // The times of the parameters that are kept are in the results as those of the records are.
        let kept = &first.parameters;
        if let Some(times) = kept.as_ref().filter(|_| points.iter().all(|p| p.looks.parameters == *kept)) {
            task.descriptions.push(Description {
                name: "parameters".into(),
                expression: "the parameters on the way".into(),
                axes: vec![times.axis()],
                ..Description::default()
            });
        }
        Ok(quantities)
    }

    /// A schedule from a function of the epoch.
    pub(crate) fn schedule_of_epochs(&mut self, function: &Value, span: crate::diagnostic::Span) -> Eval<Schedule> {
        use super::super::value::Kind;
        let epoch = Value::symbolic(Expr::Coordinate { axis: "epoch".into(), value: 1.0 }, Kind::Real);
        let value = self.call_value(function, vec![epoch], span)?;
        let s = self.lift(&value, span)?;
        if !s.shape.is_empty() || !s.axes.is_empty() {
            return self.error(codes::SHAPE, span, "a function of the epoch gives one number");
        }
        Ok(Schedule::Function(s.expr))
    }
}
