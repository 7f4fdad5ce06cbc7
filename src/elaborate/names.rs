//! Names in bodies that are not evaluated at once: functions and models are checked where they are
//! declared, so that a wrong name in them is found even if nothing calls them.

use super::Elaborator;
use super::network::NetworkDefinition;
use super::scope::Scope;
use super::value::ModelDefinition;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::syntax::ast::{self, Binder, Binding, Expr, ExprKind, IndexArgument, ItemKind, ModelEntry, NetworkEntry};
use std::collections::HashMap;
use std::rc::Rc;

/// The names that a script declares at top level. Without a place: those whose declaration could not be read.
pub(crate) fn declared(script: &ast::Script, text: &str) -> HashMap<String, Option<Span>> {
    const WORDS: &[&str] =
        &["param", "let", "fn", "couplings", "schedule", "lattice", "model", "network", "sample", "anneal", "train", "probe"];
    let mut names: HashMap<String, Option<Span>> = HashMap::new();
    for line in text.lines() {
        let Some((word, rest)) = line.split_once(' ') else { continue };
        let name: String = rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if WORDS.contains(&word) && !name.is_empty() {
            names.insert(name, None);
        }
    }
    for item in &script.items {
        let name = match &item.kind {
            ItemKind::Param(p) => &p.name,
            ItemKind::Let(l) => &l.name,
            ItemKind::Fn(f) => &f.name,
            ItemKind::Couplings(c) => &c.name,
            ItemKind::Schedule { name, .. } | ItemKind::Lattice { name, .. } | ItemKind::Model { name, .. } => name,
            ItemKind::Network(n) => &n.name,
            ItemKind::Task(t) => &t.name,
            _ => continue,
        };
        names.insert(name.text.clone(), Some(name.span));
    }
    names
}

/// Calls `f` on an expression and all its parts.
pub(crate) fn visit(e: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(e);
    walk(e, &mut |part, _| visit(part, f));
}

/// Calls `f` on the direct parts with the names that are bound in them.
fn walk(e: &Expr, f: &mut dyn FnMut(&Expr, &[String])) {
    match &*e.kind {
        ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Text(_) | ExprKind::Bool(_) | ExprKind::Name(_) => {}
        ExprKind::Quantity(x, _) | ExprKind::Unary(_, x) | ExprKind::Average(x) | ExprKind::Member { base: x, .. } => f(x, &[]),
        ExprKind::List(items) | ExprKind::Set(items) | ExprKind::Tuple(items) => items.iter().for_each(|x| f(x, &[])),
        ExprKind::Range { start, end, .. } => {
            f(start, &[]);
            f(end, &[]);
        }
        ExprKind::Binary { left, right, .. } => {
            f(left, &[]);
            f(right, &[]);
        }
        ExprKind::Compare { first, rest } => {
            f(first, &[]);
            rest.iter().for_each(|(_, x)| f(x, &[]));
        }
        ExprKind::If { condition, then, otherwise } => {
            f(condition, &[]);
            f(then, &[]);
            f(otherwise, &[]);
        }
        ExprKind::Call { callee, arguments } => {
            f(callee, &[]);
            arguments.iter().for_each(|a| f(&a.value, &[]));
        }
        ExprKind::Index { base, indices } => {
            f(base, &[]);
            for i in indices {
                match i {
                    IndexArgument::Value(x) | IndexArgument::Replica(x, _) => f(x, &[]),
                }
            }
        }
        ExprKind::Comprehension { body, clauses, filter } => bound(clauses, filter.as_ref(), body, f),
        ExprKind::Reduce { binders, filter, body, .. } => bound(binders, filter.as_ref(), body, f),
        ExprKind::Lambda { params, body } => {
            let names: Vec<String> = params.iter().map(|p| p.text.clone()).collect();
            f(body, &names);
        }
        ExprKind::Block { lets, value } => {
            let mut names = Vec::new();
            for l in lets {
                match &l.value {
                    Binding::Is(x) => f(x, &names),
                    Binding::Draw { distribution, by } => {
                        f(distribution, &names);
                        by.iter().for_each(|x| f(x, &names));
                    }
                }
                names.push(l.name.text.clone());
            }
            f(value, &names);
        }
    }
}

fn bound(binders: &[Binder], filter: Option<&Expr>, body: &Expr, f: &mut dyn FnMut(&Expr, &[String])) {
    let mut names = Vec::new();
    for binder in binders {
        f(super::reduce::binder_domain(binder), &names);
        names.extend(super::reduce::binder_names(binder).into_iter().map(|n| n.text.clone()));
    }
    if let Some(filter) = filter {
        f(filter, &names);
    }
    f(body, &names);
}

impl Elaborator<'_> {
    /// Undefined names in the body of a function.
    pub(crate) fn check_names<'e>(
        &mut self,
        params: &[ast::Parameter],
        bodies: impl Iterator<Item = &'e Expr>,
        also: &[&str],
        scope: &Rc<Scope>,
    ) {
        self.check_params(params);
        let mut local: Vec<String> = also.iter().map(|s| s.to_string()).collect();
        for p in params {
            if let Some(default) = &p.default {
                self.resolve(default, &mut local, scope);
            }
            local.push(p.name.text.clone());
        }
        for body in bodies {
            self.resolve(body, &mut local, scope);
        }
    }

    /// Parameters of one name.
    pub(crate) fn check_params(&mut self, params: &[ast::Parameter]) {
        for (k, p) in params.iter().enumerate() {
            if let Some(ty) = &p.ty {
                self.check_type_name(ty);
            }
            if let Some(first) = params[..k].iter().find(|q| q.name.text == p.name.text) {
                let d =
                    Diagnostic::error(codes::DUPLICATE, p.name.span, format!("the parameter `{}` is there twice", p.name.text))
                        .label("again here")
                        .related(first.name.span, "first here")
                        .help("choose another name");
                self.fail(d);
            }
        }
    }

    /// Undefined names in the body of a model; true if there are none.
    pub(crate) fn check_model_names(&mut self, m: &ModelDefinition) -> bool {
        let before = self.diagnostics.len();
        self.check_params(&m.params);
        let mut local: Vec<String> = Vec::new();
        for p in &m.params {
            if let Some(default) = &p.default {
                self.resolve(default, &mut local, &m.scope);
            }
            local.push(p.name.text.clone());
        }
        for entry in &m.body {
            match entry {
                ModelEntry::Let(l) => {
                    self.resolve_binding(&l.value, &mut local, &m.scope);
                    local.push(l.name.text.clone());
                }
                ModelEntry::Couplings(c) => {
                    if let Some(on) = &c.on {
                        self.resolve(on, &mut local, &m.scope);
                    }
                    self.resolve_binding(&c.value, &mut local, &m.scope);
                    local.push(c.name.text.clone());
                }
                ModelEntry::Requires(e) => self.resolve(e, &mut local, &m.scope),
                ModelEntry::Variable(v) => {
                    // `sphere` is a word of `vectors`, not a function.
                    let within = v.within.as_ref().map(|w| match &*w.kind {
                        ExprKind::Call { arguments, .. } if v.kind.text == "vectors" => {
                            arguments.iter().map(|a| &a.value).collect()
                        }
                        _ => vec![w],
                    });
                    for e in v.shape.iter().chain(&v.on).chain(within.into_iter().flatten()).chain(&v.initial) {
                        self.resolve(e, &mut local, &m.scope);
                    }
                    local.push(v.name.text.clone());
                }
                ModelEntry::Energy { value, .. } | ModelEntry::Field { value, .. } => self.resolve(value, &mut local, &m.scope),
            }
        }
        self.diagnostics.len() == before
    }

    /// Undefined names in the body of a network.
    pub(crate) fn check_network_names(&mut self, n: &NetworkDefinition) {
        self.check_params(&n.params);
        let mut local: Vec<String> = Vec::new();
        for p in &n.params {
            if let Some(default) = &p.default {
                self.resolve(default, &mut local, &n.scope);
            }
            local.push(p.name.text.clone());
        }
        n.requires.iter().for_each(|e| self.resolve(e, &mut local, &n.scope));
        for entry in &n.body {
            match entry {
                NetworkEntry::Let(l) => {
                    self.resolve_binding(&l.value, &mut local, &n.scope);
                    local.push(l.name.text.clone());
                }
                // `class` is a word of `input`, not a function.
                NetworkEntry::Input { name, value, .. } => {
                    match &*value.kind {
                        ExprKind::Call { arguments, .. } => {
                            arguments.iter().for_each(|a| self.resolve(&a.value, &mut local, &n.scope));
                        }
                        _ => self.resolve(value, &mut local, &n.scope),
                    }
                    local.push(name.text.clone());
                }
                NetworkEntry::Bind { name, value } => {
                    self.resolve(value, &mut local, &n.scope);
                    local.push(name.text.clone());
                }
                NetworkEntry::Loss { value: e, .. } | NetworkEntry::Metric { value: e, .. } | NetworkEntry::Requires(e) => {
                    self.resolve(e, &mut local, &n.scope);
                }
            }
        }
    }

    fn resolve_binding(&mut self, b: &Binding, local: &mut Vec<String>, scope: &Rc<Scope>) {
        match b {
            Binding::Is(e) => self.resolve(e, local, scope),
            Binding::Draw { distribution, by } => {
                self.resolve(distribution, local, scope);
                by.iter().for_each(|e| self.resolve(e, local, scope));
            }
        }
    }

    fn resolve(&mut self, e: &Expr, local: &mut Vec<String>, scope: &Rc<Scope>) {
        if let ExprKind::Name(name) = &*e.kind {
            if !local.contains(name) && scope.look_up(name).is_none() {
                // Suggestions come from the local names as well.
                let inner = Scope::inside(scope);
                for n in local.iter() {
                    inner.define(n, super::value::Value::Failed, None);
                }
                self.undefined(name, e.span, &inner);
            }
            return;
        }
        // An axis is named where an analysis asks for one; that is checked when the call is made.
        if let ExprKind::Call { callee, arguments } = &*e.kind {
            self.resolve(callee, local, scope);
            for a in arguments {
                let names_an_axis = a.name.as_ref().is_some_and(|n| n.text == "along");
                if !names_an_axis {
                    self.resolve(&a.value, local, scope);
                }
            }
            return;
        }
        let mut parts: Vec<(Expr, Vec<String>)> = Vec::new();
        walk(e, &mut |part, names| parts.push((part.clone(), names.to_vec())));
        for (part, names) in parts {
            let depth = local.len();
            local.extend(names);
            self.resolve(&part, local, scope);
            local.truncate(depth);
        }
    }
}
