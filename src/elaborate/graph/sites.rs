//! What is asked of sites: their neighbours, cells and places, and the distances between them.

use super::{Member, Question, constant};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::value::{Eval, Kind, Value};
use crate::plan::Expr;
use crate::plan::graph::{Bravais, Graph};
use std::rc::Rc;

pub(super) const NEIGHBOURS: Member = Member {
    name: "neighbours",
    slots: Some(&["i"]),
    gives: "`neighbours(i)`: the neighbours of a site, to sum over",
    run: |e, q| Ok(Some(Value::Neighbours(q.graph, Rc::new(q.site(e, 0)?)))),
};

pub(super) const CELL: Member = Member {
    name: "cell",
    slots: Some(&["i", "k"]),
    gives: "`cell(i, k)`: the cell coordinate of a site in direction k",
    run: |e, q| {
        let direction = direction(e, q)?;
        let site = q.site(e, 0)?;
        let known = |l: &Bravais, i: f64| l.cell(i as usize).and_then(|(c, _)| c.get(usize::from(direction)).copied());
        Ok(Some(match (e.graph(q.graph), site.number()) {
            (Graph::Lattice(l), Some(i)) => Value::Int(known(l, i).unwrap_or(0) as i64),
            _ => Value::symbolic(Expr::Cell { graph: q.graph, site: site.boxed(), direction }, Kind::Int),
        }))
    },
};

pub(super) const SUBLATTICE: Member = Member {
    name: "sublattice",
    slots: Some(&["i"]),
    gives: "`sublattice(i)`: the position of a site in the basis",
    run: |e, q| {
        q.dimension(e)?;
        let site = q.site(e, 0)?;
        Ok(Some(match (e.graph(q.graph), site.number()) {
            (Graph::Lattice(l), Some(i)) => Value::Int((i as usize % l.basis.len()) as i64),
            _ => Value::symbolic(Expr::Sublattice { graph: q.graph, site: site.boxed() }, Kind::Int),
        }))
    },
};

pub(super) const SHIFT: Member = Member {
    name: "shift",
    slots: Some(&["i", "k", "r"]),
    gives: "`shift(i, k, r)`: the site r cells further in direction k, around the boundary",
    run: |e, q| {
        let direction = direction(e, q)?;
        let by = e.lift(&q.values[2].0, q.values[2].1)?.expr.boxed();
        let site = q.site(e, 0)?.boxed();
        Ok(Some(Value::symbolic(Expr::Shift { graph: q.graph, site, direction, by }, Kind::Int)))
    },
};

pub(super) const DISTANCE: Member = Member {
    name: "distance",
    slots: Some(&["i", "j"]),
    gives: "`distance(i, j)`: the distance of two sites, by the nearest image",
    run: |e, q| {
        let first = q.site(e, 0)?.boxed();
        let second = q.site(e, 1)?.boxed();
        Ok(Some(match (first.number(), second.number()) {
            (Some(i), Some(j)) => Value::Real(e.known_distance(q.graph, i as usize, j as usize)),
            _ => Value::symbolic(Expr::Distance { graph: q.graph, first, second }, Kind::Real),
        }))
    },
};

pub(super) const COORDINATES: Member = Member {
    name: "coordinates",
    slots: Some(&[]),
    gives: "`coordinates()`: the position of every site, sites × components (lattices)",
    run: |e, q| {
        q.dimension(e)?;
        let n = e.graph(q.graph).sites();
        e.few(n as i64, q.span)?;
        let rows: Vec<Vec<f64>> = (0..n).filter_map(|i| e.graph(q.graph).coordinates(i)).collect();
        let shape = vec![n, rows.first().map_or(0, Vec::len)];
        Ok(Some(constant(shape, rows.concat(), Kind::Real)))
    },
};

/// Argument 1 as a direction of the lattice.
fn direction(e: &mut Elaborator, q: &Question) -> Eval<u16> {
    let d = q.dimension(e)?;
    let (value, span) = &q.values[1];
    let v = e.whole(value, *span, "a direction")?;
    if v < 0 || v >= d as i64 {
        let diagnostic =
            Diagnostic::error(codes::INDEX, *span, format!("there is no direction {v}")).expected(format!("0 to {}", d - 1));
        return Err(e.fail(diagnostic));
    }
    Ok(v as u16)
}

impl Elaborator<'_> {
    /// The distance of two known sites; the distances from one site are found together, for the next question.
    fn known_distance(&mut self, g: u32, i: usize, j: usize) -> f64 {
        if self.distance_row.as_ref().is_none_or(|row| (row.0, row.1) != (g, i)) {
            let row = self.graph(g).distances_from(i).unwrap_or_default();
            self.steps += row.len() as u64 / 16;
            self.distance_row = Some((g, i, row));
        }
        self.distance_row.as_ref().and_then(|row| row.2.get(j).copied()).unwrap_or(f64::NAN)
    }

    /// A site of a graph as an expression.
    pub(super) fn site_expr(&mut self, value: &Value, g: u32, span: Span) -> Eval<Expr> {
        let n = self.graph(g).sites();
        if value.integer().is_some() {
            return Ok(Expr::Number(self.position(value, span, n)? as f64));
        }
        let s = self.lift(value, span)?;
        if s.kind != Kind::Int || !s.shape.is_empty() {
            return self.wrong_type(value, span, "a site");
        }
        if let Some((low, high)) = self.interval(&s.expr)
            && (low < 0.0 || high >= n as f64)
            && self.filters == 0
        {
            let d = Diagnostic::error(codes::NOT_A_SITE, span, "the index leaves the sites of the graph")
                .label(format!("this runs from {low} to {high}"))
                .expected(format!("a site from 0 to {}", n - 1));
            return Err(self.fail(d));
        }
        Ok(s.expr)
    }
}
