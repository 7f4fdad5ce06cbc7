//! The algebra of normal forms: bound indices, powers, like terms.

use super::normal_form::{Expansion, NormalForm, Polynomial, Spin, Term};
use super::size::domain_size;
use crate::plan::{Domain, Expr};
use std::collections::BTreeMap;

type Names = BTreeMap<u32, u32>;

/// The indices that a set binds, its binder included.
pub(super) fn bound(domain: &Domain) -> Vec<u32> {
    match domain {
        Domain::Range { local, .. } | Domain::Neighbours { local, .. } => vec![*local],
        Domain::Bonds { binder, first, second, .. } => vec![*binder, *first, *second],
        Domain::Ordered { locals, .. } | Domain::Tuples { locals, .. } => locals.clone(),
    }
}

/// An expression with its indices renamed.
pub(super) fn rename(e: &Expr, names: &Names) -> Expr {
    let new = |l: &u32| names.get(l).copied().unwrap_or(*l);
    match e {
        Expr::Local(l) => Expr::Local(new(l)),
        Expr::BondValue { couplings, binder } => Expr::BondValue { couplings: *couplings, binder: new(binder) },
        other => other.map_parts(&mut |part| rename(part, names)),
    }
}

/// A set with its own indices and those that it uses renamed.
pub(super) fn rename_domain(domain: &Domain, names: &Names) -> Domain {
    match rebind(domain, names) {
        Domain::Neighbours { graph, of, local } => Domain::Neighbours { graph, of: rename(&of, names).boxed(), local },
        other => other,
    }
}

/// A set with its own indices renamed.
pub(super) fn rebind(domain: &Domain, names: &Names) -> Domain {
    let new = |l: &u32| names.get(l).copied().unwrap_or(*l);
    match domain {
        Domain::Range { local, start, end } => Domain::Range { local: new(local), start: *start, end: *end },
        Domain::Bonds { graph, binder, first, second } => {
            Domain::Bonds { graph: *graph, binder: new(binder), first: new(first), second: new(second) }
        }
        Domain::Ordered { locals, start, end } => {
            Domain::Ordered { locals: locals.iter().map(new).collect(), start: *start, end: *end }
        }
        Domain::Tuples { locals, tuples } => Domain::Tuples { locals: locals.iter().map(new).collect(), tuples: tuples.clone() },
        Domain::Neighbours { graph, of, local } => Domain::Neighbours { graph: *graph, of: of.clone(), local: new(local) },
    }
}

/// Powers from the number of values on are replaced by lower ones: Π (s - v) = 0 over the values v.
pub(super) fn reduce_powers(expansion: &Expansion, term: Term) -> Polynomial {
    const MOST_VALUES: usize = 8;
    let too_high = |s: &Spin| {
        let q = expansion.set(s.variable).len();
        s.power as usize >= q && (1..=MOST_VALUES).contains(&q)
    };
    let Some(k) = term.spins.iter().position(too_high) else { return vec![term] };
    let spin = &term.spins[k];
    let values = expansion.set(spin.variable);
    // The sign of a bond squares to one, so that s̃² = s² is what is reduced; odd powers keep the sign only in a symmetric set.
    let symmetric = values.iter().all(|v| values.contains(&-v));
    if spin.bond.is_some() && !symmetric {
        return vec![term];
    }
    // Coefficients of Π (x - v), lowest first.
    let mut product = vec![1.0];
    for v in values {
        let mut next = vec![0.0; product.len() + 1];
        for (i, c) in product.iter().enumerate() {
            next[i + 1] += c;
            next[i] -= v * c;
        }
        product = next;
    }
    let q = values.len();
    let excess = spin.power as usize - q;
    let mut all = Vec::new();
    for (i, c) in product[..q].iter().enumerate().filter(|(_, c)| **c != 0.0) {
        let mut lower = term.clone();
        lower.coefficient *= -c;
        match i + excess {
            0 => drop(lower.spins.remove(k)),
            power => lower.spins[k].power = power as u32,
        }
        all.extend(reduce_powers(expansion, lower));
    }
    all
}

/// Collects like terms and constants.
pub(super) fn tidy(expansion: &mut Expansion, terms: Polynomial) -> Result<NormalForm, String> {
    let mut form = NormalForm::default();
    let mut waiting = terms;
    waiting.reverse();
    while let Some(term) = waiting.pop() {
        if let Some(parts) = diagonal(expansion, &term) {
            waiting.extend(parts.into_iter().rev());
            continue;
        }
        let term = canonical(bonds_of_neighbours(expansion, term));
        let fixed = !term.over.iter().any(|d| matches!(d, Domain::Neighbours { .. }));
        if term.spins.is_empty() && term.weights.is_empty() && term.filters.is_empty() && fixed {
            let mut size = 1.0;
            for domain in &term.over {
                size *= domain_size(expansion.materials, domain)?;
            }
            form.constant += term.coefficient * size;
            continue;
        }
        let like = |t: &&mut Term| {
            t.spins == term.spins && t.weights == term.weights && t.over == term.over && t.filters == term.filters
        };
        match form.terms.iter_mut().find(like) {
            Some(known) => known.coefficient += term.coefficient,
            None => form.terms.push(term),
        }
    }
    form.terms.retain(|t| t.coefficient != 0.0);
    Ok(form)
}

/// Σ_i Σ_j s_i s_j = Σ_i s_i² + 2 Σ_{i<j} s_i s_j.
fn diagonal(expansion: &Expansion, term: &Term) -> Option<Polynomial> {
    let [Domain::Range { local: i, start, end }, Domain::Range { local: j, start: s, end: e }] = term.over[..] else {
        return None;
    };
    let [a, b] = &term.spins[..] else { return None };
    let plain = term.weights.is_empty() && term.filters.is_empty() && (start, end) == (s, e);
    let at = |spin: &Spin, local| spin.site == Expr::Local(local) && spin.bond.is_none();
    let like = a.variable == b.variable && a.power == b.power && (at(a, i) && at(b, j) || at(a, j) && at(b, i));
    if !plain || !like {
        return None;
    }
    let square = Spin { site: Expr::Local(i), power: a.power + b.power, ..a.clone() };
    let on = Term { over: vec![term.over[0].clone()], spins: vec![square], ..term.clone() };
    let off = Term {
        coefficient: 2.0 * term.coefficient,
        over: vec![Domain::Ordered { locals: vec![i, j], start, end }],
        ..term.clone()
    };
    let mut all = reduce_powers(expansion, on);
    all.push(off);
    Some(all)
}

/// Σ_i Σ_{j next to i} s_i s_j = 2 Σ_⟨ij⟩ s_i s_j.
fn bonds_of_neighbours(expansion: &mut Expansion, term: Term) -> Term {
    let [Domain::Range { local: i, start: 0, end }, Domain::Neighbours { graph, of, local: j }] = &term.over[..] else {
        return term;
    };
    let [a, b] = &term.spins[..] else { return term };
    let sites = |s: &Spin| s.site.clone();
    let ends = [sites(a), sites(b)];
    let plain = term.weights.is_empty() && term.filters.is_empty() && **of == Expr::Local(*i);
    let like = a.variable == b.variable && a.power == b.power && a.bond.is_none() && b.bond.is_none();
    let across = ends.contains(&Expr::Local(*i)) && ends.contains(&Expr::Local(*j));
    let Some(g) = expansion.materials.plan().graphs.get(*graph as usize) else { return term };
    if !(plain && like && across) || expansion.materials.is_antiperiodic(*graph) || g.sites() as i64 != *end {
        return term;
    }
    let over = vec![Domain::Bonds { graph: *graph, binder: expansion.fresh(), first: *i, second: *j }];
    Term { coefficient: 2.0 * term.coefficient, over, ..term }
}

/// Indices numbered in the order in which they are bound, factors in a fixed order.
fn canonical(term: Term) -> Term {
    let mut names = Names::new();
    for local in term.over.iter().flat_map(bound) {
        let next = names.len() as u32;
        names.entry(local).or_insert(next);
    }
    let mut spins: Vec<Spin> = term
        .spins
        .iter()
        .map(|s| Spin { site: rename(&s.site, &names), bond: s.bond.map(|b| names.get(&b).copied().unwrap_or(b)), ..s.clone() })
        .collect();
    spins.sort_by_cached_key(|s| (s.variable, format!("{:?}", s.site)));
    let mut weights: Vec<Expr> = term.weights.iter().map(|e| rename(e, &names)).collect();
    if weights.len() > 1 {
        weights.sort_by_cached_key(|e| format!("{e:?}"));
    }
    Term {
        coefficient: term.coefficient,
        weights,
        over: term.over.iter().map(|d| rename_domain(d, &names)).collect(),
        filters: term.filters.iter().map(|e| rename(e, &names)).collect(),
        spins,
    }
}
