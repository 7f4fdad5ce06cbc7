//! Where the numbers come from: who, when and where, on which kernels and why, how to have them again, and how to cite them.

use super::Report;
use super::escape::{escape, table};
use crate::cite;
use crate::lower::explain::{Explanation, Group, TaskExplanation, explain};
use crate::results::{Header, TaskResult};
use std::fmt::Write;

/// Authors, state, version and date.
pub(super) fn byline(report: &Report) -> String {
    let header = &report.run.header;
    let mut out = String::new();
    let authors = cite::authors_of(header);
    if !authors.is_empty() {
        let _ = writeln!(out, "<p class=\"authors\">{}</p>", escape(&authors.join(", ")));
    }
    let state = if header.complete { "complete" } else { "not complete" };
    let mut facts = vec![
        format!("ann {}", header.ann_version),
        format!("seed {}", header.seed),
        header.created.replace('T', " ").replace('Z', " UTC"),
        state.to_string(),
    ];
    for (name, value) in header.attributes.iter().filter(|(n, _)| n != "authors" && n != "author") {
        facts.push(format!("{name}: {value}"));
    }
    let facts: Vec<String> = facts.iter().map(|f| format!("<li>{}</li>", escape(f))).collect();
    let _ = writeln!(out, "<ul class=\"facts\">{}</ul>", facts.concat());
    out
}

/// The kernels of each task: what was chosen, why, and how long it took.
pub(super) fn kernels(report: &Report) -> String {
    let mut rows = Vec::new();
    for task in &report.run.tasks {
        let times: Vec<f64> = task.points.iter().flatten().map(|p| p.wall_seconds).collect();
        let longest = times.iter().copied().fold(0.0, f64::max);
        rows.push(vec![
            format!("<code>{}</code>", escape(&task.name)),
            escape(&used(task)),
            escape(&task.updates),
            task.points.iter().flatten().count().to_string(),
            seconds(times.iter().sum()),
            seconds(longest),
        ]);
    }
    let head = ["Task", "Kernel", "Order of updates", "Points", "Time of all", "Longest"].map(str::to_string);
    let mut out = table(&head, &rows, 3);
    let _ = writeln!(out, "<p class=\"small\">Times are those of one thread each, on {}.</p>", escape(&report.run.header.host));
    if let Some(plan) = &report.plan {
        explain(plan).tasks.into_iter().for_each(|t| out.push_str(&reasons(t)));
    }
    out
}

fn used(task: &TaskResult) -> String {
    let mut kernels: Vec<&str> = task.points.iter().flatten().map(|p| p.kernel.as_str()).filter(|k| !k.is_empty()).collect();
    kernels.sort_unstable();
    kernels.dedup();
    kernels.join(", ")
}

/// Why the kernels of a task were chosen.
fn reasons(task: TaskExplanation) -> String {
    let mut out = format!("<details open=\"open\"><summary>Why, for <code>{}</code></summary>\n", escape(&task.name));
    if !task.groups.is_empty() {
        let head = ["Model", "Method", "Energy", "Kernel", "Why", "Instead of"].map(str::to_string);
        out.push_str(&table(&head, &task.groups.iter().map(group).collect::<Vec<_>>(), 6));
    }
    if !task.descents.is_empty() {
        let text = Explanation { tasks: vec![TaskExplanation { groups: vec![], ..task }] }.text();
        let _ = writeln!(out, "<pre class=\"text\">{}</pre>", escape(text.trim_end()));
    }
    out.push_str("</details>\n");
    out
}

fn group(g: &Group) -> Vec<String> {
    let energy = match (&g.normal_form, &g.no_normal_form) {
        (Some(form), _) => format!("<code>{}</code>", escape(form)),
        (None, Some(why)) => format!("no normal form: {}", escape(why)),
        (None, None) => String::new(),
    };
    let others: Vec<String> =
        g.rejected.iter().map(|r| format!("<li><b>{}</b>: {}</li>", escape(&r.kernel), escape(&r.why))).collect();
    vec![
        escape(&g.model),
        escape(&g.method),
        energy,
        escape(g.kernel.as_deref().unwrap_or("none")),
        escape(g.reason.as_deref().unwrap_or_default()),
        if others.is_empty() { String::new() } else { format!("<ul>{}</ul>", others.concat()) },
    ]
}

fn seconds(s: f64) -> String {
    match s {
        s if s < 0.0995 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Commands that give the numbers again.
pub(super) fn again(report: &Report) -> String {
    let header = &report.run.header;
    let script = header.sources.first().map_or("script.ann", |(name, _)| name.rsplit('/').next().unwrap_or(name));
    let mut run = format!("ann run {}", quoted(script));
    for set in &header.overrides {
        let _ = write!(run, " --set {}", quoted(set));
    }
    let _ = write!(run, " --seed {}", header.seed);
    let file = quoted(&report.file);
    let mut out = format!(
        "<p>The result file carries the script, the seed and every value, so that it can be run again by itself; every data set is then \
         compared with the one in the file:</p>\n<pre class=\"text\">ann reproduce {0}</pre>\n\
         <p>Or the script above, saved as <code>{1}</code>:</p>\n<pre class=\"text\">{2}</pre>\n",
        escape(&file),
        escape(script),
        escape(&run)
    );
    if let Some(task) = report.run.tasks.first() {
        let _ = write!(
            out,
            "<p>The numbers in Python:</p>\n<pre class=\"text\">import xarray\nxarray.open_dataset({}, group={}, engine=\"h5netcdf\")</pre>\n",
            escape(&python(&report.file)),
            escape(&python(&task.name))
        );
    }
    let command: Vec<String> =
        header.command.iter().enumerate().map(|(k, word)| if k == 0 { "ann".into() } else { quoted(word) }).collect();
    if !command.is_empty() {
        let _ = writeln!(out, "<p class=\"small\">The file was written by <code>{}</code>.</p>", escape(&command.join(" ")));
    }
    out
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_string() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A text as Python writes it.
fn python(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What to cite, as lines and as BibTeX.
pub(super) fn citation(header: &Header) -> String {
    let mut out = format!(
        "<ul>\n<li>{}, {}, version {}</li>\n",
        escape(cite::DEVELOPERS),
        escape(cite::TITLE),
        escape(&header.ann_version)
    );
    for paper in cite::used(header) {
        let doi = if paper.doi.is_empty() { String::new() } else { format!(" <code>{}</code>", escape(paper.doi)) };
        let _ = writeln!(out, "<li>{}{doi}</li>", escape(&cite::line(paper)));
    }
    let _ = write!(
        out,
        "</ul>\n<details><summary>BibTeX</summary>\n<pre class=\"text\">{}</pre>\n</details>\n",
        escape(cite::bibtex(header).trim_end())
    );
    out
}
