//! Numbers that follow from known arrays and draws alone: they are worked out where they stand, and do not wait for a run.

use crate::plan::Expr;

/// Elements that are gone through for one number; more stay a description.
const MOST: usize = 1 << 16;

/// The number that an expression of arrays, draws and numbers is; `None` where it depends on more, or is long to work out.
pub(crate) fn number(e: &Expr) -> Option<f64> {
    let mut arrays = false;
    let mut left = MOST;
    if !constant(e, &mut arrays, &mut left) || !arrays {
        return None;
    }
    match values(e)? {
        (shape, data) if shape.is_empty() => data.first().copied(),
        _ => None,
    }
}

/// Whether an expression depends on nothing. `arrays`: it holds some; `left`: elements that may still be gone through.
fn constant(e: &Expr, arrays: &mut bool, left: &mut usize) -> bool {
    let mut take = |n: usize| match left.checked_sub(n) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    };
    match e {
        Expr::Number(_) => take(1),
        Expr::Array(a) => {
            *arrays = true;
            take(a.data.len())
        }
        Expr::Random(d) => {
            *arrays = true;
            take(d.shape.iter().fold(1, |n: usize, k| n.saturating_mul(*k)))
        }
        Expr::Index(base, indices) => match &**base {
            // Of an array, only what is taken out of it.
            Expr::Array(_) | Expr::Random(_) if indices.iter().all(|i| i.number().is_some()) => {
                *arrays = true;
                let shape = match &**base {
                    Expr::Array(a) => &a.shape,
                    Expr::Random(d) => &d.shape,
                    _ => return false,
                };
                take(shape.iter().skip(indices.len()).fold(1, |n: usize, k| n.saturating_mul(*k)))
            }
            _ => false,
        },
        Expr::List(_) | Expr::Unary(..) | Expr::Binary(..) | Expr::If(..) | Expr::Fold(..) => {
            let mut all = take(1);
            e.for_each_part(&mut |part| all = all && constant(part, arrays, left));
            all
        }
        _ => false,
    }
}

type Known = (Vec<usize>, Vec<f64>);

fn values(e: &Expr) -> Option<Known> {
    Some(match e {
        Expr::Number(x) => (vec![], vec![*x]),
        Expr::Array(a) => (a.shape.clone(), a.data.clone()),
        Expr::Random(d) => (d.shape.clone(), d.materialise()),
        Expr::Index(base, indices) => {
            let shape = match &**base {
                Expr::Array(a) => &a.shape,
                Expr::Random(d) => &d.shape,
                _ => return None,
            };
            let rest = shape.get(indices.len()..)?.to_vec();
            let size: usize = rest.iter().product();
            let mut first = 0;
            for (index, n) in indices.iter().zip(shape) {
                let i = index.number()?;
                if !(i >= 0.0 && i < *n as f64) {
                    return None;
                }
                first = first * n + i as usize;
            }
            let place = first * size..(first + 1) * size;
            let data = match &**base {
                Expr::Array(a) => a.data.get(place)?.to_vec(),
                Expr::Random(d) => place.map(|k| d.value(k as u64)).collect(),
                _ => return None,
            };
            (rest, data)
        }
        Expr::List(parts) => {
            let parts = parts.iter().map(values).collect::<Option<Vec<Known>>>()?;
            let inner = parts.first()?.0.clone();
            if parts.iter().any(|p| p.0 != inner) {
                return None;
            }
            let shape = std::iter::once(parts.len()).chain(inner).collect();
            (shape, parts.into_iter().flat_map(|p| p.1).collect())
        }
        Expr::Unary(f, x) => {
            let (shape, data) = values(x)?;
            (shape, data.into_iter().map(|x| f.apply(x)).collect())
        }
        Expr::Binary(op, a, b) => joined(values(a)?, values(b)?, |x, y| op.apply(x, y))?,
        Expr::If(condition, a, b) => {
            let (shape, data) = values(condition)?;
            if !shape.is_empty() {
                return None;
            }
            values(if *data.first()? != 0.0 { a } else { b })?
        }
        Expr::Fold(op, x) => (vec![], vec![op.of(&values(x)?.1)]),
        _ => return None,
    })
}

/// Element by element; a number goes with every element.
fn joined(a: Known, b: Known, f: impl Fn(f64, f64) -> f64) -> Option<Known> {
    if a.0 == b.0 {
        return Some((a.0, a.1.iter().zip(&b.1).map(|(x, y)| f(*x, *y)).collect()));
    }
    match (a.1.len(), b.1.len()) {
        (1, _) if a.0.is_empty() => Some((b.0, b.1.iter().map(|y| f(a.1[0], *y)).collect())),
        (_, 1) if b.0.is_empty() => Some((a.0, a.1.iter().map(|x| f(*x, b.1[0])).collect())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::number;
    use crate::plan::expr::Array;
    use crate::plan::{Expr, Op, Reduction};
    use std::sync::Arc;

    #[test]
    fn products_of_rows_are_numbers() {
        let array = Expr::Array(Arc::new(Array { shape: vec![2, 3], data: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] }));
        let row = |k: f64| Expr::Index(array.clone().boxed(), vec![Expr::Number(k)]);
        let dot = |a: Expr, b: Expr| Expr::Fold(Reduction::Sum, Expr::Binary(Op::Multiply, a.boxed(), b.boxed()).boxed());
        assert_eq!(number(&dot(row(0.0), row(1.0))), Some(32.0));
        assert_eq!(number(&Expr::Index(array.clone().boxed(), vec![Expr::Number(1.0), Expr::Number(2.0)])), Some(6.0));
        // Outside, of a bound index, or without any array: nothing to work out.
        assert_eq!(number(&dot(row(2.0), row(1.0))), None);
        assert_eq!(number(&dot(Expr::Index(array.clone().boxed(), vec![Expr::Local(0)]), row(1.0))), None);
        assert_eq!(number(&Expr::Number(1.0)), None);
    }
}
