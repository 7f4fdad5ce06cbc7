//! Which diagnostics stand on their own: what follows from a part that could not be read is not said.

use crate::diagnostic::{Diagnostic, codes};

/// The diagnostics of an elaboration without those that the unreadable parts of the script (`syntax`) may have
/// caused: those in the same item, and, where a `use` could not be read, undefined names.
pub fn independent(text: &str, source: u32, syntax: &[Diagnostic], mut more: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let unread: Vec<usize> = syntax.iter().filter(|d| d.is_error()).filter_map(|d| d.span).map(|s| s.start as usize).collect();
    if unread.is_empty() {
        return more;
    }
    let items = items(text);
    let item_of = |at: usize| items.partition_point(|&start| start <= at);
    let broken: Vec<usize> = unread.iter().map(|&at| item_of(at)).collect();
    let lost_use = broken.iter().any(|&k| {
        let start = if k == 0 { 0 } else { items[k - 1] };
        let word = text[start..].split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        ["use", "import", "from", "include", "using"].contains(&word)
    });
    more.retain(|d| match d.span {
        Some(span) if span.source == source => {
            !(broken.contains(&item_of(span.start as usize)) || (lost_use && d.code == codes::UNDEFINED))
        }
        _ => true,
    });
    more
}

/// Where the items begin: lines that are neither indented nor close a bracket.
fn items(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            starts.push(at);
        }
        at += line.len();
    }
    starts
}
