//! Names in a script's tree: where each is defined, and what it is. The ground of going to definitions, renaming,
//! colours, and completion of local names.
//!
//! Follows the language's scopes as the elaborator has them, but evaluates nothing, so that it also serves a script
//! that is half written. Axes of one name are one symbol: values align by them.

use super::exports::Exports;
use crate::diagnostic::Span;
use crate::syntax::ast::*;
use std::collections::BTreeMap;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Param,
    Let,
    Function,
    Couplings,
    Schedule,
    Lattice,
    Model,
    Network,
    Task,
    Plot,
    Module,
    Axis,
    Quantity,
    Variable,
    /// A parameter of a function, a model, a network or a lattice.
    Parameter,
    /// Bound by a sum, a comprehension, a lambda, or an entry of a network.
    Local,
    Setting,
    Block,
    Member,
    Type,
    /// Built in, or not known at all.
    Outside,
}

/// A name at a place.
#[derive(Clone, Debug)]
pub struct Occurrence {
    pub name: String,
    pub span: Span,
    pub what: What,
    /// Where it is defined, if that is in a text.
    pub definition: Option<Span>,
    /// The block of a setting; what stands before the point of a member; what is called, for a named argument.
    pub of: Option<String>,
}

/// A name that is visible in a part of the text.
#[derive(Clone, Debug)]
pub struct Visible {
    pub name: String,
    pub what: What,
    pub extent: Span,
}

/// All names of a script.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub occurrences: Vec<Occurrence>,
    pub visible: Vec<Visible>,
    /// What the script defines, with what can be said of it without evaluating.
    pub own: Exports,
}

impl Names {
    /// The name at a byte; one that ends there counts too.
    pub fn at(&self, source: u32, at: usize) -> Option<&Occurrence> {
        let touches = |o: &&Occurrence| o.span.source == source && o.span.start as usize <= at && at <= o.span.end as usize;
        let inside = |o: &&Occurrence| at < o.span.end as usize;
        self.occurrences.iter().filter(touches).find(inside).or_else(|| self.occurrences.iter().find(touches))
    }

    /// All places of what is defined at a place.
    pub fn places(&self, definition: Span) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter().filter(move |o| o.definition == Some(definition))
    }
}

/// Resolves a script; `used` is what its modules bring.
pub fn resolve(script: &Script, source: u32, length: usize, used: Exports) -> Names {
    let own = Exports::of(script, used.clone());
    let whole = Span::new(source, 0, length);
    let mut r =
        Resolver { names: Names { own, ..Names::default() }, used, frames: vec![], extents: vec![whole], axes: BTreeMap::new() };
    r.script(script);
    let mut seen = std::collections::BTreeSet::new();
    r.names.occurrences.retain(|o| seen.insert((o.span.start, o.span.end)));
    r.names
}

pub(super) struct Resolver {
    pub(super) names: Names,
    used: Exports,
    frames: Vec<BTreeMap<String, (Span, What)>>,
    extents: Vec<Span>,
    /// Axes by name, with the place of the first of them.
    axes: BTreeMap<String, Span>,
}

impl Resolver {
    fn script(&mut self, script: &Script) {
        let top: BTreeMap<String, (Span, What)> =
            self.names.own.names.iter().map(|(n, d)| (n.clone(), (d.span, d.what))).collect();
        self.frames.push(top);
        for item in &script.items {
            if let ItemKind::Task(task) = &item.kind {
                for axis in &task.axes {
                    self.axes.entry(axis.name.text.clone()).or_insert(axis.name.span);
                }
            }
        }
        for item in &script.items {
            self.item(item);
        }
    }

    /// Opens a frame whose names are visible in a part of the text.
    pub(super) fn open(&mut self, extent: Span) {
        self.frames.push(BTreeMap::new());
        self.extents.push(extent);
    }

    pub(super) fn close(&mut self) {
        self.frames.pop();
        self.extents.pop();
    }

    /// Defines a name in the innermost frame.
    pub(super) fn define(&mut self, name: &Name, what: What) {
        let span = if what == What::Axis { self.axes.get(&name.text).copied().unwrap_or(name.span) } else { name.span };
        self.bind(&name.text, span, what);
        self.note(name, what, Some(span), None);
    }

    /// Makes a name visible in the innermost frame, with a definition elsewhere.
    pub(super) fn bind(&mut self, name: &str, span: Span, what: What) {
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(name.to_string(), (span, what));
        }
        if let Some(&extent) = self.extents.last() {
            self.names.visible.push(Visible { name: name.to_string(), what, extent });
        }
    }

    pub(super) fn note(&mut self, name: &Name, what: What, definition: Option<Span>, of: Option<String>) {
        self.names.occurrences.push(Occurrence { name: name.text.clone(), span: name.span, what, definition, of });
    }

    fn look_up(&self, name: &str) -> Option<(Span, What)> {
        self.frames
            .iter()
            .rev()
            .find_map(|f| f.get(name).copied())
            .or_else(|| self.used.names.get(name).map(|d| (d.span, d.what)))
            .or_else(|| self.axes.get(name).map(|&s| (s, What::Axis)))
    }

    /// A name in an expression.
    pub(super) fn reference(&mut self, name: &Name) {
        match self.look_up(&name.text) {
            Some((span, what)) => self.note(name, what, Some(span), None),
            None => self.note(name, What::Outside, None, None),
        }
    }

    /// What a name of this script or its modules has inside: the quantities of a task, the body of a model.
    pub(super) fn inside(&self, name: &str) -> Option<&[(String, Span, What)]> {
        self.names.own.find(name).map(|d| d.inside.as_slice())
    }

    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Experiment { settings, .. } => self.settings("experiment", settings),
            ItemKind::Use { path, alias } => {
                if let UsePath::Module(parts) = path {
                    let whole: Vec<&str> = parts.iter().map(|p| p.text.as_str()).collect();
                    for part in parts {
                        self.note(part, What::Module, None, Some(whole.join(".")));
                    }
                }
                if let Some(alias) = alias {
                    self.note(alias, What::Module, Some(alias.span), None);
                }
            }
            ItemKind::Param(p) => {
                self.types(p.ty.as_ref());
                self.expr(&p.value);
                self.note(&p.name, What::Param, Some(p.name.span), None);
            }
            ItemKind::Let(l) => {
                self.binding(&l.value);
                self.note(&l.name, What::Let, Some(l.name.span), None);
            }
            ItemKind::Fn(f) => {
                self.note(&f.name, What::Function, Some(f.name.span), None);
                self.open(item.span);
                self.parameters(&f.params);
                f.requires.iter().for_each(|e| self.expr(e));
                self.expr(&f.body);
                self.close();
            }
            ItemKind::Couplings(c) => {
                self.couplings(c);
                self.note(&c.name, What::Couplings, Some(c.name.span), None);
            }
            ItemKind::Schedule { name, value } => {
                self.expr(value);
                self.note(name, What::Schedule, Some(name.span), None);
            }
            ItemKind::Lattice { name, params, requires, settings } => {
                self.note(name, What::Lattice, Some(name.span), None);
                self.open(item.span);
                self.parameters(params);
                requires.iter().for_each(|e| self.expr(e));
                self.settings("lattice", settings);
                self.close();
            }
            ItemKind::Model { name, params, body } => {
                self.note(name, What::Model, Some(name.span), None);
                self.open(item.span);
                self.parameters(params);
                self.model(body);
                self.close();
            }
            ItemKind::Network(n) => {
                self.note(&n.name, What::Network, Some(n.name.span), None);
                self.open(item.span);
                self.parameters(&n.params);
                n.requires.iter().for_each(|e| self.expr(e));
                self.network(&n.body);
                self.close();
            }
            ItemKind::Task(task) => self.task(task, item.span),
            ItemKind::Plot { name, settings } => {
                self.note(name, What::Plot, Some(name.span), None);
                self.settings("plot", settings);
            }
            ItemKind::Show(e) | ItemKind::Expect(e) | ItemKind::Bare(e) => self.expr(e),
        }
    }

    pub(super) fn types(&mut self, ty: Option<&Name>) {
        if let Some(ty) = ty {
            self.note(ty, What::Type, None, None);
        }
    }

    fn parameters(&mut self, params: &[Parameter]) {
        for p in params {
            self.types(p.ty.as_ref());
            if let Some(default) = &p.default {
                self.expr(default);
            }
            self.define(&p.name, What::Parameter);
        }
    }

    pub(super) fn settings(&mut self, block: &str, settings: &[Setting]) {
        for s in settings {
            self.note(&s.name, What::Setting, None, Some(block.to_string()));
            self.expr(&s.value);
        }
    }

    pub(super) fn binding(&mut self, binding: &Binding) {
        match binding {
            Binding::Is(e) => self.expr(e),
            Binding::Draw { distribution, by } => {
                self.expr(distribution);
                by.iter().for_each(|e| self.expr(e));
            }
        }
    }

    pub(super) fn couplings(&mut self, c: &Couplings) {
        if let Some(on) = &c.on {
            self.expr(on);
        }
        self.binding(&c.value);
    }

    pub(super) fn local_let(&mut self, l: &Let) {
        self.binding(&l.value);
        self.define(&l.name, What::Let);
    }

    /// The place of the axis of a name, for arguments such as `at(T: 2)`.
    pub(super) fn axis(&self, name: &str) -> Option<Span> {
        self.axes.get(name).copied()
    }

    /// The definition of a name in what modules bring or the script has, behind a point: `c.f`, `scan.m`.
    pub(super) fn member_of(&self, base: &str, member: &str) -> Option<(Span, What)> {
        if let Some(module) = self.names.own.modules.get(base) {
            return module.names.get(member).map(|d| (d.span, d.what));
        }
        let found = self.inside(base)?.iter().find(|(n, _, _)| n == member)?;
        match found.2 {
            What::Axis => Some((self.axis(member).unwrap_or(found.1), What::Axis)),
            what => Some((found.1, what)),
        }
    }
}
