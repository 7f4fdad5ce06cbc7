//! Named quantities from looks: expressions are derived as those of results are, each look a source of errors of its own.

use super::super::derive::Results;
use crate::plan::Expr;
use crate::plan::landscape::LookColumn;
use crate::results::{Description, PointResult, Quantity, TaskResult};

/// The quantities of some columns, from the arrays that the looks gave.
pub fn columns(
    columns: &[LookColumn],
    looks: &[Vec<Quantity>],
    axes: &dyn Fn(u32, u16) -> Vec<crate::results::AxisValues>,
) -> Result<Vec<(String, Quantity)>, String> {
    let mut tasks: Option<Vec<TaskResult>> = None;
    columns
        .iter()
        .map(|c| {
            if let Expr::Look { look, part } = c.expr {
                let found = looks.get(look as usize).and_then(|l| l.get(part as usize));
                return Ok((c.name.clone(), found.cloned().ok_or("a look is missing")?));
            }
            let tasks = tasks.get_or_insert_with(|| looks.iter().enumerate().map(|(k, l)| stand_in(k, l, axes)).collect());
            let found = Results::new(tasks).derive(&as_results(&c.expr))?;
            let shape = found.axes.iter().map(|a| a.coordinates.len()).chain(found.shape).collect();
            Ok((c.name.clone(), super::estimated(shape, found.value, found.error)))
        })
        .collect()
}

/// A look as a task of one point.
fn stand_in(k: usize, look: &[Quantity], axes: &dyn Fn(u32, u16) -> Vec<crate::results::AxisValues>) -> TaskResult {
    let name = |part: usize| part.to_string();
    TaskResult {
        name: k.to_string(),
        kind: String::new(),
        doc: None,
        plan_hash: String::new(),
        updates: String::new(),
        axes: vec![],
        descriptions: (0..look.len())
            .map(|part| Description { name: name(part), axes: axes(k as u32, part as u16), ..Description::default() })
            .collect(),
        points: vec![Some(PointResult {
            hash: String::new(),
            kernel: String::new(),
            wall_seconds: 0.0,
            quantities: look.iter().enumerate().map(|(part, q)| (name(part), q.clone())).collect(),
            kept: vec![],
            warnings: vec![],
            failed: None,
        })],
    }
}

fn as_results(e: &Expr) -> Expr {
    match e {
        Expr::Look { look, part } => Expr::Result { task: look.to_string(), quantity: part.to_string(), at: vec![] },
        other => other.map_parts(&mut |part| as_results(part)),
    }
}
