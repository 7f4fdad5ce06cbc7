//! Steps of a training: gradients of batches, and what the optimiser makes of them.

use super::super::Surroundings;
use super::state::State;
use crate::kernels::landscape::{Block, Hessian, Objective, eigen};
use crate::kernels::optimise::lbfgs::Ended;
use crate::kernels::optimise::{Lbfgs, Rule, Stepper};
use crate::kernels::random::Key;
use crate::kernels::tensor::{Rows, Session};
use crate::lower::data::Stored;
use crate::lower::landscape::{Batch, Landscape, Source, parameters};
use crate::lower::network::Mode;
use crate::lower::parts::Part;
use crate::lower::schedule_at;
use crate::plan::Schedule;
use crate::plan::landscape::Subject;
use crate::plan::training::{Optimiser, TrainPoint};
use std::sync::Arc;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    On,
    /// The loss or the gradient is not finite; the parameters are those before.
    Diverged,
    /// No step leads further down.
    Stuck,
}

/// What makes a step of a gradient. There is one for a training: its size does not matter.
#[allow(clippy::large_enum_variant)]
enum Engine<T: Stored> {
    Plain { stepper: Stepper<T>, temperature: Option<Schedule>, length: f64 },
    Lbfgs { lbfgs: Lbfgs, tolerance: f64, value: Option<(f64, Vec<f64>)> },
    Escape { stepper: Stepper<T>, every: u64, step: f64, landscape: Box<Landscape<T>> },
}

/// The loss of a batch with its gradient, and the optimiser.
pub struct Moves<T: Stored> {
    session: Session<T>,
    blocks: Vec<Block>,
    examples: usize,
    /// The slot of 1 / the number of examples.
    share: Option<u32>,
    /// (buffer, share of the new one, number of the output)
    moments: Vec<(usize, f64)>,
    /// How many outputs hold the gradient.
    pieces: usize,
    engine: Engine<T>,
    restored: bool,
}

impl<T: Stored> Moves<T> {
    pub fn new(s: &Surroundings, p: &TrainPoint) -> Result<Moves<T>, String> {
        let source = match p.subject {
            Subject::Network(n) => Source::of_network(&s.plan.networks[n as usize], Mode::Training, &[])?,
            Subject::Model(m) => Source::of_model(s.plan, m)?,
            Subject::Machine(m) => Source::of_machine(s.plan, m)?,
        };
        let batch: Batch<T> = match p.data {
            Some(k) => s.sets.get(s.plan, k)?,
            None => Batch::default(),
        };
        let mut session = Session::new(Arc::new(source.program(Part::Gradient)?));
        for (slot, data) in batch.data.iter().enumerate() {
            session.bind(slot as u32, data.clone());
        }
        let dimension = source.dimension();
        let length = p.epochs as f64;
        let engine = match &p.optimiser.rule {
            Optimiser::Langevin { temperature, .. } => {
                Engine::Plain { stepper: stepper(&p.optimiser.rule, dimension), temperature: Some(temperature.clone()), length }
            }
            Optimiser::Lbfgs { memory, tolerance } => {
                Engine::Lbfgs { lbfgs: Lbfgs::new(*memory), tolerance: *tolerance, value: None }
            }
            Optimiser::Escape { momentum, every, step } => Engine::Escape {
                stepper: Stepper::new(Rule::Sgd { momentum: *momentum, nesterov: false }, 0.0, None, dimension),
                every: *every,
                step: *step,
                landscape: Box::new(Landscape::new(Source::of(s.plan, p.subject, &initial_buffers(s, p))?, batch.clone())),
            },
            rule => Engine::Plain { stepper: stepper(rule, dimension), temperature: None, length },
        };
        Ok(Moves {
            session,
            examples: batch.examples,
            share: source.share,
            moments: source.moments.iter().map(|m| (m.0, m.2)).collect(),
            pieces: source.parameters.len(),
            blocks: source.blocks,
            engine,
            restored: false,
        })
    }

    pub fn examples(&self) -> usize {
        self.examples
    }

    /// Puts the optimiser's memory into the state, for a checkpoint.
    pub fn save(&mut self, state: &mut State<T>) {
        if let Engine::Plain { stepper, .. } | Engine::Escape { stepper, .. } = &self.engine {
            let (first, second, steps) = stepper.memory();
            (state.first, state.second, state.steps) = (first.to_vec(), second.to_vec(), steps);
        }
    }

    /// The loss of a batch at x; the gradient is among the outputs of the session.
    fn evaluate(&mut self, x: &[T], rows: Option<&[u32]>, key: Key, total: u64) -> f64 {
        let count = rows.map_or(self.examples, <[u32]>::len);
        self.session.examples(match rows {
            Some(rows) => Rows::Some(rows.to_vec()),
            None => Rows::All(self.examples),
        });
        if let Some(share) = self.share {
            self.session.set(share, &[T::from_f64(1.0 / count.max(1) as f64)]);
        }
        parameters(&mut self.session, &self.blocks, 0, x);
        self.session.seed(key.0, total);
        self.session.run();
        self.session.output(0)[0].to_f64()
    }

    /// The running averages of the moments of the last batch.
    fn average(&self, buffers: &mut [Vec<f64>]) {
        for (k, (buffer, share)) in self.moments.iter().enumerate() {
            let new = self.session.output(1 + self.pieces + k);
            for (b, x) in buffers[*buffer].iter_mut().zip(new) {
                *b += share * (x.to_f64() - *b);
            }
        }
    }

    /// One step of the training.
    pub fn step(
        &mut self,
        state: &mut State<T>,
        rows: Option<&[u32]>,
        rate: f64,
        progress: f64,
        key: Key,
    ) -> Result<Moved, String> {
        if !self.restored {
            self.restored = true;
            if state.steps > 0
                && let Engine::Plain { stepper, .. } | Engine::Escape { stepper, .. } = &mut self.engine
            {
                stepper.restore(std::mem::take(&mut state.first), std::mem::take(&mut state.second), state.steps)?;
            }
        }
        if let Engine::Lbfgs { .. } = self.engine {
            return self.quasi_newton(state, key);
        }
        let loss = self.evaluate(&state.x, rows, key, state.total);
        if !loss.is_finite() {
            return Ok(Moved::Diverged);
        }
        self.average(&mut state.buffers);
        let gradient: Vec<&[T]> = (0..self.pieces).map(|k| self.session.output(1 + k)).collect();
        match &mut self.engine {
            Engine::Plain { stepper, temperature, length } => {
                let t = temperature.as_ref().map_or(0.0, |t| schedule_at(t, progress, *length));
                stepper.step(&mut state.x, &gradient, rate, t, key);
            }
            Engine::Escape { stepper, every, step, landscape } => {
                stepper.step(&mut state.x, &gradient, rate, 0.0, key);
                if (state.total + 1).is_multiple_of(*every) {
                    escape(&mut **landscape, state, *step, key)?;
                }
            }
            Engine::Lbfgs { .. } => {}
        }
        Ok(Moved::On)
    }

    fn quasi_newton(&mut self, state: &mut State<T>, key: Key) -> Result<Moved, String> {
        let Engine::Lbfgs { lbfgs, tolerance, value } = &mut self.engine else { return Ok(Moved::On) };
        let (mut lbfgs, tolerance, known) = (std::mem::replace(lbfgs, Lbfgs::new(1)), *tolerance, value.take());
        let mut x = state.point();
        // Every evaluation sees the same masks: a line search needs one function.
        let mut f = |x: &[f64], g: &mut [f64]| {
            let narrow: Vec<T> = x.iter().map(|x| T::from_f64(*x)).collect();
            let value = self.evaluate(&narrow, None, Key(key.0, 0), 0);
            let gradient = (0..self.pieces).flat_map(|k| self.session.output(1 + k));
            g.iter_mut().zip(gradient).for_each(|(g, y)| *g = y.to_f64());
            value
        };
        let (mut here, mut g) = match known {
            Some(known) => known,
            None => {
                let mut g = vec![0.0; x.len()];
                let value = f(&x, &mut g);
                (value, g)
            }
        };
        if !here.is_finite() {
            return Ok(Moved::Diverged);
        }
        let small = crate::kernels::landscape::vectors::norm(&g) <= tolerance;
        let ended = if small { Ended::Stuck } else { lbfgs.step(&mut f, &mut x, &mut here, &mut g) };
        if ended == Ended::Moved {
            state.x.iter_mut().zip(&x).for_each(|(s, x)| *s = T::from_f64(*x));
            self.average(&mut state.buffers);
        }
        self.engine = Engine::Lbfgs { lbfgs, tolerance, value: Some((here, g)) };
        Ok(if ended == Ended::Moved { Moved::On } else { Moved::Stuck })
    }
}

/// What makes a step of a gradient, for the rules that look at nothing else.
pub fn stepper<T: Stored>(rule: &Optimiser, dimension: usize) -> Stepper<T> {
    let (rule, decay, clip) = match rule {
        Optimiser::Sgd { momentum, nesterov, decay, clip } => {
            (Rule::Sgd { momentum: *momentum, nesterov: *nesterov }, *decay, *clip)
        }
        Optimiser::Adam { beta1, beta2, epsilon, decay, decoupled, clip } => {
            let rule = Rule::Adam { beta1: *beta1, beta2: *beta2, epsilon: *epsilon, decoupled: decoupled.then_some(*decay) };
            (rule, if *decoupled { 0.0 } else { *decay }, *clip)
        }
        Optimiser::RmsProp { memory, epsilon, momentum, decay, clip } => {
            (Rule::RmsProp { memory: *memory, epsilon: *epsilon, momentum: *momentum }, *decay, *clip)
        }
        // The direction is found before.
        Optimiser::NaturalGradient { momentum, decay, clip, .. } => {
            (Rule::Sgd { momentum: *momentum, nesterov: false }, *decay, *clip)
        }
        Optimiser::Langevin { decay, .. } => (Rule::Langevin, *decay, None),
        Optimiser::Lbfgs { .. } | Optimiser::Escape { .. } => (Rule::Sgd { momentum: 0.0, nesterov: false }, 0.0, None),
    };
    Stepper::new(rule, decay, clip, dimension)
}

fn initial_buffers(s: &Surroundings, p: &TrainPoint) -> Vec<Vec<f64>> {
    match p.subject {
        Subject::Network(n) => s.plan.networks[n as usize].buffers.iter().map(|b| vec![b.initial; b.size]).collect(),
        Subject::Model(_) | Subject::Machine(_) => vec![],
    }
}

/// A move along the most negative curvature, to the lower side, where it lowers the function.
fn escape<T: Stored>(f: &mut Landscape<T>, state: &mut State<T>, step: f64, key: Key) -> Result<(), String> {
    let x = state.point();
    f.fix(&state.buffers);
    f.move_to(&x);
    let settings = eigen::Settings { tolerance: 1e-2, products: 100, copies: false, ..eigen::Settings::new(0, 1, key) };
    let ends = eigen::ends(&mut Hessian(f), &settings)?;
    let Some(lowest) = ends.smallest.first().filter(|p| p.value < 0.0) else { return Ok(()) };
    let along: Vec<Vec<f64>> = vec![lowest.vector.clone()];
    let mut lengths = vec![0.0];
    (0..8).for_each(|k| lengths.extend([step * libm::ldexp(1.0, -k), -step * libm::ldexp(1.0, -k)]));
    let places: Vec<Vec<f64>> = lengths.iter().map(|t| vec![*t]).collect();
    let mut values = vec![0.0; places.len()];
    f.slice(&x, &along, &places, &mut values);
    let best = (1..values.len()).filter(|k| values[*k] < values[0]).min_by(|a, b| values[*a].total_cmp(&values[*b]));
    if let Some(k) = best {
        state.x.iter_mut().zip(&along[0]).for_each(|(x, v)| *x = T::from_f64(x.to_f64() + lengths[k] * v));
    }
    Ok(())
}
