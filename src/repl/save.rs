//! The session as a script: its items, then what was shown, with the files that it names found from where the script will stand.

use super::items::stays;
use super::session::{Session, Stage};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Item, ItemKind, Script};
use crate::syntax::{self, Class, classes};
use std::path::{Component, Path, PathBuf};

impl Session {
    /// A script that defines, computes and shows what the session did, for a file in `folder`. Empty if there is nothing.
    pub fn script(&self, folder: &Path) -> String {
        let mut blocks: Vec<String> = Vec::new();
        let of = |wanted: fn(&ItemKind) -> bool| self.state.items.iter().filter(move |i| wanted(&i.kind));
        let first = |k: &ItemKind| matches!(k, ItemKind::Experiment { .. });
        let uses = |k: &ItemKind| matches!(k, ItemKind::Use { .. });
        let rest = |k: &ItemKind| !matches!(k, ItemKind::Experiment { .. } | ItemKind::Use { .. });
        blocks.extend(of(first).map(|i| self.text_of(i, folder)));
        let modules: Vec<String> = of(uses).map(|i| self.text_of(i, folder)).collect();
        if !modules.is_empty() {
            blocks.push(modules.join("\n"));
        }
        blocks.extend(of(rest).map(|i| self.text_of(i, folder)));
        let mut shown: Vec<String> = Vec::new();
        for item in self.lasting_outputs() {
            let text = self.text_of(item, folder);
            shown.retain(|t| *t != text);
            shown.push(text);
        }
        blocks.extend(shown);
        if blocks.is_empty() {
            return String::new();
        }
        let text = blocks.join("\n") + "\n";
        syntax::format(&text).unwrap_or(text)
    }

    /// What was shown and still can be: the last figure of each name, and nothing that names what is gone.
    fn lasting_outputs(&self) -> Vec<&Item> {
        let outputs = &self.state.outputs;
        let name = |i: &Item| if let ItemKind::Plot { name, .. } = &i.kind { Some(name.text.clone()) } else { None };
        let last = |k: usize| name(&outputs[k]).is_none_or(|n| outputs[k + 1..].iter().all(|o| name(o).as_ref() != Some(&n)));
        let kept: Vec<&Item> = (0..outputs.len()).filter(|k| last(*k)).map(|k| &outputs[k]).collect();
        let good = |items: &[&Item]| {
            let all = self.state.items.iter().chain(items.iter().copied()).cloned().collect();
            !self.elaborate(&Script { doc: None, items: all }, None).diagnostics.iter().any(Diagnostic::is_error)
        };
        if good(&kept) { kept } else { kept.into_iter().filter(|i| good(&[i])).collect() }
    }

    fn text_of(&self, item: &Item, folder: &Path) -> String {
        let mut out = String::new();
        for line in item.doc.iter().flat_map(|d| d.lines()) {
            out.push_str(&format!("## {line}\n"));
        }
        if let ItemKind::Bare(_) = item.kind {
            out.push_str("show ");
        }
        let from = self.folders.get(&item.span.source).unwrap_or(&self.options.folder);
        out.push_str(&moved(self.sources.text(item.span), from, folder));
        out
    }

    /// What the items of a text would be in the session; nothing is run.
    pub fn look(&self, text: &str) -> Looked {
        let (script, source, answer) = self.read("prompt", text);
        if answer.is_wrong() {
            return Looked { diagnostics: answer.diagnostics, sources: answer.sources, ..Looked::default() };
        }
        let expression = script.items.iter().find_map(|i| if let ItemKind::Bare(e) = &i.kind { Some(e.clone()) } else { None });
        let tasks =
            script.items.iter().filter_map(|i| if let ItemKind::Task(t) = &i.kind { Some(t.name.text.clone()) } else { None });
        let tasks = tasks.collect();
        let input: Vec<Item> = script.items.into_iter().filter(stays).collect();
        let joined = Script { doc: None, items: self.joined(&input) };
        let Stage { sources, elaborated, mut diagnostics, looked, .. } =
            self.elaborate_in(answer.sources, &joined, expression.as_ref());
        diagnostics.retain(|d| d.is_error() || d.span.is_none_or(|s| s.source >= source));
        Looked { diagnostics, sources, elaborated, looked, tasks }
    }

    /// What was written above the definition of a name.
    pub fn documentation(&self, name: &str) -> Option<String> {
        self.state.items.iter().find(|i| super::items::defines(i) == Some(name))?.doc.clone()
    }
}

/// What an input would be.
#[derive(Default)]
pub struct Looked {
    pub diagnostics: Vec<Diagnostic>,
    pub sources: crate::diagnostic::Sources,
    pub elaborated: crate::elaborate::Elaborated,
    /// Of an expression: what it is.
    pub looked: Option<String>,
    /// The tasks of the input.
    pub tasks: Vec<String>,
}

/// A piece of a script whose texts that name files beside `from` name them as seen from `to`.
fn moved(text: &str, from: &Path, to: &Path) -> String {
    let full = |p: &Path| std::path::absolute(if p.as_os_str().is_empty() { Path::new(".") } else { p }).map(clean);
    let (Ok(from), Ok(to)) = (full(from), full(to)) else { return text.to_string() };
    if from == to {
        return text.to_string();
    }
    let (mut out, mut end) = (String::new(), 0);
    for (range, class) in classes(text) {
        let piece = &text[range.clone()];
        let inner = piece.trim_matches('"');
        if class == Class::Text && !inner.is_empty() && !Path::new(inner).is_absolute() && from.join(inner).exists() {
            out.push_str(&text[end..range.start]);
            out.push_str(&format!("\"{}\"", relative(&clean(from.join(inner)), &to).display()));
            end = range.end;
        }
    }
    out + &text[end..]
}

/// A path without `.` and, where it can be told, without `..`.
fn clean(path: PathBuf) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// An absolute path as seen from an absolute folder.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let shared = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Path::new("..").to_path_buf());
    let down = path.components().skip(shared).map(|c| PathBuf::from(c.as_os_str()));
    let found: PathBuf = up.chain(down).collect();
    // A module beside the script is named with its dot.
    if found.starts_with("..") { found } else { Path::new(".").join(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_another_folder() {
        assert_eq!(relative(Path::new("/a/b/c.csv"), Path::new("/a/d")), Path::new("../b/c.csv"));
        assert_eq!(relative(Path::new("/a/d/c.csv"), Path::new("/a/d")), Path::new("./c.csv"));
        assert_eq!(moved("let a = \"nothing\"", Path::new("/a"), Path::new("/b")), "let a = \"nothing\"");
    }
}
