//! The correlation function by distance: the mean of x_i · x_j over all pairs of sites at each distance.

use super::fft;
use super::{Observable, Scratch, dot};

/// On a lattice without ends, where every cell sees the same: a transform gives the sums of all displacements at once.
pub struct ByDisplacement {
    fft: fft::Grid,
    basis: usize,
    components: usize,
    /// For basis sites b <= c and each displacement of cells: the class, or `u32::MAX`. `[pair][cell]`.
    classes: Vec<Vec<u32>>,
    /// 1 / (ordered pairs of a class).
    weights: Vec<f64>,
}

impl ByDisplacement {
    /// `class(b, c, cell)`: the class of the displacement from basis site `b` to `c` of the cell numbered `cell`.
    pub fn new(
        sizes: &[usize],
        basis: usize,
        components: usize,
        count: usize,
        class: &mut dyn FnMut(usize, usize, usize) -> Option<u32>,
    ) -> ByDisplacement {
        let fft = fft::Grid::new(sizes);
        let cells = fft.cells();
        let mut pairs = vec![0.0; count];
        let mut classes = Vec::new();
        for b in 0..basis {
            for c in b..basis {
                let list: Vec<u32> = (0..cells).map(|cell| class(b, c, cell).unwrap_or(u32::MAX)).collect();
                for &k in list.iter().filter(|&&k| k != u32::MAX) {
                    pairs[k as usize] += cells as f64 * if b == c { 1.0 } else { 2.0 };
                }
                classes.push(list);
            }
        }
        let weights = pairs.into_iter().map(|n| if n > 0.0 { 1.0 / n } else { 0.0 }).collect();
        ByDisplacement { fft, basis, components, classes, weights }
    }
}

impl Observable for ByDisplacement {
    fn len(&self) -> usize {
        self.weights.len()
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        let cells = self.fft.cells();
        let (nb, n) = (self.basis, self.components);
        let Scratch { a, b, c, .. } = scratch;
        // The transforms, one a basis site and component: parts in `a` and `b`.
        a.clear();
        b.clear();
        for at in 0..nb * n {
            a.extend((0..cells).map(|cell| x[0][cell * nb * n + at]));
        }
        b.resize(a.len(), 0.0);
        let mut work = Vec::new();
        for (re, im) in a.chunks_exact_mut(cells).zip(b.chunks_exact_mut(cells)) {
            self.fft.run(re, im, c, &mut work);
        }
        out.fill(0.0);
        let (mut re, mut im) = (vec![0.0; cells], vec![0.0; cells]);
        let mut pair = 0;
        for p in 0..nb {
            for q in p..nb {
                re.fill(0.0);
                im.fill(0.0);
                for component in 0..n {
                    let (first, second) = ((p * n + component) * cells, (q * n + component) * cells);
                    for k in 0..cells {
                        let (u, v) = (a[first + k], b[first + k]);
                        let (s, t) = (a[second + k], b[second + k]);
                        // conj(first) × second: its inverse transform is Σ_x first(x) second(x + r).
                        re[k] += u * s + v * t;
                        im[k] += u * t - v * s;
                    }
                }
                self.fft.run(&mut im, &mut re, c, &mut work);
                let times = if p == q { 1.0 } else { 2.0 } / cells as f64;
                for (&class, &value) in self.classes[pair].iter().zip(&re) {
                    if class != u32::MAX {
                        out[class as usize] += times * value;
                    }
                }
                pair += 1;
            }
        }
        for (out, w) in out.iter_mut().zip(&self.weights) {
            *out *= w;
        }
    }
}

/// On any graph: every pair has its class.
pub struct ByPair {
    components: usize,
    sites: usize,
    /// Of pairs i <= j, row by row; `u32::MAX` for none.
    classes: Vec<u32>,
    weights: Vec<f64>,
}

/// More sites than this have too many pairs.
pub const MOST_SITES: usize = 4096;

impl ByPair {
    pub fn new(sites: usize, components: usize, count: usize, classes: Vec<u32>) -> ByPair {
        let mut pairs = vec![0.0f64; count];
        classes.iter().filter(|&&k| k != u32::MAX).for_each(|&k| pairs[k as usize] += 1.0);
        let weights = pairs.into_iter().map(|n| if n > 0.0 { 1.0 / n } else { 0.0 }).collect();
        ByPair { components, sites, classes, weights }
    }
}

impl Observable for ByPair {
    fn len(&self) -> usize {
        self.weights.len()
    }

    fn measure(&self, x: &[&[f64]], _: &mut Scratch, out: &mut [f64]) {
        out.fill(0.0);
        let n = self.components;
        let mut classes = self.classes.iter();
        for i in 0..self.sites {
            let here = &x[0][i * n..(i + 1) * n];
            for (there, &class) in x[0][i * n..].chunks_exact(n).zip(&mut classes) {
                if class != u32::MAX {
                    out[class as usize] += if n == 1 { here[0] * there[0] } else { dot(here, there) };
                }
            }
        }
        for (out, w) in out.iter_mut().zip(&self.weights) {
            *out *= w;
        }
    }
}
