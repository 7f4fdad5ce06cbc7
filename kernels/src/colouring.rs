//! Colourings of graphs: sites of one colour are not neighbours, so that their updates do not see each other.
//!
//! Two colours where the graph is bipartite; otherwise greedy in smallest-last order (Matula, Beck, J. ACM 30, 417 (1983)),
//! which takes at most one colour more than the largest minimum degree of a subgraph. Knows sites and edges only.

use std::collections::VecDeque;

/// Colours of sites.
#[derive(Clone, Debug, PartialEq)]
pub struct Colouring {
    /// The colour of each site, 0..colours.
    pub colour: Vec<u32>,
    pub colours: u32,
}

impl Colouring {
    /// A colouring of a graph. Edges may stand several times, in either direction; `Err` where one does not join two of the
    /// sites.
    pub fn new(sites: usize, edges: &[(u32, u32)]) -> Result<Colouring, String> {
        if let Some((i, j)) = edges.iter().find(|&&(i, j)| i == j || i.max(j) as usize >= sites) {
            return Err(format!("edge ({i}, {j}) does not join two of {sites} sites"));
        }
        let graph = Graph::new(sites, edges);
        let colour = graph.two_colours().unwrap_or_else(|| graph.greedy(&graph.smallest_last()));
        let colours = colour.iter().max().map_or(0, |c| c + 1);
        Ok(Colouring { colour, colours })
    }

    /// The sites sorted by colour, within a colour by number.
    pub fn order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.colour.len() as u32).collect();
        order.sort_by_key(|&i| self.colour[i as usize]);
        order
    }
}

/// Rows of neighbours, ascending and each once.
struct Graph {
    start: Vec<usize>,
    rows: Vec<u32>,
}

impl Graph {
    fn new(sites: usize, edges: &[(u32, u32)]) -> Graph {
        let mut both: Vec<(u32, u32)> = edges.iter().flat_map(|&(i, j)| [(i, j), (j, i)]).collect();
        both.sort_unstable();
        both.dedup();
        let mut start = vec![0; sites + 1];
        both.iter().for_each(|e| start[e.0 as usize + 1] += 1);
        for i in 0..sites {
            start[i + 1] += start[i];
        }
        Graph { start, rows: both.into_iter().map(|e| e.1).collect() }
    }

    fn row(&self, i: usize) -> &[u32] {
        &self.rows[self.start[i]..self.start[i + 1]]
    }

    fn sites(&self) -> usize {
        self.start.len() - 1
    }

    /// Colours 0 and 1 by breadth-first search, if that is possible. Without any edge one colour is enough.
    fn two_colours(&self) -> Option<Vec<u32>> {
        const NONE: u32 = u32::MAX;
        let mut colour = vec![NONE; self.sites()];
        for first in 0..self.sites() {
            if colour[first] != NONE {
                continue;
            }
            colour[first] = 0;
            let mut waiting = VecDeque::from([first]);
            while let Some(i) = waiting.pop_front() {
                for &j in self.row(i) {
                    let j = j as usize;
                    if colour[j] == NONE {
                        colour[j] = 1 - colour[i];
                        waiting.push_back(j);
                    } else if colour[j] == colour[i] {
                        return None;
                    }
                }
            }
        }
        Some(colour)
    }

    /// The reverse of taking away a site of the smallest remaining degree again and again.
    fn smallest_last(&self) -> Vec<u32> {
        let n = self.sites();
        let mut degree: Vec<usize> = (0..n).map(|i| self.row(i).len()).collect();
        let mut buckets = vec![Vec::new(); degree.iter().max().map_or(0, |d| d + 1)];
        // Sites stand in a bucket for each degree that they have had; only the entry of the present degree counts.
        for i in (0..n).rev() {
            buckets[degree[i]].push(i as u32);
        }
        let mut taken = vec![false; n];
        let mut order = Vec::with_capacity(n);
        let mut least = 0;
        while order.len() < n {
            let Some(i) = buckets[least].pop() else {
                least += 1;
                continue;
            };
            if taken[i as usize] || degree[i as usize] != least {
                continue;
            }
            taken[i as usize] = true;
            order.push(i);
            for &j in self.row(i as usize) {
                if !taken[j as usize] {
                    degree[j as usize] -= 1;
                    buckets[degree[j as usize]].push(j);
                }
            }
            least = least.saturating_sub(1);
        }
        order.reverse();
        order
    }

    /// The lowest colour that no neighbour has, site after site.
    fn greedy(&self, order: &[u32]) -> Vec<u32> {
        let mut colour = vec![u32::MAX; self.sites()];
        // The last site at which a colour was found among the neighbours.
        let mut seen = vec![u32::MAX; self.sites() + 1];
        for &i in order {
            for &j in self.row(i as usize) {
                if let Some(mark) = seen.get_mut(colour[j as usize] as usize) {
                    *mark = i;
                }
            }
            colour[i as usize] = seen.iter().position(|&mark| mark != i).unwrap_or(0) as u32;
        }
        colour
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::{Key, Stream};
    use super::*;

    fn colours(sites: usize, edges: &[(u32, u32)]) -> u32 {
        let found = Colouring::new(sites, edges).unwrap();
        assert!(edges.iter().all(|&(i, j)| found.colour[i as usize] != found.colour[j as usize]));
        assert!(found.colour.iter().all(|&c| c < found.colours));
        let order = found.order();
        assert!(order.windows(2).all(|w| (found.colour[w[0] as usize], w[0]) < (found.colour[w[1] as usize], w[1])));
        found.colours
    }

    fn ring(n: u32) -> Vec<(u32, u32)> {
        (0..n).map(|i| (i, (i + 1) % n)).collect()
    }

    #[test]
    fn known_graphs() {
        assert_eq!(colours(0, &[]), 0);
        assert_eq!(colours(3, &[]), 1);
        assert_eq!(colours(8, &ring(8)), 2);
        assert_eq!(colours(9, &ring(9)), 3);
        assert_eq!(colours(2, &[(0, 1), (1, 0), (0, 1)]), 2);
        let complete: Vec<(u32, u32)> = (0..6).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        assert_eq!(colours(6, &complete), 6);
        // The triangular lattice of 6 x 6: degree 6, and three colours exist; smallest-last stays below degree + 1.
        let at = |x: u32, y: u32| x % 6 + 6 * (y % 6);
        let triangular: Vec<(u32, u32)> = (0..36)
            .flat_map(|i| {
                let (x, y) = (i % 6, i / 6);
                [(i, at(x + 1, y)), (i, at(x, y + 1)), (i, at(x + 1, y + 1))]
            })
            .collect();
        assert!((3..=5).contains(&colours(36, &triangular)));
        assert!(Colouring::new(3, &[(0, 3)]).is_err() && Colouring::new(3, &[(1, 1)]).is_err());
    }

    #[test]
    fn random_graphs_take_few_colours() {
        let mut stream = Stream::new(Key(1, 300));
        for _ in 0..50 {
            let mut edges: Vec<(u32, u32)> = (0..150).map(|_| (stream.below(60), stream.below(60))).collect();
            edges.retain(|e| e.0 != e.1);
            // Greedy can need no more than the largest degree and one.
            let most = (0..60).map(|i| edges.iter().filter(|e| e.0 == i || e.1 == i).count()).max().unwrap_or(0);
            assert!(colours(60, &edges) <= most as u32 + 1);
        }
    }
}
