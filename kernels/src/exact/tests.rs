//! Every exact method against the others, and against plain loops.

use super::*;
use crate::random::{Key, Stream};
use crate::sampler::PairEnergy;

fn torus(width: usize, height: usize, jx: f64, jy: f64, closed: (bool, bool)) -> PairEnergy {
    let mut energy = PairEnergy { sites: width * height, ..Default::default() };
    for i in 0..width * height {
        let (x, y) = (i % width, i / width);
        if closed.0 || x + 1 < width {
            energy.bonds.push((i as u32, (y * width + (x + 1) % width) as u32, jx));
        }
        if closed.1 || y + 1 < height {
            energy.bonds.push((i as u32, ((y + 1) % height * width + x) as u32, jy));
        }
    }
    energy
}

/// A random graph with unlike couplings, fields, a constant and double bonds.
fn random_graph(sites: usize, seed: u64) -> PairEnergy {
    let mut stream = Stream::new(Key(seed, 1));
    let mut energy = PairEnergy { sites, constant: 0.75, ..Default::default() };
    for _ in 0..2 * sites {
        let i = stream.below(sites as u32);
        let j = (i + 1 + stream.below(sites as u32 - 1)) % sites as u32;
        energy.bonds.push((i, j, stream.normal()));
    }
    energy.fields = (0..sites).map(|_| 0.3 * stream.normal()).collect();
    energy
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * (1.0 + a.abs().max(b.abs()))
}

fn moments(state: &EnumState, values: &mut [f64]) {
    let m = f64::from(state.total);
    values[0] = m;
    values[1] = m * m;
}

/// Plain sums over all states.
fn brute_force(energy: &PairEnergy, beta: f64) -> (f64, f64, f64, f64, f64) {
    let mut sums = [0.0; 5];
    for bits in 0..1u32 << energy.sites {
        let state: Vec<u8> = (0..energy.sites).map(|i| (bits >> i & 1) as u8).collect();
        let e = energy.energy(&state);
        let m = 2.0 * f64::from(bits.count_ones()) - energy.sites as f64;
        let w = libm::exp(-beta * e);
        for (sum, x) in sums.iter_mut().zip([1.0, e, e * e, m, m * m]) {
            *sum += w * x;
        }
    }
    let [z, e, ee, m, mm] = sums;
    (libm::log(z), e / z, ee / z - e / z * e / z, m / z, mm / z)
}

#[test]
fn enumeration_is_the_plain_sum() {
    for (energy, beta) in [
        (random_graph(10, 3), 0.7),
        (random_graph(13, 4), -0.4),
        (torus(4, 3, 1.0, 0.5, (true, true)), 0.4),
        (torus(2, 2, 1.0, -1.0, (true, true)), 1.1),
        (torus(1, 1, 1.0, 1.0, (false, false)), 1.1),
        (torus(3, 1, 1.0, 1.0, (false, false)), 0.0),
    ] {
        let found = &enumerate(&energy, &[0.1, beta], 2, &moments).unwrap()[1];
        let (log_z, e, variance, m, mm) = brute_force(&energy, beta);
        assert!(close(found.log_z, log_z, 1e-13), "{} {log_z}", found.log_z);
        assert!(close(found.energy, e, 1e-12) && close(found.energy_variance, variance, 1e-11));
        assert!(close(found.means[0], m, 1e-12) && close(found.means[1], mm, 1e-12));
    }
}

/// Levels and streaming give the same: couplings of 1 against couplings with no common unit that differ from it by 1e-13.
#[test]
fn levels_agree_with_streaming() {
    let energy = torus(4, 4, 1.0, 1.0, (true, true));
    let mut nearly = energy.clone();
    for (k, bond) in nearly.bonds.iter_mut().enumerate() {
        bond.2 += 1e-13 * k as f64;
    }
    let betas = [0.0, 0.3, 0.44, 2.0, -1.0];
    let a = enumerate(&energy, &betas, 2, &moments).unwrap();
    let b = enumerate(&nearly, &betas, 2, &moments).unwrap();
    for (a, b) in a.iter().zip(&b) {
        assert!(close(a.log_z, b.log_z, 1e-11) && close(a.energy, b.energy, 1e-10));
        assert!(close(a.energy_variance, b.energy_variance, 1e-9) && close(a.means[1], b.means[1], 1e-10));
    }
}

#[test]
fn enumeration_does_not_depend_on_threads() {
    let energy = random_graph(16, 9);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| enumerate(&energy, &[0.5, 1.0], 2, &moments).unwrap())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn finite_sets_agree_with_pairs_and_plain_loops() {
    let pairs = random_graph(11, 5);
    let as_function = (vec![2u8; 11], |state: &[u8]| pairs.energy(state));
    let observe = |state: &[u8], _: f64, values: &mut [f64]| {
        values[0] = state.iter().map(|&s| 2.0 * f64::from(s) - 1.0).sum();
        values[1] = values[0] * values[0];
    };
    let a = enumerate_finite(&as_function, &[0.6], 2, &observe).unwrap();
    let b = enumerate(&pairs, &[0.6], 2, &moments).unwrap();
    assert!(close(a[0].log_z, b[0].log_z, 1e-13) && close(a[0].energy_variance, b[0].energy_variance, 1e-12));
    assert!(close(a[0].means[1], b[0].means[1], 1e-12));

    // Unlike sets, a forbidden state, and an energy of three variables.
    let sizes = [3u8, 1, 4, 2, 5, 3];
    let f = |s: &[u8]| {
        let x: Vec<f64> = s.iter().map(|&p| f64::from(p)).collect();
        if s[0] == 2 && s[5] == 1 { f64::INFINITY } else { 0.3 * x[0] * x[2] * x[4] - x[3] * x[5] + 0.1 * x[1] }
    };
    let found = enumerate_finite(&(sizes.to_vec(), f), &[0.8], 1, &|s: &[u8], _, v: &mut [f64]| v[0] = f64::from(s[4])).unwrap();
    let (mut z, mut e, mut x4) = (0.0, 0.0, 0.0);
    for index in 0..sizes.iter().map(|&q| u32::from(q)).product::<u32>() {
        let mut rest = index;
        let state: Vec<u8> = sizes
            .iter()
            .map(|&q| {
                let s = (rest % u32::from(q)) as u8;
                rest /= u32::from(q);
                s
            })
            .collect();
        let energy = f(&state);
        if energy.is_finite() {
            let w = libm::exp(-0.8 * energy);
            z += w;
            e += w * energy;
            x4 += w * f64::from(state[4]);
        }
    }
    assert!(close(found[0].log_z, libm::log(z), 1e-13));
    assert!(close(found[0].energy, e / z, 1e-12) && close(found[0].means[0], x4 / z, 1e-12));
}

/// A change that is given is used, and gives what whole energies give.
#[test]
fn changes_are_used() {
    struct Potts(Vec<u8>, std::sync::atomic::AtomicU64);
    impl Potts {
        fn bond(a: u8, b: u8) -> f64 {
            if a == b { -0.7 } else { 0.0 }
        }
    }
    impl FiniteEnergy for Potts {
        fn sizes(&self) -> &[u8] {
            &self.0
        }
        fn energy(&self, s: &[u8]) -> f64 {
            (0..s.len()).map(|i| Potts::bond(s[i], s[(i + 1) % s.len()])).sum()
        }
        fn change(&self, s: &[u8], i: usize, to: u8) -> Option<f64> {
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let (left, right) = (s[(i + s.len() - 1) % s.len()], s[(i + 1) % s.len()]);
            Some(Potts::bond(left, to) + Potts::bond(to, right) - Potts::bond(left, s[i]) - Potts::bond(s[i], right))
        }
    }
    let model = Potts(vec![3; 10], Default::default());
    let found = &enumerate_finite(&model, &[1.0], 0, &|_: &[u8], _, _: &mut [f64]| {}).unwrap()[0];
    // The ring of N Potts spins: Z = (e^K + q - 1)^N + (q - 1)(e^K - 1)^N.
    let k = libm::exp(0.7);
    let z = libm::pow(k + 2.0, 10.0) + 2.0 * libm::pow(k - 1.0, 10.0);
    assert!(close(found.log_z, libm::log(z), 1e-13));
    assert!(model.1.load(std::sync::atomic::Ordering::Relaxed) > 50_000);
}

fn same(strip: &Strip, exact: &Averages, tolerance: f64) {
    assert!(close(strip.log_z, exact.log_z, tolerance), "{strip:?} {exact:?}");
    assert!(close(strip.energy, exact.energy, tolerance), "{strip:?} {exact:?}");
    assert!(close(strip.energy_variance, exact.energy_variance, tolerance), "{strip:?} {exact:?}");
    if !exact.means.is_empty() {
        assert!(close(strip.total, exact.means[0], tolerance), "{strip:?} {exact:?}");
        assert!(close(strip.total_squared, exact.means[1], tolerance), "{strip:?} {exact:?}");
    }
}

#[test]
fn transfer_agrees_with_enumeration() {
    let betas = [0.0, 0.35, 0.440_686_793_509_772, 1.3, -0.6];
    let mut models = vec![random_graph(12, 6), random_graph(15, 7)];
    for closed in [(true, true), (true, false), (false, true), (false, false)] {
        models.push(torus(4, 4, 1.0, 0.7, closed));
        models.push(torus(2, 6, 1.0, -0.3, closed));
        models.push(torus(9, 1, 1.0, 0.0, closed));
    }
    // Triangular, with fields; separate spins; and a star.
    let mut triangular = torus(3, 5, 1.0, 1.0, (true, false));
    for i in 0..12u32 {
        triangular.bonds.push((i, (i / 3 + 1) * 3 + (i + 1) % 3, -0.4));
    }
    triangular.fields = (0..15).map(|i| 0.1 * f64::from(i) - 0.5).collect();
    models.push(triangular);
    models.push(PairEnergy { sites: 5, fields: vec![0.5; 5], constant: -2.0, ..Default::default() });
    models.push(PairEnergy { sites: 9, bonds: (1..9).map(|i| (i, 0, 0.1 * f64::from(i))).collect(), ..Default::default() });
    for mut model in models {
        // A torus one spin high would join its spins to themselves.
        if model.sites == 9 && model.bonds.iter().any(|b| b.0 == b.1) {
            model.bonds.retain(|b| b.0 != b.1);
        }
        let exact = enumerate(&model, &betas, 2, &moments).unwrap();
        for (strip, exact) in transfer(&model, &betas).unwrap().iter().zip(&exact) {
            same(strip, exact, 1e-10);
        }
    }
}

/// A long ring in closed form: Z = λ+^N + λ-^N, also in a field.
#[test]
fn long_chains() {
    let n = 20_000;
    let (j, h, beta) = (1.0, 0.2, 0.8);
    let mut ring = PairEnergy { sites: n, fields: vec![h; n], ..Default::default() };
    ring.bonds = (0..n as u32).map(|i| (i, (i + 1) % n as u32, j)).collect();
    let strip = transfer(&ring, &[beta]).unwrap()[0];
    let (k, b) = (beta * j, beta * h);
    let root = libm::sqrt(libm::exp(2.0 * k) * libm::sinh(b) * libm::sinh(b) + libm::exp(-2.0 * k));
    let largest = libm::exp(k) * libm::cosh(b) + root;
    assert!(close(strip.log_z, n as f64 * libm::log(largest), 1e-12));
    let magnetisation = libm::exp(k) * libm::sinh(b) / root;
    assert!(close(strip.total / n as f64, magnetisation, 1e-12));
    // χ per spin is ∂m/∂b = e^-K cosh b / (e^2K sinh² b + e^-2K)^(3/2).
    let susceptibility = libm::exp(-k) * libm::cosh(b) / (root * root * root);
    let variance = strip.total_squared - strip.total * strip.total;
    assert!(close(variance / n as f64, susceptibility, 1e-6));
}

#[test]
fn strips_have_narrow_frontiers() {
    assert_eq!(frontier_width(&torus(8, 50, 1.0, 1.0, (true, false))), 9);
    assert_eq!(frontier_width(&torus(8, 50, 1.0, 1.0, (false, false))), 9);
    assert!(frontier_width(&torus(50, 8, 1.0, 1.0, (false, true))) <= 10);
    assert!(frontier_width(&torus(6, 40, 1.0, 1.0, (true, true))) <= 14);
    assert!(frontier_width(&torus(40, 6, 1.0, 1.0, (true, true))) <= 14);
    assert!(transfer(&torus(40, 40, 1.0, 1.0, (true, true)), &[0.3]).is_err());
}

#[test]
fn kaufman_agrees_with_enumeration_and_transfer() {
    let betas = [0.0, 1e-6, 0.1, 0.440_686_793_509_772_4, 0.5, 3.0];
    for (width, height, jx, jy) in [
        (4, 4, 1.0, 1.0),
        (4, 3, 1.0, 0.4),
        (3, 5, 0.3, 1.7),
        (2, 2, 1.0, 1.0),
        (2, 5, 1.0, 0.6),
        (4, 4, -1.0, -1.0),
        (4, 3, -1.0, 0.8),
        (5, 3, 1.0, 0.0),
        (3, 4, 0.0, 0.7),
    ] {
        let model = torus(width, height, jx, jy, (true, true));
        let exact = enumerate(&model, &betas, 0, &|_: &EnumState, _: &mut [f64]| {}).unwrap();
        for (exact, &beta) in exact.iter().zip(&betas) {
            let found = kaufman(width, height, jx, jy, beta).unwrap();
            assert!(close(found.log_z, exact.log_z, 1e-12), "{width} {height} {beta} {found:?} {exact:?}");
            assert!(close(found.energy, exact.energy, 1e-11), "{width} {height} {beta} {found:?} {exact:?}");
            assert!(close(found.energy_variance, exact.energy_variance, 1e-10), "{width} {height} {beta} {found:?} {exact:?}");
        }
    }
    for (width, height) in [(2, 30), (6, 9), (7, 30)] {
        let model = torus(width, height, 1.0, 1.3, (true, true));
        for strip in transfer(&model, &[0.38]).unwrap() {
            let found = kaufman(width, height, 1.0, 1.3, 0.38).unwrap();
            assert!(close(strip.log_z, found.log_z, 1e-12) && close(strip.energy, found.energy, 1e-11));
            assert!(close(strip.energy_variance, found.energy_variance, 1e-10));
        }
    }
    assert!(kaufman(3, 4, -1.0, 1.0, 0.4).is_err());
    assert!(kaufman(1, 4, 1.0, 1.0, 0.4).is_err());
    assert!(kaufman(4, 4, 1.0, 1.0, f64::INFINITY).is_err());
}

/// Off the critical point a torus differs from the infinite lattice by exp(-L/ξ), and by ln 2 below T_c.
#[test]
fn kaufman_tends_to_onsager() {
    for (jx, jy, beta) in [(1.0, 1.0, 0.30), (1.0, 1.0, 0.60), (1.0, 0.5, 0.4), (2.0, 0.7, 0.45), (1.0, 1.0, 50.0)] {
        let (width, height) = (512, 640);
        let n = (width * height) as f64;
        let torus = kaufman(width, height, jx, jy, beta).unwrap();
        let infinite = onsager(jx, jy, beta).unwrap();
        let degeneracy = if infinite.magnetisation > 0.0 { std::f64::consts::LN_2 } else { 0.0 };
        assert!(close((torus.log_z - degeneracy) / n, infinite.log_z, 1e-12), "{torus:?} {infinite:?}");
        assert!(close(torus.energy / n, infinite.energy, 1e-11), "{torus:?} {infinite:?}");
        assert!(close(beta * beta * torus.energy_variance / n, infinite.specific_heat, 1e-9), "{torus:?} {infinite:?}");
    }
    // At L = 64 and T_c the energy's correction is of order 1/L, without a term in ln L.
    let beta = critical_beta(1.0, 1.0).unwrap();
    let at = |l: usize| kaufman(l, l, 1.0, 1.0, beta).unwrap().energy / (l * l) as f64;
    let limit = -std::f64::consts::SQRT_2;
    for l in [64, 1024, 4096] {
        assert!(((at(l) - limit) * l as f64 + 0.6219).abs() < 0.005, "{}", (at(l) - limit) * l as f64);
    }
}

/// Complete elliptic integrals of the first and second kind by the arithmetic-geometric mean. Both moduli are given, since
/// the complementary one is lost in the other where it is small.
fn elliptic(k: f64, complementary: f64) -> (f64, f64) {
    let (mut a, mut b, mut c, mut sum, mut power) = (1.0, complementary, k, 0.0, 0.5);
    for _ in 0..12 {
        sum += power * c * c;
        power *= 2.0;
        (a, b, c) = (0.5 * (a + b), libm::sqrt(a * b), 0.5 * (a - b));
    }
    let first = std::f64::consts::FRAC_PI_2 / a;
    (first, first * (1.0 - sum))
}

/// Onsager's own formulas for the isotropic lattice.
#[test]
fn onsager_closed_forms() {
    use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};
    for beta in [0.1, 0.3, 0.43, 0.4406, 0.4407, 0.45, 0.7, 1.5] {
        let k2 = 2.0 * beta;
        let (tanh, coth) = (libm::tanh(k2), 1.0 / libm::tanh(k2));
        let modulus = 2.0 * libm::sinh(k2) / (libm::cosh(k2) * libm::cosh(k2));
        let kpp = 2.0 * tanh * tanh - 1.0;
        let (first, second) = elliptic(modulus, kpp.abs());
        let energy = -coth * (1.0 + FRAC_2_PI * kpp * first);
        let heat =
            2.0 * FRAC_2_PI * (beta * coth) * (beta * coth) * (first - second - (1.0 - tanh * tanh) * (FRAC_PI_2 + kpp * first));
        let found = onsager(1.0, 1.0, beta).unwrap();
        assert!(close(found.energy, energy, 1e-12), "{beta} {} {energy}", found.energy);
        assert!(close(found.specific_heat, heat, 1e-8), "{beta} {} {heat}", found.specific_heat);
    }
    let critical = onsager(1.0, 1.0, critical_beta(1.0, 1.0).unwrap()).unwrap();
    // ln Z / N = ln(2)/2 + 2 G / π with Catalan's constant G.
    assert!(close(critical.log_z, 0.5 * std::f64::consts::LN_2 + FRAC_2_PI * 0.915_965_594_177_219, 1e-13));
    assert!(close(critical.energy, -std::f64::consts::SQRT_2, 1e-12));
    assert_eq!(critical.specific_heat, f64::INFINITY);
    let hot = onsager(1.0, 0.4, 0.0).unwrap();
    assert!(close(hot.log_z, std::f64::consts::LN_2, 1e-13) && hot.magnetisation == 0.0);
    let m = spontaneous_magnetisation(1.0, 1.0, 0.5).unwrap();
    assert!(close(m, libm::pow(1.0 - libm::pow(libm::sinh(1.0), -4.0), 0.125), 1e-14));
    let unlike = critical_beta(1.0, 0.3).unwrap();
    assert!(close(libm::sinh(2.0 * unlike) * libm::sinh(0.6 * unlike), 1.0, 1e-13));
    assert!(critical_beta(1.0, 0.0).is_err() && onsager(1.0, 1.0, f64::NAN).is_err());
}
