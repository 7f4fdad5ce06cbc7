//! The values of numbers and texts.

use super::ast::ExprKind;
use super::build::Builder;
use super::tokens::Rule;
use crate::diagnostic::{Diagnostic, codes};
use pest::iterators::Pair;

type P<'a> = Pair<'a, Rule>;

impl Builder {
    /// A literal's value. The sign of an exponent may be the typographic one.
    pub(super) fn number(&self, pair: &P) -> ExprKind {
        let digits = pair.as_str().replace('_', "").replace('−', "-");
        let span = self.span(pair);
        if digits.contains(['.', 'e', 'E']) {
            match digits.parse::<f64>() {
                Ok(value) if value.is_finite() => return ExprKind::Real(value),
                _ => self.wrong(codes::BAD_NUMBER, span, "this number is too large", "the largest real number is about 1.8e308"),
            }
            return ExprKind::Real(0.0);
        }
        match digits.parse::<i64>() {
            Ok(value) => ExprKind::Int(value),
            Err(_) => {
                self.wrong(
                    codes::BAD_NUMBER,
                    span,
                    "this whole number does not fit into 64 bits",
                    format!("write a real number: `{:e}`", digits.parse::<f64>().unwrap_or(1e19)),
                );
                ExprKind::Int(0)
            }
        }
    }

    pub(super) fn text(&self, pair: &P) -> String {
        let raw = pair.as_str();
        let body = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
        let mut out = String::with_capacity(body.len());
        let mut rest = body.chars();
        while let Some(c) = rest.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            match rest.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(c @ ('"' | '\\')) => out.push(c),
                Some('u') => match unicode_escape(rest.as_str()) {
                    Some((c, used)) => {
                        out.push(c);
                        rest = rest.as_str()[used..].chars();
                    }
                    None => self.bad_escape(pair, "\\u"),
                },
                other => self.bad_escape(pair, &format!("\\{}", other.map_or(String::new(), String::from))),
            }
        }
        out
    }

    fn bad_escape(&self, pair: &P, written: &str) {
        self.report(
            Diagnostic::error(codes::UNEXPECTED, self.span(pair), format!("`{written}` is not an escape of text"))
                .expected("`\\n`, `\\t`, `\\\"`, `\\\\` or `\\u{3b2}`"),
        );
    }
}

/// The character of `{3b2}` and the bytes that it takes.
fn unicode_escape(rest: &str) -> Option<(char, usize)> {
    let inner = rest.strip_prefix('{')?;
    let end = inner.find('}')?;
    let value = u32::from_str_radix(&inner[..end], 16).ok()?;
    Some((char::from_u32(value)?, end + 2))
}
