//! What layers share: arguments as nodes, arrays of weights with their names.

use super::super::arguments::Arguments;
use super::super::symbolic::shape_text;
use super::super::value::{Eval, Failed, Symbolic};
use super::super::{Elaborator, builtins::Builtin};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Expr;
use crate::plan::network::{Buffer, Compute, Initial, Network, Node, Parameter};

/// Nodes and weights of one network.
const MOST_NODES: usize = 100_000;
const MOST_WEIGHTS: usize = 1 << 30;

/// The argument of a layer.
pub struct Tensor {
    pub node: u32,
    pub shape: Vec<usize>,
}

impl Elaborator<'_> {
    /// The network that is being built.
    pub(crate) fn building(&mut self) -> Eval<&mut Network> {
        self.network.as_mut().map(|b| &mut b.network).ok_or(Failed)
    }

    /// A diagnostic unless a network is being built.
    pub(crate) fn in_network(&mut self, b: &'static Builtin, a: &Arguments) -> Eval<()> {
        if self.network.is_some() {
            return Ok(());
        }
        let d = Diagnostic::error(codes::NOT_HERE, a.span, format!("the layer `{}` stands outside of a network", b.name))
            .label("there are no weights here")
            .help("write it in `network NAME { ... }`, or in a function that a network calls");
        Err(self.fail(d))
    }

    pub(crate) fn push_node(&mut self, node: Node) -> Eval<u32> {
        let span = self.calls.last().copied().unwrap_or_default();
        let nodes = &mut self.building()?.nodes;
        if nodes.len() >= MOST_NODES {
            return self.error(codes::MEMORY, span, "a network of so many layers does not fit");
        }
        nodes.push(node);
        Ok(nodes.len() as u32 - 1)
    }

    /// Whether an expression has a value for each example. A fold runs over the examples too.
    pub(crate) fn is_batched(&self, e: &Expr) -> bool {
        match e {
            Expr::Node(k) => self.network.as_ref().is_some_and(|b| b.network.nodes.get(*k as usize).is_some_and(|n| n.batched)),
            Expr::Fold(..) => false,
            other => {
                let mut found = false;
                other.for_each_part(&mut |part| found = found || self.is_batched(part));
                found
            }
        }
    }

    /// The node of a value; a new one for an expression.
    pub(crate) fn node_of(&mut self, s: &Symbolic) -> Eval<u32> {
        if let Expr::Node(k) = s.expr {
            return Ok(k);
        }
        let batched = self.is_batched(&s.expr);
        self.push_node(Node { name: None, value: Compute::Expr(s.expr.clone()), shape: s.shape.clone(), batched })
    }

    /// Argument k of a layer.
    pub(crate) fn tensor(&mut self, b: &'static Builtin, a: &Arguments, k: usize) -> Eval<Tensor> {
        self.in_network(b, a)?;
        let s = self.lift(&a.get(k), a.place(k))?;
        if !s.axes.is_empty() || s.expr.is_deferred() {
            return self.not_known_yet(a.place(k), "what enters a layer");
        }
        let node = self.node_of(&s)?;
        Ok(Tensor { node, shape: s.shape })
    }

    /// A diagnostic that an argument does not have the shape that the layer works on.
    pub(crate) fn bad_shape<T>(
        &mut self,
        b: &'static Builtin,
        a: &Arguments,
        k: usize,
        shape: &[usize],
        expected: &str,
    ) -> Eval<T> {
        let binding = self.network.as_ref().and_then(|n| n.path.last().cloned());
        let place = binding.map_or(String::new(), |name| format!(" in `{name}`"));
        let d = Diagnostic::error(codes::SHAPE, a.place(k), format!("`{}`{place} cannot take this shape", b.name))
            .label(format!("this has {} an example", if shape.is_empty() { "one number".into() } else { bracketed(shape) }))
            .expected(expected);
        Err(self.fail(d))
    }

    /// An array of weights of the layer in hand, as a node.
    pub(crate) fn weights(&mut self, suffix: &str, shape: Vec<usize>, initial: Initial, unit: Option<usize>) -> Eval<u32> {
        let span = self.calls.last().copied().unwrap_or_default();
        let owner = self.network.as_ref().map(|b| b.path.join(".")).unwrap_or_default();
        let network = self.building()?;
        let mut name = format!("{owner}.{suffix}");
        let mut copy = 2;
        while network.parameters.iter().any(|p| p.name == name) {
            name = format!("{owner}_{copy}.{suffix}");
            copy += 1;
        }
        let total = shape_size(&shape).and_then(|s| s.checked_add(network.dimension()));
        if total.is_none_or(|t| t > MOST_WEIGHTS) {
            return self.error(codes::MEMORY, span, format!("`{name}` of {} does not fit in memory", shape_text(&shape)));
        }
        let number = network.parameters.len() as u32;
        network.parameters.push(Parameter { name, shape: shape.clone(), initial, unit });
        self.push_node(Node { name: None, value: Compute::Parameter(number), shape, batched: false })
    }

    /// Running averages of the layer in hand; the number of the first.
    pub(crate) fn buffers(&mut self, size: usize) -> Eval<u32> {
        let owner = self.network.as_ref().map(|b| b.path.join(".")).unwrap_or_default();
        let buffers = &mut self.building()?.buffers;
        let first = buffers.len() as u32;
        for (name, initial) in [("mean", 0.0), ("variance", 1.0)] {
            buffers.push(Buffer { name: format!("{owner}.{name}"), size, initial });
        }
        Ok(first)
    }
}

fn shape_size(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |n, k| n.checked_mul(*k))
}

/// `[3, 32, 32]`
pub(crate) fn bracketed(shape: &[usize]) -> String {
    format!("[{}]", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}
