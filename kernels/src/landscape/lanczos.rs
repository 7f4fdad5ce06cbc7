//! The Lanczos process with full reorthogonalisation and thick restarts (Wu and Simon, SIAM J. Matrix Anal. Appl. 22, 602 (2000)).
//!
//! All coefficients of the orthogonalisation are kept, as Arnoldi's method does. The residual of a pair then follows from them
//! without further products, and holds what the products lack in symmetry too: those in single precision are symmetric to some
//! 1e-7 only. What a restart forgets is added up as a bound.

use super::basis::{Basis, Stored};
use super::dense::symmetric;
use super::draws::normals;
use super::operator::Operator;
use super::vectors::{add, dot, norm};
use crate::random::Key;

/// A Ritz pair, in the coordinates of the basis.
pub(super) struct Ritz {
    pub value: f64,
    pub coordinates: Vec<f64>,
    /// A bound on |A y - value y|.
    pub residual: f64,
    /// The part of it that further steps cannot remove.
    pub lost: f64,
    /// The part of that which no coefficient holds after a restart.
    forgotten: f64,
}

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Grown,
    /// The basis spans the whole space: all that it says is exact.
    Complete,
}

/// A length below this fraction of the matrix' is rounding.
const BREAKDOWN: f64 = 1e-13;

pub(super) struct Lanczos<T> {
    basis: Basis<T>,
    /// Vectors at the front that the process keeps away from.
    locked: usize,
    /// Column j: the coefficients of A v_j, the next vector's last. Rows count from the first vector that is not locked.
    columns: Vec<Vec<f64>>,
    /// Column j: those of the locked vectors.
    coupled: Vec<Vec<f64>>,
    /// Bounds on what restarts forgot of A v_j.
    lost: Vec<f64>,
    /// The number of vectors that a restart left.
    kept: usize,
    complete: bool,
    /// The longest A v / |v| so far.
    size: f64,
    pub products: usize,
    key: Key,
    v: Vec<f64>,
    w: Vec<f64>,
}

impl<T: Stored> Lanczos<T> {
    /// A process from `start`, or a random vector, that stays orthogonal to the `locked` unit vectors.
    pub fn new(n: usize, locked: &[Vec<f64>], start: Option<&[f64]>, key: Key) -> Lanczos<T> {
        let mut basis = Basis::new(n);
        locked.iter().for_each(|v| basis.push(v, 1.0));
        let mut process = Lanczos {
            basis,
            locked: locked.len(),
            columns: Vec::new(),
            coupled: Vec::new(),
            lost: Vec::new(),
            kept: 0,
            complete: locked.len() >= n,
            size: 0.0,
            products: 0,
            key,
            v: vec![0.0; n],
            w: vec![0.0; n],
        };
        if let Some(start) = start {
            process.w.copy_from_slice(start);
            let before = norm(&process.w);
            let left = process.orthogonalise(before).1;
            if before.is_finite() && before > 0.0 && left > 1e-8 * before {
                process.basis.push(&process.w, 1.0 / left);
                return process;
            }
        }
        process.random();
        process
    }

    /// The number of vectors whose products are known.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Takes the components along all vectors out of w, of length `length`; their coefficients, and what length is left.
    fn orthogonalise(&mut self, mut length: f64) -> (Vec<f64>, f64) {
        let mut all = vec![0.0; self.basis.len()];
        for _ in 0..4 {
            let c = self.basis.coefficients(&self.w);
            self.basis.subtract(0, &c, &mut self.w);
            all.iter_mut().zip(&c).for_each(|(a, c)| *a += c);
            let left = norm(&self.w);
            // "Twice is enough" (Parlett, The Symmetric Eigenvalue Problem, 6.9), and once where little was taken.
            let done = left > 0.7 * length;
            length = left;
            if done {
                break;
            }
        }
        (all, length)
    }

    /// Appends a random vector orthogonal to all others; without room for one, the basis is complete.
    fn random(&mut self) {
        for attempt in 0..8 {
            if self.basis.len() >= self.v.len() {
                break;
            }
            normals(self.key.derive(8 * self.products as u64 + attempt), &mut self.w);
            let before = norm(&self.w);
            let (_, left) = self.orthogonalise(before);
            if left > 1e-10 * before {
                self.basis.push(&self.w, 1.0 / left);
                return;
            }
        }
        self.complete = true;
    }

    /// One product more.
    pub fn step(&mut self, operator: &mut dyn Operator) -> Result<Step, String> {
        if self.complete {
            return Ok(Step::Complete);
        }
        let j = self.len();
        let here = self.locked + j;
        self.basis.load(here, &mut self.v);
        operator.apply(&self.v, &mut self.w)?;
        self.products += 1;
        self.size = self.size.max(norm(&self.w));
        // What is known to be large goes first, so that one pass over all vectors finds rounding only.
        let mut before = vec![0.0; here + 1];
        if j > self.kept {
            let coupling = self.columns[j - 1][j];
            self.basis.subtract(here - 1, &[coupling], &mut self.w);
            before[here - 1] = coupling;
        }
        before[here] = dot(&self.v, &self.w);
        add(-before[here], &self.v, &mut self.w);
        let length = norm(&self.w);
        let (mut c, next) = self.orthogonalise(length);
        c.iter_mut().zip(&before).for_each(|(c, b)| *c += b);
        let mut column = c.split_off(self.locked);
        self.coupled.push(c);
        self.lost.push(0.0);
        if next > BREAKDOWN * self.size {
            self.basis.push(&self.w, 1.0 / next);
            column.push(next);
        } else {
            // An invariant subspace: other copies of its eigenvalues may stand beside it, and a random vector finds them.
            self.random();
            column.push(0.0);
        }
        self.columns.push(column);
        Ok(if self.complete { Step::Complete } else { Step::Grown })
    }

    /// All Ritz pairs, in ascending order.
    pub fn ritz(&self) -> Result<Vec<Ritz>, String> {
        let m = self.len();
        let at = |i: usize, j: usize| self.columns[j].get(i).copied().unwrap_or(0.0);
        // A symmetric matrix couples what a later product finds: entries of kept vectors below the diagonal stand in the
        // columns that follow.
        let mut projected = vec![0.0; m * m];
        let mut astray = vec![0.0; m * m];
        for i in 0..m {
            for j in 0..=i {
                let (below, above) = (at(i, j), at(j, i));
                let mean = 0.5 * (below + above);
                projected[i * m + j] = mean;
                astray[i * m + j] = below - mean;
                astray[j * m + i] = above - mean;
            }
        }
        let spectrum = symmetric(&mut projected, m, true)?;
        let rounding = 2.0 * T::ROUNDING * self.size;
        let pairs = spectrum.values.into_iter().zip(spectrum.vectors).map(|(value, s)| {
            let astray = norm(&(0..m).map(|i| dot(&astray[i * m..(i + 1) * m], &s)).collect::<Vec<f64>>());
            let coupled = norm(&self.along_locked(&s));
            let outside = if self.complete { 0.0 } else { (0..m).map(|j| at(m, j) * s[j]).sum::<f64>() };
            let forgotten: f64 = self.lost.iter().zip(&s).map(|(l, s)| l * s.abs()).sum();
            let inside = libm::hypot(astray, coupled);
            let residual = libm::hypot(inside, outside) + forgotten + rounding;
            Ritz { value, residual, lost: inside + forgotten + rounding, forgotten: astray + forgotten, coordinates: s }
        });
        Ok(pairs.collect())
    }

    /// The components of A y along the locked vectors.
    fn along_locked(&self, s: &[f64]) -> Vec<f64> {
        (0..self.locked).map(|l| self.coupled.iter().zip(s).map(|(c, s)| c[l] * s).sum()).collect()
    }

    /// The vectors of Ritz pairs, of length one.
    pub fn vectors(&self, pairs: &[&Ritz]) -> Vec<Vec<f64>> {
        let rows: Vec<Vec<f64>> = pairs.iter().map(|p| p.coordinates.clone()).collect();
        let mut out = self.basis.combinations(self.locked, &rows);
        out.iter_mut().for_each(|y| {
            super::vectors::unit(y);
        });
        out
    }

    /// Goes on from the given pairs and the last vector.
    pub fn restart(&mut self, pairs: &[Ritz]) {
        let m = self.len();
        let rows: Vec<Vec<f64>> = pairs.iter().map(|p| p.coordinates.clone()).collect();
        self.basis.recombine(self.locked, &rows);
        self.kept = pairs.len();
        let last: Vec<f64> = (0..m).map(|j| self.columns[j].get(m).copied().unwrap_or(0.0)).collect();
        self.coupled = rows.iter().map(|s| self.along_locked(s)).collect();
        self.columns = (rows.iter().zip(pairs).enumerate())
            .map(|(i, (s, pair))| {
                let mut column = vec![0.0; self.kept + 1];
                column[i] = pair.value;
                column[self.kept] = dot(&last, s);
                column
            })
            .collect();
        self.lost = pairs.iter().map(|p| p.forgotten).collect();
        self.basis.truncate(self.locked + self.kept + 1);
    }
}
