//! Compiled observables and estimates.

use super::models::*;
use crate::lower::{Compiled, Materials, View, schedule_at};
use crate::plan::expr::Array;
use crate::plan::graph::Boundary;
use crate::plan::{Column, Expr, Looks, Op, Plan, Reduction, Schedule};
use std::sync::Arc;

fn column(name: &str, expr: Expr, shape: &[usize]) -> Column {
    Column { name: name.into(), expr, shape: shape.to_vec() }
}

fn compiled(plan: &Plan, looks: &Looks, replicas: usize) -> Compiled {
    Compiled::new(&Materials::new(plan), &plan.models[0], looks, replicas, &|axis| (axis == "T").then_some(2.5)).unwrap()
}

#[test]
fn energy_and_totals_need_no_state() {
    let plan = ising(square(4, 4, Boundary::Periodic), 1.0, 0.0);
    let n = Expr::Fold(Reduction::Count, Expr::Array(Arc::new(Array { shape: vec![2], data: vec![1.0, 1.0] })).boxed());
    let coordinate = Expr::Coordinate { axis: "T".into(), value: 99.0 };
    let looks = Looks {
        observe: vec![
            column("e", bin(Op::Divide, energy(), n), &[]),
            column("m", abs(mean()), &[]),
            column("total", field(16), &[]),
            column("t", mul(coordinate, energy()), &[]),
        ],
        ..Looks::default()
    };
    let c = compiled(&plan, &looks, 1);
    assert!(!c.reads_state() && c.needs_total());
    let mut out = [0.0; 4];
    c.measure(&[-10.0], &[Some(-4.0)], &mut || panic!("the state is not needed"), &mut out);
    assert_eq!(out, [-5.0, 0.25, -4.0, -25.0]);
    // A kernel without sums: they are taken from the state.
    out.fill(0.0);
    let state: Vec<u8> = (0..16).map(|i| u8::from(i < 6)).collect();
    c.measure(&[-10.0], &[None], &mut || View::Positions(&state), &mut out);
    assert_eq!(out, [-5.0, 0.25, -4.0, -25.0]);
}

#[test]
fn lists_replicas_and_sums_over_bonds() {
    let plan = ising(chain(4, Boundary::Periodic), 1.0, 0.0);
    let other = Expr::Variable { variable: 0, replica: 1 };
    let overlap = Expr::Fold(Reduction::Mean, mul(all(), other).boxed());
    let looks = Looks {
        observe: vec![
            column("q", overlap, &[]),
            column("all", all(), &[4]),
            column("bonds", pairs(), &[]),
            column("pair", Expr::List(vec![mean(), Expr::Energy { replica: 1 }]), &[2]),
            column("up", reduce(Reduction::Count, range(4), bin(Op::Equal, s(20), num(1.0))), &[]),
        ],
        ..Looks::default()
    };
    let c = compiled(&plan, &looks, 2);
    assert_eq!(c.series(), 9);
    let state = [1, 1, 0, 1, 0, 1, 0, 1];
    let mut out = [0.0; 9];
    c.measure(&[7.0, 8.0], &[Some(2.0), None], &mut || View::Positions(&state), &mut out);
    assert_eq!(out, [0.5, 1.0, 1.0, -1.0, 1.0, 0.0, 0.5, 8.0, 3.0]);
}

#[test]
fn estimates_average_what_stands_inside() {
    let plan = ising(chain(4, Boundary::Periodic), 1.0, 0.0);
    let m = || Expr::Observable(0);
    let average = |e: Expr| Expr::Average(e.boxed());
    let fourth = average(bin(Op::Power, m(), num(4.0)));
    let second = || average(bin(Op::Power, m(), num(2.0)));
    let binder = sub(num(1.0), bin(Op::Divide, fourth, mul(num(3.0), mul(second(), second()))));
    let looks = Looks {
        observe: vec![column("m", mean(), &[])],
        estimate: vec![column("binder", binder, &[]), column("m2", sub(average(m()), num(1.0)), &[])],
        ..Looks::default()
    };
    let c = compiled(&plan, &looks, 1);
    // m itself, m^4, m^2.
    assert_eq!(c.series(), 3);
    let mut out = [0.0; 3];
    c.measure(&[0.0], &[Some(2.0)], &mut || View::Positions(&[]), &mut out);
    assert_eq!(out, [0.5, 0.0625, 0.25]);
    let mut estimates = [0.0; 2];
    c.estimate(&[0.5, 0.1, 0.25], &mut estimates);
    assert!((estimates[0] - (1.0 - 0.1 / (3.0 * 0.0625))).abs() < 1e-15);
    assert_eq!(estimates[1], -0.5);
}

#[test]
fn schedules_begin_and_end_where_they_say() {
    let ends = |s: Schedule| (schedule_at(&s, 0.0, 10.0), schedule_at(&s, 0.5, 10.0), schedule_at(&s, 1.0, 10.0));
    assert_eq!(ends(Schedule::Linear(num(4.0), num(2.0))), (4.0, 3.0, 2.0));
    assert_eq!(ends(Schedule::Geometric(num(4.0), num(1.0))), (4.0, 2.0, 1.0));
    assert_eq!(ends(Schedule::Inverse(num(1.0), num(0.5))), (1.0, 1.0 / 1.5, 0.5));
    assert_eq!(ends(Schedule::Table(vec![num(3.0), num(1.0), num(0.5)])), (3.0, 1.0, 0.5));
    let (a, b, c) = ends(Schedule::Cosine(num(2.0), num(1.0)));
    assert!(a == 2.0 && (b - 1.5).abs() < 1e-15 && c == 1.0);
    let two = Schedule::Sequence(vec![(1.0, Schedule::Linear(num(4.0), num(2.0))), (1.0, Schedule::Constant(num(1.0)))]);
    assert_eq!(ends(two), (4.0, 1.0, 1.0));
}
