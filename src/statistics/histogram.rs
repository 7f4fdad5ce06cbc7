//! Histograms of sampled quantities over a fixed range.

use super::binning::{Bins, jackknife_error};

/// A histogram with equal cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Borders of the cells, one more than there are cells.
    pub edges: Vec<f64>,
    /// Samples in each cell. A cell holds its lower border; the last one its upper border too.
    pub counts: Vec<u64>,
    /// Samples below, above, or not a number.
    pub outside: u64,
    /// Samples altogether.
    pub total: u64,
    /// counts / (total × width): integrates to 1 if nothing is outside, else to the part inside.
    pub density: Vec<f64>,
    /// Standard error of the density, from the bins of time, so correlations are included. A cell
    /// without counts has an error of 0: nothing was seen of it.
    pub error: Vec<f64>,
    /// Jackknife replicates of the density, `[bin of time][cell]`, with the bins' inflation.
    pub replicates: Vec<Vec<f64>>,
}

impl Histogram {
    /// Counts the samples of the chains into `cells` cells between `low` and `high`. Fails if the
    /// range is empty or not finite, if there are no cells, or if the bins of time are of other chains.
    pub fn new(chains: &[&[f64]], bins: &Bins, low: f64, high: f64, cells: usize) -> Result<Histogram, String> {
        let width = (high - low) / cells as f64;
        if !(low.is_finite() && high.is_finite() && width.is_finite() && width > 0.0) {
            return Err(format!("a histogram from {low} to {high} in {cells} cells has no width"));
        }
        let lengths: Vec<usize> = chains.iter().map(|c| c.len()).collect();
        if lengths != bins.lengths {
            return Err(format!("the chains have {lengths:?} samples, expected {:?}", bins.lengths));
        }
        let edges: Vec<f64> = (0..=cells).map(|i| if i == cells { high } else { low + i as f64 * width }).collect();
        let mut counts = vec![0u64; cells];
        let mut by_bin = vec![vec![0u64; cells]; bins.len()];
        for (pieces, own) in bins.pieces.iter().zip(&mut by_bin) {
            for &x in pieces.iter().flat_map(|(c, r)| &chains[*c][r.clone()]) {
                if let Some(cell) = cell_of(x, &edges, width) {
                    own[cell] += 1;
                    counts[cell] += 1;
                }
            }
        }
        let total = lengths.iter().sum::<usize>() as u64;
        let outside = total - counts.iter().sum::<u64>();
        let density: Vec<f64> = counts.iter().map(|&c| c as f64 / (total as f64 * width)).collect();
        let widening = bins.inflation.sqrt();
        // A linear function: its replicates scatter about the density itself.
        let replicates: Vec<Vec<f64>> = (by_bin.iter().enumerate())
            .map(|(b, own)| {
                let rest = (total - bins.samples(b) as u64) as f64 * width;
                (0..cells).map(|i| density[i] + widening * ((counts[i] - own[i]) as f64 / rest - density[i])).collect()
            })
            .collect();
        let error = (0..cells).map(|i| jackknife_error(&replicates.iter().map(|r| r[i]).collect::<Vec<f64>>())).collect();
        Ok(Histogram { edges, counts, outside, total, density, error, replicates })
    }
}

fn cell_of(x: f64, edges: &[f64], width: f64) -> Option<usize> {
    let cells = edges.len() - 1;
    if !(x >= edges[0] && x <= edges[cells]) {
        return None;
    }
    // The quotient may be off by one at a border; the borders themselves decide.
    let mut cell = (((x - edges[0]) / width) as usize).min(cells - 1);
    while cell > 0 && x < edges[cell] {
        cell -= 1;
    }
    while cell + 1 < cells && x >= edges[cell + 1] {
        cell += 1;
    }
    Some(cell)
}

#[cfg(test)]
mod tests {
    use super::super::test_series::{ar1, moments, slices, stream};
    use super::super::{bins, integrated_time};
    use super::*;

    #[test]
    fn borders_belong_to_the_upper_cell() {
        let x: Vec<f64> = (0..=10).map(|i| i as f64 / 10.0).chain([-0.01, 1.01, f64::NAN, f64::INFINITY]).collect();
        let h = Histogram::new(&[&x], &bins(&[x.len()], 0.5), 0.0, 1.0, 10).unwrap();
        for (i, &c) in h.counts.iter().enumerate() {
            let expected = x.iter().filter(|&&v| v >= h.edges[i] && (v < h.edges[i + 1] || (i == 9 && v == 1.0))).count();
            assert_eq!(c, expected as u64, "cell {i}");
        }
        assert_eq!((h.outside, h.total), (4, 15));
        let integral: f64 = h.density.iter().map(|d| d * 0.1).sum();
        assert!((integral - 11.0 / 15.0).abs() < 1e-14);
    }

    /// Mean square of 800 standardised deviations (200 seeds, four cells, weakly correlated):
    /// standard deviation below 0.1; limits as required.
    #[test]
    fn errors_are_honest() {
        let exact = |a: f64, b: f64| 0.5 * (libm::erf(b / 2f64.sqrt()) - libm::erf(a / 2f64.sqrt())) / (b - a);
        let mut z = Vec::new();
        for seed in 0..200 {
            let mut s = stream(40, seed);
            let data = [ar1(&mut s, 0.8, 4000), ar1(&mut s, 0.8, 4000)];
            let chains = slices(&data);
            let h = Histogram::new(&chains, &bins(&[4000; 2], integrated_time(&chains).tau), -2.0, 2.0, 4).unwrap();
            z.extend((0..4).map(|i| (h.density[i] - exact(h.edges[i], h.edges[i + 1])) / h.error[i]));
        }
        let (mean, square) = moments(&z);
        println!("{mean:.3} {square:.3}");
        assert!((0.8..1.25).contains(&square), "{square}");
    }

    #[test]
    fn odd_input_does_not_panic() {
        let b = bins(&[3], 0.5);
        let x: &[f64] = &[1.0, 2.0, 3.0];
        for (low, high, cells) in [(1.0, 1.0, 4), (2.0, 1.0, 4), (0.0, 1.0, 0), (f64::NAN, 1.0, 3), (0.0, f64::INFINITY, 3)] {
            assert!(Histogram::new(&[x], &b, low, high, cells).is_err());
        }
        assert!(Histogram::new(&[x, x], &b, 0.0, 1.0, 3).is_err());
        let none = Histogram::new(&[], &bins(&[], 0.5), 0.0, 1.0, 3).unwrap();
        assert!(none.total == 0 && none.density[0].is_nan() && none.error[0].is_nan());
        let same = Histogram::new(&[&[0.5; 100]], &bins(&[100], 0.5), 0.0, 1.0, 2).unwrap();
        assert!(same.density == [0.0, 2.0] && same.error == [0.0, 0.0]);
    }
}
