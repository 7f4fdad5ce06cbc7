//! A finite piece of a Bravais lattice with a basis: its declaration, its checks, and what follows from
//! formulas. Nothing here is proportional to the number of sites.

use super::shells::{self, Frame, Pair};
use serde::{Deserialize, Serialize};

/// What happens to the bonds that leave the lattice in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Boundary {
    /// They come back at the other side.
    Periodic,
    /// They are left out.
    Open,
    /// They come back with the opposite sign.
    Antiperiodic,
}

/// Which sites are bonded, on the infinite lattice.
#[derive(Clone, Debug, PartialEq)]
pub enum Bonds {
    /// All pairs up to the k-th neighbour distance (k from 1).
    Nearest(usize),
    /// All pairs at exactly the k-th neighbour distance.
    Shell(usize),
    /// All pairs at most this far apart.
    Within(f64),
    /// (from, to, cell): basis site `from` of a cell to basis site `to` of the cell displaced by `cell`.
    Explicit(Vec<(usize, usize, Vec<i32>)>),
}

/// One bond of the unit cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offset {
    /// Basis site that the bond starts at.
    pub from: usize,
    /// Basis site that it ends at.
    pub to: usize,
    /// Displacement of the end's cell, in lattice vectors.
    pub cell: Vec<i32>,
    /// Euclidean length, in the unit of the vectors.
    pub length: f64,
    /// Offsets with the same displacement, up to sign, share a direction; directions count from 0.
    pub direction: usize,
}

/// A finite piece of a lattice.
///
/// Sites are numbered row-major over the cells, the last coordinate fastest and the basis innermost:
/// site = ((x0 L1 + x1) L2 + x2) n_basis + b.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bravais {
    /// How the user called it; for people only.
    pub name: String,
    /// Cells along each direction.
    pub sizes: Vec<usize>,
    /// d vectors of a Euclidean space of dimension D >= d.
    pub vectors: Vec<Vec<f64>>,
    /// Positions of the sites of a cell.
    pub basis: Vec<Vec<f64>>,
    /// The bonds of a cell, each unordered bond once: from the smaller basis site, or within one, with the
    /// first component of the cell that is not zero positive.
    pub offsets: Vec<Offset>,
    /// One a direction.
    pub boundary: Vec<Boundary>,
}

/// Sites that an index of 32 bits can number.
pub(super) const MOST_SITES: u64 = 1 << 32;

/// Sites that a cell may have: every pair of them is looked at.
const MOST_BASIS: usize = 1024;

/// Bonds that a cell may have; directions then fit 16 bits.
const MOST_BONDS: usize = 10_000;

/// "1 lattice vector", "2 lattice vectors".
fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// "(1, -1)".
pub(super) fn tuple(cell: &[i32]) -> String {
    format!("({})", cell.iter().map(i32::to_string).collect::<Vec<_>>().join(", "))
}

impl Bravais {
    /// A lattice from its declaration.
    ///
    /// An empty basis is one site at the origin; one boundary stands for every direction, none for periodic.
    /// Errors: anything that is not a lattice whose bonds each join two different sites, as a reason.
    pub fn new(
        name: &str,
        sizes: Vec<usize>,
        vectors: Vec<Vec<f64>>,
        basis: Vec<Vec<f64>>,
        bonds: &Bonds,
        boundary: Vec<Boundary>,
    ) -> Result<Bravais, String> {
        let d = vectors.len();
        let basis = if basis.is_empty() { vec![vec![0.0; vectors.first().map_or(0, Vec::len)]] } else { basis };
        let boundary = match boundary.len() {
            0 => vec![Boundary::Periodic; d],
            1 => vec![boundary[0]; d],
            _ => boundary,
        };
        let mut lattice = Bravais { name: name.to_string(), sizes, vectors, basis, offsets: Vec::new(), boundary };
        let frame = lattice.check_cell()?;
        let pairs = lattice.pairs(&frame, bonds)?;
        lattice.set_offsets(&frame, pairs)?;
        lattice.check_offsets()?;
        if !matches!(bonds, Bonds::Explicit(_)) {
            lattice.check_images()?;
        }
        if matches!(bonds, Bonds::Shell(_)) && lattice.offsets.iter().all(|o| lattice.count(o) == Some(0)) {
            return Err(format!("no two sites of {} are that far apart: make the lattice larger", lattice.extents()));
        }
        Ok(lattice)
    }

    /// Whether this is a lattice at all. [`Bravais::new`] gives only such; a value read from elsewhere may not be.
    pub fn check(&self) -> Result<(), String> {
        self.check_cell()?;
        let d = self.vectors.len();
        for o in &self.offsets {
            if o.from >= self.basis.len() || o.to >= self.basis.len() || o.cell.len() != d {
                return Err(format!("bond {} is not one of this lattice", tuple(&o.cell)));
            }
        }
        self.check_offsets()
    }

    fn check_cell(&self) -> Result<Frame, String> {
        let d = self.vectors.len();
        if d == 0 {
            return Err("a lattice needs at least one vector".into());
        }
        if self.sizes.len() != d || self.boundary.len() != d {
            let sizes = counted(self.sizes.len(), "size");
            let wrong = if self.sizes.len() != d { sizes } else { format!("{} boundaries", self.boundary.len()) };
            return Err(format!("{} need as many sizes and boundaries, found {wrong}", counted(d, "lattice vector")));
        }
        let space = self.vectors[0].len();
        if let Some(v) = self.vectors.iter().chain(&self.basis).find(|v| v.len() != space) {
            return Err(format!("vectors and basis must have the same number of components, found {space} and {}", v.len()));
        }
        if space < d {
            return Err(format!("{} in a space of dimension {space} cannot be independent", counted(d, "vector")));
        }
        if self.basis.len() > MOST_BASIS {
            return Err(format!("a basis of {} sites is more than the {MOST_BASIS} that a cell may have", self.basis.len()));
        }
        let frame = Frame::new(&self.vectors)?;
        if self.basis.iter().flatten().any(|x| !x.is_finite() || x.abs() > 1e100) {
            return Err("a basis position has a component that is not an ordinary number".into());
        }
        if let Some(a) = self.sizes.iter().position(|&l| l == 0) {
            return Err(format!("size {a} is 0: a lattice needs at least one cell in every direction"));
        }
        let start = self.basis.len() as u64;
        match self.sizes.iter().try_fold(start, |n, &l| n.checked_mul(l as u64).filter(|&n| n <= MOST_SITES)) {
            Some(_) => Ok(frame),
            None => {
                let about: f64 = self.sizes.iter().map(|&l| l as f64).product::<f64>() * start as f64;
                Err(format!("the lattice would have {about:.2e} sites, more than the 2^32 that can be numbered"))
            }
        }
    }

    fn pairs(&self, frame: &Frame, bonds: &Bonds) -> Result<Vec<Pair>, String> {
        let closest = 1e-6 * frame.shortest();
        let near = shells::pairs_within(frame, &self.basis, closest)?;
        if let Some(p) = near.first() {
            return Err(format!("basis sites {} and {} lie on the same point", p.from, p.to));
        }
        match bonds {
            Bonds::Nearest(k) => shells::shells(frame, &self.basis, *k),
            Bonds::Shell(k) => {
                let mut pairs = shells::shells(frame, &self.basis, *k)?;
                let furthest = pairs.last().map_or(0.0, |p| p.length);
                pairs.retain(|p| p.length == furthest);
                Ok(pairs)
            }
            Bonds::Within(r) => {
                if !(r.is_finite() && *r > 0.0) {
                    return Err(format!("bonds within {r}: the distance must be positive"));
                }
                shells::pairs_within(frame, &self.basis, *r)
            }
            Bonds::Explicit(list) => self.explicit(frame, list),
        }
    }

    fn explicit(&self, frame: &Frame, list: &[(usize, usize, Vec<i32>)]) -> Result<Vec<Pair>, String> {
        let (d, n) = (self.vectors.len(), self.basis.len());
        let mut pairs: Vec<Pair> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (from, to, cell) in list {
            if *from >= n || *to >= n {
                return Err(format!("a bond joins basis sites {from} and {to}, the basis has {}", counted(n, "site")));
            }
            if cell.len() != d {
                return Err(format!("a bond to cell {} needs {}", tuple(cell), counted(d, "component")));
            }
            if cell.iter().any(|c| c.unsigned_abs() > 1_000_000_000) {
                return Err(format!("a bond to cell {} reaches too far", tuple(cell)));
            }
            if from == to && cell.iter().all(|&c| c == 0) {
                return Err(format!("a bond joins basis site {from} to itself"));
            }
            let (from, to, cell) = shells::canonical(*from, *to, cell);
            if !seen.insert((from, to, cell.clone())) {
                return Err(format!("the bond from basis site {from} to {to} of cell {} is listed twice", tuple(&cell)));
            }
            let x: Vec<f64> = self.basis[to].iter().zip(&self.basis[from]).map(|(t, f)| t - f).collect();
            let wide: Vec<i64> = cell.iter().map(|&c| i64::from(c)).collect();
            let length = shells::norm(&frame.shifted(&x, &wide));
            pairs.push(Pair { from, to, cell, length });
        }
        Ok(pairs)
    }

    fn set_offsets(&mut self, frame: &Frame, pairs: Vec<Pair>) -> Result<(), String> {
        let mut directions: Vec<Vec<f64>> = Vec::new();
        for p in pairs {
            let x: Vec<f64> = self.basis[p.to].iter().zip(&self.basis[p.from]).map(|(t, f)| t - f).collect();
            let wide: Vec<i64> = p.cell.iter().map(|&c| i64::from(c)).collect();
            let v = frame.shifted(&x, &wide);
            let margin = shells::TOLERANCE * p.length;
            let known = directions.iter().position(|u| {
                let same = u.iter().zip(&v).all(|(a, b)| (a - b).abs() <= margin);
                same || u.iter().zip(&v).all(|(a, b)| (a + b).abs() <= margin)
            });
            let direction = known.unwrap_or(directions.len());
            if known.is_none() {
                directions.push(v);
            }
            if self.offsets.len() >= MOST_BONDS {
                return Err(format!("a cell has more than {MOST_BONDS} bonds: ask for fewer shells"));
            }
            self.offsets.push(Offset { from: p.from, to: p.to, cell: p.cell, length: p.length, direction });
        }
        Ok(())
    }

    /// Refuses bonds that are longer than the way around the boundary between the same two sites.
    fn check_images(&self) -> Result<(), String> {
        let around: Vec<Vec<f64>> = (0..self.sizes.len())
            .filter(|&a| self.boundary[a] != Boundary::Open)
            .map(|a| self.vectors[a].iter().map(|x| x * self.sizes[a] as f64).collect())
            .collect();
        if around.is_empty() {
            return Ok(());
        }
        let (frame, torus) = (Frame::new(&self.vectors)?, Frame::new(&around)?);
        for o in &self.offsets {
            let x: Vec<f64> = self.basis[o.to].iter().zip(&self.basis[o.from]).map(|(t, f)| t - f).collect();
            let wide: Vec<i64> = o.cell.iter().map(|&c| i64::from(c)).collect();
            let shortest = torus.shortest_image(&frame.shifted(&x, &wide));
            if shortest < o.length * (1.0 - 1e-6) && self.count(o) != Some(0) {
                return Err(format!(
                    "sites at the distance {:.4} are nearer around the boundary of {}, {shortest:.4}: make the lattice larger or write `boundary: open`",
                    o.length,
                    self.extents(),
                ));
            }
        }
        Ok(())
    }

    fn check_offsets(&self) -> Result<(), String> {
        for o in &self.offsets {
            for (a, (&l, &c)) in self.sizes.iter().zip(&o.cell).enumerate() {
                if l == 1 && c != 0 && self.boundary[a] != Boundary::Open {
                    return Err("a periodic direction needs at least 2 sites: write `boundary: open` there".into());
                }
            }
            if o.from == o.to && self.returns(&o.cell) {
                return Err(format!(
                    "the bond to cell {} joins a site to itself across the boundary of {}: make the lattice larger or write `boundary: open`",
                    tuple(&o.cell),
                    self.extents(),
                ));
            }
        }
        match self.offsets.iter().try_fold(0usize, |n, o| n.checked_add(self.count(o)?)) {
            Some(_) => Ok(()),
            None => Err("the lattice has more bonds than can be counted".into()),
        }
    }

    /// "64 × 64".
    pub(super) fn extents(&self) -> String {
        self.sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
    }

    /// Whether a displacement by these cells leads back to where it started.
    fn returns(&self, cell: &[i32]) -> bool {
        cell.iter().enumerate().all(|(a, &c)| match self.boundary[a] {
            Boundary::Open => c == 0,
            _ => i64::from(c) % self.sizes[a] as i64 == 0,
        })
    }

    /// The number of bonds of one kind; `None` on overflow.
    fn count(&self, o: &Offset) -> Option<usize> {
        o.cell.iter().enumerate().try_fold(1usize, |n, (a, &c)| {
            let l = self.sizes[a];
            n.checked_mul(if self.boundary[a] == Boundary::Open { l.saturating_sub(c.unsigned_abs() as usize) } else { l })
        })
    }

    /// The number of lattice directions, d.
    pub fn dimension(&self) -> usize {
        self.vectors.len()
    }

    /// The number of sites.
    pub fn sites(&self) -> usize {
        self.sizes.iter().fold(self.basis.len(), |n, &l| n.saturating_mul(l))
    }

    /// The number of bonds: per kind of bond, the product over directions of L, or of L - |c| where open.
    pub fn bond_count(&self) -> usize {
        self.offsets.iter().fold(0usize, |n, o| n.saturating_add(self.count(o).unwrap_or(usize::MAX)))
    }

    /// Whether some pair of sites is joined by two bonds, as across a periodic direction of extent 2.
    pub fn has_double_bonds(&self) -> bool {
        let present: Vec<&Offset> = self.offsets.iter().filter(|o| self.count(o) != Some(0)).collect();
        // Two bonds meet where their displacements differ by a period; only the displacement modulo the extents matters.
        let reduced = |cell: &[i32], turn: i64| -> Vec<i64> {
            let period = |a: usize| self.sizes[a] as i64;
            let wrap = |a: usize, c: i64| if self.boundary[a] == Boundary::Open { c } else { c.rem_euclid(period(a)) };
            cell.iter().enumerate().map(|(a, &c)| wrap(a, turn * i64::from(c))).collect()
        };
        let mut seen = std::collections::BTreeSet::new();
        present.iter().any(|o| {
            let (forth, back) = (reduced(&o.cell, 1), reduced(&o.cell, -1));
            let key = if o.from == o.to { forth.clone().min(back.clone()) } else { forth.clone() };
            (o.from == o.to && forth == back) || !seen.insert((o.from, o.to, key))
        })
    }

    /// The bonds to the `k`-th neighbours of the infinite lattice, on the same sites.
    pub fn shell(&self, k: usize) -> Result<Bravais, String> {
        let (vectors, basis) = (self.vectors.clone(), self.basis.clone());
        let name = format!("shell {k} of {}", self.name);
        Bravais::new(&name, self.sizes.clone(), vectors, basis, &Bonds::Shell(k), self.boundary.clone())
            .map_err(|reason| format!("shell {k}: {reason}"))
    }

    /// The first `k` neighbour distances of the infinite lattice.
    #[cfg(test)]
    pub fn shell_distances(&self, k: usize) -> Result<Vec<f64>, String> {
        let frame = Frame::new(&self.vectors)?;
        Ok(shells::distances(&shells::shells(&frame, &self.basis, k)?))
    }
}
