//! Copies that run together: clusters between replicas, and replica exchange, against `exact` at every point.
//!
//! About 250 comparisons at 6.3 standard errors: 8e-8 to fail by chance.

use super::support::{assert_refused, compare, errors, run_one};
use ann_lang::results::RunResult;

const GLASS: &str = "use std.lattice
couplings J on square(3, 4) ~ VALUES by 4
model glass() {
    spins s on J in {-1, +1}
    energy = -sum(<i, j> in J: J[i, j] * s[i] * s[j])
}
sample truth over T in [0.7, 1.1, 1.7, 2.6] {
    model: glass(), temperature: T, method: exact
    observe { e = energy, e2 = energy^2, c = [[s[i] * s[j] for i in 0..12] for j in 0..12] }
}
";

fn values(result: &RunResult, task: &str, name: &str, point: usize) -> Vec<f64> {
    let t = result.tasks.iter().find(|t| t.name == task).expect("the task");
    t.points[point].as_ref().expect("the point").quantity(name).expect("the quantity").value.clone()
}

/// Overlaps of independent replicas: avg(q²) is the mean of the squares of all correlations of two spins.
#[test]
fn clusters_between_replicas() {
    for (couplings, methods) in [
        ("choice(-1, +1)", ["metropolis", "houdayer", "houdayer(every: 3)", "jorg"]),
        ("choice(-1, 0, +1)", ["heat_bath", "houdayer", "jorg", "jorg(every: 2)"]),
        ("normal(0, 1)", ["metropolis", "houdayer", "jorg", "jorg(every: 5)"]),
    ] {
        for (k, settings) in ["exchange: T\nreplicas: 2", "replicas: 4\nchains: 2"].into_iter().enumerate() {
            // Without exchange the lowest temperature is left out: single spins need too long for it.
            let temperatures = if k == 0 { "[0.7, 1.1, 1.7, 2.6]" } else { "[1.7, 2.6]" };
            let script = format!(
                "{}sample run over how in [{}], T in {temperatures} {{\nmodel: glass()\ntemperature: T\nmethod: how\n{settings}\nwarmup: 500\nsweeps: 6_000\nobserve {{ e = energy, e2 = energy^2, q2 = overlap(s[replica 0], s[replica 1])^2 }}\n}}\n",
                GLASS.replace("VALUES", couplings),
                methods.join(", ")
            );
            let result = run_one(&script);
            let run = result.tasks.last().expect("the task");
            let points = if k == 0 { 4 } else { 2 };
            for (m, method) in methods.iter().enumerate() {
                for t in 0..points {
                    let at = 4 - points + t;
                    let p = run.points[m * points + t].as_ref().expect("the point");
                    let label = format!("{couplings}, {method}, {settings:?}, temperature {at}");
                    compare(&label, p, "e", &values(&result, "truth", "e", at));
                    compare(&label, p, "e2", &values(&result, "truth", "e2", at));
                    let c = values(&result, "truth", "c", at);
                    compare(&label, p, "q2", &[c.iter().map(|x| x * x).sum::<f64>() / 144.0]);
                    if k == 0 && t + 1 < points {
                        let rate = p.quantity("swap_rate").expect("a rate").value[0];
                        assert!((0.05..1.0).contains(&rate), "{label}: {rate}");
                    }
                }
            }
        }
    }
}

#[test]
fn exchange_of_every_method_and_along_a_field() {
    let script = "use std.lattice
model field(h: Real) {
    spins s on square(3) in {-1, 0, +1}
    energy = -sum(<i, j> in square(3): s[i] * s[j]) - h * sum(s)
}
model plain(h: Real) {
    spins s on square(4) in {-1, +1}
    energy = -sum(<i, j> in square(4): s[i] * s[j]) - h * sum(s)
}
sample truth over g in [field, plain], h in [-0.3, 0, 0.2, 0.6] { model: g(h), temperature: 2.7, method: exact, observe { e = energy, m = mean(s), m2 = mean(s)^2 } }
sample run over g in [field, plain], how in [metropolis, heat_bath, kinetic, kinetic(rates: heat_bath), metropolis(order: random), heat_bath(order: checkerboard), metropolis(order: sequential)], h in [-0.3, 0, 0.2, 0.6] {
    model: g(h), temperature: 2.7, method: how, exchange: h, warmup: 300, sweeps: 6_000
    observe { e = energy, m = mean(s), m2 = mean(s)^2 }
}
sample cold over T in [1.5, 2.0, 3.0] { model: plain(0), temperature: T, method: exact, observe { e = energy, m2 = mean(s)^2 } }
sample clusters over how in [wolff, swendsen_wang], T in [1.5, 2.0, 3.0] {
    model: plain(0), temperature: T, method: how, exchange: T, warmup: 300, sweeps: 6_000
    observe { e = energy, m2 = mean(s)^2 }
}
";
    let result = run_one(script);
    for (run, truth, methods, points, names) in
        [("run", "truth", 7, 4, &["e", "m", "m2"][..]), ("clusters", "cold", 2, 3, &["e", "m2"][..])]
    {
        let task = result.tasks.iter().find(|t| t.name == run).expect("the task");
        for (k, p) in task.points.iter().enumerate() {
            let at = k / (methods * points) * points + k % points;
            for name in names {
                compare(&format!("{run}, point {k}"), p.as_ref().expect("the point"), name, &values(&result, truth, name, at));
            }
        }
    }
}

#[test]
fn temperatures_that_place_themselves() {
    let script = format!(
        "{}sample ad {{\nmodel: glass()\ntemperatures: adaptive(0.5, 3.0, 6)\nmethod: heat_bath\nwarmup: 2_000\nsweeps: 10_000\nobserve {{ e = energy }}\n}}\nsample same over rung in 0..6 {{ model: glass(), temperature: ad.temperature, method: exact, observe {{ e = energy }} }}\n",
        GLASS.replace("VALUES", "choice(-1, +1)")
    );
    let result = run_one(&script);
    let ad = result.tasks.iter().find(|t| t.name == "ad").expect("the task");
    let mut temperatures = Vec::new();
    let mut rates = Vec::new();
    for (k, p) in ad.points.iter().enumerate() {
        let p = p.as_ref().expect("the point");
        compare(&format!("rung {k}"), p, "e", &values(&result, "same", "e", k));
        temperatures.push(p.quantity("temperature").expect("a temperature").value[0]);
        rates.push(p.quantity("swap_rate").expect("a rate").value[0]);
    }
    assert!((temperatures[0] - 0.5).abs() < 1e-12 && (temperatures[5] - 3.0).abs() < 1e-12, "{temperatures:?}");
    assert!(temperatures.windows(2).all(|w| w[0] < w[1]), "{temperatures:?}");
    assert!(rates[..5].iter().all(|r| (0.1..1.0).contains(r)), "{rates:?}");
    let (least, most) = rates[..5].iter().fold((1.0f64, 0.0f64), |(a, b), &r| (a.min(r), b.max(r)));
    assert!(most - least < 0.3, "the rates of exchange are not alike: {rates:?}");
}

#[test]
fn what_pairs_cannot_serve() {
    let task = |settings: &str| format!("sample a {{ model: system(), {settings}, observe {{ e = energy }} }}");
    let script = |model: &str, settings: &str| format!("use std.lattice\nmodel system() {{\n{model}\n}}\n{}", task(settings));
    let ising = "spins s on square(4) in {-1, +1}\nenergy = -sum(<i, j> in square(4): s[i] * s[j])";
    let field = "spins s on square(4) in {-1, +1}\nenergy = -sum(<i, j> in square(4): s[i] * s[j]) - 0.1 * sum(s)";
    let potts = "spins s on square(4) in 0..3\nenergy = -count(<i, j> in square(4): s[i] == s[j])";
    let xy = "angles s on square(4)\nenergy = -sum(<i, j> in square(4): cos(s[i] - s[j]))";
    for (model, method, replicas) in [
        (ising, "houdayer", 1),
        (ising, "jorg", 1),
        (ising, "houdayer", 3),
        (field, "jorg", 2),
        (potts, "houdayer", 2),
        (potts, "jorg", 2),
        (xy, "houdayer", 2),
        (xy, "jorg", 2),
    ] {
        let label = format!("{method} of {replicas}: {model}");
        assert_refused(&label, &script(model, &format!("method: {method}, replicas: {replicas}")));
    }
    for settings in [
        "exchange: T",
        "exchange: T, temperature: 2",
        "temperatures: [1]",
        "temperatures: [1, -2]",
        "temperatures: [1, inf]",
        "temperatures: adaptive(2, 2, 4)",
        "temperatures: adaptive(0, 2, 4)",
        "temperatures: adaptive(1, 2, 1)",
        "temperatures: adaptive(1, 2, 3), temperature: 1",
        "temperatures: adaptive(1, 2, 3), method: exact",
    ] {
        let found = errors(&script(ising, settings));
        assert!(!found.is_empty() && found.iter().all(|d| d.code.0.starts_with('E')), "{settings} was accepted");
    }
}
