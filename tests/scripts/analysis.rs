//! Analyses of results in whole scripts, against exact answers. Seeds are fixed; single comparisons allow 5 standard errors,
//! 6e-7 to fail by chance for fresh seeds.

use crate::common;

use ann_lang::kernels::exact::kaufman;
use ann_lang::results::{Derived, RunResult};
use common::{run, run_with_seed};

fn derived<'r>(result: &'r RunResult, name: &str) -> &'r Derived {
    result.derived.iter().find(|d| d.name == name).unwrap_or_else(|| {
        panic!("no {name} among {:?}", result.derived.iter().map(|d| &d.name).collect::<Vec<_>>());
    })
}

fn value(result: &RunResult, name: &str) -> (f64, f64) {
    let d = derived(result, name);
    (d.value[0], d.error[0])
}

fn near(result: &RunResult, name: &str, truth: f64) {
    let (x, e) = value(result, name);
    assert!((x - truth).abs() <= 5.0 * e && e > 0.0, "{name} = {x} ± {e}, expected {truth}");
}

fn mean_square(z: &[f64]) -> (f64, f64) {
    let n = z.len() as f64;
    (z.iter().sum::<f64>() / n, z.iter().map(|z| z * z).sum::<f64>() / n)
}

/// m = tanh(h / T) of free spins, exactly: the fit finds h; a straight line through a straight line has no scatter.
#[test]
fn a_fit_of_exact_results() {
    let outcome = run("model free(h: Real) {
    spins s on 0..6 in {-1, +1}
    energy = -h * sum(s)
}
sample a over T in [0.5, 1.0, 1.5, 2.0, 3.0] { model: free(0.7), temperature: T, method: exact, observe { m = mean(s) } }
let law = fit(a.m, (T, h) -> tanh(h / T), along: T)
let scaled = fit(atanh(a.m) * coordinate(a.m, along: T), (T, c, d) -> c + d * T, along: T)
let doubled = 2 * law.h
");
    let r = &outcome.result;
    assert!((value(r, "law.h").0 - 0.7).abs() < 1e-9 && value(r, "law.h").1 < 1e-9);
    assert!((value(r, "doubled").0 - 1.4).abs() < 1e-9);
    assert!(value(r, "law.chi2").0.is_nan() && value(r, "law.p_value").0.is_nan());
    assert_eq!(value(r, "law.dof").0, 4.0);
    assert!((value(r, "scaled.c").0 - 0.7).abs() < 1e-12 && value(r, "scaled.d").0.abs() < 1e-12);
    assert_eq!(derived(r, "scaled.covariance").shape, [2, 2]);
}

/// The coupling of a ring from its energies over 200 seeds: the mean square of the standardised deviations has a standard
/// deviation of 0.1, and is compared within 4 to 5 of them. χ² has 5 degrees of
/// freedom: its mean over 200 seeds has a standard error of 0.22 and is compared within 5, plus 4 % for the errors' own.
#[test]
fn errors_of_a_fit_are_honest() {
    let script = "use std.lattice
use std.spin
sample a over T in [1.5, 2.0, 2.5, 3.0, 3.5, 4.0] {
    model: ising(chain(8)), temperature: T, warmup: 50, sweeps: 1_500, chains: 2
    observe { e = energy / count(s) }
}
let law = fit(a.e, (T, J) -> { let c = tanh(J / T)
    -J * (c + c^7) / (1 + c^8) }, along: T)
";
    let (mut z, mut chi2) = (Vec::new(), Vec::new());
    for seed in 0..200 {
        let outcome = run_with_seed(script, seed);
        let (j, e) = value(&outcome.result, "law.J");
        z.push((j - 1.0) / e);
        chi2.push(value(&outcome.result, "law.chi2").0);
    }
    let (mean, square) = mean_square(&z);
    println!("J: {mean:.3} {square:.3}, chi2 {:.3}", mean_square(&chi2).0);
    assert!(mean.abs() < 0.36 && (0.6..1.5).contains(&square), "{mean} {square}");
    assert!((mean_square(&chi2).0 - 5.0).abs() < 1.3, "{}", mean_square(&chi2).0);
}

/// Energy, specific heat and free energy of the 8 x 8 torus between the temperatures of the runs, against Kaufman.
#[test]
fn reweighting_against_kaufman() {
    let outcome = run("use std.lattice
use std.spin
sample a over T in [2.2, 2.35, 2.6] {
    model: ising(square(8)), temperature: T, warmup: 500, sweeps: 20_000
    observe { e = energy / count(s), m2 = mean(s)^2 }
    estimate { heat = count(s) * (avg(e^2) - avg(e)^2) / T^2 }
    keep { series: [e, m2] }
}
sample b over T in [2.3, 2.45] {
    model: ising(square(8)), temperature: T, method: wolff, warmup: 500, sweeps: 20_000, observe { m2 = mean(s)^2 }
}
let e = reweight(a.e, along: T, to: 2.3) - kaufman_energy(8, 8, 2.3)
let heat = reweight(a.heat, along: T, to: 2.45) - kaufman_specific_heat(8, 8, 2.45)
let curve = reweight(a.m2, along: T, to: [2.3, 2.45])
let same = curve - b.m2
let known = curve.at(T: 2.45) - b.m2.at(T: 2.45)
let f = free_energy_difference(a.e, along: T, from: 2.2, to: 2.5) - 64 * (kaufman_free_energy(8, 8, 2.5) / 2.5 - kaufman_free_energy(8, 8, 2.2) / 2.2)
let n = effective_samples(a.e, along: T, to: 2.3)
");
    let r = &outcome.result;
    assert!(outcome.diagnostics.iter().all(|d| !d.is_error()), "{:?}", outcome.diagnostics);
    for name in ["e", "heat", "f", "known"] {
        near(r, name, 0.0);
    }
    let same = derived(r, "same");
    assert_eq!(same.axes.len(), 1);
    for k in 0..2 {
        assert!(same.value[k].abs() < 5.0 * same.error[k], "{same:?}");
    }
    assert!(value(r, "e").1 < 0.01 && (5_000.0..60_000.0).contains(&value(r, "n").0), "{:?}", value(r, "n"));
}

/// The same over 200 seeds: limits as for the fit.
#[test]
fn errors_of_reweighting_are_honest() {
    let script = "use std.lattice
use std.spin
sample a over T in [2.4, 2.9] {
    model: ising(square(4)), temperature: T, warmup: 100, sweeps: 3_000
    observe { e = energy }
    keep { series: [e] }
}
let e = reweight(a.e, along: T, to: 2.6)
let f = free_energy_difference(a.e, along: T, from: 2.4, to: 2.9)
";
    let torus = |t: f64| kaufman(4, 4, 1.0, 1.0, 1.0 / t).unwrap();
    let truth = [torus(2.6).energy, torus(2.4).log_z - torus(2.9).log_z];
    let mut z = [Vec::new(), Vec::new()];
    for seed in 0..200 {
        let outcome = run_with_seed(script, seed);
        for (k, name) in ["e", "f"].into_iter().enumerate() {
            let (x, e) = value(&outcome.result, name);
            z[k].push((x - truth[k]) / e);
        }
    }
    for z in &z {
        let (mean, square) = mean_square(z);
        println!("{mean:.3} {square:.3}");
        assert!(mean.abs() < 0.36 && (0.6..1.5).contains(&square), "{mean} {square}, {truth:?}");
    }
}

/// A temperature that no run reaches, and runs that do not overlap, are said.
#[test]
fn reweighting_too_far_is_an_error() {
    let outcome = run("use std.lattice
use std.spin
sample a over T in [2.2, 6.0] { model: ising(square(24)), temperature: T, method: wolff, warmup: 100, sweeps: 1_000
    observe { e = energy }, keep { series: [e] } }
let far = reweight(a.e, along: T, to: 3.0)
let gap = free_energy_difference(a.e, along: T, from: 2.2, to: 6.0)
show reweight(a.e, along: T, to: 2.21)
");
    let all: Vec<String> = outcome.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.message.clone()).collect();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all[0].contains("too few") && all[1].contains("do not overlap"), "{all:?}");
}

/// The Binder cumulants of the square lattice collapse with ν = 1 and T_c = 2.269: within 5 standard errors, and 0.01 of T_c for
/// corrections to scaling at these sizes.
#[test]
fn a_collapse_of_binder_cumulants() {
    let outcome = run("use std.lattice
use std.spin
sample a over L in [8, 12, 16, 24], T in linspace(2.19, 2.35, 9) {
    model: ising(square(L)), temperature: T, method: wolff, warmup: 300, sweeps: 6_000
    observe { m = mean(s) }
    estimate { binder = 1 - avg(m^4) / (3 * avg(m^2)^2) }
}
let c = collapse(a.binder, along: T, over: L, critical: 2.25, nu: 0.9)
let fixed = collapse(a.binder, along: T, over: L, critical: critical_temperature(\"square\"), nu: 1, exponent: 0, fixed: [\"critical\", \"nu\"], window: 1.5)
show c
let x = c.x.at(T: 2.35, L: 8)
");
    let r = &outcome.result;
    let (nu, error) = value(r, "c.nu");
    println!("nu {nu} ± {error}, quality {}", value(r, "c.quality").0);
    assert!((nu - 1.0).abs() < 5.0 * error && error < 0.15, "{nu} ± {error}");
    let (t, error) = value(r, "c.critical");
    assert!((t - 2.26918531).abs() < 5.0 * error + 0.01 && error < 0.02, "{t} ± {error}");
    assert_eq!(value(r, "c.exponent"), (0.0, 0.0));
    assert!((0.2..3.0).contains(&value(r, "c.quality").0));
    let (kappa, error) = value(r, "fixed.exponent");
    assert!(kappa.abs() < 5.0 * error + 0.02 && error > 0.0, "{kappa} ± {error}");
    assert_eq!(value(r, "fixed.nu"), (1.0, 0.0));
    let x = derived(r, "c.x");
    assert_eq!(x.axes.len(), 2);
    let own = (2.35 - t) * libm::pow(8.0, 1.0 / nu);
    assert!((value(r, "x").0 - own).abs() < 1e-9 && (x.value[8] - own).abs() < 1e-9);
}

/// Disorder averages: with exact results of each draw the errors are those of a textbook.
#[test]
fn disorder_averages_have_the_spread_of_the_draws() {
    let outcome = run("use std.lattice
use std.spin
sample glass over r in 0..12 { model: edwards_anderson(square(4), draw: r), temperature: 1, method: exact
    observe { e = energy / count(s) } }
sample plain over k in 0..3 { model: ising(chain(4), h: 0.1 * k), temperature: 1, method: exact, observe { e = energy } }
let e = mean(glass.e, along: r)
let squared = mean(glass.e, along: r)^2
let s = spread(glass.e, along: r)
let b = bootstrap(glass.e, along: r)
let range = bootstrap(glass.e, along: r, f: v -> max(v) - min(v), samples: 100)
let other = mean(plain.e, along: k)
");
    let r = &outcome.result;
    let glass = &r.tasks[0];
    let x: Vec<f64> = glass.points.iter().map(|p| p.as_ref().unwrap().quantities[0].1.value[0]).collect();
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let sd = (x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt();
    let (e, error) = value(r, "e");
    assert!((e - mean).abs() < 1e-12 && (error - sd / n.sqrt()).abs() < 1e-12, "{e} ± {error}, {mean} ± {}", sd / n.sqrt());
    let (q, error) = value(r, "squared");
    assert!((q - mean * mean).abs() < 1e-12 && (error / (2.0 * mean.abs() * sd / n.sqrt()) - 1.0).abs() < 0.05);
    let (s, error) = value(r, "s");
    assert!((s - sd).abs() < 1e-12 && error > 0.0 && error < sd);
    // The bootstrap's variance is (n - 1) / n of the textbook's, scattered by sqrt(1 / 2·400): within 5 of these.
    let (b, error) = value(r, "b");
    assert!((b - mean).abs() < 1e-12);
    assert!((error / (sd / n.sqrt()) - ((n - 1.0) / n).sqrt()).abs() < 0.18, "{error} {}", sd / n.sqrt());
    let extent = x.iter().cloned().fold(f64::MIN, f64::max) - x.iter().cloned().fold(f64::MAX, f64::min);
    assert!((value(r, "range").0 - extent).abs() < 1e-12 && value(r, "range").1 > 0.0);
    // A field is a parameter, not a draw.
    assert_eq!(value(r, "other").1, 0.0);
}

/// The open chain has e = -(N-1)/N tanh β and ln Z = N ln 2 + (N-1) ln cosh β.
#[test]
fn slopes_and_areas() {
    let outcome = run("use std.lattice
use std.spin
sample a over beta in linspace(0, 1, 21) { model: ising(chain(6, boundary: open)), beta: beta, method: exact, observe { e = energy } }
let lnz = -integrate(a.e, along: beta, to: 0.8)
let coarse = integrate(a.e, along: beta, rule: \"trapezoid\")
let slope = derivative(a.e, along: beta, points: 3)
let middle = slope.at(beta: 0.5)
let line = a.e + 5 * tanh(coordinate(a.e, along: beta))
");
    let r = &outcome.result;
    let exact = |b: f64| 5.0 * libm::log(libm::cosh(b));
    assert!((value(r, "lnz").0 - exact(0.8)).abs() < 1e-4, "{:?}", value(r, "lnz"));
    assert!((value(r, "coarse").0 + exact(1.0)).abs() < 2e-3);
    let truth = -5.0 / (libm::cosh(0.5) * libm::cosh(0.5));
    assert!((value(r, "middle").0 - truth).abs() < 2e-2 && derived(r, "slope").value.len() == 21);
    assert!(derived(r, "line").value.iter().all(|x| x.abs() < 1e-12));
}

/// Autocorrelations of kept series: 1 at lag 0, and a time that agrees with the table's.
#[test]
fn autocorrelations_of_series() {
    let outcome = run("use std.lattice
use std.spin
sample a { model: ising(square(8)), temperature: 2.6, warmup: 500, sweeps: 20_000, chains: 2
    observe { m = mean(s)^2 }, keep { series: [m] } }
let rho = autocorrelation(a.m, lags: 10)
let tau = integrated_time(a.m)
let five = rho.at(lag: 5)
");
    let r = &outcome.result;
    let rho = derived(r, "rho");
    assert_eq!((rho.axes[0].name.as_str(), rho.value.len(), rho.value[0], rho.error[0]), ("lag", 11, 1.0, 0.0));
    assert!(rho.value.windows(2).all(|w| w[1] < w[0]) && rho.error[1..].iter().all(|e| *e > 0.0 && *e < 0.1));
    assert_eq!(value(r, "five").0, rho.value[5]);
    let table = r.tasks[0].points[0].as_ref().unwrap().quantities[0].1.tau[0];
    let (tau, error) = value(r, "tau");
    assert!((tau - table).abs() < 1e-9 * table && error > 0.01 * tau && error < 0.4 * tau, "{tau} ± {error}, table {table}");
}

/// Exact functions stand beside curves and are aligned with them.
#[test]
fn exact_functions_beside_results() {
    let outcome = run("use std.lattice
use std.spin
sample a over L in [4, 6], T in [2.0, 3.0] { model: ising(square(L)), temperature: T, method: exact, observe { e = energy / count(s) } }
let difference = a.e - kaufman_energy(coordinate(a.e, along: L), coordinate(a.e, along: L), coordinate(a.e, along: T))
let list = onsager_energy(a.T) - onsager_energy([2.0, 3.0])
expect abs(critical_temperature(square(8)) - 2 / ln(1 + sqrt(2))) < 1e-12
expect abs(critical_temperature(honeycomb(4)) - critical_temperature(\"honeycomb\")) < 1e-12
expect onsager_magnetisation(3) == 0
expect abs(curie_weiss_magnetisation(1.5, h: 0.1) - tanh((curie_weiss_magnetisation(1.5, h: 0.1) + 0.1) / 1.5)) < 1e-12
");
    let d = derived(&outcome.result, "difference");
    assert!(d.value.len() == 4 && d.value.iter().all(|x| x.abs() < 1e-10), "{d:?}");
    assert!(outcome.result.claims.iter().all(|c| c.holds), "{:?}", outcome.result.claims);
}

/// The file holds the members of a fit, and a second run from the file gives the same numbers.
#[test]
fn analyses_survive_the_file() {
    let folder = common::Folder::new("analysis");
    let script = "use std.lattice
use std.spin
sample a over T in [2.2, 2.4, 2.6] { model: ising(square(6)), temperature: T, warmup: 100, sweeps: 2_000
    observe { e = energy }, keep { series: [e] } }
let law = fit(a.e, (T, c, d) -> c + d * T, along: T)
let e = reweight(a.e, along: T, to: [2.3, 2.5])
";
    let loaded = common::load(script);
    let out = folder.file("a.h5");
    let first = ann_lang::session::run(&loaded, &common::options(Some(&out), 2), &ann_lang::session::Quiet).unwrap();
    let second = ann_lang::session::run(&loaded, &common::options(Some(&out), 1), &ann_lang::session::Quiet).unwrap();
    assert_eq!(second.computed, 0);
    for name in ["law.c", "law.d", "law.chi2", "e"] {
        let (a, b) = (derived(&first.result, name), derived(&second.result, name));
        assert_eq!((&a.value, &a.error), (&b.value, &b.error), "{name}");
        let file = ann_lang::store::read(&out).unwrap();
        assert_eq!(derived(&file, name).value, a.value, "{name}");
    }
}
