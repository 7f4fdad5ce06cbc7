//! What `ann explain` says of a plan: for each task its points, for each model and method the normal form, the kernel and its cost,
//! and for trainings and probes what is in `descent`.

mod descent;
mod layers;
mod text;

pub use descent::{DataExplanation, Descent, LookExplanation, Steps};
pub use layers::LayerExplanation;

use super::choose::{Refusal, choose};
use super::exact_choice::choose_exact;
use super::materials::Materials;
use super::observe::Compiled;
use super::programs::Programs;
use crate::plan::{Ladder, Looks, Method, Plan, SamplePoint, Task, Work};
use serde::Serialize;
use std::sync::Arc;

/// A whole plan, explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    pub tasks: Vec<TaskExplanation>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskExplanation {
    pub name: String,
    /// `sample`, `anneal`, `train` or `probe`
    pub kind: String,
    pub axes: Vec<AxisExplanation>,
    pub points: usize,
    /// Of a `sample` or an `anneal`.
    pub groups: Vec<Group>,
    /// Of a `train` or a `probe`.
    pub descents: Vec<Descent>,
    /// Of all points on one thread, without what could not be told.
    pub seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AxisExplanation {
    pub name: String,
    pub points: usize,
    pub first: String,
    pub last: String,
}

/// The points of a task that share a model and a method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    pub model: String,
    pub method: String,
    pub points: usize,
    pub chains: u32,
    /// The energy in normal form, or `None` with the reason in `no_normal_form`.
    pub normal_form: Option<String>,
    pub no_normal_form: Option<String>,
    pub kernel: Option<String>,
    pub reason: Option<String>,
    pub rejected: Vec<Rejection>,
    /// Of the chains of one point together.
    pub memory_bytes: u64,
    /// Of all points of the group on one thread.
    pub seconds: f64,
    /// Why nothing can run.
    pub refused: Option<Refusal>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rejection {
    pub kernel: String,
    pub why: String,
}

/// One point, as far as it matters here.
struct Point<'a> {
    model: u32,
    method: Method,
    chains: u32,
    replicas: u32,
    sweeps: f64,
    looks: &'a Arc<Looks>,
}

fn sweeps(p: &SamplePoint) -> f64 {
    if p.method.population() > 1 { p.sweeps as f64 } else { p.warmup as f64 + p.sweeps as f64 }
}

/// How many points come from one run.
fn together(task: &Task, method: Method) -> f64 {
    let Work::Sample { ladder: Some(Ladder { axis: Some(axis), .. }), .. } = &task.work else { return 1.0 };
    let axis = task.axes.iter().find(|a| a.name == *axis && method.is_flat());
    axis.map_or(1.0, |a| a.coordinates.len().max(1) as f64)
}

fn points(task: &Task) -> Vec<Point<'_>> {
    match &task.work {
        Work::Sample { points, .. } => points
            .iter()
            .map(|p| Point {
                model: p.model,
                method: p.method,
                chains: p.chains.saturating_mul(p.replicas.max(1)).saturating_mul(p.method.population() as u32),
                replicas: p.replicas,
                sweeps: sweeps(p) / together(task, p.method),
                looks: &p.looks,
            })
            .collect(),
        Work::Anneal { points } => points
            .iter()
            .map(|p| Point {
                model: p.model,
                method: p.method,
                chains: p.chains,
                replicas: 1,
                sweeps: p.sweeps as f64,
                looks: &p.looks,
            })
            .collect(),
        Work::Train { .. } | Work::Probe { .. } => vec![],
    }
}

/// Explains a plan. Models whose energies depend on results are explained as far as they are known.
pub fn explain(plan: &Plan) -> Explanation {
    let mut programs = Programs::new(plan);
    Explanation { tasks: plan.tasks.iter().map(|t| explain_task(plan, t, &mut programs)).collect() }
}

fn explain_task(plan: &Plan, task: &Task, programs: &mut Programs) -> TaskExplanation {
    let mut groups: Vec<(u32, Method, Group)> = Vec::new();
    for point in points(task) {
        // Each model and method is looked at once; its further points only add their time.
        let known = groups.iter().position(|g| g.0 == point.model && g.1 == point.method);
        let at = known.unwrap_or_else(|| {
            groups.push((point.model, point.method, group(plan, &point)));
            groups.len() - 1
        });
        let g = &mut groups[at].2;
        g.points += 1;
        g.chains = g.chains.max(point.chains);
    }
    // So far a group has the time of one sweep of one chain, or of one exact point.
    let mut seconds = vec![0.0; groups.len()];
    for point in points(task) {
        if let Some(k) = groups.iter().position(|g| g.0 == point.model && g.1 == point.method) {
            let work = if point.method == Method::Exact { 1.0 } else { point.sweeps * f64::from(point.chains) };
            seconds[k] += groups[k].2.seconds * work;
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|g| g.2).collect();
    groups.iter_mut().zip(&seconds).for_each(|(g, s)| g.seconds = *s);
    let descents = match &task.work {
        Work::Train { points } => descent::of_training(programs, points),
        Work::Probe { points } => descent::of_probe(programs, points),
        _ => vec![],
    };
    let axes = task.axes.iter().map(|a| {
        let n = a.coordinates.len();
        let label = |i: usize| if n == 0 { String::new() } else { a.coordinates.label(i) };
        AxisExplanation { name: a.name.clone(), points: n, first: label(0), last: label(n.saturating_sub(1)) }
    });
    TaskExplanation {
        name: task.name.clone(),
        kind: task.kind().into(),
        axes: axes.collect(),
        points: task.len(),
        seconds: groups.iter().map(|g| g.seconds).chain(descents.iter().map(|d| d.seconds)).sum(),
        groups,
        descents,
    }
}

/// A group with the time of one sweep of one chain (of one point where exact).
fn group(plan: &Plan, point: &Point) -> Group {
    let mut g = Group {
        model: String::new(),
        method: point.method.text(),
        points: 0,
        chains: point.chains,
        normal_form: None,
        no_normal_form: None,
        kernel: None,
        reason: None,
        rejected: Vec::new(),
        memory_bytes: 0,
        seconds: 0.0,
        refused: None,
    };
    let Some(model) = plan.models.get(point.model as usize) else { return g };
    g.model = model.name.clone();
    let stand_ins = super::resolve::stand_ins(model);
    let standing = super::resolve::standing_in(model);
    let model = &*standing;
    let looks = &super::resolve::weighted_looks(point.looks, &stand_ins);
    let rejections =
        |all: &[(&'static str, String)]| all.iter().map(|(k, w)| Rejection { kernel: k.to_string(), why: w.clone() }).collect();
    let form = |form: &Result<String, String>| match form {
        Ok(text) => (Some(text.clone()), None),
        Err(why) => (None, Some(why.clone())),
    };
    if point.method == Method::Exact {
        let materials = Materials::new(plan);
        let compiled = Compiled::new(&materials, model, looks, point.replicas as usize, &|_| None);
        let refuse =
            |why| Refusal { message: "`exact` cannot serve this".into(), why, instead: "simplify what is observed".into() };
        match compiled.map_err(refuse).and_then(|c| choose_exact(plan, model, &c)) {
            Ok(choice) => {
                (g.normal_form, g.no_normal_form) = form(&choice.normal_form);
                (g.kernel, g.reason) = (Some(choice.kernel.into()), Some(choice.reason.clone()));
                g.rejected = rejections(&choice.rejected);
                g.seconds = choice.seconds;
            }
            Err(refusal) => g.refused = Some(refusal),
        }
        return g;
    }
    match choose(plan, model, point.method, point.chains as usize) {
        Ok(choice) => {
            (g.normal_form, g.no_normal_form) = form(&choice.normal_form);
            (g.kernel, g.reason) = (Some(choice.kernel.into()), Some(choice.reason.clone()));
            g.rejected = rejections(&choice.rejected);
            g.memory_bytes = choice.memory_bytes;
            g.seconds = choice.seconds_per_sweep;
        }
        Err(refusal) => g.refused = Some(refusal),
    }
    g
}
