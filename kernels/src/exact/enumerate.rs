//! Enumeration of all states of a pairwise Ising model.
//!
//! States follow each other in Gray code, one flip apart, so that a step costs the neighbours of one spin. The work is cut into a fixed
//! number of chunks, merged in order: the result has the same bits for any number of threads.

use super::stream::{Averages, Sums, check_betas};
use crate::sampler::PairEnergy;
use rayon::prelude::*;

/// The most spins that are enumerated.
pub const MOST_SPINS: usize = 30;

/// What an observable sees of a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnumState {
    /// The energy, constants included.
    pub energy: f64,
    /// The sum of the spins.
    pub total: i32,
    /// Bit i is set where spin i is +1.
    pub bits: u32,
}

const CHUNK_BITS: usize = 5;
/// Local fields are computed afresh at the start of a block, so that rounding does not pile up.
const BLOCK_BITS: usize = 12;
/// The most entries of a chunk's table of energy levels.
const MOST_ENTRIES: usize = 1 << 17;

/// Exact averages over all states at each of `betas`, in one pass. `observables` writes `count` values of a state.
///
/// Where all couplings and fields are multiples of a common unit, sums are kept for each energy level, and a further β costs
/// nothing; elsewhere each β costs an exponential a state. Err for more than [`MOST_SPINS`] spins, and for a model or a β that is not sound.
pub fn enumerate<F>(energy: &PairEnergy, betas: &[f64], count: usize, observables: &F) -> Result<Vec<Averages>, String>
where
    F: Fn(&EnumState, &mut [f64]) + Sync + ?Sized,
{
    check_betas(betas)?;
    let model = Model::new(energy)?;
    let new_sums = || betas.iter().map(|&beta| Sums::new(beta, count)).collect::<Vec<Sums>>();
    let chunk_bits = CHUNK_BITS.min(model.n);
    let chunks = 0..1u32 << chunk_bits;
    let mut total = new_sums();
    // Levels run from -reach to reach in units.
    let levels = 2 * model.reach as usize + 1;
    if model.unit.is_some() && levels.saturating_mul(count + 1) <= MOST_ENTRIES {
        let stride = count + 1;
        let tables: Vec<Vec<f64>> = chunks
            .into_par_iter()
            .map(|chunk| {
                let mut table = vec![0.0; levels * stride];
                let mut values = vec![0.0; count];
                model.walk(
                    chunk,
                    chunk_bits,
                    |level, state| {
                        let at = (level + model.reach) as usize * stride;
                        let entry = &mut table[at..at + stride];
                        entry[0] += 1.0;
                        if count > 0 {
                            observables(&state, &mut values);
                            for (sum, value) in entry[1..].iter_mut().zip(&values) {
                                *sum += value;
                            }
                        }
                    },
                    || {},
                );
                table
            })
            .collect();
        let mut table = vec![0.0; levels * stride];
        for other in &tables {
            for (a, b) in table.iter_mut().zip(other) {
                *a += b;
            }
        }
        for (index, entry) in table.chunks_exact(stride).enumerate().filter(|(_, entry)| entry[0] > 0.0) {
            let e = model.constant + model.scale() * (index as f64 - model.reach);
            for sums in &mut total {
                sums.add(e, entry[0], &entry[1..]);
            }
        }
    } else {
        let parts: Vec<Vec<Sums>> = chunks
            .into_par_iter()
            .map(|chunk| {
                let mut part = new_sums();
                let block = std::cell::RefCell::new(new_sums());
                let mut values = vec![0.0; count];
                model.walk(
                    chunk,
                    chunk_bits,
                    |_, state| {
                        observables(&state, &mut values);
                        for sums in block.borrow_mut().iter_mut() {
                            sums.add(state.energy, 1.0, &values);
                        }
                    },
                    || {
                        for (a, b) in part.iter_mut().zip(block.borrow_mut().iter_mut()) {
                            a.merge(b);
                            b.clear();
                        }
                    },
                );
                part
            })
            .collect();
        for part in &parts {
            for (a, b) in total.iter_mut().zip(part) {
                a.merge(b);
            }
        }
    }
    Ok(total.iter().map(Sums::averages).collect())
}

/// A model in its units, with each pair once.
struct Model {
    n: usize,
    constant: f64,
    /// The common unit of couplings and fields, if there is one.
    unit: Option<f64>,
    /// Σ |J| + Σ |h| in units.
    reach: f64,
    couplings: Vec<f64>,
    fields: Vec<f64>,
    /// For each spin its neighbours, with twice the coupling.
    neighbours: Vec<Vec<(u32, f64)>>,
}

impl Model {
    fn new(energy: &PairEnergy) -> Result<Model, String> {
        let n = energy.sites;
        if n == 0 || n > MOST_SPINS {
            return Err(format!("enumeration serves 1 to {MOST_SPINS} spins, not {n}"));
        }
        let mut couplings = vec![0.0; n * n];
        for &(i, j, coupling) in &energy.bonds {
            let (i, j) = (i as usize, j as usize);
            if i >= n || j >= n || i == j {
                return Err(format!("the bond ({i}, {j}) does not join two of the {n} spins"));
            }
            couplings[i * n + j] += coupling;
            couplings[j * n + i] += coupling;
        }
        let mut fields = energy.fields.clone();
        if !fields.is_empty() && fields.len() != n {
            return Err(format!("{} fields for {n} spins", fields.len()));
        }
        fields.resize(n, 0.0);
        if couplings.iter().chain(&fields).chain([&energy.constant]).any(|x| !x.is_finite()) {
            return Err("enumeration needs finite couplings and fields".into());
        }
        let unit = common_unit(couplings.iter().chain(&fields).map(|x| x.abs()));
        if let Some(unit) = unit {
            for x in couplings.iter_mut().chain(&mut fields) {
                *x = libm::round(*x / unit);
            }
        }
        let reach = 0.5 * couplings.iter().map(|x| x.abs()).sum::<f64>() + fields.iter().map(|x| x.abs()).sum::<f64>();
        let neighbours = (0..n)
            .map(|i| (0..n).filter(|j| couplings[i * n + j] != 0.0).map(|j| (j as u32, 2.0 * couplings[i * n + j])).collect())
            .collect();
        Ok(Model { n, constant: energy.constant, unit, reach, couplings, fields, neighbours })
    }

    fn scale(&self) -> f64 {
        self.unit.unwrap_or(1.0)
    }

    /// Visits the states of a chunk with their energy in units (without the constant); `end_of_block` after every few thousand.
    fn walk(&self, chunk: u32, chunk_bits: usize, mut visit: impl FnMut(f64, EnumState), mut end_of_block: impl FnMut()) {
        let n = self.n;
        let low = n - chunk_bits;
        let block = BLOCK_BITS.min(low);
        let scale = self.scale();
        let mut spins = [0.0; 32];
        let mut fields = [0.0; 32];
        for start in (0..1u64 << low).step_by(1 << block) {
            let mut bits = (u64::from(chunk) << low | (start ^ start >> 1)) as u32;
            for (i, spin) in spins[..n].iter_mut().enumerate() {
                *spin = f64::from(2 * (bits >> i & 1) as i32 - 1);
            }
            let mut level = 0.0;
            for i in 0..n {
                let interaction: f64 = (0..n).map(|j| self.couplings[i * n + j] * spins[j]).sum();
                fields[i] = interaction + self.fields[i];
                level -= spins[i] * (0.5 * interaction + self.fields[i]);
            }
            let mut total = 2 * bits.count_ones() as i32 - n as i32;
            visit(level, EnumState { energy: self.constant + scale * level, total, bits });
            for step in start + 1..start + (1 << block) {
                let i = step.trailing_zeros() as usize & 31;
                let spin = spins[i];
                level += 2.0 * spin * fields[i];
                spins[i] = -spin;
                bits ^= 1 << i;
                total -= 2 * spin as i32;
                for &(j, twice) in &self.neighbours[i] {
                    fields[j as usize & 31] -= twice * spin;
                }
                visit(level, EnumState { energy: self.constant + scale * level, total, bits });
            }
            end_of_block();
        }
    }
}

/// The largest number of which all of these are multiples, if there is one not below a sixteenth of the least.
fn common_unit(sizes: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let least = sizes.clone().filter(|&x| x > 0.0).fold(f64::INFINITY, f64::min);
    if !least.is_finite() {
        // No interaction at all: every unit will do.
        return Some(1.0);
    }
    (1..=16).map(|d| least / f64::from(d)).find(|unit| {
        let multiple = |x: f64| {
            let ratio = x / unit;
            ratio < 1e6 && (ratio - libm::round(ratio)).abs() <= 1e-14 * ratio
        };
        unit.is_normal() && sizes.clone().all(|x| x == 0.0 || multiple(x))
    })
}
