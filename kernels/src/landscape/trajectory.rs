//! A path of points, as training leaves one: its principal directions, and its shadow on a few directions.

use super::dense::symmetric;
use super::vectors::{add, difference, dot, norm, unit};

/// The principal directions of points around an origin (Gallagher and Downs 2003; Li et al., NeurIPS 2018, section 7).
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// Unit vectors, orthogonal.
    pub directions: Vec<Vec<f64>>,
    /// The fraction of the squared distances to the origin along each direction.
    pub explained: Vec<f64>,
    /// The coordinates of each point.
    pub coordinates: Vec<Vec<f64>>,
}

/// The first `count` principal directions of the points around `origin`: their mean for the usual analysis, the last point for
/// a picture of how training came to its end. `Err` where the points span less.
pub fn principal(points: &[Vec<f64>], origin: &[f64], count: usize) -> Result<Principal, String> {
    let t = points.len();
    let moved: Vec<Vec<f64>> = points.iter().map(|p| difference(p, origin)).collect();
    // The inner products of the points are a small matrix where the coordinates' covariance is a huge one.
    let mut gram = vec![0.0; t * t];
    for i in 0..t {
        for j in 0..=i {
            gram[i * t + j] = dot(&moved[i], &moved[j]);
        }
    }
    let total: f64 = (0..t).map(|i| gram[i * t + i]).sum();
    let spectrum = symmetric(&mut gram, t, true)?;
    let mut out = Principal { directions: Vec::new(), explained: Vec::new(), coordinates: vec![Vec::new(); t] };
    for k in 0..count {
        // Less than this fraction is rounding of the inner products.
        let Some(i) = t.checked_sub(k + 1).filter(|i| spectrum.values[*i] > 1e-13 * t as f64 * total) else {
            return Err(format!("the points span {k} directions, and {count} were asked for"));
        };
        let mut d = vec![0.0; origin.len()];
        spectrum.vectors[i].iter().zip(&moved).for_each(|(c, m)| add(*c, m, &mut d));
        unit(&mut d);
        // What the earlier directions took, to the last digit.
        for u in &out.directions {
            add(-dot(u, &d), u, &mut d);
        }
        unit(&mut d);
        out.explained.push(spectrum.values[i] / total);
        out.coordinates.iter_mut().zip(&moved).for_each(|(c, m)| c.push(dot(m, &d)));
        out.directions.push(d);
    }
    Ok(out)
}

/// The mean of points.
pub fn centre(points: &[Vec<f64>]) -> Vec<f64> {
    let mut mean = vec![0.0; points.first().map_or(0, Vec::len)];
    points.iter().for_each(|p| add(1.0 / points.len() as f64, p, &mut mean));
    mean
}

/// Where points fall on the space through an origin that given directions span.
#[derive(Clone, Debug, PartialEq)]
pub struct Shadow {
    /// The coefficients of the directions for each point: its nearest in the space, whether or not they are orthogonal.
    pub coordinates: Vec<Vec<f64>>,
    /// How far each point is from the space.
    pub distances: Vec<f64>,
}

/// Projects points. `Err` where the directions are not independent.
pub fn shadow(points: &[Vec<f64>], origin: &[f64], directions: &[Vec<f64>]) -> Result<Shadow, String> {
    let k = directions.len();
    // Gram and Schmidt's coefficients: direction j is Σ_i upper[j][i] frame[i].
    let mut frame: Vec<Vec<f64>> = Vec::with_capacity(k);
    let mut upper: Vec<Vec<f64>> = Vec::with_capacity(k);
    for (j, direction) in directions.iter().enumerate() {
        let mut d = direction.clone();
        let length = norm(&d);
        let mut row = vec![0.0; j];
        for _ in 0..2 {
            for (c, u) in row.iter_mut().zip(&frame) {
                let part = dot(u, &d);
                *c += part;
                add(-part, u, &mut d);
            }
        }
        let left = unit(&mut d);
        if left <= 1e-12 * length || length == 0.0 {
            return Err(format!("direction {} is a combination of those before it", j + 1));
        }
        row.push(left);
        upper.push(row);
        frame.push(d);
    }
    let mut out = Shadow { coordinates: Vec::with_capacity(points.len()), distances: Vec::with_capacity(points.len()) };
    for point in points {
        let mut rest = difference(point, origin);
        let mut c: Vec<f64> = Vec::with_capacity(k);
        for u in &frame {
            let part = dot(u, &rest);
            add(-part, u, &mut rest);
            c.push(part);
        }
        for j in (0..k).rev() {
            c[j] /= upper[j][j];
            for i in 0..j {
                c[i] -= upper[j][i] * c[j];
            }
        }
        out.coordinates.push(c);
        out.distances.push(norm(&rest));
    }
    Ok(out)
}
