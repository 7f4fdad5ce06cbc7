//! The protocol's framing: `Content-Length` headers and JSON bodies. Whatever comes in, the next good message is found.

use serde_json::{Value, json};
use std::io::{BufRead, Read, Write};

/// A longer message is not one of an editor.
const LONGEST: usize = 256 << 20;

/// What came in.
#[derive(Debug, PartialEq)]
pub enum Incoming {
    Message(Value),
    /// A body that is no JSON, or headers without a length.
    Broken(String),
    /// Nothing more will come.
    End,
}

/// Reads the next message.
pub fn read(input: &mut impl BufRead) -> Incoming {
    let mut length = None;
    let mut headers = 0;
    loop {
        let mut line = Vec::new();
        // A header is short; what is not is given up line by line.
        match input.by_ref().take(4096).read_until(b'\n', &mut line) {
            Ok(0) => return Incoming::End,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return Incoming::End,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            if headers == 0 {
                continue;
            }
            break;
        }
        headers += 1;
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let Some(length) = length.filter(|&n| n <= LONGEST) else {
        return Incoming::Broken("a message without a usable Content-Length".to_string());
    };
    let mut body = Vec::new();
    match input.by_ref().take(length as u64).read_to_end(&mut body) {
        Ok(n) if n == length => {}
        _ => return Incoming::End,
    }
    match serde_json::from_slice(&body) {
        Ok(value) => Incoming::Message(value),
        Err(e) => Incoming::Broken(format!("a message that is no JSON: {e}")),
    }
}

/// Writes a message.
pub fn write(output: &mut impl Write, message: &Value) -> std::io::Result<()> {
    let body = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    output.flush()
}

/// A message that needs no answer.
pub fn notification(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back() {
        let mut bytes = Vec::new();
        write(&mut bytes, &json!({ "β": 1 })).unwrap();
        write(&mut bytes, &json!([2])).unwrap();
        let mut input = bytes.as_slice();
        assert_eq!(read(&mut input), Incoming::Message(json!({ "β": 1 })));
        assert_eq!(read(&mut input), Incoming::Message(json!([2])));
        assert_eq!(read(&mut input), Incoming::End);
    }

    #[test]
    fn what_is_broken_hides_nothing_that_follows() {
        let mut input =
            "nonsense\r\n\r\nContent-Length: 3\r\n\r\n{a}content-length: 2\r\nX: y\r\n\r\n{}Content-Length: 9\r\n\r\n{"
                .as_bytes();
        assert!(matches!(read(&mut input), Incoming::Broken(_)));
        assert!(matches!(read(&mut input), Incoming::Broken(_)));
        assert_eq!(read(&mut input), Incoming::Message(json!({})));
        assert_eq!(read(&mut input), Incoming::End);
    }
}
