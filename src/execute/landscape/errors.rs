//! Errors of looks that draw random numbers: how each independent source of chance moves their numbers, as replicates.
//!
//! A look's errors come from its own sources (its random vectors, its counts), each with a deviation δ_s of all its numbers together:
//! error² = Σ_s δ_s². All looks of a point share a fixed number of replicates, v ± Σ_s h_sk δ_s c for k = 1..K, in which the
//! signs of different sources are orthogonal: rows of a Hadamard matrix (balanced repeated replication; McCarthy, Rev. Int.
//! Stat. Inst. 37, 239 (1969)). The jackknife of these replicates gives each source's error, and no covariance between sources. Sources
//! beyond K have random signs: errors of what is derived from N of them are then as uncertain as from K bins.

use crate::kernels::random::Key;
use crate::plan::landscape::{Directions, Look, Probe, Sharpness, TraceMethod};
use crate::results::Quantity;

/// Pairs of replicates.
const PAIRS: usize = 32;

/// How many sources of chance a look may have.
pub fn sources(look: &Look) -> usize {
    match &look.what {
        Probe::Trace { method, .. } if *method != TraceMethod::Exact => 1,
        Probe::Density { probes, .. } => *probes,
        Probe::AnnealedImportance { .. } | Probe::Mixing { .. } => 1,
        Probe::MeanCurvature { .. } | Probe::Sharpness { kind: Sharpness::Average, .. } => 1,
        Probe::CriticalPoint { directions: Directions::Random { .. }, .. } => 4,
        _ => 0,
    }
}

/// The sign of a source in a pair.
fn sign(source: usize, pair: usize) -> f64 {
    let odd = if source < PAIRS {
        (source & pair).count_ones() % 2 == 1
    } else {
        Key(0x7369_676e, source as u64).derive(pair as u64).0 % 2 == 1
    };
    if odd { -1.0 } else { 1.0 }
}

/// A quantity whose numbers move by `deviations` (source by source), the sources being numbered from `first`.
pub fn moved(shape: Vec<usize>, value: Vec<f64>, deviations: &[Vec<f64>], first: usize) -> Quantity {
    let error: Vec<f64> = (0..value.len()).map(|i| deviations.iter().map(|d| d[i] * d[i]).sum::<f64>().sqrt()).collect();
    if error.iter().any(|e| !e.is_finite()) {
        return Quantity { shape, value, error, ..Quantity::default() };
    }
    // The jackknife multiplies the squares of B = 2 K deviations by (B - 1) / B.
    let scale = 1.0 / ((2 * PAIRS - 1) as f64).sqrt();
    let mut replicates = Vec::with_capacity(2 * PAIRS);
    for pair in 0..PAIRS {
        let mut step = vec![0.0; value.len()];
        for (s, d) in deviations.iter().enumerate() {
            let sign = scale * sign(first + s, pair);
            step.iter_mut().zip(d).for_each(|(x, d)| *x += sign * d);
        }
        replicates.push(value.iter().zip(&step).map(|(v, x)| v + x).collect());
        replicates.push(value.iter().zip(&step).map(|(v, x)| v - x).collect());
    }
    Quantity { shape, value, error, replicates, ..Quantity::default() }
}

/// A number that happens to have no error, where others at other points have one.
pub fn certain(value: f64) -> Vec<Quantity> {
    vec![moved(vec![], vec![value], &[], 0)]
}

/// The mean of independent samples, each an array.
pub fn mean(shape: Vec<usize>, samples: &[Vec<f64>], first: usize) -> Quantity {
    let n = samples.len() as f64;
    let size = samples.first().map_or(0, Vec::len);
    let value: Vec<f64> = (0..size).map(|i| samples.iter().map(|s| s[i]).sum::<f64>() / n).collect();
    // One sample says nothing of its error.
    let scale = if samples.len() < 2 { f64::INFINITY } else { 1.0 / (n * (n - 1.0)).sqrt() };
    let away = |x: f64, v: f64| if scale.is_finite() { scale * (x - v) } else { scale };
    let deviations: Vec<Vec<f64>> = samples.iter().map(|s| s.iter().zip(&value).map(|(x, v)| away(*x, *v)).collect()).collect();
    moved(shape, value, &deviations, first)
}

/// The shares of kinds among independent draws. Their covariance is that of the posterior under Jeffreys' prior, the Dirichlet
/// distribution of the counts + 1/2: none of many is not taken for never, and the sum has no error.
pub fn shares(counts: &[usize], first: usize) -> Quantity {
    let n: usize = counts.iter().sum();
    let k = counts.len() as f64;
    let expected: Vec<f64> = counts.iter().map(|c| (*c as f64 + 0.5) / (n as f64 + 0.5 * k)).collect();
    let size = (n as f64 + 0.5 * k + 1.0).sqrt();
    // diag(p) - p pᵀ = Σ_j p_j (e_j - p) (e_j - p)ᵀ
    let deviation = |j: usize| -> Vec<f64> {
        let root = expected[j].sqrt() / size;
        expected.iter().enumerate().map(|(i, p)| root * (f64::from(u8::from(i == j)) - p)).collect()
    };
    let deviations: Vec<Vec<f64>> = (0..counts.len()).map(deviation).collect();
    moved(vec![counts.len()], counts.iter().map(|c| *c as f64 / n as f64).collect(), &deviations, first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::binning::jackknife_error;

    /// The error of Σ_i c_i q_i over several quantities.
    fn error(parts: &[(&Quantity, &[f64])]) -> f64 {
        let of = |b: usize| parts.iter().map(|(q, c)| q.replicates[b].iter().zip(*c).map(|(x, c)| c * x).sum::<f64>()).sum();
        jackknife_error(&(0..2 * PAIRS).map(of).collect::<Vec<f64>>())
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{a} {b}");
    }

    #[test]
    fn sources_are_independent() {
        let one = |e: f64, first: usize| moved(vec![], vec![1.0], &[vec![e]], first);
        for (s, t) in [(0, 1), (3, 17), (30, 31)] {
            let (a, b) = (one(0.3, s), one(0.4, t));
            near(error(&[(&a, &[1.0])]), 0.3);
            near(error(&[(&a, &[1.0]), (&b, &[1.0])]), 0.5);
            near(error(&[(&a, &[1.0]), (&b, &[-1.0])]), 0.5);
        }
        // The same source twice cancels.
        near(error(&[(&one(0.3, 5), &[1.0]), (&one(0.3, 5), &[-1.0])]), 0.0);
    }

    /// Random signs: 200 pairs of sources, whose summed variances scatter by √(2 / 32) each: within 6 standard deviations of the mean.
    #[test]
    fn further_sources_are_independent_on_average() {
        let one = |s: usize| moved(vec![], vec![0.0], &[vec![1.0]], s);
        let all: f64 = (0..200).map(|k| error(&[(&one(40 + k), &[1.0]), (&one(1040 + k), &[-1.0])]).powi(2)).sum();
        assert!((all / 200.0 - 2.0).abs() < 6.0 * 2.0 * (2.0f64 / (32.0 * 200.0)).sqrt(), "{all}");
    }

    #[test]
    fn means_keep_what_their_samples_share() {
        let samples: Vec<Vec<f64>> = [0.1, 0.5, 0.2, 0.9].iter().map(|x| vec![*x, 1.0 - x]).collect();
        let q = mean(vec![2], &samples, 7);
        let m: f64 = 0.425;
        let e = ([0.1, 0.5, 0.2, 0.9].iter().map(|x| (x - m) * (x - m)).sum::<f64>() / 12.0).sqrt();
        near(q.value[0], m);
        near(q.error[0], e);
        near(error(&[(&q, &[1.0, 0.0])]), e);
        near(error(&[(&q, &[1.0, 1.0])]), 0.0);
        near(error(&[(&q, &[1.0, -1.0])]), 2.0 * e);
        assert!(mean(vec![1], &[vec![2.0]], 0).error[0].is_infinite());
    }

    /// The covariance matrix of the Dirichlet distribution, element by element.
    #[test]
    fn shares_have_the_covariance_of_their_counts() {
        let q = shares(&[30, 0, 60, 10], 0);
        let p: Vec<f64> = [30.5, 0.5, 60.5, 10.5].iter().map(|c| c / 102.0).collect();
        for i in 0..4 {
            near(q.error[i], (p[i] * (1.0 - p[i]) / 103.0).sqrt());
            for j in 0..i {
                let mut c = [0.0; 4];
                (c[i], c[j]) = (1.0, 1.0);
                let variance = (p[i] * (1.0 - p[i]) + p[j] * (1.0 - p[j]) - 2.0 * p[i] * p[j]) / 103.0;
                near(error(&[(&q, &c)]), variance.sqrt());
            }
        }
        near(error(&[(&q, &[1.0; 4])]), 0.0);
    }
}
