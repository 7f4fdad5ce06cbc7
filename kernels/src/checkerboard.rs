//! Single-spin updates in the order of a colouring: all sites of one colour, then all of the next.
//!
//! Owns the renumbering of sites; the moves are those of `kernels::sparse` and `kernels::generic`, which go through their sites in
//! the order of the index. Two sites of one colour share no term of the energy, so their order does not matter.

use super::colouring::Colouring;
use super::generic::{Generic, ScalarGraph};
use super::kinetic::graph::sites_of_terms;
use super::sampler::{Lane, PairEnergy, Rule, Sampler, Start};
use super::sparse::Sparse;
use super::sparse::adjacency::Adjacency;
use super::sparse::lanes::{check_pairs, start_state};

/// Terms over more spins than this are not coloured: their spins would take a colour each.
const MOST_SPINS: usize = 256;

/// A kernel whose sites are numbered in another order than its user's.
pub struct Reordered {
    inner: Box<dyn Sampler>,
    order: Vec<u32>,
}

impl Reordered {
    /// A kernel that `make` builds on sites numbered anew, site `k` of it being the user's site `order[k]` (a permutation).
    /// Starts are those that the user's numbering gives. `size(i)` is the number of values of the user's site `i`. `Err` as of
    /// `make`, and where a start does not fit.
    pub fn new(
        order: Vec<u32>,
        size: impl Fn(usize) -> usize,
        lanes: &[Lane],
        make: impl FnOnce(&[Lane]) -> Result<Box<dyn Sampler>, String>,
    ) -> Result<Reordered, String> {
        let start = |lane: &Lane| -> Result<Lane, String> {
            let state = start_state(lane, order.len(), &size)?;
            let given = order.iter().map(|&old| state[old as usize]).collect();
            Ok(Lane { start: Start::Given(given), ..lane.clone() })
        };
        let lanes = lanes.iter().map(start).collect::<Result<Vec<Lane>, String>>()?;
        Ok(Reordered { inner: make(&lanes)?, order })
    }
}

impl Sampler for Reordered {
    fn lanes(&self) -> usize {
        self.inner.lanes()
    }

    fn sites(&self) -> usize {
        self.inner.sites()
    }

    fn advance(&mut self, sweeps: u64) {
        self.inner.advance(sweeps);
    }

    fn energy(&self, lane: usize) -> f64 {
        self.inner.energy(lane)
    }

    fn total(&self, lane: usize) -> Option<f64> {
        self.inner.total(lane)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        let mut inner = vec![0; self.order.len()];
        self.inner.read(lane, &mut inner);
        for (&old, &position) in self.order.iter().zip(&inner) {
            state[old as usize] = position;
        }
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        let inner: Vec<u8> = self.order.iter().map(|&old| state[old as usize]).collect();
        self.inner.write(lane, &inner);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.inner.set_beta(lane, beta);
    }

    fn save(&self) -> Vec<u8> {
        self.inner.save()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.inner.restore(saved)
    }
}

/// The kernel.
pub struct Checkerboard {
    kernel: Reordered,
    colouring: Colouring,
}

impl Checkerboard {
    /// A kernel for a pairwise energy with its lanes at their starts. `Err` says what is wrong with the energy or a start.
    pub fn new(energy: &PairEnergy, rule: Rule, lanes: &[Lane]) -> Result<Checkerboard, String> {
        check_pairs(energy)?;
        let rows = Adjacency::new(energy)?;
        let edges: Vec<(u32, u32)> =
            (0..energy.sites).flat_map(|i| rows.row(i).iter().map(move |e| (i as u32, e.0))).filter(|&(i, j)| i < j).collect();
        let colouring = Colouring::new(energy.sites, &edges)?;
        let order = colouring.order();
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| place[old as usize] = new as u32);
        let renumbered = PairEnergy {
            sites: energy.sites,
            bonds: energy.bonds.iter().map(|&(i, j, c)| (place[i as usize], place[j as usize], c)).collect(),
            fields: order.iter().filter_map(|&old| energy.fields.get(old as usize).copied()).collect(),
            constant: energy.constant,
        };
        let make = |lanes: &[Lane]| Ok(Box::new(Sparse::new(&renumbered, rule, lanes)?) as Box<dyn Sampler>);
        Ok(Checkerboard { kernel: Reordered::new(order, |_| 2, lanes, make)?, colouring })
    }

    /// A kernel for any energy of finite-valued spins: sites that share a term have different colours. `Err` says what is
    /// wrong with a start, or that a term joins too many spins for colours to make sense.
    pub fn of_graph(energy: &ScalarGraph, rule: Rule, lanes: &[Lane]) -> Result<Checkerboard, String> {
        let mut edges = Vec::new();
        for sites in sites_of_terms(energy) {
            if sites.len() > MOST_SPINS {
                return Err(format!(
                    "a term of the energy joins {} spins, which would need a colour each; a sequential or random order does the same",
                    sites.len()
                ));
            }
            for (k, &i) in sites.iter().enumerate() {
                edges.extend(sites[..k].iter().map(|&j| (j, i)));
            }
        }
        let colouring = Colouring::new(energy.sites(), &edges)?;
        let order = colouring.order();
        let renumbered = energy.renumbered(&order);
        let make = |lanes: &[Lane]| Ok(Box::new(Generic::new(&renumbered, rule, lanes)?) as Box<dyn Sampler>);
        Ok(Checkerboard { kernel: Reordered::new(order, |i| energy.values(i).len(), lanes, make)?, colouring })
    }

    /// The number of colours.
    pub fn colours(&self) -> u32 {
        self.colouring.colours
    }

    /// The sites in the order of their updates.
    pub fn order(&self) -> &[u32] {
        &self.kernel.order
    }

    /// The colours of the sites.
    pub fn colouring(&self) -> &Colouring {
        &self.colouring
    }
}

impl Sampler for Checkerboard {
    fn lanes(&self) -> usize {
        self.kernel.lanes()
    }

    fn sites(&self) -> usize {
        self.kernel.sites()
    }

    fn advance(&mut self, sweeps: u64) {
        self.kernel.advance(sweeps);
    }

    fn energy(&self, lane: usize) -> f64 {
        self.kernel.energy(lane)
    }

    fn total(&self, lane: usize) -> Option<f64> {
        self.kernel.total(lane)
    }

    fn read(&self, lane: usize, state: &mut [u8]) {
        self.kernel.read(lane, state);
    }

    fn write(&mut self, lane: usize, state: &[u8]) {
        self.kernel.write(lane, state);
    }

    fn set_beta(&mut self, lane: usize, beta: f64) {
        self.kernel.set_beta(lane, beta);
    }

    fn save(&self) -> Vec<u8> {
        self.kernel.save()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.kernel.restore(saved)
    }
}

#[cfg(test)]
mod tests {
    use super::super::generic::tests::{blume_capel, from_pairs, many_spin, nonlinear, potts, sets};
    use super::super::random::Key;
    use super::super::sparse::enumerate::{compare, ising, lanes, moments, obeys_the_contract, random_pairs, states};
    use super::*;

    const RULES: [Rule; 2] = [Rule::Metropolis, Rule::HeatBath];

    #[test]
    fn energies_sample_their_boltzmann_distribution() {
        for rule in RULES {
            let ring = PairEnergy {
                sites: 8,
                bonds: (0..8).map(|i| (i, (i + 1) % 8, 1.0)).collect(),
                fields: (0..8).map(|i| 0.1 * f64::from(i)).collect(),
                constant: 0.5,
            };
            let mut kernel = Checkerboard::new(&ring, rule, &lanes(4, 0.6, 310)).unwrap();
            assert_eq!((kernel.colours(), kernel.order()), (2, [0, 2, 4, 6, 1, 3, 5, 7].as_slice()));
            compare(&mut kernel, &ising(8), moments(&ising(8), 0.6, |s| ring.energy(s)), 800);
            for graph in [blume_capel(), potts(), many_spin()] {
                let mut kernel = Checkerboard::of_graph(&graph, rule, &lanes(2, 0.6, 311)).unwrap();
                assert!(kernel.colours() > 2);
                compare(&mut kernel, &sets(&graph), moments(&sets(&graph), 0.6, |s| graph.evaluate(s)), 300);
            }
        }
        assert_eq!(Checkerboard::of_graph(&nonlinear(), RULES[0], &[]).unwrap().colours(), 9);
    }

    /// Starts, states and energies are those of the user's numbering.
    #[test]
    fn nothing_of_the_order_is_seen() {
        let energy = random_pairs(312, 20, true, |s| s.normal());
        let graph = from_pairs(&energy);
        let all = lanes(3, 0.3, 313);
        let mut pairwise = Checkerboard::new(&energy, Rule::HeatBath, &all).unwrap();
        let mut general = Checkerboard::of_graph(&graph, Rule::HeatBath, &all).unwrap();
        assert_eq!(states(&pairwise), states(&Sparse::new(&energy, Rule::HeatBath, &all).unwrap()));
        assert_eq!(states(&pairwise), states(&general));
        let given: Vec<u8> = (0..20).map(|i| u8::from(i % 3 == 0)).collect();
        for kernel in [&mut pairwise, &mut general] {
            for step in 0..5 {
                kernel.advance(1);
                for (l, s) in states(kernel).iter().enumerate() {
                    assert!((kernel.energy(l) - energy.energy(s)).abs() < 1e-10, "{step}");
                }
            }
            kernel.write(1, &given);
            assert_eq!(states(kernel)[1], given);
            assert!((kernel.energy(1) - energy.energy(&given)).abs() < 1e-10);
        }
    }

    #[test]
    fn the_contract_and_refusals() {
        let energy = random_pairs(314, 37, true, |s| s.normal());
        let graph = from_pairs(&energy);
        obeys_the_contract(&lanes(6, 0.05, 315), |lanes| Checkerboard::new(&energy, Rule::Metropolis, lanes).unwrap());
        obeys_the_contract(&lanes(6, 0.05, 315), |lanes| Checkerboard::of_graph(&graph, Rule::Metropolis, lanes).unwrap());
        let wrong = Lane { beta: 1.0, key: Key(1, 1), start: Start::Uniform(2) };
        assert!(Checkerboard::new(&energy, Rule::Metropolis, std::slice::from_ref(&wrong)).is_err());
        assert!(Checkerboard::of_graph(&graph, Rule::Metropolis, &[wrong]).is_err());
        let mut b = ScalarGraph::builder(vec![vec![-1.0, 1.0]], vec![0; 300]).unwrap();
        let s: Vec<_> = (0..300).map(|i| b.value(i)).collect();
        let (sum, two) = (b.sum(s), b.constant(2.0));
        let root = b.pow(sum, two);
        let graph = b.finish(root);
        assert!(Checkerboard::of_graph(&graph, Rule::Metropolis, &[]).is_err_and(|e| e.contains("300 spins")));
    }
}
