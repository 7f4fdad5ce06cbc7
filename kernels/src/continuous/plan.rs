//! What can be said of a model beforehand: its terms, a colouring of its sites, and where each component stands in a state.
//!
//! The energy is cut into terms. Sites that share no term can be moved at the same time, each by its own terms alone, with the
//! outcome of moving them one after another; they get one colour, and the components of a colour stand side by side. Terms of
//! too many sites are kept together as the large part; with one, every site has a colour of its own. Knows no moves.

use std::collections::HashMap;

use super::batch::{Batch, Uses};
use super::large::Large;
use super::program::Flattener;
use super::space::check;
use crate::field::{Block, Space};
use crate::generic::{Expression, Fold, Node, ScalarGraph, cut};

/// Sites and nodes of a term that is evaluated whole.
const MOST_SITES: usize = 16;
const MOST_NODES: usize = 512;

/// Sites whose draws are made together.
pub(super) const RUN: usize = 16;

/// Sites of one block and one colour. Component c of site k stands at `first + c * sites.len() + k`.
#[derive(Debug)]
pub(super) struct Segment {
    pub block: usize,
    pub first: usize,
    /// Numbers within the block.
    pub sites: usize,
    /// Of its first site, among those of the colour.
    pub slot: usize,
    /// Of its first site, among the draws of a sweep: a multiple of [`RUN`].
    pub position: usize,
}

/// Sites that are moved together.
pub(super) struct Colour {
    pub segments: Vec<Segment>,
    pub sites: usize,
    /// The terms that touch them, once a site.
    pub batches: Vec<Batch>,
}

/// A model, arranged.
pub(super) struct Plan {
    pub blocks: Vec<Block>,
    pub components: usize,
    /// Where the contract's component i stands.
    pub place: Vec<u32>,
    /// The sites moved by sweeps.
    pub colours: Vec<Colour>,
    /// The others, a segment a block.
    pub held: Vec<Segment>,
    pub constant: f64,
    pub batches: Vec<Batch>,
    pub large: Option<Large>,
    /// The largest number of sites that one swept site shares terms with.
    pub most_neighbours: usize,
}

/// A term: nodes with coefficients that depend on the same sites.
struct Term {
    parts: Vec<(f64, Node)>,
    sites: Vec<u32>,
}

impl Plan {
    /// `swept(space)` says whether the sites of a space are moved by sweeps.
    pub fn new(blocks: &[Block], graph: &ScalarGraph, swept: impl Fn(&Space) -> bool) -> Result<Plan, String> {
        for (number, block) in blocks.iter().enumerate() {
            check(number, block)?;
        }
        let components: usize = blocks.iter().map(Block::components).sum();
        if components != graph.sites() {
            return Err(format!("the energy is of {} components, the variables have {components}", graph.sites()));
        }
        if components >= u32::MAX as usize / 32 {
            return Err(format!("{components} components are more than this kernel can address"));
        }
        let sites = Sites::new(blocks);
        let (constant, terms, large) = find_terms(graph, &sites);
        let swept: Vec<bool> = blocks.iter().map(|b| swept(&b.space)).collect();
        let movable: Vec<bool> = sites.block.iter().map(|&b| swept[b as usize]).collect();
        let (colour_of, most_neighbours) = if large.is_empty() {
            colouring(&terms, &movable)
        } else {
            let mut next = 0;
            let own = movable.iter().map(|m| if *m { (next += 1, next - 1).1 } else { u32::MAX }).collect();
            (own, usize::MAX)
        };

        let mut layout = Layout { sites: &sites, blocks, place: vec![0; components], slot: vec![0; movable.len()], used: 0 };
        let count = colour_of.iter().filter(|c| **c != u32::MAX).max().map_or(0, |c| *c as usize + 1);
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut rest = Vec::new();
        for (site, &colour) in colour_of.iter().enumerate() {
            if colour == u32::MAX { rest.push(site as u32) } else { members[colour as usize].push(site as u32) }
        }
        let mut position = 0;
        let mut colours = Vec::with_capacity(count);
        for members in &members {
            let segments = layout.put(members, &mut position);
            colours.push(Colour { segments, sites: members.len(), batches: Vec::new() });
        }
        let held = layout.put(&rest, &mut position);
        let (place, slot) = (layout.place, layout.slot);

        let mut flattener = Flattener::new(graph);
        let mut uses = Uses::default();
        let mut add = |parts: &[(f64, Node)]| {
            let mut one = flattener.flatten(parts);
            one.leaves.iter_mut().for_each(|l| *l = place[*l as usize]);
            uses.add(one);
        };
        terms.iter().for_each(|term| add(&term.parts));
        let mut touching: Vec<Vec<(u32, u32)>> = vec![Vec::new(); count];
        for (t, term) in terms.iter().enumerate() {
            for &site in term.sites.iter().filter(|&&s| movable[s as usize]) {
                touching[colour_of[site as usize] as usize].push((t as u32, slot[site as usize]));
            }
        }
        if !large.is_empty() {
            add(&large);
        }
        for (colour, touching) in colours.iter_mut().zip(touching) {
            colour.batches = uses.batches(touching.into_iter());
        }
        let batches = uses.batches((0..uses.len() as u32).map(|one| (one, 0)));
        let large = if large.is_empty() || count == 0 {
            None
        } else {
            let own: Vec<Vec<u32>> = members.iter().map(|m| sites.components(m[0] as usize).collect()).collect();
            Some(Large::new(graph.weighted_sum(&large), &own, &place)?)
        };
        let blocks = blocks.to_vec();
        Ok(Plan { blocks, components, place, colours, held, constant, batches, large, most_neighbours })
    }

    /// The swept segments and the others.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.colours.iter().flat_map(|c| &c.segments).chain(&self.held)
    }

    /// The number of sites moved by sweeps.
    pub fn swept(&self) -> usize {
        self.colours.iter().map(|c| c.sites).sum()
    }
}

/// The sites of all blocks, one numbering.
struct Sites {
    block: Vec<u32>,
    /// The first component of each.
    first: Vec<u32>,
    of_component: Vec<u32>,
}

impl Sites {
    fn new(blocks: &[Block]) -> Sites {
        let mut sites = Sites { block: Vec::new(), first: Vec::new(), of_component: Vec::new() };
        for (number, block) in blocks.iter().enumerate() {
            for _ in 0..block.sites {
                sites.first.push(sites.of_component.len() as u32);
                let site = sites.block.len() as u32;
                sites.of_component.extend((0..block.space.components()).map(|_| site));
                sites.block.push(number as u32);
            }
        }
        sites.first.push(sites.of_component.len() as u32);
        sites
    }

    fn components(&self, site: usize) -> std::ops::Range<u32> {
        self.first[site]..self.first[site + 1]
    }
}

struct Layout<'a> {
    sites: &'a Sites,
    blocks: &'a [Block],
    place: Vec<u32>,
    slot: Vec<u32>,
    used: usize,
}

impl Layout<'_> {
    /// Puts sites (ascending) behind what stands already.
    fn put(&mut self, members: &[u32], position: &mut usize) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut done = 0;
        for own in members.chunk_by(|a, b| self.sites.block[*a as usize] == self.sites.block[*b as usize]) {
            let block = self.sites.block[own[0] as usize] as usize;
            segments.push(Segment { block, first: self.used, sites: own.len(), slot: done, position: *position });
            *position += own.len().next_multiple_of(RUN);
            for (k, &site) in own.iter().enumerate() {
                self.slot[site as usize] = (done + k) as u32;
                for (c, component) in self.sites.components(site as usize).enumerate() {
                    self.place[component as usize] = (self.used + c * own.len() + k) as u32;
                }
            }
            done += own.len();
            self.used += own.len() * self.blocks[block].space.components();
        }
        segments
    }
}

/// The constant, the terms of a few sites, and the parts that depend on many.
fn find_terms(graph: &ScalarGraph, sites: &Sites) -> (f64, Vec<Term>, Vec<(f64, Node)>) {
    let (constant, parts) = cut(graph);
    let mut known: HashMap<Vec<u32>, usize> = HashMap::new();
    let (mut terms, mut large): (Vec<Term>, _) = (Vec::new(), Vec::new());
    let mut seen = vec![0u32; graph.nodes.len()];
    for (visit, &(coefficient, node)) in parts.iter().enumerate() {
        let Some(own) = sites_below(graph, sites, node, &mut seen, visit as u32 + 1) else {
            large.push((coefficient, node));
            continue;
        };
        let term = *known.entry(own).or_insert_with_key(|own| {
            terms.push(Term { parts: Vec::new(), sites: own.clone() });
            terms.len() - 1
        });
        terms[term].parts.push((coefficient, node));
    }
    (constant, terms, large)
}

/// The sites that a node depends on, ascending, unless they or the nodes are too many.
fn sites_below(graph: &ScalarGraph, sites: &Sites, node: Node, seen: &mut [u32], visit: u32) -> Option<Vec<u32>> {
    let (mut own, mut met, mut waiting) = (Vec::new(), 0, vec![node]);
    while let Some(node) = waiting.pop() {
        if seen[node.index()] == visit {
            continue;
        }
        seen[node.index()] = visit;
        met += 1;
        let expression = &graph.nodes[node.index()];
        match expression {
            Expression::Value(component) => {
                let site = sites.of_component[*component as usize];
                if !own.contains(&site) {
                    own.push(site);
                }
            }
            Expression::Fold(Fold::Sum | Fold::Product | Fold::Min | Fold::Max, all) if all.len() > MOST_NODES => return None,
            _ => expression.arguments(|a| waiting.push(a)),
        }
        if met > MOST_NODES || own.len() > MOST_SITES {
            return None;
        }
    }
    own.sort_unstable();
    Some(own)
}

/// A colour for each movable site so that no two of a term agree, greedily in the order of the sites, and the largest number of
/// sites that one shares terms with.
fn colouring(terms: &[Term], movable: &[bool]) -> (Vec<u32>, usize) {
    let mut of_site: Vec<Vec<u32>> = vec![Vec::new(); movable.len()];
    for (t, term) in terms.iter().enumerate() {
        term.sites.iter().for_each(|&s| of_site[s as usize].push(t as u32));
    }
    let mut colour = vec![u32::MAX; movable.len()];
    let mut most = 0;
    let (mut near, mut taken): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    for site in (0..movable.len()).filter(|&s| movable[s]) {
        near.clear();
        near.extend(of_site[site].iter().flat_map(|&t| &terms[t as usize].sites).filter(|&&s| s as usize != site));
        near.sort_unstable();
        near.dedup();
        most = most.max(near.len());
        taken.clear();
        taken.extend(near.iter().map(|&s| colour[s as usize]).filter(|c| *c != u32::MAX));
        taken.sort_unstable();
        taken.dedup();
        // The first number that is missing in the ascending list.
        colour[site] = taken.iter().enumerate().find(|(k, c)| **c != *k as u32).map_or(taken.len(), |(k, _)| k) as u32;
    }
    (colour, most)
}
