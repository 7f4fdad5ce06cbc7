//! What is measured of a machine: likelihoods, annealed estimates of ln Z, errors of reconstruction, distances between laws.

use super::{Machine, Path, Rows};
use crate::random::Key;

/// An estimate of ln Z by annealed importance sampling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogZ {
    pub value: f64,
    /// One standard error, by the jackknife over chains.
    pub error: f64,
    /// (Σ w)² / Σ w².
    pub effective: f64,
}

/// ln of the mean of weights given by their logarithms, its standard error by the jackknife over them, and their effective
/// number.
pub fn log_mean(weights: &[f64]) -> LogZ {
    let n = weights.len() as f64;
    let top = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let w: Vec<f64> = weights.iter().map(|w| libm::exp(w - top)).collect();
    let (sum, squares) = w.iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
    let value = top + libm::log(sum / n);
    if w.len() < 2 {
        return LogZ { value, error: f64::INFINITY, effective: n };
    }
    // Where one weight is nearly all, the rest is summed apart and by its own scale, so that nothing cancels or vanishes.
    let without = |k: usize| {
        let rest = sum - w[k];
        if rest > 1e-3 * sum {
            return libm::log(rest);
        }
        let others = || weights.iter().enumerate().filter(|(l, _)| *l != k).map(|(_, w)| *w);
        let own = others().fold(f64::NEG_INFINITY, f64::max);
        own - top + libm::log(others().map(|w| libm::exp(w - own)).sum())
    };
    let logs: Vec<f64> = (0..w.len()).map(|k| without(k) - libm::log(n - 1.0)).collect();
    let mean = logs.iter().sum::<f64>() / n;
    let spread: f64 = logs.iter().map(|l| (l - mean) * (l - mean)).sum();
    LogZ { value, error: libm::sqrt((n - 1.0) / n * spread), effective: sum * sum / squares }
}

/// ln Z from `chains` chains that go from the product law to the machine, at `temperatures` values of β evenly spaced.
pub fn annealed<M: Machine>(
    machine: &M,
    chains: usize,
    temperatures: usize,
    base: Option<Rows>,
    key: Key,
) -> Result<LogZ, String> {
    let betas = even(temperatures);
    let found = machine.anneal(chains, &Path { betas: &betas, base, key })?;
    let LogZ { value, error, effective } = log_mean(&found.weights);
    Ok(LogZ { value: found.base + value, error, effective })
}

/// The same from states of the machine back to the product law: too high on average where the forward estimate is too low (Burda,
/// Grosse, Salakhutdinov, AISTATS 2015), as far as the states are of the machine's law.
pub fn annealed_back<M: Machine>(
    machine: &M,
    from: &Rows,
    temperatures: usize,
    base: Option<Rows>,
    key: Key,
) -> Result<LogZ, String> {
    let betas = even(temperatures);
    let found = machine.anneal_back(from, &Path { betas: &betas, base, key })?;
    let LogZ { value, error, effective } = log_mean(&found.weights);
    Ok(LogZ { value: found.base - value, error, effective })
}

/// `temperatures` steps from β = 0 to 1.
fn even(temperatures: usize) -> Vec<f64> {
    let n = temperatures.max(1);
    (0..=n).map(|k| k as f64 / n as f64).collect()
}

/// Mean and standard error (over rows) of the free energies.
pub fn free_energy<M: Machine>(machine: &M, rows: &Rows) -> Result<(f64, f64), String> {
    let mut f = vec![0.0; rows.count];
    machine.free_energies(rows, 1.0, &mut f)?;
    let n = f.len() as f64;
    let mean = f.iter().sum::<f64>() / n;
    let spread: f64 = f.iter().map(|f| (f - mean) * (f - mean)).sum();
    Ok((mean, libm::sqrt(spread / (n * (n - 1.0).max(1.0)))))
}

/// The mean of ln p(v) over rows.
pub fn log_likelihood<M: Machine>(machine: &M, rows: &Rows, log_z: f64) -> Result<f64, String> {
    Ok(-free_energy(machine, rows)?.0 - log_z)
}

/// The mean square of the difference between visible columns and their reconstruction.
pub fn reconstruction_error<M: Machine>(machine: &M, rows: &Rows) -> Result<f64, String> {
    let (v, h) = machine.widths();
    let mut back = vec![0.0; rows.count * v];
    machine.reconstruct(rows, &mut back)?;
    let mut columns = vec![0.0; rows.count * (v + h)];
    machine.expand(rows, &mut columns);
    let lines = columns.chunks_exact(v + h).zip(back.chunks_exact(v));
    let sum: f64 = lines.map(|(x, y)| x.iter().zip(y).map(|(x, y)| (x - f64::from(*y)).powi(2)).sum::<f64>()).sum();
    Ok(sum / (rows.count * v) as f64)
}

/// The most visible states whose probabilities are listed.
const MOST: u64 = 1 << 22;

/// How many visible states there are to be listed; `Err` where they are too many.
pub fn visible_count<M: Machine>(machine: &M) -> Result<u64, String> {
    let mut count = 1u64;
    for i in 0..machine.visible() {
        let q = machine.values(i).ok_or("a real unit has no list of values")? as u64;
        count = count.checked_mul(q).filter(|c| *c <= MOST).ok_or("there are too many visible states to be listed")?;
    }
    Ok(count)
}

/// All visible states, the first unit turning fastest, row after row.
pub fn visible_states<M: Machine>(machine: &M) -> Result<(usize, Vec<f32>), String> {
    let n = machine.visible();
    let count = visible_count(machine)?;
    let mut states = Vec::with_capacity(count as usize * n);
    for k in 0..count {
        let mut rest = k;
        for i in 0..n {
            let q = machine.values(i).unwrap_or(1) as u64;
            states.push((rest % q) as f32);
            rest /= q;
        }
    }
    Ok((count as usize, states))
}

/// ln p of every visible state, in the order of [`visible_states`].
pub fn log_probabilities<M: Machine>(machine: &M) -> Result<Vec<f64>, String> {
    let (count, states) = visible_states(machine)?;
    let mut logs = vec![0.0; count];
    machine.free_energies(&Rows::visible(count, &states), 1.0, &mut logs)?;
    let top = logs.iter().fold(f64::NEG_INFINITY, |t, f| t.max(-f));
    let sum: f64 = logs.iter().map(|f| libm::exp(-f - top)).sum();
    let log_z = top + libm::log(sum);
    logs.iter_mut().for_each(|f| *f = -*f - log_z);
    Ok(logs)
}

/// Σ p ln(p / p_machine) for a law p of the visible states, in the order of [`visible_states`].
pub fn kl_divergence<M: Machine>(machine: &M, target: &[f64]) -> Result<f64, String> {
    let logs = log_probabilities(machine)?;
    if target.len() != logs.len() {
        return Err(format!("{} probabilities for {} states", target.len(), logs.len()));
    }
    let sum: f64 = target.iter().sum();
    if target.iter().any(|p| *p < 0.0 || !p.is_finite()) || (sum - 1.0).abs() > 1e-6 {
        return Err("the target is no law: its probabilities are negative or do not add up to 1".into());
    }
    Ok(target.iter().zip(&logs).filter(|(p, _)| **p > 0.0).map(|(p, l)| p * (libm::log(*p) - l)).sum())
}
