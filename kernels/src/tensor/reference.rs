//! The slow evaluator: one operation after the other in f64, over whole batches, each written as its definition reads.
//!
//! The twin of the fast one in tests, and what folds constants. Knows no chunks, no buffers and no threads.

mod functions;
mod windows;

pub use functions::{binary, digamma, kept, trigamma, unary};

use super::graph::{Graph, Id, Op};

/// What a graph is evaluated at.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    /// The number of examples that the data hold.
    pub examples: usize,
    /// By data slot: [examples, size of the slot].
    pub data: Vec<Vec<f64>>,
    /// By input slot.
    pub inputs: Vec<Vec<f64>>,
    /// The examples that count, by number; all if `None`.
    pub rows: Option<Vec<u32>>,
    /// For masks.
    pub key: u64,
    pub step: u64,
}

impl Feed {
    fn numbers(&self) -> Vec<u32> {
        self.rows.clone().unwrap_or_else(|| (0..self.examples as u32).collect())
    }
}

/// A value: `examples` arrays one after the other, or one without batch.
#[derive(Clone, Copy)]
struct Value<'a> {
    values: &'a [f64],
    shape: &'a [usize],
    batched: bool,
}

impl<'a> Value<'a> {
    fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// The array of an example.
    fn of(&self, example: usize) -> &'a [f64] {
        let size = self.size();
        let start = if self.batched { example * size } else { 0 };
        &self.values[start..start + size]
    }
}

/// The values of some nodes: without batch, or [examples, size] where they are batched.
///
/// Panics where an array of the feed has another size than its node.
pub fn evaluate(graph: &Graph, outputs: &[Id], feed: &Feed) -> Vec<Vec<f64>> {
    let last = outputs.iter().map(|id| id.0 as usize + 1).max().unwrap_or(0);
    let mut needed = vec![false; last];
    outputs.iter().for_each(|id| needed[id.0 as usize] = true);
    for i in (0..last).rev() {
        if needed[i] {
            graph.nodes[i].args.iter().for_each(|a| needed[a.0 as usize] = true);
        }
    }
    let numbers = feed.numbers();
    let mut values: Vec<Vec<f64>> = Vec::with_capacity(last);
    for (i, needed) in needed.into_iter().enumerate() {
        values.push(if needed { node(graph, Id(i as u32), &values, feed, &numbers) } else { vec![] });
    }
    outputs.iter().map(|id| values[id.0 as usize].clone()).collect()
}

/// The value of a node without batch whose arguments are given, one array each; `None` for leaves.
pub fn apply(op: &Op, shape: &[usize], args: &[(&[f64], &[usize])]) -> Option<Vec<f64>> {
    if matches!(op, Op::Data(_) | Op::Input(_) | Op::Constant(_) | Op::Mask { .. }) {
        return None;
    }
    let args: Vec<Value> = args.iter().map(|(values, shape)| Value { values, shape, batched: false }).collect();
    Some(operation(op, shape, false, &args, 1))
}

fn node(graph: &Graph, id: Id, values: &[Vec<f64>], feed: &Feed, numbers: &[u32]) -> Vec<f64> {
    let node = graph.node(id);
    let size = graph.size(id);
    match &node.op {
        Op::Data(slot) => {
            let all = &feed.data[*slot as usize];
            assert_eq!(all.len(), feed.examples * size, "data slot {slot}");
            numbers.iter().flat_map(|n| &all[*n as usize * size..][..size]).copied().collect()
        }
        Op::Input(slot) => {
            assert_eq!(feed.inputs[*slot as usize].len(), size, "input slot {slot}");
            feed.inputs[*slot as usize].clone()
        }
        Op::Constant(all) if all.len() == size => all.to_vec(),
        Op::Constant(one) => vec![one[0]; size],
        Op::Mask { keep, stream } => {
            let one = |n: u32, k: usize| if kept(feed.key, feed.step, *stream, n, k as u32, *keep) { 1.0 / keep } else { 0.0 };
            numbers.iter().flat_map(|n| (0..size).map(move |k| one(*n, k))).collect()
        }
        op => {
            let value = |a: &Id| Value { values: &values[a.0 as usize], shape: graph.shape(*a), batched: graph.batched(*a) };
            let args: Vec<Value> = node.args.iter().map(value).collect();
            operation(op, &node.shape, node.batched, &args, numbers.len())
        }
    }
}

fn operation(op: &Op, shape: &[usize], batched: bool, args: &[Value], examples: usize) -> Vec<f64> {
    let size: usize = shape.iter().product();
    // Of an example, or, for what sums over the batch, of all that have one.
    let crosses = matches!(op, Op::SumBatch | Op::Outer | Op::ConvWeights(_) | Op::Accumulate);
    let rounds = if batched || crosses && args.iter().any(|a| a.batched) { examples } else { 1 };
    let mut all = vec![0.0; if batched { examples * size } else { size }];
    for n in 0..rounds {
        let y = if batched { &mut all[n * size..(n + 1) * size] } else { &mut all[..] };
        let x: Vec<&[f64]> = args.iter().map(|a| a.of(n)).collect();
        let shapes: Vec<&[usize]> = args.iter().map(|a| a.shape).collect();
        example(op, shape, &shapes, &x, y);
    }
    all
}

/// The coordinates of a flat place.
fn coordinates(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut at = vec![0; shape.len()];
    for d in (0..shape.len()).rev() {
        at[d] = flat % shape[d];
        flat /= shape[d];
    }
    at
}

/// The flat place of coordinates.
fn flat(at: &[usize], shape: &[usize]) -> usize {
    at.iter().zip(shape).fold(0, |flat, (i, n)| flat * n + i)
}

/// Adds to `y`, which is zero, or holds the sum over the examples before.
fn example(op: &Op, shape: &[usize], shapes: &[&[usize]], x: &[&[f64]], y: &mut [f64]) {
    match op {
        Op::Data(_) | Op::Input(_) | Op::Constant(_) | Op::Mask { .. } => {}
        Op::Unary(f) => (0..y.len()).for_each(|k| y[k] = unary(*f, x[0][k])),
        Op::Binary(f) => (0..y.len()).for_each(|k| y[k] = binary(*f, x[0][k], x[1][k])),
        Op::Select => (0..y.len()).for_each(|k| y[k] = if x[0][k] != 0.0 { x[1][k] } else { x[2][k] }),
        Op::Broadcast { dims } => {
            for (k, y) in y.iter_mut().enumerate() {
                let at = coordinates(k, shape);
                let from: Vec<usize> = dims.iter().map(|d| at[*d]).collect();
                *y = x[0][flat(&from, shapes[0])];
            }
        }
        Op::Sum { dims } => {
            for (k, x) in x[0].iter().enumerate() {
                let at = coordinates(k, shapes[0]);
                let to: Vec<usize> = (0..at.len()).filter(|d| !dims.contains(d)).map(|d| at[d]).collect();
                y[flat(&to, shape)] += x;
            }
        }
        Op::SumBatch => (0..y.len()).for_each(|k| y[k] += x[0][k]),
        Op::Reshape => y.copy_from_slice(x[0]),
        Op::Permute { order } => {
            for (k, y) in y.iter_mut().enumerate() {
                let at = coordinates(k, shape);
                let mut from = vec![0; at.len()];
                order.iter().enumerate().for_each(|(i, o)| from[*o] = at[i]);
                *y = x[0][flat(&from, shapes[0])];
            }
        }
        Op::Slice { dim, start } => {
            for (k, y) in y.iter_mut().enumerate() {
                let mut at = coordinates(k, shape);
                at[*dim] += start;
                *y = x[0][flat(&at, shapes[0])];
            }
        }
        Op::Pad { dim, before } => {
            for (k, x) in x[0].iter().enumerate() {
                let mut at = coordinates(k, shapes[0]);
                at[*dim] += before;
                y[flat(&at, shape)] = *x;
            }
        }
        Op::Concat { dim } => {
            let mut before = 0;
            for (x, from) in x.iter().zip(shapes) {
                for (k, x) in x.iter().enumerate() {
                    let mut at = coordinates(k, from);
                    at[*dim] += before;
                    y[flat(&at, shape)] = *x;
                }
                before += from[*dim];
            }
        }
        Op::Gather { index } => (0..y.len()).for_each(|k| y[k] = x[0][index[k] as usize]),
        Op::Scatter { index } => (0..x[0].len()).for_each(|k| y[index[k] as usize] += x[0][k]),
        Op::Linear { transposed } => {
            let (k, n) = (shapes[0][shapes[0].len() - 1], shape[shape.len() - 1]);
            for (row, y) in y.chunks_mut(n.max(1)).enumerate() {
                for (j, y) in y.iter_mut().enumerate() {
                    *y = (0..k).map(|i| x[0][row * k + i] * x[1][if *transposed { j * k + i } else { i * n + j }]).sum();
                }
            }
        }
        Op::Outer => {
            let (k, n) = (shape[0], shape[1]);
            for row in 0..x[0].len() / k.max(1) {
                for i in 0..k {
                    (0..n).for_each(|j| y[i * n + j] += x[0][row * k + i] * x[1][row * n + j]);
                }
            }
        }
        Op::Conv(c) => windows::taps(c, |image, out, weight| y[out] += x[0][image] * x[1][weight]),
        Op::ConvBack(c) => windows::taps(c, |image, out, weight| y[image] += x[0][out] * x[1][weight]),
        Op::ConvWeights(c) => windows::taps(c, |image, out, weight| y[weight] += x[0][image] * x[1][out]),
        Op::SumPool(p) => windows::pooled(p, |image, out| y[out] += x[0][image]),
        Op::SumPoolBack(p) => windows::pooled(p, |image, out| y[image] += x[0][out]),
        Op::MaxPlaces(p) => {
            let mut best: Vec<Option<usize>> = vec![None; y.len()];
            windows::pooled(p, |image, out| {
                if best[out].is_none_or(|b| x[0][image] > x[0][b]) {
                    best[out] = Some(image);
                }
            });
            y.iter_mut().zip(best).for_each(|(y, best)| *y = best.unwrap_or(0) as f64);
        }
        Op::Take => (0..y.len()).for_each(|k| y[k] = x[0][x[1][k] as usize]),
        Op::Put => (0..x[0].len()).for_each(|k| y[x[1][k] as usize] += x[0][k]),
        Op::Lookup => {
            let d = shapes[0][1];
            for (k, row) in x[1].iter().enumerate() {
                (0..d).for_each(|j| y[k * d + j] = x[0][*row as usize * d + j]);
            }
        }
        Op::Accumulate => {
            let d = shape[1];
            for (k, row) in x[0].iter().enumerate() {
                (0..d).for_each(|j| y[*row as usize * d + j] += x[1][k * d + j]);
            }
        }
        Op::LogSumExp => rows(x[0], shapes[0], |k, row| y[k] = functions::log_sum_exp(row)),
        Op::Softmax => {
            rows(x[0], shapes[0], |k, row| {
                let all = functions::log_sum_exp(row);
                row.iter().enumerate().for_each(|(j, x)| y[k * row.len() + j] = libm::exp(x - all));
            });
        }
        Op::ArgMax => {
            rows(x[0], shapes[0], |k, row| {
                let best = (1..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best });
                y[k] = best as f64;
            });
        }
        Op::OneHot => {
            let classes = shape[shape.len() - 1];
            for (k, class) in x[0].iter().enumerate() {
                (0..classes).for_each(|j| y[k * classes + j] = f64::from(u8::from(*class == j as f64)));
            }
        }
    }
}

/// Calls with the number and the values of each row along the last dimension.
fn rows(x: &[f64], shape: &[usize], mut of: impl FnMut(usize, &[f64])) {
    let n = shape[shape.len() - 1];
    x.chunks(n.max(1)).enumerate().for_each(|(k, row)| of(k, row));
}

#[cfg(test)]
mod tests;
