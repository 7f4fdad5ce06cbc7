//! Gradients against central finite differences, operation by operation.

use super::super::flow::Slope;
use super::super::metropolis::Room;
use super::super::plan::Plan;
use super::super::{Simd, batch};
use super::*;
use crate::generic::{Function, Operation};

/// The gradient at a state in the order of the contract, with the energy.
fn gradient(model: &FieldModel, simd: Simd, x: &[f64]) -> (f64, Vec<f64>) {
    let plan = Plan::new(&model.blocks, &model.graph, |_| false).unwrap();
    let mut room = Room::default();
    room.scratch.fit(plan.batches.iter());
    let mut state = vec![0.0; x.len() + batch::WIDE];
    x.iter().zip(&plan.place).for_each(|(x, &place)| state[place as usize] = *x);
    let mut slope = Slope::default();
    slope.evaluate(&plan, simd, &state, &mut room);
    (slope.energy, plan.place.iter().map(|&p| slope.gradient[p as usize]).collect())
}

/// Compares with fourth-order central differences; `x` must be away from kinks by more than 2e-3.
fn check(what: &str, model: &FieldModel, x: &[f64]) {
    let (energy, found) = gradient(model, Simd::detect(), x);
    assert_eq!((energy, &found), (gradient(model, Simd::Portable, x).0, &gradient(model, Simd::Portable, x).1), "{what}");
    let direct = model.graph.evaluate_at(x);
    assert!((energy - direct).abs() <= 1e-13 * direct.abs().max(1.0), "{what}: {energy} {direct}");
    let at = |i: usize, step: f64| {
        let mut y = x.to_vec();
        y[i] += step;
        model.graph.evaluate_at(&y)
    };
    let h = 1e-3;
    for (i, g) in found.iter().enumerate() {
        let expected = (8.0 * (at(i, h) - at(i, -h)) - (at(i, 2.0 * h) - at(i, -2.0 * h))) / (12.0 * h);
        assert!((g - expected).abs() <= 2e-8 * expected.abs().max(1.0), "{what}, component {i}: {g} {expected}");
    }
}

/// One use (narrow chunks) and forty uses (wide ones) of an expression of two components, with different constants.
fn both_widths(what: &str, points: &[(f64, f64)], write: impl Fn(&mut Builder, Node, Node) -> Node) {
    for uses in [1, 40] {
        let model = model(vec![line(2 * uses)], |b, x| {
            (0..uses)
                .map(|k| {
                    let e = write(b, x[2 * k], x[2 * k + 1]);
                    times(b, 1.0 + 0.1 * k as f64, &[e])
                })
                .collect()
        });
        let x: Vec<f64> = (0..uses).flat_map(|k| <[f64; 2]>::from(points[k % points.len()])).collect();
        check(what, &model, &x);
    }
}

#[test]
fn functions() {
    use Function as F;
    let all = [
        (F::Neg, [0.3, -1.7]),
        (F::Not, [0.3, -1.7]),
        (F::Abs, [0.3, -1.7]),
        (F::Sign, [0.3, -1.7]),
        (F::Sqrt, [0.3, 2.7]),
        (F::Exp, [0.3, -1.7]),
        (F::Ln, [0.3, 4.0]),
        (F::Log10, [0.3, 4.0]),
        (F::Log2, [0.3, 4.0]),
        (F::Sin, [0.3, -8.7]),
        (F::Cos, [0.3, -8.7]),
        (F::Tan, [0.3, -0.9]),
        (F::Asin, [0.3, -0.7]),
        (F::Acos, [0.3, -0.7]),
        (F::Atan, [0.3, -2.7]),
        (F::Sinh, [0.3, -1.7]),
        (F::Cosh, [0.3, -1.7]),
        (F::Tanh, [0.3, -1.7]),
        (F::Asinh, [0.3, -1.7]),
        (F::Acosh, [1.3, 2.7]),
        (F::Atanh, [0.3, -0.7]),
        (F::Floor, [0.3, -1.7]),
        (F::Ceil, [0.3, -1.7]),
        (F::Round, [0.3, -1.7]),
    ];
    for (f, [a, c]) in all {
        // Each times the other component, so that adjoints other than 1 arrive.
        both_widths(&format!("{f:?}"), &[(a, 0.8), (c, -1.2)], |b, x, y| {
            let fx = b.unary(f, x);
            b.mul(fx, y)
        });
    }
}

#[test]
fn operations() {
    use Operation as O;
    for f in [
        O::Add,
        O::Sub,
        O::Mul,
        O::Div,
        O::Pow,
        O::Mod,
        O::Less,
        O::LessEqual,
        O::Greater,
        O::GreaterEqual,
        O::Equal,
        O::NotEqual,
        O::And,
        O::Or,
    ] {
        both_widths(&format!("{f:?}"), &[(0.7, 0.3), (1.9, -0.6), (2.3, 0.9)], |b, x, y| {
            let z = b.binary(f, x, y);
            let factor = b.unary(Function::Sin, x);
            b.mul(z, factor)
        });
    }
}

#[test]
fn powers() {
    for n in [-3.0, -1.0, 0.0, 2.0, 3.0, 4.0, 7.0, 0.5, -1.5, 21.0] {
        both_widths(&format!("power {n}"), &[(0.7, 0.3), (1.1, -0.6)], |b, x, y| {
            let n = b.constant(n);
            let z = b.pow(x, n);
            b.mul(z, y)
        });
        if libm::floor(n) == n {
            both_widths(&format!("power {n}"), &[(-0.7, 0.3)], |b, x, y| power_of_product(b, x, y, n));
        }
    }
    both_widths("exponent", &[(0.7, 0.3), (1.1, -0.6)], |b, x, y| {
        let base = b.constant(1.7);
        let z = b.pow(base, x);
        b.mul(z, y)
    });
}

fn power_of_product(b: &mut Builder, x: Node, y: Node, n: f64) -> Node {
    let product = b.mul(x, y);
    let n = b.constant(n);
    b.pow(product, n)
}

#[test]
fn folds_and_choices() {
    let points = [(0.7, 0.3), (-1.1, 0.6), (0.2, 0.9)];
    let three = |b: &mut Builder, x: Node, y: Node| {
        let (s, c) = (b.unary(Function::Sin, x), b.constant(0.45));
        vec![x, y, s, c]
    };
    for fold in 0..4 {
        both_widths(&format!("fold {fold}"), &points, |b, x, y| {
            let all = three(b, x, y);
            let z = match fold {
                0 => b.sum(all),
                1 => b.product(all),
                2 => b.min(all),
                _ => b.max(all),
            };
            b.mul(z, x)
        });
    }
    both_widths("if", &points, |b, x, y| {
        let less = b.binary(Operation::Less, x, y);
        let (p, q) = (b.mul(x, y), b.unary(Function::Exp, x));
        b.choose(less, p, q)
    });
    // The branch not taken has no derivative: the square root of a negative number.
    both_widths("guarded root", &[(-0.5, 0.2), (0.5, 0.2)], |b, x, y| {
        let zero = b.constant(0.0);
        let positive = b.binary(Operation::Greater, x, zero);
        let (root, other) = (b.unary(Function::Sqrt, x), b.mul(x, y));
        b.choose(positive, root, other)
    });
}

/// A term of all components, with shared parts: the large part.
#[test]
fn one_large_term() {
    let n = 30;
    let model = model(vec![line(n)], |b, x| {
        let squares = x.iter().map(|&x| b.mul(x, x)).collect();
        let length = b.sum(squares);
        let sum = b.sum(x.to_vec());
        let ratio = b.div(sum, length);
        let cosine = b.unary(Function::Cos, ratio);
        vec![b.mul(cosine, length), times(b, 0.5, &[x[0], x[1]])]
    });
    let x: Vec<f64> = (0..n).map(|i| 0.3 + libm::sin(i as f64)).collect();
    check("large", &model, &x);
}

/// The stated conventions at kinks.
#[test]
fn kinks() {
    let at = |write: &dyn Fn(&mut Builder, &[Node]) -> Node, x: &[f64]| {
        let model = model(vec![line(x.len())], |b, leaves| vec![write(b, leaves)]);
        gradient(&model, Simd::detect(), x).1
    };
    assert_eq!(at(&|b, x| b.unary(Function::Abs, x[0]), &[0.0]), [0.0]);
    assert_eq!(at(&|b, x| b.unary(Function::Floor, x[0]), &[2.0]), [0.0]);
    assert_eq!(at(&|b, x| b.min(x.to_vec()), &[1.0, 1.0]), [1.0, 0.0]);
    assert_eq!(at(&|b, x| b.max(x.to_vec()), &[1.0, 1.0]), [1.0, 0.0]);
    assert_eq!(at(&|b, x| b.binary(Operation::Less, x[0], x[1]), &[1.0, 1.0]), [0.0, 0.0]);
    assert_eq!(at(&|b, x| b.binary(Operation::Mod, x[0], x[1]), &[6.0, 3.0]), [1.0, -2.0]);
    assert_eq!(at(&|b, x| b.unary(Function::Sqrt, x[0]), &[0.0]), [f64::INFINITY]);
}
