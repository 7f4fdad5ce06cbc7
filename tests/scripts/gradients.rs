//! Trainings and probes as whole scripts: closed forms, the same numbers with any number of threads and after a stop, what becomes of a
//! divergence, early stopping.
//!
//! Seeds are fixed. Comparisons of random probes allow 5 standard errors, 6e-7 to fail by chance with another seed for a Gaussian
//! deviation.

use crate::common;

use ann_lang::results::Kept;
use ann_lang::session::{self, Watch};
use common::{Folder, load, numbers, options, quantity, run};
use std::sync::atomic::{AtomicUsize, Ordering};

const SADDLE: &str = "model saddle(up: Int, down: Int) {
    reals x on 0..up + down
    energy = 0.5 * sum(i in 0..up: x[i]^2) - 0.5 * sum(i in up..up + down: x[i]^2)
}
";

/// A small classifier on real digits, with what most networks have.
const CLASSIFIER: &str = "use std.data
let digits = digits()
let split = digits.split(test: 0.5)
network classifier(width: Int) {
    input x: [64], label: class(10)
    h = tanh(dense(x, width))
    n = batch_norm(h)
    d = dropout(n, 0.2)
    y = dense(d, 10)
    loss = cross_entropy(y, label)
    metric accuracy = mean(argmax(y) == label)
}
";

fn all(result: &ann_lang::results::RunResult, task: &str, name: &str, point: usize) -> Vec<f64> {
    let t = result.tasks.iter().find(|t| t.name == task).expect("the task");
    t.points[point].as_ref().expect("the point").quantity(name).expect("the quantity").value.clone()
}

#[test]
fn a_quadratic_saddle_has_its_closed_forms() {
    let text = format!(
        "{SADDLE}probe p over down in [0, 3, 10] of saddle(20 - down, down) {{
    at: zeros
    observe {{
        trace = hessian_trace(probes: 20, method: gaussian)
        signs = hessian_trace(probes: 5, method: rademacher)
        plus = hessian_trace(probes: 30, method: hutchpp)
        values = hessian_trace(probes: 200, method: values)
        kappa = mean_curvature(projections: 400)
        ends = hessian_eigenvalues(largest: 1, smallest: 1)
        spectrum = hessian_spectrum()
        index = hessian_index()
        condition = condition_number()
        looks = critical_point(directions: random_directions(1), draws: 400)
        truth = critical_point(directions: hessian_directions(largest: 1, smallest: 1))
        g = gradient_norm()
        s = slice([[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]], range: [-2, 2], points: 5)
    }}
}}"
    );
    let result = run(&text).result;
    for (k, down) in [0usize, 3, 10].into_iter().enumerate() {
        let trace = 20.0 - 2.0 * down as f64;
        for name in ["trace", "values", "kappa"] {
            let (value, error) = quantity(&result, "p", name, k);
            assert!((value - trace).abs() < 5.0 * error && error < 2.0, "{name}: {value} {error} {trace}");
        }
        assert!((quantity(&result, "p", "signs", k).0 - trace).abs() < 1e-10);
        assert!((quantity(&result, "p", "plus", k).0 - trace).abs() < 1e-6 + 5.0 * quantity(&result, "p", "plus", k).1);
        let lowest = if down > 0 { -1.0 } else { 1.0 };
        assert!((all(&result, "p", "ends", k)[1] - lowest).abs() < 1e-6);
        let spectrum = all(&result, "p", "spectrum", k);
        assert_eq!(spectrum.iter().filter(|x| **x < 0.0).count(), down);
        assert_eq!(quantity(&result, "p", "index", k).0, down as f64);
        assert!((quantity(&result, "p", "condition", k).0 - 1.0).abs() < 1e-9);
        assert_eq!(quantity(&result, "p", "g", k).0, 0.0);
        let truth = all(&result, "p", "truth", k);
        assert_eq!(truth, if down > 0 { [0.0, 0.0, 1.0, 0.0] } else { [1.0, 0.0, 0.0, 0.0] });
        // Half of all lines through a saddle of as many ups as downs curve upwards.
        if down == 10 {
            let share = all(&result, "p", "looks", k)[0];
            assert!((share - 0.5).abs() < 5.0 * (0.25f64 / 400.0).sqrt(), "{share}");
        }
        let along = if down > 0 { 0.0 } else { 1.0 };
        let expected: Vec<f64> = [-2.0f64, -1.0, 0.0, 1.0, 2.0].iter().map(|t| along * t * t).collect();
        assert!(all(&result, "p", "s", k).iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}

#[test]
fn optimisers_reach_the_bottom_and_say_where_they_were() {
    let text = "model valley() {
    reals x on 0..2
    energy = (1 - x[0])^2 + 10 * (x[1] - x[0]^2)^2
}
train fit over how in [\"lbfgs\", \"adam\"] {
    model: valley()
    optimiser: if how == \"lbfgs\" then lbfgs() else adam(rate: cosine(0.05, 0))
    steps: 3000
    start: [-1, 1]
    record at [0, 1, 3000] { e = energy, g = gradient_norm() }
}
probe bottom of fit { observe { index = hessian_index(), spectrum = hessian_spectrum() } }
probe top of valley() { at: fit.at(how: \"adam\"), observe { e = energy } }";
    let result = run(text).result;
    for k in 0..2 {
        assert!(quantity(&result, "fit", "final_loss", k).0 < 1e-9);
        assert_eq!(all(&result, "fit", "e", k)[0], 4.0);
        assert_eq!(quantity(&result, "bottom", "index", k).0, 0.0);
        // The Hessian at (1, 1) is [[82, -40], [-40, 20]].
        let (trace, root) = (102.0f64, (62.0f64 * 62.0 + 4.0 * 1600.0).sqrt());
        let spectrum = all(&result, "bottom", "spectrum", k);
        assert!((spectrum[1] - 0.5 * (trace + root)).abs() < 1e-2, "{spectrum:?}");
    }
    assert!(quantity(&result, "fit", "epochs_run", 0).0 < 200.0);
    assert!(quantity(&result, "top", "e", 0).0 < 1e-9);
}

#[test]
fn sampling_by_langevin_has_the_variance_of_the_chain() {
    // x ← (1 - ηk) x + √(2ηT) ξ has the variance 2T / (k (2 - ηk)); 2000 wells, one record: 5 standard errors of a chi-square.
    let text = "model wells(n: Int) {
    reals x on 0..n
    energy = sum(i in 0..n: x[i]^2)
}
train t { model: wells(2000), optimiser: sgld(temperature: 0.3, rate: 0.1), steps: 100, start: zeros, record at end { e = energy } }";
    let energy = quantity(&run(text).result, "t", "e", 0).0;
    let exact = 2.0 * 0.3 / (2.0 * (2.0 - 0.2)) * 2000.0;
    assert!((energy - exact).abs() < 5.0 * exact * (2.0f64 / 2000.0).sqrt(), "{energy} {exact}");
}

#[test]
fn escape_leaves_a_saddle_where_gradient_descent_stays() {
    let text = "model saddle() {
    reals x on 0..3
    energy = x[0]^2 + x[1]^2 - x[2]^2 + 0.25 * x[2]^4
}
train stays { model: saddle(), optimiser: gradient_descent(rate: 0.1), steps: 100, start: [1, 1, 0] }
train leaves { model: saddle(), optimiser: escape(rate: 0.1, every: 5), steps: 100, start: [1, 1, 0] }
probe lower of leaves { observe { index = hessian_index() } }";
    let result = run(text).result;
    assert!(quantity(&result, "stays", "final_loss", 0).0.abs() < 1e-12);
    assert!((quantity(&result, "leaves", "final_loss", 0).0 + 1.0).abs() < 1e-6);
    assert_eq!(quantity(&result, "lower", "index", 0).0, 0.0);
}

fn digits_script() -> String {
    format!(
        "{CLASSIFIER}train fit over width in [4, 9] {{
    model: classifier(width)
    data: split.train
    optimiser: adam(rate: warm_up(1, then: cosine(0.02, 0.001)))
    batch: 100
    epochs: 3
    record every 1 epoch {{ train = loss(), test = loss(split.test), acc = accuracy(split.test), d = distance(), rate = learning_rate() }}
    record every 4 steps {{ w = weight_norm(\"h.weight\") }}
    keep {{ parameters: every 1 epoch }}
}}
probe geometry of fit {{
    data: split.train.take(200)
    observe {{
        top = hessian_eigenvalues(largest: 2, smallest: 1)
        trace = hessian_trace(probes: 3)
        random = slice(random_directions(2, normalise: filter), points: 3)
        path = trajectory(pca_directions(2))
        rough = sharpness(radius: 0.1, kind: average, probes: 3)
    }}
}}
"
    )
}

#[test]
fn the_same_numbers_with_any_number_of_threads() {
    let loaded = load(&digits_script());
    let one = session::run(&loaded, &options(None, 1), &session::Quiet).unwrap();
    for threads in [2, 5] {
        let other = session::run(&loaded, &options(None, threads), &session::Quiet).unwrap();
        assert_eq!(numbers(&one.result), numbers(&other.result), "{threads} threads");
    }
    let acc = all(&one.result, "fit", "acc", 1);
    assert!(acc[0] < 0.3 && acc[3] > 0.6, "{acc:?}");
    let rate = all(&one.result, "fit", "rate", 1);
    assert!(rate[0] == 0.0 && rate[1] > 0.0 && rate[1] < 0.02 && rate[3] < rate[1], "{rate:?}");
    assert_eq!(all(&one.result, "fit", "d", 0)[0], 0.0);
    assert_eq!(all(&one.result, "geometry", "path", 0).len(), 8);
}

/// Stops a run after so many steps of progress.
struct Stopping(AtomicUsize, usize);

impl Watch for Stopping {
    fn stop(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= self.1
    }
}

#[test]
fn a_training_that_is_stopped_goes_on_from_there() {
    let loaded = load(&digits_script());
    let whole = session::run(&loaded, &options(None, 2), &session::Quiet).unwrap();
    let folder = Folder::new("training");
    let file = folder.file("t.h5");
    for stop in [3, 11, 17, 40] {
        let outcome = session::run(&loaded, &options(Some(&file), 1), &Stopping(AtomicUsize::new(0), stop)).unwrap();
        if !outcome.interrupted {
            break;
        }
    }
    let resumed = session::run(&loaded, &options(Some(&file), 2), &session::Quiet).unwrap();
    assert_eq!(numbers(&whole.result), numbers(&resumed.result));
}

#[test]
fn a_divergence_keeps_what_was_there_and_others_go_on() {
    let text = "model bowl() { reals x on 0..2, energy = sum(i in 0..2: x[i]^4) }
train fit over η in [0.01, 10] { model: bowl(), optimiser: sgd(rate: η), steps: 50, start: [1, 2], record every 1 step { e = energy } }";
    let outcome = run(text);
    let points = &outcome.result.tasks[0].points;
    assert!(points[0].as_ref().unwrap().warnings.is_empty());
    let bad = points[1].as_ref().unwrap();
    assert!(bad.failed.is_none() && bad.warnings.iter().any(|w| w.code == "W0110"), "{:?}", bad.warnings);
    let e = &bad.quantity("e").unwrap().value;
    assert!(e[0] == 17.0 && e[1] > 17.0 && e[50].is_nan());
    assert!(outcome.diagnostics.iter().any(|d| d.message.contains("not finite")));
}

#[test]
fn early_stopping_restores_the_best_weights() {
    let text = format!(
        "{CLASSIFIER}train fit {{
    model: classifier(30)
    data: split.train.take(60)
    optimiser: adam(rate: 0.05)
    batch: 20
    epochs: 100
    stop_on: test
    patience: 4
    record every 1 epoch {{ test = loss(split.test) }}
}}
probe after of fit {{ observe {{ test = loss(split.test) }} }}"
    );
    let result = run(&text).result;
    let test = all(&result, "fit", "test", 0);
    let best = test.iter().copied().fold(f64::INFINITY, f64::min);
    let ran = quantity(&result, "fit", "epochs_run", 0).0;
    assert!(ran < 100.0 && test[100].is_nan(), "{ran}");
    let after = quantity(&result, "after", "test", 0).0;
    assert!((after - best).abs() < 1e-5 * best, "{after} {best}");
}

#[test]
fn kept_weights_have_their_shapes() {
    let result = run(&digits_script()).result;
    let point = result.tasks[0].points[1].as_ref().unwrap();
    let shape = |name: &str| match point.kept.iter().find(|(n, _)| n == name) {
        Some((_, Kept::Array { shape, .. })) => shape.clone(),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(shape("weights/h.weight"), [64, 9]);
    assert_eq!(shape("weights/n.mean"), [9]);
    assert_eq!(shape("parameters"), [4, 64 * 9 + 9 + 9 + 9 + 90 + 10]);
}

#[test]
fn states_of_a_task_are_data() {
    let script = |sweeps: u32| {
        format!(
            "use std.lattice
use std.spin
use std.network
sample truth over T in [1.0, 6.0] {{
    model: ising(square(8, 8))
    temperature: T
    method: wolff
    warmup: 50
    sweeps: {sweeps}
    chains: 2
    observe {{ m = abs(mean(s)) }}
    keep {{ states: every 10 sweeps }}
}}
let split = truth.states(label: T -> T > 2.27).split(test: 0.25)
train phase {{
    model: mlp(64, [16], 2)
    data: split.train
    optimiser: adam(rate: 0.02)
    epochs: 20
}}
probe known of phase {{ observe {{ accuracy = accuracy(split.test) }} }}
train field over T in truth.T {{
    model: approximator([4], inputs: 64)
    data: truth.states(target: T -> T)
    optimiser: adam(rate: 0.05)
    batch: all
    epochs: 200
}}"
        )
    };
    // Cold states are all alike, hot ones have no order: a small network tells them apart.
    let first = run(&script(1000)).result;
    assert!(quantity(&first, "known", "accuracy", 0).0 > 0.9);
    // At each temperature the target is the same number everywhere, 1 or 6, which a bias learns.
    assert!(quantity(&first, "field", "final_loss", 0).0 < 1e-3);
    assert!(quantity(&first, "field", "final_loss", 1).0 < 1.0);
    // Other states, other results.
    let second = run(&script(1010)).result;
    assert_ne!(first.tasks[1].plan_hash, second.tasks[1].plan_hash);
}

/// Errors of differences, sums and integrals of looks: independent looks add in quadrature, what shares its draws cancels.
#[test]
fn looks_have_errors_of_their_own() {
    let text = "model q() {
    reals x on 0..50
    energy = sum(i < j in 0..50: x[i] * x[j])
}
probe p of q() {
    at: zeros
    observe {
        a = mean_curvature(projections: 100)
        b = hessian_trace(probes: 40)
        d = hessian_density(points: 101, range: [-20, 70], width: 1)
        k = critical_point(random_directions(2), draws: 200)
        c = a - b
        n = condition_number()
    }
}
let quadrature = sqrt(error(p.a)^2 + error(p.b)^2)
let together = p.a + p.c
expect abs(error(p.a - p.b) / quadrature - 1) < 1e-9
expect abs(error(p.a + p.b) / quadrature - 1) < 1e-9
expect abs(error(p.c) / quadrature - 1) < 1e-9
expect error(p.c - p.a) / error(p.b) < 1 + 1e-9
expect abs(error(p.c - p.a) / error(p.b) - 1) < 1e-9
expect error(p.c - (p.a - p.b)) < 1e-9
expect abs(integrate(p.d, along: grid) - 1) < 1e-6
expect error(integrate(p.d, along: grid)) < 1e-6
expect abs(sum(p.k, along: kind) - 1) < 1e-12 and error(sum(p.k, along: kind)) < 1e-9
expect agrees(p.a, p.b, sigmas: 5)
model flat() {
    reals x on 0..3
    energy = x[0]^2 - x[1]^2
}
probe f of flat() {
    at: zeros
    observe { n = condition_number() }
}
expect f.n == infinity
train t {
    model: q()
    optimiser: gradient_descent(rate: 1e-3)
    steps: 10
    record every 1 step { a = hessian_trace(probes: 20, method: gaussian), r = learning_rate() }
}
let step = t.a.at(step: 3) - t.a.at(step: 7)
expect abs(error(step) / sqrt(error(t.a.at(step: 3))^2 + error(t.a.at(step: 7))^2) - 1) < 1e-9
expect t.r.at(step: 0) == 1e-3
";
    let outcome = run(text);
    for claim in &outcome.result.claims {
        assert!(claim.holds, "{} ({})", claim.expression, claim.detail);
    }
    assert_eq!(outcome.result.claims.len(), 13);
}

/// A look that fails leaves the others, and says which it is.
#[test]
fn one_look_fails_alone() {
    let outcome = run("model q() {
    reals x on 0..2
    energy = sqrt(x[0]^2 + x[1]^2)
}
probe p of q() {
    at: zeros
    observe { e = loss(), h = slice(random_directions(1, normalise: weight), points: 3), all = x, twice = 2 * x[1] + 1 }
}
probe s of q() {
    at: [1, 1]
    observe { there = interpolation(zeros, points: 3), plane = slice(directions_to([zeros, initial]), points: 3) }
}
");
    assert_eq!(all(&outcome.result, "p", "e", 0), [0.0]);
    assert_eq!(all(&outcome.result, "p", "all", 0), [0.0, 0.0]);
    assert_eq!(all(&outcome.result, "p", "twice", 0), [1.0]);
    assert!(all(&outcome.result, "p", "h", 0).iter().all(|x| x.is_nan()));
    let point = outcome.result.tasks[0].points[0].as_ref().expect("the point");
    assert!(point.warnings.iter().any(|w| w.message.starts_with("`h`: ")), "{:?}", point.warnings);
    let way = all(&outcome.result, "s", "there", 0);
    assert!((way[0] - 2.0f64.sqrt()).abs() < 1e-12 && way[2].abs() < 1e-12, "{way:?}");
}
