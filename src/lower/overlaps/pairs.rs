//! Sums over pairs of spins whose coupling is a product of a number of each spin, or a sum of such products over patterns.
//!
//! Σ_i Σ_j x_i x_j s_i s_j = (Σ_i x_i s_i)², and over ordered pairs half of that without the squares of single spins. Couplings that are
//! described by patterns count as such sums. Knows no number of a pattern.

use super::super::normal_form::Term;
use super::super::rewrite::{bound, rename, rename_domain};
use super::function::argument;
use super::split::Split;
use super::{Of, Part};
use crate::plan::graph::Graph;
use crate::plan::{CouplingValues, Domain, Expr, Op, Reduction};
use std::cell::Cell;
use std::collections::BTreeMap;

/// The sites that a spin of a pair runs over, and whether a spin is paired with itself.
struct Sites {
    start: i64,
    end: i64,
    /// Each pair once and no spin with itself.
    ordered: bool,
}

const NO_PRODUCT: &str = "it couples pairs of spins that are no products of overlaps with patterns";

/// A product as its factors.
fn factors(weight: Expr) -> Vec<Expr> {
    match weight {
        Expr::Binary(Op::Multiply, a, b) => [factors(*a), factors(*b)].concat(),
        other => vec![other],
    }
}

/// Weights become single factors, and sums over patterns in a weight of both spins become sums of the term.
fn unfold(term: &mut Term, i: u32, j: u32, base: u32) {
    let uses = |e: &Expr, l: u32| e.contains(&|e| *e == Expr::Local(l));
    loop {
        term.weights = std::mem::take(&mut term.weights).into_iter().flat_map(factors).collect();
        let sum = |e: &Expr| matches!(e, Expr::Reduce { op: Reduction::Sum, .. }) && uses(e, i) && uses(e, j);
        let Some(k) = term.weights.iter().position(sum) else { return };
        let Expr::Reduce { domains, filter, body, .. } = term.weights.remove(k) else { return };
        let last = Cell::new(term.over.iter().flat_map(bound).max().unwrap_or(base).max(base));
        body.contains(&|e| {
            if let Expr::Local(l) = e {
                last.set(last.get().max(*l));
            }
            false
        });
        let names: BTreeMap<u32, u32> = domains.iter().flat_map(bound).zip(last.get() + 1..).collect();
        term.over.splice(0..0, domains.iter().map(|d| rename_domain(d, &names)));
        term.filters.extend(filter.map(|f| rename(&f, &names)));
        term.weights.push(rename(&body, &names));
    }
}

impl Split<'_, '_> {
    /// Adds a sum over pairs. `term` is closed, its indices are numbered from `base` on.
    pub fn pair(&mut self, mut term: Term) -> Result<(), String> {
        let (i, j) = match &term.spins[..] {
            [a, b] if a.power == 1 && b.power == 1 && a.bond.is_none() && b.bond.is_none() && a.variable == b.variable => {
                match (&a.site, &b.site) {
                    (Expr::Local(i), Expr::Local(j)) if i != j => (*i, *j),
                    _ => return Err(NO_PRODUCT.into()),
                }
            }
            [_, _] | [_] => return Err(NO_PRODUCT.into()),
            more => return Err(format!("it has a term of {} spins", more.len())),
        };
        unfold(&mut term, i, j, self.base);
        let sites = self.sites(&term.over, i, j)?;
        let whole = self.by_patterns(&mut term, i, j)?;
        // What belongs to the one spin, to the other, and to neither.
        let uses = |e: &Expr, l: u32| e.contains(&|e| *e == Expr::Local(l));
        let (mut first, mut second, mut neither) = (Vec::new(), Vec::new(), Vec::new());
        for weight in term.weights {
            match (uses(&weight, i), uses(&weight, j)) {
                _ if weight.contains(&|e| matches!(e, Expr::BondValue { .. })) => return Err(NO_PRODUCT.into()),
                (true, true) => return Err(NO_PRODUCT.into()),
                (true, false) => first.push(weight),
                (false, true) => second.push(weight),
                (false, false) => neither.push(weight),
            }
        }
        if term.filters.iter().any(|f| uses(f, i) || uses(f, j)) {
            return Err("a sum over pairs has a condition".into());
        }
        let names = BTreeMap::from([(j, i)]);
        let mut second: Vec<Expr> = second.iter().map(|e| rename(e, &names)).collect();
        first.sort_by_cached_key(|e| format!("{e:?}"));
        second.sort_by_cached_key(|e| format!("{e:?}"));
        if first != second {
            return Err("it multiplies different sums of spins".into());
        }
        let over: Vec<Domain> = term.over.into_iter().filter(|d| !bound(d).iter().any(|l| *l == i || *l == j)).collect();
        if over.iter().any(|d| matches!(d, Domain::Neighbours { .. } | Domain::Bonds { .. })) {
            return Err(NO_PRODUCT.into());
        }
        let range = Domain::Range { local: i, start: sites.start, end: sites.end };
        let overlap = Term {
            coefficient: 1.0,
            weights: first,
            over: vec![range],
            filters: Vec::new(),
            spins: term.spins.into_iter().filter(|s| s.site == Expr::Local(i)).collect(),
        };
        self.form.parts.push(Part {
            over,
            filters: term.filters,
            factor: if sites.ordered { 0.5 * term.coefficient } else { term.coefficient },
            weights: neither,
            overlap: vec![overlap],
            each: Expr::Binary(Op::Power, argument().boxed(), Expr::Number(2.0).boxed()),
            of: Of::Itself,
            without_squares: sites.ordered || whole,
        });
        Ok(())
    }

    /// What two indices run over.
    fn sites(&self, over: &[Domain], i: u32, j: u32) -> Result<Sites, String> {
        let of = |l: u32| over.iter().find(|d| bound(d).contains(&l));
        match (of(i), of(j)) {
            (Some(Domain::Range { start, end, .. }), Some(Domain::Range { start: s, end: e, .. })) if (start, end) == (s, e) => {
                Ok(Sites { start: *start, end: *end, ordered: false })
            }
            (Some(Domain::Ordered { locals, start, end }), Some(_)) if locals.len() == 2 && locals.contains(&j) => {
                Ok(Sites { start: *start, end: *end, ordered: true })
            }
            (Some(Domain::Bonds { graph, first, second, .. }), Some(_))
                if [i, j] == [*first, *second] || [j, i] == [*first, *second] =>
            {
                match self.expansion.materials.graph(*graph)? {
                    Graph::Complete { n } => Ok(Sites { start: 0, end: *n as i64, ordered: true }),
                    _ => Err(NO_PRODUCT.into()),
                }
            }
            _ => Err(NO_PRODUCT.into()),
        }
    }

    /// Replaces couplings that are described by patterns by a sum over these; whether the couplings leave out the pairs of a spin
    /// with itself.
    fn by_patterns(&mut self, term: &mut Term, i: u32, j: u32) -> Result<bool, String> {
        let ends = |first: &Expr, second: &Expr| {
            [first, second] == [&Expr::Local(i), &Expr::Local(j)] || [first, second] == [&Expr::Local(j), &Expr::Local(i)]
        };
        let mut found = None;
        for (k, weight) in term.weights.iter().enumerate() {
            let couplings = match weight {
                Expr::BondValue { couplings, binder } => {
                    let own = |d: &Domain| matches!(d, Domain::Bonds { binder: b, first, .. } if b == binder && (i == *first || j == *first));
                    if !term.over.iter().any(own) {
                        continue;
                    }
                    *couplings
                }
                Expr::PairValue { couplings, first, second } if ends(first, second) => *couplings,
                _ => continue,
            };
            let table =
                self.expansion.materials.plan().couplings.get(couplings as usize).ok_or("the plan has no such couplings")?;
            let complete = matches!(self.expansion.materials.graph(table.graph)?, Graph::Complete { .. });
            match &table.values {
                CouplingValues::LowRank { patterns, scale } if complete => found = Some((k, patterns.clone(), *scale)),
                CouplingValues::Uniform(_) if complete && matches!(weight, Expr::BondValue { .. }) => {
                    let value = self
                        .expansion
                        .materials
                        .uniform(couplings)
                        .ok_or("couplings depend on results that are not there yet")?;
                    term.coefficient *= value;
                    term.weights.remove(k);
                    return Ok(true);
                }
                _ => return Err("its couplings are not made of patterns".into()),
            }
        }
        let Some((k, patterns, scale)) = found else { return Ok(false) };
        let &[p, _] = &patterns.shape[..] else { return Err("patterns are no matrix".into()) };
        let mu = 1 + term.over.iter().flat_map(bound).max().unwrap_or(self.base).max(self.base);
        let number = |l: u32| Expr::Index(Expr::Array(patterns.clone()).boxed(), vec![Expr::Local(mu), Expr::Local(l)]);
        term.weights.remove(k);
        term.weights.extend([number(i), number(j)]);
        term.coefficient *= scale;
        term.over.insert(0, Domain::Range { local: mu, start: 0, end: p as i64 });
        Ok(true)
    }
}
