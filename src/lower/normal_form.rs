//! The normal form of an energy: a constant and a sum of monomials of the spins over index sets.
//!
//! Works on the description alone and never on the bonds themselves, so that it costs the same for 16 spins as for 16 million.
//! Products are expanded, like terms collected, powers reduced by the set of values: s² = 1 for ±1, s² = s for {0, 1}.

use super::interpolate;
use super::materials::{Materials, depends_on_state};
use super::number;
use super::rewrite::{rename, rename_domain, tidy};
use crate::plan::{Domain, Expr, Function, Model, Op, Reduction};
use std::collections::{BTreeMap, BTreeSet};

/// One factor of a monomial: the value of a variable at a site, to a power.
#[derive(Clone, Debug, PartialEq)]
pub struct Spin {
    pub variable: u16,
    pub site: Expr,
    /// The binder whose bond's sign comes with the value.
    pub bond: Option<u32>,
    pub power: u32,
}

/// coefficient × Σ over the sets of (weights × spins), where the filters hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub coefficient: f64,
    /// Numbers that differ from element to element: couplings, fields. Of the bound indices alone.
    pub weights: Vec<Expr>,
    pub over: Vec<Domain>,
    pub filters: Vec<Expr>,
    pub spins: Vec<Spin>,
}

/// An energy as a polynomial of the spins.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NormalForm {
    pub constant: f64,
    pub terms: Vec<Term>,
}

/// Indices bound here are numbered from here on, those of plans below.
const FIRST_INDEX: u32 = 1 << 30;
/// Terms on the way, before it is given up.
const MOST_TERMS: usize = 2000;
/// The highest power of a sum that is expanded.
const HIGHEST_POWER: f64 = 12.0;

pub(super) type Polynomial = Vec<Term>;

pub(super) fn number_term(x: f64) -> Term {
    Term { coefficient: x, weights: Vec::new(), over: Vec::new(), filters: Vec::new(), spins: Vec::new() }
}

/// Builds one normal form.
pub(super) struct Expansion<'a, 'p> {
    pub materials: &'a Materials<'p>,
    pub model: &'a Model,
    /// Bound indices of the plan, by the numbers that they have here.
    names: BTreeMap<u32, u32>,
    /// Binders (as numbered here) of graphs with an antiperiodic boundary.
    signed: BTreeSet<u32>,
    next: u32,
}

impl NormalForm {
    /// The normal form of a model's energy. Errors: why there is none, for people.
    pub fn new(materials: &Materials, model: &Model) -> Result<NormalForm, String> {
        let mut expansion = Expansion::new(materials, model);
        let terms = expansion.polynomial(&model.energy)?;
        tidy(&mut expansion, terms)
    }
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

    fn here(&self, e: &Expr) -> Expr {
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
            Expr::Unary(Function::Not, x) if super::size::is_truth(x) => {
                let x = self.polynomial(x)?;
                Ok(std::iter::once(number_term(1.0)).chain(scaled(x, -1.0)).collect())
            }
            Expr::If(c, a, b) if super::size::is_truth(c) => {
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

    fn limited(&self, terms: Polynomial) -> Result<Polynomial, String> {
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
                for old in y.over.iter().flat_map(super::rewrite::bound) {
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
                all.extend(super::rewrite::reduce_powers(self, product));
            }
        }
        self.limited(all)
    }

    fn reduction(&mut self, op: Reduction, domains: &[Domain], filter: Option<&Expr>, body: &Expr) -> Result<Polynomial, String> {
        let fits = match op {
            Reduction::Sum | Reduction::Mean => true,
            Reduction::Count => super::size::is_truth(body) || number::constant(body) == Some(1.0),
            _ => false,
        };
        if !fits {
            return Err(format!("`{}` over the spins is not a polynomial", op.name()));
        }
        if op == Reduction::Mean && (filter.is_some() || domains.iter().any(|d| matches!(d, Domain::Neighbours { .. }))) {
            return Err("`mean` over a set whose size varies is not a polynomial".into());
        }
        let mut shadowed = Vec::new();
        let mut over = Vec::new();
        for domain in domains {
            // The site whose neighbours are taken is bound outside.
            let mut domain = domain.clone();
            if let Domain::Neighbours { of, .. } = &mut domain {
                if depends_on_state(of) {
                    return Err("an index depends on the state".into());
                }
                **of = self.here(of);
            }
            let mut names = BTreeMap::new();
            for local in super::rewrite::bound(&domain) {
                let new = self.fresh();
                names.insert(local, new);
                shadowed.push((local, self.names.insert(local, new)));
            }
            let domain = super::rewrite::rebind(&domain, &names);
            if let Domain::Bonds { graph, binder, .. } = &domain
                && self.materials.is_antiperiodic(*graph)
            {
                self.signed.insert(*binder);
            }
            over.push(domain);
        }
        let result = self.body(&over, filter, body);
        for (local, before) in shadowed.into_iter().rev() {
            match before {
                Some(before) => self.names.insert(local, before),
                None => self.names.remove(&local),
            };
        }
        let terms = result?;
        if op == Reduction::Mean {
            let mut size = 1.0;
            for domain in domains {
                size *= super::size::domain_size(self.materials, domain)?;
            }
            return Ok(terms.into_iter().map(|t| Term { coefficient: t.coefficient / size, ..t }).collect());
        }
        Ok(terms)
    }

    fn body(&mut self, over: &[Domain], filter: Option<&Expr>, body: &Expr) -> Result<Polynomial, String> {
        let mut terms = self.polynomial(body)?;
        if let Some(filter) = filter {
            if depends_on_state(filter) {
                if !super::size::is_truth(filter) {
                    return Err("a condition on the spins is not a polynomial".into());
                }
                let condition = self.polynomial(filter)?;
                terms = self.times(&condition, &terms)?;
            } else {
                let filter = self.here(filter);
                terms.iter_mut().for_each(|t| t.filters.insert(0, filter.clone()));
            }
        }
        for term in &mut terms {
            term.over.splice(0..0, over.iter().cloned());
        }
        Ok(terms)
    }

    /// A reduction of a whole array, element by element.
    fn whole(&mut self, op: Reduction, x: &Expr) -> Result<Polynomial, String> {
        if let Some(parts) = listed(x)
            && op != Reduction::Count
        {
            let mut all = Vec::new();
            for part in &parts {
                all.extend(self.polynomial(part)?);
            }
            let divisor = if op == Reduction::Mean { parts.len() as f64 } else { 1.0 };
            return self.limited(all.into_iter().map(|t| Term { coefficient: t.coefficient / divisor, ..t }).collect());
        }
        let Some((n, at)) = self.elementwise(x) else {
            return Err(format!("`{}` of this list of spins is not a polynomial", op.name()));
        };
        if op == Reduction::Count && !super::size::is_truth(x) {
            return Err("`count` of the spins is not a polynomial".into());
        }
        let local = self.fresh();
        self.names.insert(local, local);
        let body = at(&Expr::Local(local));
        let over = [Domain::Range { local, start: 0, end: n as i64 }];
        let terms = self.body(&over, None, &body);
        self.names.remove(&local);
        let divisor = if op == Reduction::Mean { n as f64 } else { 1.0 };
        Ok(terms?.into_iter().map(|t| Term { coefficient: t.coefficient / divisor, ..t }).collect())
    }

    /// The length of a one-dimensional array expression, and its element at an index.
    #[allow(clippy::type_complexity)]
    fn elementwise(&self, x: &Expr) -> Option<(usize, Box<dyn Fn(&Expr) -> Expr>)> {
        Some(match x {
            Expr::Variable { variable, replica } => {
                let (variable, replica) = (*variable, *replica);
                let n = self.model.variables.get(variable as usize)?.components();
                (n, Box::new(move |i| Expr::Element { variable, replica, site: i.clone().boxed(), bond: None }))
            }
            Expr::Array(a) if a.shape.len() == 1 => {
                let array = x.clone();
                (a.shape[0], Box::new(move |i| Expr::Index(array.clone().boxed(), vec![i.clone()])))
            }
            Expr::Random(d) if d.shape.len() == 1 => {
                let array = x.clone();
                (d.shape[0], Box::new(move |i| Expr::Index(array.clone().boxed(), vec![i.clone()])))
            }
            Expr::Index(base, before) => {
                let shape = match &**base {
                    Expr::Array(a) => &a.shape,
                    Expr::Random(d) => &d.shape,
                    _ => return None,
                };
                if shape.len() != before.len() + 1 || before.iter().any(depends_on_state) {
                    return None;
                }
                let (base, before) = (base.clone(), before.clone());
                let at = move |i: &Expr| Expr::Index(base.clone(), before.iter().chain([i]).cloned().collect());
                (shape[shape.len() - 1], Box::new(at))
            }
            Expr::Unary(f, x) => {
                let (n, at) = self.elementwise(x)?;
                let f = *f;
                (n, Box::new(move |i| Expr::Unary(f, at(i).boxed())))
            }
            Expr::Binary(op, a, b) => {
                let op = *op;
                match (self.elementwise(a), self.elementwise(b)) {
                    (Some((n, a)), Some((m, b))) if n == m => {
                        (n, Box::new(move |i| Expr::Binary(op, a(i).boxed(), b(i).boxed())))
                    }
                    (Some((n, a)), None) if is_scalar(b) => {
                        let b = (**b).clone();
                        (n, Box::new(move |i| Expr::Binary(op, a(i).boxed(), b.clone().boxed())))
                    }
                    (None, Some((n, b))) if is_scalar(a) => {
                        let a = (**a).clone();
                        (n, Box::new(move |i| Expr::Binary(op, a.clone().boxed(), b(i).boxed())))
                    }
                    _ => return None,
                }
            }
            _ => return None,
        })
    }
}

/// The elements of an expression over lists that are written out, such as the components of a vector.
fn listed(x: &Expr) -> Option<Vec<Expr>> {
    Some(match x {
        Expr::List(parts) => parts.clone(),
        Expr::Unary(f, x) => listed(x)?.into_iter().map(|e| Expr::Unary(*f, e.boxed())).collect(),
        Expr::Binary(op, a, b) => match (listed(a), listed(b)) {
            (Some(a), Some(b)) if a.len() == b.len() => {
                a.into_iter().zip(b).map(|(a, b)| Expr::Binary(*op, a.boxed(), b.boxed())).collect()
            }
            (Some(a), None) => match &**b {
                Expr::Array(array) if array.shape == [a.len()] => {
                    let numbers = array.data.iter().map(|x| Expr::Number(*x));
                    a.into_iter().zip(numbers).map(|(a, b)| Expr::Binary(*op, a.boxed(), b.boxed())).collect()
                }
                b if is_scalar(b) => a.into_iter().map(|a| Expr::Binary(*op, a.boxed(), b.clone().boxed())).collect(),
                _ => return None,
            },
            (None, Some(b)) => match &**a {
                Expr::Array(array) if array.shape == [b.len()] => {
                    let numbers = array.data.iter().map(|x| Expr::Number(*x));
                    numbers.zip(b).map(|(a, b)| Expr::Binary(*op, a.boxed(), b.boxed())).collect()
                }
                a if is_scalar(a) => b.into_iter().map(|b| Expr::Binary(*op, a.clone().boxed(), b.boxed())).collect(),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    })
}

fn is_scalar(e: &Expr) -> bool {
    match e {
        Expr::Number(_)
        | Expr::Local(_)
        | Expr::Element { .. }
        | Expr::Fold(..)
        | Expr::Reduce { .. }
        | Expr::BondValue { .. } => true,
        Expr::Coordinate { .. } => true,
        Expr::Unary(_, x) => is_scalar(x),
        Expr::Binary(_, a, b) => is_scalar(a) && is_scalar(b),
        _ => false,
    }
}

fn both_truths(a: &Expr, b: &Expr) -> bool {
    super::size::is_truth(a) && super::size::is_truth(b)
}

pub(super) fn scaled(terms: Polynomial, factor: f64) -> Polynomial {
    terms.into_iter().map(|t| Term { coefficient: t.coefficient * factor, ..t }).collect()
}
