//! Against enumeration of a glass of 16 spins.

use super::super::random::Key;
use super::super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::super::sparse::Sparse;
use super::super::sparse::enumerate::{each, ising, random_pairs};
use super::*;

const SPINS: usize = 16;

fn glass() -> PairEnergy {
    random_pairs(11, SPINS, false, |s| if s.below(2) == 0 { 0.5 } else { -0.5 })
}

/// ln Z and the mean energy.
fn exact(energy: &PairEnergy, beta: f64) -> (f64, f64) {
    let mut state = vec![0u8; SPINS];
    let (z, sum) = each(&ising(SPINS), &mut state, (0.0, 0.0), |(z, sum), s| {
        let e = energy.energy(s);
        let w = libm::exp(-beta * e);
        (z + w, sum + w * e)
    });
    (libm::log(z), sum / z)
}

fn sampler(energy: &PairEnergy, replicas: usize, seed: u64) -> Sparse {
    let lanes: Vec<Lane> =
        (0..replicas).map(|l| Lane { beta: 0.0, key: Key(seed, 3).derive(l as u64), start: Start::Random }).collect();
    Sparse::new(energy, Rule::Metropolis, &lanes).unwrap()
}

const BETAS: [f64; 9] = [0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0, 1.25, 1.5];

fn run(energy: &PairEnergy, replicas: usize, seed: u64, sweeps: u64) -> (Population, Sparse, StepReport) {
    let mut kernel = sampler(energy, replicas, seed);
    let mut population = Population::new(Key(seed, 4), replicas, 50).unwrap();
    let mut report = None;
    for pair in BETAS.windows(2) {
        report = Some(population.step(&mut kernel, pair[0], pair[1], sweeps).unwrap());
    }
    (population, kernel, report.unwrap())
}

/// ln Z and <E> agree with enumeration at every temperature, within 6 jackknife errors (t distribution of some 45 degrees of freedom:
/// 16 comparisons, a false alarm of about 5e-6 if the errors were exact; the seed is fixed).
#[test]
fn a_large_population_agrees_with_enumeration() {
    let energy = glass();
    let mut kernel = sampler(&energy, 4000, 1);
    let mut population = Population::new(Key(1, 4), 4000, 50).unwrap();
    for pair in BETAS.windows(2) {
        let report = population.step(&mut kernel, pair[0], pair[1], 10).unwrap();
        let (ln_z, mean) = exact(&energy, pair[1]);
        let got = population.ln_z();
        assert_eq!(got.value, report.ln_z);
        let all = SPINS as f64 * std::f64::consts::LN_2;
        assert!((got.value + all - ln_z).abs() < 6.0 * got.error, "β {}: {got:?} + {all}, exact {ln_z}", pair[1]);
        assert!(got.error < 0.1, "{got:?}");
        let energies: Vec<f64> = (0..4000).map(|l| kernel.energy(l)).collect();
        let e = population.average(&energies).unwrap();
        assert!((e.value - mean).abs() < 6.0 * e.error, "β {}: {e:?}, exact {mean}", pair[1]);
        assert!(report.effective > 0.2 && report.effective <= 1.0);
        assert!(report.families.count > 100 && report.families.warning(4000).is_none());
    }
}

/// The estimate of Z has no bias even for a small population far from equilibrium: the mean of Z / Z_exact over 4000 runs of 60 replicas
/// is 1 within 5.5 of its errors (false alarm below 1e-7 for a normal mean; the relative spread of one run is of order 0.3, so its mean is
/// normal enough), while the mean of ln Z is below.
#[test]
fn the_estimate_of_z_is_free_of_bias() {
    let energy = glass();
    let betas = [0.0, 0.25, 0.5, 0.75];
    let (ln_z, _) = exact(&energy, 0.75);
    let runs = 4000;
    let ratios: Vec<f64> = (0..runs)
        .map(|seed| {
            let mut kernel = sampler(&energy, 60, 100 + seed);
            let mut population = Population::new(Key(100 + seed, 4), 60, 10).unwrap();
            for pair in betas.windows(2) {
                population.step(&mut kernel, pair[0], pair[1], 1).unwrap();
            }
            libm::exp(population.ln_z().value + SPINS as f64 * std::f64::consts::LN_2 - ln_z)
        })
        .collect();
    let n = runs as f64;
    let mean = ratios.iter().sum::<f64>() / n;
    let error = (ratios.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0) / n).sqrt();
    assert!((mean - 1.0).abs() < 5.5 * error, "{mean} +- {error}");
    assert!(error < 0.02, "{error}");
    assert!(ratios.iter().map(|x| libm::log(*x)).sum::<f64>() / n < 0.0);
}

/// Jackknife errors over family blocks are those that runs show: the mean square of deviation / error over 60 runs lies near 1, for ln Z and for
/// the energy. A χ² of 60 degrees of freedom over 60 lies in 0.3..2.2 but for about 1e-7 of cases; the error's own spread (49 degrees)
/// widens it a little, hence 2.5.
#[test]
fn errors_over_families_are_honest() {
    let energy = glass();
    let (ln_z, mean) = exact(&energy, BETAS[8]);
    let mut squares = [0.0; 2];
    for seed in 0..60 {
        let (population, kernel, _) = run(&energy, 600, 9000 + seed, 4);
        let z = population.ln_z();
        let energies: Vec<f64> = (0..600).map(|l| kernel.energy(l)).collect();
        let e = population.average(&energies).unwrap();
        let pulls = [(z.value + SPINS as f64 * std::f64::consts::LN_2 - ln_z) / z.error, (e.value - mean) / e.error];
        for (sum, pull) in squares.iter_mut().zip(pulls) {
            *sum += pull * pull / 60.0;
        }
    }
    assert!(squares.iter().all(|s| (0.3..2.5).contains(s)), "{squares:?}");
}

#[test]
fn copies_are_what_the_weights_ask() {
    // Without sweeps at the end each copy is its parent: the histogram of states is the comb's.
    let energy = glass();
    let mut kernel = sampler(&energy, 200, 5);
    let before: Vec<Vec<u8>> = super::super::sparse::enumerate::states(&kernel);
    let mut population = Population::new(Key(5, 5), 200, 20).unwrap();
    let report = population.step(&mut kernel, 0.0, 0.3, 0).unwrap();
    let after = super::super::sparse::enumerate::states(&kernel);
    let weights: Vec<f64> = before.iter().map(|s| libm::exp(-0.3 * energy.energy(s))).collect();
    let total: f64 = weights.iter().sum();
    for (replica, state) in before.iter().enumerate() {
        let expected = 200.0 * weights[replica] / total;
        let copies = (0..200).filter(|&l| population.family(l) == replica).count() as f64;
        assert!((copies - expected).abs() < 1.0 + 1e-9, "{copies} for {expected}");
        assert!((0..200).filter(|&l| population.family(l) == replica).all(|l| &after[l] == state));
    }
    assert!((report.ln_q - libm::log(total / 200.0)).abs() < 1e-12);
    let families = report.families;
    assert_eq!(families.count + report.replaced, 200);
    assert!(families.rho_t >= families.rho_s && families.rho_s >= 1.0);
    assert!(families.warning(200).is_some() == (200.0 / families.rho_t < 100.0));
}

#[test]
fn checkpoints_go_on_bit_for_bit_and_bad_input_is_refused() {
    let energy = glass();
    let (mut a, mut kernel, _) = run(&energy, 100, 3, 2);
    let mut b: Population = postcard::from_bytes(&postcard::to_allocvec(&a).unwrap()).unwrap();
    b.check(100, 50).unwrap();
    assert!(b.check(100, 49).is_err());
    let mut twin = sampler(&energy, 100, 3);
    twin.restore(&kernel.save()).unwrap();
    assert_eq!(a.step(&mut kernel, 1.5, 1.7, 3), b.step(&mut twin, 1.5, 1.7, 3));
    assert_eq!((a.clone(), kernel.save()), (b, twin.save()));
    assert!(a.step(&mut kernel, 1.7, f64::INFINITY, 1).is_err());
    assert!(a.step(&mut sampler(&energy, 99, 3), 1.7, 1.8, 1).is_err());
    assert!(a.average(&[1.0]).is_err());
    assert!(Population::new(Key(0, 0), 5, 10).is_err() && Population::new(Key(0, 0), 5, 1).is_err());
}
