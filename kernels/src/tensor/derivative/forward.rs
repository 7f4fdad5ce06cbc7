//! Linearisation: the tangents of nodes from those of their arguments.

use super::super::graph::{Graph, Id, Op, Unary};
use super::super::simplify::{Build, cone};
use super::binary::{self, chosen, sum};
use super::functions::slope;
use super::nonzero;

/// The tangents of `outputs` where some nodes have the tangents given (whatever those nodes are made from); `None` is zero.
///
/// A tangent has the shape of its node and is batched where the node is.
pub fn jvp(g: &mut Graph, outputs: &[Id], tangents: &[(Id, Id)]) -> Vec<Option<Id>> {
    let from: Vec<Id> = tangents.iter().map(|t| t.0).collect();
    let mut found: Vec<Option<Id>> = vec![None; g.nodes.len()];
    for id in cone(g, outputs, &from) {
        let batched = g.batched(id);
        let tangent = match tangents.iter().find(|t| t.0 == id) {
            Some(given) => Some(given.1),
            None => {
                let args = g.node(id).args.clone();
                let own: Vec<Option<Id>> = args.iter().map(|a| found[a.0 as usize]).collect();
                if own.iter().all(Option::is_none) { None } else { rule(g, id, &args, &own) }
            }
        };
        found[id.0 as usize] = tangent.and_then(|t| nonzero(g, t)).map(|t| {
            debug_assert_eq!(g.shape(t), g.shape(id), "{:?}", g.node(id).op);
            g.lifted(t, batched)
        });
    }
    outputs.iter().map(|id| found[id.0 as usize]).collect()
}

fn rule(g: &mut Graph, y: Id, x: &[Id], t: &[Option<Id>]) -> Option<Id> {
    let node = g.node(y).clone();
    // The operation itself, with other arguments.
    let again = |g: &mut Graph, args: Vec<Id>| {
        let batched = !super::crosses(&node.op) && args.iter().any(|a| g.batched(*a));
        g.make(node.op.clone(), args, node.shape.clone(), batched)
    };
    match &node.op {
        Op::Data(_) | Op::Input(_) | Op::Constant(_) | Op::Mask { .. } => None,
        Op::MaxPlaces(_) | Op::ArgMax | Op::OneHot => None,
        Op::Unary(Unary::Neg) => t[0].map(|t| g.of(Unary::Neg, t)),
        Op::Unary(f) => {
            let t = t[0]?;
            let slope = slope(g, *f, x[0], y)?;
            Some(g.times(t, slope))
        }
        Op::Binary(f) => binary::tangent(g, *f, (x[0], x[1]), y, t[0], t[1]),
        Op::Select => chosen(g, x[0], t[1], t[2]),
        Op::Broadcast { dims } => t[0].map(|t| g.widen(t, dims, &node.shape, node.batched)),
        Op::Sum { .. }
        | Op::SumBatch
        | Op::Reshape
        | Op::Permute { .. }
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Gather { .. }
        | Op::Scatter { .. }
        | Op::SumPool(_)
        | Op::SumPoolBack(_) => t[0].map(|t| again(g, vec![t])),
        // Linear in the first argument; the second says where.
        Op::Take | Op::Put | Op::Lookup => t[0].map(|t| again(g, vec![t, x[1]])),
        Op::Accumulate => t[1].map(|t| again(g, vec![x[0], t])),
        Op::Concat { .. } => {
            let mut all = vec![];
            for (x, t) in x.iter().zip(t) {
                let (shape, batched) = (g.shape(*x).to_vec(), g.batched(*x));
                all.push(t.unwrap_or_else(|| g.filled(0.0, &shape, batched)));
            }
            Some(again(g, all))
        }
        Op::Linear { .. } | Op::Outer | Op::Conv(_) | Op::ConvBack(_) | Op::ConvWeights(_) => {
            let first = t[0].map(|t| again(g, vec![t, x[1]]));
            let second = t[1].map(|t| again(g, vec![x[0], t]));
            sum(g, first, second)
        }
        Op::LogSumExp => {
            let t = t[0]?;
            let (shape, batched) = (g.shape(x[0]).to_vec(), g.batched(x[0]));
            let p = g.make(Op::Softmax, vec![x[0]], shape.clone(), batched);
            let weighted = g.times(p, t);
            Some(g.total(weighted, &[shape.len() - 1]))
        }
        Op::Softmax => {
            // y (t - Σ y t)
            let t = t[0]?;
            let last = node.shape.len() - 1;
            let weighted = g.times(y, t);
            let mean = g.total(weighted, &[last]);
            let dims: Vec<usize> = (0..last).collect();
            let mean = g.widen(mean, &dims, &node.shape, node.batched);
            let apart = g.minus(t, mean);
            Some(g.times(y, apart))
        }
    }
}
