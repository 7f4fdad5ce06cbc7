//! Where the sites are: which bit of which word, and where the neighbours of a word stand.
//!
//! The lattice is cut into a grid of equal blocks, at most 512 of them. Bit k of word i is site i of
//! block k, so that a neighbour inside the block is the same bit of another word, and a neighbour
//! across the block's side is another bit of another word (a [`Crossing`]). Where the blocks
//! do not fill the word, several chains share it, one after the other; a lattice that cannot
//! be cut at all has one bit a chain. Knows no probabilities and no random numbers.

use super::geometry::{Boundary, Geometry, Lattice};
use super::wide::Word;
use std::ops::Range;

/// In an entry of the table of neighbours: the crossing, 0 for none.
pub(super) const CROSSING: u32 = 31;
/// In an entry: some bits have no neighbour there.
pub(super) const MISSING: u32 = 32;
/// In an entry: the word stands above these bits.
pub(super) const WORD_SHIFT: u32 = 6;

/// Lattices with fewer spins are one strip: sharing a sweep among threads would cost more than it saves.
const STRIPS_FROM: usize = 1 << 20;
/// The words that a strip has at least.
const STRIP_WORDS: usize = 128;

/// A part of a bit permutation: the bits of `mask` come from `64 * lanes + shift` bits higher up.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub lanes: isize,
    pub shift: u32,
    pub mask: Word,
}

/// How to read a neighbouring word across the sides of the blocks.
#[derive(Clone, Debug)]
pub(super) struct Crossing {
    pub terms: Vec<Term>,
    /// Bits that come over an antiperiodic side and are turned over.
    pub flip: Word,
    /// Bits that have no neighbour because the side is open.
    pub missing: Word,
}

/// Words that may be updated in any order, as no two are neighbours: a range of [`Layout::order`].
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub range: Range<usize>,
    /// All have sites that lack neighbours; else none has.
    pub edge: bool,
}

/// The placement of one lattice for a number of chains.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Blocks along each axis.
    pub blocks: Vec<usize>,
    /// Cells of a block along each axis.
    pub inner: Vec<usize>,
    /// Blocks of a lattice: the bits of a chain in each word.
    pub bits: usize,
    /// Chains in a word.
    pub chains: usize,
    /// Words of the lattice.
    pub words: usize,
    /// Neighbours of a site.
    pub coordination: usize,
    /// For each word its neighbours, packed.
    pub neighbours: Vec<u32>,
    /// The crossings that neighbours refer to. Number 0 stands for none.
    pub crossings: Vec<Crossing>,
    /// The words in the order of their updates: strip after strip, in each colour after colour.
    pub order: Vec<u32>,
    /// What is updated in sequence, each with its own random stream. One, or an even number; strips of the same
    /// parity do not touch.
    pub strips: Vec<Vec<Run>>,
    /// Bonds of one lattice.
    pub bonds: u64,
    basis: usize,
    /// Along each axis and for each coordinate: its contribution to the cell in the block and to the bit.
    place: Vec<Vec<(usize, usize)>>,
}

/// A way to cut the lattice.
#[derive(Clone, Debug)]
struct Cut {
    blocks: Vec<usize>,
    words: usize,
    bits: usize,
    crossings: f64,
}

fn cuts(geometry: &Geometry) -> Vec<Cut> {
    let basis = geometry.lattice.basis();
    // Two sites of one word must never be neighbours, as they are updated at once.
    let narrowest = if geometry.lattice == Lattice::Honeycomb { 1 } else { 2 };
    let mut all = vec![Vec::new()];
    for &l in &geometry.extents {
        let ways: Vec<usize> = (1..=Word::BITS.min(l)).filter(|k| l % k == 0 && (*k == 1 || l / k >= narrowest)).collect();
        all = all.iter().flat_map(|p: &Vec<usize>| ways.iter().map(move |&k| [p.as_slice(), &[k]].concat())).collect();
        all.retain(|p| p.iter().product::<usize>() <= Word::BITS);
    }
    let of = |blocks: Vec<usize>| {
        let bits: usize = blocks.iter().product();
        let crossings = geometry.lattice.bonds().into_iter().map(|bond| {
            let stays: f64 = (0..blocks.len())
                .filter(|&a| bond.offset[a] != 0 && blocks[a] > 1)
                .map(|a| 1.0 - blocks[a] as f64 / geometry.extents[a] as f64)
                .product();
            1.0 - stays
        });
        Cut { words: geometry.extents.iter().product::<usize>() / bits * basis, bits, crossings: crossings.sum(), blocks }
    };
    all.into_iter().map(of).filter(|c| c.words <= 1 << (32 - WORD_SHIFT)).collect()
}

/// The best cut for a number of chains: the fewest words to update (to 2 %), then the fewest chains in a word,
/// then the fewest crossings.
fn choose(geometry: &Geometry, chains: usize) -> Result<Cut, String> {
    let all = cuts(geometry);
    let work = |c: &Cut| c.words * chains.div_ceil(Word::BITS / c.bits);
    let least = all.iter().map(work).min().ok_or("the lattice is too large and its extents have no divisors to cut it by")?;
    let mut good: Vec<Cut> = all.into_iter().filter(|c| work(c) <= least + least / 50).collect();
    good.sort_by(|a, b| b.bits.cmp(&a.bits).then(a.crossings.total_cmp(&b.crossings)));
    Ok(good.swap_remove(0))
}

/// Whether a lattice has a placement.
pub(super) fn fits(geometry: &Geometry) -> Result<(), String> {
    geometry.check()?;
    choose(geometry, 1).map(|_| ())
}

impl Layout {
    pub fn new(geometry: &Geometry, chains: usize) -> Result<Layout, String> {
        geometry.check()?;
        let cut = choose(geometry, chains)?;
        let dimension = cut.blocks.len();
        let inner: Vec<usize> = geometry.extents.iter().zip(&cut.blocks).map(|(l, k)| l / k).collect();
        let mut place = vec![Vec::new(); dimension];
        let (mut cell_stride, mut bit_stride) = (1, 1);
        for a in (0..dimension).rev() {
            place[a] = (0..geometry.extents[a]).map(|x| (x % inner[a] * cell_stride, x / inner[a] * bit_stride)).collect();
            cell_stride *= inner[a];
            bit_stride *= cut.blocks[a];
        }
        let mut layout = Layout {
            chains: (Word::BITS / cut.bits).min(chains).max(1),
            bits: cut.bits,
            words: cut.words,
            coordination: geometry.lattice.coordination(),
            neighbours: Vec::new(),
            crossings: Vec::new(),
            order: Vec::new(),
            strips: Vec::new(),
            bonds: 0,
            basis: geometry.lattice.basis(),
            blocks: cut.blocks,
            inner,
            place,
        };
        layout.link(geometry);
        layout.cut_strips(geometry.sites());
        Ok(layout)
    }

    /// The word and the bit (of chain 0) of each site, in the order of the sites.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        // Borrowed, so that a step allocates nothing: every measurement of a state goes through all of them.
        const NOTHING: &[(usize, usize)] = &[(0, 0)];
        let axis = |a: usize| self.place.get(a).map_or(NOTHING, Vec::as_slice);
        let (p0, p1, p2) = (axis(0), axis(1), axis(2));
        p0.iter().flat_map(move |u| {
            p1.iter().flat_map(move |v| {
                p2.iter().flat_map(move |w| {
                    let cell = u.0 + v.0 + w.0;
                    (0..self.basis).map(move |b| (cell * self.basis + b, u.1 + v.1 + w.1))
                })
            })
        })
    }

    /// The bits of a chain of a word.
    pub fn chain_bits(&self, chain: usize) -> Range<usize> {
        chain * self.bits..(chain + 1) * self.bits
    }

    /// Fills the table of neighbours.
    fn link(&mut self, geometry: &Geometry) {
        let bonds = geometry.lattice.bonds();
        let dimension = self.blocks.len();
        let mut sites: Vec<Vec<(usize, [isize; 3])>> = vec![Vec::new(); self.basis];
        for bond in &bonds {
            sites[bond.from].push((bond.to, bond.offset));
            sites[bond.to].push((bond.from, bond.offset.map(|o| -o)));
        }
        let identity = Crossing { terms: Vec::new(), flip: Word::ZERO, missing: Word::ZERO };
        self.crossings = vec![identity];
        let mut known: Vec<([isize; 3], u32)> = Vec::new();
        let mut directed = 0u64;
        self.neighbours = Vec::with_capacity(self.words * self.coordination);
        for w in 0..self.words {
            let mut cell = [0; 3];
            let mut rest = w / self.basis;
            for a in (0..dimension).rev() {
                cell[a] = rest % self.inner[a];
                rest /= self.inner[a];
            }
            for &(to, offset) in &sites[w % self.basis] {
                let mut index = 0;
                let mut over = [0isize; 3];
                for a in 0..dimension {
                    let x = cell[a] as isize + offset[a];
                    let l = self.inner[a] as isize;
                    over[a] = x.div_euclid(l);
                    index = index * self.inner[a] + x.rem_euclid(l) as usize;
                }
                let crossing = match known.iter().find(|k| k.0 == over) {
                    Some(k) => k.1,
                    None => {
                        let c = self.crossing(geometry, &over);
                        let plain = c.flip == Word::ZERO
                            && c.missing == Word::ZERO
                            && c.terms.iter().all(|t| t.lanes == 0 && t.shift == 0);
                        let missing = if c.missing == Word::ZERO { 0 } else { MISSING };
                        let id = if plain {
                            0
                        } else {
                            self.crossings.push(c);
                            (self.crossings.len() - 1) as u32 | missing
                        };
                        known.push((over, id));
                        id
                    }
                };
                let there = Word::range(self.chain_bits(0)).count();
                let missing = &self.crossings[(crossing & CROSSING) as usize].missing;
                let chain0 = Word::range(self.chain_bits(0));
                let absent: u32 = missing.0.iter().zip(chain0.0).map(|(m, c)| (m & c).count_ones()).sum();
                directed += u64::from(there - absent);
                self.neighbours.push(((index * self.basis + to) as u32) << WORD_SHIFT | crossing);
            }
        }
        self.bonds = directed / 2;
    }

    /// The permutation that brings the word of the blocks shifted by `over` to the bits of the blocks.
    fn crossing(&self, geometry: &Geometry, over: &[isize; 3]) -> Crossing {
        let mut result = Crossing { terms: Vec::new(), flip: Word::ZERO, missing: Word::ZERO };
        for bit in 0..self.bits {
            let (mut rest, mut stride, mut delta) = (bit, 1isize, 0isize);
            let (mut flip, mut missing) = (false, false);
            for a in (0..self.blocks.len()).rev() {
                let n = self.blocks[a] as isize;
                let from = (rest % self.blocks[a]) as isize;
                rest /= self.blocks[a];
                let to = (from + over[a]).rem_euclid(n);
                if to != from + over[a] {
                    match geometry.boundary[a] {
                        Boundary::Periodic => {}
                        Boundary::Open => missing = true,
                        Boundary::Antiperiodic => flip = !flip,
                    }
                }
                delta += (to - from) * stride;
                stride *= n;
            }
            let (lanes, shift) = (delta.div_euclid(64), delta.rem_euclid(64) as u32);
            let at = result.terms.iter().position(|t| t.lanes == lanes && t.shift == shift).unwrap_or_else(|| {
                result.terms.push(Term { lanes, shift, mask: Word::ZERO });
                result.terms.len() - 1
            });
            for chain in 0..self.chains {
                let b = chain * self.bits + bit;
                result.terms[at].mask.set(b, true);
                result.flip.set(b, flip);
                result.missing.set(b, missing);
            }
        }
        result
    }

    /// Cuts the words along the first axis. Depends on the lattice alone, never on threads.
    fn cut_strips(&mut self, sites: usize) {
        let rows = self.inner[0];
        let row = self.words / rows;
        // Two rows at least: a crossing reads the words beside its source too, and they must not belong to a strip
        // of the same parity.
        let thick = STRIP_WORDS.div_ceil(row).max(2);
        let number = (rows / thick) & !1;
        let number = if sites < STRIPS_FROM { 1 } else { number.max(1) };
        let colours = self.colours();
        self.order = Vec::with_capacity(self.words);
        self.strips = Vec::with_capacity(number);
        for k in 0..number {
            let strip = rows * k / number * row..rows * (k + 1) / number * row;
            let edge = |w: u32| self.entries(w as usize).iter().any(|e| e & MISSING != 0);
            let mut words: Vec<(u8, bool, u32)> = strip.map(|w| (colours[w], edge(w as u32), w as u32)).collect();
            words.sort_unstable();
            let runs = words.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(|run| {
                let begin = self.order.len();
                self.order.extend(run.iter().map(|x| x.2));
                Run { range: begin..self.order.len(), edge: run[0].1 }
            });
            let runs = runs.collect();
            self.strips.push(runs);
        }
    }

    /// The neighbours of a word, packed.
    fn entries(&self, word: usize) -> &[u32] {
        &self.neighbours[word * self.coordination..(word + 1) * self.coordination]
    }

    /// A colour for each word, different for neighbours: the first that its neighbours leave, word after word. Where the
    /// blocks are even, that is the checkerboard.
    fn colours(&self) -> Vec<u8> {
        const NONE: u8 = u8::MAX;
        let mut colours = vec![NONE; self.words];
        for w in 0..self.words {
            let taken = self.entries(w).iter().fold(0u32, |t, e| {
                let c = colours[(e >> WORD_SHIFT) as usize];
                if c == NONE { t } else { t | 1 << c }
            });
            colours[w] = taken.trailing_ones() as u8;
        }
        colours
    }
}
