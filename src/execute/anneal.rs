//! The driver of `anneal`: chains down a schedule, the lowest energies they saw.

use super::identity::stream;
use super::{Stopped, Surroundings};
use crate::lower::{Chain, Choice, Compiled, Materials, States, choose, schedule_at};
use crate::plan::{AnnealPoint, Model, Schedule};
use crate::results::{Kept, PointResult, Quantity};
use rayon::prelude::*;

/// The schedule is followed in at most this many steps; the energy is looked at after each.
const STEPS: u64 = 2_000;

/// What some chains gave.
struct Ended {
    /// For each chain: the lowest energy, its state, the last energy, the last state.
    best: Vec<(f64, States)>,
    last: Vec<(f64, States)>,
    /// Mean energy over the chains after each step.
    trace: Vec<f64>,
}

pub fn run(s: &Surroundings, p: &AnnealPoint, model: &Model) -> Result<PointResult, Stopped> {
    let steps = p.sweeps.min(STEPS);
    let choice =
        choose(s.plan, model, p.method, p.chains as usize).map_err(|r| Stopped::Failed(format!("{}: {}", r.message, r.why)))?;
    let schedule = match &p.schedule {
        Schedule::Automatic => choice.prepared().cooling().map_err(Stopped::Failed)?,
        given => given.clone(),
    };
    let temperatures: Vec<f64> = (0..steps)
        .map(|k| schedule_at(&schedule, if steps == 1 { 1.0 } else { k as f64 / (steps - 1) as f64 }, p.sweeps as f64))
        .collect();
    if let Some(t) = temperatures.iter().find(|t| t.is_nan() || **t < 0.0) {
        return Err(Stopped::Failed(format!("the schedule gives the temperature {t}")));
    }
    let betas: Vec<f64> = temperatures.iter().map(|t| 1.0 / t).collect();
    let group = choice.lanes_hint(p.chains as usize).clamp(1, p.chains as usize) as u32;
    let starts: Vec<u32> = (0..p.chains).step_by(group as usize).collect();
    let ended: Vec<Ended> = starts
        .par_iter()
        .map(|&first| chains(s, p, model, &choice, first..(first + group).min(p.chains), &betas))
        .collect::<Result<_, _>>()?;
    let best: Vec<&(f64, States)> = ended.iter().flat_map(|e| &e.best).collect();
    let last: Vec<&(f64, States)> = ended.iter().flat_map(|e| &e.last).collect();
    // The first of the best: `min_by` keeps the first of equals.
    let Some(winner) = best.iter().min_by(|a, b| a.0.total_cmp(&b.0)) else { return Err(Stopped::Failed("no chain".into())) };
    let finals: Vec<f64> = last.iter().map(|l| l.0).collect();
    let mut quantities = observed(s, p, model, &last)?;
    quantities.push(("best_energy".to_string(), Quantity::exact(winner.0)));
    quantities.push(("final_energy".to_string(), mean_of(&finals.iter().map(|e| vec![*e]).collect::<Vec<_>>(), vec![])));
    let trace: Vec<f64> = (0..steps as usize)
        .map(|k| ended.iter().zip(&starts).map(|(e, _)| e.trace[k]).sum::<f64>() / f64::from(p.chains))
        .collect();
    let array = |name: &str, dimension: &str, data: Vec<f64>| {
        (name.to_string(), Kept::Array { dimensions: vec![dimension.to_string()], shape: vec![data.len()], data })
    };
    let kept = vec![
        array("best_state", "site", winner.1.values(model)),
        array("trace_temperature", "step", temperatures),
        array("trace_energy", "step", trace),
        array("best_energies", "chain", best.iter().map(|b| b.0).collect()),
    ];
    Ok(PointResult {
        hash: String::new(),
        kernel: choice.kernel.to_string(),
        wall_seconds: 0.0,
        quantities,
        kept,
        warnings: vec![],
        failed: None,
    })
}

fn chains(
    s: &Surroundings,
    p: &AnnealPoint,
    model: &Model,
    choice: &Choice<'_>,
    chains: std::ops::Range<u32>,
    betas: &[f64],
) -> Result<Ended, Stopped> {
    let lanes: Vec<Chain> = chains
        .clone()
        .map(|c| Chain { beta: betas[0], key: stream(s.plan.seed, s.task, s.point, c, 0), start: p.start.of(c).clone() })
        .collect();
    let mut kernel = choice.build(&lanes).map_err(Stopped::Failed)?;
    let n = lanes.len();
    let mut best: Vec<(f64, States)> = vec![(f64::INFINITY, States::new(model, 1)); n];
    let mut trace = Vec::with_capacity(betas.len());
    let steps = betas.len() as u64;
    for (k, &beta) in betas.iter().enumerate() {
        if s.watch.stop() {
            return Err(Stopped::Interrupted);
        }
        (0..n).for_each(|lane| kernel.set_beta(lane, beta));
        let k = k as u64;
        let sweeps = p.sweeps * (k + 1) / steps - p.sweeps * k / steps;
        // What finds its pace does so at every temperature: nothing is averaged here.
        if kernel.calibrates() {
            kernel.warm_up(sweeps)
        } else {
            kernel.advance(sweeps)
        }
        s.watch.advanced(sweeps * n as u64);
        let mut sum = 0.0;
        for (lane, best) in best.iter_mut().enumerate() {
            let e = kernel.energy(lane);
            if e.is_nan() {
                return Err(Stopped::Failed("the energy is not a number in some state".into()));
            }
            sum += e;
            if e < best.0 {
                best.0 = e;
                kernel.read(lane, &mut best.1, 0);
            }
        }
        trace.push(sum);
    }
    let last = (0..n)
        .map(|lane| {
            let mut state = States::new(model, 1);
            kernel.read(lane, &mut state, 0);
            (kernel.energy(lane), state)
        })
        .collect();
    Ok(Ended { best, last, trace })
}

/// The columns of `observe`, on the last state of each chain.
fn observed(
    s: &Surroundings,
    p: &AnnealPoint,
    model: &Model,
    last: &[&(f64, States)],
) -> Result<Vec<(String, Quantity)>, Stopped> {
    let coordinate = |axis: &str| s.coordinate(axis);
    let compiled = Compiled::new(&Materials::new(s.plan), model, &p.looks, 1, &coordinate).map_err(Stopped::Failed)?;
    let rows: Vec<Vec<f64>> = last
        .iter()
        .map(|(energy, state)| {
            let mut out = vec![0.0; compiled.series()];
            compiled.measure_state(*energy, None, state.view(), &mut out);
            out
        })
        .collect();
    let columns = compiled.observed();
    Ok(p.looks
        .observe
        .iter()
        .zip(columns)
        .map(|(c, place)| (c, place.start..place.start + place.len))
        .map(|(c, range)| {
            (c.name.clone(), mean_of(&rows.iter().map(|r| r[range.clone()].to_vec()).collect::<Vec<_>>(), c.shape.clone()))
        })
        .collect())
}

/// The mean over independent chains, each a row of elements.
fn mean_of(rows: &[Vec<f64>], shape: Vec<usize>) -> Quantity {
    let n = rows.len() as f64;
    let size = rows.first().map_or(0, Vec::len);
    let column = |k: usize| rows.iter().map(|r| r[k]).collect::<Vec<f64>>();
    let value: Vec<f64> = (0..size).map(|k| crate::statistics::sum::mean(&column(k))).collect();
    let error = (0..size).map(|k| (crate::statistics::sum::squared_deviations(&column(k)) / (n - 1.0) / n).sqrt()).collect();
    let replicates = if rows.len() > 1 {
        rows.iter().map(|r| (0..size).map(|k| (value[k] * n - r[k]) / (n - 1.0)).collect()).collect()
    } else {
        vec![]
    };
    Quantity { shape, value, error, replicates, ..Quantity::default() }
}
