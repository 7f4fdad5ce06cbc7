//! `use`: modules of the standard library and files beside the script.

use super::Elaborator;
use super::scope::Scope;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::syntax::ast::{ItemKind, Name, UsePath};
use std::rc::Rc;

/// The standard library: (name, text).
pub const STANDARD: &[(&str, &str)] = &[
    ("std.boltzmann", include_str!("../../stdlib/boltzmann.ann")),
    ("std.data", include_str!("../../stdlib/data.ann")),
    ("std.landscape", include_str!("../../stdlib/landscape.ann")),
    ("std.lattice", include_str!("../../stdlib/lattice.ann")),
    ("std.memory", include_str!("../../stdlib/memory.ann")),
    ("std.network", include_str!("../../stdlib/network.ann")),
    ("std.schedule", include_str!("../../stdlib/schedule.ann")),
    ("std.spin", include_str!("../../stdlib/spin.ann")),
];

/// The module that defines a name, for a suggestion.
pub(crate) fn module_of(name: &str) -> Option<&'static str> {
    let defines = |text: &str| {
        ["lattice", "model", "network", "fn", "let", "schedule"].iter().any(|kind| {
            text.lines().any(|line| {
                line.strip_prefix(kind)
                    .and_then(|rest| rest.trim_start().strip_prefix(name))
                    .is_some_and(|rest| rest.starts_with(['(', ' ', '=']))
            })
        })
    };
    STANDARD.iter().find(|(_, text)| defines(text)).map(|(module, _)| *module)
}

impl Elaborator<'_> {
    pub(crate) fn use_module(&mut self, path: &UsePath, alias: Option<&Name>, scope: &Rc<Scope>) {
        let (name, text, span) = match path {
            UsePath::Module(parts) => {
                let name = parts.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(".");
                let span = parts.first().map_or(Span::default(), |p| p.span).to(parts.last().map_or(Span::default(), |p| p.span));
                match STANDARD.iter().find(|(n, _)| *n == name) {
                    Some((_, text)) => (name, text.to_string(), span),
                    None => {
                        let known = STANDARD.iter().map(|(n, _)| *n);
                        let mut d = Diagnostic::error(codes::NO_MODULE, span, format!("there is no module `{name}`"))
                            .label("not in the standard library")
                            .expected(format!(
                                "one of {}",
                                super::expression::quoted(&STANDARD.iter().map(|(n, _)| n.to_string()).collect::<Vec<_>>())
                            ));
                        if let Some(near) = nearest(&name, known) {
                            d = d.help(format!("did you mean `{near}`?"));
                        }
                        self.lost_module = self.lost_module.or(Some(false));
                        self.fail(d.help_or("for a file of your own write its path in quotes: `use \"./common.ann\"`"));
                        return;
                    }
                }
            }
            UsePath::File(path, span) => match self.file_text(path) {
                Ok(text) => (path.clone(), text, *span),
                Err(reason) => {
                    let d = Diagnostic::error(codes::NO_MODULE, *span, format!("the file `{path}` cannot be read: {reason}"))
                        .label("this file")
                        .help("a relative path starts at the script's folder");
                    self.lost_module = Some(true);
                    self.fail(d);
                    return;
                }
            },
        };
        let Some(module) = self.load(&name, text, span) else {
            self.lost_module = Some(true);
            return;
        };
        match alias {
            Some(alias) => self.define(alias, Value::Module(module), scope),
            None => {
                for (n, value) in module.entries() {
                    // The same module twice is no conflict.
                    if scope.place(&n).is_some() && self.same(&scope.own(&n), &value) {
                        continue;
                    }
                    if scope.place(&n).is_some() {
                        self.define(&Name { text: n, span }, value, scope);
                    } else {
                        scope.define(&n, value, None);
                    }
                }
            }
        }
    }

    fn same(&self, a: &Option<Value>, b: &Value) -> bool {
        let (mut x, mut y) = (String::new(), String::new());
        if let Some(a) = a {
            super::value::fingerprint(a, &mut x);
        }
        super::value::fingerprint(b, &mut y);
        x == y
    }

    fn file_text(&self, path: &str) -> Result<String, String> {
        if let Some(text) = self.options.files.get(path) {
            return Ok(text.clone());
        }
        std::fs::read_to_string(self.options.folder.join(path)).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_string(),
            std::io::ErrorKind::InvalidData => "it is not text in UTF-8".to_string(),
            _ => e.to_string(),
        })
    }

    /// The scope of a module, read once.
    fn load(&mut self, name: &str, text: String, span: Span) -> Option<Rc<Scope>> {
        if let Some(known) = self.modules.get(name) {
            return known.clone();
        }
        if self.loading.iter().any(|n| n == name) {
            let d = Diagnostic::error(codes::CIRCULAR, span, format!("`{name}` uses itself, directly or through others"));
            self.fail(d);
            return None;
        }
        let source = self.sources.add(name, text.clone());
        let (script, diagnostics) = crate::syntax::parse(self.sources, source);
        let failed = diagnostics.iter().any(Diagnostic::is_error);
        for d in diagnostics {
            self.fail(d);
        }
        self.loading.push(name.to_string());
        let scope = Scope::inside(&self.root());
        for item in &script.items {
            match &item.kind {
                ItemKind::Task(t) => self.not_in_module(t.name.span, "a task"),
                ItemKind::Show(e) | ItemKind::Expect(e) | ItemKind::Bare(e) => self.not_in_module(e.span, "an output"),
                ItemKind::Plot { name, .. } => self.not_in_module(name.span, "a plot"),
                ItemKind::Experiment { .. } => self.not_in_module(item.span, "an `experiment`"),
                _ => self.item(item, &scope, false),
            }
        }
        self.loading.pop();
        self.elaborated.sources.push((name.to_string(), text));
        let result = if failed { None } else { Some(scope) };
        self.modules.insert(name.to_string(), result.clone());
        result
    }

    fn not_in_module(&mut self, span: Span, what: &str) {
        let d = Diagnostic::error(codes::NOT_HERE, span, format!("{what} cannot stand in a module"))
            .help("modules define; the script that uses them runs and shows");
        self.fail(d);
    }
}

impl Diagnostic {
    /// A help text where there is none yet.
    pub(crate) fn help_or(mut self, text: &str) -> Diagnostic {
        self.help.get_or_insert_with(|| text.to_string());
        self
    }
}
