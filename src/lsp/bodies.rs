//! Names inside of tasks, models, networks and expressions: the second half of [`super::resolve`].

use super::exports::head;
use super::resolve::{Resolver, What};
use crate::diagnostic::Span;
use crate::syntax::ast::*;

impl Resolver {
    pub(super) fn task(&mut self, task: &Task, whole: Span) {
        self.note(&task.name, What::Task, Some(task.name.span), None);
        let kind = task.kind.text.as_str();
        self.open(whole);
        if let Some(of) = &task.of {
            self.expr(of);
        }
        let own = self.names.own.find(&task.name.text).cloned();
        // What the model's body defines is seen where nothing nearer has the name.
        let model = own.as_ref().and_then(|d| d.model.as_deref());
        for (name, span, what) in model.map_or_else(Vec::new, |m| self.names.own.body_of(m, 0)) {
            self.bind(&name, span, what);
        }
        for (name, span, what) in own.iter().flat_map(|d| &d.inside).filter(|(_, _, w)| *w == What::Axis) {
            self.bind(name, self.axis(name).unwrap_or(*span), *what);
        }
        for axis in &task.axes {
            self.expr(&axis.values);
            self.define(&axis.name, What::Axis);
        }
        for entry in &task.body {
            match entry {
                TaskEntry::Setting(s) => self.settings(kind, std::slice::from_ref(s)),
                TaskEntry::Let(l) => self.local_let(l),
                TaskEntry::Couplings(c) => {
                    self.couplings(c);
                    self.define(&c.name, What::Couplings);
                }
                TaskEntry::Block(b) => self.block(b),
            }
        }
        self.close();
    }

    fn block(&mut self, block: &Block) {
        // Quantities that stand in a probe itself have no word before them.
        if block.entries.first().is_none_or(|e| e.name.span != block.kind.span) {
            self.note(&block.kind, What::Block, None, None);
        }
        block.every.iter().chain(&block.at).for_each(|e| self.expr(e));
        for entry in &block.entries {
            self.expr(&entry.value);
            if block.kind.text == "keep" {
                self.reference(&entry.name);
            } else {
                self.define(&entry.name, What::Quantity);
            }
        }
    }

    pub(super) fn model(&mut self, body: &[ModelEntry]) {
        for entry in body {
            match entry {
                ModelEntry::Let(l) => self.local_let(l),
                ModelEntry::Couplings(c) => {
                    self.couplings(c);
                    self.define(&c.name, What::Couplings);
                }
                ModelEntry::Requires(e) => self.expr(e),
                ModelEntry::Variable(v) => {
                    v.shape.iter().chain(&v.on).chain(&v.within).chain(&v.initial).for_each(|e| self.expr(e));
                    self.define(&v.name, What::Variable);
                }
                ModelEntry::Energy { value, .. } | ModelEntry::Field { value, .. } => self.expr(value),
            }
        }
    }

    pub(super) fn network(&mut self, body: &[NetworkEntry]) {
        for entry in body {
            match entry {
                NetworkEntry::Input { name, value, .. } => {
                    self.expr(value);
                    self.define(name, What::Variable);
                }
                NetworkEntry::Let(l) => self.local_let(l),
                NetworkEntry::Bind { name, value } => {
                    self.expr(value);
                    self.define(name, What::Local);
                }
                NetworkEntry::Metric { name, value, .. } => {
                    self.expr(value);
                    self.define(name, What::Quantity);
                }
                NetworkEntry::Loss { value, .. } | NetworkEntry::Requires(value) => self.expr(value),
            }
        }
    }

    pub(super) fn expr(&mut self, e: &Expr) {
        match &*e.kind {
            ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Text(_) | ExprKind::Bool(_) => {}
            ExprKind::Name(text) => self.reference(&Name { text: text.clone(), span: e.span }),
            ExprKind::Quantity(x, _) | ExprKind::Unary(_, x) | ExprKind::Average(x) => self.expr(x),
            ExprKind::List(items) | ExprKind::Set(items) | ExprKind::Tuple(items) => items.iter().for_each(|x| self.expr(x)),
            ExprKind::Range { start, end, .. } => {
                self.expr(start);
                self.expr(end);
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Compare { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|(_, x)| self.expr(x));
            }
            ExprKind::If { condition, then, otherwise } => [condition, then, otherwise].into_iter().for_each(|x| self.expr(x)),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments),
            ExprKind::Member { base, name } => {
                self.expr(base);
                self.member(base, name);
            }
            ExprKind::Index { base, indices } => {
                self.expr(base);
                for i in indices {
                    match i {
                        IndexArgument::Value(x) | IndexArgument::Replica(x, _) => self.expr(x),
                    }
                }
            }
            ExprKind::Comprehension { body, clauses, filter } => self.bound(clauses, filter.as_ref(), body, e.span),
            ExprKind::Reduce { op, binders, filter, body } => {
                self.note(op, What::Outside, None, None);
                self.bound(binders, filter.as_ref(), body, e.span);
            }
            ExprKind::Lambda { params, body } => {
                self.open(e.span);
                params.iter().for_each(|p| self.define(p, What::Local));
                self.expr(body);
                self.close();
            }
            ExprKind::Block { lets, value } => {
                self.open(e.span);
                lets.iter().for_each(|l| self.local_let(l));
                self.expr(value);
                self.close();
            }
        }
    }

    fn call(&mut self, callee: &Expr, arguments: &[Argument]) {
        self.expr(callee);
        let path = head(callee);
        let last = path.as_deref().and_then(|p| p.rsplit('.').next()).unwrap_or_default().to_string();
        let params = path.as_deref().and_then(|p| self.names.own.find_path(p)).map(|d| d.params.clone()).unwrap_or_default();
        for argument in arguments {
            if let Some(name) = &argument.name {
                let place = params.iter().find(|(n, _)| *n == name.text).map(|(_, s)| (*s, What::Parameter));
                let axis = || self.axis(&name.text).filter(|_| last == "at").map(|s| (s, What::Axis));
                match place.or_else(axis) {
                    Some((span, what)) => self.note(name, what, Some(span), Some(last.clone())),
                    None => self.note(name, What::Parameter, None, Some(last.clone())),
                }
            }
            self.expr(&argument.value);
        }
    }

    fn member(&mut self, base: &Expr, name: &Name) {
        let path = head(base).unwrap_or_default();
        // `fit.at(width: 16).m` is of `fit` as `fit.m` is.
        let root = path.strip_suffix(".at").unwrap_or(&path);
        match self.member_of(root, &name.text) {
            Some((span, what)) => self.note(name, what, Some(span), Some(root.to_string())),
            None => self.note(name, What::Member, None, Some(root.to_string())),
        }
    }

    fn bound(&mut self, binders: &[Binder], filter: Option<&Expr>, body: &Expr, extent: Span) {
        self.open(extent);
        for binder in binders {
            let (names, domain): (Vec<&Name>, &Expr) = match binder {
                Binder::Each { names, domain } | Binder::Ordered { names, domain } => (names.iter().collect(), domain),
                Binder::Bond { first, second, domain } => (vec![first, second], domain),
            };
            self.expr(domain);
            names.into_iter().for_each(|n| self.define(n, What::Local));
        }
        filter.into_iter().for_each(|x| self.expr(x));
        self.expr(body);
        self.close();
    }
}
