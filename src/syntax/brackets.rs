//! Which brackets belong together while a text is laid out, and which have no partner.

use super::layout::Scan;
use super::tokens::{Rule, Token};
use crate::diagnostic::{Diagnostic, Span, codes};

/// A bracket that is open.
pub(super) struct Open {
    pub bracket: char,
    pub start: usize,
    /// The column of the first token of its line.
    pub indent: usize,
    pub ifs: usize,
}

pub(super) fn closer(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        _ => '⟩',
    }
}

impl Scan<'_> {
    pub(super) fn brackets(&mut self, t: &Token, word: &str, indent: usize, first_on_line: bool) {
        if t.kind == Rule::word && matches!(word, "if" | "lambda") {
            *self.stack.last_mut().map_or(&mut self.base_ifs, |o| &mut o.ifs) += 1;
            self.ifs += 1;
        }
        if t.kind != Rule::symbol {
            return;
        }
        match word {
            "(" | "[" | "{" | "⟨" => {
                let bracket = word.chars().next().unwrap_or('(');
                self.stack.push(Open { bracket, start: t.start, indent, ifs: 0 });
            }
            "," => self.reset_ifs(),
            ")" | "]" | "}" | "⟩" => {
                let Some(at) = self.stack.iter().rposition(|o| word.starts_with(closer(o.bracket))) else {
                    self.blank(t.start, t.end);
                    self.diagnostics.push(
                        Diagnostic::error(codes::UNEXPECTED, self.span(t.start, t.end), format!("`{word}` closes nothing"))
                            .label("no bracket is open here")
                            .help(format!("remove this `{word}`, or open it before")),
                    );
                    self.mark_damaged();
                    return;
                };
                // What was opened after the partner was never closed: the first of those is reported.
                if let Some(wrong) = self.stack.get(at + 1) {
                    let (bracket, start) = (wrong.bracket, wrong.start);
                    self.diagnostics.push(
                        unclosed(bracket, self.span(start, start + bracket.len_utf8()))
                            .related(self.span(t.start, t.end), format!("`{word}` comes before its partner")),
                    );
                    self.mark_damaged();
                }
                while self.stack.len() > at {
                    let Some(open) = self.stack.pop() else { break };
                    self.ifs -= open.ifs;
                    if first_on_line && self.stack.len() == at && open.indent != indent && self.suspect.is_none() {
                        self.suspect = Some((open.bracket, open.start));
                    }
                }
            }
            _ => {}
        }
    }

    fn mark_damaged(&mut self) {
        if let Some(chunk) = &mut self.current {
            chunk.damaged = true;
        }
    }
}

pub(super) fn unclosed(bracket: char, span: Span) -> Diagnostic {
    let what = if bracket == '"' { "the text".to_string() } else { format!("`{bracket}`") };
    Diagnostic::error(codes::UNCLOSED, span, format!("{what} is not closed"))
        .label("opened here")
        .help(format!("add `{}` where it ends", closer(bracket)))
}
