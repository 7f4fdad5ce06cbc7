//! Graphs made by chance: gradients and products with the Hessian against differences, simplified and not.

use super::super::super::graph::{Binary, Conv, Id, Pool, Unary};
use super::super::super::simplify::simplify;
use super::super::{forms, gradient, hessian};
use super::bench::{Bench, dot, near};
use super::networks::mean;

const SMOOTH: [Unary; 9] =
    [Unary::Tanh, Unary::Sin, Unary::Sigmoid, Unary::Softplus, Unary::Square, Unary::Neg, Unary::Atan, Unary::Erf, Unary::Asinh];

/// A random operation on earlier nodes, whose values stay of the order of one.
fn step(b: &mut Bench, nodes: &[Id]) -> Id {
    let pick = |b: &mut Bench| nodes[b.random.below(nodes.len() as u32) as usize];
    let x = pick(b);
    let (shape, batched) = (b.g.shape(x).to_vec(), b.g.batched(x));
    match b.random.below(16) {
        0 | 1 => {
            let f = SMOOTH[b.random.below(SMOOTH.len() as u32) as usize];
            let y = b.g.unary(f, x);
            if f == Unary::Square { b.g.unary(Unary::Sin, y) } else { y }
        }
        2 | 3 => {
            // Two of one shape, by repeating what both have of numbers.
            let y = pick(b);
            let y = if b.g.shape(y) == shape { y } else { narrowed(b, y) };
            let y = if b.g.shape(y) == shape { y } else { b.g.spread(y, &shape) };
            let f = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Atan2][b.random.below(4) as usize];
            let y = if f == Binary::Atan2 { away(b, y) } else { y };
            let z = b.g.binary(f, x, y);
            b.g.unary(Unary::Tanh, z)
        }
        4 => {
            let y = away(b, x);
            let z = b.g.unary([Unary::Sqrt, Unary::Ln, Unary::Recip][b.random.below(3) as usize], y);
            b.g.unary(Unary::Sin, z)
        }
        5 if !shape.is_empty() => {
            let dim = b.random.below(shape.len() as u32) as usize;
            b.g.sum(x, &[dim])
        }
        6 => {
            let wide = [2, shape.iter().product()];
            let flat = b.g.reshape(x, &wide[1..]);
            b.g.broadcast(flat, &[1], &wide, batched)
        }
        7 if batched => {
            let sum = mean(b, x);
            b.g.broadcast(sum, &(0..shape.len()).collect::<Vec<_>>(), &shape, true)
        }
        8 if !shape.is_empty() => b.g.softmax(x),
        9 if !shape.is_empty() => b.g.log_sum_exp(x),
        10 | 11 if !shape.is_empty() => {
            let n = *shape.last().unwrap();
            let m = 1 + b.random.below(3) as usize;
            let w = b.leaf(&[n, m], false, -0.5, 0.5);
            b.g.linear(x, w, false)
        }
        12 if !shape.is_empty() => {
            let y = b.g.outer(x, x);
            b.g.unary(Unary::Tanh, y)
        }
        13 if shape.len() > 1 => {
            let order: Vec<usize> = (0..shape.len()).rev().collect();
            b.g.permute(x, &order)
        }
        14 if !shape.is_empty() && shape[0] > 1 => {
            let part = b.g.slice(x, 0, 1, shape[0] - 1);
            let wide = b.g.pad(part, 0, 0, shape[0] + 1);
            b.g.concat(&[wide, x], 0)
        }
        15 => {
            let size: usize = shape.iter().product();
            let image = b.g.reshape(x, &[1, 1, size]);
            let conv = Conv { image: [1, 1, size], kernel: [2, 1, 2], stride: [1, 1], padding: [0, 1], groups: 1 };
            let w = b.leaf(&conv.weights(), false, -0.5, 0.5);
            let y = b.g.conv(image, w, conv);
            let pool = Pool { image: conv.out(), window: [1, 2], stride: [1, 1], padding: [0, 0] };
            b.g.sum_pool(y, pool)
        }
        _ => b.g.unary(Unary::Tanh, x),
    }
}

fn narrowed(b: &mut Bench, x: Id) -> Id {
    let y = b.g.sum_all(x);
    b.g.unary(Unary::Sin, y)
}

/// Between 1 and 2.
fn away(b: &mut Bench, x: Id) -> Id {
    let y = b.g.unary(Unary::Sigmoid, x);
    let shape = b.g.shape(x).to_vec();
    let one = b.g.constant(1.0, &shape);
    b.g.binary(Binary::Add, y, one)
}

/// A number, made of all of the last nodes.
fn number(b: &mut Bench, nodes: &[Id]) -> Id {
    let mut sum = b.g.constant(0.0, &[]);
    for x in nodes {
        let x = narrowed(b, *x);
        let x = if b.g.batched(x) { mean(b, x) } else { x };
        sum = b.g.binary(Binary::Add, sum, x);
    }
    sum
}

fn graph(seed: u64) -> (Bench, Id, Vec<Id>) {
    let mut b = Bench::new(3, seed);
    let wrt = vec![
        b.leaf(&[3], false, -1.0, 1.0),
        b.leaf(&[2, 3], true, -1.0, 1.0),
        b.leaf(&[3, 2], false, -1.0, 1.0),
        b.leaf(&[], true, -1.0, 1.0),
        b.leaf(&[], false, -1.0, 1.0),
    ];
    let mut nodes = wrt.clone();
    for _ in 0..14 {
        let y = step(&mut b, &nodes);
        // Shapes that have grown too much are not gone on with.
        if b.g.size(y) <= 24 {
            nodes.push(y);
        }
    }
    let from = nodes.len() - 6;
    let value = number(&mut b, &nodes[from..]);
    (b, value, wrt)
}

#[test]
fn derivatives_of_random_graphs_agree_with_differences() {
    for seed in 0..120 {
        let what = format!("graph {seed}");
        let (mut b, value, wrt) = graph(seed);
        let (u, v): (Vec<Id>, Vec<Id>) = wrt.iter().map(|w| (b.like(*w), b.like(*w))).unzip();
        let along: Vec<(Id, Id)> = wrt.iter().copied().zip(v.iter().copied()).collect();
        let g = gradient(&mut b.g, value, &wrt);
        let (hu, hv) = (hessian(&mut b.g, &g, &wrt, &u), hessian(&mut b.g, &g, &wrt, &v));
        let flat = |b: &Bench, ids: &[Id]| b.eval(ids).concat();
        let slope = b.difference(&[value], &along, 1e-5).concat();
        near(&[dot(&flat(&b, &g), &flat(&b, &v))], &slope, 1e-6, &what);
        let second = b.difference(&g, &along, 1e-5).concat();
        near(&flat(&b, &hv), &second, 1e-5, &what);
        let (a, c) = (dot(&flat(&b, &u), &flat(&b, &hv)), dot(&flat(&b, &v), &flat(&b, &hu)));
        near(&[a], &[c], 1e-9, &what);
        let between = forms(&mut b.g, value, &wrt, &[u.clone(), v.clone()]);
        let own = [dot(&flat(&b, &u), &flat(&b, &hu)), a, dot(&flat(&b, &v), &flat(&b, &hv))];
        near(&flat(&b, &between), &own, 1e-9, &what);

        let mut all = vec![value];
        all.extend(g.iter().chain(&hv));
        let simpler = simplify(&mut b.g, &all);
        for (x, y) in all.iter().zip(&simpler) {
            assert_eq!((b.g.shape(*x), b.g.batched(*x)), (b.g.shape(*y), b.g.batched(*y)), "{what}");
        }
        near(&flat(&b, &simpler), &flat(&b, &all), 1e-10, &what);
        // The gradient of the simpler value is the same.
        let again = gradient(&mut b.g, simpler[0], &wrt);
        near(&flat(&b, &again), &flat(&b, &g), 1e-10, &what);
    }
}
