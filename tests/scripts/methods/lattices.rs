//! Lattices of 6 × 6 sites that no formula solves: the methods against each other, and boundaries against each other.
//!
//! About 120 comparisons at 6.3 standard errors of the difference: 4e-8 to fail by chance.

use super::support::{SIGMAS, run_one};
use ann_lang::results::PointResult;

/// All points of a task agree with each other, pair by pair.
fn agree(label: &str, points: &[Option<PointResult>]) {
    for (k, a) in points.iter().enumerate() {
        for (l, b) in points.iter().enumerate().skip(k + 1) {
            let (a, b) = (a.as_ref().expect("a point"), b.as_ref().expect("a point"));
            for (name, q) in &a.quantities {
                let r = b.quantity(name).expect("the same quantities");
                for i in 0..q.value.len() {
                    let error = q.error[i].hypot(r.error[i]);
                    assert!(
                        (q.value[i] - r.value[i]).abs() <= SIGMAS * error + 1e-9,
                        "{label}: {name}[{i}] of point {k} ({}) is {} ± {}, of point {l} ({}) {} ± {}",
                        a.kernel,
                        q.value[i],
                        q.error[i],
                        b.kernel,
                        r.value[i],
                        r.error[i]
                    );
                }
            }
        }
    }
}

fn methods_agree(model: &str, temperature: f64, methods: &str, looks: &str) {
    let script = format!(
        "use std.lattice\nmodel system() {{\n{model}\n}}\nsample a over how in [{methods}] {{\nmodel: system()\ntemperature: {temperature:?}\nmethod: how\nwarmup: 500\nsweeps: 2_500\nchains: 2\nobserve {{\ne = energy\ne2 = energy^2\n{looks}\n}}\n}}\n"
    );
    agree(model, &run_one(&script).tasks[0].points);
}

const VECTOR_METHODS: &str = "metropolis, metropolis(order: checkerboard), heat_bath, over_relaxation, wolff, swendsen_wang";

#[test]
fn planes_of_angles_and_vectors() {
    methods_agree(
        "angles a on square(6)\nenergy = -sum(<i, j> in square(6): cos(a[i] - a[j]))",
        1.0,
        "metropolis, heat_bath, over_relaxation(per: 2), wolff, swendsen_wang, hmc, langevin",
        "m2 = mean(cos(a))^2 + mean(sin(a))^2",
    );
    for n in [2, 3, 4] {
        let model = format!("vectors S on square(6) in sphere({n})\nenergy = -sum(<i, j> in square(6): dot(S[i], S[j]))");
        let m2 = (0..n).map(|k| format!("mean(i in square(6): S[i, {k}])^2")).collect::<Vec<_>>().join(" + ");
        methods_agree(&model, 0.8, VECTOR_METHODS, &format!("m2 = {m2}"));
    }
    methods_agree(
        "vectors S on triangular(6) in sphere(3)\nenergy = sum(<i, j> in triangular(6): dot(S[i], S[j])) - 0.5 * sum(i in triangular(6): S[i, 2])",
        0.6,
        "metropolis, heat_bath, over_relaxation",
        "m = mean(i in triangular(6): S[i, 2])",
    );
}

#[test]
fn planes_of_soft_spins() {
    methods_agree(
        "reals y on square(6)\nenergy = sum(<i, j> in square(6): (y[i] - y[j])^2 / 2) + sum(i in square(6): y[i]^4 / 2 - y[i]^2)",
        1.0,
        "metropolis, metropolis(order: checkerboard), hmc, langevin",
        "y2 = mean(y^2)\nm2 = mean(y)^2",
    );
}

/// A seam of couplings of the other sign is an antiperiodic boundary: for vectors, for angles (θ + π), and for spins.
#[test]
fn seams() {
    let wrap = "(if (i == 0 and j == 5) or (i == 5 and j == 0) then -1 else 1)";
    for (kind, pair) in [
        ("angles S on GRAPH", "cos(S[i] - S[j])"),
        ("vectors S on GRAPH in sphere(2)", "dot(S[i], S[j])"),
        ("vectors S on GRAPH in sphere(3)", "dot(S[i], S[j])"),
        ("spins S on GRAPH in {-1, +1}", "S[i] * S[j]"),
    ] {
        let script = format!(
            "use std.lattice\nmodel twisted() {{\n{}\nenergy = -sum(<i, j> in chain(6, boundary: antiperiodic): {pair})\n}}\nmodel seam() {{\n{}\nenergy = -sum(<i, j> in chain(6): {wrap} * {pair})\n}}\nsample a over g in [twisted, seam] {{\nmodel: g()\ntemperature: 0.7\nmethod: metropolis\nwarmup: 500\nsweeps: 10_000\nobserve {{ e = energy, e2 = energy^2 }}\n}}\n",
            kind.replace("GRAPH", "chain(6, boundary: antiperiodic)"),
            kind.replace("GRAPH", "chain(6)")
        );
        agree(kind, &run_one(&script).tasks[0].points);
    }
}
