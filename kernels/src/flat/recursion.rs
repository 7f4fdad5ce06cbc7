//! Multicanonical iterations: ln g from histograms of walks with fixed weights.
//!
//! After an iteration the difference of ln g between neighbouring levels E and E' is estimated by its present value plus
//! ln H(E') / H(E); such estimates are averaged over the iterations with weights H H' / (H + H'), the inverse of the variance
//! of independent visits (B. A. Berg, J. Stat. Phys. 82, 323 (1996); W. Janke, Physica A 254, 164 (1998)). Beyond
//! the levels visited ln g goes on as a straight line: there the walk is canonical. Iterations grow longer as long as the histogram is not flat.

use serde::{Deserialize, Serialize};

use super::learn::union;
use super::walk::Walk;

/// Levels from the edge over which the slope beyond it is taken.
const EDGE: usize = 4;

/// The accumulated weight of the difference to the next level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Link {
    from: i64,
    to: i64,
    weight: f64,
}

/// Where the iterations are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recursion {
    /// Sweeps of the present iteration, and those still to do.
    length: u64,
    pub left: u64,
    /// Iterations that are over.
    pub rounds: u32,
    /// Of each walker, ascending.
    links: Vec<Vec<Link>>,
}

impl Recursion {
    pub fn new(walkers: usize, length: u64) -> Recursion {
        Recursion { length, left: length, rounds: 0, links: vec![Vec::new(); walkers] }
    }

    pub fn walkers(&self) -> usize {
        self.links.len()
    }

    /// Ends an iteration: new weights for every walker. True where each was flat over all levels that any knows.
    pub fn turn(&mut self, walks: &mut [Walk], flatness: f64) -> bool {
        let before = union(walks).len();
        for walk in walks.iter_mut() {
            for (level, seen) in walk.window.levels.iter().zip(&mut walk.window.seen) {
                *seen |= level.visits > 0;
            }
        }
        let known = union(walks);
        let flat = walks.iter().all(|walk| walk.window.flatness(&known) >= flatness);
        for (walk, links) in walks.iter_mut().zip(&mut self.links) {
            update(walk, links);
        }
        // While new levels come in, a longer iteration would only stay longer where it is known already.
        let grown = if known.len() > before { self.length + self.length / 10 } else { self.length + self.length / 2 };
        self.length = grown.max(self.length + 1);
        self.left = self.length;
        self.rounds += 1;
        flat
    }
}

fn update(walk: &mut Walk, links: &mut Vec<Link>) {
    let window = &mut walk.window;
    let known: Vec<i64> = window.known().collect();
    let level = |index: i64| window.levels[(index - window.first) as usize];
    let mut ln_g = vec![0.0];
    let mut new_links = Vec::with_capacity(known.len());
    for pair in known.windows(2) {
        let (a, b) = (level(pair[0]), level(pair[1]));
        let old = links.binary_search_by_key(&pair[0], |l| l.from).ok().map(|k| links[k]).filter(|l| l.to == pair[1]);
        let mut link = Link { from: pair[0], to: pair[1], weight: old.map_or(0.0, |l| l.weight) };
        let mut difference = b.ln_g - a.ln_g;
        if a.visits > 0 && b.visits > 0 {
            let (x, y) = (a.visits as f64, b.visits as f64);
            let weight = x * y / (x + y);
            link.weight += weight;
            difference += weight / link.weight * libm::log(y / x);
        }
        ln_g.push(ln_g[ln_g.len() - 1] + difference);
        new_links.push(link);
    }
    *links = new_links;
    let most = ln_g.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    ln_g.iter_mut().for_each(|s| *s -= most);
    // Levels between known ones on the straight line, those beyond on the continuation of the last few.
    let last = known.len() - 1;
    let step = |from: usize, to: usize| {
        if from == to { 0.0 } else { (ln_g[from] - ln_g[to]) / (known[from] - known[to]).unsigned_abs() as f64 }
    };
    window.slopes = (step(0, EDGE.min(last)), step(last, last - EDGE.min(last)));
    let mut next = 0;
    for (k, entry) in window.levels.iter_mut().enumerate() {
        let index = window.first + k as i64;
        while next <= last && known[next] < index {
            next += 1;
        }
        entry.ln_g = if next > last {
            ln_g[last] + window.slopes.1 * (index - known[last]) as f64
        } else if known[next] == index {
            ln_g[next]
        } else if next == 0 {
            ln_g[0] + window.slopes.0 * (known[0] - index) as f64
        } else {
            let part = (index - known[next - 1]) as f64 / (known[next] - known[next - 1]) as f64;
            ln_g[next - 1] + part * (ln_g[next] - ln_g[next - 1])
        };
        entry.visits = 0;
    }
}
