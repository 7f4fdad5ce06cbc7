//! How much a script may ask for before the run: no list, text or expression grows without bound, and what
//! would take too long is refused with its place.

use super::Elaborator;
use super::value::{Eval, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;

/// Elements of a list, those of its lists included.
pub(crate) const ELEMENTS: i64 = 4_000_000;
/// How deep lists nest.
const LIST_DEPTH: u32 = 12;
/// Bytes of a text.
const TEXT: usize = 1 << 20;
/// Parts of one expression of the plan, and how deep they nest. What reads the plan may recurse this deep.
const PARTS: u64 = 200_000;
const EXPRESSION_DEPTH: u32 = 700;

impl Elaborator<'_> {
    /// A list of these values, unless it is too large. Equal lists share their memory, so that a few lines can
    /// name a list that nothing could go through.
    pub(crate) fn list(&mut self, values: Vec<Value>, span: Span) -> Eval {
        if values.iter().any(|v| matches!(v, Value::List(_))) {
            let mut elements = 0;
            if !fits(&values, 1, &mut elements) {
                let d =
                    Diagnostic::error(codes::TOO_LONG, span, "the list is too large").label("with the lists inside it").expected(
                        format!("at most {} elements, and at most {LIST_DEPTH} lists inside each other", grouped(ELEMENTS)),
                    );
                return Err(self.fail(d));
            }
            self.steps += elements as u64;
        }
        Ok(Value::list(values))
    }

    /// Refuses a number of elements that are made or gone through before the run.
    pub(crate) fn few(&mut self, n: i64, span: Span) -> Eval<()> {
        if n > ELEMENTS {
            let d = Diagnostic::error(codes::TOO_LONG, span, format!("this runs over {} elements before the run", grouped(n)))
                .expected(format!("at most {}", grouped(ELEMENTS)));
            return Err(self.fail(d));
        }
        self.steps += n.max(0) as u64 / 16;
        Ok(())
    }

    /// Two texts, one after the other.
    pub(crate) fn joined(&mut self, a: &str, b: &str, span: Span) -> Eval {
        if a.len() + b.len() > TEXT {
            let d = Diagnostic::error(codes::TOO_LONG, span, "the text is too long")
                .expected(format!("at most {} bytes", grouped(TEXT as i64)));
            return Err(self.fail(d));
        }
        Ok(Value::text(&format!("{a}{b}")))
    }

    /// Refuses an expression that has grown beyond what can be handled: each `let` may double the one before.
    pub(crate) fn small(&mut self, e: &Expr, span: Span) -> Eval<()> {
        let mut parts = 0;
        let fits = measured(e, 0, &mut parts);
        self.steps += parts / 16;
        if fits {
            return Ok(());
        }
        let d = Diagnostic::error(codes::TOO_LONG, span, "the expression has grown too large")
            .label("made of the expressions that its names stand for")
            .expected(format!("at most {} parts, and at most {EXPRESSION_DEPTH} inside each other", grouped(PARTS as i64)))
            .help("sum over an index set or a list, `sum(i in S: ...)`, rather than term by term");
        Err(self.fail(d))
    }
}

/// A whole number for reading: `1,000,000`.
pub(crate) fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if n < 0 { format!("-{out}") } else { out }
}

/// Counts elements, up to the limit.
fn fits(values: &[Value], depth: u32, elements: &mut i64) -> bool {
    *elements += values.len() as i64;
    if *elements > ELEMENTS || depth > LIST_DEPTH {
        return false;
    }
    values.iter().all(|v| match v {
        Value::List(items) => fits(items, depth + 1, elements),
        _ => true,
    })
}

/// Counts parts, up to the limit.
fn measured(e: &Expr, depth: u32, parts: &mut u64) -> bool {
    *parts += 1;
    if *parts > PARTS || depth > EXPRESSION_DEPTH {
        return false;
    }
    let mut fits = true;
    e.for_each_part(&mut |part| fits = fits && measured(part, depth + 1, parts));
    fits
}
