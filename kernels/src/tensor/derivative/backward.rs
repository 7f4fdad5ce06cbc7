//! Transposition of what is linear: cotangents of arguments from those of nodes.

use super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::super::simplify::{Build, cone};
use super::masks::Masks;
use super::{crosses, nonzero};

/// For nodes that are linear in the seeds, each with its cotangent: the cotangents of the seeds; `None` is zero.
///
/// The cotangent of a node has its shape and is batched where the node is.
pub fn transpose(g: &mut Graph, outputs: &[(Id, Id)], seeds: &[Id]) -> Vec<Option<Id>> {
    let found = cotangents(g, outputs, seeds);
    seeds.iter().map(|s| found.get(s.0 as usize).copied().flatten()).collect()
}

/// The same for all nodes between, by their places.
pub fn cotangents(g: &mut Graph, outputs: &[(Id, Id)], seeds: &[Id]) -> Vec<Option<Id>> {
    let nodes: Vec<Id> = outputs.iter().map(|o| o.0).collect();
    let order = cone(g, &nodes, seeds);
    let mut linear = vec![false; g.nodes.len()];
    for id in &order {
        linear[id.0 as usize] = seeds.contains(id) || g.node(*id).args.iter().any(|a| linear[a.0 as usize]);
    }
    let mut found: Vec<Option<Id>> = vec![None; g.nodes.len()];
    let mut masks = Masks(vec![None; g.nodes.len()]);
    for (node, cotangent) in outputs {
        masks.meet(g, &found, *node, None);
        add(g, &mut found, *node, *cotangent, g.batched(*node));
    }
    for id in order.into_iter().rev() {
        let Some(cotangent) = found[id.0 as usize].filter(|_| linear[id.0 as usize] && !seeds.contains(&id)) else { continue };
        let args = g.node(id).args.clone();
        for (k, arg) in args.iter().enumerate().filter(|(_, a)| linear[a.0 as usize]) {
            let part = rule(g, id, &args, k, cotangent);
            let part = masks.guarded(g, id, &args, k, part);
            let mask = masks.of_argument(g, id, &args, k);
            masks.meet(g, &found, *arg, mask);
            // One for each example where the examples are at all different, whatever part of them the rule used.
            let op = &g.node(id).op;
            let each = g.batched(id) || crosses(op) && args.iter().any(|a| g.batched(*a));
            add(g, &mut found, *arg, part, each && !sums(op, k));
        }
    }
    found
}

/// Adds to the cotangent of a node what came from one of its uses, of `each` example or of none.
fn add(g: &mut Graph, found: &mut [Option<Id>], node: Id, part: Id, each: bool) {
    let part = g.lifted(part, each || g.batched(node));
    let part = if g.batched(node) { part } else { g.over_batch(part) };
    debug_assert_eq!(g.shape(part), g.shape(node));
    let Some(part) = nonzero(g, part) else { return };
    let sum = match found[node.0 as usize] {
        Some(before) => g.plus(before, part),
        None => part,
    };
    found[node.0 as usize] = Some(sum);
}

/// Whether the cotangent of argument k is a product that sums over the batch itself.
fn sums(op: &Op, k: usize) -> bool {
    match op {
        Op::Linear { .. } | Op::Conv(_) | Op::ConvBack(_) => k == 1,
        Op::Lookup => k == 0,
        _ => false,
    }
}

/// What argument k of a node gets of its cotangent c.
pub fn rule(g: &mut Graph, y: Id, x: &[Id], k: usize, c: Id) -> Id {
    let node = g.node(y).clone();
    let shape = g.shape(x[k]).to_vec();
    // What a product that sums over the batch leaves has none; other products have that of their first argument.
    let product = |g: &mut Graph, op: Op, a: Id, b: Id| {
        let batched = !crosses(&op) && g.batched(a);
        g.make(op, vec![a, b], shape.clone(), batched)
    };
    let plain = |g: &mut Graph, op: Op| {
        let batched = g.batched(c);
        g.make(op, vec![c], shape.clone(), batched)
    };
    match &node.op {
        Op::Unary(Unary::Neg) => g.of(Unary::Neg, c),
        Op::Binary(Binary::Add) => c,
        Op::Binary(Binary::Sub) => {
            if k == 0 {
                c
            } else {
                g.of(Unary::Neg, c)
            }
        }
        Op::Binary(Binary::Mul) => g.times(c, x[1 - k]),
        Op::Binary(Binary::Div) if k == 0 => {
            let r = g.of(Unary::Recip, x[1]);
            g.times(c, r)
        }
        Op::Select if k > 0 => {
            let zero = g.constant(0.0, &shape);
            if k == 1 { g.choose(x[0], c, zero) } else { g.choose(x[0], zero, c) }
        }
        Op::Broadcast { dims } => {
            let repeated: Vec<usize> = (0..node.shape.len()).filter(|d| !dims.contains(d)).collect();
            let sum = g.total(c, &repeated);
            // The dimensions come in the order of the result.
            let order: Vec<usize> = dims.iter().map(|d| dims.iter().filter(|e| *e < d).count()).collect();
            let batched = g.batched(sum);
            g.make(Op::Permute { order }, vec![sum], shape, batched)
        }
        Op::Sum { dims } => {
            let kept: Vec<usize> = (0..shape.len()).filter(|d| !dims.contains(d)).collect();
            let batched = g.batched(c);
            g.widen(c, &kept, &shape, batched)
        }
        Op::SumBatch => g.lifted(c, true),
        Op::Reshape => g.shaped(c, &shape),
        Op::Permute { order } => {
            let mut back = vec![0; order.len()];
            order.iter().enumerate().for_each(|(i, o)| back[*o] = i);
            plain(g, Op::Permute { order: back })
        }
        Op::Slice { dim, start } => plain(g, Op::Pad { dim: *dim, before: *start }),
        Op::Pad { dim, before } => plain(g, Op::Slice { dim: *dim, start: *before }),
        Op::Concat { dim } => {
            let start = x[..k].iter().map(|x| g.shape(*x)[*dim]).sum();
            plain(g, Op::Slice { dim: *dim, start })
        }
        Op::Gather { index } => plain(g, Op::Scatter { index: index.clone() }),
        Op::Scatter { index } => plain(g, Op::Gather { index: index.clone() }),
        Op::Linear { transposed } => match (k, transposed) {
            (0, _) => product(g, Op::Linear { transposed: !transposed }, c, x[1]),
            (_, false) => outer(g, x[0], c),
            (_, true) => outer(g, c, x[0]),
        },
        Op::Outer => product(g, Op::Linear { transposed: k == 0 }, x[1 - k], c),
        Op::Conv(conv) if k == 0 => product(g, Op::ConvBack(*conv), c, x[1]),
        Op::Conv(conv) => product(g, Op::ConvWeights(*conv), x[0], c),
        Op::ConvBack(conv) if k == 0 => product(g, Op::Conv(*conv), c, x[1]),
        Op::ConvBack(conv) => product(g, Op::ConvWeights(*conv), c, x[0]),
        Op::ConvWeights(conv) if k == 0 => product(g, Op::ConvBack(*conv), x[1], c),
        Op::ConvWeights(conv) => product(g, Op::Conv(*conv), x[0], c),
        Op::SumPool(pool) => plain(g, Op::SumPoolBack(*pool)),
        Op::SumPoolBack(pool) => plain(g, Op::SumPool(*pool)),
        Op::Take | Op::Put if k == 0 => {
            let op = if node.op == Op::Take { Op::Put } else { Op::Take };
            let batched = g.batched(c) || g.batched(x[1]);
            g.make(op, vec![c, x[1]], shape, batched)
        }
        Op::Lookup if k == 0 => g.make(Op::Accumulate, vec![x[1], c], shape, false),
        Op::Accumulate if k == 1 => {
            let batched = g.batched(x[0]);
            g.make(Op::Lookup, vec![c, x[0]], shape, batched)
        }
        // The rules of `forward` make nothing else of a tangent.
        other => unreachable!("{other:?} is not linear in its argument {k}"),
    }
}

/// The sum of outer products, over a batch that both have.
fn outer(g: &mut Graph, x: Id, c: Id) -> Id {
    let shape = vec![*g.shape(x).last().unwrap_or(&1), *g.shape(c).last().unwrap_or(&1)];
    g.make(Op::Outer, vec![x, c], shape, false)
}
