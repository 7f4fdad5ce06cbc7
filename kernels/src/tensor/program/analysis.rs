//! What a program must know of a graph's nodes: which are alive, which are the same values under another name, when each must be
//! evaluated again, and behind which barrier it lies.

use super::super::graph::{Graph, Id, Node, Op};
use super::super::ops::View;

/// What a value depends on. Rates are ordered: where an input of a rate changes, everything that depends on this or a faster rate is
/// evaluated again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class {
    /// 0: constants; 1 + the fastest rate of its inputs.
    pub level: u8,
    /// Depends on the examples.
    pub examples: bool,
    /// Depends on the run's key and step.
    pub seed: bool,
}

impl Class {
    pub fn join(self, other: Class) -> Class {
        Class { level: self.level.max(other.level), examples: self.examples || other.examples, seed: self.seed || other.seed }
    }

    /// Whether a user can be evaluated when this is not: then the value must be kept between runs.
    pub fn outlived_by(self, user: Class) -> bool {
        self.level < user.level || !self.examples && user.examples || !self.seed && user.seed
    }
}

/// What has changed since the last run.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// Everything of this level and above is out of date.
    pub level: u8,
    pub examples: bool,
    pub seed: bool,
}

impl Change {
    pub const NONE: Change = Change { level: u8::MAX, examples: false, seed: false };
    pub const ALL: Change = Change { level: 0, examples: true, seed: true };

    pub fn touches(self, class: Class) -> bool {
        class.level >= self.level || self.examples && class.examples || self.seed && class.seed
    }
}

/// An operand of an elementwise operation: element i of an example is value (i / inner) % mid of the node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Read {
    Value { node: usize, view: View },
    Number(f64),
}

/// A graph seen by a program. All node numbers are of roots: nodes that are not another name of an earlier one.
pub struct Analysis<'a> {
    pub graph: &'a Graph,
    root: Vec<usize>,
    pub class: Vec<Class>,
    pub phase: Vec<usize>,
    pub alive: Vec<bool>,
}

/// Whether an operation takes each element by itself.
pub fn elementwise(op: &Op) -> bool {
    matches!(op, Op::Unary(_) | Op::Binary(_) | Op::Select)
}

pub fn source(op: &Op) -> bool {
    matches!(op, Op::Data(_) | Op::Input(_) | Op::Constant(_))
}

impl<'a> Analysis<'a> {
    pub fn new(graph: &'a Graph, outputs: &[Id], rates: &[u8]) -> Result<Analysis<'a>, String> {
        check(graph, outputs)?;
        let n = graph.nodes.len();
        let mut a =
            Analysis { graph, root: vec![0; n], class: vec![Class::default(); n], phase: vec![0; n], alive: vec![false; n] };
        for id in outputs {
            a.alive[id.0 as usize] = true;
        }
        for i in (0..n).rev() {
            if a.alive[i] {
                graph.nodes[i].args.iter().for_each(|k| a.alive[k.0 as usize] = true);
            }
        }
        for (i, node) in graph.nodes.iter().enumerate() {
            a.root[i] = if alias(graph, node) { a.root(node.args[0]) } else { i };
            let own = match node.op {
                Op::Input(slot) => {
                    Class { level: 1 + rates.get(slot as usize).copied().unwrap_or(0).min(250), ..Class::default() }
                }
                Op::Mask { .. } => Class { seed: true, examples: true, ..Class::default() },
                _ => Class { examples: node.batched, ..Class::default() },
            };
            a.class[i] = node.args.iter().fold(own, |c, k| c.join(a.class[k.0 as usize]));
            let after = |k: &Id| a.phase[a.root(*k)] + usize::from(a.crosses(a.root(*k)));
            a.phase[i] = node.args.iter().map(after).max().unwrap_or(0);
        }
        Ok(a)
    }

    /// The node whose values these are.
    pub fn root(&self, id: Id) -> usize {
        self.root[id.0 as usize]
    }

    pub fn node(&self, i: usize) -> &'a Node {
        &self.graph.nodes[i]
    }

    pub fn size(&self, i: usize) -> usize {
        self.graph.nodes[i].shape.iter().product()
    }

    /// Whether a node sums over the batch.
    pub fn crosses(&self, i: usize) -> bool {
        let node = self.node(i);
        matches!(node.op, Op::SumBatch | Op::Outer | Op::ConvWeights(_) | Op::Accumulate)
            && node.args.iter().any(|k| self.graph.batched(*k))
    }

    /// A number that is known now, whatever its shape.
    pub fn number(&self, i: usize) -> Option<f64> {
        match &self.node(i).op {
            Op::Constant(values) if values.len() == 1 => Some(values[0]),
            _ => None,
        }
    }

    /// The operands of an elementwise node, seen through broadcasts.
    pub fn reads(&self, i: usize) -> Vec<Read> {
        self.node(i).args.iter().map(|id| self.read(self.root(*id))).collect()
    }

    fn read(&self, i: usize) -> Read {
        if let Some(x) = self.number(i) {
            return Read::Number(x);
        }
        let whole = Read::Value { node: i, view: View { batched: self.node(i).batched, mid: self.size(i), inner: 1 } };
        let Op::Broadcast { dims } = &self.node(i).op else { return whole };
        let base = self.node(i).args[0];
        let Some((mid, inner)) = pattern(self.graph.shape(base), dims, &self.node(i).shape) else { return whole };
        match self.read(self.root(base)) {
            Read::Number(x) => Read::Number(x),
            Read::Value { node, view } => match compose(view, mid, inner, self.size(i)) {
                Some(view) => Read::Value { node, view },
                None => {
                    let node = self.root(base);
                    Read::Value { node, view: View { batched: self.node(node).batched, mid, inner } }
                }
            },
        }
    }

    /// The nodes that a node's evaluation reads.
    pub fn sources(&self, i: usize) -> Vec<usize> {
        if elementwise(&self.node(i).op) {
            let value = |r| if let Read::Value { node, .. } = r { Some(node) } else { None };
            self.reads(i).into_iter().filter_map(value).collect()
        } else {
            self.node(i).args.iter().map(|id| self.root(*id)).collect()
        }
    }
}

/// A view (mid, inner) of `size` elements, of values that are themselves read by a view.
fn compose(view: View, mid: usize, inner: usize, size: usize) -> Option<View> {
    if view.mid == 1 {
        return Some(View { inner: 1, ..view });
    }
    if inner == 1 && mid.is_multiple_of(view.mid * view.inner) {
        return Some(view);
    }
    (mid * inner == size).then_some(View { inner: view.inner * inner, ..view })
}

/// How element i of a broadcast is found, (i / inner) % mid, where the argument's dimensions stay together and in order.
fn pattern(from: &[usize], dims: &[usize], to: &[usize]) -> Option<(usize, usize)> {
    let used: Vec<usize> = (0..from.len()).filter(|i| from[*i] != 1).map(|i| dims[i]).collect();
    let (Some(first), Some(last)) = (used.first(), used.last()) else { return Some((1, 1)) };
    if used.windows(2).any(|w| w[1] <= w[0]) || (*first..=*last).any(|d| to[d] != 1 && !used.contains(&d)) {
        return None;
    }
    Some((from.iter().product(), to[last + 1..].iter().product()))
}

/// Whether a node has its argument's values, element by element.
fn alias(graph: &Graph, node: &Node) -> bool {
    let Some(arg) = node.args.first().map(|id| graph.node(*id)) else { return false };
    let size = |shape: &[usize]| shape.iter().product::<usize>();
    if node.batched != arg.batched || size(&node.shape) != size(&arg.shape) {
        return matches!(node.op, Op::SumBatch) && !arg.batched;
    }
    let ascending = |places: Vec<usize>| places.is_sorted();
    match &node.op {
        Op::Reshape | Op::Sum { .. } | Op::SumBatch => true,
        Op::Broadcast { dims } => {
            ascending(dims.iter().enumerate().filter(|(i, _)| arg.shape[*i] != 1).map(|(_, d)| *d).collect())
        }
        Op::Permute { order } => ascending(order.iter().copied().filter(|o| arg.shape[*o] != 1).collect()),
        Op::Slice { .. } | Op::Pad { .. } => true,
        Op::Concat { .. } => node.args.len() == 1,
        _ => false,
    }
}

fn check(graph: &Graph, outputs: &[Id]) -> Result<(), String> {
    if let Some(id) = outputs.iter().find(|id| id.0 as usize >= graph.nodes.len()) {
        return Err(format!("the graph has no node {}", id.0));
    }
    for (i, node) in graph.nodes.iter().enumerate() {
        let size: usize = node.shape.iter().product();
        if node.args.iter().any(|k| k.0 as usize >= i) {
            return Err(format!("node {i} of the graph comes before its argument"));
        }
        if let Op::Constant(values) = &node.op
            && values.len() != 1
            && values.len() != size
        {
            return Err(format!("node {i} of the graph: {} values for {size} elements", values.len()));
        }
        if elementwise(&node.op) && node.args.iter().any(|k| graph.size(*k) != size) {
            return Err(format!("node {i} of the graph: the operands of {:?} have unequal sizes", node.op));
        }
        if !node.batched && !source(&node.op) && node.args.iter().any(|k| graph.batched(*k)) {
            let sums = matches!(node.op, Op::SumBatch | Op::Outer | Op::ConvWeights(_) | Op::Accumulate);
            if !sums {
                return Err(format!("node {i} of the graph loses the batch of its argument"));
            }
        }
    }
    Ok(())
}
