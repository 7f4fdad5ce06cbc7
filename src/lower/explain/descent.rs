//! What is known of trainings and probes before they run: the function, its layers or operations, what is evaluated how often, the
//! memory and, as an estimate, the time.

use super::layers::{LayerExplanation, layers};
use crate::lower::choose::Refusal;
use crate::lower::network::Mode;
use crate::lower::parts::Part;
use crate::lower::programs::Programs;
use crate::lower::{machine, work};
use crate::plan::landscape::{Directions, Look, Precision, Probe, ProbePoint, SMALL, Subject};
use crate::plan::training::{LearningRule, Optimiser, TrainPoint};
use serde::Serialize;
use std::sync::Arc;

/// Points of a training or a probe that move or look at one function in one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Descent {
    /// The network or model, with its arguments.
    pub subject: String,
    pub points: usize,
    /// Of a network.
    pub layers: Vec<LayerExplanation>,
    /// Weights, or variables.
    pub variables: usize,
    /// Floating-point operations of one energy of a model.
    pub operations: Option<f64>,
    pub data: Option<DataExplanation>,
    pub precision: &'static str,
    pub why_precision: &'static str,
    pub steps: Option<Steps>,
    /// Operations of a gradient, over a batch in a training and over all of the data in a probe.
    pub gradient_flops: f64,
    /// Of a product with the Hessian over all of the data, where one is taken.
    pub product_flops: Option<f64>,
    pub weight_bytes: u64,
    /// Of one point, with its data.
    pub memory_bytes: u64,
    /// Of the weights of a model: the kernel, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// What a probe looks at, or a training records.
    pub looks: Vec<LookExplanation>,
    /// Of all these points on one thread: an estimate.
    pub seconds: f64,
    pub refused: Option<Refusal>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataExplanation {
    pub name: String,
    pub examples: usize,
    pub shape: Vec<usize>,
}

/// How a training moves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Steps {
    pub optimiser: &'static str,
    /// Examples of a step; none: all, or there are no data.
    pub batch: Option<u64>,
    pub per_epoch: u64,
    pub epochs: u64,
    pub seconds_per_step: f64,
}

/// A look of a probe, or of a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LookExplanation {
    /// The quantity that it belongs to.
    pub quantity: String,
    pub what: String,
    /// How often it is taken at a point.
    pub times: u64,
    /// Each time; `at_most` where iterations find the number of products.
    pub values: f64,
    pub gradients: f64,
    pub products: f64,
    pub at_most: Option<f64>,
    /// Of all times at a point.
    pub seconds: f64,
}

/// What tells descents apart, beside the looks.
#[derive(PartialEq)]
struct Likeness {
    subject: Subject,
    data: Option<u32>,
    precision: Precision,
    rule: Option<(&'static str, Option<u64>, u64)>,
}

/// The descents of a training.
pub fn of_training(programs: &mut Programs, points: &[TrainPoint]) -> Vec<Descent> {
    let mut found: Vec<(Likeness, *const u8, Descent)> = Vec::new();
    for p in points {
        let like = Likeness {
            subject: p.subject,
            data: p.data,
            precision: p.precision,
            rule: Some((p.optimiser.rule.name(), p.batch, p.epochs)),
        };
        let looks = Arc::as_ptr(&p.looks).cast::<u8>();
        join(&mut found, like, looks, || training(programs, p));
    }
    finished(found)
}

/// The descents of a probe.
pub fn of_probe(programs: &mut Programs, points: &[ProbePoint]) -> Vec<Descent> {
    let mut found: Vec<(Likeness, *const u8, Descent)> = Vec::new();
    for p in points {
        let like = Likeness { subject: p.subject, data: p.data, precision: p.precision, rule: None };
        let looks = Arc::as_ptr(&p.looks).cast::<u8>();
        join(&mut found, like, looks, || probe(programs, p));
    }
    finished(found)
}

/// Counts a point to those like it; the first of its kind is looked at.
fn join(found: &mut Vec<(Likeness, *const u8, Descent)>, like: Likeness, looks: *const u8, make: impl FnOnce() -> Descent) {
    match found.iter_mut().find(|f| f.0 == like && f.1 == looks) {
        Some(known) => known.2.points += 1,
        None => found.push((like, looks, make())),
    }
}

fn finished(found: Vec<(Likeness, *const u8, Descent)>) -> Vec<Descent> {
    let all = found.into_iter().map(|f| f.2);
    all.map(|d| Descent { seconds: d.seconds * d.points as f64, ..d }).collect()
}

/// What both have.
fn begun(programs: &mut Programs, subject: Subject, data: Option<u32>, precision: Precision, probe: bool) -> Descent {
    let plan = programs.plan;
    let variables = programs.dimension(subject);
    let (name, table, operations) = match subject {
        Subject::Network(n) => {
            let n = &plan.networks[n as usize];
            (n.name.clone(), layers(n), None)
        }
        Subject::Machine(m) => (plan.models[m as usize].name.clone(), Ok(vec![]), None),
        Subject::Model(m) => {
            let value = programs.program(subject, Mode::Evaluation, Part::Value);
            (plan.models[m as usize].name.clone(), Ok(vec![]), value.ok().map(|p| p.flops(1)))
        }
    };
    let set = data.and_then(|k| programs.facts(k).ok().map(|f| (k, f)));
    let (precision_name, why) = match (precision, subject) {
        (Precision::F64, Subject::Model(_) | Subject::Machine(_)) => {
            ("f64", "what models are computed in unless `precision` says otherwise")
        }
        (Precision::F64, _) if probe && variables <= SMALL => {
            ("f64", "a probe of at most 20,000 weights, unless `precision` says otherwise")
        }
        (Precision::F32, Subject::Network(_)) if !probe || variables > SMALL => {
            ("f32", "what networks are computed in unless `precision` says otherwise")
        }
        (Precision::F64, _) => ("f64", "as `precision` says"),
        (Precision::F32, _) => ("f32", "as `precision` says"),
    };
    Descent {
        subject: name,
        points: 1,
        refused: table.as_ref().err().cloned().map(refusal),
        layers: table.unwrap_or_default(),
        variables,
        operations,
        data: set.map(|(k, f)| DataExplanation {
            name: plan.data[k as usize].describe(),
            examples: f.examples,
            shape: f.shape.clone(),
        }),
        precision: precision_name,
        why_precision: why,
        steps: None,
        gradient_flops: 0.0,
        product_flops: None,
        weight_bytes: (variables * work::bytes(precision)) as u64,
        memory_bytes: 0,
        kernel: None,
        looks: vec![],
        seconds: 0.0,
    }
}

fn refusal(why: String) -> Refusal {
    Refusal {
        message: "this cannot be differentiated".into(),
        why,
        instead: "write it with layers and elementwise functions".into(),
    }
}

/// Of the weights of a model: the kernel, and what is done how often.
fn learning(programs: &mut Programs, p: &TrainPoint, model: u32) -> Descent {
    let mut d = begun(programs, p.subject, p.data, p.precision, false);
    let plan = programs.plan;
    match machine::recognise(plan, &plan.models[model as usize]) {
        Ok(found) => d.kernel = Some(format!("{}: {}", found.kernel, found.reason)),
        Err(why) => {
            d.refused = Some(Refusal {
                instead: "write it as a sum of weights times products of functions of units".into(),
                ..refusal(why)
            });
            return d;
        }
    }
    let examples = programs.examples(p.data);
    let batch = p.batch.map_or(examples, |b| (b as usize).min(examples)) as f64;
    let sweeps = match p.learning.as_ref().map(|l| &l.rule) {
        Some(LearningRule::Contrastive { steps } | LearningRule::Persistent { steps, .. } | LearningRule::Fast { steps, .. }) => {
            *steps
        }
        Some(LearningRule::Tempered { steps, temperatures, .. }) => steps * temperatures,
        Some(LearningRule::MeanField { steps, .. }) => *steps,
        _ => 1,
    };
    // Products of the weights with the batch: two for each sweep, and four for the statistics.
    d.gradient_flops = 2.0 * batch * d.variables as f64 * (2.0 * sweeps as f64 + 4.0);
    if let Optimiser::NaturalGradient { steps, .. } = p.optimiser.rule {
        // Two products of each step with the statistics of the chains, which are about as many as the batch has examples.
        d.gradient_flops += 4.0 * batch * d.variables as f64 * (steps as f64).min(d.variables as f64);
    }
    let per_epoch = programs.per_epoch(p);
    let each = d.gradient_flops / work::MACHINE;
    d.seconds = per_epoch as f64 * p.epochs as f64 * each;
    d.memory_bytes = (5 * 8 * d.variables) as u64 + programs.data_memory(p.data, p.precision);
    let rule = p.learning.as_ref().map_or("", |l| l.rule.name());
    d.steps = Some(Steps { optimiser: rule, batch: p.batch, per_epoch, epochs: p.epochs, seconds_per_step: each });
    d
}

fn training(programs: &mut Programs, p: &TrainPoint) -> Descent {
    if let Subject::Machine(m) = p.subject {
        return learning(programs, p, m);
    }
    let mut d = begun(programs, p.subject, p.data, p.precision, false);
    let examples = programs.examples(p.data);
    let batch = p.batch.map_or(examples, |b| (b as usize).min(examples));
    let per_epoch = programs.per_epoch(p);
    let gradient = match programs.program(p.subject, Mode::Training, Part::Gradient) {
        Ok(gradient) => gradient,
        Err(why) => {
            d.refused = Some(refusal(why));
            return d;
        }
    };
    d.gradient_flops = gradient.flops(batch);
    let each = step_seconds(programs, p, work::seconds(&gradient, batch, p.precision, None));
    d.memory_bytes = programs.training_memory(p);
    for block in &p.looks.blocks {
        let times = block.times.at.len() as u64;
        for k in work::looks_of(block) {
            let Some(look) = p.looks.looks.get(k as usize) else { continue };
            let at = Place { subject: p.subject, data: p.data, precision: p.precision, times, vectors: false };
            d.looks.push(explained(programs, look, at));
        }
    }
    let steps = per_epoch as f64 * p.epochs as f64;
    d.seconds = steps * each + d.looks.iter().map(|l| l.seconds).sum::<f64>();
    d.product_flops = product_flops(programs, p.subject, &d.looks, p.data);
    d.steps =
        Some(Steps { optimiser: p.optimiser.rule.name(), batch: p.batch, per_epoch, epochs: p.epochs, seconds_per_step: each });
    d
}

/// The time of a step whose gradient takes so long.
fn step_seconds(programs: &mut Programs, p: &TrainPoint, gradient: f64) -> f64 {
    let n = programs.dimension(p.subject) as f64;
    // Parameters, gradient and memory of the optimiser go through the caches once.
    let update = 6.0 * n * work::bytes(p.precision) as f64 / work::BYTES;
    match &p.optimiser.rule {
        // Mostly the first step of a line search is taken.
        Optimiser::Lbfgs { memory, .. } => 1.2 * gradient + 4.0 * *memory as f64 * n * 8.0 / work::BYTES,
        Optimiser::Escape { every, .. } => {
            let search = work::escape();
            gradient + update + programs.seconds(p.subject, &search, p.data, p.precision) / *every as f64
        }
        _ => gradient + update,
    }
}

fn probe(programs: &mut Programs, p: &ProbePoint) -> Descent {
    let mut d = begun(programs, p.subject, p.data, p.precision, true);
    if let Subject::Machine(m) = p.subject {
        let plan = programs.plan;
        match machine::recognise(plan, &plan.models[m as usize]) {
            Ok(found) => d.kernel = Some(format!("{}: {}", found.kernel, found.reason)),
            Err(why) => d.refused = Some(refusal(why)),
        }
        return d;
    }
    let gradient = match programs.program(p.subject, Mode::Evaluation, Part::Gradient) {
        Ok(gradient) => gradient,
        Err(why) => {
            d.refused = Some(refusal(why));
            return d;
        }
    };
    d.gradient_flops = gradient.flops(programs.examples(p.data));
    d.memory_bytes = programs.probe_memory(p);
    // Eigenvectors that several looks go along are found once.
    let mut known: Vec<(Directions, Option<u32>)> = Vec::new();
    for look in p.looks.iter() {
        let mut vectors = false;
        if let Some(directions @ Directions::Hessian { .. }) = look.what.directions() {
            let of = (directions.clone(), look.data.or(p.data));
            vectors = known.contains(&of);
            known.push(of);
        }
        let at = Place { subject: p.subject, data: p.data, precision: p.precision, times: 1, vectors };
        d.looks.push(explained(programs, look, at));
    }
    d.seconds = d.looks.iter().map(|l| l.seconds).sum();
    d.product_flops = product_flops(programs, p.subject, &d.looks, p.data);
    d
}

/// Operations of a product with the Hessian, where a look takes some.
fn product_flops(programs: &mut Programs, subject: Subject, looks: &[LookExplanation], data: Option<u32>) -> Option<f64> {
    if !looks.iter().any(|l| l.products > 0.0) {
        return None;
    }
    let examples = programs.examples(data);
    programs.program(subject, Mode::Evaluation, Part::Hessian).ok().map(|p| p.flops_after(examples, 1))
}

/// Where and how often a look is taken.
struct Place {
    subject: Subject,
    data: Option<u32>,
    precision: Precision,
    times: u64,
    /// The eigenvectors that it goes along are known.
    vectors: bool,
}

fn explained(programs: &mut Programs, look: &Look, at: Place) -> LookExplanation {
    let Place { subject, times, .. } = at;
    let work = programs.work(subject, look, at.vectors);
    let seconds = programs.seconds(subject, &work, look.data.or(at.data), at.precision) * times as f64;
    let what = match (&look.what, subject) {
        (Probe::Metric(k), Subject::Network(n)) => {
            programs.plan.networks[n as usize].metrics.get(*k as usize).map_or(String::new(), |m| m.0.clone())
        }
        (Probe::Loss, Subject::Model(_)) => "energy".into(),
        (what, _) => what.name().to_string(),
    };
    LookExplanation {
        quantity: look.quantity().to_string(),
        what,
        times,
        values: work.values(),
        gradients: work.gradients(),
        products: work.products(),
        at_most: work.at_most,
        seconds,
    }
}
