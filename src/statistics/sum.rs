//! Sums whose order of additions is part of their contract.
//!
//! Blocks of 256 terms are added in eight lanes, and the blocks are added pairwise. The result
//! depends on the terms and their order only, and its rounding error grows as log n (Higham,
//! "The accuracy of floating point summation", SIAM J. Sci. Comput. 14, 783 (1993)).

const BLOCK: usize = 256;
const LANES: usize = 8;

/// Adds `term(i)` over `range`, a block at most.
#[inline(always)]
fn block(start: usize, end: usize, term: &impl Fn(usize) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let mut i = start;
    while i + LANES <= end {
        for (k, lane) in lanes.iter_mut().enumerate() {
            *lane += term(i + k);
        }
        i += LANES;
    }
    for (k, j) in (i..end).enumerate() {
        lanes[k] += term(j);
    }
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

fn pairwise(start: usize, end: usize, term: &impl Fn(usize) -> f64) -> f64 {
    let blocks = (end - start).div_ceil(BLOCK);
    if blocks <= 1 {
        return block(start, end, term);
    }
    let middle = start + blocks.div_ceil(2) * BLOCK;
    pairwise(start, middle, term) + pairwise(middle, end, term)
}

/// The sum of `term(i)` for i in 0..n.
pub fn sum_of(n: usize, term: impl Fn(usize) -> f64) -> f64 {
    pairwise(0, n, &term)
}

/// The sum of the values; 0 for none.
pub fn sum(values: &[f64]) -> f64 {
    sum_of(values.len(), |i| values[i])
}

/// The mean of the values; NaN for none.
pub fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

/// The scalar product over the length of the shorter of the two.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    sum_of(n, |i| a[i] * b[i])
}

/// The sum of the squares of all values.
pub fn sum_of_squares(chains: &[Vec<f64>]) -> f64 {
    chains.iter().map(|c| dot(c, c)).sum()
}

/// The sum of squared deviations from the mean. Exactly 0 for equal values, whatever the rounding
/// of their mean; NaN for none.
pub fn squared_deviations(values: &[f64]) -> f64 {
    let Some(&first) = values.first() else { return f64::NAN };
    let n = values.len();
    let mean = sum_of(n, |i| values[i] - first) / n as f64;
    let deviation = |i: usize| (values[i] - first) - mean;
    sum_of(n, |i| deviation(i) * deviation(i))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_added_exactly_at_every_length() {
        for n in (0..1100).chain([100_000]) {
            let v: Vec<f64> = (0..n).map(|i| i as f64).collect();
            assert_eq!(sum(&v), (n as f64) * (n as f64 - 1.0) / 2.0, "n = {n}");
        }
    }

    #[test]
    fn rounding_errors_stay_small() {
        let n = 1_000_000;
        assert!((sum_of(n, |_| 0.1) / (0.1 * n as f64) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn equal_values_have_no_deviation() {
        assert_eq!(squared_deviations(&[0.1; 1000]), 0.0);
        assert!((squared_deviations(&[1.0, 2.0, 3.0, 4.0]) - 5.0).abs() < 1e-15);
        assert!(squared_deviations(&[]).is_nan());
        assert!(squared_deviations(&[1.0, f64::INFINITY]).is_nan());
    }

    #[test]
    fn a_scalar_product_stops_at_the_shorter() {
        assert_eq!(dot(&[1.0, 2.0, 3.0], &[4.0, 5.0]), 14.0);
        assert_eq!(dot(&[], &[1.0]), 0.0);
    }
}
