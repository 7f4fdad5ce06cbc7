//! The energy of a Potts model, and what the kernels need to know of it.

use crate::cluster::bits::Bernoulli;
use crate::sampler::PairEnergy;
use crate::sparse::adjacency::Adjacency;
use crate::sparse::lanes::check_pairs;

/// A Potts energy over N spins s with values 0..q:
/// E = constant - Σ_bonds J δ(s_i, s_j) - Σ_i h_i[s_i].
///
/// A pair may stand several times; no bond joins a site to itself. For q = 2 this is an Ising model of couplings J / 2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PottsEnergy {
    /// q, 2 to 256.
    pub states: u16,
    pub sites: usize,
    pub bonds: Vec<(u32, u32, f64)>,
    /// Empty, or h_i[k] at index i q + k.
    pub fields: Vec<f64>,
    pub constant: f64,
}

impl PottsEnergy {
    /// The energy of a state of positions.
    pub fn energy(&self, state: &[u8]) -> f64 {
        let mut e = self.constant;
        for &(i, j, coupling) in &self.bonds {
            if state[i as usize] == state[j as usize] {
                e -= coupling;
            }
        }
        for (h, &s) in self.fields.chunks_exact(usize::from(self.states).max(1)).zip(state) {
            e -= h[usize::from(s)];
        }
        e
    }

    /// Says why the Potts kernels cannot serve a model, or that they can.
    pub fn check(&self) -> Result<(), String> {
        if self.sites == 0 {
            return Err("the model has no spins".into());
        }
        if !(2..=256).contains(&self.states) {
            return Err(format!("a Potts spin has 2 to 256 values here, not {}", self.states));
        }
        if !self.fields.is_empty() && self.fields.len() != self.sites * usize::from(self.states) {
            return Err(format!("{} fields for {} spins of {} values", self.fields.len(), self.sites, self.states));
        }
        if let Some(k) = self.fields.iter().position(|h| !h.is_finite()) {
            let q = usize::from(self.states);
            return Err(format!("the field of value {} of spin {} is {}", k % q, k / q, self.fields[k]));
        }
        check_pairs(&self.pairs())
    }

    fn pairs(&self) -> PairEnergy {
        PairEnergy { sites: self.sites, bonds: self.bonds.clone(), ..Default::default() }
    }
}

/// A checked energy, by site.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub energy: PottsEnergy,
    pub q: usize,
    /// Neighbours and couplings; repeated bonds are added.
    pub adjacency: Adjacency<f64>,
    /// For each entry of the rows of neighbours: the neighbour, and the index of |J| among the strengths, times two, plus one
    /// for a negative J. Half the size of the couplings themselves, which a cluster reads from far and wide.
    halves: Vec<(u32, u32)>,
    /// The distinct |J|, ascending.
    pub strengths: Vec<f64>,
    /// Whether there are couplings above and below zero.
    signs: [bool; 2],
    pub in_field: bool,
}

impl Model {
    pub fn new(energy: &PottsEnergy) -> Result<Model, String> {
        energy.check()?;
        let adjacency = Adjacency::new(&energy.pairs())?;
        let mut strengths: Vec<f64> = adjacency.rows.iter().map(|entry| entry.1.abs()).collect();
        strengths.sort_unstable_by(f64::total_cmp);
        strengths.dedup();
        let code = |c: f64| 2 * strengths.partition_point(|&s| s < c.abs()) as u32 + u32::from(c < 0.0);
        let halves = adjacency.rows.iter().map(|entry| (entry.0, code(entry.1))).collect();
        let signs = [adjacency.rows.iter().any(|e| e.1 > 0.0), adjacency.rows.iter().any(|e| e.1 < 0.0)];
        let in_field = energy.fields.iter().any(|&h| h != 0.0);
        Ok(Model { energy: energy.clone(), q: usize::from(energy.states), adjacency, halves, strengths, signs, in_field })
    }

    pub fn sites(&self) -> usize {
        self.energy.sites
    }

    /// The neighbours of a site with the codes of their couplings; those above the site come first.
    #[inline(always)]
    pub fn neighbours(&self, site: usize) -> impl Iterator<Item = (usize, u32)> {
        let range = self.adjacency.start[site] as usize..self.adjacency.start[site + 1] as usize;
        self.halves[range].iter().map(|&(j, code)| (j as usize, code))
    }

    /// Whether β J >= 0 on every bond.
    pub fn attracts(&self, beta: f64) -> bool {
        if beta < 0.0 { !self.signs[0] } else { !self.signs[1] || beta == 0.0 }
    }

    /// The activation probabilities 1 - exp(-|β J|), by strength.
    pub fn activations(&self, beta: f64) -> Vec<Bernoulli> {
        self.strengths.iter().map(|&s| Bernoulli::activation(beta, 0.5 * s)).collect()
    }

    /// h_i[k]; only where there are fields.
    #[inline(always)]
    pub fn field(&self, site: usize, k: u8) -> f64 {
        self.energy.fields[site * self.q + usize::from(k)]
    }
}
