//! The prompt: a session in which each input is a transaction.
//!
//! This room owns reading lines, completion, colours, the commands that begin with `:`, and the state of the
//! session. Elaborating and running are those of files.

mod commands;
mod complete;
mod helper;
mod highlight;
mod hint;
mod history;
mod items;
mod names;
mod picture;
mod place;
mod save;
pub(crate) mod session;
mod show;

pub(crate) use commands::{COMMANDS, plot_text};

use crate::cli::progress::Progress;
use crate::cli::terminal::{self, Terminal};
use crate::cli::{FAILED, GOOD, WRONG, graphics, interrupt};
use helper::PromptHelper;
use rustyline::error::ReadlineError;
use rustyline::{CompletionType, Config, Editor};
use session::Session;
use std::io::{BufRead, IsTerminal};
use std::path::Path;

/// What follows an input.
pub(crate) enum Next {
    Go,
    /// Something was wrong with it.
    Wrong,
    Quit,
}

/// The prompt, or a stream of lines where standard input is not a terminal. `script` is loaded first.
pub fn repl(script: Option<&Path>, terminal: &Terminal) -> u8 {
    let mut session = Session::new(script.and_then(Path::parent).unwrap_or(Path::new("")));
    let interactive = std::io::stdin().is_terminal() && terminal.interactive;
    if interactive {
        interrupt::stay();
        graphics::ask();
        terminal::line(&format!("Ann {}. :help lists the commands, Tab completes, Ctrl-D leaves.", env!("CARGO_PKG_VERSION")));
    }
    let mut wrong = false;
    if let Some(path) = script {
        wrong |= matches!(commands::load(&mut session, path, terminal), Next::Wrong);
        if wrong && !interactive {
            return WRONG;
        }
    }
    if interactive {
        match prompt(&mut session, terminal) {
            Ok(()) => GOOD,
            Err(e) => {
                terminal::note(&format!("the prompt cannot go on: {e}\n"));
                FAILED
            }
        }
    } else {
        wrong |= stream(&mut session, terminal);
        if wrong { FAILED } else { GOOD }
    }
}

fn prompt(session: &mut Session, terminal: &Terminal) -> rustyline::Result<()> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .auto_add_history(true)
        .history_ignore_dups(true)?
        .max_history_size(10_000)?
        .build();
    let mut editor: Editor<PromptHelper, _> = Editor::with_config(config)?;
    editor.set_helper(Some(PromptHelper { names: session.names().clone(), colour: terminal.color, columns: terminal.columns() }));
    let history = history::file();
    if let Some(file) = &history {
        // No history yet is no error.
        let _ = editor.load_history(file);
    }
    loop {
        if let Some(helper) = editor.helper_mut() {
            helper.names = session.names().clone();
            helper.columns = terminal.columns();
        }
        match editor.readline("ann> ") {
            Ok(input) => {
                if let Some(file) = &history {
                    // A history that cannot be written must not stop the work.
                    let _ = editor.append_history(file);
                }
                if matches!(feed(session, &input, terminal), Next::Quit) {
                    return Ok(());
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(()),
            Err(e) => return Err(e),
        }
    }
}

/// Lines of a pipe or a file; true if something was wrong with one.
fn stream(session: &mut Session, terminal: &Terminal) -> bool {
    let mut wrong = false;
    let mut input = String::new();
    let mut reader = std::io::stdin().lock();
    loop {
        let mut bytes = Vec::new();
        let last = match reader.read_until(b'\n', &mut bytes) {
            Ok(0) => true,
            Ok(_) => false,
            Err(e) => {
                terminal::note(&format!("standard input cannot be read: {e}\n"));
                wrong = true;
                true
            }
        };
        input.push_str(&String::from_utf8_lossy(&bytes));
        if !last && helper::wants_more(&input) {
            continue;
        }
        match feed(session, &input, terminal) {
            Next::Go => {}
            Next::Wrong => wrong = true,
            Next::Quit => return wrong,
        }
        input.clear();
        if last {
            return wrong;
        }
    }
}

/// One whole input: a command, or items and expressions.
fn feed(session: &mut Session, input: &str, terminal: &Terminal) -> Next {
    if input.trim().is_empty() {
        return Next::Go;
    }
    if let Some(command) = input.trim().strip_prefix(':') {
        return commands::command(session, command, terminal);
    }
    answer(session, None, input, terminal)
}

/// Runs an input, or the text of a file, and shows what it gives.
fn answer(session: &mut Session, file: Option<&Path>, input: &str, terminal: &Terminal) -> Next {
    let answer = {
        let _guard = interrupt::guard();
        let progress = Progress::new(terminal.watched);
        match file {
            Some(path) => session.load(path, input, &progress),
            None => session.feed("prompt", input, &progress),
        }
    };
    show::answer(session, &answer, terminal)
}
