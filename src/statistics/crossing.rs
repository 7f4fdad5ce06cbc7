//! Where two tabulated curves cross.
//!
//! The difference of noisy curves changes sign in many places: about a slow crossing, and wherever
//! the two saturate at the same value (Binder cumulants of an ordered phase). So the crossing is
//! looked for once, in the central values, by its significance; replicates are solved in that window.

use super::fit::{Polynomial, TERMS, Table, Window};

/// Both sides of a sign change must differ from zero by this many standard errors.
const SIGNIFICANT: f64 = 2.5;
/// The window grows until both sides of it do so by this many.
const RESOLVED: f64 = 5.0;
/// Points on each side that the window starts with.
const POINTS: usize = 3;

/// Where a crossing is, how far around it is fitted and in which direction it is crossed: what is
/// kept fixed while the ordinates are varied.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossingWindow {
    window: Window,
    /// Whether the difference rises there.
    rises: bool,
    /// The abscissa at which the central values cross.
    pub x: f64,
    /// How many standard errors the weaker side of the crossing is from zero; without errors, in
    /// units of one point's unit error, and not to be read as a significance.
    pub significance: f64,
}

impl CrossingWindow {
    /// Finds the most significant sign change of `d` = y1 - y2 tabulated at `x`.
    ///
    /// For each sign change in the table, the weighted means of 1, 2, 3, ... points to its left and
    /// right are compared with zero; its significance is that of the weaker side where it is greatest.
    /// A cubic (less for fewer than five points) is then fitted to some three points on each side (two if there are no errors), more
    /// if that does not resolve both sides to five standard errors, with weights that fall off smoothly
    /// from the crossing itself.
    ///
    /// Points need not be in order; those that are not finite are passed over. Fails if there is no
    /// sign change, or none whose sides are both 2.5 standard errors from zero.
    pub fn find(x: &[f64], d: &[f64], errors: Option<&[f64]>) -> Result<CrossingWindow, String> {
        let table = Table::new(x, d, errors)?;
        let n = table.len();
        if n < 2 {
            return Err(format!("a crossing needs two points at least, and there are {n}"));
        }
        let between = format!("between {} and {}", table.x[0], table.x[n - 1]);
        let Some((split, significance)) = best_split(&table) else {
            return Err(format!("the curves do not cross {between}"));
        };
        if table.has_errors && significance < SIGNIFICANT {
            return Err(format!("the curves are equal within their errors {between}; a crossing cannot be told from noise"));
        }
        let mut half = if table.has_errors { POINTS } else { POINTS - 1 };
        while table.has_errors && half < n / 2 && strength(&table, split, half) < RESOLVED.min(significance) {
            half += 1;
        }
        let rises = table.y[split..].iter().find(|y| **y != 0.0).is_some_and(|y| *y > 0.0);
        let mut window = Window::new(&table, split, half, TERMS - 1);
        let start = 0.5 * (table.x[split - 1] + table.x[split]);
        loop {
            if let Some((x, _)) = window.follow(d, start, |p| nearest_root(p, rises)) {
                return Ok(CrossingWindow { window, rises, x, significance });
            }
            if window.degree == 1 {
                return Err(format!("the curves do not cross {between} by more than their scatter"));
            }
            window.degree -= 1;
        }
    }

    /// The abscissa at which a difference, tabulated like the central one, crosses zero in this
    /// window: the root nearest to the central one that is crossed in the same direction. Smooth in
    /// `d`; the weights follow the root. Fails if there is none nearby, or if a value is not finite.
    pub fn solve(&self, d: &[f64]) -> Result<f64, String> {
        self.window.follow(d, self.x, |p| nearest_root(p, self.rises)).map(|(x, _)| x).ok_or_else(|| {
            let (low, high) = self.window.range(self.x);
            format!("the curves do not cross between {low} and {high}")
        })
    }
}

/// The weaker side's distance from zero in its standard errors, for the `points` nearest points left
/// and right of a split; 0 if both sides have the same sign.
fn strength(table: &Table, split: usize, points: usize) -> f64 {
    let side = |range: std::ops::Range<usize>| {
        let weight: f64 = table.weight[range.clone()].iter().sum();
        let value: f64 = range.map(|i| table.weight[i] * table.y[i]).sum();
        value / weight.sqrt() / table.unit
    };
    let left = side(split.saturating_sub(points)..split);
    let right = side(split..(split + points).min(table.len()));
    if left * right < 0.0 { left.abs().min(right.abs()) } else { 0.0 }
}

/// The split (number of points left of it) with the greatest significance, among the sign changes.
fn best_split(table: &Table) -> Option<(usize, f64)> {
    let n = table.len();
    let mut best: Option<(usize, f64)> = None;
    let mut last: Option<(usize, bool)> = None;
    for i in (0..n).filter(|&i| table.y[i] != 0.0) {
        let positive = table.y[i] > 0.0;
        if let Some((j, before)) = last
            && before != positive
        {
            // Zeros in between belong to neither side; the split is in their middle.
            let split = (i + j).div_ceil(2);
            let significance = (1..=split.max(n - split)).map(|h| strength(table, split, h)).fold(0.0, f64::max);
            if best.is_none_or(|b| significance > b.1) {
                best = Some((split, significance));
            }
        }
        last = Some((i, positive));
    }
    best
}

/// The root of a polynomial nearest to the centre, with the sign of its slope, within -1..1.
fn nearest_root(p: &Polynomial, rises: bool) -> Option<f64> {
    const STEPS: usize = 15;
    let at = |i: usize| -1.0 + 2.0 * i as f64 / STEPS as f64;
    let below = |u: f64| if rises { p.at(u) < 0.0 } else { p.at(u) > 0.0 };
    let mut nearest: Option<f64> = None;
    for i in 0..STEPS {
        let (mut low, mut high) = (at(i), at(i + 1));
        if !below(low) || below(high) {
            continue;
        }
        // Bisection to 1e-16.
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if below(middle) { low = middle } else { high = middle }
        }
        if nearest.is_none_or(|u: f64| high.abs() < u.abs()) {
            nearest = Some(high);
        }
    }
    nearest
}

#[cfg(test)]
#[path = "crossing_tests.rs"]
mod tests;
