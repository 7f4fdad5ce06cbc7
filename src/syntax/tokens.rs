//! The tokens of a text, cut by the rule `tokens` of the grammar. Every byte belongs to one token.
//! This file knows nothing of brackets, lines or meaning.

use pest::Parser;

/// The parser that pest makes of `grammar/ann.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/ann.pest"]
pub(super) struct Grammar;

/// A token: the rule that it fulfils and its bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: Rule,
    pub start: usize,
    pub end: usize,
}

impl Token {
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }

    /// Neither blank, newline nor comment.
    pub fn is_code(&self) -> bool {
        !matches!(
            self.kind,
            Rule::blank | Rule::newline | Rule::comment | Rule::doc_comment | Rule::line_comment_slip | Rule::block_comment_slip
        )
    }
}

/// The tokens of any text whatever.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let Ok(mut pairs) = Grammar::parse(Rule::tokens, text) else { return out };
    let Some(all) = pairs.next() else { return out };
    for pair in all.into_inner() {
        let span = pair.as_span();
        let token = Token { kind: pair.as_rule(), start: span.start(), end: span.end() };
        match token.kind {
            Rule::EOI => {}
            Rule::open_text => split_open_text(text, token, &mut out),
            _ => out.push(token),
        }
    }
    out
}

/// A text that is not closed runs to the end of its line; the brackets and commas that end the line
/// most likely belong to the script, so they are tokens of their own.
fn split_open_text(text: &str, token: Token, out: &mut Vec<Token>) {
    let body = token.text(text).trim_end();
    let kept = body.trim_end_matches([')', ']', '}', ',', ' ']).len().max(1);
    out.push(Token { kind: Rule::open_text, start: token.start, end: token.start + kept });
    for (at, c) in text[token.start + kept..token.end].char_indices() {
        let start = token.start + kept + at;
        let kind = if matches!(c, ')' | ']' | '}' | ',') { Rule::symbol } else { Rule::blank };
        out.push(Token { kind, start, end: start + c.len_utf8() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_in_one_token() {
        for text in ["let x = 1..=3 # c\n", "\"open) β\u{a0}≤\u{1F600}", "a'b' // c\n/* d", "", "\"a\\\"b\" “q”"] {
            let tokens = tokens(text);
            let mut at = 0;
            for t in &tokens {
                assert_eq!(t.start, at, "{text:?}");
                assert!(t.end > t.start, "{text:?}");
                at = t.end;
            }
            assert_eq!(at, text.len());
        }
    }

    #[test]
    fn ranges_are_not_real_numbers() {
        let kinds: Vec<&str> = tokens("0..5").iter().map(|t| t.text("0..5")).collect();
        assert_eq!(kinds, ["0", "..", "5"]);
    }
}
