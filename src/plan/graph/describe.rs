//! A graph in words, and what it weighs.

use super::bravais::Boundary;
use super::{Bond, Bravais, Graph};

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

    /// The number of bonds, or the expected number where only a draw would tell.
    fn expected_bonds(&self) -> f64 {
        match self {
            Graph::ErdosRenyi { n, p, .. } => p * *n as f64 * (*n as f64 - 1.0) / 2.0,
            // Not more than every pair, nor than a tree of the largest degree reaches.
            Graph::Shell { of, k } => {
                let n = of.sites() as f64;
                let z = 2.0 * of.expected_bonds() / n.max(1.0);
                (n * (n - 1.0) / 2.0).min(n / 2.0 * z * libm::pow((z - 1.0).max(1.0), *k as f64 - 1.0))
            }
            _ => self.bond_count() as f64,
        }
    }

    /// An estimate of the bytes that the bonds and the lists of neighbours take when made.
    pub fn memory_bytes(&self) -> u64 {
        // A row start a site; a bond, and at each of its ends a site, a sign and the bond's number.
        let row = size_of::<usize>() as f64;
        let bond = (size_of::<Bond>() + 2 * (size_of::<u32>() + size_of::<i8>() + size_of::<u32>())) as f64;
        // The cast saturates.
        (self.sites() as f64 * row + self.expected_bonds() * bond) as u64
    }
}
