//! Networks that remember, as whole scripts. Seeds are fixed; comparisons of random quantities allow 5 standard errors, 6e-7 to fail
//! by chance.

use crate::common;

use ann_lang::plot::Layer;
use ann_lang::session::{self, Quiet};
use common::{Folder, load, numbers, options, quantity, run};

/// Exactly round(f N) spins are flipped, other ones in other chains.
#[test]
fn a_share_of_the_spins_is_flipped() {
    let outcome = run("use std.memory
let ξ ~ random_patterns(1, 41)
model frozen() { spins s on 0..41 in {-1, +1}
    field = [0 for i in s] }
sample a over f in [0, 0.1, 0.5, 1] {
    model: frozen()
    temperature: 0, method: synchronous, start: flip(ξ[0], fraction: f), warmup: 0, sweeps: 3, chains: 5
    observe at end { m = overlap(s, ξ[0]), first = s[0] }
}
sample b over f in [0, 0.1, 0.5, 1] {
    model: hopfield(ξ)
    temperature: 0, start: flip(ξ[0], fraction: f), sweeps: 100, until: fixed_point, chains: 8
    observe at end { m = abs(overlap(s, ξ[0])) }
}");
    for (point, flipped) in [0.0, 4.0, 21.0, 41.0].into_iter().enumerate() {
        let (m, error) = quantity(&outcome.result, "a", "m", point);
        assert!((m - (1.0 - 2.0 * flipped / 41.0)).abs() < 1e-12 && error < 1e-12, "{m} {error}");
        assert_eq!(quantity(&outcome.result, "b", "m", point), (1.0, 0.0));
        assert_eq!(quantity(&outcome.result, "b", "converged", point), (1.0, 0.0));
    }
    // From the pattern itself nothing moves.
    assert_eq!(quantity(&outcome.result, "b", "sweeps_run", 0), (0.0, 0.0));
    assert_eq!(quantity(&outcome.result, "b", "sweeps_run", 3), (0.0, 0.0));
    assert!(quantity(&outcome.result, "b", "sweeps_run", 1).0 >= 1.0);
}

/// Kernels with and without rules for ties find the same fixed points; every end is one, by brute force.
#[test]
fn fixed_points_are_fixed() {
    let text = |method: &str| {
        format!(
            "use std.memory
let ξ ~ random_patterns(12, 60)
sample a {{
    model: hopfield(ξ), temperature: 0, method: {method}, sweeps: 500, until: fixed_point, chains: 30
    observe at end {{
        stable = if all(i in s: s[i] * (sum(μ in 0..12: ξ[μ, i] * sum(j in s: ξ[μ, j] * s[j])) - 12 * s[i]) >= 0) then 1 else 0
        e = energy
    }}
}}"
        )
    };
    for method in
        ["glauber", "metropolis", "glauber(order: random)", "glauber(ties: keep)", "metropolis(ties: up)", "synchronous"]
    {
        let outcome = run(&text(method));
        let converged = quantity(&outcome.result, "a", "converged", 0).0;
        let stable = quantity(&outcome.result, "a", "stable", 0).0;
        if method == "synchronous" {
            assert!(stable >= converged, "{method}");
        } else {
            assert_eq!((converged, stable), (1.0, 1.0), "{method}");
        }
    }
}

const CYCLES: &str = "use std.memory
let ξ ~ random_patterns(10, 30)
let J ~ normal(0, 1, shape: [30, 30])
sample a over kind in [\"symmetric\", \"directed\"] {
    model: directed_attractor(if kind == \"symmetric\" then hebb(ξ) else J)
    temperature: 0, method: synchronous, sweeps: 2_000, until: cycle, chains: 40
    observe at end { m = largest_overlap(s, ξ) }
}";

/// Goles and Olivos (1980) for symmetric couplings; directed ones have longer cycles.
#[test]
fn cycles_of_parallel_dynamics() {
    let outcome = run(CYCLES);
    let period = quantity(&outcome.result, "a", "period", 0).0;
    assert_eq!(quantity(&outcome.result, "a", "converged", 0), (1.0, 0.0));
    assert!((1.0..=2.0).contains(&period), "{period}");
    assert!(quantity(&outcome.result, "a", "period", 1).0 > 2.0);
}

#[test]
fn ends_do_not_depend_on_threads() {
    let loaded = load(CYCLES);
    let all: Vec<String> = [1, 2, 5]
        .into_iter()
        .map(|threads| numbers(&session::run(&loaded, &options(None, threads), &Quiet).expect("it runs").result))
        .collect();
    assert!(all.windows(2).all(|w| w[0] == w[1]));
}

/// The matrix of a field, written in three ways, and thresholds.
#[test]
fn fields_are_read_however_they_are_written() {
    let outcome = run("let W ~ normal(0, 1, shape: [30, 30])
let θ ~ normal(0, 1, shape: [30])
model whole() { spins s on 0..30 in {0, 1}
    field = [sum(j in s: W[i, j] * s[j]) - θ[i] for i in s] }
model parts() { spins s on 0..30 in {0, 1}
    field = [sum(j in 0..10: W[i, j] * s[j]) + sum(j in 10..30: s[j] * W[i, j]) - θ[i] for i in 0..30] }
model listed() { spins s on 0..30 in {0, 1}
    field = [dot(W[i], s) for i in 0..30] - θ }
sample a over how in [\"whole\", \"parts\", \"listed\"] {
    model: if how == \"whole\" then whole() else if how == \"parts\" then parts() else listed()
    temperature: 0, method: synchronous, start: [mod(i, 2) for i in 0..30], warmup: 0, sweeps: 7
    observe at end { m = sum(i in s: (i + 1)^2 * s[i]) }
}");
    // One look has no error.
    let m = |k: usize| quantity(&outcome.result, "a", "m", k).0;
    assert!(m(0).is_finite() && (1..3).all(|k| m(k) == m(0)));
}

/// One unit of heat bath under a constant field has ⟨s⟩ = tanh(β h); so do all at once.
#[test]
fn units_in_a_field_follow_tanh() {
    let outcome = run("model free(h) { spins s on 0..50 in {-1, +1}
    field = [h for i in s] }
sample a over how in [glauber, metropolis, synchronous] {
    model: free(0.4), temperature: 2, method: how, warmup: 50, sweeps: 4_000
    observe { m = mean(s) }
}");
    for point in 0..3 {
        let (m, error) = quantity(&outcome.result, "a", "m", point);
        assert!((m - libm::tanh(0.2)).abs() < 5.0 * error, "{point}: {m} ± {error}");
    }
}

/// A step of gradient descent of rate 1 is the softmax update of Ramsauer et al. (2021).
#[test]
fn a_step_of_the_modern_network_is_attention() {
    let outcome = run("use std.memory
let ξ = [[1, 0, 2], [0, 1, -1], [0.5, -1, 0]]
let x0 = [0.3, -0.2, 0.7]
let β = 1.7
train a {
    model: modern_hopfield(ξ, β), optimiser: gradient_descent(rate: 1), start: x0, steps: 1
    record every 1 step { x = [x[0], x[1], x[2]] }
}
let w = [exp(β * dot(ξ[μ], x0)) for μ in 0..3]
let want = [sum(μ in 0..3: w[μ] * ξ[μ][i]) / sum(w) for i in 0..3]
expect all(i in 0..3: abs(a.x.at(step: 1)[i] - want[i]) < 1e-12)");
    assert!(outcome.result.claims.iter().all(|e| e.holds));
}

/// What a checkpoint of such a chain holds is enough to go on: parts are read back.
#[test]
fn a_finished_run_is_read_back() {
    let folder = Folder::new("memory-parts");
    let file = folder.file("out.h5");
    let loaded = load(CYCLES);
    let first = session::run(&loaded, &options(Some(&file), 2), &Quiet).expect("it runs");
    let again = session::run(&loaded, &options(Some(&file), 2), &Quiet).expect("it runs");
    assert_eq!(numbers(&first.result), numbers(&again.result));
}

/// Couplings of biased patterns are those of Amit, Gutfreund and Sompolinsky (1987), spin by spin.
#[test]
fn the_energy_of_biased_patterns() {
    let outcome = run("use std.memory
let ξ ~ random_patterns(3, 20, bias: 0.4)
let J = [[if i == j then 0 else sum(μ in 0..3: (ξ[μ, i] - 0.4) * (ξ[μ, j] - 0.4)) / 20 for j in 0..20] for i in 0..20]
sample a over hold in [0, 2.5] {
    model: biased_hopfield(ξ, 0.4, hold)
    temperature: 1, warmup: 0, sweeps: 40
    observe {
        miss = abs(energy + sum(i in s: sum(j in s: J[i, j] * s[i] * s[j])) / 2 - hold / 40 * (sum(s) - 8)^2)
        size = abs(energy)
    }
}");
    for point in 0..2 {
        let miss = quantity(&outcome.result, "a", "miss", point).0;
        assert!(miss < 1e-12 && quantity(&outcome.result, "a", "size", point).0 > 0.1, "{point}: {miss}");
    }
}

/// Arrays of rows and columns, and quantities over axes of these names, are figures as one reads them; other fields have their first
/// axis to the right and the second upwards.
#[test]
fn images_lie_as_one_reads_them() {
    let outcome = run("use std.memory
model frozen() { spins s on 0..6 in {-1, +1}
    field = [0 for i in s] }
sample a over row in 0..2, column in 0..3 {
    model: frozen(), temperature: 0, method: synchronous, start: up, warmup: 0, sweeps: 1
    observe at end { m = row * 10 + column }
}
sample b over k in 0..3 {
    model: frozen(), temperature: 0, method: synchronous, start: up, warmup: 0, sweeps: 1
    observe at end { state = image([1, -1, 1, 1, k, -s[0]], rows: 2, columns: 3) }
}
plot axes { field: a.m }
plot upwards { field: a.m, x: row }
plot array { field: image([0, 1, 2, 10, 11, 12], rows: 2, columns: 3) }
plot panels { field: b.state, panels: k }");
    let figures: Vec<_> = outcome
        .lines
        .iter()
        .filter_map(|line| if let session::Line::Figure { figure, .. } = line { Some(figure) } else { None })
        .collect();
    let field = |k: usize, panel: usize| {
        let panel = &figures[k].panels[panel];
        let Some(Layer::Field(field)) = panel.layers.first() else { panic!("no field in {panel:?}") };
        (panel.x.label.clone().unwrap_or_default(), panel.y.reversed, field.x.len(), field.z.clone())
    };
    let read = (String::from("column"), true, 3, vec![0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
    assert_eq!((field(0, 0), figures[0].aspect), (read.clone(), Some(1.5)));
    assert_eq!(field(1, 0), ("row".into(), false, 2, vec![0.0, 10.0, 1.0, 11.0, 2.0, 12.0]));
    assert_eq!((field(2, 0), figures[2].aspect), (read, Some(1.5)));
    assert_eq!((figures.len(), figures[3].panels.len()), (4, 3));
    for panel in 0..3 {
        assert_eq!(field(3, panel), ("column".into(), true, 3, vec![1.0, -1.0, 1.0, 1.0, panel as f64, -1.0]));
    }
}

/// The largest step of a kept series: never up while units settle one by one, and exactly known for a walk that is.
#[test]
fn the_largest_rise_of_a_series() {
    let outcome = run("use std.memory
let ξ ~ random_patterns(8, 60)
sample a over how in [glauber, synchronous] {
    model: hopfield(ξ), temperature: 0, method: how, warmup: 0, sweeps: 20, chains: 20
    observe { e = energy, odd = s[0] * s[1] }
    keep { series: [e] }
}
model toggling() { spins s on 0..2 in {-1, +1}
    field = [-s[1], s[0]] }
sample b {
    model: toggling(), temperature: 0, method: synchronous, start: [1, 1], warmup: 0, sweeps: 8
    observe { x = 3 * s[0] + s[1] }
    keep { series: [x] }
}
let steps = largest_rise(a.e)
let known = largest_rise(b.x)");
    let derived = |name: &str| outcome.result.derived.iter().find(|d| d.name == name).expect("derived");
    let (steps, known) = (derived("steps"), derived("known"));
    assert!(steps.value[0] <= 0.0 && steps.value[1] > 0.0 && steps.error.iter().all(|e| *e == 0.0), "{steps:?}");
    // (1, 1), (-1, 1), (-1, -1), (1, -1) and again: 3 s[0] + s[1] takes 4, -2, -4, 2.
    assert_eq!((known.value[0], known.error[0]), (6.0, 0.0));
}
