//! Conserved dynamics against enumeration of the states with the composition of the start.
//!
//! About 60 comparisons at 6.3 standard errors: 2e-8 to fail by chance.

use super::support::{check, compare, errors, point, run_one};
use ann_lang::results::{Kept, PointResult};

/// Averages over all states in which each part of the sites has the values of `start` in any order.
fn enumerate(
    start: &[f64],
    parts: &[usize],
    beta: f64,
    energy: impl Fn(&[f64]) -> f64,
    looks: impl Fn(&[f64], f64) -> Vec<f64>,
) -> Vec<f64> {
    let sorted = |part: &[f64]| {
        let mut part = part.to_vec();
        part.sort_by(f64::total_cmp);
        part
    };
    let mut blocks: Vec<Vec<Vec<f64>>> = Vec::new();
    let mut first = 0;
    for &n in parts {
        blocks.push(orders(&sorted(&start[first..first + n])));
        first += n;
    }
    let (mut z, mut sums) = (0.0, Vec::new());
    let count: usize = blocks.iter().map(Vec::len).product();
    for mut k in 0..count {
        let mut state = Vec::new();
        for block in &blocks {
            state.extend(&block[k % block.len()]);
            k /= block.len();
        }
        let e = energy(&state);
        let weight = libm::exp(-beta * e);
        let values = looks(&state, e);
        sums.resize(values.len(), 0.0);
        sums.iter_mut().zip(&values).for_each(|(s, v)| *s += weight * v);
        z += weight;
    }
    sums.iter().map(|s| s / z).collect()
}

/// All different orders of sorted values.
fn orders(sorted: &[f64]) -> Vec<Vec<f64>> {
    if sorted.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for k in 0..sorted.len() {
        if k > 0 && sorted[k] == sorted[k - 1] {
            continue;
        }
        let mut rest = sorted.to_vec();
        let first = rest.remove(k);
        all.extend(orders(&rest).into_iter().map(|mut o| {
            o.insert(0, first);
            o
        }));
    }
    all
}

fn run(model: &str, temperature: f64, method: &str, settings: &str, looks: &str) -> PointResult {
    let script = format!(
        "use std.lattice\nmodel system() {{\n{model}\n}}\nsample a {{\nmodel: system()\ntemperature: {temperature:?}\nmethod: {method}\n{settings}\nwarmup: 500\nsweeps: 20_000\nobserve {{\nx = {looks}\n}}\nkeep {{ states: every 1_000 sweeps }}\n}}\n"
    );
    point(&run_one(&script))
}

/// Every kept state has the composition of the start.
fn conserved(p: &PointResult, start: &[f64], parts: &[usize]) {
    let Kept::States { sites, data, samples, .. } = &p.kept[0].1 else { panic!("no states") };
    assert_eq!(*samples, 20);
    for state in data.chunks(*sites) {
        let mut first = 0;
        for &n in parts {
            let mut now: Vec<f64> = state[first..first + n].iter().map(|&x| f64::from(x)).collect();
            let mut then = start[first..first + n].to_vec();
            now.sort_by(f64::total_cmp);
            then.sort_by(f64::total_cmp);
            assert_eq!(now, then);
            first += n;
        }
    }
}

fn torus(s: &[f64]) -> f64 {
    (0..16).map(|i| s[i] * (s[i / 4 * 4 + (i + 1) % 4] + s[(i + 4) % 16])).sum()
}

#[test]
fn ising_on_a_torus() {
    let model = "spins s on square(4) in {-1, +1}\nenergy = -sum(<i, j> in square(4): s[i] * s[j]) - 0.5 * s[0] + 0.8 * s[5]";
    let energy = |s: &[f64]| -torus(s) - 0.5 * s[0] + 0.8 * s[5];
    let looks = |s: &[f64], e: f64| vec![e, e * e, s.iter().sum(), s[0], s[5], s[0] * s[1], s[0] * s[5], s[3] * s[9]];
    let written = "[energy, energy^2, sum(s), s[0], s[5], s[0] * s[1], s[0] * s[5], s[3] * s[9]]";
    let half: Vec<f64> = (0..16).map(|i| if i < 8 { -1.0 } else { 1.0 }).collect();
    let few: Vec<f64> = (0..16).map(|i| if i < 12 { -1.0 } else { 1.0 }).collect();
    for (start, setting) in [(&half, String::new()), (&few, format!("start: {few:?}"))] {
        let truth = enumerate(start, &[16], 1.0 / 2.2, energy, looks);
        for method in ["kawasaki", "kawasaki(global: true)"] {
            let p = run(model, 2.2, method, &setting, written);
            compare(method, &p, "x", &truth);
            conserved(&p, start, &[16]);
        }
    }
}

#[test]
fn three_values_on_a_ring() {
    let model = "spins s on chain(9) in {-1, 0, 1}\nenergy = -sum(<i, j> in chain(9): s[i] * s[j]) + 0.6 * s[2]^2 - 0.3 * s[4]";
    let energy = |s: &[f64]| -(0..9).map(|i| s[i] * s[(i + 1) % 9]).sum::<f64>() + 0.6 * s[2] * s[2] - 0.3 * s[4];
    let looks = |s: &[f64], e: f64| vec![e, e * e, s[2] * s[2], s[4], s[0] * s[1], s[0] * s[4]];
    let start = [-1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let truth = enumerate(&start, &[9], 1.0, energy, looks);
    for method in ["kawasaki", "kawasaki(global: true)"] {
        let p = run(model, 1.0, method, "", "[energy, energy^2, s[2]^2, s[4], s[0] * s[1], s[0] * s[4]]");
        compare(method, &p, "x", &truth);
        conserved(&p, &start, &[9]);
    }
}

/// Each of two variables keeps its own composition; one lives on no graph.
#[test]
fn two_variables() {
    let model = "spins s on 0..6 in {-1, +1}\nspins z on 0..4 in 0..3\nenergy = -0.4 * sum(i < j in 0..6: s[i] * s[j] * (1 + 0.3 * i)) - 0.5 * sum(i in 0..4: s[i] * z[i]) - count(i < j in 0..4: z[i] == z[j] and i + 1 == j)";
    let energy = |x: &[f64]| {
        let (s, z) = x.split_at(6);
        let mut e = 0.0;
        for i in 0..6 {
            for j in i + 1..6 {
                e -= 0.4 * s[i] * s[j] * (1.0 + 0.3 * i as f64);
            }
        }
        for i in 0..4 {
            e -= 0.5 * s[i] * z[i];
        }
        e - (0..3).filter(|&i| z[i] == z[i + 1]).count() as f64
    };
    let looks = |x: &[f64], e: f64| vec![e, x[0], x[3], x[6], x[7], x[1] * x[8]];
    let start = [1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 0.0, 1.0, 1.0, 2.0];
    let truth = enumerate(&start, &[6, 4], 1.0 / 1.4, energy, looks);
    let settings = format!("start: {start:?}");
    let p = run(model, 1.4, "kawasaki(global: true)", &settings, "[energy, s[0], s[3], z[0], z[1], s[1] * z[2]]");
    compare("two variables", &p, "x", &truth);
    conserved(&p, &start, &[6, 4]);
}

#[test]
fn what_it_cannot_serve() {
    let task = "sample a { model: system(), method: kawasaki, observe { e = energy } }";
    for model in [
        "spins s on 0..6 in {-1, +1}\nenergy = -sum(s)",
        "angles s on chain(6)\nenergy = -sum(i in s: cos(s[i]))",
        "reals s on chain(6)\nenergy = sum(i in s: s[i]^2)",
        "vectors s on chain(6) in sphere(3)\nenergy = -sum(i in chain(6): s[i, 2])",
    ] {
        let script = format!("use std.lattice\nmodel system() {{\n{model}\n}}\n{task}");
        let found = errors(&script);
        assert!(!found.is_empty() && found.iter().all(|d| d.code.0 == "E0701" && d.help.is_some()), "{model}: {found:?}");
    }
    let global = "model system() {\nspins s on 0..6 in {-1, +1}\nenergy = -sum(s)\n}\nsample a { model: system(), method: kawasaki(global: true), observe { e = energy } }";
    assert!(check(global).is_good());
}
