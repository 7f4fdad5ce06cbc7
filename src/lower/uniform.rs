//! Which energies are a uniform Ising model on a well-known lattice, read off the normal form.

use super::materials::Materials;
use super::normal_form::{NormalForm, Term};
use super::pairs::affine;
use crate::kernels::bitpacked;
use crate::plan::graph::{Boundary, Bravais, Graph, Regular};
use crate::plan::{Domain, Expr, Model};

/// The uniform model in ±1 spins, with its constant. Errors: what is not uniform, for people.
pub fn uniform(materials: &Materials, model: &Model, form: &NormalForm) -> Result<bitpacked::Uniform, String> {
    let [map] = affine(model)?[..] else { return Err(format!("the model has {} variables, not one", model.variables.len())) };
    let (mut lattice, mut pairs, mut fields, mut constant) = (None, 0.0, 0.0, form.constant);
    let n = model.sites() as f64;
    let (mut ends, mut two_sublattices) = ([0.0; 2], false);
    for term in &form.terms {
        if !term.filters.is_empty() {
            return Err("a sum has a condition".into());
        }
        match (&term.over[..], &term.spins[..]) {
            ([Domain::Range { local, start: 0, end }], [s]) if *end as usize == model.sites() => {
                if !(s.site == Expr::Local(*local) && s.power == 1) {
                    return Err("a field acts elsewhere than on each site once".into());
                }
                if !term.weights.is_empty() {
                    return Err("the field differs from site to site".into());
                }
                fields += term.coefficient * map.half;
                constant += term.coefficient * map.middle * n;
            }
            ([Domain::Bonds { graph, first, second, .. }], [s]) if s.power == 1 && term.weights.is_empty() => {
                let end = if s.site == Expr::Local(*first) { 0 } else { 1 };
                if end == 1 && s.site != Expr::Local(*second) {
                    return Err(other(term));
                }
                let (l, _) = known_lattice(materials, *graph)?;
                if l.sites() != model.sites() || l.boundary.iter().any(|b| *b != Boundary::Periodic) {
                    return Err(other(term));
                }
                // Every site is an end of as many bonds; where there are two sublattices each is one of the ends.
                ends[end] += term.coefficient;
                let bonds = l.bond_count() as f64;
                two_sublattices |= l.basis.len() > 1;
                fields += term.coefficient * map.half * bonds / n;
                constant += term.coefficient * map.middle * bonds;
            }
            ([Domain::Bonds { graph, first, second, .. }], [a, b]) => {
                if !term.weights.is_empty() {
                    return Err("the couplings differ from bond to bond".into());
                }
                if lattice.is_some() {
                    return Err("there are couplings on more than one graph".into());
                }
                let ends = [&a.site, &b.site];
                let across = ends.contains(&&Expr::Local(*first)) && ends.contains(&&Expr::Local(*second));
                if !across || a.power != 1 || b.power != 1 {
                    return Err("it is not a sum of products of neighbours".into());
                }
                let found = known_lattice(materials, *graph)?;
                if found.0.sites() != model.sites() {
                    return Err("the spins are on another graph than the bonds".into());
                }
                lattice = Some(found);
                pairs += term.coefficient;
                let turned = found.0.boundary.contains(&Boundary::Antiperiodic);
                if turned && a.bond.is_none() && b.bond.is_none() {
                    return Err("the sign of an antiperiodic boundary does not act on all bonds".into());
                }
                if map.middle != 0.0 {
                    if found.0.boundary.iter().any(|b| *b != Boundary::Periodic) {
                        return Err("at the boundary the field differs from that inside, since the values are not ±1".into());
                    }
                    let bonds = found.0.bond_count() as f64;
                    fields += term.coefficient * map.middle * map.half * 2.0 * bonds / n;
                    constant += term.coefficient * map.middle * map.middle * bonds;
                }
            }
            _ => return Err(other(term)),
        }
    }
    if two_sublattices && ends[0] != ends[1] {
        return Err("the field differs between the sublattices".into());
    }
    let Some((lattice, kind)) = lattice else { return Err("no spins are coupled".into()) };
    let geometry = geometry(lattice, kind);
    Ok(bitpacked::Uniform { geometry, coupling: -pairs * map.half * map.half, field: -fields, constant })
}

fn other(term: &Term) -> String {
    match term.spins.len() {
        0 | 1 => "a field does not act on all sites alike".into(),
        2 => "pairs are coupled that are not the bonds of a lattice".into(),
        n => format!("it has a term of {n} spins"),
    }
}

fn known_lattice<'p>(materials: &Materials<'p>, graph: u32) -> Result<(&'p Bravais, Regular), String> {
    let not = "it knows the chain, square, triangular, honeycomb and cubic lattice";
    match materials.graph(graph)? {
        Graph::Lattice(l) => l.kind().map(|k| (l, k)).ok_or_else(|| format!("{} is none of its lattices: {not}", l.name)),
        other => Err(format!("{} is no lattice: {not}", other.describe())),
    }
}

fn geometry(lattice: &Bravais, kind: Regular) -> bitpacked::Geometry {
    let boundary = |b: &Boundary| match b {
        Boundary::Periodic => bitpacked::Boundary::Periodic,
        Boundary::Open => bitpacked::Boundary::Open,
        Boundary::Antiperiodic => bitpacked::Boundary::Antiperiodic,
    };
    let lattice_kind = match kind {
        Regular::Chain => bitpacked::Lattice::Chain,
        Regular::Square => bitpacked::Lattice::Square,
        Regular::Triangular => bitpacked::Lattice::Triangular,
        Regular::Honeycomb => bitpacked::Lattice::Honeycomb,
        Regular::Cubic => bitpacked::Lattice::Cubic,
    };
    bitpacked::Geometry {
        lattice: lattice_kind,
        extents: lattice.sizes.clone(),
        boundary: lattice.boundary.iter().map(boundary).collect(),
    }
}
