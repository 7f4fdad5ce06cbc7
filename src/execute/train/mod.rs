//! The driver of `train`: epochs of batches, records on the way, early stopping, checkpoints.

mod machine;
mod moves;
mod records;
mod state;

use super::landscape::{Looker, Running, found};
use super::{Stopped, Surroundings};
use crate::diagnostic::codes;
use crate::kernels::optimise::shuffled;
use crate::kernels::random::Key;
use crate::lower::data::Stored;
use crate::lower::schedule_at;
use crate::plan::draw::key_from;
use crate::plan::landscape::{At, Look, Precision, Probe, Subject};
use crate::plan::training::TrainPoint;
use crate::results::{Kept, PointResult, Quantity, Warning};
use machine::Learner;
use moves::{Moved, Moves};
use records::History;
use state::State;
use std::time::{Duration, Instant};

/// Between two checkpoints.
const CHECKPOINT: Duration = Duration::from_secs(20);

pub fn run(s: &Surroundings, p: &TrainPoint) -> Result<PointResult, Stopped> {
    match p.precision {
        Precision::F32 => Training::<f32>::new(s, p)?.run(),
        Precision::F64 => Training::<f64>::new(s, p)?.run(),
    }
}

struct Training<'a, T: Stored + serde::Serialize + for<'d> serde::Deserialize<'d>> {
    s: &'a Surroundings<'a>,
    p: &'a TrainPoint,
    state: State<T>,
    moves: Mover<T>,
    history: History,
    begin: Vec<f64>,
    per_epoch: u64,
    examples: usize,
}

/// What makes the steps.
enum Mover<T: Stored> {
    Descent(Box<Moves<T>>),
    Learner(Box<Learner<T>>),
}

impl<T: Stored> Mover<T> {
    fn new(s: &Surroundings, p: &TrainPoint) -> Result<Self, String> {
        Ok(match p.subject {
            Subject::Machine(_) => Mover::Learner(Box::new(Learner::new(s, p)?)),
            _ => Mover::Descent(Box::new(Moves::new(s, p)?)),
        })
    }

    fn examples(&self) -> usize {
        match self {
            Mover::Descent(m) => m.examples(),
            Mover::Learner(l) => l.examples(),
        }
    }

    /// The chains of a machine that go on from step to step.
    fn running(&self) -> Option<Running> {
        match self {
            Mover::Descent(_) => None,
            Mover::Learner(l) => l.running(),
        }
    }

    fn step(&mut self, state: &mut State<T>, rows: Option<&[u32]>, rate: f64, progress: f64, key: Key) -> Result<Moved, String> {
        match self {
            Mover::Descent(m) => m.step(state, rows, rate, progress, key),
            Mover::Learner(l) => l.step(state, rows, rate, key),
        }
    }
}

/// Why a training went no further.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Done,
    Early,
    /// The loss was not finite, at this epoch.
    Diverged(u64),
    /// As low as the numbers tell.
    Bottom,
}

impl<'a, T: Stored + serde::Serialize + for<'d> serde::Deserialize<'d>> Training<'a, T> {
    fn new(s: &'a Surroundings, p: &'a TrainPoint) -> Result<Self, Stopped> {
        let failed = Stopped::Failed;
        let begin = found(s.plan, s.before, p.subject, &p.start, p.seed).map_err(failed)?;
        let moves = Mover::new(s, p).map_err(failed)?;
        let examples = moves.examples();
        let mut state = State::new(&begin.point, &begin.buffers, p);
        // Before the first step the rate is that of the first step.
        state.rate = schedule_at(&p.optimiser.rate, 0.0, p.epochs as f64);
        let history = History::new(&p.looks);
        let per_epoch = p.batch.map_or(1, |b| (examples as u64).div_ceil(b).max(1));
        // As the computation has it.
        let begin = state.point();
        Ok(Training { s, p, state, moves, history, begin, per_epoch, examples })
    }

    fn run(mut self) -> Result<PointResult, Stopped> {
        let (s, p) = (self.s, self.p);
        let others = |at: &At| found(s.plan, s.before, p.subject, at, p.seed);
        let mut keys = s.task.labels(s.point);
        keys.push(format!("seed {}", p.seed));
        let mut looker: Looker<T> = Looker::new(s.plan, s.sets, p.subject, p.data, &s.task.name, keys, &others);
        looker.begin = self.begin.clone();
        if let Some(saved) = s.parts.and_then(|parts| parts.read_checkpoint(s.hash))
            && let Ok((state, history)) = postcard::from_bytes::<(State<T>, History)>(&saved)
            && self.state.restore(state)
        {
            self.history = history;
            s.watch.advanced(self.state.epoch);
        }
        let outcome = self.epochs(&mut looker)?;
        if let (Outcome::Early, Some(best)) = (outcome, self.state.best.take())
            && p.stop.as_ref().is_some_and(|stop| stop.restore)
        {
            (self.state.x, self.state.buffers) = best;
        }
        self.finish(&mut looker, outcome)
    }

    fn epochs(&mut self, looker: &mut Looker<T>) -> Result<Outcome, Stopped> {
        let p = self.p;
        let mut last = Instant::now();
        if self.state.epoch == 0 && self.state.step == 0 && !self.state.started {
            self.state.started = true;
            // That of the first step, which is still to come.
            self.state.rate = schedule_at(&p.optimiser.rate, 0.0, p.epochs as f64);
            if let Some(early) = self.record(looker, 0, 0)? {
                return Ok(early);
            }
        }
        while self.state.epoch < p.epochs {
            let order = p.batch.map(|_| shuffled(self.examples, self.key("order", self.state.epoch)));
            while self.state.step < self.per_epoch {
                if self.s.watch.stop() || last.elapsed() > CHECKPOINT {
                    last = Instant::now();
                    self.checkpoint();
                    if self.s.watch.stop() {
                        return Err(Stopped::Interrupted);
                    }
                }
                let rows = order.as_ref().zip(p.batch).map(|(order, batch)| {
                    let first = (self.state.step * batch) as usize;
                    &order[first..(first + batch as usize).min(self.examples)]
                });
                let time = self.state.epoch as f64 + self.state.step as f64 / self.per_epoch as f64;
                let rate = schedule_at(&p.optimiser.rate, time / p.epochs as f64, p.epochs as f64);
                if !(rate >= 0.0 && rate.is_finite()) {
                    return Err(Stopped::Failed(format!("the rate is {rate} at epoch {time}")));
                }
                let key = self.key("step", self.state.total);
                let moved = self.moves.step(&mut self.state, rows, rate, time / p.epochs as f64, key).map_err(Stopped::Failed)?;
                self.state.rate = rate;
                match moved {
                    Moved::Diverged => return Ok(Outcome::Diverged(self.state.epoch)),
                    Moved::Stuck => {
                        self.rest(looker)?;
                        return Ok(Outcome::Bottom);
                    }
                    Moved::On => {}
                }
                self.state.step += 1;
                self.state.total += 1;
                if self.state.step < self.per_epoch
                    && let Some(early) = self.record(looker, u64::MAX, self.state.total)?
                {
                    return Ok(early);
                }
            }
            self.state.step = 0;
            self.state.epoch += 1;
            self.s.watch.advanced(1);
            if let Some(early) = self.record(looker, self.state.epoch, self.state.total)? {
                return Ok(early);
            }
        }
        Ok(Outcome::Done)
    }

    /// What is due at a moment: records, kept parameters, and whether the training ends.
    fn record(&mut self, looker: &mut Looker<T>, epoch: u64, step: u64) -> Result<Option<Outcome>, Stopped> {
        let looks = &self.p.looks;
        if looks.parameters.as_ref().is_some_and(|t| t.at.binary_search(if t.steps { &step } else { &epoch }).is_ok()) {
            self.history.path.push(self.state.point());
            self.history.averages.push(self.state.buffers.concat());
        }
        if looks.looks.iter().any(|l| matches!(l.what, Probe::Mixing { .. })) {
            looker.running = self.moves.running();
        }
        for (k, block) in looks.blocks.iter().enumerate() {
            let now = if block.times.steps { step } else { epoch };
            if block.times.at.binary_search(&now).is_err() {
                continue;
            }
            looker.rate = self.state.rate;
            looker.keys.push(format!("at {now}"));
            let point = self.state.point();
            looker.move_to(&point, &self.state.buffers);
            let row = records::row(block, &looks.looks, point.len(), self.history.count(k), looker);
            looker.keys.pop();
            self.history.add(k, row.map_err(Stopped::Failed)?);
            if let Some(stop) = self.p.stop.as_ref().filter(|s| s.block as usize == k) {
                let value = self.history.latest(k, stop.column as usize);
                let better = if stop.maximum { value > self.state.record } else { value < self.state.record };
                if better || self.state.best.is_none() {
                    self.state.record = value;
                    self.state.patience = 0;
                    self.state.best = Some((self.state.x.clone(), self.state.buffers.clone()));
                } else {
                    self.state.patience += 1;
                    if self.state.patience >= stop.patience {
                        return Ok(Some(Outcome::Early));
                    }
                }
            }
        }
        Ok(None)
    }

    /// At the bottom nothing moves any more: the records that are left are all the same.
    fn rest(&mut self, looker: &mut Looker<T>) -> Result<(), Stopped> {
        let looks = &self.p.looks;
        let point = self.state.point();
        if let Some(times) = &looks.parameters {
            self.history.path.resize(times.at.len(), point.clone());
            self.history.averages.resize(times.at.len(), self.state.buffers.concat());
        }
        looker.rate = self.state.rate;
        looker.move_to(&point, &self.state.buffers);
        for (k, block) in looks.blocks.iter().enumerate() {
            if self.history.count(k) < block.times.at.len() {
                let row =
                    records::row(block, &looks.looks, point.len(), self.history.count(k), looker).map_err(Stopped::Failed)?;
                while self.history.count(k) < block.times.at.len() {
                    self.history.add(k, row.clone());
                }
            }
        }
        Ok(())
    }

    fn key(&self, what: &str, count: u64) -> Key {
        let mut by = self.s.task.labels(self.s.point);
        by.extend([format!("seed {}", self.p.seed), what.to_string()]);
        key_from(self.s.plan.seed, &self.s.task.name, &by).derive(count)
    }

    fn checkpoint(&mut self) {
        // What a machine's chains remember is not written: a training of it that was stopped begins anew, with the same numbers.
        if let (Some(parts), Mover::Descent(moves)) = (self.s.parts, &mut self.moves) {
            moves.save(&mut self.state);
            if let Ok(bytes) = postcard::to_stdvec(&(&self.state, &self.history)) {
                // A checkpoint that cannot be written costs time later, not results now.
                let _ = parts.write_checkpoint(self.s.hash, &bytes);
            }
        }
    }

    fn finish(self, looker: &mut Looker<T>, outcome: Outcome) -> Result<PointResult, Stopped> {
        let (s, p) = (self.s, self.p);
        let point = self.state.point();
        let mut quantities = self.history.quantities(&p.looks);
        let mut warnings = Vec::new();
        let loss = if let Outcome::Diverged(_) = outcome {
            f64::NAN
        } else {
            looker.move_to(&point, &self.state.buffers);
            let what = if p.learning.is_some() { Probe::PseudoLikelihood } else { Probe::Loss };
            match looker.look(&Look { what, data: p.data, stream: String::new() }) {
                Ok(found) => found[0].value[0],
                // Of some machines, such as those of real units, there is none.
                Err(_) if p.learning.is_some() => f64::NAN,
                Err(reason) => return Err(Stopped::Failed(reason)),
            }
        };
        if let Outcome::Diverged(epoch) = outcome {
            let what = if p.learning.is_some() { "weights are" } else { "loss is" };
            let message = format!("the {what} not finite from epoch {epoch} on; what was recorded before is kept");
            warnings.push(Warning { code: codes::DIVERGED.0.to_string(), message });
        }
        for message in &looker.warnings {
            warnings.push(Warning { code: codes::NOT_CONVERGED.0.to_string(), message: message.clone() });
        }
        let name = if p.learning.is_some() { "final_pseudo_likelihood" } else { "final_loss" };
        quantities.push((name.into(), Quantity::exact(loss)));
        quantities.push(("epochs_run".into(), Quantity::exact(self.state.epoch as f64)));
        let mut kept = weights(s, p, &point, &self.state.buffers);
        if let Some(times) = &p.looks.parameters {
            let mut keep = |name: &str, of: &str, rows: &[Vec<f64>], size: usize| {
                let mut data: Vec<f64> = rows.concat();
                data.resize(times.at.len() * size, f64::NAN);
                let dimensions = vec![times.axis().name, of.to_string()];
                kept.push((name.to_string(), Kept::Array { dimensions, shape: vec![times.at.len(), size], data }));
            };
            keep("parameters", "parameter", &self.history.path, point.len());
            let averages: usize = self.state.buffers.iter().map(Vec::len).sum();
            if averages > 0 {
                keep(super::landscape::AVERAGES, "average", &self.history.averages, averages);
            }
        }
        Ok(PointResult {
            hash: String::new(),
            kernel: match (&self.moves, &p.learning) {
                (Mover::Learner(l), Some(learning)) => {
                    format!("{} of a {} machine, {}", learning.rule.name(), l.kernel(), p.optimiser.rule.name())
                }
                _ => format!("{} in {}", p.optimiser.rule.name(), if p.precision == Precision::F32 { "f32" } else { "f64" }),
            },
            wall_seconds: 0.0,
            quantities,
            kept,
            warnings,
            failed: None,
        })
    }
}

/// The arrays of weights (or variables) at the end, and what batch normalisation keeps.
fn weights(s: &Surroundings, p: &TrainPoint, point: &[f64], buffers: &[Vec<f64>]) -> Vec<(String, Kept)> {
    let array = |name: &str, shape: Vec<usize>, data: Vec<f64>| {
        let dimensions = (0..shape.len()).map(|k| format!("{name}_{k}")).collect();
        (super::landscape::kept_name(name), Kept::Array { dimensions, shape, data })
    };
    let mut at = 0;
    let mut next = |size: usize| {
        at += size;
        point[at - size..at].to_vec()
    };
    match p.subject {
        Subject::Network(n) => {
            let n = &s.plan.networks[n as usize];
            let own = n.parameters.iter().map(|p| array(&p.name, p.shape.clone(), next(p.size())));
            let kept: Vec<(String, Kept)> = own.collect();
            let more = n.buffers.iter().zip(buffers).map(|(b, data)| array(&b.name, vec![b.size], data.clone()));
            kept.into_iter().chain(more).collect()
        }
        Subject::Machine(m) => {
            s.plan.models[m as usize].weights.iter().map(|w| array(&w.name, w.shape.clone(), next(w.size()))).collect()
        }
        Subject::Model(m) => {
            s.plan.models[m as usize].variables.iter().map(|v| array(&v.name, v.shape(), next(v.components()))).collect()
        }
    }
}
