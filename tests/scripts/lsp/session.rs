//! An editor for the tests: a session with `ann lsp` over the real protocol, and places in texts.

use crate::common::Folder;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A server, and the editor's side of the talk.
pub struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: i64,
    /// Notifications that came while an answer was waited for.
    waiting: Vec<Value>,
}

impl Session {
    pub fn bare(folder: &Folder) -> Session {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ann"))
            .args(["lsp", "--stdio"])
            .env("XDG_CACHE_HOME", &folder.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("ann starts");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Session { child, input, output, next: 0, waiting: Vec::new() }
    }

    pub fn begun(folder: &Folder) -> Session {
        let mut s = Session::bare(folder);
        let result = s.ask("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
        assert_eq!(result["capabilities"]["positionEncoding"], "utf-16");
        s.tell("initialized", json!({}));
        s
    }

    pub fn raw(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    }

    pub fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server has gone");
            match line.trim() {
                "" => break,
                header => length = header.strip_prefix("Content-Length: ").unwrap().parse().unwrap(),
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The whole answer to a request.
    pub fn answer(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == json!(id) {
                return message;
            }
            self.waiting.push(message);
        }
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    pub fn open(&mut self, uri: &str, text: &str) -> Value {
        self.tell(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "ann", "version": 1, "text": text } }),
        );
        self.diagnostics(uri)
    }

    /// The next diagnostics of a document.
    pub fn diagnostics(&mut self, uri: &str) -> Value {
        let wanted = |m: &Value| m["method"] == "textDocument/publishDiagnostics" && m["params"]["uri"] == uri;
        loop {
            if let Some(k) = self.waiting.iter().position(wanted) {
                return self.waiting.remove(k)["params"]["diagnostics"].clone();
            }
            let message = self.receive();
            self.waiting.push(message);
        }
    }

    /// A request at the place of a mark `|` in one of the text's lines.
    pub fn at(&mut self, method: &str, uri: &str, text: &str, marked: &str) -> Value {
        let params = json!({ "textDocument": { "uri": uri }, "position": position(text, marked) });
        self.ask(&format!("textDocument/{method}"), params)
    }

    pub fn end(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        assert_eq!(self.answer("textDocument/hover", json!({}))["error"]["code"], -32600);
        self.tell("exit", Value::Null);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The position of `|` in a part of the text.
pub fn position(text: &str, marked: &str) -> Value {
    let at = text.find(&marked.replace('|', "")).unwrap_or_else(|| panic!("no {marked}")) + marked.find('|').unwrap();
    let before = &text[..at];
    let line = before.matches('\n').count();
    json!({ "line": line, "character": before.rsplit('\n').next().unwrap().encode_utf16().count() })
}

/// The text of a range.
pub fn part<'a>(text: &'a str, range: &Value) -> &'a str {
    let byte = |p: &Value| {
        let start: usize = text.split_inclusive('\n').take(p["line"].as_u64().unwrap() as usize).map(str::len).sum();
        let mut units = p["character"].as_u64().unwrap() as usize;
        let rest = &text[start..];
        start
            + rest
                .char_indices()
                .find(|(_, c)| {
                    units == 0 || {
                        units = units.saturating_sub(c.len_utf16());
                        false
                    }
                })
                .map_or(rest.len(), |(at, _)| at)
    };
    &text[byte(&range["start"])..byte(&range["end"])]
}

/// A text with the edits of one document made.
pub fn edited(text: &str, edits: &Value) -> String {
    let mut edits: Vec<&Value> = edits.as_array().unwrap().iter().collect();
    edits.sort_by_key(|e| (e["range"]["start"]["line"].as_u64(), e["range"]["start"]["character"].as_u64()));
    let mut out = text.to_string();
    for e in edits.into_iter().rev() {
        let at = part(text, &json!({ "start": { "line": 0, "character": 0 }, "end": e["range"]["start"] })).len();
        out.replace_range(at..at + part(text, &e["range"]).len(), e["newText"].as_str().unwrap());
    }
    out
}

pub fn labels(result: &Value) -> Vec<&str> {
    result["items"].as_array().unwrap().iter().map(|i| i["label"].as_str().unwrap()).collect()
}
