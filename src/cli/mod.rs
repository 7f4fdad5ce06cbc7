//! The command: verbs, exit status, and what goes to which stream. Each verb has a file.
//!
//! Results go to standard output, diagnostics and progress to standard error. This room knows the
//! session and the store; it decides nothing about the language.

pub mod arguments;
mod bundle;
mod check;
mod cite;
mod diff;
pub(crate) mod doc;
pub(crate) mod draw;
mod emit;
pub(crate) mod explain;
mod figures;
mod fmt;
mod folder;
pub(crate) mod graphics;
pub(crate) mod interrupt;
mod live;
pub(crate) mod paths;
mod plot;
pub(crate) mod present;
pub(crate) mod progress;
mod report;
mod reproduce;
mod run;
mod show;
pub(crate) mod terminal;
mod test;
mod usage;
mod verdicts;

use arguments::{Arguments, Verb};
use clap::Parser;
use std::process::ExitCode;
use terminal::Terminal;

/// Everything ran, and every claim holds.
pub const GOOD: u8 = 0;
/// A run failed, a claim is false, a file differs.
pub const FAILED: u8 = 1;
/// The script or the command line is wrong.
pub const WRONG: u8 = 2;
/// Stopped by Ctrl-C or a signal: 128 + SIGINT, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// Deep expressions need room; the pages are taken only when they are touched.
const STACK: usize = 256 << 20;

/// Reads the command line, does what it says, and gives the exit status.
pub fn main() -> ExitCode {
    let work = || {
        let status = match Arguments::try_parse() {
            Ok(arguments) => dispatch(arguments),
            Err(error) => usage::report(&error),
        };
        terminal::finish(status)
    };
    match std::thread::Builder::new().stack_size(STACK).spawn(work) {
        Ok(thread) => ExitCode::from(thread.join().unwrap_or(101)),
        Err(_) => ExitCode::from(work()),
    }
}

fn dispatch(arguments: Arguments) -> u8 {
    let terminal = Terminal::new(arguments.message_format, arguments.color);
    match &arguments.verb {
        Verb::Run(a) => run::run(a, &terminal),
        Verb::Check(a) => check::check(a, &terminal),
        Verb::Explain(a) => explain::explain(a, &terminal),
        Verb::Repl(a) => crate::repl::repl(a.script.as_deref(), &terminal),
        Verb::Show(a) => show::show(a, &terminal),
        Verb::Report(a) => report::report(a, &terminal),
        Verb::Bundle(a) => bundle::bundle(a, &terminal),
        Verb::Diff(a) => diff::diff(a, &terminal),
        Verb::Cite(a) => cite::cite(a, &terminal),
        Verb::Plot(a) => plot::plot(a, &terminal),
        Verb::Reproduce(a) => reproduce::reproduce(a, &terminal),
        Verb::Test(a) => test::test(a, &terminal),
        Verb::Fmt(a) => fmt::fmt(a, &terminal),
        Verb::Doc(a) => doc::doc(a, &terminal),
        Verb::Lsp(_) => crate::lsp::serve(),
        Verb::Jupyter(a) => crate::jupyter::jupyter(&a.action, &terminal),
    }
}

/// The command line, for the record; what is not UTF-8 is replaced.
fn command_line() -> Vec<String> {
    std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect()
}
