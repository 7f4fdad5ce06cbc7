//! Weighted least squares by any differentiable model.
//!
//! Owns the search for the minimum and the covariance there. Must not know what is fitted to what.

/// What a model gives at some parameters: its values at all points, and on demand its derivatives.
pub trait Model {
    /// The number of points.
    fn points(&self) -> usize;

    /// Fills in the value at each point, and row-major `[point][parameter]` the derivatives.
    fn evaluate(&self, parameters: &[f64], values: &mut [f64], derivatives: Option<&mut [f64]>);
}

/// A model that is given as a function of point and parameters; derivatives by central differences.
pub struct Differences<F: Fn(usize, &[f64]) -> f64> {
    pub points: usize,
    pub function: F,
}

impl<F: Fn(usize, &[f64]) -> f64> Model for Differences<F> {
    fn points(&self) -> usize {
        self.points
    }

    fn evaluate(&self, parameters: &[f64], values: &mut [f64], derivatives: Option<&mut [f64]>) {
        for (i, v) in values.iter_mut().enumerate() {
            *v = (self.function)(i, parameters);
        }
        let Some(derivatives) = derivatives else { return };
        let n = parameters.len();
        let mut moved = parameters.to_vec();
        for k in 0..n {
            let step = 6e-6 * parameters[k].abs().max(1e-2);
            let (low, high) = (parameters[k] - step, parameters[k] + step);
            for i in 0..self.points {
                moved[k] = high;
                let up = (self.function)(i, &moved);
                moved[k] = low;
                let down = (self.function)(i, &moved);
                derivatives[i * n + k] = (up - down) / (high - low);
            }
            moved[k] = parameters[k];
        }
    }
}

/// A model that is affine in its parameters, given as a function of point and parameters; derivatives without rounding by steps.
pub struct Affine<F: Fn(usize, &[f64]) -> f64> {
    pub points: usize,
    pub function: F,
}

impl<F: Fn(usize, &[f64]) -> f64> Model for Affine<F> {
    fn points(&self) -> usize {
        self.points
    }

    fn evaluate(&self, parameters: &[f64], values: &mut [f64], derivatives: Option<&mut [f64]>) {
        for (i, v) in values.iter_mut().enumerate() {
            *v = (self.function)(i, parameters);
        }
        let Some(derivatives) = derivatives else { return };
        let n = parameters.len();
        let mut unit = vec![0.0; n];
        for i in 0..self.points {
            let constant = (self.function)(i, &unit);
            for k in 0..n {
                unit[k] = 1.0;
                derivatives[i * n + k] = (self.function)(i, &unit) - constant;
                unit[k] = 0.0;
            }
        }
    }
}

/// A minimum of χ².
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub parameters: Vec<f64>,
    /// Σ ((y - model) / error)².
    pub chi2: f64,
    /// The inverse of J^T W J, row-major: the parameters' covariance if the errors are right and independent.
    pub covariance: Vec<f64>,
    /// Points less parameters.
    pub freedom: usize,
}

const STEPS: usize = 400;

/// Minimises χ² from a start. A model that is linear in its parameters (say so by `linear`) is solved in one step.
///
/// Levenberg (Q. Appl. Math. 2, 164 (1944)) and Marquardt (J. SIAM 11, 431 (1963)), with the damping scaled by the columns'
/// lengths; steps by Householder reflections, not normal equations. Ends where a step lowers χ² by less than 1e-11 of it.
///
/// Fails for fewer points than parameters, for values that are not finite, where points do not determine the parameters,
/// and where the minimum is not reached.
pub fn least_squares(model: &dyn Model, y: &[f64], errors: &[f64], start: &[f64], linear: bool) -> Result<Fit, String> {
    let (n, p) = (model.points(), start.len());
    if y.len() != n || errors.len() != n {
        return Err(format!("{n} points but {} values and {} errors", y.len(), errors.len()));
    }
    if p == 0 {
        return Err("there is no parameter to fit".into());
    }
    if n < p {
        return Err(format!("{n} points cannot determine {p} parameters"));
    }
    if y.iter().chain(errors).any(|v| !v.is_finite()) || errors.iter().any(|e| *e <= 0.0) {
        return Err("a value to be fitted is not finite, or has no positive error".into());
    }
    let mut at = if linear { vec![0.0; p] } else { start.to_vec() };
    let mut values = vec![0.0; n];
    let mut jacobian = vec![0.0; n * p];
    let residuals = |values: &[f64]| -> Vec<f64> { (0..n).map(|i| (y[i] - values[i]) / errors[i]).collect() };
    let square = |r: &[f64]| r.iter().map(|r| r * r).sum::<f64>();
    let weigh = |jacobian: &mut [f64]| {
        for i in 0..n {
            jacobian[i * p..(i + 1) * p].iter_mut().for_each(|d| *d /= errors[i]);
        }
    };
    model.evaluate(&at, &mut values, Some(&mut jacobian));
    weigh(&mut jacobian);
    let mut r = residuals(&values);
    let mut chi2 = square(&r);
    if !chi2.is_finite() || jacobian.iter().any(|d| !d.is_finite()) {
        return Err(if linear {
            "the model is not finite at some point".to_string()
        } else {
            format!("the model is not finite at the starting parameters {}", numbers(&at))
        });
    }
    if linear {
        let step = solve(&jacobian, &r, p, 0.0).ok_or_else(|| undetermined(&jacobian, p))?;
        at.iter_mut().zip(&step).for_each(|(a, s)| *a += s);
        model.evaluate(&at, &mut values, None);
        // A second step takes out what rounding left of the first.
        if let Some(step) = solve(&jacobian, &residuals(&values), p, 0.0) {
            at.iter_mut().zip(&step).for_each(|(a, s)| *a += s);
        }
        model.evaluate(&at, &mut values, None);
        chi2 = square(&residuals(&values));
    } else {
        let mut damping = 1e-3;
        let mut reached = false;
        for _ in 0..STEPS {
            let step = solve(&jacobian, &r, p, damping).ok_or_else(|| undetermined(&jacobian, p))?;
            let next: Vec<f64> = at.iter().zip(&step).map(|(a, s)| a + s).collect();
            let small = at.iter().zip(&step).all(|(a, s)| s.abs() <= 1e-11 * (a.abs() + 1e-8));
            let mut there = vec![0.0; n];
            model.evaluate(&next, &mut there, None);
            let new = residuals(&there);
            let lower = square(&new);
            if lower.is_finite() && lower <= chi2 {
                let gain = chi2 - lower;
                at = next;
                r = new;
                chi2 = lower;
                model.evaluate(&at, &mut values, Some(&mut jacobian));
                weigh(&mut jacobian);
                if jacobian.iter().any(|d| !d.is_finite()) {
                    return Err(format!("the model has no finite derivatives at {}", numbers(&at)));
                }
                if small || (gain <= 1e-11 * chi2 && damping < 1.0) || chi2 < 1e-28 {
                    reached = true;
                    break;
                }
                damping = (damping * 0.1).max(1e-12);
            } else {
                // At the minimum rounding decides whether a step is one up or down.
                if small || damping > 1e14 {
                    reached = small;
                    break;
                }
                damping *= 8.0;
            }
        }
        if !reached {
            return Err(format!("no minimum was found; the search ended at {}", numbers(&at)));
        }
    }
    let covariance = inverse(&jacobian, p).ok_or_else(|| undetermined(&jacobian, p))?;
    Ok(Fit { parameters: at, chi2, covariance, freedom: n - p })
}

fn numbers(values: &[f64]) -> String {
    values.iter().map(|v| format!("{v:.6}")).collect::<Vec<_>>().join(", ")
}

fn undetermined(jacobian: &[f64], p: usize) -> String {
    let flat = (0..p).find(|&k| jacobian.iter().skip(k).step_by(p).all(|d| *d == 0.0));
    match flat {
        Some(k) => format!("the points do not determine parameter {} of {p}: nothing changes with it", k + 1),
        None => "the points do not determine the parameters: some combination of them changes nothing".into(),
    }
}

/// The step that minimises |J s - r|² + damping |D s|², with D the lengths of the columns. None if the columns depend on
/// each other.
fn solve(jacobian: &[f64], r: &[f64], p: usize, damping: f64) -> Option<Vec<f64>> {
    let n = r.len();
    let length = lengths(jacobian, p);
    if length.contains(&0.0) && damping == 0.0 {
        return None;
    }
    let rows = if damping > 0.0 { n + p } else { n };
    // Columns scaled to length one.
    let mut a: Vec<Vec<f64>> = (0..p)
        .map(|k| {
            let scale = if length[k] > 0.0 { 1.0 / length[k] } else { 0.0 };
            let mut column: Vec<f64> = jacobian.iter().skip(k).step_by(p).map(|d| d * scale).collect();
            column.resize(rows, 0.0);
            if damping > 0.0 {
                column[n + k] = damping.sqrt();
            }
            column
        })
        .collect();
    let mut b = r.to_vec();
    b.resize(rows, 0.0);
    triangular(&mut a, &mut b, 1e-11)?;
    let mut s = vec![0.0; p];
    for k in (0..p).rev() {
        s[k] = (b[k] - (k + 1..p).map(|j| a[j][k] * s[j]).sum::<f64>()) / a[k][k];
    }
    (0..p).for_each(|k| s[k] = if length[k] > 0.0 { s[k] / length[k] } else { 0.0 });
    s.iter().all(|s| s.is_finite()).then_some(s)
}

fn lengths(jacobian: &[f64], p: usize) -> Vec<f64> {
    (0..p).map(|k| jacobian.iter().skip(k).step_by(p).map(|d| d * d).sum::<f64>().sqrt()).collect()
}

/// Householder reflections: the columns become an upper triangle (`a[column][row]`), the right side follows. None if a
/// column lies in the span of those before it, to `smallest` of its length.
fn triangular(a: &mut [Vec<f64>], b: &mut [f64], smallest: f64) -> Option<()> {
    let p = a.len();
    for k in 0..p {
        let norm = a[k][k..].iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm.is_nan() || norm <= smallest {
            return None;
        }
        let mut v = a[k][k..].to_vec();
        let alpha = -norm.copysign(v[0]);
        v[0] -= alpha;
        let square: f64 = v.iter().map(|x| x * x).sum();
        let reflect = |column: &mut [f64]| {
            let s = 2.0 * v.iter().zip(&column[k..]).map(|(v, c)| v * c).sum::<f64>() / square;
            column[k..].iter_mut().zip(&v).for_each(|(c, v)| *c -= s * v);
        };
        a[k..].iter_mut().for_each(|c| reflect(c));
        reflect(b);
        a[k][k] = alpha;
    }
    Some(())
}

/// (J^T J)^-1, row-major.
fn inverse(jacobian: &[f64], p: usize) -> Option<Vec<f64>> {
    let n = jacobian.len() / p;
    let length = lengths(jacobian, p);
    if length.contains(&0.0) {
        return None;
    }
    let mut a: Vec<Vec<f64>> = (0..p).map(|k| jacobian.iter().skip(k).step_by(p).map(|d| d / length[k]).collect()).collect();
    triangular(&mut a, &mut vec![0.0; n], 1e-11)?;
    // Columns of R^-1, upper triangular.
    let mut inverse = vec![vec![0.0; p]; p];
    for (c, column) in inverse.iter_mut().enumerate() {
        for k in (0..=c).rev() {
            let known: f64 = (k + 1..=c).map(|j| a[j][k] * column[j]).sum();
            column[k] = (if k == c { 1.0 } else { 0.0 } - known) / a[k][k];
        }
    }
    let mut out = vec![0.0; p * p];
    for i in 0..p {
        for j in 0..p {
            out[i * p + j] = (i.max(j)..p).map(|c| inverse[c][i] * inverse[c][j]).sum::<f64>() / (length[i] * length[j]);
        }
    }
    Some(out)
}

#[cfg(test)]
#[path = "least_squares_tests.rs"]
mod tests;
