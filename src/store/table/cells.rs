//! A task's tables in parts, for those who lay them out themselves.

use super::{TaskResult, labels, quantity_names, row, sets};

/// A table: the names of its columns, and its rows. The first `axes` columns are coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    pub head: Vec<String>,
    pub axes: usize,
    pub rows: Vec<Vec<String>>,
}

/// What a task has at its points, a row each, without quantities that have axes of their own; none where it has only those.
pub fn cells(task: &TaskResult) -> Option<Cells> {
    let names: Vec<String> = quantity_names(task).into_iter().filter(|n| task.own_axes(n).is_empty()).collect();
    if names.is_empty() {
        return None;
    }
    let head = task.axes.iter().map(|a| a.name.clone()).chain(names.iter().cloned()).collect();
    Some(Cells { head, axes: task.axes.len(), rows: (0..task.points.len()).map(|p| row(task, p, &names)).collect() })
}

/// The quantities of a task that have axes of their own, as text; empty where there are none.
pub fn own_tables(task: &TaskResult, max_rows: usize) -> String {
    let mut text = String::new();
    for (k, set) in sets(task, &quantity_names(task)).iter().enumerate() {
        if k > 0 {
            text.push('\n');
        }
        set.write(&mut text, task, max_rows, false);
    }
    text
}

/// Where a point lies: `L = 16, T = 2.2`.
pub fn point_label(task: &TaskResult, point: usize) -> String {
    let of = labels(task, point);
    task.axes.iter().zip(of).map(|(a, l)| format!("{} = {l}", a.name)).collect::<Vec<_>>().join(", ")
}
