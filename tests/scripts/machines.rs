//! Boltzmann machines as whole scripts: all that is claimed of every machine of the library, the same numbers with any number of
//! threads, and what is refused or stops because it cannot be learnt.
//!
//! Seeds are fixed; nothing here is random beyond them.

use crate::common;

use ann_lang::session;
use common::{load, numbers, options, quantity, run};

#[test]
fn what_is_claimed_of_machines_holds_with_any_number_of_threads() {
    holds(include_str!("../cases/ok/boltzmann.ann"));
}

#[test]
fn what_is_claimed_of_likelihoods_holds_with_any_number_of_threads() {
    holds(include_str!("../cases/ok/likelihood.ann"));
}

fn holds(text: &str) {
    let loaded = load(text);
    let two = session::run(&loaded, &options(None, 2), &session::Quiet).unwrap_or_else(|d| panic!("{d:?}"));
    for c in &two.result.claims {
        assert!(c.holds, "{}: {}", c.expression, c.detail);
    }
    let three = session::run(&loaded, &options(None, 3), &session::Quiet).unwrap_or_else(|d| panic!("{d:?}"));
    assert!(numbers(&two.result) == numbers(&three.result), "threads change numbers");
}

/// A training that leaves the finite numbers stops, and what came before is kept.
#[test]
fn a_rate_that_diverges_stops_cleanly() {
    let result = run("use std.boltzmann
train fit {
    model: rbm(visible: 4, hidden: 4)
    data: examples([[mod(i + k, 2) for i in 0..4] for k in 0..4])
    rate: 1e300
    epochs: 5
    record every 1 epoch { w = weight_norm() }
}
");
    let codes: Vec<&str> = result.diagnostics.iter().map(|d| d.code.0).collect();
    assert_eq!(codes, ["W0110"]);
    let (w, _) = quantity(&result.result, "fit", "w", 0);
    assert!(w > 0.0 && w < 1.0, "{w}");
}

/// Ways to learn that do not serve a machine are refused before anything runs, and say why and what does serve.
#[test]
fn methods_that_do_not_serve_are_refused() {
    let cases = [
        ("potts_rbm(4, 2, 3)", "ratio_matching", "two values", "write `pseudo_likelihood`"),
        ("general_boltzmann(4, 4)", "pseudo_likelihood", "hidden units that do not couple", "contrastive_divergence"),
        ("third_order(4, values: {0, 1})", "tap(order: 2)", "machines of pairs", "mean_field_gradient"),
        ("boltzmann(4, values: {0, 1})", "tap(order: 3)", "orders 1 and 2", "tap(order: 2)"),
        ("rbm(4, 40)", "tap(order: 4)", "order", ""),
        ("boltzmann(40, values: {0, 1})", "exact_gradient", "2^25", "contrastive_divergence"),
    ];
    for (model, method, why, instead) in cases {
        let n = if model.contains("40, values") { 40 } else { 4 };
        let text = format!(
            "use std.boltzmann
train fit {{
    model: {model}
    data: examples([[mod(i + k, 2) for i in 0..{n}] for k in 0..4])
    method: {method}
    epochs: 2
}}
"
        );
        let loaded = session::load_text("test.ann", text, ann_lang::elaborate::Options::default());
        assert!(!loaded.is_good(), "{model} {method}");
        let said = loaded.diagnostics.iter().map(|d| format!("{} {:?} {:?}", d.message, d.label, d.help)).collect::<String>();
        assert!(said.contains(why) && said.contains(instead), "{model} {method}: {said}");
    }
}

/// The energy along block Gibbs sampling of one visible and one hidden unit, whose four states make a chain with one eigenvalue λ besides
/// 0 and 1: the autocorrelation time is 1/2 + ρ(1) / (1 - λ), from the matrix of the chain. Plain chains, those of a training, and chains at
/// several temperatures, which mix faster. Within 6 standard errors of the estimate: a false alarm in 1e8.
#[test]
fn mixing_of_chains_is_that_of_their_matrix() {
    let (w, b, c) = (1.5, 0.3, 0.3);
    let result = run("use std.boltzmann
probe alone of rbm(visible: 1, hidden: 1, values: {-1, +1}) {
    at: [1.5, 0.3, 0.3]
    mixing = chain_mixing(sweeps: 20_000, chains: 4)
}
train still over how in [
    contrastive_divergence(persistent: true, chains: 50), contrastive_divergence(tempered: 4, chains: 50)
] {
    model: rbm(visible: 1, hidden: 1, values: {-1, +1})
    data: examples([[1], [-1]])
    start: [1.5, 0.3, 0.3]
    method: how
    rate: 0
    epochs: 20
    record at [20] { mixing = chain_mixing(sweeps: 2_000) }
}
");
    let values = [-1.0, 1.0];
    let states: Vec<(f64, f64)> = values.iter().flat_map(|v| values.iter().map(move |h| (*v, *h))).collect();
    let energy = |(v, h): (f64, f64)| -w * v * h - b * v - c * h;
    let one = |x: f64, field: f64| 1.0 / (1.0 + libm::exp(-2.0 * x * field));
    let z: f64 = states.iter().map(|s| libm::exp(-energy(*s))).sum();
    let law: Vec<f64> = states.iter().map(|s| libm::exp(-energy(*s)) / z).collect();
    let mean: f64 = states.iter().zip(&law).map(|(s, p)| p * energy(*s)).sum();
    let away: Vec<f64> = states.iter().map(|s| energy(*s) - mean).collect();
    // First the hidden unit given the visible one, then the visible one given the hidden.
    let step = |f: &[f64]| -> Vec<f64> {
        let to = |(v, _): (f64, f64)| {
            let each = states.iter().zip(f).map(|(t, f)| one(t.1, w * v + c) * one(t.0, w * t.1 + b) * f);
            each.sum::<f64>()
        };
        states.iter().map(|s| to(*s)).collect()
    };
    let with = |f: &[f64]| away.iter().zip(f).zip(&law).map(|((a, f), p)| a * f * p).sum::<f64>();
    let mut tau = 0.5;
    let mut moved = step(&away);
    for _ in 0..400 {
        tau += with(&moved) / with(&away);
        moved = step(&moved);
    }
    assert!(tau > 1.5, "{tau}");
    let near = |(found, error): (f64, f64)| assert!((found - tau).abs() < 6.0 * error, "{found} +- {error}, {tau}");
    near(quantity(&result.result, "alone", "mixing", 0));
    near(quantity(&result.result, "still", "mixing", 0));
    let (faster, error) = quantity(&result.result, "still", "mixing", 1);
    assert!(faster < tau - 3.0 * error, "{faster} +- {error}, {tau}");
    let (r_hat, _) = quantity(&result.result, "still", "mixing_r_hat", 0);
    assert!((r_hat - 1.0).abs() < 0.01, "{r_hat}");
}

/// ln Z of filters that see every place of an image, against plain loops over the image.
#[test]
fn filters_see_every_place() {
    let (rows, columns) = (3, 4);
    for width in [2usize, 3] {
        let weights: Vec<f64> = (0..2 * width * width + 3).map(|k| 0.7 * libm::sin(1.3 * k as f64)).collect();
        let text = format!(
            "use std.boltzmann
probe law of convolutional_rbm(rows: {rows}, columns: {columns}, maps: 2, width: {width}) {{
    at: {weights:?}
    z = exact_log_z()
}}
"
        );
        let (w, rest) = weights.split_at(2 * width * width);
        let mut z = 0.0;
        for state in 0..1u32 << (rows * columns) {
            let v = |x: usize, y: usize| f64::from(state >> (x * columns + y) & 1);
            let mut p = libm::exp(rest[0] * f64::from(state.count_ones()));
            for k in 0..2 {
                for (x, y) in (0..=rows - width).flat_map(|x| (0..=columns - width).map(move |y| (x, y))) {
                    let seen = (0..width * width).map(|e| w[k * width * width + e] * v(x + e / width, y + e % width));
                    p *= 1.0 + libm::exp(rest[1 + k] + seen.sum::<f64>());
                }
            }
            z += p;
        }
        let found = quantity(&run(&text).result, "law", "z", 0).0;
        assert!((found - libm::log(z)).abs() < 1e-10, "width {width}: {found}, {}", libm::log(z));
    }
}

/// Half of an image that the machine knows by heart is completed to the other half.
#[test]
fn halves_are_completed() {
    let result = run("use std.boltzmann
train fit {
    model: rbm(visible: 6, hidden: 4, spread: 0.3)
    data: examples([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
    method: exact_gradient
    rate: 0.5
    batch: all
    epochs: 1_500
}
probe p of fit {
    whole = completion(given: 0..2, rows: 2, columns: 3, count: 2, sweeps: 400)
    states = gallery(rows: 2, columns: 3, count: 4, sweeps: 100)
    w = receptive_fields(\"W\", rows: 2, columns: 3)
    size = weight_norm(\"W\")
    ll = log_likelihood(data)
}
");
    let of = |name: &str| quantity(&result.result, "p", name, 0).0;
    assert!(of("ll") > -1.2, "{}", of("ll"));
    assert!(of("whole_error") < 0.03, "{}", of("whole_error"));
    let all = |name: &str| {
        let point = result.result.tasks.iter().find(|t| t.name == "p").expect("the task").points[0].as_ref().expect("the point");
        point.quantity(name).expect("the quantity").value.clone()
    };
    assert!(all("states").iter().all(|x| *x == 0.0 || *x == 1.0) && all("states").len() == 24);
    let square: f64 = all("w").iter().map(|w| w * w).sum();
    assert!((square.sqrt() - of("size")).abs() < 1e-9 && all("w").len() == 24);
}
