//! Graphs as descriptions: a few bytes that say which sites there are and which are bonded.
//!
//! A [`Graph`] is plain data; what is proportional to its size is made on request, as a pure function of the
//! description. It knows no spins, no couplings, no script.

mod bravais;
mod describe;
mod distances;
mod loops;
mod parity;
mod places;
mod random;
mod recognise;
mod shells;
mod structure;
#[cfg(test)]
mod tests;
mod walk;

pub use bravais::{Bonds, Boundary, Bravais, Offset};
pub use distances::{Distances, Pairs};
pub use recognise::Regular;
pub use structure::Neighbours;

use crate::kernels::random::Key;
use crate::plan::draw::key_pair;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Sites and the bonds between them, described.
///
/// Sites are numbered from 0. The constructors check their arguments; [`Graph::check`] checks a value that came from
/// elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Graph {
    /// A finite piece of a Bravais lattice with a basis.
    Lattice(Bravais),
    /// Every pair of n sites.
    Complete { n: usize },
    /// Every site of the first n with every one of the next m.
    Bipartite { n: usize, m: usize },
    /// A random simple graph in which every site has k bonds.
    RandomRegular {
        n: usize,
        k: usize,
        #[serde(with = "key_pair")]
        key: Key,
    },
    /// Each pair bonded with probability p.
    ErdosRenyi {
        n: usize,
        p: f64,
        #[serde(with = "key_pair")]
        key: Key,
    },
    /// A ring of k neighbours a site whose bonds are rewired with probability p (Watts and Strogatz).
    SmallWorld {
        n: usize,
        k: usize,
        p: f64,
        #[serde(with = "key_pair")]
        key: Key,
    },
    /// Preferential attachment, m bonds a new site (Barabási and Albert).
    ScaleFree {
        n: usize,
        m: usize,
        #[serde(with = "key_pair")]
        key: Key,
    },
    /// A rooted tree: every site above the last of `depth` generations has `branching` children.
    Tree { branching: usize, depth: usize },
    /// Listed bonds; `source` says where they came from.
    Edges { n: usize, edges: Arc<Vec<(u32, u32)>>, source: Option<String> },
    /// The pairs of sites exactly k bonds apart.
    Shell { of: Arc<Graph>, k: usize },
}

/// One bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bond {
    pub i: u32,
    pub j: u32,
    /// −1 across an odd number of antiperiodic boundaries, else +1.
    pub sign: i8,
    /// On a lattice the direction ([`Offset::direction`]), else 0.
    pub direction: u16,
}

impl Bond {
    fn plain(i: u32, j: u32) -> Bond {
        Bond { i, j, sign: 1, direction: 0 }
    }
}

fn probability(p: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&p) { Ok(()) } else { Err(format!("a probability lies in 0..=1, found {p}")) }
}

impl Graph {
    /// Every pair of `n` sites.
    pub fn complete(n: usize) -> Result<Graph, String> {
        Graph::Complete { n }.checked()
    }

    /// Every site of the first `n` with every one of the next `m`.
    pub fn bipartite(n: usize, m: usize) -> Result<Graph, String> {
        Graph::Bipartite { n, m }.checked()
    }

    /// A random `k`-regular graph: n k even, k < n.
    pub fn random_regular(n: usize, k: usize, key: Key) -> Result<Graph, String> {
        Graph::RandomRegular { n, k, key }.checked()
    }

    /// Each pair bonded with probability `p`.
    pub fn erdos_renyi(n: usize, p: f64, key: Key) -> Result<Graph, String> {
        Graph::ErdosRenyi { n, p, key }.checked()
    }

    /// A ring of `k` (even, below n) neighbours a site, rewired with probability `p`.
    pub fn small_world(n: usize, k: usize, p: f64, key: Key) -> Result<Graph, String> {
        Graph::SmallWorld { n, k, p, key }.checked()
    }

    /// Preferential attachment with `m` (from 1, below n) bonds a new site.
    pub fn scale_free(n: usize, m: usize, key: Key) -> Result<Graph, String> {
        Graph::ScaleFree { n, m, key }.checked()
    }

    /// A rooted tree of `depth` generations below the root.
    pub fn tree(branching: usize, depth: usize) -> Result<Graph, String> {
        Graph::Tree { branching, depth }.checked()
    }

    /// Listed bonds, kept in their order with i < j. Errors: a site with itself, a site that is not there, a bond twice.
    pub fn edges(n: usize, edges: Vec<(u32, u32)>, source: Option<String>) -> Result<Graph, String> {
        let edges = edges.into_iter().map(|(i, j)| (i.min(j), i.max(j))).collect();
        Graph::Edges { n, edges: Arc::new(edges), source }.checked()
    }

    fn checked(self) -> Result<Graph, String> {
        self.check().map(|()| self)
    }

    /// Whether this describes a graph; the reason if not.
    pub fn check(&self) -> Result<(), String> {
        let sites = self.checked_sites();
        if sites.is_none_or(|n| n as u64 > bravais::MOST_SITES) {
            return Err("the graph has more sites than can be numbered (2^32)".into());
        }
        if sites == Some(0) {
            return Err("a graph needs at least one site".into());
        }
        let drawn = matches!(
            self,
            Graph::RandomRegular { .. } | Graph::ErdosRenyi { .. } | Graph::SmallWorld { .. } | Graph::ScaleFree { .. }
        );
        if drawn && sites.is_some_and(|n| n as u64 >= bravais::MOST_SITES) {
            return Err("a random graph needs fewer than 2^32 sites".into());
        }
        match self {
            Graph::Lattice(lattice) => lattice.check(),
            Graph::Complete { n } if *n >= 1 << 32 => Err(format!("{n} sites are too many for a complete graph")),
            Graph::Bipartite { n, m } if *n == 0 || *m == 0 => Err("both sides of a bipartite graph need a site".into()),
            Graph::Complete { .. } | Graph::Bipartite { .. } | Graph::Tree { .. } => Ok(()),
            Graph::RandomRegular { n, k, .. } if k >= n => Err(format!("{k} bonds a site need more than {n} sites")),
            Graph::RandomRegular { n, k, .. } if n % 2 == 1 && k % 2 == 1 => {
                Err(format!("{n} sites with {k} bonds each have an odd number of ends: one of the two must be even"))
            }
            Graph::RandomRegular { n, k, .. } => drawable(*n as f64 * *k as f64),
            Graph::ErdosRenyi { n, p, .. } => {
                probability(*p)?;
                drawable(p * *n as f64 * (*n as f64 - 1.0) / 2.0)
            }
            Graph::SmallWorld { n, k, .. } if k >= n => Err(format!("{k} neighbours a site need more than {n} sites")),
            Graph::SmallWorld { k, .. } if k % 2 == 1 => {
                Err(format!("{k} neighbours cannot lie half on each side: k must be even"))
            }
            Graph::SmallWorld { n, k, p, .. } => {
                probability(*p)?;
                drawable(*n as f64 * *k as f64 / 2.0)
            }
            Graph::ScaleFree { n, m, .. } if *m == 0 || m >= n => Err(format!("m must lie in 1..{n}, found {m}")),
            // Both ends of every bond are numbered while it is drawn.
            Graph::ScaleFree { n, m, .. } => drawable(2.0 * *n as f64 * *m as f64),
            Graph::Edges { n, edges, .. } => check_edges(*n, edges),
            Graph::Shell { k: 0, .. } => Err("neighbour shells count from 1".into()),
            Graph::Shell { of, .. } => of.check(),
        }
    }

    fn checked_sites(&self) -> Option<usize> {
        Some(match self {
            Graph::Lattice(lattice) => lattice.sites(),
            Graph::Bipartite { n, m } => n.checked_add(*m)?,
            Graph::Tree { branching: 0, .. } => 1,
            Graph::Tree { branching: 1, depth } => depth.checked_add(1)?,
            Graph::Tree { branching, depth } => {
                let (mut total, mut generation) = (1usize, 1usize);
                // A branching of 2 or more overflows within 64 generations.
                for _ in 0..*depth {
                    generation = generation.checked_mul(*branching)?;
                    total = total.checked_add(generation)?;
                }
                total
            }
            Graph::Shell { of, .. } => of.checked_sites()?,
            Graph::Complete { n }
            | Graph::RandomRegular { n, .. }
            | Graph::ErdosRenyi { n, .. }
            | Graph::SmallWorld { n, .. }
            | Graph::ScaleFree { n, .. }
            | Graph::Edges { n, .. } => *n,
        })
    }

    /// The number of sites.
    pub fn sites(&self) -> usize {
        self.checked_sites().unwrap_or(usize::MAX)
    }

    /// The number of bonds, by formula where there is one; the others are drawn and counted.
    pub fn bond_count(&self) -> usize {
        match self {
            Graph::Lattice(lattice) => lattice.bond_count(),
            Graph::Complete { n } => {
                if n % 2 == 0 {
                    (n / 2).saturating_mul(n.saturating_sub(1))
                } else {
                    n.saturating_mul((n - 1) / 2)
                }
            }
            Graph::Bipartite { n, m } => n.saturating_mul(*m),
            Graph::RandomRegular { n, k, .. } | Graph::SmallWorld { n, k, .. } => n.saturating_mul(*k) / 2,
            Graph::ScaleFree { n, m, .. } => m * (m + 1) / 2 + m.saturating_mul(n.saturating_sub(m + 1)),
            Graph::Tree { .. } => self.sites() - 1,
            Graph::Edges { edges, .. } => edges.len(),
            Graph::ErdosRenyi { .. } | Graph::Shell { .. } => {
                let mut count = 0;
                self.for_each_bond(|_| count += 1);
                count
            }
        }
    }

    /// Calls `f` for every bond, each once, in an order that depends on the description alone: lattices by the site that
    /// a bond starts at, then by offset; listed edges as listed; all others by i, then j, with i < j.
    pub fn for_each_bond(&self, mut f: impl FnMut(Bond)) {
        let list = |edges: Vec<(u32, u32)>, f: &mut dyn FnMut(Bond)| edges.into_iter().for_each(|(i, j)| f(Bond::plain(i, j)));
        match self {
            Graph::Lattice(lattice) => lattice.for_each_bond(f),
            Graph::Complete { n } => {
                let n = *n as u32;
                (0..n).for_each(|i| (i + 1..n).for_each(|j| f(Bond::plain(i, j))));
            }
            Graph::Bipartite { n, m } => {
                (0..*n).for_each(|i| (*n..n + m).for_each(|j| f(Bond::plain(i as u32, j as u32))));
            }
            Graph::RandomRegular { n, k, key } => list(random::regular(*n, *k, *key), &mut f),
            Graph::ErdosRenyi { n, p, key } => list(random::erdos_renyi(*n, *p, *key), &mut f),
            Graph::SmallWorld { n, k, p, key } => list(random::small_world(*n, *k, *p, *key), &mut f),
            Graph::ScaleFree { n, m, key } => list(random::scale_free(*n, *m, *key), &mut f),
            // Children are numbered after their parents, so that order by child is order by parent.
            Graph::Tree { branching, .. } => {
                (1..self.sites()).for_each(|j| f(Bond::plain(((j - 1) / branching) as u32, j as u32)))
            }
            Graph::Edges { edges, .. } => edges.iter().for_each(|&(i, j)| f(Bond::plain(i, j))),
            Graph::Shell { of, k } => {
                let Ok(neighbours) = of.neighbours() else { return };
                let mut mark = vec![0; neighbours.sites()];
                for i in 0..neighbours.sites() {
                    let ring = neighbours.at_distance(i, *k, &mut mark);
                    ring.into_iter().filter(|&j| j as usize > i).for_each(|j| f(Bond::plain(i as u32, j)));
                }
            }
        }
    }

    /// All bonds, in the order of [`Graph::for_each_bond`].
    pub fn bonds(&self) -> Vec<Bond> {
        let mut all = Vec::new();
        self.for_each_bond(|b| all.push(b));
        all
    }

    /// The position of a site, on a lattice.
    pub fn coordinates(&self, site: usize) -> Option<Vec<f64>> {
        match self {
            Graph::Lattice(lattice) => lattice.coordinates(site),
            _ => None,
        }
    }

    /// The number of directions of a lattice.
    pub fn dimension(&self) -> Option<usize> {
        match self {
            Graph::Lattice(lattice) => Some(lattice.dimension()),
            _ => None,
        }
    }

    /// The distances of all sites from one: Euclidean to the nearest periodic image on a lattice, else the number of bonds
    /// between, infinite where there is no way. `None` if there is no such site.
    pub fn distances_from(&self, i: usize) -> Option<Vec<f64>> {
        let n = self.sites();
        if i >= n {
            return None;
        }
        match self {
            Graph::Lattice(lattice) => lattice.distances_from(i),
            Graph::Complete { n } => Some((0..*n).map(|j| f64::from(u8::from(i != j))).collect()),
            Graph::Bipartite { n: first, .. } => {
                let between = |j: usize| {
                    if i == j {
                        0.0
                    } else if (i < *first) == (j < *first) {
                        2.0
                    } else {
                        1.0
                    }
                };
                Some((0..n).map(between).collect())
            }
            _ => {
                let steps = self.neighbours().ok()?.distances_from(i);
                Some(steps.into_iter().map(|d| if d == u32::MAX { f64::INFINITY } else { f64::from(d) }).collect())
            }
        }
    }

    /// The distance of two sites, as in [`Graph::distances_from`], which is cheaper for many.
    pub fn distance(&self, i: usize, j: usize) -> Option<f64> {
        match self {
            Graph::Lattice(lattice) => lattice.distance(i, j),
            _ => self.distances_from(i)?.get(j).copied(),
        }
    }

    /// The graph of k-th neighbours on the same sites: of the infinite lattice's k-th distance on a lattice, else of pairs
    /// exactly k bonds apart.
    pub fn shell(&self, k: usize) -> Result<Graph, String> {
        match self {
            Graph::Lattice(lattice) => Ok(Graph::Lattice(lattice.shell(k)?)),
            _ if k == 0 => Err("neighbour shells count from 1".into()),
            _ if k == 1 => Ok(self.clone()),
            _ => Ok(Graph::Shell { of: Arc::new(self.clone()), k }),
        }
    }

    /// The triangles of bonds, each once. On a lattice those that close without going around a boundary.
    pub fn triangles(&self) -> Result<Vec<Vec<u32>>, String> {
        match self {
            Graph::Lattice(lattice) => lattice.triangles(),
            Graph::Bipartite { .. } | Graph::Tree { .. } => Ok(Vec::new()),
            _ => loops::triangles(&self.neighbours()?),
        }
    }

    /// The elementary plaquettes of a lattice ([`Bravais::plaquettes`]). Errors: a graph that is no lattice.
    pub fn plaquettes(&self) -> Result<Vec<Vec<u32>>, String> {
        match self {
            Graph::Lattice(lattice) => lattice.plaquettes(),
            _ => Err(format!("plaquettes need a lattice, found {}", self.describe())),
        }
    }
}

/// Random graphs are made in memory: the number of bonds must be one that a list can hold.
fn drawable(bonds: f64) -> Result<(), String> {
    if bonds < 4_294_967_295.0 { Ok(()) } else { Err(format!("the graph would have about {bonds:.2e} bonds, more than 2^32")) }
}

fn check_edges(n: usize, edges: &[(u32, u32)]) -> Result<(), String> {
    for &(i, j) in edges {
        if i == j {
            return Err(format!("a bond joins site {i} to itself"));
        }
        if i.max(j) as usize >= n {
            return Err(format!("a bond joins sites {i} and {j}, but the sites are 0..{n}"));
        }
    }
    let mut sorted: Vec<(u32, u32)> = edges.iter().map(|&(i, j)| (i.min(j), i.max(j))).collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|w| w[0] == w[1]) {
        Some(w) => Err(format!("the bond between sites {} and {} is listed twice", w[0].0, w[0].1)),
        None => Ok(()),
    }
}
