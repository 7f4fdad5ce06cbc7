//! Each method against each kind of variable: it serves, or it is refused with a reason and advice; never a panic. And the starts and
//! temperatures of every kind.

use super::support::{assert_refused, check, errors, point, run_one};

/// Kinds of models, and the methods that must serve them and that must not, in the order of `METHODS`: `+` serves, `-` is refused, `?`
/// may be either.
const METHODS: [&str; 18] = [
    "metropolis",
    "metropolis(order: checkerboard)",
    "metropolis(order: sequential)",
    "metropolis(order: random)",
    "heat_bath",
    "heat_bath(order: random)",
    "over_relaxation",
    "wolff",
    "swendsen_wang",
    "kinetic",
    "kawasaki",
    "kawasaki(global: true)",
    "houdayer",
    "jorg",
    "hmc",
    "langevin",
    "langevin(step: 0.01, adjusted: false)",
    "exact",
];

const KINDS: &[(&str, &str)] = &[
    ("spins s on square(4) in {-1, +1}\nenergy = -sum(<i, j> in square(4): s[i] * s[j])", "++++++-+++++++----"),
    (
        "spins s on triangular(3) in {-1, +1}\nenergy = sum(<i, j> in triangular(3): s[i] * s[j]) - 0.1 * sum(s)",
        "++++++-??++++----",
    ),
    ("spins s on square(3) in {-1, 0, 1}\nenergy = -sum(<i, j> in square(3): s[i] * s[j])", "++++++-??+++-----"),
    ("spins s on square(3) in 0..3\nenergy = -count(<i, j> in square(3): s[i] == s[j])", "++++++-??+++-----"),
    ("spins s on 0..9 in {-1, 1}\nenergy = -prod(i in 0..9: s[i])", "++++++---+-+-----"),
    ("angles s on square(4)\nenergy = -sum(<i, j> in square(4): cos(s[i] - s[j]))", "++--+-+++-----+++-"),
    ("angles s on square(4)\nenergy = -sum(<i, j> in square(4): cos(s[i] - s[j])^3)", "++----?????---+++-"),
    ("vectors s on square(4) in sphere(3)\nenergy = -sum(<i, j> in square(4): dot(s[i], s[j]))", "++--+-+++---------"),
    ("vectors s on square(4) in sphere(4)\nenergy = -sum(<i, j> in square(4): dot(s[i], s[j])^2)", "++----?----------"),
    (
        "vectors s on square(4) in sphere(3)\nenergy = -sum(<i, j> in square(4): s[i, 2] * s[j, 2]) - sum(i in square(4): s[i, 0])",
        "++--+-+----------",
    ),
    ("reals s on square(4)\nenergy = sum(<i, j> in square(4): (s[i] - s[j])^2) + sum(i in s: s[i]^4)", "++------------+++-"),
    ("reals s on square(4) in [0, 1]\nenergy = sum(<i, j> in square(4): (s[i] - s[j])^2)", "++------------++?-"),
    (
        "spins s on square(4) in {-1, 1}\nreals u on square(4)\nenergy = sum(<i, j> in square(4): s[i] * s[j] * u[i]) + sum(i in u: u[i]^2)",
        "++------------++?-",
    ),
    (
        "vectors s on square(4) in sphere(3)\nangles a on square(4)\nenergy = sum(<i, j> in square(4): s[i, 0] * s[j, 1] * cos(a[i] - a[j]))",
        "++------------++?-",
    ),
];

fn script(model: &str, settings: &str) -> String {
    format!(
        "use std.lattice\nmodel system() {{\n{model}\n}}\nsample a {{\nmodel: system()\n{settings}\nobserve {{ e = energy }}\n}}\n"
    )
}

#[test]
fn every_method_serves_or_is_refused_with_advice() {
    let mut wrong = Vec::new();
    for (model, expected) in KINDS {
        for (k, method) in METHODS.iter().enumerate() {
            let text = script(model, &format!("method: {method}\nreplicas: 2\nwarmup: 5\nsweeps: 20"));
            let label = format!("{method} of {model}");
            let good = check(&text).is_good();
            match expected.as_bytes().get(k).copied().unwrap_or(b'-') {
                b'+' if !good => wrong.push(format!("{label} was refused: {:?}", errors(&text))),
                b'-' if good => wrong.push(format!("{label} was accepted")),
                _ if good => {
                    let p = point(&run_one(&text));
                    assert!(p.quantity("e").is_some_and(|q| q.value[0].is_finite()), "{label}: {:?}", p.failed);
                }
                _ => {
                    assert_refused(&label, &text);
                    let d = &errors(&text)[0];
                    assert!(d.label.as_ref().is_some_and(|l| !l.is_empty()), "{label}: no reason");
                    // The advice must serve.
                    let help = d.help.clone().unwrap_or_default();
                    for advised in ["metropolis", "heat_bath"] {
                        if help.contains(&format!("`{advised}`")) && !method.starts_with("exact") {
                            let other = script(model, &format!("method: {advised}"));
                            assert!(check(&other).is_good(), "{label}: it advises `{advised}`, which does not serve");
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const FIELDS: [(&str, &str, usize); 4] = [
    ("angles s on chain(3)\nenergy = -sum(<i, j> in chain(3): cos(s[i] - s[j]))", "angles", 3),
    ("vectors s on chain(3) in sphere(3)\nenergy = -sum(<i, j> in chain(3): dot(s[i], s[j]))", "vectors", 9),
    ("reals s on chain(3) in [-2, 3]\nenergy = sum(<i, j> in chain(3): (s[i] - s[j])^2)", "reals", 3),
    ("reals s on chain(3)\nenergy = sum(<i, j> in chain(3): (s[i] - s[j])^2) + sum(i in s: s[i]^4)", "unbounded reals", 3),
];

/// At a temperature of zero nothing that costs energy is accepted: the first state shows in the first measurement.
#[test]
fn starts_of_fields() {
    for (model, _, _) in FIELDS {
        for (start, good) in [
            ("up", true),
            ("down", true),
            ("random", true),
            ("[1, 0]", false),
            ("[]", false),
            ("sideways", false),
            ("\"up\"", true),
            ("3", false),
            ("[[1, 0, 0], [0, inf, 0], [0, 0, 1]]", false),
        ] {
            let text = script(model, &format!("start: {start}\nwarmup: 5\nsweeps: 20"));
            let found = errors(&text);
            assert_eq!(found.is_empty(), good, "{model}, start: {start}: {found:?}");
            assert!(found.iter().all(|d| d.code.0.starts_with('E') && !d.message.is_empty()));
            if good {
                run_one(&text);
            }
        }
    }
    for (model, start, good) in [
        (FIELDS[0].0, "[0, 3, -7.5]", true),
        (FIELDS[1].0, "[1, 0, 0, 0, 1, 0, 0, 0.6, 0.8]", true),
        (FIELDS[1].0, "[[1, 0, 0], [0, 1, 0], [0, 0.6, 0.8]]", true),
        (FIELDS[1].0, "[1, 0, 0, 0, 1, 0, 0, 0.6, 0.9]", false),
        (FIELDS[1].0, "[0, 0, 0, 0, 1, 0, 0, 0.6, 0.8]", false),
        (FIELDS[2].0, "[-2, 0, 3]", true),
        (FIELDS[2].0, "[-2.1, 0, 3]", false),
        (FIELDS[3].0, "[-100, 0, 100]", true),
        (FIELDS[3].0, "[inf, 0, 1]", false),
    ] {
        let found = errors(&script(model, &format!("start: {start}\nwarmup: 5\nsweeps: 20")));
        assert_eq!(found.is_empty(), good, "{model}, start: {start}: {found:?}");
    }
    // The energies of the starts, by a method that goes nowhere in a step.
    for (model, start, energy) in [
        (FIELDS[0].0, "up", -3.0),
        (FIELDS[0].0, "down", -3.0),
        (FIELDS[1].0, "down", -3.0),
        (FIELDS[1].0, "[1, 0, 0, 1, 0, 0, 1, 0, 0]", -3.0),
        (FIELDS[2].0, "up", 0.0),
        (FIELDS[2].0, "[1, 1, 1]", 0.0),
    ] {
        let p = point(&run_one(&script(model, &format!("temperature: 0\nstart: {start}\nwarmup: 5\nsweeps: 5"))));
        let e = p.quantity("e").expect("an energy").value[0];
        assert!((e - energy).abs() < 1e-5, "{model}, {start}: {e}");
    }
}

#[test]
fn temperatures_of_every_kind() {
    let spins = "spins s on chain(4) in {-1, +1}\nenergy = -sum(<i, j> in chain(4): s[i] * s[j])";
    let models = FIELDS.iter().map(|f| f.0).chain([spins]);
    for model in models {
        for setting in [
            "temperature: -1",
            "temperature: inf",
            "temperature: -inf",
            "temperature: inf - inf",
            "temperature: 0 * inf",
            "temperature: [1, 2]",
            "temperature: \"hot\"",
            "beta: -1",
            "beta: inf - inf",
            "beta: 1, temperature: 1",
        ] {
            let found = errors(&script(model, setting));
            assert!(!found.is_empty() && found.iter().all(|d| d.code.0.starts_with('E')), "{model}, {setting}: {found:?}");
        }
        for method in METHODS {
            for setting in ["temperature: 0", "beta: inf", "temperature: 1e-300", "temperature: 1e300", "beta: 0"] {
                let text = script(model, &format!("{setting}\nmethod: {method}\nreplicas: 2\nwarmup: 10\nsweeps: 50"));
                if !check(&text).is_good() {
                    continue;
                }
                // It runs, or says why a point failed; no number is made up.
                let result = super::common::load(&text);
                let outcome = ann_lang::session::run(&result, &super::common::options(None, 1), &ann_lang::session::Quiet);
                let Ok(outcome) = outcome else { continue };
                let p = outcome.result.tasks[0].points[0].clone().expect("the point");
                let finite = p.quantity("e").is_some_and(|q| q.value[0].is_finite());
                assert!(
                    finite || p.failed.is_some() || setting == "beta: 0" || setting == "temperature: 1e300",
                    "{model}, {method}, {setting}"
                );
            }
        }
    }
}
