//! Local fields that are linear in the values of the units: h_i = b_i + Σ_j W_ij v_j, W of any shape.
//!
//! The energy of value v of unit i is -h_i v. Where W is symmetric without a diagonal, these are differences of the energy
//! -½ Σ W_ij v_i v_j - Σ b_i v_i; otherwise they are of no energy at all.

use super::super::sampler::PairEnergy;

/// The fields, with what is needed to tell the energy where there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// The two values of every unit.
    pub low: f64,
    pub high: f64,
    /// (i, j, W_ij): what j gives to i; each pair at most once.
    pub weights: Vec<(u32, u32, f64)>,
    /// b_i
    pub bias: Vec<f64>,
    /// The constant of the energy, where W is symmetric and has no diagonal.
    pub energy: Option<f64>,
}

impl Linear {
    /// The fields of a pairwise energy of ±1 spins.
    pub fn of_pairs(pairs: &PairEnergy) -> Linear {
        let mut weights: Vec<(u32, u32, f64)> = pairs.bonds.iter().flat_map(|&(i, j, w)| [(i, j, w), (j, i, w)]).collect();
        merge(&mut weights);
        let mut bias = pairs.fields.clone();
        bias.resize(pairs.sites, 0.0);
        Linear { low: -1.0, high: 1.0, weights, bias, energy: Some(pairs.constant) }
    }

    /// Fields of a matrix that is given element by element, in any order.
    pub fn new(values: (f64, f64), mut weights: Vec<(u32, u32, f64)>, bias: Vec<f64>) -> Result<Linear, String> {
        let n = bias.len();
        if let Some(w) = weights.iter().find(|w| !w.2.is_finite() || w.0 as usize >= n || w.1 as usize >= n) {
            return Err(format!("the coupling of unit {} to unit {} is {}", w.0, w.1, w.2));
        }
        if let Some(i) = bias.iter().position(|b| !b.is_finite()) {
            return Err(format!("the field of unit {i} is {}", bias[i]));
        }
        merge(&mut weights);
        Ok(Linear { low: values.0, high: values.1, weights, bias, energy: None })
    }

    /// Whether W_ij = W_ji for all pairs and there is no diagonal.
    pub fn is_symmetric(&self) -> bool {
        let mut turned: Vec<(u32, u32, f64)> = self.weights.iter().map(|&(i, j, w)| (j, i, w)).collect();
        turned.sort_by_key(|w| (w.1, w.0));
        self.weights.iter().all(|w| w.0 != w.1) && turned == self.weights
    }
}

/// By columns, and within a column by rows; pairs that stand twice are added.
fn merge(weights: &mut Vec<(u32, u32, f64)>) {
    if !weights.is_sorted_by_key(|w| (w.1, w.0)) {
        weights.sort_by_key(|w| (w.1, w.0));
    }
    weights.dedup_by(|later, first| {
        let same = (later.0, later.1) == (first.0, first.1);
        if same {
            first.2 += later.2;
        }
        same
    });
    weights.retain(|w| w.2 != 0.0);
}
