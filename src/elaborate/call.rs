//! Calls: binding arguments to parameters, checking them, running functions.

use super::Elaborator;
use super::arguments::Arguments;
use super::builtins::{Builtin, Type};
use super::scope::Scope;
use super::value::{Closure, Eval, Failed, Value};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::syntax::ast::{self, Argument, ExprKind};
use std::rc::Rc;

/// A parameter, as far as binding needs it.
pub(crate) struct Slot<'p> {
    pub name: &'p str,
    pub optional: bool,
}

impl Elaborator<'_> {
    pub(crate) fn call(&mut self, callee: &ast::Expr, arguments: &[Argument], span: Span, scope: &Rc<Scope>) -> Eval {
        if let ExprKind::Member { base, name } = &*callee.kind {
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
                let d = Diagnostic::error(codes::NOT_CALLABLE, callee, format!("{} cannot be called", other.kind_name()))
                    .label(format!("this is {}", other.kind_name()))
                    .expected("a function, a model or a lattice")
                    .help("for a product write `*` between the factors");
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
                        if let Some(near) = nearest(&name.text, slots.iter().map(|s| s.name)) {
                            d = d.help(format!("did you mean `{near}`?"));
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
                            .map(|v| format!("{n} = {}", super::value::describe(&v)))
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

    fn call_builtin(&mut self, b: &'static Builtin, arguments: &[Argument], span: Span, scope: &Rc<Scope>) -> Eval {
        let signature = b.signature();
        if b.variadic {
            // `max(r, along: T)`: of a result.
            if let ([of, along], Some(op)) = (arguments, super::builtins::lists::extreme_of(b.name))
                && along.name.as_ref().is_some_and(|n| n.text == "along")
            {
                let value = self.eval(&of.value, scope)?;
                let axis = match &*along.value.kind {
                    ExprKind::Name(name) => name.clone(),
                    _ => {
                        let given = self.eval(&along.value, scope)?;
                        self.axis_name(&given, along.value.span)?
                    }
                };
                return self.along(op, &value, &axis, of.value.span, along.value.span);
            }
            let values: Eval<Vec<Option<Value>>> = arguments.iter().map(|a| self.eval(&a.value, scope).map(Some)).collect();
            if let Some(named) = arguments.iter().find_map(|a| a.name.as_ref()) {
                let d = Diagnostic::error(codes::ARGUMENTS, named.span, format!("`{}` has no argument `{}`", b.name, named.text))
                    .expected(format!("`{signature}`"));
                return Err(self.fail(d));
            }
            let spans = arguments.iter().map(|a| a.value.span).collect();
            return self.run_builtin(b, Arguments { values: values?, spans, span });
        }
        let bound = self.bind_builtin(b, arguments, span, scope)?;
        self.run_builtin(b, bound)
    }

    /// The arguments of a built-in function that are not of any number.
    pub(crate) fn bind_builtin(
        &mut self,
        b: &'static Builtin,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<Arguments> {
        let signature = b.signature();
        let slots: Vec<Slot> = b.params.iter().map(|p| Slot { name: p.name, optional: p.default.is_some() }).collect();
        let slot_of = self.assign(b.name, &signature, &slots, arguments, span);
        let Ok(slot_of) = slot_of else {
            for a in arguments {
                if !matches!(&*a.value.kind, ExprKind::Name(_)) {
                    let _ = self.eval(&a.value, scope);
                }
            }
            return Err(Failed);
        };
        let mut values = Vec::new();
        let mut spans = Vec::new();
        let mut failed = false;
        for (slot, param) in slot_of.iter().zip(b.params) {
            let Some(k) = slot else {
                values.push(None);
                spans.push(span);
                continue;
            };
            let argument = &arguments[*k].value;
            spans.push(argument.span);
            if matches!(param.ty, Type::Axis | Type::Word)
                && let ExprKind::Name(name) = &*argument.kind
            {
                values.push(Some(Value::Axis(Rc::from(name.as_str()))));
                continue;
            }
            let value = if param.ty == Type::Point { self.point_argument(argument, scope) } else { self.eval(argument, scope) };
            match value {
                Ok(value) => match self.check_builtin_type(&value, param.ty, argument.span, param.name, b.name) {
                    Ok(()) => values.push(Some(value)),
                    Err(_) => failed = true,
                },
                Err(_) => failed = true,
            }
        }
        if failed { Err(Failed) } else { Ok(Arguments { values, spans, span }) }
    }

    pub(crate) fn run_builtin(&mut self, b: &'static Builtin, arguments: Arguments) -> Eval {
        (b.run)(self, b, &arguments)
    }

    fn check_builtin_type(&mut self, value: &Value, ty: Type, span: Span, param: &str, function: &str) -> Eval<()> {
        self.check_type(value, ty.name(), span, param, function)
    }
}

pub(crate) fn count_text(n: usize) -> String {
    if n == 1 { "1 argument".into() } else { format!("{n} arguments") }
}

pub(crate) fn indices_text(n: usize) -> String {
    if n == 1 { "1 index".into() } else { format!("{n} indices") }
}

/// The names that an expression mentions, each once.
fn names_in(e: &ast::Expr) -> Vec<String> {
    let mut names = Vec::new();
    super::names::visit(e, &mut |e| {
        if let ExprKind::Name(n) = &*e.kind
            && !names.contains(n)
        {
            names.push(n.clone());
        }
    });
    names
}
