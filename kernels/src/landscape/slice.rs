//! Values of a function on a line or a plane through a point.

use super::objective::Objective;

/// Values on a line: at origin + t direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub t: Vec<f64>,
    pub values: Vec<f64>,
}

/// Values on a plane: at origin + a directions[0] + b directions[1], with a counting the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    pub a: Vec<f64>,
    pub b: Vec<f64>,
    /// Row by row: the value at (a[i], b[j]) stands at i * b.len() + j.
    pub values: Vec<f64>,
}

/// `points` equal steps from `low` to `high`, both included; the middle of an odd number is exact.
pub fn even(low: f64, high: f64, points: usize) -> Vec<f64> {
    if points == 1 {
        return vec![0.5 * (low + high)];
    }
    let last = points.saturating_sub(1) as f64;
    (0..points).map(|i| (low * (last - i as f64) + high * i as f64) / last).collect()
}

/// The values along one direction.
pub fn line(objective: &mut dyn Objective, origin: &[f64], direction: &[f64], t: &[f64]) -> Line {
    let points: Vec<Vec<f64>> = t.iter().map(|t| vec![*t]).collect();
    let mut values = vec![0.0; t.len()];
    objective.slice(origin, &[direction.to_vec()], &points, &mut values);
    Line { t: t.to_vec(), values }
}

/// The values on the plane of two directions.
pub fn plane(objective: &mut dyn Objective, origin: &[f64], directions: [&[f64]; 2], a: &[f64], b: &[f64]) -> Plane {
    let points: Vec<Vec<f64>> = a.iter().flat_map(|a| b.iter().map(|b| vec![*a, *b])).collect();
    let mut values = vec![0.0; points.len()];
    objective.slice(origin, &directions.map(<[f64]>::to_vec), &points, &mut values);
    Plane { a: a.to_vec(), b: b.to_vec(), values }
}
