//! What an input gave, as a person reads it: problems, tables, pictures of states, lines, and what is out of date now.

use super::session::{Answer, Session};
use super::{Next, picture};
use crate::cli::present;
use crate::cli::terminal::{self, Terminal};
use crate::results::TaskResult;
use crate::session::Line;

/// Shows an answer.
pub fn answer(session: &Session, answer: &Answer, terminal: &Terminal) -> Next {
    terminal.report(&answer.diagnostics, &answer.sources);
    if let Some(outcome) = &answer.outcome {
        let begun = |t: &&TaskResult| t.points.iter().any(Option::is_some);
        for task in outcome.result.tasks.iter().filter(|t| answer.tasks.contains(&t.name)).filter(begun) {
            present::table(task, terminal, present::ROWS);
            picture::states(session, task, terminal);
        }
        for (k, line) in outcome.lines.iter().enumerate() {
            match line {
                Line::Show { source, text } if answer.bare.get(k) == Some(&true) => {
                    terminal::put(&present::with_newline(text.clone()));
                    picture::value(session, source, text, &outcome.result.derived, terminal);
                }
                Line::Figure { figure, .. } if !terminal.interactive => present::draw(figure, terminal),
                line => present::line(line, &outcome.files, terminal, true),
            }
        }
    }
    if !answer.outdated.is_empty() {
        let names: Vec<String> = answer.outdated.iter().map(|t| format!("`{t}`")).collect();
        let is = if names.len() == 1 { "is" } else { "are" };
        terminal::note(&format!("{} {is} out of date; `:refresh` computes what changed\n", names.join(", ")));
    }
    if answer.accepted { Next::Go } else { Next::Wrong }
}
