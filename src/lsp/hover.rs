//! What is said of the name under the cursor: documentation with signature, computed values, types and shapes.

use super::analysis::Analysis;
use super::facts::Fact;
use super::resolve::{Occurrence, What};
use crate::reference::{self, Entry, Kind};
use crate::syntax::ITEM_WORDS;
use crate::syntax::lexemes::{Lexeme, lexemes};
use serde_json::{Value, json};

/// The answer to `textDocument/hover`.
pub fn hover(analysis: &Analysis, at: usize) -> Value {
    let Some((range, text)) = about(analysis, at) else { return Value::Null };
    json!({
        "contents": { "kind": "markdown", "value": text },
        "range": analysis.lines.range(analysis.text(), range.start, range.end),
    })
}

/// The bytes of the name at a place, and what there is to say, as Markdown.
pub fn about(analysis: &Analysis, at: usize) -> Option<(std::ops::Range<usize>, String)> {
    if let Some(o) = analysis.names.at(0, at)
        && let Some(text) = of_name(analysis, o)
    {
        return Some((o.span.start as usize..o.span.end as usize, text));
    }
    // A word of the language, or a name in a part that could not be read.
    let text = analysis.text();
    let (_, range) = lexemes(text).into_iter().find(|(kind, r)| *kind == Lexeme::Word && r.start <= at && at <= r.end)?;
    let word = &text[range.clone()];
    let entry = reference::entries().iter().find(|e| e.name == word && matches!(e.kind, Kind::Item | Kind::Form));
    let known = |own: bool| analysis.facts.get(word).filter(|f| f.own || !own).map(|f| value(word, f));
    let words = entry.map(documentation).or_else(|| known(true)).or_else(|| builtin(analysis, word)).or_else(|| known(false))?;
    Some((range, words))
}

fn of_name(analysis: &Analysis, o: &Occurrence) -> Option<String> {
    match o.what {
        What::Setting => entry(Kind::Setting, &o.name, o.of.as_deref()).map(documentation),
        What::Block => entry(Kind::Block, &o.name, None).map(documentation),
        What::Type => Some(format!("```ann\n{}\n```\na type", o.name)),
        What::Module if o.definition.is_none() => entry(Kind::Module, o.of.as_deref()?, None).map(documentation),
        What::Outside => builtin(analysis, &o.name).or_else(|| analysis.facts.get(&o.name).map(|f| value(&o.name, f))),
        What::Member => member(analysis, o),
        What::Parameter if o.definition.is_none() => argument(o),
        _ => Some(defined(analysis, o)),
    }
}

/// A name that a text defines.
fn defined(analysis: &Analysis, o: &Occurrence) -> String {
    let span = o.definition.unwrap_or(o.span);
    let mut out = String::new();
    let source = &analysis.sources.files[span.source as usize];
    let library = source.name.starts_with("std.");
    let of_library = |e: &&Entry| e.kind == Kind::Definition && e.name == o.name && e.of.as_ref() == Some(&source.name);
    if let Some(entry) = reference::entries().iter().find(of_library).filter(|_| library) {
        out = documentation(entry);
    } else {
        out.push_str(&format!("```ann\n{}\n```\n", line_of(&source.text, span.start as usize)));
        let top = analysis.names.own.find(&o.name).filter(|d| d.span == span);
        if let Some(doc) = top.and_then(|d| d.doc.as_deref()).or_else(|| trailing_doc(&source.text, span.end as usize)) {
            out.push_str(&format!("{}\n\n", doc.trim()));
        }
        out.push_str(&format!("{}\n", word(o.what)));
    }
    let own = analysis.names.own.find(&o.name).is_some_and(|d| d.span == span);
    if let Some(fact) = analysis.facts.get(&o.name).filter(|_| own && !library) {
        out.push_str(&format!("\n{}", value(&o.name, fact)));
    } else if let Some((task, words)) = quantity(analysis, o) {
        out.push_str(&format!("\n`{task}.{}`: {words}\n", o.name));
    }
    out
}

/// What the elaborator knows of a quantity or an axis: the task that has it, and its shape.
fn quantity<'a>(analysis: &'a Analysis, o: &'a Occurrence) -> Option<(&'a str, &'a str)> {
    let span = o.definition?;
    let (task, _) = analysis.names.own.names.iter().find(|(n, d)| {
        let named = o.of.as_ref().is_none_or(|of| of == *n || !analysis.names.own.names.contains_key(of));
        d.what == What::Task && named && d.inside.iter().any(|(n, s, _)| *n == o.name && *s == span)
    })?;
    let fact = analysis.facts.get(task)?;
    fact.members.iter().find(|m| m.0 == o.name).map(|m| (task.as_str(), m.1.as_str()))
}

fn member(analysis: &Analysis, o: &Occurrence) -> Option<String> {
    let base = o.of.as_deref().unwrap_or_default();
    let fact = analysis.facts.get(base);
    let known = fact.and_then(|f| f.members.iter().find(|m| m.0 == o.name)).filter(|m| !m.1.is_empty());
    let mut out = known.map(|m| format!("`{base}.{}`: {}\n\n", o.name, m.1)).unwrap_or_default();
    let module = base.rsplit('.').next().unwrap_or_default();
    let found = reference::entries().iter().find(|e| match e.kind {
        Kind::Member => e.name == o.name,
        Kind::Definition => e.name == o.name && e.of.as_deref() == Some(module),
        _ => false,
    });
    if let Some(entry) = found {
        out.push_str(&documentation(entry));
    }
    (!out.is_empty()).then_some(out)
}

/// A named argument of something built in.
fn argument(o: &Occurrence) -> Option<String> {
    let of = o.of.as_deref()?;
    let f = crate::elaborate::builtins::functions().find(|f| f.name == of || f.aliases.contains(&of))?;
    let p = f.params.iter().find(|p| p.name == o.name)?;
    let default = p.default.map(|d| format!(" = {d}")).unwrap_or_default();
    Some(format!("```ann\n{}: {}{default}\n```\nan argument of `{of}`\n\n{}", p.name, p.ty.name(), f.doc))
}

fn builtin(analysis: &Analysis, name: &str) -> Option<String> {
    let called = |e: &&Entry| e.name == name || e.aliases.iter().any(|a| a == name);
    let rank = |e: &&Entry| match e.kind {
        Kind::Builtin(_) => 0,
        Kind::Form | Kind::Item => 1,
        // A definition of a module that the script does not use says where it could come from.
        Kind::Definition => 2,
        _ => 3,
    };
    let entry = reference::entries().iter().filter(called).filter(|e| rank(e) < 3).min_by_key(rank)?;
    let mut out = documentation(entry);
    if let (Kind::Definition, Some(module)) = (entry.kind, &entry.of)
        && !analysis.facts.contains_key(name)
    {
        out.push_str(&format!("\nNot visible here: write `use {module}` above.\n"));
    }
    Some(out)
}

fn entry(kind: Kind, name: &str, of: Option<&str>) -> Option<&'static Entry> {
    reference::entries().iter().find(|e| e.kind == kind && e.name == name && of.is_none_or(|of| e.of.as_deref() == Some(of)))
}

/// An entry of the reference, as Markdown.
pub fn documentation(entry: &Entry) -> String {
    let mut out = format!("```ann\n{}\n```\n{}\n", entry.signature, entry.text.trim());
    if !entry.aliases.is_empty() {
        let names: Vec<String> = entry.aliases.iter().map(|a| format!("`{a}`")).collect();
        out.push_str(&format!("\nAlso written {}.\n", names.join(", ")));
    }
    if let Some(example) = &entry.example {
        out.push_str(&format!("\n```ann\n{}\n```\n", example.trim_end()));
    }
    out.push_str(&format!("\n*{}*\n", entry.kind_text()));
    out
}

/// A name's value, as Markdown.
pub fn value(name: &str, fact: &Fact) -> String {
    let mut out = match &fact.value {
        Some(v) => format!("`{name}` = `{v}`: {}", fact.kind),
        None => format!("`{name}`: {}", fact.kind),
    };
    for note in &fact.notes {
        out.push_str(&format!(", {note}"));
    }
    out.push('\n');
    let shown: Vec<String> =
        fact.members.iter().filter(|m| !m.1.is_empty()).take(24).map(|(n, w)| format!("- `{n}`: {w}")).collect();
    if !shown.is_empty() {
        out.push_str(&format!("\n{}\n", shown.join("\n")));
    }
    out
}

/// The line of a definition, without its comment and without the block that it opens.
fn line_of(text: &str, at: usize) -> String {
    let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let comment = lexemes(line).into_iter().find(|(k, _)| matches!(k, Lexeme::Comment | Lexeme::Doc)).map(|(_, r)| r.start);
    let line = line[..comment.unwrap_or(line.len())].trim();
    let item = ITEM_WORDS.iter().any(|w| line.starts_with(w));
    line.strip_suffix('{').filter(|_| item).unwrap_or(line).trim_end().to_string()
}

/// The documentation behind an entry, on its line.
fn trailing_doc(text: &str, at: usize) -> Option<&str> {
    let line = text[at..].lines().next()?;
    let doc = lexemes(line).into_iter().find(|(k, _)| *k == Lexeme::Doc)?.1;
    Some(line[doc].trim_start_matches('#').trim())
}

pub fn word(what: What) -> &'static str {
    match what {
        What::Param => "a parameter of the script",
        What::Let => "a value",
        What::Function => "a function",
        What::Couplings => "couplings",
        What::Schedule => "a schedule",
        What::Lattice => "a lattice",
        What::Model => "a model",
        What::Network => "a network",
        What::Task => "a task",
        What::Plot => "a figure",
        What::Module => "a module",
        What::Axis => "an axis",
        What::Quantity => "a quantity",
        What::Variable => "a variable",
        What::Parameter => "a parameter",
        What::Local => "a local name",
        What::Setting => "a setting",
        What::Block => "a block",
        What::Member => "a member",
        What::Type => "a type",
        What::Outside => "a name",
    }
}
