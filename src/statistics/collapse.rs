//! Finite-size scaling: curves of several sizes on one master curve.
//!
//! y(T, L) = L^κ f((T - T_c) L^(1/ν)), with f a polynomial in the scaled abscissa whose coefficients are fitted along with T_c,
//! ν and κ (as K. Binder and E. Luijten, Phys. Rep. 344, 179 (2001), section 3, without corrections to scaling). The reduced χ² of all
//! points against the master curve is the quality of the collapse: about 1 where the points collapse within their errors, as
//! is the measure of Houdayer and Hartmann, Phys. Rev. B 70, 014418 (2004).

use super::distribution::chi2_survival;
use super::least_squares::{Fit, Model, least_squares};
use std::cmp::Ordering;

/// The highest degree of the master curve.
const HIGHEST: usize = 12;

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub t: f64,
    pub size: f64,
    pub y: f64,
    pub error: f64,
}

/// T_c, ν and κ, in this order.
pub type Exponents = [f64; 3];

/// A collapse that was found: what is kept fixed while the ordinates are varied, and where it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Collapse {
    /// The points that count, by their places in the caller's list.
    used: Vec<usize>,
    points: Vec<Point>,
    free: [bool; 3],
    start: Exponents,
    /// The scaled abscissa at which the polynomial's argument is 1.
    width: f64,
    /// All parameters of the minimum: the free exponents, then the polynomial's coefficients.
    minimum: Vec<f64>,
    pub exponents: Exponents,
    pub degree: usize,
    pub chi2: f64,
    pub freedom: usize,
}

/// The scaled curve as a model of the points.
struct Scaled<'c> {
    points: &'c [Point],
    free: [bool; 3],
    start: Exponents,
    width: f64,
    degree: usize,
}

fn exponents(free: [bool; 3], start: Exponents, parameters: &[f64]) -> (Exponents, usize) {
    let mut e = start;
    let mut next = 0;
    for k in 0..3 {
        if free[k] {
            e[k] = parameters[next];
            next += 1;
        }
    }
    (e, next)
}

impl Model for Scaled<'_> {
    fn points(&self) -> usize {
        self.points.len()
    }

    fn evaluate(&self, parameters: &[f64], values: &mut [f64], mut derivatives: Option<&mut [f64]>) {
        let ([critical, nu, kappa], first) = exponents(self.free, self.start, parameters);
        let p = parameters.len();
        let c = &parameters[first..];
        for (i, point) in self.points.iter().enumerate() {
            let log = libm::log(point.size);
            let stretch = libm::exp(log / nu) / self.width;
            let u = (point.t - critical) * stretch;
            let factor = libm::exp(kappa * log);
            // Chebyshev polynomials and their derivatives by recurrence.
            let (mut t0, mut t1, mut d0, mut d1) = (1.0, u, 0.0, 1.0);
            let (mut f, mut slope) = (0.0, 0.0);
            for (k, c) in c.iter().enumerate() {
                f += c * t0;
                slope += c * d0;
                if let Some(d) = derivatives.as_deref_mut() {
                    d[i * p + first + k] = factor * t0;
                }
                let (t2, d2) = (2.0 * u * t1 - t0, 2.0 * t1 + 2.0 * u * d1 - d0);
                (t0, t1, d0, d1) = (t1, t2, d1, d2);
            }
            values[i] = factor * f;
            if let Some(d) = derivatives.as_deref_mut() {
                let all = [-factor * slope * stretch, -factor * slope * u * log / (nu * nu), factor * f * log];
                let mut next = 0;
                #[allow(clippy::explicit_counter_loop)]
                for (value, _) in all.iter().zip(self.free).filter(|(_, free)| *free) {
                    d[i * p + next] = *value;
                    next += 1;
                }
            }
        }
    }
}

impl Collapse {
    /// Finds the collapse of points from a start; exponents that are not `free` stay there.
    ///
    /// Only points with |T - T_c| L^(1/ν) <= `window` at the start count (infinite: all). The degree of the master curve is the
    /// one with the least χ² + 2 (parameters), the criterion of Akaike (IEEE Trans. Autom. Control 19, 716 (1974)), from 2 to 12; the search ends where three more degrees in turn did not lower it.
    ///
    /// Fails for fewer than two sizes, for too few points, for a start that is not possible, and where no minimum is found.
    pub fn find(points: &[Point], start: Exponents, free: [bool; 3], window: f64) -> Result<Collapse, String> {
        let [critical, nu, kappa] = start;
        if !(critical.is_finite() && nu.is_finite() && nu != 0.0 && kappa.is_finite()) {
            return Err("the starting values must be finite, and ν not zero".into());
        }
        if let Some(p) = points.iter().find(|p| p.size.is_nan() || p.size <= 0.0) {
            return Err(format!("a size must be positive, and one is {}", p.size));
        }
        let scaled = |p: &Point| (p.t - critical) * libm::pow(p.size, 1.0 / nu);
        let good = |p: &Point| p.y.is_finite() && p.error.is_finite() && scaled(p).abs() <= window;
        let used: Vec<usize> = (0..points.len()).filter(|&i| good(&points[i])).collect();
        let mut points: Vec<Point> = used.iter().map(|&i| points[i]).collect();
        let mut sizes: Vec<f64> = points.iter().map(|p| p.size).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        if sizes.len() < 2 {
            return Err(format!(
                "a collapse needs two sizes at least, and there {}",
                if sizes.is_empty() { "is no point" } else { "is one" }
            ));
        }
        let largest = points.iter().map(|p| p.error).fold(0.0, f64::max);
        // Exact points count alike; a point without error must not outweigh all others.
        let exact = 1e-6 * points.iter().map(|p| p.y.abs()).fold(f64::MIN_POSITIVE, f64::max);
        points.iter_mut().for_each(|p| p.error = if largest > 0.0 { p.error.max(0.01 * largest) } else { exact });
        let width = points.iter().map(|p| scaled(p).abs()).fold(0.0, f64::max);
        if !(width > 0.0 && width.is_finite()) {
            return Err("all points lie at the critical point itself".into());
        }
        let count = free.iter().filter(|f| **f).count();
        let most = HIGHEST.min((points.len() - 1).saturating_sub(count + 1));
        if most < 2 {
            return Err(format!("{} points are too few to collapse", points.len()));
        }
        let mut best: Option<Collapse> = None;
        let mut trouble = String::new();
        let mut idle = 0;
        let span = points.iter().map(|p| (p.t - critical).abs()).fold(0.0, f64::max);
        for degree in 2..=most {
            idle += 1;
            if idle > 3 && best.is_some() {
                break;
            }
            let model = Scaled { points: &points, free, start, width, degree };
            match model.first().and_then(|first| model.minimise(&points, &first)) {
                Ok(fit) => {
                    let (exponents, _) = exponents(free, start, &fit.parameters);
                    let limits = [10.0 * span, 100.0, 100.0];
                    let limits = (0..3).filter(|&k| free[k]).map(|k| limits[k]);
                    let terms = fit.parameters.len();
                    if limits
                        .enumerate()
                        .any(|(k, limit)| fit.covariance[k * terms + k].sqrt().partial_cmp(&limit) != Some(Ordering::Less))
                    {
                        trouble = "they do not tell the exponents".into();
                        continue;
                    }
                    let score = fit.chi2 + 2.0 * fit.parameters.len() as f64;
                    if best.as_ref().is_none_or(|b| score < b.chi2 + 2.0 * b.minimum.len() as f64) {
                        idle = 0;
                        best = Some(Collapse {
                            used: used.clone(),
                            points: points.clone(),
                            free,
                            start,
                            width,
                            minimum: fit.parameters,
                            exponents,
                            degree,
                            chi2: fit.chi2,
                            freedom: fit.freedom,
                        });
                    }
                }
                Err(reason) => trouble = reason,
            }
        }
        let best = best.ok_or_else(|| format!("the curves could not be collapsed: {trouble}"))?;
        if !(best.exponents[1].abs() > 1e-3 && best.exponents[1].abs() < 1e3) {
            return Err(format!("the curves could not be collapsed: ν went to {}", best.exponents[1]));
        }
        Ok(best)
    }

    /// The exponents for ordinates of the same points, in the order of [`Collapse::find`].
    pub fn solve(&self, y: &[f64]) -> Result<Collapse, String> {
        let mut points = self.points.clone();
        for (p, &i) in points.iter_mut().zip(&self.used) {
            p.y = *y.get(i).ok_or("a point is missing")?;
        }
        let model = Scaled { points: &points, free: self.free, start: self.start, width: self.width, degree: self.degree };
        let fit = model.minimise(&points, &self.minimum)?;
        let (exponents, _) = exponents(self.free, self.start, &fit.parameters);
        Ok(Collapse { points, minimum: fit.parameters, exponents, chi2: fit.chi2, ..self.clone() })
    }

    /// χ² over the degrees of freedom; meaningless where the points have no errors.
    pub fn quality(&self) -> f64 {
        self.chi2 / self.freedom as f64
    }

    /// The probability of a χ² as large.
    pub fn p_value(&self) -> f64 {
        chi2_survival(self.chi2, self.freedom)
    }

    /// (T - T_c) L^(1/ν) and y L^-κ of any point.
    pub fn scaled(&self, t: f64, size: f64, y: f64) -> (f64, f64) {
        let [critical, nu, kappa] = self.exponents;
        ((t - critical) * libm::pow(size, 1.0 / nu), y * libm::pow(size, -kappa))
    }
}

impl Scaled<'_> {
    /// Parameters to start from: the exponents as given, the polynomial that fits best to them.
    fn first(&self) -> Result<Vec<f64>, String> {
        let fixed = Scaled { free: [false; 3], ..*self };
        let mut parameters: Vec<f64> = (0..3).filter(|&k| self.free[k]).map(|k| self.start[k]).collect();
        parameters.extend(fixed.fit(self.points, &vec![0.0; self.degree + 1], true)?.parameters);
        Ok(parameters)
    }

    fn minimise(&self, points: &[Point], start: &[f64]) -> Result<Fit, String> {
        self.fit(points, start, self.free == [false; 3])
    }

    fn fit(&self, points: &[Point], start: &[f64], linear: bool) -> Result<Fit, String> {
        let y: Vec<f64> = points.iter().map(|p| p.y).collect();
        let errors: Vec<f64> = points.iter().map(|p| p.error).collect();
        least_squares(self, &y, &errors, start, linear)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_series::{moments, stream};
    use super::*;

    /// Points of y = L^-1/8 f((T - 2.27) L), f a smooth step.
    fn points(noise: f64, mut normal: impl FnMut() -> f64) -> Vec<Point> {
        let mut out = Vec::new();
        for size in [8.0, 16.0, 32.0] {
            for k in 0..15 {
                let t = 2.27 + 0.02 * (k as f64 - 7.0) * 16.0 / size;
                let f = 1.0 - 0.6 * libm::tanh(0.4 * (t - 2.27) * size + 0.1);
                out.push(Point { t, size, y: libm::pow(size, -0.125) * f + noise * normal(), error: noise });
            }
        }
        out
    }

    #[test]
    fn a_collapse_is_recovered() {
        let p = points(0.0, || 0.0);
        let c = Collapse::find(&p, [2.3, 1.2, -0.2], [true; 3], f64::INFINITY).unwrap();
        for (a, b) in c.exponents.iter().zip([2.27, 1.0, -0.125]) {
            assert!((a - b).abs() < 1e-4, "{c:?}");
        }
        let (x, y) = c.scaled(2.3, 16.0, 0.5);
        assert!((x - 0.48).abs() < 1e-2 && (y - 0.5 * libm::pow(16.0, 0.125)).abs() < 1e-3);
        let fixed = Collapse::find(&p, [2.27, 1.0, -0.125], [false; 3], f64::INFINITY).unwrap();
        assert_eq!(fixed.exponents, [2.27, 1.0, -0.125]);
    }

    /// Mean squares of 120 standardised deviations, errors from moving each point by its own: standard deviation 0.13,
    /// compared within 5; the mean quality within 5 of its standard errors of about 0.016, plus the form of the master curve.
    #[test]
    fn errors_of_a_collapse_are_honest() {
        let mut z = [const { Vec::new() }; 3];
        let mut quality = Vec::new();
        for seed in 0..120 {
            let mut s = stream(61, seed);
            let p = points(0.003, || s.normal());
            let c = Collapse::find(&p, [2.25, 0.9, -0.1], [true; 3], f64::INFINITY).unwrap();
            let mut variance = [0.0; 3];
            let mut y: Vec<f64> = p.iter().map(|p| p.y).collect();
            for i in 0..y.len() {
                let old = y[i];
                y[i] += p[i].error;
                let moved = c.solve(&y).unwrap().exponents;
                (0..3).for_each(|k| variance[k] += (moved[k] - c.exponents[k]).powi(2));
                y[i] = old;
            }
            quality.push(c.quality());
            for (k, truth) in [2.27, 1.0, -0.125].into_iter().enumerate() {
                z[k].push((c.exponents[k] - truth) / variance[k].sqrt());
            }
        }
        let mean = moments(&quality).0;
        assert!((mean - 1.0).abs() < 0.12, "{mean}");
        for z in &z {
            let (mean, square) = moments(z);
            println!("{mean:.3} {square:.3}");
            assert!(mean.abs() < 0.5 && (0.5..1.65).contains(&square), "{mean} {square}");
        }
    }

    #[test]
    fn what_cannot_collapse_is_said() {
        let p = points(0.01, || 0.0);
        let one: Vec<Point> = p.iter().copied().filter(|p| p.size == 8.0).collect();
        assert!(Collapse::find(&one, [2.27, 1.0, 0.0], [true; 3], 1e9).unwrap_err().contains("two sizes"));
        assert!(Collapse::find(&[], [2.27, 1.0, 0.0], [true; 3], 1e9).unwrap_err().contains("no point"));
        assert!(Collapse::find(&p, [2.27, 0.0, 0.0], [true; 3], 1e9).unwrap_err().contains("ν not zero"));
        let few = [p[0], p[1], p[20], p[21]];
        assert!(Collapse::find(&few, [2.27, 1.0, 0.0], [true; 3], 1e9).unwrap_err().contains("too few"));
        let flat: Vec<Point> = p.iter().map(|p| Point { y: 1.0, ..*p }).collect();
        assert!(Collapse::find(&flat, [2.27, 1.0, 0.0], [true, true, false], 1e9).is_err());
    }
}
