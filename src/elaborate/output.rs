//! `show`, `expect`, and top-level quantities that depend on results.

use super::Elaborator;
use super::scope::Scope;
use super::value::{Eval, Kind, Value, describe};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::output::Shown;
use crate::plan::{Expr, Output};
use crate::syntax::ast::{self, Binding, ExprKind};
use std::rc::Rc;

impl Elaborator<'_> {
    /// A top-level `let` whose value depends on results is stored.
    pub(crate) fn derived(&mut self, name: &ast::Name, value: &Value, binding: &Binding, doc: Option<String>) {
        if let (Value::Record(r), Binding::Is(e)) = (value, binding) {
            let source = self.source_text(e.span);
            for (member, value) in &r.members {
                let Value::Symbolic(s) = value else { continue };
                let (name, source) = (format!("{}.{member}", name.text), format!("{source}.{member}"));
                let output = Output::Derived { name, expr: s.expr.clone(), source, doc: doc.clone() };
                self.elaborated.plan.outputs.push(output);
            }
        }
        if let (Value::Symbolic(s), Binding::Is(e)) = (value, binding)
            && s.expr.is_deferred()
        {
            let source = self.source_text(e.span);
            let output = Output::Derived { name: name.text.clone(), expr: s.expr.clone(), source, doc };
            self.elaborated.plan.outputs.push(output);
        }
    }

    pub(crate) fn show(&mut self, e: &ast::Expr, scope: &Rc<Scope>) {
        let Ok(value) = self.eval(e, scope) else { return };
        let source = self.source_text(e.span);
        self.show_count += 1;
        let name = match &*e.kind {
            ExprKind::Name(n) => n.clone(),
            _ => format!("show_{}", self.show_count),
        };
        if let Value::Record(r) = &value {
            for (member, value) in &r.members {
                // What has a value at each point of a curve is for plots.
                let Value::Symbolic(s) = value else { continue };
                if s.axes.is_empty() {
                    let (name, source) = (format!("{name}.{member}"), format!("{source}.{member}"));
                    self.elaborated.plan.outputs.push(Output::Show { name, source, value: Shown::Quantity(s.expr.clone()) });
                }
            }
            return;
        }
        let shown = match &value {
            Value::Task(t) => Shown::Task(t.name.clone()),
            Value::Symbolic(s) if s.expr.is_deferred() => Shown::Quantity(s.expr.clone()),
            Value::Symbolic(_) if value.is_numeric() => match self.known_text(&value, e.span) {
                Ok(text) => Shown::Text(text),
                Err(_) => return,
            },
            Value::Text(t) => Shown::Text(t.to_string()),
            Value::Graph(g) => Shown::Text(self.graph(*g).describe()),
            Value::List(items) if items.iter().any(|i| matches!(i, Value::Symbolic(s) if s.expr.is_deferred())) => {
                match self.lift(&value, e.span) {
                    Ok(s) => Shown::Quantity(s.expr),
                    Err(_) => return,
                }
            }
            Value::Builtin(b) => Shown::Text(format!("{}: {}", b.signature(), b.doc)),
            other => Shown::Text(describe(other)),
        };
        self.elaborated.plan.outputs.push(Output::Show { name, source, value: shown });
    }

    /// An array that is known, as text.
    fn known_text(&mut self, value: &Value, span: crate::diagnostic::Span) -> Eval<String> {
        let s = self.lift(value, span)?;
        let data = match &s.expr {
            Expr::Array(a) => a.data.clone(),
            Expr::Random(d) => (0..d.len().min(8) as u64).map(|k| d.value(k)).collect(),
            _ => match value.number() {
                Some(x) => return Ok(super::value::format_real(x)),
                None => {
                    let d =
                        Diagnostic::error(codes::NOT_HERE, span, "this depends on the state of a model, so it has no value here")
                            .help("observe it in a task");
                    return Err(self.fail(d));
                }
            },
        };
        let shown: Vec<String> = data.iter().take(8).map(|x| super::value::format_real(*x)).collect();
        let dots = if s.shape.iter().product::<usize>() > 8 { ", ..." } else { "" };
        Ok(format!("[{}{dots}]", shown.join(", ")))
    }

    pub(crate) fn expect(&mut self, e: &ast::Expr, scope: &Rc<Scope>) {
        let Ok(value) = self.eval(e, scope) else { return };
        let source = self.source_text(e.span);
        let expr = match &value {
            Value::Bool(b) => Expr::Number(f64::from(u8::from(*b))),
            Value::Symbolic(s) if s.kind == Kind::Bool && s.expr.has_state() => {
                let d = Diagnostic::error(codes::NOT_HERE, e.span, "a claim is about results, not about a state");
                self.fail(d);
                return;
            }
            Value::Symbolic(s) if s.kind == Kind::Bool => s.expr.clone(),
            other => {
                let other = other.clone();
                let _: Eval<()> = self.wrong_type(&other, e.span, "a claim that is true or false");
                return;
            }
        };
        self.elaborated.plan.outputs.push(Output::Expect { source, expr });
    }
}
