//! Products: against plain loops, and each against its transposes.

use super::super::super::graph::{Conv, Op};
use super::super::{Simd, evaluate_with};
use super::{Arg, Real, Scratch, Value, batched, check, dot, fast, value};

#[test]
fn rows_times_matrices() {
    // (rows, inner, columns): within a tile, across tiles, panels and blocks of the inner dimension.
    for (m, k, n) in
        [(1, 1, 1), (2, 3, 5), (6, 16, 16), (7, 17, 33), (13, 300, 9), (250, 5, 20), (3, 520, 40), (4, 0, 3), (5, 3, 0)]
    {
        for transposed in [false, true] {
            let w = value(&if transposed { [n, k] } else { [k, n] }, false, 1, 2);
            check(&Op::Linear { transposed }, &[value(&[k], true, m, 1), w.clone()], &[n], m, k + 1);
            // Rows within an example; and no batch.
            check(&Op::Linear { transposed }, &[value(&[2, 3, k], true, m, 1), w.clone()], &[2, 3, n], m, k + 1);
            check(&Op::Linear { transposed }, &[value(&[m, k], false, 1, 1), w], &[m, n], 1, k + 1);
        }
        check(&Op::Outer, &[value(&[k], true, m, 1), value(&[n], true, m, 2)], &[k, n], m, m + 1);
        check(&Op::Outer, &[value(&[3, k], true, m, 1), value(&[3, n], true, m, 2)], &[k, n], m, 3 * m + 1);
        check(&Op::Outer, &[value(&[k], false, 1, 1), value(&[n], false, 1, 2)], &[k, n], 1, 2);
        check(&Op::Outer, &[value(&[k], false, 1, 1), value(&[n], true, m, 2)], &[k, n], m, m + 1);
    }
    check(&Op::Outer, &[value(&[7], true, 700, 1), value(&[18], true, 700, 2)], &[7, 18], 700, 700);
}

fn convolutions() -> Vec<Conv> {
    let conv = |image, kernel, stride, padding, groups| Conv { image, kernel, stride, padding, groups };
    vec![
        conv([1, 1, 1], [1, 1, 1], [1, 1], [0, 0], 1),
        conv([3, 8, 8], [16, 3, 3], [1, 1], [1, 1], 1),
        conv([3, 7, 9], [5, 3, 3], [1, 1], [1, 1], 1),
        conv([2, 9, 21], [7, 3, 3], [2, 2], [1, 1], 1),
        conv([2, 8, 34], [3, 3, 3], [2, 2], [1, 1], 1),
        conv([4, 8, 18], [6, 1, 1], [2, 2], [0, 0], 1),
        conv([2, 11, 13], [3, 5, 2], [3, 2], [2, 1], 1),
        conv([1, 5, 6], [2, 2, 3], [2, 3], [0, 3], 1),
        conv([6, 6, 17], [4, 3, 3], [1, 1], [1, 1], 2),
        conv([5, 6, 10], [5, 3, 3], [1, 2], [1, 1], 5),
        conv([3, 4, 4], [2, 4, 4], [1, 1], [0, 0], 1),
        conv([2, 4, 5], [13, 2, 2], [4, 4], [0, 0], 1),
        conv([5, 9, 6], [42, 3, 3], [2, 1], [1, 1], 1),
        conv([4, 6, 11], [48, 3, 2], [1, 2], [1, 1], 2),
        conv([2, 40, 41], [33, 1, 3], [1, 1], [0, 1], 1),
        conv([9, 12, 21], [11, 3, 3], [1, 1], [1, 0], 1),
        conv([8, 5, 7], [16, 3, 3], [1, 1], [2, 2], 1),
        conv([13, 33, 34], [8, 3, 3], [1, 1], [1, 1], 1),
        conv([1, 3, 40], [1, 3, 3], [1, 1], [4, 5], 1),
    ]
}

#[test]
fn convolutions_and_their_transposes() {
    for c in convolutions() {
        let (image, out, weights) = (c.image, c.out(), c.weights());
        for n in [1, 3] {
            let (x, g) = (value(&image, true, n, 3), value(&out, true, n, 4));
            let w = value(&weights, false, 1, 5);
            let terms = weights[1..].iter().product::<usize>();
            check(&Op::Conv(c), &[x.clone(), w.clone()], &out, n, terms);
            check(&Op::ConvBack(c), &[g.clone(), w.clone()], &image, n, terms * out[0]);
            check(&Op::ConvWeights(c), &[x.clone(), g.clone()], &weights, n, n * out[1] * out[2]);
            // <conv(x, w), g> = <x, back(g, w)> = <w, weights(x, g)>
            let forward = dot(&fast::<f64>(&Op::Conv(c), &[x.clone(), w.clone()], &out, n), &g.values);
            let back = dot(&fast::<f64>(&Op::ConvBack(c), &[g.clone(), w.clone()], &image, n), &x.values);
            let by_weights = dot(&fast::<f64>(&Op::ConvWeights(c), &[x, g], &weights, n), &w.values);
            assert!((forward - back).abs() < 1e-10 * (1.0 + forward.abs()), "{c:?}");
            assert!((forward - by_weights).abs() < 1e-10 * (1.0 + forward.abs()), "{c:?}");
        }
    }
}

#[test]
fn many_images_and_steps() {
    let c = Conv { image: [2, 20, 20], kernel: [3, 3, 3], stride: [1, 1], padding: [1, 1], groups: 1 };
    let (x, g) = (value(&c.image, true, 70, 3), value(&c.out(), true, 70, 4));
    check(&Op::ConvWeights(c), &[x, g.clone()], &c.weights(), 70, 70 * 400);
    let one = value(&c.image, false, 1, 3);
    check(&Op::ConvWeights(c), &[one, g], &c.weights(), 70, 70 * 400);
}

#[test]
fn a_row_does_not_depend_on_the_others() {
    let (k, n) = (300, 21);
    let (x, w) = (value(&[k], true, 40, 1), value(&[k, n], false, 1, 2));
    let op = Op::Linear { transposed: false };
    let all = fast::<f32>(&op, &[x.clone(), w.clone()], &[n], 40);
    for e in 0..40 {
        let one = Value { values: x.example(e).to_vec(), ..x.clone() };
        assert_eq!(fast::<f32>(&op, &[one, w.clone()], &[n], 1), all[e * n..(e + 1) * n]);
    }
}

/// An operation with each set of instructions that fuses products and sums.
fn with_each<T: Real>(op: &Op, args: &[Value], shape: &[usize], n: usize) -> Vec<Vec<T>> {
    let copies: Vec<Vec<T>> = args.iter().map(|x| x.values.iter().map(|x| T::from_f64(*x)).collect()).collect();
    let given: Vec<Arg<T>> =
        copies.iter().zip(args).map(|(values, x)| Arg { values, batched: x.batched, shape: &x.shape }).collect();
    let len = shape.iter().product::<usize>() * if batched(op, args) { n } else { 1 };
    let sets = Simd::all().iter().filter(|simd| **simd != Simd::Portable);
    let run = |simd: &Simd| {
        let mut out = vec![T::NAN; len];
        evaluate_with(*simd, op, &given, shape, n, &mut out, &mut Scratch::new(), false);
        out
    };
    sets.map(run).collect()
}

#[test]
fn wider_registers_and_more_of_them_change_no_bit() {
    fn agree<T: Real>(op: &Op, args: &[Value], shape: &[usize], n: usize) {
        let all = with_each::<T>(op, args, shape, n);
        assert!(all.windows(2).all(|w| w[0] == w[1]), "{op:?} {shape:?}");
    }
    let both = |op: &Op, args: &[Value], shape: &[usize], n: usize| {
        agree::<f32>(op, args, shape, n);
        agree::<f64>(op, args, shape, n);
    };
    for (m, k, n) in [(1, 1, 1), (13, 300, 9), (7, 17, 33), (25, 260, 40), (12, 64, 100)] {
        for transposed in [false, true] {
            let w = value(&if transposed { [n, k] } else { [k, n] }, false, 1, 2);
            both(&Op::Linear { transposed }, &[value(&[k], true, m, 1), w], &[n], m);
        }
        both(&Op::Outer, &[value(&[k], true, m, 1), value(&[n], true, m, 2)], &[k, n], m);
    }
    for c in convolutions() {
        let (image, out, weights) = (c.image, c.out(), c.weights());
        let (x, g, w) = (value(&image, true, 3, 3), value(&out, true, 3, 4), value(&weights, false, 1, 5));
        both(&Op::Conv(c), &[x.clone(), w.clone()], &out, 3);
        both(&Op::ConvBack(c), &[g.clone(), w], &image, 3);
        both(&Op::ConvWeights(c), &[x, g], &weights, 3);
    }
}
