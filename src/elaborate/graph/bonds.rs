//! What is asked of bonds: their directions.

use super::{Member, constant};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::value::{Eval, Failed, Kind, Value};
use crate::plan::expr::Array;
use crate::plan::graph::Graph;
use crate::plan::{CouplingValues, Expr};
use std::sync::Arc;

pub(super) const DIRECTION: Member = Member {
    name: "direction",
    slots: Some(&["i", "j"]),
    gives: "`direction(i, j)`: the number of a bond's direction, from 0 (lattices); in energies i and j are the ends of a bond",
    run: |e, q| {
        q.dimension(e)?;
        e.bond_direction(q.graph, &q.values, q.span).map(Some)
    },
};

pub(super) const DIRECTIONS: Member = Member {
    name: "directions",
    slots: Some(&[]),
    gives: "`directions()`: the direction of every bond, in the order of the bonds",
    run: |e, q| {
        q.dimension(e)?;
        let data = e.bond_directions(q.graph, q.span)?;
        Ok(Some(constant(vec![data.len()], data, Kind::Int)))
    },
};

impl Elaborator<'_> {
    /// The directions of all bonds.
    fn bond_directions(&mut self, g: u32, span: Span) -> Eval<Vec<f64>> {
        self.few(self.graph(g).bond_count() as i64, span)?;
        let mut data = Vec::new();
        self.graph(g).for_each_bond(|b| data.push(f64::from(b.direction)));
        Ok(data)
    }

    /// The direction of the bond between two sites: known ones, or the ends of a bond that an energy runs over.
    fn bond_direction(&mut self, g: u32, ends: &[(Value, Span)], span: Span) -> Eval {
        let [(first, a), (second, b)] = ends else { return Err(Failed) };
        if first.integer().is_some() && second.integer().is_some() {
            let n = self.graph(g).sites();
            let (i, j) = (self.position(first, *a, n)?, self.position(second, *b, n)?);
            let found = match self.graph(g) {
                Graph::Lattice(l) => l.direction_between(i, j),
                _ => None,
            };
            return match found {
                Some(d) => Ok(Value::Int(d as i64)),
                None => self.error(codes::INDEX, span, format!("no bond joins sites {i} and {j}")),
            };
        }
        let end = |v: &Value| match v {
            Value::Symbolic(s) => s.index.as_ref().filter(|i| i.graph == Some(g)).and_then(|i| i.bond),
            _ => None,
        };
        match (end(first), end(second)) {
            (Some((x, p)), Some((y, q))) if x == y && p != q => {
                let data = self.bond_directions(g, span)?;
                let values = Array { shape: vec![data.len()], data };
                let name = format!("direction of {}", self.graph(g).describe());
                let table = self.new_couplings(&name, g, CouplingValues::PerBond(Arc::new(values)));
                let Value::Couplings(couplings) = table else { return Err(Failed) };
                Ok(Value::symbolic(Expr::BondValue { couplings, binder: x }, Kind::Int))
            }
            _ => {
                let d = Diagnostic::error(codes::NOT_A_SITE, span, "a direction is that of a bond of this lattice")
                    .expected("the two ends of a bond: `sum(<i, j> in grid: ... grid.direction(i, j) ...)`");
                Err(self.fail(d))
            }
        }
    }
}
