//! Normal forms and what they are printed as.

use super::models::*;
use crate::lower::{Materials, NormalForm, Prepared};
use crate::plan::draw::Distribution;
use crate::plan::graph::{Boundary, Graph};
use crate::plan::{Domain, Op, Plan, Reduction};

fn printed(plan: &Plan) -> Result<String, String> {
    NormalForm::new(&Materials::new(plan), &plan.models[0]).map(|f| f.print(&plan.models[0], plan))
}

fn on_square(values: &[f64], energy: crate::plan::Expr) -> Plan {
    plan(square(4, 4, Boundary::Periodic), values, energy)
}

#[test]
fn the_usual_models() {
    assert_eq!(printed(&ising(square(4096, 4096, Boundary::Periodic), 1.0, 0.1)).unwrap(), "-1 Σ_⟨ij⟩ s_i s_j - 0.1 Σ_i s_i");
    assert_eq!(printed(&ising(chain(8, Boundary::Open), -2.0, 0.0)).unwrap(), "2 Σ_⟨ij⟩ s_i s_j");
    assert_eq!(printed(&glass(chain(8, Boundary::Open), Distribution::Bimodal { p: 0.5 })).unwrap(), "-1 Σ_⟨ij⟩ J_{ij} s_i s_j");
    assert_eq!(printed(&triples(9, 0.0)).unwrap(), "-1 Σ_(ijk) s_i s_j s_k");
    // δ(s, s') = 1 - s - s' + 2 s s' for {0, 1}; 32 bonds.
    assert_eq!(
        printed(&potts(square(4, 4, Boundary::Periodic), 2)).unwrap(),
        "-2 Σ_⟨ij⟩ s_i s_j + 1 Σ_⟨ij⟩ s_i + 1 Σ_⟨ij⟩ s_j - 32"
    );
}

#[test]
fn products_are_expanded_and_powers_reduced() {
    let n = 16;
    let square_of_all = bin(Op::Power, field(n), num(2.0));
    assert_eq!(printed(&on_square(&SPIN, square_of_all.clone())).unwrap(), "2 Σ_{i<j} s_i s_j + 16");
    assert_eq!(printed(&on_square(&[0.0, 1.0], square_of_all)).unwrap(), "1 Σ_i s_i + 2 Σ_{i<j} s_i s_j");
    let cubes = reduce(Reduction::Sum, range(n), bin(Op::Power, s(20), num(3.0)));
    assert_eq!(printed(&on_square(&SPIN, cubes.clone())).unwrap(), "1 Σ_i s_i");
    assert_eq!(printed(&on_square(&[-1.0, 0.0, 1.0], cubes)).unwrap(), "1 Σ_i s_i");
    // (s - 1)(s + 1) = 0 for ±1.
    let zero = reduce(Reduction::Sum, range(n), mul(sub(s(20), num(1.0)), add(s(20), num(1.0))));
    assert_eq!(printed(&on_square(&SPIN, zero)).unwrap(), "0");
    let shared = bin(Op::Divide, add(pairs(), pairs()), num(4.0));
    assert_eq!(printed(&on_square(&SPIN, sub(shared, num(3.0)))).unwrap(), "0.5 Σ_⟨ij⟩ s_i s_j - 3");
}

#[test]
fn neighbours_are_bonds() {
    let near = Domain::Neighbours { graph: 0, of: crate::plan::Expr::Local(20).boxed(), local: 21 };
    let e = crate::plan::Expr::Reduce {
        op: Reduction::Sum,
        domains: vec![range(16), near],
        filter: None,
        body: mul(s(20), s(21)).boxed(),
    };
    assert_eq!(printed(&on_square(&SPIN, mul(num(-0.5), e))).unwrap(), "-1 Σ_⟨ij⟩ s_i s_j");
}

#[test]
fn what_is_not_a_polynomial_says_why() {
    assert_eq!(printed(&on_square(&SPIN, abs(field(16)))).unwrap_err(), "`abs` of the spins is not a polynomial");
    assert_eq!(printed(&potts(square(4, 4, Boundary::Periodic), 3)).unwrap_err(), "`==` of the spins is not a polynomial");
    let least = reduce(Reduction::Min, range(16), s(20));
    assert_eq!(printed(&on_square(&SPIN, least)).unwrap_err(), "`min` over the spins is not a polynomial");
}

/// The three ways to an energy - normal form, expansion, graph of operations - agree on every state.
#[test]
fn all_forms_are_the_same_energy() {
    let plans = [
        ising(square(2, 3, Boundary::Antiperiodic), 0.7, 0.3),
        glass(Graph::complete(6).unwrap(), Distribution::Normal { mean: 0.1, sd: 1.0 }),
        potts(chain(6, Boundary::Periodic), 2),
        plan(square(2, 3, Boundary::Open), &[0.0, 1.0], bin(Op::Power, sub(field(6), num(2.5)), num(2.0))),
        plan(square(2, 3, Boundary::Open), &[-0.5, 2.0], mul(pairs(), num(1.5))),
    ];
    for plan in &plans {
        let prepared = Prepared::new(plan, &plan.models[0]);
        let (pairs, graph) = (prepared.pairs().unwrap(), prepared.graph().unwrap());
        let expanded = graph.as_pairs().unwrap();
        for bits in 0..64u32 {
            let state: Vec<u8> = (0..6).map(|i| (bits >> i & 1) as u8).collect();
            let e = graph.evaluate(&state);
            assert!((pairs.energy(&state) - e).abs() < 1e-12, "{} {e} at {state:?}", pairs.energy(&state));
            assert!((expanded.energy(&state) - e).abs() < 1e-12);
            if let Ok(uniform) = &prepared.uniform {
                assert!((uniform.pair_energy().energy(&state) - e).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn an_index_outside_of_its_set_is_an_error() {
    let next = crate::plan::Expr::Element {
        variable: 0,
        replica: 0,
        site: add(crate::plan::Expr::Local(20), num(1.0)).boxed(),
        bond: None,
    };
    let plan = plan(chain(5, Boundary::Open), &SPIN, reduce(Reduction::Sum, range(5), mul(s(20), next)));
    let prepared = Prepared::new(&plan, &plan.models[0]);
    assert_eq!(prepared.pairs().unwrap_err(), "an index is 5, outside of 0..5");
    assert_eq!(prepared.graph().unwrap_err(), "an index is 5, outside of 0..5");
}
