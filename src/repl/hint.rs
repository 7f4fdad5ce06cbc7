//! What is shown grey behind the cursor: how a function is called, what a setting takes, or how an earlier input went on.

use super::helper::PromptHelper;
use super::place::Place;
use crate::reference::{self, Kind};
use rustyline::Context;
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;

/// A hint; only what continues the line can be taken over.
pub struct Grey {
    shown: String,
    taken: Option<String>,
}

impl Hint for Grey {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.taken.as_deref()
    }
}

/// How the function is called whose bracket was just opened, or what the setting takes whose colon was just typed.
pub fn explanation(before: &str) -> Option<String> {
    let trimmed = before.trim_end();
    if trimmed.ends_with('(') {
        let place = Place::of(trimmed);
        let (_, name) = place.open.last()?;
        let of = |e: &&reference::Entry| matches!(e.kind, Kind::Builtin(_) | Kind::Definition | Kind::Member);
        let entry = reference::entries().iter().filter(of).find(|e| e.name == *name || e.aliases.contains(name))?;
        let signature = entry.signature.lines().next().unwrap_or_default();
        let arguments = signature.split_once('(')?.1;
        return Some(arguments.to_string());
    }
    if trimmed.ends_with(':') {
        let place = Place::of(trimmed);
        let (setting, block) = (place.setting.as_deref()?, place.block()?);
        let of = |e: &&reference::Entry| e.kind == Kind::Setting && e.name == setting && e.of.as_deref() == Some(block);
        let entry = reference::entries().iter().find(of)?;
        let takes = entry.signature.split_once(": ")?.1;
        return Some(format!("{}{takes}", if before.ends_with(' ') { "" } else { " " }));
    }
    None
}

impl Hinter for PromptHelper {
    type Hint = Grey;

    fn hint(&self, line: &str, cursor: usize, context: &Context<'_>) -> Option<Grey> {
        if line.is_empty() || cursor < line.len() {
            return None;
        }
        if let Some(shown) = explanation(line) {
            let width = self.columns.saturating_sub(line.rsplit('\n').next().unwrap_or_default().chars().count() + 8);
            return Some(Grey { shown: shown.chars().take(width).collect(), taken: None });
        }
        let last = context.history().len().checked_sub(1)?;
        let start = context.history_index().min(last);
        let found = context.history().starts_with(line, start, SearchDirection::Reverse).ok()??;
        // The line in which the input would go on.
        let rest = found.entry.get(cursor..)?.lines().next().filter(|r| !r.is_empty())?.to_string();
        Some(Grey { shown: rest.clone(), taken: Some(rest) })
    }
}

#[cfg(test)]
mod tests {
    use super::explanation;

    #[test]
    fn functions_and_settings_explain_themselves() {
        assert!(explanation("let x = linspace(").is_some_and(|h| h.contains(')')));
        assert!(explanation("sample a { temperature:").is_some_and(|h| h.len() > 3));
        assert_eq!(explanation("let x = 1"), None);
        assert_eq!(explanation("nothing("), None);
    }
}
