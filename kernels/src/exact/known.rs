//! The exactly known functions by name: what the plan keeps where their arguments are results.

use super::{critical_beta, curie_weiss, kaufman, onsager, spontaneous_magnetisation};
use serde::{Deserialize, Serialize};

/// A function with a closed form. Temperatures are in units of the couplings (k_B = 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known {
    /// T, Jx, Jy: per spin of the infinite square lattice.
    OnsagerEnergy,
    OnsagerMagnetisation,
    OnsagerSpecificHeat,
    OnsagerFreeEnergy,
    /// Lx, Ly, T, Jx, Jy: per spin of the finite torus.
    KaufmanEnergy,
    KaufmanSpecificHeat,
    KaufmanFreeEnergy,
    /// T, h, J.
    CurieWeissMagnetisation,
    CurieWeissFreeEnergy,
}

/// 1/T, so that T = 0 and nonsense are refused in one place.
fn beta(t: f64) -> Result<f64, String> {
    if t > 0.0 && t.is_finite() { Ok(1.0 / t) } else { Err(format!("a temperature must be positive, and this is {t}")) }
}

fn side(l: f64) -> Result<usize, String> {
    if l.fract() == 0.0 && (2.0..=(1u64 << 20) as f64).contains(&l) {
        Ok(l as usize)
    } else {
        Err(format!("a side must be a whole number from 2 to 1,048,576, and this is {l}"))
    }
}

impl Known {
    /// The value; the reason where the arguments are outside its domain.
    pub fn of(self, x: &[f64]) -> Result<f64, String> {
        let arguments = match self {
            Known::OnsagerEnergy | Known::OnsagerMagnetisation | Known::OnsagerSpecificHeat | Known::OnsagerFreeEnergy => 3,
            Known::KaufmanEnergy | Known::KaufmanSpecificHeat | Known::KaufmanFreeEnergy => 5,
            Known::CurieWeissMagnetisation | Known::CurieWeissFreeEnergy => 3,
        };
        if x.len() != arguments {
            return Err(format!("{arguments} arguments are needed, and {} are given", x.len()));
        }
        Ok(match self {
            Known::OnsagerEnergy => onsager(x[1], x[2], beta(x[0])?)?.energy,
            Known::OnsagerMagnetisation => spontaneous_magnetisation(x[1], x[2], beta(x[0])?)?,
            Known::OnsagerSpecificHeat => {
                // At the critical temperature to rounding it diverges.
                let b = beta(x[0])?;
                match critical_beta(x[1], x[2]) {
                    Ok(c) if (b / c - 1.0).abs() < 1e-14 => f64::INFINITY,
                    _ => onsager(x[1], x[2], b)?.specific_heat,
                }
            }
            Known::OnsagerFreeEnergy => -x[0] * onsager(x[1], x[2], beta(x[0])?)?.log_z,
            Known::KaufmanEnergy | Known::KaufmanSpecificHeat | Known::KaufmanFreeEnergy => {
                let (a, b) = (side(x[0])?, side(x[1])?);
                let inverse = beta(x[2])?;
                let torus = kaufman(a, b, x[3], x[4], inverse)?;
                let spins = (a * b) as f64;
                match self {
                    Known::KaufmanEnergy => torus.energy / spins,
                    Known::KaufmanSpecificHeat => inverse * inverse * torus.energy_variance / spins,
                    _ => -x[2] * torus.log_z / spins,
                }
            }
            Known::CurieWeissMagnetisation => curie_weiss::magnetisation(x[0], x[1], x[2])?,
            Known::CurieWeissFreeEnergy => curie_weiss::free_energy(x[0], x[1], x[2])?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_solutions() {
        let at_critical = 2.0 / libm::log(1.0 + 2f64.sqrt());
        assert!((Known::OnsagerEnergy.of(&[at_critical, 1.0, 1.0]).unwrap() + 2f64.sqrt()).abs() < 1e-9);
        assert_eq!(Known::OnsagerSpecificHeat.of(&[at_critical, 1.0, 1.0]), Ok(f64::INFINITY));
        assert_eq!(Known::OnsagerMagnetisation.of(&[3.0, 1.0, 1.0]), Ok(0.0));
        // F = E - T S and dF/dT = -S tie the three together: E = F - T dF/dT, by a difference.
        for f in [
            |t| [Known::OnsagerFreeEnergy.of(&[t, 1.0, 0.7]), Known::OnsagerEnergy.of(&[t, 1.0, 0.7])],
            |t| [Known::KaufmanFreeEnergy.of(&[6.0, 9.0, t, 1.0, 0.7]), Known::KaufmanEnergy.of(&[6.0, 9.0, t, 1.0, 0.7])],
        ] {
            let (t, h) = (2.9, 1e-4);
            let value = |t: f64, k: usize| f(t)[k].clone().unwrap();
            let slope = (value(t + h, 0) - value(t - h, 0)) / (2.0 * h);
            assert!((value(t, 0) - t * slope - value(t, 1)).abs() < 1e-6);
        }
        let wide = Known::KaufmanEnergy.of(&[400.0, 400.0, 3.0, 1.0, 1.0]).unwrap();
        assert!((wide - Known::OnsagerEnergy.of(&[3.0, 1.0, 1.0]).unwrap()).abs() < 1e-9);
    }

    #[test]
    fn outside_the_domain_is_said() {
        assert!(Known::OnsagerEnergy.of(&[0.0, 1.0, 1.0]).unwrap_err().contains("positive"));
        assert!(Known::KaufmanEnergy.of(&[2.5, 4.0, 1.0, 1.0, 1.0]).unwrap_err().contains("whole number"));
        assert!(Known::KaufmanEnergy.of(&[1.0]).unwrap_err().contains("5 arguments"));
        assert!(Known::CurieWeissMagnetisation.of(&[-1.0, 0.0, 1.0]).is_err());
    }
}
