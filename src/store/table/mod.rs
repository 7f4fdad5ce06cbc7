//! Results as tables for people: a row a point, axes first, then quantities with their errors. Quantities
//! with axes of their own have tables of their own.

mod cells;
mod grid;
mod own;

use super::number::{format_number, format_value};
use crate::results::{AxisValues, Coordinates, PointResult, Quantity, TaskResult};
pub use cells::{Cells, cells, own_tables, point_label};
pub(super) use grid::counted;
use grid::{grid, widths};
pub(super) use own::sets;
use std::fmt::Write;

/// Elements of a vector that a cell shows.
const ELEMENTS: usize = 3;

/// A task as a table. With more than `max_rows` points the middle ones are left out (and counted);
/// over two axes or more there is then a block for each value of the first. `usize::MAX` shows all.
/// Below it the quantities that run over axes of their own.
pub fn task_table(task: &TaskResult, max_rows: usize) -> String {
    let names = quantity_names(task);
    let own = sets(task, &names);
    let plain: Vec<String> = names.into_iter().filter(|n| task.own_axes(n).is_empty()).collect();
    let mut text = String::new();
    let whole = !plain.is_empty() || own.is_empty();
    if whole {
        points(&mut text, task, plain, max_rows);
    }
    for (k, set) in own.iter().enumerate() {
        if whole || k > 0 {
            text.push('\n');
        }
        set.write(&mut text, task, max_rows, !whole && k == 0);
    }
    notes(&mut text, task);
    text
}

/// The table of what has no axes but those of the task.
fn points(text: &mut String, task: &TaskResult, columns: Vec<String>, max_rows: usize) {
    let rows: Vec<Vec<String>> = (0..task.points.len()).map(|p| row(task, p, &columns)).collect();
    let head: Vec<String> = task.axes.iter().map(|a| a.name.clone()).chain(columns).collect();
    let first = task.axes.first().map_or(1, |a| a.coordinates.len()).max(1);
    if rows.len() > max_rows && task.axes.len() > 1 && first > 1 && rows.len().is_multiple_of(first) {
        let widths = widths(&head, &rows);
        let block = rows.len() / first;
        for (b, rows) in rows.chunks(block).enumerate() {
            if b > 0 {
                text.push('\n');
            }
            let _ = writeln!(text, "{} = {}", task.axes[0].name, axis_label(&task.axes[0], b));
            let inner: Vec<Vec<String>> = rows.iter().map(|r| r[1..].to_vec()).collect();
            grid(text, &head[1..], &inner, &widths[1..], (max_rows / first).max(4));
        }
    } else {
        grid(text, &head, &rows, &widths(&head, &rows), max_rows);
    }
}

/// The quantities of all points, in the order in which they first appear.
pub(super) fn quantity_names(task: &TaskResult) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in task.points.iter().flatten().flat_map(|p| &p.quantities) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn row(task: &TaskResult, p: usize, columns: &[String]) -> Vec<String> {
    let mut cells = labels(task, p);
    let point = task.points[p].as_ref();
    for (i, name) in columns.iter().enumerate() {
        cells.push(match point {
            None => "missing".to_owned(),
            Some(p) if p.failed.is_some() && p.quantity(name).is_none() => "failed".to_owned(),
            Some(p) => {
                let mark = if i + 1 == columns.len() && !p.warnings.is_empty() { " !" } else { "" };
                p.quantity(name).map_or("-".to_owned(), cell) + mark
            }
        });
    }
    cells
}

/// The coordinates of a point.
fn labels(task: &TaskResult, p: usize) -> Vec<String> {
    let mut stride = task.points.len();
    let mut rest = p;
    let mut labels = Vec::new();
    for axis in &task.axes {
        stride /= axis.coordinates.len().max(1);
        labels.push(axis_label(axis, rest / stride.max(1)));
        rest %= stride.max(1);
    }
    labels
}

fn axis_label(axis: &AxisValues, i: usize) -> String {
    match &axis.coordinates {
        // Ten digits: steps of a range do not show their rounding.
        Coordinates::Real(v) => v.get(i).map_or_else(String::new, |&x| format_number(x)),
        other if i < other.len() => other.label(i),
        _ => String::new(),
    }
}

fn cell(q: &Quantity) -> String {
    vector(&q.shape, &q.value, &q.error)
}

/// Numbers with their errors in one cell, the first of many.
pub(super) fn vector(shape: &[usize], value: &[f64], error: &[f64]) -> String {
    let one = |i: usize| format_value(value[i], error.get(i).copied().unwrap_or(0.0));
    if shape.is_empty() && value.len() == 1 {
        return one(0);
    }
    let shown: Vec<String> = (0..value.len().min(ELEMENTS)).map(one).collect();
    let rest = value.len() - shown.len();
    let more = if rest > 0 { format!(", … {rest} more") } else { String::new() };
    format!("[{}{more}]", shown.join(", "))
}

fn notes(text: &mut String, task: &TaskResult) {
    let mut said: Vec<(String, usize)> = Vec::new();
    let mut say = |what: String| match said.iter_mut().find(|(w, _)| *w == what) {
        Some((_, n)) => *n += 1,
        None => said.push((what, 1)),
    };
    for point in task.points.iter().flatten() {
        if let Some(why) = &point.failed {
            say(if why.is_empty() { "failed".to_owned() } else { format!("failed: {why}") });
        }
        codes_of(point).into_iter().for_each(|code| say(format!("! {code}")));
    }
    for (what, count) in said {
        let _ = writeln!(text, "{what}, at {}", counted(count, "point"));
    }
}

/// The codes of a point's warnings, each once.
fn codes_of(point: &PointResult) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for warning in &point.warnings {
        if !all.contains(&warning.code) {
            all.push(warning.code.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Warning;
    use crate::store::tests::task;

    #[test]
    fn a_row_a_point_aligned() {
        let mut task = task(&[8, 16], 2);
        task.axes[0].name = "β".into();
        task.points[1] = None;
        if let Some(p) = &mut task.points[2] {
            p.warnings = vec![Warning { code: "W0101".into(), message: "short".into() }];
        }
        let text = task_table(&task, 100);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        let at = lines[0].chars().collect::<Vec<_>>().iter().position(|&c| c == 'm').unwrap();
        assert!(lines[1].chars().nth(at).unwrap().is_ascii_digit() && lines[1].chars().nth(at - 1).unwrap() == ' ', "{text}");
        assert!(lines[2].contains("missing") && lines[3].ends_with('!') && lines[5] == "! W0101, at 1 point", "{text}");
    }

    #[test]
    fn long_tables_lose_their_middle_and_say_how_much() {
        let one = task(&[8], 100);
        let mut flat = one.clone();
        flat.axes.remove(0);
        let text = task_table(&flat, 11);
        assert_eq!(text.lines().count(), 12, "{text}");
        assert!(text.contains("… 90 rows more …"), "{text}");
        assert_eq!(task_table(&flat, usize::MAX).lines().count(), 101);
        let text = task_table(&task(&[8, 16, 32], 10), 12);
        assert!(text.contains("L = 8\n") && text.contains("\nL = 32\n") && text.contains("… 7 rows more …"), "{text}");
    }

    #[test]
    fn vectors_show_their_first_elements() {
        assert_eq!(vector(&[5], &[1.0, 2.0, 3.0, 4.0, 5.0], &[0.1; 5]), "[1.00(10), 2.00(10), 3.00(10), … 2 more]");
        assert_eq!(vector(&[0], &[], &[]), "[]");
        assert_eq!(vector(&[1], &[1.5], &[]), "[1.5]");
    }
}
