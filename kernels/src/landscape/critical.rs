//! What a critical point is, and what it looks like along a few directions.
//!
//! A saddle of a function of many variables looks like a minimum in most random projections unless its curvatures nearly cancel
//! (Böttcher and Wheeler, arXiv:2208.13219); the laws for equal curvatures are in `looks`.

use super::dense::{of_two, symmetric};
use super::directions::{Normalise, normalised};
use super::draws::normals;
use super::estimate::Estimate;
use super::objective::Block;
use super::operator::Operator;
use super::vectors::dot;
use crate::random::Key;

/// What a Hessian says of a critical point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// All curvatures are positive.
    Minimum,
    /// All are negative.
    Maximum,
    /// There are both.
    Saddle,
    /// Some are too small to tell, and the others agree.
    Flat,
}

/// The look of curvatures, of which those up to `flat` in size count as zero.
pub fn look(curvatures: &[f64], flat: f64) -> Look {
    let up = curvatures.iter().filter(|k| **k > flat).count();
    let down = curvatures.iter().filter(|k| **k < -flat).count();
    match (up, down) {
        (1.., 1..) => Look::Saddle,
        (u, 0) if u == curvatures.len() && u > 0 => Look::Minimum,
        (0, d) if d == curvatures.len() && d > 0 => Look::Maximum,
        _ => Look::Flat,
    }
}

/// The principal curvatures of the function on the space of the given directions: the eigenvalues of DᵀHD, the largest first.
pub fn projected(operator: &mut dyn Operator, directions: &[Vec<f64>]) -> Result<Vec<f64>, String> {
    let k = directions.len();
    let mut w = vec![0.0; operator.dimension()];
    let mut a = vec![0.0; k * k];
    for (i, d) in directions.iter().enumerate() {
        operator.apply(d, &mut w)?;
        for (j, e) in directions.iter().enumerate().take(i + 1) {
            a[i * k + j] = dot(e, &w);
        }
    }
    if k == 2 {
        return Ok(of_two(a[0], a[2], a[3]).to_vec());
    }
    let mut values = symmetric(&mut a, k, false)?.values;
    values.reverse();
    Ok(values)
}

/// The fractions of random projections with each look.
#[derive(Clone, Debug, PartialEq)]
pub struct Looks {
    pub minimum: Estimate,
    pub maximum: Estimate,
    pub saddle: Estimate,
    pub flat: Estimate,
    /// How many draws had each look, in this order.
    pub counts: [usize; 4],
    /// The principal curvatures of each draw, the largest first.
    pub curvatures: Vec<Vec<f64>>,
}

/// How projections are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Directions of each projection.
    pub directions: usize,
    pub draws: usize,
    pub normalise: Normalise,
    /// Curvatures up to this fraction of their root mean square over all draws count as zero.
    pub flat: f64,
    pub key: Key,
}

impl Settings {
    /// Planes of Gaussian directions.
    pub fn new(draws: usize, key: Key) -> Settings {
        Settings { directions: 2, draws, normalise: Normalise::Not, flat: 1e-6, key }
    }
}

/// The looks of random projections at the operator's point, whose coordinates and blocks serve to normalise the directions.
pub fn looks(operator: &mut dyn Operator, point: &[f64], blocks: &[Block], settings: &Settings) -> Result<Looks, String> {
    if settings.directions == 0 || settings.draws == 0 {
        return Err("the look of a critical point needs a direction and a draw at least".into());
    }
    let n = operator.dimension();
    let mut curvatures = Vec::with_capacity(settings.draws);
    let mut directions = vec![vec![0.0; n]; settings.directions];
    for draw in 0..settings.draws {
        for (k, d) in directions.iter_mut().enumerate() {
            normals(settings.key.derive((draw * settings.directions + k) as u64), d);
            normalised(d, settings.normalise, point, blocks)?;
        }
        curvatures.push(projected(operator, &directions)?);
    }
    let count = (settings.draws * settings.directions) as f64;
    let flat = settings.flat * (curvatures.iter().flatten().map(|k| k * k).sum::<f64>() / count).sqrt();
    let of = |which: Look| curvatures.iter().filter(|k| look(k, flat) == which).count();
    let counts = [Look::Minimum, Look::Maximum, Look::Saddle, Look::Flat].map(of);
    let [minimum, maximum, saddle, flat] = counts.map(|count| Estimate::fraction(count, settings.draws));
    Ok(Looks { minimum, maximum, saddle, flat, counts, curvatures })
}

/// The signs of a whole spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The index of the critical point.
    pub negative: usize,
    pub zero: usize,
    pub positive: usize,
    /// The largest over the smallest size of an eigenvalue; infinite if one of them counts as zero.
    pub condition: f64,
    pub look: Look,
}

/// Counts a spectrum's signs; eigenvalues up to `zero` times the largest size count as zero.
pub fn signature(values: &[f64], zero: f64) -> Signature {
    let size = values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let flat = zero * size;
    let negative = values.iter().filter(|x| **x < -flat).count();
    let positive = values.iter().filter(|x| **x > flat).count();
    let least = values.iter().fold(f64::INFINITY, |m, x| m.min(x.abs()));
    let condition = if least > flat && least.is_finite() { size / least } else { f64::INFINITY };
    Signature { negative, zero: values.len() - negative - positive, positive, condition, look: look(values, flat) }
}
