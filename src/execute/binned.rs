//! Values sorted into bins, for histograms of spectra and of samples.

/// Bins by default, at most.
const MOST: usize = 200;

/// The ends of bins of equal width (of equal ratio where `log`) that hold the values; `bins` 0: by the rule of Rice, 2 n^(1/3).
pub fn edges(values: &[f64], bins: usize, range: Option<[f64; 2]>, log: bool) -> Vec<f64> {
    let usable: Vec<f64> = values.iter().copied().filter(|x| x.is_finite() && (!log || *x > 0.0)).collect();
    let (low, high) = match range {
        Some([low, high]) => (low, high),
        None => usable.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x))),
    };
    if low.is_nan() || low > high {
        return vec![];
    }
    let bins = match bins {
        0 => (libm::ceil(2.0 * libm::cbrt(usable.len() as f64)) as usize).clamp(1, MOST),
        n => n,
    };
    let to = |x: f64| if log { libm::log(x) } else { x };
    let from = |x: f64| if log { libm::exp(x) } else { x };
    let (mut a, mut b) = (to(low), to(high));
    if a == b {
        // All at one place.
        let half = 0.5 * a.abs().max(1.0);
        (a, b) = (a - half, b + half);
    }
    (0..=bins)
        .map(|k| match k {
            0 => from(a),
            k if k == bins => from(b),
            k => from(a + (b - a) * k as f64 / bins as f64),
        })
        .collect()
}

/// The share of the finite values in each bin over its width; the last bin holds its upper end.
pub fn densities(values: &[f64], edges: &[f64]) -> Vec<f64> {
    let Some(last) = edges.len().checked_sub(2) else { return vec![] };
    let mut counts = vec![0u64; last + 1];
    let mut total = 0u64;
    for x in values.iter().filter(|x| x.is_finite()) {
        total += 1;
        if *x < edges[0] || *x > edges[last + 1] {
            continue;
        }
        let k = edges.partition_point(|e| e <= x).saturating_sub(1).min(last);
        counts[k] += 1;
    }
    counts.iter().zip(edges.windows(2)).map(|(c, w)| *c as f64 / (total.max(1) as f64 * (w[1] - w[0]))).collect()
}

#[cfg(test)]
mod tests {
    use super::{densities, edges};

    #[test]
    fn every_value_is_in_a_bin() {
        let values = [0.0, 1.0, 1.0, 2.0, 4.0, f64::NAN];
        let ends = edges(&values, 4, None, false);
        assert_eq!(ends, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(densities(&values, &ends), [0.2, 0.4, 0.2, 0.2]);
        // Beyond a given range values count in the whole, and the integral is less than 1.
        assert_eq!(densities(&values, &edges(&values, 2, Some([0.5, 2.5]), false)), [0.4, 0.2]);
        let automatic = edges(&values, 0, None, false);
        assert_eq!(automatic.len(), 5);
        let ratio = edges(&[1.0, 100.0, -3.0], 2, None, true);
        assert!((ratio[1] - 10.0).abs() < 1e-12 && ratio[0] == 1.0);
        assert_eq!(densities(&[3.0, 3.0], &edges(&[3.0, 3.0], 1, None, false)).len(), 1);
        assert!(edges(&[], 0, None, false).is_empty());
    }
}
