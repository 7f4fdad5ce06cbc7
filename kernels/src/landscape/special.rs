//! The incomplete beta function and Gauss-Legendre rules: what the laws of random projections are made of.

/// From here on Stirling's series is exact to the last digit.
const LARGE: f64 = 30.0;

/// The series of ln Γ(x) beyond (x - 1/2) ln x - x + ln √(2π), for large x.
fn tail(x: f64) -> f64 {
    let y = 1.0 / (x * x);
    (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y * (1.0 / 1680.0 - y / 1188.0)))) / x
}

/// ln B(a, b) less a ln(a / (a + b)) + b ln(b / (a + b)) + ln √(2π (a + b) / (a b)), which holds all that is large.
fn small_part(a: f64, b: f64) -> f64 {
    tail(a) + tail(b) - tail(a + b)
}

/// ln B(a, b), for positive a and b.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = (a.min(b), a.max(b));
    let sum = a + b;
    if large < LARGE {
        libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(sum)
    } else if small < LARGE {
        // ln Γ(large) - ln Γ(sum) with the large terms taken together, so that they do not cancel.
        let ratio = tail(large) - tail(sum) - (large - 0.5) * libm::log1p(small / large) - small * libm::log(sum) + small;
        ratio + libm::lgamma(small)
    } else {
        let flat = 0.5 * libm::log(std::f64::consts::TAU * sum / (small * large));
        small * libm::log(small / sum) - large * libm::log1p(small / large) + flat + small_part(a, b)
    }
}

/// ln of B(a, b) 2^-(a + b + 1) / B(2a, 2b), for positive a and b.
pub fn ln_duplication(a: f64, b: f64) -> f64 {
    if a.min(b) < LARGE {
        return ln_beta(a, b) - ln_beta(2.0 * a, 2.0 * b) - std::f64::consts::LN_2 * (a + b + 1.0);
    }
    let lean = (a - b) / (a + b);
    let large = -a * libm::log1p(lean) - b * libm::log1p(-lean);
    large - 0.5 * std::f64::consts::LN_2 + small_part(a, b) - small_part(2.0 * a, 2.0 * b)
}

/// x^a (1 - x)^b / B(a, b).
fn front(x: f64, a: f64, b: f64) -> f64 {
    if a.min(b) < LARGE {
        return libm::exp(a * libm::log(x) + b * libm::log1p(-x) - ln_beta(a, b));
    }
    // By how much x is off the middle, so that the large terms do not cancel.
    let (sum, off) = (a + b, x - a / (a + b));
    let depth = a * libm::log1p(off * sum / a) + b * libm::log1p(-off * sum / b);
    libm::exp(depth - small_part(a, b)) * (a * b / (std::f64::consts::TAU * sum)).sqrt()
}

/// The regularised incomplete beta function I_x(a, b), for positive a and b and x in [0, 1]: the probability that a beta variable
/// is below x. Lentz's continued fraction (Numerical Recipes, 6.4).
pub fn beta_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_below(1.0 - x, b, a);
    }
    let tiny = 1e-300;
    let away = |x: f64| if x.abs() < tiny { tiny } else { x };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut f = d;
    // Some √max(a, b) terms are needed.
    for m in 1..1_000_000u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        f *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        let change = c * d;
        f *= change;
        if (change - 1.0).abs() < 4e-16 {
            break;
        }
    }
    (front(x, a, b) * f / a).clamp(0.0, 1.0)
}

/// The nodes in (-1, 1), ascending, and weights of Gauss and Legendre's rule with `n` points, by Newton's method.
pub fn gauss_legendre(n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut nodes, mut weights) = (vec![0.0; n], vec![0.0; n]);
    for i in 0..n {
        let mut x = -libm::cos(std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5));
        let mut slope = 1.0;
        for _ in 0..100 {
            let p = legendre(n + 1, x);
            slope = n as f64 * (x * p[n] - p[n - 1]) / (x * x - 1.0);
            let change = p[n] / slope;
            x -= change;
            if change.abs() < 1e-16 {
                break;
            }
        }
        nodes[i] = x;
        weights[i] = 2.0 / ((1.0 - x * x) * slope * slope);
    }
    (nodes, weights)
}

/// Legendre's polynomials of the degrees below `count` at x.
pub fn legendre(count: usize, x: f64) -> Vec<f64> {
    let mut p = vec![1.0; count];
    if count > 1 {
        p[1] = x;
    }
    for k in 2..count {
        let l = k as f64;
        p[k] = ((2.0 * l - 1.0) * x * p[k - 1] - (l - 1.0) * p[k - 2]) / l;
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I_x(a, b) for whole a and b is a binomial sum.
    #[test]
    fn incomplete_beta_is_a_binomial_tail() {
        for (a, b) in [(1, 1), (2, 5), (10, 3), (17, 40), (60, 55)] {
            for x in [0.01, 0.3, 0.5, 0.77, 0.999] {
                let n: i32 = a + b - 1;
                let term = |j: i32| {
                    let c: f64 = (1..=j).map(|i| f64::from(n - j + i) / f64::from(i)).product();
                    c * f64::powi(x, j) * f64::powi(1.0 - x, n - j)
                };
                let right: f64 = (a..=n).map(term).sum();
                let found = beta_below(x, f64::from(a), f64::from(b));
                assert!((found - right).abs() < 1e-13, "{a} {b} {x}: {found} {right}");
            }
        }
        assert!((beta_below(0.5, 4e6, 4e6) - 0.5).abs() < 1e-11);
    }

    #[test]
    fn ln_beta_by_its_recursion() {
        for (a, b) in [(0.5, 0.5), (3.0, 29.5), (3.0, 30.5), (45.0, 0.5), (400.0, 600.0), (29.9, 29.9), (1e5, 2.5)] {
            // B(a + 1, b) = B(a, b) a / (a + b)
            let step = ln_beta(a + 1.0, b) - ln_beta(a, b);
            assert!((step - libm::log(a / (a + b))).abs() < 1e-12, "{a} {b}: {step}");
        }
        for (a, b) in [(2.0, 3.0), (29.0, 40.0), (31.0, 40.0), (31.0, 400.0), (900.0, 1000.0)] {
            let plain = ln_beta(a, b) - ln_beta(2.0 * a, 2.0 * b) - std::f64::consts::LN_2 * (a + b + 1.0);
            assert!((ln_duplication(a, b) - plain).abs() < 1e-11, "{a} {b}");
        }
        assert!((ln_beta(0.5, 0.5) - libm::log(std::f64::consts::PI)).abs() < 1e-14);
    }

    #[test]
    fn rules_are_exact_for_polynomials() {
        for n in [1, 2, 5, 20] {
            let (x, w) = gauss_legendre(n);
            for power in 0..2 * n as i32 {
                let found: f64 = x.iter().zip(&w).map(|(x, w)| w * x.powi(power)).sum();
                let right = if power % 2 == 0 { 2.0 / f64::from(power + 1) } else { 0.0 };
                assert!((found - right).abs() < 1e-14, "{n} {power}");
            }
        }
    }
}
