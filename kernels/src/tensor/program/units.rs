//! Which instances are evaluated together, and in which order: elementwise ones that run over the same elements form a group.

use super::analysis::{Analysis, Class, elementwise, source};
use super::instances::Instance;
use std::collections::{BTreeMap, BinaryHeap};

/// What one step evaluates: one instance, or a group of elementwise ones (arguments first).
#[derive(Clone, Debug)]
pub struct Unit {
    pub members: Vec<usize>,
    pub phase: usize,
    /// Runs over the examples (as its result does, or its arguments).
    pub each: bool,
    pub class: Class,
}

/// A group has at most this many operations, and operands and results together.
const OPERATIONS: usize = 96;

/// What instances of one group have in common: phase, class, batch, elements, and the number of barriers within the phase.
type Key = (usize, Class, bool, usize, usize);

/// The units in an order in which they can be evaluated: by phase, first what has no batch.
pub fn units(a: &Analysis, list: &[Instance]) -> Vec<Unit> {
    let mut unit_of = vec![usize::MAX; list.len()];
    let mut units: Vec<Unit> = vec![];
    let each = |i: usize| a.node(list[i].node).batched || a.crosses(list[i].node);
    let mut add = |members: Vec<usize>| {
        for m in &members {
            unit_of[*m] = units.len();
        }
        let first = members[0];
        units.push(Unit { phase: list[first].phase, each: each(first), class: list[first].class, members });
    };
    for group in groups(a, list) {
        add(group);
    }
    for (i, instance) in list.iter().enumerate() {
        if !elementwise(&a.node(instance.node).op) {
            add(vec![i]);
        }
    }
    order(list, units, &unit_of)
}

fn order(list: &[Instance], units: Vec<Unit>, unit_of: &[usize]) -> Vec<Unit> {
    let mut waits = vec![0; units.len()];
    let mut users: Vec<Vec<usize>> = vec![vec![]; units.len()];
    for (u, unit) in units.iter().enumerate() {
        let mut before: Vec<usize> = unit.members.iter().flat_map(|m| &list[*m].sources).map(|s| unit_of[*s]).collect();
        before.retain(|b| *b != u);
        before.sort_unstable();
        before.dedup();
        waits[u] = before.len();
        before.into_iter().for_each(|b| users[b].push(u));
    }
    // Among what is ready the earliest of the graph: close to the order in which it was written.
    let rank = |u: usize| {
        let last = units[u].members.last().map_or(0, |m| list[*m].node);
        std::cmp::Reverse((units[u].phase, units[u].each, last, u))
    };
    let mut ready: BinaryHeap<_> = (0..units.len()).filter(|u| waits[*u] == 0).map(rank).collect();
    let mut sorted = vec![];
    while let Some(std::cmp::Reverse((.., u))) = ready.pop() {
        sorted.push(u);
        for &v in &users[u] {
            waits[v] -= 1;
            if waits[v] == 0 {
                ready.push(rank(v));
            }
        }
    }
    let mut units: Vec<Option<Unit>> = units.into_iter().map(Some).collect();
    sorted.into_iter().filter_map(|u| units[u].take()).collect()
}

/// Elementwise instances, cut into groups. A stage counts the other operations on the way, so that no path leaves a group and
/// comes back; of one stage those are together that share a value.
fn groups(a: &Analysis, list: &[Instance]) -> Vec<Vec<usize>> {
    let mut key: Vec<Option<Key>> = vec![None; list.len()];
    let mut stage = vec![0; list.len()];
    for (i, instance) in list.iter().enumerate() {
        let node = a.node(instance.node);
        let mine = elementwise(&node.op).then(|| (instance.phase, instance.class, node.batched, a.size(instance.node)));
        for &s in &instance.sources {
            let same = key[s].is_some_and(|k| Some((k.0, k.1, k.2, k.3)) == mine);
            let free = same || source(&a.node(list[s].node).op);
            stage[i] = stage[i].max(stage[s] + usize::from(!free));
        }
        key[i] = mine.map(|(p, c, b, n)| (p, c, b, n, stage[i]));
    }
    later(list, &mut key);
    let mut parent: Vec<usize> = (0..list.len()).collect();
    // The first instance of a stage that reads a value.
    let mut reader: BTreeMap<(usize, Key), usize> = BTreeMap::new();
    for (i, instance) in list.iter().enumerate() {
        let Some(mine) = key[i] else { continue };
        for &s in &instance.sources {
            if key[s] == Some(mine) {
                union(&mut parent, s, i);
            }
            if a.size(list[s].node) > 1 {
                let other = *reader.entry((s, mine)).or_insert(i);
                union(&mut parent, other, i);
            }
        }
    }
    let mut all: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in (0..list.len()).filter(|i| key[*i].is_some()) {
        let group = find(&mut parent, i);
        all.entry(group).or_default().push(i);
    }
    // Instances are in the order of evaluation, so that a cut leaves two groups of which the first does not need the second.
    all.into_values().flat_map(|group| group.chunks(OPERATIONS).map(<[usize]>::to_vec).collect::<Vec<_>>()).collect()
}

/// Moves what only one later group reads into that group, so that it need not be stored in between.
fn later(list: &[Instance], key: &mut [Option<Key>]) {
    // The earliest stage of an instance's users; none if one of them is of another kind.
    let mut users: Vec<Option<Option<usize>>> = vec![None; list.len()];
    for (i, instance) in list.iter().enumerate().rev() {
        if let (Some(mine), Some(Some(stage)), false) = (&mut key[i], users[i], instance.kept || instance.output) {
            mine.4 = mine.4.max(stage);
        }
        for &s in &instance.sources {
            let same = match (key[i], key[s]) {
                (Some(a), Some(b)) if (a.0, a.1, a.2, a.3) == (b.0, b.1, b.2, b.3) => Some(a.4),
                _ => None,
            };
            users[s] = Some(match users[s] {
                None => same,
                Some(before) => before.zip(same).map(|(a, b)| a.min(b)),
            });
        }
    }
}

fn find(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

fn union(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (find(parent, a), find(parent, b));
    parent[a.max(b)] = a.min(b);
}
