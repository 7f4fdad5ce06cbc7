//! Critical temperatures that are known exactly.

use super::onsager::critical_beta;

/// Lattices whose Potts and Ising models are solved at their critical point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planar {
    Square,
    Triangular,
    Honeycomb,
    Kagome,
}

/// The critical temperature of E = -J Σ δ(s_i, s_j) with q states on a planar lattice; k_B = 1.
///
/// With v = exp(J/T) - 1: square v² = q (R. B. Potts, Math. Proc. Camb. Phil. Soc. 48, 106 (1952)); triangular v³ + 3v² = q and honeycomb
/// v³ - 3qv - q² = 0 (R. J. Baxter, H. N. V. Temperley and S. E. Ashley, Proc. R. Soc. Lond. A 358, 535 (1978)). Kagome only for
/// q = 2, from the Ising model (I. Syozi, Prog. Theor. Phys. 6, 306 (1951)): exp(4K) = 3 + 2√3 with K = J/2T.
pub fn potts(lattice: Planar, q: f64, j: f64) -> Result<f64, String> {
    if !(j > 0.0 && j.is_finite()) {
        return Err("the coupling must be positive: an antiferromagnet has another critical point, or none".into());
    }
    if !(q >= 2.0 && q.is_finite()) {
        return Err("q must be 2 or more".into());
    }
    let v = match lattice {
        Planar::Square => q.sqrt(),
        Planar::Triangular => root(|v| v * v * (v + 3.0) - q),
        Planar::Honeycomb => root(|v| v * v * v - 3.0 * q * v - q * q),
        Planar::Kagome if q == 2.0 => (3.0 + 2.0 * 3f64.sqrt()).sqrt() - 1.0,
        Planar::Kagome => return Err("on the kagome lattice it is known exactly for q = 2 only".into()),
    };
    Ok(j / libm::log1p(v))
}

/// The critical temperature of E = -J Σ s_i s_j with s = ±1: the Potts model of two states at twice the coupling.
pub fn ising(lattice: Planar, j: f64) -> Result<f64, String> {
    potts(lattice, 2.0, 2.0 * j)
}

/// The same on the square lattice with two couplings: sinh(2J₁/T) sinh(2J₂/T) = 1 (L. Onsager, Phys. Rev. 65, 117 (1944)).
pub fn square_ising(jx: f64, jy: f64) -> Result<f64, String> {
    critical_beta(jx, jy).map(|beta| 1.0 / beta)
}

/// The positive root of a function that is negative below and positive above it.
fn root(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while f(high) < 0.0 && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ising_models_have_their_textbook_values() {
        let s3 = 3f64.sqrt();
        for (lattice, known) in [
            (Planar::Square, 2.0 / libm::log(1.0 + 2f64.sqrt())),
            (Planar::Triangular, 4.0 / libm::log(3.0)),
            (Planar::Honeycomb, 2.0 / libm::log(2.0 + s3)),
            (Planar::Kagome, 4.0 / libm::log(3.0 + 2.0 * s3)),
        ] {
            assert!((ising(lattice, 1.0).unwrap() - known).abs() < 1e-14, "{lattice:?}");
            assert!((ising(lattice, 3.0).unwrap() - 3.0 * known).abs() < 1e-13);
        }
        assert!((square_ising(1.0, 1.0).unwrap() - 2.269185314213022).abs() < 1e-14);
        let t = square_ising(1.0, 0.3).unwrap();
        assert!((libm::sinh(2.0 / t) * libm::sinh(0.6 / t) - 1.0).abs() < 1e-13);
    }

    /// The triangular and the honeycomb lattice are dual: v v' = q.
    #[test]
    fn the_potts_models_are_dual() {
        for q in [2.0, 3.0, 4.0, 10.0] {
            let v = |l| libm::expm1(1.0 / potts(l, q, 1.0).unwrap());
            assert!((v(Planar::Triangular) * v(Planar::Honeycomb) - q).abs() < 1e-11 * q);
            assert!((potts(Planar::Square, q, 1.0).unwrap() - 1.0 / libm::log(1.0 + q.sqrt())).abs() < 1e-14);
        }
        let v = libm::expm1(1.0 / potts(Planar::Triangular, 3.0, 1.0).unwrap());
        assert!((v * v * (v + 3.0) - 3.0).abs() < 1e-13);
        assert!(potts(Planar::Kagome, 3.0, 1.0).is_err() && potts(Planar::Square, 1.5, 1.0).is_err());
        assert!(ising(Planar::Square, -1.0).is_err());
    }
}
