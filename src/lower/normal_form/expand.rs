//! The expansion of an expression into a polynomial of the spins.

use super::super::materials::{Materials, depends_on_state};
use super::super::rewrite::{bound, reduce_powers, rename, rename_domain};
use super::super::size::is_truth;
use super::super::{interpolate, number};
use super::{Polynomial, Spin, Term, number_term, scaled};
use crate::plan::{Expr, Function, Model, Op, Reduction};
use std::collections::{BTreeMap, BTreeSet};

/// Indices bound here are numbered from here on, those of plans below.
const FIRST_INDEX: u32 = 1 << 30;
/// Terms on the way, before it is given up.
const MOST_TERMS: usize = 2000;
/// The highest power of a sum that is expanded.
const HIGHEST_POWER: f64 = 12.0;

/// Builds one normal form.
pub struct Expansion<'a, 'p> {
    pub materials: &'a Materials<'p>,
    pub model: &'a Model,
    /// Bound indices of the plan, by the numbers that they have here.
    pub(super) names: BTreeMap<u32, u32>,
    /// Binders (as numbered here) of graphs with an antiperiodic boundary.
    pub(super) signed: BTreeSet<u32>,
    next: u32,
}

impl<'a, 'p> Expansion<'a, 'p> {
    /// Of a model's expressions.
    pub fn new(materials: &'a Materials<'p>, model: &'a Model) -> Expansion<'a, 'p> {
        Expansion { materials, model, names: BTreeMap::new(), signed: BTreeSet::new(), next: FIRST_INDEX }
    }
}

impl Expansion<'_, '_> {
    /// A bound index that nothing else has.
    pub fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    pub(super) fn here(&self, e: &Expr) -> Expr {
        rename(e, &self.names)
    }

    /// The values of a variable.
    pub fn set(&self, variable: u16) -> &[f64] {
        self.model.variables.get(variable as usize).map_or(&[], |v| v.values())
    }

    /// The polynomial of an expression, without like terms collected. Indices that are bound outside of it stay as they are.
    pub fn polynomial(&mut self, e: &Expr) -> Result<Polynomial, String> {
        match e {
            Expr::Unary(Function::Negate, x) => Ok(scaled(self.polynomial(x)?, -1.0)),
            Expr::Binary(Op::Add, a, b) => self.sum(a, b, 1.0),
            Expr::Binary(Op::Subtract, a, b) => self.sum(a, b, -1.0),
            Expr::Binary(Op::Multiply, a, b) => {
                let (a, b) = (self.polynomial(a)?, self.polynomial(b)?);
                self.times(&a, &b)
            }
            Expr::Reduce { op, domains, filter, body } => self.reduction(*op, domains, filter.as_deref(), body),
            Expr::Fold(op @ (Reduction::Sum | Reduction::Mean | Reduction::Count), x) if depends_on_state(x) => {
                self.whole(*op, x)
            }
            Expr::BondValue { couplings, .. } if self.materials.uniform(*couplings).is_some() => {
                Ok(vec![number_term(self.materials.uniform(*couplings).unwrap_or(f64::NAN))])
            }
            _ if !depends_on_state(e) => self.weight(e),
            Expr::Element { variable, replica: 0, site, bond } => {
                if depends_on_state(site) {
                    return Err("an index depends on the state".into());
                }
                // Without such a boundary every bond has the sign +1.
                let bond = bond.and_then(|b| self.names.get(&b).copied()).filter(|b| self.signed.contains(b));
                let spin = Spin { variable: *variable, site: self.here(site), bond, power: 1 };
                Ok(vec![Term { spins: vec![spin], ..number_term(1.0) }])
            }
            Expr::Binary(Op::Divide, a, b) if !depends_on_state(b) => {
                let a = self.polynomial(a)?;
                let b = match number::constant(b) {
                    // Divided, not multiplied by the inverse: J / N is then exactly what it says.
                    Some(x) => return Ok(a.into_iter().map(|t| Term { coefficient: t.coefficient / x, ..t }).collect()),
                    None => self.weight(&Expr::Binary(Op::Divide, Expr::Number(1.0).boxed(), b.clone()))?,
                };
                self.times(&a, &b)
            }
            Expr::Binary(Op::Power, x, n) => match number::constant(n) {
                Some(n) if (0.0..=HIGHEST_POWER).contains(&n) && n == libm::floor(n) => {
                    let x = self.polynomial(x)?;
                    let mut power = vec![number_term(1.0)];
                    for _ in 0..n as u32 {
                        power = self.times(&power, &x)?;
                    }
                    Ok(power)
                }
                _ => Err("a power of the spins is not a polynomial".into()),
            },
            Expr::Binary(Op::And, a, b) if both_truths(a, b) => {
                let (a, b) = (self.polynomial(a)?, self.polynomial(b)?);
                self.times(&a, &b)
            }
            Expr::Binary(Op::Or, a, b) if both_truths(a, b) => {
                let (a, b) = (self.polynomial(a)?, self.polynomial(b)?);
                let both = self.times(&a, &b)?;
                Ok(a.into_iter().chain(b).chain(scaled(both, -1.0)).collect())
            }
            Expr::Unary(Function::Not, x) if is_truth(x) => {
                let x = self.polynomial(x)?;
                Ok(std::iter::once(number_term(1.0)).chain(scaled(x, -1.0)).collect())
            }
            Expr::If(c, a, b) if is_truth(c) => {
                let (c, a, b) = (self.polynomial(c)?, self.polynomial(a)?, self.polynomial(b)?);
                let difference: Polynomial = a.into_iter().chain(scaled(b.clone(), -1.0)).collect();
                let chosen = self.times(&c, &difference)?;
                Ok(b.into_iter().chain(chosen).collect())
            }
            Expr::Unary(f, x) => {
                let x = self.polynomial(x)?;
                interpolate::one(self, &x, &|v| f.apply(v))
                    .ok_or_else(|| format!("`{}` of the spins is not a polynomial", format!("{f:?}").to_lowercase()))
            }
            Expr::Binary(op, a, b) => {
                let (a, b) = (self.polynomial(a)?, self.polynomial(b)?);
                interpolate::two(self, &a, &b, &|v, w| op.apply(v, w))
                    .ok_or_else(|| format!("`{}` of the spins is not a polynomial", op.symbol()))
            }
            Expr::If(..) => Err("`if` on the spins is not a polynomial".into()),
            Expr::Fold(op, _) => Err(format!("`{}` of the spins is not a polynomial", op.name())),
            Expr::Index(..) => Err("an index depends on the state".into()),
            _ => Err("a list stands where a number is needed".into()),
        }
    }

    fn sum(&mut self, a: &Expr, b: &Expr, sign: f64) -> Result<Polynomial, String> {
        let mut all = self.polynomial(a)?;
        all.extend(scaled(self.polynomial(b)?, sign));
        self.limited(all)
    }

    pub(super) fn limited(&self, terms: Polynomial) -> Result<Polynomial, String> {
        if terms.len() > MOST_TERMS { Err(format!("it has more than {MOST_TERMS} terms when expanded")) } else { Ok(terms) }
    }

    /// A number, or a factor that is a number for each element of the sets.
    fn weight(&self, e: &Expr) -> Result<Polynomial, String> {
        if let Some(x) = number::constant(e) {
            return Ok(vec![number_term(x)]);
        }
        if e.is_deferred() {
            return Err("it depends on results that are not there yet".into());
        }
        Ok(vec![Term { weights: vec![self.here(e)], ..number_term(1.0) }])
    }

    /// The product of two polynomials.
    pub fn times(&mut self, a: &Polynomial, b: &Polynomial) -> Result<Polynomial, String> {
        if a.len() * b.len() > MOST_TERMS {
            return Err(format!("it has more than {MOST_TERMS} terms when expanded"));
        }
        let mut all = Vec::new();
        for x in a {
            for y in b {
                // Bound indices of the two must not meet.
                let mut names = BTreeMap::new();
                for old in y.over.iter().flat_map(bound) {
                    let new = self.fresh();
                    if self.signed.contains(&old) {
                        self.signed.insert(new);
                    }
                    names.insert(old, new);
                }
                let mut product = x.clone();
                product.coefficient *= y.coefficient;
                product.weights.extend(y.weights.iter().map(|e| rename(e, &names)));
                product.over.extend(y.over.iter().map(|d| rename_domain(d, &names)));
                product.filters.extend(y.filters.iter().map(|e| rename(e, &names)));
                for spin in &y.spins {
                    let bond = spin.bond.map(|b| names.get(&b).copied().unwrap_or(b));
                    let spin = Spin { site: rename(&spin.site, &names), bond, ..spin.clone() };
                    let same = |s: &&mut Spin| s.variable == spin.variable && s.site == spin.site && s.bond == spin.bond;
                    match product.spins.iter_mut().find(same) {
                        Some(known) => known.power += spin.power,
                        None => product.spins.push(spin),
                    }
                }
                all.extend(reduce_powers(self, product));
            }
        }
        self.limited(all)
    }
}

fn both_truths(a: &Expr, b: &Expr) -> bool {
    is_truth(a) && is_truth(b)
}
