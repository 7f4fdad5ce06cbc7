//! Cluster updates of Ising models in a field, uniform or random and of any signs.
//!
//! Owns the two ways a cluster meets its field. Clusters are those of the couplings, in which every bond satisfied is active
//! with probability 1 - exp(-2 |β J|).
//!
//! Swendsen-Wang: given the bonds, a cluster is one large spin in the sum of its fields, and is turned by heat bath: it flips
//! with probability 1 / (1 + exp(2 β Σ h s)). This flips more than a ghost spin does, which holds a cluster by any one of its
//! fields: both leave the same distribution invariant, and the heat bath of sums has the larger probability of every flip
//! (1 / (1 + e^x) > e^-x / 2 already where all fields agree).
//!
//! Wolff: the fields are bonds to a ghost spin (Griffiths, J. Math. Phys. 8, 484 (1967)) that never moves. A spin
//! that agrees with its field is bound to the ghost with probability 1 - exp(-2 |β h|), and a cluster that is bound stays as it
//! is. In a strong field this ends most clusters after a few spins.

use super::bits::Bernoulli;
use super::coin::Coin;
use super::general::Forest;
use super::graph::Graph;
use crate::sampler::PairEnergy;
use crate::sparse::lanes::finite_beta;

/// Fields by site, with their distinct strengths.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    values: Vec<f64>,
    /// The index of a site's |h| among the strengths, times two, plus one for a negative field.
    codes: Vec<u32>,
    /// The distinct |h|, ascending.
    pub strengths: Vec<f64>,
}

impl Fields {
    /// None where all fields vanish.
    pub fn of(energy: &PairEnergy) -> Option<Fields> {
        if energy.fields.iter().all(|&h| h == 0.0) {
            return None;
        }
        let mut strengths: Vec<f64> = energy.fields.iter().map(|h| h.abs()).collect();
        strengths.sort_unstable_by(f64::total_cmp);
        strengths.dedup();
        let code = |h: &f64| 2 * strengths.partition_point(|&s| s < h.abs()) as u32 + u32::from(*h < 0.0);
        let codes = energy.fields.iter().map(code).collect();
        Some(Fields { values: energy.fields.clone(), codes, strengths })
    }
}

/// One Swendsen-Wang sweep. `sums` is scratch of one number a site.
pub(super) fn sweep<C: Coin>(
    (graph, fields): (&Graph, &Fields),
    (forest, sums): (&mut Forest, &mut Vec<f64>),
    state: &mut [u8],
    draws: &[Bernoulli],
    beta: f64,
    coin: &mut C,
) {
    forest.decompose(graph, state, draws, u8::from(beta < 0.0), coin);
    sums.clear();
    sums.resize(state.len(), 0.0);
    for (i, (s, h)) in state.iter().zip(&fields.values).enumerate() {
        // Sites come in ascending order, and the root is the least of a cluster.
        sums[forest.settle(i)] += if *s == 1 { *h } else { -*h };
    }
    let beta = finite_beta(beta);
    for (i, spin) in state.iter_mut().enumerate() {
        let root = forest.settled(i);
        if root == i {
            let sum = 2.0 * sums[i];
            let p = if sum == 0.0 { 0.5 } else { 1.0 / (1.0 + libm::exp(sum * beta)) };
            sums[i] = f64::from(u8::from(coin.chance(Bernoulli::of(p))));
        }
        *spin ^= u8::from(sums[root] != 0.0);
    }
}

/// Grows one Wolff cluster from a seed, and flips it unless it is bound to the ghost. Gives the number of spins visited.
pub(super) fn grow<C: Coin>(
    (graph, fields): (&Graph, &Fields),
    (cells, queue): (&mut [u8], &mut [u32]),
    seed: u32,
    (draws, ghost): (&[Bernoulli], &[Bernoulli]),
    opposite: u8,
    coin: &mut C,
) -> u64 {
    const MARK: u8 = 2;
    let bound = |i: usize, spin: u8, coin: &mut C| {
        let code = fields.codes[i];
        let disagrees = spin ^ opposite ^ (code & 1) as u8 ^ 1;
        disagrees == 0 && coin.chance(ghost[(code >> 1) as usize])
    };
    let mut held = bound(seed as usize, cells[seed as usize], coin);
    cells[seed as usize] ^= 1 | MARK;
    queue[0] = seed;
    let (mut head, mut tail) = (0, 1);
    'growing: while head < tail && !held {
        let i = queue[head] as usize;
        head += 1;
        let old = (cells[i] & 1) ^ 1 ^ opposite;
        for half in graph.halves(i) {
            let j = half.site as usize;
            // A satisfied bond to a spin without a mark leaves both bits zero.
            let open = cells[j] ^ old ^ u8::from(half.negative()) == 0;
            if open && coin.chance(draws[half.strength()]) {
                held = bound(j, cells[j], coin);
                cells[j] ^= 1 | MARK;
                queue[tail] = j as u32;
                tail += 1;
                if held {
                    break 'growing;
                }
            }
        }
    }
    let undo = MARK | u8::from(held);
    for &i in &queue[..tail] {
        cells[i as usize] ^= undo;
    }
    tail as u64
}
