//! Graphs that are not lattices, and the words of lattice declarations. Lattices themselves are written
//! in Ann (`std.lattice`).

use super::{Builtin, Constant, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::value::{BondRule, Eval, Value, describe};
use crate::plan::draw::key_from;
use crate::plan::graph::Graph;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Graphs,
        "complete",
        &[need("n", Type::Int)],
        "a graph",
        "Every pair of n sites is a bond.",
        "show complete(5).bonds",
        |e, _, a| {
            let n = size(e, a, 0)?;
            finish(e, a, Graph::complete(n))
        },
    ),
    row(
        Group::Graphs,
        "bipartite",
        &[need("n", Type::Int), need("m", Type::Int)],
        "a graph",
        "Every one of the first n sites is joined with every one of the next m.",
        "show bipartite(3, 4).bonds",
        |e, _, a| {
            let (n, m) = (size(e, a, 0)?, size(e, a, 1)?);
            finish(e, a, Graph::bipartite(n, m))
        },
    ),
    row(
        Group::Graphs,
        "random_regular",
        &[need("n", Type::Int), need("k", Type::Int), may("by", Type::Any, "0")],
        "a graph",
        "A random simple graph of n sites with k bonds each. `by` is the key of the draw.",
        "show random_regular(10, 3).bonds",
        |e, b, a| {
            let (n, k) = (size(e, a, 0)?, size(e, a, 1)?);
            let key = draw_key(e, b, a, 2);
            finish(e, a, Graph::random_regular(n, k, key))
        },
    ),
    row(
        Group::Graphs,
        "erdos_renyi",
        &[need("n", Type::Int), need("p", Type::Real), may("by", Type::Any, "0")],
        "a graph",
        "Each pair of n sites is a bond with probability p. `by` is the key of the draw.",
        "show erdos_renyi(10, 0.5).sites",
        |e, b, a| {
            let n = size(e, a, 0)?;
            let key = draw_key(e, b, a, 2);
            finish(e, a, Graph::erdos_renyi(n, a.number(1), key))
        },
    ),
    row(
        Group::Graphs,
        "small_world",
        &[need("n", Type::Int), need("k", Type::Int), need("p", Type::Real), may("by", Type::Any, "0")],
        "a graph",
        "A ring of n sites with k neighbours each, whose bonds are rewired with probability p (Watts and Strogatz 1998).",
        "show small_world(20, 4, 0.1).bonds",
        |e, b, a| {
            let (n, k) = (size(e, a, 0)?, size(e, a, 1)?);
            let key = draw_key(e, b, a, 3);
            finish(e, a, Graph::small_world(n, k, a.number(2), key))
        },
    ),
    row(
        Group::Graphs,
        "scale_free",
        &[need("n", Type::Int), need("m", Type::Int), may("by", Type::Any, "0")],
        "a graph",
        "Preferential attachment with m bonds a new site (Barabási and Albert 1999).",
        "show scale_free(20, 2).sites",
        |e, b, a| {
            let (n, m) = (size(e, a, 0)?, size(e, a, 1)?);
            let key = draw_key(e, b, a, 2);
            finish(e, a, Graph::scale_free(n, m, key))
        },
    ),
    row(
        Group::Graphs,
        "tree",
        &[need("branching", Type::Int), need("depth", Type::Int)],
        "a graph",
        "A rooted tree: every site above the last of `depth` generations has `branching` children.",
        "show tree(2, 3).sites",
        |e, _, a| {
            let (b, d) = (size(e, a, 0)?, size(e, a, 1)?);
            finish(e, a, Graph::tree(b, d))
        },
    ),
    row(
        Group::Graphs,
        "from_edges",
        &[need("edges", Type::List), may("n", Type::Int, "one more than the largest site")],
        "a graph",
        "The graph with these bonds, a list of pairs of sites.",
        "show from_edges([(0, 1), (1, 2)]).sites",
        from_edges,
    ),
    row(
        Group::Graphs,
        "graph",
        &[need("file", Type::Text), may("group", Type::Text, "\"/\"")],
        "couplings",
        "A graph with couplings from a file: edge list, Matrix Market, Gset (rudy), COO/QUBO text, JSON or HDF5. The path starts at the script's folder; couplings that the file does not give are 1. In an HDF5 file the `group` holds a symmetric matrix `J`, or a list `i`, `j`, `value`, or compressed rows `indptr`, `indices`, `data` as scipy keeps sparse matrices; sites count from 0, their number is an attribute or data set `n` or `shape`.",
        "# couplings G = graph(\"network.mtx\")",
        |e, _, a| e.graph_file(a),
    ),
    row(
        Group::Graphs,
        "nearest",
        &[may("k", Type::Int, "1")],
        "a rule for bonds",
        "In a `lattice` declaration: bonds up to the k-th neighbour distance.",
        "lattice ladder(L: Int) {\n    vectors: [[1, 0]]\n    basis: [[0, 0], [0, 1]]\n    bonds: nearest(1)\n    size: [L]\n}\nshow ladder(4).bonds",
        |e, _, a| Ok(Value::Bonds(BondRule::Nearest(if a.has(0) { size(e, a, 0)? } else { 1 }))),
    ),
    row(
        Group::Graphs,
        "within",
        &[need("distance", Type::Real)],
        "a rule for bonds",
        "In a `lattice` declaration: bonds between all sites at most this far apart.",
        "lattice far(L: Int) {\n    vectors: [[1]]\n    basis: [[0]]\n    bonds: within(2.5)\n    size: [L]\n}\nshow far(8).bonds",
        |_, _, a| Ok(Value::Bonds(BondRule::Within(a.number(0)))),
    ),
];

pub const CONSTANTS: &[Constant] = &[
    Constant {
        name: "periodic",
        aliases: &[],
        group: Group::Graphs,
        doc: "A boundary: bonds that leave the lattice come back at the other side.",
        value: || Value::text("periodic"),
    },
    Constant {
        name: "open",
        aliases: &[],
        group: Group::Graphs,
        doc: "A boundary: bonds that leave the lattice are left out.",
        value: || Value::text("open"),
    },
    Constant {
        name: "antiperiodic",
        aliases: &[],
        group: Group::Graphs,
        doc: "A boundary: bonds that leave the lattice come back with the opposite sign.",
        value: || Value::text("antiperiodic"),
    },
];

fn size(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<usize> {
    let n = e.whole(&a.get(k), a.place(k), "a size")?;
    if !(0..=1 << 40).contains(&n) {
        let d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("a size of {n}"))
            .label(format!("this is {n}"))
            .expected("a positive whole number");
        return Err(e.fail(d));
    }
    Ok(n as usize)
}

fn draw_key(e: &Elaborator, b: &Builtin, a: &Arguments, k: usize) -> crate::kernels::random::Key {
    let by = if a.has(k) { describe(&a.get(k)) } else { "0".to_string() };
    key_from(e.seed, b.name, &[by])
}

fn finish(e: &mut Elaborator, a: &Arguments, graph: Result<Graph, String>) -> Eval {
    match graph {
        Ok(graph) => Ok(Value::Graph(e.intern_graph(graph))),
        Err(reason) => {
            let d = Diagnostic::error(codes::DOMAIN, a.span, reason).label("this graph cannot be made");
            Err(e.fail(d))
        }
    }
}

fn from_edges(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let pairs: Option<Vec<(i64, i64)>> = match a.get(0) {
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::List(row) if row.len() == 2 => Some((row[0].integer()?, row[1].integer()?)),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    let Some(pairs) = pairs else {
        return e.wrong_type(&a.get(0), a.place(0), "a list of pairs of sites, such as `[(0, 1), (1, 2)]`");
    };
    if let Some((i, j)) = pairs.iter().find(|(i, j)| *i < 0 || *j < 0 || *i > u32::MAX.into() || *j > u32::MAX.into()) {
        return e.error(codes::DOMAIN, a.place(0), format!("({i}, {j}) is not a pair of sites"));
    }
    let n = if a.has(1) { size(e, a, 1)? } else { pairs.iter().map(|(i, j)| i.max(j) + 1).max().unwrap_or(0) as usize };
    let edges = pairs.into_iter().map(|(i, j)| (i as u32, j as u32)).collect();
    finish(e, a, Graph::edges(n, edges, None))
}
