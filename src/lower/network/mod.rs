//! A network as a tensor graph: its loss, its metrics, and what training keeps running averages of.
//!
//! Slots of inputs: the parameters in their order, then the buffers, then 1 / the number of examples of the batch. Slots of data: the inputs of
//! the network in their order.

mod elementwise;

mod layers;
mod losses;
#[cfg(test)]
mod tests;

pub(super) use elementwise::{binary, unary};

use crate::kernels::tensor::simplify::cone;
use crate::kernels::tensor::{Binary, Graph, Id};
use crate::plan::Network;
use crate::plan::network::{Compute, Layer};

/// In training, batch normalisation takes the moments of the batch, and dropout drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Training,
    Evaluation,
}

/// A network's graph.
pub struct Lowered {
    pub graph: Graph,
    pub parameters: Vec<Id>,
    pub loss: Id,
    pub metrics: Vec<Id>,
    /// The nodes of the network, each as a node of the graph.
    pub values: Vec<Id>,
    /// How many nodes the graph had after each of them.
    pub ends: Vec<usize>,
    /// What the loss is taken of, where there is one such node, and the loss of each example.
    pub outputs: Option<Id>,
    pub losses: Option<Id>,
    /// Whether that loss is -ln p of a distribution of the target.
    pub predicts: bool,
    /// In training: the moments of the batch for each buffer, with the share of the new ones.
    pub moments: Vec<(usize, Id, f64)>,
}

/// The walk over the nodes of a network.
struct Walk {
    mode: Mode,
    graph: Graph,
    parameters: Vec<Id>,
    buffers: Vec<Id>,
    share: Id,
    values: Vec<Id>,
    moments: Vec<(usize, Id, f64)>,
    /// (what a loss is taken of, the loss of each example, whether it is -ln p of a distribution of the target)
    losses: Vec<(Id, Id, bool)>,
    masks: u32,
}

/// The graph of a network.
pub fn lower(network: &Network, mode: Mode) -> Result<Lowered, String> {
    let mut graph = Graph::new();
    let mut slot = 0;
    let mut input = |graph: &mut Graph, shape: &[usize]| {
        slot += 1;
        graph.input(slot - 1, shape)
    };
    let parameters: Vec<Id> = network.parameters.iter().map(|p| input(&mut graph, &p.shape)).collect();
    let buffers: Vec<Id> = network.buffers.iter().map(|b| input(&mut graph, &[b.size])).collect();
    let share = input(&mut graph, &[]);
    let mut walk = Walk {
        mode,
        graph,
        parameters,
        buffers,
        share,
        values: Vec::with_capacity(network.nodes.len()),
        moments: vec![],
        losses: vec![],
        masks: 0,
    };
    let mut ends = Vec::with_capacity(network.nodes.len());
    for node in &network.nodes {
        let id = match &node.value {
            Compute::Input(k) => walk.graph.data(*k, &node.shape),
            Compute::Parameter(k) => walk.parameters[*k as usize],
            Compute::Expr(e) => walk.expression(e, &node.shape)?,
            Compute::Layer(layer, args) => {
                let args: Vec<Id> = args.iter().map(|a| walk.values[*a as usize]).collect();
                walk.layer(layer, &args, &node.shape)?
            }
        };
        walk.values.push(id);
        ends.push(walk.graph.nodes.len());
    }
    let loss = walk.values[network.loss as usize];
    // Those of metrics do not count.
    let needed = cone(&walk.graph, &[loss], &[]);
    walk.losses.retain(|(_, each, _)| needed.contains(each));
    walk.losses.dedup();
    let (outputs, losses, predicts) = match walk.losses[..] {
        [(outputs, each, predicts)] => (Some(outputs), Some(each), predicts),
        _ => (None, None, false),
    };
    Ok(Lowered {
        loss,
        ends,
        metrics: network.metrics.iter().map(|(_, k)| walk.values[*k as usize]).collect(),
        values: walk.values,
        graph: walk.graph,
        parameters: walk.parameters,
        outputs,
        losses,
        predicts,
        moments: walk.moments,
    })
}

impl Walk {
    /// A number times every element.
    fn scaled(&mut self, x: Id, factor: f64) -> Id {
        if factor == 1.0 {
            return x;
        }
        let shape = self.graph.shape(x).to_vec();
        let factor = self.graph.constant(factor, &shape);
        self.graph.binary(Binary::Mul, x, factor)
    }

    /// An array along some dimensions of a shape.
    fn along(&mut self, x: Id, dims: &[usize], shape: &[usize]) -> Id {
        let batched = self.graph.batched(x);
        self.graph.broadcast(x, dims, shape, batched)
    }

    /// The sum over the elements, and over the batch where there is one.
    fn total(&mut self, x: Id) -> Id {
        let sum = self.graph.sum_all(x);
        self.graph.sum_batch(sum)
    }

    /// The mean over the elements, and over the batch where there is one.
    fn mean(&mut self, x: Id) -> Id {
        let size = self.graph.size(x);
        let batched = self.graph.batched(x);
        let total = self.total(x);
        let mean = self.scaled(total, 1.0 / size as f64);
        if batched { self.graph.binary(Binary::Mul, mean, self.share) } else { mean }
    }

    fn layer(&mut self, layer: &Layer, args: &[Id], shape: &[usize]) -> Result<Id, String> {
        match layer {
            Layer::Loss(loss) => self.loss(*loss, args),
            other => self.plain_layer(other, args, shape),
        }
    }
}
