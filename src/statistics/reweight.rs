//! Averages at temperatures between those of some runs, from the energies of all samples.
//!
//! The multiple-histogram method of Ferrenberg and Swendsen (Phys. Rev. Lett. 61, 2635 (1988) for one run, 63, 1195 (1989) for
//! several) in its form without bins (M. R. Shirts and J. D. Chodera, J. Chem. Phys. 129, 124105 (2008)). Samples of equal energy
//! have equal weights, so they are counted together: exact, and fast where the energy takes few values.
//! Knows energies, inverse temperatures and numbers; not where they come from.

use std::collections::BTreeMap;

/// Runs whose energies overlap less than this (1/2 for equal runs, 0 for distant ones) are not joined.
const OVERLAP: f64 = 0.005;

/// A part of a run: how often each energy was met, and sums of the observables over those samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    samples: f64,
    /// (level, count)
    counts: Vec<(u32, f64)>,
    /// `[entry of counts][observable]`
    sums: Vec<f64>,
}

/// Runs of one model at different temperatures, cut into blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    betas: Vec<f64>,
    /// The energies that were met, ascending, relative to `origin`.
    levels: Vec<f64>,
    origin: f64,
    blocks: Vec<Vec<Block>>,
    observables: usize,
}

/// One run: its inverse temperature, the energy of every sample, the observables `[observable][sample]`, and the block of
/// every sample, from 0.
pub struct Run<'a> {
    pub beta: f64,
    pub energy: &'a [f64],
    pub observables: &'a [Vec<f64>],
    pub block: &'a [usize],
}

/// What all runs together say at an inverse temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Reweighted {
    pub averages: Vec<f64>,
    /// (Σw)² / Σw² (L. Kish, Survey Sampling, 1965): as many equally weighted samples would say as much, if samples were
    /// independent.
    pub effective: f64,
    /// βF = -ln Z, up to a constant that is common to all temperatures of one solution.
    pub free_energy: f64,
}

/// The free energies of the runs, for all samples or for all but one block.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    counts: Vec<f64>,
    free: Vec<f64>,
    /// The run and the block that are left out.
    without: Option<(usize, usize)>,
}

impl Runs {
    /// Sorts the samples of runs by their energies. Fails for no sample, for numbers that are not finite and where lengths differ.
    pub fn new(runs: &[Run]) -> Result<Runs, String> {
        let observables = runs.first().map_or(0, |r| r.observables.len());
        let mut bits: BTreeMap<u64, u32> = BTreeMap::new();
        for run in runs {
            let n = run.energy.len();
            if n == 0 {
                return Err("a run has no samples".into());
            }
            if run.block.len() != n || run.observables.len() != observables || run.observables.iter().any(|o| o.len() != n) {
                return Err("the series of a run differ in length".into());
            }
            let finite = run.energy.iter().chain(run.observables.iter().flatten()).all(|x| x.is_finite());
            if !(finite && run.beta.is_finite()) {
                return Err("a series holds a value that is not finite".into());
            }
            run.energy.iter().for_each(|e| {
                bits.insert(ordered(*e), 0);
            });
        }
        let Some((first, _)) = bits.first_key_value() else { return Err("there is no run".into()) };
        let origin = unordered(*first);
        let levels: Vec<f64> = bits.keys().map(|b| unordered(*b) - origin).collect();
        bits.values_mut().zip(0..).for_each(|(level, k)| *level = k);
        let blocks = runs.iter().map(|run| split(run, &bits, observables)).collect();
        Ok(Runs { betas: runs.iter().map(|r| r.beta).collect(), levels, origin, blocks, observables })
    }

    /// Counts over all runs less what is left out: samples a run, and samples a level.
    fn totals(&self, without: Option<(usize, usize)>) -> (Vec<f64>, Vec<f64>) {
        let mut counts = vec![0.0; self.betas.len()];
        let mut histogram = vec![0.0; self.levels.len()];
        for (k, run) in self.blocks.iter().enumerate() {
            for (b, block) in run.iter().enumerate() {
                if without != Some((k, b)) {
                    counts[k] += block.samples;
                    block.counts.iter().for_each(|(level, n)| histogram[*level as usize] += n);
                }
            }
        }
        (counts, histogram)
    }

    /// The free energies that are consistent with all samples (Shirts and Chodera, eq. 11), by Newton's method on the
    /// convex function whose minimum they are. `from`: a solution to start from.
    pub fn solve(&self, without: Option<(usize, usize)>, from: Option<&Solution>) -> Result<Solution, String> {
        let n = self.betas.len();
        let (counts, histogram) = self.totals(without);
        let active: Vec<usize> = (0..n).filter(|&k| counts[k] > 0.0).collect();
        if active.is_empty() {
            return Err("no sample is left".into());
        }
        let mut free = match from {
            Some(s) => s.free.clone(),
            None => self.guess(),
        };
        // In the order of temperature there is always a run next to the first.
        let mut last = self.objective(&counts, &histogram, &free);
        for _ in 0..200 {
            let (gradient, mut hessian) = self.slope(&counts, &histogram, &free, &active);
            let m = active.len() - 1;
            let worst = gradient.iter().zip(&active[1..]).map(|(g, &k)| g.abs() / counts[k]).fold(0.0, f64::max);
            if worst < 1e-10 {
                return Ok(Solution { counts, free, without });
            }
            for i in 0..m {
                hessian[i * m + i] *= 1.0 + 1e-12;
            }
            let step = cholesky(&mut hessian, &gradient, m).ok_or("the energies of some runs do not overlap")?;
            let mut length = 1.0;
            loop {
                let mut next = free.clone();
                step.iter().zip(&active[1..]).for_each(|(s, &k)| next[k] -= length * s);
                let value = self.objective(&counts, &histogram, &next);
                if value <= last + 1e-12 * last.abs() {
                    free = next;
                    last = value;
                    break;
                }
                length *= 0.5;
                if length < 1e-9 {
                    // Rounding: as good as it gets.
                    return if worst < 1e-6 {
                        Ok(Solution { counts, free, without })
                    } else {
                        Err("the free energies did not converge".into())
                    };
                }
            }
        }
        Err("the free energies did not converge".into())
    }

    /// d(βF)/dβ = ⟨E⟩, by the trapezoidal rule between the runs.
    fn guess(&self) -> Vec<f64> {
        let mean = |run: &Vec<Block>| {
            let (mut n, mut e) = (0.0, 0.0);
            for block in run {
                n += block.samples;
                e += block.counts.iter().map(|(level, c)| self.levels[*level as usize] * c).sum::<f64>();
            }
            e / n
        };
        let means: Vec<f64> = self.blocks.iter().map(mean).collect();
        let mut order: Vec<usize> = (0..self.betas.len()).collect();
        order.sort_by(|&a, &b| self.betas[a].total_cmp(&self.betas[b]));
        let mut free = vec![0.0; order.len()];
        for pair in order.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            free[b] = free[a] + 0.5 * (means[a] + means[b]) * (self.betas[b] - self.betas[a]);
        }
        let first = free[0];
        free.iter_mut().for_each(|f| *f -= first);
        free
    }

    /// ln Σ_k N_k exp(f_k - β_k E).
    fn log_mixture(&self, counts: &[f64], free: &[f64], energy: f64, terms: &mut [f64]) -> f64 {
        let mut most = f64::NEG_INFINITY;
        for (k, t) in terms.iter_mut().enumerate() {
            *t = if counts[k] > 0.0 { free[k] - self.betas[k] * energy } else { f64::NEG_INFINITY };
            most = most.max(*t);
        }
        let mut total = 0.0;
        for (t, n) in terms.iter_mut().zip(counts) {
            *t = n * libm::exp(*t - most);
            total += *t;
        }
        terms.iter_mut().for_each(|t| *t /= total);
        most + libm::log(total)
    }

    fn objective(&self, counts: &[f64], histogram: &[f64], free: &[f64]) -> f64 {
        let mut terms = vec![0.0; self.betas.len()];
        let logs: f64 = (self.levels.iter().zip(histogram).filter(|(_, h)| **h > 0.0))
            .map(|(e, h)| h * self.log_mixture(counts, free, *e, &mut terms))
            .sum();
        logs - counts.iter().zip(free).map(|(n, f)| n * f).sum::<f64>()
    }

    /// The derivatives of the objective by the free energies of all active runs but the first.
    fn slope(&self, counts: &[f64], histogram: &[f64], free: &[f64], active: &[usize]) -> (Vec<f64>, Vec<f64>) {
        let m = active.len() - 1;
        let mut gradient: Vec<f64> = active[1..].iter().map(|&k| -counts[k]).collect();
        let mut hessian = vec![0.0; m * m];
        let mut p = vec![0.0; self.betas.len()];
        for (e, h) in self.levels.iter().zip(histogram).filter(|(_, h)| **h > 0.0) {
            self.log_mixture(counts, free, *e, &mut p);
            for i in 0..m {
                let pi = h * p[active[i + 1]];
                if pi == 0.0 {
                    continue;
                }
                gradient[i] += pi;
                hessian[i * m + i] += pi;
                for j in 0..=i {
                    hessian[i * m + j] -= pi * p[active[j + 1]];
                }
            }
        }
        (gradient, hessian)
    }

    /// Averages at an inverse temperature.
    pub fn at(&self, solution: &Solution, betas: &[f64]) -> Vec<Reweighted> {
        let (_, histogram) = self.totals(solution.without);
        let mut sums = vec![0.0; self.levels.len() * self.observables];
        for (k, run) in self.blocks.iter().enumerate() {
            for (b, block) in run.iter().enumerate() {
                if solution.without != Some((k, b)) {
                    for (i, (level, _)) in block.counts.iter().enumerate() {
                        for o in 0..self.observables {
                            sums[*level as usize * self.observables + o] += block.sums[i * self.observables + o];
                        }
                    }
                }
            }
        }
        let mut terms = vec![0.0; self.betas.len()];
        let logs: Vec<f64> =
            self.levels.iter().map(|e| self.log_mixture(&solution.counts, &solution.free, *e, &mut terms)).collect();
        betas
            .iter()
            .map(|beta| {
                let log_weight = |l: usize| -beta * self.levels[l] - logs[l];
                let met = || (0..self.levels.len()).filter(|&l| histogram[l] > 0.0);
                let most = met().map(log_weight).fold(f64::NEG_INFINITY, f64::max);
                let (mut w1, mut w2) = (0.0, 0.0);
                let mut averages = vec![0.0; self.observables];
                for l in met() {
                    let w = libm::exp(log_weight(l) - most);
                    w1 += histogram[l] * w;
                    w2 += histogram[l] * w * w;
                    for (o, a) in averages.iter_mut().enumerate() {
                        *a += w * sums[l * self.observables + o];
                    }
                }
                averages.iter_mut().for_each(|a| *a /= w1);
                // The levels are relative to an origin, whose part of the energy is put back.
                let free_energy = -(libm::log(w1) + most) + beta * self.origin;
                Reweighted { averages, effective: w1 * w1 / w2, free_energy }
            })
            .collect()
    }
}

/// Cuts a run into its blocks.
fn split(run: &Run, levels: &BTreeMap<u64, u32>, observables: usize) -> Vec<Block> {
    let count = run.block.iter().max().map_or(0, |b| b + 1);
    let mut order: Vec<(usize, u32, usize)> =
        (0..run.energy.len()).map(|i| (run.block[i], levels[&ordered(run.energy[i])], i)).collect();
    order.sort_unstable();
    let mut blocks = vec![Block::default(); count];
    for (b, level, i) in order {
        let block = &mut blocks[b];
        block.samples += 1.0;
        match block.counts.last_mut() {
            Some((same, n)) if *same == level => *n += 1.0,
            _ => {
                block.counts.push((level, 1.0));
                block.sums.resize(block.counts.len() * observables, 0.0);
            }
        }
        let first = (block.counts.len() - 1) * observables;
        for o in 0..observables {
            block.sums[first + o] += run.observables[o][i];
        }
    }
    blocks
}

/// The runs that overlap, one after the other in temperature, with the one nearest to `beta`, by their places in the list; and
/// the overlap of its ends with what is left out, for a message. The overlap of two runs is that of the two-state mixture:
/// Σ p_1 p_2 / N_1 + Σ p_1 p_2 / N_2 over all samples, halved (P. V. Klimovich et al., J. Comput.-Aided Mol. Des. 29, 397 (2015), eq. 7).
pub fn connected(runs: &[Run], beta: f64) -> Result<Vec<usize>, String> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by(|&a, &b| runs[a].beta.total_cmp(&runs[b].beta));
    let nearest = (0..order.len())
        .min_by(|&a, &b| (runs[order[a]].beta - beta).abs().total_cmp(&(runs[order[b]].beta - beta).abs()))
        .ok_or("there is no run")?;
    let joined = |a: usize, b: usize| -> Result<bool, String> {
        let plain = |r: &Run| -> Vec<usize> { vec![0; r.energy.len()] };
        let (x, y) = (&runs[order[a]], &runs[order[b]]);
        let (bx, by) = (plain(x), plain(y));
        let pair = Runs::new(&[
            Run { beta: x.beta, energy: x.energy, observables: &[], block: &bx },
            Run { beta: y.beta, energy: y.energy, observables: &[], block: &by },
        ])?;
        let Ok(solution) = pair.solve(None, None) else { return Ok(false) };
        let (counts, histogram) = pair.totals(None);
        let mut p = [0.0; 2];
        let mut shared = 0.0;
        for (e, h) in pair.levels.iter().zip(&histogram) {
            pair.log_mixture(&counts, &solution.free, *e, &mut p);
            shared += h * p[0] * p[1];
        }
        Ok(0.5 * shared * (1.0 / counts[0] + 1.0 / counts[1]) >= OVERLAP)
    };
    let (mut first, mut last) = (nearest, nearest);
    while first > 0 && joined(first - 1, first)? {
        first -= 1;
    }
    while last + 1 < order.len() && joined(last, last + 1)? {
        last += 1;
    }
    let mut out = order[first..=last].to_vec();
    out.sort_unstable();
    Ok(out)
}

/// Bits that sort as the numbers do.
fn ordered(x: f64) -> u64 {
    // -0 and 0 are one energy.
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn unordered(bits: u64) -> f64 {
    f64::from_bits(if bits >> 63 == 1 { bits & !(1 << 63) } else { !bits })
}

/// Solves A x = b for a positive definite A (row-major, lower triangle read and overwritten). None if A is not.
fn cholesky(a: &mut [f64], b: &[f64], m: usize) -> Option<Vec<f64>> {
    for i in 0..m {
        for j in 0..=i {
            let s = a[i * m + j] - (0..j).map(|k| a[i * m + k] * a[j * m + k]).sum::<f64>();
            if i == j {
                if s.is_nan() || s <= 0.0 {
                    return None;
                }
                a[i * m + i] = s.sqrt();
            } else {
                a[i * m + j] = s / a[j * m + j];
            }
        }
    }
    let mut x = b.to_vec();
    for i in 0..m {
        x[i] = (x[i] - (0..i).map(|k| a[i * m + k] * x[k]).sum::<f64>()) / a[i * m + i];
    }
    for i in (0..m).rev() {
        x[i] = (x[i] - (i + 1..m).map(|k| a[k * m + i] * x[k]).sum::<f64>()) / a[i * m + i];
    }
    Some(x)
}

#[cfg(test)]
#[path = "reweight_tests.rs"]
mod tests;
