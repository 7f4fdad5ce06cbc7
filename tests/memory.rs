//! Networks that remember, as whole scripts. Seeds are fixed; comparisons of random quantities allow 5 standard errors, 6e-7 to fail
//! by chance.

mod common;

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
let ξ ~ random_patterns(10, 80)
sample a over kind in [\"symmetric\", \"directed\"] {
    let W = if kind == \"symmetric\" then hebb(ξ) else dilute(hebb(ξ), 0.2, symmetric: false)
    model: directed_attractor(W)
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
    let first = quantity(&outcome.result, "a", "m", 0);
    assert!((1..3).all(|k| quantity(&outcome.result, "a", "m", k) == first));
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
