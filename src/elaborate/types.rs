//! The types of parameters: their names, and which values fit them.

use super::Elaborator;
use super::value::{Eval, Kind, Value};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::syntax::ast;

impl Elaborator<'_> {
    /// Whether a declared type is one.
    pub(crate) fn check_type_name(&mut self, ty: &ast::Name) {
        const OTHERS: &[(&str, &str)] = &[
            ("Integer", "Int"),
            ("Float", "Real"),
            ("Double", "Real"),
            ("String", "Text"),
            ("Str", "Text"),
            ("Array", "List"),
            ("Boolean", "Bool"),
        ];
        if TYPES.contains(&ty.text.as_str()) {
            return;
        }
        let known: Vec<String> = TYPES.iter().map(|t| t.to_string()).collect();
        let mut d = Diagnostic::error(codes::UNDEFINED, ty.span, format!("there is no type `{}`", ty.text))
            .label("not a type")
            .expected(format!("one of {}", super::expression::quoted(&known)));
        let other = OTHERS.iter().find(|(o, _)| o.eq_ignore_ascii_case(&ty.text)).map(|(_, t)| *t);
        if let Some(near) = other.or_else(|| nearest(&ty.text, TYPES.iter().copied())) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        self.fail(d);
    }

    /// Whether a value can be given for a parameter of a type.
    pub(crate) fn check_type(&mut self, value: &Value, ty: &str, span: Span, param: &str, function: &str) -> Eval<()> {
        let fits = match ty {
            "Int" => {
                value.integer().is_some()
                    || matches!(value, Value::Symbolic(s) if s.kind == Kind::Int && s.shape.is_empty() && !s.expr.is_deferred())
            }
            "Real" => match value {
                Value::Int(_) | Value::Real(_) => true,
                Value::Symbolic(s) => s.shape.is_empty() && s.kind != Kind::Bool,
                _ => false,
            },
            "Numeric" => value.is_numeric() && !matches!(value, Value::Bool(_)),
            "Bool" => matches!(value, Value::Bool(_)) || matches!(value, Value::Symbolic(s) if s.kind == Kind::Bool),
            "Text" => matches!(value, Value::Text(_)),
            "Set" => matches!(value, Value::Set(_) | Value::List(_) | Value::Range(..)),
            "List" => {
                matches!(value, Value::List(_) | Value::Range(..)) || matches!(value, Value::Symbolic(s) if !s.shape.is_empty())
            }
            "Graph" => matches!(value, Value::Graph(_) | Value::Couplings(_)),
            "Couplings" => matches!(value, Value::Couplings(_)),
            "Model" => matches!(value, Value::Model(_)),
            "Method" => matches!(value, Value::Method(_)),
            "Schedule" => matches!(value, Value::Schedule(_)),
            "Function" => matches!(value, Value::Function(_) | Value::Builtin(_)),
            "Result" => matches!(value, Value::Symbolic(_) | Value::Real(_) | Value::Int(_) | Value::List(_)),
            "Axis" | "Word" => matches!(value, Value::Axis(_) | Value::Text(_)),
            "Network" => matches!(value, Value::Network(_)),
            "Data" => matches!(value, Value::Data(_)),
            "Any" => true,
            // That there is no such type has been said where it is declared.
            _ => true,
        };
        if fits {
            return Ok(());
        }
        if let (true, Value::Symbolic(s)) = (matches!(ty, "Int" | "Text" | "Graph"), value)
            && s.expr.is_deferred()
        {
            return self.not_known_yet(span, &format!("`{param}`"));
        }
        let expected = type_words(ty);
        let shown = match value {
            Value::Real(_) | Value::Int(_) | Value::Text(_) | Value::Bool(_) => {
                format!("this is {}", super::value::describe(value))
            }
            other => format!("this is {}", other.kind_name()),
        };
        let mut d = Diagnostic::error(codes::TYPE, span, format!("`{param}` of `{function}` must be {expected}"))
            .label(shown)
            .expected(expected);
        d = match (ty, value) {
            ("Int", Value::Real(_)) => d.help("use `floor`, `ceil` or `round`"),
            (_, Value::LatticeKind(l)) => d.help(format!("give its size: `{}(8)`", l.name)),
            (_, Value::ModelKind(m)) => d.help(format!("call it with its arguments: `{}(...)`", m.name)),
            (_, Value::Builtin(b)) => d.help(format!("call it: `{}`", b.call())),
            (_, Value::Function(_)) => d.help("call it with its arguments in parentheses"),
            ("Real", Value::Couplings(_)) => d.help("couplings are indexed by the ends of a bond: `J[i, j]`"),
            _ => d,
        };
        Err(self.fail(d))
    }
}

/// The types that a parameter can be declared with.
const TYPES: &[&str] = &[
    "Int",
    "Real",
    "Bool",
    "Text",
    "List",
    "Set",
    "Numeric",
    "Graph",
    "Couplings",
    "Model",
    "Network",
    "Data",
    "Method",
    "Schedule",
    "Function",
    "Any",
];

fn type_words(ty: &str) -> &'static str {
    match ty {
        "Int" => "a whole number",
        "Real" => "a number",
        "Numeric" => "a number or a list of numbers",
        "Bool" => "a truth value",
        "Text" => "a text",
        "List" => "a list",
        "Set" => "a set of numbers",
        "Graph" => "a lattice or another graph",
        "Couplings" => "couplings",
        "Model" => "a model",
        "Method" => "a method",
        "Schedule" => "a schedule",
        "Function" => "a function",
        "Result" => "a result or a number",
        "Axis" => "the name of an axis",
        "Word" => "a word",
        "Network" => "a network",
        "Data" => "a data set",
        _ => "a value",
    }
}
