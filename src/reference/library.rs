//! The standard library's modules, read from their own text: what they define, with signature and documentation.

use super::{Entry, Kind};
use crate::diagnostic::{Sources, Span};
use crate::elaborate::modules::STANDARD;
use crate::syntax::ast::{Expr, ItemKind, NetworkEntry, Parameter};

pub fn entries() -> Vec<Entry> {
    let mut all = Vec::new();
    for (module, text) in STANDARD {
        let mut sources = Sources::default();
        let source = sources.add(*module, *text);
        let (script, _) = crate::syntax::parse(&sources, source);
        let doc = script.doc.clone().unwrap_or_default();
        all.push(Entry::new(Kind::Module, module, format!("use {module}"), doc));
        for item in &script.items {
            let signature = |word: &str, name: &str, params: &[Parameter], requires: &[&Expr]| {
                let params: Vec<String> = params.iter().map(|p| parameter(p, &sources)).collect();
                let requires: Vec<String> = requires.iter().map(|e| folded(&sources, e.span)).collect();
                let requires = if requires.is_empty() { String::new() } else { format!(" requires {}", requires.join(", ")) };
                format!("{word} {name}({}){requires}", params.join(", "))
            };
            let (name, signature) = match &item.kind {
                ItemKind::Fn(f) => (&f.name, signature("fn", &f.name.text, &f.params, &f.requires.iter().collect::<Vec<_>>())),
                ItemKind::Lattice { name, params, requires, .. } => {
                    (name, signature("lattice", &name.text, params, &requires.iter().collect::<Vec<_>>()))
                }
                ItemKind::Model { name, params, body } => {
                    let requires: Vec<&Expr> = body
                        .iter()
                        .filter_map(|e| match e {
                            crate::syntax::ast::ModelEntry::Requires(e) => Some(e),
                            _ => None,
                        })
                        .collect();
                    (name, signature("model", &name.text, params, &requires))
                }
                ItemKind::Network(n) => {
                    let body = n.body.iter().filter_map(|e| if let NetworkEntry::Requires(e) = e { Some(e) } else { None });
                    let requires: Vec<&Expr> = n.requires.iter().chain(body).collect();
                    (&n.name, signature("network", &n.name.text, &n.params, &requires))
                }
                ItemKind::Let(l) => (&l.name, folded(&sources, item.span)),
                ItemKind::Param(p) => (&p.name, folded(&sources, item.span)),
                ItemKind::Schedule { name, .. } => (name, folded(&sources, item.span)),
                _ => continue,
            };
            let mut entry = Entry::new(Kind::Definition, &name.text, signature, item.doc.clone().unwrap_or_default());
            entry.of = Some(module.to_string());
            all.push(entry);
        }
    }
    all
}

fn parameter(p: &Parameter, sources: &Sources) -> String {
    let ty = p.ty.as_ref().map(|t| format!(": {}", t.text)).unwrap_or_default();
    let default = p.default.as_ref().map(|d| format!(" = {}", folded(sources, d.span))).unwrap_or_default();
    format!("{}{ty}{default}", p.name.text)
}

/// The text of a span on one line.
fn folded(sources: &Sources, span: Span) -> String {
    sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ")
}
