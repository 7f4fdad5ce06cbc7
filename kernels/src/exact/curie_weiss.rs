//! The Curie-Weiss model: every spin coupled to every other, E = -(J / 2N) (Σ s)² - h Σ s, as N goes to infinity.

/// Whether the parameters make sense.
fn checked(t: f64, h: f64, j: f64) -> Result<(), String> {
    if !(t > 0.0 && t.is_finite()) {
        return Err("a temperature must be positive".into());
    }
    if !(j > 0.0 && j.is_finite() && h.is_finite()) {
        return Err("the coupling must be positive, and the field finite".into());
    }
    Ok(())
}

/// The magnetisation per spin: the root of m = tanh((J m + h) / T) with the sign of `h`, positive where h = 0.
///
/// P. Weiss, J. Phys. Theor. Appl. 6, 661 (1907); the critical temperature is J.
pub fn magnetisation(t: f64, h: f64, j: f64) -> Result<f64, String> {
    checked(t, h, j)?;
    if h < 0.0 {
        return magnetisation(t, -h, j).map(|m| -m);
    }
    if h == 0.0 && t >= j {
        return Ok(0.0);
    }
    // atanh m - (J m + h) / T is convex for m > 0 and has one root at which it rises.
    let excess = |m: f64| libm::tanh((j * m + h) / t) - m;
    let (mut low, mut high) = (0.0, 1.0);
    if h == 0.0 {
        // tanh x > x - x³/3 is above m wherever 3 (1 - T/J) > (J m / T)² T/J.
        low = ((3.0 * (j - t) / j).sqrt() * t / j * (t / j).sqrt()).min(1.0) * 0.5;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    Ok(0.5 * (low + high))
}

/// The free energy per spin, J m²/2 - T ln(2 cosh((J m + h) / T)) at the magnetisation m.
pub fn free_energy(t: f64, h: f64, j: f64) -> Result<f64, String> {
    let m = magnetisation(t, h, j)?;
    let x = ((j * m + h) / t).abs();
    // ln 2 cosh x without overflow.
    Ok(0.5 * j * m * m - t * (x + libm::log1p(libm::exp(-2.0 * x))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_magnetisation_solves_its_equation() {
        for t in [0.01, 0.2, 0.5, 0.9, 0.99, 0.999999, 1.0, 1.5, 10.0] {
            for h in [0.0, 1e-9, 0.1, 3.0] {
                for j in [1.0, 2.5] {
                    let m = magnetisation(t * j, h, j).unwrap();
                    assert!((m - libm::tanh((j * m + h) / (t * j))).abs() < 1e-14, "{t} {h} {m}");
                    assert_eq!(magnetisation(t * j, -h, j).unwrap(), if h == 0.0 { m } else { -m });
                    assert!((h == 0.0 && t >= 1.0) == (m == 0.0), "{t} {h} {m}");
                }
            }
        }
        // Near the critical point m² = 3 (1 - T/J).
        let m = magnetisation(0.9999, 0.0, 1.0).unwrap();
        assert!((m * m / 3e-4 - 1.0).abs() < 1e-3);
    }

    /// The free energy is the limit of enumeration: -T ln Σ_k C(N, k) e^(-E/T) / N for N = 4000, whose corrections are O(ln N / N).
    #[test]
    fn the_free_energy_is_the_limit_of_large_systems() {
        let n = 4000.0;
        for (t, h) in [(0.5, 0.0), (0.8, 0.2), (1.7, -0.4), (3.0, 0.0)] {
            let term = |k: f64| {
                let m: f64 = 2.0 * k - n;
                libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0) + (0.5 * m * m / n + h * m) / t
            };
            let most = (0..=4000).map(|k| term(f64::from(k))).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = (0..=4000).map(|k| libm::exp(term(f64::from(k)) - most)).sum();
            let finite = -t * (most + libm::log(sum)) / n;
            assert!((free_energy(t, h, 1.0).unwrap() - finite).abs() < 3e-3 * t, "{t} {h}");
        }
        assert!(free_energy(0.0, 0.0, 1.0).is_err() && magnetisation(1.0, 0.0, -1.0).is_err());
    }
}
