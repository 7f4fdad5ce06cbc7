//! Commands that look and change nothing: names, types, plans, times.

use super::needs;
use crate::cli::terminal::{self, Terminal};
use crate::cli::{doc as pages, explain as kernels, present};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Plan, Task};
use crate::repl::session::Session;
use crate::results::TaskResult;

/// The page of a name, or what a name of the session is.
pub fn doc(session: &Session, name: &str, terminal: &Terminal) -> Result<(), Diagnostic> {
    if name.is_empty() {
        terminal::put(&crate::reference::index());
        return Ok(());
    }
    let own = session.names().get(name).filter(|k| k.own);
    if let Some(known) = own {
        terminal::line(&format!("{}: {}", terminal.paint("1", name), known.text));
        if let Some(text) = session.documentation(name) {
            terminal::line(&text);
        }
        return Ok(());
    }
    let text = pages::page(name, terminal)?;
    terminal::put(&text);
    Ok(())
}

/// The names of the session.
pub fn vars(session: &Session) {
    let own: Vec<_> = session.names().iter().filter(|(_, k)| k.own).collect();
    let width = own.iter().map(|(n, _)| n.chars().count()).max().unwrap_or(0);
    for (name, known) in own {
        let open = match session.open().get(name) {
            Some((some, all)) => format!(" ({some} of {all} points are up to date)"),
            None => String::new(),
        };
        terminal::line(&format!("{name:width$}  {}{open}", known.text));
    }
}

/// What an expression is.
pub fn type_of(session: &Session, text: &str, terminal: &Terminal) -> Result<(), Diagnostic> {
    if text.is_empty() {
        return Err(needs("type", "an expression"));
    }
    let stage = session.look(text);
    match stage.looked {
        Some(what) => terminal::line(&what),
        None if stage.diagnostics.iter().any(Diagnostic::is_error) => terminal.report(&stage.diagnostics, &stage.sources),
        None => return Err(needs("type", "an expression, and this is an item")),
    }
    Ok(())
}

/// The tasks of the session, or those of an input.
pub fn plan(session: &Session, text: &str, terminal: &Terminal) -> Result<(), Diagnostic> {
    if text.is_empty() {
        let tasks: Vec<&Task> = session.elaborated().plan.tasks.iter().collect();
        table(&tasks, |name| session.tasks().iter().find(|t| t.name == name).map(|t| &**t));
        return Ok(());
    }
    let Some((plan, new)) = planned(session, text, terminal) else { return Ok(()) };
    let tasks: Vec<&Task> = plan.tasks.iter().filter(|t| new.contains(&t.name)).collect();
    table(&tasks, |_| None);
    Ok(())
}

/// Why tasks run on their kernels.
pub fn explain(session: &Session, text: &str, terminal: &Terminal) -> Result<(), Diagnostic> {
    let tasks = &session.elaborated().plan.tasks;
    if text.is_empty() || tasks.iter().any(|t| t.name == text) {
        kernels::print(&session.elaborated().plan, Some(text).filter(|t| !t.is_empty()), false, terminal);
        return Ok(());
    }
    let Some((mut plan, new)) = planned(session, text, terminal) else { return Ok(()) };
    if new.is_empty() {
        return Err(needs("explain", "a task of the session, or an input with a task"));
    }
    plan.tasks.retain(|t| new.contains(&t.name));
    kernels::print(&plan, None, false, terminal);
    Ok(())
}

/// The plan of the session with an input, and the tasks of the input; none if it is wrong, which was said.
fn planned(session: &Session, text: &str, terminal: &Terminal) -> Option<(Plan, Vec<String>)> {
    let mut stage = session.look(text);
    terminal.report(&stage.diagnostics, &stage.sources);
    if stage.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    Some((std::mem::take(&mut stage.elaborated.plan), stage.tasks))
}

/// A row for each task: what it is, over what, and how many of its points are there.
fn table<'r>(tasks: &[&Task], result: impl Fn(&str) -> Option<&'r TaskResult>) {
    if tasks.is_empty() {
        terminal::line("no tasks");
        return;
    }
    let head = ["task", "kind", "over", "points", "there"].map(str::to_string);
    let rows = tasks.iter().map(|t| {
        let over: Vec<String> = t.axes.iter().map(|a| format!("{} ({})", a.name, a.coordinates.len())).collect();
        let there = result(&t.name).map_or(0, |r| r.points.iter().flatten().count());
        [t.name.clone(), t.kind().to_string(), over.join(", "), t.len().to_string(), there.to_string()]
    });
    columns(&head, rows.collect());
}

/// How long each task took, on how many kernels.
pub fn times(session: &Session) {
    let head = ["task", "points", "seconds", "kernel"].map(str::to_string);
    let rows = session.tasks().iter().map(|t| {
        let points: Vec<_> = t.points.iter().flatten().collect();
        let seconds: f64 = points.iter().map(|p| p.wall_seconds).sum();
        let mut kernels: Vec<&str> = points.iter().map(|p| p.kernel.as_str()).collect();
        kernels.sort_unstable();
        kernels.dedup();
        [t.name.clone(), points.len().to_string(), present::duration(seconds), kernels.join(", ")]
    });
    columns(&head, rows.collect());
}

fn columns<const N: usize>(head: &[String; N], rows: Vec<[String; N]>) {
    let width = |k: usize| rows.iter().map(|r| &r[k]).chain([&head[k]]).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in std::iter::once(head).chain(&rows) {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(c, &w)| format!("{c:w$}")).collect();
        terminal::line(cells.join("  ").trim_end());
    }
}

/// An error of a command that reads a file or a text.
pub fn refused(message: impl Into<String>) -> Diagnostic {
    Diagnostic::general(codes::COMMAND_LINE, message)
}
