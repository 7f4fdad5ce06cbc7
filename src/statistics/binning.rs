//! Bins of time and the jackknife over them.
//!
//! All quantities of a point share one set of bins, so that replicates of different quantities are
//! joint: any function of them has its error, correlations included.

use super::sum;
use std::ops::Range;

/// Bins aimed at, and the fewest that slow data leave.
const AIM: f64 = 64.0;
const FEWEST: f64 = 16.0;
/// Bins are to be at least this many autocorrelation times long.
const LENGTH: f64 = 10.0;

/// A partition of the samples of a set of chains into bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// For each bin, the chain and the range of samples of each piece. A bin has one piece unless
    /// chains are shorter than bins; it then holds whole chains.
    pub pieces: Vec<Vec<(usize, Range<usize>)>>,
    /// Samples a chain.
    pub lengths: Vec<usize>,
    /// What the variance between bins is to be multiplied by, because neighbouring bins are
    /// correlated: at least 1, and at most 1.12 unless the run is shorter than 160 tau.
    pub inflation: f64,
}

/// Divides chains of the given lengths into bins for quantities whose slowest integrated
/// autocorrelation time is `tau` samples (NaN or less than 0.5 counts as uncorrelated).
///
/// About 64 bins (never above 128), fewer if they would be shorter than 10 tau, but no fewer than
/// 16 or thereabouts (11 where the numbers do not divide) unless there are fewer samples. Every
/// sample is in one bin: the lengths within a chain differ by one at most, instead of leaving
/// samples over. That the bins are not quite equal does not bias a delete-one-bin jackknife to
/// leading order, since a bin enters with its length as its weight.
///
/// What bins miss of the correlation across their borders is known for an exponential decay; its
/// inverse is kept as [`Bins::inflation`].
pub fn bins(lengths: &[usize], tau: f64) -> Bins {
    // No run can tell a time beyond its own length.
    let longest = lengths.iter().copied().max().unwrap_or(0) as f64;
    let tau = if tau > 0.5 { tau.min(10.0 * longest.max(1.0)) } else { 0.5 };
    let total = lengths.iter().sum::<usize>() as f64;
    let wanted = if tau > 0.5 { LENGTH * tau } else { 1.0 };
    let length = (total / AIM).max(wanted).min(total / FEWEST).max(1.0);
    let enough = length * 2.0 / 3.0;
    let mut pieces: Vec<Vec<(usize, Range<usize>)>> = Vec::new();
    let mut group: Vec<(usize, Range<usize>)> = Vec::new();
    let mut grouped = 0.0;
    let (mut whole, mut cut) = (0.0, 0.0);
    for (chain, &n) in lengths.iter().enumerate().filter(|(_, n)| **n > 0) {
        let parts = if n as f64 >= enough { ((n as f64 / length).round() as usize).clamp(1, n) } else { 1 };
        whole += n as f64 * ar1_factor(tau, n as f64);
        cut += n as f64 * ar1_factor(tau, n as f64 / parts as f64);
        if n as f64 >= enough {
            let border = |j: usize| (j as u128 * n as u128 / parts as u128) as usize;
            pieces.extend((0..parts).map(|j| vec![(chain, border(j)..border(j + 1))]));
        } else {
            group.push((chain, 0..n));
            grouped += n as f64;
            if grouped >= enough {
                pieces.push(std::mem::take(&mut group));
                grouped = 0.0;
            }
        }
    }
    if !group.is_empty() {
        match pieces.last_mut() {
            Some(last) => last.append(&mut group),
            None => pieces.push(group),
        }
    }
    let inflation = if cut > 0.0 { (whole / cut).max(1.0) } else { 1.0 };
    Bins { pieces, lengths: lengths.to_vec(), inflation }
}

/// The variance of the mean of `n` successive samples of an AR(1) series, times n, over the variance
/// of one: 2 tau less what the ends lack.
fn ar1_factor(tau: f64, n: f64) -> f64 {
    let a = (2.0 * tau - 1.0) / (2.0 * tau + 1.0);
    let ends = 2.0 * a * (1.0 - libm::pow(a, n)) / (n * (1.0 - a) * (1.0 - a));
    (2.0 * tau - ends).max(f64::MIN_POSITIVE)
}

/// The bin of each sample of `chains` chains of one length, one after the other, where only the number of bins that [`bins`] made is
/// known: each chain in equal parts where there are enough bins, else whole chains together.
pub fn bins_of(chains: usize, total: usize, bins: usize) -> Vec<usize> {
    let chains = chains.max(1);
    let length = (total / chains).max(1);
    if bins.is_multiple_of(chains) {
        let parts = bins / chains;
        let part = |i: usize| {
            // The last part whose border is not beyond i.
            let guess = (i * parts / length).min(parts - 1);
            let after = guess + 1 < parts && (guess + 1) * length / parts <= i;
            guess + usize::from(after)
        };
        (0..total).map(|g| g / length * parts + part(g % length)).collect()
    } else {
        (0..total).map(|g| (g as u128 * bins as u128 / total as u128) as usize).collect()
    }
}

impl Bins {
    /// The number of bins.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether there is no bin, for want of samples.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Samples of a bin; 0 if there is no such bin.
    pub fn samples(&self, bin: usize) -> usize {
        self.pieces.get(bin).map_or(0, |p| p.iter().map(|(_, r)| r.len()).sum())
    }
}

/// Means of several quantities, over all samples and over all but each bin.
#[derive(Clone, Debug, PartialEq)]
pub struct BinnedMeans {
    /// Mean of each quantity over all samples.
    pub total_mean: Vec<f64>,
    /// Mean of each quantity over all samples but those of a bin: `[bin][quantity]`.
    pub loo: Vec<Vec<f64>>,
    /// See [`Bins::inflation`]. The means above are plain; [`BinnedMeans::jackknife`] applies it.
    pub inflation: f64,
}

impl BinnedMeans {
    /// Means from parts that are independent: for each part the sum of its weights, and the sums of weight times value less `means`, the
    /// means over all (one a quantity). The replicate of a part without which nothing is left is not a number.
    pub fn of_parts(means: Vec<f64>, parts: &[(f64, Vec<f64>)], inflation: f64) -> BinnedMeans {
        let total: f64 = parts.iter().map(|part| part.0).sum();
        let without = |(weight, sums): &(f64, Vec<f64>)| {
            let rest = total - weight;
            let left = rest > 1e-12 * total;
            let mean = |(m, s): (&f64, &f64)| if left { m - s / rest } else { f64::NAN };
            means.iter().zip(sums).map(mean).collect()
        };
        BinnedMeans { loo: parts.iter().map(without).collect(), total_mean: means, inflation }
    }

    /// Bins series given as `[quantity][chain][time]`. Fails if a quantity's chains have not the
    /// lengths that the bins were made for.
    pub fn new(series: &[Vec<&[f64]>], bins: &Bins) -> Result<BinnedMeans, String> {
        for (q, chains) in series.iter().enumerate() {
            let lengths: Vec<usize> = chains.iter().map(|c| c.len()).collect();
            if lengths != bins.lengths {
                return Err(format!("quantity {q} has chains of {lengths:?} samples, expected {:?}", bins.lengths));
            }
        }
        let total: usize = bins.lengths.iter().sum();
        let mut total_mean = Vec::with_capacity(series.len());
        let mut loo = vec![Vec::with_capacity(series.len()); bins.len()];
        for chains in series {
            // Relative to a sample, so that equal samples have replicates without any spread.
            let origin = chains.iter().find_map(|c| c.first().copied()).unwrap_or(f64::NAN);
            let sums: Vec<f64> = (bins.pieces.iter())
                .map(|pieces| pieces.iter().map(|(c, r)| sum::sum_of(r.len(), |i| chains[*c][r.start + i] - origin)).sum())
                .collect();
            let all = sum::sum(&sums);
            total_mean.push(origin + all / total as f64);
            for (b, replicate) in loo.iter_mut().enumerate() {
                replicate.push(origin + (all - sums[b]) / (total - bins.samples(b)) as f64);
            }
        }
        Ok(BinnedMeans { total_mean, loo, inflation: bins.inflation })
    }

    /// A function of the means with its jackknife error.
    ///
    /// The value is the function of the means over all samples. No bias correction is applied: the
    /// bias is of the order of the error squared, and removing it adds noise ([`Estimate::bias`]
    /// says how large it is). The spread of the replicates about their mean is widened by the square
    /// root of the bins' inflation, for all functions of a point alike, so that correlations among
    /// them survive in what is derived from the replicates later.
    pub fn jackknife(&self, f: &mut dyn FnMut(&[f64]) -> f64) -> Estimate {
        let value = f(&self.total_mean);
        let mut replicates: Vec<f64> = self.loo.iter().map(|means| f(means)).collect();
        let widening = self.inflation.sqrt();
        let mean = sum::mean(&replicates);
        if widening > 1.0 {
            replicates.iter_mut().for_each(|r| *r = mean + widening * (*r - mean));
        }
        Estimate { value, error: jackknife_error(&replicates), replicates }
    }
}

/// sqrt((B-1)/B Σ (θ_b - mean θ)²) of B delete-one-bin replicates. NaN for fewer than two or if one
/// is not finite.
pub fn jackknife_error(replicates: &[f64]) -> f64 {
    let n = replicates.len() as f64;
    if replicates.len() < 2 {
        return f64::NAN;
    }
    ((n - 1.0) / n * sum::squared_deviations(replicates)).sqrt()
}

/// A value with its jackknife replicates.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The function of the full means, without bias correction.
    pub value: f64,
    /// Standard error; NaN for fewer than two bins or if a replicate failed.
    pub error: f64,
    /// One for each bin left out, the inflation included.
    pub replicates: Vec<f64>,
}

#[cfg(test)]
#[path = "binning_tests.rs"]
mod tests;
