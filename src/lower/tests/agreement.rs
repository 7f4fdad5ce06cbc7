//! Every kernel that fits a model against enumeration, and so against every other.

use super::models::*;
use crate::kernels::random::Key;
use crate::lower::{Chain, Compiled, Materials, States, choose_exact, choose_named, kernels};
use crate::plan::draw::Distribution;
use crate::plan::graph::{Boundary, Graph};
use crate::plan::{Column, Looks, Method, Op, Plan, Reduction, Start};

const METHODS: [Method; 4] = [Method::METROPOLIS, Method::HEAT_BATH, Method::Wolff, Method::SwendsenWang];
const CHAINS: usize = 128;

/// Energy, its square, magnetisation, its square, and a function of the state that no kernel has ready.
fn looks() -> Looks {
    let columns = [
        energy(),
        mul(energy(), energy()),
        mean(),
        mul(mean(), mean()),
        mul(abs(add(mean(), num(0.1))), crate::plan::Expr::Index(all().boxed(), vec![num(0.0)])),
    ];
    let column = |(k, expr)| Column { name: format!("x{k}"), expr, shape: vec![] };
    Looks { observe: columns.into_iter().enumerate().map(column).collect(), ..Looks::default() }
}

/// Runs every kernel that serves the model. Each comparison is of 128 independent chains within 6 standard errors: a false alarm
/// has a probability below 1e-7, and the seeds are fixed.
pub(super) fn agrees(plan: &Plan, beta: f64, expected: &[&str]) {
    assert_eq!(all_that_agree(plan, beta), expected);
}

/// As [`agrees`]; which kernels ran.
pub(super) fn all_that_agree(plan: &Plan, beta: f64) -> Vec<&'static str> {
    let model = &plan.models[0];
    let materials = Materials::new(plan);
    let compiled = Compiled::new(&materials, model, &looks(), 1, &|_| None).expect("looks compile");
    let exact = choose_exact(plan, model, &compiled).map_err(|r| r.why).expect("small enough");
    assert_eq!(exact.kernel, "enumeration");
    let exact = exact.values(&compiled, beta).expect("exact values").observe;
    let mut ran = Vec::new();
    for (tag, method) in METHODS.into_iter().enumerate() {
        for kernel in kernels(method) {
            let Ok(choice) = choose_named(plan, model, method, CHAINS, kernel) else { continue };
            ran.push(kernel);
            let lane = |k: usize| Chain { beta, key: Key(5, k as u64).derive(tag as u64), start: Start::Random };
            let lanes: Vec<Chain> = (0..CHAINS).map(lane).collect();
            let mut sampler = choice.build(&lanes).expect("it builds");
            sampler.warm_up(100);
            let n = compiled.series();
            let mut sums = vec![vec![0.0; n]; CHAINS];
            let (mut state, mut out) = (States::new(model, 1), vec![0.0; n]);
            const TIMES: usize = 40;
            for _ in 0..TIMES {
                sampler.advance(3);
                for (lane, sums) in sums.iter_mut().enumerate() {
                    sampler.read(lane, &mut state, 0);
                    compiled.measure_state(sampler.energy(lane), sampler.total(lane), state.view(), &mut out);
                    sums.iter_mut().zip(&out).for_each(|(s, x)| *s += x / TIMES as f64);
                }
            }
            for k in 0..n {
                let mean = sums.iter().map(|s| s[k]).sum::<f64>() / CHAINS as f64;
                let variance = sums.iter().map(|s| (s[k] - mean) * (s[k] - mean)).sum::<f64>() / (CHAINS - 1) as f64;
                let error = (variance / CHAINS as f64).sqrt();
                let gap = (mean - exact[k]).abs();
                assert!(
                    gap <= 6.0 * error + 1e-9 * (1.0 + exact[k].abs()),
                    "{kernel} {method:?} x{k}: {mean} ± {error}, exactly {}",
                    exact[k]
                );
            }
        }
    }
    ran.dedup();
    ran.sort_unstable();
    ran.dedup();
    ran
}

pub(super) const POTTS: [&str; 4] = ["generic", "potts", "potts_swendsen_wang", "potts_wolff"];
const PAIRS: [&str; 4] = ["bitpacked", "dense", "generic", "sparse"];
const ALL: [&str; 6] = ["bitpacked", "dense", "generic", "sparse", "swendsen_wang", "wolff"];
const REST: [&str; 4] = ["dense", "generic", "sliced", "sparse"];
const CLUSTERS: [&str; 6] = ["dense", "generic", "sliced", "sparse", "swendsen_wang", "wolff"];

#[test]
fn ising_on_lattices() {
    agrees(&ising(chain(8, Boundary::Periodic), 1.0, 0.0), 0.7, &ALL);
    agrees(&ising(square(3, 4, Boundary::Periodic), 1.0, 0.0), 0.4, &ALL);
    agrees(&ising(triangular(3, 3), 1.0, 0.0), 0.2, &ALL);
    agrees(&ising(honeycomb(2, 3), 1.0, 0.0), 0.6, &ALL);
    agrees(&ising(cubic(2), 1.0, 0.0), 0.3, &ALL);
}

#[test]
fn ising_in_a_field() {
    agrees(&ising(chain(8, Boundary::Open), 1.0, 0.3), 0.7, &ALL);
    agrees(&ising(square(3, 4, Boundary::Periodic), 1.0, -0.2), 0.4, &ALL);
    agrees(&ising(triangular(3, 3), 1.0, 0.5), 0.2, &ALL);
    agrees(&ising(honeycomb(2, 3), 1.0, 0.1), 0.6, &ALL);
    agrees(&ising(cubic(2), 1.0, 0.2), 0.3, &ALL);
}

#[test]
fn antiferromagnets() {
    agrees(&ising(square(4, 3, Boundary::Open), -1.0, 0.0), 0.4, &ALL);
    // Odd around: frustrated.
    agrees(&ising(square(3, 3, Boundary::Periodic), -1.0, 0.0), 0.3, &PAIRS);
    agrees(&ising(triangular(3, 3), -1.0, 0.2), 0.3, &PAIRS);
}

#[test]
fn double_bonds_and_antiperiodic_boundaries() {
    agrees(&ising(square(2, 4, Boundary::Periodic), 1.0, 0.1), 0.3, &ALL);
    agrees(&ising(square(2, 2, Boundary::Periodic), 1.0, 0.0), 0.3, &ALL);
    agrees(&ising(square(3, 4, Boundary::Antiperiodic), 1.0, 0.0), 0.4, &PAIRS);
    agrees(&potts(square(3, 3, Boundary::Antiperiodic), 3), 0.5, &["generic"]);
}

#[test]
fn glasses() {
    agrees(&glass(square(3, 4, Boundary::Periodic), Distribution::Bimodal { p: 0.5 }), 0.6, &REST);
    agrees(
        &glass(Graph::complete(9).expect("a graph"), Distribution::Normal { mean: 0.0, sd: 1.0 / 3.0 }),
        0.9,
        &["dense", "generic", "sparse"],
    );
    let unfrustrated = ["dense", "generic", "sparse", "swendsen_wang", "wolff"];
    agrees(&glass(chain(9, Boundary::Open), Distribution::Normal { mean: 0.0, sd: 1.0 }), 0.6, &unfrustrated);
}

#[test]
fn lattice_gases() {
    let gas = |graph: Graph, mu: f64| {
        let n = graph.sites();
        plan(graph, &[0.0, 1.0], sub(neg(pairs()), mul(num(mu), field(n))))
    };
    agrees(&gas(square(3, 4, Boundary::Periodic), -1.5), 1.2, &ALL);
    // Without a field in ±1 spins: μ = -2 on the square lattice.
    agrees(&gas(square(3, 4, Boundary::Periodic), -2.0), 1.2, &ALL);
    agrees(&gas(square(3, 4, Boundary::Open), -1.5), 1.2, &CLUSTERS);
    agrees(&gas(square(2, 3, Boundary::Antiperiodic), -0.5), 1.0, &REST);
}

#[test]
fn potts_models() {
    agrees(&potts(square(3, 4, Boundary::Periodic), 2), 0.8, &ALL);
    agrees(&potts(square(3, 3, Boundary::Periodic), 3), 0.8, &POTTS);
}

#[test]
fn higher_orders_and_more_values() {
    agrees(&triples(9, 0.3), 0.5, &["generic"]);
    let squares = reduce(Reduction::Sum, range(9), bin(Op::Power, s(20), num(2.0)));
    agrees(
        &plan(square(3, 3, Boundary::Periodic), &[-1.0, 0.0, 1.0], add(neg(pairs()), mul(num(0.5), squares))),
        0.6,
        &["generic"],
    );
    // A function of the whole: not a polynomial.
    agrees(&plan(chain(7, Boundary::Periodic), &SPIN, sub(neg(pairs()), abs(field(7)))), 0.3, &["generic"]);
    // (Σ s)², every pair.
    let whole = bin(Op::Power, field(8), num(2.0));
    let with_overlap = ["dense", "generic", "overlap", "sliced", "sparse", "swendsen_wang", "wolff"];
    agrees(&plan(Graph::complete(8).expect("a graph"), &SPIN, mul(num(-0.1), whole)), 0.5, &with_overlap);
}
