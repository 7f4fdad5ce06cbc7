//! Weighted least-squares polynomials of low degree on a few points.

/// The highest degree plus one.
pub const TERMS: usize = 4;

/// A polynomial in the scaled abscissa u, with what the fit says about its quality.
#[derive(Clone, Copy, Debug)]
pub struct Polynomial {
    /// Coefficients from the constant upwards; zero above the degree.
    pub c: [f64; TERMS],
    /// Standard errors of the coefficients, if the weights are inverse squared errors.
    pub error: [f64; TERMS],
}

impl Polynomial {
    /// Fits through points u with ordinates y and weights w. None if there are fewer points than
    /// coefficients, if points coincide too much, or if something is not finite.
    ///
    /// Orthogonalisation (modified Gram-Schmidt) rather than normal equations, whose condition is
    /// the square of the problem's.
    pub fn fit(u: &[f64], y: &[f64], w: &[f64], degree: usize) -> Option<Polynomial> {
        let terms = degree + 1;
        let m = u.len();
        if terms > TERMS || m < terms || y.len() != m || w.len() != m {
            return None;
        }
        let root: Vec<f64> = w.iter().map(|w| w.sqrt()).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut residual: Vec<f64> = y.iter().zip(&root).map(|(y, r)| y * r).collect();
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(terms);
        let mut r = [[0.0; TERMS]; TERMS];
        let mut projection = [0.0; TERMS];
        let mut power = root;
        for k in 0..terms {
            let mut column = power.clone();
            let before = dot(&column, &column).sqrt();
            for (j, q) in columns.iter().enumerate() {
                let s = dot(q, &column);
                r[j][k] = s;
                column.iter_mut().zip(q).for_each(|(c, q)| *c -= s * q);
            }
            let norm = dot(&column, &column).sqrt();
            if !(norm > 1e-10 * before && norm.is_finite()) {
                return None;
            }
            column.iter_mut().for_each(|c| *c /= norm);
            r[k][k] = norm;
            projection[k] = dot(&column, &residual);
            residual.iter_mut().zip(&column).for_each(|(y, q)| *y -= projection[k] * q);
            columns.push(column);
            power.iter_mut().zip(u).for_each(|(p, u)| *p *= u);
        }
        let mut c = [0.0; TERMS];
        let mut error = [0.0; TERMS];
        for k in (0..terms).rev() {
            c[k] = (projection[k] - (k + 1..terms).map(|j| r[k][j] * c[j]).sum::<f64>()) / r[k][k];
        }
        // Row k of the inverse of the triangular factor gives coefficient k's variance.
        for (k, error) in error.iter_mut().enumerate().take(terms) {
            let mut row = [0.0; TERMS];
            for j in k..terms {
                let known: f64 = (k..j).map(|i| row[i] * r[i][j]).sum();
                row[j] = ((if j == k { 1.0 } else { 0.0 }) - known) / r[j][j];
            }
            *error = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        }
        c.iter().all(|c| c.is_finite()).then_some(Polynomial { c, error })
    }

    /// The polynomial's value.
    pub fn at(&self, u: f64) -> f64 {
        self.c.iter().rev().fold(0.0, |sum, c| sum * u + c)
    }
}

/// Abscissae in increasing order with what stands at them; points at which something is not finite
/// are left out.
pub struct Table {
    /// The place of each kept point in the caller's arrays.
    pub index: Vec<usize>,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Squares of `unit` over the error, or 1.
    pub weight: Vec<f64>,
    /// The largest error, or 1: fits with these weights have coefficients' errors in this unit.
    pub unit: f64,
    /// Errors were given and are not all zero.
    pub has_errors: bool,
}

impl Table {
    /// Sorts and checks. An error below a hundredth of the largest is raised to it: points that
    /// happen to have no error must not outweigh all others.
    pub fn new(x: &[f64], y: &[f64], errors: Option<&[f64]>) -> Result<Table, String> {
        if x.len() != y.len() || errors.is_some_and(|e| e.len() != x.len()) {
            return Err(format!("{} abscissae but {} ordinates", x.len(), y.len()));
        }
        let given = |i: usize| errors.map_or(0.0, |e| e[i].abs());
        let mut index: Vec<usize> = (0..x.len()).filter(|&i| x[i].is_finite() && y[i].is_finite()).collect();
        index.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
        if let Some(pair) = index.windows(2).find(|p| x[p[0]] == x[p[1]]) {
            return Err(format!("the curve has two values at {}", x[pair[0]]));
        }
        let largest = index.iter().map(|&i| given(i)).filter(|e| e.is_finite()).fold(0.0, f64::max);
        let has_errors = largest > 0.0;
        // An error that is not known says that the value is worth little.
        let error = (index.iter().map(|&i| given(i))).map(|e| match (has_errors, e.is_finite()) {
            (false, _) => 1.0,
            (true, true) => e.max(0.01 * largest),
            (true, false) => 100.0 * largest,
        });
        // Relative to the largest, so that no square overflows.
        let unit = if has_errors { largest } else { 1.0 };
        let weight = error.map(|e| (unit / e) * (unit / e)).collect();
        let pick = |v: &[f64]| index.iter().map(|&i| v[i]).collect::<Vec<f64>>();
        Ok(Table { x: pick(x), y: pick(y), weight, unit, has_errors, index })
    }

    pub fn len(&self) -> usize {
        self.x.len()
    }
}

/// A local fit: points near a centre count fully, those a bandwidth away not at all.
///
/// The weights fall off as (1 - |u|³)³ (Cleveland, J. Am. Stat. Assoc. 74, 829 (1979)), so that what is
/// fitted changes smoothly as the centre moves. A window with a hard border would make an estimate that
/// follows its own root or vertex jump from point to point, which no jackknife could see.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    index: Vec<usize>,
    x: Vec<f64>,
    weight: Vec<f64>,
    unit: f64,
    bandwidth: f64,
    pub degree: usize,
}

impl Window {
    /// A bandwidth of `points` + 1 mean spacings of the `points` nearest points on each side of a
    /// split (a number of points), and the given degree or what these points can bear.
    pub fn new(table: &Table, split: usize, points: usize, degree: usize) -> Window {
        let (first, last) = (split.saturating_sub(points), (split + points).min(table.len()) - 1);
        let bandwidth = (points + 1) as f64 * (table.x[last] - table.x[first]) / (last - first) as f64;
        Window {
            index: table.index.clone(),
            x: table.x.clone(),
            weight: table.weight.clone(),
            unit: table.unit,
            bandwidth,
            degree: degree.min(last - first).max(1),
        }
    }

    /// Fits ordinates given in the caller's order, in the scale u = (x - centre) / bandwidth.
    pub fn fit(&self, y: &[f64], centre: f64) -> Option<Polynomial> {
        let (mut u, mut v, mut w) = (Vec::new(), Vec::new(), Vec::new());
        for (i, x) in self.x.iter().enumerate() {
            let at = (x - centre) / self.bandwidth;
            let taper = 1.0 - at.abs() * at * at;
            if taper > 0.0 {
                u.push(at);
                v.push(*y.get(self.index[i])?);
                w.push(self.weight[i] * taper * taper * taper);
            }
        }
        let mut fit = Polynomial::fit(&u, &v, &w, self.degree)?;
        fit.error.iter_mut().for_each(|e| *e *= self.unit);
        Some(fit)
    }

    /// Moves the centre to what `feature` finds in the fit there (in the scale u), until it stays.
    /// Returns the abscissa and the fit around it.
    pub fn follow(&self, y: &[f64], mut centre: f64, feature: impl Fn(&Polynomial) -> Option<f64>) -> Option<(f64, Polynomial)> {
        let (low, high) = (*self.x.first()? - self.bandwidth, *self.x.last()? + self.bandwidth);
        let mut last = None;
        for _ in 0..60 {
            let p = self.fit(y, centre)?;
            let u = feature(&p)?;
            centre += u * self.bandwidth;
            if !(centre >= low && centre <= high) {
                return None;
            }
            last = Some((centre, p));
            if u.abs() < 1e-11 {
                break;
            }
        }
        last
    }

    /// The ends of the table's part that counts at a centre, for messages.
    pub fn range(&self, centre: f64) -> (f64, f64) {
        let near = self.x.iter().copied().filter(|x| (x - centre).abs() < self.bandwidth);
        near.fold((f64::INFINITY, f64::NEG_INFINITY), |r, x| (r.0.min(x), r.1.max(x)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_series::{moments, stream};
    use super::*;

    #[test]
    fn a_polynomial_is_recovered() {
        let u: Vec<f64> = (0..7).map(|i| i as f64 / 3.0 - 1.0).collect();
        let w = [1.0, 4.0, 0.5, 1e4, 2.0, 1.0, 9.0];
        let p = |u: f64| 1.0 - 2.0 * u + 0.5 * u * u + 3.0 * u * u * u;
        let y: Vec<f64> = u.iter().map(|&u| p(u)).collect();
        let fit = Polynomial::fit(&u, &y, &w, 3).unwrap();
        for (c, exact) in fit.c.iter().zip([1.0, -2.0, 0.5, 3.0]) {
            assert!((c - exact).abs() < 1e-12);
        }
        assert!((fit.at(0.3) - p(0.3)).abs() < 1e-12);
        assert!(Polynomial::fit(&u[..3], &y[..3], &w[..3], 3).is_none());
        assert!(Polynomial::fit(&[1.0; 7], &y, &w, 1).is_none());
        assert!(Polynomial::fit(&u, &[f64::NAN; 7], &w, 1).is_none());
    }

    /// Mean squares of 1000 standardised deviations: standard deviation 0.045, compared within 5.
    #[test]
    fn errors_of_coefficients_are_honest() {
        let u: Vec<f64> = (0..9).map(|i| i as f64 / 4.0 - 1.0).collect();
        let sigma: Vec<f64> = (0..9).map(|i| 0.1 + 0.05 * i as f64).collect();
        let w: Vec<f64> = sigma.iter().map(|s| 1.0 / (s * s)).collect();
        let mut s = stream(50, 0);
        let mut z = [const { Vec::new() }; 3];
        for _ in 0..1000 {
            let y: Vec<f64> = u.iter().zip(&sigma).map(|(u, e)| 1.0 + u - u * u + e * s.normal()).collect();
            let fit = Polynomial::fit(&u, &y, &w, 2).unwrap();
            for (k, exact) in [1.0, 1.0, -1.0].into_iter().enumerate() {
                z[k].push((fit.c[k] - exact) / fit.error[k]);
            }
        }
        for z in &z {
            assert!((moments(z).1 - 1.0).abs() < 0.225);
        }
    }

    #[test]
    fn a_table_is_sorted_and_cleaned() {
        let t = Table::new(&[3.0, 1.0, 2.0, 4.0], &[30.0, 10.0, f64::NAN, 40.0], Some(&[0.0, 1.0, 1.0, f64::NAN])).unwrap();
        assert_eq!((t.index.as_slice(), t.x.as_slice()), ([1, 0, 3].as_slice(), [1.0, 3.0, 4.0].as_slice()));
        assert_eq!(t.weight, [1.0, 1e4, 1e-4]);
        assert!(Table::new(&[1.0, 1.0], &[0.0, 0.0], None).is_err_and(|e| e.contains("two values at 1")));
        assert!(Table::new(&[1.0], &[], None).is_err());
        assert!(!Table::new(&[1.0], &[1.0], Some(&[0.0])).unwrap().has_errors);
    }
}
