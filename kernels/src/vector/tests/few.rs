//! Two and three spins with everything that an energy may have, against quadrature.

use super::*;
use std::f64::consts::PI;

/// Directions and weights of a quadrature over the circle or the sphere, exact for polynomials of degree below 30.
fn nodes(n: usize) -> Vec<(Vec<f64>, f64)> {
    let around = 32;
    let circle = |k: usize| 2.0 * PI * (k as f64 + 0.5) / around as f64;
    if n == 2 {
        return (0..around).map(|k| (vec![libm::cos(circle(k)), libm::sin(circle(k))], 1.0)).collect();
    }
    // Gauss and Legendre: roots of P_16 by Newton's method.
    let order = 16;
    let mut out = Vec::new();
    for i in 0..order {
        let mut z = libm::cos(PI * (i as f64 + 0.75) / (order as f64 + 0.5));
        let mut slope = 1.0;
        for _ in 0..50 {
            let (mut p0, mut p1) = (1.0, z);
            for k in 2..=order {
                (p0, p1) = (p1, ((2 * k - 1) as f64 * z * p1 - (k - 1) as f64 * p0) / k as f64);
            }
            slope = order as f64 * (z * p1 - p0) / (z * z - 1.0);
            z -= p1 / slope;
        }
        let weight = 2.0 / ((1.0 - z * z) * slope * slope);
        let radius = (1.0 - z * z).sqrt();
        out.extend((0..around).map(|k| (vec![radius * libm::cos(circle(k)), radius * libm::sin(circle(k)), z], weight)));
    }
    out
}

type Observe = fn(usize, f64, &[f64], &mut [f64]);

/// Energy, its square, a component of each spin, and a mixed product.
fn observe(n: usize, e: f64, s: &[f64], out: &mut [f64]) {
    out[0] = e;
    out[1] = e * e;
    out[2] = s[0];
    out[3] = s[n + 1];
    out[4] = s[0] * s[n + 1] - s[1] * s[n];
    out[5] = s[n - 1] * s[n - 1];
}

fn exact(energy: &VectorEnergy, beta: f64, observe: Observe) -> Vec<f64> {
    let nodes = nodes(energy.n);
    let mut sums = [0.0; 6];
    let mut values = [0.0; 6];
    let mut total = 0.0;
    let mut state = vec![0.0; energy.sites * energy.n];
    for at in 0..nodes.len().pow(energy.sites as u32) {
        let (mut rest, mut weight) = (at, 1.0);
        for spin in state.chunks_exact_mut(energy.n) {
            let (direction, w) = &nodes[rest % nodes.len()];
            rest /= nodes.len();
            spin.copy_from_slice(direction);
            weight *= w;
        }
        let e = energy.energy(&state);
        weight *= libm::exp(-beta * e);
        total += weight;
        observe(energy.n, e, &state, &mut values);
        for (s, v) in sums.iter_mut().zip(&values) {
            *s += weight * v;
        }
    }
    sums.iter().map(|s| s / total).collect()
}

/// Many copies side by side, so that one kernel gives many samples and all places of a block are tried.
fn copies(energy: &VectorEnergy, count: usize) -> VectorEnergy {
    let mut all = VectorEnergy { sites: energy.sites * count, bonds: Vec::new(), ..energy.clone() };
    (all.matrices, all.fields, all.anisotropy) = (Vec::new(), Vec::new(), Vec::new());
    for k in 0..count {
        let shift = (k * energy.sites) as u32;
        all.bonds.extend(energy.bonds.iter().map(|b| (b.0 + shift, b.1 + shift, b.2)));
        all.matrices.extend(&energy.matrices);
        all.fields.extend(&energy.fields);
        all.anisotropy.extend(&energy.anisotropy);
    }
    all.constant *= count as f64;
    all
}

fn compare(energy: &VectorEnergy, beta: f64, rules: &[VectorRule], what: &str) {
    let exact = exact(energy, beta, observe);
    let count = 21;
    let all = copies(energy, count);
    let width = energy.sites * energy.n;
    for &rule in rules {
        let mut kernel = Vector::new(&all, rule, &[lane(beta, 12)]).unwrap();
        let sweeps = if rule == VectorRule::Wolff { 12_800 } else { 3200 };
        let found = measure(&mut kernel, sweeps, 6, |_, state, out| {
            let mut values = [0.0; 6];
            out.fill(0.0);
            for state in state.chunks_exact(width) {
                observe(energy.n, energy.energy(state), state, &mut values);
                out.iter_mut().zip(&values).for_each(|(o, v)| *o += v / count as f64);
            }
        });
        for (k, (&found, &exact)) in found.iter().zip(&exact).enumerate() {
            agrees(found, exact, 2e-6, &format!("{what}, n = {}, {rule:?}, observable {k}", energy.n));
        }
    }
}

fn pair(n: usize) -> VectorEnergy {
    VectorEnergy { n, sites: 2, bonds: vec![(0, 1, 0.8)], constant: 0.25, ..VectorEnergy::default() }
}

#[test]
fn two_spins_in_fields() {
    for n in [2, 3] {
        let fields = (0..2 * n).map(|i| [0.7, -0.2, 0.4, -0.9, 0.1, 0.3][i]).collect();
        compare(&VectorEnergy { fields, ..pair(n) }, 1.1, &RULES[..LOCAL], "fields");
    }
}

#[test]
fn exchange_matrices() {
    // XXZ with a Dzyaloshinskii-Moriya term; the matrix is not symmetric, so its orientation is tested too.
    let xxz = vec![1.0, 0.6, 0.0, -0.6, 1.0, 0.2, 0.0, -0.2, 0.4];
    let plane = vec![1.0, 0.6, -0.6, 0.3];
    for (n, matrices) in [(2, plane), (3, xxz)] {
        let fields = (0..2 * n).map(|i| [0.3, 0.0, 0.2, -0.4, 0.5, 0.0][i]).collect();
        compare(&VectorEnergy { matrices, fields, ..pair(n) }, 1.3, &RULES[..LOCAL], "matrices");
    }
}

#[test]
fn on_site_anisotropy() {
    let cube = [0.9, 0.2, 0.0, 0.2, -0.5, 0.1, 0.0, 0.1, 0.3, -0.7, 0.0, 0.3, 0.0, 0.2, 0.0, 0.3, 0.0, 0.8];
    let plane = [0.9, 0.2, 0.2, -0.5, -0.7, 0.3, 0.3, 0.8];
    for (n, d) in [(2, &plane[..]), (3, &cube[..])] {
        let fields = (0..2 * n).map(|i| [0.3, 0.0, 0.2, -0.4, 0.5, 0.0][i]).collect();
        compare(&VectorEnergy { anisotropy: d.to_vec(), fields, ..pair(n) }, 1.4, &RULES[..LOCAL], "anisotropy");
    }
}

/// Rings of three, ferromagnetic and frustrated, and four spins on a square: clusters too.
#[test]
fn rings() {
    for coupling in [1.0, -1.0] {
        let bonds = vec![(0, 1, coupling), (1, 2, coupling), (2, 0, coupling)];
        compare(&VectorEnergy { n: 2, sites: 3, bonds, ..VectorEnergy::default() }, 1.2, &RULES, "ring");
    }
    let bonds = vec![(0, 1, 1.0), (1, 2, -0.5), (2, 0, 1.0), (0, 1, 0.3)];
    compare(&VectorEnergy { n: 2, sites: 3, bonds, ..VectorEnergy::default() }, 0.9, &RULES, "mixed ring");
    compare(&pair(3), 1.7, &RULES, "pair");
}
