//! Kept states: how many there are, and that the energies of long runs are those of the states, computed here.

use super::support::{point, run_one, series};
use ann_lang::results::{Kept, PointResult};

fn states(p: &PointResult) -> (usize, usize, usize, Vec<f64>) {
    let kept = p.kept.iter().find_map(|k| match &k.1 {
        Kept::States { chains, samples, sites, data } => {
            Some((*chains, *samples, *sites, data.iter().map(|&x| f64::from(x)).collect()))
        }
        _ => None,
    });
    kept.expect("states")
}

fn run(model: &str, method: &str, settings: &str, keep: &str) -> PointResult {
    let script = format!(
        "use std.lattice\nmodel system() {{\n{model}\n}}\nsample a {{\nmodel: system()\ntemperature: 1.3\nmethod: {method}\n{settings}\nobserve {{ e = energy }}\nkeep {{ {keep} }}\n}}\n"
    );
    point(&run_one(&script))
}

/// The last energies of a long run against the last states. States are kept as numbers of single precision.
fn recomputed(model: &str, methods: &[&str], settings: &str, energy: impl Fn(&[f64]) -> f64) {
    for method in methods {
        let p = run(model, method, settings, "states: last, series: [e]");
        let (chains, samples, sites, data) = states(&p);
        assert_eq!(samples, 1);
        let e = series(&p, "e");
        let measurements = e.len() / chains;
        for chain in 0..chains {
            let state = &data[chain * sites..(chain + 1) * sites];
            let (kept, own) = (e[(chain + 1) * measurements - 1], energy(state));
            assert!((kept - own).abs() < 2e-5, "{model}, {method} ({}): energy {kept}, of the state {own}", p.kernel);
        }
    }
}

fn next(i: usize) -> usize {
    (i + 1) % 8
}

#[test]
fn energies_of_long_runs() {
    let long = "warmup: 100\nsweeps: 60_000\nevery: 1_000\nchains: 2";
    recomputed(
        "couplings J on chain(8) = 0.37\nspins s on chain(8) in {-1, +1}\nenergy = -sum(<i, j> in J: J[i, j] * s[i] * s[j]) - 0.2113 * sum(s)",
        &[
            "metropolis",
            "heat_bath",
            "metropolis(order: random)",
            "metropolis(order: sequential)",
            "heat_bath(order: checkerboard)",
            "kinetic",
            "kawasaki",
        ],
        long,
        |s| (0..8).map(|i| -0.37 * s[i] * s[next(i)] - 0.2113 * s[i]).sum(),
    );
    recomputed(
        "spins s on chain(8) in {-1, +1}\nenergy = -0.7391 * sum(<i, j> in chain(8): s[i] * s[j])",
        &["wolff", "swendsen_wang"],
        long,
        |s| (0..8).map(|i| -0.7391 * s[i] * s[next(i)]).sum(),
    );
    recomputed(
        "angles s on chain(8)\nenergy = -sum(<i, j> in chain(8): cos(s[i] - s[j]))",
        &["metropolis", "heat_bath", "over_relaxation", "wolff", "swendsen_wang", "hmc(steps: 3)", "langevin"],
        long,
        |s| (0..8).map(|i| -libm::cos(s[i] - s[next(i)])).sum(),
    );
    recomputed(
        "vectors S on chain(8) in sphere(3)\nenergy = -sum(<i, j> in chain(8): dot(S[i], S[j])) - 0.3 * sum(i in chain(8): S[i, 1])",
        &["metropolis", "heat_bath", "over_relaxation"],
        long,
        |s| {
            let dot = |i: usize, j: usize| (0..3).map(|k| s[3 * i + k] * s[3 * j + k]).sum::<f64>();
            (0..8).map(|i| -dot(i, next(i)) - 0.3 * s[3 * i + 1]).sum()
        },
    );
    recomputed(
        "reals y on chain(8)\nspins s on chain(8) in {-1, 0, 1}\nenergy = sum(<i, j> in chain(8): (y[i] - y[j])^2 / 2) + sum(i in chain(8): y[i]^4 - 0.6 * s[i] * y[i])",
        &["metropolis"],
        long,
        |x| {
            let (y, s) = x.split_at(8);
            (0..8).map(|i| (y[i] - y[next(i)]).powi(2) / 2.0 + y[i].powi(4) - 0.6 * s[i] * y[i]).sum()
        },
    );
}

#[test]
fn numbers_of_states() {
    let ising = "spins s on chain(8) in {-1, +1}\nenergy = -sum(<i, j> in chain(8): s[i] * s[j])";
    let xy = "angles s on chain(8)\nenergy = -sum(<i, j> in chain(8): cos(s[i] - s[j]))";
    let vectors = "vectors S on chain(8) in sphere(4)\nenergy = -sum(<i, j> in chain(8): dot(S[i], S[j]))";
    for (model, method, components) in [
        (ising, "metropolis", 8),
        (ising, "kinetic", 8),
        (ising, "wolff", 8),
        (xy, "hmc", 8),
        (xy, "over_relaxation", 8),
        (vectors, "heat_bath", 32),
    ] {
        for (settings, keep, count) in [
            ("sweeps: 1_000", "states: every 100 sweeps", 10),
            // The first measurement is kept, and then the first one that is far enough from the last.
            ("sweeps: 1_050, every: 5", "states: every 100 sweeps", 11),
            ("sweeps: 1_000, every: 30", "states: every 100 sweeps", 9),
            ("sweeps: 1_000, every: 7", "states: every 7 sweeps", 142),
            ("sweeps: 300, every: 10", "states: all", 30),
            ("sweeps: 300", "states: last", 1),
        ] {
            let p = run(model, method, &format!("{settings}\nwarmup: 20\nchains: 3"), keep);
            let (chains, samples, sites, data) = states(&p);
            assert_eq!((chains, samples, sites), (3, count, components), "{method}, {settings}, {keep}");
            assert_eq!(data.len(), 3 * count * components);
        }
    }
}

/// `states: all` with a series: each energy is that of its state.
#[test]
fn every_state_has_its_energy() {
    let model = "angles s on chain(8)\nenergy = -sum(<i, j> in chain(8): cos(s[i] - s[j]))";
    for method in ["metropolis", "over_relaxation", "wolff", "hmc"] {
        let p = run(model, method, "sweeps: 50\nwarmup: 10\nchains: 2", "states: all, series: [e]");
        let (_, _, sites, data) = states(&p);
        for (state, e) in data.chunks(sites).zip(series(&p, "e")) {
            let own: f64 = (0..8).map(|i| -libm::cos(state[i] - state[next(i)])).sum();
            assert!((own - e).abs() < 2e-5, "{method}: {e} and {own}");
        }
    }
}
