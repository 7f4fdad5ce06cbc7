//! An energy of overlaps in the layouts of the kernel: made once, shared by all chains.
//!
//! Knows no state and no temperature.

use std::sync::Arc;

use super::super::sparse::Simd;
use super::energy::OverlapEnergy;
use super::layer::Layer;
use super::whole::Whole;

/// An energy of overlaps, laid out.
pub struct OverlapModel {
    pub(super) layers: Vec<Layer>,
    pub(super) constant: f64,
    /// One a site.
    pub(super) fields: Vec<f64>,
    pub(super) most_neighbours: usize,
    /// The same energy in whole numbers, where it is quadratic and fits.
    pub(super) whole: Option<Arc<Whole>>,
    pub(super) simd: Simd,
}

impl OverlapModel {
    /// `Err` says what is wrong with the energy.
    pub fn new(energy: &OverlapEnergy) -> Result<Arc<OverlapModel>, String> {
        OverlapModel::with(energy, Simd::detect(), true)
    }

    /// As [`OverlapModel::new`], with the loops of a given instruction set, and in whole numbers only where `whole` allows it.
    pub fn with(energy: &OverlapEnergy, simd: Simd, whole: bool) -> Result<Arc<OverlapModel>, String> {
        energy.check()?;
        let n = energy.sites;
        let most_neighbours = most_neighbours(energy);
        let layers: Vec<Layer> = energy.groups.iter().filter(|g| g.count() > 0).map(|g| Layer::new(g, n)).collect();
        let mut fields = energy.fields.clone();
        fields.resize(n, 0.0);
        let whole = if whole { Whole::new(energy, &layers, most_neighbours).map(Arc::new) } else { None };
        Ok(Arc::new(OverlapModel { layers, constant: energy.constant, fields, most_neighbours, whole, simd }))
    }

    pub fn sites(&self) -> usize {
        self.fields.len()
    }

    /// Whether the whole energy is kept in whole numbers.
    pub fn is_whole(&self) -> bool {
        self.whole.is_some()
    }
}

/// The largest number of other spins that a spin shares a pattern with; 3 stands for all above it.
fn most_neighbours(energy: &OverlapEnergy) -> usize {
    let n = energy.sites;
    let mut near: Vec<Vec<usize>> = vec![Vec::new(); n];
    for group in &energy.groups {
        for pattern in group.numbers.chunks_exact(n) {
            let support: Vec<usize> = (0..n).filter(|&i| pattern[i] != 0.0).take(4).collect();
            if support.len() > 3 {
                return 3;
            }
            for &i in &support {
                near[i].extend(support.iter().filter(|&&j| j != i));
                near[i].sort_unstable();
                near[i].dedup();
                if near[i].len() > 2 {
                    return 3;
                }
            }
        }
    }
    near.iter().map(Vec::len).max().unwrap_or(0)
}
