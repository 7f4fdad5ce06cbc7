//! Values that become expressions of the plan: lifting, shapes, alignment of axes.

use super::Elaborator;
use super::value::{Eval, Kind, Symbolic, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;
use crate::plan::expr::Array;
use crate::results::AxisValues;
use std::rc::Rc;
use std::sync::Arc;

impl Elaborator<'_> {
    /// A numeric value as an expression.
    pub(crate) fn lift(&mut self, value: &Value, span: Span) -> Eval<Symbolic> {
        let scalar = |x: f64, kind| Symbolic { expr: Expr::Number(x), kind, shape: vec![], axes: vec![], index: None };
        match value {
            Value::Int(i) => Ok(scalar(*i as f64, Kind::Int)),
            Value::Real(x) => Ok(scalar(*x, Kind::Real)),
            Value::Bool(b) => Ok(scalar(f64::from(u8::from(*b)), Kind::Bool)),
            Value::Symbolic(s) => {
                self.small(&s.expr, span)?;
                Ok((**s).clone())
            }
            Value::Range(a, b) => {
                self.few(b.saturating_sub(*a), span)?;
                let data: Vec<f64> = (*a..*b).map(|i| i as f64).collect();
                let shape = vec![data.len()];
                Ok(Symbolic {
                    expr: Expr::Array(Arc::new(Array { shape: shape.clone(), data })),
                    kind: Kind::Int,
                    shape,
                    axes: vec![],
                    index: None,
                })
            }
            Value::List(items) => self.lift_list(items, span),
            Value::Failed => Err(super::value::Failed),
            other => {
                let message = format!("{} stands where a number is needed", other.kind_name());
                let d = Diagnostic::error(codes::TYPE, span, message)
                    .label(format!("this is {}", other.kind_name()))
                    .expected("a number, or a list of numbers");
                Err(self.fail(match other {
                    Value::Task(task) => match task.quantities.first() {
                        Some(q) => d.help(format!("one of its results is `{}.{}`", task.name, q.name)),
                        None => d,
                    },
                    _ => d,
                }))
            }
        }
    }

    /// [`Elaborator::lift`] of a value that nothing else needs: its expression is taken, not copied.
    pub(crate) fn lifted(&mut self, value: Value, span: Span) -> Eval<Symbolic> {
        match value {
            Value::Symbolic(s) => {
                self.small(&s.expr, span)?;
                Ok(Rc::try_unwrap(s).unwrap_or_else(|shared| (*shared).clone()))
            }
            other => self.lift(&other, span),
        }
    }

    fn lift_list(&mut self, items: &[Value], span: Span) -> Eval<Symbolic> {
        let mut parts = Vec::with_capacity(items.len());
        for item in items {
            parts.push(self.lift(item, span)?);
        }
        let inner = parts.first().map(|p| p.shape.clone()).unwrap_or_default();
        if let Some(odd) = parts.iter().find(|p| p.shape != inner) {
            let d = Diagnostic::error(codes::SHAPE, span, "the elements of this list have different shapes")
                .label(format!("one has {}, another {}", shape_text(&inner), shape_text(&odd.shape)))
                .expected("elements of one shape");
            return Err(self.fail(d));
        }
        let mut axes = Vec::new();
        for part in &parts {
            axes = self.align(&axes, &part.axes, span)?;
        }
        let kind = if parts.iter().all(|p| p.kind == Kind::Bool) && !parts.is_empty() {
            Kind::Bool
        } else if parts.iter().all(|p| p.kind != Kind::Real) {
            Kind::Int
        } else {
            Kind::Real
        };
        let mut shape = vec![parts.len()];
        shape.extend(&inner);
        let numbers: Option<Vec<f64>> = if inner.is_empty() { parts.iter().map(|p| p.expr.number()).collect() } else { None };
        let expr = match numbers {
            Some(data) => Expr::Array(Arc::new(Array { shape: shape.clone(), data })),
            None => flatten(parts.into_iter().map(|p| p.expr).collect(), &shape),
        };
        Ok(Symbolic { expr, kind, shape, axes, index: None })
    }

    /// The axes of two results side by side, aligned by name.
    pub(crate) fn align(&mut self, a: &[AxisValues], b: &[AxisValues], span: Span) -> Eval<Vec<AxisValues>> {
        let mut axes = a.to_vec();
        for axis in b {
            match axes.iter().find(|x| x.name == axis.name) {
                None => axes.push(axis.clone()),
                Some(same) if same.coordinates == axis.coordinates => {}
                Some(other) => {
                    let d = Diagnostic::error(
                        codes::MISALIGNED,
                        span,
                        format!("the axis `{}` has different coordinates in the two results", axis.name),
                    )
                    .label(format!("{} and {}", points_text(other), points_text(axis)))
                    .expected("equal coordinates along an axis of the same name")
                    .help(format!(
                        "select one coordinate with `.at({}: ...)`, or run both tasks over the same values",
                        axis.name
                    ));
                    return Err(self.fail(d));
                }
            }
        }
        Ok(axes)
    }

    /// The common shape of two operands: equal, or one of them a number.
    pub(crate) fn broadcast(&mut self, a: &[usize], b: &[usize], span: Span) -> Eval<Vec<usize>> {
        if a == b || b.is_empty() {
            return Ok(a.to_vec());
        }
        if a.is_empty() {
            return Ok(b.to_vec());
        }
        let layer = self.network.as_ref().and_then(|n| n.path.last()).map_or(String::new(), |name| format!("in `{name}` "));
        let d = Diagnostic::error(codes::SHAPE, span, format!("{layer}the shapes of the two sides do not fit"))
            .label(format!("{} on the left, {} on the right", shape_text(a), shape_text(b)))
            .expected("equal shapes, or a number on one side");
        Err(self.fail(d))
    }
}

/// A list of array expressions; constant rows become one array.
fn flatten(parts: Vec<Expr>, shape: &[usize]) -> Expr {
    let mut data = Vec::new();
    for part in &parts {
        match part {
            Expr::Array(a) => data.extend_from_slice(&a.data),
            _ => return Expr::List(parts),
        }
    }
    Expr::Array(Arc::new(Array { shape: shape.to_vec(), data }))
}

/// The first points of an axis: `T = 1, 2, 3, ...`
fn points_text(axis: &AxisValues) -> String {
    let shown: Vec<String> = (0..axis.coordinates.len().min(5)).map(|k| axis.coordinates.label(k)).collect();
    format!("{} = {}{}", axis.name, shown.join(", "), if axis.coordinates.len() > 5 { ", ..." } else { "" })
}

/// A shape as a person writes it: `3 values`, `2 × 3`.
pub(crate) fn shape_text(shape: &[usize]) -> String {
    match shape {
        [] => "one number".to_string(),
        [1] => "1 value".to_string(),
        [n] => format!("{n} values"),
        many => many.iter().map(usize::to_string).collect::<Vec<_>>().join(" × "),
    }
}

/// The simplest value that stands for a symbolic one: known numbers come back as numbers.
pub(crate) fn settle(s: Symbolic) -> Value {
    if s.shape.is_empty()
        && s.axes.is_empty()
        && let Some(x) = s.expr.number().or_else(|| super::known::number(&s.expr))
    {
        return match s.kind {
            Kind::Bool => Value::Bool(x != 0.0),
            Kind::Int if x.abs() < 9.0e15 => Value::Int(x as i64),
            _ => Value::Real(x),
        };
    }
    Value::Symbolic(Rc::new(s))
}
