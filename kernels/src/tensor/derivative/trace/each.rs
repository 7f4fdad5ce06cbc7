//! Products of the gradients of single examples.

use super::super::super::graph::{Conv, Graph, Id, Op, Unary};
use super::super::super::simplify::{Build, cone};
use super::super::{backward, jvp, seed};
use std::sync::Arc;

/// Larger intermediate arrays of one example are not made.
const LARGEST: usize = 1 << 22;

/// The linearised network, and where parameters enter it.
pub struct Network {
    tangent: Option<Id>,
    seeds: Vec<Id>,
    /// For each seed, what it passes through before examples use it, in the order of evaluation.
    parameters: Vec<Vec<Id>>,
    sites: Vec<Site>,
}

/// A node with a batch that uses a parameter without.
struct Site {
    node: Id,
    arg: usize,
    seed: usize,
}

/// What a site gives to the gradient of an example: an array, or the outer product x δ.
#[derive(Clone, Copy)]
enum Part {
    Outer { x: Id, delta: Id },
    Array(Id),
}

impl Network {
    /// `None` where parameters meet before the examples use them.
    pub fn new(g: &mut Graph, outputs: Id, wrt: &[Id]) -> Option<Network> {
        let seeds: Vec<Id> = wrt.iter().enumerate().map(|(k, id)| seed(g, k, *id)).collect();
        let pairs: Vec<(Id, Id)> = wrt.iter().copied().zip(seeds.iter().copied()).collect();
        let tangent = jvp(g, &[outputs], &pairs)[0];
        let mut network = Network { tangent, parameters: vec![vec![]; seeds.len()], seeds, sites: vec![] };
        let Some(tangent) = tangent else { return Some(network) };
        let mut from: Vec<Option<usize>> = vec![None; g.nodes.len()];
        for id in cone(g, &[tangent], &network.seeds) {
            if let Some(k) = network.seeds.iter().position(|s| *s == id) {
                from[id.0 as usize] = Some(k);
                continue;
            }
            let node = g.node(id);
            let used: Vec<(usize, usize)> =
                node.args.iter().enumerate().filter_map(|(arg, a)| from[a.0 as usize].map(|seed| (arg, seed))).collect();
            if node.batched {
                network.sites.extend(used.iter().map(|(arg, seed)| Site { node: id, arg: *arg, seed: *seed }));
            } else if let Some((_, seed)) = used.first() {
                if used.iter().any(|u| u.1 != *seed) {
                    return None;
                }
                from[id.0 as usize] = Some(*seed);
                network.parameters[*seed].push(id);
            }
        }
        Some(network)
    }

    /// (Jᵀ u) · (Jᵀ v) of each example, a batched number.
    pub fn product(&self, g: &mut Graph, u: Id, v: Id) -> Option<Id> {
        let mut sum = g.filled(0.0, &[], true);
        let Some(tangent) = self.tangent else { return Some(sum) };
        let first = backward::cotangents(g, &[(tangent, u)], &self.seeds);
        let second = if u == v { first.clone() } else { backward::cotangents(g, &[(tangent, v)], &self.seeds) };
        for seed in 0..self.seeds.len() {
            let sites: Vec<&Site> = self.sites.iter().filter(|s| s.seed == seed).collect();
            if let [site] = sites[..] {
                let (Some(a), Some(b)) = (self.part(g, site, &first)?, self.part(g, site, &second)?) else { continue };
                if let Some(product) = self.of_outer(g, site, a, b) {
                    sum = g.plus(sum, product);
                    continue;
                }
            }
            let a = self.gradient(g, seed, &sites, &first)?;
            let b = if u == v { a } else { self.gradient(g, seed, &sites, &second)? };
            if let (Some(a), Some(b)) = (a, b) {
                let product = g.times(a, b);
                let product = all(g, product);
                sum = g.plus(sum, product);
            }
        }
        Some(sum)
    }

    /// What a site gives; `Some(None)` where it is zero, `None` where it cannot be told.
    fn part(&self, g: &mut Graph, site: &Site, cotangents: &[Option<Id>]) -> Option<Option<Part>> {
        let Some(cotangent) = cotangents.get(site.node.0 as usize).copied().flatten() else { return Some(None) };
        let node = g.node(site.node).clone();
        Some(Some(match &node.op {
            Op::Linear { transposed: false } if site.arg == 1 => Part::Outer { x: node.args[0], delta: cotangent },
            Op::Linear { transposed: true } if site.arg == 1 => Part::Outer { x: cotangent, delta: node.args[0] },
            Op::Conv(conv) if site.arg == 1 => Part::Array(of_conv(g, conv, node.args[0], cotangent)?),
            // Their transposes sum over examples.
            Op::Lookup | Op::ConvBack(_) => return None,
            _ => Part::Array(backward::rule(g, site.node, &node.args, site.arg, cotangent)),
        }))
    }

    /// |x|² (δ · δ'), where a dense layer with one row an example uses a parameter as it is.
    fn of_outer(&self, g: &mut Graph, site: &Site, a: Part, b: Part) -> Option<Id> {
        let kept = |id: &Id| matches!(g.node(*id).op, Op::Reshape | Op::Permute { .. } | Op::Unary(Unary::Neg));
        let (Part::Outer { x, delta }, Part::Outer { x: y, delta: other }) = (a, b) else { return None };
        if !self.parameters[site.seed].iter().all(kept) || g.shape(x).len() != 1 {
            return None;
        }
        let (p, q) = (g.times(x, y), g.times(delta, other));
        let (p, q) = (all(g, p), all(g, q));
        Some(g.times(p, q))
    }

    /// The gradient of each example by one parameter; `Some(None)` where it is 0.
    fn gradient(&self, g: &mut Graph, seed: usize, sites: &[&Site], cotangents: &[Option<Id>]) -> Option<Option<Id>> {
        let mut found: Vec<(Id, Id)> = vec![];
        for site in sites {
            let Some(part) = self.part(g, site, cotangents)? else { continue };
            let array = match part {
                Part::Array(x) => x,
                Part::Outer { x, delta } => of_rows(g, x, delta)?,
            };
            let entry = g.node(site.node).args[site.arg];
            add(g, &mut found, entry, array);
        }
        for id in self.parameters[seed].iter().rev() {
            let Some((_, cotangent)) = found.iter().find(|f| f.0 == *id).copied() else { continue };
            let node = g.node(*id).clone();
            if !matches!(node.op, Op::Unary(_) | Op::Binary(_) | Op::Select)
                && node.args.len() > 1
                && !matches!(node.op, Op::Concat { .. })
            {
                return None;
            }
            for (k, arg) in node.args.iter().enumerate() {
                if self.seeds[seed] == *arg || self.parameters[seed].contains(arg) {
                    let part = backward::rule(g, *id, &node.args, k, cotangent);
                    add(g, &mut found, *arg, part);
                }
            }
        }
        Some(found.iter().find(|f| f.0 == self.seeds[seed]).map(|f| f.1))
    }
}

fn add(g: &mut Graph, found: &mut Vec<(Id, Id)>, node: Id, part: Id) {
    let part = g.lifted(part, true);
    match found.iter_mut().find(|f| f.0 == node) {
        Some(f) => f.1 = g.plus(f.1, part),
        None => found.push((node, part)),
    }
}

/// The sum of all elements of an example.
fn all(g: &mut Graph, x: Id) -> Id {
    let dims: Vec<usize> = (0..g.shape(x).len()).collect();
    let y = g.total(x, &dims);
    g.lifted(y, true)
}

/// Σ_rows x δ of each example.
fn of_rows(g: &mut Graph, x: Id, delta: Id) -> Option<Id> {
    let (k, n) = (*g.shape(x).last()?, *g.shape(delta).last()?);
    let rows = g.size(x) / k.max(1);
    if rows * k * n > LARGEST {
        return None;
    }
    let (x, delta) = (g.shaped(x, &[rows, k]), g.shaped(delta, &[rows, n]));
    let x = g.widen(x, &[0, 1], &[rows, k, n], true);
    let delta = g.widen(delta, &[0, 2], &[rows, k, n], true);
    let product = g.times(x, delta);
    Some(g.total(product, &[0]))
}

/// The gradient of each example by the weights of a convolution: patches times errors, summed over the places.
fn of_conv(g: &mut Graph, conv: &Conv, x: Id, delta: Id) -> Option<Id> {
    let [o, rows, columns] = conv.out();
    let [_, inner, kh, kw] = conv.weights();
    let (groups, places, taps) = (conv.groups, rows * columns, inner * kh * kw);
    if o * taps * places > LARGEST {
        return None;
    }
    let [c, h, w] = conv.image;
    let (high, wide) = (h + 2 * conv.padding[0], w + 2 * conv.padding[1]);
    let padded = g.make(Op::Pad { dim: 1, before: conv.padding[0] }, vec![x], vec![c, high, w], true);
    let padded = g.make(Op::Pad { dim: 2, before: conv.padding[1] }, vec![padded], vec![c, high, wide], true);
    let mut index = Vec::with_capacity(c * kh * kw * places);
    for (channel, a, b) in (0..c * kh * kw).map(|i| (i / (kh * kw), i / kw % kh, i % kw)) {
        for (i, j) in (0..places).map(|p| (p / columns, p % columns)) {
            index.push(((channel * high + i * conv.stride[0] + a) * wide + j * conv.stride[1] + b) as u32);
        }
    }
    let patches = g.make(Op::Gather { index: Arc::new(index) }, vec![padded], vec![groups, taps, places], true);
    let delta = g.shaped(delta, &[groups, o / groups, places]);
    let shape = [groups, o / groups, taps, places];
    let patches = g.widen(patches, &[0, 2, 3], &shape, true);
    let delta = g.widen(delta, &[0, 1, 3], &shape, true);
    let product = g.times(patches, delta);
    let sum = g.total(product, &[3]);
    Some(g.shaped(sum, &conv.weights()))
}
