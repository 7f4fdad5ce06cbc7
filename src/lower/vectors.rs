//! Energies of unit vectors as sums of pairs: S_i^T J S_j, h · S_i, S_i^T D S_i.

use super::instantiate::Instantiate;
use super::known::{Known, each_element};
use super::materials::Materials;
use super::normal_form::NormalForm;
use crate::kernels::vector::VectorEnergy;
use crate::plan::{Model, Space};
use std::collections::BTreeMap;

/// The largest number of components.
const MOST_COMPONENTS: u32 = 16;

/// Bonds that are listed.
const MOST_BONDS: usize = 200_000_000;

/// Whether a model is one variable of unit vectors, and of how many components.
pub fn components(model: &Model) -> Result<usize, String> {
    let [v] = &model.variables[..] else { return Err(format!("the model has {} variables, not one", model.variables.len())) };
    match v.space {
        Space::Sphere(n) if n <= MOST_COMPONENTS => Ok(n as usize),
        Space::Sphere(n) => Err(format!("`{}` has {n} components: at most {MOST_COMPONENTS} are possible", v.name)),
        _ => Err(format!("`{}` are {}, not unit vectors", v.name, v.kind())),
    }
}

/// The energy of a model of unit vectors from its normal form. Errors: a term that is none of pairs, fields and anisotropies.
pub fn vector_energy(materials: &Materials, model: &Model, form: &NormalForm) -> Result<VectorEnergy, String> {
    let n = components(model)?;
    if let Some(t) = form.terms.iter().find(|t| t.spins.iter().map(|s| s.power).sum::<u32>() > 2) {
        return Err(format!("it has a term of {} components", t.spins.iter().map(|s| s.power).sum::<u32>()));
    }
    let sites = model.sites();
    let mut energy =
        VectorEnergy { n, sites, bonds: vec![], matrices: vec![], fields: vec![], anisotropy: vec![], constant: form.constant };
    // (i, j) with i < j → the matrix of their coupling.
    let mut pairs: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    let mut sink = Known;
    for term in &form.terms {
        let mut walk = Instantiate::new(materials, model, &mut sink, usize::MAX);
        each_element(&mut walk, model, term, &mut |c, components| {
            match *components {
                [] => energy.constant += c,
                [(_, a)] => {
                    energy.fields.resize(n * sites, 0.0);
                    energy.fields[a] -= c;
                }
                [(_, a), (_, b)] if a / n == b / n => {
                    energy.anisotropy.resize(n * n * sites, 0.0);
                    let (i, p, q) = (a / n, a % n, b % n);
                    energy.anisotropy[(i * n + p) * n + q] -= 0.5 * c;
                    energy.anisotropy[(i * n + q) * n + p] -= 0.5 * c;
                }
                [(_, a), (_, b)] => {
                    let (a, b) = if a < b { (a, b) } else { (b, a) };
                    if pairs.len() >= MOST_BONDS {
                        return Err(format!("it has more than {MOST_BONDS} pairs"));
                    }
                    let matrix = pairs.entry(((a / n) as u32, (b / n) as u32)).or_insert_with(|| vec![0.0; n * n]);
                    matrix[(a % n) * n + b % n] -= c;
                }
                _ => return Err("it has a term of more than two components".into()),
            }
            Ok(())
        })?;
    }
    unit_length(&mut energy);
    let isotropic = |m: &[f64]| (0..n * n).all(|k| if k / n == k % n { m[k] == m[0] } else { m[k] == 0.0 });
    pairs.retain(|_, m| m.iter().any(|x| *x != 0.0));
    if pairs.values().any(|m| !isotropic(m)) {
        energy.matrices = pairs.values().flatten().copied().collect();
    }
    energy.bonds = pairs.iter().map(|(&(i, j), m)| (i, j, m[0])).collect();
    Ok(energy)
}

/// S · S = 1: a multiple of the unit matrix in the anisotropy is a constant.
fn unit_length(energy: &mut VectorEnergy) {
    let n = energy.n;
    for d in energy.anisotropy.chunks_exact_mut(n * n) {
        let common = d[0];
        (0..n).for_each(|k| d[k * n + k] -= common);
        energy.constant -= common;
    }
    if energy.anisotropy.iter().all(|x| *x == 0.0) {
        energy.anisotropy.clear();
    }
    if energy.fields.iter().all(|x| *x == 0.0) {
        energy.fields.clear();
    }
}
