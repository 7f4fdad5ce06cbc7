//! Where cotangents can differ from 0: the conditions of the choices that they came through.
//!
//! A branch that is not taken gets the cotangent 0, and may have an infinite slope, or none: 0 times that must be 0. The test is
//! the condition, never the cotangent itself, which may be 0 by chance and change.

use super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::super::simplify::Build;

/// For each node, the condition under which its cotangent counts, in its shape, if there is one.
pub struct Masks(pub Vec<Option<Id>>);

impl Masks {
    fn of(&self, node: Id) -> Option<Id> {
        self.0[node.0 as usize]
    }

    /// A part of a cotangent under a condition comes to what was found before.
    pub fn meet(&mut self, g: &mut Graph, found: &[Option<Id>], node: Id, mask: Option<Id>) {
        let i = node.0 as usize;
        self.0[i] = match (found[i], self.0[i], mask) {
            (None, _, mask) => mask,
            (Some(_), Some(before), Some(mask)) if before != mask => Some(g.pair(Binary::Or, before, mask)),
            (Some(_), Some(before), Some(_)) => Some(before),
            _ => None,
        };
    }

    /// The part of argument k, and 0 where it does not count and could be infinite.
    pub fn guarded(&self, g: &mut Graph, node: Id, args: &[Id], k: usize, part: Id) -> Id {
        let factor = match g.node(node).op {
            Op::Binary(Binary::Mul) => args[1 - k],
            Op::Binary(Binary::Div) => args[1],
            _ => return part,
        };
        match self.of(node) {
            Some(mask) if risky(g, factor, 8) || g.node(node).op == Op::Binary(Binary::Div) => {
                let shape = g.shape(part).to_vec();
                let zero = g.constant(0.0, &shape);
                g.choose(mask, part, zero)
            }
            _ => part,
        }
    }

    /// The condition for argument k of a node, from that for the node.
    pub fn of_argument(&self, g: &mut Graph, node: Id, args: &[Id], k: usize) -> Option<Id> {
        let (own, y, arg) = (self.of(node), g.node(node).clone(), args[k]);
        if y.batched && !g.batched(arg) {
            // The sum over examples.
            return None;
        }
        match &y.op {
            Op::Select => {
                let mask = if k == 1 { args[0] } else { g.of(Unary::Not, args[0]) };
                Some(own.map_or(mask, |own| g.pair(Binary::And, own, mask)))
            }
            Op::Unary(_) | Op::Binary(_) => own,
            Op::Reshape => {
                let shape = g.shape(arg).to_vec();
                own.map(|own| g.shaped(own, &shape))
            }
            Op::Sum { dims } => {
                let shape = g.shape(arg).to_vec();
                let kept: Vec<usize> = (0..shape.len()).filter(|d| !dims.contains(d)).collect();
                own.map(|own| {
                    let batched = g.batched(own);
                    g.widen(own, &kept, &shape, batched)
                })
            }
            // The cotangent is 0 there all the same.
            _ => None,
        }
    }
}

/// Whether a factor may be infinite or no number for ordinary arguments, as far as one sees in so many steps.
fn risky(g: &Graph, x: Id, steps: u32) -> bool {
    let node = g.node(x);
    match &node.op {
        Op::Unary(
            Unary::Neg
            | Unary::Not
            | Unary::Abs
            | Unary::Sign
            | Unary::Square
            | Unary::Cbrt
            | Unary::Sin
            | Unary::Cos
            | Unary::Atan
            | Unary::Tanh
            | Unary::Asinh
            | Unary::Erf
            | Unary::Erfc
            | Unary::Floor
            | Unary::Ceil
            | Unary::Round
            | Unary::Relu
            | Unary::Step
            | Unary::Sigmoid
            | Unary::Softplus,
        )
        | Op::Select
        | Op::Broadcast { .. }
        | Op::Reshape
        | Op::Permute { .. }
        | Op::Slice { .. }
        | Op::Gather { .. }
        | Op::Sum { .. } => steps == 0 || node.args.iter().any(|a| risky(g, *a, steps - 1)),
        Op::Binary(Binary::Div | Binary::Pow | Binary::Mod) | Op::Unary(_) => true,
        Op::Binary(_) => steps == 0 || node.args.iter().any(|a| risky(g, *a, steps - 1)),
        _ => false,
    }
}
