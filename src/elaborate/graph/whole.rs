//! What is asked of a whole graph: its sizes, its name, its shells and elementary cells.

use super::{Member, Question, constant};
use crate::diagnostic::codes;
use crate::elaborate::Elaborator;
use crate::elaborate::value::{Eval, Kind, Value};
use crate::plan::graph::Graph;

pub(super) const SITES: Member = Member {
    name: "sites",
    slots: None,
    gives: "the number of sites",
    run: |e, q| Ok(Some(Value::Int(e.graph(q.graph).sites() as i64))),
};

pub(super) const BONDS: Member = Member {
    name: "bonds",
    slots: None,
    gives: "the number of bonds",
    run: |e, q| Ok(Some(Value::Int(e.graph(q.graph).bond_count() as i64))),
};

pub(super) const SIZE: Member = Member {
    name: "size",
    slots: None,
    gives: "the number of cells in each direction (lattices)",
    run: |e, q| {
        let Graph::Lattice(lattice) = e.graph(q.graph) else { return Ok(None) };
        Ok(Some(Value::list(lattice.sizes.iter().map(|&n| Value::Int(n as i64)).collect())))
    },
};

pub(super) const DIMENSION: Member = Member {
    name: "dimension",
    slots: None,
    gives: "the number of directions (lattices)",
    run: |e, q| {
        let Graph::Lattice(lattice) = e.graph(q.graph) else { return Ok(None) };
        Ok(Some(Value::Int(lattice.dimension() as i64)))
    },
};

pub(super) const NAME: Member = Member {
    name: "name",
    slots: None,
    gives: "a short description",
    run: |e, q| Ok(Some(Value::text(&e.graph(q.graph).describe()))),
};

/// Couplings have it, and not their graph.
pub(super) const LINEAR: Member = Member {
    name: "linear",
    slots: None,
    gives: "the linear terms of a file of couplings, one a site (QUBO)",
    run: |_, _| Ok(None),
};

pub(super) const SHELL: Member = Member {
    name: "shell",
    slots: Some(&["k"]),
    gives: "`shell(k)`: the graph of the pairs at the k-th neighbour distance",
    run: |e, q| {
        let (k, span) = &q.values[0];
        let k = e.whole(k, *span, "the number of a shell")?;
        let shell = if k < 1 { Err("shells are counted from 1".to_string()) } else { e.graph(q.graph).shell(k as usize) };
        match shell {
            Ok(graph) => Ok(Some(Value::Graph(e.intern_graph(graph)))),
            Err(reason) => e.error(codes::DOMAIN, *span, reason),
        }
    },
};

pub(super) const PLAQUETTES: Member = Member {
    name: "plaquettes",
    slots: Some(&[]),
    gives: "`plaquettes()`: the elementary squares, as tuples of sites",
    run: |e, q| {
        let tuples = e.graph(q.graph).plaquettes();
        tuples_of_sites(e, q, tuples)
    },
};

pub(super) const TRIANGLES: Member = Member {
    name: "triangles",
    slots: Some(&[]),
    gives: "`triangles()`: the elementary triangles, as tuples of sites",
    run: |e, q| {
        let tuples = e.graph(q.graph).triangles();
        tuples_of_sites(e, q, tuples)
    },
};

fn tuples_of_sites(e: &mut Elaborator, q: &Question, tuples: Result<Vec<Vec<u32>>, String>) -> Eval<Option<Value>> {
    match tuples {
        Ok(tuples) => {
            let shape = vec![tuples.len(), tuples.first().map_or(0, Vec::len)];
            Ok(Some(constant(shape, tuples.into_iter().flatten().map(f64::from).collect(), Kind::Int)))
        }
        Err(reason) => e.error(codes::DOMAIN, q.span, reason),
    }
}
