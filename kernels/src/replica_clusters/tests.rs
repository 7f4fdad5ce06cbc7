//! Moves between replicas: conserved sums, exact transition matrices of the pair, and joint averages against enumeration.

use super::*;
use crate::cluster::tree::stationary;
use crate::exact::{EnumState, enumerate};
use crate::random::Key;
use crate::sampler::{Lane, Rule, Sampler, Start};
use crate::sparse::Sparse;

/// A torus with couplings of both signs, a few of them missing or double.
fn glass(width: usize, height: usize, seed: u64, normal: bool) -> PairEnergy {
    let mut stream = Stream::new(Key(seed, 3));
    let mut energy = PairEnergy { sites: width * height, constant: 0.25, ..Default::default() };
    for i in 0..width * height {
        let (x, y) = (i % width, i / width);
        for j in [y * width + (x + 1) % width, (y + 1) % height * width + x] {
            let coupling = if normal { stream.normal() } else { f64::from(stream.below(3)) - 1.0 };
            energy.bonds.push((i as u32, j as u32, coupling));
        }
    }
    energy
}

fn random_state(n: usize, stream: &mut Stream) -> Vec<u8> {
    (0..n).map(|_| stream.below(2) as u8).collect()
}

#[test]
fn houdayer_conserves_the_sum_of_the_energies() {
    let mut stream = Stream::new(Key(8, 1));
    for in_field in [false, true] {
        let mut energy = glass(10, 9, 2, true);
        if in_field {
            energy.fields = (0..90).map(|_| stream.normal()).collect();
        }
        let mut clusters = ReplicaClusters::new(&energy).unwrap();
        let mut changed = 0;
        for _ in 0..200 {
            let (mut a, mut b) = (random_state(90, &mut stream), random_state(90, &mut stream));
            let (a0, b0) = (a.clone(), b.clone());
            let moved = clusters.houdayer(&mut a, &mut b, &mut stream);
            assert!(moved > 0);
            assert_eq!(moved, (0..90).filter(|&i| a[i] != a0[i]).count());
            assert!((0..90).all(|i| a[i] ^ b[i] == a0[i] ^ b0[i]));
            let before = energy.energy(&a0) + energy.energy(&b0);
            assert!((energy.energy(&a) + energy.energy(&b) - before).abs() < 1e-10);
            changed += usize::from((energy.energy(&a) - energy.energy(&a0)).abs() > 0.1);
        }
        assert!(changed > 100);
        let mut a = random_state(90, &mut stream);
        let mut b = a.clone();
        assert_eq!(clusters.houdayer(&mut a, &mut b, &mut stream), 0);
    }
}

/// The exact matrices on pairs of states of three or four spins: both moves are in detailed balance with the joint distribution,
/// at equal and at unequal temperatures, with and without fields.
#[test]
fn moves_are_balanced() {
    let models = [
        PairEnergy { sites: 3, bonds: vec![(0, 1, 1.0), (1, 2, -0.6), (2, 0, 0.8)], ..Default::default() },
        PairEnergy { sites: 3, bonds: vec![(0, 1, 0.7), (1, 0, 0.4), (1, 2, 0.0)], ..Default::default() },
        PairEnergy { sites: 4, bonds: vec![(0, 1, 1.0), (1, 2, -1.0), (2, 3, 0.5)], ..Default::default() },
        PairEnergy { sites: 3, bonds: vec![(0, 1, 1.0), (1, 2, -0.6)], fields: vec![0.3, -0.5, 0.2], constant: 1.0 },
    ];
    for energy in &models {
        let n = energy.sites;
        let mut clusters = ReplicaClusters::new(energy).unwrap();
        for betas in [[0.5, 0.5], [0.9, 0.3], [0.4, -0.7], [0.0, 0.0]] {
            let joint = |s: &[u8]| betas[0] * energy.energy(&s[..n]) + betas[1] * energy.energy(&s[n..]);
            let moves = stationary(2, 2 * n, 1.0, &joint, true, &mut |state, tree| {
                let (a, b) = state.split_at_mut(n);
                clusters.houdayer_with(a, b, betas, tree);
            });
            assert!(moves > 0);
            let activations = clusters.activations(betas);
            let moves = stationary(2, 2 * n, 1.0, &joint, true, &mut |state, tree| {
                let (a, b) = state.split_at_mut(n);
                clusters.jorg_with(a, b, &activations, tree);
            });
            // From each pair of states all σ can be reached at the same τ.
            assert_eq!(moves, 4usize.pow(n as u32) * (2usize.pow(n as u32) - 1));
        }
    }
}

/// Energy, its square and the squared overlap of pairs, within six standard errors over 32 pairs (false alarm about 1e-6 a
/// comparison with Student's t of 31 degrees of freedom; fixed seeds).
#[test]
fn pairs_agree_with_enumeration() {
    for (in_field, beta) in [(false, 1.2), (true, 0.7)] {
        let mut energy = glass(4, 3, 5, in_field);
        if in_field {
            energy.fields = (0..12).map(|i| 0.4 * f64::from(i % 3 - 1)).collect();
        }
        // <q²> = Σ_ij <s_i s_j>² / N² for independent replicas.
        let observe = |s: &EnumState, v: &mut [f64]| {
            v[0] = s.energy;
            v[1] = s.energy * s.energy;
            for i in 0..12 {
                for j in 0..12 {
                    v[2 + 12 * i + j] = if (s.bits >> i ^ s.bits >> j) & 1 == 0 { 1.0 } else { -1.0 };
                }
            }
        };
        let means = enumerate(&energy, &[beta], 146, &observe).unwrap()[0].means.clone();
        let exact = [means[0], means[1], means[2..].iter().map(|c| c * c).sum::<f64>() / 144.0];
        for which in [ReplicaMove::Houdayer, ReplicaMove::Jorg] {
            let lanes: Vec<Lane> = (0..64).map(|k| Lane { beta, key: Key(k, 40), start: Start::Random }).collect();
            let inner = Sparse::new(&energy, Rule::Metropolis, &lanes).unwrap();
            let mut sampler = WithReplicaClusters::new(inner, &energy, &lanes, which, 2).unwrap();
            sampler.advance(200);
            let mut sums = vec![[0.0; 3]; 32];
            let (mut a, mut b) = (vec![0; 12], vec![0; 12]);
            for _ in 0..1000 {
                sampler.advance(3);
                for (k, sum) in sums.iter_mut().enumerate() {
                    let (x, y) = (sampler.energy(2 * k), sampler.energy(2 * k + 1));
                    sampler.read(2 * k, &mut a);
                    sampler.read(2 * k + 1, &mut b);
                    assert!((energy.energy(&a) - x).abs() < 1e-9);
                    let q = (0..12).map(|i| if a[i] == b[i] { 1.0 } else { -1.0 }).sum::<f64>() / 12.0;
                    for (s, value) in sum.iter_mut().zip([0.5 * (x + y), 0.5 * (x * x + y * y), q * q]) {
                        *s += value / 1000.0;
                    }
                }
            }
            for k in 0..3 {
                let mean = sums.iter().map(|s| s[k]).sum::<f64>() / 32.0;
                let spread = sums.iter().map(|s| (s[k] - mean) * (s[k] - mean)).sum::<f64>();
                let error = libm::sqrt(spread / (32.0 * 31.0));
                assert!((mean - exact[k]).abs() < 6.0 * error, "{which:?} {k}: {mean} ± {error}, exact {}", exact[k]);
            }
            assert!(sampler.moved(0).unwrap() > 0.05);
        }
    }
}

#[test]
fn a_restored_sampler_goes_on_bit_for_bit() {
    let energy = glass(7, 5, 6, true);
    let lanes: Vec<Lane> = (0..4).map(|k| Lane { beta: 0.8, key: Key(k, 41), start: Start::Random }).collect();
    for which in [ReplicaMove::Houdayer, ReplicaMove::Jorg] {
        let make = || {
            let inner = Sparse::new(&energy, Rule::HeatBath, &lanes).unwrap();
            WithReplicaClusters::new(inner, &energy, &lanes, which, 3).unwrap()
        };
        let (mut one, mut other) = (make(), make());
        one.advance(10);
        one.set_beta(0, 0.5);
        one.set_beta(1, f64::INFINITY);
        let saved = one.save();
        one.advance(7);
        other.restore(&saved).unwrap();
        other.advance(1);
        other.advance(6);
        assert_eq!(one.save(), other.save());
        for cut in [0, 8, 30, saved.len() - 1] {
            assert!(other.restore(&saved[..cut]).is_err());
        }
        assert_eq!(one.save(), other.save());
    }
}

/// At zero temperature neither move raises the sum of the energies, and at β = 0 Jörg's redraws both replicas at fixed overlaps.
#[test]
fn zero_and_infinite_temperature() {
    let mut energy = glass(8, 8, 7, false);
    let mut stream = Stream::new(Key(9, 9));
    for fields in [vec![], (0..64).map(|i| f64::from(i % 5) - 2.0).collect()] {
        energy.fields = fields;
        let mut clusters = ReplicaClusters::new(&energy).unwrap();
        let (mut a, mut b) = (random_state(64, &mut stream), random_state(64, &mut stream));
        let frozen = [f64::INFINITY; 2];
        for _ in 0..50 {
            let before = energy.energy(&a) + energy.energy(&b);
            clusters.jorg_between(&mut a, &mut b, frozen, &mut stream);
            clusters.houdayer_between(&mut a, &mut b, frozen, &mut stream);
            assert!(energy.energy(&a) + energy.energy(&b) <= before + 1e-9);
        }
        // Of a frozen replica and a warm one, the frozen one does not rise.
        b = random_state(64, &mut stream);
        for _ in 0..50 {
            let before = energy.energy(&a);
            clusters.jorg_between(&mut a, &mut b, [f64::INFINITY, 1.0], &mut stream);
            clusters.houdayer_between(&mut a, &mut b, [f64::INFINITY, 1.0], &mut stream);
            assert!(energy.energy(&a) <= before + 1e-9);
        }
        let (a0, b0) = (a.clone(), b.clone());
        let flipped = clusters.jorg(&mut a, &mut b, 0.0, &mut stream);
        assert!((10..54).contains(&flipped));
        assert!((0..64).all(|i| a[i] ^ b[i] == a0[i] ^ b0[i]));
    }
}

#[test]
fn unfit_pairs_are_refused() {
    let energy = glass(3, 3, 1, true);
    let lanes: Vec<Lane> = (0..3).map(|k| Lane { beta: 1.0, key: Key(k, 1), start: Start::Random }).collect();
    let refused = |energy: &PairEnergy, lanes: &[Lane], model: &PairEnergy, every: u64| {
        let inner = Sparse::new(energy, Rule::Metropolis, lanes).unwrap();
        WithReplicaClusters::new(inner, model, lanes, ReplicaMove::Jorg, every).err()
    };
    assert!(refused(&energy, &lanes, &energy, 1).unwrap().contains("pairs"));
    assert!(refused(&energy, &lanes[..2], &glass(3, 4, 1, true), 1).is_some());
    assert!(refused(&energy, &lanes[..2], &energy, 0).is_some());
    assert!(refused(&energy, &lanes[..2], &energy, 1).is_none());
    assert!(ReplicaClusters::new(&PairEnergy { sites: 2, bonds: vec![(0, 2, 1.0)], ..Default::default() }).is_err());
    assert!(ReplicaClusters::new(&PairEnergy { sites: 2, bonds: vec![(0, 1, f64::NAN)], ..Default::default() }).is_err());
}
