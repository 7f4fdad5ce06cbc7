//! Onsager's solution of the infinite square lattice, and Yang's magnetisation.

use super::kaufman::Modes;
use super::taylor::Taylor;

/// Values per spin of the infinite lattice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Onsager {
    /// ln Z per spin, which is -β times the free energy.
    pub log_z: f64,
    pub energy: f64,
    /// β² times the variance of the energy per spin (k_B = 1); infinite at the critical point.
    pub specific_heat: f64,
    /// Yang's spontaneous magnetisation; staggered where a coupling is negative.
    pub magnetisation: f64,
}

fn checked(jx: f64, jy: f64, beta: f64) -> Result<(f64, f64), String> {
    if jx.is_finite() && jy.is_finite() && beta.is_finite() && beta >= 0.0 {
        Ok((jx.abs(), jy.abs()))
    } else {
        Err("Onsager's solution needs finite couplings and a finite β that is not negative".into())
    }
}

/// The infinite square lattice with couplings `jx` and `jy` of any sign, at finite β >= 0.
///
/// L. Onsager, Phys. Rev. 65, 117 (1944): ln Z / N is the integral over the modes of the transfer matrix, whose derivatives in β are
/// taken under the integral. The quadrature clusters at the ends (Takahasi and Mori, Publ. RIMS 9, 721 (1974)), so that the
/// mode that softens at the critical point is resolved however near it is. About 13 digits; the specific heat loses some
/// of them within 1e-6 of the critical point.
pub fn onsager(jx: f64, jy: f64, beta: f64) -> Result<Onsager, String> {
    let (jx, jy) = checked(jx, jy, beta)?;
    let magnetisation = spontaneous_magnetisation(jx, jy, beta)?;
    let modes = Modes::new(jy, jx, beta);
    // Where both derivatives of the modes at θ = 0 diverge: the critical point to rounding.
    let product = libm::sinh(2.0 * beta * jx) * libm::sinh(2.0 * beta * jy);
    let critical = (product - 1.0).abs() < 4.0 * f64::EPSILON;
    let mut sum = Taylor::constant(0.0);
    let mut weights = 0.0;
    // θ = π u with u = 1 / (1 + exp(-π sinh t)), t from -4 to 4: u comes as near the ends as 1e-37.
    const STEPS: i32 = 768;
    let h = 4.0 / f64::from(STEPS);
    for k in -STEPS..=STEPS {
        let t = h * f64::from(k);
        let y = std::f64::consts::PI * libm::sinh(t);
        let u = 1.0 / (1.0 + libm::exp(-y));
        let rest = 1.0 / (1.0 + libm::exp(y));
        let weight = h * std::f64::consts::PI * libm::cosh(t) * u * rest;
        // Near θ = π the sine is flat: nothing is lost by reading it from the far end.
        let sine = if k <= 0 { libm::sin(0.5 * std::f64::consts::PI * u) } else { libm::cos(0.5 * std::f64::consts::PI * rest) };
        let (growth, _, _) = modes.at(sine);
        sum = sum + growth.ln().scale(weight);
        weights += weight;
    }
    let log_z = sum.scale(0.5 / weights) + Taylor::variable(beta, jx + jy);
    let specific_heat = if critical { f64::INFINITY } else { beta * beta * log_z.dd };
    Ok(Onsager { log_z: log_z.v, energy: -log_z.d, specific_heat, magnetisation })
}

/// Yang's spontaneous magnetisation (Phys. Rev. 85, 808 (1952); C. H. Chang, Phys. Rev. 88, 1422 (1952) for unlike couplings):
/// (1 - (sinh 2βJx sinh 2βJy)^-2)^(1/8) below the critical temperature, zero above.
pub fn spontaneous_magnetisation(jx: f64, jy: f64, beta: f64) -> Result<f64, String> {
    let (jx, jy) = checked(jx, jy, beta)?;
    let product = libm::sinh(2.0 * beta * jx) * libm::sinh(2.0 * beta * jy);
    // 1 - p^-2 without cancellation at p = 1.
    let inside = if product > 1.0 { (1.0 - 1.0 / product) * (1.0 + 1.0 / product) } else { 0.0 };
    Ok(libm::pow(inside, 0.125))
}

/// The critical inverse temperature, where sinh 2βJx sinh 2βJy = 1. Err where a coupling vanishes or is not finite.
pub fn critical_beta(jx: f64, jy: f64) -> Result<f64, String> {
    let (jx, jy) = checked(jx, jy, 0.0)?;
    if jx == 0.0 || jy == 0.0 {
        return Err("the square lattice with a vanishing coupling is a set of chains, which have no critical point".into());
    }
    if jx == jy {
        return Ok(0.5 * libm::log1p(std::f64::consts::SQRT_2) / jx);
    }
    // ln sinh 2βJx + ln sinh 2βJy rises from -∞ to ∞; the root lies between those of the isotropic lattices.
    let isotropic = 0.5 * libm::log1p(std::f64::consts::SQRT_2);
    let (mut low, mut high) = (isotropic / jx.max(jy), isotropic / jx.min(jy));
    // ln sinh x, finite for all positive x.
    let log_sinh = |x: f64| x + libm::log(-0.5 * libm::expm1(-2.0 * x));
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if log_sinh(2.0 * middle * jx) + log_sinh(2.0 * middle * jy) < 0.0 { low = middle } else { high = middle }
    }
    Ok(0.5 * (low + high))
}
