//! Reductions while they are collected: what is known is folded at once, the rest becomes one operation.

use super::instantiate::{Fold, Instantiate, Sink, Value};
use crate::plan::{Op, Reduction};

/// The operands of one reduction.
pub(super) struct Gather<N> {
    op: Reduction,
    /// Whether operands are truth values already.
    truths: bool,
    known: f64,
    nodes: Vec<N>,
    /// Operands without a condition, and the conditions of the others.
    count: f64,
    conditions: Vec<N>,
}

impl<N: Copy> Gather<N> {
    pub fn new(op: Reduction, truths: bool) -> Gather<N> {
        let known = if op == Reduction::Mean { 0.0 } else { op.of(&[]) };
        Gather { op, truths, known, nodes: Vec::new(), count: 0.0, conditions: Vec::new() }
    }

    /// Adds an operand, which counts where its condition is not 0.
    pub fn add<S: Sink<Node = N>>(
        &mut self,
        walk: &mut Instantiate<S>,
        condition: Option<N>,
        value: Value<N>,
    ) -> Result<(), String> {
        let value = self.as_truth(walk, value)?;
        let Some(condition) = condition else {
            self.count += 1.0;
            match value {
                Value::Number(x) => self.fold_known(x),
                Value::Node(n) => self.nodes.push(n),
            }
            return Ok(());
        };
        if self.op == Reduction::Mean {
            let one = walk.sink.constant(1.0);
            let zero = walk.sink.constant(0.0);
            self.conditions.push(walk.sink.choose(condition, one, zero));
        }
        let neutral = match self.op {
            Reduction::Sum | Reduction::Mean | Reduction::Count | Reduction::Any => 0.0,
            Reduction::Product | Reduction::All => 1.0,
            Reduction::Min => f64::INFINITY,
            Reduction::Max => f64::NEG_INFINITY,
        };
        let (value, neutral) = (walk.node(value), walk.sink.constant(neutral));
        self.nodes.push(walk.sink.choose(condition, value, neutral));
        Ok(())
    }

    fn as_truth<S: Sink<Node = N>>(&self, walk: &mut Instantiate<S>, value: Value<N>) -> Result<Value<N>, String> {
        if self.truths || !matches!(self.op, Reduction::Count | Reduction::Any | Reduction::All) {
            return Ok(value);
        }
        walk.binary(Op::NotEqual, value, Value::Number(0.0))
    }

    fn fold_known(&mut self, x: f64) {
        self.known = match self.op {
            Reduction::Sum | Reduction::Count | Reduction::Mean => self.known + x,
            Reduction::Product => self.known * x,
            Reduction::Min => Op::Minimum.apply(self.known, x),
            Reduction::Max => Op::Maximum.apply(self.known, x),
            Reduction::Any => Op::Maximum.apply(self.known, x),
            Reduction::All => Op::Minimum.apply(self.known, x),
        };
    }

    pub fn finish<S: Sink<Node = N>>(mut self, walk: &mut Instantiate<S>) -> Result<Value<N>, String> {
        let mean = self.op == Reduction::Mean;
        if self.nodes.is_empty() {
            return Ok(Value::Number(if mean { self.known / self.count } else { self.known }));
        }
        let (fold, neutral) = match self.op {
            Reduction::Sum | Reduction::Mean | Reduction::Count => (Fold::Sum, 0.0),
            Reduction::Product => (Fold::Product, 1.0),
            Reduction::Min | Reduction::All => (Fold::Min, f64::INFINITY),
            Reduction::Max | Reduction::Any => (Fold::Max, f64::NEG_INFINITY),
        };
        if self.known != neutral {
            self.nodes.push(walk.sink.constant(self.known));
        }
        let folded = Value::Node(walk.sink.fold(fold, self.nodes));
        match self.op {
            Reduction::Mean if self.conditions.is_empty() => walk.binary(Op::Divide, folded, Value::Number(self.count)),
            Reduction::Mean => {
                let conditions = Value::Node(walk.sink.fold(Fold::Sum, self.conditions));
                let count = walk.binary(Op::Add, conditions, Value::Number(self.count))?;
                walk.binary(Op::Divide, folded, count)
            }
            // Operands of `any` and `all` are truth values, and so are their extremes.
            _ => Ok(folded),
        }
    }
}
