//! The cluster updates of Potts models, with any source of choices.
//!
//! Fortuin-Kasteleyn: bonds between equal spins are active with probability 1 - exp(-β J), and every cluster draws its colour
//! with weight exp(β Σ h_i[k]) (Swendsen, Wang, Phys. Rev. Lett. 58, 86 (1987)). This wants β J >= 0.
//!
//! Wang-Swendsen-Kotecký: spins of two colours, the others at rest, are an Ising model of any signs (Phys. Rev.
//! Lett. 63, 109 (1989)). A bond between two such spins is active with probability 1 - exp(-|β J|) where they are equal
//! (β J > 0) or unlike (β J < 0); a cluster may exchange its two colours. A sweep puts all colours into pairs at random,
//! one left over where q is odd, and moves all pairs.

use super::model::Model;
use crate::cluster::bits::Bernoulli;
use crate::cluster::coin::Coin;
use crate::cluster::general::Forest;
use crate::sparse::lanes::finite_beta;

/// What the updates write on.
#[derive(Clone, Debug)]
pub(super) struct Scratch {
    forest: Forest,
    sums: Vec<f64>,
    weights: Vec<f64>,
    colours: Vec<u8>,
    queue: Vec<u32>,
    marked: Vec<bool>,
}

impl Scratch {
    pub fn new(model: &Model) -> Scratch {
        let n = model.sites();
        Scratch {
            forest: Forest::new(n),
            sums: Vec::new(),
            weights: Vec::new(),
            colours: vec![0; n],
            queue: Vec::with_capacity(n),
            marked: vec![false; n],
        }
    }
}

/// One sweep of Fortuin-Kasteleyn clusters.
pub(super) fn fortuin_kasteleyn<C: Coin>(
    model: &Model,
    scratch: &mut Scratch,
    state: &mut [u8],
    draws: &[Bernoulli],
    beta: f64,
    coin: &mut C,
) {
    let Scratch { forest, sums, weights, colours, .. } = scratch;
    forest.scatter();
    for i in 0..state.len() {
        for (j, code) in model.neighbours(i).take_while(|&(j, _)| j > i) {
            if state[i] == state[j] && coin.chance(draws[(code >> 1) as usize]) {
                forest.join(i as u32, j as u32);
            }
        }
    }
    let q = model.q;
    if model.in_field {
        sums.clear();
        sums.resize(state.len() * q, 0.0);
        for i in 0..state.len() {
            let root = forest.settle(i);
            for (sum, h) in sums[root * q..(root + 1) * q].iter_mut().zip(&model.energy.fields[i * q..(i + 1) * q]) {
                *sum += h;
            }
        }
    }
    let beta = finite_beta(beta);
    for (i, s) in state.iter_mut().enumerate() {
        let root = if model.in_field { forest.settled(i) } else { forest.settle(i) };
        if root == i {
            colours[i] = if model.in_field {
                let sums = &sums[i * q..(i + 1) * q];
                // The colour of the largest weight has weight one.
                let best = sums.iter().copied().fold(f64::NEG_INFINITY, |m, x| m.max(x * beta.signum())) * beta.signum();
                weights.clear();
                weights.extend(sums.iter().map(|&x| if x == best { 1.0 } else { libm::exp((x - best) * beta) }));
                coin.pick(weights) as u8
            } else {
                coin.below(q as u32) as u8
            };
        }
        *s = colours[root];
    }
}

/// One sweep of clusters between pairs of colours.
pub(super) fn pairs_of_colours<C: Coin>(
    model: &Model,
    scratch: &mut Scratch,
    state: &mut [u8],
    draws: &[Bernoulli],
    beta: f64,
    coin: &mut C,
) {
    let Scratch { forest, sums, .. } = scratch;
    let q = model.q;
    let mut order = [0u8; 256];
    let mut partner = [0u8; 256];
    for (k, (colour, other)) in order.iter_mut().zip(&mut partner).enumerate() {
        (*colour, *other) = (k as u8, k as u8);
    }
    for k in (1..q).rev() {
        order.swap(k, coin.below(k as u32 + 1) as usize);
    }
    for pair in order[..q].chunks_exact(2) {
        partner[usize::from(pair[0])] = pair[1];
        partner[usize::from(pair[1])] = pair[0];
    }
    let inverse = u32::from(beta < 0.0);
    forest.scatter();
    for i in 0..state.len() {
        let (own, other) = (state[i], partner[usize::from(state[i])]);
        if own == other {
            continue;
        }
        for (j, code) in model.neighbours(i).take_while(|&(j, _)| j > i) {
            let wanted = if (code ^ inverse) & 1 == 0 { own } else { other };
            if state[j] == wanted && coin.chance(draws[(code >> 1) as usize]) {
                forest.join(i as u32, j as u32);
            }
        }
    }
    sums.clear();
    sums.resize(state.len(), 0.0);
    for i in 0..state.len() {
        let root = forest.settle(i);
        if model.in_field {
            sums[root] += model.field(i, partner[usize::from(state[i])]) - model.field(i, state[i]);
        }
    }
    let beta = finite_beta(beta);
    for (i, s) in state.iter_mut().enumerate() {
        let other = partner[usize::from(*s)];
        let root = forest.settled(i);
        if root == i && other != *s {
            let gain = sums[i];
            let p = if gain == 0.0 { 0.5 } else { 1.0 / (1.0 + libm::exp(-gain * beta)) };
            sums[i] = f64::from(u8::from(coin.chance(Bernoulli::of(p))));
        }
        if other != *s && sums[root] != 0.0 {
            *s = other;
        }
    }
}

/// One Wolff cluster: a random spin, another colour, and the cluster of the spin between its own colour and the other, which
/// exchanges them. Where all β J >= 0 it holds one colour only (Wolff, Phys. Rev. Lett. 62, 361 (1989)).
///
/// In a field every member holds the whole cluster back with probability 1 - exp(-β (h[old] - h[new])) where that is
/// positive. Gives the number of spins that the cluster was grown to.
pub(super) fn wolff<C: Coin>(
    model: &Model,
    scratch: &mut Scratch,
    state: &mut [u8],
    draws: &[Bernoulli],
    beta: f64,
    coin: &mut C,
) -> u64 {
    let Scratch { queue, marked, .. } = scratch;
    let seed = coin.below(model.sites() as u32) as usize;
    let first = state[seed];
    let other = coin.below(model.q as u32 - 1) as u8;
    let second = other + u8::from(other >= first);
    let opposite = |s: u8| if s == first { second } else { first };
    let inverse = u32::from(beta < 0.0);
    let held = |i: usize, s: u8, coin: &mut C| {
        let loss = if model.in_field { model.field(i, s) - model.field(i, opposite(s)) } else { 0.0 };
        // No product where the loss is zero: β may be infinite.
        loss != 0.0 && loss * beta > 0.0 && coin.chance(Bernoulli::of(-libm::expm1(-loss * beta)))
    };
    queue.clear();
    queue.push(seed as u32);
    marked[seed] = true;
    let mut back = held(seed, first, coin);
    let mut head = 0;
    'growing: while head < queue.len() && !back {
        let i = queue[head] as usize;
        head += 1;
        let (own, unlike) = (state[i], opposite(state[i]));
        for (j, code) in model.neighbours(i) {
            let wanted = if (code ^ inverse) & 1 == 0 { own } else { unlike };
            if state[j] == wanted && !marked[j] && coin.chance(draws[(code >> 1) as usize]) {
                marked[j] = true;
                queue.push(j as u32);
                back = held(j, wanted, coin);
                if back {
                    break 'growing;
                }
            }
        }
    }
    for &i in queue.iter() {
        let i = i as usize;
        marked[i] = false;
        if !back {
            state[i] = opposite(state[i]);
        }
    }
    queue.len() as u64
}
