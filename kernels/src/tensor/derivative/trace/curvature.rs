//! The Hessian of a loss by the outputs of each example, as a sum of c u vᵀ.
//!
//! Cross-entropy and squares (and whatever consists of functions of linear functions of the outputs) have a form with u = v, one term
//! an output; other losses take the columns of the Hessian.

use super::super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::super::super::simplify::{Build, cone};
use super::super::functions::slope;
use super::super::{crosses, gradient, hessian, jvp, vjp};

/// As many terms are written out at most.
const MOST_TERMS: usize = 1024;

/// weight u vᵀ: a batched number and two batched arrays of the shape of the outputs.
pub struct Term {
    pub weight: Id,
    pub u: Id,
    pub v: Id,
}

/// `None` where examples meet in other ways than by linear sums, or where there are too many outputs.
pub fn terms(g: &mut Graph, value: Id, outputs: Id) -> Option<Vec<Term>> {
    let form = form(g, value, outputs)?;
    let count: usize = form.curved.iter().map(|c| g.size(g.node(*c).args[0])).sum();
    if !form.shallow || count > 2 * g.size(outputs) {
        return columns(g, value, outputs);
    }
    if count > MOST_TERMS {
        return None;
    }
    let weights = gradient(g, value, &form.curved);
    let mut all = vec![];
    for (node, weight) in form.curved.into_iter().zip(weights) {
        of_node(g, outputs, node, weight, &mut all);
    }
    Some(all)
}

/// How the value depends on the outputs.
struct Form {
    /// Nodes that are not linear.
    curved: Vec<Id>,
    /// Whether these are functions of linear functions of the outputs.
    shallow: bool,
}

fn form(g: &Graph, value: Id, outputs: Id) -> Option<Form> {
    let mut form = Form { curved: vec![], shallow: true };
    let (mut depends, mut bent) = (vec![false; value.0 as usize + 1], vec![false; value.0 as usize + 1]);
    for id in cone(g, &[value], &[outputs]) {
        let i = id.0 as usize;
        if id == outputs {
            depends[i] = true;
            continue;
        }
        let node = g.node(id);
        let on: Vec<Id> = node.args.iter().copied().filter(|a| depends[a.0 as usize]).collect();
        // A condition, a class or a place carries no derivative.
        if on.is_empty() || matches!(node.op, Op::ArgMax | Op::OneHot | Op::MaxPlaces(_)) {
            continue;
        }
        depends[i] = true;
        bent[i] = on.iter().any(|a| bent[a.0 as usize]);
        if linear(&node.op, &node.args, &depends) {
            if node.batched && on.iter().any(|a| !g.batched(*a)) {
                return None;
            }
            continue;
        }
        if !node.batched || crosses(&node.op) {
            return None;
        }
        form.shallow &= !bent[i] && matches!(node.op, Op::Unary(_) | Op::LogSumExp);
        bent[i] = true;
        form.curved.push(id);
    }
    Some(form)
}

fn linear(op: &Op, args: &[Id], depends: &[bool]) -> bool {
    let on = |k: usize| depends[args[k].0 as usize];
    match op {
        Op::Unary(Unary::Neg)
        | Op::Binary(Binary::Add | Binary::Sub)
        | Op::Broadcast { .. }
        | Op::Sum { .. }
        | Op::SumBatch
        | Op::Reshape
        | Op::Permute { .. }
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Concat { .. }
        | Op::Gather { .. }
        | Op::Scatter { .. }
        | Op::SumPool(_)
        | Op::SumPoolBack(_) => true,
        Op::Binary(Binary::Mul) | Op::Linear { .. } | Op::Outer | Op::Conv(_) | Op::ConvBack(_) | Op::ConvWeights(_) => {
            !(on(0) && on(1))
        }
        Op::Binary(Binary::Div) | Op::Take | Op::Put | Op::Lookup => !on(1),
        Op::Select | Op::Accumulate => !on(0),
        _ => false,
    }
}

/// 1 at a flat place, for every example.
fn unit(g: &mut Graph, place: usize, shape: &[usize]) -> Id {
    let size: usize = shape.iter().product();
    let values = (0..size).map(|i| f64::from(u8::from(i == place))).collect();
    let one = g.array(values, shape);
    g.lifted(one, true)
}

/// The number at a flat place.
fn element(g: &mut Graph, x: Id, place: usize) -> Id {
    let batched = g.batched(x);
    let y = g.make(Op::Gather { index: std::sync::Arc::new(vec![place as u32]) }, vec![x], vec![], batched);
    g.lifted(y, true)
}

/// The terms of one function of a linear function a of the outputs, which counts with a weight.
fn of_node(g: &mut Graph, outputs: Id, node: Id, weight: Id, all: &mut Vec<Term>) {
    let (op, a) = (g.node(node).op.clone(), g.node(node).args[0]);
    let shape = g.shape(a).to_vec();
    let mut push = |g: &mut Graph, weight: Id, place: usize, direction: Id| {
        let weight = element(g, weight, place);
        let direction = g.lifted(direction, true);
        let u = vjp(g, &[(a, direction)], &[outputs])[0];
        let u = g.lifted(u, true);
        all.push(Term { weight, u, v: u });
    };
    if let Op::Unary(f) = op {
        let ones = g.filled(1.0, &shape, true);
        let Some(curvature) = slope(g, f, a, node).and_then(|s| jvp(g, &[s], &[(a, ones)])[0]) else { return };
        let weight = g.times(weight, curvature);
        for place in 0..g.size(a) {
            let direction = unit(g, place, &shape);
            push(g, weight, place, direction);
        }
        return;
    }
    // The Hessian of ln Σ exp is Σ_k p_k (e_k - p) (e_k - p)ᵀ, row by row.
    let classes = shape[shape.len() - 1];
    let batched = g.batched(a);
    let p = g.make(Op::Softmax, vec![a], shape.clone(), batched);
    let dims: Vec<usize> = (0..shape.len() - 1).collect();
    let batched = g.batched(weight);
    let weight = g.widen(weight, &dims, &shape, batched);
    let weight = g.times(weight, p);
    for place in 0..g.size(a) {
        let row: Vec<f64> = (0..g.size(a)).map(|i| f64::from(u8::from(i / classes == place / classes))).collect();
        let row = g.array(row, &shape);
        let own = g.times(p, row);
        let unit = unit(g, place, &shape);
        let direction = g.minus(unit, own);
        push(g, weight, place, direction);
    }
}

/// The columns of the Hessian, each with its unit vector.
fn columns(g: &mut Graph, value: Id, outputs: Id) -> Option<Vec<Term>> {
    let shape = g.shape(outputs).to_vec();
    if g.size(outputs) > MOST_TERMS {
        return None;
    }
    let by_outputs = gradient(g, value, &[outputs]);
    let weight = g.filled(1.0, &[], true);
    let mut all = vec![];
    for place in 0..g.size(outputs) {
        let u = unit(g, place, &shape);
        let v = hessian(g, &by_outputs, &[outputs], &[u])[0];
        all.push(Term { weight, u, v: g.lifted(v, true) });
    }
    Some(all)
}
