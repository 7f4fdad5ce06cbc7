//! Labels with a little mathematics: `T_c`, `m^2`, `10^{-3}`, `\beta` or `beta`, `\langle m \rangle`.
//! Owns the syntax and the plain-text form; must not know how a run of text is drawn.
//!
//! A bare Greek name standing as a word is the letter. `_` and `^` take the following word, number or `{...}`.
//! An underscore after a word of four or more letters joins words (`energy_per_site`) and becomes a space.
//! A backslash before any other character takes it literally.

mod characters;

use characters::{GREEK, SUBSCRIPTS, SUPERSCRIPTS, SYMBOLS};

/// Where a run of text stands relative to the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    Base,
    Sub,
    Sup,
}

/// A piece of a label in one size and on one height.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub text: String,
    pub position: Position,
    /// Height above the baseline of the label, in units of its font size.
    pub rise: f64,
    /// Size relative to the font size of the label.
    pub scale: f64,
}

/// A parsed label.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Label {
    pub runs: Vec<Run>,
}

/// Deeper nesting is drawn at this depth: smaller text could not be read, and recursion stays bounded.
const DEEPEST: usize = 2;

impl Label {
    /// Reads a label. Never fails: what is not syntax is text. Control characters become spaces.
    #[must_use]
    pub fn parse(source: &str) -> Label {
        let dollars = source.chars().filter(|c| *c == '$').count();
        let strip = dollars > 0 && dollars % 2 == 0;
        let chars: Vec<char> = source
            .chars()
            .filter(|c| !(strip && *c == '$'))
            .filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}'))
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let mut label = Label::default();
        label.read(&chars, Place { position: Position::Base, rise: 0.0, scale: 1.0, depth: 0 });
        label
    }

    /// The label in one line of Unicode text, with sub- and superscript characters where they exist.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for run in &self.runs {
            let (table, sign) = match run.position {
                Position::Base => {
                    out.push_str(&run.text);
                    continue;
                }
                Position::Sub => (SUBSCRIPTS, '_'),
                Position::Sup => (SUPERSCRIPTS, '^'),
            };
            let small = |c: char| table.iter().find(|(from, _)| *from == c).map(|(_, to)| *to);
            if let Some(text) = run.text.chars().map(small).collect::<Option<String>>() {
                out.push_str(&text);
            } else if run.text.chars().all(char::is_alphanumeric) {
                out.push(sign);
                out.push_str(&run.text);
            } else {
                out.push(sign);
                out.push('(');
                out.push_str(&run.text);
                out.push(')');
            }
        }
        out
    }

    /// True if nothing would be seen.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.runs.iter().all(|run| run.text.trim().is_empty())
    }

    fn push(&mut self, text: &str, place: Place) {
        if let Some(last) = self.runs.last_mut()
            && last.position == place.position
            && last.rise == place.rise
            && last.scale == place.scale
        {
            last.text.push_str(text);
        } else if !text.is_empty() {
            self.runs.push(Run { text: text.to_string(), position: place.position, rise: place.rise, scale: place.scale });
        }
    }

    fn read(&mut self, chars: &[char], place: Place) {
        let mut at = 0;
        let mut base = Base::None;
        let mut joined = false;
        while at < chars.len() {
            let c = chars[at];
            match c {
                '\\' => {
                    let (text, length) = command(&chars[at..]);
                    self.push(&text, place);
                    at += length;
                    base = Base::Symbol;
                    // The space that ends the name of an opening bracket is not part of the text.
                    if text == "⟨" && chars.get(at) == Some(&' ') {
                        at += 1;
                    }
                }
                '_' | '^' if base != Base::None => {
                    let joins_words = c == '_' && base == Base::Word && chars.get(at + 1) != Some(&'{');
                    let (inner, length) = script(&chars[at + 1..]);
                    if joins_words {
                        self.push(" ", place);
                        at += 1;
                        base = Base::None;
                        joined = true;
                    } else if inner.is_empty() {
                        self.push(&c.to_string(), place);
                        at += 1;
                    } else {
                        let position = if c == '_' { Position::Sub } else { Position::Sup };
                        if place.depth < DEEPEST {
                            self.read(&inner, place.script(position))
                        } else {
                            self.read_flat(&inner, place)
                        }
                        at += 1 + length;
                        base = Base::Symbol;
                    }
                }
                '{' | '}' => at += 1,
                _ if c.is_ascii_alphabetic() => {
                    let word: String = chars[at..].iter().take_while(|c| c.is_ascii_alphabetic()).collect();
                    at += word.len();
                    let after_digit = base == Base::Symbol && at > word.len() && chars[at - word.len() - 1].is_alphanumeric();
                    match greek(&word) {
                        Some(letter) if !after_digit => {
                            self.push(&letter.to_string(), place);
                            base = Base::Symbol;
                        }
                        _ => {
                            self.push(&word, place);
                            base = if word.len() >= 4 || joined { Base::Word } else { Base::Symbol };
                        }
                    }
                }
                _ => {
                    // A hyphen in a script or between spaces is a minus sign.
                    let alone = at > 0 && chars[at - 1] == ' ' && chars.get(at + 1) == Some(&' ');
                    let c = if c == '-' && (alone || place.position != Position::Base) { '\u{2212}' } else { c };
                    self.push(&c.to_string(), place);
                    base = if c.is_whitespace() { Base::None } else { Base::Symbol };
                    joined = false;
                    at += 1;
                }
            }
        }
    }

    fn read_flat(&mut self, chars: &[char], place: Place) {
        let text: String = chars.iter().filter(|c| !matches!(c, '{' | '}')).collect();
        self.push(&text, place);
    }
}

#[derive(Clone, Copy)]
struct Place {
    position: Position,
    rise: f64,
    scale: f64,
    depth: usize,
}

impl Place {
    fn script(self, position: Position) -> Place {
        let lift = if position == Position::Sub { -0.22 } else { 0.38 };
        Place { position, rise: self.rise + lift * self.scale, scale: self.scale * 0.7, depth: self.depth + 1 }
    }
}

/// What a following `_` or `^` would attach to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    None,
    Symbol,
    Word,
}

/// The characters of a script after its `_` or `^`, and how many were read.
fn script(chars: &[char]) -> (Vec<char>, usize) {
    match chars.first() {
        None => (Vec::new(), 0),
        Some('{') => {
            let mut depth = 0usize;
            for (i, c) in chars.iter().enumerate() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    return (chars[1..i].to_vec(), i + 1);
                }
            }
            (chars[1..].to_vec(), chars.len())
        }
        Some('\\') => {
            let (_, length) = command(chars);
            (chars[..length].to_vec(), length)
        }
        Some(c) if c.is_whitespace() || matches!(c, '_' | '^' | '}') => (Vec::new(), 0),
        Some(first) => {
            let mut inner = Vec::new();
            let mut at = 0;
            if matches!(first, '+' | '-' | '\u{2212}') && chars.get(1).is_some_and(|c| c.is_alphanumeric()) {
                inner.push(*first);
                at = 1;
            }
            while let Some(c) = chars.get(at) {
                let next_continues = chars.get(at + 1).is_some_and(|c| c.is_alphanumeric());
                let point =
                    *c == '.' && next_continues && chars[at + 1].is_ascii_digit() && at > 0 && chars[at - 1].is_ascii_digit();
                if c.is_alphanumeric() || point {
                    inner.push(*c);
                } else if *c == '_' && next_continues && at > 0 {
                    inner.push(' ');
                } else {
                    break;
                }
                at += 1;
            }
            if inner.is_empty() { (vec![*first], 1) } else { (inner, at) }
        }
    }
}

/// The text of a backslash command that starts `chars`, and its length there.
fn command(chars: &[char]) -> (String, usize) {
    let name: String = chars[1..].iter().take_while(|c| c.is_ascii_alphabetic()).collect();
    if name.is_empty() {
        return chars.get(1).map_or(("\\".to_string(), 1), |c| (c.to_string(), 2));
    }
    let symbol = greek(&name).or_else(|| SYMBOLS.iter().find(|(n, _)| *n == name).map(|(_, c)| *c));
    (symbol.map_or_else(|| format!("\\{name}"), |c| c.to_string()), 1 + name.len())
}

fn greek(name: &str) -> Option<char> {
    GREEK.iter().find(|(n, _)| *n == name).map(|(_, c)| *c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(source: &str) -> Vec<(String, Position)> {
        Label::parse(source).runs.into_iter().map(|r| (r.text, r.position)).collect()
    }

    #[test]
    fn scripts_take_words_numbers_and_braces() {
        use Position::*;
        let own = |t: &str, p| (t.to_string(), p);
        assert_eq!(runs("T_c"), [own("T", Base), own("c", Sub)]);
        assert_eq!(runs("m^2 L^{-1/8}"), [own("m", Base), own("2", Sup), own(" L", Base), own("−1/8", Sup)]);
        assert_eq!(runs("10^-3"), [own("10", Base), own("−3", Sup)]);
        assert_eq!(runs("tau_int (sweeps)"), [own("τ", Base), own("int", Sub), own(" (sweeps)", Base)]);
        assert_eq!(runs(r"\chi_4"), [own("χ", Base), own("4", Sub)]);
        assert_eq!(runs("energy_per_site"), [own("energy per site", Base)]);
        assert_eq!(runs(r"a\_b"), [own("a_b", Base)]);
        assert_eq!(runs("$T_c$"), [own("T", Base), own("c", Sub)]);
    }

    #[test]
    fn incomplete_syntax_is_text() {
        for source in ["_", "^", "x_", "x^ y", "x_{", "x_}", "\\", "{{{{", "a^^^b", "x_{a_{b_{c_{d_{e}}}}}}", "\u{1b}[31m"] {
            let label = Label::parse(source);
            assert!(label.runs.iter().all(|r| !r.text.contains('\u{1b}')));
        }
        assert_eq!(Label::parse("x_").plain(), "x_");
        assert_eq!(Label::parse("_x").plain(), "_x");
    }

    #[test]
    fn plain_text_uses_script_characters_where_they_exist() {
        assert_eq!(Label::parse("m^2").plain(), "m²");
        assert_eq!(Label::parse("10^{-12}").plain(), "10⁻¹²");
        assert_eq!(Label::parse("T_c").plain(), "T_c");
        assert_eq!(Label::parse("x_0").plain(), "x₀");
        assert_eq!(Label::parse("L^{1/8}").plain(), "L^(1/8)");
    }
}
