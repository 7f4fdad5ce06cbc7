//! Against full enumeration and against itself in other layouts.

use super::super::random::{Key, Stream};
use super::super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::enumerate::{compare, ising, lanes, moments, obeys_the_contract, random_pairs, states};
use super::{Representation, Simd, Sparse};

const RULES: [Rule; 2] = [Rule::Metropolis, Rule::HeatBath];

fn real(s: &mut Stream) -> f64 {
    s.normal()
}

fn small(s: &mut Stream) -> f64 {
    f64::from(s.below(7) as i32 - 3) * 0.5
}

#[test]
fn integers_sample_the_boltzmann_distribution() {
    for (seed, rule) in RULES.into_iter().enumerate() {
        for (count, fields) in [(1, true), (16, false), (64, true)] {
            let energy = random_pairs(seed as u64, 8, fields, small);
            let mut kernel = Sparse::new(&energy, rule, &lanes(count, 0.35, 11)).unwrap();
            assert!(matches!(kernel.representation(), Representation::Integer { .. }));
            let exact = moments(&ising(8), 0.35, |s| energy.energy(s));
            compare(&mut kernel, &ising(8), exact, 6400 / count as u64);
        }
    }
}

#[test]
fn reals_sample_the_boltzmann_distribution() {
    for (seed, rule) in RULES.into_iter().enumerate() {
        for (count, fields) in [(1, false), (16, true)] {
            let energy = random_pairs(40 + seed as u64, 9, fields, real);
            let mut kernel = Sparse::new(&energy, rule, &lanes(count, 0.4, 12)).unwrap();
            assert_eq!(kernel.representation(), Representation::Real);
            let exact = moments(&ising(9), 0.4, |s| energy.energy(s));
            compare(&mut kernel, &ising(9), exact, 6400 / count as u64);
        }
    }
}

#[test]
fn infinite_and_negative_temperature() {
    for rule in RULES {
        for draw in [real, small] {
            for count in [1, 16] {
                for beta in [0.0, -0.3] {
                    let energy = random_pairs(3, 7, true, draw);
                    let mut kernel = Sparse::new(&energy, rule, &lanes(count, beta, 13)).unwrap();
                    let exact = moments(&ising(7), beta, |s| energy.energy(s));
                    compare(&mut kernel, &ising(7), exact, 1600 / count as u64);
                }
            }
        }
    }
}

/// At zero temperature a ferromagnet ends in one of its ground states, a spin without a local
/// field keeps moving, and the energy never rises.
#[test]
fn zero_temperature() {
    for rule in RULES {
        for coupling in [1.0, std::f64::consts::FRAC_1_PI] {
            let mut bonds: Vec<_> = (0..20).map(|i| (i, (i + 1) % 20, coupling)).collect();
            bonds.extend((0..20).map(|i| (i, (i + 5) % 20, coupling * 0.618_034)));
            let energy = PairEnergy { sites: 21, bonds, fields: vec![], constant: 0.0 };
            for count in [1, 16] {
                let mut kernel = Sparse::new(&energy, rule, &lanes(count, f64::INFINITY, 14)).unwrap();
                let mut before: Vec<f64> = (0..count).map(|l| kernel.energy(l)).collect();
                let mut free = [0, 0];
                for _ in 0..400 {
                    kernel.advance(1);
                    for (l, s) in states(&kernel).iter().enumerate() {
                        assert!(kernel.energy(l) <= before[l] + 1e-12);
                        before[l] = kernel.energy(l);
                        free[usize::from(s[20])] += 1;
                    }
                }
                assert!(free[0] >= 100 && free[1] >= 100, "{free:?}");
            }
        }
    }
}

#[test]
fn energies_are_those_of_the_definition() {
    for draw in [real, small] {
        let energy = random_pairs(9, 40, true, draw);
        let mut kernel = Sparse::new(&energy, Rule::Metropolis, &lanes(81, 0.2, 15)).unwrap();
        for _ in 0..5 {
            kernel.advance(1);
            for (l, s) in states(&kernel).iter().enumerate() {
                assert!((kernel.energy(l) - energy.energy(s)).abs() < 1e-10);
                let total: i32 = s.iter().map(|&p| 2 * i32::from(p) - 1).sum();
                assert_eq!(kernel.total(l), Some(f64::from(total)));
            }
        }
    }
}

#[test]
fn the_contract() {
    let mut all = lanes(85, 0.3, 16);
    for (l, lane) in all.iter_mut().enumerate() {
        lane.beta = 0.001 * l as f64;
    }
    for rule in RULES {
        for draw in [real, small] {
            let energy = random_pairs(10, 37, true, draw);
            obeys_the_contract(&all, |lanes| Sparse::new(&energy, rule, lanes).unwrap());
        }
    }
}

/// Also over enough updates that many are decided by the further bits.
#[test]
fn every_instruction_set_gives_the_same_path() {
    for rule in RULES {
        for draw in [real, small] {
            let energy = random_pairs(21, 50, true, draw);
            let all = lanes(65, 0.2, 17);
            let mut portable = Sparse::with_simd(&energy, rule, &all, Simd::Portable).unwrap();
            let mut detected = Sparse::new(&energy, rule, &all).unwrap();
            portable.advance(200);
            detected.advance(200);
            assert_eq!(portable.save(), detected.save());
            let mut alone = Sparse::new(&energy, rule, &all[3..4]).unwrap();
            alone.advance(200);
            assert_eq!(states(&alone)[0], states(&detected)[3]);
        }
    }
}

#[test]
fn starts_and_refusals() {
    let energy = random_pairs(2, 5, false, small);
    let lane = |start| [Lane { beta: 1.0, key: Key(1, 2), start }];
    let make = |start| Sparse::new(&energy, Rule::Metropolis, &lane(start));
    assert_eq!(states(&make(Start::Uniform(1)).unwrap())[0], [1; 5]);
    assert_eq!(states(&make(Start::Given(vec![0, 1, 1, 0, 1])).unwrap())[0], [0, 1, 1, 0, 1]);
    assert!(make(Start::Uniform(2)).is_err());
    assert!(make(Start::Given(vec![0; 4])).is_err());
    for bonds in [vec![(0, 0, 1.0)], vec![(0, 5, 1.0)], vec![(0, 1, f64::NAN)]] {
        let wrong = PairEnergy { sites: 5, bonds, fields: vec![], constant: 0.0 };
        assert!(Sparse::new(&wrong, Rule::Metropolis, &lane(Start::Random)).is_err());
    }
    let empty = PairEnergy::default();
    let mut kernel = Sparse::new(&empty, Rule::HeatBath, &lane(Start::Random)).unwrap();
    kernel.advance(3);
    assert_eq!(kernel.energy(0), 0.0);
    let mut none = Sparse::new(&energy, Rule::HeatBath, &[]).unwrap();
    none.advance(3);
    assert_eq!(none.lanes(), 0);
}
