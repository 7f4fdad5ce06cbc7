//! Results of tasks in later expressions: `scan.m`, `scan.T`, `.at(...)`, alignment at a point.

use super::super::Elaborator;
use super::super::builtins::analysis::coordinate_index;
use super::super::indexing::select;
use super::super::scope::Scope;
use super::super::symbolic::settle;
use super::super::value::{Eval, Kind, Symbolic, TaskHandle, Value, describe};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::plan::Expr;
use crate::results::Coordinates;
use crate::syntax::ast::{self, Argument};
use std::rc::Rc;

impl Elaborator<'_> {
    pub(crate) fn task_member(&mut self, task: &TaskHandle, name: &ast::Name) -> Eval {
        if let Some(axis) = task.axes.iter().find(|a| a.name == name.text) {
            let values = match &axis.coordinates {
                Coordinates::Int(v) => v.iter().map(|&i| Value::Int(i)).collect(),
                Coordinates::Real(v) => v.iter().map(|&x| Value::Real(x)).collect(),
                Coordinates::Text(v) => v.iter().map(|t| Value::text(t)).collect(),
            };
            return Ok(Value::list(values));
        }
        if let Some(quantity) = task.quantities.iter().find(|q| q.name == name.text) {
            let s = Symbolic {
                expr: Expr::Result { task: task.name.clone(), quantity: quantity.name.clone(), at: vec![] },
                kind: Kind::Real,
                shape: quantity.shape.clone(),
                axes: task.axes.iter().chain(&quantity.axes).cloned().collect(),
                index: None,
            };
            return self.at_point(Value::Symbolic(Rc::new(s)), name.span);
        }
        let names: Vec<String> =
            task.quantities.iter().map(|q| q.name.clone()).chain(task.axes.iter().map(|a| a.name.clone())).collect();
        let mut d =
            Diagnostic::error(codes::NO_MEMBER, name.span, format!("the task `{}` has no quantity `{}`", task.name, name.text))
                .label("not among its results")
                .expected(format!("one of {}", super::super::expression::quoted(&names)));
        if let Some(near) = nearest(&name.text, names.iter().map(String::as_str)) {
            d = d.help(format!("did you mean `{near}`?"));
        }
        Err(self.fail(d))
    }

    /// Inside a task that runs over an axis of the same name, a result is taken at the point.
    pub(crate) fn at_point(&mut self, value: Value, span: Span) -> Eval {
        let Value::Symbolic(s) = &value else { return Ok(value) };
        if s.axes.is_empty() || self.point.is_empty() {
            return Ok(value);
        }
        let mut current = (**s).clone();
        for (axis, coordinate) in self.point.clone() {
            let Some(same) = current.axes.iter().find(|a| a.name == axis).cloned() else { continue };
            match coordinate_index(&same.coordinates, &coordinate) {
                Some(k) => current = select(&current, &axis, k),
                None => {
                    let shown: Vec<String> = (0..same.coordinates.len().min(6)).map(|i| same.coordinates.label(i)).collect();
                    let d = Diagnostic::error(
                        codes::MISALIGNED,
                        span,
                        format!("the result has no point {axis} = {}", describe(&coordinate)),
                    )
                    .label(format!("this runs over {axis} = {}", shown.join(", ")))
                    .expected(format!("the same coordinates along `{axis}` in both tasks"))
                    .help(format!("run this task `over {axis} in {}.{axis}`", task_of(&current.expr).unwrap_or("OTHER".into())));
                    return Err(self.fail(d));
                }
            }
        }
        Ok(settle(current))
    }

    /// `result.at(T: 2.27, L: 16)`
    pub(crate) fn at(&mut self, s: &Symbolic, arguments: &[Argument], span: Span, scope: &Rc<Scope>) -> Eval {
        let mut current = s.clone();
        if arguments.is_empty() {
            let d = Diagnostic::error(codes::ARGUMENTS, span, "`.at` needs a coordinate")
                .expected(format!("`.at({}: ...)`", s.axes.first().map_or("AXIS", |a| a.name.as_str())));
            return Err(self.fail(d));
        }
        for a in arguments {
            let Some(name) = &a.name else {
                let d = Diagnostic::error(codes::ARGUMENTS, a.value.span, "`.at` selects by the name of an axis")
                    .expected(format!("`.at({}: ...)`", s.axes.first().map_or("AXIS", |a| a.name.as_str())))
                    .help("by position write `r[k]`");
                return Err(self.fail(d));
            };
            self.has_axis(&current, &name.text, name.span)?;
            let value = self.eval(&a.value, scope)?;
            let Some(axis) = current.axes.iter().find(|x| x.name == name.text).cloned() else { continue };
            let value = self.coordinate(&axis.coordinates, &value, &a.value);
            match coordinate_index(&axis.coordinates, &value) {
                Some(k) => current = select(&current, &name.text, k),
                None => {
                    let near = nearest_coordinate(&axis.coordinates, &value);
                    let mut d = Diagnostic::error(
                        codes::NO_COORDINATE,
                        a.value.span,
                        format!("the axis `{}` has no point {}", name.text, describe(&value)),
                    )
                    .label("not a coordinate")
                    .expected(coordinates_text(&axis.coordinates));
                    if let Some(near) = near {
                        d = d.help(format!("the nearest is {near}"));
                    }
                    return Err(self.fail(d));
                }
            }
        }
        Ok(settle(current))
    }
}

fn coordinates_text(c: &Coordinates) -> String {
    let shown: Vec<String> = (0..c.len().min(8)).map(|i| c.label(i)).collect();
    format!("one of {}{}", shown.join(", "), if c.len() > 8 { ", ..." } else { "" })
}

fn nearest_coordinate(c: &Coordinates, value: &Value) -> Option<String> {
    match c {
        Coordinates::Text(names) => {
            let text = match value {
                Value::Text(t) => t.to_string(),
                other => describe(other),
            };
            nearest(&text, names.iter().map(String::as_str)).map(str::to_string)
        }
        _ => {
            let x = value.number()?;
            (0..c.len())
                .min_by(|&i, &j| {
                    (c.number(i).unwrap_or(f64::NAN) - x).abs().total_cmp(&(c.number(j).unwrap_or(f64::NAN) - x).abs())
                })
                .map(|i| c.label(i))
        }
    }
}

/// The task that an expression takes its results from.
fn task_of(e: &Expr) -> Option<String> {
    if let Expr::Result { task, .. } = e {
        return Some(task.clone());
    }
    let mut found = None;
    e.for_each_part(&mut |part| {
        if found.is_none() {
            found = task_of(part);
        }
    });
    found
}
