//! The driver of `sample`: chains over kernels, and what follows from their series.

use super::chains::{Gathered, Group};
use super::kept::kept;
use super::measure::{Columns, quantities};
use super::until::COLUMNS;
use super::{Stopped, Surroundings};
use crate::lower::{Compiled, Materials, States, choose, choose_exact, inverse_temperature};
use crate::plan::{Column, Expr, Method, Model, SamplePoint};
use crate::results::{Kept, PointResult, Quantity};
use rayon::prelude::*;

pub fn run(s: &Surroundings, p: &SamplePoint, model: &Model) -> Result<PointResult, Stopped> {
    let failed = Stopped::Failed;
    let beta = inverse_temperature(&p.temperature).map_err(failed)?;
    let coordinate = |axis: &str| s.coordinate(axis);
    let materials = Materials::new(s.plan);
    let compiled = Compiled::new(&materials, model, &p.looks, p.replicas as usize, &coordinate).map_err(failed)?;
    if p.method == Method::Exact {
        let chosen = choose_exact(s.plan, model, &compiled).map_err(|r| failed(format!("{}: {}", r.message, r.why)))?;
        let values = chosen.values(&compiled, beta).map_err(failed)?;
        if values.observe.iter().chain(&values.estimate).any(|x| x.is_nan()) {
            return Err(failed("the energy, or what is observed, is not a number in some state".into()));
        }
        s.watch.advanced(1);
        let columns = compiled
            .observed()
            .iter()
            .map(|place| (place, &values.observe))
            .chain(compiled.estimated().iter().map(|place| (place, &values.estimate)));
        let quantities = columns
            .map(|(place, data)| {
                let value = data[place.start..place.start + place.len].to_vec();
                (
                    place.name.clone(),
                    Quantity { shape: place.shape.clone(), error: vec![0.0; value.len()], value, ..Quantity::default() },
                )
            })
            .collect();
        return Ok(result(chosen.kernel.to_string(), quantities, vec![], vec![]));
    }
    let choice = choose(s.plan, model, p.method, (p.chains * p.replicas) as usize)
        .map_err(|r| failed(format!("{}: {}", r.message, r.why)))?;
    let replicas = p.replicas as usize;
    let per_group = (choice.lanes_hint(p.chains as usize * replicas) / replicas).clamp(1, p.chains as usize) as u32;
    let groups: Vec<Group> = (0..p.chains)
        .step_by(per_group as usize)
        .map(|first| Group {
            s,
            p,
            model,
            choice: &choice,
            compiled: &compiled,
            name: format!("{}-{first}", s.hash),
            chains: first..(first + per_group).min(p.chains),
            beta,
        })
        .collect();
    let gathered: Vec<Result<Gathered, Stopped>> = groups.par_iter().map(Group::run).collect();
    let further = if p.until.is_some() { COLUMNS.len() } else { 0 };
    let mut series: Vec<Vec<Vec<f64>>> = vec![Vec::new(); compiled.series() + further];
    let mut states: Vec<States> = Vec::new();
    let mut stopped = None;
    for g in gathered {
        match g {
            Ok(g) => {
                for (all, own) in series.iter_mut().zip(g.series) {
                    all.extend(own);
                }
                states.extend(g.states);
            }
            // A failure says more than an interruption.
            Err(Stopped::Failed(reason)) => stopped = Some(Stopped::Failed(reason)),
            Err(other) => stopped = stopped.or(Some(other)),
        }
    }
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    let result = finished(p, model, &compiled, choice.kernel, &series, &states);
    if let Some(parts) = s.parts {
        groups.iter().for_each(|g| parts.remove_checkpoint(&g.name));
    }
    Ok(result)
}

/// The result of a point from its series.
pub fn finished(
    p: &SamplePoint,
    model: &Model,
    compiled: &Compiled,
    kernel: &str,
    series: &[Vec<Vec<f64>>],
    states: &[States],
) -> PointResult {
    let estimate = |averages: &[f64], out: &mut [f64]| compiled.estimate(averages, out);
    let mut observed: Vec<_> = compiled.observed().iter().map(|place| place.start..place.start + place.len).collect();
    let kept = kept(p, model, compiled, series, states);
    if p.until.is_none() {
        let (quantities, warnings) = quantities(&p.looks, &Columns { observed, estimate: &estimate }, series);
        return result(kernel.to_string(), quantities, kept, warnings);
    }
    // What `until` adds is averaged with all the rest, so that errors go through together.
    let mut looks = (*p.looks).clone();
    for (k, name) in COLUMNS.iter().enumerate() {
        looks.observe.push(Column { name: name.to_string(), expr: Expr::Number(0.0), shape: vec![] });
        observed.push(compiled.series() + k..compiled.series() + k + 1);
    }
    let (quantities, warnings) = quantities(&looks, &Columns { observed, estimate: &estimate }, series);
    result(kernel.to_string(), quantities, kept, warnings)
}

pub fn result(
    kernel: String,
    quantities: Vec<(String, Quantity)>,
    kept: Vec<(String, Kept)>,
    warnings: Vec<crate::results::Warning>,
) -> PointResult {
    PointResult { hash: String::new(), kernel, wall_seconds: 0.0, quantities, kept, warnings, failed: None }
}
