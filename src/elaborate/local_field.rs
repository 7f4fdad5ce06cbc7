//! `field = ...` of a model without an energy: the local field of every unit.

use super::Elaborator;
use super::reduce::{binder_domain, binder_names};
use super::scope::Scope;
use super::symbolic::shape_text;
use super::value::{Eval, IndexSet, Kind, Symbolic, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;
use crate::plan::model::Field;
use crate::syntax::ast::{self, ExprKind};
use std::rc::Rc;

impl Elaborator<'_> {
    /// The field as an expression of a bound site.
    pub(super) fn local_field(&mut self, e: &ast::Expr, scope: &Rc<Scope>) -> Eval<Field> {
        let [v] = &self.variables[..] else {
            let d = Diagnostic::error(
                codes::BAD_VARIABLE,
                e.span,
                format!("local fields are those of one variable, and there are {}", self.variables.len()),
            )
            .help("put all units into one `spins`");
            return Err(self.fail(d));
        };
        let (name, sites) = (v.name.clone(), v.sites);
        if v.values().len() != 2 {
            let message = match v.values().len() {
                0 => format!("`{name}` are {}: local fields move spins of two values", v.kind()),
                n => format!("`{name}` has {n} values: local fields move spins of two values"),
            };
            let d = Diagnostic::error(codes::BAD_VARIABLE, e.span, message).expected("`{-1, +1}`, `{0, 1}` or two other numbers");
            return Err(self.fail(d));
        }
        // Written for one site, it stays so, however many there are.
        if let ExprKind::Comprehension { body, clauses, filter: None } = &*e.kind
            && let [binder] = &clauses[..]
            && let [bound] = &binder_names(binder)[..]
        {
            let domain = self.eval(binder_domain(binder), scope)?;
            if let Some((0, end, graph)) = self.site_range(&domain) {
                if end != sites as i64 {
                    return self.as_many(&name, sites, end as usize, binder_domain(binder).span);
                }
                let local = self.next_local;
                self.next_local += 1;
                self.ranges.insert(local, (0, end));
                let inner = Scope::inside(scope);
                let index = Symbolic {
                    expr: Expr::Local(local),
                    kind: Kind::Int,
                    shape: vec![],
                    axes: vec![],
                    index: Some(IndexSet { start: 0, end, graph, bond: None }),
                };
                inner.define(&bound.text, Value::Symbolic(Rc::new(index)), Some(bound.span));
                let value = self.eval(body, &inner)?;
                let s = self.lift(&value, body.span)?;
                self.one_number(&s, body.span)?;
                return Ok(Field { local, body: s.expr });
            }
        }
        let value = self.eval(e, scope)?;
        let s = self.lift(&value, e.span)?;
        if s.shape != [sites] {
            let d = Diagnostic::error(codes::SHAPE, e.span, format!("`field` is one number for each unit of `{name}`"))
                .label(format!("this has {}", shape_text(&s.shape)))
                .expected(format!("{sites} values, such as `[sum(j in {name}: W[i, j] * {name}[j]) for i in {name}]`"));
            return Err(self.fail(d));
        }
        let local = self.next_local;
        self.next_local += 1;
        self.one_number(&Symbolic { shape: vec![], ..s.clone() }, e.span)?;
        Ok(Field { local, body: Expr::Index(s.expr.boxed(), vec![Expr::Local(local)]) })
    }

    fn one_number(&mut self, s: &Symbolic, span: Span) -> Eval<()> {
        if !s.shape.is_empty() || s.kind == Kind::Bool {
            let d =
                Diagnostic::error(codes::SHAPE, span, "the local field of a unit is one number").label(if s.kind == Kind::Bool {
                    "this is a truth value".to_string()
                } else {
                    format!("this has {}", shape_text(&s.shape))
                });
            return Err(self.fail(d));
        }
        if let Some(axis) = s.axes.first() {
            let d = Diagnostic::error(codes::MISALIGNED, span, format!("the local fields run over the axis `{}`", axis.name))
                .help(format!("select a coordinate with `.at({}: ...)`, or give the task this axis", axis.name));
            return Err(self.fail(d));
        }
        Ok(())
    }

    fn as_many<T>(&mut self, name: &str, sites: usize, found: usize, span: Span) -> Eval<T> {
        let d = Diagnostic::error(codes::SHAPE, span, format!("`field` is one number for each unit of `{name}`"))
            .label(format!("{found} of them"))
            .expected(format!("{sites}: `for i in {name}`"));
        Err(self.fail(d))
    }
}
