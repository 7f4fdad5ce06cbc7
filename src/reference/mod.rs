//! The reference of the language: every name that a script can use, with what it means.
//!
//! Collected from the tables that the checks use (built-ins, settings, blocks, members, codes), from the
//! standard library's own documentation, and from the pages on items in this room. `ann doc`, the prompt
//! and the written reference are three ways to read it. Knows nothing of runs and results.

mod items;
mod library;
mod markdown;
mod page;

pub use markdown::markdown;
pub use page::{index, page};

use crate::diagnostic::codes;
use crate::elaborate::builtins::{self, Group};
use crate::elaborate::data::DATA_MEMBERS;
use crate::elaborate::graph;
use crate::elaborate::settings::{self, SettingRow};
use std::sync::OnceLock;

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Begins an item of a script: `let`, `sample`.
    Item,
    /// A form of the language that is no item: reductions, ranges.
    Form,
    /// A sub-block of a task.
    Block,
    Setting,
    /// A built-in function, constant, method or word.
    Builtin(Group),
    /// What stands behind a point.
    Member,
    Module,
    /// Something that a module defines.
    Definition,
    /// The code of an error or a warning.
    Code,
}

/// One thing to read about.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    pub aliases: Vec<String>,
    pub kind: Kind,
    /// The block, value or module that it belongs to.
    pub of: Option<String>,
    /// How it is written.
    pub signature: String,
    pub text: String,
    /// Runs as a script.
    pub example: Option<String>,
    /// A script that has the problem, for codes.
    pub wrong: Option<String>,
}

impl Entry {
    fn new(kind: Kind, name: &str, signature: impl Into<String>, text: impl Into<String>) -> Entry {
        Entry {
            name: name.to_string(),
            aliases: Vec::new(),
            kind,
            of: None,
            signature: signature.into(),
            text: text.into(),
            example: None,
            wrong: None,
        }
    }

    /// In a few words, for a heading.
    pub fn kind_text(&self) -> String {
        let of = self.of.as_deref().unwrap_or_default();
        match self.kind {
            Kind::Item => "an item of a script".to_string(),
            Kind::Form => "a form of the language".to_string(),
            Kind::Block => format!("a block of {of}"),
            Kind::Setting => format!("a setting of `{of}`"),
            Kind::Builtin(group) => format!("built in: {}", group.title().to_lowercase()),
            Kind::Member => format!("a member of {of}"),
            Kind::Module => "a module of the standard library".to_string(),
            Kind::Definition => format!("of `{of}`"),
            Kind::Code if self.name.starts_with('W') => "a warning".to_string(),
            Kind::Code => "an error".to_string(),
        }
    }
}

/// The tables of settings, by the item that has them.
pub const SETTINGS: &[(&str, &[SettingRow])] = &[
    ("experiment", settings::EXPERIMENT),
    ("lattice", settings::LATTICE),
    ("sample", settings::SAMPLE),
    ("anneal", settings::ANNEAL),
    ("train", settings::TRAIN),
    ("probe", settings::PROBE),
    ("plot", settings::PLOT),
];

/// The groups of built-ins, in the order of the reference.
pub const GROUPS: &[Group] = &[
    Group::Math,
    Group::Lists,
    Group::Random,
    Group::Graphs,
    Group::Data,
    Group::Schedules,
    Group::Methods,
    Group::Observables,
    Group::Layers,
    Group::Optimisers,
    Group::Landscape,
    Group::Machines,
    Group::Analysis,
    Group::Exact,
];

/// Everything, in the order of the reference.
pub fn entries() -> &'static [Entry] {
    static ALL: OnceLock<Vec<Entry>> = OnceLock::new();
    ALL.get_or_init(collect)
}

fn collect() -> Vec<Entry> {
    let mut all: Vec<Entry> = items::entries();
    for (block, rows) in SETTINGS {
        all.extend(rows.iter().map(|row| setting(block, row)));
    }
    for (name, tasks, doc) in settings::BLOCKS {
        let mut entry = Entry::new(Kind::Block, name, format!("{name} {{ ... }}"), *doc);
        entry.of = Some(tasks.to_string());
        all.push(entry);
    }
    for &group in GROUPS {
        all.extend(builtins::functions().filter(|f| f.group == group).map(|f| {
            let mut entry = Entry::new(Kind::Builtin(group), f.name, format!("{} gives {}", f.signature(), f.gives), f.doc);
            entry.aliases = owned(f.aliases);
            entry.example = Some(f.example.to_string());
            entry
        }));
        all.extend(builtins::constants().filter(|c| c.group == group).map(|c| {
            let mut entry = Entry::new(Kind::Builtin(group), c.name, c.name, c.doc);
            entry.aliases = owned(c.aliases);
            entry
        }));
    }
    for member in graph::MEMBERS {
        let mut entry = Entry::new(Kind::Member, member.name, format!("grid.{}", member.name), sentence(member.gives));
        entry.of = Some("graphs, lattices and couplings".to_string());
        all.push(entry);
    }
    for (name, gives) in DATA_MEMBERS {
        let mut entry = Entry::new(Kind::Member, name, format!("data.{name}"), sentence(gives));
        entry.of = Some("data sets".to_string());
        all.push(entry);
    }
    for row in builtins::data::methods::ROWS {
        let mut entry = Entry::new(Kind::Member, row.name, format!("data.{} gives {}", row.signature(), row.gives), row.doc);
        entry.of = Some("data sets".to_string());
        entry.example = Some(row.example.to_string());
        all.push(entry);
    }
    let mut at = Entry::new(
        Kind::Member,
        "at",
        "result.at(AXIS: VALUE, ...)",
        "The part of a result at coordinates of its axes; the other axes remain. `result[k]` selects by position on the first axis.",
    );
    at.of = Some("results".to_string());
    at.example = Some(format!("{}\nshow scan.e.at(T: 2)", items::SMALL_SCAN));
    all.push(at);
    all.extend(library::entries());
    all.extend(codes::PAGES.iter().map(|p| {
        let mut entry = Entry::new(Kind::Code, p.code.0, p.title, p.text);
        entry.wrong = Some(p.wrong.to_string());
        entry.example = Some(p.right.to_string());
        entry
    }));
    all
}

fn setting(block: &str, row: &SettingRow) -> Entry {
    let default = row.default.map(|d| format!(" (default `{d}`)")).unwrap_or_default();
    let mut entry = Entry::new(Kind::Setting, row.name, format!("{}: {}{default}", row.name, row.takes), row.doc);
    entry.of = Some(block.to_string());
    entry
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| n.to_string()).collect()
}

/// A phrase as a sentence.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str().trim_end_matches('.')),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostic, Sources};
    use crate::elaborate::{Options, elaborate};

    fn errors(text: &str) -> Vec<Diagnostic> {
        let mut sources = Sources::default();
        let source = sources.add("example", text);
        let (script, mut diagnostics) = crate::syntax::parse(&sources, source);
        diagnostics.extend(elaborate(&script, source, &mut sources, Options::default()).1);
        diagnostics.retain(Diagnostic::is_error);
        diagnostics
    }

    #[test]
    fn every_example_is_a_good_script() {
        for entry in entries() {
            let Some(example) = &entry.example else { continue };
            let found: Vec<String> = errors(example).into_iter().map(|d| format!("{} {}", d.code.0, d.message)).collect();
            assert!(found.is_empty(), "{} ({:?}):\n{example}\n{}", entry.name, entry.kind, found.join("\n"));
        }
    }

    #[test]
    fn every_entry_says_something() {
        for entry in entries() {
            assert!(!entry.name.is_empty() && !entry.signature.is_empty(), "{entry:?}");
            assert!(entry.text.trim().len() > 2, "`{}` is not documented", entry.name);
        }
    }

    #[test]
    fn the_tables_are_all_there() {
        for name in [
            "sample", "warmup", "observe", "linspace", "wolff", "glauber", "pi", "shell", "at", "std.spin", "ising", "E0203",
            "w0101",
        ] {
            assert!(page(name, &|t: &str| t.to_string()).is_ok(), "{name}");
        }
        assert_eq!(page("linspce", &|t: &str| t.to_string()), Err(Some("linspace".to_string())));
        assert_eq!(page("sample.warmupp", &|t: &str| t.to_string()), Err(Some("sample.warmup".to_string())));
    }

    #[test]
    fn the_written_reference_holds_every_name() {
        let text = markdown(&[]);
        for entry in entries() {
            assert!(text.contains(&entry.name), "{}", entry.name);
        }
        assert_eq!(text.matches("```").count() % 2, 0);
    }
}
