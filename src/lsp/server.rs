//! The server: documents that are open, requests and their answers, and the order in which a session begins and ends.

use super::analysis::Analysis;
use super::places::{self, Document};
use super::text::{change, path_of};
use super::{colours, completion, hover, outline, problems, wire};
use crate::elaborate::Options;
use crate::syntax::ast::{ItemKind, UsePath};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const INTERNAL: i64 = -32603;
const NOT_INITIALIZED: i64 = -32002;
const REQUEST_FAILED: i64 = -32803;

type Answer = Result<Value, (i64, String)>;

struct Open {
    text: String,
    version: Value,
    analysis: Option<Analysis>,
    /// The text has changed since the analysis.
    changed: bool,
    /// Its diagnostics are to be sent.
    unsaid: bool,
}

/// A session with an editor.
#[derive(Default)]
pub struct Server {
    documents: BTreeMap<String, Open>,
    initialized: bool,
    shut_down: bool,
    /// What is to be sent.
    pub out: Vec<Value>,
}

impl Server {
    /// Takes a message; the exit status if it ends the session.
    pub fn take(&mut self, message: wire::Incoming) -> Option<u8> {
        let message = match message {
            wire::Incoming::Message(message) => message,
            wire::Incoming::Broken(reason) => {
                self.refuse(Value::Null, PARSE_ERROR, &reason);
                return None;
            }
            wire::Incoming::End => return Some(u8::from(!self.shut_down)),
        };
        let id = message.get("id").cloned();
        let Some(method) = message["method"].as_str() else {
            // An answer to a request of ours needs nothing; anything else is not of the protocol.
            if message.get("result").is_none() && message.get("error").is_none() {
                self.refuse(id.unwrap_or(Value::Null), INVALID_REQUEST, "a message without a method");
            }
            return None;
        };
        let params = &message["params"];
        let Some(id) = id else {
            if method == "exit" {
                return Some(u8::from(!self.shut_down));
            }
            if self.initialized && !self.shut_down {
                self.notified(method, params);
            }
            return None;
        };
        let answer = match method {
            "initialize" if self.initialized => Err((INVALID_REQUEST, "the session has begun already".to_string())),
            "initialize" => {
                self.initialized = true;
                Ok(abilities())
            }
            _ if !self.initialized => Err((NOT_INITIALIZED, "the session has not begun".to_string())),
            _ if self.shut_down => Err((INVALID_REQUEST, "the session is over".to_string())),
            "shutdown" => {
                self.shut_down = true;
                Ok(Value::Null)
            }
            // A fault of ours must not end the session.
            _ => std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.request(method, params)))
                .unwrap_or_else(|_| Err((INTERNAL, format!("`{method}` failed")))),
        };
        match answer {
            Ok(result) => self.out.push(json!({ "jsonrpc": "2.0", "id": id, "result": result })),
            Err((code, reason)) => self.refuse(id, code, &reason),
        }
        None
    }

    fn refuse(&mut self, id: Value, code: i64, reason: &str) {
        self.out.push(json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": reason } }));
    }

    fn notified(&mut self, method: &str, params: &Value) {
        let document = &params["textDocument"];
        let Some(uri) = document["uri"].as_str() else { return };
        match method {
            "textDocument/didOpen" => {
                let text = document["text"].as_str().unwrap_or_default().to_string();
                let version = document["version"].clone();
                self.documents.insert(uri.to_string(), Open { text, version, analysis: None, changed: true, unsaid: true });
                self.modules_changed(uri);
            }
            "textDocument/didChange" => {
                let Some(open) = self.documents.get_mut(uri) else { return };
                for c in params["contentChanges"].as_array().into_iter().flatten() {
                    if let Some(text) = change(&open.text, c) {
                        open.text = text;
                    }
                }
                open.version = document["version"].clone();
                (open.changed, open.unsaid) = (true, true);
                self.modules_changed(uri);
            }
            "textDocument/didSave" => self.modules_changed(uri),
            "textDocument/didClose" if self.documents.remove(uri).is_some() => {
                self.out.push(wire::notification("textDocument/publishDiagnostics", json!({ "uri": uri, "diagnostics": [] })));
                self.modules_changed(uri);
            }
            _ => {}
        }
    }

    /// Documents that use another one see it as it is now.
    fn modules_changed(&mut self, uri: &str) {
        for (other, open) in &mut self.documents {
            let uses_files = open.analysis.as_ref().is_some_and(|a| !used_files(a).is_empty());
            if other != uri && uses_files {
                (open.changed, open.unsaid) = (true, true);
            }
        }
    }

    /// Checks what has changed, and says what is wrong with it; done when nothing more waits.
    pub fn settle(&mut self) {
        let uris: Vec<String> = self.documents.iter().filter(|(_, d)| d.unsaid).map(|(u, _)| u.clone()).collect();
        for uri in uris {
            self.analyse(&uri);
            let Some(open) = self.documents.get_mut(&uri) else { continue };
            open.unsaid = false;
            if let Some(analysis) = &open.analysis {
                let mut params = json!({ "uri": uri, "diagnostics": problems::diagnostics(analysis, &uri) });
                if open.version.is_number() {
                    params["version"] = open.version.clone();
                }
                self.out.push(wire::notification("textDocument/publishDiagnostics", params));
            }
        }
    }

    /// Brings the analysis of a document up to date.
    fn analyse(&mut self, uri: &str) {
        let Some(open) = self.documents.get(uri).filter(|d| d.changed || d.analysis.is_none()) else { return };
        let path = path_of(uri);
        let folder = path.as_deref().and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
        let name = path.as_deref().map_or_else(|| uri.to_string(), |p| p.display().to_string());
        let options = Options { files: self.unsaved(&folder, &open.text), folder, ..Options::default() };
        let Some(open) = self.documents.get_mut(uri) else { return };
        open.analysis = Some(Analysis::of(&name, &open.text, options, open.analysis.as_ref()));
        open.changed = false;
    }

    /// The texts of modules that are open, by the paths with which a script names them.
    fn unsaved(&self, folder: &Path, text: &str) -> BTreeMap<String, String> {
        let open: BTreeMap<PathBuf, &str> =
            self.documents.iter().filter_map(|(u, d)| Some((problems::tidy(path_of(u)?), d.text.as_str()))).collect();
        let mut out = BTreeMap::new();
        let mut waiting = vec![text.to_string()];
        while let Some(text) = waiting.pop() {
            let mut sources = crate::diagnostic::Sources::default();
            let source = sources.add("", text);
            for item in crate::syntax::parse(&sources, source).0.items {
                let ItemKind::Use { path: UsePath::File(path, _), .. } = item.kind else { continue };
                if let Some(text) = open.get(&problems::tidy(folder.join(&path))).filter(|_| !out.contains_key(&path)) {
                    waiting.push(text.to_string());
                    out.insert(path, text.to_string());
                }
            }
        }
        out
    }

    fn request(&mut self, method: &str, params: &Value) -> Answer {
        if method == "completionItem/resolve" {
            return Ok(completion::resolve(params));
        }
        if !abilities_of(method) {
            return Err((METHOD_NOT_FOUND, format!("`{method}` is not known")));
        }
        let uri = params["textDocument"]["uri"].as_str().ok_or((INVALID_PARAMS, "no document is named".to_string()))?;
        if !self.documents.contains_key(uri) {
            return Err((INVALID_PARAMS, format!("`{uri}` is not open")));
        }
        let several = matches!(method, "textDocument/references" | "textDocument/rename");
        let all: Vec<String> = if several { self.documents.keys().cloned().collect() } else { vec![uri.to_string()] };
        all.iter().for_each(|u| self.analyse(u));
        let open: Vec<Document> =
            all.iter().filter_map(|u| Some((u.as_str(), self.documents.get(u)?.analysis.as_ref()?))).collect();
        let Some(&(_, a)) = open.iter().find(|(u, _)| *u == uri) else { return Err((INTERNAL, "no analysis".to_string())) };
        let at = a.lines.byte(a.text(), &params["position"]);
        let failed = |reason: String| (REQUEST_FAILED, reason);
        Ok(match method {
            "textDocument/hover" => hover::hover(a, at),
            "textDocument/completion" => completion::completion(a, at),
            "textDocument/definition" => places::definition(uri, a, at),
            "textDocument/references" => places::references(uri, a, at, &open),
            "textDocument/documentHighlight" => places::highlights(uri, a, at),
            "textDocument/prepareRename" => {
                let found = places::renamable(a, at).map_err(failed)?;
                json!({ "range": a.lines.of_span(a.text(), found.span), "placeholder": found.name })
            }
            "textDocument/rename" => {
                let new = params["newName"].as_str().ok_or((INVALID_PARAMS, "no new name".to_string()))?;
                places::rename(uri, a, at, new, &open).map_err(failed)?
            }
            "textDocument/formatting" => formatting(a),
            "textDocument/documentSymbol" => outline::symbols(a),
            "textDocument/foldingRange" => outline::folds(a),
            "textDocument/semanticTokens/full" => colours::semantic(a),
            "textDocument/codeAction" => problems::actions(a, uri, &params["range"]),
            _ => return Err((METHOD_NOT_FOUND, format!("`{method}` is not known"))),
        })
    }
}

fn used_files(analysis: &Analysis) -> Vec<&str> {
    let files = analysis.script.items.iter().filter_map(|i| match &i.kind {
        ItemKind::Use { path: UsePath::File(path, _), .. } => Some(path.as_str()),
        _ => None,
    });
    files.collect()
}

/// One edit over the lines that differ; none if the text is laid out already or cannot be read.
fn formatting(a: &Analysis) -> Value {
    let text = a.text();
    let Ok(new) = crate::syntax::format(text) else { return Value::Null };
    if new == text {
        return json!([]);
    }
    let common = text.split_inclusive('\n').zip(new.split_inclusive('\n')).take_while(|(x, y)| x == y);
    let start: usize = common.map(|(x, _)| x.len()).sum();
    let tail =
        text[start..].split_inclusive('\n').rev().zip(new[start..].split_inclusive('\n').rev()).take_while(|(x, y)| x == y);
    let end: usize = tail.map(|(x, _)| x.len()).sum();
    json!([{ "range": a.lines.range(text, start, text.len() - end), "newText": &new[start..new.len() - end] }])
}

const METHODS: &[&str] = &[
    "hover",
    "completion",
    "definition",
    "references",
    "documentHighlight",
    "prepareRename",
    "rename",
    "formatting",
    "documentSymbol",
    "foldingRange",
    "semanticTokens/full",
    "codeAction",
];

fn abilities_of(method: &str) -> bool {
    method.strip_prefix("textDocument/").is_some_and(|m| METHODS.contains(&m))
}

/// The answer to `initialize`.
fn abilities() -> Value {
    json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": { "openClose": true, "change": 2, "save": {} },
            "hoverProvider": true,
            "completionProvider": { "triggerCharacters": [".", ":", "\"", "/"], "resolveProvider": true },
            "definitionProvider": true,
            "referencesProvider": true,
            "documentHighlightProvider": true,
            "renameProvider": { "prepareProvider": true },
            "documentFormattingProvider": true,
            "documentSymbolProvider": true,
            "foldingRangeProvider": true,
            "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            "semanticTokensProvider": {
                "legend": { "tokenTypes": colours::TYPES, "tokenModifiers": colours::MODIFIERS },
                "full": true,
            },
        },
        "serverInfo": { "name": "ann", "version": env!("CARGO_PKG_VERSION") },
    })
}
