//! The layers of a network as a table: what each is, the shape of its values, its weights, and its operations.

use crate::kernels::tensor::program::flops;
use crate::lower::network::{self, Mode};
use crate::plan::network::{Compute, Layer, Loss, Network, Node};
use crate::plan::{Expr, Op};
use serde::Serialize;

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerExplanation {
    /// The binding that it belongs to.
    pub name: String,
    /// With its parameters: `dense(256)`.
    pub kind: String,
    /// Of the values of an example.
    pub shape: Vec<usize>,
    pub weights: usize,
    /// Floating-point operations of one example, forward. An elementary function counts as eight.
    pub flops: f64,
}

/// The table of a network, or why it has no form that could be evaluated.
pub fn layers(n: &Network) -> Result<Vec<LayerExplanation>, String> {
    let lowered = network::lower(n, Mode::Evaluation)?;
    let mut rows = Vec::new();
    for (k, node) in n.nodes.iter().enumerate() {
        let (kind, weights) = match &node.value {
            Compute::Parameter(_) => continue,
            Compute::Input(i) => {
                let input = &n.inputs[*i as usize];
                (input.classes.map_or("input".to_string(), |c| format!("input class({c})")), 0)
            }
            Compute::Expr(e) => (elementwise(e), 0),
            Compute::Layer(layer, args) => {
                let own = args.iter().filter_map(|a| match n.nodes[*a as usize].value {
                    Compute::Parameter(p) => Some(&n.parameters[p as usize]),
                    _ => None,
                });
                (described(layer, n, args, &node.shape), own.map(|p| p.size()).sum())
            }
        };
        let start = if k == 0 { 0 } else { lowered.ends[k - 1] };
        let nodes = &lowered.graph.nodes[start..lowered.ends[k]];
        let cost = |x: &crate::kernels::tensor::Node| {
            let shapes: Vec<&[usize]> = x.args.iter().map(|a| lowered.graph.shape(*a)).collect();
            flops(&x.op, &shapes, &x.shape)
        };
        rows.push(LayerExplanation {
            name: owner(n, k),
            kind,
            shape: node.shape.clone(),
            weights,
            flops: nodes.iter().map(cost).sum(),
        });
    }
    Ok(rows)
}

/// The binding whose value a node is a part of: those inside of it come before it.
fn owner(n: &Network, k: usize) -> String {
    if k as u32 == n.loss {
        return "loss".into();
    }
    if let Some((name, _)) = n.metrics.iter().find(|m| m.1 as usize == k) {
        return name.clone();
    }
    let named = n.nodes.iter().enumerate().skip(k).find_map(|(i, node)| {
        let metric = n.metrics.iter().find(|m| m.1 as usize == i).map(|m| m.0.clone());
        let loss = (i as u32 == n.loss).then(|| "loss".to_string());
        node.name.clone().filter(|_| !matches!(node.value, Compute::Input(_)) || i == k).or(metric).or(loss)
    });
    named.unwrap_or_default()
}

/// One number, or one for each side where they differ.
fn sides(x: &[usize; 2]) -> String {
    if x[0] == x[1] { x[0].to_string() } else { format!("[{}, {}]", x[0], x[1]) }
}

/// A layer as it would be written, without what it takes.
fn described(layer: &Layer, n: &Network, args: &[u32], shape: &[usize]) -> String {
    let node = |k: usize| args.get(k).map(|a| &n.nodes[*a as usize]);
    let weights = |k: usize| node(k).map_or(&[][..], |x: &Node| &x.shape[..]);
    match layer {
        Layer::Dense => {
            let bias = if args.len() < 3 { ", bias: false" } else { "" };
            format!("dense({}{bias})", weights(1).last().copied().unwrap_or(0))
        }
        Layer::Conv2d { stride, padding, groups } => {
            let w = weights(1);
            let [o, _, h, v] = w[..] else { return "conv2d".into() };
            let mut text = format!("conv2d({o}, kernel: {}", sides(&[h, v]));
            if *stride != [1, 1] {
                text += &format!(", stride: {}", sides(stride));
            }
            if *padding != [0, 0] {
                text += &format!(", padding: {}", sides(padding));
            }
            if *groups != 1 {
                text += &format!(", groups: {groups}");
            }
            if args.len() < 3 {
                text += ", bias: false";
            }
            text + ")"
        }
        Layer::BatchNorm { .. } => "batch_norm".into(),
        Layer::LayerNorm { .. } => "layer_norm".into(),
        Layer::MaxPool { window, stride, padding } => pool("max_pool", window, stride, padding),
        Layer::AvgPool { window, stride, padding } => pool("avg_pool", window, stride, padding),
        Layer::GlobalPool => "global_pool".into(),
        Layer::Reshape if shape.len() == 1 => "flatten".into(),
        Layer::Reshape => "reshape".into(),
        Layer::Dropout { rate } => format!("dropout({rate})"),
        Layer::Embedding => match weights(1) {
            [rows, size] => format!("embedding({rows}, {size})"),
            _ => "embedding".into(),
        },
        Layer::Concat { .. } => "concat".into(),
        Layer::Part { .. } => "element".into(),
        Layer::Softmax => "softmax".into(),
        Layer::LogSoftmax => "log_softmax".into(),
        Layer::ArgMax => "argmax".into(),
        Layer::Loss(Loss::CrossEntropy) => "cross_entropy".into(),
        Layer::Loss(Loss::MeanSquares) => "mse".into(),
        Layer::Loss(Loss::Hinge) => "hinge".into(),
        Layer::Loss(Loss::BinaryCrossEntropy) => "binary_cross_entropy".into(),
    }
}

fn pool(name: &str, window: &[usize; 2], stride: &[usize; 2], padding: &[usize; 2]) -> String {
    let mut text = format!("{name}({}", sides(window));
    if stride != window {
        text += &format!(", stride: {}", sides(stride));
    }
    if *padding != [0, 0] {
        text += &format!(", padding: {}", sides(padding));
    }
    text + ")"
}

/// The functions and signs of an expression, the outermost first: `tanh`, `+`.
fn elementwise(e: &Expr) -> String {
    fn collect(e: &Expr, found: &mut Vec<String>) {
        let word = match e {
            Expr::Unary(f, _) => Some(f.name().to_string()),
            Expr::Binary(op, ..) => Some(symbol(*op)),
            Expr::If(..) => Some("if".to_string()),
            Expr::Fold(op, _) | Expr::Reduce { op, .. } => Some(op.name().to_string()),
            Expr::Index(..) => Some("element".to_string()),
            Expr::List(_) => Some("list".to_string()),
            _ => None,
        };
        if let Some(word) = word
            && !found.contains(&word)
        {
            found.push(word);
        }
        e.for_each_part(&mut |part| collect(part, found));
    }
    let mut found = Vec::new();
    collect(e, &mut found);
    if found.is_empty() { "constant".into() } else { found.join(" ") }
}

fn symbol(op: Op) -> String {
    op.symbol().to_string()
}
