//! Wang-Landau and multicanonical runs: one run of walkers on the energy axis for all temperatures of a line.
//!
//! The walkers learn ln g(E) for at most `warmup` sweeps; then they walk `sweeps` sweeps with the fixed weights 1 / g(E), and what is measured
//! there is reweighted to each temperature (see [`super::weighted`]). What learning did not finish costs precision, not correctness,
//! but for levels that it never met; both are said. The levels and their ln g, improved by the histograms of the run, are kept at every point.

use super::chains::{CHECKPOINT, SLICE};
use super::exchange::compiled;
use super::identity::stream;
use super::look::Look;
use super::measure::{Columns, assemble, spread};
use super::units::Rung;
use super::weighted::{Reweighted, reweight};
use super::{Stopped, Surroundings};
use crate::diagnostic::codes;
use crate::kernels::flat::{LearnSettings, Learning, Learnt};
use crate::kernels::sampler::Sampler;
use crate::lower::{Chain, Compiled, Flat, choose, inverse_temperature};
use crate::plan::{Expr, Looks, Method, SamplePoint};
use crate::results::{Kept, PointResult, Quantity, Warning};
use crate::statistics::binning::jackknife_error;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;

/// Learning looks at its histogram this often at least in the sweeps that it has.
const LOOKS: u64 = 256;
/// The histogram that ends multicanonical rounds before all are done.
const FLAT: f64 = 0.8;
/// Attempted changes between questions whether to stop.
const STRETCH: u64 = 1 << 20;
/// Fewer effective samples than this are said.
const FEW: f64 = 25.0;

/// How learning ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct End {
    finished: bool,
    /// The largest ln f and the least flatness of the walkers.
    ln_f: f64,
    flatness: f64,
}

/// Where a run stands; a checkpoint.
#[derive(Serialize, Deserialize)]
struct Progress {
    walkers: Vec<u8>,
    end: Option<End>,
    taught: u64,
    measured: u64,
    /// Sweeps to the next measurement.
    left: u64,
    /// `[set][series][chain][sample]`; one set, but where what is observed depends on the point.
    series: Vec<Vec<Vec<Vec<f64>>>>,
    /// `[chain][sample]`
    energies: Vec<Vec<f64>>,
    ln_g: Vec<Vec<f64>>,
}

pub fn run(s: &Surroundings, line: &[Rung]) -> Result<Vec<PointResult>, Stopped> {
    let failed = Stopped::Failed;
    let (p, model) = (line[0].p, line[0].model);
    let chains = p.chains as usize;
    let betas: Vec<f64> = line.iter().map(|r| inverse_temperature(&r.p.temperature)).collect::<Result<_, _>>().map_err(failed)?;
    if betas.iter().any(|b| b.is_infinite()) {
        return Err(failed(format!("`{}` cannot be reweighted to temperature 0", p.method.name())));
    }
    let choice = choose(s.plan, model, p.method, chains).map_err(|r| failed(format!("{}: {}", r.message, r.why)))?;
    let lanes: Vec<Chain> = (0..p.chains)
        .map(|chain| Chain { beta: 0.0, key: stream(s.plan.seed, s.task, s.point, chain, 0), start: p.start.of(chain).clone() })
        .collect();
    let mut flat = choice.walkers(p.method, &lanes).map_err(failed)?;
    let compiled = compiled(s, line, &betas).map_err(failed)?;
    let sets = if of_the_point(&p.looks) { line.len() } else { 1 };
    let mut run = Progress {
        walkers: vec![],
        end: None,
        taught: 0,
        measured: 0,
        left: p.every,
        series: compiled[..sets].iter().map(|c| vec![vec![vec![]; chains]; c.series()]).collect(),
        energies: vec![vec![]; chains],
        ln_g: vec![vec![]; chains],
    };
    let saved = s.parts.and_then(|p| p.read_checkpoint(s.hash)).and_then(|b| postcard::from_bytes::<Progress>(&b).ok());
    if let Some(saved) = saved
        && saved.series.len() == sets
        && flat.walkers_mut().restore(&saved.walkers).is_ok()
    {
        run = saved;
        let learnt = if run.end.is_some() { p.warmup } else { run.taught };
        s.watch.advanced((learnt + (run.measured + 1) * p.every - run.left) * chains as u64);
    }
    let mut last = Instant::now();
    teach(s, p, &mut run, &mut flat, &mut last)?;
    let mut looks: Vec<Look> = compiled[..sets].iter().map(|c| Look::new(c, model)).collect();
    let stretch = (STRETCH / model.sites().max(1) as u64).max(1);
    let mut since = Instant::now();
    while run.measured < p.sweeps / p.every {
        while run.left > 0 {
            let n = run.left.min(stretch);
            flat.walkers_mut().advance(n);
            run.left -= n;
            s.watch.advanced(n * chains as u64);
            if run.left > 0 && since.elapsed() > SLICE {
                since = Instant::now();
                pause(s, &mut run, &flat, &mut last)?;
            }
        }
        for chain in 0..chains {
            for ((look, compiled), series) in looks.iter_mut().zip(&compiled).zip(&mut run.series) {
                look.measure(compiled, false, &|_| (flat.kernel(), chain)).map_err(failed)?;
                series.iter_mut().zip(&look.out).for_each(|(series, x)| series[chain].push(*x));
            }
            run.energies[chain].push(looks[0].energies[0]);
            run.ln_g[chain].push(flat.walkers().ln_g(chain));
        }
        run.measured += 1;
        run.left = p.every;
        if since.elapsed() > SLICE {
            since = Instant::now();
            pause(s, &mut run, &flat, &mut last)?;
        }
    }
    // Averages over a part of the energies alone would be wrong with small errors.
    let levels = flat.walkers().density().map_or(0, |d| d.indices.len());
    if levels > 2 && flat.walkers().round_trips().iter().sum::<u64>() == 0 {
        let more = "learn longer (`warmup`), measure longer (`sweeps`), or take wider bins";
        return Err(failed(format!("no walker went from the lowest energies to the highest and back: {more}")));
    }
    let states = choice.ln_states().map_err(failed)?;
    let mut results = Vec::with_capacity(line.len());
    for (k, (rung, beta)) in line.iter().zip(&betas).enumerate() {
        let series = &run.series[if sets > 1 { k } else { 0 }];
        let found = reweight(series, &run.energies, &run.ln_g, *beta).map_err(failed)?;
        results.push(result(rung.p, &compiled[k], found, *beta, states, &run, &flat));
    }
    Ok(results)
}

/// The terms of learning that a point asks for.
fn terms(p: &SamplePoint, sites: usize) -> LearnSettings {
    let every = (p.warmup / LOOKS).clamp(1, ((1 << 18) / sites.max(1) as u64).max(16));
    let common = LearnSettings { most_sweeps: p.warmup, every: Some(every), ..LearnSettings::default() };
    match p.method {
        Method::WangLandau { flatness, final_ln_f, .. } => LearnSettings { flatness, last_ln_f: final_ln_f, ..common },
        Method::Multicanonical { rounds, .. } => {
            LearnSettings { method: Learning::Multicanonical, flatness: FLAT, most_rounds: rounds, ..common }
        }
        _ => common,
    }
}

/// Learns ln g; from then on its weights are fixed.
fn teach(s: &Surroundings, p: &SamplePoint, run: &mut Progress, flat: &mut Flat, last: &mut Instant) -> Result<(), Stopped> {
    let terms = terms(p, flat.walkers().sites());
    let chains = u64::from(p.chains);
    while run.end.is_none() {
        let begun = Instant::now();
        // At least one step: the first question is whether to begin.
        let mut begin = true;
        let mut stop = || !std::mem::replace(&mut begin, false) && begun.elapsed() > SLICE;
        let learnt = flat.walkers_mut().learn(&terms, &mut stop).map_err(Stopped::Failed)?;
        s.watch.advanced((learnt.sweeps - run.taught) * chains);
        run.taught = learnt.sweeps;
        if learnt.finished || flat.walkers().is_exhausted(&terms) {
            if !learnt.finished {
                flat.walkers_mut().set_density(&learnt.density).map_err(Stopped::Failed)?;
            }
            run.end = Some(end(&learnt));
            s.watch.advanced(p.warmup.saturating_sub(run.taught) * chains);
        }
        pause(s, run, flat, last)?;
    }
    Ok(())
}

fn end(learnt: &Learnt) -> End {
    let walkers = &learnt.walkers;
    End {
        finished: learnt.finished,
        ln_f: walkers.iter().map(|w| w.ln_f).fold(0.0, f64::max),
        flatness: walkers.iter().map(|w| w.flatness).fold(1.0, f64::min),
    }
}

/// Whether what is measured, and not only what is made of the averages, depends on the coordinates of the point.
fn of_the_point(looks: &Looks) -> bool {
    let coordinate = |e: &Expr| matches!(e, Expr::Coordinate { .. });
    looks.observe.iter().any(|c| c.expr.contains(&coordinate))
        || looks.estimate.iter().any(|c| c.expr.contains(&|e| matches!(e, Expr::Average(of) if of.contains(&coordinate))))
}

/// The result of a point.
fn result(
    p: &SamplePoint,
    compiled: &Arc<Compiled>,
    found: Reweighted,
    beta: f64,
    states: Option<f64>,
    run: &Progress,
    flat: &Flat,
) -> PointResult {
    let estimate = |averages: &[f64], out: &mut [f64]| compiled.estimate(averages, out);
    let observed = compiled.observed().iter().map(|place| place.start..place.start + place.len).collect();
    let columns = Columns { observed, estimate: &estimate };
    let (mut quantities, mut warnings) = assemble(&p.looks, &columns, &found.means, &found.summaries, p.chains as usize);
    let mut add = |name: &str, q: Quantity| {
        if !quantities.iter().any(|(n, _)| n == name) {
            quantities.push((name.to_string(), q));
        }
    };
    let mut warn = |code: codes::Code, message: String| warnings.push(Warning { code: code.0.to_string(), message });
    match states {
        Some(ln_states) => add("free_energy", free_energy(&found, ln_states, beta)),
        None => {
            add("free_energy", Quantity { value: vec![f64::NAN], error: vec![f64::NAN], ..Quantity::default() });
            let message = "`free_energy` is not known: some states are forbidden, so that their number is not that of all values";
            warn(codes::NOT_FINITE, message.to_string());
        }
    }
    let walkers = flat.walkers();
    add("round_trips", Quantity::exact(walkers.round_trips().iter().sum::<u64>() as f64));
    if let Some(end) = run.end.as_ref().filter(|e| !e.finished) {
        let warmup = p.warmup;
        warn(
            codes::NOT_LEARNT,
            match p.method {
                Method::WangLandau { final_ln_f, .. } => {
                    format!(
                        "ln f had come to {:.2e} and not to {final_ln_f:.0e} when the {warmup} sweeps of the warm-up were over",
                        end.ln_f
                    )
                }
                _ => format!(
                    "the histogram was flat to {:.2} and not to {FLAT} when the rounds or the warm-up were over",
                    end.flatness
                ),
            },
        );
    }
    if walkers.unknown() > 0 {
        let n = walkers.unknown();
        warn(
            codes::NOT_LEARNT,
            format!("{n} changes were refused because they led to energies that learning had not met: those are missing"),
        );
    }
    let effective = found
        .summaries
        .iter()
        .map(|s| s.ess)
        .filter(|e| e.is_finite())
        .fold(found.effective / (2.0 * found.ln_z.tau.max(0.5)), f64::min);
    if effective < FEW {
        warn(codes::FEW_EFFECTIVE, format!("the run has only about {effective:.0} effective samples at this temperature"));
    }
    let kernel = "flat_histogram".to_string();
    PointResult { hash: String::new(), kernel, wall_seconds: 0.0, quantities, kept: kept(flat), warnings, failed: None }
}

/// F = -T ln Z, with Z(0) the number of states.
fn free_energy(found: &Reweighted, ln_states: f64, beta: f64) -> Quantity {
    let error = found.ln_z.error;
    if beta == 0.0 {
        return Quantity { value: vec![f64::NEG_INFINITY], error: vec![f64::NAN], ..Quantity::default() };
    }
    let spread = spread(&found.ln_z_without, jackknife_error(&found.ln_z_without), error);
    Quantity {
        value: vec![-(ln_states + found.ln_z.mean) / beta],
        error: vec![error / beta.abs()],
        replicates: spread.iter().map(|x| vec![-(ln_states + x) / beta]).collect(),
        ..Quantity::default()
    }
}

/// The levels of energy and the logarithm of the number of states at each.
fn kept(flat: &Flat) -> Vec<(String, Kept)> {
    let walkers = flat.walkers();
    let Some(density) = walkers.refined().ok().or_else(|| walkers.density().cloned()) else { return vec![] };
    let array = |name: &str, data: Vec<f64>| {
        (name.to_string(), Kept::Array { dimensions: vec!["level".to_string()], shape: vec![data.len()], data })
    };
    let mut all = vec![array("levels", density.energies), array("ln_g", density.ln_g)];
    if walkers.lanes() > 1 {
        all.push(array("ln_g_error", density.errors));
    }
    all
}

/// Leaves a checkpoint when it is time, or when the run is to stop.
fn pause(s: &Surroundings, run: &mut Progress, flat: &Flat, last: &mut Instant) -> Result<(), Stopped> {
    let stop = s.watch.stop();
    if stop || last.elapsed() > CHECKPOINT {
        if let Some(parts) = s.parts {
            run.walkers = flat.walkers().save();
            if let Ok(bytes) = postcard::to_stdvec(&*run) {
                // A checkpoint that cannot be written costs time later, not results now.
                let _ = parts.write_checkpoint(s.hash, &bytes);
            }
        }
        *last = Instant::now();
    }
    if stop { Err(Stopped::Interrupted) } else { Ok(()) }
}
