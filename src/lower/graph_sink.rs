//! Energies as graphs of operations for the generic kernel.

use super::instantiate::{Fold, Instantiate, Sink};
use super::materials::Materials;
use super::memory;
use super::size::estimate;
use crate::kernels::generic::{self, Builder, Node, Operation, ScalarGraph};
use crate::plan::{Expr, Function, Model, Op};

/// Bytes of a node while a graph is built: the node twice (list and index) and its operands.
const NODE_BYTES: f64 = 160.0;

struct GraphSink {
    builder: Builder,
    nodes: usize,
}

impl GraphSink {
    fn made(&mut self, node: Node) -> Node {
        self.nodes += 1;
        node
    }

    /// atan2(y, x) by the quadrants.
    fn atan2(&mut self, y: Node, x: Node) -> Node {
        use generic::Function as F;
        let b = &mut self.builder;
        let (zero, pi) = (b.constant(0.0), b.constant(std::f64::consts::PI));
        let half = b.constant(std::f64::consts::FRAC_PI_2);
        let ratio = b.div(y, x);
        let right = b.unary(F::Atan, ratio);
        let below = b.binary(Operation::Less, y, zero);
        let (up, down) = (b.add(right, pi), b.sub(right, pi));
        let left = b.choose(below, down, up);
        let sign = b.unary(F::Sign, y);
        let upright = b.mul(sign, half);
        let negative = b.binary(Operation::Less, x, zero);
        let positive = b.binary(Operation::Greater, x, zero);
        let not_right = b.choose(negative, left, upright);
        b.choose(positive, right, not_right)
    }
}

impl Sink for GraphSink {
    type Node = Node;

    fn constant(&mut self, x: f64) -> Node {
        self.builder.constant(x)
    }

    fn spin(&mut self, site: usize) -> Node {
        self.builder.value(site)
    }

    fn unary(&mut self, function: Function, a: Node) -> Result<Node, String> {
        use generic::Function as F;
        let b = &mut self.builder;
        let f = match function {
            Function::Negate => F::Neg,
            Function::Not => F::Not,
            Function::Abs => F::Abs,
            Function::Sign => F::Sign,
            Function::Sqrt => F::Sqrt,
            Function::Exp => F::Exp,
            Function::Ln => F::Ln,
            Function::Log2 => F::Log2,
            Function::Log10 => F::Log10,
            Function::Sin => F::Sin,
            Function::Cos => F::Cos,
            Function::Tan => F::Tan,
            Function::Asin => F::Asin,
            Function::Acos => F::Acos,
            Function::Atan => F::Atan,
            Function::Sinh => F::Sinh,
            Function::Cosh => F::Cosh,
            Function::Tanh => F::Tanh,
            Function::Asinh => F::Asinh,
            Function::Acosh => F::Acosh,
            Function::Atanh => F::Atanh,
            Function::Floor => F::Floor,
            Function::Ceil => F::Ceil,
            Function::Round => F::Round,
            Function::Cbrt => {
                let (sign, size) = (b.unary(F::Sign, a), b.unary(F::Abs, a));
                let third = b.constant(1.0 / 3.0);
                let root = b.pow(size, third);
                let node = b.mul(sign, root);
                return Ok(self.made(node));
            }
            Function::Expm1 => {
                let (e, one) = (b.unary(F::Exp, a), b.constant(1.0));
                let node = b.sub(e, one);
                return Ok(self.made(node));
            }
            Function::Log1p => {
                let one = b.constant(1.0);
                let sum = b.add(one, a);
                let node = b.unary(F::Ln, sum);
                return Ok(self.made(node));
            }
            Function::Relu => {
                let zero = b.constant(0.0);
                let above = b.binary(Operation::Greater, a, zero);
                let chosen = b.choose(above, a, zero);
                return Ok(self.made(chosen));
            }
            Function::Sigmoid => {
                let (negated, one) = (b.unary(F::Neg, a), b.constant(1.0));
                let e = b.unary(F::Exp, negated);
                let below = b.add(one, e);
                let quotient = b.binary(Operation::Div, one, below);
                return Ok(self.made(quotient));
            }
            // max(x, 0) + ln(1 + exp(-|x|))
            Function::Softplus => {
                let (zero, one) = (b.constant(0.0), b.constant(1.0));
                let above = b.binary(Operation::Greater, a, zero);
                let part = b.choose(above, a, zero);
                let size = b.unary(F::Abs, a);
                let negated = b.unary(F::Neg, size);
                let e = b.unary(F::Exp, negated);
                let sum = b.add(one, e);
                let rest = b.unary(F::Ln, sum);
                let whole = b.add(part, rest);
                return Ok(self.made(whole));
            }
            Function::Erf | Function::Erfc | Function::Gamma | Function::LnGamma => {
                return Err(format!("an energy cannot have `{}` of the state", format!("{function:?}").to_lowercase()));
            }
        };
        let node = b.unary(f, a);
        Ok(self.made(node))
    }

    fn binary(&mut self, op: Op, a: Node, c: Node) -> Result<Node, String> {
        let operation = match op {
            Op::Add => Operation::Add,
            Op::Subtract => Operation::Sub,
            Op::Multiply => Operation::Mul,
            Op::Divide => Operation::Div,
            Op::Power => Operation::Pow,
            Op::Modulo => Operation::Mod,
            Op::Equal => Operation::Equal,
            Op::NotEqual => Operation::NotEqual,
            Op::Less => Operation::Less,
            Op::LessEqual => Operation::LessEqual,
            Op::Greater => Operation::Greater,
            Op::GreaterEqual => Operation::GreaterEqual,
            Op::And => Operation::And,
            Op::Or => Operation::Or,
            Op::Minimum => {
                let node = self.builder.min(vec![a, c]);
                return Ok(self.made(node));
            }
            Op::Maximum => {
                let node = self.builder.max(vec![a, c]);
                return Ok(self.made(node));
            }
            Op::Atan2 => {
                let node = self.atan2(a, c);
                return Ok(self.made(node));
            }
        };
        let node = self.builder.binary(operation, a, c);
        Ok(self.made(node))
    }

    fn choose(&mut self, condition: Node, a: Node, b: Node) -> Node {
        let node = self.builder.choose(condition, a, b);
        self.made(node)
    }

    fn fold(&mut self, fold: Fold, operands: Vec<Node>) -> Node {
        self.nodes += operands.len() / 8;
        let node = match fold {
            Fold::Sum => self.builder.sum(operands),
            Fold::Product => self.builder.product(operands),
            Fold::Min => self.builder.min(operands),
            Fold::Max => self.builder.max(operands),
        };
        self.made(node)
    }

    fn leaf(&mut self, e: &Expr, _: usize) -> Result<Node, String> {
        Err(match e {
            Expr::Result { task, quantity, .. } => format!("`{task}.{quantity}` is not known yet"),
            _ => "an energy depends on the state alone".into(),
        })
    }

    fn size(&self) -> usize {
        self.nodes
    }
}

/// The bytes that the graph of a model's energy needs, from above; 0 where a filter makes it unknown.
pub fn graph_bytes(materials: &Materials, model: &Model) -> Result<u64, String> {
    let nodes = estimate(materials, model, &model.energy)?.unwrap_or(0.0);
    Ok((nodes * NODE_BYTES) as u64 + 40 * model.sites() as u64)
}

/// A model's energy over numbered sites. Errors: an index that leaves its set, a function that the kernel does not have, an energy
/// that would not fit in memory (with what it needs).
pub fn scalar_graph(materials: &Materials, model: &Model) -> Result<ScalarGraph, String> {
    let needed = graph_bytes(materials, model)?;
    memory::check("the energy as a graph of operations", needed)?;
    let mut set_of_site = Vec::with_capacity(model.sites());
    for (k, v) in model.variables.iter().enumerate() {
        set_of_site.resize(set_of_site.len() + v.sites, k as u32);
    }
    let sets = model.variables.iter().map(|v| v.values().to_vec()).collect();
    made(materials, model, ScalarGraph::builder(sets, set_of_site)?)
}

/// A model's energy over the components of a state of any kind. Errors as [`scalar_graph`].
pub fn component_graph(materials: &Materials, model: &Model) -> Result<ScalarGraph, String> {
    memory::check("the energy as a graph of operations", graph_bytes(materials, model)?)?;
    made(materials, model, ScalarGraph::over_components(model.components()))
}

fn made(materials: &Materials, model: &Model, builder: Builder) -> Result<ScalarGraph, String> {
    let mut sink = GraphSink { builder, nodes: 0 };
    let most = (memory::limit() as f64 / NODE_BYTES).min(4e9) as usize;
    let mut walk = Instantiate::new(materials, model, &mut sink, most);
    let root = walk.scalar(&model.energy)?;
    let root = walk.node(root);
    Ok(sink.builder.finish(root))
}
