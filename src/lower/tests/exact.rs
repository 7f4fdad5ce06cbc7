//! The exact solutions, chosen and compared.

use super::models::*;
use crate::lower::{Compiled, Materials, choose_exact};
use crate::plan::graph::Boundary;
use crate::plan::{Column, Expr, Looks, Op, Plan};

fn looks(observe: Vec<Expr>, estimate: Vec<Expr>) -> Looks {
    let columns = |all: Vec<Expr>, letter: &str| {
        all.into_iter().enumerate().map(|(k, expr)| Column { name: format!("{letter}{k}"), expr, shape: vec![] }).collect()
    };
    Looks { observe: columns(observe, "x"), estimate: columns(estimate, "y"), ..Looks::default() }
}

fn solved(plan: &Plan, looks: &Looks, beta: f64) -> (&'static str, Vec<f64>, Vec<f64>) {
    let compiled = Compiled::new(&Materials::new(plan), &plan.models[0], looks, 1, &|_| None).unwrap();
    let choice = choose_exact(plan, &plan.models[0], &compiled).map_err(|r| r.why).unwrap();
    let values = choice.values(&compiled, beta).unwrap();
    (choice.kernel, values.observe, values.estimate)
}

fn average(e: Expr) -> Expr {
    Expr::Average(e.boxed())
}

/// β² (⟨E²⟩ - ⟨E⟩²) by two routes.
fn heat(beta: f64) -> Expr {
    let e = || Expr::Observable(0);
    let squared = average(bin(Op::Power, e(), num(2.0)));
    mul(num(beta * beta), sub(squared, mul(average(e()), average(e()))))
}

#[test]
fn kaufman_transfer_and_enumeration_agree() {
    let beta = 0.4;
    let energy_alone = looks(vec![energy()], vec![heat(beta)]);
    let with_state = looks(vec![energy(), abs(mean())], vec![heat(beta)]);
    let plan = ising(square(4, 4, Boundary::Periodic), 1.0, 0.0);
    let (a, b) = (solved(&plan, &energy_alone, beta), solved(&plan, &with_state, beta));
    assert_eq!((a.0, b.0), ("kaufman", "enumeration"));
    assert!((a.1[0] - b.1[0]).abs() < 1e-10 && (a.2[0] - b.2[0]).abs() < 1e-9);

    let moments = looks(vec![energy(), mean(), bin(Op::Power, mean(), num(2.0))], vec![heat(beta)]);
    for values in [[-1.0, 1.0], [0.0, 1.0]] {
        let strip = plan_of_strip(&values);
        let (c, d) = (
            solved(&strip, &moments, beta),
            solved(&strip, &looks(vec![energy(), mean(), mul(mean(), mean()), abs(mean())], vec![heat(beta)]), beta),
        );
        assert_eq!((c.0, d.0), ("transfer_matrix", "enumeration"));
        for k in 0..3 {
            assert!((c.1[k] - d.1[k]).abs() < 1e-9, "{k}: {} {}", c.1[k], d.1[k]);
        }
        assert!((c.2[0] - d.2[0]).abs() < 1e-8);
    }
}

fn plan_of_strip(values: &[f64]) -> Plan {
    plan(square(7, 3, Boundary::Open), values, sub(neg(pairs()), mul(num(0.2), field(21))))
}

#[test]
fn too_much_is_refused_by_name() {
    let plan = ising(square(8, 8, Boundary::Periodic), 1.0, 0.0);
    let compiled =
        Compiled::new(&Materials::new(&plan), &plan.models[0], &looks(vec![energy(), abs(mean())], vec![]), 1, &|_| None)
            .unwrap();
    let refusal = choose_exact(&plan, &plan.models[0], &compiled).err().unwrap();
    assert_eq!(refusal.why, "`exact` needs enumeration for `x1`, and 64 spins are too many: at most 30");
}
