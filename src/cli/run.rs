//! `ann run`: a script to its results.

use super::arguments::Run;
use super::folder::Folder;
use super::live::Live;
use super::progress::Progress;
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, INTERRUPTED, WRONG, interrupt, present};
use crate::bundle;
use crate::session::{self, Outcome, RunOptions};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub fn run(arguments: &Run, terminal: &Terminal) -> u8 {
    // Data of an archive are read while it runs, so its folder stays until the end.
    let folder = if bundle::is_archive(&arguments.script) { Some(Folder::new()) } else { None };
    let loaded = match &folder {
        None => session::load(&arguments.script, arguments.changes.options()).map(|l| (l, arguments.changes.overrides())),
        Some(Ok(folder)) => super::bundle::load(&arguments.script, &folder.path, arguments.changes.options()),
        Some(Err(d)) => Err(d.clone()),
    };
    let (loaded, overrides) = match loaded {
        Ok(loaded) => loaded,
        Err(d) => {
            terminal.report_one(d);
            return WRONG;
        }
    };
    terminal.report(&loaded.diagnostics, &loaded.sources);
    if let Some(stage) = arguments.emit {
        return super::emit::emit(stage, &loaded, terminal);
    }
    if !loaded.is_good() {
        return WRONG;
    }
    let options = RunOptions {
        output: Some(arguments.output.clone().unwrap_or_else(|| default_output(&arguments.script))),
        threads: arguments.threads.count(),
        fresh: arguments.fresh,
        figures: !arguments.no_plots,
        command: super::command_line(),
        overrides,
    };
    let started = Instant::now();
    let outcome = {
        let _guard = interrupt::guard();
        if arguments.watch && terminal.interactive {
            session::run(&loaded, &options, &Live::new(&loaded.elaborated, terminal))
        } else {
            session::run(&loaded, &options, &Progress::new(terminal.watched && !arguments.quiet))
        }
    };
    match outcome {
        Ok(outcome) => {
            terminal.report(&outcome.diagnostics, &loaded.sources);
            present::results(&outcome, terminal, !arguments.quiet, !arguments.no_plots);
            if !arguments.quiet {
                terminal::note(&format!("{}\n", present::summary(&outcome, started.elapsed().as_secs_f64())));
            }
            status(&outcome)
        }
        Err(diagnostics) => {
            terminal.report(&diagnostics, &loaded.sources);
            FAILED
        }
    }
}

/// The exit status of a run that came to an end.
pub fn status(outcome: &Outcome) -> u8 {
    match (outcome.interrupted, outcome.is_good()) {
        (true, _) => INTERRUPTED,
        (false, true) => GOOD,
        (false, false) => FAILED,
    }
}

/// The script's name with `.h5`, in the current folder.
fn default_output(script: &Path) -> PathBuf {
    let mut name = script.file_stem().unwrap_or(script.as_os_str()).to_os_string();
    name.push(".h5");
    PathBuf::from(name)
}

/// Runs a script for its verdicts alone: nothing is written, nothing is shown but what went wrong.
pub fn in_memory(loaded: &session::Loaded, threads: usize, visible: bool, terminal: &Terminal) -> Option<Outcome> {
    let options =
        RunOptions { output: None, threads, fresh: true, figures: false, command: super::command_line(), overrides: Vec::new() };
    let progress = Progress::new(visible);
    let result = session::run(loaded, &options, &progress);
    drop(progress);
    match result {
        Ok(outcome) => {
            terminal.report(&outcome.diagnostics, &loaded.sources);
            Some(outcome)
        }
        Err(diagnostics) => {
            terminal.report(&diagnostics, &loaded.sources);
            None
        }
    }
}
