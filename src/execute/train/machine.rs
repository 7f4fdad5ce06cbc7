//! Steps of a training of a model's weights: gradients from the kernels of machines, steps from the optimiser.

use super::super::Surroundings;
use super::super::landscape::Running;
use super::moves::{Moved, stepper};
use super::state::State;
use crate::kernels::machine::{Rows, Trainer};
use crate::kernels::optimise::Stepper;
use crate::kernels::random::Key;
use crate::lower::data::Stored;
use crate::lower::machine::{Machine, each_machine, method, options, recognise, states};
use crate::plan::draw::key_from;
use crate::plan::landscape::Subject;
use crate::plan::training::{Optimiser, TrainPoint};

/// The machine with its data, its method and its optimiser.
pub struct Learner<T: Stored> {
    machine: Machine,
    kernel: &'static str,
    /// Of all examples, row after row.
    data: Vec<f32>,
    width: usize,
    batch: Vec<f32>,
    trainer: Trainer,
    /// Of steps along the natural gradient: the damping, and the most products for one.
    natural: Option<(f64, usize)>,
    stepper: Stepper<T>,
    theta: Vec<f64>,
    gradient: Vec<f64>,
    step: Vec<T>,
}

impl<T: Stored> Learner<T> {
    pub fn new(s: &Surroundings, p: &TrainPoint) -> Result<Learner<T>, String> {
        let Subject::Machine(m) = p.subject else { return Err("no weights are trained".into()) };
        let model = &s.plan.models[m as usize];
        let learning = p.learning.as_ref().ok_or("the way to learn is missing")?;
        let found = recognise(s.plan, model).map_err(|why| format!("`{}` cannot be trained: {why}", model.name))?;
        let set = p.data.ok_or("there are no data")?;
        let examples = s.sets.get::<f32>(s.plan, set)?;
        let data = states(model, &examples.data[0])?;
        let width = model.variables[0].components();
        let count = data.len() / width;
        let batch = p.batch.map_or(count, |b| (b as usize).min(count));
        let mut by = s.task.labels(s.point);
        by.extend([format!("seed {}", p.seed), "chains".to_string()]);
        let key = key_from(s.plan.seed, &s.task.name, &by);
        let (method, options) = (method(&learning.rule, batch), options(learning));
        let trainer = each_machine!(&found.machine, m => Trainer::new(&**m, method, options, key))?;
        let dimension = model.dimension();
        Ok(Learner {
            machine: found.machine,
            kernel: found.kernel,
            data,
            width,
            batch: Vec::with_capacity(batch * width),
            trainer,
            natural: match p.optimiser.rule {
                Optimiser::NaturalGradient { damping, steps, .. } => Some((damping, steps as usize)),
                _ => None,
            },
            stepper: stepper(&p.optimiser.rule, dimension),
            theta: vec![0.0; dimension],
            gradient: vec![0.0; dimension],
            step: vec![T::default(); dimension],
        })
    }

    pub fn examples(&self) -> usize {
        self.data.len() / self.width
    }

    /// The kernel that serves the model.
    pub fn kernel(&self) -> &'static str {
        self.kernel
    }

    /// The chains that go on from step to step, if the way to learn has some.
    pub fn running(&self) -> Option<Running> {
        let memory = self.trainer.state().1;
        let chains = memory.chains.clone().map(Running::Chains);
        chains.or_else(|| memory.ladder.clone().map(Running::Ladder))
    }

    /// One step of the training.
    pub fn step(&mut self, state: &mut State<T>, rows: Option<&[u32]>, rate: f64, key: Key) -> Result<Moved, String> {
        let Learner { data, width, batch, .. } = self;
        let width = *width;
        let visible: &[f32] = match rows {
            None => data,
            Some(rows) => {
                batch.clear();
                rows.iter().for_each(|&k| batch.extend_from_slice(&data[k as usize * width..(k as usize + 1) * width]));
                batch
            }
        };
        self.theta.iter_mut().zip(&state.x).for_each(|(t, x)| *t = x.to_f64());
        if self.theta.iter().any(|t| !t.is_finite()) {
            return Ok(Moved::Diverged);
        }
        let batch = Rows::visible(visible.len() / width, visible);
        let (trainer, theta, gradient) = (&mut self.trainer, &self.theta, &mut self.gradient);
        let value = each_machine!(&mut self.machine, m => trainer.gradient(&mut **m, theta, &batch, gradient));
        if self.gradient.iter().any(|g| !g.is_finite()) {
            return Ok(Moved::Diverged);
        }
        value?;
        if let Some((damping, steps)) = self.natural {
            let (trainer, gradient) = (&self.trainer, &mut self.gradient);
            each_machine!(&self.machine, m => trainer.natural(&**m, gradient, damping, steps))?;
        }
        self.step.iter_mut().zip(&self.gradient).for_each(|(s, g)| *s = T::from_f64(*g));
        self.stepper.step(&mut state.x, &[&self.step], rate, 0.0, key);
        if state.x.iter().any(|x| !x.to_f64().is_finite()) {
            state.x.iter_mut().zip(&self.theta).for_each(|(x, t)| *x = T::from_f64(*t));
            return Ok(Moved::Diverged);
        }
        Ok(Moved::On)
    }
}
