//! The energy of a model as a tensor graph: operations of one kind at one depth become one node.

use super::instantiate::{Fold, Instantiate, Sink};
use super::materials::Materials;
use super::network::{binary, unary};
use crate::kernels::tensor::{Binary, Graph, Id, Unary};
use crate::plan::{Expr, Function, Model, Op, Plan};
use std::collections::BTreeMap;
use std::sync::Arc;

/// More operations than this are refused.
const MOST: usize = 40_000_000;

/// The graph of a model's energy. Slot 0 of the inputs: all variables, one after the other.
pub struct Energy {
    pub graph: Graph,
    pub variables: Id,
    pub energy: Id,
}

/// The graph of the energy of a model of reals and angles.
pub fn lower(plan: &Plan, model: &Model) -> Result<Energy, String> {
    let materials = Materials::new(plan);
    let mut sink = Scalars::default();
    let node = {
        let mut walk = Instantiate::new(&materials, model, &mut sink, MOST);
        let value = walk.scalar(&model.energy)?;
        walk.node(value)
    };
    let mut graph = Graph::new();
    let variables = graph.input(0, &[model.components()]);
    let energy = sink.assemble(&mut graph, variables, node);
    Ok(Energy { graph, variables, energy })
}

/// What an operation does; those that are equal and equally deep become one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Unary(u8),
    /// With the bits of a known second operand.
    Power(u64),
    Binary(u8),
    Choose,
    Sum,
}

#[derive(Clone, Debug)]
enum Scalar {
    Constant(f64),
    Variable(u32),
    Operation { kind: Kind, depth: u32, args: Vec<u32> },
}

/// The operations of an energy, one number each.
#[derive(Default)]
struct Scalars {
    nodes: Vec<Scalar>,
    constants: BTreeMap<u64, u32>,
    variables: BTreeMap<usize, u32>,
    unaries: Vec<Unary>,
    binaries: Vec<Binary>,
}

impl Scalars {
    fn push(&mut self, node: Scalar) -> u32 {
        self.nodes.push(node);
        self.nodes.len() as u32 - 1
    }

    fn depth(&self, node: u32) -> u32 {
        match &self.nodes[node as usize] {
            Scalar::Operation { depth, .. } => *depth,
            _ => 0,
        }
    }

    fn operation(&mut self, kind: Kind, args: Vec<u32>) -> u32 {
        let depth = 1 + args.iter().map(|a| self.depth(*a)).max().unwrap_or(0);
        self.push(Scalar::Operation { kind, depth, args })
    }

    fn apply(&mut self, f: Unary, a: u32) -> u32 {
        let k = self.unaries.iter().position(|u| *u == f).unwrap_or_else(|| {
            self.unaries.push(f);
            self.unaries.len() - 1
        });
        self.operation(Kind::Unary(k as u8), vec![a])
    }

    fn combine(&mut self, f: Binary, a: u32, b: u32) -> u32 {
        let k = self.binaries.iter().position(|u| *u == f).unwrap_or_else(|| {
            self.binaries.push(f);
            self.binaries.len() - 1
        });
        self.operation(Kind::Binary(k as u8), vec![a, b])
    }

    /// The nodes of the graph, group by group in the order of depth.
    fn assemble(&self, graph: &mut Graph, variables: Id, result: u32) -> Id {
        let mut groups: BTreeMap<(u32, Kind), Vec<u32>> = BTreeMap::new();
        for (k, node) in self.nodes.iter().enumerate() {
            if let Scalar::Operation { kind, depth, .. } = node {
                groups.entry((*depth, *kind)).or_default().push(k as u32);
            }
        }
        // Where each number is: the node of its group, and its place there.
        let mut places: Vec<(Id, u32)> = vec![(variables, 0); self.nodes.len()];
        for (k, node) in self.nodes.iter().enumerate() {
            if let Scalar::Variable(at) = node {
                places[k] = (variables, *at);
            }
        }
        for ((_, kind), members) in &groups {
            let args = |m: u32| match &self.nodes[m as usize] {
                Scalar::Operation { args, .. } => &args[..],
                _ => &[],
            };
            let column = |graph: &mut Graph, k: usize| {
                let refs: Vec<u32> = members.iter().map(|m| args(*m)[k]).collect();
                self.gathered(graph, &places, &refs)
            };
            let node = match kind {
                Kind::Unary(f) => {
                    let a = column(graph, 0);
                    graph.unary(self.unaries[*f as usize], a)
                }
                Kind::Power(bits) => {
                    let a = column(graph, 0);
                    let exponent = graph.constant(f64::from_bits(*bits), &[members.len()]);
                    graph.binary(Binary::Pow, a, exponent)
                }
                Kind::Binary(f) => {
                    let (a, b) = (column(graph, 0), column(graph, 1));
                    graph.binary(self.binaries[*f as usize], a, b)
                }
                Kind::Choose => {
                    let (c, a, b) = (column(graph, 0), column(graph, 1), column(graph, 2));
                    graph.select(c, a, b)
                }
                Kind::Sum => {
                    let refs: Vec<u32> = members.iter().flat_map(|m| args(*m).iter().copied()).collect();
                    let all = self.gathered(graph, &places, &refs);
                    if members.len() == 1 {
                        let sum = graph.sum_all(all);
                        graph.reshape(sum, &[1])
                    } else {
                        let owners: Vec<u32> =
                            members.iter().enumerate().flat_map(|(k, m)| std::iter::repeat_n(k as u32, args(*m).len())).collect();
                        graph.scatter(all, Arc::new(owners), &[members.len()])
                    }
                }
            };
            for (k, m) in members.iter().enumerate() {
                places[*m as usize] = (node, k as u32);
            }
        }
        let one = self.gathered(graph, &places, &[result]);
        graph.reshape(one, &[])
    }

    /// Some numbers side by side.
    fn gathered(&self, graph: &mut Graph, places: &[(Id, u32)], refs: &[u32]) -> Id {
        let known = |r: &u32| match self.nodes[*r as usize] {
            Scalar::Constant(x) => Some(x),
            _ => None,
        };
        let n = refs.len();
        if let Some(values) = refs.iter().map(known).collect::<Option<Vec<f64>>>() {
            let same = values.windows(2).all(|w| w[0].to_bits() == w[1].to_bits());
            return if same && n > 0 { graph.constant(values[0], &[n]) } else { graph.array(values, &[n]) };
        }
        // Sources in the order in which they turn up; constants are a source of their own.
        let mut sources: Vec<Id> = Vec::new();
        let mut offsets: BTreeMap<Id, u32> = BTreeMap::new();
        let mut total = 0;
        let mut constants: Vec<f64> = Vec::new();
        for r in refs {
            match known(r) {
                Some(x) => constants.push(x),
                None => {
                    let source = places[*r as usize].0;
                    offsets.entry(source).or_insert_with(|| {
                        sources.push(source);
                        total += graph.size(source) as u32;
                        total - graph.size(source) as u32
                    });
                }
            }
        }
        let first_constant = total;
        if !constants.is_empty() {
            let count = constants.len();
            sources.push(graph.array(constants, &[count]));
            total += count as u32;
        }
        let mut next = first_constant;
        let index: Vec<u32> = refs
            .iter()
            .map(|r| match known(r) {
                Some(_) => {
                    next += 1;
                    next - 1
                }
                None => {
                    let (source, place) = places[*r as usize];
                    offsets[&source] + place
                }
            })
            .collect();
        let pool = graph.concat(&sources, 0);
        let identity = index.len() == total as usize && index.iter().enumerate().all(|(k, i)| k as u32 == *i);
        if identity { pool } else { graph.gather(pool, Arc::new(index), &[n]) }
    }
}

impl Sink for Scalars {
    type Node = u32;

    fn constant(&mut self, x: f64) -> u32 {
        if let Some(known) = self.constants.get(&x.to_bits()) {
            return *known;
        }
        let node = self.push(Scalar::Constant(x));
        self.constants.insert(x.to_bits(), node);
        node
    }

    fn spin(&mut self, site: usize) -> u32 {
        if let Some(known) = self.variables.get(&site) {
            return *known;
        }
        let node = self.push(Scalar::Variable(site as u32));
        self.variables.insert(site, node);
        node
    }

    fn unary(&mut self, function: Function, a: u32) -> Result<u32, String> {
        Ok(self.apply(unary(function), a))
    }

    fn binary(&mut self, op: Op, a: u32, b: u32) -> Result<u32, String> {
        let exponent = match (op, &self.nodes[b as usize]) {
            (Op::Power, Scalar::Constant(x)) => Some(*x),
            _ => None,
        };
        Ok(match exponent {
            Some(2.0) => self.apply(Unary::Square, a),
            Some(1.0) => a,
            Some(x) => self.operation(Kind::Power(x.to_bits()), vec![a]),
            None => self.combine(binary(op), a, b),
        })
    }

    fn choose(&mut self, condition: u32, a: u32, b: u32) -> u32 {
        self.operation(Kind::Choose, vec![condition, a, b])
    }

    fn fold(&mut self, fold: Fold, operands: Vec<u32>) -> u32 {
        let Some((&first, rest)) = operands.split_first() else {
            return self.constant(match fold {
                Fold::Sum => 0.0,
                Fold::Product => 1.0,
                Fold::Min => f64::INFINITY,
                Fold::Max => f64::NEG_INFINITY,
            });
        };
        if rest.is_empty() {
            return first;
        }
        if fold == Fold::Sum {
            return self.operation(Kind::Sum, operands);
        }
        let f = match fold {
            Fold::Product => Binary::Mul,
            Fold::Min => Binary::Min,
            _ => Binary::Max,
        };
        // A tree, so that many factors are not many depths.
        let mut level = operands;
        while level.len() > 1 {
            level = level.chunks(2).map(|pair| if let [a, b] = pair { self.combine(f, *a, *b) } else { pair[0] }).collect();
        }
        level[0]
    }

    fn leaf(&mut self, _: &Expr, _: usize) -> Result<u32, String> {
        Err("an average or a result stands in an energy".into())
    }

    fn size(&self) -> usize {
        self.nodes.len()
    }
}
