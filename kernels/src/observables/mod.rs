//! Native measurements: functions of arrays over sites, made once for a graph and evaluated at every measurement.
//!
//! Each takes slices of f64, `components` numbers a site, and a geometry that was laid out before. Sums run in a fixed order with
//! a fixed number of lanes, so that results are the same on every machine. Nothing here knows a name, a plan, or where the states
//! come from.

pub mod angle;
pub mod clusters;
pub mod correlation;
pub mod distance;
pub mod fft;
pub mod links;
pub mod order;
pub mod stiffness;
pub mod structure_factor;
#[cfg(test)]
mod tests;
pub mod unite;
pub mod vortices;
pub mod wrapping;

/// A measurement of some arrays over sites.
pub trait Observable: Send + Sync {
    /// How many numbers it gives.
    fn len(&self) -> usize;

    /// Whether it gives none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes them. `x` are the arrays, in the order that the measurement was made for; `scratch` is reused from one measurement
    /// to the next and holds nothing in between.
    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]);
}

/// Memory that measurements share.
#[derive(Default)]
pub struct Scratch {
    pub a: Vec<f64>,
    pub b: Vec<f64>,
    pub c: Vec<f64>,
    pub parents: Vec<u32>,
    pub sizes: Vec<u32>,
    pub shifts: Vec<i32>,
}

/// What happens at the end of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Periodic,
    Open,
    /// Closed, with a change of sign.
    Antiperiodic,
}

/// A finite piece of a lattice: row-major cells, the last direction fastest, `basis` sites a cell innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    pub sizes: Vec<usize>,
    pub basis: usize,
    pub edges: Vec<Edge>,
}

impl Grid {
    pub fn cells(&self) -> usize {
        self.sizes.iter().product()
    }

    pub fn sites(&self) -> usize {
        self.cells() * self.basis
    }

    /// Along a direction: (blocks, extent, sites between two neighbours).
    pub fn lines(&self, direction: usize) -> (usize, usize, usize) {
        let inner = self.sizes[direction + 1..].iter().product::<usize>() * self.basis;
        (self.sizes[..direction].iter().product(), self.sizes[direction], inner)
    }
}

/// Σ x y in eight lanes.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (xs, ys) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest: f64 = xs.remainder().iter().zip(ys.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in xs.zip(ys) {
        for k in 0..8 {
            lanes[k] += a[k] * b[k];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Σ x in eight lanes.
pub(crate) fn sum(x: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let xs = x.chunks_exact(8);
    let rest: f64 = xs.remainder().iter().sum();
    for a in xs {
        for k in 0..8 {
            lanes[k] += a[k];
        }
    }
    lanes.iter().sum::<f64>() + rest
}
