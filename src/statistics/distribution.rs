//! Distributions that judge a fit.

/// The probability that a χ² variable of `dof` degrees of freedom is `chi2` or more: the regularised upper
/// incomplete gamma function Q(dof/2, χ²/2). NaN where it is not defined (dof = 0, or a negative χ²).
///
/// The series below a + 1 and the continued fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31, the latter by the
/// modified Lentz method); about 13 digits.
pub fn chi2_survival(chi2: f64, dof: usize) -> f64 {
    if dof == 0 || chi2.is_nan() || chi2 < 0.0 {
        return f64::NAN;
    }
    let (a, x) = (0.5 * dof as f64, 0.5 * chi2);
    if x == 0.0 {
        return 1.0;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > 1e-17 * sum {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..10_000 {
        let an = -f64::from(i) * (f64::from(i) - a);
        b += 2.0;
        d = an * d + b;
        d = 1.0 / if d.abs() < tiny { tiny } else { d };
        c = b + an / c;
        c = if c.abs() < tiny { tiny } else { c };
        let step = c * d;
        h *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (front * h).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For two degrees of freedom it is exp(-χ²/2); for one erfc(sqrt(χ²/2)); and Q(a + 1, x) = Q(a, x) + x^a e^-x / Γ(a + 1).
    #[test]
    fn the_survival_function_is_known() {
        for x in [0.0, 0.01, 0.5, 1.0, 3.0, 7.5, 20.0, 100.0] {
            assert!((chi2_survival(x, 2) - libm::exp(-0.5 * x)).abs() < 1e-14, "{x}");
            assert!((chi2_survival(x, 1) - libm::erfc((0.5 * x).sqrt())).abs() < 1e-13, "{x}");
            for dof in [2, 7, 40, 301] {
                let (a, h) = (0.5 * dof as f64, 0.5 * x);
                let step = libm::exp(a * libm::log(h) - h - libm::lgamma(a + 1.0));
                let difference = chi2_survival(x, dof + 2) - chi2_survival(x, dof);
                assert!((difference - step).abs() < 1e-12, "{x} {dof}");
            }
        }
        assert!(chi2_survival(1.0, 0).is_nan() && chi2_survival(-1.0, 3).is_nan() && chi2_survival(f64::NAN, 3).is_nan());
        assert_eq!(chi2_survival(f64::INFINITY, 3), 0.0);
    }
}
