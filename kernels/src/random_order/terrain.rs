//! Any energy of finite-valued spins for the dynamics that pick spins at random.
//!
//! Owns the choice between tables and graph, one chain's state, and its counts of values. Knows no order of updates.

use std::sync::Arc;

use super::super::generic::incremental::Incremental;
use super::super::generic::local::Local;
use super::super::generic::{Landscape, REFRESH, ScalarGraph};

/// What the chains share.
pub(crate) struct Terrain<L> {
    pub landscape: L,
    pub values: Vec<Vec<f64>>,
    pub set_of_site: Vec<u32>,
}

/// Either way to evaluate.
pub(crate) enum Either {
    Tables(Arc<Terrain<Local>>),
    Graph(Arc<Terrain<Incremental>>),
}

/// One chain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Walker {
    pub state: Vec<u8>,
    pub running: Vec<f64>,
    /// How many spins of each set have each value.
    counts: Vec<Vec<u64>>,
    changes: u64,
}

/// The energy by tables where its terms are small, else by its graph. `Err` says what is too large.
pub(crate) fn terrain(energy: &ScalarGraph, by_graph: bool) -> Result<Either, String> {
    if energy.sites() >= u32::MAX as usize {
        return Err(format!("{} spins are more than this kernel can address", energy.sites()));
    }
    let (values, set_of_site) = (energy.sets.clone(), energy.set_of_site.clone());
    let local = if by_graph { None } else { Local::new(energy) };
    Ok(match local {
        Some(landscape) => Either::Tables(Arc::new(Terrain { landscape, values, set_of_site })),
        None => Either::Graph(Arc::new(Terrain { landscape: Incremental::new(energy)?, values, set_of_site })),
    })
}

impl<L: Landscape> Terrain<L> {
    pub fn sites(&self) -> usize {
        self.set_of_site.len()
    }

    /// The number of values of a site.
    #[inline(always)]
    pub fn size(&self, site: usize) -> usize {
        self.values[self.set_of_site[site] as usize].len()
    }

    /// A chain at a state; positions beyond a site's set are read as its last value.
    pub fn start(&self, state: &[u8]) -> Walker {
        let state: Vec<u8> = state.iter().enumerate().map(|(i, &p)| p.min((self.size(i) - 1) as u8)).collect();
        let mut counts: Vec<Vec<u64>> = self.values.iter().map(|set| vec![0; set.len()]).collect();
        for (i, &p) in state.iter().enumerate() {
            counts[self.set_of_site[i] as usize][usize::from(p)] += 1;
        }
        let mut running = Vec::new();
        self.landscape.start(&state, &mut running);
        Walker { state, running, counts, changes: 0 }
    }

    /// Gives a site another value, after [`Landscape::two`] with this value.
    #[inline(always)]
    pub fn change(&self, walker: &mut Walker, site: usize, new: u8) {
        self.landscape.settle(&mut walker.running, site, true);
        let counts = &mut walker.counts[self.set_of_site[site] as usize];
        counts[usize::from(walker.state[site])] -= 1;
        counts[usize::from(new)] += 1;
        walker.state[site] = new;
        walker.changes += 1;
    }

    /// Evaluates afresh what drifts, once in a while.
    #[inline(always)]
    pub fn settle_drift(&self, walker: &mut Walker) {
        if walker.changes >= REFRESH * self.sites() as u64 {
            walker.changes = 0;
            self.landscape.start(&walker.state, &mut walker.running);
        }
    }

    pub fn energy(&self, walker: &Walker) -> f64 {
        self.landscape.energy(&walker.state)
    }

    /// The sum of the values.
    pub fn total(&self, walker: &Walker) -> f64 {
        let sum = |(set, counts): (&Vec<f64>, &Vec<u64>)| set.iter().zip(counts).map(|(v, &n)| v * n as f64).sum::<f64>();
        self.values.iter().zip(&walker.counts).map(sum).sum()
    }

    /// How many numbers of a chain its state does not determine to the last bit.
    pub fn running(&self) -> usize {
        self.landscape.running() + 1
    }

    /// Those numbers.
    pub fn save(&self, walker: &Walker) -> Vec<f64> {
        walker.running.iter().copied().chain([f64::from_bits(walker.changes)]).collect()
    }

    /// The chain that [`Terrain::save`] was given; `numbers` has [`Terrain::running`] of them.
    pub fn restore(&self, state: &[u8], numbers: &[f64]) -> Walker {
        let mut walker = self.start(state);
        if let [running @ .., changes] = numbers {
            walker.running = running.to_vec();
            walker.changes = changes.to_bits();
        }
        walker
    }
}
