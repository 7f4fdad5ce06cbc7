//! How the word at the cursor could go on: names, fields, settings, methods and keywords, by where it stands.

use super::analysis::Analysis;
use super::context::{Context, Place, context};
use super::facts::Fact;
use super::hover;
use super::resolve::What;
use crate::elaborate::builtins::{self, Group};
use crate::elaborate::modules::STANDARD;
use crate::reference::{self, Entry, Kind, SETTINGS};
use crate::syntax::ITEM_WORDS;
use crate::syntax::lexemes::{RESERVED, VARIABLES};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A way to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub label: String,
    /// What is written instead of the word.
    pub insert: String,
    /// The protocol's number of its kind.
    pub kind: u8,
    pub detail: String,
    /// The page of the reference that says more, as its place among the entries.
    pub entry: Option<usize>,
    /// Likely ones first.
    pub rank: u8,
}

const FUNCTION: u8 = 3;
const FIELD: u8 = 5;
const VARIABLE: u8 = 6;
const CLASS: u8 = 7;
const MODULE: u8 = 9;
const PROPERTY: u8 = 10;
const KEYWORD: u8 = 14;
const FILE: u8 = 17;
const CONSTANT: u8 = 21;

/// Where the word begins, and how it could go on; all candidates of the place, whatever is written already.
pub fn candidates(analysis: &Analysis, at: usize) -> (usize, Vec<Candidate>) {
    let here = context(analysis.text(), at);
    let mut out = Found::default();
    match &here.place {
        Place::Nothing => {}
        Place::File(path) => files(analysis, path, &mut out),
        Place::Module => STANDARD.iter().for_each(|(name, _)| out.module(name, analysis.text(), here.start)),
        Place::Member(path) => members(analysis, path, &mut out),
        Place::Item => ITEM_WORDS.iter().for_each(|w| out.word(w, 0)),
        Place::Entry(blocks) => entry(analysis, blocks, &here, at, &mut out),
        Place::Setting(block, name) => {
            preferred(analysis, block, name, &mut out);
            expression(analysis, &here, at, &mut out);
        }
        Place::Expression => expression(analysis, &here, at, &mut out),
    }
    let mut all: Vec<Candidate> = out.0.into_values().collect();
    all.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.label.cmp(&b.label)));
    (here.start, all)
}

/// Candidates by label, each once: the likelier one stays.
#[derive(Default)]
struct Found(BTreeMap<String, Candidate>);

impl Found {
    fn add(&mut self, candidate: Candidate) {
        match self.0.get(&candidate.label) {
            Some(known) if known.rank <= candidate.rank => {}
            _ => {
                self.0.insert(candidate.label.clone(), candidate);
            }
        }
    }

    fn plain(&mut self, label: &str, kind: u8, detail: impl Into<String>, rank: u8) {
        let (label, insert) = (label.to_string(), label.to_string());
        self.add(Candidate { label, insert, kind, detail: detail.into(), entry: None, rank });
    }

    /// A word of the language.
    fn word(&mut self, word: &str, rank: u8) {
        let entry = reference::entries().iter().position(|e| e.name == word && matches!(e.kind, Kind::Item | Kind::Form));
        let (label, insert) = (word.to_string(), word.to_string());
        self.add(Candidate { label, insert, kind: KEYWORD, detail: String::new(), entry, rank });
    }

    fn module(&mut self, name: &str, text: &str, start: usize) {
        // Behind `std.` only the last part is missing.
        let short = text[..start].ends_with("std.");
        let entry = reference::entries().iter().position(|e| e.kind == Kind::Module && e.name == name);
        let insert = if short { name.trim_start_matches("std.") } else { name }.to_string();
        self.add(Candidate { label: insert.clone(), insert, kind: MODULE, detail: String::new(), entry, rank: 0 });
    }

    /// What has a page of its own.
    fn page(&mut self, index: usize, entry: &Entry, kind: u8, ending: &str, rank: u8) {
        for name in std::iter::once(&entry.name).chain(&entry.aliases) {
            let (label, insert) = (name.clone(), format!("{name}{ending}"));
            self.add(Candidate { label, insert, kind, detail: entry.signature.clone(), entry: Some(index), rank });
        }
    }

    fn fact(&mut self, name: &str, fact: &Fact, rank: u8) {
        let kind = match fact.kind.as_str() {
            "a function" => FUNCTION,
            "a module" => MODULE,
            k if k.contains("without its arguments") => CLASS,
            _ => VARIABLE,
        };
        let of_library = |e: &Entry| e.kind == Kind::Definition && e.name == name && !fact.own;
        let entry = reference::entries().iter().position(of_library);
        let (label, insert) = (name.to_string(), name.to_string());
        self.add(Candidate { label, insert, kind, detail: fact.line(), entry, rank });
    }
}

fn pages(choose: impl Fn(&Entry) -> bool) -> impl Iterator<Item = (usize, &'static Entry)> {
    reference::entries().iter().enumerate().filter(move |(_, e)| choose(e))
}

/// Scripts and folders beside the script.
fn files(analysis: &Analysis, path: &str, out: &mut Found) {
    let folder = path.rfind('/').map_or("", |n| &path[..=n]);
    let Ok(inside) = std::fs::read_dir(analysis.folder.join(folder)) else { return };
    for file in inside.flatten().take(1000) {
        let name = file.file_name().to_string_lossy().into_owned();
        if file.file_type().is_ok_and(|t| t.is_dir()) && !name.starts_with('.') {
            out.plain(&format!("{name}/"), FILE, "a folder", 1);
        } else if name.ends_with(".ann") {
            out.plain(&name, FILE, "", 0);
        }
    }
}

/// What can stand behind a point.
fn members(analysis: &Analysis, path: &[String], out: &mut Found) {
    let Some((root, rest)) = path.split_first() else { return };
    let fact = analysis.facts.get(root);
    let result = fact.is_some_and(|f| f.kind.starts_with("a task") || f.kind.ends_with("a result"));
    // A selection from a task is a task again, one from a quantity a quantity.
    let of_root = rest.iter().all(|r| r == "at");
    if let Some(fact) = fact.filter(|_| of_root) {
        for (name, words) in &fact.members {
            let page = pages(|e| e.kind == Kind::Member && e.name == *name).next().filter(|_| words.is_empty());
            match page {
                Some((k, e)) => out.page(k, e, FIELD, "", 0),
                None => out.plain(name, FIELD, words.clone(), 0),
            }
        }
    } else if fact.is_none() && rest.is_empty() {
        for (name, span, what) in analysis.names.own.find(root).map_or(&[][..], |d| &d.inside) {
            let _ = span;
            out.plain(name, FIELD, if *what == What::Axis { "an axis" } else { "a quantity" }, 0);
        }
    }
    if result {
        pages(|e| e.kind == Kind::Member && e.name == "at").for_each(|(k, e)| out.page(k, e, FIELD, "", 1));
    }
    if let Some(module) = analysis.names.own.modules.get(root) {
        module.names.keys().for_each(|n| out.plain(n, VARIABLE, "", 0));
    }
}

/// What an entry of a block can begin with.
fn entry(analysis: &Analysis, blocks: &[String], here: &Context, at: usize, out: &mut Found) {
    let block = blocks.last().map_or("", String::as_str);
    let settings = SETTINGS.iter().any(|(name, _)| *name == block);
    if settings {
        pages(|e| e.kind == Kind::Setting && e.of.as_deref() == Some(block)).for_each(|(k, e)| out.page(k, e, PROPERTY, ": ", 0));
        let serves = |e: &Entry| e.kind == Kind::Block && e.of.as_deref().is_some_and(|of| of.split(", ").any(|t| t == block));
        pages(serves).for_each(|(k, e)| out.page(k, e, KEYWORD, "", 1));
        if ["sample", "anneal", "train", "probe"].contains(&block) {
            ["let", "couplings"].iter().for_each(|w| out.word(w, 2));
        }
        if block == "lattice" {
            out.word("requires", 1);
        }
        return;
    }
    match block {
        "model" => {
            VARIABLES.iter().for_each(|w| out.word(w, 0));
            ["energy", "field", "let", "couplings", "requires"].iter().for_each(|w| out.word(w, 1));
        }
        "network" => ["input", "loss", "metric", "let", "requires"].iter().for_each(|w| out.word(w, 0)),
        "keep" => {
            for (word, words) in [
                ("states", "states of the chains"),
                ("series", "series of observed quantities"),
                ("parameters", "weights on the way"),
            ] {
                out.plain(word, PROPERTY, words, 0);
            }
            let quantities = analysis.names.visible.iter().filter(|v| v.what == What::Quantity && inside(v.extent, at));
            quantities.for_each(|v| out.plain(&v.name, VARIABLE, "a quantity", 1));
        }
        // A new name is to be written there.
        "observe" | "estimate" | "record" => {}
        _ => expression(analysis, here, at, out),
    }
}

/// What a setting most likely takes.
fn preferred(analysis: &Analysis, block: &str, name: &str, out: &mut Found) {
    let group = match name {
        "method" => Some(Group::Methods),
        "optimiser" => Some(Group::Optimisers),
        "data" => Some(Group::Data),
        "temperature" if block == "anneal" => Some(Group::Schedules),
        _ => None,
    };
    pages(|e| group.is_some_and(|g| e.kind == Kind::Builtin(g))).for_each(|(k, e)| out.page(k, e, FUNCTION, "", 0));
    if name == "model" {
        let models = analysis.facts.iter().filter(|(_, f)| f.kind.contains("model") || f.kind.contains("network"));
        models.for_each(|(n, f)| out.fact(n, f, 0));
    }
}

fn inside(extent: crate::diagnostic::Span, at: usize) -> bool {
    extent.start as usize <= at && at <= extent.end as usize
}

fn expression(analysis: &Analysis, here: &Context, at: usize, out: &mut Found) {
    if let Some(call) = &here.call {
        let of_text =
            analysis.names.own.find(call).map(|d| d.params.iter().map(|(n, _)| (n.clone(), String::new())).collect::<Vec<_>>());
        let built_in = || {
            let f = builtins::functions().find(|f| f.name == call || f.aliases.contains(&call.as_str()))?;
            Some(f.params.iter().map(|p| (p.name.to_string(), p.ty.name().to_string())).collect())
        };
        for (name, ty) in of_text.or_else(built_in).unwrap_or_default() {
            let (label, insert) = (format!("{name}:"), format!("{name}: "));
            out.add(Candidate { label, insert, kind: PROPERTY, detail: ty, entry: None, rank: 1 });
        }
    }
    for v in analysis.names.visible.iter().filter(|v| inside(v.extent, at)) {
        out.plain(&v.name, VARIABLE, hover::word(v.what), 1);
    }
    analysis.facts.iter().for_each(|(name, fact)| out.fact(name, fact, if fact.own { 2 } else { 3 }));
    for (name, defined) in analysis.names.own.names.iter().chain(&analysis.names.own.brought) {
        let kind = match defined.what {
            What::Function => FUNCTION,
            What::Model | What::Network | What::Lattice => CLASS,
            _ => VARIABLE,
        };
        out.plain(name, kind, defined.doc.as_deref().and_then(|d| d.lines().next()).unwrap_or_default(), 3);
    }
    for (k, e) in pages(|e| matches!(e.kind, Kind::Builtin(_))) {
        let kind = if e.signature.contains('(') { FUNCTION } else { CONSTANT };
        out.page(k, e, kind, "", 4);
    }
    RESERVED.iter().filter(|w| !["let", "fn"].contains(w)).for_each(|w| out.word(w, 5));
    match here.head.as_deref() {
        Some("sample" | "anneal" | "train" | "probe") => ["over", "in", "of"].iter().for_each(|w| out.word(w, 0)),
        Some("couplings") => ["on", "by"].iter().for_each(|w| out.word(w, 0)),
        Some("let") => out.word("by", 4),
        _ => {}
    }
}

/// The answer to `textDocument/completion`.
pub fn completion(analysis: &Analysis, at: usize) -> Value {
    let (start, all) = candidates(analysis, at);
    let range = analysis.lines.range(analysis.text(), start, at);
    let items: Vec<Value> = all
        .into_iter()
        .map(|c| {
            let mut item = json!({
                "label": c.label,
                "kind": c.kind,
                "sortText": format!("{}{}", c.rank, c.label),
                "textEdit": { "range": range, "newText": c.insert },
            });
            if !c.detail.is_empty() {
                item["detail"] = json!(c.detail);
            }
            if let Some(entry) = c.entry {
                item["data"] = json!(entry);
            }
            item
        })
        .collect();
    json!({ "isIncomplete": false, "items": items })
}

/// The answer to `completionItem/resolve`: the item with its documentation.
pub fn resolve(item: &Value) -> Value {
    let mut item = item.clone();
    let entry = item["data"].as_u64().and_then(|k| reference::entries().get(k as usize));
    if let (Some(entry), Some(fields)) = (entry, item.as_object_mut()) {
        fields.insert("documentation".into(), json!({ "kind": "markdown", "value": hover::documentation(entry) }));
    }
    item
}
