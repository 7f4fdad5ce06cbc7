//! Vortices of planar angles (Kosterlitz and Thouless, J. Phys. C 6, 1181 (1973)) and their winding around the lattice.
//!
//! Around a closed path the differences of the angles, each by the shorter way, sum to a whole number of turns; it is the number
//! of turns that the differences were shortened by, up to sign, and so exact.

use super::angle::{PER_TURN, whole_turns};
use super::{Grid, Observable, Scratch};

/// The mean over the plaquettes of |vorticity|.
pub struct Vortices {
    /// Sites a plaquette.
    width: usize,
    /// In the order around, plaquette by plaquette.
    sites: Vec<u32>,
}

fn turns<'s>(angles: &[f64], scratch: &'s mut Scratch) -> &'s [f64] {
    scratch.a.clear();
    scratch.a.extend(angles.iter().map(|x| x * PER_TURN));
    &scratch.a
}

impl Vortices {
    /// Errors: no plaquettes, or plaquettes of different lengths.
    pub fn new(plaquettes: &[Vec<u32>]) -> Result<Vortices, String> {
        let width = plaquettes.first().map_or(0, Vec::len);
        if width < 3 || plaquettes.iter().any(|p| p.len() != width) {
            return Err("vortices need plaquettes of one length".into());
        }
        Ok(Vortices { width, sites: plaquettes.concat() })
    }
}

impl Observable for Vortices {
    fn len(&self) -> usize {
        1
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        let t = turns(x[0], scratch);
        let mut total = 0.0;
        for plaquette in self.sites.chunks_exact(self.width) {
            let mut before = t[plaquette[self.width - 1] as usize];
            let mut vorticity = 0.0;
            for &i in plaquette {
                let here = t[i as usize];
                vorticity += whole_turns(before, here);
                before = here;
            }
            total += vorticity.abs();
        }
        out[0] = total * self.width as f64 / self.sites.len() as f64;
    }
}

/// The winding number along each of some closed directions: the turns of the angle along a row of cells, the mean over rows.
pub struct Winding {
    pub grid: Grid,
    pub directions: Vec<usize>,
}

impl Observable for Winding {
    fn len(&self) -> usize {
        self.directions.len()
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        let t = turns(x[0], scratch);
        for (&d, out) in self.directions.iter().zip(out) {
            let (_, n, inner) = self.grid.lines(d);
            let mut total = 0.0;
            for block in t.chunks_exact(n * inner) {
                for row in 0..n {
                    let next = (row + 1) % n;
                    let (here, there) = (&block[row * inner..][..inner], &block[next * inner..][..inner]);
                    // The differences sum to nothing around the row; what they are shortened by is left.
                    total -= here.iter().zip(there).map(|(a, b)| whole_turns(*a, *b)).sum::<f64>();
                }
            }
            *out = total / (t.len() / n) as f64;
        }
    }
}
