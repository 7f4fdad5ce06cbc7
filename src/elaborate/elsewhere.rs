//! `physics.energy(v)`: the energy of another model, in a state that is made of the variables in hand.

use super::value::{Eval, Instance, Kind, Symbolic, Value};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::{Domain, Expr, Model};
use std::rc::Rc;

/// What stands for the variables of another model.
struct Moved<'m> {
    model: &'m Model,
    states: Vec<Symbolic>,
    /// Added to the numbers of bound indices.
    shift: u32,
    wrong: Option<String>,
}

impl Elaborator<'_> {
    /// The energy of a model at given values of its variables, in the order of their declaration.
    pub(crate) fn energy_elsewhere(&mut self, instance: &Rc<Instance>, values: &[(Value, Span)], span: Span) -> Eval {
        let model = self.elaborated.plan.models[instance.index as usize].clone();
        if self.stage != Stage::Observe {
            return self.error(codes::NOT_HERE, span, "the energy of another model is observed, in `observe`");
        }
        if model.field.is_some() {
            return self.error(codes::METHOD_MODEL, span, format!("`{}` has local fields and no energy", model.name));
        }
        if values.len() != model.variables.len() {
            let names: Vec<String> = model.variables.iter().map(|v| v.name.clone()).collect();
            let d = Diagnostic::error(codes::ARGUMENTS, span, format!("`{}` has other variables", model.name))
                .expected(format!("`energy({})`", names.join(", ")));
            return Err(self.fail(d));
        }
        if model.energy.is_deferred() || !model.weights.is_empty() {
            let d = Diagnostic::error(
                codes::NOT_KNOWN_YET,
                span,
                format!("the energy of `{}` is not known before the run", model.name),
            );
            return Err(self.fail(d.label("it depends on results, or on weights")));
        }
        let mut states = Vec::new();
        for ((value, at), v) in values.iter().zip(&model.variables) {
            let s = self.lift(value, *at)?;
            let size: usize = s.shape.iter().product();
            if size != v.components() || s.shape.is_empty() {
                let d = Diagnostic::error(codes::SHAPE, *at, format!("this is no state of `{}` of `{}`", v.name, model.name))
                    .label(super::symbolic::shape_text(&s.shape))
                    .expected(super::symbolic::shape_text(&v.shape()));
                return Err(self.fail(d));
            }
            states.push(s);
        }
        let mut moved = Moved { model: &model, states, shift: self.next_local, wrong: None };
        let expr = moved.expr(&model.energy);
        if let Some(reason) = moved.wrong {
            return self.error(codes::NOT_HERE, span, reason);
        }
        self.next_local += most(&model.energy);
        Ok(Value::symbolic(expr, Kind::Real))
    }
}

/// One more than the largest number of a bound index.
fn most(e: &Expr) -> u32 {
    let mut n = match e {
        Expr::Local(k) => k + 1,
        Expr::Reduce { domains, .. } => domains
            .iter()
            .map(|d| match d {
                Domain::Range { local, .. } | Domain::Neighbours { local, .. } => local + 1,
                Domain::Bonds { binder, first, second, .. } => binder.max(first).max(second) + 1,
                Domain::Ordered { locals, .. } | Domain::Tuples { locals, .. } => locals.iter().max().map_or(0, |l| l + 1),
            })
            .max()
            .unwrap_or(0),
        _ => 0,
    };
    e.for_each_part(&mut |part| n = n.max(most(part)));
    n
}

impl Moved<'_> {
    fn expr(&mut self, e: &Expr) -> Expr {
        let shift = self.shift;
        match e {
            Expr::Local(k) => Expr::Local(k + shift),
            Expr::BondValue { couplings, binder } => Expr::BondValue { couplings: *couplings, binder: binder + shift },
            Expr::Variable { variable, .. } => self.states[*variable as usize].expr.clone(),
            Expr::Element { variable, site, bond, .. } => {
                let site = self.expr(site);
                match self.states[*variable as usize].expr.clone() {
                    Expr::Variable { variable, replica } => {
                        Expr::Element { variable, replica, site: site.boxed(), bond: bond.map(|b| b + shift) }
                    }
                    _ if bond.is_some() => {
                        let name = self.model.name.clone();
                        self.wrong
                            .get_or_insert(format!("`{name}` has an antiperiodic boundary: its state must be a variable itself"));
                        Expr::Number(0.0)
                    }
                    array => Expr::Index(array.boxed(), vec![site]),
                }
            }
            Expr::Reduce { op, domains, filter, body } => Expr::Reduce {
                op: *op,
                domains: domains.iter().map(|d| self.domain(d)).collect(),
                filter: filter.as_ref().map(|f| self.expr(f).boxed()),
                body: self.expr(body).boxed(),
            },
            other => other.map_parts(&mut |part| self.expr(part)),
        }
    }

    fn domain(&mut self, d: &Domain) -> Domain {
        let n = self.shift;
        match d {
            Domain::Range { local, start, end } => Domain::Range { local: local + n, start: *start, end: *end },
            Domain::Bonds { graph, binder, first, second } => {
                Domain::Bonds { graph: *graph, binder: binder + n, first: first + n, second: second + n }
            }
            Domain::Ordered { locals, start, end } => {
                Domain::Ordered { locals: locals.iter().map(|l| l + n).collect(), start: *start, end: *end }
            }
            Domain::Tuples { locals, tuples } => {
                Domain::Tuples { locals: locals.iter().map(|l| l + n).collect(), tuples: tuples.clone() }
            }
            Domain::Neighbours { graph, of, local } => {
                Domain::Neighbours { graph: *graph, of: self.expr(of).boxed(), local: local + n }
            }
        }
    }
}
