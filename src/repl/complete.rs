//! How the word at the cursor could go on: names, members, settings, words, commands and files, with a line of documentation.

use super::commands::COMMANDS;
use super::helper::PromptHelper;
use super::names::Names;
use super::place::Place;
use crate::reference::{self, Entry, Kind};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::{Context, Result};

/// Words of the language that are neither names nor settings.
const WORDS: &[&str] = &[
    "and", "as", "at", "avg", "by", "else", "end", "energy", "epochs", "every", "false", "field", "for", "if", "in", "input",
    "loss", "metric", "network", "not", "of", "on", "or", "over", "probe", "replica", "requires", "spins", "steps", "sweeps",
    "then", "train", "true",
];
/// So many candidates have their documentation beside them.
const DOCUMENTED: usize = 24;
/// Commands that take a file, and those that take a piece of the language.
const OF_FILES: &[&str] = &["load", "save", "write"];
const OF_TEXTS: &[&str] = &["type", "time", "plot", "plan", "explain"];
/// What `:set` changes.
pub const SETTABLE: &[&str] = &["seed", "threads"];

/// A word with what it means.
pub type Candidate = (String, String);

/// Where the word begins that ends here.
fn word_start(before: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    before.char_indices().rev().take_while(|(_, c)| is_word(*c)).last().map_or(before.len(), |(at, _)| at)
}

/// The words that the one before the end of a text could become, and where it begins.
pub fn candidates(names: &Names, before: &str) -> (usize, Vec<Candidate>) {
    if let Some(rest) = before.strip_prefix(':') {
        let Some((command, argument)) = rest.split_once(char::is_whitespace) else {
            let of = |c: &&(&str, &str, &str)| c.0.starts_with(rest);
            return (1, COMMANDS.iter().filter(of).map(|c| (c.0.to_string(), c.2.to_string())).collect());
        };
        let at = before.len() - argument.trim_start().len();
        let argument = argument.trim_start();
        let starting = |all: Vec<Candidate>| all.into_iter().filter(|c| c.0.starts_with(argument)).collect();
        return match command {
            "doc" => (at, starting(documented(names))),
            "set" => (at, starting(SETTABLE.iter().map(|w| (w.to_string(), String::new())).collect())),
            "refresh" => (at, starting(tasks(names))),
            c if OF_TEXTS.contains(&c) => {
                let (start, found) = in_text(names, argument);
                (at + start, found)
            }
            _ => (before.len(), Vec::new()),
        };
    }
    in_text(names, before)
}

fn in_text(names: &Names, before: &str) -> (usize, Vec<Candidate>) {
    let start = word_start(before);
    let word = &before[start..];
    let sorted = |mut all: Vec<Candidate>| {
        all.retain(|c| c.0.starts_with(word) && c.0 != word);
        all.sort();
        all.dedup_by(|a, b| a.0 == b.0);
        (start, all)
    };
    if let Some(path) = before[..start].strip_suffix('.') {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let base = path.char_indices().rev().take_while(|(_, c)| is_path(*c)).last().map_or(path.len(), |(at, _)| at);
        return sorted(members(names, &path[base..]));
    }
    let place = Place::of(&before[..start]);
    if place.head == "use" {
        return sorted(entries(|e| e.kind == Kind::Module));
    }
    if let (true, Some(block)) = (place.begins, place.block()) {
        let settings = entries(|e| {
            (e.kind == Kind::Setting && e.of.as_deref() == Some(block))
                || (e.kind == Kind::Block && e.of.as_ref().is_some_and(|of| of.split(", ").any(|t| t == block)))
        });
        // A block that has settings takes nothing else.
        if !settings.is_empty() {
            return sorted(settings);
        }
    }
    if word.is_empty() {
        return match place.setting.as_deref() {
            Some("method") => sorted(methods()),
            Some("model") => sorted(models(names)),
            _ => (start, Vec::new()),
        };
    }
    let mut all: Vec<Candidate> = names.iter().map(|(n, k)| (n.clone(), meaning(n).unwrap_or_else(|| k.text.clone()))).collect();
    all.extend(entries(|e| matches!(e.kind, Kind::Item | Kind::Block | Kind::Setting) && !e.name.contains(' ')));
    all.extend(WORDS.iter().map(|w| (w.to_string(), String::new())));
    sorted(all)
}

fn entries(wanted: impl Fn(&Entry) -> bool) -> Vec<Candidate> {
    reference::entries().iter().filter(|e| wanted(e)).map(|e| (e.name.clone(), sentence(&e.text))).collect()
}

fn methods() -> Vec<Candidate> {
    entries(|e| matches!(e.kind, Kind::Builtin(group) if group.title().to_lowercase().starts_with("method")))
}

fn models(names: &Names) -> Vec<Candidate> {
    let is_model = |text: &str| text.contains("a model") || text.contains("a network");
    names.iter().filter(|(_, k)| is_model(&k.text)).map(|(n, k)| (n.clone(), k.text.clone())).collect()
}

fn tasks(names: &Names) -> Vec<Candidate> {
    let is_task = |text: &str| text.starts_with("a task");
    names.iter().filter(|(_, k)| k.own && is_task(&k.text)).map(|(n, k)| (n.clone(), k.text.clone())).collect()
}

fn documented(names: &Names) -> Vec<Candidate> {
    let mut all = entries(|_| true);
    all.extend(names.iter().filter(|(_, k)| k.own).map(|(n, k)| (n.clone(), k.text.clone())));
    all.sort();
    all.dedup_by(|a, b| a.0 == b.0);
    all
}

/// What can stand behind `path.`: members of a value, modules, or the selection from a result.
fn members(names: &Names, path: &str) -> Vec<Candidate> {
    let with_meaning = |m: &String| (m.clone(), meaning(m).unwrap_or_default());
    match path.split_once('.') {
        None if path == "std" => entries(|e| e.kind == Kind::Module)
            .into_iter()
            .filter_map(|(n, text)| Some((n.strip_prefix("std.")?.to_string(), text)))
            .collect(),
        None => names.get(path).map(|k| k.members.iter().map(with_meaning).collect()).unwrap_or_default(),
        Some((task, quantity)) if names.get(task).is_some_and(|k| k.members.iter().any(|m| m == quantity)) => {
            vec![with_meaning(&"at".to_string())]
        }
        Some(_) => Vec::new(),
    }
}

/// What a name means, in a sentence.
fn meaning(name: &str) -> Option<String> {
    let entry = reference::entries().iter().find(|e| e.name == name || e.aliases.iter().any(|a| a == name))?;
    Some(sentence(&entry.text))
}

/// The first sentence of a text.
pub fn sentence(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let end = line.match_indices(". ").map(|(at, _)| at).next().unwrap_or(line.trim_end_matches('.').len());
    line[..end.min(line.len())].to_string()
}

/// Candidates as they are listed: the word, and what it means where there is room for that.
fn listed(found: Vec<Candidate>, columns: usize) -> Vec<Pair> {
    let width = found.iter().map(|c| c.0.chars().count()).max().unwrap_or(0);
    let many = found.len() > DOCUMENTED;
    let room = columns.saturating_sub(width + 4);
    let pair = |(word, text): Candidate| {
        let display = match many || text.is_empty() || room < 12 {
            true => word.clone(),
            false if text.chars().count() > room => {
                format!("{word:width$}  {}…", text.chars().take(room - 1).collect::<String>().trim_end())
            }
            false => format!("{word:width$}  {text}"),
        };
        Pair { display, replacement: word }
    };
    found.into_iter().map(pair).collect()
}

impl Completer for PromptHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, context: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let before = line.get(..cursor).unwrap_or(line);
        let of_file = |rest: &str| rest.split_once(' ').is_some_and(|(c, _)| OF_FILES.contains(&c));
        let in_text = || !before.starts_with(':') && Place::of(before).text.is_some();
        if before.strip_prefix(':').is_some_and(of_file) || in_text() {
            return FilenameCompleter::new().complete(line, cursor, context);
        }
        let (start, found) = candidates(&self.names, before);
        Ok((start, listed(found, self.columns)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::session::Session;
    use super::*;
    use crate::session::Quiet;

    #[test]
    fn words_are_completed() {
        let mut session = Session::new(std::path::Path::new(""));
        assert!(session.feed("prompt", "use std.lattice\nuse std.spin\nlet grid = square(4)\nlet β_c = 0.44", &Quiet).accepted);
        let names = session.names().clone();
        let found = |line: &str| {
            let (start, all) = candidates(&names, line);
            (start, all.into_iter().map(|c| c.0).collect::<Vec<_>>())
        };
        let words = |line: &str| found(line).1;
        assert_eq!(found("let x = linsp"), (8, vec!["linspace".to_string()]));
        assert_eq!(words("β_"), ["β_c"]);
        assert_eq!(words("sample a { temp"), ["temperature", "temperatures"]);
        assert!(words("sample a {\n  obs").contains(&"observe".to_string()));
        assert!(words("sample a {\n  method: ").contains(&"wolff".to_string()));
        assert!(words("sample a { model: ").contains(&"ising".to_string()));
        assert!(words("sample a { model: is").contains(&"ising".to_string()));
        assert_eq!(words("grid.sub"), ["sublattice"]);
        assert!(words("use std.").contains(&"spin".to_string()));
        assert_eq!(found(":q"), (1, vec!["quit".to_string()]));
        assert_eq!(words(":set s"), ["seed"]);
        assert_eq!(words(":type linsp"), ["linspace"]);
        assert_eq!(words(":doc E0203"), ["E0203"]);
        assert!(words("").is_empty() && words("nothing.").is_empty());
    }

    #[test]
    fn a_list_says_what_the_words_mean() {
        let (_, found) = candidates(&Names::new(), "sample a { warm");
        let pairs = listed(found, 80);
        assert!(pairs.iter().any(|p| p.replacement == "warmup" && p.display.starts_with("warmup  ") && p.display.len() > 20));
        assert!(pairs.iter().all(|p| p.display.chars().count() <= 80));
    }
}
