//! The fast Fourier transform that long autocorrelation functions need. It must not know what is
//! transformed.

/// A radix-2 transform of one length, with its table of roots of unity.
pub struct Fourier {
    /// exp(-2 pi i k / n) for k in 0..n/2, real and imaginary part.
    roots: Vec<(f64, f64)>,
    length: usize,
}

impl Fourier {
    /// A transform of the least power of two that is not below `length` (and at least 2).
    pub fn new(length: usize) -> Fourier {
        let length = length.max(2).next_power_of_two();
        let step = -std::f64::consts::TAU / length as f64;
        let roots = (0..length / 2).map(|k| (libm::cos(step * k as f64), libm::sin(step * k as f64))).collect();
        Fourier { roots, length }
    }

    /// The number of points.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Transforms in place: X_f = sum_t x_t exp(-2 pi i f t / n). `data` must have [`Fourier::len`] points.
    pub fn forward(&self, data: &mut [(f64, f64)]) {
        debug_assert_eq!(data.len(), self.length);
        let bits = self.length.trailing_zeros();
        for i in 0..self.length {
            let j = i.reverse_bits() >> (usize::BITS - bits);
            if i < j {
                data.swap(i, j);
            }
        }
        let mut half = 1;
        while half < self.length {
            let stride = self.length / (2 * half);
            for group in data.chunks_exact_mut(2 * half) {
                let (low, high) = group.split_at_mut(half);
                for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let (c, s) = self.roots[k * stride];
                    let (x, y) = (b.0 * c - b.1 * s, b.0 * s + b.1 * c);
                    *b = (a.0 - x, a.1 - y);
                    *a = (a.0 + x, a.1 + y);
                }
            }
            half *= 2;
        }
    }
}

/// Sums over i of x_i x_{i+t}, added over the chains, for t in 0..=lags.
///
/// Each chain is cut into segments of three times the lags, so that time grows as n log(lags) and
/// memory as the lags. A segment (real part) and the stretch that its products reach (imaginary
/// part) share one transform; the cross spectra are added and transformed back once.
pub fn lagged_products(chains: &[Vec<f64>], lags: usize) -> Vec<f64> {
    let fourier = Fourier::new(4 * lags.max(1));
    let n = fourier.len();
    let segment = n - lags;
    let mut spectrum = vec![(0.0, 0.0); n];
    let mut z = vec![(0.0, 0.0); n];
    for chain in chains {
        for start in (0..chain.len()).step_by(segment) {
            z.fill((0.0, 0.0));
            for (i, (point, &x)) in z.iter_mut().zip(&chain[start..]).enumerate() {
                *point = (if i < segment { x } else { 0.0 }, x);
            }
            fourier.forward(&mut z);
            for f in 0..n {
                let (p, q) = (z[f], z[(n - f) % n]);
                let a = (0.5 * (p.0 + q.0), 0.5 * (p.1 - q.1));
                let e = (0.5 * (p.1 + q.1), 0.5 * (q.0 - p.0));
                // conj(A) E; the conjugate is kept, so that a forward transform goes back.
                spectrum[f].0 += a.0 * e.0 + a.1 * e.1;
                spectrum[f].1 -= a.0 * e.1 - a.1 * e.0;
            }
        }
    }
    fourier.forward(&mut spectrum);
    spectrum[..=lags].iter().map(|p| p.0 / n as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::{Key, Stream};

    #[test]
    fn the_transform_is_the_defining_sum() {
        let mut s = Stream::new(Key(1, 1));
        for n in [2usize, 4, 32] {
            let x: Vec<(f64, f64)> = (0..n).map(|_| (s.normal(), s.normal())).collect();
            let mut y = x.clone();
            Fourier::new(n).forward(&mut y);
            for (f, y) in y.iter().enumerate() {
                let mut sum = (0.0, 0.0);
                for (t, x) in x.iter().enumerate() {
                    let (sin, cos) = libm::sincos(-std::f64::consts::TAU * (f * t) as f64 / n as f64);
                    sum.0 += x.0 * cos - x.1 * sin;
                    sum.1 += x.0 * sin + x.1 * cos;
                }
                assert!((sum.0 - y.0).abs() < 1e-12 && (sum.1 - y.1).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn lagged_products_are_the_direct_sums() {
        let mut s = Stream::new(Key(1, 2));
        let chains: Vec<Vec<f64>> = [0usize, 1, 7, 500, 1234].iter().map(|&n| (0..n).map(|_| s.normal()).collect()).collect();
        for lags in [0, 1, 5, 64, 100, 700] {
            let fast = lagged_products(&chains, lags);
            assert_eq!(fast.len(), lags + 1);
            for (t, fast) in fast.iter().enumerate() {
                let direct: f64 = chains.iter().map(|c| (t..c.len()).map(|i| c[i] * c[i - t]).sum::<f64>()).sum();
                assert!((fast - direct).abs() < 1e-10, "lags {lags}, t {t}: {fast} {direct}");
            }
        }
    }
}
