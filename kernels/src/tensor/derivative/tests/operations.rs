//! Operations on arrays, batched and not, on odd shapes.

use super::super::super::graph::{Conv, Graph, Id, Op, Pool};
use super::super::gradient;
use super::bench::Bench;
use std::sync::Arc;

/// Checks y = f(arguments of these shapes) and its gradient, where the arguments have batches or have none.
fn each(what: &str, shapes: &[&[usize]], kinds: &[&[bool]], f: impl Fn(&mut Bench, &[Id]) -> Id) {
    for (k, batched) in kinds.iter().enumerate() {
        let mut b = Bench::new(3, 40 + k as u64);
        let x: Vec<Id> = shapes.iter().zip(*batched).map(|(shape, batched)| b.leaf(shape, *batched, -1.0, 1.0)).collect();
        let y = f(&mut b, &x);
        b.check(y, &x, &format!("{what} {batched:?}"));
        // Something that is not linear, so that the derivatives of the transposes are seen.
        let z = b.g.unary(super::super::super::Unary::Sin, y);
        let by = gradient(&mut b.g, z, &x);
        by.iter().for_each(|z| b.check(*z, &x, &format!("{what} {batched:?}, second derivative")));
    }
}

const ONE: [&[bool]; 2] = [&[false], &[true]];
const ALL: [&[bool]; 4] = [&[false, false], &[true, true], &[true, false], &[false, true]];
const FIRST: [&[bool]; 2] = [&[false, false], &[true, false]];
const BOTH: [&[bool]; 2] = [&[false, false], &[true, true]];

#[test]
fn shapes_are_transposed() {
    each("broadcast", &[&[3, 2]], &ONE, |b, x| {
        let batched = b.g.batched(x[0]);
        b.g.broadcast(x[0], &[2, 0], &[2, 4, 3], batched)
    });
    each("broadcast to a batch", &[&[3]], &ONE, |b, x| b.g.broadcast(x[0], &[1], &[5, 3], true));
    each("number", &[&[]], &ONE, |b, x| b.g.spread(x[0], &[2, 3]));
    each("sum", &[&[3, 2, 4]], &ONE, |b, x| b.g.sum(x[0], &[0, 2]));
    each("sum over the batch", &[&[3, 2]], &ONE, |b, x| b.g.sum_batch(x[0]));
    each("reshape", &[&[3, 2]], &ONE, |b, x| b.g.reshape(x[0], &[1, 6]));
    each("permute", &[&[3, 2, 4]], &ONE, |b, x| b.g.permute(x[0], &[2, 0, 1]));
    each("slice", &[&[3, 5]], &ONE, |b, x| b.g.slice(x[0], 1, 1, 3));
    each("pad", &[&[3, 5]], &ONE, |b, x| b.g.pad(x[0], 0, 2, 6));
    each("concat", &[&[3, 1], &[3, 4]], &ALL, |b, x| b.g.concat(x, 1));
    let index = Arc::new(vec![4, 0, 4, 2]);
    each("gather", &[&[2, 3]], &ONE, |b, x| b.g.gather(x[0], index.clone(), &[2, 2]));
    each("scatter", &[&[2, 2]], &ONE, |b, x| b.g.scatter(x[0], index.clone(), &[5]));
}

#[test]
fn products_are_transposed() {
    each("linear", &[&[3], &[3, 4]], &FIRST, |b, x| b.g.linear(x[0], x[1], false));
    each("rows", &[&[2, 3], &[4, 3]], &FIRST, |b, x| b.g.linear(x[0], x[1], true));
    each("outer", &[&[2, 3], &[2, 4]], &BOTH, |b, x| b.g.outer(x[0], x[1]));
    each("outer of vectors", &[&[3], &[1]], &BOTH, |b, x| b.g.outer(x[0], x[1]));
    let convs = [
        Conv { image: [2, 5, 4], kernel: [3, 3, 2], stride: [1, 1], padding: [0, 0], groups: 1 },
        Conv { image: [2, 5, 4], kernel: [4, 3, 2], stride: [2, 3], padding: [1, 1], groups: 2 },
        Conv { image: [3, 1, 6], kernel: [3, 1, 3], stride: [1, 2], padding: [0, 2], groups: 3 },
    ];
    for c in convs {
        each("conv", &[&c.image, &c.weights()], &FIRST, |b, x| b.g.conv(x[0], x[1], c));
        each("conv back", &[&c.out(), &c.weights()], &FIRST, |b, x| b.g.conv_back(x[0], x[1], c));
        each("conv weights", &[&c.image, &c.out()], &ALL, |b, x| b.g.conv_weights(x[0], x[1], c));
    }
}

#[test]
fn pools_and_places_are_transposed() {
    let pools = [
        Pool { image: [2, 4, 4], window: [2, 2], stride: [2, 2], padding: [0, 0] },
        Pool { image: [2, 5, 4], window: [3, 2], stride: [2, 1], padding: [1, 1] },
    ];
    for p in pools {
        each("sum pool", &[&p.image], &ONE, |b, x| b.g.sum_pool(x[0], p));
        each("sum pool back", &[&p.out()], &ONE, |b, x| b.g.sum_pool_back(x[0], p));
        each("max pool", &[&p.image], &ONE, |b, x| {
            let places = b.g.max_places(x[0], p);
            b.g.take(x[0], places)
        });
    }
    each("take", &[&[2, 3]], &ONE, |b, x| {
        let places = b.whole(&[4], 6);
        b.g.take(x[0], places)
    });
    each("put", &[&[4]], &ONE, |b, x| {
        let places = b.whole(&[4], 6);
        b.g.put(x[0], places, &[2, 3])
    });
    each("lookup", &[&[5, 2]], &[&[false]], |b, x| {
        let index = b.whole(&[3], 5);
        b.g.lookup(x[0], index)
    });
    each("lookup of a constant", &[&[5, 2]], &[&[false]], |b, x| {
        let index = b.g.array(vec![4.0, 1.0, 4.0], &[3]);
        b.g.lookup(x[0], index)
    });
    each("accumulate", &[&[3, 2]], &ONE, |b, x| {
        let index = b.whole(&[3], 5);
        b.g.accumulate(index, x[0], 5)
    });
    each("accumulate at a constant", &[&[3, 2]], &ONE, |b, x| {
        let index = b.g.array(vec![4.0, 1.0, 4.0], &[3]);
        b.g.accumulate(index, x[0], 5)
    });
}

#[test]
fn choices_and_normalisations_are_transposed() {
    each("log-sum-exp", &[&[2, 4]], &ONE, |b, x| b.g.log_sum_exp(x[0]));
    each("log-sum-exp of a vector", &[&[4]], &ONE, |b, x| b.g.log_sum_exp(x[0]));
    each("softmax", &[&[2, 4]], &ONE, |b, x| b.g.softmax(x[0]));
    each("select", &[&[2, 3], &[2, 3]], &ALL, |b, x| {
        let condition = b.whole(&[2, 3], 2);
        b.g.select(condition, x[0], x[1])
    });
    each("select by a constant", &[&[3], &[3]], &ALL, |b, x| {
        let condition = b.g.array(vec![1.0, 0.0, 1.0], &[3]);
        b.g.select(condition, x[0], x[1])
    });
    each("mask", &[&[4]], &ONE, |b, x| {
        let mask = b.g.add(Op::Mask { keep: 0.5, stream: 3 }, vec![], vec![4], true);
        b.g.binary(super::super::super::Binary::Mul, x[0], mask)
    });
}

#[test]
fn classes_and_places_have_no_derivative() {
    let mut b = Bench::new(2, 9);
    let x = b.leaf(&[3], true, 0.0, 1.0);
    let t = b.like(x);
    let classes = b.g.argmax(x);
    let hot = b.g.one_hot(classes, 3);
    assert_eq!(super::super::jvp(&mut b.g, &[classes, hot], &[(x, t)]), [None, None]);
    let _: &Graph = &b.g;
}

#[test]
fn a_node_may_be_used_many_times_and_in_between() {
    let mut b = Bench::new(4, 11);
    let (x, w) = (b.leaf(&[3], true, -1.0, 1.0), b.leaf(&[3, 3], false, -1.0, 1.0));
    let y = b.g.linear(x, w, false);
    let y = b.g.unary(super::super::super::Unary::Tanh, y);
    let again = b.g.linear(y, w, true);
    let product = b.g.binary(super::super::super::Binary::Mul, again, y);
    let all = b.g.sum_batch(product);
    b.check(all, &[w, x], "tied weights");
    // By a node that is no leaf, as if nothing were before it.
    let by_y = gradient(&mut b.g, all, &[y])[0];
    let expected = {
        let back = b.g.linear(y, w, false);
        b.g.binary(super::super::super::Binary::Add, again, back)
    };
    super::bench::near(&b.one(by_y), &b.one(expected), 1e-14, "inner node");
}
