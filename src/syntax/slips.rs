//! What people write who know another language, token by token: the wording, and how the text is mended so that the
//! rest can be read. Slips of a whole construct (`x = 3` for `let x = 3`) are the grammar's `..._slip` rules.

use super::tokens::Rule;
use crate::diagnostic::{Diagnostic, Span, codes};

fn slip(span: Span, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::OTHER_LANGUAGE, span, message).help(help)
}

pub(super) fn comment(text: &str, span: Span) -> Diagnostic {
    let sign = if text.starts_with("//") { "//" } else { "/*" };
    let short = Span { end: span.start + 2, ..span };
    slip(short, format!("`{sign}` does not begin a comment"), "write `# ...`; every line of a comment has its own `#`")
}

pub(super) fn stray(text: &str, span: Span) -> Diagnostic {
    let shown = if text.chars().any(|c| c.is_control()) {
        format!("the control character U+{:04X}", text.chars().next().map_or(0, u32::from))
    } else {
        format!("`{text}`")
    };
    let d = Diagnostic::error(codes::UNEXPECTED, span, format!("{shown} has no meaning here"));
    match text {
        "²" => d.help("write `^2`"),
        "³" => d.help("write `^3`"),
        "√" => d.help("write `sqrt(...)`"),
        "∑" => d.help("write `sum(i in ...: ...)`"),
        "∏" => d.help("write `prod(i in ...: ...)`"),
        "∈" => d.help("write `in`"),
        "∧" => d.help("write `and`"),
        "∨" => d.help("write `or`"),
        "¬" => d.help("write `not`"),
        "⇒" => d.help("write `->`"),
        "'" | "“" | "”" | "`" | "‘" | "’" => d.help("text stands between `\"` and `\"`"),
        "%" => d.help("a comment begins with `#`"),
        "\\" => d.help("a line goes on by itself after an operator or inside brackets"),
        _ => d,
    }
}

pub(super) fn semicolon(span: Span) -> Diagnostic {
    slip(span, "`;` does not end anything", "remove it: a newline or a comma ends an entry")
}

pub(super) fn quotes(text: &str, span: Span) -> Diagnostic {
    let mark = text.chars().next().unwrap_or('\'');
    slip(span, format!("text stands between plain quotation marks, not `{mark}`"), "write `\"...\"`")
}

/// Puts plain quotation marks in the place of others, keeping every byte's place.
pub(super) fn requote(bytes: &mut [u8], text: &str) {
    let (Some(open), Some(close)) = (text.chars().next(), text.chars().next_back()) else { return };
    let (first, last) = (open.len_utf8(), bytes.len() - close.len_utf8());
    for b in &mut bytes[first..last] {
        if matches!(*b, b'"' | b'\\') {
            *b = b' ';
        }
    }
    bytes[..first].fill(b' ');
    bytes[last..].fill(b' ');
    bytes[first - 1] = b'"';
    bytes[last] = b'"';
}

/// Ends a text that has no end, giving up its last character.
pub(super) fn close_text(bytes: &mut [u8], text: &str) {
    if text.chars().count() < 2 {
        bytes.fill(b'0');
        return;
    }
    for b in bytes.iter_mut() {
        if *b == b'\\' {
            *b = b' ';
        }
    }
    let last = text.len() - text.chars().next_back().map_or(1, char::len_utf8);
    bytes[last..].fill(b' ');
    bytes[last] = b'"';
}

pub(super) const UNITS: &[&str] = &[
    "sweeps", "sweep", "epochs", "epoch", "steps", "step", "min", "ms", "mV", "us", "uV", "ns", "nA", "nS", "pA", "kHz", "Hz",
    "s", "h", "V", "K",
];

pub(super) fn glued(number: &str, word: &str, span: Span) -> Diagnostic {
    let d = Diagnostic::error(codes::BAD_NUMBER, span, format!("`{number}{word}` is not a number"));
    if word.trim_start_matches('_').is_empty() || matches!(word, "e" | "E") {
        d.help("write digits after it, or leave it out")
    } else if UNITS.contains(&word) {
        d.help(format!("write a blank before the unit: `{number} {word}`"))
    } else if number == "0" && word.starts_with(['x', 'X', 'b', 'o']) {
        d.help("numbers are decimal")
    } else {
        d.help(format!("to multiply, write `{number} * {word}`"))
    }
}

pub(super) fn two_points(span: Span) -> Diagnostic {
    Diagnostic::error(codes::BAD_NUMBER, span, "a number has one decimal point").help("a range is written `a..b`")
}

pub(super) fn bare_point(digits: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::BAD_NUMBER, span, "a number begins with a digit").help(format!("write `0.{digits}`"))
}

pub(super) fn open_point(number: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::BAD_NUMBER, span, "digits are missing after the decimal point")
        .help(format!("write `{number}.0`, or `{number}`"))
}

/// Another language's word at the start of an item (`top`) or entry, and the word of Ann (never longer) that is read instead.
pub(super) fn foreign_word(word: &str, next: Option<(Rule, &str)>, top: bool, span: Span) -> Option<(&'static str, Diagnostic)> {
    let (kind, following) = next?;
    let named = kind == Rule::word && !matches!(following, "in" | "and" | "or");
    let ann = match word {
        "parameter" | "parameters" | "params" if named && top => "param",
        "def" | "function" | "func" | "fun" if named && top => "fn",
        "var" | "const" | "val" if named => "let",
        "import" | "include" | "using" | "require" if top && (named || kind == Rule::text) => "use",
        "print" | "println" | "echo" if top && !matches!(following, "=" | ":") => "show",
        "assert" if top && !matches!(following, "=" | ":") => "expect",
        "return" if !matches!(following, "=" | ":" | "." | ",") => "",
        _ => return None,
    };
    let help = match ann {
        "param" => "write `param NAME = value`",
        "fn" => "write `fn NAME(arguments) = expression`",
        "let" => "write `let NAME = value`",
        "use" => "write `use std.spin`, or `use \"./file.ann\"`",
        "show" => "write `show expression`",
        "expect" => "write `expect condition`",
        _ => "leave it out: the last expression of a block is its value",
    };
    let message = if ann.is_empty() {
        format!("`{word}` is not needed")
    } else {
        format!("`{word}` is another language's word for `{ann}`")
    };
    Some((ann, slip(span, message, help)))
}
