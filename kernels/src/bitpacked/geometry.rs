//! What the kernel simulates: the lattice, its boundaries, the uniform couplings.
//!
//! Knows nothing of bits and words; [`super::layout`] places the sites.

use crate::sampler::PairEnergy;

/// The lattices that the kernel knows, by their nearest-neighbour bonds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lattice {
    /// Cells in a row, bonds (1).
    Chain,
    /// Bonds (1,0), (0,1).
    Square,
    /// Cell vectors (1,0) and (1/2, √3/2); bonds (1,0), (0,1), (1,-1).
    Triangular,
    /// The same cell vectors, two sites A, B a cell, B at (a1 + a2)/3; bonds from A to B of the cells
    /// (0,0), (-1,0), (0,-1).
    Honeycomb,
    /// Bonds (1,0,0), (0,1,0), (0,0,1).
    Cubic,
}

/// What happens to the bonds that leave the lattice in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// They come back at the other side.
    Periodic,
    /// They are left out.
    Open,
    /// They come back with the opposite coupling.
    Antiperiodic,
}

/// A bond of the unit cell: from a basis site to a basis site of the cell at an offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bond {
    pub from: usize,
    pub to: usize,
    pub offset: [isize; 3],
}

impl Lattice {
    /// The number of directions.
    pub fn dimension(self) -> usize {
        match self {
            Lattice::Chain => 1,
            Lattice::Square | Lattice::Triangular | Lattice::Honeycomb => 2,
            Lattice::Cubic => 3,
        }
    }

    /// The number of sites in a cell.
    pub fn basis(self) -> usize {
        if self == Lattice::Honeycomb { 2 } else { 1 }
    }

    /// The number of neighbours of a site (a neighbour over two bonds counts twice).
    pub fn coordination(self) -> usize {
        match self {
            Lattice::Chain => 2,
            Lattice::Honeycomb => 3,
            Lattice::Square => 4,
            Lattice::Triangular | Lattice::Cubic => 6,
        }
    }

    pub(super) fn bonds(self) -> Vec<Bond> {
        let (to, offsets): (usize, &[[isize; 3]]) = match self {
            Lattice::Chain => (0, &[[1, 0, 0]]),
            Lattice::Square => (0, &[[1, 0, 0], [0, 1, 0]]),
            Lattice::Triangular => (0, &[[1, 0, 0], [0, 1, 0], [1, -1, 0]]),
            Lattice::Honeycomb => (1, &[[0, 0, 0], [-1, 0, 0], [0, -1, 0]]),
            Lattice::Cubic => (0, &[[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        };
        offsets.iter().map(|&offset| Bond { from: 0, to, offset }).collect()
    }
}

/// A finite piece of a lattice.
///
/// Sites are numbered row-major over the cells, the last coordinate fastest and the basis innermost:
/// site = ((x0 L1 + x1) L2 + x2) n_basis + b.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    pub lattice: Lattice,
    /// Cells along each direction.
    pub extents: Vec<usize>,
    /// One boundary a direction.
    pub boundary: Vec<Boundary>,
}

impl Geometry {
    /// A lattice with the same boundary in every direction.
    pub fn new(lattice: Lattice, extents: &[usize], boundary: Boundary) -> Geometry {
        Geometry { lattice, extents: extents.to_vec(), boundary: vec![boundary; extents.len()] }
    }

    /// The number of spins. [`Geometry::check`] makes sure that it is representable.
    pub fn sites(&self) -> usize {
        self.extents.iter().product::<usize>() * self.lattice.basis()
    }

    /// Whether moves that are always accepted may be the rule here: on what may be a chain in disguise (fewer than two
    /// directions with more than two cells) and on very small lattices.
    pub(super) fn is_narrow(&self) -> bool {
        self.extents.iter().filter(|&&l| l > 2).count() < 2 || self.sites() <= 32
    }

    /// Whether this describes a lattice at all, each of whose bonds joins two different sites.
    pub(super) fn check(&self) -> Result<(), String> {
        let dimension = self.lattice.dimension();
        if self.extents.len() != dimension || self.boundary.len() != dimension {
            return Err(format!(
                "a lattice of dimension {dimension} needs as many extents and boundaries, found {} and {}",
                self.extents.len(),
                self.boundary.len()
            ));
        }
        let cells = self.extents.iter().try_fold(self.lattice.basis(), |n, &l| n.checked_mul(l));
        match cells {
            Some(0) => return Err("an extent of 0 leaves no spins".into()),
            Some(n) if u32::try_from(n).is_ok() => {}
            _ => return Err("the lattice has more than 2^32 spins".into()),
        }
        let selfless = self.lattice == Lattice::Honeycomb;
        if !selfless && self.extents.iter().zip(&self.boundary).any(|(&l, &b)| l == 1 && b != Boundary::Open) {
            return Err("a closed direction of extent 1 would bond a site to itself".into());
        }
        Ok(())
    }

    /// Follows an offset from a cell. `None` if it leaves through an open side; else the cell and whether
    /// the bond is turned over by antiperiodic sides.
    fn follow(&self, cell: &[usize; 3], offset: &[isize; 3]) -> Option<([usize; 3], bool)> {
        let mut to = *cell;
        let mut turned = false;
        for (a, (&l, &boundary)) in self.extents.iter().zip(&self.boundary).enumerate() {
            let x = cell[a] as isize + offset[a];
            let wrapped = x.rem_euclid(l as isize);
            if wrapped != x {
                match boundary {
                    Boundary::Periodic => {}
                    Boundary::Open => return None,
                    Boundary::Antiperiodic => turned = !turned,
                }
            }
            to[a] = wrapped as usize;
        }
        Some((to, turned))
    }

    fn site(&self, cell: &[usize; 3], b: usize) -> usize {
        self.extents.iter().zip(cell).fold(0, |s, (&l, &x)| s * l + x) * self.lattice.basis() + b
    }
}

/// The uniform Ising model on a lattice: E = constant - J Σ_bonds s_i s_j - h Σ_i s_i, with J negated on the
/// bonds that cross an antiperiodic side.
#[derive(Clone, Debug, PartialEq)]
pub struct Uniform {
    pub geometry: Geometry,
    /// J.
    pub coupling: f64,
    /// h.
    pub field: f64,
    pub constant: f64,
}

impl Uniform {
    /// The same energy as a list of bonds, for the kernels that want one. The geometry must fit
    /// ([`super::BitPacked::fits`]).
    pub fn pair_energy(&self) -> PairEnergy {
        let g = &self.geometry;
        let kinds = g.lattice.bonds();
        let mut bonds = Vec::with_capacity(g.sites() * g.lattice.coordination() / 2);
        let mut cell = [0; 3];
        for n in 0..g.extents.iter().product::<usize>() {
            let mut rest = n;
            for a in (0..g.extents.len()).rev() {
                cell[a] = rest % g.extents[a];
                rest /= g.extents[a];
            }
            for bond in &kinds {
                if let Some((to, turned)) = g.follow(&cell, &bond.offset) {
                    let j = if turned { -self.coupling } else { self.coupling };
                    bonds.push((g.site(&cell, bond.from) as u32, g.site(&to, bond.to) as u32, j));
                }
            }
        }
        let fields = if self.field == 0.0 { Vec::new() } else { vec![self.field; g.sites()] };
        PairEnergy { sites: g.sites(), bonds, fields, constant: self.constant }
    }
}
