//! What the prompt knows of the names in scope: what they are, and what can stand behind a point.

use crate::elaborate::value::{Kind, Symbolic, Value, describe};
use std::collections::BTreeMap;

/// A name in scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Defined in the session, not built in or from a module.
    pub own: bool,
    /// What it is and its value, for `:vars`.
    pub text: String,
    /// What can stand behind a point.
    pub members: Vec<String>,
}

/// The names in scope.
pub type Names = BTreeMap<String, Known>;

/// What a value is, and the value where it is short.
pub fn about(value: &Value) -> String {
    let (kind, written) = (value.kind_name(), describe(value));
    match value {
        Value::Task(t) => {
            let over: Vec<String> = t.axes.iter().map(|a| format!("{} ({})", a.name, a.coordinates.len())).collect();
            let over = if over.is_empty() { String::new() } else { format!(" over {}", over.join(", ")) };
            format!("{kind}{over}: {}", t.quantities.iter().map(|q| q.name.as_str()).collect::<Vec<_>>().join(", "))
        }
        Value::Symbolic(s) if written == kind => symbolic(kind, s),
        Value::Builtin(b) => format!("{} gives {}", b.signature(), b.gives),
        _ if written == kind => kind.to_string(),
        _ => format!("{written}, {kind}"),
    }
}

/// `a result: real numbers [3] over T (6)`
fn symbolic(kind: &str, s: &Symbolic) -> String {
    let many = !s.axes.is_empty() || !s.shape.is_empty();
    let numbers = match (s.kind, many) {
        (Kind::Bool, true) => "truth values",
        (Kind::Bool, false) => "a truth value",
        (Kind::Int, true) => "whole numbers",
        (Kind::Int, false) => "a whole number",
        (Kind::Real, true) => "real numbers",
        (Kind::Real, false) => "a real number",
    };
    let mut text = format!("{kind}: {numbers}");
    if !s.shape.is_empty() {
        let sizes: Vec<String> = s.shape.iter().map(usize::to_string).collect();
        text.push_str(&format!(" [{}]", sizes.join(", ")));
    }
    if !s.axes.is_empty() {
        let axes: Vec<String> = s.axes.iter().map(|a| format!("{} ({})", a.name, a.coordinates.len())).collect();
        text.push_str(&format!(" over {}", axes.join(", ")));
    }
    text
}
