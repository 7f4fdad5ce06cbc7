//! Simpler graphs of the same value: rewriting node by node, common factors, and parameters along straight lines.
//!
//! [`Build`] simplifies what it makes; [`simplify`] goes over a graph that was made without it. Sums and products are rearranged,
//! so the last digits may change.

mod affine;
mod build;
mod elementwise;
mod factors;
mod local;
mod shapes;

pub use build::Build;
pub use local::{constant, is_zero};

use super::graph::{Graph, Id};

/// Nodes of the same values that cost less. Nodes that nothing needs any more stay in the graph.
pub fn simplify(g: &mut Graph, outputs: &[Id]) -> Vec<Id> {
    let mut outputs = outputs.to_vec();
    // Each round can open the way for the next; the bound is never met by what graphs hold in practice.
    for _ in 0..8 {
        let before = outputs.clone();
        outputs = factors::collect(g, &outputs);
        outputs = affine::distribute(g, &outputs);
        if outputs == before {
            break;
        }
    }
    outputs
}

/// The outputs with other nodes of the same shape and batch in place of some; what is put in is taken as it is.
pub fn substitute(g: &mut Graph, outputs: &[Id], changes: &[(Id, Id)]) -> Vec<Id> {
    debug_assert!(changes.iter().all(|(from, to)| g.shape(*from) == g.shape(*to) && g.batched(*from) == g.batched(*to)));
    rebuilt(g, outputs, changes, |_, _, _| None)
}

/// What the outputs need, in the order of evaluation, from these nodes on.
pub fn cone(g: &Graph, outputs: &[Id], from: &[Id]) -> Vec<Id> {
    let last = outputs.iter().map(|id| id.0 as usize + 1).max().unwrap_or(0);
    let (mut needed, mut ends) = (vec![false; last], vec![false; last]);
    outputs.iter().for_each(|id| needed[id.0 as usize] = true);
    from.iter().filter(|id| (id.0 as usize) < last).for_each(|id| ends[id.0 as usize] = true);
    for i in (0..last).rev() {
        if needed[i] && !ends[i] {
            g.nodes[i].args.iter().for_each(|a| needed[a.0 as usize] = true);
        }
    }
    (0..last as u32).map(Id).filter(|id| needed[id.0 as usize]).collect()
}

/// Every node that the outputs need made again, by `rule` of the old node and its new arguments, or else as it was.
fn rebuilt(
    g: &mut Graph,
    outputs: &[Id],
    changes: &[(Id, Id)],
    mut rule: impl FnMut(&mut Graph, Id, &[Id]) -> Option<Id>,
) -> Vec<Id> {
    let from: Vec<Id> = changes.iter().map(|c| c.0).collect();
    let mut new: Vec<Id> = (0..g.nodes.len() as u32).map(Id).collect();
    for id in cone(g, outputs, &from) {
        let node = g.node(id).clone();
        let args: Vec<Id> = node.args.iter().map(|a| new[a.0 as usize]).collect();
        new[id.0 as usize] = match changes.iter().find(|c| c.0 == id) {
            Some(change) => change.1,
            None if node.args.is_empty() => id,
            None => match rule(g, id, &args) {
                Some(x) => x,
                None => g.make(node.op, args, node.shape, node.batched),
            },
        };
    }
    outputs.iter().map(|id| new[id.0 as usize]).collect()
}

#[cfg(test)]
mod tests;
