//! What the line editor asks: is the input whole, and how could the word go on.

use super::commands::COMMANDS;
use super::session::Names;
use crate::diagnostic::Sources;
use crate::reference::{self, Kind};
use crate::syntax::{Prompt, parse_prompt};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Highlighter, Hinter};

/// Words of the language that are neither names nor settings.
const WORDS: &[&str] = &[
    "and", "as", "at", "avg", "by", "else", "end", "energy", "epochs", "every", "false", "field", "for", "if", "in", "input",
    "loss", "metric", "network", "not", "of", "on", "or", "over", "probe", "replica", "requires", "spins", "steps", "sweeps",
    "then", "train", "true",
];

#[derive(Helper, Highlighter, Hinter)]
pub struct PromptHelper {
    pub names: Names,
    /// Keywords, settings and blocks.
    words: Vec<String>,
    files: FilenameCompleter,
}

impl PromptHelper {
    pub fn new() -> PromptHelper {
        let of_the_language =
            |e: &&reference::Entry| matches!(e.kind, Kind::Item | Kind::Block | Kind::Setting) && !e.name.contains(' ');
        let mut words: Vec<String> = reference::entries().iter().filter(of_the_language).map(|e| e.name.clone()).collect();
        words.extend(WORDS.iter().map(|w| w.to_string()));
        words.sort();
        words.dedup();
        PromptHelper { names: Names::new(), words, files: FilenameCompleter::new() }
    }

    /// The words that the one before the cursor could become, and where it begins.
    pub fn candidates(&self, line: &str, cursor: usize) -> (usize, Vec<String>) {
        let before = line.get(..cursor).unwrap_or(line);
        if let Some(rest) = before.strip_prefix(':') {
            return match rest.strip_prefix("doc ") {
                Some(name) => (before.len() - name.len(), self.documented(name)),
                None => (1, COMMANDS.iter().map(|c| c.0).filter(|c| c.starts_with(rest)).map(str::to_string).collect()),
            };
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = before.char_indices().rev().take_while(|(_, c)| is_word(*c)).last().map_or(before.len(), |(at, _)| at);
        let word = &before[start..];
        if let Some(path) = before[..start].strip_suffix('.') {
            let base_start =
                path.char_indices().rev().take_while(|(_, c)| is_word(*c) || *c == '.').last().map_or(path.len(), |(at, _)| at);
            return (start, self.members(&path[base_start..]).into_iter().filter(|m| m.starts_with(word)).collect());
        }
        if word.is_empty() {
            return (start, Vec::new());
        }
        let mut all: Vec<String> = self.names.keys().chain(&self.words).filter(|n| n.starts_with(word)).cloned().collect();
        all.sort();
        all.dedup();
        (start, all)
    }

    /// What can stand behind `path.`: members of a value, modules, or the selection from a result.
    fn members(&self, path: &str) -> Vec<String> {
        let modules = || {
            reference::entries()
                .iter()
                .filter(|e| e.kind == Kind::Module)
                .filter_map(|e| e.name.strip_prefix("std.").map(str::to_string))
        };
        match path.split_once('.') {
            None if path == "std" => modules().collect(),
            None => self.names.get(path).map(|k| k.members.clone()).unwrap_or_default(),
            Some((task, quantity)) if self.names.get(task).is_some_and(|k| k.members.iter().any(|m| m == quantity)) => {
                vec!["at".to_string()]
            }
            Some(_) => Vec::new(),
        }
    }

    fn documented(&self, start: &str) -> Vec<String> {
        let mut names: Vec<String> =
            reference::entries().iter().map(|e| e.name.clone()).filter(|n| n.starts_with(start)).collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Completer for PromptHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        if line.starts_with(":load ") {
            return self.files.complete(line, cursor, context);
        }
        let (start, words) = self.candidates(line, cursor);
        Ok((start, words.into_iter().map(|w| Pair { display: w.clone(), replacement: w }).collect()))
    }
}

impl Validator for PromptHelper {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        // Two blank lines end an input in any case: the error then says what is open.
        if !input.ends_with("\n\n") && wants_more(input) {
            Ok(ValidationResult::Incomplete)
        } else {
            Ok(ValidationResult::Valid(None))
        }
    }
}

/// Whether an input goes on in the next line: something is open, or its last line documents what follows.
pub fn wants_more(input: &str) -> bool {
    if input.trim_start().starts_with(':') {
        return false;
    }
    if input.lines().rev().find(|l| !l.trim().is_empty()).is_some_and(|l| l.trim_start().starts_with("##")) {
        return true;
    }
    let mut sources = Sources::default();
    let source = sources.add("prompt", input);
    matches!(parse_prompt(&sources, source), Prompt::Incomplete)
}

#[cfg(test)]
mod tests {
    use super::super::session::Session;
    use super::*;
    use crate::session::Quiet;

    #[test]
    fn open_inputs_want_more() {
        for open in ["sample a {", "let x = (1 +", "let x = 1 +", "## documented\n"] {
            assert!(wants_more(open), "{open}");
        }
        for whole in ["let x = 1", "sample a {\n}", ":help", "1 + 1", "let y = )"] {
            assert!(!wants_more(whole), "{whole}");
        }
    }

    #[test]
    fn words_are_completed() {
        let mut session = Session::new(std::path::Path::new(""));
        assert!(session.feed("prompt", "use std.lattice\nlet grid = square(4)\nlet β_c = 0.44", &Quiet).accepted);
        let mut helper = PromptHelper::new();
        helper.names = session.names().clone();
        let words = |line: &str| helper.candidates(line, line.len());
        assert_eq!(words("let x = linsp"), (8, vec!["linspace".to_string()]));
        assert_eq!(words("β_").1, ["β_c"]);
        assert!(words("sample a { temp").1.contains(&"temperature".to_string()));
        assert_eq!(words("grid.sub").1, ["sublattice"]);
        assert!(words("use std.").1.contains(&"spin".to_string()));
        assert_eq!(words(":q"), (1, vec!["quit".to_string()]));
        assert_eq!(words(":doc E0203").1, ["E0203"]);
        assert!(words("").1.is_empty() && words("nothing.").1.is_empty());
    }
}
