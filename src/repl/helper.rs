//! What the line editor asks: is the input whole. Completion, hints and colours have files of their own.

use super::commands::takes_input;
use super::names::Names;
use crate::diagnostic::Sources;
use crate::syntax::{Prompt, parse_prompt};
use rustyline::Helper;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};

pub struct PromptHelper {
    pub names: Names,
    /// Colours on the terminal, and its width.
    pub colour: bool,
    pub columns: usize,
}

impl Helper for PromptHelper {}

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
    let input = match input.trim_start().strip_prefix(':') {
        Some(command) => match takes_input(command) {
            Some(rest) => rest,
            None => return false,
        },
        None => input,
    };
    if input.lines().rev().find(|l| !l.trim().is_empty()).is_some_and(|l| l.trim_start().starts_with("##")) {
        return true;
    }
    let mut sources = Sources::default();
    let source = sources.add("prompt", input);
    matches!(parse_prompt(&sources, source), Prompt::Incomplete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_inputs_want_more() {
        for open in ["sample a {", "let x = (1 +", "let x = 1 +", "## documented\n", ":time sample a {"] {
            assert!(wants_more(open), "{open}");
        }
        for whole in ["let x = 1", "sample a {\n}", ":help", "1 + 1", "let y = )", ":doc (", ":time 1 + 1"] {
            assert!(!wants_more(whole), "{whole}");
        }
    }
}
