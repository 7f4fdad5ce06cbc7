//! The elements of an index set one by one, where they are known before the run.

use super::Elaborator;
use super::value::{Eval, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;
use crate::syntax::ast::Binder;

/// The elements that a binder gives, when they are known one by one.
pub(crate) type Rows = Vec<Vec<Value>>;

impl Elaborator<'_> {
    /// Listed tuples of `n` whole numbers.
    pub(crate) fn tuples(&mut self, value: &Value, n: usize, span: Span) -> Eval<Vec<Vec<i64>>> {
        if let Value::Symbolic(s) = value
            && let (Expr::Array(a), [_, width]) = (&s.expr, s.shape.as_slice())
            && *width == n
        {
            return Ok(a.data.chunks(n).map(|row| row.iter().map(|x| *x as i64).collect()).collect());
        }
        let rows: Option<Vec<Vec<i64>>> = match value {
            Value::List(items) => items
                .iter()
                .map(|item| match item {
                    Value::List(row) if row.len() == n => row.iter().map(Value::integer).collect(),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        match rows {
            Some(rows) => Ok(rows),
            None => {
                let d = Diagnostic::error(codes::TYPE, span, format!("a list of tuples of {n} sites is needed here"))
                    .label(format!("this is {}", value.kind_name()))
                    .expected(format!("a list such as `[({})]`", (0..n).map(|k| k.to_string()).collect::<Vec<_>>().join(", ")));
                Err(self.fail(d))
            }
        }
    }

    /// The elements of a domain one by one.
    pub(crate) fn rows(&mut self, binder: &Binder, domain: &Value, span: Span) -> Eval<Rows> {
        match binder {
            Binder::Each { names, .. } if names.len() == 1 => match domain {
                Value::Range(a, b) => {
                    self.few(b.saturating_sub(*a), span)?;
                    Ok((*a..*b).map(|i| vec![Value::Int(i)]).collect())
                }
                Value::List(items) => Ok(items.iter().map(|v| vec![v.clone()]).collect()),
                Value::Set(items) => Ok(items.iter().map(|&v| vec![Value::Real(v)]).collect()),
                Value::Graph(_) | Value::Couplings(_) => {
                    let n = self.graph_of(domain).map_or(0, |g| self.graph(g).sites() as i64);
                    self.few(n, span)?;
                    Ok((0..n).map(|i| vec![Value::Int(i)]).collect())
                }
                Value::Symbolic(s) if !s.shape.is_empty() && s.axes.is_empty() => {
                    self.few(s.shape[0] as i64, span)?;
                    (0..s.shape[0])
                        .map(|i| self.element(domain, &[(Value::Int(i as i64), span)], span, span).map(|v| vec![v]))
                        .collect()
                }
                other => self.wrong_type(other, span, "a list, a range or a lattice"),
            },
            Binder::Each { names, .. } => {
                if let Value::List(items) = domain {
                    let rows: Option<Rows> = items
                        .iter()
                        .map(|item| match item {
                            Value::List(row) if row.len() == names.len() => Some((**row).clone()),
                            _ => None,
                        })
                        .collect();
                    if let Some(rows) = rows {
                        return Ok(rows);
                    }
                }
                let tuples = self.tuples(domain, names.len(), span)?;
                Ok(tuples.into_iter().map(|t| t.into_iter().map(Value::Int).collect()).collect())
            }
            Binder::Bond { .. } => {
                let Some(graph) = self.graph_of(domain) else {
                    return self.wrong_type(domain, span, "a lattice or couplings, whose bonds can be run over");
                };
                self.few(self.graph(graph).bond_count() as i64, span)?;
                Ok(self.graph(graph).bonds().iter().map(|b| vec![Value::Int(b.i.into()), Value::Int(b.j.into())]).collect())
            }
            Binder::Ordered { names, .. } => {
                let Some((start, end, _)) = self.site_range(domain) else {
                    return self.wrong_type(domain, span, "a range or a lattice");
                };
                let mut count = 1i64;
                for k in 0..names.len() as i64 {
                    count = count.saturating_mul((end.saturating_sub(start) - k).max(0)) / (k + 1);
                }
                self.few(count, span)?;
                let mut rows = Vec::new();
                ordered(start, end, names.len(), &mut Vec::new(), &mut rows);
                Ok(rows.into_iter().map(|row| row.into_iter().map(Value::Int).collect()).collect())
            }
        }
    }
}

fn ordered(start: i64, end: i64, depth: usize, prefix: &mut Vec<i64>, rows: &mut Vec<Vec<i64>>) {
    if depth == 0 {
        rows.push(prefix.clone());
        return;
    }
    for i in start..end {
        prefix.push(i);
        ordered(i + 1, end, depth - 1, prefix, rows);
        prefix.pop();
    }
}
