//! From time series to quantities: means with honest errors, and jackknife estimates.

use crate::plan::Looks;
use crate::results::{Quantity, Warning};
use crate::statistics::{BinnedMeans, Summary, bins, summarise};
use std::ops::Range;

/// Which series are what.
pub struct Columns<'m> {
    /// Which series belong to each column of `observe` (one an element).
    pub observed: Vec<Range<usize>>,
    /// All elements of all columns of `estimate`, from the averages of all series.
    #[allow(clippy::type_complexity)]
    pub estimate: &'m dyn Fn(&[f64], &mut [f64]),
}

/// Quantities by name, and what is doubtful about them.
pub type Found = (Vec<(String, Quantity)>, Vec<Warning>);

/// The quantities of a point from its series, `[series][chain][measurement]`.
pub fn quantities(looks: &Looks, columns: &Columns, measured: &[Vec<Vec<f64>>]) -> Found {
    if measured.is_empty() {
        return (vec![], vec![]);
    }
    let summaries: Vec<Summary> = measured.iter().map(|chains| summarise(&slices(chains))).collect();
    // A state observed at the end stands for its chain: one independent sample each.
    let pooled: Vec<Vec<Vec<f64>>>;
    let (series, summaries) = if looks.at_end {
        pooled = measured.iter().map(|chains| vec![chains.iter().flatten().copied().collect()]).collect();
        let s = pooled.iter().map(|c| summarise_independent(&c[0])).collect();
        (pooled.as_slice(), s)
    } else {
        (measured, summaries)
    };
    let lengths: Vec<usize> = series[0].iter().map(Vec::len).collect();
    let slowest = summaries.iter().map(|s| s.tau).filter(|t| t.is_finite()).fold(0.5, f64::max);
    let bins = bins(&lengths, if looks.at_end { 0.5 } else { slowest });
    let views: Vec<Vec<&[f64]>> = series.iter().map(|c| slices(c)).collect();
    let Ok(binned) = BinnedMeans::new(&views, &bins) else { return (vec![], vec![]) };
    assemble(looks, columns, &binned, &summaries, series[0].len())
}

/// The quantities from the means of all series, with the summaries of what they are means of.
pub fn assemble(looks: &Looks, columns: &Columns, binned: &BinnedMeans, summaries: &[Summary], chains: usize) -> Found {
    let mut out = Vec::new();
    let mut warnings = Vec::new();
    for (column, range) in looks.observe.iter().zip(&columns.observed) {
        let mut q = Quantity { shape: column.shape.clone(), ..Quantity::default() };
        let mut replicates = Vec::new();
        let estimates: Vec<_> = range.clone().map(|k| binned.jackknife(&mut |means| means[k])).collect();
        for (k, estimate) in range.clone().zip(&estimates) {
            let s = &summaries[k];
            q.value.push(s.mean);
            q.error.push(s.error);
            q.tau.push(s.tau);
            q.ess.push(s.ess);
            q.rhat.push(s.rhat);
            replicates.push(spread(&estimate.replicates, estimate.error, s.error));
        }
        q.replicates = transpose(&replicates);
        if !looks.at_end {
            warnings.extend(doubts(&column.name, &summaries[range.clone()], chains));
        } else {
            (q.tau, q.ess, q.rhat) = (vec![], vec![], vec![]);
        }
        out.push((column.name.clone(), q));
    }
    let total: usize = looks.estimate.iter().map(|c| c.shape.iter().product::<usize>()).sum();
    let evaluate = |means: &[f64]| {
        let mut values = vec![0.0; total];
        (columns.estimate)(means, &mut values);
        values
    };
    let central = evaluate(&binned.total_mean);
    let widening = binned.inflation.sqrt();
    let mut replicates: Vec<Vec<f64>> = binned.loo.iter().map(|means| evaluate(means)).collect();
    for k in 0..total {
        let mean = crate::statistics::sum::mean(&replicates.iter().map(|r| r[k]).collect::<Vec<_>>());
        for r in &mut replicates {
            r[k] = mean + widening * (r[k] - mean);
        }
    }
    let mut first = 0;
    for column in &looks.estimate {
        let size: usize = column.shape.iter().product();
        let range = first..first + size;
        let rows: Vec<Vec<f64>> = replicates.iter().map(|r| r[range.clone()].to_vec()).collect();
        let error = (0..size)
            .map(|k| crate::statistics::binning::jackknife_error(&rows.iter().map(|r| r[k]).collect::<Vec<_>>()))
            .collect();
        let q = Quantity {
            shape: column.shape.clone(),
            value: central[range.clone()].to_vec(),
            error,
            replicates: rows,
            ..Quantity::default()
        };
        if q.value.iter().any(|x| !x.is_finite()) {
            warnings.push(Warning {
                code: crate::diagnostic::codes::NOT_FINITE.0.to_string(),
                message: format!("`{}` is not a number: it divides by an average that is zero, or takes a logarithm of one that is not positive", column.name),
            });
        }
        out.push((column.name.clone(), q));
        first += size;
    }
    (out, warnings)
}

fn slices(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    chains.iter().map(Vec::as_slice).collect()
}

fn transpose(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = columns.first().map_or(0, Vec::len);
    (0..n).map(|b| columns.iter().map(|c| c[b]).collect()).collect()
}

/// Independent samples: the plain standard error.
fn summarise_independent(x: &[f64]) -> Summary {
    let n = x.len();
    let mean = crate::statistics::sum::mean(x);
    let error =
        if n > 1 { (crate::statistics::sum::squared_deviations(x) / (n as f64 - 1.0) / n as f64).sqrt() } else { f64::NAN };
    Summary { mean, error, tau: 0.5, ess: n as f64, rhat: f64::NAN, n, short: false }
}

/// Replicates whose jackknife error is that of the mean, so that a number has one error wherever it is shown.
pub fn spread(replicates: &[f64], own: f64, wanted: f64) -> Vec<f64> {
    let factor = wanted / own;
    if !factor.is_finite() || factor <= 0.0 {
        return replicates.to_vec();
    }
    let mean = crate::statistics::sum::mean(replicates);
    replicates.iter().map(|r| mean + factor * (r - mean)).collect()
}

/// What should be said about a quantity.
fn doubts(name: &str, summaries: &[Summary], chains: usize) -> Vec<Warning> {
    let short = |message: String| Warning { code: crate::diagnostic::codes::SHORT_RUN.0.to_string(), message };
    let mut out = Vec::new();
    if let Some(s) = summaries.iter().filter(|s| s.short).max_by(|a, b| a.tau.total_cmp(&b.tau)) {
        out.push(short(if s.tau.is_finite() {
            let long = s.n as f64 / s.tau.max(0.5) / chains.max(1) as f64;
            let what = if chains > 1 { "each chain" } else { "the run" };
            format!("`{name}`: {what} is only {long:.0} autocorrelation times long (τ = {:.3} measurements)", s.tau)
        } else {
            format!("`{name}`: {} measurements are too few to tell an autocorrelation time", s.n)
        }));
    }
    if !summaries.is_empty() && summaries.iter().all(|s| s.error == 0.0 && s.n > 1) {
        out.push(short(format!("`{name}` did not change once in the run, which therefore says nothing about its error")));
    }
    if let Some(s) = summaries.iter().filter(|s| s.rhat > 1.05).max_by(|a, b| a.rhat.total_cmp(&b.rhat)) {
        let who = if chains > 1 { "the chains disagree" } else { "the two halves of the run disagree" };
        out.push(Warning {
            code: crate::diagnostic::codes::NOT_MIXED.0.to_string(),
            message: format!("`{name}`: {who}, R-hat = {:.3}", s.rhat),
        });
    }
    out
}
