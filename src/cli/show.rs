//! `ann show`: a result file for people.

use super::arguments::Show;
use super::terminal::{self, Terminal};
use super::{GOOD, WRONG, present};
use crate::diagnostic::{Diagnostic, codes};
use crate::plot::{Axis, Figure, Panel, Series};
use crate::results::{RunResult, TaskResult};
use crate::store;

/// Curves that one drawing can hold apart.
const CURVES: usize = 8;

pub fn show(arguments: &Show, terminal: &Terminal) -> u8 {
    match try_show(arguments, terminal) {
        Ok(()) => GOOD,
        Err(d) => {
            terminal.report_one(d);
            WRONG
        }
    }
}

fn try_show(arguments: &Show, terminal: &Terminal) -> Result<(), Diagnostic> {
    let run = store::read(&arguments.file)?;
    let rows = if arguments.all { usize::MAX } else { present::ROWS };
    let inner = arguments.path.as_deref().map(|p| p.trim_matches('/'));
    if arguments.plot {
        return plot(&run, inner, terminal);
    }
    match inner {
        None => {
            terminal::put(&present::with_newline(store::run_summary(&run)));
            for task in &run.tasks {
                terminal::put("\n");
                terminal::line(&terminal.paint("1", &task.name));
                terminal::put(&present::with_newline(store::task_table(task, rows)));
            }
        }
        Some(inner) => match run.tasks.iter().find(|t| t.name == inner) {
            Some(task) => terminal::put(&present::with_newline(store::task_table(task, rows))),
            None => terminal::put(&present::with_newline(store::look(&arguments.file, inner)?.render(rows))),
        },
    }
    Ok(())
}

/// Draws a quantity (`scan/m`), the quantities of a task, or those of all tasks.
fn plot(run: &RunResult, inner: Option<&str>, terminal: &Terminal) -> Result<(), Diagnostic> {
    let (task, quantity) = match inner {
        None => (None, None),
        Some(path) => match path.split_once('/') {
            Some((task, quantity)) => (Some(task), Some(quantity)),
            None => (Some(path), None),
        },
    };
    let mut drawn = 0;
    for t in run.tasks.iter().filter(|t| task.is_none_or(|name| t.name == name)) {
        for d in t.descriptions.iter().filter(|d| quantity.is_none_or(|name| d.name == name)) {
            if let Some(figure) = figure(t, &d.name) {
                if drawn > 0 {
                    terminal::line("");
                }
                present::draw(&figure, terminal);
                drawn += 1;
            }
        }
    }
    if drawn > 0 {
        return Ok(());
    }
    let what = inner.map_or("the file".to_string(), |p| format!("`{p}`"));
    Err(Diagnostic::general(codes::CANNOT_READ, format!("there is nothing to draw in {what}"))
        .expected("a task that runs over an axis of numbers, or a quantity of it (`scan/m`)"))
}

/// A quantity over the last axis of numbers; one curve for each place on the other axes.
fn figure(task: &TaskResult, name: &str) -> Option<Figure> {
    let along = task.axes.iter().rposition(|a| a.coordinates.len() > 1 && a.coordinates.number(0).is_some())?;
    let inner: usize = task.axes[along + 1..].iter().map(|a| a.coordinates.len()).product();
    let length = task.axes[along].coordinates.len();
    let mut curves: Vec<Series> = Vec::new();
    for start in (0..task.points.len()).filter(|p| (p / inner).is_multiple_of(length)) {
        let (mut x, mut y, mut error) = (Vec::new(), Vec::new(), Vec::new());
        for k in 0..length {
            let Some(q) = task.points[start + k * inner].as_ref().and_then(|p| p.quantity(name)) else { continue };
            if let (Some(at), [value]) = (task.axes[along].coordinates.number(k), q.value.as_slice()) {
                x.push(at);
                y.push(*value);
                error.push(q.error.first().copied().unwrap_or(0.0));
            }
        }
        if !x.is_empty() && curves.len() < CURVES {
            curves.push(Series::new(place(task, along, start), x, y).error(error));
        }
    }
    if curves.is_empty() {
        return None;
    }
    if task.axes.len() == 1 {
        curves.iter_mut().for_each(|c| c.label = None);
    }
    let panel = Panel::new(Axis::new(&task.axes[along].name), Axis::new(name)).with_all(curves);
    Some(Figure::of(panel).title(format!("{}.{name}", task.name)))
}

/// The coordinates of a point on the axes that are not drawn along.
fn place(task: &TaskResult, along: usize, point: usize) -> String {
    let mut stride = task.points.len();
    let mut labels = Vec::new();
    for (k, axis) in task.axes.iter().enumerate() {
        stride /= axis.coordinates.len().max(1);
        if k != along {
            labels.push(format!(
                "{} = {}",
                axis.name,
                axis.coordinates.label(point / stride.max(1) % axis.coordinates.len().max(1))
            ));
        }
    }
    labels.join(", ")
}
