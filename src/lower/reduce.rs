//! Reductions in the walk over an expression: index sets, filters, whole arrays.

use super::gather::Gather;
use super::instantiate::{Instantiate, Of, Sink, Value::Node, Value::Number};
use super::size::is_truth;
use crate::plan::{Domain, Expr, Op, Reduction};
use std::sync::Arc;

impl<S: Sink> Instantiate<'_, '_, S> {
    pub(super) fn folded(&mut self, op: Reduction, x: &Expr) -> Result<Of<S>, String> {
        let n = self.shape(x).iter().product::<usize>() as f64;
        if matches!(op, Reduction::Sum | Reduction::Mean)
            && let Some(node) = self.whole(x)
        {
            return if op == Reduction::Mean { self.binary(Op::Divide, Node(node), Number(n)) } else { Ok(Node(node)) };
        }
        let mut gather = Gather::new(op, is_truth(x));
        for value in self.elements(x)? {
            gather.add(self, None, value)?;
        }
        gather.finish(self)
    }

    /// The sum of a variable, or of the product of two, in one operation.
    fn whole(&mut self, x: &Expr) -> Option<S::Node> {
        let range = |walk: &Self, e: &Expr| match e {
            Expr::Variable { variable, replica } => {
                let v = walk.model.variables.get(*variable as usize)?;
                Some((*replica as usize * walk.model.components() + walk.model.offset(*variable as usize), v.components()))
            }
            _ => None,
        };
        match x {
            Expr::Binary(Op::Multiply, a, b) => {
                let ((a, n), (b, m)) = (range(self, a)?, range(self, b)?);
                if n == m { self.sink.dot(a, b, n) } else { None }
            }
            _ => {
                let (first, n) = range(self, x)?;
                self.sink.total(first, n)
            }
        }
    }

    pub(super) fn reduced(
        &mut self,
        op: Reduction,
        domains: &[Domain],
        filter: Option<&Expr>,
        body: &Expr,
    ) -> Result<Of<S>, String> {
        if let (Reduction::Sum | Reduction::Mean, [Domain::Range { local, start: 0, end }], None) = (op, domains, filter)
            && let Expr::Element { variable, replica, site, bond: None } = body
            && **site == Expr::Local(*local)
            && self.model.variables.get(*variable as usize).is_some_and(|v| v.components() as i64 == *end)
        {
            return self.folded(op, &Expr::Variable { variable: *variable, replica: *replica });
        }
        let mut gather = Gather::new(op, is_truth(body));
        self.each(domains, &mut |walk| {
            let condition = match filter {
                None => None,
                Some(filter) => match walk.scalar(filter)? {
                    Number(0.0) => return Ok(()),
                    Number(_) => None,
                    Node(n) => Some(n),
                },
            };
            let value = walk.scalar(body)?;
            gather.add(walk, condition, value)
        })?;
        gather.finish(self)
    }

    /// Calls `body` for every element of the product of some index sets, with their locals bound.
    pub fn each(&mut self, domains: &[Domain], body: &mut dyn FnMut(&mut Self) -> Result<(), String>) -> Result<(), String> {
        let Some((domain, rest)) = domains.split_first() else { return body(self) };
        match domain {
            Domain::Range { local, start, end } => {
                for i in *start..*end {
                    self.bind(*local, i);
                    self.each(rest, body)?;
                }
            }
            Domain::Bonds { graph, binder, first, second } => {
                let bonds = self.materials.bonds(*graph)?;
                for (m, b) in bonds.iter().enumerate() {
                    self.bind(*binder, m as i64);
                    self.signs[*binder as usize] = f64::from(b.sign);
                    self.bind(*first, i64::from(b.i));
                    self.bind(*second, i64::from(b.j));
                    self.each(rest, body)?;
                }
            }
            Domain::Ordered { locals, start, end } => self.ordered(locals, *start, *end, rest, body)?,
            Domain::Tuples { locals, tuples } => {
                let tuples = Arc::clone(tuples);
                for tuple in tuples.iter() {
                    for (local, i) in locals.iter().zip(tuple) {
                        self.bind(*local, *i);
                    }
                    self.each(rest, body)?;
                }
            }
            Domain::Neighbours { graph, of, local } => {
                let neighbours = self.materials.neighbours(*graph)?;
                let site = self.site(of, neighbours.sites())?;
                for &j in neighbours.of(site) {
                    self.bind(*local, i64::from(j));
                    self.each(rest, body)?;
                }
            }
        }
        Ok(())
    }

    fn ordered(
        &mut self,
        locals: &[u32],
        start: i64,
        end: i64,
        rest: &[Domain],
        body: &mut dyn FnMut(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let Some((local, later)) = locals.split_first() else { return self.each(rest, body) };
        for i in start..end {
            self.bind(*local, i);
            self.ordered(later, i + 1, end, rest, body)?;
        }
        Ok(())
    }
}
