//! What a built-in function gets, and how it reads numbers and words from it.

use super::Elaborator;
use super::expression::quoted;
use super::value::{Eval, Value};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};

/// What a built-in function gets: a value (or nothing, where it has no default) for each parameter.
pub struct Arguments {
    pub values: Vec<Option<Value>>,
    pub spans: Vec<Span>,
    pub span: Span,
}

impl Arguments {
    pub fn get(&self, k: usize) -> Value {
        self.values.get(k).cloned().flatten().unwrap_or(Value::Failed)
    }

    pub fn place(&self, k: usize) -> Span {
        self.spans.get(k).copied().unwrap_or(self.span)
    }

    pub fn number(&self, k: usize) -> f64 {
        self.values.get(k).and_then(|v| v.as_ref()).and_then(Value::number).unwrap_or(f64::NAN)
    }

    pub fn has(&self, k: usize) -> bool {
        self.values.get(k).is_some_and(Option::is_some)
    }
}

impl Elaborator<'_> {
    /// A number that must be known now, or its default.
    pub(crate) fn known_number(&mut self, a: &Arguments, k: usize, default: f64, what: &str) -> Eval<f64> {
        if !a.has(k) {
            return Ok(default);
        }
        match a.get(k).number() {
            Some(x) => Ok(x),
            None => self.not_known_yet(a.place(k), what),
        }
    }

    /// A word, written bare or as a text.
    pub(crate) fn word(&mut self, a: &Arguments, k: usize, default: &str) -> Eval<String> {
        match a.values.get(k).cloned().flatten() {
            None => Ok(default.to_string()),
            Some(Value::Axis(w) | Value::Text(w)) => Ok(w.to_string()),
            Some(other) => self.wrong_type(&other, a.place(k), "a word"),
        }
    }

    /// One of some words, and what it stands for; without an argument the first.
    pub(crate) fn choice<T: Copy>(&mut self, a: &Arguments, k: usize, words: &[(&str, T)]) -> Eval<T> {
        let found = self.word(a, k, words[0].0)?;
        match words.iter().find(|(word, _)| *word == found) {
            Some((_, meaning)) => Ok(*meaning),
            None => self.one_of(a, k, &found, words.iter().map(|(word, _)| *word)),
        }
    }

    /// One of some words is expected.
    pub(crate) fn one_of<'w, T>(
        &mut self,
        a: &Arguments,
        k: usize,
        found: &str,
        words: impl Iterator<Item = &'w str>,
    ) -> Eval<T> {
        let words: Vec<String> = words.map(str::to_string).collect();
        let mut d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("`{found}` is not known here"))
            .expected(format!("one of {}", quoted(&words)));
        if let Some(near) = nearest(found, words.iter().map(String::as_str)) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        Err(self.fail(d))
    }

    /// `true` or `false`, or the default.
    pub(crate) fn truth(&mut self, a: &Arguments, k: usize, default: bool) -> Eval<bool> {
        if !a.has(k) {
            return Ok(default);
        }
        match a.get(k) {
            Value::Bool(b) => Ok(b),
            other => self.wrong_type(&other, a.place(k), "`true` or `false`"),
        }
    }
}
