//! Models with weights as machines: the law exp(-E) with its parameters, for the kernels that learn.
//!
//! The form decides, and no name: where no term joins units of one side, the two sides are the layers of a [`Bipartite`] machine. The
//! first variable is visible, all others are hidden. What is left is a [`General`] machine.

mod general;
mod layers;
mod monomials;
mod ways;

pub use monomials::{Monomial, Monomials, Of, monomials};
pub use ways::{Misfit, method, options};

use super::materials::Materials;
use crate::kernels::machine::{Bipartite, General, Machine as _, Rows};
use crate::plan::{Model, Plan, Space};
use std::collections::BTreeSet;

/// A machine of the kind that serves a model.
#[derive(Clone, Debug)]
pub enum Machine {
    Bipartite(Box<Bipartite>),
    General(Box<General>),
}

/// Calls something generic on the machine of whatever kind.
macro_rules! each_machine {
    ($machine:expr, $m:ident => $body:expr) => {
        match $machine {
            $crate::lower::machine::Machine::Bipartite($m) => $body,
            $crate::lower::machine::Machine::General($m) => $body,
        }
    };
}

pub(crate) use each_machine;

/// What is known of a model as a machine.
#[derive(Clone, Debug)]
pub struct Recognised {
    pub machine: Machine,
    /// In a word or two: which kernel, and why.
    pub kernel: &'static str,
    pub reason: String,
    /// What the energy has beside that of the machine, where no weight stands before it.
    pub constant: f64,
}

/// The machine of a model with weights. Errors: why it is none, for people.
pub fn recognise(plan: &Plan, model: &Model) -> Result<Recognised, String> {
    if model.weights.is_empty() {
        return Err("it has no `weights`".into());
    }
    recognise_with(&Materials::new(plan), model)
}

/// The machine of any model, with its weights as parameters or with numbers in their place.
pub fn recognise_with(materials: &Materials, model: &Model) -> Result<Recognised, String> {
    if model.field.is_some() {
        return Err("it gives local fields instead of an energy".into());
    }
    if let Some(v) = model.variables.iter().find(|v| !matches!(v.space, Space::Finite(_) | Space::Line { .. })) {
        return Err(format!("`{}` are {}: spins and reals are served", v.name, v.kind()));
    }
    if let Some(v) =
        model.variables.iter().find(|v| matches!(v.space, Space::Line { low, high } if low.is_finite() || high.is_finite()))
    {
        return Err(format!("the reals `{}` have bounds", v.name));
    }
    let found = monomials(materials, model)?;
    let visible = model.variables[0].components() as u32;
    let hidden = model.components() - visible as usize;
    let within = within_a_side(&found, visible)
        .map(|(a, b)| format!("units such as {} and {} of one side are coupled", site_name(model, a), site_name(model, b)));
    if let Some(why) = within.or((hidden == 0).then(|| "it has no hidden units".to_string())) {
        if let Some(v) = model.variables.iter().find(|v| !matches!(v.space, Space::Finite(_))) {
            return Err(format!("{why}, and `{}` are reals: these need two layers without couplings inside", v.name));
        }
        let machine = general::general(model, &found)?;
        let reason = format!("{why}: {} products of functions of {visible} visible and {hidden} hidden units", found.all.len());
        return Ok(Recognised {
            machine: Machine::General(Box::new(machine)),
            kernel: "general",
            reason,
            constant: found.constant,
        });
    }
    let (machine, beside) = layers::bipartite(model, &found)?;
    let (rows, columns) = machine.columns();
    let reason =
        format!("no term joins units of one side: {visible} visible and {hidden} hidden units in {rows} × {columns} columns");
    Ok(Recognised {
        machine: Machine::Bipartite(Box::new(machine)),
        kernel: "bipartite",
        reason,
        constant: found.constant + beside,
    })
}

/// Two units of one side that some term joins, or three units.
fn within_a_side(found: &Monomials, visible: u32) -> Option<(u32, u32)> {
    found.all.iter().find_map(|m| match &m.factors[..] {
        [] | [_] => None,
        [(a, _), (b, _)] if (*a < visible) != (*b < visible) => None,
        [(a, _), (b, _), ..] => Some((*a, *b)),
    })
}

fn site_name(model: &Model, site: u32) -> String {
    let mut at = site as usize;
    for v in &model.variables {
        if at < v.components() {
            return format!("`{}[{at}]`", v.name);
        }
        at -= v.components();
    }
    site.to_string()
}

impl Machine {
    /// Puts weights in.
    pub fn set(&mut self, weights: &[f64]) -> Result<(), String> {
        each_machine!(self, m => m.set(weights))
    }
}

/// Data as the machine takes them: of a finite unit the place of its value in its set.
pub fn states(model: &Model, numbers: &[f32]) -> Result<Vec<f32>, String> {
    let v = &model.variables[0];
    let width = v.components();
    if numbers.is_empty() || !numbers.len().is_multiple_of(width) {
        return Err(format!("{} numbers are no states of {width} visible units", numbers.len()));
    }
    let Space::Finite(values) = &v.space else {
        return match numbers.iter().position(|x| !x.is_finite()) {
            Some(k) => Err(outside(v, k, width, numbers[k])),
            None => Ok(numbers.to_vec()),
        };
    };
    let mut last = (f32::NAN, 0.0);
    let place = |(k, x): (usize, &f32)| {
        if *x != last.0 {
            let place = values.iter().position(|y| *y as f32 == *x).ok_or_else(|| outside(v, k, width, *x))?;
            last = (*x, place as f32);
        }
        Ok(last.1)
    };
    numbers.iter().enumerate().map(place).collect()
}

fn outside(v: &crate::plan::Variable, k: usize, width: usize, x: f32) -> String {
    let values = match v.values() {
        [] => "a finite number".to_string(),
        values if values.len() <= 8 => format!("one of {}", values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")),
        values => format!("one of {} numbers from {} to {}", values.len(), values[0], values[values.len() - 1]),
    };
    format!("example {} has {x} for `{}[{}]`, which is not {values}", k / width, v.name, k % width)
}

/// Rows of visible states.
pub fn rows(states: &[f32], width: usize) -> Rows<'_> {
    Rows::visible(states.len() / width.max(1), states)
}

/// The weights that no term of the energy has: they are never trained.
pub fn unused(plan: &Plan, model: &Model) -> Result<Vec<String>, String> {
    let found = monomials(&Materials::new(plan), model)?;
    let used: BTreeSet<u32> = found.all.iter().filter_map(|m| m.weight).collect();
    let none = |k: usize| {
        let first = model.weight_offset(k) as u32;
        let size = model.weights[k].size() as u32;
        used.range(first..first + size).next().is_none()
    };
    Ok((0..model.weights.len()).filter(|k| none(*k)).map(|k| model.weights[k].name.clone()).collect())
}
