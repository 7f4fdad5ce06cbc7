//! Triangles and plaquettes: the short closed loops of bonds.
//!
//! On a lattice a loop is one of the infinite lattice, so that what closes only around a periodic boundary is none.

use super::Neighbours;
use super::bravais::Bravais;
use std::collections::BTreeSet;

/// More loops than this are refused rather than listed.
const MOST_LOOPS: usize = 1 << 26;

/// A site of the infinite lattice.
type Place = (Vec<i32>, usize);

/// A loop up to translation, direction and starting point.
type Motif = Vec<Place>;

fn plus(x: &[i32], y: &[i32], turn: i32) -> Vec<i32> {
    x.iter().zip(y).map(|(a, b)| a + turn * b).collect()
}

/// Starts at the smallest site, goes towards the smaller of its two neighbours, and has that site's cell at the origin.
fn normalise(places: &[Place]) -> Motif {
    let n = places.len();
    let first = (0..n).min_by_key(|&i| &places[i]).unwrap_or(0);
    let forward = places[(first + 1) % n] < places[(first + n - 1) % n];
    let origin = &places[first].0;
    (0..n).map(|s| &places[(first + if forward { s } else { n - s }) % n]).map(|(c, b)| (plus(c, origin, -1), *b)).collect()
}

impl Bravais {
    fn steps(&self, b: usize) -> Vec<(Vec<i32>, usize)> {
        let zero = vec![0; self.dimension()];
        let forth = self.offsets.iter().filter(|o| o.from == b).map(|o| (o.cell.clone(), o.to));
        let back = self.offsets.iter().filter(|o| o.to == b).map(|o| (plus(&zero, &o.cell, -1), o.from));
        forth.chain(back).collect()
    }

    /// The loops of exactly `length` bonds, each once. Errors when the search is too large.
    fn motifs(&self, length: usize) -> Result<BTreeSet<Motif>, String> {
        let steps: Vec<_> = (0..self.basis.len()).map(|b| self.steps(b)).collect();
        let mut found = BTreeSet::new();
        let mut budget = 4_000_000usize;
        for b in 0..self.basis.len() {
            let mut path: Vec<Place> = vec![(vec![0; self.dimension()], b)];
            extend(&steps, &mut path, length, &mut budget, &mut found)?;
        }
        Ok(found)
    }

    /// Every place where the motifs fit into this piece.
    fn place(&self, motifs: &BTreeSet<Motif>) -> Result<Vec<Vec<u32>>, String> {
        let cells = self.sites() / self.basis.len().max(1);
        if cells.saturating_mul(motifs.len()) > MOST_LOOPS {
            return Err(format!("{} cells with {} loops each are more than can be listed", cells, motifs.len()));
        }
        let mut all = Vec::new();
        self.for_each_cell(|cell| {
            for motif in motifs {
                // A loop exists where each of its bonds does; between two sites inside, across no open side, it does.
                let sites: Option<Vec<u32>> =
                    motif.iter().map(|(c, b)| self.follow(cell, c, 1, *b).map(|(s, _)| s as u32)).collect();
                all.extend(sites);
            }
            true
        });
        Ok(all)
    }

    /// The triangles of bonds, each once, as three sites in the order around.
    pub fn triangles(&self) -> Result<Vec<Vec<u32>>, String> {
        self.place(&self.motifs(3)?)
    }

    /// The elementary plaquettes: the shortest closed loops of bonds (of 3 to 6), as sites in the order around. Squares
    /// on the square and the cubic lattice, triangles on the triangular and the kagome one, hexagons on the honeycomb.
    pub fn plaquettes(&self) -> Result<Vec<Vec<u32>>, String> {
        match self.shortest_loops()? {
            Some(motifs) => self.place(&motifs),
            None => Ok(Vec::new()),
        }
    }

    fn shortest_loops(&self) -> Result<Option<BTreeSet<Motif>>, String> {
        for length in 3..=6 {
            let motifs = self.motifs(length)?;
            if !motifs.is_empty() {
                return Ok(Some(motifs));
            }
        }
        Ok(None)
    }

    /// The number of sites of an elementary plaquette, without listing any; `None` where there are none.
    pub fn plaquette_width(&self) -> Result<Option<usize>, String> {
        Ok(self.shortest_loops()?.and_then(|motifs| motifs.first().map(Vec::len)))
    }
}

fn extend(
    steps: &[Vec<(Vec<i32>, usize)>],
    path: &mut Vec<Place>,
    length: usize,
    budget: &mut usize,
    found: &mut BTreeSet<Motif>,
) -> Result<(), String> {
    let Some((cell, b)) = path.last().cloned() else { return Ok(()) };
    for (step, to) in &steps[b] {
        if *budget == 0 {
            return Err("the lattice has too many bonds a site to list its loops".into());
        }
        *budget -= 1;
        let next = (plus(&cell, step, 1), *to);
        if path.len() == length {
            if next == path[0] {
                found.insert(normalise(path));
            }
        } else if !path.contains(&next) {
            path.push(next);
            extend(steps, path, length, budget, found)?;
            path.pop();
        }
    }
    Ok(())
}

/// The triangles of any graph, each once, ascending.
pub(super) fn triangles(neighbours: &Neighbours) -> Result<Vec<Vec<u32>>, String> {
    let n = neighbours.sites();
    let mut above: Vec<Vec<u32>> = Vec::with_capacity(n);
    for i in 0..n {
        let mut list: Vec<u32> = neighbours.of(i).iter().copied().filter(|&j| j as usize > i).collect();
        list.sort_unstable();
        list.dedup();
        above.push(list);
    }
    let mut all = Vec::new();
    for i in 0..n {
        for (m, &j) in above[i].iter().enumerate() {
            for &k in &above[i][m + 1..] {
                if above[j as usize].binary_search(&k).is_ok() {
                    if all.len() >= MOST_LOOPS {
                        return Err("the graph has more triangles than can be listed".into());
                    }
                    all.push(vec![i as u32, j, k]);
                }
            }
        }
    }
    Ok(all)
}
