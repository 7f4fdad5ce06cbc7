//! The smallest and the largest eigenvalue of the Hessian at each point of a plane: where the function is convex, as in the maps
//! of Li et al. (NeurIPS 2018, section 6).

use super::eigen::{Settings, ends};
use super::objective::Objective;
use super::operator::Hessian;
use super::vectors::{add, shifted};
use crate::random::Key;

/// Extreme eigenvalues over a plane, row by row: the point (a[i], b[j]) stands at i * b.len() + j.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    pub smallest: Vec<f64>,
    pub largest: Vec<f64>,
    /// The larger of the two residuals.
    pub residuals: Vec<f64>,
    pub converged: Vec<bool>,
    pub products: usize,
}

/// The map at origin + a directions[0] + b directions[1], with at most `products` products a point. Points are visited to and
/// fro, each starting from the eigenvectors of the one before. Leaves the objective at the origin.
pub fn map(
    objective: &mut dyn Objective,
    origin: &[f64],
    directions: &[Vec<f64>; 2],
    (a, b): (&[f64], &[f64]),
    (tolerance, products): (f64, usize),
    key: Key,
) -> Result<Map, String> {
    let count = a.len() * b.len();
    let mut out = Map {
        smallest: vec![0.0; count],
        largest: vec![0.0; count],
        residuals: vec![0.0; count],
        converged: vec![false; count],
        products: 0,
    };
    let mut start: Option<Vec<f64>> = None;
    for (i, a) in a.iter().enumerate() {
        for step in 0..b.len() {
            let j = if i % 2 == 0 { step } else { b.len() - 1 - step };
            let at = i * b.len() + j;
            objective.move_to(&shifted(origin, directions, &[*a, b[j]]));
            let mut settings = Settings {
                tolerance,
                products,
                copies: false,
                start: start.take(),
                ..Settings::new(1, 1, key.derive(at as u64))
            };
            if let Some(start) = &mut settings.start {
                // A share of everything, or a direction that has just become extreme would never be seen.
                let mut fresh = vec![0.0; start.len()];
                super::draws::normals(settings.key.derive(1), &mut fresh);
                add(0.1 / (start.len() as f64).sqrt(), &fresh, start);
            }
            let found = ends(&mut Hessian(objective), &settings)?;
            out.products += found.products;
            out.converged[at] = found.converged;
            if let (Some(high), Some(low)) = (found.largest.into_iter().next(), found.smallest.into_iter().next()) {
                (out.smallest[at], out.largest[at]) = (low.value, high.value);
                out.residuals[at] = high.residual.max(low.residual);
                let mut sum = high.vector;
                add(1.0, &low.vector, &mut sum);
                start = Some(sum);
            } else {
                return Err("no eigenvalue was found within the products that are allowed".into());
            }
        }
    }
    objective.move_to(origin);
    Ok(out)
}
