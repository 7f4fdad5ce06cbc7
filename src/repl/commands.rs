//! Commands of the prompt: lines that begin with a colon.

use super::session::Session;
use super::{Next, answer};
use crate::cli::terminal::{self, Terminal};
use crate::cli::{doc, paths};
use crate::diagnostic::{Diagnostic, codes, nearest};
use std::path::Path;

/// (name, what follows it, what it does)
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("help", "", "this list"),
    ("doc", "NAME", "what a name or the code of an error means"),
    ("vars", "", "the names that were defined here"),
    ("load", "FILE", "reads a script into the session"),
    ("quit", "", "leaves (so does Ctrl-D)"),
];

/// Does what the text behind the colon says.
pub fn command(session: &mut Session, text: &str, terminal: &Terminal) -> Next {
    let (name, argument) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let argument = argument.trim();
    match name {
        "help" | "h" | "?" => {
            help();
            Next::Go
        }
        "quit" | "q" | "exit" => Next::Quit,
        "vars" => {
            vars(session);
            Next::Go
        }
        "doc" if argument.is_empty() => {
            terminal::put(&crate::reference::index());
            Next::Go
        }
        "doc" => match doc::page(argument, terminal) {
            Ok(text) => {
                terminal::put(&text);
                Next::Go
            }
            Err(d) => match session.names().get(argument) {
                Some(known) => {
                    terminal::line(&format!("{argument}: {}", known.text));
                    Next::Go
                }
                None => wrong(d, terminal),
            },
        },
        "load" if argument.is_empty() => {
            wrong(Diagnostic::general(codes::COMMAND_LINE, "`:load` needs the name of a script"), terminal)
        }
        "load" => load(session, Path::new(argument), terminal),
        _ => {
            let d = Diagnostic::general(codes::COMMAND_LINE, format!("there is no command `:{name}`"));
            let help = match nearest(name, COMMANDS.iter().map(|c| c.0)) {
                Some(near) => format!("did you mean `:{near}`?"),
                None => "`:help` lists the commands".to_string(),
            };
            wrong(d.help(help), terminal)
        }
    }
}

fn wrong(d: Diagnostic, terminal: &Terminal) -> Next {
    terminal.report_one(d);
    Next::Wrong
}

fn help() {
    for (name, argument, what) in COMMANDS {
        terminal::line(&format!("    :{:12} {what}", format!("{name} {argument}")));
    }
    terminal::line("Anything else is an item of a script, which then belongs to the session, or an expression.");
    terminal::line("An input goes on over several lines while a bracket is open. Tab completes, Ctrl-R searches,");
    terminal::line("Ctrl-C stops what runs.");
}

fn vars(session: &Session) {
    let own: Vec<_> = session.names().iter().filter(|(_, k)| k.own).collect();
    let width = own.iter().map(|(n, _)| n.chars().count()).max().unwrap_or(0);
    for (name, known) in own {
        terminal::line(&format!("{name:width$}  {}", known.text));
    }
}

/// Reads a script into the session.
pub fn load(session: &mut Session, path: &Path, terminal: &Terminal) -> Next {
    let path = match path.strip_prefix("~") {
        Ok(rest) => std::env::home_dir().map_or(path.to_path_buf(), |home| home.join(rest)),
        Err(_) => path.to_path_buf(),
    };
    let text = match paths::text(&path) {
        Ok(text) => text,
        Err(d) => return wrong(d, terminal),
    };
    answer(session, Some(&path), &text, terminal)
}
