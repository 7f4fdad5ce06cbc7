//! The expansion of reductions of whole arrays: element by element, or over an index of its own.

use super::super::materials::depends_on_state;
use super::super::size::is_truth;
use super::{Expansion, Polynomial, Term};
use crate::plan::{Domain, Expr, Reduction};

impl Expansion<'_, '_> {
    /// A reduction of a whole array, element by element.
    pub(super) fn whole(&mut self, op: Reduction, x: &Expr) -> Result<Polynomial, String> {
        if let Some(parts) = listed(x)
            && op != Reduction::Count
        {
            let mut all = Vec::new();
            for part in &parts {
                all.extend(self.polynomial(part)?);
            }
            let divisor = if op == Reduction::Mean { parts.len() as f64 } else { 1.0 };
            return self.limited(all.into_iter().map(|t| Term { coefficient: t.coefficient / divisor, ..t }).collect());
        }
        let Some((n, at)) = self.elementwise(x) else {
            return Err(format!("`{}` of this list of spins is not a polynomial", op.name()));
        };
        if op == Reduction::Count && !is_truth(x) {
            return Err("`count` of the spins is not a polynomial".into());
        }
        let local = self.fresh();
        self.names.insert(local, local);
        let body = at(&Expr::Local(local));
        let over = [Domain::Range { local, start: 0, end: n as i64 }];
        let terms = self.body(&over, None, &body);
        self.names.remove(&local);
        let divisor = if op == Reduction::Mean { n as f64 } else { 1.0 };
        Ok(terms?.into_iter().map(|t| Term { coefficient: t.coefficient / divisor, ..t }).collect())
    }

    /// The length of a one-dimensional array expression, and its element at an index.
    #[allow(clippy::type_complexity)]
    fn elementwise(&self, x: &Expr) -> Option<(usize, Box<dyn Fn(&Expr) -> Expr>)> {
        Some(match x {
            Expr::Variable { variable, replica } => {
                let (variable, replica) = (*variable, *replica);
                let n = self.model.variables.get(variable as usize)?.components();
                (n, Box::new(move |i| Expr::Element { variable, replica, site: i.clone().boxed(), bond: None }))
            }
            Expr::Array(a) if a.shape.len() == 1 => {
                let array = x.clone();
                (a.shape[0], Box::new(move |i| Expr::Index(array.clone().boxed(), vec![i.clone()])))
            }
            Expr::Random(d) if d.shape.len() == 1 => {
                let array = x.clone();
                (d.shape[0], Box::new(move |i| Expr::Index(array.clone().boxed(), vec![i.clone()])))
            }
            Expr::Index(base, before) => {
                let shape = match &**base {
                    Expr::Array(a) => &a.shape,
                    Expr::Random(d) => &d.shape,
                    _ => return None,
                };
                if shape.len() != before.len() + 1 || before.iter().any(depends_on_state) {
                    return None;
                }
                let (base, before) = (base.clone(), before.clone());
                let at = move |i: &Expr| Expr::Index(base.clone(), before.iter().chain([i]).cloned().collect());
                (shape[shape.len() - 1], Box::new(at))
            }
            Expr::Unary(f, x) => {
                let (n, at) = self.elementwise(x)?;
                let f = *f;
                (n, Box::new(move |i| Expr::Unary(f, at(i).boxed())))
            }
            Expr::Binary(op, a, b) => {
                let op = *op;
                match (self.elementwise(a), self.elementwise(b)) {
                    (Some((n, a)), Some((m, b))) if n == m => {
                        (n, Box::new(move |i| Expr::Binary(op, a(i).boxed(), b(i).boxed())))
                    }
                    (Some((n, a)), None) if is_scalar(b) => {
                        let b = (**b).clone();
                        (n, Box::new(move |i| Expr::Binary(op, a(i).boxed(), b.clone().boxed())))
                    }
                    (None, Some((n, b))) if is_scalar(a) => {
                        let a = (**a).clone();
                        (n, Box::new(move |i| Expr::Binary(op, a.clone().boxed(), b(i).boxed())))
                    }
                    _ => return None,
                }
            }
            _ => return None,
        })
    }
}

/// The elements of an expression over lists that are written out, such as the components of a vector.
fn listed(x: &Expr) -> Option<Vec<Expr>> {
    Some(match x {
        Expr::List(parts) => parts.clone(),
        Expr::Unary(f, x) => listed(x)?.into_iter().map(|e| Expr::Unary(*f, e.boxed())).collect(),
        Expr::Binary(op, a, b) => match (listed(a), listed(b)) {
            (Some(a), Some(b)) if a.len() == b.len() => {
                a.into_iter().zip(b).map(|(a, b)| Expr::Binary(*op, a.boxed(), b.boxed())).collect()
            }
            (Some(a), None) => match &**b {
                Expr::Array(array) if array.shape == [a.len()] => {
                    let numbers = array.data.iter().map(|x| Expr::Number(*x));
                    a.into_iter().zip(numbers).map(|(a, b)| Expr::Binary(*op, a.boxed(), b.boxed())).collect()
                }
                b if is_scalar(b) => a.into_iter().map(|a| Expr::Binary(*op, a.boxed(), b.clone().boxed())).collect(),
                _ => return None,
            },
            (None, Some(b)) => match &**a {
                Expr::Array(array) if array.shape == [b.len()] => {
                    let numbers = array.data.iter().map(|x| Expr::Number(*x));
                    numbers.zip(b).map(|(a, b)| Expr::Binary(*op, a.boxed(), b.boxed())).collect()
                }
                a if is_scalar(a) => b.into_iter().map(|b| Expr::Binary(*op, a.clone().boxed(), b.boxed())).collect(),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    })
}

fn is_scalar(e: &Expr) -> bool {
    match e {
        Expr::Number(_)
        | Expr::Local(_)
        | Expr::Element { .. }
        | Expr::Fold(..)
        | Expr::Reduce { .. }
        | Expr::BondValue { .. } => true,
        Expr::Coordinate { .. } => true,
        Expr::Unary(_, x) => is_scalar(x),
        Expr::Binary(_, a, b) => is_scalar(a) && is_scalar(b),
        _ => false,
    }
}
