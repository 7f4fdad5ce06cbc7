//! Enumeration of all states of any energy over finite sets.
//!
//! States follow each other in reflected mixed-radix Gray code (Knuth, The Art of Computer Programming 4A, 7.2.1.1, algorithm H), one change
//! of one variable apart. Chunks are fixed and merged in order, as in [`enumerate`](super::enumerate).

use super::stream::{Averages, Sums, check_betas};
use rayon::prelude::*;

/// The most states that are enumerated.
pub const MOST_STATES: u64 = 1 << 30;

/// An energy over variables with finitely many values.
pub trait FiniteEnergy: Sync {
    /// The number of values of each variable.
    fn sizes(&self) -> &[u8];

    /// The energy of a state of positions; +∞ forbids it.
    fn energy(&self, state: &[u8]) -> f64;

    /// The change of the energy when one variable is set to another position, where that is cheaper than the whole.
    fn change(&self, state: &[u8], site: usize, to: u8) -> Option<f64> {
        let _ = (state, site, to);
        None
    }
}

/// Sizes and a function.
impl<F: Fn(&[u8]) -> f64 + Sync> FiniteEnergy for (Vec<u8>, F) {
    fn sizes(&self) -> &[u8] {
        &self.0
    }

    fn energy(&self, state: &[u8]) -> f64 {
        (self.1)(state)
    }
}

const CHUNKS: u64 = 32;
/// The energy is computed afresh at the start of a block, so that rounding does not pile up.
const BLOCK: u64 = 4096;

/// Exact averages over all states at each of `betas`, in one pass. `observables` gets a state and its energy and writes `count`
/// values. Err for more than [`MOST_STATES`] states, a variable without values, or a β that is not finite.
pub fn enumerate_finite<E, F>(energy: &E, betas: &[f64], count: usize, observables: &F) -> Result<Vec<Averages>, String>
where
    E: FiniteEnergy + ?Sized,
    F: Fn(&[u8], f64, &mut [f64]) + Sync + ?Sized,
{
    check_betas(betas)?;
    let sizes = energy.sizes();
    if let Some(site) = sizes.iter().position(|&q| q == 0) {
        return Err(format!("variable {site} has no values"));
    }
    let states = sizes.iter().try_fold(1u64, |n, &q| n.checked_mul(u64::from(q)).filter(|&n| n <= MOST_STATES));
    if states.is_none() {
        return Err(format!("enumeration serves {MOST_STATES} states, the model has more"));
    }
    // The last variables, some 32 states of them, tell the chunks apart.
    let mut first_fixed = sizes.len();
    let mut chunks = 1u64;
    while first_fixed > 0 && chunks < CHUNKS {
        first_fixed -= 1;
        chunks *= u64::from(sizes[first_fixed]);
    }
    let free: Vec<usize> = (0..first_fixed).filter(|&i| sizes[i] > 1).collect();
    let new_sums = || betas.iter().map(|&beta| Sums::new(beta, count)).collect::<Vec<Sums>>();
    let parts: Vec<Vec<Sums>> = (0..chunks)
        .into_par_iter()
        .map(|chunk| {
            let mut state = vec![0u8; sizes.len()];
            let mut rest = chunk;
            for i in first_fixed..sizes.len() {
                state[i] = (rest % u64::from(sizes[i])) as u8;
                rest /= u64::from(sizes[i]);
            }
            let (mut part, mut block) = (new_sums(), new_sums());
            let mut values = vec![0.0; count];
            let mut focus: Vec<usize> = (0..=free.len()).collect();
            let mut upward = vec![true; free.len()];
            let mut e = energy.energy(&state);
            let mut visited = 0;
            loop {
                // A forbidden state has no weight at any temperature.
                if e != f64::INFINITY {
                    observables(&state, e, &mut values);
                    for sums in &mut block {
                        sums.add(e, 1.0, &values);
                    }
                }
                visited += 1;
                let digit = focus[0];
                let done = digit == free.len();
                if done || visited % BLOCK == 0 {
                    for (a, b) in part.iter_mut().zip(&mut block) {
                        a.merge(b);
                        b.clear();
                    }
                }
                if done {
                    return part;
                }
                focus[0] = 0;
                let site = free[digit];
                let to = if upward[digit] { state[site] + 1 } else { state[site] - 1 };
                let change = if visited % BLOCK == 0 || !e.is_finite() { None } else { energy.change(&state, site, to) };
                state[site] = to;
                e = match change {
                    Some(change) if change.is_finite() => e + change,
                    _ => energy.energy(&state),
                };
                if to == 0 || to + 1 == sizes[site] {
                    upward[digit] = !upward[digit];
                    focus[digit] = focus[digit + 1];
                    focus[digit + 1] = digit + 1;
                }
            }
        })
        .collect();
    let mut total = new_sums();
    for part in &parts {
        for (a, b) in total.iter_mut().zip(part) {
            a.merge(b);
        }
    }
    Ok(total.iter().map(Sums::averages).collect())
}
