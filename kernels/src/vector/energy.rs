//! The energy of O(n) spins as plain data, and whether the kernels can serve it.

/// A pairwise energy of classical n-component unit vectors:
/// E = constant - Σ_bonds S_i^T J_b S_j - Σ_i h_i·S_i - Σ_i S_i^T D_i S_i.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VectorEnergy {
    /// Components of a spin, 2 to 16.
    pub n: usize,
    pub sites: usize,
    /// Two sites and the number J of an isotropic coupling. A pair may occur more than once; the terms add up.
    pub bonds: Vec<(u32, u32, f64)>,
    /// Empty where couplings are isotropic; else n*n entries a bond, row-major, in place of its number: the rows belong to the
    /// bond's first site.
    pub matrices: Vec<f64>,
    /// Empty or n entries a site.
    pub fields: Vec<f64>,
    /// Empty or n*n entries a site, symmetric, row-major.
    pub anisotropy: Vec<f64>,
    pub constant: f64,
}

impl VectorEnergy {
    /// The energy of a state: n components a site, site by site.
    pub fn energy(&self, state: &[f64]) -> f64 {
        let n = self.n;
        let spin = |site: u32| &state[site as usize * n..][..n];
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let form = |m: &[f64], a: &[f64], b: &[f64]| a.iter().zip(m.chunks_exact(n)).map(|(x, row)| x * dot(row, b)).sum::<f64>();
        let mut sum = 0.0;
        for (b, &(i, j, coupling)) in self.bonds.iter().enumerate() {
            sum += match self.matrices.is_empty() {
                true => coupling * dot(spin(i), spin(j)),
                false => form(&self.matrices[b * n * n..][..n * n], spin(i), spin(j)),
            };
        }
        if !self.fields.is_empty() {
            sum += dot(&self.fields, state);
        }
        if !self.anisotropy.is_empty() {
            for (s, d) in state.chunks_exact(n).zip(self.anisotropy.chunks_exact(n * n)) {
                sum += form(d, s, s);
            }
        }
        self.constant - sum
    }

    /// Whether no field and no anisotropy acts.
    pub fn is_free_of_sites_terms(&self) -> bool {
        self.fields.iter().chain(&self.anisotropy).all(|&x| x == 0.0)
    }

    /// The largest absolute entry of all terms; 1 where all are 0.
    pub(super) fn unit(&self) -> f64 {
        let numbers = if self.matrices.is_empty() { self.bonds.iter().map(|b| b.2).collect() } else { self.matrices.clone() };
        let largest = numbers.iter().chain(&self.fields).chain(&self.anisotropy).fold(0.0f64, |m, x| m.max(x.abs()));
        if largest > 0.0 { largest } else { 1.0 }
    }

    /// Says what is wrong with the numbers, or that nothing is.
    pub(super) fn check(&self) -> Result<(), String> {
        let n = self.n;
        if !(2..=16).contains(&n) {
            return Err(format!("the vector kernels serve spins of 2 to 16 components, not {n}"));
        }
        if self.sites == 0 {
            return Err("the model has no spins".into());
        }
        if self.sites >= 1 << 26 || self.bonds.len() >= 1 << 30 {
            return Err(format!(
                "{} spins with {} bonds are more than the vector kernels can index",
                self.sites,
                self.bonds.len()
            ));
        }
        for &(i, j, coupling) in &self.bonds {
            if i as usize >= self.sites || j as usize >= self.sites {
                return Err(format!("the bond ({i}, {j}) leaves the {} spins", self.sites));
            }
            if i == j {
                return Err(format!("the bond ({i}, {j}) joins a spin to itself"));
            }
            if !coupling.is_finite() {
                return Err(format!("the coupling of the bond ({i}, {j}) is {coupling}"));
            }
        }
        let sizes = [
            ("coupling matrices", &self.matrices, self.bonds.len() * n * n),
            ("fields", &self.fields, self.sites * n),
            ("anisotropies", &self.anisotropy, self.sites * n * n),
        ];
        for (what, entries, expected) in sizes {
            if !entries.is_empty() && entries.len() != expected {
                return Err(format!("the {what} have {} entries, the model needs {expected}", entries.len()));
            }
            if let Some(x) = entries.iter().find(|x| !x.is_finite()) {
                return Err(format!("the {what} have an entry {x}"));
            }
        }
        if !self.constant.is_finite() {
            return Err(format!("the constant of the energy is {}", self.constant));
        }
        for d in self.anisotropy.chunks_exact(n * n) {
            if (0..n * n).any(|e| d[e] != d[e % n * n + e / n]) {
                return Err("an anisotropy is not symmetric".into());
            }
        }
        Ok(())
    }
}
