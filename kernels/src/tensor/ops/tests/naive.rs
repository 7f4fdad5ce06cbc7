//! Plain loops.

use super::super::super::graph::{Conv, Op, Pool};
use super::{Value, batched};

/// The position of a flat index.
fn position(mut k: usize, shape: &[usize]) -> Vec<usize> {
    let mut at = vec![0; shape.len()];
    for (i, n) in shape.iter().enumerate().rev() {
        (at[i], k) = (k % n, k / n);
    }
    at
}

fn flat(at: &[usize], shape: &[usize]) -> usize {
    at.iter().zip(shape).fold(0, |k, (i, n)| k * n + i)
}

/// All (image place, weight, output place) that a convolution multiplies, flat.
fn meetings(c: &Conv) -> Vec<(usize, usize, usize)> {
    let ([_, h, w], [o, oh, ow], [_, per, kh, kw]) = (c.image, c.out(), c.weights());
    let mut all = vec![];
    for out in 0..o {
        let group = out / (o / c.groups);
        for k in 0..per * kh * kw {
            let at = position(k, &[per, kh, kw]);
            for y in 0..oh {
                for x in 0..ow {
                    let (iy, ix) = (y * c.stride[0] + at[1], x * c.stride[1] + at[2]);
                    let inside = iy >= c.padding[0] && iy - c.padding[0] < h && ix >= c.padding[1] && ix - c.padding[1] < w;
                    if inside {
                        let image = ((group * per + at[0]) * h + iy - c.padding[0]) * w + ix - c.padding[1];
                        all.push((image, out * per * kh * kw + k, (out * oh + y) * ow + x));
                    }
                }
            }
        }
    }
    all
}

/// By output, the image places under its window.
fn windows(p: &Pool) -> Vec<Vec<usize>> {
    let ([c, h, w], [_, oh, ow]) = (p.image, p.out());
    (0..c * oh * ow)
        .map(|k| {
            let at = position(k, &[c, oh, ow]);
            let mut all = vec![];
            for y in 0..p.window[0] {
                for x in 0..p.window[1] {
                    let (iy, ix) = (at[1] * p.stride[0] + y, at[2] * p.stride[1] + x);
                    if iy >= p.padding[0] && iy - p.padding[0] < h && ix >= p.padding[1] && ix - p.padding[1] < w {
                        all.push((at[0] * h + iy - p.padding[0]) * w + ix - p.padding[1]);
                    }
                }
            }
            all
        })
        .collect()
}

/// The first place of the largest, or of what is no number.
fn largest(x: &[f64]) -> usize {
    let most = x.iter().fold(f64::NEG_INFINITY, |m, x| m.max(*x));
    x.iter().position(|x| x.is_nan()).unwrap_or_else(|| x.iter().position(|x| *x == most).unwrap_or(0))
}

pub fn naive(op: &Op, args: &[Value], shape: &[usize], n: usize) -> Vec<f64> {
    let size: usize = shape.iter().product();
    let mut out = vec![0.0; size * if batched(op, args) { n } else { 1 }];
    for e in 0..n {
        let first = if batched(op, args) { e * size } else { 0 };
        if !batched(op, args) && e > 0 && args.iter().all(|x| !x.batched) {
            break;
        }
        let given: Vec<&[f64]> = args.iter().map(|x| x.example(e)).collect();
        one(op, args, &given, shape, &mut out[first..first + size]);
    }
    out
}

/// One example, added where the batch is summed.
fn one(op: &Op, args: &[Value], x: &[&[f64]], shape: &[usize], out: &mut [f64]) {
    let last = |k: usize| args[k].shape.last().copied().unwrap_or(1);
    match op {
        Op::Broadcast { dims } => {
            for (k, o) in out.iter_mut().enumerate() {
                let at = position(k, shape);
                let from: Vec<usize> = dims.iter().map(|d| at[*d]).collect();
                *o = x[0][flat(&from, &args[0].shape)];
            }
        }
        Op::Sum { dims } => {
            for (k, x) in x[0].iter().enumerate() {
                let at = position(k, &args[0].shape);
                let kept: Vec<usize> = (0..at.len()).filter(|d| !dims.contains(d)).map(|d| at[d]).collect();
                out[flat(&kept, shape)] += x;
            }
        }
        Op::SumBatch => out.iter_mut().zip(x[0]).for_each(|(o, x)| *o += x),
        Op::Reshape => out.copy_from_slice(x[0]),
        Op::Permute { order } => {
            for (k, o) in out.iter_mut().enumerate() {
                let at = position(k, shape);
                let mut from = vec![0; at.len()];
                order.iter().zip(&at).for_each(|(d, i)| from[*d] = *i);
                *o = x[0][flat(&from, &args[0].shape)];
            }
        }
        Op::Slice { dim, start } => {
            for (k, o) in out.iter_mut().enumerate() {
                let mut at = position(k, shape);
                at[*dim] += start;
                *o = x[0][flat(&at, &args[0].shape)];
            }
        }
        Op::Pad { dim, before } => {
            for (k, x) in x[0].iter().enumerate() {
                let mut at = position(k, &args[0].shape);
                at[*dim] += before;
                out[flat(&at, shape)] = *x;
            }
        }
        Op::Concat { dim } => {
            let mut before = 0;
            for (arg, x) in args.iter().zip(x) {
                for (k, x) in x.iter().enumerate() {
                    let mut at = position(k, &arg.shape);
                    at[*dim] += before;
                    out[flat(&at, shape)] = *x;
                }
                before += arg.shape[*dim];
            }
        }
        Op::Gather { index } => out.iter_mut().zip(index.iter()).for_each(|(o, i)| *o = x[0][*i as usize]),
        Op::Scatter { index } => x[0].iter().zip(index.iter()).for_each(|(x, i)| out[*i as usize] += x),
        Op::Linear { transposed } => {
            let (k, m) = (last(0), *shape.last().unwrap_or(&1));
            for (r, o) in out.iter_mut().enumerate() {
                let (row, j) = (r / m, r % m);
                *o = (0..k).map(|i| x[0][row * k + i] * x[1][if *transposed { j * k + i } else { i * m + j }]).sum();
            }
        }
        Op::Outer => {
            let (k, m) = (last(0), last(1));
            for row in 0..x[0].len() / k.max(1) {
                for (r, o) in out.iter_mut().enumerate() {
                    *o += x[0][row * k + r / m] * x[1][row * m + r % m];
                }
            }
        }
        Op::Conv(c) => meetings(c).iter().for_each(|(i, w, o)| out[*o] += x[0][*i] * x[1][*w]),
        Op::ConvBack(c) => meetings(c).iter().for_each(|(i, w, o)| out[*i] += x[0][*o] * x[1][*w]),
        Op::ConvWeights(c) => meetings(c).iter().for_each(|(i, w, o)| out[*w] += x[0][*i] * x[1][*o]),
        Op::SumPool(p) => windows(p).iter().zip(out).for_each(|(w, o)| *o = w.iter().map(|i| x[0][*i]).sum()),
        Op::SumPoolBack(p) => windows(p).iter().zip(x[0]).for_each(|(w, g)| w.iter().for_each(|i| out[*i] += g)),
        Op::MaxPlaces(p) => windows(p).iter().zip(out).for_each(|(w, o)| {
            let under: Vec<f64> = w.iter().map(|i| x[0][*i]).collect();
            *o = w[largest(&under)] as f64;
        }),
        Op::Take => out.iter_mut().zip(x[1]).for_each(|(o, i)| *o = x[0][*i as usize]),
        Op::Put => x[0].iter().zip(x[1]).for_each(|(g, i)| out[*i as usize] += g),
        Op::Lookup => out.iter_mut().enumerate().for_each(|(k, o)| *o = x[0][x[1][k / last(0)] as usize * last(0) + k % last(0)]),
        Op::Accumulate => x[1].iter().enumerate().for_each(|(k, g)| out[x[0][k / last(1)] as usize * last(1) + k % last(1)] += g),
        Op::LogSumExp => {
            for (o, row) in out.iter_mut().zip(x[0].chunks(last(0))) {
                *o = libm::log(row.iter().map(|x| libm::exp(*x)).sum());
            }
        }
        Op::Softmax => {
            for (o, row) in out.chunks_mut(last(0)).zip(x[0].chunks(last(0))) {
                let sum: f64 = row.iter().map(|x| libm::exp(*x)).sum();
                o.iter_mut().zip(row).for_each(|(o, x)| *o = libm::exp(*x) / sum);
            }
        }
        Op::ArgMax => out.iter_mut().zip(x[0].chunks(last(0))).for_each(|(o, row)| *o = largest(row) as f64),
        Op::OneHot => {
            let classes = *shape.last().unwrap_or(&1);
            x[0].iter().enumerate().for_each(|(k, i)| out[k * classes + *i as usize] = 1.0);
        }
        other => unreachable!("{other:?}"),
    }
}
