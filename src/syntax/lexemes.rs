//! The tokens of a text for those who colour it or look around in it: editors, pages, completion. Knows no meaning.

use super::tokens::{Rule, tokens};

/// What a token is, as far as the text alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lexeme {
    /// `# ...`
    Comment,
    /// `## ...`
    Doc,
    Text,
    Number,
    /// A keyword or a name: which of them is for the tree to say.
    Word,
    Symbol,
    /// Nothing of the language.
    Stray,
    Newline,
}

/// The words that are never names.
pub const RESERVED: &[&str] = &["if", "then", "else", "and", "or", "not", "true", "false", "let", "for", "in", "fn"];

/// Words that have a meaning of their own where they are expected, and are names elsewhere.
pub const CONTEXTUAL: &[&str] =
    &["as", "on", "by", "of", "over", "at", "end", "every", "requires", "energy", "field", "input", "metric", "loss", "replica"];

/// The words that name the kind of a variable of a model.
pub const VARIABLES: &[&str] = &["spins", "angles", "vectors", "reals", "weights"];

/// The units that a number may have.
pub const UNITS: &[&str] = &[
    "sweeps", "sweep", "epochs", "epoch", "steps", "step", "min", "ms", "mV", "us", "uV", "ns", "nA", "nS", "pA", "kHz", "Hz",
    "s", "h", "V", "K",
];

/// The tokens of any text whatever, blanks left out, as ranges of bytes.
pub fn lexemes(text: &str) -> Vec<(Lexeme, std::ops::Range<usize>)> {
    let kind = |rule: Rule| {
        Some(match rule {
            Rule::blank => return None,
            Rule::newline => Lexeme::Newline,
            Rule::doc_comment => Lexeme::Doc,
            Rule::comment | Rule::line_comment_slip | Rule::block_comment_slip => Lexeme::Comment,
            Rule::text | Rule::open_text | Rule::quoted_slip => Lexeme::Text,
            Rule::number => Lexeme::Number,
            Rule::word => Lexeme::Word,
            Rule::symbol => Lexeme::Symbol,
            _ => Lexeme::Stray,
        })
    };
    tokens(text).into_iter().filter_map(|t| Some((kind(t.kind)?, t.start..t.end))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_grammar() {
        let grammar = include_str!("../../grammar/ann.pest");
        let rule = |name: &str| {
            let start = grammar.find(&format!("\n{name} = ")).unwrap_or_else(|| panic!("no rule {name}"));
            // A rule ends with a brace that stands at the end of its only line, or alone on its last.
            let end = |brace: &str| grammar[start + 1..].find(brace).unwrap_or(grammar.len());
            let body = &grammar[start..start + 1 + end("\n}").min(end(" }\n"))];
            body.split('"').skip(1).step_by(2).map(str::to_string).collect::<Vec<_>>()
        };
        assert_eq!(rule("reserved"), RESERVED);
        assert_eq!(rule("unit").iter().filter(|w| *w != " ").collect::<Vec<_>>(), UNITS.iter().collect::<Vec<_>>());
        for word in CONTEXTUAL {
            assert_eq!(rule(&format!("k_{word}")), [*word]);
        }
    }

    #[test]
    fn tokens_have_their_kinds() {
        let found: Vec<Lexeme> = lexemes("## d\nlet β = 1.5 # c\nshow \"t\"").into_iter().map(|l| l.0).collect();
        use Lexeme::*;
        assert_eq!(found, [Doc, Newline, Word, Word, Symbol, Number, Comment, Newline, Word, Text]);
    }
}
