//! Order parameters: means over sites with signs, shares of each value, the largest eigenvalue of the Q tensor.

use super::{Observable, Scratch, dot, sum};

/// (1/N) Σ_i ε_i x_i, a number a component; without signs ε_i = 1.
pub struct Mean {
    pub components: usize,
    pub sites: usize,
    /// One a site; empty for none.
    pub signs: Vec<f64>,
}

impl Observable for Mean {
    fn len(&self) -> usize {
        self.components
    }

    fn measure(&self, x: &[&[f64]], _: &mut Scratch, out: &mut [f64]) {
        let n = self.components;
        match (n, self.signs.is_empty()) {
            (1, true) => out[0] = sum(x[0]),
            (1, false) => out[0] = dot(x[0], &self.signs),
            _ => {
                out.fill(0.0);
                for (i, site) in x[0].chunks_exact(n).enumerate() {
                    let sign = self.signs.get(i).copied().unwrap_or(1.0);
                    out.iter_mut().zip(site).for_each(|(m, x)| *m += sign * x);
                }
            }
        }
        out.iter_mut().for_each(|m| *m /= self.sites as f64);
    }
}

/// The share of sites at each of `count` values. The array holds positions 0.. in the set of values.
pub struct Shares {
    pub count: usize,
    pub sites: usize,
}

impl Observable for Shares {
    fn len(&self) -> usize {
        self.count
    }

    fn measure(&self, x: &[&[f64]], _: &mut Scratch, out: &mut [f64]) {
        let mut counts = [0u32; 256];
        for &p in x[0] {
            counts[p as u8 as usize] += 1;
        }
        for (out, n) in out.iter_mut().zip(counts) {
            *out = f64::from(n) / self.sites as f64;
        }
    }
}

/// The largest eigenvalue of Q = (1/N) Σ_i (n u_i u_iᵀ - 1) / (n - 1) for unit vectors u_i of n components: 1 where all lie along
/// one axis, about 0 without order (de Gennes and Prost, The Physics of Liquid Crystals, ch. 2).
pub struct Nematic {
    pub components: usize,
    pub sites: usize,
}

impl Observable for Nematic {
    fn len(&self) -> usize {
        1
    }

    fn measure(&self, x: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
        let n = self.components;
        let q = &mut scratch.a;
        q.clear();
        q.resize(n * n, 0.0);
        for u in x[0].chunks_exact(n) {
            for a in 0..n {
                for b in 0..=a {
                    q[a * n + b] += u[a] * u[b];
                }
            }
        }
        for a in 0..n {
            for b in 0..=a {
                let mean = q[a * n + b] / self.sites as f64;
                let value = (n as f64 * mean - if a == b { 1.0 } else { 0.0 }) / (n as f64 - 1.0);
                (q[a * n + b], q[b * n + a]) = (value, value);
            }
        }
        out[0] = largest_eigenvalue(q, n);
    }
}

/// Of a symmetric matrix, which is destroyed: by rotations (Jacobi 1846), which converge quadratically.
pub fn largest_eigenvalue(q: &mut [f64], n: usize) -> f64 {
    for _ in 0..64 {
        let off: f64 = (0..n).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| q[a * n + b] * q[a * n + b]).sum();
        let all: f64 = q[..n * n].iter().map(|x| x * x).sum();
        if off <= 1e-30 * all {
            break;
        }
        for a in 1..n {
            for b in 0..a {
                let m = q[a * n + b];
                if m == 0.0 {
                    continue;
                }
                let t = (q[a * n + a] - q[b * n + b]) / (2.0 * m);
                let t = if t >= 0.0 { 1.0 } else { -1.0 } / (t.abs() + (t * t + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..n {
                    let (u, v) = (q[k * n + a], q[k * n + b]);
                    (q[k * n + a], q[k * n + b]) = (c * u + s * v, c * v - s * u);
                }
                for k in 0..n {
                    let (u, v) = (q[a * n + k], q[b * n + k]);
                    (q[a * n + k], q[b * n + k]) = (c * u + s * v, c * v - s * u);
                }
            }
        }
    }
    (0..n).map(|a| q[a * n + a]).fold(f64::NEG_INFINITY, f64::max)
}
