//! What each piece of a text is, for those who colour it. Any text whatever has classes; nothing is parsed.

use super::layout::ITEM_WORDS;
use super::lexemes::{Lexeme, RESERVED, VARIABLES, lexemes};
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
/// Words that begin an entry of a block, besides those of [`VARIABLES`].
const ENTRIES: &[&str] = &["observe", "estimate", "keep", "record", "energy", "field", "input", "loss", "metric"];

/// The pieces of a text in their order, blanks and line ends left out.
pub fn classes(text: &str) -> Vec<(Range<usize>, Class)> {
    let all = lexemes(text);
    let mut out = Vec::new();
    let mut first = true;
    for (k, (kind, range)) in all.iter().enumerate() {
        let word = &text[range.clone()];
        let next = all.get(k + 1);
        let follows = |c: &str| next.is_some_and(|(_, r)| text[r.clone()] == *c);
        let class = match kind {
            Lexeme::Newline => {
                first = true;
                continue;
            }
            Lexeme::Comment => Class::Comment,
            Lexeme::Doc => Class::Documentation,
            Lexeme::Text => Class::Text,
            Lexeme::Number => Class::Number,
            Lexeme::Symbol => Class::Symbol,
            Lexeme::Stray => Class::Stray,
            Lexeme::Word => {
                let member = k > 0 && text[all[k - 1].1.start..range.start] == *".";
                let word_follows = next.is_some_and(|(kind, _)| matches!(kind, Lexeme::Word | Lexeme::Text));
                let begins = || ENTRIES.contains(&word) || VARIABLES.contains(&word);
                match word {
                    _ if member && follows("(") => Class::Call,
                    _ if member => Class::Name,
                    _ if RESERVED.contains(&word) => Class::Keyword,
                    _ if first && ITEM_WORDS.contains(&word) && !follows(":") && !follows("=") => Class::Keyword,
                    _ if first && begins() && !follows(":") => Class::Keyword,
                    _ if JOINING.contains(&word) && word_follows => Class::Keyword,
                    _ if follows(":") => Class::Setting,
                    _ if follows("(") => Class::Call,
                    _ => Class::Name,
                }
            }
        };
        first = matches!(word, "{" | ",");
        out.push((range.clone(), class));
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
