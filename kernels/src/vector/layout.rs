//! The order of the sites in memory: colours, blocks of sixteen sites of one colour, and where their neighbours lie.
//!
//! No two sites of a block are neighbours, so a block is updated at once. On lattices the neighbours of consecutive sites of a
//! colour are consecutive sites of another, but for wraps; a slot says where plain loads do and where the sites
//! must be gathered one by one. Knows the graph only.

use super::simd::{Row, WIDTH};

/// Blocks that go through an update's stages together. A stage is short, so that the processor works on several blocks at once
/// where a whole update is one long chain of operations that wait for each other.
pub(super) const BATCH: usize = 16;

/// How the sixteen neighbours of a slot are fetched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fetch {
    /// Two runs of eight consecutive positions.
    Runs,
    /// The same but for one site of each half, set in the mask, which lies elsewhere.
    Patched,
    /// Sixteen positions.
    Gather,
}

/// Sixteen neighbours: one of each site of a block, or sixteen of one site of a tall block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub fetch: Fetch,
    pub mask: u16,
    pub run: [u32; 2],
    pub other: [u32; 2],
}

/// Sixteen places, of which the set ones hold sites.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub active: u16,
    /// Slots of the block, or of each of its sites where it is tall.
    pub slots: u32,
    pub first: u32,
    /// Few sites with many neighbours each: the sum over neighbours runs across the sixteen.
    pub tall: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The position of each site.
    pub place: Vec<u32>,
    pub blocks: Vec<Block>,
    /// First block and number of the batches: at most [`BATCH`] blocks, all of one colour, so that no site of a batch has a
    /// neighbour in it.
    pub batches: Vec<(usize, usize)>,
    pub slots: Vec<Slot>,
    /// The positions behind each slot; the first position behind all blocks, which is always zero, where a site has no such neighbour.
    pub index: Vec<Row<u32>>,
    /// The half-bond behind each entry of `index`: twice the bond, plus one seen from its second site; `u32::MAX` for none.
    pub half: Vec<Row<u32>>,
}

/// One end of a bond: the site at the other end, and the half-bond.
type Half = (u32, u32);

impl Layout {
    /// The layout of a graph.
    pub fn new(sites: usize, bonds: &[(u32, u32, f64)]) -> Layout {
        let mut halves: Vec<Vec<Half>> = vec![Vec::new(); sites];
        for (b, &(i, j, _)) in bonds.iter().enumerate() {
            halves[i as usize].push((j, 2 * b as u32));
            halves[j as usize].push((i, 2 * b as u32 + 1));
        }
        let colour = two_colours(&halves).unwrap_or_else(|| greedy_colours(&halves));
        let colours = colour.iter().max().map_or(0, |&c| c as usize + 1);
        let mut classes = vec![Vec::new(); colours];
        for (site, &c) in colour.iter().enumerate() {
            classes[c as usize].push(site as u32);
        }
        let degree = |site: u32| halves[site as usize].len();
        // Sites of alike degree share blocks where unlike ones would waste more than half of the slots.
        let padded: usize =
            classes.iter().flat_map(|c| c.chunks(WIDTH)).map(|b| WIDTH * b.iter().map(|&s| degree(s)).max().unwrap_or(0)).sum();
        if padded > 3 * bonds.len() {
            for class in &mut classes {
                class.sort_by_key(|&s| std::cmp::Reverse(degree(s)));
            }
        }
        let groups: Vec<&[u32]> = classes.iter().flat_map(|c| c.chunks(WIDTH)).collect();
        let mut place = vec![0; sites];
        for (g, group) in groups.iter().enumerate() {
            for (l, &site) in group.iter().enumerate() {
                place[site as usize] = (g * WIDTH + l) as u32;
            }
        }
        let mut layout =
            Layout { place, blocks: Vec::new(), batches: Vec::new(), slots: Vec::new(), index: Vec::new(), half: Vec::new() };
        let mut before = 0;
        for class in &classes {
            let blocks = class.len().div_ceil(WIDTH);
            layout.batches.extend((0..blocks).step_by(BATCH).map(|b| (before + b, BATCH.min(blocks - b))));
            before += blocks;
        }
        let void = (groups.len() * WIDTH) as u32;
        for group in groups {
            let lists: Vec<Vec<Half>> = group
                .iter()
                .map(|&s| {
                    let mut list: Vec<Half> = halves[s as usize].iter().map(|&(j, h)| (layout.place[j as usize], h)).collect();
                    list.sort_unstable();
                    list
                })
                .collect();
            layout.add_block(&lists, void);
        }
        layout
    }

    fn add_block(&mut self, lists: &[Vec<Half>], void: u32) {
        let largest = lists.iter().map(Vec::len).max().unwrap_or(0);
        let tall = lists.len() <= WIDTH / 2 && largest >= WIDTH;
        let first = self.slots.len() as u32;
        if tall {
            for list in lists {
                for s in 0..largest.div_ceil(WIDTH) {
                    self.add_slot(std::array::from_fn(|l| list.get(s * WIDTH + l).copied()), void);
                }
            }
        } else {
            let columns = align(lists, largest);
            for s in 0..largest {
                self.add_slot(std::array::from_fn(|l| columns.get(l).and_then(|c| c[s])), void);
                self.continue_runs(lists.len(), void);
            }
        }
        let slots = if tall { largest.div_ceil(WIDTH) } else { largest } as u32;
        let active = if lists.len() == WIDTH { !0 } else { (1u16 << lists.len()) - 1 };
        self.blocks.push(Block { active, slots, first, tall });
    }

    /// Lets the places of the last slot that hold no site, whose neighbours nobody minds, continue the run before them.
    fn continue_runs(&mut self, used: usize, void: u32) {
        let (Some(row), Some(slot)) = (self.index.last_mut(), self.slots.last_mut()) else { return };
        for l in used..WIDTH {
            row.0[l] = (row.0[l - 1] + 1).min(void);
        }
        *slot = describe(&row.0, void);
    }

    fn add_slot(&mut self, entries: [Option<Half>; WIDTH], void: u32) {
        let at = entries.map(|e| e.map_or(void, |(position, _)| position));
        self.slots.push(describe(&at, void));
        self.index.push(Row(at));
        self.half.push(Row(entries.map(|e| e.map_or(u32::MAX, |(_, h)| h))));
    }
}

/// How sixteen positions are fetched.
fn describe(at: &[u32; WIDTH], void: u32) -> Slot {
    let mut slot = Slot { fetch: Fetch::Runs, mask: 0, run: [0; 2], other: [0; 2] };
    for side in 0..2 {
        match run_of(&at[8 * side..][..8], void) {
            Some((start, None)) => slot.run[side] = start,
            Some((start, Some(l))) => {
                slot.run[side] = start;
                slot.other[side] = at[8 * side + l];
                slot.mask |= 1 << (8 * side + l);
                if slot.fetch == Fetch::Runs {
                    slot.fetch = Fetch::Patched;
                }
            }
            None => slot.fetch = Fetch::Gather,
        }
    }
    slot
}

/// The start of the run that eight positions are, but for at most one of them. Reading the run stays within the positions up to
/// sixteen beyond `void`.
fn run_of(at: &[u32], void: u32) -> Option<(u32, Option<usize>)> {
    // The run goes through the first or, where that is the exception, through the second position.
    for (anchor, back) in [(0, 0), (1, 1)] {
        let Some(start) = at[anchor].checked_sub(back) else { continue };
        let mut odd = (0..8).filter(|&l| at[l] != start + l as u32);
        let exception = odd.next();
        if odd.next().is_none() && start + 8 <= void + WIDTH as u32 {
            return Some((start, exception));
        }
    }
    None
}

/// Orders the neighbours of the sites of a block into slots, so that as many as possible continue the run of the site before.
fn align(lists: &[Vec<Half>], slots: usize) -> Vec<Vec<Option<Half>>> {
    let mut columns: Vec<Vec<Option<Half>>> = Vec::with_capacity(lists.len());
    for (l, list) in lists.iter().enumerate() {
        let mut column = vec![None; slots];
        let mut taken = vec![false; list.len()];
        if l % 8 != 0 {
            for (s, before) in columns[l - 1].iter().enumerate() {
                let Some((position, _)) = before else { continue };
                let mut k = list.partition_point(|h| h.0 <= *position);
                while k < list.len() && list[k].0 == position + 1 {
                    if !taken[k] {
                        taken[k] = true;
                        column[s] = Some(list[k]);
                        break;
                    }
                    k += 1;
                }
            }
        }
        let mut rest = list.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(h, _)| *h);
        for place in column.iter_mut().filter(|c| c.is_none()) {
            *place = rest.next();
        }
        columns.push(column);
    }
    columns
}

/// Two colours by breadth-first search, where the graph has no odd loop.
fn two_colours(halves: &[Vec<Half>]) -> Option<Vec<u32>> {
    let mut colour = vec![u32::MAX; halves.len()];
    let mut queue = Vec::new();
    for root in 0..halves.len() {
        if colour[root] != u32::MAX {
            continue;
        }
        colour[root] = 0;
        queue.push(root);
        while let Some(i) = queue.pop() {
            for &(j, _) in &halves[i] {
                let j = j as usize;
                if colour[j] == u32::MAX {
                    colour[j] = 1 - colour[i];
                    queue.push(j);
                } else if colour[j] == colour[i] {
                    return None;
                }
            }
        }
    }
    Some(colour)
}

/// The first colour that no neighbour has, sites of high degree first (Welsh and Powell, Comput. J. 10, 85 (1967)).
fn greedy_colours(halves: &[Vec<Half>]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..halves.len()).collect();
    order.sort_by_key(|&s| std::cmp::Reverse(halves[s].len()));
    let mut colour = vec![u32::MAX; halves.len()];
    let mut seen = vec![usize::MAX; halves.len() + 1];
    for i in order {
        for &(j, _) in &halves[i] {
            if colour[j as usize] != u32::MAX {
                seen[colour[j as usize] as usize] = i;
            }
        }
        colour[i] = (0..).find(|&c| seen[c as usize] != i).unwrap_or(0);
    }
    colour
}
