//! What the value has beside the loss of the outputs, such as a penalty on the weights: the trace of its Hessian.
//!
//! Where it is a sum of functions of single weights (squares, absolute values, ...), its Hessian is diagonal, and the trace is the
//! sum over the elements of its product with the vector of ones.

use super::super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::super::super::simplify::{Build, cone, substitute};
use super::super::{gradient, hessian};
use std::collections::BTreeMap;

/// How a node depends on the outputs and on weights beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Through the outputs alone.
    Outputs,
    /// Every element is a function of one weight at most: element by element of this array of them, or in another order.
    Single(Option<usize>),
    /// Every element is a sum of a function of the outputs and functions of single weights.
    Sum,
}

/// The trace of the Hessian of what `value` has beside `outputs`; `Some(None)` where there is nothing, `None` where weights meet in it.
pub fn trace(g: &mut Graph, value: Id, outputs: Id, wrt: &[Id]) -> Option<Option<Id>> {
    if !cone(g, &[value], &[outputs]).iter().any(|id| wrt.contains(id)) {
        return Some(None);
    }
    separable(g, value, outputs, wrt)?;
    // Its derivatives do not depend on the outputs.
    let (shape, batched) = (g.shape(outputs).to_vec(), g.batched(outputs));
    let nothing = g.filled(0.0, &shape, batched);
    let alone = substitute(g, &[value], &[(outputs, nothing)])[0];
    let ones: Vec<Id> = wrt
        .iter()
        .map(|id| {
            let shape = g.shape(*id).to_vec();
            g.filled(1.0, &shape, false)
        })
        .collect();
    let slopes = gradient(g, alone, wrt);
    let mut sum = g.filled(0.0, &[], false);
    for part in hessian(g, &slopes, wrt, &ones) {
        let dims: Vec<usize> = (0..g.shape(part).len()).collect();
        let part = g.total(part, &dims);
        sum = g.plus(sum, part);
    }
    Some(Some(sum))
}

/// Whether the value is a function of the outputs plus functions of single weights.
fn separable(g: &Graph, value: Id, outputs: Id, wrt: &[Id]) -> Option<()> {
    let mut states: BTreeMap<Id, State> = BTreeMap::new();
    for id in cone(g, &[value], &[outputs]) {
        if id == outputs {
            states.insert(id, State::Outputs);
            continue;
        }
        if let Some(k) = wrt.iter().position(|w| *w == id) {
            states.insert(id, State::Single(Some(k)));
            continue;
        }
        let node = g.node(id);
        let of: Vec<Option<State>> = node.args.iter().map(|a| states.get(a).copied()).collect();
        let on: Vec<State> = of.iter().copied().flatten().collect();
        if on.is_empty() {
            continue;
        }
        states.insert(id, state(&node.op, &of, &on)?);
    }
    Some(())
}

fn state(op: &Op, of: &[Option<State>], on: &[State]) -> Option<State> {
    use State::{Outputs, Single, Sum};
    // Any function of the outputs.
    if on.iter().all(|s| *s == Outputs) {
        return Some(Outputs);
    }
    let one = on.len() == 1;
    // Of the same array of weights, element by element.
    let same = matches!(on[0], Single(Some(_))) && on.iter().all(|s| *s == on[0]);
    match op {
        Op::Unary(Unary::Neg) => Some(on[0]),
        Op::Unary(_) if matches!(on[0], Single(_)) => Some(on[0]),
        Op::Binary(_) | Op::Select if same => Some(on[0]),
        Op::Binary(Binary::Add | Binary::Sub) => Some(if one { on[0] } else { Sum }),
        Op::Binary(_) if one && matches!(on[0], Single(_)) => Some(on[0]),
        Op::Binary(Binary::Mul) if one => Some(Sum),
        Op::Binary(Binary::Div) if of[1].is_none() => Some(Sum),
        // Each element is one of an argument, or zero.
        Op::Broadcast { .. }
        | Op::Reshape
        | Op::Permute { .. }
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Concat { .. }
        | Op::Gather { .. } => Some(if on.iter().all(|s| matches!(s, Single(_))) { Single(None) } else { Sum }),
        Op::Sum { .. } | Op::SumBatch | Op::Scatter { .. } | Op::SumPool(_) | Op::SumPoolBack(_) => Some(Sum),
        Op::Linear { .. } | Op::Outer | Op::Conv(_) if one => Some(Sum),
        _ => None,
    }
}
