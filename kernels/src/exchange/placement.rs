//! Where to put the points of an exchange: equal rejection between neighbours.
//!
//! S. Syed, A. Bouchard-Côté, G. Deligiannidis and A. Doucet, J. R. Stat. Soc. B 84, 321 (2022): rejection rates r of neighbouring
//! points add up, to the order of r³, to a communication barrier Λ that does not depend on the points. Measured rates
//! give Λ at the points; a monotone interpolation of it is inverted at equal steps. To be iterated, with new measurements at the new points.

/// A first guess of `count` points from `low` to `high`: geometric where both are positive, equidistant otherwise.
///
/// # Errors
/// For fewer than two points and ends that are not finite or not ascending.
pub fn first_points(low: f64, high: f64, count: usize) -> Result<Vec<f64>, String> {
    check(low, high, count)?;
    let part = |k: usize| k as f64 / (count - 1) as f64;
    let point = |k: usize| {
        if k + 1 == count {
            high
        } else if low > 0.0 && k > 0 {
            low * libm::exp(libm::log(high / low) * part(k))
        } else {
            low + (high - low) * part(k)
        }
    };
    Ok((0..count).map(point).collect())
}

fn check(low: f64, high: f64, count: usize) -> Result<(), String> {
    if count < 2 {
        return Err(format!("{count} points cannot exchange: two are needed"));
    }
    if !(low.is_finite() && high.is_finite() && low < high && (high - low).is_finite()) {
        return Err(format!("points from {low} to {high}: two finite ends in ascending order are needed"));
    }
    Ok(())
}

/// `count` points from `low` to `high` with equal rejection rates, as far as the swap `rates` between the neighbouring `points`
/// tell (one rate less than points). The points are β or any other parameter, ascending or descending; the answer has
/// their order. Outside the measured points the barrier is taken to go on with the slope of the outermost interval.
///
/// # Errors
/// For points that are not monotone or finite, rates outside [0, 1], and ends as in [`first_points`].
pub fn place(points: &[f64], rates: &[f64], low: f64, high: f64, count: usize) -> Result<Vec<f64>, String> {
    check(low, high, count)?;
    if points.len() < 2 || rates.len() + 1 != points.len() {
        return Err(format!("{} swap rates between {} points", rates.len(), points.len()));
    }
    let descending = points[0] > points[1];
    let (mut x, mut r) = (points.to_vec(), rates.to_vec());
    if descending {
        x.reverse();
        r.reverse();
    }
    if !x.is_sorted_by(|a, b| a < b) || !x.iter().all(|x| x.is_finite()) {
        return Err("the points of an exchange must be finite and in order".into());
    }
    if let Some(bad) = r.iter().find(|r| !(**r >= 0.0 && **r <= 1.0)) {
        return Err(format!("a swap rate of {bad}"));
    }
    // A little of the parameter itself keeps the barrier strictly monotone where no swap was rejected.
    let span = x[x.len() - 1] - x[0];
    let total: f64 = r.iter().map(|r| 1.0 - r).sum();
    let least = (1e-3 * total).max(1e-9) / span;
    let mut barrier = vec![0.0];
    for (pair, r) in x.windows(2).zip(&r) {
        barrier.push(barrier[barrier.len() - 1] + (1.0 - r) + least * (pair[1] - pair[0]));
    }
    let curve = Monotone::new(&x, &barrier);
    let (from, to) = (curve.at(low), curve.at(high));
    let mut placed = vec![low];
    for k in 1..count - 1 {
        let target = from + (to - from) * k as f64 / (count - 1) as f64;
        placed.push(curve.inverse(target, placed[k - 1], high));
    }
    placed.push(high);
    // Where the wanted points are closer than numbers are, they cannot be told apart.
    if !placed.is_sorted_by(|a, b| a < b) {
        return Err(format!("{count} points between {low} and {high} would coincide"));
    }
    if descending {
        placed.reverse();
    }
    Ok(placed)
}

/// A monotone cubic interpolation (F. N. Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5, 300 (1984)), straight outside.
struct Monotone<'a> {
    x: &'a [f64],
    y: &'a [f64],
    slopes: Vec<f64>,
}

impl<'a> Monotone<'a> {
    fn new(x: &'a [f64], y: &'a [f64]) -> Monotone<'a> {
        let n = x.len();
        let secant = |k: usize| (y[k + 1] - y[k]) / (x[k + 1] - x[k]);
        let inner = |k: usize| {
            let (h0, h1) = (x[k] - x[k - 1], x[k + 1] - x[k]);
            let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
            (w0 + w1) / (w0 / secant(k - 1) + w1 / secant(k))
        };
        let slope = |k: usize| {
            if k == 0 {
                secant(0)
            } else if k + 1 == n {
                secant(n - 2)
            } else {
                inner(k)
            }
        };
        Monotone { x, y, slopes: (0..n).map(slope).collect() }
    }

    fn at(&self, x: f64) -> f64 {
        let last = self.x.len() - 1;
        if x <= self.x[0] {
            return self.y[0] + self.slopes[0] * (x - self.x[0]);
        }
        if x >= self.x[last] {
            return self.y[last] + self.slopes[last] * (x - self.x[last]);
        }
        let k = self.x.partition_point(|&p| p <= x) - 1;
        let h = self.x[k + 1] - self.x[k];
        let t = (x - self.x[k]) / h;
        let (a, b) = (t * t * (3.0 - 2.0 * t), t * (1.0 - t));
        self.y[k] * (1.0 - a) + self.y[k + 1] * a + h * b * (self.slopes[k] * (1.0 - t) - self.slopes[k + 1] * t)
    }

    /// The x in [low, high] where the curve is y, by bisection.
    fn inverse(&self, y: f64, mut low: f64, mut high: f64) -> f64 {
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.at(middle) < y { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }
}
