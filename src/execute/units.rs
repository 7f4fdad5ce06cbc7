//! What runs as one: a point, or the points of a ladder.

use super::derive::Results;
use super::identity::Identities;
use super::landscape::found;
use super::{Around, Stopped, Surroundings, anneal, exchange, histogram, population, probe, sample, train};
use crate::lower::resolve;
use crate::plan::{
    AnnealPoint, At, Expr, Looks, Method, Model, Optimiser, Plan, ProbePoint, SamplePoint, Subject, Task, TrainPoint, Work, lines,
};
use crate::results::{PointResult, TaskResult};
use std::sync::Arc;

/// A point with its deferred values filled in.
enum Resolved {
    Sample(SamplePoint, Option<Model>),
    Anneal(AnnealPoint, Option<Model>),
    Train(TrainPoint),
    Probe(ProbePoint),
}

/// The points that run together, each group in the order of its axis.
pub fn lines_of(task: &Task) -> Vec<Vec<usize>> {
    match &task.work {
        Work::Sample { ladder: Some(ladder), .. } => match &ladder.axis {
            Some(axis) => lines(&task.axes, axis, task.len()),
            None => (0..task.len()).map(|k| vec![k]).collect(),
        },
        _ => (0..task.len()).map(|k| vec![k]).collect(),
    }
}

/// Points that run as one, their deferred values filled in.
pub struct Unit {
    pub points: Vec<usize>,
    pub hashes: Vec<String>,
    resolved: Vec<Resolved>,
    exchange: bool,
    adaptive: bool,
}

/// A point of a ladder with its model.
pub struct Rung<'r> {
    pub point: usize,
    pub p: &'r SamplePoint,
    pub model: &'r Model,
}

impl Unit {
    pub fn new(
        plan: &Plan,
        task: &Task,
        points: Vec<usize>,
        results: &Results,
        identities: &Identities,
        before: &[TaskResult],
    ) -> Result<Unit, String> {
        let resolved: Vec<Resolved> =
            points.iter().map(|&k| resolved(plan, task, k, results, before)).collect::<Result<_, _>>()?;
        let mut hashes: Vec<String> = points
            .iter()
            .zip(&resolved)
            .map(|(&k, r)| match r {
                Resolved::Sample(p, model) => with_model(identities.sample(task, k, p), model.as_ref()),
                Resolved::Anneal(p, model) => with_model(identities.anneal(task, k, p), model.as_ref()),
                Resolved::Train(p) => identities.train(task, k, p, before),
                Resolved::Probe(p) => identities.probe(task, k, p, before),
            })
            .collect();
        let (mut exchange, mut adaptive) = (false, false);
        if let Work::Sample { ladder: Some(ladder), .. } = &task.work {
            (exchange, adaptive) = (ladder.exchange, ladder.adaptive);
            // What runs together depends on all that do.
            let all = format!("{exchange} {adaptive} {}", hashes.join(" "));
            hashes.iter_mut().for_each(|h| *h = blake3::hash(format!("{h} of {all}").as_bytes()).to_hex()[..32].to_string());
        }
        Ok(Unit { points, hashes, resolved, exchange, adaptive })
    }

    /// The sweeps, for the progress bar.
    pub fn sweeps(&self) -> u64 {
        let of_one_run = |r: &&Resolved| matches!(r, Resolved::Sample(p, _) if p.method.is_flat());
        match self.resolved.iter().find(of_one_run) {
            Some(first) => work(first),
            None => self.resolved.iter().map(work).sum(),
        }
    }

    /// The results of the points, in their order.
    pub fn run(&self, around: &Around, task: &Task) -> Result<Vec<PointResult>, Stopped> {
        let plan = around.plan;
        let s = Surroundings {
            plan,
            task,
            point: self.points[0],
            parts: around.parts,
            watch: around.watch,
            hash: &self.hashes[0],
            before: around.before,
            sets: around.sets,
        };
        match &self.resolved[..] {
            [Resolved::Train(p)] => return train::run(&s, p).map(|r| vec![r]),
            [Resolved::Probe(p)] => return probe::run(&s, p).map(|r| vec![r]),
            _ => {}
        }
        if let [Resolved::Anneal(p, own)] = &self.resolved[..] {
            return anneal::run(&s, p, own.as_ref().unwrap_or(&plan.models[p.model as usize])).map(|r| vec![r]);
        }
        let rungs: Vec<Rung> = self
            .points
            .iter()
            .zip(&self.resolved)
            .filter_map(|(&point, r)| match r {
                Resolved::Sample(p, own) => {
                    Some(Rung { point, p, model: own.as_ref().unwrap_or(&plan.models[p.model as usize]) })
                }
                _ => None,
            })
            .collect();
        match rungs[0].p.method {
            _ if self.exchange => exchange::run(&s, &rungs, self.adaptive),
            m if m.is_flat() => histogram::run(&s, &rungs),
            Method::Population { size } => population::run(&s, &rungs, size),
            _ => rungs
                .iter()
                .zip(&self.hashes)
                .map(|(r, hash)| sample::run(&Surroundings { point: r.point, hash, ..s }, r.p, r.model))
                .collect(),
        }
    }
}

/// A model that took values from results is another model.
fn with_model(hash: String, model: Option<&Model>) -> String {
    match model.and_then(|m| postcard::to_stdvec(&(&m.energy, &m.field)).ok()) {
        Some(bytes) => blake3::hash(&[hash.as_bytes(), &bytes].concat()).to_hex()[..32].to_string(),
        None => hash,
    }
}

/// The sweeps of a point, for the progress bar.
fn work(r: &Resolved) -> u64 {
    match r {
        Resolved::Sample(p, _) if p.method == Method::Exact => 1,
        Resolved::Sample(p, _) if p.method.population() > 1 => {
            p.sweeps.saturating_mul(u64::from(p.chains) * p.method.population())
        }
        Resolved::Sample(p, _) => p.warmup.saturating_add(p.sweeps).saturating_mul(u64::from(p.chains) * u64::from(p.replicas)),
        Resolved::Anneal(p, _) => p.sweeps.saturating_mul(u64::from(p.chains)),
        Resolved::Train(p) => p.epochs,
        Resolved::Probe(p) => p.looks.len() as u64,
    }
}

/// A point with the results that it uses put in.
fn resolved(plan: &Plan, task: &Task, k: usize, results: &Results, before: &[TaskResult]) -> Result<Resolved, String> {
    let mut value = |e: &Expr| -> Result<f64, String> {
        match results.derive(e)?.value[..] {
            [x] if x.is_finite() => Ok(x),
            _ => Err("a result that this point uses is not a finite number".to_string()),
        }
    };
    let model = |index: u32, at: &At, looks: &mut Arc<Looks>, value: resolve::Lookup| -> Result<Option<Model>, String> {
        let m = &plan.models[index as usize];
        let resolved = if m.is_deferred() { Some(resolve::model(m, value)?) } else { None };
        if m.weights.is_empty() {
            return Ok(resolved);
        }
        let weights = found(plan, before, Subject::Machine(index), at, 0)?.point;
        let arrays = resolve::arrays(m, &weights);
        *looks = resolve::weighted_looks(looks, &arrays);
        Ok(Some(resolve::weighted(resolved.as_ref().unwrap_or(m), &arrays)))
    };
    Ok(match &task.work {
        Work::Sample { points, .. } => {
            let mut p = points[k].clone();
            p.temperature = resolve::temperature(&p.temperature, &mut value)?;
            let m = model(p.model, &p.weights, &mut p.looks, &mut value)?;
            p.start = p.start.resolved(&mut |e| results.derive(e).map(|q| q.value))?;
            Resolved::Sample(p, m)
        }
        Work::Anneal { points } => {
            let mut p = points[k].clone();
            p.schedule = resolve::schedule(&p.schedule, &mut value)?;
            let m = model(p.model, &p.weights, &mut p.looks, &mut value)?;
            p.start = p.start.resolved(&mut |e| results.derive(e).map(|q| q.value))?;
            Resolved::Anneal(p, m)
        }
        Work::Train { points } => {
            let mut p = points[k].clone();
            p.optimiser.rate = resolve::schedule(&p.optimiser.rate, &mut value)?;
            if let Optimiser::Langevin { temperature, .. } = &mut p.optimiser.rule {
                *temperature = resolve::schedule(temperature, &mut value)?;
            }
            Resolved::Train(p)
        }
        Work::Probe { points } => Resolved::Probe(points[k].clone()),
    })
}
