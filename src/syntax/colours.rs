//! What each part of a text is, for those who colour it: by its tokens alone, so that broken scripts have colours too.

use super::tokens::{Rule, Token, tokens};
use std::ops::Range;

/// What a piece of a script is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Comment,
    /// A comment that documents.
    Documentation,
    Text,
    Number,
    Keyword,
    /// The name of a setting or argument, before its colon.
    Setting,
    /// A name that is called.
    Function,
    Name,
    Symbol,
}

impl Colour {
    /// Its name where names are needed, as in style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Colour::Comment => "comment",
            Colour::Documentation => "documentation",
            Colour::Text => "text",
            Colour::Number => "number",
            Colour::Keyword => "keyword",
            Colour::Setting => "setting",
            Colour::Function => "function",
            Colour::Name => "name",
            Colour::Symbol => "symbol",
        }
    }
}

/// Words that are keywords wherever they stand.
const RESERVED: &[&str] = &["if", "then", "else", "and", "or", "not", "true", "false", "let", "for", "in", "fn"];
/// Words that begin an item, an entry of a model or a block.
const LEADING: &[&str] = &[
    "experiment",
    "use",
    "param",
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
    "spins",
    "angles",
    "vectors",
    "reals",
    "weights",
    "energy",
    "field",
    "requires",
    "input",
    "metric",
    "loss",
    "observe",
    "estimate",
    "keep",
    "record",
];
/// Words that join the parts of a line, behind its first word.
const JOINING: &[&str] = &["over", "on", "by", "as", "of", "at", "every", "requires"];

/// The pieces of a text with what they are, in order; blanks and line ends are in none of them.
pub fn colours(text: &str) -> Vec<(Range<usize>, Colour)> {
    let all = tokens(text);
    let mut out = Vec::new();
    // The code token before, and whether a line or block begins here.
    let (mut before, mut leads) = ("", true);
    for (k, token) in all.iter().enumerate() {
        let colour = match token.kind {
            Rule::blank => continue,
            Rule::newline => {
                (before, leads) = ("", true);
                continue;
            }
            Rule::comment | Rule::line_comment_slip | Rule::block_comment_slip => Colour::Comment,
            Rule::doc_comment => Colour::Documentation,
            Rule::text | Rule::open_text | Rule::quoted_slip => Colour::Text,
            Rule::number => Colour::Number,
            Rule::word => word(token.text(text), before, leads, follower(&all[k + 1..], text)),
            _ => Colour::Symbol,
        };
        out.push((token.start..token.end, colour));
        if token.is_code() {
            before = token.text(text);
            leads = matches!(before, "{" | "}" | ",");
        }
    }
    out
}

/// The code on the same line behind a token.
fn follower<'t>(rest: &[Token], text: &'t str) -> &'t str {
    rest.iter().find(|t| t.kind != Rule::blank).filter(|t| t.is_code()).map_or("", |t| t.text(text))
}

fn word(word: &str, before: &str, leads: bool, next: &str) -> Colour {
    let of_a_name = !next.is_empty() && next.starts_with(|c: char| c.is_alphabetic() || c == '_');
    match () {
        () if before == "." => Colour::Name,
        () if RESERVED.contains(&word) => Colour::Keyword,
        () if leads && LEADING.contains(&word) && next != ":" => Colour::Keyword,
        () if !leads && JOINING.contains(&word) && next != ":" && before != "=" && before != "(" => Colour::Keyword,
        () if next == ":" && before != "param" => Colour::Setting,
        () if next == "(" && !of_a_name => Colour::Function,
        () => Colour::Name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(&str, &'static str)> {
        colours(text).into_iter().map(|(range, colour)| (&text[range], colour.name())).collect()
    }

    #[test]
    fn words_are_what_their_place_makes_them() {
        let found =
            of("sample scan over T in linspace(1, 2, n: 3) { model: ising(square(4)) } # over\n## energy\nlet energy = \"in\"");
        for piece in [
            ("sample", "keyword"),
            ("scan", "name"),
            ("over", "keyword"),
            ("linspace", "function"),
            ("3", "number"),
            ("n", "setting"),
            ("model", "setting"),
            ("ising", "function"),
            ("# over", "comment"),
            ("## energy", "documentation"),
            ("energy", "name"),
            ("\"in\"", "text"),
        ] {
            assert!(found.contains(&piece), "{piece:?} in {found:?}");
        }
    }

    #[test]
    fn any_text_has_colours_in_order() {
        for text in ["", "“x” \"open", "}{)(β\u{a0}", "model m(a: Int) { spins s on a in {-1, +1}\n energy = -s[0] }"] {
            let mut at = 0;
            for (range, _) in colours(text) {
                assert!(range.start >= at && range.end > range.start, "{text:?}");
                at = range.end;
            }
        }
    }
}
