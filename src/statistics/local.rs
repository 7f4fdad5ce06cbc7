//! Slopes and areas of tabulated curves: both are linear in the ordinates.

use super::fit::{Polynomial, Table};

/// The derivative at the i-th abscissa, from the polynomial of a degree through the nearest `points` abscissae, by least
/// squares (A. Savitzky and M. Golay, Anal. Chem. 36, 1627 (1964), for any spacing). Near the ends the points lie to
/// one side. Fails for fewer points than the polynomial needs, and for values that are not finite.
pub fn derivative(x: &[f64], y: &[f64], i: usize, points: usize, degree: usize) -> Result<f64, String> {
    let table = Table::new(x, y, None)?;
    if table.len() != x.len() {
        return Err("the curve has a value that is not finite".into());
    }
    if points <= degree || table.len() < points {
        return Err(format!(
            "a derivative from {points} points by a polynomial of degree {degree} is not possible on a curve of {} points",
            table.len()
        ));
    }
    let at = x[i];
    let place = table.x.partition_point(|x| *x < at);
    let first = place.saturating_sub(points / 2).min(table.len() - points);
    let range = first..first + points;
    let width = table.x[range.clone()].iter().map(|x| (x - at).abs()).fold(0.0, f64::max);
    let u: Vec<f64> = table.x[range.clone()].iter().map(|x| (x - at) / width).collect();
    let fit = Polynomial::fit(&u, &table.y[range], &vec![1.0; points], degree).ok_or("the points lie too close to each other")?;
    Ok(fit.c[1] / width)
}

/// The integral from `low` to `high` (which may be the other way round), piecewise: through the ends of each interval
/// (`trapezoid`), or through the four points around it, exact for cubics. Fails outside the curve.
pub fn integral(x: &[f64], y: &[f64], low: f64, high: f64, trapezoid: bool) -> Result<f64, String> {
    let table = Table::new(x, y, None)?;
    if table.len() != x.len() {
        return Err("the curve has a value that is not finite".into());
    }
    let n = table.len();
    if n < 2 {
        return Err("an integral needs two points at least".into());
    }
    let (first, last) = (table.x[0], table.x[n - 1]);
    // A limit that is an end up to rounding is that end.
    let near = |v: f64| [first, last].into_iter().find(|e| (e - v).abs() <= 1e-9 * (last - first)).unwrap_or(v);
    let (low, high) = (near(low), near(high));
    for limit in [low, high] {
        if !(limit >= first && limit <= last) {
            return Err(format!("{limit} is outside the curve, which runs from {first} to {last}"));
        }
    }
    let sign = if low <= high { 1.0 } else { -1.0 };
    let (low, high) = (low.min(high), low.max(high));
    let mut total = 0.0;
    for i in 0..n - 1 {
        let (a, b) = (table.x[i].max(low), table.x[i + 1].min(high));
        if b <= a {
            continue;
        }
        let (from, to) = if trapezoid {
            (i, i + 2)
        } else {
            (i.saturating_sub(1).min(n.saturating_sub(4)), n.min(i.saturating_sub(1).min(n.saturating_sub(4)) + 4))
        };
        // Gauss's rule with two points is exact for cubics.
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let node = half / 3f64.sqrt();
        let value = |at: f64| lagrange(&table.x[from..to], &table.y[from..to], at);
        total += half * (value(middle - node) + value(middle + node));
    }
    Ok(sign * total)
}

fn lagrange(x: &[f64], y: &[f64], at: f64) -> f64 {
    let weight = |i: usize| -> f64 { (0..x.len()).filter(|j| *j != i).map(|j| (at - x[j]) / (x[i] - x[j])).product() };
    (0..x.len()).map(|i| y[i] * weight(i)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 7] = [0.0, 0.7, 1.0, 1.9, 2.4, 3.3, 4.0];

    #[test]
    fn polynomials_are_exact() {
        let y: Vec<f64> = X.iter().map(|x| 1.0 + 2.0 * x - 0.5 * x * x).collect();
        #[allow(clippy::needless_range_loop)]
        for i in 0..7 {
            assert!((derivative(&X, &y, i, 5, 2).unwrap() - (2.0 - X[i])).abs() < 1e-12);
            assert!((derivative(&X, &y, i, 3, 2).unwrap() - (2.0 - X[i])).abs() < 1e-12);
        }
        let cubic: Vec<f64> = X.iter().map(|x| x * x * x - x).collect();
        let exact = |x: f64| 0.25 * x * x * x * x - 0.5 * x * x;
        for (a, b) in [(0.0, 4.0), (0.3, 3.9), (2.0, 0.5), (1.0, 1.0)] {
            assert!((integral(&X, &cubic, a, b, false).unwrap() - (exact(b) - exact(a))).abs() < 1e-12, "{a} {b}");
        }
        let line: Vec<f64> = X.iter().map(|x| 3.0 * x + 1.0).collect();
        assert!((integral(&X, &line, 0.0, 4.0, true).unwrap() - 28.0).abs() < 1e-12);
        assert!((integral(&X[..2], &line[..2], 0.0, 0.7, false).unwrap() - (1.5 * 0.49 + 0.7)).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_possible_is_said() {
        assert!(derivative(&X, &[1.0; 7], 0, 9, 2).unwrap_err().contains("7 points"));
        assert!(derivative(&X, &[1.0; 7], 0, 2, 2).is_err());
        assert!(derivative(&X, &[f64::NAN; 7], 0, 3, 2).is_err());
        assert!(integral(&X, &[1.0; 7], 0.0, 5.0, true).unwrap_err().contains("outside"));
        assert!(integral(&[1.0], &[1.0], 1.0, 1.0, true).is_err());
    }
}
