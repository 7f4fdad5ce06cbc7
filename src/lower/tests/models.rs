//! Expressions and models of the tests.

use crate::kernels::random::Key;
use crate::plan::draw::{Distribution, Draw};
use crate::plan::graph::{Bonds, Boundary, Bravais, Graph};
use crate::plan::{CouplingValues, Couplings, Domain, Expr, Function, Model, Op, Plan, Reduction, Space, Variable};
use std::sync::Arc;

pub fn num(x: f64) -> Expr {
    Expr::Number(x)
}

pub fn bin(op: Op, a: Expr, b: Expr) -> Expr {
    Expr::Binary(op, a.boxed(), b.boxed())
}

pub fn mul(a: Expr, b: Expr) -> Expr {
    bin(Op::Multiply, a, b)
}

pub fn add(a: Expr, b: Expr) -> Expr {
    bin(Op::Add, a, b)
}

pub fn sub(a: Expr, b: Expr) -> Expr {
    bin(Op::Subtract, a, b)
}

pub fn neg(a: Expr) -> Expr {
    Expr::Unary(Function::Negate, a.boxed())
}

pub fn abs(a: Expr) -> Expr {
    Expr::Unary(Function::Abs, a.boxed())
}

pub fn all() -> Expr {
    Expr::Variable { variable: 0, replica: 0 }
}

pub fn mean() -> Expr {
    Expr::Fold(Reduction::Mean, all().boxed())
}

pub fn energy() -> Expr {
    Expr::Energy { replica: 0 }
}

pub fn s(local: u32) -> Expr {
    Expr::Element { variable: 0, replica: 0, site: Expr::Local(local).boxed(), bond: None }
}

/// The second end of a bond with binder 10, across antiperiodic boundaries too.
pub fn second_end() -> Expr {
    Expr::Element { variable: 0, replica: 0, site: Expr::Local(12).boxed(), bond: Some(10) }
}

pub fn reduce(op: Reduction, domain: Domain, body: Expr) -> Expr {
    Expr::Reduce { op, domains: vec![domain], filter: None, body: body.boxed() }
}

pub fn bonds() -> Domain {
    Domain::Bonds { graph: 0, binder: 10, first: 11, second: 12 }
}

pub fn range(n: usize) -> Domain {
    Domain::Range { local: 20, start: 0, end: n as i64 }
}

/// Σ_⟨ij⟩ s_i s_j
pub fn pairs() -> Expr {
    reduce(Reduction::Sum, bonds(), mul(s(11), second_end()))
}

/// Σ_i s_i
pub fn field(n: usize) -> Expr {
    reduce(Reduction::Sum, range(n), s(20))
}

pub fn lattice(name: &str, sizes: &[usize], vectors: &[&[f64]], bonds: Bonds, boundary: Boundary) -> Graph {
    let vectors = vectors.iter().map(|v| v.to_vec()).collect();
    Graph::Lattice(Bravais::new(name, sizes.to_vec(), vectors, vec![], &bonds, vec![boundary]).expect("a lattice"))
}

pub fn square(w: usize, h: usize, boundary: Boundary) -> Graph {
    lattice("square", &[w, h], &[&[1.0, 0.0], &[0.0, 1.0]], Bonds::Nearest(1), boundary)
}

pub fn chain(n: usize, boundary: Boundary) -> Graph {
    lattice("chain", &[n], &[&[1.0]], Bonds::Nearest(1), boundary)
}

pub fn triangular(w: usize, h: usize) -> Graph {
    let bonds = Bonds::Explicit(vec![(0, 0, vec![1, 0]), (0, 0, vec![0, 1]), (0, 0, vec![1, -1])]);
    lattice("triangular", &[w, h], &[&[1.0, 0.0], &[0.5, 0.866_025_403_784_438_6]], bonds, Boundary::Periodic)
}

pub fn honeycomb(w: usize, h: usize) -> Graph {
    let root = 0.866_025_403_784_438_6;
    let vectors = vec![vec![1.0, 0.0], vec![0.5, root]];
    let basis = vec![vec![0.0, 0.0], vec![0.5, root / 3.0]];
    let bonds = Bonds::Explicit(vec![(0, 1, vec![0, 0]), (0, 1, vec![-1, 0]), (0, 1, vec![0, -1])]);
    Graph::Lattice(Bravais::new("honeycomb", vec![w, h], vectors, basis, &bonds, vec![]).expect("a lattice"))
}

pub fn cubic(l: usize) -> Graph {
    let vectors: [&[f64]; 3] = [&[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0], &[0.0, 0.0, 1.0]];
    lattice("cubic", &[l, l, 3], &vectors, Bonds::Nearest(1), Boundary::Open)
}

/// A plan with one graph and one model on it.
pub fn plan(graph: Graph, values: &[f64], energy: Expr) -> Plan {
    let sites = graph.sites();
    let variable = Variable { name: "s".into(), sites, graph: Some(0), space: Space::Finite(values.to_vec()) };
    let model = Model { name: "test".into(), variables: vec![variable], weights: vec![], energy, field: None };
    Plan { graphs: vec![graph], models: vec![model], ..Plan::default() }
}

pub const SPIN: [f64; 2] = [-1.0, 1.0];

/// -J Σ s s - h Σ s
pub fn ising(graph: Graph, j: f64, h: f64) -> Plan {
    let n = graph.sites();
    plan(graph, &SPIN, sub(mul(num(-j), pairs()), mul(num(h), field(n))))
}

/// -Σ J_ij s s with random couplings.
pub fn glass(graph: Graph, distribution: Distribution) -> Plan {
    let draw = Draw::new(distribution, vec![graph.bond_count()], Key(7, 9)).expect("a draw");
    let body = mul(mul(Expr::BondValue { couplings: 0, binder: 10 }, s(11)), second_end());
    let mut p = plan(graph, &SPIN, neg(reduce(Reduction::Sum, bonds(), body)));
    p.couplings.push(Couplings { name: "J".into(), graph: 0, values: CouplingValues::Random(Arc::new(draw)) });
    p
}

/// -Σ [s_i == s_j]
pub fn potts(graph: Graph, q: usize) -> Plan {
    let values: Vec<f64> = (0..q).map(|x| x as f64).collect();
    plan(graph, &values, neg(reduce(Reduction::Count, bonds(), bin(Op::Equal, s(11), second_end()))))
}

/// -Σ s_i s_j s_k over listed triples - h Σ s
pub fn triples(n: usize, h: f64) -> Plan {
    let tuples = (0..n as i64).map(|i| vec![i, (i + 1) % n as i64, (i + 3) % n as i64]).collect();
    let domain = Domain::Tuples { locals: vec![30, 31, 32], tuples: Arc::new(tuples) };
    let sum = reduce(Reduction::Sum, domain, mul(mul(s(30), s(31)), s(32)));
    plan(chain(n, Boundary::Periodic), &SPIN, sub(neg(sum), mul(num(h), field(n))))
}
