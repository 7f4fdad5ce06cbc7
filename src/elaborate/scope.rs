//! What is visible where: a chain of frames, the innermost first.

use super::value::Value;
use crate::diagnostic::Span;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Default)]
pub struct Scope {
    parent: Option<Rc<Scope>>,
    names: RefCell<BTreeMap<String, Bound>>,
    /// Looked up last, after all parents: what a model's body defined, in `observe`.
    fallback: Option<Rc<Scope>>,
}

struct Bound {
    value: Value,
    span: Option<Span>,
    used: Cell<bool>,
}

impl Scope {
    /// A frame inside another.
    pub fn inside(parent: &Rc<Scope>) -> Rc<Scope> {
        Rc::new(Scope { parent: Some(parent.clone()), ..Scope::default() })
    }

    /// A frame inside another, with names that count only where nothing else is found.
    pub fn inside_with(parent: &Rc<Scope>, fallback: Rc<Scope>) -> Rc<Scope> {
        Rc::new(Scope { parent: Some(parent.clone()), names: RefCell::default(), fallback: Some(fallback) })
    }

    pub fn define(&self, name: &str, value: Value, span: Option<Span>) {
        self.names.borrow_mut().insert(name.to_string(), Bound { value, span, used: Cell::new(false) });
    }

    /// The value of a name of this frame alone.
    pub fn own(&self, name: &str) -> Option<Value> {
        self.names.borrow().get(name).map(|b| {
            b.used.set(true);
            b.value.clone()
        })
    }

    /// Where a name of this frame was defined.
    pub fn place(&self, name: &str) -> Option<Option<Span>> {
        self.names.borrow().get(name).map(|b| b.span)
    }

    pub fn look_up(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.own(name) {
            return Some(value);
        }
        if let Some(value) = self.parent.as_ref().and_then(|p| p.look_up(name)) {
            return Some(value);
        }
        self.fallback.as_ref().and_then(|f| f.own(name))
    }

    /// All visible names.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.names.borrow().keys().cloned().collect();
        if let Some(parent) = &self.parent {
            names.extend(parent.names());
        }
        if let Some(fallback) = &self.fallback {
            names.extend(fallback.names.borrow().keys().cloned());
        }
        names
    }

    /// The names of this frame alone, with their values.
    pub fn entries(&self) -> Vec<(String, Value)> {
        self.names.borrow().iter().map(|(n, b)| (n.clone(), b.value.clone())).collect()
    }

    /// The names of this frame that nothing has looked up, with their places.
    pub fn unused(&self) -> Vec<(String, Span)> {
        self.names.borrow().iter().filter(|(_, b)| !b.used.get()).filter_map(|(n, b)| b.span.map(|s| (n.clone(), s))).collect()
    }
}
