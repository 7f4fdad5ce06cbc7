//! The Potts kernels against exact averages, exact transition matrices, their twins, and against being interrupted.

use super::clusters::{Scratch, fortuin_kasteleyn, pairs_of_colours, wolff};
use super::model::Model;
use super::*;
use crate::cluster::tree::stationary;
use crate::exact::enumerate_finite;
use crate::random::{Key, Stream};
use crate::sampler::{Lane, Rule, Sampler, Start};
use crate::sparse::Simd;

fn torus(states: u16, width: usize, height: usize) -> PottsEnergy {
    let mut energy = PottsEnergy { states, sites: width * height, constant: 0.5, ..Default::default() };
    for i in 0..width * height {
        let (x, y) = (i % width, i / width);
        energy.bonds.push((i as u32, (y * width + (x + 1) % width) as u32, 1.0));
        energy.bonds.push((i as u32, ((y + 1) % height * width + x) as u32, 1.0));
    }
    energy
}

fn ring(states: u16, sites: u32, coupling: f64) -> PottsEnergy {
    let bonds = (0..sites).map(|i| (i, (i + 1) % sites, coupling)).collect();
    PottsEnergy { states, sites: sites as usize, bonds, ..Default::default() }
}

fn with_couplings(mut energy: PottsEnergy, coupling: impl Fn(usize) -> f64) -> PottsEnergy {
    for (k, bond) in energy.bonds.iter_mut().enumerate() {
        bond.2 = coupling(k);
    }
    energy
}

fn in_random_field(mut energy: PottsEnergy, strength: f64, seed: u64) -> PottsEnergy {
    let mut stream = Stream::new(Key(seed, 6));
    energy.fields = (0..energy.sites * usize::from(energy.states)).map(|_| strength * stream.normal()).collect();
    energy
}

fn lane(beta: f64, seed: u64) -> Lane {
    Lane { beta, key: Key(seed, 78), start: Start::Random }
}

/// Every kernel of a model.
fn all(energy: &PottsEnergy, lanes: &[Lane]) -> Vec<(&'static str, Box<dyn Sampler>)> {
    vec![
        ("Swendsen-Wang", Box::new(PottsSwendsenWang::new(energy, lanes).unwrap())),
        ("Wolff", Box::new(PottsWolff::new(energy, lanes).unwrap())),
        ("Metropolis", Box::new(PottsLocal::new(energy, Rule::Metropolis, lanes).unwrap())),
        ("heat bath", Box::new(PottsLocal::new(energy, Rule::HeatBath, lanes).unwrap())),
    ]
}

fn state_of(sampler: &dyn Sampler, lane: usize) -> Vec<u8> {
    let mut state = vec![255; sampler.sites()];
    sampler.read(lane, &mut state);
    state
}

/// Σ_k n_k², n_k the number of spins with the value k.
fn colours_squared(state: &[u8]) -> f64 {
    let mut counts = [0.0; 256];
    for &s in state {
        counts[usize::from(s)] += 1.0;
    }
    counts.iter().map(|n| n * n).sum()
}

/// Means of E, E², Σ n_k² and the sum of positions over lanes that run side by side, each within six standard errors of the exact
/// value: with 64 lanes the false-alarm rate of a comparison is about 1e-7 (Student's t of 63 degrees of freedom); seeds
/// are fixed.
#[test]
fn small_models_agree_with_enumeration() {
    let mixed = |k: usize| [1.0, -1.0, 0.0, 0.5][k % 4];
    let real = |k: usize| libm::cos(1.7 * k as f64);
    for (name, energy, beta) in [
        ("q = 3", torus(3, 3, 3), 0.9),
        ("q = 2", torus(2, 4, 3), 0.8),
        ("q = 4 with double bonds", torus(4, 2, 4), 0.6),
        ("ring", ring(5, 6, 0.7), 1.5),
        ("diluted", with_couplings(torus(3, 3, 3), |k| if k % 3 == 0 { 0.0 } else { 1.0 }), 1.2),
        ("unlike couplings", with_couplings(torus(3, 3, 3), |k| 0.2 + 0.07 * k as f64), 0.8),
        ("a field", in_random_field(torus(3, 3, 3), 0.4, 1), 0.8),
        ("a field on q = 4", in_random_field(ring(4, 6, 1.0), 1.0, 2), 0.7),
        ("antiferromagnet on triangles", ring(3, 3, -1.0), 1.0),
        ("antiferromagnet of four values", with_couplings(torus(4, 3, 2), |_| -1.0), 1.0),
        ("negative β", torus(3, 3, 3), -0.8),
        ("couplings of both signs", with_couplings(torus(3, 3, 3), mixed), 0.9),
        ("real couplings in a field", in_random_field(with_couplings(torus(3, 3, 3), real), 0.5, 3), 0.9),
        ("infinite temperature", torus(3, 3, 3), 0.0),
    ] {
        let observe = |s: &[u8], e: f64, v: &mut [f64]| {
            v.copy_from_slice(&[e, e * e, colours_squared(s), s.iter().map(|&x| f64::from(x)).sum()]);
        };
        let sizes = vec![energy.states as u8; energy.sites];
        let model = (sizes, |s: &[u8]| energy.energy(s));
        let exact = enumerate_finite(&model, &[beta], 4, &observe).unwrap()[0].means.clone();
        let lanes: Vec<Lane> = (0..64).map(|k| lane(beta, 1000 + k)).collect();
        for (kernel, mut sampler) in all(&energy, &lanes) {
            sampler.advance(100);
            let mut sums = vec![[0.0; 4]; 64];
            for _ in 0..150 {
                sampler.advance(2);
                for (l, sum) in sums.iter_mut().enumerate() {
                    let (e, total) = (sampler.energy(l), sampler.total(l).unwrap());
                    let c = colours_squared(&state_of(sampler.as_ref(), l));
                    for (s, x) in sum.iter_mut().zip([e, e * e, c, total]) {
                        *s += x / 150.0;
                    }
                }
            }
            for l in [0, 63] {
                let state = state_of(sampler.as_ref(), l);
                assert!((sampler.energy(l) - energy.energy(&state)).abs() < 1e-9, "{name}, {kernel}");
            }
            for k in 0..4 {
                let mean = sums.iter().map(|s| s[k]).sum::<f64>() / 64.0;
                let spread = sums.iter().map(|s| (s[k] - mean) * (s[k] - mean)).sum::<f64>();
                let error = libm::sqrt(spread / (64.0 * 63.0));
                let size = 1e-9 * (1.0 + exact[k].abs());
                assert!((mean - exact[k]).abs() < 6.0 * error + size, "{name}, {kernel}, {k}: {mean} ± {error}, {}", exact[k]);
            }
        }
    }
}

/// The exact matrices of the cluster updates on two and three spins are in detailed balance with the Boltzmann distribution.
#[test]
fn cluster_updates_are_balanced() {
    let triangle = |states, bonds: [f64; 3]| with_couplings(ring(states, 3, 1.0), |k| bonds[k]);
    let double = PottsEnergy { states: 4, sites: 2, bonds: vec![(0, 1, 0.5), (1, 0, 0.3)], ..Default::default() };
    for (energy, attracts) in [
        (triangle(3, [1.0, 0.5, 0.0]), true),
        (triangle(2, [1.0, 0.5, 0.8]), true),
        (in_random_field(triangle(3, [1.0, 0.5, 0.7]), 0.4, 4), true),
        (double.clone(), true),
        (in_random_field(double, 1.0, 5), true),
        (triangle(3, [-1.0, -0.5, -0.8]), false),
        (triangle(3, [-1.0, 0.5, 0.8]), false),
        (in_random_field(triangle(3, [-1.0, 0.5, 0.8]), 0.6, 6), false),
    ] {
        let model = Model::new(&energy).unwrap();
        let (q, n) = (energy.states as u8, energy.sites);
        let states = model.q.pow(n as u32);
        let mut scratch = Scratch::new(&model);
        for beta in [0.8, 0.0, -0.5] {
            let draws = model.activations(beta);
            let all_joined = states * (states - 1);
            assert_eq!(
                model.attracts(beta),
                beta == 0.0 || attracts && beta > 0.0 || beta < 0.0 && energy.bonds.iter().all(|b| b.2 <= 0.0)
            );
            if model.attracts(beta) {
                let moves = stationary(q, n, beta, &|s| energy.energy(s), true, &mut |state, tree| {
                    fortuin_kasteleyn(&model, &mut scratch, state, &draws, beta, tree);
                });
                assert_eq!(moves, all_joined);
            }
            let moves = stationary(q, n, beta, &|s| energy.energy(s), true, &mut |state, tree| {
                pairs_of_colours(&model, &mut scratch, state, &draws, beta, tree);
            });
            assert!(moves >= states * n);
            let moves = stationary(q, n, beta, &|s| energy.energy(s), true, &mut |state, tree| {
                wolff(&model, &mut scratch, state, &draws, beta, tree);
            });
            // At least every single spin can take every other value.
            assert!(moves >= states * n * (model.q - 1));
        }
    }
}

/// At T_c = J / ln(1 + √q) the energy of the infinite lattice is -J (1 + 1/√q) a site (Potts 1952). For q = 3 the
/// finite-size correction is L^-0.8 (ν = 5/6), taken out with two sizes; 0.01 is allowed for the next ones, beside six standard
/// errors over 32 lanes (false alarm about 1e-6 with Student's t of 31 degrees of freedom; fixed seeds).
#[test]
fn three_colours_at_the_critical_point() {
    let beta = libm::log(1.0 + libm::sqrt(3.0));
    // Mean and squared standard error of the energy of a site.
    let measure = |size: usize| {
        let energy = torus(3, size, size);
        let lanes: Vec<Lane> = (0..32).map(|k| lane(beta, 60 + k)).collect();
        let mut sampler = PottsSwendsenWang::new(&energy, &lanes).unwrap();
        sampler.advance(100);
        let mut sums = [0.0; 32];
        for _ in 0..250 {
            sampler.advance(2);
            for (l, sum) in sums.iter_mut().enumerate() {
                *sum += (sampler.energy(l) - energy.constant) / (250.0 * energy.sites as f64);
            }
        }
        let mean = sums.iter().sum::<f64>() / 32.0;
        (mean, sums.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / (32.0 * 31.0))
    };
    let ((small, e), (large, f)) = (measure(16), measure(32));
    let factor = libm::pow(2.0, 0.8);
    let infinite = (factor * large - small) / (factor - 1.0);
    let error = libm::sqrt(factor * factor * f + e) / (factor - 1.0);
    let exact = -(1.0 + 1.0 / libm::sqrt(3.0));
    assert!(error < 0.01, "{error}");
    assert!((infinite - exact).abs() < 0.01 + 6.0 * error, "{infinite} ± {error} instead of {exact}");
}

/// A lane has the same numbers alone and in a block, and with either instruction set.
#[test]
fn a_lane_depends_on_itself_only() {
    let integer = with_couplings(torus(3, 7, 5), |k| [1.0, 2.0, -1.0][k % 3]);
    for energy in [integer, torus(5, 9, 4), torus(256, 5, 5), in_random_field(torus(3, 7, 5), 0.3, 4), torus(2, 6, 6)] {
        let together: Vec<Lane> = (0..21).map(|k| lane([0.7, -0.4, 0.0, f64::INFINITY][k as usize % 4], k)).collect();
        for count in [21, 7, 3] {
            let (offset, few) = (21 - count, &together[21 - count..]);
            for ((name, mut many), (_, mut some)) in all(&energy, &together).into_iter().zip(all(&energy, few)) {
                many.advance(12);
                some.advance(5);
                some.advance(7);
                for l in 0..count {
                    assert_eq!(state_of(many.as_ref(), offset + l), state_of(some.as_ref(), l), "{name}");
                    assert_eq!(many.energy(offset + l), some.energy(l));
                }
            }
        }
        for rule in [Rule::Metropolis, Rule::HeatBath] {
            for lanes in [&together[..], &together[..1]] {
                let mut best = PottsLocal::new(&energy, rule, lanes).unwrap();
                let mut plain = PottsLocal::with_simd(&energy, rule, lanes, Simd::Portable).unwrap();
                best.advance(9);
                plain.advance(9);
                assert_eq!(best.save(), plain.save());
            }
        }
    }
}

#[test]
fn a_restored_sampler_goes_on_bit_for_bit() {
    for energy in [torus(3, 6, 5), in_random_field(torus(4, 5, 5), 0.3, 4), with_couplings(torus(3, 5, 5), |_| -1.0)] {
        let lanes: Vec<Lane> = (0..5).map(|k| lane(0.2 * k as f64, k)).collect();
        for ((name, mut one), (_, mut other)) in all(&energy, &lanes).into_iter().zip(all(&energy, &lanes)) {
            one.advance(9);
            one.set_beta(2, 1.1);
            let saved = one.save();
            one.advance(8);
            other.restore(&saved).unwrap();
            other.advance(3);
            other.advance(5);
            assert_eq!(one.save(), other.save(), "{name}");
            assert_ne!(one.save(), saved, "{name}");
            for cut in [0, 3, 20, saved.len() - 1] {
                assert!(other.restore(&saved[..cut]).is_err(), "{name}");
            }
            let mut longer = saved.clone();
            longer.push(0);
            assert!(other.restore(&longer).is_err(), "{name}");
            assert_eq!(one.save(), other.save(), "{name}");
        }
    }
    let mut wolff = PottsWolff::new(&torus(3, 16, 16), &[lane(0.5, 1)]).unwrap();
    wolff.calibrate(20);
    assert!(wolff.clusters_per_sweep(0) > 1);
    let mut other = PottsWolff::new(&torus(3, 16, 16), &[lane(0.5, 1)]).unwrap();
    other.restore(&wolff.save()).unwrap();
    assert_eq!(other.clusters_per_sweep(0), wolff.clusters_per_sweep(0));
}

/// At infinite β clusters order a ferromagnet and stay in the ground state, and a field chooses its colour.
#[test]
fn zero_temperature() {
    for in_field in [false, true] {
        let mut energy = torus(3, 9, 7);
        let mut ground = energy.constant - energy.bonds.len() as f64;
        if in_field {
            energy.fields = (0..3 * energy.sites).map(|k| if k % 3 == 1 { 0.25 } else { 0.0 }).collect();
            ground -= 0.25 * energy.sites as f64;
        }
        let lanes: Vec<Lane> = (0..4).map(|k| lane(f64::INFINITY, k)).collect();
        for (name, mut sampler) in all(&energy, &lanes) {
            let clusters = ["Swendsen-Wang", "Wolff"].contains(&name);
            let before: Vec<f64> = (0..4).map(|l| sampler.energy(l)).collect();
            sampler.advance(3000);
            for (l, before) in before.iter().enumerate() {
                // Single spins may stop at stripes.
                assert!(if clusters { sampler.energy(l) == ground } else { sampler.energy(l) < *before }, "{name}");
            }
            sampler.set_beta(0, 0.0);
            sampler.advance(3000);
            assert!(sampler.energy(0) > 0.7 * ground, "{name}");
        }
    }
}

#[test]
fn unfit_models_are_refused() {
    let lanes = [lane(0.4, 1)];
    let refused = |energy: &PottsEnergy, lanes: &[Lane]| {
        let local = PottsLocal::new(energy, Rule::HeatBath, lanes).err().unwrap();
        assert_eq!(PottsSwendsenWang::new(energy, lanes).err().as_ref(), Some(&local));
        assert_eq!(PottsWolff::new(energy, lanes).err().as_ref(), Some(&local));
        local
    };
    assert!(refused(&PottsEnergy { states: 3, ..Default::default() }, &lanes).contains("no spins"));
    assert!(refused(&torus(1, 3, 3), &lanes).contains("values"));
    assert!(refused(&torus(257, 3, 3), &lanes).contains("values"));
    let bond = |i, j, coupling| PottsEnergy { states: 3, sites: 3, bonds: vec![(i, j, coupling)], ..Default::default() };
    refused(&bond(0, 3, 1.0), &lanes);
    refused(&bond(1, 1, 1.0), &lanes);
    refused(&bond(0, 1, f64::INFINITY), &lanes);
    refused(&PottsEnergy { fields: vec![0.0; 3], ..bond(0, 1, 1.0) }, &lanes);
    refused(&PottsEnergy { fields: vec![f64::NAN; 9], ..bond(0, 1, 1.0) }, &lanes);
    let fit = torus(3, 3, 3);
    refused(&fit, &[Lane { start: Start::Uniform(3), ..lane(0.4, 1) }]);
    refused(&fit, &[Lane { start: Start::Given(vec![0; 8]), ..lane(0.4, 1) }]);
    refused(&fit, &[lane(f64::NAN, 1)]);
}

#[test]
fn states_are_written_and_read() {
    for energy in [torus(3, 5, 4), torus(256, 5, 4), in_random_field(torus(3, 5, 4), 1.0, 9)] {
        let given: Vec<u8> = (0..20).map(|i| (7 * i % energy.states) as u8).collect();
        for count in [1, 5, 20] {
            let lanes = vec![Lane { start: Start::Given(given.clone()), ..lane(0.4, 1) }; count];
            for (name, mut sampler) in all(&energy, &lanes) {
                let last = count - 1;
                assert_eq!(state_of(sampler.as_ref(), last), given, "{name}");
                assert!((sampler.energy(last) - energy.energy(&given)).abs() < 1e-12, "{name}");
                assert_eq!(sampler.total(last), Some(given.iter().map(|&s| f64::from(s)).sum()), "{name}");
                sampler.advance(3);
                sampler.write(last, &[1; 20]);
                assert_eq!(state_of(sampler.as_ref(), last), vec![1; 20], "{name}");
                assert!((sampler.energy(last) - energy.energy(&[1; 20])).abs() < 1e-12, "{name}");
            }
        }
    }
}
