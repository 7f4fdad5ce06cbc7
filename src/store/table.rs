//! Results as tables for people: a row a point, axes first, then quantities with their errors.

use super::number::{format_number, format_value};
use crate::results::{AxisValues, Coordinates, Derived, PointResult, Quantity, RunResult, TaskResult};
use std::fmt::Write;

/// Elements of a vector that a cell shows.
const ELEMENTS: usize = 3;

/// A task as a table. With more than `max_rows` points the middle ones are left out (and counted);
/// over two axes or more there is then a block for each value of the first. `usize::MAX` shows all.
pub fn task_table(task: &TaskResult, max_rows: usize) -> String {
    let columns = quantity_names(task);
    let rows: Vec<Vec<String>> = (0..task.points.len()).map(|p| row(task, p, &columns)).collect();
    let head: Vec<String> = task.axes.iter().map(|a| a.name.clone()).chain(columns).collect();
    let mut text = String::new();
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
            grid(&mut text, &head[1..], &inner, &widths[1..], (max_rows / first).max(4));
        }
    } else {
        grid(&mut text, &head, &rows, &widths(&head, &rows), max_rows);
    }
    notes(&mut text, task);
    text
}

/// A run in a few lines: where it comes from, its tasks, derived results and claims.
pub fn run_summary(run: &RunResult) -> String {
    let mut text = String::new();
    let header = &run.header;
    if let Some(title) = &header.title {
        let _ = writeln!(text, "{title}");
    }
    let script = header.sources.first().map_or("no script", |(name, _)| name.as_str());
    let state = if header.complete { "" } else { ", not complete" };
    let _ = writeln!(text, "{script}, seed {}, ann {}, {}{state}", header.seed, header.ann_version, header.created);
    for task in &run.tasks {
        let done = task.points.iter().flatten().filter(|p| p.failed.is_none()).count();
        let failed = task.points.iter().flatten().count() - done;
        let missing = task.points.len() - done - failed;
        let over: Vec<String> = task.axes.iter().map(|a| format!("{} ({})", a.name, a.coordinates.len())).collect();
        let _ = write!(text, "{} {}", task.kind, task.name);
        if !over.is_empty() {
            let _ = write!(text, " over {}", over.join(", "));
        }
        let _ = write!(text, ": {}", counted(task.points.len(), "point"));
        for (count, what) in [(failed, "failed"), (missing, "missing")] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        let seconds: f64 = task.points.iter().flatten().map(|p| p.wall_seconds).sum();
        let mut kernels: Vec<&str> = task.points.iter().flatten().map(|p| p.kernel.as_str()).filter(|k| !k.is_empty()).collect();
        kernels.sort_unstable();
        kernels.dedup();
        let _ =
            writeln!(text, "; {}; {seconds:.1} s", if kernels.is_empty() { "no kernel".to_owned() } else { kernels.join(", ") });
    }
    for derived in &run.derived {
        let _ = writeln!(text, "{}", derived_line(derived));
    }
    for claim in &run.claims {
        let mark = if claim.holds { "holds" } else { "FAILS" };
        let _ = writeln!(
            text,
            "{mark}: {}{}",
            claim.expression,
            if claim.detail.is_empty() { String::new() } else { format!(" ({})", claim.detail) }
        );
    }
    text
}

/// `Tc = 2.2692(14)`; a result over axes says its size and its first values.
pub fn derived_line(derived: &Derived) -> String {
    if let Some(text) = derived.text.as_ref().filter(|_| derived.value.is_empty()) {
        return format!("{} = {text}", derived.name);
    }
    let axes: Vec<&str> = derived.axes.iter().map(|a| a.name.as_str()).collect();
    let over = if axes.is_empty() { String::new() } else { format!(" over {}", axes.join(", ")) };
    let shape = if axes.is_empty() { derived.shape.clone() } else { vec![derived.value.len()] };
    format!("{}{over} = {}", derived.name, vector(&shape, &derived.value, &derived.error))
}

fn quantity_names(task: &TaskResult) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in task.points.iter().flatten().flat_map(|p| &p.quantities) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn row(task: &TaskResult, p: usize, columns: &[String]) -> Vec<String> {
    let mut cells = Vec::new();
    let mut stride = task.points.len();
    let mut rest = p;
    for axis in &task.axes {
        stride /= axis.coordinates.len().max(1);
        cells.push(axis_label(axis, rest / stride.max(1)));
        rest %= stride.max(1);
    }
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

fn vector(shape: &[usize], value: &[f64], error: &[f64]) -> String {
    let one = |i: usize| format_value(value[i], error.get(i).copied().unwrap_or(0.0));
    if shape.is_empty() && value.len() == 1 {
        return one(0);
    }
    let shown: Vec<String> = (0..value.len().min(ELEMENTS)).map(one).collect();
    let rest = value.len() - shown.len();
    let more = if rest > 0 { format!(", … {rest} more") } else { String::new() };
    format!("[{}{more}]", shown.join(", "))
}

fn widths(head: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let mut all: Vec<usize> = head.iter().map(|h| width(h)).collect();
    for row in rows {
        for (w, cell) in all.iter_mut().zip(row) {
            *w = width(cell).max(*w);
        }
    }
    all
}

fn grid(text: &mut String, head: &[String], rows: &[Vec<String>], widths: &[usize], max_rows: usize) {
    line(text, head, widths);
    if rows.len() <= max_rows {
        rows.iter().for_each(|r| line(text, r, widths));
        return;
    }
    // The count takes a row itself.
    let shown = max_rows.max(3) - 1;
    let (top, bottom) = (shown.div_ceil(2), shown / 2);
    rows[..top].iter().for_each(|r| line(text, r, widths));
    let _ = writeln!(text, "… {} more …", counted(rows.len() - top - bottom, "row"));
    rows[rows.len() - bottom..].iter().for_each(|r| line(text, r, widths));
}

/// Left-aligned cells, so that the digits of a column stand under each other.
fn line(text: &mut String, cells: &[String], widths: &[usize]) {
    let mut all = String::new();
    for (cell, w) in cells.iter().zip(widths) {
        all.push_str(cell);
        all.extend(std::iter::repeat_n(' ', w.saturating_sub(width(cell)) + 2));
    }
    text.push_str(all.trim_end());
    text.push('\n');
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

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Columns of a terminal: Greek and Latin letters are one wide, combining marks none, and the wide
/// scripts of East Asia two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c as u32 {
            0x0300..=0x036f | 0x20d0..=0x20ff | 0x200b..=0x200d => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0x1f300..=0x1faff => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Warning;
    use crate::store::tests::{run, task};

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
    fn a_run_in_a_few_lines() {
        let text = run_summary(&run());
        for part in [
            "scan.ann",
            "seed 7",
            "sample scan over L (2), T (3): 6 points, 1 failed, 1 missing",
            "Tc = 2.2692(14)",
            "holds: ",
            "FAILS: ",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn vectors_show_their_first_elements() {
        assert_eq!(vector(&[5], &[1.0, 2.0, 3.0, 4.0, 5.0], &[0.1; 5]), "[1.00(10), 2.00(10), 3.00(10), … 2 more]");
        assert_eq!(vector(&[0], &[], &[]), "[]");
        assert_eq!(vector(&[1], &[1.5], &[]), "[1.5]");
    }
}
