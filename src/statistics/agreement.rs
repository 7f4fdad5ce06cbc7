//! Whether a value agrees with a reference, in standard errors.

/// Values without errors count as equal when they differ by less than this part of the larger ...
const RELATIVE: f64 = 1e-9;
/// ... or by less than this, so that rounding about zero is no difference.
const ABSOLUTE: f64 = 1e-12;

/// (value - reference) / sqrt(error² + reference_error²).
///
/// With both errors zero: 0 if the two are equal to 1e-9 relative (or 1e-12 absolute), else infinite
/// with the sign of the difference. NaN if anything is NaN.
pub fn z_score(value: f64, error: f64, reference: f64, reference_error: f64) -> f64 {
    if [value, error, reference, reference_error].iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let difference = value - reference;
    let error = libm::hypot(error, reference_error);
    if error > 0.0 {
        return difference / error;
    }
    let size = value.abs().max(reference.abs());
    // Equal infinities differ by NaN.
    if value == reference || (size.is_finite() && difference.abs() <= (RELATIVE * size).max(ABSOLUTE)) {
        0.0
    } else {
        f64::INFINITY.copysign(difference)
    }
}

/// Whether the two agree within `sigmas` standard errors. False if anything is NaN.
pub fn agrees(value: f64, error: f64, reference: f64, reference_error: f64, sigmas: f64) -> bool {
    z_score(value, error, reference, reference_error).abs() <= sigmas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_add_in_quadrature() {
        assert_eq!(z_score(10.0, 3.0, 0.0, 4.0), 2.0);
        assert_eq!(z_score(-10.0, 3.0, 0.0, 4.0), -2.0);
        assert!(agrees(10.0, 3.0, 0.0, 4.0, 2.0));
        assert!(!agrees(10.0, 3.0, 0.0, 4.0, 1.9));
    }

    #[test]
    fn exact_values_must_be_equal() {
        assert!(agrees(1.0 + 1e-10, 0.0, 1.0, 0.0, 3.0));
        assert!(agrees(1e-17, 0.0, 0.0, 0.0, 3.0));
        assert!(!agrees(1.0 + 1e-8, 0.0, 1.0, 0.0, 3.0));
        assert_eq!(z_score(1.0, 0.0, 2.0, 0.0), f64::NEG_INFINITY);
    }

    #[test]
    fn what_is_not_a_number_never_agrees() {
        for bad in 0..4 {
            let mut v = [1.0, 1.0, 1.0, 1.0];
            v[bad] = f64::NAN;
            assert!(!agrees(v[0], v[1], v[2], v[3], f64::INFINITY));
        }
        assert!(!agrees(f64::INFINITY, 1.0, 0.0, 1.0, 1e9));
        assert!(!agrees(f64::INFINITY, 0.0, 1.0, 0.0, 1e9));
        assert_eq!(z_score(f64::INFINITY, 0.0, f64::INFINITY, 0.0), 0.0);
    }
}
