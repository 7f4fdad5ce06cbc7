//! Averages over blocks of families, and over runs.

/// A value and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    /// NaN where it cannot be told: one block or one run.
    pub error: f64,
}

/// The ratio Σ sums / Σ weights of blocks (sum, weight), leaving out one at a time for the error. A block without weight tells nothing
/// and is not counted.
pub(crate) fn jackknife(blocks: &[(f64, f64)]) -> Estimate {
    let full: Vec<(f64, f64)> = blocks.iter().copied().filter(|b| b.1 > 0.0).collect();
    let (sum, weight) = full.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let count = full.len() as f64;
    if full.len() < 2 {
        return Estimate { value: sum / weight, error: f64::NAN };
    }
    let without: Vec<f64> = full.iter().map(|b| (sum - b.0) / (weight - b.1)).collect();
    let mean = without.iter().sum::<f64>() / count;
    let squares: f64 = without.iter().map(|x| (x - mean) * (x - mean)).sum();
    Estimate { value: sum / weight, error: libm::sqrt(squares * (count - 1.0) / count) }
}

/// The average over independent runs, each (ln Z, value), with weights Z: free of the bias that each run has by itself
/// (Machta 2010, eq. 20), with a jackknife error over the runs.
///
/// # Errors
/// Without a run, and where a number is not finite.
pub fn combine(runs: &[(f64, f64)]) -> Result<Estimate, String> {
    if runs.is_empty() || runs.iter().any(|run| !run.0.is_finite() || !run.1.is_finite()) {
        return Err("runs are combined by finite values of ln Z and of what is averaged".into());
    }
    let most = runs.iter().map(|run| run.0).fold(f64::NEG_INFINITY, f64::max);
    let weighted = runs.iter().map(|run| (libm::exp(run.0 - most), run.1)).map(|(w, x)| (w * x, w));
    Ok(jackknife(&weighted.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_blocks_give_the_error_of_the_mean() {
        let e = jackknife(&[(2.0, 2.0), (4.0, 2.0), (6.0, 2.0), (0.0, 0.0)]);
        assert!((e.value - 2.0).abs() < 1e-15);
        // Means 1, 2, 3: variance 1, divided by 3.
        assert!((e.error - libm::sqrt(1.0 / 3.0)).abs() < 1e-15);
        assert!(jackknife(&[(1.0, 1.0)]).error.is_nan());
    }

    #[test]
    fn runs_are_weighted_by_their_partition_function() {
        let runs = combine(&[(1000.0, 1.0), (1000.0 + libm::log(3.0), 5.0)]).unwrap();
        assert!((runs.value - 4.0).abs() < 1e-12);
        assert!(combine(&[]).is_err() && combine(&[(f64::NAN, 1.0)]).is_err());
    }
}
