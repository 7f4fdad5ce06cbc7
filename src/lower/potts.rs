//! Energies that ask of two spins only whether they are equal, with a field a site and value: Potts models.

use super::materials::Materials;
use super::memory;
use super::tables::table_energy;
use crate::kernels::exact::TableEnergy;
use crate::kernels::potts::PottsEnergy;
use crate::plan::{Domain, Expr, Model};
use std::collections::BTreeMap;

/// What is smaller than this part of a table's largest entry is rounding.
const ROUNDING: f64 = 1e-12;

/// A function of two spins as constant + coupling δ(a, b) + first(a) + second(b).
struct Equality {
    constant: f64,
    coupling: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

/// The Potts energy that a model has. Errors: why it has none.
pub fn potts_energy(materials: &Materials, model: &Model) -> Result<PottsEnergy, String> {
    let mut sizes = model.variables.iter().map(|v| v.values().len());
    let q = sizes.next().unwrap_or(0);
    if sizes.any(|other| other != q) {
        return Err("its spins have unlike numbers of values".into());
    }
    if q == 1 {
        return Err("its spins have one value".into());
    }
    if q > 2 && turned(materials, &model.energy) {
        return Err(
            "an antiperiodic boundary changes the sign of a spin, which has no meaning for spins that are only equal or not"
                .into(),
        );
    }
    let tables = table_energy(materials, model)?;
    let mut energy =
        PottsEnergy { states: q as u16, sites: tables.sizes.len(), constant: tables.constant, ..PottsEnergy::default() };
    let mut known: Vec<Option<Result<Equality, String>>> = tables.tables.iter().map(|_| None).collect();
    for &(_, _, table, _) in &tables.bonds {
        known[table as usize].get_or_insert_with(|| equality(&tables.tables[table as usize], q));
    }
    if known.iter().flatten().all(Result::is_ok) {
        energy.bonds.reserve(tables.bonds.len());
        for &(i, j, table, c) in &tables.bonds {
            if let Some(Ok(parts)) = &known[table as usize] {
                add_bond(&mut energy, (i, j), parts, c)?;
            }
        }
    } else {
        // What is no equality by itself may be one together with the other terms of its pair.
        for ((i, j), table) in by_pair(&tables, q)? {
            add_bond(&mut energy, (i, j), &equality(&table, q)?, 1.0)?;
        }
    }
    for &(i, table, c) in &tables.fields {
        add_field(&mut energy, i, &tables.tables[table as usize], c)?;
    }
    even_fields(&mut energy);
    Ok(energy)
}

/// Whether a bond across an antiperiodic boundary acts on a spin.
fn turned(materials: &Materials, e: &Expr) -> bool {
    let antiperiodic = |d: &Domain| matches!(d, Domain::Bonds { graph, .. } if materials.is_antiperiodic(*graph));
    e.contains(&|e| match e {
        Expr::Reduce { domains, filter, body, .. } if domains.iter().any(antiperiodic) => {
            let end = |e: &Expr| e.contains(&|e| matches!(e, Expr::Element { bond: Some(_), .. }));
            end(body) || filter.as_deref().is_some_and(end)
        }
        _ => false,
    })
}

/// Any function of two spins with two values is one of these; with more values most are not.
fn equality(table: &[f64], q: usize) -> Result<Equality, String> {
    let other = || "it asks of two spins more than whether they are equal".to_string();
    let at = |a: usize, b: usize| table[a + q * b];
    let largest = table.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    if !largest.is_finite() {
        return Err("it forbids some states, or is not a number there".into());
    }
    let whole = |x: f64| if x.abs() <= ROUNDING * largest { 0.0 } else { x };
    // With three values a, b, c the rest of f(a, a) + f(b, c) - f(a, c) - f(b, a) cancels; with two it is met twice.
    let coupling = match q {
        2 => whole(0.5 * (at(0, 0) + at(1, 1) - at(0, 1) - at(1, 0))),
        _ => whole(at(0, 0) + at(1, 2) - at(0, 2) - at(1, 0)),
    };
    let rest = |a: usize, b: usize| at(a, b) - if a == b { coupling } else { 0.0 };
    let constant = whole(rest(0, 0));
    let first: Vec<f64> = (0..q).map(|a| whole(rest(a, 0) - constant)).collect();
    let second: Vec<f64> = (0..q).map(|b| whole(rest(0, b) - constant)).collect();
    let fits = |a: usize, b: usize| (rest(a, b) - constant - first[a] - second[b]).abs() <= 8.0 * ROUNDING * largest;
    if (0..q * q).all(|k| fits(k % q, k / q)) { Ok(Equality { constant, coupling, first, second }) } else { Err(other()) }
}

/// The sums of the tables of each pair, the smaller site first.
fn by_pair(tables: &TableEnergy, q: usize) -> Result<BTreeMap<(u32, u32), Vec<f64>>, String> {
    memory::check("the pairs of its spins", (tables.bonds.len() * (8 * q * q + 64)) as u64)?;
    let mut pairs: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    for &(i, j, table, c) in &tables.bonds {
        let sum = pairs.entry((i.min(j), i.max(j))).or_insert_with(|| vec![0.0; q * q]);
        for (k, x) in tables.tables[table as usize].iter().enumerate() {
            let k = if i < j { k } else { k / q + q * (k % q) };
            sum[k] += c * x;
        }
    }
    Ok(pairs)
}

fn add_bond(energy: &mut PottsEnergy, (i, j): (u32, u32), parts: &Equality, c: f64) -> Result<(), String> {
    energy.constant += c * parts.constant;
    if parts.coupling != 0.0 {
        energy.bonds.push((i, j, -(c * parts.coupling)));
    }
    for (site, field) in [(i, &parts.first), (j, &parts.second)] {
        add_field(energy, site, field, c)?;
    }
    Ok(())
}

/// Adds c f(s) at a site.
fn add_field(energy: &mut PottsEnergy, site: u32, field: &[f64], c: f64) -> Result<(), String> {
    if field.iter().all(|f| *f == 0.0) {
        return Ok(());
    }
    let q = usize::from(energy.states);
    if energy.fields.is_empty() {
        memory::check("its fields", 8 * (q * energy.sites) as u64)?;
        energy.fields.resize(q * energy.sites, 0.0);
    }
    let own = &mut energy.fields[site as usize * q..(site as usize + 1) * q];
    own.iter_mut().zip(field).for_each(|(h, f)| *h -= c * f);
    Ok(())
}

/// A field that is the same for all values is a constant.
fn even_fields(energy: &mut PottsEnergy) {
    let mut even = 0.0;
    for own in energy.fields.chunks_exact_mut(usize::from(energy.states)) {
        let largest = own.iter().fold(0.0, |m: f64, h| m.max(h.abs()));
        if own.iter().all(|h| (h - own[0]).abs() <= ROUNDING * largest) {
            even += own[0];
            own.fill(0.0);
        }
    }
    energy.constant -= even;
    if energy.fields.iter().all(|h| *h == 0.0) {
        energy.fields.clear();
    }
}
