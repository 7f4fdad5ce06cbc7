//! The expansion of reductions over index sets.

use super::super::materials::depends_on_state;
use super::super::number;
use super::super::rewrite::{bound, rebind};
use super::super::size::{domain_size, is_truth};
use super::{Expansion, Polynomial, Term};
use crate::plan::{Domain, Expr, Reduction};
use std::collections::BTreeMap;

impl Expansion<'_, '_> {
    pub(super) fn reduction(
        &mut self,
        op: Reduction,
        domains: &[Domain],
        filter: Option<&Expr>,
        body: &Expr,
    ) -> Result<Polynomial, String> {
        let fits = match op {
            Reduction::Sum | Reduction::Mean => true,
            Reduction::Count => is_truth(body) || number::constant(body) == Some(1.0),
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
            for local in bound(&domain) {
                let new = self.fresh();
                names.insert(local, new);
                shadowed.push((local, self.names.insert(local, new)));
            }
            let domain = rebind(&domain, &names);
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
                size *= domain_size(self.materials, domain)?;
            }
            return Ok(terms.into_iter().map(|t| Term { coefficient: t.coefficient / size, ..t }).collect());
        }
        Ok(terms)
    }

    pub(super) fn body(&mut self, over: &[Domain], filter: Option<&Expr>, body: &Expr) -> Result<Polynomial, String> {
        let mut terms = self.polynomial(body)?;
        if let Some(filter) = filter {
            if depends_on_state(filter) {
                if !is_truth(filter) {
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
}
