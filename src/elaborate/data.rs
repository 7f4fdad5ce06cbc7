//! Data sets as values: how they are made, their members, and what is called on them.

use super::Elaborator;
use super::arguments::Arguments;
use super::builtins::Builtin;
use super::builtins::data::methods;
use super::scope::Scope;
use super::value::{Eval, Kind, Record, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::kernels::random::Key;
use crate::plan::data::{DataSet, Source, Step, Target, Targets};
use crate::plan::draw::key_from;
use crate::plan::expr::{Array, Expr};
use crate::syntax::ast::{self, Argument};
use std::rc::Rc;
use std::sync::Arc;

/// What a split is called.
pub(super) const SPLIT: &str = "a split of data";

/// Steps that one data set may be made of, those of sets it is scaled by included: a set that scales itself again and again
/// doubles each time.
const MOST_STEPS: usize = 4096;

/// Numbers of a data set that become lists, of which everything can be worked out before the run; more stay an array.
const MOST_LISTED: usize = 250_000;

/// Arrays of data sets that are remembered.
const MOST_MEMBERS: usize = 12;

/// The members of a data set that take no arguments, for the reference.
pub const DATA_MEMBERS: &[(&str, &str)] = &[
    ("count", "the number of examples"),
    ("shape", "the shape of the inputs of an example"),
    ("inputs", "the inputs as an array, the first direction counting the examples"),
    ("targets", "the values as an array, the first direction counting the examples"),
    ("labels", "the classes, one an example"),
    ("class_count", "the number of classes"),
    ("class_names", "the names of the classes, where they have some"),
    ("columns", "the names of the inputs, where they have some"),
    ("name", "a short description"),
];

/// A split with its parts.
pub(crate) fn parts(parts: Vec<(&str, Value)>) -> Value {
    Value::Record(Rc::new(Record { what: SPLIT, members: parts.into_iter().map(|(n, v)| (n.to_string(), v)).collect() }))
}

impl Elaborator<'_> {
    /// A path of the script, from the script's folder.
    pub(crate) fn data_path(&self, path: &str) -> String {
        self.options.folder.join(path).to_string_lossy().into_owned()
    }

    /// A whole number from 1 that is given as an argument.
    pub(crate) fn data_count(&mut self, a: &Arguments, k: usize, what: &str) -> Eval<usize> {
        let n = self.whole(&a.get(k), a.place(k), what)?;
        match usize::try_from(n) {
            Ok(n) if n > 0 => Ok(n),
            _ => {
                let d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("{what} must be positive"))
                    .label(format!("this is {n}"))
                    .expected("a whole number from 1");
                Err(self.fail(d))
            }
        }
    }

    /// The key of a draw that is given as an argument.
    pub(crate) fn data_key(&mut self, name: &str, a: &Arguments, k: usize) -> Eval<Key> {
        let by = match a.get(k) {
            _ if !a.has(k) => "0".to_string(),
            Value::Symbolic(s) if super::value::closed(&s.expr).is_none() => {
                return self.not_known_yet(a.place(k), "the key of a draw");
            }
            value => super::value::describe(&value),
        };
        Ok(key_from(self.seed, name, &[by]))
    }

    /// All of a source. `path` is the name of its file in the script, which stands in argument `k`.
    pub(crate) fn data_of(&mut self, source: Source, a: &Arguments, k: usize, path: &str) -> Eval {
        let place = if path.is_empty() { a.span } else { a.place(k) };
        self.data_set(DataSet::new(source), place, path)
    }

    /// A data set that has been looked at: what is wrong with it is said where it is made.
    pub(crate) fn data_set(&mut self, set: DataSet, place: Span, path: &str) -> Eval {
        match self.loader.facts(&set) {
            Ok(_) => Ok(Value::Data(Rc::new(set))),
            Err(reason) if path.is_empty() => self.error(codes::DOMAIN, place, reason),
            Err(reason) => {
                // As the script names it.
                let reason = reason.replace(&self.data_path(path), path);
                let d = Diagnostic::error(codes::CANNOT_READ, place, reason)
                    .label("this file")
                    .help("a relative path starts at the script's folder");
                Err(self.fail(d))
            }
        }
    }

    /// One more step of the data set that follows the arguments.
    pub(crate) fn data_step(&mut self, a: &Arguments, step: Step) -> Eval {
        let Some(Some(Value::Data(set))) = a.values.last() else { return Err(super::value::Failed) };
        let set = set.then(step);
        if set.weight() > MOST_STEPS {
            let d = Diagnostic::error(codes::TOO_LONG, a.span, "the data set is made in too many steps")
                .expected(format!("at most {MOST_STEPS}, with those of the sets that it is normalised by"));
            return Err(self.fail(d));
        }
        self.data_set(set, a.span, "")
    }

    /// `data.name(arguments)`
    pub(crate) fn data_method(
        &mut self,
        set: &Rc<DataSet>,
        base: Span,
        name: &ast::Name,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<Option<Value>> {
        let Some(row) = methods::ROWS.iter().find(|row| row.name == name.text) else { return Ok(None) };
        let bound = self.bind_builtin(row, arguments, span, scope)?;
        self.run_method(row, bound, set, base).map(Some)
    }

    fn run_method(&mut self, row: &'static Builtin, mut bound: Arguments, set: &Rc<DataSet>, base: Span) -> Eval {
        bound.values.push(Some(Value::Data(set.clone())));
        bound.spans.push(base);
        self.run_builtin(row, bound)
    }

    /// `split.name(arguments)`: the same for each part.
    pub(crate) fn split_method(
        &mut self,
        split: &Rc<Record>,
        base: Span,
        name: &ast::Name,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<Option<Value>> {
        if split.what != SPLIT {
            return Ok(None);
        }
        let Some(row) = methods::ROWS.iter().find(|row| row.name == name.text) else { return Ok(None) };
        if !matches!(row.name, "normalise" | "threshold" | "one_hot" | "flatten" | "reshape" | "classes") {
            let d = Diagnostic::error(codes::TYPE, name.span, format!("`{}` is of one data set, and this is {SPLIT}", row.name))
                .related(base, format!("this is {SPLIT}"))
                .help(format!("name the part: `.train.{0}(...)` or `.test.{0}(...)`", row.name));
            return Err(self.fail(d));
        }
        let mut bound = self.bind_builtin(row, arguments, span, scope)?;
        if row.name == "normalise" && !bound.has(0) {
            bound.values[0] = split.members.iter().find(|m| m.0 == "train").map(|m| m.1.clone());
        }
        let mut made = Vec::new();
        for (part, value) in &split.members {
            if let Value::Data(set) = value {
                let bound = Arguments { values: bound.values.clone(), spans: bound.spans.clone(), span };
                made.push((part.as_str(), self.run_method(row, bound, set, base)?));
            }
        }
        Ok(Some(parts(made)))
    }

    /// `data.name`
    pub(crate) fn data_member(&mut self, set: &Rc<DataSet>, name: &ast::Name, base: Span) -> Eval<Option<Value>> {
        if !matches!(name.text.as_str(), "inputs" | "targets" | "labels") {
            return self.data_fact(set, name, base);
        }
        // Loops ask for the same array again and again.
        if let Some(known) = self.members.iter().find(|m| m.1 == name.text && (Rc::ptr_eq(&m.0, set) || m.0 == *set)) {
            return Ok(Some(known.2.clone()));
        }
        let made = self.data_fact(set, name, base)?;
        if let Some(value) = &made {
            if self.members.len() >= MOST_MEMBERS {
                self.members.remove(0);
            }
            self.members.push((set.clone(), name.text.clone(), value.clone()));
        }
        Ok(made)
    }

    fn data_fact(&mut self, set: &Rc<DataSet>, name: &ast::Name, base: Span) -> Eval<Option<Value>> {
        let facts = match self.loader.facts(set) {
            Ok(facts) => facts,
            Err(reason) => return self.error(codes::CANNOT_READ, base, reason),
        };
        let texts = |names: &[String]| Value::list(names.iter().map(|n| Value::text(n)).collect());
        let none = |what: &str| format!("the examples have no {what}");
        Ok(Some(match name.text.as_str() {
            "count" => Value::Int(facts.examples as i64),
            "shape" => Value::list(facts.shape.iter().map(|n| Value::Int(*n as i64)).collect()),
            "name" => Value::text(&set.describe()),
            "columns" => texts(&facts.columns),
            "class_names" => texts(&facts.classes),
            "class_count" => match facts.target {
                Target::Classes(n) => Value::Int(n as i64),
                _ => return self.error(codes::TYPE, name.span, none("classes")),
            },
            "inputs" | "targets" | "labels" => {
                let size = facts.examples.saturating_mul(facts.shape.iter().product::<usize>());
                self.few(i64::try_from(size).unwrap_or(i64::MAX), name.span)?;
                let examples = match self.loader.materialise(set) {
                    Ok(examples) => examples,
                    Err(reason) => return self.error(codes::CANNOT_READ, base, reason),
                };
                let n = examples.count;
                let array = |data: Vec<f64>, shape: &[usize], kind: Kind| {
                    // A single number for each example is one direction, not two.
                    let shape: Vec<usize> =
                        if shape == [1] { vec![n] } else { std::iter::once(n).chain(shape.iter().copied()).collect() };
                    if data.len() <= MOST_LISTED {
                        return match kind {
                            Kind::Int => Value::list(data.iter().map(|x| Value::Int(*x as i64)).collect()),
                            _ => super::items::nest(&data, &shape),
                        };
                    }
                    Value::array(Expr::Array(Arc::new(Array { shape: shape.clone(), data })), kind, shape)
                };
                match (name.text.as_str(), examples.targets) {
                    ("inputs", _) => array(examples.inputs.into_double(), &examples.shape, Kind::Real),
                    ("labels", Targets::Labels { labels, .. }) => {
                        array(labels.into_iter().map(f64::from).collect(), &[1], Kind::Int)
                    }
                    ("targets", Targets::Values { values, shape }) => array(values, &shape, Kind::Real),
                    ("labels", _) => return self.error(codes::TYPE, name.span, none("classes")),
                    _ => return self.error(codes::TYPE, name.span, none("values")),
                }
            }
            other => {
                if methods::ROWS.iter().any(|row| row.name == other) {
                    let d = Diagnostic::error(codes::ARGUMENTS, name.span, format!("`{other}` needs parentheses"))
                        .expected(format!("`.{other}(...)`"));
                    return Err(self.fail(d));
                }
                return Ok(None);
            }
        }))
    }

    /// The names that can stand after a data set.
    pub(crate) fn data_members() -> Vec<String> {
        DATA_MEMBERS.iter().map(|m| m.0).chain(methods::ROWS.iter().map(|r| r.name)).map(str::to_string).collect()
    }
}
