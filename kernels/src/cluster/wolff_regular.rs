//! Wolff clusters where all couplings are alike (in the right gauge) and sites have few neighbours.
//!
//! The cluster grows breadth first and without a branch on random numbers: every neighbour is written to the end of the queue,
//! and the end moves on only if it has joined. In the gauge where all couplings are ferromagnetic a spin that has joined is
//! no longer aligned with the seed's old direction, so that no marks are needed.

use super::bits::{Bernoulli, Bits};
use super::graph::Graph;
use std::collections::BTreeMap;

/// Where the neighbours of a site are.
#[derive(Clone, Debug)]
pub(super) enum Neighbours {
    /// Few distinct sets of distances to the neighbours, as on every lattice with any boundaries: a set's number is in the
    /// upper bits of each cell, so that a site's neighbours cost no memory traffic.
    Sets { offsets: Vec<i32>, set: Vec<u8> },
    /// Any graph: a table.
    Table(Vec<u32>),
}

/// A graph of alike couplings, each site padded to the same number of neighbours by the site itself, which never joins twice.
#[derive(Clone, Debug)]
pub(super) struct Regular {
    pub degree: usize,
    pub neighbours: Neighbours,
}

const DEGREES: [usize; 5] = [2, 3, 4, 6, 8];
const MOST_SETS: usize = 128;

impl Regular {
    /// None where the graph has unlike couplings or sites of more than eight neighbours.
    pub fn find(graph: &Graph) -> Option<Regular> {
        let n = graph.sites();
        let most = (0..n).map(|i| graph.halves(i).len()).max().unwrap_or(0);
        let degree = *DEGREES.iter().find(|&&d| d >= most)?;
        if graph.strengths.len() != 1 {
            return None;
        }
        let mut sets: BTreeMap<Vec<i32>, u8> = BTreeMap::new();
        let mut set = vec![0; n];
        let mut few = true;
        for (i, number) in set.iter_mut().enumerate() {
            let mut distances: Vec<i32> = graph.halves(i).iter().map(|h| (i64::from(h.site) - i as i64) as i32).collect();
            distances.sort_unstable();
            distances.resize(degree, 0);
            let next = sets.len();
            if next == MOST_SETS && !sets.contains_key(&distances) {
                few = false;
                break;
            }
            *number = *sets.entry(distances).or_insert(next as u8);
        }
        let neighbours = if few {
            let mut offsets = vec![0; sets.len() * degree];
            for (distances, &number) in &sets {
                offsets[usize::from(number) * degree..][..degree].copy_from_slice(distances);
            }
            Neighbours::Sets { offsets, set }
        } else {
            let mut table = Vec::with_capacity(n * degree);
            for i in 0..n {
                let halves = graph.halves(i);
                table.extend(halves.iter().map(|h| h.site));
                table.extend(std::iter::repeat_n(i as u32, degree - halves.len()));
            }
            Neighbours::Table(table)
        };
        Some(Regular { degree, neighbours })
    }

    /// A cell: the spin (in the gauge) in bit 0, the number of the site's set above it.
    pub fn cell(&self, site: usize, spin: u8) -> u8 {
        match &self.neighbours {
            Neighbours::Sets { set, .. } => spin | set[site] << 1,
            Neighbours::Table(_) => spin,
        }
    }

    /// Grows and flips one cluster, and gives its size. `cells` has one entry a site, `queue` one more.
    pub fn grow(&self, cells: &mut [u8], queue: &mut [u32], seed: u32, draw: Bernoulli, pool: &mut Pool, bits: &mut Bits) -> u64 {
        match self.degree {
            2 => self.grow_degree::<2>(cells, queue, seed, draw, pool, bits),
            3 => self.grow_degree::<3>(cells, queue, seed, draw, pool, bits),
            4 => self.grow_degree::<4>(cells, queue, seed, draw, pool, bits),
            6 => self.grow_degree::<6>(cells, queue, seed, draw, pool, bits),
            _ => self.grow_degree::<8>(cells, queue, seed, draw, pool, bits),
        }
    }

    fn grow_degree<const Z: usize>(
        &self,
        cells: &mut [u8],
        queue: &mut [u32],
        seed: u32,
        draw: Bernoulli,
        pool: &mut Pool,
        bits: &mut Bits,
    ) -> u64 {
        match &self.neighbours {
            Neighbours::Sets { offsets, set } => {
                assert!(set.len() == cells.len());
                // SAFETY: a cell's upper bits are the number of its site's set, and the offsets of that set lead from the
                // site to sites, by construction in `find` and `cell`.
                let near = |i: u32, cell: u8, k: usize| unsafe {
                    i.wrapping_add_signed(*offsets.get_unchecked(usize::from(cell >> 1) * Z + k))
                };
                grow_with::<Z>(near, cells, queue, seed, draw, pool, bits)
            }
            Neighbours::Table(table) => {
                assert!(table.len() == Z * cells.len());
                // SAFETY: the table has Z entries a site, and sites are below the number of cells.
                let near = |i: u32, _: u8, k: usize| unsafe { *table.get_unchecked(i as usize * Z + k) };
                grow_with::<Z>(near, cells, queue, seed, draw, pool, bits)
            }
        }
    }
}

#[inline(always)]
fn grow_with<const Z: usize>(
    near: impl Fn(u32, u8, usize) -> u32,
    cells: &mut [u8],
    queue: &mut [u32],
    seed: u32,
    draw: Bernoulli,
    pool: &mut Pool,
    bits: &mut Bits,
) -> u64 {
    assert!(queue.len() > cells.len() && (seed as usize) < cells.len());
    let old = cells[seed as usize] & 1;
    cells[seed as usize] ^= 1;
    queue[0] = seed;
    let (mut head, mut tail) = (0, 1);
    while head < tail {
        if pool.left < Z as u64 {
            pool.refill(draw, bits);
        }
        // The inner loop draws nothing, so that all it needs stays in registers.
        let mut word = pool.word;
        let last = head + (pool.left / Z as u64) as usize;
        let first = head;
        while head < tail && head < last {
            // SAFETY: `near` gives sites, and there are as many cells as sites. A site joins once, since joining ends its
            // alignment with `old`; so `tail` does not pass the number of cells, and the queue is longer.
            unsafe {
                let i = *queue.get_unchecked(head);
                head += 1;
                let cell = *cells.get_unchecked(i as usize);
                let active = word as u8;
                word >>= Z;
                for k in 0..Z {
                    let j = near(i, cell, k);
                    let c = cells.get_unchecked_mut(j as usize);
                    let joins = active >> k & !(*c ^ old) & 1;
                    *c ^= joins;
                    *queue.get_unchecked_mut(tail) = j;
                    tail += usize::from(joins);
                }
            }
        }
        pool.word = word;
        pool.left -= (Z * (head - first)) as u64;
    }
    tail as u64
}

/// Bernoulli bits drawn 64 at a time and used a few at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pool {
    pub word: u64,
    pub left: u64,
}

impl Pool {
    #[inline(never)]
    fn refill(&mut self, draw: Bernoulli, bits: &mut Bits) {
        self.word = draw.draws(bits, !0);
        self.left = 64;
    }
}
