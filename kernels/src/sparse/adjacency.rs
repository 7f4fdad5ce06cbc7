//! A pairwise energy as rows of neighbours (CSR).
//!
//! Owns the merging of repeated bonds and the reading of couplings as small integers. Knows no state.

use super::super::sampler::PairEnergy;
use super::lanes::common_unit;

/// Rows of neighbours: those of site i stand at `start[i]..start[i + 1]`, each once, no zero
/// coupling; those above i come first, then those below, each part ascending.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Adjacency<T> {
    pub start: Vec<u32>,
    /// A neighbour and the coupling to it.
    pub rows: Vec<(u32, T)>,
    /// One field a site.
    pub fields: Vec<T>,
}

impl<T: Copy> Adjacency<T> {
    pub fn sites(&self) -> usize {
        self.fields.len()
    }

    /// The largest number of neighbours of a site.
    pub fn most_neighbours(&self) -> usize {
        self.start.windows(2).map(|w| (w[1] - w[0]) as usize).max().unwrap_or(0)
    }

    #[inline(always)]
    pub fn row(&self, i: usize) -> &[(u32, T)] {
        &self.rows[self.start[i] as usize..self.start[i + 1] as usize]
    }

    pub fn map<U>(&self, f: impl Fn(T) -> U) -> Adjacency<U> {
        Adjacency {
            start: self.start.clone(),
            rows: self.rows.iter().map(|&(j, c)| (j, f(c))).collect(),
            fields: self.fields.iter().map(|&h| f(h)).collect(),
        }
    }
}

impl Adjacency<f64> {
    /// Collects the bonds of a checked energy; `Err` where there are more than 2^32 entries.
    pub fn new(energy: &PairEnergy) -> Result<Adjacency<f64>, String> {
        let n = energy.sites;
        if energy.bonds.len() >= (u32::MAX / 2) as usize {
            return Err(format!("{} bonds are more than this kernel can address", energy.bonds.len()));
        }
        let mut start = vec![0u32; n + 1];
        for &(i, j, _) in &energy.bonds {
            start[i as usize + 1] += 1;
            start[j as usize + 1] += 1;
        }
        for i in 0..n {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut all = vec![(0u32, 0.0); 2 * energy.bonds.len()];
        for &(i, j, coupling) in &energy.bonds {
            for (a, b) in [(i, j), (j, i)] {
                all[next[a as usize] as usize] = (b, coupling);
                next[a as usize] += 1;
            }
        }
        let mut rows: Vec<(u32, f64)> = Vec::with_capacity(all.len());
        let mut merged = vec![0u32; n + 1];
        for i in 0..n {
            let row = &mut all[start[i] as usize..start[i + 1] as usize];
            // A stable sort keeps repeated bonds in the order given, so both ends add them alike.
            row.sort_by_key(|entry| entry.0);
            for same in row.chunk_by(|a, b| a.0 == b.0) {
                let sum: f64 = same.iter().map(|entry| entry.1).sum();
                if sum != 0.0 {
                    rows.push((same[0].0, sum));
                }
            }
            // In a sequential sweep the neighbour just below i has moved last: what waits for it comes last too.
            let first = merged[i] as usize;
            let below = rows[first..].partition_point(|entry| (entry.0 as usize) < i);
            rows[first..].rotate_left(below);
            merged[i + 1] = rows.len() as u32;
        }
        let fields = if energy.fields.is_empty() { vec![0.0; n] } else { energy.fields.clone() };
        Ok(Adjacency { start: merged, rows, fields })
    }

    /// The same in integer units, where every local field then lies within -`largest`..=`largest`.
    pub fn integers(&self, largest: i32) -> Option<(Adjacency<i8>, f64)> {
        let values = self.rows.iter().map(|entry| entry.1).chain(self.fields.iter().copied());
        let unit = common_unit(values, f64::from(largest))?;
        let whole = self.map(|v| libm::round(v / unit) as i8);
        let widest =
            |i: usize| whole.row(i).iter().map(|&(_, c)| i32::from(c).abs()).sum::<i32>() + i32::from(whole.fields[i]).abs();
        (0..self.sites()).all(|i| widest(i) <= largest).then_some((whole, unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_bonds_are_added_and_zeros_dropped() {
        let bonds = vec![(0, 1, 0.5), (1, 2, 1.0), (1, 0, 1.0), (2, 1, -1.0)];
        let energy = PairEnergy { sites: 3, bonds, fields: vec![], constant: 0.0 };
        let a = Adjacency::new(&energy).unwrap();
        assert_eq!((a.row(0), a.row(1), a.row(2)), ([(1, 1.5)].as_slice(), [(0, 1.5)].as_slice(), [].as_slice()));
        let (whole, unit) = a.integers(120).unwrap();
        assert_eq!((whole.row(1)[0].1, unit), (1, 1.5));
    }
}
