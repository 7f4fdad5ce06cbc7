//! Autocorrelation functions and integrated autocorrelation times of chains of one quantity.
//!
//! Owns the automatic window. Must not know what the chains are chains of.

use super::fourier::lagged_products;
use super::sum;

/// The window is closed at the first lag that is this many autocorrelation times long. For an
/// exponential decay the part of tau that is cut off is then exp(-6), a quarter of a percent.
const WINDOW: f64 = 6.0;
/// Up to this lag direct sums are cheaper than transforms.
const DIRECT: usize = 128;

/// An integrated autocorrelation time, in samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tau {
    /// 1/2 + the sum of the normalised autocorrelation function up to the window. 0.5 for
    /// uncorrelated data (less if neighbours are anticorrelated), NaN where it cannot be told:
    /// fewer than two samples, or samples that are not finite.
    pub tau: f64,
    /// The last lag of the sum.
    pub window: usize,
    /// Standard error of `tau`: tau sqrt(2 (2 window + 1) / n) (Madras and Sokal, J. Stat. Phys.
    /// 50, 109 (1988), eq. E.14).
    pub error: f64,
    /// The variance of a single sample, corrected for the mean having been estimated.
    pub variance: f64,
    /// All samples are equal: `tau` is 0.5 by convention and says nothing about the dynamics.
    pub constant: bool,
    /// False if no window was found before half the longest chain; `tau` is then a lower bound.
    pub resolved: bool,
}

impl Tau {
    const UNKNOWN: Tau = Tau { tau: f64::NAN, window: 0, error: f64::NAN, variance: f64::NAN, constant: false, resolved: false };
}

/// The integrated autocorrelation time of chains of one quantity, with Sokal's automatic window
/// (Madras and Sokal 1988, appendix C): the smallest W >= 6 tau(W).
///
/// Autocovariances are pooled over the chains around their common mean, so chains that disagree
/// have a long autocorrelation time. The bias that comes from subtracting an estimated mean is
/// corrected to first order in 1/n (Wolff, Comput. Phys. Commun. 156, 143 (2004), eq. 32). Where
/// neighbours are anticorrelated the sum alternates, and the window follows the sum of the absolute
/// values instead; a tau below its own noise is raised to it. Time grows as n log n at most.
pub fn integrated_time(chains: &[&[f64]]) -> Tau {
    let Some(centred) = Centred::new(chains) else { return Tau::UNKNOWN };
    if centred.constant {
        return Tau { tau: 0.5, window: 0, error: 0.0, variance: 0.0, constant: true, resolved: true };
    }
    let n = centred.samples as f64;
    let limit = centred.longest() / 2;
    let mut products = Products::new(&centred, limit);
    let gamma0 = products.covariance(0);
    let mut tau = 0.5;
    let mut absolute = 0.5;
    let mut greatest = (0.5, 0);
    let mut alternating = false;
    let mut found = None;
    for lag in 1..=limit {
        let rho = products.covariance(lag) / gamma0;
        tau += rho;
        absolute += rho.abs();
        if lag == 1 {
            alternating = rho < -3.0 / n.sqrt();
        }
        if tau > greatest.0 {
            greatest = (tau, lag);
        }
        if lag as f64 >= WINDOW * (if alternating { absolute } else { tau }).max(0.5) {
            found = Some((tau, lag));
            break;
        }
    }
    // One sample a chain has no lags to look at, and nothing to resolve.
    let resolved = found.is_some() || limit == 0;
    let (tau, window) = found.unwrap_or(greatest);
    let w = (2 * window + 1) as f64;
    let tau = tau * (1.0 + w / n) / (1.0 + 2.0 * tau.max(0.0) / n);
    let tau = tau.max((0.5 * w / n).sqrt().min(0.5));
    // 1 - 1/ESS, kept from vanishing where the run is about one autocorrelation time long.
    let freedom = (1.0 - 2.0 * tau / n).max(0.5);
    let variance = gamma0 / freedom * centred.scale * centred.scale;
    Tau { tau, window, error: tau * (2.0 * w / n).sqrt(), variance, constant: false, resolved }
}

/// The normalised autocorrelation function, rho(0) = 1, for lags 0..=max_lag, or up to the longest
/// chain's last lag if that is less. Pooled over chains around their common mean; each lag's sum is
/// divided by its number of pairs. Empty for fewer than two samples or samples that are not finite;
/// a constant quantity has rho = 1 at lag 0 and 0 elsewhere.
pub fn autocorrelation(chains: &[&[f64]], max_lag: usize) -> Vec<f64> {
    let Some(centred) = Centred::new(chains) else { return Vec::new() };
    let last = max_lag.min(centred.longest() - 1);
    if centred.constant {
        return (0..=last).map(|t| if t == 0 { 1.0 } else { 0.0 }).collect();
    }
    let mut products = Products::new(&centred, last);
    if last > DIRECT {
        products.transform(last);
    }
    let gamma0 = products.covariance(0);
    (0..=last).map(|t| products.covariance(t) / gamma0).collect()
}

/// Deviations from the common mean, scaled to a largest one of 1 so that squares neither overflow
/// nor vanish.
struct Centred {
    chains: Vec<Vec<f64>>,
    scale: f64,
    samples: usize,
    constant: bool,
}

impl Centred {
    /// None for fewer than two samples, or samples (or sums of them) that are not finite.
    fn new(chains: &[&[f64]]) -> Option<Centred> {
        let samples: usize = chains.iter().map(|c| c.len()).sum();
        let first = chains.iter().find_map(|c| c.first().copied())?;
        if samples < 2 || chains.iter().any(|c| c.iter().any(|x| !x.is_finite())) {
            return None;
        }
        if chains.iter().all(|c| c.iter().all(|&x| x == first)) {
            let chains = chains.iter().map(|c| vec![0.0; c.len()]).collect();
            return Some(Centred { chains, scale: 0.0, samples, constant: true });
        }
        let mean = common_mean(chains);
        let scale = chains.iter().flat_map(|c| c.iter()).fold(0.0f64, |m, x| m.max((x - mean).abs()));
        let scaled = |c: &&[f64]| c.iter().map(|x| (x - mean) / scale).collect();
        let chains = chains.iter().map(scaled).collect();
        (scale.is_finite() && scale > 0.0).then_some(Centred { chains, scale, samples, constant: false })
    }

    fn longest(&self) -> usize {
        self.chains.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// The mean over the samples of all chains; NaN if there are none.
pub(super) fn common_mean(chains: &[&[f64]]) -> f64 {
    let sums: Vec<f64> = chains.iter().map(|c| sum::sum(c)).collect();
    sum::sum(&sums) / chains.iter().map(|c| c.len()).sum::<usize>() as f64
}

/// Pooled autocovariances, found as they are asked for.
struct Products<'a> {
    centred: &'a Centred,
    limit: usize,
    transformed: Vec<f64>,
}

impl<'a> Products<'a> {
    fn new(centred: &'a Centred, limit: usize) -> Products<'a> {
        Products { centred, limit, transformed: Vec::new() }
    }

    fn transform(&mut self, lags: usize) {
        self.transformed = lagged_products(&self.centred.chains, lags);
    }

    /// Per pair, in units of the scale squared; 0 where no chain is long enough.
    fn covariance(&mut self, lag: usize) -> f64 {
        let pairs: usize = self.centred.chains.iter().map(|c| c.len().saturating_sub(lag)).sum();
        if pairs == 0 {
            return 0.0;
        }
        if lag > DIRECT && lag >= self.transformed.len() {
            self.transform((8 * lag).min(self.limit).max(lag));
        }
        let total = match self.transformed.get(lag) {
            Some(&s) => s,
            None => {
                let sums: Vec<f64> =
                    self.centred.chains.iter().filter(|c| c.len() > lag).map(|c| sum::dot(c, &c[lag..])).collect();
                sum::sum(&sums)
            }
        };
        total / pairs as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_series::{ar1, ar1_tau, slices, stream};
    use super::*;

    /// tau is compared within 6 of its own standard errors plus the cut-off's half percent: with
    /// errors themselves uncertain to 25 %, a false alarm has a probability below 1e-5 over all
    /// seeds, of which these are fixed ones.
    #[test]
    fn the_time_of_an_ar1_series_is_known() {
        for (i, a) in [0.0, 0.5, 0.9, 0.99, -0.5].into_iter().enumerate() {
            for chains in [1, 4] {
                let mut s = stream(1, (10 * i + chains) as u64);
                let data: Vec<Vec<f64>> = (0..chains).map(|_| ar1(&mut s, a, 100_000 / chains)).collect();
                let t = integrated_time(&slices(&data));
                let exact = ar1_tau(a);
                assert!((t.tau - exact).abs() < 6.0 * t.error + 0.005 * exact, "a {a}, {chains} chains: {t:?}, exact {exact}");
                assert!(t.error < 0.2 * t.tau && t.resolved && !t.constant, "{t:?}");
                assert!((t.variance - 1.0).abs() < 0.2, "{t:?}");
            }
        }
    }

    /// The mean of tau over 200 runs of 4400 tau is within 3 % of the exact value (its sampling error
    /// is 0.4 %), and the stated error is the spread (uncertain to 5 %): Madras and Sokal's formula is
    /// known to be somewhat too large, measured 1.24.
    #[test]
    fn the_error_of_tau_is_its_spread() {
        let (a, n, runs) = (0.8, 20_000, 200);
        let exact = ar1_tau(a);
        let all: Vec<Tau> = (0..runs).map(|seed| integrated_time(&[&ar1(&mut stream(2, seed), a, n)])).collect();
        let mean = all.iter().map(|t| t.tau).sum::<f64>() / runs as f64;
        let spread = (all.iter().map(|t| (t.tau - mean).powi(2)).sum::<f64>() / (runs - 1) as f64).sqrt();
        let stated = all.iter().map(|t| t.error).sum::<f64>() / runs as f64;
        println!("tau {mean} of {exact}, spread {spread}, stated {stated}");
        assert!((mean / exact - 1.0).abs() < 0.03, "{mean} {exact}");
        assert!((0.75..1.5).contains(&(stated / spread)), "{stated} {spread}");
    }

    #[test]
    fn transforms_and_direct_sums_agree() {
        let mut s = stream(3, 0);
        let data = [ar1(&mut s, 0.9, 3000), ar1(&mut s, 0.9, 2500)];
        let long = autocorrelation(&slices(&data), 2000);
        let short = autocorrelation(&slices(&data), DIRECT);
        assert_eq!(long.len(), 2001);
        for (t, (a, b)) in long.iter().zip(&short).enumerate() {
            assert!((a - b).abs() < 1e-12, "lag {t}");
        }
        assert_eq!(autocorrelation(&slices(&data), 1_000_000).len(), 3000);
    }

    #[test]
    fn chains_that_disagree_have_a_long_time() {
        let mut s = stream(4, 0);
        let data: Vec<Vec<f64>> = (0..4).map(|k| (0..1000).map(|_| s.normal() + 3.0 * k as f64).collect()).collect();
        let t = integrated_time(&slices(&data));
        assert!(t.tau > 300.0 && !t.resolved, "{t:?}");
    }

    #[test]
    fn frozen_chains_count_once_each() {
        let data: Vec<Vec<f64>> = (0..8).map(|k| vec![k as f64; 1000]).collect();
        let t = integrated_time(&slices(&data));
        let ess = 8000.0 / (2.0 * t.tau);
        assert!((6.0..8.1).contains(&ess), "{t:?}");
    }

    #[test]
    fn the_scale_of_the_data_does_not_matter() {
        let x = ar1(&mut stream(5, 0), 0.7, 5000);
        let t = integrated_time(&[&x]);
        for scale in [1e-200, 1e200] {
            let y: Vec<f64> = x.iter().map(|x| x * scale).collect();
            let u = integrated_time(&[&y]);
            assert_eq!(u.window, t.window);
            assert!((u.tau / t.tau - 1.0).abs() < 1e-9, "{u:?} {t:?}");
        }
    }

    #[test]
    fn odd_data_do_not_panic() {
        assert!(integrated_time(&[]).tau.is_nan());
        assert!(integrated_time(&[&[], &[]]).tau.is_nan());
        assert!(integrated_time(&[&[1.0]]).tau.is_nan());
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(integrated_time(&[&[1.0, 2.0, bad, 3.0]]).tau.is_nan());
            assert!(autocorrelation(&[&[1.0, 2.0, bad, 3.0]], 3).is_empty());
        }
        assert!(integrated_time(&[&[f64::MAX; 3]]).constant);
        // The sum overflows.
        assert!(integrated_time(&[&[f64::MAX, f64::MAX, 0.0]]).tau.is_nan());
        let c = integrated_time(&[&[0.1; 1000], &[0.1; 7]]);
        assert!(c.constant && c.tau == 0.5 && c.error == 0.0 && c.variance == 0.0);
        for n in 2..40 {
            let x: Vec<f64> = (0..n).map(|i| (i * i % 7) as f64 + (i % 2) as f64 * 0.3).collect();
            let t = integrated_time(&[&x]);
            assert!(t.tau > 0.0 && t.error > 0.0, "{n}: {t:?}");
            let up_and_down: Vec<f64> = (0..n).map(|i| (i % 2) as f64).collect();
            assert!(integrated_time(&[&up_and_down]).tau > 0.0);
        }
        let singles: Vec<Vec<f64>> = (0..50).map(|i| vec![i as f64]).collect();
        let t = integrated_time(&slices(&singles));
        assert!((t.tau - 0.5).abs() < 0.02 && t.resolved, "{t:?}");
        assert_eq!(autocorrelation(&[&[1.0, 1.0, 1.0]], 9), vec![1.0, 0.0, 0.0]);
    }
}
