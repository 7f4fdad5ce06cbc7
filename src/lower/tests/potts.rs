//! Which energies are Potts models, whatever the words, and their exact solution on narrow graphs.

use super::agreement::{POTTS, agrees};
use super::models::*;
use crate::kernels::random::{Key, Stream};
use crate::lower::{Compiled, Materials, Prepared, choose, choose_exact};
use crate::plan::draw::{Distribution, Draw};
use crate::plan::graph::{Boundary, Graph};
use crate::plan::{Column, CouplingValues, Couplings, Domain, Expr, Function, Looks, Method, Op, Plan, Reduction};
use std::sync::Arc;

const THREE: [f64; 3] = [0.0, 1.0, 2.0];

fn grid() -> Graph {
    square(4, 3, Boundary::Periodic)
}

fn equal() -> Expr {
    bin(Op::Equal, s(11), second_end())
}

fn count(body: Expr) -> Expr {
    reduce(Reduction::Count, bonds(), body)
}

fn sum(body: Expr) -> Expr {
    reduce(Reduction::Sum, bonds(), body)
}

fn filtered(op: Reduction, filter: Expr, body: Expr) -> Expr {
    Expr::Reduce { op, domains: vec![bonds()], filter: Some(filter.boxed()), body: body.boxed() }
}

fn over_sites(op: Reduction, body: Expr) -> Expr {
    reduce(op, range(12), body)
}

fn choose_if(c: Expr, a: Expr, b: Expr) -> Expr {
    Expr::If(c.boxed(), a.boxed(), b.boxed())
}

fn is(local: u32, k: f64) -> Expr {
    bin(Op::Equal, s(local), num(k))
}

/// The energies agree on random states; gives the number of bonds, and that of the sites' fields.
fn recognised(plan: &Plan) -> (usize, usize) {
    let prepared = Prepared::new(plan, &plan.models[0]);
    let (potts, graph) = (prepared.potts().expect("a Potts model"), prepared.graph().expect("a graph"));
    let mut stream = Stream::new(Key(1, 5));
    for _ in 0..50 {
        let state: Vec<u8> = (0..potts.sites).map(|_| stream.below(u32::from(potts.states)) as u8).collect();
        let (a, b) = (potts.energy(&state), graph.evaluate(&state));
        assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{a} {b}");
    }
    assert_eq!(choose(plan, &plan.models[0], Method::METROPOLIS, 32).map_err(|r| r.why).unwrap().kernel, "potts");
    (potts.bonds.len(), potts.fields.len())
}

#[test]
fn every_spelling_is_recognised() {
    let opposite = || bin(Op::NotEqual, s(11), second_end());
    let known = || bin(Op::Equal, bin(Op::Modulo, Expr::Local(11), num(2.0)), num(0.0));
    let neighbours = Expr::Reduce {
        op: Reduction::Sum,
        domains: vec![
            Domain::Range { local: 20, start: 0, end: 12 },
            Domain::Neighbours { graph: 0, of: Expr::Local(20).boxed(), local: 21 },
        ],
        filter: None,
        body: bin(Op::Equal, s(20), s(21)).boxed(),
    };
    let indicators = (0..3).map(|k| mul(is(11, f64::from(k)), is(12, f64::from(k)))).reduce(add).unwrap();
    let clock = Expr::Unary(Function::Cos, mul(num(std::f64::consts::TAU / 3.0), sub(s(11), s(12))).boxed());
    for (k, (energy, bonds)) in [
        (neg(count(equal())), 24),
        (mul(num(-0.7), sum(equal())), 24),
        (count(opposite()), 24),
        (sum(sub(num(1.0), equal())), 24),
        (sum(mul(num(2.0), bin(Op::Divide, equal(), num(3.0)))), 24),
        (sum(choose_if(equal(), num(-1.5), num(0.5))), 24),
        (add(neg(filtered(Reduction::Count, known(), equal())), num(3.0)), 12),
        (neg(filtered(Reduction::Count, equal(), num(1.0))), 24),
        (neg(filtered(Reduction::Sum, equal(), num(1.5))), 24),
        (sum(choose_if(known(), equal(), mul(num(-1.0), equal()))), 24),
        (mul(num(-0.5), neighbours), 48),
        (neg(sum(indicators)), 24),
        (neg(sum(clock)), 24),
        (mul(num(12.0), reduce(Reduction::Mean, super::models::bonds(), equal())), 24),
        (neg(sum(Expr::Unary(Function::Not, opposite().boxed()))), 24),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(recognised(&plan(grid(), &THREE, energy)), (bonds, 0), "spelling {k}");
    }
}

#[test]
fn fields_of_every_kind() {
    let potts = || neg(count(equal()));
    let whole = |k: f64| Expr::Fold(Reduction::Sum, bin(Op::Equal, all(), num(k)).boxed());
    for field in [
        mul(num(0.4), over_sites(Reduction::Count, is(20, 0.0))),
        over_sites(Reduction::Sum, bin(Op::Power, s(20), num(2.0))),
        over_sites(Reduction::Mean, Expr::Unary(Function::Exp, s(20).boxed())),
        mul(num(0.3), whole(1.0)),
        mean(),
        sum(mul(num(0.1), add(s(11), s(12)))),
        over_sites(Reduction::Sum, mul(Expr::Local(20), is(20, 2.0))),
    ] {
        assert_eq!(recognised(&plan(grid(), &THREE, sub(potts(), field))), (24, 36));
    }
    // A field on all values alike is none.
    let even = (0..3).map(|k| over_sites(Reduction::Count, is(20, f64::from(k)))).reduce(add).unwrap();
    assert_eq!(recognised(&plan(grid(), &THREE, sub(potts(), even))), (24, 0));
    // Fields alone.
    assert_eq!(recognised(&plan(grid(), &THREE, over_sites(Reduction::Sum, s(20)))), (0, 36));
}

/// -Σ J_ij δ(s_i, s_j) with normal couplings.
fn with_couplings(graph: Graph) -> Plan {
    let draw = Draw::new(Distribution::Normal { mean: 0.2, sd: 1.0 }, vec![graph.bond_count()], Key(7, 9)).expect("a draw");
    let body = mul(Expr::BondValue { couplings: 0, binder: 10 }, equal());
    let mut p = plan(graph, &THREE, neg(sum(body)));
    p.couplings.push(Couplings { name: "J".into(), graph: 0, values: CouplingValues::Random(Arc::new(draw)) });
    p
}

#[test]
fn couplings_for_each_bond() {
    assert_eq!(recognised(&with_couplings(grid())), (24, 0));
}

#[test]
fn what_is_no_potts_model() {
    let why = |p: Plan| Prepared::new(&p, &p.models[0]).potts().expect_err("no Potts model");
    assert!(why(potts(square(3, 3, Boundary::Antiperiodic), 3)).contains("antiperiodic"));
    assert!(why(plan(grid(), &[-1.0, 0.0, 1.0], pairs())).contains("more than whether they are equal"));
    let ends = Expr::Unary(Function::Cos, mul(num(std::f64::consts::TAU / 4.0), sub(s(11), s(12))).boxed());
    assert!(why(plan(grid(), &[0.0, 1.0, 2.0, 3.0], sum(ends))).contains("more than whether they are equal"));
    let square_of_sum = bin(Op::Power, over_sites(Reduction::Count, is(20, 0.0)), num(2.0));
    assert!(why(plan(grid(), &THREE, square_of_sum)).contains("more than two spins"));
    assert!(why(plan(grid(), &THREE, bin(Op::Maximum, neg(count(equal())), num(-5.0)))).contains("more than two spins"));
    let forbidden = sum(choose_if(equal(), num(f64::INFINITY), num(0.0)));
    assert!(why(plan(grid(), &THREE, forbidden)).contains("forbids"));
    assert!(why(plan(grid(), &[1.0], count(equal()))).contains("one value"));
}

#[test]
fn potts_kernels_against_enumeration() {
    agrees(&potts(square(3, 3, Boundary::Open), 3), 1.0, &POTTS);
    agrees(&plan(triangular(3, 3), &THREE, count(equal())), 0.8, &POTTS);
    agrees(&with_couplings(square(3, 3, Boundary::Periodic)), 0.7, &POTTS);
    let field = mul(num(0.5), reduce(Reduction::Count, range(8), is(20, 2.0)));
    agrees(&plan(square(4, 2, Boundary::Periodic), &[-3.0, 0.5, 1.0], sub(neg(count(equal())), field)), 0.7, &POTTS);
}

/// The same averages by the transfer matrix and, with a quantity that it does not give, by enumeration of 3^13 states.
#[test]
fn finite_spins_on_narrow_graphs() {
    let squared = || mul(mean(), mean());
    let looks = |more: Option<Expr>| {
        let observe = [energy(), mul(energy(), energy()), mean(), squared()].into_iter().chain(more);
        let column = |(k, expr)| Column { name: format!("x{k}"), expr, shape: vec![] };
        Looks { observe: observe.enumerate().map(column).collect(), ..Looks::default() }
    };
    let ring = || chain(13, Boundary::Periodic);
    let anisotropy = reduce(Reduction::Sum, range(13), bin(Op::Power, s(20), num(2.0)));
    for p in [
        sub_field(potts(ring(), 3), 0.3),
        plan(ring(), &[-1.0, 0.0, 1.0], add(neg(pairs()), mul(num(0.4), anisotropy))),
        potts(chain(13, Boundary::Antiperiodic), 3),
    ] {
        let solve = |more: Option<Expr>| {
            let compiled = Compiled::new(&Materials::new(&p), &p.models[0], &looks(more), 1, &|_| None).unwrap();
            let choice = choose_exact(&p, &p.models[0], &compiled).map_err(|r| r.why).unwrap();
            (choice.kernel, choice.values(&compiled, 0.9).unwrap().observe)
        };
        let (a, b) = (solve(None), solve(Some(abs(mean()))));
        assert_eq!((a.0, b.0), ("transfer_matrix", "enumeration"));
        for k in 0..4 {
            assert!((a.1[k] - b.1[k]).abs() < 1e-9 * (1.0 + b.1[k].abs()), "x{k}: {} {}", a.1[k], b.1[k]);
        }
    }
}

/// The model with -h Σ s besides.
fn sub_field(mut p: Plan, h: f64) -> Plan {
    let n = p.models[0].sites();
    p.models[0].energy = sub(p.models[0].energy.clone(), mul(num(h), field(n)));
    p
}
