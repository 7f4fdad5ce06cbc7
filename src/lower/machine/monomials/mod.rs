//! The energy of a machine as a sum of products: number × weight × functions of single units.
//!
//! Every function of a finite unit is a table of its values; a function of two units is a sum of products of tables. What is no such
//! sum, or is not linear in the weights, is refused with the reason.

mod operations;
mod products;

use super::super::instantiate::Instantiate;
use super::super::materials::Materials;
use crate::plan::Model;
use products::Products;

/// More products than this are refused.
const MOST: usize = 30_000_000;
/// What a product has of one unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// A number for each of its values, by the number of the table.
    Table(u32),
    /// A power of a real unit.
    Power(u32),
}

/// number × weight × functions of single units, each unit once.
#[derive(Clone, Debug, PartialEq)]
pub struct Monomial {
    pub coefficient: f64,
    /// By its place among all weights of the model.
    pub weight: Option<u32>,
    /// Ascending by unit.
    pub factors: Vec<(u32, Of)>,
}

/// The energy, without what no state feels.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Monomials {
    pub all: Vec<Monomial>,
    /// A number for each value of a unit.
    pub tables: Vec<Vec<f64>>,
    /// What no state feels and no weight stands before.
    pub constant: f64,
}

/// The products of a model's energy.
pub fn monomials(materials: &Materials, model: &Model) -> Result<Monomials, String> {
    let mut sink = Products::new(model);
    let node = {
        let mut walk = Instantiate::new(materials, model, &mut sink, MOST);
        let value = walk.scalar(&model.energy)?;
        walk.node(value)
    };
    if let Some(reason) = sink.wrong {
        return Err(reason);
    }
    let mut all = sink.polynomial(node);
    let constant = all.iter().filter(|m| m.factors.is_empty() && m.weight.is_none()).map(|m| m.coefficient).sum();
    all.retain(|m| !m.factors.is_empty() && m.coefficient != 0.0);
    // Products of the same weight and functions are one.
    all.sort_by(|a, b| a.weight.cmp(&b.weight).then_with(|| a.factors.cmp(&b.factors)));
    let mut joined: Vec<Monomial> = Vec::with_capacity(all.len());
    for m in all {
        match joined.last_mut() {
            Some(last) if last.weight == m.weight && last.factors == m.factors => last.coefficient += m.coefficient,
            _ => joined.push(m),
        }
    }
    Ok(Monomials { all: joined, tables: sink.tables.into_iter().map(|t| (*t).clone()).collect(), constant })
}
