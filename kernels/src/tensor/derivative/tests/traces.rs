//! The exact trace against the sum of products with all unit vectors.

use super::super::super::graph::{Binary, Graph, Id, Op, Unary};
use super::super::{exact_trace, gauss_newton, gauss_newton_trace, gradient, hessian};
use super::bench::{Bench, near};
use super::networks::{Net, biased, convolutional, cross_entropy, dense, mean, normalised, perceptron, squares};

fn slow(net: &mut Net) -> f64 {
    let v: Vec<Id> = net.wrt.clone().into_iter().map(|w| net.b.like(w)).collect();
    let g = gradient(&mut net.b.g, net.loss, &net.wrt);
    let h = hessian(&mut net.b.g, &g, &net.wrt, &v);
    v.iter().for_each(|v| net.b.values(*v).fill(0.0));
    let mut trace = 0.0;
    for (v, h) in v.iter().zip(h) {
        for k in 0..net.b.g.size(*v) {
            net.b.values(*v)[k] = 1.0;
            trace += net.b.one(h)[k];
            net.b.values(*v)[k] = 0.0;
        }
    }
    trace
}

fn check(name: &str, mut net: Net) {
    let trace = exact_trace(&mut net.b.g, net.loss, net.outputs, &net.wrt).unwrap_or_else(|e| panic!("{name}: {e}"));
    let trace = net.b.one(trace)[0];
    near(&[trace], &[slow(&mut net)], 1e-11, name);
    assert!(trace != 0.0);
}

/// Σ ln(1 + exp(-y)) + y², with the first output's square in between: two functions of the same outputs.
fn two_losses(b: &mut Bench, y: Id) -> Id {
    let minus = b.g.unary(Unary::Neg, y);
    let first = b.g.unary(Unary::Softplus, minus);
    let second = b.g.unary(Unary::Square, y);
    let each = b.g.binary(Binary::Add, first, second);
    let each = b.g.sum_all(each);
    mean(b, each)
}

/// A function of all outputs that is a sum of functions of none: the cosine of their product.
fn entangled(b: &mut Bench, y: Id) -> Id {
    let p = b.g.softmax(y);
    let q = b.g.binary(Binary::Mul, p, y);
    let each = b.g.sum_all(q);
    let each = b.g.unary(Unary::Cos, each);
    mean(b, each)
}

#[test]
fn traces_of_piecewise_linear_networks_are_exact() {
    for f in [Unary::Relu, Unary::Abs] {
        check("cross-entropy", perceptron(&[4, 6, 5, 3], f, cross_entropy, 5));
        check("squares", perceptron(&[4, 6, 5, 3], f, squares, 5));
        check("two losses", perceptron(&[3, 4, 2], f, two_losses, 4));
        check("another loss", perceptron(&[3, 4, 3], f, entangled, 4));
        check("one layer", perceptron(&[3, 2], f, cross_entropy, 4));
    }
    check("convolutions", convolutional(cross_entropy, Unary::Relu));
    check("convolutions, squares", convolutional(squares, Unary::Relu));
}

/// Penalties: squares of some weights and a function of others, at different strengths, subtracted and divided.
#[test]
fn traces_with_penalties_are_exact() {
    for seed in 0..3 {
        let mut b = Bench::new(3, 20 + seed);
        let (outputs, wrt) = dense(&mut b, &[3, 4, 2], Unary::Relu);
        let loss = cross_entropy(&mut b, outputs);
        let square = b.g.unary(Unary::Square, wrt[0]);
        let square = b.g.sum_all(square);
        let tenth = b.g.constant(0.1, &[]);
        let square = b.g.binary(Binary::Mul, tenth, square);
        let cube = b.g.binary(Binary::Mul, wrt[2], wrt[2]);
        let cube = b.g.binary(Binary::Mul, cube, wrt[2]);
        let cube = b.g.sum_all(cube);
        let three = b.g.constant(3.0, &[]);
        let cube = b.g.binary(Binary::Div, cube, three);
        let turned = b.g.permute(wrt[0], &[1, 0]);
        let waves = b.g.unary(Unary::Cos, turned);
        let waves = b.g.sum_all(waves);
        let all = b.g.binary(Binary::Add, loss, square);
        let all = b.g.binary(Binary::Sub, all, cube);
        let loss = b.g.binary(Binary::Add, all, waves);
        check("penalties", Net { b, loss, outputs, wrt });
    }
}

/// Of smooth layers too.
#[test]
fn traces_of_gauss_newton_matrices_are_exact() {
    for mut net in [perceptron(&[4, 5, 3], Unary::Tanh, cross_entropy, 5), perceptron(&[4, 5, 3], Unary::Cos, squares, 5)] {
        let trace = gauss_newton_trace(&mut net.b.g, net.loss, net.outputs, &net.wrt).unwrap();
        let trace = net.b.one(trace)[0];
        let v: Vec<Id> = net.wrt.clone().into_iter().map(|w| net.b.like(w)).collect();
        let products = gauss_newton(&mut net.b.g, net.loss, net.outputs, &net.wrt, &v);
        v.iter().for_each(|v| net.b.values(*v).fill(0.0));
        let mut slow = 0.0;
        for (v, h) in v.iter().zip(products) {
            for k in 0..net.b.g.size(*v) {
                net.b.values(*v)[k] = 1.0;
                slow += net.b.one(h)[k];
                net.b.values(*v)[k] = 0.0;
            }
        }
        near(&[trace], &[slow], 1e-11, "gauss-newton");
    }
}

/// One array in two places side by side, in many rows, behind a permutation, and scaled.
#[test]
fn traces_with_arrays_in_many_places_are_exact() {
    let mut b = Bench::new(4, 5);
    let (x, z) = (b.leaf(&[3, 4], true, -1.0, 1.0), b.leaf(&[4], true, -1.0, 1.0));
    let (w, v, bias) = (b.leaf(&[4, 5], false, -1.0, 1.0), b.leaf(&[2, 5], false, -1.0, 1.0), b.leaf(&[5], false, -1.0, 1.0));
    let rows = b.g.linear(x, w, false);
    let rows = biased(&mut b, rows, bias, 1);
    let rows = b.g.unary(Unary::Relu, rows);
    let other = b.g.linear(z, w, false);
    let sum = b.g.sum(rows, &[0]);
    let sum = b.g.binary(Binary::Max, sum, other);
    let turned = b.g.permute(v, &[1, 0]);
    let scale = b.g.constant(1.5, &[5, 2]);
    let turned = b.g.binary(Binary::Mul, turned, scale);
    let outputs = b.g.linear(sum, turned, false);
    let loss = cross_entropy(&mut b, outputs);
    check("many places", Net { b, loss, outputs, wrt: vec![w, v, bias] });

    // A class for each row.
    let mut b = Bench::new(3, 6);
    let x = b.leaf(&[2, 4], true, -1.0, 1.0);
    let (w, v) = (b.leaf(&[3, 4], false, -1.0, 1.0), b.leaf(&[3, 3], false, -1.0, 1.0));
    let y = b.g.linear(x, w, true);
    let y = b.g.unary(Unary::Relu, y);
    let outputs = b.g.linear(y, v, false);
    let loss = cross_entropy(&mut b, outputs);
    check("rows", Net { b, loss, outputs, wrt: vec![w, v] });
}

#[test]
fn there_is_no_trace_where_the_form_gives_none() {
    let none = |mut net: Net| assert!(exact_trace(&mut net.b.g, net.loss, net.outputs, &net.wrt).is_err());
    none(perceptron(&[4, 6, 3], Unary::Tanh, cross_entropy, 5));
    none(normalised(5));
    // The same weights twice, one after the other.
    let mut b = Bench::new(3, 8);
    let (x, w) = (b.leaf(&[3], true, -1.0, 1.0), b.leaf(&[3, 3], false, -1.0, 1.0));
    let y = b.g.linear(x, w, false);
    let outputs = b.g.linear(y, w, true);
    let loss = squares(&mut b, outputs);
    none(Net { b, loss, outputs, wrt: vec![w] });
    // The norm of the weights, and a product of two arrays: weights meet.
    for product in [false, true] {
        let mut b = Bench::new(3, 9);
        let (outputs, wrt) = dense(&mut b, &[3, 3, 3], Unary::Relu);
        let loss = squares(&mut b, outputs);
        let other = if product { wrt[2] } else { wrt[0] };
        let square = b.g.binary(Binary::Mul, wrt[0], other);
        let square = b.g.sum_all(square);
        let square = if product { square } else { b.g.unary(Unary::Sqrt, square) };
        let loss = b.g.binary(Binary::Add, loss, square);
        none(Net { b, loss, outputs, wrt });
    }
    // A loss in which examples meet.
    let mut b = Bench::new(3, 10);
    let (outputs, wrt) = dense(&mut b, &[3, 4, 2], Unary::Relu);
    let sum = b.g.sum_batch(outputs);
    let square = b.g.unary(Unary::Square, sum);
    let loss = b.g.sum_all(square);
    none(Net { b, loss, outputs, wrt });
}

/// One back-propagation an output, without a gradient's matrix.
#[test]
fn dense_layers_need_no_matrix_of_an_example() {
    let mut net = perceptron(&[30, 40, 50, 10], Unary::Relu, cross_entropy, 2);
    let trace = exact_trace(&mut net.b.g, net.loss, net.outputs, &net.wrt).unwrap();
    let g: &Graph = &net.b.g;
    let needed = super::super::super::simplify::cone(g, &[trace], &[]);
    let largest = needed.iter().filter(|id| g.batched(**id)).map(|id| g.size(*id)).max();
    assert_eq!(largest, Some(50));
    let products = needed.iter().filter(|id| matches!(g.node(**id).op, Op::Linear { .. })).count();
    assert_eq!(products, 3 + 10 * 2);
}
