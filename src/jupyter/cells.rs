//! The cells of a notebook: running one, completing and explaining its words.

use super::kernel::Wire;
use super::message::Message;
use super::show;
use crate::cli::{present, terminal};
use crate::diagnostic::render::{Format, render};
use crate::diagnostic::{Diagnostic, Sources, nearest};
use crate::elaborate::Options;
use crate::lsp::analysis::Analysis;
use crate::lsp::completion::candidates;
use crate::lsp::facts::Fact;
use crate::lsp::hover;
use crate::reference;
use crate::repl::session::{Answer, Session};
use crate::session::{Line, Watch};
use crate::syntax::{Prompt, parse_prompt};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The session behind a notebook.
pub struct Cells {
    session: Session,
    /// The cells that ran, for the frontends' history.
    ran: Vec<String>,
}

/// Stops a run when the flag says so.
struct Stoppable(Arc<AtomicBool>);

impl Watch for Stoppable {
    fn stop(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where the outputs of one cell go.
struct Outputs<'a> {
    wire: &'a Wire,
    parent: &'a Value,
    count: usize,
    silent: bool,
}

impl Outputs<'_> {
    fn send(&self, kind: &str, content: &Value) {
        if !self.silent {
            self.wire.publish(kind, self.parent, content);
        }
    }

    fn print(&self, stream: &str, text: &str) {
        if !text.is_empty() {
            self.send("stream", &json!({ "name": stream, "text": present::with_newline(text.to_string()) }));
        }
    }

    fn display(&self, data: &Value) {
        self.send("display_data", &json!({ "data": data, "metadata": {}, "transient": {} }));
    }

    fn result(&self, data: &Value) {
        self.send("execute_result", &json!({ "execution_count": self.count, "data": data, "metadata": {} }));
    }

    /// An error message, which is the answer too.
    fn error(&self, name: &str, message: &str, traceback: &str) -> Value {
        let lines: Vec<&str> = traceback.trim_end().lines().collect();
        let content = json!({ "ename": name, "evalue": message, "traceback": [lines.join("\n")] });
        self.send("error", &content);
        let mut answer = content;
        answer["status"] = json!("error");
        answer["execution_count"] = json!(self.count);
        answer
    }

    fn good(&self) -> Value {
        json!({ "status": "ok", "execution_count": self.count, "payload": [], "user_expressions": {} })
    }
}

impl Cells {
    /// An empty session; relative paths start at the folder in which Jupyter starts the kernel, the notebook's own.
    pub fn new() -> Cells {
        Cells { session: Session::new(Path::new("")), ran: Vec::new() }
    }

    /// Runs a cell. Gives the answer to its request; what it shows is published.
    pub fn execute(&mut self, wire: &Wire, request: &Message) -> Value {
        let code = request.content["code"].as_str().unwrap_or_default();
        let silent = request.content["silent"].as_bool().unwrap_or(false);
        if !silent && request.content["store_history"].as_bool().unwrap_or(true) {
            self.ran.push(code.to_string());
        }
        let out = Outputs { wire, parent: &request.header, count: self.ran.len(), silent };
        out.send("execute_input", &json!({ "code": code, "execution_count": out.count }));
        if let Some(answer) = self.command(code.trim(), &out) {
            return answer;
        }
        let name = format!("cell {}", out.count);
        let session = &mut self.session;
        let run = || session.feed(&name, code, &Stoppable(wire.stop.clone()));
        // A fault of ours costs the cell, not the notebook's state.
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
            Ok(answer) => give(&answer, &out),
            Err(_) => out.error("InternalError", "ann failed at this cell", "ann failed at this cell; the session goes on"),
        }
    }

    /// `NAME?` and `:doc NAME` explain a name, `:vars` lists those of the session.
    fn command(&self, code: &str, out: &Outputs) -> Option<Value> {
        let one_line = !code.contains('\n');
        let asked = code.strip_suffix('?').or_else(|| code.strip_prefix(":doc ")).filter(|_| one_line).map(str::trim);
        if let Some(name) = asked {
            return Some(match reference::page(name, &|t: &str| t.to_string()) {
                Ok(page) => {
                    out.print("stdout", &page);
                    out.good()
                }
                Err(near) => match self.session.names().get(name) {
                    Some(known) => {
                        out.print("stdout", &format!("{name}: {}", known.text));
                        out.good()
                    }
                    None => {
                        let near = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
                        let message = format!("there is no page on `{name}`{near}");
                        out.error("NoPage", &message, &message)
                    }
                },
            });
        }
        let command = code.strip_prefix(':').filter(|_| one_line)?;
        if command.trim() == "vars" {
            let own: Vec<_> = self.session.names().iter().filter(|(_, k)| k.own).collect();
            out.print("stdout", &own.iter().map(|(n, k)| format!("{n}: {}\n", k.text)).collect::<String>());
            return Some(out.good());
        }
        let near = nearest(command.trim(), ["doc", "vars"]).map(|n| format!("; did you mean `:{n}`?")).unwrap_or_default();
        let message = format!("a notebook has the commands `:doc NAME` and `:vars`, but no `:{}`{near}", command.trim());
        Some(out.error("NoCommand", &message, &message))
    }

    /// The cell's text as an editor sees it, with the names of the session.
    fn analysis(&self, code: &str) -> Analysis {
        let mut analysis = Analysis::of("cell", code, Options::default(), None);
        for (name, known) in self.session.names() {
            let members = known.members.iter().map(|m| (m.clone(), String::new())).collect();
            let fact = Fact { kind: known.text.clone(), members, own: known.own, ..Fact::default() };
            analysis.facts.entry(name.clone()).or_insert(fact);
        }
        analysis
    }

    /// The answer to `complete_request`.
    pub fn complete(&self, code: &str, cursor: usize) -> Value {
        let at = byte(code, cursor);
        let analysis = self.analysis(code);
        let (start, all) = candidates(&analysis, at);
        let written = code.get(start..at).unwrap_or_default();
        let from = code.get(..start).map_or(cursor, |t| t.chars().count());
        let all: Vec<_> = all.into_iter().filter(|c| c.insert.starts_with(written)).collect();
        let kind = |k: u8| match k {
            3 => "function",
            7 => "class",
            9 => "module",
            14 => "keyword",
            5 | 10 => "property",
            _ => "instance",
        };
        let types: Vec<Value> = all
            .iter()
            .map(|c| json!({ "start": from, "end": cursor, "text": c.insert, "type": kind(c.kind), "signature": c.detail }))
            .collect();
        json!({
            "status": "ok",
            "matches": all.iter().map(|c| &c.insert).collect::<Vec<_>>(),
            "cursor_start": from,
            "cursor_end": cursor,
            "metadata": { "_jupyter_types_experimental": types },
        })
    }

    /// The answer to `inspect_request`.
    pub fn inspect(&self, code: &str, cursor: usize) -> Value {
        let analysis = self.analysis(code);
        let at = byte(code, cursor);
        // Behind an open parenthesis one asks about what is called.
        let found = hover::about(&analysis, at).or_else(|| {
            let name = code.get(..at)?.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
            hover::about(&analysis, name.len())
        });
        let text = found.map(|(_, text)| text);
        let plain = text.as_deref().map(|t| t.replace("```ann\n", "").replace("```\n", "\n").replace('`', ""));
        json!({
            "status": "ok",
            "found": text.is_some(),
            "data": text.map_or_else(|| json!({}), |t| json!({ "text/markdown": t, "text/plain": plain })),
            "metadata": {},
        })
    }

    /// The answer to `history_request`: the cells of this session.
    pub fn history(&self, asked: &Value) -> Value {
        let wanted = asked["n"].as_u64().map_or(usize::MAX, |n| n as usize);
        let all = self.ran.iter().enumerate().map(|(k, code)| json!([0, k + 1, code]));
        json!({ "status": "ok", "history": all.skip(self.ran.len().saturating_sub(wanted)).collect::<Vec<_>>() })
    }
}

/// Publishes what a cell gave.
fn give(answer: &Answer, out: &Outputs) -> Value {
    let (errors, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) =
        answer.diagnostics.iter().cloned().partition(Diagnostic::is_error);
    out.print("stderr", &render(&warnings, &answer.sources, Format::Human { color: true }));
    let mut interrupted = false;
    if let Some(outcome) = &answer.outcome {
        interrupted = outcome.interrupted;
        let begun = |t: &&crate::results::TaskResult| answer.tasks.contains(&t.name) && t.points.iter().any(Option::is_some);
        outcome.result.tasks.iter().filter(begun).for_each(|t| out.display(&show::table(t)));
        for (k, line) in outcome.lines.iter().enumerate() {
            match line {
                Line::Show { text, .. } if answer.bare.get(k) == Some(&true) => {
                    let data = json!({ "text/plain": text.trim_end() });
                    if k + 1 == outcome.lines.len() { out.result(&data) } else { out.display(&data) }
                }
                Line::Show { source, text } if source.starts_with('"') => out.print("stdout", text),
                Line::Show { source, text } if text.trim_end().contains('\n') => {
                    out.print("stdout", &format!("{source}\n{text}"))
                }
                Line::Show { source, text } => out.print("stdout", &format!("{source} = {}", text.trim_end())),
                Line::Claim(claim) => out.print("stdout", &present::verdict(claim, &plain())),
                Line::Figure { name, figure } => {
                    let (data, notes) = show::figure(name, figure);
                    out.display(&data);
                    notes.iter().for_each(|n| out.print("stderr", &format!("note: {n}")));
                }
            }
        }
    }
    if interrupted {
        let message = "stopped; what was computed is kept: run the cell again to go on";
        return out.error("Interrupted", message, message);
    }
    let claims =
        || answer.outcome.iter().flat_map(|o| &o.lines).filter_map(|l| if let Line::Claim(c) = l { Some(c) } else { None });
    match errors.first() {
        // A false claim stops a notebook that is run as a whole, as it gives a script its exit status.
        None if claims().any(|c| !c.holds) => {
            let failed: Vec<String> = claims().filter(|c| !c.holds).map(|c| present::verdict(c, &plain())).collect();
            out.error("ClaimFails", &failed[0], &failed.join("\n"))
        }
        Some(first) => {
            let traceback = render(&errors, &answer.sources, Format::Human { color: true });
            out.error(first.code.0, &first.message, &traceback)
        }
        None => out.good(),
    }
}

/// A stream without colours.
fn plain() -> terminal::Terminal {
    use crate::cli::arguments::{MessageFormat, When};
    terminal::Terminal::new(MessageFormat::Human, When::Never)
}

/// The byte of a place that frontends count in characters.
fn byte(code: &str, cursor: usize) -> usize {
    code.char_indices().nth(cursor).map_or(code.len(), |(at, _)| at)
}

/// The answer to `is_complete_request`.
pub fn is_complete(code: &str) -> Value {
    let mut sources = Sources::default();
    let source = sources.add("cell", code);
    match parse_prompt(&sources, source) {
        Prompt::Incomplete => {
            let open = code.matches(['{', '(', '[']).count().saturating_sub(code.matches(['}', ')', ']']).count());
            json!({ "status": "incomplete", "indent": "    ".repeat(open.min(20)) })
        }
        Prompt::Complete(_, problems) if problems.iter().any(Diagnostic::is_error) => json!({ "status": "invalid" }),
        Prompt::Complete(..) => json!({ "status": "complete" }),
    }
}
