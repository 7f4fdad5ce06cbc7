//! The state of the prompt: the items that were accepted, and the results that they have.
//!
//! An input is elaborated together with all accepted items and run; points whose results are there already
//! are not computed again. Whatever goes wrong, the session is then as it was before.

use crate::diagnostic::{Diagnostic, Sources, codes};
use crate::elaborate::scope::Scope;
use crate::elaborate::value::{Value, describe};
use crate::elaborate::{Elaborated, Elaborator, Options};
use crate::execute;
use crate::results::{RunResult, TaskResult};
use crate::session::{Outcome, RunOptions, Watch};
use crate::syntax::ast::{Item, ItemKind, Script, UsePath};
use crate::syntax::{self, Prompt};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A name in scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Defined in the session, not built in or from a module.
    pub own: bool,
    /// What it is and its value, for `:vars`.
    pub text: String,
    /// What can stand behind a point.
    pub members: Vec<String>,
}

/// The names in scope.
pub type Names = BTreeMap<String, Known>;

pub struct Session {
    items: Vec<Item>,
    /// The texts that the items come from.
    sources: Sources,
    options: Options,
    results: RunResult,
    names: Names,
}

/// What an input gave.
pub struct Answer {
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the diagnostics point into.
    pub sources: Sources,
    pub outcome: Option<Outcome>,
    /// The input's items belong to the session now.
    pub accepted: bool,
    /// The tasks of the input.
    pub tasks: Vec<String>,
    /// For each line of the outcome, whether it is an expression by itself.
    pub bare: Vec<bool>,
}

impl Session {
    /// An empty session; relative paths start at `folder`.
    pub fn new(folder: &Path) -> Session {
        let mut session = Session {
            items: Vec::new(),
            sources: Sources::default(),
            options: Options { folder: folder.to_path_buf(), ..Options::default() },
            results: RunResult::default(),
            names: Names::new(),
        };
        session.names = session.elaborate(&Script::default()).names;
        session
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Elaborates and runs an input; `name` is what diagnostics call it.
    pub fn feed(&mut self, name: &str, text: &str, watch: &dyn Watch) -> Answer {
        self.feed_from(name, text, None, watch)
    }

    /// Feeds the text of a script. Modules that it names by paths are looked for in its own folder.
    pub fn load(&mut self, path: &Path, text: &str, watch: &dyn Watch) -> Answer {
        let folder = path.parent().map(Path::to_path_buf).filter(|f| *f != self.options.folder);
        let mut answer = self.feed_from(&path.display().to_string(), text, folder, watch);
        answer.bare.clear();
        answer
    }

    fn feed_from(&mut self, name: &str, text: &str, folder: Option<PathBuf>, watch: &dyn Watch) -> Answer {
        let mut sources = self.sources.clone();
        let source = sources.add(name, text);
        let (mut input, diagnostics) = match syntax::parse_prompt(&sources, source) {
            Prompt::Complete(input, diagnostics) => (input, diagnostics),
            Prompt::Incomplete => syntax::parse(&sources, source),
        };
        if let Some(folder) = folder {
            let base = std::path::absolute(&folder).unwrap_or(folder);
            for item in &mut input.items {
                if let ItemKind::Use { path: UsePath::File(file, _), .. } = &mut item.kind {
                    *file = base.join(&*file).display().to_string();
                }
            }
        }
        let mut answer = Answer { diagnostics, sources, outcome: None, accepted: false, tasks: Vec::new(), bare: Vec::new() };
        if answer.diagnostics.iter().any(Diagnostic::is_error) {
            return answer;
        }
        if input.items.is_empty() {
            answer.accepted = true;
            return answer;
        }
        answer.tasks = input
            .items
            .iter()
            .filter_map(|i| if let ItemKind::Task(t) = &i.kind { Some(t.name.text.clone()) } else { None })
            .collect();
        let outputs = input.items.iter().filter(|i| !stays(i));
        answer.bare = outputs.map(|i| matches!(i.kind, ItemKind::Bare(_))).collect();

        let earlier = std::mem::replace(&mut self.sources, answer.sources.clone());
        let items = self.with(&input.items);
        let stage = self.elaborate(&Script { doc: None, items: items.clone() });
        answer.sources = stage.sources;
        // Warnings on earlier inputs were given when those were entered.
        let news = |d: &Diagnostic| d.is_error() || d.span.is_none_or(|s| s.source >= source);
        answer.diagnostics.extend(stage.diagnostics.into_iter().filter(news));
        if answer.diagnostics.iter().any(Diagnostic::is_error) {
            self.sources = earlier;
            return answer;
        }
        match run(&stage.elaborated, &self.results, watch) {
            Ok(outcome) => {
                let new_task = |d: &Diagnostic| d.is_error() || d.span.is_none_or(|s| s.source >= source);
                answer.diagnostics.extend(outcome.diagnostics.iter().filter(|d| new_task(d)).cloned());
                answer.accepted =
                    !outcome.interrupted && !outcome.diagnostics.iter().any(|d| d.is_error() && d.code != codes::EXPECT_FALSE);
                // Points are known by what they compute, so those of a stopped run serve the next attempt.
                self.remember(&outcome.result.tasks, &items);
                answer.outcome = Some(outcome);
            }
            Err(diagnostics) => answer.diagnostics.extend(diagnostics),
        }
        if answer.accepted {
            self.items = items.into_iter().filter(stays).collect();
            self.names = stage.names;
        } else {
            self.sources = earlier;
        }
        answer
    }

    /// The session's items with those of an input. An item that the input defines anew goes, and what uses its
    /// name comes after the input, so that it sees the new definition.
    fn with(&self, input: &[Item]) -> Vec<Item> {
        let mut changed: Vec<&str> = input.iter().filter_map(defines).collect();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for item in &self.items {
            if defines(item).is_some_and(|n| input.iter().filter_map(defines).any(|m| m == n)) {
                continue;
            }
            let text = self.sources.text(item.span);
            if words(text).any(|w| changed.contains(&w)) {
                changed.extend(defines(item));
                after.push(item.clone());
            } else {
                before.push(item.clone());
            }
        }
        // What is shown comes last: it may use everything.
        let (stay, outputs): (Vec<Item>, Vec<Item>) =
            if after.is_empty() { (input.to_vec(), Vec::new()) } else { input.iter().cloned().partition(stays) };
        before.into_iter().chain(stay).chain(after).chain(outputs).collect()
    }

    fn elaborate(&self, script: &Script) -> Stage {
        let mut sources = self.sources.clone();
        if sources.files.is_empty() {
            sources.add("prompt", "");
        }
        let last = sources.files.len() as u32 - 1;
        let mut elaborator = Elaborator::new(&mut sources, self.options.clone());
        let scope = Scope::inside(&elaborator.root());
        elaborator.script(script, last, &scope);
        elaborator.finish(&scope);
        let mut names = Names::new();
        for name in scope.names() {
            let Some(value) = scope.look_up(&name) else { continue };
            let own = scope.place(&name).flatten().is_some();
            let members = elaborator.members_of(&value);
            names.insert(name, Known { own, text: about(&value), members });
        }
        let elaborated = std::mem::take(&mut elaborator.elaborated);
        let mut diagnostics = std::mem::take(&mut elaborator.diagnostics);
        if !diagnostics.iter().any(Diagnostic::is_error) {
            diagnostics.extend(execute::check(&elaborated));
        }
        Stage { sources, elaborated, diagnostics, names }
    }

    /// Keeps results for later: those of tasks that are still there.
    fn remember(&mut self, tasks: &[TaskResult], items: &[Item]) {
        let there = |name: &str| items.iter().any(|i| defines(i) == Some(name));
        self.results
            .tasks
            .retain(|t| there(&t.name) && !tasks.iter().any(|u| u.name == t.name && u.points.iter().all(Option::is_some)));
        self.results.tasks.extend(tasks.iter().cloned());
    }
}

/// A session's items, elaborated.
struct Stage {
    sources: Sources,
    elaborated: Elaborated,
    diagnostics: Vec<Diagnostic>,
    names: Names,
}

fn run(elaborated: &Elaborated, earlier: &RunResult, watch: &dyn Watch) -> Result<Outcome, Vec<Diagnostic>> {
    let options = RunOptions {
        output: None,
        threads: 0,
        fresh: false,
        figures: false,
        command: vec!["ann".into(), "repl".into()],
        overrides: vec![],
    };
    execute::run_with(elaborated, &options, watch, earlier)
}

/// Whether an item belongs to the session, rather than being shown once.
fn stays(item: &Item) -> bool {
    !matches!(item.kind, ItemKind::Show(_) | ItemKind::Expect(_) | ItemKind::Plot { .. } | ItemKind::Bare(_))
}

/// The name that an item defines; there is one experiment.
fn defines(item: &Item) -> Option<&str> {
    Some(match &item.kind {
        ItemKind::Experiment { .. } => "experiment",
        ItemKind::Param(p) => &p.name.text,
        ItemKind::Let(l) => &l.name.text,
        ItemKind::Fn(f) => &f.name.text,
        ItemKind::Couplings(c) => &c.name.text,
        ItemKind::Network(n) => &n.name.text,
        ItemKind::Task(t) => &t.name.text,
        ItemKind::Schedule { name, .. } | ItemKind::Lattice { name, .. } | ItemKind::Model { name, .. } => &name.text,
        ItemKind::Use { alias, .. } => return alias.as_ref().map(|a| a.text.as_str()),
        ItemKind::Show(_) | ItemKind::Expect(_) | ItemKind::Plot { .. } | ItemKind::Bare(_) => return None,
    })
}

/// The words of a text, as identifiers have them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty())
}

fn about(value: &Value) -> String {
    let (kind, written) = (value.kind_name(), describe(value));
    match value {
        Value::Task(t) => {
            let over: Vec<String> = t.axes.iter().map(|a| format!("{} ({})", a.name, a.coordinates.len())).collect();
            let over = if over.is_empty() { String::new() } else { format!(" over {}", over.join(", ")) };
            format!("{kind}{over}: {}", t.quantities.iter().map(|q| q.name.as_str()).collect::<Vec<_>>().join(", "))
        }
        _ if written == kind => kind.to_string(),
        _ => format!("{written}, {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Line, Quiet};

    fn shown(answer: &Answer) -> Vec<String> {
        let texts = answer.diagnostics.iter().map(|d| d.message.clone());
        assert!(answer.accepted, "{:?}", texts.collect::<Vec<_>>());
        let lines = answer.outcome.iter().flat_map(|o| &o.lines);
        lines.map(|l| if let Line::Show { text, .. } = l { text.trim().to_string() } else { String::new() }).collect()
    }

    #[test]
    fn an_error_leaves_the_session_as_it_was() {
        let mut session = Session::new(Path::new(""));
        assert!(session.feed("prompt", "let a = 2", &Quiet).accepted);
        let answer = session.feed("prompt", "let b = a + nonsense", &Quiet);
        assert!(!answer.accepted);
        assert_eq!(answer.sources.line_column(answer.diagnostics[0].span.unwrap()), (1, 13));
        assert!(!session.names().contains_key("b"));
        assert_eq!(shown(&session.feed("prompt", "a + 1", &Quiet)), ["3"]);
        assert!(!session.feed("prompt", "let c = (", &Quiet).accepted);
    }

    #[test]
    fn a_new_definition_reaches_what_uses_it() {
        let mut session = Session::new(Path::new(""));
        for input in ["let a = 2", "let c = 5", "fn f(x) = a * x", "let a = c"] {
            assert!(session.feed("prompt", input, &Quiet).accepted, "{input}");
        }
        assert_eq!(shown(&session.feed("prompt", "f(2)\na", &Quiet)), ["10", "5"]);
        // Not where it would go round in a circle.
        assert!(session.feed("prompt", "let d = a + 1", &Quiet).accepted);
        assert!(!session.feed("prompt", "let a = d", &Quiet).accepted);
        assert_eq!(shown(&session.feed("prompt", "d", &Quiet)), ["6"]);
    }

    #[test]
    fn tasks_run_once() {
        let mut session = Session::new(Path::new(""));
        let task = "use std.lattice\nuse std.spin\nsample scan over T in [1, 2] {\n model: ising(chain(8))\n temperature: T\n method: exact\n observe { e = energy }\n}";
        let first = session.feed("prompt", task, &Quiet);
        assert!(first.accepted && first.tasks == ["scan"]);
        assert_eq!(first.outcome.map(|o| o.computed), Some(2));
        let second = session.feed("prompt", "let e1 = scan.e.at(T: 1)", &Quiet);
        assert_eq!(second.outcome.map(|o| (o.computed, o.kept)), Some((0, 2)));
        assert_eq!(session.names()["scan"].members, ["T", "e"]);
        assert!(session.names()["e1"].own && !session.names()["pi"].own);
    }
}
