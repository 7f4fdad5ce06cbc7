//! Elaboration: from the syntax tree to the plan.
//!
//! Everything that does not depend on results is evaluated here, so that every error that can be
//! known before the run is reported before it. What depends on a state or on results becomes an
//! expression of the plan. No kernel is known here, and nothing is computed that takes long.

pub mod arguments;
mod arithmetic;
mod bounds;
pub mod builtins;
pub mod call;
mod couplings;
pub(crate) mod data;
mod disorder;
mod elsewhere;
mod expression;
mod fitting;
pub(crate) mod graph;
mod independent;
mod indexing;
mod items;
mod known;
pub mod landscape;
pub(crate) mod lattice;
mod limits;
mod local_field;
mod member;
mod model;
pub(crate) mod modules;
mod names;
pub mod network;
mod output;
mod plot;
mod reduce;
mod repetitions;
mod rows;
pub mod scope;
pub mod settings;
mod symbolic;
mod synonyms;
pub mod task;
mod types;
pub mod value;
pub mod variable;

use crate::diagnostic::{Code, Diagnostic, Sources, Span, codes};
use crate::plan::Plan;
use crate::plan::graph::Graph;
use crate::syntax::ast;
pub use independent::independent;
use scope::Scope;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;
use task::Places;
use value::{Eval, Failed, Instance, Value};

/// What the command line says about a script.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--set NAME=VALUE`; the value is an expression of the language.
    pub set: Vec<(String, String)>,
    /// `--seed N`
    pub seed: Option<u64>,
    /// The folder that relative paths of the script start from.
    pub folder: PathBuf,
    /// Texts of files that are read from here rather than from the disk (a script stored in a result file).
    pub files: BTreeMap<String, String>,
}

/// A parameter as it was used.
#[derive(Clone, Debug)]
pub struct UsedParam {
    pub name: String,
    pub doc: Option<String>,
    /// JSON text of the value.
    pub value: String,
}

/// The plan and what the file stores beside it.
#[derive(Default)]
pub struct Elaborated {
    pub plan: Plan,
    pub params: Vec<UsedParam>,
    /// `authors`, `doi`, ...
    pub attributes: Vec<(String, String)>,
    pub doc: Option<String>,
    /// (name, text): the script first, then what it used.
    pub sources: Vec<(String, String)>,
    /// Where the tasks' settings stand.
    pub places: Vec<Places>,
}

/// How deep calls may nest, how deep expressions in calls, and how many steps all of the elaboration may take.
const DEPTH: u32 = 150;
const NESTING: u32 = 2_000;
const STEPS: u64 = 20_000_000;
/// Bytes of stack for that depth; the system gives only what is used.
const STACK: usize = 128 << 20;

/// What an expression may speak of at the place where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Top level, settings: known values and results.
    Plain,
    /// The body of a model: its variables.
    Model,
    /// `observe`: the state, at one measurement.
    Observe,
    /// `estimate`: observed quantities, inside `avg`.
    Estimate,
}

pub struct Elaborator<'a> {
    pub(crate) sources: &'a mut Sources,
    pub(crate) options: Options,
    pub diagnostics: Vec<Diagnostic>,
    pub elaborated: Elaborated,
    pub(crate) root: Rc<Scope>,
    pub(crate) stage: Stage,
    pub(crate) inside_average: bool,
    pub(crate) depth: u32,
    pub(crate) nesting: u32,
    /// Names that the script declares at top level, with their places.
    pub(crate) declared: HashMap<String, Option<Span>>,
    pub(crate) steps: u64,
    /// The steps are used up, and that has been said.
    pub(crate) exhausted: bool,
    /// Bound indices, by the number of their binder, that have been said to leave their set.
    pub(crate) blamed: Vec<u32>,
    /// The next number for a bound index or a binder.
    pub(crate) next_local: u32,
    /// The ranges of the bound indices in force, by number, and how many filters are in force.
    pub(crate) ranges: HashMap<u32, (i64, i64)>,
    pub(crate) filters: u32,
    /// Variables of the model in hand: (name, sites, graph, values).
    pub(crate) variables: Vec<crate::plan::Variable>,
    pub(crate) weights: Vec<crate::plan::network::Parameter>,
    /// The network that is being built, and those that were, by what made them.
    pub(crate) network: Option<network::Building>,
    pub(crate) networks: HashMap<String, Rc<network::NetworkInstance>>,
    /// What a `record` or a `probe` looks at.
    pub(crate) looking: Option<landscape::Looking>,
    /// Data sets (by their numbers in the plan) that are known to fit a network.
    /// What has been read of files of data.
    pub(crate) loader: crate::plan::data::Loader,
    pub(crate) fitting: std::collections::HashSet<(u32, u32)>,
    /// Arrays of data sets that were asked for, the newest last.
    pub(crate) members: Vec<(Rc<crate::plan::data::DataSet>, String, Value)>,
    /// Graphs of the plan's table by their short descriptions.
    pub(crate) graph_index: HashMap<String, Vec<u32>>,
    /// Couplings of the plan's table by their likeness.
    pub(crate) couplings_index: HashMap<u64, Vec<u32>>,
    /// Linear terms of files of couplings, one a site, by the number of the couplings.
    pub(crate) linear: HashMap<u32, Vec<f64>>,
    pub(crate) instances: HashMap<String, Option<Rc<Instance>>>,
    pub(crate) lattices: HashMap<String, Option<u32>>,
    /// The distances of the pairs of a graph, up to one whose bits are given.
    pub(crate) distance_lists: HashMap<(u32, u64), std::sync::Arc<Vec<f64>>>,
    /// The distances from the site that was asked for last: (graph, site, distances).
    pub(crate) distance_row: Option<(u32, usize, Vec<f64>)>,
    pub(crate) modules: HashMap<String, Option<Rc<Scope>>>,
    pub(crate) loading: Vec<String>,
    /// A module could not be found: names of the standard library, or (true) any names, may have been meant to come from it.
    pub(crate) lost_module: Option<bool>,
    pub(crate) set_used: Vec<bool>,
    pub(crate) show_count: u32,
    pub(crate) seed: u64,
    /// The coordinates of the point in hand, and the values of a task's axes.
    pub(crate) point: Vec<(String, Value)>,
    pub(crate) axis_values: Option<Vec<Vec<Value>>>,
    /// The call of the user's that library code is running for: errors in there are shown at this place.
    pub(crate) caller: Option<Span>,
    /// The calls in force, the innermost last.
    pub(crate) calls: Vec<Span>,
}

/// Elaborates a whole script. The plan is complete only if no diagnostic is an error.
pub fn elaborate(script: &ast::Script, source: u32, sources: &mut Sources, options: Options) -> (Elaborated, Vec<Diagnostic>) {
    let go = |sources: &mut Sources, options: Options| {
        let mut e = Elaborator::new(sources, options);
        let scope = Scope::inside(&e.root);
        e.script(script, source, &scope);
        e.finish(&scope);
        (std::mem::take(&mut e.elaborated), std::mem::take(&mut e.diagnostics))
    };
    // A thread of its own: functions may call each other deeper than a caller's stack goes.
    let done = std::thread::scope(|threads| {
        let (sources, options) = (&mut *sources, options.clone());
        let handle = std::thread::Builder::new().stack_size(STACK).spawn_scoped(threads, move || go(sources, options)).ok()?;
        Some(handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    done.unwrap_or_else(|| go(sources, options))
}

impl<'a> Elaborator<'a> {
    pub fn new(sources: &'a mut Sources, options: Options) -> Elaborator<'a> {
        let set_used = vec![false; options.set.len()];
        let seed = options.seed.unwrap_or(0);
        Elaborator {
            sources,
            diagnostics: Vec::new(),
            elaborated: Elaborated::default(),
            root: builtins::root_scope(),
            stage: Stage::Plain,
            inside_average: false,
            depth: 0,
            nesting: 0,
            declared: HashMap::new(),
            steps: 0,
            exhausted: false,
            blamed: Vec::new(),
            next_local: 0,
            ranges: HashMap::new(),
            filters: 0,
            variables: Vec::new(),
            weights: Vec::new(),
            network: None,
            networks: HashMap::new(),
            looking: None,
            loader: Default::default(),
            fitting: Default::default(),
            members: Vec::new(),
            graph_index: HashMap::new(),
            couplings_index: HashMap::new(),
            linear: HashMap::new(),
            instances: HashMap::new(),
            lattices: HashMap::new(),
            distance_lists: HashMap::new(),
            distance_row: None,
            modules: HashMap::new(),
            loading: Vec::new(),
            lost_module: None,
            set_used,
            show_count: 0,
            seed,
            caller: None,
            calls: Vec::new(),
            point: Vec::new(),
            axis_values: None,
            options,
        }
    }

    /// The scope that holds the built-in names.
    pub fn root(&self) -> Rc<Scope> {
        self.root.clone()
    }

    /// Gives a diagnostic, once for a code and a place. Library code does not leak its own lines:
    /// what goes wrong in there is shown at the call.
    pub(crate) fn fail(&mut self, mut diagnostic: Diagnostic) -> Failed {
        if let (Some(caller), Some(span)) = (self.caller, diagnostic.span)
            && self.is_library(span.source)
        {
            diagnostic.span = Some(caller);
            diagnostic.related.retain(|(s, _)| s.source == caller.source);
        }
        if let (Some(call), Some(span), None) = (self.calls.last(), diagnostic.span, self.caller) {
            let inside = call.source == span.source && call.start <= span.start && span.end <= call.end;
            if !inside && diagnostic.code != codes::CIRCULAR {
                diagnostic.related.push((*call, "in this call".to_string()));
            }
        }
        let known = self.diagnostics.iter().any(|d| d.code == diagnostic.code && d.span == diagnostic.span);
        if !known || diagnostic.span.is_none() {
            self.diagnostics.push(diagnostic);
        }
        Failed
    }

    pub(crate) fn warn(&mut self, diagnostic: Diagnostic) {
        let _ = self.fail(diagnostic);
    }

    pub(crate) fn error<T>(&mut self, code: Code, span: Span, message: impl Into<String>) -> Eval<T> {
        Err(self.fail(Diagnostic::error(code, span, message)))
    }

    pub(crate) fn is_library(&self, source: u32) -> bool {
        self.sources.files.get(source as usize).is_some_and(|f| f.name.starts_with("std."))
    }

    /// The text of an expression, with its line breaks and blanks folded.
    pub(crate) fn source_text(&self, span: Span) -> String {
        self.sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The index of a graph in the plan; equal graphs have one index.
    pub(crate) fn intern_graph(&mut self, graph: Graph) -> u32 {
        let graphs = &mut self.elaborated.plan.graphs;
        let known = self.graph_index.entry(graph.describe()).or_default();
        if let Some(&index) = known.iter().find(|&&k| graphs[k as usize] == graph) {
            return index;
        }
        let index = graphs.len() as u32;
        graphs.push(graph);
        known.push(index);
        index
    }

    pub(crate) fn graph(&self, index: u32) -> &Graph {
        &self.elaborated.plan.graphs[index as usize]
    }

    /// Counts a step of work, and stops what does not end.
    pub(crate) fn step(&mut self, span: Span) -> Eval<()> {
        self.steps += 1;
        if self.steps <= STEPS {
            return Ok(());
        }
        if !std::mem::replace(&mut self.exhausted, true) {
            let d = Diagnostic::error(codes::TOO_LONG, span, "the script asks for more than can be worked out before the run")
                .label("given up here")
                .help("a plan is a description: what takes millions of steps belongs into an energy or an observable");
            self.fail(d);
        }
        Err(Failed)
    }

    /// Runs something deeper, unless that is too deep.
    pub(crate) fn deeper<T>(&mut self, span: Span, f: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        if self.depth >= DEPTH {
            return Err(self.too_deep(span));
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    /// Evaluates a part of an expression, unless that nests too deeply.
    pub(crate) fn nested<T>(&mut self, span: Span, f: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        if self.nesting >= NESTING {
            return Err(self.too_deep(span));
        }
        self.nesting += 1;
        let result = f(self);
        self.nesting -= 1;
        result
    }

    fn too_deep(&mut self, span: Span) -> Failed {
        let d = Diagnostic::error(codes::CIRCULAR, span, "calls nest too deeply")
            .label("called here for the last time")
            .help("a function that calls itself needs a case in which it does not");
        self.fail(d)
    }

    /// A name that is not there, with the nearest that is.
    pub(crate) fn undefined(&mut self, name: &str, span: Span, scope: &Scope) -> Failed {
        let names = scope.names();
        match self.declared.get(name) {
            // What was wrong with the declaration, or with the module, has been said.
            Some(None) => return Failed,
            _ if self.lost_module == Some(true) || (self.lost_module.is_some() && modules::module_of(name).is_some()) => {
                return Failed;
            }
            Some(Some(place)) if place.source == span.source && place.start > span.start => {
                let d = Diagnostic::error(codes::UNDEFINED, span, format!("`{name}` is defined only further down"))
                    .label("not known yet")
                    .related(*place, "defined here")
                    .help("move its definition above this line");
                return self.fail(d);
            }
            _ => {}
        }
        let mut d = Diagnostic::error(codes::UNDEFINED, span, format!("`{name}` is not defined"));
        if let Some(module) = modules::module_of(name) {
            d = d.label("not known here").help(format!("it is in the standard library: write `use {module}` above"));
        } else if let Some((_, help)) = MEANT.iter().find(|m| m.0 == name) {
            d = d.label("not known here").help(*help);
        } else if crate::syntax::ITEM_WORDS.contains(&name) {
            d = d.label("a word that begins an item").help(format!("write what follows it; `ann doc {name}` shows an example"));
        } else if let Some(near) = crate::diagnostic::nearest(name, names.iter().map(String::as_str).filter(|n| alike(name, n))) {
            d = d.label("not known here").help(format!("did you mean `{near}`?"));
        } else {
            d = d.label("not known here").help("define it above with `let` or `param`, or name its module with `use`");
        }
        self.fail(d)
    }

    /// Evaluates an expression in a scope, for the prompt.
    pub fn evaluate(&mut self, expr: &ast::Expr, scope: &Rc<Scope>) -> Eval<Value> {
        self.eval(expr, scope)
    }
}

/// What other languages call what has another name here.
const MEANT: &[(&str, &str)] = &[
    ("same", "write it as a text: `\"same\"`"),
    ("xavier", "the initialiser of Glorot and Bengio is `glorot()`, or `glorot_normal()`"),
    ("xavier_uniform", "it is `glorot()` here"),
    ("xavier_normal", "it is `glorot_normal()` here"),
    ("kaiming", "the initialiser of He et al. is `he()`"),
    ("f32", "it is a word of `precision: f32`, and of an axis: `over p in [f32, f64]`"),
    ("f64", "it is a word of `precision: f64`, and of an axis: `over p in [f32, f64]`"),
];

/// Whether a name is long enough to stand for another by a slip: one letter resembles too much.
fn alike(name: &str, other: &str) -> bool {
    let (a, b) = (name.chars().count(), other.chars().count());
    a.abs_diff(b) <= a / 2
}
