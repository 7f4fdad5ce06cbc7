//! What operations cost: floating-point operations, and reals read and written.

use super::super::graph::{Binary, Conv, Op, Unary};

/// Floating-point operations of one evaluation (of one example). An elementary function counts as eight.
pub fn flops(op: &Op, args: &[&[usize]], shape: &[usize]) -> f64 {
    let size = |shape: &[usize]| shape.iter().product::<usize>() as f64;
    let arg = |k: usize| args.get(k).map_or(0.0, |s| size(s));
    let last = |s: &[usize]| s.last().copied().unwrap_or(1) as f64;
    let conv = |c: &Conv| {
        let [o, h, w] = c.out();
        let [_, depth, kh, kw] = c.weights();
        2.0 * (o * h * w) as f64 * (depth * kh * kw) as f64
    };
    match op {
        Op::Unary(f) => size(shape) * unary(*f),
        Op::Binary(f) => size(shape) * if matches!(f, Binary::Pow | Binary::Mod | Binary::Atan2) { 8.0 } else { 1.0 },
        Op::Select => size(shape),
        Op::Sum { .. } | Op::SumBatch | Op::Scatter { .. } | Op::Put => arg(0),
        Op::Accumulate => arg(1),
        Op::Linear { .. } => 2.0 * arg(0) * last(shape),
        Op::Outer => 2.0 * arg(0) * last(shape),
        Op::Conv(c) | Op::ConvBack(c) | Op::ConvWeights(c) => conv(c),
        Op::SumPool(p) => size(shape) * (p.window[0] * p.window[1]) as f64,
        Op::SumPoolBack(p) => arg(0) * (p.window[0] * p.window[1]) as f64,
        Op::MaxPlaces(p) => size(shape) * (p.window[0] * p.window[1]) as f64,
        Op::LogSumExp | Op::Softmax => 12.0 * arg(0),
        Op::ArgMax => arg(0),
        _ => 0.0,
    }
}

fn unary(f: Unary) -> f64 {
    match f {
        Unary::Neg | Unary::Not | Unary::Abs | Unary::Sign | Unary::Recip | Unary::Square | Unary::Sqrt => 1.0,
        Unary::Floor | Unary::Ceil | Unary::Round | Unary::Relu | Unary::Step => 1.0,
        _ => 8.0,
    }
}
