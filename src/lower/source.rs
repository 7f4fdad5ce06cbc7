//! A differentiable function as a graph: the loss of a network, or the energy of a model of reals and angles.

use super::network::Mode;
use super::{energy, network};
use crate::kernels::landscape::Block;
use crate::kernels::tensor::{Graph, Id};
use crate::plan::{Network, Plan, Subject};
use std::sync::Arc;

/// A function as a graph, before anything is compiled.
#[derive(Clone)]
pub struct Source {
    pub graph: Graph,
    /// What the function is differentiated by: slots from 0 in this order.
    pub parameters: Vec<Id>,
    pub blocks: Vec<Block>,
    pub value: Id,
    pub metrics: Vec<Id>,
    /// What the loss is taken of, and the loss of each example.
    pub outputs: Option<Id>,
    pub losses: Option<Id>,
    /// Whether that loss is -ln p of a distribution of the target.
    pub predicts: bool,
    /// Further inputs: (slot, values).
    pub fixed: Vec<(u32, Vec<f64>)>,
    /// The slot of 1 / the number of examples.
    pub share: Option<u32>,
    /// In training: the slots of the buffers, the moments of the batch, and the share of the new ones.
    pub moments: Vec<(usize, Id, f64)>,
}

impl Source {
    /// Of a network; `buffers`: what batch normalisation keeps, buffer after buffer.
    pub fn of_network(n: &Network, mode: Mode, buffers: &[Vec<f64>]) -> Result<Source, String> {
        let lowered = network::lower(n, mode)?;
        let count = n.parameters.len();
        let fixed = buffers.iter().enumerate().map(|(k, b)| ((count + k) as u32, b.clone())).collect();
        let mut start = 0;
        let blocks = n
            .parameters
            .iter()
            .map(|p| {
                start += p.size();
                Block { name: p.name.clone(), start: start - p.size(), shape: p.shape.clone(), unit: p.unit }
            })
            .collect();
        Ok(Source {
            parameters: lowered.parameters,
            blocks,
            value: lowered.loss,
            metrics: lowered.metrics,
            outputs: lowered.outputs,
            losses: lowered.losses,
            predicts: lowered.predicts,
            fixed,
            share: Some((count + n.buffers.len()) as u32),
            moments: lowered.moments,
            graph: lowered.graph,
        })
    }

    /// Of a model of reals and angles.
    pub fn of_model(plan: &Plan, model: u32) -> Result<Source, String> {
        let m = &plan.models[model as usize];
        let lowered = energy::lower(plan, m)?;
        let blocks = m
            .variables
            .iter()
            .enumerate()
            .map(|(k, v)| Block { name: v.name.clone(), start: m.offset(k), shape: v.shape(), unit: None })
            .collect();
        Ok(Source {
            graph: lowered.graph,
            parameters: vec![lowered.variables],
            blocks,
            value: lowered.energy,
            metrics: vec![],
            outputs: None,
            losses: None,
            predicts: false,
            fixed: vec![],
            share: None,
            moments: vec![],
        })
    }

    /// Of the log-likelihood of a machine.
    pub fn of_machine(plan: &Plan, model: u32) -> Result<Source, String> {
        Err(format!("the log-likelihood of `{}` is not written as a function", plan.models[model as usize].name))
    }

    /// Of either; a network in evaluation.
    pub fn of(plan: &Plan, subject: Subject, buffers: &[Vec<f64>]) -> Result<Source, String> {
        match subject {
            Subject::Model(m) => Source::of_model(plan, m),
            Subject::Machine(m) => Source::of_machine(plan, m),
            Subject::Network(n) => Source::of_network(&plan.networks[n as usize], Mode::Evaluation, buffers),
        }
    }

    /// The number of variables.
    pub fn dimension(&self) -> usize {
        self.parameters.iter().map(|p| self.graph.size(*p)).sum()
    }
}

/// The examples that a loss is a mean over.
#[derive(Clone, Default)]
pub struct Batch<T> {
    /// By slot of data.
    pub data: Vec<Arc<Vec<T>>>,
    pub examples: usize,
}
