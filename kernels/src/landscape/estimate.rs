//! A number with its standard error.

/// A number and its standard error: 0 where it is exact, infinite where one sample says nothing of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub error: f64,
}

impl Estimate {
    /// A number without error.
    pub fn exact(value: f64) -> Estimate {
        Estimate { value, error: 0.0 }
    }

    /// The mean of independent samples. Without samples it is not a number.
    pub fn mean(samples: &[f64]) -> Estimate {
        let n = samples.len() as f64;
        let value = samples.iter().sum::<f64>() / n;
        if samples.len() < 2 {
            return Estimate { value, error: f64::INFINITY };
        }
        let squares = samples.iter().map(|x| (x - value) * (x - value)).sum::<f64>();
        Estimate { value, error: (squares / ((n - 1.0) * n)).sqrt() }
    }

    /// `count` of `draws` independent ones. The error is the width of the posterior under Jeffreys' prior, Beta(count + 1/2,
    /// draws - count + 1/2), so that none of many is not taken for never (Brown, Cai and DasGupta, Statistical Science 16, 101
    /// (2001)).
    pub fn fraction(count: usize, draws: usize) -> Estimate {
        let (k, n) = (count as f64, draws as f64);
        let p = (k + 0.5) / (n + 1.0);
        Estimate { value: k / n, error: (p * (1.0 - p) / (n + 2.0)).sqrt() }
    }

    /// The number times a factor.
    pub fn times(self, factor: f64) -> Estimate {
        Estimate { value: self.value * factor, error: self.error * factor.abs() }
    }

    /// The number plus one that has no error.
    pub fn plus(self, shift: f64) -> Estimate {
        Estimate { value: self.value + shift, error: self.error }
    }
}

/// Equal bins from the smallest to the largest sample; the counts add up to the number of finite samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// One more than the bins.
    pub edges: Vec<f64>,
    pub counts: Vec<u64>,
}

impl Histogram {
    /// `bins` must be positive. Samples that are all equal get a bin of a small width around them.
    pub fn new(samples: &[f64], bins: usize) -> Histogram {
        let bins = bins.max(1);
        let finite = || samples.iter().copied().filter(|x| x.is_finite());
        let (mut low, mut high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if low == high {
            let half = (1e-6 * low.abs()).max(1e-12);
            (low, high) = (low - half, high + half);
        }
        let width = (high - low) / bins as f64;
        let edges = (0..=bins).map(|b| if b == bins { high } else { low + width * b as f64 }).collect();
        let mut counts = vec![0; bins];
        finite().for_each(|x| counts[(((x - low) / width) as usize).min(bins - 1)] += 1);
        Histogram { edges, counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_fractions_and_bins() {
        assert_eq!(Estimate::mean(&[1.0, 3.0]), Estimate { value: 2.0, error: 1.0 });
        assert_eq!(Estimate::mean(&[1.0]).error, f64::INFINITY);
        let none = Estimate::fraction(0, 100);
        assert!(none.value == 0.0 && none.error > 0.005 && none.error < 0.01);
        let half = Estimate::fraction(5000, 10000);
        assert!((half.error - 0.005).abs() < 1e-6);
        let h = Histogram::new(&[0.0, 0.1, 0.5, 1.0, 1.0, f64::NAN], 2);
        assert_eq!((h.edges, h.counts), (vec![0.0, 0.5, 1.0], vec![2, 3]));
        assert_eq!(Histogram::new(&[2.0; 7], 3).counts.iter().sum::<u64>(), 7);
    }
}
