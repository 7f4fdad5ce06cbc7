//! Gradients of objectives of a machine, from batches of data: what an optimiser steps along.
//!
//! The gradient is of what is minimised: -ln p of an example on average (or what stands for it), and the terms that are added to
//! it.

use super::coordinates::not_finite;
use super::{Chains, Machine, Rows, Single, Sweeps};
use crate::random::Key;

mod tempered;
pub use tempered::Ladder;

/// How the gradient is found.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Chains of `steps` sweeps from the data (Hinton, Neural Comput. 14, 1771 (2002)).
    Contrastive { steps: u64 },
    /// Chains that go on from step to step (Tieleman, ICML 2008).
    Persistent { chains: usize, steps: u64 },
    /// Chains at parameters θ + φ, with φ ← decay φ - rate g (Tieleman, Hinton, ICML 2009).
    FastPersistent { chains: usize, steps: u64, rate: f64, decay: f64 },
    /// Persistent chains at several inverse temperatures that exchange states, the first of them 1 (Desjardins et al., AISTATS
    /// 2010).
    Tempered { chains: usize, steps: u64, betas: Vec<f64> },
    /// Sums over all states.
    Exact,
    /// Means of the machine from mean field (order 1) or with the reaction terms (2, 3), from fixed points that go on from step
    /// to step (`persistent` of them) or begin at the data.
    MeanField { order: u8, steps: u32, persistent: Option<usize> },
    /// Besag 1975.
    PseudoLikelihood,
    /// Hyvärinen 2007.
    RatioMatching,
}

/// Terms and turns of the gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// Offsets of centred units follow the means of the data at this rate (1: those of the batch).
    pub centring: Option<f64>,
    /// (target, strength).
    pub sparsity: Option<(f64, f64)>,
    /// Sweeps of hidden units with the data clamped, where hidden units couple.
    pub clamped_steps: u64,
}

/// A method with what it remembers from step to step.
#[derive(Clone, Debug, PartialEq)]
pub struct Trainer {
    method: Method,
    options: Options,
    key: Key,
    steps: u64,
    memory: Memory,
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    pub chains: Option<Chains>,
    pub ladder: Option<Ladder>,
    /// φ of the fast weights.
    pub fast: Vec<f64>,
    /// Means at fixed points.
    pub means: Vec<f64>,
    /// Offsets of centred units.
    pub offsets: Vec<f64>,
}

impl Trainer {
    /// A method at its beginning; `Err` where it does not serve the machine.
    pub fn new<M: Machine>(machine: &M, method: Method, options: Options, key: Key) -> Result<Trainer, String> {
        let none = match &method {
            Method::Persistent { chains, .. } | Method::FastPersistent { chains, .. } | Method::Tempered { chains, .. } => {
                *chains == 0
            }
            Method::MeanField { persistent, .. } => *persistent == Some(0),
            _ => false,
        };
        if none {
            return Err("there are no chains".into());
        }
        super::serves(machine, &method, &options)?;
        let mut memory = Memory::default();
        match &method {
            Method::Persistent { chains, .. } | Method::FastPersistent { chains, .. } => {
                memory.chains = Some(machine.start(*chains, key.derive(1)));
                if matches!(method, Method::FastPersistent { .. }) {
                    memory.fast = vec![0.0; machine.dimension()];
                }
            }
            Method::Tempered { chains, betas, .. } => memory.ladder = Some(Ladder::new(machine, *chains, betas, key.derive(1))?),
            Method::MeanField { persistent: Some(n), .. } => {
                let start = machine.start(*n, key.derive(1));
                let (v, h) = machine.widths();
                memory.means = vec![0.0; n * (v + h)];
                machine.expand(&start.rows(), &mut memory.means);
                // Not at the corners, which some fixed points repel slowly.
                memory.means.iter_mut().for_each(|m| *m = 0.25 + 0.5 * *m);
            }
            _ => {}
        }
        Ok(Trainer { method, options, key, steps: 0, memory })
    }

    /// What a checkpoint needs: the number of steps, and the memory.
    pub fn state(&self) -> (u64, &Memory) {
        (self.steps, &self.memory)
    }

    /// Goes on from a checkpoint of the same method and machine.
    pub fn restore(&mut self, steps: u64, memory: Memory) {
        (self.steps, self.memory) = (steps, memory);
    }

    /// The persistent chains, if the method has some.
    pub fn chains(&self) -> Option<&Chains> {
        self.memory.chains.as_ref().or(self.memory.ladder.as_ref().map(Ladder::first))
    }

    /// The gradient at θ for a batch; gives the objective where the method knows it (without the added terms), else no number.
    pub fn gradient<M: Machine>(&mut self, machine: &mut M, theta: &[f64], batch: &Rows, out: &mut [f64]) -> Result<f64, String> {
        if batch.count == 0 {
            return Err("a batch has no examples".into());
        }
        machine.set(theta)?;
        let key = self.key.derive(2).derive(self.steps);
        self.steps += 1;
        let data = Data::new(machine, batch, self.options.clamped_steps, key);
        let data = &data.rows(batch);
        let value = self.objective(machine, theta, data, key, out)?;
        if let Some(rate) = self.options.centring {
            let (v, h) = machine.widths();
            let mut means = vec![0.0; v + h];
            machine.means(data, &mut means);
            if self.memory.offsets.is_empty() {
                self.memory.offsets = means;
            } else {
                self.memory.offsets.iter_mut().zip(&means).for_each(|(o, m)| *o += rate * (m - *o));
            }
            machine.centre(&self.memory.offsets, out)?;
        }
        if let Some((target, strength)) = self.options.sparsity {
            machine.sparsity(data, target, strength, out)?;
        }
        if let Some(k) = not_finite(out) {
            return Err(format!("the derivative by parameter {k} is {}", out[k]));
        }
        if let Method::FastPersistent { rate, decay, .. } = self.method {
            self.memory.fast.iter_mut().zip(&*out).for_each(|(f, g)| *f = decay * *f - rate * g);
        }
        Ok(value)
    }

    /// Replaces a gradient by (F + damping)⁻¹ of it, F the covariance of the statistics: over all states where the method sums over
    /// them, else over its chains as they stand after [`Trainer::gradient`]. Gives the norm of what is left over that of the gradient.
    pub fn natural<M: Machine>(&self, machine: &M, g: &mut [f64], damping: f64, steps: usize) -> Result<f64, String> {
        match (&self.method, self.chains()) {
            (Method::Exact, _) => super::natural::exact_direction(machine, g, damping, steps),
            (_, Some(chains)) => super::natural::direction(machine, &chains.rows(), g, damping, steps),
            _ => Err("this way to learn has no states of the law, whose covariance a natural gradient needs".into()),
        }
    }

    fn objective<M: Machine>(
        &mut self,
        machine: &mut M,
        theta: &[f64],
        data: &Rows,
        key: Key,
        out: &mut [f64],
    ) -> Result<f64, String> {
        match &self.method {
            Method::Contrastive { steps } => machine.divergence(data, *steps, key, out),
            Method::Persistent { steps, .. } => {
                let chains = self.memory.chains.as_mut().ok_or("there are no chains")?;
                machine.sweep(chains, &Sweeps::free(*steps));
                machine.contrast(data, &chains.rows(), out);
            }
            Method::FastPersistent { steps, .. } => {
                let chains = self.memory.chains.as_mut().ok_or("there are no chains")?;
                let fast: Vec<f64> = theta.iter().zip(&self.memory.fast).map(|(t, f)| t + f).collect();
                machine.set(&fast)?;
                machine.sweep(chains, &Sweeps::free(*steps));
                machine.set(theta)?;
                machine.contrast(data, &chains.rows(), out);
            }
            Method::Tempered { steps, .. } => {
                let ladder = self.memory.ladder.as_mut().ok_or("there are no chains")?;
                ladder.advance(machine, *steps);
                machine.contrast(data, &ladder.first().rows(), out);
            }
            Method::Exact => {
                let log_z = machine.exact(out)?;
                if machine.independent() {
                    machine.statistics(data, -1.0 / data.count as f64, out);
                } else if machine.summable().is_ok() {
                    let mut given = vec![0.0; out.len()];
                    machine.means_given(data, &mut given)?;
                    out.iter_mut().zip(&given).for_each(|(o, g)| *o -= g);
                } else {
                    // Hidden units with too many states to be summed for each row: at their states with the data clamped.
                    machine.statistics(data, -1.0 / data.count as f64, out);
                    return Ok(f64::NAN);
                }
                return Ok(-super::measure::log_likelihood(machine, data, log_z)?);
            }
            Method::MeanField { order, steps, persistent } => {
                let (v, h) = machine.widths();
                let mut from_data = Vec::new();
                let means = match persistent {
                    Some(_) => &mut self.memory.means,
                    None => {
                        from_data.resize(data.count * (v + h), 0.0);
                        machine.expand(data, &mut from_data);
                        &mut from_data
                    }
                };
                machine.fields(means, *order, *steps, out)?;
                machine.statistics(data, -1.0 / data.count as f64, out);
            }
            Method::PseudoLikelihood => return machine.singles(data, Single::PseudoLikelihood, Some(out)),
            Method::RatioMatching => return machine.singles(data, Single::RatioMatching, Some(out)),
        }
        Ok(f64::NAN)
    }
}

/// A batch with hidden states, where they are needed.
struct Data(Option<Chains>);

impl Data {
    fn new<M: Machine>(machine: &M, batch: &Rows, steps: u64, key: Key) -> Data {
        if machine.independent() || batch.hidden.is_some() {
            return Data(None);
        }
        let mut chains = machine.start(batch.count, key.derive(3));
        chains.visible.copy_from_slice(batch.visible);
        let units = machine.visible() + machine.hidden();
        let clamped: Vec<bool> = (0..units).map(|u| u < machine.visible()).collect();
        machine.sweep(&mut chains, &Sweeps { count: steps.max(1), betas: &[1.0], clamped: Some(&clamped) });
        Data(Some(chains))
    }

    fn rows<'a>(&'a self, batch: &Rows<'a>) -> Rows<'a> {
        Rows { hidden: self.0.as_ref().map_or(batch.hidden, |c| Some(&c.hidden)), ..*batch }
    }
}
