//! Values of atoms in many states side by side, and the fields on them.

use super::General;
use crate::tensor::Real;

/// Values of all atoms in W states.
pub(super) type Values<T, const W: usize> = Vec<[T; W]>;

impl General {
    /// The fields on an atom: the sum over its terms of coefficients times the other atoms' values.
    #[inline(always)]
    pub(super) fn field<T: Real, const W: usize>(&self, atom: usize, coefficients: &[T], values: &[[T; W]]) -> [T; W] {
        let mut sum = [T::ZERO; W];
        let of = self.uses[atom].clone();
        for (e, c) in self.entries[of.clone()].iter().zip(&coefficients[of]) {
            let others = &self.others[e.first as usize..(e.first + e.count) as usize];
            match others {
                [] => sum.iter_mut().for_each(|s| *s += *c),
                [o] => {
                    let x = &values[*o as usize];
                    for l in 0..W {
                        sum[l] += *c * x[l];
                    }
                }
                many => {
                    let mut product = [*c; W];
                    for o in many {
                        let x = &values[*o as usize];
                        for l in 0..W {
                            product[l] = product[l] * x[l];
                        }
                    }
                    for l in 0..W {
                        sum[l] += product[l];
                    }
                }
            }
        }
        sum
    }

    /// ln of the weights of a unit's labels, up to what they share: `[label][lane]`.
    #[inline(always)]
    pub(super) fn logits<T: Real, const W: usize>(
        &self,
        unit: usize,
        tables: &[T],
        coefficients: &[T],
        values: &[[T; W]],
        out: &mut [[T; W]],
    ) {
        out.fill([T::ZERO; W]);
        for a in self.atoms_of[unit].clone() {
            let field = self.field(a, coefficients, values);
            for (out, x) in out.iter_mut().zip(&tables[self.atoms[a].table..]) {
                for l in 0..W {
                    out[l] += *x * field[l];
                }
            }
        }
    }

    /// Puts the labels of a unit into the values of its atoms.
    #[inline(always)]
    pub(super) fn place<T: Real, const W: usize>(&self, unit: usize, labels: &[f32; W], tables: &[T], values: &mut [[T; W]]) {
        for a in self.atoms_of[unit].clone() {
            let table = &tables[self.atoms[a].table..][..self.sizes[unit]];
            for (v, label) in values[a].iter_mut().zip(labels) {
                // Labels of two values may lie between.
                let (k, part) = (*label as usize, label.fract());
                *v = table[k.min(table.len() - 1)];
                if part != 0.0 && table.len() > 1 {
                    *v = table[0] + T::from_f64(f64::from(part)) * (table[1] - table[0]);
                }
            }
        }
    }

    /// Σ_m η_m φ_m of each lane over the terms of which `counts` says so.
    pub(super) fn weight<const W: usize>(&self, values: &[[f64; W]], counts: impl Fn(usize) -> bool) -> [f64; W] {
        self.combine(&self.eta, values, counts)
    }

    /// The same with other coefficients.
    pub(super) fn combine<const W: usize>(&self, c: &[f64], values: &[[f64; W]], counts: impl Fn(usize) -> bool) -> [f64; W] {
        let mut sum = [0.0; W];
        for m in (0..self.terms.len()).filter(|m| counts(*m)) {
            let phi = self.term(m, values);
            for l in 0..W {
                sum[l] += c[m] * phi[l];
            }
        }
        sum
    }

    /// φ_m of each lane.
    #[inline(always)]
    pub(super) fn term<const W: usize>(&self, m: usize, values: &[[f64; W]]) -> [f64; W] {
        let mut product = [1.0; W];
        for a in self.terms.get(m) {
            for (p, x) in product.iter_mut().zip(&values[*a as usize]) {
                *p *= x;
            }
        }
        product
    }

    /// Whether a term holds a hidden unit.
    pub(super) fn has_hidden(&self, m: usize) -> bool {
        self.terms.get(m).last().is_some_and(|a| self.atoms[*a as usize].unit >= self.visible)
    }

    /// The values of atoms with the labels of up to W rows (visible, and hidden where given); lanes beyond repeat the first row.
    pub(super) fn values_of<const W: usize>(&self, visible: &[f32], hidden: Option<&[f32]>) -> Values<f64, W> {
        let mut values = vec![[0.0; W]; self.atoms.len()];
        let (nv, nh) = (self.visible, self.units() - self.visible);
        for u in 0..self.units() {
            let (labels, n, k) = match hidden {
                _ if u < nv => (visible, nv, u),
                Some(hidden) => (hidden, nh, u - nv),
                None => continue,
            };
            let rows = labels.len() / n;
            let lanes: [f32; W] = std::array::from_fn(|l| labels[if l < rows { l } else { 0 } * n + k]);
            self.place(u, &lanes, &self.tables, &mut values);
        }
        values
    }

    /// The probabilities of a unit's labels given the others: `[label][lane]`, and ln of the sum of weights.
    pub(super) fn law<const W: usize>(&self, unit: usize, beta: f64, values: &[[f64; W]]) -> (Vec<[f64; W]>, [f64; W]) {
        let mut p = vec![[0.0; W]; self.sizes[unit]];
        self.logits(unit, &self.tables, &self.coefficients, values, &mut p);
        let mut logs = [0.0; W];
        for (l, log) in logs.iter_mut().enumerate() {
            let top = p.iter().fold(f64::NEG_INFINITY, |t, x| t.max(beta * x[l]));
            let mut sum = 0.0;
            for x in &mut p {
                x[l] = libm::exp(beta * x[l] - top);
                sum += x[l];
            }
            p.iter_mut().for_each(|x| x[l] /= sum);
            *log = top + libm::log(sum);
        }
        (p, logs)
    }

    /// Puts means of functions under a law of labels (or any other factors of labels) into the values of a unit's atoms.
    pub(super) fn place_means<const W: usize>(&self, unit: usize, p: &[[f64; W]], values: &mut [[f64; W]]) {
        for a in self.atoms_of[unit].clone() {
            let mut sum = [0.0; W];
            for (x, p) in self.table(a).iter().zip(p) {
                for l in 0..W {
                    sum[l] += x * p[l];
                }
            }
            values[a] = sum;
        }
    }
}
