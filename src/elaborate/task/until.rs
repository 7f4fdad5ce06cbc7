//! The setting `until`, and what a model without an energy cannot do.

use super::super::Elaborator;
use super::super::value::{Eval, Instance};
use super::Settings;
use super::ladder::setting;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::method::{FIELDS_SUFFICE, NO_ENERGY};
use crate::plan::{Looks, Method, Order, SamplePoint, Temperature, Ties, UnitRule, Until};
use crate::results::Description;
use crate::syntax::ast::{self, ExprKind, TaskEntry};
use std::rc::Rc;

const WORDS: &str = "`fixed_point`, or for `synchronous` also `cycle`";

impl Elaborator<'_> {
    /// `until: fixed_point`
    pub(super) fn until(&mut self, t: &ast::Task) -> Eval<Option<Until>> {
        let Some(s) = setting(t, "until") else { return Ok(None) };
        match &*s.value.kind {
            ExprKind::Name(word) if word == "fixed_point" => Ok(Some(Until::FixedPoint)),
            ExprKind::Name(word) if word == "cycle" => Ok(Some(Until::Cycle)),
            _ => {
                let text = self.source_text(s.value.span);
                let d = Diagnostic::error(codes::TYPE, s.value.span, format!("`{text}` is not an end that a chain comes to"))
                    .expected(WORDS);
                Err(self.fail(d))
            }
        }
    }

    /// Whether chains can be watched until they come to an end.
    pub(super) fn comes_to_an_end(
        &mut self,
        t: &ast::Task,
        until: Until,
        temperature: &Temperature,
        method: Method,
        replicas: i64,
        looks: &Looks,
    ) -> Eval<()> {
        let place = |name: &str| setting(t, name).map_or(t.name.span, |s| s.value.span);
        let word = if until == Until::Cycle { "cycle" } else { "fixed_point" };
        let cold = match temperature {
            Temperature::Temperature(e) => e.number().or_else(|| super::super::value::closed(e)).map(|t| t == 0.0),
            Temperature::Beta(e) => super::super::value::closed(e).map(|b| b == f64::INFINITY),
        };
        // What depends on results is judged when they are there.
        if cold == Some(false) {
            let at = if setting(t, "beta").is_some() { "beta" } else { "temperature" };
            let d = Diagnostic::error(
                codes::CONFLICT,
                place("until"),
                format!("a chain comes to a {} at temperature 0 only", word.replace('_', " ")),
            )
            .related(place(at), "here it never stops moving")
            .help("write `temperature: 0`, or leave out `until`");
            return Err(self.fail(d));
        }
        if !method.moves_units() {
            let d = Diagnostic::error(
                codes::CONFLICT,
                place("method"),
                format!("`{}` does not move unit by unit until none would move", method.name()),
            )
            .expected("`glauber`, `metropolis` or `synchronous`")
            .help("or leave out `until`");
            return Err(self.fail(d));
        }
        if until == Until::Cycle {
            let chance = match method {
                Method::Synchronous { ties: Ties::Keep | Ties::Up } => None,
                Method::Synchronous { .. } => Some("ties that are left to chance have no cycles"),
                _ => Some("units that move one after the other lower the energy, and have no cycles"),
            };
            if let Some(why) = chance {
                let d = Diagnostic::error(codes::CONFLICT, place("until"), why.to_string())
                    .related(place("method"), "this method")
                    .help("write `method: synchronous`, or `until: fixed_point`");
                return Err(self.fail(d));
            }
        }
        if replicas > 1 {
            let d = Diagnostic::error(codes::CONFLICT, place("replicas"), "replicas come to their ends at different times")
                .help("leave out `replicas`, and run more `chains`");
            return Err(self.fail(d));
        }
        if !looks.at_end {
            let observe = t.body.iter().find_map(|e| match e {
                TaskEntry::Block(b) if b.kind.text == "observe" => Some(b.kind.span),
                _ => None,
            });
            let d = Diagnostic::error(
                codes::CONFLICT,
                observe.unwrap_or(t.name.span),
                "with `until` a chain is looked at once, where it ends",
            )
            .expected("`observe at end { ... }`");
            return Err(self.fail(d));
        }
        for (name, why) in
            [("warmup", "the chain's way to its end begins at its start"), ("every", "there is one measurement a chain")]
        {
            if setting(t, name).is_some() {
                let d = Diagnostic::error(codes::CONFLICT, place(name), format!("`{name}` has no meaning with `until`: {why}"))
                    .help(format!("leave out `{name}`"));
                return Err(self.fail(d));
            }
        }
        Ok(())
    }

    /// What needs an energy, of a model that gives local fields.
    pub(super) fn without_energy(
        &mut self,
        t: &ast::Task,
        model: &Rc<Instance>,
        method: Method,
        settings: &Settings,
    ) -> Eval<()> {
        if self.elaborated.plan.models[model.index as usize].field.is_none() {
            return Ok(());
        }
        let name = &model.definition.name;
        if t.kind.text != "sample" {
            let d = Diagnostic::error(
                codes::METHOD_MODEL,
                t.kind.span,
                format!("`{}` lowers an energy, and `{name}` has none", t.kind.text),
            )
            .label(NO_ENERGY)
            .expected("`sample` with `synchronous`, `glauber` or `metropolis`");
            return Err(self.fail(d));
        }
        let place = |name: &str| setting(t, name).map_or(t.name.span, |s| s.value.span);
        if !method.moves_units() {
            let d = Diagnostic::error(
                codes::METHOD_MODEL,
                settings.get("method").map_or(t.name.span, |s| s.1),
                format!("`{}` needs an energy, and `{name}` has none", method.name()),
            )
            .label(NO_ENERGY)
            .help(FIELDS_SUFFICE);
            return Err(self.fail(d));
        }
        for given in ["exchange", "temperatures"] {
            if setting(t, given).is_some() {
                let d = Diagnostic::error(
                    codes::METHOD_MODEL,
                    place(given),
                    format!("`{given}` compares energies, and `{name}` has none"),
                )
                .label(NO_ENERGY)
                .help(format!("leave out `{given}`"));
                return Err(self.fail(d));
            }
        }
        if matches!(
            method,
            Method::Metropolis { order: Order::Checkerboard }
                | Method::HeatBath { order: Order::Checkerboard }
                | Method::Units { order: Order::Checkerboard, .. }
        ) {
            let d = Diagnostic::error(codes::METHOD_MODEL, place("method"), "a model without an energy has no graph to colour")
                .expected("`order: sequential` or `order: random`");
            return Err(self.fail(d));
        }
        Ok(())
    }
}

/// Whether a task has a setting.
pub(super) fn has_setting(t: &ast::Task, name: &str) -> bool {
    setting(t, name).is_some()
}

/// Quantities that `until` gives beside those of the script.
pub(super) fn further(points: &[SamplePoint]) -> Vec<Description> {
    if points.iter().all(|p| p.until.is_none()) {
        return vec![];
    }
    vec![
        Description::new("sweeps_run", "sweeps until a chain came to its end, or all that it was given"),
        Description::new("converged", "the share of chains that came to an end"),
        Description::new("period", "the length of the cycle that a chain ended in, 1 at a fixed point; 0 where it did not end"),
    ]
}

/// The rule of a method with ties.
pub(crate) fn with_ties(rule: UnitRule, order: Order, ties: Option<Ties>) -> Method {
    match (ties, rule) {
        (Some(ties), _) => Method::Units { rule, order, ties },
        (None, UnitRule::Metropolis) => Method::Metropolis { order },
        (None, UnitRule::HeatBath) => Method::HeatBath { order },
    }
}
