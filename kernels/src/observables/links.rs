//! Overlaps of two states: of their sites, and of their bonds.

use super::{Observable, Scratch, dot};

/// (1/N) Σ_i a_i · b_i.
pub struct Overlap {
    pub sites: usize,
}

impl Observable for Overlap {
    fn len(&self) -> usize {
        1
    }

    fn measure(&self, x: &[&[f64]], _: &mut Scratch, out: &mut [f64]) {
        out[0] = dot(x[0], x[1]) / self.sites as f64;
    }
}

/// (1/N_b) Σ_<ij> (a_i · a_j)(b_i · b_j), a number that does not depend on the signs of boundaries.
pub struct LinkOverlap {
    pub components: usize,
    pub bonds: Vec<(u32, u32)>,
}

impl Observable for LinkOverlap {
    fn len(&self) -> usize {
        1
    }

    fn measure(&self, x: &[&[f64]], _: &mut Scratch, out: &mut [f64]) {
        let n = self.components;
        let (a, b) = (x[0], x[1]);
        let total: f64 = if n == 1 {
            self.bonds.iter().map(|&(i, j)| (a[i as usize] * a[j as usize]) * (b[i as usize] * b[j as usize])).sum()
        } else {
            let at = |x: &[f64], i: u32, j: u32| {
                let (i, j) = (i as usize * n, j as usize * n);
                dot(&x[i..i + n], &x[j..j + n])
            };
            self.bonds.iter().map(|&(i, j)| at(a, i, j) * at(b, i, j)).sum()
        };
        out[0] = total / self.bonds.len() as f64;
    }
}
