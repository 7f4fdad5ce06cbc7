//! The density of states: ln g by level, merged from walkers, and what follows from it.

use serde::{Deserialize, Serialize};

/// An estimate of ln g(E) on the levels that were visited, ascending in energy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DensityOfStates {
    /// The index of each level on the energy axis (see [`Scale`](super::Scale)).
    pub indices: Vec<i64>,
    /// The energies; the middles of bins where levels are bins.
    pub energies: Vec<f64>,
    /// ln g, such that Σ g is the number of states of the model, where `complete`; Σ g = 1 otherwise.
    pub ln_g: Vec<f64>,
    /// Standard errors of the means over the walkers; NaN where fewer than two know the level.
    pub errors: Vec<f64>,
    /// Whether the range was not restricted, so that the number of all states normalises ln g.
    pub complete: bool,
}

/// Canonical averages that follow from a density of states alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermodynamics {
    /// ln Σ g exp(-β E); relative where the density is not complete.
    pub ln_z: f64,
    pub energy: f64,
    /// The variance of the energy: the heat capacity is β² times it.
    pub variance: f64,
}

impl DensityOfStates {
    /// Sums over the levels with weights g(E) exp(-β E). `None` where there are no levels or β is not finite.
    pub fn at(&self, beta: f64) -> Option<Thermodynamics> {
        let exponents: Vec<f64> = self.ln_g.iter().zip(&self.energies).map(|(s, e)| s - beta * e).collect();
        let ln_z = ln_sum(&exponents);
        if !ln_z.is_finite() {
            return None;
        }
        let weights: Vec<f64> = exponents.iter().map(|x| libm::exp(x - ln_z)).collect();
        let energy: f64 = weights.iter().zip(&self.energies).map(|(w, e)| w * e).sum();
        let variance = weights.iter().zip(&self.energies).map(|(w, e)| w * (e - energy) * (e - energy)).sum();
        Some(Thermodynamics { ln_z, energy, variance })
    }

    /// ln g of a level.
    pub fn of_index(&self, index: i64) -> Option<f64> {
        self.indices.binary_search(&index).ok().map(|k| self.ln_g[k])
    }

    /// The mean over walkers, each normalised by itself: lists of (index, ln g), ascending. `total` is ln Σ g.
    pub(crate) fn merge(walkers: &[Vec<(i64, f64)>], total: f64, complete: bool, energy: impl Fn(i64) -> f64) -> DensityOfStates {
        let mut all: Vec<(i64, f64)> = Vec::new();
        for walker in walkers {
            let shift = total - ln_sum(&walker.iter().map(|level| level.1).collect::<Vec<_>>());
            all.extend(walker.iter().map(|&(index, s)| (index, s + shift)));
        }
        // A stable sort: the walkers stay in their order, and so do the sums.
        all.sort_by_key(|level| level.0);
        let mut merged = DensityOfStates { complete, ..DensityOfStates::default() };
        for level in all.chunk_by(|a, b| a.0 == b.0) {
            let count = level.len() as f64;
            let mean = level.iter().map(|x| x.1).sum::<f64>() / count;
            let squares: f64 = level.iter().map(|x| (x.1 - mean) * (x.1 - mean)).sum();
            merged.indices.push(level[0].0);
            merged.energies.push(energy(level[0].0));
            merged.ln_g.push(mean);
            merged.errors.push(if level.len() > 1 { libm::sqrt(squares / (count - 1.0) / count) } else { f64::NAN });
        }
        let shift = total - ln_sum(&merged.ln_g);
        merged.ln_g.iter_mut().for_each(|s| *s += shift);
        merged
    }
}

/// ln Σ exp(x), without overflow.
pub(crate) fn ln_sum(x: &[f64]) -> f64 {
    let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        return most;
    }
    most + libm::log(x.iter().map(|x| libm::exp(x - most)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walkers_are_merged_level_by_level() {
        // A spin in a field twice: g is 1 at each of two levels, the second walker a constant off.
        let walkers = [vec![(0, 0.0), (2, 0.0)], vec![(0, 5.0), (2, 5.0)]];
        let two = libm::log(2.0);
        let merged = DensityOfStates::merge(&walkers, two, true, |k| k as f64 - 1.0);
        assert_eq!((merged.indices.as_slice(), merged.energies.as_slice()), ([0, 2].as_slice(), [-1.0, 1.0].as_slice()));
        assert!(merged.ln_g.iter().chain(&merged.errors).all(|x| x.abs() < 1e-14));
        let t = merged.at(0.7).unwrap();
        assert!((t.ln_z - libm::log(2.0 * libm::cosh(0.7))).abs() < 1e-14);
        assert!((t.energy + libm::tanh(0.7)).abs() < 1e-14);
        assert!((t.variance - 1.0 + libm::tanh(0.7) * libm::tanh(0.7)).abs() < 1e-14);
        assert_eq!(merged.at(f64::NAN), None);
    }
}
