//! Built-in functions: their arguments and types.

use super::super::Elaborator;
use super::super::arguments::Arguments;
use super::super::builtins::{Builtin, Type};
use super::super::scope::Scope;
use super::super::value::{Eval, Failed, Value};
use super::Slot;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::syntax::ast::{Argument, ExprKind};
use std::rc::Rc;

impl Elaborator<'_> {
    pub(super) fn call_builtin(&mut self, b: &'static Builtin, arguments: &[Argument], span: Span, scope: &Rc<Scope>) -> Eval {
        let signature = b.signature();
        if b.variadic {
            // `max(r, along: T)`: of a result.
            if let ([of, along], Some(op)) = (arguments, super::super::builtins::lists::extreme_of(b.name))
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
