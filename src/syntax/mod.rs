//! From text to syntax tree, and back to text in one layout.
//!
//! [`parse`] always gives what could be read, with every problem it found: a text is cut into items by its layout
//! ([`layout`]), each item is read by the grammar (`grammar/ann.pest`) and built into the tree; where that fails, the
//! entry that is wrong is reported ([`explain`]), blanked, and the item read again. This room knows diagnostics, and
//! nothing of what a script means.

pub mod ast;
mod brackets;
mod build;
mod classes;
mod collections;
mod docs;
mod entries;
mod explain;
mod expressions;
mod format;
mod frameworks;
mod layout;
pub mod lexemes;
mod lines;
mod literals;
mod mend;
mod network;
mod recover;
mod slips;
#[cfg(test)]
mod tests;
mod tokens;

pub use classes::{Class, classes};
pub use format::format;
pub use layout::ITEM_WORDS;

use crate::diagnostic::{Diagnostic, Sources, Span, codes};
use ast::Script;
use build::Builder;
use layout::{Chunk, LATER_WORDS, Layout};

/// Brackets and `if`s that may be open at once.
pub const MAX_NESTING: usize = 400;
/// The height that an expression's tree may have.
pub const MAX_HEIGHT: usize = 500;
/// Problems of one text that are reported.
const MAX_DIAGNOSTICS: usize = 200;
/// Above this nesting an item is read on a thread with a stack of its own.
const SHALLOW: usize = 24;
const DEEP_STACK: usize = 64 << 20;

/// What a line at the prompt is.
#[derive(Clone, Debug, PartialEq)]
pub enum Prompt {
    Complete(Script, Vec<Diagnostic>),
    /// Brackets are open, or the line ends in an operator: more must follow.
    Incomplete,
}

/// Reads the text number `source`: all items that can be read, and what is wrong with the others.
pub fn parse(sources: &Sources, source: u32) -> (Script, Vec<Diagnostic>) {
    let text = sources.files.get(source as usize).map_or("", |s| s.text.as_str());
    parse_text(text, source, false)
}

/// Reads a line (or several) at the prompt, where an expression alone is an item too.
pub fn parse_prompt(sources: &Sources, source: u32) -> Prompt {
    let text = sources.files.get(source as usize).map_or("", |s| s.text.as_str());
    if text.len() <= u32::MAX as usize && layout::layout(text, source).incomplete {
        return Prompt::Incomplete;
    }
    let (script, diagnostics) = parse_text(text, source, true);
    Prompt::Complete(script, diagnostics)
}

fn parse_text(text: &str, source: u32, prompt: bool) -> (Script, Vec<Diagnostic>) {
    if text.len() > u32::MAX as usize {
        return (Script::default(), vec![Diagnostic::general(codes::UNEXPECTED, "the text is longer than 4 GiB")]);
    }
    let mut layout = layout::layout(text, source);
    let mut diagnostics = std::mem::take(&mut layout.diagnostics);
    let mut script = Script::default();
    let mut foreign_block = false;
    for chunk in &layout.chunks {
        if diagnostics.len() >= MAX_DIAGNOSTICS {
            break;
        }
        if foreign_block && explain::is_indented(text, chunk.start) {
            continue;
        }
        foreign_block = false;
        if let Some(problem) = unreadable(text, source, chunk, &layout) {
            foreign_block = problem.code == codes::OTHER_LANGUAGE;
            if foreign_block {
                // Slips of single words inside it would only distract.
                diagnostics
                    .retain(|d| d.code != codes::OTHER_LANGUAGE || d.span.is_none_or(|s| (s.start as usize) < chunk.start));
            }
            diagnostics.push(problem);
            continue;
        }
        match on_enough_stack(chunk.nesting, || read_chunk(text, source, chunk, &layout, prompt)) {
            Some((items, problems)) => {
                script.items.extend(items);
                diagnostics.extend(problems);
            }
            None => diagnostics.push(too_deep(Span::new(source, chunk.start, chunk.end), chunk.nesting)),
        }
    }
    docs::attach(text, &layout, &mut script);
    diagnostics.sort_by_key(|d| d.span.map_or(0, |s| s.start));
    diagnostics.truncate(MAX_DIAGNOSTICS);
    (script, diagnostics)
}

/// What makes a chunk not worth reading: too deep, of a later version, or a block of another language.
fn unreadable(text: &str, source: u32, chunk: &Chunk, layout: &Layout) -> Option<Diagnostic> {
    let tokens = &layout.tokens[chunk.first..chunk.last];
    let first = tokens.first()?;
    let span = Span::new(source, first.start, first.end);
    if chunk.nesting > MAX_NESTING {
        return Some(too_deep(span, chunk.nesting));
    }
    let word = first.text(text);
    let mut code = tokens.iter().filter(|t| t.is_code()).skip(1);
    let second = code.next();
    if LATER_WORDS.contains(&word) && second.is_some_and(|s| s.kind == tokens::Rule::word) {
        return Some(
            Diagnostic::error(codes::RESERVED, span, format!("this version of Ann has no `{word}`"))
                .help("the word is kept for a later version; leave the block out"),
        );
    }
    explain::foreign_block(text, source, tokens)
}

fn too_deep(span: Span, nesting: usize) -> Diagnostic {
    Diagnostic::error(codes::TOO_DEEP, span, format!("this is nested {nesting} deep"))
        .expected(format!("at most {MAX_NESTING} brackets and `if`s open at once"))
        .help("name the parts with `let`")
}

/// Runs `read` where there is room for its recursion; none if the system gives no such room.
fn on_enough_stack<T: Send>(nesting: usize, read: impl FnOnce() -> T + Send) -> Option<T> {
    if nesting <= SHALLOW {
        return Some(read());
    }
    std::thread::scope(|scope| {
        let handle = std::thread::Builder::new().stack_size(DEEP_STACK).spawn_scoped(scope, read).ok()?;
        match handle.join() {
            Ok(value) => Some(value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn read_chunk(text: &str, source: u32, chunk: &Chunk, layout: &Layout, prompt: bool) -> (Vec<ast::Item>, Vec<Diagnostic>) {
    let mut laid = layout.laid[chunk.start..chunk.end].to_string();
    laid.push_str(&chunk.closers);
    let builder = Builder::new(source, chunk.start, chunk.end, prompt);
    let mut syntax = Vec::new();
    let items = recover::read(text, source, chunk, layout, &mut laid, &builder, &mut syntax);
    let mut problems = builder.finish();
    problems.extend(syntax);
    if chunk.damaged {
        // The bracket that is missing was reported; what follows from it would only distract.
        problems.clear();
    }
    (items, problems)
}
