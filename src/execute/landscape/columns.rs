//! Named quantities from looks: expressions are derived as those of results are, with the replicates that all looks of a point share.

use super::super::derive::Results;
use crate::plan::Expr;
use crate::plan::landscape::LookColumn;
use crate::results::{AxisValues, Description, PointResult, Quantity, TaskResult};

/// The task that stands in for the looks of a point.
const LOOKS: &str = "looks";

/// The quantities of some columns, from the arrays that the looks gave.
pub fn columns(
    columns: &[LookColumn],
    looks: &[Vec<Quantity>],
    axes: &dyn Fn(u32, u16) -> Vec<AxisValues>,
) -> Result<Vec<(String, Quantity)>, String> {
    let mut tasks: Option<Vec<TaskResult>> = None;
    columns
        .iter()
        .map(|c| {
            if let Expr::Look { look, part } = c.expr {
                let found = looks.get(look as usize).and_then(|l| l.get(part as usize));
                return Ok((c.name.clone(), found.cloned().ok_or("a look is missing")?));
            }
            let results = Results::new(tasks.get_or_insert_with(|| vec![stand_in(looks, axes)]));
            let e = as_results(&c.expr);
            let found = results.derive(&e)?;
            let replicates = match found.error.iter().any(|x| *x > 0.0 && x.is_finite()) {
                true => results.replicates(&e, LOOKS)?,
                false => vec![],
            };
            let shape = found.axes.iter().map(|a| a.coordinates.len()).chain(found.shape).collect();
            Ok((c.name.clone(), Quantity { shape, value: found.value, error: found.error, replicates, ..Quantity::default() }))
        })
        .collect()
}

fn name(look: u32, part: u16) -> String {
    format!("{look} {part}")
}

/// All looks as quantities of a task of one point.
fn stand_in(looks: &[Vec<Quantity>], axes: &dyn Fn(u32, u16) -> Vec<AxisValues>) -> TaskResult {
    let all = || looks.iter().enumerate().flat_map(|(k, l)| (0..l.len()).map(move |part| (k as u32, part as u16)));
    TaskResult {
        name: LOOKS.into(),
        kind: String::new(),
        doc: None,
        plan_hash: String::new(),
        updates: String::new(),
        axes: vec![],
        descriptions: all()
            .map(|(k, part)| Description { name: name(k, part), axes: axes(k, part), ..Description::default() })
            .collect(),
        points: vec![Some(PointResult {
            hash: String::new(),
            kernel: String::new(),
            wall_seconds: 0.0,
            quantities: all().map(|(k, part)| (name(k, part), looks[k as usize][part as usize].clone())).collect(),
            kept: vec![],
            warnings: vec![],
            failed: None,
        })],
    }
}

fn as_results(e: &Expr) -> Expr {
    match e {
        Expr::Look { look, part } => Expr::Result { task: LOOKS.into(), quantity: name(*look, *part), at: vec![] },
        other => other.map_parts(&mut |part| as_results(part)),
    }
}
