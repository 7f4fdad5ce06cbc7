//! What batch normalisation keeps between points: running averages belong to a point, and go over in straight lines from one
//! point to another as the weights do.

use crate::kernels::landscape::vectors::{add, difference, dot, norm};

/// Buffers as an affine function of the weights: those of the origin, and those of each end at its place.
#[derive(Clone, Debug)]
pub struct Drift {
    origin: Vec<f64>,
    /// The coordinate of a weight vector along the way to each end is its product with these.
    duals: Vec<Vec<f64>>,
    here: Vec<Vec<f64>>,
    /// What each end has more than the origin, by end and buffer.
    shifts: Vec<Vec<Vec<f64>>>,
    /// The least that a buffer may be beyond the ends: variances stay above the smallest one that is known.
    least: Vec<Option<Vec<f64>>>,
}

impl Drift {
    /// `ends`: points with their buffers; `variances`: the numbers of the buffers that are never negative.
    pub fn new(origin: &[f64], here: &[Vec<f64>], ends: &[(Vec<f64>, Vec<Vec<f64>>)], variances: &[usize]) -> Drift {
        let ways: Vec<Vec<f64>> = ends.iter().map(|(end, _)| difference(end, origin)).collect();
        let shifts = ends.iter().map(|(_, b)| b.iter().zip(here).map(|(b, h)| difference(b, h)).collect()).collect();
        let least = here.iter().enumerate().map(|(k, h)| {
            let lowest = |i: usize| ends.iter().map(|(_, b)| b[k][i]).fold(h[i], f64::min);
            variances.contains(&k).then(|| (0..h.len()).map(lowest).collect())
        });
        Drift { origin: origin.to_vec(), duals: duals(&ways), here: here.to_vec(), shifts, least: least.collect() }
    }

    /// The coordinates of a point.
    pub fn coordinates(&self, point: &[f64]) -> Vec<f64> {
        self.along(&difference(point, &self.origin))
    }

    /// How much the coordinates change along a direction.
    pub fn along(&self, direction: &[f64]) -> Vec<f64> {
        self.duals.iter().map(|d| dot(d, direction)).collect()
    }

    /// The buffers at coordinates.
    pub fn buffers(&self, coordinates: &[f64]) -> Vec<Vec<f64>> {
        let mut out = self.here.clone();
        for (c, shift) in coordinates.iter().zip(&self.shifts) {
            out.iter_mut().zip(shift).for_each(|(b, s)| add(*c, s, b));
        }
        for (b, least) in out.iter_mut().zip(&self.least) {
            if let Some(least) = least {
                b.iter_mut().zip(least).for_each(|(x, least)| *x = x.max(*least));
            }
        }
        out
    }

    /// The buffers of the origin.
    pub fn begin(&self) -> &[Vec<f64>] {
        &self.here
    }
}

/// Vectors whose product with way k is 1, and 0 with the others; nothing for ways that the others span.
fn duals(ways: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let free = |v: &[f64], basis: &[Vec<f64>]| {
        let mut rest = v.to_vec();
        // Twice is enough against rounding.
        for _ in 0..2 {
            for b in basis {
                let share = -dot(b, &rest);
                add(share, b, &mut rest);
            }
        }
        rest
    };
    let dual = |k: usize| {
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for (j, way) in ways.iter().enumerate() {
            let mut rest = free(way, &basis);
            let length = norm(&rest);
            if j != k && length > 1e-9 * norm(way) {
                rest.iter_mut().for_each(|x| *x /= length);
                basis.push(rest);
            }
        }
        let mut own = free(&ways[k], &basis);
        let square = dot(&own, &ways[k]);
        let usable = norm(&own) > 1e-9 * norm(&ways[k]);
        own.iter_mut().for_each(|x| *x = if usable { *x / square } else { 0.0 });
        own
    };
    (0..ways.len()).map(dual).collect()
}

#[cfg(test)]
mod tests {
    use super::Drift;

    fn near(a: &[Vec<f64>], b: &[Vec<f64>]) {
        for (x, y) in a.concat().iter().zip(b.concat()) {
            assert!((x - y).abs() < 1e-12, "{a:?} {b:?}");
        }
    }

    #[test]
    fn each_point_has_its_own_buffers() {
        let origin = [1.0, 2.0, 3.0];
        let here = [vec![0.0, 1.0], vec![1.0, 2.0]];
        let one = (vec![2.0, 2.0, 4.0], vec![vec![1.0, -1.0], vec![0.5, 8.0]]);
        let two = (vec![1.0, 5.0, 4.0], vec![vec![4.0, 0.0], vec![3.0, 1.0]]);
        let drift = Drift::new(&origin, &here, &[one.clone(), two.clone()], &[1]);
        for (point, buffers) in [(origin.to_vec(), here.to_vec()), one, two] {
            near(&drift.buffers(&drift.coordinates(&point)), &buffers);
        }
        near(&drift.buffers(&[0.5, 0.0]), &[vec![0.5, 0.0], vec![0.75, 5.0]]);
        // A mean goes on in its line, a variance does not fall below what is known.
        near(&drift.buffers(&[3.0, 0.0]), &[vec![3.0, -5.0], vec![0.5, 20.0]]);
        // Two ends at one place: neither has a direction of its own, and nothing is without value.
        let twice = Drift::new(&[0.0], &[vec![1.0]], &[(vec![1.0], vec![vec![2.0]]), (vec![1.0], vec![vec![2.0]])], &[]);
        assert!(twice.buffers(&twice.coordinates(&[1.0]))[0][0].is_finite());
    }
}
