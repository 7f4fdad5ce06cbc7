//! Methods that give all temperatures from one run, as whole scripts: against exact results, honest errors, the same numbers after a stop.
//!
//! Seeds are fixed. Comparisons allow 5 standard errors, 6e-7 to fail by chance for a Gaussian deviation; errors rest on some 64 bins, with
//! which it is 5e-6.

use crate::common;

use ann_lang::results::{Kept, RunResult};
use ann_lang::session::{self, Watch};
use common::{Folder, load, numbers, options, quantity, run, run_with_seed};
use std::sync::atomic::{AtomicUsize, Ordering};

const TEMPERATURES: [f64; 5] = [1.2, 1.8, 2.3, 3.0, 5.0];

/// A task over the temperatures, with energy and heat capacity.
fn script(name: &str, model: &str, method: &str) -> String {
    format!(
        "sample {name} over T in [1.2, 1.8, 2.3, 3.0, 5.0] {{ model: {model}, temperature: T, method: {method}\n\
         observe {{ e = energy }}\n estimate {{ c = (avg(e^2) - avg(e)^2) / T^2 }} }}\n"
    )
}

/// F = -T ln Z from the number of states at each energy.
fn free_energy(levels: &[(f64, f64)], t: f64) -> f64 {
    let least = levels.iter().map(|l| l.0).fold(f64::INFINITY, f64::min);
    let z: f64 = levels.iter().map(|(e, g)| g * libm::exp(-(e - least) / t)).sum();
    least - t * libm::log(z)
}

/// The number of states at each energy of spins with `q` values on a torus of side `side`, their energy a sum over bonds and sites.
fn levels(side: usize, q: usize, bond: impl Fn(usize, usize) -> f64, site: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
    let n = side * side;
    let mut counts: std::collections::BTreeMap<i64, f64> = std::collections::BTreeMap::new();
    let mut state = vec![0usize; n];
    loop {
        let at = |x: usize, y: usize| state[(y % side) * side + x % side];
        let mut e = 0.0;
        for y in 0..side {
            for x in 0..side {
                e += bond(at(x, y), at(x + 1, y)) + bond(at(x, y), at(x, y + 1)) + site(at(x, y));
            }
        }
        *counts.entry((e * 1000.0).round() as i64).or_insert(0.0) += 1.0;
        let Some(k) = state.iter().position(|s| *s + 1 < q) else { break };
        state[..k].fill(0);
        state[k] += 1;
    }
    counts.into_iter().map(|(e, g)| (e as f64 / 1000.0, g)).collect()
}

fn spin(s: usize) -> f64 {
    2.0 * s as f64 - 1.0
}

/// A task against another with exact values, at every temperature.
fn agrees(result: &RunResult, task: &str, exact: &str, levels: &[(f64, f64)], precision: f64) {
    for (k, t) in TEMPERATURES.iter().enumerate() {
        for name in ["e", "c"] {
            let (value, error) = quantity(result, task, name, k);
            let (truth, _) = quantity(result, exact, name, k);
            assert!((value - truth).abs() < 5.0 * error, "{task}.{name} at {t}: {value} ± {error}, exact {truth}");
            assert!(error < precision * (1.0 + truth.abs()), "{task}.{name} at {t}: ± {error} says nothing");
        }
        let (value, error) = quantity(result, task, "free_energy", k);
        let truth = free_energy(levels, *t);
        assert!((value - truth).abs() < 5.0 * error, "{task}.free_energy at {t}: {value} ± {error}, exact {truth}");
        assert!(error > 0.0 && error < 0.02 * truth.abs(), "{task}.free_energy at {t}: ± {error}");
    }
}

fn array<'r>(result: &'r RunResult, task: &str, name: &str) -> &'r [f64] {
    let t = result.tasks.iter().find(|t| t.name == task).expect("the task");
    let kept = &t.points[0].as_ref().expect("the point").kept;
    match kept.iter().find(|(n, _)| n == name) {
        Some((_, Kept::Array { data, .. })) => data,
        other => panic!("no {name}: {other:?}"),
    }
}

#[test]
fn ising_potts_and_blume_capel_by_flat_histograms() {
    let models = [
        ("ising(square(4))", levels(4, 2, |a, b| -spin(a) * spin(b), |_| 0.0)),
        ("potts(square(3), 3)", levels(3, 3, |a, b| if a == b { -1.0 } else { 0.0 }, |_| 0.0)),
        (
            "blume_capel(square(3), 0.5)",
            levels(3, 3, |a, b| -(a as f64 - 1.0) * (b as f64 - 1.0), |a| 0.5 * (a as f64 - 1.0).powi(2)),
        ),
    ];
    let mut text = String::from("use std.lattice\nuse std.spin\n");
    for (k, (model, _)) in models.iter().enumerate() {
        text += &script(&format!("exact{k}"), model, "exact");
        let common = "chains: 2, sweeps: 40_000, warmup: 400_000, every: 2";
        text += &script(&format!("wl{k}"), model, &format!("wang_landau(final_ln_f: 1e-6)\n {common}"));
        text += &script(&format!("muca{k}"), model, &format!("multicanonical\n {common}"));
    }
    let outcome = run(&text);
    for (k, (_, levels)) in models.iter().enumerate() {
        for method in ["wl", "muca"] {
            let task = format!("{method}{k}");
            agrees(&outcome.result, &task, &format!("exact{k}"), levels, 0.1);
            let found = array(&outcome.result, &task, "levels");
            assert_eq!(found, levels.iter().map(|l| l.0).collect::<Vec<_>>());
            // ln g follows from 80,000 sweeps to some per cent; 0.3 is far from chance and close enough to tell it from any other.
            for (s, (e, g)) in array(&outcome.result, &task, "ln_g").iter().zip(levels) {
                assert!((s - libm::log(*g)).abs() < 0.3, "{task} at {e}: {s}, exact {}", libm::log(*g));
            }
            assert!(quantity(&outcome.result, &task, "round_trips", 0).0 > 100.0);
        }
    }
    assert!(!outcome.diagnostics.iter().any(|d| ["W0106", "W0107"].contains(&d.code.0)), "{:?}", outcome.diagnostics);
}

#[test]
fn a_glass_by_population_annealing() {
    let task = |name: &str, method: &str| {
        format!(
            "sample {name} over T in [0.5, 3.0, 1.0, 0.7, 2.0] {{ model: edwards_anderson(square(4)), temperature: T, method: {method}\n\
             observe {{ e = energy, m = abs(mean(s)) }}\n estimate {{ c = (avg(e^2) - avg(e)^2) / T^2 }} }}\n"
        )
    };
    // d(βF)/dβ = E: from exact energies by Simpson's rule in 80 intervals, whose error is far below those of sampling.
    let text = format!(
        "use std.lattice\nuse std.spin\n{}{}{}\
         sample grid over T in [0.5, 3.0, 1.0, 0.7, 2.0], k in 0..81 {{ model: edwards_anderson(square(4)), beta: k / (80 * T), method: exact, observe {{ e = energy }} }}",
        task("known", "exact"),
        task("one", "population(size: 8_000)\n sweeps: 10"),
        task("three", "population(size: 2_000)\n sweeps: 10\n chains: 3"),
    );
    let outcome = run(&text);
    let r = &outcome.result;
    for task in ["one", "three"] {
        for point in 0..5 {
            for name in ["e", "m", "c"] {
                let ((value, error), (truth, _)) = (quantity(r, task, name, point), quantity(r, "known", name, point));
                assert!((value - truth).abs() < 5.0 * error, "{task}.{name}[{point}]: {value} ± {error}, exact {truth}");
                assert!(error < 0.06 * (1.0 + truth.abs()), "{task}.{name}[{point}]: ± {error}");
            }
            let t = [0.5, 3.0, 1.0, 0.7, 2.0][point];
            let weight = |k: usize| if k == 0 || k == 80 { 1.0 } else { 2.0 + 2.0 * (k % 2) as f64 };
            let integral =
                (0..81).map(|k| weight(k) * quantity(r, "grid", "e", 81 * point + k).0).sum::<f64>() / (3.0 * 80.0 * t);
            let truth = -t * (16.0 * libm::log(2.0) - integral);
            let (value, error) = quantity(r, task, "free_energy", point);
            assert!((value - truth).abs() < 5.0 * error && error < 0.1, "{task}.F[{point}]: {value} ± {error}, exact {truth}");
            let families = quantity(r, task, "families", point).0;
            assert!((100.0..8_000.1).contains(&families), "{families}");
        }
    }
    assert!(!outcome.diagnostics.iter().any(|d| d.code.0 == "W0108"), "{:?}", outcome.diagnostics);
}

/// Deviations over 100 seeds (0 to 99, not chosen) in units of the error. The mean square of 100 normal deviations lies outside of
/// 0.8–1.25 in 12 % of sets, outside of 0.5–1.8 with a probability below 1e-6.
fn honest(exact: &str, sampled: &str, names: &[&str], point: usize, free_energy: f64) {
    let truth = run(exact);
    let mut z: Vec<Vec<f64>> = vec![vec![]; names.len()];
    for seed in 0..100 {
        let outcome = run_with_seed(sampled, seed);
        for (k, name) in names.iter().enumerate() {
            let x = if *name == "free_energy" { free_energy } else { quantity(&truth.result, "a", name, point).0 };
            let (value, error) = quantity(&outcome.result, "a", name, point);
            z[k].push((value - x) / error);
        }
    }
    for (name, z) in names.iter().zip(&z) {
        let mean = z.iter().sum::<f64>() / 100.0;
        let square = z.iter().map(|x| x * x).sum::<f64>() / 100.0;
        println!("{name}: mean {mean:.3}, mean square {square:.3}");
        assert!(mean.abs() < 0.5, "{name}: biased by {mean} standard errors");
        assert!((0.8..1.25).contains(&square), "{name}: mean square {square}");
    }
}

const HONEST: &str = "use std.lattice\nuse std.spin\nsample a over T in [1.8, 2.5] { model: ising(square(4)), temperature: T\n METHOD\n observe { m = abs(mean(s)), e = energy }\n estimate { c = avg(e^2) - avg(e)^2 } }";

#[test]
fn errors_of_flat_histograms_are_honest() {
    let ising = levels(4, 2, |a, b| -spin(a) * spin(b), |_| 0.0);
    let method = "method: wang_landau(final_ln_f: 1e-4)\n warmup: 20_000\n sweeps: 16_000";
    let names = ["e", "m", "c", "free_energy"];
    honest(&HONEST.replace("METHOD", "method: exact"), &HONEST.replace("METHOD", method), &names, 1, free_energy(&ising, 2.5));
}

#[test]
fn errors_of_populations_are_honest() {
    let ising = levels(4, 2, |a, b| -spin(a) * spin(b), |_| 0.0);
    let method = "method: population(size: 2_000)\n sweeps: 4";
    let names = ["e", "m", "c", "free_energy"];
    honest(&HONEST.replace("METHOD", "method: exact"), &HONEST.replace("METHOD", method), &names, 1, free_energy(&ising, 2.5));
}

/// Stops a run after it was asked so many times.
struct StopAfter(AtomicUsize);

impl Watch for StopAfter {
    fn stop(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| Some(n.saturating_sub(1))).unwrap_or(0) == 0
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_numbers() {
    for method in [
        "wang_landau(final_ln_f: 1e-5)\n warmup: 30_000\n sweeps: 60_000\n chains: 2",
        "multicanonical\n warmup: 30_000\n sweeps: 60_000",
        "population(size: 1_500)\n sweeps: 200\n chains: 2",
    ] {
        let text = format!(
            "use std.lattice\nuse std.spin\nsample a over T in [2.0, 3.0, 1.5] {{ model: ising(square(8)), temperature: T, method: {method}\n\
             observe {{ e = energy, m = abs(mean(s)) }} }}\n"
        );
        let loaded = load(&text);
        let whole = session::run(&loaded, &options(None, 1), &session::Quiet).unwrap();
        let threads = session::run(&loaded, &options(None, 3), &session::Quiet).unwrap();
        assert_eq!(numbers(&whole.result), numbers(&threads.result));
        let folder = Folder::new(&format!("ladder-{}", method.len()));
        let file = folder.file("a.h5");
        let mut stops = 0;
        loop {
            let part = session::run(&loaded, &options(Some(&file), 1), &StopAfter(AtomicUsize::new(1 + stops))).unwrap();
            if !part.interrupted {
                assert_eq!(numbers(&part.result), numbers(&whole.result), "{method}");
                break;
            }
            stops += 1;
            assert!(stops < 200, "it never ends");
        }
        assert!(stops > 0, "{method} was too quick to be stopped");
        let read = ann_lang::store::read(&file).unwrap();
        assert_eq!(numbers(&read), numbers(&whole.result));
    }
}

#[test]
fn what_is_doubtful_is_said() {
    let outcome = run("use std.lattice
use std.spin
sample short over T in [0.3, 3.0] { model: ising(square(8)), temperature: T, method: wang_landau, warmup: 300, sweeps: 300, observe { e = energy } }
sample coarse over T in [2.0, 3.0] { model: ising(square(4)), temperature: T, method: wang_landau, warmup: 2_000, sweeps: 20_000, observe { e = energy } }
sample few over T in [0.3, 3.0] { model: edwards_anderson(cubic(4)), temperature: T, method: population(size: 50), sweeps: 1, observe { e = energy } }");
    let codes: Vec<&str> = outcome.diagnostics.iter().map(|d| d.code.0).collect();
    // A walk that never crossed the energies gives no number at all.
    for code in ["E0901", "W0106", "W0108"] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
}

/// Forbidden states: what cannot be counted is not told, and a population does not begin.
#[test]
fn forbidden_states_are_not_counted() {
    let model = "use std.lattice
model hard() {
    spins n on square(4) in {0, 1}
    energy = -sum(n) + sum(<i, j> in square(4): if n[i] * n[j] > 0 then inf else 0.0)
}
";
    let task = |method: &str| {
        format!(
            "{model}sample a over T in [1.0, 2.0] {{ model: hard(), temperature: T, method: {method}, observe {{ e = energy }} }}"
        )
    };
    let walk = run(&task("wang_landau(final_ln_f: 1e-5)\n start: down\n warmup: 200_000\n sweeps: 50_000"));
    let exact = run(&task("exact"));
    for point in 0..2 {
        let ((value, error), (truth, _)) = (quantity(&walk.result, "a", "e", point), quantity(&exact.result, "a", "e", point));
        assert!((value - truth).abs() < 5.0 * error, "{value} ± {error}, exact {truth}");
        assert!(quantity(&walk.result, "a", "free_energy", point).0.is_nan());
    }
    let population = run(&task("population\n sweeps: 10"));
    assert!(population.diagnostics.iter().any(|d| d.code.0 == "E0901"), "{:?}", population.diagnostics);
}

#[test]
fn explanations_name_the_kernel_and_why_others_are_refused() {
    let task = |method: &str| {
        let text = format!(
            "use std.lattice\nuse std.spin\nsample a over T in [1.0, 2.0] {{ model: ising(square(8)), temperature: T, method: {method}, observe {{ e = energy }} }}"
        );
        ann_lang::lower::explain::explain(&load(&text).elaborated.plan).text()
    };
    let walk = task("wang_landau\n warmup: 1_000_000");
    assert!(walk.contains("kernel    flat_histogram: pairs of two-valued spins"), "{walk}");
    let population = task("population(size: 600)");
    assert!(
        population.contains("population_annealing: replicas moved by the kernel") && population.contains("600 chains"),
        "{population}"
    );
}
