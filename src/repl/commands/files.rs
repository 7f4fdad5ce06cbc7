//! Commands that read and write files: `:load`, `:save`, `:write`.

use super::look::refused;
use super::{Next, answer, needs, wrong};
use crate::cli::progress::Progress;
use crate::cli::terminal::{self, Terminal};
use crate::cli::{interrupt, paths, present};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Options;
use crate::repl::session::Session;
use crate::session;
use std::path::{Path, PathBuf};

/// A path as a shell would take it.
fn path(text: &str) -> PathBuf {
    let text = text.trim().trim_matches('"');
    match text.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest))) {
        Some(full) => full,
        None => PathBuf::from(text),
    }
}

/// Reads a script into the session.
pub fn load(session: &mut Session, file: &Path, terminal: &Terminal) -> Next {
    let file = path(&file.to_string_lossy());
    match paths::text(&file) {
        Ok(text) => answer(session, Some(&file), &text, terminal),
        Err(d) => wrong(d, terminal),
    }
}

/// Writes the session as a script. A file that the session has not written is replaced only if `force` says so.
pub fn save(session: &mut Session, argument: &str, force: bool) -> Result<(), Diagnostic> {
    if argument.is_empty() {
        return Err(needs("save", "the name of a script: `:save FILE.ann`"));
    }
    let file = path(argument);
    let file = if file.extension().is_none() { file.with_extension("ann") } else { file };
    let ours = session.saved.contains(&file);
    if file.exists() && !force && !ours {
        return Err(refused(format!("`{}` is there already", file.display())).help("`:save!` replaces it"));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let text = session.script(folder);
    if text.is_empty() {
        return Err(refused("there is nothing to save yet"));
    }
    std::fs::write(&file, text)
        .map_err(|e| Diagnostic::general(codes::CANNOT_WRITE, format!("`{}` cannot be written: {e}", file.display())))?;
    terminal::line(&format!("saved: {}", file.display()));
    session.saved.insert(file);
    Ok(())
}

/// Writes the results of the session, with the script that gives them, into a file.
pub fn write(session: &mut Session, argument: &str, terminal: &Terminal) -> Next {
    if argument.is_empty() {
        return wrong(needs("write", "the name of a result file: `:write OUT.h5`"), terminal);
    }
    let file = path(argument);
    let name = Path::new(file.file_name().unwrap_or_default()).with_extension("ann").display().to_string();
    // The script in the file names its data as the session does, so that it is found from here.
    let folder = session.options.folder.clone();
    let text = session.script(&folder);
    if text.is_empty() {
        return wrong(refused("there is nothing to write yet"), terminal);
    }
    let loaded = session::load_text(&name, text, Options { folder, ..Options::default() });
    if !loaded.is_good() {
        terminal.report(&loaded.diagnostics, &loaded.sources);
        return Next::Wrong;
    }
    let held: Vec<String> = session.open().keys().cloned().collect();
    let outcome = {
        let _guard = interrupt::guard();
        session.run(&loaded.elaborated, &held, Some(file), &Progress::new(terminal.watched))
    };
    match outcome {
        Ok(outcome) => {
            let paths: Vec<String> = outcome.files.iter().map(|f| present::shown(f)).collect();
            terminal::line(&format!("written: {}", paths.join(", ")));
            for (task, (some, all)) in session.open() {
                terminal::note(&format!("note: `{task}` has {some} of {all} points; `:refresh` computes the others\n"));
            }
            Next::Go
        }
        Err(diagnostics) => {
            terminal.report(&diagnostics, &loaded.sources);
            Next::Wrong
        }
    }
}
