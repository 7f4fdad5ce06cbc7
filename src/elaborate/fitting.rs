//! Whether the numbers of a data set are what the layers of a network take: indices of embeddings, targets of losses.

use super::Elaborator;
use super::value::Eval;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::data::{DataSet, Targets};
use crate::plan::network::{Compute, Layer, Loss, Network};

/// What the numbers of a part of an input must be.
struct Demand {
    input: u32,
    /// The first number of an example, and how many.
    start: usize,
    count: usize,
    layer: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// Whole numbers below this.
    Index(usize),
    /// From 0 to 1.
    Share,
}

impl Elaborator<'_> {
    /// A diagnostic where the data do not fit a layer. Data that only a run knows are not looked at.
    pub(super) fn numbers_fit(&mut self, network: u32, data: &DataSet, span: Span) -> Eval<()> {
        let demands = demands(&self.elaborated.plan.networks[network as usize]);
        if demands.is_empty() {
            return Ok(());
        }
        let Ok(examples) = self.loader.materialise(data) else { return Ok(()) };
        let per = examples.shape.iter().product::<usize>();
        for d in &demands {
            let target = |k: usize, i: usize| match &examples.targets {
                Targets::Labels { labels, .. } => labels.get(k).map(|l| f64::from(*l)),
                Targets::Values { values, shape } => values.get(k * shape.iter().product::<usize>() + i).copied(),
                Targets::None => None,
            };
            let wrong = |x: f64| match d.kind {
                Kind::Index(n) => !(x >= 0.0 && x < n as f64 && x == x.trunc()),
                Kind::Share => !(0.0..=1.0).contains(&x),
            };
            let found = (0..examples.count).find_map(|k| {
                let one =
                    |i: usize| if d.input == 0 { (i < per).then(|| examples.inputs.get(k * per + i)) } else { target(k, i) };
                (d.start..d.start + d.count).filter_map(one).find(|x| wrong(*x)).map(|x| (k, x))
            });
            let Some((k, x)) = found else { continue };
            let x = super::value::format_real(x);
            let (message, expected) = match d.kind {
                Kind::Index(n) => (
                    format!("the embedding `{}` has {n} rows, but example {k} asks for row {x}", d.layer),
                    format!("whole numbers from 0 to {}", n.saturating_sub(1)),
                ),
                Kind::Share => (
                    format!("`binary_cross_entropy` compares with probabilities, but the target of example {k} is {x}"),
                    "targets from 0 to 1".to_string(),
                ),
            };
            let mut problem = Diagnostic::error(codes::DOMAIN, span, message).expected(expected);
            if matches!(d.kind, Kind::Share) {
                problem = problem.help("for targets of any size take `mse(y, target)`");
            }
            return Err(self.fail(problem));
        }
        Ok(())
    }

    /// A diagnostic where batch normalisation would see one number a channel: its variance is 0.
    pub(super) fn batches_have_a_spread(&mut self, network: u32, examples: usize, batch: u64, span: Span) -> Eval<()> {
        let n = &self.elaborated.plan.networks[network as usize];
        let lonely = n.nodes.iter().find(|node| match &node.value {
            Compute::Layer(Layer::BatchNorm { .. }, from) => {
                from.first().is_some_and(|k| n.nodes[*k as usize].shape.iter().skip(1).product::<usize>() == 1)
            }
            _ => false,
        });
        let Some(node) = lonely else { return Ok(()) };
        let layer = node.name.as_ref().map_or_else(|| "`batch_norm`".to_string(), |n| format!("the `batch_norm` of `{n}`"));
        let (message, help) = match (batch, examples as u64 % batch.max(1)) {
            (1, _) => {
                (format!("{layer} has no variance over a batch of one example"), "take larger batches, or `layer_norm`".into())
            }
            (_, 1) => (
                format!(
                    "{layer} has no variance over one example: {examples} examples in batches of {batch} leave one for the last"
                ),
                format!("take another `batch`, or one example less: `.take({})`", examples - 1),
            ),
            _ => return Ok(()),
        };
        let d = Diagnostic::error(codes::CONFLICT, span, message).expected("at least two examples in every batch").help(help);
        Err(self.fail(d))
    }
}

/// What a network demands of the numbers of its inputs, where they come to a layer as they are.
fn demands(n: &Network) -> Vec<Demand> {
    let mut out = Vec::new();
    for node in &n.nodes {
        let Compute::Layer(layer, from) = &node.value else { continue };
        let (source, kind, name) = match (layer, from.as_slice()) {
            (Layer::Embedding, [index, table, ..]) => {
                let table = &n.nodes[*table as usize];
                let of = match table.value {
                    Compute::Parameter(p) => n.parameters[p as usize].name.split('.').next().unwrap_or_default().to_string(),
                    _ => String::new(),
                };
                let rows = table.shape.first().copied().unwrap_or(0);
                (*index, Kind::Index(rows), node.name.clone().unwrap_or(of))
            }
            (Layer::Loss(Loss::BinaryCrossEntropy), [_, target, ..]) => (*target, Kind::Share, String::new()),
            _ => continue,
        };
        if let Some((input, start, count)) = window(n, source) {
            out.push(Demand { input, start, count, layer: name, kind });
        }
    }
    out
}

/// The numbers of an input that a node is, with nothing done to them.
fn window(n: &Network, node: u32) -> Option<(u32, usize, usize)> {
    let node = &n.nodes[node as usize];
    let size = |shape: &[usize]| shape.iter().product::<usize>();
    match &node.value {
        Compute::Input(k) => Some((*k, 0, size(&node.shape))),
        Compute::Layer(Layer::Reshape, from) => window(n, *from.first()?),
        Compute::Layer(Layer::Part { start }, from) => {
            let first = *from.first()?;
            let (input, offset, _) = window(n, first)?;
            let inner = size(n.nodes[first as usize].shape.get(1..)?);
            Some((input, offset + start * inner, size(&node.shape)))
        }
        _ => None,
    }
}
