//! The reference in a terminal: a page for a name, and the list of all names.

use super::{Entry, GROUPS, Kind, SETTINGS, entries};
use crate::diagnostic::nearest;
use std::fmt::Write;

/// The page of a name, a code, or a setting of a block (`sample.warmup`); all of them where a name means
/// several things. `bold` marks headings. Error: the nearest name, if one is near.
pub fn page(name: &str, bold: &dyn Fn(&str) -> String) -> Result<String, Option<String>> {
    let name = name.trim();
    let found: Vec<&Entry> = entries().iter().filter(|e| is_called(e, name)).collect();
    if found.is_empty() {
        let mut names: Vec<String> = entries().iter().flat_map(|e| std::iter::once(&e.name).chain(&e.aliases)).cloned().collect();
        if name.contains('.') {
            names.extend(entries().iter().filter_map(|e| Some(format!("{}.{}", e.of.as_ref()?, e.name))));
        }
        return Err(nearest(name, names.iter().map(String::as_str)).map(str::to_string));
    }
    // A setting of the same name in several blocks says the same mostly; each is short.
    let mut text = String::new();
    for (k, entry) in found.into_iter().enumerate() {
        if k > 0 {
            text.push('\n');
        }
        one(entry, &mut text, bold);
    }
    Ok(text)
}

fn is_called(entry: &Entry, name: &str) -> bool {
    if entry.kind == Kind::Code {
        return entry.name.eq_ignore_ascii_case(name);
    }
    entry.name == name
        || entry.aliases.iter().any(|a| a == name)
        || entry
            .of
            .as_ref()
            .is_some_and(|of| name.strip_prefix(of.as_str()).and_then(|r| r.strip_prefix('.')) == Some(&entry.name))
}

fn one(entry: &Entry, text: &mut String, bold: &dyn Fn(&str) -> String) {
    let _ = writeln!(text, "{}, {}", bold(&entry.name), entry.kind_text());
    let _ = writeln!(text, "\n    {}\n", entry.signature);
    wrapped(&entry.text, text);
    if !entry.aliases.is_empty() {
        let _ =
            writeln!(text, "\nAlso written {}.", entry.aliases.iter().map(|a| format!("`{a}`")).collect::<Vec<_>>().join(", "));
    }
    if let Some((_, rows)) = SETTINGS.iter().find(|(block, _)| entry.kind == Kind::Item && *block == entry.name) {
        let _ = writeln!(text, "\n{}", bold("Settings"));
        let width = rows.iter().map(|r| r.name.len()).max().unwrap_or(0);
        for row in *rows {
            let default = row.default.map(|d| format!(" (default `{d}`)")).unwrap_or_default();
            let _ = writeln!(text, "    {:width$}  {}{default}", row.name, row.takes);
        }
        let blocks: Vec<&str> =
            entries().iter().filter(|e| e.kind == Kind::Block && serves(e, &entry.name)).map(|e| e.name.as_str()).collect();
        if !blocks.is_empty() {
            let _ = writeln!(text, "\nBlocks: {}.", blocks.join(", "));
        }
    }
    if entry.kind == Kind::Module {
        let _ = writeln!(text);
        for e in entries().iter().filter(|e| e.kind == Kind::Definition && e.of.as_ref() == Some(&entry.name)) {
            let _ = writeln!(text, "    {}", e.signature);
        }
    }
    for (title, script) in [("Wrong", &entry.wrong), (if entry.wrong.is_some() { "Right" } else { "Example" }, &entry.example)] {
        if let Some(script) = script {
            let _ = writeln!(text, "\n{}", bold(title));
            for line in script.trim_end().lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
}

/// Whether a block stands in a task.
pub(super) fn serves(block: &Entry, task: &str) -> bool {
    block.of.as_ref().is_some_and(|of| of.split(", ").any(|t| t == task))
}

/// Paragraphs at 92 columns; indented lines stay as they are, and a blank line parts two paragraphs.
fn wrapped(paragraphs: &str, text: &mut String) {
    let mut width = 0;
    for line in paragraphs.lines() {
        if line.starts_with("    ") || line.trim().is_empty() {
            if width > 0 {
                text.push('\n');
                width = 0;
            }
            let _ = writeln!(text, "{}", line.trim_end());
            continue;
        }
        for word in line.split_whitespace() {
            let w = word.chars().count();
            if width > 0 && width + 1 + w > 92 {
                text.push('\n');
                width = 0;
            }
            if width > 0 {
                text.push(' ');
                width += 1;
            }
            text.push_str(word);
            width += w;
        }
    }
    if width > 0 {
        text.push('\n');
    }
}

/// All names, by what they are.
pub fn index() -> String {
    let mut text = String::from("ann doc NAME explains one of these; ann doc CODE the code of an error.\n");
    let mut section = |title: &str, names: Vec<&str>| {
        if !names.is_empty() {
            let _ = writeln!(text, "\n{title}");
            let mut line = String::new();
            for name in names {
                if line.chars().count() + name.chars().count() + 2 > 88 {
                    let _ = writeln!(text, "    {}", line.trim_end());
                    line.clear();
                }
                line.push_str(name);
                line.push_str("  ");
            }
            let _ = writeln!(text, "    {}", line.trim_end());
        }
    };
    let of = |kind: Kind| entries().iter().filter(move |e| e.kind == kind).map(|e| e.name.as_str()).collect::<Vec<_>>();
    section("Items", of(Kind::Item));
    section("Forms", of(Kind::Form));
    section("Blocks of tasks", of(Kind::Block));
    for (block, rows) in SETTINGS {
        section(&format!("Settings of {block}"), rows.iter().map(|r| r.name).collect());
    }
    for &group in GROUPS {
        section(group.title(), of(Kind::Builtin(group)));
    }
    section("Members of graphs and results", of(Kind::Member));
    for module in of(Kind::Module) {
        let of_module = entries().iter().filter(|e| e.kind == Kind::Definition && e.of.as_deref() == Some(module));
        section(module, of_module.map(|e| e.name.as_str()).collect());
    }
    section("Errors and warnings", of(Kind::Code));
    text
}
