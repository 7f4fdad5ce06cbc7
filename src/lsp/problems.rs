//! Diagnostics as editors show them, and the repairs that some of them carry.

use super::analysis::Analysis;
use super::text::uri_of;
use crate::diagnostic::{Diagnostic, Severity, Span, codes};
use crate::elaborate::modules::STANDARD;
use crate::syntax::ast::ItemKind;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The diagnostics of a document.
pub fn diagnostics(analysis: &Analysis, uri: &str) -> Value {
    let mut seen = Vec::new();
    let mut out = Vec::new();
    for d in &analysis.diagnostics {
        if seen.contains(&(d.code, d.span, d.message.as_str())) {
            continue;
        }
        seen.push((d.code, d.span, d.message.as_str()));
        out.push(one(analysis, uri, d));
    }
    Value::Array(out)
}

fn one(analysis: &Analysis, uri: &str, d: &Diagnostic) -> Value {
    let (lines, text) = (&analysis.lines, analysis.text());
    let mut message = d.message.clone();
    for (word, more) in [("", &d.label), ("expected: ", &d.expected), ("help: ", &d.help)] {
        if let Some(more) = more {
            message.push_str(&format!("\n{word}{more}"));
        }
    }
    let mut related: Vec<(Span, String)> = d.related.clone();
    let range = match d.span {
        Some(span) if span.source == 0 => lines.of_span(text, span),
        Some(span) => {
            // What is wrong in a module is said at its `use`, with the place in the module.
            related.insert(0, (span, d.message.clone()));
            message =
                format!("in `{}`: {message}", analysis.sources.files.get(span.source as usize).map_or("", |f| f.name.as_str()));
            lines.of_span(text, using(analysis, span.source))
        }
        None => lines.range(text, 0, 0),
    };
    let related: Vec<Value> = related
        .iter()
        .filter_map(|(span, words)| Some(json!({ "location": location(analysis, uri, *span)?, "message": words })))
        .collect();
    let severity = if d.severity == Severity::Error { 1 } else { 2 };
    let mut out = json!({ "range": range, "severity": severity, "code": d.code.0, "source": "ann", "message": message });
    if !related.is_empty() {
        out["relatedInformation"] = Value::Array(related);
    }
    out
}

/// The item that uses a module.
fn using(analysis: &Analysis, source: u32) -> Span {
    let name = analysis.sources.files.get(source as usize).map_or("", |f| f.name.as_str());
    let uses = |i: &&crate::syntax::ast::Item| matches!(&i.kind, ItemKind::Use { path, .. } if super::exports::module_name(path) == name);
    let first = analysis.script.items.iter().find(|i| matches!(i.kind, ItemKind::Use { .. }));
    analysis.script.items.iter().find(uses).or(first).map_or(Span::new(0, 0, 0), |i| i.span)
}

/// A place in the script or one of its modules, as an address with a range.
pub fn location(analysis: &Analysis, uri: &str, span: Span) -> Option<Value> {
    let file = analysis.sources.files.get(span.source as usize)?;
    if span.source == 0 {
        return Some(json!({ "uri": uri, "range": analysis.lines.of_span(analysis.text(), span) }));
    }
    let path = match STANDARD.iter().find(|(name, _)| *name == file.name) {
        Some((name, text)) => standard_file(name, text)?,
        None => std::path::absolute(analysis.folder.join(&file.name)).ok()?,
    };
    let range = super::text::Lines::of(&file.text).of_span(&file.text, span);
    Some(json!({ "uri": uri_of(&tidy(path)), "range": range }))
}

/// Without `.` and `..`, as editors name the file.
pub fn tidy(path: PathBuf) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A module of the standard library as a file that an editor can open: a copy among the user's cached files.
fn standard_file(name: &str, text: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let cache = cache.or_else(|| std::env::home_dir().map(|h| h.join(".cache"))).unwrap_or_else(std::env::temp_dir);
    let folder = cache.join("ann").join(format!("stdlib-{}", env!("CARGO_PKG_VERSION")));
    let path = folder.join(format!("{}.ann", name.trim_start_matches("std.")));
    if std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
        std::fs::create_dir_all(&folder).ok()?;
        // Written aside and renamed: several editors may be open.
        let aside = folder.join(format!(".{name}.{}", std::process::id()));
        std::fs::write(&aside, text).ok()?;
        std::fs::rename(&aside, &path).ok()?;
    }
    Some(path)
}

/// A repair: its title, the place, and what belongs there.
pub struct Repair {
    pub title: String,
    pub span: Span,
    pub text: String,
}

/// What a diagnostic suggests, where that is a change of the text.
pub fn repair(analysis: &Analysis, d: &Diagnostic) -> Option<Repair> {
    let mut span = d.span.filter(|s| s.source == 0)?;
    let help = d.help.as_deref()?;
    let quoted = help.split('`').nth(1)?;
    // The blanks behind a token are not a part of what is wrong.
    let found = analysis.text().get(span.start as usize..span.end as usize)?.trim_end();
    span.end = span.start + found.len() as u32;
    let is_word = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    if help.starts_with("did you mean `") {
        // The word itself may be a part of what is underlined: `scan.bindr`.
        let message_word = d.message.split('`').skip(1).step_by(2).find(|w| found.ends_with(w) && is_word(w));
        let wrong = if is_word(found) && !found.contains('.') { found } else { message_word? };
        let start = span.end - wrong.len() as u32;
        let text = quoted.to_string();
        return Some(Repair { title: format!("Change `{wrong}` to `{quoted}`"), span: Span { start, ..span }, text });
    }
    if let Some(module) = quoted.strip_prefix("use ").filter(|m| d.code == codes::UNDEFINED && is_word(m)) {
        let at = place_of_use(analysis);
        let span = Span::new(0, at, at);
        return Some(Repair { title: format!("Add `use {module}`"), span, text: format!("use {module}\n") });
    }
    if help == format!("write `{quoted}`") && d.code == codes::OTHER_LANGUAGE {
        let repaired = [&analysis.text()[..span.start as usize], quoted, &analysis.text()[span.end as usize..]].concat();
        // Offered only if it is one: the slip is then gone.
        let wrong_here = |text: &str| {
            let mut sources = crate::diagnostic::Sources::default();
            let source = sources.add("", text);
            crate::syntax::parse(&sources, source).1.len()
        };
        if wrong_here(&repaired) < wrong_here(analysis.text()) {
            return Some(Repair { title: format!("Write `{quoted}`"), span, text: quoted.to_string() });
        }
    }
    None
}

/// Where another `use` goes: before the first, else before the first item.
fn place_of_use(analysis: &Analysis) -> usize {
    let items = &analysis.script.items;
    let item = items
        .iter()
        .find(|i| matches!(i.kind, ItemKind::Use { .. }))
        .or_else(|| items.iter().find(|i| !matches!(i.kind, ItemKind::Experiment { .. })));
    let text = analysis.text();
    let mut at = item.map_or(0, |i| i.span.start as usize);
    at = text[..at].rfind('\n').map_or(0, |n| n + 1);
    // Above the comments that belong to the item.
    while at > 0 {
        let line = text[..at - 1].rfind('\n').map_or(0, |n| n + 1);
        let is_doc =
            text[line..at].trim_start().starts_with("##") && !item.is_some_and(|i| matches!(i.kind, ItemKind::Use { .. }));
        if !is_doc {
            break;
        }
        at = line;
    }
    at
}

/// The repairs of the diagnostics that touch a range.
pub fn actions(analysis: &Analysis, uri: &str, range: &Value) -> Value {
    let (lines, text) = (&analysis.lines, analysis.text());
    let (from, to) = (lines.byte(text, &range["start"]), lines.byte(text, &range["end"]));
    let mut out: Vec<Value> = Vec::new();
    for d in &analysis.diagnostics {
        let touches = d.span.is_some_and(|s| s.source == 0 && s.start as usize <= to && from <= s.end as usize);
        let Some(repair) = touches.then(|| repair(analysis, d)).flatten() else { continue };
        let edit = json!({ "range": lines.of_span(text, repair.span), "newText": repair.text });
        let action = json!({
            "title": repair.title,
            "kind": "quickfix",
            "isPreferred": true,
            "diagnostics": [one(analysis, uri, d)],
            "edit": { "changes": { uri: [edit] } },
        });
        if !out.iter().any(|a| a["title"] == action["title"] && a["edit"] == action["edit"]) {
            out.push(action);
        }
    }
    Value::Array(out)
}
