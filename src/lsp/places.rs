//! Going to a definition, all places of a name, and renaming it, in the script and the modules beside it.

use super::analysis::Analysis;
use super::problems::location;
use super::resolve::{Occurrence, What};
use crate::diagnostic::{Diagnostic, Sources, Span};
use crate::syntax::ast::{ItemKind, UsePath};
use crate::syntax::lexemes::{Lexeme, lexemes};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A document and its address.
pub type Document<'a> = (&'a str, &'a Analysis);

/// The answer to `textDocument/definition`.
pub fn definition(uri: &str, analysis: &Analysis, at: usize) -> Value {
    if let Some(span) = analysis.names.at(0, at).and_then(|o| o.definition) {
        return location(analysis, uri, span).unwrap_or(Value::Null);
    }
    // A module: its text.
    let used = analysis.script.items.iter().find_map(|i| match &i.kind {
        ItemKind::Use { path, .. } => {
            let span = match path {
                UsePath::File(_, span) => *span,
                UsePath::Module(parts) => parts.first()?.span.to(parts.last()?.span),
            };
            (span.start as usize <= at && at <= span.end as usize).then(|| super::exports::module_name(path))
        }
        _ => None,
    });
    let module = used.and_then(|name| analysis.sources.files.iter().skip(1).position(|f| f.name == name));
    module.and_then(|k| location(analysis, uri, Span::new(k as u32 + 1, 0, 0))).unwrap_or(Value::Null)
}

/// The places of the name at a byte, by address, in all documents that are open and in the module that defines it.
fn places(uri: &str, analysis: &Analysis, at: usize, open: &[Document]) -> Option<(String, BTreeMap<String, Vec<Value>>)> {
    let found: &Occurrence = analysis.names.at(0, at)?;
    let definition = found.definition?;
    let target = location(analysis, uri, definition)?;
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut add = |uri: &str, range: Value| {
        let all = out.entry(uri.to_string()).or_default();
        if !all.contains(&range) {
            all.push(range);
        }
    };
    for (uri, document) in open.iter().chain(&[(uri, analysis)]) {
        for o in &document.names.occurrences {
            if o.definition.and_then(|d| location(document, uri, d)).as_ref() == Some(&target) {
                add(uri, document.lines.of_span(document.text(), o.span));
            }
        }
    }
    // The module itself, where it is not open: its own places count as well.
    let home = target["uri"].as_str()?.to_string();
    if definition.source > 0 && !open.iter().any(|(uri, _)| *uri == home) {
        let source = &analysis.sources.files[definition.source as usize];
        let mut sources = Sources::default();
        let alone = sources.add(source.name.clone(), source.text.clone());
        let (script, _) = crate::syntax::parse(&sources, alone);
        let names = super::resolve::resolve(&script, 0, source.text.len(), super::exports::Exports::default());
        let lines = super::text::Lines::of(&source.text);
        for o in names.places(Span { source: 0, ..definition }) {
            add(&home, lines.of_span(&source.text, o.span));
        }
    }
    Some((found.name.clone(), out))
}

/// The answer to `textDocument/references`.
pub fn references(uri: &str, analysis: &Analysis, at: usize, open: &[Document]) -> Value {
    let Some((_, all)) = places(uri, analysis, at, open) else { return json!([]) };
    let flat = all.iter().flat_map(|(uri, ranges)| ranges.iter().map(move |r| json!({ "uri": uri, "range": r })));
    flat.collect()
}

/// The answer to `textDocument/documentHighlight`.
pub fn highlights(uri: &str, analysis: &Analysis, at: usize) -> Value {
    let Some((_, all)) = places(uri, analysis, at, &[]) else { return json!([]) };
    all.get(uri).map_or(json!([]), |ranges| ranges.iter().map(|r| json!({ "range": r })).collect())
}

/// The name at a byte, if it can be renamed; else the reason why not.
pub fn renamable(analysis: &Analysis, at: usize) -> Result<&Occurrence, String> {
    let found = analysis.names.at(0, at).ok_or("there is no name here")?;
    let library = |d: Span| analysis.sources.files.get(d.source as usize).is_some_and(|f| f.name.starts_with("std."));
    match found.definition {
        Some(d) if library(d) => Err(format!("`{}` is of the standard library", found.name)),
        Some(_) => Ok(found),
        None => Err(match found.what {
            What::Setting => format!("`{}` is a setting", found.name),
            _ => format!("`{}` is not defined in the script", found.name),
        }),
    }
}

/// The answer to `textDocument/rename`.
pub fn rename(uri: &str, analysis: &Analysis, at: usize, new: &str, open: &[Document]) -> Result<Value, String> {
    let found = renamable(analysis, at)?;
    let word = matches!(lexemes(new).as_slice(), [(Lexeme::Word, r)] if *r == (0..new.len()));
    let mut sources = Sources::default();
    let trial = sources.add("", format!("let {new} = 1"));
    if !word || crate::syntax::parse(&sources, trial).1.iter().any(Diagnostic::is_error) {
        return Err(format!("`{new}` is not a name"));
    }
    let clash = analysis.names.own.names.get(new).map(|d| d.span);
    if new != found.name && clash.is_some_and(|s| Some(s) != found.definition) {
        return Err(format!("`{new}` is already defined"));
    }
    let (_, all) = places(uri, analysis, at, open).ok_or("the name's places are not known")?;
    let changes: BTreeMap<String, Vec<Value>> = all
        .into_iter()
        .map(|(uri, ranges)| (uri, ranges.into_iter().map(|r| json!({ "range": r, "newText": new })).collect()))
        .collect();
    Ok(json!({ "changes": changes }))
}
