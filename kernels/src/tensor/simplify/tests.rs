//! Rules one by one, by the node that they give; lines of parameters by the products that are left. That values stay the same is
//! tested on random graphs, with the derivatives.

use super::super::derivative::tests::bench::{Bench, near};
use super::super::graph::{Binary, Conv, Graph, Id, Op, Unary};
use super::{cone, simplify, substitute};
use std::sync::Arc;

/// A graph with inputs x, y [2, 3] and n [], data z [2, 3] and m [].
struct Leaves {
    g: Graph,
    x: Id,
    y: Id,
    n: Id,
    z: Id,
    m: Id,
}

fn leaves() -> Leaves {
    let mut g = Graph::new();
    let (x, y, n) = (g.input(0, &[2, 3]), g.input(1, &[2, 3]), g.input(2, &[]));
    let (z, m) = (g.data(0, &[2, 3]), g.data(1, &[]));
    Leaves { g, x, y, n, z, m }
}

/// What is made, plainly, becomes what is expected.
fn becomes(what: &str, make: impl Fn(&mut Leaves) -> Id, expected: impl Fn(&mut Leaves) -> Id) {
    let mut l = leaves();
    let (made, expected) = (make(&mut l), expected(&mut l));
    let simple = simplify(&mut l.g, &[made])[0];
    assert_eq!(l.g.node(simple), l.g.node(expected), "{what}");
    assert_eq!(simple, expected, "{what}");
}

#[test]
fn neutral_elements_and_signs_go() {
    let c = |l: &mut Leaves, c: f64| l.g.constant(c, &[2, 3]);
    let with = |f: Binary, value: f64, first: bool| {
        move |l: &mut Leaves| {
            let c = c(l, value);
            if first { l.g.binary(f, c, l.x) } else { l.g.binary(f, l.x, c) }
        }
    };
    let x = |l: &mut Leaves| l.x;
    let minus_x = |l: &mut Leaves| l.g.unary(Unary::Neg, l.x);
    becomes("x + 0", with(Binary::Add, 0.0, false), x);
    becomes("0 + x", with(Binary::Add, 0.0, true), x);
    becomes("x - 0", with(Binary::Sub, 0.0, false), x);
    becomes("0 - x", with(Binary::Sub, 0.0, true), minus_x);
    becomes("1 x", with(Binary::Mul, 1.0, true), x);
    becomes("x (-1)", with(Binary::Mul, -1.0, false), minus_x);
    becomes("0 x", with(Binary::Mul, 0.0, true), |l| c(l, 0.0));
    becomes("x / 1", with(Binary::Div, 1.0, false), x);
    becomes("x / 4", with(Binary::Div, 4.0, false), with(Binary::Mul, 0.25, false));
    becomes("x^1", with(Binary::Pow, 1.0, false), x);
    becomes("x^2", with(Binary::Pow, 2.0, false), |l| l.g.unary(Unary::Square, l.x));
    becomes("x x", |l| l.g.binary(Binary::Mul, l.x, l.x), |l| l.g.unary(Unary::Square, l.x));
    becomes("x - x", |l| l.g.binary(Binary::Sub, l.x, l.x), |l| c(l, 0.0));
    let negated = |l: &mut Leaves, x: Id| l.g.unary(Unary::Neg, x);
    becomes(
        "- - x",
        |l| {
            let x = negated(l, l.x);
            negated(l, x)
        },
        x,
    );
    becomes(
        "y + -x",
        |l| {
            let x = negated(l, l.x);
            l.g.binary(Binary::Add, l.y, x)
        },
        |l| l.g.binary(Binary::Sub, l.y, l.x),
    );
    becomes(
        "-(x - y)",
        |l| {
            let d = l.g.binary(Binary::Sub, l.x, l.y);
            negated(l, d)
        },
        |l| l.g.binary(Binary::Sub, l.y, l.x),
    );
    becomes(
        "(-x) (-y)",
        |l| {
            let (x, y) = (negated(l, l.x), negated(l, l.y));
            l.g.binary(Binary::Mul, y, x)
        },
        |l| l.g.binary(Binary::Mul, l.x, l.y),
    );
    becomes(
        "(3 x) 2",
        |l| {
            let (three, two) = (c(l, 3.0), c(l, 2.0));
            let y = l.g.binary(Binary::Mul, three, l.x);
            l.g.binary(Binary::Mul, y, two)
        },
        with(Binary::Mul, 6.0, false),
    );
    becomes(
        "z times 0",
        |l| {
            let zero = c(l, 0.0);
            l.g.binary(Binary::Mul, l.z, zero)
        },
        |l| {
            let zero = c(l, 0.0);
            l.g.broadcast(zero, &[0, 1], &[2, 3], true)
        },
    );
}

#[test]
fn constants_are_computed() {
    becomes(
        "matrix of constants",
        |l| {
            let (a, b) = (l.g.array(vec![1.0, 2.0], &[1, 2]), l.g.array(vec![3.0, 4.0], &[2, 1]));
            let product = l.g.linear(a, b, false);
            let number = l.g.sum_all(product);
            let root = l.g.unary(Unary::Sqrt, number);
            let wide = l.g.spread(root, &[2, 3]);
            l.g.binary(Binary::Mul, wide, l.x)
        },
        |l| {
            let c = l.g.constant(libm::sqrt(11.0), &[2, 3]);
            l.g.binary(Binary::Mul, l.x, c)
        },
    );
    becomes(
        "condition",
        |l| {
            let (one, two) = (l.g.constant(1.0, &[2, 3]), l.g.constant(2.0, &[2, 3]));
            let condition = l.g.binary(Binary::Less, two, one);
            l.g.select(condition, l.x, l.y)
        },
        |l| l.y,
    );
}

#[test]
fn shapes_are_moved_once() {
    becomes(
        "sum of ones",
        |l| {
            let wide = l.g.spread(l.n, &[2, 3]);
            l.g.sum_all(wide)
        },
        |l| {
            let six = l.g.constant(6.0, &[]);
            l.g.binary(Binary::Mul, l.n, six)
        },
    );
    becomes(
        "broadcasts",
        |l| {
            let a = l.g.spread(l.n, &[3]);
            l.g.broadcast(a, &[1], &[2, 3], true)
        },
        |l| l.g.broadcast(l.n, &[], &[2, 3], true),
    );
    becomes(
        "reshapes",
        |l| {
            let a = l.g.reshape(l.x, &[6]);
            l.g.reshape(a, &[2, 3])
        },
        |l| l.x,
    );
    becomes(
        "turns",
        |l| {
            let a = l.g.permute(l.x, &[1, 0]);
            l.g.permute(a, &[1, 0])
        },
        |l| l.x,
    );
    becomes(
        "slice of pad",
        |l| {
            let a = l.g.pad(l.x, 1, 2, 7);
            l.g.slice(a, 1, 3, 2)
        },
        |l| l.g.slice(l.x, 1, 1, 2),
    );
    becomes(
        "slice of zeros",
        |l| {
            let a = l.g.pad(l.x, 1, 2, 7);
            l.g.slice(a, 1, 0, 2)
        },
        |l| l.g.constant(0.0, &[2, 2]),
    );
    becomes(
        "all of a pad",
        |l| {
            let a = l.g.pad(l.x, 1, 2, 7);
            l.g.slice(a, 1, 2, 3)
        },
        |l| l.x,
    );
    becomes(
        "slice of parts",
        |l| {
            let a = l.g.concat(&[l.x, l.y], 0);
            l.g.slice(a, 0, 2, 2)
        },
        |l| l.y,
    );
    becomes(
        "sums",
        |l| {
            let a = l.g.sum(l.x, &[0]);
            l.g.sum(a, &[0])
        },
        |l| l.g.sum(l.x, &[0, 1]),
    );
    becomes(
        "gather of a shape",
        |l| {
            let a = l.g.reshape(l.x, &[6]);
            let a = l.g.gather(a, Arc::new(vec![5, 1]), &[2]);
            l.g.reshape(a, &[1, 2])
        },
        |l| l.g.gather(l.x, Arc::new(vec![5, 1]), &[1, 2]),
    );
}

#[test]
fn what_examples_and_elements_have_alike_is_computed_once() {
    becomes(
        "same for all",
        |l| {
            let x = l.g.broadcast(l.x, &[0, 1], &[2, 3], true);
            let y = l.g.unary(Unary::Exp, x);
            l.g.binary(Binary::Mul, y, l.z)
        },
        |l| {
            let y = l.g.unary(Unary::Exp, l.x);
            l.g.binary(Binary::Mul, l.z, y)
        },
    );
    becomes(
        "common factor of a sum",
        |l| {
            let m = l.g.spread(l.m, &[2, 3]);
            let y = l.g.binary(Binary::Mul, m, l.z);
            l.g.sum_all(y)
        },
        |l| {
            let y = l.g.sum_all(l.z);
            l.g.binary(Binary::Mul, l.m, y)
        },
    );
    becomes(
        "common factor of a batch",
        |l| {
            let y = l.g.binary(Binary::Mul, l.x, l.z);
            l.g.sum_batch(y)
        },
        |l| {
            let y = l.g.sum_batch(l.z);
            l.g.binary(Binary::Mul, l.x, y)
        },
    );
    becomes(
        "x y + y z",
        |l| {
            let n = l.n_wide();
            let (a, b) = (l.g.binary(Binary::Mul, l.x, l.y), l.g.binary(Binary::Mul, l.y, n));
            l.g.binary(Binary::Sub, a, b)
        },
        |l| {
            let n = l.n_wide();
            let sum = l.g.binary(Binary::Sub, l.x, n);
            l.g.binary(Binary::Mul, l.y, sum)
        },
    );
    becomes(
        "x w + y w",
        |l| {
            let w = l.g.input(3, &[3, 2]);
            let (a, b) = (l.g.linear(l.x, w, false), l.g.linear(l.y, w, false));
            l.g.binary(Binary::Add, a, b)
        },
        |l| {
            let w = l.g.input(3, &[3, 2]);
            let sum = l.g.binary(Binary::Add, l.x, l.y);
            l.g.linear(sum, w, false)
        },
    );
}

impl Leaves {
    fn n_wide(&mut self) -> Id {
        self.g.spread(self.n, &[2, 3])
    }
}

#[test]
fn a_factor_that_others_need_stays() {
    let mut l = leaves();
    let w = l.g.input(3, &[3, 2]);
    let (a, b) = (l.g.linear(l.x, w, false), l.g.linear(l.y, w, false));
    let sum = l.g.binary(Binary::Add, a, b);
    assert_eq!(simplify(&mut l.g, &[sum, a]), [sum, a]);
}

#[test]
fn nodes_are_put_in_place_of_others() {
    let mut b = Bench::new(2, 1);
    let (x, w, d) = (b.leaf(&[3], true, -1.0, 1.0), b.leaf(&[3, 3], false, -1.0, 1.0), b.leaf(&[3, 3], false, -1.0, 1.0));
    let y = b.g.linear(x, w, false);
    let z = b.g.unary(Unary::Tanh, y);
    // What is put in may be made of what it is put in place of.
    let moved = b.g.binary(Binary::Add, w, d);
    let new = substitute(&mut b.g, &[z, y, x], &[(w, moved), (y, y)]);
    assert_eq!(new, [z, y, x]);
    let new = substitute(&mut b.g, &[z, y, x], &[(w, moved)]);
    let expected = b.g.linear(x, moved, false);
    assert_eq!(new[1..], [expected, x]);
    let twin = b.g.unary(Unary::Tanh, expected);
    assert_eq!(new[0], twin);
}

/// The products of a graph, and how many of them change with one of `with`.
fn products(g: &Graph, outputs: &[Id], with: &[Id]) -> (usize, usize) {
    let all: Vec<Id> =
        cone(g, outputs, &[]).into_iter().filter(|id| matches!(g.node(*id).op, Op::Linear { .. } | Op::Conv(_))).collect();
    let changing = all.iter().filter(|id| cone(g, &[**id], &[]).iter().any(|id| with.contains(id))).count();
    (all.len(), changing)
}

/// Three layers; parameters in one vector, and coordinates a in an array: w₀ + a₀ d₁ + a₁ d₂ - d₂.
#[test]
fn products_of_data_with_lines_are_taken_apart() {
    for convolution in [false, true] {
        let mut b = Bench::new(4, 2);
        let conv = Conv { image: [1, 3, 3], kernel: [2, 2, 2], stride: [1, 1], padding: [0, 0], groups: 1 };
        let first = if convolution { vec![2, 1, 2, 2] } else { vec![9, 8] };
        let size: usize = first.iter().product();
        let w = b.leaf(&[size + 24], false, -1.0, 1.0);
        let cut = |g: &mut Graph, start: usize, shape: &[usize]| {
            let part = g.slice(w, 0, start, shape.iter().product());
            g.reshape(part, shape)
        };
        let w1 = cut(&mut b.g, 0, &first);
        let w2 = cut(&mut b.g, size, &[8, 3]);
        let x = b.leaf(if convolution { &[1, 3, 3] } else { &[9] }, true, -1.0, 1.0);
        // Data that are prepared are data.
        let shape = b.g.shape(x).to_vec();
        let half = b.g.constant(0.5, &shape);
        let x = b.g.binary(Binary::Sub, x, half);
        let y = if convolution { b.g.conv(x, w1, conv) } else { b.g.linear(x, w1, false) };
        let y = b.g.reshape(y, &[8]);
        let y = b.g.unary(Unary::Tanh, y);
        let y = b.g.linear(y, w2, false);
        let y = b.g.sum_all(y);
        let loss = b.g.sum_batch(y);

        let (a, w0, d1, d2) = (b.leaf(&[2], false, -1.0, 1.0), b.like(w), b.like(w), b.like(w));
        let mut line = w0;
        for (k, d) in [d1, d2].into_iter().enumerate() {
            let number = b.g.slice(a, 0, k, 1);
            let number = b.g.reshape(number, &[]);
            let number = b.g.spread(number, &[size + 24]);
            let step = b.g.binary(Binary::Mul, number, d);
            line = b.g.binary(Binary::Add, line, step);
        }
        line = b.g.binary(Binary::Sub, line, d2);
        let moved = substitute(&mut b.g, &[loss], &[(w, line)]);
        let simple = simplify(&mut b.g, &moved);
        near(&b.one(simple[0]), &b.one(moved[0]), 1e-13, "value");
        assert_eq!(products(&b.g, &moved, &[a]), (2, 2));
        // x w₀, x d₁ and x d₂ stay when a changes; the second layer is one product.
        assert_eq!(products(&b.g, &simple, &[a]), (4, 1));
    }
}
