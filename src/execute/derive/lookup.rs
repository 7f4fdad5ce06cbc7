//! Results of tasks at a position.

use super::{Evaluation, Position, Source, Tensor};
use crate::results::{AxisValues, PointResult, Quantity, TaskResult};

impl Evaluation<'_> {
    pub(super) fn result(&self, task: &str, quantity: &str, fixed: &[(String, usize)], at: &Position) -> Result<Tensor, String> {
        let t = self.results.tasks.get(task).ok_or_else(|| format!("the task `{task}` has not run"))?;
        let point = place(&t.axes, fixed, at)?;
        let missing = || format!("`{task}` has no result at {}", labels(t, point));
        let result = match t.points.get(point).and_then(|p| p.as_ref()).filter(|p| p.failed.is_none()) {
            Some(result) => result,
            None if self.results.partial => return nothing(t, quantity).ok_or_else(missing),
            None => return Err(missing()),
        };
        let q: &Quantity = result.quantity(quantity).ok_or_else(missing)?;
        let data = match self.replicate(task, point, result) {
            Some(bin) if bin < q.replicates.len() => &q.replicates[bin],
            _ => &q.value,
        };
        let own = t.own_axes(quantity);
        if own.is_empty() {
            return Ok(Tensor { shape: q.shape.clone(), data: data.clone() });
        }
        // The part at a place of its own axes, which are the first dimensions.
        let shape = q.shape.get(own.len()..).unwrap_or_default().to_vec();
        let size: usize = shape.iter().product();
        let at = place(own, fixed, at)? * size;
        Ok(Tensor { shape, data: data.get(at..at + size).ok_or_else(missing)?.to_vec() })
    }

    /// A point that has a result.
    pub fn finished(&self, task: &str, point: usize) -> Result<&PointResult, String> {
        let t = self.results.tasks.get(task).ok_or_else(|| format!("the task `{task}` has not run"))?;
        let found = t.points.get(point).and_then(Option::as_ref).filter(|p| p.failed.is_none());
        found.ok_or_else(|| format!("`{task}` has no result at {}", labels(t, point)))
    }

    /// Notes that a point is used; the replicate of it that stands in, if one does.
    pub fn replicate(&self, task: &str, point: usize, result: &PointResult) -> Option<usize> {
        self.uses(Source::Point { task: task.to_string(), point, bins: result.replicates() });
        match self.replaced {
            Some((Source::Point { task: name, point: p, .. }, bin)) if name == task && *p == point => Some(bin),
            _ => None,
        }
    }
}

/// The number of a place on some axes: coordinates that a result was taken at, then the position.
pub fn place(axes: &[AxisValues], fixed: &[(String, usize)], at: &Position) -> Result<usize, String> {
    axes.iter().try_fold(0, |place, axis| {
        let i = fixed.iter().chain(at.iter().rev()).find(|(n, _)| *n == axis.name).map(|(_, i)| *i);
        let i = i.ok_or_else(|| format!("the axis `{}` is not fixed here", axis.name))?;
        Ok(place * axis.coordinates.len() + i)
    })
}

/// What stands for a point that is missing: no numbers, in the shape that the quantity has at another point.
fn nothing(task: &TaskResult, quantity: &str) -> Option<Tensor> {
    let other = task.points.iter().flatten().find_map(|p| p.quantity(quantity))?;
    let shape = other.shape.get(task.own_axes(quantity).len()..)?.to_vec();
    Some(Tensor { data: vec![f64::NAN; shape.iter().product()], shape })
}

/// The coordinates of a point, for people.
pub fn labels(t: &TaskResult, point: usize) -> String {
    let mut rest = point;
    let mut labels = Vec::new();
    for axis in t.axes.iter().rev() {
        labels.push(format!("{} = {}", axis.name, axis.coordinates.label(rest % axis.coordinates.len())));
        rest /= axis.coordinates.len();
    }
    labels.reverse();
    if labels.is_empty() { "its point".to_string() } else { labels.join(", ") }
}
