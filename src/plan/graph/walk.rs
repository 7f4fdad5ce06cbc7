//! Walking a finite lattice: from site to cell and back, along bonds, and straight across.

use super::Bond;
use super::bravais::{Boundary, Bravais};
use super::shells::{self, Frame};

impl Bravais {
    /// The cell and the basis site of a site; `None` if there is no such site.
    pub fn cell(&self, site: usize) -> Option<(Vec<usize>, usize)> {
        if site >= self.sites() {
            return None;
        }
        let (mut rest, b) = (site / self.basis.len(), site % self.basis.len());
        let mut cell = vec![0; self.sizes.len()];
        for (x, &l) in cell.iter_mut().zip(&self.sizes).rev() {
            *x = rest % l;
            rest /= l;
        }
        Some((cell, b))
    }

    /// The site of a cell and a basis site; `None` outside the lattice.
    pub fn site(&self, cell: &[usize], b: usize) -> Option<usize> {
        let inside = cell.len() == self.sizes.len() && b < self.basis.len() && cell.iter().zip(&self.sizes).all(|(x, l)| x < l);
        inside.then(|| cell.iter().zip(&self.sizes).fold(0, |s, (&x, &l)| s * l + x) * self.basis.len() + b)
    }

    /// The position of a site, in the unit of the vectors.
    pub fn coordinates(&self, site: usize) -> Option<Vec<f64>> {
        let (cell, b) = self.cell(site)?;
        let mut x = self.basis[b].clone();
        for (v, c) in self.vectors.iter().zip(cell) {
            x.iter_mut().zip(v).for_each(|(x, v)| *x += c as f64 * v);
        }
        Some(x)
    }

    /// Follows a displacement of `turn` times `offset` from a cell: the basis site `b` of the cell it ends in, and
    /// whether an odd number of antiperiodic sides was crossed. `None` if it leaves through an open side.
    #[inline]
    pub(super) fn follow(&self, cell: &[usize], offset: &[i32], turn: i64, b: usize) -> Option<(usize, bool)> {
        let mut turned = false;
        let mut site = 0usize;
        for (a, &l) in self.sizes.iter().enumerate() {
            let length = l as i64;
            let mut x = cell[a] as i64 + turn * i64::from(offset[a]);
            if x < 0 || x >= length {
                match self.boundary[a] {
                    Boundary::Open => return None,
                    Boundary::Periodic => {}
                    Boundary::Antiperiodic => turned ^= x.div_euclid(length) & 1 == 1,
                }
                x = x.rem_euclid(length);
            }
            site = site * l + x as usize;
        }
        Some((site * self.basis.len() + b, turned))
    }

    /// Calls `f` for every cell, in order, until it returns `false`.
    pub(super) fn for_each_cell(&self, mut f: impl FnMut(&[usize]) -> bool) {
        let mut cell = vec![0; self.sizes.len()];
        'cells: while f(&cell) {
            for (x, &l) in cell.iter_mut().zip(&self.sizes).rev() {
                *x += 1;
                if *x < l {
                    continue 'cells;
                }
                *x = 0;
            }
            break;
        }
    }

    /// Calls `f` for every bond: by the site that it starts at, then in the order of the offsets.
    pub fn for_each_bond(&self, mut f: impl FnMut(Bond)) {
        self.for_each_bond_of_cell(|bond, _| f(bond));
    }

    /// The same, with the number of the bond's offset.
    pub fn for_each_bond_of_cell(&self, mut f: impl FnMut(Bond, usize)) {
        let offsets = || self.offsets.iter().enumerate();
        let by_from: Vec<Vec<_>> = (0..self.basis.len()).map(|b| offsets().filter(|(_, o)| o.from == b).collect()).collect();
        let mut base = 0u64;
        self.for_each_cell(|cell| {
            for (b, offsets) in by_from.iter().enumerate() {
                let i = (base + b as u64) as u32;
                for &(k, o) in offsets {
                    if let Some((j, turned)) = self.follow(cell, &o.cell, 1, o.to) {
                        f(Bond { i, j: j as u32, sign: if turned { -1 } else { 1 }, direction: o.direction as u16 }, k);
                    }
                }
            }
            base += self.basis.len() as u64;
            true
        });
    }

    /// Calls `f(neighbour, sign)` for every bond of a site; a neighbour over two bonds comes twice.
    pub fn for_each_neighbour(&self, site: usize, mut f: impl FnMut(u32, i8)) {
        let Some((cell, b)) = self.cell(site) else { return };
        for o in &self.offsets {
            for (here, there, turn) in [(o.from, o.to, 1), (o.to, o.from, -1)] {
                if here == b
                    && let Some((j, turned)) = self.follow(&cell, &o.cell, turn, there)
                {
                    f(j as u32, if turned { -1 } else { 1 });
                }
            }
        }
    }

    /// The lattice of periods, if some direction has one.
    fn periods(&self) -> Option<Frame> {
        let closed = (0..self.sizes.len()).filter(|&a| self.boundary[a] != Boundary::Open);
        let long = closed.map(|a| self.vectors[a].iter().map(|x| x * self.sizes[a] as f64).collect()).collect::<Vec<Vec<f64>>>();
        if long.is_empty() { None } else { Frame::new(&long).ok() }
    }

    /// The Euclidean distance of two sites, to the nearest periodic image; `None` if a site is not there.
    pub fn distance(&self, i: usize, j: usize) -> Option<f64> {
        let (x, y) = (self.coordinates(i)?, self.coordinates(j)?);
        let x: Vec<f64> = y.iter().zip(&x).map(|(y, x)| y - x).collect();
        Some(self.periods().map_or_else(|| shells::norm(&x), |p| p.shortest_image(&x)))
    }

    /// The distances of all sites from one, as [`Bravais::distance`].
    pub fn distances_from(&self, i: usize) -> Option<Vec<f64>> {
        let from = self.coordinates(i)?;
        let periods = self.periods();
        let mut all = Vec::with_capacity(self.sites());
        self.for_each_cell(|cell| {
            for position in &self.basis {
                let mut x: Vec<f64> = position.iter().zip(&from).map(|(p, f)| p - f).collect();
                for (v, &c) in self.vectors.iter().zip(cell) {
                    x.iter_mut().zip(v).for_each(|(x, v)| *x += c as f64 * v);
                }
                all.push(periods.as_ref().map_or_else(|| shells::norm(&x), |p| p.shortest_image(&x)));
            }
            true
        });
        Some(all)
    }
}
