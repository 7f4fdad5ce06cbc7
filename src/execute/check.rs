//! The plan against the kernels: methods that cannot serve a model, plans that do not fit in memory.
//! Nothing is run.

mod descent;
mod machine;

use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborated;
use crate::elaborate::task::Places;
use crate::lower::programs::Programs;
use crate::lower::{Compiled, Materials, choose, choose_exact, inverse_temperature, memory, resolve};
use crate::plan::{Keep, Method, Order, Plan, SamplePoint, Task, Work};
use std::collections::BTreeSet;

/// What can be said of a checked plan before it runs.
pub fn check(elaborated: &Elaborated) -> Vec<Diagnostic> {
    let plan = &elaborated.plan;
    let mut out = Vec::new();
    let mut programs = Programs::new(plan);
    for task in &plan.tasks {
        let default = Places::default();
        let places = elaborated.places.iter().find(|p| p.task == task.name).unwrap_or(&default);
        if matches!(task.work, Work::Train { .. } | Work::Probe { .. }) {
            out.extend(descent::check(&mut programs, task, places));
            continue;
        }
        let mut seen = BTreeSet::new();
        for k in 0..task.len() {
            let (model, method, chains) = match &task.work {
                Work::Sample { points, .. } => {
                    (points[k].model, points[k].method, (points[k].chains * points[k].replicas) as usize)
                }
                Work::Anneal { points } => (points[k].model, points[k].method, points[k].chains as usize),
                Work::Train { .. } | Work::Probe { .. } => continue,
            };
            let first = seen.insert((model, method.text()));
            if let Work::Sample { points, .. } = &task.work {
                if method == Method::Exact {
                    if inverse_temperature(&points[k].temperature).is_ok_and(f64::is_infinite) {
                        let d =
                            Diagnostic::error(codes::DOMAIN, places.of("temperature"), "`exact` does not reach temperature 0")
                                .label("its weights exp(-E/T) are not finite there")
                                .expected("temperatures above 0");
                        out.push(d.help("a low one, such as `0.01`, has the ground states alone; `anneal` finds one of them"));
                        break;
                    }
                    if first {
                        out.extend(exact(plan, task, k, &points[k], places));
                    }
                    continue;
                }
                // What depends on results is judged when they are there.
                if method.is_ladder() && inverse_temperature(&points[k].temperature).is_ok_and(f64::is_infinite) {
                    let message = format!("`{}` does not reach temperature 0", method.name());
                    let d = Diagnostic::error(codes::DOMAIN, places.of("temperature"), message)
                        .label("weights exp(-E/T) are not finite there")
                        .expected("temperatures above 0");
                    out.push(d.help("leave the temperature 0 out; a low one, such as `0.1`, shows the lowest energies too"));
                    break;
                }
                if first {
                    out.extend(series(task, &points[k], plan.models[model as usize].components(), places));
                }
            }
            if !first {
                continue;
            }
            // A model that waits for results is judged when they are there.
            let m = &plan.models[model as usize];
            if m.is_deferred() {
                continue;
            }
            let standing = resolve::standing_in(m);
            let m = &*standing;
            match choose(plan, m, method, chains.saturating_mul(method.population() as usize)) {
                Ok(choice) => {
                    if let Err(reason) = memory::check(&format!("`{}`", task.name), choice.memory_bytes) {
                        let d = Diagnostic::error(codes::MEMORY, places.of("model"), reason);
                        out.push(d.help("make the lattice or the number of chains smaller"));
                        break;
                    }
                }
                Err(refusal) => {
                    let message = format!("`{}` cannot sample `{}`", method.text(), m.name);
                    // What serves every model is kept from one by its size alone, or by numbers that are too large.
                    let size = refusal.why.contains("would need about");
                    let d = if size {
                        Diagnostic::error(codes::MEMORY, places.of("model"), message)
                    } else {
                        let place = if matches!(method, Method::Metropolis { order: Order::Any }) { "model" } else { "method" };
                        Diagnostic::error(codes::METHOD_MODEL, places.of(place), message)
                    };
                    out.push(d.label(refusal.why).help(refusal.instead));
                    break;
                }
            }
        }
    }
    out
}

fn exact(plan: &Plan, task: &Task, k: usize, p: &SamplePoint, places: &Places) -> Option<Diagnostic> {
    let m = &plan.models[p.model as usize];
    if m.energy.is_deferred() {
        return None;
    }
    let looks = resolve::weighted_looks(&p.looks, &resolve::stand_ins(m));
    let standing = resolve::standing_in(m);
    let m = &*standing;
    let labels: Vec<(String, Option<f64>)> =
        task.axes.iter().zip(task.position(k)).map(|(a, i)| (a.name.clone(), a.coordinates.number(i))).collect();
    let coordinate = |axis: &str| labels.iter().find(|(n, _)| n == axis).and_then(|(_, x)| *x);
    let compiled = Compiled::new(&Materials::new(plan), m, &looks, p.replicas as usize, &coordinate);
    let refusal = match compiled {
        Ok(compiled) => choose_exact(plan, m, &compiled).err()?,
        Err(why) => crate::lower::Refusal {
            message: String::new(),
            why,
            instead: "sample it with `metropolis`, or make it smaller".into(),
        },
    };
    let d = Diagnostic::error(codes::METHOD_MODEL, places.of("method"), format!("`exact` cannot solve `{}`", m.name))
        .label(refusal.why);
    Some(d.help(refusal.instead))
}

/// The memory of the time series and states that a point gathers.
fn series(task: &Task, p: &SamplePoint, sites: usize, places: &Places) -> Option<Diagnostic> {
    let measurements = if p.looks.at_end || p.method.population() > 1 { 1 } else { p.sweeps / p.every };
    let columns: usize = p.looks.observe.iter().chain(&p.looks.estimate).map(|c| c.shape.iter().product::<usize>().max(1)).sum();
    let needed = measurements.saturating_mul(u64::from(p.chains)).saturating_mul(8 * columns as u64);
    if let Err(reason) = memory::check(&format!("the time series of `{}`", task.name), needed) {
        let d = Diagnostic::error(codes::MEMORY, places.of("sweeps"), reason);
        return Some(d.help("measure less often: `every: 10`"));
    }
    let every = p.looks.keep.iter().find_map(|k| match k {
        Keep::States { every, last: false } => Some(*every),
        _ => None,
    })?;
    // A spin is kept as a byte while it runs, and as four when it is written.
    let states = (measurements * p.every / every.max(p.every))
        .saturating_mul(u64::from(p.chains) * u64::from(p.replicas))
        .saturating_mul(5 * sites as u64);
    let reason = memory::check(&format!("the states of `{}`", task.name), states).err()?;
    Some(Diagnostic::error(codes::MEMORY, places.of("sweeps"), reason).help("keep fewer: `every: 100`, or `states: last`"))
}
