//! `clamp`: sites that keep the values of the starting state. The model becomes one in which these are numbers.

use super::super::Elaborator;
use super::super::value::{Eval, Value};
use super::Settings;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::expr::Array;
use crate::plan::{Expr, Looks, Model, Op, Space, Start};
use std::sync::Arc;

/// What holds sites of a model fast.
struct Held {
    /// By variable: what is added to the free part, and what that is multiplied by (1 or 0); none where all is free.
    variables: Vec<Option<(Arc<Array>, Arc<Array>)>>,
    wrong: Option<&'static str>,
}

impl Elaborator<'_> {
    /// The sites of the setting `clamp`, with the values that they keep; none where there is no such setting.
    pub(super) fn clamped_sites(&mut self, settings: &Settings, model: u32, start: &Start) -> Eval<Vec<(u32, f64)>> {
        let Some((value, span)) = settings.get("clamp").cloned() else { return Ok(vec![]) };
        let Start::Given(values) = start else {
            let d = Diagnostic::error(codes::MISSING_SETTING, span, "at which values?")
                .expected("a setting such as `start: [1, 0, 1, ...]`: the sites of `clamp` keep what they have there");
            return Err(self.fail(d));
        };
        let items = match &value {
            Value::List(items) => (**items).clone(),
            Value::Range(a, b) => (*a..*b).map(Value::Int).collect(),
            Value::Int(_) => vec![value.clone()],
            other => return self.wrong_type(other, span, "a list or a range of sites"),
        };
        let m = &self.elaborated.plan.models[model as usize];
        if m.field.is_some() {
            let message = "a model of fields without an energy has no clamped sites";
            return self.error(codes::METHOD_MODEL, span, message);
        }
        if let Some(v) = m.variables.iter().find(|v| !matches!(v.space, Space::Finite(_) | Space::Line { .. })) {
            let message = format!("`{}` are {}, which cannot be clamped", v.name, v.kind());
            return self.error(codes::METHOD_MODEL, span, message);
        }
        let components = m.components();
        let mut sites = Vec::with_capacity(items.len());
        for item in &items {
            let k = self.position(item, span, components)?;
            sites.push((k as u32, values[k]));
        }
        sites.sort_by_key(|s| s.0);
        sites.dedup_by_key(|s| s.0);
        if sites.len() == components {
            return self.error(codes::DOMAIN, span, "all sites are clamped, and nothing moves");
        }
        Ok(sites)
    }

    /// The model with some sites held fast, by its place in the plan, and what is looked at in it.
    pub(super) fn held(
        &mut self,
        model: u32,
        sites: &[(u32, f64)],
        looks: &Looks,
        settings: &Settings,
    ) -> Eval<(u32, Arc<Looks>)> {
        let m = self.elaborated.plan.models[model as usize].clone();
        let mut held = Held::new(&m, sites);
        let mut looks = looks.clone();
        let energy = held.expr(&m.energy);
        looks.observe.iter_mut().chain(&mut looks.estimate).for_each(|c| c.expr = held.expr(&c.expr));
        if let Some(reason) = held.wrong {
            let span = settings.get("clamp").map(|s| s.1).unwrap_or_default();
            return self.error(codes::METHOD_MODEL, span, reason);
        }
        let new = Model { energy, ..m };
        let models = &mut self.elaborated.plan.models;
        let index = models.iter().position(|m| *m == new).unwrap_or_else(|| {
            models.push(new);
            models.len() - 1
        });
        Ok((index as u32, Arc::new(looks)))
    }
}

impl Held {
    fn new(model: &Model, sites: &[(u32, f64)]) -> Held {
        let array = |data: Vec<f64>| Arc::new(Array { shape: vec![data.len()], data });
        let mut first = 0;
        let of = |n: usize, first: usize| {
            let own = sites.iter().filter(|s| (first..first + n).contains(&(s.0 as usize)));
            let (mut fixed, mut free, mut some) = (vec![0.0; n], vec![1.0; n], false);
            for (site, x) in own {
                (fixed[*site as usize - first], free[*site as usize - first], some) = (*x, 0.0, true);
            }
            some.then(|| (array(fixed), array(free)))
        };
        let mut variables = Vec::new();
        for v in &model.variables {
            variables.push(of(v.components(), first));
            first += v.components();
        }
        Held { variables, wrong: None }
    }

    fn expr(&mut self, e: &Expr) -> Expr {
        let joined = |fixed: Expr, free: Expr, own: Expr| {
            let free = Expr::Binary(Op::Multiply, free.boxed(), own.boxed());
            Expr::Binary(Op::Add, fixed.boxed(), free.boxed())
        };
        match e {
            Expr::Variable { variable, .. } => match &self.variables[*variable as usize] {
                None => e.clone(),
                Some((fixed, free)) => joined(Expr::Array(fixed.clone()), Expr::Array(free.clone()), e.clone()),
            },
            Expr::Element { variable, replica, site, bond } => {
                let site = self.expr(site);
                let own = Expr::Element { variable: *variable, replica: *replica, site: site.clone().boxed(), bond: *bond };
                match &self.variables[*variable as usize] {
                    None => own,
                    Some(_) if bond.is_some() => {
                        self.wrong = Some("sites next to an antiperiodic boundary cannot be clamped");
                        own
                    }
                    Some((fixed, free)) => {
                        let at = |a: &Arc<Array>| Expr::Index(Expr::Array(a.clone()).boxed(), vec![site.clone()]);
                        joined(at(fixed), at(free), own)
                    }
                }
            }
            Expr::Measure { of, .. } if of.iter().any(|x| x.contains(&|e| matches!(e, Expr::Variable { .. }))) => {
                self.wrong = Some("a measurement of the whole state is not taken where sites are clamped");
                e.clone()
            }
            other => other.map_parts(&mut |part| self.expr(part)),
        }
    }
}
