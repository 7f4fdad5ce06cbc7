//! A weighted sum of nodes of a graph as a straight program: the tape that is evaluated for many sets of leaves at once.
//!
//! Two expressions of one form, which differ only in their leaves and constants, give equal programs. Owns the flattening; knows
//! nothing of arrays, derivatives or moves.

use crate::generic::{Expression, Fold, Function, Node, Operation, ScalarGraph};

/// Integer powers up to this one are products.
const LARGEST_POWER: f64 = 64.0;

/// What one register of a program holds, from earlier registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Instruction {
    Leaf(u32),
    Constant(u32),
    Unary(Function, u32),
    Binary(Operation, u32, u32),
    /// A power with an integer exponent.
    Power(u32, i32),
    /// The second where the first is not 0, else the third.
    Choose(u32, u32, u32),
    Fold(Fold, u32, u32),
}

/// Instructions in an order of evaluation; the last register is the result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Program {
    pub instructions: Vec<Instruction>,
    /// Whether a register depends on a leaf.
    pub varies: Vec<bool>,
    pub leaves: usize,
    pub constants: usize,
}

/// A program with the leaves (components) and constants of one use of it.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub program: Program,
    pub leaves: Vec<u32>,
    pub constants: Vec<f64>,
}

/// Flattens nodes of one graph, with tables that serve every call.
pub(super) struct Flattener<'a> {
    graph: &'a ScalarGraph,
    /// By node: the register, and the call it is of.
    register: Vec<(u32, u32)>,
    call: u32,
}

impl<'a> Flattener<'a> {
    pub fn new(graph: &'a ScalarGraph) -> Flattener<'a> {
        Flattener { graph, register: vec![(0, 0); graph.nodes.len()], call: 0 }
    }

    /// The program of Σ coefficient · node. Registers follow the order in which the expression is written, so that the numbering
    /// of the graph's nodes does not matter.
    pub fn flatten(&mut self, parts: &[(f64, Node)]) -> Use {
        self.call += 1;
        let mut made = Use { program: Program::default(), leaves: Vec::new(), constants: Vec::new() };
        let mut sum = None;
        for &(coefficient, node) in parts {
            self.node(node, &mut made);
            let mut term = self.register[node.index()].0;
            if coefficient != 1.0 {
                let c = made.constant(coefficient);
                term = made.push(Instruction::Binary(Operation::Mul, c, term));
            }
            sum = Some(match sum {
                None => term,
                Some(sum) => made.push(Instruction::Fold(Fold::Sum, sum, term)),
            });
        }
        if sum.is_none() {
            made.constant(0.0);
        }
        made
    }

    fn node(&mut self, root: Node, made: &mut Use) {
        // Depth first without recursion: a node is met again once its arguments are done.
        let mut waiting = vec![(root, false)];
        while let Some((node, ready)) = waiting.pop() {
            if self.register[node.index()].1 == self.call {
                continue;
            }
            let expression = &self.graph.nodes[node.index()];
            if !ready {
                waiting.push((node, true));
                let from = waiting.len();
                match (expression, self.power(expression)) {
                    (Expression::Binary(_, base, _), Some(_)) => waiting.push((*base, false)),
                    _ => expression.arguments(|a| waiting.push((a, false))),
                }
                waiting[from..].reverse();
                continue;
            }
            let at = |a: Node| self.register[a.index()].0;
            let register = match expression {
                Expression::Constant(bits) => made.constant(f64::from_bits(*bits)),
                Expression::Value(component) => {
                    made.leaves.push(*component);
                    made.program.leaves += 1;
                    made.push(Instruction::Leaf(made.leaves.len() as u32 - 1))
                }
                Expression::Unary(f, a) => made.push(Instruction::Unary(*f, at(*a))),
                Expression::Binary(f, a, b) => match self.power(expression) {
                    Some(n) => made.push(Instruction::Power(at(*a), n)),
                    None => made.push(Instruction::Binary(*f, at(*a), at(*b))),
                },
                Expression::If(c, a, b) => made.push(Instruction::Choose(at(*c), at(*a), at(*b))),
                Expression::Fold(fold, all) => match all[..] {
                    [] => made.constant(fold.empty()),
                    [first, ref rest @ ..] => {
                        rest.iter().fold(at(first), |so_far, a| made.push(Instruction::Fold(*fold, so_far, at(*a))))
                    }
                },
            };
            self.register[node.index()] = (register, self.call);
        }
    }

    /// The exponent of a power that is made of products.
    fn power(&self, expression: &Expression) -> Option<i32> {
        let Expression::Binary(Operation::Pow, _, exponent) = expression else { return None };
        let Expression::Constant(bits) = self.graph.nodes[exponent.index()] else { return None };
        let n = f64::from_bits(bits);
        (n.abs() <= LARGEST_POWER && libm::floor(n) == n).then_some(n as i32)
    }
}

impl Use {
    fn push(&mut self, instruction: Instruction) -> u32 {
        let varies = |a: u32| self.program.varies[a as usize];
        self.program.varies.push(match instruction {
            Instruction::Leaf(_) => true,
            Instruction::Constant(_) => false,
            Instruction::Unary(_, a) | Instruction::Power(a, _) => varies(a),
            Instruction::Binary(_, a, b) | Instruction::Fold(_, a, b) => varies(a) || varies(b),
            Instruction::Choose(c, a, b) => varies(c) || varies(a) || varies(b),
        });
        self.program.instructions.push(instruction);
        self.program.instructions.len() as u32 - 1
    }

    fn constant(&mut self, x: f64) -> u32 {
        self.constants.push(x);
        self.program.constants += 1;
        self.push(Instruction::Constant(self.constants.len() as u32 - 1))
    }
}
