//! Against full enumeration, for each width of the numbers.

use super::super::random::Stream;
use super::super::sampler::{PairEnergy, Rule, Sampler};
use super::super::sparse::Simd;
use super::super::sparse::enumerate::{compare, ising, lanes, moments, obeys_the_contract, random_pairs, states};
use super::super::sparse::lanes::common_unit;
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

/// 180,000 bonds rounded to 30 bits, by the root of 1/12 of a unit of 3e-8 each: twice the expected difference of 3.7e-6 is
/// exceeded by no sample of these seeds.
#[test]
fn the_energy_is_that_of_the_definition() {
    for (draw, sites, tolerance) in [(small as fn(&mut Stream) -> f64, 100, 1e-9), (real, 100, 1e-9), (real, 600, 1e-5)] {
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

/// Couplings of one modulus between all pairs.
fn signs(seed: u64, sites: u32, modulus: f64) -> PairEnergy {
    let mut s = Stream::new(super::super::random::Key(seed, 3));
    let pairs = (0..sites).flat_map(|i| (0..i).map(move |j| (i, j)));
    let bonds = pairs.map(|(i, j)| if s.below(2) == 0 { (i, j, modulus) } else { (j, i, -modulus) }).collect();
    PairEnergy { sites: sites as usize, bonds, ..PairEnergy::default() }
}

fn forced(energy: &PairEnergy, rule: Rule, all: &[super::Lane], unit: f64, width: Width) -> Dense {
    Dense::with_width(energy, rule, all, Simd::detect(), (unit, width)).unwrap()
}

/// Both forms that small systems do not get of themselves, against enumeration.
#[test]
fn signs_and_halves_sample_the_boltzmann_distribution() {
    for rule in RULES {
        for (width, beta) in [(Width::Signs, 0.2), (Width::Halves, 0.2), (Width::Signs, -0.2), (Width::Halves, -0.2)] {
            let (mut energy, unit) = match width {
                Width::Signs => (signs(3, 9, 0.7), 0.7),
                _ => (random_pairs(11, 9, true, real), 1.0 / 134_217_728.0),
            };
            energy.fields = (0..9).map(|i| 0.1 * f64::from(i) - 0.3).collect();
            let mut kernel = forced(&energy, rule, &lanes(4, beta, 31), unit, width);
            let exact = moments(&ising(9), beta, |s| energy.energy(s));
            compare(&mut kernel, &ising(9), exact, 800);
        }
    }
}

/// Each form draws the same levels and decides exactly, so that where it loses nothing its path is that of the widest integers. The
/// coarse unit of the halves leaves many decisions to their low parts.
#[test]
fn every_form_takes_the_same_path() {
    for rule in RULES {
        for beta in [0.04, -0.04, 0.3, f64::INFINITY] {
            let mut all = lanes(2, beta, 33);
            all[1].beta = 0.5 * beta;
            for sites in [33, 70, 300] {
                let mut one = signs(sites.into(), sites, 0.25);
                one.fields = (0..sites).map(|i| 0.37 * f64::from(i % 5) - 0.7).collect();
                let mut s = Stream::new(super::super::random::Key(5, sites.into()));
                let mut other = one.clone();
                // Whole numbers of 2^-24, to 2^28 of them.
                other.bonds.iter_mut().for_each(|b| b.2 = f64::from(s.next_u32() as i32 >> 3) / 16_777_216.0);
                let mut coarse = other.clone();
                // The high parts are -2 to 2.
                coarse.bonds.iter_mut().for_each(|b| b.2 = f64::from(s.below(200_001) as i32 - 100_000));
                let cases: [(&PairEnergy, f64, &[Width]); 3] = [
                    (&one, 0.25, &[Width::Signs, Width::Small, Width::Halves, Width::Medium]),
                    (&other, 1.0 / 16_777_216.0, &[Width::Halves]),
                    (&coarse, 1.0, &[Width::Halves, Width::Medium]),
                ];
                for (energy, unit, widths) in cases {
                    let mut all = all.clone();
                    if unit == 1.0 {
                        all.iter_mut().for_each(|l| l.beta *= 1e-5);
                    }
                    let mut wide = forced(energy, rule, &all, unit, Width::Large);
                    for &width in widths {
                        wide.restore(&forced(energy, rule, &all, unit, Width::Large).save()).unwrap();
                        let mut kernel = forced(energy, rule, &all, unit, width);
                        for _ in 0..6 {
                            kernel.advance(3);
                            wide.advance(3);
                            assert!(kernel.save() == wide.save(), "{rule:?} {width:?} {sites} {beta}");
                            for l in 0..2 {
                                assert_eq!(kernel.energy(l), wide.energy(l), "{width:?} {sites}");
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The forms for many spins: the contract, the instruction sets, and the energy by the definition.
#[test]
fn many_spins() {
    let drawn = random_pairs(8, 600, true, real);
    assert!(common_unit(drawn.bonds.iter().map(|b| b.2), 1e9).is_none());
    for (energy, width, tolerance) in [(signs(6, 530, 0.5), Width::Signs, 1e-9), (drawn, Width::Halves, 1e-5)] {
        for rule in RULES {
            let mut all = lanes(3, 0.05, 24);
            all[2].beta = 0.2;
            assert_eq!(Dense::new(&energy, rule, &all).unwrap().width(), width);
            obeys_the_contract(&all, |lanes| Dense::new(&energy, rule, lanes).unwrap());
            let mut portable = Dense::with_simd(&energy, rule, &all, Simd::Portable).unwrap();
            let mut detected = Dense::new(&energy, rule, &all).unwrap();
            portable.advance(20);
            detected.advance(7);
            detected.energy(1);
            detected.advance(13);
            assert_eq!(portable.save(), detected.save());
            for (l, s) in states(&detected).iter().enumerate() {
                assert!((detected.energy(l) - energy.energy(s)).abs() < tolerance);
                assert_eq!(detected.energy(l), portable.energy(l));
            }
        }
    }
}
