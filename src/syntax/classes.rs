//! What each piece of a text is, for those who colour it. Any text whatever has classes; nothing is parsed.

use super::layout::ITEM_WORDS;
use super::lexemes::RESERVED;
use super::tokens::{Rule, tokens};
use std::ops::Range;

/// What a piece of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Comment,
    Documentation,
    Text,
    Number,
    /// A word of the language: `sample`, `over`, `if`.
    Keyword,
    /// The name before a colon: a setting or a named argument.
    Setting,
    /// A name that is called.
    Call,
    Name,
    Symbol,
    /// Neither blank nor anything of the language.
    Stray,
}

impl Class {
    /// Its name where names are needed, as in style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Class::Comment => "comment",
            Class::Documentation => "documentation",
            Class::Text => "text",
            Class::Number => "number",
            Class::Keyword => "keyword",
            Class::Setting => "setting",
            Class::Call => "function",
            Class::Name => "name",
            Class::Symbol | Class::Stray => "symbol",
        }
    }
}

/// Words that are keywords where a word follows them on the line.
const JOINING: &[&str] = &["over", "of", "on", "by", "as", "requires"];
/// Words that begin an entry of a block.
const ENTRIES: &[&str] = &[
    "observe", "estimate", "keep", "record", "spins", "angles", "vectors", "reals", "weights", "energy", "field", "input",
    "loss", "metric",
];

/// The pieces of a text in their order, blanks and line ends left out.
pub fn classes(text: &str) -> Vec<(Range<usize>, Class)> {
    let all = tokens(text);
    let mut out = Vec::new();
    let mut first = true;
    for (k, token) in all.iter().enumerate() {
        let next = all[k + 1..].iter().find(|t| t.kind != Rule::blank);
        let follows = |c: &str| next.is_some_and(|n| n.text(text) == c);
        let class = match token.kind {
            Rule::blank => continue,
            Rule::newline => {
                first = true;
                continue;
            }
            Rule::comment | Rule::line_comment_slip | Rule::block_comment_slip => Class::Comment,
            Rule::doc_comment => Class::Documentation,
            Rule::text | Rule::open_text | Rule::quoted_slip => Class::Text,
            Rule::number => Class::Number,
            Rule::word => {
                let word = token.text(text);
                let member = k > 0 && all[k - 1].text(text) == ".";
                let word_follows = next.is_some_and(|n| matches!(n.kind, Rule::word | Rule::text));
                match word {
                    _ if member && follows("(") => Class::Call,
                    _ if member => Class::Name,
                    _ if RESERVED.contains(&word) => Class::Keyword,
                    _ if first && ITEM_WORDS.contains(&word) && !follows(":") && !follows("=") => Class::Keyword,
                    _ if first && ENTRIES.contains(&word) && !follows(":") => Class::Keyword,
                    _ if JOINING.contains(&word) && word_follows => Class::Keyword,
                    _ if follows(":") => Class::Setting,
                    _ if follows("(") => Class::Call,
                    _ => Class::Name,
                }
            }
            Rule::symbol => Class::Symbol,
            _ => Class::Stray,
        };
        first = matches!(token.text(text), "{" | ",");
        out.push((token.start..token.end, class));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_what_they_are() {
        let text = "sample a over T in [1, 2] { method: wolff  # fast\n observe { m = mean(s) } }\nlet t = \"β\" + a.m";
        let of = |word: &str| {
            let at = text.find(word).unwrap();
            classes(text).iter().find(|(r, _)| r.start == at).map(|c| c.1)
        };
        for (word, class) in [
            ("sample", Class::Keyword),
            ("over", Class::Keyword),
            ("T in", Class::Name),
            ("method", Class::Setting),
            ("# fast", Class::Comment),
            ("observe", Class::Keyword),
            ("mean", Class::Call),
            ("let", Class::Keyword),
            ("\"β\"", Class::Text),
            ("2", Class::Number),
        ] {
            assert_eq!(of(word), Some(class), "{word}");
        }
        for odd in ["", "\"open", "\u{1F600}", "((((", "## d"] {
            assert!(classes(odd).iter().all(|(r, _)| r.end <= odd.len()));
        }
    }
}
