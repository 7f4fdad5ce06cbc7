//! Angles, vectors, reals and mixtures against quadrature, Bessel functions and transfer matrices.
//!
//! About 600 comparisons at 6.3 standard errors: 2e-7 to fail by chance.

use super::quadrature::{averages, eigenvalue, energies, nodes, ring, transfer};
use super::support::{System, assert_refused, check, compare, energies_agree, point, run_one};
use std::f64::consts::PI;

const METHODS: [&str; 12] = [
    "metropolis",
    "metropolis(order: checkerboard)",
    "heat_bath",
    "heat_bath(order: checkerboard)",
    "over_relaxation",
    "over_relaxation(per: 1)",
    "wolff",
    "swendsen_wang",
    "hmc",
    "hmc(steps: 3, step: 0.3)",
    "langevin",
    "langevin(step: 0.1)",
];
const ALL: &[&str] = &METHODS;
/// Those for pairs of vectors in fields or with anisotropy.
const LOCAL: &[&str] = &["metropolis", "metropolis(order: checkerboard)", "heat_bath", "over_relaxation"];
const SMOOTH: &[&str] = &["metropolis", "hmc", "hmc(steps: 3, step: 0.3)", "langevin", "langevin(step: 0.1)"];

/// Runs a system by all methods; those that it names must serve it, and `x` must be as it should.
fn agrees(system: &System, truth: &[f64]) {
    let mut served = Vec::new();
    for how in METHODS {
        let label = format!("{}, {how}", system.name);
        let script = system.script(how, "warmup: 1_000\nsweeps: 8_000\nchains: 2");
        if !check(&script).is_good() {
            assert!(!system.served.contains(&how), "{label} was refused");
            assert_refused(&label, &script);
            continue;
        }
        let p = point(&run_one(&script));
        compare(&label, &p, "x", truth);
        energies_agree(&label, &p);
        served.push(how);
    }
    println!("{}: {served:?}", system.name);
}

#[test]
fn rings_of_angles() {
    let base = System {
        name: "XY ring",
        items: "",
        variables: "angles a on chain(6)",
        energy: "-sum(<i, j> in chain(6): cos(a[i] - a[j]))",
        temperature: 0.8,
        looks: "x = [energy, energy^2, mean(cos(a)), cos(a[0] - a[1])]",
        served: ALL,
    };
    let [e, e2] = energies(|k| ring(2, 6, k, 1.0), 1.25);
    agrees(&base, &[e, e2, 0.0, -e / 6.0]);
    let odd = System {
        name: "Antiperiodic XY ring",
        variables: "angles a on chain(5, boundary: antiperiodic)",
        energy: "-sum(<i, j> in chain(5, boundary: antiperiodic): cos(a[i] - a[j]))",
        looks: "x = [energy, energy^2]",
        served: LOCAL,
        ..base
    };
    agrees(&odd, &energies(|k| ring(2, 5, k, -1.0), 1.25));
}

#[test]
fn rings_of_vectors() {
    for n in [2u32, 3, 4] {
        for (sites, boundary, sign) in [(6, "periodic", 1.0), (5, "antiperiodic", -1.0)] {
            let graph = format!("chain({sites}, boundary: {boundary})");
            let leak = |s: String| -> &'static str { Box::leak(s.into_boxed_str()) };
            let system = System {
                name: leak(format!("{boundary} ring of vectors in {n} dimensions")),
                items: "",
                variables: leak(format!("vectors S on {graph} in sphere({n})")),
                energy: leak(format!("-sum(<i, j> in {graph}: dot(S[i], S[j]))")),
                temperature: 0.7,
                looks: "x = [energy, energy^2]",
                served: if sign > 0.0 {
                    &["metropolis", "heat_bath", "over_relaxation", "wolff", "swendsen_wang"]
                } else {
                    LOCAL
                },
            };
            agrees(&system, &energies(|k| ring(n, sites, k, sign), 1.0 / 0.7));
        }
    }
}

/// Open chains have bonds that are independent: the energy of one is minus the ratio of the first two eigenvalues.
#[test]
fn open_chains_and_vectors_in_fields() {
    for (n, name, variables, energy) in [
        (2, "Plane vectors in a field", "vectors S on 0..12 in sphere(2)", "-0.8 * sum(i in 0..12: S[i, 1])"),
        (3, "Vectors in a field", "vectors S on 0..12 in sphere(3)", "-0.8 * sum(i in 0..12: S[i, 1])"),
        (4, "Vectors of four components in a field", "vectors S on 0..12 in sphere(4)", "-0.8 * sum(i in 0..12: S[i, 1])"),
        (
            3,
            "Open Heisenberg chain",
            "vectors S on chain(13, boundary: open) in sphere(3)",
            "-0.8 * sum(<i, j> in chain(13, boundary: open): dot(S[i], S[j]))",
        ),
    ] {
        let system = System { name, items: "", variables, energy, temperature: 0.6, looks: "x = [energy]", served: LOCAL };
        let k = 0.8 / 0.6;
        let each = eigenvalue(n, 1, k) / eigenvalue(n, 0, k);
        if n == 3 {
            assert!((each - (1.0 / libm::tanh(k) - 1.0 / k)).abs() < 1e-9, "Langevin's function");
        }
        agrees(&system, &[-0.8 * 12.0 * each]);
    }
}

/// Two Heisenberg spins with exchange and single-ion anisotropy in a field.
#[test]
fn anisotropic_pair() {
    let system = System {
        name: "XXZ pair",
        items: "",
        variables: "vectors S on chain(2, boundary: open) in sphere(3)",
        energy: "-0.7 * (S[0, 0] * S[1, 0] + S[0, 1] * S[1, 1]) - 1.2 * S[0, 2] * S[1, 2] - 0.4 * (S[0, 2] + S[1, 2])",
        temperature: 0.5,
        looks: "x = [S[0, 2], S[0, 2] * S[1, 2], S[0, 0] * S[1, 0] + S[0, 1] * S[1, 1], energy]",
        served: &["metropolis"],
    };
    agrees(&system, &xxz(0.0));
    let ion = System {
        name: "XXZ pair with single-ion anisotropy",
        energy: "-0.7 * (S[0, 0] * S[1, 0] + S[0, 1] * S[1, 1]) - 1.2 * S[0, 2] * S[1, 2] - 0.4 * (S[0, 2] + S[1, 2]) + 0.9 * (S[0, 2]^2 + S[1, 2]^2)",
        ..system
    };
    agrees(&ion, &xxz(0.9));
}

fn xxz(d: f64) -> [f64; 4] {
    let beta = 2.0;
    let energy = |u: f64, v: f64| -1.2 * u * v - 0.4 * (u + v) + d * (u * u + v * v);
    let mut sums = [0.0; 5];
    let heights = nodes(-1.0, 1.0, 64);
    for &(u, wu) in &heights {
        for &(v, wv) in &heights {
            let r = ((1.0 - u * u) * (1.0 - v * v)).sqrt();
            let k = beta * 0.7 * r;
            let (i0, i1) = (eigenvalue(2, 0, k), eigenvalue(2, 1, k));
            let w = wu * wv * libm::exp(-beta * energy(u, v));
            sums[0] += w * i0;
            sums[1] += w * i0 * u;
            sums[2] += w * i0 * u * v;
            sums[3] += w * i1 * r;
            sums[4] += w * (i0 * energy(u, v) - 0.7 * r * i1);
        }
    }
    [1, 2, 3, 4].map(|k| sums[k] / sums[0])
}

/// Angles with an anisotropy that is not of pairs of vectors.
#[test]
fn angles_in_a_well() {
    let system = System {
        name: "Angles in a field with anisotropy",
        items: "",
        variables: "angles a on 0..10",
        energy: "-0.5 * sum(i in 0..10: cos(a[i])) + 0.7 * sum(i in 0..10: cos(2 * a[i] + 0.4))",
        temperature: 0.6,
        looks: "x = [mean(cos(a)), mean(sin(a)), mean(i in 0..10: cos(2 * a[i]))]",
        served: SMOOTH,
    };
    let weight = |a: f64| libm::exp((0.5 * libm::cos(a) - 0.7 * libm::cos(2.0 * a + 0.4)) / 0.6);
    agrees(&system, &averages(-PI, PI, weight, |a| [libm::cos(a), libm::sin(a), libm::cos(2.0 * a)]));
}

#[test]
fn quartic_oscillators() {
    for (space, low, high) in
        [("", -4.0, 4.0), (" in [-0.5, 1.2]", -0.5, 1.2), (" in [0.3, inf]", 0.3, 4.5), (" in [-inf, 0.2]", -4.5, 0.2)]
    {
        let variables: &'static str = Box::leak(format!("reals y on 0..8{space}").into_boxed_str());
        let system = System {
            name: variables,
            items: "",
            variables,
            energy: "sum(i in 0..8: y[i]^4 - y[i]^2 + 0.3 * y[i])",
            temperature: 0.9,
            looks: "x = [mean(y), mean(i in 0..8: y[i]^2), mean(i in 0..8: y[i]^4), energy]",
            served: SMOOTH,
        };
        let energy = |x: f64| x * x * x * x - x * x + 0.3 * x;
        let weight = |x: f64| libm::exp(-energy(x) / 0.9);
        agrees(&system, &averages(low, high, weight, |x| [x, x * x, x.powi(4), 8.0 * energy(x)]));
    }
}

#[test]
fn a_ring_of_soft_spins() {
    let system = System {
        name: "φ⁴ ring",
        items: "",
        variables: "reals y on chain(5)",
        energy: "sum(<i, j> in chain(5): (y[i] - y[j])^2 / 2) + sum(i in y: y[i]^4 - y[i]^2)",
        temperature: 0.8,
        looks: "x = [mean(i in y: y[i]^2), mean(i in y: y[i]^4), y[0] * y[1]]",
        served: SMOOTH,
    };
    let states = nodes(-3.0, 3.0, 64);
    let site = |x: f64| x.powi(4) - x * x;
    let at = |i: usize| states[i].0;
    let weight = |i: usize, j: usize| libm::exp(-((at(i) - at(j)).powi(2) + site(at(i)) + site(at(j))) / 1.6);
    let truth = transfer(&states, 5, weight, &[&|i| at(i).powi(2), &|i| at(i).powi(4)], &[&|i, j| at(i) * at(j)]);
    agrees(&system, &truth);
}

/// Spins with bonds that reals stretch; angles whose couplings spins decide; vectors with lengths of their own.
#[test]
fn mixed_models() {
    let system = System {
        name: "Spins and reals",
        items: "",
        variables: "spins s on chain(6) in {-1, +1}\nreals u on chain(6) in [-1.5, 1]",
        energy: "-sum(<i, j> in chain(6): s[i] * s[j] * (1 + 0.4 * u[i] + 0.4 * u[j])) + sum(i in u: u[i]^2)",
        temperature: 1.3,
        looks: "x = [s[0] * s[1], mean(u), mean(i in u: u[i]^2)]",
        served: &["metropolis", "hmc", "langevin"],
    };
    let reals = nodes(-1.5, 1.0, 32);
    let states: Vec<(f64, f64)> = reals.iter().chain(&reals).copied().collect();
    let (s, u) = (|i: usize| if i < 32 { -1.0 } else { 1.0 }, |i: usize| states[i].0);
    let weight =
        |i: usize, j: usize| libm::exp((s(i) * s(j) * (1.0 + 0.4 * (u(i) + u(j))) - (u(i).powi(2) + u(j).powi(2)) / 2.0) / 1.3);
    let mut truth = transfer(&states, 6, weight, &[&|i| u(i), &|i| u(i).powi(2)], &[&|i, j| s(i) * s(j)]);
    truth.rotate_right(1);
    agrees(&system, &truth);

    let gauge = System {
        name: "Spins that turn angles",
        items: "",
        variables: "angles a on chain(6)\nspins s on chain(6) in {-1, +1}",
        energy: "-sum(<i, j> in chain(6): s[i] * s[j] * cos(a[i] - a[j]))",
        temperature: 0.8,
        looks: "x = [energy, energy^2, s[0] * s[1]]",
        served: &["metropolis"],
    };
    let [e, e2] = energies(|k| ring(2, 6, k, 1.0), 1.25);
    agrees(&gauge, &[e, e2, 0.0]);

    let lengths = System {
        name: "Vectors with lengths",
        items: "",
        variables: "vectors S on 0..6 in sphere(3)\nreals r on 0..6 in [0, 2]\nspins s on 0..6 in {0, 1}",
        energy: "-sum(i in 0..6: r[i] * S[i, 2]) + sum(i in 0..6: r[i]^2 / 2 + 0.5 * s[i] * r[i])",
        temperature: 0.7,
        looks: "x = [mean(r), mean(i in 0..6: r[i] * S[i, 2]), mean(s)]",
        served: &["metropolis"],
    };
    let weight = |r: f64| {
        let k = r / 0.7;
        let sphere = if k < 1e-9 { 1.0 } else { libm::sinh(k) / k };
        sphere * libm::exp(-r * r / 1.4) * (1.0 + libm::exp(-0.5 * k))
    };
    let truth = averages(0.0, 2.0, weight, |r| {
        let k = r / 0.7;
        let langevin = if k < 1e-6 { k / 3.0 } else { 1.0 / libm::tanh(k) - 1.0 / k };
        [r, r * langevin, 1.0 / (1.0 + libm::exp(0.5 * k))]
    });
    agrees(&lengths, &truth);
}

/// Langevin dynamics without adjustment has a known error for oscillators: the variance T / (1 - step / 2).
#[test]
fn unadjusted_langevin() {
    let system = System {
        name: "Oscillators",
        items: "",
        variables: "reals y on 0..10",
        energy: "sum(i in 0..10: y[i]^2 / 2)",
        temperature: 0.8,
        looks: "x = [mean(i in 0..10: y[i]^2)]",
        served: &[],
    };
    for step in [0.1f64, 0.5] {
        let how = format!("langevin(step: {step:?}, adjusted: false)");
        let p = point(&run_one(&system.script(&how, "warmup: 200\nsweeps: 20_000\nchains: 2")));
        compare(&how, &p, "x", &[0.8 / (1.0 - step / 2.0)]);
    }
}
