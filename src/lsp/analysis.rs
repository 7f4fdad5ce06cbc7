//! A document, as far as it is understood: its tree, names, values and problems.
//!
//! The pipeline is that of `ann check`. What a text that is wrong no longer tells, an earlier one told: facts of names are
//! kept until new ones come.

use super::exports;
use super::facts::{Facts, facts};
use super::resolve::{Names, resolve};
use super::text::Lines;
use crate::diagnostic::{Diagnostic, Sources};
use crate::elaborate::scope::Scope;
use crate::elaborate::{Elaborator, Options};
use crate::syntax::ast::Script;
use std::path::PathBuf;

/// A text and what is known of it.
pub struct Analysis {
    /// The script is number 0, its modules follow.
    pub sources: Sources,
    pub script: Script,
    pub names: Names,
    pub facts: Facts,
    pub diagnostics: Vec<Diagnostic>,
    pub lines: Lines,
    /// Where relative paths start.
    pub folder: PathBuf,
}

impl Analysis {
    /// Reads and checks a text; `options` has its folder, and the texts of modules that are open and not saved.
    pub fn of(name: &str, text: &str, options: Options, before: Option<&Analysis>) -> Analysis {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        let folder = options.folder.clone();
        let (script, mut diagnostics) = crate::syntax::parse(&sources, source);
        let checked = {
            let sources = &mut sources;
            // A fault of ours must not take the editor's server down; the tree still serves.
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&script, sources, options, &diagnostics)))
        };
        let mut known = before.map(|b| b.facts.clone()).unwrap_or_default();
        if let Ok((found, more)) = checked {
            diagnostics.extend(more);
            // What a good text does not have is forgotten.
            if !diagnostics.iter().any(Diagnostic::is_error) {
                known.clear();
            }
            known.extend(found);
        }
        let used = exports::used(&script, &sources, &mut Vec::new());
        let names = resolve(&script, source, text.len(), used);
        Analysis { lines: Lines::of(text), sources, script, names, facts: known, diagnostics, folder }
    }

    pub fn text(&self) -> &str {
        &self.sources.files[0].text
    }
}

/// Facts and problems of a script; those of its syntax are known already.
fn check(script: &Script, sources: &mut Sources, options: Options, syntax: &[Diagnostic]) -> (Facts, Vec<Diagnostic>) {
    let mut elaborator = Elaborator::new(sources, options);
    let scope = Scope::inside(&elaborator.root());
    elaborator.script(script, 0, &scope);
    elaborator.finish(&scope);
    let found = facts(&elaborator, &scope);
    let elaborated = std::mem::take(&mut elaborator.elaborated);
    let more = std::mem::take(&mut elaborator.diagnostics);
    let mut diagnostics = crate::elaborate::independent(&sources.files[0].text, 0, syntax, more);
    if !syntax.iter().chain(&diagnostics).any(Diagnostic::is_error) {
        diagnostics.extend(crate::execute::check(&elaborated));
    }
    (found, diagnostics)
}
