//! Objectives that change one visible unit at a time: only the terms that hold it, and the hidden units that share a term with
//! it, change.

use super::super::{Rows, Single};
use super::General;
use rayon::prelude::*;

/// Parts that are summed apart and then in order.
const PARTS: usize = 16;

impl General {
    pub(super) fn one_by_one(&self, rows: &Rows, what: Single, out: Option<&mut [f64]>) -> Result<f64, String> {
        super::super::serves_single(self, what)?;
        let wanted = out.is_some();
        let each = rows.count.div_ceil(PARTS);
        let parts: Vec<(f64, Vec<f64>)> = rows
            .visible
            .par_chunks(each * self.visible)
            .map(|part| {
                let mut sums = vec![0.0; self.terms.len()];
                let value = part.chunks_exact(self.visible).map(|row| self.row(row, what, wanted, &mut sums)).sum::<f64>();
                (value, sums)
            })
            .collect();
        let scale = 1.0 / rows.count as f64;
        if let Some(out) = out {
            let mut all = vec![0.0; self.terms.len()];
            for (_, part) in &parts {
                all.iter_mut().zip(part).for_each(|(a, p)| *a += scale * p);
            }
            out.fill(0.0);
            self.coordinates.pull(&all, out);
        }
        Ok(parts.iter().map(|p| p.0).sum::<f64>() * scale)
    }

    fn row(&self, row: &[f32], what: Single, wanted: bool, sums: &mut [f64]) -> f64 {
        let mut values = self.values_of::<1>(row, None);
        for u in self.visible..self.units() {
            let (p, _) = self.law(u, 1.0, &values);
            self.place_means(u, &p, &mut values);
        }
        let mut value = 0.0;
        for (i, now) in row.iter().map(|x| *x as usize).enumerate().take(self.visible) {
            let partners = self.partners.get(i);
            let logs: Vec<f64> = (0..self.sizes[i])
                .map(|a| {
                    self.place(i, &[a as f32], &self.tables, &mut values);
                    let own: f64 = self.own_terms(i).map(|m| self.eta[m] * self.term(m, &values)[0]).sum();
                    own + partners.iter().map(|j| self.law(*j as usize, 1.0, &values).1[0]).sum::<f64>()
                })
                .collect();
            let mut slopes = vec![0.0; logs.len()];
            value += what.of(&logs, now, &mut slopes);
            if wanted {
                for (a, g) in slopes.iter().enumerate() {
                    self.place(i, &[a as f32], &self.tables, &mut values);
                    self.own_terms(i).for_each(|m| sums[m] += g * self.term(m, &values)[0]);
                    for j in partners {
                        let (p, _) = self.law(*j as usize, 1.0, &values);
                        self.place_means(*j as usize, &p, &mut values);
                        for atom in self.atoms_of[*j as usize].clone() {
                            for e in &self.entries[self.uses[atom].clone()] {
                                sums[e.term as usize] += g * self.term(e.term as usize, &values)[0];
                            }
                        }
                    }
                }
            }
            self.place(i, &[row[i]], &self.tables, &mut values);
        }
        value
    }

    /// The terms of a visible unit without hidden ones.
    fn own_terms(&self, unit: usize) -> impl Iterator<Item = usize> + '_ {
        let entries = self.atoms_of[unit].clone().flat_map(|a| &self.entries[self.uses[a].clone()]);
        entries.map(|e| e.term as usize).filter(|m| !self.has_hidden(*m))
    }
}
