//! The normal form of an energy: a constant and a sum of monomials of the spins over index sets.
//!
//! Works on the description alone and never on the bonds themselves, so that it costs the same for 16 spins as for 16 million.
//! Products are expanded, like terms collected, powers reduced by the set of values: s² = 1 for ±1, s² = s for {0, 1}.

mod arrays;
mod expand;
mod sets;

pub(super) use expand::Expansion;

use super::materials::Materials;
use super::rewrite::tidy;
use crate::plan::{Domain, Expr, Model};

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

pub(super) type Polynomial = Vec<Term>;

pub(super) fn number_term(x: f64) -> Term {
    Term { coefficient: x, weights: Vec::new(), over: Vec::new(), filters: Vec::new(), spins: Vec::new() }
}

impl NormalForm {
    /// The normal form of a model's energy. Errors: why there is none, for people.
    pub fn new(materials: &Materials, model: &Model) -> Result<NormalForm, String> {
        let mut expansion = Expansion::new(materials, model);
        let terms = expansion.polynomial(&model.energy)?;
        tidy(&mut expansion, terms)
    }
}

pub(super) fn scaled(terms: Polynomial, factor: f64) -> Polynomial {
    terms.into_iter().map(|t| Term { coefficient: t.coefficient * factor, ..t }).collect()
}
