//! Rates of any finite-spin energy.
//!
//! Spins that share small terms depend on each other; see [`super::exponents`] for those that share a large one.

use std::sync::Arc;

use super::super::generic::local::cut;
use super::super::generic::{Landscape, Node, ScalarGraph};
use super::super::random::Stream;
use super::super::random_order::pick;
use super::super::random_order::rates::moves;
use super::super::random_order::terrain::{Terrain, Walker};
use super::super::sampler::Rule;
use super::chain::Model;
use super::classes::Classes;
use super::exponents::{self, AT_ONCE, UNKNOWN};

/// For each site the other sites whose rates depend on it, or `None` where these are too many.
pub(super) fn dependents(graph: &ScalarGraph) -> Vec<Option<Vec<u32>>> {
    let mut lists: Vec<Option<Vec<u32>>> = vec![Some(Vec::new()); graph.sites()];
    for sites in sites_of_terms(graph) {
        for &site in &sites {
            let list = &mut lists[site as usize];
            match list {
                Some(near) if sites.len() <= AT_ONCE + 1 => near.extend(sites.iter().filter(|&&other| other != site)),
                _ => *list = None,
            }
        }
    }
    for list in &mut lists {
        if let Some(near) = list {
            near.sort_unstable();
            near.dedup();
            if near.len() > AT_ONCE {
                *list = None;
            }
        }
    }
    lists
}

/// The sites of each term of the sum that an energy is, each list ascending.
pub(crate) fn sites_of_terms(graph: &ScalarGraph) -> impl Iterator<Item = Vec<u32>> {
    let mut seen = vec![usize::MAX; graph.nodes.len()];
    let terms: Vec<(f64, Node)> = cut(graph).1;
    terms.into_iter().enumerate().map(move |(visit, (_, term))| {
        let (mut sites, mut waiting) = (Vec::new(), vec![term]);
        while let Some(node) = waiting.pop() {
            if std::mem::replace(&mut seen[node.index()], visit) != visit {
                if let Some(site) = graph.site_of(node) {
                    sites.push(site);
                }
                graph.nodes[node.index()].arguments(|a| waiting.push(a));
            }
        }
        sites.sort_unstable();
        sites
    })
}

pub(super) struct OnTerrain<L> {
    pub terrain: Arc<Terrain<L>>,
    pub rule: Rule,
    pub dependents: Vec<Option<Vec<u32>>>,
}

/// The spins and the rate of each that has been looked at.
pub(super) struct Spins {
    walker: Walker,
    rates: Vec<f64>,
}

impl<L: Landscape> OnTerrain<L> {
    /// The probability of each move of a site, and their sum, which is the site's rate.
    #[inline(always)]
    fn chances<'a>(&self, walker: &mut Walker, beta: f64, site: usize, room: &'a mut [f64; 256]) -> (&'a mut [f64], f64) {
        let chances = &mut room[..self.terrain.size(site)];
        if chances.len() < 2 {
            chances.fill(0.0);
            return (chances, 0.0);
        }
        self.terrain.landscape.all(&mut walker.running, &walker.state, site, chances);
        self.terrain.landscape.settle(&mut walker.running, site, false);
        let rate = moves(self.rule, beta, usize::from(walker.state[site]), chances);
        (chances, rate)
    }

    #[inline(always)]
    fn assess(&self, chain: &mut Spins, beta: f64, site: usize, classes: &mut Classes) {
        // Rounding may put the sum of chances above 1.
        let rate = self.chances(&mut chain.walker, beta, site, &mut [0.0; 256]).1.min(1.0);
        chain.rates[site] = rate;
        classes.put(site, exponents::class(rate));
    }
}

impl<L: Landscape> Model for OnTerrain<L> {
    type Chain = Spins;

    fn sites(&self) -> usize {
        self.terrain.sites()
    }

    fn bounds(&self, _beta: f64) -> Vec<f64> {
        exponents::bounds()
    }

    fn start(&self, state: &[u8], beta: f64, classes: &mut Classes) -> Spins {
        let mut chain = Spins { walker: self.terrain.start(state), rates: vec![0.0; state.len()] };
        self.retemper(&mut chain, beta, classes);
        chain
    }

    fn retemper(&self, chain: &mut Spins, beta: f64, classes: &mut Classes) {
        for site in 0..self.sites() {
            if self.dependents[site].is_some() {
                self.assess(chain, beta, site, classes);
            } else {
                classes.put(site, UNKNOWN);
            }
        }
    }

    fn try_event(&self, chain: &mut Spins, beta: f64, site: usize, classes: &mut Classes, stream: &mut Stream) -> bool {
        let bound = classes.bounds[usize::from(classes.class(site))];
        if classes.class(site) == UNKNOWN {
            self.assess(chain, beta, site, classes);
        }
        let rate = chain.rates[site];
        if rate < bound && stream.uniform() * bound >= rate {
            return false;
        }
        let new = if self.terrain.size(site) == 2 {
            1 - chain.walker.state[site]
        } else {
            let mut room = [0.0; 256];
            let (chances, sum) = self.chances(&mut chain.walker, beta, site, &mut room);
            let last = || chances.iter().rposition(|&c| c > 0.0).map(|v| v as u8);
            let Some(new) = pick(chances, stream.uniform() * sum).or_else(last) else { return false };
            new
        };
        let Walker { state, running, .. } = &mut chain.walker;
        let (before, after) = self.terrain.landscape.two(running, state, site, new);
        self.terrain.change(&mut chain.walker, site, new);
        self.terrain.settle_drift(&mut chain.walker);
        // Where an energy is not finite, every difference of energies may have changed.
        match &self.dependents[site] {
            Some(near) if before.is_finite() && after.is_finite() => {
                self.assess(chain, beta, site, classes);
                for &j in near {
                    self.assess(chain, beta, j as usize, classes);
                }
            }
            _ => classes.put_all(UNKNOWN),
        }
        true
    }

    fn energy(&self, chain: &Spins) -> f64 {
        self.terrain.energy(&chain.walker)
    }

    fn total(&self, chain: &Spins) -> f64 {
        self.terrain.total(&chain.walker)
    }

    fn read(&self, chain: &Spins, state: &mut [u8]) {
        state.iter_mut().zip(&chain.walker.state).for_each(|(to, from)| *to = *from);
    }

    fn save(&self, chain: &Spins) -> Vec<f64> {
        let mut numbers = self.terrain.save(&chain.walker);
        numbers.extend(&chain.rates);
        numbers
    }

    fn restore(&self, state: &[u8], numbers: &[f64]) -> Option<Spins> {
        let (walker, rates) = numbers.split_at_checked(self.terrain.running())?;
        (rates.len() == self.sites()).then(|| Spins { walker: self.terrain.restore(state, walker), rates: rates.to_vec() })
    }

    #[cfg(test)]
    fn rates(&self, chain: &mut Spins, beta: f64) -> Vec<f64> {
        (0..self.sites()).map(|i| self.chances(&mut chain.walker, beta, i, &mut [0.0; 256]).1).collect()
    }
}
