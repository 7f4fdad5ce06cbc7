//! The layout of a text: which newlines end something, which brackets belong together, and where the items are.
//!
//! The text is copied byte for byte with comments and meaningless newlines blanked, so that the grammar sees only
//! newlines that count and every place stays what it was. Slips that concern single tokens (another language's
//! comments and quotes, `;`, foreign words at the start of an item) are reported and mended here.
//! Knows tokens and brackets; knows nothing of expressions.

use super::brackets::{Open, closer, unclosed};
use super::slips;
use super::tokens::{Rule, Token, tokens};
use crate::diagnostic::{Diagnostic, Span, codes};

/// One item's text (or several items, with commas between them), to be read by the rule `chunk`.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub start: usize,
    pub end: usize,
    /// The brackets that are missing at its end.
    pub closers: String,
    /// A problem of its brackets was reported: what follows from it is not worth reporting.
    pub damaged: bool,
    /// Brackets and `if`s open at once, at most.
    pub nesting: usize,
    /// The first token, as an index into `tokens`.
    pub first: usize,
    /// Behind the last token.
    pub last: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Doc {
    pub text: String,
    pub start: usize,
    /// It has its line for itself.
    pub alone: bool,
}

pub(super) struct Layout {
    /// As long as the text, byte for byte.
    pub laid: String,
    pub tokens: Vec<Token>,
    pub chunks: Vec<Chunk>,
    pub docs: Vec<Doc>,
    pub diagnostics: Vec<Diagnostic>,
    /// Brackets are open at the end, or the last token asks for more.
    pub incomplete: bool,
}

/// The words that begin an item.
pub const ITEM_WORDS: &[&str] = &[
    "experiment",
    "use",
    "param",
    "let",
    "fn",
    "couplings",
    "schedule",
    "lattice",
    "model",
    "network",
    "sample",
    "anneal",
    "train",
    "probe",
    "show",
    "expect",
    "plot",
];
/// The words that begin an item of a later version.
pub(super) const LATER_WORDS: &[&str] = &["neuron", "synapse", "circuit", "simulate"];
/// The words that begin an item and may be names all the same: `let train = split.train`.
pub(super) const SOFT_WORDS: &[&str] = &["network", "train", "probe"];

pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    source: u32,
    pub(super) tokens: &'a [Token],
    pub(super) laid: Vec<u8>,
    pub(super) stack: Vec<Open>,
    pub(super) base_ifs: usize,
    pub(super) ifs: usize,
    chunks: Vec<Chunk>,
    pub(super) current: Option<Chunk>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// A bracket whose partner stands at another indentation: the likely culprit when one is missing.
    pub(super) suspect: Option<(char, usize)>,
    /// Begin a new item at a word in the first column even where brackets are open.
    recover: bool,
    incomplete: bool,
}

/// Lays a text out. Never fails.
pub(super) fn layout(text: &str, source: u32) -> Layout {
    let tokens = tokens(text);
    let mut scan = Scan::new(text, source, &tokens, false);
    scan.run();
    let incomplete = scan.incomplete;
    if scan.diagnostics.iter().any(|d| d.code == codes::UNCLOSED) {
        scan = Scan::new(text, source, &tokens, true);
        scan.run();
    }
    let docs = docs(text, &tokens);
    let Scan { laid, chunks, diagnostics, .. } = scan;
    // Whole characters were replaced by ASCII, so this cannot fail; the text itself is the harmless way out.
    let laid = String::from_utf8(laid).unwrap_or_else(|_| text.to_string());
    Layout { laid, tokens, chunks, docs, diagnostics, incomplete }
}

fn docs(text: &str, tokens: &[Token]) -> Vec<Doc> {
    let mut code_on_line = false;
    let mut out = Vec::new();
    for t in tokens {
        match t.kind {
            Rule::newline => code_on_line = false,
            Rule::doc_comment => {
                let body = &t.text(text)[2..];
                let body = body.strip_prefix(' ').unwrap_or(body).trim_end();
                out.push(Doc { text: body.to_string(), start: t.start, alone: !code_on_line });
            }
            _ => code_on_line |= t.is_code(),
        }
    }
    out
}

/// A newline after this token is blank.
fn joins_next(text: &str) -> bool {
    joins_previous(text) || matches!(text, "," | ":" | "+" | "-" | "−" | "!" | "if" | "not" | "in" | "for")
}

/// A newline before this token is blank.
fn joins_previous(text: &str) -> bool {
    matches!(
        text,
        "..="
            | ".."
            | "->"
            | "**"
            | "=="
            | "!="
            | "<="
            | ">="
            | "&&"
            | "||"
            | "."
            | "="
            | "~"
            | "*"
            | "·"
            | "×"
            | "/"
            | "^"
            | "<"
            | ">"
            | "≤"
            | "≥"
            | "≠"
            | "&"
            | "|"
            | "then"
            | "else"
            | "and"
            | "or"
    )
}

impl<'a> Scan<'a> {
    fn new(text: &'a str, source: u32, tokens: &'a [Token], recover: bool) -> Scan<'a> {
        Scan {
            text,
            source,
            tokens,
            laid: text.as_bytes().to_vec(),
            stack: Vec::new(),
            base_ifs: 0,
            ifs: 0,
            chunks: Vec::new(),
            current: None,
            diagnostics: Vec::new(),
            suspect: None,
            recover,
            incomplete: false,
        }
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    pub(super) fn blank(&mut self, start: usize, end: usize) {
        self.laid[start..end].fill(b' ');
    }

    pub(super) fn word(&self, token: Option<&Token>) -> &'a str {
        token.map_or("", |t| t.text(self.text))
    }

    /// The next token of code after index `at` on the same line.
    pub(super) fn next_on_line(&self, at: usize) -> Option<&'a Token> {
        self.tokens[at + 1..].iter().take_while(|t| t.kind != Rule::newline).find(|t| t.is_code())
    }

    fn run(&mut self) {
        let mut previous: Option<usize> = None;
        let mut newlines: Vec<usize> = Vec::new();
        let (mut line_start, mut indent) = (0, 0);
        let mut first_on_line = true;
        for (i, t) in self.tokens.iter().enumerate() {
            match t.kind {
                Rule::newline => {
                    newlines.push(t.start);
                    (line_start, first_on_line) = (t.end, true);
                    continue;
                }
                Rule::blank | Rule::comment | Rule::doc_comment => {
                    self.blank(t.start, t.end);
                    continue;
                }
                Rule::line_comment_slip | Rule::block_comment_slip => {
                    self.blank(t.start, t.end);
                    self.diagnostics.push(slips::comment(t.text(self.text), self.span(t.start, t.end)));
                    continue;
                }
                Rule::stray => {
                    self.blank(t.start, t.end);
                    self.diagnostics.push(slips::stray(t.text(self.text), self.span(t.start, t.end)));
                    continue;
                }
                _ => {}
            }
            let word = t.text(self.text);
            if word == ";" {
                let inside = self.stack.last().is_some_and(|o| o.bracket != '{');
                self.laid[t.start] = if inside { b',' } else { b' ' };
                self.diagnostics.push(slips::semicolon(self.span(t.start, t.end)));
                if !inside {
                    newlines.push(t.start);
                }
                continue;
            }
            if first_on_line {
                indent = t.start - line_start;
            }
            let starts_entry = self.settle_newlines(i, previous, &mut newlines, indent, first_on_line);
            self.mend(i, previous, starts_entry);
            self.brackets(t, word, indent, first_on_line);
            first_on_line = false;
            if let Some(chunk) = &mut self.current {
                chunk.end = t.end;
                chunk.last = i + 1;
                chunk.nesting = chunk.nesting.max(self.stack.len() + self.ifs);
            }
            previous = Some(i);
        }
        for n in newlines {
            self.blank(n, n + 1);
        }
        let last = self.word(previous.map(|i| &self.tokens[i]));
        self.incomplete = !self.stack.is_empty() || joins_next(last);
        self.end_chunk();
    }

    /// Decides about the newlines before token `i`; true if an entry or item starts here.
    fn settle_newlines(
        &mut self,
        i: usize,
        previous: Option<usize>,
        newlines: &mut Vec<usize>,
        indent: usize,
        first: bool,
    ) -> bool {
        let t = &self.tokens[i];
        let word = t.text(self.text);
        let next = self.word(self.next_on_line(i));
        if self.recover
            && first
            && indent == 0
            && !self.stack.is_empty()
            && ITEM_WORDS.contains(&word)
            && !matches!(next, ":" | "=" | "." | "," | ")" | "]" | "}" | "")
        {
            self.end_chunk();
        }
        let Some(p) = previous else {
            for n in newlines.drain(..) {
                self.laid[n] = b' ';
            }
            self.begin_chunk(i);
            return true;
        };
        let before = &self.tokens[p];
        let after_brace = before.text(self.text) == "{";
        let after_comma = before.text(self.text) == ",";
        if newlines.is_empty() {
            if self.current.is_none() {
                self.begin_chunk(i);
                return true;
            }
            return after_brace || after_comma;
        }
        let inside = self.stack.last().is_some_and(|o| o.bracket != '{');
        let top = self.stack.is_empty();
        let member_or_operator = before.kind != Rule::text && joins_next(before.text(self.text));
        // `let x = 1 +` and another item below it: the line is incomplete, and that item is not part of it.
        let follow = self.next_on_line(i);
        let begins_item = t.kind == Rule::word
            && (word == "let" || top && ITEM_WORDS.contains(&word))
            && follow.is_some_and(|f| matches!(f.kind, Rule::word | Rule::text));
        let blank = self.current.is_some()
            && (inside
                || member_or_operator && !begins_item
                || t.kind != Rule::text && joins_previous(word)
                || top && (word == "{" || word == "requires" && next != ":"));
        for n in newlines.drain(..) {
            self.laid[n] = if blank { b' ' } else { b'\n' };
        }
        if blank {
            return after_comma || after_brace;
        }
        self.reset_ifs();
        if top {
            self.end_chunk();
            self.begin_chunk(i);
        }
        true
    }

    pub(super) fn reset_ifs(&mut self) {
        let here = self.stack.last_mut().map_or(&mut self.base_ifs, |o| &mut o.ifs);
        self.ifs -= *here;
        *here = 0;
    }

    fn begin_chunk(&mut self, i: usize) {
        let t = &self.tokens[i];
        self.current =
            Some(Chunk { start: t.start, end: t.end, closers: String::new(), damaged: false, nesting: 0, first: i, last: i + 1 });
    }

    fn end_chunk(&mut self) {
        let Some(mut chunk) = self.current.take() else { return };
        if let Some(inner) = self.stack.last() {
            let (bracket, start) =
                self.suspect.filter(|(c, s)| *c == inner.bracket && *s >= chunk.start).unwrap_or((inner.bracket, inner.start));
            self.diagnostics.push(unclosed(bracket, self.span(start, start + bracket.len_utf8())));
            chunk.closers = self.stack.iter().rev().map(|o| closer(o.bracket)).collect();
            chunk.damaged = true;
        }
        self.stack.clear();
        (self.ifs, self.base_ifs, self.suspect) = (0, 0, None);
        self.chunks.push(chunk);
    }
}
