//! Where the cursor stands in what is typed: in which block, before or behind a colon, in a text.

use crate::syntax::{Class, classes};

/// The surroundings of the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// The first words of the entries whose brackets are open, the innermost last: `sample`, `observe`; a name before `(`.
    pub open: Vec<(char, String)>,
    /// An entry of a block or an item begins here.
    pub begins: bool,
    /// The setting whose value stands here.
    pub setting: Option<String>,
    /// The cursor is in a text; the text so far.
    pub text: Option<String>,
    /// The first word of the entry.
    pub head: String,
}

impl Place {
    /// The place of the end of a text that may be unfinished. A word that is being typed is not part of it.
    pub fn of(before: &str) -> Place {
        let mut place = Place { begins: true, ..Place::default() };
        let (mut head, mut last) = (String::new(), String::new());
        let mut end = 0;
        for (range, class) in classes(before) {
            let piece = &before[range.clone()];
            if before[end..range.start].contains('\n') && place.open.last().is_none_or(|(c, _)| *c == '{') {
                (place.begins, place.setting) = (true, None);
            }
            end = range.end;
            if class == Class::Text && !(piece.len() > 1 && piece.ends_with('"')) {
                place.text = Some(piece.trim_start_matches('"').to_string());
                return place;
            }
            if matches!(class, Class::Comment | Class::Documentation) {
                continue;
            }
            let word = !matches!(class, Class::Symbol | Class::Text | Class::Number | Class::Stray);
            if word && place.begins {
                head = piece.to_string();
            }
            match piece {
                "{" => {
                    place.open.push(('{', head.clone()));
                    (place.begins, place.setting) = (true, None);
                }
                "(" | "[" => place.open.push((piece.chars().next().unwrap_or('('), last.clone())),
                "}" | ")" | "]" => {
                    place.open.pop();
                    place.begins = false;
                }
                "," if place.open.last().is_none_or(|(c, _)| *c == '{') => (place.begins, place.setting) = (true, None),
                ":" if place.open.last().is_some_and(|(c, _)| *c == '{') => {
                    place.setting = Some(last.clone());
                    place.begins = false;
                }
                _ => place.begins = false,
            }
            last = if word { piece.to_string() } else { String::new() };
        }
        if before[end..].contains('\n') && place.open.last().is_none_or(|(c, _)| *c == '{') {
            (place.begins, place.setting) = (true, None);
        }
        if !place.begins {
            place.head = head;
        }
        place
    }

    /// The block that the cursor stands in.
    pub fn block(&self) -> Option<&str> {
        self.open.last().filter(|(c, _)| *c == '{').map(|(_, head)| head.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let place = Place::of("sample a over T in [1] {\n  method: ");
        assert_eq!((place.block(), place.setting.as_deref()), (Some("sample"), Some("method")));
        let place = Place::of("sample a {\n  model: ising(square(4))\n  ");
        assert!(place.begins && place.block() == Some("sample") && place.setting.is_none());
        let place = Place::of("sample a { observe { e = energy, ");
        assert!(place.begins && place.block() == Some("observe"));
        assert_eq!(Place::of("couplings G = graph(\"da").text.as_deref(), Some("da"));
        assert_eq!(Place::of("let x = linspace(").open.last(), Some(&('(', "linspace".to_string())));
        assert_eq!(Place::of("use ").head, "use");
        assert!(Place::of("").begins);
    }
}
