//! Directions to look along: random ones with the lengths that make sense for a network, differences, the Hessian's.
//!
//! Filter normalisation is that of Li, Xu, Taylor, Studer and Goldstein, "Visualizing the loss landscape of neural nets"
//! (NeurIPS 2018): each filter of a random direction gets the length of the filter that it moves.

use super::draws::normals;
use super::eigen::{Settings, ends};
use super::objective::Block;
use super::operator::Operator;
use super::vectors::{add, dot, norm, scale, unit};
use crate::random::Key;

/// What length a direction has, and its pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalise {
    /// As drawn: elements of variance one.
    Not,
    /// Length one.
    Unit,
    /// Each filter or unit as long as that of the point; what belongs to none, such as biases, does not move (Li et al.).
    Filter,
    /// Each block as long as that of the point.
    Layer,
    /// Each element times the size of that of the point.
    Weight,
}

/// `count` independent directions with normal elements, normalised; `orthogonal` makes them so and keeps their lengths.
pub fn random(
    count: usize,
    normalise: Normalise,
    orthogonal: bool,
    point: &[f64],
    blocks: &[Block],
    key: Key,
) -> Result<Vec<Vec<f64>>, String> {
    let mut directions = Vec::with_capacity(count);
    for k in 0..count {
        let mut d = vec![0.0; point.len()];
        normals(key.derive(k as u64), &mut d);
        normalised(&mut d, normalise, point, blocks)?;
        directions.push(d);
    }
    if orthogonal {
        gram_schmidt(&mut directions)?;
    }
    Ok(directions)
}

/// Gives a direction its lengths. `Err` where nothing of it is left.
pub fn normalised(d: &mut [f64], normalise: Normalise, point: &[f64], blocks: &[Block]) -> Result<(), String> {
    match normalise {
        Normalise::Not => (),
        Normalise::Unit => {
            unit(d);
        }
        Normalise::Weight => d.iter_mut().zip(point).for_each(|(d, x)| *d *= x.abs()),
        Normalise::Layer => {
            for block in blocks {
                let length = norm(&point[block.range()]);
                unit(&mut d[block.range()]);
                scale(length, &mut d[block.range()]);
            }
        }
        Normalise::Filter => blocks.iter().for_each(|block| filters(&mut d[block.range()], &point[block.range()], block)),
    }
    let length = norm(d);
    if length > 0.0 && length.is_finite() {
        return Ok(());
    }
    let why = match normalise {
        Normalise::Not | Normalise::Unit => "has no length",
        Normalise::Filter => "has no length: the point's filters are zero, or it has none",
        Normalise::Layer | Normalise::Weight => "has no length, because the point is zero",
    };
    Err(format!("the direction {why}"))
}

/// Scales each filter of a block to the length of the point's.
fn filters(d: &mut [f64], point: &[f64], block: &Block) {
    let Some(dim) = block.unit.filter(|dim| *dim < block.shape.len()) else {
        return d.fill(0.0);
    };
    let units = block.shape[dim];
    let inner: usize = block.shape[dim + 1..].iter().product();
    let (mut ours, mut theirs) = (vec![0.0; units], vec![0.0; units]);
    for (i, (d, x)) in d.iter().zip(point).enumerate() {
        let u = i / inner % units;
        ours[u] += d * d;
        theirs[u] += x * x;
    }
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(o, t)| if *o > 0.0 { (t / o).sqrt() } else { 0.0 }).collect();
    d.iter_mut().enumerate().for_each(|(i, d)| *d *= ratios[i / inner % units]);
}

/// Makes each direction orthogonal to those before it and keeps its length. `Err` where one is a combination of them.
pub fn gram_schmidt(directions: &mut [Vec<f64>]) -> Result<(), String> {
    for k in 0..directions.len() {
        let (done, rest) = directions.split_at_mut(k);
        let d = &mut rest[0];
        let length = norm(d);
        // The second pass removes what rounding left of the first.
        for _ in 0..2 {
            for u in done.iter() {
                let square = dot(u, u);
                if square > 0.0 {
                    add(-dot(u, d) / square, u, d);
                }
            }
        }
        let left = unit(d);
        if left <= 1e-12 * length || length == 0.0 {
            return Err(format!("direction {} is a combination of those before it", k + 1));
        }
        scale(length, d);
    }
    Ok(())
}

/// The unit eigenvectors of the largest and of the smallest eigenvalues, in that order, with their eigenvalues.
pub fn of_matrix(operator: &mut dyn Operator, settings: &Settings) -> Result<(Vec<Vec<f64>>, Vec<f64>), String> {
    let found = ends(operator, settings)?;
    if found.largest.len() < settings.largest || found.smallest.len() < settings.smallest {
        return Err(format!(
            "{} eigenvectors were asked for, and {} found",
            settings.largest + settings.smallest,
            found.largest.len() + found.smallest.len()
        ));
    }
    Ok(found.largest.into_iter().chain(found.smallest).map(|p| (p.vector, p.value)).unzip())
}
