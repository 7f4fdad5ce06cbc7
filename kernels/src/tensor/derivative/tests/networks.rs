//! Networks that the other tests differentiate.

use super::super::super::graph::{Binary, Conv, Id, Pool, Unary};
use super::bench::Bench;

/// A network on a bench: the loss, the outputs and the parameters.
pub struct Net {
    pub b: Bench,
    pub loss: Id,
    pub outputs: Id,
    pub wrt: Vec<Id>,
}

/// Mean over the batch.
pub fn mean(b: &mut Bench, x: Id) -> Id {
    let sum = b.g.sum_batch(x);
    let shape = b.g.shape(sum).to_vec();
    let n = b.g.constant(1.0 / b.feed.examples as f64, &shape);
    b.g.binary(Binary::Mul, sum, n)
}

pub fn biased(b: &mut Bench, x: Id, bias: Id, dim: usize) -> Id {
    let shape = b.g.shape(x).to_vec();
    let bias = b.g.broadcast(bias, &[dim], &shape, false);
    b.g.binary(Binary::Add, x, bias)
}

/// Mean cross-entropy with random classes.
pub fn cross_entropy(b: &mut Bench, y: Id) -> Id {
    let classes = *b.g.shape(y).last().unwrap();
    let rows: Vec<usize> = b.g.shape(y)[..b.g.shape(y).len() - 1].to_vec();
    let class = b.whole(&rows, classes as u32);
    let hot = b.g.one_hot(class, classes);
    let right = b.g.binary(Binary::Mul, hot, y);
    let right = b.g.sum(right, &[rows.len()]);
    let all = b.g.log_sum_exp(y);
    let each = b.g.binary(Binary::Sub, all, right);
    let each = b.g.sum_all(each);
    mean(b, each)
}

/// Mean square with random targets.
pub fn squares(b: &mut Bench, y: Id) -> Id {
    let target = b.like(y);
    let apart = b.g.binary(Binary::Sub, y, target);
    let each = b.g.unary(Unary::Square, apart);
    let each = b.g.sum_all(each);
    mean(b, each)
}

/// Dense layers of these widths.
pub fn dense(b: &mut Bench, widths: &[usize], f: Unary) -> (Id, Vec<Id>) {
    let mut x = b.leaf(&[widths[0]], true, -1.0, 1.0);
    let mut wrt = vec![];
    for (k, pair) in widths.windows(2).enumerate() {
        let (w, bias) = (b.leaf(pair, false, -1.0, 1.0), b.leaf(&pair[1..], false, -0.5, 0.5));
        wrt.extend([w, bias]);
        x = b.g.linear(x, w, false);
        x = biased(b, x, bias, 0);
        if k + 2 < widths.len() {
            x = b.g.unary(f, x);
        }
    }
    (x, wrt)
}

pub fn perceptron(widths: &[usize], f: Unary, loss: fn(&mut Bench, Id) -> Id, examples: usize) -> Net {
    let mut b = Bench::new(examples, 77);
    let (outputs, wrt) = dense(&mut b, widths, f);
    let loss = loss(&mut b, outputs);
    Net { b, loss, outputs, wrt }
}

/// A convolution in groups, a maximum over windows, a convolution with steps, and a dense layer.
pub fn convolutional(loss: fn(&mut Bench, Id) -> Id, f: Unary) -> Net {
    let mut b = Bench::new(4, 78);
    let x = b.leaf(&[2, 6, 5], true, -1.0, 1.0);
    let first = Conv { image: [2, 6, 5], kernel: [4, 3, 3], stride: [1, 1], padding: [1, 1], groups: 2 };
    let w1 = b.leaf(&first.weights(), false, -0.7, 0.7);
    let b1 = b.leaf(&[4], false, -0.3, 0.3);
    let y = b.g.conv(x, w1, first);
    let y = biased(&mut b, y, b1, 0);
    let y = b.g.unary(f, y);
    let pool = Pool { image: [4, 6, 5], window: [2, 2], stride: [2, 2], padding: [0, 0] };
    let places = b.g.max_places(y, pool);
    let y = b.g.take(y, places);
    let second = Conv { image: [4, 3, 2], kernel: [3, 2, 2], stride: [1, 2], padding: [1, 0], groups: 1 };
    let w2 = b.leaf(&second.weights(), false, -0.7, 0.7);
    let y = b.g.conv(y, w2, second);
    let y = b.g.unary(f, y);
    let size = b.g.size(y);
    let y = b.g.reshape(y, &[size]);
    let w3 = b.leaf(&[3, size], false, -0.7, 0.7);
    let outputs = b.g.linear(y, w3, true);
    let loss = loss(&mut b, outputs);
    Net { b, loss, outputs, wrt: vec![w1, b1, w2, w3] }
}

/// Dense layers with batch normalisation written out, and a scale and a shift.
pub fn normalised(examples: usize) -> Net {
    let mut b = Bench::new(examples, 79);
    let x = b.leaf(&[3], true, -1.0, 1.0);
    let (w, v) = (b.leaf(&[3, 5], false, -1.0, 1.0), b.leaf(&[5, 3], false, -1.0, 1.0));
    let (scale, shift) = (b.leaf(&[5], false, 0.5, 1.5), b.leaf(&[5], false, -0.5, 0.5));
    let y = b.g.linear(x, w, false);
    let n = b.g.constant(1.0 / examples as f64, &[5]);
    let average = |b: &mut Bench, x: Id| {
        let sum = b.g.sum_batch(x);
        b.g.binary(Binary::Mul, sum, n)
    };
    let centre = average(&mut b, y);
    let apart = b.g.binary(Binary::Sub, y, centre);
    let square = b.g.unary(Unary::Square, apart);
    let variance = average(&mut b, square);
    let small = b.g.constant(1e-3, &[5]);
    let variance = b.g.binary(Binary::Add, variance, small);
    let width = b.g.unary(Unary::Sqrt, variance);
    let y = b.g.binary(Binary::Div, apart, width);
    let y = b.g.binary(Binary::Mul, y, scale);
    let y = b.g.binary(Binary::Add, y, shift);
    let y = b.g.unary(Unary::Tanh, y);
    let outputs = b.g.linear(y, v, false);
    let loss = cross_entropy(&mut b, outputs);
    Net { b, loss, outputs, wrt: vec![w, v, scale, shift] }
}

/// Rows of a table, averaged with attention to one another, in a language of five words.
pub fn attention() -> Net {
    let mut b = Bench::new(3, 80);
    let words = b.whole(&[4], 5);
    let table = b.leaf(&[5, 3], false, -1.0, 1.0);
    let (q, out) = (b.leaf(&[3, 3], false, -1.0, 1.0), b.leaf(&[3, 2], false, -1.0, 1.0));
    let x = b.g.lookup(table, words);
    let asked = b.g.linear(x, q, false);
    let (left, right) = (b.g.broadcast(asked, &[0, 2], &[4, 4, 3], true), b.g.broadcast(x, &[1, 2], &[4, 4, 3], true));
    let scores = b.g.binary(Binary::Mul, left, right);
    let scores = b.g.sum(scores, &[2]);
    let weights = b.g.softmax(scores);
    let weights = b.g.broadcast(weights, &[0, 1], &[4, 4, 3], true);
    let mixed = b.g.binary(Binary::Mul, weights, right);
    let mixed = b.g.sum(mixed, &[1]);
    let outputs = b.g.linear(mixed, out, false);
    let loss = cross_entropy(&mut b, outputs);
    Net { b, loss, outputs, wrt: vec![table, q, out] }
}

pub fn all() -> Vec<(&'static str, Net)> {
    vec![
        ("tanh, cross-entropy", perceptron(&[4, 5, 3, 3], Unary::Tanh, cross_entropy, 5)),
        ("relu, squares", perceptron(&[4, 6, 2], Unary::Relu, squares, 5)),
        ("softplus, squares", perceptron(&[2, 3, 1], Unary::Softplus, squares, 7)),
        ("convolutions", convolutional(cross_entropy, Unary::Relu)),
        ("smooth convolutions, squares", convolutional(squares, Unary::Sigmoid)),
        ("batch normalisation", normalised(6)),
        ("attention", attention()),
    ]
}
