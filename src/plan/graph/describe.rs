//! A graph in words.

use super::bravais::Boundary;
use super::{Bravais, Graph};

fn boundary_name(b: Boundary) -> &'static str {
    match b {
        Boundary::Periodic => "periodic",
        Boundary::Open => "open",
        Boundary::Antiperiodic => "antiperiodic",
    }
}

impl Bravais {
    /// "square 64 × 64, periodic".
    pub fn describe(&self) -> String {
        let mut names: Vec<&str> = self.boundary.iter().map(|&b| boundary_name(b)).collect();
        names.dedup();
        let boundary = if names.len() == 1 {
            names[0].to_string()
        } else {
            format!("[{}]", self.boundary.iter().map(|&b| boundary_name(b)).collect::<Vec<_>>().join(", "))
        };
        format!("{} {}, {boundary}", self.name, self.extents())
    }
}

impl Graph {
    /// A short description for people, such as "random regular, N = 100, k = 3".
    pub fn describe(&self) -> String {
        match self {
            Graph::Lattice(lattice) if lattice.has_double_bonds() => format!("{}, double bonds", lattice.describe()),
            Graph::Lattice(lattice) => lattice.describe(),
            Graph::Complete { n } => format!("complete, N = {n}"),
            Graph::Bipartite { n, m } => format!("bipartite, {n} + {m}"),
            Graph::RandomRegular { n, k, .. } => format!("random regular, N = {n}, k = {k}"),
            Graph::ErdosRenyi { n, p, .. } => format!("Erdős–Rényi, N = {n}, p = {p}"),
            Graph::SmallWorld { n, k, p, .. } => format!("small world, N = {n}, k = {k}, p = {p}"),
            Graph::ScaleFree { n, m, .. } => format!("scale free, N = {n}, m = {m}"),
            Graph::Tree { branching, depth } => format!("tree, branching {branching}, depth {depth}"),
            Graph::Edges { n, edges, source } => {
                let from = source.as_ref().map(|s| format!(", from {s}")).unwrap_or_default();
                format!("graph, N = {n}, {} bonds{from}", edges.len())
            }
            Graph::Shell { of, k } => format!("shell {k} of {}", of.describe()),
        }
    }
}
