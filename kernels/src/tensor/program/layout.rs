//! Where values lie: each for as long as something reads it.
//!
//! Values without batch share one array; so do those of a chunk's examples (the arena of a thread) and those that the products of a
//! whole block read. Kept values of all examples have an array each.

use super::super::graph::Op;
use super::analysis::{Analysis, source};
use super::instances::Instance;
use super::units::Unit;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nobody reads it outside of its group.
    Nowhere,
    /// Without batch, from this element on.
    Fixed(usize),
    /// All examples, in the array of this number.
    Kept(usize),
    /// The examples of a block; from this element (of one example) on.
    Block(usize),
    /// The examples of a chunk; likewise.
    Arena(usize),
}

#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub places: Vec<Place>,
    /// For what sums over the batch within chunks: where in a lane's partial sums.
    pub partial: Vec<Option<usize>>,
    /// Outer products over a whole block.
    pub late: Vec<bool>,
    pub fixed: usize,
    /// The size of each kept array, of one example.
    pub kept: Vec<usize>,
    pub block: usize,
    pub arena: usize,
    pub partials: usize,
}

/// Elements: a cache line of f32.
const LINE: usize = 16;

pub fn layout(a: &Analysis, list: &[Instance], units: &[Unit]) -> Layout {
    let mut l = Layout { places: vec![Place::Nowhere; list.len()], partial: vec![None; list.len()], ..Layout::default() };
    l.late = list.iter().map(|v| late(a, list, v)).collect();
    let (born, dies) = lifetimes(a, list, units);
    // Without batch: what stays first, then what can share.
    let mut shared = vec![];
    for (i, v) in list.iter().enumerate() {
        let node = a.node(v.node);
        if node.batched || dies[i].is_none() {
            continue;
        }
        if v.kept || source(&node.op) {
            l.places[i] = Place::Fixed(l.fixed);
            l.fixed += a.size(v.node).next_multiple_of(LINE);
        } else {
            shared.push(i);
        }
    }
    let mut pool = Pool::default();
    shared.sort_unstable_by_key(|i| (born[*i], *i));
    for i in shared {
        let at = pool.take(a.size(list[i].node), born[i], dies[i].unwrap_or(born[i]));
        l.places[i] = Place::Fixed(l.fixed + at);
    }
    l.fixed += pool.top;
    for phase in 0..=list.iter().map(|v| v.phase).max().unwrap_or(0) {
        phase_places(a, list, phase, &born, &dies, &mut l);
    }
    l
}

fn phase_places(a: &Analysis, list: &[Instance], phase: usize, born: &[usize], dies: &[Option<usize>], l: &mut Layout) {
    let mut members: Vec<usize> = (0..list.len()).filter(|i| list[*i].phase == phase).collect();
    members.sort_unstable_by_key(|i| (born[*i], *i));
    // Read by the products of the whole block.
    let mut for_block = vec![false; list.len()];
    for &i in members.iter().filter(|i| l.late[**i]) {
        list[i].sources.iter().for_each(|s| for_block[*s] = true);
    }
    let (mut pool, mut block, mut partials) = (Pool::default(), 0, 0);
    for i in members {
        let size = a.size(list[i].node);
        let Some(last) = dies[i] else { continue };
        if a.crosses(list[i].node) {
            if !l.late[i] {
                l.partial[i] = Some(partials);
                partials += size.next_multiple_of(LINE);
            }
        } else if !a.node(list[i].node).batched {
        } else if list[i].kept {
            l.places[i] = Place::Kept(l.kept.len());
            l.kept.push(size);
        } else if for_block[i] {
            l.places[i] = Place::Block(block);
            block += size;
        } else {
            l.places[i] = Place::Arena(pool.take(size, born[i], last));
        }
    }
    l.arena = l.arena.max(pool.top);
    l.block = l.block.max(block);
    l.partials = l.partials.max(partials);
}

/// For each instance the unit that makes it and the last one that reads it (`None`: none does). What a phase's loop over chunks
/// reads must last until its end; a sum over the batch is there from the beginning of its phase's loop.
fn lifetimes(a: &Analysis, list: &[Instance], units: &[Unit]) -> (Vec<usize>, Vec<Option<usize>>) {
    let end = |phase: usize| units.iter().rposition(|u| u.phase == phase && u.each).unwrap_or(0);
    let start = |phase: usize| units.iter().position(|u| u.phase == phase && u.each).unwrap_or(0);
    let (mut born, mut dies) = (vec![0; list.len()], vec![None; list.len()]);
    for (u, unit) in units.iter().enumerate() {
        for &m in &unit.members {
            born[m] = if a.crosses(list[m].node) { start(unit.phase) } else { u };
            if list[m].output {
                dies[m] = Some(units.len());
            }
            for &s in list[m].sources.iter().filter(|s| !unit.members.contains(s)) {
                let last = if unit.each && !a.node(list[s].node).batched { end(unit.phase) } else { u };
                dies[s] = dies[s].max(Some(last));
            }
        }
    }
    // A sum's own place is written at the end of its phase's loop.
    for (i, v) in list.iter().enumerate() {
        if a.crosses(v.node) {
            dies[i] = dies[i].map(|d| d.max(end(v.phase)));
        }
    }
    (born, dies)
}

/// An outer product that is better taken over a whole block and cut over its result: where partial sums of all chunks would be
/// larger than the factors.
fn late(a: &Analysis, list: &[Instance], v: &Instance) -> bool {
    let node = a.node(v.node);
    if !matches!(node.op, Op::Outer) || !a.crosses(v.node) || v.sources.iter().any(|s| !a.node(list[*s].node).batched) {
        return false;
    }
    let factor = |s: &usize| {
        let free = list[*s].kept || matches!(a.node(list[*s].node).op, Op::Data(_));
        if free { 0 } else { a.size(list[*s].node) }
    };
    let stored: usize = v.sources.iter().map(factor).sum();
    let result = a.size(v.node);
    result >= 4096 && result > 32 * stored
}

/// A stretch of memory whose parts are given to values in the order of their births.
#[derive(Default)]
struct Pool {
    /// (from, to, last use), by place.
    used: Vec<(usize, usize, usize)>,
    top: usize,
}

impl Pool {
    /// The smallest gap that is large enough.
    fn take(&mut self, size: usize, born: usize, dies: usize) -> usize {
        let size = size.next_multiple_of(if size >= LINE { LINE } else { 1 }).max(1);
        self.used.retain(|(.., last)| *last >= born);
        let mut best: Option<(usize, usize)> = None;
        let mut from = 0;
        for &(start, end, _) in &self.used {
            if start >= from + size && best.is_none_or(|(gap, _)| start - from < gap) {
                best = Some((start - from, from));
            }
            from = from.max(end);
        }
        let at = best.map_or(from, |(_, at)| at);
        let place = self.used.partition_point(|(start, ..)| *start < at);
        self.used.insert(place, (at, at + size, dies));
        self.top = self.top.max(at + size);
        at
    }
}
