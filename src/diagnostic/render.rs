//! Diagnostics as text: with the source for people, one line each for editors, JSON for programs.
//!
//! The only file that names ariadne. Spans are brought inside their text, and onto whole characters, in one place
//! ([`clamp`]); nothing here panics, whatever a span says.

use super::{Diagnostic, Severity, Sources, Span};
use ariadne::{Color, Config, IndexType, Label, Report, ReportKind};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The place in its source, underlined.
    Human { color: bool },
    /// `file:line:col: error[E0203]: message (help: ...)`
    Short,
    /// One object a line: code, severity, file, line, column, end_line, end_column, message, label, expected, help,
    /// related. Lines and columns count from 1, columns in characters; the end is exclusive.
    Json,
}

/// The diagnostics in the order of their places (those without one last), each once. Ends with a newline unless empty.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, format: Format) -> String {
    let mut seen = HashSet::new();
    let mut sorted: Vec<&Diagnostic> =
        diagnostics.iter().filter(|d| seen.insert((d.code, d.span, d.message.as_str(), d.label.as_deref()))).collect();
    sorted.sort_by_key(|d| d.span.map_or((u32::MAX, u32::MAX, u32::MAX), |s| (s.source, s.start, s.end)));
    let mut out = String::new();
    match format {
        Format::Human { color } => human(&sorted, sources, color, &mut out),
        Format::Short => sorted.iter().for_each(|d| short(d, sources, &mut out)),
        Format::Json => sorted.iter().for_each(|d| json(d, sources, &mut out)),
    }
    out
}

fn severity(d: &Diagnostic) -> &'static str {
    match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Control characters would reach the terminal; each becomes `?`, and every byte keeps its place.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' => out.push(' '),
            // Line ends for ariadne, but not for us; and marks that turn the direction of writing.
            '\u{85}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => (0..c.len_utf8()).for_each(|_| out.push('?')),
            c if c.is_control() => (0..c.len_utf8()).for_each(|_| out.push('?')),
            c => out.push(c),
        }
    }
    out
}

fn one_line(text: &str) -> String {
    plain(text).replace('\n', " ")
}

/// The bytes of a span, inside its text and on whole characters; none if the source does not exist.
fn clamp(span: Span, sources: &Sources) -> Option<Range<usize>> {
    let text = &sources.files.get(span.source as usize)?.text;
    let inside = |at: u32| {
        let mut at = (at as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = inside(span.start);
    Some(start..inside(span.end).max(start))
}

/// Line and column of a byte that [`clamp`] gave.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap_or("").chars().count() + 1)
}

struct Place<'a> {
    file: &'a str,
    start: (usize, usize),
    end: (usize, usize),
}

fn place_of(span: Option<Span>, sources: &Sources) -> Option<Place<'_>> {
    let span = span?;
    let range = clamp(span, sources)?;
    let source = &sources.files[span.source as usize];
    Some(Place { file: &source.name, start: place(&source.text, range.start), end: place(&source.text, range.end) })
}

fn short(d: &Diagnostic, sources: &Sources, out: &mut String) {
    if let Some(p) = place_of(d.span, sources) {
        let _ = write!(out, "{}:{}:{}: ", p.file, p.start.0, p.start.1);
    }
    let _ = write!(out, "{}[{}]: {}", severity(d), d.code.0, one_line(&d.message));
    if let Some(help) = &d.help {
        let _ = write!(out, " (help: {})", one_line(help));
    }
    out.push('\n');
}

#[derive(serde::Serialize)]
struct JsonPlace<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

#[derive(serde::Serialize)]
struct JsonRelated<'a> {
    #[serde(flatten)]
    place: JsonPlace<'a>,
    message: &'a str,
}

#[derive(serde::Serialize)]
struct JsonDiagnostic<'a> {
    code: &'a str,
    severity: &'static str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
    message: &'a str,
    label: Option<&'a str>,
    expected: Option<&'a str>,
    help: Option<&'a str>,
    related: Vec<JsonRelated<'a>>,
}

fn json_place(span: Option<Span>, sources: &Sources) -> JsonPlace<'_> {
    let p = place_of(span, sources);
    JsonPlace {
        file: p.as_ref().map(|p| p.file),
        line: p.as_ref().map(|p| p.start.0),
        column: p.as_ref().map(|p| p.start.1),
        end_line: p.as_ref().map(|p| p.end.0),
        end_column: p.as_ref().map(|p| p.end.1),
    }
}

fn json(d: &Diagnostic, sources: &Sources, out: &mut String) {
    let related =
        d.related.iter().map(|(span, message)| JsonRelated { place: json_place(Some(*span), sources), message }).collect();
    let object = JsonDiagnostic {
        code: d.code.0,
        severity: severity(d),
        place: json_place(d.span, sources),
        message: &d.message,
        label: d.label.as_deref(),
        expected: d.expected.as_deref(),
        help: d.help.as_deref(),
        related,
    };
    if let Ok(line) = serde_json::to_string(&object) {
        out.push_str(&line);
        out.push('\n');
    }
}

fn human(diagnostics: &[&Diagnostic], sources: &Sources, color: bool, out: &mut String) {
    // Sources that share a name stay apart: a text is known by its number and shown by its name.
    struct Texts<'a> {
        sources: &'a Sources,
        ready: Vec<Option<ariadne::Source<String>>>,
    }
    impl ariadne::Cache<u32> for Texts<'_> {
        type Storage = String;
        fn fetch(&mut self, id: &u32) -> Result<&ariadne::Source<String>, impl std::fmt::Debug> {
            let text = self.sources.files.get(*id as usize).map(|s| s.text.as_str());
            match self.ready.get_mut(*id as usize) {
                Some(slot) => Ok(&*slot.get_or_insert_with(|| ariadne::Source::from(plain(text.unwrap_or(""))))),
                None => Err("no such source"),
            }
        }
        fn display<'b>(&self, id: &'b u32) -> Option<impl std::fmt::Display + 'b> {
            self.sources.files.get(*id as usize).map(|s| s.name.clone())
        }
    }
    let mut texts = Texts { sources, ready: sources.files.iter().map(|_| None).collect() };
    for (i, d) in diagnostics.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let main = d.span.and_then(|s| clamp(s, sources).map(|r| (s.source, r)));
        let Some((id, range)) = main else {
            without_place(d, out);
            continue;
        };
        let paint = if d.severity == Severity::Error { Color::Red } else { Color::Yellow };
        let heading = format!("{}[{}]", severity(d), d.code.0);
        let label = Label::new((id, range.clone())).with_color(paint);
        let mut labels = vec![match &d.label {
            Some(text) => label.with_message(one_line(text)),
            // A label without words would leave the place without its underline.
            None => label.with_message("here"),
        }];
        for (span, message) in &d.related {
            if let Some(r) = clamp(*span, sources) {
                labels.push(Label::new((span.source, r)).with_message(one_line(message)).with_color(Color::Cyan));
            }
        }
        let report = Report::build(ReportKind::Custom(&heading, paint), (id, range))
            .with_config(Config::default().with_color(color).with_index_type(IndexType::Byte).with_tab_width(4))
            .with_message(one_line(&d.message))
            .with_labels(labels);
        let mut bytes = Vec::new();
        match report.finish().write(&mut texts, &mut bytes) {
            Ok(()) => {
                let text = String::from_utf8_lossy(&bytes);
                // The heading of a custom kind is painted in any case; and lines are padded.
                let text = if color { text.into_owned() } else { without_paint(&text) };
                for line in text.lines() {
                    out.push_str(line.trim_end());
                    out.push('\n');
                }
                advice(d, out);
            }
            Err(_) => without_place(d, out),
        }
    }
}

/// Leaves out `ESC [ ... m`. The source's own control characters are gone by now ([`plain`]).
fn without_paint(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        rest = rest[at..].find('m').map_or("", |end| &rest[at + end + 1..]);
    }
    out.push_str(rest);
    out
}

fn advice(d: &Diagnostic, out: &mut String) {
    if let Some(expected) = &d.expected {
        let _ = writeln!(out, "  expected: {}", plain(expected));
    }
    if let Some(help) = &d.help {
        let _ = writeln!(out, "  help: {}", plain(help));
    }
}

fn without_place(d: &Diagnostic, out: &mut String) {
    let _ = writeln!(out, "{}[{}]: {}", severity(d), d.code.0, one_line(&d.message));
    advice(d, out);
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    fn one(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.add("a.ann", text);
        sources
    }

    #[test]
    fn short_and_json_say_where() {
        let sources = one("let β = 1\nlet x = y\n");
        let d = Diagnostic::error(codes::UNDEFINED, Span::new(0, 19, 20), "`y` is not defined").help("did you mean `x`?");
        assert_eq!(
            render(std::slice::from_ref(&d), &sources, Format::Short),
            "a.ann:2:9: error[E0201]: `y` is not defined (help: did you mean `x`?)\n"
        );
        let json: serde_json::Value = serde_json::from_str(&render(&[d], &sources, Format::Json)).unwrap();
        assert_eq!(json["line"], 2);
        assert_eq!((&json["column"], &json["end_column"]), (&9.into(), &10.into()));
        assert_eq!(json["code"], "E0201");
        assert_eq!(json["expected"], serde_json::Value::Null);
    }

    #[test]
    fn human_shows_heading_place_note_and_help() {
        let sources = one("let β = 1\nlet x = ββ + y\n");
        let d =
            Diagnostic::error(codes::TYPE, Span::new(0, 26, 27), "a text cannot be added").expected("a number").help("use `1`");
        let text = render(&[d], &sources, Format::Human { color: false });
        assert!(text.starts_with("error[E0301]: a text cannot be added\n"), "{text}");
        assert!(text.contains("a.ann:2:14"), "{text}");
        assert!(text.contains("expected: a number") && text.contains("help: use `1`"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn sorted_by_place_and_each_once() {
        let sources = one("a b c");
        let at = |s: usize, m: &str| Diagnostic::error(codes::UNEXPECTED, Span::new(0, s, s + 1), m);
        let w = Diagnostic::warning(codes::UNUSED, Span::new(0, 2, 3), "w");
        let all = [at(4, "z"), w, at(0, "x"), at(4, "z"), Diagnostic::general(codes::COMMAND_LINE, "g")];
        let text = render(&all, &sources, Format::Short);
        let messages: Vec<&str> = text.lines().map(|l| l.rsplit(": ").next().unwrap()).collect();
        assert_eq!(messages, ["x", "w", "z", "g"]);
    }

    #[test]
    fn no_span_makes_it_panic() {
        for text in ["", "a", "β⟨x⟩\u{1F600}\r\n\tβ", "\n\n\n", "\u{2028}\u{1b}[31m\u{85}x"] {
            let sources = one(text);
            for start in 0..text.len() + 3 {
                for end in [0, start.saturating_sub(1), start, start + 1, start + 2, text.len() + 9, u32::MAX as usize] {
                    for source in [0, 7] {
                        let span = Span::new(source, start, end);
                        let d = Diagnostic::error(codes::UNEXPECTED, span, "m\u{1b}\nn")
                            .related(Span::new(0, end, start), "r")
                            .label("l");
                        for format in [Format::Human { color: true }, Format::Human { color: false }, Format::Short, Format::Json]
                        {
                            assert!(!render(std::slice::from_ref(&d), &sources, format).is_empty());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn terminal_codes_of_a_script_do_not_reach_the_terminal() {
        let sources = one("let x = \"\u{1b}[2J\"");
        let d = Diagnostic::error(codes::TYPE, Span::new(0, 8, 9), "bad \u{7}");
        assert!(!render(&[d], &sources, Format::Human { color: false }).contains(['\u{1b}', '\u{7}']));
    }
}
