//! The structure factor S(k) = |Σ_i x_i e^{-i k·r_i}|² / N; for vectors the sum over their components.
//!
//! Wave vectors are given by whole numbers m: k·r = 2π Σ_a m_a (c_a + f_a) / L_a, where c is the cell and f the place in it, in
//! lattice vectors.

use super::fft;
use super::{Grid, Observable, Scratch, dot};

/// At some wave vectors: two multiplications a site and wave vector.
pub struct Chosen {
    components: usize,
    sites: usize,
    /// For each wave vector: phases along the innermost run of components, and of each run.
    waves: Vec<Wave>,
}

struct Wave {
    inner: (Vec<f64>, Vec<f64>),
    outer: Vec<(f64, f64)>,
}

/// e^{-2πi t}
fn phase(t: f64) -> (f64, f64) {
    let angle = -2.0 * std::f64::consts::PI * (t - libm::floor(t));
    (libm::cos(angle), libm::sin(angle))
}

/// Σ_a m_a x_a / L_a, its whole part left out of each term as far as it is exact.
fn turns(m: &[i32], cell: &[usize], sizes: &[usize]) -> f64 {
    let part = |((&m, &c), &l): ((&i32, &usize), &usize)| (i64::from(m) * c as i64).rem_euclid(l as i64) as f64 / l as f64;
    m.iter().zip(cell).zip(sizes).map(part).sum()
}

fn within_cell(m: &[i32], place: &[f64], sizes: &[usize]) -> f64 {
    m.iter().zip(place).zip(sizes).map(|((&m, &f), &l)| f64::from(m) * f / l as f64).sum()
}

impl Chosen {
    /// `places`: of each site of a cell, in lattice vectors.
    pub fn new(grid: &Grid, places: &[Vec<f64>], components: usize, k: &[Vec<i32>]) -> Chosen {
        let d = grid.sizes.len();
        let last = grid.sizes[d - 1];
        let waves = k.iter().map(|m| {
            let mut inner = (Vec::new(), Vec::new());
            for c in 0..last {
                for place in places {
                    let (re, im) = phase(turns(&m[d - 1..], &[c], &grid.sizes[d - 1..]) + within_cell(m, place, &grid.sizes));
                    inner.0.push(re);
                    inner.1.push(im);
                }
            }
            let runs: usize = grid.sizes[..d - 1].iter().product();
            let mut cell = vec![0; d - 1];
            let mut outer = Vec::with_capacity(runs);
            for _ in 0..runs {
                outer.push(phase(turns(&m[..d - 1], &cell, &grid.sizes[..d - 1])));
                for (x, &l) in cell.iter_mut().zip(&grid.sizes).rev() {
                    *x += 1;
                    if *x < l {
                        break;
                    }
                    *x = 0;
                }
            }
            Wave { inner, outer }
        });
        Chosen { components, sites: grid.sites(), waves: waves.collect() }
    }
}

impl Observable for Chosen {
    fn len(&self) -> usize {
        self.waves.len()
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        let n = self.components;
        out.fill(0.0);
        let a = &mut scratch.a;
        for component in 0..n {
            let values = if n == 1 {
                x[0]
            } else {
                a.clear();
                a.extend(x[0].iter().skip(component).step_by(n));
                &a[..]
            };
            for (wave, out) in self.waves.iter().zip(out.iter_mut()) {
                let (mut re, mut im) = (0.0, 0.0);
                for (run, &(c, s)) in values.chunks_exact(wave.inner.0.len()).zip(&wave.outer) {
                    let (p, q) = (dot(run, &wave.inner.0), dot(run, &wave.inner.1));
                    re += p * c - q * s;
                    im += p * s + q * c;
                }
                *out += (re * re + im * im) / self.sites as f64;
            }
        }
    }
}

/// At every wave vector of the lattice: row-major over m_a in 0..L_a.
pub struct All {
    fft: fft::Grid,
    basis: usize,
    components: usize,
    /// Of each site of a cell but for the first: its phase at each wave vector.
    phases: Vec<Vec<(f64, f64)>>,
}

impl All {
    pub fn new(grid: &Grid, places: &[Vec<f64>], components: usize) -> All {
        let fft = fft::Grid::new(&grid.sizes);
        let cells = fft.cells();
        let of = |place: &Vec<f64>| {
            let mut m = vec![0i32; grid.sizes.len()];
            (0..cells)
                .map(|_| {
                    let here = phase(within_cell(&m, place, &grid.sizes));
                    for (x, &l) in m.iter_mut().zip(&grid.sizes).rev() {
                        *x += 1;
                        if (*x as usize) < l {
                            break;
                        }
                        *x = 0;
                    }
                    here
                })
                .collect()
        };
        All { fft, basis: grid.basis, components, phases: places.iter().map(of).collect() }
    }
}

impl Observable for All {
    fn len(&self) -> usize {
        self.fft.cells()
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        let cells = self.fft.cells();
        let (nb, n) = (self.basis, self.components);
        let Scratch { a, b, c, .. } = scratch;
        let mut work = Vec::new();
        out.fill(0.0);
        for component in 0..n {
            // The sums over the cell, one part after the other: real parts in the first half of `a` and `b`.
            a.clear();
            a.resize(2 * cells, 0.0);
            b.clear();
            b.resize(2 * cells, 0.0);
            for p in 0..nb {
                let (re, total_re) = a.split_at_mut(cells);
                let (im, total_im) = b.split_at_mut(cells);
                for (cell, re) in re.iter_mut().enumerate() {
                    *re = x[0][(cell * nb + p) * n + component];
                }
                im.fill(0.0);
                self.fft.run(re, im, c, &mut work);
                for (k, &(cos, sin)) in self.phases[p].iter().enumerate() {
                    total_re[k] += re[k] * cos - im[k] * sin;
                    total_im[k] += re[k] * sin + im[k] * cos;
                }
            }
            for k in 0..cells {
                let (u, v) = (a[cells + k], b[cells + k]);
                out[k] += (u * u + v * v) / (cells * nb) as f64;
            }
        }
    }
}
