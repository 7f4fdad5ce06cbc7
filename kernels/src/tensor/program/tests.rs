//! Programs against the slow evaluator.

mod random;

use super::super::graph::{Binary, Graph, Id, Unary};
use super::super::real::Real;
use super::super::reference::{self, Feed};
use super::chunks::Aims;
use super::*;
use crate::random::{Key, Stream};

/// Cuts that are as fine as they get, so that small cases have several blocks and chunks.
fn fine(program: Program, least: usize) -> Arc<Program> {
    let aims = Aims { least, arena: 1, block: 4 * program.block * least * 6, lanes: 5, threads: 3, short: 0.0, ..program.aims };
    Arc::new(Program { aims, ..program })
}

fn numbers(stream: &mut Stream, n: usize) -> Vec<f64> {
    // Multiples of 1/1024, so that both precisions begin with the same.
    (0..n).map(|_| f64::from(stream.below(2048)) / 1024.0 - 1.0).collect()
}

fn to<T: Real>(x: &[f64]) -> Vec<T> {
    x.iter().map(|x| T::from_f64(*x)).collect()
}

/// A session that holds what a feed says.
fn session<T: Real>(program: &Arc<Program>, feed: &Feed) -> Session<T> {
    let mut s = Session::new(program.clone());
    for (slot, values) in feed.data.iter().enumerate() {
        s.bind(slot as u32, Arc::new(to(values)));
    }
    for (slot, values) in feed.inputs.iter().enumerate() {
        s.set(slot as u32, &to::<T>(values));
    }
    s.examples(feed.rows.clone().map_or(Rows::All(feed.examples), Rows::Some));
    s.seed(feed.key, feed.step);
    s
}

fn assert_near<T: Real>(s: &Session<T>, graph: &Graph, outputs: &[Id], feed: &Feed, tolerance: f64) {
    for (k, expected) in reference::evaluate(graph, outputs, feed).into_iter().enumerate() {
        let found = s.output(k);
        assert_eq!(found.len(), expected.len(), "output {k}: {:?}", graph.node(outputs[k]));
        for (i, (x, y)) in found.iter().zip(&expected).enumerate() {
            let x = x.to_f64();
            assert!((x - y).abs() <= tolerance * (1.0 + y.abs()) || x.is_nan() && y.is_nan(), "output {k}[{i}]: {x}, not {y}");
        }
    }
}

fn bits<T: Real>(s: &Session<T>, outputs: usize) -> Vec<u64> {
    (0..outputs).flat_map(|k| s.output(k).iter().map(|x| x.to_f64().to_bits())).collect()
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// A perceptron with one hidden layer, its loss, and its gradient written by hand. Inputs: weights, biases.
fn perceptron(sizes: [usize; 3]) -> (Graph, Vec<Id>, Vec<usize>) {
    let [a, b, c] = sizes;
    let mut g = Graph::new();
    let (x, label) = (g.data(0, &[a]), g.data(1, &[]));
    let (w1, b1, w2, b2) = (g.input(0, &[a, b]), g.input(1, &[b]), g.input(2, &[b, c]), g.input(3, &[c]));
    let z = g.linear(x, w1, false);
    let bias = g.broadcast(b1, &[0], &[b], true);
    let z = g.binary(Binary::Add, z, bias);
    let h = g.unary(Unary::Relu, z);
    let y = g.linear(h, w2, false);
    let bias = g.broadcast(b2, &[0], &[c], true);
    let y = g.binary(Binary::Add, y, bias);
    let target = g.one_hot(label, c);
    let picked = g.binary(Binary::Mul, y, target);
    let picked = g.sum_all(picked);
    let all = g.log_sum_exp(y);
    let each = g.binary(Binary::Sub, all, picked);
    let loss = g.sum_batch(each);
    let p = g.softmax(y);
    let dy = g.binary(Binary::Sub, p, target);
    let dw2 = g.outer(h, dy);
    let db2 = g.sum_batch(dy);
    let dh = g.linear(dy, w2, true);
    let on = g.unary(Unary::Step, z);
    let dz = g.binary(Binary::Mul, dh, on);
    let dw1 = g.outer(x, dz);
    let db1 = g.sum_batch(dz);
    (g, vec![loss, each, dw1, db1, dw2, db2], vec![a * b, b, b * c, c])
}

fn perceptron_feed(sizes: [usize; 3], examples: usize) -> Feed {
    let mut s = Stream::new(Key(1, examples as u64));
    let [a, b, c] = sizes;
    let labels = (0..examples).map(|_| f64::from(s.below(c as u32))).collect();
    let inputs = [a * b, b, b * c, c].map(|n| numbers(&mut s, n)).to_vec();
    Feed { examples, data: vec![numbers(&mut s, examples * a), labels], inputs, rows: None, key: 5, step: 2 }
}

#[test]
fn the_gradient_of_a_perceptron() {
    for (sizes, examples, least) in [([7, 5, 3], 1, 1), ([7, 5, 3], 37, 2), ([70, 66, 10], 61, 3), ([70, 66, 10], 8, 64)] {
        let (graph, outputs, _) = perceptron(sizes);
        let feed = perceptron_feed(sizes, examples);
        let program = fine(Program::new(&graph, &outputs, &[]).expect("a program"), least);
        let mut s = session::<f64>(&program, &feed);
        s.run();
        assert_near(&s, &graph, &outputs, &feed, 1e-11);
        let mut s = session::<f32>(&program, &feed);
        s.run();
        assert_near(&s, &graph, &outputs, &feed, 1e-4);
        // A minibatch, and all again.
        let mut some = feed.clone();
        some.rows = Some((0..examples as u32 / 2 + 1).map(|k| k * 7 % examples as u32).collect());
        s.examples(Rows::Some(some.rows.clone().unwrap_or_default()));
        s.run();
        assert_near(&s, &graph, &outputs, &some, 1e-4);
        s.examples(Rows::All(examples));
        s.run();
        assert_near(&s, &graph, &outputs, &feed, 1e-4);
    }
}

#[test]
fn large_outer_products_are_taken_over_blocks() {
    let (graph, outputs, _) = perceptron([70, 66, 10]);
    let program = Program::new(&graph, &outputs, &[]).expect("a program");
    assert_eq!(program.phases.iter().map(|p| p.late.len()).sum::<usize>(), 1);
    assert_eq!(program.phases.len(), 1);
}

#[test]
fn sums_over_no_examples_are_0() {
    let (graph, outputs, _) = perceptron([70, 66, 10]);
    let program = Arc::new(Program::new(&graph, &outputs, &[]).expect("a program"));
    let mut feed = perceptron_feed([70, 66, 10], 20);
    let mut s = session::<f64>(&program, &feed);
    s.run();
    s.examples(Rows::Some(vec![]));
    s.run();
    feed.rows = Some(vec![]);
    assert_near(&s, &graph, &outputs, &feed, 0.0);
}

/// (x - mean) / sqrt(variance + 0.1) over the batch, times a gain, then a quartic loss; with a mask.
fn normalised() -> (Graph, Vec<Id>) {
    let mut g = Graph::new();
    let (x, w, gain, count) = (g.data(0, &[6]), g.input(0, &[6, 9]), g.input(1, &[9]), g.input(2, &[]));
    let h = g.linear(x, w, false);
    let sum = g.sum_batch(h);
    let n = g.spread(count, &[9]);
    let mean = g.binary(Binary::Div, sum, n);
    let mean_all = g.broadcast(mean, &[0], &[9], true);
    let d = g.binary(Binary::Sub, h, mean_all);
    let square = g.unary(Unary::Square, d);
    let sum = g.sum_batch(square);
    let variance = g.binary(Binary::Div, sum, n);
    let small = g.constant(0.1, &[9]);
    let variance = g.binary(Binary::Add, variance, small);
    let deviation = g.unary(Unary::Sqrt, variance);
    let scale = g.binary(Binary::Div, gain, deviation);
    let scale = g.broadcast(scale, &[0], &[9], true);
    let y = g.binary(Binary::Mul, d, scale);
    let mask = g.add(super::super::graph::Op::Mask { keep: 0.7, stream: 4 }, vec![], vec![9], true);
    let y = g.binary(Binary::Mul, y, mask);
    let y = g.unary(Unary::Tanh, y);
    let each = g.sum_all(y);
    let loss = g.sum_batch(each);
    (g, vec![loss, y, variance])
}

#[test]
fn a_batch_norm_has_three_phases() {
    let (graph, outputs) = normalised();
    let program = Program::new(&graph, &outputs, &[]).expect("a program");
    assert_eq!(program.phases.len(), 3);
    let program = fine(program, 4);
    let mut stream = Stream::new(Key(8, 8));
    for examples in [1, 4, 90, 211] {
        let data = vec![numbers(&mut stream, examples * 6)];
        let inputs = vec![numbers(&mut stream, 54), numbers(&mut stream, 9), vec![examples as f64]];
        let mut feed = Feed { examples, data, inputs, rows: None, key: 77, step: 1 };
        let mut s = session::<f64>(&program, &feed);
        s.run();
        assert_near(&s, &graph, &outputs, &feed, 1e-11);
        feed.step = 2;
        s.seed(77, 2);
        s.run();
        assert_near(&s, &graph, &outputs, &feed, 1e-11);
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let sizes = [70, 66, 10];
    let (graph, outputs, _) = perceptron(sizes);
    let (other, other_outputs) = normalised();
    let feed = perceptron_feed(sizes, 157);
    let mut stream = Stream::new(Key(3, 3));
    let inputs = vec![numbers(&mut stream, 54), numbers(&mut stream, 9), vec![99.0]];
    let rows = Some((0..99).map(|k| k * 2 % 99).collect());
    let other_feed = Feed { examples: 99, data: vec![numbers(&mut stream, 99 * 6)], inputs, rows, key: 1, step: 1 };
    let all = |threads: usize| {
        pool(threads).install(|| {
            let program = fine(Program::new(&graph, &outputs, &[]).expect("a program"), 8);
            let mut s = session::<f32>(&program, &feed);
            s.run();
            let program = fine(Program::new(&other, &other_outputs, &[]).expect("a program"), 8);
            let mut t = session::<f32>(&program, &other_feed);
            t.run();
            [bits(&s, outputs.len()), bits(&t, other_outputs.len())]
        })
    };
    let one = all(1);
    assert!([2, 3, 5].into_iter().all(|threads| all(threads) == one));
}

/// A chain of angles: gathers, functions, a sum, and its gradient with a scatter. Large enough to be cut into parts.
fn chain(n: usize) -> (Graph, Vec<Id>) {
    let mut g = Graph::new();
    let (x, coupling) = (g.input(0, &[n]), g.input(1, &[]));
    let next = Arc::new((0..n as u32).map(|i| (i + 1) % n as u32).collect::<Vec<_>>());
    let y = g.gather(x, next.clone(), &[n]);
    let d = g.binary(Binary::Sub, y, x);
    let j = g.spread(coupling, &[n]);
    let c = g.unary(Unary::Cos, d);
    let c = g.binary(Binary::Mul, c, j);
    let energy = g.sum_all(c);
    let s = g.unary(Unary::Sin, d);
    let s = g.binary(Binary::Mul, s, j);
    let back = g.scatter(s, next, &[n]);
    let gradient = g.binary(Binary::Sub, s, back);
    let rows = g.reshape(gradient, &[n / 64, 64]);
    let w = g.input(2, &[64, 70]);
    let product = g.linear(rows, w, false);
    let soft = g.softmax(product);
    let peaks = g.log_sum_exp(product);
    let outer = g.outer(rows, product);
    let total = g.sum(product, &[1]);
    (g, vec![energy, gradient, soft, peaks, outer, total])
}

#[test]
fn without_a_batch() {
    for n in [64, 640, 100 * 1024] {
        let (graph, outputs) = chain(n);
        let program = Arc::new(Program::new(&graph, &outputs, &[0, 0, 1]).expect("a program"));
        let mut stream = Stream::new(Key(2, n as u64));
        let inputs = vec![numbers(&mut stream, n), vec![0.75], numbers(&mut stream, 64 * 70)];
        let mut feed = Feed { inputs, ..Feed::default() };
        let mut one = session::<f64>(&program, &feed);
        pool(1).install(|| one.run());
        assert_near(&one, &graph, &outputs, &feed, 1e-9);
        for threads in [2, 3, 5] {
            let mut s = session::<f64>(&program, &feed);
            pool(threads).install(|| s.run());
            assert!(bits(&one, outputs.len()) == bits(&s, outputs.len()));
        }
        feed.inputs[1] = vec![-0.5];
        one.set(1, &feed.inputs[1]);
        one.run();
        assert_near(&one, &graph, &outputs, &feed, 1e-9);
    }
}

/// x^2 waits for the group that reads the neighbour: one group, and nothing of it is stored but what the sum reads.
#[test]
fn what_one_group_reads_is_made_there() {
    let mut g = Graph::new();
    let x = g.input(0, &[8]);
    let square = g.unary(Unary::Square, x);
    let next = g.gather(x, Arc::new((0..8).map(|i| (i + 1) % 8).collect()), &[8]);
    let product = g.binary(Binary::Mul, next, square);
    let energy = g.sum_all(product);
    let program = Arc::new(Program::new(&g, &[energy], &[]).expect("a program"));
    assert_eq!(program.phases[0].once.len(), 3);
    let feed = Feed { inputs: vec![(0..8).map(f64::from).collect()], ..Feed::default() };
    let mut s = session::<f64>(&program, &feed);
    s.run();
    assert_near(&s, &g, &[energy], &feed, 0.0);
}

#[test]
fn what_did_not_change_is_not_evaluated() {
    let (graph, outputs, _) = perceptron([70, 66, 10]);
    // The second layer's bias is fast: only what follows from it is evaluated again.
    let program = Program::new(&graph, &outputs, &[0, 0, 0, 1]).expect("a program");
    assert!(program.flops_after(10, 1) < 0.6 * program.flops(10));
    assert_eq!(program.flops_after(10, 2), 0.0);
    let program = fine(program, 4);
    let mut feed = perceptron_feed([70, 66, 10], 33);
    let mut s = session::<f64>(&program, &feed);
    s.run();
    let mut stream = Stream::new(Key(4, 4));
    for round in 0..12 {
        let slot = if round % 4 == 3 { round / 4 } else { 3 };
        feed.inputs[slot] = numbers(&mut stream, feed.inputs[slot].len());
        s.set(slot as u32, &feed.inputs[slot]);
        s.run();
        assert_near(&s, &graph, &outputs, &feed, 1e-11);
    }
}

#[test]
fn outputs_may_be_anything() {
    let mut g = Graph::new();
    let (x, y, c) = (g.data(0, &[2, 3]), g.input(0, &[3]), g.constant(2.5, &[4]));
    let flat = g.reshape(x, &[6]);
    let wide = g.broadcast(y, &[1], &[2, 3], true);
    let twice = g.broadcast(y, &[0], &[3, 5], false);
    let outputs = vec![x, y, c, flat, wide, twice, x, y];
    let program = Arc::new(Program::new(&g, &outputs, &[]).expect("a program"));
    let data = vec![(0..24).map(f64::from).collect()];
    let mut feed = Feed { examples: 4, data, inputs: vec![vec![7.0, 8.0, 9.0]], ..Feed::default() };
    let mut s = session::<f64>(&program, &feed);
    s.run();
    assert_near(&s, &g, &outputs, &feed, 0.0);
    feed.rows = Some(vec![3, 0, 3]);
    s.examples(Rows::Some(vec![3, 0, 3]));
    s.run();
    assert_near(&s, &g, &outputs, &feed, 0.0);
}

#[test]
fn a_graph_that_makes_no_sense_is_an_error() {
    let mut g = Graph::new();
    let x = g.data(0, &[2]);
    let bad = g.add(super::super::graph::Op::Unary(Unary::Exp), vec![x], vec![3], true);
    assert!(Program::new(&g, &[bad], &[]).is_err());
    assert!(Program::new(&g, &[Id(17)], &[]).is_err());
}
