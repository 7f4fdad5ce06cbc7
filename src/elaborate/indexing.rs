//! `x[i, j]` where the index or the array is not a known value: elements of variables, of arrays, of
//! couplings, of results.

use super::symbolic::settle;
use super::value::{Eval, Kind, Symbolic, Value};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::graph::{Boundary, Graph};
use crate::plan::{Analysis, Expr, Op};

impl Elaborator<'_> {
    /// `s[replica 1]`: the variable in another replica.
    pub(crate) fn replica(&mut self, value: &Value, k: i64, base: Span, at: Span) -> Eval {
        if let Value::Symbolic(s) = value {
            let replica = match u16::try_from(k) {
                Ok(r) => r,
                Err(_) => {
                    let d = Diagnostic::error(codes::DOMAIN, at, format!("there is no replica {k}"))
                        .expected("a number from 0, less than the setting `replicas`");
                    return Err(self.fail(d));
                }
            };
            let expr = match &s.expr {
                Expr::Variable { variable, .. } => Some(Expr::Variable { variable: *variable, replica }),
                Expr::Energy { .. } => Some(Expr::Energy { replica }),
                _ => None,
            };
            if let Some(expr) = expr {
                return Ok(Value::Symbolic(std::rc::Rc::new(Symbolic { expr, ..(**s).clone() })));
            }
        }
        let d = Diagnostic::error(codes::TYPE, base, "only a variable of the model, or `energy`, has replicas")
            .label(format!("this is {}", value.kind_name()))
            .help("write `s[replica 0]` where `s` is a variable");
        Err(self.fail(d))
    }

    /// An element or a row of an array expression.
    pub(crate) fn array_element(&mut self, s: &Symbolic, indices: &[(Value, Span)], base: Span, span: Span) -> Eval {
        if indices.len() > s.shape.len() {
            let what = if s.shape.is_empty() { "a number has no elements".to_string() } else { "too many indices".to_string() };
            let d = Diagnostic::error(codes::SHAPE, span, what)
                .label(format!("{} here", super::call::indices_text(indices.len())))
                .related(base, format!("this has {}", super::symbolic::shape_text(&s.shape)))
                .expected(format!("at most {}", super::call::indices_text(s.shape.len())));
            return Err(self.fail(d));
        }
        let mut exprs = Vec::new();
        for ((value, at), &n) in indices.iter().zip(&s.shape) {
            exprs.push(self.index_expr(value, *at, n, base, &s.expr)?);
        }
        let shape = s.shape[indices.len()..].to_vec();
        let expr = match &s.expr {
            Expr::Variable { variable, replica } => {
                let bond = self.wrapping_bond(&indices[0].0);
                let element = |site: Expr| Expr::Element { variable: *variable, replica: *replica, site: site.boxed(), bond };
                let site = exprs.remove(0);
                match s.shape[1..] {
                    [] => element(site),
                    [n, ..] => match exprs.pop() {
                        Some(component) => element(component_place(&site, n, component)),
                        None => Expr::List((0..n).map(|c| element(component_place(&site, n, Expr::Number(c as f64)))).collect()),
                    },
                }
            }
            Expr::Array(a) if exprs.iter().all(|e| e.number().is_some()) => {
                let mut offset = 0;
                let mut size: usize = a.shape.iter().product();
                for (e, n) in exprs.iter().zip(&a.shape) {
                    size /= n;
                    offset += e.number().unwrap_or(0.0) as usize * size;
                }
                if shape.is_empty() {
                    Expr::Number(a.data[offset])
                } else {
                    let data = a.data[offset..offset + size].to_vec();
                    Expr::Array(std::sync::Arc::new(crate::plan::expr::Array { shape: shape.clone(), data }))
                }
            }
            Expr::Random(draw) if shape.is_empty() && exprs.iter().all(|e| e.number().is_some()) => {
                let offset = exprs.iter().zip(&s.shape).fold(0, |k, (e, n)| k * *n as u64 + e.number().unwrap_or(0.0) as u64);
                Expr::Number(draw.value(offset))
            }
            Expr::List(parts) if exprs[0].number().is_some() => {
                let part = parts[exprs[0].number().unwrap_or(0.0) as usize].clone();
                exprs.remove(0);
                if exprs.is_empty() { part } else { Expr::Index(part.boxed(), exprs) }
            }
            Expr::Index(inner, before) => {
                let mut all = before.clone();
                all.extend(exprs);
                Expr::Index(inner.clone(), all)
            }
            other => Expr::Index(other.clone().boxed(), exprs),
        };
        Ok(settle(Symbolic { expr, kind: s.kind, shape, axes: s.axes.clone(), index: None }))
    }

    /// An index as an expression inside `0..n`; negative values count from the end.
    fn index_expr(&mut self, value: &Value, span: Span, n: usize, base: Span, array: &Expr) -> Eval<Expr> {
        if value.integer().is_some() && !matches!(value, Value::Symbolic(s) if s.index.is_some()) {
            return Ok(Expr::Number(self.position(value, span, n)? as f64));
        }
        let Value::Symbolic(s) = value else {
            return self.wrong_type(value, span, "a whole number");
        };
        if s.kind != Kind::Int || !s.shape.is_empty() || !s.axes.is_empty() {
            return self.wrong_type(value, span, "an index");
        }
        let expr = s.expr.clone();
        let Some((low, high)) = self.interval(&expr) else { return Ok(expr) };
        if (low < -(n as f64) || high >= n as f64) && self.filters == 0 {
            let binder = s.index.as_ref().and_then(|i| i.bond.map(|b| b.0)).or(match &expr {
                Expr::Local(k) => Some(*k),
                _ => None,
            });
            if let Some(binder) = binder {
                if self.blamed.contains(&binder) {
                    return Err(super::value::Failed);
                }
                self.blamed.push(binder);
            }
            let runs = s.index.as_ref().and_then(|i| i.graph).map(|g| format!("runs over {}", self.graph(g).describe()));
            let what = if matches!(array, Expr::Variable { .. }) { "sites" } else { "elements" };
            let mut d = Diagnostic::error(codes::NOT_A_SITE, span, "the index leaves the set that it indexes")
                .label(runs.map_or_else(|| format!("runs from {low} to {high}"), |r| format!("{r}: {low} to {high}")))
                .related(base, format!("this has {n} {what}, 0 to {}", n as i64 - 1))
                .expected(format!("an index from 0 to {}", n as i64 - 1));
            d = if s.index.as_ref().is_some_and(|i| i.bond.is_some()) {
                d.help("run over the bonds of the graph that the variable lives on")
            } else if s.index.is_some() {
                d.help(format!("run over the sites themselves: `i in {}`", self.source_text(base)))
            } else {
                d.help(format!("for a periodic index write `mod(i + 1, {n})`; or exclude the ends: `if i + 1 < {n}`"))
            };
            return Err(self.fail(d));
        }
        if low < 0.0 {
            let from_end = Expr::Binary(Op::Add, expr.clone().boxed(), Expr::Number(n as f64).boxed());
            let negative = Expr::Binary(Op::Less, expr.clone().boxed(), Expr::Number(0.0).boxed());
            return Ok(Expr::If(negative.boxed(), from_end.boxed(), expr.boxed()));
        }
        Ok(expr)
    }

    /// The binder of the bond whose second end this index is, where a sign can come with it.
    fn wrapping_bond(&self, value: &Value) -> Option<u32> {
        let Value::Symbolic(s) = value else { return None };
        let index = s.index.as_ref()?;
        let (binder, end) = index.bond?;
        match self.graph(index.graph?) {
            Graph::Lattice(b) if end == 1 && b.boundary.contains(&Boundary::Antiperiodic) => Some(binder),
            _ => None,
        }
    }

    /// `J[i, j]`
    pub(crate) fn coupling(&mut self, c: u32, indices: &[(Value, Span)], span: Span) -> Eval {
        let (graph, name) = {
            let couplings = &self.elaborated.plan.couplings[c as usize];
            (couplings.graph, couplings.name.clone())
        };
        let [(first, a), (second, b)] = indices else {
            let d = Diagnostic::error(codes::ARGUMENTS, span, format!("`{name}` needs the two ends of a bond"))
                .label(format!("{} here", super::call::indices_text(indices.len())))
                .expected(format!("`{name}[i, j]`"));
            return Err(self.fail(d));
        };
        if self.stage == Stage::Plain {
            return self.error(codes::NOT_HERE, span, "couplings can be indexed in an energy or an observable only");
        }
        let end = |v: &Value| match v {
            Value::Symbolic(s) => s.index.as_ref().filter(|i| i.graph == Some(graph)).and_then(|i| i.bond),
            _ => None,
        };
        if let (Some((x, p)), Some((y, q))) = (end(first), end(second))
            && x == y
            && p != q
        {
            return Ok(Value::symbolic(Expr::BondValue { couplings: c, binder: x }, Kind::Real));
        }
        // The ends of a bond of another graph are no bond of this one.
        let bond = |v: &Value| match v {
            Value::Symbolic(s) => s.index.as_ref().and_then(|i| Some((i.graph?, i.bond?.0))),
            _ => None,
        };
        if let (Some((g, x)), Some((_, y))) = (bond(first), bond(second))
            && g != graph
            && x == y
            && self.filters == 0
        {
            let d = Diagnostic::error(codes::NOT_A_SITE, span, format!("`{name}` has no couplings on these bonds"))
                .label(format!("the bonds are those of {}", self.graph(g).describe()))
                .related(*a, format!("`{name}` lives on {}", self.graph(graph).describe()))
                .help(format!("run over the bonds of `{name}`: `<i, j> in {name}`"));
            return Err(self.fail(d));
        }
        let n = self.graph(graph).sites();
        let dummy = Expr::Variable { variable: 0, replica: 0 };
        let i = self.index_expr(first, *a, n, span, &dummy)?;
        let j = self.index_expr(second, *b, n, span, &dummy)?;
        Ok(Value::symbolic(Expr::PairValue { couplings: c, first: i.boxed(), second: j.boxed() }, Kind::Real))
    }

    /// `r[k]`: the k-th point of a result along its first axis.
    pub(crate) fn result_position(&mut self, s: &Symbolic, indices: &[(Value, Span)], base: Span, span: Span) -> Eval {
        let mut current = s.clone();
        for (value, at) in indices {
            if current.axes.is_empty() {
                return self.array_element(&current, &[(value.clone(), *at)], base, span);
            }
            let axis = current.axes[0].clone();
            let k = self.position(value, *at, axis.coordinates.len())?;
            current = select(&current, &axis.name, k);
        }
        Ok(settle(current))
    }
}

/// The same result at one coordinate of an axis.
pub(crate) fn select(s: &Symbolic, axis: &str, k: usize) -> Symbolic {
    fn go(e: &Expr, axis: &str, k: usize) -> Expr {
        match e {
            // A result that was already taken at a coordinate of this axis is not taken again.
            Expr::Result { task, quantity, at } => {
                let mut at = at.clone();
                if !at.iter().any(|(a, _)| a == axis) {
                    at.push((axis.to_string(), k));
                }
                Expr::Result { task: task.clone(), quantity: quantity.clone(), at }
            }
            // An analysis that makes or keeps the axis needs all of its argument.
            Expr::Analyse(analysis, _) if analysis.holds(axis) => {
                Expr::Analyse(Analysis::At { axis: axis.to_string(), index: k }, vec![e.clone()])
            }
            // Inside an analysis along this axis the axis is bound.
            Expr::Analyse(analysis, _) if analysis.bound().contains(&axis) => e.clone(),
            other => other.map_parts(&mut |part| go(part, axis, k)),
        }
    }
    let axes = s.axes.iter().filter(|a| a.name != axis).cloned().collect();
    Symbolic { expr: go(&s.expr, axis, k), axes, ..s.clone() }
}

/// The place of a component of a vector among those of all sites.
fn component_place(site: &Expr, n: usize, component: Expr) -> Expr {
    match (site.number(), component.number()) {
        (Some(site), Some(component)) => Expr::Number(n as f64 * site + component),
        _ => Expr::Binary(
            Op::Add,
            Expr::Binary(Op::Multiply, Expr::Number(n as f64).boxed(), site.clone().boxed()).boxed(),
            component.boxed(),
        ),
    }
}
