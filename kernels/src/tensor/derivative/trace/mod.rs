//! The trace of the Hessian without the Hessian, of networks that are affine in each of their arrays of parameters, piece by piece.
//!
//! For such a network ∂²y/∂w² is 0 for every single weight w, and the trace of the Hessian of a loss of y is that of its Gauss-Newton
//! part, Σ_n tr(J_nᵀ L_n J_n), where L_n is the Hessian of the loss by the outputs of example n. With L_n = Σ_r c_r u_r v_rᵀ that is
//! Σ_n Σ_r c_r (J_nᵀ u_r · J_nᵀ v_r): products of gradients of single examples, which a dense layer has without their
//! matrices, as |x|² (δ · δ').

mod beside;
mod curvature;
mod each;

use super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::super::simplify::{Build, cone};
use std::collections::BTreeSet;

/// The trace of the Hessian of `value` by all of `wrt`, as a number; `Err` says why the form of the graph does not give it.
///
/// `value` must be a sum over examples of functions of the batched node `outputs`, and of functions of single elements of `wrt`;
/// `outputs` must be made from `wrt` by what is linear in each of them, by maxima and by choices.
pub fn exact_trace(g: &mut Graph, value: Id, outputs: Id, wrt: &[Id]) -> Result<Id, &'static str> {
    if !affine(g, outputs, wrt) {
        return Err(
            "a layer is not linear in its weights, piece by piece, such as `tanh`, `layer_norm`, or weights that are used twice",
        );
    }
    let beside = beside::trace(g, value, outputs, wrt)
        .ok_or("what the loss has beside that of the outputs is not a sum of functions of single weights")?;
    let trace = gauss_newton_trace(g, value, outputs, wrt)?;
    Ok(match beside {
        Some(more) => g.plus(trace, more),
        None => trace,
    })
}

/// The trace of the Gauss-Newton matrix Jᵀ (∂²value/∂outputs²) J: of any layers.
pub fn gauss_newton_trace(g: &mut Graph, value: Id, outputs: Id, wrt: &[Id]) -> Result<Id, &'static str> {
    if !g.batched(outputs) || g.batched(value) || !g.shape(value).is_empty() {
        return Err("the loss is not a mean over examples");
    }
    let terms = curvature::terms(g, value, outputs)
        .ok_or("examples meet in the loss, or it is one of more than 1024 outputs of an example")?;
    const EACH: &str = "a layer, such as `embedding`, has no gradients of single examples here";
    let network = each::Network::new(g, outputs, wrt).ok_or(EACH)?;
    let mut sum = g.filled(0.0, &[], true);
    for term in terms {
        let product = network.product(g, term.u, term.v).ok_or(EACH)?;
        let weighted = g.times(term.weight, product);
        sum = g.plus(sum, weighted);
    }
    Ok(g.over_batch(sum))
}

/// Whether a node is affine in each of `wrt`, between kinks, example by example.
fn affine(g: &Graph, outputs: Id, wrt: &[Id]) -> bool {
    let mut on: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); outputs.0 as usize + 1];
    for id in cone(g, &[outputs], wrt) {
        if let Some(k) = wrt.iter().position(|w| *w == id) {
            if g.batched(id) {
                return false;
            }
            on[id.0 as usize].insert(k);
            continue;
        }
        let node = g.node(id);
        let own = |k: usize| &on[node.args[k].0 as usize];
        let all = |from: usize| -> BTreeSet<usize> { (from..node.args.len()).flat_map(|k| own(k).iter().copied()).collect() };
        let depends = match &node.op {
            _ if all(0).is_empty() => BTreeSet::new(),
            // Without a derivative.
            Op::Unary(Unary::Sign | Unary::Step | Unary::Not | Unary::Floor | Unary::Ceil | Unary::Round)
            | Op::Binary(
                Binary::Equal
                | Binary::NotEqual
                | Binary::Less
                | Binary::LessEqual
                | Binary::Greater
                | Binary::GreaterEqual
                | Binary::And
                | Binary::Or,
            )
            | Op::MaxPlaces(_)
            | Op::ArgMax
            | Op::OneHot => BTreeSet::new(),
            Op::Unary(Unary::Neg | Unary::Relu | Unary::Abs)
            | Op::Binary(Binary::Add | Binary::Sub | Binary::Min | Binary::Max)
            | Op::Broadcast { .. }
            | Op::Sum { .. }
            | Op::Reshape
            | Op::Permute { .. }
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Concat { .. }
            | Op::Gather { .. }
            | Op::Scatter { .. }
            | Op::SumPool(_)
            | Op::SumPoolBack(_) => all(0),
            Op::Select => all(1),
            Op::Take | Op::Put | Op::Lookup => own(0).clone(),
            Op::Binary(Binary::Div) if own(1).is_empty() => own(0).clone(),
            Op::Binary(Binary::Mul) | Op::Linear { .. } | Op::Conv(_) | Op::ConvBack(_) if own(0).is_disjoint(own(1)) => all(0),
            _ => return false,
        };
        on[id.0 as usize] = depends;
    }
    true
}
