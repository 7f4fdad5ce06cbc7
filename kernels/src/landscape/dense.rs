//! All eigenvalues, and eigenvectors, of a symmetric matrix that is held whole.
//!
//! Householder's tridiagonalisation, each rank-two update fused with the next product so that the matrix is read once a step;
//! implicit QL; rotations and reflections applied to panels of eigenvectors that stay in the cache.

use super::tridiagonal::{Rotation, ql};
use super::vectors::fold;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;

/// Eigenvalues in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    pub values: Vec<f64>,
    /// Unit vectors in the order of the values; empty unless asked for.
    pub vectors: Vec<Vec<f64>>,
}

/// Components of an eigenvector that are rotated together.
const PANEL: usize = 32;
/// Rotations that are collected before they are applied.
const PENDING: usize = 1 << 16;
/// Eigenvectors that are reflected together.
const ROWS: usize = 16;

/// The eigenvalues of the symmetric matrix whose lower triangle `a` [n, n] holds; `a` is destroyed.
pub fn symmetric(a: &mut [f64], n: usize, vectors: bool) -> Result<Spectrum, String> {
    if n == 0 {
        return Ok(Spectrum { values: Vec::new(), vectors: Vec::new() });
    }
    let (mut d, mut e) = (vec![0.0; n], vec![0.0; n - 1]);
    let scales = tridiagonalise(a, n, &mut d, &mut e);
    if !vectors {
        ql(&mut d, &mut e, |_| ())?;
        d.sort_by(f64::total_cmp);
        return Ok(Spectrum { values: d, vectors: Vec::new() });
    }
    let mut panels = Panels::identity(n);
    let mut pending: Vec<Rotation> = Vec::with_capacity(PENDING);
    ql(&mut d, &mut e, |rotation| {
        pending.push(rotation);
        if pending.len() == PENDING {
            panels.rotate(&pending);
            pending.clear();
        }
    })?;
    panels.rotate(&pending);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| d[i].total_cmp(&d[j]));
    let mut rows: Vec<Vec<f64>> = order.iter().map(|&i| panels.row(i)).collect();
    reflect(a, n, &scales, &mut rows);
    Ok(Spectrum { values: order.into_iter().map(|i| d[i]).collect(), vectors: rows })
}

/// Leaves in column k below the diagonal the vector v of the reflection 1 - scale v vᵀ that cleared it, and returns the scales.
fn tridiagonalise(a: &mut [f64], n: usize, d: &mut [f64], e: &mut [f64]) -> Vec<f64> {
    let mut scales = vec![0.0; n];
    // The update that is still owed to the trailing block: A - v wᵀ - w vᵀ.
    let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
    let (mut next, mut p) = (vec![0.0; n], vec![0.0; n]);
    for k in 0..n {
        for i in k..n {
            a[i * n + k] -= v[i] * w[k] + w[i] * v[k];
        }
        d[k] = a[k * n + k];
        if k + 1 == n {
            break;
        }
        let first = k + 1;
        for i in first..n {
            next[i] = a[i * n + k];
        }
        let largest = next[first..].iter().fold(0.0f64, |m, x| m.max(x.abs()));
        // Only what stands below the first element has to go.
        let below = next[first + 1..].iter().any(|x| *x != 0.0);
        let mut scale = 0.0;
        if below && largest.is_finite() {
            let length = largest * next[first..].iter().map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt();
            let head = next[first];
            let image = -libm::copysign(length, head);
            let pivot = head - image;
            next[first..].iter_mut().for_each(|x| *x /= pivot);
            next[first] = 1.0;
            scale = -pivot / image;
            e[k] = image;
        } else {
            e[k] = next[first];
            next[first..].fill(0.0);
        }
        scales[k] = scale;
        p[first..].fill(0.0);
        update(Simd::detect(), (a, n, first), &v, &w, &next, &mut p);
        // w = scale (p - scale/2 (pᵀ v) v)
        let inner = (first..n).map(|i| p[i] * next[i]).sum::<f64>();
        for i in first..n {
            a[i * n + k] = next[i];
            w[i] = scale * (p[i] - 0.5 * scale * inner * next[i]);
            v[i] = next[i];
        }
    }
    scales
}

/// In the lower triangle from `first` on: A -= v wᵀ + w vᵀ, and p = A u.
#[inline(always)]
fn update_body((a, n, first): (&mut [f64], usize, usize), v: &[f64], w: &[f64], u: &[f64], p: &mut [f64]) {
    for i in first..n {
        let (vi, wi, ui) = (v[i], w[i], u[i]);
        let row = &mut a[i * n + first..=i * n + i];
        let last = row.len() - 1;
        let (v, w, u) = (&v[first..=i], &w[first..=i], &u[first..=i]);
        let out = &mut p[first..=i];
        let mut lanes = [0.0; 8];
        let whole = last / 8 * 8;
        for at in (0..whole).step_by(8) {
            let (row, out) = (&mut row[at..at + 8], &mut out[at..at + 8]);
            let (v, w, u) = (&v[at..at + 8], &w[at..at + 8], &u[at..at + 8]);
            for l in 0..8 {
                let x = row[l] - (vi * w[l] + wi * v[l]);
                row[l] = x;
                lanes[l] += x * u[l];
                out[l] += x * ui;
            }
        }
        for l in whole..last {
            let x = row[l] - (vi * w[l] + wi * v[l]);
            row[l] = x;
            lanes[l - whole] += x * u[l];
            out[l] += x * ui;
        }
        row[last] -= 2.0 * vi * wi;
        out[last] += fold(lanes) + row[last] * ui;
    }
}
dispatch!(update => update_body [] <> (block: (&mut [f64], usize, usize), v: &[f64], w: &[f64], u: &[f64], p: &mut [f64]));

/// A square matrix with one eigenvector a row, cut into panels of [`PANEL`] columns.
struct Panels {
    n: usize,
    panels: Vec<Vec<f64>>,
}

impl Panels {
    fn identity(n: usize) -> Panels {
        let panels = (0..n.div_ceil(PANEL))
            .map(|p| {
                let mut panel = vec![0.0; n * PANEL];
                (0..PANEL.min(n - p * PANEL)).for_each(|c| panel[(p * PANEL + c) * PANEL + c] = 1.0);
                panel
            })
            .collect();
        Panels { n, panels }
    }

    fn rotate(&mut self, rotations: &[Rotation]) {
        self.panels.iter_mut().for_each(|panel| turn(Simd::detect(), panel, rotations));
    }

    fn row(&self, i: usize) -> Vec<f64> {
        let mut row: Vec<f64> = self.panels.iter().flat_map(|p| &p[i * PANEL..(i + 1) * PANEL]).copied().collect();
        row.truncate(self.n);
        row
    }
}

#[inline(always)]
fn turn_body(panel: &mut [f64], rotations: &[Rotation]) {
    for rotation in rotations {
        let Rotation { at, c, s } = *rotation;
        let (x, y) = panel[at * PANEL..(at + 2) * PANEL].split_at_mut(PANEL);
        for l in 0..PANEL {
            let (a, b) = (x[l], y[l]);
            x[l] = c * a - s * b;
            y[l] = s * a + c * b;
        }
    }
}
dispatch!(turn => turn_body [] <> (panel: &mut [f64], rotations: &[Rotation]));

/// Takes eigenvectors of the tridiagonal matrix to those of the matrix that it was made of.
fn reflect(a: &[f64], n: usize, scales: &[f64], rows: &mut [Vec<f64>]) {
    // Row k holds the k-th reflection's vector.
    let mut v = vec![0.0; n * n];
    for k in 0..n {
        for i in k + 1..n {
            v[k * n + i] = a[i * n + k];
        }
    }
    for rows in rows.chunks_mut(ROWS) {
        for k in (0..n).rev().filter(|&k| scales[k] != 0.0) {
            let v = &v[k * n + k + 1..(k + 1) * n];
            for row in rows.iter_mut() {
                let c = scales[k] * super::vectors::dot(v, &row[k + 1..]);
                super::vectors::add(-c, v, &mut row[k + 1..]);
            }
        }
    }
}

/// The eigenvalues of the 2 x 2 matrix (a b; b c), the larger first.
pub fn of_two(a: f64, b: f64, c: f64) -> [f64; 2] {
    let (mean, half) = (0.5 * (a + c), 0.5 * (a - c));
    let radius = libm::hypot(half, b);
    [mean + radius, mean - radius]
}
