//! What an expression will be like before it is made: truth values, numbers of operations, sizes of index sets.

use super::materials::{Materials, depends_on_state};
use crate::plan::{Domain, Expr, Function, Model, Op, Reduction};

/// Whether the value can only be 0 or 1.
pub fn is_truth(e: &Expr) -> bool {
    match e {
        Expr::Binary(op, ..) => {
            matches!(op, Op::Equal | Op::NotEqual | Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual | Op::And | Op::Or)
        }
        Expr::Unary(Function::Not, _) => true,
        Expr::Reduce { op, .. } | Expr::Fold(op, _) => matches!(op, Reduction::Any | Reduction::All),
        _ => false,
    }
}

/// An estimate from above of the operations that an expression becomes; `None` where a filter makes it unknown.
pub fn estimate(materials: &Materials, model: &Model, e: &Expr) -> Result<Option<f64>, String> {
    if !depends_on_state(e) {
        return Ok(Some(0.0));
    }
    let mut total = match e {
        Expr::Measure { of, shape, .. } => {
            let elements = shape.iter().product::<usize>() as f64;
            // Functions of one variable are read off the states; other arrays are made element by element.
            if of.iter().all(|x| !depends_on_state(x) || super::operands::only_variable(x).is_some()) {
                return Ok(Some(elements));
            }
            elements
        }
        Expr::Variable { variable, .. } => model.variables.get(*variable as usize).map_or(0.0, |v| v.components() as f64),
        _ => 1.0,
    };
    let Expr::Reduce { domains, filter, body, .. } = e else {
        let mut parts = Vec::new();
        e.for_each_part(&mut |part| parts.push(part));
        for part in parts {
            let Some(n) = estimate(materials, model, part)? else { return Ok(None) };
            total += n;
        }
        return Ok(Some(total));
    };
    if filter.is_some() {
        return Ok(None);
    }
    let mut size = 1.0;
    for domain in domains {
        size *= domain_size(materials, domain)?;
    }
    Ok(estimate(materials, model, body)?.map(|n| size * (1.0 + n)))
}

/// The number of elements of an index set (of neighbours: the mean).
pub fn domain_size(materials: &Materials, domain: &Domain) -> Result<f64, String> {
    Ok(match domain {
        Domain::Range { start, end, .. } => (end - start).max(0) as f64,
        Domain::Bonds { graph, .. } => materials.bond_count(*graph)? as f64,
        Domain::Ordered { locals, start, end } => {
            let n = (end - start).max(0) as f64;
            (0..locals.len()).fold(1.0, |c, k| c * (n - k as f64).max(0.0) / (k as f64 + 1.0))
        }
        Domain::Tuples { tuples, .. } => tuples.len() as f64,
        Domain::Neighbours { graph, .. } => {
            2.0 * materials.bond_count(*graph)? as f64 / materials.graph(*graph)?.sites().max(1) as f64
        }
    })
}
