//! Against full enumeration, for each width of the numbers.

use super::super::random::Stream;
use super::super::sampler::{PairEnergy, Rule, Sampler};
use super::super::sparse::Simd;
use super::super::sparse::enumerate::{compare, ising, lanes, moments, obeys_the_contract, random_pairs, states};
use super::{Dense, Width};

const RULES: [Rule; 2] = [Rule::Metropolis, Rule::HeatBath];

fn real(s: &mut Stream) -> f64 {
    s.normal()
}

fn small(s: &mut Stream) -> f64 {
    f64::from(s.below(7) as i32 - 3) * 0.5
}

/// Multiples of 1/8 up to 20.
fn integer(s: &mut Stream) -> f64 {
    f64::from(s.below(321) as i32 - 160) * 0.125 + 0.125
}

fn sum_of_moduli_in_units(energy: &PairEnergy, kernel: &Dense) -> f64 {
    energy.bonds.iter().map(|b| b.2.abs()).sum::<f64>() / kernel.unit()
}

#[test]
fn every_width_samples_the_boltzmann_distribution() {
    for rule in RULES {
        for (draw, width, beta) in
            [(small as fn(&mut Stream) -> f64, Width::Small, 0.3), (integer, Width::Medium, 0.02), (real, Width::Large, 0.3)]
        {
            for beta in [beta, -beta, 0.0] {
                let mut energy = random_pairs(5, 9, true, draw);
                if width == Width::Medium {
                    energy.bonds.push((0, 1, 0.125));
                    energy.bonds.push((1, 2, 130.0));
                }
                let mut kernel = Dense::new(&energy, rule, &lanes(4, beta, 21)).unwrap();
                assert_eq!(kernel.width(), width);
                assert!(sum_of_moduli_in_units(&energy, &kernel) > 10.0);
                let exact = moments(&ising(9), beta, |s| energy.energy(s));
                compare(&mut kernel, &ising(9), exact, 800);
            }
        }
    }
}

/// Zero temperature: the energy never rises, and a free spin keeps moving.
#[test]
fn zero_temperature() {
    for rule in RULES {
        for draw in [small, real] {
            let mut energy = random_pairs(6, 30, true, draw);
            energy.sites = 31;
            energy.fields.push(0.0);
            let mut kernel = Dense::new(&energy, rule, &lanes(3, f64::INFINITY, 22)).unwrap();
            let mut before: Vec<f64> = (0..3).map(|l| kernel.energy(l)).collect();
            let mut up = 0;
            for _ in 0..400 {
                kernel.advance(1);
                for (l, s) in states(&kernel).iter().enumerate() {
                    assert!(kernel.energy(l) <= before[l] + 1e-9);
                    before[l] = kernel.energy(l);
                    up += usize::from(s[30]);
                }
            }
            assert!((400..=800).contains(&up), "{up}");
        }
    }
}

/// 150,000 bonds rounded to 32 bits, by the root of 1/12 of a unit of 4.8e-7 each: six times the expected difference.
#[test]
fn the_energy_is_that_of_the_definition() {
    for (draw, sites, tolerance) in [(small as fn(&mut Stream) -> f64, 100, 1e-9), (real, 100, 1e-9), (real, 600, 3e-4)] {
        let energy = random_pairs(7, sites, true, draw);
        let mut kernel = Dense::new(&energy, Rule::Metropolis, &lanes(2, 0.1, 23)).unwrap();
        assert!(energy.bonds.len() as f64 * 0.5 * kernel.unit() < 1.0 || kernel.width() == Width::Small);
        for _ in 0..10 {
            kernel.advance(20);
            for (l, s) in states(&kernel).iter().enumerate() {
                assert!((kernel.energy(l) - energy.energy(s)).abs() < tolerance);
                let total: i32 = s.iter().map(|&p| 2 * i32::from(p) - 1).sum();
                assert_eq!(kernel.total(l), Some(f64::from(total)));
            }
        }
    }
}

#[test]
fn the_contract() {
    for rule in RULES {
        for (draw, sites) in [(small as fn(&mut Stream) -> f64, 40), (real, 40), (real, 513)] {
            let energy = random_pairs(8, sites, true, draw);
            let mut all = lanes(5, 0.01, 24);
            all[2].beta = 0.03;
            obeys_the_contract(&all, |lanes| Dense::new(&energy, rule, lanes).unwrap());
            let mut portable = Dense::with_simd(&energy, rule, &all, Simd::Portable).unwrap();
            let mut detected = Dense::new(&energy, rule, &all).unwrap();
            portable.advance(50);
            detected.advance(50);
            assert_eq!(portable.save(), detected.save());
        }
    }
}

/// With the couplings exact, this kernel and the sparse one draw the same levels and hence the same path.
#[test]
fn the_path_is_that_of_the_sparse_kernel() {
    let mut energy = random_pairs(9, 60, true, small);
    energy.fields[3] = 0.123_456_789;
    for rule in RULES {
        let all = lanes(2, 0.2, 25);
        let mut dense = Dense::new(&energy, rule, &all).unwrap();
        let mut sparse = super::super::sparse::Sparse::new(&energy, rule, &all).unwrap();
        dense.advance(100);
        sparse.advance(100);
        assert_eq!(states(&dense), states(&sparse));
    }
}
