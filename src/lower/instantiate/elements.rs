//! Arrays: their shapes and elements.

use super::{Instantiate, Node, Number, Of, Sink, outside};
use crate::plan::Expr;

impl<S: Sink> Instantiate<'_, '_, S> {
    /// The shape of an expression.
    pub fn shape(&self, e: &Expr) -> Vec<usize> {
        match e {
            Expr::Array(a) => a.shape.clone(),
            Expr::Random(d) => d.shape.clone(),
            Expr::List(parts) => {
                let mut shape = vec![parts.len()];
                shape.extend(parts.first().map(|p| self.shape(p)).unwrap_or_default());
                shape
            }
            Expr::Index(base, indices) => self.shape(base).into_iter().skip(indices.len()).collect(),
            Expr::Variable { variable, .. } => self.model.variables.get(*variable as usize).map_or_else(Vec::new, |v| v.shape()),
            Expr::Weight(k) => self.model.weights.get(*k as usize).map_or_else(Vec::new, |w| w.shape.clone()),
            Expr::Unary(_, x) => self.shape(x),
            Expr::Binary(_, a, b) => self.wider(self.shape(a), b),
            Expr::If(c, a, b) => {
                let shape = self.wider(self.shape(a), b);
                self.wider(shape, c)
            }
            Expr::Energy { .. } | Expr::Observable(_) | Expr::Average(_) | Expr::Result { .. } => self.sink.leaf_shape(e),
            Expr::Measure { shape, .. } => shape.clone(),
            _ => Vec::new(),
        }
    }

    fn wider(&self, shape: Vec<usize>, other: &Expr) -> Vec<usize> {
        if shape.is_empty() { self.shape(other) } else { shape }
    }

    /// All elements of an expression, row-major; one for a number.
    pub fn elements(&mut self, e: &Expr) -> Result<Vec<Of<S>>, String> {
        let shape = self.shape(e);
        if shape.is_empty() {
            return Ok(vec![self.scalar(e)?]);
        }
        if let Expr::Measure { .. } = e {
            return self.measured(e);
        }
        let count: usize = shape.iter().product();
        let mut index = vec![0; shape.len()];
        let mut all = Vec::with_capacity(count.min(1 << 20));
        for _ in 0..count {
            all.push(self.element(e, &index)?);
            for (i, &n) in index.iter_mut().zip(&shape).rev() {
                *i += 1;
                if *i < n {
                    break;
                }
                *i = 0;
            }
        }
        Ok(all)
    }

    /// One element of an array expression.
    pub(super) fn element(&mut self, e: &Expr, index: &[usize]) -> Result<Of<S>, String> {
        if index.is_empty() {
            return self.scalar(e);
        }
        match e {
            Expr::Array(a) => {
                Ok(Number(a.data.get(flat(&a.shape, index)?).copied().ok_or("an array is shorter than its shape")?))
            }
            Expr::Random(d) => {
                let values = self.materials.draw(d)?;
                Ok(Number(values.get(flat(&d.shape, index)?).copied().ok_or("a draw is shorter than its shape")?))
            }
            Expr::List(parts) => {
                let part = parts.get(index[0]).ok_or_else(|| outside(index[0] as f64, parts.len()))?;
                self.element(part, &index[1..])
            }
            Expr::Index(base, before) => {
                let mut all = Vec::with_capacity(before.len() + index.len());
                for i in before {
                    let n = self.shape(base).get(all.len()).copied().unwrap_or(0);
                    let i = self.scalar(i)?;
                    all.push(self.place(i, n)?);
                }
                all.extend_from_slice(index);
                self.element(base, &all)
            }
            Expr::Variable { variable, replica } => {
                let shape = self.shape(e);
                self.spin(*variable, *replica, flat(&shape, index)?)
            }
            Expr::Weight(k) => {
                let shape = self.shape(e);
                let first = self.model.weight_offset((*k as usize).min(self.model.weights.len()));
                self.sink.weight(first + flat(&shape, index)?).map(Node)
            }
            Expr::Unary(f, x) => {
                let x = self.element(x, index)?;
                self.unary(*f, x)
            }
            Expr::Binary(op, a, b) => {
                let a = self.broadcast(a, index)?;
                let b = self.broadcast(b, index)?;
                self.binary(*op, a, b)
            }
            Expr::If(c, a, b) => match self.broadcast(c, index)? {
                Number(0.0) => self.broadcast(b, index),
                Number(_) => self.broadcast(a, index),
                Node(c) => {
                    let (a, b) = (self.broadcast(a, index)?, self.broadcast(b, index)?);
                    let (a, b) = (self.node(a), self.node(b));
                    Ok(Node(self.sink.choose(c, a, b)))
                }
            },
            Expr::Energy { .. } | Expr::Observable(_) | Expr::Average(_) | Expr::Result { .. } => {
                let at = flat(&self.sink.leaf_shape(e), index)?;
                self.sink.leaf(e, at).map(Node)
            }
            Expr::Measure { shape, .. } => {
                let at = flat(shape, index)?;
                self.measured(e)?.get(at).copied().ok_or_else(|| "a measurement has fewer elements".into())
            }
            _ => Err("a number is indexed like an array".into()),
        }
    }

    fn broadcast(&mut self, e: &Expr, index: &[usize]) -> Result<Of<S>, String> {
        if self.shape(e).is_empty() { self.scalar(e) } else { self.element(e, index) }
    }
}

fn flat(shape: &[usize], index: &[usize]) -> Result<usize, String> {
    if shape.len() != index.len() {
        return Err(format!("{} indices for an array of {} dimensions", index.len(), shape.len()));
    }
    let mut at = 0;
    for (&i, &n) in index.iter().zip(shape) {
        if i >= n {
            return Err(outside(i as f64, n));
        }
        at = at * n + i;
    }
    Ok(at)
}
