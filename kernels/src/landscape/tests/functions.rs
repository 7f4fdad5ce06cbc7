//! Functions with known derivatives, and the slow twins of the linear algebra.

use super::super::draws::normals;
use super::super::objective::{Block, Objective};
use super::super::operator::Operator;
use super::super::vectors::{dot, shifted};
use crate::random::Key;

type Value = Box<dyn Fn(&[f64]) -> f64>;
type Map = Box<dyn Fn(&[f64]) -> Vec<f64>>;
type Product = Box<dyn Fn(&[f64], &[f64]) -> Vec<f64>>;

/// A function written by hand.
pub struct Written {
    pub x: Vec<f64>,
    blocks: Vec<Block>,
    f: Value,
    g: Map,
    h: Product,
    gauss_newton: Option<Product>,
}

impl Written {
    fn new(n: usize, f: Value, g: Map, h: Product) -> Written {
        let blocks = vec![Block { name: "x".into(), start: 0, shape: vec![n], unit: None }];
        Written { x: vec![0.0; n], blocks, f, g, h, gauss_newton: None }
    }
}

impl Objective for Written {
    fn dimension(&self) -> usize {
        self.x.len()
    }
    fn blocks(&self) -> &[Block] {
        &self.blocks
    }
    fn move_to(&mut self, x: &[f64]) {
        self.x.copy_from_slice(x);
    }
    fn value(&mut self) -> f64 {
        (self.f)(&self.x)
    }
    fn gradient(&mut self, out: &mut [f64]) -> f64 {
        out.copy_from_slice(&(self.g)(&self.x));
        (self.f)(&self.x)
    }
    fn hessian(&mut self, v: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&(self.h)(&self.x, v));
    }
    fn gauss_newton(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        let product = self.gauss_newton.as_ref().ok_or("no outputs that a loss is taken of")?;
        out.copy_from_slice(&product(&self.x, v));
        Ok(())
    }
    fn slice(&mut self, origin: &[f64], directions: &[Vec<f64>], points: &[Vec<f64>], out: &mut [f64]) {
        out.iter_mut().zip(points).for_each(|(o, c)| *o = (self.f)(&shifted(origin, directions, c)));
    }
}

/// Σ λᵢ xᵢ² / 2.
pub fn diagonal(values: &[f64]) -> Written {
    let [a, b, c] = [0; 3].map(|_| values.to_vec());
    Written::new(
        values.len(),
        Box::new(move |x| a.iter().zip(x).map(|(l, x)| 0.5 * l * x * x).sum()),
        Box::new(move |x| b.iter().zip(x).map(|(l, x)| l * x).collect()),
        Box::new(move |_, v| c.iter().zip(v).map(|(l, v)| l * v).collect()),
    )
}

/// `up` directions of curvature +1 and `down` of -1.
pub fn saddle(up: usize, down: usize) -> Written {
    diagonal(&[vec![1.0; up], vec![-1.0; down]].concat())
}

/// Σ xᵢ⁴.
pub fn quartic(n: usize) -> Written {
    Written::new(
        n,
        Box::new(|x| x.iter().map(|x| x.powi(4)).sum()),
        Box::new(|x| x.iter().map(|x| 4.0 * x.powi(3)).collect()),
        Box::new(|x, v| x.iter().zip(v).map(|(x, v)| 12.0 * x * x * v).collect()),
    )
}

/// Σ (xᵢ² - 1)²: a minimum at each corner (±1, ..., ±1), and saddles of every index.
pub fn wells(n: usize) -> Written {
    Written::new(
        n,
        Box::new(|x| x.iter().map(|x| (x * x - 1.0).powi(2)).sum()),
        Box::new(|x| x.iter().map(|x| 4.0 * x * (x * x - 1.0)).collect()),
        Box::new(|x, v| x.iter().zip(v).map(|(x, v)| (12.0 * x * x - 4.0) * v).collect()),
    )
}

/// Rosenbrock's chain, Σ 100 (x₊ - x²)² + (1 - x)²: a sum of squares, with its Gauss-Newton matrix.
pub fn rosenbrock(n: usize) -> Written {
    let mut function = Written::new(
        n,
        Box::new(|x| x.windows(2).map(|p| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2)).sum()),
        Box::new(|x| {
            let mut g = vec![0.0; x.len()];
            for i in 0..x.len() - 1 {
                let r = x[i + 1] - x[i] * x[i];
                g[i] += -400.0 * x[i] * r - 2.0 * (1.0 - x[i]);
                g[i + 1] += 200.0 * r;
            }
            g
        }),
        Box::new(|x, v| {
            let mut out = vec![0.0; x.len()];
            for i in 0..x.len() - 1 {
                out[i] += (1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0) * v[i] - 400.0 * x[i] * v[i + 1];
                out[i + 1] += -400.0 * x[i] * v[i] + 200.0 * v[i + 1];
            }
            out
        }),
    );
    function.gauss_newton = Some(Box::new(|x, v| {
        let mut out = vec![0.0; x.len()];
        for i in 0..x.len() - 1 {
            let tangent = 200.0 * (v[i + 1] - 2.0 * x[i] * v[i]);
            out[i] += -2.0 * x[i] * tangent + 2.0 * v[i];
            out[i + 1] += tangent;
        }
        out
    }));
    function
}

/// The monkey saddle x³ - 3 x y², whose Hessian vanishes at its critical point.
pub fn monkey() -> Written {
    Written::new(
        2,
        Box::new(|x| x[0].powi(3) - 3.0 * x[0] * x[1] * x[1]),
        Box::new(|x| vec![3.0 * x[0] * x[0] - 3.0 * x[1] * x[1], -6.0 * x[0] * x[1]]),
        Box::new(|x, v| vec![6.0 * x[0] * v[0] - 6.0 * x[1] * v[1], -6.0 * x[1] * v[0] - 6.0 * x[0] * v[1]]),
    )
}

/// x + y²: its gradient never vanishes, and the Hessian does not move it at y = 0.
pub fn ramp() -> Written {
    Written::new(2, Box::new(|x| x[0] + x[1] * x[1]), Box::new(|x| vec![1.0, 2.0 * x[1]]), Box::new(|_, v| vec![0.0, 2.0 * v[1]]))
}

/// A ring of minima, ((x² + y²) - 1)²/4 in the first two variables and 8 z²: ends on the ring have a barrier between them.
pub fn ring(n: usize) -> Written {
    let square = |x: &[f64]| x[0] * x[0] + x[1] * x[1] - 1.0;
    Written::new(
        n,
        Box::new(move |x| 0.25 * square(x).powi(2) + x[2..].iter().map(|z| 8.0 * z * z).sum::<f64>()),
        Box::new(move |x| {
            let r = square(x);
            x.iter().enumerate().map(|(i, x)| if i < 2 { r * x } else { 16.0 * x }).collect()
        }),
        Box::new(move |x, v| {
            let r = square(x);
            let along = 2.0 * (x[0] * v[0] + x[1] * v[1]);
            (0..x.len()).map(|i| if i < 2 { r * v[i] + along * x[i] } else { 16.0 * v[i] }).collect()
        }),
    )
}

/// A matrix held whole.
pub struct Dense {
    pub n: usize,
    pub a: Vec<f64>,
}

impl Dense {
    /// The matrix with the given eigenvalues, turned by `turns` random reflections.
    pub fn with_spectrum(values: &[f64], turns: u64, key: Key) -> Dense {
        let n = values.len();
        let mut a = vec![0.0; n * n];
        values.iter().enumerate().for_each(|(i, x)| a[i * n + i] = *x);
        for turn in 0..turns {
            let mut u = vec![0.0; n];
            normals(key.derive(turn), &mut u);
            let square = dot(&u, &u);
            // (1 - 2 u uᵀ/|u|²) A, and the same from the right.
            for _ in 0..2 {
                for row in a.chunks_exact_mut(n) {
                    let c = 2.0 * dot(row, &u) / square;
                    row.iter_mut().zip(&u).for_each(|(r, u)| *r -= c * u);
                }
                let transposed: Vec<f64> = (0..n * n).map(|k| a[k % n * n + k / n]).collect();
                a = transposed;
            }
        }
        Dense { n, a }
    }

    /// Independent normal elements, symmetric.
    pub fn random(n: usize, key: Key) -> Dense {
        let mut a = vec![0.0; n * n];
        normals(key, &mut a);
        for i in 0..n {
            for j in 0..i {
                a[i * n + j] = a[j * n + i];
            }
        }
        Dense { n, a }
    }
}

impl Operator for Dense {
    fn dimension(&self) -> usize {
        self.n
    }
    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        out.iter_mut().zip(self.a.chunks_exact(self.n)).for_each(|(o, row)| *o = dot(row, v));
        Ok(())
    }
}

/// A diagonal matrix, whose products may be rounded to single precision.
pub struct Diagonal {
    pub values: Vec<f64>,
    pub single: bool,
}

impl Operator for Diagonal {
    fn dimension(&self) -> usize {
        self.values.len()
    }
    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), String> {
        for (o, (x, v)) in out.iter_mut().zip(self.values.iter().zip(v)) {
            *o = if self.single { f64::from((*x as f32) * (*v as f32)) } else { x * v };
        }
        Ok(())
    }
}

/// Jacobi's method: plane rotations that clear one element after the other. Ascending.
pub fn jacobi(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    for _ in 0..60 {
        let mut off = 0.0f64;
        for p in 0..n {
            for q in p + 1..n {
                let x = a[p * n + q];
                off = off.max(x.abs());
                if x == 0.0 {
                    continue;
                }
                let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * x);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..n {
                    let (u, v) = (a[k * n + p], a[k * n + q]);
                    a[k * n + p] = c * u - s * v;
                    a[k * n + q] = s * u + c * v;
                }
                for k in 0..n {
                    let (u, v) = (a[p * n + k], a[q * n + k]);
                    a[p * n + k] = c * u - s * v;
                    a[q * n + k] = s * u + c * v;
                }
            }
        }
        if off == 0.0 {
            break;
        }
    }
    let mut values: Vec<f64> = (0..n).map(|i| a[i * n + i]).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// |found - right| in units of its error; a test that allows five fails by chance once in 1.7 million.
pub fn deviation(found: super::super::Estimate, right: f64) -> f64 {
    (found.value - right).abs() / found.error
}
