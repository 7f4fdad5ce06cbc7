//! The one layout of a script.
//!
//! Works on tokens, so that no comment can be lost, with the grammar saying which role a token plays (a sign or an
//! operator, a call or a group, a set or a block). Lines stay where the author broke them, except that an entry of
//! a block that takes several lines has a line of its own. Columns of `=` and of comments that the author aligned
//! stay aligned. Never changes what a script says: the result is read again and compared.

use super::ast::Script;
use super::layout::{Layout, layout};
use super::lines::{Line, finish};
use super::tokens::{Grammar, Rule, Token};
use super::{on_enough_stack, parse_text};
use crate::diagnostic::Diagnostic;
use pest::Parser;
use std::collections::{BTreeSet, HashSet};

const INDENT: usize = 4;
/// Blocks on one line that would go beyond are broken.
const WIDTH: usize = 110;

/// A script in the one layout; what is wrong with it if it cannot be read.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (script, diagnostics) = parse_text(text, 0, false);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    let formatted = arrange(text);
    let (again, problems) = parse_text(&formatted, 0, false);
    if problems.is_empty() && without_spans(&again) == without_spans(&script) { Ok(formatted) } else { Ok(text.to_string()) }
}

/// The layout of a text that can be read.
pub(super) fn arrange(text: &str) -> String {
    let layout = layout(text, 0);
    let roles = Roles::of(&layout);
    let mut expanded: BTreeSet<usize> = broken_braces(text, &layout.tokens, &roles);
    loop {
        let lines = Writer::new(text, &layout, &roles, &expanded).write();
        let before = expanded.len();
        expanded.extend(lines.iter().filter(|l| l.width() > WIDTH).filter_map(|l| l.inline_block));
        if expanded.len() == before {
            return finish(lines);
        }
    }
}

/// The tree as text, without its places: two scripts that give the same say the same.
pub(super) fn without_spans(script: &Script) -> String {
    let all = format!("{script:?}");
    let mut out = String::with_capacity(all.len() / 2);
    let mut rest = all.as_str();
    while let Some(at) = rest.find("Span {") {
        out.push_str(&rest[..at]);
        rest = rest[at..].find('}').map_or("", |end| &rest[at + end + 1..]);
    }
    out.push_str(rest);
    out
}

/// What the grammar says about tokens, by the byte where they begin.
#[derive(Default)]
struct Roles {
    unary: HashSet<usize>,
    /// Brackets that belong to what stands before them: calls, indices, parameters.
    attached: HashSet<usize>,
    /// The `<` and `>` of `<i, j>`.
    angles: HashSet<usize>,
    sets: HashSet<usize>,
    /// Where items and entries of blocks begin.
    entries: HashSet<usize>,
}

impl Roles {
    fn of(layout: &Layout) -> Roles {
        let mut roles = Roles::default();
        for chunk in &layout.chunks {
            let laid = &layout.laid[chunk.start..chunk.end];
            // Without room the roles stay unknown, the text then reads differently, and is left as it was.
            let _ = on_enough_stack(chunk.nesting, || {
                if let Ok(pairs) = Grammar::parse(Rule::chunk, laid) {
                    roles.read(pairs, chunk.start, laid);
                }
            });
        }
        roles
    }

    fn read(&mut self, pairs: pest::iterators::Pairs<Rule>, offset: usize, laid: &str) {
        for pair in pairs.flatten() {
            let start = offset + pair.as_span().start();
            let mut sets = |p: pest::iterators::Pair<Rule>| {
                if let Some(e) = p.into_inner().find(|p| p.as_rule() == Rule::expr) {
                    self.sets.insert(offset + e.as_span().start());
                }
            };
            match pair.as_rule() {
                Rule::negate | Rule::plus => {
                    self.unary.insert(start);
                }
                Rule::call | Rule::reduction | Rule::index | Rule::shape | Rule::parameters => {
                    self.attached.insert(start);
                }
                Rule::bond => {
                    self.angles.insert(start);
                    if let Some(k_in) = pair.into_inner().find(|p| p.as_rule() == Rule::k_in)
                        && let Some(close) = laid[..k_in.as_span().start()].rfind('>')
                    {
                        self.angles.insert(offset + close);
                    }
                }
                Rule::variable_in | Rule::axis => sets(pair),
                Rule::braces => {
                    let parts: Vec<_> = pair.into_inner().collect();
                    let lets = parts.iter().any(|p| p.as_rule() == Rule::let_item);
                    if !lets && parts.len() != 1 {
                        self.sets.insert(start);
                    } else {
                        self.entries.extend(parts.iter().map(|p| offset + p.as_span().start()));
                    }
                }
                Rule::chunk | Rule::settings | Rule::block => self.children(pair, offset),
                Rule::lattice | Rule::model | Rule::network | Rule::task => {
                    // The head's own parts come before the brace.
                    self.children(pair, offset);
                }
                _ => {}
            }
        }
    }

    fn children(&mut self, pair: pest::iterators::Pair<Rule>, offset: usize) {
        let chunk = pair.as_rule() == Rule::chunk;
        let mut head = !chunk;
        let text = pair.as_str();
        let base = pair.as_span().start();
        for p in pair.into_inner() {
            let at = p.as_span().start();
            // `requires` may stand in the head as well as in the body: an open brace between tells them apart.
            head = head
                && !text[..at - base].trim_end_matches([' ', '\n', ',']).ends_with('{')
                && !matches!(p.as_rule(), Rule::setting | Rule::entry);
            if !head {
                self.entries.insert(offset + at);
            }
        }
    }
}

/// Braces that are not sets and hold a newline.
fn broken_braces(text: &str, tokens: &[Token], roles: &Roles) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    let mut stack: Vec<(usize, bool)> = Vec::new();
    for t in tokens {
        match t.kind {
            Rule::newline => {
                if let Some(top) = stack.last_mut() {
                    top.1 = true;
                }
            }
            Rule::symbol => match t.text(text) {
                "(" | "[" | "{" | "⟨" => stack.push((t.start, false)),
                ")" | "]" | "}" | "⟩" => {
                    if let Some((start, broken)) = stack.pop() {
                        if broken && t.text(text) == "}" && !roles.sets.contains(&start) {
                            out.insert(start);
                        }
                        // What holds a broken block is broken itself.
                        if let Some(top) = stack.last_mut() {
                            top.1 |= broken;
                        }
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    out
}

struct Frame {
    start: usize,
    brace: bool,
    /// The indentation of the line on which it was opened.
    indent: usize,
}

struct Writer<'a> {
    text: &'a str,
    layout: &'a Layout,
    roles: &'a Roles,
    expanded: &'a BTreeSet<usize>,
    frames: Vec<Frame>,
    lines: Vec<Line>,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str, layout: &'a Layout, roles: &'a Roles, expanded: &'a BTreeSet<usize>) -> Writer<'a> {
        Writer { text, layout, roles, expanded, frames: Vec::new(), lines: Vec::new() }
    }

    fn write(mut self) -> Vec<Line> {
        let tokens = &self.layout.tokens;
        let mut previous: Option<&Token> = None;
        let (mut newlines, mut comment_between, mut line_start) = (0usize, false, 0usize);
        for (i, t) in tokens.iter().enumerate() {
            match t.kind {
                Rule::blank => continue,
                Rule::newline => {
                    newlines += 1;
                    line_start = t.end;
                    continue;
                }
                Rule::comment | Rule::doc_comment => {
                    self.comment(t, newlines, line_start, previous);
                    (newlines, comment_between) = (0, true);
                    continue;
                }
                _ => {}
            }
            let next = tokens[i + 1..].iter().find(|t| t.is_code());
            let dropped = t.text(self.text) == "," && self.drops_comma(next);
            if !dropped {
                self.code(t, previous, newlines, comment_between, line_start);
                previous = Some(t);
                (newlines, comment_between) = (0, false);
            }
        }
        self.lines
    }

    fn inner_indent(&self) -> usize {
        self.frames.last().map_or(0, |f| f.indent + INDENT)
    }

    /// Entries stand on lines of their own here.
    fn separates_by_lines(&self) -> bool {
        self.frames.last().is_none_or(|f| self.expanded.contains(&f.start))
    }

    /// A comma that a newline replaces, or that nothing follows.
    fn drops_comma(&self, next: Option<&Token>) -> bool {
        let Some(next) = next else { return true };
        let in_entries = self.frames.last().is_none_or(|f| f.brace && !self.roles.sets.contains(&f.start));
        let word = next.text(self.text);
        if in_entries && (word == "}" || word == ",") {
            return true;
        }
        in_entries && self.separates_by_lines() && self.roles.entries.contains(&next.start)
    }

    fn comment(&mut self, t: &Token, newlines: usize, line_start: usize, previous: Option<&Token>) {
        let words = t.text(self.text).trim_end().to_string();
        let trailing = newlines == 0 && previous.is_some();
        if let Some(line) = self.lines.last_mut().filter(|l| trailing && l.comment.is_none() && !l.code.is_empty()) {
            let before = &self.text[line_start..t.start];
            line.gap = before.chars().count() - before.trim_end().chars().count();
            line.comment_column = Some(before.chars().count());
            line.comment = Some(words);
            return;
        }
        let after_brace =
            previous.is_some_and(|p| self.expanded.contains(&p.start)) && self.lines.last().is_some_and(|l| !l.code.is_empty());
        let mut line = Line::new(self.inner_indent(), newlines > 1 && !after_brace && !self.lines.is_empty());
        line.comment = Some(words);
        self.lines.push(line);
    }

    fn code(&mut self, t: &Token, previous: Option<&Token>, newlines: usize, comment_between: bool, line_start: usize) {
        let word = t.text(self.text);
        let closes = matches!(word, ")" | "]" | "}" | "⟩") && t.kind == Rule::symbol;
        let entry = self.roles.entries.contains(&t.start);
        let after_brace = previous.is_some_and(|p| self.expanded.contains(&p.start));
        let closes_expanded = closes && self.frames.last().is_some_and(|f| self.expanded.contains(&f.start));
        let joined = word == "{" && self.frames.is_empty() && !comment_between && previous.is_some();
        let breaks =
            (newlines > 0 || comment_between || after_brace || closes_expanded || entry && self.separates_by_lines()) && !joined;
        if breaks || self.lines.is_empty() {
            let on_brace = self.frames.last().is_none_or(|f| f.brace);
            let indent = match (closes, self.frames.last()) {
                (true, Some(frame)) => frame.indent,
                _ => self.inner_indent() + if on_brace && !entry { INDENT } else { 0 },
            };
            let blank = newlines > 1 && !self.lines.is_empty() && !closes && (comment_between || !after_brace);
            let mut line = Line::new(indent, blank);
            line.source_start = self.text[line_start..t.start].trim().is_empty().then_some(t.start);
            line.entry = entry;
            line.depth = self.frames.len();
            self.lines.push(line);
        } else if previous.is_some_and(|p| self.spaced(p, t))
            && let Some(line) = self.lines.last_mut()
        {
            line.code.push(' ');
        }
        let text = self.text;
        let (depth, is_set) = (self.frames.len(), self.roles.sets.contains(&t.start));
        if let Some(line) = self.lines.last_mut() {
            line.note_separator(text, t, previous, depth);
            line.code.push_str(word);
            if word == "{" && !is_set && !self.expanded.contains(&t.start) && line.inline_block.is_none() {
                line.inline_block = Some(t.start);
            }
        }
        if t.kind == Rule::symbol {
            let indent = self.lines.last().map_or(0, |l| l.indent);
            match word {
                "(" | "[" | "{" | "⟨" => self.frames.push(Frame { start: t.start, brace: word == "{" && !is_set, indent }),
                ")" | "]" | "}" | "⟩" => {
                    self.frames.pop();
                }
                _ => {}
            }
        }
    }

    /// A blank stands between two tokens of a line.
    fn spaced(&self, a: &Token, b: &Token) -> bool {
        let (left, right) = (a.text(self.text), b.text(self.text));
        let (ls, rs) = (a.kind == Rule::symbol, b.kind == Rule::symbol);
        if ls && matches!(left, "(" | "[" | "⟨" | "." | ".." | "..=" | "^")
            || rs && matches!(right, ")" | "]" | "⟩" | "," | ":" | "." | ".." | "..=" | "^")
        {
            return false;
        }
        if self.roles.unary.contains(&a.start) || self.roles.attached.contains(&b.start) {
            return false;
        }
        if self.roles.angles.contains(&a.start) && left == "<" || self.roles.angles.contains(&b.start) && right == ">" {
            return false;
        }
        if ls && left == "{" && (rs && right == "}" || self.roles.sets.contains(&a.start)) {
            return false;
        }
        // The partner of a set's brace: the frame is still open.
        !(rs && right == "}" && self.frames.last().is_some_and(|f| !f.brace))
    }
}
