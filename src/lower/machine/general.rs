//! From products to the terms of a machine of any finite units.

use super::monomials::{Monomials, Of};
use crate::kernels::machine::{Coordinates, Factor, General};
use crate::plan::Model;
use std::collections::BTreeMap;

/// The machine of an energy of finite units.
pub(super) fn general(model: &Model, found: &Monomials) -> Result<General, String> {
    let mut sizes = Vec::with_capacity(model.components());
    for v in &model.variables {
        sizes.resize(sizes.len() + v.sites, v.values().len());
    }
    let mut places: BTreeMap<&[(u32, Of)], usize> = BTreeMap::new();
    let mut terms: Vec<Vec<Factor>> = Vec::new();
    let mut base = Vec::new();
    let mut map = Vec::with_capacity(found.all.len());
    for m in &found.all {
        let next = terms.len();
        let at = *places.entry(&m.factors).or_insert(next);
        if at == next {
            let factor = |(unit, of): &(u32, Of)| match of {
                Of::Table(table) => Ok(Factor { unit: *unit, table: *table }),
                Of::Power(_) => Err("a real unit stands among finite ones".to_string()),
            };
            terms.push(m.factors.iter().map(factor).collect::<Result<_, _>>()?);
            base.push(0.0);
        }
        match m.weight {
            Some(k) => map.push((at, k as usize, -m.coefficient)),
            None => base[at] -= m.coefficient,
        }
    }
    let visible = model.variables[0].sites;
    General::new(&sizes, visible, &found.tables, &terms, Coordinates::new(model.dimension(), base, &map)?)
}
