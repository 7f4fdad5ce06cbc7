//! The evaluations that a program makes. Most nodes are evaluated once; data, and what follows from kept values by a few cheap
//! operations, once in each phase that needs them, which costs less than to keep them for all examples.

use super::super::graph::{Binary, Id, Op, Unary};
use super::analysis::{Analysis, Class, elementwise};

/// One evaluation of a node.
#[derive(Clone, Debug)]
pub struct Instance {
    pub node: usize,
    pub phase: usize,
    pub class: Class,
    /// The instances that it reads, in the order of [`Analysis::sources`].
    pub sources: Vec<usize>,
    /// Its values are needed after its phase, by a faster class, or as an output.
    pub kept: bool,
    pub output: bool,
}

/// At most this many operations are repeated to save a kept value.
const LONGEST: usize = 6;

/// All instances, arguments first; an output's instance has its flag set.
pub fn instances(a: &Analysis, outputs: &[Id]) -> Vec<Instance> {
    let mut again: Vec<bool> = a.graph.nodes.iter().map(|node| matches!(node.op, Op::Data(_))).collect();
    let first = build(a, outputs, &again);
    repeat(a, &first, &mut again);
    build(a, outputs, &again)
}

fn build(a: &Analysis, outputs: &[Id], again: &[bool]) -> Vec<Instance> {
    // For each node the phases in which it is asked for; filled by its users, which come later in the graph.
    let mut asked: Vec<Vec<(usize, Class, bool)>> = vec![vec![]; again.len()];
    let ask = |asked: &mut Vec<Vec<(usize, Class, bool)>>, node: usize, phase: usize, class: Class, output: bool| {
        let (phase, class) = if again[node] { (phase, class.join(a.class[node])) } else { (a.phase[node], a.class[node]) };
        match asked[node].iter_mut().find(|(p, ..)| *p == phase) {
            Some((_, c, o)) => (*c, *o) = (c.join(class), *o || output),
            None => asked[node].push((phase, class, output)),
        }
    };
    for id in outputs {
        let node = a.root(*id);
        ask(&mut asked, node, a.phase[node], a.class[node], true);
    }
    for node in (0..again.len()).rev() {
        for (phase, class, _) in asked[node].clone() {
            for source in a.sources(node) {
                ask(&mut asked, source, phase, class, false);
            }
        }
    }
    let mut list: Vec<Instance> = vec![];
    let mut place: Vec<Vec<(usize, usize)>> = vec![vec![]; again.len()];
    for node in 0..again.len() {
        asked[node].sort_unstable_by_key(|(phase, ..)| *phase);
        for (phase, class, output) in asked[node].clone() {
            let find = |source: usize| {
                let phase = if again[source] { phase } else { a.phase[source] };
                place[source].iter().find(|(p, _)| *p == phase).map(|(_, i)| *i)
            };
            let sources: Vec<usize> = a.sources(node).into_iter().filter_map(find).collect();
            for &s in &sources {
                let batched = a.node(list[s].node).batched;
                list[s].kept |= batched && list[s].phase != phase || list[s].class.outlived_by(class);
            }
            place[node].push((phase, list.len()));
            list.push(Instance { node, phase, class, sources, kept: output, output });
        }
    }
    list
}

/// Marks what is better evaluated again: cheap functions of data, and of one kept value that serves several of them.
fn repeat(a: &Analysis, first: &[Instance], again: &mut [bool]) {
    // For each cheap node the one batched value that it is a function of (none: of data alone), and the operations from there.
    let mut base: Vec<Option<(Option<usize>, usize)>> = vec![None; again.len()];
    for instance in first {
        let i = instance.node;
        if !a.node(i).batched || !cheap(&a.node(i).op) {
            continue;
        }
        let mut from: Option<usize> = None;
        let mut length = 1;
        let mut single = true;
        for s in a.sources(i) {
            if !a.node(s).batched || again[s] {
                continue;
            }
            let (b, l) = base[s].unwrap_or((Some(s), 0));
            length += l;
            single &= b.is_none() || from.is_none() || b == from;
            from = from.or(b);
        }
        if single && length <= LONGEST {
            base[i] = Some((from, length));
        }
    }
    let kept = |i: usize| first.iter().any(|instance| instance.node == i && instance.kept);
    let candidates: Vec<usize> = first.iter().filter(|v| v.kept && !v.output && base[v.node].is_some()).map(|v| v.node).collect();
    for &i in &candidates {
        let Some((from, _)) = base[i] else { continue };
        let worth = from.is_none_or(|from| {
            let saved: usize =
                candidates.iter().filter(|k| base[**k].is_some_and(|b| b.0 == Some(from))).map(|k| a.size(*k)).sum();
            kept(from) || saved > a.size(from)
        });
        if worth {
            mark(a, i, &base, again);
        }
    }
}

fn mark(a: &Analysis, i: usize, base: &[Option<(Option<usize>, usize)>], again: &mut [bool]) {
    if base[i].is_some() && !again[i] {
        again[i] = true;
        for s in a.sources(i) {
            mark(a, s, base, again);
        }
    }
}

fn cheap(op: &Op) -> bool {
    match op {
        Op::Unary(f) => matches!(
            f,
            Unary::Neg
                | Unary::Not
                | Unary::Abs
                | Unary::Sign
                | Unary::Recip
                | Unary::Square
                | Unary::Sqrt
                | Unary::Floor
                | Unary::Ceil
                | Unary::Round
                | Unary::Relu
                | Unary::Step
        ),
        Op::Binary(f) => !matches!(f, Binary::Pow | Binary::Mod | Binary::Atan2),
        Op::OneHot => true,
        op => elementwise(op),
    }
}
