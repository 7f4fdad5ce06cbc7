//! Operations that move numbers, and that find them by number.

use std::sync::Arc;

use super::super::super::graph::{Op, Pool};
use super::{Value, check, dot, fast, numbers, value};

#[test]
fn views() {
    for n in [1, 3] {
        for batched in [true, false] {
            let x = value(&[3, 4, 5], batched, n, 1);
            let cases: [(Op, &[usize]); 8] = [
                (Op::Reshape, &[12, 5]),
                (Op::Permute { order: vec![1, 2, 0] }, &[4, 5, 3]),
                (Op::Permute { order: vec![2, 1, 0] }, &[5, 4, 3]),
                (Op::Permute { order: vec![0, 2, 1] }, &[3, 5, 4]),
                (Op::Slice { dim: 1, start: 1 }, &[3, 2, 5]),
                (Op::Slice { dim: 0, start: 2 }, &[1, 4, 5]),
                (Op::Pad { dim: 1, before: 2 }, &[3, 9, 5]),
                (Op::Pad { dim: 2, before: 1 }, &[3, 4, 6]),
            ];
            for (op, shape) in cases {
                check(&op, std::slice::from_ref(&x), shape, n, 1);
            }
            check(&Op::Broadcast { dims: vec![1, 2, 4] }, std::slice::from_ref(&x), &[2, 3, 4, 1, 5], n, 1);
            check(&Op::Broadcast { dims: vec![0, 1, 3] }, &[x], &[3, 4, 2, 5], n, 1);
            check(&Op::Broadcast { dims: vec![1, 0] }, &[value(&[3, 4], batched, n, 1)], &[4, 3, 2], n, 1);
            check(&Op::Broadcast { dims: vec![] }, &[value(&[], batched, n, 1)], &[4, 3], n, 1);
        }
        let parts = [value(&[2, 3], true, n, 1), value(&[2, 1], false, n, 2), value(&[2, 4], true, n, 3)];
        check(&Op::Concat { dim: 1 }, &parts, &[2, 8], n, 1);
        check(&Op::Concat { dim: 0 }, &[value(&[2, 3], true, n, 1), value(&[1, 3], true, n, 2)], &[3, 3], n, 1);
    }
    check(&Op::Permute { order: vec![1, 2, 0] }, &[value(&[19, 11, 13], true, 2, 1)], &[11, 13, 19], 2, 1);
}

#[test]
fn a_broadcast_without_batch_serves_every_example() {
    let x = [1.0, 2.0];
    let arg = super::Arg { values: &x, batched: false, shape: &[2] };
    let mut out = [0.0; 12];
    super::evaluate(&Op::Broadcast { dims: vec![1] }, &[arg], &[2, 2], 3, &mut out, &mut super::Scratch::new(), false);
    assert_eq!(out, [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
}

#[test]
fn elements_by_number() {
    let index = Arc::new(vec![3, 0, 3, 5, 1]);
    for n in [1, 4] {
        check(&Op::Gather { index: index.clone() }, &[value(&[2, 3], true, n, 1)], &[5], n, 1);
        check(&Op::Scatter { index: index.clone() }, &[value(&[5], true, n, 1)], &[2, 3], n, 3);
        for (a, b) in [(true, true), (false, true), (true, false)] {
            check(&Op::Take, &[value(&[7], a, n, 1), numbers(&[2, 5], b, n, 7, 2)], &[2, 5], n, 1);
            check(&Op::Put, &[value(&[2, 5], a, n, 1), numbers(&[2, 5], b, n, 7, 2)], &[7], n, 10);
        }
        check(&Op::Lookup, &[value(&[6, 3], false, n, 1), numbers(&[4], true, n, 6, 2)], &[4, 3], n, 1);
        check(&Op::Accumulate, &[numbers(&[4], true, n, 6, 2), value(&[4, 3], true, n, 1)], &[6, 3], n, 4 * n);
        check(&Op::OneHot, &[numbers(&[3], true, n, 5, 2)], &[3, 5], n, 1);
    }
}

#[test]
fn numbers_outside_read_nothing_and_write_nothing() {
    let bad = Value { values: vec![-1.0, 2.0, f64::NAN, 1.0], batched: true, shape: vec![4] };
    let got = fast::<f64>(&Op::Lookup, &[value(&[2, 1], false, 1, 1), bad.clone()], &[4, 1], 1);
    assert!(got[..3].iter().all(|x| x.is_nan()) && !got[3].is_nan());
    assert_eq!(fast::<f64>(&Op::OneHot, std::slice::from_ref(&bad), &[4, 2], 1), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let ones = Value { values: vec![1.0; 4], batched: true, shape: vec![4, 1] };
    assert_eq!(fast::<f64>(&Op::Accumulate, &[bad, ones], &[2, 1], 1), [0.0, 1.0]);
}

#[test]
fn pools() {
    let pool = |image, window, stride, padding| Pool { image, window, stride, padding };
    for p in [
        pool([2, 6, 8], [2, 2], [2, 2], [0, 0]),
        pool([3, 7, 9], [3, 3], [2, 2], [1, 1]),
        pool([1, 5, 20], [3, 2], [1, 1], [1, 0]),
        pool([2, 4, 4], [4, 4], [1, 1], [0, 0]),
        pool([2, 7, 5], [2, 3], [3, 1], [1, 2]),
    ] {
        for n in [1, 3] {
            let (x, g) = (value(&p.image, true, n, 1), value(&p.out(), true, n, 2));
            check(&Op::SumPool(p), std::slice::from_ref(&x), &p.out(), n, 9);
            check(&Op::SumPoolBack(p), std::slice::from_ref(&g), &p.image, n, 9);
            let sum = fast::<f64>(&Op::SumPool(p), std::slice::from_ref(&x), &p.out(), n);
            let back = fast::<f64>(&Op::SumPoolBack(p), std::slice::from_ref(&g), &p.image, n);
            assert!((dot(&sum, &g.values) - dot(&x.values, &back)).abs() < 1e-11);
            // Whole numbers, so that there are equal ones.
            for x in [x, numbers(&p.image, true, n, 3, 5)] {
                check(&Op::MaxPlaces(p), std::slice::from_ref(&x), &p.out(), n, 1);
            }
        }
    }
    let mut x = value(&[1, 2, 4], true, 1, 1);
    x.values[5] = f64::NAN;
    x.values[6] = f64::NEG_INFINITY;
    check(&Op::MaxPlaces(pool([1, 2, 4], [2, 2], [2, 2], [0, 0])), &[x], &[1, 1, 2], 1, 1);
}
