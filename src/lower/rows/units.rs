//! Units that are moved by their local fields: all at once, with rules for ties, and without an energy.

use super::super::kernel::{Chain, OfSpins};
use super::super::linear::{is_linear, linear_fields};
use super::super::memory;
use super::super::prepared::Prepared;
use super::spins::finite_graph;
use super::{Built, Cost, Row, cost, degree, lanes, rule, sites};
use crate::kernels::sampler::{Lane, Rule};
use crate::kernels::units::{Dynamics, Linear, Order, Ties, Units};
use crate::plan::{self, Method, UnitRule};

pub const ROWS: &[Row] = &[
    Row {
        name: UNITS,
        order: "unit after unit, or units drawn at random, by their local fields",
        fields: false,
        serves: |m| m.moves_units() && !matches!(m, Method::Synchronous { .. }),
        fits: |p, m, _| units(p, m),
        build,
        lanes: |_| 1,
    },
    Row {
        name: SYNCHRONOUS,
        order: "all units at once, by the fields of the state before; averages are those of the dynamics, not of a law exp(-E/T)",
        fields: false,
        serves: |m| matches!(m, Method::Synchronous { .. }),
        fits: |p, m, _| units(p, m),
        build,
        lanes: |_| 1,
    },
];

/// The kernels that need no energy.
pub const UNITS: &str = "units";
pub const SYNCHRONOUS: &str = "synchronous";

fn build(p: &Prepared, m: Method, chains: &[Chain]) -> Built {
    let lanes = lanes(p, chains)?;
    let dynamics = dynamics(m).ok_or("it does not move units")?;
    if p.model.field.is_some() {
        let inner = Units::linear(&linear_fields(&p.materials, p.model)?, dynamics, &lanes)?;
        return Ok(Box::new(OfSpins { inner, total: Some((0.0, 1.0)) }));
    }
    let (inner, total) = of_energy(p, dynamics, &lanes)?;
    Ok(Box::new(OfSpins { inner, total }))
}

/// Units of an energy, with the map of their totals: by overlaps where it has that form, else by pairs, else by its graph.
pub fn of_energy(p: &Prepared, dynamics: Dynamics, lanes: &[Lane]) -> Result<(Units, Option<(f64, f64)>), String> {
    if let Ok(model) = p.overlap_model() {
        return Ok((Units::of_overlaps(&model, dynamics, lanes)?, p.total_map()));
    }
    if let Ok(pairs) = p.pairs() {
        return Ok((Units::linear(&Linear::of_pairs(&pairs), dynamics, lanes)?, p.total_map()));
    }
    Ok((Units::of_graph(&*p.graph()?, dynamics, lanes)?, Some((0.0, 1.0))))
}

fn dynamics(m: Method) -> Option<Dynamics> {
    let ties = |t| match t {
        plan::Ties::Keep => Ties::Keep,
        plan::Ties::Random => Ties::Random,
        plan::Ties::Up => Ties::Up,
        plan::Ties::Move => Ties::Move,
    };
    let (rule, order, ties) = match m {
        Method::Synchronous { ties: t } => {
            return Some(Dynamics { order: Order::Synchronous, rule: Rule::HeatBath, ties: ties(t) });
        }
        Method::Units { rule: UnitRule::HeatBath, order, ties: t } => (Rule::HeatBath, order, ties(t)),
        Method::Units { rule: UnitRule::Metropolis, order, ties: t } => (Rule::Metropolis, order, ties(t)),
        Method::HeatBath { order } => (rule(m), order, Ties::Random),
        Method::Metropolis { order } => (rule(m), order, Ties::Move),
        _ => return None,
    };
    // Metropolis in a fixed order does not reach every state of every model.
    let order = match (order, rule) {
        (plan::Order::Random, _) | (plan::Order::Any, Rule::Metropolis) => Order::Random,
        _ => Order::Sequential,
    };
    Some(Dynamics { order, rule, ties })
}

fn units(p: &Prepared, m: Method) -> Result<Cost, String> {
    let has_energy = p.model.field.is_none();
    match m {
        // Where there is an energy, other kernels serve these.
        Method::Metropolis { .. } | Method::HeatBath { .. } if has_energy => {
            return Err("it is for models without an energy, for `synchronous`, and for `ties`".into());
        }
        Method::Metropolis { order: plan::Order::Checkerboard }
        | Method::HeatBath { order: plan::Order::Checkerboard }
        | Method::Units { order: plan::Order::Checkerboard, .. } => {
            return Err("units take turns in `sequential` or `random` order".into());
        }
        _ => {}
    }
    let how = match m {
        Method::Synchronous { .. } => "all units at once, by the fields of the state before; not a law of the energy",
        _ => "unit by unit, by the local fields",
    };
    let n = sites(p);
    if !has_energy {
        let what = "the couplings of all units";
        memory::check(what, (16.0 * n * n) as u64)?;
        // The first and the last unit, so that a slip shows before the run.
        is_linear(&p.materials, p.model, 0)?;
        is_linear(&p.materials, p.model, p.model.sites() - 1)?;
        return cost(p, 15.0 + 0.1 * n, 18.0 * n * n, 16.0 * n, format!("{how}; there is no energy"));
    }
    if let Ok(form) = p.overlaps() {
        let shape = form.shape(&p.materials)?;
        let reason = format!("{how}, from {}", form.describe(shape));
        return cost(p, 30.0 + 0.5 * shape.patterns, 12.0 * shape.patterns * n, 4.0 * n + 64.0 * shape.patterns, reason);
    }
    match degree(p) {
        Ok((bonds, degree)) => {
            memory::check("the couplings of all units", (34.0 * bonds) as u64)?;
            cost(p, 15.0 + 0.2 * degree, 50.0 * bonds, 16.0 * n, how.into())
        }
        Err(_) => {
            let (nodes, bytes) = finite_graph(p)?;
            cost(p, 40.0 + 12.0 * nodes / n.max(1.0), bytes as f64, 16.0 * n, format!("{how}, from the graph of the energy"))
        }
    }
}
