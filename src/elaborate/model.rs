//! Models: declarations checked, and instances with their arguments filled in.

use super::scope::Scope;
use super::value::{Eval, Failed, Instance, Kind, ModelDefinition, Symbolic, Value, describe, fingerprint};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::plan::{Expr, Model, Variable};
use crate::syntax::ast::{self, ModelEntry};
use std::rc::Rc;

impl Elaborator<'_> {
    /// What can be said of a model without its arguments.
    pub(crate) fn check_model(&mut self, m: &Rc<ModelDefinition>) -> bool {
        let before = self.diagnostics.len();
        let energies: Vec<Span> =
            m.body.iter().filter_map(|e| if let ModelEntry::Energy { span, .. } = e { Some(*span) } else { None }).collect();
        if energies.is_empty() {
            let d = Diagnostic::error(codes::NO_ENERGY, m.span, format!("the model `{}` has no energy", m.name))
                .label("this model")
                .expected("an entry `energy = ...`");
            self.fail(d);
        }
        if let [first, second, ..] = energies[..] {
            let d = Diagnostic::error(codes::DUPLICATE, second, "a model has one energy")
                .related(first, "the first one")
                .help("add the terms in one expression");
            self.fail(d);
        }
        if !m.body.iter().any(|e| matches!(e, ModelEntry::Variable(_))) {
            let d = Diagnostic::error(codes::BAD_VARIABLE, m.span, format!("the model `{}` has no variable", m.name))
                .expected("an entry such as `spins s on grid in {-1, +1}`");
            self.fail(d);
        }
        let names = self.check_model_names(m);
        names && self.diagnostics.len() == before
    }

    /// A model with its arguments. Equal arguments give the same instance.
    pub(crate) fn instantiate(
        &mut self,
        m: &Rc<ModelDefinition>,
        values: Vec<Option<Value>>,
        spans: &[Span],
        span: Span,
    ) -> Eval<Rc<Instance>> {
        let _ = spans;
        let mut key = format!("{:p}", Rc::as_ptr(m));
        for v in &values {
            key.push(';');
            if let Some(v) = v {
                fingerprint(v, &mut key);
            }
        }
        if let Some(known) = self.instances.get(&key) {
            return known.clone().ok_or(Failed);
        }
        let saved =
            (self.stage, self.next_local, self.filters, std::mem::take(&mut self.variables), std::mem::take(&mut self.ranges));
        let caller = self.caller;
        if self.is_library(m.span.source) && caller.is_none() {
            self.caller = Some(span);
        }
        (self.stage, self.next_local, self.filters) = (Stage::Plain, 0, 0);
        self.blamed.clear();
        self.calls.push(span);
        let result = self.deeper(span, |e| e.build_model(m, values, span));
        self.calls.pop();
        self.caller = caller;
        (self.stage, self.next_local, self.filters, self.variables, self.ranges) = saved;
        if let Ok(instance) = &result {
            self.instances.insert(key, Some(instance.clone()));
        }
        result
    }

    fn build_model(&mut self, m: &Rc<ModelDefinition>, values: Vec<Option<Value>>, span: Span) -> Eval<Rc<Instance>> {
        let scope = self.parameter_scope(&m.name, &m.params, &[], values, &m.scope, span)?;
        let arguments: Vec<String> = m
            .params
            .iter()
            .filter_map(|p| {
                let value = scope.own(&p.name.text)?;
                Some(match value {
                    Value::Graph(g) => self.graph(g).describe(),
                    Value::Couplings(c) => self.elaborated.plan.couplings[c as usize].name.clone(),
                    other => format!("{} = {}", p.name.text, describe(&other)),
                })
            })
            .collect();
        self.stage = Stage::Model;
        let body = Scope::inside(&scope);
        let mut energy = None;
        let mut failed = false;
        for entry in &m.body {
            match entry {
                ModelEntry::Let(l) => failed |= matches!(self.let_in(l, &body), Value::Failed),
                ModelEntry::Requires(r) => self.require(&m.name, r, &body, span)?,
                ModelEntry::Couplings(c) => {
                    let value = self.couplings(c, &m.name, &body);
                    failed |= value.is_err();
                    self.define(&c.name, value.unwrap_or(Value::Failed), &body);
                }
                ModelEntry::Variable(v) => failed |= self.variable(v, &body).is_err(),
                ModelEntry::Energy { value, .. } if !failed => energy = Some(self.energy(value, &body)?),
                ModelEntry::Energy { .. } => {}
            }
        }
        let Some(energy) = energy else { return Err(Failed) };
        if failed {
            return Err(Failed);
        }
        let name = format!("{}({})", m.name, arguments.join(", "));
        let model = Model { name: name.clone(), variables: self.variables.clone(), energy };
        body.define("energy", Value::symbolic(Expr::Energy { replica: 0 }, Kind::Real), None);
        // Members: what the parameters and the body defined.
        for (n, v) in scope.entries() {
            if body.own(&n).is_none() {
                body.define(&n, v, None);
            }
        }
        let models = &mut self.elaborated.plan.models;
        models.push(model);
        Ok(Rc::new(Instance { index: models.len() as u32 - 1, name, scope: body, definition: m.clone() }))
    }

    fn energy(&mut self, e: &ast::Expr, scope: &Rc<Scope>) -> Eval<Expr> {
        let value = self.eval(e, scope)?;
        let s = self.lift(&value, e.span)?;
        if !s.shape.is_empty() {
            let d = Diagnostic::error(codes::NOT_SCALAR, e.span, "the energy must be one number for a state")
                .label(format!("this has {}", super::symbolic::shape_text(&s.shape)))
                .help("sum over the sites: `sum(i in grid: ...)`");
            return Err(self.fail(d));
        }
        if s.kind == Kind::Bool {
            let d = Diagnostic::error(codes::NOT_SCALAR, e.span, "the energy is a truth value")
                .expected("a number")
                .help("count what is true: `count(i in grid: ...)`");
            return Err(self.fail(d));
        }
        if let Some(axis) = s.axes.first() {
            let d = Diagnostic::error(codes::NOT_SCALAR, e.span, format!("the energy runs over the axis `{}`", axis.name))
                .help(format!("select a coordinate with `.at({}: ...)`, or give the task this axis", axis.name));
            return Err(self.fail(d));
        }
        if let Expr::Number(x) = s.expr
            && !x.is_finite()
        {
            return self.error(codes::DOMAIN, e.span, "the energy is not finite");
        }
        Ok(s.expr)
    }

    /// `spins s on grid in {-1, +1}`
    fn variable(&mut self, v: &ast::Variable, scope: &Rc<Scope>) -> Eval<()> {
        const KINDS: &[&str] = &["spins"];
        const LATER: &[&str] = &["angles", "vectors", "reals", "weights"];
        if !KINDS.contains(&v.kind.text.as_str()) {
            let mut d =
                Diagnostic::error(codes::BAD_VARIABLE, v.kind.span, format!("`{}` is not a kind of variable", v.kind.text))
                    .expected("`spins`");
            if LATER.contains(&v.kind.text.as_str()) {
                d = Diagnostic::error(codes::BAD_VARIABLE, v.kind.span, format!("this version of Ann has no `{}`", v.kind.text))
                    .expected("`spins`")
                    .help("a finite set of values is near to it: `spins s on grid in 0..8`");
            } else if let Some(near) = nearest(&v.kind.text, KINDS.iter().copied()) {
                d = d.help(format!("did you mean `{near}`?"));
            }
            return self.variable_failed(v, d, scope);
        }
        let Some(on) = &v.on else {
            let d = Diagnostic::error(codes::BAD_VARIABLE, v.span, format!("on which sites does `{}` live?", v.name.text))
                .expected(format!("`spins {} on GRAPH in {{-1, +1}}`", v.name.text));
            return self.variable_failed(v, d, scope);
        };
        let Some(within) = &v.within else {
            let d = Diagnostic::error(codes::BAD_VARIABLE, v.span, format!("which values can `{}` take?", v.name.text))
                .expected(format!("`spins {} on {} in {{-1, +1}}`", v.name.text, self.source_text(on.span)));
            return self.variable_failed(v, d, scope);
        };
        let sites = self.eval(on, scope);
        let set = self.eval(within, scope);
        let (Ok(sites), Ok(set)) = (sites, set) else {
            self.define(&v.name, Value::Failed, scope);
            return Err(Failed);
        };
        let (count, graph) = match &sites {
            Value::Graph(_) | Value::Couplings(_) => {
                let g = self.graph_of(&sites).ok_or(Failed)?;
                (self.graph(g).sites() as i64, Some(g))
            }
            Value::Range(0, n) => (*n, None),
            Value::Int(n) => (*n, None),
            other => {
                let d =
                    Diagnostic::error(codes::BAD_VARIABLE, on.span, "a variable lives on a lattice, another graph, or a range")
                        .label(format!("this is {}", other.kind_name()))
                        .expected("`on square(L, L)`, `on J`, or `on 0..n`");
                return self.variable_failed(v, d, scope);
            }
        };
        if !(1..=i64::from(u32::MAX)).contains(&count) {
            let d = Diagnostic::error(codes::BAD_VARIABLE, on.span, format!("`{}` cannot live on {count} sites", v.name.text))
                .expected("from 1 to 2^32 - 1 sites");
            return self.variable_failed(v, d, scope);
        }
        let mut values: Vec<f64> = match &set {
            Value::Set(values) => (**values).clone(),
            Value::Range(a, b) if b.saturating_sub(*a) <= 256 => (*a..*b).map(|i| i as f64).collect(),
            Value::Range(a, b) => {
                let d = Diagnostic::error(codes::BAD_VARIABLE, within.span, "the set of values does not fit")
                    .label(format!("{} different values", b.saturating_sub(*a)))
                    .expected("from 2 to 256 finite numbers");
                return self.variable_failed(v, d, scope);
            }
            Value::List(items) if items.iter().all(|i| i.number().is_some()) => items.iter().filter_map(Value::number).collect(),
            other => {
                let d = Diagnostic::error(codes::BAD_VARIABLE, within.span, "the values of spins are a set of numbers")
                    .label(format!("this is {}", other.kind_name()))
                    .expected("`{-1, +1}`, `{0, 1}` or `0..q`");
                return self.variable_failed(v, d, scope);
            }
        };
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.len() < 2 || values.len() > 256 || values.iter().any(|x| !x.is_finite()) {
            let d = Diagnostic::error(codes::BAD_VARIABLE, within.span, "the set of values does not fit")
                .label(format!("{} different values", values.len()))
                .expected("from 2 to 256 finite numbers");
            return self.variable_failed(v, d, scope);
        }
        if v.initial.is_some() || !v.shape.is_empty() {
            let d = Diagnostic::error(codes::BAD_VARIABLE, v.span, "spins have neither a shape nor a distribution")
                .help("the start of a run is its setting `start`");
            return self.variable_failed(v, d, scope);
        }
        let whole = values.iter().all(|x| *x == x.trunc());
        let index = self.variables.len() as u16;
        self.variables.push(Variable { name: v.name.text.clone(), sites: count as usize, graph, values });
        let value = Value::Symbolic(Rc::new(Symbolic {
            expr: Expr::Variable { variable: index, replica: 0 },
            kind: if whole { Kind::Int } else { Kind::Real },
            shape: vec![count as usize],
            axes: vec![],
            index: None,
        }));
        self.define(&v.name, value, scope);
        Ok(())
    }

    fn variable_failed(&mut self, v: &ast::Variable, d: Diagnostic, scope: &Rc<Scope>) -> Eval<()> {
        let failed = self.fail(d);
        self.define(&v.name, Value::Failed, scope);
        Err(failed)
    }
}
