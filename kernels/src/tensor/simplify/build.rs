//! Nodes by name, simplified as they are made: what derivatives are written with.

use super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::local::make;

/// A graph's builder that simplifies. Every method gives a node of the shape and batch that the plain builder would give.
pub trait Build {
    fn make(&mut self, op: Op, args: Vec<Id>, shape: Vec<usize>, batched: bool) -> Id;
    fn of(&mut self, f: Unary, x: Id) -> Id;
    fn pair(&mut self, f: Binary, a: Id, b: Id) -> Id;
    fn choose(&mut self, condition: Id, a: Id, b: Id) -> Id;
    /// [`Op::Broadcast`].
    fn widen(&mut self, x: Id, dims: &[usize], shape: &[usize], batched: bool) -> Id;
    /// [`Op::Sum`].
    fn total(&mut self, x: Id, dims: &[usize]) -> Id;
    /// [`Op::SumBatch`]; the node itself where it has no batch.
    fn over_batch(&mut self, x: Id) -> Id;
    fn shaped(&mut self, x: Id, shape: &[usize]) -> Id;

    fn plus(&mut self, a: Id, b: Id) -> Id {
        self.pair(Binary::Add, a, b)
    }
    fn minus(&mut self, a: Id, b: Id) -> Id {
        self.pair(Binary::Sub, a, b)
    }
    fn times(&mut self, a: Id, b: Id) -> Id {
        self.pair(Binary::Mul, a, b)
    }
    /// c x
    fn scaled(&mut self, x: Id, c: f64) -> Id;
    /// c + x
    fn shifted(&mut self, x: Id, c: f64) -> Id;
    /// c - x
    fn taken_from(&mut self, c: f64, x: Id) -> Id;
    /// The same for every example where it shall be batched and is not.
    fn lifted(&mut self, x: Id, batched: bool) -> Id;
    fn filled(&mut self, c: f64, shape: &[usize], batched: bool) -> Id;
}

impl Build for Graph {
    fn make(&mut self, op: Op, args: Vec<Id>, shape: Vec<usize>, batched: bool) -> Id {
        make(self, op, args, shape, batched)
    }

    fn of(&mut self, f: Unary, x: Id) -> Id {
        let (shape, batched) = (self.shape(x).to_vec(), self.batched(x));
        make(self, Op::Unary(f), vec![x], shape, batched)
    }

    fn pair(&mut self, f: Binary, a: Id, b: Id) -> Id {
        debug_assert_eq!(self.shape(a), self.shape(b), "{f:?}");
        let (shape, batched) = (self.shape(a).to_vec(), self.batched(a) || self.batched(b));
        make(self, Op::Binary(f), vec![a, b], shape, batched)
    }

    fn choose(&mut self, condition: Id, a: Id, b: Id) -> Id {
        let shape = self.shape(a).to_vec();
        let batched = self.batched(condition) || self.batched(a) || self.batched(b);
        make(self, Op::Select, vec![condition, a, b], shape, batched)
    }

    fn widen(&mut self, x: Id, dims: &[usize], shape: &[usize], batched: bool) -> Id {
        make(self, Op::Broadcast { dims: dims.to_vec() }, vec![x], shape.to_vec(), batched)
    }

    fn total(&mut self, x: Id, dims: &[usize]) -> Id {
        let shape = self.shape(x).iter().enumerate().filter(|(i, _)| !dims.contains(i)).map(|(_, n)| *n).collect();
        let batched = self.batched(x);
        make(self, Op::Sum { dims: dims.to_vec() }, vec![x], shape, batched)
    }

    fn over_batch(&mut self, x: Id) -> Id {
        let shape = self.shape(x).to_vec();
        if self.batched(x) { make(self, Op::SumBatch, vec![x], shape, false) } else { x }
    }

    fn shaped(&mut self, x: Id, shape: &[usize]) -> Id {
        let batched = self.batched(x);
        make(self, Op::Reshape, vec![x], shape.to_vec(), batched)
    }

    fn scaled(&mut self, x: Id, c: f64) -> Id {
        let shape = self.shape(x).to_vec();
        let c = self.constant(c, &shape);
        self.times(x, c)
    }

    fn shifted(&mut self, x: Id, c: f64) -> Id {
        let shape = self.shape(x).to_vec();
        let c = self.constant(c, &shape);
        self.plus(x, c)
    }

    fn taken_from(&mut self, c: f64, x: Id) -> Id {
        let shape = self.shape(x).to_vec();
        let c = self.constant(c, &shape);
        self.minus(c, x)
    }

    fn lifted(&mut self, x: Id, batched: bool) -> Id {
        if !batched || self.batched(x) {
            return x;
        }
        let shape = self.shape(x).to_vec();
        let dims: Vec<usize> = (0..shape.len()).collect();
        self.widen(x, &dims, &shape, true)
    }

    fn filled(&mut self, c: f64, shape: &[usize], batched: bool) -> Id {
        let x = self.constant(c, shape);
        self.lifted(x, batched)
    }
}
