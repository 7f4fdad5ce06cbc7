//! `ann explain`: what each task will be run on, and why.

use super::arguments::Explain;
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, WRONG};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::lower;
use crate::plan::Plan;
use crate::session;

pub fn explain(arguments: &Explain, terminal: &Terminal) -> u8 {
    let Some(loaded) = terminal.good(session::load(&arguments.script, arguments.changes.options())) else { return WRONG };
    terminal.report(&loaded.diagnostics, &loaded.sources);
    if !loaded.is_good() {
        return WRONG;
    }
    print(&loaded.elaborated.plan, arguments.task.as_deref(), arguments.json, terminal)
}

/// Prints the explanation of all tasks, or of one.
pub fn print(plan: &Plan, task: Option<&str>, json: bool, terminal: &Terminal) -> u8 {
    let tasks = &plan.tasks;
    if let Some(name) = task
        && !tasks.iter().any(|t| t.name == name)
    {
        let mut d = Diagnostic::general(codes::COMMAND_LINE, format!("the script has no task `{name}`"));
        let names: Vec<&str> = tasks.iter().map(|t| t.name.as_str()).collect();
        if !names.is_empty() {
            d = d.expected(format!("one of {}", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")));
        }
        if let Some(near) = nearest(name, names) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        terminal.report_one(d);
        return WRONG;
    }
    let mut explanation = lower::explain::explain(plan);
    explanation.tasks.retain(|t| task.is_none_or(|name| t.name == name));
    if json {
        match serde_json::to_string_pretty(&explanation) {
            Ok(text) => terminal::line(&text),
            Err(e) => {
                terminal::note(&format!("the explanation cannot be written as JSON: {e}\n"));
                return FAILED;
            }
        }
    } else {
        terminal::put(&explanation.text());
    }
    GOOD
}
