//! Places in a text as the protocol counts them, lines from 0 and columns in UTF-16 units; and files as it names them.

use crate::diagnostic::Span;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub fn of(text: &str) -> Lines {
        Lines { starts: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect() }
    }

    /// The byte of a position; one beyond a line is its end.
    pub fn byte(&self, text: &str, position: &Value) -> usize {
        let line = position["line"].as_u64().unwrap_or(0) as usize;
        let column = position["character"].as_u64().unwrap_or(0) as usize;
        let Some(&start) = self.starts.get(line) else { return text.len() };
        let end = self.starts.get(line + 1).map_or(text.len(), |e| e - 1);
        let mut units = 0;
        for (at, c) in text[start..end].char_indices() {
            if units >= column || c == '\r' && start + at + 1 == end {
                return start + at;
            }
            units += c.len_utf16();
        }
        end
    }

    /// Line and column of a byte.
    pub fn place(&self, text: &str, byte: usize) -> (usize, usize) {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        let line = self.starts.partition_point(|&s| s <= byte) - 1;
        (line, text[self.starts[line]..byte].chars().map(char::len_utf16).sum())
    }

    pub fn position(&self, text: &str, byte: usize) -> Value {
        let (line, character) = self.place(text, byte);
        json!({ "line": line, "character": character })
    }

    pub fn range(&self, text: &str, start: usize, end: usize) -> Value {
        json!({ "start": self.position(text, start), "end": self.position(text, end.max(start)) })
    }

    pub fn of_span(&self, text: &str, span: Span) -> Value {
        self.range(text, span.start as usize, span.end as usize)
    }
}

/// A text after one change of `textDocument/didChange`.
pub fn change(text: &str, change: &Value) -> Option<String> {
    let new = change["text"].as_str()?;
    let Some(range) = change.get("range").filter(|r| r.is_object()) else { return Some(new.to_string()) };
    let lines = Lines::of(text);
    let (start, end) = (lines.byte(text, &range["start"]), lines.byte(text, &range["end"]));
    let (start, end) = (start.min(end), start.max(end));
    Some([&text[..start], new, &text[end..]].concat())
}

/// The file of a `file:` address.
pub fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.find('/').map(|at| &rest[at..])?;
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.as_bytes();
    while let [first, tail @ ..] = left {
        let code = tail.get(..2).and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                left = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                left = tail;
            }
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    // file:///c:/folder on Windows.
    let drive = text.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    Some(PathBuf::from(if drive { &text[1..] } else { &text }))
}

/// The address of a file.
pub fn uri_of(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut out = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b':' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf_16() {
        let text = "a𝛽c\r\nβ = 1\n";
        let lines = Lines::of(text);
        assert_eq!(lines.position(text, text.find('c').unwrap()), json!({ "line": 0, "character": 3 }));
        for at in text.char_indices().map(|(at, _)| at).filter(|&at| text.as_bytes()[at] != b'\n') {
            assert_eq!(lines.byte(text, &lines.position(text, at)), at, "{at}");
        }
        // Beyond a line: before its end.
        assert_eq!(lines.byte(text, &json!({ "line": 0, "character": 99 })), text.find('\r').unwrap());
        assert_eq!(lines.byte(text, &json!({ "line": 99, "character": 0 })), text.len());
    }

    #[test]
    fn changes_are_made_in_their_range() {
        let range = json!({ "start": { "line": 1, "character": 0 }, "end": { "line": 1, "character": 1 } });
        assert_eq!(change("a\nβ\nc", &json!({ "range": range, "text": "xy" })).as_deref(), Some("a\nxy\nc"));
        assert_eq!(change("a", &json!({ "text": "b" })).as_deref(), Some("b"));
        assert_eq!(change("a", &json!({})), None);
    }

    #[test]
    fn addresses_are_files_and_back() {
        let path = PathBuf::from("/tmp/a b/β.ann");
        assert_eq!(uri_of(&path), "file:///tmp/a%20b/%CE%B2.ann");
        assert_eq!(path_of(&uri_of(&path)), Some(path));
        assert_eq!(path_of("untitled:Untitled-1"), None);
        assert_eq!(path_of("file:///a%zz"), Some(PathBuf::from("/a%zz")));
    }
}
