//! The distribution of a lone spin in a field.

use super::*;

/// First, second and transverse moments for every number of components, both base rules, from nearly free to nearly frozen.
#[test]
fn moments_in_a_field() {
    for n in [2, 3, 4, 5, 8] {
        let sites = 48;
        let direction: Vec<f64> = (0..n).map(|c| [0.6, -0.3, 0.5, 0.2, -0.4][c % 5]).collect();
        let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        for (rule, sweeps) in [(VectorRule::Metropolis, 2000), (VectorRule::HeatBath, 1000)] {
            for strength in [1e-3, 0.2, 1.0, 4.0, 30.0, 2000.0] {
                let fields = (0..sites).flat_map(|_| direction.iter().map(|x| x / length)).collect();
                let energy = VectorEnergy { n, sites, fields, ..VectorEnergy::default() };
                let mut kernel = Vector::new(&energy, rule, &[lane(strength, 5 + n as u64)]).unwrap();
                let found = measure(&mut kernel, sweeps, 3, |e, state, out| {
                    out[0] = -e / sites as f64;
                    let along = |s: &[f64]| s.iter().zip(&direction).map(|(x, d)| x * d / length).sum::<f64>();
                    out[1] = state.chunks_exact(n).map(|s| along(s) * along(s)).sum::<f64>() / sites as f64;
                    // A component across the field: zero on average.
                    let across = |s: &[f64]| s[0] * direction[1] - s[1] * direction[0];
                    out[2] = state.chunks_exact(n).map(across).sum::<f64>() / sites as f64;
                });
                let what = |k: &str| format!("{k}, n = {n}, {rule:?}, K = {strength}");
                agrees(found[0], moment(n, strength, 1), 2e-7, &what("first"));
                agrees(found[1], moment(n, strength, 2), 2e-7, &what("second"));
                agrees(found[2], 0.0, 2e-7, &what("transverse"));
            }
        }
    }
}

/// A histogram of the heat bath's cosine against the exact distribution, where a wrong tail would show.
#[test]
fn heat_bath_histogram() {
    for n in [2, 3, 4, 6] {
        let (sites, strength, bins) = (64, 2.5, 20);
        let fields = (0..sites * n).map(|i| f64::from(i % n == 1)).collect();
        let energy = VectorEnergy { n, sites, fields, ..VectorEnergy::default() };
        let mut kernel = Vector::new(&energy, VectorRule::HeatBath, &[lane(strength, 77)]).unwrap();
        let mut counts = vec![0u64; bins];
        let mut state = vec![0.0; sites * n];
        let sweeps = 4000;
        for _ in 0..sweeps {
            kernel.advance(1);
            kernel.read(0, &mut state);
            for s in state.chunks_exact(n) {
                let angle = libm::acos(s[1].clamp(-1.0, 1.0));
                counts[((angle / std::f64::consts::PI * bins as f64) as usize).min(bins - 1)] += 1;
            }
        }
        let mut exact = vec![0.0; bins];
        for s in 0..100_000 {
            let angle = (s as f64 + 0.5) / 100_000.0 * std::f64::consts::PI;
            exact[s * bins / 100_000] += libm::exp(strength * libm::cos(angle)) * libm::pow(libm::sin(angle), n as f64 - 2.0);
        }
        let total: f64 = exact.iter().sum();
        let draws = (sites * sweeps) as f64;
        let chi: f64 = counts
            .iter()
            .zip(&exact)
            .map(|(&k, &p)| {
                let expected = draws * p / total;
                (k as f64 - expected) * (k as f64 - expected) / expected
            })
            .sum();
        // Chi-squared with 19 degrees of freedom exceeds 66 with probability 4e-7.
        assert!(chi < 66.0, "n = {n}: chi-squared {chi}");
    }
}

/// At infinite temperature spins are uniform, whatever the couplings.
#[test]
fn infinite_temperature() {
    for n in [2, 3, 4, 7] {
        for rule in RULES {
            let energy = lattice(&[4, 4], n, 1.0);
            let mut kernel = Vector::new(&energy, rule, &[lane(0.0, 9)]).unwrap();
            let sweeps = if matches!(rule, VectorRule::Wolff) { 20_000 } else { 4000 };
            let found = measure(&mut kernel, sweeps, 3, |e, state, out| {
                out[0] = e;
                out[1] = state.chunks_exact(n).map(|s| s[n - 1] * s[n - 1]).sum();
                out[2] = state.chunks_exact(n).map(|s| s[0] * s[1]).sum();
            });
            agrees(found[0], 0.0, 1e-6, &format!("energy, n = {n}, {rule:?}"));
            agrees(found[1], 16.0 / n as f64, 1e-5, &format!("square, n = {n}, {rule:?}"));
            agrees(found[2], 0.0, 1e-6, &format!("product, n = {n}, {rule:?}"));
        }
    }
}
