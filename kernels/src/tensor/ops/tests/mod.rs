//! Every operation against a plain loop in double precision, in both precisions, on sizes that fill no register.

mod elementwise;
mod linear;
mod naive;
mod rows;
mod shapes;
mod special;
mod sums;

use super::super::graph::Op;
use super::super::real::Real;
use super::{Arg, Prepared, Scratch, evaluate};

/// An argument in double precision: values, batched, shape.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub values: Vec<f64>,
    pub batched: bool,
    pub shape: Vec<usize>,
}

impl Value {
    pub fn example(&self, e: usize) -> &[f64] {
        let size: usize = self.shape.iter().product();
        let first = if self.batched { e * size } else { 0 };
        &self.values[first..first + size]
    }
}

/// Numbers that single precision holds, between -2 and 2, none of them twice in a row.
pub(super) fn some(len: usize, seed: u64) -> Vec<f64> {
    use crate::random::{Key, Stream};
    let mut stream = Stream::new(Key(seed, 17));
    (0..len).map(|_| f64::from((stream.uniform() * 4.0 - 2.0) as f32)).collect()
}

pub(super) fn value(shape: &[usize], batched: bool, n: usize, seed: u64) -> Value {
    let len = shape.iter().product::<usize>() * if batched { n } else { 1 };
    Value { values: some(len, seed), batched, shape: shape.to_vec() }
}

/// Whole numbers below `end`.
pub(super) fn numbers(shape: &[usize], batched: bool, n: usize, end: usize, seed: u64) -> Value {
    let mut x = value(shape, batched, n, seed);
    x.values.iter_mut().for_each(|x| *x = ((*x + 2.0) / 4.0 * end as f64).floor().min(end as f64 - 1.0));
    x
}

/// Whether an operation's value has a batch.
pub(super) fn batched(op: &Op, args: &[Value]) -> bool {
    !matches!(op, Op::SumBatch | Op::Outer | Op::ConvWeights(_) | Op::Accumulate) && args.iter().any(|x| x.batched)
}

/// An operation in a precision; memory and result are dirty before.
pub(super) fn fast<T: Real>(op: &Op, args: &[Value], shape: &[usize], n: usize) -> Vec<f64> {
    let copies: Vec<Vec<T>> = args.iter().map(|x| x.values.iter().map(|x| T::from_f64(*x)).collect()).collect();
    let given: Vec<Arg<T>> =
        copies.iter().zip(args).map(|(values, x)| Arg { values, batched: x.batched, shape: &x.shape }).collect();
    let len = shape.iter().product::<usize>() * if batched(op, args) { n } else { 1 };
    let mut out = vec![T::NAN; len];
    let dirt = || vec![T::NAN; 5000];
    let mut scratch = Scratch { first: dirt(), second: dirt(), third: dirt(), words: vec![0x5A5A; 100], ..Scratch::new() };
    evaluate(op, &given, shape, n, &mut out, &mut scratch, false);
    if let Some(p) = args.get(1).filter(|_| !op_is_masked(op)).and_then(|w| Prepared::new(op, &copies[1], &w.shape)) {
        let mut again = vec![T::NAN; len];
        p.run(&copies[0], n, &mut again, &mut scratch);
        assert!(again == out, "{op:?}: prepared weights give other bits");
    }
    if matches!(op, Op::SumBatch | Op::Outer | Op::ConvWeights(_) | Op::Accumulate) {
        let mut twice = vec![T::ONE; len];
        evaluate(op, &given, shape, n, &mut twice, &mut scratch, true);
        for (a, b) in twice.iter().zip(&out) {
            let (a, b) = (a.to_f64(), b.to_f64() + 1.0);
            assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "{op:?} is not added: {a} {b}");
        }
    }
    out.iter().map(|x| x.to_f64()).collect()
}

fn op_is_masked(op: &Op) -> bool {
    !matches!(op, Op::Linear { .. } | Op::Conv(_) | Op::ConvBack(_))
}

/// Both precisions against the plain loops. `sum` is the number of terms behind an element, for the error that is allowed.
pub(super) fn check(op: &Op, args: &[Value], shape: &[usize], n: usize, sum: usize) {
    let right = naive::naive(op, args, shape, n);
    let scale = args.iter().fold(1.0, |s: f64, x| s * x.values.iter().fold(1.0, |m: f64, x| m.max(x.abs())));
    for (got, ulp) in
        [(fast::<f64>(op, args, shape, n), f64::EPSILON), (fast::<f32>(op, args, shape, n), f64::from(f32::EPSILON))]
    {
        assert_eq!(got.len(), right.len(), "{op:?}");
        for (k, (a, b)) in got.iter().zip(&right).enumerate() {
            let close = (a - b).abs() <= 4.0 * ulp * scale * sum as f64 || a.is_nan() && b.is_nan() || a == b;
            assert!(close, "{op:?} {args:?} element {k}: {a} and not {b}");
        }
    }
}

/// The scalar product.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
