//! Quantities that run over axes of their own, besides those of the task: histories as tables with a row
//! a time, names as columns, and what runs over two axes or more (a slice of a landscape) as its range.

use super::grid::{counted, grid, widths};
use super::{axis_label, labels, vector};
use crate::results::{AxisValues, Coordinates, PointResult, Quantity, TaskResult};
use crate::store::number::format_number;
use std::fmt::Write;

/// The least rows that a history is shown with: its beginning and its end, and how much is between.
const LEAST: usize = 4;
/// More names than this are rows and not columns.
const COLUMNS: usize = 8;

/// The quantities that run over the same axes.
pub(in super::super) struct Set<'a> {
    pub axes: &'a [AxisValues],
    pub names: Vec<String>,
}

/// The quantities of some names that have axes of their own, by their axes.
pub(in super::super) fn sets<'a>(task: &'a TaskResult, names: &[String]) -> Vec<Set<'a>> {
    let mut all: Vec<Set> = Vec::new();
    for name in names {
        let axes = task.own_axes(name);
        match all.iter_mut().find(|s| s.axes == axes) {
            _ if axes.is_empty() => {}
            Some(set) => set.names.push(name.clone()),
            None => all.push(Set { axes, names: vec![name.clone()] }),
        }
    }
    all
}

/// The rows of a point, and how many at its end had no numbers and are left out.
struct Rows {
    rows: Vec<Vec<String>>,
    left_out: usize,
}

impl Set<'_> {
    /// `mark`: points with warnings are marked here.
    pub(super) fn write(&self, text: &mut String, task: &TaskResult, max_rows: usize, mark: bool) {
        let (along, across) = self.split(task);
        match along {
            [] => self.tables(text, task, None, across, max_rows, mark),
            [axis] => self.tables(text, task, Some(axis), across, max_rows, mark),
            _ => self.fields(text, task, max_rows, mark),
        }
    }

    /// The axes along which rows go, and the one whose names are columns.
    fn split(&self, task: &TaskResult) -> (&[AxisValues], Option<&AxisValues>) {
        match self.axes.split_last() {
            Some((last, rest))
                if matches!(last.coordinates, Coordinates::Text(_))
                    && (1..=COLUMNS).contains(&last.coordinates.len())
                    && rest.len() < 2
                    && !(rest.is_empty() && task.axes.is_empty()) =>
            {
                (rest, Some(last))
            }
            _ => (self.axes, None),
        }
    }

    fn tables(
        &self,
        text: &mut String,
        task: &TaskResult,
        along: Option<&AxisValues>,
        across: Option<&AxisValues>,
        max_rows: usize,
        mark: bool,
    ) {
        let mut head: Vec<String> = task.axes.iter().chain(along).map(|a| a.name.clone()).collect();
        for name in &self.names {
            match across {
                Some(a) => head.extend((0..a.coordinates.len()).map(|k| format!("{name}({})", a.coordinates.label(k)))),
                None => head.push(name.clone()),
            }
        }
        let mut points: Vec<Rows> = (0..task.points.len()).map(|p| self.rows(task, p, along, across, mark)).collect();
        let left_out: usize = points.iter().map(|p| p.left_out).sum();
        let total: usize = points.iter().map(|p| p.rows.len()).sum();
        // As many of the leading axes as can have a block for each of their places.
        let blocks = |depth: usize| task.axes[..depth].iter().map(|a| a.coordinates.len()).product::<usize>();
        let depth = match total > max_rows {
            true => (0..=task.axes.len()).rev().find(|&d| blocks(d) <= (max_rows / LEAST).max(1)).unwrap_or(0),
            false => 0,
        };
        // Too many points to show how each one went: where it began and where it ended.
        let ends = along.filter(|a| a.coordinates.len() > 2 && total > max_rows && depth < task.axes.len());
        if ends.is_some() {
            for rows in points.iter_mut().map(|p| &mut p.rows).filter(|rows| rows.len() > 2) {
                rows.drain(1..rows.len() - 1);
            }
        }
        let all: Vec<Vec<String>> = points.iter().flat_map(|p| &p.rows).cloned().collect();
        let widths = widths(&head, &all);
        let count = blocks(depth).max(1);
        for (b, block) in points.chunks((points.len() / count).max(1)).enumerate() {
            let rows: Vec<Vec<String>> = block.iter().flat_map(|p| &p.rows).map(|r| r[depth..].to_vec()).collect();
            if depth > 0 {
                text.push_str(if b > 0 { "\n" } else { "" });
                let first = block.first().and_then(|p| p.rows.first());
                let place = task.axes[..depth].iter().zip(first.into_iter().flatten()).map(|(a, l)| format!("{} = {l}", a.name));
                let _ = writeln!(text, "{}", place.collect::<Vec<_>>().join(", "));
            }
            let most = if count > 1 { (max_rows / count).max(LEAST) } else { max_rows };
            grid(text, &head[depth..], &rows, &widths[depth..], most);
        }
        if let Some(axis) = ends {
            let _ = writeln!(text, "of {} values of {} the first and the last", axis.coordinates.len(), axis.name);
        }
        if left_out > 0 {
            let _ = writeln!(text, "{} without numbers at the end left out", counted(left_out, "row"));
        }
    }

    fn rows(&self, task: &TaskResult, p: usize, along: Option<&AxisValues>, across: Option<&AxisValues>, mark: bool) -> Rows {
        let place = labels(task, p);
        let columns = self.names.len() * across.map_or(1, |a| a.coordinates.len());
        let only = |what: &str| {
            let mut row = place.clone();
            row.extend(along.map(|_| String::new()));
            row.extend((0..columns).map(|_| what.to_owned()));
            Rows { rows: vec![row], left_out: 0 }
        };
        let Some(point) = &task.points[p] else { return only("missing") };
        let found: Vec<Option<&Quantity>> = self.names.iter().map(|n| point.quantity(n)).collect();
        if found.iter().all(Option::is_none) {
            return only(absent(point));
        }
        let length = along.map_or(1, |a| a.coordinates.len());
        let (mut rows, mut last) = (Vec::with_capacity(length), 0);
        for i in 0..length {
            let mut row = place.clone();
            row.extend(along.map(|a| axis_label(a, i)));
            for q in &found {
                for k in 0..across.map_or(1, |a| a.coordinates.len()) {
                    let at: Vec<usize> = along.map(|_| i).into_iter().chain(across.map(|_| k)).collect();
                    let part = q.and_then(|q| q.part(&at));
                    if part.as_ref().is_some_and(|(_, value, _)| value.iter().any(|x| !x.is_nan())) {
                        last = i;
                    }
                    row.push(part.map_or("-".to_owned(), |(shape, value, error)| vector(shape, value, error)));
                }
            }
            rows.push(row);
        }
        // What ended early has no numbers from there on.
        let left_out = rows.len().saturating_sub(last + 1);
        rows.truncate(last + 1);
        if let Some(cell) = rows.last_mut().and_then(|r| r.last_mut()).filter(|_| mark && !point.warnings.is_empty()) {
            cell.push_str(" !");
        }
        Rows { rows, left_out }
    }

    /// One line, or one column, for each: how large it is and from where to where it goes.
    fn fields(&self, text: &mut String, task: &TaskResult, max_rows: usize, mark: bool) {
        let over: Vec<&str> = self.axes.iter().map(|a| a.name.as_str()).collect();
        let sizes: Vec<String> = self.axes.iter().map(|a| a.coordinates.len().to_string()).collect();
        let title = |name: &str| format!("{name}({})", over.join(", "));
        let sizes = sizes.join(" × ");
        let cell = |point: &Option<PointResult>, name: &str| match point {
            None => "missing".to_owned(),
            Some(p) => p.quantity(name).map_or(absent(p).to_owned(), range),
        };
        let warned = |p: &Option<PointResult>| mark && p.as_ref().is_some_and(|p| !p.warnings.is_empty());
        if let ([], [point]) = (task.axes.as_slice(), task.points.as_slice()) {
            for name in &self.names {
                let warned = if warned(point) { " !" } else { "" };
                let _ = writeln!(text, "{}: {sizes}, {}{warned}", title(name), cell(point, name));
            }
            return;
        }
        let head: Vec<String> = task.axes.iter().map(|a| a.name.clone()).chain(self.names.iter().map(|n| title(n))).collect();
        let rows: Vec<Vec<String>> = task
            .points
            .iter()
            .enumerate()
            .map(|(p, point)| {
                let mut row = labels(task, p);
                row.extend(self.names.iter().map(|n| cell(point, n)));
                if let Some(cell) = row.last_mut().filter(|_| warned(point)) {
                    cell.push_str(" !");
                }
                row
            })
            .collect();
        let _ = writeln!(text, "{sizes} values each");
        grid(text, &head, &rows, &widths(&head, &rows), max_rows);
    }
}

/// What stands for a quantity that a point lacks.
fn absent(point: &PointResult) -> &'static str {
    if point.failed.is_some() { "failed" } else { "-" }
}

/// `from 0.12 to 5.3`
fn range(q: &Quantity) -> String {
    let numbers = || q.value.iter().copied().filter(|x| !x.is_nan());
    let low = numbers().fold(f64::INFINITY, f64::min);
    let high = numbers().fold(f64::NEG_INFINITY, f64::max);
    let without = q.value.len() - numbers().count();
    if without == q.value.len() {
        return "no numbers".to_owned();
    }
    let rest = if without > 0 { format!(", {without} without numbers") } else { String::new() };
    if low == high { format!("all {}{rest}", short(low)) } else { format!("from {} to {}{rest}", short(low), short(high)) }
}

/// Four digits: what a range needs.
fn short(x: f64) -> String {
    if x.is_finite() { format_number(format!("{x:.3e}").parse().unwrap_or(x)) } else { format_number(x) }
}
