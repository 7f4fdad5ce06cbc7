//! What a run claims, found, was given and warned of.

use super::escape::{escape, paragraphs, spans, table};
use crate::results::{Derived, RunResult, TaskResult};
use crate::store::{self, format_value};
use std::fmt::Write;

/// Rows of one table; what is beyond them is in the file.
const ROWS: usize = 2000;
/// Lines of a history.
const LINES: usize = 60;
/// A table with more rows than this is folded.
const UNFOLDED: usize = 60;

pub(super) fn claims(run: &RunResult) -> String {
    if run.claims.is_empty() {
        return String::new();
    }
    let held = run.claims.iter().filter(|c| c.holds).count();
    let mut out = match (held, run.claims.len()) {
        (1, 1) => "<p>The one claim of the script holds.</p>\n".to_string(),
        (held, all) if held == all => format!("<p>All {all} claims of the script hold.</p>\n"),
        (held, all) => format!("<p><b>{held} of {all} claims of the script hold.</b></p>\n"),
    };
    out.push_str("<ul class=\"claims\">\n");
    for claim in &run.claims {
        let (class, word) = if claim.holds { ("good", "holds") } else { ("bad", "fails") };
        let _ = write!(out, "<li><span class=\"verdict {class}\">{word}</span> <code>{}</code>", escape(&claim.expression));
        if !claim.detail.is_empty() {
            let _ = write!(out, " <span class=\"detail\">{}</span>", escape(&claim.detail));
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n");
    out
}

pub(super) fn results(run: &RunResult) -> String {
    let mut out = String::new();
    if !run.derived.is_empty() {
        let head = ["Quantity", "Value", "From"].map(str::to_string);
        let rows: Vec<Vec<String>> = run.derived.iter().map(derived).collect();
        out.push_str(&table(&head, &rows, 3));
    }
    run.tasks.iter().for_each(|task| out.push_str(&one_task(task)));
    out
}

fn derived(d: &Derived) -> Vec<String> {
    let line = store::derived_line(d);
    let value = line.split_once(" = ").map_or(line.as_str(), |(_, v)| v);
    let over: Vec<&str> = d.axes.iter().map(|a| a.name.as_str()).collect();
    let over = if over.is_empty() { String::new() } else { format!(" over {}", over.join(", ")) };
    let doc = d.doc.as_ref().map(|d| format!("<br/><span class=\"small\">{}</span>", spans(d))).unwrap_or_default();
    let name = if d.name == d.expression { format!("<code>{}</code>", escape(&d.name)) } else { escape(&d.name) };
    let mut value = escape(value);
    if d.axes.len() == 1 && d.value.len() == d.axes[0].coordinates.len() && d.value.len() > 3 {
        let rows: Vec<Vec<String>> = (0..d.value.len().min(ROWS))
            .map(|i| {
                let error = d.error.get(i).copied().unwrap_or(0.0);
                vec![escape(&d.axes[0].coordinates.label(i)), escape(&format_value(d.value[i], error))]
            })
            .collect();
        let head = [escape(&d.axes[0].name), escape(&d.name)];
        value = format!("<details><summary>{value}</summary>{}</details>", table(&head, &rows, 1));
    }
    vec![format!("{name}{}{doc}", escape(&over)), value, format!("<code>{}</code>", escape(&d.expression))]
}

fn one_task(task: &TaskResult) -> String {
    let mut out = format!("<h3><span class=\"kind\">{}</span> {}</h3>\n", escape(&task.kind), escape(&task.name));
    out.push_str(&paragraphs(task.doc.as_deref().unwrap_or_default()));
    if let Some(cells) = store::cells(task) {
        let described = |name: &String| {
            let d = task.descriptions.iter().find(|d| d.name == *name);
            let units = d
                .and_then(|d| d.units.as_ref())
                .map(|u| format!(" <span class=\"unit\">{}</span>", escape(u)))
                .unwrap_or_default();
            match d.map(|d| d.expression.as_str()).filter(|e| !e.is_empty()) {
                Some(expression) => format!("<span title=\"{}\">{}</span>{units}", escape(expression), escape(name)),
                None => format!("{}{units}", escape(name)),
            }
        };
        let head: Vec<String> = cells.head.iter().map(described).collect();
        let rows: Vec<Vec<String>> = cells.rows.iter().take(ROWS).map(|r| r.iter().map(|c| escape(c)).collect()).collect();
        let written = table(&head, &rows, 0);
        match rows.len() > UNFOLDED {
            true => {
                let _ = writeln!(out, "<details open=\"open\"><summary>{} rows</summary>\n{written}</details>", cells.rows.len());
            }
            false => out.push_str(&written),
        }
        if cells.rows.len() > ROWS {
            let _ = writeln!(out, "<p class=\"small\">The first {ROWS} of {} rows.</p>", cells.rows.len());
        }
    }
    let own = store::own_tables(task, LINES);
    if !own.trim().is_empty() {
        let _ = writeln!(out, "<pre class=\"text\">{}</pre>", escape(own.trim_end()));
    }
    let kept: Vec<String> = kept(task).iter().map(|name| format!("<code>{}</code>", escape(name))).collect();
    if !kept.is_empty() {
        let _ = writeln!(out, "<p class=\"small\">Kept in the file: {}.</p>", kept.join(", "));
    }
    out
}

/// The names of what a task keeps besides its quantities.
fn kept(task: &TaskResult) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in task.points.iter().flatten().flat_map(|p| &p.kept) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

pub(super) fn parameters(run: &RunResult) -> String {
    let header = &run.header;
    let set: Vec<&str> = header.overrides.iter().filter_map(|o| o.split_once('=')).map(|(name, _)| name).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (name, doc, value) in &header.params {
        let shown = serde_json::from_str::<serde_json::Value>(value).ok().and_then(|v| v.as_str().map(str::to_string));
        let mark = if set.contains(&name.as_str()) { " <span class=\"small\">(set on the command line)</span>" } else { "" };
        let value = escape(shown.as_deref().unwrap_or(value));
        rows.push(vec![
            format!("<code>{}</code>", escape(name)),
            format!("{value}{mark}"),
            spans(doc.as_deref().unwrap_or_default()),
        ]);
    }
    rows.push(vec!["seed".to_string(), header.seed.to_string(), "of every random draw".to_string()]);
    table(&["Name", "Value", "Meaning"].map(str::to_string), &rows, 3)
}

pub(super) fn warnings(run: &RunResult) -> String {
    let mut lines: Vec<String> = Vec::new();
    if !run.header.complete {
        lines.push("The run is not complete: some points are missing or failed.".to_string());
    }
    for task in &run.tasks {
        // One line for each kind, at the first point that has it.
        let mut said: Vec<(String, String, usize)> = Vec::new();
        let missing = task.points.iter().filter(|p| p.is_none()).count();
        for (k, point) in task.points.iter().enumerate().filter_map(|(k, p)| Some((k, p.as_ref()?))) {
            let at = store::point_label(task, k);
            let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
            let failure = point.failed.as_ref().map(|why| ("failed".to_string(), why.clone()));
            let all = failure.into_iter().chain(point.warnings.iter().map(|w| (w.code.clone(), w.message.clone())));
            for (code, message) in all {
                match said.iter_mut().find(|(c, ..)| *c == code) {
                    Some((_, _, count)) => *count += 1,
                    None => said.push((code, format!("{at}: {message}"), 1)),
                }
            }
        }
        for (code, message, count) in said {
            let more = if count > 1 { format!(" (and at {} more points)", count - 1) } else { String::new() };
            lines.push(format!("<b>{}</b> <code>{}</code>{}{more}", escape(&code), escape(&task.name), spans(&message)));
        }
        if missing > 0 {
            lines.push(format!("<code>{}</code>: {missing} of {} points are missing", escape(&task.name), task.points.len()));
        }
    }
    if lines.is_empty() {
        return "<p>None.</p>\n".to_string();
    }
    format!("<ul class=\"warnings\">\n{}</ul>\n", lines.iter().map(|l| format!("<li>{l}</li>\n")).collect::<String>())
}
