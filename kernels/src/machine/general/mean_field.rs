//! Means of all units in mean field, and with the reaction term of second order for pairs of units of two values (Thouless,
//! Anderson, Palmer 1977).
//!
//! With m the probability of the second label and q = m - m², a pair whose terms give W_uw m_u m_w adds -½ W_uw² q_u q_w to the
//! free energy of mean field.

use super::super::logistic::log_sum;
use super::General;
use rayon::prelude::*;

/// The pairs of an order-two machine.
pub(super) struct Pairs {
    /// (units, weight between second labels).
    weights: Vec<(usize, usize, f64)>,
    /// Which pair a term belongs to, and its factor in the weight.
    terms: Vec<Option<(usize, f64)>>,
    /// Of each unit: (pair, the other unit).
    of: Vec<Vec<(usize, usize)>>,
}

impl General {
    /// Columns of means of a unit.
    pub(super) fn wide(&self, unit: usize) -> usize {
        if self.sizes[unit] > 2 { self.sizes[unit] } else { 1 }
    }

    /// The law of a unit's labels from its columns.
    pub(super) fn law_of(&self, unit: usize, columns: &[f64]) -> Vec<[f64; 1]> {
        match self.sizes[unit] {
            1 => vec![[1.0]],
            2 => vec![[1.0 - columns[0]], [columns[0]]],
            _ => columns.iter().map(|p| [*p]).collect(),
        }
    }

    /// The columns of a unit from its law.
    pub(super) fn columns_of(&self, unit: usize, law: &[[f64; 1]], out: &mut [f64]) {
        match self.sizes[unit] {
            1 => out[0] = 0.0,
            2 => out[0] = law[1][0],
            _ => out.iter_mut().zip(law).for_each(|(o, p)| *o = p[0]),
        }
    }

    /// Values of atoms at rows of means.
    pub(super) fn at_means(&self, means: &[f64]) -> Vec<[f64; 1]> {
        let mut values = vec![[0.0]; self.atoms.len()];
        let mut c = 0;
        for u in 0..self.units() {
            self.place_means(u, &self.law_of(u, &means[c..c + self.wide(u)]), &mut values);
            c += self.wide(u);
        }
        values
    }

    /// The first column of each unit, and the number of all.
    pub(in super::super) fn columns(&self) -> (Vec<usize>, usize) {
        let mut first = vec![];
        let mut c = 0;
        for u in 0..self.units() {
            first.push(c);
            c += self.wide(u);
        }
        (first, c)
    }

    pub(super) fn pairs(&self) -> Result<Pairs, String> {
        let delta = |a: u32| {
            let t = self.table(a as usize);
            t[1] - t[0]
        };
        if self.sizes.iter().any(|q| *q != 2) {
            return Err("the term beyond mean field is of units of two values".into());
        }
        let mut list = vec![];
        for m in 0..self.terms.len() {
            match self.terms.get(m) {
                [] | [_] => {}
                [a, b] => list.push((self.atoms[*a as usize].unit, self.atoms[*b as usize].unit, m, delta(*a) * delta(*b))),
                _ => return Err("the term beyond mean field is of machines of pairs".into()),
            }
        }
        list.sort_by_key(|x| (x.0, x.1, x.2));
        let mut pairs = Pairs { weights: vec![], terms: vec![None; self.terms.len()], of: vec![vec![]; self.units()] };
        for (u, w, m, d) in list {
            if pairs.weights.last().is_none_or(|p| (p.0, p.1) != (u, w)) {
                pairs.of[u].push((pairs.weights.len(), w));
                pairs.of[w].push((pairs.weights.len(), u));
                pairs.weights.push((u, w, 0.0));
            }
            let k = pairs.weights.len() - 1;
            pairs.weights[k].2 += self.eta[m] * d;
            pairs.terms[m] = Some((k, d));
        }
        Ok(pairs)
    }

    /// Damped steps of the units `units` of one row, in the order of colours.
    pub(super) fn relax(&self, means: &mut [f64], steps: u32, units: std::ops::Range<usize>, second: bool) -> Result<(), String> {
        let pairs = if second { Some(self.pairs()?) } else { None };
        self.relax_with(means, steps, units, pairs.as_ref());
        Ok(())
    }

    fn relax_with(&self, means: &mut [f64], steps: u32, units: std::ops::Range<usize>, pairs: Option<&Pairs>) {
        let (first, _) = self.columns();
        let mut values = self.at_means(means);
        for _ in 0..steps {
            for &u in self.order.iter().filter(|u| units.contains(u)) {
                let c = first[u]..first[u] + self.wide(u);
                let mut x = vec![[0.0]; self.sizes[u]];
                self.logits(u, &self.tables, &self.coefficients, &values, &mut x);
                if let Some(pairs) = pairs {
                    let q = |w: usize| means[first[w]] - means[first[w]] * means[first[w]];
                    let reaction: f64 = pairs.of[u].iter().map(|(p, w)| pairs.weights[*p].2.powi(2) * q(*w)).sum();
                    x[1][0] -= (means[c.start] - 0.5) * reaction;
                }
                let all = log_sum(x.iter().map(|x| x[0]));
                x.iter_mut().for_each(|x| x[0] = libm::exp(x[0] - all));
                let mut new = vec![0.0; c.len()];
                self.columns_of(u, &x, &mut new);
                means[c.clone()].iter_mut().zip(&new).for_each(|(m, n)| *m += 0.5 * (n - *m));
                self.place_means(u, &self.law_of(u, &means[c]), &mut values);
            }
        }
    }

    pub(super) fn mean_fields(&self, means: &mut [f64], order: u8, steps: u32, out: &mut [f64]) -> Result<f64, String> {
        super::super::Machine::reacts(self, order)?;
        let pairs = if order == 2 { Some(self.pairs()?) } else { None };
        let (first, wide) = self.columns();
        let rows = means.len() / wide;
        let parts: Vec<(f64, Vec<f64>)> = means
            .par_chunks_mut(wide * rows.div_ceil(16).max(1))
            .map(|part| {
                let (mut free, mut sums) = (0.0, vec![0.0; self.terms.len()]);
                for means in part.chunks_exact_mut(wide) {
                    self.relax_with(means, steps, 0..self.units(), pairs.as_ref());
                    let values = self.at_means(means);
                    free -= self.weight(&values, |_| true)[0];
                    for u in 0..self.units() {
                        let law = self.law_of(u, &means[first[u]..first[u] + self.wide(u)]);
                        free += law.iter().filter(|p| p[0] > 0.0).map(|p| p[0] * libm::log(p[0])).sum::<f64>();
                    }
                    let q = |w: usize| means[first[w]] - means[first[w]] * means[first[w]];
                    for (m, sum) in sums.iter_mut().enumerate() {
                        *sum += self.term(m, &values)[0];
                        if let Some((p, d)) = pairs.as_ref().and_then(|p| p.terms[m].map(|(k, d)| (p.weights[k], d))) {
                            *sum += d * p.2 * q(p.0) * q(p.1);
                        }
                    }
                    for (u, w, x) in pairs.iter().flat_map(|p| &p.weights) {
                        free -= 0.5 * x * x * q(*u) * q(*w);
                    }
                }
                (free, sums)
            })
            .collect();
        let scale = 1.0 / rows as f64;
        let mut all = vec![0.0; self.terms.len()];
        for (_, part) in &parts {
            all.iter_mut().zip(part).for_each(|(a, p)| *a += scale * p);
        }
        out.fill(0.0);
        self.coordinates.pull(&all, out);
        Ok(parts.iter().map(|p| p.0).sum::<f64>() * scale)
    }
}
