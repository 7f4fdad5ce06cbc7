//! Annealed importance sampling between a product law of all units and the machine.
//!
//! At β the logarithm of the weight is (1 - β) Σ_u a_u(x_u) - β E(x), with a the fields of the product law (zero for hidden
//! units).

use super::super::logistic::{choose, log_sum};
use super::super::words::{START, Words};
use super::super::{Annealed, Path, Rows};
use super::General;
use super::chains::{Block, How, LANES};
use rayon::prelude::*;

impl General {
    /// The fields of every unit's labels in the product law.
    fn base(&self, rows: Option<Rows>) -> Vec<Vec<f64>> {
        let mut fields: Vec<Vec<f64>> = self.sizes.iter().map(|q| vec![0.0; *q]).collect();
        let Some(rows) = rows else { return fields };
        for (u, fields) in fields.iter_mut().enumerate().take(self.visible) {
            let mut counts = vec![0.5f64; fields.len()];
            for row in rows.visible.chunks_exact(self.visible) {
                let part = f64::from(row[u].fract());
                counts[row[u] as usize] += 1.0 - part;
                if part > 0.0 {
                    counts[1] += part;
                }
            }
            fields.iter_mut().zip(&counts).for_each(|(f, c)| *f = libm::log(*c));
        }
        fields
    }

    pub(super) fn annealing(&self, start: Result<usize, &Rows>, path: &Path) -> Result<Annealed, String> {
        let ascends = path.betas.windows(2).all(|b| b[0] < b[1]);
        if path.betas.len() < 2 || !ascends || path.betas[0] != 0.0 || path.betas[path.betas.len() - 1] != 1.0 {
            return Err("the temperatures of annealing go from β = 0 to β = 1".into());
        }
        let fields = self.base(path.base);
        let log_z = fields.iter().map(|f| log_sum(f.iter().copied())).sum();
        let (nv, nh) = (self.visible, self.units() - self.visible);
        let words = Words::new(path.key, START, 0);
        let (visible, hidden, betas): (Vec<f32>, Vec<f32>, Vec<f64>) = match start {
            Ok(0) => return Err("annealing needs chains".into()),
            Ok(n) => {
                let label = |r: usize, u: usize| choose(fields[u].iter().copied(), words.one(r, u)) as f32;
                let visible = (0..n * nv).map(|k| label(k / nv, k % nv)).collect();
                (visible, (0..n * nh).map(|k| label(k / nh, nv + k % nh)).collect(), path.betas.to_vec())
            }
            Err(rows) => {
                let back = path.betas.iter().rev().copied().collect();
                (rows.visible.to_vec(), self.hidden_for(rows, &words)?, back)
            }
        };
        let count = visible.len() / nv;
        let mut end = visible.clone();
        let weights: Vec<Vec<f64>> = end
            .par_chunks_mut(LANES * nv)
            .enumerate()
            .map(|(b, end)| {
                let rows = end.len() / nv;
                let of = b * LANES..b * LANES + rows;
                let hidden = &hidden[of.start * nh..of.end * nh];
                let mut block = Block::new(self, of.start, end, hidden);
                let mut weights = [0.0; LANES];
                for (k, pair) in betas.windows(2).enumerate() {
                    let gain = self.gain(&block, &fields);
                    weights.iter_mut().zip(&gain).for_each(|(w, g)| *w += (pair[1] - pair[0]) * g);
                    if k + 2 < betas.len() {
                        let betas = [pair[1] as f32; LANES];
                        block.sweep(self, &How { key: path.key, sweep: k as u64, betas, base: Some(&fields), clamped: None });
                    }
                }
                block.read(self, end, &mut vec![0.0; rows * nh]);
                weights[..rows].to_vec()
            })
            .collect();
        let weights = weights.concat();
        debug_assert_eq!(weights.len(), count);
        Ok(Annealed { base: log_z, weights, visible: end })
    }

    /// The slope of the logarithm of the weight in β.
    fn gain(&self, block: &Block, fields: &[Vec<f64>]) -> [f64; LANES] {
        let mut values = vec![[0.0; LANES]; self.atoms.len()];
        for (u, labels) in block.labels.iter().enumerate() {
            self.place(u, labels, &self.tables, &mut values);
        }
        let mut gain = self.weight(&values, |_| true);
        for (labels, fields) in block.labels.iter().zip(fields) {
            gain.iter_mut().zip(labels).for_each(|(g, k)| *g -= fields[*k as usize]);
        }
        gain
    }

    /// Hidden states of rows: those given, or drawn given the visible ones.
    fn hidden_for(&self, rows: &Rows, words: &Words) -> Result<Vec<f32>, String> {
        if let Some(hidden) = rows.hidden {
            return Ok(hidden.to_vec());
        }
        if !self.independent {
            return Err("annealing back needs the states of hidden units that couple".into());
        }
        let nv = self.visible;
        let mut out = vec![];
        for (r, row) in rows.visible.chunks_exact(nv).enumerate() {
            let values = self.values_of::<1>(row, None);
            for u in nv..self.units() {
                let (p, _) = self.law(u, 1.0, &values);
                out.push(choose(p.iter().map(|p| libm::log(p[0])), words.one(r, u)) as f32);
            }
        }
        Ok(out)
    }
}
