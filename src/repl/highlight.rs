//! Colours of what is typed: words of the language, texts, numbers, and the bracket that belongs to the one at the cursor.

use super::helper::PromptHelper;
use crate::syntax::{Class, classes};
use rustyline::CompletionType;
use rustyline::highlight::{CmdKind, Highlighter};
use std::borrow::Cow;

/// The ANSI code of a class; none for what has the terminal's own colour.
fn code(class: Class) -> Option<&'static str> {
    Some(match class {
        Class::Comment => "90",
        Class::Documentation => "3;90",
        Class::Text => "32",
        Class::Number => "36",
        Class::Keyword => "1;34",
        Class::Setting => "35",
        Class::Call => "33",
        Class::Stray => "31",
        Class::Name | Class::Symbol => return None,
    })
}

/// A text in colours. `pair`: places of two brackets that belong together.
pub fn coloured(text: &str, pair: Option<(usize, usize)>) -> String {
    let mut out = String::with_capacity(2 * text.len());
    let mut end = 0;
    for (range, class) in classes(text) {
        out.push_str(&text[end..range.start]);
        end = range.end;
        let matched = pair.is_some_and(|(a, b)| range.start == a || range.start == b);
        match if matched { Some("1;4") } else { code(class) } {
            Some(code) => out.push_str(&format!("\x1b[{code}m{}\x1b[0m", &text[range])),
            None => out.push_str(&text[range]),
        }
    }
    out.push_str(&text[end..]);
    out
}

/// The bracket at or before the cursor and the one that belongs to it.
fn pair(text: &str, cursor: usize) -> Option<(usize, usize)> {
    let brackets: Vec<(usize, char)> = classes(text)
        .into_iter()
        .filter(|(_, class)| *class == Class::Symbol)
        .filter_map(|(r, _)| Some((r.start, text[r].chars().next().filter(|c| "()[]{}".contains(*c))?)))
        .collect();
    let mut open: Vec<(usize, char)> = Vec::new();
    let here = |at: usize| at == cursor || at + 1 == cursor;
    for (at, c) in brackets {
        if "([{".contains(c) {
            open.push((at, c));
            continue;
        }
        let (start, bracket) = open.pop()?;
        if !matches!((bracket, c), ('(', ')') | ('[', ']') | ('{', '}')) {
            return None;
        }
        if here(start) || here(at) {
            return Some((start, at));
        }
    }
    None
}

impl Highlighter for PromptHelper {
    fn highlight<'l>(&self, line: &'l str, cursor: usize) -> Cow<'l, str> {
        if !self.colour {
            return Cow::Borrowed(line);
        }
        let start = line.len() - line.trim_start().len();
        if line[start..].starts_with(':') {
            // A command: its name stands out, and what it takes is a text of the language.
            let end = line[start..].find(char::is_whitespace).map_or(line.len(), |n| start + n);
            return Cow::Owned(format!(
                "{}\x1b[1;35m{}\x1b[0m{}",
                &line[..start],
                &line[start..end],
                coloured(&line[end..], None)
            ));
        }
        Cow::Owned(coloured(line, pair(line, cursor)))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        if self.colour { Cow::Owned(format!("\x1b[1;32m{prompt}\x1b[0m")) } else { Cow::Borrowed(prompt) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.colour { Cow::Owned(format!("\x1b[90m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _completion: CompletionType) -> Cow<'c, str> {
        match candidate.split_once("  ") {
            Some((name, text)) if self.colour => Cow::Owned(format!("\x1b[1m{name}\x1b[0m  \x1b[90m{text}\x1b[0m")),
            _ => Cow::Borrowed(candidate),
        }
    }

    fn highlight_char(&self, _line: &str, _cursor: usize, kind: CmdKind) -> bool {
        self.colour && kind != CmdKind::ForcedRefresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_no_letter() {
        for text in ["let β = \"a\" + f(1)  # c", ":doc x", "sample a {\n  keep { states: all }\n}", "\"open (", ""] {
            let shown = coloured(text, pair(text, 3));
            let mut plain = String::new();
            let mut escape = false;
            for c in shown.chars() {
                match c {
                    '\x1b' => escape = true,
                    'm' if escape => escape = false,
                    c if !escape => plain.push(c),
                    _ => {}
                }
            }
            assert_eq!(plain, text);
        }
    }

    #[test]
    fn brackets_find_each_other() {
        assert_eq!(pair("f(a, [1])", 9), Some((1, 8)));
        assert_eq!(pair("f(a, [1])", 5), Some((5, 7)));
        assert_eq!(pair("f(a, [1)", 8), None);
        assert_eq!(pair("\"(\" )", 0), None);
    }
}
