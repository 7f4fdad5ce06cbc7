//! How a run is cited: the run itself, Ann, and the papers of the methods that it used.
//!
//! Which papers those are follows from the names in the script and from its plan; the rows are in [`papers`].

pub mod papers;

use crate::plan::{Method, Plan, Work};
use crate::results::Header;
use crate::syntax::{Class, classes};
use papers::{Kind, PAPERS, Paper};
use std::collections::BTreeSet;

/// Who wrote Ann, as its licence says.
pub const DEVELOPERS: &str = "The Ann developers";
/// What Ann is, in one line.
pub const TITLE: &str = "Ann: a language for experiments in the statistical mechanics of spin systems and neural networks";

/// The papers behind what a run used, in the order of their table.
pub fn used(header: &Header) -> Vec<&'static Paper> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (_, text) in header.sources.iter().filter(|(name, _)| !name.starts_with("std.")) {
        let words = classes(text);
        let words = words.iter().filter(|(_, c)| matches!(c, Class::Name | Class::Call | Class::Setting | Class::Keyword));
        names.extend(words.map(|(range, _)| text[range.clone()].to_string()));
    }
    // Another name of the same thing, and what a task has without saying so.
    for (alias, name) in [("glauber", "heat_bath"), ("gibbs", "heat_bath")] {
        if names.contains(alias) {
            names.insert(name.to_string());
        }
    }
    if let Ok(plan) = serde_json::from_str::<Plan>(&header.plan) {
        for task in &plan.tasks {
            let methods: Vec<Method> = match &task.work {
                Work::Sample { points, .. } => points.iter().map(|p| p.method).collect(),
                Work::Anneal { points } => points.iter().map(|p| p.method).collect(),
                Work::Train { .. } | Work::Probe { .. } => vec![],
            };
            names.extend(methods.into_iter().map(|m| m.name().to_string()));
        }
    }
    PAPERS.iter().filter(|p| p.names.iter().any(|n| names.contains(*n))).collect()
}

/// The run as BibTeX; none where the script says no authors.
fn of_run(header: &Header) -> Option<String> {
    let attribute = |name: &str| header.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let authors = authors(attribute("authors").or(attribute("author"))?);
    if authors.is_empty() {
        return None;
    }
    let title = title(header);
    let year = header.created.get(..4).unwrap_or_default();
    let mut fields = vec![("author", authors.join(" and ")), ("title", title), ("year", year.to_string())];
    if let Some(doi) = attribute("doi") {
        fields.push(("doi", doi.to_string()));
    }
    fields.push(("note", format!("Computed with Ann {}", header.ann_version)));
    Some(entry("misc", &format!("run{year}"), &fields))
}

/// The title of a run: that of the experiment, else the first line of its documentation, else the script's name.
pub fn title(header: &Header) -> String {
    let first = header.doc.as_deref().and_then(|d| d.lines().find(|l| !l.trim().is_empty()));
    let script = || header.sources.first().map_or("", |(name, _)| name.rsplit('/').next().unwrap_or(name));
    let title = header.title.as_deref().or(first).unwrap_or_else(script);
    title.trim().trim_end_matches('.').to_string()
}

/// Names from the attribute of an experiment, which has them between semicolons; one text may join them by `and`.
pub fn authors(attribute: &str) -> Vec<String> {
    let all = attribute.split(';').flat_map(|part| part.split(" and "));
    all.map(|a| a.trim().to_string()).filter(|a| !a.is_empty()).collect()
}

/// The authors that a run names.
pub fn authors_of(header: &Header) -> Vec<String> {
    let named = header.attributes.iter().find(|(n, _)| n == "authors" || n == "author");
    named.map(|(_, v)| authors(v)).unwrap_or_default()
}

/// Ann itself as BibTeX, in the version that is named.
pub fn of_ann(version: &str) -> String {
    let fields = [("author", format!("{{{DEVELOPERS}}}")), ("title", TITLE.to_string()), ("version", version.to_string())];
    entry("software", "ann", &fields)
}

/// A paper as BibTeX.
pub fn of_paper(p: &Paper) -> String {
    let (kind, venue) = match p.kind {
        Kind::Article => ("article", "journal"),
        Kind::Proceedings => ("inproceedings", "booktitle"),
        Kind::Book => ("book", "publisher"),
    };
    let mut fields = vec![("author", p.authors.to_string()), ("title", p.title.to_string()), (venue, p.venue.to_string())];
    for (name, value) in [("volume", p.volume), ("pages", p.pages)] {
        if !value.is_empty() {
            fields.push((name, value.to_string()));
        }
    }
    fields.push(("year", p.year.to_string()));
    match p.doi.strip_prefix("arXiv:") {
        Some(number) => fields.extend([("eprint", number.to_string()), ("archiveprefix", "arXiv".to_string())]),
        None if p.doi.is_empty() => {}
        None => fields.push(("doi", p.doi.to_string())),
    }
    entry(kind, p.key, &fields)
}

fn entry(kind: &str, key: &str, fields: &[(&str, String)]) -> String {
    let width = fields.iter().map(|(n, _)| n.len()).max().unwrap_or(0);
    let lines: Vec<String> = fields.iter().map(|(n, v)| format!("  {n:width$} = {{{}}},\n", balanced(v))).collect();
    format!("@{kind}{{{key},\n{}}}\n", lines.concat())
}

/// A value whose braces match: BibTeX cannot read others.
fn balanced(value: &str) -> String {
    let mut depth = 0i64;
    let good = value.chars().all(|c| {
        depth += i64::from(c == '{') - i64::from(c == '}');
        depth >= 0
    });
    if good && depth == 0 { value.to_string() } else { value.replace(['{', '}'], "") }
}

/// Everything that a run asks to be cited, as BibTeX: itself, Ann, and the papers.
pub fn bibtex(header: &Header) -> String {
    let mut all: Vec<String> = of_run(header).into_iter().collect();
    all.push(of_ann(&header.ann_version));
    all.extend(used(header).into_iter().map(of_paper));
    all.join("\n")
}

/// A paper in a line: `U. Wolff, Collective ..., Physical Review Letters 62, 361 (1989)`.
pub fn line(p: &Paper) -> String {
    let names: Vec<&str> = p.authors.split(" and ").collect();
    let authors = match names.as_slice() {
        [one] => (*one).to_string(),
        [first, second] => format!("{first} and {second}"),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
        [] => String::new(),
    };
    let mut place = p.venue.to_string();
    if !p.volume.is_empty() {
        place.push_str(&format!(" {}", p.volume));
    }
    if !p.pages.is_empty() {
        place.push_str(&format!(", {}", p.pages));
    }
    format!("{authors}, {}, {place} ({})", p.title, p.year)
}

#[cfg(test)]
mod tests;
