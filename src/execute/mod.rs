//! Running a plan: points over threads, parts as they are finished, then the file.
//!
//! Nothing here depends on the number of threads or on the order in which points end: a point's
//! numbers are a function of its identity alone.

mod analyses;
mod anneal;
mod binned;
mod chains;
mod check;
mod derive;
mod earlier;
mod exchange;
mod figure;
mod header;
mod histogram;
mod identity;
mod kept;
mod landscape;
mod look;
mod measure;
mod outputs;
mod population;
mod probe;
mod replicas;
mod rungs;
mod sample;
mod table;
mod train;
mod units;
mod until;
mod weighted;

pub use check::check;
pub use derive::Labelled;
pub use earlier::Earlier;
pub use header::{now, write_figures};
pub use outputs::{figures_so_far, outputs};

use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborated;
use crate::lower::data::DataSets;
use crate::plan::{Method, Plan, Task, Work};
use crate::results::{PointResult, RunResult, TaskResult};
use crate::session::{Outcome, RunOptions, Watch};
use crate::store::{self, Parts};
use derive::Results;
use identity::Identities;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Mutex;
use units::Unit;

/// How a point ended that gave no result.
enum Stopped {
    /// Asked to stop; what was done so far is in the checkpoint.
    Interrupted,
    Failed(String),
}

/// What a driver needs besides the point.
#[derive(Clone, Copy)]
struct Surroundings<'s> {
    plan: &'s Plan,
    task: &'s Task,
    point: usize,
    parts: Option<&'s Parts>,
    watch: &'s dyn Watch,
    hash: &'s str,
    /// The tasks before this one.
    before: &'s [TaskResult],
    sets: &'s DataSets,
}

/// What all points of a task share.
#[derive(Clone, Copy)]
struct Around<'s> {
    plan: &'s Plan,
    parts: Option<&'s Parts>,
    watch: &'s dyn Watch,
    before: &'s [TaskResult],
    sets: &'s DataSets,
    /// Nothing of the task is computed now.
    held: bool,
}

impl Surroundings<'_> {
    /// A numeric coordinate of the point.
    fn coordinate(&self, axis: &str) -> Option<f64> {
        let at = self.task.axes.iter().position(|a| a.name == axis)?;
        self.task.axes[at].coordinates.number(self.task.position(self.point)[at])
    }
}

/// What some outputs of a plan show, claim and draw, from results that are there.
pub fn lines(outputs: &[crate::plan::Output], tasks: &[TaskResult]) -> Vec<crate::session::Line> {
    outputs::outputs(outputs, tasks, false).lines
}

/// Runs a plan.
pub fn run(elaborated: &Elaborated, options: &RunOptions, watch: &dyn Watch) -> Result<Outcome, Vec<Diagnostic>> {
    run_with(elaborated, options, watch, &Earlier::default())
}

/// Runs a plan; points that are among earlier results are not computed again.
pub fn run_with(
    elaborated: &Elaborated,
    options: &RunOptions,
    watch: &dyn Watch,
    earlier: &Earlier,
) -> Result<Outcome, Vec<Diagnostic>> {
    let plan = &elaborated.plan;
    let mut known: Known = HashMap::new();
    remember(&mut known, earlier.tasks.iter().copied());
    let file;
    let mut parts = None;
    let mut complete_file = false;
    if let Some(path) = &options.output {
        store::check_target(path).map_err(|d| vec![d])?;
        let opened = Parts::open(path).map_err(|d| vec![d])?;
        if options.fresh {
            opened.clear().map_err(|d| vec![d])?;
        } else if path.exists() {
            file = store::read(path).map_err(|d| vec![d])?;
            complete_file = file.header.complete;
            remember(&mut known, file.tasks.iter());
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
    let sets = DataSets::default();
    for task in &plan.tasks {
        let around = Around { plan, parts: parts.as_ref(), watch, before: &tasks, sets: &sets, held: earlier.holds(&task.name) };
        let finished = run_task(&around, task, &identities, &known, &pool, &mut outcome)?;
        sets.supply(plan, &finished);
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
    let partial = tasks.iter().any(|t| earlier.holds(&t.name) && t.points.iter().any(Option::is_none));
    let outputs = if outcome.interrupted { outputs::Outputs::default() } else { outputs(&plan.outputs, &tasks, partial) };
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
            header::write_figures(&plan.outputs, &outcome.lines, path, &mut outcome.files).map_err(|d| vec![d])?;
        }
    }
    Ok(outcome)
}

/// Points that are there, by their hashes.
type Known<'t> = HashMap<&'t str, &'t PointResult>;

fn remember<'t>(known: &mut Known<'t>, tasks: impl Iterator<Item = &'t TaskResult>) {
    for task in tasks {
        for point in task.points.iter().flatten().filter(|p| p.failed.is_none()) {
            known.insert(&point.hash, point);
        }
    }
}

fn run_task(
    around: &Around,
    task: &Task,
    identities: &Identities,
    known: &Known,
    pool: &rayon::ThreadPool,
    outcome: &mut Outcome,
) -> Result<TaskResult, Vec<Diagnostic>> {
    let Around { plan, parts, watch, before, .. } = *around;
    let results = Results::new(before);
    let count = task.len();
    let mut points: Vec<Option<PointResult>> = vec![None; count];
    let mut sweeps = 0;
    let mut hashes = blake3::Hasher::new();
    let mut missing: Vec<Unit> = Vec::new();
    for line in units::lines_of(task) {
        match units::Unit::new(plan, task, line.clone(), &results, identities, before) {
            Ok(unit) => {
                let mut open = false;
                for (&k, hash) in unit.points.iter().zip(&unit.hashes) {
                    hashes.update(hash.as_bytes());
                    points[k] = known.get(hash.as_str()).map(|p| (*p).clone()).or_else(|| parts.and_then(|p| p.read_point(hash)));
                    open |= points[k].is_none();
                }
                if open {
                    // What runs together is run again together.
                    unit.points.iter().for_each(|&k| points[k] = None);
                    sweeps += unit.sweeps();
                    missing.push(unit);
                }
            }
            // What a held task needs may be missing as well.
            Err(_) if around.held => {}
            Err(reason) => line.iter().for_each(|&k| points[k] = Some(failed(String::new(), reason.clone()))),
        }
    }
    let kept = points.iter().flatten().filter(|p| p.failed.is_none()).count();
    outcome.kept += kept;
    if around.held {
        missing.clear();
        sweeps = 0;
    }
    let hashes = hashes.finalize().to_hex()[..32].to_string();
    watch.task(&task.name, count, kept, sweeps);
    let done: Mutex<Vec<(usize, PointResult)>> = Mutex::new(Vec::new());
    let trouble: Mutex<Option<Diagnostic>> = Mutex::new(None);
    pool.install(|| {
        missing.par_iter().with_max_len(1).for_each(|unit| {
            let stop = || watch.stop() || trouble.lock().is_ok_and(|t| t.is_some());
            if stop() {
                return;
            }
            let started = std::time::Instant::now();
            let finished = match unit.run(around, task) {
                Ok(finished) => finished,
                Err(Stopped::Interrupted) => return,
                Err(Stopped::Failed(reason)) => unit.points.iter().map(|_| failed(String::new(), reason.clone())).collect(),
            };
            let seconds = started.elapsed().as_secs_f64() / unit.points.len() as f64;
            for ((&k, hash), mut point) in unit.points.iter().zip(&unit.hashes).zip(finished) {
                point.hash = hash.clone();
                if point.failed.is_none() {
                    point.wall_seconds = seconds;
                    if let Some(parts) = parts
                        && let Err(d) = parts.write_point(&point)
                    {
                        if let Ok(mut t) = trouble.lock() {
                            t.get_or_insert(d);
                        }
                        return;
                    }
                }
                watch.point();
                if let Ok(mut done) = done.lock() {
                    done.push((k, point));
                }
            }
            watch.grown(&|| so_far(before, task, &hashes, &points, &done));
            if let Some(parts) = parts {
                unit.hashes.iter().for_each(|hash| parts.remove_checkpoint(hash));
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
    outcome.interrupted |= !around.held && points.iter().any(Option::is_none);
    Ok(result(task, hashes, points))
}

fn result(task: &Task, plan_hash: String, points: Vec<Option<PointResult>>) -> TaskResult {
    TaskResult {
        name: task.name.clone(),
        kind: task.kind().to_string(),
        doc: task.doc.clone(),
        plan_hash,
        axes: task.axes.clone(),
        descriptions: task.descriptions.clone(),
        updates: updates(&points) + &ties(task),
        points,
    }
}

/// All results while a task runs: the tasks before it, and those of its points that are there.
fn so_far(
    before: &[TaskResult],
    task: &Task,
    hash: &str,
    kept: &[Option<PointResult>],
    done: &Mutex<Vec<(usize, PointResult)>>,
) -> Vec<TaskResult> {
    let mut points = kept.to_vec();
    if let Ok(done) = done.lock() {
        done.iter().for_each(|(k, point)| points[*k] = Some(point.clone()));
    }
    before.iter().cloned().chain([result(task, hash.to_string(), points)]).collect()
}

/// The order in which the kernels of some points update the sites.
fn updates(points: &[Option<PointResult>]) -> String {
    let kernels: std::collections::BTreeSet<&str> = points.iter().flatten().map(|p| p.kernel.as_str()).collect();
    match &kernels.iter().map(|k| (k, crate::lower::order(k))).collect::<Vec<_>>()[..] {
        [(_, only)] => only.to_string(),
        all => all.iter().filter(|(_, o)| !o.is_empty()).map(|(k, o)| format!("{k}: {o}")).collect::<Vec<_>>().join("; "),
    }
}

/// What units do at temperature 0 when none of their values is better, where the method says so.
fn ties(task: &Task) -> String {
    let Work::Sample { points, .. } = &task.work else { return String::new() };
    let words: std::collections::BTreeSet<&str> = points
        .iter()
        .filter_map(|p| match p.method {
            Method::Units { ties, .. } | Method::Synchronous { ties } => Some(ties.name()),
            _ => None,
        })
        .collect();
    if words.is_empty() { String::new() } else { format!("; ties: {}", words.into_iter().collect::<Vec<_>>().join(", ")) }
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
        let of_warmup = code == codes::NOT_MIXED.0 || code == codes::NOT_LEARNT.0;
        d.span = place.map(|p| {
            p.of(if of_warmup {
                "warmup"
            } else if code == codes::FEW_FAMILIES.0 {
                "method"
            } else {
                "sweeps"
            })
        });
        out.push(d);
    }
}
