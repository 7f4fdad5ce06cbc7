//! Whether a lattice of any size is bipartite, by parity: a system of equations over the field of two elements.

use super::bravais::{Boundary, Bravais};

impl Bravais {
    /// Whether some parity of cell coordinates and basis sites alternates along every bond: colours
    /// Σ_a s_a x_a + t_b (mod 2), with s_a = 0 along closed directions of odd extent. If so, the lattice is bipartite;
    /// a finite piece may be bipartite for other reasons too.
    pub(super) fn alternates(&self) -> bool {
        let d = self.dimension();
        let columns = d + self.basis.len();
        // One row a bond of the cell: its coefficients, then the right-hand side 1.
        let mut rows: Vec<Vec<bool>> = Vec::new();
        for o in &self.offsets {
            let mut row = vec![false; columns + 1];
            for (a, x) in row[..d].iter_mut().enumerate() {
                let free = self.boundary[a] == Boundary::Open || self.sizes[a].is_multiple_of(2);
                *x = free && o.cell[a] % 2 != 0;
            }
            row[d + o.from] ^= true;
            row[d + o.to] ^= true;
            row[columns] = true;
            // Reduced by the rows before it, each of which has its first coefficient to itself.
            for earlier in &rows {
                if earlier.iter().position(|&x| x).is_some_and(|lead| row[lead]) {
                    row.iter_mut().zip(earlier).for_each(|(x, y)| *x ^= y);
                }
            }
            match row.iter().position(|&x| x) {
                Some(lead) if lead == columns => return false,
                Some(_) => rows.push(row),
                None => {}
            }
        }
        true
    }
}
