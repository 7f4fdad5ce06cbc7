//! The steps of a program: units with the places of all that they read and write.

use super::super::graph::{Id, Op};
use super::super::ops::{Fused, Instruction, View};
use super::analysis::{Analysis, Class, Read, elementwise};
use super::cost;
use super::instances::Instance;
use super::layout::{Layout, Place};
use super::split::{Split, split};
use super::units::Unit;

/// An array that a step reads or writes.
#[derive(Clone, Debug)]
pub struct Operand {
    pub place: Place,
    /// A data slot whose own array serves where a run is over all examples.
    pub data: Option<usize>,
    pub batched: bool,
    /// Of one example.
    pub size: usize,
    pub shape: Vec<usize>,
}

#[derive(Debug)]
pub enum Work {
    /// The rows of a minibatch, from this data slot.
    Rows(usize),
    Mask {
        keep: f64,
        stream: u32,
    },
    Fused(Fused),
    Op(Op),
    /// A product with packed weights, by their number.
    Prepared(usize),
    /// An operation that adds its chunk's sum to that of the lane, which begins at this element of the lane's partial sums.
    Partial(Op, usize),
}

#[derive(Debug)]
pub struct Step {
    pub class: Class,
    pub work: Work,
    pub operands: Vec<Operand>,
    pub outs: Vec<Operand>,
    /// How a large step without batch is cut over threads.
    pub split: Split,
    pub flops: f64,
    /// Reals read and written.
    pub reals: f64,
}

/// An outer product of all examples of a block.
#[derive(Debug)]
pub struct Product {
    pub class: Class,
    pub factors: [Operand; 2],
    pub to: usize,
    /// The result is [m, n].
    pub m: usize,
    pub n: usize,
    pub flops: f64,
    pub reals: f64,
}

/// A matrix that products with chunks read in packed form.
#[derive(Debug)]
pub struct Weights {
    pub class: Class,
    pub op: Op,
    pub operand: Operand,
    instance: usize,
}

/// A sum over the batch that lanes leave in parts.
#[derive(Clone, Copy, Debug)]
pub struct Total {
    pub class: Class,
    pub partial: usize,
    pub to: usize,
    pub size: usize,
}

/// From one barrier to the next.
#[derive(Debug, Default)]
pub struct Phase {
    /// Without batch.
    pub once: Vec<Step>,
    /// The weights that are used from here on.
    pub prepare: Vec<usize>,
    /// For each chunk.
    pub each: Vec<Step>,
    /// For each block, after its chunks.
    pub late: Vec<Product>,
    pub totals: Vec<Total>,
}

/// What a step's construction needs.
pub struct Builder<'a> {
    pub a: &'a Analysis<'a>,
    pub list: &'a [Instance],
    pub layout: &'a Layout,
    /// The numbers of data slots.
    pub slots: &'a [u32],
}

impl Builder<'_> {
    pub fn phases(&self, units: &[Unit]) -> (Vec<Phase>, Vec<Weights>) {
        let (mut phases, mut weights): (Vec<Phase>, Vec<Weights>) = (vec![], vec![]);
        phases.resize_with(units.iter().map(|u| u.phase + 1).max().unwrap_or(0), Phase::default);
        for unit in units {
            let phase = &mut phases[unit.phase];
            let i = unit.members[0];
            let node = self.a.node(self.list[i].node);
            match &node.op {
                Op::Input(_) | Op::Constant(_) => {}
                _ if self.layout.late[i] => phase.late.push(self.product(i)),
                _ => {
                    if let (Some(partial), Place::Fixed(to)) = (self.layout.partial[i], self.layout.places[i]) {
                        phase.totals.push(Total { class: unit.class, partial, to, size: self.a.size(self.list[i].node) });
                    }
                    let mut step = self.step(unit);
                    let product = matches!(node.op, Op::Linear { .. } | Op::Conv(_) | Op::ConvBack(_));
                    if product && step.operands[0].batched && !step.operands[1].batched {
                        step.work = Work::Prepared(self.weights(i, &step, &mut weights, &mut phase.prepare));
                    }
                    let list = if unit.each { &mut phase.each } else { &mut phase.once };
                    list.push(step);
                }
            }
        }
        (phases, weights)
    }

    /// The number of a product's weights, in the list of all.
    fn weights(&self, i: usize, step: &Step, all: &mut Vec<Weights>, new: &mut Vec<usize>) -> usize {
        let (instance, op) = (self.list[i].sources[1], &self.a.node(self.list[i].node).op);
        let shape = &step.operands[1].shape;
        let same = |w: &Weights| w.instance == instance && w.op == *op && w.operand.shape == *shape;
        if let Some(k) = all.iter().position(same) {
            return k;
        }
        new.push(all.len());
        all.push(Weights { class: self.list[instance].class, op: op.clone(), operand: step.operands[1].clone(), instance });
        all.len() - 1
    }

    /// An instance's values, in a node's shape.
    fn operand(&self, instance: usize, shape: &[usize]) -> Operand {
        let node = self.a.node(self.list[instance].node);
        let data = if let Op::Data(slot) = node.op { self.slots.iter().position(|s| *s == slot) } else { None };
        let size = self.a.size(self.list[instance].node);
        Operand { place: self.layout.places[instance], data, batched: node.batched, size, shape: shape.to_vec() }
    }

    fn step(&self, unit: &Unit) -> Step {
        let i = unit.members[0];
        let node = self.a.node(self.list[i].node);
        if elementwise(&node.op) {
            return self.group(unit);
        }
        let shapes: Vec<&[usize]> = node.args.iter().map(|id| self.a.graph.shape(*id)).collect();
        let operands: Vec<Operand> = self.list[i].sources.iter().zip(&shapes).map(|(s, shape)| self.operand(*s, shape)).collect();
        let outs = vec![self.operand(i, &node.shape)];
        let work = match (&node.op, self.layout.partial[i]) {
            (Op::Data(_), _) => Work::Rows(outs[0].data.unwrap_or(0)),
            (Op::Mask { keep, stream }, _) => Work::Mask { keep: *keep, stream: *stream },
            (op, Some(partial)) => Work::Partial(op.clone(), partial),
            (op, None) => Work::Op(op.clone()),
        };
        let split = if unit.each { Split::Whole } else { split(&node.op, &operands, &outs[0]) };
        let reals = operands.iter().chain(&outs).map(|o| o.size as f64).sum();
        Step { class: unit.class, work, flops: cost::flops(&node.op, &shapes, &node.shape), reals, operands, outs, split }
    }

    fn group(&self, unit: &Unit) -> Step {
        let (mut program, mut inputs, mut views, mut outs): (Vec<Instruction>, Vec<usize>, Vec<View>, _) =
            (vec![], vec![], vec![], vec![]);
        // The instruction that makes a member's value, and that loads an operand.
        let mut made: Vec<(usize, usize)> = vec![];
        let mut loaded: Vec<(usize, View, usize)> = vec![];
        let (size, mut flops) = (self.a.size(self.list[unit.members[0]].node), 0.0);
        for &m in &unit.members {
            let node = self.a.node(self.list[m].node);
            let mut sources = self.list[m].sources.iter().copied();
            let mut values = vec![];
            for read in self.a.reads(self.list[m].node) {
                values.push(match read {
                    Read::Number(x) => {
                        program.push(Instruction::Constant(x));
                        program.len() - 1
                    }
                    Read::Value { view, .. } => {
                        let Some(s) = sources.next() else { continue };
                        let inside = made.iter().find(|(i, _)| *i == s).map(|(_, value)| *value);
                        let before = || loaded.iter().find(|(i, v, _)| *i == s && *v == view).map(|(.., value)| *value);
                        inside.or_else(before).unwrap_or_else(|| {
                            program.push(Instruction::Load(inputs.len()));
                            loaded.push((s, view, program.len() - 1));
                            inputs.push(s);
                            views.push(view);
                            program.len() - 1
                        })
                    }
                });
            }
            program.push(match (&node.op, &values[..]) {
                (Op::Unary(f), [x]) => Instruction::Unary(*f, *x),
                (Op::Binary(f), [x, y]) => Instruction::Binary(*f, *x, *y),
                (Op::Select, [c, x, y]) => Instruction::Select(*c, *x, *y),
                _ => Instruction::Constant(f64::NAN),
            });
            let value = program.len() - 1;
            made.push((m, value));
            let shapes: Vec<&[usize]> = node.args.iter().map(|id| self.a.graph.shape(*id)).collect();
            flops += cost::flops(&node.op, &shapes, &node.shape);
            if self.layout.places[m] != Place::Nowhere {
                program.push(Instruction::Store(value, outs.len()));
                outs.push(self.operand(m, &node.shape));
            }
        }
        let operands: Vec<Operand> = inputs.iter().map(|s| self.operand(*s, &self.a.node(self.list[*s].node).shape)).collect();
        let reals = operands.iter().chain(&outs).map(|o| o.size as f64).sum();
        let split = if unit.each { Split::Whole } else { Split::elements(size) };
        Step { class: unit.class, work: Work::Fused(Fused::new(&program, &views, size)), operands, outs, split, flops, reals }
    }

    fn product(&self, i: usize) -> Product {
        let node = self.a.node(self.list[i].node);
        let shapes: Vec<&[usize]> = node.args.iter().map(|id| self.a.graph.shape(*id)).collect();
        let factor = |k: usize| self.operand(self.list[i].sources[k], shapes[k]);
        let to = if let Place::Fixed(to) = self.layout.places[i] { to } else { 0 };
        let flops = cost::flops(&node.op, &shapes, &node.shape);
        let factors = [factor(0), factor(1)];
        let reals = (factors[0].size + factors[1].size) as f64;
        Product { class: self.list[i].class, factors, to, m: node.shape[0], n: node.shape[1], flops, reals }
    }
}

/// Where an output is found.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub place: Place,
    pub data: Option<usize>,
    pub size: usize,
}

impl Builder<'_> {
    pub fn outputs(&self, outputs: &[Id]) -> Vec<Output> {
        let find = |id: &Id| {
            let i = self.list.iter().position(|v| v.output && v.node == self.a.root(*id)).unwrap_or(0);
            let o = self.operand(i, &[]);
            Output { place: o.place, data: o.data, size: o.size }
        };
        outputs.iter().map(find).collect()
    }
}
