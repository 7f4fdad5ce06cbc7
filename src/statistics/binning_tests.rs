use super::super::test_series::{ar1, ar1_tau, moments, slices, stream};
use super::super::{integrated_time, summarise};
use super::*;

#[test]
fn every_sample_is_in_one_bin() {
    let cases: &[&[usize]] = &[
        &[1000],
        &[100, 100, 100],
        &[7],
        &[63],
        &[64],
        &[127],
        &[129],
        &[1; 127],
        &[1; 191],
        &[1; 500],
        &[10; 100],
        &[1000, 3, 0, 17, 999],
        &[5; 17],
        &[5; 25],
        &[12345; 9],
    ];
    for lengths in cases {
        for tau in [f64::NAN, 0.1, 0.5, 3.0, 100.0, 1e9, f64::INFINITY] {
            let b = bins(lengths, tau);
            let mut seen: Vec<Vec<u32>> = lengths.iter().map(|&n| vec![0; n]).collect();
            for (c, r) in b.pieces.iter().flatten() {
                r.clone().for_each(|i| seen[*c][i] += 1);
            }
            assert!(seen.iter().flatten().all(|&k| k == 1), "{lengths:?} {tau}");
            let total: usize = lengths.iter().sum();
            assert!(b.len() <= 128 && b.len() >= total.min(10), "{lengths:?} {tau}: {}", b.len());
            assert_eq!((0..b.len()).map(|i| b.samples(i)).sum::<usize>(), total);
            assert!((0..b.len()).all(|i| b.samples(i) > 0));
            assert!(b.inflation >= 1.0 && b.inflation.is_finite(), "{lengths:?} {tau}: {}", b.inflation);
        }
    }
    assert!(bins(&[], 1.0).is_empty() && bins(&[0, 0], 1.0).is_empty());
}

#[test]
fn bins_are_long_enough_if_the_run_is() {
    let b = bins(&[10_000; 4], 20.0);
    assert!((0..b.len()).all(|i| b.samples(i) >= 200 && b.samples(i) <= 1000));
    assert!(b.inflation < 1.12, "{}", b.inflation);
    assert_eq!(bins(&[100_000], 0.5).len(), 64);
    assert_eq!(bins(&[100_000], 0.5).inflation, 1.0);
    // Whole chains are independent of each other.
    assert_eq!(bins(&[10; 640], 8.0).inflation, 1.0);
}

#[test]
fn the_jackknife_of_a_mean_is_the_textbook_error() {
    let x = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0];
    let b = BinnedMeans::new(&[vec![&x]], &bins(&[6], 0.5)).unwrap();
    let e = b.jackknife(&mut |m| m[0]);
    assert!((e.value - 4.5).abs() < 1e-14);
    assert!((e.error - (37.5f64 / 5.0 / 6.0).sqrt()).abs() < 1e-14);
    // The bias of a square, (B - 1) (mean θ - θ), is the variance of the mean.
    let e = b.jackknife(&mut |m| m[0] * m[0]);
    let bias = 5.0 * (e.replicates.iter().sum::<f64>() / 6.0 - e.value);
    assert!((bias - 37.5 / 5.0 / 6.0).abs() < 1e-12);
}

fn binned(quantities: &[Vec<Vec<f64>>]) -> BinnedMeans {
    let lengths: Vec<usize> = quantities[0].iter().map(Vec::len).collect();
    let tau = quantities.iter().map(|q| integrated_time(&slices(q)).tau).fold(0.5, f64::max);
    let series: Vec<Vec<&[f64]>> = quantities.iter().map(|q| slices(q)).collect();
    BinnedMeans::new(&series, &bins(&lengths, tau)).unwrap()
}

/// Mean square of 400 standardised deviations: standard deviation 0.075; limits as required (0.8-1.25).
/// With 1600 seeds or more the values are 0.99 to 1.21 (the highest for the skewed Binder-like ratio), 1.03 being expected of 64 bins. The strongly
/// correlated Binder-like ratio is skewed: 1.18 over 1600 seeds, but 1.44 over these 400, so it has a
/// wider limit. Fixed seeds; for fresh
/// ones one case in fifty would be outside.
fn honest(i: usize, a: f64, cases: [(u64, usize); 2]) {
    for (chains, n) in cases {
        let mut zs = [const { Vec::new() }; 3];
        for seed in 0..400 {
            let mut s = stream(20 + i as u64, seed * 8 + chains);
            let x: Vec<Vec<f64>> = (0..chains).map(|_| ar1(&mut s, a, n)).collect();
            let y: Vec<Vec<f64>> =
                x.iter().map(|x| ar1(&mut s, a, n).iter().zip(x).map(|(y, x)| 3.0 + 0.6 * x + 0.8 * y).collect()).collect();
            let x2: Vec<Vec<f64>> = x.iter().map(|c| c.iter().map(|x| x * x).collect()).collect();
            let x4: Vec<Vec<f64>> = x2.iter().map(|c| c.iter().map(|x| x * x).collect()).collect();
            let up: Vec<Vec<f64>> = x.iter().map(|c| c.iter().map(|x| x + 2.0).collect()).collect();
            let b = binned(&[up, y, x2, x4]);
            assert!(b.loo.len() >= 16);
            let ratio = b.jackknife(&mut |m| m[0] / m[1]);
            zs[0].push((ratio.value - 2.0 / 3.0) / ratio.error);
            let binder = b.jackknife(&mut |m| 1.0 - m[3] / (3.0 * m[2] * m[2]));
            zs[1].push(binder.value / binder.error);
            let mean = b.jackknife(&mut |m| m[1]);
            zs[2].push((mean.value - 3.0) / mean.error);
        }
        for (name, z) in ["ratio", "binder", "mean"].iter().zip(&zs) {
            let (mean, square) = moments(z);
            println!("a {a}, {chains} chains of {n}, {name}: {mean:.3} {square:.3}");
            let limit = if a == 0.9 && *name == "binder" { 1.6 } else { 1.25 };
            assert!((0.8..limit).contains(&square), "a {a}, {chains} chains, {name}: {square}");
        }
    }
}

#[test]
fn jackknife_errors_are_honest_without_correlation() {
    honest(0, 0.0, [(1, 6000), (4, 1500)]);
}

#[test]
fn jackknife_errors_are_honest_with_weak_correlation() {
    honest(1, 0.5, [(1, 8000), (4, 2500)]);
}

#[test]
fn jackknife_errors_are_honest_with_strong_correlation() {
    honest(2, 0.9, [(1, 16_000), (4, 5000)]);
}

/// 60 autocorrelation times in all: bins of 4 tau, which alone would miss a quarter of the variance.
/// The mean of error² over 400 runs is compared with the exact variance within 15 %; its sampling
/// error is 2.5 % (measured ratio printed).
#[test]
fn short_bins_are_corrected() {
    let (a, n) = (0.9, 570);
    let tau = ar1_tau(a);
    let exact = ar1_factor(tau, n as f64) / n as f64;
    let b = bins(&[n], tau);
    assert!(b.inflation > 1.2);
    let mut corrected = 0.0;
    let mut plain = 0.0;
    for seed in 0..400 {
        let x = ar1(&mut stream(24, seed), a, n);
        let m = BinnedMeans::new(&[vec![&x]], &b).unwrap();
        corrected += m.jackknife(&mut |m| m[0]).error.powi(2) / 400.0;
        plain += BinnedMeans { inflation: 1.0, ..m }.jackknife(&mut |m| m[0]).error.powi(2) / 400.0;
    }
    println!("corrected {:.3}, plain {:.3}", corrected / exact, plain / exact);
    assert!((corrected / exact - 1.0).abs() < 0.15);
    assert!(plain / exact < 0.9);
}

#[test]
fn jackknife_and_summary_agree_on_a_mean() {
    let x: Vec<Vec<f64>> = (0..4).map(|k| ar1(&mut stream(25, k), 0.8, 20_000)).collect();
    let s = summarise(&slices(&x));
    let e = binned(std::slice::from_ref(&x)).jackknife(&mut |m| m[0]);
    assert!((s.mean - e.value).abs() < 1e-12);
    // Two estimates of one error, uncertain to 9 % and 2 %.
    assert!((e.error / s.error - 1.0).abs() < 0.45, "{} {}", e.error, s.error);
}

#[test]
fn odd_data_do_not_panic() {
    let none = BinnedMeans::new(&[vec![], vec![]], &bins(&[], 0.5)).unwrap();
    let e = none.jackknife(&mut |m| m[0]);
    assert!(e.value.is_nan() && e.error.is_nan() && e.replicates.is_empty());
    let one = BinnedMeans::new(&[vec![&[3.0]]], &bins(&[1], 0.5)).unwrap().jackknife(&mut |m| m[0]);
    assert!(one.value == 3.0 && one.error.is_nan());
    let same = BinnedMeans::new(&[vec![&[0.1; 300]]], &bins(&[300], 0.5)).unwrap().jackknife(&mut |m| m[0]);
    assert!(same.value == 0.1 && same.error == 0.0);
    let mut x = vec![1.0; 100];
    x[3] = f64::NAN;
    let nan = BinnedMeans::new(&[vec![&x]], &bins(&[100], f64::NAN)).unwrap().jackknife(&mut |m| m[0]);
    assert!(nan.value.is_nan() && nan.error.is_nan());
    let failing = BinnedMeans::new(&[vec![&[1.0, 2.0, 3.0]]], &bins(&[3], 0.5)).unwrap();
    assert!(failing.jackknife(&mut |m| if m[0] > 2.1 { f64::NAN } else { m[0] }).error.is_nan());
    assert!(BinnedMeans::new(&[vec![&[1.0, 2.0]]], &bins(&[3], 0.5)).unwrap_err().contains("expected [3]"));
}

/// The bins that only their number tells are those that were made.
#[test]
fn bins_are_known_from_their_number() {
    for (chains, length, tau) in [(1, 1000, 0.5), (4, 777, 3.0), (3, 1001, 0.5), (2, 50, 1.0), (1, 37, 9.0), (8, 100, 2.0)] {
        let made = bins(&vec![length; chains], tau);
        let own = bins_of(chains, chains * length, made.len());
        for (b, pieces) in made.pieces.iter().enumerate() {
            for (c, range) in pieces {
                assert!(range.clone().all(|i| own[c * length + i] == b), "{chains} {length} {tau} bin {b}");
            }
        }
    }
}
