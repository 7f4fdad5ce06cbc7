//! How one large step without batch is cut into parts, for several threads. The parts depend on sizes alone.

use super::super::graph::Op;
use super::steps::Operand;
use std::sync::Arc;

#[derive(Debug)]
pub enum Split {
    Whole,
    /// Stretches of so many elements of an elementwise group.
    Elements(usize),
    /// An operation that takes rows one by one: as if they were examples, `part` at a time.
    Rows {
        op: Op,
        rows: usize,
        part: usize,
        args: Vec<(bool, Vec<usize>)>,
        shape: Vec<usize>,
    },
    /// A gather, as several.
    Gather(Vec<Op>),
    /// A scatter, by the element that receives: those that element i receives are `order[start[i]..start[i + 1]]`, in their order.
    Scatter {
        start: Vec<u32>,
        order: Vec<u32>,
    },
    /// The sum of all elements, of stretches first.
    Sum,
    /// An outer product of rows, cut over its result.
    Outer,
}

/// Elements of a part.
pub const PART: usize = 1 << 14;
/// Elements of a step that is worth cutting.
const LARGE: usize = 1 << 16;
/// Floating-point operations of a product's part.
const WORK: usize = 2_000_000;

impl Split {
    /// That of an elementwise group.
    pub fn elements(size: usize) -> Split {
        if size >= LARGE { Split::Elements(PART) } else { Split::Whole }
    }
}

pub fn split(op: &Op, args: &[Operand], out: &Operand) -> Split {
    let first = args.first().map_or(0, |x| x.size);
    match op {
        Op::Linear { .. } => {
            let k = args[0].shape.last().copied().unwrap_or(1).max(1);
            let rows = first / k;
            let per_row = 2 * args[1].size;
            rows_of(op, rows, (WORK / per_row.max(1)).max(32), args, 1, out, 1)
        }
        Op::LogSumExp | Op::Softmax | Op::ArgMax | Op::OneHot if first.max(out.size) >= LARGE => {
            let width = if matches!(op, Op::OneHot) { out } else { &args[0] }.shape.last().copied().unwrap_or(1).max(1);
            let (inner_in, inner_out) =
                (usize::from(!matches!(op, Op::OneHot)), usize::from(!matches!(op, Op::LogSumExp | Op::ArgMax)));
            rows_of(op, first.max(out.size) / width, (PART / width).max(1), args, inner_in, out, inner_out)
        }
        Op::Sum { dims } if first >= LARGE && args[0].shape.len() == dims.len() => Split::Sum,
        Op::Sum { dims } if first >= LARGE && !dims.contains(&0) => {
            let rows = args[0].shape[0];
            let op = Op::Sum { dims: dims.iter().map(|d| d - 1).collect() };
            let width = first / rows.max(1);
            let (inner_in, inner_out) = (args[0].shape.len() - 1, out.shape.len() - 1);
            rows_of(&op, rows, (PART / width.max(1)).max(1), args, inner_in, out, inner_out)
        }
        Op::Gather { index } if out.size >= LARGE => {
            Split::Gather(index.chunks(PART).map(|part| Op::Gather { index: Arc::new(part.to_vec()) }).collect())
        }
        Op::Scatter { index } if out.size.max(first) >= LARGE => {
            let mut start = vec![0u32; out.size + 1];
            index.iter().for_each(|i| start[*i as usize + 1] += 1);
            for i in 0..out.size {
                start[i + 1] += start[i];
            }
            let mut next = start.clone();
            let mut order = vec![0; index.len()];
            for (k, i) in index.iter().enumerate() {
                order[next[*i as usize] as usize] = k as u32;
                next[*i as usize] += 1;
            }
            Split::Scatter { start, order }
        }
        Op::Outer if 2 * first * out.shape[1] >= 2 * WORK && out.shape[0] >= 32 => Split::Outer,
        _ => Split::Whole,
    }
}

/// The last `inner` dimensions are those of a row; arguments after the first are the same for all rows.
fn rows_of(op: &Op, rows: usize, part: usize, args: &[Operand], inner_in: usize, out: &Operand, inner_out: usize) -> Split {
    if rows < 2 * part {
        return Split::Whole;
    }
    let tail = |shape: &[usize], n: usize| shape[shape.len() - n..].to_vec();
    let args =
        args.iter().enumerate().map(|(k, x)| if k == 0 { (true, tail(&x.shape, inner_in)) } else { (false, x.shape.clone()) });
    Split::Rows { op: op.clone(), rows, part, args: args.collect(), shape: tail(&out.shape, inner_out) }
}
