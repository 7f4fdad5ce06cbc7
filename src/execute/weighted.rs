//! Canonical averages from a run with other weights.
//!
//! A walk with the weights 1 / g̃(E) gives ⟨A⟩(β) = Σ_t A_t w_t / Σ_t w_t with w_t = exp(ln g̃(E_t) - β E_t), and
//! Z(β) / Z(0) = Σ_t w_t(β) / Σ_t w_t(0), whatever g̃ is (A. M. Ferrenberg and R. H. Swendsen, Phys. Rev. Lett. 61, 2635 (1988);
//! B. A. Berg and T. Neuhaus, Phys. Rev. Lett. 68, 9 (1992)). Errors are those of the means of the linearised series
//! A̅ + w_t (A_t - A̅) / w̅, whose autocorrelation is that which counts; replicates leave out bins of time.

use crate::statistics::{BinnedMeans, Summary, bins, sum, summarise};

/// What a run says at one temperature.
pub struct Reweighted {
    pub means: BinnedMeans,
    /// Of each series, linearised; with effective sample sizes that count the weights.
    pub summaries: Vec<Summary>,
    /// ln Z(β) - ln Z(0), and the same without each bin.
    pub ln_z: Summary,
    pub ln_z_without: Vec<f64>,
    /// (Σ w)² / Σ w².
    pub effective: f64,
}

/// Averages at an inverse temperature: `series[series][chain][sample]`, and energies and ln g̃ as `[chain][sample]`. A sample with an
/// infinite ln g̃ has no weight. Errors: a run without samples.
pub fn reweight(series: &[Vec<Vec<f64>>], energies: &[Vec<f64>], ln_g: &[Vec<f64>], beta: f64) -> Result<Reweighted, String> {
    let (w, most) = weights(energies, ln_g, beta);
    let (w0, most0) = weights(energies, ln_g, 0.0);
    let n = w.iter().map(Vec::len).sum::<usize>() as f64;
    let (total, total0) = (all(&w), all(&w0));
    if !(total > 0.0 && total0 > 0.0) {
        return Err("the walk was on no level with a weight".into());
    }
    let effective = total * total / sum::sum_of_squares(&w);
    let mut means = Vec::with_capacity(series.len());
    let mut deviations: Vec<Vec<Vec<f64>>> = Vec::with_capacity(series.len());
    let mut summaries = Vec::with_capacity(series.len());
    for chains in series {
        // Relative to a sample, so that equal samples have no spread.
        let origin = chains.iter().find_map(|c| c.first().copied()).unwrap_or(f64::NAN);
        let shifted = map(chains, &w, |x, w| if w > 0.0 { w * (x - origin) } else { 0.0 });
        let mean = origin + all(&shifted) / total;
        let own = map(chains, &w, |x, w| if w > 0.0 { w * (x - mean) } else { 0.0 });
        let linear: Vec<Vec<f64>> = own.iter().map(|c| c.iter().map(|d| mean + d * n / total).collect()).collect();
        let mut summary = summarise(&slices(&linear));
        summary.mean = mean;
        summary.ess *= effective / n;
        summaries.push(summary);
        means.push(mean);
        deviations.push(own);
    }
    let linear = map(&w, &w0, |w, w0| n * (w / total - w0 / total0));
    let mut ln_z = summarise(&slices(&linear));
    ln_z.mean = libm::log(total / total0) + most - most0;
    let slowest = summaries.iter().chain([&ln_z]).map(|s| s.tau).filter(|t| t.is_finite()).fold(0.5, f64::max);
    let lengths: Vec<usize> = w.iter().map(Vec::len).collect();
    let bins = bins(&lengths, slowest);
    let of_bin =
        |values: &[Vec<f64>], bin: usize| -> f64 { bins.pieces[bin].iter().map(|(c, r)| sum::sum(&values[*c][r.clone()])).sum() };
    let parts: Vec<(f64, Vec<f64>)> =
        (0..bins.len()).map(|b| (of_bin(&w, b), deviations.iter().map(|d| of_bin(d, b)).collect())).collect();
    let without = |b: usize| libm::log((total - parts[b].0).max(0.0) / (total0 - of_bin(&w0, b)).max(0.0)) + most - most0;
    let ln_z_without = (0..bins.len()).map(without).collect();
    Ok(Reweighted { means: BinnedMeans::of_parts(means, &parts, bins.inflation), summaries, ln_z, ln_z_without, effective })
}

/// exp(ln g̃ - β E), the greatest of them 1, and the logarithm of what they were divided by.
fn weights(energies: &[Vec<f64>], ln_g: &[Vec<f64>], beta: f64) -> (Vec<Vec<f64>>, f64) {
    let exponents =
        map(ln_g, energies, |s, e| if s.is_finite() { s - if beta == 0.0 { 0.0 } else { beta * e } } else { f64::NEG_INFINITY });
    let most = exponents.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    (exponents.iter().map(|c| c.iter().map(|x| libm::exp(x - most)).collect()).collect(), most)
}

fn map(a: &[Vec<f64>], b: &[Vec<f64>], f: impl Fn(f64, f64) -> f64) -> Vec<Vec<f64>> {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(x, y)| f(*x, *y)).collect()).collect()
}

fn slices(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    chains.iter().map(Vec::as_slice).collect()
}

fn all(chains: &[Vec<f64>]) -> f64 {
    chains.iter().map(|c| sum::sum(c)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::{Key, Stream};

    /// Uniform samples of the levels 0, 1, 2 with g = 1, 4, 2, taken as from a flat walk with the right and with a wrong g̃.
    #[test]
    fn any_weights_give_the_canonical_averages() {
        let (g, beta) = ([1.0f64, 4.0, 2.0], 0.7);
        let z: f64 = (0..3).map(|e| g[e] * libm::exp(-beta * e as f64)).sum();
        let mean = (0..3).map(|e| e as f64 * g[e] * libm::exp(-beta * e as f64)).sum::<f64>() / z;
        for wrong in [[0.0, 0.0, 0.0], [1.0, -0.5, 0.3]] {
            // The walk visits a level in proportion to g / g̃.
            let share: Vec<f64> = wrong.iter().map(|x| libm::exp(-x)).collect();
            let total: f64 = share.iter().sum();
            let mut stream = Stream::new(Key(5, 9));
            let energies: Vec<Vec<f64>> = (0..2)
                .map(|_| {
                    (0..20_000)
                        .map(|_| {
                            let u = stream.uniform() * total;
                            if u < share[0] {
                                0.0
                            } else if u < share[0] + share[1] {
                                1.0
                            } else {
                                2.0
                            }
                        })
                        .collect()
                })
                .collect();
            let level = |e: &f64| libm::log(g[*e as usize]) + wrong[*e as usize];
            let ln_g: Vec<Vec<f64>> = energies.iter().map(|c| c.iter().map(level).collect()).collect();
            let r = reweight(std::slice::from_ref(&energies), &energies, &ln_g, beta).unwrap();
            let s = r.summaries[0];
            // 5 standard errors: 6e-7 each.
            assert!((s.mean - mean).abs() < 5.0 * s.error && s.error < 0.02, "{s:?}, exact {mean}");
            let truth = libm::log(z / 7.0);
            assert!((r.ln_z.mean - truth).abs() < 5.0 * r.ln_z.error && r.ln_z.error < 0.02, "{:?}, exact {truth}", r.ln_z);
            let jackknife = r.means.jackknife(&mut |m| m[0]);
            // 64 bins tell an error to 9 %.
            assert!((jackknife.error / s.error - 1.0).abs() < 0.5);
            let widened = crate::statistics::binning::jackknife_error(&r.ln_z_without);
            assert!((widened / r.ln_z.error - 1.0).abs() < 0.5);
            assert!(r.effective > 10_000.0 && s.ess < 40_000.0);
        }
    }

    #[test]
    fn samples_without_weight_count_nothing() {
        let energies = vec![vec![1.0, 5.0, 1.0, 1.0, 5.0, 1.0]];
        let ln_g = vec![vec![0.0, f64::INFINITY, 0.0, 0.0, f64::INFINITY, 0.0]];
        let r = reweight(std::slice::from_ref(&energies), &energies, &ln_g, 1.0).unwrap();
        assert_eq!((r.means.total_mean[0], r.effective), (1.0, 4.0));
        assert!(reweight(std::slice::from_ref(&energies), &energies, &[vec![f64::INFINITY; 6]], 1.0).is_err());
    }
}
