//! Slips of single tokens, reported and repaired while the text is laid out, so that the rest can be read.
//! The wording is in `slips.rs`.

use super::brackets::unclosed;
use super::layout::Scan;
use super::slips;
use super::tokens::{Rule, Token};

impl Scan<'_> {
    /// Reports and repairs slips of single tokens.
    pub(super) fn mend(&mut self, i: usize, previous: Option<usize>, starts_entry: bool) {
        let t = &self.tokens[i];
        let word = t.text(self.text);
        let next = self.tokens.get(i + 1);
        let before = previous.map(|p| &self.tokens[p]);
        match t.kind {
            Rule::quoted_slip => {
                self.diagnostics.push(slips::quotes(word, self.span(t.start, t.end)));
                slips::requote(&mut self.laid[t.start..t.end], word);
            }
            Rule::open_text => {
                self.diagnostics.push(
                    unclosed('"', self.span(t.start, t.end))
                        .label("this text has no end")
                        .help("close the text with `\"` on the same line"),
                );
                slips::close_text(&mut self.laid[t.start..t.end], word);
            }
            Rule::word if before.is_some_and(|b| b.kind == Rule::number && b.end == t.start) => {
                let number = self.word(before);
                let whole = self.span(before.map_or(t.start, |b| b.start), t.end);
                self.diagnostics.push(slips::glued(number, word, whole));
                self.blank(t.start, t.end);
            }
            Rule::number if before.is_some_and(|b| b.end == t.start && b.text(self.text) == ".") => {
                let number = previous.and_then(|p| p.checked_sub(1)).map(|p| &self.tokens[p]).filter(|n| n.kind == Rule::number);
                if let Some(n) = number.filter(|n| n.end + 1 == t.start) {
                    // `1.5.2`
                    self.diagnostics.push(slips::two_points(self.span(n.start, t.end)));
                    self.blank(n.end, t.end);
                } else if before.is_some_and(|b| self.begins_operand(b)) {
                    // `.5`
                    self.diagnostics.push(slips::bare_point(word, self.span(t.start - 1, t.end)));
                    self.blank(t.start - 1, t.start);
                }
            }
            Rule::symbol
                if word == "."
                    && before.is_some_and(|b| b.kind == Rule::number && b.end == t.start)
                    && !next.is_some_and(|n| matches!(n.kind, Rule::word | Rule::number)) =>
            {
                let b = previous.map_or(t.start, |p| self.tokens[p].start);
                self.diagnostics.push(slips::open_point(self.word(before), self.span(b, t.end)));
                self.blank(t.start, t.end);
            }
            Rule::word if starts_entry || word == "return" && matches!(self.word(before), ":" | "=" | "{") => {
                let follow = self.next_on_line(i);
                if let Some((ann, diagnostic)) = slips::foreign_word(
                    word,
                    follow.map(|f| (f.kind, f.text(self.text))),
                    self.stack.is_empty(),
                    self.span(t.start, t.end),
                ) {
                    self.diagnostics.push(diagnostic);
                    self.blank(t.start, t.end);
                    self.laid[t.start..t.start + ann.len()].copy_from_slice(ann.as_bytes());
                }
            }
            _ => {}
        }
    }

    /// An operand, not a member, is due after the token before `point`.
    fn begins_operand(&self, point: &Token) -> bool {
        let before = &self.text[..point.start];
        match before.trim_end_matches(' ').chars().next_back() {
            None => true,
            Some(c) => "([{,=:+-*/^<>~\n".contains(c) || before.ends_with(' ') && !c.is_alphanumeric() && !")]}\"_".contains(c),
        }
    }
}
