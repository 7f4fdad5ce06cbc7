//! The correlation function along the directions of a lattice: C(r) = (1/N) Σ_i x_i · x_{i + r e_d}.
//!
//! Short rows by sums of products of the array with itself, shifted; long ones by Fourier transforms, padded with zeros so that
//! one transform serves every boundary.

use super::fft::Fft;
use super::{Edge, Grid, Observable, Scratch, dot};

/// From this extent on the transforms are faster.
const LONG: usize = 384;

/// C(r) for r = 0..=L/2, the mean over some directions; over an open end, the mean over the pairs that there are.
pub struct Correlation {
    grid: Grid,
    components: usize,
    directions: Vec<usize>,
    /// L/2 + 1, of the shortest direction.
    count: usize,
    /// One a direction, where it is long.
    ffts: Vec<Option<Fft>>,
}

impl Correlation {
    /// Along some directions of a grid of sites with so many components. Errors: no direction.
    pub fn new(grid: Grid, components: usize, directions: Vec<usize>) -> Result<Correlation, String> {
        let shortest = directions.iter().map(|&d| grid.sizes[d]).min().ok_or("a correlation function needs a direction")?;
        let padded = |d: &usize| {
            let n = grid.sizes[*d];
            (n >= LONG).then(|| Fft::new((2 * n - 1).next_power_of_two()))
        };
        let ffts = directions.iter().map(padded).collect();
        Ok(Correlation { grid, components, count: shortest / 2 + 1, directions, ffts })
    }

    /// Σ x_i x_{i+r} without going around, in `out[r]`, and around the end in `around[r]`.
    fn direct(&self, x: &[f64], d: usize, out: &mut [f64], around: &mut [f64]) {
        let (_, n, inner) = self.grid.lines(d);
        let inner = inner * self.components;
        for block in x.chunks_exact(n * inner) {
            for r in 0..self.count {
                let (head, tail) = (&block[..(n - r) * inner], &block[r * inner..]);
                out[r] += dot(head, tail);
                if r > 0 {
                    around[r] += dot(&block[(n - r) * inner..], &block[..r * inner]);
                }
            }
        }
    }

    /// The same by transforms: two lines at a time, as real and imaginary part.
    fn transformed(&self, x: &[f64], d: usize, fft: &Fft, scratch: &mut Scratch, out: &mut [f64], around: &mut [f64]) {
        let (_, n, inner) = self.grid.lines(d);
        let inner = inner * self.components;
        let m = fft.len();
        let Scratch { a, b, c, .. } = scratch;
        c.clear();
        c.resize(m, 0.0);
        let lines = x.len() / n;
        let start = |line: usize| line / inner * n * inner + line % inner;
        for pair in (0..lines).step_by(2) {
            a.clear();
            a.resize(m, 0.0);
            b.clear();
            b.resize(m, 0.0);
            for k in 0..n {
                a[k] = x[start(pair) + k * inner];
                if pair + 1 < lines {
                    b[k] = x[start(pair + 1) + k * inner];
                }
            }
            fft.run(a, b, &mut Vec::new());
            for k in 0..m {
                c[k] += a[k] * a[k] + b[k] * b[k];
            }
        }
        // The power spectrum of the pair summed over ±k is that of both lines; the inverse's real part does that sum.
        b.clear();
        b.resize(m, 0.0);
        fft.run(c, b, &mut Vec::new());
        for r in 0..self.count {
            out[r] += c[r] / m as f64;
            if r > 0 {
                around[r] += c[n - r] / m as f64;
            }
        }
    }
}

impl Observable for Correlation {
    fn len(&self) -> usize {
        self.count
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        out.fill(0.0);
        let mut sums = [0.0; 2 * LONG];
        let mut many = Vec::new();
        let sums = if 2 * self.count <= sums.len() {
            &mut sums[..2 * self.count]
        } else {
            many.resize(2 * self.count, 0.0);
            &mut many[..]
        };
        let sites = self.grid.sites() as f64;
        for (&d, fft) in self.directions.iter().zip(&self.ffts) {
            sums.fill(0.0);
            let (inside, around) = sums.split_at_mut(self.count);
            match fft {
                Some(fft) => self.transformed(x[0], d, fft, scratch, inside, around),
                None => self.direct(x[0], d, inside, around),
            }
            let n = self.grid.sizes[d] as f64;
            for (r, out) in out.iter_mut().enumerate() {
                let c = match self.grid.edges[d] {
                    Edge::Periodic => (inside[r] + around[r]) / sites,
                    Edge::Antiperiodic => (inside[r] - around[r]) / sites,
                    Edge::Open => inside[r] / (sites * (n - r as f64) / n),
                };
                *out += c / self.directions.len() as f64;
            }
        }
    }
}
