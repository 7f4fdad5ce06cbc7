//! Common factors: a sum of two products that share an argument is one product, where nothing else needs the two.

use super::super::graph::{Binary, Graph, Id, Op};
use super::build::Build;
use super::{cone, rebuilt};

/// The outputs with common factors taken out.
pub fn collect(g: &mut Graph, outputs: &[Id]) -> Vec<Id> {
    let mut uses = vec![0_u32; g.nodes.len()];
    outputs.iter().for_each(|id| uses[id.0 as usize] += 1);
    for id in cone(g, outputs, &[]) {
        g.node(id).args.iter().for_each(|a| uses[a.0 as usize] += 1);
    }
    rebuilt(g, outputs, &[], |g, id, args| {
        let node = g.node(id).clone();
        let Op::Binary(f @ (Binary::Add | Binary::Sub)) = node.op else { return None };
        if node.args.iter().any(|a| uses[a.0 as usize] != 1) {
            return None;
        }
        merged(g, f, args[0], args[1]).map(|x| g.lifted(x, node.batched))
    })
}

fn merged(g: &mut Graph, f: Binary, a: Id, b: Id) -> Option<Id> {
    let (first, second) = (g.node(a).clone(), g.node(b).clone());
    let bilinear = matches!(
        first.op,
        Op::Binary(Binary::Mul) | Op::Linear { .. } | Op::Outer | Op::Conv(_) | Op::ConvBack(_) | Op::ConvWeights(_)
    );
    if !bilinear || first.op != second.op || first.shape != second.shape {
        return None;
    }
    let (x, y) = (&first.args, &second.args);
    let common = |i: usize, j: usize| {
        let others = (x[1 - i], y[1 - j]);
        // Examples with examples: a product of what has a batch with what has none is another matter.
        x[i] == y[j] && g.shape(others.0) == g.shape(others.1) && g.batched(others.0) == g.batched(others.1)
    };
    let exchangeable = first.op == Op::Binary(Binary::Mul);
    let (i, j) = [(0, 0), (1, 1), (0, 1), (1, 0)].into_iter().find(|(i, j)| (i == j || exchangeable) && common(*i, *j))?;
    let sum = g.pair(f, x[1 - i], y[1 - j]);
    let args = if i == 0 { vec![x[0], sum] } else { vec![sum, x[1]] };
    Some(g.make(first.op, args, first.shape, first.batched || second.batched))
}
