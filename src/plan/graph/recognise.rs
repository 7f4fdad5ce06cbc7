//! Which well-known lattice a declaration describes, read off its bonds and never off its name.

use super::bravais::Bravais;

/// The lattices that have kernels of their own, by the bonds of a cell in its own coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regular {
    /// Bonds (1).
    Chain,
    /// Bonds (1, 0), (0, 1).
    Square,
    /// Bonds (1, 0), (0, 1), (1, -1).
    Triangular,
    /// Two sites a cell; bonds from the first to the second of the cells (0, 0), (-1, 0), (0, -1).
    Honeycomb,
    /// Bonds (1, 0, 0), (0, 1, 0), (0, 0, 1).
    Cubic,
}

/// (lattice, sites of a cell, cells of its bonds, the cells' order put aside).
type Row = (Regular, usize, &'static [&'static [i32]]);

const TABLE: [Row; 5] = [
    (Regular::Chain, 1, &[&[1]]),
    (Regular::Square, 1, &[&[0, 1], &[1, 0]]),
    (Regular::Triangular, 1, &[&[0, 1], &[1, -1], &[1, 0]]),
    (Regular::Honeycomb, 2, &[&[-1, 0], &[0, -1], &[0, 0]]),
    (Regular::Cubic, 1, &[&[0, 0, 1], &[0, 1, 0], &[1, 0, 0]]),
];

impl Bravais {
    /// The lattice whose bonds, site by site, are exactly the bonds of this one.
    pub fn kind(&self) -> Option<Regular> {
        let sites = self.basis.len();
        // A bond within a sublattice where the table has bonds between two, or the other way round, is another lattice.
        if self.offsets.len() > 3 || self.offsets.iter().any(|o| o.from != 0 || o.to + 1 != sites) {
            return None;
        }
        let mut cells: Vec<Vec<i32>> = Vec::new();
        for o in &self.offsets {
            cells.push(super::shells::canonical(o.from, o.to, &o.cell).2);
        }
        cells.sort();
        TABLE
            .iter()
            .find(|(_, basis, bonds)| *basis == sites && cells.iter().map(Vec::as_slice).eq(bonds.iter().copied()))
            .map(|row| row.0)
    }
}
