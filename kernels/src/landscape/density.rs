//! The density of eigenvalues by stochastic Lanczos quadrature (Ubaru, Chen and Saad, SIAM J. Matrix Anal. Appl. 38, 1075 (2017);
//! Ghorbani, Krishnan and Xiao, ICML 2019).
//!
//! Each random vector sees the spectrum weighted by its squared components; the Lanczos process gives the Gauss quadrature of that
//! measure. Without reorthogonalisation eigenvalues that converged appear again, as clusters whose weights add up to the right
//! one (Greenbaum, Linear Algebra Appl. 113, 7 (1989); Chen, Trogdon and Ubaru, ICML 2021), and three vectors are enough.

use super::basis::Basis;
use super::draws::normals;
use super::estimate::Estimate;
use super::operator::Operator;
use super::tridiagonal::ql;
use super::vectors::{add, dot, norm, scale, unit};
use crate::random::Key;

/// How many random vectors, how deep, and what the result looks like.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Random vectors.
    pub probes: usize,
    /// Products for each of them.
    pub steps: usize,
    /// Points of the grid.
    pub points: usize,
    /// The grid's ends; from the Ritz values if not given.
    pub range: Option<(f64, f64)>,
    /// The standard deviation of the Gaussian that stands for each Ritz value; a hundredth of the grid's width if not given.
    pub width: Option<f64>,
    /// Keeps all vectors and their orthogonality, for a quadrature that is exact to the last step.
    pub reorthogonalise: bool,
    pub key: Key,
}

impl Settings {
    /// Ten vectors of a hundred steps on a grid of 201 points.
    pub fn new(key: Key) -> Settings {
        Settings { probes: 10, steps: 100, points: 201, range: None, width: None, reorthogonalise: false, key }
    }
}

/// The density of eigenvalues; its integral is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    pub grid: Vec<f64>,
    pub density: Vec<Estimate>,
    /// The fraction of the eigenvalues up to each point of the grid, smoothed in the same way.
    pub cumulative: Vec<Estimate>,
    /// The fraction of the eigenvalues below zero.
    pub negative: Estimate,
    /// The mean of the eigenvalues, and of their squares.
    pub moments: [Estimate; 2],
    pub width: f64,
    /// Of each random vector: Ritz values in ascending order with their weights, which add up to one.
    pub nodes: Vec<Vec<(f64, f64)>>,
    pub products: usize,
}

impl Density {
    /// The density that each random vector sees, over the grid.
    pub fn of_probes(&self) -> Vec<Vec<f64>> {
        let of = |nodes: &Vec<(f64, f64)>| {
            self.grid.iter().map(|&x| nodes.iter().map(|(node, w)| w * bell(x - node, self.width)).sum()).collect()
        };
        self.nodes.iter().map(of).collect()
    }
}

/// The normal density of a standard deviation.
fn bell(x: f64, width: f64) -> f64 {
    let height = 1.0 / (width * std::f64::consts::TAU.sqrt());
    height * libm::exp(-0.5 * (x / width) * (x / width))
}

/// The density of eigenvalues.
pub fn density(operator: &mut dyn Operator, settings: &Settings) -> Result<Density, String> {
    if settings.probes == 0 || settings.steps == 0 || settings.points < 2 || operator.dimension() == 0 {
        return Err("a density of eigenvalues needs a random vector, a step and two points at least".into());
    }
    let mut nodes = Vec::with_capacity(settings.probes);
    let mut products = 0;
    for k in 0..settings.probes {
        nodes.push(quadrature(operator, settings, settings.key.derive(k as u64), &mut products)?);
    }
    let ends = nodes.iter().flatten().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x.0), b.max(x.0)));
    let (low, high, width) = frame(ends, settings)?;
    let step = (high - low) / (settings.points - 1) as f64;
    let grid: Vec<f64> = (0..settings.points).map(|i| low + step * i as f64).collect();
    let at = |f: &dyn Fn(f64) -> f64| {
        let of = |probe: &Vec<(f64, f64)>| probe.iter().map(|(x, w)| w * f(*x)).sum::<f64>();
        Estimate::mean(&nodes.iter().map(of).collect::<Vec<f64>>())
    };
    let below = |x: f64| 0.5 * libm::erfc(-x / (width * std::f64::consts::SQRT_2));
    Ok(Density {
        density: grid.iter().map(|&x| at(&|node| bell(x - node, width))).collect(),
        cumulative: grid.iter().map(|&x| at(&|node| below(x - node))).collect(),
        negative: at(&|node| if node < 0.0 { 1.0 } else { 0.0 }),
        moments: [at(&|node| node), at(&|node| node * node)],
        grid,
        width,
        nodes,
        products,
    })
}

/// The grid's ends and the width of the Gaussians.
fn frame(ends: (f64, f64), settings: &Settings) -> Result<(f64, f64, f64), String> {
    // A spectrum of one value gets a width that can be seen beside it.
    let extent = (ends.1 - ends.0).max(1e-6 * ends.0.abs().max(ends.1.abs())).max(1e-12);
    let width = settings.width.unwrap_or_else(|| 0.01 * settings.range.map_or(extent, |(a, b)| b - a));
    let (low, high) = settings.range.unwrap_or((ends.0 - 5.0 * width, ends.1 + 5.0 * width));
    if !(low < high && width > 0.0 && (high - low).is_finite() && width.is_finite()) {
        return Err(format!("the density of eigenvalues from {low} to {high} with the width {width} is empty"));
    }
    Ok((low, high, width))
}

/// The Gauss quadrature that one random vector sees.
fn quadrature(
    operator: &mut dyn Operator,
    settings: &Settings,
    key: Key,
    products: &mut usize,
) -> Result<Vec<(f64, f64)>, String> {
    let n = operator.dimension();
    let (mut before, mut v, mut w) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    normals(key, &mut v);
    unit(&mut v);
    let mut basis = Basis::<f64>::new(n);
    let (mut diagonal, mut off): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut size = 0.0f64;
    for step in 0..settings.steps.min(n) {
        operator.apply(&v, &mut w)?;
        *products += 1;
        size = size.max(norm(&w));
        if let Some(coupling) = off.last() {
            add(-coupling, &before, &mut w);
        }
        let a = dot(&v, &w);
        add(-a, &v, &mut w);
        diagonal.push(a);
        if settings.reorthogonalise {
            basis.push(&v, 1.0);
            for _ in 0..2 {
                let c = basis.coefficients(&w);
                basis.subtract(0, &c, &mut w);
            }
        }
        let b = norm(&w);
        // The vector's whole Krylov space: the quadrature is exact.
        if b <= 1e-13 * size || step + 1 == settings.steps.min(n) {
            break;
        }
        off.push(b);
        std::mem::swap(&mut before, &mut v);
        std::mem::swap(&mut v, &mut w);
        scale(1.0 / b, &mut v);
    }
    // The first components of the eigenvectors are the roots of the weights.
    let mut first = vec![0.0; diagonal.len()];
    first[0] = 1.0;
    ql(&mut diagonal, &mut off, |r| {
        let (x, y) = (first[r.at], first[r.at + 1]);
        first[r.at] = r.c * x - r.s * y;
        first[r.at + 1] = r.s * x + r.c * y;
    })?;
    let total: f64 = first.iter().map(|x| x * x).sum();
    let mut nodes: Vec<(f64, f64)> = diagonal.into_iter().zip(first).map(|(x, c)| (x, c * c / total)).collect();
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(nodes)
}
