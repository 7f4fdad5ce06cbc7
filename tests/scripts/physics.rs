//! Whole scripts against known physics. Seeds are fixed; comparisons allow 5 standard errors, 6e-7 to fail by chance.

use crate::common;

use ann_lang::results::Kept;
use common::{quantity, run};

fn near(result: &ann_lang::results::RunResult, task: &str, name: &str, point: usize, truth: f64) {
    let (value, error) = quantity(result, task, name, point);
    assert!((value - truth).abs() <= 5.0 * error + 1e-12, "{task}.{name}[{point}] = {value} ± {error}, expected {truth}");
}

/// The ring of N spins: Z = λ₊^N + λ₋^N (Ising 1925).
#[test]
fn the_ring_by_every_method() {
    let outcome = run("use std.lattice
use std.spin
sample ring over T in [1.0, 2.0], how in [metropolis, heat_bath, wolff, swendsen_wang, exact] {
    model: ising(chain(8)), temperature: T, method: how, warmup: 500, sweeps: 20_000, chains: 2
    observe { e = energy }
}");
    for (t, temperature) in [1.0f64, 2.0].into_iter().enumerate() {
        let (c, s) = (libm::cosh(1.0 / temperature), libm::sinh(1.0 / temperature));
        let (n, plus, minus) = (8, 2.0 * c, 2.0 * s);
        let truth = -(f64::from(n) * (plus.powi(n - 1) * 2.0 * s + minus.powi(n - 1) * 2.0 * c)) / (plus.powi(n) + minus.powi(n));
        for how in 0..5 {
            near(&outcome.result, "ring", "e", t * 5 + how, truth);
        }
    }
}

/// Free spins in a field: m = tanh(h / T); with values {-1, 0, 1}: 2 sinh / (1 + 2 cosh).
#[test]
fn free_spins() {
    let outcome = run("model free(h: Real) {
    spins s on 0..50 in {-1, +1}
    spins z on 0..30 in {-1, 0, 1}
    energy = -h * sum(s) - h * sum(i in z: z[i])
}
sample a over how in [metropolis, heat_bath] { model: free(0.7), temperature: 1.3, method: how, sweeps: 20_000, warmup: 100
    observe { m = mean(s), q = mean(z) }
}");
    let x: f64 = 0.7 / 1.3;
    for point in 0..2 {
        near(&outcome.result, "a", "m", point, libm::tanh(x));
        near(&outcome.result, "a", "q", point, 2.0 * libm::sinh(x) / (1.0 + 2.0 * libm::cosh(x)));
    }
}

/// Kaufman's closed form (the method `exact` on a large torus) against the bit-packed kernel, both rules.
#[test]
fn a_large_torus_against_kaufman() {
    let outcome = run("use std.lattice
use std.spin
sample a over T in [2.1, 2.6, 4.0], how in [exact, metropolis, heat_bath] {
    model: ising(square(64)), temperature: T, method: how, start: up, warmup: 2_000, sweeps: 6_000
    observe { e = energy / count(s) }
}");
    for t in 0..3 {
        let (truth, error) = quantity(&outcome.result, "a", "e", 3 * t);
        assert_eq!(error, 0.0);
        near(&outcome.result, "a", "e", 3 * t + 1, truth);
        near(&outcome.result, "a", "e", 3 * t + 2, truth);
    }
}

/// The correlation function of the open chain is tanh(1/T)^r; an observable with several elements.
#[test]
fn correlations_of_the_open_chain() {
    let outcome = run("use std.lattice
use std.spin
sample a { model: ising(chain(12, boundary: open)), temperature: 1.5, method: wolff, warmup: 100, sweeps: 20_000
    observe { g = [s[0] * s[r] for r in 0..6] }
}");
    let q = outcome.result.tasks[0].points[0].as_ref().unwrap().quantity("g").unwrap().clone();
    assert_eq!(q.shape, [6]);
    for r in 0..6 {
        let truth = libm::tanh(1.0 / 1.5).powi(r as i32);
        assert!(
            (q.value[r] - truth).abs() <= 5.0 * q.error[r] + 1e-12,
            "r = {r}: {} ± {}, expected {truth}",
            q.value[r],
            q.error[r]
        );
    }
}

/// A result that later tasks use: as a temperature, as a coefficient, at the point of an axis of the same name.
#[test]
fn results_are_used_by_later_tasks() {
    let outcome = run("use std.lattice
use std.spin
sample first over h in [0.2, 0.5] { model: ising(chain(6), h: h), temperature: 1, method: exact, observe { m = mean(s) } }
sample second over h in [0.2, 0.5] { model: ising(chain(6), h: first.m), temperature: 1 + first.m, method: exact, observe { m = mean(s) } }
let ratio = second.m / first.m
");
    let m = |task: &str, k: usize| quantity(&outcome.result, task, "m", k).0;
    for k in 0..2 {
        let script = format!(
            "use std.lattice\nuse std.spin\nsample a {{ model: ising(chain(6), h: {0:?}), temperature: 1 + {0:?}, method: exact, observe {{ m = mean(s) }} }}",
            m("first", k)
        );
        let direct = quantity(&run(&script).result, "a", "m", 0).0;
        assert!((m("second", k) - direct).abs() < 1e-12);
    }
    let ratio = outcome.result.derived.iter().find(|d| d.name == "ratio").unwrap();
    assert_eq!(ratio.axes.len(), 1);
    assert!((ratio.value[1] - m("second", 1) / m("first", 1)).abs() < 1e-15);
}

/// Annealing reaches the ground states that enumeration finds.
#[test]
fn annealing_finds_ground_states() {
    let outcome = run("use std.lattice
use std.spin
anneal ground over r in 0..4 { model: edwards_anderson(square(4), draw: r), temperature: geometric(3.0, 0.05), sweeps: 500, chains: 16 }
sample cold over r in 0..4 { model: edwards_anderson(square(4), draw: r), beta: 40, method: exact, observe { e = energy } }
");
    for r in 0..4 {
        let (best, _) = quantity(&outcome.result, "ground", "best_energy", r);
        let (truth, _) = quantity(&outcome.result, "cold", "e", r);
        assert!((best - truth).abs() < 1e-9, "draw {r}: {best}, enumeration {truth}");
    }
}

/// Without a schedule the temperatures follow from the energy, whatever the variables: the ends are near the ground state.
#[test]
fn annealing_finds_its_temperatures() {
    let variables = [
        ("angles x on g", "-sum(<i, j> in g: cos(x[i] - x[j]))", -32.0),
        ("vectors x on g in sphere(3)", "-sum(<i, j> in g: dot(x[i], x[j]))", -32.0),
        ("reals x on g", "sum((x^2 - 1)^2) - sum(<i, j> in g: x[i] * x[j])", -48.0),
        ("reals x on g in [-1, 1]", "-sum(<i, j> in g: x[i] * x[j])", -32.0),
    ];
    for (declared, energy, ground) in variables {
        let outcome = run(&format!(
            "use std.lattice
model m(g: Graph) {{
    {declared}
    energy = {energy}
}}
anneal cooled {{ model: m(square(4)), sweeps: 4_000, chains: 4 }}
"
        ));
        let (best, _) = quantity(&outcome.result, "cooled", "best_energy", 0);
        assert!(best >= ground - 1e-6 && best < 0.97 * ground, "{declared}: {best}, ground state {ground}");
    }
}

#[test]
fn an_energy_that_is_no_number_fails_the_point() {
    let text = "use std.lattice
model senseless(g: Graph) {
    spins s on g in {-1, +1}
    energy = sqrt(sum(s))
}
sample a over how in [metropolis, heat_bath, exact] {
    model: senseless(square(4))
    method: how
    sweeps: 100
    observe { e = energy }
}";
    let outcome = run(text);
    for point in outcome.result.tasks[0].points.iter().flatten() {
        assert!(point.failed.as_ref().is_some_and(|f| f.contains("not a number")), "{:?}", point.failed);
    }
}

#[test]
fn states_of_all_replicas_are_kept() {
    let text = "use std.lattice
use std.spin
sample a {
    model: ising(square(4))
    temperature: 3
    chains: 2
    replicas: 2
    sweeps: 20
    observe { q = overlap(s[replica 0], s[replica 1]) }
    keep { states: all, series: [q] }
}";
    let result = run(text).result;
    let point = result.tasks[0].points[0].as_ref().unwrap();
    let kept = |name: &str| &point.kept.iter().find(|k| k.0 == name).unwrap().1;
    let (Kept::States { chains: 4, samples: 20, sites: 16, data }, Kept::Series { data: q, .. }) = (kept("states"), kept("q"))
    else {
        panic!("{:?}", point.kept);
    };
    for chain in 0..2 {
        for k in 0..20 {
            let state = |r: usize| &data[((2 * chain + r) * 20 + k) * 16..][..16];
            let overlap: f32 = state(0).iter().zip(state(1)).map(|(a, b)| a * b).sum::<f32>() / 16.0;
            assert!((f64::from(overlap) - q[chain * 20 + k]).abs() < 1e-6);
        }
    }
}
