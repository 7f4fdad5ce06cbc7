//! The summary of one sampled quantity: mean, standard error, autocorrelation time, effective
//! sample size and agreement of the chains.

use super::autocorrelation::{common_mean, integrated_time};
use super::sum;

/// A run shorter than this many autocorrelation times is called short.
pub const SHORT: f64 = 50.0;

/// What a set of chains says about the mean of a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean over the samples of all chains. NaN without samples.
    pub mean: f64,
    /// Standard error of the mean, sqrt(variance / ess). 0 if all samples are equal, NaN for fewer
    /// than two samples.
    pub error: f64,
    /// Integrated autocorrelation time in samples; see [`super::Tau`].
    pub tau: f64,
    /// Effective sample size, n / (2 tau). Above n if neighbours are anticorrelated.
    pub ess: f64,
    /// Split R-hat; see [`rhat`].
    pub rhat: f64,
    /// Samples of all chains together.
    pub n: usize,
    /// The run is shorter than 50 tau (or tau cannot be told), so that errors may be too small.
    pub short: bool,
}

/// Summarises chains of one quantity. The variance is corrected for the estimated mean with the
/// effective, not the nominal, number of samples, so the error stays honest down to a few
/// autocorrelation times.
pub fn summarise(chains: &[&[f64]]) -> Summary {
    let n = chains.iter().map(|c| c.len()).sum::<usize>();
    let tau = integrated_time(chains);
    let mean = if tau.constant {
        // Free of the rounding of a sum.
        chains.iter().find_map(|c| c.first().copied()).unwrap_or(f64::NAN)
    } else {
        common_mean(chains)
    };
    let ess = n as f64 / (2.0 * tau.tau);
    let error = (tau.variance / ess).sqrt();
    let short = tau.tau.is_nan() || !tau.resolved || (n as f64) < SHORT * tau.tau;
    Summary { mean, error, tau: tau.tau, ess, rhat: rhat(chains), n, short }
}

/// Split R-hat (Gelman et al., Bayesian Data Analysis, 3rd ed., section 11.4): each chain is cut in
/// halves, and sqrt(((n-1)/n W + B/n) / W) compares the variance between the halves with that within.
///
/// About 1 for chains that agree, whatever their number: with one chain its halves are compared.
/// Chains of unequal length are cut to the shortest that is not empty, from their ends; the middle
/// sample of an odd length is left out. 1 if all samples are equal, infinite if halves are frozen at
/// different values, NaN if a half would have fewer than two samples or a sample is not finite.
pub fn rhat(chains: &[&[f64]]) -> f64 {
    let length = chains.iter().map(|c| c.len()).filter(|&n| n > 0).min().unwrap_or(0);
    let half = length / 2;
    if half < 2 {
        return f64::NAN;
    }
    let halves: Vec<&[f64]> = (chains.iter().filter(|c| !c.is_empty()))
        .map(|c| &c[c.len() - length..])
        .flat_map(|c| [&c[..half], &c[length - half..]])
        .collect();
    let origin = halves[0][0];
    let n = half as f64;
    let means: Vec<f64> = halves.iter().map(|h| sum::sum_of(half, |i| h[i] - origin) / n).collect();
    let variances: Vec<f64> = halves.iter().map(|h| sum::squared_deviations(h) / (n - 1.0)).collect();
    let within = sum::mean(&variances);
    let between = sum::squared_deviations(&means) / (means.len() - 1) as f64;
    if within == 0.0 {
        return if between == 0.0 { 1.0 } else { f64::INFINITY };
    }
    ((n - 1.0) / n + between / within).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::test_series::{ar1, moments, slices, stream};
    use super::*;

    /// Over 200 seeds the mean square of (mean - exact) / error has a standard deviation of 0.1 for
    /// Gaussian deviations; the limits 0.8-1.25 are the requirement. The seeds are fixed; for fresh
    /// ones a case would fail with a probability of about 2 %.
    #[test]
    fn errors_are_honest() {
        for (i, a) in [0.0, 0.5, 0.9].into_iter().enumerate() {
            for (chains, n) in [(1, 8000), (4, 2000), (1, 4000), (4, 5000)] {
                let z: Vec<f64> = (0..200)
                    .map(|seed| {
                        let mut s = stream(10 + i as u64, seed * 8 + chains as u64 + n as u64 * 4096);
                        let data: Vec<Vec<f64>> =
                            (0..chains).map(|_| ar1(&mut s, a, n).iter().map(|x| 2.5 + 3.0 * x).collect()).collect();
                        let s = summarise(&slices(&data));
                        (s.mean - 2.5) / s.error
                    })
                    .collect();
                let (mean, square) = moments(&z);
                println!("a {a}, {chains} chains of {n}: {mean:.3} {square:.3}");
                assert!((0.8..1.25).contains(&square), "a {a}, {chains} chains of {n}: {square}");
                assert!(mean.abs() < 0.36, "{mean}"); // 5 standard errors
            }
        }
    }

    /// Runs of 25 to 100 autocorrelation times: flagged below 50, and errors never far too small
    /// (mean square below 2; measured values are printed).
    #[test]
    fn short_runs_are_flagged_and_not_far_off() {
        for (n, limit) in [(250, 2.0), (1000, 1.5)] {
            let mut flagged = 0;
            let z: Vec<f64> = (0..400)
                .map(|seed| {
                    let s = summarise(&[&ar1(&mut stream(14, seed + n as u64 * 4096), 0.9, n)]);
                    flagged += u32::from(s.short);
                    s.mean / s.error
                })
                .collect();
            let (_, square) = moments(&z);
            println!("n {n}: {square:.3}, flagged {flagged}");
            assert!(square > 0.7 && square < limit, "{square}");
            assert!(if n == 250 { flagged > 300 } else { flagged < 100 }, "{flagged}");
        }
    }

    /// Good chains: R-hat - 1 is about tau / n with n samples a half, here below 0.01; 0.05 is
    /// more than ten of its standard deviations away.
    #[test]
    fn rhat_tells_good_chains_from_bad_ones() {
        for seed in 0..50 {
            let mut s = stream(15, seed);
            let good: Vec<Vec<f64>> = (0..4).map(|_| ar1(&mut s, 0.8, 4000)).collect();
            assert!(rhat(&slices(&good)) < 1.05);
            assert!(rhat(&slices(&good[..1])) < 1.05);
            let shifted: Vec<Vec<f64>> =
                good.iter().enumerate().map(|(k, c)| c.iter().map(|x| x + k as f64 * 0.5).collect()).collect();
            assert!(rhat(&slices(&shifted)) > 1.05);
            let drifting: Vec<f64> = good[0].iter().enumerate().map(|(t, x)| x + t as f64 / 2000.0).collect();
            assert!(rhat(&[&drifting]) > 1.05);
        }
    }

    #[test]
    fn rhat_is_the_textbook_formula() {
        // Halves (1, 3), (2, 4), (5, 7), (6, 8): W = 2, means 2, 3, 6, 7, B/n = 17/3.
        let r = rhat(&[&[1.0, 3.0, 99.0, 2.0, 4.0], &[5.0, 7.0, 99.0, 6.0, 8.0]]);
        assert!((r - (0.5f64 + 17.0 / 6.0).sqrt()).abs() < 1e-14, "{r}");
    }

    #[test]
    fn odd_data_do_not_panic() {
        let none = summarise(&[]);
        assert!(none.mean.is_nan() && none.error.is_nan() && none.short && none.n == 0);
        let one = summarise(&[&[2.0]]);
        assert!(one.mean == 2.0 && one.error.is_nan() && one.short && one.n == 1);
        let two = summarise(&[&[1.0, 2.0]]);
        assert!(two.mean == 1.5 && two.error > 0.0 && two.error.is_finite() && two.short, "{two:?}");
        let same = summarise(&[&[0.1; 100], &[0.1; 100]]);
        assert!(same.mean == 0.1 && same.error == 0.0 && same.rhat == 1.0 && !same.short, "{same:?}");
        let frozen = summarise(&[&[1.0; 100], &[2.0; 100]]);
        assert!(frozen.rhat == f64::INFINITY && frozen.short && frozen.error > 0.2, "{frozen:?}");
        let nan = summarise(&[&[1.0, f64::NAN, 2.0, 3.0]]);
        assert!(nan.mean.is_nan() && nan.error.is_nan() && nan.rhat.is_nan() && nan.short);
        let inf = summarise(&[&[1.0, f64::INFINITY, 2.0, 3.0]]);
        assert!(inf.mean == f64::INFINITY && inf.error.is_nan() && inf.short);
        assert!(rhat(&[&[1.0, 2.0, 3.0]]).is_nan());
        assert!(rhat(&[&[], &[1.0, 2.0, 1.0, 2.0]]).is_finite());
    }
}
