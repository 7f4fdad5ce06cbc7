//! Swendsen-Wang on any graph: union-find over sites.

use super::bits::{Bernoulli, Bits};
use super::coin::Coin;
use super::graph::Graph;

/// Scratch of one decomposition.
#[derive(Clone, Debug)]
pub(crate) struct Forest {
    parent: Vec<u32>,
}

impl Forest {
    pub fn new(sites: usize) -> Forest {
        Forest { parent: vec![0; sites] }
    }

    /// One sweep over a state of positions. `opposite` is one where β is negative, else zero.
    pub(super) fn sweep(&mut self, graph: &Graph, state: &mut [u8], draws: &[Bernoulli], opposite: u8, bits: &mut Bits) {
        self.decompose(graph, state, draws, opposite, bits);
        let mut random = 0;
        for (i, spin) in state.iter_mut().enumerate() {
            if i % 64 == 0 {
                random = bits.word();
            }
            let parent = self.parent[i] as usize;
            self.parent[i] = (random >> (i % 64) & 1) as u32;
            self.parent[i] = self.parent[parent];
            *spin ^= self.parent[i] as u8;
        }
    }

    /// Joins the sites of each cluster of active bonds.
    #[inline(always)]
    pub(super) fn decompose<C: Coin>(&mut self, graph: &Graph, state: &[u8], draws: &[Bernoulli], opposite: u8, coin: &mut C) {
        self.scatter();
        for i in 0..graph.sites() {
            for half in graph.halves(i) {
                let j = half.site as usize;
                if j > i
                    && (state[i] ^ state[j] ^ opposite ^ u8::from(half.negative())) & 1 == 0
                    && coin.chance(draws[half.strength()])
                {
                    self.join(i as u32, j as u32);
                }
            }
        }
    }

    /// Makes every site a cluster of its own.
    pub fn scatter(&mut self) {
        for (i, parent) in self.parent.iter_mut().enumerate() {
            *parent = i as u32;
        }
    }

    /// The root of a site, once nothing is joined any more; to be called for all sites in ascending order.
    #[inline(always)]
    pub fn settle(&mut self, site: usize) -> usize {
        self.parent[site] = self.parent[self.parent[site] as usize];
        self.parent[site] as usize
    }

    /// The root of a site that was settled.
    #[inline(always)]
    pub fn settled(&self, site: usize) -> usize {
        self.parent[site] as usize
    }

    fn root(&self, mut site: u32) -> u32 {
        while self.parent[site as usize] != site {
            site = self.parent[site as usize];
        }
        site
    }

    pub fn join(&mut self, a: u32, b: u32) {
        let (root_a, root_b) = (self.root(a), self.root(b));
        let least = root_a.min(root_b);
        // The root is the least of its cluster; the last pass of a sweep relies on it.
        for site in [root_a, root_b, a, b] {
            self.parent[site as usize] = least;
        }
    }
}
