//! Reads a chunk again and again, each time without the entry that was wrong, so that several problems of one block
//! are reported and the rest of it is kept.

use super::ast::Item;
use super::build::Builder;
use super::explain;
use super::layout::{Chunk, Layout};
use super::tokens::{Grammar, Rule, Token};
use crate::diagnostic::Diagnostic;
use pest::Parser;
use pest::error::InputLocation;

/// Entries of one chunk that are blanked before it is given up.
const MAX_ROUNDS: usize = 12;
/// Blocks whose entries are worth saving.
const BLOCKS: &[&str] = &["model", "network", "sample", "anneal", "train", "probe", "lattice", "plot", "experiment"];
const SUB_BLOCKS: &[&str] = &["observe", "estimate", "keep", "record"];

/// The items of a chunk; what is wrong with its syntax goes to `problems`. `laid` is blanked where it is wrong.
pub(super) fn read(
    text: &str,
    source: u32,
    chunk: &Chunk,
    layout: &Layout,
    laid: &mut String,
    builder: &Builder,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Item> {
    for _ in 0..MAX_ROUNDS {
        let error = match Grammar::parse(Rule::chunk, laid) {
            Ok(mut pairs) => {
                let items = pairs.next().map_or_else(Vec::new, |p| builder.items(p));
                return if builder.is_too_deep() { Vec::new() } else { items };
            }
            Err(error) => error,
        };
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let place = chunk.start + at.min(chunk.end - chunk.start);
        problems.push(explain::explain(text, source, chunk, layout, place, &error));
        let Some((start, end)) = entry_at(text, &layout.tokens[chunk.first..chunk.last], layout, place) else {
            return Vec::new();
        };
        let blank = " ".repeat(end - start);
        let (start, end) = (start - chunk.start, end - chunk.start);
        if laid[start..end] == blank {
            return Vec::new();
        }
        laid.replace_range(start..end, &blank);
    }
    Vec::new()
}

/// The bytes of the entry of a block that holds the place.
fn entry_at(text: &str, tokens: &[Token], layout: &Layout, place: usize) -> Option<(usize, usize)> {
    let code: Vec<&Token> = tokens.iter().filter(|t| t.is_code()).collect();
    if !BLOCKS.contains(&code.first()?.text(text)) {
        return None;
    }
    let open = code.iter().position(|t| t.text(text) == "{")?;
    if code[open].end > place {
        return None;
    }
    let (start, end) = entry_in(text, &code, open, layout, place)?;
    // Inside `observe { ... }` the entry of that block is enough.
    let first = code.iter().position(|t| t.start >= start)?;
    if SUB_BLOCKS.contains(&code[first].text(text)) {
        let inner = (first..code.len()).find(|&i| code[i].text(text) == "{" && code[i].start < end);
        if let Some(inner) = inner.filter(|&i| code[i].end <= place) {
            return entry_in(text, &code, inner, layout, place).or(Some((start, end)));
        }
    }
    Some((start, end))
}

/// The entry at the place, among those of the block that opens with token `open`.
fn entry_in(text: &str, code: &[&Token], open: usize, layout: &Layout, place: usize) -> Option<(usize, usize)> {
    let laid = layout.laid.as_bytes();
    let mut depth = 0usize;
    let mut start = code[open].end;
    let mut last = start;
    for t in &code[open + 1..] {
        let newline = depth == 0 && laid[last..t.start].contains(&b'\n');
        let word = t.text(text);
        if newline || depth == 0 && matches!(word, "," | "}") {
            // An error is often noticed at the token after the wrong one: the newline itself.
            if place <= last || place < t.start {
                return (last > start).then_some((start, last));
            }
            start = if newline { t.start } else { t.end };
            if word == "}" {
                return None;
            }
        }
        match word {
            "(" | "[" | "{" | "⟨" => depth += 1,
            ")" | "]" | "}" | "⟩" => depth = depth.saturating_sub(1),
            _ => {}
        }
        last = t.end;
    }
    (last > start).then_some((start, last))
}
