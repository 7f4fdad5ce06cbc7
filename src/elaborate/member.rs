//! What stands after a point: `value.name` and `value.name(arguments)`.

use super::Elaborator;
use super::expression::quoted;
use super::scope::Scope;
use super::symbolic::settle;
use super::value::{Eval, Failed, Value};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::plan::Expr;
use crate::syntax::ast::{self, Argument};
use std::rc::Rc;

impl Elaborator<'_> {
    /// `value.name`
    pub(crate) fn member(&mut self, value: &Value, span: Span, name: &ast::Name) -> Eval {
        let found = match value {
            Value::Failed => return Err(Failed),
            Value::Module(scope) => scope.own(&name.text),
            Value::Task(task) if name.text == "states" && !task.has("states") => {
                return self.states_of(&task.clone(), &[], &[], name.span, None);
            }
            Value::Task(task) if name.text == "model" && task.trains() => {
                return self.trained_model(&task.clone(), &[], name.span);
            }
            Value::TaskAt(task, fixed) if name.text == "model" && task.trains() => {
                return self.trained_model(&task.clone(), fixed, name.span);
            }
            Value::Task(task) => return self.task_member(&task.clone(), name),
            // `fit.at(width: 16).test` is `fit.test.at(width: 16)`.
            Value::TaskAt(task, fixed) => {
                if name.text == "states" {
                    return self.states_of(&task.clone(), fixed, &[], name.span, None);
                }
                let whole = self.task_member(&task.clone(), name)?;
                let Value::Symbolic(s) = whole else { return Ok(whole) };
                let fixed = fixed.iter().fold((*s).clone(), |s, (axis, k)| super::indexing::select(&s, axis, *k));
                return Ok(settle(fixed));
            }
            Value::Graph(g) => self.graph_member(*g, &name.text, name.span)?,
            Value::Couplings(c) => {
                let graph = self.elaborated.plan.couplings[*c as usize].graph;
                match name.text.as_str() {
                    "graph" => Some(Value::Graph(graph)),
                    // A file without linear terms has none.
                    "linear" => {
                        let none = || vec![0.0; self.graph(graph).sites()];
                        Some(Value::reals(self.linear.get(c).cloned().unwrap_or_else(none)))
                    }
                    member => self.graph_member(graph, member, name.span)?,
                }
            }
            Value::Model(instance) => instance.scope.own(&name.text),
            Value::Network(instance) => instance.scope.own(&name.text),
            Value::Symbolic(s) if matches!(s.expr, Expr::Node(_)) => match s.expr {
                Expr::Node(k) => self.weights_of(k, &name.text),
                _ => None,
            },
            Value::Record(r) => r.members.iter().find(|m| m.0 == name.text).map(|m| m.1.clone()),
            Value::Data(set) => self.data_member(set, name, span)?,
            Value::List(items) if name.text == "length" => Some(Value::Int(items.len() as i64)),
            _ => None,
        };
        match found {
            Some(Value::Failed) => Err(Failed),
            Some(found) => Ok(found),
            None => {
                let members = self.members_of(value);
                let mut d = Diagnostic::error(
                    codes::NO_MEMBER,
                    name.span,
                    format!("{} has no member `{}`", value.kind_name(), name.text),
                )
                .label("no such member")
                .related(span, format!("this is {}", value.kind_name()));
                if !members.is_empty() {
                    d = d.expected(format!("one of {}", quoted(&members)));
                }
                if let Some(near) = nearest(&name.text, members.iter().map(String::as_str)) {
                    d = d.help(format!("did you mean `{near}`?"));
                }
                Err(self.fail(d))
            }
        }
    }

    /// `value.name(arguments)` where that is more than a call of a member.
    pub(crate) fn method(
        &mut self,
        value: &Value,
        base: Span,
        name: &ast::Name,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<Option<Value>> {
        match value {
            Value::Graph(_) | Value::Couplings(_) => {
                let Some(g) = self.graph_of(value) else { return Ok(None) };
                self.graph_method(g, name, arguments, span, scope)
            }
            Value::Model(instance) if name.text == "energy" => {
                if let Some(named) = arguments.iter().find_map(|a| a.name.as_ref()) {
                    let d = Diagnostic::error(codes::ARGUMENTS, named.span, "states are given in the order of the variables");
                    return Err(self.fail(d.help("leave the name out")));
                }
                let values: Vec<Eval> = arguments.iter().map(|a| self.eval(&a.value, scope)).collect();
                let values = values.into_iter().zip(arguments).map(|(v, a)| Ok((v?, a.value.span))).collect::<Eval<Vec<_>>>()?;
                self.energy_elsewhere(&instance.clone(), &values, span).map(Some)
            }
            Value::Data(set) => self.data_method(set, base, name, arguments, span, scope),
            Value::Record(split) => self.split_method(split, base, name, arguments, span, scope),
            Value::Symbolic(s) if name.text == "at" && (!s.axes.is_empty() || s.expr.is_deferred()) => {
                self.at(s, arguments, span, scope).map(Some)
            }
            Value::Task(task) if name.text == "at" => {
                let _ = base;
                self.task_at(&task.clone(), &[], arguments, span, scope).map(Some)
            }
            Value::Task(task) if name.text == "states" => {
                self.states_of(&task.clone(), &[], arguments, span, Some(scope)).map(Some)
            }
            Value::TaskAt(task, fixed) if name.text == "states" => {
                self.states_of(&task.clone(), &fixed.clone(), arguments, span, Some(scope)).map(Some)
            }
            Value::TaskAt(task, fixed) if name.text == "at" => {
                self.task_at(&task.clone(), &fixed.clone(), arguments, span, scope).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The names that can stand after the point.
    pub fn members_of(&self, value: &Value) -> Vec<String> {
        match value {
            Value::Module(scope) => scope.entries().into_iter().map(|(n, _)| n).collect(),
            Value::Network(instance) => instance.scope.entries().into_iter().map(|(n, _)| n).collect(),
            Value::Model(instance) => instance.scope.entries().into_iter().map(|(n, _)| n).collect(),
            Value::Record(r) => r.members.iter().map(|m| m.0.clone()).collect(),
            Value::Task(task) => {
                task.axes.iter().map(|a| a.name.clone()).chain(task.quantities.iter().map(|q| q.name.clone())).collect()
            }
            Value::Data(_) => Self::data_members(),
            Value::Graph(_) | Value::Couplings(_) => super::graph::MEMBERS.iter().map(|m| m.name.to_string()).collect(),
            Value::Symbolic(s) if !s.axes.is_empty() => vec!["at".to_string()],
            _ => vec![],
        }
    }
}
