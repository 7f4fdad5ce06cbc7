//! Many long vectors that are nearly orthonormal, and what Krylov methods do with all of them at once.
//!
//! Elements are stored in double or in single precision and calculated with in double: the loops wait for memory, and single
//! precision halves what they move. Each loop reads every vector once.

use super::vectors::{BLOCK, fold};
use crate::cache::fetch_line;
use crate::sparse::Simd;
use crate::sparse::block::dispatch;
use rayon::prelude::*;

/// How elements are stored.
pub(super) trait Stored: Copy + Default + Send + Sync + 'static {
    /// The largest relative error of storing.
    const ROUNDING: f64;
    fn of(x: f64) -> Self;
    fn get(self) -> f64;
}

impl Stored for f64 {
    const ROUNDING: f64 = 0.0;
    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn get(self) -> f64 {
        self
    }
}

impl Stored for f32 {
    const ROUNDING: f64 = 1.0 / 16_777_216.0;
    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn get(self) -> f64 {
        f64::from(self)
    }
}

/// Vectors that are read together, so that the other operand comes from the cache once.
const TOGETHER: usize = 4;
/// Elements that one thread takes at a time; their sums are added in order, whatever the number of threads.
const STRETCH: usize = 16 * BLOCK;
/// Elements of all vectors that are combined at a time.
const STRIP: usize = 256;

pub(super) struct Basis<T> {
    n: usize,
    vectors: Vec<Vec<T>>,
}

impl<T: Stored> Basis<T> {
    pub fn new(n: usize) -> Basis<T> {
        Basis { n, vectors: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.vectors.len()
    }

    pub fn truncate(&mut self, len: usize) {
        self.vectors.truncate(len);
    }

    /// Appends factor * v.
    pub fn push(&mut self, v: &[f64], factor: f64) {
        self.vectors.push(v.iter().map(|x| T::of(x * factor)).collect());
    }

    pub fn load(&self, k: usize, out: &mut [f64]) {
        out.iter_mut().zip(&self.vectors[k]).for_each(|(o, x)| *o = x.get());
    }

    /// The inner products of all vectors with w.
    pub fn coefficients(&self, w: &[f64]) -> Vec<f64> {
        let part = |(stretch, w): (usize, &[f64])| {
            let mut out = vec![0.0; self.len()];
            products(Simd::detect(), &self.vectors, stretch * STRETCH, w, &mut out);
            out
        };
        let parts: Vec<Vec<f64>> = w.par_chunks(STRETCH).enumerate().map(part).collect();
        let mut out = vec![0.0; self.len()];
        parts.iter().for_each(|part| out.iter_mut().zip(part).for_each(|(o, x)| *o += x));
        out
    }

    /// w -= Σ_k c[k] v_k, over the vectors from `first` on.
    pub fn subtract(&self, first: usize, c: &[f64], w: &mut [f64]) {
        let stretches = w.par_chunks_mut(STRETCH).enumerate();
        stretches.for_each(|(stretch, w)| remove(Simd::detect(), &self.vectors[first..], stretch * STRETCH, c, w));
    }

    /// Combinations of the vectors from `first` on, one for each row of coefficients.
    pub fn combinations(&self, first: usize, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let parts = rows.first().map_or(0, Vec::len);
        let mut out = vec![vec![0.0; self.n]; rows.len()];
        gather(Simd::detect(), &self.vectors[first..first + parts], rows, &mut out);
        out
    }

    /// Replaces the vectors from `first` on by as many combinations of the first of them as there are rows; those that took no
    /// part follow.
    pub fn recombine(&mut self, first: usize, rows: &[Vec<f64>]) {
        let parts = rows.first().map_or(0, Vec::len);
        combine(Simd::detect(), &mut self.vectors[first..first + parts], rows);
        self.vectors.drain(first + rows.len()..first + parts);
    }
}

/// How far ahead of a loop memory is asked for: some ten lines of each vector.
const AHEAD: usize = 192;

/// The products of two vectors with w, in lanes. More of them at a time, and the compiler takes numbers one by one.
#[inline(always)]
fn two_products<T: Stored>(a: &[T], b: &[T], w: &[f64], [of_a, of_b]: &mut [[f64; 8]; 2]) {
    let ((a, a_rest), (b, b_rest), (w, w_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>(), w.as_chunks::<8>());
    for ((w, a), b) in w.iter().zip(a).zip(b) {
        fetch_line(a.as_ptr().wrapping_add(AHEAD));
        fetch_line(b.as_ptr().wrapping_add(AHEAD));
        for l in 0..8 {
            of_a[l] += a[l].get() * w[l];
        }
        for l in 0..8 {
            of_b[l] += b[l].get() * w[l];
        }
    }
    for (l, ((w, a), b)) in w_rest.iter().zip(a_rest).zip(b_rest).enumerate() {
        of_a[l] += a.get() * w;
        of_b[l] += b.get() * w;
    }
}

#[inline(always)]
fn products_body<T: Stored>(vectors: &[Vec<T>], first: usize, w: &[f64], out: &mut [f64]) {
    for (block, w) in w.chunks(BLOCK).enumerate() {
        let at = first + block * BLOCK;
        for (group, out) in vectors.chunks(TOGETHER).zip(out.chunks_mut(TOGETHER)) {
            let mut lanes = [[0.0; 8]; TOGETHER];
            for (two, lanes) in group.chunks(2).zip(lanes.as_chunks_mut::<2>().0) {
                // One that is left alone is taken twice.
                two_products(&two[0][at..at + w.len()], &two[two.len() - 1][at..at + w.len()], w, lanes);
            }
            out.iter_mut().zip(lanes).for_each(|(o, lanes)| *o += fold(lanes));
        }
    }
}
dispatch!(products => products_body [T: Stored] <T> (vectors: &[Vec<T>], first: usize, w: &[f64], out: &mut [f64]));

#[inline(always)]
fn remove_body<T: Stored>(vectors: &[Vec<T>], first: usize, c: &[f64], w: &mut [f64]) {
    for (block, w) in w.chunks_mut(BLOCK).enumerate() {
        let at = first + block * BLOCK;
        for (group, c) in vectors.chunks(TOGETHER).zip(c.chunks(TOGETHER)) {
            let q: [&[T]; TOGETHER] = std::array::from_fn(|k| &group[k.min(group.len() - 1)][at..at + w.len()]);
            let c: [f64; TOGETHER] = std::array::from_fn(|k| c.get(k).copied().unwrap_or(0.0));
            let (w, w_rest) = w.as_chunks_mut::<8>();
            let [(q0, r0), (q1, r1), (q2, r2), (q3, r3)] = [q[0], q[1], q[2], q[3]].map(|q| q.as_chunks::<8>());
            for ((((w, q0), q1), q2), q3) in w.iter_mut().zip(q0).zip(q1).zip(q2).zip(q3) {
                for q in [q0, q1, q2, q3] {
                    fetch_line(q.as_ptr().wrapping_add(AHEAD));
                }
                for l in 0..8 {
                    w[l] -= (c[0] * q0[l].get() + c[1] * q1[l].get()) + (c[2] * q2[l].get() + c[3] * q3[l].get());
                }
            }
            for ((((w, q0), q1), q2), q3) in w_rest.iter_mut().zip(r0).zip(r1).zip(r2).zip(r3) {
                *w -= (c[0] * q0.get() + c[1] * q1.get()) + (c[2] * q2.get() + c[3] * q3.get());
            }
        }
    }
}
dispatch!(remove => remove_body [T: Stored] <T> (vectors: &[Vec<T>], first: usize, c: &[f64], w: &mut [f64]));

#[inline(always)]
fn combine_body<T: Stored>(vectors: &mut [Vec<T>], rows: &[Vec<f64>]) {
    let n = vectors.first().map_or(0, Vec::len);
    let mut strips = vec![0.0; vectors.len() * STRIP];
    for at in (0..n).step_by(STRIP) {
        let width = STRIP.min(n - at);
        load_strips(vectors, at, width, &mut strips);
        for (row, v) in rows.iter().zip(vectors.iter_mut()) {
            let sum = strip_sum(row, &strips);
            v[at..at + width].iter_mut().zip(sum).for_each(|(v, s)| *v = T::of(s));
        }
    }
}
dispatch!(combine => combine_body [T: Stored] <T> (vectors: &mut [Vec<T>], rows: &[Vec<f64>]));

#[inline(always)]
fn gather_body<T: Stored>(vectors: &[Vec<T>], rows: &[Vec<f64>], out: &mut [Vec<f64>]) {
    let n = vectors.first().map_or(0, Vec::len);
    let mut strips = vec![0.0; vectors.len() * STRIP];
    for at in (0..n).step_by(STRIP) {
        let width = STRIP.min(n - at);
        load_strips(vectors, at, width, &mut strips);
        for (row, out) in rows.iter().zip(out.iter_mut()) {
            out[at..at + width].copy_from_slice(&strip_sum(row, &strips)[..width]);
        }
    }
}
dispatch!(gather => gather_body [T: Stored] <T> (vectors: &[Vec<T>], rows: &[Vec<f64>], out: &mut [Vec<f64>]));

#[inline(always)]
fn load_strips<T: Stored>(vectors: &[Vec<T>], at: usize, width: usize, strips: &mut [f64]) {
    for (strip, v) in strips.chunks_exact_mut(STRIP).zip(vectors) {
        strip.iter_mut().zip(&v[at..at + width]).for_each(|(s, x)| *s = x.get());
    }
}

#[inline(always)]
fn strip_sum(row: &[f64], strips: &[f64]) -> [f64; STRIP] {
    let mut sum = [0.0; STRIP];
    for (c, strip) in row.iter().zip(strips.chunks_exact(STRIP)) {
        for l in 0..STRIP {
            sum[l] += c * strip[l];
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::vectors::dot;
    use super::*;
    use crate::random::Key;

    fn check<T: Stored>(tolerance: f64) {
        let n = 2 * STRETCH + 4101;
        let mut basis = Basis::<T>::new(n);
        let mut plain = Vec::new();
        for k in 0..7 {
            let mut v = vec![0.0; n];
            super::super::draws::normals(Key(k, 1), &mut v);
            basis.push(&v, 0.5);
            let mut loaded = vec![0.0; n];
            basis.load(k as usize, &mut loaded);
            plain.push(loaded);
        }
        let mut w = vec![0.0; n];
        super::super::draws::normals(Key(9, 9), &mut w);
        let c = basis.coefficients(&w);
        for (c, v) in c.iter().zip(&plain) {
            assert!((c - dot(v, &w)).abs() < 1e-11);
        }
        let mut slow = w.clone();
        for (c, v) in c[2..].iter().zip(&plain[2..]) {
            slow.iter_mut().zip(v).for_each(|(w, v)| *w -= c * v);
        }
        basis.subtract(2, &c[2..], &mut w);
        assert!(w.iter().zip(&slow).all(|(a, b)| (a - b).abs() < 1e-12 * (1.0 + b.abs() * 100.0)));
        let rows = vec![vec![0.5, -1.0, 0.0, 2.0], vec![1.0, 1.0, 1.0, 0.25]];
        let apart = basis.combinations(1, &rows);
        basis.recombine(1, &rows);
        assert_eq!(basis.len(), 5);
        let mut found = vec![0.0; n];
        for (r, row) in rows.iter().enumerate() {
            basis.load(1 + r, &mut found);
            for i in 0..n {
                let right: f64 = (0..4).map(|k| row[k] * plain[1 + k][i]).sum();
                assert!((apart[r][i] - right).abs() <= 1e-13 * (1.0 + right.abs()));
                assert!((found[i] - right).abs() <= tolerance * (1.0 + right.abs()));
            }
        }
        basis.load(3, &mut found);
        assert_eq!(found, plain[5]);
    }

    #[test]
    fn agrees_with_one_vector_at_a_time() {
        check::<f64>(1e-13);
        check::<f32>(1e-6);
    }
}
