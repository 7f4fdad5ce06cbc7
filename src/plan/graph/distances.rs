//! The distances that occur between the sites of a graph, each once, and which pairs lie at which.

use super::Graph;
use super::bravais::{Boundary, Bravais};

/// Sites of a lattice without ends that are gone through.
const MOST_CLOSED: usize = 1 << 22;

/// Sites of any other graph: all its pairs are.
const MOST_SITES: usize = 4096;

/// Distances closer than this, relative to their size, are one.
const TOLERANCE: f64 = 1e-9;

/// The distances of a graph with the pairs that lie at them.
#[derive(Clone, Debug, PartialEq)]
pub struct Distances {
    /// Ascending, each once, from 0 (a site and itself).
    pub list: Vec<f64>,
    pub pairs: Pairs,
}

/// Which entry of the list a pair has; `u32::MAX` for none.
#[derive(Clone, Debug, PartialEq)]
pub enum Pairs {
    /// Where every cell sees the same: from basis site b of the first cell to every site. `[b][site]`
    FromFirstCell(Vec<Vec<u32>>),
    /// Of all pairs i <= j, row by row.
    All(Vec<u32>),
}

fn each_once(mut all: Vec<f64>) -> Vec<f64> {
    all.sort_by(f64::total_cmp);
    let mut list: Vec<f64> = Vec::new();
    for d in all {
        if list.last().is_none_or(|&last| d - last > TOLERANCE * d) {
            list.push(d);
        }
    }
    list
}

fn class(list: &[f64], d: f64) -> u32 {
    let after = list.partition_point(|&x| x <= d * (1.0 + TOLERANCE));
    match after.checked_sub(1) {
        Some(k) if d - list[k] <= TOLERANCE * d => k as u32,
        _ => u32::MAX,
    }
}

impl Bravais {
    /// Whether it has no ends, so that every cell sees the same.
    pub fn is_closed(&self) -> bool {
        !self.boundary.contains(&Boundary::Open)
    }
}

impl Graph {
    /// The distances up to `within`. Errors: a graph with too many pairs.
    pub fn pair_distances(&self, within: f64) -> Result<Distances, String> {
        let n = self.sites();
        let near = |d: &f64| d.is_finite() && *d <= within * (1.0 + TOLERANCE);
        match self {
            Graph::Lattice(lattice) if lattice.is_closed() => {
                let basis = lattice.basis.len();
                if n.saturating_mul(basis) > MOST_CLOSED {
                    return Err(format!("the lattice of {n} sites is too large to list the distances of its pairs"));
                }
                let rows: Vec<Vec<f64>> = (0..basis).filter_map(|b| lattice.distances_from(b)).collect();
                let list = each_once(rows.iter().flatten().copied().filter(near).collect());
                let classes = rows.iter().map(|row| row.iter().map(|&d| class(&list, d)).collect()).collect();
                Ok(Distances { list, pairs: Pairs::FromFirstCell(classes) })
            }
            _ => {
                if n > MOST_SITES {
                    return Err(format!(
                        "the graph has {n} sites: the distances of all pairs are listed up to {MOST_SITES} sites, or on lattices without open ends"
                    ));
                }
                let mut all = Vec::with_capacity(n * (n + 1) / 2);
                match self {
                    Graph::Lattice(_) | Graph::Complete { .. } | Graph::Bipartite { .. } => {
                        for i in 0..n {
                            all.extend_from_slice(&self.distances_from(i).unwrap_or_default()[i..]);
                        }
                    }
                    _ => {
                        let neighbours = self.neighbours()?;
                        for i in 0..n {
                            let steps = neighbours.distances_from(i);
                            all.extend(steps[i..].iter().map(|&d| if d == u32::MAX { f64::INFINITY } else { f64::from(d) }));
                        }
                    }
                }
                let list = each_once(all.iter().copied().filter(near).collect());
                let classes = all.iter().map(|&d| class(&list, d)).collect();
                Ok(Distances { list, pairs: Pairs::All(classes) })
            }
        }
    }
}
