//! Replica exchange: the points of an axis run together and swap their states.
//!
//! After every sweep of all replicas one step of exchange is tried. Where the points differ in the temperature alone replicas change
//! their temperatures; otherwise (another parameter of the energy, or kernels that found a pace for each temperature) their states.

use super::chains::{CHECKPOINT, Gathered, SLICE};
use super::identity::stream;
use super::look::{Look, keep_states};
use super::rungs::Rungs;
use super::units::Rung;
use super::{Stopped, Surroundings, sample};
use crate::kernels::exchange::{Exchange, place};
use crate::lower::{Compiled, Materials, inverse_temperature};
use crate::plan::Expr;
use crate::results::{PointResult, Quantity, Warning};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;

/// The temperatures are placed anew after each of so many parts of the warm-up; a last part of the same length follows.
const PLACEMENTS: u64 = 8;

/// Replicas hardly travel where fewer exchanges than this are accepted.
const FEW_SWAPS: f64 = 0.01;

/// Where a run stands; a checkpoint.
#[derive(Serialize, Deserialize)]
struct Progress {
    warmed: u64,
    betas: Vec<f64>,
    exchange: Exchange,
    kernels: Vec<Vec<u8>>,
    /// By point.
    gathered: Vec<Gathered>,
}

pub fn run(s: &Surroundings, line: &[Rung], adaptive: bool) -> Result<Vec<PointResult>, Stopped> {
    let failed = Stopped::Failed;
    let first = line[0].p;
    let sets = (first.chains * first.replicas) as usize;
    let betas: Vec<f64> = line.iter().map(|r| inverse_temperature(&r.p.temperature)).collect::<Result<_, _>>().map_err(failed)?;
    let mut rungs = Rungs::new(s, line, &betas).map_err(failed)?;
    let key = stream(s.plan.seed, s.task, s.point, u32::MAX, 0);
    let mut run = Progress {
        warmed: 0,
        exchange: Exchange::new(key, line.len(), sets).map_err(failed)?,
        betas,
        kernels: vec![],
        gathered: vec![],
    };
    let saved = s.parts.and_then(|p| p.read_checkpoint(s.hash)).and_then(|b| postcard::from_bytes::<Progress>(&b).ok());
    if let Some(saved) = saved
        && saved.exchange.check(line.len(), sets).is_ok()
        && saved.betas.len() == line.len()
        && rungs.restore(&saved.kernels).is_ok()
    {
        s.watch.advanced(saved.warmed * (sets * line.len()) as u64);
        run = saved;
    }
    let mut last = Instant::now();
    let mut since = Instant::now();
    let part = (first.warmup / (PLACEMENTS + 1)).max(1);
    while run.warmed < first.warmup {
        // Kernels that find their pace do so in the first half, in parts that the plan alone fixes.
        let n = if rungs.calibrates() && run.warmed < first.warmup / 2 { 16.min(first.warmup / 2 - run.warmed) } else { 1 };
        if n > 1 {
            rungs.warm_up(n)
        } else {
            rungs.advance()
        }
        step(&mut run, &mut rungs);
        run.warmed += n;
        s.watch.advanced(n * (sets * line.len()) as u64);
        if adaptive && run.warmed.is_multiple_of(part) && run.warmed / part <= PLACEMENTS {
            move_temperatures(&mut run, &mut rungs).map_err(failed)?;
        }
        if run.warmed == first.warmup || (adaptive && run.warmed.is_multiple_of(part)) {
            run.exchange.reset();
        }
        if since.elapsed() > SLICE {
            since = Instant::now();
            pause(s, &mut run, &rungs, &mut last)?;
        }
    }
    let compiled = compiled(s, line, &run.betas).map_err(failed)?;
    if run.gathered.is_empty() {
        run.gathered =
            line.iter().zip(&compiled).map(|(r, c)| Gathered::new(r.model, c.series(), first.chains as usize)).collect();
    }
    let mut looks: Vec<Look> = line.iter().zip(&compiled).map(|(r, c)| Look::new(c, r.model)).collect();
    let measurements = first.sweeps / first.every;
    let replicas = first.replicas as usize;
    s.watch.advanced(run.gathered[0].measured * first.every * (sets * line.len()) as u64);
    while run.gathered[0].measured < measurements {
        for _ in 0..first.every {
            rungs.advance();
            step(&mut run, &mut rungs);
            s.watch.advanced((sets * line.len()) as u64);
            // A long stretch between two measurements is done again from the last measurement.
            if since.elapsed() > SLICE && s.watch.stop() {
                break;
            }
        }
        if s.watch.stop() && first.every > 1 {
            return Err(Stopped::Interrupted);
        }
        for (k, rung) in line.iter().enumerate() {
            for chain in 0..first.chains as usize {
                let place = |r: usize| {
                    let set = chain * replicas + r;
                    rungs.place(set, k, run.exchange.replica_at(set, k))
                };
                looks[k].measure(&compiled[k], keep_states(rung.p).is_some(), &place).map_err(failed)?;
                let g = &mut run.gathered[k];
                let measured = g.measured;
                g.record(chain, rung.p, measured, &looks[k]);
            }
            run.gathered[k].measured += 1;
        }
        if since.elapsed() > SLICE {
            since = Instant::now();
            pause(s, &mut run, &rungs, &mut last)?;
        }
    }
    // Rungs are numbered, so that their temperatures have to be told.
    let rungs_named = s.task.descriptions.iter().any(|d| d.name == "temperature");
    Ok(results(line, &compiled, &run, rungs.kernel, rungs_named))
}

/// One step of exchange.
fn step(run: &mut Progress, rungs: &mut Rungs) {
    let Progress { exchange, betas, .. } = run;
    let swaps = exchange.step(&mut |set, point, replicas| rungs.log_ratio(betas, set, point, replicas));
    for swap in swaps {
        rungs.swap(swap, betas);
    }
}

/// Equal rates of exchange, from those measured since the last time.
fn move_temperatures(run: &mut Progress, rungs: &mut Rungs) -> Result<(), String> {
    let rates = run.exchange.statistics().rates();
    if rates.iter().any(|r| r.is_nan()) {
        return Ok(());
    }
    let (a, b) = (run.betas[0], run.betas[run.betas.len() - 1]);
    run.betas = place(&run.betas, &rates, a.min(b), a.max(b), run.betas.len())?;
    rungs.set_betas(&run.betas, &run.exchange);
    Ok(())
}

/// What is measured at each point; the same for all where it does not depend on coordinates.
pub fn compiled(s: &Surroundings, line: &[Rung], betas: &[f64]) -> Result<Vec<Arc<Compiled>>, String> {
    let materials = Materials::new(s.plan);
    let mut all: Vec<Arc<Compiled>> = Vec::new();
    for (rung, beta) in line.iter().zip(betas) {
        let looks = &rung.p.looks;
        let of_coordinates =
            looks.observe.iter().chain(&looks.estimate).any(|c| c.expr.contains(&|e| matches!(e, Expr::Coordinate { .. })));
        if !of_coordinates
            && let Some(same) = all.first()
            && Arc::ptr_eq(looks, &line[0].p.looks)
            && rung.p.model == line[0].p.model
            && rung.p.weights == line[0].p.weights
        {
            all.push(same.clone());
            continue;
        }
        let at = Surroundings { point: rung.point, ..*s };
        let coordinate = |axis: &str| if axis == "temperature" { Some(1.0 / beta) } else { at.coordinate(axis) };
        all.push(Arc::new(Compiled::new(&materials, rung.model, looks, rung.p.replicas as usize, &coordinate)?));
    }
    Ok(all)
}

fn results(line: &[Rung], compiled: &[Arc<Compiled>], run: &Progress, kernel: &str, rungs_named: bool) -> Vec<PointResult> {
    let statistics = run.exchange.statistics();
    let rates = statistics.rates();
    // Facts of this run, not estimates.
    let rate = |k: usize| rates.get(k).or(rates.last()).copied().unwrap_or(f64::NAN);
    line.iter()
        .zip(compiled)
        .zip(&run.gathered)
        .enumerate()
        .map(|(k, ((rung, compiled), g))| {
            let mut result = sample::finished(rung.p, rung.model, compiled, kernel, &g.series, &g.states);
            if let Some(r) = rates.get(k).filter(|r| **r < FEW_SWAPS) {
                result.warnings.push(Warning {
                    code: crate::diagnostic::codes::NOT_MIXED.0.to_string(),
                    message: format!(
                        "only a share of {r:.1e} of the exchanges with the next point was accepted: put more points between them"
                    ),
                });
            }
            if rungs_named {
                result.quantities.push(("temperature".into(), Quantity::exact(1.0 / run.betas[k])));
            }
            result.quantities.push(("swap_rate".into(), Quantity::exact(rate(k))));
            result.quantities.push(("round_trips".into(), Quantity::exact(statistics.round_trips as f64)));
            result
        })
        .collect()
}

/// Leaves a checkpoint when it is time, or when the run is to stop.
fn pause(s: &Surroundings, run: &mut Progress, rungs: &Rungs, last: &mut Instant) -> Result<(), Stopped> {
    let stop = s.watch.stop();
    if stop || last.elapsed() > CHECKPOINT {
        if let Some(parts) = s.parts {
            run.kernels = rungs.save();
            if let Ok(bytes) = postcard::to_stdvec(&*run) {
                // A checkpoint that cannot be written costs time later, not results now.
                let _ = parts.write_checkpoint(s.hash, &bytes);
            }
        }
        *last = Instant::now();
    }
    if stop { Err(Stopped::Interrupted) } else { Ok(()) }
}
