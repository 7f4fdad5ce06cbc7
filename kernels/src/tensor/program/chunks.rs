//! How examples are cut into blocks and chunks. A function of the program and the number of examples.

use super::super::graph::Op;
use super::Program;
use super::steps::{Phase, Weights, Work};
use std::ops::Range;

/// The cut of n examples: blocks of nearly equal length, each of `chunks` chunks of nearly equal length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    pub examples: usize,
    pub blocks: usize,
    pub chunks: usize,
}

impl Cut {
    pub fn block(&self, b: usize) -> Range<usize> {
        self.examples * b / self.blocks..self.examples * (b + 1) / self.blocks
    }

    pub fn chunk(&self, block: &Range<usize>, c: usize) -> Range<usize> {
        let n = block.len();
        block.start + n * c / self.chunks..block.start + n * (c + 1) / self.chunks
    }

    pub fn longest_block(&self) -> usize {
        self.examples.div_ceil(self.blocks.max(1))
    }

    /// Rounded up to whole lines of the cache.
    pub fn longest_chunk(&self) -> usize {
        self.longest_block().div_ceil(self.chunks.max(1)).next_multiple_of(16)
    }
}

/// What the cut aims at.
#[derive(Clone, Copy, Debug)]
pub struct Aims {
    /// A chunk has no fewer examples, for the sake of matrix products.
    pub least: usize,
    /// Bytes of f32 of a chunk's arena: it should stay in the cache of a core.
    pub arena: usize,
    /// Bytes of f32 of a block's values: in the cache that all share.
    pub block: usize,
    /// Chunks of a block, and so lanes, at most.
    pub lanes: usize,
    /// Chunks are not made smaller than the arena asks for the sake of more than so many threads.
    pub threads: usize,
    /// Floating-point operations of a run that is too short for threads.
    pub short: f64,
    /// Bytes of f32 of all partial sums.
    pub partials: usize,
}

impl Aims {
    pub fn new(phases: &[Phase], all: &[Weights]) -> Aims {
        let least = least(phases, all);
        Aims { least, arena: 1 << 19, block: 16 << 20, lanes: 32, threads: 8, short: 1e6, partials: 256 << 20 }
    }
}

/// Products count that are more than this share of all work.
const SHARE: f64 = 1.0 / 32.0;

/// How many examples matrix products need to be fast.
fn least(phases: &[Phase], all: &[Weights]) -> usize {
    let steps = || phases.iter().flat_map(|p| &p.each);
    let work: f64 = steps().map(|s| s.flops).sum::<f64>() + phases.iter().flat_map(|p| &p.late).map(|p| p.flops).sum::<f64>();
    let mut least = 1;
    for step in steps().filter(|s| s.flops > SHARE * work) {
        let weights = match &step.work {
            Work::Prepared(k) if matches!(all[*k].op, Op::Linear { .. }) => all[*k].operand.size,
            Work::Partial(Op::Outer, _) => step.outs[0].size,
            _ => continue,
        };
        let x = &step.operands[0];
        let width = x.shape.last().copied().unwrap_or(1).max(1);
        let rows = if weights >= 4096 { 64 } else { 16 };
        least = least.max(rows / (x.size / width).clamp(1, rows));
    }
    least
}

pub fn cut(program: &Program, examples: usize) -> Cut {
    let flops = (program.flops(examples) - program.flops(0)).max(0.0);
    let arena = (4 * program.arena).max(1);
    let aims = &program.aims;
    let fits = (aims.arena / arena).clamp(aims.least, aims.least.max(4096));
    if examples <= aims.least || flops < aims.short && examples * arena <= aims.arena {
        return Cut { examples, blocks: 1, chunks: 1 };
    }
    let lanes = aims.lanes.min(aims.partials / (4 * program.partials).max(1)).max(aims.threads);
    // Where there is not enough for all threads, chunks are as small as products allow.
    let wanted = examples.div_ceil(fits).max(aims.threads.min(examples / aims.least)).max(1);
    let in_block = if program.block == 0 { usize::MAX } else { (aims.block / (4 * program.block)).max(fits * aims.threads) };
    let blocks = wanted.div_ceil(lanes).max(examples.div_ceil(in_block));
    let chunks = even(wanted.div_ceil(blocks)).min(lanes).min(examples / blocks).max(1);
    Cut { examples, blocks, chunks }
}

/// The next number of chunks that 2 and 4 threads (8, where there are many) share evenly.
fn even(n: usize) -> usize {
    match n {
        0..=2 => n,
        3..=4 => 4,
        5..=16 => n.next_multiple_of(4),
        _ => n.next_multiple_of(8),
    }
}
