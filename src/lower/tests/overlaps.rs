//! Energies of overlaps: every spelling is found and is the energy of the script; what is none says why.

use super::agreement::agrees;
use super::models::*;
use crate::kernels::random::{Key, Stream};
use crate::lower::overlaps::{overlap_energy, overlap_form};
use crate::lower::{Prepared, choose};
use crate::plan::draw::{Distribution, Draw};
use crate::plan::expr::Array;
use crate::plan::graph::{Boundary, Graph};
use crate::plan::{CouplingValues, Couplings, Domain, Expr, Function, Method, Op, Order, Plan, Reduction};
use std::sync::Arc;

const MU: u32 = 40;
const N: usize = 6;
const P: usize = 3;

fn array(p: usize, n: usize, mut number: impl FnMut(&mut Stream) -> f64) -> Arc<Array> {
    let mut s = Stream::new(Key(6, 6));
    Arc::new(Array { shape: vec![p, n], data: (0..p * n).map(|_| number(&mut s)).collect() })
}

fn signs(p: usize, n: usize) -> Arc<Array> {
    array(p, n, |s| if s.below(2) == 0 { -1.0 } else { 1.0 })
}

fn index(base: Expr, at: &[u32]) -> Expr {
    Expr::Index(base.boxed(), at.iter().map(|l| Expr::Local(*l)).collect())
}

fn xi(at: &[u32]) -> Expr {
    index(Expr::Array(signs(P, N)), at)
}

fn patterns(p: usize) -> Domain {
    Domain::Range { local: MU, start: 0, end: p as i64 }
}

fn over(domains: Vec<Domain>, body: Expr) -> Expr {
    Expr::Reduce { op: Reduction::Sum, domains, filter: None, body: body.boxed() }
}

fn site(local: u32) -> Domain {
    Domain::Range { local, start: 0, end: N as i64 }
}

/// Σ_i ξ[μ, i] s_i
fn m() -> Expr {
    over(vec![site(20)], mul(xi(&[MU, 20]), s(20)))
}

fn pow(x: Expr, n: f64) -> Expr {
    bin(Op::Power, x, num(n))
}

fn apply(f: Function, x: Expr) -> Expr {
    Expr::Unary(f, x.boxed())
}

fn of(values: &[f64], energy: Expr) -> Plan {
    plan(Graph::complete(N).unwrap(), values, energy)
}

fn made_of_patterns(mut plan: Plan) -> Plan {
    let values = CouplingValues::LowRank { patterns: signs(P, N), scale: 1.0 / N as f64 };
    plan.couplings.push(Couplings { name: "W".into(), graph: 0, values });
    plan
}

/// All spellings of one energy or another, and whether they are squares.
fn spellings(values: &[f64]) -> Vec<(&'static str, bool, Plan)> {
    let of = |e: Expr| of(values, e);
    let sum = |body: Expr| over(vec![patterns(P)], body);
    let pair = || mul(s(20), s(21));
    let ordered = || Domain::Ordered { locals: vec![20, 21], start: 0, end: N as i64 };
    let value = |first: u32, second: u32| Expr::PairValue {
        couplings: 0,
        first: Expr::Local(first).boxed(),
        second: Expr::Local(second).boxed(),
    };
    let bond = || mul(Expr::BondValue { couplings: 0, binder: 10 }, mul(s(11), second_end()));
    let row = || index(Expr::Array(signs(P, N)), &[MU]);
    let drawn = Draw::new(Distribution::Normal { mean: 0.0, sd: 1.0 }, vec![P, N], Key(3, 3)).unwrap();
    let drawn = Expr::Random(Arc::new(drawn));
    let listed = |k: usize| {
        let row = Array { shape: vec![N], data: signs(P, N).data[k * N..(k + 1) * N].to_vec() };
        pow(Expr::Fold(Reduction::Sum, mul(Expr::Array(Arc::new(row)), all()).boxed()), 2.0)
    };
    let exponentials = || sum(apply(Function::Exp, mul(num(0.7), m())));
    let filtered = Expr::Reduce {
        op: Reduction::Sum,
        domains: vec![patterns(P)],
        filter: Some(bin(Op::NotEqual, Expr::Local(MU), num(1.0)).boxed()),
        body: pow(m(), 2.0).boxed(),
    };
    vec![
        ("squares", true, of(mul(num(-0.5 / N as f64), sum(pow(m(), 2.0))))),
        ("products", true, of(neg(sum(mul(m(), m()))))),
        ("ξ[μ][i]", true, of(sum(pow(over(vec![site(20)], mul(index(row(), &[20]), s(20))), 2.0)))),
        ("whole rows", true, of(sum(pow(Expr::Fold(Reduction::Sum, mul(row(), all()).boxed()), 2.0)))),
        ("means of whole rows", true, of(sum(pow(Expr::Fold(Reduction::Mean, mul(all(), row()).boxed()), 2.0)))),
        ("a drawn array", true, of(sum(pow(over(vec![site(20)], mul(index(drawn, &[MU, 20]), s(20))), 2.0)))),
        ("one sum", true, of(over(vec![patterns(P), site(20), site(21)], mul(mul(xi(&[MU, 20]), xi(&[MU, 21])), pair())))),
        ("sites first", true, of(over(vec![site(20), site(21)], mul(pair(), sum(mul(xi(&[MU, 20]), xi(&[MU, 21]))))))),
        ("ordered", true, of(over(vec![ordered()], mul(sum(mul(xi(&[MU, 20]), xi(&[MU, 21]))), pair())))),
        ("couplings of patterns", true, made_of_patterns(of(neg(reduce(Reduction::Sum, bonds(), bond()))))),
        ("W[i, j] of ordered pairs", true, made_of_patterns(of(neg(over(vec![ordered()], mul(value(20, 21), pair())))))),
        ("W[i, j] of all pairs", true, made_of_patterns(of(neg(over(vec![site(20), site(21)], mul(value(21, 20), pair())))))),
        ("a list", true, of(Expr::Fold(Reduction::Sum, Expr::List((0..P).map(listed).collect()).boxed()))),
        (
            "biased patterns in a field",
            true,
            of(sub(sum(pow(over(vec![site(20)], mul(sub(xi(&[MU, 20]), num(0.3)), s(20))), 2.0)), mul(num(0.4), field(N)))),
        ),
        ("with a line", true, of(sum(add(mul(num(2.0), pow(sub(m(), num(0.5)), 2.0)), m())))),
        ("a condition on patterns", true, of(filtered)),
        ("all spins", true, of(mul(num(-0.1), pow(field(N), 2.0)))),
        ("all pairs", true, of(mul(num(-0.1), over(vec![ordered()], pair())))),
        ("all bonds", true, of(neg(pairs()))),
        ("cubes", false, of(neg(sum(pow(m(), 3.0))))),
        ("fourth powers of means", false, of(sum(pow(bin(Op::Divide, m(), num(N as f64)), 4.0)))),
        ("moduli", false, of(neg(sum(abs(m()))))),
        ("rectified", false, of(sum(Expr::If(bin(Op::Greater, m(), num(0.0)).boxed(), pow(m(), 3.0).boxed(), num(0.0).boxed())))),
        ("exponentials", false, of(neg(exponentials()))),
        ("a logarithm", false, of(neg(apply(Function::Ln, exponentials())))),
        ("a scaled logarithm", false, of(mul(num(-2.0), apply(Function::Ln, bin(Op::Divide, exponentials(), num(P as f64)))))),
        (
            "a logarithm and squares",
            false,
            of(sub(mul(num(0.1), pow(field(N), 2.0)), bin(Op::Divide, apply(Function::Ln, exponentials()), num(0.5)))),
        ),
        (
            "a weighted logarithm",
            false,
            of(neg(apply(Function::Ln, sum(mul(add(Expr::Local(MU), num(1.0)), apply(Function::Exp, m())))))),
        ),
        ("a root of squares", false, of(neg(apply(Function::Sqrt, sum(pow(m(), 2.0)))))),
        ("weights of patterns", false, of(sum(mul(Expr::Local(MU), pow(m(), 4.0))))),
    ]
}

/// Every spelling is found, and the energy is that of the graph of operations at every state.
#[test]
fn every_spelling_is_found() {
    for values in [[-1.0, 1.0], [0.0, 1.0], [-0.5, 2.0]] {
        for (name, quadratic, plan) in spellings(&values) {
            let prepared = Prepared::new(&plan, &plan.models[0]);
            let form = prepared.overlaps().unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(form.shape(&prepared.materials).unwrap().quadratic, quadratic, "{name}");
            let energy = overlap_energy(&prepared.materials, prepared.model, form).unwrap();
            let graph = prepared.graph().unwrap();
            for bits in 0..64u32 {
                let state: Vec<u8> = (0..N).map(|i| (bits >> i & 1) as u8).collect();
                let (e, here) = (graph.evaluate(&state), energy.energy(&state));
                assert!((here - e).abs() < 1e-12 * (1.0 + e.abs()), "{name} {values:?}: {here}, not {e}");
            }
            assert!(prepared.overlap_model().is_ok(), "{name}");
        }
    }
}

#[test]
fn what_is_none_says_why() {
    let why = |plan: &Plan| overlap_form(&crate::lower::Materials::new(plan), &plan.models[0]).unwrap_err();
    let lattice = ising(square(4, 4, Boundary::Periodic), 1.0, 0.0);
    assert!(why(&lattice).contains("no products of overlaps"), "{}", why(&lattice));
    // The sign of the boundary is no number of a site.
    assert!(why(&ising(square(4, 4, Boundary::Antiperiodic), 1.0, 0.0)).contains("no products of overlaps"));
    let glass = glass(Graph::complete(9).unwrap(), Distribution::Normal { mean: 0.0, sd: 1.0 });
    assert_eq!(why(&glass), "its couplings are not made of patterns");
    let bond = reduce(Reduction::Sum, bonds(), apply(Function::Exp, add(s(11), second_end())));
    assert!(why(&plan(chain(7, Boundary::Open), &SPIN, bond)).contains("a few spins each"));
    let other = over(vec![site(21)], mul(Expr::Local(21), s(21)));
    let two = over(vec![patterns(P)], mul(m(), other.clone()));
    assert_eq!(why(&of(&SPIN, two)), "it multiplies different sums of spins");
    let logs = over(
        vec![patterns(P)],
        apply(Function::Ln, over(vec![Domain::Range { local: 41, start: 0, end: 2 }], apply(Function::Exp, m()))),
    );
    assert!(why(&of(&SPIN, logs)).contains("functions of sums are themselves summed"));
    assert_eq!(why(&of(&SPIN, field(N))), "no function of an overlap with a pattern is in it");
    assert_eq!(why(&of(&[-1.0, 0.0, 1.0], pow(field(N), 2.0))), "`s` has 3 values, not two");
    assert_eq!(why(&triples(9, 0.0)), "it has a term of 3 spins");
}

/// Against enumeration, with whatever else serves the model.
#[test]
fn overlaps_agree_with_enumeration() {
    for values in [[-1.0, 1.0], [0.0, 1.0]] {
        for (name, _, plan) in spellings(&values) {
            if ["squares", "couplings of patterns", "fourth powers of means", "a scaled logarithm"].contains(&name) {
                let kernels = super::agreement::all_that_agree(&plan, 0.6);
                assert!(kernels.contains(&"overlap") && kernels.contains(&"generic"), "{name}: {kernels:?}");
            }
        }
    }
    let whole = of(&SPIN, mul(num(-0.1), pow(field(N), 2.0)));
    agrees(&whole, 0.5, &["dense", "generic", "overlap", "sliced", "sparse", "swendsen_wang", "wolff"]);
}

fn chosen(plan: &Plan, method: Method) -> &'static str {
    choose(plan, &plan.models[0], method, 1).map(|c| c.kernel).unwrap_or("none")
}

/// Few patterns take the kernel of overlaps, many that of dense couplings; the order of updates is asked for and kept.
#[test]
fn the_load_decides() {
    let hopfield = |p: usize, n: usize| {
        let bond = mul(Expr::BondValue { couplings: 0, binder: 10 }, mul(s(11), second_end()));
        let mut plan = plan(Graph::complete(n).unwrap(), &SPIN, neg(reduce(Reduction::Sum, bonds(), bond)));
        let values = CouplingValues::LowRank { patterns: signs(p, n), scale: 1.0 / n as f64 };
        plan.couplings.push(Couplings { name: "W".into(), graph: 0, values });
        plan
    };
    assert_eq!(chosen(&hopfield(10, 2000), Method::METROPOLIS), "overlap");
    assert_eq!(chosen(&hopfield(10, 2000), Method::HEAT_BATH), "overlap");
    assert_eq!(chosen(&hopfield(150, 200), Method::METROPOLIS), "dense");
    // Couplings of many spins are not added up for the choice, neither of a matrix of patterns nor of squares.
    let squares = mul(num(-0.001), pow(field(900), 2.0));
    for plan in [hopfield(10, 2000), plan(Graph::complete(900).unwrap(), &SPIN, squares)] {
        let choice = choose(&plan, &plan.models[0], Method::METROPOLIS, 1).map_err(|r| r.why).unwrap();
        let why = choice.rejected.iter().find(|r| r.0 == "sliced").map(|r| r.1.as_str()).unwrap_or_default();
        assert!(why.ends_with("would first have to be added up from the patterns"), "{why}");
    }
    let random = Method::Metropolis { order: Order::Random };
    assert_eq!(chosen(&hopfield(10, 2000), random), "overlap_random_order");
    assert_eq!(chosen(&hopfield(10, 2000), Method::Metropolis { order: Order::Sequential }), "overlap");
    // Not listed where it has nothing to say.
    let lattice = ising(square(16, 16, Boundary::Periodic), 1.0, 0.0);
    let choice = choose(&lattice, &lattice.models[0], Method::METROPOLIS, 4).map_err(|r| r.why).unwrap();
    assert!(choice.rejected.iter().all(|r| r.0 != "overlap"));
}
