//! The value of an expression in a scope: literals, names, members, indexing, conditions, blocks.

use super::arithmetic::Places;
use super::scope::Scope;
use super::symbolic::{settle, shape_text};
use super::value::{Closure, Eval, Failed, Kind, Symbolic, Value};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;
use crate::syntax::ast::{self, ExprKind, IndexArgument};
use std::rc::Rc;

impl Elaborator<'_> {
    pub(crate) fn eval(&mut self, e: &ast::Expr, scope: &Rc<Scope>) -> Eval {
        self.step(e.span)?;
        self.nested(e.span, |elaborator| elaborator.eval_kind(e, scope))
    }

    fn eval_kind(&mut self, e: &ast::Expr, scope: &Rc<Scope>) -> Eval {
        match &*e.kind {
            ExprKind::Int(i) => Ok(Value::Int(*i)),
            ExprKind::Real(x) => Ok(Value::Real(*x)),
            ExprKind::Bool(b) => Ok(Value::Bool(*b)),
            ExprKind::Text(t) => Ok(Value::text(t)),
            ExprKind::Quantity(number, unit) => self.quantity(number, unit, scope),
            ExprKind::Name(name) => match scope.look_up(name) {
                Some(Value::Failed) => Err(Failed),
                Some(Value::NoEnergy) => {
                    let d = Diagnostic::error(codes::NO_ENERGY, e.span, "this model has no energy")
                        .label(crate::plan::method::NO_ENERGY)
                        .help("observe overlaps, means and correlations; a model with an energy is written with `energy = ...`");
                    Err(self.fail(d))
                }
                Some(value) => self.at_point(value, e.span),
                None => Err(self.undefined(name, e.span, scope)),
            },
            ExprKind::List(items) => {
                let values = self.eval_all(items, scope)?;
                self.list(values, e.span)
            }
            ExprKind::Tuple(items) => {
                let values = self.eval_all(items, scope)?;
                self.list(values, e.span)
            }
            ExprKind::Set(items) => {
                let values = self.eval_all(items, scope)?;
                let numbers: Option<Vec<f64>> = values.iter().map(Value::number).collect();
                match numbers {
                    Some(mut numbers) => {
                        numbers.sort_by(f64::total_cmp);
                        numbers.dedup();
                        Ok(Value::Set(Rc::new(numbers)))
                    }
                    None => self.error(codes::TYPE, e.span, "a set of spin values holds numbers"),
                }
            }
            ExprKind::Range { start, end, inclusive } => self.range(start, end, *inclusive, e.span, scope),
            ExprKind::Unary(op, operand) => {
                let value = self.eval(operand, scope)?;
                self.unary(*op, value, operand.span)
            }
            ExprKind::Binary { op, left, right, .. } => {
                let a = self.eval(left, scope);
                let b = self.eval(right, scope);
                self.binary(*op, a?, b?, Places { whole: e.span, left: left.span, right: right.span })
            }
            ExprKind::Compare { first, rest } => self.comparisons(first, rest, e.span, scope),
            ExprKind::If { condition, then, otherwise } => self.condition(condition, then, otherwise, scope),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments, e.span, scope),
            ExprKind::Member { base, name } => {
                let value = self.eval(base, scope)?;
                self.member(&value, base.span, name)
            }
            ExprKind::Index { base, indices } => self.index(base, indices, e.span, scope),
            ExprKind::Comprehension { body, clauses, filter } => {
                self.comprehension(body, clauses, filter.as_ref(), e.span, scope)
            }
            ExprKind::Lambda { params, body } => {
                let name = match params.as_slice() {
                    [one] => format!("{} -> ...", one.text),
                    many => format!("({}) -> ...", many.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(", ")),
                };
                let params = params.iter().map(|p| ast::Parameter { name: p.clone(), ty: None, default: None }).collect();
                Ok(Value::Function(Rc::new(Closure { name, params, requires: vec![], body: body.clone(), scope: scope.clone() })))
            }
            ExprKind::Block { lets, value } => {
                let inner = Scope::inside(scope);
                for l in lets {
                    self.let_in(l, &inner);
                }
                self.eval(value, &inner)
            }
            ExprKind::Reduce { op, binders, filter, body } => self.reduction(op, binders, filter.as_ref(), body, e.span, scope),
            ExprKind::Average(x) => self.average(x, e.span, scope),
        }
    }

    /// All of some expressions, so that each gives its own diagnostics.
    pub(crate) fn eval_all(&mut self, items: &[ast::Expr], scope: &Rc<Scope>) -> Eval<Vec<Value>> {
        let results: Vec<Eval> = items.iter().map(|item| self.eval(item, scope)).collect();
        results.into_iter().collect()
    }

    fn quantity(&mut self, number: &ast::Expr, unit: &ast::Name, scope: &Rc<Scope>) -> Eval {
        const COUNTING: &[&str] = &["sweeps", "sweep", "epochs", "epoch", "steps", "step"];
        if COUNTING.contains(&unit.text.as_str()) {
            return self.eval(number, scope);
        }
        let d = Diagnostic::error(codes::TYPE, unit.span, format!("the unit `{}` has no meaning here", unit.text))
            .label("spin systems are without units")
            .expected("a plain number, or one counted in `sweeps`, `epochs` or `steps`");
        Err(self.fail(d))
    }

    fn range(&mut self, start: &ast::Expr, end: &ast::Expr, inclusive: bool, span: Span, scope: &Rc<Scope>) -> Eval {
        let a = self.eval(start, scope);
        let b = self.eval(end, scope);
        let a = self.whole(&a?, start.span, "the start of a range")?;
        let b = self.whole(&b?, end.span, "the end of a range")?;
        let b = if inclusive { b.checked_add(1) } else { Some(b) };
        match b {
            Some(b) => Ok(Value::Range(a, b.max(a))),
            None => self.overflow(span),
        }
    }

    /// A whole number that must be known now.
    pub(crate) fn whole(&mut self, value: &Value, span: Span, what: &str) -> Eval<i64> {
        if let Some(i) = value.integer() {
            return Ok(i);
        }
        match value {
            Value::Failed => Err(Failed),
            Value::Symbolic(s) if !s.axes.is_empty() || s.expr.is_deferred() => self.not_known_yet(span, what),
            Value::Real(x) => {
                let d = Diagnostic::error(codes::TYPE, span, format!("{what} must be a whole number"))
                    .label(format!("this is {}", super::value::format_real(*x)))
                    .help("use `floor`, `ceil` or `round`");
                Err(self.fail(d))
            }
            other => self.wrong_type(other, span, "a whole number"),
        }
    }

    pub(crate) fn not_known_yet<T>(&mut self, span: Span, what: &str) -> Eval<T> {
        let d = Diagnostic::error(codes::NOT_KNOWN_YET, span, format!("{what} must be known before the run"))
            .label("this is known only after a task has run")
            .help("give it as a `param`, and set it with `--set` once the result is known");
        Err(self.fail(d))
    }

    fn comparisons(&mut self, first: &ast::Expr, rest: &[(ast::CompareOp, ast::Expr)], span: Span, scope: &Rc<Scope>) -> Eval {
        let mut left = self.eval(first, scope)?;
        let mut left_span = first.span;
        let mut all: Option<Value> = None;
        for (op, right_expr) in rest {
            let right = self.eval(right_expr, scope)?;
            let at = Places { whole: span, left: left_span, right: right_expr.span };
            let this = self.compare(*op, &left, &right, at)?;
            all = Some(match all {
                None => this,
                Some(before) => self.binary(ast::BinaryOp::And, before, this, at)?,
            });
            left = right;
            left_span = right_expr.span;
        }
        all.ok_or(Failed)
    }

    fn condition(&mut self, condition: &ast::Expr, then: &ast::Expr, otherwise: &ast::Expr, scope: &Rc<Scope>) -> Eval {
        let c = self.eval(condition, scope)?;
        match &c {
            Value::Bool(true) => self.eval(then, scope),
            Value::Bool(false) => self.eval(otherwise, scope),
            Value::Symbolic(s) if s.kind == Kind::Bool => {
                if let Some(known) = c.number() {
                    return self.eval(if known != 0.0 { then } else { otherwise }, scope);
                }
                self.filters += 1;
                let a = self.eval(then, scope);
                let b = self.eval(otherwise, scope);
                self.filters -= 1;
                let a = self.lifted(a?, then.span)?;
                let b = self.lifted(b?, otherwise.span)?;
                let shape = self.broadcast(&a.shape, &b.shape, then.span.to(otherwise.span))?;
                let shape = self.broadcast(&shape, &s.shape, condition.span)?;
                let axes = self.align(&a.axes, &b.axes, then.span)?;
                let axes = self.align(&axes, &s.axes, condition.span)?;
                let kind = if a.kind == b.kind { a.kind } else { Kind::Real };
                let expr = Expr::If(s.expr.clone().boxed(), a.expr.boxed(), b.expr.boxed());
                Ok(settle(Symbolic { expr, kind, shape, axes, index: None }))
            }
            other => self.wrong_type(other, condition.span, "a truth value"),
        }
    }

    pub(crate) fn average(&mut self, x: &ast::Expr, span: Span, scope: &Rc<Scope>) -> Eval {
        if self.stage != Stage::Estimate {
            let d = Diagnostic::error(codes::NOT_HERE, span, "an ensemble average has no meaning here")
                .label("only inside `estimate`")
                .help("observe the quantity in `observe`, and average it in `estimate { ... }`; `mean(...)` is the mean of a list or over sites");
            return Err(self.fail(d));
        }
        if self.inside_average {
            return self.error(codes::NOT_HERE, span, "an average inside an average");
        }
        self.inside_average = true;
        let value = self.eval(x, scope);
        self.inside_average = false;
        let s = self.lifted(value?, x.span)?;
        Ok(settle(Symbolic { expr: Expr::Average(s.expr.boxed()), kind: Kind::Real, index: None, ..s }))
    }

    fn index(&mut self, base: &ast::Expr, indices: &[IndexArgument], span: Span, scope: &Rc<Scope>) -> Eval {
        let value = self.eval(base, scope)?;
        if let [IndexArgument::Replica(which, at)] = indices {
            let k = self.eval(which, scope)?;
            let k = self.whole(&k, which.span, "the number of a replica")?;
            return self.replica(&value, k, base.span, *at);
        }
        let mut positions = Vec::new();
        for index in indices {
            match index {
                IndexArgument::Value(e) => positions.push((self.eval(e, scope), e.span)),
                IndexArgument::Replica(_, at) => {
                    return self.error(
                        codes::NOT_HERE,
                        *at,
                        "a replica and an index cannot stand together: write `s[replica 0][i]`",
                    );
                }
            }
        }
        if positions.is_empty() {
            let d = Diagnostic::error(codes::ARGUMENTS, span, "an index is missing")
                .expected("an index in the brackets, such as `x[0]`");
            return Err(self.fail(d));
        }
        let positions: Vec<(Value, Span)> = positions.into_iter().map(|(v, s)| v.map(|v| (v, s))).collect::<Eval<_>>()?;
        self.element(&value, &positions, base.span, span)
    }

    /// `value[i, j]`
    pub(crate) fn element(&mut self, value: &Value, indices: &[(Value, Span)], base_span: Span, span: Span) -> Eval {
        match value {
            Value::List(items) if indices.iter().all(|(v, _)| v.integer().is_some()) => {
                let (first, at) = &indices[0];
                let i = self.position(first, *at, items.len())?;
                let item = items[i].clone();
                if indices.len() > 1 { self.element(&item, &indices[1..], base_span, span) } else { Ok(item) }
            }
            Value::Range(a, b) if indices.len() == 1 && indices[0].0.integer().is_some() => {
                let i = self.position(&indices[0].0, indices[0].1, b.saturating_sub(*a) as usize)?;
                Ok(Value::Int(a + i as i64))
            }
            Value::Couplings(c) => self.coupling(*c, indices, span),
            Value::List(_) | Value::Range(..) => {
                let s = self.lift(value, base_span)?;
                self.array_element(&s, indices, base_span, span)
            }
            Value::Symbolic(s) => {
                if !s.axes.is_empty() && s.shape.len() < indices.len() {
                    return self.result_position(s, indices, base_span, span);
                }
                self.array_element(&s.clone(), indices, base_span, span)
            }
            other => self.wrong_type(other, base_span, "a list, an array or a variable"),
        }
    }

    /// A known index into `n` elements, negative ones from the end.
    pub(crate) fn position(&mut self, value: &Value, span: Span, n: usize) -> Eval<usize> {
        let i = self.whole(value, span, "an index")?;
        let k = if i < 0 { i + n as i64 } else { i };
        if k < 0 || k >= n as i64 {
            let d = Diagnostic::error(codes::INDEX, span, format!("the index {i} is outside of its range"))
                .label(format!("of {}", shape_text(&[n])))
                .expected(if n == 0 {
                    "a list that is not empty".to_string()
                } else {
                    format!("an index from -{n} to {}", n - 1)
                });
            return Err(self.fail(d));
        }
        Ok(k as usize)
    }
}

/// Names in backticks, joined by commas.
pub(crate) fn quoted(names: &[String]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}
