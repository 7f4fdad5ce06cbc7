//! The reference as one page of Markdown. Blocks marked `ann` are scripts that run.

use super::page::serves;
use super::{Entry, GROUPS, Kind, SETTINGS, entries};
use std::fmt::Write;

/// The whole reference. `verbs`: each verb of the command with its help.
pub fn markdown(verbs: &[(String, String)]) -> String {
    let mut text = String::from(
        "# Reference of Ann\n\nWritten by `ann doc --markdown` from the tables that the checks use; do not edit it by hand.\n\
         `ann doc NAME` shows one entry.\n",
    );
    chapter(&mut text, "Items", of(Kind::Item));
    chapter(&mut text, "Forms", of(Kind::Form));
    let _ = writeln!(text, "\n## Blocks of tasks\n\n| block | in | gives |\n| --- | --- | --- |");
    for e in of(Kind::Block) {
        let _ = writeln!(text, "| `{}` | {} | {} |", e.name, e.of.as_deref().unwrap_or_default(), cell(&e.text));
    }
    for &group in GROUPS {
        chapter(&mut text, group.title(), of(Kind::Builtin(group)));
    }
    let _ = writeln!(text, "\n## Members\n\n| member | of | |\n| --- | --- | --- |");
    for e in of(Kind::Member) {
        let _ = writeln!(text, "| `{}` | {} | {} |", e.name, e.of.as_deref().unwrap_or_default(), cell(&e.text));
    }
    for module in of(Kind::Module) {
        let _ = writeln!(text, "\n## `{}`\n\n{}\n", module.name, module.text);
        for e in of(Kind::Definition).filter(|e| e.of.as_ref() == Some(&module.name)) {
            let _ = writeln!(text, "- `{}`\\\n  {}", e.signature, e.text.lines().collect::<Vec<_>>().join(" "));
        }
    }
    if !verbs.is_empty() {
        let _ = writeln!(text, "\n## The command");
        for (verb, help) in verbs {
            let _ = writeln!(text, "\n### `ann {verb}`\n\n```text\n{}\n```", help.trim_end());
        }
    }
    let _ = writeln!(text, "\n## Errors and warnings");
    for e in of(Kind::Code) {
        let _ = writeln!(text, "\n### {}: {}\n\n{}", e.name, e.signature, e.text);
        if let Some(wrong) = &e.wrong {
            let _ = writeln!(text, "\nWrong:\n\n```text\n{}\n```", wrong.trim_end());
        }
        if let Some(right) = &e.example {
            let _ = writeln!(text, "\nRight:\n\n```ann\n{}\n```", right.trim_end());
        }
    }
    text
}

fn of(kind: Kind) -> impl Iterator<Item = &'static Entry> {
    entries().iter().filter(move |e| e.kind == kind)
}

fn chapter<'e>(text: &mut String, title: &str, entries: impl Iterator<Item = &'e Entry>) {
    let _ = writeln!(text, "\n## {title}");
    for e in entries {
        let _ = writeln!(text, "\n### `{}`", e.name);
        if e.signature != e.name {
            let _ = writeln!(text, "\n```text\n{}\n```", e.signature);
        }
        let _ = writeln!(text, "\n{}", e.text);
        if !e.aliases.is_empty() {
            let _ =
                writeln!(text, "\nAlso written {}.", e.aliases.iter().map(|a| format!("`{a}`")).collect::<Vec<_>>().join(", "));
        }
        if let Some((_, rows)) = SETTINGS.iter().find(|(block, _)| e.kind == Kind::Item && *block == e.name) {
            let _ = writeln!(text, "\n| setting | takes | default | |\n| --- | --- | --- | --- |");
            for row in *rows {
                let default = row.default.map(|d| format!("`{}`", cell(d))).unwrap_or_default();
                let _ = writeln!(text, "| `{}` | {} | {default} | {} |", row.name, cell(row.takes), cell(row.doc));
            }
            let blocks: Vec<String> = of(Kind::Block).filter(|b| serves(b, &e.name)).map(|b| format!("`{}`", b.name)).collect();
            if !blocks.is_empty() {
                let _ = writeln!(text, "\nBlocks: {}.", blocks.join(", "));
            }
        }
        if let Some(example) = &e.example {
            let _ = writeln!(text, "\n```ann\n{}\n```", example.trim_end());
        }
    }
}

/// Text that cannot break a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
