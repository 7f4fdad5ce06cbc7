//! Sums, and what goes along the last dimension.

use super::super::super::graph::Op;
use super::super::{Arg, Scratch, Simd, evaluate, sum};
use super::{Value, check, fast, numbers, some, value};

#[test]
fn sums_over_dimensions() {
    for n in [1, 3] {
        for batched in [true, false] {
            let x = value(&[3, 4, 1, 5, 2], batched, n, 1);
            for (dims, shape) in [
                (vec![0], vec![4, 1, 5, 2]),
                (vec![4], vec![3, 4, 1, 5]),
                (vec![2], vec![3, 4, 5, 2]),
                (vec![0, 3], vec![4, 1, 2]),
                (vec![1, 3], vec![3, 1, 2]),
                (vec![0, 2, 4], vec![4, 5]),
                (vec![0, 1, 2, 3, 4], vec![]),
            ] {
                check(&Op::Sum { dims }, std::slice::from_ref(&x), &shape, n, 120);
            }
        }
        check(&Op::Sum { dims: vec![1] }, &[value(&[3, 0], true, n, 1)], &[3], n, 1);
        check(&Op::Sum { dims: vec![0] }, &[value(&[70, 300], true, n, 1)], &[300], n, 70);
        check(&Op::Sum { dims: vec![1] }, &[value(&[2, 5000], true, n, 1)], &[2], n, 5000);
    }
    for n in [1, 31, 32, 33, 200, 1000] {
        check(&Op::SumBatch, &[value(&[5], true, n, 1)], &[5], n, n);
    }
    check(&Op::SumBatch, &[value(&[300], true, 65, 1)], &[300], 65, 65);
}

/// The error of a long sum in single precision is that of a tree, not of a line.
#[test]
fn long_sums_are_accurate() {
    let x: Vec<f32> = some(1_000_003, 4).iter().map(|x| x.abs() as f32).collect();
    let right: f64 = x.iter().map(|x| f64::from(*x)).sum();
    let mut out = [0.0f32];
    let arg = Arg { values: &x, batched: false, shape: &[x.len()] };
    evaluate(&Op::Sum { dims: vec![0] }, &[arg], &[], 1, &mut out, &mut Scratch::new(), false);
    assert!((f64::from(out[0]) / right - 1.0).abs() < 1e-6);
    let arg = Arg { values: &x, batched: true, shape: &[] };
    evaluate(&Op::SumBatch, &[arg], &[], x.len(), &mut out, &mut Scratch::new(), false);
    assert!((f64::from(out[0]) / right - 1.0).abs() < 1e-6);
}

#[test]
fn sums_are_the_same_bits_on_every_instruction_set() {
    let x: Vec<f32> = some(70 * 301, 4).iter().map(|x| *x as f32).collect();
    let run = |simd: Simd| {
        let (mut a, mut b) = (vec![0.0f32; 7], vec![0.0f32; 301]);
        sum::lines(simd, &x, 70 * 43, &mut a);
        sum::rows(simd, &x, 70, 301, &mut b, false);
        (a, b)
    };
    assert_eq!(run(Simd::detect()), run(Simd::Portable));
}

#[test]
fn along_the_last_dimension() {
    for n in [1, 5] {
        for width in [1, 2, 10, 33, 3000] {
            let x = value(&[3, width], true, n, 1);
            check(&Op::LogSumExp, std::slice::from_ref(&x), &[3], n, 8);
            check(&Op::Softmax, std::slice::from_ref(&x), &[3, width], n, 8);
            check(&Op::ArgMax, std::slice::from_ref(&x), &[3], n, 1);
            check(&Op::ArgMax, &[numbers(&[3, width], true, n, 3, 2)], &[3], n, 1);
        }
    }
    check(&Op::LogSumExp, &[value(&[700, 3], true, 2, 1)], &[700], 2, 8);
}

#[test]
fn rows_of_infinities() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let rows = vec![-inf, -inf, -inf, 1.0, inf, 2.0, nan, 1.0, -inf, 1000.0, 999.0, -inf];
    let x = Value { values: rows, batched: true, shape: vec![4, 3] };
    for got in [
        fast::<f64>(&Op::LogSumExp, std::slice::from_ref(&x), &[4], 1),
        fast::<f32>(&Op::LogSumExp, std::slice::from_ref(&x), &[4], 1),
    ] {
        assert_eq!(got[..2], [-inf, inf]);
        assert!(got[2].is_nan());
        assert!((got[3] - 1_000.313_261_687_518).abs() < 1e-4);
    }
    assert_eq!(fast::<f64>(&Op::ArgMax, &[x], &[4], 1), [0.0, 1.0, 0.0, 0.0]);
    let empty = Value { values: vec![], batched: true, shape: vec![2, 0] };
    assert_eq!(fast::<f64>(&Op::LogSumExp, &[empty], &[2], 1), [-inf, -inf]);
}
