//! The energy that the kernel takes, and its value by the definition.
//!
//! Knows arrays and numbers; no layout.

use std::sync::Arc;

use super::super::sampler::PairEnergy;
use super::program::Program;

/// E = constant - Σ_i h_i s_i + Σ over the groups, s = ±1.
#[derive(Clone, Debug, Default)]
pub struct OverlapEnergy {
    pub sites: usize,
    pub constant: f64,
    /// Empty, or one field a site.
    pub fields: Vec<f64>,
    pub groups: Vec<Patterns>,
}

/// Patterns, and what their overlaps give.
#[derive(Clone, Debug)]
pub struct Patterns {
    /// Pattern after pattern, a number a site.
    pub numbers: Arc<Vec<f64>>,
    /// What is added to the overlap, one number a pattern.
    pub offsets: Vec<f64>,
    pub form: Form,
}

/// What a group adds to the energy.
#[derive(Clone, Debug)]
pub enum Form {
    /// Σ_μ c_μ m_μ², one coefficient a pattern.
    Quadratic(Vec<f64>),
    /// A function of the sum over the patterns of a function of their overlaps.
    Function { each: Program, of: OfSum },
}

/// What is made of the sum over the patterns.
#[derive(Clone, Debug)]
pub enum OfSum {
    /// Σ_μ F(m_μ)
    Itself,
    /// G(Σ_μ F(m_μ))
    Function(Program),
    /// G(ln Σ_μ exp F(m_μ)), whatever the size of F
    LogSumExp(Program),
}

impl Patterns {
    /// The number of patterns.
    pub fn count(&self) -> usize {
        self.offsets.len()
    }
}

impl Form {
    /// What a group adds to the energy, given its overlaps.
    pub fn value(&self, overlaps: &[f64]) -> f64 {
        match self {
            Form::Quadratic(c) => overlaps.iter().zip(c).map(|(m, c)| c * m * m).sum(),
            Form::Function { each, of } => {
                let all = each.all(overlaps);
                match of {
                    OfSum::Itself => all.iter().sum(),
                    OfSum::Function(g) => g.at(0, all.iter().sum()),
                    OfSum::LogSumExp(g) => {
                        let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                        let sum: f64 = all.iter().map(|e| libm::exp(e - most)).sum();
                        g.at(0, if most.is_infinite() { most } else { most + libm::log(sum) })
                    }
                }
            }
        }
    }
}

/// Rows of couplings that are added up together: they stay in the nearest cache.
const ROWS: usize = 8;

impl OverlapEnergy {
    /// The energy of a state of positions (0 is -1, 1 is +1).
    pub fn energy(&self, state: &[u8]) -> f64 {
        let spin = |i: usize| f64::from(2 * i32::from(state[i]) - 1);
        let mut e = self.constant;
        for (i, h) in self.fields.iter().enumerate() {
            e -= h * spin(i);
        }
        for group in &self.groups {
            let n = self.sites.max(1);
            let overlap = |(x, o): (&[f64], &f64)| o + x.iter().enumerate().map(|(i, x)| x * spin(i)).sum::<f64>();
            let overlaps: Vec<f64> = group.numbers.chunks_exact(n).zip(&group.offsets).map(overlap).collect();
            e += group.form.value(&overlaps);
        }
        e
    }

    /// The same energy as pairs, where all of it is squares of overlaps.
    pub fn pairs(&self) -> Option<PairEnergy> {
        let n = self.sites;
        let mut fields = self.fields.clone();
        fields.resize(n, 0.0);
        let mut pairs = PairEnergy { sites: n, constant: self.constant, ..PairEnergy::default() };
        let mut couplings = vec![0.0; n * n];
        for group in &self.groups {
            let Form::Quadratic(c) = &group.form else { return None };
            // Whole numbers are added up before a common coefficient makes fractions of them.
            let common = c.first().copied().filter(|first| c.iter().all(|x| x == first));
            let mut sums = vec![0.0; if common.is_some() { n * n } else { 0 }];
            let patterns = || group.numbers.chunks_exact(n.max(1)).zip(&group.offsets).zip(c);
            for ((x, o), c) in patterns() {
                pairs.constant += c * o * o + c * x.iter().map(|x| x * x).sum::<f64>();
                fields.iter_mut().zip(x).filter(|f| *f.1 != 0.0).for_each(|(h, x)| *h -= 2.0 * c * o * x);
            }
            // Some rows at a time take all patterns, so that neither the matrix nor the patterns are read once for each other.
            let rows = if common.is_some() { &mut sums } else { &mut couplings };
            for (block, some) in rows.chunks_mut(ROWS * n.max(1)).enumerate() {
                for ((x, _), c) in patterns() {
                    let factor = if common.is_some() { 1.0 } else { -2.0 * c };
                    for (k, row) in some.chunks_exact_mut(n).enumerate() {
                        let i = block * ROWS + k;
                        let own = factor * x[i];
                        if own != 0.0 {
                            row[..i].iter_mut().zip(x).for_each(|(sum, x)| *sum += own * x);
                        }
                    }
                }
            }
            let factor = -2.0 * common.unwrap_or(0.0);
            couplings.iter_mut().zip(&sums).for_each(|(j, sum)| *j += factor * sum);
        }
        if fields.iter().any(|h| *h != 0.0) {
            pairs.fields = fields;
        }
        let row = |i: usize| (0..i).map(move |j| (j, i));
        pairs.bonds =
            (0..n).flat_map(row).map(|(j, i)| (j as u32, i as u32, couplings[i * n + j])).filter(|b| b.2 != 0.0).collect();
        pairs.bonds.sort_unstable_by_key(|b| (b.0, b.1));
        Some(pairs)
    }

    /// Checks what the kernel relies on.
    pub fn check(&self) -> Result<(), String> {
        let n = self.sites;
        if n == 0 || n >= u32::MAX as usize {
            return Err(format!("{n} spins are not what this kernel can address"));
        }
        if !self.fields.is_empty() && self.fields.len() != n {
            return Err(format!("{} fields for {n} spins", self.fields.len()));
        }
        if let Some(i) = self.fields.iter().position(|h| !h.is_finite()) {
            return Err(format!("the field of spin {i} is {}", self.fields[i]));
        }
        for group in &self.groups {
            let p = group.count();
            if Some(group.numbers.len()) != p.checked_mul(n) {
                return Err(format!("{} numbers for {p} patterns of {n} spins", group.numbers.len()));
            }
            if matches!(&group.form, Form::Quadratic(c) if c.len() != p || c.iter().any(|x| !x.is_finite())) {
                return Err("the coefficients of the overlaps are not a finite number a pattern".into());
            }
            if let Some(x) = group.numbers.iter().chain(&group.offsets).find(|x| !x.is_finite()) {
                return Err(format!("a pattern has the number {x}"));
            }
        }
        Ok(())
    }
}
