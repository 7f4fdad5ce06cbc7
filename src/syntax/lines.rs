//! Lines of formatted code on their way out: columns that the author aligned are aligned again.

use super::layout::ITEM_WORDS;
use super::tokens::{Rule, Token};
use std::fmt::Write as _;

/// Blanks before a comment behind code, at least.
const GAP: usize = 2;

/// The `=` or `:` after which the value of an entry stands.
struct Separator {
    /// `:`, or the item's word, or nothing for `name = value`: only like things are aligned.
    kind: String,
    /// The byte of `code` before which blanks are put.
    at: usize,
    /// Its natural column in `code`.
    column: usize,
    /// Its column in the source, from the start of the line's code.
    source: usize,
}

pub(super) struct Line {
    pub indent: usize,
    pub code: String,
    pub comment: Option<String>,
    /// Blanks before the comment in the source.
    pub gap: usize,
    /// The column of the comment in the source, if it stands behind code.
    pub comment_column: Option<usize>,
    pub blank_before: bool,
    /// The first byte of the line in the source, if a line begins there too.
    pub source_start: Option<usize>,
    pub entry: bool,
    pub depth: usize,
    /// The first brace of a block that stands on this line as a whole.
    pub inline_block: Option<usize>,
    separator: Option<Separator>,
    /// A `:` was the last token: the next one is what is aligned.
    after_colon: bool,
    tokens: usize,
    first_word: String,
}

impl Line {
    pub fn new(indent: usize, blank_before: bool) -> Line {
        Line {
            indent,
            code: String::new(),
            comment: None,
            gap: 0,
            comment_column: None,
            blank_before,
            source_start: None,
            entry: false,
            depth: 0,
            inline_block: None,
            separator: None,
            after_colon: false,
            tokens: 0,
            first_word: String::new(),
        }
    }

    pub fn width(&self) -> usize {
        self.indent + self.code.chars().count()
    }

    /// Called before a token is written: remembers where the value of an entry begins.
    pub fn note_separator(&mut self, text: &str, t: &Token, previous: Option<&Token>, depth: usize) {
        self.tokens += 1;
        let word = t.text(text);
        if self.tokens == 1 {
            self.first_word = word.to_string();
        }
        let Some(start) = self.source_start else { return };
        if !self.entry || self.separator.is_some() || depth != self.depth {
            // A bracket that opens right after the colon is the value.
            if !(self.after_colon && self.separator.is_none()) {
                return;
            }
        }
        let kind = if self.after_colon {
            self.after_colon = false;
            ":".to_string()
        } else if t.kind == Rule::symbol && word == "=" {
            let item = (ITEM_WORDS.contains(&self.first_word.as_str()) || self.first_word == "metric") && self.tokens > 2;
            if !item && self.tokens != 2 {
                return;
            }
            if item { self.first_word.clone() } else { String::new() }
        } else {
            self.after_colon = word == ":" && self.tokens == 2;
            return;
        };
        let source = &text[start..t.start];
        if source.contains('\n') || previous.is_none() {
            return;
        }
        self.separator =
            Some(Separator { kind, at: self.code.len(), column: self.code.chars().count(), source: source.chars().count() });
    }
}

/// Pads each run of lines that `same` holds together.
fn runs(lines: &mut [Line], same: impl Fn(&Line, &Line) -> bool, pad: impl Fn(&mut [Line])) {
    let mut start = 0;
    for i in 1..=lines.len() {
        if i == lines.len() || lines[i].blank_before || !same(&lines[i - 1], &lines[i]) {
            if i - start > 1 {
                pad(&mut lines[start..i]);
            }
            start = i;
        }
    }
}

/// The text of the lines.
pub(super) fn finish(mut lines: Vec<Line>) -> String {
    let aligned = |a: &Line, b: &Line| match (&a.separator, &b.separator) {
        (Some(x), Some(y)) => x.kind == y.kind && x.source == y.source && a.indent == b.indent,
        _ => false,
    };
    runs(&mut lines, aligned, |run| {
        let column = run.iter().filter_map(|l| l.separator.as_ref()).map(|s| s.column).max().unwrap_or(0);
        for line in run {
            if let Some(s) = &line.separator {
                line.code.insert_str(s.at, &" ".repeat(column - s.column));
            }
        }
    });
    let beside = |a: &Line, b: &Line| a.comment_column.is_some() && a.comment_column == b.comment_column;
    runs(&mut lines, beside, |run| {
        let gap = run.iter().map(|l| l.gap).min().unwrap_or(0).max(GAP);
        let width = run.iter().map(Line::width).max().unwrap_or(0);
        for line in run {
            line.gap = width + gap - line.width();
        }
    });
    let mut out = String::new();
    for line in &lines {
        if line.blank_before {
            out.push('\n');
        }
        let _ = write!(out, "{:1$}{2}", "", line.indent, line.code);
        if let Some(comment) = &line.comment {
            let gap = if line.code.is_empty() { 0 } else { line.gap.max(GAP) };
            let _ = write!(out, "{:1$}{2}", "", gap, comment);
        }
        out.push('\n');
    }
    out
}
