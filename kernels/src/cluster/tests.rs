//! The cluster samplers against exact averages, against their slow twins, and against being interrupted.

use super::bits::{Bernoulli, Bits};
use super::rows::Rows;
use super::runs::Runs;
use super::*;
use crate::exact::{EnumState, enumerate, kaufman};
use crate::random::{Key, Stream};
use crate::sampler::{Lane, PairEnergy, Sampler, Start};

const CRITICAL: f64 = 0.440_686_793_509_772;

fn torus(width: usize, height: usize) -> PairEnergy {
    let mut energy = PairEnergy { sites: width * height, constant: 0.5, ..Default::default() };
    for i in 0..width * height {
        let (x, y) = (i % width, i / width);
        energy.bonds.push((i as u32, (y * width + (x + 1) % width) as u32, 1.0));
        energy.bonds.push((i as u32, ((y + 1) % height * width + x) as u32, 1.0));
    }
    energy
}

/// Flips the signs of the bonds at random sites: the same model in another gauge.
fn in_a_gauge(mut energy: PairEnergy, seed: u64) -> PairEnergy {
    let mut stream = Stream::new(Key(seed, 2));
    let sign: Vec<f64> = (0..energy.sites).map(|_| if stream.next_u32() & 1 == 0 { 1.0 } else { -1.0 }).collect();
    for bond in &mut energy.bonds {
        bond.2 *= sign[bond.0 as usize] * sign[bond.1 as usize];
    }
    energy
}

fn random_graph(sites: usize, seed: u64, alike: bool) -> PairEnergy {
    let mut stream = Stream::new(Key(seed, 1));
    let mut energy = PairEnergy { sites, constant: -1.0, ..Default::default() };
    for _ in 0..3 * sites / 2 {
        let i = stream.below(sites as u32);
        let j = (i + 1 + stream.below(sites as u32 - 1)) % sites as u32;
        let coupling = stream.normal();
        energy.bonds.push((i, j, if alike { coupling.signum() } else { coupling }));
    }
    energy
}

fn lane(beta: f64, seed: u64) -> Lane {
    Lane { beta, key: Key(seed, 77), start: Start::Random }
}

/// Means of E, E² and M² over lanes that run side by side, each within six standard errors of the exact value. With 64 lanes
/// the false-alarm rate of one comparison is about 1e-7 (Student's t with 63 degrees of freedom); the seeds are fixed.
fn compare(sampler: &mut dyn Sampler, exact: [f64; 3], sweeps: u64, what: &str) {
    sampler.advance(100);
    let lanes = sampler.lanes();
    let mut sums = vec![[0.0; 3]; lanes];
    for _ in 0..sweeps {
        sampler.advance(1);
        for (lane, sum) in sums.iter_mut().enumerate() {
            let (e, m) = (sampler.energy(lane), sampler.total(lane).unwrap());
            for (s, x) in sum.iter_mut().zip([e, e * e, m * m]) {
                *s += x / sweeps as f64;
            }
        }
    }
    for k in 0..3 {
        let mean = sums.iter().map(|s| s[k]).sum::<f64>() / lanes as f64;
        let spread = sums.iter().map(|s| (s[k] - mean) * (s[k] - mean)).sum::<f64>();
        let error = libm::sqrt(spread / (lanes * (lanes - 1)) as f64);
        let size = 1e-9 * (1.0 + exact[k].abs());
        assert!((mean - exact[k]).abs() < 6.0 * error + size, "{what}, {k}: {mean} ± {error}, exact {}", exact[k]);
    }
}

fn exact_of(energy: &PairEnergy, beta: f64) -> [f64; 3] {
    let observe = |s: &EnumState, v: &mut [f64]| {
        let m = f64::from(s.total);
        v.copy_from_slice(&[s.energy, s.energy * s.energy, m * m]);
    };
    let averages = &enumerate(energy, &[beta], 3, &observe).unwrap()[0];
    [averages.means[0], averages.means[1], averages.means[2]]
}

/// Both samplers on both of their paths.
fn all_paths(energy: &PairEnergy, lanes: &[Lane]) -> Vec<(&'static str, Box<dyn Sampler>)> {
    vec![
        ("Swendsen-Wang", Box::new(SwendsenWang::new(energy, lanes).unwrap())),
        ("Swendsen-Wang, general", Box::new(SwendsenWang::general(energy, lanes).unwrap())),
        ("Wolff", Box::new(Wolff::new(energy, lanes).unwrap())),
        ("Wolff, general", Box::new(Wolff::general(energy, lanes).unwrap())),
    ]
}

#[test]
fn small_models_agree_with_enumeration() {
    let ring = PairEnergy { sites: 18, bonds: (0..18).map(|i| (i, (i + 1) % 18, 0.8)).collect(), ..Default::default() };
    let mut anisotropic = torus(6, 3);
    for bond in anisotropic.bonds.iter_mut().step_by(2) {
        bond.2 = 0.5;
    }
    let mut frustrated = torus(4, 4);
    for (k, bond) in frustrated.bonds.iter_mut().enumerate() {
        bond.2 = if k % 5 < 2 { -1.0 } else { 1.0 };
    }
    let mut weights = torus(4, 4);
    for (k, bond) in weights.bonds.iter_mut().enumerate() {
        bond.2 = 0.2 + 0.05 * k as f64;
    }
    for (name, energy, beta) in [
        ("torus", torus(4, 4), CRITICAL),
        ("double bonds", torus(2, 5), 0.3),
        ("ring", ring, 0.9),
        ("gauge", in_a_gauge(torus(4, 4), 3), 0.4),
        ("antiferromagnet at negative β", in_a_gauge(torus(4, 4), 4), -0.4),
        ("anisotropic", anisotropic, 0.5),
        ("frustrated", frustrated, 0.5),
        ("odd antiferromagnet", torus(3, 5), -0.5),
        ("weights", in_a_gauge(weights, 5), 0.35),
        ("random graph", random_graph(14, 6, false), 0.6),
        ("random graph of alike bonds", random_graph(14, 8, true), 0.6),
    ] {
        let exact = exact_of(&energy, beta);
        let lanes: Vec<Lane> = (0..64).map(|k| lane(beta, 1000 + k)).collect();
        for (path, mut sampler) in all_paths(&energy, &lanes) {
            compare(sampler.as_mut(), exact, 300, &format!("{name}, {path}"));
        }
    }
}

/// Kaufman's energy and its variance at L = 16 and T_c, also with the number of clusters a sweep from a calibration.
#[test]
fn the_critical_torus_agrees_with_kaufman() {
    let energy = torus(16, 16);
    let exact = kaufman(16, 16, 1.0, 1.0, CRITICAL).unwrap();
    let mean = exact.energy + energy.constant;
    let lanes: Vec<Lane> = (0..64).map(|k| lane(CRITICAL, 50 + k)).collect();
    let mut sw = SwendsenWang::new(&energy, &lanes).unwrap();
    assert!(sw.is_regular());
    let mut wolff = Wolff::new(&energy, &lanes).unwrap();
    assert!(wolff.is_regular());
    let mut calibrated = Wolff::new(&energy, &lanes).unwrap();
    calibrated.calibrate(50);
    assert!((0..64).all(|lane| (2..10).contains(&calibrated.clusters_per_sweep(lane))));
    let samplers: [(&str, &mut dyn Sampler); 3] = [("sw", &mut sw), ("wolff", &mut wolff), ("calibrated", &mut calibrated)];
    for (name, sampler) in samplers {
        sampler.advance(100);
        let sweeps = 300;
        let means: Vec<[f64; 2]> = {
            let mut sums = vec![[0.0; 2]; 64];
            for _ in 0..sweeps {
                sampler.advance(1);
                for (lane, sum) in sums.iter_mut().enumerate() {
                    let e = sampler.energy(lane) - mean;
                    sum[0] += e / f64::from(sweeps);
                    sum[1] += e * e / f64::from(sweeps);
                }
            }
            sums
        };
        for (k, expected) in [0.0, exact.energy_variance].into_iter().enumerate() {
            let average = means.iter().map(|m| m[k]).sum::<f64>() / 64.0;
            let spread = means.iter().map(|m| (m[k] - average) * (m[k] - average)).sum::<f64>();
            let error = libm::sqrt(spread / (64.0 * 63.0));
            assert!((average - expected).abs() < 6.0 * error, "{name}: {average} ± {error}, exact {expected}");
        }
    }
}

/// Widths of several words, shifted bundles and wraps: the energy of larger lattices agrees on all paths. Six standard
/// errors of the difference of two means over 32 lanes: false alarm about 1e-7 a comparison, fixed seeds.
#[test]
fn rows_agree_with_the_general_path() {
    let mut triangular = torus(70, 6);
    for i in 0..420usize {
        let (x, y) = (i % 70, i / 70);
        triangular.bonds.push((i as u32, ((y + 1) % 6 * 70 + (x + 1) % 70) as u32, 1.0));
    }
    let mut cubic = PairEnergy { sites: 512, ..Default::default() };
    for i in 0..512usize {
        let at = |x: usize, y: usize, z: usize| ((z % 8 * 8 + y % 8) * 8 + x % 8) as u32;
        let (x, y, z) = (i % 8, i / 8 % 8, i / 64);
        for j in [at(x + 1, y, z), at(x, y + 1, z), at(x, y, z + 1)] {
            cubic.bonds.push((i as u32, j, 1.0));
        }
    }
    for (name, energy, beta) in
        [("triangular", triangular, 0.27), ("cubic", cubic, 0.2216), ("wide", in_a_gauge(torus(130, 5), 9), 0.43)]
    {
        let lanes: Vec<Lane> = (0..32).map(|k| lane(beta, 300 + k)).collect();
        let mut found = Vec::new();
        assert!(SwendsenWang::new(&energy, &lanes[..1]).unwrap().is_regular(), "{name}");
        for (_, mut sampler) in all_paths(&energy, &lanes) {
            // A Wolff sweep is one cluster here, often a small one.
            sampler.advance(600);
            let mut sums = [0.0; 32];
            for _ in 0..100 {
                sampler.advance(4);
                for (lane, sum) in sums.iter_mut().enumerate() {
                    *sum += 0.01 * sampler.energy(lane);
                }
            }
            let mean = sums.iter().sum::<f64>() / 32.0;
            let variance = sums.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / (32.0 * 31.0);
            found.push((mean, variance));
        }
        if name == "wide" {
            found.push((kaufman(130, 5, 1.0, 1.0, beta).unwrap().energy + energy.constant, 0.0));
        }
        for other in &found[1..] {
            let error = libm::sqrt(other.1 + found[0].1);
            assert!((other.0 - found[0].0).abs() < 6.0 * error, "{name}: {found:?}");
        }
    }
}

#[test]
fn the_portable_sweep_is_the_same() {
    let energy = in_a_gauge(torus(130, 9), 1);
    let rows = Rows::find(&energy).unwrap();
    let draws: Vec<Bernoulli> = rows.strengths.iter().map(|&s| Bernoulli::activation(0.42, s)).collect();
    let mut states = [vec![0u64; rows.rows * rows.words], vec![0u64; rows.rows * rows.words]];
    let mut bits = [Bits::new(Key(4, 4)), Bits::new(Key(4, 4))];
    let mut runs = [Runs::new(&rows), Runs::new(&rows)];
    for _ in 0..50 {
        runs[0].sweep(&rows, &mut states[0], &draws, 0, &mut bits[0]);
        runs[1].sweep_portable(&rows, &mut states[1], &draws, 0, &mut bits[1]);
        assert_eq!(states[0], states[1]);
        assert_eq!(bits[0].position(), bits[1].position());
    }
    assert!(states[0].iter().any(|&w| w != 0));
}

fn state_of(sampler: &dyn Sampler, lane: usize) -> Vec<u8> {
    let mut state = vec![9; sampler.sites()];
    sampler.read(lane, &mut state);
    state
}

#[test]
fn a_restored_sampler_goes_on_bit_for_bit() {
    for energy in [torus(33, 7), in_a_gauge(torus(64, 4), 2), random_graph(40, 3, false), random_graph(40, 3, true)] {
        let lanes = [lane(0.4, 1), lane(0.6, 2), lane(-0.2, 3)];
        let mut others = all_paths(&energy, &lanes);
        for ((name, mut sampler), (_, other)) in all_paths(&energy, &lanes).into_iter().zip(&mut others) {
            sampler.advance(17);
            sampler.set_beta(1, 0.5);
            let saved = sampler.save();
            sampler.advance(5);
            sampler.advance(6);
            other.restore(&saved).unwrap();
            other.advance(11);
            for lane in 0..3 {
                assert_eq!(state_of(sampler.as_ref(), lane), state_of(other.as_ref(), lane), "{name}");
            }
            assert_eq!(sampler.save(), other.save(), "{name}");
            // Damaged or foreign bytes are refused and change nothing.
            let before = other.save();
            assert!(other.restore(&saved[..saved.len() - 1]).is_err());
            assert!(other.restore(&[]).is_err());
            let mut longer = saved.clone();
            longer.push(0);
            assert!(other.restore(&longer).is_err());
            assert_eq!(other.save(), before);
        }
    }
    let mut wolff = Wolff::new(&torus(16, 16), &[lane(0.2, 1)]).unwrap();
    wolff.calibrate(20);
    let mut other = Wolff::new(&torus(16, 16), &[lane(0.2, 1)]).unwrap();
    other.restore(&wolff.save()).unwrap();
    assert!(wolff.clusters_per_sweep(0) > 1);
    assert_eq!(other.clusters_per_sweep(0), wolff.clusters_per_sweep(0));
}

#[test]
fn a_lane_depends_on_itself_only() {
    for energy in [torus(33, 7), random_graph(40, 3, false)] {
        let together = [lane(0.4, 1), lane(-0.3, 2), lane(0.7, 3)];
        let alone = all_paths(&energy, &together[2..]);
        for ((name, mut many), (_, mut one)) in all_paths(&energy, &together).into_iter().zip(alone) {
            many.advance(20);
            one.advance(20);
            assert_eq!(state_of(many.as_ref(), 2), state_of(one.as_ref(), 0), "{name}");
            assert_ne!(state_of(many.as_ref(), 0), state_of(one.as_ref(), 0), "{name}");
        }
    }
}

/// At infinite β a cluster is a connected component of satisfied bonds: a ferromagnet orders at once and stays so.
#[test]
fn zero_temperature() {
    let energy = in_a_gauge(torus(20, 10), 5);
    let ground = energy.constant - energy.bonds.len() as f64;
    let frozen = Lane { beta: f64::INFINITY, key: Key(1, 1), start: Start::Random };
    for (name, mut sampler) in all_paths(&energy, &[frozen]) {
        sampler.advance(3000);
        assert_eq!(sampler.energy(0), ground, "{name}");
        sampler.set_beta(0, 0.0);
        sampler.advance(3000);
        assert!(sampler.energy(0) > 0.5 * ground, "{name}");
    }
}

#[test]
fn gauges_are_found() {
    let energy = in_a_gauge(torus(5, 4), 6);
    let signs = gauge(&energy).unwrap();
    for &(i, j, coupling) in &energy.bonds {
        assert!(coupling * f64::from(signs[i as usize] * signs[j as usize]) > 0.0);
    }
    let mut odd = torus(5, 4);
    for bond in &mut odd.bonds {
        bond.2 = -1.0;
    }
    assert!(gauge(&odd).is_none());
    assert!(gauge(&PairEnergy { sites: 3, ..Default::default() }).is_some());
}

/// Random fields of both signs, a uniform field, and one spin held: against enumeration.
#[test]
fn fields_agree_with_enumeration() {
    let with = |mut energy: PairEnergy, field: &dyn Fn(usize) -> f64| {
        energy.fields = (0..energy.sites).map(field).collect();
        energy
    };
    let mut stream = Stream::new(Key(4, 12));
    let normal: Vec<f64> = (0..16).map(|_| stream.normal()).collect();
    let mut diluted = torus(4, 4);
    for bond in diluted.bonds.iter_mut().step_by(3) {
        bond.2 = 0.0;
    }
    let ring = PairEnergy { sites: 3, bonds: vec![(0, 1, -1.0), (1, 2, -1.0), (2, 0, -1.0)], ..Default::default() };
    for (name, energy, beta) in [
        ("uniform field", with(torus(4, 4), &|_| 0.1), CRITICAL),
        ("random field", with(torus(4, 4), &|i| normal[i]), 0.4),
        ("one field in double bonds", with(torus(2, 5), &|i| if i == 3 { -0.7 } else { 0.0 }), 0.3),
        ("negative β", with(in_a_gauge(torus(4, 4), 4), &|i| normal[i]), -0.4),
        ("random graph", with(random_graph(14, 6, false), &|i| normal[i]), 0.6),
        ("diluted", with(diluted, &|i| 0.4 * normal[i].signum()), 0.5),
        ("frustrated ring", with(ring.clone(), &|i| 0.3 * i as f64 - 0.2), 0.8),
        ("frustrated ring without a field", ring, 0.8),
        ("infinite temperature", with(torus(4, 4), &|i| normal[i]), 0.0),
    ] {
        let exact = exact_of(&energy, beta);
        let lanes: Vec<Lane> = (0..64).map(|k| lane(beta, 5000 + k)).collect();
        let mut wolff = Wolff::new(&energy, &lanes).unwrap();
        wolff.calibrate(50);
        compare(&mut wolff, exact, 300, &format!("{name}, Wolff"));
        let mut sw = SwendsenWang::new(&energy, &lanes).unwrap();
        compare(&mut sw, exact, 300, &format!("{name}, Swendsen-Wang"));
    }
}

/// The exact matrices of both updates in fields leave the Boltzmann distribution as it is, in detailed balance.
#[test]
fn updates_in_a_field_are_balanced() {
    for (bonds, fields) in [
        (vec![(0, 1, 1.0), (1, 2, 0.5)], vec![0.3, -0.2, 0.0]),
        (vec![(0, 1, -1.0), (1, 2, -0.7), (2, 0, -1.0)], vec![0.5, 0.4, -0.3]),
        (vec![(0, 1, 1.0), (1, 0, 0.5), (1, 2, -0.3)], vec![0.2, 0.2, 0.2]),
    ] {
        let energy = PairEnergy { sites: 3, bonds, fields, constant: 0.1 };
        let (graph, fields) = (graph::Graph::new(&energy), in_field::Fields::of(&energy).unwrap());
        for beta in [0.0, 0.6, -0.4] {
            let draws: Vec<Bernoulli> = graph.strengths.iter().map(|&s| Bernoulli::activation(beta, s)).collect();
            let ghost: Vec<Bernoulli> = fields.strengths.iter().map(|&s| Bernoulli::activation(beta, s)).collect();
            let mut forest = general::Forest::new(3);
            let mut sums = Vec::new();
            let moves = tree::stationary(2, 3, beta, &|s| energy.energy(s), true, &mut |state, tree| {
                in_field::sweep((&graph, &fields), (&mut forest, &mut sums), state, &draws, beta, tree);
            });
            // Every state can be reached from every other one.
            assert_eq!(moves, 56);
            let mut queue = [0; 4];
            let moves = tree::stationary(2, 3, beta, &|s| energy.energy(s), true, &mut |state, tree| {
                let seed = coin::Coin::below(tree, 3);
                let opposite = u8::from(beta < 0.0);
                in_field::grow((&graph, &fields), (state, &mut queue), seed, (&draws, &ghost), opposite, tree);
            });
            assert!(moves >= 24);
        }
    }
}

#[test]
fn frustration_is_found() {
    let mut energy = in_a_gauge(torus(4, 4), 2);
    assert_eq!(frustration(&energy), Frustration::None);
    energy.fields = gauge(&energy).unwrap().iter().map(|&g| -0.5 * f64::from(g)).collect();
    assert_eq!(frustration(&energy), Frustration::None);
    energy.fields[7] *= -1.0;
    assert_eq!(frustration(&energy), Frustration::Fields);
    energy.bonds[5].2 *= -1.0;
    assert_eq!(frustration(&energy), Frustration::Couplings);
}

/// At zero temperature a field is obeyed, and a chain in a field goes on where it was saved.
#[test]
fn fields_at_zero_temperature_and_restored() {
    let mut energy = torus(6, 6);
    energy.fields = vec![-0.1; 36];
    let frozen = Lane { beta: f64::INFINITY, key: Key(1, 1), start: Start::Random };
    for make in [
        |e: &PairEnergy, l: &[Lane]| -> Box<dyn Sampler> { Box::new(Wolff::new(e, l).unwrap()) },
        |e: &PairEnergy, l: &[Lane]| -> Box<dyn Sampler> { Box::new(SwendsenWang::new(e, l).unwrap()) },
    ] {
        let mut sampler = make(&energy, std::slice::from_ref(&frozen));
        sampler.advance(1000);
        assert_eq!(sampler.total(0), Some(-36.0));
        let lanes = [lane(0.4, 1), lane(-0.6, 2)];
        let (mut one, mut other) = (make(&energy, &lanes), make(&energy, &lanes));
        one.advance(9);
        other.restore(&one.save()).unwrap();
        one.advance(9);
        other.advance(4);
        other.advance(5);
        assert_eq!(one.save(), other.save());
    }
}

#[test]
fn unfit_models_are_refused() {
    let lanes = [lane(0.4, 1)];
    let refused = |energy: &PairEnergy, lanes: &[Lane]| {
        let (a, b) = (SwendsenWang::new(energy, lanes).err(), Wolff::new(energy, lanes).err());
        assert_eq!(a, b);
        a.unwrap()
    };
    let mut field = torus(4, 4);
    field.fields = vec![0.0; 16];
    assert!(Wolff::new(&field, &lanes).is_ok());
    field.fields[3] = f64::NAN;
    assert!(refused(&field, &lanes).contains("field"));
    field.fields = vec![0.1; 15];
    assert!(refused(&field, &lanes).contains("field"));
    assert!(refused(&PairEnergy::default(), &lanes).contains("no spins"));
    let bond = |i, j, coupling| PairEnergy { sites: 3, bonds: vec![(i, j, coupling)], ..Default::default() };
    refused(&bond(0, 3, 1.0), &lanes);
    refused(&bond(1, 1, 1.0), &lanes);
    refused(&bond(0, 1, f64::NAN), &lanes);
    let fit = torus(4, 4);
    refused(&fit, &[Lane { start: Start::Uniform(2), ..lane(0.4, 1) }]);
    refused(&fit, &[Lane { start: Start::Given(vec![0; 15]), ..lane(0.4, 1) }]);
    refused(&fit, &[Lane { start: Start::Given(vec![3; 16]), ..lane(0.4, 1) }]);
    refused(&fit, &[lane(f64::NAN, 1)]);
}

#[test]
fn states_are_written_and_read() {
    for energy in [in_a_gauge(torus(64, 3), 8), random_graph(30, 2, false), PairEnergy { sites: 1, ..Default::default() }] {
        let n = energy.sites;
        let given: Vec<u8> = (0..n).map(|i| u8::from(i % 3 == 0)).collect();
        let lanes = [Lane { start: Start::Given(given.clone()), ..lane(0.4, 1) }];
        for (name, mut sampler) in all_paths(&energy, &lanes) {
            assert_eq!(state_of(sampler.as_ref(), 0), given, "{name}");
            assert!((sampler.energy(0) - energy.energy(&given)).abs() < 1e-12, "{name}");
            sampler.advance(3);
            sampler.write(0, &vec![1; n]);
            assert_eq!(state_of(sampler.as_ref(), 0), vec![1; n], "{name}");
            assert_eq!(sampler.total(0), Some(n as f64), "{name}");
        }
    }
}
