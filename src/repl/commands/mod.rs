//! Commands of the prompt: lines that begin with a colon. The table and who does what; the work is in the files beside.

mod files;
mod look;
mod plot;
mod settings;

use super::session::Session;
use super::{Next, answer, feed, show};
use crate::cli::progress::Progress;
use crate::cli::terminal::{self, Terminal};
use crate::cli::{interrupt, present};
use crate::diagnostic::{Diagnostic, codes, nearest};
pub(super) use files::load;
pub(crate) use plot::plot_text;
use std::time::Instant;

/// (name, what follows it, what it does)
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("help", "", "this list"),
    ("doc", "NAME", "what a name or the code of an error means"),
    ("type", "EXPR", "what an expression is, without running anything"),
    ("plan", "[INPUT]", "the tasks of the session, or those of an input that is not run"),
    ("explain", "[TASK | INPUT]", "the kernels that tasks run on and why"),
    ("vars", "", "the names that were defined here"),
    ("plot", "EXPR, ...", "draws quantities; settings of `plot` may follow, and `to: \"FILE.pdf\"`"),
    ("load", "FILE.ann", "reads a script into the session"),
    ("save", "FILE.ann", "writes a script that does what the session did (`:save!` replaces a file)"),
    ("write", "OUT.h5", "writes the session's results into a file"),
    ("set", "seed|threads N", "the seed of all draws, or the number of threads"),
    ("time", "[INPUT]", "how long an input takes, or how long the tasks took"),
    ("refresh", "[TASK]", "computes the tasks that are not up to date"),
    ("undo", "", "takes the last definition back"),
    ("quit", "", "leaves (so does Ctrl-D)"),
];

/// What follows a command that takes an input of the language.
pub fn takes_input(command: &str) -> Option<&str> {
    let (name, rest) = command.trim_start().split_once(char::is_whitespace)?;
    ["time", "plan", "type", "plot", "explain"].contains(&name).then_some(rest)
}

/// Does what the text behind the colon says.
pub fn command(session: &mut Session, text: &str, terminal: &Terminal) -> Next {
    let (name, argument) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let argument = argument.trim();
    let done = match name {
        "help" | "h" | "?" => {
            help();
            Ok(())
        }
        "quit" | "q" | "exit" => return Next::Quit,
        "vars" => {
            look::vars(session);
            Ok(())
        }
        "doc" => look::doc(session, argument, terminal),
        "type" => look::type_of(session, argument, terminal),
        "plan" => look::plan(session, argument, terminal),
        "explain" => look::explain(session, argument, terminal),
        "plot" => return plot::plot(session, argument, terminal),
        "load" if argument.is_empty() => Err(needs("load", "the name of a script")),
        "load" => return load(session, argument.as_ref(), terminal),
        "save" | "save!" => files::save(session, argument, name == "save!"),
        "write" => return files::write(session, argument, terminal),
        "set" => return settings::set(session, argument, terminal),
        "time" if argument.is_empty() => {
            look::times(session);
            Ok(())
        }
        "time" => {
            let begun = Instant::now();
            let next = feed(session, argument, terminal);
            terminal::line(&present::duration(begun.elapsed().as_secs_f64()));
            return next;
        }
        "refresh" => return refresh(session, argument, terminal),
        "undo" => match session.undo() {
            Some(what) => {
                terminal::line(&format!("taken back: {what}"));
                Ok(())
            }
            None => Err(Diagnostic::general(codes::COMMAND_LINE, "there is nothing to take back")),
        },
        _ => {
            let d = Diagnostic::general(codes::COMMAND_LINE, format!("there is no command `:{name}`"));
            Err(d.help(match nearest(name, COMMANDS.iter().map(|c| c.0)) {
                Some(near) => format!("did you mean `:{near}`?"),
                None => "`:help` lists the commands".to_string(),
            }))
        }
    };
    match done {
        Ok(()) => Next::Go,
        Err(d) => wrong(d, terminal),
    }
}

fn wrong(d: Diagnostic, terminal: &Terminal) -> Next {
    terminal.report_one(d);
    Next::Wrong
}

fn needs(command: &str, what: &str) -> Diagnostic {
    Diagnostic::general(codes::COMMAND_LINE, format!("`:{command}` needs {what}"))
}

fn help() {
    for (name, argument, what) in COMMANDS {
        terminal::line(&format!("    :{:24} {what}", format!("{name} {argument}")));
    }
    terminal::line("Anything else is an item of a script, which then belongs to the session, or an expression.");
    terminal::line("An input goes on over several lines while a bracket is open. Tab completes, Ctrl-R searches the history,");
    terminal::line(
        "Ctrl-C stops what runs and keeps what is finished. A name that is defined anew puts tasks that use it out of",
    );
    terminal::line("date; `:refresh` computes them.");
}

/// Computes what is not up to date.
fn refresh(session: &mut Session, argument: &str, terminal: &Terminal) -> Next {
    let only = Some(argument).filter(|a| !a.is_empty());
    if session.open().is_empty() {
        terminal::line("everything is up to date");
        return Next::Go;
    }
    if let Some(name) = only
        && !session.open().contains_key(name)
    {
        return match session.tasks().iter().any(|t| t.name == name) {
            true => {
                terminal::line(&format!("`{name}` is up to date"));
                Next::Go
            }
            false => wrong(Diagnostic::general(codes::COMMAND_LINE, format!("the session has no task `{name}`")), terminal),
        };
    }
    let answer = {
        let _guard = interrupt::guard();
        session.refresh(only, &Progress::new(terminal.watched))
    };
    show::answer(session, &answer, terminal)
}
