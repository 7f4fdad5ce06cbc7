//! `ann fmt`: scripts in the one layout.

use super::arguments::Fmt;
use super::terminal::{self, Terminal};
use super::{FAILED, GOOD, WRONG, paths, present};
use crate::diagnostic::{Diagnostic, Sources, codes};
use crate::syntax;
use std::path::Path;

pub fn fmt(arguments: &Fmt, terminal: &Terminal) -> u8 {
    let Some(scripts) = terminal.good(paths::scripts(&arguments.paths)) else { return WRONG };
    let mut status = GOOD;
    for script in &scripts {
        let name = present::shown(script);
        let text = match paths::text(script) {
            Ok(text) => text,
            Err(d) => {
                terminal.report_one(d);
                status = WRONG;
                continue;
            }
        };
        let formatted = match syntax::format(&text) {
            Ok(formatted) => formatted,
            Err(diagnostics) => {
                let mut sources = Sources::default();
                sources.add(name, text);
                terminal.report(&diagnostics, &sources);
                status = WRONG;
                continue;
            }
        };
        if script == Path::new("-") && !arguments.check {
            terminal::put(&formatted);
        } else if formatted == text {
            continue;
        } else if arguments.check {
            terminal::line(&name);
            status = status.max(FAILED);
        } else if let Err(e) = replace(script, &formatted) {
            terminal.report_one(
                Diagnostic::general(codes::CANNOT_WRITE, format!("`{name}` cannot be written: {e}"))
                    .help("the script is as it was"),
            );
            status = status.max(FAILED);
        }
    }
    status
}

/// Puts a text in a file's place, whole or not at all; links stay links and permissions stay.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let permissions = std::fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    let aside = path.with_file_name(name);
    let written = std::fs::write(&aside, text)
        .and_then(|()| std::fs::set_permissions(&aside, permissions))
        .and_then(|()| std::fs::rename(&aside, &path));
    if written.is_err() {
        let _ = std::fs::remove_file(&aside);
    }
    written
}
