//! From the expression of an energy to its overlaps.
//!
//! The walk goes down sums; at what is no sum it looks for a polynomial of the first degree, then for a function of one overlap, then for
//! pairs (in `pairs`). Knows no number of a pattern.

use super::super::materials::{Materials, depends_on_state};
use super::super::normal_form::{Expansion, Polynomial, Term};
use super::super::number;
use super::super::rewrite::{bound, rename, rename_domain};
use super::super::size::domain_size;
use super::function::{argument, uses_argument};
use super::{ARGUMENT, Of, OverlapForm, Part};
use crate::plan::{Domain, Expr, Function, Model, Op, Reduction};
use std::collections::BTreeMap;

/// What stands before a part of the energy: sums that it is in, and factors.
#[derive(Clone, Default)]
pub(super) struct Context {
    pub over: Vec<Domain>,
    pub filters: Vec<Expr>,
    pub factor: f64,
    pub weights: Vec<Expr>,
}

/// One split.
pub(super) struct Split<'a, 'p> {
    pub expansion: Expansion<'a, 'p>,
    pub form: OverlapForm,
    /// Indices of overlaps are numbered from here on, above all of the plan.
    pub base: u32,
}

/// The overlaps of a model's energy. Errors: why there are none, for people.
pub fn overlap_form(materials: &Materials, model: &Model) -> Result<OverlapForm, String> {
    super::super::pairs::affine(model)?;
    let base = super::largest_index(model) + 1;
    let expansion = Expansion::new(materials, model);
    let mut split = Split { expansion, form: OverlapForm::default(), base };
    split.split(&model.energy, &Context { factor: 1.0, ..Context::default() })?;
    if split.form.parts.is_empty() {
        return Err("no function of an overlap with a pattern is in it".into());
    }
    Ok(split.form)
}

impl Split<'_, '_> {
    /// Adds a part of the energy.
    pub fn split(&mut self, e: &Expr, context: &Context) -> Result<(), String> {
        match e {
            Expr::Unary(Function::Negate, x) => self.split(x, &context.times(-1.0)),
            Expr::Binary(Op::Add, a, b) => {
                self.split(a, context)?;
                self.split(b, context)
            }
            Expr::Binary(Op::Subtract, a, b) => {
                self.split(a, context)?;
                self.split(b, &context.times(-1.0))
            }
            Expr::Binary(Op::Multiply, a, b) if !depends_on_state(a) => self.split(b, &self.weighted(context, a)?),
            Expr::Binary(Op::Multiply, a, b) if !depends_on_state(b) => self.split(a, &self.weighted(context, b)?),
            Expr::Binary(Op::Divide, a, b) if !depends_on_state(b) => {
                let inverse = Expr::Binary(Op::Divide, Expr::Number(1.0).boxed(), b.clone());
                match number::constant(b) {
                    Some(x) => self.split(a, &Context { factor: context.factor / x, ..context.clone() }),
                    None => self.split(a, &self.weighted(context, &inverse)?),
                }
            }
            Expr::Reduce { op: Reduction::Sum | Reduction::Mean, domains, filter, body } if self.is_plain(e) => {
                let mut inner = context.clone();
                if matches!(e, Expr::Reduce { op: Reduction::Mean, .. }) {
                    for domain in domains {
                        inner.factor /= domain_size(self.expansion.materials, domain)?;
                    }
                }
                inner.over.extend(domains.iter().cloned());
                inner.filters.extend(filter.iter().map(|f| (**f).clone()));
                self.split(body, &inner)
            }
            Expr::Fold(op @ (Reduction::Sum | Reduction::Mean), x) => match &**x {
                Expr::List(parts) => {
                    let n = if *op == Reduction::Mean { parts.len().max(1) as f64 } else { 1.0 };
                    parts.iter().try_for_each(|part| self.split(part, &context.times(1.0 / n)))
                }
                _ => self.leaf(e, context),
            },
            _ => self.leaf(e, context),
        }
    }

    /// A sum whose sets and condition the state leaves alone.
    fn is_plain(&self, e: &Expr) -> bool {
        let Expr::Reduce { op, domains, filter, .. } = e else { return false };
        let known = |d: &Domain| match d {
            Domain::Neighbours { .. } => false,
            Domain::Bonds { graph, .. } => !self.expansion.materials.is_antiperiodic(*graph),
            _ => true,
        };
        let filtered = filter.as_deref().is_some_and(|f| depends_on_state(f) || *op == Reduction::Mean);
        domains.iter().all(known) && !filtered
    }

    fn weighted(&self, context: &Context, weight: &Expr) -> Result<Context, String> {
        if weight.is_deferred() {
            return Err("it depends on results that are not there yet".into());
        }
        let mut context = context.clone();
        match number::constant(weight) {
            Some(x) => context.factor *= x,
            None => context.weights.push(weight.clone()),
        }
        Ok(context)
    }

    /// What is no sum.
    fn leaf(&mut self, e: &Expr, context: &Context) -> Result<(), String> {
        let polynomial = self.expansion.polynomial(e);
        if let Ok(terms) = &polynomial
            && terms.iter().all(is_linear)
        {
            terms.iter().for_each(|t| self.linear(t, context));
            return Ok(());
        }
        let why = match self.part(e, context) {
            Ok(part) => {
                self.form.parts.push(part);
                return Ok(());
            }
            Err(why) => why,
        };
        for term in &polynomial.map_err(|_| why)? {
            if is_linear(term) {
                self.linear(term, context);
            } else {
                let term = self.settled(context.around(term));
                self.pair(term)?;
            }
        }
        Ok(())
    }

    /// A term of at most one spin.
    pub fn linear(&mut self, term: &Term, context: &Context) {
        let term = self.settled(context.around(term));
        self.form.linear.push(term);
    }

    /// A function of an overlap, or of a sum of such functions.
    fn part(&mut self, e: &Expr, context: &Context) -> Result<Part, String> {
        let mut found = Found::default();
        let function = self.function(e, &mut found)?;
        match found {
            Found { overlap: Some(overlap), inner: None } => Ok(Part {
                over: context.over.clone(),
                filters: context.filters.clone(),
                factor: context.factor,
                weights: context.weights.clone(),
                overlap: own_sums(overlap, context)?,
                each: function,
                of: Of::Itself,
                without_squares: false,
            }),
            // A sum that is none over patterns, and not a function of one.
            Found { inner: Some(_), .. } if function == argument() => Err("it is no function of overlaps with patterns".into()),
            Found { overlap: None, inner: Some(inner) } if context.over.is_empty() && context.weights.is_empty() => {
                self.of_sum(&inner, function, context.factor)
            }
            _ => Err("functions of sums are themselves summed, or met with an overlap".into()),
        }
    }

    /// A function of a sum over patterns.
    fn of_sum(&mut self, inner: &Expr, outer: Expr, factor: f64) -> Result<Part, String> {
        let expansion = Expansion::new(self.expansion.materials, self.expansion.model);
        let mut split = Split { expansion, form: OverlapForm::default(), base: self.base };
        split.split(inner, &Context { factor: 1.0, ..Context::default() })?;
        let (Some(mut part), true) = (split.form.parts.pop(), split.form.linear.is_empty()) else {
            return Err("a function is of a sum that is not one over patterns".into());
        };
        if !split.form.parts.is_empty() || part.of != Of::Itself {
            return Err("a function is of several sums over patterns".into());
        }
        if let (Expr::Unary(Function::Exp, exponent), Some(of)) = (&part.each, of_logarithm(&outer))
            && part.factor > 0.0
        {
            part.each = (**exponent).clone();
            part.of = Of::LogSumExp(factor, of);
            return Ok(part);
        }
        part.of = Of::Function(factor, outer);
        Ok(part)
    }

    /// An expression with its one overlap, or its one sum of functions of overlaps, replaced by the argument.
    fn function(&mut self, e: &Expr, found: &mut Found) -> Result<Expr, String> {
        if !depends_on_state(e) {
            return if e.is_deferred() { Err("it depends on results that are not there yet".into()) } else { Ok(e.clone()) };
        }
        if let Ok(terms) = self.expansion.polynomial(e)
            && terms.iter().all(is_linear)
            && terms.iter().any(|t| !t.spins.is_empty())
        {
            let mut terms: Vec<Term> = terms.into_iter().filter(|t| t.coefficient != 0.0).map(|t| self.settled(t)).collect();
            terms.sort_by_cached_key(|t| format!("{t:?}"));
            return match &found.overlap {
                Some(known) if *known != terms => Err("it multiplies different sums of spins".into()),
                _ => {
                    found.overlap = Some(terms);
                    Ok(argument())
                }
            };
        }
        match e {
            Expr::Unary(..) | Expr::Binary(..) | Expr::If(..) => {
                let mut failed = None;
                let mapped = e.map_parts(&mut |part| {
                    if failed.is_some() {
                        return Expr::Number(0.0);
                    }
                    self.function(part, found).unwrap_or_else(|why| {
                        failed = Some(why);
                        Expr::Number(0.0)
                    })
                });
                failed.map_or(Ok(mapped), Err)
            }
            Expr::Reduce { .. } | Expr::Fold(..) => match &found.inner {
                Some(known) if known != e => Err("a function is of several sums over patterns".into()),
                _ => {
                    found.inner = Some(e.clone());
                    Ok(argument())
                }
            },
            _ => Err("it is no function of overlaps with patterns".into()),
        }
    }

    /// A term with its own indices numbered from `base` on.
    pub fn settled(&self, term: Term) -> Term {
        let mut names = BTreeMap::new();
        for local in term.over.iter().flat_map(bound) {
            let next = self.base + names.len() as u32;
            names.entry(local).or_insert(next);
        }
        let mut spins = term.spins;
        for spin in &mut spins {
            spin.site = rename(&spin.site, &names);
        }
        let mut weights: Vec<Expr> = term.weights.iter().map(|e| rename(e, &names)).collect();
        weights.sort_by_cached_key(|e| format!("{e:?}"));
        Term {
            coefficient: term.coefficient,
            weights,
            over: term.over.iter().map(|d| rename_domain(d, &names)).collect(),
            filters: term.filters.iter().map(|e| rename(e, &names)).collect(),
            spins,
        }
    }
}

#[derive(Default)]
struct Found {
    overlap: Option<Polynomial>,
    inner: Option<Expr>,
}

/// At most one spin, without a sign of a boundary.
pub(super) fn is_linear(term: &Term) -> bool {
    match &term.spins[..] {
        [] => true,
        [spin] => spin.power == 1 && spin.bond.is_none(),
        _ => false,
    }
}

/// Overlaps that sum over sites of their own, and do not only join a few spins that an outer sum names.
fn own_sums(overlap: Polynomial, context: &Context) -> Result<Polynomial, String> {
    let outer: Vec<u32> = context.over.iter().flat_map(bound).collect();
    for term in overlap.iter().filter(|t| !t.spins.is_empty()) {
        let ranges = !term.over.is_empty() && term.over.iter().all(|d| matches!(d, Domain::Range { .. }));
        let named = |e: &Expr| e.contains(&|e| matches!(e, Expr::Local(l) if outer.contains(l)));
        if !ranges || term.spins.iter().any(|s| named(&s.site)) {
            return Err("its functions are of a few spins each, not of overlaps with patterns".into());
        }
    }
    Ok(overlap)
}

/// G, where a function of a sum x is G(ln x).
fn of_logarithm(outer: &Expr) -> Option<Expr> {
    fn replaced(e: &Expr) -> Expr {
        match e {
            Expr::Unary(Function::Ln, x) if **x == argument() => argument(),
            Expr::Unary(Function::Ln, x) if uses_argument(x) => match scale(x) {
                Some(c) if c > 0.0 => Expr::Binary(Op::Add, argument().boxed(), Expr::Number(libm::log(c)).boxed()),
                _ => Expr::Local(ARGUMENT - 1),
            },
            Expr::Unary(Function::Log2 | Function::Log10, x) if **x == argument() => {
                let base = if matches!(e, Expr::Unary(Function::Log2, _)) { 2.0 } else { 10.0 };
                Expr::Binary(Op::Divide, argument().boxed(), Expr::Number(libm::log(base)).boxed())
            }
            // The sum itself, outside of a logarithm.
            Expr::Local(ARGUMENT) => Expr::Local(ARGUMENT - 1),
            other => other.map_parts(&mut |part| replaced(part)),
        }
    }
    let of = replaced(outer);
    (!of.contains(&|e| *e == Expr::Local(ARGUMENT - 1))).then_some(of)
}

/// c of c × the argument.
fn scale(e: &Expr) -> Option<f64> {
    match e {
        Expr::Local(ARGUMENT) => Some(1.0),
        Expr::Binary(Op::Multiply, a, b) if !uses_argument(a) => Some(number::constant(a)? * scale(b)?),
        Expr::Binary(Op::Multiply, a, b) if !uses_argument(b) => Some(scale(a)? * number::constant(b)?),
        Expr::Binary(Op::Divide, a, b) if !uses_argument(b) => Some(scale(a)? / number::constant(b)?),
        _ => None,
    }
}

impl Context {
    fn times(&self, x: f64) -> Context {
        Context { factor: self.factor * x, ..self.clone() }
    }

    /// A term within the sums and factors.
    pub fn around(&self, term: &Term) -> Term {
        Term {
            coefficient: self.factor * term.coefficient,
            weights: self.weights.iter().chain(&term.weights).cloned().collect(),
            over: self.over.iter().chain(&term.over).cloned().collect(),
            filters: self.filters.iter().chain(&term.filters).cloned().collect(),
            spins: term.spins.clone(),
        }
    }
}
