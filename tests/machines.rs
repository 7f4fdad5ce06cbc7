//! Boltzmann machines as whole scripts: all that is claimed of every machine of the library, the same numbers with any number of
//! threads, and what is refused or stops because it cannot be learnt.
//!
//! Seeds are fixed; nothing here is random beyond them.

mod common;

use ann_lang::session;
use common::{load, numbers, options, quantity, run};

#[test]
fn what_is_claimed_of_machines_holds_with_any_number_of_threads() {
    let loaded = load(include_str!("cases/ok/boltzmann.ann"));
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

/// Ways to learn that do not serve a machine say why, and no number comes of them.
#[test]
fn methods_that_do_not_serve_are_refused() {
    let cases = [
        ("potts_rbm(4, 2, 3)", "ratio_matching", "two values"),
        ("general_boltzmann(4, 4)", "pseudo_likelihood", "hidden units that do not couple"),
        ("third_order(4, values: {0, 1})", "tap(order: 3)", "orders 1 and 2"),
        ("rbm(4, 40)", "tap(order: 4)", "order"),
    ];
    for (model, method, why) in cases {
        let text = format!(
            "use std.boltzmann
train fit {{
    model: {model}
    data: examples([[mod(i + k, 2) for i in 0..4] for k in 0..4])
    method: {method}
    epochs: 2
}}
"
        );
        let loaded = session::load_text("test.ann", text, ann_lang::elaborate::Options::default());
        let mut said = loaded.diagnostics.iter().map(|d| format!("{d:?}")).collect::<String>();
        if loaded.is_good() {
            let outcome = session::run(&loaded, &options(None, 2), &session::Quiet).unwrap_or_else(|d| panic!("{d:?}"));
            assert!(!outcome.is_good(), "{model} {method} went well");
            said += &outcome.diagnostics.iter().map(|d| d.message.clone()).collect::<String>();
        }
        assert!(said.contains(why), "{model} {method}: {said}");
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
