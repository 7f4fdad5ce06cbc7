//! The axes of a task: their values, and the coordinates that stand for these in results.

use super::super::Elaborator;
use super::super::scope::Scope;
use super::super::value::{Eval, Failed, Value, describe};
use crate::diagnostic::{Diagnostic, codes};
use crate::results::{AxisValues, Coordinates};
use crate::syntax::ast;
use std::rc::Rc;

impl Elaborator<'_> {
    /// The axes with their coordinates; the values themselves go to `axis_values`.
    pub(super) fn axes(&mut self, declared: &[ast::Axis], scope: &Rc<Scope>) -> Eval<Vec<AxisValues>> {
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
                    format!("an axis of {} points", super::super::limits::grouped(y.saturating_sub(*x))),
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
}

fn print(value: &Value) -> String {
    let mut out = String::new();
    super::super::value::fingerprint(value, &mut out);
    out
}

/// The k-th element of a list as it is written.
fn written(values: &ast::Expr, k: usize) -> Option<&ast::Expr> {
    match &*values.kind {
        ast::ExprKind::List(items) => items.get(k),
        _ => None,
    }
}
