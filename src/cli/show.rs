//! `ann show`: a result file for people.

use super::arguments::Show;
use super::figures::figures;
use super::terminal::{self, Terminal};
use super::{GOOD, WRONG, present};
use crate::diagnostic::{Diagnostic, codes};
use crate::results::{RunResult, TaskResult};
use crate::store;

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
            None => match quantity(&run, inner) {
                Some(alone) => terminal::put(&present::with_newline(store::task_table(&alone, rows))),
                None => terminal::put(&present::with_newline(store::look(&arguments.file, inner)?.render(rows))),
            },
        },
    }
    Ok(())
}

/// A task with one of its quantities alone (`fit/loss`), where each of its values fits a cell.
fn quantity(run: &RunResult, path: &str) -> Option<TaskResult> {
    /// A table shows so many elements of an array.
    const CELL: usize = 3;
    let (task, name) = path.split_once('/')?;
    let task = run.tasks.iter().find(|t| t.name == task)?;
    let own = task.own_axes(name).len();
    let mut alone = task.clone();
    alone.descriptions.retain(|d| d.name == name);
    for point in alone.points.iter_mut().flatten() {
        point.quantities.retain(|(n, _)| n == name);
    }
    let mut found = alone.points.iter().flatten().flat_map(|p| &p.quantities).peekable();
    found.peek()?;
    found.all(|(_, q)| q.shape.iter().skip(own).product::<usize>() <= CELL).then_some(alone)
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
            let found = figures(t, &d.name);
            for figure in &found.figures {
                if drawn > 0 {
                    terminal::line("");
                }
                present::draw(figure, terminal);
                drawn += 1;
            }
            if found.left_out > 0 {
                terminal::note(&format!("note: {} more of `{}` are not drawn\n", found.left_out, d.name));
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
