//! The outline of a script, and the parts that can be folded.

use super::analysis::Analysis;
use crate::diagnostic::Span;
use crate::syntax::ast::*;
use crate::syntax::lexemes::{Lexeme, lexemes};
use serde_json::{Value, json};

const MODULE: u8 = 2;
const CLASS: u8 = 5;
const PROPERTY: u8 = 7;
const FIELD: u8 = 8;
const FUNCTION: u8 = 12;
const VARIABLE: u8 = 13;
const CONSTANT: u8 = 14;
const OBJECT: u8 = 19;
const EVENT: u8 = 24;

/// The answer to `textDocument/documentSymbol`.
pub fn symbols(analysis: &Analysis) -> Value {
    Value::Array(analysis.script.items.iter().filter_map(|i| item(analysis, i)).collect())
}

fn symbol(a: &Analysis, name: &str, detail: &str, kind: u8, whole: Span, own: Span, children: Vec<Value>) -> Value {
    // Editors refuse a symbol without a name, and one whose name lies outside of it.
    let name = if name.is_empty() { "?" } else { name };
    let (lines, text) = (&a.lines, a.text());
    let mut out = json!({
        "name": name,
        "kind": kind,
        "range": lines.of_span(text, whole.to(own)),
        "selectionRange": lines.of_span(text, own),
    });
    if !detail.is_empty() {
        out["detail"] = json!(detail);
    }
    if !children.is_empty() {
        out["children"] = Value::Array(children);
    }
    out
}

fn item(a: &Analysis, item: &Item) -> Option<Value> {
    let mut children = Vec::new();
    let (name, detail, kind) = match &item.kind {
        ItemKind::Experiment { title, .. } => {
            let (title, span) = title.clone().unwrap_or(("experiment".into(), item.span));
            return Some(symbol(a, &title, "experiment", MODULE, item.span, span, vec![]));
        }
        ItemKind::Use { alias: Some(alias), .. } => (alias, "use", MODULE),
        ItemKind::Param(p) => (&p.name, "param", CONSTANT),
        ItemKind::Let(l) => (&l.name, "let", VARIABLE),
        ItemKind::Fn(f) => (&f.name, "fn", FUNCTION),
        ItemKind::Couplings(c) => (&c.name, "couplings", VARIABLE),
        ItemKind::Schedule { name, .. } => (name, "schedule", VARIABLE),
        ItemKind::Lattice { name, .. } => (name, "lattice", CLASS),
        ItemKind::Model { name, body, .. } => {
            children.extend(body.iter().filter_map(|e| of_model(a, e)));
            (name, "model", CLASS)
        }
        ItemKind::Network(n) => {
            children.extend(n.body.iter().filter_map(|e| of_network(a, e)));
            (&n.name, "network", CLASS)
        }
        ItemKind::Task(t) => {
            children.extend(
                t.axes
                    .iter()
                    .map(|x| symbol(a, &x.name.text, "axis", PROPERTY, x.name.span.to(x.values.span), x.name.span, vec![])),
            );
            children.extend(t.body.iter().filter_map(|e| of_task(a, e)));
            (&t.name, t.kind.text.as_str(), EVENT)
        }
        ItemKind::Plot { name, .. } => (name, "plot", OBJECT),
        ItemKind::Use { .. } | ItemKind::Show(_) | ItemKind::Expect(_) | ItemKind::Bare(_) => return None,
    };
    Some(symbol(a, &name.text, detail, kind, item.span, name.span, children))
}

fn of_model(a: &Analysis, entry: &ModelEntry) -> Option<Value> {
    Some(match entry {
        ModelEntry::Let(l) => symbol(a, &l.name.text, "let", VARIABLE, l.name.span, l.name.span, vec![]),
        ModelEntry::Couplings(c) => symbol(a, &c.name.text, "couplings", VARIABLE, c.name.span, c.name.span, vec![]),
        ModelEntry::Variable(v) => symbol(a, &v.name.text, &v.kind.text, FIELD, v.span, v.name.span, vec![]),
        ModelEntry::Energy { span, .. } => symbol(a, "energy", "", PROPERTY, *span, *span, vec![]),
        ModelEntry::Field { span, .. } => symbol(a, "field", "", PROPERTY, *span, *span, vec![]),
        ModelEntry::Requires(_) => return None,
    })
}

fn of_network(a: &Analysis, entry: &NetworkEntry) -> Option<Value> {
    let (name, value, detail, kind) = match entry {
        NetworkEntry::Input { name, value, .. } => (name, value, "input", FIELD),
        NetworkEntry::Bind { name, value } => (name, value, "", VARIABLE),
        NetworkEntry::Metric { name, value, .. } => (name, value, "metric", PROPERTY),
        NetworkEntry::Loss { span, .. } => return Some(symbol(a, "loss", "", PROPERTY, *span, *span, vec![])),
        NetworkEntry::Let(_) | NetworkEntry::Requires(_) => return None,
    };
    Some(symbol(a, &name.text, detail, kind, name.span.to(value.span), name.span, vec![]))
}

fn of_task(a: &Analysis, entry: &TaskEntry) -> Option<Value> {
    let TaskEntry::Block(b) = entry else { return None };
    let entries: Vec<Value> = b
        .entries
        .iter()
        .map(|e| {
            symbol(
                a,
                &e.name.text,
                &a.sources.text(e.value.span).replace('\n', " "),
                FIELD,
                e.name.span.to(e.value.span),
                e.name.span,
                vec![],
            )
        })
        .collect();
    Some(symbol(a, &b.kind.text, "", PROPERTY, b.span, b.kind.span, entries))
}

/// The answer to `textDocument/foldingRange`: brackets and comments over several lines.
pub fn folds(analysis: &Analysis) -> Value {
    let text = analysis.text();
    let line = |at: usize| analysis.lines.place(text, at).0;
    let mut out = Vec::new();
    let mut open = Vec::new();
    let mut comments: Option<(usize, usize)> = None;
    let close = |comments: &mut Option<(usize, usize)>, out: &mut Vec<Value>| {
        if let Some((from, to)) = comments.take().filter(|(from, to)| to > from) {
            out.push(json!({ "startLine": from, "endLine": to, "kind": "comment" }));
        }
    };
    for (kind, range) in lexemes(text) {
        match kind {
            Lexeme::Newline => continue,
            Lexeme::Comment | Lexeme::Doc => {
                let here = line(range.start);
                match &mut comments {
                    Some((_, to)) if *to + 1 == here => *to = here,
                    _ => {
                        close(&mut comments, &mut out);
                        comments = Some((here, line(range.end)));
                    }
                }
                continue;
            }
            Lexeme::Symbol => match &text[range.clone()] {
                "(" | "[" | "{" => open.push(line(range.start)),
                ")" | "]" | "}" => {
                    let (from, to) = (open.pop(), line(range.start));
                    if let Some(from) = from.filter(|&from| to > from + 1) {
                        out.push(json!({ "startLine": from, "endLine": to - 1 }));
                    }
                }
                _ => {}
            },
            _ => {}
        }
        close(&mut comments, &mut out);
    }
    close(&mut comments, &mut out);
    Value::Array(out)
}
