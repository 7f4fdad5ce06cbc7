//! Σ_μ c_μ m_μ²: the local field is a sum of products over the patterns.

use super::layer::{Cells, Layer};
use super::rows::{SIDE, Scaled};

pub(super) struct Quadratic {
    /// Coefficients, padded with zeros.
    c: Vec<f64>,
    /// Σ_μ c_μ (u x_i^μ)² of each site.
    own: Vec<f64>,
    /// How much of what a flip changes may be rounding, from above.
    pub slack: f64,
}

impl Quadratic {
    pub fn new(scaled: &Scaled, c: &[f64], sites: usize) -> Quadratic {
        let mut c = c.to_vec();
        c.resize(scaled.stride, 0.0);
        let own = |i: usize| {
            let mut sum = 0.0;
            for first in (0..scaled.stride).step_by(SIDE) {
                let x = scaled.eight(i, first);
                (0..SIDE).for_each(|k| sum += c[first + k] * (scaled.unit * x[k]) * (scaled.unit * x[k]));
            }
            sum
        };
        let own = (0..sites).map(own).collect();
        let largest = (0..sites)
            .flat_map(|i| (0..scaled.stride).step_by(SIDE).map(move |first| (i, first)))
            .flat_map(|(i, first)| scaled.eight(i, first))
            .fold(0.0f64, |most, x| most.max(scaled.unit * x.abs()));
        let size: f64 = c.iter().map(|c| c.abs()).sum::<f64>() * 4.0 * largest * largest * sites as f64;
        Quadratic { c, own, slack: 1e-13 * size }
    }

    #[inline(always)]
    pub fn follow(&self, layer: &Layer, cells: &mut Cells) {
        let unit = layer.scaled.unit;
        cells.weights.resize(cells.sums.len(), 0.0);
        for (((w, m), o), c) in cells.weights.iter_mut().zip(&cells.sums).zip(&layer.offsets).zip(&self.c) {
            *w = c * unit * (o + unit * m);
        }
    }

    /// Σ c (m - 2 u x t)² - Σ c m²
    #[inline(always)]
    pub fn rise(&self, layer: &Layer, cells: &Cells, site: usize, t: f64) -> f64 {
        4.0 * (self.own[site] - t * layer.scaled.dot(site, &cells.weights))
    }
}
