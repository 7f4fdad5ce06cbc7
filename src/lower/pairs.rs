//! Energies of two-valued spins as pairwise Ising energies of ±1 spins: v = middle + half s.
//!
//! From the normal form, bond by bond, where there is one; else by expanding the graph of operations.

use super::graph_sink::scalar_graph;
use super::instantiate::Instantiate;
use super::known::{Known, each_element};
use super::materials::Materials;
use super::normal_form::{NormalForm, Spin, Term};
use crate::kernels::sampler::PairEnergy;
use crate::plan::{Domain, Expr, Model};

/// How the values of a variable follow from ±1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    pub middle: f64,
    pub half: f64,
}

/// The maps of all variables. Errors: a variable that has not two values.
pub fn affine(model: &Model) -> Result<Vec<Affine>, String> {
    let map = |v: &crate::plan::Variable| match *v.values() {
        [low, high] => Ok(Affine { middle: 0.5 * (low + high), half: 0.5 * (high - low) }),
        [] => Err(format!("`{}` are {}, not spins", v.name, v.kind())),
        _ => Err(format!("`{}` has {} values, not two", v.name, v.values().len())),
    };
    model.variables.iter().map(map).collect()
}

/// Whether the terms can be pairs of two-valued spins, from the description alone.
pub fn is_pairwise(model: &Model, form: &NormalForm) -> Result<(), String> {
    affine(model)?;
    match form.terms.iter().find(|t| t.spins.iter().map(|s| s.power).sum::<u32>() > 2) {
        Some(t) => Err(format!("it has a term of {} spins", t.spins.len())),
        None => Ok(()),
    }
}

/// The pairwise energy of a model. Errors: why there is none.
pub fn pair_energy(materials: &Materials, model: &Model, form: Result<&NormalForm, &str>) -> Result<PairEnergy, String> {
    let maps = affine(model)?;
    if model.sites() >= u32::MAX as usize {
        return Err(format!("{} spins are more than can be numbered", model.sites()));
    }
    match form {
        Ok(form) => {
            is_pairwise(model, form)?;
            from_form(materials, model, form, &maps)
        }
        Err(reason) => {
            let graph = scalar_graph(materials, model)?;
            graph.as_pairs().ok_or_else(|| format!("it is not a sum of pairs of spins ({reason})"))
        }
    }
}

struct Sums {
    energy: PairEnergy,
    /// Pairs were met in any order and may stand several times.
    loose: bool,
}

impl Sums {
    fn field(&mut self, i: usize, c: f64) {
        if c != 0.0 {
            let n = self.energy.sites;
            self.energy.fields.resize(n, 0.0);
            self.energy.fields[i] -= c;
        }
    }

    /// c Π (middle + half s) over sites, s² = 1.
    fn product(&mut self, c: f64, factors: &[(usize, Affine)]) -> Result<(), String> {
        let mut terms: Vec<(Vec<usize>, f64)> = vec![(Vec::new(), c)];
        for &(site, map) in factors {
            let mut next: Vec<(Vec<usize>, f64)> = Vec::new();
            for (sites, c) in terms {
                if map.middle != 0.0 {
                    next.push((sites.clone(), c * map.middle));
                }
                let mut with = sites;
                match with.iter().position(|&s| s == site) {
                    Some(k) => drop(with.remove(k)),
                    None => with.push(site),
                }
                next.push((with, c * map.half));
            }
            terms = next;
        }
        for (sites, c) in terms {
            match sites[..] {
                [] => self.energy.constant += c,
                [i] => self.field(i, c),
                [i, j] => self.energy.bonds.push((i as u32, j as u32, -c)),
                _ if c == 0.0 => {}
                _ => return Err(format!("it has a term of {} spins", sites.len())),
            }
        }
        Ok(())
    }
}

/// The pairwise energy of terms of at most two spins.
pub(super) fn from_form(materials: &Materials, model: &Model, form: &NormalForm, maps: &[Affine]) -> Result<PairEnergy, String> {
    let mut bonds = 0.0;
    for term in form.terms.iter().filter(|t| t.spins.len() == 2) {
        let mut size = 1.0;
        for domain in &term.over {
            size *= super::size::domain_size(materials, domain)?;
        }
        bonds += size;
    }
    super::memory::check("the list of couplings", (bonds * 16.0) as u64)?;
    let energy = PairEnergy { sites: model.sites(), constant: form.constant, ..PairEnergy::default() };
    let mut sums = Sums { energy, loose: false };
    for term in &form.terms {
        if !(bond_term(materials, model, term, maps, &mut sums)? || site_term(materials, model, term, maps, &mut sums)?) {
            any_term(materials, model, term, maps, &mut sums)?;
        }
    }
    if sums.loose {
        merge(&mut sums.energy);
    }
    if sums.energy.fields.iter().all(|h| *h == 0.0) {
        sums.energy.fields.clear();
    }
    Ok(sums.energy)
}

fn merge(energy: &mut PairEnergy) {
    for bond in &mut energy.bonds {
        *bond = (bond.0.min(bond.1), bond.0.max(bond.1), bond.2);
    }
    energy.bonds.sort_by_key(|b| (b.0, b.1));
    energy.bonds.dedup_by(|later, first| {
        let same = (later.0, later.1) == (first.0, first.1);
        if same {
            first.2 += later.2;
        }
        same
    });
    energy.bonds.retain(|b| b.2 != 0.0);
}

/// c Σ_⟨ij⟩ J_ij s_i s_j, straight from the list of bonds.
fn bond_term(materials: &Materials, model: &Model, term: &Term, maps: &[Affine], sums: &mut Sums) -> Result<bool, String> {
    let [Domain::Bonds { graph, binder, first, second }] = term.over[..] else { return Ok(false) };
    let [a, b] = &term.spins[..] else { return Ok(false) };
    let at = |s: &Spin, local| s.site == Expr::Local(local);
    let (a, b) = if at(a, first) && at(b, second) { (a, b) } else { (b, a) };
    let values = match &term.weights[..] {
        [] => None,
        [Expr::BondValue { couplings, binder: own }] if *own == binder => Some(materials.couplings(*couplings)?),
        _ => return Ok(false),
    };
    let plain = at(a, first) && at(b, second) && a.power == 1 && b.power == 1 && a.bond.is_none() && term.filters.is_empty();
    let sites = materials.graph(graph)?.sites();
    let fits = |s: &Spin| model.variables.get(s.variable as usize).is_some_and(|v| v.sites >= sites);
    if !(plain && fits(a) && fits(b)) {
        return Ok(false);
    }
    let (ma, mb) = (maps[a.variable as usize], maps[b.variable as usize]);
    let (oa, ob) = (model.offset(a.variable as usize), model.offset(b.variable as usize));
    let bonds = materials.bonds(graph)?;
    sums.energy.bonds.reserve(bonds.len());
    for (m, bond) in bonds.iter().enumerate() {
        let c = term.coefficient * values.as_ref().map_or(1.0, |v| v[m]);
        let sign = if b.bond.is_some() { f64::from(bond.sign) } else { 1.0 };
        let (i, j) = (oa + bond.i as usize, ob + bond.j as usize);
        sums.energy.bonds.push((i as u32, j as u32, -(c * sign * ma.half * mb.half)));
        sums.field(i, c * sign * ma.half * mb.middle);
        sums.field(j, c * sign * ma.middle * mb.half);
        sums.energy.constant += c * sign * ma.middle * mb.middle;
    }
    Ok(true)
}

/// c Σ_i h_i s_i.
fn site_term(materials: &Materials, model: &Model, term: &Term, maps: &[Affine], sums: &mut Sums) -> Result<bool, String> {
    let [Domain::Range { local, start: 0, end }] = term.over[..] else { return Ok(false) };
    let [spin] = &term.spins[..] else { return Ok(false) };
    let plain = spin.site == Expr::Local(local) && spin.power == 1 && spin.bond.is_none() && term.filters.is_empty();
    let n = end.max(0) as usize;
    if !plain || model.variables.get(spin.variable as usize).is_none_or(|v| v.sites < n) {
        return Ok(false);
    }
    let drawn;
    let weights: Option<&[f64]> = match &term.weights[..] {
        [] => None,
        [Expr::Index(base, index)] if index[..] == [Expr::Local(local)] => match &**base {
            Expr::Array(a) if a.shape.len() == 1 => Some(&a.data),
            Expr::Random(d) if d.shape.len() == 1 => {
                drawn = materials.draw(d)?;
                Some(&drawn)
            }
            _ => return Ok(false),
        },
        _ => return Ok(false),
    };
    if weights.is_some_and(|w| w.len() < n) {
        return Err(format!("an index reaches {}, its array has {} elements", n - 1, weights.map_or(0, <[f64]>::len)));
    }
    let (map, offset) = (maps[spin.variable as usize], model.offset(spin.variable as usize));
    for i in 0..n {
        let c = term.coefficient * weights.map_or(1.0, |w| w[i]);
        sums.field(offset + i, c * map.half);
        sums.energy.constant += c * map.middle;
    }
    Ok(true)
}

/// Any other term, element by element.
fn any_term(materials: &Materials, model: &Model, term: &Term, maps: &[Affine], sums: &mut Sums) -> Result<(), String> {
    sums.loose = true;
    let mut sink = Known;
    let mut walk = Instantiate::new(materials, model, &mut sink, usize::MAX);
    let mut factors = Vec::new();
    each_element(&mut walk, model, term, &mut |c, components| {
        factors.clear();
        factors.extend(components.iter().map(|&(variable, k)| (k, maps[usize::from(variable)])));
        sums.product(c, &factors)
    })
}
