//! Diagnostics as data: what is wrong, where, what was expected and what to do.
//!
//! A [`Diagnostic`] is built where the check is and rendered elsewhere ([`render`]). Its identity is
//! its [`Code`] and its span; the wording may change. This room knows nothing of any other.

pub mod codes;
pub mod render;

pub use codes::Code;
use serde::{Deserialize, Serialize};

/// A range of bytes in one source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    pub source: u32,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(source: u32, start: usize, end: usize) -> Span {
        Span { source, start: start as u32, end: end as u32 }
    }

    /// The smallest span that holds both (of the same source).
    pub fn to(self, other: Span) -> Span {
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// One source text: a script, a module of the standard library, or a line at the prompt.
#[derive(Clone, Debug)]
pub struct Source {
    /// As the user would name it: a path, or `std.spin`.
    pub name: String,
    pub text: String,
}

/// All texts of a session; a [`Span`] points into one of them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub files: Vec<Source>,
}

impl Sources {
    /// Adds a text and gives its number.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u32 {
        self.files.push(Source { name: name.into(), text: text.into() });
        self.files.len() as u32 - 1
    }

    /// The text of a span; empty if it points nowhere.
    pub fn text(&self, span: Span) -> &str {
        self.files.get(span.source as usize).and_then(|s| s.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

/// One problem. Messages are lower case, without a full stop, with names in backticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// Where it is; none for problems of the command line or of a file.
    pub span: Option<Span>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What stands under the underlined text (what was found).
    pub label: Option<String>,
    /// Other places that matter.
    pub related: Vec<(Span, String)>,
    /// What was expected there.
    pub expected: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { span: Some(span), ..Diagnostic::general(code, message) }
    }

    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// An error without a place in a text.
    pub fn general(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            span: None,
            message: message.into(),
            label: None,
            related: Vec::new(),
            expected: None,
            help: None,
        }
    }

    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.label = Some(text.into());
        self
    }

    pub fn expected(mut self, text: impl Into<String>) -> Diagnostic {
        self.expected = Some(text.into());
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    pub fn related(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.related.push((span, text.into()));
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The candidate nearest to `name`, if it is near enough to be worth suggesting.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|c| {
            (
                strsim::jaro_winkler(&lower, &c.to_lowercase())
                    .max(strsim::normalized_damerau_levenshtein(&lower, &c.to_lowercase())),
                c,
            )
        })
        .filter(|(score, c)| *score >= 0.75 && *c != name)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, c)| c)
}
