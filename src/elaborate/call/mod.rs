//! Calls: which function is called, and which argument goes to which parameter.

mod builtin;
mod closure;

use super::Elaborator;
use super::arguments::Arguments;
use super::scope::Scope;
use super::synonyms::meant;
use super::value::{Eval, Failed, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::syntax::ast::{self, Argument, ExprKind};
use std::rc::Rc;

/// A parameter, as far as binding needs it.
pub(crate) struct Slot<'p> {
    pub name: &'p str,
    pub optional: bool,
}

impl Elaborator<'_> {
    /// `scan.states.at(T: 2)`, which is `scan.at(T: 2).states`.
    fn states_at(
        &mut self,
        base: &ast::Expr,
        name: &ast::Name,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<Option<Value>> {
        let ExprKind::Member { base: inner, name: states } = &*base.kind else { return Ok(None) };
        if name.text != "at" || states.text != "states" {
            return Ok(None);
        }
        let (task, fixed) = match self.eval(inner, scope)? {
            Value::Task(task) if !task.has("states") => (task, Vec::new()),
            Value::TaskAt(task, fixed) if !task.has("states") => (task, fixed.to_vec()),
            _ => return Ok(None),
        };
        let at = self.task_at(&task, &fixed, arguments, span, scope)?;
        self.member(&at, base.span, states).map(Some)
    }

    pub(crate) fn call(&mut self, callee: &ast::Expr, arguments: &[Argument], span: Span, scope: &Rc<Scope>) -> Eval {
        if let ExprKind::Member { base, name } = &*callee.kind {
            if let Some(states) = self.states_at(base, name, arguments, span, scope)? {
                return Ok(states);
            }
            let value = self.eval(base, scope)?;
            if let Some(result) = self.method(&value, base.span, name, arguments, span, scope)? {
                return Ok(result);
            }
            let function = self.member(&value, base.span, name)?;
            return self.apply(&function, callee.span, arguments, span, scope);
        }
        let function = match self.eval(callee, scope) {
            Ok(f) => f,
            Err(failed) => {
                // Whatever else is wrong in the arguments is said in the same go.
                for a in arguments {
                    if !matches!(&*a.value.kind, ExprKind::Name(_)) {
                        let _ = self.eval(&a.value, scope);
                    }
                }
                return Err(failed);
            }
        };
        self.apply(&function, callee.span, arguments, span, scope)
    }

    pub(crate) fn apply(
        &mut self,
        function: &Value,
        callee: Span,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval {
        match function {
            Value::Builtin(b) => match arguments {
                [Argument { name: None, value }] if b.name == "avg" => self.average(value, span, scope),
                _ => self.call_builtin(b, arguments, span, scope),
            },
            Value::Method(m) if super::builtins::methods::row_of(*m).is_some() => {
                let row = super::builtins::methods::row_of(*m).ok_or(Failed)?;
                self.call_builtin(row, arguments, span, scope)
            }
            Value::Function(f) => {
                let f = f.clone();
                let (values, spans) = self.bind_closure(&f.name, &f.params, arguments, span, scope)?;
                self.run_closure(&f, values, &spans, span)
            }
            Value::ModelKind(definition) => {
                let definition = definition.clone();
                let (values, spans) = self.bind_closure(&definition.name, &definition.params, arguments, span, scope)?;
                self.instantiate(&definition, values, &spans, span).map(Value::Model)
            }
            Value::NetworkKind(definition) => {
                let definition = definition.clone();
                let (values, spans) = self.bind_closure(&definition.name, &definition.params, arguments, span, scope)?;
                let _ = spans;
                self.build_network(&definition, values, span).map(Value::Network)
            }
            Value::OfData(what) => {
                let slots = [Slot { name: "data", optional: true }];
                let slot = self.assign("loss", "loss(data)", &slots, arguments, span)?[0];
                let data = match slot {
                    Some(k) => Some(self.eval(&arguments[k].value, scope)?),
                    None => None,
                };
                let what = what.clone();
                self.of_data(&what, data, slot.map_or(span, |k| arguments[k].value.span))
            }
            // In a network nobody means the lattice.
            Value::LatticeKind(definition) if definition.name == "square" && self.network.is_some() => {
                match super::builtins::functions().find(|b| b.name == "square") {
                    Some(b) => self.call_builtin(b, arguments, span, scope),
                    None => Err(Failed),
                }
            }
            Value::LatticeKind(definition) => {
                let definition = definition.clone();
                self.build_lattice(&definition, arguments, span, scope)
            }
            Value::Failed => Err(Failed),
            other => {
                // `random(2)`, where `random` is a word for a setting, stands for `random_directions(2)`.
                let meant: Vec<&str> = match &other {
                    Value::Text(word) => {
                        let begins = format!("{word}_");
                        super::builtins::functions().map(|b| b.name).filter(|name| name.starts_with(&begins)).collect()
                    }
                    _ => vec![],
                };
                let help = match &meant[..] {
                    [] => "for a product write `*` between the factors".to_string(),
                    names => format!("what can be called is `{}`", names.join("`, `")),
                };
                let d = Diagnostic::error(codes::NOT_CALLABLE, callee, format!("{} cannot be called", other.kind_name()))
                    .label(format!("this is {}", other.kind_name()))
                    .expected("a function, a model or a lattice")
                    .help(help);
                Err(self.fail(d))
            }
        }
    }

    /// Which argument goes to which parameter: positions first, then names.
    pub(crate) fn assign(
        &mut self,
        what: &str,
        signature: &str,
        slots: &[Slot],
        arguments: &[Argument],
        span: Span,
    ) -> Eval<Vec<Option<usize>>> {
        let mut slot_of = vec![None; slots.len()];
        let mut next = 0;
        let mut failed = false;
        for (k, argument) in arguments.iter().enumerate() {
            let slot = match &argument.name {
                None => {
                    if next >= slots.len() {
                        let d =
                            Diagnostic::error(codes::ARGUMENTS, argument.value.span, format!("`{what}` has too many arguments"))
                                .label("one too many")
                                .expected(format!("`{signature}`"));
                        self.fail(d);
                        failed = true;
                        continue;
                    }
                    next += 1;
                    next - 1
                }
                Some(name) => match slots.iter().position(|s| s.name == name.text) {
                    Some(slot) => slot,
                    None => {
                        let mut d =
                            Diagnostic::error(codes::ARGUMENTS, name.span, format!("`{what}` has no argument `{}`", name.text))
                                .label("not known")
                                .expected(format!("`{signature}`"));
                        if let Some(help) = meant(&name.text, slots.iter().map(|s| s.name)) {
                            d = d.help(help);
                        }
                        self.fail(d);
                        failed = true;
                        continue;
                    }
                },
            };
            if slot_of[slot].is_some() {
                let d = Diagnostic::error(
                    codes::ARGUMENTS,
                    argument.value.span,
                    format!("the argument `{}` is given twice", slots[slot].name),
                )
                .expected(format!("`{signature}`"));
                self.fail(d);
                failed = true;
                continue;
            }
            slot_of[slot] = Some(k);
        }
        let missing: Vec<&str> =
            slots.iter().zip(&slot_of).filter(|(s, a)| a.is_none() && !s.optional).map(|(s, _)| s.name).collect();
        if !missing.is_empty() && !failed {
            let list = missing.iter().map(|m| format!("`{m}`")).collect::<Vec<_>>().join(", ");
            let d = Diagnostic::error(codes::ARGUMENTS, span, format!("`{what}` lacks {list}"))
                .label(if arguments.is_empty() {
                    "no arguments here".to_string()
                } else {
                    format!("{} here", count_text(arguments.len()))
                })
                .expected(format!("`{signature}`"));
            self.fail(d);
            failed = true;
        }
        if failed { Err(Failed) } else { Ok(slot_of) }
    }

    /// Calls a function value with values.
    pub(crate) fn call_value(&mut self, function: &Value, values: Vec<Value>, span: Span) -> Eval {
        match function {
            Value::Function(f) => {
                let f = f.clone();
                if values.len() != f.params.iter().filter(|p| p.default.is_none()).count() {
                    let d = Diagnostic::error(
                        codes::ARGUMENTS,
                        span,
                        format!("a function of {} is needed here", count_text(values.len())),
                    )
                    .label(format!("this has {}", f.params.len()));
                    return Err(self.fail(d));
                }
                let mut bound: Vec<Option<Value>> = values.into_iter().map(Some).collect();
                bound.resize_with(f.params.len(), || None);
                self.run_closure(&f, bound, &[], span)
            }
            Value::Builtin(b) => {
                let n = b.params.len();
                let mut bound: Vec<Option<Value>> = values.into_iter().map(Some).collect();
                bound.resize_with(n, || None);
                let spans = vec![span; n];
                self.run_builtin(b, Arguments { values: bound, spans, span })
            }
            other => self.wrong_type(other, span, "a function"),
        }
    }
}

pub(crate) fn count_text(n: usize) -> String {
    if n == 1 { "1 argument".into() } else { format!("{n} arguments") }
}

pub(crate) fn indices_text(n: usize) -> String {
    if n == 1 { "1 index".into() } else { format!("{n} indices") }
}
