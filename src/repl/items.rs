//! What the session asks of an item: which name it defines, and whether it belongs to the session.

use crate::syntax::ast::{Item, ItemKind, UsePath};

/// Whether an item belongs to the session, rather than being shown once.
pub fn stays(item: &Item) -> bool {
    !matches!(item.kind, ItemKind::Show(_) | ItemKind::Expect(_) | ItemKind::Plot { .. } | ItemKind::Bare(_))
}

/// The name that an item defines; there is one experiment.
pub fn defines(item: &Item) -> Option<&str> {
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

/// Whether two items name the same module without another name for it.
pub fn same_use(a: &Item, b: &Item) -> bool {
    let path = |item: &Item| match &item.kind {
        ItemKind::Use { path: UsePath::Module(parts), alias: None } => {
            Some(parts.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("."))
        }
        ItemKind::Use { path: UsePath::File(file, _), alias: None } => Some(format!("\"{file}\"")),
        _ => None,
    };
    path(a).is_some_and(|p| Some(p) == path(b))
}

/// The words of a text, as identifiers have them.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty())
}
