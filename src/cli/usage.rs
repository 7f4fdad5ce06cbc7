//! Command lines that make no sense: what clap says about them, in the asked-for format, and what the user probably meant.

use super::arguments::{MessageFormat, When};
use super::terminal::{self, Terminal};
use super::{GOOD, WRONG};
use crate::diagnostic::{Diagnostic, codes};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::path::Path;

/// Writes help or the error, and gives the exit status.
pub fn report(error: &clap::Error) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let text = error.render();
        let color = Terminal::new(MessageFormat::Human, asked_color()).color;
        terminal::put(&if color { text.ansi().to_string() } else { text.to_string() });
        return GOOD;
    }
    let format = asked_format();
    let terminal = Terminal::new(format, asked_color());
    let word = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) => Some(word.as_str()),
        _ => None,
    };
    if let Some(verb) = word.and_then(verb_for) {
        let word = word.unwrap_or_default();
        let d = Diagnostic::general(codes::COMMAND_LINE, format!("`{word}` is a file, and no verb"))
            .help(format!("write `ann {verb} {word}`"));
        terminal.report_one(d);
    } else if format == MessageFormat::Human {
        let text = error.render();
        terminal::note(&if terminal.error_color { text.ansi().to_string() } else { text.to_string() });
    } else {
        terminal.report_one(plain(error));
    }
    WRONG
}

/// The error's first paragraph as the message, a tip as the help.
fn plain(error: &clap::Error) -> Diagnostic {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let message = first.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    let message = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand { "a verb is missing" } else { message };
    let tip = text.lines().find_map(|l| l.trim().strip_prefix("tip: "));
    Diagnostic::general(codes::COMMAND_LINE, message).help(tip.unwrap_or("`ann help` lists what there is"))
}

/// The verb that a file was probably meant for.
fn verb_for(word: &str) -> Option<&'static str> {
    let path = Path::new(word);
    match path.extension().and_then(|e| e.to_str()) {
        Some("ann") => Some("run"),
        Some("h5" | "hdf5") => Some("show"),
        _ if path.is_file() => Some("run"),
        _ => None,
    }
}

/// `--option VALUE` or `--option=VALUE`, wherever it stands.
fn asked(option: &str) -> Option<String> {
    let args: Vec<String> = super::command_line();
    args.iter().enumerate().find_map(|(k, a)| match a.strip_prefix(option)? {
        "" => args.get(k + 1).cloned(),
        rest => rest.strip_prefix('=').map(str::to_string),
    })
}

fn asked_format() -> MessageFormat {
    match asked("--message-format").as_deref() {
        Some("short") => MessageFormat::Short,
        Some("json") => MessageFormat::Json,
        _ => MessageFormat::Human,
    }
}

fn asked_color() -> When {
    match asked("--color").as_deref() {
        Some("always") => When::Always,
        Some("never") => When::Never,
        _ => When::Auto,
    }
}
