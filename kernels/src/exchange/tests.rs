//! Exact stationarity, counts on known paths, and placement on energies of known distribution.

use super::super::random::{Key, Stream};
use super::*;

/// The distribution of a product chain is kept by the swap step and by the whole cycle, to rounding: exact transition matrices of a
/// system with the energies below at two points, with cross energies that differ (another axis than temperature).
#[test]
fn swaps_keep_the_product_distribution() {
    let at_a = [0.0, 1.3, -0.4, 2.0];
    let at_b = [0.7, -1.1, 0.2, 0.9];
    for (betas, energies_b) in [((0.3, 1.7), at_a), ((0.8, 0.8), at_b), ((1.1, 0.4), at_b)] {
        let n = at_a.len();
        let weight = |s: usize| libm::exp(-betas.0 * at_a[s / n] - betas.1 * energies_b[s % n]);
        let z: f64 = (0..n * n).map(weight).sum();
        let mut after = vec![0.0; n * n];
        for s in 0..n * n {
            let (x, y) = (s / n, s % n);
            let own = (at_a[x], energies_b[y]);
            let cross = (energies_b[x], at_a[y]);
            let p = swap_probability(log_ratio(betas, own, cross));
            after[y * n + x] += p * weight(s) / z;
            after[s] += (1.0 - p) * weight(s) / z;
            let back = swap_probability(log_ratio(betas, (at_a[y], energies_b[x]), (energies_b[y], at_a[x])));
            assert!((weight(s) * p - weight(y * n + x) * back).abs() < 1e-12, "detailed balance");
        }
        for (s, p) in after.iter().enumerate() {
            assert!((p - weight(s) / z).abs() < 1e-14, "state {s}");
        }
    }
}

#[test]
fn limits_of_the_ratio() {
    let same = |betas, own| log_ratio(betas, own, own);
    assert_eq!(same((f64::INFINITY, 1.0), (3.0, 2.0)), f64::INFINITY);
    assert_eq!(same((f64::INFINITY, 1.0), (2.0, 3.0)), f64::NEG_INFINITY);
    assert_eq!(same((f64::INFINITY, 1.0), (2.0, 2.0)), 0.0);
    assert_eq!(same((1.0, 1.0), (5.0, -5.0)), 0.0);
    assert_eq!(same((1.0, 2.0), (f64::INFINITY, f64::INFINITY)), 0.0);
    assert_eq!(log_ratio((1.0, 1.0), (0.0, 0.0), (f64::INFINITY, 0.0)), f64::NEG_INFINITY);
}

/// Heat bath of a three-level system at four temperatures with exchanges: the occupation of each level at each temperature.
/// Consecutive samples are correlated over a step or two only; bins of 500 steps are independent. 12 comparisons against 6 errors
/// from 100 bins: a false alarm below 1e-6.
#[test]
fn a_run_has_the_boltzmann_distribution_at_every_point() {
    let energies = [0.0, 0.8, 2.5];
    let betas = [0.2, 0.9, 1.4, 3.0];
    let mut exchange = Exchange::new(Key(5, 1), 4, 2).unwrap();
    let mut stream = Stream::new(Key(5, 2));
    let mut states = vec![vec![0usize; 4]; 2];
    let mut bins = vec![[[0.0; 3]; 4]; 100];
    for (b, bin) in bins.iter_mut().enumerate() {
        for _ in 0..500 {
            for (set, states) in states.iter_mut().enumerate() {
                for (replica, state) in states.iter_mut().enumerate() {
                    // A move to another level by Metropolis, so that states stay put for a while.
                    let beta = betas[exchange.point_of(set, replica)];
                    let new = (*state + 1 + stream.below(2) as usize) % 3;
                    if stream.uniform() < swap_probability(-beta * (energies[new] - energies[*state])) {
                        *state = new;
                    }
                }
            }
            exchange.step_temperatures(&betas, &|set, replica| energies[states[set][replica]]);
            for (set, states) in states.iter().enumerate() {
                for (point, counts) in bin.iter_mut().enumerate() {
                    counts[states[exchange.replica_at(set, point)]] += 1.0 / 1000.0;
                }
            }
        }
        // A checkpoint in the middle changes nothing.
        if b == 50 {
            let bytes = postcard::to_allocvec(&exchange).unwrap();
            let back: Exchange = postcard::from_bytes(&bytes).unwrap();
            back.check(4, 2).unwrap();
            assert!(back.check(4, 3).is_err());
            assert_eq!(back, exchange);
            exchange = back;
        }
    }
    for (point, beta) in betas.iter().enumerate() {
        let z: f64 = energies.iter().map(|e| libm::exp(-beta * e)).sum();
        for (level, e) in energies.iter().enumerate() {
            let values: Vec<f64> = bins.iter().map(|bin| bin[point][level]).collect();
            let mean = values.iter().sum::<f64>() / 100.0;
            let error = (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 99.0 / 100.0).sqrt();
            let exact = libm::exp(-beta * e) / z;
            assert!((mean - exact).abs() < 6.0 * error, "point {point} level {level}: {mean} +- {error}, exact {exact}");
        }
    }
    // The mean of the swap probability agrees with the counts (6 standard deviations of a binomial).
    let s = exchange.statistics();
    for k in 0..3 {
        let (n, p) = (s.tried[k] as f64, s.rates()[k]);
        assert!((s.accepted[k] as f64 - n * p).abs() < 6.0 * (n * p * (1.0 - p)).sqrt());
    }
    assert!(s.round_trips > 100);
}

/// Where every swap is accepted, replicas go round like beads: a replica at an end waits a step, so that a round trip takes 2 K steps.
#[test]
fn round_trips_of_a_known_path_are_counted() {
    for points in [2, 3, 5, 8] {
        let mut exchange = Exchange::new(Key(1, 1), points, 1).unwrap();
        let cycles = 10;
        let mut at_first = vec![];
        for step in 0..2 * points * cycles {
            let swaps = exchange.step(&mut |_, _, _| 0.0);
            let first = step % 2;
            assert_eq!(swaps.len(), (points - first) / 2, "every pair of this turn");
            at_first.push(exchange.replica_at(0, 0));
        }
        // After 2 K steps each replica is back where it was.
        assert!((0..points).all(|r| exchange.point_of(0, r) == r));
        // Counted by hand: visits of a replica to the first point with one to the last in between.
        let mut replay = Exchange::new(Key(1, 1), points, 1).unwrap();
        let mut last_end = vec![None; points];
        let mut trips = 0;
        let mut legs = vec![0; points];
        let note = |exchange: &Exchange, last_end: &mut Vec<Option<bool>>, legs: &mut Vec<i32>| {
            for (point, end) in [(0, false), (points - 1, true)] {
                let r = exchange.replica_at(0, point);
                if last_end[r] != Some(end) {
                    legs[r] += i32::from(last_end[r].is_some() || !end) * i32::from(legs[r] > 0 || !end);
                    last_end[r] = Some(end);
                }
            }
        };
        note(&replay, &mut last_end, &mut legs);
        for _ in 0..2 * points * cycles {
            replay.step(&mut |_, _, _| 0.0);
            note(&replay, &mut last_end, &mut legs);
        }
        for legs in &legs {
            trips += (legs - 1).max(0) / 2;
        }
        assert_eq!(exchange.statistics().round_trips, trips as u64, "{points} points");
        let fraction = exchange.statistics().fraction();
        assert_eq!((fraction[0], fraction[points - 1]), (1.0, 0.0));
    }
}

#[test]
fn refused_swaps_leave_everything_in_place() {
    let mut exchange = Exchange::new(Key(1, 1), 4, 3).unwrap();
    for delta in [f64::NEG_INFINITY, f64::NAN] {
        for _ in 0..10 {
            assert!(exchange.step(&mut |_, _, _| delta).is_empty());
        }
    }
    assert!((0..3).all(|set| (0..4).all(|r| exchange.point_of(set, r) == r)));
    assert_eq!(exchange.statistics().rates(), vec![0.0; 3]);
    assert_eq!(exchange.statistics().barrier(), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(exchange.statistics().mobility(12), 0.0);
    assert!(Exchange::new(Key(1, 1), 0, 1).is_err());
}

/// Energies with a Gaussian density of states, ln g = -E² / (2 C): at β they are normal with mean -β C and variance C, and the mean swap
/// probability between β and β' is erfc(|β - β'| √C / 2): a function of the spacing, so equal rates mean equidistant points.
#[test]
fn placement_equalises_the_rates_of_gaussian_energies() {
    let c = 900.0;
    let rate = |a: f64, b: f64| libm::erfc((a - b).abs() * libm::sqrt(c) / 2.0);
    let rates = |x: &[f64]| x.windows(2).map(|p| rate(p[0], p[1])).collect::<Vec<_>>();
    let mut points = first_points(0.1, 1.0, 20).unwrap();
    let before = rates(&points);
    assert!(before[0] > 10.0 * before[18]);
    for _ in 0..12 {
        points = place(&points, &rates(&points), 0.1, 1.0, 20).unwrap();
    }
    for (k, x) in points.iter().enumerate() {
        assert!((x - 0.1 - 0.9 * k as f64 / 19.0).abs() < 2e-3, "{points:?}");
    }
    let after = rates(&points);
    assert!(after.iter().all(|r| (r - after[0]).abs() < 0.03), "{after:?}");
    // Descending points are given back descending, and a part of the range can be asked for.
    let mut down = points.clone();
    down.reverse();
    let part = place(&down, &rates(&down), 0.2, 0.6, 5).unwrap();
    assert!((part[0] - 0.6).abs() < 1e-12 && (part[2] - 0.4).abs() < 5e-3 && (part[4] - 0.2).abs() < 1e-12, "{part:?}");
}

/// A specific heat with a peak: temperatures gather there.
#[test]
fn placement_equalises_the_rates_of_a_peaked_heat_capacity() {
    // Near β the energies are normal with variance C(β); rates of close points from the mean of √C between them.
    let root = |b: f64| 5.0 + 60.0 * libm::exp(-(b - 0.6) * (b - 0.6) / 0.005);
    let rate = |a: f64, b: f64| {
        let mean: f64 = (0..200).map(|k| root(a + (b - a) * (f64::from(k) + 0.5) / 200.0)).sum::<f64>() / 200.0;
        libm::erfc((b - a).abs() * mean / 2.0)
    };
    let rates = |x: &[f64]| x.windows(2).map(|p| rate(p[0], p[1])).collect::<Vec<_>>();
    let mut points = first_points(0.2, 1.2, 24).unwrap();
    let spread = |r: &[f64]| r.iter().copied().fold(0.0, f64::max) - r.iter().copied().fold(1.0, f64::min);
    assert!(spread(&rates(&points)) > 0.4);
    for _ in 0..15 {
        points = place(&points, &rates(&points), 0.2, 1.2, 24).unwrap();
    }
    assert!(spread(&rates(&points)) < 0.05, "{:?}", rates(&points));
}

#[test]
fn placement_refuses_what_makes_no_sense() {
    let x = [0.1, 0.5, 1.0];
    assert!(place(&x, &[0.5], 0.1, 1.0, 4).is_err());
    assert!(place(&x, &[0.5, 1.5], 0.1, 1.0, 4).is_err());
    assert!(place(&x, &[0.5, f64::NAN], 0.1, 1.0, 4).is_err());
    assert!(place(&[0.1, 0.1, 1.0], &[0.5, 0.5], 0.1, 1.0, 4).is_err());
    assert!(place(&x, &[0.5, 0.5], 1.0, 0.1, 4).is_err());
    assert!(place(&x, &[0.5, 0.5], 0.1, 1.0, 1).is_err());
    assert!(first_points(0.0, f64::INFINITY, 3).is_err());
    // No rejection anywhere, and nothing but rejection: equidistant either way.
    for r in [1.0, 0.0] {
        let placed = place(&[0.0, 1.0, 2.0], &[r, r], 0.0, 2.0, 5).unwrap();
        assert!(placed.iter().enumerate().all(|(k, p)| (p - 0.5 * k as f64).abs() < 1e-9), "{placed:?}");
    }
}
