//! Running a plan: points over threads, parts as they are finished, then the file.
//!
//! Nothing here depends on the number of threads or on the order in which points end: a point's
//! numbers are a function of its identity alone.

mod analyses;
mod anneal;
mod check;
mod derive;
mod header;
mod identity;
mod measure;
mod outputs;
mod sample;

pub use check::check;
pub use derive::Labelled;
pub use header::now;

use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborated;
use crate::lower::resolve;
use crate::plan::{Expr, Plan, Task, Work};
use crate::results::{PointResult, RunResult, TaskResult};
use crate::session::{Outcome, RunOptions, Watch};
use crate::store::{self, Parts};
use derive::Results;
use identity::Identities;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Mutex;

/// A point with its deferred values filled in.
enum Resolved {
    Sample(crate::plan::SamplePoint, Option<crate::plan::Model>),
    Anneal(crate::plan::AnnealPoint, Option<crate::plan::Model>),
}

/// How a point ended that gave no result.
enum Stopped {
    /// Asked to stop; what was done so far is in the checkpoint.
    Interrupted,
    Failed(String),
}

/// What a driver needs besides the point.
struct Surroundings<'s> {
    plan: &'s Plan,
    task: &'s Task,
    point: usize,
    parts: Option<&'s Parts>,
    watch: &'s dyn Watch,
    hash: &'s str,
}

/// Runs a plan.
pub fn run(elaborated: &Elaborated, options: &RunOptions, watch: &dyn Watch) -> Result<Outcome, Vec<Diagnostic>> {
    run_with(elaborated, options, watch, &RunResult::default())
}

/// Runs a plan; points that are among the results of an earlier run are not computed again.
pub fn run_with(
    elaborated: &Elaborated,
    options: &RunOptions,
    watch: &dyn Watch,
    earlier: &RunResult,
) -> Result<Outcome, Vec<Diagnostic>> {
    let plan = &elaborated.plan;
    let mut known: HashMap<String, PointResult> = HashMap::new();
    remember(&mut known, earlier);
    let mut parts = None;
    let mut complete_file = false;
    if let Some(path) = &options.output {
        store::check_target(path).map_err(|d| vec![d])?;
        let opened = Parts::open(path).map_err(|d| vec![d])?;
        if options.fresh {
            opened.clear().map_err(|d| vec![d])?;
        } else if path.exists() {
            let file = store::read(path).map_err(|d| vec![d])?;
            complete_file = file.header.complete;
            remember(&mut known, &file);
        }
        parts = Some(opened);
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|e| vec![Diagnostic::general(codes::RUN_FAILED, format!("the worker threads could not be started: {e}"))])?;
    let identities = Identities::new(plan);
    let mut outcome = Outcome {
        result: RunResult::default(),
        diagnostics: vec![],
        lines: vec![],
        files: vec![],
        interrupted: false,
        computed: 0,
        kept: 0,
    };
    let mut tasks: Vec<TaskResult> = Vec::new();
    for task in &plan.tasks {
        let finished = run_task(plan, task, &tasks, &identities, &mut known, parts.as_ref(), &pool, watch, &mut outcome)?;
        tasks.push(finished);
        if outcome.interrupted {
            break;
        }
    }
    for task in &tasks {
        report(task, plan, elaborated, &mut outcome.diagnostics);
    }
    let complete =
        !outcome.interrupted && tasks.iter().all(|t| t.points.iter().all(|p| p.as_ref().is_some_and(|p| p.failed.is_none())));
    let outputs = if outcome.interrupted { outputs::Outputs::default() } else { outputs::outputs(&plan.outputs, &tasks) };
    outcome.diagnostics.extend(outputs.diagnostics);
    outcome.lines = outputs.lines;
    outcome.result = RunResult {
        header: header::header(elaborated, options, complete),
        tasks,
        derived: outputs.derived,
        claims: outputs.claims,
    };
    if outcome.interrupted {
        let d = Diagnostic::general(codes::INTERRUPTED, "the run was stopped before its end")
            .help("the finished points are kept: the same command goes on from here");
        outcome.diagnostics.push(d);
    }
    if let (Some(path), Some(parts)) = (&options.output, parts) {
        // An interrupted run does not take the place of a complete file.
        if complete || !complete_file || !outcome.interrupted {
            store::publish(&outcome.result, path).map_err(|d| vec![d])?;
            outcome.files.push(path.clone());
        }
        if complete {
            parts.finish().map_err(|d| vec![d])?;
        }
        if options.figures && !outcome.interrupted {
            header::write_figures(&outcome.lines, path, &mut outcome.files).map_err(|d| vec![d])?;
        }
    }
    Ok(outcome)
}

fn remember(known: &mut HashMap<String, PointResult>, run: &RunResult) {
    for task in &run.tasks {
        for point in task.points.iter().flatten().filter(|p| p.failed.is_none()) {
            known.insert(point.hash.clone(), point.clone());
        }
    }
}

#[allow(clippy::too_many_arguments)]
fn run_task(
    plan: &Plan,
    task: &Task,
    before: &[TaskResult],
    identities: &Identities,
    known: &mut HashMap<String, PointResult>,
    parts: Option<&Parts>,
    pool: &rayon::ThreadPool,
    watch: &dyn Watch,
    outcome: &mut Outcome,
) -> Result<TaskResult, Vec<Diagnostic>> {
    let results = Results::new(before);
    let count = task.len();
    let mut points: Vec<Option<PointResult>> = vec![None; count];
    let mut missing: Vec<(usize, String, Resolved)> = Vec::new();
    let mut sweeps = 0;
    let mut hashes = blake3::Hasher::new();
    for (k, slot) in points.iter_mut().enumerate() {
        match resolved(plan, task, k, &results) {
            Ok(r) => {
                let hash = match &r {
                    Resolved::Sample(p, model) => with_model(identities.sample(task, k, p), model.as_ref()),
                    Resolved::Anneal(p, model) => with_model(identities.anneal(task, k, p), model.as_ref()),
                };
                hashes.update(hash.as_bytes());
                let found = known.remove(&hash).or_else(|| parts.and_then(|p| p.read_point(&hash)));
                match found {
                    Some(point) => *slot = Some(point),
                    None => {
                        sweeps += work(&r);
                        missing.push((k, hash, r));
                    }
                }
            }
            Err(reason) => *slot = Some(failed(String::new(), reason)),
        }
    }
    let kept = points.iter().flatten().filter(|p| p.failed.is_none()).count();
    outcome.kept += kept;
    watch.task(&task.name, count, kept, sweeps);
    let done: Mutex<Vec<(usize, PointResult)>> = Mutex::new(Vec::new());
    let trouble: Mutex<Option<Diagnostic>> = Mutex::new(None);
    pool.install(|| {
        missing.par_iter().with_max_len(1).for_each(|(k, hash, r)| {
            let stop = || watch.stop() || trouble.lock().is_ok_and(|t| t.is_some());
            if stop() {
                return;
            }
            let s = Surroundings { plan, task, point: *k, parts, watch, hash };
            let started = std::time::Instant::now();
            let result = match r {
                Resolved::Sample(p, model) => sample::run(&s, p, model.as_ref().unwrap_or(&plan.models[p.model as usize])),
                Resolved::Anneal(p, model) => anneal::run(&s, p, model.as_ref().unwrap_or(&plan.models[p.model as usize])),
            };
            let point = match result {
                Ok(mut point) => {
                    point.hash = hash.clone();
                    point.wall_seconds = started.elapsed().as_secs_f64();
                    if let Some(parts) = parts {
                        if let Err(d) = parts.write_point(&point) {
                            if let Ok(mut t) = trouble.lock() {
                                t.get_or_insert(d);
                            }
                            return;
                        }
                        parts.remove_checkpoint(hash);
                    }
                    point
                }
                Err(Stopped::Interrupted) => return,
                Err(Stopped::Failed(reason)) => failed(hash.clone(), reason),
            };
            watch.point();
            if let Ok(mut done) = done.lock() {
                done.push((*k, point));
            }
        });
    });
    watch.task_done();
    if let Ok(Some(d)) = trouble.into_inner() {
        return Err(vec![d]);
    }
    for (k, point) in done.into_inner().unwrap_or_default() {
        outcome.computed += usize::from(point.failed.is_none());
        points[k] = Some(point);
    }
    outcome.interrupted |= points.iter().any(Option::is_none);
    Ok(TaskResult {
        name: task.name.clone(),
        kind: task.kind().to_string(),
        doc: task.doc.clone(),
        plan_hash: hashes.finalize().to_hex()[..32].to_string(),
        axes: task.axes.clone(),
        descriptions: task.descriptions.clone(),
        points,
    })
}

/// A model that took values from results is another model.
fn with_model(hash: String, model: Option<&crate::plan::Model>) -> String {
    match model.and_then(|m| postcard::to_stdvec(&m.energy).ok()) {
        Some(bytes) => blake3::hash(&[hash.as_bytes(), &bytes].concat()).to_hex()[..32].to_string(),
        None => hash,
    }
}

fn failed(hash: String, reason: String) -> PointResult {
    PointResult {
        hash,
        kernel: String::new(),
        wall_seconds: 0.0,
        quantities: vec![],
        kept: vec![],
        warnings: vec![],
        failed: Some(reason),
    }
}

/// The sweeps of a point, for the progress bar.
fn work(r: &Resolved) -> u64 {
    match r {
        Resolved::Sample(p, _) if p.method == crate::plan::Method::Exact => 1,
        Resolved::Sample(p, _) => p.warmup.saturating_add(p.sweeps).saturating_mul(u64::from(p.chains) * u64::from(p.replicas)),
        Resolved::Anneal(p, _) => p.sweeps.saturating_mul(u64::from(p.chains)),
    }
}

/// A point with the results that it uses put in.
fn resolved(plan: &Plan, task: &Task, k: usize, results: &Results) -> Result<Resolved, String> {
    let mut value = |e: &Expr| -> Result<f64, String> {
        match results.derive(e)?.value[..] {
            [x] if x.is_finite() => Ok(x),
            _ => Err("a result that this point uses is not a finite number".to_string()),
        }
    };
    let model = |index: u32, value: resolve::Lookup| -> Result<Option<crate::plan::Model>, String> {
        let m = &plan.models[index as usize];
        if m.energy.is_deferred() { resolve::model(m, value).map(Some) } else { Ok(None) }
    };
    Ok(match &task.work {
        Work::Sample { points, .. } => {
            let mut p = points[k].clone();
            p.temperature = resolve::temperature(&p.temperature, &mut value)?;
            let m = model(p.model, &mut value)?;
            Resolved::Sample(p, m)
        }
        Work::Anneal { points } => {
            let mut p = points[k].clone();
            p.schedule = resolve::schedule(&p.schedule, &mut value)?;
            let m = model(p.model, &mut value)?;
            Resolved::Anneal(p, m)
        }
    })
}

/// Warnings and failures of a task's points as diagnostics, one for each kind.
fn report(task: &TaskResult, plan: &Plan, elaborated: &Elaborated, out: &mut Vec<Diagnostic>) {
    let place = elaborated.places.iter().find(|p| p.task == task.name);
    let labels = |k: usize| plan.tasks.iter().find(|t| t.name == task.name).map(|t| t.labels(k).join(", ")).unwrap_or_default();
    let at = |k: usize| if task.axes.is_empty() { String::new() } else { format!(" at {}", labels(k)) };
    let mut kinds: Vec<(String, usize, String, usize)> = Vec::new();
    for (k, point) in task.points.iter().enumerate() {
        let Some(point) = point else { continue };
        if let Some(reason) = &point.failed {
            let mut d =
                Diagnostic::general(codes::RUN_FAILED, format!("`{}`{} could not be computed: {reason}", task.name, at(k)));
            d.span = place.map(|p| p.name);
            if !out.iter().any(|x| x.code == d.code && x.span == d.span) {
                out.push(d);
            }
        }
        for w in &point.warnings {
            match kinds.iter_mut().find(|(code, ..)| *code == w.code) {
                Some(entry) => entry.3 += 1,
                None => kinds.push((w.code.clone(), k, w.message.clone(), 1)),
            }
        }
    }
    for (code, k, message, count) in kinds {
        let Some(page) = codes::page(&code) else { continue };
        let more = if count > 1 { format!(" (and {} more like it)", count - 1) } else { String::new() };
        let mut d = Diagnostic::general(page.code, format!("`{}`{}: {message}{more}", task.name, at(k)));
        d.severity = crate::diagnostic::Severity::Warning;
        d.span = place.map(|p| if code == codes::NOT_MIXED.0 { p.of("warmup") } else { p.of("sweeps") });
        out.push(d);
    }
}
