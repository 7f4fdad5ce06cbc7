//! What a script or a module defines at top level: places, kinds, parameters, and what lies inside of each.

use super::resolve::What;
use crate::diagnostic::{Sources, Span};
use crate::syntax::ast::*;
use std::collections::BTreeMap;

/// A name at top level.
#[derive(Clone, Debug)]
pub struct Defined {
    pub span: Span,
    pub what: What,
    pub doc: Option<String>,
    /// Of functions, models, networks and lattices.
    pub params: Vec<(String, Span)>,
    /// Quantities and axes of a task, names of a model's or network's body.
    pub inside: Vec<(String, Span, What)>,
    /// The model that a task moves, or what a `let` calls.
    pub model: Option<String>,
}

/// All that a text defines, or that modules bring into it.
#[derive(Clone, Debug, Default)]
pub struct Exports {
    pub names: BTreeMap<String, Defined>,
    /// Modules with a name of their own (`use ... as NAME`).
    pub modules: BTreeMap<String, Exports>,
    /// What modules bring without a name: seen where the text itself defines nothing of the name.
    pub brought: BTreeMap<String, Defined>,
}

impl Exports {
    /// What a script defines, over what its modules bring.
    pub fn of(script: &Script, used: Exports) -> Exports {
        let mut out = Exports { names: BTreeMap::new(), modules: used.modules, brought: used.names };
        for item in &script.items {
            if let Some(mut defined) = define(item) {
                let name = std::mem::take(&mut defined.0);
                out.names.entry(name).or_insert(defined.1);
            }
        }
        // A task's names include those of the model that it moves, as `observe` sees them; a probe's axes those of its target.
        let tasks: Vec<(String, String)> = script
            .items
            .iter()
            .filter_map(
                |i| if let ItemKind::Task(t) = &i.kind { Some((t.name.text.clone(), head(t.of.as_ref()?)?)) } else { None },
            )
            .collect();
        for (task, target) in tasks {
            let axes: Vec<(String, Span, What)> = out
                .find(&target)
                .map_or_else(Vec::new, |d| d.inside.iter().filter(|(_, _, w)| *w == What::Axis).cloned().collect());
            if let Some(defined) = out.names.get_mut(&task) {
                defined.inside.extend(axes);
            }
        }
        out
    }

    /// A name of the text or of its modules.
    pub fn find(&self, name: &str) -> Option<&Defined> {
        self.names.get(name).or_else(|| self.brought.get(name))
    }

    /// What a path such as `c.ising` or `ising` names.
    pub fn find_path(&self, path: &str) -> Option<&Defined> {
        match path.split_once('.') {
            None => self.find(path),
            Some((module, name)) => self.modules.get(module)?.find(name),
        }
    }

    /// The names inside the model that a task moves, through one `let` and through the target of a probe.
    pub fn body_of(&self, name: &str, depth: usize) -> Vec<(String, Span, What)> {
        match self.find_path(name) {
            Some(d) if matches!(d.what, What::Model | What::Network) => {
                let params = d.params.iter().map(|(n, s)| (n.clone(), *s, What::Parameter));
                params.chain(d.inside.iter().cloned()).collect()
            }
            Some(d) if depth < 4 => d.model.as_ref().map_or_else(Vec::new, |m| self.body_of(m, depth + 1)),
            _ => Vec::new(),
        }
    }
}

/// What the modules that a script uses bring. `sources` holds their texts, by the names in the script.
pub fn used(script: &Script, sources: &Sources, loading: &mut Vec<String>) -> Exports {
    let mut out = Exports::default();
    for item in &script.items {
        let ItemKind::Use { path, alias } = &item.kind else { continue };
        let name = module_name(path);
        let found = sources.files.iter().position(|f| f.name == name).filter(|&k| k > 0);
        let Some(source) = found.filter(|_| !loading.contains(&name)) else { continue };
        loading.push(name);
        let (module, _) = crate::syntax::parse(sources, source as u32);
        let below = used(&module, sources, loading);
        loading.pop();
        let mut exports = Exports::of(&module, below);
        // A module hands on what it uses itself.
        for (n, d) in std::mem::take(&mut exports.brought) {
            exports.names.entry(n).or_insert(d);
        }
        match alias {
            Some(alias) => {
                out.modules.insert(alias.text.clone(), exports);
            }
            None => out.names.extend(exports.names),
        }
    }
    out
}

/// A module as its `use` names it.
pub fn module_name(path: &UsePath) -> String {
    match path {
        UsePath::Module(parts) => parts.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("."),
        UsePath::File(path, _) => path.clone(),
    }
}

/// What is called or named: `ising` of `ising(square(8))`, `c.ising` of `c.ising(8)`.
pub fn head(e: &Expr) -> Option<String> {
    match &*e.kind {
        ExprKind::Name(n) => Some(n.clone()),
        ExprKind::Call { callee, .. } => head(callee),
        ExprKind::Member { base, name } => Some(format!("{}.{}", head(base)?, name.text)),
        ExprKind::Index { base, .. } => head(base),
        _ => None,
    }
}

fn define(item: &Item) -> Option<(String, Defined)> {
    let (mut params, mut inside, mut model): (&[Parameter], _, _) = (&[], Vec::new(), None);
    let (name, what) = match &item.kind {
        ItemKind::Param(p) => (&p.name, What::Param),
        ItemKind::Let(l) => {
            if let Binding::Is(e) = &l.value {
                model = head(e);
            }
            (&l.name, What::Let)
        }
        ItemKind::Fn(f) => {
            params = &f.params;
            (&f.name, What::Function)
        }
        ItemKind::Couplings(c) => (&c.name, What::Couplings),
        ItemKind::Schedule { name, .. } => (name, What::Schedule),
        ItemKind::Lattice { name, params: p, .. } => {
            params = p;
            (name, What::Lattice)
        }
        ItemKind::Model { name, params: p, body } => {
            params = p;
            inside = body.iter().filter_map(of_model).collect();
            (name, What::Model)
        }
        ItemKind::Network(n) => {
            params = &n.params;
            inside = n.body.iter().filter_map(of_network).collect();
            (&n.name, What::Network)
        }
        ItemKind::Task(t) => {
            inside.extend(t.axes.iter().map(|a| (a.name.text.clone(), a.name.span, What::Axis)));
            for entry in &t.body {
                match entry {
                    TaskEntry::Block(b) if b.kind.text != "keep" => {
                        inside.extend(b.entries.iter().map(|e| (e.name.text.clone(), e.name.span, What::Quantity)));
                    }
                    TaskEntry::Setting(s) if s.name.text == "model" => model = head(&s.value),
                    _ => {}
                }
            }
            if let Some(of) = &t.of {
                model = head(of);
            }
            (&t.name, What::Task)
        }
        ItemKind::Use { alias: Some(alias), .. } => (alias, What::Module),
        _ => return None,
    };
    let params = params.iter().map(|p| (p.name.text.clone(), p.name.span)).collect();
    let defined = Defined { span: name.span, what, doc: item.doc.clone(), params, inside, model };
    Some((name.text.clone(), defined))
}

fn of_model(entry: &ModelEntry) -> Option<(String, Span, What)> {
    let (name, what) = match entry {
        ModelEntry::Let(l) => (&l.name, What::Let),
        ModelEntry::Couplings(c) => (&c.name, What::Couplings),
        ModelEntry::Variable(v) => (&v.name, What::Variable),
        _ => return None,
    };
    Some((name.text.clone(), name.span, what))
}

fn of_network(entry: &NetworkEntry) -> Option<(String, Span, What)> {
    let (name, what) = match entry {
        NetworkEntry::Let(l) => (&l.name, What::Let),
        NetworkEntry::Input { name, .. } => (name, What::Variable),
        NetworkEntry::Bind { name, .. } => (name, What::Local),
        NetworkEntry::Metric { name, .. } => (name, What::Quantity),
        _ => return None,
    };
    Some((name.text.clone(), name.span, what))
}
