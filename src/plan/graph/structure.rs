//! What can be read off any graph: neighbours, graph distances, colourings, degrees.

use super::{Bond, Graph};
use std::collections::VecDeque;

/// The bonds of each site, in compressed rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// The entries of site i are `starts[i]..starts[i + 1]`.
    pub starts: Vec<usize>,
    /// The site at the other end. Within a row, in the order of the bonds.
    pub sites: Vec<u32>,
    /// −1 across an antiperiodic boundary, else +1.
    pub signs: Vec<i8>,
    /// The bond's place in [`Graph::bonds`].
    pub bonds: Vec<u32>,
}

impl Neighbours {
    /// The rows of a list of bonds. Errors: more bonds than an index of 32 bits can number.
    pub fn new(n: usize, bonds: &[Bond]) -> Result<Neighbours, String> {
        if u32::try_from(bonds.len()).is_err() {
            return Err(format!("{} bonds are more than a list of neighbours can number (2^32)", bonds.len()));
        }
        let mut starts = vec![0usize; n + 1];
        for b in bonds {
            starts[b.i as usize + 1] += 1;
            starts[b.j as usize + 1] += 1;
        }
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let (mut sites, mut signs, mut index) = (vec![0; 2 * bonds.len()], vec![0; 2 * bonds.len()], vec![0; 2 * bonds.len()]);
        for (m, b) in bonds.iter().enumerate() {
            for (from, to) in [(b.i, b.j), (b.j, b.i)] {
                let at = next[from as usize];
                (sites[at], signs[at], index[at]) = (to, b.sign, m as u32);
                next[from as usize] += 1;
            }
        }
        Ok(Neighbours { starts, sites, signs, bonds: index })
    }

    /// The number of sites.
    pub fn sites(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The neighbours of a site; one over two bonds comes twice.
    pub fn of(&self, i: usize) -> &[u32] {
        &self.sites[self.starts[i]..self.starts[i + 1]]
    }

    /// The sites exactly `k` bonds from a site. `mark` holds a number a site, of which none is i + 1 before.
    pub(super) fn at_distance(&self, i: usize, k: usize, mark: &mut [usize]) -> Vec<u32> {
        let mut ring = vec![i as u32];
        mark[i] = i + 1;
        for _ in 0..k {
            let mut next = Vec::new();
            for &v in ring.iter().flat_map(|&u| self.of(u as usize)) {
                if mark[v as usize] != i + 1 {
                    mark[v as usize] = i + 1;
                    next.push(v);
                }
            }
            ring = next;
            if ring.is_empty() {
                break;
            }
        }
        ring.sort_unstable();
        ring
    }

    /// The numbers of bonds from a site to all others, `u32::MAX` where there is no way.
    pub fn distances_from(&self, i: usize) -> Vec<u32> {
        let mut distance = vec![u32::MAX; self.sites()];
        let mut queue = VecDeque::from([i as u32]);
        distance[i] = 0;
        while let Some(u) = queue.pop_front() {
            for &v in self.of(u as usize) {
                if distance[v as usize] == u32::MAX {
                    distance[v as usize] = distance[u as usize] + 1;
                    queue.push_back(v);
                }
            }
        }
        distance
    }
}

/// Calls the second function with each neighbour of a site.
type Visit<'a> = &'a mut dyn FnMut(usize, &mut dyn FnMut(u32));

/// Colours 0 and 1 such that each bond joins both, if there are; site 0 of each component has colour 0.
pub(super) fn two_colouring(n: usize, visit: Visit) -> Option<Vec<u8>> {
    let mut colour = vec![2u8; n];
    let mut queue = VecDeque::new();
    for root in 0..n {
        if colour[root] != 2 {
            continue;
        }
        colour[root] = 0;
        queue.push_back(root as u32);
        while let Some(u) = queue.pop_front() {
            let other = 1 - colour[u as usize];
            let mut conflict = false;
            visit(u as usize, &mut |v| {
                let c = &mut colour[v as usize];
                if *c == 2 {
                    *c = other;
                    queue.push_back(v);
                }
                conflict |= *c != other;
            });
            if conflict {
                return None;
            }
        }
    }
    Some(colour)
}

impl Graph {
    /// The bonds of each site. Errors: more bonds than can be numbered.
    pub fn neighbours(&self) -> Result<Neighbours, String> {
        Neighbours::new(self.sites(), &self.bonds())
    }

    /// The two sublattices, as colours 0 and 1; `None` if the graph is not bipartite.
    pub fn two_colouring(&self) -> Option<Vec<u8>> {
        let n = self.sites();
        match self {
            Graph::Lattice(lattice) => two_colouring(n, &mut |i, f| lattice.for_each_neighbour(i, |j, _| f(j))),
            Graph::Complete { n } => (*n <= 2).then(|| (0..*n as u8).collect()),
            Graph::Bipartite { n: first, .. } => Some((0..n).map(|i| u8::from(i >= *first)).collect()),
            _ => {
                let neighbours = self.neighbours().ok()?;
                two_colouring(n, &mut |i, f| neighbours.of(i).iter().for_each(|&j| f(j)))
            }
        }
    }

    /// Whether the sites fall into two classes with no bond inside one.
    pub fn is_bipartite(&self) -> bool {
        match self {
            Graph::Lattice(lattice) if lattice.alternates() => true,
            Graph::Complete { n } => *n <= 2,
            Graph::Bipartite { .. } | Graph::Tree { .. } => true,
            _ => self.two_colouring().is_some(),
        }
    }
}
