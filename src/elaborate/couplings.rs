//! `couplings`: a number for each bond of a graph.

use super::Elaborator;
use super::scope::Scope;
use super::value::{Eval, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::arguments::Arguments;
use crate::plan::draw::{Draw, key_from};
use crate::plan::expr::Array;
use crate::plan::graph::Graph;
use crate::plan::{CouplingValues, Couplings};
use crate::syntax::ast::{self, Binding};
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

impl Elaborator<'_> {
    /// `owner`: the model that the couplings belong to, part of the name of a draw.
    pub(crate) fn couplings(&mut self, c: &ast::Couplings, owner: &str, scope: &Rc<Scope>) -> Eval {
        let graph = match &c.on {
            None => None,
            Some(on) => {
                let value = self.eval(on, scope)?;
                match self.graph_of(&value) {
                    Some(g) => Some(g),
                    None => return self.wrong_type(&value, on.span, "a lattice or another graph"),
                }
            }
        };
        let values = match (&c.value, graph) {
            (Binding::Draw { distribution, by }, Some(graph)) => {
                let value = self.eval(distribution, scope)?;
                let keys = self.keys(by, scope)?;
                let Value::Distribution(kind) = value else {
                    let d = Diagnostic::error(codes::TYPE, distribution.span, "a distribution must follow `~`")
                        .label(format!("this is {}", value.kind_name()))
                        .expected("a distribution, such as `choice(-1, +1)`");
                    return Err(self.fail(d));
                };
                if kind.shape.is_some() {
                    let d = Diagnostic::error(
                        codes::SHAPE,
                        distribution.span,
                        "couplings draw one number for each bond: leave out `shape`",
                    );
                    return Err(self.fail(d));
                }
                let name = if owner.is_empty() { c.name.text.clone() } else { format!("{owner}.{}", c.name.text) };
                let key = key_from(self.seed, &name, &keys);
                match Draw::new(kind.distribution.clone(), vec![self.graph(graph).bond_count()], key) {
                    Ok(draw) => CouplingValues::Random(Arc::new(draw)),
                    Err(reason) => return self.error(codes::DOMAIN, distribution.span, reason),
                }
            }
            (Binding::Draw { distribution, .. }, None) => {
                let d = Diagnostic::error(codes::MISSING_SETTING, distribution.span, "random couplings need a graph")
                    .help(format!("write `couplings {} on GRAPH ~ ...`", c.name.text));
                return Err(self.fail(d));
            }
            (Binding::Is(e), None) => {
                let value = self.eval(e, scope)?;
                return match value {
                    Value::Couplings(_) => Ok(value),
                    Value::Graph(g) => {
                        Ok(self.new_couplings(&c.name.text, g, CouplingValues::Uniform(crate::plan::Expr::Number(1.0))))
                    }
                    other => self.wrong_type(&other, e.span, "couplings or a graph (write `couplings J on GRAPH = ...`)"),
                };
            }
            (Binding::Is(e), Some(graph)) => match self.by_patterns(e, graph, scope)? {
                Some(values) => values,
                None => {
                    let value = self.eval(e, scope)?;
                    self.coupling_values(&value, graph, e)?
                }
            },
        };
        let graph = graph.ok_or(super::value::Failed)?;
        Ok(self.new_couplings(&c.name.text, graph, values))
    }

    /// Couplings in the plan's table; equal ones have one index.
    pub(crate) fn new_couplings(&mut self, name: &str, graph: u32, values: CouplingValues) -> Value {
        let couplings = Couplings { name: name.to_string(), graph, values };
        let table = &mut self.elaborated.plan.couplings;
        let known = self.couplings_index.entry(likeness(&couplings)).or_default();
        if let Some(&index) = known.iter().find(|&&k| table[k as usize] == couplings) {
            return Value::Couplings(index);
        }
        let index = table.len() as u32;
        table.push(couplings);
        known.push(index);
        Value::Couplings(index)
    }

    /// `hebb(patterns)` stays a description: the matrix is made where a kernel needs it.
    fn by_patterns(&mut self, e: &ast::Expr, graph: u32, scope: &Rc<Scope>) -> Eval<Option<CouplingValues>> {
        let ast::ExprKind::Call { callee, arguments } = &*e.kind else { return Ok(None) };
        if !matches!(&*callee.kind, ast::ExprKind::Name(name) if name.as_str() == "hebb") {
            return Ok(None);
        }
        let Value::Builtin(builtin) = self.eval(callee, scope)? else { return Ok(None) };
        let bound = self.bind_builtin(builtin, arguments, e.span, scope)?;
        let patterns = super::builtins::transforms::patterns(self, &bound)?;
        let [p, n] = patterns.shape[..] else { return Err(super::value::Failed) };
        if n != self.graph(graph).sites() {
            let value = self.run_builtin(builtin, bound)?;
            return self.coupling_values(&value, graph, e).map(Some);
        }
        let largest = patterns.data.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let bonds = self.graph(graph).bond_count() as f64;
        self.bounded(&[largest * largest * p as f64 * bonds / n as f64], e.span)?;
        Ok(Some(CouplingValues::LowRank { patterns: Arc::new(patterns), scale: 1.0 / n as f64 }))
    }

    fn coupling_values(&mut self, value: &Value, graph: u32, e: &ast::Expr) -> Eval<CouplingValues> {
        let bonds = self.graph(graph).bond_count();
        let n = self.graph(graph).sites();
        match value {
            Value::Int(_) | Value::Real(_) => {
                let value = value.number().unwrap_or(0.0);
                self.bounded(&[value * bonds as f64], e.span)?;
                Ok(CouplingValues::Uniform(crate::plan::Expr::Number(value)))
            }
            Value::Symbolic(s) if s.shape.is_empty() && s.axes.is_empty() => Ok(CouplingValues::Uniform(s.expr.clone())),
            Value::Function(_) | Value::Builtin(_) => {
                self.few(bonds as i64, e.span)?;
                let list = self.graph(graph).bonds();
                let mut data = Vec::with_capacity(list.len());
                for bond in list {
                    self.step(e.span)?;
                    let at = vec![Value::Int(bond.i.into()), Value::Int(bond.j.into())];
                    let v = self.call_value(value, at, e.span)?;
                    match v.number() {
                        Some(x) if x.is_finite() => data.push(x),
                        _ => return self.wrong_type(&v, e.span, "a finite number for each bond"),
                    }
                }
                self.bounded(&data, e.span)?;
                Ok(CouplingValues::PerBond(Arc::new(Array { shape: vec![bonds], data })))
            }
            Value::List(_) | Value::Symbolic(_) => {
                let s = self.lift(value, e.span)?;
                self.few(s.shape.iter().fold(1i64, |n, k| n.saturating_mul(*k as i64)), e.span)?;
                let data = match &s.expr {
                    crate::plan::Expr::Array(a) => a.data.clone(),
                    crate::plan::Expr::Random(draw) => draw.materialise(),
                    _ => return self.not_known_yet(e.span, "a list of couplings"),
                };
                self.bounded(&data, e.span)?;
                if s.shape == [bonds] {
                    return Ok(CouplingValues::PerBond(Arc::new(Array { shape: vec![bonds], data })));
                }
                if s.shape == [n, n] && n > 1 {
                    let picked = self.graph(graph).bonds().iter().map(|b| data[b.i as usize * n + b.j as usize]).collect();
                    return Ok(CouplingValues::PerBond(Arc::new(Array { shape: vec![bonds], data: picked })));
                }
                let d = Diagnostic::error(codes::SHAPE, e.span, "the couplings do not fit the graph")
                    .label(super::symbolic::shape_text(&s.shape))
                    .expected(format!(
                        "a number, {bonds} values (one a bond), a {n} × {n} matrix, or a function `(i, j) -> ...`"
                    ));
                Err(self.fail(d))
            }
            other => self.wrong_type(other, e.span, "a number, a list, a matrix, or a function `(i, j) -> ...`"),
        }
    }

    /// `graph("file")`
    pub(crate) fn graph_file(&mut self, a: &Arguments) -> Eval {
        let Value::Text(path) = a.get(0) else { return Err(super::value::Failed) };
        let full = self.options.folder.join(&*path);
        let group = match a.get(1) {
            Value::Text(group) => group.to_string(),
            _ => "/".to_string(),
        };
        let file = match crate::plan::files::read(&full, &group) {
            Ok(file) => file,
            Err(reason) => {
                // As the script names it.
                let reason = reason.replace(&full.display().to_string(), &path);
                let d = Diagnostic::error(codes::CANNOT_READ, a.place(0), reason)
                    .label("this file")
                    .help("a relative path starts at the script's folder");
                return Err(self.fail(d));
            }
        };
        if file.linear.as_ref().is_some_and(|l| l.iter().any(|x| *x != 0.0)) {
            let d = Diagnostic::warning(codes::UNUSED, a.place(0), "the file has linear terms, which couplings do not hold")
                .help("`Q.linear` holds them: add `sum(i in Q: Q.linear[i] * x[i])` to the energy");
            self.warn(d);
        }
        let linear = file.linear.clone();
        let bonds = file.edges.len();
        let graph = match Graph::edges(file.n, file.edges, Some(path.to_string())) {
            Ok(graph) => self.intern_graph(graph),
            Err(reason) => return self.error(codes::CANNOT_READ, a.place(0), reason),
        };
        let values = match file.weights {
            Some(data) => {
                self.bounded(&data, a.place(0))?;
                CouplingValues::PerBond(Arc::new(Array { shape: vec![bonds], data }))
            }
            None => CouplingValues::Uniform(crate::plan::Expr::Number(1.0)),
        };
        let made = self.new_couplings(&path, graph, values);
        if let (Value::Couplings(c), Some(linear)) = (&made, linear) {
            self.linear.insert(*c, linear);
        }
        Ok(made)
    }

    /// Refuses couplings of which an energy would not be finite.
    pub(crate) fn bounded(&mut self, values: &[f64], span: crate::diagnostic::Span) -> Eval<()> {
        let total: f64 = values.iter().map(|x| x.abs()).sum();
        // Differences of energies and their sums over terms take a few times as much.
        if total < 1e300 {
            return Ok(());
        }
        let largest = values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let d = Diagnostic::error(codes::DOMAIN, span, "the couplings are so large that energies overflow")
            .label(format!("the largest is {largest:e}"))
            .expected("a sum of absolute values below 1e300");
        Err(self.fail(d))
    }

    /// The couplings of every bond, where they are known before the run.
    pub(crate) fn known_couplings(&mut self, c: u32, span: crate::diagnostic::Span) -> Eval<Vec<f64>> {
        let couplings = &self.elaborated.plan.couplings[c as usize];
        let (graph, values) = (couplings.graph, couplings.values.clone());
        let bonds = self.graph(graph).bond_count();
        self.few(bonds as i64, span)?;
        match values {
            CouplingValues::PerBond(array) => Ok(array.data.clone()),
            CouplingValues::Random(draw) => Ok(draw.materialise()),
            CouplingValues::LowRank { patterns, scale } => {
                let list = self.graph(graph).bonds();
                Ok(CouplingValues::of_patterns(&patterns, scale, list.iter().map(|b| (b.i, b.j))))
            }
            CouplingValues::Uniform(e) => match super::value::closed(&e) {
                Some(x) => Ok(vec![x; bonds]),
                None => self.not_known_yet(span, "the value of the couplings"),
            },
        }
    }
}

/// Equal for equal couplings: where to look for them in the table.
fn likeness(c: &Couplings) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    (&c.name, c.graph).hash(&mut hasher);
    match &c.values {
        CouplingValues::Random(draw) => (draw.key.0, draw.key.1).hash(&mut hasher),
        CouplingValues::PerBond(array) => array.data.iter().take(64).for_each(|x| x.to_bits().hash(&mut hasher)),
        CouplingValues::LowRank { patterns, scale } => {
            scale.to_bits().hash(&mut hasher);
            patterns.data.iter().take(64).for_each(|x| x.to_bits().hash(&mut hasher));
        }
        CouplingValues::Uniform(e) => e.number().map(f64::to_bits).hash(&mut hasher),
    }
    hasher.finish()
}
