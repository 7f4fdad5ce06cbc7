//! Expressions of nodes: elementwise operations, and folds over elements and batch.

use super::Walk;
use crate::kernels::tensor::{Binary, Id, Unary};
use crate::plan::{Expr, Function, Op, Reduction};

impl Walk {
    /// An expression as a node of this shape.
    pub(super) fn expression(&mut self, e: &Expr, shape: &[usize]) -> Result<Id, String> {
        let id = self.any(e)?;
        Ok(self.wide(id, shape))
    }

    /// A number for all elements, or the array itself.
    fn wide(&mut self, id: Id, shape: &[usize]) -> Id {
        if self.graph.shape(id) == shape { id } else { self.graph.spread(id, shape) }
    }

    fn any(&mut self, e: &Expr) -> Result<Id, String> {
        Ok(match e {
            Expr::Node(k) => *self.values.get(*k as usize).ok_or("a layer is used before it is there")?,
            Expr::Number(x) | Expr::Coordinate { value: x, .. } => self.graph.constant(*x, &[]),
            Expr::Array(a) => self.graph.array(a.data.clone(), &a.shape),
            Expr::Random(d) => self.graph.array(d.materialise(), &d.shape),
            Expr::Unary(f, x) => {
                let x = self.any(x)?;
                self.graph.unary(unary(*f), x)
            }
            Expr::Binary(op, a, b) => self.pair(*op, a, b)?,
            Expr::If(c, a, b) => {
                let (c, a, b) = (self.any(c)?, self.any(a)?, self.any(b)?);
                let shape = [c, a, b].iter().map(|x| self.graph.shape(*x).to_vec()).max_by_key(Vec::len).unwrap_or_default();
                let (c, a, b) = (self.wide(c, &shape), self.wide(a, &shape), self.wide(b, &shape));
                self.graph.select(c, a, b)
            }
            Expr::Fold(op, x) => {
                let x = self.any(x)?;
                match op {
                    Reduction::Sum | Reduction::Count => self.total(x),
                    Reduction::Mean => self.mean(x),
                    other => {
                        return Err(format!(
                            "`{}` over a batch has no derivative that could be used: take `mean` or `sum`",
                            other.name()
                        ));
                    }
                }
            }
            Expr::Index(base, indices) => {
                let mut x = self.any(base)?;
                for i in indices {
                    let k = i.number().ok_or("an index in a network must be a known number")?;
                    let shape = self.graph.shape(x)[1..].to_vec();
                    let row = self.graph.slice(x, 0, k as usize, 1);
                    x = self.graph.reshape(row, &shape);
                }
                x
            }
            Expr::List(parts) => {
                let parts = parts.iter().map(|p| self.any(p)).collect::<Result<Vec<Id>, String>>()?;
                let rows: Vec<Id> = parts
                    .iter()
                    .map(|&p| {
                        let mut shape = vec![1];
                        shape.extend(self.graph.shape(p));
                        self.graph.reshape(p, &shape)
                    })
                    .collect();
                self.graph.concat(&rows, 0)
            }
            _ => {
                return Err("this expression has no form in a network: write it with layers and elementwise functions".into());
            }
        })
    }

    fn pair(&mut self, op: Op, a: &Expr, b: &Expr) -> Result<Id, String> {
        match (op, b.number()) {
            (Op::Power, Some(2.0)) => {
                let a = self.any(a)?;
                return Ok(self.graph.unary(Unary::Square, a));
            }
            (Op::Maximum, Some(0.0)) => {
                let a = self.any(a)?;
                return Ok(self.graph.unary(Unary::Relu, a));
            }
            _ => {}
        }
        let (a, b) = (self.any(a)?, self.any(b)?);
        let shape = if self.graph.shape(a).is_empty() { self.graph.shape(b).to_vec() } else { self.graph.shape(a).to_vec() };
        let (a, b) = (self.wide(a, &shape), self.wide(b, &shape));
        Ok(self.graph.binary(binary(op), a, b))
    }
}

/// The operation of the graph for a function.
pub(crate) fn unary(f: Function) -> Unary {
    match f {
        Function::Negate => Unary::Neg,
        Function::Not => Unary::Not,
        Function::Abs => Unary::Abs,
        Function::Sign => Unary::Sign,
        Function::Sqrt => Unary::Sqrt,
        Function::Cbrt => Unary::Cbrt,
        Function::Exp => Unary::Exp,
        Function::Expm1 => Unary::Expm1,
        Function::Ln => Unary::Ln,
        Function::Log2 => Unary::Log2,
        Function::Log10 => Unary::Log10,
        Function::Log1p => Unary::Log1p,
        Function::Sin => Unary::Sin,
        Function::Cos => Unary::Cos,
        Function::Tan => Unary::Tan,
        Function::Asin => Unary::Asin,
        Function::Acos => Unary::Acos,
        Function::Atan => Unary::Atan,
        Function::Sinh => Unary::Sinh,
        Function::Cosh => Unary::Cosh,
        Function::Tanh => Unary::Tanh,
        Function::Asinh => Unary::Asinh,
        Function::Acosh => Unary::Acosh,
        Function::Atanh => Unary::Atanh,
        Function::Erf => Unary::Erf,
        Function::Erfc => Unary::Erfc,
        Function::Gamma => Unary::Gamma,
        Function::LnGamma => Unary::LnGamma,
        Function::Floor => Unary::Floor,
        Function::Ceil => Unary::Ceil,
        Function::Round => Unary::Round,
        Function::Relu => Unary::Relu,
        Function::Sigmoid => Unary::Sigmoid,
        Function::Softplus => Unary::Softplus,
    }
}

/// The operation of the graph for an operation.
pub(crate) fn binary(op: Op) -> Binary {
    match op {
        Op::Add => Binary::Add,
        Op::Subtract => Binary::Sub,
        Op::Multiply => Binary::Mul,
        Op::Divide => Binary::Div,
        Op::Power => Binary::Pow,
        Op::Modulo => Binary::Mod,
        Op::Atan2 => Binary::Atan2,
        Op::Minimum => Binary::Min,
        Op::Maximum => Binary::Max,
        Op::Equal => Binary::Equal,
        Op::NotEqual => Binary::NotEqual,
        Op::Less => Binary::Less,
        Op::LessEqual => Binary::LessEqual,
        Op::Greater => Binary::Greater,
        Op::GreaterEqual => Binary::GreaterEqual,
        Op::And => Binary::And,
        Op::Or => Binary::Or,
    }
}
