//! Networks and their data as whole scripts: means over seeds, batch normalisation on the way between two trainings, parameters
//! kept on the way, exact traces, and what is refused because the numbers do not fit.
//!
//! Seeds are fixed; nothing here is random beyond them.

use crate::common;

use ann_lang::elaborate::Options;
use ann_lang::results::RunResult;
use ann_lang::session;
use common::{quantity, run};

fn values(result: &RunResult, task: &str, name: &str, point: usize) -> Vec<f64> {
    let t = result.tasks.iter().find(|t| t.name == task).expect("the task");
    t.points[point].as_ref().expect("the point").quantity(name).expect("the quantity").value.clone()
}

fn derived<'r>(result: &'r RunResult, name: &str) -> &'r ann_lang::results::Derived {
    result.derived.iter().find(|d| d.name == name).expect("the derived quantity")
}

/// The codes and texts of what is wrong with a script before it runs.
fn refused(text: &str) -> String {
    let loaded = session::load_text("test.ann", text.to_string(), Options::default());
    loaded.diagnostics.iter().filter(|d| d.is_error()).map(|d| format!("{} {}\n", d.code.0, d.message)).collect()
}

/// The error of a mean over seeds is the standard error of the trainings, worked out here by hand; that over sizes, which are no
/// repetitions, and that of exact results are none.
#[test]
fn a_mean_over_seeds_has_the_standard_error_of_the_trainings() {
    let result = run("use std.network
train fit over w in [3, 5], r in 0..5 {
    model: mlp(2, [w], 2, tanh), data: two_moons(40), seed: r, epochs: 2
    record every 1 epoch { l = loss() }
}
probe p of fit { observe { g = gradient_norm() } }
let m = mean(fit.final_loss, along: r)
let curve = mean(fit.l, along: r)
let g = mean(p.g, along: r)
let sizes = mean(fit.final_loss, along: w)
let epochs = mean(fit.l, along: epoch)
")
    .result;
    let standard = |x: &[f64]| {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        (mean, (x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n * (n - 1.0))).sqrt())
    };
    for (name, task, of) in [("m", "fit", "final_loss"), ("g", "p", "g")] {
        let d = derived(&result, name);
        for w in 0..2 {
            let all: Vec<f64> = (0..5).map(|r| quantity(&result, task, of, w * 5 + r).0).collect();
            let (mean, error) = standard(&all);
            assert!((d.value[w] - mean).abs() < 1e-12 && (d.error[w] - error).abs() < 1e-12, "{name} {d:?} {error}");
            assert!(error > 0.0);
        }
    }
    assert!(derived(&result, "curve").error.iter().all(|e| *e > 0.0));
    assert!(derived(&result, "sizes").error.iter().all(|e| *e == 0.0));
    assert!(derived(&result, "epochs").error.iter().all(|e| *e == 0.0));
}

const NORMALISED: &str = "network n() {
    input x: [1], t: [1]
    y = dense(tanh(batch_norm(dense(x, 4))), 1)
    loss = mse(y, t)
}
let d = function(x -> sin(3 * x), n: 40, noise: 0.1)
";

/// At t = 1 a path is at the other training, with the running averages of that training: its loss, and the corner of the plane too.
#[test]
fn running_averages_belong_to_the_point() {
    let result = run(&format!(
        "{NORMALISED}train a {{ model: n(), data: d, epochs: 3, batch: 10, precision: f64 }}
train b {{ model: n(), data: d, seed: 1, epochs: 50, batch: 10, optimiser: adam(rate: 0.05), precision: f64 }}
probe p of b {{
    precision: f64
    observe {{
        i = interpolation(a, points: 5)
        far = interpolation(a, points: 5, range: [-1, 3])
        s = slice(directions_to([a, initial]), range: [0, 1], points: 3)
        l = loss()
    }}
}}
probe both over zero in [true, false] of n() {{
    data: d, at: if zero then zeros else initial, precision: f64, observe {{ w = weight_norm() }}
}}
probe start of n() {{ data: d, at: initial, seed: 0, precision: f64, observe {{ l = loss() }} }}"
    ))
    .result;
    let (a, b) = (quantity(&result, "a", "final_loss", 0).0, quantity(&result, "b", "final_loss", 0).0);
    let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-9 * y.abs(), "{x} {y}");
    let i = values(&result, "p", "i", 0);
    near(i[0], b);
    near(i[4], a);
    // The probe goes on from where it was.
    near(quantity(&result, "p", "l", 0).0, b);
    let s = values(&result, "p", "s", 0);
    near(s[0], b);
    near(s[6], a);
    near(s[2], quantity(&result, "start", "l", 0).0);
    assert!(values(&result, "p", "far", 0).iter().all(|x| x.is_finite()));
    assert!(quantity(&result, "both", "w", 0).0 == 0.0 && quantity(&result, "both", "w", 1).0 > 0.0);
}

/// Parameters kept on the way are points that can be probed, with the running averages of that moment.
#[test]
fn kept_parameters_are_points() {
    let result = run(&format!(
        "{NORMALISED}train fit over r in 0..2 {{
    model: n(), data: d, seed: r, epochs: 6, batch: 10, precision: f64
    record every 1 epoch {{ l = loss(), g = gradient_norm() }}
    keep {{ parameters: every 2 epochs }}
}}
probe p over ep in [0, 2, 6] of fit {{ at: fit.at(epoch: ep), precision: f64, observe {{ l = loss(), g = gradient_norm() }} }}
probe q of fit.at(epoch: 4) {{ precision: f64, observe {{ l = loss() }} }}"
    ))
    .result;
    for r in 0..2 {
        let (l, g) = (values(&result, "fit", "l", r), values(&result, "fit", "g", r));
        for (k, epoch) in [0usize, 2, 6].into_iter().enumerate() {
            let found = quantity(&result, "p", "l", r * 3 + k).0;
            assert!((found - l[epoch]).abs() < 1e-12 * found, "{found} {l:?}");
            assert!((quantity(&result, "p", "g", r * 3 + k).0 - g[epoch]).abs() < 1e-9 * g[epoch]);
        }
        assert!((quantity(&result, "q", "l", r).0 - l[4]).abs() < 1e-12);
    }
    let wrong = refused(&format!(
        "{NORMALISED}train fit {{ model: n(), data: d, epochs: 6, batch: 10, keep {{ parameters: every 2 epochs }} }}
probe p of fit {{ at: fit.at(epoch: 3), observe {{ l = loss() }} }}"
    ));
    assert!(wrong.contains("keeps no parameters at epoch 3"), "{wrong}");
}

/// A trace by as many products as there are weights is exact: the sum of all eigenvalues.
#[test]
fn traces_of_small_networks_are_exact() {
    let result = run("use std.network
train fit { model: mlp(2, [4], 2, tanh), data: two_moons(30), epochs: 2 }
probe p of fit { observe { t = hessian_trace(probes: 100), f = hessian_trace(probes: 5), all = hessian_spectrum() } }")
    .result;
    let sum: f64 = values(&result, "p", "all", 0).iter().sum();
    let (trace, error) = quantity(&result, "p", "t", 0);
    assert!((trace - sum).abs() < 1e-9 * sum.abs().max(1.0) && error == 0.0, "{trace} {error} {sum}");
    assert!(quantity(&result, "p", "f", 0).1 > 0.0);
}

/// Values of one kind are told apart by how they are written; the same twice is refused.
#[test]
fn optimisers_and_data_sets_are_axes() {
    let result = run("use std.network
let d = two_moons(30)
train fit over how in [sgd(rate: 0.1), sgd(rate: 0.1, momentum: 0.9)], dd in [d, d.relabel(0.5)], pr in [f32, f64] {
    model: mlp(2, [3], 2, tanh), data: dd, optimiser: how, epochs: 1, precision: pr
}
let one = fit.final_loss.at(how: sgd(rate: 0.1), dd: d, pr: \"f64\")
let hows = [sgd(rate: 0.1), sgd(rate: 0.2)]
train other over how in hows { model: mlp(2, [3], 2, tanh), data: d, optimiser: how, epochs: 1 }")
    .result;
    let label = |task: usize, k: usize| result.tasks[task].axes[k].coordinates.label(1);
    assert_eq!((label(0, 0).as_str(), label(0, 1).as_str()), ("sgd(rate: 0.1, momentum: 0.9)", "d.relabel(0.5)"));
    assert_eq!((label(0, 2).as_str(), label(1, 0).as_str()), ("f64", "sgd 2"));
    assert_eq!(derived(&result, "one").value[0], quantity(&result, "fit", "final_loss", 1).0);
    let wrong = refused(
        "use std.network
train fit over how in [sgd(rate: 0.1), sgd(rate: 0.1)] {
    model: mlp(2, [3], 2, tanh), data: two_moons(30), optimiser: how, epochs: 1
}",
    );
    assert!(wrong.contains("E0406"), "{wrong}");
}

/// Numbers that a layer cannot take are refused before the run, with the layer and the example.
#[test]
fn numbers_that_do_not_fit_are_refused() {
    let network = |body: &str, rest: &str| {
        refused(&format!("network n() {{\n{body}\n}}\n{rest}\ntrain fit {{ model: n(), data: d, epochs: 1 }}"))
    };
    let table = "let d = examples([[0, 1], [1, 2], [0, 3]], label: [0, 1, 0])";
    let embedded = |rows: usize| {
        format!(
            "input x: [2], label: class(2)\nh = embedding(x, {rows}, 4)\ny = dense(flatten(h), 2)\nloss = cross_entropy(y, label)"
        )
    };
    let wrong = network(&embedded(3), table);
    assert!(wrong.contains("`h` has 3 rows, but example 2 asks for row 3"), "{wrong}");
    assert_eq!(network(&embedded(4), table), "");
    let real = "let d = two_moons(10)";
    assert!(network(&embedded(4), real).contains("asks for row"), "{}", network(&embedded(4), real));
    let binary = "input x: [1], t: [1]\ny = dense(x, 1)\nloss = binary_cross_entropy(y, t)";
    let wrong = network(binary, "let d = function(x -> 5 * x, n: 10)");
    assert!(wrong.contains("the target of example"), "{wrong}");
    let alone =
        "network n() {\ninput x: [2], label: class(2)\ny = dense(batch_norm(dense(x, 3)), 2)\nloss = cross_entropy(y, label)\n}
train fit { model: n(), data: two_moons(31), epochs: 1, batch: BATCH }";
    for (batch, good) in [("1", false), ("10", false), ("15", false), ("7", true), ("all", true)] {
        assert_eq!(refused(&alone.replace("BATCH", batch)).is_empty(), good, "{batch}");
    }
}

/// A probe of a training that diverged says so.
#[test]
fn a_probe_of_a_diverged_training_says_so() {
    let outcome = run("model bowl() { reals x on 0..2, energy = sum(i in 0..2: x[i]^4) }
train fit over η in [0.01, 10] { model: bowl(), optimiser: sgd(rate: η), steps: 50, start: [1, 2] }
probe p of fit { observe { g = gradient_norm() } }");
    let points = &outcome.result.tasks[1].points;
    let warned =
        |k: usize| points[k].as_ref().unwrap().warnings.iter().any(|w| w.code == "W0110" && w.message.contains("diverged"));
    assert!(!warned(0) && warned(1));
}

/// Arrays of data are worked out before the run, and quickly: loops over all examples, rows of draws, teachers.
#[test]
fn data_are_known_before_the_run() {
    let result = run("use std.data
let d = digits().flatten()
let r = d.relabel(0.5)
let w ~ normal(0, 1, shape: [3, 50])
let x ~ normal(0, 1, shape: [2000, 50])
let t = examples(x, label: [if sum(k in 0..3: tanh(dot(w[k], x[i]))) > 0 then 1 else 0 for i in 0..2000])
expect abs(mean(d.inputs) - mean(i in 0..1797: mean(d.inputs[i]))) < 1e-9
expect max(d.inputs) == max([max(i in 0..1797: d.inputs[i][k]) for k in 0..64])
expect length([mean(i in 0..1797: d.inputs[i][k]) for k in 0..20]) == 20
expect abs(count(i in 0..1797 if r.labels[i] != d.labels[i]: true) - 0.45 * 1797) < 100
expect t.count == 2000
expect abs(mean(t.labels) - 0.5) < 0.3
")
    .result;
    assert_eq!(result.claims.len(), 6);
    assert!(result.claims.iter().all(|c| c.holds), "{:?}", result.claims);
}
