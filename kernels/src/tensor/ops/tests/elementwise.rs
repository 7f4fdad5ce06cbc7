//! Single operations and fused runs against the same operations one element at a time.

use super::super::super::graph::{Binary, Op, Unary};
use super::super::fused::BLOCK;
use super::super::{Fused, Instruction, Scratch, View};
use super::{fast, some, value};

/// Element i of example e of an input.
fn read(x: &[f64], view: &View, e: usize, i: usize) -> f64 {
    x[if view.batched { e * view.mid } else { 0 } + i / view.inner % view.mid]
}

#[test]
fn every_view_of_an_input() {
    use Instruction::*;
    let few = [(1, 1), (3, 6), (1, 24), (7, 120)];
    let long = [(3, 2 * BLOCK), (5, 3 * BLOCK + 24), (3, 5 * BLOCK), (2, 4 * BLOCK + 24)];
    // Sixths of half a block and of whole ones.
    let even = [(3, 3 * BLOCK), (1, 3 * BLOCK), (2, 6 * BLOCK), (1, 12 * BLOCK)];
    for (n, size) in few.into_iter().chain(long).chain(even) {
        let view = |batched, mid, inner| View { batched, mid, inner };
        let mut views =
            vec![view(true, size, 1), view(false, size, 1), view(false, 1, 1), view(true, 1, size), view(false, 1, size)];
        if size % 6 == 0 {
            let s = size / 6;
            views.extend([
                view(true, 6, s),
                view(false, 6, s),
                view(false, s, 1),
                view(true, s, 6),
                view(false, 3, s),
                view(true, 2, 1),
            ]);
        }
        let inputs: Vec<Vec<f64>> =
            views.iter().enumerate().map(|(k, v)| some(v.mid * if v.batched { n } else { 1 }, k as u64)).collect();
        // The sum of all inputs with growing weights, and on the way other outputs.
        let mut list = vec![Constant(0.5)];
        let mut sum = 0;
        for i in 0..views.len() {
            list.push(Load(i));
            list.push(Binary(super::super::super::graph::Binary::Mul, list.len() - 1, 0));
            list.push(Binary(super::super::super::graph::Binary::Add, sum, list.len() - 1));
            sum = list.len() - 1;
        }
        list.push(Store(sum, 1));
        list.push(Select(1, sum, 0));
        list.push(Unary(super::super::super::graph::Unary::Neg, list.len() - 1));
        list.push(Store(list.len() - 1, 0));
        list.push(Binary(super::super::super::graph::Binary::Add, list.len() - 2, sum));
        list.push(Store(list.len() - 1, 2));
        let fused = Fused::new(&list, &views, size);
        let given: Vec<&[f64]> = inputs.iter().map(|x| &x[..]).collect();
        let mut outs = vec![vec![f64::NAN; n * size]; 3];
        let [a, b, c] = &mut outs[..] else { unreachable!() };
        let mut scratch = Scratch { first: vec![f64::NAN; 100], ..Scratch::new() };
        fused.run(&given, n, 0..size, &mut [a, b, c], &mut scratch);
        for e in 0..n {
            for i in 0..size {
                let sum = (0..views.len()).fold(0.5, |s, k| s + read(&inputs[k], &views[k], e, i) * 0.5);
                let negative = -if read(&inputs[0], &views[0], e, i) != 0.0 { sum } else { 0.5 };
                let k = e * size + i;
                assert_eq!((outs[0][k], outs[1][k], outs[2][k]), (negative, sum, negative + sum), "{n} {size}: {e} {i}");
            }
        }
        // Part of the elements of one example.
        if n == 1 {
            let (from, to) = (size / 3, size - size / 4);
            let mut parts = vec![vec![f64::NAN; to - from]; 3];
            let [a, b, c] = &mut parts[..] else { unreachable!() };
            fused.run(&given, 1, from..to, &mut [a, b, c], &mut scratch);
            (0..3).for_each(|o| assert_eq!(parts[o], outs[o][from..to]));
        }
    }
}

#[test]
fn one_operation_with_and_without_batch() {
    for (n, size) in [(1, 5), (3, 7), (4, 3000)] {
        for (a, b) in [(true, true), (true, false), (false, true), (false, false)] {
            let (x, y) = (value(&[size], a, n, 1), value(&[size], b, n, 2));
            let got = fast::<f32>(&Op::Binary(Binary::Sub), &[x.clone(), y.clone()], &[size], n);
            for (k, got) in got.iter().enumerate() {
                assert_eq!(*got, f64::from(x.example(k / size)[k % size] as f32 - y.example(k / size)[k % size] as f32));
            }
            let got = fast::<f64>(&Op::Select, &[x.clone(), y.clone(), x.clone()], &[size], n);
            for (k, got) in got.iter().enumerate() {
                assert_eq!(*got, y.example(k / size)[k % size]);
            }
        }
        assert!(fast::<f64>(&Op::Unary(Unary::Neg), &[value(&[0], true, n, 1)], &[0], n).is_empty());
    }
}
