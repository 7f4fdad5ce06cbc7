//! Energies that are a sum of terms of a few sites each: a table a kind of term.
//!
//! Owns the cutting of a graph into terms, coefficient times table, and the sums over the terms of
//! one site. Tables with equal entries are kept once.

use std::collections::HashMap;

use super::Landscape;
use super::graph::{Expression, Fold, Function, Node, Operation, ScalarGraph};
use super::part::Tabulator;

/// Sites of a term and entries of its table that are still called few.
const MOST_SITES: usize = 8;
const MOST_ENTRIES: usize = 4096;

/// A term as one of its sites sees it: the entry for value v is
/// `tables[base + v + Σ stride * position]`, over K other sites (unused ones have stride 0).
#[derive(Clone, Copy, Debug)]
struct Entry<const K: usize> {
    coefficient: f64,
    base: u32,
    others: [(u32, u32); K],
}

/// The terms of one number of other sites, by site.
#[derive(Debug, Default)]
struct Entries<const K: usize> {
    start: Vec<u32>,
    entries: Vec<Entry<K>>,
}

impl<const K: usize> Entries<K> {
    fn new(lists: Vec<Vec<Entry<K>>>) -> Entries<K> {
        let mut start = vec![0];
        let mut entries = Vec::new();
        for list in lists {
            entries.extend(list);
            start.push(entries.len() as u32);
        }
        Entries { start, entries }
    }

    /// Adds the other sites of the terms of a site, some perhaps several times.
    fn others(&self, site: usize, near: &mut Vec<u32>) {
        let own = &self.entries[self.start[site] as usize..self.start[site + 1] as usize];
        near.extend(own.iter().flat_map(|e| e.others).filter(|other| other.1 != 0).map(|other| other.0));
    }

    #[inline(always)]
    fn each(&self, tables: &[f64], state: &[u8], site: usize, q: usize, mut f: impl FnMut(f64, &[f64])) {
        for entry in &self.entries[self.start[site] as usize..self.start[site + 1] as usize] {
            let offset: u32 = entry.others.iter().map(|&(i, stride)| stride * u32::from(state[i as usize])).sum();
            let first = (entry.base + offset) as usize;
            f(entry.coefficient, &tables[first..first + q]);
        }
    }
}

/// A sum of terms.
pub(crate) struct Local {
    constant: f64,
    sizes: Vec<u16>,
    tables: Vec<f64>,
    pairs: Entries<1>,
    some: Entries<3>,
    many: Entries<{ MOST_SITES - 1 }>,
    /// Each term once, as its first site sees it: that site and the entry.
    terms: Vec<(u32, Entry<{ MOST_SITES - 1 }>)>,
}

/// A constant, and the terms below the sums at the root with their coefficients.
pub(crate) fn cut(graph: &ScalarGraph) -> (f64, Vec<(f64, Node)>) {
    let constant = |node: Node| match graph.nodes[node.index()] {
        Expression::Constant(bits) => Some(f64::from_bits(bits)),
        _ => None,
    };
    let mut weight: Vec<Option<f64>> = vec![None; graph.nodes.len()];
    weight[graph.root.index()] = Some(1.0);
    let (mut total, mut terms) = (0.0, Vec::new());
    // Arguments stand before the nodes that use them, so going down every weight is complete when met.
    for index in (0..graph.nodes.len()).rev() {
        let Some(w) = weight[index] else { continue };
        let mut give = |node: Node, share: f64| *weight[node.index()].get_or_insert(0.0) += share;
        match &graph.nodes[index] {
            Expression::Constant(bits) => total += w * f64::from_bits(*bits),
            Expression::Unary(Function::Neg, a) => give(*a, -w),
            Expression::Binary(Operation::Add, a, b) => [*a, *b].into_iter().for_each(|n| give(n, w)),
            Expression::Binary(Operation::Sub, a, b) => {
                give(*a, w);
                give(*b, -w);
            }
            Expression::Binary(Operation::Mul, a, b) if constant(*a).is_some() => give(*b, w * constant(*a).unwrap_or(1.0)),
            Expression::Binary(Operation::Mul, a, b) if constant(*b).is_some() => give(*a, w * constant(*b).unwrap_or(1.0)),
            Expression::Binary(Operation::Div, a, b) if constant(*b).is_some() => give(*a, w / constant(*b).unwrap_or(1.0)),
            Expression::Fold(Fold::Sum, all) => all.iter().for_each(|&a| give(a, w)),
            _ => terms.push((w, Node(index as u32))),
        }
    }
    terms.reverse();
    (total, terms)
}

impl Local {
    /// `None` where some term is not small or there are too many entries to address.
    pub fn new(graph: &ScalarGraph) -> Option<Local> {
        let n = graph.sites();
        let sizes: Vec<u16> = (0..n).map(|i| graph.values(i).len() as u16).collect();
        let (constant, cut_terms) = cut(graph);
        let mut tabulator = Tabulator::new(graph);
        let mut tables: Vec<f64> = Vec::new();
        let mut known: HashMap<(Vec<u16>, Vec<u64>), u32> = HashMap::new();
        let (mut pairs, mut some, mut many) = (vec![Vec::new(); n], vec![Vec::new(); n], vec![Vec::new(); n]);
        let mut terms = Vec::new();
        for (coefficient, node) in cut_terms {
            let part = tabulator.part(node, MOST_SITES, MOST_ENTRIES)?;
            let dims: Vec<usize> = part.sites.iter().map(|&s| usize::from(sizes[s as usize])).collect();
            for own in 0..dims.len() {
                // The same table with the axis of this site running fastest, the others in their order.
                let mut stride = dims[own] as u32;
                let mut others = [(part.sites[own], 0u32); MOST_SITES - 1];
                let mut order = vec![own];
                for (slot, axis) in (0..dims.len()).filter(|&a| a != own).enumerate() {
                    others[slot] = (part.sites[axis], stride);
                    stride *= dims[axis] as u32;
                    order.push(axis);
                }
                let turned = turn(&part.table, &dims, &order);
                let key = (order.iter().map(|&a| dims[a] as u16).collect(), turned.iter().map(|x| x.to_bits()).collect());
                let base = *known.entry(key).or_insert_with(|| {
                    tables.extend(&turned);
                    (tables.len() - turned.len()) as u32
                });
                let site = part.sites[own] as usize;
                let entry = Entry { coefficient, base, others };
                match dims.len() {
                    1 | 2 => pairs[site].push(shorter(&entry)),
                    3 | 4 => some[site].push(shorter(&entry)),
                    _ => many[site].push(entry),
                }
                if own == 0 {
                    terms.push((site as u32, entry));
                }
            }
            if tables.len() + MOST_ENTRIES * MOST_SITES > u32::MAX as usize || terms.len() * MOST_SITES > u32::MAX as usize {
                return None;
            }
        }
        let (pairs, some, many) = (Entries::new(pairs), Entries::new(some), Entries::new(many));
        Some(Local { constant, sizes, tables, pairs, some, many, terms })
    }

    /// By what a term can differ between two values of one of its sites: contributions of which every single change is a sum.
    pub fn changes(&self) -> Vec<f64> {
        let mut rows: Vec<(u64, u32, u32, u32)> = Vec::new();
        fn collect<const K: usize>(entries: &Entries<K>, sizes: &[u16], rows: &mut Vec<(u64, u32, u32, u32)>) {
            for (site, &q) in sizes.iter().enumerate() {
                for entry in &entries.entries[entries.start[site] as usize..entries.start[site + 1] as usize] {
                    let others = entry.others.iter().filter(|other| other.1 != 0);
                    let combinations: u32 = others.map(|other| u32::from(sizes[other.0 as usize])).product();
                    rows.push((entry.coefficient.to_bits(), entry.base, u32::from(q), combinations));
                }
            }
            rows.sort_unstable();
            rows.dedup();
        }
        collect(&self.pairs, &self.sizes, &mut rows);
        collect(&self.some, &self.sizes, &mut rows);
        collect(&self.many, &self.sizes, &mut rows);
        let mut changes = Vec::new();
        for (coefficient, base, q, combinations) in rows {
            for row in self.tables[base as usize..(base + q * combinations) as usize].chunks_exact(q as usize) {
                changes.extend(row[1..].iter().map(|x| f64::from_bits(coefficient) * (x - row[0])));
            }
        }
        changes
    }

    #[inline(always)]
    fn each(&self, state: &[u8], site: usize, mut f: impl FnMut(f64, &[f64])) {
        let q = usize::from(self.sizes[site]);
        self.pairs.each(&self.tables, state, site, q, &mut f);
        self.some.each(&self.tables, state, site, q, &mut f);
        self.many.each(&self.tables, state, site, q, &mut f);
    }
}

fn shorter<const K: usize>(entry: &Entry<{ MOST_SITES - 1 }>) -> Entry<K> {
    Entry { coefficient: entry.coefficient, base: entry.base, others: std::array::from_fn(|k| entry.others[k]) }
}

/// A table with its axes (the first runs fastest) in another order.
fn turn(table: &[f64], dims: &[usize], order: &[usize]) -> Vec<f64> {
    let mut strides = vec![1; dims.len()];
    for a in 1..dims.len() {
        strides[a] = strides[a - 1] * dims[a - 1];
    }
    (0..table.len())
        .map(|entry| {
            let mut rest = entry;
            let mut from = 0;
            for &axis in order {
                from += rest % dims[axis] * strides[axis];
                rest /= dims[axis];
            }
            table[from]
        })
        .collect()
}

impl Landscape for Local {
    fn most_neighbours(&self) -> usize {
        let mut near = Vec::new();
        let of = |site: usize| {
            near.clear();
            self.pairs.others(site, &mut near);
            self.some.others(site, &mut near);
            self.many.others(site, &mut near);
            near.sort_unstable();
            near.dedup();
            near.len()
        };
        (0..self.sizes.len()).map(of).max().unwrap_or(0)
    }

    fn running(&self) -> usize {
        0
    }

    fn start(&self, _state: &[u8], _running: &mut Vec<f64>) {}

    fn energy(&self, state: &[u8]) -> f64 {
        self.terms.iter().fold(self.constant, |e, (site, entry)| {
            let offset: u32 = entry.others.iter().map(|&(i, stride)| stride * u32::from(state[i as usize])).sum();
            e + entry.coefficient * self.tables[(entry.base + offset) as usize + usize::from(state[*site as usize])]
        })
    }

    #[inline(always)]
    fn two(&self, _running: &mut [f64], state: &[u8], site: usize, new: u8) -> (f64, f64) {
        let old = usize::from(state[site]);
        let new = usize::from(new);
        let (mut before, mut after) = (0.0, 0.0);
        self.each(state, site, |c, row| {
            before += c * row[old];
            after += c * row[new];
        });
        (before, after)
    }

    #[inline(always)]
    fn settle(&self, _running: &mut [f64], _site: usize, _accepted: bool) {}

    #[inline(always)]
    fn all(&self, _running: &mut [f64], state: &[u8], site: usize, energies: &mut [f64]) {
        energies.fill(0.0);
        self.each(state, site, |c, row| {
            for (e, x) in energies.iter_mut().zip(row) {
                *e += c * x;
            }
        });
    }
}
