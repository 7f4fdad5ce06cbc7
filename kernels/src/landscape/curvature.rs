//! Curvature along random directions (Böttcher and Wheeler, "Visualizing high-dimensional loss landscapes with Hessian directions",
//! arXiv:2208.13219; and arXiv:2405.10957).
//!
//! A function f on the plane origin + α η + β δ has the Hessian (ηᵀHη, ηᵀHδ; ηᵀHδ, δᵀHδ), whose eigenvalues κ± are the principal
//! curvatures of its graph at a critical point. For elements of variance one the mean curvature (κ₊ + κ₋)/2 has the expectation
//! tr H, whatever the signs of the eigenvalues, for directions of length one tr H / N: the mean curvature of the whole function.

use super::dense::of_two;
use super::draws::normals;
use super::estimate::{Estimate, Histogram};
use super::objective::Objective;
use super::operator::Operator;
use super::vectors::unit;
use crate::random::Key;

/// The length of the random directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Elements of variance one, as in the papers.
    Gaussian,
    /// Length one.
    Unit,
}

/// Curvatures of many random planes.
#[derive(Clone, Debug, PartialEq)]
pub struct Curvature {
    /// (κ₊ + κ₋)/2.
    pub mean: Estimate,
    /// κ₊.
    pub upper: Estimate,
    /// κ₋.
    pub lower: Estimate,
    /// κ₊ κ₋.
    pub gaussian: Estimate,
    /// The trace of the Hessian that the mean curvature amounts to.
    pub trace: Estimate,
    /// κ₊ and κ₋ of each plane.
    pub samples: Vec<[f64; 2]>,
}

impl Curvature {
    /// `n` is the number of variables.
    fn new(samples: Vec<[f64; 2]>, n: usize, scale: Scale) -> Curvature {
        let of = |f: fn(&[f64; 2]) -> f64| Estimate::mean(&samples.iter().map(f).collect::<Vec<f64>>());
        let mean = of(|k| 0.5 * (k[0] + k[1]));
        let trace = if scale == Scale::Unit { mean.times(n as f64) } else { mean };
        Curvature { mean, upper: of(|k| k[0]), lower: of(|k| k[1]), gaussian: of(|k| k[0] * k[1]), trace, samples }
    }

    /// How the mean curvature of a plane is distributed.
    pub fn histogram(&self, bins: usize) -> Histogram {
        Histogram::new(&self.samples.iter().map(|k| 0.5 * (k[0] + k[1])).collect::<Vec<f64>>(), bins)
    }

    /// How κ₊ and κ₋ are distributed.
    pub fn principal(&self, bins: usize) -> [Histogram; 2] {
        [0, 1].map(|e| Histogram::new(&self.samples.iter().map(|k| k[e]).collect::<Vec<f64>>(), bins))
    }
}

fn direction(n: usize, scale: Scale, key: Key) -> Vec<f64> {
    let mut d = vec![0.0; n];
    normals(key, &mut d);
    if scale == Scale::Unit {
        unit(&mut d);
    }
    d
}

/// The curvatures of `planes` random planes, from the second derivatives within each.
pub fn by_forms(operator: &mut dyn Operator, planes: usize, scale: Scale, key: Key) -> Result<Curvature, String> {
    check(planes)?;
    let n = operator.dimension();
    let mut samples = Vec::with_capacity(planes);
    for plane in 0..planes {
        let pair = [0, 1].map(|d| direction(n, scale, key.derive(2 * plane as u64 + d)));
        let form = operator.forms(&pair)?;
        samples.push(of_two(form[0], form[1], form[2]));
    }
    Ok(Curvature::new(samples, n, scale))
}

/// Where a line is looked at: at `points` places on either side, up to the distance `reach`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stencil {
    /// A Euclidean distance from the origin.
    pub reach: f64,
    /// One gives the second difference; with more, the curvature is that of the quartic fitted to the even part.
    pub points: usize,
}

/// The same from values of the function alone: second derivatives along η, δ and (η + δ)/√2.
pub fn by_values(
    objective: &mut dyn Objective,
    origin: &[f64],
    planes: usize,
    scale: Scale,
    stencil: Stencil,
    key: Key,
) -> Result<Curvature, String> {
    check(planes)?;
    if !(stencil.reach > 0.0 && stencil.reach.is_finite()) || stencil.points == 0 {
        return Err("curvature from values needs a positive reach and a point on either side".into());
    }
    let n = objective.dimension();
    let (p, half) = (stencil.points, std::f64::consts::FRAC_1_SQRT_2);
    // Every line is walked in steps of a distance, however long its direction is.
    let length = if scale == Scale::Unit { 1.0 } else { (n as f64).sqrt() };
    let ts: Vec<f64> = (1..=p).map(|i| stencil.reach / length * i as f64 / p as f64).collect();
    let lines = [[1.0, 0.0], [0.0, 1.0], [half, half]];
    let mut places = vec![vec![0.0, 0.0]];
    for [a, b] in lines {
        for t in &ts {
            places.push(vec![a * t, b * t]);
            places.push(vec![-a * t, -b * t]);
        }
    }
    let mut values = vec![0.0; places.len()];
    let mut samples = Vec::with_capacity(planes);
    for plane in 0..planes {
        let pair = [0, 1].map(|d| direction(n, scale, key.derive(2 * plane as u64 + d)));
        objective.slice(origin, &pair, &places, &mut values);
        if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
            return Err(format!("the function is {bad} within the reach {} of the point", stencil.reach));
        }
        let [a, c, diagonal] = [0, 1, 2].map(|line| {
            let beside = &values[1 + 2 * p * line..1 + 2 * p * (line + 1)];
            second_derivative(&ts, beside, values[0])
        });
        samples.push(of_two(a, diagonal - 0.5 * (a + c), c));
    }
    Ok(Curvature::new(samples, n, scale))
}

fn check(planes: usize) -> Result<(), String> {
    if planes == 0 { Err("curvature needs one random plane at least".into()) } else { Ok(()) }
}

/// Of c₂ t² + c₄ t⁴ fitted to the even part by least squares; `beside` holds the values at +t and -t in turns.
fn second_derivative(ts: &[f64], beside: &[f64], middle: f64) -> f64 {
    let last = ts[ts.len() - 1];
    // Sums of powers of t / last, which is of order one.
    let (mut s4, mut s6, mut s8, mut y2, mut y4) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (t, pair) in ts.iter().zip(beside.chunks_exact(2)) {
        let u = (t / last) * (t / last);
        let y = 0.5 * ((pair[0] - middle) + (pair[1] - middle));
        s4 += u * u;
        s6 += u * u * u;
        s8 += u * u * u * u;
        y2 += u * y;
        y4 += u * u * y;
    }
    let c = if ts.len() == 1 { y2 / s4 } else { (y2 * s8 - y4 * s6) / (s4 * s8 - s6 * s6) };
    2.0 * c / (last * last)
}
