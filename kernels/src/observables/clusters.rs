//! Geometric clusters: sites of equal values that bonds connect (Hoshen and Kopelman, Phys. Rev. B 14, 3438 (1976), by disjoint
//! sets). Their number, their sizes, and which of them reach from side to side.

use super::unite::{alike, root, start, unite};
use super::{Observable, Scratch};

/// Numbers that come before the histogram: clusters, largest size, mean size without the largest, sites in clusters.
pub const HEAD: usize = 4;

/// `[number, largest, mean size, sites, histogram...]`: the mean size is Σ' s² / Σ' s over the clusters without (one of) the
/// largest, 0 where there is no other (Stauffer and Aharony, Introduction to Percolation Theory); entry k of the histogram
/// counts clusters of 2^k to 2^(k+1) - 1 sites.
pub struct Clusters {
    pub sites: usize,
    pub bonds: Vec<(u32, u32)>,
    /// Only sites of this value.
    pub only: Option<f64>,
}

impl Clusters {
    /// The classes of the histogram.
    pub fn classes(sites: usize) -> usize {
        sites.max(1).ilog2() as usize + 1
    }
}

impl Observable for Clusters {
    fn len(&self) -> usize {
        HEAD + Clusters::classes(self.sites)
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        let x = x[0];
        let Scratch { parents, sizes, .. } = scratch;
        start(parents, self.sites);
        for &(i, j) in &self.bonds {
            if alike(x[i as usize], x[j as usize], self.only) {
                unite(parents, i, j);
            }
        }
        sizes.clear();
        sizes.resize(self.sites, 0);
        for i in 0..self.sites as u32 {
            // Parents come before their children, so that one step up is the root.
            let above = parents[parents[i as usize] as usize];
            parents[i as usize] = above;
            if self.only.is_none_or(|v| x[i as usize] == v) {
                sizes[above as usize] += 1;
            }
        }
        out.fill(0.0);
        let (mut largest, mut squares) = (0.0f64, 0.0);
        for &s in sizes.iter().filter(|&&s| s > 0) {
            out[0] += 1.0;
            out[3] += f64::from(s);
            out[HEAD + s.ilog2() as usize] += 1.0;
            squares += f64::from(s) * f64::from(s);
            largest = largest.max(f64::from(s));
        }
        let others = out[3] - largest;
        out[1] = largest;
        out[2] = if others > 0.0 { (squares - largest * largest) / others } else { 0.0 };
    }
}

/// Whether some cluster reaches from the first to the last cells of a direction: `[any of the directions, each of them...]`, 0 or 1.
pub struct Spanning {
    pub sites: usize,
    pub bonds: Vec<(u32, u32)>,
    pub only: Option<f64>,
    /// The sites at both sides of each direction.
    pub sides: Vec<(Vec<u32>, Vec<u32>)>,
}

impl Observable for Spanning {
    fn len(&self) -> usize {
        1 + self.sides.len()
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        let x = x[0];
        let Scratch { parents, sizes: marks, .. } = scratch;
        start(parents, self.sites);
        for &(i, j) in &self.bonds {
            if alike(x[i as usize], x[j as usize], self.only) {
                unite(parents, i, j);
            }
        }
        let counted = |i: u32| self.only.is_none_or(|v| x[i as usize] == v);
        marks.clear();
        marks.resize(self.sites, 0);
        out.fill(0.0);
        for (d, (low, high)) in self.sides.iter().enumerate() {
            let mark = d as u32 + 1;
            for &i in low.iter().filter(|&&i| counted(i)) {
                let r = root(parents, i);
                marks[r as usize] = mark;
            }
            let reached = high.iter().filter(|&&i| counted(i)).any(|&i| {
                let r = root(parents, i);
                marks[r as usize] == mark
            });
            if reached {
                (out[0], out[1 + d]) = (1.0, 1.0);
            }
        }
    }
}
