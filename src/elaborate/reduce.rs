//! Reductions over index sets, and comprehensions.
//!
//! Where everything is known (at top level, or over a list) the body is evaluated for each element;
//! over sites, bonds and ranges of a model it is evaluated once, with bound indices.

use super::scope::Scope;
use super::symbolic::settle;
use super::value::{Eval, IndexSet, Kind, Symbolic, Value};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::plan::{Domain, Expr, Reduction};
use crate::syntax::ast::{self, Binder};
use std::rc::Rc;
use std::sync::Arc;

impl Elaborator<'_> {
    pub(crate) fn reduction(
        &mut self,
        op: &ast::Name,
        binders: &[Binder],
        filter: Option<&ast::Expr>,
        body: &ast::Expr,
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval {
        let Some(reduction) = Reduction::from_name(&op.text) else {
            let names = ["sum", "prod", "mean", "min", "max", "count", "any", "all"];
            let mut d = Diagnostic::error(codes::UNDEFINED, op.span, format!("`{}` is not a reduction", op.text))
                .expected("one of `sum`, `prod`, `mean`, `min`, `max`, `count`, `any`, `all`");
            if let Some(near) = nearest(&op.text, names) {
                d = d.help(format!("did you mean `{near}`?"));
            }
            return Err(self.fail(d));
        };
        let mut domains = Vec::new();
        let value = self.reduce_from(reduction, binders, filter, body, span, scope, &mut domains)?;
        Ok(value)
    }

    /// Reduces over the binders that are left; `domains` holds the symbolic ones before them.
    #[allow(clippy::too_many_arguments)]
    fn reduce_from(
        &mut self,
        op: Reduction,
        binders: &[Binder],
        filter: Option<&ast::Expr>,
        body: &ast::Expr,
        span: Span,
        scope: &Rc<Scope>,
        domains: &mut Vec<Domain>,
    ) -> Eval {
        let Some((binder, rest)) = binders.split_first() else {
            return self.reduce_body(op, filter, body, scope, std::mem::take(domains));
        };
        let domain = self.eval(binder_domain(binder), scope)?;
        let at = binder_domain(binder).span;
        if self.stage != Stage::Plain
            && let Some((symbolic, names)) = self.symbolic_domain(binder, &domain, at)?
        {
            let inner = Scope::inside(scope);
            for (name, value) in names {
                inner.define(&name.text, value, Some(name.span));
            }
            domains.push(symbolic);
            return self.reduce_from(op, rest, filter, body, span, &inner, domains);
        }
        let rows = self.rows(binder, &domain, at)?;
        let outer = std::mem::take(domains);
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            self.step(span)?;
            let inner = Scope::inside(scope);
            for (name, value) in binder_names(binder).into_iter().zip(row) {
                inner.define(&name.text, value, Some(name.span));
            }
            if rest.is_empty() {
                if let Some(f) = filter {
                    let keep = self.eval(f, &inner)?;
                    match keep {
                        Value::Bool(true) => {}
                        Value::Bool(false) => continue,
                        other => return self.wrong_type(&other, f.span, "a condition that is known here"),
                    }
                }
                values.push(self.eval(body, &inner)?);
            } else {
                values.push(self.reduce_from(op, rest, filter, body, span, &inner, &mut Vec::new())?);
            }
        }
        let value = self.fold_values(op, values, body.span, rest.is_empty())?;
        if outer.is_empty() {
            return Ok(value);
        }
        let s = self.lift(&value, body.span)?;
        let expr = Expr::Reduce { op, domains: outer, filter: None, body: s.expr.boxed() };
        Ok(settle(Symbolic { expr, kind: s.kind, shape: s.shape, axes: s.axes, index: None }))
    }

    fn reduce_body(
        &mut self,
        op: Reduction,
        filter: Option<&ast::Expr>,
        body: &ast::Expr,
        scope: &Rc<Scope>,
        domains: Vec<Domain>,
    ) -> Eval {
        let mut condition = None;
        if let Some(f) = filter {
            let value = self.eval(f, scope)?;
            let s = self.lift(&value, f.span)?;
            if s.kind != Kind::Bool {
                return self.wrong_type(&value, f.span, "a condition");
            }
            condition = match s.expr.number() {
                Some(x) if x != 0.0 => None,
                _ => Some(s.expr.boxed()),
            };
        }
        self.filters += u32::from(filter.is_some());
        let value = self.eval(body, scope);
        self.filters -= u32::from(filter.is_some());
        let value = value?;
        let s = self.lift(&value, body.span)?;
        if matches!(op, Reduction::Any | Reduction::All | Reduction::Count) && s.kind != Kind::Bool {
            return self.wrong_type(&value, body.span, "a condition");
        }
        if !s.shape.is_empty() {
            let d = Diagnostic::error(codes::SHAPE, body.span, "the body of a reduction must be a number")
                .label(format!("this has {}", super::symbolic::shape_text(&s.shape)))
                .help("take an element, or reduce it as well: `sum(i in a: sum(b[i]))`");
            return Err(self.fail(d));
        }
        let kind = match op {
            Reduction::Any | Reduction::All => Kind::Bool,
            Reduction::Count => Kind::Int,
            Reduction::Mean => Kind::Real,
            _ => s.kind,
        };
        let expr = Expr::Reduce { op, domains, filter: condition, body: s.expr.boxed() };
        Ok(settle(Symbolic { expr, kind, shape: vec![], axes: s.axes, index: None }))
    }

    /// A binder over sites, bonds or ranges as a domain, with its bound names; `None` for a list.
    #[allow(clippy::type_complexity)]
    fn symbolic_domain<'b>(
        &mut self,
        binder: &'b Binder,
        domain: &Value,
        span: Span,
    ) -> Eval<Option<(Domain, Vec<(&'b ast::Name, Value)>)>> {
        match binder {
            Binder::Each { names, domain: _ } if names.len() == 1 => {
                if let Some((graph, of)) = neighbours(domain) {
                    let n = self.graph(graph).sites() as i64;
                    let local = self.fresh(0, n);
                    let value = index_value(local, IndexSet { start: 0, end: n, graph: Some(graph), bond: None });
                    return Ok(Some((Domain::Neighbours { graph, of: of.boxed(), local }, vec![(&names[0], value)])));
                }
                let Some((start, end, graph)) = self.site_range(domain) else { return Ok(None) };
                let local = self.fresh(start, end);
                let value = index_value(local, IndexSet { start, end, graph, bond: None });
                Ok(Some((Domain::Range { local, start, end }, vec![(&names[0], value)])))
            }
            Binder::Each { names, .. } => {
                let tuples = self.tuples(domain, names.len(), span)?;
                let mut locals = Vec::new();
                let mut bound = Vec::new();
                for (k, name) in names.iter().enumerate() {
                    let start = tuples.iter().map(|t| t[k]).min().unwrap_or(0);
                    let end = tuples.iter().map(|t| t[k]).max().unwrap_or(-1) + 1;
                    let local = self.fresh(start, end);
                    locals.push(local);
                    bound.push((name, index_value(local, IndexSet { start, end, graph: None, bond: None })));
                }
                Ok(Some((Domain::Tuples { locals, tuples: Arc::new(tuples) }, bound)))
            }
            Binder::Bond { first, second, .. } => {
                let Some(graph) = self.graph_of(domain) else {
                    return self.wrong_type(domain, span, "a lattice or couplings, whose bonds can be run over");
                };
                let n = self.graph(graph).sites() as i64;
                let binder = self.fresh(0, 0);
                let i = self.fresh(0, n);
                let j = self.fresh(0, n);
                let end = |local, which| {
                    index_value(local, IndexSet { start: 0, end: n, graph: Some(graph), bond: Some((binder, which)) })
                };
                Ok(Some((Domain::Bonds { graph, binder, first: i, second: j }, vec![(first, end(i, 0)), (second, end(j, 1))])))
            }
            Binder::Ordered { names, .. } => {
                let Some((start, end, graph)) = self.site_range(domain) else {
                    return self.wrong_type(domain, span, "a lattice, a variable or a range");
                };
                let locals: Vec<u32> = names.iter().map(|_| self.fresh(start, end)).collect();
                let bound = names
                    .iter()
                    .zip(&locals)
                    .map(|(name, &local)| (name, index_value(local, IndexSet { start, end, graph, bond: None })))
                    .collect();
                Ok(Some((Domain::Ordered { locals, start, end }, bound)))
            }
        }
    }

    fn fresh(&mut self, start: i64, end: i64) -> u32 {
        let local = self.next_local;
        self.next_local += 1;
        self.ranges.insert(local, (start, end));
        local
    }

    /// Sites or whole numbers that follow each other.
    pub(crate) fn site_range(&self, value: &Value) -> Option<(i64, i64, Option<u32>)> {
        match value {
            Value::Range(a, b) => Some((*a, *b, None)),
            Value::Graph(_) | Value::Couplings(_) => {
                let graph = self.graph_of(value)?;
                Some((0, self.graph(graph).sites() as i64, Some(graph)))
            }
            Value::Symbolic(s) => match &s.expr {
                Expr::Variable { variable, .. } => {
                    let v = self.variables.get(*variable as usize)?;
                    Some((0, v.sites as i64, v.graph))
                }
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn graph_of(&self, value: &Value) -> Option<u32> {
        match value {
            Value::Graph(g) => Some(*g),
            Value::Couplings(c) => Some(self.elaborated.plan.couplings[*c as usize].graph),
            _ => None,
        }
    }

    /// A reduction of values that are known one by one.
    pub(crate) fn fold_values(&mut self, op: Reduction, values: Vec<Value>, span: Span, innermost: bool) -> Eval {
        use crate::elaborate::arithmetic::Places;
        let at = Places { whole: span, left: span, right: span };
        if op == Reduction::Count && innermost {
            let values: Eval<Vec<bool>> = values
                .into_iter()
                .map(|v| match v {
                    Value::Bool(b) => Ok(b),
                    other => self.wrong_type(&other, span, "a condition"),
                })
                .collect();
            return Ok(Value::Int(values?.into_iter().filter(|&b| b).count() as i64));
        }
        if values.is_empty() {
            return match op {
                Reduction::Sum | Reduction::Count => Ok(Value::Int(0)),
                Reduction::Product => Ok(Value::Int(1)),
                Reduction::Any => Ok(Value::Bool(false)),
                Reduction::All => Ok(Value::Bool(true)),
                Reduction::Mean | Reduction::Min | Reduction::Max => {
                    let message = format!("the {} of nothing is not defined", op.name());
                    self.error(codes::DOMAIN, span, message)
                }
            };
        }
        let n = values.len() as i64;
        if let Some(odd) = values.iter().find(|v| !v.is_numeric()) {
            return self.wrong_type(odd, span, "a number");
        }
        // Known values in their order; expressions pairwise, so that they do not nest as deep as the list is long.
        if values.iter().any(|v| matches!(v, Value::Symbolic(_))) {
            let mut values = values;
            while values.len() > 1 {
                let mut half = Vec::with_capacity(values.len().div_ceil(2));
                let mut rest = values.into_iter();
                while let Some(a) = rest.next() {
                    half.push(match rest.next() {
                        Some(b) => self.joint(op, a, b, at)?,
                        None => a,
                    });
                }
                values = half;
            }
            let Some(total) = values.pop() else { return Err(super::value::Failed) };
            return if op == Reduction::Mean { self.binary(ast::BinaryOp::Divide, total, Value::Int(n), at) } else { Ok(total) };
        }
        let mut values = values.into_iter();
        let Some(mut total) = values.next() else { return Err(super::value::Failed) };
        for value in values {
            total = self.joint(op, total, value, at)?;
        }
        if op == Reduction::Mean {
            total = self.binary(ast::BinaryOp::Divide, total, Value::Int(n), at)?;
        }
        Ok(total)
    }

    /// Two values of a reduction.
    fn joint(&mut self, op: Reduction, a: Value, b: Value, at: super::arithmetic::Places) -> Eval {
        match op {
            Reduction::Sum | Reduction::Mean | Reduction::Count => self.binary(ast::BinaryOp::Add, a, b, at),
            Reduction::Product => self.binary(ast::BinaryOp::Multiply, a, b, at),
            Reduction::Any => self.binary(ast::BinaryOp::Or, a, b, at),
            Reduction::All => self.binary(ast::BinaryOp::And, a, b, at),
            Reduction::Min => self.extreme(crate::plan::Op::Minimum, a, b, at),
            Reduction::Max => self.extreme(crate::plan::Op::Maximum, a, b, at),
        }
    }

    fn extreme(&mut self, op: crate::plan::Op, a: Value, b: Value, at: super::arithmetic::Places) -> Eval {
        if let (Value::Int(x), Value::Int(y)) = (&a, &b) {
            return Ok(Value::Int(if op == crate::plan::Op::Minimum { *x.min(y) } else { *x.max(y) }));
        }
        if let (Some(x), Some(y)) = (a.number(), b.number()) {
            return Ok(Value::Real(op.apply(x, y)));
        }
        self.combine(op, a, b, at, |x, y| if x == y { x } else { Kind::Real })
    }

    pub(crate) fn comprehension(
        &mut self,
        body: &ast::Expr,
        clauses: &[Binder],
        filter: Option<&ast::Expr>,
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval {
        let mut out = Vec::new();
        self.comprehend(body, clauses, filter, scope, &mut out)?;
        self.list(out, span)
    }

    fn comprehend(
        &mut self,
        body: &ast::Expr,
        clauses: &[Binder],
        filter: Option<&ast::Expr>,
        scope: &Rc<Scope>,
        out: &mut Vec<Value>,
    ) -> Eval<()> {
        let Some((binder, rest)) = clauses.split_first() else {
            if let Some(f) = filter {
                match self.eval(f, scope)? {
                    Value::Bool(true) => {}
                    Value::Bool(false) => return Ok(()),
                    other => return self.wrong_type(&other, f.span, "a condition that is known here"),
                }
            }
            out.push(self.eval(body, scope)?);
            return if out.len() as i64 > super::limits::ELEMENTS { self.few(out.len() as i64, body.span) } else { Ok(()) };
        };
        let domain = self.eval(binder_domain(binder), scope)?;
        for row in self.rows(binder, &domain, binder_domain(binder).span)? {
            self.step(body.span)?;
            let inner = Scope::inside(scope);
            for (name, value) in binder_names(binder).into_iter().zip(row) {
                inner.define(&name.text, value, Some(name.span));
            }
            self.comprehend(body, rest, filter, &inner, out)?;
        }
        Ok(())
    }
}

fn index_value(local: u32, set: IndexSet) -> Value {
    Value::Symbolic(Rc::new(Symbolic {
        expr: Expr::Local(local),
        kind: Kind::Int,
        shape: vec![],
        axes: vec![],
        index: Some(set),
    }))
}

/// `grid.neighbours(i)` as an index set.
fn neighbours(value: &Value) -> Option<(u32, Expr)> {
    match value {
        Value::Neighbours(graph, of) => Some((*graph, (**of).clone())),
        _ => None,
    }
}

pub(crate) fn binder_domain(binder: &Binder) -> &ast::Expr {
    match binder {
        Binder::Each { domain, .. } | Binder::Bond { domain, .. } | Binder::Ordered { domain, .. } => domain,
    }
}

pub(crate) fn binder_names(binder: &Binder) -> Vec<&ast::Name> {
    match binder {
        Binder::Each { names, .. } | Binder::Ordered { names, .. } => names.iter().collect(),
        Binder::Bond { first, second, .. } => vec![first, second],
    }
}
