//! What must hold for every run: energies, lengths, determinism, saving, refusals, limits of temperature.

use super::super::local::Local;
use super::super::update::Move;
use super::*;
use crate::random::Stream;

/// A graph with everything: a star of high degree, unlike degrees, an odd loop, a repeated pair, a lonely site.
fn irregular(n: usize, matrices: bool, site_terms: bool) -> VectorEnergy {
    let mut stream = Stream::new(Key(8, n as u64));
    let sites = 67;
    let mut bonds: Vec<(u32, u32, f64)> = (1..40).map(|i| (0, i, stream.normal())).collect();
    while bonds.len() < 170 {
        let (i, j) = (stream.below(66), stream.below(66));
        if i != j {
            bonds.push((i, j, stream.normal()));
        }
    }
    bonds.push(bonds[50]);
    let mut numbers = |count: usize| (0..count).map(|_| stream.normal()).collect::<Vec<f64>>();
    let matrices = if matrices { numbers(bonds.len() * n * n) } else { Vec::new() };
    let fields = if site_terms { numbers(sites * n) } else { Vec::new() };
    let mut anisotropy = if site_terms { numbers(sites * n * n) } else { Vec::new() };
    for d in anisotropy.chunks_exact_mut(n * n) {
        for e in 0..n * n {
            d[e] = d[e % n * n + e / n];
        }
    }
    VectorEnergy { n, sites, bonds, matrices, fields, anisotropy, constant: 1.5 }
}

fn models() -> Vec<VectorEnergy> {
    let mut all = vec![lattice(&[16, 6], 2, 1.0), lattice(&[8, 8, 4], 3, -0.3), lattice(&[5, 7], 2, 1.0), chain(100, 4, 2.0)];
    for n in [2, 3, 4, 5, 6, 16] {
        all.push(irregular(n, false, false));
        all.push(irregular(n, n % 2 == 1, true));
    }
    all
}

fn state(kernel: &dyn Field, lane: usize) -> Vec<f64> {
    let mut state = vec![0.0; kernel.components()];
    kernel.read(lane, &mut state);
    state
}

#[test]
fn energies_and_lengths_after_long_runs() {
    for energy in models() {
        for rule in RULES.into_iter().filter(|&rule| Vector::fits(&energy, rule).is_ok()) {
            let mut kernel = Vector::new(&energy, rule, &[lane(0.7, 1), lane(f64::INFINITY, 2)]).unwrap();
            kernel.warm_up(30);
            kernel.advance(300);
            for lane in 0..2 {
                let state = state(&kernel, lane);
                let again = energy.energy(&state);
                let scale = energy.unit() * energy.bonds.len() as f64;
                assert!((kernel.energy(lane) - again).abs() < 1e-12 * scale, "{rule:?}: {} {again}", kernel.energy(lane));
                for spin in state.chunks_exact(energy.n) {
                    let square: f64 = spin.iter().map(|x| x * x).sum();
                    assert!((square - 1.0).abs() < 1e-6, "{rule:?}, n = {}: {square}", energy.n);
                }
            }
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for energy in models() {
        for rule in &RULES[..LOCAL] {
            let runs: Vec<Vec<u8>> = Instructions::available()
                .into_iter()
                .map(|with| {
                    let mut kernel = Vector::with_instructions(&energy, *rule, &[lane(0.9, 1)], with).unwrap();
                    kernel.warm_up(5);
                    kernel.advance(10);
                    kernel.save()
                })
                .collect();
            assert!(runs.windows(2).all(|r| r[0] == r[1]), "{rule:?}, n = {}", energy.n);
        }
    }
}

#[test]
fn saved_kernels_go_on_bit_for_bit() {
    for energy in [lattice(&[6, 6], 2, 1.0), irregular(3, false, false), irregular(5, false, false)] {
        for rule in RULES {
            let lanes = [lane(0.8, 1), lane(1.4, 2)];
            let mut first = Vector::new(&energy, rule, &lanes).unwrap();
            first.warm_up(10);
            first.set_beta(1, 0.3);
            first.advance(7);
            let saved = first.save();
            let mut second = Vector::new(&energy, rule, &lanes).unwrap();
            second.restore(&saved).unwrap();
            assert_eq!(second.energy(1), first.energy(1));
            first.advance(9);
            second.advance(4);
            second.advance(5);
            assert_eq!(first.save(), second.save(), "{rule:?}");
            assert!(second.restore(&saved[..saved.len() - 3]).is_err());
            assert!(second.restore(b"nonsense").is_err());
            let mut other = Vector::new(&lattice(&[4, 4], energy.n, 1.0), rule, &lanes).unwrap();
            assert!(other.restore(&saved).is_err());
            let mut fewer = Vector::new(&energy, rule, &lanes[..1]).unwrap();
            assert!(fewer.restore(&saved).is_err());
        }
    }
}

#[test]
fn a_lane_does_not_depend_on_the_others() {
    let energy = irregular(3, false, false);
    for rule in RULES {
        let mut many = Vector::new(&energy, rule, &[lane(0.1, 5), lane(0.8, 6), lane(2.0, 7)]).unwrap();
        let mut one = Vector::new(&energy, rule, &[lane(0.8, 6)]).unwrap();
        many.warm_up(4);
        one.warm_up(4);
        many.advance(5);
        one.advance(5);
        assert_eq!(state(&many, 1), state(&one, 0), "{rule:?}");
    }
}

#[test]
fn reflections_keep_the_energy() {
    let mut models = models();
    models.iter_mut().for_each(|energy| energy.anisotropy.clear());
    for energy in models {
        let rule = VectorRule::OverRelaxation { per: 1, heat_bath: true };
        let mut kernel = Local::new(&energy, rule, &[lane(0.6, 3)], Instructions::best()).unwrap();
        kernel.advance(20);
        let (before, start) = (kernel.energy(0), state(&kernel, 0));
        kernel.only(Move::Reflect);
        kernel.advance(50);
        let scale = energy.unit() * (energy.bonds.len() + energy.sites) as f64;
        assert!((kernel.energy(0) - before).abs() < 2e-6 * scale, "n = {}: {before} {}", energy.n, kernel.energy(0));
        let moved: f64 = state(&kernel, 0).iter().zip(&start).map(|(a, b)| (a - b).abs()).sum();
        assert!(moved > 0.1 * energy.sites as f64, "the spins must move");
    }
}

#[test]
fn zero_temperature_only_goes_down() {
    for energy in [chain(30, 2, 1.0), chain(30, 3, -1.0), chain(30, 5, 1.0), lattice(&[6, 5], 3, 0.7)] {
        for rule in [VectorRule::Metropolis, VectorRule::HeatBath, VectorRule::OverRelaxation { per: 1, heat_bath: true }] {
            let mut kernel = Vector::new(&energy, rule, &[lane(f64::INFINITY, 3)]).unwrap();
            let mut before = kernel.energy(0);
            let first = before;
            for _ in 0..300 {
                kernel.warm_up(1);
                kernel.advance(1);
                assert!(kernel.energy(0) <= before + 1e-4, "{rule:?}");
                before = kernel.energy(0);
            }
            assert!(before < 0.6 * energy.unit() * -(energy.bonds.len() as f64) && before < first, "{rule:?}: {before}");
        }
    }
}

#[test]
fn extreme_numbers_do_no_harm() {
    for scale in [1e-200, 1e200] {
        let mut energy = lattice(&[4, 4], 3, scale);
        energy.fields = vec![scale * 0.1; 48];
        for rule in &RULES[..LOCAL] {
            for beta in [1.0 / scale, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e-300] {
                let mut kernel = Vector::new(&energy, *rule, &[lane(beta, 3)]).unwrap();
                kernel.warm_up(5);
                kernel.advance(5);
                assert!(kernel.energy(0).is_finite());
                assert!(state(&kernel, 0).iter().all(|x| x.abs() <= 1.0 + 1e-6));
            }
        }
    }
}

#[test]
fn what_cannot_be_served_is_refused() {
    let good = lattice(&[4, 4], 3, 1.0);
    let all = |energy: &VectorEnergy| RULES.map(|rule| Vector::fits(energy, rule).is_ok());
    assert_eq!(all(&good), [true; 6]);
    let only_local = [true, true, true, true, false, false];
    assert_eq!(all(&VectorEnergy { fields: vec![0.1; 48], ..good.clone() }), only_local);
    assert_eq!(all(&VectorEnergy { fields: vec![0.0; 48], ..good.clone() }), [true; 6]);
    assert_eq!(all(&VectorEnergy { anisotropy: vec![0.1; 144], ..good.clone() }), only_local);
    assert_eq!(all(&VectorEnergy { matrices: vec![0.1; 32 * 9], ..good.clone() }), only_local);
    let bad = [
        VectorEnergy { n: 1, ..good.clone() },
        VectorEnergy { n: 17, ..good.clone() },
        VectorEnergy { sites: 15, ..good.clone() },
        VectorEnergy { sites: 0, bonds: Vec::new(), ..good.clone() },
        VectorEnergy { bonds: vec![(0, 0, 1.0)], ..good.clone() },
        VectorEnergy { bonds: vec![(0, 1, f64::NAN)], ..good.clone() },
        VectorEnergy { fields: vec![1.0; 47], ..good.clone() },
        VectorEnergy { fields: vec![f64::INFINITY; 48], ..good.clone() },
        VectorEnergy { matrices: vec![1.0], ..good.clone() },
        VectorEnergy { anisotropy: (0..144).map(f64::from).collect(), ..good.clone() },
        VectorEnergy { constant: f64::NAN, ..good.clone() },
    ];
    for energy in bad {
        assert_eq!(all(&energy), [false; 6]);
    }
    let given = |state| FieldLane { start: FieldStart::Given(state), ..lane(1.0, 1) };
    for rule in RULES {
        assert!(Vector::new(&good, rule, &[lane(f64::NAN, 1)]).is_err());
        assert!(Vector::new(&good, rule, &[given(vec![1.0; 48])]).is_err());
        assert!(Vector::new(&good, rule, &[given(vec![f64::NAN; 48])]).is_err());
        assert!(Vector::new(&good, rule, &[given(vec![1.0])]).is_err());
        let up: Vec<f64> = (0..48).map(|i| f64::from(i % 3 == 2)).collect();
        let kernel = Vector::new(&good, rule, &[given(up.clone())]).unwrap();
        assert_eq!(state(&kernel, 0), up);
        assert_eq!(kernel.energy(0), -32.0);
    }
}

/// The step adapts in the warm-up and nowhere else.
#[test]
fn proposals_adapt_in_the_warm_up_alone() {
    for n in [2, 3, 5] {
        let mut kernel = Vector::new(&lattice(&[8, 8], n, 1.0), VectorRule::Metropolis, &[lane(8.0, 3)]).unwrap();
        kernel.advance(100);
        assert!(kernel.acceptance().unwrap() < 0.25, "{:?}", kernel.acceptance());
        kernel.warm_up(300);
        assert_eq!(kernel.acceptance(), None);
        kernel.advance(200);
        assert!((kernel.acceptance().unwrap() - 0.45).abs() < 0.05, "{:?}", kernel.acceptance());
    }
}
