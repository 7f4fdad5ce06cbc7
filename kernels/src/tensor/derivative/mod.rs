//! Derivatives, as graphs: linearisation, transposition, and the products that follow from the two.
//!
//! [`jvp`] carries tangents forward, one rule an operation. What it makes is linear in the tangents, so that its transposition gives
//! the reverse mode: [`gradient`] is the transposed linearisation, and a product with the Hessian is the linearised gradient
//! (Pearlmutter, Neural Computation 6, 147 (1994)); a product with the Gauss-Newton matrix has its three factors one after the
//! other (Schraudolph, Neural Computation 14, 1723 (2002)); the Hessian between directions takes tangents twice. No node is made for what is zero, and everything is exact; no
//! differences.
//!
//! The derivative at a kink or a step is 0, that of a minimum or maximum goes to the second of equal arguments, and conditions, places
//! and classes have none. Knows no networks and no energies.

mod backward;
mod binary;
mod forward;
mod functions;
mod masks;
mod trace;

pub use forward::jvp;
pub use trace::{exact_trace, gauss_newton_trace};

use super::graph::{Graph, Id, Op};
use super::simplify::{Build, is_zero};

/// Jᵀ c for the Jacobian J of `outputs`, from a cotangent c of the shape of each: by each node of `wrt`, in its shape.
///
/// Nodes without batch that serve every example get the sum over the examples. The nodes of `wrt` are taken as they are, whatever
/// they are made from, and are all different.
pub fn vjp(g: &mut Graph, outputs: &[(Id, Id)], wrt: &[Id]) -> Vec<Id> {
    let seeds: Vec<Id> = wrt.iter().enumerate().map(|(k, id)| seed(g, k, *id)).collect();
    let tangents: Vec<(Id, Id)> = wrt.iter().copied().zip(seeds.iter().copied()).collect();
    let nodes: Vec<Id> = outputs.iter().map(|o| o.0).collect();
    let linear = jvp(g, &nodes, &tangents);
    let cotangents: Vec<(Id, Id)> = linear.iter().zip(outputs).filter_map(|(t, o)| t.map(|t| (t, o.1))).collect();
    let found = backward::transpose(g, &cotangents, &seeds);
    found.into_iter().zip(wrt).map(|(d, id)| or_zero(g, d, *id)).collect()
}

/// A place for the tangent of a node, which no result contains.
fn seed(g: &mut Graph, k: usize, id: Id) -> Id {
    let (slot, shape) = (u32::MAX - k as u32, g.shape(id).to_vec());
    if g.batched(id) { g.data(slot, &shape) } else { g.input(slot, &shape) }
}

/// Zeros like a node where a derivative vanishes.
fn or_zero(g: &mut Graph, derivative: Option<Id>, like: Id) -> Id {
    let (shape, batched) = (g.shape(like).to_vec(), g.batched(like));
    derivative.unwrap_or_else(|| g.filled(0.0, &shape, batched))
}

/// The derivative of a number (or of the sum of a node's elements and examples) by each node of `wrt`.
pub fn gradient(g: &mut Graph, value: Id, wrt: &[Id]) -> Vec<Id> {
    let (shape, batched) = (g.shape(value).to_vec(), g.batched(value));
    let one = g.filled(1.0, &shape, batched);
    vjp(g, &[(value, one)], wrt)
}

/// H v, from the nodes of the gradient by `wrt` and a direction for each.
pub fn hessian(g: &mut Graph, gradient: &[Id], wrt: &[Id], directions: &[Id]) -> Vec<Id> {
    let tangents: Vec<(Id, Id)> = wrt.iter().copied().zip(directions.iter().copied()).collect();
    let products = jvp(g, gradient, &tangents);
    products.into_iter().zip(gradient).map(|(d, like)| or_zero(g, d, *like)).collect()
}

/// The numbers dᵢᵀ H dⱼ of a number's Hessian for i ≤ j, row after row: tangents of tangents, so that nothing goes backwards and no
/// vector comes out. For a network that is half the work of a product or less.
pub fn forms(g: &mut Graph, value: Id, wrt: &[Id], directions: &[Vec<Id>]) -> Vec<Id> {
    let along: Vec<Vec<(Id, Id)>> = directions.iter().map(|d| wrt.iter().copied().zip(d.iter().copied()).collect()).collect();
    let mut all = Vec::new();
    for (i, first) in along.iter().enumerate() {
        let slope = jvp(g, &[value], first)[0];
        for second in &along[i..] {
            let form = slope.and_then(|s| jvp(g, &[s], second)[0]);
            all.push(or_zero(g, form, value));
        }
    }
    all
}

/// Jᵀ (∂²value/∂outputs²) J v, where J is the Jacobian of the node `outputs`.
pub fn gauss_newton(g: &mut Graph, value: Id, outputs: Id, wrt: &[Id], directions: &[Id]) -> Vec<Id> {
    let tangents: Vec<(Id, Id)> = wrt.iter().copied().zip(directions.iter().copied()).collect();
    let Some(forward) = jvp(g, &[outputs], &tangents)[0] else {
        return wrt.iter().map(|id| or_zero(g, None, *id)).collect();
    };
    let by_outputs = gradient(g, value, &[outputs]);
    let curved = hessian(g, &by_outputs, &[outputs], &[forward]);
    vjp(g, &[(outputs, curved[0])], wrt)
}

/// F v with the empirical Fisher matrix F = Σ_n c_n g_n g_nᵀ, where g_n is the gradient of the batched number `losses` of an
/// example, and c_n its weight in `value` (1 / examples for a mean).
pub fn empirical_fisher(g: &mut Graph, value: Id, losses: Id, wrt: &[Id], directions: &[Id]) -> Vec<Id> {
    let tangents: Vec<(Id, Id)> = wrt.iter().copied().zip(directions.iter().copied()).collect();
    let Some(slopes) = jvp(g, &[losses], &tangents)[0] else {
        return wrt.iter().map(|id| or_zero(g, None, *id)).collect();
    };
    let weights = gradient(g, value, &[losses])[0];
    let weighted = g.times(weights, slopes);
    vjp(g, &[(losses, weighted)], wrt)
}

/// Whether it sums over the batch.
fn crosses(op: &Op) -> bool {
    matches!(op, Op::SumBatch | Op::Outer | Op::ConvWeights(_) | Op::Accumulate)
}

/// A tangent or cotangent, unless it is the constant 0.
fn nonzero(g: &Graph, x: Id) -> Option<Id> {
    (!is_zero(g, x)).then_some(x)
}

#[cfg(test)]
pub mod tests;
