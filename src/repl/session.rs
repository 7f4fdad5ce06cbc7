//! The state of the prompt: the items that were accepted, and the results that they have.
//!
//! An input is elaborated together with all accepted items and run; points whose results are there already
//! are not computed again. Tasks of earlier inputs are computed again only on request, by `refresh`. Whatever goes
//! wrong, the session is then as it was before.

use super::items::{defines, same_use, stays, words};
use super::names::{Known, Names, about};
use crate::diagnostic::{Diagnostic, Sources, codes};
use crate::elaborate::scope::Scope;
use crate::elaborate::{Elaborated, Elaborator, Options};
use crate::execute::{self, Earlier};
use crate::results::TaskResult;
use crate::session::{Outcome, RunOptions, Watch};
use crate::syntax::ast::{Expr, Item, ItemKind, Script, UsePath};
use crate::syntax::{self, Prompt};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How many inputs can be taken back.
const UNDO: usize = 100;
/// Results of tasks as they were defined before, kept for when a definition comes back.
const SPARE: usize = 32;

/// What an input changes, and `:undo` brings back.
#[derive(Clone, Default)]
pub(super) struct State {
    pub items: Vec<Item>,
    /// What was shown, claimed and drawn.
    pub outputs: Vec<Item>,
    pub tasks: Vec<Rc<TaskResult>>,
    pub names: Names,
    /// Tasks that are not up to date: how many of their points are there.
    pub open: BTreeMap<String, (usize, usize)>,
    pub elaborated: Rc<Elaborated>,
}

pub struct Session {
    pub(super) state: State,
    past: Vec<(String, State)>,
    /// The texts that the items come from, and the folders of those that are files from elsewhere.
    pub(super) sources: Sources,
    pub(super) folders: BTreeMap<u32, PathBuf>,
    pub(super) options: Options,
    /// Worker threads; 0: as many as there are processors.
    pub threads: usize,
    /// Scripts that the session has written.
    pub(super) saved: BTreeSet<PathBuf>,
    spare: Vec<Rc<TaskResult>>,
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
    /// Tasks of earlier inputs that it put out of date.
    pub outdated: Vec<String>,
}

impl Answer {
    fn new(diagnostics: Vec<Diagnostic>, sources: Sources) -> Answer {
        Answer { diagnostics, sources, outcome: None, accepted: false, tasks: Vec::new(), bare: Vec::new(), outdated: Vec::new() }
    }

    pub fn is_wrong(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Session {
    /// An empty session; relative paths start at `folder`.
    pub fn new(folder: &Path) -> Session {
        let mut session = Session {
            state: State::default(),
            past: Vec::new(),
            sources: Sources::default(),
            folders: BTreeMap::new(),
            options: Options { folder: folder.to_path_buf(), ..Options::default() },
            threads: 0,
            saved: BTreeSet::new(),
            spare: Vec::new(),
        };
        session.state.names = session.elaborate(&Script::default(), None).names;
        session
    }

    /// A session with these options and results, for the script of a result file.
    pub fn with(options: Options, tasks: Vec<TaskResult>) -> Session {
        let mut session = Session::new(Path::new(""));
        session.options = options;
        session.spare = tasks.into_iter().map(Rc::new).collect();
        session
    }

    pub fn names(&self) -> &Names {
        &self.state.names
    }

    /// Tasks that are not up to date, with how many of their points are there.
    pub fn open(&self) -> &BTreeMap<String, (usize, usize)> {
        &self.state.open
    }

    pub fn tasks(&self) -> &[Rc<TaskResult>] {
        &self.state.tasks
    }

    /// The session's plan.
    pub fn elaborated(&self) -> &Elaborated {
        &self.state.elaborated
    }

    /// Elaborates and runs an input; `name` is what diagnostics call it.
    pub fn feed(&mut self, name: &str, text: &str, watch: &dyn Watch) -> Answer {
        self.feed_from(name, text, None, false, watch)
    }

    /// Feeds the text of a script. Modules that it names by paths are looked for in its own folder.
    pub fn load(&mut self, path: &Path, text: &str, watch: &dyn Watch) -> Answer {
        let folder = path.parent().map(Path::to_path_buf).filter(|f| *f != self.options.folder);
        let mut answer = self.feed_from(&path.display().to_string(), text, folder, false, watch);
        answer.bare.clear();
        answer
    }

    /// Feeds a text of which no task is run: its results are there, or stay open.
    pub fn feed_held(&mut self, name: &str, text: &str, watch: &dyn Watch) -> Answer {
        self.feed_from(name, text, None, true, watch)
    }

    /// Computes what is not up to date: all of it, or some tasks.
    pub fn refresh(&mut self, only: Option<&str>, watch: &dyn Watch) -> Answer {
        let mut answer = Answer::new(Vec::new(), self.sources.clone());
        answer.tasks = self.state.open.keys().filter(|t| only.is_none_or(|o| o == t.as_str())).cloned().collect();
        let held = self.tasks_of(&self.state.items, &answer.tasks);
        let items = self.state.items.clone();
        self.take(items, Vec::new(), &held, 0, &mut answer, watch);
        answer
    }

    /// Takes the last input that defined something back; its first line.
    pub fn undo(&mut self) -> Option<String> {
        let (what, state) = self.past.pop()?;
        self.state = state;
        Some(what)
    }

    /// Reads an input, with what it shows as what it is at the prompt.
    pub(super) fn read(&self, name: &str, text: &str) -> (Script, u32, Answer) {
        let mut sources = self.sources.clone();
        let source = sources.add(name, text);
        let (script, diagnostics) = match syntax::parse_prompt(&sources, source) {
            Prompt::Complete(input, diagnostics) => (input, diagnostics),
            Prompt::Incomplete => syntax::parse(&sources, source),
        };
        (script, source, Answer::new(diagnostics, sources))
    }

    fn feed_from(&mut self, name: &str, text: &str, folder: Option<PathBuf>, hold: bool, watch: &dyn Watch) -> Answer {
        let (mut input, source, mut answer) = self.read(name, text);
        if let Some(folder) = folder {
            let base = std::path::absolute(&folder).unwrap_or(folder);
            for item in &mut input.items {
                if let ItemKind::Use { path: UsePath::File(file, _), .. } = &mut item.kind {
                    *file = base.join(&*file).display().to_string();
                }
            }
            self.folders.insert(source, base);
        }
        if answer.is_wrong() {
            return answer;
        }
        if input.items.is_empty() {
            answer.accepted = true;
            return answer;
        }
        let task = |i: &Item| if let ItemKind::Task(t) = &i.kind { Some(t.name.text.clone()) } else { None };
        answer.tasks = input.items.iter().filter_map(task).collect();
        answer.bare = input.items.iter().filter(|i| !stays(i)).map(|i| matches!(i.kind, ItemKind::Bare(_))).collect();

        let earlier = std::mem::replace(&mut self.sources, answer.sources.clone());
        input.items.retain(|new| !self.state.items.iter().any(|old| same_use(new, old)));
        let items = self.joined(&input.items);
        let held = self.tasks_of(&items, if hold { &[] } else { &answer.tasks });
        let before = self.state.clone();
        if self.take(items, input.items.clone(), &held, source, &mut answer, watch) {
            if input.items.iter().any(stays) {
                self.past.push((text.trim().lines().next().unwrap_or_default().to_string(), before));
                if self.past.len() > UNDO {
                    self.past.remove(0);
                }
            }
        } else {
            self.sources = earlier;
        }
        answer
    }

    /// Elaborates and runs items, and makes them the session's if nothing was wrong. `input`: those of them that are new.
    fn take(
        &mut self,
        items: Vec<Item>,
        input: Vec<Item>,
        held: &[String],
        source: u32,
        answer: &mut Answer,
        watch: &dyn Watch,
    ) -> bool {
        let stage = self.elaborate(&Script { doc: None, items: items.clone() }, None);
        answer.sources = stage.sources;
        // Warnings on earlier inputs were given when those were entered.
        let news = |d: &Diagnostic| d.is_error() || d.span.is_none_or(|s| s.source >= source);
        answer.diagnostics.extend(stage.diagnostics.into_iter().filter(news));
        if answer.is_wrong() {
            return false;
        }
        let mut outcome = match self.run(&stage.elaborated, held, None, watch) {
            Ok(outcome) => outcome,
            Err(diagnostics) => {
                answer.diagnostics.extend(diagnostics);
                return false;
            }
        };
        let allowed = [codes::EXPECT_FALSE, codes::INTERRUPTED];
        answer.accepted = !outcome.diagnostics.iter().any(|d| d.is_error() && !allowed.contains(&d.code));
        let open = open(&stage.elaborated, &outcome.result.tasks);
        for d in &mut outcome.diagnostics {
            if d.code == codes::INTERRUPTED {
                d.help = Some("what is finished is kept; `:refresh` computes what is missing".to_string());
            } else if d.code == codes::RUN_FAILED && !open.is_empty() {
                d.help.get_or_insert_with(|| "`:refresh` computes the tasks that are not up to date".to_string());
            }
        }
        answer.diagnostics.extend(outcome.diagnostics.iter().filter(|d| news(d)).cloned());
        // Points are known by what they compute, so those of a refused input serve the next attempt.
        let tasks = std::mem::take(&mut outcome.result.tasks);
        if answer.accepted {
            let known = |name: &str| self.state.tasks.iter().any(|t| t.name == name);
            let fresh = |name: &&String| known(name) && !self.state.open.contains_key(*name) && !answer.tasks.contains(name);
            answer.outdated = open.keys().filter(fresh).cloned().collect();
            self.remember(&tasks);
            self.state.outputs.extend(input.into_iter().filter(|i| !stays(i)));
            self.state.items = items.into_iter().filter(stays).collect();
            self.state.names = stage.names;
            self.state.open = open;
            self.state.elaborated = Rc::new(stage.elaborated);
        } else {
            self.keep_spare(tasks.iter().cloned().map(Rc::new));
        }
        outcome.result.tasks = tasks;
        answer.outcome = Some(outcome);
        answer.accepted
    }

    /// Runs a plan with the session's results; into a file, if there is one.
    pub(super) fn run(
        &self,
        elaborated: &Elaborated,
        held: &[String],
        output: Option<PathBuf>,
        watch: &dyn Watch,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let options = RunOptions {
            figures: output.is_some(),
            output,
            threads: self.threads,
            fresh: false,
            command: vec!["ann".into(), "repl".into()],
            overrides: vec![],
        };
        let tasks: Vec<&TaskResult> = self.spare.iter().chain(&self.state.tasks).map(|t| &**t).collect();
        execute::run_with(elaborated, &options, watch, &Earlier { tasks: &tasks, held })
    }

    /// The tasks among some items, but for those of `except`.
    fn tasks_of(&self, items: &[Item], except: &[String]) -> Vec<String> {
        let tasks = items.iter().filter(|i| matches!(i.kind, ItemKind::Task(_))).filter_map(defines);
        tasks.filter(|name| !except.iter().any(|e| e == name)).map(str::to_string).collect()
    }

    /// The session's items with those of an input. An item that the input defines anew goes, and what uses its
    /// name comes after the input, so that it sees the new definition.
    pub(super) fn joined(&self, input: &[Item]) -> Vec<Item> {
        let mut changed: Vec<&str> = input.iter().filter_map(defines).collect();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for item in &self.state.items {
            let text = self.sources.text(item.span);
            if defines(item).is_some_and(|n| input.iter().filter_map(defines).any(|m| m == n)) {
                continue;
            }
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

    /// Elaborates items; what an expression is in their scope, if there is one.
    pub(super) fn elaborate(&self, script: &Script, look: Option<&Expr>) -> Stage {
        self.elaborate_in(self.sources.clone(), script, look)
    }

    /// Elaborates items whose texts are in `sources`.
    pub(super) fn elaborate_in(&self, mut sources: Sources, script: &Script, look: Option<&Expr>) -> Stage {
        if sources.files.is_empty() {
            sources.add("prompt", "");
        }
        let last = sources.files.len() as u32 - 1;
        let mut elaborator = Elaborator::new(&mut sources, self.options.clone());
        let scope = Scope::inside(&elaborator.root());
        elaborator.script(script, last, &scope);
        let looked = look.and_then(|e| elaborator.evaluate(e, &scope).ok()).map(|value| about(&value));
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
        Stage { sources, elaborated, diagnostics, names, looked }
    }

    /// The results of the session's tasks from now on. What they were before is kept aside.
    fn remember(&mut self, tasks: &[TaskResult]) {
        let there = |t: &TaskResult| t.points.iter().flatten().count();
        let earlier = std::mem::take(&mut self.state.tasks);
        let same = |new: &TaskResult| {
            let old = earlier.iter().find(|t| t.name == new.name)?;
            (old.plan_hash == new.plan_hash && there(old) == there(new)).then(|| old.clone())
        };
        let now: Vec<Rc<TaskResult>> = tasks.iter().map(|t| same(t).unwrap_or_else(|| Rc::new(t.clone()))).collect();
        let gone: Vec<_> = earlier.into_iter().filter(|t| !now.iter().any(|n| Rc::ptr_eq(n, t)) && there(t) > 0).collect();
        self.state.tasks = now;
        self.keep_spare(gone.into_iter());
    }

    fn keep_spare(&mut self, tasks: impl Iterator<Item = Rc<TaskResult>>) {
        self.spare.extend(tasks);
        let surplus = self.spare.len().saturating_sub(SPARE);
        self.spare.drain(..surplus);
    }
}

/// A session's items, elaborated.
pub(super) struct Stage {
    pub sources: Sources,
    pub elaborated: Elaborated,
    pub diagnostics: Vec<Diagnostic>,
    pub names: Names,
    pub looked: Option<String>,
}

/// Tasks of a plan that have not all of their points.
fn open(elaborated: &Elaborated, results: &[TaskResult]) -> BTreeMap<String, (usize, usize)> {
    let there = |name: &str| results.iter().find(|t| t.name == name).map_or(0, |t| t.points.iter().flatten().count());
    let all = elaborated.plan.tasks.iter().map(|t| (t.name.clone(), (there(&t.name), t.len())));
    all.filter(|(_, (some, all))| some < all).collect()
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
