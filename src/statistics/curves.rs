//! Values between the points of a tabulated curve.

use super::fit::Table;

/// The ordinate at `at`, piecewise linear: no overshoot beside a jump, and errors of the points are
/// never amplified. Points need not be in order; those that are not finite are passed over. Fails
/// outside the curve's range (there is no extrapolation) or if two points have one abscissa.
pub fn interpolate(x: &[f64], y: &[f64], at: f64) -> Result<f64, String> {
    let table = Table::new(x, y, None)?;
    let (Some(&low), Some(&high)) = (table.x.first(), table.x.last()) else {
        return Err("the curve has no finite values".into());
    };
    if !(at >= low && at <= high) {
        return Err(format!("{at} is outside the curve, which runs from {low} to {high}"));
    }
    let i = table.x.partition_point(|x| *x < at);
    if table.x[i] == at {
        return Ok(table.y[i]);
    }
    let part = (at - table.x[i - 1]) / (table.x[i] - table.x[i - 1]);
    Ok(table.y[i - 1] * (1.0 - part) + table.y[i] * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_exact_and_points_are_kept() {
        let x = [3.0, 1.0, 2.0];
        let y = [0.5, 4.5, 2.5];
        for (at, expected) in [(1.0, 4.5), (1.25, 4.0), (2.0, 2.5), (2.5, 1.5), (3.0, 0.5)] {
            assert!((interpolate(&x, &y, at).unwrap() - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn outside_is_an_error() {
        assert_eq!(interpolate(&[2.0, 2.6], &[1.0, 1.0], 2.7).unwrap_err(), "2.7 is outside the curve, which runs from 2 to 2.6");
        assert!(interpolate(&[2.0, 2.6], &[1.0, 1.0], f64::NAN).is_err());
        assert!(interpolate(&[], &[], 1.0).is_err());
        assert!(interpolate(&[1.0, 2.0], &[f64::NAN, f64::NAN], 1.0).is_err());
        assert_eq!(interpolate(&[1.0], &[7.0], 1.0), Ok(7.0));
    }
}
