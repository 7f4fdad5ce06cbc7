//! The evaluator of graphs.
//!
//! A [`Program`] is a graph made ready: which nodes are evaluated, in which order, where their values lie. A [`Session`] holds a
//! program's buffers and inputs and runs it.
//!
//! **Phases.** What sums over the batch needs all examples before anything can use it: a barrier, at which a phase ends. A phase is
//! first what has no batch, then a loop over chunks of examples, then the sums.
//!
//! **Chunks.** Examples are cut into blocks and these into chunks, by the program and the number of examples alone. The chunks of a
//! block run side by side, each in the arena of a thread, which stays in the cache. Chunk number i of every block adds to the
//! partial sums of lane i, and at the end lanes are added in a fixed tree; so a result does not depend on the number of
//! threads. Outer products whose partial sums would be larger than their factors are taken once a block, cut over their result.
//!
//! **Rates.** A value is evaluated again when an input of its rate or a slower one, the examples, or the seed have changed. What
//! a faster value needs of a slower one is kept.
//!
//! **Groups.** Elementwise operations over the same elements become one step, which goes through the cache once and reads broadcast
//! operands where they are.

mod analysis;
mod chunks;
mod cost;
mod describe;
mod instances;
mod layout;
mod mask;
mod memory;
mod once;
mod run;
mod session;
mod split;
mod steps;
#[cfg(test)]
mod tests;
mod units;

pub use cost::flops;
pub use mask::{Seed, mask};
pub use run::Compiled;
pub use session::{Rows, Session};

use super::graph::{Graph, Id, Op};
use analysis::{Analysis, Change, Class};
use layout::Place;
use std::sync::Arc;
use steps::{Builder, Output, Phase, Weights};

/// Compiled: what to evaluate, in which order, in which buffers.
#[derive(Debug)]
pub struct Program {
    phases: Vec<Phase>,
    outputs: Vec<Output>,
    /// By slot: where an input lies, its size, its level.
    inputs: Vec<Option<(usize, usize, u8)>>,
    /// The slots of data in use, and the size of an example.
    data: Vec<(u32, usize)>,
    /// Where constants lie, and their sizes.
    constants: Vec<(usize, usize, Arc<Vec<f64>>)>,
    /// The lengths of the buffers, see [`layout::Layout`]; `kept` as the places where they begin (for one example), and the end.
    fixed: usize,
    kept: Vec<usize>,
    block: usize,
    arena: usize,
    partials: usize,
    /// Matrices that are packed for products whenever they have changed.
    prepared: Vec<Weights>,
    /// For the cut into chunks.
    aims: chunks::Aims,
}

impl Program {
    /// A program that evaluates `outputs`. `rates[slot]` says how often an input changes: 0 is slowest (weights), then directions,
    /// coordinates of a slice. Where an input changes, what depends on it or on a faster one is evaluated again.
    pub fn new(graph: &Graph, outputs: &[Id], rates: &[u8]) -> Result<Program, String> {
        let a = Analysis::new(graph, outputs, rates)?;
        let list = instances::instances(&a, outputs);
        let units = units::units(&a, &list);
        let layout = layout::layout(&a, &list, &units);
        let (mut inputs, mut data, mut constants) = (vec![], vec![], vec![]);
        for (i, instance) in list.iter().enumerate() {
            let size = a.size(instance.node);
            match (&a.node(instance.node).op, layout.places[i]) {
                (Op::Input(slot), Place::Fixed(at)) => {
                    let slot = *slot as usize;
                    inputs.resize(inputs.len().max(slot + 1), None);
                    if inputs[slot].is_some() {
                        return Err(format!("input slot {slot} has two shapes"));
                    }
                    inputs[slot] = Some((at, size, instance.class.level));
                }
                (Op::Data(slot), _) if !data.contains(&(*slot, size)) => {
                    if data.iter().any(|(s, _)| s == slot) {
                        return Err(format!("data slot {slot} has two sizes"));
                    }
                    data.push((*slot, size));
                }
                (Op::Constant(values), Place::Fixed(at)) => constants.push((at, size, values.clone())),
                _ => {}
            }
        }
        let slots: Vec<u32> = data.iter().map(|(slot, _)| *slot).collect();
        let builder = Builder { a: &a, list: &list, layout: &layout, slots: &slots };
        let mut kept = vec![0];
        layout.kept.iter().for_each(|size| kept.push(kept[kept.len() - 1] + size));
        let (phases, prepared) = builder.phases(&units);
        let outputs = builder.outputs(outputs);
        let aims = chunks::Aims::new(&phases, &prepared);
        Ok(Program {
            phases,
            outputs,
            inputs,
            data,
            constants,
            fixed: layout.fixed,
            kept,
            block: layout.block,
            arena: layout.arena,
            partials: layout.partials,
            prepared,
            aims,
        })
    }

    /// The size of an input; `None` for a slot that nothing uses.
    pub fn input_size(&self, slot: u32) -> Option<usize> {
        self.inputs.get(slot as usize).copied().flatten().map(|(_, size, _)| size)
    }

    /// Floating-point operations of a run in which everything is evaluated.
    pub fn flops(&self, examples: usize) -> f64 {
        self.count(examples, Change::ALL, |flops, _| flops)
    }

    /// Floating-point operations of a run after an input of a rate has changed, and nothing slower.
    pub fn flops_after(&self, examples: usize, rate: u8) -> f64 {
        self.count(examples, Change { level: 1 + rate.min(250), ..Change::NONE }, |flops, _| flops)
    }

    /// Bytes that the steps of a run read and write in which everything is evaluated, in single precision.
    pub fn bytes(&self, examples: usize) -> f64 {
        self.count(examples, Change::ALL, |_, reals| 4.0 * reals)
    }

    /// Bytes of a session's buffers, with `real` bytes for a number, without the data.
    pub fn memory(&self, examples: usize, real: usize) -> usize {
        let cut = chunks::cut(self, examples);
        let all = self.fixed + self.kept[self.kept.len() - 1] * examples + self.block * cut.longest_block();
        (all + self.partials * cut.chunks + self.arena * cut.longest_chunk() * rayon::current_num_threads().min(cut.chunks))
            * real
    }

    fn count(&self, examples: usize, change: Change, of: impl Fn(f64, f64) -> f64) -> f64 {
        let touched = |class: Class, flops: f64, reals: f64| if change.touches(class) { of(flops, reals) } else { 0.0 };
        let mut sum = 0.0;
        for phase in &self.phases {
            let once: f64 = phase.once.iter().map(|s| touched(s.class, s.flops, s.reals)).sum();
            let each: f64 = phase.each.iter().map(|s| touched(s.class, s.flops, s.reals)).sum();
            let late: f64 = phase.late.iter().map(|s| touched(s.class, s.flops, s.reals)).sum();
            sum += once + (each + late) * examples as f64;
        }
        sum
    }
}
