//! The two sums that the stiffness of planar spins is made of (Teitel and Jayaprakash, Phys. Rev. B 27, 598 (1983)):
//! Σ_<ij> J cos(θ_j - θ_i) (e·r_ij)² and Σ_<ij> J sin(θ_j - θ_i) (e·r_ij).

use super::{Observable, Scratch};

/// The bonds that have a component along the direction. The array holds unit vectors, two components a site.
pub struct Stiffness {
    /// Ends, and e·r from the first to the second.
    pub bonds: Vec<(u32, u32, f64)>,
    /// One a bond; empty for 1.
    pub couplings: Vec<f64>,
}

impl Observable for Stiffness {
    fn len(&self) -> usize {
        2
    }

    fn measure(&self, x: &[&[f64]], _: &mut Scratch, out: &mut [f64]) {
        let u = x[0];
        let (mut even, mut odd) = (0.0, 0.0);
        for (m, &(i, j, r)) in self.bonds.iter().enumerate() {
            let (i, j) = (2 * i as usize, 2 * j as usize);
            let coupling = self.couplings.get(m).copied().unwrap_or(1.0);
            even += coupling * r * r * (u[i] * u[j] + u[i + 1] * u[j + 1]);
            odd += coupling * r * (u[i] * u[j + 1] - u[i + 1] * u[j]);
        }
        (out[0], out[1]) = (even, odd);
    }
}
