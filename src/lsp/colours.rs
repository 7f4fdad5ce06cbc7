//! Semantic tokens: what each word of a script is, so that editors can colour it.

use super::analysis::Analysis;
use super::resolve::{Occurrence, What};
use crate::elaborate::builtins;
use crate::syntax::ITEM_WORDS;
use crate::syntax::lexemes::{CONTEXTUAL, Lexeme, RESERVED, UNITS, VARIABLES, lexemes};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of tokens, in the order of their numbers.
pub const TYPES: &[&str] = &[
    "keyword",
    "variable",
    "parameter",
    "property",
    "function",
    "class",
    "namespace",
    "type",
    "enumMember",
    "number",
    "string",
    "comment",
    "event",
];
/// The modifiers, each a bit.
pub const MODIFIERS: &[&str] = &["declaration", "readonly", "defaultLibrary", "documentation"];

const DECLARATION: u32 = 1;
const READONLY: u32 = 2;
const LIBRARY: u32 = 4;
const DOCUMENTATION: u32 = 8;

/// A token: its bytes, the name of its kind, and its modifiers.
pub type Token = (std::ops::Range<usize>, &'static str, u32);

/// All tokens of a document.
pub fn tokens(analysis: &Analysis) -> Vec<Token> {
    let text = analysis.text();
    let names: BTreeMap<u32, &Occurrence> =
        analysis.names.occurrences.iter().filter(|o| o.span.source == 0).map(|o| (o.span.start, o)).collect();
    let built_in: BTreeSet<&str> =
        builtins::functions().flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied())).collect();
    let constants: BTreeSet<&str> =
        builtins::constants().flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied())).collect();
    let mut out: Vec<Token> = Vec::new();
    let mut after_number = false;
    for (kind, range) in lexemes(text) {
        let token = match kind {
            Lexeme::Newline | Lexeme::Symbol | Lexeme::Stray => None,
            Lexeme::Comment => Some(("comment", 0)),
            Lexeme::Doc => Some(("comment", DOCUMENTATION)),
            Lexeme::Text => Some(("string", 0)),
            Lexeme::Number => Some(("number", 0)),
            Lexeme::Word => {
                let word = &text[range.clone()];
                match names.get(&(range.start as u32)).filter(|o| o.span.end as usize == range.end) {
                    _ if RESERVED.contains(&word) => Some(("keyword", 0)),
                    _ if after_number && UNITS.contains(&word) => Some(("keyword", 0)),
                    Some(o) => Some(of_name(analysis, o, built_in.contains(word), constants.contains(word))),
                    None if ITEM_WORDS.contains(&word) || CONTEXTUAL.contains(&word) || VARIABLES.contains(&word) => {
                        Some(("keyword", 0))
                    }
                    None if built_in.contains(word) => Some(("function", LIBRARY)),
                    None => Some(("variable", 0)),
                }
            }
        };
        after_number = kind == Lexeme::Number;
        if let Some((ty, modifiers)) = token {
            out.push((range, ty, modifiers));
        }
    }
    out
}

fn of_name(analysis: &Analysis, o: &Occurrence, function: bool, constant: bool) -> (&'static str, u32) {
    let library =
        o.definition.is_some_and(|d| analysis.sources.files.get(d.source as usize).is_some_and(|f| f.name.starts_with("std.")));
    let more = if o.definition == Some(o.span) { DECLARATION } else { 0 } | if library { LIBRARY } else { 0 };
    match o.what {
        What::Param => ("variable", more | READONLY),
        What::Let | What::Couplings | What::Schedule | What::Local | What::Variable => ("variable", more),
        What::Function => ("function", more),
        What::Lattice | What::Model | What::Network => ("class", more),
        What::Task | What::Plot => ("event", more),
        What::Module => ("namespace", more),
        What::Axis | What::Parameter => ("parameter", more),
        What::Quantity | What::Setting | What::Member => ("property", more),
        What::Block => ("keyword", 0),
        What::Type => ("type", LIBRARY),
        What::Outside if function => ("function", LIBRARY),
        What::Outside if constant => ("enumMember", LIBRARY | READONLY),
        What::Outside => ("variable", 0),
    }
}

/// The answer to `textDocument/semanticTokens/full`.
pub fn semantic(analysis: &Analysis) -> Value {
    let text = analysis.text();
    let (mut line, mut column) = (0, 0);
    let mut data: Vec<usize> = Vec::new();
    for (range, ty, modifiers) in tokens(analysis) {
        let (l, c) = analysis.lines.place(text, range.start);
        let length = text[range].chars().map(char::len_utf16).sum();
        let number = TYPES.iter().position(|t| *t == ty).unwrap_or(0);
        data.extend([l - line, if l == line { c - column } else { c }, length, number, modifiers as usize]);
        (line, column) = (l, c);
    }
    json!({ "data": data })
}
