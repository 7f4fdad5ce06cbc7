//! Functions that are written in Ann: their arguments, requirements and bodies.

use super::super::Elaborator;
use super::super::scope::Scope;
use super::super::value::{Closure, Eval, Failed, Value};
use super::Slot;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::syntax::ast::{self, Argument, ExprKind};
use std::rc::Rc;

impl Elaborator<'_> {
    /// The arguments of a function that is written in Ann; `None` where the default counts.
    pub(crate) fn bind_closure(
        &mut self,
        name: &str,
        params: &[ast::Parameter],
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<(Vec<Option<Value>>, Vec<Span>)> {
        let slots: Vec<Slot> = params.iter().map(|p| Slot { name: &p.name.text, optional: p.default.is_some() }).collect();
        let signature = self.signature(name, params);
        let values: Vec<Eval> = arguments.iter().map(|a| self.eval(&a.value, scope)).collect();
        let slot_of = self.assign(name, &signature, &slots, arguments, span)?;
        let mut bound = Vec::new();
        let mut spans = Vec::new();
        for (slot, param) in slot_of.iter().zip(params) {
            match slot {
                Some(k) => {
                    let value = values[*k].as_ref().map_err(|f| *f)?.clone();
                    if let Some(ty) = &param.ty {
                        self.check_type(&value, &ty.text, arguments[*k].value.span, &param.name.text, name)?;
                    }
                    bound.push(Some(value));
                    spans.push(arguments[*k].value.span);
                }
                None => {
                    bound.push(None);
                    spans.push(span);
                }
            }
        }
        Ok((bound, spans))
    }

    /// `f(x: Int, y = 2)`, as the definition has it.
    pub(crate) fn signature(&self, name: &str, params: &[ast::Parameter]) -> String {
        if name.contains("->") {
            return name.to_string();
        }
        let params: Vec<String> = params
            .iter()
            .map(|p| {
                let mut text = p.name.text.clone();
                if let Some(ty) = &p.ty {
                    text += &format!(": {}", ty.text);
                }
                if let Some(default) = &p.default {
                    text += &format!(" = {}", self.source_text(default.span));
                }
                text
            })
            .collect();
        format!("{name}({})", params.join(", "))
    }

    /// A scope with the parameters bound, defaults filled in and requirements checked.
    pub(crate) fn parameter_scope(
        &mut self,
        name: &str,
        params: &[ast::Parameter],
        requires: &[ast::Expr],
        values: Vec<Option<Value>>,
        outer: &Rc<Scope>,
        span: Span,
    ) -> Eval<Rc<Scope>> {
        let scope = Scope::inside(outer);
        for (param, value) in params.iter().zip(values) {
            let value = match (value, &param.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.eval(default, &scope)?,
                (None, None) => return Err(Failed),
            };
            scope.define(&param.name.text, value, Some(param.name.span));
        }
        for requirement in requires {
            self.require(name, requirement, &scope, span)?;
        }
        Ok(scope)
    }

    /// Checks a stated requirement at the place of the call.
    pub(crate) fn require(&mut self, name: &str, requirement: &ast::Expr, scope: &Rc<Scope>, span: Span) -> Eval<()> {
        match self.eval(requirement, scope)? {
            Value::Bool(true) => Ok(()),
            Value::Bool(false) => {
                let text = self.source_text(requirement.span);
                let given: Vec<String> = names_in(requirement)
                    .into_iter()
                    .filter_map(|n| {
                        scope
                            .look_up(&n)
                            .filter(|v| v.number().is_some())
                            .map(|v| format!("{n} = {}", super::super::value::describe(&v)))
                    })
                    .collect();
                let d = Diagnostic::error(codes::REQUIRES, span, format!("`{name}` requires {text}"))
                    .label(if given.is_empty() { "does not hold here".into() } else { format!("here {}", given.join(", ")) })
                    .expected(text);
                Err(self.fail(d))
            }
            // Requirements on what is known only after a run are checked by the run.
            Value::Symbolic(_) => Ok(()),
            other => self.wrong_type(&other, requirement.span, "a condition"),
        }
    }

    pub(crate) fn run_closure(&mut self, f: &Rc<Closure>, values: Vec<Option<Value>>, spans: &[Span], span: Span) -> Eval {
        let _ = spans;
        let library = self.is_library(f.body.span.source);
        let before = self.caller;
        if library && before.is_none() {
            self.caller = Some(span);
        }
        self.calls.push(span);
        let result = self.deeper(span, |e| {
            let scope = e.parameter_scope(&f.name, &f.params, &f.requires, values, &f.scope, span)?;
            e.eval(&f.body, &scope)
        });
        self.calls.pop();
        self.caller = before;
        result
    }
}

/// The names that an expression mentions, each once.
fn names_in(e: &ast::Expr) -> Vec<String> {
    let mut names = Vec::new();
    super::super::names::visit(e, &mut |e| {
        if let ExprKind::Name(n) = &*e.kind
            && !names.contains(n)
        {
            names.push(n.clone());
        }
    });
    names
}
