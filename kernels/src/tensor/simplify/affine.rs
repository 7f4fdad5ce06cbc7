//! Parameters along straight lines: x (w₀ + a d₁ + b d₂) = x w₀ + a (x d₁) + b (x d₂), where x is data.
//!
//! In a slice of the loss the coordinates a, b change at every point while w₀, d₁, d₂ stay, so the products of the first layer are
//! computed once. For later layers x changes as well, and one product with the sum is cheaper.

use super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::build::Build;
use super::{cone, local::constant, rebuilt};

/// A summand: a number (1 if none) times an array.
struct Term {
    coefficient: Option<Id>,
    array: Id,
}

/// The outputs with products of data and lines of parameters taken apart.
pub fn distribute(g: &mut Graph, outputs: &[Id]) -> Vec<Id> {
    rebuilt(g, outputs, &[], |g, id, args| {
        let op = g.node(id).op.clone();
        if !matches!(op, Op::Linear { .. } | Op::Conv(_)) || !is_data(g, args[0]) {
            return None;
        }
        let terms = terms(g, args[1])?;
        if !worth(g, &terms) {
            return None;
        }
        let (shape, batched) = (g.shape(id).to_vec(), g.batched(id));
        let mut sum = None;
        for term in terms {
            let mut y = g.make(op.clone(), vec![args[0], term.array], shape.clone(), batched);
            if let Some(c) = term.coefficient {
                let c = g.widen(c, &[], &shape, false);
                y = g.times(y, c);
            }
            sum = Some(sum.map_or(y, |sum| g.plus(sum, y)));
        }
        sum
    })
}

/// Whether it depends on examples and on nothing that is set or drawn.
fn is_data(g: &Graph, x: Id) -> bool {
    g.batched(x) && !cone(g, &[x], &[]).iter().any(|id| matches!(g.node(*id).op, Op::Input(_) | Op::Mask { .. }))
}

/// The inputs that a node depends on.
fn inputs(g: &Graph, x: Id) -> Vec<Id> {
    cone(g, &[x], &[]).into_iter().filter(|id| matches!(g.node(*id).op, Op::Input(_))).collect()
}

/// Whether coefficients can change while the arrays stay.
fn worth(g: &Graph, terms: &[Term]) -> bool {
    let arrays: Vec<Id> = terms.iter().flat_map(|t| inputs(g, t.array)).collect();
    let coefficients: Vec<Id> = terms.iter().filter_map(|t| t.coefficient).flat_map(|c| inputs(g, c)).collect();
    terms.len() > 1 && !coefficients.is_empty() && coefficients.iter().all(|c| !arrays.contains(c))
}

/// The summands of an array without batch; `None` where it is not a sum of multiples.
fn terms(g: &mut Graph, x: Id) -> Option<Vec<Term>> {
    let node = g.node(x).clone();
    match node.op {
        Op::Binary(f @ (Binary::Add | Binary::Sub)) => {
            let mut all = parts(g, node.args[0]);
            for mut term in parts(g, node.args[1]) {
                if f == Binary::Sub {
                    term.array = g.of(Unary::Neg, term.array);
                }
                all.push(term);
            }
            Some(all)
        }
        Op::Unary(Unary::Neg) => {
            let mut all = terms(g, node.args[0])?;
            for term in &mut all {
                term.array = g.of(Unary::Neg, term.array);
            }
            Some(all)
        }
        Op::Binary(Binary::Mul) => {
            let (array, number) = match (number(g, node.args[0]), number(g, node.args[1])) {
                (_, Some(c)) => (node.args[0], c),
                (Some(c), None) => (node.args[1], c),
                _ => return None,
            };
            let mut all = parts(g, array);
            for term in &mut all {
                term.coefficient = Some(term.coefficient.map_or(number, |c| g.times(c, number)));
            }
            Some(all)
        }
        // The pieces and shapes of sums are sums.
        Op::Slice { .. } | Op::Reshape | Op::Permute { .. } | Op::Gather { .. } => {
            let mut all = terms(g, node.args[0])?;
            for term in &mut all {
                term.array = g.make(node.op.clone(), vec![term.array], node.shape.clone(), false);
            }
            Some(all)
        }
        _ => None,
    }
}

fn parts(g: &mut Graph, x: Id) -> Vec<Term> {
    terms(g, x).unwrap_or_else(|| vec![Term { coefficient: None, array: x }])
}

/// The number without batch that is everywhere in an array.
fn number(g: &mut Graph, x: Id) -> Option<Id> {
    if let Some(c) = constant(g, x) {
        return Some(g.constant(c, &[]));
    }
    let node = g.node(x);
    let from = *node.args.first()?;
    let spread = matches!(node.op, Op::Broadcast { .. }) && g.size(from) == 1 && !g.batched(from);
    spread.then(|| g.shaped(from, &[]))
}
