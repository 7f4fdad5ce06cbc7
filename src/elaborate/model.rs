//! Models: declarations checked, and instances with their arguments filled in.

use super::scope::Scope;
use super::value::{Eval, Failed, Instance, Kind, ModelDefinition, Value, describe, fingerprint};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::{At, Expr, Model};
use crate::syntax::ast::{self, ModelEntry};
use std::rc::Rc;

impl Elaborator<'_> {
    /// What can be said of a model without its arguments.
    pub(crate) fn check_model(&mut self, m: &Rc<ModelDefinition>) -> bool {
        let before = self.diagnostics.len();
        let energies: Vec<Span> =
            m.body.iter().filter_map(|e| if let ModelEntry::Energy { span, .. } = e { Some(*span) } else { None }).collect();
        let fields: Vec<Span> =
            m.body.iter().filter_map(|e| if let ModelEntry::Field { span, .. } = e { Some(*span) } else { None }).collect();
        if let (Some(energy), Some(field)) = (energies.first(), fields.first()) {
            let d = Diagnostic::error(codes::DUPLICATE, *field, "a model has an energy or local fields, not both")
                .related(*energy, "the energy")
                .help("with an energy the fields follow from it: leave out `field`");
            self.fail(d);
        }
        if let [first, second, ..] = fields[..] {
            let d = Diagnostic::error(
                codes::DUPLICATE,
                second,
                "a model has one `field`, the array of the local fields of all units",
            )
            .related(first, "the first one")
            .help("add the terms in one expression");
            self.fail(d);
        }
        if energies.is_empty() && fields.is_empty() {
            let d = Diagnostic::error(codes::NO_ENERGY, m.span, format!("the model `{}` has no energy", m.name))
                .label("this model")
                .expected("an entry `energy = ...`, or the local fields of units without one, `field = ...`");
            self.fail(d);
        }
        if let [first, second, ..] = energies[..] {
            let d = Diagnostic::error(codes::DUPLICATE, second, "a model has one energy")
                .related(first, "the first one")
                .help("add the terms in one expression");
            self.fail(d);
        }
        if !m.body.iter().any(|e| matches!(e, ModelEntry::Variable(v) if v.kind.text != "weights")) {
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
        let weights = std::mem::take(&mut self.weights);
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
        self.weights = weights;
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
        let mut field = None;
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
                ModelEntry::Field { value, .. } if !failed => field = Some(self.local_field(value, &body)?),
                ModelEntry::Energy { .. } | ModelEntry::Field { .. } => {}
            }
        }
        if failed || (energy.is_none() && field.is_none()) {
            return Err(Failed);
        }
        let has_energy = energy.is_some();
        let energy = energy.unwrap_or(Expr::Number(0.0));
        let name = format!("{}({})", m.name, arguments.join(", "));
        let model = Model { name: name.clone(), variables: self.variables.clone(), weights: self.weights.clone(), energy, field };
        let own = if has_energy { Value::symbolic(Expr::Energy { replica: 0 }, Kind::Real) } else { Value::NoEnergy };
        body.define("energy", own, None);
        // Members: what the parameters and the body defined.
        for (n, v) in scope.entries() {
            if body.own(&n).is_none() {
                body.define(&n, v, None);
            }
        }
        let models = &mut self.elaborated.plan.models;
        models.push(model);
        Ok(Rc::new(Instance { index: models.len() as u32 - 1, name, scope: body, definition: m.clone(), weights: At::Initial }))
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
}
