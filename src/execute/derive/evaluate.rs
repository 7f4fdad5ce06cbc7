//! The value of an expression at one position, from the central values or with a replicate of one source in their place.

use super::super::analyses::Windows;
use super::{Position, Results, Source, Tensor};
use crate::plan::{Expr, Op};
use std::cell::{Cell, RefCell};

/// One evaluation: which replicate of which source stands in for the central values.
pub struct Evaluation<'e> {
    pub results: &'e Results<'e>,
    pub windows: &'e RefCell<Windows>,
    pub replaced: Option<(&'e Source, usize)>,
    /// What was used, in order.
    pub used: RefCell<Vec<Source>>,
    /// How many disorder averages are being taken: the errors of single runs are in their spread.
    pub sealed: Cell<u32>,
    /// Values of bound indices.
    pub locals: RefCell<Vec<(u32, Tensor)>>,
}

impl<'e> Evaluation<'e> {
    pub fn new(results: &'e Results<'e>, windows: &'e RefCell<Windows>, replaced: Option<(&'e Source, usize)>) -> Evaluation<'e> {
        Evaluation { results, windows, replaced, used: RefCell::default(), sealed: Cell::new(0), locals: RefCell::default() }
    }

    /// Notes that the errors of a source count.
    pub fn uses(&self, source: Source) {
        let mut used = self.used.borrow_mut();
        if self.sealed.get() == 0 && !used.contains(&source) {
            used.push(source);
        }
    }

    pub fn eval(&self, e: &Expr, at: &mut Position) -> Result<Tensor, String> {
        Ok(match e {
            Expr::Number(x) => Tensor::number(*x),
            Expr::Coordinate { value, .. } => Tensor::number(*value),
            Expr::Local(k) => {
                let locals = self.locals.borrow();
                let found = locals.iter().rev().find(|(n, _)| n == k).map(|(_, t)| t.clone());
                found.ok_or_else(|| "an index has no value after the run".to_string())?
            }
            Expr::Array(a) => Tensor { shape: a.shape.clone(), data: a.data.clone() },
            Expr::Random(d) => Tensor { shape: d.shape.clone(), data: d.materialise() },
            Expr::List(parts) => {
                let parts: Vec<Tensor> = parts.iter().map(|p| self.eval(p, at)).collect::<Result<_, _>>()?;
                let mut shape = vec![parts.len()];
                shape.extend(parts.first().map(|p| p.shape.clone()).unwrap_or_default());
                Tensor { shape, data: parts.into_iter().flat_map(|p| p.data).collect() }
            }
            Expr::Index(base, indices) => self.index(base, indices, at)?,
            Expr::Result { task, quantity, at: fixed } => self.result(task, quantity, fixed, at)?,
            Expr::Unary(f, x) => {
                let t = self.eval(x, at)?;
                Tensor { shape: t.shape, data: t.data.into_iter().map(|x| f.apply(x)).collect() }
            }
            Expr::Binary(op, a, b) => binary(*op, self.eval(a, at)?, self.eval(b, at)?)?,
            Expr::If(c, a, b) => {
                let c = self.eval(c, at)?;
                if c.shape.is_empty() {
                    self.eval(if c.data[0] != 0.0 { a } else { b }, at)?
                } else {
                    let (a, b) = (self.eval(a, at)?, self.eval(b, at)?);
                    let pick = |t: &Tensor, k: usize| t.data[if t.shape.is_empty() { 0 } else { k }];
                    let data = (0..c.data.len()).map(|k| if c.data[k] != 0.0 { pick(&a, k) } else { pick(&b, k) }).collect();
                    Tensor { shape: c.shape, data }
                }
            }
            Expr::Fold(op, x) => Tensor::number(op.of(&self.eval(x, at)?.data)),
            Expr::Analyse(analysis, parts) => self.analyse(analysis, parts, e, at)?,
            _ => return Err("an expression of a state has no value after the run".to_string()),
        })
    }

    fn index(&self, base: &Expr, indices: &[Expr], at: &mut Position) -> Result<Tensor, String> {
        let t = self.eval(base, at)?;
        let mut offset = 0;
        let mut size = t.data.len();
        for (e, n) in indices.iter().zip(&t.shape) {
            let i = self.eval(e, at)?.data[0];
            if !(i >= 0.0 && i < *n as f64) {
                return Err(format!("the index {i} is outside of 0 to {}", n.saturating_sub(1)));
            }
            size /= n;
            offset += i as usize * size;
        }
        let shape = t.shape[indices.len().min(t.shape.len())..].to_vec();
        Ok(Tensor { shape, data: t.data[offset..offset + size].to_vec() })
    }
}

fn binary(op: Op, a: Tensor, b: Tensor) -> Result<Tensor, String> {
    if a.shape == b.shape {
        let data = a.data.iter().zip(&b.data).map(|(x, y)| op.apply(*x, *y)).collect();
        return Ok(Tensor { shape: a.shape, data });
    }
    if b.shape.is_empty() {
        let y = b.data[0];
        return Ok(Tensor { shape: a.shape, data: a.data.into_iter().map(|x| op.apply(x, y)).collect() });
    }
    if a.shape.is_empty() {
        let x = a.data[0];
        return Ok(Tensor { shape: b.shape, data: b.data.into_iter().map(|y| op.apply(x, y)).collect() });
    }
    Err("the shapes of two results do not fit".to_string())
}
