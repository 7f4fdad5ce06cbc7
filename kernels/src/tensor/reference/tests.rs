//! The evaluator against values worked out by hand.

use super::super::graph::{Conv, Graph, Pool, Unary};
use super::*;
use std::sync::Arc;

fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-13 * (1.0 + b.abs()), "{a} is not {b}");
}

#[test]
fn special_functions_have_known_values() {
    const EULER: f64 = 0.577_215_664_901_532_9;
    let pi2 = std::f64::consts::PI * std::f64::consts::PI;
    close(digamma(1.0), -EULER);
    close(digamma(0.5), -EULER - 2.0 * std::f64::consts::LN_2);
    close(trigamma(1.0), pi2 / 6.0);
    close(trigamma(0.5), pi2 / 2.0);
    for x in [-2.3, -0.7, 0.2, 0.6, 3.7, 20.5] {
        close(digamma(x + 1.0), digamma(x) + 1.0 / x);
        close(trigamma(x + 1.0), trigamma(x) - 1.0 / (x * x));
        let h = 1e-5;
        assert!(((digamma(x + h) - digamma(x - h)) / (2.0 * h) - trigamma(x)).abs() < 1e-7 * trigamma(x).abs());
    }
    close(unary(Unary::Sigmoid, -40.0), libm::exp(-40.0));
    close(unary(Unary::Softplus, 1000.0), 1000.0);
    close(unary(Unary::Softplus, -3.0), libm::log1p(libm::exp(-3.0)));
}

#[test]
fn batches_meet_only_where_they_are_summed() {
    let mut g = Graph::new();
    let x = g.data(0, &[2]);
    let w = g.input(0, &[2, 3]);
    let y = g.linear(x, w, false);
    let back = g.linear(y, w, true);
    let total = g.sum_batch(y);
    let outer = g.outer(x, y);
    let feed = Feed {
        examples: 2,
        data: vec![vec![1.0, 2.0, -1.0, 1.0]],
        inputs: vec![vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]],
        ..Feed::default()
    };
    let out = evaluate(&g, &[y, back, total, outer], &feed);
    assert_eq!(out[0], [9.0, 12.0, 15.0, 3.0, 3.0, 3.0]);
    assert_eq!(out[1], [78.0, 186.0, 18.0, 45.0]);
    assert_eq!(out[2], [12.0, 15.0, 18.0]);
    assert_eq!(out[3], [6.0, 9.0, 12.0, 21.0, 27.0, 33.0]);
    let one = Feed { rows: Some(vec![1]), ..feed };
    assert_eq!(evaluate(&g, &[total], &one)[0], [3.0, 3.0, 3.0]);
}

#[test]
fn shapes_move_as_they_say() {
    let mut g = Graph::new();
    let x = g.array((0..6).map(f64::from).collect(), &[2, 3]);
    let wide = g.broadcast(x, &[2, 0], &[3, 2, 2], false);
    let turned = g.permute(x, &[1, 0]);
    let cut = g.slice(x, 1, 1, 2);
    let padded = g.pad(cut, 0, 1, 3);
    let both = g.concat(&[x, cut], 1);
    let sums = g.sum(x, &[0]);
    let index = Arc::new(vec![5, 0, 5]);
    let picked = g.gather(x, index.clone(), &[3]);
    let spread = g.scatter(picked, index, &[6]);
    let out = evaluate(&g, &[wide, turned, cut, padded, both, sums, picked, spread], &Feed::default());
    assert_eq!(out[0], [0.0, 3.0, 0.0, 3.0, 1.0, 4.0, 1.0, 4.0, 2.0, 5.0, 2.0, 5.0]);
    assert_eq!(out[1], [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(out[2], [1.0, 2.0, 4.0, 5.0]);
    assert_eq!(out[3], [0.0, 0.0, 1.0, 2.0, 4.0, 5.0]);
    assert_eq!(out[4], [0.0, 1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 5.0]);
    assert_eq!(out[5], [3.0, 5.0, 7.0]);
    assert_eq!(out[6], [5.0, 0.0, 5.0]);
    assert_eq!(out[7], [0.0, 0.0, 0.0, 0.0, 0.0, 10.0]);
}

#[test]
fn windows_meet_what_lies_under_them() {
    let mut g = Graph::new();
    let x = g.array((1..10).map(f64::from).collect(), &[1, 3, 3]);
    let w = g.array(vec![1.0, 10.0, 100.0, 1000.0], &[1, 1, 2, 2]);
    let conv = Conv { image: [1, 3, 3], kernel: [1, 2, 2], stride: [2, 1], padding: [1, 0], groups: 1 };
    assert_eq!(conv.out(), [1, 2, 2]);
    let y = g.conv(x, w, conv);
    let pool = Pool { image: [1, 3, 3], window: [2, 2], stride: [2, 2], padding: [1, 1] };
    let sums = g.sum_pool(x, pool);
    let places = g.max_places(x, pool);
    let out = evaluate(&g, &[y, sums, places], &Feed::default());
    assert_eq!(out[0], [2100.0, 3200.0, 8754.0, 9865.0]);
    assert_eq!(out[1], [1.0, 5.0, 11.0, 28.0]);
    assert_eq!(out[2], [0.0, 2.0, 6.0, 8.0]);
}

#[test]
fn rows_are_taken_looked_up_and_normalised() {
    let mut g = Graph::new();
    let x = g.array(vec![1.0, 3.0, 3.0, 0.0, -1.0, -5.0], &[2, 3]);
    let at = g.argmax(x);
    let hot = g.one_hot(at, 3);
    let lse = g.log_sum_exp(x);
    let p = g.softmax(x);
    let total = g.sum(p, &[1]);
    let rows = g.lookup(x, at);
    let back = g.accumulate(at, rows, 2);
    let out = evaluate(&g, &[at, hot, lse, total, rows, back], &Feed::default());
    assert_eq!(out[0], [1.0, 0.0]);
    assert_eq!(out[1], [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    close(out[2][0], libm::log(libm::exp(1.0) + 2.0 * libm::exp(3.0)));
    out[3].iter().for_each(|s| close(*s, 1.0));
    assert_eq!(out[4], [0.0, -1.0, -5.0, 1.0, 3.0, 3.0]);
    assert_eq!(out[5], [1.0, 3.0, 3.0, 0.0, -1.0, -5.0]);
}

/// 40 000 bits with p = 0.75: off by 6 standard deviations with a probability of 2e-9.
#[test]
fn masks_keep_their_share() {
    let count = (0..40_000u32).filter(|k| kept(7, 3, 1, k / 200, k % 200, 0.75)).count();
    assert!((count as f64 - 30_000.0).abs() < 6.0 * libm::sqrt(40_000.0 * 0.75 * 0.25));
    assert!((0..100).all(|k| kept(1, 2, 3, 4, k, 1.0)));
}
