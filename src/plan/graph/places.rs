//! Vectors of a lattice: displacements of bonds, directions, and places in the cell.

use super::bravais::Bravais;

impl Bravais {
    /// The displacement, in the unit of the vectors, from the first to the second end of the bonds of one offset.
    pub fn displacement(&self, offset: usize) -> Vec<f64> {
        let Some(o) = self.offsets.get(offset) else { return Vec::new() };
        let mut r: Vec<f64> = self.basis[o.to].iter().zip(&self.basis[o.from]).map(|(t, f)| t - f).collect();
        for (v, &c) in self.vectors.iter().zip(&o.cell) {
            r.iter_mut().zip(v).for_each(|(r, v)| *r += f64::from(c) * v);
        }
        r
    }

    /// The direction of the bond between two sites; `None` where no bond is.
    pub fn direction_between(&self, i: usize, j: usize) -> Option<usize> {
        let (cell, b) = self.cell(i)?;
        let reaches = |o: &super::Offset| {
            [(o.from, o.to, 1), (o.to, o.from, -1)].into_iter().any(|(here, there, turn)| {
                here == b && self.follow(&cell, &o.cell, turn, there).is_some_and(|(site, _)| site == j)
            })
        };
        self.offsets.iter().find(|o| reaches(o)).map(|o| o.direction)
    }

    /// The lattice vector of a direction, of length 1.
    pub fn unit_vector(&self, direction: usize) -> Vec<f64> {
        let v = &self.vectors[direction];
        let length = super::shells::norm(v);
        v.iter().map(|x| x / length).collect()
    }

    /// The sites of a cell in lattice vectors: the coefficients f with Σ_a f_a v_a nearest to each position. Errors: vectors
    /// that are not independent.
    pub fn places(&self) -> Result<Vec<Vec<f64>>, String> {
        let d = self.dimension();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let solve = |x: &Vec<f64>| {
            // The normal equations, by elimination with the largest pivot.
            let mut m: Vec<Vec<f64>> = (0..d)
                .map(|a| (0..d).map(|b| dot(&self.vectors[a], &self.vectors[b])).chain([dot(&self.vectors[a], x)]).collect())
                .collect();
            for a in 0..d {
                let pivot = (a..d).max_by(|&p, &q| m[p][a].abs().total_cmp(&m[q][a].abs())).unwrap_or(a);
                m.swap(a, pivot);
                if m[a][a] == 0.0 {
                    return Err("the vectors of the lattice are not independent".to_string());
                }
                let row = m[a].clone();
                for other in (0..d).filter(|&b| b != a) {
                    let factor = m[other][a] / row[a];
                    m[other].iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
                }
            }
            Ok((0..d).map(|a| m[a][d] / m[a][a]).collect())
        };
        self.basis.iter().map(solve).collect()
    }
}
