//! Where in a script the cursor stands, as far as the tokens before it tell: that also serves a text that does not parse.

use crate::syntax::ITEM_WORDS;
use crate::syntax::lexemes::{Lexeme, lexemes};

/// What may be written at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In a comment, or where a new name is expected.
    Nothing,
    /// Inside of quotes, behind `use`.
    File(String),
    /// Behind `use`.
    Module,
    /// Behind a point: the names before it.
    Member(Vec<String>),
    /// Where an item begins.
    Item,
    /// Where an entry of a block begins: the words that opened the blocks, the innermost last.
    Entry(Vec<String>),
    /// In the value of a setting: the block and the setting.
    Setting(String, String),
    /// In an expression, or in the head of an item.
    Expression,
}

/// The cursor's surroundings.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Where the word at the cursor begins.
    pub start: usize,
    pub place: Place,
    /// What is called by the innermost open parenthesis.
    pub call: Option<String>,
    /// The word that begins the item, if the cursor stands in its head.
    pub head: Option<String>,
}

struct Open {
    symbol: char,
    /// The word that opens a block, or what is called.
    word: String,
    /// The first token of the entry in hand.
    entry: usize,
}

/// The surroundings of a byte of a text.
pub fn context(text: &str, at: usize) -> Context {
    let before = text.get(..at).unwrap_or(text);
    let tokens = lexemes(before);
    let word = |k: usize| tokens.get(k).map_or("", |(_, r)| &before[r.clone()]);
    let ends_here = tokens.last().filter(|(_, r)| r.end == before.len());
    let start = match ends_here {
        Some((Lexeme::Word, r)) => r.start,
        _ => before.len(),
    };
    let count = tokens.len() - usize::from(start < before.len());
    let nothing = |place| Context { start, place, call: None, head: None };
    match ends_here {
        Some((Lexeme::Comment | Lexeme::Doc, _)) => return nothing(Place::Nothing),
        Some((Lexeme::Text, r)) if !closed(&before[r.clone()]) => {
            let uses = count >= 2 && word(count - 2) == "use";
            let path = before[r.start + 1..].to_string();
            let start = r.start + 1 + path.rfind('/').map_or(0, |n| n + 1);
            return Context { start, place: if uses { Place::File(path) } else { Place::Nothing }, call: None, head: None };
        }
        Some((Lexeme::Number, _)) => return nothing(Place::Nothing),
        _ => {}
    }
    let mut open: Vec<Open> = Vec::new();
    let mut entry = 0;
    for (k, (kind, _)) in tokens.iter().enumerate().take(count) {
        let ends = |open: &[Open]| open.last().is_none_or(|o| o.symbol == '{');
        match (*kind, word(k)) {
            (Lexeme::Newline, _) if ends(&open) && k > 0 && !goes_on(word(k - 1)) => set(&mut open, &mut entry, k + 1),
            (Lexeme::Symbol, ",") if ends(&open) => set(&mut open, &mut entry, k + 1),
            (Lexeme::Symbol, s @ ("(" | "[" | "{" | "⟨")) => {
                let symbol = s.chars().next().unwrap_or('(');
                let opener = if s == "{" { open.last().map_or(entry, |o| o.entry) } else { k.saturating_sub(1) };
                let opener = word(opener).to_string();
                open.push(Open { symbol, word: opener, entry: k + 1 });
            }
            (Lexeme::Symbol, ")" | "]" | "}" | "⟩") => {
                open.pop();
            }
            _ => {}
        }
    }
    let first = open.last().map_or(entry, |o| o.entry);
    let first =
        (first..count).find(|&k| !matches!(tokens[k].0, Lexeme::Newline | Lexeme::Comment | Lexeme::Doc)).unwrap_or(count);
    let inner = open.last().map(|o| o.symbol);
    let call = open.last().filter(|o| o.symbol == '(').map(|o| o.word.clone());
    let head = (open.is_empty() && ITEM_WORDS.contains(&word(first)) && first < count).then(|| word(first).to_string());
    let place = if count > 0 && word(count - 1) == "." && tokens[count - 1].1.end == start {
        if open.is_empty() && word(first) == "use" { Place::Module } else { Place::Member(path(&tokens, before, count - 1)) }
    } else if open.is_empty() && first < count && word(first) == "use" {
        Place::Module
    } else if first >= count && inner.is_none() {
        Place::Item
    } else if first >= count && inner == Some('{') {
        Place::Entry(open.iter().filter(|o| o.symbol == '{').map(|o| o.word.clone()).collect())
    } else if head.is_some() && first + 1 == count && word(first) != "show" && word(first) != "expect" {
        // The name that the item defines.
        Place::Nothing
    } else {
        let block = open.iter().rev().find(|o| o.symbol == '{');
        let setting = block
            .filter(|o| word(o.entry_word(&tokens) + 1) == ":")
            .map(|o| (o.word.clone(), word(o.entry_word(&tokens)).to_string()));
        match setting {
            Some((block, name)) => Place::Setting(block, name),
            None => Place::Expression,
        }
    };
    Context { start, place, call, head }
}

impl Open {
    fn entry_word(&self, tokens: &[(Lexeme, std::ops::Range<usize>)]) -> usize {
        (self.entry..tokens.len()).find(|&k| tokens[k].0 != Lexeme::Newline).unwrap_or(self.entry)
    }
}

fn set(open: &mut [Open], entry: &mut usize, to: usize) {
    match open.last_mut() {
        Some(o) => o.entry = to,
        None => *entry = to,
    }
}

/// Whether a line that ends in a token goes on in the next.
fn goes_on(word: &str) -> bool {
    matches!(
        word,
        "+" | "-"
            | "*"
            | "/"
            | "^"
            | "="
            | ":"
            | "->"
            | "~"
            | "<"
            | ">"
            | "=="
            | "!="
            | "<="
            | ">="
            | "and"
            | "or"
            | "not"
            | "if"
            | "then"
            | "else"
    )
}

fn closed(text: &str) -> bool {
    text.len() > 1 && text.ends_with('"') && !text.ends_with("\\\"")
}

/// The names before a point, calls and indices between them left out.
fn path(tokens: &[(Lexeme, std::ops::Range<usize>)], text: &str, point: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut k = point;
    while k > 0 {
        let mut depth = 0usize;
        // Over `(...)` and `[...]`.
        loop {
            match &text[tokens[k - 1].1.clone()] {
                ")" | "]" => depth += 1,
                "(" | "[" if depth > 0 => depth -= 1,
                _ if depth > 0 => {}
                _ => break,
            }
            k -= 1;
            if k == 0 {
                return Vec::new();
            }
        }
        if tokens[k - 1].0 != Lexeme::Word {
            break;
        }
        out.insert(0, text[tokens[k - 1].1.clone()].to_string());
        if k < 2 || &text[tokens[k - 2].1.clone()] != "." {
            break;
        }
        k -= 2;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        let at = text.find('|').unwrap();
        context(&text.replace('|', ""), at).place
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| w.to_string()).collect()
    }

    #[test]
    fn places_are_known_in_broken_texts() {
        assert_eq!(place("le|"), Place::Item);
        assert_eq!(place("let a = 1\n|"), Place::Item);
        assert_eq!(place("let a|"), Place::Nothing);
        assert_eq!(place("let a = sq|"), Place::Expression);
        assert_eq!(place("# le|"), Place::Nothing);
        assert_eq!(place("use st|"), Place::Module);
        assert_eq!(place("use std.|"), Place::Module);
        assert_eq!(place("use \"./co|"), Place::File("./co".into()));
        assert_eq!(place("show scan.|"), Place::Member(words(&["scan"])));
        assert_eq!(place("show fit.at(width: f(2)).m.|"), Place::Member(words(&["fit", "at", "m"])));
        assert_eq!(place("sample a {\n    tem|"), Place::Entry(words(&["sample"])));
        assert_eq!(place("sample a over T in [1, 2] { model: x, |"), Place::Entry(words(&["sample"])));
        assert_eq!(place("sample a {\n    model: x\n    observe {\n        m|"), Place::Entry(words(&["sample", "observe"])));
        assert_eq!(place("sample a {\n    method: wo|"), Place::Setting("sample".into(), "method".into()));
        assert_eq!(place("sample a {\n    observe { m = me|"), Place::Expression);
    }

    #[test]
    fn calls_and_heads_are_known() {
        let c = context("let x = linspace(1, co", 22);
        assert_eq!((c.call.as_deref(), c.start), (Some("linspace"), 20));
        assert_eq!(context("sample a ov", 11).head.as_deref(), Some("sample"));
    }
}
