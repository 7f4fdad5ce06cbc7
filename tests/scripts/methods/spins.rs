//! Spins: every method that accepts a system agrees with `exact`; the methods that must serve a system do.
//!
//! About 2,500 comparisons at 6.3 standard errors: 8e-7 to fail by chance.

use super::support::{System, assert_refused, check, compare, energies_agree, point, run_one};

const METHODS: [&str; 14] = [
    "metropolis",
    "metropolis(order: sequential)",
    "metropolis(order: random)",
    "metropolis(order: checkerboard)",
    "heat_bath",
    "heat_bath(order: sequential)",
    "heat_bath(order: random)",
    "heat_bath(order: checkerboard)",
    "wolff",
    "swendsen_wang",
    "kinetic",
    "kinetic(rates: heat_bath)",
    "over_relaxation",
    "hmc",
];
/// Those that serve every model of spins.
const SINGLE: [&str; 10] = [
    "metropolis",
    "metropolis(order: sequential)",
    "metropolis(order: random)",
    "metropolis(order: checkerboard)",
    "heat_bath",
    "heat_bath(order: sequential)",
    "heat_bath(order: random)",
    "heat_bath(order: checkerboard)",
    "kinetic",
    "kinetic(rates: heat_bath)",
];
const CLUSTERS: &[&str] = &["wolff", "swendsen_wang"];

const ISING_LOOKS: &str = "m = mean(s)\nm2 = mean(s)^2\na = abs(mean(s))\ne2 = energy^2\np = [s[0], s[1], s[5]]\nc = [s[0] * s[1], s[0] * s[5], s[2] * s[6]]";

const SYSTEMS: &[System] = &[
    System {
        name: "Ising torus",
        items: "",
        variables: "spins s on square(4) in {-1, +1}",
        energy: "-sum(<i, j> in square(4): s[i] * s[j])",
        temperature: 2.5,
        looks: ISING_LOOKS,
        served: CLUSTERS,
    },
    System {
        name: "Ising torus in a field",
        items: "",
        variables: "spins s on square(4) in {-1, +1}",
        energy: "-sum(<i, j> in square(4): s[i] * s[j]) - 0.2 * sum(s)",
        temperature: 2.5,
        looks: ISING_LOOKS,
        served: CLUSTERS,
    },
    System {
        name: "Ferromagnet in random fields",
        items: "let h ~ normal(0, 0.8, shape: [16]) by 2",
        variables: "spins s on square(4) in {-1, +1}",
        energy: "-sum(<i, j> in square(4): s[i] * s[j]) - sum(i in 0..16: h[i] * s[i])",
        temperature: 2.5,
        looks: ISING_LOOKS,
        served: CLUSTERS,
    },
    System {
        name: "Antiferromagnet of two sublattices",
        items: "",
        variables: "spins s on square(4) in {-1, +1}",
        energy: "sum(<i, j> in square(4): s[i] * s[j])",
        temperature: 2.2,
        looks: ISING_LOOKS,
        served: CLUSTERS,
    },
    System {
        name: "Triangular antiferromagnet in a field",
        items: "",
        variables: "spins s on triangular(4) in {-1, +1}",
        energy: "sum(<i, j> in triangular(4): s[i] * s[j]) - 0.3 * sum(s)",
        temperature: 1.5,
        looks: ISING_LOOKS,
        served: &[],
    },
    System {
        name: "Double bonds",
        items: "",
        variables: "spins s on square(6, 2) in {-1, +1}",
        energy: "-0.6 * sum(<i, j> in square(6, 2): s[i] * s[j])",
        temperature: 2.0,
        looks: ISING_LOOKS,
        served: CLUSTERS,
    },
    System {
        name: "Glass of ±1",
        items: "couplings J on square(4) ~ choice(-1, +1) by 3",
        variables: "spins s on J in {-1, +1}",
        energy: "-sum(<i, j> in J: J[i, j] * s[i] * s[j])",
        temperature: 1.5,
        looks: ISING_LOOKS,
        served: &[],
    },
    System {
        name: "Gaussian glass in random fields",
        items: "couplings J on square(3, 4) ~ normal(0, 1) by 5\nlet h ~ normal(0, 0.5, shape: [12]) by 6",
        variables: "spins s on J in {-1, +1}",
        energy: "-sum(<i, j> in J: J[i, j] * s[i] * s[j]) - sum(i in 0..12: h[i] * s[i])",
        temperature: 1.3,
        looks: ISING_LOOKS,
        served: &[],
    },
    System {
        name: "Complete graph",
        items: "couplings J on complete(12) ~ normal(0, 0.3) by 5",
        variables: "spins s on J in {-1, +1}",
        energy: "-sum(<i, j> in J: J[i, j] * s[i] * s[j]) - 0.1 * sum(s)",
        temperature: 1.0,
        looks: ISING_LOOKS,
        served: &[],
    },
    System {
        name: "Lattice gas",
        items: "",
        variables: "spins s on square(4) in {0, 1}",
        energy: "-sum(<i, j> in square(4): s[i] * s[j]) + 1.7 * sum(s)",
        temperature: 0.8,
        looks: ISING_LOOKS,
        served: &[],
    },
    System {
        name: "Blume-Capel",
        items: "",
        variables: "spins s on square(3) in {-1, 0, 1}",
        energy: "-sum(<i, j> in square(3): s[i] * s[j]) + 1.2 * sum(i in s: s[i]^2) - 0.1 * sum(s)",
        temperature: 1.4,
        looks: ISING_LOOKS,
        served: &[],
    },
    System {
        name: "Uneven values",
        items: "",
        variables: "spins s on chain(7) in {-2, 0.5, 3}",
        energy: "-0.2 * sum(<i, j> in chain(7): s[i] * s[j]) + 0.3 * sum(s)",
        temperature: 1.1,
        looks: ISING_LOOKS,
        served: &[],
    },
    System {
        name: "Potts",
        items: "",
        variables: "spins s on triangular(3) in 0..3",
        energy: "-count(<i, j> in triangular(3): s[i] == s[j])",
        temperature: 2.0,
        looks: "e2 = energy^2\np = [count(i in s: s[i] == q) for q in 0..3]\nc = [s[0] == s[1], s[2] == s[7]]",
        served: CLUSTERS,
    },
    System {
        name: "Potts of four states in a field, antiferromagnetic",
        items: "",
        variables: "spins s on chain(7) in 0..4",
        energy: "count(<i, j> in chain(7): s[i] == s[j]) - 0.4 * count(i in s: s[i] == 2)",
        temperature: 0.7,
        looks: "e2 = energy^2\np = [count(i in s: s[i] == q) for q in 0..4]\nc = [s[0] == s[1], s[2] == s[5]]",
        served: &[],
    },
    System {
        name: "Clock of five",
        items: "",
        variables: "spins s on chain(6) in 0..5",
        energy: "-sum(<i, j> in chain(6): cos(2 * pi * (s[i] - s[j]) / 5)) - 0.3 * sum(i in s: cos(2 * pi * s[i] / 5))",
        temperature: 0.9,
        looks: "e2 = energy^2\np = [count(i in s: s[i] == q) for q in 0..5]",
        served: &[],
    },
    System {
        name: "Three spins at a time",
        items: "",
        variables: "spins s on 0..8 in {-1, +1}",
        energy: "-0.5 * sum(i < j < k in 0..8: s[i] * s[j] * s[k] * (1 - 0.2 * i)) / 4 - 0.2 * sum(s)",
        temperature: 1.2,
        looks: ISING_LOOKS,
        served: &[],
    },
    System {
        name: "Two variables",
        items: "",
        variables: "spins s on chain(6) in {-1, +1}\nspins z on 0..4 in {-1, 0, 1}",
        energy: "-sum(<i, j> in chain(6): s[i] * s[j]) - 0.5 * sum(i in 0..4: s[i] * z[i]) + 0.7 * sum(i in 0..4: z[i]^2)",
        temperature: 1.6,
        looks: "m = mean(s)\ne2 = energy^2\nq = mean(z)\nq2 = sum(i in 0..4: z[i]^2)\nc = [s[0] * z[0], s[4] * z[1], z[0] * z[1]]",
        served: &[],
    },
];

fn agrees(system: &System, settings: &str, methods: &[&str], kernels: &mut Vec<String>) -> usize {
    let truth = system.exact();
    let mut comparisons = 0;
    for how in methods {
        let label = format!("{}, {how}", system.name);
        let script = system.script(how, settings);
        if !check(&script).is_good() {
            assert!(!SINGLE.contains(how) && !system.served.contains(how), "{label} was refused");
            assert_refused(&label, &script);
            continue;
        }
        let p = point(&run_one(&script));
        energies_agree(&label, &p);
        for (name, q) in &truth.quantities {
            comparisons += compare(&label, &p, name, &q.value).len();
        }
        kernels.push(p.kernel);
    }
    comparisons
}

#[test]
fn all_methods_agree_with_enumeration() {
    let mut comparisons = 0;
    let mut kernels = Vec::new();
    for system in SYSTEMS {
        comparisons += agrees(system, "warmup: 500\nsweeps: 10_000\nchains: 2", &METHODS, &mut kernels);
    }
    assert!((1500..2800).contains(&comparisons), "{comparisons} comparisons");
    kernels.sort();
    kernels.dedup();
    println!("{comparisons} comparisons; {kernels:?}");
}

/// Many chains at once take other kernels.
#[test]
fn many_chains_agree_with_enumeration() {
    let mut kernels = Vec::new();
    for system in SYSTEMS.iter().take(10) {
        agrees(system, "warmup: 100\nsweeps: 400\nchains: 48", &["metropolis", "heat_bath"], &mut kernels);
    }
    for needed in ["sparse", "sliced"] {
        assert!(kernels.iter().any(|k| k == needed), "{needed}: {kernels:?}");
    }
}
