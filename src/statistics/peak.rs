//! The highest point of a tabulated curve.

use super::fit::{Polynomial, Table, Window};

/// The window grows until the curvature is this many standard errors from zero.
const RESOLVED: f64 = 5.0;

/// The points around a maximum: what is kept fixed while the ordinates are varied.
#[derive(Clone, Debug, PartialEq)]
pub struct PeakWindow {
    window: Window,
    /// Abscissa of the central curve's peak.
    pub x: f64,
    /// Its height.
    pub height: f64,
}

impl PeakWindow {
    /// Finds the peak of `y` tabulated at `x`: the vertex of the least-squares parabola around the
    /// highest value.
    ///
    /// Weights fall off smoothly from the vertex itself, over three spacings of the points, or two
    /// if there are no errors (none given, or all zero); further while that does not resolve the
    /// curvature to five standard errors. A peak whose top is not parabolic over that distance is
    /// displaced by it.
    ///
    /// Points need not be in order; those that are not finite are passed over. Fails for fewer than
    /// three points, or if the highest value is at an end of the curve.
    pub fn find(x: &[f64], y: &[f64], errors: Option<&[f64]>) -> Result<PeakWindow, String> {
        let table = Table::new(x, y, errors)?;
        let n = table.len();
        if n < 3 {
            return Err(format!("a peak needs three points at least, and there are {n}"));
        }
        let none = || format!("the curve has no peak between {} and {}: it is highest at an end", table.x[0], table.x[n - 1]);
        let top = highest(&table);
        if top == 0 || top == n - 1 {
            return Err(none());
        }
        let mut points = if table.has_errors { 2 } else { 1 };
        loop {
            let window = Window::new(&table, top, points, 2);
            let wide = !table.has_errors;
            if let Some((x, p)) = window.follow(y, table.x[top], vertex)
                && (wide || -p.c[2] >= RESOLVED * p.error[2])
            {
                return Ok(PeakWindow { height: p.at(vertex(&p).unwrap_or(0.0)), window, x });
            }
            if 2 * points >= n {
                return Err(format!("the curve has no peak between {} and {} within its errors", table.x[0], table.x[n - 1]));
            }
            points += 1;
        }
    }

    /// Abscissa and height of the peak of a curve tabulated like the central one. Smooth in `y`.
    /// Fails if the parabola opens upwards, if its vertex is far outside the window, or if
    /// a value is not finite.
    pub fn solve(&self, y: &[f64]) -> Result<(f64, f64), String> {
        let found = self.window.follow(y, self.x, vertex);
        found.map(|(x, p)| (x, p.at(vertex(&p).unwrap_or(0.0)))).ok_or_else(|| {
            let (low, high) = self.window.range(self.x);
            format!("the curve has no peak between {low} and {high}")
        })
    }
}

/// The highest value, of weighted means over three neighbours if values have errors, so that a single
/// bad point is not taken for the peak.
fn highest(table: &Table) -> usize {
    let n = table.len();
    let smooth = |i: usize| {
        if !table.has_errors || n < 5 {
            return table.y[i];
        }
        let range = i.saturating_sub(1)..(i + 2).min(n);
        let weight: f64 = table.weight[range.clone()].iter().sum();
        range.map(|k| table.weight[k] * table.y[k]).sum::<f64>() / weight
    };
    (0..n).fold((0, f64::NEG_INFINITY), |best, i| if smooth(i) > best.1 { (i, smooth(i)) } else { best }).0
}

/// The abscissa of a maximum, if there is one within the window.
fn vertex(p: &Polynomial) -> Option<f64> {
    let u = -0.5 * p.c[1] / p.c[2];
    (p.c[2] < 0.0 && u.abs() <= 1.0).then_some(u)
}

#[cfg(test)]
mod tests {
    use super::super::test_series::{moments, stream};
    use super::*;

    fn peak(x: &[f64], y: &[f64], errors: Option<&[f64]>) -> Result<(f64, f64), String> {
        PeakWindow::find(x, y, errors).map(|w| (w.x, w.height))
    }

    fn bump(x: f64) -> f64 {
        1.0 + 2.0 * libm::exp(-8.0 * (x - 2.27) * (x - 2.27))
    }

    #[test]
    fn a_parabola_is_exact() {
        let x: Vec<f64> = [0.0, 1.0, 1.5, 2.0, 2.3, 4.0].to_vec();
        let y: Vec<f64> = x.iter().map(|x| 5.0 - (x - 1.8) * (x - 1.8)).collect();
        for errors in [None, Some(&[0.0; 6][..]), Some(&[0.1; 6][..])] {
            let (at, height) = peak(&x, &y, errors).unwrap();
            assert!((at - 1.8).abs() < 1e-12 && (height - 5.0).abs() < 1e-12, "{at} {height}");
        }
    }

    /// Mean squares of 400 standardised deviations, errors from moving each point by one standard
    /// error (linear propagation): standard deviation 0.07; within 0.75-1.35 because the choice of
    /// the window from the same data and the parabola's form add to the scatter. Fixed seeds.
    #[test]
    fn errors_of_a_peak_are_honest() {
        for (n, noise) in [(25, 0.01), (25, 0.05), (80, 0.1)] {
            let mut z = [Vec::new(), Vec::new()];
            for seed in 0..400 {
                let mut s = stream(80 + n as u64, seed);
                let x: Vec<f64> = (0..n).map(|i| 1.6 + 1.2 * i as f64 / (n - 1) as f64).collect();
                let mut y: Vec<f64> = x.iter().map(|&x| bump(x) + noise * s.normal()).collect();
                let w = PeakWindow::find(&x, &y, Some(&vec![noise; n])).unwrap();
                assert!((w.solve(&y).unwrap().0 - w.x).abs() < 1e-12);
                let (mut vx, mut vh) = (0.0, 0.0);
                for i in 0..n {
                    let old = y[i];
                    y[i] = old + noise;
                    let (x, h) = w.solve(&y).unwrap_or((f64::NAN, f64::NAN));
                    vx += (x - w.x).powi(2);
                    vh += (h - w.height).powi(2);
                    y[i] = old;
                }
                z[0].push((w.x - 2.27) / vx.sqrt());
                z[1].push((w.height - 3.0) / vh.sqrt());
            }
            let (x, h) = (moments(&z[0]), moments(&z[1]));
            println!("{n} points, noise {noise}: x {:.3} {:.3}, height {:.3} {:.3}", x.0, x.1, h.0, h.1);
            assert!((0.75..1.35).contains(&x.1) && (0.75..1.6).contains(&h.1), "{x:?} {h:?}");
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let x = [2.0, 2.2, 2.4, 2.6];
        assert_eq!(
            peak(&x, &[1.0, 2.0, 3.0, 4.0], None).unwrap_err(),
            "the curve has no peak between 2 and 2.6: it is highest at an end"
        );
        assert!(peak(&x[..2], &[1.0, 2.0], None).is_err());
        assert!(peak(&x, &[f64::NAN; 4], None).is_err());
        assert!(peak(&x, &[1.0; 4], Some(&[1.0; 4])).is_err());
        let w = PeakWindow::find(&x, &[1.0, 3.0, 2.5, 0.0], None).unwrap();
        assert!(w.solve(&[3.0, 1.0, 2.0, 0.0]).unwrap_err().starts_with("the curve has no peak between 2 and 2."));
        assert!(w.solve(&[]).is_err() && w.solve(&[f64::INFINITY; 4]).is_err());
    }
}
