//! The two streams: what is written where, in colour or not, and what happens when nobody reads any more.

use super::arguments::{MessageFormat, When};
use crate::diagnostic::render::{Format, render};
use crate::diagnostic::{Diagnostic, Sources};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// How to write.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    pub format: MessageFormat,
    /// Colours on standard output.
    pub color: bool,
    /// Colours on standard error.
    pub error_color: bool,
    /// Standard output is a terminal.
    pub interactive: bool,
    /// Standard error is a terminal.
    pub watched: bool,
}

impl Terminal {
    pub fn new(format: MessageFormat, color: When) -> Terminal {
        let (interactive, watched) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let wanted = |terminal: bool| match color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                terminal
                    && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                    && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
            }
        };
        Terminal { format, color: wanted(interactive), error_color: wanted(watched), interactive, watched }
    }

    /// Writes diagnostics to standard error.
    pub fn report(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        let format = match self.format {
            MessageFormat::Human => Format::Human { color: self.error_color },
            MessageFormat::Short => Format::Short,
            MessageFormat::Json => Format::Json,
        };
        note(&render(diagnostics, sources, format));
    }

    /// What was asked for; or nothing, and the problem is shown.
    pub fn good<T>(&self, found: Result<T, Diagnostic>) -> Option<T> {
        found.map_err(|d| self.report_one(d)).ok()
    }

    /// Writes one diagnostic that has no place in a text.
    pub fn report_one(&self, diagnostic: Diagnostic) {
        self.report(&[diagnostic], &Sources::default());
    }

    /// A text of standard output in the colour of an ANSI code, if there are colours.
    pub fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// Columns that a drawing may take.
    pub fn columns(&self) -> usize {
        let told = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        told.or_else(|| self.size().map(|s| s.0)).unwrap_or(80usize).clamp(40, 120)
    }

    /// Columns and lines of the terminal, where standard output or standard error is one.
    pub fn size(&self) -> Option<(usize, usize)> {
        let of = |term: console::Term| term.size_checked().map(|(lines, columns)| (usize::from(columns), usize::from(lines)));
        let found = if self.interactive { of(console::Term::stdout()) } else { of(console::Term::stderr()) };
        found.filter(|(columns, lines)| *columns > 0 && *lines > 0)
    }
}

/// Standard output is closed: a pipe whose reader has had enough (`| head`).
static CLOSED: AtomicBool = AtomicBool::new(false);
/// Standard output could not be written for another reason.
static LOST: AtomicBool = AtomicBool::new(false);

/// Writes to standard output.
pub fn put(text: &str) {
    if CLOSED.load(Ordering::Relaxed) || LOST.load(Ordering::Relaxed) {
        return;
    }
    let mut out = std::io::stdout().lock();
    if let Err(e) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        if e.kind() == std::io::ErrorKind::BrokenPipe {
            CLOSED.store(true, Ordering::Relaxed);
        } else {
            LOST.store(true, Ordering::Relaxed);
            note(&format!("standard output cannot be written: {e}\n"));
        }
    }
}

/// Writes a line to standard output.
pub fn line(text: &str) {
    put(&format!("{text}\n"));
}

/// Writes to standard error; nobody is left to be told if that fails.
pub fn note(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The exit status once everything is written.
pub fn finish(status: u8) -> u8 {
    if LOST.load(Ordering::Relaxed) && status == super::GOOD { super::FAILED } else { status }
}
